/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * all-or-nothing: a failed open leaves process and host as they were, but for
 * a name that it bound, and /run/netns.
 */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOT SCRATCH "/root"

/* --- Where a caller may stand --- */

static void stand_plainly(void)
{
}

static void stand_elsewhere(void)
{
	must(chdir("/usr/bin"));
}

static void stand_nowhere(void)
{
	must(mkdir("/run/gone", 0700));
	must(chdir("/run/gone"));
	must(rmdir("/run/gone"));
}

static void stand_in_sys(void)
{
	must(chdir("/sys/class/net"));
}

static void stand_in_a_slave(void)
{
	must(unshare(CLONE_NEWNS));
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	must(chdir("/usr"));
}

static void make_root(void)
{
	rig_mkdir(ROOT);
	must(mount("/", ROOT, NULL, MS_BIND | MS_REC, NULL));
}

static void stand_chrooted(void)
{
	make_root();
	must(chroot(ROOT));
	must(chdir("/usr"));
}

static void stand_chrooted_in_a_slave(void)
{
	make_root();
	stand_in_a_slave();
	must(chroot(ROOT));
	must(chdir("/"));
}

static void stand_in_a_session(void)
{
	static struct login outer;

	login_as(&outer, "newnet", "nina", PAM_SUCCESS);
}

static void stand_without_descriptors(void)
{
	must(close(STDIN_FILENO));
	must(close(STDOUT_FILENO));
	must(close(STDERR_FILENO));
}

static void handle(int number)
{
	(void)number;
}

static void stand_with_signals(void)
{
	struct sigaction action = { .sa_handler = handle,
				    .sa_flags = SA_RESTART };
	sigset_t set;

	must(sigaction(SIGCHLD, &action, NULL));
	must(sigaction(SIGTERM, &action, NULL));
	action.sa_handler = SIG_IGN;
	must(sigaction(SIGPIPE, &action, NULL));
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	must(sigprocmask(SIG_BLOCK, &set, NULL));
	(void)umask(077);
	must(setenv("KEPT", "yes", 1));
	must(setreuid(3004, 0));
}

/* --- What may go wrong, early and late --- */

static void name_of_the_host(void)
{
	static const char *const names[] = { "/run/netns/alice",
					     "/run/netns/both" };

	rig_mkdir("/run/netns");
	for (size_t i = 0; i < COUNT(names); i++) {
		rig_write(names[i], "");
		must(mount("/proc/self/ns/net", names[i], NULL, MS_BIND, NULL));
	}
}

static void override_not_roots(void)
{
	rig_override("alice", "hosts", "");
	must(chown("/etc/netns/alice/hosts", 3001, 3001));
}

static void override_of_another_kind(void)
{
	rig_override("alice", "resolv.conf", "");
	rig_mkdir("/etc/netns/alice/hosts");
}

static void stale_name_and_override(void)
{
	rig_mkdir("/run/netns");
	rig_write("/run/netns/alice", "");
	override_of_another_kind();
}

static void no_loopback(void)
{
	/* As where the kernel has none, which libpam's audit takes well. */
	rig_refuse(SYS_socket, 0, AF_NETLINK, EAFNOSUPPORT);
}

static void no_mount_namespace(void)
{
	rig_refuse(SYS_unshare, 0, CLONE_NEWNS, ENOSPC);
}

/* Errno 0: the filter says that it was done. */
static void pretended_network_namespace(void)
{
	rig_refuse(SYS_unshare, 0, CLONE_NEWNET, 0);
}

static void pretended_mount_namespace(void)
{
	rig_refuse(SYS_unshare, 0, CLONE_NEWNS, 0);
}

static void pretended_host_mounts(void)
{
	rig_refuse(SYS_setns, 1, CLONE_NEWNS, 0);
}

/* What stays with the process, while the other causes are what a host lacks. */
static bool is_filter(void (*cause)(void))
{
	return cause == no_loopback || cause == no_mount_namespace ||
	       cause == pretended_network_namespace ||
	       cause == pretended_mount_namespace ||
	       cause == pretended_host_mounts;
}

struct failure {
	const char *service;
	const char *user;
	void (*stand)(void);
	void (*cause)(void);
};

