/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks that a disturbed login ended safely. */
#ifndef CHECKER_H
#define CHECKER_H

#include "login.h"
#include "trace.h"

enum outcome {
	OUTCOME_OPENED,		/* as without a disturbance */
	OUTCOME_OPENED_WITHOUT, /* confined; mounts that cannot be are missing
				 */
	OUTCOME_DENIED,		/* everything is as before */
	OUTCOME_DENIED_LEFT,	/* something is left; the next login uses it */
	OUTCOME_DENIED_STUCK,	/* it could not go back, and logged that */
	OUTCOME_CLOSED,
	OUTCOME_CLOSED_STAYED, /* it could not go back, and did not move */
	OUTCOME_CLOSED_KEPT,   /* it kept a descriptor it could not identify */
	OUTCOME_CLOSED_TOP,    /* it could not go back to its root or cwd */
	OUTCOME_BAD,
	OUTCOME_COUNT,
};

struct result {
	enum outcome outcome;
	char why[512];
};

extern const char *const outcome_names[OUTCOME_COUNT];

/*
 * The descriptors and mounts of the undisturbed login, and the mounts of one
 * that cannot share those of its name.
 */
struct reference {
	char *fds;
	char *mounts;
	char *own_mounts;
};

struct reference reference_new(const struct report *report,
			       const struct report *own);
void reference_free(struct reference *reference);

/*
 * Checks a login whose open was disturbed once. host_before is the text of
 * host_snapshot() before the login.
 */
struct result check_open(const struct login *login, const struct report *report,
			 const struct trace *trace,
			 const struct reference *reference,
			 const char *host_before, const char *log);

/*
 * Checks a login whose close was disturbed. may_keep_fds: it may keep a
 * descriptor open, as it could not find out which file it is.
 */
struct result check_close(const struct report *report,
			  const struct trace *trace, bool may_keep_fds);

/*
 * Checks only what must hold however much went wrong: nobody is outside, or
 * sees what is hidden or not what was generated, the application is unchanged,
 * and what could not be undone is logged or is used
 * by the next login. unreliable: system calls failed or returned untrue data
 * more than once, so it may keep descriptors.
 */
struct result check_minimum(const struct login *login,
			    const struct report *report,
			    const struct trace *trace, const char *host_before,
			    const char *log, bool unreliable);

/*
 * Runs the login again, undisturbed after that of trace, unless result is bad.
 * It must open.
 */
struct result check_next_login(const struct login *login, struct report *report,
			       const struct trace *trace, struct result result);

/* The mounts in the text of host_snapshot(), without numbers; to be freed. */
char *mount_lines(const char *text);

/* The first line in which two texts differ, or NULL if they are equal. */
const char *first_difference(const char *before, const char *after);

#endif
