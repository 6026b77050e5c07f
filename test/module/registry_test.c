/* SPDX-License-Identifier: GPL-2.0-or-later */
/* registry: names in /run/netns, beside ip-netns(8) and whoever else. */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How often a login pauses to look again whether a lock is free. */
static int pauses_of(const char *user)
{
	struct driven driven = drive(&(struct drive){
		.strace = "-e trace=faccessat,clock_nanosleep",
		.service = "usernet",
		.user = user,
	});
	struct driven_calls calls =
		driven_count(&driven, "clock_nanosleep", "open");

	check_int(driven.status, 0);
	driven_free(&driven);
	return calls.within + calls.helper;
}

static int log_in(const void *data)
{
	struct login login;

	login_as(&login, "usernet", data, PAM_SUCCESS);
	check_in(data);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	return 0;
}

/* Not in this process: it stays on the host, whatever the modules do. */
static void log_in_and_out(const char *user)
{
	if (rig_wait(rig_fork(log_in, user)) != 0)
		_exit(1);
}

/* --- Locks --- */

/* bob holds what he can open, until the test ends. */
static void bob_locks(const char *path)
{
	char byte;
	int pair[2];

	must(pipe(pair));
	if (must(fork()) == 0) {
		int fd;

		must(setresgid(3004, 3004, 3004));
		must(setresuid(3004, 3004, 3004));
		fd = (int)must(open(path, O_RDONLY));
		must(flock(fd, LOCK_EX | LOCK_NB));
		must(write(pair[1], "", 1));
		pause();
		_exit(0);
	}
	must(close(pair[1]));
	check_int(read(pair[0], &byte, 1), 1);
}

static void user_locks_the_directory(const void *data)
{
	(void)data;
	rig_mkdir("/run/netns");
	bob_locks("/run/netns");
	log_in_and_out("alice");
	check_int(pauses_of("both"), 0);
}

static void user_locks_the_mount(const void *data)
{
	(void)data;
	log_in_and_out("both");
	bob_locks("/run/netns");
	check_int(pauses_of("alice"), 0);
	check_int(pauses_of("alice"), 0);
}

static int bob_opens(const void *data)
{
	must(setresgid(3004, 3004, 3004));
	must(setresuid(3004, 3004, 3004));
	check_int(open(data, O_RDONLY), -1);
	check_int(errno, EACCES);
	return 0;
}

static void locks_are_roots_alone(const void *data)
{
	(void)data;
	log_in_and_out("alice");
	check_int(rig_wait(rig_fork(bob_opens, "/run/pam_net/lock")), 0);
	check_int(rig_wait(rig_fork(bob_opens, "/run/pam_net/lock/alice")), 0);
}

static void locks_of_a_user(const void *data)
{
	struct login login;

	(void)data;
	rig_mkdir("/run/pam_net");
	must(chown("/run/pam_net", 3004, 3004));
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "writable by root only");
	check_logged(LOG_ERR, "/run/pam_net");
}

static void locks_are_a_link(const void *data)
{
	struct login login;

	(void)data;
	rig_mkdir("/run/other");
	must(symlink("/run/other", "/run/pam_net"));
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check(!rig_exists("/run/other/lock"));
}

/* A lock is for making a name, and for that name only. */
static void lock_of_alice(void)
{
	int fd;

	log_in_and_out("alice");
	fd = (int)must(open("/run/pam_net/lock/alice", O_RDWR | O_CLOEXEC));
	must(flock(fd, LOCK_EX));
}

static void other_names_do_not_wait(const void *data)
{
	(void)data;
	lock_of_alice();
	check_int(pauses_of("both"), 0);
}

/* Somebody is in, and stays. */
static int stay_in(const void *data)
{
	struct login login;

	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	must(write(*(const int *)data, "", 1));
	pause();
	return 0;
}

static pid_t alice_stays_in(void)
{
	int pair[2];
	char byte;
	pid_t pid;

	must(pipe(pair));
	pid = rig_fork(stay_in, &pair[1]);
	/* Else the read would wait for a login that has failed. */
	must(close(pair[1]));
	check_int(read(pair[0], &byte, 1), 1);
	must(close(pair[0]));
	return pid;
}

