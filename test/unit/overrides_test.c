/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of /etc/netns/NAME, and whether they are safe. */
#include "common/file.h"
#include "common/overrides.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TOP   "/etc/netns"
#define ALICE TOP "/alice"

static struct failure failure;

static bool reads_may_fail;
static int reads_until_error = -1; /* of a directory; -1: there is none */

static int list(const char *name, struct overrides *ret)
{
	int r;

	reads_may_fail = true;
	r = overrides_list(name, ret, &failure);
	reads_may_fail = false;
	return r;
}

/* --- Calls that stand for the real ones --- */

static bool no_memory;

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd,
		  off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd,
		  off_t offset);
const char *__real_file_next_entry(struct file_entries *entries, int *ret);
const char *__wrap_file_next_entry(struct file_entries *entries, int *ret);

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd,
		  off_t offset)
{
	if (!no_memory)
		return __real_mmap(at, size, protection, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

const char *__wrap_file_next_entry(struct file_entries *entries, int *ret)
{
	if (!reads_may_fail || reads_until_error < 0 || reads_until_error-- > 0)
		return __real_file_next_entry(entries, ret);
	*ret = -EIO;
	return NULL;
}

static void make_alice(void)
{
	make_directory(TOP, 0755);
	make_directory(ALICE, 0755);
}

/* Lists, which must fail because of object, and leave no trace. */
static void check_refused(int result, const char *object)
{
	struct overrides overrides = { .directory = -77, .count = 77 };
	int before = count_descriptors();

	failure = (struct failure){ .error = 0 };
	check_result(list("alice", &overrides), result);
	check_number(overrides.count, 0);
	check(overrides.names == NULL);
	check_number(count_descriptors(), before);
	check_number(failure.kind, FAILURE_UNCONFINED);
	check_result(failure.error, result);
	check_text(failure.object, object);
}

static void check_none(void)
{
	struct overrides overrides = { .directory = -77, .count = 77 };
	int before = count_descriptors();

	check_result(list("alice", &overrides), 0);
	check_number(overrides.directory, -EBADF);
	check_number(overrides.count, 0);
	check_number(count_descriptors(), before);
	overrides_release(&overrides);
}

static void list_has_none_where_there_is_nothing(void)
{
	row("no /etc/netns");
	check_none();
	row("no /etc/netns/NAME");
	make_directory(TOP, 0755);
	check_none();
}

#define GENERATED "/run/generated"

static void add_takes_what_is_not_there(void)
{
	static const char *const expected[] = { "hosts", "resolv.conf", "ssh" };
	struct overrides overrides = OVERRIDES_NONE;
	int before = count_descriptors();

	make_alice();
	make_file(ALICE "/hosts", 0644, "");
	make_file(ALICE "/sysctl.conf", 0644, "");
	make_directory(GENERATED, 0700);
	make_file(GENERATED "/hosts", 0644, "");
	make_file(GENERATED "/resolv.conf", 0644, "");
	make_file(GENERATED "/x.nft", 0644, "");
	make_directory(GENERATED "/ssh", 0755);
	make_file(GENERATED "/ssh/below", 0644, "");
	check_result(list("alice", &overrides), 0);
	check_result(overrides_add(GENERATED, false, &overrides, &failure), 0);
	check_number(overrides.count, 3);
	check_number(overrides.total, 4);
	for (size_t i = 0; i < overrides.count; i++) {
		const char *name = overrides.names[i];
		int found = 0;

		for (size_t j = 0; j < COUNT(expected); j++)
			found += !strcmp(overrides_target(name), expected[j]);
		check_number(found, 1);
		check((*name != '/') == !strcmp(name, "hosts"));
	}
	overrides_release(&overrides);
	row("without others");
	overrides = OVERRIDES_NONE;
	check_result(overrides_add(GENERATED, false, &overrides, &failure), 0);
	check_number(overrides.count, 3);
	overrides_release(&overrides);
	row("files only");
	check_result(overrides_add(GENERATED, true, &overrides, &failure),
		     -EISDIR);
	check_text(failure.object, GENERATED "/ssh");
	overrides_release(&overrides);
	check_number(count_descriptors(), before);
}

static void add_refuses_what_is_not_safe(void)
{
	static const struct {
		const char *what;
		const char *path;
		uid_t owner;
		mode_t mode;
	} rows[] = {
		{ "the directory is a user's", GENERATED, 1000, 0700 },
		{ "the directory is everybody's", GENERATED, 0, 0777 },
		{ "a file of a user", GENERATED "/hosts", 1000, 0644 },
		{ "a file that a group writes", GENERATED "/hosts", 0, 0664 },
		{ "below a directory", GENERATED "/ssh/below", 0, 0666 },
	};
	struct overrides overrides = OVERRIDES_NONE;

	make_directory(GENERATED, 0700);
	make_file(GENERATED "/hosts", 0644, "");
	make_directory(GENERATED "/ssh", 0755);
	make_file(GENERATED "/ssh/below", 0644, "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stat st;

		row(rows[i].what);
		check_number(stat(rows[i].path, &st), 0);
		check_number(chown(rows[i].path, rows[i].owner, 0), 0);
		check_number(chmod(rows[i].path, rows[i].mode), 0);
		check_result(overrides_add(GENERATED, false, &overrides,
					   &failure),
			     -EPERM);
		check_text(failure.object, rows[i].path);
		overrides_release(&overrides);
		check_number(chown(rows[i].path, 0, 0), 0);
		check_number(chmod(rows[i].path, st.st_mode & 07777), 0);
	}
	row("a link");
	make_link(GENERATED "/motd", "/etc/shadow");
	check_result(overrides_add(GENERATED, false, &overrides, &failure),
		     -ELOOP);
	overrides_release(&overrides);
	row("no directory");
	check_result(overrides_add("/run/none", false, &overrides, &failure),
		     -ENOENT);
	overrides_release(&overrides);
	row("no memory");
	check_number(unlink(GENERATED "/motd"), 0);
	no_memory = true;
	check_result(overrides_add(GENERATED, false, &overrides, &failure),
		     -ENOMEM);
	no_memory = false;
	overrides_release(&overrides);
	row("too many");
	make_alice();
	for (int i = 0; i < 1024; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), ALICE "/%d", i);
		make_file(path, 0644, "");
	}
	check_result(list("alice", &overrides), 0);
	check_result(overrides_add(GENERATED, false, &overrides, &failure),
		     -E2BIG);
	overrides_release(&overrides);
}

