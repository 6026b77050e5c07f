/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pam_newnet.so: members of a group get a new network at each login. */
#include "common/module.h"

MODULE_ENTRY int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
				     const char **argv)
{
	return module_open(&modules[MODULE_NEWNET], pamh, flags, argc, argv);
}

MODULE_ENTRY int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
				      const char **argv)
{
	return module_close(&modules[MODULE_NEWNET], pamh, flags, argc, argv);
}
