/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of our modules in the stacks of this system. */
#include "lines.h"
#include "common/file.h"
#include "common/mounts.h"
#include "common/name.h"
#include "common/netns.h"
#include "common/overrides.h"
#include "common/scope.h"
#include "common/state.h"
#include "programs.h"
#include "report.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static const struct line_module line_modules[] = {
	{ "newnet", OPTIONS_NEWNET, POLICY_NEW, "newnet" },
	{ "usernet", OPTIONS_USERNET, POLICY_USER_NAME, "usernet" },
	{ "groupnet", OPTIONS_GROUPNET, POLICY_GROUP_NAME, "groupnet" },
};

const struct line_module *line_module(const struct stack_line *line)
{
	for (size_t i = 0; i < sizeof(line_modules) / sizeof(line_modules[0]);
	     i++)
		if (stack_line_is(line, line_modules[i].name))
			return &line_modules[i];
	return NULL;
}

bool line_word_is_ours(const char *word)
{
	const char *slash = strrchr(word, '/');
	const char *name = slash ? slash + 1 : word;

	for (size_t i = 0; i < sizeof(line_modules) / sizeof(line_modules[0]);
	     i++) {
		size_t length = strlen(line_modules[i].name);

		if (!strncmp(name, "pam_", 4) &&
		    !strncmp(name + 4, line_modules[i].name, length) &&
		    !strcmp(name + 4 + length, ".so"))
			return true;
	}
	return false;
}

bool line_module_is_there(const char *module)
{
	scoped_free char *pattern =
		text_of("/{usr/,}lib{,32,64,/*-*}/security/%s", module);
	glob_t found;
	int r;

	if (*module == '/')
		return access(module, F_OK) == 0 || errno != ENOENT;
	/* $ISA: nobody knows where. */
	if (!pattern || strpbrk(module, "$*?[{\\"))
		return true;
	r = glob(pattern, GLOB_BRACE, NULL, &found);
	if (r == 0)
		globfree(&found);
	return r != GLOB_NOMATCH;
}

void line_options(const struct line_module *module,
		  const struct stack_line *line, struct options *ret)
{
	options_parse(module->options, line->argc, line->argv, ret);
}

/* ---- what is there already ---- */

bool line_path_is_read_only(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && fs.f_flag & ST_RDONLY;
}

/* A directory of root's that is needed, and made if it is missing. */
static int state_look_at(const char *path, struct failure *failure)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		return failure_set(failure, -ENOTDIR, "use", path);
	if (!file_is_root_only(&st))
		return failure_set(failure, -EPERM, "use", path);
	return line_path_is_read_only(path)
		       ? failure_set(failure, -EROFS, "use", path)
		       : 0;
}

int line_look_lock(const char *name, struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -ELOOP, "it is a symbolic link", "rm" },
		{ -EISDIR, "it is a directory", "rmdir" },
	};
	scoped_free char *path = text_of(STATE_DIRECTORY "/lock/%s", name);
	struct stat st;

	if (!path || lstat(path, &st) < 0 ||
	    !(S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode)))
		return 0;
	(void)failure_set(failure, S_ISDIR(st.st_mode) ? -EISDIR : -ELOOP,
			  "lock", path);
	return failure_explain(failure, causes,
			       sizeof(causes) / sizeof(causes[0]));
}

/* What a name is made with. An empty file that is there is mounted over. */
static int state_look(const struct plan *plan, struct failure *failure)
{
	scoped_free char *file = text_of(NETNS_DIRECTORY "/%s", plan->name);
	struct stat st;
	int r = file && lstat(file, &st) < 0 &&
				line_path_is_read_only(NETNS_DIRECTORY)
			? failure_set(failure, -EROFS, "use", NETNS_DIRECTORY)
			: state_look_at(STATE_DIRECTORY, failure);

	if (r == 0)
		r = state_look_at(STATE_DIRECTORY "/lock", failure);
	if (r == 0)
		r = line_look_lock(plan->name, failure);
	if (r == 0 && plan->init)
		r = state_look_at(STATE_ETC, failure);
	return r;
}

