/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into the planned network namespace: a new one, a named one, the host's. */
#ifndef NETWORK_H
#define NETWORK_H

#include "fault.h"
#include "place.h"
#include "plan.h"
#include "sysctl.h"

#include <stdbool.h>

/*
 * What is wanted, filled in by the caller, and what came of it. A helper may
 * fill the latter in elsewhere, so that part points to nothing.
 */
struct network {
	enum plan_kind kind;	   /* not PLAN_LEAVE */
	const char *name;	   /* PLAN_NAMED; else "" */
	bool lodown;		   /* leave lo as it is */
	const struct place *entry; /* where the caller stands */
	const struct host *host;
	struct ns_id outside;	     /* where its first open came from */
	const struct sysctl *sysctl; /* for a new one */

	struct fault fault;
	bool created;
	bool made_file;
	bool made_mount;
	bool made_directory;
	bool may_create;
	int sysctl_error;	/* -errno, no reason to deny */
	struct ns_id forbidden; /* the network that is outside */
	int host_mounts;	/* where names are; -EBADF: here */
	int net;
	int lock;
};

#define NETWORK_NONE                                                           \
	((struct network){                                                     \
		.host_mounts = -EBADF, .net = -EBADF, .lock = -EBADF })

/*
 * Moves this process into the network namespace that is wanted. Names are
 * looked up and made in the host's mount namespace, by a helper if the caller
 * is elsewhere; of all that come at once one makes a name, the others join.
 * The lock of the name is kept until network_release().
 *
 * Returns 0, or -errno with fault filled in; names and files are then as
 * before, but the process may have moved.
 */
int network_enter(struct network *network);

/*
 * never-outside: looks where the process is now, whatever was done before.
 * Returns 0 with what that is; -EXDEV: not where it is meant to be; -errno of
 * stat(2).
 */
int network_verify(const struct network *network, struct ns_id *ret);

/*
 * Takes back the name, its file and whatever was made for it. For a process
 * that is back in the mount namespace it had at network_enter(), unless
 * the names are elsewhere. Best effort.
 */
void network_take_back(struct network *network);

void network_release(struct network *network);

#endif
