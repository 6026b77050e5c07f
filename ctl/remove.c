/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl remove: takes the name away from a namespace that nobody is in. */
#include "remove.h"
#include "common/count.h"
#include "common/deadline.h"
#include "common/file.h"
#include "common/helper.h"
#include "common/init.h"
#include "common/mounts.h"
#include "common/netns.h"
#include "common/scope.h"
#include "common/sessions.h"
#include "common/state.h"
#include "ctl.h"
#include "links.h"
#include "text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	/* For all, before the helper is taken to hang. */
	REMOVAL_WAIT_MS = 60 * 1000,
	/* ip-netns(8) may delete and add the name meanwhile. */
	REMOVAL_TRIES = 10,
};

struct removal {
	const struct caller *caller;
	enum removal_kind kind;
	const char *name;
	struct program_output *output;
};

enum record_of {
	RECORD_OF_NOBODY, /* there is none, or without the name a bad one */
	RECORD_OF_THIS,	  /* of the namespace that has the name */
	RECORD_OF_FORMER, /* of one that had it */
};

/* What the helper has found. */
struct found {
	const struct removal *removal;
	struct removal_result *result;
	int state;		  /* STATE_DIRECTORY */
	int net;		  /* -EBADF: the name leads to none */
	bool file;		  /* an empty file is there */
	struct timespec before;	  /* when somebody else could take the name */
	struct ns_id id;	  /* of net */
	char key[NETNS_KEY_SIZE]; /* the same */
	enum record_of of;
	bool in_use; /* the former one */
	struct record record;
};

static int removal_end(struct found *found, enum removal_outcome outcome)
{
	found->result->outcome = outcome;
	return 0;
}

/* --- Looking --- */

/*
 * Reads the record, if it is of net: ret is as of netns_read_record(). Returns
 * 0 with key, that of net; or -errno of setns(2).
 */
static int read_record_in(struct found *found, int net,
			  char key[NETNS_KEY_SIZE], int *ret)
{
	scoped_fd int own = ns_open_net();
	int r = own < 0 ? own : ns_enter_net(net);
	int back;

	if (r < 0)
		return r;
	r = netns_key(key);
	*ret = netns_read_record("", found->removal->name, &found->record);
	back = ns_enter_net(own);
	return r < 0 ? r : back;
}

/* Whether there is none, in a directory that is one. */
static bool is_no_record(int error)
{
	return error != -ENOTDIR && netns_is_no_record(error);
}

static int record_unreadable(struct found *found, int error)
{
	static const struct failure_cause causes[] = {
		{ -EPERM, "it is not root's, or others may write it", "rm" },
		{ -ENXIO, "it is no file", "rm" },
		{ -ELOOP, "it is a symbolic link", "rm" },
		{ -EFBIG, "it is too long", "rm" },
		{ -EINVAL, "it is no record", "rm" },
	};
	struct failure *failure = &found->result->failure;

	(void)failure_set_at(failure, error, "read", STATE_NAMES,
			     found->removal->name);
	return failure_explain(failure, causes, COUNT(causes));
}

/*
 * Reads the record of a name that leads to nothing, or to another namespace
 * than it is of. Returns 1, or -errno with failure.
 */
static int find_record_of_former(struct found *found)
{
	char path[NETNS_RECORD_PATH_SIZE];
	int r;

	netns_record_path(found->removal->name, path);
	r = record_read(found->state, path, &found->record);
	if (r == 0)
		found->of = RECORD_OF_FORMER;
	if (r == 0 || r == -ENOENT || (found->net < 0 && is_no_record(r)))
		return 1;
	return record_unreadable(found, r);
}

/* Returns 1, or -errno with failure. */
static int find_record(struct found *found)
{
	int read = -ESTALE;
	int r = 0;

	if (found->net >= 0)
		r = read_record_in(found, found->net, found->key, &read);
	if (r < 0)
		return failure_set_at(&found->result->failure, r, "look at",
				      NETNS_DIRECTORY, found->removal->name);
	if (read == 0)
		found->of = RECORD_OF_THIS;
	if (read == -ESTALE)
		return find_record_of_former(found);
	return read == 0 || read == -ENOENT ? 1
					    : record_unreadable(found, read);
}

