/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what became of a disturbed login is safe. */
#include "judge.h"

#include <ctype.h>
#include <errno.h>
#include <security/pam_appl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

const char *const outcome_names[OUTCOME_COUNT] = {
	[OUTCOME_OPENED] = "opened",
	[OUTCOME_OPENED_LESS] = "opened, what is not there left out",
	[OUTCOME_DENIED] = "denied, all undone",
	[OUTCOME_DENIED_LEFT] = "denied, left what the next login uses",
	[OUTCOME_DENIED_HERE] = "denied, could not go back and says so",
	[OUTCOME_CLOSED] = "closed",
	[OUTCOME_CLOSED_HERE] = "closed, stayed in the session",
	[OUTCOME_CLOSED_KEPT] = "closed, left alone what it could not identify",
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
	PICK_MOUNTS, /* without any number, and but for NEW_ROOT */
	PICK_GUEST,  /* all else that a session may not change */
	PICK_KEPT,   /* descriptors */
	PICK_PLACE,  /* where it stands */
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
	case PICK_MOUNTS:
		return mount && !strstr(line, NEW_ROOT);
	case PICK_KEPT:
		return fd;
	case PICK_PLACE:
		return place;
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
 * These errors say that there is nothing to do: no such override, nothing
 * mounted there, a sysfs of this namespace already.
 */
static bool says_nothing_to_do(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EINVAL ||
	       error == EBUSY;
}

static const char *check_guest(const struct course *course, enum stage stage)
{
	return differ(course->seen[STAGE_BEFORE].text, course->seen[stage].text,
		      PICK_GUEST);
}

static struct verdict judge_opened(const struct login *login,
				   const struct course *course, int error,
				   const struct model *model)
{
	const char *text = course->seen[STAGE_OPEN].text;
	struct verdict verdict = good(OUTCOME_OPENED);
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
	found = judge_difference(model->opened_mounts, mounts);
	free(mounts);
	if (found && !says_nothing_to_do(error))
		return bad("opened with another view: %s", found);
	if (found)
		verdict = good(OUTCOME_OPENED_LESS);
	found = differ(course->seen[STAGE_BEFORE].text,
		       course->seen[STAGE_CLOSE].text, PICK_ALL);
	/* NETNS stays in the environment of the handle. */
	if (found && !strstr(found, "PAM environment: NETNS="))
		return bad("inverse: %s", found);
	return verdict;
}

/*
 * Of several lines, those before or after the one that failed may have moved
 * the process, and the application ends it: but not to the host.
 */
static struct verdict judge_stack(const struct login *login,
				  const struct course *course)
{
	const char *found = check_guest(course, STAGE_OPEN);

	if (found)
		return bad("guest: %s", found);
	if (course->seen[STAGE_OPEN].net == host_net() &&
	    strcmp(login->lands, HOST) != 0)
		return bad("never-outside: one line opened, and it is outside");
	return good(OUTCOME_DENIED);
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
			  const struct course *course, int status, int error,
			  const struct model *model, const char *host_before,
			  const char *log)
{
	if (WIFSIGNALED(status))
		return bad("it died of signal %d", WTERMSIG(status));
	if (status != 0 || course->reached < STAGE_OPEN)
		return bad("it ended with %d at stage %d", WEXITSTATUS(status),
			   course->reached);
	if (course->answers[STAGE_OPEN] == PAM_SUCCESS)
		return judge_opened(login, course, error, model);
	/* root-gets-in: but nobody whose account cannot be read. */
	if (!strcmp(login->user, "root") && !strstr(log, "find the account"))
		return bad("root-gets-in: answered %d, %s",
			   course->answers[STAGE_OPEN], log);
	if (strchr(login->stack, ';') && strstr(log, ": opened user="))
		return judge_stack(login, course);
	return judge_denied(course, host_before, log);
}

struct verdict judge_close(const struct course *course, int status, bool unsure)
{
	const struct seen *before = &course->seen[STAGE_BEFORE];
	const struct seen *open = &course->seen[STAGE_OPEN];
	const struct seen *now = &course->seen[STAGE_CLOSE];
	const char *found;

	if (WIFSIGNALED(status))
		return bad("it died of signal %d", WTERMSIG(status));
	if (status != 0 || course->reached < STAGE_CLOSE)
		return bad("it ended with %d at stage %d", WEXITSTATUS(status),
			   course->reached);
	if (course->answers[STAGE_CLOSE] != PAM_SUCCESS)
		return bad("closing answers %d", course->answers[STAGE_CLOSE]);
	found = check_guest(course, STAGE_CLOSE);
	if (found)
		return bad("guest: %s", found);
	found = differ(before->text, now->text, PICK_KEPT);
	if (found && !unsure)
		return bad("guest: keeps %s", found);
	if (found)
		return good(OUTCOME_CLOSED_KEPT);
	if (now->net == before->net && now->mounts == before->mounts)
		return good(OUTCOME_CLOSED);
	if (now->net == open->net && now->mounts == open->mounts)
		return good(OUTCOME_CLOSED_HERE);
	return bad("inverse: half way, in one namespace of both");
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
			  const struct course *course, int status,
			  const char *host_before, const char *log,
			  bool lied_to)
{
	const char *found;

	if (WIFSIGNALED(status))
		return bad("it died of signal %d", WTERMSIG(status));
	if (status != 0 || course->reached < STAGE_OPEN)
		return bad("it ended with %d at stage %d", WEXITSTATUS(status),
			   course->reached);
	if (course->answers[STAGE_OPEN] == PAM_SESSION_ERR)
		return bad("answers PAM_SESSION_ERR");
	if (course->answers[STAGE_OPEN] != PAM_SUCCESS) {
		if (!strcmp(login->user, "root") && *log &&
		    !strstr(log, "find the account"))
			return bad("root-gets-in: %s", log);
		/* Another line, or libpam itself behind the last one. */
		if (strstr(course->seen[STAGE_OPEN].text, "NETNS=") ||
		    strstr(log, ": opened user="))
			return judge_stack(login, course);
		return judge_hard_denied(login, course, host_before, log,
					 lied_to);
	}
	if (!login_landed(login, course))
		return bad("never-outside: opened, but not in '%s'",
			   login->lands);
	found = check_guest(course, STAGE_OPEN);
	if (found)
		return bad("guest: %s", found);
	return judge_close(course, status, lied_to);
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
