/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns with '*', '?' and '[…]', as in glob(7), over whole names. */
#ifndef GLOB_H
#define GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* What a '*' stood for: a part of the text that was matched. */
struct glob_star {
	const char *start;
	size_t length;
};

/*
 * Whether the pattern is one: every '[' has its ']'. There is no character
 * that escapes: '\' is itself, as in names of a domain.
 */
bool glob_is_valid(const char *pattern);

/* Whether a valid pattern matches only what has a capital letter. */
bool glob_needs_capital(const char *pattern);

/* Whether the pattern matches nothing but itself. */
bool glob_is_plain(const char *pattern);

/*
 * Whether a valid pattern matches all of text; if so, ret_star (which may be
 * NULL) becomes what the first '*' stood for, the shortest if there is a
 * choice, or nothing of text if there is no '*'. Takes time in proportion to
 * both lengths at most.
 */
bool glob_match(const char *pattern, const char *text,
		struct glob_star *ret_star);

#endif
