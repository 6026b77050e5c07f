/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names in /run/netns and the locks of those who use them. */
#include "common/registry.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define NETNS REGISTRY_DIRECTORY
#define LOCKS REGISTRY_LOCKS "/lock"

/* --- Time, which passes by itself or only by sleeping --- */

static struct {
	bool fake;
	long long slept_us;
	int naps;
	int ahead_s;
} clocks;

int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __real_clock_nanosleep(clockid_t clock, int flags,
			   const struct timespec *pause,
			   struct timespec *ret_rest);
int __wrap_clock_nanosleep(clockid_t clock, int flags,
			   const struct timespec *pause,
			   struct timespec *ret_rest);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = __real_clock_gettime(clock, ret);
	long long us = ret->tv_nsec / 1000 + clocks.slept_us;

	if (!clocks.fake)
		return r;
	ret->tv_sec += us / 1000000 + clocks.ahead_s;
	ret->tv_nsec = (long)(us % 1000000 * 1000);
	return r;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags,
			   const struct timespec *pause,
			   struct timespec *ret_rest)
{
	clocks.naps++;
	if (!clocks.fake)
		return __real_clock_nanosleep(clock, flags, pause, ret_rest);
	clocks.slept_us += pause->tv_sec * 1000000LL + pause->tv_nsec / 1000;
	return 0;
}

static bool no_statfs;

int __real_fstatfs(int fd, struct statfs *ret);
int __wrap_fstatfs(int fd, struct statfs *ret);

int __wrap_fstatfs(int fd, struct statfs *ret)
{
	if (!no_statfs)
		return __real_fstatfs(fd, ret);
	errno = EIO;
	return -1;
}

static void check_slept(int low_ms, int high_ms)
{
	check(clocks.slept_us / 1000 >= low_ms);
	check(clocks.slept_us / 1000 <= high_ms);
}

/* --- Looking up --- */

static void make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	check(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	check_number(bind(fd, (const struct sockaddr *)&address,
			  sizeof(address)),
		     0);
	(void)close(fd);
}

static void check_found(const char *name, const char *path)
{
	int fd = registry_find(name);
	struct stat st;

	check(fd >= 0);
	check_number(fstat(fd, &st), 0);
	check_number(st.st_ino, inode_of(path));
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
	check_number(setns(fd, CLONE_NEWNET), 0);
	(void)close(fd);
}

static void find_opens_a_network_namespace_of_any_name(void)
{
	static const char *const names[] = { "alice",	"al ice", "DOM\\alice",
					     "a@b.c",	"-n",	  "...",
					     "\xc3\xa4" };
	int before = count_descriptors();

	make_directory(NETNS, 0755);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];

		row(names[i]);
		(void)snprintf(path, sizeof(path), NETNS "/%s", names[i]);
		make_net(path);
		check_found(names[i], path);
		check_number(count_descriptors(), before);
	}
}

static void find_finds_nothing_where_there_is_nothing(void)
{
	row("no directory");
	check_result(registry_find("alice"), -ENOENT);
	row("no name");
	make_directory(NETNS, 0755);
	check_result(registry_find("alice"), -ENOENT);
}

static void make_all_that_find_refuses(void)
{
	make_directory(NETNS, 0755);
	make_net(NETNS "/other");
	make_file(NETNS "/stale", 0, "");
	make_file(NETNS "/content", 0644, "x");
	make_file(NETNS "/user's", 0600, "");
	check_number(chown(NETNS "/user's", 1000, 1000), 0);
	make_link(NETNS "/link", "other");
	make_link(NETNS "/absolute", NETNS "/other");
	make_link(NETNS "/dangling", "nowhere");
	make_link(NETNS "/own", "/proc/self/ns/net");
	make_directory(NETNS "/directory", 0755);
	make_socket(NETNS "/socket");
	check_number(mknod(NETNS "/device", S_IFCHR | 0600, makedev(1, 5)), 0);
	make_file(NETNS "/file over it", 0, "");
	make_file("/run/some file", 0644, "");
	bind_mount("/run/some file", NETNS "/file over it");
	mount_tmpfs(NETNS "/directory over it");
	make_file(NETNS "/uts", 0, "");
	bind_mount("/proc/self/ns/uts", NETNS "/uts");
	make_file(NETNS "/user namespace", 0, "");
	bind_mount("/proc/self/ns/user", NETNS "/user namespace");
}

