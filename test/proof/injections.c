/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injections other than one failing call: a call that always fails, as under a
 * seccomp filter or on an old kernel; a second fault while the first is undone;
 * half of the data; changed data; a signal; a login that is stopped while
 * another one runs or while its name is deleted; no memory.
 *
 * injections [--all] [--verbose] [--kind=KIND] [NAME...]
 * injections --kinds                               lists the kinds
 *
 * --all: all logins, and all system calls instead of a sample
 */
#include "calls.h"
#include "checker.h"
#include "common/count.h"
#include "login.h"
#include "memory.h"
#include "trace.h"

#include <dlfcn.h>
#include <errno.h>
#include <glob.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAILURES_PRINTED = 5, NUMBERS = 512 };

struct sweep {
	const struct login *login;
	const struct kind *kind;
	bool all;
	struct report *report;
	struct trace recorded;
	unsigned int runs;
	unsigned int outcomes[OUTCOME_COUNT];
};

struct kind {
	const char *name;
	const char *promise;
	void (*run)(struct sweep *sweep);
	unsigned int sample; /* without --all: one of so many calls */
};

static bool verbose;
static unsigned int total_runs;
static unsigned int total_bad;

/* Every so many calls are tried. */
static unsigned int sample_step(const struct sweep *sweep)
{
	return sweep->all ? 1 : sweep->kind->sample;
}

/* Runs a traced login. *ret_before is the host before it; to be freed. */
static struct trace run_traced(struct sweep *sweep, struct trace trace,
			       char **ret_before)
{
	host_prepare(sweep->login);
	*ret_before = host_snapshot();
	(void)host_log();
	trace_run(&trace, login_start(sweep->login, sweep->report, STAGE_OPEN));
	return trace;
}

static void count_run(struct sweep *sweep, struct result result,
		      const struct point *point, const struct point *second,
		      int error)
{
	const char *errno_name = error ? strerrorname_np(error) : "0";

	sweep->runs++;
	sweep->outcomes[result.outcome]++;
	if (result.outcome != OUTCOME_BAD ||
	    (sweep->outcomes[OUTCOME_BAD] > FAILURES_PRINTED && !verbose))
		return;
	printf("# %s, %s: process %u, call %u, %s '%s' = %s", sweep->kind->name,
	       sweep->login->name, point->process, point->index,
	       call_find(point->number)->name, point->path, errno_name);
	if (second)
		printf(", then call %u, %s '%s'", second->index,
		       call_find(second->number)->name, second->path);
	printf(": %s\n", result.why);
}

static struct result check_run(struct sweep *sweep, const struct trace *trace,
			       const char *before, bool unreliable)
{
	const char *log = host_log();
	struct result result;

	if (trace->hung)
		return (struct result){ OUTCOME_BAD, "it does not end" };
	result = check_minimum(sweep->login, sweep->report, trace, before, log,
			       unreliable);
	if (result.outcome == OUTCOME_BAD && verbose)
		printf("# %s", log);
	return check_next_login(sweep->login, sweep->report, trace, result);
}

/* The caller would try again for ever. No kernel does this. */
static bool is_retried(int error)
{
	return error == EINTR || error == EAGAIN;
}

/* --- A call that always fails --- */

static void run_always(struct sweep *sweep)
{
	static const int filtered[] = { ENOSYS, EPERM };
	bool seen[NUMBERS] = { false };

	for (size_t i = 0; i < sweep->recorded.count; i++) {
		const struct point *point = &sweep->recorded.points[i];
		const struct call *call = call_find(point->number);
		size_t errors = sweep->all ? call_error_count(call) : 0;

		if (seen[point->number % NUMBERS] ||
		    call_error_count(call) == 0)
			continue;
		seen[point->number % NUMBERS] = true;
		for (size_t j = 0; j < 2 + errors; j++) {
			int error = j < 2 ? filtered[j] : call->errors[j - 2];
			struct trace trace = { .kind = TRACE_ALWAYS,
					       .target = *point,
					       .error = error };
			char *before;

			if (is_retried(error))
				continue;
			trace = run_traced(sweep, trace, &before);
			count_run(sweep, check_run(sweep, &trace, before, true),
				  point, NULL, error);
			free(before);
		}
	}
}

/* --- A second fault while the first is undone --- */

static void run_seconds(struct sweep *sweep, const struct point *first,
			int error, const struct trace *after)
{
	unsigned int step = sweep->all ? 1 : sweep->kind->sample / 2;

	for (size_t i = first->index % step; i < after->count; i += step) {
		const struct point *second = &after->points[i];
		const struct call *call = call_find(second->number);
		size_t errors = call_error_count(call);
		struct trace trace = { .kind = TRACE_FAULT,
				       .target = *first,
				       .error = error,
				       .second = second };
		char *before;

		if (errors == 0)
			continue;
		trace.second_error = call->errors[i % errors];
		trace = run_traced(sweep, trace, &before);
		count_run(sweep, check_run(sweep, &trace, before, true), first,
			  second, error);
		free(before);
	}
}

