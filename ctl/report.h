/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pamnetctl check has found. */
#ifndef REPORT_H
#define REPORT_H

#include "common/failure.h"
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

void report_release(struct report *report);

/* An allocated text; "" without memory. To be freed. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The sentence of a failure without its command. To be freed. */
char *text_failure(const struct failure *failure);

/* A copy with small letters in place of capitals, as libpam makes them. */
char *text_small(const char *text);

/*
 * The text as one word for a shell; what text_escape() would escape is in
 * quotes of bash. To be freed.
 */
char *text_quote(const char *text);

/*
 * The same for a name that may begin with '-', and must not be an option of the
 * command: with "--" before it then. To be freed.
 */
char *text_operand(const char *name);

/*
 * A command that lets the admin edit a file, at a line or, if that is 0, as a
 * whole. To be freed.
 */
char *text_edit(const char *file, unsigned int line);

/*
 * A file as the last word of a command of sed -i, which would put a file in the
 * place of a symbolic link. To be freed.
 */
char *text_sed_path(const char *file);

/*
 * A command that makes comments of lines, so that the numbers of others stay.
 * To be freed.
 */
char *text_comment(const char *file, unsigned int first, unsigned int last);

/* A command that lets only root write a directory. To be freed. */
char *text_restrict(const char *directory);

/*
 * A command for a file that others than root could change: what is in it may be
 * theirs. The admin edits a copy, which takes its place. mode: of the copy. To
 * be freed.
 */
char *text_adopt(const char *file, unsigned int mode);

/* text_edit() for a place as report_add() has it, FILE:LINE. To be freed. */
char *text_edit_at(const char *where);

/*
 * A command that replaces the first match of from, as a plain text, by to, in
 * lines first to last of a file. Of from only a word as a whole matches. To be
 * freed.
 */
char *text_sed(const char *file, unsigned int first, unsigned int last,
	       const char *from, const char *to);

/*
 * The word of a script for sed that adds a line at the end of a file, which is
 * not empty. To be freed.
 */
char *text_sed_line(const char *line);

/*
 * A command that adds a word at the end of a line, before a comment. rule: of
 * a policy file, where one of two fields gets that for all services. To be
 * freed.
 */
char *text_sed_append(const char *file, unsigned int line, bool rule,
		      const char *word);

#endif
