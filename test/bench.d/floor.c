/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that a login cannot do without, and nothing else.
 *
 * floor newnet|nomount|join|create cold|warm USER   the least list: "open"
 * floor bystander cold|warm USER                    who it is: the look-ups
 * floor newnet|join|create promises USER            each promise on top of it,
 *                                                   timed on its own
 *
 * The promises are written with the fewest calls too: what a module takes
 * beyond the sum is its own to explain.
 */
#include "stopwatch.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <syslog.h>

enum { CARRIED_MAX = 64, LO_UP = IFF_UP | IFF_RUNNING | IFF_LOOPBACK };

static struct {
	char name[64];	    /* /run/netns/USER */
	char overrides[64]; /* /etc/netns/USER */
	char lock[64];	    /* /run/pam_net/lock/USER */
	bool promises;
	bool is_named;
	bool is_new;
	bool has_mounts;
	int net;
} login;

/* The mounts directly below /sys, found before the clock runs. */
static struct {
	char point[CARRIED_MAX][128];
	int clone[CARRIED_MAX];
	size_t count;
} carried;

static void must(long result, const char *what)
{
	if (result < 0)
		die(what);
}

static void find_carried(void)
{
	FILE *table = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	int sys = -1;
	int id;
	int parent;
	char point[128];

	if (!table)
		die("mountinfo");
	while (fgets(line, sizeof(line), table)) {
		if (sscanf(line, "%d %d %*s %*s %127s", &id, &parent, point) !=
		    3)
			continue;
		if (!strcmp(point, "/sys"))
			sys = id;
		else if (parent == sys && carried.count < CARRIED_MAX)
			memcpy(carried.point[carried.count++], point,
			       sizeof(point));
	}
	(void)fclose(table);
}

/* --- What there is no doing without --- */

static void lo_up(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = LO_UP };

	must(fd, "socket");
	must(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
	(void)close(fd);
}

static void enter_net(void)
{
	int fd;

	if (login.is_new) {
		must(unshare(CLONE_NEWNET), "unshare");
		lo_up();
	} else {
		must(setns(login.net, CLONE_NEWNET), "setns");
	}
	if (login.is_new && login.is_named) {
		fd = open(login.name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			  0);
		must(fd, login.name);
		(void)close(fd);
		must(mount("/proc/self/ns/net", login.name, NULL, MS_BIND,
			   NULL),
		     "bind");
	}
}

static void new_mounts(void)
{
	must(unshare(CLONE_NEWNS), "unshare");
	must(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "rslave");
}

static void cover_sys(void)
{
	must(mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		   NULL),
	     "sysfs");
}

/* --- The promises --- */

/* To whom the line applies; found in the files of a fresh host. */
static void look_up(const char *user, const char *group)
{
	static char text[1 << 16];
	struct passwd passwd;
	struct passwd *found = NULL;
	struct group entry;
	struct group *listed = NULL;

	(void)getpwnam_r(user, &passwd, text, sizeof(text) / 2, &found);
	(void)getgrnam_r(group, &entry, text + sizeof(text) / 2,
			 sizeof(text) / 2, &listed);
	if (!found || !listed)
		die(user);
}

static void list_groups(const char *user)
{
	static gid_t groups[4096];
	int count = 4096;

	(void)getgrouplist(user, 65534, groups, &count);
}

static void mark(const char *promise)
{
	if (login.promises)
		stopwatch_mark(promise);
}

/* inverse: what it takes to be able to go back. */
static void remember_entry(void)
{
	struct stat st;
	struct statx stx;
	char path[4096];
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	must(fstat(net, &st), "net");
	must(fstat(mounts, &st), "mnt");
	must(statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &stx), "/");
	must(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "/");
	must(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), ".");
	(void)!getcwd(path, sizeof(path));
}

/* never-outside: where the host is; and the caller is one that can move. */
static void look_at_host(void)
{
	struct stat st;
	struct statx stx;
	struct statfs fs;

	must(stat("/proc/1/ns/net", &st), "host");
	must(stat("/proc/1/ns/mnt", &st), "host");
	must(statx(AT_FDCWD, "/proc/1/root", 0, STATX_MNT_ID, &stx), "host");
	must(statfs("/proc/self", &fs), "/proc");
	must(statx(AT_FDCWD, "/", 0, 0, &stx), "/");
	(void)syscall(SYS_gettid);
}

