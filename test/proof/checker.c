/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks that a disturbed login ended safely. */
#include "checker.h"
#include "../module/see.h"
#include "common/count.h"
#include "leftovers.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <security/pam_appl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Newer architectures have only the calls that take a directory. */
#ifdef SYS_mkdir
#define MKDIR SYS_mkdir
#else
#define MKDIR SYS_mkdirat
#endif

const char *const outcome_names[OUTCOME_COUNT] = {
	[OUTCOME_OPENED] = "opened",
	[OUTCOME_OPENED_WITHOUT] = "opened without what does not exist",
	[OUTCOME_DENIED] = "denied, all undone",
	[OUTCOME_DENIED_LEFT] = "denied, left what the next login uses",
	[OUTCOME_DENIED_STUCK] = "denied, could not go back and logged it",
	[OUTCOME_CLOSED] = "closed",
	[OUTCOME_CLOSED_STAYED] = "closed, stayed in the session",
	[OUTCOME_CLOSED_KEPT] =
		"closed, kept a descriptor it could not identify",
	[OUTCOME_CLOSED_TOP] = "closed, root or cwd at the top of the mounts",
	[OUTCOME_BAD] = "BAD",
};

__attribute__((format(printf, 1, 2))) static struct result
bad(const char *format, ...)
{
	struct result result = { .outcome = OUTCOME_BAD };
	va_list args;

	va_start(args, format);
	(void)vsnprintf(result.why, sizeof(result.why), format, args);
	va_end(args);
	return result;
}

static struct result good(enum outcome outcome)
{
	return (struct result){ .outcome = outcome };
}

/* --- Texts, line by line --- */

static int compare_lines_of_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The C library may open its syslog socket again, with another number. */
static void mask_numbers(char *line, bool all)
{
	char *out = line;
	bool socket = strstr(line, "socket:[") != NULL;

	if (!all && !socket && strncmp(line, "fd ", 3) != 0) {
		return;
	}
	for (const char *in = line; *in; in++) {
		bool hidden = isdigit((unsigned char)*in) &&
			      (all || socket || in < strchr(line, ':'));

		if (hidden && out > line && out[-1] == '#')
			continue;
		*out++ = hidden ? '#' : *in;
	}
	*out = '\0';
}

enum lines {
	LINES_ALL,
	LINES_NOT_NAMES,     /* all but names, which stay after a logout */
	LINES_MOUNTS,	     /* without numbers, and not below NEW_ROOT */
	LINES_GUEST,	     /* what a session must never change */
	LINES_FDS,	     /* descriptors */
	LINES_POSITION,	     /* namespaces, root, cwd, PAM environment */
	LINES_POSITION_ONLY, /* the same without the PAM environment */
	LINES_ROOT,
	LINES_CWD,
};

static bool line_is_wanted(enum lines wanted, const char *line)
{
	static const char *const places[] = { "net:", "mnt:", "root:", "cwd",
					      "PAM environment:" };
	bool mount = !strncmp(line, "mount:", 6);
	bool fd = !strncmp(line, "fd ", 3);
	bool place = false;

	for (size_t i = 0; i < COUNT(places); i++)
		place |= !strncmp(line, places[i], strlen(places[i]));

	switch (wanted) {
	case LINES_ALL:
		return true;
	case LINES_NOT_NAMES:
		return !mount || !strstr(line, "/run/netns");
	case LINES_MOUNTS:
		return mount && !strstr(line, NEW_ROOT);
	case LINES_FDS:
		return fd;
	case LINES_POSITION:
		return place;
	case LINES_POSITION_ONLY:
		return place && strncmp(line, "PAM", 3) != 0;
	case LINES_ROOT:
		return !strncmp(line, "root:", 5);
	case LINES_CWD:
		return !strncmp(line, "cwd", 3);
	case LINES_GUEST:
		return !mount && !fd && !place;
	}
	return false;
}

