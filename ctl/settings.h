/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that lead to a namespace, and what they say of it. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "check.h"

/* A line that leads to a namespace, with copies of what it says. */
struct setting {
	char *where; /* FILE:LINE */
	char *file;
	unsigned int first;
	unsigned int last;
	const struct stack_line *line; /* or the one that leads to the rule */
	bool is_rule;		       /* of a policy file */
	bool is_idle;		       /* that line never leads here */
	bool has_rules; /* it leads to those, and to no namespace */
	char *name;
	char *pattern;	/* what has a '*' for %1 to stand for, or NULL */
	bool of_groups; /* it is one of groups */
	char *init;	/* or NULL. The same for hide and etc */
	char *hide;
	char *etc;
	/* What a rule has from the line that leads to it. */
	bool init_is_of_line;
	bool hide_is_of_line;
	bool owner_is_of_line;
	bool mounts_are_of_line;
	bool owned;
	bool nomount;
	bool rootshared;
};

struct settings {
	struct setting *list;
	size_t count;
	char **services; /* all there are, if it matters who has a line */
	size_t service_count;
};

/*
 * Adds those of all lines, and of the rules that they lead to; services stays
 * as it is. To be given to settings_release(). Without memory something is left
 * out, and report tells so.
 */
void settings_find(struct report *report, const struct check_lines *lines,
		   struct settings *settings);
void settings_release(struct settings *settings);

/* NULL is as good as "", which no argument can be. */
bool setting_texts_equal(const char *a, const char *b);

/* Whether the stack of a service has a line. */
bool settings_service_has(const char *service, const struct stack_line *line);

/* Whether a rule has a word from the line that leads to it. */
bool setting_word_is_of_line(const struct setting *setting, const char *word);

/*
 * A command that gives a line the word to in place of from; NULL: nothing. What
 * a rule has from elsewhere counts for others, and stays. To be freed; NULL:
 * there is none.
 */
char *setting_line_fix(const struct stack_line *line, const char *from,
		       const char *to);
char *setting_fix(const struct setting *setting, const char *from,
		  const char *to);

/* KEY=VALUE, or NULL if there is no value. To be freed. */
char *setting_word(const char *key, const char *value);

/*
 * What the only '%' and its letter would stand for if a name were made of a
 * template, to be freed; NULL: it cannot be.
 */
char *setting_name_part(const char *template, const char *name);

#endif
