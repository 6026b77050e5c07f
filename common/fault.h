/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a login is denied: filled in where it happens, told by log. */
#ifndef FAULT_H
#define FAULT_H

#include <limits.h>

/* What the fault means for the login; log maps it to a PAM code. */
enum fault_kind {
	FAULT_NONE,
	FAULT_NO_ACCOUNT, /* nobody knows who this is */
	FAULT_UNDECIDED,  /* members cannot be told from others */
	FAULT_LINE,	  /* a member, and the line has a bad word */
	FAULT_UNCONFINED, /* a member who could not be confined */
};

/* What was being done. log has the words for each. */
enum fault_step {
	STEP_FIND_ACCOUNT,
	STEP_READ_LINE,
	STEP_READ_GROUP,
	STEP_EXPLICIT_GROUP,
	STEP_READ_RULES,
	STEP_EXPAND_NAME,
	STEP_CHECK_NAME,
	STEP_CHECK_THREAD,
	STEP_CHECK_PROC,
	STEP_CHECK_ROOT,
	STEP_KEEP_RECORD,
	STEP_READ_PLACE,
	STEP_ASK_HOST,
	STEP_ENTER_HOST,
	STEP_JOIN_HOST,
	STEP_LOCK_NAME,
	STEP_FIND_NAME,
	STEP_REFUSE_HOST,
	STEP_ALLOW_CREATION,
	STEP_NEW_NET,
	STEP_LOOPBACK,
	STEP_PREPARE_NAMES,
	STEP_ADD_NAME,
	STEP_BIND_NAME,
	STEP_JOIN_NET,
	STEP_NEW_MOUNTS,
	STEP_FIND_ROOT,
	STEP_MAKE_SLAVE,
	STEP_COVER_NAMES,
	STEP_READ_MOUNTS,
	STEP_CARRY_SYS,
	STEP_COVER_SYS,
	STEP_READ_OVERRIDES,
	STEP_DETACH_ETC,
	STEP_OVERRIDE,
	STEP_LEAVE_SYS,
	STEP_VERIFY,
	STEP_SET_ENVIRONMENT,
	STEP_COUNT_,
};

struct fault {
	enum fault_kind kind;
	enum fault_step step;
	int error;			/* -errno */
	int stuck;			/* -errno of the way back, or 0 */
	const char *cause;		/* in plain words; NULL: log knows */
	char object[2 * NAME_MAX + 32]; /* "" if there is none */
};

/*
 * Fills in a fault, with object, or directory/name, as what it happened to.
 * Returns error. Allocates nothing.
 */
int fault_set(struct fault *fault, enum fault_kind kind, enum fault_step step,
	      const char *object, int error);
int fault_set_at(struct fault *fault, enum fault_kind kind,
		 enum fault_step step, const char *directory, const char *name,
		 int error);

#endif
