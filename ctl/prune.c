/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl prune: what is left of sessions and namespaces that are gone. */
#include "common/count.h"
#include "common/file.h"
#include "common/name.h"
#include "common/netns.h"
#include "common/scope.h"
#include "common/sessions.h"
#include "common/state.h"
#include "ctl.h"
#include "grow.h"
#include "processes.h"
#include "progress.h"
#include "remove.h"
#include "text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	/* What a login or a helper is at work with is younger. */
	LEFT_AFTER_S = 120,
};

struct names {
	char **list;
	size_t count;
	int error; /* -errno: some are missing */
};

static void names_append(struct names *names, const char *name)
{
	char **list = list_grow(names->list, names->count, sizeof(*list));

	if (list) {
		names->list = list;
		list[names->count] = strdup(name);
	}
	if (!list || !list[names->count])
		names->error = -ENOMEM;
	else
		names->count++;
}

static void names_release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

/* Adds what is in a directory of state; that there is none is fine. */
static void names_append_all(struct names *names, const char *state,
			     const char *kind)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	scoped_fd int top = file_open_directory_at(AT_FDCWD, state);
	scoped_fd int directory = top < 0 ? -1 : openat(top, kind, flags);
	struct file_entries entries = { .directory = directory };
	const char *name;
	int r;

	if (directory < 0) {
		if (errno != ENOENT)
			names->error = -errno;
		return;
	}
	while ((name = file_next_entry(&entries, &r)) != NULL)
		if (name_is_component(name))
			names_append(names, name);
	if (r < 0)
		names->error = r;
}

static int names_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All that have something in state, each once. */
static struct names names_list(const char *state)
{
	struct names names = { .count = 0 };
	size_t kept = 0;

	names_append_all(&names, state, "names");
	names_append_all(&names, state, "etc");
	names_append_all(&names, state, "sessions");
	if (names.count > 0)
		qsort(names.list, names.count, sizeof(*names.list),
		      names_compare);
	for (size_t i = 0; i < names.count; i++) {
		if (kept > 0 && !strcmp(names.list[i], names.list[kept - 1]))
			free(names.list[i]);
		else
			names.list[kept++] = names.list[i];
	}
	names.count = kept;
	return names;
}

static void prune_tell(const char *what, const char *name,
		       struct progress *progress)
{
	scoped_free char *escaped = text_escape(name);

	progress_end(progress);
	(void)printf("%s '%s'\n", what, escaped ? escaped : "");
}

/* Returns CTL_DONE or CTL_FAILED. */
static int prune_one(const struct caller *caller, enum removal_kind kind,
		     const char *name, struct progress *progress)
{
	struct removal_result result;

	removal_run(caller, kind, name, &result);
	switch (result.outcome) {
	case REMOVAL_DONE:
		prune_tell(result.had_name ? "removed"
					   : "removed what was left of",
			   name, progress);
		return removal_tell_done(&result);
	case REMOVAL_NOTHING:
	case REMOVAL_REFUSED:
		return CTL_DONE;
	case REMOVAL_IN_USE:
		if (!result.failure.error)
			return CTL_DONE;
		break;
	case REMOVAL_FAILED:
		break;
	}
	progress_end(progress);
	(void)removal_tell(name, &result);
	return CTL_FAILED;
}

/* Of a session without a name no lock is needed: its number is its own. */
static int prune_nameless(const char *state, const char *name)
{
	int r = sessions_prune(state, name);

	if (r >= 0)
		sessions_remove_directory(state, name);
	if (r >= 0 || r == -ENOENT)
		return CTL_DONE;
	ctl_complain("cannot look at the sessions of '%s': %s", name,
		     strerror(-r));
	return CTL_FAILED;
}

