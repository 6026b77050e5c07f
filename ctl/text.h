/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts for messages and commands: made, escaped, quoted and searched. */
#ifndef TEXT_H
#define TEXT_H

#include "common/failure.h"

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* An allocated text; "" without memory. To be freed. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The sentence of a failure without its command. To be freed. */
char *text_failure(const struct failure *failure);

/* A copy with small letters in place of capitals, as libpam makes them. */
char *text_small(const char *text);

/*
 * The text with what could move a terminal's cursor, is not seen, or is no
 * UTF-8 escaped as \xNN, to be freed; NULL: no memory. Where the locale's
 * codeset is not UTF-8 only ASCII is left.
 */
char *text_escape(const char *text);

/* The same for what is UTF-8 in any locale. */
char *text_escape_utf8(const char *text);

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

/* Whether a text has a match of an extended regular expression, and where. */
bool text_find(const char *text, const char *pattern, size_t count,
	       regmatch_t ret[]);

/* A part of the text that was matched. To be freed. */
char *text_part(const char *text, const regmatch_t *part);

#endif
