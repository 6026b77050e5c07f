/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all modules do: arguments, account, plan, session. */
#include "module.h"
#include "account.h"
#include "log.h"
#include "rules.h"
#include "scope.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

static struct log module_log(const struct module *module, pam_handle_t *pamh,
			     int flags, const struct options *options)
{
	return (struct log){
		.pamh = pamh,
		.module = module->name,
		.file = options->log,
		.debug = options->flags & OPTION_DEBUG,
		.silent = (unsigned int)flags & PAM_SILENT,
	};
}

/* The line as one text: the module and its arguments. NULL: no memory. */
static char *module_line(const struct module *module, int argc,
			 const char *const argv[])
{
	size_t size = strlen(module->name) + 1;
	char *line;
	char *end;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	line = malloc(size);
	if (!line)
		return NULL;
	end = stpcpy(line, module->name);
	for (int i = 0; i < argc; i++)
		end = stpcpy(stpcpy(end, " "), argv[i]);
	return line;
}

static int find_account(const struct log *log, struct account *ret)
{
	struct fault fault = { .kind = FAULT_NO_ACCOUNT,
			       .step = STEP_FIND_ACCOUNT };
	const char *typed;

	fault.error = account_find(log->pamh, ret, &typed);
	return fault.error < 0 ? log_denial(log, typed, &fault) : PAM_SUCCESS;
}

/* Nobody knows whom the line is for: only root is let in, on the host. */
static int refuse_undecided(const struct log *log,
			    const struct account *account,
			    const struct fault *fault)
{
	if (account->uid == 0 && fault->kind == FAULT_UNDECIDED)
		return log_pass(log, account->name, fault);
	return log_denial(log, account->name, fault);
}

static int carry_out(const struct log *log, const struct module *module,
		     const struct account *account, const struct plan *plan,
		     int argc, const char *const argv[])
{
	scoped_free char *line = module_line(module, argc, argv);
	struct fault fault = { .kind = FAULT_UNCONFINED,
			       .step = STEP_KEEP_RECORD,
			       .error = -ENOMEM };

	if (!line || session_open(log, account, plan, line, &fault) < 0)
		return log_denial(log, account->name, &fault);
	return PAM_SUCCESS;
}

/* The policy file, if the line asks for it. */
static int read_rules(const struct options *options, struct rules *rules,
		      struct fault *fault)
{
	struct rules_error error;
	char line[16] = "";
	int r;

	if (options->verdict == OPTIONS_DENY_ALL ||
	    !(options->flags & OPTION_CONFIG))
		return 0;
	r = rules_load(options->config, rules, &error);
	if (r == 0)
		return 0;
	(void)fault_set(fault, FAULT_UNDECIDED, STEP_READ_RULES, "", r);
	fault->cause = error.why;
	if (error.line > 0)
		(void)snprintf(line, sizeof(line), ":%u: ", error.line);
	(void)snprintf(fault->object, sizeof(fault->object), "%s%s%.200s",
		       error.file, line, error.word);
	return r;
}

static int decide(const struct module *module, const struct log *log,
		  const struct options *options, const struct rules *rules,
		  struct account *account, struct plan *plan,
		  struct fault *fault)
{
	const void *service = NULL;

	if (!(options->flags & OPTION_CONFIG))
		return policy_decide(module->by, module->group, options,
				     account, plan, fault);
	(void)pam_get_item(log->pamh, PAM_SERVICE, &service);
	return policy_decide_by_rules(rules, options, account,
				      service ? service : "", plan, fault);
}

/* The plan may point into the rules, so they stay until it is carried out. */
static int open_account(const struct module *module, const struct log *log,
			const struct options *options, struct rules *rules,
			struct account *account, int argc,
			const char *const argv[])
{
	struct fault fault;
	struct plan plan;
	int r = read_rules(options, rules, &fault);

	if (r == 0)
		r = decide(module, log, options, rules, account, &plan, &fault);
	if (r < 0)
		return refuse_undecided(log, account, &fault);
	/* NOLINTNEXTLINE(clang-analyzer-core.*): who decides fills it in. */
	if (plan.kind != PLAN_LEAVE)
		return carry_out(log, module, account, &plan, argc, argv);
	if (options->verdict != OPTIONS_CLEAR)
		log_warning(log,
			    "the argument '%s' is unknown or its value is "
			    "bad, which keeps members out",
			    options->word);
	log_debug(log, "user '%s' is no member, nothing to do", account->name);
	return PAM_IGNORE;
}

int module_open(const struct module *module, pam_handle_t *pamh, int flags,
		int argc, const char *const argv[])
{
	struct rules rules = RULES_NONE;
	struct options options;
	struct account account;
	struct log log;
	int r;

	options_parse(module->options, argc, argv, &options);
	log = module_log(module, pamh, flags, &options);
	r = find_account(&log, &account);
	if (r != PAM_SUCCESS)
		return r;
	r = open_account(module, &log, &options, &rules, &account, argc, argv);
	rules_release(&rules);
	account_release(&account);
	return r;
}

int module_close(const struct module *module, pam_handle_t *pamh, int flags,
		 int argc, const char *const argv[])
{
	struct options options;
	struct log log;

	options_parse(module->options, argc, argv, &options);
	log = module_log(module, pamh, flags, &options);
	session_close(&log, argc, argv);
	return PAM_SUCCESS;
}
