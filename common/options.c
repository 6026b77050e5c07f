/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of a module line. */
#include "options.h"
#include "count.h"
#include "name.h"
#include "plan.h"

#include <string.h>

enum {
	MODULES = OPTIONS_NEWNET | OPTIONS_USERNET | OPTIONS_GROUPNET,
	RULES = OPTIONS_RULE_NEW | OPTIONS_RULE_NAME,
	NAMED = OPTIONS_USERNET | OPTIONS_GROUPNET | OPTIONS_RULE_NAME,
	NEW = OPTIONS_NEWNET | OPTIONS_RULE_NEW,
};

static bool is_group_name(const char *value)
{
	return *value && *value != '"' && *value != '\'';
}

static bool is_absolute(const char *value)
{
	return *value == '/';
}

/* Whether no component of an absolute path is empty, "." or "..". */
static bool is_plain_path(const char *path, size_t length)
{
	const char *end = path + length;

	while (path < end) {
		size_t part = 0;

		path++;
		while (path + part < end && path[part] != '/')
			part++;
		if (part == 0 || !strncmp(path, "..", part))
			return false;
		path += part;
	}
	return true;
}

/* An absolute path, but none without which there would be no session. */
static bool is_path_to_hide(const char *path, size_t length)
{
	static const char *const needed[] = { "",	    "/proc",
					      "/sys",	    "/run",
					      "/run/netns", "/run/pam_net" };

	if (length == 0 || *path != '/')
		return false;
	while (length > 0 && path[length - 1] == '/')
		length--;
	for (size_t i = 0; i < COUNT(needed); i++)
		if (length == strlen(needed[i]) &&
		    !memcmp(path, needed[i], length))
			return false;
	/* Records are written there from inside, too. */
	if (!strncmp(path, "/run/pam_net/", sizeof("/run/pam_net/") - 1))
		return false;
	return is_plain_path(path, length);
}

/* "none", or paths between colons. */
static bool is_list_of_paths(const char *value)
{
	if (!strcmp(value, "none"))
		return true;
	if (strlen(value) >= OPTIONS_HIDE_MAX)
		return false;
	for (const char *path = value;; path++) {
		size_t length = strcspn(path, ":");

		if (!is_path_to_hide(path, length))
			return false;
		path += length;
		if (!*path)
			return true;
	}
}

/* A bare name is one of the package's own. */
static bool is_program(const char *word, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789";
	static const char all[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._-";

	if (length == 0)
		return false;
	if (*word == '/')
		return length > 1;
	return strspn(word, letters) > 0 && strspn(word, all) >= length;
}

static bool is_program_list(const char *value)
{
	if (strlen(value) > PLAN_INIT_MAX)
		return false;
	for (const char *c = value; *c; c++)
		if (is_control(*c) || *c == ' ' || *c == '\\')
			return false;
	for (;;) {
		size_t length = strcspn(value, ",");

		if (!is_program(value, length))
			return false;
		if (!value[length])
			return true;
		value += length + 1;
	}
}

static const struct option table[] = {
	{ .name = "group",
	  .sets = MODULES,
	  .value = VALUE_NEEDED,
	  .at = offsetof(struct options, group),
	  .is_good = is_group_name,
	  .about_whom = true },
	{ .name = "lodown", .sets = MODULES | RULES, .flag = OPTION_LODOWN },
	{ .name = "debug", .sets = MODULES, .flag = OPTION_DEBUG },
	{ .name = "log",
	  .sets = MODULES,
	  .value = VALUE_NEEDED,
	  .at = offsetof(struct options, log),
	  .is_good = is_absolute },
	{ .name = "open", .sets = MODULES, .flag = OPTION_OPEN },
	{ .name = "close", .sets = MODULES, .flag = OPTION_CLOSE },
	{ .name = "announce",
	  .sets = MODULES | RULES | OPTIONS_RULE_HOST,
	  .flag = OPTION_ANNOUNCE },
	{ .name = "nomount", .sets = NEW, .flag = OPTION_NOMOUNT },
	{ .name = "etc",
	  .sets = NEW,
	  .value = VALUE_NEEDED,
	  .at = offsetof(struct options, etc),
	  .is_good = name_is_component },
	{ .name = "hide",
	  .sets = MODULES | RULES,
	  .value = VALUE_NEEDED,
	  .at = offsetof(struct options, hide),
	  .is_good = is_list_of_paths },
	{ .name = "init",
	  .sets = MODULES | RULES,
	  .value = VALUE_NEEDED,
	  .at = offsetof(struct options, init),
	  .is_good = is_program_list },
	{ .name = "owner", .sets = MODULES | RULES, .flag = OPTION_OWNER },
	{ .name = "rootshared", .sets = NAMED, .flag = OPTION_ROOTSHARED },
	{ .name = "config",
	  .sets = OPTIONS_USERNET,
	  .flag = OPTION_CONFIG,
	  .value = VALUE_OPTIONAL,
	  .at = offsetof(struct options, config),
	  .is_good = is_absolute,
	  .about_whom = true },
};

const struct option *options_table(size_t *ret_count)
{
	*ret_count = COUNT(table);
	return table;
}

static const struct option *option_find(unsigned int sets, const char *word,
					size_t length)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct option *option = &table[i];

		if (option->sets & sets && *option->name == *word &&
		    strlen(option->name) == length &&
		    !strncmp(option->name, word, length))
			return option;
	}
	return NULL;
}