/* They are for programs of init=. All the same they must be safe. */
static void list_leaves_out_what_is_for_programs(void)
{
	static const char *const files[] = { "sysctl.conf", "nftables.conf",
					     "a.nft", "b.c.nft" };
	struct overrides overrides = OVERRIDES_NONE;

	make_alice();
	for (size_t i = 0; i < COUNT(files); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "%s/%s", ALICE, files[i]);
		make_file(path, 0644, "");
	}
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 0);
	check_number(overrides.total, COUNT(files));
	overrides_release(&overrides);
	make_file(ALICE "/.nft", 0644, "");
	make_file(ALICE "/nft", 0644, "");
	make_file(ALICE "/my-sysctl.conf", 0644, "");
	make_directory(ALICE "/ssh", 0755);
	make_file(ALICE "/ssh/x.nft", 0644, "");
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 4);
	check_number(overrides.total, COUNT(files) + 5);
	for (size_t i = 0; i < overrides.count; i++)
		check(!strchr("abns", *overrides.names[i]) ||
		      !strcmp(overrides.names[i], "nft") ||
		      !strcmp(overrides.names[i], "ssh"));
	overrides_release(&overrides);
	check_number(chmod(ALICE "/a.nft", 0666), 0);
	check_refused(-EPERM, ALICE "/a.nft");
}

static void list_has_every_entry(void)
{
	static const char *const expected[] = { "resolv.conf", ".hidden", "a b",
						"ssh", "secret" };
	struct overrides overrides = OVERRIDES_NONE;
	int before = count_descriptors();
	int found = 0;

	make_alice();
	make_file(ALICE "/resolv.conf", 0644, "");
	make_file(ALICE "/.hidden", 0644, "");
	make_file(ALICE "/a b", 0644, "");
	make_directory(ALICE "/ssh", 0755);
	make_file(ALICE "/ssh/no entry", 0644, "");
	make_file(ALICE "/secret", 0600, "");
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 5);
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 5; j++)
			found += !strcmp(overrides.names[i], expected[j]);
	check_number(found, 5);
	check_number(fcntl(overrides.directory, F_GETFD), FD_CLOEXEC);
	overrides_release(&overrides);
	check_number(overrides.directory, -EBADF);
	check(overrides.names == NULL);
	check_number(count_descriptors(), before);
}

