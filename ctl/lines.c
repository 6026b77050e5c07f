/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of our modules in the stacks of this system. */
#include "lines.h"
#include "common/file.h"
#include "common/name.h"
#include "common/netns.h"
#include "common/overrides.h"
#include "common/scope.h"
#include "common/state.h"
#include "report.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/* A name is made under a lock, in a directory that must be root's. */
static int state_look(struct failure *failure)
{
	static const char *const paths[] = { STATE_DIRECTORY,
					     STATE_DIRECTORY "/lock" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct stat st;

		if (lstat(paths[i], &st) < 0)
			continue;
		if (!S_ISDIR(st.st_mode))
			return failure_set(failure, -ENOTDIR, "use", paths[i]);
		if (!file_is_root_only(&st))
			return failure_set(failure, -EPERM, "use", paths[i]);
	}
	return 0;
}

/* What the plan leads to: the name, and overrides, which must be safe. */
static int plan_look(const struct account *account,
		     struct line_decision *decision)
{
	const struct owner owner = { .uid = account->uid, .gid = account->gid };
	const struct plan *plan = &decision->plan;
	struct overrides overrides = OVERRIDES_NONE;
	int r = 0;

	if (plan->kind == PLAN_NAMED)
		r = netns_look(plan->name, &decision->failure);
	decision->there = r;
	if (r == 0 && plan->kind == PLAN_NAMED)
		r = state_look(&decision->failure);
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
	if (r < 0)
		return r;
	if (!plan->etc || plan->flags & OPTION_NOMOUNT)
		return 0;
	r = overrides_list(plan->etc, &overrides, &decision->failure);
	decision->overrides = overrides.total;
	overrides_release(&overrides);
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
