/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inverse: the last of our closes takes the caller back to the origin. */
#include "rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT SCRATCH "/root"

/* --- Every stack --- */

static const char *const lines[] = { "newnet", "newnet nomount", "usernet",
				     "groupnet" };

/* Where a user lands by each line; NULL: nowhere. */
static const struct {
	const char *user;
	const char *lands[COUNT(lines)];
} users[] = {
	{ "alice", { NULL, NULL, "alice", NULL } },
	{ "nina", { NEW, NEW, NULL, NULL } },
	{ "both", { NEW, NEW, "both", "lab2" } },
	{ "lara", { NULL, NULL, NULL, "lab" } },
	{ "bob", { NULL, NULL, NULL, NULL } },
};

/* The peer has no pam_groupnet. */
static size_t kinds_of_lines(void)
{
	return rig_is_peer() ? COUNT(lines) - 1 : COUNT(lines);
}

/* A stack is a number, its digits are lines. */
static const char *stack_write(size_t stack, size_t length, size_t user)
{
	const char *last = HOST;
	char text[512] = "";

	for (size_t i = 0; i < length; i++) {
		size_t line = stack % kinds_of_lines();

		stack /= kinds_of_lines();
		strcat(text, lines[line]);
		strcat(text, ";permit;");
		if (users[user].lands[line])
			last = users[user].lands[line];
	}
	strcat(text, "permit");
	rig_service("stack", text);
	rig_context("%s, %s: ", users[user].user, text);
	return last;
}

static int try_stack(size_t stack, size_t length, size_t user)
{
	struct login login;
	char *before;
	char *host;
	const char *last = stack_write(stack, length, user);

	must(chdir("/usr"));
	login_start(&login, "stack", users[user].user);
	before = rig_see_self(NULL);
	check_answer(login_open(&login), PAM_SUCCESS);
	check_in(last);
	host = rig_see_host();
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see_self(NULL), before);
	check_text(rig_see_host(), host);
	/* A handle may open once more. */
	check_answer(login_open(&login), PAM_SUCCESS);
	check_in(last);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see_self(NULL), before);
	login_end(&login);
	rig_log_forget();
	return 0;
}

static void every_stack(const void *data)
{
	size_t length = *(const size_t *)data;
	size_t stacks = 1;

	rig_append("/etc/group", "groupnet-lab2:x:3104:both\n");
	for (size_t i = 0; i < length; i++)
		stacks *= kinds_of_lines();
	for (size_t user = 0; user < COUNT(users); user++)
		for (size_t stack = 0; stack < stacks; stack++)
			(void)try_stack(stack, length, user);
}

/* --- Nested handles --- */

static void nested(const void *data)
{
	static const char *const stacks[] = { "newnet;usernet", "usernet",
					      "newnet", "newnet nomount",
					      "usernet;newnet" };
	struct login logins[COUNT(stacks)];
	char *before[COUNT(stacks)];

	(void)data;
	for (size_t i = 0; i < COUNT(stacks); i++) {
		rig_service("stack", stacks[i]);
		rig_context("%zu %s: ", i, stacks[i]);
		login_start(&logins[i], "stack", "both");
		before[i] = rig_see_self(NULL);
		check_answer(login_open(&logins[i]), PAM_SUCCESS);
	}
	for (size_t i = COUNT(stacks); i-- > 0;) {
		rig_context("back from %zu %s: ", i, stacks[i]);
		check_answer(login_close(&logins[i]), PAM_SUCCESS);
		/* Their descriptors are those of the handles further out. */
		check_text(rig_see_self(NULL), before[i]);
		login_end(&logins[i]);
	}
	check_in(HOST);
}