static void find_says_what_it_refuses(void)
{
	static const struct {
		const char *name;
		int result;
	} rows[] = {
		{ "stale", -ESTALE },	    { "content", -ENOTEMPTY },
		{ "user's", -EACCES },	    { "link", -ELOOP },
		{ "absolute", -ELOOP },	    { "dangling", -ELOOP },
		{ "own", -ELOOP },	    { "directory", -EISDIR },
		{ "socket", -ENXIO },	    { "device", -ENXIO },
		{ "file over it", -EBUSY }, { "directory over it", -EBUSY },
		{ "uts", -EMEDIUMTYPE },    { "user namespace", -EMEDIUMTYPE },
	};
	int before = count_descriptors();

	make_all_that_find_refuses();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row(rows[i].name);
		check_result(registry_find(rows[i].name), rows[i].result);
		check_number(count_descriptors(), before);
	}
}

static void find_refuses_a_fifo_without_waiting(void)
{
	long long start = now_ms();

	make_directory(NETNS, 0755);
	make_fifo(NETNS "/alice");
	check_result(registry_find("alice"), -ENXIO);
	check_result(registry_find_settled("alice"), -ENXIO);
	check(now_ms() - start < 500);
}

static void find_follows_no_link_as_the_directory(void)
{
	make_directory("/run/elsewhere", 0755);
	make_net("/run/elsewhere/alice");
	make_link(NETNS, "elsewhere");
	check(registry_find("alice") < 0);
	check(registry_open_directory() < 0);
}

static void find_takes_an_error_for_an_error(void)
{
	make_directory(NETNS, 0755);
	make_net(NETNS "/alice");
	no_statfs = true;
	check_result(registry_find("alice"), -EIO);
}

static void find_with_few_descriptors_leaks_none(void)
{
	int before = count_descriptors();
	int room = 0;
	int fd;

	make_directory(NETNS, 0755);
	make_net(NETNS "/alice");
	do {
		limit_descriptors(room++);
		fd = registry_find("alice");
		limit_descriptors(-1);
		if (fd < 0) {
			check_result(fd, -EMFILE);
			check_number(count_descriptors(), before);
		}
	} while (fd < 0 && room < 10);
	check(fd >= 0);
	check_number(count_descriptors(), before + 1);
}

/* --- A file that is stale --- */

static void settled_waits_a_second_for_a_file_just_made(void)
{
	make_directory(NETNS, 0755);
	make_file(NETNS "/alice", 0, "");
	clocks.fake = true;
	check_result(registry_find_settled("alice"), -ESTALE);
	check_slept(900, 2100);
}

static void settled_waits_for_no_old_file(void)
{
	make_directory(NETNS, 0755);
	make_file(NETNS "/alice", 0, "");
	clocks.fake = true;
	clocks.ahead_s = 3;
	check_result(registry_find_settled("alice"), -ESTALE);
	check_number(clocks.naps, 0);
}

static void settled_waits_for_nothing_else(void)
{
	clocks.fake = true;
	row("no directory");
	check_result(registry_find_settled("alice"), -ENOENT);
	row("no name");
	make_directory(NETNS, 0755);
	check_result(registry_find_settled("alice"), -ENOENT);
	row("a link");
	make_link(NETNS "/alice", "x");
	check_result(registry_find_settled("alice"), -ELOOP);
	check_number(clocks.naps, 0);
}

static void mount_a_little_later(void)
{
	const struct timespec pause = { .tv_nsec = 200000000 };

	(void)nanosleep(&pause, NULL);
	check_number(unshare(CLONE_NEWNET), 0);
	bind_mount("/proc/self/ns/net", NETNS "/alice");
}

