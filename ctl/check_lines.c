/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: one line of ours. */
#include "check.h"
#include "common/count.h"
#include "common/scope.h"
#include "text_file.h"

#include <grp.h>
#include <pwd.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <string.h>

/* Whether a denial of the module lets the user in all the same. */
static bool line_ignores_denials(const struct stack_line *line)
{
	static const int codes[] = { PAM_ABORT, PAM_SERVICE_ERR,
				     PAM_USER_UNKNOWN, PAM_BUF_ERR };

	for (size_t i = 0; i < COUNT(codes); i++)
		if (!line_fails(line, codes[i]))
			return true;
	return false;
}

/* A command that gives the line another control. */
static char *control_fix(const struct stack_line *line, const char *control)
{
	scoped_free char *written = NULL;
	bool plain = !strpbrk(line->control, " =\t");

	written = text_of(plain ? "%s" : "[%s]", line->control);
	return written ? text_sed(line->file, line->line, line->last, written,
				  control)
		       : NULL;
}

/* Those whom a line is not for get PAM_IGNORE. */
static void check_control_of_others(struct report *report,
				    const struct stack_line *line,
				    const char *where)
{
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (!line_fails(line, PAM_IGNORE))
		return;
	what = text_of("'%s' takes PAM_IGNORE for a failure: denies everybody "
		       "whom the line is not for",
		       line->control);
	fix = control_fix(line, "required");
	report_add(report, SEVERITY_DENIED, where, what, fix);
}

static void check_control(struct report *report, const struct stack_line *line,
			  const char *where)
{
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (!line_ignores_denials(line))
		return;
	what = text_of("'%s': a member who cannot be confined is let in on the "
		       "host's network",
		       line->control);
	fix = control_fix(line, "required");
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
}

/*
 * The words from i on that quotes were meant to join, without the quotes and in
 * brackets, as libpam wants them.
 */
static char *quotes_fix(const struct stack_line *line, int i)
{
	scoped_free char *written = strdup(line->argv[i]);
	scoped_free char *with = NULL;
	const char *blank;
	char *to;

	while (written && written[strlen(written) - 1] != '"' &&
	       ++i < line->argc) {
		char *longer = text_of("%s %s", written, line->argv[i]);

		free(written);
		written = longer;
	}
	blank = written ? strchr(written, ' ') : NULL;
	with = written ? text_of(blank ? "[%s]" : "%s", written) : NULL;
	if (!with)
		return NULL;
	to = with;
	for (const char *from = with; *from; from++)
		if (*from != '"')
			*to++ = *from;
	*to = '\0';
	return text_sed(line->file, line->line, line->last, written, with);
}

static void check_words(struct report *report, const struct stack_line *line,
			const struct options *options, const char *where)
{
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (options->verdict == OPTIONS_CLEAR)
		return;
	what = text_of("'%s': %s; %s", options->word, options->why,
		       options->verdict == OPTIONS_DENY_ALL
			       ? "denies everybody but root"
			       : "denies the members");
	for (int i = 0; !fix && i < line->argc; i++)
		if (!strcmp(line->argv[i], options->word) &&
		    strchr(options->word, '"'))
			fix = quotes_fix(line, i);
	/* Without the word, the line may be for others, or do less. */
	if (!fix)
		fix = text_edit(line->file, line->line);
	report_add(report, SEVERITY_DENIED, where, what, fix);
}

/* Whether who wrote both meant both: the first group is not confined. */
static bool word_confines(const char *word)
{
	return !strncmp(word, "group=", 6) || !strncmp(word, "hide=", 5) ||
	       !strncmp(word, "config=", 7);
}

/* KEY=VALUE with the same KEY once more: the last one counts. */
static void check_words_twice(struct report *report,
			      const struct stack_line *line, const char *where)
{
	for (int i = 0; i < line->argc; i++) {
		size_t key = strcspn(line->argv[i], "=") + 1;
		scoped_free char *what = NULL;
		scoped_free char *fix = NULL;
		int j = i + 1;

		while (j < line->argc &&
		       strncmp(line->argv[i], line->argv[j], key) != 0)
			j++;
		if (!strchr(line->argv[i], '=') || j == line->argc)
			continue;
		what = text_of("'%s' does not count, as '%s' comes after it",
			       line->argv[i], line->argv[j]);
		fix = text_edit(line->file, line->line);
		report_add(report,
			   word_confines(line->argv[i]) ? SEVERITY_OUTSIDE
							: SEVERITY_ADVICE,
			   where, what, fix);
	}
}

