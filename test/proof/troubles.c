/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults of other kinds than a call that fails once: one that fails for good,
 * as under a seccomp filter or on an older kernel; a second one while the
 * first is undone; half of the data; data that are not true; a signal; a login
 * that is stopped while another one goes on, or its name is deleted; no memory.
 *
 * troubles [--all] [--verbose] [--kind=KIND] [NAME...]
 * troubles --kinds                              prints what KIND can be
 *
 * --all: all plans, and all points, not a sample of them
 */
#include "calls.h"
#include "judge.h"
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

enum { TOLD = 5, NUMBERS = 512 };

struct sweep {
	const struct login *login;
	const struct kind *kind;
	bool all;
	struct course *course;
	struct model model;
	struct trace recorded;
	unsigned int runs;
	unsigned int outcomes[OUTCOME_COUNT];
};

struct kind {
	const char *name;
	const char *promise;
	void (*run)(struct sweep *sweep);
	unsigned int sample; /* one of so many points, without --all */
};

static bool verbose;
static unsigned int total_runs;
static unsigned int total_bad;

/* A login that is traced, and what the host was like. */
static struct trace run(struct sweep *sweep, struct trace trace,
			char **ret_before)
{
	host_prepare(sweep->login);
	*ret_before = host_see();
	(void)host_log();
	trace_run(&trace, login_start(sweep->login, sweep->course, STAGE_OPEN));
	return trace;
}

static void count(struct sweep *sweep, struct verdict verdict,
		  const struct point *point, const struct point *second,
		  int error)
{
	const char *errno_name = error ? strerrorname_np(error) : "0";

	sweep->runs++;
	sweep->outcomes[verdict.outcome]++;
	if (verdict.outcome != OUTCOME_BAD ||
	    (sweep->outcomes[OUTCOME_BAD] > TOLD && !verbose))
		return;
	printf("# %s, %s: process %u, call %u, %s '%s' = %s", sweep->kind->name,
	       sweep->login->name, point->process, point->index,
	       call_find(point->number)->name, point->path, errno_name);
	if (second)
		printf(", then call %u, %s '%s'", second->index,
		       call_find(second->number)->name, second->path);
	printf(": %s\n", verdict.why);
}

static struct verdict judge(struct sweep *sweep, const struct trace *trace,
			    const char *before, bool lied_to)
{
	const char *log = host_log();
	struct verdict verdict;

	if (trace->hung)
		return (struct verdict){ OUTCOME_BAD, "it hangs" };
	verdict = judge_hard(sweep->login, sweep->course, trace, before, log,
			     lied_to);
	if (verdict.outcome == OUTCOME_BAD && verbose)
		printf("# %s", log);
	return judge_next(sweep->login, sweep->course, verdict);
}

/* What would go on for ever, and no kernel does. */
static bool is_retried(int error)
{
	return error == EINTR || error == EAGAIN;
}

/* --- A call that fails for good --- */

static void run_always(struct sweep *sweep)
{
	static const int filtered[] = { ENOSYS, EPERM };
	bool seen[NUMBERS] = { false };

	for (size_t i = 0; i < sweep->recorded.count; i++) {
		const struct point *point = &sweep->recorded.points[i];
		const struct call *call = call_find(point->number);
		size_t errors = sweep->all ? call_errors(call) : 0;

		if (seen[point->number % NUMBERS] || call_errors(call) == 0)
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
			trace = run(sweep, trace, &before);
			count(sweep, judge(sweep, &trace, before, true), point,
			      NULL, error);
			free(before);
		}
	}
}

/* --- A fault while a fault is undone --- */