static void list_has_an_empty_directory(void)
{
	struct overrides overrides = OVERRIDES_NONE;

	make_alice();
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 0);
	overrides_release(&overrides);
}

static void list_takes_root_s_directories_only(void)
{
	static const struct {
		const char *what;
		const char *path;
		uid_t uid;
		mode_t mode;
		int result;
	} rows[] = {
		{ "the user's own", ALICE, 1000, 0755, -EPERM },
		{ "the user's own, read-only", ALICE, 1000, 0555, -EPERM },
		{ "writable by a group", ALICE, 0, 0775, -EPERM },
		{ "writable by all", ALICE, 0, 0757, -EPERM },
		{ "sticky and writable by all", ALICE, 0, 01777, -EPERM },
		{ "/etc/netns is the user's", TOP, 1000, 0755, -EPERM },
		{ "/etc/netns is writable", TOP, 0, 0777, -EPERM },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		make_alice();
		check_number(chown(TOP, 0, 0), 0);
		check_number(chown(ALICE, 0, 0), 0);
		check_number(chmod(rows[i].path, rows[i].mode), 0);
		check_number(chown(rows[i].path, rows[i].uid, 0), 0);
		check_refused(rows[i].result, rows[i].path);
		check_has(failure.cause, "root's");
	}
}

static void list_takes_a_group_s_directory_that_only_root_writes(void)
{
	struct overrides overrides = OVERRIDES_NONE;

	make_alice();
	check_number(chmod(ALICE, 0750), 0);
	check_number(chown(ALICE, 0, 1000), 0);
	check_result(list("alice", &overrides), 0);
	overrides_release(&overrides);
}

static void list_follows_no_link_and_takes_no_file(void)
{
	make_directory(TOP, 0755);
	row("a link to a directory");
	make_directory("/etc/elsewhere", 0755);
	make_link(ALICE, "/etc/elsewhere");
	check_refused(-ELOOP, ALICE);
	check_has(failure.cause, "symbolic link");
	check_text(failure.fix, "rm");
	check_number(unlink(ALICE), 0);
	row("a dangling link");
	make_link(ALICE, "/etc/nowhere");
	check_refused(-ELOOP, ALICE);
	check_number(unlink(ALICE), 0);
	row("a file");
	make_file(ALICE, 0644, "");
	check_refused(-ENOTDIR, ALICE);
	check_has(failure.cause, "not a directory");
	check_number(unlink(ALICE), 0);
	row("a FIFO");
	make_fifo(ALICE);
	check_refused(-ENXIO, ALICE);
}

static void list_says_what_is_wrong_with_its_directory(void)
{
	row("a FIFO");
	make_fifo(TOP);
	check_refused(-ENXIO, TOP);
	check_number(unlink(TOP), 0);
	row("a loop of links");
	make_link(TOP, "netns");
	check_refused(-ELOOP, TOP);
	check_number(unlink(TOP), 0);
	row("a file");
	make_file(TOP, 0644, "");
	check_refused(-ENOTDIR, TOP);
}

/* --- Its entries, and what is below them --- */

