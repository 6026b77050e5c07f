/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses a network namespace. */
#ifndef USES_H
#define USES_H

#include "common/failure.h"
#include "common/ns.h"

#include <stdbool.h>

enum { USES_SHOWN = 5 };

struct uses_process {
	int pid;
	char name[16]; /* that of proc_pid_comm(5) */
};

struct uses {
	unsigned int count;
	bool unsettled; /* none was found, but they came and went meanwhile */
	struct uses_process shown[USES_SHOWN]; /* the first */
};

/* Whether somebody uses it, or nobody can tell. */
bool uses_are_there(const struct uses *uses);

/*
 * Whether proc(5) shows all processes to this one. Returns 0, or -EPERM with
 * failure: some are left out, or nothing of them can be read.
 */
int uses_check_proc(struct failure *failure);

/*
 * Finds the processes that are in net, or have a thread in it, but this one.
 * Looks again while one ends meanwhile, as a child of it may have been missed,
 * but not for ever. Returns 0 with ret, or -errno with failure: one cannot be
 * looked at, or proc(5) hides some from this process.
 *
 * ret_net, unless it is NULL, becomes a descriptor of the namespace that the
 * first of them is in, which is held while the others are looked at; or -errno.
 */
int uses_find_processes(struct ns_id net, struct uses *ret, int *ret_net,
			struct failure *failure);

/*
 * Whether net is mounted anywhere but at path, in the mounts of this process.
 * Returns 1, 0, or -errno with failure.
 */
int uses_find_mounts(struct ns_id net, const char *path,
		     struct failure *failure);

#endif
