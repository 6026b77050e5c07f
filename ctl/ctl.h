/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of pamnetctl(8). */
#ifndef CTL_H
#define CTL_H

#include "table.h"

/* What a command ends with. */
enum {
	CTL_DONE = 0,
	CTL_FINDINGS = 1,
	CTL_REFUSED = 1,
	CTL_FAILED = 2, /* not understood, or could not look */
};

struct ctl_options {
	struct table_format format;
	bool without_modules; /* check: as if they were not installed */
	const char *user;     /* create: for whom, or NULL */
	const char *init;     /* create: programs, or NULL */
	bool owner;	      /* create: it belongs to the user */
	bool names;	      /* prune: names, too */
};

/* One line on standard error, with what may be in names escaped. */
void ctl_complain(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* words: a user, and services. */
int ctl_explain(const struct ctl_options *options, int count,
		const char *const words[]);

/* words: nothing, or the name of a namespace. */
int ctl_list(const struct ctl_options *options, int count,
	     const char *const words[]);

int ctl_check(const struct ctl_options *options, int count,
	      const char *const words[]);

/* words: the name of a namespace. */
int ctl_create(const struct ctl_options *options, int count,
	       const char *const words[]);
int ctl_remove(const struct ctl_options *options, int count,
	       const char *const words[]);

int ctl_prune(const struct ctl_options *options, int count,
	      const char *const words[]);

#endif
