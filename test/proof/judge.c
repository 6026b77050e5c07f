/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what became of a disturbed login is safe. */
#include "judge.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <security/pam_appl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Newer architectures have one call for each only, with a directory. */
#ifdef SYS_mkdir
#define MKDIR SYS_mkdir
#define CHMOD SYS_chmod
#else
#define MKDIR SYS_mkdirat
#define CHMOD SYS_fchmodat
#endif

const char *const outcome_names[OUTCOME_COUNT] = {
	[OUTCOME_OPENED] = "opened",
	[OUTCOME_OPENED_LESS] = "opened, what is not there left out",
	[OUTCOME_DENIED] = "denied, all undone",
	[OUTCOME_DENIED_LEFT] = "denied, left what the next login uses",
	[OUTCOME_DENIED_HERE] = "denied, could not go back and says so",
	[OUTCOME_CLOSED] = "closed",
	[OUTCOME_CLOSED_HERE] = "closed, stayed in the session",
	[OUTCOME_CLOSED_KEPT] = "closed, left alone what it could not identify",
	[OUTCOME_CLOSED_TOP] = "closed, at the top of its mounts",
	[OUTCOME_BAD] = "BAD",
};

__attribute__((format(printf, 1, 2))) static struct verdict
bad(const char *format, ...)
{
	struct verdict verdict = { .outcome = OUTCOME_BAD };
	va_list args;

	va_start(args, format);
	(void)vsnprintf(verdict.why, sizeof(verdict.why), format, args);
	va_end(args);
	return verdict;
}

static struct verdict good(enum outcome outcome)
{
	return (struct verdict){ .outcome = outcome };
}

/* --- Texts, line by line --- */

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A syslog socket may be another one, and have another number, libc's choice.
 */
static void hide_numbers(char *line, bool all)
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

enum pick {
	PICK_ALL,
	PICK_BACK,   /* all but the names, which stay for the next login */
	PICK_MOUNTS, /* without any number, and but for NEW_ROOT */
	PICK_GUEST,  /* all else that a session may not change */
	PICK_KEPT,   /* descriptors */
	PICK_PLACE,  /* where it stands */
	PICK_WHERE,  /* the same without what its environment says */
	PICK_ROOT,
	PICK_CWD,
};

static bool picks(enum pick pick, const char *line)
{
	static const char *const places[] = { "net:", "mnt:", "root:", "cwd",
					      "PAM environment:" };
	bool mount = !strncmp(line, "mount:", 6);
	bool fd = !strncmp(line, "fd ", 3);
	bool place = false;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		place |= !strncmp(line, places[i], strlen(places[i]));

	switch (pick) {
	case PICK_ALL:
		return true;
	case PICK_BACK:
		return !mount || !strstr(line, "/run/netns");
	case PICK_MOUNTS:
		return mount && !strstr(line, NEW_ROOT);
	case PICK_KEPT:
		return fd;
	case PICK_PLACE:
		return place;
	case PICK_WHERE:
		return place && strncmp(line, "PAM", 3) != 0;
	case PICK_ROOT:
		return !strncmp(line, "root:", 5);
	case PICK_CWD:
		return !strncmp(line, "cwd", 3);
	case PICK_GUEST:
		return !mount && !fd && !place;
	}
	return false;
}

/* The lines that are picked, sorted; to be freed. */
static char *select_lines(const char *text, enum pick pick)
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
		if (!picks(pick, line))
			continue;
		if (count == sizeof(lines) / sizeof(lines[0]))
			fatal("too many lines");
		hide_numbers(line, pick == PICK_MOUNTS || pick == PICK_KEPT);
		lines[count++] = line;
	}
	if (pick != PICK_MOUNTS)
		qsort(lines, count, sizeof(lines[0]), compare_lines);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n", lines[i]);
	(void)fclose(out);
	free(copy);
	return ret;
}

char *judge_mounts(const char *text)
{
	return select_lines(text, PICK_MOUNTS);
}

const char *judge_difference(const char *before, const char *after)
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

