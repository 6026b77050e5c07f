/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login: decides, does nothing. */
#include "policy.h"
#include "name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* MEMBER_YES, MEMBER_NO, or -errno with fault; the name of a group rule. */
static int policy_match(enum policy_rule rule, const char *group,
			const struct options *options,
			const struct account *account, char *ret_name,
			size_t size, struct fault *fault)
{
	int r;

	if (rule == POLICY_GROUP_NAME)
		r = account_find_prefixed(account, group, ret_name, size);
	else
		r = account_is_member(account, group);
	if (r < 0)
		return fault_set(fault, FAULT_UNDECIDED, STEP_READ_GROUP,
				   group, r);
	if (r != MEMBER_NO_GROUP)
		return r;
	/* Who asks for a group by name means one that is there. */
	if (options->group)
		return fault_set(fault, FAULT_UNDECIDED, STEP_EXPLICIT_GROUP,
				   group, -ENOENT);
	return MEMBER_NO;
}

static int policy_fill(enum policy_rule rule, const struct options *options,
		       const struct account *account, struct plan *plan,
		       struct fault *fault)
{
	plan->flags = options->flags;
	if (rule == POLICY_NEW_FOR_GROUP) {
		plan->kind = PLAN_NEW;
		plan->etc = options->etc;
		return 0;
	}
	plan->kind = PLAN_NAMED;
	plan->etc = plan->name;
	if (rule == POLICY_USER_FOR_GROUP) {
		if (!name_is_component(account->name))
			return fault_set(fault, FAULT_UNCONFINED,
					   STEP_CHECK_NAME, account->name,
					   -EINVAL);
		(void)snprintf(plan->name, sizeof(plan->name), "%s",
			       account->name);
		return 0;
	}
	if (!name_is_component(plan->name))
		return fault_set(fault, FAULT_UNCONFINED, STEP_CHECK_NAME,
				   plan->name, -EINVAL);
	return 0;
}

int policy_decide(enum policy_rule rule, const char *group,
		  const struct options *options, const struct account *account,
		  struct plan *ret, struct fault *fault)
{
	int r;

	*ret = (struct plan){ .kind = PLAN_LEAVE };
	if (options->verdict == OPTIONS_DENY_ALL)
		return fault_set(fault, FAULT_UNDECIDED, STEP_READ_LINE,
				   options->word, -EINVAL);
	if (options->group)
		group = options->group;
	r = policy_match(rule, group, options, account, ret->name,
			 sizeof(ret->name), fault);
	if (r < 0)
		return r;
	if (r == MEMBER_NO)
		return 0;
	if (options->verdict == OPTIONS_DENY_MEMBERS)
		return fault_set(fault, FAULT_LINE, STEP_READ_LINE,
				   options->word, -EINVAL);
	return policy_fill(rule, options, account, ret, fault);
}
