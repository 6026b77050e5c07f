/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets a user send a signal to a login of his at a system call that is chosen:
 * what he could do with luck. Only the moment is found with the rights of
 * root, by ptrace(2). The signal is sent by a process that is the user's.
 *
 * usage: stopper [-r USER] [-b PATH] REPORT USER ACTION... -- COMMAND...
 *
 * COMMAND runs as USER, or as that of -r. Calls count from where the policy
 * file is opened to where libpam tells the audit system, for each process on
 * its own: 0 is the login, 1 is its first child. An ACTION is one of
 *
 *	list          writes each call: PLACE NAME may|not lock|free PATH;
 *	              whether USER may signal the process, and whether a lock
 *	              of flock(2) is open in it
 *	STOP@PLACE    SIGSTOP before the call, which then is done
 *	KILL@PLACE    SIGKILL before the call, which then is not done
 *	FREEZE@PLACE  writes to cgroup.freeze, in the directory of -b
 *	END@PLACE     writes to cgroup.kill there
 *	HOLD@PLACE    stopped until the next action is done
 *
 * PLACE is PROCESS:CALL, "+N" (the login's Nth call after the action before),
 * "bound" (where the login finds a network namespace at the path of -b) or
 * "locked" (where a process has a lock). Each action writes "ACTION PID
 * sent|refused NAME", and "over" stands for one that did not come to pass.
 * After the last action nothing is traced any more.
 */
#include "calls.h"
#include "login.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLICY_FILE "/etc/security/netns"

enum { PROCESSES = 64, ACTIONS = 4, OUTSIDE = -1 };

enum place_kind { PLACE_CALL, PLACE_LATER, PLACE_BOUND, PLACE_LOCKED };

struct action {
	const char *verb;
	enum place_kind place;
	int process;
	unsigned int index; /* or how many calls later */
};

struct process {
	pid_t pid;
	int number; /* OUTSIDE: not of the login */
	unsigned int index;
};

static struct {
	FILE *report;
	const struct passwd *user;
	const struct passwd *runs_as;
	const char *path;
	struct action actions[ACTIONS];
	int count;

	int done;	   /* how many actions are */
	unsigned int base; /* of PLACE_LATER */
	pid_t held;
	pid_t dying;
	struct process processes[PROCESSES];
	int known;
	int numbered;
	bool over;
} stopper;

static struct process *process_find(pid_t pid)
{
	for (int i = 0; i < stopper.known; i++)
		if (stopper.processes[i].pid == pid)
			return &stopper.processes[i];
	if (stopper.known == PROCESSES)
		fatal("too many processes");
	stopper.processes[stopper.known] =
		(struct process){ .pid = pid, .number = OUTSIDE };
	return &stopper.processes[stopper.known++];
}

static void become(const struct passwd *user)
{
	must("initgroups", initgroups(user->pw_name, user->pw_gid));
	must("setgid", setresgid(user->pw_gid, user->pw_gid, user->pw_gid));
	must("setuid", setresuid(user->pw_uid, user->pw_uid, user->pw_uid));
}

static int cgroup_write(const char *name)
{
	char file[256];
	int fd;

	(void)snprintf(file, sizeof(file), "%s/%s", stopper.path, name);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "1", 1) < 0 ? errno : 0;
}

/* By the user: 0 for number is to ask only. With file, to all of the cgroup. */
static bool user_sends(pid_t pid, int number, const char *file)
{
	pid_t child = (pid_t)must("fork", fork());
	int status;

	if (child == 0) {
		become(stopper.user);
		if (file)
			_exit(cgroup_write(file));
		_exit(kill(pid, number) < 0 ? errno : 0);
	}
	must("waitpid", waitpid(child, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == EPERM)
		return false;
	if (status != 0)
		fatal("cannot signal %d: status %d", pid, status);
	return true;
}

/* What fdinfo tells of a description, whichever process took the lock. */
static bool has_lock(pid_t pid)
{
	char path[300];
	char line[256];
	bool found = false;
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		FILE *file;

		(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid,
			       entry->d_name);
		file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			found |= strstr(line, "FLOCK") != NULL;
		if (file)
			(void)fclose(file);
	}
	(void)closedir(dir);
	return found;
}

