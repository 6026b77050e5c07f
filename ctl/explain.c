/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl explain: where a user lands, before he logs in. */
#include "common/init.h"
#include "common/log.h"
#include "common/ns.h"
#include "common/scope.h"
#include "ctl.h"
#include "lines.h"
#include "modules.h"
#include "programs.h"
#include "progress.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WHY_SIZE = 4096 };

/* For whom, from where, and where to. */
struct explanation {
	struct stack_source source;
	struct account account;
	struct table *table;
	struct progress progress;
};

/* A text that grows, and is cut at its end. */
struct why {
	char text[WHY_SIZE];
	size_t length;
};

/* One login, while the lines of its service run. */
struct login {
	const char *service;
	struct account *account;
	enum plan_kind plan;
	char namespace[NAME_MAX + 1];
	char where[WHERE_SIZE];
	struct why why;	   /* of the plan, or that nothing applies */
	struct why denied; /* "": no line of ours denies */
	char denied_at[WHERE_SIZE];
	bool others_fail;		  /* pam_deny was called */
	const struct stack_line *missing; /* the first that cannot be called */
	const struct stack_line *fussy; /* the first that fails by PAM_IGNORE */
	const struct stack_line *succeeding; /* fails if it succeeds */
	bool unseen;
	bool blind; /* only root can read what decides */
};

__attribute__((format(printf, 2, 3))) static void
why_add(struct why *why, const char *format, ...)
{
	va_list args;
	int added;

	if (why->length > 0 && why->length + 3 < sizeof(why->text)) {
		memcpy(why->text + why->length, "; ", 3);
		why->length += 2;
	}
	va_start(args, format);
	added = vsnprintf(why->text + why->length,
			  sizeof(why->text) - why->length, format, args);
	va_end(args);
	if (added > 0)
		why->length += (size_t)added;
	if (why->length >= sizeof(why->text))
		why->length = sizeof(why->text) - 1;
}

static const char *group_of(const struct line_decision *decision)
{
	return decision->options.group ? decision->options.group
				       : decision->module->group;
}

/* Who decided, and why. */
static void explain_decider(const struct stack_line *line,
			    const struct line_decision *decision,
			    struct login *login)
{
	const struct plan *plan = &decision->plan;
	const char *how = login->account->how;

	if (plan->rule) {
		const struct rule *rule = plan->rule;
		bool group = rule->who == WHO_GROUP || rule->who == WHO_GID;

		(void)snprintf(login->where, sizeof(login->where), "%s:%u",
			       rule->file, rule->line);
		why_add(&login->why,
			"the first line that matches is for '%s%s'",
			group ? "@" : "", rule->pattern);
		if (group && how)
			why_add(&login->why, "%s", how);
		return;
	}
	line_where(line, login->where);
	if (plan->kind == PLAN_LEAVE && decision->options.flags & OPTION_CONFIG)
		why_add(&login->why, "no line of the policy file matches");
	else if (plan->kind == PLAN_LEAVE)
		why_add(&login->why, "not a member of group '%s%s'",
			group_of(decision),
			decision->module->by == POLICY_GROUP_NAME ? "-*" : "");
	else if (decision->module->by == POLICY_GROUP_NAME)
		why_add(&login->why, "member of group '%s-%s': %s",
			group_of(decision), plan->name, how);
	else
		why_add(&login->why, "member of group '%s': %s",
			group_of(decision), how);
}

/* What is there, and what is made. */
static void explain_namespace(const struct line_decision *decision,
			      struct login *login)
{
	const struct plan *plan = &decision->plan;
	const struct recorded *recorded = &decision->recorded;
	const bool is_there = decision->there == 1;
	const char *init = is_there ? recorded->init : plan->init;
	struct why *why = &login->why;

	if (plan->kind == PLAN_HOST)
		return;
	if (plan->kind == PLAN_NAMED)
		why_add(why, is_there ? "the namespace is there"
				      : "the login makes it");
	if (plan->owned)
		why_add(why, is_there ? "it belongs to the user"
				      : "it will belong to the user");
	if (init && *init)
		why_add(why,
			is_there ? "init=%s has filled it" : "init=%s fills it",
			init);
	if (is_there && plan->init && geteuid() == 0 &&
	    strcmp(recorded->init, plan->init) != 0)
		why_add(why,
			"init=%s did not fill it, it is joined as it is, with "
			"a warning",
			plan->init);
}