static void run_seconds(struct sweep *sweep, const struct point *first,
			int error, const struct trace *after)
{
	unsigned int step = sweep->all ? 1 : sweep->kind->sample / 2;

	for (size_t i = first->index % step; i < after->count; i += step) {
		const struct point *second = &after->points[i];
		const struct call *call = call_find(second->number);
		size_t errors = call_errors(call);
		struct trace trace = { .kind = TRACE_FAULT,
				       .target = *first,
				       .error = error,
				       .second = second };
		char *before;

		if (errors == 0)
			continue;
		trace.second_error = call->errors[i % errors];
		trace = run(sweep, trace, &before);
		count(sweep, judge(sweep, &trace, before, true), first, second,
		      error);
		free(before);
	}
}

static void run_pair(struct sweep *sweep, const struct point *first,
		     size_t number)
{
	const struct call *call = call_find(first->number);
	size_t errors = call_errors(call);
	struct trace trace = { .kind = TRACE_FAULT,
			       .target = *first,
			       .goes_on = true };
	char *before;

	if (errors == 0)
		return;
	trace.error = call->errors[number % errors];
	trace = run(sweep, trace, &before);
	free(before);
	/* What goes on as if nothing had happened is another single fault. */
	if (sweep->course->answers[STAGE_OPEN] != PAM_SUCCESS)
		run_seconds(sweep, first, trace.error, &trace);
	free(trace.points);
}

/* --- One point after the other --- */

static void run_pairs(struct sweep *sweep)
{
	size_t step = sweep->all ? 1 : sweep->kind->sample;

	for (size_t i = 0; i < sweep->recorded.count; i += step)
		run_pair(sweep, &sweep->recorded.points[i], i);
}

static void run_each(struct sweep *sweep, enum trace_kind kind)
{
	size_t step = sweep->all ? 1 : sweep->kind->sample;
	size_t met = (size_t)(sweep->login - logins) % step;

	for (size_t i = 0; i < sweep->recorded.count; i++) {
		const struct point *point = &sweep->recorded.points[i];
		struct trace trace = { .kind = kind, .target = *point };
		char *before;

		if (!trace_can(kind, point->number) || met++ % step != 0)
			continue;
		trace = run(sweep, trace, &before);
		count(sweep, judge(sweep, &trace, before, kind == TRACE_WRONG),
		      point, NULL, 0);
		free(before);
	}
}

static void run_shorts(struct sweep *sweep)
{
	run_each(sweep, TRACE_SHORT);
}

static void run_lies(struct sweep *sweep)
{
	run_each(sweep, TRACE_WRONG);
}

/* A signal that is handled changes nothing at all. */
static void run_signals(struct sweep *sweep)
{
	size_t step = sweep->all ? 1 : sweep->kind->sample;

	for (size_t i = 0; i < sweep->recorded.count; i += step) {
		const struct point *point = &sweep->recorded.points[i];
		struct trace trace = { .kind = TRACE_SIGNAL, .target = *point };
		struct verdict verdict;
		char *before;

		trace = run(sweep, trace, &before);
		verdict = judge(sweep, &trace, before, false);
		if (verdict.outcome != OUTCOME_CLOSED &&
		    verdict.outcome != OUTCOME_BAD)
			verdict = (struct verdict){
				OUTCOME_BAD, "a signal has changed something"
			};
		count(sweep, verdict, point, NULL, 0);
		free(before);
	}
}

/* --- Another login meanwhile --- */

struct other {
	const struct login *login;
	struct course *course;
};

static void log_in_meanwhile(void *data)
{
	static const struct timespec moment = { .tv_nsec = 25000000 };
	struct other *other = data;

	/* It may have to wait for the one that is stopped. */
	(void)login_start(other->login, other->course, STAGE_BEFORE);
	(void)nanosleep(&moment, NULL);
}

static struct verdict judge_other(const struct sweep *sweep,
				  const struct other *other,
				  struct verdict verdict)
{
	const struct course *course = other->course;

