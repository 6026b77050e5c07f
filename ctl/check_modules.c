/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: modules that libpam cannot load. */
#include "check.h"
#include "common/count.h"
#include "common/file.h"
#include "common/scope.h"
#include "modules.h"

#include <glob.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Where libpam may be, with the modules below in security/. */
static const char library_pattern[] = "/{usr/,}lib{,32,64,/*-*}/libpam.so.0";

/* Debian's names of architectures, by those of directories. */
static const char *architecture_of(const char *directory)
{
	static const struct {
		const char *part;
		const char *name;
	} names[] = {
		{ "x86_64-linux-gnu", "amd64" },
		{ "i386-linux-gnu", "i386" },
		{ "aarch64-linux-gnu", "arm64" },
		{ "arm-linux-gnueabihf", "armhf" },
		{ "riscv64-linux-gnu", "riscv64" },
		{ "powerpc64le-linux-gnu", "ppc64el" },
		{ "s390x-linux-gnu", "s390x" },
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (strstr(directory, names[i].part))
			return names[i].name;
	return NULL;
}

static void check_module_path(struct report *report,
			      const struct stack_line *line, const char *path,
			      const char *fix)
{
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;

	if (access(path, F_OK) == 0 || errno != ENOENT ||
	    line->actions[PAM_MODULE_UNKNOWN] == STACK_IGNORE)
		return;
	line_where(line, where);
	what = text_of("there is no %s: programs that look for it there let "
		       "nobody in",
		       path);
	report_add(report, SEVERITY_DENIED, where, what, fix);
}

/* A module that a line names without a path, beside one libpam. */
static void check_module_of(struct report *report,
			    const struct stack_line *line, const char *library)
{
	const char *architecture = architecture_of(library);
	scoped_free char *directory =
		strndup(library, (size_t)(strrchr(library, '/') - library));
	/* /lib may be a link to /usr/lib. */
	scoped_free char *real = directory ? realpath(directory, NULL) : NULL;
	scoped_free char *path =
		text_of("%s/security/%s", real ? real : "", line->module);
	scoped_free char *fix = text_of("apt-get install libpam-net%s%s",
					architecture ? ":" : "",
					architecture ? architecture : "");

	if (real && path)
		check_module_path(report, line, path, report_apt(fix));
}

/* One that is there, for the programs that this one is like. */
static void check_module_loads(struct report *report,
			       const struct stack_line *line)
{
	scoped_free char *path = module_path(line->module);
	const char *fault = path ? module_fault(line->module) : NULL;
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;

	if (!fault || line->actions[PAM_MODULE_UNKNOWN] == STACK_IGNORE)
		return;
	line_where(line, where);
	what = text_of("%s: this line lets nobody in", fault);
	report_add(report, SEVERITY_DENIED, where, what,
		   *line->module == '/'
			   ? NULL
			   : report_apt("apt-get install --reinstall "
					"libpam-net"));
}

/* What is in it may be somebody else's, and runs as root. */
static void check_module_is_roots(struct report *report,
				  const struct stack_line *line)
{
	scoped_free char *path = module_path(line->module);
	struct stat st;

	if (!path || stat(path, &st) < 0 || file_is_root_only(&st))
		return;
	report_add(report, SEVERITY_OUTSIDE, path,
		   "others than root can write this module",
		   *line->module == '/'
			   ? NULL
			   : report_apt("apt-get install --reinstall "
					"libpam-net"));
}

/* What pamnetctl says is what modules of its own version do. */
static void check_module_version(struct report *report,
				 const struct stack_line *line)
{
	scoped_free char *path = module_path(line->module);

	if (!path || module_is_current(path))
		return;
	report_add(report, SEVERITY_ADVICE, path,
		   "this module is of another version: what pamnetctl says is "
		   "what " PROJECT_VERSION " would do",
		   *line->module == '/'
			   ? NULL
			   : report_apt("apt-get install libpam-net"));
}

void check_modules(struct report *report, const struct check_lines *lines)
{
	glob_t found;
	int r = glob(library_pattern, GLOB_BRACE, NULL, &found);

	for (size_t i = 0; i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;

		if (*line->module == '/')
			check_module_path(report, line, line->module, NULL);
		for (size_t j = 0;
		     r == 0 && *line->module != '/' && j < found.gl_pathc; j++)
			check_module_of(report, line, found.gl_pathv[j]);
		check_module_loads(report, line);
		check_module_is_roots(report, line);
		check_module_version(report, line);
	}
	if (r == 0)
		globfree(&found);
}

void check_other_module(struct report *report, const struct stack_line *line)
{
	int action = line->kind == STACK_MODULE
			     ? line->actions[PAM_MODULE_UNKNOWN]
			     : STACK_IGNORE;
	bool fails = action == STACK_BAD || action == STACK_DIE;
	bool almost = line->kind == STACK_MODULE && line_is_almost_ours(line);
	const char *fault = fails || almost ? module_fault(line->module) : NULL;
	char where[WHERE_SIZE];
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (!fault)
		return;
	line_where(line, where);
	what = text_of("%s: this line %s", fault,
		       fails ? "lets nobody in" : "confines nobody");
	fix = text_edit(line->file, line->line);
	report_add(report, fails ? SEVERITY_DENIED : SEVERITY_OUTSIDE, where,
		   what, fix);
}

void check_needs(struct report *report, const struct check_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;
		char where[WHERE_SIZE];
		scoped_free char *what = NULL;
		scoped_free char *fix = NULL;

		if (line->actions[PAM_MODULE_UNKNOWN] == STACK_IGNORE)
			continue;
		line_where(line, where);
		what = text_of("without %s this line lets nobody in",
			       line->module);
		fix = text_comment(line->file, line->line, line->last);
		report_add(report, SEVERITY_DENIED, where, what, fix);
	}
}
