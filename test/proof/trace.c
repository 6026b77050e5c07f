/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces the system calls of a login with ptrace(2) and disturbs one of them.
 *
 * strace(1) cannot do this. It counts the calls of each process separately,
 * so an injection would hit the login and its helper.
 */
#include "trace.h"
#include "calls.h"
#include "common/count.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
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

enum { PROCESSES = 32, TIMEOUT_S = 20 };

struct process {
	pid_t pid;
	unsigned int index;
	bool is_new;	/* it has not stopped yet */
	bool disturbed; /* it is in a call that is disturbed */
	bool left;	/* it has left the modules for good */
	bool gone;	/* it has ended */
	bool polls;	/* it enters poll(2) */
	bool waits;	/* it is kept there */
	unsigned int parent;
	int error; /* of the disturbed call */
	struct __ptrace_syscall_info call;
};

struct tracer {
	struct trace *trace;
	struct process processes[PROCESSES];
	unsigned int count;
	bool over;   /* nothing more to disturb or record */
	bool paused; /* the login is outside the modules */
};

/* The argument that points to the returned data, and the byte to change. */
static const struct {
	long number;
	int argument;
	size_t offset;
} corruptible[] = {
	{ SYS_newfstatat, 2, offsetof(struct stat, st_ino) },
	{ SYS_fstat, 1, offsetof(struct stat, st_ino) },
	{ SYS_statx, 4, offsetof(struct statx, stx_ino) },
	{ SYS_statfs, 1, offsetof(struct statfs, f_type) },
	{ SYS_fstatfs, 1, offsetof(struct statfs, f_type) },
	{ SYS_recvfrom, 1, sizeof(struct nlmsghdr) },
};

/* Calls whose third argument is a size. */
static const long sized[] = { SYS_read,	  SYS_pread64,	SYS_write,
			      SYS_sendto, SYS_recvfrom, SYS_getdents64 };

#if defined(__x86_64__)
static void regs_skip_call(pid_t pid)
{
	(void)ptrace(PTRACE_POKEUSER, pid,
		     offsetof(struct user_regs_struct, orig_rax), -1L);
}

static void regs_set_result(pid_t pid, long result)
{
	(void)ptrace(PTRACE_POKEUSER, pid,
		     offsetof(struct user_regs_struct, rax), result);
}

static void regs_set_argument(pid_t pid, unsigned int number,
			      unsigned long long value)
{
	static const size_t offsets[] = {
		offsetof(struct user_regs_struct, rdi),
		offsetof(struct user_regs_struct, rsi),
		offsetof(struct user_regs_struct, rdx),
	};

	(void)ptrace(PTRACE_POKEUSER, pid, offsets[number], (long)value);
}

/* The C library expects its arguments unchanged after the call. */
static void regs_restore_argument(pid_t pid, unsigned int number,
				  unsigned long long value)
{
	regs_set_argument(pid, number, value);
}
#elif defined(__aarch64__)
static void regs_skip_call(pid_t pid)
{
	int none = -1;
	struct iovec data = { &none, sizeof(none) };

	(void)ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &data);
}

static void regs_set_argument(pid_t pid, unsigned int number,
			      unsigned long long value)
{
	struct user_regs_struct regs;
	struct iovec data = { &regs, sizeof(regs) };

	(void)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &data);
	regs.regs[number] = value;
	(void)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &data);
}

static void regs_set_result(pid_t pid, long result)
{
	regs_set_argument(pid, 0, (unsigned long long)result);
}

/* The register of argument 0 holds the result. */
static void regs_restore_argument(pid_t pid, unsigned int number,
				  unsigned long long value)
{
	if (number > 0)
		regs_set_argument(pid, number, value);
}
#else
#error "how to change a system call is not known for this architecture"
#endif

static struct process *process_find(struct tracer *tracer, pid_t pid)
{
	struct process *process;

	for (unsigned int i = 0; i < tracer->count; i++)
		if (tracer->processes[i].pid == pid)
			return &tracer->processes[i];
	if (tracer->count == PROCESSES)
		fatal("too many processes");
	process = &tracer->processes[tracer->count++];
	*process = (struct process){ .pid = pid, .is_new = true };
	return process;
}