/* Where the name is in the way nothing is bound, and all stays. */
static char *see_changeable(const struct failure *failure, pam_handle_t *pamh)
{
	char *seen = rig_see(pamh);

	return failure->cause == name_of_the_host ? seen
						  : rig_without_names(seen);
}

static void fails_without_a_trace(const void *data)
{
	const struct failure *failure = data;
	struct login login;
	char *before;
	int answer;

	rig_service("newnet-etc", "newnet etc=alice");
	/* What the host lacks is made before, unless a filter is the cause. */
	if (!is_filter(failure->cause))
		failure->cause();
	failure->stand();
	login_start(&login, failure->service, failure->user);
	if (is_filter(failure->cause))
		failure->cause();
	rig_log_forget();
	before = see_changeable(failure, login.pamh);
	answer = login_open(&login);
	check_text(see_changeable(failure, login.pamh), before);
	if (failure->cause != name_of_the_host)
		check_names_whole();
	check_answer(answer, PAM_ABORT);
	check_log_count(LOG_ERR, 1);
	check_not_logged(LOG_INFO, "opened");
	login_end(&login);
}

static void first_line_stays(const void *data)
{
	struct login login;
	char *before;

	(void)data;
	rig_service("first", "newnet");
	rig_service("second", "usernet");
	name_of_the_host();
	login_as(&login, "first", "both", PAM_SUCCESS);
	/* The same handle, another line. */
	before = rig_see(login.pamh);
	check_part(before, "PAM environment: NETNS=net:[");
	login_end(&login);
	rig_service("stack", "newnet;usernet");
	login_as(&login, "stack", "both", PAM_ABORT);
	check_in(NEW);
	check_part(rig_see(login.pamh), "PAM environment: NETNS=net:[");
}

static void plan_a_name(const void *data)
{
	(void)data;
	rig_write("/etc/security/lines.conf", "* * %u\n");
}

static void bad_override_for_both(void)
{
	rig_override("both", "hosts", "");
	must(chown("/etc/netns/both/hosts", 3001, 3001));
}

/*
 * Lines of one handle, the second of which fails late: the policy file sends
 * the first to a namespace without a name.
 */
static void second_line_undone(const void *data)
{
	void (*const *cause)(void) = data;
	struct login login;
	char *before;

	rig_mkdir("/etc/security");
	rig_write("/etc/security/lines.conf", "* * new\n");
	rig_service("lines", "usernet config=/etc/security/lines.conf");
	login_as(&login, "lines", "both", PAM_SUCCESS);
	check_in(NEW);
	rig_on_host(plan_a_name, NULL);
	(*cause)();
	before = rig_without_names(rig_see(login.pamh));
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_without_names(rig_see(login.pamh)), before);
	check_names_whole();
	/* libpam closes as it has opened last, and denies that too. */
	(void)login_close(&login);
	check_in(HOST);
}

static void other_names_stay(const void *data)
{
	struct login login;
	char *before;
	ino_t net;

	(void)data;
	login_as(&login, "usernet", "both", PAM_SUCCESS);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	net = rig_named("both");
	override_not_roots();
	login_start(&login, "usernet", "alice");
	before = rig_without_names(rig_see(login.pamh));
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_without_names(rig_see(login.pamh)), before);
	check_int(rig_named("both"), net);
	check_int(rig_host_mounts_at("/run/netns/both"), 1);
}

static void joined_name_stays(const void *data)
{
	struct login login;
	char *before;
	ino_t net;

	(void)data;
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	net = rig_named("alice");
	override_not_roots();
	login_start(&login, "usernet", "alice");
	before = rig_see(login.pamh);
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_see(login.pamh), before);
	check_int(rig_named("alice"), net);
}

static void next_one_works(const void *data)
{
	struct login login;

	(void)data;
	override_not_roots();
	login_as(&login, "usernet", "alice", PAM_ABORT);
	must(chown("/etc/netns/alice/hosts", 0, 0));
	check_answer(login_open(&login), PAM_SUCCESS);
	check_in("alice");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
}

/* The override is of another kind: that shows when it is mounted. */
static void bound_name_stays(const void *data)
{
	struct login login;
	ino_t net;

	(void)data;
	override_of_another_kind();
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	net = rig_named("alice");
	check(net != 0);
	check_names_whole();
	check_int(rig_host_mounts_at("/run/netns/alice"), 1);
	check_int(rig_host_mounts_at("/run/netns"), 1);
	check(rig_exists("/run/pam_net/names/alice"));
	must(rmdir("/etc/netns/alice/hosts"));
	rig_log_forget();
	check_answer(login_open(&login), PAM_SUCCESS);
	check_in("alice");
	check_int(rig_net(), net);
	check_logged(LOG_INFO, "how=joined");
}

