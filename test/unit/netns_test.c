/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network namespace of a session: what is found, made, entered, refused. */
#include "common/deadline.h"
#include "common/file.h"
#include "common/netns.h"
#include "common/state.h"
#include "common/sysctl.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define NETNS	    NETNS_DIRECTORY
#define ALICE	    NETNS "/alice"
#define LOCKS	    STATE_DIRECTORY "/lock"
#define RECORD	    STATE_DIRECTORY "/names/alice"
#define PORT	    "/proc/sys/net/ipv4/ip_unprivileged_port_start"
#define EHASH	    "/proc/sys/net/ipv4/tcp_ehash_entries"
#define CHILD_EHASH "/proc/sys/net/ipv4/tcp_child_ehash_entries"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* --- What helpers do, which are other processes --- */

static struct {
	int unshares; /* of the network */
	int binds;    /* to names */
	int naps;
	long long slept_us;
} * seen;

static void forget(void)
{
	seen->unshares = 0;
	seen->binds = 0;
	seen->naps = 0;
	seen->slept_us = 0;
}

static void check_slept(int low_ms, int high_ms)
{
	check(seen->slept_us / 1000 >= low_ms);
	check(seen->slept_us / 1000 <= high_ms);
}

/* --- Calls that stand for the real ones --- */

/* Time passes by itself, or only by sleeping. */
static bool time_is_fake;
static int ahead_s;

static int unshare_error; /* of the network; 0: none */
static bool unshare_pretends;
static int setns_pretends; /* CLONE_NEW… */
static int bind_error;	   /* of the next bind_failures binds to names */
static int bind_failures;
static void (*before_bind)(void); /* once */
static bool no_cookie;
static bool no_statfs;
static int sysctl_write_error;
static bool no_output;

int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __real_clock_nanosleep(clockid_t clock, int flags,
			   const struct timespec *pause,
			   struct timespec *ret_rest);
int __wrap_clock_nanosleep(clockid_t clock, int flags,
			   const struct timespec *pause,
			   struct timespec *ret_rest);
int __real_unshare(int flags);
int __wrap_unshare(int flags);
int __real_setns(int fd, int type);
int __wrap_setns(int fd, int type);
int __real_mount(const char *source, const char *target, const char *type,
		 unsigned long flags, const void *data);
int __wrap_mount(const char *source, const char *target, const char *type,
		 unsigned long flags, const void *data);
int __real_getsockopt(int fd, int level, int option, void *value,
		      socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value,
		      socklen_t *size);
int __real_fstatfs(int fd, struct statfs *ret);
int __wrap_fstatfs(int fd, struct statfs *ret);
int __real_sysctl_write(int proc, const struct sysctl *values);
int __wrap_sysctl_write(int proc, const struct sysctl *values);
struct program_output *__real_program_output_new(void);
struct program_output *__wrap_program_output_new(void);

struct program_output *__wrap_program_output_new(void)
{
	return no_output ? NULL : __real_program_output_new();
}

static int fails_with(int error)
{
	errno = error;
	return -1;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = __real_clock_gettime(clock, ret);
	long long us = ret->tv_nsec / 1000 + seen->slept_us;

	if (!time_is_fake)
		return r;
	ret->tv_sec += us / 1000000 + ahead_s;
	ret->tv_nsec = (long)(us % 1000000 * 1000);
	return r;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags,
			   const struct timespec *pause,
			   struct timespec *ret_rest)
{
	seen->naps++;
	if (!time_is_fake)
		return __real_clock_nanosleep(clock, flags, pause, ret_rest);
	seen->slept_us += pause->tv_sec * 1000000LL + pause->tv_nsec / 1000;
	return 0;
}

int __wrap_unshare(int flags)
{
	if (flags == CLONE_NEWNET)
		(void)__atomic_add_fetch(&seen->unshares, 1, __ATOMIC_SEQ_CST);
	if (flags == CLONE_NEWNET && unshare_error)
		return fails_with(unshare_error);
	if (flags == CLONE_NEWNET && unshare_pretends)
		return 0;
	return __real_unshare(flags);
}

int __wrap_setns(int fd, int type)
{
	return setns_pretends & type ? 0 : __real_setns(fd, type);
}

int __wrap_mount(const char *source, const char *target, const char *type,
		 unsigned long flags, const void *data)
{
	void (*meanwhile)(void) = before_bind;

	/* bind_mount() of sandbox.h has MS_REC too. */
	if (flags != MS_BIND)
		return __real_mount(source, target, type, flags, data);
	seen->binds++;
	before_bind = NULL;
	if (meanwhile)
		meanwhile();
	if (bind_failures-- > 0)
		return fails_with(bind_error);
	return __real_mount(source, target, type, flags, data);
}

int __wrap_getsockopt(int fd, int level, int option, void *value,
		      socklen_t *size)
{
	if (no_cookie && level == SOL_SOCKET && option == SO_NETNS_COOKIE)
		return fails_with(ENOPROTOOPT);
	return __real_getsockopt(fd, level, option, value, size);
}

int __wrap_fstatfs(int fd, struct statfs *ret)
{
	return no_statfs ? fails_with(EIO) : __real_fstatfs(fd, ret);
}

int __wrap_sysctl_write(int proc, const struct sysctl *values)
{
	return sysctl_write_error ? sysctl_write_error
				  : __real_sysctl_write(proc, values);
}

/* --- A login --- */

static struct ns_host host;
static struct ns_saved entry;
static struct netns_request request;
static struct netns_result result;

/* From where this process is. */
static void want(enum plan_kind kind, const char *name)
{
	ns_saved_release(&entry);
	host = ns_read_host();
	check(ns_id_is_known(host.mounts));
	check_result(ns_save(&entry), 0);
	request = (struct netns_request){
		.kind = kind,
		.name = name,
		.user = "alice",
		.service = "sshd",
		.host = &host,
		.entry = &entry,
		.origin = &entry,
	};
	forget();
}

static void want_alice(void)
{
	want(PLAN_NAMED, "alice");
}

static void start(void)
{
	entry = NS_SAVED_NONE;
}

/* Gets it, and is where it was before. Of a descriptor, its inode. */
static int get(ino_t *ret)
{
	ino_t net = inode_of("/proc/self/ns/net");
	ino_t mounts = inode_of("/proc/self/ns/mnt");
	int before = count_descriptors();
	int fd = netns_get(&request, &result);
	struct stat st;

	check_number(inode_of("/proc/self/ns/net"), net);
	check_number(inode_of("/proc/self/ns/mnt"), mounts);
	check_number(count_descriptors(), before + (fd >= 0));
	if (fd < 0)
		return fd;
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
	check_number(fstat(fd, &st), 0);
	*ret = st.st_ino;
	return fd;
}

static int get_new(void)
{
	ino_t net;
	int fd = get(&net);

	check_result(fd < 0 ? fd : 0, 0);
	check(result.made);
	check(net != inode_of("/proc/self/ns/net"));
	return fd;
}

/* Gets what is under path, and has not made it. */
static int get_found(const char *path)
{
	ino_t net;
	int fd = get(&net);

	check_result(fd < 0 ? fd : 0, 0);
	check_number(net, inode_of(path));
	check(!result.made);
	return fd;
}

static void check_failure(int r, int expected, const char *object)
{
	check_result(r, expected);
	check_number(result.failure.kind, FAILURE_UNCONFINED);
	check_result(result.failure.error, expected);
	check_text(result.failure.object, object);
	check(result.failure.doing != NULL);
}

static void check_refused(int expected, const char *object)
{
	ino_t net;

	check_failure(get(&net), expected, object);
}

