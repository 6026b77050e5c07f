/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pam_newnet.so: members of a group get a new network at each login. */
#include "common/module.h"

static const struct module newnet = {
	.name = "pam_newnet",
	.options = OPTIONS_NEWNET,
	.by = POLICY_NEW,
	.group = "newnet",
};

MODULE_ENTRY int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
				     const char **argv)
{
	return module_open(&newnet, pamh, flags, argc, argv);
}

MODULE_ENTRY int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
				      const char **argv)
{
	return module_close(&newnet, pamh, flags, argc, argv);
}
