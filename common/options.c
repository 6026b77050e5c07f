/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of a module line. */
#include "options.h"
#include "name.h"

#include <string.h>

enum {
	MODULES = OPTIONS_NEWNET | OPTIONS_USERNET | OPTIONS_GROUPNET,
	RULES = OPTIONS_RULE_NEW | OPTIONS_RULE_NAME,
	NAMED = OPTIONS_USERNET | OPTIONS_GROUPNET | OPTIONS_RULE_NAME,
	NEW = OPTIONS_NEWNET | OPTIONS_RULE_NEW,
};

static bool is_not_empty(const char *value)
{
	return *value;
}

static bool is_absolute(const char *value)
{
	return *value == '/';
}

static const struct option table[] = {
	{ .name = "group",
	  .sets = MODULES,
	  .value = VALUE_NEEDED,
	  .at = offsetof(struct options, group),
	  .is_good = is_not_empty,
	  .about_whom = true },
	{ .name = "lodown", .sets = MODULES | RULES, .flag = OPTION_LODOWN },
	{ .name = "debug", .sets = MODULES, .flag = OPTION_DEBUG },
	{ .name = "log",
	  .sets = MODULES,
	  .value = VALUE_NEEDED,
	  .at = offsetof(struct options, log),
	  .is_good = is_absolute },
	{ .name = "announce",
	  .sets = MODULES | RULES | OPTIONS_RULE_HOST,
	  .flag = OPTION_ANNOUNCE },
	{ .name = "nomount", .sets = NEW, .flag = OPTION_NOMOUNT },
	{ .name = "etc",
	  .sets = NEW,
	  .value = VALUE_NEEDED,
	  .at = offsetof(struct options, etc),
	  .is_good = name_is_component },
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
	*ret_count = sizeof(table) / sizeof(table[0]);
	return table;
}

static const struct option *option_find(unsigned int sets, const char *word,
					size_t length)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct option *option = &table[i];

		if (option->sets & sets && *option->name == *word &&
		    strlen(option->name) == length &&
		    !strncmp(option->name, word, length))
			return option;
	}
	return NULL;
}

static void options_refuse(struct options *options, const char *word,
			   enum option_verdict verdict)
{
	if (verdict <= options->verdict)
		return;
	options->verdict = verdict;
	options->word = word;
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

void options_parse(unsigned int sets, int argc, const char *const argv[],
		   struct options *ret)
{
	*ret = (struct options){ .verdict = OPTIONS_CLEAR };
	for (int i = 0; i < argc; i++)
		options_refuse(ret, argv[i], word_take(ret, sets, argv[i]));
	/* One of both would be left out, and nobody can tell which. */
	if (ret->group && ret->flags & OPTION_CONFIG)
		options_refuse(ret, "group= beside config", OPTIONS_DENY_ALL);
}
