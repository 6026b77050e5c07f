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

const struct module modules[MODULE_COUNT] = {
	[MODULE_NEWNET] = {
		.name = "newnet",
		.file = "pam_newnet",
		.options = OPTIONS_NEWNET,
		.by = POLICY_NEW,
		.group = "newnet",
		.version = MODULE_VERSION,
	},
	[MODULE_USERNET] = {
		.name = "usernet",
		.file = "pam_usernet",
		.options = OPTIONS_USERNET,
		.by = POLICY_USER_NAME,
		.group = "usernet",
		.version = MODULE_VERSION,
	},
	[MODULE_GROUPNET] = {
		.name = "groupnet",
		.file = "pam_groupnet",
		.options = OPTIONS_GROUPNET,
		.by = POLICY_GROUP_NAME,
		.group = "groupnet",
		.version = MODULE_VERSION,
	},
};

static struct log module_log(const struct module *module, pam_handle_t *pamh,
			     int flags, const struct options *options)
{
	return (struct log){
		.pamh = pamh,
		.module = module->file,
		.file = options->log,
		.debug = options->flags & OPTION_DEBUG,
		.silent = (unsigned int)flags & PAM_SILENT,
	};
}

/* The line as one text: the module and its arguments. NULL: no memory. */
static char *module_line(const struct module *module, int argc,
			 const char *const argv[])
{
	size_t size = strlen(module->file) + 1;
	char *line;
	char *end;

	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	line = malloc(size);
	if (!line)
		return NULL;
	end = stpcpy(line, module->file);
	for (int i = 0; i < argc; i++)
		end = stpcpy(stpcpy(end, " "), argv[i]);
	return line;
}

static int carry_out(const struct module *module, const struct log *log,
		     const struct account *account, const struct plan *plan,
		     int argc, const char *const argv[])
{
	struct log_session session = log_session_of(account->name);
	scoped_free char *text = module_line(module, argc, argv);
	struct failure failure;

	if (plan->kind == PLAN_NAMED)
		session.name = plan->name;
	if (!text)
		(void)failure_set(&failure, -ENOMEM, "remember the session",
				  "");
	if (!text ||
	    session_open(log, account, plan, text, &session, &failure) < 0)
		return log_denial(log, &session, &failure);
	return PAM_SUCCESS;
}

static int open_account(const struct module *module, const struct log *log,
			const struct options *options, struct account *account,
			int argc, const char *const argv[])
{
	const void *service = NULL;
	struct policy_line line = {
		.by = module->by,
		.group = module->group,
		.options = options,
	};
	struct rules rules = RULES_NONE;
	struct failure failure;
	struct plan plan;
	int r;

	/* For rules only: this is the path of bystanders, too. */
	if (options->flags & OPTION_CONFIG)
		(void)pam_get_item(log->pamh, PAM_SERVICE, &service);
	line.service = service ? service : "";
	r = policy_decide_line(&line, account, &rules, &plan, &failure);
	if (r < 0) {
		struct log_session session = log_session_of(account->name);

		/* Nobody knows whom the line is for: root is let in. */
		r = account->uid == 0 && failure.kind == FAILURE_UNDECIDED
			    ? log_pass(log, &session, &failure)
			    : log_denial(log, &session, &failure);
	} else if (plan.kind != PLAN_LEAVE) {
		/* The plan may point into the rules. */
		r = carry_out(module, log, account, &plan, argc, argv);
	} else {
		if (options->verdict != OPTIONS_CLEAR)
			log_warning(log, "'%s' denies the members: %s",
				    options->word, options->why);
		log_debug(log, "user '%s' is not a member, nothing to do",
			  account->name);
		r = PAM_IGNORE;
	}
	rules_release(&rules);
	return r;
}

int module_open(const struct module *module, pam_handle_t *pamh, int flags,
		int argc, const char *const argv[])
{
	struct options options;
	struct account account;
	const char *typed;
	struct log log;
	int r;

	options_parse(module->options, argc, argv, &options);
	log = module_log(module, pamh, flags, &options);
	if (options_close_only(&options)) {
		if (options.verdict != OPTIONS_CLEAR)
			log_warning(&log, "'%s': %s", options.word,
				    options.why);
		session_note_close(&log);
		return PAM_IGNORE;
	}
	r = account_find(pamh, &account, &typed);
	if (r < 0) {
		struct log_session session = log_session_of(typed);
		struct failure failure;

		(void)failure_set(&failure, r, "find the account", "");
		failure.kind = FAILURE_NO_ACCOUNT;
		return log_denial(&log, &session, &failure);
	}
	r = open_account(module, &log, &options, &account, argc, argv);
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
	if (options_close_only(&options))
		session_close_all(&log);
	else
		session_close(&log, argc, argv);
	return PAM_SUCCESS;
}
