/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: policy files. */
#include "check.h"
#include "common/count.h"
#include "common/scope.h"

#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* A finding at a rule, which the admin has to edit. */
static void tell_rule(struct report *report, enum severity severity,
		      const struct rule *rule, const char *what)
{
	scoped_free char *where = text_of("%s:%u", rule->file, rule->line);
	scoped_free char *fix = text_edit(rule->file, rule->line);

	report_add(report, severity, where, what, fix);
}

/*
 * What no user is called, and other files write so. Returns whether that was
 * told.
 */
static bool tell_meant(struct report *report, const struct rule *rule)
{
	const char *word = rule->pattern;
	const char *bare = word + (*word == '%' || *word == '!');
	scoped_free char *write = NULL;
	scoped_free char *what = NULL;

	if (strchr(word, ','))
		write = text_of("%s", "a line for each user");
	else if (!strcasecmp(word, "all"))
		write = text_of("%s", "'*' for everybody");
	else if (*word == '!')
		write = text_of("'%s' with the namespace '-' above the others",
				bare);
	else if (getgrnam(bare))
		write = text_of("'@%s' for the group", bare);
	if (!write)
		return false;
	what = text_of("there is no user '%s': this line is for nobody; write "
		       "%s",
		       word, write);
	tell_rule(report, SEVERITY_OUTSIDE, rule, what);
	return true;
}

/* A user or a group that a rule is for, and that is not there. */
static void check_rule_who(struct report *report, const struct rule *rule)
{
	bool group = rule->who == WHO_GROUP;
	scoped_free char *where = text_of("%s:%u", rule->file, rule->line);
	scoped_free char *what = NULL;

	if ((rule->who != WHO_USER && !group) || strpbrk(rule->pattern, "*?["))
		return;
	if (group) {
		check_group_name(report, where, rule->pattern,
				 "logins that reach this line are denied, but "
				 "for root's",
				 SEVERITY_DENIED, NULL);
		return;
	}
	errno = 0;
	if (getpwnam(rule->pattern) || errno != 0)
		return;
	if (tell_meant(report, rule))
		return;
	what = text_of("there is no user '%s': this line is for nobody",
		       rule->pattern);
	tell_rule(report, SEVERITY_ADVICE, rule, what);
}

/* It looks like a blank, and is a letter of the word that it is in. */
static void check_rule_blanks(struct report *report, const struct rule *rule)
{
	static const char no_break[] = "\xc2\xa0";
	scoped_free char *where = NULL;
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *path = NULL;
	const char *word = NULL;
	const char *service = rule->services;

	if (rule->pattern && strstr(rule->pattern, no_break))
		word = rule->pattern;
	else if (rule->name && strstr(rule->name, no_break))
		word = rule->name;
	for (unsigned int i = 0; !word && i < rule->service_count; i++) {
		if (strstr(service, no_break))
			word = service;
		service += strlen(service) + 1;
	}
	if (!word)
		return;
	where = text_of("%s:%u", rule->file, rule->line);
	what = text_of("'%s' has a no-break space (U+00A0), which separates "
		       "nothing",
		       word);
	path = text_sed_path(rule->file);
	fix = path ? text_of("LC_ALL=C sed -i '%us/\\xc2\\xa0/ /g' %s",
			     rule->line, path)
		   : NULL;
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
}

/* Programs may use a service that has no stack; most often it is misspelt. */
static bool service_has_stack(const char *service)
{
	const struct stack_source source = system_source();
	struct stack stack = STACK_NONE;
	bool has = strpbrk(service, "*?[") ||
		   stack_read(&source, service, STACK_SESSION, &stack) < 0 ||
		   !stack.other;

	stack_release(&stack);
	return has;
}

/* A rule may name more services than are installed here, but not only those. */
static void check_rule_services(struct report *report, const struct rule *rule)
{
	const char *service = rule->services;
	scoped_free char *what = NULL;

	for (unsigned int i = 0; i < rule->service_count; i++) {
		if (service_has_stack(service))
			return;
		service += strlen(service) + 1;
	}
	what = text_of("there is no service '%s': this line is for nobody",
		       rule->services);
	tell_rule(report, SEVERITY_ADVICE, rule, what);
}