static int look_up(struct found *found)
{
	struct failure *failure = &found->result->failure;
	const char *name = found->removal->name;
	int r;

	found->net = netns_open_settled(name, failure);
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &found->before);
	found->file = found->net == -ESTALE;
	if (found->net < 0 && found->net != -ENOENT && !found->file &&
	    found->removal->kind != REMOVAL_REMAINS)
		return removal_end(found, REMOVAL_REFUSED);
	r = found->net < 0 ? 0 : ns_identify(found->net, &found->id);
	if (r < 0)
		return failure_set_at(failure, r, "look at", NETNS_DIRECTORY,
				      name);
	return find_record(found);
}

/*
 * Whether net, which has the number that the record tells, is another one than
 * it is of: numbers come back. Without a cookie nobody can tell.
 */
static bool is_another(struct found *found, int net)
{
	unsigned long long cookie = 0;
	char key[NETNS_KEY_SIZE];
	int read = 0;

	return net >= 0 &&
	       record_get_number(&found->record, "cookie", &cookie) == 0 &&
	       read_record_in(found, net, key, &read) == 0 && read == -ESTALE;
}

/*
 * Finds who is in the namespace that had the name. Returns 1, or -errno with
 * failure.
 */
static int find_users_of_former(struct found *found)
{
	struct uses *uses = &found->result->uses;
	struct ns_id id = { .ino = 0 };
	unsigned long long inode = 0;
	scoped_fd int net = -EBADF;
	int r = ns_current_net(&id);

	if (r < 0 || record_get_number(&found->record, "inode", &inode) < 0)
		return 1;
	id.ino = (ino_t)inode;
	r = uses_find_processes(id, uses, &net, &found->result->failure);
	if (r < 0)
		return r;
	if (uses->count > 0 && is_another(found, net))
		*uses = (struct uses){ .count = 0 };
	return 1;
}

/* --- Taking the name away --- */

/*
 * Whether the name leads to nothing now. Returns 1: so it is; 0: the end, as
 * the outcome says; -EAGAIN: it was mounted twice; or -errno with failure.
 */
static int look_below(struct found *found)
{
	struct failure *failure = &found->result->failure;
	const char *name = found->removal->name;
	struct failure ignored;
	scoped_fd int below = netns_open(name, &ignored);
	struct ns_id id = { .ino = 0 };
	int r = below < 0 ? 0 : ns_identify(below, &id);

	if (below < 0)
		return 1;
	if (r == 0 && ns_id_equal(id, found->id))
		return -EAGAIN;
	(void)failure_set_at(failure, r < 0 ? r : -EBUSY, "remove all of",
			     NETNS_DIRECTORY, name);
	if (r < 0)
		return r;
	failure->cause = "another namespace was mounted below the one that is "
			 "removed, and has the name now";
	return removal_end(found, REMOVAL_REFUSED);
}

/*
 * Gives the name back to whoever is in it, and the record its mount. error: of
 * the look that came before, or 0. Returns 0 with an outcome, or error.
 */
static int give_name_back(struct found *found, int error)
{
	struct removal_result *result = found->result;
	const char *name = found->removal->name;
	struct failure failure = { .kind = FAILURE_NONE };
	int r = netns_bind_again(name, found->net, &failure);

	result->has_name = r == 0;
	if (r == 0 && found->of == RECORD_OF_THIS) {
		r = netns_rewrite_record(found->state, name, &found->record);
		if (r < 0)
			(void)failure_set_at(&failure, r, "write", STATE_NAMES,
					     name);
	}
	if (error < 0) {
		result->lost_name = !result->has_name;
		return error;
	}
	if (r < 0)
		result->failure = failure;
	return removal_end(found, REMOVAL_IN_USE);
}

