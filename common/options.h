/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of a module line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Which modules take an argument; pam_groupnet takes those of usernet. */
enum option_set {
	OPTIONS_NEWNET = 1 << 0,
	OPTIONS_USERNET = 1 << 1,
};

enum option_flag {
	OPTION_LODOWN = 1 << 0,
	OPTION_DEBUG = 1 << 1,
	OPTION_ANNOUNCE = 1 << 2,
	OPTION_NOMOUNT = 1 << 3,
	OPTION_ROOTSHARED = 1 << 4,
};

/* How far a line was understood; the worst word decides. */
enum option_verdict {
	OPTIONS_CLEAR,
	/* A word that cannot change whom the line is for. */
	OPTIONS_DENY_MEMBERS,
	/* A word that may have said whom the line is for. */
	OPTIONS_DENY_ALL,
};

struct options {
	unsigned int flags;	/* enum option_flag */
	const char *group;	/* NULL: the module's own */
	const char *log;	/* absolute path or NULL */
	const char *etc;	/* a name that is one component, or NULL */
	enum option_verdict verdict;
	const char *word;	/* the word behind verdict, or NULL */
};

struct option {
	const char *name;
	unsigned int sets;	/* enum option_set */
	unsigned int flag;	/* enum option_flag; 0: it takes a value */
};

/* All arguments there are, for the parser, the tests and the manual. */
const struct option *options_table(size_t *ret_count);

/*
 * Reads the arguments of one line for the modules of set. Cannot fail: what
 * is not understood is told by verdict and word. All strings in ret point
 * into argv. Of an argument given twice the last one counts.
 */
void options_parse(enum option_set set, int argc, const char *const argv[],
		   struct options *ret);

#endif
