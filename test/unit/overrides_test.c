/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of /etc/netns/NAME, and whether they are safe. */
#include "common/overrides.h"
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TOP   "/etc/netns"
#define ALICE TOP "/alice"

static bool above;

static int list(const char *name, struct overrides *ret)
{
	return overrides_list(name, ret, &above);
}

static bool no_calloc;
static bool no_strdup;
static bool no_readdir;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
struct dirent *__real_readdir(DIR *directory);
struct dirent *__wrap_readdir(DIR *directory);

void *__wrap_calloc(size_t count, size_t size)
{
	return no_calloc ? NULL : __real_calloc(count, size);
}

char *__wrap_strdup(const char *text)
{
	return no_strdup ? NULL : __real_strdup(text);
}

struct dirent *__wrap_readdir(DIR *directory)
{
	if (!no_readdir)
		return __real_readdir(directory);
	errno = EIO;
	return NULL;
}

static void make_alice(void)
{
	make_directory(TOP, 0755);
	make_directory(ALICE, 0755);
}

/* Lists, which must fail with result and leave no trace. */
static void check_refused(int result)
{
	struct overrides overrides = { .directory = -77, .count = 77 };
	int before = count_descriptors();

	check_result(list("alice", &overrides), result);
	check_number(overrides.directory, -77);
	check_number(overrides.count, 77);
	check(overrides.names == NULL);
	check_number(count_descriptors(), before);
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

static void list_has_every_entry(void)
{
	static const char *const expected[] = { "resolv.conf", ".hidden", "a b",
						"ssh", "link" };
	struct overrides overrides = OVERRIDES_NONE;
	int before = count_descriptors();
	int found = 0;

	make_alice();
	make_file(ALICE "/resolv.conf", 0644, "");
	make_file(ALICE "/.hidden", 0644, "");
	make_file(ALICE "/a b", 0644, "");
	make_directory(ALICE "/ssh", 0755);
	make_link(ALICE "/link", "nowhere");
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

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row(rows[i].what);
		make_alice();
		check_number(chown(TOP, 0, 0), 0);
		check_number(chown(ALICE, 0, 0), 0);
		check_number(chmod(rows[i].path, rows[i].mode), 0);
		check_number(chown(rows[i].path, rows[i].uid, 0), 0);
		check_refused(rows[i].result);
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
	check_refused(-ELOOP);
	check_number(unlink(ALICE), 0);
	row("a dangling link");
	make_link(ALICE, "/etc/nowhere");
	check_refused(-ELOOP);
	check_number(unlink(ALICE), 0);
	row("a file");
	make_file(ALICE, 0644, "");
	check_refused(-ENOTDIR);
	check_number(unlink(ALICE), 0);
	row("a FIFO");
	make_fifo(ALICE);
	check_refused(-ENOTDIR);
	row("/etc/netns is a file");
	check_number(unlink(ALICE), 0);
	check_number(rmdir(TOP), 0);
	make_file(TOP, 0644, "");
	check_refused(-ENOTDIR);
}

static void list_takes_1024_entries_and_no_more(void)
{
	struct overrides overrides = OVERRIDES_NONE;

	make_alice();
	for (int i = 0; i < OVERRIDES_MAX; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), ALICE "/%d", i);
		make_file(path, 0644, "");
	}
	check_number(OVERRIDES_MAX, 1024);
	check_result(list("alice", &overrides), 0);
	check_number(overrides.count, 1024);
	overrides_release(&overrides);
	make_file(ALICE "/one more", 0644, "");
	check_refused(-E2BIG);
}

static void list_fails_without_a_trace(void)
{
	make_alice();
	make_file(ALICE "/hosts", 0644, "");
	row("calloc");
	no_calloc = true;
	check_refused(-ENOMEM);
	no_calloc = false;
	row("strdup");
	no_strdup = true;
	check_refused(-ENOMEM);
	no_strdup = false;
	row("readdir");
	no_readdir = true;
	check_refused(-EIO);
}

static void list_with_few_descriptors(void)
{
	struct overrides overrides = OVERRIDES_NONE;
	int before = count_descriptors();
	int room = 0;
	int r;

	make_alice();
	do {
		limit_descriptors(room++);
		r = list("alice", &overrides);
		limit_descriptors(-1);
		if (r < 0) {
			check_result(r, -EMFILE);
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
	struct overrides overrides = OVERRIDES_NONE;

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
	check_result(list("alice", &overrides), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int entry = openat(overrides.directory, rows[i].name,
				   O_PATH | O_NOFOLLOW | O_CLOEXEC);

		row(rows[i].name);
		check(entry >= 0);
		check_result(overrides_check(entry), rows[i].result);
		(void)close(entry);
	}
	overrides_release(&overrides);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("overrides_list_has_none_where_there_is_nothing "
			  "(F23)",
			  list_has_none_where_there_is_nothing),
		sandboxed("overrides_list_has_every_entry",
			  list_has_every_entry),
		sandboxed("overrides_list_has_an_empty_directory",
			  list_has_an_empty_directory),
		sandboxed("overrides_list_takes_root_s_directories_only (M1)",
			  list_takes_root_s_directories_only),
		sandboxed("overrides_list_takes_a_group_s_directory_that_only_"
			  "root_writes",
			  list_takes_a_group_s_directory_that_only_root_writes),
		sandboxed("overrides_list_follows_no_link_and_takes_no_file",
			  list_follows_no_link_and_takes_no_file),
		sandboxed("overrides_list_takes_1024_entries_and_no_more "
			  "(M12)",
			  list_takes_1024_entries_and_no_more),
		sandboxed("overrides_list_fails_without_a_trace",
			  list_fails_without_a_trace),
		sandboxed("overrides_list_with_few_descriptors_leaks_none",
			  list_with_few_descriptors),
		sandboxed("overrides_check_takes_root_s_files_and_directories_"
			  "only (M1)",
			  check_takes_root_s_files_and_directories_only),
	};

	return cmocka_run_group_tests_name("overrides", tests, NULL, NULL);
}
