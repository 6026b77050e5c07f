/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login: decides, does nothing. */
#ifndef POLICY_H
#define POLICY_H

#include "account.h"
#include "failure.h"
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
 * Returns 0 with the plan in ret; or -errno with failure filled in, its kind
 * FAILURE_UNDECIDED, FAILURE_LINE or FAILURE_UNCONFINED (a name that can be no
 * path).
 */
int policy_decide(enum policy_group by, const char *group,
		  const struct options *options, struct account *account,
		  struct plan *ret, struct failure *failure);

/*
 * Reads the rules of a line that has config, to be given to rules_release() in
 * any case. A line that denies all needs none.
 *
 * Returns as rules_load(), with failure filled in.
 */
int policy_read_rules(const struct options *options, struct rules *rules,
		      struct failure *failure);

/*
 * The same by rules: the first that matches decides, none leaves the login
 * alone. Looks up groups only for rules that name one, up to the one that
 * matches, and for its %g. The plan points into rules.
 */
int policy_decide_by_rules(const struct rules *rules,
			   const struct options *options,
			   struct account *account, const char *service,
			   struct plan *ret, struct failure *failure);

/* Whether a rule is for a service. */
bool policy_rule_has_service(const struct rule *rule, const char *service);

/* A line of a stack, and who asks. */
struct policy_line {
	enum policy_group by;
	const char *group; /* the module's own */
	const struct options *options;
	const char *service;
};

/*
 * One of both, as the line says. rules is to be given to rules_release() in any
 * case. Returns as they do.
 */
int policy_decide_line(const struct policy_line *line, struct account *account,
		       struct rules *rules, struct plan *ret,
		       struct failure *failure);

#endif
