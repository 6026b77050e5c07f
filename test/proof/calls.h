/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls, and the errors that their manual pages allow. */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum { ERRORS_MAX = 26 };

struct call {
	long number;
	const char *name;
	int path;		/* which argument is one; -1: none */
	bool is_done;		/* fails, and has done its work all the same */
	int errors[ERRORS_MAX]; /* none: it cannot fail */
};

/* Never NULL: an unknown one fails in the ways that all calls can. */
const struct call *call_find(long number);

size_t call_errors(const struct call *call);

#endif