static bool is_there(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void make_names(void)
{
	start();
	make_directory(NETNS, 0755);
}

static void make_run_read_only(void)
{
	check_number(mount(NULL, "/run", NULL, MS_REMOUNT | MS_RDONLY, NULL),
		     0);
}

static bool lo_is_up(int net)
{
	struct ifreq lo = { .ifr_name = "lo" };
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int fd;

	check(here >= 0);
	check_number(__real_setns(net, CLONE_NEWNET), 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(fd >= 0);
	check_number(ioctl(fd, SIOCGIFFLAGS, &lo), 0);
	(void)close(fd);
	check_number(__real_setns(here, CLONE_NEWNET), 0);
	(void)close(here);
	return lo.ifr_flags & IFF_UP;
}

/* --- A name that is there --- */

static void get_finds_a_name_whatever_its_characters(void)
{
	static const char *const names[] = { "alice",	"al ice", "DOM\\alice",
					     "a@b.c",	"-n",	  "...",
					     "\xc3\xa4" };

	make_names();
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[64];

		row(names[i]);
		(void)snprintf(path, sizeof(path), NETNS "/%s", names[i]);
		make_net(path);
		want(PLAN_NAMED, names[i]);
		(void)close(get_found(path));
	}
}

/* So nobody who joins can keep others waiting. */
static void get_of_a_bound_name_makes_nothing(void)
{
	make_names();
	make_net(ALICE);
	want_alice();
	(void)close(get_found(ALICE));
	check(!is_there(STATE_DIRECTORY));
	check_number(count_mounts(NETNS), 0);
	check_number(seen->unshares, 0);
	check_number(seen->naps, 0);
}

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

static void make_all_that_get_refuses(void)
{
	make_names();
	make_net(NETNS "/other");
	make_file(NETNS "/content", 0644, "x");
	make_file(NETNS "/user's", 0600, "");
	check_number(chown(NETNS "/user's", 1000, 1000), 0);
	make_link(NETNS "/link", "other");
	make_link(NETNS "/absolute", NETNS "/other");
	make_link(NETNS "/dangling", "nowhere");
	make_link(NETNS "/own", "/proc/self/ns/net");
	make_link(NETNS "/process", "/proc/1/ns/net");
	make_link(NETNS "/task", "/proc/1/task/1/ns/net");
	make_link(NETNS "/mounts", "/proc/1/ns/mnt");
	make_link(NETNS "/likewise", "/run/ns/net");
	make_directory(NETNS "/directory", 0755);
	make_directory(NETNS "/full", 0755);
	make_file(NETNS "/full/file", 0644, "");
	make_fifo(NETNS "/fifo");
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

#define ATTACH "ip netns attach NAME PID"

static void get_refuses_all_else_under_the_name(void)
{
	static const struct {
		const char *name;
		int error;
		const char *cause;
		const char *fix;
	} rows[] = {
		{ "content", -ENOTEMPTY, "content", "rm" },
		{ "user's", -EACCES, "not root's", "rm" },
		{ "link", -ELOOP, "symbolic link", "rm" },
		{ "absolute", -ELOOP, "symbolic link", "rm" },
		{ "dangling", -ELOOP, "symbolic link", "rm" },
		{ "own", -ELOOP, ATTACH, "rm" },
		{ "process", -ELOOP, ATTACH, "rm" },
		{ "task", -ELOOP, ATTACH, "rm" },
		{ "mounts", -ELOOP, "symbolic link", "rm" },
		{ "likewise", -ELOOP, "symbolic link", "rm" },
		{ "directory", -EISDIR, "directory", "rmdir" },
		{ "full", -EEXIST, "directory with something in it", NULL },
		{ "fifo", -ENXIO, "no namespace", "rm" },
		{ "socket", -ENXIO, "no namespace", "rm" },
		{ "device", -ENXIO, "no namespace", "rm" },
		{ "file over it", -EBUSY, "mounted", "umount" },
		{ "directory over it", -EBUSY, "mounted", "umount" },
		{ "uts", -EMEDIUMTYPE, "another kind", "umount" },
		{ "user namespace", -EMEDIUMTYPE, "another kind", "umount" },
	};
	long long begin;

	make_all_that_get_refuses();
	begin = now_ms();
	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[64];
		struct stat before;
		struct stat after;

		row(rows[i].name);
		(void)snprintf(path, sizeof(path), NETNS "/%s", rows[i].name);
		check_number(lstat(path, &before), 0);
		want(PLAN_NAMED, rows[i].name);
		check_refused(rows[i].error, path);
		check_has(result.failure.cause, rows[i].cause);
		check_text(result.failure.fix, rows[i].fix);
		check_number(lstat(path, &after), 0);
		check_number(after.st_ino, before.st_ino);
		check_number(after.st_size, before.st_size);
	}
	row("none of them is waited for");
	check(now_ms() - begin < 1000);
	check_number(seen->naps, 0);
	check(!is_there(STATE_DIRECTORY));
}

static void get_takes_an_error_for_an_error(void)
{
	make_names();
	make_net(ALICE);
	want_alice();
	no_statfs = true;
	check_refused(-EIO, ALICE);
	check(result.failure.cause == NULL);
}

static void get_of_a_bound_name_with_few_descriptors(void)
{
	int room = 0;
	ino_t net;
	int fd;

	make_names();
	make_net(ALICE);
	want_alice();
	do {
		limit_descriptors(room++);
		fd = netns_get(&request, &result);
		limit_descriptors(-1);
		if (fd < 0)
			check_result(fd, -EMFILE);
	} while (fd < 0 && room < 10);
	check(fd >= 0);
	(void)close(fd);
	fd = get(&net);
	check(fd >= 0);
}

/* --- The directory of names --- */

static void linked_names(void)
{
	make_directory("/run/elsewhere", 0755);
	make_net("/run/elsewhere/alice");
	make_link(NETNS, "elsewhere");
}

static void dangling_names(void)
{
	make_link(NETNS, "elsewhere");
}

static void names_file(void)
{
	make_file(NETNS, 0644, "");
}

/* /run is so; what is in it has been made before. */
static void read_only_run(void)
{
	mount_tmpfs(STATE_DIRECTORY);
	make_run_read_only();
}

static void read_only_names(void)
{
	mount_tmpfs(NETNS);
	check_number(mount(NULL, NETNS, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
}

static const struct {
	const char *what;
	void (*prepare)(void);
	int error;
	const char *cause;
} bad_directories[] = {
	{ "a link", linked_names, -ELOOP, "symbolic link" },
	{ "a dangling link", dangling_names, -ELOOP, "symbolic link" },
	{ "a file", names_file, -ENOTDIR, "not a directory" },
	{ "in a read-only /run", read_only_run, -EROFS, "read-only" },
};

static void get_says_what_is_wrong_with_the_directory(void)
{
	start();
	for (size_t i = 0; i < COUNT(bad_directories); i++) {
		row(bad_directories[i].what);
		mount_tmpfs("/run");
		bad_directories[i].prepare();
		want_alice();
		check_refused(bad_directories[i].error, NETNS);
		check_has(result.failure.cause, bad_directories[i].cause);
	}
}

static void get_says_that_the_directory_is_read_only(void)
{
	start();
	read_only_names();
	want_alice();
	check_refused(-EROFS, NETNS);
	check_has_no(result.failure.cause, "/run is");
}

static void get_of_a_new_one_needs_no_directory(void)
{
	start();
	for (size_t i = 0; i < COUNT(bad_directories); i++) {
		row(bad_directories[i].what);
		mount_tmpfs("/run");
		bad_directories[i].prepare();
		want(PLAN_NEW, "");
		(void)close(get_new());
	}
}

static void check_is(const char *path, mode_t mode)
{
	struct stat st;

	row(path);
	check_number(stat(path, &st), 0);
	check_number(st.st_mode, mode);
	check_number(st.st_uid, 0);
	check_number(st.st_gid, 0);
	row(NULL);
}

static void be_a_poor_caller(void)
{
	(void)umask(0777);
	check_number(setresgid(1000, 1000, 1000), 0);
}

static void make_directory_is_root_s_whoever_calls(void)
{
	be_a_poor_caller();
	check_result(netns_make_directory(), 0);
	check_is(NETNS, S_IFDIR | 0755);
}

/* A caller that is killed may not get further than mkdir(2). */
static void make_directory_has_its_mode_at_once(void)
{
	struct stat st;

	be_a_poor_caller();
	limit_descriptors(0);
	check_result(netns_make_directory(), -EMFILE);
	limit_descriptors(-1);
	check_number(umask(0), 0777);
	check_number(stat(NETNS, &st), 0);
	check_number(st.st_mode, S_IFDIR | 0755);
}

static void make_directory_changes_nothing_that_is_there(void)
{
	make_directory(NETNS, 0711);
	check_result(netns_make_directory(), 0);
	check_is(NETNS, S_IFDIR | 0711);
	check_number(rmdir(NETNS), 0);
	make_link(NETNS, "nowhere");
	check_result(netns_make_directory(), 0);
	check(!is_there("/run/nowhere"));
}

static void make_directory_makes_none_on_a_read_only_run(void)
{
	make_run_read_only();
	check_result(netns_make_directory(), 0);
	check(!is_there(NETNS));
}

static void check_peers(const char *path, bool shared, bool own)
{
	char parent[64] = "";
	char line[4096];
	char group[64] = "";
	FILE *table = fopen("/proc/self/mountinfo", "re");

	check(table != NULL);
	while (fgets(line, sizeof(line), table)) {
		char point[1024];
		char field[64];

		if (sscanf(line, "%*s %*s %*s %*s %1023s %*s %63s", point,
			   field) != 2)
			continue;
		if (!strcmp(point, path))
			(void)snprintf(group, sizeof(group), "%s", field);
		if (!strcmp(point, "/run"))
			(void)snprintf(parent, sizeof(parent), "%s", field);
	}
	(void)fclose(table);
	check((strncmp(group, "shared:", 7) == 0) == shared);
	check((strcmp(group, parent) != 0) == own);
}

static void get_gives_the_directory_a_peer_group_of_its_own(void)
{
	static const char *const parents[] = { "private", "shared" };
	ino_t bob;

	start();
	for (size_t i = 0; i < COUNT(parents); i++) {
		row(parents[i]);
		mount_tmpfs("/run");
		if (i == 1)
			check_number(mount(NULL, "/run", NULL, MS_SHARED, NULL),
				     0);
		make_directory(NETNS, 0755);
		make_net(NETNS "/bob");
		bob = inode_of(NETNS "/bob");
		want_alice();
		(void)close(get_new());
		check_number(count_mounts(NETNS), 1);
		check_number(count_mounts(ALICE), 1);
		check_peers(NETNS, true, true);
		check_number(inode_of(NETNS "/bob"), bob);
		check_number(umount2("/run", MNT_DETACH), 0);
	}
}

static void get_uses_a_directory_that_is_mounted_as_it_is(void)
{
	start();
	mount_tmpfs(NETNS);
	want_alice();
	(void)close(get_new());
	check_number(count_mounts(NETNS), 1);
	check_peers(NETNS, false, false);
}

/* --- A name that is made --- */

static void get_makes_what_ip_netns_makes(void)
{
	int fd;

	start();
	want_alice();
	fd = get_new();
	check_number(seen->unshares, 1);
	check(!result.made_over_file);
	check_result(result.record_error, 0);
	check_result(result.sysctl_error, 0);
	check(lo_is_up(fd));
	check_number(count_mounts(ALICE), 1);
	(void)close(fd);
	row("who comes next joins it");
	want_alice();
	(void)close(get_found(ALICE));
	row("below the mount is its empty file");
	check_number(umount2(ALICE, 0), 0);
	check_is(ALICE, S_IFREG);
}

static void get_leaves_lo_down_if_told(void)
{
	int fd;

	start();
	want_alice();
	request.lodown = true;
	fd = get_new();
	check(!lo_is_up(fd));
}

static void get_makes_all_for_root_whoever_calls(void)
{
	start();
	be_a_poor_caller();
	want_alice();
	(void)close(get_new());
	check_is(NETNS, S_IFDIR | 0755);
	check_is(STATE_DIRECTORY, S_IFDIR | 0755);
	check_is(LOCKS, S_IFDIR | 0700);
	check_is(LOCKS "/alice", S_IFREG | 0600);
	check_is(STATE_DIRECTORY "/names", S_IFDIR | 0755);
	check_is(STATE_DIRECTORY "/tmp", S_IFDIR | 0700);
	check_is(RECORD, S_IFREG | 0644);
	check_number(umount2(ALICE, 0), 0);
	check_is(ALICE, S_IFREG);
}

/* As a su(1) has it. */
static void get_makes_it_for_who_is_root_by_effect_only(void)
{
	start();
	check_number(setresuid(1000, 0, 0), 0);
	want_alice();
	(void)close(get_new());
	check_number(umount2(ALICE, 0), 0);
	check_is(ALICE, S_IFREG);
}

static void get_of_a_new_name_with_few_descriptors(void)
{
	int before;
	int room = 0;
	int fd;

	start();
	want_alice();
	before = count_descriptors();
	do {
		limit_descriptors(room++);
		fd = netns_get(&request, &result);
		limit_descriptors(-1);
		if (fd < 0) {
			check_result(fd, -EMFILE);
			check_result(result.failure.error, -EMFILE);
			check_number(count_descriptors(), before);
		}
	} while (fd < 0 && room < 20);
	check(fd >= 0);
	row("however often it was tried, one was made");
	check_number(seen->unshares, 1);
}

/* --- Settings of the kernel --- */

static void get_carries_the_settings_of_the_origin_over(void)
{
	struct ns_saved origin = NS_SAVED_NONE;
	int fd;

	start();
	write_file(PORT, "80");
	check_result(ns_save(&origin), 0);
	check_number(__real_unshare(CLONE_NEWNET), 0);
	for (int named = 0; named <= 1; named++) {
		row(named ? "a name" : "a new one");
		want(named ? PLAN_NAMED : PLAN_NEW, named ? "alice" : "");
		request.origin = &origin;
		fd = get_new();
		check_result(result.sysctl_error, 0);
		check_text(read_text(PORT), "1024\n");
		check_result(netns_enter(&request, fd, &result), 0);
		check_text(read_text(PORT), "80\n");
		check_number(__real_setns(entry.net_fd, CLONE_NEWNET), 0);
		(void)close(fd);
	}
}

static void get_goes_on_without_settings_that_cannot_be_written(void)
{
	start();
	write_file(PORT, "80");
	sysctl_write_error = -EACCES;
	for (int named = 0; named <= 1; named++) {
		row(named ? "a name" : "a new one");
		want(named ? PLAN_NAMED : PLAN_NEW, named ? "alice" : "");
		(void)close(get_new());
		check_result(result.sysctl_error, -EACCES);
	}
}

/* --- The record of a name --- */

static unsigned long long cookie_of(int net)
{
	unsigned long long cookie = 0;
	socklen_t size = sizeof(cookie);
	int fd;

	check_number(__real_setns(net, CLONE_NEWNET), 0);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(fd >= 0);
	if (__real_getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) <
	    0)
		sandbox_skip("needs SO_NETNS_COOKIE, Linux 5.14");
	(void)close(fd);
	check_number(__real_setns(entry.net_fd, CLONE_NEWNET), 0);
	return cookie;
}

/* All of it but the time, which is of this minute or so. */
static void check_record(const char *key, unsigned long long value)
{
	const char *text = read_text(RECORD);
	const char *made = strstr(text, "made=");
	char expected[512];
	struct tm tm = { .tm_isdst = 0 };
	const char *rest;
	time_t then;

	(void)snprintf(expected, sizeof(expected),
		       "name=alice\n%s=%llu\ninode=%llu\nowner=0\ninit=\n"
		       "user=al\\040ice\\134\nservice=sshd\npidns=%llu\n",
		       key, value, (unsigned long long)inode_of(ALICE),
		       (unsigned long long)inode_of("/proc/1/ns/pid"));
	check(made != NULL);
	check_number(made - text, strlen(expected));
	check(!strncmp(text, expected, strlen(expected)));
	rest = strptime(made, "made=%Y-%m-%dT%H:%M:%SZ", &tm);
	check_text(rest, "\n");
	then = timegm(&tm);
	check(then <= time(NULL) && then > time(NULL) - 120);
	check_is(RECORD, S_IFREG | 0644);
}

static void get_records_what_it_made_by_its_cookie(void)
{
	int fd;

	start();
	want_alice();
	request.user = "al ice\\";
	fd = get_new();
	check_result(result.record_error, 0);
	check_record("cookie", cookie_of(fd));
}

static unsigned long long mount_of(const char *path)
{
	struct statx stx;

	check_number(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID,
			   &stx),
		     0);
	check(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
	return stx.stx_mnt_id;
}

static void get_records_it_by_its_mount_on_an_older_kernel(void)
{
	start();
	no_cookie = true;
	want_alice();
	request.user = "al ice\\";
	(void)close(get_new());
	check_result(result.record_error, 0);
	check_record("mount", mount_of(ALICE));
}

static void check_that_no_record_is_there(void)
{
	check(!is_there(RECORD));
}

/* The number of a mount comes back. */
static void get_removes_the_old_record_before_it_binds(void)
{
	start();
	no_cookie = true;
	want_alice();
	(void)close(get_new());
	check_number(umount2(ALICE, 0), 0);
	want_alice();
	before_bind = check_that_no_record_is_there;
	(void)close(get_new());
	check_number(seen->binds, 1);
	check(is_there(RECORD));
}

static void get_records_anew_what_is_made_anew(void)
{
	int fd;

	start();
	want_alice();
	(void)close(get_new());
	check_number(umount2(ALICE, 0), 0);
	check_number(unlink(ALICE), 0);
	want_alice();
	request.user = "al ice\\";
	fd = get_new();
	check_record("cookie", cookie_of(fd));
}

static void get_goes_on_without_a_record(void)
{
	start();
	make_directory(STATE_DIRECTORY, 0755);
	make_file(STATE_DIRECTORY "/names", 0644, "");
	want_alice();
	(void)close(get_new());
	check_result(result.record_error, -ENOTDIR);
	want_alice();
	(void)close(get_found(ALICE));
}

/* --- A file that is stale --- */

static void get_waits_a_second_for_a_file_just_made(void)
{
	make_names();
	make_file(ALICE, 0, "");
	want_alice();
	time_is_fake = true;
	(void)close(get_new());
	check(result.made_over_file);
	check_slept(900, 2100);
	time_is_fake = false;
	want_alice();
	(void)close(get_found(ALICE));
}

static void get_waits_for_no_old_file(void)
{
	make_names();
	make_file(ALICE, 0, "");
	want_alice();
	time_is_fake = true;
	ahead_s = 3;
	(void)close(get_new());
	check(result.made_over_file);
	check_number(seen->naps, 0);
}

static void pause_a_little(void)
{
	const struct timespec pause = { .tv_nsec = 200000000 };

	(void)nanosleep(&pause, NULL);
}

static void bind_a_little_later(void)
{
	pause_a_little();
	check_number(__real_unshare(CLONE_NEWNET), 0);
	bind_mount("/proc/self/ns/net", ALICE);
}

static void get_finds_what_ip_netns_binds_meanwhile(void)
{
	pid_t other;

	make_names();
	make_file(ALICE, 0, "");
	other = process_start(bind_a_little_later);
	want_alice();
	(void)close(get_found(ALICE));
	process_join(other);
	check_number(seen->unshares, 0);
	check_number(count_mounts(ALICE), 1);
}

static void remove_a_little_later(void)
{
	pause_a_little();
	check_number(unlink(ALICE), 0);
}

static void get_makes_a_name_whose_file_goes_meanwhile(void)
{
	pid_t other;

	make_names();
	make_file(ALICE, 0, "");
	other = process_start(remove_a_little_later);
	want_alice();
	(void)close(get_new());
	process_join(other);
	check(!result.made_over_file);
}

/* --- Others at work on the same name --- */

static void add_as_ip_netns(void)
{
	check_number(unlink(ALICE), 0);
	make_file(ALICE, 0, "");
	check_number(__real_unshare(CLONE_NEWNET), 0);
	bind_mount("/proc/self/ns/net", ALICE);
}

/* The helper binds to a file that has been removed. */
static void get_gives_what_another_bound_meanwhile(void)
{
	start();
	want_alice();
	before_bind = add_as_ip_netns;
	bind_error = ENOENT;
	bind_failures = 1;
	(void)close(get_found(ALICE));
	check_number(seen->binds, 1);
	check_number(count_mounts(ALICE), 1);
}

static void get_makes_one_however_often_it_binds(void)
{
	int fd;

	start();
	want_alice();
	bind_error = ENOENT;
	bind_failures = 5;
	fd = get_new();
	check_number(seen->binds, 6);
	check_number(seen->unshares, 1);
	(void)close(fd);
	(void)close(get_found(ALICE));
}

static void get_does_not_try_for_ever(void)
{
	start();
	want_alice();
	bind_error = ENOENT;
	bind_failures = 1000000;
	check_refused(-EAGAIN, ALICE);
	check_number(seen->unshares, 1);
	check(seen->binds > 1 && seen->binds <= 1000);
	check(!is_there(ALICE));
}

static void take_directory_away(void)
{
	check_number(umount2(NETNS, MNT_DETACH), 0);
	check_number(unlink(ALICE), 0);
	check_number(rmdir(NETNS), 0);
}

static void get_makes_the_directory_again_that_went(void)
{
	start();
	want_alice();
	before_bind = take_directory_away;
	bind_error = ENOENT;
	bind_failures = 1;
	(void)close(get_new());
	check_number(seen->unshares, 1);
	check_number(count_mounts(NETNS), 1);
}

/* One byte for each: whether it made it. All have the same. */
static void log_in(void)
{
	int out = open("/run/made", O_WRONLY | O_APPEND | O_CLOEXEC);
	ino_t net;

	check(out >= 0);
	want_alice();
	check(get(&net) >= 0);
	check_number(net, inode_of(ALICE));
	check_number(write(out, result.made ? "1" : "0", 1), 1);
}

static void get_makes_one_for_all_who_want_it_at_once(void)
{
	enum { LOGINS = 16 };
	pid_t logins[LOGINS];
	const char *made;
	int ones = 0;

	start();
	make_file("/run/made", 0600, "");
	forget();
	for (int i = 0; i < LOGINS; i++)
		logins[i] = process_start(log_in);
	for (int i = 0; i < LOGINS; i++)
		process_join(logins[i]);
	made = read_text("/run/made");
	check_number(strlen(made), LOGINS);
	for (int i = 0; i < LOGINS; i++)
		ones += made[i] == '1';
	check_number(ones, 1);
	check_number(count_mounts(ALICE), 1);
}

/* --- Making that fails --- */

static void get_unmakes_the_file_it_could_not_bind(void)
{
	static const struct {
		int error;
		const char *cause;
	} rows[] = {
		{ ENOSPC, "the limit fs.mount-max is reached" },
		{ EROFS, "/run is read-only" },
		{ EIO, NULL },
	};

	start();
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(strerror(rows[i].error));
		want_alice();
		bind_error = rows[i].error;
		bind_failures = 1;
		check_refused(-rows[i].error, ALICE);
		if (rows[i].cause)
			check_text(result.failure.cause, rows[i].cause);
		else
			check(result.failure.cause == NULL);
		check(!is_there(ALICE));
	}
}

static void get_leaves_the_stale_file_it_could_not_bind(void)
{
	ino_t before;

	make_names();
	make_file(ALICE, 0, "");
	before = inode_of(ALICE);
	want_alice();
	time_is_fake = true;
	ahead_s = 3;
	bind_error = EIO;
	bind_failures = 1;
	check_refused(-EIO, ALICE);
	check_number(inode_of(ALICE), before);
}

static void make_another_file(void)
{
	make_file("/run/netns/new", 0, "");
	check_number(rename("/run/netns/new", ALICE), 0);
}

/* As when ip-netns(8) deletes and adds the name while it is being bound. */
static void get_leaves_a_file_that_another_made(void)
{
	start();
	want_alice();
	before_bind = make_another_file;
	bind_error = EIO;
	bind_failures = 1;
	check_refused(-EIO, ALICE);
	check(is_there(ALICE));
}

static void get_says_why_none_can_be_made(void)
{
	static const struct {
		enum plan_kind kind;
		const char *name;
	} rows[] = { { PLAN_NEW, "" }, { PLAN_NAMED, "alice" } };

	start();
	unshare_error = ENOSPC;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].name);
		want(rows[i].kind, rows[i].name);
		check_refused(-ENOSPC, "");
		check_text(result.failure.doing, "create a network namespace");
		check_has(result.failure.cause, "user.max_net_namespaces");
		check(!result.made);
		check(!is_there(ALICE));
	}
}

