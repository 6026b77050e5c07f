/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long something may still take, by a clock that nobody sets. */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <time.h>

/* When ms milliseconds from now are over, for deadline_left(). */
static inline long long deadline_in(long ms)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000 + ms;
}

/* Milliseconds until then, 0 if it is over. */
static inline long deadline_left(long long deadline)
{
	long long left = deadline - deadline_in(0);

	return left > 0 ? (long)left : 0;
}

#endif