static void list_takes_root_s_files_and_directories_only(void)
{
	static const struct {
		const char *what;
		const char *path;
		mode_t mode;
		uid_t uid;
		const char *link;
		int result;
	} rows[] = {
		{ "a user's file", "/x", S_IFREG | 0644, 1000, NULL, -EPERM },
		{ "a group's", "/x", S_IFREG | 0664, 0, NULL, -EPERM },
		{ "anybody's", "/x", S_IFREG | 0646, 0, NULL, -EPERM },
		{ "a user's directory", "/x", S_IFDIR | 0755, 1000, NULL,
		  -EPERM },
		{ "a sticky directory", "/x", S_IFDIR | 01777, 0, NULL,
		  -EPERM },
		{ "a link", "/x", 0, 0, "hosts", -ELOOP },
		{ "a link to nowhere", "/x", 0, 0, "nowhere", -ELOOP },
		{ "a user's link", "/x", 0, 1000, "/etc/shadow", -ELOOP },
		{ "a FIFO", "/x", S_IFIFO | 0600, 0, NULL, -ENXIO },
		{ "a device", "/x", S_IFCHR | 0600, 0, NULL, -ENXIO },
		{ "a user's file one level down", "/pam.d/su", S_IFREG | 0644,
		  1000, NULL, -EPERM },
		{ "anybody's one level down", "/pam.d/su", S_IFREG | 0666, 0,
		  NULL, -EPERM },
		{ "a user's directory one level down", "/pam.d/x",
		  S_IFDIR | 0755, 1000, NULL, -EPERM },
		{ "a user's link one level down", "/pam.d/su", 0, 1000, "x",
		  -EPERM },
		{ "a FIFO one level down", "/pam.d/su", S_IFIFO | 0600, 0, NULL,
		  -ENXIO },
		{ "a user's file five levels down", "/pam.d/a/b/c/su",
		  S_IFREG | 0644, 1000, NULL, -EPERM },
		{ "a group's directory five levels down", "/pam.d/a/b/c/su",
		  S_IFDIR | 0775, 0, NULL, -EPERM },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[128];

		row(rows[i].what);
		mount_tmpfs(TOP);
		make_alice();
		make_file(ALICE "/hosts", 0644, "");
		make_directory(ALICE "/pam.d", 0755);
		make_directory(ALICE "/pam.d/a", 0755);
		make_directory(ALICE "/pam.d/a/b", 0755);
		make_directory(ALICE "/pam.d/a/b/c", 0755);
		(void)snprintf(path, sizeof(path), ALICE "%s", rows[i].path);
		if (rows[i].link) {
			make_link(path, rows[i].link);
		} else if (S_ISDIR(rows[i].mode)) {
			make_directory(path, rows[i].mode & 07777);
		} else {
			check_number(mknod(path, rows[i].mode, makedev(1, 3)),
				     0);
			check_number(chmod(path, rows[i].mode & 07777), 0);
		}
		check_number(lchown(path, rows[i].uid, 0), 0);
		check_refused(rows[i].result, path);
		check_number(umount2(TOP, MNT_DETACH), 0);
	}
}

static void list_takes_links_of_root_s_below_a_directory(void)
{
	struct overrides overrides = OVERRIDES_NONE;

	make_alice();
	make_directory(ALICE "/alternatives", 0755);
	make_link(ALICE "/alternatives/vi", "/usr/bin/vim");
	make_link(ALICE "/alternatives/gone", "nowhere");
	make_link(ALICE "/alternatives/loop", ".");
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 1);
	check_text(overrides.names[0], "alternatives");
	overrides_release(&overrides);
}

static void make_many(const char *directory, int count)
{
	for (int i = 0; i < count; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "%s/%d", directory, i);
		make_file(path, 0644, "");
	}
}

static void list_takes_1024_entries_and_no_more(void)
{
	struct overrides overrides = OVERRIDES_NONE;

	make_alice();
	make_many(ALICE, OVERRIDES_MAX);
	check_number(OVERRIDES_MAX, 1024);
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 1024);
	overrides_release(&overrides);
	make_file(ALICE "/one more", 0644, "");
	check_result(list("alice", &overrides), -E2BIG);
	check_has(failure.cause, "1024");
}

/* A directory counts, too. */
static void list_takes_1024_files_in_all(void)
{
	struct overrides overrides = OVERRIDES_NONE;

	make_alice();
	make_directory(ALICE "/a", 0755);
	make_directory(ALICE "/a/b", 0755);
	make_many(ALICE, 300);
	make_many(ALICE "/a", 300);
	make_many(ALICE "/a/b", 1024 - 602);
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 301);
	overrides_release(&overrides);
	make_link(ALICE "/a/b/one more", "x");
	check_result(list("alice", &overrides), -E2BIG);
	check_number(overrides.count, 0);
}

static void list_refuses_a_directory_that_is_in_itself(void)
{
	make_alice();
	make_directory(ALICE "/a", 0755);
	make_directory(ALICE "/a/b", 0755);
	check_number(mount(ALICE, ALICE "/a/b", NULL, MS_BIND, NULL), 0);
	check_refused(-EBUSY, ALICE "/a/b");
}

