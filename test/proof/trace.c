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
#include <sys/stat.h>
#include <sys/statfs.h>
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
	bool hit;   /* in the call that is disturbed */
	bool fresh; /* its first stop is to come */
	int error;  /* that this call is to have */
	struct __ptrace_syscall_info call;
};

struct follow {
	struct trace *trace;
	struct process processes[PROCESSES];
	unsigned int count;
	bool over;
	bool paused; /* not in the module, TRACE_ALWAYS */
};

/* Where the data of a call lie: an argument, and what of them is changed. */
static const struct {
	long number;
	int argument;
	size_t offset;
} answers[] = {
	{ SYS_newfstatat, 2, offsetof(struct stat, st_ino) },
	{ SYS_fstat, 1, offsetof(struct stat, st_ino) },
	{ SYS_statx, 4, offsetof(struct statx, stx_ino) },
	{ SYS_statfs, 1, offsetof(struct statfs, f_type) },
	{ SYS_fstatfs, 1, offsetof(struct statfs, f_type) },
	{ SYS_recvfrom, 1, sizeof(struct nlmsghdr) },
};

/* Their third argument is how much. */
static const long sized[] = { SYS_read,	  SYS_pread64,	SYS_write,
			      SYS_sendto, SYS_recvfrom, SYS_getdents64 };

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

static void call_set_argument(pid_t pid, unsigned int number,
			      unsigned long long value)
{
	static const size_t offsets[] = {
		offsetof(struct user_regs_struct, rdi),
		offsetof(struct user_regs_struct, rsi),
		offsetof(struct user_regs_struct, rdx),
	};

	(void)ptrace(PTRACE_POKEUSER, pid, offsets[number], (long)value);
}

/* The caller counts on finding its arguments where they were. */
static void call_mend_argument(pid_t pid, unsigned int number,
			       unsigned long long value)
{
	call_set_argument(pid, number, value);
}
#elif defined(__aarch64__)
static void call_skip(pid_t pid)
{
	int none = -1;
	struct iovec data = { &none, sizeof(none) };

	(void)ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &data);
}

static void call_set_argument(pid_t pid, unsigned int number,
			      unsigned long long value)
{
	struct user_regs_struct regs;
	struct iovec data = { &regs, sizeof(regs) };

	(void)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &data);
	regs.regs[number] = value;
	(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &data);
}

static void call_answer(pid_t pid, long result)
{
	call_set_argument(pid, 0, (unsigned long long)result);
}

