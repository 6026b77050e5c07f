/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which namespaces a process is in, and how it gets into others and back. */
#include "common/ns.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Calls that are made to fail --- */

static int setns_refused; /* CLONE_NEW… */
static bool no_chroot;
static bool no_statx;
static const char *fake_cwd; /* "": no memory */
static int cwd_error;	     /* of opening it */

int __real_setns(int fd, int type);
int __wrap_setns(int fd, int type);
int __real_chroot(const char *path);
int __wrap_chroot(const char *path);
int __real_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret);
int __wrap_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret);
char *__real_getcwd(char *buffer, size_t size);
char *__wrap_getcwd(char *buffer, size_t size);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_file_open_path(int directory, const char *path,
			  unsigned long long resolve);
int __wrap_file_open_path(int directory, const char *path,
			  unsigned long long resolve);
int __real___open_2(const char *path, int flags);
int __wrap___open_2(const char *path, int flags);

static int fails_with(int error)
{
	errno = error;
	return -1;
}

int __wrap_setns(int fd, int type)
{
	return setns_refused & type ? fails_with(EPERM)
				    : __real_setns(fd, type);
}

int __wrap_chroot(const char *path)
{
	return no_chroot ? fails_with(EPERM) : __real_chroot(path);
}

int __wrap_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret)
{
	return no_statx ? fails_with(EIO)
			: __real_statx(directory, path, flags, mask, ret);
}

char *__wrap_getcwd(char *buffer, size_t size)
{
	if (!fake_cwd)
		return __real_getcwd(buffer, size);
	errno = ENOMEM;
	return *fake_cwd ? strdup(fake_cwd) : NULL;
}

int __wrap_file_open_path(int directory, const char *path,
			  unsigned long long resolve)
{
	if (cwd_error && !strcmp(path, "."))
		return -cwd_error;
	return __real_file_open_path(directory, path, resolve);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	if (cwd_error && !strcmp(path, "."))
		return fails_with(cwd_error);
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return __real_open(path, flags, mode);
}

/* The open(2) of a program that is compiled with _FORTIFY_SOURCE. */
int __wrap___open_2(const char *path, int flags)
{
	return cwd_error && !strcmp(path, ".") ? fails_with(cwd_error)
					       : __real___open_2(path, flags);
}

/* --- Where this process is, seen without the code under test --- */

struct here {
	ino_t net;
	ino_t mounts;
	struct stat root;
	struct stat cwd;
};

static struct here look(void)
{
	struct here here = { .net = inode_of("/proc/self/ns/net"),
			     .mounts = inode_of("/proc/self/ns/mnt") };

	check_number(stat("/", &here.root), 0);
	check_number(stat(".", &here.cwd), 0);
	return here;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void check_here(const struct here *before)
{
	struct here now = look();

	check_number(now.net, before->net);
	check_number(now.mounts, before->mounts);
	check(same_file(&now.root, &before->root));
	check(same_file(&now.cwd, &before->cwd));
}

static struct ns_saved save(void)
{
	struct ns_saved saved = NS_SAVED_NONE;

