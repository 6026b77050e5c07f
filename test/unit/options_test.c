/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of a module line; with --table, what arguments there are. */
#include "common/options.h"
#include "sandbox.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 6 };

static struct options parse(enum option_set set, const char *const words[])
{
	struct options options;
	int count = 0;

	memset(&options, 0xff, sizeof(options));
	while (count < WORDS_MAX && words[count])
		count++;
	options_parse(set, count, words, &options);
	return options;
}

static void has_exactly_the_arguments_of_the_design(void **state)
{
	enum {
		NEW = OPTIONS_NEWNET | OPTIONS_RULE_NEW,
		NAMED = OPTIONS_USERNET | OPTIONS_GROUPNET | OPTIONS_RULE_NAME,
		LINES = OPTIONS_NEWNET | OPTIONS_USERNET | OPTIONS_GROUPNET,
		ALL = NEW | NAMED,
	};
	static const struct {
		const char *name;
		unsigned int sets;
		unsigned int flag;
		enum option_value value;
		bool about_whom;
	} expected[] = {
		{ "group", LINES, 0, VALUE_NEEDED, true },
		{ "lodown", ALL, OPTION_LODOWN, VALUE_NONE, false },
		{ "debug", LINES, OPTION_DEBUG, VALUE_NONE, false },
		{ "log", LINES, 0, VALUE_NEEDED, false },
		{ "announce", ALL | OPTIONS_RULE_HOST, OPTION_ANNOUNCE,
		  VALUE_NONE, false },
		{ "nomount", NEW, OPTION_NOMOUNT, VALUE_NONE, false },
		{ "etc", NEW, 0, VALUE_NEEDED, false },
		{ "rootshared", NAMED, OPTION_ROOTSHARED, VALUE_NONE, false },
		{ "config", OPTIONS_USERNET, OPTION_CONFIG, VALUE_OPTIONAL,
		  true },
	};
	size_t count;
	const struct option *table = options_table(&count);

	(void)state;
	check_number(count, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < count; i++) {
		row(expected[i].name);
		check_text(table[i].name, expected[i].name);
		check_number(table[i].sets, expected[i].sets);
		check_number(table[i].flag, expected[i].flag);
		check_number(table[i].value, expected[i].value);
		check(table[i].about_whom == expected[i].about_whom);
	}
}

/* A word without a value, of each module and of the other one. */
static void takes_each_flag_in_its_own_module(void **state)
{
	static const enum option_set sets[] = { OPTIONS_NEWNET,
						OPTIONS_USERNET };
	size_t count;
	const struct option *table = options_table(&count);

	(void)state;
	for (size_t i = 0; i < 2 * count; i++) {
		const struct option *option = &table[i / 2];
		const char *words[] = { option->name, NULL };
		struct options options = parse(sets[i % 2], words);
		bool own = option->sets & sets[i % 2];

		if (option->value == VALUE_NEEDED)
			continue;
		row(option->name);
		check_number(options.flags, own ? option->flag : 0);
		check_number(options.verdict,
			     own ? OPTIONS_CLEAR : OPTIONS_DENY_MEMBERS);
		check(options.word == (own ? NULL : words[0]));
	}
}

static void takes_no_value_for_a_flag(void **state)
{
	size_t count;
	const struct option *table = options_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		char text[64];
		const char *words[] = { text, NULL };
		struct options options;

		if (table[i].value != VALUE_NONE)
			continue;
		row(table[i].name);
		(void)snprintf(text, sizeof(text), "%s=yes", table[i].name);
		options = parse(table[i].sets, words);
		check_number(options.verdict, OPTIONS_DENY_MEMBERS);
	}
}

struct line {
	const char *what;
	enum option_set set;
	const char *words[WORDS_MAX];
	enum option_verdict verdict;
	int word; /* index of the word behind it */
};

static void check_lines(const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct options options = parse(lines[i].set, lines[i].words);

		row(lines[i].what);
		check_number(options.verdict, lines[i].verdict);
		if (lines[i].verdict == OPTIONS_CLEAR)
			check(options.word == NULL);
		else
			check(options.word == lines[i].words[lines[i].word]);
	}
}

