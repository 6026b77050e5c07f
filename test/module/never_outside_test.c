/* SPDX-License-Identifier: GPL-2.0-or-later */
/* never-outside: a member is let in only where the plan says. */
#include "rig.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void run_sweep(const void *data)
{
	sweep_faults(data);
}

/* --- Refused by the system --- */

static void userns_enter(void)
{
	must(unshare(CLONE_NEWUSER | CLONE_NEWNS));
	rig_write("/proc/self/setgroups", "deny");
	rig_write("/proc/self/uid_map", "0 0 1");
	rig_write("/proc/self/gid_map", "0 0 1");
}

/* A limit of a user namespace of one's own: the machine's is left alone. */
static void limit_of_namespaces(const void *data)
{
	const char *user = data;
	struct login login;
	char *before;

	userns_enter();
	rig_write("/proc/sys/user/max_net_namespaces", "0");
	login_start(&login, "both", user);
	before = rig_without_names(rig_see(login.pamh));
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_without_names(rig_see(login.pamh)), before);
	check_names_whole();
	check_logged(LOG_ERR, "limit user.max_net_namespaces is reached");
}

static void stack_of_both(const char *options)
{
	char lines[256];

	(void)snprintf(lines, sizeof(lines), "newnet %s;usernet", options);
	rig_service("both", lines);
}

static void limit_for_newnet(const void *data)
{
	(void)data;
	stack_of_both("");
	limit_of_namespaces("nina");
}

static void limit_for_usernet(const void *data)
{
	(void)data;
	stack_of_both("");
	limit_of_namespaces("alice");
}

static void unshare_by_filter(const void *data)
{
	struct login login;

	(void)data;
	rig_refuse(SYS_unshare, 0, CLONE_NEWNET, EPERM);
	login_as(&login, "newnet", "nina", PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "Operation not permitted");
	check_not_logged(LOG_ERR, "security module");
	rig_log_forget();
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check(!rig_exists("/run/netns/alice"));
}

static void drop_capability(cap_value_t capability)
{
	cap_t mine = cap_get_proc();

	check(mine != NULL);
	must(cap_set_flag(mine, CAP_EFFECTIVE, 1, &capability, CAP_CLEAR));
	must(cap_set_flag(mine, CAP_PERMITTED, 1, &capability, CAP_CLEAR));
	must(cap_set_proc(mine));
	(void)cap_free(mine);
}

struct missing {
	cap_value_t capability;
	const char *service;
	const char *user;
	const char *message;
};

static void capability_is_missing(const void *data)
{
	const struct missing *missing = data;
	struct login login;
	char *before;

	drop_capability(missing->capability);
	login_start(&login, missing->service, missing->user);
	before = rig_without_names(rig_see(login.pamh));
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_without_names(rig_see(login.pamh)), before);
	check_names_whole();
	check_logged(LOG_ERR, missing->message);
}

static const struct missing new_without_sys_admin = {
	CAP_SYS_ADMIN, "newnet", "nina", "CAP_SYS_ADMIN is missing"
};
static const struct missing name_without_sys_admin = {
	CAP_SYS_ADMIN, "usernet", "alice", "CAP_SYS_ADMIN is missing"
};
static const struct missing new_without_net_admin = {
	CAP_NET_ADMIN, "newnet", "nina", "CAP_NET_ADMIN is missing"
};
static const struct missing name_without_net_admin = {
	CAP_NET_ADMIN, "usernet", "alice", "CAP_NET_ADMIN is missing"
};

