/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all modules do: arguments, account, plan, session. */
#ifndef MODULE_H
#define MODULE_H

#include "options.h"
#include "policy.h"

#include <security/pam_modules.h>

/* What makes one module differ from another. */
struct module {
	const char *name; /* "newnet" */
	const char *file; /* "pam_newnet" */
	enum option_set options;
	enum policy_group by;
	const char *group;   /* unless group= gives another */
	const char *version; /* for pamnetctl, which looks for it in the file */
};

#define MODULE_VERSION "pam_net version " PROJECT_VERSION

enum module_kind {
	MODULE_NEWNET,
	MODULE_USERNET,
	MODULE_GROUPNET,
	MODULE_COUNT,
};

extern const struct module modules[MODULE_COUNT];

/* The two functions that libpam looks up are all that a module shows. */
#define MODULE_ENTRY __attribute__((visibility("default")))

/*
 * pam_sm_open_session(3) and pam_sm_close_session(3) of module. Return what
 * the manual page says; closing is always PAM_SUCCESS.
 */
int module_open(const struct module *module, pam_handle_t *pamh, int flags,
		int argc, const char *const argv[]);
int module_close(const struct module *module, pam_handle_t *pamh, int flags,
		 int argc, const char *const argv[]);

#endif