/* The first one lies where the answer comes. */
static void call_mend_argument(pid_t pid, unsigned int number,
			       unsigned long long value)
{
	if (number > 0)
		call_set_argument(pid, number, value);
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

/* The marks, and where libpam tells the audit system, which is not ours. */
static bool is_end(const struct __ptrace_syscall_info *info)
{
	if (info->entry.nr == SYS_faccessat)
		return (int)info->entry.args[0] == MARK;
	return info->entry.nr == SYS_socket &&
	       info->entry.args[0] == AF_NETLINK &&
	       info->entry.args[2] == NETLINK_AUDIT;
}

static bool is_start(const struct __ptrace_syscall_info *info)
{
	return info->entry.nr == SYS_faccessat &&
	       (int)info->entry.args[0] == MARK_AGAIN;
}

static bool is_point(const struct point *point, unsigned int number,
		     const struct process *process, long call)
{
	return point->process == number && point->index == process->index &&
	       point->number == call;
}

/* Whether this call is to be disturbed. */
static bool is_chosen(struct trace *trace, unsigned int number,
		      struct process *process, long call)
{
	process->error = trace->error;
	if (trace->kind == TRACE_RECORD)
		return false;
	if (trace->kind == TRACE_ALWAYS) {
		trace->reached |= call == trace->target.number;
		return call == trace->target.number;
	}
	if (!trace->reached) {
		trace->reached =
			is_point(&trace->target, number, process, call);
		return trace->reached;
	}
	process->error = trace->second_error;
	if (!trace->second || trace->second_reached)
		return false;
	trace->second_reached = is_point(trace->second, number, process, call);
	return trace->second_reached;
}

static void kill_all(const struct follow *follow)
{
	for (unsigned int i = 0; i < follow->count; i++)
		(void)kill(follow->processes[i].pid, SIGKILL);
}

static void fail_entry(const struct process *process)
{
	const struct call *call = call_find((long)process->call.entry.nr);

	if (call->is_done)
		return;
	/* It has no errno: it fails by answering where the break is. */
	if (call->number == SYS_brk)
		call_set_argument(process->pid, 0, 0);
	else
		call_skip(process->pid);
}

static void disturb_entry(struct follow *follow, struct process *process)
{
	const struct trace *trace = follow->trace;

	switch (trace->kind) {
	case TRACE_FAULT:
	case TRACE_ALWAYS:
		fail_entry(process);
		break;
	case TRACE_SHORT:
		call_set_argument(process->pid, 2,
				  (process->call.entry.args[2] + 1) / 2);
		break;
	case TRACE_SIGNAL:
		(void)kill(process->pid, SIGALRM);
		break;
	case TRACE_PAUSE:
		trace->meanwhile(trace->data);
		break;
	case TRACE_KILL_BEFORE:
		(void)kill(process->pid, SIGKILL);
		break;
	case TRACE_KILL_ALL:
		kill_all(follow);
		break;
	case TRACE_RECORD:
	case TRACE_WRONG:
	case TRACE_KILL_AFTER:
		break;
	}
}

static void fail_exit(const struct process *process)
{
	if (process->call.entry.nr == SYS_brk)
		call_mend_argument(process->pid, 0,
				   process->call.entry.args[0]);
	else
		call_answer(process->pid, -process->error);
}

/* One bit of what it answers. */
static void lie(const struct process *process)
{
	const struct __ptrace_syscall_info *call = &process->call;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		char byte = 0;
		struct iovec here = { &byte, 1 };
		struct iovec there = { .iov_len = 1 };

		if (answers[i].number != (long)call->entry.nr)
			continue;
		there.iov_base =
			(char *)(size_t)call->entry.args[answers[i].argument] +
			answers[i].offset;
		if (process_vm_readv(process->pid, &here, 1, &there, 1, 0) < 0)
			return;
		byte ^= 1;
		(void)process_vm_writev(process->pid, &here, 1, &there, 1, 0);
	}
}

static void disturb_exit(struct follow *follow, struct process *process)
{
	const struct trace *trace = follow->trace;

	process->hit = false;
	follow->over = trace->kind != TRACE_ALWAYS && !trace->goes_on &&
		       (!trace->second || trace->second_reached);
	if (trace->kind == TRACE_KILL_AFTER)
		(void)kill(process->pid, SIGKILL);
	else if (trace->kind == TRACE_FAULT || trace->kind == TRACE_ALWAYS)
		fail_exit(process);
	else if (trace->kind == TRACE_SHORT)
		call_mend_argument(process->pid, 2,
				   process->call.entry.args[2]);
	else if (trace->kind == TRACE_WRONG)
		lie(process);
}

static bool is_pause(const struct __ptrace_syscall_info *info)
{
	return info->entry.nr == SYS_faccessat &&
	       (int)info->entry.args[0] == MARK_PAUSE;
}

/* Returns whether the call is of the module. */
static bool see_mark(struct follow *follow, unsigned int number,
		     const struct __ptrace_syscall_info *info)
{
	if (number == 0 && is_start(info)) {
		follow->paused = false;
		return false;
	}
	follow->paused |= number == 0 && is_pause(info);
	if (number == 0 && is_end(info)) {
		follow->paused = true;
		follow->over = follow->trace->kind != TRACE_ALWAYS;
	}
	return !follow->over && !follow->paused;
}

static void see_entry(struct follow *follow, struct process *process,
		      const struct __ptrace_syscall_info *info)
{
	unsigned int number = (unsigned int)(process - follow->processes);
	struct trace *trace = follow->trace;
	bool records = trace->kind == TRACE_RECORD ||
		       (trace->goes_on && trace->reached);

	if (!see_mark(follow, number, info))
		return;
	process->index++;
	process->call = *info;
	if (records)
		record(trace, process, process->pid, info, number);
	process->hit = is_chosen(trace, number, process, (long)info->entry.nr);
	if (process->hit)
		disturb_entry(follow, process);
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

bool trace_can(enum trace_kind kind, long number)
{
	if (kind == TRACE_SHORT) {
		for (size_t i = 0; i < sizeof(sized) / sizeof(sized[0]); i++)
			if (sized[i] == number)
				return true;
		return false;
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (kind == TRACE_WRONG && answers[i].number == number)
			return true;
	return kind != TRACE_WRONG;
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
			kill_all(follow);
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
	trace->second_reached = false;
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
