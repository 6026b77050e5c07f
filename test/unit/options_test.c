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

static void table_has_these_arguments_only(void **state)
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
		{ "open", LINES, OPTION_OPEN, VALUE_NONE, false },
		{ "close", LINES, OPTION_CLOSE, VALUE_NONE, false },
		{ "announce", ALL | OPTIONS_RULE_HOST, OPTION_ANNOUNCE,
		  VALUE_NONE, false },
		{ "nomount", NEW, OPTION_NOMOUNT, VALUE_NONE, false },
		{ "etc", NEW, 0, VALUE_NEEDED, false },
		{ "hide", ALL, 0, VALUE_NEEDED, false },
		{ "init", ALL, 0, VALUE_NEEDED, false },
		{ "owner", ALL, OPTION_OWNER, VALUE_NONE, false },
		{ "rootshared", NAMED, OPTION_ROOTSHARED, VALUE_NONE, false },
		{ "config", OPTIONS_USERNET, OPTION_CONFIG, VALUE_OPTIONAL,
		  true },
	};
	size_t count;
	const struct option *table = options_table(&count);

	(void)state;
	check_number(count, COUNT(expected));
	for (size_t i = 0; i < count; i++) {
		row(expected[i].name);
		check_text(table[i].name, expected[i].name);
		check_number(table[i].sets, expected[i].sets);
		check_number(table[i].flag, expected[i].flag);
		check_number(table[i].value, expected[i].value);
		check(table[i].about_whom == expected[i].about_whom);
	}
}

/* Words without a value, in each module. */
static void takes_each_flag_in_its_own_module(void **state)
{
	static const enum option_set sets[] = { OPTIONS_NEWNET, OPTIONS_USERNET,
						OPTIONS_GROUPNET };
	size_t count;
	const struct option *table = options_table(&count);

	(void)state;
	for (size_t i = 0; i < 3 * count; i++) {
		const struct option *option = &table[i / 3];
		const char *words[] = { option->name, NULL };
		struct options options = parse(sets[i % 3], words);
		bool own = option->sets & sets[i % 3];

		/* Not in every module that has it. */
		if (option->value == VALUE_NEEDED ||
		    option->flag == OPTION_OWNER)
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
		check(options.word == lines[i].words[lines[i].word]);
		check(options.why != NULL);
	}
}

