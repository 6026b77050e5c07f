/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login: decides, does nothing. */
#include "policy.h"
#include "glob.h"
#include "name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- By a group --- */

/* MEMBER_YES, MEMBER_NO, MEMBER_NO_GROUP or -errno; the name of a group. */
static int group_match(enum policy_group by, const char *group,
		       struct account *account, struct plan *plan)
{
	char pattern[NAME_MAX + 1];
	int length;

	if (by != POLICY_GROUP_NAME)
		return account_is_member(account, group);
	if (!glob_is_plain(group))
		return -EINVAL;
	length = snprintf(pattern, sizeof(pattern), "%s-*", group);
	if (length < 0 || (size_t)length >= sizeof(pattern))
		return -ENAMETOOLONG;
	return account_match_group(account, pattern, plan->name,
				   sizeof(plan->name));
}

static int group_plan(enum policy_group by, const struct options *options,
		      const struct account *account, struct plan *plan,
		      struct fault *fault)
{
	const char *name = plan->name;

	plan->flags = options->flags;
	if (by == POLICY_NEW) {
		plan->kind = PLAN_NEW;
		plan->etc = options->etc;
		return 0;
	}
	if (by == POLICY_USER_NAME)
		name = account->name;
	if (!name_is_component(name))
		return fault_set(fault, FAULT_UNCONFINED, STEP_CHECK_NAME, name,
				 -EINVAL);
	if (name != plan->name)
		(void)snprintf(plan->name, sizeof(plan->name), "%s", name);
	plan->kind = PLAN_NAMED;
	plan->etc = plan->name;
	return 0;
}

int policy_decide(enum policy_group by, const char *group,
		  const struct options *options, struct account *account,
		  struct plan *ret, struct fault *fault)
{
	int r;

	*ret = (struct plan){ .kind = PLAN_LEAVE };
	if (options->verdict == OPTIONS_DENY_ALL)
		return fault_set(fault, FAULT_UNDECIDED, STEP_READ_LINE,
				 options->word, -EINVAL);
	if (options->group)
		group = options->group;
	r = group_match(by, group, account, ret);
	if (r < 0)
		return fault_set(fault, FAULT_UNDECIDED, STEP_READ_GROUP, group,
				 r);
	/* Who asks for a group by name means one that is there. */
	if (r == MEMBER_NO_GROUP && options->group)
		return fault_set(fault, FAULT_UNDECIDED, STEP_EXPLICIT_GROUP,
				 group, -ENOENT);
	if (r != MEMBER_YES)
		return 0;
	if (options->verdict == OPTIONS_DENY_MEMBERS)
		return fault_set(fault, FAULT_LINE, STEP_READ_LINE,
				 options->word, -EINVAL);
	return group_plan(by, options, account, ret, fault);
}

/* --- By rules --- */

/* Who is asking, and what the first '*' of a rule stood for. */
struct subject {
	struct account *account;
	const char *service;
	const char *family; /* of services, or the service itself */
	char star[NAME_MAX + 1];
};

static int rule_fail(const struct rule *rule, struct fault *fault,
		     enum fault_kind kind, enum fault_step step,
		     const char *word, int error)
{
	(void)fault_set(fault, kind, step, "", error);
	(void)snprintf(fault->object, sizeof(fault->object), "%s:%u: %s",
		       rule->file, rule->line, word);
	return error;
}

/*
 * Programs that open a login shell under a service of its own, by their usual
 * name: who writes "su" means "su -" too.
 */
static const char *service_family(const char *service)
{
	static const struct {
		const char *service;
		const char *family;
	} families[] = {
		{ "su-l", "su" },
		{ "sudo-i", "sudo" },
		{ "runuser-l", "runuser" },
	};

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!strcmp(service, families[i].service))
			return families[i].family;
	return service;
}

static bool rule_has_service(const struct rule *rule,
			     const struct subject *subject)
{
	const char *service = subject->service;
	const char *family = subject->family;
	const char *pattern = rule->services;

	for (unsigned int i = 0; i < rule->service_count; i++) {
		if (glob_match(pattern, service, NULL) ||
		    (family != service && glob_match(pattern, family, NULL)))
			return true;
		pattern += strlen(pattern) + 1;
	}
	return false;
}

static int rule_match_user(const struct rule *rule, struct subject *subject)
{
	struct glob_star star;

	if (!glob_match(rule->pattern, subject->account->name, &star))
		return MEMBER_NO;
	if (star.length >= sizeof(subject->star))
		return -ENAMETOOLONG;
	memcpy(subject->star, star.start, star.length);
	subject->star[star.length] = '\0';
	return MEMBER_YES;
}

