/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bug that a sanitiser has to find. A macro such as PLANTED_heap selects it.
 */
#include <limits.h>
#include <stdlib.h>

static void *volatile kept;

int main(int argc, char *argv[])
{
	volatile char local[4] = { 0 };
	volatile int result = INT_MAX;

	(void)argv;
#ifdef PLANTED_heap
	kept = malloc(sizeof(int));
	free(kept);
	result = *(int *)kept;
#endif
#ifdef PLANTED_stack
	local[argc + 3] = 1;
#endif
#ifdef PLANTED_overflow
	result += argc;
#endif
#ifdef PLANTED_leak
	for (int i = 0; i < 64; i++)
		kept = malloc(64);
	kept = NULL;
#endif
	return *local ? result : 0;
}