/* As when ip-netns(8) is at work. */
static void settled_finds_what_is_mounted_meanwhile(void)
{
	pid_t other;
	int fd;

	make_directory(NETNS, 0755);
	make_file(NETNS "/alice", 0, "");
	other = process_start(mount_a_little_later);
	fd = registry_find_settled("alice");
	check(fd >= 0);
	process_join(other);
	check_found("alice", NETNS "/alice");
}

static void remove_a_little_later(void)
{
	const struct timespec pause = { .tv_nsec = 200000000 };

	(void)nanosleep(&pause, NULL);
	check_number(unlink(NETNS "/alice"), 0);
}

static void settled_sees_that_the_file_goes(void)
{
	pid_t other;

	make_directory(NETNS, 0755);
	make_file(NETNS "/alice", 0, "");
	other = process_start(remove_a_little_later);
	check_result(registry_find_settled("alice"), -ENOENT);
	process_join(other);
}

/* --- Adding --- */

static int open_names(void)
{
	int directory;

	make_directory(NETNS, 0755);
	directory = registry_open_directory();
	check(directory >= 0);
	return directory;
}

static void bind_over(int file)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	check_number(unshare(CLONE_NEWNET), 0);
	bind_mount("/proc/self/ns/net", path);
}

static void add_makes_the_file_that_ip_netns_makes(void)
{
	int directory = open_names();
	struct stat st;
	int file;

	(void)umask(0);
	file = registry_add(directory, "alice");
	check(file >= 0);
	check(fcntl(file, F_GETFL) & O_PATH);
	check_number(fcntl(file, F_GETFD), FD_CLOEXEC);
	check_number(stat(NETNS "/alice", &st), 0);
	check_number(st.st_mode, S_IFREG);
	check_number(st.st_uid, 0);
	bind_over(file);
	check_found("alice", NETNS "/alice");
}

static void take_over_heals_a_stale_file(void)
{
	int directory = open_names();
	int file;

	make_file(NETNS "/alice", 0, "");
	check_result(registry_find("alice"), -ESTALE);
	file = registry_take_over(directory, "alice");
	check(file >= 0);
	check(fcntl(file, F_GETFL) & O_PATH);
	check_number(fcntl(file, F_GETFD), FD_CLOEXEC);
	bind_over(file);
	check_found("alice", NETNS "/alice");
}

static void add_and_take_over_take_nothing_else(void)
{
	static const char *const names[] = {
		"other",	"content",	     "user's", "link",
		"dangling",	"directory",	     "socket", "device",
		"file over it", "directory over it", "uts",    "fifo",
	};
	int directory;
	int before;

	make_all_that_find_refuses();
	make_fifo(NETNS "/fifo");
	directory = open_names();
	before = count_descriptors();
	check_result(registry_add(directory, "stale"), -EEXIST);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		row(names[i]);
		check_result(registry_add(directory, names[i]), -EEXIST);
		check_result(registry_take_over(directory, names[i]), -EEXIST);
		check_number(faccessat(directory, names[i], F_OK,
				       AT_SYMLINK_NOFOLLOW),
			     0);
		check_number(count_descriptors(), before);
	}
}

static void add_tells_that_run_is_read_only(void)
{
	int directory = open_names();

	check_number(mount(NULL, "/run", NULL, MS_REMOUNT | MS_RDONLY, NULL),
		     0);
	check_result(registry_add(directory, "alice"), -EROFS);
}

static void add_with_few_descriptors_leaves_no_file(void)
{
	int directory = open_names();
	int before = count_descriptors();
	int room = 0;
	int file;

	do {
		limit_descriptors(room++);
		file = registry_add(directory, "alice");
		limit_descriptors(-1);
		if (file < 0) {
			check_result(file, -EMFILE);
			check_number(access(NETNS "/alice", F_OK), -1);
			check_number(count_descriptors(), before);
		}
	} while (file < 0 && room < 10);
	check(file >= 0);
	check_number(count_descriptors(), before + 1);
}