static void get_says_which_capability_is_missing(void)
{
	start();
	drop_capability(CAP_SYS_ADMIN);
	want(PLAN_NEW, "");
	check_refused(-EPERM, "");
	check_text(result.failure.cause, "CAP_SYS_ADMIN is missing");
	want_alice();
	check_refused(-EPERM, "");
	check_text(result.failure.cause, "CAP_SYS_ADMIN is missing");
}

static void get_guesses_no_cause(void)
{
	start();
	unshare_error = EPERM;
	want(PLAN_NEW, "");
	check_refused(-EPERM, "");
	check(result.failure.cause == NULL);
}

static void die(void)
{
	(void)raise(SIGKILL);
}

static void get_heals_what_a_killed_helper_left(void)
{
	start();
	want_alice();
	before_bind = die;
	check_refused(-ECHILD, "alice");
	check_has(result.failure.cause, "killed");
	check(is_there(ALICE));
	before_bind = NULL;
	want_alice();
	(void)close(get_new());
	check(result.made_over_file);
}

static void get_makes_none_for_who_has_left_its_pid_namespace(void)
{
	start();
	want_alice();
	check_number(__real_unshare(CLONE_NEWPID), 0);
	check_refused(-EXDEV, "alice");
	check_has(result.failure.cause, "another PID namespace");
	check(!is_there(ALICE));
	row("but finds what is there");
	make_directory(NETNS, 0755);
	make_net(ALICE);
	(void)close(get_found(ALICE));
}

/* --- Locks --- */

static void keep_lock(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	check(fd >= 0);
	check_number(flock(fd, LOCK_EX), 0);
}

static void make_locks(void)
{
	make_directory(STATE_DIRECTORY, 0755);
	make_directory(LOCKS, 0700);
}

static void hold_alice(void)
{
	make_locks();
	keep_lock(LOCKS "/alice", O_RDWR | O_CREAT);
}

static void get_is_denied_while_another_makes_the_name(void)
{
	pid_t other;

	start();
	other = process_hold(hold_alice);
	want_alice();
	time_is_fake = true;
	check_refused(-ETIMEDOUT, LOCKS "/alice");
	check_has(result.failure.cause, "another login");
	check_slept(37000, 40000);
	row("nor is anything made");
	check(!is_there(NETNS));
	process_end(other);
	row("the lock of one that was killed is free");
	want_alice();
	(void)close(get_new());
	check_number(seen->naps, 0);
}