static char settings[2][64];
static const char *const setting_paths[2] = {
	"/proc/sys/net/ipv4/ping_group_range",
	"/proc/sys/net/ipv4/ip_unprivileged_port_start",
};

static void read_settings(void)
{
	for (size_t i = 0; i < 2; i++) {
		int fd = open(setting_paths[i], O_RDONLY | O_CLOEXEC);

		must(fd, setting_paths[i]);
		must(read(fd, settings[i], sizeof(settings[i]) - 1), "read");
		(void)close(fd);
	}
}

static void write_settings(void)
{
	for (size_t i = 0; i < 2; i++) {
		int fd = open(setting_paths[i], O_WRONLY | O_CLOEXEC);

		must(fd, setting_paths[i]);
		must(write(fd, settings[i], strlen(settings[i])), "write");
		(void)close(fd);
	}
}

static void open_checked(int parent, const char *name)
{
	struct stat st;
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	must(fd, name);
	must(fstat(fd, &st), name);
	(void)close(fd);
}

/* one-name: two directories that are root's, and a lock. */
static void lock_name(void)
{
	int fd;

	open_checked(AT_FDCWD, "/run/pam_net");
	open_checked(AT_FDCWD, "/run/pam_net/lock");
	fd = open(login.lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	must(fd, login.lock);
	must(flock(fd, login.is_new ? LOCK_EX : LOCK_SH), "flock");
}

static int find_name(void)
{
	int directory = open("/run/netns",
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int fd;

	must(directory, "/run/netns");
	fd = openat(directory, strrchr(login.name, '/') + 1,
		    O_PATH | O_NOFOLLOW | O_CLOEXEC);
	(void)close(directory);
	return fd;
}

/* one-name: not there without the lock, nor with it. */
static void miss_name(void)
{
	if (find_name() >= 0 || find_name() >= 0)
		die("the name is there");
}

/* never-outside: a name is a namespace, of the right kind, not the host's. */
static void check_name(void)
{
	char path[32];
	struct statfs fs;
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", login.net);
	must(fstatfs(login.net, &fs), "fstatfs");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd, path);
	must(ioctl(fd, NS_GET_NSTYPE), "NS_GET_NSTYPE");
	must(fstat(fd, &st), "fstat");
	(void)close(login.net);
	login.net = fd;
}

/* one-name: joined is what is bound in the end, whoever bound it. */
static void join_what_is_bound(void)
{
	login.net = find_name();
	must(login.net, login.name);
	check_name();
	must(setns(login.net, CLONE_NEWNET), "setns");
}

static void see_lo(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	must(fd, "socket");
	must(ioctl(fd, SIOCGIFFLAGS, &request), "SIOCGIFFLAGS");
	(void)close(fd);
}

static void cover_names(void)
{
	while (umount2("/run/netns", MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	must(mount("bench", "/run/netns", "tmpfs",
		   MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=0755"),
	     "tmpfs");
	if (!login.is_named)
		return;
	(void)close(open(login.name, O_RDONLY | O_CREAT | O_EXCL, 0));
	must(mount("/proc/self/ns/net", login.name, NULL, MS_BIND, NULL),
	     "bind");
}

static void read_table(void)
{
	static char table[1 << 20];
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	must(fd, "mountinfo");
	while (read(fd, table, sizeof(table)) > 0)
		;
	(void)close(fd);
}

static void copy_below_sys(void)
{
	for (size_t i = 0; i < carried.count; i++) {
		long fd = syscall(SYS_open_tree, AT_FDCWD, carried.point[i],
				  1 /* clone */ | O_CLOEXEC | 0x8000);

		must(fd, carried.point[i]);
		carried.clone[i] = (int)fd;
	}
}

static void attach_below_sys(void)
{
	for (size_t i = 0; i < carried.count; i++) {
		must(syscall(SYS_move_mount, carried.clone[i], "", AT_FDCWD,
			     carried.point[i], 4 /* the empty path */),
		     carried.point[i]);
		(void)close(carried.clone[i]);
	}
}

static void keep_sys_flags(void)
{
	struct statvfs fs;

	must(statvfs("/sys", &fs), "/sys");
}

static void look_for_overrides(void)
{
	char entries[2048];
	int fd;

	open_checked(AT_FDCWD, "/etc/netns");
	fd = open(login.overrides,
		  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	while (syscall(SYS_getdents64, fd, entries, sizeof(entries)) > 0)
		;
	(void)close(fd);
}

static void verify(void)
{
	struct stat st;

	must(stat("/proc/self/ns/net", &st), "verify");
}

static void tell(void)
{
	syslog(LOG_AUTHPRIV | LOG_INFO,
	       "bench(bench:session): opened user=%s service=bench rhost=- "
	       "tty=- leader=%d name=%s inode=4026532000 how=joined",
	       login.name, (int)getpid(), login.name);
}

/* --- Both --- */

static void open_with_promises(const char *user)
{
	stopwatch_start();
	look_up(user, login.is_named ? "usernet" : "newnet");
	mark("name service");
	look_at_host();
	mark("never-outside: host and caller looked at");
	remember_entry();
	mark("inverse: the way back is held");
	read_settings();
	if (!login.is_new)
		mark("ping and ports as outside");
	if (login.is_named) {
		stopwatch_start();
		lock_name();
		mark("one-name: lock");
	}
	if (login.is_named && login.is_new) {
		miss_name();
		mark("one-name: looked for without the lock and with it");
	}
	if (!login.is_new) {
		check_name();
		mark("never-outside: the name is a namespace");
	}
	stopwatch_start();
	enter_net();
	mark("floor");
	if (login.is_new) {
		write_settings();
		mark("ping and ports as outside");
	} else {
		see_lo();
		mark("lo is up on joining too");
	}
	if (login.is_named && login.is_new) {
		join_what_is_bound();
		mark("one-name: joined is what is bound");
	}
	stopwatch_start();
	new_mounts();
	mark("floor");
	cover_names();
	mark("/run/netns detached but for the own name");
	read_table();
	mark("/sys: one pass over mountinfo");
	copy_below_sys();
	mark("/sys: submounts carried over");
	keep_sys_flags();
	mark("/sys: flags kept");
	cover_sys();
	mark("floor");
	attach_below_sys();
	mark("/sys: submounts carried over");
	if (login.is_named) {
		look_for_overrides();
		mark("/etc/netns looked at");
	}
	verify();
	mark("never-outside: verified");
	tell();
	mark("one line in the log");
	stopwatch_total("all of it");
}

static void open_bystander(const char *user)
{
	stopwatch_start();
	look_up(user, "usernet");
	list_groups(user);
	stopwatch_mark("open");
}

static void open_least(void)
{
	stopwatch_start();
	if (login.is_named && !login.is_new) {
		login.net = open(login.name, O_RDONLY | O_CLOEXEC);
		must(login.net, login.name);
	}
	enter_net();
	if (login.has_mounts) {
		new_mounts();
		cover_sys();
	}
	stopwatch_mark("open");
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		(void)fprintf(stderr, "usage: floor newnet|nomount|join|create|"
				      "bystander cold|warm|promises USER\n");
		return 2;
	}
	login.is_new = strcmp(argv[1], "join") != 0;
	login.is_named = !strcmp(argv[1], "join") || !strcmp(argv[1], "create");
	login.has_mounts = strcmp(argv[1], "nomount") != 0;
	login.promises = !strcmp(argv[2], "promises");
	(void)snprintf(login.name, sizeof(login.name), "/run/netns/%s",
		       argv[3]);
	(void)snprintf(login.overrides, sizeof(login.overrides),
		       "/etc/netns/%s", argv[3]);
	(void)snprintf(login.lock, sizeof(login.lock), "/run/pam_net/lock/%s",
		       argv[3]);
	if (!strcmp(argv[2], "warm"))
		warm_name_service(argv[3]);
	if (login.promises) {
		find_carried();
		if (!login.is_new) {
			login.net = open(login.name, O_RDONLY | O_CLOEXEC);
			must(login.net, login.name);
		}
		open_with_promises(argv[3]);
	} else if (!strcmp(argv[1], "bystander")) {
		open_bystander(argv[3]);
	} else {
		open_least();
	}
	stopwatch_print();
	return 0;
}
