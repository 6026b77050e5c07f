/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: what each account gets by the lines, and who is confined. */
#include "check.h"
#include "common/init.h"
#include "common/netns.h"
#include "common/scope.h"
#include "grow.h"
#include "programs.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

/* Of each line, one by one; more have a directory of their own. */
enum { ACCOUNTS_ASKED_MAX = 256 };

/* Programs, by the accounts of one line. */
struct asked {
	unsigned int count;
	bool noted; /* one had something to say, which others may have, too */
};

/* What a program lacks, and does without. */
static void tell_note(struct report *report, struct asked *asked,
		      const char *where, const char *program,
		      const struct program_target *target)
{
	char said[PROGRAM_LINE + 1];
	scoped_free char *what = NULL;

	if (asked->noted || program_ask(program, target, said) < 0 || !*said)
		return;
	asked->noted = true;
	what = text_of("init=%s, for '%s': %s", program, target->user, said);
	report_add(report, SEVERITY_ADVICE, where, what, NULL);
}

/* What is wrong for all is told elsewhere. */
static void check_plan(struct report *report, const struct stack_line *line,
		       const struct plan *plan, const char *user,
		       struct asked *asked)
{
	const struct program_target target = program_target_of(plan, user);
	char program[PLAN_INIT_MAX + 1];
	char said[PROGRAM_LINE + 1];
	char where[WHERE_SIZE];

	line_where(line, where);
	if (plan->rule)
		(void)snprintf(where, sizeof(where), "%s:%u", plan->rule->file,
			       plan->rule->line);
	for (unsigned int i = 0;
	     init_program_at(plan->init, i, program, sizeof(program)); i++) {
		if (program_ask(program, NULL, said) < 0)
			continue;
		check_settings_answer(report, where, program, &target);
		tell_note(report, asked, where, program, &target);
	}
}

static void tell_denied(struct report *report, const char *where,
			const struct failure *failure, const char *user,
			const char *fix)
{
	scoped_free char *why = text_failure(failure);
	scoped_free char *what =
		text_of("logins of '%s' are denied: %s", user, why);

	report_add(report, SEVERITY_DENIED, where, what, fix);
}

/* Such as a name that no file can have. */
static void tell_undecided(struct report *report, const struct stack_line *line,
			   const struct failure *failure, const char *user)
{
	char where[WHERE_SIZE];

	line_where(line, where);
	tell_denied(report, where, failure, user, NULL);
}

/* A name that is there, and is none that this account can join. */
static void check_account_name(struct report *report,
			       const struct account *account,
			       struct line_decision *decision)
{
	const struct failure *failure = &decision->failure;
	scoped_free char *path = NULL;
	scoped_free char *name = NULL;
	scoped_free char *fix = NULL;

	if (line_look_name(account, decision) == 0)
		return;
	path = text_of(NETNS_DIRECTORY "/%s", decision->plan.name);
	name = text_operand(decision->plan.name);
	if (failure->fix && name)
		fix = text_of("%s %s", failure->fix, name);
	tell_denied(report, path, failure, account->name, fix);
}

/* Whether a line decides anything. What is wrong with it is told elsewhere. */
static bool line_is_sound(const struct stack_line *line)
{
	return line_decides(line) && line_is_clear(line);
}

/* Whether there is a directory that programs read for an account. */
static bool plan_has_directory(const struct plan *plan, const char *user)
{
	const struct program_target target = program_target_of(plan, user);
	scoped_free char *path = text_of("/etc/netns/%s", target.etc);

	return access(path, F_OK) == 0;
}

static void check_account(struct report *report, const struct check_line *line,
			  struct account *account, struct asked *asked)
{
	struct line_decision decision;
	const struct plan *plan = &decision.plan;
	int r = line_plan(line->line, line->service, account, &decision);