static void nested_host_name(const void *data)
{
	struct login outer;
	struct login inner;

	(void)data;
	login_as(&outer, "newnet", "nina", PAM_SUCCESS);
	login_as(&inner, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
	check(rig_host_mounts_at("/run/netns/alice") == 1);
	check_answer(login_close(&inner), PAM_SUCCESS);
	check_in(NEW);
	check_answer(login_close(&outer), PAM_SUCCESS);
	check_in(HOST);
}

static void outer_closes_first(const void *data)
{
	struct login outer;
	struct login inner;

	(void)data;
	login_as(&outer, "newnet", "nina", PAM_SUCCESS);
	login_as(&inner, "usernet", "alice", PAM_SUCCESS);
	check_answer(login_close(&outer), PAM_SUCCESS);
	check_in(HOST);
	check_answer(login_close(&inner), PAM_SUCCESS);
	check_in(NEW);
}

static void close_twice(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
	must(unshare(CLONE_NEWNET));
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(NEW);
}

/* --- What the application does between open and close --- */

static int fd_of(const char *want)
{
	for (int fd = 3; fd < 64; fd++) {
		char path[32];
		char to[64] = "";

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (readlink(path, to, sizeof(to) - 1) > 0 &&
		    !strncmp(to, want, strlen(want)))
			return fd;
	}
	return -1;
}

static void descriptors_closed(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	for (int fd = 3; fd < 64; fd++)
		if (fd == fd_of("net:[") || fd == fd_of("mnt:["))
			must(close(fd));
	check_int(fd_of("net:["), -1);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(NEW);
	login_end(&login);
}

/* The numbers are the application's by then: neither used nor closed. */
static void descriptors_reused(const void *data)
{
	struct login login;
	int net;
	int mounts;
	int file;
	char *after;

	(void)data;
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	net = fd_of("net:[");
	mounts = fd_of("mnt:[");
	check(net >= 0 && mounts >= 0);
	file = (int)must(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
	must(dup2(file, mounts));
	/* A namespace, but another one. */
	file = (int)must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	must(dup2(file, net));
	after = rig_see_self(NULL);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see_self(NULL), after);
	login_end(&login);
	check_text(rig_see_self(NULL), after);
}

static void no_directory_held(const void *data)
{
	struct login login;
	struct stat st;

	login_as(&login, data, "both", PAM_SUCCESS);
	for (int fd = 0; fd < 256; fd++)
		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
			fail_because("%d is a directory", fd);
}

static void descriptors_close_on_exec(const void *data)
{
	struct login login;
	char *output;

	(void)data;
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_int(RIG_RUN(&output, "ls", "-l", "/proc/self/fd"), 0);
	check_no_part(output, "net:[");
	check_no_part(output, "mnt:[");
}

static void end_without_close(const void *data)
{
	struct login login;
	char *before = rig_see_self(NULL);
	const char *text = strstr(before, "fd 0");
	char *after;

	login_as(&login, data, "both", PAM_SUCCESS);
	login_end(&login);
	after = rig_see_self(NULL);
	check_text(strstr(after, "fd 0"), text);
}

static int count_fds(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	check(directory != NULL);
	while (readdir(directory))
		count++;
	(void)closedir(directory);
	return count;
}

static void many_opens_leak_nothing(const void *data)
{
	struct login login;
	int before;

	rig_service("stack", data);
	login_start(&login, "stack", "both");
	before = count_fds();
	for (int i = 0; i < 20; i++) {
		check_answer(login_open(&login), PAM_SUCCESS);
		check_answer(login_close(&login), PAM_SUCCESS);
	}
	check_int(count_fds(), before);
	check_in(HOST);
}

static int close_in_child(const void *data)
{
	struct login login = *(const struct login *)data;

	check_in("alice");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
	login_end(&login);
	return 0;
}

static void forked_child(const void *data)
{
	struct login login;
	char *before = rig_see_self(NULL);

	(void)data;
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_int(rig_wait(rig_fork(close_in_child, &login)), 0);
	check_in("alice");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see_self(NULL), before);
}

static int end_in_child(const void *data)
{
	struct login login = *(const struct login *)data;
	char *before = rig_see_self(NULL);
	char *after;

	(void)pam_end(login.pamh, PAM_SUCCESS | PAM_DATA_SILENT);
	after = rig_see_self(NULL);
	*strstr(before, "fd 0") = '\0';
	*strstr(after, "fd 0") = '\0';
	check_text(after, before);
	return 0;
}

static void ended_in_child(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_int(rig_wait(rig_fork(end_in_child, &login)), 0);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
}

static void privileges_dropped(const void *data)
{
	struct login login;
	ino_t net;

	(void)data;
	rig_service("debug", "usernet debug");
	login_as(&login, "debug", "alice", PAM_SUCCESS);
	must(setresgid(65534, 65534, 65534));
	must(setresuid(65534, 65534, 65534));
	net = rig_net();
	check_answer(login_close(&login), PAM_SUCCESS);
	check(rig_net() == net);
	check_logged(LOG_DEBUG, "cannot go back");
	check_log_count(LOG_WARNING, 0);
}

static void cwd_moved(const void *data)
{
	struct login login;
	char *before;

	(void)data;
	must(chdir("/usr"));
	before = rig_see_self(NULL);
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	must(chdir("/"));
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see_self(NULL), before);
}

static void cwd_gone_before(const void *data)
{
	struct login login;
	char path[64];

	(void)data;
	must(mkdir("/run/gone", 0700));
	must(chdir("/run/gone"));
	must(rmdir("/run/gone"));
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
	check(getcwd(path, sizeof(path)) != NULL);
	check_text(path, "/");
}

static void cwd_gone_meanwhile(const void *data)
{
	struct login login;
	char path[64];

	(void)data;
	must(mkdir("/run/gone", 0700));
	must(chdir("/run/gone"));
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	must(rmdir("/run/gone"));
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
	check(getcwd(path, sizeof(path)) != NULL);
	check_text(path, "/");
}

static void chrooted(const void *data)
{
	struct login login;
	char *before;

	rig_service("stack", data);
	rig_mkdir(ROOT);
	must(mount("/", ROOT, NULL, MS_BIND | MS_REC, NULL));
	must(chroot(ROOT));
	must(chdir("/usr"));
	login_start(&login, "stack", "both");
	before = rig_see_self(NULL);
	check_answer(login_open(&login), PAM_SUCCESS);
	check_in(strstr(data, "usernet") ? "both" : NEW);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see_self(NULL), before);
}