/* The wanted lines, sorted unless they are mounts; to be freed. */
static char *select_lines(const char *text, enum lines wanted)
{
	char *copy = strdup(text);
	char *lines[2048];
	size_t count = 0;
	char *ret = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&ret, &size);

	if (!copy || !out)
		fatal("no memory");
	for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n")) {
		if (!line_is_wanted(wanted, line))
			continue;
		if (count == COUNT(lines))
			fatal("too many lines");
		mask_numbers(line,
			     wanted == LINES_MOUNTS || wanted == LINES_FDS);
		lines[count++] = line;
	}
	if (wanted != LINES_MOUNTS)
		qsort(lines, count, sizeof(lines[0]), compare_lines_of_text);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n", lines[i]);
	(void)fclose(out);
	free(copy);
	return ret;
}

char *mount_lines(const char *text)
{
	return select_lines(text, LINES_MOUNTS);
}

const char *first_difference(const char *before, const char *after)
{
	static char text[400];
	const char *a = before;
	const char *b = after;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return NULL;
	while (a > before && a[-1] != '\n') {
		a--;
		b--;
	}
	(void)snprintf(text, sizeof(text), "'%.*s' was '%.*s'",
		       (int)strcspn(b, "\n"), b, (int)strcspn(a, "\n"), a);
	return text;
}

static const char *lines_differ(const char *before, const char *after,
				enum lines wanted)
{
	char *a = select_lines(before, wanted);
	char *b = select_lines(after, wanted);
	const char *found = first_difference(a, b);

	free(a);
	free(b);
	return found;
}

/* The same without the name of the login, which may be left. */
static const char *lines_differ_without_name(const struct login *login,
					     const char *before,
					     const char *after,
					     enum lines wanted)
{
	char *a = see_without_name(before, login->netns);
	char *b = see_without_name(after, login->netns);
	const char *found = lines_differ(a, b, wanted);

	free(a);
	free(b);
	return found;
}

/* --- The undisturbed login --- */

struct reference reference_new(const struct report *report,
			       const struct report *own)
{
	const char *text = report->snapshots[STAGE_OPEN].text;

	return (struct reference){
		.fds = select_lines(text, LINES_FDS),
		.mounts = select_lines(text, LINES_MOUNTS),
		.own_mounts = select_lines(own->snapshots[STAGE_OPEN].text,
					   LINES_MOUNTS),
	};
}

void reference_free(struct reference *reference)
{
	free(reference->fds);
	free(reference->mounts);
	free(reference->own_mounts);
}

/* --- Opened --- */

/*
 * Errors that mean "there is nothing to do". The session may then lack the
 * mounts at and below a place, but no others. Paths are fnmatch(3) patterns.
 */
static const struct excuse {
	long number;
	const char *path;
	const char *place;
	int errors[8];
} excuses[] = {
	/* There are no names, and none can be made. */
	{ MKDIR,
	  "/run/netns",
	  "/run/netns",
	  { EEXIST, ENOENT, EROFS, EACCES, ENOSPC, EDQUOT } },
	{ SYS_statx, "/run/netns", "/run/netns", { ENOENT } },
	{ SYS_mount, "/run/netns", "/run/netns", { ENOTDIR } },
	/*
	 * There is no /sys, or it is one of this namespace already, or the new
	 * /sys lacks the directory.
	 */
	{ SYS_statx, "/sys", "/sys", { ENOENT } },
	{ SYS_mount, "/sys", "/sys", { EBUSY } },
	{ SYS_open_tree, "/sys/*", "/sys", { ENOENT } },
	{ SYS_move_mount, "/sys/*", "/sys", { ENOENT, ENOTDIR } },
	/* Nothing was generated, or root has put something in the way. */
	{ SYS_newfstatat,
	  "/run/pam_net/etc/*",
	  "/etc",
	  { ENOENT, ENOTDIR, ELOOP } },
	/* A kernel without cookies: what is generated has another name. */
	{ SYS_getsockopt, "", "/etc", { ENOPROTOOPT } },
	/* There are no overrides, or there is no such file in /etc. */
	{ SYS_newfstatat, "/etc/netns", "/etc", { ENOENT } },
	{ SYS_newfstatat, "/etc/netns/*", "/etc", { ENOENT } },
	{ SYS_openat, "/etc/netns/*", "/etc", { ENOENT } },
	/* The C library treats this as the end of the directory. */
	{ SYS_getdents64, "", "/etc", { ENOENT } },
	{ SYS_newfstatat, "[!/]*", "/etc", { ENOENT } },
	{ SYS_move_mount, "[!/]*", "/etc", { ENOENT } },
};

