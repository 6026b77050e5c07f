/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: lines of one name that differ. */
#include "check.h"
#include "common/account.h"
#include "common/name.h"
#include "common/scope.h"
#include "settings.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_rules(const struct setting *setting)
{
	return setting->init && name_is_in_list("rules", setting->init);
}

/* Whether two rules of one file differ only by the lines that lead there. */
static bool differ_by_line(const struct setting *a, const char *a_word,
			   const struct setting *b, const char *b_word)
{
	return a->is_rule && b->is_rule &&
	       setting_texts_equal(a->file, b->file) &&
	       (strcmp(a->line->file, b->line->file) != 0 ||
		a->line->line != b->line->line) &&
	       (!a_word || setting_word_is_of_line(a, a_word)) &&
	       (!b_word || setting_word_is_of_line(b, b_word));
}

static bool is_template(const struct setting *setting)
{
	return setting->name && strchr(setting->name, '%');
}

/* To which names both lead. */
static char *names_of_both(const struct setting *a, const struct setting *b)
{
	return setting_texts_equal(a->name, b->name)
		       ? text_of("is for the same names")
		       : text_of("leads to '%s', too,",
				 is_template(a) ? b->name : a->name);
}

/* Where first has the word wanted, other has is; NULL: none. */
static void check_word(struct report *report, enum severity severity,
		       const struct setting *first, const struct setting *other,
		       const char *wanted, const char *is, const char *then)
{
	bool by_line = differ_by_line(first, wanted, other, is);
	scoped_free char *names = by_line ? text_of("is for the same names")
					  : names_of_both(first, other);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	char where[WHERE_SIZE];

	(void)snprintf(where, sizeof(where), "%s", first->where);
	if (by_line)
		line_where(first->line, where);
	what = text_of("'%s' %s and has %s, this line has %s: %s", where, names,
		       wanted ? wanted : "none", is ? is : "none", then);
	(void)snprintf(where, sizeof(where), "%s", other->where);
	if (by_line) {
		line_where(other->line, where);
		fix = setting_line_fix(other->line, is, wanted);
	} else if (is_template(other) && !is_template(first)) {
		/* More names than that one would get it. */
		fix = text_edit(other->file, other->first);
	} else {
		fix = setting_fix(other, is, wanted);
	}
	report_add(report, severity, where, what, fix);
}

static void check_pair_init(struct report *report, const struct setting *first,
			    const struct setting *other)
{
	scoped_free char *wanted = setting_word("init", first->init);
	scoped_free char *is = setting_word("init", other->init);
	bool denies = has_rules(first) != has_rules(other);

	if (!setting_texts_equal(first->init, other->init))
		check_word(report, denies ? SEVERITY_DENIED : SEVERITY_ADVICE,
			   first, other, wanted, is,
			   denies ? "where its login is the first, those of "
				    "the other are denied"
				  : "whose login is the first decides what is "
				    "in the namespace");
}

static void check_pair_hide(struct report *report, const struct setting *first,
			    const struct setting *other)
{
	scoped_free char *wanted = setting_word("hide", first->hide);
	scoped_free char *is = setting_word("hide", other->hide);

	if (!setting_texts_equal(first->hide, other->hide))
		check_word(report, SEVERITY_ADVICE, first, other, wanted, is,
			   "they do not share their mounts, and one sees what "
			   "the other does not");
}

/* The one that has the rules, or an owner, is right. */
static void check_pair(struct report *report, const struct setting *a,
		       const struct setting *b)
{
	bool b_has_rules = has_rules(b) && !has_rules(a);

	check_pair_init(report, b_has_rules ? b : a, b_has_rules ? a : b);
	check_pair_hide(report, a, b);
	if (a->owned != b->owned)
		check_word(report, SEVERITY_DENIED, a->owned ? a : b,
			   a->owned ? b : a, "owner", NULL,
			   "whose login is the second is denied");
}