/* What stands behind a '#' on a line of ours. */
struct remark {
	const struct stack_line *line;
	char *word; /* that was an argument, or was meant to be one */
};

static int remark_line(char *line, unsigned int number, void *data)
{
	static const char pattern[] =
		"#.*[[:blank:]]((group|config|init|hide|etc)=[^[:blank:]]*)";
	struct remark *remark = data;
	regmatch_t parts[2];

	if (number < remark->line->line)
		return 0;
	if (number > remark->line->last)
		return 1;
	if (!text_find(line, pattern, 2, parts))
		return 0;
	remark->word = text_part(line, &parts[1]);
	return 1;
}

/* pam-auth-update(8) sorts the words of a line, and '#' comes before letters.
 */
static void check_remark(struct report *report, const struct stack_line *line,
			 const char *where)
{
	struct remark remark = { .line = line };
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	(void)text_file_each(line->file, remark_line, &remark);
	if (!remark.word)
		return;
	what = text_of("'%s' is in a comment and does not count; "
		       "pam-auth-update moves a '#' before the arguments",
		       remark.word);
	fix = text_edit(line->file, line->line);
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
	free(remark.word);
}

/* Each time what a group lists is asked one by one. */
enum { GROUP_ASKED_MAX = 256 };

static void check_member(struct report *report, const char *where,
			 const char *group, const char *name)
{
	scoped_free char *trimmed = strdup(name + strspn(name, " \t"));
	scoped_free char *what = NULL;

	errno = 0;
	if (!trimmed || getpwnam(name) || errno != 0)
		return;
	trimmed[strcspn(trimmed, " \t")] = '\0';
	/* What was meant only the admin knows. */
	if (*trimmed && strcmp(trimmed, name) != 0 && getpwnam(trimmed)) {
		what = text_of("group '%s' lists '%s', with a blank: '%s' is "
			       "no member",
			       group, name, trimmed);
		report_add(report, SEVERITY_OUTSIDE, where, what,
			   "editor /etc/group");
	} else {
		what = text_of("group '%s' lists '%s', and there is no such "
			       "user",
			       group, name);
		report_add(report, SEVERITY_ADVICE, where, what,
			   "editor /etc/group");
	}
}

static void check_members(struct report *report, const char *where,
			  const struct group *group)
{
	size_t count = 0;

	while (group->gr_mem[count])
		count++;
	if (count > GROUP_ASKED_MAX)
		return;
	for (size_t i = 0; i < count; i++)
		check_member(report, where, group->gr_name, group->gr_mem[i]);
}

/* Whether a group is there, as the modules see it. */
static int group_exists(const char *name)
{
	struct account account;
	int r = account_find_name("root", &account);

	if (r < 0)
		return r;
	r = account_is_member(&account, name);
	account_release(&account);
	return r < 0 ? r : r != MEMBER_NO_GROUP;
}

/* Whether /etc/group has a group that the name service may not know. */
static bool group_is_in_file(const char *name)
{
	FILE *file = fopen("/etc/group", "re");
	const struct group *group;
	bool is = false;

	while (file && !is && (group = fgetgrent(file)))
		is = !strcmp(group->gr_name, name);
	if (file)
		(void)fclose(file);
	return is;
}

void check_group_name(struct report *report, const char *where,
		      const char *group, const char *then,
		      enum severity severity, const char *add)
{
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *name = text_operand(group);
	const struct group *found;
	int r = group_exists(group);