/* Whether a rule is for all services, as one of two fields is. */
static bool rule_has_all_services(const struct rule *rule)
{
	return rule->service_count == 1 && !strcmp(rule->services, "*");
}

/* "alice sshd" has no field for services: sshd is the namespace. */
static void check_rule_name(struct report *report, const struct rule *rule)
{
	scoped_free char *what = NULL;

	if (rule->kind != PLAN_NAMED || !rule->name ||
	    !rule_has_all_services(rule) || !stack_is_service(rule->name) ||
	    !service_has_stack(rule->name))
		return;
	what = text_of("'%s' is the namespace here, and not the service that "
		       "is called so",
		       rule->name);
	tell_rule(report, SEVERITY_ADVICE, rule, what);
}

/* Whether a rule is for everybody, by every service. */
static bool rule_takes_all(const struct rule *rule)
{
	bool all = rule->who == WHO_ANYONE ||
		   (rule->who == WHO_USER && !strcmp(rule->pattern, "*"));

	return all && rule_has_all_services(rule);
}

/* Whether a rule says where root is, by whatever service. */
static bool rule_is_for_root(const struct rule *rule)
{
	return (rule->who == WHO_USER && !strcmp(rule->pattern, "root")) ||
	       (rule->who == WHO_UID && rule->first == 0);
}

/* Nobody is left who could put right what the namespace lacks. */
static void tell_root(struct report *report, const struct rule *rule)
{
	scoped_free char *path = text_sed_path(rule->file);
	scoped_free char *where = text_of("%s:%u", rule->file, rule->line);
	scoped_free char *fix =
		path ? text_of("sed -i '%ui root * -' %s", rule->line, path)
		     : NULL;

	if (rule->kind != PLAN_NEW && rule->kind != PLAN_NAMED)
		return;
	report_add(report, SEVERITY_ADVICE, where,
		   "this line is for root, too, and none above it is: root is "
		   "not on the host's network",
		   fix);
}

static void check_rules(struct report *report, const struct rules *rules)
{
	const struct rule *all = NULL;
	bool for_root = false;

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		scoped_free char *what = NULL;

		check_rule_blanks(report, rule);
		check_rule_who(report, rule);
		check_rule_services(report, rule);
		check_rule_name(report, rule);
		for_root = for_root || rule_is_for_root(rule);
		if (!all && rule_takes_all(rule)) {
			all = rule;
			if (!for_root)
				tell_root(report, rule);
			continue;
		}
		if (!all)
			continue;
		what = text_of("no login reaches this line, as '%s:%u' is for "
			       "everybody",
			       all->file, all->line);
		tell_rule(report, SEVERITY_ADVICE, rule, what);
	}
}

/* ---- services that a rule leaves out ---- */

enum { RULE_TRIED_MAX = 256 };

/* Whether it is this rule that decides about a user's login by a service. */
static bool rule_decides(const struct rule *rule, const struct check_line *line,
			 const char *service, const char *name)
{
	struct account account;
	struct line_decision decision;
	bool decides;

	if (account_find_name(name, &account) < 0)
		return false;
	decides = line_plan(line->line, service, &account, &decision) == 0 &&
		  decision.plan.rule &&
		  decision.plan.rule->line == rule->line &&
		  !strcmp(decision.plan.rule->file, rule->file);
	line_decision_release(&decision);
	account_release(&account);
	return decides;
}

/* The user whom a rule names, or a member of its group; NULL: it is for more.
 */
static char *rule_named_user(const struct rule *rule)
{
	char member[LOGIN_NAME_MAX] = "";
	const struct group *group;

	if (strpbrk(rule->pattern, "*?["))
		return NULL;
	if (rule->who == WHO_USER)
		return strdup(rule->pattern);
	if (rule->who != WHO_GROUP)
		return NULL;
	group = getgrnam(rule->pattern);
	if (group)
		check_member_of(group, member, sizeof(member));
	return strdup(member);
}