static void run_is_read_only(const void *data)
{
	struct login login;

	(void)data;
	must(mount(NULL, "/run", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "/run is read-only");
}

/* Everything but a few directories is read-only, in mounts of its own. */
static void protect_system_strict(const void *data)
{
	struct login login;

	(void)data;
	must(unshare(CLONE_NEWNS));
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	must(mount(NULL, "/run", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
}

/* --- Names that lead elsewhere --- */

static void make_names(void)
{
	rig_mkdir("/run/netns");
}

static void bind_over(const char *what, const char *path)
{
	rig_write(path, "");
	must(mount(what, path, NULL, MS_BIND, NULL));
}

static void name_of_the_host(const void *data)
{
	struct login login;

	(void)data;
	make_names();
	bind_over("/proc/self/ns/net", "/run/netns/alice");
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "'/run/netns/alice'");
	check_logged(LOG_ERR, "umount '/run/netns/alice'");
	check(rig_named("alice") == rig_host_net());
}

static void name_of_the_host_inside(const void *data)
{
	struct login first;
	struct login second;

	(void)data;
	make_names();
	bind_over("/proc/self/ns/net", "/run/netns/alice");
	login_as(&first, "newnet", "nina", PAM_SUCCESS);
	login_as(&second, "usernet", "alice", PAM_ABORT);
	check_in(NEW);
	login_end(&second);
}

/* PID 1 cannot be asked: where the login began is then the outside. */
static void name_of_the_origin(const void *data)
{
	struct login login;

	(void)data;
	rig_service("stack", "newnet nomount;usernet");
	make_names();
	bind_over("/proc/self/ns/net", "/run/netns/alice");
	bind_over("/proc/self/ns/net", "/run/netns/both");
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	rig_log_forget();
	/* Not where the second line finds it, but where the first began. */
	login_as(&login, "stack", "both", PAM_ABORT);
	check_in(NEW);
	check_logged(LOG_ERR, "'/run/netns/both'");
}

static void dangling_link(const void *data)
{
	struct login login;

	(void)data;
	make_names();
	must(symlink("/run/nowhere", "/run/netns/alice"));
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check(!rig_exists("/run/nowhere"));
	check_logged(LOG_ERR, "symbolic link");
}

static void link_to_another_user(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "usernet", "both", PAM_SUCCESS);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	check(rig_named("both") != 0);
	must(symlink("both", "/run/netns/alice"));
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "symbolic link");
}

static void add_member(const char *user)
{
	char line[NAME_MAX * 3];

	(void)snprintf(line, sizeof(line), "%s:x:3900:3102::/:/bin/sh\n", user);
	rig_append("/etc/passwd", line);
}

static void name_with_a_slash(const void *data)
{
	const char *user = data;
	struct login login;

	add_member(user);
	make_names();
	rig_mkdir("/etc/netns/a");
	rig_mkdir("/run/netns/a");
	login_as(&login, "usernet", user, PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "it cannot be a file name");
}