static void remove_takes_away_what_add_made(void)
{
	int directory = open_names();
	int file = registry_add(directory, "alice");

	check(file >= 0);
	check_result(registry_remove_directory(), -ENOTEMPTY);
	check_result(registry_remove(directory, "alice"), 0);
	check_result(registry_remove(directory, "alice"), -ENOENT);
	check_result(registry_remove_directory(), 0);
	check_result(registry_remove_directory(), -ENOENT);
}

/* --- The directory of names --- */

static void make_directory_tells_whether_it_made_it(void)
{
	struct stat st;

	(void)umask(0777);
	check_result(registry_make_directory(), 1);
	check_number(stat(NETNS, &st), 0);
	check_number(st.st_mode, S_IFDIR | 0755);
	check_number(chmod(NETNS, 0711), 0);
	check_result(registry_make_directory(), 0);
	check_number(stat(NETNS, &st), 0);
	check_number(st.st_mode, S_IFDIR | 0711);
}

static void make_directory_tells_that_run_is_read_only(void)
{
	check_number(mount(NULL, "/run", NULL, MS_REMOUNT | MS_RDONLY, NULL),
		     0);
	check_result(registry_make_directory(), -EROFS);
}

static void is_mount_tells_a_mount_from_a_directory(void)
{
	int below = open_names();
	int top;

	check(!registry_is_mount(below));
	bind_mount(NETNS, NETNS);
	check(!registry_is_mount(below));
	top = registry_open_directory();
	check(registry_is_mount(top));
}

static void keep_flock_as_a_user(void)
{
	int fd;

	check_number(setresgid(1000, 1000, 1000), 0);
	check_number(setresuid(1000, 1000, 1000), 0);
	fd = open(NETNS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(fd >= 0);
	check_number(flock(fd, LOCK_EX), 0);
}

static void open_directory_locked_goes_on_after_a_second(void)
{
	pid_t user;
	int fd;

	make_directory(NETNS, 0755);
	user = process_hold(keep_flock_as_a_user);
	clocks.fake = true;
	fd = registry_open_directory_locked();
	check(fd >= 0);
	check_slept(900, 1100);
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
	process_end(user);
}

static void open_directory_locked_excludes_ip_netns(void)
{
	int theirs = open_names();
	int ours = registry_open_directory_locked();

	check(ours >= 0);
	check_number(clocks.naps, 0);
	check_number(flock(theirs, LOCK_EX | LOCK_NB), -1);
	check_number(errno, EWOULDBLOCK);
	registry_unlock(&ours);
	check_number(ours, -EBADF);
	check_number(flock(theirs, LOCK_EX | LOCK_NB), 0);
}

static void open_directory_locked_needs_a_directory(void)
{
	check_result(registry_open_directory_locked(), -ENOENT);
}

/* --- Locks of names --- */

static void hold_shared(void)
{
	check(registry_lock("alice", LOCK_SH) >= 0);
}

static void hold_exclusively(void)
{
	check(registry_lock("alice", LOCK_EX) >= 0);
}

static void hold_directory(void)
{
	check(registry_lock_directory() >= 0);
}

static void lock_shared_excludes_exclusive_only(void)
{
	static const struct {
		const char *what;
		void (*hold)(void);
		const char *name;
		int operation;
		int result;
	} rows[] = {
		{ "two that join", hold_shared, "alice", LOCK_SH, 0 },
		{ "making while one joins", hold_shared, "alice", LOCK_EX,
		  -ETIMEDOUT },
		{ "joining while one makes", hold_exclusively, "alice", LOCK_SH,
		  -ETIMEDOUT },
		{ "two that make", hold_exclusively, "alice", LOCK_EX,
		  -ETIMEDOUT },
		{ "making another name", hold_exclusively, "bob", LOCK_EX, 0 },
		{ "making while the directory is prepared", hold_directory,
		  "alice", LOCK_EX, 0 },
	};
	int before = count_descriptors();

	clocks.fake = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pid_t other;
		int lock;

		row(rows[i].what);
		other = process_hold(rows[i].hold);
		clocks.slept_us = 0;
		lock = registry_lock(rows[i].name, rows[i].operation);
		check_result(lock < 0 ? lock : 0, rows[i].result);
		if (lock < 0)
			check_slept(59900, 60100);
		else
			check_number(clocks.slept_us, 0);
		registry_unlock(&lock);
		check_number(count_descriptors(), before);
		process_end(other);
	}
}

