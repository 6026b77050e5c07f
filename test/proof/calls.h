/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls and the errors that their manual pages list. */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum { ERRORS_MAX = 26 };

struct call {
	long number;
	const char *name;
	int path;	   /* index of the path argument, or -1 */
	bool takes_effect; /* it does its work even if it returns an error */
	int errors[ERRORS_MAX]; /* empty if the call cannot fail */
};

/*
 * Never returns NULL. A call that is not in the table gets some common errors.
 */
const struct call *call_find(long number);

/* How many errors the call can return. */
size_t call_error_count(const struct call *call);

#endif
