/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns over whole names. */
#include "glob.h"

#include <limits.h>
#include <string.h>

/* The end of a bracket expression, behind its ']'; NULL: it has none. */
static const char *bracket_end(const char *bracket)
{
	const char *at = bracket + 1;

	if (*at == '!' || *at == '^')
		at++;
	/* A ']' that comes first is one of the characters. */
	if (*at == ']')
		at++;
	at = strchr(at, ']');
	return at ? at + 1 : NULL;
}

static bool bracket_matches(const char *bracket, const char *end,
			    unsigned char c)
{
	const unsigned char *at = (const unsigned char *)bracket + 1;
	const unsigned char *last = (const unsigned char *)end - 1;
	bool negated = *at == '!' || *at == '^';
	bool found = false;

	if (negated)
		at++;
	while (at < last) {
		if (at + 2 < last && at[1] == '-') {
			found = found || (at[0] <= c && c <= at[2]);
			at += 3;
		} else {
			found = found || *at == c;
			at++;
		}
	}
	return found != negated;
}

bool glob_is_valid(const char *pattern)
{
	while (pattern) {
		pattern = strchr(pattern, '[');
		if (!pattern)
			return true;
		pattern = bracket_end(pattern);
	}
	return false;
}

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Whether it matches capitals and nothing else. */
static bool bracket_is_capital(const char *bracket, const char *end)
{
	bool matches = false;

	for (int c = 1; c <= UCHAR_MAX; c++) {
		if (!bracket_matches(bracket, end, (unsigned char)c))
			continue;
		if (!is_capital((char)c))
			return false;
		matches = true;
	}
	return matches;
}

bool glob_needs_capital(const char *pattern)
{
	while (*pattern) {
		const char *end = *pattern == '[' ? bracket_end(pattern)
						  : pattern + 1;

		if (!end)
			return false;
		if (*pattern == '[' ? bracket_is_capital(pattern, end)
				    : is_capital(*pattern))
			return true;
		pattern = end;
	}
	return false;
}

bool glob_is_plain(const char *pattern)
{
	return !strpbrk(pattern, "*?[");
}

/* Matches one character; returns where the pattern goes on, or NULL. */
static const char *match_one(const char *pattern, char c)
{
	const char *end;

	if (!*pattern || !c)
		return NULL;
	if (*pattern == '?')
		return pattern + 1;
	if (*pattern == '[') {
		end = bracket_end(pattern);
		return end && bracket_matches(pattern, end, (unsigned char)c)
			       ? end
			       : NULL;
	}
	return *pattern == c ? pattern + 1 : NULL;
}

/*
 * Only the last '*' that was met is ever made longer: those before it have
 * found the shortest that lets the rest follow.
 */
bool glob_match(const char *pattern, const char *text,
		struct glob_star *ret_star)
{
	struct glob_star first = { .start = NULL };
	const char *after_star = NULL;
	const char *star_end = NULL;
	bool first_is_last = false;

	while (*text || *pattern == '*') {
		const char *next;

		if (*pattern == '*') {
			first_is_last = !first.start;
			if (first_is_last)
				first.start = text;
			after_star = ++pattern;
			star_end = text;
			continue;
		}
		next = match_one(pattern, *text);
		if (next) {
			pattern = next;
			text++;
			continue;
		}
		if (!after_star)
			return false;
		pattern = after_star;
		text = ++star_end;
		if (first_is_last)
			first.length = (size_t)(star_end - first.start);
	}
	if (*pattern)
		return false;
	if (!first.start)
		first.start = text;
	if (ret_star)
		*ret_star = first;
	return true;
}
