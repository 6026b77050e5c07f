/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which network namespaces the processes of proc(5) are in. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include "common/ns.h"

#include <stdbool.h>
#include <sys/types.h>

struct process_seen {
	pid_t pid;
	int directory; /* of O_PATH, /proc/PID */
	int error;     /* -errno: nobody knows where it is */
	bool is_other; /* it was seen before, in another namespace */
	struct ns_id net;
	char path[64]; /* that of net, in directory */
};

/* What is kept from one look at all processes to the next. */
struct processes_look {
	bool lost; /* one has ended meanwhile, and may have had a child */
	unsigned long long zombies; /* which there were; 0: none */
};

#define PROCESSES_LOOK_FIRST ((struct processes_look){ .lost = false })

/*
 * Calls see for each process, and again where it has threads in other
 * namespaces than the first of them, at least once for each of these. What see
 * returns ends it, unless it is 0.
 *
 * The processes are looked at one after another. Who forks and ends meanwhile
 * may be missed, and his children, too: look->lost says whether that can be. A
 * zombie that was none in the look before counts as one that has ended.
 *
 * Returns that; 0; -errno of open(2), getdents64(2).
 */
int processes_each(struct processes_look *look,
		   int (*see)(const struct process_seen *seen, void *data),
		   void *data);

/* An order of namespaces, for qsort(3): less than 0, 0, or more. */
int processes_compare_net(struct ns_id a, struct ns_id b);

#endif
