/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy file: accepted rules are complete, errors have a line. */
#include "common/glob.h"
#include "common/name.h"
#include "common/rules.h"
#include "fuzz.h"

#include <errno.h>
#include <string.h>

static void check_rule(const struct rule *rule, unsigned int line)
{
	const char *service = rule->services;

	PROPERTY(rule->line > line);
	PROPERTY(rule->pattern && *rule->pattern);
	PROPERTY(rule->options.verdict == OPTIONS_CLEAR);
	PROPERTY(!rule->options.group && !rule->options.log &&
		 !rule->options.config);
	PROPERTY(rule->service_count > 0);
	for (unsigned int i = 0; i < rule->service_count; i++) {
		PROPERTY(*service);
		service += strlen(service) + 1;
	}
	if (rule->who == WHO_UID || rule->who == WHO_GID)
		PROPERTY(rule->first <= rule->last && rule->last != (id_t)-1);
	if (rule->who == WHO_USER || rule->who == WHO_GROUP)
		PROPERTY(glob_is_valid(rule->pattern));
	if (rule->kind == PLAN_NAMED)
		PROPERTY(rule->name && *rule->name && !strchr(rule->name, '/'));
	if (rule->kind == PLAN_NAMED && !strchr(rule->name, '%'))
		PROPERTY(name_is_component(rule->name));
	if (rule->kind == PLAN_LEAVE)
		PROPERTY(rule->options.flags == 0 && !rule->options.etc);
}

static unsigned int count_lines(const uint8_t *data, size_t size)
{
	unsigned int lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rules rules = RULES_NONE;
	struct rules_error error;
	char *file = strdup("file");
	unsigned int line = 0;
	int r;

	PROPERTY(file);
	r = rules_parse(&rules, file, fuzz_text(data, size), size, &error);
	PROPERTY(r == 0 || r == -EINVAL);
	if (r == -EINVAL) {
		PROPERTY(error.why && error.word && error.file);
		PROPERTY(error.line > 0 &&
			 error.line <= count_lines(data, size));
	}
	for (size_t i = 0; r == 0 && i < rules.count; i++) {
		check_rule(&rules.list[i], line);
		line = rules.list[i].line;
	}
	rules_release(&rules);
	PROPERTY(!rules.list && !rules.texts);
	return 0;
}