/* A user of those whom a rule confines by a service, or NULL. To be freed. */
static char *rule_find_user(const struct rule *rule,
			    const struct check_line *line, const char *service)
{
	scoped_free char *named = rule_named_user(rule);
	const struct passwd *passwd;
	unsigned int tried = 0;
	char *found = NULL;

	if (named)
		return rule_decides(rule, line, service, named) ? strdup(named)
								: NULL;
	setpwent();
	while (!found && tried < RULE_TRIED_MAX && (passwd = getpwent())) {
		scoped_free char *name = strdup(passwd->pw_name);

		if (!name || check_uid_is_services(passwd->pw_uid))
			continue;
		tried++;
		if (rule_decides(rule, line, service, name))
			found = strdup(name);
	}
	endpwent();
	return found;
}

/* Services that start something from where the caller is. */
static bool service_starts_inside(const char *service)
{
	static const char *const names[] = { "su", "su-l", "sudo", "sudo-i",
					     "polkit-1" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strcmp(names[i], service))
			return true;
	return false;
}

/* The services that start something of a user's outside. "": none. */
static char *services_outside(const char *name)
{
	const struct stack_source source = system_source();
	char **services = NULL;
	size_t count = 0;
	char *list = text_of("%s", "");

	if (stack_list_services(&source, &services, &count) < 0)
		return list;
	for (size_t i = 0; i < count; i++) {
		char *longer;

		if (!strcmp(services[i], "other") ||
		    service_starts_inside(services[i]) ||
		    check_service_starts_nothing(services[i]) ||
		    !check_service_leaves(services[i], name))
			continue;
		longer = text_of("%s%s'%s'", list, *list ? ", " : "",
				 services[i]);
		free(list);
		list = longer;
	}
	stack_free_services(services, count);
	return list;
}

/*
 * Whoever is confined at logins, and not where cron and the like start what he
 * has asked for, gets out by those.
 */
static void check_rule_leaves(struct report *report,
			      const struct check_line *line,
			      const struct rule *rule)
{
	static const char *const logins[] = { "sshd", "login" };
	scoped_free char *user = NULL;
	scoped_free char *services = NULL;
	scoped_free char *what = NULL;

	if (rule_has_all_services(rule) ||
	    (rule->kind != PLAN_NEW && rule->kind != PLAN_NAMED))
		return;
	for (size_t i = 0; !user && i < 2; i++)
		user = rule_find_user(rule, line, logins[i]);
	services = user ? services_outside(user) : NULL;
	if (!services || !*services)
		return;
	what = text_of("this line confines '%s' in the services that it names "
		       "only; processes of this user start on the host's "
		       "network by %s",
		       user, services);
	tell_rule(report, SEVERITY_OUTSIDE, rule, what);
}

/* FILE:LINE: WORD, as policy_read_rules() has it, as a place and a command. */
static char *policy_fix(const struct failure *failure, const char *file)
{
	scoped_free char *path = text_quote(file);
	const char *rest = failure->object + strlen(file);
	char *end = NULL;
	unsigned long line;
	struct stat st;

	if (!path)
		return NULL;
	if (failure->error == -EPERM && stat(file, &st) == 0 &&
	    S_ISDIR(st.st_mode))
		return text_restrict(file);
	if (failure->error == -EPERM)
		return text_adopt(file, 0644);
	/* An empty one would let all of them out. */
	if (failure->error == -ENOENT)
		return text_edit(file, 0);
	/* An editor has no use for these. */
	if (failure->error == -ELOOP || failure->error == -ENXIO)
		return text_of("rm %s", path);
	if (failure->error == -EISDIR)
		return text_of("rmdir %s", path);
	line = *rest == ':' ? strtoul(rest + 1, &end, 10) : 0;
	if (line == 0 || line > INT_MAX || strncmp(end, ": ", 2) != 0)
		return text_edit(file, 0);
	rest = end + 2;
	/* A capital in a service: the one fault with only one cure. */
	if (failure->cause && strstr(failure->cause, "capital")) {
		scoped_free char *small = text_small(rest);

		return small ? text_sed(file, (unsigned int)line,
					(unsigned int)line, rest, small)
			     : NULL;
	}
	return text_edit(file, (unsigned int)line);
}