	if (r > 0) {
		found = getgrnam(group);
		if (found)
			check_members(report, where, found);
		return;
	}
	/* groupadd(8) would put an empty one in its place. */
	if (r == 0 && group_is_in_file(group)) {
		what = text_of("/etc/group has the group '%s', and the name "
			       "service does not know it: %s",
			       group, then);
		report_add(report,
			   severity == SEVERITY_ADVICE ? SEVERITY_OUTSIDE
						       : severity,
			   where, what, "editor /etc/nsswitch.conf");
		return;
	}
	if (r == 0) {
		what = text_of("there is no group '%s': %s", group, then);
		/* No group is called so: a bracket without its end. */
		fix = !add || strpbrk(group, "\n\r\t")
			      ? text_edit_at(where)
			      : text_of("%s %s", add, name ? name : "");
		report_add(report, severity, where, what, fix);
		return;
	}
	what = text_of("the name service cannot tell whether there is a group "
		       "'%s': denies everybody but root",
		       group);
	report_add(report, SEVERITY_DENIED, where, what,
		   "editor /etc/nsswitch.conf");
}

static int nsswitch_line(char *line, unsigned int number, void *data)
{
	static const char pattern[] =
		"^[[:blank:]]*group:([[:blank:]]+(files|compat|systemd|"
		"extrausers|\\[[^]]*\\]))*[[:blank:]]*(#|$)";
	regmatch_t parts[1];

	(void)number;
	(void)data;
	return !strncmp(line + strspn(line, " \t"), "group:", 6) &&
	       !text_find(line, pattern, 1, parts);
}

/* Directories on the network may keep to themselves which groups there are. */
static bool groups_are_listed(void)
{
	return text_file_each("/etc/nsswitch.conf", nsswitch_line, NULL) == 0;
}

/* Whether files of this host answer for a source, or a daemon on it. */
static bool source_is_local(const char *source)
{
	static const char *const names[] = { "files",  "compat",     "systemd",
					     "db",     "extrausers", "sss",
					     "winbind" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strcmp(source, names[i]))
			return true;
	return !strcmp(source, "ldap") && access("/run/nslcd", F_OK) == 0;
}

static int remote_line(char *line, unsigned int number, void *data)
{
	char **found = data;
	char *rest = line + strspn(line, " \t");
	bool action = false;

	(void)number;
	if (strncmp(rest, "group:", 6) != 0 &&
	    strncmp(rest, "initgroups:", 11) != 0)
		return 0;
	rest[strcspn(rest, "#")] = '\0';
	(void)strtok_r(rest, " \t", &rest);
	for (char *word; (word = strtok_r(NULL, " \t", &rest));) {
		action = action || *word == '[';
		if (!action && !source_is_local(word)) {
			*found = text_of("%s", word);
			return 1;
		}
		action = action && !strchr(word, ']');
	}
	return 0;
}

char *check_remote_groups(void)
{
	char *found = NULL;

	(void)text_file_each("/etc/nsswitch.conf", remote_line, &found);
	return found;
}

/* For pam_groupnet: whether there is one with this prefix. */
static void check_group_prefix(struct report *report, const char *where,
			       const char *prefix)
{
	scoped_free char *start = text_of("%s-", prefix);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	const struct group *group;
	bool found = false;

	setgrent();
	while ((group = getgrent())) {
		if (strncmp(group->gr_name, start, strlen(start)) != 0)
			continue;
		found = true;
		check_members(report, where, group);
	}
	endgrent();
	if (found || !groups_are_listed())
		return;
	what = text_of("there is no group whose name begins with '%s': this "
		       "line is for nobody",
		       start);
	fix = text_edit_at(where);
	report_add(report, SEVERITY_ADVICE, where, what, fix);
}

static void check_group(struct report *report, const struct module *module,
			const struct options *options, const char *where)
{
	const char *group = options->group ? options->group : module->group;

	if (options->flags & OPTION_CONFIG ||
	    options->verdict == OPTIONS_DENY_ALL)
		return;
	if (module->by == POLICY_GROUP_NAME) {
		check_group_prefix(report, where, group);
		return;
	}
	check_group_name(report, where, group,
			 options->group ? "denies everybody but root"
					: "nobody is a member",
			 options->group ? SEVERITY_DENIED : SEVERITY_ADVICE,
			 options->group ? NULL : "groupadd --system");
}