static int do_nothing(const void *data)
{
	(void)data;
	return 0;
}

/* A helper would be the first child there, and when it ends, the last. */
static void children_stay_possible(const void *data)
{
	struct login login;

	(void)data;
	stand_in_a_slave();
	must(unshare(CLONE_NEWPID));
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_logged(LOG_ERR, "begin in another PID namespace");
	check_int(rig_wait(rig_fork(do_nothing, NULL)), 0);
}

/* --- When there is no way back --- */

static void way_back_refused(const void *data)
{
	struct login login;
	char *before;

	(void)data;
	rig_service("newnet-etc", "newnet etc=alice");
	override_not_roots();
	/* Covered, it could not be taken back. */
	must(mkdir("/run/netns", 0755));
	login_start(&login, "newnet-etc", "nina");
	rig_refuse(SYS_setns, 1, 0, EPERM);
	before = rig_see_host();
	check_answer(login_open(&login), PAM_ABORT);
	check_in(NEW);
	check_logged(LOG_ERR,
		     "cannot go back either, the process stays where it is");
	check_text(rig_see_host(), before);
}

static void way_back_to_a_root_refused(const void *data)
{
	struct login login;
	struct stat before;
	struct stat after;

	(void)data;
	make_root();
	must(mount("tmpfs", ROOT "/srv", "tmpfs", 0, NULL));
	must(mkdir(ROOT "/srv/proc", 0755));
	must(mount("proc", ROOT "/srv/proc", "proc", 0, NULL));
	login_start(&login, "newnet", "nina");
	(void)rig_log();
	must(chroot(ROOT "/srv"));
	must(chdir("/"));
	must(mkdir("/etc", 0755));
	rig_write("/etc/passwd", "nina:x:3002:3002::/:/bin/sh\n");
	rig_write("/etc/group", "newnet:x:3101:nina\n");
	rig_refuse(SYS_chroot, 0, 0, EPERM);
	must(stat("/", &before));
	check_answer(login_open(&login), PAM_ABORT);
	must(stat("/", &after));
	/* Wherever else it is now, out of its root it must not be. */
	check_int(after.st_dev, before.st_dev);
	check_int(after.st_ino, before.st_ino);
}

static void run_sweep(const void *data)
{
	sweep_faults(data);
}

static void prepare_overrides(void)
{
	rig_override("alice", "hosts", "");
	rig_override("alice", "resolv.conf", "");
}

static void prepare_root(void)
{
	prepare_overrides();
	if (!rig_exists(ROOT))
		make_root();
}

/* --- The table --- */

#define FAILS(LABEL, SERVICE, USER, STAND, CAUSE)                              \
	{                                                                      \
		"all-or-nothing: " LABEL, fails_without_a_trace,               \
			&(const struct failure){ .service = SERVICE,           \
						 .user = USER,                 \
						 .stand = STAND,               \
						 .cause = CAUSE },             \
			0                                                      \
	}

/* A late failure wherever the caller stands. */
#define STANDS(LABEL, STAND)                                                   \
	FAILS("a name, " LABEL, "usernet", "alice", STAND,                     \
	      override_not_roots),                                             \
		FAILS("a new one, " LABEL, "newnet-etc", "nina", STAND,        \
		      override_not_roots)

#define SWEEP(LABEL, DRIVER, PREPARE, CALL, ERROR)                             \
	{                                                                      \
		"all-or-nothing: " LABEL ", " CALL " fails with " ERROR,       \
			run_sweep,                                             \
			&(const struct sweep){ .call = CALL,                   \
					       .fault = "error=" ERROR,        \
					       .service = "usernet",           \
					       .user = "alice",                \
					       .name = "alice",                \
					       .driver = DRIVER,               \
					       .prepare = PREPARE,             \
					       .undone = true },               \
			0                                                      \
	}
