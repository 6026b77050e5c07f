/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows a login from system call to system call, and disturbs one of them. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One system call of a login: the nth of the process or of a helper of it. */
struct point {
	unsigned int process; /* 0: the login itself */
	unsigned int index;
	long number;
	char path[80]; /* its argument, or "" */
};

enum trace_kind {
	TRACE_RECORD,
	TRACE_FAULT,
	TRACE_KILL_BEFORE,
	TRACE_KILL_AFTER,
};

struct trace {
	enum trace_kind kind;
	struct point target;
	int error;

	struct point *points; /* TRACE_RECORD; to be freed */
	size_t count;
	bool reached;
	bool hung;
	int status; /* of the login, as waitpid(2) has it */
};

/*
 * Follows pid, which login_start() has made to stop, to the mark behind what
 * is traced, or until libpam tells the audit system, which is not ours. Waits
 * for its end.
 */
void trace_run(struct trace *trace, pid_t pid);

#endif