static bool excuse_has(const struct excuse *excuse, long number, int error)
{
	if (excuse->number != number)
		return false;
	for (const int *at = excuse->errors; *at; at++)
		if (*at == error)
			return true;
	return false;
}

/* Where mounts may be missing after this fault, or NULL. */
static const char *find_excuse(const struct point *point, int error)
{
	for (size_t i = 0; i < COUNT(excuses); i++)
		if (excuse_has(&excuses[i], point->number, error) &&
		    fnmatch(excuses[i].path, point->path, 0) == 0)
			return excuses[i].place;
	return NULL;
}

static bool is_at(const char *path, const char *place)
{
	return place && !strncmp(path, place, strlen(place));
}

/*
 * Covers of what is hidden are made in the tmpfs over /run/netns. Without it
 * they are of another file system, and cover the same.
 */
static bool is_made_at(const char *line, size_t length, const char *place)
{
	static const char cover[] = "/.pam_net.";

	return !strcmp(place, "/run/netns") &&
	       memmem(line, length, cover, sizeof(cover) - 1);
}

/* The lines of mounts that are not at or below place; to be freed. */
static char *lines_outside(const char *text, const char *place)
{
	char part[64];
	char *ret = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&ret, &size);

	if (!out)
		fatal("no memory");
	(void)snprintf(part, sizeof(part), " %s", place);
	while (*text) {
		size_t length = strcspn(text, "\n") + 1;

		if (!memmem(text, length, part, strlen(part)) &&
		    !is_made_at(text, length, place))
			(void)fwrite(text, 1, length, out);
		text += length;
	}
	(void)fclose(out);
	return ret;
}

/* Whether one of the faults excuses that its session lacks what is at path. */
static bool is_excused(const struct trace *trace, const char *path)
{
	const struct point *second = trace->second;

	if (trace->kind == TRACE_FAULT)
		return is_at(path, find_excuse(&trace->target, trace->error)) ||
		       (second &&
			is_at(path, find_excuse(second, trace->second_error)));
	if (trace->kind != TRACE_ALWAYS)
		return false;
	/* The same call fails with other paths, too. */
	for (size_t i = 0; i < COUNT(excuses); i++)
		if (excuse_has(&excuses[i], trace->target.number,
			       trace->error) &&
		    is_at(path, excuses[i].place))
			return true;
	return false;
}

static struct result check_files(const struct login *login,
				 const struct report *report,
				 const struct trace *trace)
{
	const char *path = login_sees_wrong(login, report);

	return path && !is_excused(trace, path)
		       ? bad("opened, and sees another '%s'", path)
		       : good(OUTCOME_OPENED);
}

/* A namespace without a name, for which programs of init= generate files. */
static bool is_new_filled(const struct login *login)
{
	return !strcmp(login->netns, NEW) && strstr(login->stack, " init=");
}

/*
 * Some names are removed as soon as they are mounted, and if that fails no
 * login is denied. An empty file and directory, which cover what is hidden, are
 * in the session's own /run/netns: ip-netns(8) lists them there, and the next
 * helper removes them. What was generated for a namespace without a name is
 * root's alone, and a login two minutes later removes it.
 */
static bool may_keep_names(const struct login *login, const struct trace *trace)
{
	static const long removing[] = { SYS_openat, SYS_lseek, SYS_getdents64,
					 SYS_unlinkat };
	const struct point *point = &trace->target;

	if (point->number == SYS_unlinkat &&
	    (!strcmp(point->path, ".pam_net.file") ||
	     !strcmp(point->path, ".pam_net.directory")))
		return true;
	for (size_t i = 0; i < COUNT(removing); i++)
		if (point->number == removing[i])
			return is_new_filled(login) && point->process == 0;
	return false;
}