	check_result(ns_save(&saved), 0);
	return saved;
}

static void move_away(void)
{
	check_result(ns_unshare_net(), 0);
	check_result(ns_unshare_mounts(), 0);
}

static void enter_removed_directory(void)
{
	make_directory("/run/gone", 0755);
	check_number(chdir("/run/gone"), 0);
	check_number(rmdir("/run/gone"), 0);
}

/* A root that is a mount point, with all that the code needs in it. */
static void enter_chroot(const char *path)
{
	mount_tmpfs(path);
	check_number(chdir(path), 0);
	make_directory("proc", 0755);
	make_directory("work", 0755);
	check_number(mount("proc", "proc", "proc", 0, NULL), 0);
	check_number(__real_chroot("."), 0);
	check_number(chdir("/work"), 0);
}

/* --- What equals what --- */

static void id_that_is_unknown_equals_nothing(void **state)
{
	static const struct ns_id unknown = { 0, 0 };
	static const struct ns_id a = { 4, 100 };
	static const struct ns_id b = { 4, 101 };
	static const struct ns_id c = { 5, 100 };

	(void)state;
	check(ns_id_equal(a, a));
	check(!ns_id_equal(a, b));
	check(!ns_id_equal(a, c));
	check(!ns_id_equal(a, unknown));
	check(!ns_id_equal(unknown, a));
	check(!ns_id_equal(unknown, unknown));
	check(ns_id_is_known(a));
	check(!ns_id_is_known(unknown));
}

static void shell(const char *command)
{
	check_number(system(command), 0);
}

/* A user can rename what is on the path of his working directory. */
static void chdir_goes_to_the_same_directory_only(void)
{
	static const struct {
		const char *what;
		bool is_same;
		const char *command;
	} rows[] = {
		{ "left as it is", true, "true" },
		{ "removed", false, "rm -r /run/home/a" },
		{ "another directory", false,
		  "cd /run/home; mv a b; mkdir -p a/work" },
		{ "a file", false, "cd /run/home/a; rmdir work; : >work" },
		{ "a link to another", false,
		  "cd /run/home/a; mv work b; ln -s /run/other work" },
		{ "a link to the same", false,
		  "cd /run/home; mv a b; ln -s b a" },
		{ "a link into other mounts, to the same", false,
		  "cd /run/home; mv a b; ln -s /proc/1/root/run/home/b a" },
		{ "mounted over", false, "mount -t tmpfs other /run/home/a" },
	};

	make_directory("/run/other", 0755);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ns_saved saved;
		struct here there;
		struct here here;

		row(rows[i].what);
		shell("umount /run/home/a 2>/dev/null; rm -rf /run/home; "
		      "mkdir -p /run/home/a/work");
		check_number(chdir("/run/home/a/work"), 0);
		there = look();
		saved = save();
		shell(rows[i].command);
		check_number(chdir("/run/other"), 0);
		check_result(ns_chdir(&saved), 0);
		here = look();
		check(same_file(&here.cwd,
				rows[i].is_same ? &there.cwd : &here.root));
		ns_saved_release(&saved);
	}
}

static void chdir_without_a_directory_goes_to_root(void)
{
	struct ns_saved saved;
	struct here here;

	enter_removed_directory();
	saved = save();
	for (int i = 0; i < 2; i++) {
		check_number(chdir("/run"), 0);
		check_result(ns_chdir(i ? &saved : NULL), 0);
		here = look();
		check(same_file(&here.cwd, &here.root));
	}
	ns_saved_release(&saved);
}

/* --- Saving --- */

static void save_reads_all_of_where_this_process_is(void)
{
	int before = count_descriptors();
	struct ns_saved saved;
	struct here here;
	struct ns_id id;

	make_directory("/run/work", 0755);
	check_number(chdir("/run/work"), 0);
	here = look();
	saved = save();
	check_number(saved.net.ino, here.net);
	check_number(saved.mounts.ino, here.mounts);
	check_number(saved.root.ino, here.root.st_ino);
	check_text(saved.cwd, "/run/work");
	check_result(ns_current_net(&id), 0);
	check(ns_id_equal(id, saved.net));
	check_result(ns_current_mounts(&id), 0);
	check(ns_id_equal(id, saved.mounts));
	check_result(ns_identify(saved.net_fd, &id), 0);
	check(ns_id_equal(id, saved.net));
	ns_saved_release(&saved);
	check_number(saved.net_fd, -EBADF);
	check(saved.cwd == NULL);
	check_number(count_descriptors(), before);
	ns_saved_release(&saved);
}