static void lock_exclusively_waits_for_the_others(void)
{
	int before = count_descriptors();
	int lock = registry_lock("alice", LOCK_SH);
	pid_t other = process_hold(hold_shared);

	check(lock >= 0);
	check_number(fcntl(lock, F_GETFD), FD_CLOEXEC);
	clocks.fake = true;
	check_result(registry_lock_exclusively(lock), -ETIMEDOUT);
	check_slept(59900, 60100);
	process_end(other);
	check_result(registry_lock_exclusively(lock), 0);
	clocks.slept_us = 0;
	check_result(registry_lock("alice", LOCK_SH), -ETIMEDOUT);
	registry_unlock(&lock);
	check_number(lock, -EBADF);
	check_number(count_descriptors(), before);
}

static void lock_directory_excludes_itself(void)
{
	pid_t other = process_hold(hold_directory);
	int lock;

	clocks.fake = true;
	check_result(registry_lock_directory(), -ETIMEDOUT);
	check_slept(59900, 60100);
	process_end(other);
	lock = registry_lock_directory();
	check(lock >= 0);
	check_number(fcntl(lock, F_GETFD), FD_CLOEXEC);
}

static void lock_of_who_was_killed_is_free(void)
{
	int lock;

	process_end(process_hold(hold_exclusively));
	clocks.fake = true;
	lock = registry_lock("alice", LOCK_EX);
	check(lock >= 0);
	check_number(clocks.slept_us, 0);
}

static void do_nothing(void)
{
}

/* A child has a copy of the descriptor and so of the lock. */
static void unlock_takes_it_from_forked_children_too(void)
{
	int lock = registry_lock("alice", LOCK_EX);
	pid_t child;
	int again;

	check(lock >= 0);
	child = process_hold(do_nothing);
	registry_unlock(&lock);
	clocks.fake = true;
	again = registry_lock("alice", LOCK_EX);
	check(again >= 0);
	check_number(clocks.slept_us, 0);
	process_end(child);
	registry_unlock(&again);
	registry_unlock(&again);
}

static void try_as_a_user(void)
{
	check_number(setresgid(1000, 1000, 1000), 0);
	check_number(setresuid(1000, 1000, 1000), 0);
	check(open(LOCKS "/alice", O_RDONLY | O_CLOEXEC) < 0);
	check_number(errno, EACCES);
	check(open(LOCKS, O_RDONLY | O_CLOEXEC) < 0);
	check(open(REGISTRY_LOCKS, O_RDONLY | O_CLOEXEC) < 0);
	check(registry_lock("alice", LOCK_SH) < 0);
	check(registry_lock_directory() < 0);
}

static void lock_is_out_of_reach_of_users(void)
{
	static const struct {
		const char *path;
		mode_t mode;
	} rows[] = {
		{ REGISTRY_LOCKS, S_IFDIR | 0700 },
		{ LOCKS, S_IFDIR | 0700 },
		{ LOCKS "/alice", S_IFREG | 0600 },
	};
	int lock;

	(void)umask(0);
	lock = registry_lock("alice", LOCK_EX);
	check(lock >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stat st;

		row(rows[i].path);
		check_number(stat(rows[i].path, &st), 0);
		check_number(st.st_mode, rows[i].mode);
	}
	registry_unlock(&lock);
	in_process(try_as_a_user);
	row("never unlinked");
	check_number(access(LOCKS "/alice", F_OK), 0);
}

