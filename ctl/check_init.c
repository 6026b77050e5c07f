/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: what the programs of init= say of names that are to come. */
#include "check.h"
#include "common/init.h"
#include "common/scope.h"
#include "programs.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

/* Each time those of a line are asked one by one. */
enum { ACCOUNTS_ASKED_MAX = 256 };

/* Whether a line may lead to programs. */
static bool line_has_init(const struct stack_line *line)
{
	struct options options;

	line_options(line_module(line), line, &options);
	return options.verdict == OPTIONS_CLEAR &&
	       !options_close_only(&options) &&
	       (options.init || options.flags & OPTION_CONFIG);
}

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

/* Whether programs are asked for an account. */
static bool check_account(struct report *report, const struct stack_line *line,
			  const char *service, struct account *account)
{
	struct line_decision decision;
	const struct plan *plan = &decision.plan;
	int r = line_plan(line, service, account, &decision);
	bool is_asked = r == 0 && plan->init &&
			(plan->kind == PLAN_NAMED || plan->kind == PLAN_NEW);

	if (is_asked)
		check_plan(report, line, plan, account->name);
	line_decision_release(&decision);
	return is_asked;
}

void check_init(struct report *report, const struct check_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct check_line *line = &lines->list[i];
		unsigned int asked = 0;
		const struct passwd *passwd;

		if (geteuid() != 0 || !line_has_init(line->line))
			continue;
		setpwent();
		while (asked < ACCOUNTS_ASKED_MAX && (passwd = getpwent())) {
			struct account account;

			progress_show(&report->progress, "accounts", asked);
			if (account_find_name(passwd->pw_name, &account) < 0)
				continue;
			asked += check_account(report, line->line,
					       line->service, &account);
			account_release(&account);
		}
		endpwent();
	}
}