static const char *differ(const char *before, const char *after, enum pick pick)
{
	char *a = select_lines(before, pick);
	char *b = select_lines(after, pick);
	const char *found = judge_difference(a, b);

	free(a);
	free(b);
	return found;
}

/* --- Judging --- */

struct model model_make(const struct login *login, const struct course *course)
{
	const char *text = course->seen[STAGE_OPEN].text;

	(void)login;
	return (struct model){
		.opened = select_lines(text, PICK_KEPT),
		.opened_mounts = select_lines(text, PICK_MOUNTS),
	};
}

void model_free(struct model *model)
{
	free(model->opened);
	free(model->opened_mounts);
}

/*
 * What a call may answer where there is nothing to do, and what a session then
 * lacks: mounts at and below a place, and no others. Paths are patterns.
 */
static const struct harmless {
	long number;
	const char *path;
	const char *place;
	int errors[8];
} harmless[] = {
	/* No names, and none can come. */
	{ MKDIR,
	  "/run/netns",
	  "/run/netns",
	  { EEXIST, ENOENT, EROFS, EACCES, ENOSPC, EDQUOT } },
	{ CHMOD, "/run/netns", "/run/netns", { ENOENT, EROFS, EACCES } },
	{ SYS_umount2, "/run/netns", "/run/netns", { ENOENT, EINVAL } },
	/* No /sys, or one of this namespace, or no place in the new one. */
	{ SYS_statx, "/sys", "/sys", { ENOENT } },
	{ SYS_mount, "/sys", "/sys", { EBUSY } },
	{ SYS_open_tree, "/sys/*", "/sys", { ENOENT } },
	{ SYS_move_mount, "/sys/*", "/sys", { ENOENT, ENOTDIR } },
	/* No overrides, or nothing of that name to override. */
	{ SYS_openat, "/etc/netns", "/etc", { ENOENT } },
	{ SYS_openat, "alice", "/etc", { ENOENT } },
	/* The C library takes it for the end of the directory. */
	{ SYS_getdents64, "", "/etc", { ENOENT } },
	{ SYS_newfstatat, "[!/]*", "/etc", { ENOENT } },
	{ SYS_move_mount, "[!/]*", "/etc", { ENOENT } },
};

/* What may be lacking after this fault, or NULL. */
static const char *find_lacking(const struct point *point, int error)
{
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		const struct harmless *row = &harmless[i];

		if (row->number != point->number ||
		    fnmatch(row->path, point->path, 0) != 0)
			continue;
		for (const int *at = row->errors; *at; at++)
			if (*at == error)
				return row->place;
	}
	return NULL;
}

/* The lines without those of mounts at or below place; to be freed. */
static char *lines_without(const char *text, const char *place)
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

		if (!memmem(text, length, part, strlen(part)))
			(void)fwrite(text, 1, length, out);
		text += length;
	}
	(void)fclose(out);
	return ret;
}

/* The view is that of the model, or lacks only what the fault excuses. */
static struct verdict judge_view(const char *model, const char *mounts,
				 const struct trace *trace)
{
	static char why[400];
	const char *found = judge_difference(model, mounts);
	const char *place = find_lacking(&trace->target, trace->error);
	char *wanted;
	char *got;

	if (!found)
		return good(OUTCOME_OPENED);
	(void)snprintf(why, sizeof(why), "%s", found);
	if (!place)
		return bad("opened with another view: %s", why);
	wanted = lines_without(model, place);
	got = lines_without(mounts, place);
	found = judge_difference(wanted, got);
	free(wanted);
	free(got);
	if (found)
		return bad("opened with another view than below %s: %s", place,
			   found);
	return good(OUTCOME_OPENED_LESS);
}

static const char *check_guest(const struct course *course, enum stage stage)
{
	return differ(course->seen[STAGE_BEFORE].text, course->seen[stage].text,
		      PICK_GUEST);
}