static void check_skips(struct report *report, const struct stack *stack,
			size_t i)
{
	ssize_t skip = stack_find_skip(stack, i, line_may_return);
	const struct stack_line *above;
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (skip < 0)
		return;
	above = &stack->lines[skip];
	line_where(above, where);
	what = text_of("'%s' of '%s' may skip %s, which is below it",
		       above->control, above->module ? above->module : "",
		       stack->lines[i].module);
	/* A line of ours must not become one whose denial is ignored. */
	fix = control_fix(above, line_module(above) ? "required" : "optional");
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
}

/* It mounts when a session is opened, and unmounts when it is closed. */
static bool line_mounts(const struct stack_line *line)
{
	static const char *const mounters[] = { "mount",    "namespace",
						"ecryptfs", "encfs",
						"fscrypt",  "zfs_key" };

	for (size_t i = 0; i < COUNT(mounters); i++)
		if (stack_line_is(line, mounters[i]))
			return true;
	return false;
}

/*
 * What is mounted below a line of ours is unmounted elsewhere at the end. What
 * is mounted above it is unmounted inside, and stays on the host, unless a line
 * with close above that has ended the session.
 */
static void check_mounter(struct report *report, const struct stack_line *our,
			  const struct stack_line *line, bool above, bool only)
{
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *path = text_sed_path(line->file);

	line_where(line, where);
	what = text_of("%s is %s %s and mounts: %s", line->module,
		       above ? "above" : "below", our->module,
		       above ? "it unmounts that inside the session, so it "
			       "stays mounted on the host"
			     : "it would unmount that in another mount "
			       "namespace");
	/* Two commands would move the same lines. */
	if (!only || strcmp(line->file, our->file) != 0 ||
	    our->last > our->line)
		fix = text_edit(line->file, line->line);
	else if (above)
		fix = text_of("sed -i -e '%ui session required %s close' "
			      "-e '%us/[ \\t]*\\(#.*\\)*$/ open &/' %s",
			      line->line, our->module, our->line,
			      path ? path : "");
	else
		fix = text_of("sed -i -e '%u{h;d}' -e '%u{G}' %s", our->line,
			      line->last, path ? path : "");
	report_add(report, SEVERITY_ADVICE, where, what, fix);
}

/*
 * On our line, whose words are options. pam_namespace(8) mounts in a mount
 * namespace of its own, which goes with the session.
 */
static void check_mounters(struct report *report, const struct stack *stack,
			   size_t ours, const struct options *options)
{
	const struct stack_line *our = &stack->lines[ours];
	size_t count = 0;

	for (size_t i = 0; i < stack->count; i++)
		count += line_module(&stack->lines[i]) ||
			 line_mounts(&stack->lines[i]);
	for (size_t i = 0; i < stack->count; i++) {
		const struct stack_line *line = &stack->lines[i];

		if (!line_mounts(line))
			continue;
		if (i > ours)
			check_mounter(report, our, line, false, count == 2);
		else if (i < ours && !(options->flags & OPTION_OPEN) &&
			 !stack_line_is(line, "namespace"))
			check_mounter(report, our, line, true, count == 2);
	}
}

/* Nobody is denied for it, and nothing is written. */
static void check_log(struct report *report, const struct stack_line *line,
		      const struct options *options, const char *where)
{
	const char *slash = options->log ? strrchr(options->log, '/') : NULL;
	scoped_free char *directory =
		slash ? strndup(options->log, (size_t)(slash - options->log))
		      : NULL;
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (!directory || !*directory || access(directory, F_OK) == 0 ||
	    errno != ENOENT)
		return;
	what = text_of("log=%s: there is no '%s', so nothing is written",
		       options->log, directory);
	fix = text_edit(line->file, line->line);
	report_add(report, SEVERITY_ADVICE, where, what, fix);
}

void check_line(struct report *report, const struct stack *stack, size_t i)
{
	const struct stack_line *line = &stack->lines[i];
	const struct module *module = line_module(line);
	struct options options;
	char where[WHERE_SIZE];

	line_options(module, line, &options);
	line_where(line, where);
	check_words(report, line, &options, where);
	check_words_twice(report, line, where);
	check_remark(report, line, where);
	check_log(report, line, &options, where);
	if (options_close_only(&options))
		return;
	check_control(report, line, where);
	check_control_of_others(report, line, where);
	check_group(report, module, &options, where);
	check_skips(report, stack, i);
	check_mounters(report, stack, i, &options);
}
