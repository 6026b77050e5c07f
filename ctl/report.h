/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pamnetctl check has found. */
#ifndef REPORT_H
#define REPORT_H

#include "progress.h"
#include "table.h"

enum severity {
	SEVERITY_OUTSIDE, /* somebody who is to be confined is not */
	SEVERITY_DENIED,  /* logins are refused */
	SEVERITY_ADVICE,
};

struct report {
	struct table *table;
	char **seen; /* each finding is reported once */
	size_t count;
	struct progress progress;
	bool muted;  /* findings are not told */
	bool failed; /* something could not be looked at */
};

/*
 * Adds a finding. where, what and fix (a command, or NULL) are one text each;
 * what comes from names in them is escaped when it is printed.
 */
void report_add(struct report *report, enum severity severity,
		const char *where, const char *what, const char *fix);

/* Tells on standard error what could not be looked at. */
void report_unseen(struct report *report, const char *path, int error);

/* A command of apt-get, or NULL where it would be none: without dpkg. */
const char *report_apt(const char *command);

void report_release(struct report *report);

#endif