static int rule_match_who(const struct rule *rule, struct subject *subject)
{
	struct account *account = subject->account;

	switch (rule->who) {
	case WHO_ANYONE:
	case WHO_USER:
		return rule_match_user(rule, subject);
	case WHO_UID:
		return rule->first <= account->uid && account->uid <= rule->last
			       ? MEMBER_YES
			       : MEMBER_NO;
	case WHO_GID:
		return account_has_gid(account, rule->first, rule->last);
	case WHO_GROUP:
		break;
	}
	if (glob_is_plain(rule->pattern))
		return account_is_member(account, rule->pattern);
	return account_match_group(account, rule->pattern, subject->star,
				   sizeof(subject->star));
}

/* MEMBER_YES, MEMBER_NO, or -errno with fault. */
static int rule_match(const struct rule *rule, struct subject *subject,
		      struct fault *fault)
{
	int r;

	if (!rule_has_service(rule, subject))
		return MEMBER_NO;
	r = rule_match_who(rule, subject);
	if (r < 0)
		return rule_fail(rule, fault, FAULT_UNDECIDED, STEP_READ_GROUP,
				 rule->pattern, r);
	/* A group that is misspelt would let its members out. */
	if (r == MEMBER_NO_GROUP) {
		r = rule_fail(rule, fault, FAULT_UNDECIDED, STEP_EXPLICIT_GROUP,
			      rule->pattern, -ENOENT);
		fault->cause = "there is no such group";
	}
	return r;
}

/* What a '%' and the letter behind it stand for. */
static int percent_expand(char letter, const struct subject *subject, char *ret,
			  size_t size)
{
	const struct account *account = subject->account;
	int length = -1;

	switch (letter) {
	case 'u':
		length = snprintf(ret, size, "%s", account->name);
		break;
	case 'U':
		length = snprintf(ret, size, "%u", (unsigned)account->uid);
		break;
	case 's':
		length = snprintf(ret, size, "%s", subject->service);
		break;
	case '1':
		length = snprintf(ret, size, "%s", subject->star);
		break;
	case '%':
		length = snprintf(ret, size, "%%");
		break;
	case 'g':
		return account_primary_group(account, ret, size);
	default:
		break;
	}
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

static int name_expand(const char *template, const struct subject *subject,
		       char *ret, size_t size)
{
	size_t length = 0;

	*ret = '\0';
	for (; *template; template ++) {
		int r;

		if (length + 1 >= size)
			return -ENAMETOOLONG;
		if (*template != '%') {
			ret[length++] = *template;
			ret[length] = '\0';
			continue;
		}
		template ++;
		r = percent_expand(*template, subject, ret + length,
				   size - length);
		if (r < 0)
			return r;
		length += strlen(ret + length);
	}
	return 0;
}

static int rule_plan(const struct rule *rule, const struct subject *subject,
		     const struct options *options, struct plan *plan,
		     struct fault *fault)
{
	int r;

	plan->kind = rule->kind;
	plan->flags = options->flags | rule->options.flags;
	plan->etc = rule->options.etc;
	if (rule->kind != PLAN_NAMED)
		return 0;
	r = name_expand(rule->name, subject, plan->name, sizeof(plan->name));
	if (r < 0)
		return rule_fail(rule, fault, FAULT_UNCONFINED,
				 STEP_EXPAND_NAME, rule->name, r);
	if (!name_is_component(plan->name))
		return rule_fail(rule, fault, FAULT_UNCONFINED, STEP_CHECK_NAME,
				 plan->name, -EINVAL);
	plan->etc = plan->name;
	return 0;
}

int policy_decide_by_rules(const struct rules *rules,
			   const struct options *options,
			   struct account *account, const char *service,
			   struct plan *ret, struct fault *fault)
{
	struct subject subject = {
		.account = account,
		.service = service,
		.family = service_family(service),
	};

	*ret = (struct plan){ .kind = PLAN_LEAVE };
	if (options->verdict == OPTIONS_DENY_ALL)
		return fault_set(fault, FAULT_UNDECIDED, STEP_READ_LINE,
				 options->word, -EINVAL);
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		int r = rule_match(rule, &subject, fault);

		if (r < 0)
			return r;
		if (r == MEMBER_NO)
			continue;
		if (rule->kind != PLAN_LEAVE &&
		    options->verdict != OPTIONS_CLEAR)
			return fault_set(fault, FAULT_LINE, STEP_READ_LINE,
					 options->word, -EINVAL);
		return rule_plan(rule, &subject, options, ret, fault);
	}
	return 0;
}
