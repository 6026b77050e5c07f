/* SPDX-License-Identifier: GPL-2.0-or-later */
/* policy-file: what the first line that matches says is done, or denied. */
#include "rig.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RULES "/etc/security/netns.conf"

static void write_rules(const char *rules)
{
	rig_mkdir("/etc/security");
	rig_write(RULES, rules);
	rig_service("policy", "usernet config");
}

/* --- What a line can say --- */

struct said {
	const char *rules;
	const char *user;
	int answer;
	const char *lands;
};

static void as_said(const void *data)
{
	const struct said *said = data;
	struct login login;

	write_rules(said->rules);
	login_as(&login, "policy", said->user, said->answer);
	check_in(said->lands);
	if (said->answer != PAM_SUCCESS)
		return;
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
	login_end(&login);
}

static void own_file(const void *data)
{
	struct login login;

	(void)data;
	write_rules("alice * vpn\n");
	rig_write("/etc/own.conf", "alice lab\n");
	rig_service("policy", "usernet config=/etc/own.conf");
	login_as(&login, "policy", "alice", PAM_SUCCESS);
	check_in("lab");
}

/* One process opens the sessions of several users, as jupyterhub can. */
static void several_users_of_one_process(const void *data)
{
	struct login alice;
	struct login both;
	const char *before;

	(void)data;
	write_rules("* jupyterhub -\n@usernet * %u\n");
	rig_service("jupyterhub", "usernet config;permit");
	login_start(&alice, "jupyterhub", "alice");
	login_start(&both, "jupyterhub", "both");
	before = rig_see(NULL);
	check_answer(login_open(&alice), PAM_SUCCESS);
	check_text(rig_see(NULL), before);
	check_answer(login_open(&both), PAM_SUCCESS);
	check_text(rig_see(NULL), before);
	check_answer(login_close(&alice), PAM_SUCCESS);
	check_text(rig_see(NULL), before);
	check_answer(login_close(&both), PAM_SUCCESS);
	check_text(rig_see(NULL), before);
	login_end(&both);
	login_end(&alice);
	/* Another service is not left alone. */
	login_as(&alice, "policy", "alice", PAM_SUCCESS);
	check_in("alice");
}

static void files_of_the_directory(const void *data)
{
	struct login login;

	(void)data;
	rig_mkdir("/etc/security/netns.d");
	rig_write("/etc/security/netns.d/20-b.conf", "alice vpn\n");
	rig_write("/etc/security/netns.d/10-a.conf", "alice lab\n");
	rig_write("/etc/security/netns.d/00-not", "alice no\n");
	rig_service("policy", "usernet config");
	login_as(&login, "policy", "alice", PAM_SUCCESS);
	check_in("lab");
}

/* --- Back to the host --- */

