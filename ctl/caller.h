/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that change something need before they begin. */
#ifndef CALLER_H
#define CALLER_H

#include "common/failure.h"
#include "common/ns.h"
#include "common/program.h"

struct caller {
	struct ns_saved saved; /* where this process is */
	struct ns_host host;
};

/*
 * Whether name can be that of a namespace, and this process may change one.
 * name may be NULL. Returns CTL_DONE with ret, to be given to caller_release();
 * or CTL_FAILED, and has said why.
 */
int caller_begin(const char *command, const char *name, struct caller *ret);
void caller_release(struct caller *caller);

/* Tells why something failed. */
void caller_complain(const struct failure *failure);

/* Tells what the programs of init= have written. */
void caller_show_output(const char *programs,
			const struct program_output *output);

#endif