static void run_pair(struct sweep *sweep, const struct point *first,
		     size_t number)
{
	const struct call *call = call_find(first->number);
	size_t errors = call_error_count(call);
	struct trace trace = { .kind = TRACE_FAULT,
			       .target = *first,
			       .records_rest = true };
	char *before;

	if (errors == 0)
		return;
	trace.error = call->errors[number % errors];
	trace = run_traced(sweep, trace, &before);
	free(before);
	/* If it opened, it had nothing to undo. */
	if (sweep->report->answers[STAGE_OPEN] != PAM_SUCCESS)
		run_seconds(sweep, first, trace.error, &trace);
	free(trace.points);
}

/* --- One disturbance at each call --- */

static void run_pairs(struct sweep *sweep)
{
	size_t step = sample_step(sweep);

	for (size_t i = 0; i < sweep->recorded.count; i += step)
		run_pair(sweep, &sweep->recorded.points[i], i);
}

static void run_each(struct sweep *sweep, enum trace_kind kind)
{
	size_t step = sample_step(sweep);
	size_t met = (size_t)(sweep->login - logins) % step;

	for (size_t i = 0; i < sweep->recorded.count; i++) {
		const struct point *point = &sweep->recorded.points[i];
		struct trace trace = { .kind = kind, .target = *point };
		char *before;

		if (!trace_can(kind, point->number) || met++ % step != 0)
			continue;
		trace = run_traced(sweep, trace, &before);
		count_run(sweep,
			  check_run(sweep, &trace, before,
				    kind == TRACE_CORRUPT),
			  point, NULL, 0);
		free(before);
	}
}

static void run_short(struct sweep *sweep)
{
	run_each(sweep, TRACE_SHORT);
}

static void run_corrupt(struct sweep *sweep)
{
	run_each(sweep, TRACE_CORRUPT);
}

/* A signal that the application handles must not change anything. */
static void run_signals(struct sweep *sweep)
{
	size_t step = sample_step(sweep);

	for (size_t i = 0; i < sweep->recorded.count; i += step) {
		const struct point *point = &sweep->recorded.points[i];
		struct trace trace = { .kind = TRACE_SIGNAL, .target = *point };
		struct result result;
		char *before;

		/* It has default signals. */
		if (point->of_program)
			continue;
		trace = run_traced(sweep, trace, &before);
		result = check_run(sweep, &trace, before, false);
		if (result.outcome != OUTCOME_CLOSED &&
		    result.outcome != OUTCOME_BAD)
			result = (struct result){
				OUTCOME_BAD, "the signal changed the result"
			};
		count_run(sweep, result, point, NULL, 0);
		free(before);
	}
}

/* --- A concurrent login --- */

struct other {
	const struct login *login;
	struct report *report;
};

static void start_concurrent_login(void *data)
{
	static const struct timespec moment = { .tv_nsec = 25000000 };
	struct other *other = data;

	memset(other->report, 0, sizeof(*other->report));
	/* It may have to wait for the stopped login. */
	(void)login_start(other->login, other->report, STAGE_BEFORE);
	(void)nanosleep(&moment, NULL);
}

static struct result check_concurrent(const struct sweep *sweep,
				      const struct other *other,
				      struct result result)
{
	const struct report *report = other->report;

	if (result.outcome == OUTCOME_BAD)
		return result;
	if (result.outcome != OUTCOME_CLOSED)
		return (struct result){ OUTCOME_BAD, "it is denied" };
	if (report->answers[STAGE_OPEN] != PAM_SUCCESS ||
	    !login_is_in_netns(sweep->login, report)) {
		const char *denial = strstr(host_log(), "denied ");

		result.outcome = OUTCOME_BAD;
		(void)snprintf(result.why, sizeof(result.why),
			       "the concurrent login is denied or elsewhere, "
			       "answer %d, last stage %d, %s",
			       report->answers[STAGE_OPEN], report->last_stage,
			       denial ? denial : "and the log has no denial");
		return result;
	}
	if (login_sees_wrong(sweep->login, report))
		return (struct result){ OUTCOME_BAD,
					"the concurrent login sees what its "
					"line does not promise" };
	if (host_mounts_at("/run/netns/alice") > 2)
		return (struct result){ OUTCOME_BAD,
					"the name has too many mounts" };
	return result;
}

