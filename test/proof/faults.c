/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes each system call of a login fail once, with the errors that its manual
 * page lists. After each run it checks where the login is, that everything is
 * undone, and that the next login works.
 *
 * faults [--all] [--verbose] [NAME...]
 *
 * --all: all logins, and all errors of a call instead of one
 */
#include "calls.h"
#include "checker.h"
#include "login.h"
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { FAILURES_PRINTED = 5, NUMBERS = 512, ERRNOS = 134, TRIES = 10 };

struct sweep {
	const struct login *login;
	enum stage stage;
	bool all;
	struct report *report;
	struct reference reference;
	unsigned int points;
	unsigned int runs;
	unsigned int not_reached;
	unsigned int outcomes[OUTCOME_COUNT];
};

/* The sum of all sweeps. */
static struct {
	unsigned int points;
	unsigned int runs;
	unsigned int outcomes[OUTCOME_COUNT];
	bool errnos[ERRNOS];
	bool calls[NUMBERS];
	bool not_injected[NUMBERS];
	bool failed;
} total;

static bool verbose;

/* The C library's fstat(3) is newfstatat(2) without a path. */
static const struct call *point_call(const struct point *point)
{
	if (point->number == SYS_newfstatat && !*point->path)
		return call_find(SYS_fstat);
	return call_find(point->number);
}

static bool call_identifies_fd(const struct point *point)
{
	long number = point_call(point)->number;

	return number == SYS_fstat || number == SYS_statx;
}

static void print_failure(const struct sweep *sweep, const struct point *point,
			  int error, const char *why)
{
	const struct call *call = point_call(point);

	if (sweep->outcomes[OUTCOME_BAD] > FAILURES_PRINTED && !verbose)
		return;
	printf("# %s: process %u, call %u, %s%s%s%s = %s: %s\n",
	       sweep->login->name, point->process, point->index, call->name,
	       *point->path ? " '" : "", point->path, *point->path ? "'" : "",
	       strerrorname_np(error), why);
}

static struct result try_fault(struct sweep *sweep, const struct point *point,
			       int error, bool *ret_reached)
{
	struct trace trace = {
		.kind = TRACE_FAULT,
		.target = *point,
		.error = error,
	};
	struct result result;
	char *before;

	host_prepare(sweep->login);
	before = host_snapshot();
	(void)host_log();
	trace_run(&trace,
		  login_start(sweep->login, sweep->report, sweep->stage));
	*ret_reached = trace.reached;
	if (trace.hung)
		result = (struct result){ OUTCOME_BAD, "it does not end" };
	else if (sweep->stage == STAGE_CLOSE)
		result = check_close(sweep->report, &trace,
				     call_identifies_fd(point));
	else
		result = check_open(sweep->login, sweep->report, &trace,
				    &sweep->reference, before, host_log());
	free(before);
	return check_next_login(sweep->login, sweep->report, &trace, result);
}

static void run_fault(struct sweep *sweep, const struct point *point, int error)
{
	struct result result;
	bool reached = false;

	/* If the login had to wait it makes other calls: try again. */
	for (int i = 0; i < TRIES && !reached; i++)
		result = try_fault(sweep, point, error, &reached);
	if (!reached) {
		sweep->not_reached++;
		print_failure(sweep, point, error,
			      "the call was not made again");
		total.not_injected[point->number % NUMBERS] = true;
		return;
	}
	sweep->runs++;
	sweep->outcomes[result.outcome]++;
	total.errnos[error % ERRNOS] = true;
	total.calls[point->number % NUMBERS] = true;
	if (result.outcome == OUTCOME_BAD)
		print_failure(sweep, point, error, result.why);
	else if (verbose && result.outcome == OUTCOME_OPENED_WITHOUT)
		print_failure(sweep, point, error,
			      "opened without some mounts");
}

static void run_point(struct sweep *sweep, const struct point *point,
		      size_t number)
{
	const struct call *call = point_call(point);
	size_t errors = call_error_count(call);

	if (errors == 0) {
		total.not_injected[point->number % NUMBERS] = true;
		return;
	}
	sweep->points++;
	for (size_t i = 0; i < errors; i++)
		if (sweep->all || i == number % errors)
			run_fault(sweep, point, call->errors[i]);
}

static void print_fault_sweep(const struct sweep *sweep)
{
	const char *what = sweep->stage == STAGE_CLOSE ? "close" : "open";
	unsigned int wrong = sweep->outcomes[OUTCOME_BAD] + sweep->not_reached;

	printf("# %s, %s: %u points, %u runs", sweep->login->name, what,
	       sweep->points, sweep->runs);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (sweep->outcomes[i])
			printf("; %s %u", outcome_names[i], sweep->outcomes[i]);
	if (sweep->not_reached)
		printf("; call not made again %u", sweep->not_reached);
	printf("\n");
	if (wrong)
		printf("not ok");
	else
		printf("ok");
	printf(" a fault at each call of %s is handled safely, %s", what,
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

static void sweep_faults(const struct login *login, enum stage stage, bool all,
			 size_t shift)
{
	struct sweep sweep = {
		.login = login,
		.stage = stage,
		.all = all,
		.report = report_new(),
	};
	struct login own = *login;
	struct report *own_report = report_new();
	struct trace recorded;

	own.flags |= LOGIN_OWN;
	host_configure(login);
	host_prepare(login);
	if (login_run(&own, own_report) != 0)
		fatal("'%s' is denied with mounts of its own: %s", login->name,
		      host_log());
	recorded = trace_record(login, sweep.report, stage);
	sweep.reference = reference_new(sweep.report, own_report);
	report_free(own_report);
	for (size_t i = 0; i < recorded.count; i++)
		run_point(&sweep, &recorded.points[i], i + shift);
	print_fault_sweep(&sweep);
	free(recorded.points);
	reference_free(&sweep.reference);
	report_free(sweep.report);
}

static void print_calls(const char *what, const bool calls[NUMBERS])
{
	printf("# %s:", what);
	for (int i = 0; i < NUMBERS; i++)
		if (calls[i])
			printf(" %s", call_find(i)->name);
	printf("\n");
}

static void print_total(void)
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
	print_calls("calls that were made to fail", total.calls);
	print_calls("calls that cannot fail in a correct program",
		    total.not_injected);
}

int main(int argc, char *argv[])
{
	bool all = has_argument(argc, argv, "--all");

	verbose = has_argument(argc, argv, "--verbose");
	host_start();
	host_capture_log();
	for (size_t i = 0; i < login_count; i++) {
		if (!login_is_wanted(&logins[i], argc, argv))
			continue;
		sweep_faults(&logins[i], STAGE_OPEN, all, i);
		sweep_faults(&logins[i], STAGE_CLOSE, all, i);
	}
	print_total();
	return total.failed;
}
