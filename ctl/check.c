/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: what would refuse logins, or let somebody out. */
#include "check.h"
#include "common/file.h"
#include "common/ns.h"
#include "common/scope.h"
#include "ctl.h"
#include "grow.h"
#include "text_file.h"

#include <grp.h>
#include <pwd.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WHERE_SIZE = 1024 };

/* ---- one line of ours ---- */

/* Whether a denial of the module lets the user in all the same. */
static bool line_ignores_denials(const struct stack_line *line)
{
	static const int codes[] = { PAM_ABORT, PAM_SERVICE_ERR,
				     PAM_USER_UNKNOWN, PAM_BUF_ERR };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
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
		report_add(report, SEVERITY_ADVICE, where, what, fix);
	}
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

static void check_group(struct report *report, const struct line_module *module,
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
	line_where(above, where, sizeof(where));
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

	for (size_t i = 0; i < sizeof(mounters) / sizeof(*mounters); i++)
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

	line_where(line, where, sizeof(where));
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

static void check_our_line(struct report *report, const struct stack *stack,
			   size_t i)
{
	const struct stack_line *line = &stack->lines[i];
	const struct line_module *module = line_module(line);
	struct options options;
	char where[WHERE_SIZE];

	line_options(module, line, &options);
	line_where(line, where, sizeof(where));
	check_words(report, line, &options, where);
	check_words_twice(report, line, where);
	check_log(report, line, &options, where);
	if (options_close_only(&options))
		return;
	check_control(report, line, where);
	check_control_of_others(report, line, where);
	check_group(report, module, &options, where);
	check_skips(report, stack, i);
	check_mounters(report, stack, i, &options);
}

/* ---- stacks ---- */

static bool lines_have(const struct check_lines *lines,
		       const struct stack_line *line)
{
	for (size_t i = 0; i < lines->count; i++)
		if (lines->list[i].line->line == line->line &&
		    !strcmp(lines->list[i].line->file, line->file))
			return true;
	return false;
}

/* Keeps the stack of a line that was not seen yet. */
static bool lines_keep(struct check_lines *lines, const struct stack *stack,
		       size_t i, const char *service)
{
	struct check_line *list =
		list_grow(lines->list, lines->count, sizeof(*list));
	char *name = strdup(service);

	if (list)
		lines->list = list;
	if (!list || !name) {
		free(name);
		return false;
	}
	list[lines->count++] = (struct check_line){
		.stack = STACK_NONE,
		.line = &stack->lines[i],
		.service = name,
	};
	return true;
}

void check_lines_release(struct check_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		stack_release(&lines->list[i].stack);
		free(lines->list[i].service);
	}
	free(lines->list);
}

static void check_broken(struct report *report, const struct stack_line *line)
{
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	bool ours = line->module && line_word_is_ours(line->module);

	if (line->kind != STACK_BROKEN || !line_fails(line, PAM_PERM_DENIED))
		return;
	line_where(line, where, sizeof(where));
	what = text_of(ours ? "%s: confines nobody, and denies everybody where "
			      "it is reached"
			    : "%s: denies everybody",
		       line->why);
	/* Without it, a stack may ask for less than it was meant to. */
	fix = text_edit(line->file, line->line);
	report_add(report, ours ? SEVERITY_OUTSIDE : SEVERITY_DENIED, where,
		   what, fix);
}

/* A line of ours that has become arguments of the one above. */
static void check_joined(struct report *report, const struct stack_line *line)
{
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *path = text_sed_path(line->file);
	const char *word = NULL;

	for (int i = 0; !word && i < line->argc; i++)
		if (line_word_is_ours(line->argv[i]))
			word = line->argv[i];
	if (!word || line->last == line->line)
		return;
	line_where(line, where, sizeof(where));
	what = text_of("'%s' is an argument of '%s', as the line above it ends "
		       "with a backslash: confines nobody",
		       word, line->module ? line->module : "");
	fix = line->last == line->line + 1
		      ? text_of("sed -i '%us/\\\\[[:blank:]]*$//' %s",
				line->line, path ? path : "")
		      : text_edit(line->file, line->line);
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
}

/* As far as is known: of the others, only pam_deny never says yes. */
static int line_answers(const struct stack_line *line, void *data)
{
	(void)data;
	return line_may_return(line, PAM_SUCCESS) ? PAM_SUCCESS
						  : PAM_SESSION_ERR;
}

