/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy file: its lines, understood but not applied. */
#include "rules.h"
#include "conffile.h"
#include "count.h"
#include "glob.h"
#include "name.h"
#include "scope.h"

#include <string.h>

/* The most words that make sense, and one to tell that there are more. */
enum { WORDS_MAX = 16 };

static int rules_refuse(struct rules_error *error, const char *word,
			const char *why)
{
	error->word = word;
	error->why = why;
	return -EINVAL;
}

/* --- Who --- */

/* A decimal number, or otherwise if there are no digits at all. */
static int id_parse(const char *text, size_t length, id_t otherwise, id_t *ret)
{
	unsigned long long id = 0;

	if (length > 10)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		id = id * 10 + (unsigned int)(text[i] - '0');
	}
	/* The last number stands for no id at all, chown(2). */
	if (id >= (id_t)-1)
		return -EINVAL;
	*ret = length > 0 ? (id_t)id : otherwise;
	return 0;
}

/* FIRST:LAST, FIRST: or :LAST */
static int range_parse(const char *range, const char *colon, struct rule *rule)
{
	size_t before = (size_t)(colon - range);
	size_t after = strlen(colon + 1);

	if (before + after == 0 ||
	    id_parse(range, before, 0, &rule->first) < 0 ||
	    id_parse(colon + 1, after, (id_t)-2, &rule->last) < 0 ||
	    rule->first > rule->last)
		return -EINVAL;
	return 0;
}

static int who_parse(struct rule *rule, const char *word,
		     struct rules_error *error)
{
	bool group = *word == '@';
	const char *who = group ? word + 1 : word;
	const char *colon = strchr(who, ':');

	rule->pattern = who;
	if (colon) {
		rule->who = group ? WHO_GID : WHO_UID;
		return range_parse(who, colon, rule) < 0
			       ? rules_refuse(error, word,
					      "it is no range of ids")
			       : 0;
	}
	if (!*who)
		return rules_refuse(error, word, "the group has no name");
	if (!glob_is_valid(who))
		return rules_refuse(error, word, "a '[' has no ']'");
	rule->who = group ? WHO_GROUP : WHO_USER;
	if (!strcmp(word, "*"))
		rule->who = WHO_ANYONE;
	return 0;
}

/* --- Service --- */

/*
 * Makes NULs of the commas. libpam makes small letters of the names of
 * services: a pattern with a capital would never match, and let members out.
 */
static int services_parse(struct rule *rule, char *word,
			  struct rules_error *error)
{
	char *rest = word;

	rule->services = word;
	rule->service_count = 0;
	if (*word == ',' || strstr(word, ",,") || word[strlen(word) - 1] == ',')
		return rules_refuse(error, word, "a service has no name");
	while (rest) {
		const char *service = strsep(&rest, ",");

		if (!glob_is_valid(service))
			return rules_refuse(error, service, "a '[' has no ']'");
		if (glob_needs_capital(service))
			return rules_refuse(
				error, service,
				"no service has a capital letter, "
				"libpam turns them into lower case");
		rule->service_count++;
	}
	return 0;
}

/* --- Namespace --- */

static bool has_star(const struct rule *rule)
{
	return (rule->who == WHO_USER || rule->who == WHO_GROUP ||
		rule->who == WHO_ANYONE) &&
	       strchr(rule->pattern, '*');
}

static int template_parse(struct rule *rule, const char *word,
			  struct rules_error *error)
{
	const char *percent = strchr(word, '%');

	if (!percent && !name_is_component(word))
		return rules_refuse(error, word, "it cannot be a file name");
	if (strchr(word, '/'))
		return rules_refuse(error, word, "a name has no slash");
	for (; percent; percent = strchr(percent + 2, '%')) {
		if (!percent[1] || !strchr("uUgs1%", percent[1]))
			return rules_refuse(
				error, word,
				"after '%' stands one of u, U, g, s, 1, %");
		if (percent[1] == '1' && !has_star(rule))
			return rules_refuse(
				error, word,
				"'%1' has no '*' in the first field");
	}
	rule->kind = PLAN_NAMED;
	rule->name = word;
	return 0;
}