static void already_there(const void *data)
{
	struct login first;
	struct login second;

	(void)data;
	login_as(&first, "usernet", "alice", PAM_SUCCESS);
	login_as(&second, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
	check_answer(login_close(&second), PAM_SUCCESS);
	check_in("alice");
	check_answer(login_close(&first), PAM_SUCCESS);
	check_in(HOST);
}

static void always_another_one(const void *data)
{
	struct login first;
	struct login second;
	ino_t outer;

	(void)data;
	login_as(&first, "newnet", "nina", PAM_SUCCESS);
	outer = rig_net();
	login_as(&second, "newnet", "nina", PAM_SUCCESS);
	check_in(NEW);
	check(rig_net() != outer);
}

/* --- Whether the user is a member --- */

struct group_fault {
	const char *fault;
	const char *service;
	const char *user;
	const char *then; /* "+": all reads after the first, too */
};

static void group_unreadable(const void *data)
{
	const struct group_fault *fault = data;
	struct driven driven;
	char strace[128];
	bool any = false;

	rig_service(fault->service, fault->service);
	for (int i = 1; i <= 8; i++) {
		(void)snprintf(strace, sizeof(strace),
			       "-P /etc/group -e inject=%s:when=%d%s",
			       fault->fault, i, fault->then);
		driven = drive(&(struct drive){ .strace = strace,
						.service = fault->service,
						.user = fault->user });
		if (!strstr(driven.trace, "(INJECTED)"))
			break;
		any = true;
		rig_context("%s %d, ", fault->fault, i);
		check_int(driven.status, 1);
		if (!rig_is_peer())
			check(strstr(driven.output, "answer: 3\n"));
		driven_free(&driven);
	}
	check(any);
}

static const struct group_fault usernet_emfile = { "openat:error=EMFILE",
						   "usernet", "alice", "" };
static const struct group_fault usernet_eio = { "read:error=EIO", "usernet",
						"alice", "" };
static const struct group_fault newnet_emfile = { "openat:error=EMFILE",
						  "newnet", "nina", "" };
/* getgrouplist(3) tells of no error: what is around it has to notice. */
static const struct group_fault groupnet_emfile = { "openat:error=EMFILE",
						    "groupnet", "lara", "+" };

static void no_descriptor_left(const void *data)
{
	struct login login;

	(void)data;
	login_start(&login, "usernet", "alice");
	while (open("/", O_PATH | O_CLOEXEC) >= 0)
		;
	check_int(errno, EMFILE);
	check(login_open(&login) != PAM_SUCCESS);
	check_int(login_open(&login) == ALL_IGNORED, 0);
}

struct nss {
	const char *text;
	const char *service;
	const char *user;
};

static void bad_nsswitch(const void *data)
{
	const struct nss *nss = data;
	struct login login;

	rig_service(nss->service, nss->service);
	rig_write("/etc/nsswitch.conf", nss->text);
	login_start(&login, nss->service, nss->user);
	errno = 0;
	check_answer(login_open(&login), PAM_SERVICE_ERR);
	check_in(HOST);
}

static const struct nss usernet_no_source = {
	"passwd: files\ngroup: nosuchsource\n", "usernet", "alice"
};
static const struct nss newnet_no_source = {
	"passwd: files\ngroup: nosuchsource\n", "newnet", "nina"
};
static const struct nss groupnet_no_source = {
	"passwd: files\ngroup: nosuchsource\n", "groupnet", "lara"
};
static const struct nss usernet_empty = { "passwd: files\ngroup:\n", "usernet",
					  "alice" };

static void group_is_a_directory(const void *data)
{
	struct login login;

	(void)data;
	must(unlink("/etc/group"));
	rig_mkdir("/etc/group");
	login_as(&login, "usernet", "alice", PAM_SERVICE_ERR);
	check_in(HOST);
}

static void group_is_missing(const void *data)
{
	struct login login;

	(void)data;
	must(unlink("/etc/group"));
	login_as(&login, "usernet", "alice", PAM_SERVICE_ERR);
	check_in(HOST);
}

static void no_user(const void *data)
{
	struct login login;

	login_start(&login, "usernet", data);
	check_answer(login_open(&login), PAM_USER_UNKNOWN);
	check_in(HOST);
	login_end(&login);
	login_start(&login, "newnet", data);
	check_answer(login_open(&login), PAM_USER_UNKNOWN);
	check_in(HOST);
}

static int refuse_to_talk(int count, const struct pam_message **messages,
			  struct pam_response **ret, void *data)
{
	(void)count;
	(void)messages;
	(void)ret;
	(void)data;
	return PAM_CONV_ERR;
}

static void nobody_answers(const void *data)
{
	struct pam_conv conversation = { .conv = refuse_to_talk };
	struct login login;
	int r;

	(void)data;
	login_start(&login, "usernet", NULL);
	check_int(pam_set_item(login.pamh, PAM_CONV, &conversation), 0);
	r = login_open(&login);
	check(r != PAM_SUCCESS && r != ALL_IGNORED);
}

/* --- Who else is in the process --- */

static void *open_in_thread(void *data)
{
	static int answer;

	answer = login_open(data);
	return &answer;
}

static void thread(const void *data)
{
	struct login login;
	pthread_t other;
	void *answer;

	login_start(&login, data, !strcmp(data, "newnet") ? "nina" : "alice");
	check_int(pthread_create(&other, NULL, open_in_thread, &login), 0);
	check_int(pthread_join(other, &answer), 0);
	check_answer(*(int *)answer, PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "thread");
}

static void *wait_in_thread(void *data)
{
	char byte;

	(void)!read(*(const int *)data, &byte, 1);
	return NULL;
}

/* What all records of sessions say of their mounts. */
static void check_views(size_t count, const char *view)
{
	glob_t records;

	if (rig_is_peer())
		return;
	check_int(glob("/run/pam_net/sessions/*/*", 0, NULL, &records), 0);
	check_int(records.gl_pathc, count);
	for (size_t i = 0; i < records.gl_pathc; i++)
		check_part(rig_read(records.gl_pathv[i]), view);
	globfree(&records);
}

/*
 * They have their own place, and are nothing to us. To make mounts of a name a
 * helper takes memory, for which it would wait if another thread was about to
 * take some.
 */
static void beside_threads(const void *data)
{
	const char *user = !strcmp(data, "newnet") ? "nina" : "alice";
	struct login login;
	pthread_t other;
	int pair[2];

	login_as(&login, data, user, PAM_SUCCESS);
	check_not_logged(LOG_WARNING, "thread");
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	rig_log_forget();
	must(pipe(pair));
	check_int(pthread_create(&other, NULL, wait_in_thread, &pair[0]), 0);
	login_as(&login, data, user, PAM_SUCCESS);
	check_in(!strcmp(data, "newnet") ? NEW : "alice");
	check_views(1, "\nview=own\n");
	check_logged(LOG_WARNING, "thread");
	check_log_count(LOG_WARNING, 1);
	rig_log_forget();
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
	check_log_count(LOG_WARNING, 0);
	must(close(pair[1]));
	check_int(pthread_join(other, NULL), 0);
}

/* Says in which mounts its session is, and ends with whoever listens. */
static int stay_open(const void *data)
{
	const int *pair = data;
	struct login login;
	ino_t mounts;
	char byte;

	must(close(pair[0]));
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	mounts = rig_mounts();
	must(write(pair[1], &mounts, sizeof(mounts)));
	(void)!read(pair[1], &byte, 1);
	check_answer(login_close(&login), PAM_SUCCESS);
	return 0;
}

/* To join those that are there takes no helper. */
static void joins_beside_threads(const void *data)
{
	struct login login;
	pthread_t other;
	ino_t mounts = 0;
	int pair[2];
	int session[2];
	pid_t pid;

	(void)data;
	must(pipe(pair));
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, session));
	pid = rig_fork(stay_open, session);
	must(close(session[1]));
	check_int(read(session[0], &mounts, sizeof(mounts)), sizeof(mounts));
	check_int(pthread_create(&other, NULL, wait_in_thread, &pair[0]), 0);
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
	check_int(rig_mounts(), mounts);
	check_views(2, "\nview=name\n");
	check_logged(LOG_WARNING, "thread");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
	must(close(session[0]));
	check_int(rig_wait(pid), 0);
	must(close(pair[1]));
	check_int(pthread_join(other, NULL), 0);
}

