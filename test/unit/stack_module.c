/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PAM module that stands in each line of a stack: its first argument says
 * which line it is, its second what it returns. Which lines were called is in
 * the PAM environment.
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
			const char **argv)
{
	const char *before = pam_getenv(pamh, "CALLED");
	char *text;

	(void)flags;
	if (asprintf(&text, "CALLED=%s", before ? before : "") < 0)
		return PAM_BUF_ERR;
	for (int i = 0; i < argc; i++) {
		char *longer;

		if (asprintf(&longer, "%s%s<%s>", text, i == 0 ? " " : "",
			     argv[i]) < 0)
			return PAM_BUF_ERR;
		free(text);
		text = longer;
	}
	(void)pam_putenv(pamh, text);
	free(text);
	return argc > 1 ? atoi(argv[1]) : PAM_SUCCESS;
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
			 const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