/* A line that applies, and the last one counts. */
static void explain_plan(const struct stack_line *line,
			 const struct line_decision *decision,
			 struct login *login)
{
	const struct plan *plan = &decision->plan;

	login->why = (struct why){ .length = 0 };
	explain_decider(line, decision, login);
	login->plan = plan->kind;
	(void)snprintf(login->namespace, sizeof(login->namespace), "%s",
		       plan->name);
	explain_namespace(decision, login);
	if (decision->init_unseen)
		why_add(&login->why,
			decision->there == 1
				? "only root can see what has filled it"
				: "only root can see whether init=%s can run",
			plan->init);
	if (decision->overrides > 0)
		why_add(&login->why, "overrides in /etc/netns/%s: %zu",
			plan->etc, decision->overrides);
	if (plan->flags & OPTION_ANNOUNCE)
		why_add(&login->why, "the user is told so");
	login->unseen = login->unseen || decision->unseen ||
			decision->init_unseen;
	if (decision->unseen)
		why_add(&login->why, "only root can look at /etc/netns/%s",
			plan->etc);
}

/* Returns the PAM code of a line that cannot decide, or cannot confine. */
static int explain_failure(const struct stack_line *line,
			   const struct line_decision *decision,
			   struct login *login)
{
	char text[2 * sizeof(decision->failure.object)];

	log_explain(&decision->failure, text, sizeof(text));
	/* As in the modules: nobody knows whom the line is for. */
	if (login->account->uid == 0 &&
	    decision->failure.kind == FAILURE_UNDECIDED) {
		line_where(line, login->where);
		why_add(&login->why, "only root passes: %s", text);
		return PAM_IGNORE;
	}
	if (login->denied.length == 0)
		line_where(line, login->denied_at);
	why_add(&login->denied, "%s", text);
	return log_code(&decision->failure);
}

/*
 * Those that make what is not there yet say themselves whether they can.
 * Returns 0, or -ECANCELED with the failure that theirs would be.
 */
static int ask_programs(struct line_decision *decision, const char *user)
{
	const struct plan *plan = &decision->plan;
	const struct program_target target = program_target_of(plan, user);
	struct failure *failure = &decision->failure;
	char word[PLAN_INIT_MAX + 1];
	char said[PROGRAM_LINE + 1];

	if ((plan->kind != PLAN_NAMED && plan->kind != PLAN_NEW) ||
	    decision->there == 1 || !plan->init)
		return 0;
	for (unsigned int i = 0;
	     init_program_at(plan->init, i, word, sizeof(word)); i++) {
		if (program_ask(word, &target, said) != -ECANCELED)
			continue;
		(void)failure_set(failure, -ECANCELED, "run", word);
		failure->cause = "it would fail";
		(void)snprintf(failure->details, sizeof(failure->details), "%s",
			       said);
		return -ECANCELED;
	}
	return 0;
}

static int explain_line(const struct stack_line *line, struct login *login)
{
	struct line_decision decision;
	int r = line_decide(line, login->service, login->account, &decision);

	if (r == 0)
		r = ask_programs(&decision, login->account->name);
	if (r == -EACCES && geteuid() != 0 &&
	    decision.options.flags & OPTION_CONFIG)
		login->blind = true;
	if (options_close_only(&decision.options)) {
		r = PAM_IGNORE;
	} else if (r < 0) {
		r = explain_failure(line, &decision, login);
	} else if (decision.plan.kind != PLAN_LEAVE) {
		explain_plan(line, &decision, login);
		r = PAM_SUCCESS;
	} else {
		/* What an earlier line has decided stays. */
		if (login->plan == PLAN_LEAVE)
			explain_decider(line, &decision, login);
		r = PAM_IGNORE;
	}
	line_decision_release(&decision);
	return r;
}

/*
 * Others are not looked at: they say yes, but for the one that never does, and
 * those that are not there.
 */
static int call_line(const struct stack_line *line, void *data)
{
	struct login *login = data;

	if (module_fault(line->module)) {
		if (!login->missing && line_fails(line, PAM_MODULE_UNKNOWN))
			login->missing = line;
		return PAM_MODULE_UNKNOWN;
	}
	if (line_module(line)) {
		int r = explain_line(line, login);

		if (r == PAM_IGNORE && !login->fussy && line_fails(line, r))
			login->fussy = line;
		return r;
	}
	if (line_may_return(line, PAM_SUCCESS)) {
		if (!login->succeeding && line_takes_no_success(line))
			login->succeeding = line;
		return PAM_SUCCESS;
	}
	login->others_fail = true;
	return PAM_SESSION_ERR;
}