/* What is below is not looked at, and would be seen in the session. */
static void list_refuses_what_is_mounted_below_an_entry(void)
{
	struct overrides overrides = OVERRIDES_NONE;

	make_alice();
	make_directory(ALICE "/pam.d", 0755);
	make_file(ALICE "/pam.d/su", 0644, "");
	make_file("/safe", 0644, "");
	row("a file");
	check_number(lchown(ALICE "/pam.d/su", 1000, 0), 0);
	check_number(mount("/safe", ALICE "/pam.d/su", NULL, MS_BIND, NULL), 0);
	check_refused(-EBUSY, ALICE "/pam.d/su");
	check_has(failure.cause, "mounted");
	row("the entry itself");
	check_number(umount2(ALICE "/pam.d/su", MNT_DETACH), 0);
	check_number(lchown(ALICE "/pam.d/su", 0, 0), 0);
	check_number(mount("tmpfs", ALICE "/pam.d", "tmpfs", 0, "mode=755"), 0);
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 1);
	overrides_release(&overrides);
}

static void list_fails_without_a_trace(void)
{
	make_alice();
	make_directory(ALICE "/ssh", 0755);
	make_file(ALICE "/ssh/config", 0644, "");
	row("mmap");
	no_memory = true;
	check_refused(-ENOMEM, ALICE);
	no_memory = false;
	row("reading");
	reads_until_error = 0;
	check_refused(-EIO, ALICE);
	row("reading, after \"ssh\"");
	reads_until_error = 1;
	check_refused(-EIO, ALICE);
	row("reading what is in a directory");
	reads_until_error = 2;
	check_refused(-EIO, ALICE "/ssh");
}

static void list_with_few_descriptors(void)
{
	struct overrides overrides = OVERRIDES_NONE;
	int before = count_descriptors();
	int room = 0;
	int r;

	make_alice();
	make_directory(ALICE "/ssh", 0755);
	do {
		limit_descriptors(room++);
		r = list("alice", &overrides);
		limit_descriptors(-1);
		if (r < 0) {
			check(r == -EMFILE || r == -EAGAIN);
			check_number(count_descriptors(), before);
		}
	} while (r < 0 && room < 10);
	check_result(r, 0);
	overrides_release(&overrides);
	check_number(count_descriptors(), before);
}