static void options_refuse(struct options *options, const char *word,
			   enum option_verdict verdict, const char *why)
{
	if (verdict <= options->verdict)
		return;
	options->verdict = verdict;
	options->word = word;
	options->why = why;
}

static const char *word_explain(const char *word)
{
	return strpbrk(word, "\"'")
		       ? "libpam takes no quotes, write brackets around the "
			 "whole argument: [group=domain users]"
		       : "it is unknown, or its value is bad";
}

/* Returns whether the value (NULL: the word has none) is a good one. */
static bool option_take(struct options *options, const struct option *option,
			const char *value)
{
	options->flags |= option->flag;
	if (!value)
		return option->value != VALUE_NEEDED;
	if (option->value == VALUE_NONE || !option->is_good(value))
		return false;
	*(const char **)((char *)options + option->at) = value;
	return true;
}

static enum option_verdict word_take(struct options *options, unsigned int sets,
				     const char *word)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct option *option = option_find(sets, word, length);

	if (!option)
		return equals ? OPTIONS_DENY_ALL : OPTIONS_DENY_MEMBERS;
	if (option_take(options, option, equals ? equals + 1 : NULL))
		return OPTIONS_CLEAR;
	return option->about_whom ? OPTIONS_DENY_ALL : OPTIONS_DENY_MEMBERS;
}

const char *options_owner_conflict(const char *init)
{
	if (init && name_is_in_list("rules", init))
		return "the user could take the rules away";
	if (init && name_is_in_list("wireguard", init))
		return "the user would have the key, and could send "
		       "everything elsewhere";
	return NULL;
}

/* What a namespace that belongs to its user cannot be. */
static void owner_check(unsigned int sets, struct options *options)
{
	const char *why = options_owner_conflict(options->init);

	if (sets & OPTIONS_GROUPNET)
		options_refuse(options, "owner", OPTIONS_DENY_MEMBERS,
			       "a namespace of a group cannot belong to one "
			       "of its members");
	if (why)
		options_refuse(options, "owner beside init",
			       OPTIONS_DENY_MEMBERS, why);
}

void options_parse(unsigned int sets, int argc, const char *const argv[],
		   struct options *ret)
{
	*ret = (struct options){ .verdict = OPTIONS_CLEAR };
	for (int i = 0; i < argc; i++)
		options_refuse(ret, argv[i], word_take(ret, sets, argv[i]),
			       word_explain(argv[i]));
	/* One of both would be left out, and nobody can tell which. */
	if (ret->group && ret->flags & OPTION_CONFIG)
		options_refuse(ret, "group= beside config", OPTIONS_DENY_ALL,
			       "only one of them can decide");
	if (ret->flags & OPTION_OPEN && ret->flags & OPTION_CLOSE)
		options_refuse(ret, "open beside close", OPTIONS_DENY_MEMBERS,
			       "a line has one of them or neither");
	if (ret->flags & OPTION_OWNER)
		owner_check(sets, ret);
}

bool options_close_only(const struct options *options)
{
	return (options->flags & (OPTION_OPEN | OPTION_CLOSE)) == OPTION_CLOSE;
}
