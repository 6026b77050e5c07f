/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: files of services that libpam never reads. */
#include "check.h"
#include "common/file.h"
#include "common/scope.h"
#include "modules.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

/* A file of a directory of services, and the service it was meant for. */
struct unread {
	const struct stack_source *source;
	char *path;
	char *service; /* in small letters */
};

static bool name_has_capital(const char *name)
{
	while (*name && !isupper((unsigned char)*name))
		name++;
	return *name != '\0';
}

static bool service_has_file(const struct stack_source *source,
			     const char *service)
{
	scoped_free char *etc = text_of("%s/%s", source->etc, service);
	scoped_free char *lib = text_of("%s/%s", source->lib, service);

	return access(etc, F_OK) == 0 || access(lib, F_OK) == 0;
}

bool check_file_is_included(const struct stack_source *source, const char *path,
			    const char *except)
{
	char **services = NULL;
	size_t count = 0;
	bool found = false;

	if (stack_list_services(source, &services, &count) < 0)
		return true;
	for (size_t i = 0; !found && i < count; i++) {
		struct stack stack;

		if (except && !strcmp(services[i], except))
			continue;
		(void)stack_read(source, services[i], STACK_SESSION, &stack);
		for (size_t j = 0; !found && j < stack.count; j++)
			found = !strcmp(stack.lines[j].file, path);
		stack_release(&stack);
	}
	stack_free_services(services, count);
	return found;
}

/*
 * Whether it has session lines, with modules that are there, and is no text
 * that only looks like it; whether one is ours.
 */
static bool file_has_lines(const struct unread *unread, bool *ret_ours)
{
	scoped_fd int fd = open(unread->path,
				O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	scoped_free char *text = NULL;
	struct stack stack = STACK_NONE;
	struct stat st;
	size_t size;
	bool has = false;

	*ret_ours = false;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    file_read(fd, FILE_MAX, &text, &size) < 0)
		return false;
	(void)stack_parse(unread->source, unread->service, unread->path, text,
			  size, STACK_SESSION, &stack);
	for (size_t i = 0; i < stack.count; i++) {
		const struct stack_line *line = &stack.lines[i];

		has = has || (line->kind == STACK_MODULE &&
			      !module_fault(line->module));
		*ret_ours = *ret_ours || line_module(line);
	}
	stack_release(&stack);
	return has;
}

static void check_unread_file(struct report *report,
			      const struct unread *unread, bool any)
{
	scoped_free char *from = text_quote(unread->path);
	scoped_free char *target = text_of(
		"%.*s/%s", (int)(strrchr(unread->path, '/') - unread->path),
		unread->path, unread->service);
	scoped_free char *to = text_quote(target);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	bool outside;
	bool ours;

	if (!from || !to || !stack_is_service(unread->service) ||
	    service_has_file(unread->source, unread->service) ||
	    check_file_is_included(unread->source, unread->path, NULL) ||
	    !file_has_lines(unread, &ours) || (!ours && !any))
		return;
	outside = ours && !check_service_has_line(unread->service, false);
	what = text_of("libpam makes small letters of '%s', and does not read "
		       "this file: logins by this service %s",
		       strrchr(unread->path, '/') + 1,
		       outside ? "are not confined"
			       : "have the lines of 'other'");
	fix = text_of("mv %s %s", from, to);
	report_add(report, outside ? SEVERITY_OUTSIDE : SEVERITY_ADVICE,
		   unread->path, what, fix);
}

static void check_unread_directory(struct report *report,
				   const struct stack_source *source,
				   const char *path, bool any)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		struct unread unread = { .source = source };

		if (!name_has_capital(entry->d_name))
			continue;
		unread.path = text_of("%s/%s", path, entry->d_name);
		unread.service = text_small(entry->d_name);
		if (unread.path && unread.service)
			check_unread_file(report, &unread, any);
		free(unread.path);
		free(unread.service);
	}
	if (directory)
		(void)closedir(directory);
}

void check_unread(struct report *report, const struct stack_source *source,
		  const struct check_lines *lines)
{
	check_unread_directory(report, source, source->etc, lines->count > 0);
	check_unread_directory(report, source, source->lib, lines->count > 0);
}