/* A name that is an option is most likely a field too few. */
static bool is_option(const char *word)
{
	const char *const argv[] = { word };
	struct options options;

	options_parse(OPTIONS_RULE_NEW | OPTIONS_RULE_NAME, 1, argv, &options);
	return options.verdict == OPTIONS_CLEAR;
}

static int namespace_parse(struct rule *rule, const char *word,
			   struct rules_error *error)
{
	static const struct {
		const char *word;
		enum plan_kind kind;
	} plans[] = {
		{ "-", PLAN_LEAVE },
		{ "new", PLAN_NEW },
		{ "host", PLAN_HOST },
	};

	for (size_t i = 0; i < COUNT(plans); i++) {
		if (strcmp(word, plans[i].word) != 0)
			continue;
		rule->kind = plans[i].kind;
		return 0;
	}
	if (is_option(word))
		return rules_refuse(
			error, word,
			"an option stands where the namespace should");
	return template_parse(rule, word, error);
}

/* --- Options --- */

bool rule_is_of_one_user(const struct rule *rule)
{
	const char *percent = rule->name;

	if (rule->kind != PLAN_NAMED)
		return true;
	while ((percent = strchr(percent, '%')) != NULL) {
		if (percent[1] == 'u' || percent[1] == 'U')
			return true;
		percent += 2;
	}
	return false;
}

static int rule_options_parse(struct rule *rule, int count, char *words[],
			      struct rules_error *error)
{
	static const unsigned int sets[] = {
		[PLAN_LEAVE] = 0,
		[PLAN_NEW] = OPTIONS_RULE_NEW,
		[PLAN_NAMED] = OPTIONS_RULE_NAME,
		[PLAN_HOST] = OPTIONS_RULE_HOST,
	};
	static const char *const refusals[] = {
		[PLAN_LEAVE] = "'-' takes no options",
		[PLAN_NEW] = "it is no option for 'new', or its value is bad",
		[PLAN_NAMED] =
			"it is no option for a name, or its value is bad",
		[PLAN_HOST] = "it is no option for 'host', or its value is bad",
	};
	const char *conflict;

	options_parse(sets[rule->kind], count, (const char *const *)words,
		      &rule->options);
	conflict = options_owner_conflict(rule->options.init);
	if (rule->options.flags & OPTION_OWNER && conflict)
		return rules_refuse(error, "owner", conflict);
	if (rule->options.verdict != OPTIONS_CLEAR)
		return rules_refuse(error, rule->options.word,
				    refusals[rule->kind]);
	if (rule->options.flags & OPTION_OWNER && !rule_is_of_one_user(rule))
		return rules_refuse(error, "owner", RULES_OWNER_SHARED);
	return 0;
}

/* --- Lines --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts a line at blanks; what begins with '#' ends it. */
static int words_split(char *line, char *words[WORDS_MAX])
{
	int count = 0;

	while (count < WORDS_MAX) {
		while (is_blank(*line))
			line++;
		if (!*line || *line == '#')
			break;
		words[count++] = line;
		while (*line && !is_blank(*line))
			line++;
		if (*line)
			*line++ = '\0';
	}
	return count;
}

static bool has_control(const char *word)
{
	for (; *word; word++)
		if (is_control(*word))
			return true;
	return false;
}

static int words_check(int count, char *const words[],
		       struct rules_error *error)
{
	for (int i = 0; i < count; i++)
		if (has_control(words[i]))
			return rules_refuse(error, words[i],
					    "it has a control character");
	if (count == 1)
		return rules_refuse(error, words[0], "too few fields");
	if (count == WORDS_MAX)
		return rules_refuse(error, words[count - 1], "too many fields");
	return 0;
}

/* WHO NAMESPACE, or WHO SERVICE NAMESPACE [OPTION...] */
static int rule_parse(struct rule *rule, int count, char *words[],
		      struct rules_error *error)
{
	int namespace = count == 2 ? 1 : 2;
	int r = who_parse(rule, words[0], error);

	if (r < 0)
		return r;
	rule->services = "*";
	rule->service_count = 1;
	if (count > 2)
		r = services_parse(rule, words[1], error);
	if (r < 0)
		return r;
	r = namespace_parse(rule, words[namespace], error);
	if (r < 0)
		return r;
	return rule_options_parse(rule, count - namespace - 1,
				  words + namespace + 1, error);
}