	if (verdict.outcome == OUTCOME_BAD)
		return verdict;
	if (verdict.outcome != OUTCOME_CLOSED)
		return (struct verdict){ OUTCOME_BAD, "it is denied" };
	if (course->answers[STAGE_OPEN] != PAM_SUCCESS ||
	    !login_landed(sweep->login, course))
		return (struct verdict){ OUTCOME_BAD,
					 "the login meanwhile is denied" };
	if (host_mounts_at("/run/netns/alice") > 2)
		return (struct verdict){ OUTCOME_BAD, "mounts of the name" };
	return verdict;
}

static void run_pauses(struct sweep *sweep)
{
	size_t step = sweep->all ? 1 : sweep->kind->sample;
	struct other other = { sweep->login, course_make() };

	for (size_t i = 0; i < sweep->recorded.count; i += step) {
		const struct point *point = &sweep->recorded.points[i];
		struct trace trace = { .kind = TRACE_PAUSE,
				       .target = *point,
				       .meanwhile = log_in_meanwhile,
				       .data = &other };
		struct verdict verdict;
		char *before;

		trace = run(sweep, trace, &before);
		verdict = judge(sweep, &trace, before, false);
		count(sweep, judge_other(sweep, &other, verdict), point, NULL,
		      0);
		free(before);
	}
	course_free(other.course);
}

/* --- The name is deleted meanwhile --- */

static void delete_meanwhile(void *data)
{
	(void)data;
	(void)!system("ip netns del alice 2>/dev/null");
}

/* It is in the one that it made or joined, which has no name any more. */
static struct verdict judge_deleted(struct sweep *sweep,
				    const struct trace *trace)
{
	const struct course *course = sweep->course;
	ino_t now = course->seen[STAGE_OPEN].net;
	struct verdict verdict = { .outcome = OUTCOME_BAD };

	if (trace->hung)
		return (struct verdict){ OUTCOME_BAD, "it hangs" };
	if (course->answers[STAGE_OPEN] != PAM_SUCCESS) {
		(void)snprintf(verdict.why, sizeof(verdict.why),
			       "it is denied: %.300s", host_log());
		return verdict;
	}
	if (now == 0 || now == host_net())
		return (struct verdict){ OUTCOME_BAD, "it is outside" };
	verdict = judge_close(course, trace, false);
	return judge_next(sweep->login, sweep->course, verdict);
}

static void run_deletes(struct sweep *sweep)
{
	size_t step = sweep->all ? 1 : sweep->kind->sample;

	if (strcmp(sweep->login->lands, "alice") != 0)
		return;
	for (size_t i = 0; i < sweep->recorded.count; i += step) {
		const struct point *point = &sweep->recorded.points[i];
		struct trace trace = { .kind = TRACE_PAUSE,
				       .target = *point,
				       .meanwhile = delete_meanwhile };
		char *before;

		trace = run(sweep, trace, &before);
		count(sweep, judge_deleted(sweep, &trace), point, NULL, 0);
		free(before);
	}
}

/* --- No memory --- */

static void run_memory_case(struct sweep *sweep, unsigned int number,
			    bool for_good)
{
	const struct point point = { .index = number, .number = SYS_brk };
	struct trace trace = { .kind = TRACE_RECORD };
	int *closed = &sweep->course->answers[STAGE_CLOSE];
	struct verdict verdict;
	char *before;
	bool is_libpam;

	host_prepare(sweep->login);
	before = host_see();
	(void)host_log();
	memory_fail(number, for_good);
	trace.status = login_run(sweep->login, sweep->course);
	memory_fail(0, false);
	/* It needs memory itself, and may not even have called the modules. */
	is_libpam = *closed == PAM_SYSTEM_ERR || *closed == PAM_BUF_ERR;
	if (is_libpam)
		*closed = PAM_SUCCESS;
	verdict = judge(sweep, &trace, before, is_libpam);
	count(sweep, verdict, &point, NULL, ENOMEM);
	free(before);
}

/* From where libpam loads it. */
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

