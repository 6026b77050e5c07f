/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of our modules in the stacks of this system. */
#include "lines.h"
#include "common/count.h"
#include "common/file.h"
#include "common/mounts.h"
#include "common/name.h"
#include "common/netns.h"
#include "common/overrides.h"
#include "common/scope.h"
#include "common/session_mounts.h"
#include "common/state.h"
#include "modules.h"
#include "probe.h"
#include "programs.h"
#include "text.h"

#include <fcntl.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* The module of ours that a file is by its name, or NULL. */
static const struct module *module_of_file(const char *path)
{
	for (size_t i = 0; i < MODULE_COUNT; i++)
		if (stack_file_is(path, modules[i].name))
			return &modules[i];
	return NULL;
}

/* Its file may have another name, as a link to one of ours. */
const struct module *line_module(const struct stack_line *line)
{
	const struct module *module = NULL;
	scoped_free char *path = NULL;

	if (line->kind != STACK_MODULE || !line->module)
		return NULL;
	module = module_of_file(line->module);
	if (!module)
		path = module_path(line->module);
	return path ? module_of_file(path) : module;
}

bool line_decides(const struct stack_line *line)
{
	const struct module *module = line_module(line);
	struct options options;

	if (!module)
		return false;
	line_options(module, line, &options);
	return !options_close_only(&options);
}

bool line_word_is_ours(const char *word)
{
	return module_of_file(word);
}

bool line_is_almost_ours(const struct stack_line *line)
{
	for (size_t i = 0; line->module && i < MODULE_COUNT; i++)
		if (strstr(line->module, modules[i].name))
			return true;
	return false;
}

void line_options(const struct module *module, const struct stack_line *line,
		  struct options *ret)
{
	options_parse(module->options, line->argc, line->argv, ret);
}

bool line_is_clear(const struct stack_line *line)
{
	struct options options;

	line_options(line_module(line), line, &options);
	return options.verdict == OPTIONS_CLEAR;
}

/* ---- what is there already ---- */

int line_look_room(const char *directory, bool is_written)
{
	scoped_free char *path = strdup(directory);
	struct statvfs fs;

	/* If it is not there, it would be made in the one above. */
	while (path && *path && statvfs(path, &fs) < 0)
		*strrchr(path, '/') = '\0';
	if (!path || !*path)
		return 0;
	if (fs.f_flag & ST_RDONLY)
		return -EROFS;
	if (fs.f_files > 0 && fs.f_ffree == 0)
		return -ENOSPC;
	return is_written && fs.f_blocks > 0 && fs.f_bfree == 0 ? -ENOSPC : 0;
}

/* A directory of root's that is needed, and made if it is missing. */
static int state_look_at(const char *path, struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -ENOTDIR, "a directory is needed there", "rm" },
		{ -EPERM, "it must be root's, and writable by root only",
		  NULL },
	};
	struct stat st;
	int r = 0;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		r = -ENOTDIR;
	else if (!file_is_root_only(&st))
		r = -EPERM;
	else if (line_look_room(path, false) == -EROFS)
		r = -EROFS;
	if (r == 0)
		return 0;
	(void)failure_set(failure, r, "use", path);
	return failure_explain(failure, causes, COUNT(causes));
}

enum state_file {
	STATE_FILE_IS_OPENED,
	STATE_FILE_IS_COVERED,	/* by a mount */
	STATE_FILE_IS_REPLACED, /* by another one with something in it */
};

/* A file that is needed, and can be made if it is missing. */
static int state_look_for(const char *directory, const char *name,
			  enum state_file file, struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -ELOOP, "it is a symbolic link", "rm" },
		{ -EISDIR, "it is a directory", "rmdir" },
		{ -ENXIO, "it is a socket", "rm" },
		{ -ENOSPC, "there is no room for another file", NULL },
	};
	scoped_free char *path = text_of("%s/%s", directory, name);
	struct stat st;
	int r = 0;

	if (lstat(path, &st) < 0)
		r = line_look_room(directory, file == STATE_FILE_IS_REPLACED);
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (S_ISLNK(st.st_mode) && file == STATE_FILE_IS_OPENED)
		r = -ELOOP;
	else if (S_ISSOCK(st.st_mode) && file == STATE_FILE_IS_OPENED)
		r = -ENXIO;
	if (r == 0)
		return 0;
	(void)failure_set(failure, r, "use", path);
	return failure_explain(failure, causes, COUNT(causes));
}