static struct verdict judge_opened(const struct login *login,
				   const struct course *course,
				   const struct trace *trace,
				   const struct model *model)
{
	const char *text = course->seen[STAGE_OPEN].text;
	struct verdict verdict;
	char *mounts;
	char *kept;
	const char *found;

	if (!login_landed(login, course))
		return bad("never-outside: opened, but not in '%s'",
			   login->lands);
	if (course->reached < STAGE_CLOSE)
		return bad("it was not closed");
	found = check_guest(course, STAGE_OPEN);
	if (found)
		return bad("guest: %s", found);
	kept = select_lines(text, PICK_KEPT);
	found = judge_difference(model->opened, kept);
	free(kept);
	if (found)
		return bad("guest: holds %s", found);
	mounts = select_lines(text, PICK_MOUNTS);
	verdict = judge_view(model->opened_mounts, mounts, trace);
	free(mounts);
	if (verdict.outcome == OUTCOME_BAD)
		return verdict;
	found = differ(course->seen[STAGE_BEFORE].text,
		       course->seen[STAGE_CLOSE].text, PICK_BACK);
	/* NETNS stays in the environment of the handle. */
	if (found && !strstr(found, "PAM environment: NETNS="))
		return bad("inverse: %s", found);
	return verdict;
}

/* The last line sets NETNS when all else is done. */
static bool last_line_opened(const struct login *login, const struct seen *open)
{
	char entry[300];

	(void)snprintf(entry, sizeof(entry), "PAM environment: NETNS=%s\n",
		       login->lands);
	return strstr(open->text, entry) != NULL;
}

/* The application ends it: but it is where the line before has left it. */
static struct verdict judge_second_line(const struct course *course,
					const char *log, bool lied_to)
{
	const char *between = course->seen[STAGE_BETWEEN].text;
	const char *open = course->seen[STAGE_OPEN].text;
	const char *found = differ(between, open, PICK_KEPT);

	if (found && !lied_to)
		return bad("guest: the second line keeps %s", found);
	/* pam_putenv(3) loses what it has no memory to replace. */
	found = differ(between, open,
		       strstr(log, " memory") ? PICK_WHERE : PICK_PLACE);
	if (found && strstr(log, "nor go back"))
		return good(OUTCOME_DENIED_HERE);
	if (!found)
		found = differ(between, open, PICK_MOUNTS);
	/* A name that is not taken back is mounted below the first one's cover.
	 */
	if (found && lied_to && strstr(found, " /run/netns "))
		return good(OUTCOME_DENIED_LEFT);
	if (found)
		return bad("all-or-nothing: the second line leaves %s", found);
	return good(OUTCOME_DENIED);
}

/*
 * Of several lines, the one that failed has undone what it did; others may
 * have moved the process, but not to the host.
 */
static struct verdict judge_stack(const struct login *login,
				  const struct course *course, const char *log,
				  bool lied_to)
{
	const struct seen *open = &course->seen[STAGE_OPEN];
	const char *found = check_guest(course, STAGE_OPEN);

	if (found)
		return bad("guest: %s", found);
	if (open->net == host_net() && strcmp(login->lands, HOST) != 0)
		return bad("never-outside: one line opened, and it is outside");
	if (*course->seen[STAGE_BETWEEN].text && !last_line_opened(login, open))
		return judge_second_line(course, log, lied_to);
	return good(OUTCOME_DENIED);
}

/* Whether a line of the stack has opened, whatever the last one did. */
static bool a_line_opened(const struct course *course, const char *log)
{
	return *course->seen[STAGE_BETWEEN].text ||
	       strstr(course->seen[STAGE_OPEN].text, "NETNS=") ||
	       strstr(log, ": opened user=");
}

static struct verdict judge_denied(const struct course *course,
				   const char *host_before, const char *log)
{
	const char *found = differ(course->seen[STAGE_BEFORE].text,
				   course->seen[STAGE_OPEN].text, PICK_ALL);
	char *host;

	if (found)
		return bad("all-or-nothing: %s", found);
	if (strstr(log, "nor go back"))
		return bad("all-or-nothing: it says that it is stuck");
	if (course->answers[STAGE_OPEN] == PAM_SESSION_ERR)
		return bad("answers PAM_SESSION_ERR");
	host = host_see();
	found = judge_difference(host_before, host);
	free(host);
	if (found)
		return bad("all-or-nothing: on the host, %s", found);
	return good(OUTCOME_DENIED);
}