static bool is_bound(void)
{
	struct statfs fs;

	return statfs(stopper.path, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

static void read_path(pid_t pid, unsigned long long address, char *ret,
		      size_t size)
{
	struct iovec into = { ret, size - 1 };
	struct iovec from = { (void *)(size_t)address, size - 1 };
	ssize_t got;

	/* It may lie at the end of a page, with nothing behind it. */
	do {
		got = address ? process_vm_readv(pid, &into, 1, &from, 1, 0)
			      : 0;
		into.iov_len = from.iov_len /= 2;
	} while (got < 0 && from.iov_len > 0);
	ret[got < 0 ? 0 : got] = '\0';
	for (char *at = ret; *at; at++)
		if ((unsigned char)*at <= ' ' || (unsigned char)*at > '~')
			*at = '\0';
}

static const char *call_name(long number)
{
	switch (number) {
	case SYS_clone3:
		return "clone3";
	case SYS_setresuid:
		return "setresuid";
	case SYS_setsid:
		return "setsid";
	default:
		return call_find(number)->name;
	}
}

static bool is_start(pid_t pid, const struct __ptrace_syscall_info *info)
{
	char path[80];

	if (info->entry.nr != SYS_openat)
		return false;
	read_path(pid, info->entry.args[1], path, sizeof(path));
	return !strncmp(path, POLICY_FILE, strlen(POLICY_FILE));
}

/* It is not ours, and what comes after it is not ours either. */
static bool is_end(const struct __ptrace_syscall_info *info)
{
	if (info->entry.nr == SYS_execve)
		return true;
	return info->entry.nr == SYS_socket &&
	       info->entry.args[0] == AF_NETLINK &&
	       info->entry.args[2] == NETLINK_AUDIT;
}

static void list(const struct process *process,
		 const struct __ptrace_syscall_info *info)
{
	const struct call *call = call_find((long)info->entry.nr);
	char path[80] = "";

	if (call->path >= 0)
		read_path(process->pid, info->entry.args[call->path], path,
			  sizeof(path));
	(void)fprintf(stopper.report, "%d:%u %s %s %s %s\n", process->number,
		      process->index, call_name((long)info->entry.nr),
		      user_sends(process->pid, 0, NULL) ? "may" : "not",
		      has_lock(process->pid) ? "lock" : "free", path);
}

static bool is_place(const struct action *action, const struct process *process)
{
	switch (action->place) {
	case PLACE_CALL:
		return process->number == action->process &&
		       process->index == action->index;
	case PLACE_LATER:
		return process->number == 0 &&
		       process->index == stopper.base + action->index;
	case PLACE_BOUND:
		return process->number == 0 && is_bound();
	case PLACE_LOCKED:
		return has_lock(process->pid);
	}
	return false;
}

static bool is_verb(const struct action *action, const char *verb)
{
	return !strcmp(action->verb, verb);
}

/* To end is to trace nothing any more. */
_Noreturn static void finish(void)
{
	if (fclose(stopper.report) != 0)
		fatal("cannot write the report");
	exit(0);
}

static void action_done(void)
{
	if (++stopper.done == stopper.count)
		finish();
	for (int i = 0; i < stopper.known; i++)
		if (stopper.processes[i].number == 0)
			stopper.base = stopper.processes[i].index;
}

/* Returns whether the process is to go on. */
static bool act(const struct action *action, const struct process *process,
		long number)
{
	bool kills = is_verb(action, "KILL");
	bool holds = is_verb(action, "HOLD");
	const char *file = is_verb(action, "FREEZE") ? "cgroup.freeze"
			   : is_verb(action, "END")  ? "cgroup.kill"
						     : NULL;
	bool sent = user_sends(process->pid,
			       kills   ? SIGKILL
			       : holds ? 0
				       : SIGSTOP,
			       file);

	(void)fprintf(stopper.report, "%s %d %s %s\n", action->verb,
		      process->pid, sent ? "sent" : "refused",
		      call_name(number));
	if (!sent)
		finish();
	if (holds)
		stopper.held = process->pid;
	/* What it had open is closed when it has ended. */
	if (kills && stopper.done + 1 < stopper.count)
		stopper.dying = process->pid;
	else
		action_done();
	return !holds;
}

/* Returns whether the process is to go on. */
static bool see_entry(struct process *process,
		      const struct __ptrace_syscall_info *info)
{
	const struct action *action = &stopper.actions[stopper.done];

	if (stopper.numbered == 0 && !stopper.over &&
	    is_start(process->pid, info))
		process->number = stopper.numbered++;
	if (process->number == OUTSIDE || stopper.over)
		return true;
	if (process->number == 0 && is_end(info)) {
		stopper.over = true;
		return true;
	}
	process->index++;
	if (is_verb(action, "list")) {
		list(process, info);
		return true;
	}
	if (stopper.dying || !is_place(action, process))
		return true;
	return act(action, process, (long)info->entry.nr);
}

static void go_on(pid_t pid, int number)
{
	(void)ptrace(stopper.over ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL,
		     (long)number);
}

static void see_call(struct process *process)
{
	struct __ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

	(void)ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info),
		     &info);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || see_entry(process, &info))
		go_on(process->pid, 0);
}

