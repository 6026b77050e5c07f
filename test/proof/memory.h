/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes allocations fail in the modules and in all that they call. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>

/* Call this once, before the first login. */
void memory_start(void);

/*
 * The allocation with this number fails, counted from now on; with for_good
 * all later ones fail too. 0: none fails.
 */
void memory_fail(unsigned int number, bool for_good);

/* How many allocations there were since memory_fail(). */
unsigned int memory_used(void);

#endif
