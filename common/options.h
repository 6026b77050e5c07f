/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of a module line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Where a word may stand: on which lines of a stack or of a policy file. */
enum option_set {
	OPTIONS_NEWNET = 1 << 0,
	OPTIONS_USERNET = 1 << 1,
	OPTIONS_GROUPNET = 1 << 2,
	OPTIONS_RULE_NEW = 1 << 3,
	OPTIONS_RULE_NAME = 1 << 4,
	OPTIONS_RULE_HOST = 1 << 5,
};

enum option_flag {
	OPTION_LODOWN = 1 << 0,
	OPTION_DEBUG = 1 << 1,
	OPTION_ANNOUNCE = 1 << 2,
	OPTION_NOMOUNT = 1 << 3,
	OPTION_ROOTSHARED = 1 << 4,
	OPTION_CONFIG = 1 << 5,
	OPTION_OPEN = 1 << 6,
	OPTION_CLOSE = 1 << 7,
	OPTION_OWNER = 1 << 8,
};

/* The longest value of hide=, with a NUL. */
enum { OPTIONS_HIDE_MAX = 1024 };

/* How far a line was understood; the worst word decides. */
enum option_verdict {
	OPTIONS_CLEAR,
	/* A word that cannot change whom the line is for. */
	OPTIONS_DENY_MEMBERS,
	/* A word that may have said whom the line is for. */
	OPTIONS_DENY_ALL,
};

struct options {
	unsigned int flags; /* enum option_flag */
	const char *group;  /* NULL: the module's own */
	const char *log;    /* absolute path or NULL */
	const char *etc;    /* a name that is one component, or NULL */
	const char *hide;   /* absolute paths, between colons; "none"; NULL */
	const char *init;   /* programs, separated by commas, or NULL */
	const char *config; /* absolute path; NULL: the default ones */
	enum option_verdict verdict;
	const char *word; /* what the verdict is about, or NULL */
	const char *why;  /* what is wrong with it, in plain words, or NULL */
};

enum option_value {
	VALUE_NONE,
	VALUE_OPTIONAL,
	VALUE_NEEDED,
};

struct option {
	const char *name;
	unsigned int sets; /* enum option_set */
	unsigned int flag; /* enum option_flag; 0: none */
	enum option_value value;
	size_t at; /* where in struct options the value goes */
	bool (*is_good)(const char *value);
	bool about_whom; /* a bad one may change whom the line is for */
};

/* All arguments there are, for the parser, the tests and the manual. */
const struct option *options_table(size_t *ret_count);

/* A line that has "close" and not "open": it does nothing at open. */
bool options_close_only(const struct options *options);

/*
 * Why a namespace that belongs to its user cannot have these programs, NULL:
 * none. Or NULL: it can.
 */
const char *options_owner_conflict(const char *init);

/*
 * Reads the words of one line, each of which must be allowed in one of sets.
 * Cannot fail: verdict and word say what is not understood. Values point into
 * argv; word does so, too, or is static. If an argument is given twice, the
 * last one counts.
 */
void options_parse(unsigned int sets, int argc, const char *const argv[],
		   struct options *ret);

#endif