/* What others than root can write. libpam takes it all the same. */
static void check_stack_file(struct report *report, const char *path)
{
	scoped_free char *directory =
		strndup(path, (size_t)(strrchr(path, '/') - path));
	scoped_free char *fix = NULL;
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    !file_is_root_only(&st)) {
		fix = text_adopt(path, st.st_mode);
		report_add(report, SEVERITY_OUTSIDE, path,
			   "others than root can write this stack", fix);
	}
	if (directory && stat(directory, &st) == 0 && !file_is_root_only(&st)) {
		scoped_free char *close = text_restrict(directory);

		report_add(report, SEVERITY_OUTSIDE, directory,
			   "others than root can replace stacks in it: look at "
			   "them, too",
			   close);
	}
}

/* For those whom no line of ours is for. What denies them itself was told. */
static int line_ignores(const struct stack_line *line, void *data)
{
	return line_module(line) && !line_fails(line, PAM_IGNORE)
		       ? PAM_IGNORE
		       : line_answers(line, data);
}

/* Whether a program that people start has the name of a service. */
static bool service_is_program(const char *service)
{
	static const char *const directories[] = { "/usr/bin", "/usr/sbin",
						   "/bin", "/sbin" };
	bool is = false;

	for (size_t i = 0;
	     !is && i < sizeof(directories) / sizeof(directories[0]); i++) {
		scoped_free char *path =
			text_of("%s/%s", directories[i], service);

		is = access(path, X_OK) == 0;
	}
	return is;
}

/* Whether a service's own file is only there to be part of other stacks. */
static bool service_is_part(const struct stack_source *source,
			    const char *service)
{
	scoped_free char *etc = text_of("%s/%s", source->etc, service);
	scoped_free char *lib = text_of("%s/%s", source->lib, service);

	return strcmp(service, "other") != 0 && !service_is_program(service) &&
	       (check_file_is_included(source, etc, service) ||
		check_file_is_included(source, lib, service));
}

/*
 * A stack with a line of ours that fails, whatever other modules say. A file
 * that is no program's may be part of others.
 */
static void check_result(struct report *report, const struct stack *stack,
			 const char *service)
{
	const struct stack_line *ours = NULL;
	bool is_for_all;
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	for (size_t i = 0; i < stack->count; i++) {
		if (stack->lines[i].kind == STACK_BROKEN)
			return;
		if (!ours && line_decides(&stack->lines[i]))
			ours = &stack->lines[i];
	}
	if (!ours || stack_run(stack, line_ignores, NULL) == PAM_SUCCESS ||
	    !service_is_program(service))
		return;
	is_for_all = stack_run(stack, line_answers, NULL) != PAM_SUCCESS;
	line_where(ours, where, sizeof(where));
	what = is_for_all
		       ? text_of("the stack of '%s' denies everybody", service)
		       : text_of("the stack of '%s' denies everybody whom no "
				 "line of these modules is for, root too, as "
				 "no other line says yes",
				 service);
	fix = text_edit(ours->file, ours->line);
	report_add(report, SEVERITY_DENIED, where, what, fix);
}

/* The session lines of one service. Returns whether one is ours. */
static bool check_stack(struct report *report, struct stack *stack,
			const char *service, struct check_lines *lines)
{
	bool ours = false;
	bool kept = false;

	for (size_t i = 0; i < stack->count; i++) {
		/* Most lines are of the file that the one above is of. */
		if (i == 0 ||
		    strcmp(stack->lines[i - 1].file, stack->lines[i].file) != 0)
			check_stack_file(report, stack->lines[i].file);
		check_broken(report, &stack->lines[i]);
		if (!line_module(&stack->lines[i])) {
			check_other_module(report, &stack->lines[i]);
			check_joined(report, &stack->lines[i]);
			continue;
		}
		ours = ours || line_decides(&stack->lines[i]);
		check_our_line(report, stack, i);
		if (lines_have(lines, &stack->lines[i]))
			continue;
		if (lines_keep(lines, stack, i, service))
			kept = true;
		else
			report->failed = true;
	}
	/* The first line that is kept owns the stack; the others point to it.
	 */
	for (size_t i = 0; kept && i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;

		if (line < stack->lines || line >= stack->lines + stack->count)
			continue;
		lines->list[i].stack = *stack;
		*stack = STACK_NONE;
		break;
	}
	return ours;
}

/* Nothing that a stack may have been meant to ask for is removed. */
static char *unreadable_fix(const struct stack *stack, int error,
			    const char *path)
{
	if (stack->line == 0 && error == -ENXIO)
		return text_of("rm %s", path);
	if (stack->line > 0 && error == -EPROTO && stack->goes_on)
		return text_of("sed -i '%u,$s/\\\\[[:blank:]]*$//' %s",
			       stack->line, path);
	return text_edit(stack->file, stack->line);
}