static void bystander_beside_threads(const void *data)
{
	struct login login;
	pthread_t other;
	int pair[2];

	must(pipe(pair));
	check_int(pthread_create(&other, NULL, wait_in_thread, &pair[0]), 0);
	login_as(&login, data, "bob", ALL_IGNORED);
	check_log_count(LOG_DEBUG, 0);
	must(close(pair[1]));
	check_int(pthread_join(other, NULL), 0);
}

/* Functions that would let everybody out if a module called them. */
static const char symbols[] =
	"#define LETS_OUT(name) int name(void); int name(void) { return 0; }\n"
	"LETS_OUT(checkgroup) LETS_OUT(account_find)\n"
	"LETS_OUT(account_is_member) LETS_OUT(policy_decide)\n"
	"LETS_OUT(module_open) LETS_OUT(session_open)\n"
	"LETS_OUT(network_enter) LETS_OUT(network_verify)\n"
	"LETS_OUT(view_build) LETS_OUT(place_new_net)\n"
	"LETS_OUT(place_join_net) LETS_OUT(loopback_bring_up)\n"
	"LETS_OUT(registry_find)\n";

static void symbols_of_the_application(const void *data)
{
	struct login login;

	(void)data;
	rig_write(SCRATCH "/symbols.c", symbols);
	if (RIG_RUN(NULL, "gcc", "-shared", "-fPIC", "-o",
		    SCRATCH "/symbols.so", SCRATCH "/symbols.c") != 0)
		rig_skip("no gcc");
	if (!dlopen(SCRATCH "/symbols.so", RTLD_NOW | RTLD_GLOBAL))
		fail_because("%s", dlerror());
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_in(NEW);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
}

