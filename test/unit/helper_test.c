/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that does something elsewhere, unseen by the application. */
#include "common/helper.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DATA_MAX = 4096 };

struct job {
	int number;
	pid_t pid;
	char text[32];
};

#define UNDONE "/run/undone"

/* Leaves a file, with what the child has as its data. */
static void undo(void *data)
{
	const struct job *job = data;

	make_file(UNDONE, 0600, job->text);
}

static void check_undone(bool expected)
{
	check((access(UNDONE, F_OK) == 0) == expected);
	(void)unlink(UNDONE);
}

/* Runs work, which changes nothing in this process. */
static int run(int (*work)(void *, int *), struct job *job, int fds[2])
{
	return helper_run(work, undo, job, sizeof(*job), fds);
}

static void sleep_ms(long ms)
{
	const struct timespec pause = { .tv_nsec = ms * 1000000 };

	(void)nanosleep(&pause, NULL);
}

/* --- What comes back --- */

static int double_it(void *data, int fds[HELPER_DESCRIPTORS])
{
	struct job *job = data;

	(void)fds;
	job->number *= 2;
	job->pid = getpid();
	strcpy(job->text, "done");
	return 0;
}

static void data_comes_back_from_another_process(void)
{
	struct job job = { .number = 21 };
	int fds[HELPER_DESCRIPTORS] = { 77, 77 };
	int before = count_descriptors();

	check_result(run(double_it, &job, fds), 0);
	check_number(job.number, 42);
	check_text(job.text, "done");
	check_undone(false);
	check(job.pid != getpid() && job.pid > 0);
	check_number(fds[0], -EBADF);
	check_number(fds[1], -EBADF);
	check_number(count_descriptors(), before);
}

static int fail_with_data(void *data, int fds[HELPER_DESCRIPTORS])
{
	(void)double_it(data, fds);
	return -EXDEV;
}

static void error_comes_back_with_its_data(void)
{
	struct job job = { .number = 21 };
	int fds[HELPER_DESCRIPTORS];

	check_result(run(fail_with_data, &job, fds), -EXDEV);
	check_number(job.number, 42);
	check_undone(false);
	check_number(fds[0], -EBADF);
	check_number(fds[1], -EBADF);
}

static int invert(void *data, int fds[HELPER_DESCRIPTORS])
{
	unsigned char *bytes = data;

	(void)fds;
	for (size_t i = 0; i < DATA_MAX; i++)
		bytes[i] = (unsigned char)~bytes[i];
	return 0;
}

static int nothing(void *data, int fds[HELPER_DESCRIPTORS])
{
	(void)data;
	(void)fds;
	return 0;
}

static void data_may_have_any_size_up_to_4096(void)
{
	unsigned char bytes[DATA_MAX + 1];
	int fds[HELPER_DESCRIPTORS];

	memset(bytes, 0x0f, sizeof(bytes));
	check_result(helper_run(invert, NULL, bytes, DATA_MAX, fds), 0);
	for (size_t i = 0; i < DATA_MAX; i++)
		check_number(bytes[i], 0xf0);
	check_number(bytes[DATA_MAX], 0x0f);
	check_result(helper_run(nothing, NULL, bytes, 0, fds), 0);
	check(helper_run(nothing, NULL, bytes, DATA_MAX + 1, fds) < 0);
}

/* --- Descriptors --- */

static int open_wanted(void *data, int fds[HELPER_DESCRIPTORS])
{
	struct job *job = data;

	/* Room in the child says nothing about room in the parent. */
	limit_descriptors(-1);
	if (job->number & 1)
		fds[0] = open("/run/first", O_RDONLY | O_CLOEXEC);
	if (job->number & 2)
		fds[1] = open("/run/second", O_RDONLY | O_CLOEXEC);
	return 0;
}

