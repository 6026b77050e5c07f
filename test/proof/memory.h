/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that runs out in the modules, and in all that they call. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>

/* To be called once, before the first login. */
void memory_start(void);

/*
 * From now on the numberth allocation of the modules fails; for_good: and all
 * that follow. 0: none.
 */
void memory_fail(unsigned int number, bool for_good);

/* How many allocations there were since then. */
unsigned int memory_used(void);

#endif
