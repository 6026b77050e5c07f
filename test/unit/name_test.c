/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names may become one component of a path. */
#include "common/name.h"
#include "sandbox.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static void takes_what_directories_put_into_names(void **state)
{
	static const char *const good[] = {
		"alice",
		"a",
		"web 1",
		" ",
		"alice@example.org",
		"DOMAIN\\alice",
		"-rf",
		"--",
		"...",
		".alice",
		"..alice",
		"alice..",
		"a.b",
		"*",
		"%u",
		"$(id)",
		"'\"",
		"j\xc3\xbcrgen",
		"\xff\xfe",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		row(good[i]);
		check(name_is_component(good[i]));
	}
}

static void refuses_what_is_no_component(void **state)
{
	static const struct {
		const char *what;
		const char *name;
	} bad[] = {
		{ "none", NULL },
		{ "empty", "" },
		{ "the directory", "." },
		{ "its parent", ".." },
		{ "a path", "a/b" },
		{ "a path upwards", "../a" },
		{ "an absolute path", "/a" },
		{ "a slash", "/" },
		{ "a slash at the end", "a/" },
		{ "a newline", "a\nb" },
		{ "a newline at the end", "a\n" },
		{ "a tab", "a\tb" },
		{ "an escape", "\x1b[1m" },
		{ "a delete", "a\x7f" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		row(bad[i].what);
		check(!name_is_component(bad[i].name));
	}
}

static void refuses_control_characters_and_slashes_only(void **state)
{
	(void)state;
	for (int c = 1; c <= UCHAR_MAX; c++) {
		const char name[] = { 'a', (char)c, 'b', '\0' };
		char label[16];

		(void)snprintf(label, sizeof(label), "byte %#x", (unsigned)c);
		row(label);
		check(name_is_component(name) ==
		      (c >= 0x20 && c != 0x7f && c != '/'));
	}
	row(NULL);
}

static void refuses_what_would_be_truncated(void **state)
{
	char name[2 * NAME_MAX];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	check(!name_is_component(name));
	name[NAME_MAX + 1] = '\0';
	check(!name_is_component(name));
	name[NAME_MAX] = '\0';
	check(name_is_component(name));
}

static void control_is_below_space_or_delete(void **state)
{
	(void)state;
	for (int c = 0; c <= UCHAR_MAX; c++) {
		char label[16];

		(void)snprintf(label, sizeof(label), "byte %#x", (unsigned)c);
		row(label);
		check(is_control((char)c) == (c < 0x20 || c == 0x7f));
	}
	row(NULL);
}

static void finds_whole_words_in_a_list(void **state)
{
	static const struct {
		const char *list;
		bool has;
	} rows[] = {
		{ "rules", true },	{ "rules,veth", true },
		{ "veth,rules", true }, { "a,rules,b", true },
		{ "", false },		{ "veth", false },
		{ "rulesx", false },	{ "xrules", false },
		{ "rule,s", false },	{ "/opt/rules", false },
		{ "/x,rules2", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].list);
		check(name_is_in_list("rules", rows[i].list) == rows[i].has);
	}
	row(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("a control character is one below space, or delete",
		      control_is_below_space_or_delete),
		plain("a name may be what directory services put into names",
		      takes_what_directories_put_into_names),
		plain("a name may not be empty, a path, '.' or '..'",
		      refuses_what_is_no_component),
		plain("a name may have any byte but '/' and control characters",
		      refuses_control_characters_and_slashes_only),
		plain("a name may have NAME_MAX bytes and no more",
		      refuses_what_would_be_truncated),
		plain("a list has whole words", finds_whole_words_in_a_list),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