/* Whether an override can be mounted over what it is for, if that is there. */
static int override_fits(const struct overrides *overrides, int etc,
			 const char *name, struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -EISDIR, "it is a directory, and the override is a file",
		  NULL },
		{ -ENOTDIR, "it is a file, and the override is a directory",
		  NULL },
	};
	scoped_fd int fd = openat(overrides->directory, name,
				  O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : mounts_override(etc, name, fd, true);

	if (r == 0 || r == -ENOENT)
		return 0;
	(void)failure_set_at(failure, r, "mount over", "/etc", name);
	return failure_explain(failure, causes,
			       sizeof(causes) / sizeof(causes[0]));
}

int line_look_overrides(const char *name, size_t *ret_count,
			struct failure *failure)
{
	scoped_fd int etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct overrides overrides = OVERRIDES_NONE;
	int r = overrides_list(name, &overrides, failure);

	*ret_count = overrides.total;
	for (size_t i = 0; r == 0 && i < overrides.count; i++)
		r = override_fits(&overrides, etc, overrides.names[i], failure);
	overrides_release(&overrides);
	return r;
}

/* What the plan leads to: the name, and overrides, which must be safe. */
static int plan_look(const struct account *account,
		     struct line_decision *decision)
{
	const struct owner owner = { .uid = account->uid, .gid = account->gid };
	const struct plan *plan = &decision->plan;
	int r = 0;

	if (plan->kind == PLAN_NAMED)
		r = netns_look(plan->name, &decision->failure);
	decision->there = r;
	if (r == 0 && plan->kind == PLAN_NAMED)
		r = state_look(plan, &decision->failure);
	if (r > 0)
		r = netns_look_owner(plan->name, plan->owned ? &owner : NULL,
				     &decision->failure);
	if (decision->there > 0 && r == 0 && (plan->init || plan->owned)) {
		decision->init_unseen = geteuid() != 0;
		if (!decision->init_unseen)
			r = netns_look_record(plan->name, plan->init,
					      plan->owned ? &owner : NULL,
					      &decision->init_differs,
					      &decision->failure);
	}
	if (r >= 0 && decision->there == 0 && plan->init &&
	    plan->kind != PLAN_HOST)
		r = programs_look(plan->init, &decision->init_unseen,
				  &decision->failure);
	if (r < 0)
		return r;
	if (!plan->etc || plan->flags & OPTION_NOMOUNT)
		return 0;
	r = line_look_overrides(plan->etc, &decision->overrides,
				&decision->failure);
	decision->unseen = r == -EACCES && geteuid() != 0;
	return decision->unseen ? 0 : r;
}

/* ---- deciding ---- */

int line_decide(const struct stack_line *line, const char *service,
		struct account *account, struct line_decision *ret)
{
	int r;

	*ret = (struct line_decision){
		.module = line_module(line),
		.rules = RULES_NONE,
	};
	if (!ret->module)
		return failure_set(&ret->failure, -EINVAL, "decide by",
				   line->module);
	line_options(ret->module, line, &ret->options);
	r = policy_decide_line(
		&(const struct policy_line){
			.by = ret->module->by,
			.group = ret->module->group,
			.options = &ret->options,
			.service = service,
		},
		account, &ret->rules, &ret->plan, &ret->failure);
	if (r == 0 && ret->plan.kind != PLAN_LEAVE)
		r = plan_look(account, ret);
	return r;
}

void line_decision_release(struct line_decision *decision)
{
	rules_release(&decision->rules);
}

/* ---- lines of others ---- */

/* Numbers of PAM's codes. */
enum { CODE_SUCCESS = 0, CODE_SESSION_ERR = 14 };

bool line_may_return(const struct stack_line *line, int code)
{
	if (stack_line_is(line, "permit"))
		return code == CODE_SUCCESS;
	if (stack_line_is(line, "deny"))
		return code == CODE_SESSION_ERR;
	return true;
}

bool line_fails(const struct stack_line *line, int code)
{
	return line->actions[code] == STACK_BAD ||
	       line->actions[code] == STACK_DIE;
}

void line_where(const struct stack_line *line, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s:%u", line->file, line->line);
}

struct stack_source system_source(void)
{
	enum { LIBRARY_MAX = 16 << 20 };
	scoped_fd int fd = -EBADF;
	scoped_free char *library = NULL;
	size_t size = 0;
	Dl_info info;
	void *symbol = dlsym(RTLD_DEFAULT, "pam_start");

	if (symbol && dladdr(symbol, &info) != 0)
		fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, LIBRARY_MAX, &library, &size) < 0)
		return stack_source_of(NULL, 0);
	return stack_source_of(library, size);
}
