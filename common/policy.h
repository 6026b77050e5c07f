/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login: decides, does nothing. */
#ifndef POLICY_H
#define POLICY_H

#include "account.h"
#include "fault.h"
#include "options.h"
#include "plan.h"
#include "rules.h"

/* By what a module decides, if not by rules. */
enum policy_group {
	POLICY_NEW,	   /* members of a group: a new namespace */
	POLICY_USER_NAME,  /* members of a group: the one of their name */
	POLICY_GROUP_NAME, /* members of GROUP-NAME: the one called NAME */
};

/*
 * Decides for one account by its groups, under one line of a stack. group is
 * the module's own, unless the line gives another. Looks up groups and
 * nothing else.
 *
 * Returns 0 with the plan in ret; or -errno with fault filled in, its kind
 * FAULT_UNDECIDED, FAULT_LINE or FAULT_UNCONFINED (a name that can be no
 * path).
 */
int policy_decide(enum policy_group by, const char *group,
		  const struct options *options, struct account *account,
		  struct plan *ret, struct fault *fault);

/*
 * The same by rules: the first that matches decides, none leaves the login
 * alone. Looks up groups only if a rule before names one.
 */
int policy_decide_by_rules(const struct rules *rules,
			   const struct options *options,
			   struct account *account, const char *service,
			   struct plan *ret, struct fault *fault);

#endif