static void check_reads(int fd, const char *text)
{
	char got[16] = "";

	check(read(fd, got, sizeof(got) - 1) >= 0);
	check_text(got, text);
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void descriptors_come_back_where_they_were_put(void)
{
	int before = count_descriptors();

	make_file("/run/first", 0644, "first");
	make_file("/run/second", 0644, "second");
	for (int wanted = 0; wanted < 4; wanted++) {
		struct job job = { .number = wanted };
		int fds[HELPER_DESCRIPTORS] = { 77, 77 };

		check_result(run(open_wanted, &job, fds), 0);
		if (wanted & 1)
			check_reads(fds[0], "first");
		else
			check_number(fds[0], -EBADF);
		if (wanted & 2)
			check_reads(fds[1], "second");
		else
			check_number(fds[1], -EBADF);
		for (int i = 0; i < HELPER_DESCRIPTORS; i++)
			if (fds[i] >= 0)
				(void)close(fds[i]);
		check_number(count_descriptors(), before);
	}
}

static int open_and_fail(void *data, int fds[HELPER_DESCRIPTORS])
{
	(void)open_wanted(data, fds);
	return -EIO;
}

static void no_descriptors_come_with_an_error(void)
{
	struct job job = { .number = 3 };
	int fds[HELPER_DESCRIPTORS] = { 77, 77 };
	int before = count_descriptors();

	make_file("/run/first", 0644, "first");
	make_file("/run/second", 0644, "second");
	check_result(run(open_and_fail, &job, fds), -EIO);
	check_number(fds[0], -EBADF);
	check_number(fds[1], -EBADF);
	check_number(count_descriptors(), before);
}

static void few_descriptors_are_an_error_and_none_leaks(void)
{
	int before = count_descriptors();
	int room = 0;
	int r;

	make_file("/run/first", 0644, "first");
	make_file("/run/second", 0644, "second");
	do {
		struct job job = { .number = 3 };
		int fds[HELPER_DESCRIPTORS] = { 77, 77 };

		limit_descriptors(room++);
		r = run(open_wanted, &job, fds);
		limit_descriptors(-1);
		for (int i = 0; i < HELPER_DESCRIPTORS; i++) {
			if (r < 0)
				check_number(fds[i], -EBADF);
			else
				(void)close(fds[i]);
		}
		if (r < 0)
			check_result(r, -EMFILE);
		/* With room for less than two the child was not made. */
		check_undone(r < 0 && room > 2);
		check_number(count_descriptors(), before);
	} while (r < 0 && room < 10);
	check_result(r, 0);
	check(room > 3);
}

static int open_slowly(void *data, int fds[HELPER_DESCRIPTORS])
{
	sleep_ms(200);
	strcpy(((struct job *)data)->text, "slow");
	return open_wanted(data, fds);
}

/* What another thread does meanwhile: the child has all our descriptors. */
static void *fork_meanwhile(void *ret_pid)
{
	sleep_ms(50);
	*(pid_t *)ret_pid = fork();
	if (*(pid_t *)ret_pid == 0) {
		for (int i = 0; i < 20; i++)
			sleep_ms(250);
		_exit(0);
	}
	return NULL;
}

static void refusal_of_an_answer_waits_for_nobody_else(void)
{
	struct job job = { .number = 3 };
	int fds[HELPER_DESCRIPTORS];
	long long start = now_ms();
	pthread_t thread;
	pid_t other = -1;

	make_file("/run/first", 0644, "first");
	make_file("/run/second", 0644, "second");
	check_number(pthread_create(&thread, NULL, fork_meanwhile, &other), 0);
	limit_descriptors(2);
	check_result(run(open_slowly, &job, fds), -EMFILE);
	limit_descriptors(-1);
	check(now_ms() - start < 2000);
	check_text(read_text(UNDONE), "slow");
	check_number(pthread_join(thread, NULL), 0);
	process_end(other);
}

/* --- A child that does not answer --- */

static int be_killed(void *data, int fds[HELPER_DESCRIPTORS])
{
	(void)double_it(data, fds);
	(void)kill(getpid(), SIGKILL);
	return 0;
}

static int crash(void *data, int fds[HELPER_DESCRIPTORS])
{
	(void)double_it(data, fds);
	__builtin_trap();
}

static int leave(void *data, int fds[HELPER_DESCRIPTORS])
{
	(void)double_it(data, fds);
	_exit(0);
}

static void child_without_an_answer_is_an_error(void)
{
	static const struct {
		const char *what;
		int (*work)(void *, int *);
	} rows[] = {
		{ "killed", be_killed },
		{ "crashed", crash },
		{ "gone", leave },
	};
	int before = count_descriptors();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct job job = { .number = 21 };
		int fds[HELPER_DESCRIPTORS] = { 77, 77 };

		row(rows[i].what);
		check_result(run(rows[i].work, &job, fds), -ECHILD);
		check_number(job.number, 21);
		check_number(fds[0], -EBADF);
		check_number(fds[1], -EBADF);
		check_number(count_descriptors(), before);
		check_number(waitpid(-1, NULL, WNOHANG | __WALL), -1);
		check_number(errno, ECHILD);
	}
}