static void lock_works_with_any_umask(void)
{
	struct stat st;
	int lock;

	(void)umask(0777);
	lock = registry_lock("alice", LOCK_EX);
	check(lock >= 0);
	registry_unlock(&lock);
	check_number(stat(LOCKS, &st), 0);
	check_number(st.st_mode, S_IFDIR | 0700);
	check_number(stat(REGISTRY_LOCKS, &st), 0);
	check_number(st.st_mode, S_IFDIR | 0700);
	lock = registry_lock("alice", LOCK_EX);
	check(lock >= 0);
}

static void user_s_base(void)
{
	make_directory(REGISTRY_LOCKS, 0755);
	check_number(chown(REGISTRY_LOCKS, 1000, 0), 0);
}

static void writable_base(void)
{
	make_directory(REGISTRY_LOCKS, 0770);
}

static void linked_base(void)
{
	make_directory("/run/elsewhere", 0700);
	make_link(REGISTRY_LOCKS, "elsewhere");
}

static void base_file(void)
{
	make_file(REGISTRY_LOCKS, 0600, "");
}

static void user_s_locks(void)
{
	make_directory(REGISTRY_LOCKS, 0700);
	make_directory(LOCKS, 0755);
	check_number(chown(LOCKS, 1000, 0), 0);
}

static void writable_locks(void)
{
	make_directory(REGISTRY_LOCKS, 0700);
	make_directory(LOCKS, 0777);
}

static void linked_file(void)
{
	make_directory(REGISTRY_LOCKS, 0700);
	make_directory(LOCKS, 0700);
	make_link(LOCKS "/alice", "/run/shadow");
}

static void file_s_directory(void)
{
	make_directory(REGISTRY_LOCKS, 0700);
	make_directory(LOCKS, 0700);
	make_directory(LOCKS "/alice", 0700);
}

static void read_only_run(void)
{
	check_number(mount(NULL, "/run", NULL, MS_REMOUNT | MS_RDONLY, NULL),
		     0);
}

static void (*prepare)(void);
static int prepared_result;