/* The same text without what says that a name is gone; to be freed. */
static char *text_with_names(const char *text)
{
	static const char gone[] = "//deleted";
	char *ret = strdup(text);
	char *at = ret;

	if (!ret)
		fatal("no memory");
	while ((at = strstr(at, gone)))
		memmove(at, at + sizeof(gone) - 1,
			strlen(at + sizeof(gone) - 1) + 1);
	return ret;
}

static bool mounts_differ_by_name_only(const char *reference,
				       const char *mounts)
{
	char *wanted = text_with_names(reference);
	char *got = text_with_names(mounts);
	bool same = !strcmp(wanted, got);

	free(wanted);
	free(got);
	return same;
}

/* The mounts are those of the reference, or the fault excuses the rest. */
static struct result check_session_mounts(const struct login *login,
					  const char *reference,
					  const char *mounts,
					  const struct trace *trace)
{
	const char *found = first_difference(reference, mounts);
	const char *place = find_excuse(&trace->target, trace->error);
	char *wanted;
	char *got;

	if (!found || (may_keep_names(login, trace) &&
		       mounts_differ_by_name_only(reference, mounts)))
		return good(OUTCOME_OPENED);
	if (!place)
		return bad("opened with other mounts: %s", found);
	wanted = lines_outside(reference, place);
	got = lines_outside(mounts, place);
	found = first_difference(wanted, got);
	free(wanted);
	free(got);
	if (found)
		return bad("opened with other mounts, not only at %s: %s",
			   place, found);
	return good(OUTCOME_OPENED_WITHOUT);
}

/* The result is bad if the process was killed or ended before the stage. */
static struct result check_end(const struct report *report, int status,
			       enum stage stage)
{
	if (WIFSIGNALED(status))
		return bad("it was killed by signal %d", WTERMSIG(status));
	if (status != 0 || report->last_stage < (int)stage)
		return bad("it ended with status %d at stage %d",
			   WEXITSTATUS(status), report->last_stage);
	return good(OUTCOME_OPENED);
}

static const char *check_guest(const struct report *report, enum stage stage)
{
	return lines_differ(report->snapshots[STAGE_BEFORE].text,
			    report->snapshots[stage].text, LINES_GUEST);
}

static struct result check_opened(const struct login *login,
				  const struct report *report,
				  const struct trace *trace,
				  const struct reference *reference)
{
	const char *text = report->snapshots[STAGE_OPEN].text;
	struct result result;
	char *mounts;
	char *fds;
	const char *found;

	if (!login_is_in_netns(login, report))
		return bad("never-outside: opened, but not in '%s'",
			   login->netns);
	if (report->last_stage < STAGE_CLOSE)
		return bad("it was not closed");
	found = check_guest(report, STAGE_OPEN);
	if (found)
		return bad("guest: %s", found);
	fds = select_lines(text, LINES_FDS);
	found = first_difference(reference->fds, fds);
	free(fds);
	if (found)
		return bad("guest: its descriptors differ: %s", found);
	mounts = select_lines(text, LINES_MOUNTS);
	result = check_session_mounts(login, reference->mounts, mounts, trace);
	if (result.outcome == OUTCOME_BAD)
		result = check_session_mounts(login, reference->own_mounts,
					      mounts, trace);
	free(mounts);
	if (result.outcome != OUTCOME_BAD &&
	    check_files(login, report, trace).outcome == OUTCOME_BAD)
		result = check_files(login, report, trace);
	if (result.outcome == OUTCOME_BAD)
		return result;
	found = lines_differ(report->snapshots[STAGE_BEFORE].text,
			     report->snapshots[STAGE_CLOSE].text,
			     LINES_NOT_NAMES);
	/* NETNS stays in the environment of the PAM handle. */
	if (found && !strstr(found, "PAM environment: NETNS="))
		return bad("inverse: %s", found);
	return result;
}

/* --- Denied --- */

/* NETNS is set last, so the last line has opened if it is set to its name. */
static bool last_line_opened(const struct login *login,
			     const struct snapshot *open)
{
	char entry[300];

	(void)snprintf(entry, sizeof(entry), "PAM environment: NETNS=%s\n",
		       login->netns);
	return strstr(open->text, entry) != NULL;
}

