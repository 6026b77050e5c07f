/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of a module line. */
#include "options.h"
#include "name.h"

#include <string.h>

static const struct option table[] = {
	{ "group", OPTIONS_NEWNET | OPTIONS_USERNET, 0 },
	{ "lodown", OPTIONS_NEWNET | OPTIONS_USERNET, OPTION_LODOWN },
	{ "debug", OPTIONS_NEWNET | OPTIONS_USERNET, OPTION_DEBUG },
	{ "log", OPTIONS_NEWNET | OPTIONS_USERNET, 0 },
	{ "announce", OPTIONS_NEWNET | OPTIONS_USERNET, OPTION_ANNOUNCE },
	{ "nomount", OPTIONS_NEWNET, OPTION_NOMOUNT },
	{ "etc", OPTIONS_NEWNET, 0 },
	{ "rootshared", OPTIONS_USERNET, OPTION_ROOTSHARED },
};

const struct option *options_table(size_t *ret_count)
{
	*ret_count = sizeof(table) / sizeof(table[0]);
	return table;
}

static const struct option *option_find(enum option_set set, const char *word,
					size_t length)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct option *option = &table[i];

		if (option->sets & set && strlen(option->name) == length &&
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

/* Takes a value; an empty or missing one (NULL) is never good. */
static enum option_verdict option_set_value(struct options *options,
					    const char *name,
					    const char *value)
{
	bool given = value && *value;

	/* A line without its group cannot tell whom it is for. */
	if (!strcmp(name, "group")) {
		options->group = value;
		return given ? OPTIONS_CLEAR : OPTIONS_DENY_ALL;
	}
	if (!strcmp(name, "log")) {
		if (!given || *value != '/')
			return OPTIONS_DENY_MEMBERS;
		options->log = value;
		return OPTIONS_CLEAR;
	}
	/* etc */
	if (!name_is_component(value))
		return OPTIONS_DENY_MEMBERS;
	options->etc = value;
	return OPTIONS_CLEAR;
}

static enum option_verdict option_take(struct options *options,
				       enum option_set set, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct option *option = option_find(set, word, length);

	if (!option)
		return equals ? OPTIONS_DENY_ALL : OPTIONS_DENY_MEMBERS;
	if (!option->flag)
		return option_set_value(options, option->name,
					equals ? equals + 1 : NULL);
	if (equals)
		return OPTIONS_DENY_MEMBERS;
	options->flags |= option->flag;
	return OPTIONS_CLEAR;
}

void options_parse(enum option_set set, int argc, const char *const argv[],
		   struct options *ret)
{
	*ret = (struct options){ .verdict = OPTIONS_CLEAR };
	for (int i = 0; i < argc; i++)
		options_refuse(ret, argv[i], option_take(ret, set, argv[i]));
}
