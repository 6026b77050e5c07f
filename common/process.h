/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What proc(5) says of a process. */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

/*
 * When a process started, in ticks since the boot. directory is a descriptor
 * of /proc/PID: what is read through it is of that very process, also if the
 * PID is another's by now. Returns 0 if it is gone, or cannot be read.
 */
unsigned long long process_start_time(int directory);

struct process {
	pid_t parent;
	pid_t session;		       /* who leads it, or has led it */
	unsigned long long start_time; /* as process_start_time() */
	char name[64];		       /* may contain anything */
};

/* Returns 0 with ret; -ESRCH: it is gone, or cannot be read. */
int process_read(int directory, struct process *ret);

/* Opens /proc/PID, 0: of this process. Returns a descriptor or -errno of
 * open(2). */
int process_open(pid_t pid);

/*
 * The number of this process in the proc(5) that is mounted here, which may be
 * that of another PID namespace. Returns it, or -errno of readlink(2).
 */
pid_t process_own_number(void);

/*
 * Whether this process has other threads than the one that asks. Returns 1; 0;
 * or -errno of stat(2): it is not known.
 */
int process_has_more_threads(void);

#endif