struct verdict judge_open(const struct login *login,
			  const struct course *course,
			  const struct trace *trace, const struct model *model,
			  const char *host_before, const char *log)
{
	int status = trace->status;

	if (WIFSIGNALED(status))
		return bad("it died of signal %d", WTERMSIG(status));
	if (status != 0 || course->reached < STAGE_OPEN)
		return bad("it ended with %d at stage %d", WEXITSTATUS(status),
			   course->reached);
	if (course->answers[STAGE_OPEN] == PAM_SUCCESS)
		return judge_opened(login, course, trace, model);
	/* root-gets-in: but nobody whose account cannot be read. */
	if (!strcmp(login->user, "root") && !strstr(log, "find the account"))
		return bad("root-gets-in: answered %d, %s",
			   course->answers[STAGE_OPEN], log);
	if (strchr(login->stack, ';') && a_line_opened(course, log)) {
		struct verdict verdict = judge_stack(login, course, log, false);

		return verdict.outcome == OUTCOME_DENIED_HERE
			       ? bad("all-or-nothing: it says that it is stuck")
			       : verdict;
	}
	return judge_denied(course, host_before, log);
}

static bool failed(const struct trace *trace, long number)
{
	bool fails = trace->kind == TRACE_FAULT ||
		     trace->kind == TRACE_ALWAYS || trace->kind == TRACE_WRONG;

	return fails && (trace->target.number == number ||
			 (trace->second && trace->second->number == number));
}

/*
 * Root and cwd, as they were at a stage. Behind setns(2), which goes to the
 * top, there may be no way to the root, and none to the cwd but its root.
 */
static struct verdict judge_directories(const struct course *course,
					enum stage stage,
					const struct trace *trace,
					enum outcome outcome)
{
	const char *was = course->seen[stage].text;
	const char *now = course->seen[STAGE_CLOSE].text;
	const char *found = differ(was, now, PICK_ROOT);

	if (found && !failed(trace, SYS_fchdir) && !failed(trace, SYS_chroot) &&
	    !failed(trace, SYS_statx))
		return bad("inverse: %s", found);
	if (found)
		return good(OUTCOME_CLOSED_TOP);
	found = differ(was, now, PICK_CWD);
	if (!found)
		return good(outcome);
	if (!strstr(now, "\ncwd path: /\n") ||
	    (!failed(trace, SYS_chdir) && !failed(trace, SYS_fchdir) &&
	     !failed(trace, SYS_getcwd)))
		return bad("inverse: %s", found);
	return good(OUTCOME_CLOSED_TOP);
}

struct verdict judge_close(const struct course *course,
			   const struct trace *trace, bool unsure)
{
	const struct seen *before = &course->seen[STAGE_BEFORE];
	const struct seen *open = &course->seen[STAGE_OPEN];
	const struct seen *now = &course->seen[STAGE_CLOSE];
	enum outcome outcome = OUTCOME_CLOSED;
	const char *found;

	if (WIFSIGNALED(trace->status))
		return bad("it died of signal %d", WTERMSIG(trace->status));
	if (trace->status != 0 || course->reached < STAGE_CLOSE)
		return bad("it ended with %d at stage %d",
			   WEXITSTATUS(trace->status), course->reached);
	if (course->answers[STAGE_CLOSE] != PAM_SUCCESS)
		return bad("closing answers %d", course->answers[STAGE_CLOSE]);
	found = check_guest(course, STAGE_CLOSE);
	if (found)
		return bad("guest: %s", found);
	found = differ(before->text, now->text, PICK_KEPT);
	if (found && !unsure)
		return bad("guest: keeps %s", found);
	if (found)
		outcome = OUTCOME_CLOSED_KEPT;
	if (now->net == before->net && now->mounts == before->mounts)
		return judge_directories(course, STAGE_BEFORE, trace, outcome);
	if (now->net != open->net || now->mounts != open->mounts)
		return bad("inverse: half way, in one namespace of both");
	if (outcome == OUTCOME_CLOSED)
		outcome = OUTCOME_CLOSED_HERE;
	return judge_directories(course, STAGE_OPEN, trace, outcome);
}