static void denies_all_when_the_group_is_in_doubt(void **state)
{
	static const struct line lines[] = {
		{ "unknown word with a value",
		  OPTIONS_NEWNET,
		  { "gruop=admins" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a longer word",
		  OPTIONS_NEWNET,
		  { "groups=admins" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a shorter word",
		  OPTIONS_USERNET,
		  { "grou=admins" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "another case",
		  OPTIONS_USERNET,
		  { "Group=admins" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a value without a word",
		  OPTIONS_USERNET,
		  { "=admins" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "an equals sign",
		  OPTIONS_USERNET,
		  { "=" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "an empty group",
		  OPTIONS_NEWNET,
		  { "group=" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "group without a value",
		  OPTIONS_USERNET,
		  { "group" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "an empty group after a good one",
		  OPTIONS_USERNET,
		  { "group=a", "group=" },
		  OPTIONS_DENY_ALL,
		  1 },
		{ "etc= of the other module",
		  OPTIONS_USERNET,
		  { "etc=vpn" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "an empty policy file",
		  OPTIONS_USERNET,
		  { "config=" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a policy file by a relative path",
		  OPTIONS_USERNET,
		  { "config=netns.conf" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a policy file of another module",
		  OPTIONS_GROUPNET,
		  { "config=/etc/security/netns.conf" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "after a word that denies members",
		  OPTIONS_NEWNET,
		  { "bogus", "gruop=admins", "worse=1" },
		  OPTIONS_DENY_ALL,
		  1 },
	};

	(void)state;
	check_lines(lines, sizeof(lines) / sizeof(lines[0]));
}

static void denies_members_for_what_cannot_change_the_group(void **state)
{
	static const struct line lines[] = {
		{ "unknown bare word",
		  OPTIONS_NEWNET,
		  { "bogus" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "an empty word",
		  OPTIONS_NEWNET,
		  { "" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "the beginning of a word",
		  OPTIONS_NEWNET,
		  { "lo" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "a word and more",
		  OPTIONS_NEWNET,
		  { "lodownx" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "nomount of newnet",
		  OPTIONS_USERNET,
		  { "nomount" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "rootshared of usernet",
		  OPTIONS_NEWNET,
		  { "rootshared" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "a bare etc of the other module",
		  OPTIONS_USERNET,
		  { "etc" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "log without a value",
		  OPTIONS_NEWNET,
		  { "log" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "an empty log",
		  OPTIONS_NEWNET,
		  { "log=" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "a relative log",
		  OPTIONS_NEWNET,
		  { "log=net.log" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "etc without a value",
		  OPTIONS_NEWNET,
		  { "etc" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "an empty etc",
		  OPTIONS_NEWNET,
		  { "etc=" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "etc with a path",
		  OPTIONS_NEWNET,
		  { "etc=../shadow" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "etc of dots",
		  OPTIONS_NEWNET,
		  { "etc=.." },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "the first of two bad words",
		  OPTIONS_NEWNET,
		  { "debug", "bogus", "worse" },
		  OPTIONS_DENY_MEMBERS,
		  1 },
		{ "a bad value before a good one",
		  OPTIONS_NEWNET,
		  { "log=x", "log=/x" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
	};

	(void)state;
	check_lines(lines, sizeof(lines) / sizeof(lines[0]));
}

static void understands_all_arguments_of_a_line(void **state)
{
	const char *words[] = { "group=a=b", "log=/var/log/net", "etc=vpn 1",
				"debug",     "announce",	 NULL };
	struct options options = parse(OPTIONS_NEWNET, words);

	(void)state;
	check_number(options.verdict, OPTIONS_CLEAR);
	check_number(options.flags, OPTION_DEBUG | OPTION_ANNOUNCE);
	check(options.group == words[0] + strlen("group="));
	check(options.log == words[1] + strlen("log="));
	check(options.etc == words[2] + strlen("etc="));
	check(options.word == NULL);
}

static void takes_a_policy_file_or_a_group(void **state)
{
	const char *bare[] = { "config", NULL };
	const char *path[] = { "config=/x", NULL };
	const char *both[] = { "config", "group=a", NULL };
	struct options options = parse(OPTIONS_USERNET, bare);

	(void)state;
	check_number(options.verdict, OPTIONS_CLEAR);
	check_number(options.flags, OPTION_CONFIG);
	check(!options.config);
	options = parse(OPTIONS_USERNET, path);
	check_number(options.flags, OPTION_CONFIG);
	check_text(options.config, "/x");
	options = parse(OPTIONS_USERNET, both);
	check_number(options.verdict, OPTIONS_DENY_ALL);
}

static void has_defaults_for_an_empty_line(void **state)
{
	const char *words[] = { NULL };
	struct options options = parse(OPTIONS_USERNET, words);

	(void)state;
	check_number(options.verdict, OPTIONS_CLEAR);
	check_number(options.flags, 0);
	check(!options.group && !options.log && !options.etc && !options.word);
}

static void lets_the_last_of_two_values_count(void **state)
{
	const char *words[] = { "group=a", "log=/a", "debug",
				"group=b", "log=/b", "debug" };
	struct options options = parse(OPTIONS_USERNET, words);

	(void)state;
	check_number(options.verdict, OPTIONS_CLEAR);
	check_text(options.group, "b");
	check_text(options.log, "/b");
	check_number(options.flags, OPTION_DEBUG);
}

/* "MODULE WORD", with an equals sign if the word takes a value. */
static int print_table(void)
{
	size_t count;
	const struct option *table = options_table(&count);

	for (size_t i = 0; i < count; i++) {
		const char *equals = table[i].value == VALUE_NONE ? "" : "=";

		if (table[i].sets & OPTIONS_NEWNET)
			printf("newnet %s%s\n", table[i].name, equals);
		if (table[i].sets & OPTIONS_USERNET)
			printf("usernet %s%s\n", table[i].name, equals);
		if (table[i].sets & OPTIONS_GROUPNET)
			printf("groupnet %s%s\n", table[i].name, equals);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		plain("options_table_has_exactly_the_arguments_of_the_design",
		      has_exactly_the_arguments_of_the_design),
		plain("options_parse_takes_each_flag_in_its_own_module",
		      takes_each_flag_in_its_own_module),
		plain("options_parse_takes_no_value_for_a_flag",
		      takes_no_value_for_a_flag),
		plain("options_parse_denies_all_when_the_group_is_in_doubt "
		      "(F6)",
		      denies_all_when_the_group_is_in_doubt),
		plain("options_parse_denies_members_for_what_cannot_change_"
		      "the_group (F6)",
		      denies_members_for_what_cannot_change_the_group),
		plain("options_parse_understands_all_arguments_of_a_line",
		      understands_all_arguments_of_a_line),
		plain("options_parse_takes_a_policy_file_or_a_group",
		      takes_a_policy_file_or_a_group),
		plain("options_parse_has_defaults_for_an_empty_line",
		      has_defaults_for_an_empty_line),
		plain("options_parse_lets_the_last_of_two_values_count",
		      lets_the_last_of_two_values_count),
	};

	if (argc == 2 && !strcmp(argv[1], "--table"))
		return print_table();
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
