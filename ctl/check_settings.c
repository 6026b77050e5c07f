/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: what lines say of the namespaces that they lead to. */
#include "check.h"
#include "common/count.h"
#include "common/file.h"
#include "common/init.h"
#include "common/name.h"
#include "common/overrides.h"
#include "common/scope.h"
#include "grow.h"
#include "probe.h"
#include "programs.h"
#include "text_file.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RESOLVER "/run/systemd/resolve/io.systemd.Resolve"

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

/* A line that leads to a namespace, with copies of what it says. */
struct setting {
	char *where; /* FILE:LINE */
	char *file;
	unsigned int first;
	unsigned int last;
	const struct stack_line *line; /* or the one that leads to the rule */
	bool is_rule;		       /* of a policy file */
	bool is_idle;		       /* that line never leads here */
	bool has_rules; /* it leads to those, and to no namespace */
	char *name;
	char *pattern;	/* what has a '*' for %1 to stand for, or NULL */
	bool of_groups; /* it is one of groups */
	char *init;	/* or NULL. The same for hide and etc */
	char *hide;
	char *etc;
	/* What a rule has from the line that leads to it. */
	bool init_is_of_line;
	bool hide_is_of_line;
	bool owner_is_of_line;
	bool mounts_are_of_line;
	bool owned;
	bool nomount;
	bool rootshared;
};

