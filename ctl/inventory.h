/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network namespaces that have a name or a session, and who is in them:
 * from the names, the records of sessions, and proc(5), which is what counts.
 */
#ifndef INVENTORY_H
#define INVENTORY_H

#include "common/ns.h"
#include "common/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Room for the digits of a number, and a NUL. */
enum { NUMBER_SIZE = 3 * sizeof(unsigned long long) + 1 };

struct inventory_netns {
	char *name; /* of ip-netns(8), or net:[INODE] */
	char *init; /* programs that have filled it, or "" */
	struct ns_id id;
	bool has_owner;
	uid_t owner;	/* of the user namespace that it belongs to */
	int interfaces; /* -1: they could not be counted */
	size_t sessions;
	size_t processes;
};

/* One whose leader lives, and is where its record says. */
struct inventory_session {
	pid_t leader;
	struct ns_id net;
	struct record *record;
};

/* One that has threads in several networks is there for each of them. */
struct inventory_process {
	pid_t pid;
	struct ns_id net;
	bool is_other; /* only threads behind its first are in it */
};

struct inventory {
	struct inventory_netns *netns; /* by name, then those without */
	size_t netns_count;
	struct inventory_session *sessions; /* by leader */
	size_t session_count;
	struct inventory_process *processes; /* by PID */
	size_t process_count;
	/* There may be more than could be seen. */
	bool sessions_hidden;
	bool processes_hidden;
	bool failed; /* something could not be looked at, and was told */
};

#define INVENTORY_NONE ((struct inventory){ .netns = NULL })

/*
 * Looks at all of it, and tells on standard error what it may not look at.
 * Changes nothing. Returns 0 with ret, to be given to inventory_release(), or
 * -ENOMEM.
 */
int inventory_read(struct inventory *ret);

void inventory_release(struct inventory *inventory);

#endif