static void read_path(pid_t pid, unsigned long long address, char *ret,
		      size_t size)
{
	struct iovec into = { ret, size - 1 };
	struct iovec from = { (void *)(size_t)address, size - 1 };
	ssize_t got;

	ret[0] = '\0';
	/* The string may end at the end of the last mapped page. */
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

/* The end of the modules: the mark, or libpam calling the audit system. */
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
	       (point->number == call || point->number == TRACE_ANY_CALL);
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

static void kill_all(const struct tracer *tracer)
{
	for (unsigned int i = 0; i < tracer->count; i++)
		(void)kill(tracer->processes[i].pid, SIGKILL);
}

static void fail_entry(const struct process *process)
{
	const struct call *call = call_find((long)process->call.entry.nr);

	if (call->takes_effect)
		return;
	/* brk(2) returns no error. With 0 it returns the current break. */
	if (call->number == SYS_brk)
		regs_set_argument(process->pid, 0, 0);
	else
		regs_skip_call(process->pid);
}

static void disturb_entry(struct tracer *tracer, struct process *process)
{
	const struct trace *trace = tracer->trace;

	switch (trace->kind) {
	case TRACE_FAULT:
	case TRACE_ALWAYS:
		fail_entry(process);
		break;
	case TRACE_SHORT:
		regs_set_argument(process->pid, 2,
				  (process->call.entry.args[2] + 1) / 2);
		break;
	case TRACE_SIGNAL:
		(void)kill(process->pid, SIGALRM);
		break;
	case TRACE_PAUSE:
		trace->concurrent(trace->data);
		break;
	case TRACE_KILL_BEFORE:
		(void)kill(process->pid, SIGKILL);
		break;
	case TRACE_KILL_LOGIN:
		(void)kill(tracer->processes[0].pid, SIGKILL);
		break;
	case TRACE_KILL_ALL:
		kill_all(tracer);
		break;
	case TRACE_RECORD:
	case TRACE_CORRUPT:
	case TRACE_KILL_AFTER:
		break;
	}
}

static void fail_exit(const struct process *process)
{
	if (process->call.entry.nr == SYS_brk)
		regs_restore_argument(process->pid, 0,
				      process->call.entry.args[0]);
	else
		regs_set_result(process->pid, -process->error);
}

/* Flips one bit of the returned data. */
static void corrupt_data(const struct process *process)
{
	const struct __ptrace_syscall_info *call = &process->call;

	for (size_t i = 0; i < COUNT(corruptible); i++) {
		char byte = 0;
		struct iovec here = { &byte, 1 };
		struct iovec there = { .iov_len = 1 };

		if (corruptible[i].number != (long)call->entry.nr)
			continue;
		there.iov_base =
			(char *)(size_t)
				call->entry.args[corruptible[i].argument] +
			corruptible[i].offset;
		if (process_vm_readv(process->pid, &here, 1, &there, 1, 0) < 0)
			return;
		byte ^= 1;
		(void)process_vm_writev(process->pid, &here, 1, &there, 1, 0);
	}
}

static void disturb_exit(struct tracer *tracer, struct process *process)
{
	const struct trace *trace = tracer->trace;

	process->disturbed = false;
	tracer->over = trace->kind != TRACE_ALWAYS && !trace->records_rest &&
		       (!trace->second || trace->second_reached);
	if (trace->kind == TRACE_KILL_AFTER)
		(void)kill(process->pid, SIGKILL);
	else if (trace->kind == TRACE_FAULT || trace->kind == TRACE_ALWAYS)
		fail_exit(process);
	else if (trace->kind == TRACE_SHORT)
		regs_restore_argument(process->pid, 2,
				      process->call.entry.args[2]);
	else if (trace->kind == TRACE_CORRUPT)
		corrupt_data(process);
}

static bool is_pause(const struct __ptrace_syscall_info *info)
{
	return info->entry.nr == SYS_faccessat &&
	       (int)info->entry.args[0] == MARK_PAUSE;
}

/* Returns whether the call is made by the modules. */
static bool handle_mark(struct tracer *tracer, unsigned int number,
			const struct __ptrace_syscall_info *info)
{
	if (number == 0 && is_start(info)) {
		tracer->paused = false;
		return false;
	}
	tracer->paused |= number == 0 && is_pause(info);
	if (number == 0 && is_end(info)) {
		tracer->paused = true;
		tracer->processes[0].left = tracer->trace->kind != TRACE_ALWAYS;
	}
	return !tracer->over && !(number == 0 && tracer->paused);
}

static void handle_entry(struct tracer *tracer, struct process *process,
			 const struct __ptrace_syscall_info *info)
{
	unsigned int number = (unsigned int)(process - tracer->processes);
	struct trace *trace = tracer->trace;
	bool records = trace->kind == TRACE_RECORD ||
		       (trace->records_rest && trace->reached);

	if (!handle_mark(tracer, number, info))
		return;
	process->index++;
	process->call = *info;
	if (records)
		record(trace, process, process->pid, info, number);
	process->disturbed =
		is_chosen(trace, number, process, (long)info->entry.nr);
	if (process->disturbed)
		disturb_entry(tracer, process);
}

/*
 * A helper that waits for a program of init= makes as many calls as it is woken
 * up. So that each run makes the same, it is kept in the first until the
 * program has ended. One poll(2) that waits for nothing but the end has an end
 * of its own.
 */
static bool has_to_wait(const struct tracer *tracer,
			const struct process *process)
{
	unsigned int number = (unsigned int)(process - tracer->processes);

	if (tracer->over || number == 0)
		return false;
	for (unsigned int i = 0; i < tracer->count; i++)
		if (tracer->processes[i].parent == number &&
		    !tracer->processes[i].gone && !tracer->processes[i].left)
			return true;
	return false;
}

/*
 * Stops at the calls of a process that is not disturbed would only cost time.
 * Where the target is reached, the calls of all count that are recorded.
 */
static enum __ptrace_request next_stop(const struct tracer *tracer,
				       const struct process *process)
{
	const struct trace *trace = tracer->trace;
	unsigned int number = (unsigned int)(process - tracer->processes);

	if (trace->kind == TRACE_RECORD || trace->kind == TRACE_ALWAYS ||
	    trace->records_rest || process->disturbed ||
	    number == trace->target.process ||
	    (trace->second && number == trace->second->process))
		return PTRACE_SYSCALL;
	return PTRACE_CONT;
}

static void resume_waiting(struct tracer *tracer)
{
	for (unsigned int i = 0; i < tracer->count; i++) {
		struct process *process = &tracer->processes[i];

		if (!process->waits || has_to_wait(tracer, process))
			continue;
		process->waits = false;
		(void)ptrace(next_stop(tracer, process), process->pid, NULL,
			     0L);
	}
}

static void note_child(struct tracer *tracer, const struct process *process,
		       int event)
{
	unsigned int number = (unsigned int)(process - tracer->processes);
	struct process *child;
	unsigned long pid = 0;

	if (event != PTRACE_EVENT_CLONE && event != PTRACE_EVENT_FORK &&
	    event != PTRACE_EVENT_VFORK)
		return;
	if (ptrace(PTRACE_GETEVENTMSG, process->pid, NULL, &pid) < 0)
		return;
	child = process_find(tracer, (pid_t)pid);
	child->parent = number;
	/* It only waits to be killed: how far it comes is never the same. */
	child->left = process->call.entry.nr == SYS_clone &&
		      process->call.entry.args[0] & CLONE_NEWUSER;
}

static bool is_poll(long number)
{
#ifdef SYS_poll
	if (number == SYS_poll)
		return true;
#endif
	return number == SYS_ppoll;
}

static void handle_call(struct tracer *tracer, struct process *process)
{
	struct __ptrace_syscall_info info;

	process->polls = false;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info),
		   &info) <= 0)
		return;
	process->polls = info.op == PTRACE_SYSCALL_INFO_ENTRY &&
			 is_poll((long)info.entry.nr) && info.entry.args[1] > 1;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		handle_entry(tracer, process, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT && process->disturbed)
		disturb_exit(tracer, process);
}