struct settings {
	struct setting *list;
	size_t count;
	char **services; /* all there are, if it matters who has a line */
	size_t service_count;
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

/* NULL is as good as "", which no argument can be. */
static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* Whether it is the same line, and says the same by whatever leads to it. */
static bool setting_is(const struct setting *a, const struct setting *b)
{
	return same_text(a->where, b->where) && same_text(a->init, b->init) &&
	       same_text(a->hide, b->hide) && a->owned == b->owned &&
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

/* Whether a rule is for a service. */
static bool rule_has(const struct rule *rule, const char *service)
{
	struct rule everybody = {
		.who = WHO_ANYONE,
		.pattern = "*",
		.services = rule->services,
		.service_count = rule->service_count,
		.kind = PLAN_LEAVE,
	};
	const struct rules one = { .list = &everybody, .count = 1 };
	const struct options none = { .verdict = OPTIONS_CLEAR };
	struct account nobody = { .name = "" };
	struct failure ignored;
	struct plan plan;

	return policy_decide_by_rules(&one, &none, &nobody, service, &plan,
				      &ignored) == 0 &&
	       plan.rule;
}

/* Whether the stack of a service has a line. */
static bool service_has(const char *service, const struct stack_line *line)
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

/* Whether no service that has a line is one that a rule is for. */
static bool rule_is_idle(const struct settings *settings,
			 const struct rule *rule, const struct stack_line *line)
{
	bool all = rule->service_count == 1 && !strcmp(rule->services, "*");
	bool idle = !all && settings->service_count > 0;

	for (size_t i = 0; idle && i < settings->service_count; i++)
		idle = !rule_has(rule, settings->services[i]) ||
		       !service_has(settings->services[i], line);
	return idle;
}

static void settings_add_rules(struct report *report, struct settings *settings,
			       const struct stack_line *line,
			       const struct options *options)
{
	struct rules rules = RULES_NONE;
	struct failure failure;
	int r = policy_read_rules(options, &rules, &failure);

	for (size_t i = 0; r == 0 && i < rules.count; i++) {
		const struct rule *rule = &rules.list[i];
		const struct place place = {
			.file = rule->file,
			.first = rule->line,
			.last = rule->line,
			.line = line,
			.rule = rule,
			.is_idle = rule_is_idle(settings, rule, line),
			.name = rule->kind == PLAN_NAMED ? rule->name : NULL,
		};

		if (rule->kind == PLAN_NAMED || rule->kind == PLAN_NEW)
			setting_add(report, settings, &place, &rule->options,
				    options);
	}
	rules_release(&rules);
}

static void settings_find(struct report *report,
			  const struct check_lines *lines,
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

static void settings_release(struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		setting_release(&settings->list[i]);
	free(settings->list);
	stack_free_services(settings->services, settings->service_count);
}

/* Whether a rule has a word from the line that leads to it. */
static bool is_of_line(const struct setting *setting, const char *word)
{
	return word &&
	       ((setting->init_is_of_line && !strncmp(word, "init=", 5)) ||
		(setting->hide_is_of_line && !strncmp(word, "hide=", 5)) ||
		(setting->owner_is_of_line && !strcmp(word, "owner")));
}

/* A command that gives a line the word to in place of from; NULL: nothing. */
static char *line_fix(const struct stack_line *line, const char *from,
		      const char *to)
{
	if (from)
		return text_sed(line->file, line->line, line->last, from,
				to ? to : "");
	return to ? text_sed_append(line->file, line->last, false, to) : NULL;
}

/* The same. What a rule has from elsewhere counts for others, and stays. */
static char *setting_fix(const struct setting *setting, const char *from,
			 const char *to)
{
	bool stays = is_of_line(setting, from);

	if (!setting->is_rule)
		return line_fix(setting->line, from, to);
	if (stays && !to)
		return text_edit(setting->file, setting->first);
	if (from && !stays)
		return text_sed(setting->file, setting->first, setting->last,
				from, to ? to : "");
	return to ? text_sed_append(setting->file, setting->last, true, to)
		  : NULL;
}

/* KEY=VALUE, or NULL. To be freed. */
static char *word_of(const char *key, const char *value)
{
	return value ? text_of("%s=%s", key, value) : NULL;
}

/* ---- names ---- */

/*
 * What the only '%' and its letter would stand for if a name were made of a
 * template, to be freed; NULL: it cannot be.
 */
static char *template_part(const char *template, const char *name)
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

/* ---- lines of one name that differ ---- */

static bool has_rules(const struct setting *setting)
{
	return setting->init && name_is_in_list("rules", setting->init);
}

/* Whether two rules of one file differ only by the lines that lead there. */
static bool differ_by_line(const struct setting *a, const char *a_word,
			   const struct setting *b, const char *b_word)
{
	return a->is_rule && b->is_rule && same_text(a->file, b->file) &&
	       (strcmp(a->line->file, b->line->file) != 0 ||
		a->line->line != b->line->line) &&
	       (!a_word || is_of_line(a, a_word)) &&
	       (!b_word || is_of_line(b, b_word));
}

static bool is_template(const struct setting *setting)
{
	return setting->name && strchr(setting->name, '%');
}

/* To which names both lead. */
static char *names_of_both(const struct setting *a, const struct setting *b)
{
	return same_text(a->name, b->name)
		       ? text_of("is for the same names")
		       : text_of("leads to '%s', too,",
				 is_template(a) ? b->name : a->name);
}

/* Where first has the word wanted, other has is; NULL: none. */
static void check_word(struct report *report, enum severity severity,
		       const struct setting *first, const struct setting *other,
		       const char *wanted, const char *is, const char *then)
{
	bool by_line = differ_by_line(first, wanted, other, is);
	scoped_free char *names = by_line ? text_of("is for the same names")
					  : names_of_both(first, other);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	char where[WHERE_SIZE];

	(void)snprintf(where, sizeof(where), "%s", first->where);
	if (by_line)
		line_where(first->line, where);
	what = text_of("'%s' %s and has %s, this line has %s: %s", where, names,
		       wanted ? wanted : "none", is ? is : "none", then);
	(void)snprintf(where, sizeof(where), "%s", other->where);
	if (by_line) {
		line_where(other->line, where);
		fix = line_fix(other->line, is, wanted);
	} else if (is_template(other) && !is_template(first)) {
		/* More names than that one would get it. */
		fix = text_edit(other->file, other->first);
	} else {
		fix = setting_fix(other, is, wanted);
	}
	report_add(report, severity, where, what, fix);
}

static void check_pair_init(struct report *report, const struct setting *first,
			    const struct setting *other)
{
	scoped_free char *wanted = word_of("init", first->init);
	scoped_free char *is = word_of("init", other->init);
	bool denies = has_rules(first) != has_rules(other);

	if (!same_text(first->init, other->init))
		check_word(report, denies ? SEVERITY_DENIED : SEVERITY_ADVICE,
			   first, other, wanted, is,
			   denies ? "where its login is the first, those of "
				    "the other are denied"
				  : "whose login is the first decides what is "
				    "in the namespace");
}

static void check_pair_hide(struct report *report, const struct setting *first,
			    const struct setting *other)
{
	scoped_free char *wanted = word_of("hide", first->hide);
	scoped_free char *is = word_of("hide", other->hide);

	if (!same_text(first->hide, other->hide))
		check_word(report, SEVERITY_ADVICE, first, other, wanted, is,
			   "they do not share their mounts, and one sees what "
			   "the other does not");
}

/* The one that has the rules, or an owner, is right. */
static void check_pair(struct report *report, const struct setting *a,
		       const struct setting *b)
{
	bool b_has_rules = has_rules(b) && !has_rules(a);

	check_pair_init(report, b_has_rules ? b : a, b_has_rules ? a : b);
	check_pair_hide(report, a, b);
	if (a->owned != b->owned)
		check_word(report, SEVERITY_DENIED, a->owned ? a : b,
			   a->owned ? b : a, "owner", NULL,
			   "whose login is the second is denied");
}

/* Whether it is this line that leads an account there, by a service. */
static bool setting_decides(const struct setting *setting, const char *service,
			    struct account *account, const char *name)
{
	struct line_decision decision;
	const struct plan *plan = &decision.plan;
	bool decides =
		line_plan(setting->line, service, account, &decision) == 0 &&
		plan->kind == PLAN_NAMED && !strcmp(plan->name, name) &&
		(!plan->rule || (plan->rule->line == setting->first &&
				 !strcmp(plan->rule->file, setting->file)));

	line_decision_release(&decision);
	return decides;
}

/* A member of a group, or "". */
static void member_of(const char *name, char ret[LOGIN_NAME_MAX])
{
	const struct group *group = getgrnam(name);

	*ret = '\0';
	if (group)
		check_member_of(group, ret, LOGIN_NAME_MAX);
}

/* The pattern of a line with what %1 stands for in the place of its '*'. */
static char *pattern_of(const struct setting *setting, const char *part)
{
	const char *pattern = setting->pattern ? setting->pattern : "";
	int before = (int)strcspn(pattern, "*");

	return text_of("%.*s%s%s", before, pattern, part,
		       pattern[before] ? pattern + before + 1 : "");
}

/* The user for whom a template could become a name, or "". */
static void user_of(const struct setting *setting, const char *name,
		    char ret[LOGIN_NAME_MAX])
{
	scoped_free char *part = template_part(setting->name, name);
	scoped_free char *pattern = pattern_of(setting, part ? part : "");
	const struct passwd *passwd = NULL;
	char letter = strchr(setting->name, '%')[1];

	*ret = '\0';
	if (!part || !pattern)
		return;
	if (letter == 'u')
		passwd = getpwnam(part);
	else if (letter == 'U' && *part && !part[strspn(part, "0123456789")])
		passwd = getpwuid((uid_t)strtoul(part, NULL, 10));
	else if (letter == '1' && !setting->of_groups)
		passwd = getpwnam(pattern);
	else if (letter == '1')
		member_of(pattern, ret);
	else if (letter == 'g')
		member_of(part, ret);
	if (passwd)
		(void)snprintf(ret, LOGIN_NAME_MAX, "%s", passwd->pw_name);
}

/* Whether a template leads somebody to a name, by some service. */
static bool setting_leads(const struct settings *settings,
			  const struct setting *setting, const char *name)
{
	char user[LOGIN_NAME_MAX];
	struct account account;
	bool leads = false;

	user_of(setting, name, user);
	if (!*user || account_find_name(user, &account) < 0)
		return false;
	for (size_t i = 0; !leads && i < settings->service_count; i++)
		leads = service_has(settings->services[i], setting->line) &&
			setting_decides(setting, settings->services[i],
					&account, name);
	account_release(&account);
	return leads;
}

static bool settings_differ(const struct setting *a, const struct setting *b)
{
	return !same_text(a->init, b->init) || !same_text(a->hide, b->hide) ||
	       a->owned != b->owned;
}

/* A name, with the templates that somebody gets it by. */
static void check_templates(struct report *report,
			    const struct settings *settings,
			    const struct setting *literal)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];

		if (!setting->is_idle && is_template(setting) &&
		    settings_differ(literal, setting) &&
		    setting_leads(settings, setting, literal->name))
			check_pair(report, literal, setting);
	}
}