/* The file that a failure is about stands before the first ": ", or ":N". */
static char *policy_file(const struct failure *failure)
{
	const char *end = strstr(failure->object, ": ");
	size_t length = strlen(failure->object);

	if (end) {
		while (end > failure->object && end[-1] != ':')
			end--;
		length = end > failure->object
				 ? (size_t)(end - failure->object) - 1
				 : length;
	}
	return text_of("%.*s", (int)length, failure->object);
}

/* Whether a line reads a policy file; NULL: the default ones. */
static bool lines_read(const struct check_lines *lines, const char *config)
{
	bool reads = false;

	for (size_t i = 0; !reads && i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;
		struct options options;

		line_options(line_module(line), line, &options);
		if (options.flags & OPTION_CONFIG)
			reads = options.config && config
					? !strcmp(options.config, config)
					: options.config == config;
	}
	return reads;
}

static void tell_unread_policy(struct report *report, const char *path,
			       const char *why)
{
	scoped_free char *what = text_of("%s: nothing reads this file", why);

	report_add(report, SEVERITY_ADVICE, path, what, NULL);
}

static void tell_unended_policy(struct report *report, const char *path)
{
	scoped_free char *word = text_quote(path);
	scoped_free char *fix = word ? text_of("mv %s %s.conf", word, word)
				     : NULL;

	report_add(report, SEVERITY_ADVICE, path,
		   "its name does not end in '.conf': nothing reads this file",
		   fix);
}

/* Those in the default places that nothing reads. */
static void check_unread_policies(struct report *report,
				  const struct check_lines *lines)
{
	bool by_default = lines_read(lines, NULL);
	glob_t found;

	if (lines->count == 0)
		return;
	if (access(RULES_FILE, F_OK) == 0 && !by_default &&
	    !lines_read(lines, RULES_FILE))
		tell_unread_policy(report, RULES_FILE,
				   "no line has 'config', or names it");
	if (glob(RULES_DIRECTORY "/*", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		const char *name = strrchr(path, '/') + 1;
		const char *end = strrchr(name, '.');

		if (lines_read(lines, path))
			continue;
		if (!by_default)
			tell_unread_policy(report, path,
					   "no line has 'config', or names it");
		else if ((!end || strcmp(end, ".conf") != 0) &&
			 stack_is_service(name))
			tell_unended_policy(report, path);
	}
	globfree(&found);
}

/* As a file that was cut is. */
static void tell_no_rule(struct report *report, const struct stack_line *line,
			 const struct options *options)
{
	const char *file = options->config ? options->config : RULES_FILE;
	scoped_free char *fix = text_edit(file, 0);
	scoped_free char *what =
		text_of("'%s' has no rule: this line is for nobody", file);
	char where[WHERE_SIZE];

	line_where(line, where);
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
}

void check_policies(struct report *report, const struct check_lines *lines)
{
	check_unread_policies(report, lines);
	for (size_t i = 0; i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;
		struct rules rules = RULES_NONE;
		struct failure failure;
		struct options options;
		scoped_free char *what = NULL;
		scoped_free char *file = NULL;
		scoped_free char *fix = NULL;

		line_options(line_module(line), line, &options);
		if (!(options.flags & OPTION_CONFIG) ||
		    options.verdict == OPTIONS_DENY_ALL)
			continue;
		if (policy_read_rules(&options, &rules, &failure) == 0) {
			check_rules(report, &rules);
			for (size_t j = 0; j < rules.count; j++)
				check_rule_leaves(report, &lines->list[i],
						  &rules.list[j]);
			if (rules.count == 0)
				tell_no_rule(report, line, &options);
		} else if (failure.error == -EACCES && geteuid() != 0) {
			report_unseen(report, failure.object, failure.error);
		} else {
			what = text_failure(&failure);
			file = policy_file(&failure);
			if (!file)
				fix = NULL;
			/* The word is wrong, not what it leads to. */
			else if (options.config &&
				 !strcmp(options.config, file) &&
				 (failure.error == -ENOENT ||
				  failure.error == -EISDIR))
				fix = text_edit(line->file, line->line);
			else
				fix = policy_fix(&failure, file);
			report_add(report, SEVERITY_DENIED,
				   file ? file : failure.object, what, fix);
		}
		rules_release(&rules);
	}
}
