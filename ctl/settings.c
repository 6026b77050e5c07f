/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that lead to a namespace, and what they say of it. */
#include "settings.h"
#include "common/scope.h"
#include "grow.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Where a line stands, and which names it leads to. */
struct place {
	const char *file;
	unsigned int first;
	unsigned int last;
	const struct stack_line *line; /* or the one that leads to the rule */
	const struct rule *rule;       /* NULL: it is none */
	bool is_idle;	  /* a rule that this line never leads to */
	const char *name; /* with %u and the like; NULL: none */
};

/* ---- finding them ---- */

static char *setting_copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void setting_release(struct setting *setting)
{
	free(setting->where);
	free(setting->file);
	free(setting->name);
	free(setting->pattern);
	free(setting->init);
	free(setting->hide);
	free(setting->etc);
}

bool setting_texts_equal(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* Whether it is the same line, and says the same by whatever leads to it. */
static bool setting_is(const struct setting *a, const struct setting *b)
{
	return setting_texts_equal(a->where, b->where) &&
	       setting_texts_equal(a->init, b->init) &&
	       setting_texts_equal(a->hide, b->hide) && a->owned == b->owned &&
	       a->is_idle == b->is_idle && a->nomount == b->nomount &&
	       a->rootshared == b->rootshared;
}

static char *setting_pattern(const struct place *place,
			     const struct options *options)
{
	const struct module *module = line_module(place->line);

	if (place->rule)
		return setting_copy(place->rule->pattern);
	return module->by == POLICY_GROUP_NAME
		       ? text_of("%s-*", options->group ? options->group
							: module->group)
		       : NULL;
}

static struct setting setting_make(const struct place *place,
				   const struct options *options,
				   const struct options *line)
{
	const unsigned int no_mounts = OPTION_NOMOUNT | OPTION_ROOTSHARED;
	unsigned int flags = options->flags | line->flags;

	return (struct setting){
		.where = text_of("%s:%u", place->file, place->first),
		.file = setting_copy(place->file),
		.first = place->first,
		.last = place->last,
		.line = place->line,
		.is_rule = place->rule,
		.is_idle = place->is_idle,
		.has_rules = options->flags & OPTION_CONFIG,
		.name = setting_copy(place->name),
		.pattern = setting_pattern(place, options),
		.of_groups = !place->rule || place->rule->who == WHO_GROUP,
		.init = setting_copy(options->init ? options->init
						   : line->init),
		.hide = setting_copy(options->hide ? options->hide
						   : line->hide),
		.etc = setting_copy(options->etc ? options->etc : line->etc),
		.init_is_of_line = !options->init && line->init,
		.hide_is_of_line = !options->hide && line->hide,
		.owner_is_of_line = !(options->flags & OPTION_OWNER),
		.mounts_are_of_line = !(options->flags & no_mounts),
		.owned = flags & OPTION_OWNER,
		.nomount = flags & OPTION_NOMOUNT,
		.rootshared = flags & OPTION_ROOTSHARED,
	};
}

/*
 * Each line once, and a rule once for all lines that make the same of it. line:
 * the arguments of the line that leads to a rule, which count where the rule
 * has none. Without memory it is left out, and report tells so.
 */
static void setting_add(struct report *report, struct settings *settings,
			const struct place *place,
			const struct options *options,
			const struct options *line)
{
	struct setting *grown =
		list_grow(settings->list, settings->count, sizeof(*grown));
	struct setting setting;

	if (!grown) {
		report->failed = true;
		return;
	}
	settings->list = grown;
	setting = setting_make(place, options, line);
	if (!setting.where) {
		setting_release(&setting);
		report->failed = true;
		return;
	}
	for (size_t i = 0; i < settings->count; i++) {
		if (setting_is(&grown[i], &setting)) {
			setting_release(&setting);
			return;
		}
	}
	grown[settings->count++] = setting;
}

bool settings_service_has(const char *service, const struct stack_line *line)
{
	const struct stack_source source = system_source();
	struct stack stack;
	bool has = false;

	if (stack_read(&source, service, STACK_SESSION, &stack) == 0)
		for (size_t i = 0; !has && i < stack.count; i++)
			has = stack.lines[i].line == line->line &&
			      !strcmp(stack.lines[i].file, line->file);
	stack_release(&stack);
	return has;
}

/* Whether each of the services has a line: to be freed; NULL: no memory. */
static bool *services_look(const struct settings *settings,
			   const struct stack_line *line)
{
	bool *have = calloc(settings->service_count + 1, sizeof(*have));

	for (size_t i = 0; have && i < settings->service_count; i++)
		have[i] = settings_service_has(settings->services[i], line);
	return have;
}

/* Whether no service that has the line is one that a rule is for. */
static bool rule_is_idle(const struct settings *settings,
			 const struct rule *rule, const bool *have)
{
	bool all = rule->service_count == 1 && !strcmp(rule->services, "*");
	bool idle = !all && settings->service_count > 0;

	for (size_t i = 0; idle && i < settings->service_count; i++)
		idle = !have[i] ||
		       !policy_rule_has_service(rule, settings->services[i]);
	return idle;
}

static void settings_add_rules(struct report *report, struct settings *settings,
			       const struct stack_line *line,
			       const struct options *options)
{
	scoped_free bool *have = services_look(settings, line);
	struct rules rules = RULES_NONE;
	struct failure failure;
	int r;

	if (!have) {
		report->failed = true;
		return;
	}
	r = policy_read_rules(options, &rules, &failure);
	for (size_t i = 0; r == 0 && i < rules.count; i++) {
		const struct rule *rule = &rules.list[i];
		const struct place place = {
			.file = rule->file,
			.first = rule->line,
			.last = rule->line,
			.line = line,
			.rule = rule,
			.is_idle = rule_is_idle(settings, rule, have),
			.name = rule->kind == PLAN_NAMED ? rule->name : NULL,
		};

		if (rule->kind == PLAN_NAMED || rule->kind == PLAN_NEW)
			setting_add(report, settings, &place, &rule->options,
				    options);
	}
	rules_release(&rules);
}

void settings_find(struct report *report, const struct check_lines *lines,
		   struct settings *settings)
{
	static const char *const names[] = {
		[POLICY_USER_NAME] = "%u",
		[POLICY_GROUP_NAME] = "%1",
		[POLICY_NEW] = NULL,
	};

	for (size_t i = 0; i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;
		const struct module *module = line_module(line);
		struct place place = {
			.file = line->file,
			.first = line->line,
			.last = line->last,
			.line = line,
		};
		struct options options;

		line_options(module, line, &options);
		if (options.verdict != OPTIONS_CLEAR ||
		    options_close_only(&options))
			continue;
		if (options.flags & OPTION_CONFIG)
			settings_add_rules(report, settings, line, &options);
		else
			place.name = names[module->by];
		setting_add(report, settings, &place, &options, &options);
	}
}

void settings_release(struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		setting_release(&settings->list[i]);
	free(settings->list);
	stack_free_services(settings->services, settings->service_count);
}

bool setting_word_is_of_line(const struct setting *setting, const char *word)
{
	return word &&
	       ((setting->init_is_of_line && !strncmp(word, "init=", 5)) ||
		(setting->hide_is_of_line && !strncmp(word, "hide=", 5)) ||
		(setting->owner_is_of_line && !strcmp(word, "owner")));
}

char *setting_line_fix(const struct stack_line *line, const char *from,
		       const char *to)
{
	if (from)
		return text_sed(line->file, line->line, line->last, from,
				to ? to : "");
	return to ? text_sed_append(line->file, line->last, false, to) : NULL;
}

char *setting_fix(const struct setting *setting, const char *from,
		  const char *to)
{
	bool stays = setting_word_is_of_line(setting, from);

	if (!setting->is_rule)
		return setting_line_fix(setting->line, from, to);
	if (stays && !to)
		return text_edit(setting->file, setting->first);
	if (from && !stays)
		return text_sed(setting->file, setting->first, setting->last,
				from, to ? to : "");
	return to ? text_sed_append(setting->file, setting->last, true, to)
		  : NULL;
}

char *setting_word(const char *key, const char *value)
{
	return value ? text_of("%s=%s", key, value) : NULL;
}

/* ---- names ---- */

char *setting_name_part(const char *template, const char *name)
{
	const char *percent = strchr(template, '%');
	size_t before = percent ? (size_t)(percent - template) : 0;
	size_t after = percent ? strlen(percent + 2) : 0;
	size_t length = strlen(name);

	if (!percent || strchr(percent + 2, '%') || length < before + after ||
	    strncmp(template, name, before) != 0 ||
	    strcmp(percent + 2, name + length - after) != 0)
		return NULL;
	return strndup(name + before, length - before - after);
}
