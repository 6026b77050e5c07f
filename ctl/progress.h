/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far pamnetctl is, where that takes long. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>

struct progress {
	long long begin_ms;
	long long shown_ms;
};

#define PROGRESS_NONE ((struct progress){ .begin_ms = 0 })

/*
 * Says on standard error, if that is a terminal, how many have been looked at:
 * not in the first second, and a few times a second then.
 */
void progress_show(struct progress *progress, const char *what, size_t done);

/* Takes away what was shown, for something else to be told. */
void progress_end(struct progress *progress);

#endif
