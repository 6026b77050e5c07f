/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes the name away from a namespace, and what belongs to it. */
#ifndef REMOVE_H
#define REMOVE_H

#include "caller.h"
#include "common/failure.h"
#include "common/plan.h"
#include "common/program.h"
#include "uses.h"

enum removal_kind {
	REMOVAL_NAME,	/* what the name leads to, and what is left of others */
	REMOVAL_UNUSED, /* only if a login has made it, and nothing uses it */
	REMOVAL_REMAINS /* only what is left of one that lost the name */
};

enum removal_outcome {
	REMOVAL_DONE,	 /* failure and left, if their errors are not 0 */
	REMOVAL_NOTHING, /* there was nothing to remove */
	REMOVAL_IN_USE,	 /* by uses; but for failure nothing has changed */
	REMOVAL_REFUSED, /* for failure; at most what covered it has gone */
	REMOVAL_FAILED,	 /* for failure; at most what is left can be repaired */
};

/* The first thing that could not be removed. */
struct removal_left {
	int error; /* -errno */
	char path[320];
};

struct removal_result {
	enum removal_outcome outcome;
	struct failure failure; /* done: of a program */
	struct removal_left left;
	bool has_name;	/* in use: whether it has its name */
	bool lost_name; /* failed: it could not get its name back */
	bool had_name;	/* done: whether it had it until now */
	struct uses uses;
	char programs[PLAN_INIT_MAX + 1]; /* that were called */
};

/*
 * Removes name, by a helper of root's and under the lock of the name. The name
 * is taken away first, from the very namespace that was looked at. If processes
 * are in it then, it gets its name back. If not, the programs that filled it
 * are called, and what they generated, its record, the records of its sessions
 * and the file are removed. Whoever is killed in between leaves what the next
 * login of that name, or the next removal, uses or removes.
 *
 * What the programs write is shown.
 */
void removal_run(const struct caller *caller, enum removal_kind kind,
		 const char *name, struct removal_result *ret);

/*
 * Says what went wrong where it is done. Returns what a command ends with.
 */
int removal_tell_done(const struct removal_result *result);

/* Says what it was. Returns what a command ends with. */
int removal_tell(const char *name, const struct removal_result *result);

#endif