static void get_waits_for_no_lock_to_join(void)
{
	pid_t other;

	make_names();
	make_net(ALICE);
	other = process_hold(hold_alice);
	want_alice();
	time_is_fake = true;
	(void)close(get_found(ALICE));
	check_number(seen->naps, 0);
	process_end(other);
}

static void get_waits_for_no_lock_of_another_name(void)
{
	pid_t other;

	start();
	other = process_hold(hold_alice);
	want(PLAN_NAMED, "bob");
	time_is_fake = true;
	(void)close(get_new());
	check_number(seen->naps, 0);
	process_end(other);
}

static void be_a_user(void)
{
	check_number(setresgid(1000, 1000, 1000), 0);
	check_number(setresuid(1000, 1000, 1000), 0);
}

static void hold_names_as_a_user(void)
{
	be_a_user();
	keep_lock(NETNS, O_RDONLY | O_DIRECTORY);
}

static void get_goes_on_when_a_user_keeps_the_lock_of_ip_netns(void)
{
	pid_t user;

	make_names();
	user = process_hold(hold_names_as_a_user);
	want_alice();
	time_is_fake = true;
	(void)close(get_new());
	check_slept(90, 1100);
	process_end(user);
}

static void try_as_a_user(void)
{
	be_a_user();
	row(LOCKS "/alice");
	check(open(LOCKS "/alice", O_RDONLY | O_CLOEXEC) < 0);
	check_number(errno, EACCES);
	row(LOCKS);
	check(open(LOCKS, O_RDONLY | O_CLOEXEC) < 0);
	check_number(errno, EACCES);
}

static void lock_of_a_name_is_out_of_reach_of_users(void)
{
	start();
	want_alice();
	(void)close(get_new());
	in_process(try_as_a_user);
	check(is_there(LOCKS "/alice"));
}

static void hold_state_as_a_user(void)
{
	int fd;

	be_a_user();
	fd = open(STATE_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* It may be out of reach: then there is nothing to keep. */
	if (fd >= 0)
		check_number(flock(fd, LOCK_EX), 0);
}

static void get_waits_for_no_lock_that_a_user_can_take(void)
{
	pid_t user;

	start();
	make_locks();
	user = process_hold(hold_state_as_a_user);
	want_alice();
	time_is_fake = true;
	(void)close(get_new());
	check_slept(0, 1100);
	process_end(user);
}

static void user_s_base(void)
{
	make_directory(STATE_DIRECTORY, 0755);
	check_number(chown(STATE_DIRECTORY, 1000, 0), 0);
}

static void writable_base(void)
{
	make_directory(STATE_DIRECTORY, 0770);
}

static void linked_base(void)
{
	make_directory("/run/elsewhere", 0700);
	make_link(STATE_DIRECTORY, "elsewhere");
}

static void base_file(void)
{
	make_file(STATE_DIRECTORY, 0600, "");
}

static void user_s_locks(void)
{
	make_locks();
	check_number(chown(LOCKS, 1000, 0), 0);
}

static void writable_locks(void)
{
	make_locks();
	check_number(chmod(LOCKS, 0777), 0);
}

static void linked_lock(void)
{
	make_locks();
	make_link(LOCKS "/alice", "/run/shadow");
}

static void directory_as_lock(void)
{
	make_locks();
	make_directory(LOCKS "/alice", 0700);
}

static void get_trusts_locks_of_root_s_only(void)
{
	static const struct {
		const char *what;
		void (*prepare)(void);
		int error;
		const char *object;
		const char *cause;
	} rows[] = {
		{ "a user's", user_s_base, -EPERM, STATE_DIRECTORY, "root's" },
		{ "writable by a group", writable_base, -EPERM, STATE_DIRECTORY,
		  "root's" },
		{ "a link", linked_base, -ENOTDIR, STATE_DIRECTORY,
		  "a directory is needed" },
		{ "a file", base_file, -ENOTDIR, STATE_DIRECTORY,
		  "a directory is needed" },
		{ "a user's lock directory", user_s_locks, -EPERM, LOCKS,
		  "root's" },
		{ "a writable lock directory", writable_locks, -EPERM, LOCKS,
		  "root's" },
		{ "a link as the lock", linked_lock, -ELOOP, LOCKS "/alice",
		  "symbolic link" },
		{ "a directory as the lock", directory_as_lock, -EISDIR,
		  LOCKS "/alice", NULL },
		{ "a read-only /run", make_run_read_only, -EROFS,
		  STATE_DIRECTORY, "read-only" },
	};

	start();
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		mount_tmpfs("/run");
		rows[i].prepare();
		want_alice();
		check_refused(rows[i].error, rows[i].object);
		if (rows[i].cause)
			check_has(result.failure.cause, rows[i].cause);
		check(!is_there("/run/shadow"));
		check(!is_there(NETNS));
	}
}

/* --- The network outside --- */

static void get_refuses_the_host_s_network_as_a_name(void)
{
	make_names();
	make_file(ALICE, 0, "");
	bind_mount("/proc/self/ns/net", ALICE);
	want_alice();
	check_refused(-EXDEV, ALICE);
	check_has(result.failure.cause, "outside");
	row("for a caller that is elsewhere");
	check_number(__real_unshare(CLONE_NEWNET), 0);
	want_alice();
	check_refused(-EXDEV, ALICE);
}

static const struct ns_host unknown_host;

static void want_alice_without_the_host(void)
{
	want_alice();
	request.host = &unknown_host;
}

static void get_without_the_host_refuses_the_origin_s_network(void)
{
	make_names();
	make_file(ALICE, 0, "");
	bind_mount("/proc/self/ns/net", ALICE);
	want_alice_without_the_host();
	check_refused(-EXDEV, ALICE);
	row("another");
	make_net(NETNS "/bob");
	request.name = "bob";
	(void)close(get_found(NETNS "/bob"));
}

static void get_without_the_host_makes_a_name_in_its_own_mounts(void)
{
	start();
	want_alice_without_the_host();
	(void)close(get_new());
	check_number(count_mounts(ALICE), 1);
}

static void cover_names(const char *path)
{
	check_number(mount("pam_net", NETNS, "tmpfs", 0, "mode=0755"), 0);
	make_file(path, 0, "");
	bind_mount("/proc/self/ns/net", path);
}

static void get_without_the_host_makes_none_that_nobody_would_see(void)
{
	make_names();
	row("in mounts that follow others");
	check_number(mount(NULL, "/run", NULL, MS_SHARED, NULL), 0);
	check_number(__real_unshare(CLONE_NEWNS), 0);
	check_number(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), 0);
	want_alice_without_the_host();
	check_refused(-ENOENT, ALICE);
	check_has(result.failure.cause, "out of reach");
	row("in a session");
	check_number(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	cover_names(NETNS "/bob");
	want_alice_without_the_host();
	check_refused(-ENOENT, ALICE);
	check(!is_there(ALICE));
	check(!is_there(STATE_DIRECTORY));
}

/* As in su(1) to oneself: what is outside cannot be told, but is not here. */
static void get_without_the_host_joins_the_session_s_own_name(void)
{
	make_names();
	check_number(__real_unshare(CLONE_NEWNET), 0);
	cover_names(ALICE);
	want_alice_without_the_host();
	(void)close(get_found(ALICE));
}

/* --- Callers whose mounts are not the host's --- */

static void get_own_mounts(void)
{
	check_number(__real_unshare(CLONE_NEWNS), 0);
	check_number(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
}

static void get_makes_the_name_in_the_host_s_mounts(void)
{
	int fd;

	start();
	get_own_mounts();
	want_alice();
	fd = get_new();
	check(!is_there(NETNS));
	check(!is_there(STATE_DIRECTORY));
	check(is_there("/proc/1/root" RECORD));
	check_result(netns_enter(&request, fd, &result), 0);
	(void)close(fd);
	row("and finds it there");
	check_number(__real_setns(entry.net_fd, CLONE_NEWNET), 0);
	want_alice();
	(void)close(get_found("/proc/1/root" ALICE));
	row("and makes others");
	want(PLAN_NAMED, "bob");
	(void)close(get_new());
	check(is_there("/proc/1/root" NETNS "/bob"));
}

static void get_believes_no_setns_that_was_not_made(void)
{
	start();
	get_own_mounts();
	want_alice();
	setns_pretends = CLONE_NEWNS;
	check_refused(-EXDEV, "");
	check_has(result.failure.cause, "changes nothing");
	check(!is_there(NETNS));
	check(!is_there(STATE_DIRECTORY));
}

/* --- Entering --- */

static void enter_moves_to_what_get_gave(void)
{
	int fd;

	make_names();
	make_net(ALICE);
	want_alice();
	fd = get_found(ALICE);
	check_result(netns_enter(&request, fd, &result), 0);
	check_number(inode_of("/proc/self/ns/net"), inode_of(ALICE));
}

static void enter_needs_no_capability_to_stay(void)
{
	int fd;

	make_names();
	make_net(ALICE);
	want_alice();
	request.lodown = true;
	fd = get_found(ALICE);
	check_number(__real_setns(fd, CLONE_NEWNET), 0);
	drop_capability(CAP_SYS_ADMIN);
	check_result(netns_enter(&request, fd, &result), 0);
}

static void enter_says_which_capability_is_missing(void)
{
	ino_t before = inode_of("/proc/self/ns/net");
	int fd;

	make_names();
	make_net(ALICE);
	want_alice();
	fd = get_found(ALICE);
	drop_capability(CAP_SYS_ADMIN);
	check_failure(netns_enter(&request, fd, &result), -EPERM, "alice");
	check_text(result.failure.cause, "CAP_SYS_ADMIN is missing");
	check_number(inode_of("/proc/self/ns/net"), before);
}

static void delete_alice(void)
{
	check_number(umount2(ALICE, MNT_DETACH), 0);
	check_number(unlink(ALICE), 0);
}

static void make_alice_anew(void)
{
	delete_alice();
	make_net(ALICE);
}

static void leave_alice_s_file(void)
{
	check_number(umount2(ALICE, MNT_DETACH), 0);
}

static void delete_the_directory(void)
{
	delete_alice();
	check_number(rmdir(NETNS), 0);
}

static void link_alice(void)
{
	delete_alice();
	make_link(ALICE, "/proc/1/ns/net");
}

static void bind_alice_to_the_host(void)
{
	delete_alice();
	make_file(ALICE, 0, "");
	bind_mount("/proc/1/ns/net", ALICE);
}

static void enter_looks_the_name_up_again(void)
{
	static const struct {
		const char *what;
		void (*change)(void);
		int error;
	} rows[] = {
		{ "deleted", delete_alice, -ESTALE },
		{ "made anew", make_alice_anew, -ESTALE },
		{ "an empty file is left", leave_alice_s_file, -ESTALE },
		{ "the directory is deleted", delete_the_directory, -ESTALE },
		{ "the host's by now", bind_alice_to_the_host, -ESTALE },
		{ "a link by now", link_alice, -ELOOP },
	};

	start();
	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd;

		row(rows[i].what);
		mount_tmpfs("/run");
		make_directory(NETNS, 0755);
		make_net(ALICE);
		want_alice();
		fd = get_found(ALICE);
		rows[i].change();
		check_failure(netns_enter(&request, fd, &result), rows[i].error,
			      ALICE);
		check_number(result.stale, rows[i].error == -ESTALE);
		check_number(__real_setns(entry.net_fd, CLONE_NEWNET), 0);
		(void)close(fd);
	}
}