/* The second line was denied. It must be where the first line left it. */
static struct result check_second_line(const struct login *login,
				       const struct report *report,
				       const char *log, bool unreliable)
{
	const char *between = report->snapshots[STAGE_BETWEEN].text;
	const char *open = report->snapshots[STAGE_OPEN].text;
	const char *found = lines_differ(between, open, LINES_FDS);

	if (found && !unreliable)
		return bad("guest: the second line changed descriptors: %s",
			   found);
	/* Without memory pam_putenv(3) loses the variable it replaces. */
	found = lines_differ(between, open,
			     strstr(log, " memory") ? LINES_POSITION_ONLY
						    : LINES_POSITION);
	if (found && strstr(log, "cannot go back either"))
		return good(OUTCOME_DENIED_STUCK);
	if (!found)
		found = lines_differ_without_name(login, between, open,
						  LINES_MOUNTS);
	/* A name that stays is mounted below the first session's mounts. */
	if (found && unreliable && strstr(found, " /run/netns "))
		return good(OUTCOME_DENIED_LEFT);
	if (found)
		return bad("all-or-nothing: the second line leaves %s", found);
	return good(OUTCOME_DENIED);
}

/*
 * In a stack of several lines, the one that failed must be undone. Others may
 * have moved the process, but not to the host.
 */
static struct result check_partial_stack(const struct login *login,
					 const struct report *report,
					 const char *log, bool unreliable)
{
	const struct snapshot *open = &report->snapshots[STAGE_OPEN];
	const char *found = check_guest(report, STAGE_OPEN);

	if (found)
		return bad("guest: %s", found);
	if (open->net == host_net() && strcmp(login->netns, HOST) != 0)
		return bad(
			"never-outside: a line opened, and it is on the host");
	if (*report->snapshots[STAGE_BETWEEN].text &&
	    !last_line_opened(login, open))
		return check_second_line(login, report, log, unreliable);
	return good(OUTCOME_DENIED);
}

/* Whether any line of the stack has opened. */
static bool some_line_opened(const struct report *report, const char *log)
{
	return *report->snapshots[STAGE_BETWEEN].text ||
	       strstr(report->snapshots[STAGE_OPEN].text, "NETNS=") ||
	       strstr(log, ": opened user=");
}

/*
 * Whether the login did not get the answer of its helper. Then nobody removes
 * what was generated, as when the helper is killed.
 */
static bool answer_is_lost(const struct login *login, const struct trace *trace)
{
	return is_new_filled(login) && (trace->target.number == SYS_sendmsg ||
					trace->target.number == SYS_recvmsg);
}

static struct result check_denied(const struct login *login,
				  const struct report *report,
				  const struct trace *trace,
				  const char *host_before, const char *log)
{
	const char *before = report->snapshots[STAGE_BEFORE].text;
	const char *open = report->snapshots[STAGE_OPEN].text;
	const char *found =
		lines_differ_without_name(login, before, open, LINES_ALL);
	enum outcome outcome = OUTCOME_DENIED;
	char *host;

	if (found)
		return bad("all-or-nothing: %s", found);
	if (strstr(log, "cannot go back either"))
		return bad("all-or-nothing: it logs that it is stuck");
	if (report->answers[STAGE_OPEN] == PAM_SESSION_ERR)
		return bad("it returned PAM_SESSION_ERR");
	host = host_snapshot();
	if (first_difference(host_before, host))
		outcome = OUTCOME_DENIED_LEFT;
	found = leftovers_check(login, host_before, host, false);
	free(host);
	if (!found)
		/* A helper has a record, which the next login removes. */
		found = leftovers_check_state(
			login,
			trace->helper_killed || answer_is_lost(login, trace));
	if (found)
		return bad("all-or-nothing: the host has changed: %s", found);
	return good(outcome);
}