/* Whether it is this line that leads an account there, by a service. */
static bool setting_decides(const struct setting *setting, const char *service,
			    struct account *account, const char *name)
{
	struct line_decision decision;
	const struct plan *plan = &decision.plan;
	bool decides =
		line_plan(setting->line, service, account, &decision) == 0 &&
		plan->kind == PLAN_NAMED && !strcmp(plan->name, name) &&
		(!plan->rule || (plan->rule->line == setting->first &&
				 !strcmp(plan->rule->file, setting->file)));

	line_decision_release(&decision);
	return decides;
}

/* A member of a group, or "". */
static void member_of(const char *name, char ret[LOGIN_NAME_MAX])
{
	const struct group *group = getgrnam(name);

	*ret = '\0';
	if (group)
		check_member_of(group, ret, LOGIN_NAME_MAX);
}

/* The pattern of a line with what %1 stands for in the place of its '*'. */
static char *pattern_of(const struct setting *setting, const char *part)
{
	const char *pattern = setting->pattern ? setting->pattern : "";
	int before = (int)strcspn(pattern, "*");

	return text_of("%.*s%s%s", before, pattern, part,
		       pattern[before] ? pattern + before + 1 : "");
}

/* The user for whom a template could become a name, or "". */
static void user_of(const struct setting *setting, const char *name,
		    char ret[LOGIN_NAME_MAX])
{
	scoped_free char *part = setting_name_part(setting->name, name);
	scoped_free char *pattern = pattern_of(setting, part ? part : "");
	const struct passwd *passwd = NULL;
	const char *percent = strchr(setting->name, '%');
	char letter;

	*ret = '\0';
	if (!part || !pattern || !percent)
		return;
	letter = percent[1];
	if (letter == 'u')
		passwd = getpwnam(part);
	else if (letter == 'U' && *part && !part[strspn(part, "0123456789")])
		passwd = getpwuid((uid_t)strtoul(part, NULL, 10));
	else if (letter == '1' && !setting->of_groups)
		passwd = getpwnam(pattern);
	else if (letter == '1')
		member_of(pattern, ret);
	else if (letter == 'g')
		member_of(part, ret);
	if (passwd)
		(void)snprintf(ret, LOGIN_NAME_MAX, "%s", passwd->pw_name);
}

/* Whether a template leads somebody to a name, by some service. */
static bool setting_leads(const struct settings *settings,
			  const struct setting *setting, const char *name)
{
	char user[LOGIN_NAME_MAX];
	struct account account;
	bool leads = false;

	user_of(setting, name, user);
	if (!*user || account_find_name(user, &account) < 0)
		return false;
	for (size_t i = 0; !leads && i < settings->service_count; i++)
		leads = settings_service_has(settings->services[i],
					     setting->line) &&
			setting_decides(setting, settings->services[i],
					&account, name);
	account_release(&account);
	return leads;
}

static bool settings_differ(const struct setting *a, const struct setting *b)
{
	return !setting_texts_equal(a->init, b->init) ||
	       !setting_texts_equal(a->hide, b->hide) || a->owned != b->owned;
}

/* A name, with the templates that somebody gets it by. */
static void check_templates(struct report *report,
			    const struct settings *settings,
			    const struct setting *literal)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];

		if (!setting->is_idle && is_template(setting) &&
		    settings_differ(literal, setting) &&
		    setting_leads(settings, setting, literal->name))
			check_pair(report, literal, setting);
	}
}

/* Each with the first of its name. */
void check_pairs(struct report *report, const struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];
		size_t j = 0;

		if (!setting->name || setting->is_idle)
			continue;
		while (settings->list[j].is_idle ||
		       !setting_texts_equal(settings->list[j].name,
					    setting->name))
			j++;
		if (j < i)
			check_pair(report, &settings->list[j], setting);
		else if (!is_template(setting))
			check_templates(report, settings, setting);
	}
}