static void enter_brings_lo_up_in_what_was_there(void)
{
	int fd;

	make_names();
	make_net(ALICE);
	want_alice();
	fd = get_found(ALICE);
	row("not if told");
	request.lodown = true;
	check_result(netns_enter(&request, fd, &result), 0);
	check(!lo_is_up(fd));
	row("else");
	request.lodown = false;
	check_result(netns_enter(&request, fd, &result), 0);
	check(lo_is_up(fd));
}

static void enter_says_that_lo_cannot_be_brought_up(void)
{
	int fd;

	make_names();
	make_net(ALICE);
	want_alice();
	fd = get_found(ALICE);
	drop_capability(CAP_NET_ADMIN);
	check_failure(netns_enter(&request, fd, &result), -EPERM, "lo");
	check_text(result.failure.cause, "CAP_NET_ADMIN is missing");
}

/* --- The other kinds --- */

static void get_of_a_new_one_is_another_each_time(void)
{
	int one;
	int two;
	struct stat st_one;
	struct stat st_two;

	start();
	want(PLAN_NEW, "");
	one = get_new();
	two = get_new();
	check(lo_is_up(one));
	check_number(fstat(one, &st_one), 0);
	check_number(fstat(two, &st_two), 0);
	check(st_one.st_ino != st_two.st_ino);
	check(!is_there(NETNS));
	check(!is_there(STATE_DIRECTORY));
	check_result(netns_enter(&request, one, &result), 0);
	check_number(inode_of("/proc/self/ns/net"), st_one.st_ino);
}

static void get_of_the_host_is_pid_1_s(void)
{
	ino_t net;
	int fd;

	start();
	check_number(__real_unshare(CLONE_NEWNET), 0);
	want(PLAN_HOST, "");
	fd = get(&net);
	check(fd >= 0);
	check_number(net, inode_of("/proc/1/ns/net"));
	check_result(netns_enter(&request, fd, &result), 0);
	check_number(inode_of("/proc/self/ns/net"), net);
	row("its lo is the host's affair");
	check(!lo_is_up(fd));
	row("unknown");
	want(PLAN_HOST, "");
	request.host = &unknown_host;
	check_refused(-ENXIO, "");
	check_has(result.failure.cause, "PID 1");
}

static void get_of_no_plan_is_an_error(void)
{
	start();
	want(PLAN_LEAVE, "");
	check_refused(-EINVAL, "");
}

/* --- Whether it is right in the end --- */

static void check_verified(int fd, int expected)
{
	struct ns_id here = { .ino = 77 };

	check_result(netns_verify(&request, fd, &result, &here), expected);
	check_number(here.ino, expected ? 77 : inode_of("/proc/self/ns/net"));
}

static void get_believes_no_unshare_that_was_not_made(void)
{
	start();
	unshare_pretends = true;
	want(PLAN_NEW, "");
	check_refused(-EXDEV, "");
	check_has(result.failure.cause, "changes nothing");
	want_alice();
	check_refused(-EXDEV, "");
	check(!is_there(ALICE));
}

static void verify_believes_no_setns_that_was_not_made(void)
{
	int fd;

	make_names();
	make_net(ALICE);
	want_alice();
	fd = get_found(ALICE);
	setns_pretends = CLONE_NEWNET;
	check_result(netns_enter(&request, fd, &result), 0);
	check_verified(fd, -EXDEV);
	setns_pretends = 0;
	check_result(netns_enter(&request, fd, &result), 0);
	check_verified(fd, 0);
}

static void verify_knows_what_is_outside(void)
{
	struct ns_saved origin = NS_SAVED_NONE;
	int host_net = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	int fd;

	start();
	row("new, but the host's");
	want(PLAN_NEW, "");
	result = (struct netns_result){ .made = false };
	check_verified(host_net, -EXDEV);
	row("new, but the origin's");
	check_number(__real_unshare(CLONE_NEWNET), 0);
	check_result(ns_save(&origin), 0);
	want(PLAN_NEW, "");
	request.origin = &origin;
	check_verified(origin.net_fd, -EXDEV);
	row("the host's, where it is planned");
	want(PLAN_HOST, "");
	check_verified(origin.net_fd, -EXDEV);
	check_number(__real_setns(host_net, CLONE_NEWNET), 0);
	check_verified(host_net, 0);
	row("a name that is the host's");
	want_alice();
	result.forbidden = host.net;
	check_verified(host_net, -EXDEV);
	row("a new one");
	want(PLAN_NEW, "");
	fd = get_new();
	check_verified(fd, -EXDEV);
	check_result(netns_enter(&request, fd, &result), 0);
	check_verified(fd, 0);
	row("no descriptor");
	check_verified(-1, -EBADF);
}

/* --- Programs that fill it --- */

#define PROGRAM "/run/fill"

static void make_program(const char *text)
{
	char script[1024];

	(void)snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", text);
	(void)unlink(PROGRAM);
	make_file(PROGRAM, 0755, script);
	(void)unlink("/run/calls");
}

static void want_filled(enum plan_kind kind, const char *name)
{
	want(kind, name);
	request.init = PROGRAM;
	request.rhost = "192.0.2.1";
	request.tty = "ssh";
}

static void free_output(void)
{
	program_output_free(result.output);
	result.output = NULL;
}

static void get_new_is_filled_by_a_helper(void)
{
	char expected[128];
	ino_t net;
	int fd;

	start();
	make_program("echo \"$@\" $PAM_SERVICE $PAM_RHOST $PAM_TTY $NETNS_DIR");
	want_filled(PLAN_NEW, "");
	fd = get(&net);
	check(fd >= 0);
	check(result.made);
	check(lo_is_up(fd));
	check(result.output != NULL);
	check_number(result.output->count, 1);
	(void)snprintf(expected, sizeof(expected),
		       "create net:[%llu] alice sshd 192.0.2.1 ssh "
		       "/etc/netns/alice",
		       (unsigned long long)net);
	check_text(result.output->lines[0].text, expected);
	free_output();
	row("with etc=");
	request.etc = "lab";
	fd = get(&net);
	check(fd >= 0);
	check_has(result.output->lines[0].text, "/etc/netns/lab");
	free_output();
	row("it fails");
	make_program("exit 3");
	check_refused(-ECANCELED, PROGRAM);
	free_output();
}

static void get_name_is_filled_before_it_is_bound(void)
{
	make_names();
	make_program("test -e " ALICE " && echo bound\n"
		     "echo $1 $2 >>/run/calls");
	want_filled(PLAN_NAMED, "alice");
	(void)close(get_new());
	check_number(result.output->count, 0);
	check_text(read_text("/run/calls"), "create alice\n");
	check_has(read_text(RECORD), "\ninit=" PROGRAM "\n");
	free_output();
	row("joined");
	(void)close(get_found(ALICE));
	check(result.output == NULL);
	check_text(read_text("/run/calls"), "create alice\n");
}

static void get_name_that_is_not_filled_leaves_nothing(void)
{
	make_names();
	make_program("exit 1");
	want_filled(PLAN_NAMED, "alice");
	check_refused(-ECANCELED, PROGRAM);
	check(!is_there(ALICE));
	check(!is_there(RECORD));
	check_number(seen->binds, 0);
	free_output();
}

static void get_name_that_cannot_be_bound_removes_it_again(void)
{
	make_names();
	make_program("echo $1 $2 >>/run/calls");
	row("no room for the mount");
	want_filled(PLAN_NAMED, "alice");
	bind_error = ENOSPC;
	bind_failures = 1;
	check_refused(-ENOSPC, ALICE);
	check_text(read_text("/run/calls"), "create alice\nremove alice\n");
	check(!is_there(ALICE));
	free_output();
	row("no record can be written");
	make_program("echo $1 $2 >>/run/calls");
	(void)unlink(RECORD);
	make_directory(RECORD, 0755);
	want_filled(PLAN_NAMED, "alice");
	check_refused(-EISDIR, RECORD);
	check_text(read_text("/run/calls"), "create alice\nremove alice\n");
	check(!is_there(ALICE));
	free_output();
}

static void make_alice_meanwhile(void)
{
	make_net(ALICE);
}

static void get_name_that_another_made_meanwhile_removes_ours(void)
{
	make_names();
	make_program("echo $1 $2 >>/run/calls");
	want_filled(PLAN_NAMED, "alice");
	bind_error = ENOENT;
	bind_failures = 1;
	before_bind = make_alice_meanwhile;
	(void)close(get_found(ALICE));
	check_text(read_text("/run/calls"), "create alice\nremove alice\n");
	free_output();
}

static void get_with_programs_needs_memory_for_their_output(void)
{
	make_names();
	make_program("exit 0");
	want_filled(PLAN_NAMED, "alice");
	no_output = true;
	check_refused(-ENOMEM, "alice");
	check(!is_there(ALICE));
	no_output = false;
}

/* Joins alice, with a line that has init=programs. */
static int join(const char *programs)
{
	int fd;
	int r;

	want_alice();
	request.init = programs;
	fd = get_found(ALICE);
	r = netns_enter(&request, fd, &result);
	(void)close(fd);
	check_result(ns_restore(&entry), 0);
	return r;
}

static void write_record_of(const char *programs, int cookie_more)
{
	struct record record = RECORD_EMPTY;
	int state = state_open(AT_FDCWD, NULL, 0755);
	unsigned long long cookie = 0;
	socklen_t size = sizeof(cookie);
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int net = open(ALICE, O_RDONLY | O_CLOEXEC);
	int fd;

	check(here >= 0 && net >= 0 && state >= 0);
	check_number(__real_setns(net, CLONE_NEWNET), 0);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check_number(__real_getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie,
				       &size),
		     0);
	check_number(__real_setns(here, CLONE_NEWNET), 0);
	record_add_number(&record, "cookie",
			  cookie + (unsigned long long)cookie_more);
	if (programs)
		record_add(&record, "init", programs);
	check_result(record_write(state, "names", NULL, "alice", &record), 0);
	(void)close(fd);
	(void)close(net);
	(void)close(here);
	(void)close(state);
}

static void enter_compares_the_programs_that_ran(void)
{
	static const struct {
		const char *what;
		const char *ran; /* NULL: no such key */
		int cookie_more;
		const char *programs; /* of the line */
		int result;
		bool differs;
	} rows[] = {
		{ "the same", "rules,veth", 0, "rules,veth", 0, false },
		{ "another order", "veth,rules", 0, "rules,veth", 0, true },
		{ "one more", "rules", 0, "rules,veth", 0, true },
		{ "rules missing", "veth", 0, "rules,veth", -EPERM, true },
		{ "nothing ran", "", 0, "veth", 0, true },
		{ "nothing ran, and rules are wanted", "", 0, "rules", -EPERM,
		  true },
		{ "no list", NULL, 0, "rules", -EPERM, true },
		{ "of another namespace", "rules", 1, "rules", -EPERM, true },
		{ "of another namespace, without rules", "veth", 1, "veth", 0,
		  true },
		{ "something like rules", "rules2,/opt/rules", 0, "rules",
		  -EPERM, true },
		{ "no programs wanted", "rules", 0, NULL, 0, false },
	};

	make_names();
	want_alice();
	(void)close(get_new());
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		write_record_of(rows[i].ran, rows[i].cookie_more);
		check_result(join(rows[i].programs), rows[i].result);
		check(result.init_differs == rows[i].differs);
		if (rows[i].result == 0)
			continue;
		check_text(result.failure.object, "alice");
		check_has(result.failure.cause, "init=rules");
		check_text(result.failure.fix, "pamnetctl remove");
	}
	row("no record");
	check_number(unlink(RECORD), 0);
	check_result(join("rules"), -EPERM);
	check_result(join("veth"), 0);
	check(result.init_differs);
	row("no directory of records");
	check_number(rmdir(STATE_DIRECTORY "/names"), 0);
	check_result(join("rules"), -EPERM);
}

