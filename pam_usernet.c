/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pam_usernet.so: members of a group land in the network namespace of their
 * name, or everybody where a policy file says. With GROUPNET defined,
 * pam_groupnet.so: members of a group "groupnet-NAME" land in NAME.
 */
#include "common/module.h"

static const struct module usernet = {
#ifdef GROUPNET
	.name = "pam_groupnet",
	.options = OPTIONS_GROUPNET,
	.by = POLICY_GROUP_NAME,
	.group = "groupnet",
#else
	.name = "pam_usernet",
	.options = OPTIONS_USERNET,
	.by = POLICY_USER_NAME,
	.group = "usernet",
#endif
};

MODULE_ENTRY int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
				     const char **argv)
{
	return module_open(&usernet, pamh, flags, argc, argv);
}

MODULE_ENTRY int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
				      const char **argv)
{
	return module_close(&usernet, pamh, flags, argc, argv);
}
