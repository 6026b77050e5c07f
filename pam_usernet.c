/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pam_usernet.so: members of a group land in the network namespace of their
 * name, or everybody where a policy file says. With GROUPNET defined,
 * pam_groupnet.so: members of a group "groupnet-NAME" land in NAME.
 */
#include "common/module.h"

#ifdef GROUPNET
#define KIND MODULE_GROUPNET
#else
#define KIND MODULE_USERNET
#endif

MODULE_ENTRY int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
				     const char **argv)
{
	return module_open(&modules[KIND], pamh, flags, argc, argv);
}

MODULE_ENTRY int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
				      const char **argv)
{
	return module_close(&modules[KIND], pamh, flags, argc, argv);
}