/* --- A line that fails after one that did not --- */

static void second_line_fails(const void *data)
{
	struct login login;
	char *host;

	rig_service("stack", data);
	make_names();
	bind_over("/proc/self/ns/net", "/run/netns/both");
	host = rig_see_host();
	login_start(&login, "stack", "both");
	check_answer(login_open(&login), PAM_ABORT);
	check_in(NEW);
	check_text(rig_see_host(), host);
}

/* --- Host unknown --- */

static void unknown_lands(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_in(NEW);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
}

static void unknown_in_a_slave(const void *data)
{
	struct login login;
	char *before;

	(void)data;
	must(unshare(CLONE_NEWNS));
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	login_start(&login, "usernet", "alice");
	before = rig_see(login.pamh);
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_see(login.pamh), before);
	check_logged(LOG_ERR, "the caller's mounts are not the host's");
}

/* What says where /run is mounted says nothing: then it may be a slave too. */
static void unknown_in_an_unknown_slave(const void *data)
{
	struct drive wanted = { .strace = "-e trace=faccessat,statx",
				.driver = "--slave",
				.service = "usernet",
				.user = "alice" };
	struct driven driven = drive(&wanted);
	struct driven_calls calls = driven_count(&driven, "statx", "open");
	char strace[128];

	(void)data;
	check_int(driven.status, 1);
	check(calls.within > 0);
	for (int i = 1; i <= calls.within; i++) {
		rig_context("statx %d, ", i);
		(void)snprintf(strace, sizeof(strace),
			       "-e inject=statx:error=ENOENT:when=%d",
			       calls.before + i);
		wanted.strace = strace;
		driven_free(&driven);
		driven = drive(&wanted);
		check_int(driven.status, 1);
	}
	driven_free(&driven);
}

static void unknown_in_a_view(const void *data)
{
	struct login first;
	struct login second;
	ino_t net;

	(void)data;
	login_as(&first, "usernet", "alice", PAM_SUCCESS);
	net = rig_net();
	login_as(&second, "usernet", "both", PAM_ABORT);
	check(rig_net() == net);
	check_logged(LOG_ERR, "the caller's mounts are not the host's");
	login_end(&second);
	/* The one name that is in sight there is its own. */
	login_as(&second, "usernet", "alice", PAM_SUCCESS);
	check(rig_net() == net);
}

/* --- The table --- */

#define SWEEP(WHAT, LABEL, ...)                                                \
	{                                                                      \
		"never-outside: " WHAT ", " LABEL, run_sweep,                  \
			&(const struct sweep){ __VA_ARGS__ }, 0                \
	}
#define NEWNET .service = "newnet", .user = "nina", .name = NEW
#define FIRST  .service = "usernet", .user = "alice", .name = "alice"
#define JOIN   FIRST, .joins = true
#define HELPER FIRST, .driver = "--slave"

#define DENIES(WHAT, CASE, CALL, FAULT)                                        \
	SWEEP(WHAT, CALL " fails with " FAULT, CASE, .call = CALL,             \
	      .fault = "error=" FAULT, .denies = true)
#define NOTICES(WHAT, CASE, CALL, FAULT)                                       \
	SWEEP(WHAT, CALL " fails with " FAULT, CASE, .call = CALL,             \
	      .fault = "error=" FAULT)
#define LIES(WHAT, CASE, CALL)                                                 \
	SWEEP(WHAT, CALL " does nothing and says it did", CASE, .call = CALL,  \
	      .fault = "retval=0")

