/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows a login from system call to system call, ptrace(2). Exactly one of
 * them is disturbed, in one process: what strace(1) injects it counts for each
 * process anew, and would hit a step and its undoing alike.
 */
#include "trace.h"
#include "calls.h"
#include "login.h"

#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__aarch64__)
#include <elf.h>
#endif

enum { PROCESSES = 8, PATIENCE = 20 };

struct process {
	pid_t pid;
	unsigned int index;
	bool hit;      /* in the call that is disturbed */
	bool fresh;    /* its first stop is to come */
	long argument; /* the first one of that call */
};

struct follow {
	struct trace *trace;
	struct process processes[PROCESSES];
	unsigned int count;
	bool over;
};

#if defined(__x86_64__)
static void call_skip(pid_t pid)
{
	(void)ptrace(PTRACE_POKEUSER, pid,
		     offsetof(struct user_regs_struct, orig_rax), -1L);
}

static void call_answer(pid_t pid, long result)
{
	(void)ptrace(PTRACE_POKEUSER, pid,
		     offsetof(struct user_regs_struct, rax), result);
}

/* brk(2) has no errno: it fails by answering where the break is. */
static void call_ask_for_nothing(pid_t pid)
{
	(void)ptrace(PTRACE_POKEUSER, pid,
		     offsetof(struct user_regs_struct, rdi), 0L);
}

/* The caller counts on finding its argument where it was. */
static void call_mend_argument(pid_t pid, long argument)
{
	(void)ptrace(PTRACE_POKEUSER, pid,
		     offsetof(struct user_regs_struct, rdi), argument);
}
#elif defined(__aarch64__)
static void call_skip(pid_t pid)
{
	int none = -1;
	struct iovec data = { &none, sizeof(none) };

	(void)ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &data);
}

static void call_answer(pid_t pid, long result)
{
	struct user_regs_struct regs;
	struct iovec data = { &regs, sizeof(regs) };

	(void)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &data);
	regs.regs[0] = (unsigned long long)result;
	(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &data);
}

static void call_ask_for_nothing(pid_t pid)
{
	call_answer(pid, 0);
}

/* It lies where the answer comes. */
static void call_mend_argument(pid_t pid, long argument)
{
	(void)pid;
	(void)argument;
}
#else
#error "how to change a system call is not known for this architecture"
#endif

static struct process *process_find(struct follow *follow, pid_t pid)
{
	struct process *process;

	for (unsigned int i = 0; i < follow->count; i++)
		if (follow->processes[i].pid == pid)
			return &follow->processes[i];
	if (follow->count == PROCESSES)
		fatal("too many processes");
	process = &follow->processes[follow->count++];
	*process = (struct process){ .pid = pid, .fresh = true };
	return process;
}

static void read_path(pid_t pid, unsigned long long address, char *ret,
		      size_t size)
{
	struct iovec into = { ret, size - 1 };
	struct iovec from = { (void *)(size_t)address, size - 1 };
	ssize_t got;

	ret[0] = '\0';
	/* It may lie at the end of a page, with nothing behind it. */
	do {
		got = address ? process_vm_readv(pid, &into, 1, &from, 1, 0)
			      : 0;
		into.iov_len = from.iov_len /= 2;
	} while (got < 0 && from.iov_len > 0);
	ret[got < 0 ? 0 : got] = '\0';
	for (char *at = ret; *at; at++)
		if ((unsigned char)*at < ' ' || (unsigned char)*at > '~')
			*at = '\0';
}

static void record(struct trace *trace, const struct process *process,
		   pid_t pid, const struct __ptrace_syscall_info *info,
		   unsigned int number)
{
	const struct call *call = call_find((long)info->entry.nr);
	struct point *point;

	if (trace->count % 256 == 0) {
		trace->points = reallocarray(trace->points, trace->count + 256,
					     sizeof(*trace->points));
		if (!trace->points)
			fatal("no memory");
	}
	point = &trace->points[trace->count++];
	*point = (struct point){
		.process = number,
		.index = process->index,
		.number = (long)info->entry.nr,
	};
	if (call->path >= 0)
		read_path(pid, info->entry.args[call->path], point->path,
			  sizeof(point->path));
}

