/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survives-kill: after SIGKILL before or after any system call of a login
 * nothing is left but what the next login uses, and that one works. At the
 * calls of the login only the login is killed. At the calls of a helper the
 * helper is killed, or the login, or both.
 *
 * kills [--all] [NAME...]
 *
 * --all: all logins, and before and after each call; else before every second
 * one
 */
#include "calls.h"
#include "checker.h"
#include "leftovers.h"
#include "login.h"
#include "trace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { FAILURES_PRINTED = 5, LIMIT_MS = 3000, TRIES = 10 };

struct sweep {
	const struct login *login;
	enum stage stage;
	bool all;
	struct report *report;
	char *mounts; /* of the host after an undisturbed login */
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

static char *host_mount_lines(void)
{
	char *text = host_snapshot();
	char *mounts = mount_lines(text);

	free(text);
	return mounts;
}

/* Returns NULL, or what is wrong. */
static const char *check_login_after_kill(struct sweep *sweep)
{
	static char why[600];
	struct report *report = sweep->report;
	long start = now_ms();
	int status = login_run(sweep->login, report);
	long took = now_ms() - start;
	const char *found;
	char *mounts;

	if (took > total.slowest)
		total.slowest = took;
	if (status != 0 || report->answers[STAGE_OPEN] != 0) {
		(void)snprintf(why, sizeof(why), "the next login: %s",
			       host_log());
		return why;
	}
	if (!login_is_in_netns(sweep->login, report))
		return "the next login is in another namespace";
	found = login_sees_wrong(sweep->login, report);
	if (found) {
		(void)snprintf(why, sizeof(why),
			       "the next login sees another '%s'", found);
		return why;
	}
	if (took > LIMIT_MS)
		return "the next login took more than 3 s";
	mounts = host_mount_lines();
	found = first_difference(sweep->mounts, mounts);
	free(mounts);
	if (!found)
		return NULL;
	(void)snprintf(why, sizeof(why), "the mounts of the host differ: %s",
		       found);
	return why;
}

/* What the killed login has left. Returns NULL, or what is wrong. */
static const char *check_left_by_kill(const struct login *login,
				      const char *host_before)
{
	char *host = host_snapshot();
	const char *problem = leftovers_check(login, host_before, host, true);

	free(host);
	return problem ? problem : leftovers_check_state(login, true);
}

/* Whether this kind kills the login at a call of its helper. */
static bool kills_login(enum trace_kind kind)
{
	return kind == TRACE_KILL_ALL || kind == TRACE_KILL_LOGIN;
}

static const char *try_kill(struct sweep *sweep, const struct point *point,
			    enum trace_kind kind, bool *ret_reached)
{
	struct trace trace = { .kind = kind, .target = *point };
	const char *problem;
	char *before;

	host_prepare(sweep->login);
	before = host_snapshot();
	(void)host_log();
	trace_run(&trace,
		  login_start(sweep->login, sweep->report, sweep->stage));
	problem = check_left_by_kill(sweep->login, before);
	free(before);
	*ret_reached = trace.reached;
	if (trace.hung)
		return "it does not end";
	if (point->process == 0 && !WIFSIGNALED(trace.status))
		return "the login was not killed";
	/*
	 * If only the helper is killed, the login ends by itself. At a late
	 * call of the helper it may have ended before it could be killed.
	 */
	if (point->process > 0 && trace.status != 0 &&
	    !(kills_login(kind) && WIFSIGNALED(trace.status)))
		return "the login did not end by itself";
	if (problem)
		return problem;
	return check_login_after_kill(sweep);
}

static void run_kill(struct sweep *sweep, const struct point *point,
		     enum trace_kind kind)
{
	bool reached = false;
	const char *why;

	for (int i = 0; i < TRIES; i++) {
		why = try_kill(sweep, point, kind, &reached);
		/*
		 * The machine may have been busy, and a login that waits makes
		 * other calls: try again.
		 */
		if (reached && !(why && strstr(why, "more than 3 s")))
			break;
	}
	sweep->runs++;
	if (!why && reached)
		return;
	if (sweep->bad++ < FAILURES_PRINTED)
		printf("# %s: killed %s call %u of process %u, %s %s: %s\n",
		       sweep->login->name,
		       kind == TRACE_KILL_AFTER ? "after" : "before",
		       point->index, point->process,
		       call_find(point->number)->name, point->path,
		       reached ? why : "the call was not made again");
}

static void print_kill_sweep(const struct sweep *sweep)
{
	const char *what = sweep->stage == STAGE_CLOSE ? "close" : "open";

	printf("# %s, %s: %u points, %u kills, %u bad\n", sweep->login->name,
	       what, sweep->points, sweep->runs, sweep->bad);
	printf("%s survives-kill at %s call of %s, %s",
	       sweep->bad ? "not ok" : "ok",
	       sweep->all ? "each" : "every second", what, sweep->login->name);
	if (sweep->bad)
		printf(": %u of %u", sweep->bad, sweep->runs);
	printf("\n");
	(void)fflush(stdout);
	total.points += sweep->points;
	total.runs += sweep->runs;
	total.bad += sweep->bad;
}

static void sweep_kills(const struct login *login, enum stage stage, bool all)
{
	struct sweep sweep = {
		.login = login,
		.stage = stage,
		.all = all,
		.report = report_new(),
	};
	struct trace recorded;

	host_configure(login);
	recorded = trace_record(login, sweep.report, stage);
	sweep.mounts = host_mount_lines();
	for (size_t i = 0; i < recorded.count; i++) {
		bool is_helper = recorded.points[i].process > 0;

		sweep.points++;
		/* Behind one call is before the next one. */
		if (all || i % 2 == 0)
			run_kill(&sweep, &recorded.points[i],
				 TRACE_KILL_BEFORE);
		if (all)
			run_kill(&sweep, &recorded.points[i], TRACE_KILL_AFTER);
		if (is_helper && (all || i % 8 == 1))
			run_kill(&sweep, &recorded.points[i], TRACE_KILL_LOGIN);
		if (is_helper && (all || i % 8 == 5))
			run_kill(&sweep, &recorded.points[i], TRACE_KILL_ALL);
	}
	print_kill_sweep(&sweep);
	free(recorded.points);
	free(sweep.mounts);
	report_free(sweep.report);
}

int main(int argc, char *argv[])
{
	bool all = has_argument(argc, argv, "--all");

	host_start();
	host_capture_log();
	for (size_t i = 0; i < login_count; i++) {
		if (!login_is_wanted(&logins[i], argc, argv))
			continue;
		sweep_kills(&logins[i], STAGE_OPEN, all);
		sweep_kills(&logins[i], STAGE_CLOSE, all);
	}
	printf("# kills in all: %u points, %u kills, %u bad; the slowest next "
	       "login took %ld ms\n",
	       total.points, total.runs, total.bad, total.slowest);
	return total.bad > 0;
}