	if (r == 0 && plan->init &&
	    (plan->kind == PLAN_NAMED || plan->kind == PLAN_NEW) &&
	    (asked->count < ACCOUNTS_ASKED_MAX ||
	     plan_has_directory(plan, account->name))) {
		asked->count++;
		check_plan(report, line->line, plan, account->name, asked);
	}
	if (r == 0)
		check_account_name(report, account, &decision);
	/*
	 * Whom a line is for nobody knows: that is told elsewhere, unless it is
	 * so for this account alone, which has a group without a name.
	 */
	else if (decision.failure.kind != FAILURE_UNDECIDED ||
		 decision.failure.error == -EIDRM)
		tell_undecided(report, line->line, &decision.failure,
			       account->name);
	line_decision_release(&decision);
}

static void check_line_accounts(struct report *report,
				const struct check_line *line)
{
	struct asked asked = { .count = 0 };
	unsigned int count = 0;
	const struct passwd *passwd;

	setpwent();
	while ((passwd = getpwent())) {
		struct account account;

		progress_show(&report->progress, "accounts", count++);
		if (account_find_name(passwd->pw_name, &account) < 0)
			continue;
		check_account(report, line, &account, &asked);
		account_release(&account);
	}
	endpwent();
}

void check_accounts(struct report *report, const struct check_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		if (line_is_sound(lines->list[i].line))
			check_line_accounts(report, &lines->list[i]);
}

/* ---- who is confined ---- */

/* 1: a line confines an account; 0: not; or -errno: nobody can tell. */
static int line_confines(const struct stack_line *line, const char *service,
			 struct account *account)
{
	struct line_decision decision;
	int r = line_plan(line, service, account, &decision);

	if (options_close_only(&decision.options))
		r = 0;
	else if (decision.plan.kind == PLAN_NEW ||
		 decision.plan.kind == PLAN_NAMED)
		r = 1;
	line_decision_release(&decision);
	return r;
}

/*
 * The first line that confines an account, or NULL. surely: not one of which
 * nobody can tell.
 */
static const struct check_line *confining_line(const struct check_lines *lines,
					       const char *name, bool surely)
{
	struct account account;
	const struct check_line *found = NULL;

	if (account_find_name(name, &account) < 0)
		return NULL;
	for (size_t i = 0; !found && i < lines->count; i++) {
		int r = line_confines(lines->list[i].line,
				      lines->list[i].service, &account);

		if (r > 0 || (r < 0 && !surely))
			found = &lines->list[i];
	}
	account_release(&account);
	return found;
}

/* Whether a session of a service confines an account. */
static bool service_confines(const char *service, const char *name)
{
	const struct stack_source source = system_source();
	struct account account;
	struct stack stack;
	bool confines = false;

	if (account_find_name(name, &account) < 0)
		return false;
	if (stack_read(&source, service, STACK_SESSION, &stack) == 0)
		for (size_t i = 0; !confines && i < stack.count; i++)
			confines = line_module(&stack.lines[i]) &&
				   line_confines(&stack.lines[i], service,
						 &account) > 0;
	stack_release(&stack);
	account_release(&account);
	return confines;
}

bool check_service_has_line(const char *service, bool own)
{
	const struct stack_source source = system_source();
	struct stack stack;
	bool has = false;

	if (stack_read(&source, service, STACK_SESSION, &stack) == 0 &&
	    !(own && stack.other))
		for (size_t i = 0; !has && i < stack.count; i++)
			has = line_decides(&stack.lines[i]);
	stack_release(&stack);
	return has;
}

/* Whether there are lines of ours, and all leave an account where it is. */
static bool stack_leaves(const struct stack *stack, const char *service,
			 struct account *account)
{
	bool leaves = true;
	bool has_line = false;

	for (size_t i = 0; leaves && i < stack->count; i++) {
		struct line_decision decision;

		if (!line_decides(&stack->lines[i]))
			continue;
		has_line = true;
		leaves = line_plan(&stack->lines[i], service, account,
				   &decision) == 0 &&
			 decision.plan.kind == PLAN_LEAVE;
		line_decision_release(&decision);
	}
	return has_line && leaves;
}