static void handle_stop(struct tracer *tracer, pid_t pid, int status)
{
	struct process *process = process_find(tracer, pid);
	int number = WSTOPSIG(status);

	process->polls = false;
	note_child(tracer, process, status >> 16);
	if (number == (SIGTRAP | 0x80)) {
		handle_call(tracer, process);
		number = 0;
	} else if (status >> 16 || (number == SIGSTOP && process->is_new)) {
		number = 0;
	}
	process->is_new = false;
	if ((tracer->over || process->left) && !process->disturbed)
		(void)ptrace(PTRACE_DETACH, pid, NULL, (long)number);
	else if (process->polls && has_to_wait(tracer, process))
		process->waits = true;
	else
		(void)ptrace(next_stop(tracer, process), pid, NULL,
			     (long)number);
}

bool trace_can(enum trace_kind kind, long number)
{
	if (kind == TRACE_SHORT) {
		for (size_t i = 0; i < COUNT(sized); i++)
			if (sized[i] == number)
				return true;
		return false;
	}
	for (size_t i = 0; i < COUNT(corruptible); i++)
		if (kind == TRACE_CORRUPT && corruptible[i].number == number)
			return true;
	return kind != TRACE_CORRUPT;
}

static void on_timeout(int number)
{
	(void)number;
}

