/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login: decides, does nothing. */
#include "policy.h"
#include "count.h"
#include "glob.h"
#include "name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int line_refused(struct failure *failure, enum failure_kind kind,
			const struct options *options)
{
	(void)failure_set(failure, -EINVAL, "understand the argument",
			  options->word);
	failure->kind = kind;
	failure->cause = options->why;
	return failure->error;
}

static int unusable_name(struct failure *failure, const char *name)
{
	(void)failure_set(failure, -EINVAL, "call a namespace", name);
	failure->cause = "it cannot be a file name";
	return failure->error;
}

static int group_failed(struct failure *failure, int error, const char *group)
{
	static const struct failure_cause causes[] = {
		{ -ENODATA, "the name service does not even know gid 0", NULL },
		{ -EIDRM,
		  "a group of the user has a number, and no name that could be "
		  "compared",
		  NULL },
	};

	(void)failure_set(failure, error, "look up the group", group);
	failure->kind = FAILURE_UNDECIDED;
	return failure_explain(failure, causes, COUNT(causes));
}

/* The line names it, so it was meant to be there. */
static int group_missing(struct failure *failure, const char *group)
{
	(void)group_failed(failure, -ENOENT, group);
	failure->cause = "there is no such group";
	failure->fix = "groupadd";
	return failure->error;
}

/* --- By a group --- */

/* MEMBER_YES, MEMBER_NO, MEMBER_NO_GROUP or -errno; the name of a group. */
static int match_module_group(enum policy_group by, const char *group,
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

/* Without etc= programs of init= read the directory of the user. */
static int new_plan_check(const struct plan *plan,
			  const struct account *account,
			  struct failure *failure)
{
	if (!plan->init || plan->etc || name_is_component(account->name))
		return 0;
	(void)unusable_name(failure, account->name);
	failure->doing = "find a directory in /etc/netns for";
	return failure->error;
}

static int group_plan(enum policy_group by, const struct options *options,
		      const struct account *account, struct plan *plan,
		      struct failure *failure)
{
	const char *name = plan->name;

	plan->flags = options->flags;
	plan->hide = options->hide;
	plan->init = options->init;
	/* What is root's already needs no other owner. */
	plan->owned = plan->flags & OPTION_OWNER && account->uid != 0;
	if (by == POLICY_NEW) {
		plan->kind = PLAN_NEW;
		plan->etc = options->etc;
		return new_plan_check(plan, account, failure);
	}
	if (by == POLICY_USER_NAME)
		name = account->name;
	if (!name_is_component(name))
		return unusable_name(failure, name);
	if (name != plan->name)
		(void)snprintf(plan->name, sizeof(plan->name), "%s", name);
	plan->kind = PLAN_NAMED;
	plan->etc = plan->name;
	return 0;
}

int policy_decide(enum policy_group by, const char *group,
		  const struct options *options, struct account *account,
		  struct plan *ret, struct failure *failure)
{
	int r;

	*ret = (struct plan){ .kind = PLAN_LEAVE };
	if (options->verdict == OPTIONS_DENY_ALL)
		return line_refused(failure, FAILURE_UNDECIDED, options);
	if (options->group)
		group = options->group;
	r = match_module_group(by, group, account, ret);
	if (r < 0) {
		(void)group_failed(failure, r, group);
		if (by == POLICY_GROUP_NAME && !glob_is_plain(group))
			failure->cause = "a prefix has no '*', '?' or '['";
		return r;
	}
	/* Who asks for a group by name means one that is there. */
	if (r == MEMBER_NO_GROUP && options->group)
		return group_missing(failure, group);
	if (r != MEMBER_YES)
		return 0;
	if (options->verdict == OPTIONS_DENY_MEMBERS)
		return line_refused(failure, FAILURE_LINE, options);
	return group_plan(by, options, account, ret, failure);
}

/* --- By rules --- */

int policy_read_rules(const struct options *options, struct rules *rules,
		      struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -EPERM, "it must be root's, and writable by root only",
		  NULL },
		{ -ELOOP, "it is a symbolic link", NULL },
		{ -EISDIR, "it is a directory", NULL },
		{ -ENXIO, "it is not a file", NULL },
		{ -EFBIG, "it is larger than 1 MiB", NULL },
	};
	struct rules_error error;
	char line[16] = "";
	int r;

	if (options->verdict == OPTIONS_DENY_ALL)
		return 0;
	r = rules_load(options->config, rules, &error);
	if (r == 0)
		return 0;
	if (error.line > 0)
		(void)snprintf(line, sizeof(line), ":%u: ", error.line);
	(void)failure_set(failure, r, "understand", "");
	(void)snprintf(failure->object, sizeof(failure->object), "%s%s%.200s",
		       error.file, line, error.word);
	failure->kind = FAILURE_UNDECIDED;
	(void)failure_explain(failure, causes, COUNT(causes));
	if (error.why)
		failure->cause = error.why;
	return r;
}

/* Who is asking, and what the first '*' of a rule stood for. */
struct subject {
	struct account *account;
	const char *service;
	const char *family; /* of services, or the service itself */
	char star[NAME_MAX + 1];
};

