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
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
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
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("name_is_component_takes_what_directories_put_into_names",
		      takes_what_directories_put_into_names),
		plain("name_is_component_refuses_what_is_no_component (F3)",
		      refuses_what_is_no_component),
		plain("name_is_component_refuses_control_characters_and_"
		      "slashes_only",
		      refuses_control_characters_and_slashes_only),
		plain("name_is_component_refuses_what_would_be_truncated",
		      refuses_what_would_be_truncated),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
