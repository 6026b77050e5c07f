/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a login is denied: said where it happens, written down by log. */
#ifndef FAILURE_H
#define FAILURE_H

#include <stddef.h>

/* What it means for the login; log has the PAM code for each. */
enum failure_kind {
	FAILURE_NONE,
	FAILURE_NO_ACCOUNT, /* the account cannot be found */
	FAILURE_UNDECIDED,  /* members cannot be told from others */
	FAILURE_LINE,	    /* a member, and the line has a bad word */
	FAILURE_UNCONFINED, /* a member who could not be confined */
};

/*
 * The texts are static, so a failure can be copied, and sent by a child that
 * has the same program.
 */
struct failure {
	enum failure_kind kind;
	int error;	   /* -errno */
	int stuck;	   /* -errno of the way back, or 0 */
	const char *doing; /* goes on after "cannot" */
	const char *cause; /* in plain words, or NULL */
	const char *fix;   /* a command that takes the object, or NULL */
	char object[1024]; /* what it happened to, or "" */
	char details[480]; /* what is known of it besides, or "" */
};

/* What an errno means at one step. */
struct failure_cause {
	int error; /* -errno */
	const char *cause;
	const char *fix; /* or NULL */
};

/*
 * Fills in a FAILURE_UNCONFINED: "cannot DOING 'OBJECT'". object may be ""; it
 * is copied, and cut if it is too long. Returns error.
 */
int failure_set(struct failure *ret, int error, const char *doing,
		const char *object);

/* The same with DIRECTORY/NAME as the object. */
int failure_set_at(struct failure *ret, int error, const char *doing,
		   const char *directory, const char *name);

/* Adds what the error means, if the table has it. Returns the error. */
int failure_explain(struct failure *failure, const struct failure_cause *table,
		    size_t count);

/*
 * The same for a step that takes a capability of capabilities(7): says so if
 * this process lacks it. Nothing is guessed: with the capability there is no
 * cause but the errno.
 */
int failure_needs(struct failure *failure, int capability);

#endif