/*
 * Returns 1: it has no name any more; 0: the end, as the outcome says; -EAGAIN:
 * somebody else has taken it away; or -errno with failure.
 */
static int take_name_away(struct found *found)
{
	struct removal_result *result = found->result;
	const char *name = found->removal->name;
	int r = uses_find_processes(found->id, &result->uses, NULL,
				    &result->failure);

	/* Most often it ends here, and nothing was touched. */
	if (r < 0)
		return r;
	result->has_name = true;
	if (uses_are_there(&result->uses))
		return removal_end(found, REMOVAL_IN_USE);
	r = mounts_detach_open(found->net);
	if (r == -EINVAL)
		return -EAGAIN;
	if (r < 0)
		return failure_set_at(&result->failure, r, "unmount",
				      NETNS_DIRECTORY, name);
	/* Who came before that has seen the name, and stays. */
	r = uses_find_processes(found->id, &result->uses, NULL,
				&result->failure);
	if (r == 0 && !uses_are_there(&result->uses))
		return look_below(found);
	return give_name_back(found, r);
}

/* --- What belongs to it --- */

/* Calls remove of the programs that have filled it. */
static void call_programs(struct found *found)
{
	const struct removal *removal = found->removal;
	struct removal_result *result = found->result;
	char generated[GENERATED_SIZE];
	char user[sizeof(found->record.text)];
	char key[NETNS_KEY_SIZE];
	struct init_request request = {
		.programs = result->programs,
		.name = removal->name,
		.user = user,
		.service = "pamnetctl",
		.rhost = "",
		.tty = "",
		.etc = removal->name,
		.generated = generated,
		.net = found->of == RECORD_OF_THIS ? found->net : -EBADF,
		.host = &removal->caller->host,
		.deadline = deadline_in(INIT_REMOVE_MS),
	};

	if (found->of == RECORD_OF_NOBODY ||
	    record_get(&found->record, "init", result->programs,
		       sizeof(result->programs)) < 0 ||
	    !*result->programs ||
	    record_get(&found->record, "user", user, sizeof(user)) < 0)
		return;
	if (found->of == RECORD_OF_FORMER)
		netns_record_key(&found->record, key);
	else
		memcpy(key, found->key, sizeof(key));
	(void)snprintf(generated, sizeof(generated), STATE_ETC "/%s/%s",
		       removal->name, key);
	if (access(generated, F_OK) < 0)
		*generated = '\0';
	(void)init_remove(&request, removal->output, &result->failure);
}

/*
 * Keeps why directory/name, or directory if name is NULL, is not removed, if
 * it is the first. That it is not there is fine.
 */
static void keep_error(struct found *found, int error, const char *directory,
		       const char *name)
{
	struct removal_left *left = &found->result->left;

	if (error >= 0 || error == -ENOENT || left->error)
		return;
	left->error = error;
	(void)snprintf(left->path, sizeof(left->path), "%s%s%s", directory,
		       name ? "/" : "", name ? name : "");
}

/* Returns whether it was there. */
static bool remove_at(struct found *found, int directory, const char *path,
		      int flags)
{
	if (unlinkat(directory, path, flags) == 0)
		return true;
	keep_error(found, -errno, STATE_DIRECTORY, path);
	return false;
}

/* Removes what programs have generated, but what is called keep. */
static bool remove_generated(struct found *found, const char *keep)
{
	char path[sizeof("etc/") + NAME_MAX];
	scoped_fd int directory = -EBADF;
	int r;

	(void)snprintf(path, sizeof(path), "etc/%s", found->removal->name);
	directory = file_open_directory_at(found->state, path);
	if (directory < 0) {
		keep_error(found, directory, STATE_DIRECTORY, path);
		return false;
	}
	if (*keep && faccessat(directory, keep, F_OK, 0) == 0)
		return false;
	r = state_empty(directory, 0);
	keep_error(found, r, STATE_DIRECTORY, path);
	return remove_at(found, found->state, path, AT_REMOVEDIR);
}