/* No mounts of one's own in there, but the network is no matter of mounts. */
static void chrooted_plainly(const void *data)
{
	struct login login;
	char *before;

	(void)data;
	must(mkdir(SCRATCH "/plain", 0755));
	must(mkdir(SCRATCH "/plain/etc", 0755));
	must(mkdir(SCRATCH "/plain/proc", 0755));
	rig_write(SCRATCH "/plain/etc/passwd", "nina:x:3002:3002::/:/bin/sh\n");
	rig_write(SCRATCH "/plain/etc/group", "newnet:x:3101:nina\n");
	must(mount("proc", SCRATCH "/plain/proc", "proc", 0, NULL));
	rig_service("nomount", "newnet nomount");
	login_start(&login, "nomount", "nina");
	must(chroot(SCRATCH "/plain"));
	must(chdir("/"));
	before = rig_see_self(NULL);
	check_answer(login_open(&login), PAM_SUCCESS);
	check_in(NEW);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see_self(NULL), before);
}

static void module_between_fails(const void *data)
{
	struct login login;

	(void)data;
	/* A module of another kind between, which fails. */
	rig_service("stack", "newnet;[default=ignore] deny;usernet;permit");
	login_as(&login, "stack", "both", PAM_SUCCESS);
	check_in("both");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
}

/* After a denial of the stack an application may close all the same. */
static void denied_by_another_module(const void *data)
{
	struct login login;
	char *before;

	rig_service("stack", data);
	login_start(&login, "stack", "both");
	before = rig_see_self(NULL);
	check(login_open(&login) != PAM_SUCCESS);
	(void)login_close(&login);
	check_text(rig_see_self(NULL), before);
}

static void host_unknown(const void *data)
{
	struct login login;
	char *before;

	rig_service("stack", data);
	login_start(&login, "stack", "both");
	before = rig_see_self(NULL);
	check_answer(login_open(&login), PAM_SUCCESS);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_text(rig_see_self(NULL), before);
}

static const size_t one = 1;
static const size_t two = 2;
static const size_t three = 3;

#define CASE(LABEL, FUNCTION, DATA)                                            \
	{                                                                      \
		"inverse: " LABEL, FUNCTION, DATA, 0                           \
	}

static const struct rig_case cases[] = {
	CASE("every stack of one line", every_stack, &one),
	CASE("every stack of two lines", every_stack, &two),
	CASE("every stack of three lines", every_stack, &three),
	{ "inverse: every stack of two lines, / is private", every_stack, &two,
	  RIG_PRIVATE },
	{ "inverse: the host is unknown, newnet", host_unknown,
	  "newnet;newnet nomount", RIG_HOST_UNKNOWN },
	{ "inverse: the host is unknown, usernet", host_unknown,
	  "usernet;usernet", RIG_HOST_UNKNOWN },
	CASE("handles inside handles", nested, NULL),
	CASE("a name from inside a session is the host's", nested_host_name,
	     NULL),
	CASE("the outer handle closes first", outer_closes_first, NULL),
	CASE("a second close does nothing", close_twice, NULL),
	CASE("the application closed our descriptors", descriptors_closed,
	     NULL),
	CASE("the application uses their numbers", descriptors_reused, NULL),
	CASE("no directory is held, newnet", no_directory_held, "newnet"),
	CASE("no directory is held, usernet", no_directory_held, "usernet"),
	CASE("descriptors are close-on-exec", descriptors_close_on_exec, NULL),
	CASE("pam_end without close leaks nothing, newnet", end_without_close,
	     "newnet"),
	CASE("pam_end without close leaks nothing, usernet", end_without_close,
	     "usernet"),
	CASE("many opens leak nothing, newnet", many_opens_leak_nothing,
	     "newnet"),
	CASE("many opens leak nothing, both", many_opens_leak_nothing,
	     "newnet nomount;usernet;newnet"),
	CASE("close in a forked child", forked_child, NULL),
	CASE("pam_end in a forked child", ended_in_child, NULL),
	CASE("close without privileges", privileges_dropped, NULL),
	CASE("the application moved its cwd", cwd_moved, NULL),
	CASE("the cwd was gone before", cwd_gone_before, NULL),
	CASE("the cwd goes meanwhile", cwd_gone_meanwhile, NULL),
	CASE("chrooted to a mount point, newnet", chrooted, "newnet"),
	CASE("chrooted to a mount point, usernet", chrooted, "usernet"),
	CASE("chrooted to a mount point, the network first", chrooted,
	     "newnet nomount;newnet"),
	CASE("chrooted to a mount point, both", chrooted,
	     "newnet nomount;newnet;usernet"),
	CASE("chrooted to a plain directory, nomount", chrooted_plainly, NULL),
	CASE("a module between that fails", module_between_fails, NULL),
	CASE("closed after a denial by another module",
	     denied_by_another_module, "newnet;usernet;deny"),
};

RIG_MAIN("inverse", cases)
