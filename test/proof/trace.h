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
	TRACE_FAULT,  /* the call fails, and the second one if there is one */
	TRACE_ALWAYS, /* each call of that number fails, till the login ends */
	TRACE_SHORT,  /* it may take or give half of the data */
	TRACE_WRONG,  /* it answers with data that are not true */
	TRACE_SIGNAL, /* SIGALRM, which the application handles */
	TRACE_PAUSE,  /* it is stopped while something else goes on */
	TRACE_KILL_BEFORE,
	TRACE_KILL_AFTER,
	TRACE_KILL_ALL, /* the helper, if there is one, as well */
};

struct trace {
	enum trace_kind kind;
	struct point target;
	int error; /* 0: the call is not made, and answers 0 */
	const struct point *second;
	int second_error;
	bool goes_on; /* TRACE_FAULT: records what follows the fault */
	void (*meanwhile)(void *data);
	void *data;

	struct point *points; /* to be freed */
	size_t count;
	bool reached;
	bool second_reached;
	bool hung;
	int status; /* of the login, as waitpid(2) has it */
};

/* Whether the data of a call can be made short, or wrong. */
bool trace_can(enum trace_kind kind, long number);

/*
 * Follows pid, which login_start() has made to stop, to the mark behind what
 * is traced, or until libpam tells the audit system, which is not ours. Waits
 * for its end.
 */
void trace_run(struct trace *trace, pid_t pid);

#endif