static void run_concurrent(struct sweep *sweep)
{
	size_t step = sample_step(sweep);
	struct other other = { sweep->login, report_new() };
	size_t missed = 0;
	size_t runs = 0;

	for (size_t i = 0; i < sweep->recorded.count; i += step) {
		const struct point *point = &sweep->recorded.points[i];
		struct trace trace = { .kind = TRACE_PAUSE,
				       .target = *point,
				       .concurrent = start_concurrent_login,
				       .data = &other };
		struct result result;
		char *before;

		trace = run_traced(sweep, trace, &before);
		result = check_run(sweep, &trace, before, false);
		/*
		 * A login that has waited less, or shares its mounts, makes
		 * fewer calls than another.
		 */
		runs++;
		if (trace.reached)
			result = check_concurrent(sweep, &other, result);
		else if (++missed * 2 > runs + 4)
			result = (struct result){ OUTCOME_BAD,
						  "most calls were not made" };
		count_run(sweep, result, point, NULL, 0);
		free(before);
	}
	report_free(other.report);
}

/* --- The name is deleted during the login --- */

static void delete_name_now(void *data)
{
	(void)data;
	(void)!system("ip netns del alice 2>/dev/null");
}

/* It is in the namespace that it made or joined, whose name is gone. */
static struct result check_deleted(struct sweep *sweep,
				   const struct trace *trace)
{
	const struct report *report = sweep->report;
	ino_t now = report->snapshots[STAGE_OPEN].net;
	struct result result = { .outcome = OUTCOME_BAD };

	if (trace->hung)
		return (struct result){ OUTCOME_BAD, "it does not end" };
	if (report->answers[STAGE_OPEN] != PAM_SUCCESS) {
		(void)snprintf(result.why, sizeof(result.why),
			       "it is denied: %.300s", host_log());
		return result;
	}
	if (now == 0 || now == host_net())
		return (struct result){ OUTCOME_BAD, "it is on the host" };
	result = check_close(report, trace, false);
	return check_next_login(sweep->login, sweep->report, trace, result);
}

static void run_deleted(struct sweep *sweep)
{
	size_t step = sample_step(sweep);

	if (strcmp(sweep->login->netns, "alice") != 0)
		return;
	for (size_t i = 0; i < sweep->recorded.count; i += step) {
		const struct point *point = &sweep->recorded.points[i];
		struct trace trace = { .kind = TRACE_PAUSE,
				       .target = *point,
				       .concurrent = delete_name_now };
		char *before;

		trace = run_traced(sweep, trace, &before);
		count_run(sweep, check_deleted(sweep, &trace), point, NULL, 0);
		free(before);
	}
}

/* --- No memory --- */

static void run_memory_case(struct sweep *sweep, unsigned int number,
			    bool for_good)
{
	const struct point point = { .index = number, .number = SYS_brk };
	struct trace trace = { .kind = TRACE_RECORD };
	int *closed = &sweep->report->answers[STAGE_CLOSE];
	struct result result;
	char *before;
	bool is_libpam;

	host_prepare(sweep->login);
	before = host_snapshot();
	(void)host_log();
	memory_fail(number, for_good);
	trace.status = login_run(sweep->login, sweep->report);
	memory_fail(0, false);
	/* libpam needs memory too. It may not have called the modules. */
	is_libpam = *closed == PAM_SYSTEM_ERR || *closed == PAM_BUF_ERR;
	if (is_libpam)
		*closed = PAM_SUCCESS;
	result = check_run(sweep, &trace, before, is_libpam);
	count_run(sweep, result, &point, NULL, ENOMEM);
	free(before);
}

/* Loads a module from where libpam loads it. */
static void *load_module(const char *name)
{
	char pattern[256];
	glob_t found;
	void *module;

	(void)snprintf(pattern, sizeof(pattern), "/usr/lib/*/security/%s",
		       name);
	if (glob(pattern, 0, NULL, &found) != 0)
		fatal("no %s", pattern);
	module = dlopen(found.gl_pathv[0], RTLD_NOW);
	if (!module)
		fatal("%s", dlerror());
	globfree(&found);
	return module;
}

/* Calls the modules of a stack without libpam. Runs in a child. */
static int call_modules(const struct login *login)
{
	pam_handle_t *pamh = login_handle(login);
	char lines[256];
	char *rest = lines;
	char *line;
	int answer = PAM_IGNORE;

	(void)snprintf(lines, sizeof(lines), "%s", login->stack);
	while (answer == PAM_IGNORE && (line = strsep(&rest, ";"))) {
		int (*open)(pam_handle_t * pamh, int flags, int argc,
			    const char **argv);
		void *module = load_module(line);

		*(void **)&open = dlsym(module, "pam_sm_open_session");
		if (!open)
			fatal("%s", dlerror());
		login_hook(true);
		answer = open(pamh, 0, 0, NULL);
		login_hook(false);
	}
	return answer;
}