static bool a_module_says(const char *log)
{
	return strstr(log, "pam_newnet(") || strstr(log, "pam_usernet(") ||
	       strstr(log, "pam_groupnet(");
}

/* Where nothing could be undone: no further out than it was, and it says so. */
static struct verdict judge_stuck(const struct login *login,
				  const struct course *course, const char *log)
{
	const struct seen *before = &course->seen[STAGE_BEFORE];
	const struct seen *now = &course->seen[STAGE_OPEN];

	if (!strstr(log, "nor go back"))
		return bad("all-or-nothing: it has moved and does not say so");
	if (now->net == host_net() && before->net != now->net &&
	    strcmp(login->lands, HOST) != 0)
		return bad("never-outside: denied, and it is outside");
	return good(OUTCOME_DENIED_HERE);
}

static struct verdict judge_hard_denied(const struct login *login,
					const struct course *course,
					const char *host_before,
					const char *log, bool lied_to)
{
	const struct seen *before = &course->seen[STAGE_BEFORE];
	const struct seen *now = &course->seen[STAGE_OPEN];
	const char *found = check_guest(course, STAGE_OPEN);
	char *host;

	if (found)
		return bad("guest: %s", found);
	if (differ(before->text, now->text, PICK_KEPT) && !lied_to)
		return bad("guest: keeps %s",
			   differ(before->text, now->text, PICK_KEPT));
	if (differ(before->text, now->text, PICK_PLACE))
		return judge_stuck(login, course, log);
	host = host_see();
	found = judge_difference(host_before, host);
	free(host);
	return good(found ? OUTCOME_DENIED_LEFT : OUTCOME_DENIED);
}

struct verdict judge_hard(const struct login *login,
			  const struct course *course,
			  const struct trace *trace, const char *host_before,
			  const char *log, bool lied_to)
{
	int status = trace->status;
	const char *found;

	if (WIFSIGNALED(status))
		return bad("it died of signal %d", WTERMSIG(status));
	if (status != 0 || course->reached < STAGE_OPEN)
		return bad("it ended with %d at stage %d", WEXITSTATUS(status),
			   course->reached);
	if (course->answers[STAGE_OPEN] == PAM_SESSION_ERR)
		return bad("answers PAM_SESSION_ERR");
	if (course->answers[STAGE_OPEN] != PAM_SUCCESS) {
		/* What libpam cannot do is not the module's to answer for. */
		if (!strcmp(login->user, "root") && a_module_says(log) &&
		    !strstr(log, "find the account"))
			return bad("root-gets-in: %s", log);
		/* Another line, or libpam itself behind the last one. */
		if (a_line_opened(course, log))
			return judge_stack(login, course, log, lied_to);
		return judge_hard_denied(login, course, host_before, log,
					 lied_to);
	}
	if (!login_landed(login, course))
		return bad("never-outside: opened, but not in '%s'",
			   login->lands);
	found = check_guest(course, STAGE_OPEN);
	if (found)
		return bad("guest: %s", found);
	return judge_close(course, trace, lied_to);
}

struct verdict judge_next(const struct login *login, struct course *course,
			  struct verdict verdict)
{
	int status;

	if (verdict.outcome == OUTCOME_BAD)
		return verdict;
	status = login_run(login, course);
	if (status != 0 || course->answers[STAGE_OPEN] != PAM_SUCCESS ||
	    !login_landed(login, course))
		return bad("the next login: answer %d, %.300s",
			   course->answers[STAGE_OPEN], host_log());
	return verdict;
}