/* Lines above one of ours that may leave it out. */
static void explain_skips(const struct stack *stack, struct login *login)
{
	for (size_t i = 0; i < stack->count; i++) {
		const struct stack_line *line = &stack->lines[i];
		char where[WHERE_SIZE];
		ssize_t skip;

		if (!line_module(line))
			continue;
		skip = stack_find_skip(stack, i, line_may_return);
		if (skip < 0)
			continue;
		line_where(&stack->lines[skip], where);
		why_add(&login->why, "pam_%s.so may be skipped by '%s' at %s",
			line_module(line)->name, stack->lines[skip].module,
			where);
	}
}

/* Why a stack fails of which no line of ours denies. */
static void explain_stack_failure(const struct stack *stack,
				  struct login *login)
{
	for (size_t i = 0; i < stack->count; i++) {
		const struct stack_line *line = &stack->lines[i];

		if (line->kind != STACK_BROKEN)
			continue;
		line_where(line, login->denied_at);
		why_add(&login->denied, "libpam fails at this line: %s",
			line->why);
		return;
	}
	if (stack->count == 0) {
		why_add(&login->denied, "the service has no session lines");
	} else if (login->missing) {
		line_where(login->missing, login->denied_at);
		why_add(&login->denied, "%s",
			module_fault(login->missing->module));
	} else if (login->fussy) {
		line_where(login->fussy, login->denied_at);
		why_add(&login->denied,
			"it is not for this user, and '%s' takes PAM_IGNORE "
			"for a failure",
			login->fussy->control);
	} else if (login->succeeding) {
		line_where(login->succeeding, login->denied_at);
		why_add(&login->denied,
			"'%s' of '%s' takes PAM_SUCCESS for a failure",
			login->succeeding->control, login->succeeding->module);
	} else if (login->others_fail) {
		why_add(&login->denied, "pam_deny.so denies");
	} else {
		why_add(&login->denied,
			"all lines answer PAM_IGNORE, and libpam needs one "
			"that says yes");
	}
}

static bool stack_has_line(const struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (line_module(&stack->lines[i]))
			return true;
	return false;
}

static int explain_result(struct table *table, const struct stack *stack,
			  int code, struct login *login)
{
	const char *texts[] = { login->service, plan_name(login->plan),
				login->namespace, login->where,
				login->why.text };
	enum table_colour colour = TABLE_PLAIN;

	if (code != PAM_SUCCESS) {
		if (login->denied.length == 0)
			explain_stack_failure(stack, login);
		texts[1] = "denied";
		texts[2] = NULL;
		texts[3] = login->denied_at;
		texts[4] = login->denied.text;
		return table_add(table, texts, TABLE_RED, 1);
	}
	if (login->denied.length > 0 && login->plan == PLAN_LEAVE) {
		login->why = (struct why){ .length = 0 };
		why_add(&login->why,
			"let in without being confined, as the stack goes on "
			"after the denial: %s",
			login->denied.text);
		texts[1] = plan_name(PLAN_HOST);
		texts[3] = login->denied_at;
	}
	if (!stack_has_line(stack))
		why_add(&login->why, "the stack has no line of pam_newnet.so, "
				     "pam_usernet.so or pam_groupnet.so");
	else if (login->why.length == 0)
		why_add(&login->why, "no line of these modules is reached");
	explain_skips(stack, login);
	if (stack->other)
		why_add(&login->why, "the lines are those of 'other'");
	if (!strcmp(texts[1], "host"))
		colour = TABLE_YELLOW;
	return table_add(table, texts, colour, 1);
}

/* libpam cannot read it, and fails all that it is asked for. */
static int explain_unreadable(struct table *table, const struct stack *stack,
			      const char *service, int error)
{
	char where[WHERE_SIZE];
	char why[WHY_SIZE];
	const char *texts[] = { service, "denied", NULL, where, why };

	(void)snprintf(where, sizeof(where), "%s", stack->file);
	if (stack->line > 0)
		(void)snprintf(where, sizeof(where), "%s:%u", stack->file,
			       stack->line);
	(void)snprintf(why, sizeof(why), "libpam cannot read the stack: %s",
		       stack->why ? stack->why : strerror(-error));
	return table_add(table, texts, TABLE_RED, 1);
}

