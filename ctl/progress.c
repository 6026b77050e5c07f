/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far pamnetctl is, where that takes long. */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { QUIET_MS = 1000, PAUSE_MS = 200 };

static long long now_ms(void)
{
	struct timespec now = { .tv_sec = 0 };

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000 + 1;
}

void progress_show(struct progress *progress, const char *what, size_t done)
{
	long long now = now_ms();

	if (progress->begin_ms == 0)
		progress->begin_ms = now;
	if (now - progress->begin_ms < QUIET_MS ||
	    now - progress->shown_ms < PAUSE_MS || !isatty(STDERR_FILENO))
		return;
	progress->shown_ms = now;
	(void)fprintf(stderr, "\r%s: %zu\033[K", what, done);
}

void progress_end(struct progress *progress)
{
	/* Back to the first column, and erase to the end of the line. */
	if (progress->shown_ms != 0)
		(void)fputs("\r\033[K", stderr);
	progress->shown_ms = 0;
}