/* As su in a session: alice's, with root's after it. */
static void login_within(struct login *alice, struct login *root)
{
	write_rules("root policy host\n");
	login_as(alice, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
	login_start(root, "policy", "root");
}

static void out_of_a_session(const void *data)
{
	ino_t mounts = rig_mounts();
	struct login alice;
	struct login root;
	ino_t within;

	(void)data;
	login_within(&alice, &root);
	within = rig_mounts();
	check_answer(login_open(&root), PAM_SUCCESS);
	check_in(HOST);
	check_int(rig_mounts(), mounts);
	check_answer(login_close(&root), PAM_SUCCESS);
	check_in("alice");
	check_int(rig_mounts(), within);
}

static void out_of_other_mounts(const void *data)
{
	struct driven driven;
	char *before;
	char *open;
	char *close;

	(void)data;
	write_rules("root policy host\n");
	driven = drive(&(struct drive){ .driver = "--slave --close",
					.service = "policy",
					.user = "root" });
	check_int(driven.status, 0);
	before = driven_block(&driven, "before");
	open = driven_block(&driven, "open");
	close = driven_block(&driven, "close");
	check(strcmp(strstr(open, "mount: "), strstr(before, "mount: ")) != 0);
	check_text(strstr(close, "mount: "), strstr(before, "mount: "));
	free(before);
	free(open);
	free(close);
	driven_free(&driven);
}

/* What the way to the host needs; without it all stays as it was. */
struct needed {
	int call;
	int argument;
	unsigned int mask;
};

static void not_without(const void *data)
{
	const struct needed *needed = data;
	struct login alice;
	struct login root;
	ino_t mounts;

	login_within(&alice, &root);
	mounts = rig_mounts();
	rig_refuse(needed->call, needed->argument, needed->mask, EPERM);
	check_answer(login_open(&root), PAM_ABORT);
	check_in("alice");
	check_int(rig_mounts(), mounts);
}

static void host_unknown(const void *data)
{
	struct login login;

	(void)data;
	write_rules("* * host\n");
	login_as(&login, "policy", "root", PAM_ABORT);
	check_logged(LOG_ERR, "the namespaces of PID 1 cannot be read");
}

/* --- A file that is not understood --- */

struct broken {
	const char *rules;
	void (*break_it)(void);
	const char *message;
};

static void is_missing(void)
{
	must(unlink(RULES));
}

static void is_a_directory(void)
{
	is_missing();
	rig_mkdir(RULES);
}

static void is_a_link(void)
{
	must(rename(RULES, "/etc/elsewhere"));
	must(symlink("/etc/elsewhere", RULES));
}

static void is_a_fifo(void)
{
	is_missing();
	must(mkfifo(RULES, 0600));
}

static void is_writable(void)
{
	must(chmod(RULES, 0664));
}

static void is_large(void)
{
	must(truncate(RULES, (1 << 20) + 1));
}

static void denies_all_but_root(const void *data)
{
	const struct broken *broken = data;
	struct login login;

	write_rules(broken->rules);
	if (broken->break_it)
		broken->break_it();
	login_as(&login, "policy", "root", ALL_IGNORED);
	check_in(HOST);
	check_logged(LOG_WARNING, broken->message);
	login_as(&login, "policy", "bob", PAM_SERVICE_ERR);
	check_in(HOST);
	check_logged(LOG_ERR, broken->message);
}

/* --- Faults --- */

static void rules_for_alice(void)
{
	write_rules("nina * lab\n@groupnet-* * %1\nalice * alice\n");
	rig_mkdir("/etc/security/netns.d");
	rig_write("/etc/security/netns.d/a.conf", "bob * -\n");
}

static void faults(const void *data)
{
	sweep_faults(data);
}

#define SAID(LABEL, ...)                                                       \
	{                                                                      \
		"policy-file: " LABEL, as_said,                                \
			&(const struct said){ __VA_ARGS__ }, 0                 \
	}
#define NEEDS(LABEL, ...)                                                      \
	{                                                                      \
		"policy-file: " LABEL, not_without,                            \
			&(const struct needed){ __VA_ARGS__ }, 0               \
	}
#define BROKEN(LABEL, ...)                                                     \
	{                                                                      \
		"policy-file: " LABEL, denies_all_but_root,                    \
			&(const struct broken){ __VA_ARGS__ }, 0               \
	}
#define FAULT(LABEL, CALL, FAULT)                                              \
	{                                                                      \
		"policy-file: " LABEL, faults,                                 \
			&(const struct sweep){ .service = "policy",            \
					       .user = "alice",                \
					       .name = "alice",                \
					       .prepare = rules_for_alice,     \
					       .call = CALL,                   \
					       .fault = FAULT },               \
			0                                                      \
	}

static const struct rig_case cases[] = {
	SAID("a user, a name", "alice * vpn\n", "alice", PAM_SUCCESS, "vpn"),
	SAID("the first line that matches", "alice * vpn\n* * no\n", "alice",
	     PAM_SUCCESS, "vpn"),
	SAID("the service decides", "* sshd no\n* policy yes\n", "bob",
	     PAM_SUCCESS, "yes"),
	SAID("the name of the user", "* * x%u\n", "bob", PAM_SUCCESS, "xbob"),
	SAID("the name of the primary group", "* * %g%%%U\n", "bob",
	     PAM_SUCCESS, "bob%3004"),
	SAID("what the star stands for, of a group", "@groupnet-* * %1\n",
	     "lara", PAM_SUCCESS, "lab"),
	SAID("a range of groups", "@3103:3103 * high\n", "lara", PAM_SUCCESS,
	     "high"),
	SAID("a range of groups, of others", "@3104: * high\n@:3000 * low\n",
	     "bob", ALL_IGNORED, HOST),
	SAID("a range of users", "3004: * high\n", "bob", PAM_SUCCESS, "high"),
	SAID("a new one", "@usernet * new\n", "alice", PAM_SUCCESS, NEW),
	SAID("left alone", "alice * -\n* * no\n", "alice", ALL_IGNORED, HOST),
	SAID("no line matches", "nina * no\n", "alice", ALL_IGNORED, HOST),
	SAID("to the host from the host", "alice * host\n", "alice",
	     PAM_SUCCESS, HOST),
	{ "policy-file: config= reads that file and no other", own_file, NULL,
	  0 },
	{ "policy-file: a service left alone, of which one process opens "
	  "sessions of several users",
	  several_users_of_one_process, NULL, 0 },
	{ "policy-file: the files of the directory in order",
	  files_of_the_directory, NULL, 0 },

	{ "policy-file: out of a session to the host, and back",
	  out_of_a_session, NULL, 0 },
	{ "policy-file: out of other mounts to the host's, and back",
	  out_of_other_mounts, NULL, 0 },
	NEEDS("no way to the host's network", SYS_setns, 1, CLONE_NEWNET),
	NEEDS("no way to the host's mounts", SYS_setns, 1, CLONE_NEWNS),
	NEEDS("no directories of its own", SYS_unshare, 0, CLONE_FS),
	NEEDS("no look above the root", SYS_chroot, 0, 0),
	{ "policy-file: nobody knows where the host is", host_unknown, NULL,
	  RIG_HOST_UNKNOWN },

	BROKEN("a line that is none", "alice * vpn\nalice\n", NULL,
	       RULES ":2: alice"),
	BROKEN("a group that does not exist", "@nosuch * vpn\n", NULL,
	       "'" RULES ":1: nosuch'"),
	BROKEN("no file", "", is_missing, RULES),
	BROKEN("a directory", "", is_a_directory, "it is a directory"),
	BROKEN("a link", "", is_a_link, "it is a symbolic link"),
	BROKEN("a fifo", "", is_a_fifo, "it is not a file"),
	BROKEN("a file that others can write", "", is_writable,
	       "writable by root only"),
	BROKEN("a file without end", "", is_large, "larger than 1 MiB"),

	FAULT("openat fails with EMFILE", "openat", "error=EMFILE"),
	FAULT("read fails with EIO", "read", "error=EIO"),
	FAULT("a read is interrupted", "read", "error=EINTR"),
	FAULT("getdents64 fails with EIO", "getdents64", "error=EIO"),
};

RIG_MAIN("policy-file", cases)