/* As ctl_complain(), in place of how far it is. */
__attribute__((format(printf, 2, 3))) static void
explain_complain(struct explanation *explanation, const char *format, ...)
{
	scoped_free char *text = NULL;
	va_list args;
	int length;

	progress_end(&explanation->progress);
	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length >= 0)
		ctl_complain("%s", text);
}

/* Returns CTL_DONE or CTL_FAILED. */
static int explain_service(struct explanation *explanation, const char *service)
{
	struct login *login = calloc(1, sizeof(*login));
	struct stack stack = STACK_NONE;
	int r = login ? stack_read(&explanation->source, service, STACK_SESSION,
				   &stack)
		      : -ENOMEM;
	int result = CTL_DONE;

	/* libpam reads it as the service, and as what is for all. */
	if (r == 0 && !strcmp(service, "other"))
		stack.count /= 2;
	if (r == 0) {
		int code;

		login->service = service;
		login->account = &explanation->account;
		code = stack_run(&stack, call_line, login);
		if (login->blind)
			explain_complain(explanation,
					 "only root can read what decides for "
					 "'%s'",
					 service);
		else
			r = explain_result(explanation->table, &stack, code,
					   login);
		if (login->unseen || login->blind)
			result = CTL_FAILED;
	} else if (stack.why) {
		r = explain_unreadable(explanation->table, &stack, service, r);
	} else {
		explain_complain(explanation, "cannot read '%s': %s",
				 stack.file && *stack.file ? stack.file
							   : service,
				 strerror(-r));
		r = 0;
		result = CTL_FAILED;
	}
	stack_release(&stack);
	free(login);
	if (r < 0)
		explain_complain(explanation, "%s", strerror(-r));
	return r < 0 ? CTL_FAILED : result;
}

static int explain_services(struct explanation *explanation, size_t count,
			    const char *const services[])
{
	int result = CTL_DONE;

	for (size_t i = 0; i < count; i++) {
		const char *slash = strrchr(services[i], '/');
		char *service = text_small(slash ? slash + 1 : services[i]);

		progress_show(&explanation->progress, "services", i);
		if (service && !*service)
			explain_complain(explanation,
					 "there is no service '%s'",
					 services[i]);
		if (!service || !*service ||
		    explain_service(explanation, service) != CTL_DONE)
			result = CTL_FAILED;
		free(service);
	}
	progress_end(&explanation->progress);
	return result;
}

static int explain_account(struct explanation *explanation, size_t count,
			   const char *const words[])
{
	char **services = NULL;
	int r;

	if (count > 0)
		return explain_services(explanation, count, words);
	r = stack_list_services(&explanation->source, &services, &count);
	if (r < 0) {
		ctl_complain("cannot list the services in '%s': %s",
			     explanation->source.etc, strerror(-r));
		return CTL_FAILED;
	}
	r = explain_services(explanation, count, (const char *const *)services);
	stack_free_services(services, count);
	return r;
}

int ctl_explain(const struct ctl_options *options, int count,
		const char *const words[])
{
	static const char *const columns[] = { "service", "plan", "namespace",
					       "where", "+why" };
	const struct table_format *format = &options->format;
	struct explanation explanation = {
		.source = system_source(),
		.progress = PROGRESS_NONE,
	};
	int result;
	int r;

	if (count < 1) {
		ctl_complain("explain needs the name of a user");
		return CTL_FAILED;
	}
	if (!ns_has_proc()) {
		ctl_complain("cannot look at namespaces: proc is not mounted "
			     "on /proc");
		return CTL_FAILED;
	}
	r = table_begin("explain", columns, 5, format, &explanation.table);
	if (r < 0) {
		ctl_complain(r == -EINVAL ? "no such column: '%s'"
					  : "no memory for '%s'",
			     format->columns ? format->columns : "");
		return CTL_FAILED;
	}
	r = account_find_name(words[0], &explanation.account);
	if (r < 0) {
		ctl_complain(r == -ENOENT ? "there is no user '%s'"
					  : "cannot look up the user '%s': %s",
			     words[0], strerror(-r));
		table_free(explanation.table);
		return CTL_FAILED;
	}
	result = explain_account(&explanation, (size_t)count - 1, words + 1);
	account_release(&explanation.account);
	if (table_print(explanation.table) < 0)
		result = CTL_FAILED;
	table_free(explanation.table);
	return result;
}