bool check_service_leaves(const char *service, const char *name)
{
	const struct stack_source source = system_source();
	struct account account;
	struct stack stack;
	bool leaves;

	if (account_find_name(name, &account) < 0)
		return false;
	leaves = stack_read(&source, service, STACK_SESSION, &stack) == 0 &&
		 stack_leaves(&stack, service, &account);
	stack_release(&stack);
	account_release(&account);
	return leaves;
}

bool check_some_service_leaves(const char *name)
{
	const struct stack_source source = system_source();
	char **services = NULL;
	size_t count = 0;
	bool leaves = false;

	if (stack_list_services(&source, &services, &count) < 0)
		return true;
	for (size_t i = 0; !leaves && i < count; i++)
		leaves = check_service_has_line(services[i], false) &&
			 !service_confines(services[i], name);
	stack_free_services(services, count);
	return leaves;
}

/* Those below 1000, and those that systemd makes up, to that of nobody. */
bool check_uid_is_services(uid_t uid)
{
	return uid < 1000 || (uid > 60577 && uid < 65536);
}

const char *check_service_of(const struct check_lines *lines, const char *name)
{
	const struct check_line *found = confining_line(lines, name, true);
	const struct passwd *passwd = found ? getpwnam(name) : NULL;

	if (!found)
		return NULL;
	/* Where everybody is confined, services were not meant. */
	if (passwd && check_uid_is_services(passwd->pw_uid) &&
	    confining_line(lines, "nobody", true))
		return NULL;
	return service_confines("login", name) ? "login" : found->service;
}

/* ---- names of one uid ---- */

/* One name of a uid. */
struct alias {
	uid_t uid;
	char *name;
};

static int alias_compare(const void *a, const void *b)
{
	const struct alias *left = a;
	const struct alias *right = b;

	if (left->uid != right->uid)
		return left->uid < right->uid ? -1 : 1;
	return strcmp(left->name, right->name);
}

static size_t aliases_read(struct report *report, struct alias **ret)
{
	struct alias *list = NULL;
	size_t count = 0;
	const struct passwd *passwd;

	setpwent();
	while ((passwd = getpwent())) {
		struct alias *grown = list_grow(list, count, sizeof(*list));

		if (!grown)
			break;
		progress_show(&report->progress, "accounts", count);
		list = grown;
		list[count] = (struct alias){ .uid = passwd->pw_uid,
					      .name = strdup(passwd->pw_name) };
		count += list[count].name != NULL;
	}
	endpwent();
	if (count > 0)
		qsort(list, count, sizeof(*list), alias_compare);
	*ret = list;
	return count;
}

/* other has the uid of an account that line confines. */
static void check_alias(struct report *report, const struct check_line *line,
			const char *confined, const char *other)
{
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *word = text_quote(other);
	scoped_free char *name = NULL;
	struct options options;
	char where[WHERE_SIZE];

	line_options(line_module(line->line), line->line, &options);
	/* Of pam_groupnet(8) there are many. */
	if (line_module(line->line)->by != POLICY_GROUP_NAME)
		name = text_operand(options.group
					    ? options.group
					    : line_module(line->line)->group);
	line_where(line->line, where);
	what = text_of("'%s' has the uid of '%s', and this line confines only "
		       "the latter",
		       other, confined);
	fix = options.flags & OPTION_CONFIG || !word || !name
		      ? NULL
		      : text_of("gpasswd -a %s %s", word, name);
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
}

/* All accounts of one uid: each that no line confines, if one does another. */
static void check_uid(struct report *report, const struct check_lines *lines,
		      const struct alias *list, size_t count)
{
	const struct check_line *line = NULL;
	size_t confined = 0;

	/* Root is let in by whatever name. */
	if (count < 2 || list->uid == 0)
		return;
	while (confined < count &&
	       !(line = confining_line(lines, list[confined].name, false)))
		confined++;
	for (size_t i = 0; line && i < count; i++)
		if (i < confined ||
		    (i > confined &&
		     !confining_line(lines, list[i].name, false)))
			check_alias(report, line, list[confined].name,
				    list[i].name);
}