static void save_uses_no_standard_descriptors(void)
{
	struct ns_saved saved;
	int fds[4];

	check_number(close(0) | close(1) | close(2), 0);
	saved = save();
	fds[0] = saved.net_fd;
	fds[1] = saved.mounts_fd;
	fds[2] = saved.root_fd;
	fds[3] = saved.cwd_fd;
	for (size_t i = 0; i < 4; i++) {
		check(fds[i] > 2);
		check_number(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
	}
	check_number(fcntl(0, F_GETFD), -1);
	check_number(fcntl(1, F_GETFD), -1);
	check_number(fcntl(2, F_GETFD), -1);
	ns_saved_release(&saved);
}

static void check_save_fails(int result)
{
	struct ns_saved saved = NS_SAVED_NONE;
	int before = count_descriptors();

	saved.net_fd = -77;
	check_result(ns_save(&saved), result);
	check_number(saved.net_fd, -77);
	check_number(count_descriptors(), before);
}

static void save_that_fails_changes_nothing(void)
{
	row("statx");
	no_statx = true;
	check_save_fails(-EIO);
	no_statx = false;
	row("getcwd");
	fake_cwd = "";
	check_save_fails(-ENOMEM);
	fake_cwd = NULL;
	row("no /proc");
	mount_tmpfs("/proc");
	make_directory("/proc/self", 0755);
	make_link("/proc/self/fd", "/dev");
	{
		struct ns_saved saved = NS_SAVED_NONE;

		saved.net_fd = -77;
		check_result(ns_save(&saved), -ENOENT);
		check_number(saved.net_fd, -77);
	}
}

static void save_with_few_descriptors_leaks_none(void)
{
	int before = count_descriptors();
	struct ns_saved saved;
	int room = 0;
	int r;

	do {
		limit_descriptors(room++);
		r = ns_save(&saved);
		limit_descriptors(-1);
		if (r < 0) {
			check_result(r, -EMFILE);
			check_number(count_descriptors(), before);
		}
	} while (r < 0 && room < 10);
	check_result(r, 0);
	/* The working directory is kept by its path. */
	check_number(count_descriptors(), before + 3);
	check_number(room, 4);
	check(saved.cwd_fd < 0);
	check_text(saved.cwd, "/");
	ns_saved_release(&saved);
	check_number(count_descriptors(), before);
}

static void save_accepts_a_cwd_without_a_path(void)
{
	struct ns_saved saved;

	row("deleted");
	enter_removed_directory();
	saved = save();
	check(saved.cwd == NULL);
	check(saved.cwd_fd >= 0);
	ns_saved_release(&saved);
	row("out of reach of the root");
	make_directory("/run/above", 0755);
	check_number(chdir("/run/above"), 0);
	mount_tmpfs("/run/root");
	make_directory("/run/root/proc", 0755);
	check_number(mount("proc", "/run/root/proc", "proc", 0, NULL), 0);
	check_number(__real_chroot("/run/root"), 0);
	saved = save();
	check(saved.cwd == NULL);
	check(saved.cwd_fd >= 0);
	ns_saved_release(&saved);
	row("as older C libraries say it");
	fake_cwd = "(unreachable)/run/above";
	saved = save();
	check(saved.cwd == NULL);
	ns_saved_release(&saved);
}

/* As on NFS, where root is nobody. */
static void save_keeps_a_cwd_that_root_may_not_search_by_path(void)
{
	struct ns_saved saved;

	make_directory("/run/private", 0700);
	check_number(chown("/run/private", 1000, 1000), 0);
	check_number(chdir("/run/private"), 0);
	drop_capability(CAP_DAC_OVERRIDE);
	drop_capability(CAP_DAC_READ_SEARCH);
	saved = save();
	check(saved.cwd_fd < 0);
	check_text(saved.cwd, "/run/private");
	check_result(ns_unshare_mounts(), 0);
	check_result(ns_is_chrooted(&saved), 0);
	ns_saved_release(&saved);
}

/* As on a dead NFS or FUSE. */
static void save_keeps_a_cwd_that_cannot_be_opened_by_path(void)
{
	static const struct {
		const char *what;
		int error;
	} rows[] = {
		{ "ESTALE", ESTALE },
		{ "EIO", EIO },
		{ "ENOTCONN", ENOTCONN },
		{ "EACCES", EACCES },
	};

	make_directory("/run/work", 0755);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int before = count_descriptors();
		struct ns_saved saved;
		struct here here;

		row(rows[i].what);
		check_number(chdir("/run/work"), 0);
		here = look();
		cwd_error = rows[i].error;
		saved = save();
		check(saved.cwd_fd < 0);
		check_text(saved.cwd, "/run/work");
		check(saved.root_fd >= 0);
		move_away();
		check_number(chdir("/"), 0);
		check_result(ns_restore(&saved), 0);
		cwd_error = 0;
		check_here(&here);
		ns_saved_release(&saved);
		check_number(count_descriptors(), before);
	}
}

static void restore_of_a_cwd_that_is_unknown_goes_to_root(void)
{
	struct ns_saved saved;
	struct here here;

	enter_removed_directory();
	here = look();
	cwd_error = ESTALE;
	saved = save();
	check(saved.cwd_fd < 0);
	check(saved.cwd == NULL);
	move_away();
	check_result(ns_restore(&saved), 0);
	here.cwd = here.root;
	check_here(&here);
	ns_saved_release(&saved);
}

static void has_proc_is_true_only_if_proc_knows_this_process(void)
{
	pid_t other;

	check(ns_has_proc());
	row("none");
	mount_tmpfs("/proc");
	check(!ns_has_proc());
	row("something else of that name");
	make_directory("/proc/self", 0755);
	check(!ns_has_proc());
	check_number(umount2("/proc", 0), 0);
	row("that of another PID namespace");
	check_number(unshare(CLONE_NEWPID), 0);
	other = fork();
	check(other >= 0);
	if (other == 0) {
		check_number(mount("proc", "/proc", "proc", 0, NULL), 0);
		_exit(0);
	}
	process_join(other);
	check(!ns_has_proc());
}

