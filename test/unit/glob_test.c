/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns over whole names. */
#include "common/glob.h"
#include "sandbox.h"

#include <string.h>
#include <time.h>

static void match_is_of_the_whole_name(void **state)
{
	static const struct {
		const char *pattern;
		const char *text;
		bool matches;
		const char *star; /* NULL: "" */
	} rows[] = {
		{ "alice", "alice", true, NULL },
		{ "alice", "alice2", false, NULL },
		{ "alice", "alic", false, NULL },
		{ "", "", true, NULL },
		{ "", "a", false, NULL },
		{ "*", "", true, NULL },
		{ "*", "alice", true, "alice" },
		{ "groupnet-*", "groupnet-lab", true, "lab" },
		{ "groupnet-*", "groupnet-", true, NULL },
		{ "groupnet-*", "groupnet", false, NULL },
		{ "*-host", "alice-host", true, "alice" },
		{ "*-host", "alice-host-host", true, "alice-host" },
		{ "*-*", "a-b-c", true, "a" },
		{ "a*b*c", "aXbYbZc", true, "X" },
		{ "a*b*c", "aXbYb", false, NULL },
		{ "**", "alice", true, NULL },
		{ "a?c", "abc", true, NULL },
		{ "a?c", "ac", false, NULL },
		{ "[ab]x", "bx", true, NULL },
		{ "[!ab]x", "bx", false, NULL },
		{ "[^ab]x", "cx", true, NULL },
		{ "[a-f]1", "e1", true, NULL },
		{ "[a-f]1", "g1", false, NULL },
		{ "[]x]", "]", true, NULL },
		{ "[a-]", "-", true, NULL },
		{ "[]A-C]x", "Bx", true, NULL },
		{ "[!]a]", "b", true, NULL },
		{ "[!]a]", "]", false, NULL },
		{ "[[]x", "[x", true, NULL },
		{ "[A-Z]", "b", false, NULL },
		{ "?*?", "ab", true, NULL },
		{ "?*?", "a", false, NULL },
		{ "*[0-9]", "lab7", true, "lab" },
		{ "DOM\\alice", "DOM\\alice", true, NULL },
		{ "DOM\\*", "DOM\\alice", true, "alice" },
		{ "Jos\xc3\xa9", "Jos\xc3\xa9", true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct glob_star star = { .start = NULL };
		const char *wanted = rows[i].star ? rows[i].star : "";

		row(rows[i].pattern);
		check(glob_is_valid(rows[i].pattern));
		check(glob_match(rows[i].pattern, rows[i].text, &star) ==
		      rows[i].matches);
		if (!rows[i].matches)
			continue;
		check_number(star.length, strlen(wanted));
		check(!strncmp(star.start, wanted, star.length));
	}
}

static void bracket_that_is_left_open_is_not_valid(void **state)
{
	static const char *const broken[] = { "[",   "a[",   "[]",    "[!",
					      "[!]", "x[a-", "a[b]c[" };

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		row(broken[i]);
		check(!glob_is_valid(broken[i]));
	}
}

static void plain_has_no_special_character(void **state)
{
	(void)state;
	check(glob_is_plain("alice"));
	check(glob_is_plain("DOM\\alice"));
	check(!glob_is_plain("a*"));
	check(!glob_is_plain("a?"));
	check(!glob_is_plain("[a]"));
}

/* Backtracking to every star would take longer than anyone lives. */
static void many_stars_take_little_time(void **state)
{
	char pattern[64];
	char text[4096];

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 3);
	strcat(pattern, "b");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	check(!glob_match(pattern, text, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("a pattern matches whole names, and the first star is known",
		      match_is_of_the_whole_name),
		plain("a pattern with a '[' that has no ']' is not valid",
		      bracket_that_is_left_open_is_not_valid),
		plain("a pattern without '*', '?' and '[' is plain",
		      plain_has_no_special_character),
		plain("a pattern of many stars does not take for ever",
		      many_stars_take_little_time),
	};

	return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