static void note_end(struct tracer *tracer, pid_t pid, int status,
		     bool is_login)
{
	struct process *process = process_find(tracer, pid);

	process->gone = true;
	if (is_login)
		tracer->trace->status = status;
	else if (!process->left && WIFSIGNALED(status))
		tracer->trace->helper_killed = true;
}

/*
 * Handles all stops until no process is left. This process is a subreaper: a
 * helper that outlives the login becomes its child and is waited for.
 */
static void trace_all(struct tracer *tracer, pid_t login)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR) {
			tracer->trace->hung = true;
			kill_all(tracer);
			(void)alarm(TIMEOUT_S);
			continue;
		}
		if (pid < 0)
			return;
		if (WIFSTOPPED(status))
			handle_stop(tracer, pid, status);
		else
			note_end(tracer, pid, status, pid == login);
		resume_waiting(tracer);
	}
}

void trace_run(struct trace *trace, pid_t pid)
{
	static const struct sigaction action = { .sa_handler = on_timeout };
	struct tracer tracer = { .trace = trace };
	int status;

	trace->reached = false;
	trace->second_reached = false;
	trace->hung = false;
	trace->helper_killed = false;
	must("waitpid", waitpid(pid, &status, 0));
	if (!WIFSTOPPED(status)) {
		trace->status = status;
		return;
	}
	process_find(&tracer, pid)->is_new = false;
	must("ptrace",
	     ptrace(PTRACE_SETOPTIONS, pid, NULL,
		    (long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
			   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			   PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)));
	(void)sigaction(SIGALRM, &action, NULL);
	(void)alarm(TIMEOUT_S);
	must("ptrace", ptrace(PTRACE_SYSCALL, pid, NULL, 0L));
	trace_all(&tracer, pid);
	(void)alarm(0);
	/* A child may stop before its parent's event says whose it is. */
	for (size_t i = 0; i < trace->count; i++)
		trace->points[i].of_program =
			tracer.processes[trace->points[i].process].parent > 0;
}

struct trace trace_record(const struct login *login, struct report *report,
			  enum stage stage)
{
	struct trace shortest = { .count = 0 };

	for (int i = 0; i < 5; i++) {
		struct trace trace = { .kind = TRACE_RECORD };

		host_prepare(login);
		(void)host_log();
		trace_run(&trace, login_start(login, report, stage));
		if (trace.status != 0 ||
		    report->answers[STAGE_OPEN] != PAM_SUCCESS)
			fatal("'%s' is denied without a fault: %s", login->name,
			      host_log());
		if (login_sees_wrong(login, report))
			fatal("'%s' sees another '%s' without a fault",
			      login->name, login_sees_wrong(login, report));
		if (i == 0 || trace.count < shortest.count) {
			free(shortest.points);
			shortest = trace;
		} else {
			free(trace.points);
		}
	}
	return shortest;
}