static void see_child(const struct process *parent)
{
	unsigned long child = 0;
	struct process *process;

	(void)ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &child);
	if (child == 0 || parent->number == OUTSIDE || stopper.over)
		return;
	process = process_find((pid_t)child);
	process->number = stopper.numbered++;
}

static void see_stop(pid_t pid, int status)
{
	struct process *process = process_find(pid);
	int event = status >> 16;
	int number = WSTOPSIG(status);

	if (number == (SIGTRAP | 0x80)) {
		see_call(process);
	} else if (event == PTRACE_EVENT_STOP && number != SIGTRAP) {
		(void)ptrace(PTRACE_LISTEN, pid, NULL, 0L);
	} else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK ||
		   event == PTRACE_EVENT_VFORK) {
		see_child(process);
		go_on(pid, 0);
	} else {
		go_on(pid, event ? 0 : number);
	}
}

static void see_end(pid_t pid)
{
	struct process *process = process_find(pid);

	if (pid == stopper.dying) {
		stopper.dying = 0;
		action_done();
		if (stopper.held)
			go_on(stopper.held, 0);
		stopper.held = 0;
	}
	process->pid = 0;
	if (process->number == 0)
		stopper.over = true;
}

static void follow(void)
{
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			return;
		if (WIFSTOPPED(status))
			see_stop(pid, status);
		else
			see_end(pid);
	}
}

/* It waits until it is traced, and need not stop for that. */
static pid_t start(char *argv[])
{
	int pair[2];
	pid_t pid;
	char byte;

	must("pipe", pipe2(pair, O_CLOEXEC));
	pid = (pid_t)must("fork", fork());
	if (pid == 0) {
		(void)close(pair[1]);
		become(stopper.runs_as);
		if (read(pair[0], &byte, 1) != 1)
			_exit(125);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	(void)close(pair[0]);
	must("ptrace",
	     ptrace(PTRACE_SEIZE, pid, NULL,
		    (long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
			   PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			   PTRACE_O_TRACEEXEC)));
	must("ptrace", ptrace(PTRACE_INTERRUPT, pid, NULL, 0L));
	must("write", write(pair[1], "", 1));
	(void)close(pair[1]);
	return pid;
}

static struct action action_parse(char *text)
{
	struct action action = { .verb = strtok(text, "@") };
	const char *place = strtok(NULL, "");

	if (!place)
		place = "locked";
	if (!strcmp(place, "bound"))
		action.place = PLACE_BOUND;
	else if (!strcmp(place, "locked"))
		action.place = PLACE_LOCKED;
	else if (sscanf(place, "+%u", &action.index) == 1)
		action.place = PLACE_LATER;
	else if (sscanf(place, "%d:%u", &action.process, &action.index) != 2)
		fatal("no place: %s", place);
	return action;
}

static const struct passwd *user_find(const char *name)
{
	const struct passwd *found = getpwnam(name);
	struct passwd *user = malloc(sizeof(*user));

	if (!found || !user)
		fatal("no user %s", name);
	*user = *found;
	user->pw_name = strdup(name);
	return user;
}

int main(int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "+r:b:")) != -1) {
		if (option == 'r')
			stopper.runs_as = user_find(optarg);
		else if (option == 'b')
			stopper.path = optarg;
		else
			return 2;
	}
	argv += optind;
	if (argc - optind < 5)
		return 2;
	stopper.report = fopen(*argv++, "we");
	if (!stopper.report)
		fatal("cannot write the report");
	(void)setvbuf(stopper.report, NULL, _IOLBF, 0);
	stopper.user = user_find(*argv++);
	if (!stopper.runs_as)
		stopper.runs_as = stopper.user;
	while (*argv && strcmp(*argv, "--") && stopper.count < ACTIONS)
		stopper.actions[stopper.count++] = action_parse(*argv++);
	if (!*argv || !argv[1] || stopper.count == 0)
		return 2;
	(void)start(argv + 1);
	follow();
	if (!is_verb(&stopper.actions[0], "list"))
		(void)fputs("over\n", stopper.report);
	finish();
}