static void root_is_mount_is_false_in_a_chroot_to_a_directory(void)
{
	check(ns_root_is_mount());
	make_directory("/run/root", 0755);
	check_number(__real_chroot("/run/root"), 0);
	check(!ns_root_is_mount());
}

/* --- The host --- */

static void host_is_where_pid_1_is(void)
{
	struct ns_saved saved = save();
	struct ns_host host = ns_read_host();

	check(ns_id_equal(host.net, saved.net));
	check(ns_id_equal(host.mounts, saved.mounts));
	check(ns_is_on_host(&saved, &host));
	ns_saved_release(&saved);
	move_away();
	saved = save();
	host = ns_read_host();
	check(!ns_id_equal(host.net, saved.net));
	check(!ns_is_on_host(&saved, &host));
	ns_saved_release(&saved);
}

static void is_on_host_is_false_with_another_root(void)
{
	struct ns_saved saved;
	struct ns_host host;

	enter_chroot("/run/root");
	saved = save();
	host = ns_read_host();
	check(ns_id_equal(saved.mounts, host.mounts));
	check(!ns_is_on_host(&saved, &host));
	ns_saved_release(&saved);
}

static void host_that_cannot_be_read_is_unknown(void)
{
	struct ns_saved saved;
	struct ns_host host;

	mount_tmpfs("/run/empty");
	bind_mount("/run/empty", "/proc/1/ns");
	saved = save();
	host = ns_read_host();
	check(!ns_id_is_known(host.net));
	check(!ns_id_is_known(host.mounts));
	check(!ns_is_on_host(&saved, &host));
	check_result(ns_open_host_mounts(), -ENOENT);
	check_result(ns_open_host_net(), -ENOENT);
	ns_saved_release(&saved);
}

/* The opened descriptor is id, close-on-exec, and none of the standard ones. */
static void check_opens(int fd, struct ns_id id)
{
	struct ns_id opened;

	check(fd > 2);
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
	check_result(ns_identify(fd, &opened), 0);
	check(ns_id_equal(opened, id));
	check_number(close(fd), 0);
}

static void open_functions_open_the_namespaces_they_name(void)
{
	struct ns_host host = ns_read_host();
	struct ns_id net;

	check_number(close(0) | close(1) | close(2), 0);
	move_away();
	check_result(ns_current_net(&net), 0);
	check(!ns_id_equal(net, host.net));
	row("the host's network");
	check_opens(ns_open_host_net(), host.net);
	row("the host's mounts");
	check_opens(ns_open_host_mounts(), host.mounts);
	row("this network");
	check_opens(ns_open_net(), net);
	row("no descriptors");
	limit_descriptors(0);
	check_result(ns_open_host_net(), -EMFILE);
	check_result(ns_open_host_mounts(), -EMFILE);
	check_result(ns_open_net(), -EMFILE);
}

