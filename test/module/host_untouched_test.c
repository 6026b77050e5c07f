/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host-untouched: the host's mounts differ by the names that we made. */
#include "rig.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char *mounts_of_the_host(void)
{
	char *text = rig_see_host();
	char *start = strstr(text, "mount: ");

	check(start != NULL);
	return start;
}

/* The lines of more that less has not, each of which has one of parts. */
static void check_added(const char *more, const char *less,
			const char *const parts[], size_t count)
{
	char *text = strdup(more);
	char *rest = text;
	size_t added = 0;

	for (char *line = strsep(&rest, "\n"); line;
	     line = strsep(&rest, "\n")) {
		if (!*line || strstr(less, line))
			continue;
		if (added == count || !strstr(line, parts[added]))
			fail_because("the host has also '%s'", line);
		added++;
	}
	check_int(added, count);
	free(text);
}

/* None of the lines that were there is missing or another. */
static void check_kept(const char *after, const char *before)
{
	char *text = strdup(before);
	char *rest = text;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (!strstr(after, line))
			fail_because("the host lost '%s'", line);
	free(text);
}

static void log_in_and_out(const char *service, const char *user)
{
	struct login login;

	login_as(&login, service, user, PAM_SUCCESS);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	rig_log_forget();
}

static void many_logins(const void *data)
{
	static const char *const added[] = { " /run/netns ",
					     " /run/netns/both " };
	const char *lines = data;
	bool named = strstr(lines, "usernet") != NULL;
	char *before;
	char *after;

	rig_service("stack", lines);
	rig_override("both", "hosts", "");
	rig_override("both", "resolv.conf", "");
	before = mounts_of_the_host();
	for (int i = 0; i < 30; i++)
		log_in_and_out("stack", "both");
	after = mounts_of_the_host();
	check_kept(after, before);
	check_added(after, before, added, named ? COUNT(added) : 0);
}

static int log_in_elsewhere(const void *data)
{
	must(unshare(CLONE_NEWNS));
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	log_in_and_out("stack", data);
	return 0;
}

static void many_logins_by_helpers(const void *data)
{
	static const char *const added[] = { " /run/netns ",
					     " /run/netns/both " };
	char *before;
	char *after;

	rig_service("stack", data);
	rig_override("both", "hosts", "");
	before = mounts_of_the_host();
	for (int i = 0; i < 10; i++)
		check_int(rig_wait(rig_fork(log_in_elsewhere, "both")), 0);
	after = mounts_of_the_host();
	check_kept(after, before);
	check_added(after, before, added, COUNT(added));
}

static void two_names(const void *data)
{
	static const char *const added[] = { " /run/netns ",
					     " /run/netns/alice ",
					     " /run/netns/both " };
	char *before = mounts_of_the_host();
	char *after;

	(void)data;
	for (int i = 0; i < 5; i++) {
		log_in_and_out("usernet", "alice");
		log_in_and_out("usernet", "both");
	}
	after = mounts_of_the_host();
	check_kept(after, before);
	check_added(after, before, added, COUNT(added));
}

static void prepared_by_ip(const void *data)
{
	static const char *const added[] = { " /run/netns/alice ",
					     " /run/netns/alice " };
	char *before;
	char *after;

	(void)data;
	if (RIG_RUN(NULL, "ip", "netns", "add", "other") != 0)
		rig_skip("no ip-netns(8)");
	before = mounts_of_the_host();
	for (int i = 0; i < 5; i++)
		log_in_and_out("usernet", "alice");
	after = mounts_of_the_host();
	check_kept(after, before);
	check_added(after, before, added, COUNT(added));
}

/* While sessions are open, too. */
static void open_sessions(const void *data)
{
	struct login outer;
	struct login inner;
	char *before;

	(void)data;
	rig_override("alice", "hosts", "");
	log_in_and_out("usernet", "alice");
	before = mounts_of_the_host();
	login_as(&outer, "usernet", "alice", PAM_SUCCESS);
	check_text(mounts_of_the_host(), before);
	login_as(&inner, "newnet", "nina", PAM_SUCCESS);
	check_text(mounts_of_the_host(), before);
}

static void denials(const void *data)
{
	struct login login;
	char *before;

	(void)data;
	rig_override("alice", "hosts", "");
	must(chmod("/etc/netns/alice/hosts", 0666));
	/* The first one makes the name. */
	login_as(&login, "usernet", "alice", PAM_ABORT);
	login_end(&login);
	before = mounts_of_the_host();
	for (int i = 0; i < 10; i++) {
		login_as(&login, "usernet", "alice", PAM_ABORT);
		login_end(&login);
	}
	check_text(mounts_of_the_host(), before);
}

/* --- Options of mounts, and of what is mounted --- */

static void options_of_sys_stay(const void *data)
{
	char *before;
	char *after;

	(void)data;
	must(mount(NULL, "/sys", NULL,
		   MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV,
		   NULL));
	before = mounts_of_the_host();
	log_in_and_out("newnet", "nina");
	after = mounts_of_the_host();
	check_text(after, before);
}