static void check_takes_root_s_files_and_directories_only(void)
{
	static const struct {
		const char *name;
		int result;
	} rows[] = {
		{ "file", 0 },
		{ "secret", 0 },
		{ "directory", 0 },
		{ "user's", -EPERM },
		{ "user's directory", -EPERM },
		{ "group's", -EPERM },
		{ "anybody's", -EPERM },
		{ "link", -ELOOP },
		{ "link to nowhere", -ELOOP },
		{ "user's link", -ELOOP },
		{ "fifo", -ENXIO },
		{ "device", -ENXIO },
	};

	make_alice();
	make_file(ALICE "/file", 0644, "");
	make_file(ALICE "/secret", 0600, "");
	make_directory(ALICE "/directory", 0755);
	make_file(ALICE "/user's", 0644, "");
	check_number(chown(ALICE "/user's", 1000, 0), 0);
	make_directory(ALICE "/user's directory", 0755);
	check_number(chown(ALICE "/user's directory", 1000, 0), 0);
	make_file(ALICE "/group's", 0664, "");
	make_file(ALICE "/anybody's", 0646, "");
	make_link(ALICE "/link", "file");
	make_link(ALICE "/link to nowhere", "nowhere");
	make_link(ALICE "/user's link", "/etc/shadow");
	check_number(lchown(ALICE "/user's link", 1000, 0), 0);
	make_fifo(ALICE "/fifo");
	check_number(mknod(ALICE "/device", S_IFCHR | 0600, makedev(1, 3)), 0);
	check_number(chdir(ALICE), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int entry = open(rows[i].name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

		row(rows[i].name);
		check(entry >= 0);
		check_result(overrides_check(entry), rows[i].result);
		(void)close(entry);
	}
	row("none");
	check_result(overrides_check(-1), -EBADF);
}

static void failed_says_what_it_means(void **state)
{
	static const struct {
		int error;
		const char *cause; /* a part; NULL: none */
		const char *fix;
	} rows[] = {
		{ -EPERM, "root only", NULL },
		{ -ELOOP, "symbolic link", "rm" },
		{ -ENOTDIR, "not a directory", "rm" },
		{ -ENXIO, "neither", "rm" },
		{ -E2BIG, "1024", NULL },
		{ -ENOSPC, "fs.mount-max", NULL },
		{ -EIO, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(strerror(-rows[i].error));
		check_result(overrides_failed(&failure, rows[i].error, ALICE),
			     rows[i].error);
		check_text(failure.object, ALICE);
		check_text(failure.doing, "use");
		check_text(failure.fix, rows[i].fix);
		if (rows[i].cause)
			check_has(failure.cause, rows[i].cause);
		else
			check(failure.cause == NULL);
	}
	row(NULL);
}

/* --- Overrides of other names --- */

static int mount_id_of(const char *path)
{
	struct statx stx;

	check_number(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID,
			   &stx),
		     0);
	return (int)stx.stx_mnt_id;
}

/* /etc/netns is on 0:50, of which HOLDER ROOT is mounted at HOLDER POINT. */
static bool find_is_of_other(const struct mountinfo *info,
			     const struct mount_entry *entry, const char *name)
{
	struct overrides_source source;
	bool is;

	check_result(overrides_find_source(info, TOP, &source), 0);
	is = overrides_is_of_other(&source, entry, name);
	overrides_source_release(&source);
	return is;
}

static void is_of_other_knows_the_root_of_an_override(void)
{
	static const struct {
		const char *holder_root;
		const char *holder_point;
		const char *device;
		const char *root;
		const char *point;
		const char *name;
		bool is_of_other;
	} rows[] = {
#define HOSTS "/etc/netns/alice/hosts"
		{ "/", "/", "0:50", HOSTS, "/etc/hosts", "bob", true },
		{ "/", "/", "0:50", HOSTS, "/etc/hosts", "", true },
		{ "/", "/", "0:50", HOSTS, "/etc/hosts", "alice", false },
		{ "/", "/", "0:50", "/etc/netns/alice/a/b", "/etc/a/b", "bob",
		  true },
		{ "/", "/", "0:50", HOSTS "//deleted", "/etc/hosts", "bob",
		  true },
		{ "/", "/", "0:50", HOSTS "//deleted", "/etc/hosts", "alice",
		  false },
		/* Names that begin like another. */
		{ "/", "/", "0:50", HOSTS, "/etc/hosts", "al", true },
		{ "/", "/", "0:50", "/etc/netns/al/hosts", "/etc/hosts",
		  "alice", true },
		{ "/", "/", "0:50", "/etc/netns/al/hosts", "/etc/hosts", "al",
		  false },
		/* What is no override. */
		{ "/", "/", "0:51", HOSTS, "/etc/hosts", "bob", false },
		{ "/", "/", "0:50", "/etc/netns2/alice/hosts", "/etc/hosts",
		  "bob", false },
		{ "/", "/", "0:50", "/srv" HOSTS, "/etc/hosts", "bob", false },
		{ "/", "/", "0:50", "/etc/hosts", "/etc/hosts", "bob", false },
		{ "/", "/", "0:50", "/", "/etc/x", "bob", false },
		/* Behind a link in /etc. */
		{ "/", "/", "0:50", HOSTS, "/srv/hosts", "bob", true },
		{ "/", "/", "0:50", "/etc/netns", "/etc/x", "bob", false },
		/* A part of the file system is at /. */
		{ "/@", "/", "0:50", "/@" HOSTS, "/etc/hosts", "bob", true },
		{ "/@", "/", "0:50", "/@" HOSTS, "/etc/hosts", "alice", false },
		{ "/@", "/", "0:50", HOSTS, "/etc/hosts", "bob", false },
		{ "/@", "/", "0:50", "/@home" HOSTS, "/etc/hosts", "bob",
		  false },
		/* /etc is mounted. */
		{ "/", "/etc", "0:50", "/netns/alice/hosts", "/etc/hosts",
		  "bob", true },
		{ "/", "/etc", "0:50", "/netns/alice/hosts", "/etc/hosts",
		  "alice", false },
		{ "/", "/etc", "0:50", HOSTS, "/etc/hosts", "bob", false },
		{ "/@etc", "/etc", "0:50", "/@etc/netns/alice/hosts",
		  "/etc/hosts", "bob", true },
		{ "/etc", "/etc", "0:50", HOSTS, "/etc/hosts", "bob", true },
		{ "/etc", "/etc", "0:50", HOSTS, "/etc/hosts", "alice", false },
		/* /etc/netns is mounted. */
		{ "/", "/etc/netns", "0:50", "/alice/hosts", "/etc/hosts",
		  "bob", true },
		{ "/", "/etc/netns", "0:50", "/alice/hosts", "/etc/hosts",
		  "alice", false },
		{ "/srv/netns", "/etc/netns", "0:50", "/srv/netns/alice/hosts",
		  "/etc/hosts", "bob", true },
		{ "/srv/netns", "/etc/netns", "0:50", "/srv/netns2/alice/hosts",
		  "/etc/hosts", "bob", false },
	};

	make_alice();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mountinfo info = MOUNTINFO_NONE;
		char label[256];
		char *text = NULL;
		int size;

		(void)snprintf(label, sizeof(label), "%s of %s at %s, for '%s'",
			       rows[i].root, rows[i].holder_root,
			       rows[i].holder_point, rows[i].name);
		row(label);
		size = asprintf(&text,
				"%d 1 0:50 %s %s rw - t s rw\n"
				"2000000000 1 %s %s %s rw - t s rw\n",
				mount_id_of(TOP), rows[i].holder_root,
				rows[i].holder_point, rows[i].device,
				rows[i].root, rows[i].point);
		check(size > 0);
		check_result(mountinfo_parse(text, (size_t)size, &info), 0);
		check(find_is_of_other(&info, &info.entries[1], rows[i].name) ==
		      rows[i].is_of_other);
		mountinfo_release(&info);
	}
	row(NULL);
}