static void identify_of_what_is_no_namespace_fails(void)
{
	struct ns_id id = { .dev = 1, .ino = 2 };
	int fd;

	check_result(ns_identify(-EBADF, &id), -EBADF);
	row("a directory, as Linux 5.10 has it in place of what is forbidden");
	fd = open("/proc/self/ns", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check_result(ns_identify(fd, &id), -EACCES);
	(void)close(fd);
	check_number(id.dev, 1);
	check_number(id.ino, 2);
}

/* --- Moving --- */

static void enter_mounts_goes_to_the_top(void)
{
	struct here here = look();
	int fd = ns_open_host_mounts();
	struct here now;

	check_result(ns_unshare_mounts(), 0);
	mount_tmpfs("/run/work");
	check_number(chdir("/run/work"), 0);
	check_result(ns_enter_mounts(fd), 0);
	now = look();
	check_number(now.mounts, here.mounts);
	check(same_file(&now.root, &here.root));
	check(same_file(&now.cwd, &now.root));
}

static void check_mounts_compares_the_namespace(void)
{
	struct ns_id before;
	struct ns_id after;

	check_result(ns_current_mounts(&before), 0);
	check_result(ns_check_mounts(before), 0);
	check_result(ns_unshare_mounts(), 0);
	check_result(ns_check_mounts(before), -EXDEV);
	check_result(ns_current_mounts(&after), 0);
	check_result(ns_check_mounts(after), 0);
	check_result(ns_check_mounts((struct ns_id){ .ino = 0 }), -EXDEV);
	mount_tmpfs("/proc");
	check_result(ns_check_mounts(after), -ENOENT);
}

static void moves_that_fail_move_nothing(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int mounts = ns_open_host_mounts();
	int net = ns_open_host_net();
	struct here here;

	move_away();
	here = look();
	row("no namespaces");
	check_result(ns_enter_net(null), -EINVAL);
	check_result(ns_enter_mounts(null), -EINVAL);
	row("of another type");
	check_result(ns_enter_net(mounts), -EINVAL);
	check_result(ns_enter_mounts(net), -EINVAL);
	row("closed");
	check_result(ns_enter_net(-EBADF), -EBADF);
	check_result(ns_enter_mounts(-EBADF), -EBADF);
	row("without the capability");
	drop_capability(CAP_SYS_ADMIN);
	check_result(ns_unshare_net(), -EPERM);
	check_result(ns_unshare_mounts(), -EPERM);
	check_result(ns_enter_net(net), -EPERM);
	check_result(ns_enter_mounts(mounts), -EPERM);
	check_here(&here);
}

static int host_mounts;

static void *enter_mounts_in_thread(void *unshares)
{
	if (unshares)
		check_result(ns_unshare_directories(), 0);
	check_result(ns_enter_mounts(host_mounts), unshares ? 0 : -EINVAL);
	return NULL;
}

/* Also of a thread whose directories are shared with others. */
static void unshare_directories_lets_a_thread_enter_mounts(void)
{
	bool yes = true;
	struct here here;
	pthread_t thread;

	host_mounts = ns_open_host_mounts();
	check_result(ns_unshare_mounts(), 0);
	make_directory("/run/work", 0755);
	check_number(chdir("/run/work"), 0);
	here = look();
	check_number(
		pthread_create(&thread, NULL, enter_mounts_in_thread, NULL), 0);
	check_number(pthread_join(thread, NULL), 0);
	check_number(
		pthread_create(&thread, NULL, enter_mounts_in_thread, &yes), 0);
	check_number(pthread_join(thread, NULL), 0);
	check_here(&here);
}

/* --- Going away and back --- */

static void restore_undoes_any_move(void)
{
	static const struct {
		const char *what;
		bool net;
		bool mounts;
		bool directory;
	} rows[] = {
		{ "not moved", false, false, false },
		{ "the network", true, false, false },
		{ "the mounts", false, true, false },
		{ "both", true, true, false },
		{ "both, and the cwd", true, true, true },
	};

	make_directory("/run/work", 0755);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ns_saved saved;
		struct here here;
		int before;

		row(rows[i].what);
		check_number(chdir("/run/work"), 0);
		here = look();
		saved = save();
		before = count_descriptors();
		if (rows[i].net)
			check_result(ns_unshare_net(), 0);
		if (rows[i].mounts)
			check_result(ns_unshare_mounts(), 0);
		if (rows[i].directory)
			check_result(ns_chdir(NULL), 0);
		check_result(ns_restore(&saved), 0);
		check_here(&here);
		check_number(count_descriptors(), before);
		check_result(ns_restore(&saved), 0);
		check_here(&here);
		ns_saved_release(&saved);
	}
}

static void restore_leaves_a_namespace_that_was_entered(void)
{
	struct here here = look();
	struct ns_saved saved = save();
	int net;

	make_net("/run/net");
	net = open("/run/net", O_RDONLY | O_CLOEXEC);
	check_result(ns_enter_net(net), 0);
	check_number(inode_of("/proc/self/ns/net"), inode_of("/run/net"));
	check_result(ns_restore(&saved), 0);
	check_here(&here);
	ns_saved_release(&saved);
}

static void restore_finds_a_cwd_that_was_deleted(void)
{
	struct ns_saved saved;
	struct here here;

	enter_removed_directory();
	here = look();
	saved = save();
	move_away();
	check_number(chdir("/"), 0);
	check_result(ns_restore(&saved), 0);
	check_here(&here);
	ns_saved_release(&saved);
}

static void restore_without_directories_uses_the_path(void)
{
	struct ns_saved saved;
	struct here here;

	make_directory("/run/work", 0755);
	check_number(chdir("/run/work"), 0);
	here = look();
	saved = save();
	ns_saved_drop_directories(&saved, false);
	move_away();
	check_number(chdir("/"), 0);
	check_result(ns_restore(&saved), 0);
	check_here(&here);
	row("a path that is gone");
	move_away();
	check_number(rmdir("/run/work"), 0);
	check_result(ns_restore(&saved), 0);
	here.cwd = here.root;
	check_here(&here);
	ns_saved_release(&saved);
}