static void joins_do_not_wait(const void *data)
{
	pid_t pid = alice_stays_in();

	(void)data;
	lock_of_alice();
	check_int(pauses_of("alice"), 0);
	must(kill(pid, SIGKILL));
}

/* The mounts of the name are made under its lock. */
static void joins_wait_for_mounts_a_moment(const void *data)
{
	struct timespec before;
	struct timespec after;

	(void)data;
	lock_of_alice();
	must(clock_gettime(CLOCK_MONOTONIC, &before));
	log_in_and_out("alice");
	must(clock_gettime(CLOCK_MONOTONIC, &after));
	check(after.tv_sec - before.tv_sec < 5);
}

static void joins_take_no_lock(const void *data)
{
	struct driven driven;
	struct driven_calls calls;
	pid_t pid = alice_stays_in();

	(void)data;
	driven = drive(&(struct drive){
		.strace = "-e trace=faccessat,flock,clone,clone3",
		.service = "usernet",
		.user = "alice",
	});
	check_int(driven.status, 0);
	calls = driven_count(&driven, "flock", "open");
	check_int(calls.within, 0);
	check_int(calls.helper, 0);
	calls = driven_count(&driven, "clone", "open");
	check_int(calls.within, 0);
	driven_free(&driven);
	must(kill(pid, SIGKILL));
}

static int release_soon(const void *data)
{
	struct timespec pause = { .tv_sec = 1 };

	(void)nanosleep(&pause, NULL);
	must(flock(*(const int *)data, LOCK_UN));
	return 0;
}

