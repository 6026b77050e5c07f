/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login: decides, does nothing. */
#ifndef POLICY_H
#define POLICY_H

#include "account.h"
#include "fault.h"
#include "options.h"

#include <limits.h>

/* By what a module decides. */
enum policy_rule {
	POLICY_NEW_FOR_GROUP,	/* members of a group: a new namespace */
	POLICY_USER_FOR_GROUP,	/* members of a group: the one of their name */
	POLICY_GROUP_NAME,	/* members of PREFIX-NAME: the one called NAME */
};

enum plan_kind {
	PLAN_LEAVE,		/* a bystander */
	PLAN_NEW,
	PLAN_NAMED,
};

struct plan {
	enum plan_kind kind;
	unsigned int flags;		/* enum option_flag */
	char name[NAME_MAX + 1];	/* PLAN_NAMED: one component of a path */
	const char *etc;		/* overrides: /etc/netns/ETC, or NULL */
};

/*
 * Decides for one account under one line. group is that of the rule, used
 * unless the line gives another. Looks up groups and nothing else.
 *
 * Returns 0 with the plan in ret; or -errno with fault filled in, its kind
 * FAULT_UNDECIDED, FAULT_LINE or FAULT_UNCONFINED (a name that can be no
 * path). ret->etc points into the plan or the options; a plan is not copied.
 */
int policy_decide(enum policy_rule rule, const char *group,
		  const struct options *options, const struct account *account,
		  struct plan *ret, struct fault *fault);

#endif