static bool remove_record(struct found *found)
{
	char path[NETNS_RECORD_PATH_SIZE];

	netns_record_path(found->removal->name, path);
	return remove_at(found, found->state, path, 0);
}

static bool remove_sessions(struct found *found)
{
	int r = sessions_prune(STATE_DIRECTORY, found->removal->name);

	keep_error(found, r, STATE_DIRECTORY "/sessions", found->removal->name);
	return r > 0;
}

static bool remove_file(struct found *found)
{
	const char *name = found->removal->name;
	struct failure ignored;
	int r = netns_remove_file(name, &found->before, &ignored);

	if (r == 1) {
		scoped_fd int other = netns_open_settled(name, &ignored);

		(void)clock_gettime(CLOCK_REALTIME_COARSE, &found->before);
		if (other == -ESTALE)
			r = netns_remove_file(name, &found->before, &ignored);
	}
	keep_error(found, r, NETNS_DIRECTORY, name);
	return r == 0;
}

/* What it has come to, once all was tried. */
static int removal_end_tried(struct found *found, bool removed)
{
	const struct removal_left *left = &found->result->left;

	if (removed)
		return removal_end(found, REMOVAL_DONE);
	if (!left->error)
		return removal_end(found, REMOVAL_NOTHING);
	return failure_set(&found->result->failure, left->error, "remove",
			   left->path);
}

/*
 * Removes all that belongs to a namespace without its name. The file comes
 * last: ip-netns(8) makes none of that name before.
 */
static int remove_remains(struct found *found)
{
	bool stays = found->removal->kind == REMOVAL_REMAINS && found->net >= 0;
	bool removed = found->net >= 0 && !stays;

	if (!found->in_use && !(stays && found->of == RECORD_OF_THIS)) {
		call_programs(found);
		removed = remove_record(found) || removed;
	}
	if (!found->in_use)
		removed = remove_generated(found, stays ? found->key : "") ||
			  removed;
	removed = remove_sessions(found) || removed;
	if (!stays)
		sessions_remove_directory(STATE_DIRECTORY,
					  found->removal->name);
	if (!stays && (found->net >= 0 || found->file))
		removed = remove_file(found) || removed;
	return removal_end_tried(found, removed);
}

/* --- All of it --- */

static bool record_has(const struct found *found, const char *key,
		       const char *wanted)
{
	char value[sizeof(found->record.text)];

	return record_get(&found->record, key, value, sizeof(value)) == 0 &&
	       !strcmp(value, wanted);
}

/* Whether anything but processes uses it: 1, 0, or -errno with failure. */
static int is_used_otherwise(struct found *found)
{
	struct failure *failure = &found->result->failure;
	char path[sizeof(NETNS_DIRECTORY "/") + NAME_MAX];
	scoped_fd int own = ns_open_net();
	int r = own < 0 ? own : ns_enter_net(found->net);
	int back;

	if (r < 0)
		return failure_set(failure, r, "enter", found->removal->name);
	/* Programs that have filled it remove what they have made. */
	r = links_find_use(record_has(found, "init", ""));
	if (r < 0)
		(void)failure_set(failure, r, "list", "interfaces");
	back = ns_enter_net(own);
	if (back < 0)
		return failure_set(failure, back, "go back from",
				   found->removal->name);
	if (r != 0)
		return r;
	(void)snprintf(path, sizeof(path), NETNS_DIRECTORY "/%s",
		       found->removal->name);
	return uses_find_mounts(found->id, path, failure);
}

/* Returns 1: it may be removed; 0 with an outcome; or -errno with failure. */
static int check_unused(struct found *found)
{
	int r;

	/* What an admin has made, or his netns@.service, is his to remove. */
	if (found->net < 0 || found->of != RECORD_OF_THIS ||
	    record_has(found, "service", "pamnetctl"))
		return removal_end(found, REMOVAL_NOTHING);
	r = is_used_otherwise(found);
	if (r < 0)
		return r;
	return r > 0 ? removal_end(found, REMOVAL_IN_USE) : 1;
}