struct result check_open(const struct login *login, const struct report *report,
			 const struct trace *trace,
			 const struct reference *reference,
			 const char *host_before, const char *log)
{
	struct result result = check_end(report, trace->status, STAGE_OPEN);

	if (result.outcome == OUTCOME_BAD)
		return result;
	if (report->answers[STAGE_OPEN] == PAM_SUCCESS)
		return check_opened(login, report, trace, reference);
	/* root-gets-in does not hold if the account cannot be read. */
	if (!strcmp(login->user, "root") && !strstr(log, "find the account"))
		return bad("root-gets-in: it returned %d, %s",
			   report->answers[STAGE_OPEN], log);
	if (strchr(login->stack, ';') && some_line_opened(report, log)) {
		result = check_partial_stack(login, report, log, false);
		return result.outcome == OUTCOME_DENIED_STUCK
			       ? bad("all-or-nothing: it logs that it is stuck")
			       : result;
	}
	return check_denied(login, report, trace, host_before, log);
}

/* --- Closed --- */

/* Whether the trace made calls of this number fail. */
static bool call_was_failed(const struct trace *trace, long number)
{
	bool fails = trace->kind == TRACE_FAULT ||
		     trace->kind == TRACE_ALWAYS ||
		     trace->kind == TRACE_CORRUPT;

	return fails && (trace->target.number == number ||
			 (trace->second && trace->second->number == number));
}

/*
 * Root and cwd must be as they were at a stage. setns(2) moves both to the top
 * of the mount namespace. They may stay there if a call that restores them
 * failed.
 */
static struct result check_directories(const struct report *report,
				       enum stage stage,
				       const struct trace *trace,
				       enum outcome outcome)
{
	const char *was = report->snapshots[stage].text;
	const char *now = report->snapshots[STAGE_CLOSE].text;
	const char *found = lines_differ(was, now, LINES_ROOT);

	if (found && !call_was_failed(trace, SYS_fchdir) &&
	    !call_was_failed(trace, SYS_chroot) &&
	    !call_was_failed(trace, SYS_statx))
		return bad("inverse: %s", found);
	if (found)
		return good(OUTCOME_CLOSED_TOP);
	found = lines_differ(was, now, LINES_CWD);
	if (!found)
		return good(outcome);
	if (!strstr(now, "\ncwd path: /\n") ||
	    (!call_was_failed(trace, SYS_openat2) &&
	     !call_was_failed(trace, SYS_statx) &&
	     !call_was_failed(trace, SYS_fchdir) &&
	     !call_was_failed(trace, SYS_getcwd)))
		return bad("inverse: %s", found);
	return good(OUTCOME_CLOSED_TOP);
}

struct result check_close(const struct report *report,
			  const struct trace *trace, bool may_keep_fds)
{
	const struct snapshot *before = &report->snapshots[STAGE_BEFORE];
	const struct snapshot *open = &report->snapshots[STAGE_OPEN];
	const struct snapshot *now = &report->snapshots[STAGE_CLOSE];
	struct result result = check_end(report, trace->status, STAGE_CLOSE);
	enum outcome outcome = OUTCOME_CLOSED;
	const char *found;

	if (result.outcome == OUTCOME_BAD)
		return result;
	if (report->answers[STAGE_CLOSE] != PAM_SUCCESS)
		return bad("close returned %d", report->answers[STAGE_CLOSE]);
	found = check_guest(report, STAGE_CLOSE);
	if (found)
		return bad("guest: %s", found);
	found = lines_differ(before->text, now->text, LINES_FDS);
	if (found && !may_keep_fds)
		return bad("guest: its descriptors differ: %s", found);
	if (found)
		outcome = OUTCOME_CLOSED_KEPT;
	if (now->net == before->net && now->mounts == before->mounts)
		return check_directories(report, STAGE_BEFORE, trace, outcome);
	if (now->net != open->net || now->mounts != open->mounts)
		return bad("inverse: it left one namespace and not the other");
	if (outcome == OUTCOME_CLOSED)
		outcome = OUTCOME_CLOSED_STAYED;
	return check_directories(report, STAGE_OPEN, trace, outcome);
}

/* --- Several faults --- */

static bool modules_logged(const char *log)
{
	return strstr(log, "pam_newnet(") || strstr(log, "pam_usernet(") ||
	       strstr(log, "pam_groupnet(");
}