/* What those who were killed have left in directories of their own. */
static int prune_unfinished(const char *state)
{
	static const char *const kinds[] = { "etc-new", "tmp/names",
					     "tmp/sessions" };
	scoped_fd int top = file_open_directory_at(AT_FDCWD, state);
	int result = CTL_DONE;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		scoped_fd int fd =
			top < 0 ? top : file_open_directory_at(top, kinds[i]);
		int r = fd < 0 ? fd : state_empty(fd, LEFT_AFTER_S);

		if (r == 0 || r == -ENOENT)
			continue;
		ctl_complain("cannot empty '%s/%s': %s", state, kinds[i],
			     strerror(-r));
		result = CTL_FAILED;
	}
	return result;
}

/* ---- what is in use ---- */

/*
 * The namespaces that processes are in: a hint, so that not all processes are
 * looked at for each name. What is not in it is looked at again, under the lock
 * of the name.
 */
struct busy {
	struct ns_id *list;
	size_t count;
};

static int busy_compare(const void *a, const void *b)
{
	return processes_compare_net(*(const struct ns_id *)a,
				     *(const struct ns_id *)b);
}

static int busy_add(const struct process_seen *seen, void *data)
{
	struct busy *busy = data;
	struct ns_id *list;

	if (seen->error)
		return 0;
	if (busy->count > 0 &&
	    ns_id_equal(busy->list[busy->count - 1], seen->net))
		return 0;
	list = list_grow(busy->list, busy->count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list[busy->count++] = seen->net;
	busy->list = list;
	return 0;
}

/* Whatever fails, those that it does not know are looked at. */
static struct busy busy_read(void)
{
	struct processes_look look = PROCESSES_LOOK_FIRST;
	struct busy busy = { .list = NULL };

	(void)processes_each(&look, busy_add, &busy);
	if (busy.count > 0)
		qsort(busy.list, busy.count, sizeof(*busy.list), busy_compare);
	return busy;
}

static bool busy_has(const struct busy *busy, const struct caller *caller,
		     const char *name)
{
	const char *prefix = ns_host_prefix(&caller->saved, &caller->host);
	scoped_free char *path = NULL;
	struct ns_id id;
	struct stat st;

	if (asprintf(&path, "%s" NETNS_DIRECTORY "/%s", prefix, name) < 0) {
		path = NULL;
		return false;
	}
	if (busy->count == 0 || lstat(path, &st) < 0)
		return false;
	id = (struct ns_id){ .dev = st.st_dev, .ino = st.st_ino };
	return bsearch(&id, busy->list, busy->count, sizeof(id),
		       busy_compare) != NULL;
}

/* ---- all of it ---- */

static int prune_all(const struct caller *caller, const char *state, bool names)
{
	struct progress progress = PROGRESS_NONE;
	struct names all = names_list(state);
	struct busy busy = { .list = NULL };
	int result = prune_unfinished(state);

	if (all.error) {
		ctl_complain("cannot list all of '%s': %s", state,
			     strerror(-all.error));
		result = CTL_FAILED;
	}
	if (names)
		busy = busy_read();
	for (size_t i = 0; i < all.count; i++) {
		const char *name = all.list[i];
		int r;

		progress_show(&progress, "names", i);
		if (name_is_of_inode(name))
			r = prune_nameless(state, name);
		else
			r = prune_one(caller, REMOVAL_REMAINS, name, &progress);
		if (names && !name_is_of_inode(name) && r == CTL_DONE &&
		    !busy_has(&busy, caller, name))
			r = prune_one(caller, REMOVAL_UNUSED, name, &progress);
		result = r == CTL_DONE ? result : r;
	}
	progress_end(&progress);
	names_release(&all);
	free(busy.list);
	return result;
}

int ctl_prune(const struct ctl_options *options, int count,
	      const char *const words[])
{
	struct caller caller;
	int result;

	if (count > 0) {
		ctl_complain("prune takes no name: '%s'", words[0]);
		return CTL_FAILED;
	}
	result = caller_begin("prune", NULL, &caller);
	if (result != CTL_DONE)
		return result;
	result = prune_all(&caller, sessions_state(&caller.saved, &caller.host),
			   options->names);
	caller_release(&caller);
	return result;
}