int line_look_lock(const char *name, struct failure *failure)
{
	return state_look_for(STATE_LOCKS, name, STATE_FILE_IS_OPENED, failure);
}

int line_look_record(const char *name, struct failure *failure)
{
	return state_look_for(STATE_NAMES, name, STATE_FILE_IS_REPLACED,
			      failure);
}

int line_look_generated(const char *name, struct failure *failure)
{
	scoped_free char *path = text_of(STATE_ETC "/%s", name);
	int r = state_look_at(STATE_ETC, failure);

	return r < 0 ? r : state_look_at(path, failure);
}

/* What a name is made with. An empty file that is there is mounted over. */
static int state_look(const struct plan *plan, struct failure *failure)
{
	int r = state_look_for(NETNS_DIRECTORY, plan->name,
			       STATE_FILE_IS_COVERED, failure);

	if (r == 0)
		r = state_look_at(STATE_DIRECTORY, failure);
	if (r == 0)
		r = state_look_at(STATE_LOCKS, failure);
	if (r == 0)
		r = line_look_lock(plan->name, failure);
	/* Without it, nobody could tell what the name is. */
	if (r == 0 && (plan->init || plan->owned))
		r = state_look_at(STATE_DIRECTORY "/tmp", failure);
	if (r == 0 && (plan->init || plan->owned))
		r = state_look_at(STATE_NAMES, failure);
	if (r == 0 && (plan->init || plan->owned))
		r = line_look_record(plan->name, failure);
	return r == 0 && plan->init ? line_look_generated(plan->name, failure)
				    : r;
}

/* The same for a namespace that gets no name. */
static int state_look_new(const struct plan *plan, struct failure *failure)
{
	int r = plan->init ? state_look_at(STATE_DIRECTORY, failure) : 0;

	return r == 0 && plan->init ? state_look_at(STATE_ETC_NEW, failure) : r;
}

/*
 * Whether an override can be mounted over what it is for. Returns 1; 0: that is
 * not there; or -errno with failure.
 */
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
		return r == 0;
	(void)failure_set_at(failure, r, "mount over", "/etc", name);
	return failure_explain(failure, causes, COUNT(causes));
}

int line_look_overrides(const char *name, size_t *ret_count,
			struct failure *failure)
{
	scoped_fd int etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct overrides overrides = OVERRIDES_NONE;
	int r = overrides_list(name, &overrides, failure);

	*ret_count = 0;
	for (size_t i = 0; r >= 0 && i < overrides.count; i++) {
		r = override_fits(&overrides, etc, overrides.names[i], failure);
		*ret_count += r == 1;
	}
	overrides_release(&overrides);
	return r < 0 ? r : 0;
}

int line_look_hidden(const char *hide, unsigned int flags,
		     struct failure *failure)
{
	const struct session_mounts_request request = {
		.hide = hide,
		.rootshared = flags & OPTION_ROOTSHARED,
	};

	return flags & OPTION_NOMOUNT
		       ? 0
		       : session_mounts_look_hidden(&request, failure);
}

static int limit_is_reached(struct failure *failure, const char *doing,
			    const char *cause)
{
	(void)failure_set(failure, -ENOSPC, doing, "");
	failure->cause = cause;
	return -ENOSPC;
}

/* What a new namespace, and the first session in it, take. */
static int limits_look(const struct plan *plan, uid_t uid,
		       struct failure *failure)
{
	if (geteuid() != 0)
		return 0;
	if (plan->owned && probe_new_users(uid) == -ENOSPC)
		return limit_is_reached(
			failure, "create a user namespace",
			"the limit user.max_user_namespaces is reached");
	if (probe_new_net() == -ENOSPC)
		return limit_is_reached(
			failure, "create a network namespace",
			"the limit user.max_net_namespaces is reached");
	if (!(plan->flags & OPTION_NOMOUNT) && probe_new_mounts() == -ENOSPC)
		return limit_is_reached(
			failure, "create a mount namespace",
			"the limit user.max_mnt_namespaces is reached");
	return 0;
}

/* What a login makes that finds no namespace. */
static int look_at_new(const struct account *account,
		       struct line_decision *decision)
{
	const struct plan *plan = &decision->plan;
	struct failure *failure = &decision->failure;
	int r = plan->kind == PLAN_NAMED ? state_look(plan, failure)
					 : state_look_new(plan, failure);