static void restore_stays_in_a_chroot(void)
{
	struct ns_saved saved;
	struct here here;

	enter_chroot("/run/root");
	here = look();
	saved = save();
	row("with directories");
	move_away();
	check_result(ns_restore(&saved), 0);
	check_here(&here);
	row("with the root only");
	ns_saved_drop_directories(&saved, true);
	check(saved.root_fd >= 0);
	move_away();
	check_result(ns_restore(&saved), 0);
	check_here(&here);
	ns_saved_release(&saved);
}

/* It may stay in the other namespaces, but must not get above its root. */
static void restore_does_not_leave_a_chroot_whose_root_is_lost(void)
{
	struct ns_saved saved;
	struct stat root;
	struct stat now;
	int number;

	enter_chroot("/run/root");
	check_number(stat("/", &root), 0);
	saved = save();
	ns_saved_drop_directories(&saved, true);
	move_away();
	number = saved.root_fd;
	check_number(close(number), 0);
	check_number(open("/proc/self/stat", O_RDONLY | O_CLOEXEC), number);
	ns_saved_drop_reused(&saved);
	(void)ns_restore(&saved);
	check_number(stat("/", &now), 0);
	check(same_file(&root, &now));
	ns_saved_release(&saved);
}

static void restore_moves_to_both_namespaces_or_to_neither(void)
{
	static const struct {
		const char *what;
		int refused;
	} rows[] = {
		{ "the network", CLONE_NEWNET },
		{ "the mounts", CLONE_NEWNS },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ns_saved saved = save();
		struct here moved;

		row(rows[i].what);
		move_away();
		moved = look();
		setns_refused = rows[i].refused;
		check_result(ns_restore(&saved), -EPERM);
		setns_refused = 0;
		check_here(&moved);
		ns_saved_release(&saved);
	}
}

/* At the top of the mount namespace it would be out of its chroot. */
static void restore_that_may_not_chroot_moves_nothing(void)
{
	struct ns_saved saved;
	struct here moved;

	enter_chroot("/run/root");
	saved = save();
	move_away();
	moved = look();
	no_chroot = true;
	check_result(ns_restore(&saved), -EPERM);
	check_here(&moved);
	ns_saved_release(&saved);
}

static void restore_uses_no_descriptor_that_was_reused(void)
{
	static const struct {
		const char *what;
		bool mounts;
		const char *path; /* NULL: closed */
	} rows[] = {
		{ "net is closed", false, NULL },
		{ "net is a file", false, "/dev/null" },
		{ "net is another namespace", false, "/run/net" },
		{ "net is the mounts", false, "/proc/self/ns/mnt" },
		{ "mounts are closed", true, NULL },
		{ "mounts are a file", true, "/dev/null" },
		{ "mounts are others", true, "/proc/self/ns/mnt" },
	};

	make_net("/run/net");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ns_saved saved = save();
		int number = rows[i].mounts ? saved.mounts_fd : saved.net_fd;
		struct here moved;

		row(rows[i].what);
		move_away();
		moved = look();
		check_number(close(number), 0);
		if (rows[i].path)
			check_number(open(rows[i].path, O_RDONLY | O_CLOEXEC),
				     number);
		check_result(ns_restore(&saved), -EBADF);
		check_here(&moved);
		ns_saved_release(&saved);
	}
}

static void restore_without_the_capability_moves_nothing(void)
{
	struct ns_saved saved = save();
	struct here moved;

	move_away();
	moved = look();
	drop_capability(CAP_SYS_ADMIN);
	check_result(ns_restore(&saved), -EPERM);
	check_here(&moved);
	ns_saved_release(&saved);
}

/* --- What is held while the application goes on --- */

static int count_directories(const struct ns_saved *saved)
{
	const int fds[] = { saved->net_fd, saved->mounts_fd, saved->root_fd,
			    saved->cwd_fd };
	int count = 0;

	for (size_t i = 0; i < 4; i++) {
		struct stat st;

		if (fds[i] >= 0 && fstat(fds[i], &st) == 0)
			count += S_ISDIR(st.st_mode);
	}
	return count;
}

static void drop_directories_keeps_only_the_root_of_a_chroot(void)
{
	struct ns_saved saved = save();
	int before = count_descriptors();

	check_number(count_directories(&saved), 2);
	ns_saved_drop_directories(&saved, true);
	check_number(count_directories(&saved), 1);
	check_number(count_descriptors(), before - 1);
	check_number(saved.cwd_fd, -EBADF);
	ns_saved_drop_directories(&saved, false);
	check_number(count_directories(&saved), 0);
	check_number(count_descriptors(), before - 2);
	check_number(saved.root_fd, -EBADF);
	check(saved.net_fd >= 0 && saved.mounts_fd >= 0);
	ns_saved_release(&saved);
}

