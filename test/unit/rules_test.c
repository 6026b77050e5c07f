/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a policy file. */
#include "common/rules.h"
#include "sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int parse_bytes(const char *bytes, size_t size, struct rules *rules,
		       struct rules_error *error)
{
	char *text = malloc(size + 1);

	check(text != NULL);
	memcpy(text, bytes, size);
	text[size] = '\0';
	return rules_parse(rules, strdup("netns.conf"), text, size, error);
}

static int parse(const char *text, struct rules *rules,
		 struct rules_error *error)
{
	return parse_bytes(text, strlen(text), rules, error);
}

static void line_says_who_service_and_namespace(void **state)
{
	static const struct {
		const char *line;
		enum who who;
		const char *pattern; /* NULL: not looked at */
		id_t first;
		id_t last;
		unsigned int services;
		enum plan_kind kind;
		const char *name;
		unsigned int flags;
	} rows[] = {
		{ "alice * vpn", WHO_USER, "alice", 0, 0, 1, PLAN_NAMED, "vpn",
		  0 },
		{ "alice ns0", WHO_USER, "alice", 0, 0, 1, PLAN_NAMED, "ns0",
		  0 },
		{ "\t alice\t*  vpn # a comment", WHO_USER, "alice", 0, 0, 1,
		  PLAN_NAMED, "vpn", 0 },
		{ "@students sshd,login %u lodown", WHO_GROUP, "students", 0, 0,
		  2, PLAN_NAMED, "%u", OPTION_LODOWN },
		{ "@groupnet-* * %1", WHO_GROUP, "groupnet-*", 0, 0, 1,
		  PLAN_NAMED, "%1", 0 },
		{ "*-host sshd host", WHO_USER, "*-host", 0, 0, 1, PLAN_HOST,
		  NULL, 0 },
		{ "70000:79999 * new", WHO_UID, NULL, 70000, 79999, 1, PLAN_NEW,
		  NULL, 0 },
		{ "70000: * new", WHO_UID, NULL, 70000, (id_t)-2, 1, PLAN_NEW,
		  NULL, 0 },
		{ ":999 * -", WHO_UID, NULL, 0, 999, 1, PLAN_LEAVE, NULL, 0 },
		{ "@100:200 * new", WHO_GID, NULL, 100, 200, 1, PLAN_NEW, NULL,
		  0 },
		{ "root su,sudo host", WHO_USER, "root", 0, 0, 2, PLAN_HOST,
		  NULL, 0 },
		{ "* cron -", WHO_ANYONE, NULL, 0, 0, 1, PLAN_LEAVE, NULL, 0 },
		{ "* * %1", WHO_ANYONE, NULL, 0, 0, 1, PLAN_NAMED, "%1", 0 },
		{ "a * new nomount etc=x announce", WHO_USER, "a", 0, 0, 1,
		  PLAN_NEW, NULL, OPTION_NOMOUNT | OPTION_ANNOUNCE },
		{ "a * x rootshared", WHO_USER, "a", 0, 0, 1, PLAN_NAMED, "x",
		  OPTION_ROOTSHARED },
		{ "Alice sshd VPN", WHO_USER, "Alice", 0, 0, 1, PLAN_NAMED,
		  "VPN", 0 },
		{ "DOM\\a#b * x#y", WHO_USER, "DOM\\a#b", 0, 0, 1, PLAN_NAMED,
		  "x#y", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rules rules = RULES_NONE;
		struct rules_error error;
		const struct rule *rule;

		row(rows[i].line);
		check_result(parse(rows[i].line, &rules, &error), 0);
		check_number(rules.count, 1);
		rule = &rules.list[0];
		check_number(rule->who, rows[i].who);
		if (rows[i].pattern)
			check_text(rule->pattern, rows[i].pattern);
		if (rows[i].who == WHO_UID || rows[i].who == WHO_GID) {
			check_number(rule->first, rows[i].first);
			check_number(rule->last, rows[i].last);
		}
		check_number(rule->service_count, rows[i].services);
		check_number(rule->kind, rows[i].kind);
		if (rows[i].name)
			check_text(rule->name, rows[i].name);
		check_number(rule->options.flags, rows[i].flags);
		rules_release(&rules);
	}
}

/* libpam makes small letters of them. */
static void capital_that_a_service_needs_is_refused(void **state)
{
	static const struct {
		const char *services;
		bool good;
	} rows[] = {
		{ "sshd", true },	 { "[A-Z]*", false },
		{ "[!A-Z]*", true },	 { "[^A-Z]sshd", true },
		{ "[a-zA-Z]shd", true }, { "[[A]*", true },
		{ "su,[A-Z]*", false },	 { "sshd-\xc3\x84", true },
		{ "[S]shd", false },	 { "[Ss]shd", true },
		{ "[!a-z]shd", true },	 { "[B-A]*", true },
		{ "[@-[]*", true },	 { "sshd[A]", false },
		{ "SSHD", false },	 { "sshD", false },
		{ "su,Sudo", false },	 { "SU,sudo", false },
		{ "[a-z]A", false },	 { "A[a-z]", false },
		{ "[A-Z]A", false },	 { "[A]x[B]Y", false },
		{ "[[]A", false },	 { "*A", false },
		{ "[A-Z],B", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rules rules = RULES_NONE;
		struct rules_error error;
		char line[64];

		row(rows[i].services);
		(void)snprintf(line, sizeof(line), "Alice %s VPN",
			       rows[i].services);
		check_result(parse(line, &rules, &error),
			     rows[i].good ? 0 : -EINVAL);
		if (!rows[i].good) {
			check_number(error.line, 1);
			check_has(rows[i].services, error.word);
			check_has(error.why, "capital");
		}
		rules_release(&rules);
	}
	row(NULL);
}

/* As in glob(7): a ']' that comes first is one of the characters. */
static void bracket_that_begins_with_a_bracket_may_have_capitals(void **state)
{
	static const char *const lines[] = { "alice []A]x new",
					     "alice [!]A-Z]x new",
					     "alice [^]A-Z]x new" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct rules rules = RULES_NONE;
		struct rules_error error;

		row(lines[i]);
		check_result(parse(lines[i], &rules, &error), 0);
		rules_release(&rules);
	}
	row(NULL);
}

/*
 * It is cut at the comma, and neither half is a pattern: no service would match
 * it, which lets its members out.
 */
static void comma_in_brackets_of_a_service_is_refused(void **state)
{
	static const char *const lines[] = { "alice ss[h,d]x new",
					     "alice [su,sshd] new",
					     "alice su,a[,]b new" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct rules rules = RULES_NONE;
		struct rules_error error;

		row(lines[i]);
		check_result(parse(lines[i], &rules, &error), -EINVAL);
		check_number(error.line, 1);
		rules_release(&rules);
	}
	row(NULL);
}

static void file_is_refused_with_line_and_word(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *word;
	} rows[] = {
		{ "alice", 1, "alice" },
		{ "# x\n\nalice * vpn\nbob", 4, "bob" },
		{ "5:3 * new", 1, "5:3" },
		{ ": * new", 1, ":" },
		{ "1:x * new", 1, "1:x" },
		{ "1:99999999999 * new", 1, "1:99999999999" },
		{ "1:4294967295 * new", 1, "1:4294967295" },
		{ "@ * new", 1, "@" },
		{ "@a:b * new", 1, "@a:b" },
		{ "al[ice * new", 1, "al[ice" },
		{ "alice sshd,, new", 1, "sshd,," },
		{ "alice ,sshd new", 1, ",sshd" },
		{ "alice ss[hd new", 1, "ss[hd" },
		{ "alice * a/b", 1, "a/b" },
		{ "alice * a/%u", 1, "a/%u" },
		{ "alice * ..", 1, ".." },
		{ "alice * %x", 1, "%x" },
		{ "alice * a%", 1, "a%" },
		{ "alice * %1", 1, "%1" },
		{ "1:2 * %1", 1, "%1" },
		{ "alice * vpn lodwn", 1, "lodwn" },
		{ "alice * vpn group=x", 1, "group=x" },
		{ "alice * vpn debug", 1, "debug" },
		{ "alice * vpn nomount", 1, "nomount" },
		{ "alice * new rootshared", 1, "rootshared" },
		{ "alice * new etc=a/b", 1, "etc=a/b" },
		{ "alice * - announce", 1, "announce" },
		{ "alice ns0 lodown", 1, "lodown" },
		{ "alice * vpn\r\nbob * vpn", 1, "vpn\r" },
		{ "alice * vpn owner", 1, "owner" },
		{ "@groupnet-* * %1 owner", 1, "owner" },
		{ "* * %g owner", 1, "owner" },
		{ "* * %%u owner", 1, "owner" },
		{ "* * %s%%%%U owner", 1, "owner" },
		{ "alice * host owner", 1, "owner" },
		{ "alice * - owner", 1, "owner" },
		{ "alice * new owner init=rules", 1, "owner" },
		{ "alice * %u init=veth,wireguard owner", 1, "owner" },
		{ "a b c d e f g h i j k l m n o p q r", 1, "p" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rules rules = RULES_NONE;
		struct rules_error error;

		row(rows[i].text);
		check_result(parse(rows[i].text, &rules, &error), -EINVAL);
		check_text(error.file, "netns.conf");
		check_number(error.line, rows[i].line);
		check_text(error.word, rows[i].word);
		check(error.why != NULL);
		rules_release(&rules);
	}
}

/* As some editors write it. */
static void byte_order_mark_is_no_part_of_a_word(void **state)
{
	struct rules rules = RULES_NONE;
	struct rules_error error;

	(void)state;
	check_result(parse("\xef\xbb\xbf@usernet * vpn\nbob new", &rules,
			   &error),
		     0);
	check_number(rules.count, 2);
	check_number(rules.list[0].who, WHO_GROUP);
	check_text(rules.list[0].pattern, "usernet");
	rules_release(&rules);
}

static void option_is_refused_with_what_it_is_no_option_of(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
		{ "alice * vpn lodwn", "no option for a name" },
		{ "alice * new rootshared", "no option for 'new'" },
		{ "alice * host owner", "no option for 'host'" },
		{ "alice * - announce", "'-' takes no options" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rules rules = RULES_NONE;
		struct rules_error error;

		row(rows[i].text);
		check_result(parse(rows[i].text, &rules, &error), -EINVAL);
		check_has(error.why, rows[i].why);
		rules_release(&rules);
	}
	row(NULL);
}

static void owner_is_for_what_is_one_user_s(void **state)
{
	static const char *const lines[] = {
		"alice * new owner",
		"* * %u owner",
		"* * %U owner init=veth",
		"* * lab-%u owner lodown",
		"* * %%%u owner",
		"* * %%%%-%U owner",
		"* * %s%g-%u owner hide=none",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct rules rules = RULES_NONE;
		struct rules_error error;

		row(lines[i]);
		check_result(parse(lines[i], &rules, &error), 0);
		check_number(rules.count, 1);
		check(rule_is_of_one_user(&rules.list[0]));
		rules_release(&rules);
	}
	row(NULL);
}

static void nul_byte_is_refused(void **state)
{
	static const char text[] = "alice * vpn\nbob * \0vpn\n";
	struct rules rules = RULES_NONE;
	struct rules_error error;

	(void)state;
	check_result(parse_bytes(text, sizeof(text) - 1, &rules, &error),
		     -EINVAL);
	check_number(error.line, 2);
	rules_release(&rules);
}

/* Whatever is cut off, a file is understood or refused, never half. */
static void file_cut_anywhere_is_understood_or_refused(void **state)
{
	static const char text[] =
		"root su,sudo host # x\n@groupnet-* * %1 announce\n"
		"70000:79999 * new etc=a\n[a-z]*-host sshd host\nalice ns0\n";

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		struct rules rules = RULES_NONE;
		struct rules_error error;
		int r = parse_bytes(text, size, &rules, &error);

		check(r == 0 || r == -EINVAL);
		check(rules.count <= 5);
		rules_release(&rules);
	}
}

static void expect_load(const char *path, int result, const char *file)
{
	struct rules rules;
	struct rules_error error = { .file = "" };

	check_result(rules_load(path, &rules, &error), result);
	if (result < 0)
		check_text(error.file, file);
	rules_release(&rules);
}

static void default_files_are_read_in_order(void)
{
	struct rules rules;
	struct rules_error error;

	make_directory("/etc/security", 0755);
	expect_load(NULL, -ENOENT, RULES_FILE);
	make_directory(RULES_DIRECTORY, 0755);
	expect_load(NULL, -ENOENT, RULES_FILE);
	make_file(RULES_DIRECTORY "/20.conf", 0644, "c * c\n");
	make_file(RULES_DIRECTORY "/10.conf", 0644, "b * b");
	make_file(RULES_DIRECTORY "/30.conf~", 0644, "bad\n");
	make_file(RULES_DIRECTORY "/.x.conf", 0644, "bad\n");
	expect_load(NULL, 0, NULL);
	make_file(RULES_FILE, 0644, "a * a\n");
	check_result(rules_load(NULL, &rules, &error), 0);
	check_number(rules.count, 3);
	check_text(rules.list[0].name, "a");
	check_text(rules.list[1].name, "b");
	check_text(rules.list[2].name, "c");
	check_text(rules.list[2].file, RULES_DIRECTORY "/20.conf");
	rules_release(&rules);
	make_file(RULES_DIRECTORY "/20.conf", 0644, "c\n");
	expect_load(NULL, -EINVAL, RULES_DIRECTORY "/20.conf");
	make_file(RULES_DIRECTORY "/20.conf", 0666, "c * c\n");
	check(chmod(RULES_DIRECTORY "/20.conf", 0666) == 0);
	expect_load(NULL, -EPERM, RULES_DIRECTORY "/20.conf");
}

static void file_that_cannot_be_read_is_named(void)
{
	static const char path[] = "/etc/rules";
	static const struct {
		const char *what;
		mode_t mode;
		const char *link;
		int result;
	} rows[] = {
		{ "no such file", 0, NULL, -ENOENT },
		{ "others can write it", 0646, NULL, -EPERM },
		{ "a symbolic link", 0, "/etc/passwd", -ELOOP },
		{ "a directory", S_IFDIR | 0755, NULL, -EISDIR },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rules rules;
		struct rules_error error = { .line = 7 };

		row(rows[i].what);
		if (rows[i].link)
			make_link(path, rows[i].link);
		else if (S_ISDIR(rows[i].mode))
			make_directory(path, 0755);
		else if (rows[i].mode)
			make_file(path, rows[i].mode, "a * b\n");
		check_result(rules_load(path, &rules, &error), rows[i].result);
		check_text(error.file, path);
		check_number(error.line, 0);
		check_text(error.word, "");
		check_number(rules.count, 0);
		rules_release(&rules);
		(void)unlink(path);
	}
}

static void ten_thousand_lines_are_read(void **state)
{
	struct rules rules = RULES_NONE;
	struct rules_error error;
	char *text = malloc(10000 * 32);
	size_t size = 0;

	(void)state;
	check(text != NULL);
	for (int i = 0; i < 10000; i++)
		size += (size_t)sprintf(text + size, "user%d * ns%d\n", i, i);
	check_result(rules_parse(&rules, strdup("x"), text, size, &error), 0);
	check_number(rules.count, 10000);
	check_text(rules.list[9999].name, "ns9999");
	rules_release(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("a line says who, service and namespace",
		      line_says_who_service_and_namespace),
		plain("a capital that a service needs is refused",
		      capital_that_a_service_needs_is_refused),
		plain("a capital behind a ']' that comes first in brackets is "
		      "inside them",
		      bracket_that_begins_with_a_bracket_may_have_capitals),
		plain("a comma in brackets of a service is refused",
		      comma_in_brackets_of_a_service_is_refused),
		plain("a bad file is refused with line and word",
		      file_is_refused_with_line_and_word),
		plain("a byte order mark is no part of a word",
		      byte_order_mark_is_no_part_of_a_word),
		plain("an option is refused with what it is no option of",
		      option_is_refused_with_what_it_is_no_option_of),
		plain("owner is for what is one user's",
		      owner_is_for_what_is_one_user_s),
		plain("a NUL byte is refused", nul_byte_is_refused),
		plain("a file cut anywhere is understood or refused",
		      file_cut_anywhere_is_understood_or_refused),
		plain("10,000 lines are read", ten_thousand_lines_are_read),
		sandboxed("the default files are read in the order of names",
			  default_files_are_read_in_order),
		sandboxed("a file that cannot be read is named without a line",
			  file_that_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