/* --- A guest in somebody's process --- */

static volatile sig_atomic_t handled;

static void handle(int signal)
{
	(void)signal;
	handled++;
}

static void catch_signal(int number, void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler };

	check_number(sigaction(number, &action, NULL), 0);
}

static void application_s_sigchld_is_never_called(void)
{
	struct job job = { .number = 1 };
	int fds[HELPER_DESCRIPTORS];

	catch_signal(SIGCHLD, handle);
	check_result(run(double_it, &job, fds), 0);
	check_result(run(be_killed, &job, fds), -ECHILD);
	check_number(handled, 0);
}

static void works_whatever_the_application_does_with_sigchld(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL,
					  .sa_flags = SA_NOCLDWAIT };
	struct job job = { .number = 1 };
	int fds[HELPER_DESCRIPTORS];

	row("ignored");
	catch_signal(SIGCHLD, SIG_IGN);
	check_result(run(double_it, &job, fds), 0);
	row("no zombies");
	check_number(sigaction(SIGCHLD, &action, NULL), 0);
	check_result(run(double_it, &job, fds), 0);
}

static int take_long(void *data, int fds[HELPER_DESCRIPTORS])
{
	sleep_ms(200);
	return double_it(data, fds);
}

/* Waits as an application does in another thread. */
static void *wait_meanwhile(void *ret_seen)
{
	for (int i = 0; i < 30; i++) {
		if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
			*(bool *)ret_seen = true;
		sleep_ms(5);
	}
	return NULL;
}

