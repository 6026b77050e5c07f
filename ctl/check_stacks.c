/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: the stacks of all services. */
#include "check.h"
#include "common/count.h"
#include "common/file.h"
#include "common/scope.h"
#include "grow.h"

#include <security/pam_modules.h>
#include <string.h>

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

void check_stacks_release(struct check_lines *lines)
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
	line_where(line, where);
	what = text_of(ours ? "%s: confines nobody, and denies everybody where "
			      "it is reached"
			    : "%s: denies everybody",
		       line->why);
	/* Without it, a stack may ask for less than it was meant to. */
	fix = text_edit(line->file, line->line);
	report_add(report, ours ? SEVERITY_OUTSIDE : SEVERITY_DENIED, where,
		   what, fix);
}

/* Whether a line of ours has become arguments of the one above. */
static bool check_joined(struct report *report, const struct stack_line *line)
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
		return false;
	line_where(line, where);
	what = text_of("'%s' is an argument of '%s', as the line above it ends "
		       "with a backslash: confines nobody",
		       word, line->module ? line->module : "");
	fix = line->last == line->line + 1
		      ? text_of("sed -i '%us/\\\\[[:blank:]]*$//' %s",
				line->line, path ? path : "")
		      : text_edit(line->file, line->line);
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
	return true;
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

	for (size_t i = 0; !is && i < COUNT(directories); i++) {
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

/* The same for all services that come to it. */
static void tell_fussy(struct report *report, const struct stack_line *line)
{
	scoped_free char *what =
		text_of("'%s' of '%s' takes PAM_SUCCESS for a failure: denies "
			"everybody",
			line->control, line->module);
	scoped_free char *fix = text_edit(line->file, line->line);
	char where[WHERE_SIZE];

	line_where(line, where);
	report_add(report, SEVERITY_DENIED, where, what, fix);
}

/*
 * A stack with a line of ours that fails, whatever other modules say. A file
 * that is no program's may be part of others.
 */
static void check_result(struct report *report, const struct stack *stack,
			 const char *service)
{
	const struct stack_line *ours = NULL;
	const struct stack_line *fussy = NULL;
	bool is_for_all;
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	for (size_t i = 0; i < stack->count; i++) {
		if (stack->lines[i].kind == STACK_BROKEN)
			return;
		if (!ours && line_decides(&stack->lines[i]))
			ours = &stack->lines[i];
		if (!fussy && line_takes_no_success(&stack->lines[i]))
			fussy = &stack->lines[i];
	}
	if (!ours || stack_run(stack, line_ignores, NULL) == PAM_SUCCESS ||
	    !service_is_program(service))
		return;
	if (fussy) {
		tell_fussy(report, fussy);
		return;
	}
	is_for_all = stack_run(stack, line_answers, NULL) != PAM_SUCCESS;
	line_where(ours, where);
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
			if (check_joined(report, &stack->lines[i]) ||
			    line_is_almost_ours(&stack->lines[i]))
				lines->incomplete = true;
			continue;
		}
		ours = ours || line_decides(&stack->lines[i]);
		check_line(report, stack, i);
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

	for (size_t i = 0; i < COUNT(names); i++)
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

	for (size_t i = 0; i < COUNT(types); i++) {
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
			line_where(line, where);
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
		if (r < 0) {
			check_unreadable(report, &stack, services[i], r);
			lines->incomplete = true;
		} else {
			without[i] = service_is_without(report, &stack,
							services[i], lines);
		}
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