static bool is_end(const struct __ptrace_syscall_info *info)
{
	if (info->entry.nr == SYS_faccessat)
		return (int)info->entry.args[0] == MARK;
	return info->entry.nr == SYS_socket &&
	       info->entry.args[0] == AF_NETLINK &&
	       info->entry.args[2] == NETLINK_AUDIT;
}

static bool is_target(const struct trace *trace, unsigned int number,
		      const struct process *process, long call)
{
	return trace->kind != TRACE_RECORD && !trace->reached &&
	       trace->target.process == number &&
	       trace->target.index == process->index &&
	       trace->target.number == call;
}

static void disturb_entry(struct trace *trace, struct process *process)
{
	const struct call *call = call_find(trace->target.number);

	trace->reached = true;
	process->hit = true;
	if (trace->kind == TRACE_KILL_BEFORE)
		(void)kill(process->pid, SIGKILL);
	if (trace->kind != TRACE_FAULT || call->is_done)
		return;
	if (call->number == SYS_brk)
		call_ask_for_nothing(process->pid);
	else
		call_skip(process->pid);
}

static void disturb_exit(struct follow *follow, struct process *process)
{
	const struct trace *trace = follow->trace;

	process->hit = false;
	follow->over = true;
	if (trace->kind == TRACE_KILL_AFTER)
		(void)kill(process->pid, SIGKILL);
	else if (trace->kind != TRACE_FAULT)
		return;
	else if (trace->target.number == SYS_brk)
		call_mend_argument(process->pid, process->argument);
	else
		call_answer(process->pid, -trace->error);
}

static void see_entry(struct follow *follow, struct process *process,
		      const struct __ptrace_syscall_info *info)
{
	unsigned int number = (unsigned int)(process - follow->processes);

	if (number == 0 && is_end(info)) {
		follow->over = true;
		return;
	}
	if (follow->over)
		return;
	process->index++;
	if (follow->trace->kind == TRACE_RECORD)
		record(follow->trace, process, process->pid, info, number);
	else if (is_target(follow->trace, number, process,
			   (long)info->entry.nr)) {
		process->argument = (long)info->entry.args[0];
		disturb_entry(follow->trace, process);
	}
}

static void see_call(struct follow *follow, struct process *process)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info),
		   &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		see_entry(follow, process, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT && process->hit)
		disturb_exit(follow, process);
}

static void see_stop(struct follow *follow, pid_t pid, int status)
{
	struct process *process = process_find(follow, pid);
	int number = WSTOPSIG(status);

	if (number == (SIGTRAP | 0x80)) {
		see_call(follow, process);
		number = 0;
	} else if (status >> 16 || (number == SIGSTOP && process->fresh)) {
		number = 0;
	}
	process->fresh = false;
	if (follow->over && !process->hit)
		(void)ptrace(PTRACE_DETACH, pid, NULL, (long)number);
	else
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, (long)number);
}

static void give_up(int number)
{
	(void)number;
}

/* The helpers are not our children, so they count only while traced. */
static void follow_all(struct follow *follow, pid_t login)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR) {
			follow->trace->hung = true;
			for (unsigned int i = 0; i < follow->count; i++)
				(void)kill(follow->processes[i].pid, SIGKILL);
			(void)alarm(PATIENCE);
			continue;
		}
		if (pid < 0)
			return;
		if (WIFSTOPPED(status))
			see_stop(follow, pid, status);
		else if (pid == login)
			follow->trace->status = status;
	}
}

void trace_run(struct trace *trace, pid_t pid)
{
	static const struct sigaction action = { .sa_handler = give_up };
	struct follow follow = { .trace = trace };
	int status;

	trace->reached = false;
	trace->hung = false;
	must("waitpid", waitpid(pid, &status, 0));
	if (!WIFSTOPPED(status)) {
		trace->status = status;
		return;
	}
	process_find(&follow, pid)->fresh = false;
	must("ptrace", ptrace(PTRACE_SETOPTIONS, pid, NULL,
			      (long)(PTRACE_O_TRACESYSGOOD |
				     PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
				     PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL)));
	(void)sigaction(SIGALRM, &action, NULL);
	(void)alarm(PATIENCE);
	must("ptrace", ptrace(PTRACE_SYSCALL, pid, NULL, 0L));
	follow_all(&follow, pid);
	(void)alarm(0);
}