/* As chdir(2) fails when it goes back. */
static bool differs_by_cwd_only(const struct snapshot *before,
				const struct snapshot *now)
{
	return before->net == now->net && before->mounts == now->mounts &&
	       !lines_differ(before->text, now->text, LINES_ROOT) &&
	       strstr(now->text, "\ncwd path: /\n");
}

/*
 * It could not go back. It must not be on the host, and must log that, unless
 * only its working directory is another one.
 */
static struct result check_not_restored(const struct login *login,
					const struct report *report,
					const char *log)
{
	const struct snapshot *before = &report->snapshots[STAGE_BEFORE];
	const struct snapshot *now = &report->snapshots[STAGE_OPEN];

	if (!strstr(log, "cannot go back either") &&
	    !differs_by_cwd_only(before, now))
		return bad(
			"all-or-nothing: it is elsewhere and did not log it");
	if (now->net == host_net() && before->net != now->net &&
	    strcmp(login->netns, HOST) != 0)
		return bad("never-outside: denied, and it is on the host");
	return good(OUTCOME_DENIED_STUCK);
}

static struct result check_denied_minimum(const struct login *login,
					  const struct report *report,
					  const char *host_before,
					  const char *log, bool unreliable)
{
	const struct snapshot *before = &report->snapshots[STAGE_BEFORE];
	const struct snapshot *now = &report->snapshots[STAGE_OPEN];
	const char *found = check_guest(report, STAGE_OPEN);
	char *host;

	if (found)
		return bad("guest: %s", found);
	if (lines_differ(before->text, now->text, LINES_FDS) && !unreliable)
		return bad("guest: its descriptors differ: %s",
			   lines_differ(before->text, now->text, LINES_FDS));
	if (lines_differ(before->text, now->text, LINES_POSITION))
		return check_not_restored(login, report, log);
	host = host_snapshot();
	found = first_difference(host_before, host);
	free(host);
	return good(found ? OUTCOME_DENIED_LEFT : OUTCOME_DENIED);
}

struct result check_minimum(const struct login *login,
			    const struct report *report,
			    const struct trace *trace, const char *host_before,
			    const char *log, bool unreliable)
{
	struct result result = check_end(report, trace->status, STAGE_OPEN);
	const char *found;

	if (result.outcome == OUTCOME_BAD)
		return result;
	if (report->answers[STAGE_OPEN] == PAM_SESSION_ERR)
		return bad("it returned PAM_SESSION_ERR");
	if (report->answers[STAGE_OPEN] != PAM_SUCCESS) {
		/* libpam itself may deny. Then the modules log nothing. */
		if (!strcmp(login->user, "root") && modules_logged(log) &&
		    !strstr(log, "find the account"))
			return bad("root-gets-in: %s", log);
		/* Another line failed, or libpam after the last line. */
		if (some_line_opened(report, log))
			return check_partial_stack(login, report, log,
						   unreliable);
		return check_denied_minimum(login, report, host_before, log,
					    unreliable);
	}
	if (!login_is_in_netns(login, report))
		return bad("never-outside: opened, but not in '%s'",
			   login->netns);
	result = check_files(login, report, trace);
	if (result.outcome == OUTCOME_BAD)
		return result;
	found = check_guest(report, STAGE_OPEN);
	if (found)
		return bad("guest: %s", found);
	return check_close(report, trace, unreliable);
}

/* It looks with a cookie for what was generated without one. */
static bool is_excused_next(const struct trace *trace, const char *path)
{
	return trace->target.number == SYS_getsockopt &&
	       is_excused(trace, path);
}

struct result check_next_login(const struct login *login, struct report *report,
			       const struct trace *trace, struct result result)
{
	const char *wrong;
	int status;

	if (result.outcome == OUTCOME_BAD)
		return result;
	status = login_run(login, report);
	if (status != 0 || report->answers[STAGE_OPEN] != PAM_SUCCESS ||
	    !login_is_in_netns(login, report))
		return bad("the next login returned %d, %.300s",
			   report->answers[STAGE_OPEN], host_log());
	wrong = login_sees_wrong(login, report);
	if (wrong && !is_excused_next(trace, wrong))
		return bad("the next login sees another '%s'", wrong);
	return result;
}
