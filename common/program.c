/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program of root's and watches it. */
#include "program.h"
#include "deadline.h"
#include "file.h"
#include "name.h"
#include "process.h"
#include "scope.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
	TERM_WAIT_MS = 1000,
	KILL_ALL_MS = 2000,
	/* Without pidfd_open(2) the end of the program is looked for. */
	LOOK_MS = 20,
	/* How long what has ended keeps its number. */
	REAP_MS = 500,
	/* What a pipe holds, in reads. */
	DRAIN_READS = 16,
};

/* --- What it writes --- */

struct program_output *program_output_new(void)
{
	void *memory = mmap(NULL, sizeof(struct program_output),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void program_output_free(struct program_output *output)
{
	if (output)
		(void)munmap(output, sizeof(*output));
}

static void output_end_line(struct program_output *output, unsigned int tag)
{
	if (output->length == 0)
		return;
	output->current[output->length++] = '\0';
	memcpy(output->last, output->current, output->length);
	if (output->count < PROGRAM_LINES) {
		struct program_line *line = &output->lines[output->count++];

		line->tag = tag;
		memcpy(line->text, output->current, output->length);
	} else {
		output->lost++;
	}
	output->length = 0;
}

static void output_add(struct program_output *output, unsigned int tag,
		       char byte)
{
	char text[sizeof("\\xff")] = { byte, '\0' };
	size_t size = 1;

	if (byte == '\n') {
		output_end_line(output, tag);
		return;
	}
	if (is_control(byte))
		size = (size_t)snprintf(text, sizeof(text), "\\x%02x",
					(unsigned char)byte);
	if (output->length + size > PROGRAM_LINE)
		output_end_line(output, tag);
	memcpy(output->current + output->length, text, size);
	output->length += size;
}

/* Reads what is there. False: there is nothing now, or nothing will come. */
static bool output_read(int pipe, unsigned int tag,
			struct program_output *output, bool *ret_ended)
{
	char bytes[4096];
	ssize_t size = read(pipe, bytes, sizeof(bytes));

	*ret_ended = size == 0 || (size < 0 && errno != EAGAIN);
	for (ssize_t i = 0; i < size; i++)
		output_add(output, tag, bytes[i]);
	return size > 0;
}

/* --- The process that becomes the program --- */

/*
 * A signal as it is at first. A system call, as the C library keeps two signals
 * for itself. All of the kernel's struct is zero: SIG_DFL, no flag.
 */
static void reset_signal(int signal)
{
	static const unsigned long none[32] = { 0 };

	(void)syscall(SYS_rt_sigaction, signal, none, NULL, (size_t)NSIG / 8);
}

static void reset_signals(void)
{
	sigset_t empty;

	for (int signal = 1; signal < NSIG; signal++)
		reset_signal(signal);
	(void)sigemptyset(&empty);
	(void)sigprocmask(SIG_SETMASK, &empty, NULL);
}

/*
 * A label that pam_selinux(8) has set is meant for the user's shell. Writing
 * nothing removes it, as setexeccon(3) does.
 */
static void reset_label(const char *path)
{
	scoped_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, "", 0);
}

/* 0 is /dev/null, 1 and 2 the pipe, and there is nothing else. */
static int reset_descriptors(int output)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	/* Each of 0 to 2 may be in use. */
	null = fcntl(null, F_DUPFD_CLOEXEC, 3);
	output = fcntl(output, F_DUPFD_CLOEXEC, 3);
	if (null < 0 || output < 0 || dup2(null, 0) < 0 ||
	    dup2(output, 1) < 0 || dup2(output, 2) < 0)
		return -errno;
	file_close_range(3, ~0U);
	return 0;
}

_Noreturn static void program_start(const struct program *program, int output,
				    pid_t helper, struct program_output *shared)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != helper)
		_exit(1);
	(void)setsid();
	reset_signals();
	(void)umask(022);
	reset_label("/proc/self/attr/exec");
	reset_label("/proc/self/attr/fscreate");
	shared->error = reset_descriptors(output);
	if (shared->error == 0) {
		(void)syscall(SYS_execve, program->path, program->argv,
			      program->envp);
		shared->error = -errno;
	}
	_exit(127);
}

/* --- The watcher --- */

/*
 * Kills the children of this process, proc_pid_tid_children(5). Theirs are its
 * own as soon as their parents are gone. Returns how many there were, zombies
 * too; -errno: they cannot be listed.
 */
static int children_kill(void)
{
	scoped_fd int list = -EBADF;
	char path[64];
	char text[8192];
	const char *at = text;
	ssize_t size;
	int count = 0;

	/* The numbers would be those of other processes. */
	if (process_own_number() != getpid())
		return -ESRCH;
	(void)snprintf(path, sizeof(path), "/proc/self/task/%ld/children",
		       (long)syscall(SYS_gettid));
	list = open(path, O_RDONLY | O_CLOEXEC);
	size = list < 0 ? -1 : read(list, text, sizeof(text) - 1);
	if (size < 0)
		return -errno;
	text[size] = '\0';
	/* A number that is cut is not followed by a blank. */
	for (const char *blank = strchr(at, ' '); blank;
	     blank = strchr(at, ' ')) {
		(void)kill((pid_t)strtol(at, NULL, 10), SIGKILL);
		at = blank + 1;
		count++;
	}
	return count;
}

