/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pam_mark.so FILE, twice in a stack: appends to FILE what the lines between
 * the two took, "open <tab> us" and "close <tab> us".
 */
#include "stopwatch.h"

#include <fcntl.h>
#include <security/pam_modules.h>

#define DATA "pam_mark"

static void forget(pam_handle_t *pamh, void *start, int status)
{
	(void)pamh;
	(void)status;
	free(start);
}

/* The time is taken last here and first at the end: neither is measured. */
static int begin(pam_handle_t *pamh)
{
	double *start = malloc(sizeof(*start));

	if (!start)
		return PAM_BUF_ERR;
	*start = -1;
	if (pam_set_data(pamh, DATA, start, forget) != PAM_SUCCESS) {
		free(start);
		return PAM_BUF_ERR;
	}
	*start = now_us();
	return PAM_SUCCESS;
}

static int end(const char *path, const char *step, double us)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "%s\t%.1f\n", step, us);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ssize_t written;

	if (fd < 0)
		return PAM_SYSTEM_ERR;
	written = write(fd, line, (size_t)length);
	(void)close(fd);
	return written == length ? PAM_SUCCESS : PAM_SYSTEM_ERR;
}

static int mark(pam_handle_t *pamh, const char *step, int argc,
		const char **argv)
{
	double now = now_us();
	const void *start = NULL;
	int r;

	if (argc != 1)
		return PAM_SERVICE_ERR;
	if (pam_get_data(pamh, DATA, &start) != PAM_SUCCESS || !start)
		return begin(pamh);
	r = end(argv[0], step, now - *(const double *)start);
	/* The close begins anew. */
	(void)pam_set_data(pamh, DATA, NULL, NULL);
	return r;
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
			const char **argv)
{
	(void)flags;
	return mark(pamh, "open", argc, argv);
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
			 const char **argv)
{
	(void)flags;
	return mark(pamh, "close", argc, argv);
}