/* Each with the first of its name. */
static void check_pairs(struct report *report, const struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];
		size_t j = 0;

		if (!setting->name || setting->is_idle)
			continue;
		while (settings->list[j].is_idle ||
		       !same_text(settings->list[j].name, setting->name))
			j++;
		if (j < i)
			check_pair(report, &settings->list[j], setting);
		else if (!is_template(setting))
			check_templates(report, settings, setting);
	}
}

/* ---- programs ---- */

/* Whether a path is that of a program that this package ships. */
static bool is_shipped(const char *path)
{
	static const char *const names[] = { "rules", "veth", "wireguard" };
	bool is = false;

	for (size_t i = 0; !is && i < COUNT(names); i++) {
		scoped_free char *shipped =
			text_of(PAM_NET_LIBEXECDIR "/%s", names[i]);

		is = !strcmp(path, shipped);
	}
	return is;
}

static char *program_fix(const struct setting *setting, const char *path,
			 const struct failure *failure)
{
	scoped_free char *word = text_quote(
		*failure->details ? failure->details : failure->object);
	struct stat st = { .st_mode = 0 };
	const char *apt;

	(void)stat(path, &st);
	/* A directory above may be anybody's, and stays so. */
	if (failure->error == -EPERM && !*failure->details &&
	    lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		return text_adopt(path, st.st_mode);
	if (failure->error == -EPERM)
		return text_edit(setting->file, setting->first);
	if (failure->error == -EACCES && !(st.st_mode & 0111))
		return text_of("chmod a+x %s", word);
	if (failure->error == -EACCES && access(path, X_OK) < 0)
		return text_edit(setting->file, setting->first);
	if (is_shipped(path)) {
		apt = report_apt("apt-get install --reinstall libpam-net");
		return apt ? strdup(apt) : NULL;
	}
	if (S_ISREG(st.st_mode))
		return text_edit(path, 1);
	return text_edit(setting->file, setting->first);
}

void check_settings_answer(struct report *report, const char *where,
			   const char *program,
			   const struct program_target *target)
{
	static const char between[] = "; fix with: ";
	char said[PROGRAM_LINE + 1];
	int r = program_ask(program, target, said);
	/* What has no room is no command. */
	bool is_whole = strlen(said) + sizeof("\\xff") <= PROGRAM_LINE;
	scoped_free char *what = NULL;
	char *fix = strstr(said, between);

	if (r == 0)
		return;
	if (r != -ECANCELED) {
		scoped_free char *path = program_path(program);

		report_unseen(report, path ? path : program, r);
		return;
	}
	if (fix) {
		*fix = '\0';
		fix += sizeof(between) - 1;
	}
	what = target ? text_of("init=%s: logins of '%s' are denied: %s",
				program, target->user, said)
		      : text_of("init=%s: logins that need a new namespace are "
				"denied: %s",
				program, said);
	report_add(report, SEVERITY_DENIED, where, what, is_whole ? fix : NULL);
}

static void check_program(struct report *report, const struct setting *setting,
			  const char *program)
{
	scoped_free char *path = program_path(program);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	struct failure failure;
	bool unseen = false;
	scoped_free char *why = NULL;
	int r;

	if (!path) {
		report->failed = true;
		return;
	}
	r = program_check(path, &unseen, &failure);
	if (unseen)
		report_unseen(report, path, -EACCES);
	if (r == 0 && program_check_interpreter(path, &failure) == -EPERM) {
		why = text_failure(&failure);
		what = text_of("init=%s: who can write its interpreter is root "
			       "at the next login: %s",
			       program, why);
		fix = text_edit(path, 1);
		report_add(report, SEVERITY_OUTSIDE, setting->where, what, fix);
		return;
	}
	if (r == 0) {
		check_settings_answer(report, setting->where, program, NULL);
		return;
	}
	why = text_failure(&failure);
	what = text_of("init=%s: logins that need a new namespace are denied: "
		       "%s",
		       program, why);
	fix = program_fix(setting, path, &failure);
	report_add(report, SEVERITY_DENIED, setting->where, what, fix);
}

static void check_setting_programs(struct report *report,
				   const struct setting *setting)
{
	char program[PLAN_INIT_MAX + 1];

	/* Those are looked at where they stand. */
	if (setting->init_is_of_line)
		return;
	for (unsigned int i = 0;
	     setting->init &&
	     init_program_at(setting->init, i, program, sizeof(program));
	     i++)
		check_program(report, setting, program);
}

/* ---- hide= ---- */

/* The list without the element from at on, or NULL: nothing is left. */
static char *list_without(const char *list, const char *at, size_t length)
{
	const char *rest = at[length] == ':' ? at + length + 1 : at + length;
	size_t before = (size_t)(at - list);

	if (before > 0 && !*rest)
		before--;
	return before == 0 && !*rest
		       ? NULL
		       : text_of("%.*s%s", (int)before, list, rest);
}

/* The first directory above path that others than root can write, or NULL. */
static char *directory_of_others(const char *path)
{
	char *above = strdup(path);
	char *slash = above ? strchr(above + 1, '/') : NULL;

	for (; slash; slash = strchr(slash + 1, '/')) {
		struct statx stx;

		*slash = '\0';
		/* Neither a dead server nor a mount to come is waited for. */
		if (statx(AT_FDCWD, above, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
			  STATX_UID | STATX_MODE, &stx) == 0 &&
		    !file_is_root_only(&(struct stat){
			    .st_uid = stx.stx_uid, .st_mode = stx.stx_mode }))
			return above;
		*slash = '/';
	}
	free(above);
	return NULL;
}

/* What programs and the modules of others cannot do without. */
static bool is_needed(const char *path, size_t length)
{
	static const char *const needed[] = {
		"/etc/passwd", "/etc/group",  "/etc/nsswitch.conf",
		"/etc/pam.d",  "/etc/shadow", "/usr/bin",
		"/usr/sbin",   "/usr/lib",    "/bin",
		"/sbin",       "/lib",	      "/lib64",
		"/dev/null",   "/dev/pts",
	};

	while (length > 1 && path[length - 1] == '/')
		length--;
	for (size_t i = 0; i < COUNT(needed); i++)
		if (!strncmp(needed[i], path, length) &&
		    (needed[i][length] == '/' || needed[i][length] == '\0'))
			return true;
	return false;
}

/* Where sessions have no mounts of their own, there is nothing to hide in. */
static void check_hides(struct report *report, const struct setting *setting)
{
	scoped_free char *fix = NULL;
	scoped_free char *what = NULL;

	if (!setting->hide || !strcmp(setting->hide, "none") ||
	    !(setting->nomount || setting->rootshared))
		return;
	what = text_of("hide=%s: nothing is hidden beside '%s'", setting->hide,
		       setting->nomount ? "nomount" : "rootshared");
	fix = text_edit(setting->file, setting->first);
	report_add(report, SEVERITY_OUTSIDE, setting->where, what, fix);
}

static void check_hidden(struct report *report, const struct setting *setting)
{
	const char *at = setting->hide_is_of_line ? NULL : setting->hide;
	struct failure failure;

	check_hides(report, setting);
	if (at && line_look_hidden(at, setting->nomount ? OPTION_NOMOUNT : 0,
				   &failure) < 0) {
		scoped_free char *why = text_failure(&failure);
		scoped_free char *fix =
			text_edit(setting->file, setting->first);

		report_add(report, SEVERITY_DENIED, setting->where, why, fix);
	}
	while (at && *at == '/') {
		size_t length = strcspn(at, ":");
		scoped_free char *path = strndup(at, length);
		scoped_free char *others = path ? directory_of_others(path)
						: NULL;

		if (is_needed(at, length)) {
			scoped_free char *fix =
				text_edit(setting->file, setting->first);
			scoped_free char *what = text_of(
				"hide=%s: sessions have nothing there, and "
				"logins can fail without it",
				path ? path : "");

			report_add(report, SEVERITY_DENIED, setting->where,
				   what, fix);
		} else if (others) {
			scoped_free char *left =
				list_without(setting->hide, at, length);
			scoped_free char *from = word_of("hide", setting->hide);
			scoped_free char *to = word_of("hide", left);
			scoped_free char *fix = setting_fix(setting, from, to);
			scoped_free char *what = text_of(
				"hide=%s: others than root can write '%s', and "
				"can move it before the next login",
				path, others);

			report_add(report, SEVERITY_ADVICE, setting->where,
				   what, fix);
		}
		at += length;
		at += *at == ':';
	}
}

/* Whether hide= covers a path, or a directory above it. */
static bool setting_hides(const struct setting *setting, const char *path)
{
	const char *at = setting->nomount ? NULL : setting->hide;

	while (at && *at == '/') {
		size_t length = strcspn(at, ":");
		size_t end = length;

		while (end > 1 && at[end - 1] == '/')
			end--;
		if (!strncmp(at, path, end) &&
		    (path[end] == '/' || path[end] == '\0'))
			return true;
		at += length;
		at += *at == ':';
	}
	return false;
}

bool check_settings_hide(struct report *report, const struct check_lines *lines,
			 const char *path)
{
	struct settings settings = { .list = NULL };
	bool all = true;

	settings_find(report, lines, &settings);
	for (size_t i = 0; i < settings.count; i++)
		all = all && (settings.list[i].has_rules ||
			      setting_hides(&settings.list[i], path));
	all = all && settings.count > 0;
	settings_release(&settings);
	return all;
}

/* ---- what is there for all lines of a kind ---- */

unsigned int check_settings_need(struct report *report,
				 const struct check_lines *lines)
{
	struct settings settings = { .list = NULL };
	unsigned int needs = lines->count > 0 ? NEED_NAME : 0;

	settings_find(report, lines, &settings);
	for (size_t i = 0; i < settings.count; i++) {
		if (settings.list[i].init)
			needs |= NEED_INIT | NEED_RECORD;
		if (settings.list[i].owned)
			needs |= NEED_RECORD;
	}
	settings_release(&settings);
	return needs;
}

/* ---- overrides ---- */

/*
 * Whether a name that may have %u and the like in it can become another one.
 * Whether there is such a user can be told, a group or a service may come.
 */
static bool name_may_become(const char *name, const char *other)
{
	const char *percent = strchr(name, '%');
	scoped_free char *part = NULL;

	if (!percent)
		return !strcmp(name, other);
	if (strchr(percent + 2, '%'))
		return !strncmp(name, other, (size_t)(percent - name));
	part = template_part(name, other);
	return part && (percent[1] != 'u' || getpwnam(part));
}

bool check_settings_override(struct report *report,
			     const struct check_lines *lines, const char *name)
{
	struct settings settings = { .list = NULL };
	bool some = false;

	settings_find(report, lines, &settings);
	/* Where a line leads nobody can tell until it is put right. */
	for (size_t i = 0; !some && i < lines->count; i++)
		some = !line_is_clear(lines->list[i].line);
	for (size_t i = 0; !some && i < settings.count; i++) {
		const struct setting *setting = &settings.list[i];
		const char *etc = setting->etc ? setting->etc : setting->name;

		some = etc && !setting->nomount && name_may_become(etc, name);
	}
	settings_release(&settings);
	return some;
}

/* Of etc=, whose directory was meant to have some. */
static void check_etc(struct report *report, const struct setting *setting)
{
	scoped_free char *path =
		text_of(OVERRIDES_DIRECTORY "/%s", setting->etc);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (!setting->etc || access(path, F_OK) == 0 || errno != ENOENT)
		return;
	what = text_of("etc=%s: there is no '%s', so sessions have no "
		       "overrides",
		       setting->etc, path);
	fix = text_edit(setting->file, setting->first);
	report_add(report, SEVERITY_ADVICE, setting->where, what, fix);
}

/* ---- the resolver ---- */

static int resolve_line(char *line, unsigned int number, void *data)
{
	static const char pattern[] =
		"^[[:blank:]]*hosts:[^#]*[[:blank:]]resolve([[:blank:]#[]|$)";
	regmatch_t parts[1];

	(void)number;
	(void)data;
	return text_find(line, pattern, 1, parts);
}

/* Where nothing is hidden, programs ask it by the name service. */
static void check_resolver_seen(struct report *report,
				const struct setting *setting)
{
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (setting->mounts_are_of_line ||
	    text_file_each("/etc/nsswitch.conf", resolve_line, NULL) <= 0)
		return;
	what = text_of("'%s': nothing hides " RESOLVER ", and nsswitch.conf "
		       "has 'resolve': the host's resolver answers those who "
		       "are confined",
		       setting->nomount ? "nomount" : "rootshared");
	fix = text_edit(setting->file, setting->first);
	report_add(report, SEVERITY_ADVICE, setting->where, what, fix);
}

/* The socket by which the host's resolver answers those who are confined. */
static void check_resolver(struct report *report, const struct setting *setting)
{
	scoped_free char *from = word_of("hide", setting->hide);
	scoped_free char *to = NULL;
	scoped_free char *fix = NULL;

	if (access(RESOLVER, F_OK) < 0)
		return;
	if (setting->nomount || setting->rootshared) {
		check_resolver_seen(report, setting);
		return;
	}
	if (!setting->hide || setting->hide_is_of_line ||
	    setting_hides(setting, RESOLVER))
		return;
	if (strcmp(setting->hide, "none") != 0)
		to = text_of("%s:" RESOLVER, from);
	fix = setting_fix(setting, from, to);
	report_add(report, SEVERITY_ADVICE, setting->where,
		   "hide= leaves out " RESOLVER ": the host's resolver answers "
		   "those who are confined",
		   fix);
}

/* ---- owner ---- */

/* A line that says owner itself. */
static void check_line_owner(struct report *report,
			     const struct setting *setting, bool has_hole)
{
	scoped_free char *fix = setting_fix(setting, "owner", NULL);
	scoped_free char *source = check_remote_groups();

	/* sshd(8) looks up the groups when the session is open. */
	if (source) {
		scoped_free char *what = text_of(
			"'owner': a login looks up its groups on the network "
			"that the user runs, and nsswitch.conf has '%s': the "
			"user can answer, and be in any group",
			source);

		report_add(report, SEVERITY_OUTSIDE, setting->where, what, fix);
	}
	/* They may do what the kernel may forbid to all other users. */
	if (has_hole)
		report_add(report, SEVERITY_OUTSIDE, setting->where,
			   "'owner': who owns a network can put an interface "
			   "into the host's, as the kernel lacks the fix of "
			   "CVE-2026-31692, also if users can make no user "
			   "namespaces",
			   fix);
	if (geteuid() == 0 && probe_new_users(UID_NOBODY) == -ENOSPC)
		report_add(report, SEVERITY_DENIED, setting->where,
			   "'owner': the limit user.max_user_namespaces is "
			   "reached: logins that need a new namespace are "
			   "denied",
			   fix);
}

static void check_owners(struct report *report, const struct settings *settings)
{
	int peer = 0;

	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];

		if (!setting->owned || setting->owner_is_of_line)
			continue;
		if (peer == 0)
			peer = probe_peer(0) == 1 ? 1 : -1;
		check_line_owner(report, setting, peer == 1);
	}
}

void check_settings(struct report *report, const struct check_lines *lines)
{
	const struct stack_source source = system_source();
	struct settings settings = { .list = NULL };

	(void)stack_list_services(&source, &settings.services,
				  &settings.service_count);
	settings_find(report, lines, &settings);
	check_pairs(report, &settings);
	check_owners(report, &settings);
	for (size_t i = 0; i < settings.count; i++) {
		progress_show(&report->progress, "lines", i);
		check_setting_programs(report, &settings.list[i]);
		check_hidden(report, &settings.list[i]);
		check_resolver(report, &settings.list[i]);
		check_etc(report, &settings.list[i]);
	}
	settings_release(&settings);
}