static int refuse_host(struct found *found)
{
	struct failure *failure = &found->result->failure;

	(void)failure_set_at(failure, -EBUSY, "remove", NETNS_DIRECTORY,
			     found->removal->name);
	failure->cause = "it is the host's own network";
	return removal_end(found, REMOVAL_REFUSED);
}

/* Whether processes that are not shown here may be in it. */
static bool is_hidden(const struct found *found)
{
	unsigned long long pids = 0;

	if (found->of != RECORD_OF_NOBODY &&
	    record_get_number(&found->record, "pidns", &pids) == 0 &&
	    !ns_shows_pids(pids))
		return true;
	return sessions_are_hidden(STATE_DIRECTORY, found->removal->name) > 0;
}

static int refuse_hidden(struct found *found)
{
	struct failure *failure = &found->result->failure;

	(void)failure_set_at(failure, -EXDEV, "remove", NETNS_DIRECTORY,
			     found->removal->name);
	failure->cause = "it was made or is used in another PID namespace, "
			 "whose processes cannot be seen from here";
	return removal_end(found, REMOVAL_REFUSED);
}

/* Returns 0 with an outcome; -EAGAIN; or -errno with failure. */
static int remove_once(struct found *found)
{
	const struct ns_host *host = &found->removal->caller->host;
	int r = look_up(found);

	if (r > 0 && found->removal->kind == REMOVAL_UNUSED)
		r = check_unused(found);
	if (r > 0 &&
	    (found->removal->kind != REMOVAL_REMAINS ||
	     found->of == RECORD_OF_FORMER) &&
	    is_hidden(found))
		return refuse_hidden(found);
	if (r > 0 && found->of == RECORD_OF_FORMER)
		r = find_users_of_former(found);
	if (r <= 0)
		return r;
	if (uses_are_there(&found->result->uses)) {
		/* What belongs to it is kept until it ends. */
		found->in_use = true;
		if (found->removal->kind == REMOVAL_REMAINS || found->net < 0)
			return removal_end(found, REMOVAL_IN_USE);
	}
	if (found->removal->kind != REMOVAL_REMAINS && found->net >= 0) {
		if (ns_id_equal(found->id, host->net))
			return refuse_host(found);
		r = take_name_away(found);
		if (r <= 0)
			return r;
		found->result->had_name = true;
	}
	return remove_remains(found);
}

/* Under the lock. */
static int remove_locked(const struct removal *removal, int state,
			 struct removal_result *result)
{
	for (int tries = 0; tries < REMOVAL_TRIES; tries++) {
		struct found found = {
			.removal = removal,
			.result = result,
			.state = state,
			.net = -EBADF,
		};
		int r;

		*result = (struct removal_result){ .has_name = false };
		r = remove_once(&found);
		scope_close(&found.net);
		if (r != -EAGAIN)
			return r;
	}
	return failure_set_at(&result->failure, -EAGAIN, "remove",
			      NETNS_DIRECTORY, removal->name);
}

/* What the helper does. */
static int removal_work(const void *data, void *data_result)
{
	const struct removal *removal = data;
	const struct caller *caller = removal->caller;
	struct removal_result *result = data_result;
	struct netns_lock lock = NETNS_LOCK_NONE;
	int r = 0;

	if (*ns_host_prefix(&caller->saved, &caller->host))
		r = netns_enter_host_mounts(&caller->host, &result->failure);
	if (r == 0)
		r = netns_lock(removal->name, deadline_in(NETNS_LOCK_WAIT_MS),
			       &lock, &result->failure);
	if (r == 0)
		r = remove_locked(removal, lock.state, result);
	netns_unlock(&lock);
	return r < 0 ? r : open("/", O_PATH | O_CLOEXEC);
}