static struct rule *rules_add(struct rules *rules)
{
	if (rules->count == rules->room) {
		size_t room = rules->room ? 2 * rules->room : 64;
		struct rule *list =
			reallocarray(rules->list, room, sizeof(*list));

		if (!list)
			return NULL;
		rules->list = list;
		rules->room = room;
	}
	rules->list[rules->count] = (struct rule){ .line = 0 };
	return &rules->list[rules->count++];
}

static int line_parse(struct rules *rules, char *line,
		      struct rules_error *error)
{
	char *words[WORDS_MAX];
	struct rule *rule;
	int count = words_split(line, words);
	int r;

	if (count == 0)
		return 0;
	r = words_check(count, words, error);
	if (r < 0)
		return r;
	rule = rules_add(rules);
	if (!rule)
		return -ENOMEM;
	rule->file = error->file;
	rule->line = error->line;
	return rule_parse(rule, count, words, error);
}

/* Keeps a text as long as the rules that point into it. */
static int rules_keep(struct rules *rules, char *text)
{
	char **texts = reallocarray(rules->texts, rules->text_count + 1,
				    sizeof(*texts));

	if (!texts) {
		free(text);
		return -ENOMEM;
	}
	rules->texts = texts;
	rules->texts[rules->text_count++] = text;
	return 0;
}

int rules_parse(struct rules *rules, char *file, char *text, size_t size,
		struct rules_error *ret_error)
{
	struct rules_error *error = ret_error;
	char *end = text + size;
	int r = rules_keep(rules, file);

	*error = (struct rules_error){ .file = RULES_FILE, .word = "" };
	if (r < 0) {
		free(text);
		return r;
	}
	r = rules_keep(rules, text);
	error->file = file;
	/* Of editors that mark a file as UTF-8 so. */
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	while (r == 0 && text < end) {
		char *line = text;
		char *newline = memchr(line, '\n', (size_t)(end - line));
		char *stop = newline ? newline : end;

		error->line++;
		text = stop + 1;
		*stop = '\0';
		/* A NUL would hide the rest of the line. */
		if (strlen(line) != (size_t)(stop - line))
			return rules_refuse(error, line, "it has a NUL byte");
		r = line_parse(rules, line, error);
	}
	return r;
}

static int rules_load_file(struct rules *rules, const char *path,
			   struct rules_error *error)
{
	scoped_free char *file = strdup(path);
	char *text = NULL;
	size_t size = 0;
	int r;

	*error = (struct rules_error){ .file = path, .word = "" };
	if (!file)
		return -ENOMEM;
	r = conffile_read(path, &text, &size);
	if (r == 0)
		r = rules_parse(rules, take_text(&file), text, size, error);
	return r;
}

static int rules_load_directory(struct rules *rules, size_t *ret_count,
				struct rules_error *error)
{
	char **list = NULL;
	int r;

	*error = (struct rules_error){ .file = RULES_DIRECTORY, .word = "" };
	r = conffile_list(RULES_DIRECTORY, ".conf", &list, ret_count);
	for (size_t i = 0; r == 0 && i < *ret_count; i++) {
		r = rules_load_file(rules, list[i], error);
		if (r == 0 || error->file != list[i])
			continue;
		/* The list goes, and the error points into it. */
		if (rules_keep(rules, list[i]) < 0)
			error->file = RULES_DIRECTORY;
		list[i] = NULL;
	}
	conffile_free_list(list, *ret_count);
	return r;
}

int rules_load(const char *path, struct rules *ret,
	       struct rules_error *ret_error)
{
	bool missing;
	size_t count = 0;
	int r;

	*ret = RULES_NONE;
	if (path)
		return rules_load_file(ret, path, ret_error);
	r = rules_load_file(ret, RULES_FILE, ret_error);
	missing = r == -ENOENT;
	if (r < 0 && !missing)
		return r;
	r = rules_load_directory(ret, &count, ret_error);
	if (r == 0 && missing && count == 0) {
		ret_error->file = RULES_FILE;
		return -ENOENT;
	}
	return r;
}

void rules_release(struct rules *rules)
{
	for (size_t i = 0; i < rules->text_count; i++)
		free(rules->texts[i]);
	free(rules->texts);
	free(rules->list);
	*rules = RULES_NONE;
}
