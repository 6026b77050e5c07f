/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program of root's: what it inherits, how it ends, and what it writes. */
#include "common/deadline.h"
#include "common/program.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG_MS = 10000, TAG = 7 };

#define SCRIPT "/run/program"

static struct program_output *output;

/* --- Calls that are made to fail --- */

static struct {
	long number;
	int error;
} refused;
static bool waits_fail;
static int pipes_fail;
/* The files to which nothing was written, by any process. */
static char *emptied;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
		    long f);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
int __real_pipe2(int pair[2], int flags);
int __wrap_pipe2(int pair[2], int flags);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (refused.error && refused.number == number) {
		errno = refused.error;
		return -1;
	}
	return __real_syscall(number, a, b, c, d, e, f);
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	if (!waits_fail)
		return __real_waitpid(pid, status, options);
	waits_fail = false;
	errno = ECHILD;
	return -1;
}

int __wrap_pipe2(int pair[2], int flags)
{
	if (!pipes_fail)
		return __real_pipe2(pair, flags);
	errno = pipes_fail;
	return -1;
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	if (emptied && size == 0) {
		char link[32];
		char *end = emptied + strlen(emptied);

		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		check(readlink(link, end, 64) > 0);
	}
	return __real_write(fd, data, size);
}

/* --- Running --- */

static int run_path(const char *path, long ms, pid_t caller)
{
	const char *const argv[] = { path, "create", "name", NULL };
	const char *const envp[] = { "PATH=/usr/bin:/bin", "A=b c", NULL };
	const struct program program = {
		.path = path,
		.argv = argv,
		.envp = envp,
		.tag = TAG,
		.deadline = deadline_in(ms),
		.caller = caller,
	};
	int before = count_descriptors();
	int r;

	if (!output)
		output = program_output_new();
	check(output != NULL);
	output->count = 0;
	output->lost = 0;
	r = program_run(&program, output);
	check_number(count_descriptors(), before);
	return r;
}

static void write_script(const char *text)
{
	char script[4096];

	(void)snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", text);
	(void)unlink(SCRIPT);
	make_file(SCRIPT, 0755, script);
}

static int run_script(const char *text)
{
	write_script(text);
	return run_path(SCRIPT, LONG_MS, 0);
}

static void check_lines(const char *const *lines, size_t count)
{
	check_number(output->count, count);
	for (size_t i = 0; i < count; i++) {
		check_text(output->lines[i].text, lines[i]);
		check_number(output->lines[i].tag, TAG);
	}
}

static bool has_children(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		       (int)getpid());
	return *read_text(path) != '\0';
}

static bool is_alive(const char *pid_file)
{
	return kill((pid_t)atoi(read_text(pid_file)), 0) == 0;
}

static void wait_for_file(const char *path)
{
	for (int i = 0; i < 2000 && access(path, F_OK) < 0; i++)
		(void)usleep(1000);
	check_number(access(path, F_OK), 0);
}

/* --- How it ends --- */