void program_kill_all(void)
{
	long long deadline = deadline_in(KILL_ALL_MS);

	while (children_kill() > 0 && deadline_left(deadline) > 0) {
		bool reaped = false;

		while (waitpid(-1, NULL, WNOHANG | (int)__WALL) > 0)
			reaped = true;
		/* Not if they are about to make more. */
		if (!reaped)
			(void)poll(NULL, 0, 1);
	}
	while (waitpid(-1, NULL, WNOHANG | (int)__WALL) > 0)
		;
}

/* What a program that runs is known by. */
struct running {
	pid_t pid;
	int pidfd;
	int pipe;
	int caller; /* pidfd, or -EBADF */
	bool ended;
};

/*
 * Looks whether it has ended. What it has left and has ended is gone then, too.
 * Returns 0, or -errno: nobody can tell how it ended.
 */
static int program_look(struct running *running, struct program_output *output)
{
	int status = 0;
	pid_t pid;

	do
		pid = waitpid(-1, &status, WNOHANG | (int)__WALL);
	while (pid > 0 && pid != running->pid);
	if (pid == running->pid)
		output->status = status;
	running->ended = pid == running->pid || (pid < 0 && errno != EINTR);
	return pid < 0 && errno != EINTR ? -errno : 0;
}

/*
 * Waits until the program ends: 0; -ETIMEDOUT, -EOWNERDEAD; or -errno of
 * program_look(). Its output is read meanwhile.
 */
static int program_wait(struct running *running, const struct program *program,
			long long deadline, struct program_output *output)
{
	while (!running->ended) {
		struct pollfd fds[] = {
			{ .fd = running->pidfd, .events = POLLIN },
			{ .fd = running->pipe, .events = POLLIN },
			{ .fd = running->caller, .events = POLLIN },
		};
		const long look_ms = running->pidfd < 0 ? LOOK_MS : REAP_MS;
		long left = deadline_left(deadline);
		bool pipe_ended = false;
		int r;

		if (left > look_ms)
			left = look_ms;
		(void)poll(fds, 3, (int)left);
		if (fds[1].revents)
			(void)output_read(running->pipe, program->tag, output,
					  &pipe_ended);
		if (pipe_ended)
			scope_close(&running->pipe);
		r = program_look(running, output);
		if (r < 0 || running->ended)
			return r;
		if (fds[2].revents) {
			scope_close(&running->caller);
			return -EOWNERDEAD;
		}
		if (deadline_left(deadline) == 0)
			return -ETIMEDOUT;
	}
	return 0;
}

/* Reads what is in the pipe, which a process may keep open. */
static void output_drain(struct running *running, unsigned int tag,
			 struct program_output *output)
{
	bool ended = false;

	for (int i = 0; running->pipe >= 0 && i < DRAIN_READS; i++)
		if (!output_read(running->pipe, tag, output, &ended))
			break;
	output_end_line(output, tag);
}

static int program_watch(struct running *running, const struct program *program,
			 struct program_output *output)
{
	int r = program_wait(running, program, program->deadline, output);

	if (r < 0) {
		(void)kill(-running->pid, SIGTERM);
		(void)program_wait(running, program, deadline_in(TERM_WAIT_MS),
				   output);
	}
	if (r == 0 && output->error < 0)
		r = output->error;
	else if (r == 0 && output->status != 0)
		r = -ECANCELED;
	/* Nobody has waited for it yet, so the number is still its own. */
	if (r < 0 && !running->ended) {
		(void)kill(-running->pid, SIGKILL);
		(void)kill(running->pid, SIGKILL);
	}
	if (r < 0)
		program_kill_all();
	if (r < 0 && !running->ended)
		(void)program_wait(running, program, deadline_in(TERM_WAIT_MS),
				   output);
	output_drain(running, program->tag, output);
	return r;
}

/* A pidfd of the parent, if it is the one that is waited for. */
static int caller_open(pid_t caller)
{
	int fd = (int)syscall(SYS_pidfd_open, caller, 0);

	if (getppid() == caller)
		return fd;
	scope_close(&fd);
	return -EOWNERDEAD;
}

static int program_clone(const struct program *program, struct running *running,
			 struct program_output *output)
{
	scoped_fd int write_end = -EBADF;
	pid_t self = getpid();
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	running->pipe = pair[0];
	write_end = pair[1];
	(void)fcntl(running->pipe, F_SETFL, O_NONBLOCK);
	/* All zero, as the order differs between processors. No SIGCHLD. */
	running->pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (running->pid == 0)
		program_start(program, write_end, self, output);
	if (running->pid < 0)
		return -errno;
	running->pidfd = (int)syscall(SYS_pidfd_open, running->pid, 0);
	return 0;
}

int program_run(const struct program *program, struct program_output *output)
{
	struct running running = {
		.pidfd = -EBADF,
		.pipe = -EBADF,
		.caller = -EBADF,
	};
	int r = 0;

	output->error = 0;
	output->status = 0;
	output->last[0] = '\0';
	/* iproute2, for one, drops its capabilities if it is not. */
	if (getuid() != 0 || geteuid() != 0 || getgid() != 0)
		return -EPERM;
	if (program->caller)
		running.caller = caller_open(program->caller);
	if (running.caller == -EOWNERDEAD)
		return -EOWNERDEAD;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/* Where the application ignores it, the status would be lost. */
	reset_signal(SIGCHLD);
	r = program_clone(program, &running, output);
	if (r == 0)
		r = program_watch(&running, program, output);
	scope_close(&running.caller);
	scope_close(&running.pidfd);
	scope_close(&running.pipe);
	return r;
}