static void check_unreadable(struct report *report, const struct stack *stack,
			     const char *service, int error)
{
	scoped_free char *where = NULL;
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *path = text_quote(stack->file);

	if (!stack->why) {
		report_unseen(report, *stack->file ? stack->file : service,
			      error);
		return;
	}
	where = stack->line > 0 ? text_of("%s:%u", stack->file, stack->line)
				: strdup(stack->file);
	/* The same for all services that come to it. */
	what = text_of("libpam cannot read it, and lets nobody in by the "
		       "services that have it: %s",
		       stack->why);
	fix = unreadable_fix(stack, error, path ? path : "");
	report_add(report, SEVERITY_DENIED, where ? where : "", what, fix);
}

/*
 * They change accounts, ask for a password, show a greeter. And runuser(1),
 * which only root may run, who can do so without PAM as well.
 */
bool check_service_starts_nothing(const char *service)
{
	static const char *const names[] = {
		"chfn",		"chsh",		  "chpasswd",
		"newusers",	"passwd",	  "useradd",
		"userdel",	"usermod",	  "groupadd",
		"groupdel",	"groupmod",	  "chage",
		"runuser",	"runuser-l",	  "cups",
		"dovecot",	"smtp",		  "imap",
		"pop3",		"samba",	  "sieve",
		"vlock",	"sssd",		  "saslauthd",
		"openvpn",	"config-util",	  "lightdm-greeter",
		"sddm-greeter", "greetd-greeter", "gdm-launch-environment",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], service))
			return true;
	return false;
}

/* Adds an argument as libpam reads it. NULL: no memory. */
static char *argument_add(const char *text, const char *argument)
{
	char *added = malloc(strlen(text) + 2 * strlen(argument) + 4);
	bool brackets = !*argument || strpbrk(argument, " \t") ||
			*argument == '[';
	char *to = added;

	if (!added)
		return NULL;
	to = stpcpy(stpcpy(to, text), brackets ? " [" : " ");
	for (; *argument; argument++) {
		if (brackets && *argument == ']')
			*to++ = '\\';
		*to++ = *argument;
	}
	(void)stpcpy(to, brackets ? "]" : "");
	return added;
}

/* The line of another service, for all accounts. NULL: no memory. */
static char *line_like(const struct stack_line *example)
{
	char *text = text_of("session required %s", example->module);

	for (int i = 0; text && i < example->argc; i++) {
		char *longer = argument_add(text, example->argv[i]);

		free(text);
		text = longer;
	}
	return text;
}

/* A command that adds the lines of the first file that has some. */
static char *add_lines_like(const char *path, const struct check_lines *lines)
{
	char *command = strdup("sed -i");

	for (size_t i = 0; command && i < lines->count; i++) {
		const struct stack_line *example = lines->list[i].line;
		scoped_free char *line = NULL;
		scoped_free char *word = NULL;
		char *longer = NULL;

		if (strcmp(example->file, lines->list[0].line->file) != 0)
			continue;
		line = line_like(example);
		word = line ? text_sed_line(line) : NULL;
		if (word)
			longer = text_of("%s -e %s", command, word);
		free(command);
		command = longer;
	}
	if (command) {
		char *longer = text_of("%s %s", command, path);

		free(command);
		command = longer;
	}
	return command;
}

/* Whether one of them does half of the work: where is for the admin to say. */
static bool lines_are_split(const struct check_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;
		struct options options;

		line_options(line_module(line), line, &options);
		if (options.flags & (OPTION_OPEN | OPTION_CLOSE))
			return true;
	}
	return false;
}

static char *without_fix(const char *file, const char *there,
			 const struct check_lines *lines)
{
	scoped_free char *path = text_sed_path(file);
	scoped_free char *from = text_quote(there);
	scoped_free char *add = NULL;

	if (path)
		add = lines_are_split(lines) ? text_edit(file, 0)
					     : add_lines_like(path, lines);
	if (!add || !from)
		return NULL;
	return access(file, F_OK) < 0
		       ? text_of("cp %s %s && %s", from, path, add)
		       : take_text(&add);
}

/* A service without a line of ours, where others have one. */
static void check_without(struct report *report,
			  const struct stack_source *source,
			  const char *service, const struct check_lines *lines)
{
	scoped_free char *file = text_of("%s/%s", source->etc, service);
	scoped_free char *there = text_of("%s/%s", source->lib, service);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	what = text_of(
		"no line of these modules: logins by '%s' are not confined",
		service);
	fix = without_fix(file, there, lines);
	report_add(report, SEVERITY_OUTSIDE, file, what, fix);
}