/* --- rootshared --- */

static void mount_something(const char *where)
{
	rig_mkdir(where);
	must(mount("shared", where, "tmpfs", 0, NULL));
}

static void shared_sessions(const void *data)
{
	static const char *const added[] = { " /run/netns ",
					     " /run/netns/alice " };
	struct login login;
	int mounts = rig_host_mounts_at("/srv");
	char *before;
	char *after;

	rig_service("shared", "usernet rootshared");
	if (data)
		rig_override("alice", data, "the session's\n");
	rig_mkdir("/srv");
	before = mounts_of_the_host();
	for (int i = 0; i < 5; i++)
		log_in_and_out("shared", "alice");
	after = mounts_of_the_host();
	check_kept(after, before);
	check_added(after, before, added, COUNT(added));
	login_as(&login, "shared", "alice", PAM_SUCCESS);
	check_text(mounts_of_the_host(), after);
	if (data)
		check_text(rig_read("/etc/hosts"), "the session's\n");
	mount_something("/srv");
	check_int(rig_host_mounts_at("/srv"), mounts + 1);
	mount_something(SCRATCH "/later");
	check_int(rig_host_mounts_at(SCRATCH "/later"), 1);
	check_int(rig_host_mounts_at("/etc/hosts"), 0);
	/* Inside the session's own /sys and /etc nothing goes out. */
	must(mount("own", "/sys/kernel", "tmpfs", 0, NULL));
	check_int(rig_host_mounts_at("/sys/kernel"), 0);
	if (data)
		must(mount("own", "/etc/pam.d", "tmpfs", 0, NULL));
	check_int(rig_host_mounts_at("/etc/pam.d"), 0);
}

static void mount_later(const void *data)
{
	rig_mkdir(data);
	must(mount("host", data, "tmpfs", 0, NULL));
	if (!strcmp(data, "/srv"))
		rig_write("/srv/mark", "");
}

static void shared_both_ways(const void *data)
{
	struct login login;

	(void)data;
	rig_override("alice", "hosts", "");
	rig_service("shared", "usernet rootshared");
	login_as(&login, "shared", "alice", PAM_SUCCESS);
	rig_on_host(mount_later, "/srv");
	check(rig_exists("/srv/mark"));
}

static void shared_in_a_private_tree(const void *data)
{
	struct login login;

	rig_service("shared", "usernet rootshared");
	rig_override("alice", "hosts", "the session's\n");
	(void)data;
	login_as(&login, "shared", "alice", PAM_SUCCESS);
	check_text(rig_read("/etc/hosts"), "the session's\n");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_int(rig_host_mounts_at("/etc/hosts"), 0);
}

#define CASE(LABEL, FUNCTION, DATA)                                            \
	{                                                                      \
		"host-untouched: " LABEL, FUNCTION, DATA, 0                    \
	}

static const struct rig_case cases[] = {
	CASE("many logins to a new one", many_logins, "newnet"),
	CASE("many logins to a new one, etc=", many_logins, "newnet etc=both"),
	CASE("many logins to a name", many_logins, "usernet"),
	CASE("many logins through both", many_logins,
	     "newnet;usernet;newnet nomount"),
	{ "host-untouched: many logins to a name, / is private", many_logins,
	  "usernet", RIG_PRIVATE },
	{ "host-untouched: many logins, the host is unknown", many_logins,
	  "usernet", RIG_HOST_UNKNOWN },
	CASE("many logins from mounts of their own", many_logins_by_helpers,
	     "usernet"),
	CASE("two names", two_names, NULL),
	CASE("two mounts a name where ip-netns(8) prepared", prepared_by_ip,
	     NULL),
	CASE("while sessions are open", open_sessions, NULL),
	CASE("denials", denials, NULL),
	CASE("a read-only /sys stays so", options_of_sys_stay, NULL),
	CASE("rootshared", shared_sessions, NULL),
	CASE("rootshared with overrides", shared_sessions, "hosts"),
	CASE("rootshared with overrides, the host's mounts come in",
	     shared_both_ways, NULL),
	{ "host-untouched: rootshared, /etc on the root's mount",
	  shared_sessions, NULL, RIG_ONE_ROOT },
	{ "host-untouched: rootshared with overrides, /etc on the root's mount",
	  shared_sessions, "hosts", RIG_ONE_ROOT },
	{ "host-untouched: rootshared with overrides, the host's mounts come "
	  "in, /etc on the root's mount",
	  shared_both_ways, NULL, RIG_ONE_ROOT },
	{ "host-untouched: rootshared where / is private, /etc on the root's "
	  "mount",
	  shared_in_a_private_tree, NULL, RIG_PRIVATE | RIG_ONE_ROOT },
	{ "host-untouched: rootshared where / is private",
	  shared_in_a_private_tree, NULL, RIG_PRIVATE },
};

RIG_MAIN("host-untouched", cases)