/* A name that is deleted is made again by whoever has the lock. */
static void making_waits(const void *data)
{
	struct timespec before;
	struct timespec after;
	int fd;

	(void)data;
	log_in_and_out("alice");
	rig_forget_names();
	rig_mkdir("/run/pam_net/lock");
	must(chmod("/run/pam_net/lock", 0700));
	fd = (int)must(open("/run/pam_net/lock/alice",
			    O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	must(flock(fd, LOCK_EX));
	(void)rig_fork(release_soon, &fd);
	must(clock_gettime(CLOCK_MONOTONIC, &before));
	log_in_and_out("alice");
	must(clock_gettime(CLOCK_MONOTONIC, &after));
	check(after.tv_sec > before.tv_sec);
}

static void no_lock_outlives_the_open(const void *data)
{
	struct login login;
	int fd;

	(void)data;
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	fd = (int)must(open("/run/pam_net/lock/alice", O_RDWR));
	must(flock(fd, LOCK_EX | LOCK_NB));
}

/* --- What is left of others --- */

static void stale_file(const void *data)
{
	rig_mkdir("/run/netns");
	rig_write("/run/netns/alice", "");
	must(chmod("/run/netns/alice", (mode_t) * (const int *)data));
	must(utimensat(AT_FDCWD, "/run/netns/alice",
		       (const struct timespec[]){ { 0 }, { 0 } }, 0));
	log_in_and_out("alice");
	check_logged(LOG_WARNING, "'/run/netns/alice'");
	check_int(pauses_of("alice"), 0);
	check_int(rig_host_mounts_at("/run/netns/alice"), 1);
}

static const int closed_mode;
static const int usual_mode = 0644;

static void name_was_deleted(const void *data)
{
	(void)data;
	log_in_and_out("alice");
	if (RIG_RUN(NULL, "ip", "netns", "delete", "alice") != 0)
		rig_skip("no ip-netns(8)");
	check(!rig_exists("/run/netns/alice"));
	log_in_and_out("alice");
	check(rig_named("alice") != 0);
}

static void fifo(const void *data)
{
	struct login login;

	(void)data;
	rig_mkdir("/run/netns");
	must(mkfifo("/run/netns/alice", 0600));
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "'/run/netns/alice'");
}

/* --- Where it is made --- */

static int log_in_from_a_slave(const void *data)
{
	struct login login;

	must(unshare(CLONE_NEWNS));
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	login_as(&login, "usernet", data, PAM_SUCCESS);
	check_in(data);
	return 0;
}

static int log_in_from_private_mounts(const void *data)
{
	struct login login;

	must(unshare(CLONE_NEWNS));
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(mount("tmpfs", "/run", "tmpfs", 0, NULL));
	login_as(&login, "usernet", data, PAM_SUCCESS);
	check_in(data);
	return 0;
}

static void made_on_the_host(const void *data)
{
	int (*log_in_there)(const void *) = data ? log_in_from_private_mounts
						 : log_in_from_a_slave;
	ino_t net;

	check_int(rig_wait(rig_fork(log_in_there, "alice")), 0);
	net = rig_named("alice");
	check(net != 0 && net != rig_host_net());
	check_int(rig_host_mounts_at("/run/netns/alice"), 1);
	log_in_and_out("alice");
	check_int(rig_named("alice"), net);
	check_int(rig_wait(rig_fork(log_in_there, "alice")), 0);
	check_int(rig_named("alice"), net);
}

static int su_from_inside(const void *data)
{
	struct login outer;
	struct login inner;

	login_as(&outer, "newnet", "nina", PAM_SUCCESS);
	login_as(&inner, "usernet", data, PAM_SUCCESS);
	check_in(data);
	return 0;
}

static void made_from_inside(const void *data)
{
	ino_t net;

	(void)data;
	check_int(rig_wait(rig_fork(su_from_inside, "alice")), 0);
	net = rig_named("alice");
	check(net != 0);
	log_in_and_out("alice");
	check_int(rig_named("alice"), net);
}

/* --- Beside ip-netns(8) --- */

static void joins_what_ip_made(const void *data)
{
	ino_t net;

	(void)data;
	if (RIG_RUN(NULL, "ip", "netns", "add", "alice") != 0)
		rig_skip("no ip-netns(8)");
	net = rig_named("alice");
	check(net != 0);
	log_in_and_out("alice");
	check_int(rig_named("alice"), net);
}

static void ip_prepared_first(const void *data)
{
	char *output;

	(void)data;
	if (RIG_RUN(NULL, "ip", "netns", "add", "other") != 0)
		rig_skip("no ip-netns(8)");
	log_in_and_out("alice");
	check_int(RIG_RUN(&output, "ip", "netns", "list"), 0);
	check_part(output, "alice");
	check_part(output, "other");
	check_int(RIG_RUN(NULL, "ip", "netns", "exec", "alice", "true"), 0);
	check_int(RIG_RUN(NULL, "ip", "netns", "delete", "alice"), 0);
	check(!rig_exists("/run/netns/alice"));
	check(rig_named("other") != 0);
}

static void we_prepared_first(const void *data)
{
	char *output;

	(void)data;
	log_in_and_out("alice");
	if (RIG_RUN(NULL, "ip", "netns", "add", "other") == 127)
		rig_skip("no ip-netns(8)");
	check_int(RIG_RUN(&output, "ip", "netns", "list"), 0);
	check_part(output, "alice");
	check_part(output, "other");
	check(rig_named("other") != 0);
	check_int(RIG_RUN(NULL, "ip", "netns", "exec", "alice", "true"), 0);
	check_int(RIG_RUN(NULL, "ip", "netns", "delete", "other"), 0);
	check_int(RIG_RUN(NULL, "ip", "netns", "delete", "alice"), 0);
	check(!rig_exists("/run/netns/alice"));
	check_int(rig_host_mounts_at("/run/netns/alice"), 0);
}

/* Namespaces in a directory that nobody made a mount point. */
static void names_are_not_hidden(const void *data)
{
	ino_t net;

	(void)data;
	rig_mkdir("/run/netns");
	rig_write("/run/netns/old", "");
	must(mount("/proc/self/ns/net", "/run/netns/old", NULL, MS_BIND, NULL));
	net = rig_named("old");
	check(net != 0);
	log_in_and_out("alice");
	check_int(rig_named("old"), net);
	check(rig_named("alice") != 0);
}

static void read_only_run_joins(const void *data)
{
	(void)data;
	log_in_and_out("alice");
	must(mount(NULL, "/run", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	log_in_and_out("alice");
}

static void later_names_reach_services(const void *data)
{
	int pair[2];
	char byte;
	pid_t pid;

	(void)data;
	log_in_and_out("both");
	must(pipe(pair));
	pid = (pid_t)must(fork());
	if (pid == 0) {
		must(unshare(CLONE_NEWNS));
		must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
		must(close(pair[1]));
		(void)!read(pair[0], &byte, 1);
		/* It began before the name was made. */
		check_int(rig_mounts_at("/run/netns/alice"), 1);
		_exit(0);
	}
	must(close(pair[0]));
	log_in_and_out("alice");
	must(close(pair[1]));
	check_int(rig_wait(pid), 0);
}

/* Lying in the directory beside the names, and none of our business. */
static void others_are_left_alone(const void *data)
{
	struct stat before;
	struct stat after;

	(void)data;
	rig_mkdir("/run/netns/directory");
	rig_write("/run/netns/file", "content\n");
	must(symlink("nowhere", "/run/netns/link"));
	must(mkfifo("/run/netns/fifo", 0600));
	must(lstat("/run/netns/file", &before));
	log_in_and_out("alice");
	must(lstat("/run/netns/file", &after));
	check_int(after.st_ino, before.st_ino);
	check_int(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
	check_text(rig_read("/run/netns/file"), "content\n");
	check(rig_exists("/run/netns/link"));
	check(rig_exists("/run/netns/fifo"));
	check(rig_exists("/run/netns/directory"));
}

#define CASE(LABEL, FUNCTION, DATA)                                            \
	{                                                                      \
		"registry: " LABEL, FUNCTION, DATA, 0                          \
	}

static const struct rig_case cases[] = {
	CASE("a user locks /run/netns before it is prepared",
	     user_locks_the_directory, NULL),
	CASE("a user locks /run/netns afterwards", user_locks_the_mount, NULL),
	CASE("no user opens a lock", locks_are_roots_alone, NULL),
	CASE("locks in a user's directory are refused", locks_of_a_user, NULL),
	CASE("locks behind a symlink are refused", locks_are_a_link, NULL),
	CASE("other names do not wait", other_names_do_not_wait, NULL),
	CASE("a name is joined while its lock is held", joins_do_not_wait,
	     NULL),
	CASE("a login waits for the mounts of the name for 2 s at most",
	     joins_wait_for_mounts_a_moment, NULL),
	CASE("joining takes no lock and no helper", joins_take_no_lock, NULL),
	CASE("making waits for who makes the same name", making_waits, NULL),
	CASE("no lock outlives the open", no_lock_outlives_the_open, NULL),

	CASE("a stale file is taken, with a warning, mode 0", stale_file,
	     &closed_mode),
	CASE("a stale file is taken, with a warning, mode 0644", stale_file,
	     &usual_mode),
	CASE("a name that was deleted is made again", name_was_deleted, NULL),
	CASE("a fifo does not block", fifo, NULL),

	CASE("made on the host from a slave mount namespace", made_on_the_host,
	     NULL),
	CASE("made on the host from private mounts", made_on_the_host,
	     "private"),
	CASE("made on the host from inside a session", made_from_inside, NULL),

	CASE("joins what ip netns add made", joins_what_ip_made, NULL),
	CASE("ip-netns(8) prepared first", ip_prepared_first, NULL),
	CASE("we prepared first", we_prepared_first, NULL),
	CASE("names in a directory that is no mount stay", names_are_not_hidden,
	     NULL),
	CASE("a read-only /run joins", read_only_run_joins, NULL),
	CASE("later names reach services that run", later_names_reach_services,
	     NULL),
	CASE("what else lies there is left alone", others_are_left_alone, NULL),
};

RIG_MAIN("registry", cases)