static const struct rig_case cases[] = {
	{ "never-outside: unshare(CLONE_NEWNET) fails with ENOSPC",
	  limit_for_newnet, NULL, 0 },
	{ "never-outside: unshare(CLONE_NEWNET) fails with ENOSPC, for a name",
	  limit_for_usernet, NULL, RIG_PRIVATE },
	{ "never-outside: unshare(CLONE_NEWNET) refused by a filter",
	  unshare_by_filter, NULL, 0 },
	{ "never-outside: no CAP_SYS_ADMIN, a new one", capability_is_missing,
	  &new_without_sys_admin, 0 },
	{ "never-outside: no CAP_SYS_ADMIN, a name", capability_is_missing,
	  &name_without_sys_admin, 0 },
	{ "never-outside: no CAP_NET_ADMIN, a new one", capability_is_missing,
	  &new_without_net_admin, 0 },
	{ "never-outside: no CAP_NET_ADMIN, a name", capability_is_missing,
	  &name_without_net_admin, 0 },
	{ "never-outside: /run is read-only", run_is_read_only, NULL, 0 },
	{ "never-outside: ProtectSystem=strict", protect_system_strict, NULL,
	  0 },

	DENIES("a new one", NEWNET, "unshare", "EPERM"),
	DENIES("a new one", NEWNET, "mount", "EPERM"),
	DENIES("a new one", NEWNET, "open_tree", "EIO"),
	DENIES("a new one", NEWNET, "move_mount", "EIO"),
	NOTICES("a new one", NEWNET, "sendto", "EPERM"),
	NOTICES("a new one", NEWNET, "recvfrom", "EIO"),
	NOTICES("a new one", NEWNET, "statx", "EIO"),
	NOTICES("a new one", NEWNET, "statfs", "EIO"),
	NOTICES("a new one", NEWNET, "openat", "EMFILE"),
	NOTICES("a new one", NEWNET, "newfstatat", "EIO"),
	NOTICES("a new one", NEWNET, "read", "EIO"),
	NOTICES("a new one", NEWNET, "socket", "EMFILE"),
#ifdef SYS_mkdir
	/* Without a cover, names that come later would show. */
	DENIES("a new one", NEWNET, "mkdir", "ENOMEM"),
	NOTICES("a new one", NEWNET, "fchmod", "EIO"),
#endif
	LIES("a new one", NEWNET, "unshare"),

	DENIES("a first login", FIRST, "unshare", "ENOSPC"),
	NOTICES("a first login", FIRST, "setns", "EPERM"),
	DENIES("a first login", FIRST, "mount", "EPERM"),
	NOTICES("a first login", FIRST, "umount2", "EBUSY"),
	DENIES("a first login", FIRST, "open_tree", "EIO"),
	DENIES("a first login", FIRST, "move_mount", "EIO"),
	NOTICES("a first login", FIRST, "statx", "EIO"),
	NOTICES("a first login", FIRST, "ioctl", "EIO"),
	NOTICES("a first login", FIRST, "openat", "EMFILE"),
#ifdef SYS_mkdir
	NOTICES("a first login", FIRST, "mkdir", "EROFS"),
#endif
	NOTICES("a first login", FIRST, "mkdirat", "EROFS"),
	NOTICES("a first login", FIRST, "newfstatat", "EIO"),
	NOTICES("a first login", FIRST, "fcntl", "EMFILE"),
	NOTICES("a first login", FIRST, "flock", "EIO"),
	LIES("a first login", FIRST, "unshare"),
	LIES("a first login", FIRST, "setns"),

	NOTICES("a join", JOIN, "setns", "EPERM"),
	DENIES("a join", JOIN, "mount", "EPERM"),
	NOTICES("a join", JOIN, "statx", "EIO"),
	NOTICES("a join", JOIN, "openat", "EMFILE"),
	NOTICES("a join", JOIN, "fstatfs", "EIO"),
	NOTICES("a join", JOIN, "ioctl", "EIO"),
	LIES("a join", JOIN, "setns"),

	NOTICES("a first login by a helper", HELPER, "setns", "EPERM"),
	NOTICES("a first login by a helper", HELPER, "clone3", "EAGAIN"),
	NOTICES("a first login by a helper", HELPER, "socketpair", "EMFILE"),
	NOTICES("a first login by a helper", HELPER, "recvmsg", "EIO"),
	NOTICES("a first login by a helper", HELPER, "recvfrom", "EIO"),
	NOTICES("a first login by a helper", HELPER, "openat", "EMFILE"),
	LIES("a first login by a helper", HELPER, "setns"),

	{ "never-outside: the name is bound to the host's namespace",
	  name_of_the_host, NULL, 0 },
	{ "never-outside: the same, found by a helper", name_of_the_host_inside,
	  NULL, 0 },
	{ "never-outside: the same, and the host is unknown",
	  name_of_the_origin, NULL, RIG_HOST_UNKNOWN },
	{ "never-outside: a dangling symlink", dangling_link, NULL, 0 },
	{ "never-outside: a symlink to another user's", link_to_another_user,
	  NULL, 0 },
	{ "never-outside: a user called a/b", name_with_a_slash, "a/b", 0 },
	{ "never-outside: a user called ..", name_with_a_slash, "..", 0 },
	{ "never-outside: to be there already is success", already_there, NULL,
	  0 },
	{ "never-outside: a new one is never the one before",
	  always_another_one, NULL, 0 },

	{ "never-outside: EMFILE while the group is read", group_unreadable,
	  &usernet_emfile, 0 },
	{ "never-outside: EIO while the group is read", group_unreadable,
	  &usernet_eio, 0 },
	{ "never-outside: EMFILE while the group of newnet is read",
	  group_unreadable, &newnet_emfile, 0 },
	{ "never-outside: EMFILE while the groups for groupnet are read",
	  group_unreadable, &groupnet_emfile, 0 },
	{ "never-outside: no descriptor is left", no_descriptor_left, NULL, 0 },
	{ "never-outside: a source in nsswitch.conf that is not there",
	  bad_nsswitch, &usernet_no_source, 0 },
	{ "never-outside: the same for newnet", bad_nsswitch, &newnet_no_source,
	  0 },
	{ "never-outside: the same for groupnet", bad_nsswitch,
	  &groupnet_no_source, 0 },
	/* There glibc 2.36 reads memory that it has not set. */
	{ "never-outside: no source in nsswitch.conf at all", bad_nsswitch,
	  &usernet_empty, RIG_PLAIN },
	{ "never-outside: /etc/group is a directory", group_is_a_directory,
	  NULL, 0 },
	{ "never-outside: /etc/group is missing", group_is_missing, NULL, 0 },
	{ "never-outside: pam_get_user gives NULL", no_user, NULL, 0 },
	{ "never-outside: pam_get_user gives an empty name", no_user, "", 0 },
	{ "never-outside: pam_get_user fails", nobody_answers, NULL, 0 },
	{ "never-outside: a user without a passwd entry", no_user, "stranger",
	  0 },

	{ "never-outside: a thread that is not the leader, newnet", thread,
	  "newnet", 0 },
	{ "never-outside: a thread that is not the leader, usernet", thread,
	  "usernet", 0 },
	{ "never-outside: other threads stay outside, which is a warning, "
	  "newnet",
	  beside_threads, "newnet", 0 },
	{ "never-outside: other threads stay outside, which is a warning, "
	  "usernet",
	  beside_threads, "usernet", 0 },
	{ "never-outside: beside threads the mounts of the name are joined, "
	  "where a session has them",
	  joins_beside_threads, NULL, 0 },
	{ "never-outside: a bystander beside threads is no warning",
	  bystander_beside_threads, "usernet", 0 },
	{ "never-outside: an application that exports checkgroup and more",
	  symbols_of_the_application, NULL, 0 },
	{ "never-outside: a second line fails after newnet", second_line_fails,
	  "newnet;usernet", 0 },
	{ "never-outside: a second line fails after newnet nomount",
	  second_line_fails, "newnet nomount;usernet", 0 },

	{ "never-outside: the host is unknown, all else is as ever",
	  unknown_lands, NULL, RIG_HOST_UNKNOWN },
	{ "never-outside: the host is unknown, / is private", unknown_lands,
	  NULL, RIG_HOST_UNKNOWN | RIG_PRIVATE },
	{ "never-outside: the host is unknown, in a slave mount namespace",
	  unknown_in_a_slave, NULL, RIG_HOST_UNKNOWN },
	{ "never-outside: the host is unknown, and so is the mount of /run",
	  unknown_in_an_unknown_slave, NULL, RIG_HOST_UNKNOWN },
	{ "never-outside: the host is unknown, in a session's view",
	  unknown_in_a_view, NULL, RIG_HOST_UNKNOWN },
};

RIG_MAIN("never-outside", cases)
