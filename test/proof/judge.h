/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what became of a disturbed login is safe. */
#ifndef JUDGE_H
#define JUDGE_H

#include "login.h"
#include "trace.h"

enum outcome {
	OUTCOME_OPENED,	     /* as if nothing had happened */
	OUTCOME_OPENED_LESS, /* confined, but what is not there was left out */
	OUTCOME_DENIED,	     /* and everything is as it was */
	OUTCOME_DENIED_LEFT, /* and something stays that the next one uses */
	OUTCOME_DENIED_HERE, /* could not go back, and says so */
	OUTCOME_CLOSED,
	OUTCOME_CLOSED_HERE, /* could not go back, and did not move at all */
	OUTCOME_CLOSED_KEPT, /* left a descriptor that it could not identify */
	OUTCOME_CLOSED_TOP,  /* could not go back to its root or cwd */
	OUTCOME_BAD,
	OUTCOME_COUNT,
};

struct verdict {
	enum outcome outcome;
	char why[512];
};

extern const char *const outcome_names[OUTCOME_COUNT];

/* What the undisturbed login looked like. */
struct model {
	char *opened;
	char *opened_mounts;
};

struct model model_make(const struct login *login, const struct course *course);
void model_free(struct model *model);

/* A login whose open was disturbed once; host_before as host_see() said. */
struct verdict judge_open(const struct login *login,
			  const struct course *course,
			  const struct trace *trace, const struct model *model,
			  const char *host_before, const char *log);

/*
 * A login whose close was disturbed. unsure: it could not find out what a
 * descriptor is, and so may leave it alone.
 */
struct verdict judge_close(const struct course *course,
			   const struct trace *trace, bool unsure);

/*
 * A login in which more than one thing went wrong, or one for good: what holds
 * even then. Nobody is outside, the guest has behaved, and what is not undone
 * is said or is what the next login uses. lied_to: by system calls.
 */
struct verdict judge_hard(const struct login *login,
			  const struct course *course,
			  const struct trace *trace, const char *host_before,
			  const char *log, bool lied_to);

/* What the next login finds, which nobody disturbs, if verdict is not bad. */
struct verdict judge_next(const struct login *login, struct course *course,
			  struct verdict verdict);

/* The mounts in what host_see() said, without numbers; to be freed. */
char *judge_mounts(const char *text);

/* The first line in which two texts differ, or NULL. */
const char *judge_difference(const char *before, const char *after);

#endif