static bool is_of_other(const char *point, const char *name)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *entry = NULL;
	bool is;

	check_result(mountinfo_read("/", &info), 0);
	for (size_t i = 0; i < info.count; i++)
		if (!strcmp(info.entries[i].point, point))
			entry = &info.entries[i];
	check(entry != NULL);
	is = find_is_of_other(&info, entry, name);
	mountinfo_release(&info);
	return is;
}

static void override_hosts(void)
{
	make_directory(ALICE, 0755);
	make_file(ALICE "/hosts", 0644, "");
	make_file("/etc/hosts", 0644, "");
	bind_mount(ALICE "/hosts", "/etc/hosts");
}

static void is_of_other_knows_what_is_mounted(void)
{
	make_directory(TOP, 0755);
	override_hosts();
	check(is_of_other("/etc/hosts", "bob"));
	check(!is_of_other("/etc/hosts", "alice"));
	row("its source is deleted");
	check_number(unlink(ALICE "/hosts"), 0);
	check(is_of_other("/etc/hosts", "bob"));
	check(!is_of_other("/etc/hosts", "alice"));
	row("so is its directory");
	check_number(rmdir(ALICE), 0);
	check(is_of_other("/etc/hosts", "bob"));
}

static void is_of_other_takes_no_mount_of_all_names_for_one(void)
{
	mount_tmpfs(TOP);
	override_hosts();
	check(is_of_other("/etc/hosts", "bob"));
	check(!is_of_other(TOP, "bob"));
	check(!is_of_other(TOP, ""));
	check(!is_of_other(TOP, "alice"));
}

/* An administrator gives several names the same file. */
static void is_of_other_takes_no_source_for_an_override(void)
{
	make_directory(TOP, 0755);
	make_directory(TOP "/all", 0755);
	make_file(TOP "/all/hosts", 0644, "");
	make_directory(ALICE, 0755);
	make_file(ALICE "/hosts", 0644, "");
	bind_mount(TOP "/all/hosts", ALICE "/hosts");
	check(!is_of_other(ALICE "/hosts", "alice"));
}

static void is_of_other_knows_overrides_behind_a_link(void)
{
	make_directory("/etc/elsewhere", 0755);
	make_link(TOP, "elsewhere");
	override_hosts();
	check(is_of_other("/etc/hosts", "bob"));
	check(!is_of_other("/etc/hosts", "alice"));
}

/* /etc/ssl is a link: a directory is mounted over what is behind it. */
static void is_of_other_knows_one_over_what_is_behind_a_link(void)
{
	mount_tmpfs("/run/var");
	make_directory("/run/var/ssl", 0755);
	make_link("/etc/ssl", "/run/var/ssl");
	make_alice();
	make_directory(ALICE "/ssl", 0755);
	bind_mount(ALICE "/ssl", "/etc/ssl");
	check(is_of_other("/run/var/ssl", "bob"));
}

static void is_of_other_has_none_without_the_directory(void)
{
	make_directory("/etc/x", 0755);
	mount_tmpfs("/etc/x");
	check(!is_of_other("/etc/x", "bob"));
}