static void drop_reused_leaves_descriptors_of_the_application_open(void)
{
	struct ns_saved saved = save();
	int numbers[3];

	numbers[0] = saved.net_fd;
	numbers[1] = saved.mounts_fd;
	numbers[2] = saved.root_fd;
	for (size_t i = 0; i < 3; i++) {
		check_number(close(numbers[i]), 0);
		check_number(open("/proc/self/stat", O_RDONLY | O_CLOEXEC),
			     numbers[i]);
	}
	ns_saved_drop_reused(&saved);
	ns_saved_release(&saved);
	for (size_t i = 0; i < 3; i++)
		check_number(fcntl(numbers[i], F_GETFD), FD_CLOEXEC);
}

static void drop_reused_keeps_what_was_not_closed(void)
{
	struct ns_saved saved = save();
	struct ns_saved before = saved;

	ns_saved_drop_reused(&saved);
	check_number(saved.net_fd, before.net_fd);
	check_number(saved.mounts_fd, before.mounts_fd);
	check_number(saved.root_fd, before.root_fd);
	ns_saved_drop_directories(&saved, false);
	check_number(close(saved.net_fd), 0);
	ns_saved_drop_reused(&saved);
	check_number(saved.net_fd, -EBADF);
	check_number(saved.mounts_fd, before.mounts_fd);
	ns_saved_release(&saved);
}

/* --- Chroots --- */

static void is_chrooted_is_0_at_the_top(void)
{
	struct ns_saved saved;
	struct here here;
	int before;

	make_directory("/run/work", 0755);
	check_number(chdir("/run/work"), 0);
	check_result(ns_unshare_mounts(), 0);
	here = look();
	saved = save();
	before = count_descriptors();
	check_result(ns_is_chrooted(&saved), 0);
	check_here(&here);
	check_number(count_descriptors(), before);
	ns_saved_release(&saved);
}

static void is_chrooted_is_1_below_and_stays_there(void)
{
	struct ns_saved saved;
	struct here here;

	enter_chroot("/run/root");
	check_result(ns_unshare_mounts(), 0);
	here = look();
	saved = save();
	check_result(ns_is_chrooted(&saved), 1);
	check_here(&here);
	ns_saved_release(&saved);
}

static void is_chrooted_is_1_for_a_bind_mount_of_the_top(void)
{
	struct ns_saved saved;

	/* The same directory, mounted once more. */
	make_directory("/run/root", 0755);
	check_number(mount("/", "/run/root", NULL, MS_BIND | MS_REC, NULL), 0);
	check_number(__real_chroot("/run/root"), 0);
	check_number(chdir("/"), 0);
	check_result(ns_unshare_mounts(), 0);
	saved = save();
	check_result(ns_is_chrooted(&saved), 1);
	ns_saved_release(&saved);
}

static void restore_works_after_is_chrooted_failed_at_setns(void)
{
	struct ns_saved origin = save();
	struct here here = look();
	struct ns_saved saved;

	check_result(ns_unshare_mounts(), 0);
	saved = save();
	setns_refused = CLONE_NEWNS;
	check_result(ns_is_chrooted(&saved), -EPERM);
	setns_refused = 0;
	check_result(ns_restore(&origin), 0);
	check_here(&here);
	ns_saved_release(&origin);
	ns_saved_release(&saved);
}