	if (r == 0 && plan->init)
		r = programs_look(plan->init, &decision->init_unseen, failure);
	return r < 0 ? r : limits_look(plan, account->uid, failure);
}

/* A name that is there. */
static int look_at_name(const struct account *account,
			struct line_decision *decision)
{
	const struct plan *plan = &decision->plan;
	const struct owner user = { .uid = account->uid, .gid = account->gid };
	const struct owner *owner = plan->owned ? &user : NULL;
	int r = netns_look_owner(plan->name, owner, &decision->failure);

	if (r < 0)
		return r;
	if (geteuid() == 0)
		return netns_look_record(plan->name, plan->init, owner,
					 &decision->recorded,
					 &decision->failure);
	decision->init_unseen = plan->init || plan->owned;
	return 0;
}

int line_look_name(const struct account *account,
		   struct line_decision *decision)
{
	int r = decision->plan.kind == PLAN_NAMED
			? netns_look(decision->plan.name, &decision->failure)
			: 0;

	return r > 0 ? look_at_name(account, decision) : 0;
}

/* What the plan leads to: the namespace, and overrides, which must be safe. */
static int plan_look(const struct account *account,
		     struct line_decision *decision)
{
	const struct plan *plan = &decision->plan;
	int r = 0;

	if (plan->kind == PLAN_HOST)
		return 0;
	if (plan->kind == PLAN_NAMED)
		r = netns_look(plan->name, &decision->failure);
	decision->there = r;
	if (r == 0)
		r = look_at_new(account, decision);
	else if (r > 0)
		r = look_at_name(account, decision);
	if (r == 0)
		r = line_look_hidden(plan->hide, plan->flags,
				     &decision->failure);
	if (r < 0 || !plan->etc || plan->flags & OPTION_NOMOUNT)
		return r;
	r = line_look_overrides(plan->etc, &decision->overrides,
				&decision->failure);
	decision->unseen = r == -EACCES && geteuid() != 0;
	return decision->unseen ? 0 : r;
}

/* ---- deciding ---- */

int line_plan(const struct stack_line *line, const char *service,
	      struct account *account, struct line_decision *ret)
{
	*ret = (struct line_decision){
		.module = line_module(line),
		.rules = RULES_NONE,
	};
	if (!ret->module)
		return failure_set(&ret->failure, -EINVAL, "decide by",
				   line->module);
	line_options(ret->module, line, &ret->options);
	return policy_decide_line(
		&(const struct policy_line){
			.by = ret->module->by,
			.group = ret->module->group,
			.options = &ret->options,
			.service = service,
		},
		account, &ret->rules, &ret->plan, &ret->failure);
}

int line_decide(const struct stack_line *line, const char *service,
		struct account *account, struct line_decision *ret)
{
	int r = line_plan(line, service, account, ret);

	if (r == 0 && ret->plan.kind != PLAN_LEAVE)
		r = plan_look(account, ret);
	return r;
}

void line_decision_release(struct line_decision *decision)
{
	rules_release(&decision->rules);
}

/* ---- lines of others ---- */

bool line_may_return(const struct stack_line *line, int code)
{
	if (stack_line_is(line, "permit"))
		return code == PAM_SUCCESS;
	if (stack_line_is(line, "deny"))
		return code == PAM_SESSION_ERR;
	return true;
}

bool line_fails(const struct stack_line *line, int code)
{
	return line->actions[code] == STACK_BAD ||
	       line->actions[code] == STACK_DIE;
}

bool line_takes_no_success(const struct stack_line *line)
{
	return line->kind == STACK_MODULE &&
	       line_may_return(line, PAM_SUCCESS) &&
	       line_fails(line, PAM_SUCCESS);
}

void line_where(const struct stack_line *line, char ret[WHERE_SIZE])
{
	(void)snprintf(ret, WHERE_SIZE, "%s:%u", line->file, line->line);
}

static struct stack_source source_read(void)
{
	enum { LIBRARY_MAX = 16 << 20 };
	scoped_fd int fd = -EBADF;
	scoped_free char *library = NULL;
	size_t size = 0;
	const char *path = modules_library();

	if (path)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, LIBRARY_MAX, &library, &size) < 0)
		return stack_source_of(NULL, 0);
	return stack_source_of(library, size);
}

/* Many services are looked at, and the library that is loaded stays. */
struct stack_source system_source(void)
{
	static struct stack_source source;

	if (!source.etc)
		source = source_read();
	return source;
}