/* What came from there could not be taken off. */
static void find_source_needs_to_know_where_it_is(void)
{
	struct mountinfo info = MOUNTINFO_NONE;
	struct overrides_source source;
	char root[PATH_MAX + 1];
	char *text = NULL;
	int size;

	make_directory(TOP, 0755);
	(void)memset(root, '/', PATH_MAX);
	root[PATH_MAX] = '\0';
	size = asprintf(&text, "%d 1 0:50 %s / rw - t s rw\n", mount_id_of(TOP),
			root);
	check(size > 0);
	check_result(mountinfo_parse(text, (size_t)size, &info), 0);
	check_result(overrides_find_source(&info, TOP, &source), -ENAMETOOLONG);
	check(!source.path && !source.root);
	check_result(overrides_find_source(&info, "/etc/missing", &source), 0);
	mountinfo_release(&info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("overrides_find_source_needs_to_know_where_it_is",
			  find_source_needs_to_know_where_it_is),
		sandboxed("overrides_list_has_none_where_there_is_nothing",
			  list_has_none_where_there_is_nothing),
		sandboxed("overrides_add_takes_what_is_not_there",
			  add_takes_what_is_not_there),
		sandboxed("overrides_add_refuses_what_is_not_safe",
			  add_refuses_what_is_not_safe),
		sandboxed("overrides_list_leaves_out_what_is_for_programs",
			  list_leaves_out_what_is_for_programs),
		sandboxed("overrides_list_has_every_entry",
			  list_has_every_entry),
		sandboxed("overrides_list_has_an_empty_directory",
			  list_has_an_empty_directory),
		sandboxed("overrides_list_takes_root_s_directories_only",
			  list_takes_root_s_directories_only),
		sandboxed("overrides_list_takes_a_group_s_directory_that_only_"
			  "root_writes",
			  list_takes_a_group_s_directory_that_only_root_writes),
		sandboxed("overrides_list_follows_no_link_and_takes_no_file",
			  list_follows_no_link_and_takes_no_file),
		sandboxed("overrides_list_says_what_is_wrong_with_its_directory",
			  list_says_what_is_wrong_with_its_directory),
		sandboxed(
			"overrides_list_takes_root_s_files_and_directories_only",
			list_takes_root_s_files_and_directories_only),
		sandboxed(
			"overrides_list_takes_links_of_root_s_below_a_directory",
			list_takes_links_of_root_s_below_a_directory),
		sandboxed("overrides_list_takes_1024_entries_and_no_more",
			  list_takes_1024_entries_and_no_more),
		sandboxed("overrides_list_takes_1024_files_in_all",
			  list_takes_1024_files_in_all),
		sandboxed("overrides_list_refuses_a_directory_that_is_in_itself",
			  list_refuses_a_directory_that_is_in_itself),
		sandboxed(
			"overrides_list_refuses_what_is_mounted_below_an_entry",
			list_refuses_what_is_mounted_below_an_entry),
		sandboxed("overrides_list_fails_without_a_trace",
			  list_fails_without_a_trace),
		sandboxed("overrides_list_with_few_descriptors_leaks_none",
			  list_with_few_descriptors),
		sandboxed(
			"overrides_check_takes_root_s_files_and_directories_only",
			check_takes_root_s_files_and_directories_only),
		plain("overrides_failed_says_what_it_means",
		      failed_says_what_it_means),
		sandboxed("overrides_is_of_other_knows_the_root_of_an_override",
			  is_of_other_knows_the_root_of_an_override),
		sandboxed("overrides_is_of_other_knows_what_is_mounted",
			  is_of_other_knows_what_is_mounted),
		sandboxed(
			"overrides_is_of_other_takes_no_mount_of_all_names_for_one",
			is_of_other_takes_no_mount_of_all_names_for_one),
		sandboxed(
			"overrides_is_of_other_takes_no_source_for_an_override",
			is_of_other_takes_no_source_for_an_override),
		sandboxed("overrides_is_of_other_knows_overrides_behind_a_link",
			  is_of_other_knows_overrides_behind_a_link),
		sandboxed(
			"overrides_is_of_other_knows_one_over_what_is_behind_a_link",
			is_of_other_knows_one_over_what_is_behind_a_link),
		sandboxed("overrides_is_of_other_has_none_without_the_directory",
			  is_of_other_has_none_without_the_directory),
	};

	return cmocka_run_group_tests_name("overrides", tests, NULL, NULL);
}