static void application_s_wait_finds_no_child(void)
{
	struct job job = { .number = 1 };
	int fds[HELPER_DESCRIPTORS];
	pthread_t thread;
	bool seen = false;

	check_number(pthread_create(&thread, NULL, wait_meanwhile, &seen), 0);
	check_result(run(take_long, &job, fds), 0);
	check_number(pthread_join(thread, NULL), 0);
	check(!seen);
	check_number(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	check_number(errno, ECHILD);
}

static void application_s_children_are_left_to_it(void)
{
	struct job job = { .number = 1 };
	int fds[HELPER_DESCRIPTORS];
	pid_t own = fork();
	int status = 0;

	check(own >= 0);
	if (own == 0)
		_exit(7);
	sleep_ms(50);
	check_result(run(double_it, &job, fds), 0);
	check_number(waitpid(-1, &status, 0), own);
	check_number(WEXITSTATUS(status), 7);
}

static int raise_signals(void *data, int fds[HELPER_DESCRIPTORS])
{
	(void)kill(getpid(), SIGUSR1);
	(void)kill(getpid(), SIGTERM);
	return double_it(data, fds);
}

/* In memory that the child shares. */
static volatile int *calls;

static void count_call(int signal)
{
	(void)signal;
	(*calls)++;
}

static void no_handler_runs_in_the_child(void)
{
	struct job job = { .number = 21 };
	int fds[HELPER_DESCRIPTORS];
	sigset_t before;
	sigset_t after;

	calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(calls != MAP_FAILED);
	catch_signal(SIGUSR1, count_call);
	catch_signal(SIGTERM, count_call);
	(void)sigemptyset(&before);
	(void)sigaddset(&before, SIGHUP);
	check_number(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	check_result(run(raise_signals, &job, fds), 0);
	check_number(job.number, 42);
	check_number(*calls, 0);
	check_number(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	for (int number = 1; number < SIGRTMIN; number++)
		check(sigismember(&before, number) ==
		      sigismember(&after, number));
}

static void interrupts_of_the_application_do_no_harm(void)
{
	const struct timespec every = { .tv_nsec = 10000000 };
	const struct itimerspec often = { every, every };
	struct job job = { .number = 21 };
	int fds[HELPER_DESCRIPTORS];
	timer_t timer;

	catch_signal(SIGALRM, handle);
	check_number(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	check_number(timer_settime(timer, 0, &often, NULL), 0);
	check_result(run(take_long, &job, fds), 0);
	check_number(job.number, 42);
	check(handled > 3);
}

/* --- The end of the parent --- */

static int hang(void *data, int fds[HELPER_DESCRIPTORS])
{
	(void)data;
	(void)fds;
	*calls = getpid();
	while (pause() < 0)
		;
	return 0;
}

static void run_hanging(void)
{
	struct job job = { .number = 1 };
	int fds[HELPER_DESCRIPTORS];

	(void)run(hang, &job, fds);
}

static void child_dies_with_its_parent(void)
{
	long long end = now_ms() + 5000;
	pid_t parent;

	calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(calls != MAP_FAILED);
	parent = process_start(run_hanging);
	while (*calls == 0 && now_ms() < end)
		sleep_ms(5);
	check(*calls != 0);
	check_number(kill(*calls, 0), 0);
	process_end(parent);
	while (kill(*calls, 0) == 0 && now_ms() < end)
		sleep_ms(5);
	check_number(kill(*calls, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("helper_run_data_comes_back_from_another_process",
			  data_comes_back_from_another_process),
		sandboxed("helper_run_error_comes_back_with_its_data",
			  error_comes_back_with_its_data),
		sandboxed("helper_run_data_may_have_any_size_up_to_4096",
			  data_may_have_any_size_up_to_4096),
		sandboxed("helper_run_descriptors_come_back_where_they_were_"
			  "put",
			  descriptors_come_back_where_they_were_put),
		sandboxed("helper_run_no_descriptors_come_with_an_error",
			  no_descriptors_come_with_an_error),
		sandboxed("helper_run_few_descriptors_are_an_error_and_undo_"
			  "runs (all-or-nothing)",
			  few_descriptors_are_an_error_and_none_leaks),
		sandboxed("helper_run_refusal_of_an_answer_waits_for_nobody_"
			  "else",
			  refusal_of_an_answer_waits_for_nobody_else),
		sandboxed("helper_run_child_without_an_answer_is_an_error",
			  child_without_an_answer_is_an_error),
		sandboxed("helper_run_application_s_sigchld_is_never_called "
			  "(guest)",
			  application_s_sigchld_is_never_called),
		sandboxed("helper_run_works_whatever_the_application_does_"
			  "with_sigchld (guest)",
			  works_whatever_the_application_does_with_sigchld),
		sandboxed("helper_run_application_s_wait_finds_no_child "
			  "(guest)",
			  application_s_wait_finds_no_child),
		sandboxed("helper_run_application_s_children_are_left_to_it "
			  "(guest)",
			  application_s_children_are_left_to_it),
		sandboxed("helper_run_no_handler_runs_in_the_child (guest)",
			  no_handler_runs_in_the_child),
		sandboxed("helper_run_interrupts_of_the_application_do_no_"
			  "harm",
			  interrupts_of_the_application_do_no_harm),
		sandboxed("helper_run_child_dies_with_its_parent "
			  "(survives-kill)",
			  child_dies_with_its_parent),
	};

	return cmocka_run_group_tests_name("helper", tests, NULL, NULL);
}