/* Our modules open and close sessions, and can do nothing else. */
static void check_types(struct report *report,
			const struct stack_source *source, const char *service)
{
	static const enum stack_type types[] = { STACK_AUTH, STACK_ACCOUNT,
						 STACK_PASSWORD };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct stack stack;

		/* What cannot be read was told with the session lines. */
		(void)stack_read(source, service, types[i], &stack);
		for (size_t j = 0; j < stack.count; j++) {
			const struct stack_line *line = &stack.lines[j];
			scoped_free char *fix = NULL;
			char where[WHERE_SIZE];

			if (line->module && line_word_is_ours(line->module))
				check_broken(report, line);
			if (!line_module(line))
				continue;
			line_where(line, where, sizeof(where));
			fix = text_comment(line->file, line->line, line->last);
			report_add(report, SEVERITY_DENIED, where,
				   "the module has nothing for lines that are "
				   "not 'session': lets nobody in",
				   fix);
		}
		stack_release(&stack);
	}
}

/* Whether a service could open a session without a line of ours. */
static bool service_is_without(struct report *report, struct stack *stack,
			       const char *service, struct check_lines *lines)
{
	bool is_other = stack->other && strcmp(service, "other") != 0;
	bool opens = stack->count > 0 && !is_other &&
		     !check_service_starts_nothing(service) &&
		     stack_run(stack, line_answers, NULL) == PAM_SUCCESS;

	check_result(report, stack, service);
	return !check_stack(report, stack, service, lines) && opens;
}

static void check_services(struct report *report,
			   const struct stack_source *source, size_t count,
			   char *const services[], struct check_lines *lines)
{
	bool *without = calloc(count + 1, sizeof(*without));

	for (size_t i = 0; without && i < count; i++) {
		struct stack stack;
		int r = stack_read(source, services[i], STACK_SESSION, &stack);

		progress_show(&report->progress, "services", i);
		/* libpam reads it as the service, and as what is for all. */
		if (!strcmp(services[i], "other"))
			stack.count /= 2;
		if (r < 0)
			check_unreadable(report, &stack, services[i], r);
		else
			without[i] = service_is_without(report, &stack,
							services[i], lines);
		stack_release(&stack);
		check_types(report, source, services[i]);
	}
	for (size_t i = 0; without && lines->count > 0 && i < count; i++)
		if (without[i] && !service_is_part(source, services[i]))
			check_without(report, source, services[i], lines);
	if (!without)
		report->failed = true;
	free(without);
}

void check_stacks(struct report *report, const struct stack_source *source,
		  struct check_lines *ret)
{
	char **services = NULL;
	size_t count = 0;
	int r = stack_list_services(source, &services, &count);

	*ret = (struct check_lines){ .list = NULL };
	if (r < 0) {
		report_unseen(report, source->etc, r);
		return;
	}
	check_services(report, source, count, services, ret);
	stack_free_services(services, count);
}

/* ---- the command ---- */

/* All that is looked at. */
static void check_all(struct report *report, struct check_lines *lines)
{
	const struct stack_source source = system_source();

	check_stacks(report, &source, lines);
	check_unread(report, &source, lines);
	check_modules(report, lines);
	check_policies(report, lines);
	check_settings(report, lines);
	check_accounts(report, lines);
	if (lines->count > 0)
		check_overrides(report, lines);
	if (!ns_has_proc()) {
		report_unseen(report, "/proc", -ENOENT);
		return;
	}
	check_names(report);
	/* Who confines nobody wants to hear of nothing else. */
	if (lines->count > 0) {
		check_aliases(report, lines);
		check_programs(report, lines);
		check_units(report, lines);
		check_rights(report, lines);
		check_processes(report, lines);
		check_host(report);
	}
}

/* Only what would be wrong without the modules. */
static void check_without_modules(struct report *report,
				  struct check_lines *lines)
{
	const struct stack_source source = system_source();

	report->muted = true;
	check_stacks(report, &source, lines);
	report->muted = false;
	check_needs(report, lines);
}

int ctl_check(const struct ctl_options *options, int count,
	      const char *const words[])
{
	static const char *const columns[] = { "severity", "where", "+what",
					       "+fix" };
	const struct table_format *format = &options->format;
	struct report report = { .table = NULL };
	struct check_lines lines = { .list = NULL };
	int result;
	int r;

	if (count > 0) {
		ctl_complain("check takes no argument: '%s'", words[0]);
		return CTL_FAILED;
	}
	r = table_begin("check", columns, 4, format, &report.table);
	if (r < 0) {
		ctl_complain(r == -EINVAL ? "no such column: '%s'"
					  : "no memory for '%s'",
			     format->columns ? format->columns : "");
		return CTL_FAILED;
	}
	if (options->without_modules)
		check_without_modules(&report, &lines);
	else
		check_all(&report, &lines);
	progress_end(&report.progress);
	result = table_lines(report.table) > 0 ? CTL_FINDINGS : CTL_DONE;
	if ((result == CTL_FINDINGS || format->json) &&
	    table_print(report.table) < 0)
		report.failed = true;
	if (report.failed)
		result = CTL_FAILED;
	check_lines_release(&lines);
	report_release(&report);
	return result;
}