/* Puts FILE:LINE before the object of a failure. Returns the error. */
static int rule_failed(const struct rule *rule, struct failure *failure)
{
	char word[sizeof(failure->object)];

	memcpy(word, failure->object, sizeof(word));
	(void)snprintf(failure->object, sizeof(failure->object),
		       "%.500s:%u: %.500s", rule->file, rule->line, word);
	failure->fix = NULL;
	return failure->error;
}

/*
 * Programs that open a login shell under a service of its own, by their usual
 * name: "su" stands for "su -", too.
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

	for (size_t i = 0; i < COUNT(families); i++)
		if (!strcmp(service, families[i].service))
			return families[i].family;
	return service;
}

static bool rule_has_service(const struct rule *rule, const char *service,
			     const char *family)
{
	const char *pattern = rule->services;

	for (unsigned int i = 0; i < rule->service_count; i++) {
		if (glob_match(pattern, service, NULL) ||
		    (family != service && glob_match(pattern, family, NULL)))
			return true;
		pattern += strlen(pattern) + 1;
	}
	return false;
}

bool policy_rule_has_service(const struct rule *rule, const char *service)
{
	return rule_has_service(rule, service, service_family(service));
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

/* MEMBER_YES, MEMBER_NO, or -errno with failure. */
static int rule_match(const struct rule *rule, struct subject *subject,
		      struct failure *failure)
{
	int r;

	if (!rule_has_service(rule, subject->service, subject->family))
		return MEMBER_NO;
	r = rule_match_who(rule, subject);
	/* A group that is misspelt would let its members out. */
	if (r == MEMBER_NO_GROUP)
		r = group_missing(failure, rule->pattern);
	else if (r < 0)
		r = group_failed(failure, r, rule->pattern);
	if (r < 0)
		return rule_failed(rule, failure);
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

/* "owner" may be in the line of the stack, and be no word of every rule. */
static int rule_set_owner(const struct rule *rule,
			  const struct account *account, struct plan *plan,
			  struct failure *failure)
{
	const char *why = options_owner_conflict(plan->init);

	if (!(plan->flags & OPTION_OWNER) || plan->kind == PLAN_HOST ||
	    plan->kind == PLAN_LEAVE)
		return 0;
	if (!rule_is_of_one_user(rule))
		why = RULES_OWNER_SHARED;
	if (why) {
		(void)failure_set(failure, -EINVAL, "understand", "owner");
		failure->kind = FAILURE_LINE;
		failure->cause = why;
		return rule_failed(rule, failure);
	}
	plan->owned = account->uid != 0;
	return 0;
}

static int rule_plan(const struct rule *rule, const struct subject *subject,
		     const struct options *options, struct plan *plan,
		     struct failure *failure)
{
	int r;

	plan->kind = rule->kind;
	plan->flags = options->flags | rule->options.flags;
	plan->etc = rule->options.etc;
	plan->hide = rule->options.hide ? rule->options.hide : options->hide;
	plan->init = rule->options.init ? rule->options.init : options->init;
	r = rule_set_owner(rule, subject->account, plan, failure);
	if (r == 0 && rule->kind == PLAN_NEW &&
	    new_plan_check(plan, subject->account, failure) < 0)
		return rule_failed(rule, failure);
	if (r < 0 || rule->kind != PLAN_NAMED)
		return r;
	r = name_expand(rule->name, subject, plan->name, sizeof(plan->name));
	if (r < 0) {
		(void)failure_set(failure, r, "expand", rule->name);
		return rule_failed(rule, failure);
	}
	if (!name_is_component(plan->name)) {
		(void)unusable_name(failure, plan->name);
		return rule_failed(rule, failure);
	}
	plan->etc = plan->name;
	return 0;
}

int policy_decide_by_rules(const struct rules *rules,
			   const struct options *options,
			   struct account *account, const char *service,
			   struct plan *ret, struct failure *failure)
{
	struct subject subject = {
		.account = account,
		.service = service,
		.family = service_family(service),
	};

	*ret = (struct plan){ .kind = PLAN_LEAVE };
	if (options->verdict == OPTIONS_DENY_ALL)
		return line_refused(failure, FAILURE_UNDECIDED, options);
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		int r = rule_match(rule, &subject, failure);

		if (r < 0)
			return r;
		if (r == MEMBER_NO)
			continue;
		if (rule->kind != PLAN_LEAVE &&
		    options->verdict != OPTIONS_CLEAR)
			return line_refused(failure, FAILURE_LINE, options);
		ret->rule = rule;
		return rule_plan(rule, &subject, options, ret, failure);
	}
	return 0;
}

int policy_decide_line(const struct policy_line *line, struct account *account,
		       struct rules *rules, struct plan *ret,
		       struct failure *failure)
{
	int r;

	if (!(line->options->flags & OPTION_CONFIG))
		return policy_decide(line->by, line->group, line->options,
				     account, ret, failure);
	r = policy_read_rules(line->options, rules, failure);
	if (r < 0)
		return r;
	return policy_decide_by_rules(rules, line->options, account,
				      line->service, ret, failure);
}