static void denies_all_if_it_is_in_doubt_for_whom(void **state)
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
		{ "etc= of another module",
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
		{ "a group in double quotes",
		  OPTIONS_NEWNET,
		  { "group=\"newnet\"" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a group in single quotes",
		  OPTIONS_NEWNET,
		  { "group='newnet'" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a group in quotes that libpam has cut at the blank",
		  OPTIONS_NEWNET,
		  { "group=\"domain", "users\"" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a group in quotes after a good one",
		  OPTIONS_NEWNET,
		  { "group=a", "group='b'" },
		  OPTIONS_DENY_ALL,
		  1 },
		{ "a policy file in quotes",
		  OPTIONS_USERNET,
		  { "config=\"/etc/x\"" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "a flag with a value that may be a group's",
		  OPTIONS_NEWNET,
		  { "opne=1" },
		  OPTIONS_DENY_ALL,
		  0 },
		{ "after a word that denies members",
		  OPTIONS_NEWNET,
		  { "bogus", "gruop=admins", "worse=1" },
		  OPTIONS_DENY_ALL,
		  1 },
	};

	(void)state;
	check_lines(lines, COUNT(lines));
}

static void takes_a_list_of_absolute_paths(void **state)
{
	static const struct {
		const char *value;
		bool good;
	} rows[] = {
		{ "none", true },
		{ "/run/x", true },
		{ "/run/x:/run/y", true },
		{ "/a:/b:/c", true },
		{ "", false },
		{ "/", false },
		{ "run", false },
		{ "None", false },
		{ "none:/run", false },
		{ "/run:none", false },
		{ ":/run", false },
		{ "/run:", false },
		{ "/run::/x", false },
		{ "/run:x", false },
		{ "/run:/", false },
		{ "//", false },
		{ "/proc", false },
		{ "/x:/proc/:/x", false },
		{ "//proc", false },
		{ "/proc/.", false },
		{ "/opt/../proc", false },
		{ "/./", false },
		{ "/opt/..", false },
		{ "/opt//x", false },
		{ "/run", false },
		{ "/run/netns/", false },
		{ "/run/pam_net:/x", false },
		{ "/run/pam_net/sessions", false },
		{ "/run/x:/run/pam_netx:/opt/a/:/opt/.x/..y", true },
		{ "/sys", false },
		{ "/proc/x:/sysx:/x/sys", true },
	};
	static char longest[OPTIONS_HIDE_MAX + sizeof("hide=")];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[64];
		const char *words[] = { text, NULL };
		struct options options;

		row(rows[i].value);
		(void)snprintf(text, sizeof(text), "hide=%s", rows[i].value);
		options = parse(OPTIONS_NEWNET, words);
		check_number(options.verdict, rows[i].good
						      ? OPTIONS_CLEAR
						      : OPTIONS_DENY_MEMBERS);
		check(!options.hide == !rows[i].good);
	}
	for (int length = OPTIONS_HIDE_MAX - 1; length <= OPTIONS_HIDE_MAX;
	     length++) {
		const char *words[] = { longest, NULL };

		row(length < OPTIONS_HIDE_MAX ? "the longest" : "too long");
		(void)strcpy(longest, "hide=/");
		memset(longest + strlen("hide=/"), 'x', (size_t)length - 1);
		check_number(parse(OPTIONS_NEWNET, words).verdict,
			     length < OPTIONS_HIDE_MAX ? OPTIONS_CLEAR
						       : OPTIONS_DENY_MEMBERS);
	}
}

static void denies_members_for_other_bad_words(void **state)
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
		{ "a bare etc of another module",
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
		{ "open with a value",
		  OPTIONS_NEWNET,
		  { "open=yes" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "close with a value",
		  OPTIONS_NEWNET,
		  { "close=" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "open in another case",
		  OPTIONS_NEWNET,
		  { "Open" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "a log in quotes",
		  OPTIONS_NEWNET,
		  { "log=\"/var/log/net\"" },
		  OPTIONS_DENY_MEMBERS,
		  0 },
		{ "the rest of a group that libpam has cut at the blank",
		  OPTIONS_NEWNET,
		  { "group=domain", "users" },
		  OPTIONS_DENY_MEMBERS,
		  1 },
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
	check_lines(lines, COUNT(lines));
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
	check(options.why == NULL);
}

/* As [group=domain users] reaches the module. */
static void takes_blanks_and_quotes_within_a_group(void **state)
{
	static const char *const groups[] = { "domain users", "DOM\\o'brien",
					      "a\"b", " " };

	(void)state;
	for (size_t i = 0; i < COUNT(groups); i++) {
		char word[64];
		const char *words[] = { word, NULL };
		struct options options;

		row(groups[i]);
		(void)snprintf(word, sizeof(word), "group=%s", groups[i]);
		options = parse(OPTIONS_NEWNET, words);
		check_number(options.verdict, OPTIONS_CLEAR);
		check_text(options.group, groups[i]);
	}
	row(NULL);
}

static void tells_who_writes_quotes_to_write_brackets(void **state)
{
	static const struct {
		const char *word;
		bool advice;
	} rows[] = {
		{ "group=\"domain", true },   { "group='domain", true },
		{ "group=\"newnet\"", true }, { "users\"", true },
		{ "log=\"/x\"", true },	      { "group=", false },
		{ "bogus", false },	      { "log=x", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *words[] = { rows[i].word, NULL };
		struct options options = parse(OPTIONS_NEWNET, words);

		row(rows[i].word);
		check_text(options.word, rows[i].word);
		if (rows[i].advice)
			check_has(options.why, "[group=domain users]");
		else
			check_has_no(options.why, "[");
	}
	row(NULL);
}

static void takes_open_or_close_but_not_both(void **state)
{
	static const enum option_set modules[] = { OPTIONS_NEWNET,
						   OPTIONS_USERNET,
						   OPTIONS_GROUPNET };
	static const struct {
		const char *what;
		const char *words[WORDS_MAX];
		unsigned int flags;
		enum option_verdict verdict;
	} rows[] = {
		{ "open", { "open" }, OPTION_OPEN, OPTIONS_CLEAR },
		{ "close", { "close" }, OPTION_CLOSE, OPTIONS_CLEAR },
		{ "open twice", { "open", "open" }, OPTION_OPEN, OPTIONS_CLEAR },
		{ "open, close",
		  { "open", "close" },
		  OPTION_OPEN | OPTION_CLOSE,
		  OPTIONS_DENY_MEMBERS },
		{ "close, open",
		  { "close", "lodown", "open" },
		  OPTION_OPEN | OPTION_CLOSE | OPTION_LODOWN,
		  OPTIONS_DENY_MEMBERS },
		{ "and what is worse",
		  { "open", "close", "gruop=x" },
		  OPTION_OPEN | OPTION_CLOSE,
		  OPTIONS_DENY_ALL },
	};

	(void)state;
	for (size_t i = 0; i < 3 * COUNT(rows); i++) {
		struct options options =
			parse(modules[i % 3], rows[i / 3].words);

		row(rows[i / 3].what);
		check_number(options.flags, rows[i / 3].flags);
		check_number(options.verdict, rows[i / 3].verdict);
		check((options.word != NULL) ==
		      (options.verdict != OPTIONS_CLEAR));
		if (options.verdict == OPTIONS_DENY_MEMBERS)
			check_text(options.word, "open beside close");
	}
}

static void rules_have_neither_open_nor_close(void **state)
{
	static const enum option_set sets[] = { OPTIONS_RULE_NEW,
						OPTIONS_RULE_NAME,
						OPTIONS_RULE_HOST };
	static const char *const words[][2] = { { "open", NULL },
						{ "close", NULL } };

	(void)state;
	for (size_t i = 0; i < 6; i++)
		check_number(parse(sets[i / 2], words[i % 2]).verdict,
			     OPTIONS_DENY_MEMBERS);
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
	check_text(options.word, "group= beside config");
}

static void takes_programs_that_are_names_or_absolute_paths(void **state)
{
	static const enum option_set sets[] = {
		OPTIONS_NEWNET,	  OPTIONS_USERNET,   OPTIONS_GROUPNET,
		OPTIONS_RULE_NEW, OPTIONS_RULE_NAME,
	};
	static const struct {
		const char *value;
		bool good;
	} rows[] = {
		{ "veth", true },
		{ "rules,veth", true },
		{ "/usr/local/sbin/net", true },
		{ "rules,/opt/a-b_c.sh,veth", true },
		{ "0.A_-", true },
		{ "/opt/Zo\xc3\xab", true },
		{ "", false },
		{ ",", false },
		{ ",veth", false },
		{ "veth,", false },
		{ "rules,,veth", false },
		{ "sbin/net", false },
		{ "./net", false },
		{ "../net", false },
		{ "-net", false },
		{ ".net", false },
		{ "_net", false },
		{ "ne\xc3\xab", false },
		{ "rules,-net", false },
		{ "rules,../net", false },
		{ "ve:th", false },
		{ "/", false },
		{ "rules,/", false },
		{ "/opt/a b", false },
		{ "/opt/a\\b", false },
		{ "/opt/a\nb", false },
		{ "/opt/\x7f", false },
	};

	(void)state;
	for (size_t i = 0; i < 5 * COUNT(rows); i++) {
		char word[64];
		const char *words[] = { word, NULL };
		struct options options;

		row(rows[i / 5].value);
		(void)snprintf(word, sizeof(word), "init=%s",
			       rows[i / 5].value);
		options = parse(sets[i % 5], words);
		check_number(options.verdict, rows[i / 5].good
						      ? OPTIONS_CLEAR
						      : OPTIONS_DENY_MEMBERS);
		check(!options.init == !rows[i / 5].good);
		if (options.init)
			check_text(options.init, rows[i / 5].value);
	}
	row("for the host");
	check_number(parse(OPTIONS_RULE_HOST,
			   (const char *[]){ "init=veth", NULL })
			     .verdict,
		     OPTIONS_DENY_ALL);
	row("without a value");
	check_number(
		parse(OPTIONS_NEWNET, (const char *[]){ "init", NULL }).verdict,
		OPTIONS_DENY_MEMBERS);
	row(NULL);
}

static void takes_a_list_of_programs_of_1024_bytes(void **state)
{
	char word[4096];
	const char *words[] = { word, NULL };

	(void)state;
	memset(word, 'a', sizeof(word));
	memcpy(word, "init=", 5);
	word[5 + 1024] = '\0';
	check_number(parse(OPTIONS_NEWNET, words).verdict, OPTIONS_CLEAR);
	word[5 + 1024] = 'a';
	word[5 + 1025] = '\0';
	check_number(parse(OPTIONS_NEWNET, words).verdict,
		     OPTIONS_DENY_MEMBERS);
	word[5 + 1025] = 'a';
	word[4095] = '\0';
	check_number(parse(OPTIONS_NEWNET, words).verdict,
		     OPTIONS_DENY_MEMBERS);
}

static void takes_owner_where_it_is_one_user_s(void **state)
{
	static const struct {
		const char *what;
		enum option_set set;
		const char *words[WORDS_MAX];
		const char *why; /* NULL: it is taken */
	} rows[] = {
		{ "newnet", OPTIONS_NEWNET, { "owner" }, NULL },
		{ "usernet", OPTIONS_USERNET, { "owner" }, NULL },
		{ "usernet with a policy file",
		  OPTIONS_USERNET,
		  { "config", "owner" },
		  NULL },
		{ "a rule: new", OPTIONS_RULE_NEW, { "owner" }, NULL },
		{ "a rule: a name", OPTIONS_RULE_NAME, { "owner" }, NULL },
		{ "with veth",
		  OPTIONS_USERNET,
		  { "owner", "init=veth,/opt/x" },
		  NULL },
		{ "groupnet",
		  OPTIONS_GROUPNET,
		  { "debug", "owner" },
		  "one of its members" },
		{ "with rules",
		  OPTIONS_NEWNET,
		  { "init=veth,rules", "owner" },
		  "take the rules away" },
		{ "with wireguard",
		  OPTIONS_USERNET,
		  { "owner", "init=wireguard" },
		  "the key" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options = parse(rows[i].set, rows[i].words);

		row(rows[i].what);
		check(options.flags & OPTION_OWNER);
		check_number(options.verdict, rows[i].why ? OPTIONS_DENY_MEMBERS
							  : OPTIONS_CLEAR);
		if (rows[i].why)
			check_has(options.why, rows[i].why);
	}
	row("the host");
	check_number(parse(OPTIONS_RULE_HOST, (const char *[]){ "owner", NULL })
			     .verdict,
		     OPTIONS_DENY_MEMBERS);
	row(NULL);
}

static void empty_line_has_nothing(void **state)
{
	const char *words[] = { NULL };
	struct options options = parse(OPTIONS_USERNET, words);

	(void)state;
	check_number(options.verdict, OPTIONS_CLEAR);
	check_number(options.flags, 0);
	check(!options.group && !options.log && !options.etc && !options.word);
	check(!options.config && !options.why && !options.init);
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
		plain("the table has these arguments and no other",
		      table_has_these_arguments_only),
		plain("each flag is taken by its own modules only",
		      takes_each_flag_in_its_own_module),
		plain("no flag takes a value", takes_no_value_for_a_flag),
		plain("all are denied if it is in doubt whom the line is for",
		      denies_all_if_it_is_in_doubt_for_whom),
		plain("hide= takes none, or absolute paths",
		      takes_a_list_of_absolute_paths),
		plain("members are denied for words that cannot say whom the "
		      "line is for",
		      denies_members_for_other_bad_words),
		plain("all arguments of a line are understood",
		      understands_all_arguments_of_a_line),
		plain("a group may have blanks and quotes within",
		      takes_blanks_and_quotes_within_a_group),
		plain("who writes quotes is told to write brackets",
		      tells_who_writes_quotes_to_write_brackets),
		plain("a line has open or close, and not both",
		      takes_open_or_close_but_not_both),
		plain("rules have neither open nor close",
		      rules_have_neither_open_nor_close),
		plain("a line has a policy file or a group, and not both",
		      takes_a_policy_file_or_a_group),
		plain("programs are names or absolute paths",
		      takes_programs_that_are_names_or_absolute_paths),
		plain("a list of programs has at most 1024 bytes",
		      takes_a_list_of_programs_of_1024_bytes),
		plain("owner is taken where a namespace is one user's",
		      takes_owner_where_it_is_one_user_s),
		plain("an empty line has no flag and no value",
		      empty_line_has_nothing),
		plain("of two values the last one counts",
		      lets_the_last_of_two_values_count),
	};

	if (argc == 2 && !strcmp(argv[1], "--table"))
		return print_table();
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
