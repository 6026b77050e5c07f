/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bystander: who is no member meets name-service look-ups and nothing else. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

struct bystander {
	const char *lines;
	const char *user;
};

/* All that could move, make or mount something, or wait. */
static const char calls[] =
	"unshare,setns,mount,umount2,open_tree,move_mount,chroot,chdir,fchdir,"
	"clone,clone3,fork,vfork,execve,mkdir,mkdirat,unlink,unlinkat,rmdir,"
	"flock,kill,prctl,rt_sigaction,rt_sigprocmask,umask,setrlimit,setuid,"
	"setresuid,bind,nanosleep,clock_nanosleep,fchmod,chmod";

static void check_calls(const struct driven *driven)
{
	char *text = strdup(driven->trace);
	char *start = strstr(text, "mark:open\"");
	char *end = strstr(text, "mark:opened");
	char *rest = start;

	check(start != NULL && end != NULL);
	*end = '\0';
	(void)strsep(&rest, "\n");
	for (char *line = strsep(&rest, "\n"); line && *line;
	     line = strsep(&rest, "\n")) {
		/* libpam tells the audit system, the library asks nscd. */
		if (strstr(line, "NETLINK_AUDIT") ||
		    strstr(line, "socket(AF_UNIX") ||
		    strstr(line, "faccessat("))
			continue;
		fail_because("a bystander calls %s", line);
	}
	free(text);
}

static void only_looks_up(const void *data)
{
	const struct bystander *bystander = data;
	struct driven driven;
	char lines[256];
	char strace[512];
	char *before;
	char *after;

	(void)snprintf(lines, sizeof(lines), "%s;permit", bystander->lines);
	rig_service("stack", lines);
	(void)snprintf(strace, sizeof(strace), "-e trace=faccessat,socket,%s",
		       calls);
	driven = drive(&(struct drive){ .strace = strace,
					.driver = "--close",
					.service = "stack",
					.user = bystander->user });
	check_int(driven.status, 0);
	check_calls(&driven);
	before = driven_block(&driven, "before");
	after = driven_block(&driven, "open");
	check_text(after, before);
	after = driven_block(&driven, "close");
	check_text(after, before);
	check_log_count(LOG_INFO, 0);
	check(!rig_exists("/run/pam_net"));
	check(!rig_exists("/run/netns"));
}

static void is_ignored(const void *data)
{
	const struct bystander *bystander = data;
	struct login login;
	char *before;

	rig_service("stack", bystander->lines);
	login_start(&login, "stack", bystander->user);
	before = rig_see(login.pamh);
	check_answer(login_open(&login), ALL_IGNORED);
	check_text(rig_see(login.pamh), before);
	check_text(login.said, "");
	login_end(&login);
	/* libpam shows what close answers only if open was not called. */
	login_start(&login, "stack", bystander->user);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see(login.pamh), before);
	check_text(login.said, "");
}

/* A host on which no member could log in. */
static void nothing_can_fail_it(const void *data)
{
	const struct bystander *bystander = data;
	struct login login;

	rig_service("stack", bystander->lines);
	rig_mkdir("/run/netns/bob");
	rig_write("/run/pam_net", "");
	must(mount(NULL, "/run", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	must(umount2("/sys", MNT_DETACH));
	must(mount("none", "/proc", "tmpfs", 0, NULL));
	login_as(&login, "stack", bystander->user, ALL_IGNORED);
	check_log_count(LOG_INFO, 0);
}

static void default_group_is_missing(const void *data)
{
	const struct bystander *bystander = data;
	struct login login;

	rig_write("/etc/group", "root:x:0:\nalice:x:3001:\n");
	rig_service("stack", bystander->lines);
	login_as(&login, "stack", bystander->user, ALL_IGNORED);
	check_in(HOST);
}

static void says_so_when_asked(const void *data)
{
	struct login login;

	(void)data;
	rig_service("stack", "newnet debug");
	login_as(&login, "stack", "bob", ALL_IGNORED);
	check_logged(LOG_DEBUG, "'bob' is not a member");
	check_log_count(LOG_DEBUG, 1);
}

#define BYSTANDER(LABEL, LINES, USER)                                          \
	{ "bystander: only looks up, " LABEL, only_looks_up,                   \
	  &(const struct bystander){ LINES, USER }, 0 },                       \
	{                                                                      \
		"bystander: is ignored, " LABEL, is_ignored,                   \
			&(const struct bystander){ LINES, USER }, 0            \
	}

static const struct rig_case cases[] = {
	BYSTANDER("newnet", "newnet", "bob"),
	BYSTANDER("usernet", "usernet", "bob"),
	BYSTANDER("groupnet", "groupnet", "bob"),
	BYSTANDER("all three", "newnet;usernet;groupnet", "bob"),
	BYSTANDER("root", "newnet;usernet;groupnet", "root"),
	BYSTANDER("a member of another", "newnet;groupnet", "alice"),
	BYSTANDER("with arguments",
		  "newnet group=usernet nomount lodown;usernet group=newnet",
		  "bob"),
	{ "bystander: a broken host does not keep him out, newnet",
	  nothing_can_fail_it, &(const struct bystander){ "newnet", "bob" },
	  0 },
	{ "bystander: a broken host does not keep him out, usernet",
	  nothing_can_fail_it, &(const struct bystander){ "usernet", "bob" },
	  0 },
	{ "bystander: everybody is, if the default group is missing, newnet",
	  default_group_is_missing,
	  &(const struct bystander){ "newnet", "alice" }, 0 },
	{ "bystander: everybody is, if the default group is missing, usernet",
	  default_group_is_missing,
	  &(const struct bystander){ "usernet", "alice" }, 0 },
	{ "bystander: a debug line and no more", says_so_when_asked, NULL, 0 },
};

RIG_MAIN("bystander", cases)