static int run_modules(struct sweep *sweep, unsigned int number, bool for_good)
{
	int status;
	pid_t pid;

	(void)host_log();
	memory_fail(number, for_good);
	(void)fflush(stdout);
	pid = (pid_t)must("fork", fork());
	if (pid == 0)
		_exit(call_modules(sweep->login));
	must("waitpid", waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * root-gets-in: libpam itself denies if it has no memory, so the modules are
 * called directly. They must deny if they cannot find the account, and they
 * may have no memory to log that.
 */
static void run_memory_of_root(struct sweep *sweep)
{
	unsigned int last = 0; /* allocation needed to find the account */
	unsigned int needed;

	(void)run_modules(sweep, 0, false);
	needed = memory_used();
	for (unsigned int i = 1; i <= 2 * needed; i++) {
		unsigned int number = i <= needed ? i : i - needed;
		bool for_good = i > needed;
		const struct point point = { .index = number,
					     .number = SYS_brk };
		struct result result = { .outcome = OUTCOME_OPENED };
		int answer = run_modules(sweep, number, for_good);
		bool unknown = strstr(host_log(), "find the account");

		if (unknown && !for_good)
			last = number;
		if (unknown || (for_good && number <= last))
			result.outcome = OUTCOME_DENIED;
		else if (answer != PAM_IGNORE)
			result = (struct result){
				OUTCOME_BAD, "root-gets-in: a module denies"
			};
		count_run(sweep, result, &point, NULL, ENOMEM);
	}
}

static void run_memory(struct sweep *sweep)
{
	unsigned int step = sample_step(sweep);
	unsigned int needed;

	if (!strcmp(sweep->login->user, "root"))
		run_memory_of_root(sweep);
	host_prepare(sweep->login);
	memory_fail(0, false);
	(void)login_run(sweep->login, sweep->report);
	needed = memory_used();
	for (unsigned int i = 1; i <= needed; i += step) {
		run_memory_case(sweep, i, false);
		run_memory_case(sweep, i, true);
	}
}

/* --- All of it --- */

/* The slowest kind comes first. */
static const struct kind kinds[] = {
	{ "pairs", "a second fault during the undo is handled safely",
	  run_pairs, 14 },
	{ "always", "a call that always fails is handled safely", run_always,
	  1 },
	{ "short", "half of the data is handled safely", run_short, 4 },
	{ "corrupt", "a flipped bit in returned data is handled safely",
	  run_corrupt, 4 },
	{ "signals", "a handled signal changes nothing", run_signals, 12 },
	{ "concurrent", "a login stopped for 25 ms makes no other fail",
	  run_concurrent, 12 },
	{ "deleted", "a login succeeds though its name is deleted", run_deleted,
	  6 },
	{ "memory", "a failed allocation is handled safely", run_memory, 9 },
};

static void print_injection_sweep(const struct sweep *sweep)
{
	unsigned int wrong = sweep->outcomes[OUTCOME_BAD];

	printf("# %s, %s: %u runs", sweep->kind->name, sweep->login->name,
	       sweep->runs);
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (sweep->outcomes[i])
			printf("; %s %u", outcome_names[i], sweep->outcomes[i]);
	printf("\n%s %s, %s", wrong ? "not ok" : "ok", sweep->kind->promise,
	       sweep->login->name);
	if (wrong)
		printf(": %u of %u runs", wrong, sweep->runs);
	printf("\n");
	total_runs += sweep->runs;
	total_bad += wrong;
	(void)fflush(stdout);
}

static void sweep_injections(const struct login *login, const struct kind *kind,
			     bool all)
{
	struct sweep sweep = {
		.login = login,
		.kind = kind,
		.all = all,
		.report = report_new(),
	};

	host_configure(login);
	sweep.recorded = trace_record(login, sweep.report, STAGE_OPEN);
	kind->run(&sweep);
	print_injection_sweep(&sweep);
	free(sweep.recorded.points);
	report_free(sweep.report);
}

static int print_kinds(void)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		puts(kinds[i].name);
	return 0;
}

static bool kind_is_wanted(const struct kind *kind, int argc, char *argv[])
{
	bool named = false;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--kind=", 7) != 0)
			continue;
		named = true;
		if (!strcmp(argv[i] + 7, kind->name))
			return true;
	}
	return !named;
}

int main(int argc, char *argv[])
{
	bool all = has_argument(argc, argv, "--all");

	if (has_argument(argc, argv, "--kinds"))
		return print_kinds();
	verbose = has_argument(argc, argv, "--verbose");
	memory_start();
	host_start();
	host_capture_log();
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (size_t j = 0; j < login_count; j++)
			if (kind_is_wanted(&kinds[i], argc, argv) &&
			    login_is_wanted(&logins[j], argc, argv))
				sweep_injections(&logins[j], &kinds[i], all);
	printf("# injections in total: %u runs, %u bad\n", total_runs,
	       total_bad);
	return total_bad > 0;
}
