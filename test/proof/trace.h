/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces the system calls of a login and disturbs one of them. */
#ifndef TRACE_H
#define TRACE_H

#include "login.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* In place of the number of a call. */
enum { TRACE_ANY_CALL = -1 };

/* One system call of a login: the nth call of one of its processes. */
struct point {
	unsigned int process; /* 0: the login; 1, 2, ...: its helpers */
	unsigned int index;
	long number;
	bool of_program; /* of init=, also before execve(2) */
	char path[80];	 /* its path argument, or "" */
};

enum trace_kind {
	TRACE_RECORD,
	TRACE_FAULT,   /* the target fails, and the second call if set */
	TRACE_ALWAYS,  /* every call with the target's number fails */
	TRACE_SHORT,   /* the call is asked for half of the data */
	TRACE_CORRUPT, /* one bit of the data that it returns is flipped */
	TRACE_SIGNAL,  /* SIGALRM arrives; the application handles it */
	TRACE_PAUSE,   /* the process is stopped while concurrent() runs */
	TRACE_KILL_BEFORE,
	TRACE_KILL_AFTER,
	TRACE_KILL_LOGIN, /* only the login, before a call of its helper */
	TRACE_KILL_ALL,	  /* the login and its helpers, before the call */
};

struct trace {
	enum trace_kind kind;
	struct point target;
	int error; /* 0: the call is skipped and returns 0 */
	const struct point *second;
	int second_error;
	bool records_rest; /* TRACE_FAULT: record the calls after the fault */
	void (*concurrent)(void *data);
	void *data;

	struct point *points; /* the recorded calls; to be freed */
	size_t count;
	bool reached; /* the target call was made */
	bool second_reached;
	bool hung;
	bool helper_killed; /* by the login, or by what was disturbed */
	int status;	    /* of the login, as from waitpid(2) */
};

/* Whether this kind of disturbance can be applied to this system call. */
bool trace_can(enum trace_kind kind, long number);

/*
 * Traces pid, which login_start() has stopped. The trace of the login ends
 * behind the modules: at its mark, or where libpam calls the audit system.
 * Helpers are
 * traced to their end. Returns when the login and its helpers have ended, also
 * those that outlive it.
 */
void trace_run(struct trace *trace, pid_t pid);

/*
 * Records the calls of a login that nothing disturbs, on a host that is
 * prepared for it. Who waits makes more of them on a slow machine, which no
 * other run may come to: so it is the shortest of five. It must open.
 */
struct trace trace_record(const struct login *login, struct report *report,
			  enum stage stage);

#endif