static void lock_prepared(void)
{
	int before = count_descriptors();

	check_number(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
	prepare();
	check_result(registry_lock("alice", LOCK_EX), prepared_result);
	check(access("/run/shadow", F_OK) < 0);
	check_number(count_descriptors(), before);
}

static void lock_trusts_root_s_directory_only(void)
{
	static const struct {
		const char *what;
		void (*prepare)(void);
		int result;
	} rows[] = {
		{ "a user's", user_s_base, -EPERM },
		{ "writable by a group", writable_base, -EPERM },
		{ "a link", linked_base, -ENOTDIR },
		{ "a file", base_file, -ENOTDIR },
		{ "a user's lock directory", user_s_locks, -EPERM },
		{ "a writable lock directory", writable_locks, -EPERM },
		{ "a link as the lock", linked_file, -ELOOP },
		{ "a directory as the lock", file_s_directory, -EISDIR },
		{ "a read-only /run", read_only_run, -EROFS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row(rows[i].what);
		prepare = rows[i].prepare;
		prepared_result = rows[i].result;
		in_process(lock_prepared);
	}
}

static void lock_with_few_descriptors_leaks_none(void)
{
	int before = count_descriptors();
	int room = 0;
	int lock;

	do {
		limit_descriptors(room++);
		lock = registry_lock("alice", LOCK_EX);
		limit_descriptors(-1);
		if (lock < 0) {
			check_result(lock, -EMFILE);
			check_number(count_descriptors(), before);
		}
	} while (lock < 0 && room < 10);
	check(lock >= 0);
	check_number(count_descriptors(), before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("registry_find_opens_a_network_namespace_of_any_"
			  "name",
			  find_opens_a_network_namespace_of_any_name),
		sandboxed("registry_find_finds_nothing_where_there_is_nothing",
			  find_finds_nothing_where_there_is_nothing),
		sandboxed("registry_find_says_what_it_refuses (F3, F20)",
			  find_says_what_it_refuses),
		sandboxed("registry_find_refuses_a_fifo_without_waiting (F18)",
			  find_refuses_a_fifo_without_waiting),
		sandboxed("registry_find_follows_no_link_as_the_directory",
			  find_follows_no_link_as_the_directory),
		sandboxed("registry_find_takes_an_error_for_an_error",
			  find_takes_an_error_for_an_error),
		sandboxed("registry_find_with_few_descriptors_leaks_none",
			  find_with_few_descriptors_leaks_none),
		sandboxed("registry_find_settled_waits_a_second_for_a_file_"
			  "just_made",
			  settled_waits_a_second_for_a_file_just_made),
		sandboxed("registry_find_settled_waits_for_no_old_file (F15)",
			  settled_waits_for_no_old_file),
		sandboxed("registry_find_settled_waits_for_nothing_else",
			  settled_waits_for_nothing_else),
		sandboxed("registry_find_settled_finds_what_is_mounted_"
			  "meanwhile",
			  settled_finds_what_is_mounted_meanwhile),
		sandboxed("registry_find_settled_sees_that_the_file_goes",
			  settled_sees_that_the_file_goes),
		sandboxed("registry_add_makes_the_file_that_ip_netns_makes",
			  add_makes_the_file_that_ip_netns_makes),
		sandboxed("registry_take_over_heals_a_stale_file (F15)",
			  take_over_heals_a_stale_file),
		sandboxed("registry_add_and_take_over_take_nothing_else (F18, "
			  "F20)",
			  add_and_take_over_take_nothing_else),
		sandboxed("registry_add_tells_that_run_is_read_only (F1)",
			  add_tells_that_run_is_read_only),
		sandboxed("registry_add_with_few_descriptors_leaves_no_file "
			  "(all-or-nothing)",
			  add_with_few_descriptors_leaves_no_file),
		sandboxed("registry_remove_takes_away_what_add_made",
			  remove_takes_away_what_add_made),
		sandboxed("registry_make_directory_tells_whether_it_made_it",
			  make_directory_tells_whether_it_made_it),
		sandboxed("registry_make_directory_tells_that_run_is_read_"
			  "only (F1)",
			  make_directory_tells_that_run_is_read_only),
		sandboxed("registry_is_mount_tells_a_mount_from_a_directory",
			  is_mount_tells_a_mount_from_a_directory),
		sandboxed("registry_open_directory_locked_goes_on_after_a_"
			  "second (F28)",
			  open_directory_locked_goes_on_after_a_second),
		sandboxed("registry_open_directory_locked_excludes_ip_netns",
			  open_directory_locked_excludes_ip_netns),
		sandboxed("registry_open_directory_locked_needs_a_directory",
			  open_directory_locked_needs_a_directory),
		sandboxed("registry_lock_shared_excludes_exclusive_only "
			  "(one-name)",
			  lock_shared_excludes_exclusive_only),
		sandboxed("registry_lock_exclusively_waits_for_the_others",
			  lock_exclusively_waits_for_the_others),
		sandboxed("registry_lock_directory_excludes_itself",
			  lock_directory_excludes_itself),
		sandboxed("registry_lock_of_who_was_killed_is_free (F15, "
			  "survives-kill)",
			  lock_of_who_was_killed_is_free),
		sandboxed("registry_unlock_takes_it_from_forked_children_too",
			  unlock_takes_it_from_forked_children_too),
		sandboxed("registry_lock_is_out_of_reach_of_users (F28)",
			  lock_is_out_of_reach_of_users),
		sandboxed("registry_lock_works_with_any_umask",
			  lock_works_with_any_umask),
		sandboxed("registry_lock_trusts_root_s_directory_only",
			  lock_trusts_root_s_directory_only),
		sandboxed("registry_lock_with_few_descriptors_leaks_none",
			  lock_with_few_descriptors_leaks_none),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