#define SWEEPS(LABEL, DRIVER, PREPARE)                                         \
	SWEEP(LABEL, DRIVER, PREPARE, "openat", "EMFILE"),                     \
		SWEEP(LABEL, DRIVER, PREPARE, "mount", "EPERM"),               \
		SWEEP(LABEL, DRIVER, PREPARE, "move_mount", "EIO"),            \
		SWEEP(LABEL, DRIVER, PREPARE, "setns", "EIO")

static const struct rig_case cases[] = {
	STANDS("from /", stand_plainly),
	STANDS("from a directory", stand_elsewhere),
	STANDS("from a directory that is gone", stand_nowhere),
	STANDS("from below /sys", stand_in_sys),
	STANDS("from a slave mount namespace", stand_in_a_slave),
	STANDS("from a chroot to a mount point", stand_chrooted),
	STANDS("from such a chroot in a slave mount namespace",
	       stand_chrooted_in_a_slave),
	STANDS("from inside a session", stand_in_a_session),
	STANDS("with 0, 1 and 2 closed", stand_without_descriptors),
	STANDS("with signals, umask and ids of its own", stand_with_signals),

	FAILS("the name is the host's", "usernet", "alice", stand_plainly,
	      name_of_the_host),
	FAILS("the name is the host's, found by a helper", "usernet", "alice",
	      stand_in_a_slave, name_of_the_host),
	FAILS("the second override fails", "usernet", "alice", stand_elsewhere,
	      override_of_another_kind),
	FAILS("a stale name is taken, and an override fails", "usernet",
	      "alice", stand_plainly, stale_name_and_override),
	FAILS("a stale name is taken, and an override fails, from a slave",
	      "usernet", "alice", stand_in_a_slave, stale_name_and_override),
	FAILS("no loopback, a name", "usernet", "alice", stand_elsewhere,
	      no_loopback),
	FAILS("no loopback, a new one", "newnet", "nina", stand_elsewhere,
	      no_loopback),
	FAILS("no mount namespace, a name", "usernet", "alice", stand_elsewhere,
	      no_mount_namespace),
	FAILS("no mount namespace, a new one", "newnet", "nina",
	      stand_elsewhere, no_mount_namespace),

	FAILS("a network namespace that a filter pretends, a name", "usernet",
	      "alice", stand_elsewhere, pretended_network_namespace),
	FAILS("a network namespace that a filter pretends, a new one", "newnet",
	      "nina", stand_elsewhere, pretended_network_namespace),
	FAILS("a mount namespace that a filter pretends, a name", "usernet",
	      "alice", stand_elsewhere, pretended_mount_namespace),
	FAILS("a mount namespace that a filter pretends, a new one", "newnet",
	      "nina", stand_elsewhere, pretended_mount_namespace),
	FAILS("the host's mounts, that a filter pretends to enter", "usernet",
	      "alice", stand_in_a_slave, pretended_host_mounts),

	{ "all-or-nothing: the environment of the line before stays",
	  first_line_stays, NULL, 0 },
	{ "all-or-nothing: a second line fails, in its mounts",
	  second_line_undone, &(void (*const)(void)){ bad_override_for_both },
	  0 },
	{ "all-or-nothing: a second line fails, before its mounts",
	  second_line_undone, &(void (*const)(void)){ no_mount_namespace }, 0 },
	{ "all-or-nothing: other names stay", other_names_stay, NULL, 0 },
	{ "all-or-nothing: a name that was only joined stays",
	  joined_name_stays, NULL, 0 },
	{ "all-or-nothing: the same handle opens when the cause is mended",
	  next_one_works, NULL, 0 },
	{ "all-or-nothing: a name that a failed login bound stays, and the "
	  "next one joins it",
	  bound_name_stays, NULL, 0 },
	{ "all-or-nothing: whose children begin in another PID namespace has "
	  "them yet",
	  children_stay_possible, NULL, 0 },
	{ "all-or-nothing: no way back: stays, and says so", way_back_refused,
	  NULL, 0 },
	{ "all-or-nothing: no way back to a root: not out of it",
	  way_back_to_a_root_refused, NULL, 0 },

	SWEEPS("with overrides", NULL, prepare_overrides),
	SWEEPS("from a slave mount namespace", "--slave", prepare_overrides),
	SWEEPS("from a chroot", "--chroot " ROOT, prepare_root),
	SWEEP("from a directory that is gone", "--gone", prepare_overrides,
	      "move_mount", "EIO"),
};

RIG_MAIN("all-or-nothing", cases)