/* Before Linux 5.14 the number of the mount tells. */
static void enter_compares_the_programs_without_cookies(void)
{
	make_names();
	no_cookie = true;
	make_program("exit 0");
	want_filled(PLAN_NAMED, "alice");
	(void)close(get_new());
	free_output();
	check_has(read_text(RECORD), "\nmount=");
	check_result(join(PROGRAM), 0);
	check(!result.init_differs);
	check_result(join(PROGRAM ",rules"), -EPERM);
}

static void write_record_by_mount(const char *programs, ino_t inode)
{
	struct record record = RECORD_EMPTY;
	int state = state_open(AT_FDCWD, NULL, 0755);

	record_add_number(&record, "mount", mount_of(ALICE));
	record_add_number(&record, "inode", inode);
	record_add(&record, "init", programs);
	check_result(record_write(state, "names", NULL, "alice", &record), 0);
	(void)close(state);
}

static void enter_compares_the_inode_without_cookies(void)
{
	make_names();
	no_cookie = true;
	want_alice();
	(void)close(get_new());
	write_record_by_mount("rules", inode_of(ALICE));
	check_result(join("rules"), 0);
	write_record_by_mount("rules", inode_of(ALICE) + 1);
	check_result(join("rules"), -EPERM);
}

/* As who makes the name does it, who has bound it by now. */
static void write_record_a_little_later(void)
{
	struct netns_lock lock;

	check_result(netns_lock("alice", deadline_in(10000), &lock, NULL), 0);
	make_file("/run/locked", 0600, "");
	pause_a_little();
	write_record_by_mount("rules", inode_of(ALICE));
	netns_unlock(&lock);
}

static void enter_waits_for_the_record_without_cookies(void)
{
	pid_t other;

	make_names();
	no_cookie = true;
	want_alice();
	(void)close(get_new());
	check_number(unlink(RECORD), 0);
	other = process_start(write_record_a_little_later);
	while (!is_there("/run/locked"))
		pause_a_little();
	check_result(join("rules"), 0);
	check(!result.init_differs);
	process_join(other);
}

/* --- One that belongs to a user --- */

static const struct owner user = { .uid = 2001, .gid = 3001 };

/* A row of what is there, and who comes. */
static int join_as(const struct owner *owner)
{
	int fd;
	int r;

	want_alice();
	request.owner = owner;
	fd = netns_get(&request, &result);
	if (fd < 0)
		return fd;
	r = netns_enter(&request, fd, &result);
	if (r == 0)
		r = owner_check_net(owner, fd, "alice", &result.failure);
	(void)close(fd);
	check_result(ns_restore(&entry), 0);
	return r;
}

static void check_is_refused(int r, const char *cause)
{
	check_result(r, -EPERM);
	check_text(result.failure.object, "alice");
	check_has(result.failure.cause, cause);
	check_text(result.failure.fix, "pamnetctl remove");
}

static void get_makes_a_name_that_is_the_user_s(void)
{
	make_names();
	want_alice();
	request.owner = &user;
	(void)close(get_new());
	check(count_mounts(ALICE) == 1);
	check_has(read_text(RECORD), "\nowner=2001\n");
	check_result(join_as(&user), 0);
	check(!result.made);
}

static void get_makes_a_new_one_that_is_the_user_s(void)
{
	int fd;

	start();
	want(PLAN_NEW, "");
	request.owner = &user;
	fd = get_new();
	check(lo_is_up(fd));
	check_result(owner_check_net(&user, fd, "", &result.failure), 0);
	check(!is_there(STATE_DIRECTORY));
	request.lodown = true;
	check(!lo_is_up(get_new()));
}

static void get_fills_one_that_is_the_user_s(void)
{
	make_names();
	make_program("nsenter --net=\"$NETNS_PATH\" readlink /proc/self/ns/net "
		     ">>/run/calls");
	want_filled(PLAN_NAMED, "alice");
	request.owner = &user;
	(void)close(get_new());
	check_number(result.output->count, 0);
	check_has(read_text("/run/calls"), "net:[");
	free_output();
}

/*
 * Goes to a network of the user's, where he has set what he likes, from one
 * that has the port 80.
 */
static void go_to_one_of_the_user_s(void)
{
	int fd;

	start();
	write_file(PORT, "80");
	want(PLAN_NEW, "");
	request.owner = &user;
	fd = get_new();
	check_number(__real_setns(fd, CLONE_NEWNET), 0);
	(void)close(fd);
	check_text(read_text(PORT), "80\n");
	write_file(PORT, "0");
	if (is_there(CHILD_EHASH))
		write_file(CHILD_EHASH, "4");
}

static void check_settings(int fd, const char *port)
{
	check_number(__real_setns(fd, CLONE_NEWNET), 0);
	check_text(read_text(PORT), port);
	if (is_there(CHILD_EHASH))
		check_has(read_text(EHASH), "-");
	check_number(__real_setns(entry.net_fd, CLONE_NEWNET), 0);
	(void)close(fd);
}

static void get_carries_no_settings_of_a_user_over(void)
{
	struct ns_saved origin = NS_SAVED_NONE;

	go_to_one_of_the_user_s();
	check_result(ns_save(&origin), 0);
	row("a name");
	want_alice();
	check_settings(get_new(), "80\n");
	row("a new one");
	want(PLAN_NEW, "");
	check_settings(get_new(), "80\n");
	row("one of another user");
	want(PLAN_NEW, "");
	request.owner = &(struct owner){ .uid = 2002, .gid = 3002 };
	check_settings(get_new(), "80\n");
	check_result(result.sysctl_error, 0);
	row("the host is out of reach");
	want(PLAN_NEW, "");
	host = (struct ns_host){ .net = { .ino = 0 } };
	check_settings(get_new(), "1024\n");
	check_result(result.sysctl_error, -ENXIO);
	row("a line before has moved it");
	check_number(__real_unshare(CLONE_NEWNET), 0);
	want(PLAN_NEW, "");
	request.origin = &origin;
	check_settings(get_new(), "80\n");
	row("the application has closed what leads to the origin");
	want(PLAN_NEW, "");
	request.origin = &origin;
	(void)close(origin.net_fd);
	check_settings(get_new(), "1024\n");
	check_result(result.sysctl_error, -EBADF);
	origin.net_fd = -EBADF;
	ns_saved_release(&origin);
}

static void get_makes_none_if_it_cannot_leave_a_user_s(void)
{
	go_to_one_of_the_user_s();
	unshare_error = ENOSPC;
	want(PLAN_NEW, "");
	check_refused(-ENOSPC, "");
	check_has(result.failure.cause, "user.max_net_namespaces");
}

/* As in a container that has a user namespace of its own. */
static void carry_in_a_user_namespace(void)
{
	want(PLAN_NEW, "");
	check_number(__real_unshare(CLONE_NEWUSER), 0);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 0 1");
	write_file("/proc/self/gid_map", "0 0 1");
	check_number(__real_unshare(CLONE_NEWNET), 0);
	write_file(PORT, "80");
	ns_saved_release(&entry);
	check_result(ns_save(&entry), 0);
	host = (struct ns_host){ .net = { .ino = 0 } };
	check_settings(get_new(), "80\n");
	check_number(seen->unshares, 1);
}

static void get_carries_settings_over_in_a_user_namespace(void)
{
	start();
	in_process(carry_in_a_user_namespace);
}

static void get_refuses_what_is_not_the_user_s(void)
{
	static const struct owner other = { .uid = 2002, .gid = 3001 };

	make_names();
	row("root's");
	make_net(ALICE);
	check_is_refused(join_as(&user), "root's");
	check_result(join_as(NULL), 0);
	delete_alice();
	row("a user's");
	check_result(join_as(&user), 0);
	check_is_refused(join_as(&other), "another user");
	check_text(result.failure.details, "uid 2001");
	check_is_refused(join_as(NULL), "by a line with 'owner'");
	check_result(netns_look_owner("alice", &user, &result.failure), 0);
	check_result(netns_look_owner("alice", &other, &result.failure),
		     -EPERM);
	row("another group of the same user");
	check_result(join_as(&(struct owner){ .uid = 2001, .gid = 1 }), 0);
}

/* Nobody can see what a user namespace maps. */
static void enter_refuses_a_user_namespace_that_is_not_ours(void)
{
	make_names();
	check_result(join_as(&user), 0);
	row("the record is of another namespace");
	write_record_of(NULL, 1);
	check_is_refused(join_as(&user), "not made by a line with 'owner'");
	row("the record has no owner");
	write_record_of(NULL, 0);
	check_is_refused(join_as(&user), "not made by a line with 'owner'");
	row("no record");
	check_number(unlink(RECORD), 0);
	check_is_refused(join_as(&user), "not made by a line with 'owner'");
}

static void get_makes_none_for_a_user_without_a_record(void)
{
	start();
	make_directory(STATE_DIRECTORY, 0755);
	make_file(STATE_DIRECTORY "/names", 0644, "");
	want_alice();
	request.owner = &user;
	check_refused(-ENOTDIR, STATE_DIRECTORY "/names/alice");
	check(!is_there(ALICE));
}

static void get_knows_what_is_the_user_s_without_cookies(void)
{
	make_names();
	no_cookie = true;
	check_result(join_as(&user), 0);
	check_has(read_text(RECORD), "\nmount=");
	check_result(join_as(&user), 0);
	check(!result.made);
}

static void lose_statfs(void)
{
	no_statfs = true;
}

static void get_name_that_is_bound_is_not_emptied(void)
{
	make_names();
	make_program("echo $1 $2 >>/run/calls; echo x >$NETNS_ETC/hosts");
	want_filled(PLAN_NAMED, "alice");
	before_bind = lose_statfs;
	check_refused(-EIO, ALICE);
	check_text(read_text("/run/calls"), "create alice\n");
	free_output();
	before_bind = NULL;
	row("joined");
	check_result(join(PROGRAM), 0);
	check(*result.generated != '\0');
}

/* What programs generate is there as long as the name is. */
static void get_name_keeps_what_programs_generate(void)
{
	char first[sizeof(result.generated)];

	make_names();
	make_program("echo x >$NETNS_ETC/hosts; mkdir $NETNS_ETC/d;"
		     "echo $NETNS_ETC");
	want_filled(PLAN_NAMED, "alice");
	(void)close(get_new());
	check_text(result.output->lines[0].text, result.generated);
	check(!strncmp(result.generated, STATE_ETC "/alice/",
		       strlen(STATE_ETC "/alice/")));
	free_output();
	memcpy(first, result.generated, sizeof(first));
	row("joined, without init=");
	check_result(join(NULL), 0);
	check_text(result.generated, first);
	row("deleted, and made anew by somebody else");
	check_number(umount2(ALICE, MNT_DETACH), 0);
	make_net(ALICE);
	check_result(join(NULL), 0);
	check_text(result.generated, "");
	row("made anew by us");
	check_number(umount2(ALICE, MNT_DETACH), 0);
	make_program("exit 0");
	want_filled(PLAN_NAMED, "alice");
	(void)close(get_new());
	free_output();
	check_text(result.generated, "");
	check(!is_there(first));
	check(!is_there(STATE_ETC "/alice"));
	row("made anew by us, without programs");
	check_number(umount2(ALICE, MNT_DETACH), 0);
	make_directory(STATE_ETC "/alice", 0700);
	make_directory(STATE_ETC "/alice/1", 0700);
	make_file(STATE_ETC "/alice/1/hosts", 0644, "");
	want_alice();
	(void)close(get_new());
	check_text(result.generated, "");
	check(!is_there(STATE_ETC "/alice"));
	row("with an inode as before, and no cookie");
	no_cookie = true;
	make_directory(STATE_ETC "/alice", 0700);
	(void)snprintf(first, sizeof(first), STATE_ETC "/alice/i%llu",
		       (unsigned long long)inode_of(ALICE));
	make_directory(first, 0700);
	check_result(join(NULL), 0);
	check_text(result.generated, "");
	write_record_by_mount("x", inode_of(ALICE));
	check_result(join(NULL), 0);
	check_text(result.generated, first);
	no_cookie = false;
	row("programs that fail");
	check_number(umount2(ALICE, MNT_DETACH), 0);
	check_number(unlink(ALICE), 0);
	make_program("echo x >$NETNS_ETC/hosts; exit 1");
	want_filled(PLAN_NAMED, "alice");
	check_refused(-ECANCELED, PROGRAM);
	free_output();
	check(!is_there(STATE_ETC "/alice"));
	row("a bind that fails");
	make_program("echo x >$NETNS_ETC/hosts");
	bind_error = ENOSPC;
	bind_failures = 1;
	check_refused(-ENOSPC, ALICE);
	free_output();
	check(!is_there(STATE_ETC "/alice"));
}