static void restore_works_after_is_chrooted_failed_at_chroot(void)
{
	struct ns_saved origin;
	struct ns_saved saved;
	struct here here;

	enter_chroot("/run/root");
	here = look();
	origin = save();
	check_result(ns_unshare_mounts(), 0);
	saved = save();
	no_chroot = true;
	check_result(ns_is_chrooted(&saved), -EPERM);
	no_chroot = false;
	check_result(ns_restore(&origin), 0);
	check_here(&here);
	ns_saved_release(&origin);
	ns_saved_release(&saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("ns_id_that_is_unknown_equals_nothing",
		      id_that_is_unknown_equals_nothing),
		sandboxed("ns_chdir_goes_to_the_same_directory_only",
			  chdir_goes_to_the_same_directory_only),
		sandboxed("ns_chdir_without_a_directory_goes_to_root",
			  chdir_without_a_directory_goes_to_root),
		sandboxed("ns_save_reads_all_of_where_this_process_is",
			  save_reads_all_of_where_this_process_is),
		sandboxed("ns_save_uses_no_standard_descriptors",
			  save_uses_no_standard_descriptors),
		sandboxed("ns_save_that_fails_changes_nothing",
			  save_that_fails_changes_nothing),
		sandboxed("ns_save_with_few_descriptors_leaks_none",
			  save_with_few_descriptors_leaks_none),
		sandboxed("ns_save_accepts_a_cwd_without_a_path",
			  save_accepts_a_cwd_without_a_path),
		sandboxed("ns_save_keeps_a_cwd_that_root_may_not_search_by_path",
			  save_keeps_a_cwd_that_root_may_not_search_by_path),
		sandboxed("ns_save_keeps_a_cwd_that_cannot_be_opened_by_path",
			  save_keeps_a_cwd_that_cannot_be_opened_by_path),
		sandboxed("ns_restore_of_a_cwd_that_is_unknown_goes_to_root",
			  restore_of_a_cwd_that_is_unknown_goes_to_root),
		sandboxed("ns_has_proc_is_true_only_if_proc_knows_this_process",
			  has_proc_is_true_only_if_proc_knows_this_process),
		sandboxed("ns_root_is_mount_is_false_in_a_chroot_to_a_directory",
			  root_is_mount_is_false_in_a_chroot_to_a_directory),
		sandboxed("ns_host_is_where_pid_1_is", host_is_where_pid_1_is),
		sandboxed("ns_is_on_host_is_false_with_another_root",
			  is_on_host_is_false_with_another_root),
		sandboxed("ns_host_that_cannot_be_read_is_unknown",
			  host_that_cannot_be_read_is_unknown),
		sandboxed("ns_open_functions_open_the_namespaces_they_name",
			  open_functions_open_the_namespaces_they_name),
		sandboxed("ns_identify_of_what_is_no_namespace_fails",
			  identify_of_what_is_no_namespace_fails),
		sandboxed("ns_enter_mounts_goes_to_the_top",
			  enter_mounts_goes_to_the_top),
		sandboxed("ns_check_mounts_compares_the_namespace",
			  check_mounts_compares_the_namespace),
		sandboxed("ns_moves_that_fail_move_nothing",
			  moves_that_fail_move_nothing),
		sandboxed("ns_unshare_directories_lets_a_thread_enter_mounts",
			  unshare_directories_lets_a_thread_enter_mounts),
		sandboxed("ns_restore_undoes_any_move (inverse)",
			  restore_undoes_any_move),
		sandboxed("ns_restore_leaves_a_namespace_that_was_entered",
			  restore_leaves_a_namespace_that_was_entered),
		sandboxed("ns_restore_finds_a_cwd_that_was_deleted",
			  restore_finds_a_cwd_that_was_deleted),
		sandboxed("ns_restore_without_directories_uses_the_path",
			  restore_without_directories_uses_the_path),
		sandboxed("ns_restore_stays_in_a_chroot",
			  restore_stays_in_a_chroot),
		sandboxed(
			"ns_restore_does_not_leave_a_chroot_whose_root_is_lost",
			restore_does_not_leave_a_chroot_whose_root_is_lost),
		sandboxed("ns_restore_moves_to_both_namespaces_or_to_neither",
			  restore_moves_to_both_namespaces_or_to_neither),
		sandboxed("ns_restore_that_may_not_chroot_moves_nothing",
			  restore_that_may_not_chroot_moves_nothing),
		sandboxed("ns_restore_uses_no_descriptor_that_was_reused",
			  restore_uses_no_descriptor_that_was_reused),
		sandboxed("ns_restore_without_the_capability_moves_nothing",
			  restore_without_the_capability_moves_nothing),
		sandboxed("ns_drop_directories_keeps_only_the_root_of_a_chroot",
			  drop_directories_keeps_only_the_root_of_a_chroot),
		sandboxed(
			"ns_drop_reused_leaves_descriptors_of_the_application_open",
			drop_reused_leaves_descriptors_of_the_application_open),
		sandboxed("ns_drop_reused_keeps_what_was_not_closed",
			  drop_reused_keeps_what_was_not_closed),
		sandboxed("ns_is_chrooted_is_0_at_the_top",
			  is_chrooted_is_0_at_the_top),
		sandboxed("ns_is_chrooted_is_1_below_and_stays_there",
			  is_chrooted_is_1_below_and_stays_there),
		sandboxed("ns_is_chrooted_is_1_for_a_bind_mount_of_the_top",
			  is_chrooted_is_1_for_a_bind_mount_of_the_top),
		sandboxed("ns_restore_works_after_is_chrooted_failed_at_setns",
			  restore_works_after_is_chrooted_failed_at_setns),
		sandboxed("ns_restore_works_after_is_chrooted_failed_at_chroot",
			  restore_works_after_is_chrooted_failed_at_chroot),
	};

	return cmocka_run_group_tests_name("ns", tests, NULL, NULL);
}
