/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of our modules in the stacks of this system. */
#ifndef LINES_H
#define LINES_H

#include "common/account.h"
#include "common/failure.h"
#include "common/module.h"
#include "common/netns_record.h"
#include "common/options.h"
#include "common/plan.h"
#include "common/policy.h"
#include "common/rules.h"
#include "stack.h"

#include <limits.h>

/* The module of a line, or NULL: it is none of ours. */
const struct module *line_module(const struct stack_line *line);

/* Whether a line is one of ours that opens sessions. */
bool line_decides(const struct stack_line *line);

/* Whether a word of a line is the file of a module of ours. */
bool line_word_is_ours(const char *word);

/* Whether the module of a line has the name of one of ours in it: a slip. */
bool line_is_almost_ours(const struct stack_line *line);

/* Reads the arguments of a line of ours. */
void line_options(const struct module *module, const struct stack_line *line,
		  struct options *ret);

/* Whether all arguments of a line of ours are understood. */
bool line_is_clear(const struct stack_line *line);

/*
 * Whether a file can be made in a directory, with something in it if is_written
 * is true: 0; or -EROFS, -ENOSPC.
 */
int line_look_room(const char *directory, bool is_written);

/*
 * Whether the overrides of a name are safe, and can be mounted over what they
 * are for. Returns 0 with how many would be mounted, or -errno with failure.
 */
int line_look_overrides(const char *name, size_t *ret_count,
			struct failure *failure);

/*
 * Whether a login could use what is in STATE_DIRECTORY for a name: its lock,
 * its record, the directory for what programs generate. The same.
 */
int line_look_lock(const char *name, struct failure *failure);
int line_look_record(const char *name, struct failure *failure);
int line_look_generated(const char *name, struct failure *failure);

struct line_decision;

/*
 * Whether the name of a plan, if it is there, is one that a login of the
 * account joins. The same.
 */
int line_look_name(const struct account *account,
		   struct line_decision *decision);

/* Whether the paths of hide= can be hidden. The same. */
int line_look_hidden(const char *hide, unsigned int flags,
		     struct failure *failure);

/* What one line of ours decides about one login. */
struct line_decision {
	const struct module *module;
	struct options options;
	struct rules rules; /* the plan points into it */
	struct plan plan;
	struct failure failure;
	int there;	  /* the name is: bound, see netns_look() */
	size_t overrides; /* how many would be mounted */
	bool unseen;	  /* who is not root could not look at them */
	bool init_unseen; /* who is not root could not look at what fills it */
	struct recorded recorded; /* of a name that is there, for root */
};

/*
 * Decides as the module would. Returns 0 with the plan; or -errno with
 * failure. ret is to be given to line_decision_release() in any case.
 */
int line_plan(const struct stack_line *line, const char *service,
	      struct account *account, struct line_decision *ret);

/*
 * The same, and looks at what the plan leads to: the name in /run/netns, the
 * programs, the overrides. -errno with failure also if they refuse.
 */
int line_decide(const struct stack_line *line, const char *service,
		struct account *account, struct line_decision *ret);

void line_decision_release(struct line_decision *decision);

/* Whether the module of a line may return a code, for stack_find_skip(). */
bool line_may_return(const struct stack_line *line, int code);

/* Whether the login fails if the module of a line returns a code. */
bool line_fails(const struct stack_line *line, int code);

/* Whether the login fails if the module of a line succeeds. */
bool line_takes_no_success(const struct stack_line *line);

/* "FILE:LINE" of a line. */
enum { WHERE_SIZE = PATH_MAX + 16 };
void line_where(const struct stack_line *line, char ret[WHERE_SIZE]);

/*
 * The stacks of this system, as the libpam that this program has loaded reads
 * them.
 */
struct stack_source system_source(void);

#endif
