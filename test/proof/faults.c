/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One fault at a time, at each system call that a login makes, for each errno
 * that the manual page of the call allows. After each: where did it land, is
 * everything undone, does the next login work?
 *
 * faults [--all] [--verbose] [NAME...]
 *
 * --all: all plans, and all errnos, not one of them for each call
 */
#include "calls.h"
#include "judge.h"
#include "login.h"
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { TOLD = 5, NUMBERS = 512, ERRNOS = 134 };

struct sweep {
	const struct login *login;
	enum stage stage;
	bool all;
	struct course *course;
	struct model model;
	unsigned int points;
	unsigned int runs;
	unsigned int moved;
	unsigned int outcomes[OUTCOME_COUNT];
};

/* Over all sweeps. */
static struct {
	unsigned int points;
	unsigned int runs;
	unsigned int outcomes[OUTCOME_COUNT];
	bool errnos[ERRNOS];
	bool calls[NUMBERS];
	bool unreached[NUMBERS];
	bool failed;
} total;

static bool verbose;

/* fstat(3) is a newfstatat(2) without a path, and fails in fewer ways. */
static const struct call *point_call(const struct point *point)
{
	if (point->number == SYS_newfstatat && !*point->path)
		return call_find(SYS_fstat);
	return call_find(point->number);
}

static bool identifies(const struct point *point)
{
	long number = point_call(point)->number;

	return number == SYS_fstat || number == SYS_statx;
}

static struct trace traced_run(struct sweep *sweep, enum trace_kind kind,
			       const struct point *target, int error)
{
	struct trace trace = { .kind = kind, .error = error };

	if (target)
		trace.target = *target;
	trace_run(&trace,
		  login_start(sweep->login, sweep->course, sweep->stage));
	return trace;
}

static void tell_bad(const struct sweep *sweep, const struct point *point,
		     int error, const char *why)
{
	const struct call *call = point_call(point);

	if (sweep->outcomes[OUTCOME_BAD] > TOLD && !verbose)
		return;
	printf("# %s: process %u, call %u, %s%s%s%s = %s: %s\n",
	       sweep->login->name, point->process, point->index, call->name,
	       *point->path ? " '" : "", point->path, *point->path ? "'" : "",
	       strerrorname_np(error), why);
}

static struct verdict try_fault(struct sweep *sweep, const struct point *point,
				int error, bool *ret_reached)
{
	struct verdict verdict;
	struct trace trace;
	char *before;

	host_prepare(sweep->login);
	before = host_see();
	(void)host_log();
	trace = traced_run(sweep, TRACE_FAULT, point, error);
	*ret_reached = trace.reached;
	if (trace.hung)
		verdict = (struct verdict){ OUTCOME_BAD, "it hangs" };
	else if (sweep->stage == STAGE_CLOSE)
		verdict = judge_close(sweep->course, &trace, identifies(point));
	else
		verdict = judge_open(sweep->login, sweep->course, &trace,
				     &sweep->model, before, host_log());
	free(before);
	return judge_next(sweep->login, sweep->course, verdict);
}

static void run_fault(struct sweep *sweep, const struct point *point, int error)
{
	struct verdict verdict;
	bool reached = false;

	/* A login that had to wait makes other calls: again. */
	for (int i = 0; i < 3 && !reached; i++)
		verdict = try_fault(sweep, point, error, &reached);
	if (!reached) {
		sweep->moved++;
		total.unreached[point->number % NUMBERS] = true;
		return;
	}
	sweep->runs++;
	sweep->outcomes[verdict.outcome]++;
	total.errnos[error % ERRNOS] = true;
	total.calls[point->number % NUMBERS] = true;
	if (verdict.outcome == OUTCOME_BAD)
		tell_bad(sweep, point, error, verdict.why);
	else if (verbose && verdict.outcome == OUTCOME_OPENED_LESS)
		tell_bad(sweep, point, error, "opened with less");
}

static void run_point(struct sweep *sweep, const struct point *point,
		      size_t number)
{
	const struct call *call = point_call(point);
	size_t errors = call_errors(call);

	if (errors == 0) {
		total.unreached[point->number % NUMBERS] = true;
		return;
	}
	sweep->points++;
	for (size_t i = 0; i < errors; i++)
		if (sweep->all || i == number % errors)
			run_fault(sweep, point, call->errors[i]);
}

static void tell_sweep(const struct sweep *sweep)
{
	const char *what = sweep->stage == STAGE_CLOSE ? "close" : "open";
	unsigned int wrong = sweep->outcomes[OUTCOME_BAD] + sweep->moved;

	printf("# %s, %s: %u points, %u runs", sweep->login->name, what,
	       sweep->points, sweep->runs);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (sweep->outcomes[i])
			printf("; %s %u", outcome_names[i], sweep->outcomes[i]);
	if (sweep->moved)
		printf("; not met again %u", sweep->moved);
	printf("\n");
	if (wrong)
		printf("not ok");
	else
		printf("ok");
	printf(" a fault at each call of %s ends safe, %s", what,
	       sweep->login->name);
	if (wrong)
		printf(": %u of %u runs", wrong, sweep->runs);
	printf("\n");
	total.failed = total.failed || wrong;
	total.points += sweep->points;
	total.runs += sweep->runs;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		total.outcomes[i] += sweep->outcomes[i];
	(void)fflush(stdout);
}

static void sweep_stage(const struct login *login, enum stage stage, bool all,
			size_t shift)
{
	struct sweep sweep = {
		.login = login,
		.stage = stage,
		.all = all,
		.course = course_make(),
	};
	struct trace recorded;

	host_configure(login);
	host_prepare(login);
	(void)host_log();
	recorded = traced_run(&sweep, TRACE_RECORD, NULL, 0);
	if (recorded.status != 0 || sweep.course->answers[STAGE_OPEN] != 0)
		fatal("'%s' is denied without a fault: %s", login->name,
		      host_log());
	sweep.model = model_make(login, sweep.course);
	for (size_t i = 0; i < recorded.count; i++)
		run_point(&sweep, &recorded.points[i], i + shift);
	tell_sweep(&sweep);
	free(recorded.points);
	model_free(&sweep.model);
	course_free(sweep.course);
}

static void tell_calls(const char *what, const bool calls[NUMBERS])
{
	printf("# %s:", what);
	for (int i = 0; i < NUMBERS; i++)
		if (calls[i])
			printf(" %s", call_find(i)->name);
	printf("\n");
}

static void tell_total(void)
{
	unsigned int errnos = 0;

	for (int i = 0; i < ERRNOS; i++)
		errnos += total.errnos[i];
	printf("# faults in all: %u points, %u errnos, %u runs", total.points,
	       errnos, total.runs);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (total.outcomes[i] || i == OUTCOME_BAD)
			printf("; %s %u", outcome_names[i], total.outcomes[i]);
	printf("\n");
	tell_calls("calls that were made to fail", total.calls);
	tell_calls("calls that were not, as their pages know no error that a "
		   "right program gets",
		   total.unreached);
}

int main(int argc, char *argv[])
{
	bool all = has_word(argc, argv, "--all");

	verbose = has_word(argc, argv, "--verbose");
	host_start();
	host_take_log();
	for (size_t i = 0; i < login_count; i++) {
		if (!login_is_wanted(&logins[i], argc, argv))
			continue;
		sweep_stage(&logins[i], STAGE_OPEN, all, i);
		sweep_stage(&logins[i], STAGE_CLOSE, all, i);
	}
	tell_total();
	return total.failed;
}