static void what_programs_generate_goes_with_the_name(void)
{
	int fd;

	make_names();
	make_program("echo x >$NETNS_ETC/hosts");
	want_filled(PLAN_NAMED, "alice");
	fd = get_new();
	check_result(netns_enter(&request, fd, &result), 0);
	check_result(netns_check_generated(&request, fd, &result), 0);
	delete_alice();
	check_failure(netns_check_generated(&request, fd, &result), -ESTALE,
		      ALICE);
	check(result.stale);
	free_output();
	netns_release(&request, &result);
	check_number(result.names, -EBADF);
}

static void get_new_gives_back_what_programs_generate(void)
{
	ino_t net;
	int fd;

	start();
	make_program("echo x >$NETNS_ETC/hosts");
	want_filled(PLAN_NEW, "");
	fd = get(&net);
	check(fd >= 0);
	free_output();
	check(!strncmp(result.generated, STATE_ETC_NEW "/",
		       strlen(STATE_ETC_NEW "/")));
	check(is_there(result.generated));
	netns_release(&request, &result);
	check_text(result.generated, "");
	check_number(rmdir(STATE_ETC_NEW), 0);
	netns_release(&request, &result);
	row("where it cannot be made");
	make_file(STATE_ETC_NEW, 0600, "");
	fd = get(&net);
	check_result(fd, -ENOTDIR);
	check_has(result.failure.object, STATE_ETC_NEW "/");
	check_text(result.failure.doing, "make");
	free_output();
}

/* One that has no name has nothing in the directory of those that have. */
static void get_new_leaves_what_is_generated_for_names(void)
{
	make_names();
	make_program("echo x >$NETNS_ETC/hosts");
	want_filled(PLAN_NAMED, "alice");
	(void)close(get_new());
	free_output();
	check(is_there(result.generated));
	want(PLAN_NEW, "");
	request.owner = &user;
	(void)close(get_new());
	check_result(join(NULL), 0);
	check(is_there(STATE_ETC "/alice"));
	check(*result.generated != '\0');
}

/* --- Removing a name --- */

/* Opens a name that is there, and detaches it. */
static int detached_alice(void)
{
	int net;

	make_net(ALICE);
	net = netns_open("alice", &result.failure);
	check(net >= 0);
	check_number(inode_of(fd_path(net).text), inode_of(ALICE));
	check_number(umount2(ALICE, MNT_DETACH), 0);
	return net;
}

static void open_says_what_is_there(void)
{
	check_result(netns_open("alice", &result.failure), -ENOENT);
	make_names();
	check_result(netns_open("alice", &result.failure), -ENOENT);
	make_file(ALICE, 0, "");
	check_result(netns_open("alice", &result.failure), -ESTALE);
	time_is_fake = true;
	ahead_s = 3;
	check_result(netns_open_settled("alice", &result.failure), -ESTALE);
	make_file(NETNS "/bob", 0, "x");
	check_failure(netns_open("bob", &result.failure), -ENOTEMPTY,
		      NETNS "/bob");
}

static void bind_again_gives_the_name_back(void)
{
	ino_t inode;
	int net;

	make_names();
	net = detached_alice();
	inode = inode_of(fd_path(net).text);
	row("over the file");
	check_result(netns_bind_again("alice", net, &result.failure), 0);
	check_number(inode_of(ALICE), inode);
	row("it is there");
	check_result(netns_bind_again("alice", net, &result.failure), 0);
	check_number(count_mounts(ALICE), 1);
	row("the file is gone");
	check_number(umount2(ALICE, MNT_DETACH), 0);
	check_number(unlink(ALICE), 0);
	check_result(netns_bind_again("alice", net, &result.failure), 0);
	check_number(inode_of(ALICE), inode);
	check_number(umount2(ALICE, MNT_DETACH), 0);
	row("another has it");
	make_net(ALICE);
	check_failure(netns_bind_again("alice", net, &result.failure), -EBUSY,
		      ALICE);
	check(inode_of(ALICE) != inode);
	row("something else is there");
	check_number(umount2(ALICE, MNT_DETACH), 0);
	check_number(unlink(ALICE), 0);
	make_directory(ALICE, 0755);
	check_failure(netns_bind_again("alice", net, &result.failure), -EISDIR,
		      ALICE);
	(void)close(net);
}

static void bind_again_fails_as_the_mount_does(void)
{
	int net;

	make_names();
	net = detached_alice();
	bind_error = EPERM;
	bind_failures = 1;
	check_failure(netns_bind_again("alice", net, &result.failure), -EPERM,
		      ALICE);
	row("somebody removes the file all the time");
	bind_error = ENOENT;
	bind_failures = 1000;
	check_failure(netns_bind_again("alice", net, &result.failure), -EAGAIN,
		      ALICE);
	(void)close(net);
}

static void remove_file_takes_old_empty_files_only(void)
{
	const struct timespec never = { .tv_sec = 1 };
	struct timespec now;

	(void)__real_clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec++;
	check_result(netns_remove_file("alice", &now, &result.failure), 0);
	make_names();
	check_result(netns_remove_file("alice", &now, &result.failure), 0);
	row("it is younger");
	make_file(ALICE, 0, "");
	check_number(netns_remove_file("alice", &never, &result.failure), 1);
	check(is_there(ALICE));
	row("it is older");
	check_result(netns_remove_file("alice", &now, &result.failure), 0);
	check(!is_there(ALICE));
	row("a namespace");
	make_net(ALICE);
	check_number(netns_remove_file("alice", &now, &result.failure), 1);
	check_number(count_mounts(ALICE), 1);
	row("a directory");
	make_directory(NETNS "/bob", 0755);
	check_number(netns_remove_file("bob", &now, &result.failure), 1);
	row("few descriptors");
	limit_descriptors(0);
	check_failure(netns_remove_file("bob", &now, &result.failure), -EMFILE,
		      NETNS);
	limit_descriptors(1);
	check_failure(netns_remove_file("bob", &now, &result.failure), -EMFILE,
		      NETNS "/bob");
	limit_descriptors(-1);
	row("read-only");
	make_file(NETNS "/carl", 0, "");
	make_run_read_only();
	check_failure(netns_remove_file("carl", &now, &result.failure), -EROFS,
		      NETNS "/carl");
}

static void look_says_what_is_there(void)
{
	struct failure failure = { .error = 0 };

	make_names();
	row("nothing");
	check_result(netns_look("alice", &failure), 0);
	row("a file that is mounted over");
	make_file(ALICE, 0, "");
	check_result(netns_look("alice", &failure), 0);
	check_result(netns_look_owner("alice", NULL, &failure), -ENOENT);
	check_has(failure.cause, "deleted or created again");
	row("a namespace");
	make_net(ALICE);
	check_result(netns_look("alice", &failure), 1);
	check_result(netns_look_owner("alice", NULL, &failure), 0);
	check_result(netns_look_owner("alice", &user, &failure), -EPERM);
	row("a link");
	make_link("/run/netns/bob", "alice");
	check(netns_look("bob", &failure) < 0);
	check_text(failure.object, "/run/netns/bob");
}

static void look_record_says_who_may_join(void)
{
	struct failure failure = { .error = 0 };
	struct recorded recorded = { .is_there = false };

	make_names();
	row("nothing is there");
	check_result(netns_look_record("alice", NULL, NULL, &recorded,
				       &failure),
		     -ENOENT);
	check_has(failure.cause, "deleted or created again");
	want_alice();
	(void)close(get_new());
	row("any line");
	check_result(
		netns_look_record("alice", NULL, NULL, &recorded, &failure), 0);
	check(recorded.is_there);
	check_text(recorded.init, "");
	row("other programs");
	check_result(netns_look_record("alice", "x", NULL, &recorded, &failure),
		     0);
	check(recorded.is_there);
	row("rules");
	check_result(netns_look_record("alice", "rules", NULL, &recorded,
				       &failure),
		     -EPERM);
	check_has(failure.cause, "did not run");
	row("owner");
	check_result(netns_look_record("alice", NULL, &user, &recorded,
				       &failure),
		     -EPERM);
	check_has(failure.cause, "not made by a line with 'owner'");
	check_number(inode_of("/proc/self/ns/net"), entry.net.ino);
}

static void check_recorded_mount(void)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "\nmount=%llu\n", mount_of(ALICE));
	check_has(read_text(RECORD), line);
}