static void run_tells_how_it_ended(void)
{
	static const struct {
		const char *script;
		int result;
		int status;
		const char *last;
	} rows[] = {
		{ "exit 0", 0, 0, "" },
		{ "echo fine", 0, 0, "fine" },
		{ "exit 1", -ECANCELED, 1 << 8, "" },
		{ "echo a; echo b >&2; exit 255", -ECANCELED, 255 << 8, "b" },
		{ "kill -KILL $$", -ECANCELED, SIGKILL, "" },
		{ "kill -TERM $$", -ECANCELED, SIGTERM, "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].script);
		check_result(run_script(rows[i].script), rows[i].result);
		check_number(output->status, rows[i].status);
		check_text(output->last, rows[i].last);
		check(!has_children());
	}
}

static void run_tells_why_it_did_not_start(void)
{
	static const struct {
		const char *what;
		mode_t mode;
		const char *text;
		int result;
	} rows[] = {
		{ "not executable", 0644, "#!/bin/sh\n", -EACCES },
		{ "no interpreter", 0755, "#!/nowhere/sh\n", -ENOENT },
		{ "no binary", 0755, "nonsense\n", -ENOEXEC },
		{ "empty", 0755, "", -ENOEXEC },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		(void)unlink(SCRIPT);
		make_file(SCRIPT, rows[i].mode, rows[i].text);
		check_result(run_path(SCRIPT, LONG_MS, 0), rows[i].result);
		check_result(output->error, rows[i].result);
		check(!has_children());
	}
	row("missing");
	check_result(run_path("/run/none", LONG_MS, 0), -ENOENT);
	row("a directory");
	check_result(run_path("/run", LONG_MS, 0), -EACCES);
	row("no pipe");
	pipes_fail = EMFILE;
	check_result(run_script("exit 0"), -EMFILE);
	pipes_fail = 0;
	row("no process");
	refused.number = SYS_clone;
	refused.error = EAGAIN;
	check_result(run_script("exit 0"), -EAGAIN);
}

static void run_of_another_than_root_fails(void)
{
	write_script("touch /run/ran");
	check_number(setegid(1000), 0);
	row("the real gid counts");
	check_result(run_path(SCRIPT, LONG_MS, 0), 0);
	check_number(unlink("/run/ran"), 0);
	check_number(setresuid(1000, 0, 0), 0);
	row("the real uid");
	check_result(run_path(SCRIPT, LONG_MS, 0), -EPERM);
	check_result(output->error, 0);
	check_number(access("/run/ran", F_OK), -1);
}

static void run_that_cannot_be_waited_for_is_no_success(void)
{
	write_script("echo running; sleep 100");
	waits_fail = true;
	check_result(run_path(SCRIPT, LONG_MS, 0), -ECHILD);
	check(!has_children());
}

static void run_without_pidfds_sees_the_end(void)
{
	long long start = now_ms();

	refused.number = SYS_pidfd_open;
	refused.error = ENOSYS;
	check_result(run_script("sleep 0.1; echo late; exit 4"), -ECANCELED);
	check_text(output->last, "late");
	check(now_ms() - start < 3000);
}

/* --- What it inherits --- */

static void run_gives_it_these_arguments_and_this_environment(void)
{
	static const char *const lines[] = { SCRIPT, "create", "name",
					     "PATH=/usr/bin:/bin", "A=b c" };

	check_number(setenv("BASH_ENV", "/run/evil", 1), 0);
	check_number(setenv("LD_PRELOAD", "/run/evil.so", 1), 0);
	check_result(run_script("echo $0; for a in \"$@\"; do echo $a; done\n"
				"tr '\\0' '\\n' </proc/$$/environ"),
		     0);
	check_lines(lines, COUNT(lines));
}

static void check_descriptors(void)
{
	static const char text[] =
		"for fd in /proc/$$/fd/*; do readlink $fd; done |"
		"sed 's/:.*//' | sort -u | xargs";

	check_result(run_script(text), 0);
	check_text(output->last, "/dev/null " SCRIPT " pipe");
	/* ls opens the directory that it shows. */
	check_result(run_path("/run/ls", LONG_MS, 0), 0);
}

static void run_gives_it_no_descriptor_but_three(void)
{
	int file;

	make_link("/run/ls", "/bin/true");
	file = open("/run/opened", O_RDWR | O_CREAT, 0600);
	check(file >= 0);
	row("many open ones, not close-on-exec");
	for (int i = 0; i < 50; i++)
		check(dup(file) > 0);
	check_descriptors();
	row("0 to 2 are closed");
	(void)close(0);
	(void)close(1);
	(void)close(2);
	check_descriptors();
	row("without close_range(2)");
	refused.number = SYS_close_range;
	refused.error = ENOSYS;
	check_descriptors();
}

static void run_fails_where_it_has_no_descriptors(void)
{
	struct rlimit limit = { .rlim_cur = 3, .rlim_max = 4096 };

	write_script("exit 0");
	(void)close(0);
	(void)close(1);
	(void)close(2);
	check(open("/run", O_RDONLY) == 0);
	check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
	output = program_output_new();
	check(output != NULL);
	{
		const char *const argv[] = { SCRIPT, NULL };
		const struct program program = {
			.path = SCRIPT,
			.argv = argv,
			.envp = argv + 1,
			.deadline = deadline_in(LONG_MS),
		};
		int r = program_run(&program, output);

		limit.rlim_cur = 1024;
		check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
		check_result(r, -EMFILE);
	}
}

static void run_needs_the_null_device(void)
{
	mount_tmpfs("/dev");
	check_result(run_script("exit 0"), -ENODEV);
}

static void run_gives_it_default_signals(void)
{
	sigset_t all;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_IGN);
	(void)sigfillset(&all);
	check_number(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	check_result(run_script("grep -E '^Sig(Blk|Ign)' /proc/self/status |"
				"tr -d '\\t'"),
		     0);
	check_number(output->count, 2);
	check_text(output->lines[0].text, "SigBlk:0000000000000000");
	check_text(output->lines[1].text, "SigIgn:0000000000000000");
}

static void run_gives_it_a_session_and_a_umask(void)
{
	(void)umask(0);
	check_number(chdir("/"), 0);
	check_result(run_script("umask; pwd; ps -o sid=,pid= -p $$ |"
				"(read a b; [ $a = $b ] && echo leader)"),
		     0);
	check_number(output->count, 3);
	check_text(output->lines[0].text, "0022");
	check_text(output->lines[1].text, "/");
	check_text(output->lines[2].text, "leader");
}

/* What pam_selinux(8) has set is for the shell of the user. */
static void run_gives_it_no_label(void)
{
	if (access("/proc/self/attr/exec", F_OK) < 0)
		sandbox_skip("this kernel has no labels");
	emptied = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(emptied != MAP_FAILED);
	check_result(run_script("exit 0"), 0);
	check_has(emptied, "/attr/exec");
	check_has(emptied, "/attr/fscreate");
}

/* --- Time, and what it has started --- */

static void check_time_out(const char *script, long ms, long most)
{
	long long start = now_ms();

	row(script);
	write_script(script);
	check_result(run_path(SCRIPT, ms, 0), -ETIMEDOUT);
	check(now_ms() - start >= ms);
	check(now_ms() - start < most);
	check(!has_children());
}

static void run_ends_what_takes_too_long(void)
{
	check_time_out("echo waiting; sleep 100", 100, 900);
	check_text(output->last, "waiting");
	check_time_out("trap 'echo bye; exit 0' TERM; sleep 100 & wait", 300,
		       1200);
	check_text(output->last, "bye");
	check_time_out("trap '' TERM; sleep 100; sleep 100", 100, 2500);
	check_time_out("kill -STOP $$", 100, 2500);
	check_time_out("yes", 100, 900);
	check_time_out("exec >&- 2>&-; sleep 100", 100, 900);
	check_time_out("setsid sh -c 'trap \"\" TERM; sleep 100 & sleep 100' &"
		       "sleep 100",
		       100, 2500);
}

static void run_that_fails_leaves_no_descendant(void)
{
	static const char *const scripts[] = {
		"sleep 100 & exit 1",
		"setsid sleep 100 & exit 1",
		"(setsid sh -c 'sleep 100 & sleep 100 & wait' &) ; exit 1",
		"for i in $(seq 100); do (setsid sleep 100 &) & done; wait;"
		"exit 1",
		"trap '' HUP TERM; setsid sh -c 'trap \"\" TERM; sleep 100' &"
		"exit 1",
	};

	for (size_t i = 0; i < COUNT(scripts); i++) {
		row(scripts[i]);
		check_result(run_script(scripts[i]), -ECANCELED);
		check(!has_children());
	}
}

/* Each forks and ends all the time. */
static void run_ends_what_forks_for_ever(void)
{
	write_script("[ \"$LEVEL\" ] && { sleep 0.01; LEVEL=1 " SCRIPT
		     " & exit; }\n"
		     "LEVEL=1; export LEVEL; for i in 1 2 3 4; do " SCRIPT
		     " & done\n sleep 0.1; exit 1");
	check_result(run_path(SCRIPT, LONG_MS, 0), -ECANCELED);
	check(!has_children());
}

/* Else what forks for 30 s takes up all numbers of processes. */
static void run_keeps_nothing_that_has_ended(void)
{
	check_result(run_script(
			     "(sh -c 'echo $$ >/run/orphan' &)\n"
			     "until [ -s /run/orphan ]; do sleep 0.01; done\n"
			     "for i in 1 2 3 4 5 6 7 8 9; do\n"
			     "sleep 1; [ -d /proc/$(cat /run/orphan) ] ||\n"
			     "exit 0; done; exit 1"),
		     0);
}

static void run_that_succeeds_leaves_its_daemon(void)
{
	long long start = now_ms();

	check_result(run_script("sleep 100 & echo $! >/run/pid; echo started"),
		     0);
	check(now_ms() - start < 3000);
	check_text(output->last, "started");
	check(is_alive("/run/pid"));
	row("one that writes all the time");
	check_result(run_script("yes & sleep 0.1; echo $! >/run/pid2"), 0);
	check(now_ms() - start < 6000);
	check(is_alive("/run/pid"));
	row("all");
	program_kill_all();
	check(!has_children());
	check(!is_alive("/run/pid"));
}

static void run_without_a_list_of_children_ends_the_program(void)
{
	check_number(mkdir("/run/empty", 0755), 0);
	write_script("trap '' TERM; while :; do :; done");
	bind_mount("/run/empty", "/proc/self/task");
	check_result(run_path(SCRIPT, 100, 0), -ETIMEDOUT);
	check_number(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	check_number(errno, ECHILD);
}

static void be_killed_while_it_runs(void)
{
	write_script("echo $$ >/run/pid.new; mv /run/pid.new /run/pid;"
		     "exec sleep 100");
	(void)run_path(SCRIPT, LONG_MS, 0);
}

static void run_ends_with_the_watcher(void)
{
	pid_t watcher = process_start(be_killed_while_it_runs);

	wait_for_file("/run/pid");
	check_number(kill(watcher, SIGKILL), 0);
	for (int i = 0; i < 2000 && is_alive("/run/pid"); i++)
		(void)usleep(1000);
	check(!is_alive("/run/pid"));
}

static pid_t the_caller;

/* The caller of a helper ends as soon as the program runs. */
static void run_for_a_caller_that_ends(void)
{
	pid_t helper = fork();

	check(helper >= 0);
	if (helper > 0) {
		wait_for_file("/run/started");
		_exit(0);
	}
	write_script("trap 'touch /run/termed; exit 0' TERM\n"
		     "touch /run/started; sleep 100 & wait");
	if (run_path(SCRIPT, LONG_MS, getppid()) == -EOWNERDEAD)
		make_file("/run/orphaned", 0600, "");
	_exit(0);
}

static void run_ends_with_the_caller(void)
{
	in_process(run_for_a_caller_that_ends);
	wait_for_file("/run/termed");
	wait_for_file("/run/orphaned");
	row("it has ended before");
	the_caller = fork();
	if (the_caller == 0)
		_exit(0);
	check_number(waitpid(the_caller, NULL, 0), the_caller);
	write_script("touch /run/ran");
	check_result(run_path(SCRIPT, LONG_MS, the_caller), -EOWNERDEAD);
	row("it is not the parent");
	check_result(run_path(SCRIPT, LONG_MS, getpid()), -EOWNERDEAD);
	check_number(access("/run/ran", F_OK), -1);
	row("it lives");
	check_result(run_path(SCRIPT, LONG_MS, getppid()), 0);
}

/* --- What it writes --- */

static void output_is_lines_without_control_characters(void)
{
	static const char *const lines[] = {
		"one",		 "two  three",	   "\\x1b[2J\\x07\\x7f\\x0d",
		"a\\x00b\\x09c", "Zo\xc3\xab\xff", "\\x5c is not escaped: \\",
		"no end",
	};

	check_result(run_script("printf 'one\\n\\n\\ntwo  three\\n'\n"
				"printf '\\033[2J\\007\\177\\r\\n'\n"
				"printf 'a\\0b\\tc\\n'\n"
				"printf 'Zo\\303\\253\\377\\n'\n"
				"printf '%s\\n' '\\x5c is not escaped: \\'\n"
				"printf 'no end'"),
		     0);
	check_lines(lines, COUNT(lines));
	check_text(output->last, "no end");
}

static void output_is_cut(void)
{
	row("100 lines of all programs, and the last");
	check_result(run_script("seq 150"), 0);
	check_number(output->count, 100);
	check_number(output->lost, 50);
	check_text(output->lines[99].text, "100");
	check_text(output->last, "150");
	row("400 bytes of a line");
	check_result(run_script("printf '%0401d\\n%0400d\\n' 1 2"), 0);
	check_number(output->count, 3);
	check_number(strlen(output->lines[0].text), 400);
	check_text(output->lines[1].text, "1");
	check_number(strlen(output->lines[2].text), 400);
	row("an escape is not cut in two");
	check_result(run_script("printf '%0398d\\033\\n' 1"), 0);
	check_number(output->count, 2);
	check_number(strlen(output->lines[0].text), 398);
	check_text(output->lines[1].text, "\\x1b");
	row("100 MiB");
	check_result(run_script("head -c 104857600 /dev/zero | tr '\\0' x;"
				"echo; echo end"),
		     0);
	check_number(output->count, 100);
	check_text(output->last, "end");
	row("the next program begins with nothing");
	check_result(run_script("exit 1"), -ECANCELED);
	check_text(output->last, "");
}

static void output_free_takes_nothing(void **state)
{
	(void)state;
	program_output_free(NULL);
	program_output_free(program_output_new());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("program_run_tells_how_it_ended",
			  run_tells_how_it_ended),
		sandboxed("program_run_tells_why_it_did_not_start",
			  run_tells_why_it_did_not_start),
		sandboxed("program_run_of_another_than_root_fails",
			  run_of_another_than_root_fails),
		sandboxed("program_run_that_cannot_be_waited_for_is_no_success",
			  run_that_cannot_be_waited_for_is_no_success),
		sandboxed("program_run_without_pidfds_sees_the_end",
			  run_without_pidfds_sees_the_end),
		sandboxed(
			"program_run_gives_it_these_arguments_and_this_environment",
			run_gives_it_these_arguments_and_this_environment),
		sandboxed("program_run_gives_it_no_descriptor_but_three",
			  run_gives_it_no_descriptor_but_three),
		sandboxed("program_run_fails_where_it_has_no_descriptors",
			  run_fails_where_it_has_no_descriptors),
		sandboxed("program_run_needs_the_null_device",
			  run_needs_the_null_device),
		sandboxed("program_run_gives_it_default_signals",
			  run_gives_it_default_signals),
		sandboxed("program_run_gives_it_a_session_and_a_umask",
			  run_gives_it_a_session_and_a_umask),
		sandboxed("program_run_gives_it_no_label",
			  run_gives_it_no_label),
		sandboxed("program_run_ends_what_takes_too_long",
			  run_ends_what_takes_too_long),
		sandboxed("program_run_that_fails_leaves_no_descendant",
			  run_that_fails_leaves_no_descendant),
		sandboxed("program_run_ends_what_forks_for_ever",
			  run_ends_what_forks_for_ever),
		sandboxed("program_run_keeps_nothing_that_has_ended",
			  run_keeps_nothing_that_has_ended),
		sandboxed("program_run_that_succeeds_leaves_its_daemon",
			  run_that_succeeds_leaves_its_daemon),
		sandboxed(
			"program_run_without_a_list_of_children_ends_the_program",
			run_without_a_list_of_children_ends_the_program),
		sandboxed("program_run_ends_with_the_watcher",
			  run_ends_with_the_watcher),
		sandboxed("program_run_ends_with_the_caller",
			  run_ends_with_the_caller),
		sandboxed("program_output_is_lines_without_control_characters",
			  output_is_lines_without_control_characters),
		sandboxed("program_output_is_cut", output_is_cut),
		plain("program_output_free_takes_nothing",
		      output_free_takes_nothing),
	};

	return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