void check_aliases(struct report *report, const struct check_lines *lines)
{
	struct alias *list;
	size_t count = aliases_read(report, &list);
	size_t next;

	for (size_t i = 0; i < count; i = next) {
		progress_show(&report->progress, "accounts", i);
		next = i + 1;
		while (next < count && list[next].uid == list[i].uid)
			next++;
		check_uid(report, lines, &list[i], next - i);
	}
	for (size_t i = 0; i < count; i++)
		free(list[i].name);
	free(list);
}

/* ---- groups that no line asks for ---- */

/* Whether a line is for the default group of a module, or may be. */
static bool line_asks(const struct stack_line *line,
		      const struct module *module)
{
	const struct module *its = line_module(line);
	struct options options;

	line_options(its, line, &options);
	if (options_close_only(&options))
		return false;
	/* What a line with a slip was meant for nobody knows. */
	if (its == module && (options.flags & OPTION_CONFIG ||
			      options.verdict != OPTIONS_CLEAR ||
			      (options.group && its->by != POLICY_GROUP_NAME &&
			       !getgrnam(options.group))))
		return true;
	return (its->by == POLICY_GROUP_NAME) ==
		       (module->by == POLICY_GROUP_NAME) &&
	       !strcmp(options.group ? options.group : its->group,
		       module->group);
}

void check_member_of(const struct group *group, char *ret, size_t size)
{
	const struct passwd *passwd;

	*ret = '\0';
	for (size_t i = 0; !*ret && group->gr_mem[i]; i++)
		if ((passwd = getpwnam(group->gr_mem[i])) && passwd->pw_uid)
			(void)snprintf(ret, size, "%s", passwd->pw_name);
	if (*ret)
		return;
	setpwent();
	while (!*ret && (passwd = getpwent()))
		if (passwd->pw_gid == group->gr_gid && passwd->pw_uid)
			(void)snprintf(ret, size, "%s", passwd->pw_name);
	endpwent();
}

/* Debian's way, or the stack that matters most. */
static char *asking_fix(const struct module *module)
{
	scoped_free char *profile =
		text_of("/usr/share/pam-configs/libpam-net-%s", module->name);

	return access(profile, F_OK) == 0
		       ? text_of("pam-auth-update --enable libpam-net-%s",
				 module->name)
		       : text_edit("/etc/pam.d/sshd", 0);
}

/* A group with a member that is for lines like those of a module, or NULL. */
static const struct group *populated_group(const struct module *module,
					   char *member, size_t size)
{
	scoped_free char *start = text_of("%s-", module->group);
	const struct group *group = NULL;

	*member = '\0';
	if (module->by != POLICY_GROUP_NAME) {
		group = getgrnam(module->group);
		if (group)
			check_member_of(group, member, size);
		return *member ? group : NULL;
	}
	setgrent();
	while (!*member && (group = getgrent()))
		if (!strncmp(group->gr_name, start, strlen(start)))
			check_member_of(group, member, size);
	endgrent();
	return *member ? group : NULL;
}

void check_unasked_groups(struct report *report,
			  const struct check_lines *lines)
{
	for (size_t i = 0; !lines->incomplete && i < MODULE_COUNT; i++) {
		const struct module *module = &modules[i];
		const struct group *group;
		char member[LOGIN_NAME_MAX];
		scoped_free char *what = NULL;
		scoped_free char *fix = NULL;
		bool asked = false;

		for (size_t j = 0; !asked && j < lines->count; j++)
			asked = line_asks(lines->list[j].line, module);
		if (asked)
			continue;
		group = populated_group(module, member, sizeof(member));
		if (!group)
			continue;
		what = text_of("group '%s' has members, as '%s', and there is "
			       "no line for it: they are not confined",
			       group->gr_name, member);
		fix = asking_fix(module);
		report_add(report, SEVERITY_OUTSIDE, "/etc/group", what, fix);
	}
}