static void rewrite_record_has_the_new_mount(void)
{
	struct record record;
	int state;
	int net;

	make_names();
	no_cookie = true;
	want_alice();
	net = get_new();
	state = state_open(AT_FDCWD, NULL, 0755);
	check_result(record_read(AT_FDCWD, RECORD, &record), 0);
	row("as it was");
	check_result(netns_rewrite_record(state, "alice", &record), 0);
	check_recorded_mount();
	row("not bound");
	check_number(umount2(ALICE, MNT_DETACH), 0);
	check_result(netns_rewrite_record(state, "alice", &record), -ENOENT);
	row("bound again");
	make_directory("/run/busy", 0755);
	check_number(mount("tmpfs", "/run/busy", "tmpfs", 0, NULL), 0);
	check_result(netns_bind_again("alice", net, &result.failure), 0);
	check_result(netns_rewrite_record(state, "alice", &record), 0);
	check_recorded_mount();
	(void)close(state);
	(void)close(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("netns_get_finds_a_name_whatever_its_characters",
			  get_finds_a_name_whatever_its_characters),
		sandboxed("netns_get_of_a_bound_name_makes_nothing",
			  get_of_a_bound_name_makes_nothing),
		sandboxed("netns_get_refuses_all_else_under_the_name",
			  get_refuses_all_else_under_the_name),
		sandboxed("netns_get_takes_an_error_for_an_error",
			  get_takes_an_error_for_an_error),
		sandboxed("netns_get_of_a_bound_name_with_few_descriptors_"
			  "leaks_none",
			  get_of_a_bound_name_with_few_descriptors),
		sandboxed("netns_get_says_what_is_wrong_with_the_directory",
			  get_says_what_is_wrong_with_the_directory),
		sandboxed("netns_get_says_that_the_directory_is_read_only",
			  get_says_that_the_directory_is_read_only),
		sandboxed("netns_get_of_a_new_one_needs_no_directory",
			  get_of_a_new_one_needs_no_directory),
		sandboxed("netns_make_directory_is_root_s_whoever_calls",
			  make_directory_is_root_s_whoever_calls),
		sandboxed("netns_make_directory_has_its_mode_at_once",
			  make_directory_has_its_mode_at_once),
		sandboxed("netns_make_directory_changes_nothing_that_is_there",
			  make_directory_changes_nothing_that_is_there),
		sandboxed("netns_make_directory_makes_none_on_a_read_only_run",
			  make_directory_makes_none_on_a_read_only_run),
		sandboxed("netns_get_gives_the_directory_a_peer_group_of_its_"
			  "own",
			  get_gives_the_directory_a_peer_group_of_its_own),
		sandboxed("netns_get_uses_a_directory_that_is_mounted_as_it_is",
			  get_uses_a_directory_that_is_mounted_as_it_is),
		sandboxed("netns_get_makes_what_ip_netns_makes",
			  get_makes_what_ip_netns_makes),
		sandboxed("netns_get_leaves_lo_down_if_told",
			  get_leaves_lo_down_if_told),
		sandboxed("netns_get_makes_all_for_root_whoever_calls",
			  get_makes_all_for_root_whoever_calls),
		sandboxed("netns_get_makes_it_for_who_is_root_by_effect_only",
			  get_makes_it_for_who_is_root_by_effect_only),
		sandboxed("netns_get_of_a_new_name_with_few_descriptors_makes_"
			  "one",
			  get_of_a_new_name_with_few_descriptors),
		sandboxed("netns_get_carries_the_settings_of_the_origin_over",
			  get_carries_the_settings_of_the_origin_over),
		sandboxed("netns_get_goes_on_without_settings_that_cannot_be_"
			  "written",
			  get_goes_on_without_settings_that_cannot_be_written),
		sandboxed("netns_get_records_what_it_made_by_its_cookie",
			  get_records_what_it_made_by_its_cookie),
		sandboxed("netns_get_removes_the_old_record_before_it_binds",
			  get_removes_the_old_record_before_it_binds),
		sandboxed("netns_get_records_it_by_its_mount_on_an_older_"
			  "kernel",
			  get_records_it_by_its_mount_on_an_older_kernel),
		sandboxed("netns_get_records_anew_what_is_made_anew",
			  get_records_anew_what_is_made_anew),
		sandboxed("netns_get_goes_on_without_a_record",
			  get_goes_on_without_a_record),
		sandboxed("netns_get_waits_a_second_for_a_file_just_made",
			  get_waits_a_second_for_a_file_just_made),
		sandboxed("netns_get_waits_for_no_old_file",
			  get_waits_for_no_old_file),
		sandboxed("netns_get_finds_what_ip_netns_binds_meanwhile",
			  get_finds_what_ip_netns_binds_meanwhile),
		sandboxed("netns_get_makes_a_name_whose_file_goes_meanwhile",
			  get_makes_a_name_whose_file_goes_meanwhile),
		sandboxed("netns_get_gives_what_another_bound_meanwhile",
			  get_gives_what_another_bound_meanwhile),
		sandboxed("netns_get_makes_one_however_often_it_binds",
			  get_makes_one_however_often_it_binds),
		sandboxed("netns_get_does_not_try_for_ever",
			  get_does_not_try_for_ever),
		sandboxed("netns_get_makes_the_directory_again_that_went",
			  get_makes_the_directory_again_that_went),
		sandboxed("netns_get_makes_one_for_all_who_want_it_at_once",
			  get_makes_one_for_all_who_want_it_at_once),
		sandboxed("netns_get_unmakes_the_file_it_could_not_bind",
			  get_unmakes_the_file_it_could_not_bind),
		sandboxed("netns_get_leaves_the_stale_file_it_could_not_bind",
			  get_leaves_the_stale_file_it_could_not_bind),
		sandboxed("netns_get_leaves_a_file_that_another_made",
			  get_leaves_a_file_that_another_made),
		sandboxed("netns_get_says_why_none_can_be_made",
			  get_says_why_none_can_be_made),
		sandboxed("netns_get_says_which_capability_is_missing",
			  get_says_which_capability_is_missing),
		sandboxed("netns_get_guesses_no_cause", get_guesses_no_cause),
		sandboxed("netns_get_heals_what_a_killed_helper_left",
			  get_heals_what_a_killed_helper_left),
		sandboxed("netns_get_makes_none_for_who_has_left_its_pid_"
			  "namespace",
			  get_makes_none_for_who_has_left_its_pid_namespace),
		sandboxed("netns_get_is_denied_while_another_makes_the_name",
			  get_is_denied_while_another_makes_the_name),
		sandboxed("netns_get_waits_for_no_lock_to_join",
			  get_waits_for_no_lock_to_join),
		sandboxed("netns_get_waits_for_no_lock_of_another_name",
			  get_waits_for_no_lock_of_another_name),
		sandboxed("netns_get_goes_on_when_a_user_keeps_the_lock_of_ip_"
			  "netns",
			  get_goes_on_when_a_user_keeps_the_lock_of_ip_netns),
		sandboxed("netns_lock_of_a_name_is_out_of_reach_of_users",
			  lock_of_a_name_is_out_of_reach_of_users),
		sandboxed("netns_get_waits_for_no_lock_that_a_user_can_take",
			  get_waits_for_no_lock_that_a_user_can_take),
		sandboxed("netns_get_trusts_locks_of_root_s_only",
			  get_trusts_locks_of_root_s_only),
		sandboxed("netns_get_refuses_the_host_s_network_as_a_name",
			  get_refuses_the_host_s_network_as_a_name),
		sandboxed("netns_get_without_the_host_refuses_the_origin_s_"
			  "network",
			  get_without_the_host_refuses_the_origin_s_network),
		sandboxed("netns_get_without_the_host_makes_a_name_in_its_own_"
			  "mounts",
			  get_without_the_host_makes_a_name_in_its_own_mounts),
		sandboxed("netns_get_without_the_host_makes_none_that_nobody_"
			  "would_see",
			  get_without_the_host_makes_none_that_nobody_would_see),
		sandboxed("netns_get_without_the_host_joins_the_session_s_own_"
			  "name",
			  get_without_the_host_joins_the_session_s_own_name),
		sandboxed("netns_get_makes_the_name_in_the_host_s_mounts",
			  get_makes_the_name_in_the_host_s_mounts),
		sandboxed("netns_get_believes_no_setns_that_was_not_made",
			  get_believes_no_setns_that_was_not_made),
		sandboxed("netns_enter_moves_to_what_get_gave",
			  enter_moves_to_what_get_gave),
		sandboxed("netns_enter_needs_no_capability_to_stay",
			  enter_needs_no_capability_to_stay),
		sandboxed("netns_enter_says_which_capability_is_missing",
			  enter_says_which_capability_is_missing),
		sandboxed("netns_enter_looks_the_name_up_again",
			  enter_looks_the_name_up_again),
		sandboxed("netns_enter_brings_lo_up_in_what_was_there",
			  enter_brings_lo_up_in_what_was_there),
		sandboxed("netns_enter_says_that_lo_cannot_be_brought_up",
			  enter_says_that_lo_cannot_be_brought_up),
		sandboxed("netns_get_of_a_new_one_is_another_each_time",
			  get_of_a_new_one_is_another_each_time),
		sandboxed("netns_get_of_the_host_is_pid_1_s",
			  get_of_the_host_is_pid_1_s),
		sandboxed("netns_get_of_no_plan_is_an_error",
			  get_of_no_plan_is_an_error),
		sandboxed("netns_get_believes_no_unshare_that_was_not_made",
			  get_believes_no_unshare_that_was_not_made),
		sandboxed("netns_verify_believes_no_setns_that_was_not_made",
			  verify_believes_no_setns_that_was_not_made),
		sandboxed("netns_verify_knows_what_is_outside",
			  verify_knows_what_is_outside),
		sandboxed("netns_get_new_is_filled_by_a_helper",
			  get_new_is_filled_by_a_helper),
		sandboxed("netns_get_name_is_filled_before_it_is_bound",
			  get_name_is_filled_before_it_is_bound),
		sandboxed("netns_get_name_that_is_not_filled_leaves_nothing",
			  get_name_that_is_not_filled_leaves_nothing),
		sandboxed("netns_get_name_that_cannot_be_bound_removes_it_again",
			  get_name_that_cannot_be_bound_removes_it_again),
		sandboxed(
			"netns_get_name_that_another_made_meanwhile_removes_ours",
			get_name_that_another_made_meanwhile_removes_ours),
		sandboxed(
			"netns_get_with_programs_needs_memory_for_their_output",
			get_with_programs_needs_memory_for_their_output),
		sandboxed("netns_enter_compares_the_programs_that_ran",
			  enter_compares_the_programs_that_ran),
		sandboxed("netns_enter_compares_the_programs_without_cookies",
			  enter_compares_the_programs_without_cookies),
		sandboxed("netns_enter_compares_the_inode_without_cookies",
			  enter_compares_the_inode_without_cookies),
		sandboxed("netns_enter_waits_for_the_record_without_cookies",
			  enter_waits_for_the_record_without_cookies),
		sandboxed("netns_get_makes_a_name_that_is_the_user_s "
			  "(owned-by-user)",
			  get_makes_a_name_that_is_the_user_s),
		sandboxed("netns_get_makes_a_new_one_that_is_the_user_s "
			  "(owned-by-user)",
			  get_makes_a_new_one_that_is_the_user_s),
		sandboxed("netns_get_carries_no_settings_of_a_user_over "
			  "(kept-in)",
			  get_carries_no_settings_of_a_user_over),
		sandboxed("netns_get_makes_none_if_it_cannot_leave_a_user_s",
			  get_makes_none_if_it_cannot_leave_a_user_s),
		sandboxed("netns_get_carries_settings_over_in_a_user_namespace",
			  get_carries_settings_over_in_a_user_namespace),
		sandboxed("netns_get_fills_one_that_is_the_user_s",
			  get_fills_one_that_is_the_user_s),
		sandboxed("netns_get_refuses_what_is_not_the_user_s "
			  "(owned-by-user)",
			  get_refuses_what_is_not_the_user_s),
		sandboxed("netns_enter_refuses_a_user_namespace_that_is_not_"
			  "ours (owned-by-user)",
			  enter_refuses_a_user_namespace_that_is_not_ours),
		sandboxed("netns_get_makes_none_for_a_user_without_a_record",
			  get_makes_none_for_a_user_without_a_record),
		sandboxed("netns_get_knows_what_is_the_user_s_without_cookies",
			  get_knows_what_is_the_user_s_without_cookies),
		sandboxed("netns_open_says_what_is_there",
			  open_says_what_is_there),
		sandboxed("netns_bind_again_gives_the_name_back",
			  bind_again_gives_the_name_back),
		sandboxed("netns_bind_again_fails_as_the_mount_does",
			  bind_again_fails_as_the_mount_does),
		sandboxed("netns_look_says_what_is_there",
			  look_says_what_is_there),
		sandboxed("netns_look_record_says_who_may_join",
			  look_record_says_who_may_join),
		sandboxed("netns_rewrite_record_has_the_new_mount",
			  rewrite_record_has_the_new_mount),
		sandboxed("netns_remove_file_takes_old_empty_files_only",
			  remove_file_takes_old_empty_files_only),
		sandboxed("netns_get_name_that_is_bound_is_not_emptied",
			  get_name_that_is_bound_is_not_emptied),
		sandboxed("netns_get_name_keeps_what_programs_generate",
			  get_name_keeps_what_programs_generate),
		sandboxed("netns_get_new_gives_back_what_programs_generate",
			  get_new_gives_back_what_programs_generate),
		sandboxed("netns_what_programs_generate_goes_with_the_name",
			  what_programs_generate_goes_with_the_name),
		sandboxed("netns_get_new_leaves_what_is_generated_for_names",
			  get_new_leaves_what_is_generated_for_names),
	};

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests_name("netns", tests, NULL, NULL);
}
