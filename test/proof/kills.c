/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survives-kill: a login that is killed before or after any of its system
 * calls leaves nothing that the next login does not repair by itself. Where a
 * helper is at work it is killed alone, and both are.
 *
 * kills [--all] [NAME...]
 *
 * --all: all plans, and before and after each call, not one of both
 */
#include "calls.h"
#include "judge.h"
#include "login.h"
#include "trace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { TOLD = 5, LIMIT_MS = 3000 };

struct sweep {
	const struct login *login;
	enum stage stage;
	struct course *course;
	char *mounts; /* of the host, after a clean login */
	unsigned int points;
	unsigned int runs;
	unsigned int bad;
};

static struct {
	unsigned int points;
	unsigned int runs;
	unsigned int bad;
	long slowest;
} total;

static long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static char *see_mounts_only(void)
{
	char *text = host_see();
	char *mounts = judge_mounts(text);

	free(text);
	return mounts;
}

/* Says why not, or NULL. */
static const char *check_next(struct sweep *sweep)
{
	static char why[600];
	struct course *course = sweep->course;
	long start = now_ms();
	int status = login_run(sweep->login, course);
	long took = now_ms() - start;
	const char *found;
	char *mounts;

	if (took > total.slowest)
		total.slowest = took;
	if (status != 0 || course->answers[STAGE_OPEN] != 0) {
		(void)snprintf(why, sizeof(why), "the next login: %s",
			       host_log());
		return why;
	}
	if (!login_landed(sweep->login, course))
		return "the next login lands elsewhere";
	if (took > LIMIT_MS)
		return "the next login took more than 3 s";
	mounts = see_mounts_only();
	found = judge_difference(sweep->mounts, mounts);
	free(mounts);
	if (!found)
		return NULL;
	(void)snprintf(why, sizeof(why), "mounts of the host: %s", found);
	return why;
}

static const char *try_kill(struct sweep *sweep, const struct point *point,
			    enum trace_kind kind, bool *ret_reached)
{
	struct trace trace = { .kind = kind, .target = *point };

	host_prepare(sweep->login);
	(void)host_log();
	trace_run(&trace,
		  login_start(sweep->login, sweep->course, sweep->stage));
	*ret_reached = trace.reached;
	if (trace.hung)
		return "it hangs";
	if ((point->process == 0 || kind == TRACE_KILL_ALL) &&
	    !WIFSIGNALED(trace.status))
		return "it was not killed";
	if (point->process > 0 && kind != TRACE_KILL_ALL && trace.status != 0)
		return "its helper was killed, and so was it";
	return check_next(sweep);
}

static void run_kill(struct sweep *sweep, const struct point *point,
		     enum trace_kind kind)
{
	bool reached = false;
	const char *why;

	for (int i = 0; i < 3; i++) {
		why = try_kill(sweep, point, kind, &reached);
		/* Where other work was in the way, once more. */
		if (reached && !(why && strstr(why, "more than 3 s")))
			break;
	}
	sweep->runs++;
	if (!why && reached)
		return;
	if (sweep->bad++ < TOLD)
		printf("# %s: killed %s call %u of process %u, %s %s: %s\n",
		       sweep->login->name,
		       kind == TRACE_KILL_AFTER ? "after" : "before",
		       point->index, point->process,
		       call_find(point->number)->name, point->path,
		       reached ? why : "not met again");
}

static void tell_sweep(const struct sweep *sweep)
{
	const char *what = sweep->stage == STAGE_CLOSE ? "close" : "open";

	printf("# %s, %s: %u points, %u kills, %u bad\n", sweep->login->name,
	       what, sweep->points, sweep->runs, sweep->bad);
	printf("%s survives-kill at each call of %s, %s",
	       sweep->bad ? "not ok" : "ok", what, sweep->login->name);
	if (sweep->bad)
		printf(": %u of %u", sweep->bad, sweep->runs);
	printf("\n");
	(void)fflush(stdout);
	total.points += sweep->points;
	total.runs += sweep->runs;
	total.bad += sweep->bad;
}

static void sweep_stage(const struct login *login, enum stage stage, bool all)
{
	struct sweep sweep = {
		.login = login,
		.stage = stage,
		.course = course_make(),
	};
	struct trace recorded = { .kind = TRACE_RECORD };

	host_configure(login);
	host_prepare(login);
	trace_run(&recorded, login_start(login, sweep.course, stage));
	if (recorded.status != 0 || sweep.course->answers[STAGE_OPEN] != 0)
		fatal("'%s' is denied: %s", login->name, host_log());
	sweep.mounts = see_mounts_only();
	for (size_t i = 0; i < recorded.count; i++) {
		sweep.points++;
		if (all || i % 2 == 0)
			run_kill(&sweep, &recorded.points[i],
				 TRACE_KILL_BEFORE);
		if (all || i % 2 == 1)
			run_kill(&sweep, &recorded.points[i], TRACE_KILL_AFTER);
		if (recorded.points[i].process > 0 && (all || i % 4 == 0))
			run_kill(&sweep, &recorded.points[i], TRACE_KILL_ALL);
	}
	tell_sweep(&sweep);
	free(recorded.points);
	free(sweep.mounts);
	course_free(sweep.course);
}

int main(int argc, char *argv[])
{
	bool all = has_word(argc, argv, "--all");

	host_start();
	host_take_log();
	for (size_t i = 0; i < login_count; i++) {
		if (!login_is_wanted(&logins[i], argc, argv))
			continue;
		sweep_stage(&logins[i], STAGE_OPEN, all);
		sweep_stage(&logins[i], STAGE_CLOSE, all);
	}
	printf("# kills in all: %u points, %u kills, %u bad; the slowest next "
	       "login took %ld ms\n",
	       total.points, total.runs, total.bad, total.slowest);
	return total.bad > 0;
}
