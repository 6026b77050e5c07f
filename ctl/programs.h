/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of init=, before a login runs them. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "common/failure.h"
#include "common/plan.h"
#include "common/program.h"

#include <stdbool.h>

/* Where a word of init= leads to. To be freed; NULL: no memory. */
char *program_path(const char *word);

/*
 * Whether only root can write the interpreter that a script names in its first
 * line, as init_check_program() says it. 0 also for what is no script, or
 * cannot be read.
 */
int program_check_interpreter(const char *path, struct failure *failure);

/*
 * Whether a login could start a program: it is safe, and the kernel takes it.
 * None of it runs. Returns 0; or -errno with failure, as a login has it.
 * *ret_unseen: who is not root cannot tell.
 */
int program_check(const char *path, bool *ret_unseen, struct failure *failure);

/* The same for all of a list. */
int programs_look(const char *list, bool *ret_unseen, struct failure *failure);

/* What a program is asked about. */
struct program_target {
	const char *name; /* of the namespace, as programs get it */
	const char *user;
	const char *etc; /* the directory below /etc/netns */
};

/*
 * Asks a program whether it could fill a namespace, if it is one that this
 * package ships, for root: by the word "check" whether it could fill any, and
 * then, with a target, by "check NAME USER" whether it could fill this one. It
 * is asked once for a name.
 *
 * Returns 0, also if it is not asked, with what the admin should know in ret;
 * -ECANCELED with what it has said there; -EPROTO: it fails and says nothing;
 * -errno of program_run(), helper_run().
 */
int program_ask(const char *word, const struct program_target *target,
		char ret[PROGRAM_LINE + 1]);

/* What the programs of a plan are asked about. plan is not PLAN_LEAVE. */
struct program_target program_target_of(const struct plan *plan,
					const char *user);

#endif
