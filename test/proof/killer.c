/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kills a command, or the helper that works for it, at one of its system calls.
 *
 * usage: killer WHO PROCESS:CALL COMMAND...
 *
 * PROCESS is 0 for the command, 1 for its first child, and so on; CALL counts
 * from 1, for each process on its own. WHO is killed before that call: "one",
 * the process that makes it; "command", the first one; or "all".
 *
 * Waits until all of them have ended. Status 0: they were killed; 1: that call
 * was not made; 2: they did not end by themselves.
 */
#include "login.h"
#include "trace.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

static enum trace_kind kind_parse(const char *who)
{
	if (!strcmp(who, "one"))
		return TRACE_KILL_BEFORE;
	if (!strcmp(who, "command"))
		return TRACE_KILL_LOGIN;
	if (!strcmp(who, "all"))
		return TRACE_KILL_ALL;
	fatal("nobody is called %s", who);
}

/* It stops until it is traced. */
static pid_t command_start(char *argv[])
{
	pid_t pid = (pid_t)must("fork", fork());

	if (pid > 0)
		return pid;
	must("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	must("raise", raise(SIGSTOP));
	(void)execvp(argv[0], argv);
	_exit(127);
}

int main(int argc, char *argv[])
{
	struct trace trace = { .target.number = TRACE_ANY_CALL };

	if (argc < 4 || sscanf(argv[2], "%u:%u", &trace.target.process,
			       &trace.target.index) != 2) {
		(void)fputs("usage: killer WHO PROCESS:CALL COMMAND...\n",
			    stderr);
		return 3;
	}
	trace.kind = kind_parse(argv[1]);
	must("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	trace_run(&trace, command_start(argv + 3));
	if (trace.hung)
		return 2;
	return trace.reached ? 0 : 1;
}
