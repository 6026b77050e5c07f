/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: what each account gets by the lines. */
#include "check.h"
#include "common/init.h"
#include "common/log.h"
#include "common/netns.h"
#include "common/scope.h"
#include "programs.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

/* Of each line, one by one. */
enum { ACCOUNTS_ASKED_MAX = 256 };

void check_init_answer(struct report *report, const char *where,
		       const char *program, const struct program_target *target)
{
	static const char between[] = "; fix with: ";
	char said[PROGRAM_LINE + 1];
	int r = program_ask(program, target, said);
	/* What has no room is no command. */
	bool is_whole = strlen(said) + sizeof("\\xff") <= PROGRAM_LINE;
	scoped_free char *what = NULL;
	char *fix = strstr(said, between);

	if (r == 0)
		return;
	if (r != -ECANCELED) {
		scoped_free char *path = program_path(program);

		report_unseen(report, path ? path : program, r);
		return;
	}
	if (fix) {
		*fix = '\0';
		fix += sizeof(between) - 1;
	}
	what = target ? text_of("init=%s: logins of '%s' are denied: %s",
				program, target->user, said)
		      : text_of("init=%s: logins that need a new namespace are "
				"denied: %s",
				program, said);
	report_add(report, SEVERITY_DENIED, where, what, is_whole ? fix : NULL);
}

/* What is wrong for all is told elsewhere. */
static void check_plan(struct report *report, const struct stack_line *line,
		       const struct plan *plan, const char *user)
{
	const struct program_target target = program_target_of(plan, user);
	char program[PLAN_INIT_MAX + 1];
	char said[PROGRAM_LINE + 1];
	char where[PATH_MAX];

	line_where(line, where, sizeof(where));
	if (plan->rule)
		(void)snprintf(where, sizeof(where), "%s:%u", plan->rule->file,
			       plan->rule->line);
	for (unsigned int i = 0;
	     init_program_at(plan->init, i, program, sizeof(program)); i++)
		if (program_ask(program, NULL, said) == 0)
			check_init_answer(report, where, program, &target);
}

static void tell_denied(struct report *report, const char *where,
			const struct failure *failure, const char *user,
			const char *fix)
{
	scoped_free char *what = NULL;
	char why[2048];

	log_explain(failure, why, sizeof(why));
	what = text_of("logins of '%s' are denied: %s", user, why);
	report_add(report, SEVERITY_DENIED, where, what, fix);
}

/* Such as a name that no file can have. */
static void tell_undecided(struct report *report, const struct stack_line *line,
			   const struct failure *failure, const char *user)
{
	char where[PATH_MAX];

	line_where(line, where, sizeof(where));
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

/* Returns whether programs may be asked for the account. */
static bool check_account(struct report *report, const struct check_line *line,
			  struct account *account, bool may_ask)
{
	struct line_decision decision;
	const struct plan *plan = &decision.plan;
	int r = line_plan(line->line, line->service, account, &decision);
	bool asks = r == 0 && may_ask && plan->init &&
		    (plan->kind == PLAN_NAMED || plan->kind == PLAN_NEW);

	if (asks)
		check_plan(report, line->line, plan, account->name);
	if (r == 0)
		check_account_name(report, account, &decision);
	/* Whom a line is for nobody knows: that is told elsewhere. */
	else if (decision.failure.kind != FAILURE_UNDECIDED)
		tell_undecided(report, line->line, &decision.failure,
			       account->name);
	line_decision_release(&decision);
	return asks;
}

static void check_line_accounts(struct report *report,
				const struct check_line *line)
{
	unsigned int asked = 0;
	unsigned int count = 0;
	const struct passwd *passwd;

	setpwent();
	while ((passwd = getpwent())) {
		struct account account;

		progress_show(&report->progress, "accounts", count++);
		if (account_find_name(passwd->pw_name, &account) < 0)
			continue;
		asked += check_account(report, line, &account,
				       asked < ACCOUNTS_ASKED_MAX);
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