_Static_assert(sizeof(struct removal_result) <= 4096,
	       "more than a helper can answer");

void removal_run(const struct caller *caller, enum removal_kind kind,
		 const char *name, struct removal_result *ret)
{
	struct removal removal = {
		.caller = caller,
		.kind = kind,
		.name = name,
		.output = program_output_new(),
	};
	const struct helper_job job = {
		.work = removal_work,
		.request = &removal,
		.result = ret,
		.size = sizeof(*ret),
		.wait_ms = REMOVAL_WAIT_MS,
	};
	struct helper_settings settings;
	scoped_fd int fd = -EBADF;
	int r = removal.output ? 0 : -ENOMEM;

	*ret = (struct removal_result){ .has_name = false };
	if (r == 0)
		r = helper_run(&job, &fd, &settings, NULL);
	if (r < 0)
		(void)failure_set(&ret->failure, r,
				  "run the helper that removes", name);
	if (r < 0 || fd < 0)
		ret->outcome = REMOVAL_FAILED;
	caller_show_output(ret->programs, removal.output);
	program_output_free(removal.output);
}

static void complain_users(const char *name,
			   const struct removal_result *result)
{
	const struct uses *uses = &result->uses;
	const char *lost = result->has_name ? "" : ", which has lost this name";
	char text[USES_SHOWN * 96] = "";
	size_t length = 0;

	/* In quotes no name of a process can pass for several. */
	for (unsigned int i = 0; i < uses->count && i < USES_SHOWN; i++) {
		scoped_free char *quoted = text_quote(uses->shown[i].name);

		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "%s%d (%s)", i ? ", " : "",
					   uses->shown[i].pid,
					   quoted ? quoted : "");
	}
	if (uses->unsettled)
		ctl_complain("cannot remove '%s': processes end all the time, "
			     "so nobody can tell whether one is in the "
			     "namespace%s; try again, or end what forks "
			     "without a pause",
			     name, lost);
	else if (uses->count > USES_SHOWN)
		ctl_complain("cannot remove '%s': processes are in the "
			     "namespace%s: %s and %u more; end them first",
			     name, lost, text, uses->count - USES_SHOWN);
	else
		ctl_complain("cannot remove '%s': processes are in the "
			     "namespace%s: %s; end them first",
			     name, lost, text);
}

int removal_tell_done(const struct removal_result *result)
{
	if (result->failure.error)
		caller_complain(&result->failure);
	if (!result->left.error)
		return CTL_DONE;
	ctl_complain("cannot remove '%s': %s; it is left", result->left.path,
		     strerror(-result->left.error));
	return CTL_FAILED;
}

int removal_tell(const char *name, const struct removal_result *result)
{
	switch (result->outcome) {
	case REMOVAL_DONE:
		return removal_tell_done(result);
	case REMOVAL_NOTHING:
		ctl_complain("there is no namespace '%s'", name);
		return CTL_REFUSED;
	case REMOVAL_IN_USE:
		complain_users(name, result);
		if (result->failure.error)
			caller_complain(&result->failure);
		return CTL_REFUSED;
	case REMOVAL_REFUSED:
		caller_complain(&result->failure);
		return CTL_REFUSED;
	case REMOVAL_FAILED:
		break;
	}
	caller_complain(&result->failure);
	if (result->lost_name)
		ctl_complain("'%s' has lost its name, and what is in it goes "
			     "on without",
			     name);
	return CTL_FAILED;
}

int ctl_remove(const struct ctl_options *options, int count,
	       const char *const words[])
{
	struct removal_result result;
	struct caller caller;
	int r;

	(void)options;
	if (count != 1) {
		ctl_complain("remove needs the name of one namespace");
		return CTL_FAILED;
	}
	r = caller_begin("remove", words[0], &caller);
	if (r != CTL_DONE)
		return r;
	removal_run(&caller, REMOVAL_NAME, words[0], &result);
	caller_release(&caller);
	return removal_tell(words[0], &result);
}