/* The modules of a stack alone, without arguments. In a child. */
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
		login_around_modules(true);
		answer = open(pamh, 0, 0, NULL);
		login_around_modules(false);
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
 * root-gets-in: where libpam has no memory it denies by itself, so the modules
 * are called without it. They too cannot let in whose account they do not
 * find, and without memory they cannot say that either.
 */
static void run_memory_of_root(struct sweep *sweep)
{
	unsigned int last = 0; /* that it takes to find the account */
	unsigned int needed;

	(void)run_modules(sweep, 0, false);
	needed = memory_used();
	for (unsigned int i = 1; i <= 2 * needed; i++) {
		unsigned int number = i <= needed ? i : i - needed;
		bool for_good = i > needed;
		const struct point point = { .index = number,
					     .number = SYS_brk };
		struct verdict verdict = { .outcome = OUTCOME_OPENED };
		int answer = run_modules(sweep, number, for_good);
		bool unknown = strstr(host_log(), "find the account");

		if (unknown && !for_good)
			last = number;
		if (unknown || (for_good && number <= last))
			verdict.outcome = OUTCOME_DENIED;
		else if (answer != PAM_IGNORE)
			verdict = (struct verdict){
				OUTCOME_BAD, "root-gets-in: a module refuses"
			};
		count(sweep, verdict, &point, NULL, ENOMEM);
	}
}

static void run_memory(struct sweep *sweep)
{
	unsigned int step = sweep->all ? 1 : sweep->kind->sample;
	unsigned int needed;

	if (!strcmp(sweep->login->user, "root"))
		run_memory_of_root(sweep);
	host_prepare(sweep->login);
	memory_fail(0, false);
	(void)login_run(sweep->login, sweep->course);
	needed = memory_used();
	for (unsigned int i = 1; i <= needed; i += step) {
		run_memory_case(sweep, i, false);
		run_memory_case(sweep, i, true);
	}
}

/* --- All of it --- */

/* The one that takes longest comes first. */
static const struct kind kinds[] = {
	{ "pairs", "a fault while a fault is undone ends safe", run_pairs, 14 },
	{ "always", "a call that never works ends safe", run_always, 1 },
	{ "shorts", "half of the data ends safe", run_shorts, 4 },
	{ "lies", "data that are not true end safe", run_lies, 4 },
	{ "signals", "a signal changes nothing", run_signals, 12 },
	{ "pauses", "a login that is stopped keeps nobody out", run_pauses,
	  12 },
	{ "deletes", "a name that is deleted meanwhile keeps nobody out",
	  run_deletes, 6 },
	{ "memory", "no memory ends safe", run_memory, 9 },
};

static void tell_sweep(const struct sweep *sweep)
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

static void sweep_login(const struct login *login, const struct kind *kind,
			bool all)
{
	struct sweep sweep = {
		.login = login,
		.kind = kind,
		.all = all,
		.course = course_make(),
		.recorded = { .kind = TRACE_RECORD },
	};
	char *before;

	host_configure(login);
	sweep.recorded = run(&sweep, sweep.recorded, &before);
	free(before);
	if (sweep.recorded.status != 0 ||
	    sweep.course->answers[STAGE_OPEN] != PAM_SUCCESS)
		fatal("'%s' is denied without a fault: %s", login->name,
		      host_log());
	kind->run(&sweep);
	tell_sweep(&sweep);
	free(sweep.recorded.points);
	course_free(sweep.course);
}

static int print_kinds(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
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
	bool all = has_word(argc, argv, "--all");

	if (has_word(argc, argv, "--kinds"))
		return print_kinds();
	verbose = has_word(argc, argv, "--verbose");
	memory_start();
	host_start();
	host_take_log();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (size_t j = 0; j < login_count; j++)
			if (kind_is_wanted(&kinds[i], argc, argv) &&
			    login_is_wanted(&logins[j], argc, argv))
				sweep_login(&logins[j], &kinds[i], all);
	printf("# troubles in all: %u runs, %u bad\n", total_runs, total_bad);
	return total_bad > 0;
}
