/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that a login cannot do without, and nothing else.
 *
 * floor newnet|nomount|join|create cold|warm USER
 * floor bystander cold|warm USER                   who it is: the look-ups
 * floor program cold|warm PATH                     runs a program, and no more
 */
#include "stopwatch.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { LO_UP = IFF_UP | IFF_RUNNING | IFF_LOOPBACK };

static struct {
	char name[64]; /* /run/netns/USER */
	bool is_named;
	bool is_new;
	bool has_mounts;
} login;

static void must(long result, const char *what)
{
	if (result < 0)
		die(what);
}

static void lo_up(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = LO_UP };

	must(fd, "socket");
	must(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
	(void)close(fd);
}

static void net_make(void)
{
	int fd;

	must(unshare(CLONE_NEWNET), "unshare");
	lo_up();
	if (!login.is_named)
		return;
	fd = open(login.name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	must(fd, login.name);
	(void)close(fd);
	must(mount("/proc/self/ns/net", login.name, NULL, MS_BIND, NULL),
	     "bind");
}

static void net_join(void)
{
	int fd = open(login.name, O_RDONLY | O_CLOEXEC);

	must(fd, login.name);
	must(setns(fd, CLONE_NEWNET), "setns");
}

static void mounts_make(void)
{
	must(unshare(CLONE_NEWNS), "unshare");
	must(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "rslave");
	must(mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		   NULL),
	     "sysfs");
}

static void open_session(void)
{
	if (login.is_new)
		net_make();
	else
		net_join();
	if (login.has_mounts)
		mounts_make();
}

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

static void open_bystander(const char *user)
{
	look_up(user, "usernet");
	list_groups(user);
}

static void run_program(const char *path)
{
	pid_t pid = fork();
	int status;

	must(pid, "fork");
	if (pid == 0) {
		(void)execl(path, path, NULL);
		die(path);
	}
	must(waitpid(pid, &status, 0), "waitpid");
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		(void)fprintf(stderr, "usage: floor newnet|nomount|join|create|"
				      "bystander cold|warm USER\n"
				      "       floor program cold|warm PATH\n");
		return 2;
	}
	login.is_new = strcmp(argv[1], "join") != 0;
	login.is_named = !strcmp(argv[1], "join") || !strcmp(argv[1], "create");
	login.has_mounts = strcmp(argv[1], "nomount") != 0;
	(void)snprintf(login.name, sizeof(login.name), "/run/netns/%s",
		       argv[3]);
	if (!strcmp(argv[2], "warm") && strcmp(argv[1], "program") != 0)
		warm_name_service(argv[3]);
	stopwatch_start();
	if (!strcmp(argv[1], "bystander"))
		open_bystander(argv[3]);
	else if (!strcmp(argv[1], "program"))
		run_program(argv[3]);
	else
		open_session();
	stopwatch_mark("open");
	stopwatch_print();
	return 0;
}
