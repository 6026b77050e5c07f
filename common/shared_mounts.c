/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The session mounts that all logins of a name share. */
#include "shared_mounts.h"
#include "deadline.h"
#include "file.h"
#include "mountinfo.h"
#include "mounts.h"
#include "netns.h"
#include "overrides.h"
#include "process.h"
#include "scope.h"
#include "sessions.h"
#include "state.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum {
	/* Who waits longer takes mounts of its own. */
	WAIT_MS = 2000,
	/* Less, as the helper knows better what it waits for. */
	LOCK_WAIT_MS = 1500,
	/* For a server that does not answer. */
	WALK_WAIT_MS = 1000,
	/* For a leader that is stopped before it has written its record. */
	STAY_MS = 5000,
};

/* --- Paths on which a server may have to be asked, as with NFS, FUSE --- */

struct walk {
	const char *path;
	bool in_root; /* of this process, else in the host's */
	/* NULL, or whose working directory it is, which is to be entered */
	const struct ns_saved *cwd_of;
};

static int walk_open(const struct walk *walk, unsigned long long resolve)
{
	scoped_fd int root = -EBADF;

	if (walk->cwd_of)
		return ns_open_cwd(walk->cwd_of, resolve);
	if (walk->in_root)
		return file_open_path(AT_FDCWD, walk->path, resolve);
	root = open("/proc/1/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return file_open_path(root, walk->path, RESOLVE_IN_ROOT | resolve);
}

/* In a helper, as it may have to wait forever, for a server of the user's. */
static int walk_in_helper(const void *data, void *result)
{
	const struct walk *walk = data;
	scoped_fd int fd = walk_open(walk, 0);
	int r = fd >= 0 && walk->cwd_of ? ns_fchdir(fd) : 0;

	(void)result;
	return r < 0 ? r : take_fd(&fd);
}

/* Whether it is on a disk, or on the same file system as all the rest. */
static bool is_local(int fd)
{
	struct statx own;
	struct statx top;

	return statx(fd, "", AT_STATX_DONT_SYNC | AT_EMPTY_PATH, 0, &own) ==
		       0 &&
	       statx(AT_FDCWD, "/", AT_STATX_DONT_SYNC, 0, &top) == 0 &&
	       (own.stx_dev_major != 0 ||
		own.stx_dev_minor == top.stx_dev_minor);
}

/* Whether it is an answer that nothing is there. */
static bool is_absence(int error)
{
	return error == -ENOENT || error == -ENOTDIR;
}

/*
 * Opens what the walk leads to, without waiting for a server that does not
 * answer. Returns a descriptor or -errno: -ETIMEDOUT.
 */
static int walk_open_bounded(const struct walk *walk)
{
	scoped_fd int fd = walk_open(walk, RESOLVE_CACHED);
	const struct helper_job job = {
		.work = walk_in_helper,
		.request = walk,
		.wait_ms = WALK_WAIT_MS,
		.for_caller_only = true,
	};
	struct helper_settings settings;
	int answer;
	int r;

	/* -EINVAL: Linux before 5.12 does not know RESOLVE_CACHED. */
	if (fd >= 0 ? !walk->cwd_of || is_local(fd)
		    : fd != -EAGAIN && fd != -EINVAL)
		return take_fd(&fd);
	r = helper_run(&job, &answer, &settings, NULL);
	return r < 0 ? r : answer;
}

/* --- What must be the same outside and inside --- */

struct identity {
	const char *path;
	bool is_known; /* else a server would be asked, or it failed */
	bool exists;
	struct file_id id;
};

/* The root, what pam_systemd(8) mounts, and the home directory. */
enum { ROOT, RUN_USER, HOME, PATHS };

struct expected {
	bool in_helper; /* under a lock: no server is asked */
	char run_user[sizeof("/run/user/") + 3 * sizeof(uid_t)];
	struct identity paths[PATHS];
};

static int identity_open(const struct expected *expected, int which,
			 const struct walk *walk)
{
	/* Only root has something on the way to the others. */
	if (which != HOME)
		return walk_open(walk, 0);
	return expected->in_helper ? walk_open(walk, RESOLVE_CACHED)
				   : walk_open_bounded(walk);
}

/* Neither mounts what an automounter has, nor asks a server. */
static void identify(const struct expected *expected, int which, bool in_root,
		     struct identity *ret)
{
	const struct walk walk = {
		.path = expected->paths[which].path,
		.in_root = in_root,
	};
	bool by_path = in_root && which != HOME;
	scoped_fd int fd = by_path ? AT_FDCWD
				   : identity_open(expected, which, &walk);
	int r;

	*ret = (struct identity){ .path = walk.path, .is_known = true };
	if (!by_path && fd < 0) {
		ret->is_known = is_absence(fd);
		return;
	}
	r = file_identify(fd, by_path ? walk.path : "", &ret->id);
	ret->is_known = r == 0 || is_absence(r);
	ret->exists = r == 0;
}

static void expect(const struct session_mounts_request *request, bool in_helper,
		   struct expected *ret)
{
	bool in_root = ns_is_on_host(request->entry, request->host);

	ret->in_helper = in_helper;
	(void)snprintf(ret->run_user, sizeof(ret->run_user), "/run/user/%u",
		       request->uid);
	ret->paths[ROOT].path = "/";
	ret->paths[RUN_USER].path = ret->run_user;
	ret->paths[HOME].path = request->home;
	for (int i = 0; i < PATHS; i++)
		identify(ret, i, in_root, &ret->paths[i]);
}

/* Else no mounts can be the right ones. */
static bool is_known(const struct expected *expected)
{
	for (int i = 0; i < PATHS; i++)
		if (!expected->paths[i].is_known)
			return false;
	return true;
}

static bool is_as_expected(const struct expected *expected)
{
	for (int i = 0; i < PATHS; i++) {
		const struct identity *outside = &expected->paths[i];
		struct identity inside;

		identify(expected, i, true, &inside);
		/* The session looks again, and not under a lock. */
		if (expected->in_helper &&
		    (!outside->is_known || !inside.is_known))
			continue;
		if (!outside->is_known || !inside.is_known ||
		    inside.exists != outside->exists ||
		    (inside.exists && !file_id_equal(inside.id, outside->id)))
			return false;
	}
	return true;
}

/* --- The tag of shared mounts --- */

/*
 * On the tmpfs over /run/netns, where only root can write it. It names the
 * mount namespace, as one that is derived from it has the tmpfs, too.
 */
struct tag {
	unsigned long long mounts;
	unsigned long long cover; /* this mount; a copy has another number */
	unsigned long long sys;	  /* the device of its /sys */
	unsigned long long overrides;
};

enum { TAG_SIZE = 4 * 21 + 1 };

/* Takes a number and what separates it from the next one. */
static unsigned long long number_take(char **at)
{
	unsigned long long number = strtoull(*at, at, 10);

	if (**at == ':')
		++*at;
	return number;
}

/* Whether the mounts that this process is in are those of a name. */
static bool tag_read(struct tag *ret)
{
	char text[TAG_SIZE];
	char *at = text;

	if (mounts_read_tag(NETNS_DIRECTORY, text, sizeof(text)) < 0)
		return false;
	ret->mounts = number_take(&at);
	ret->cover = number_take(&at);
	ret->sys = number_take(&at);
	ret->overrides = number_take(&at);
	return ret->mounts != 0 && ret->mounts == ns_current_mounts_number() &&
	       ret->cover == mounts_number(NETNS_DIRECTORY);
}

static int tag_write(const struct tag *tag)
{
	char text[TAG_SIZE];

	(void)snprintf(text, sizeof(text), "%llu:%llu:%llu:%llu", tag->mounts,
		       tag->cover, tag->sys, tag->overrides);
	return mounts_write_tag(NETNS_DIRECTORY, text);
}

static unsigned long long sys_device(void)
{
	struct statx stx;

	if (statx(AT_FDCWD, "/sys", AT_SYMLINK_NOFOLLOW, 0, &stx) < 0 ||
	    !(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 0;
	return makedev(stx.stx_dev_major, stx.stx_dev_minor);
}

/* --- The overrides --- */

/* A number that changes with the set of overrides: FNV-1a, in any order. */
static unsigned long long overrides_hash(const struct overrides *overrides)
{
	unsigned long long sum = overrides->count;

	for (size_t i = 0; i < overrides->count; i++) {
		unsigned long long hash = 0xcbf29ce484222325;
		const char *name = overrides->names[i];
		struct stat st = { .st_ino = 0 };

		(void)fstatat(overrides->directory, name, &st,
			      AT_SYMLINK_NOFOLLOW);
		for (; *name; name++)
			hash = (hash ^ (unsigned char)*name) * 0x100000001b3;
		hash = (hash ^ st.st_ino) * 0x100000001b3;
		hash = (hash ^ st.st_dev) * 0x100000001b3;
		sum += hash;
	}
	return sum;
}

/* Whether /etc/NAME is the override, or there is nothing to be one of. */
static bool override_is_there(const struct session_mounts_request *request,
			      const struct overrides *overrides,
			      const char *name)
{
	char path[sizeof("/etc/") + NAME_MAX];
	struct stat wanted;
	int r;

	(void)snprintf(path, sizeof(path), "/etc/%s", overrides_target(name));
	if (fstatat(overrides->directory, name, &wanted, AT_SYMLINK_NOFOLLOW) <
	    0)
		return false;
	r = mounts_is_overridden(AT_FDCWD, path, &wanted);
	if (r == -ENOENT)
		session_mounts_warn(request, name);
	return r == 1 || r == -ENOENT;
}

static bool overrides_are_there(const struct session_mounts_request *request,
				const struct overrides *overrides,
				const struct tag *tag)
{
	if (overrides_hash(overrides) != tag->overrides)
		return false;
	for (size_t i = 0; i < overrides->count; i++)
		if (!override_is_there(request, overrides, overrides->names[i]))
			return false;
	return true;
}

/* --- Whether mounts are the right ones, seen from inside --- */

/* Whether /run/netns shows the namespace of this session under its name. */
static bool cover_is_there(const struct session_mounts_request *request)
{
	char path[sizeof(NETNS_DIRECTORY "/") + NAME_MAX];
	struct stat name;
	struct stat net;

	(void)snprintf(path, sizeof(path), "%s/%s", NETNS_DIRECTORY,
		       request->name);
	return lstat(path, &name) == 0 && fstat(request->net, &net) == 0 &&
	       name.st_dev == net.st_dev && name.st_ino == net.st_ino;
}

static bool mounts_are_right(const struct session_mounts_request *request,
			     const struct expected *expected, struct tag *tag)
{
	return tag_read(tag) && tag->sys == sys_device() &&
	       cover_is_there(request) && is_as_expected(expected);
}

/* --- In the helper, under the lock of the name --- */

static int tag_renew(const struct overrides *overrides)
{
	const struct tag tag = {
		.mounts = ns_current_mounts_number(),
		.cover = mounts_number(NETNS_DIRECTORY),
		.sys = sys_device(),
		.overrides = overrides_hash(overrides),
	};

	return tag.mounts ? tag_write(&tag) : -ENODATA;
}

/*
 * Enters mounts that are there, and puts their overrides right for all that
 * are in them. Returns 0; or -errno: they are no good.
 */
static int mounts_repair(const struct session_mounts_request *request,
			 const struct expected *expected, int mounts)
{
	struct overrides overrides = OVERRIDES_NONE;
	struct failure ignored;
	struct tag tag;
	int r = ns_enter_mounts(mounts);

	if (r == 0 && !mounts_are_right(request, expected, &tag))
		r = -ESTALE;
	if (r == 0)
		r = session_mounts_overrides(request, &overrides, &ignored);
	if (r == 0 && !overrides_are_there(request, &overrides, &tag)) {
		r = session_mounts_renew_overrides(request, &ignored);
		if (r == 0)
			r = tag_renew(&overrides);
		if (r == 0 && (!tag_read(&tag) ||
			       !overrides_are_there(request, &overrides, &tag)))
			r = -ESTALE;
	}
	overrides_release(&overrides);
	/* What covers a socket goes when a daemon makes the socket again. */
	return r == 0 ? session_mounts_hide(request, &ignored) : r;
}

/* New ones, from the host's. Nobody else would see what is mounted there. */
static int mounts_make(const struct session_mounts_request *request)
{
	struct overrides overrides = OVERRIDES_NONE;
	struct failure ignored;
	bool chrooted;
	int r = mountinfo_is_shared("/");

	if (r <= 0)
		return r < 0 ? r : -ENOTSUP;
	r = session_mounts_make(request, &chrooted, &ignored);
	if (r == 0)
		r = session_mounts_overrides(request, &overrides, &ignored);
	if (r == 0)
		r = tag_renew(&overrides);
	overrides_release(&overrides);
	return r;
}

/* The record of the helper, until the session has one of its own. */
static void helper_record(const struct session_mounts_request *request,
			  const struct sessions_query *query)
{
	scoped_fd int self = process_open(0);
	struct session_entry entry = {
		.leader = getpid(),
		.start_time = process_start_time(self),
		.plan = plan_name(PLAN_NAMED),
		.name = request->name,
		.net = query->net,
		.host_mounts = request->host->mounts,
		.view = SESSION_VIEW_NAME,
		.hide = request->hide,
	};

	(void)sessions_write(STATE_DIRECTORY, &entry);
}

static void helper_forget(const void *data)
{
	const struct shared_mounts *shared = data;
	scoped_fd int self = process_open(0);

	sessions_remove(STATE_DIRECTORY, shared->request->name, getpid(),
			process_start_time(self));
}

/* Repairs what records lead to. Returns 0; -errno: nothing can be used. */
static int mounts_find_and_repair(const struct session_mounts_request *request,
				  struct sessions_query query)
{
	struct expected expected = { .run_user = "" };
	int r;

	/* Now, as this process may have waited for the lock. */
	expect(request, true, &expected);
	do {
		scoped_fd int mounts =
			sessions_find_mounts(STATE_DIRECTORY, &query);

		if (mounts < 0)
			return mounts;
		r = mounts_repair(request, &expected, mounts);
		if (r < 0 && !sessions_avoid(&query, mounts))
			return r;
	} while (r < 0);
	return 0;
}

/* Returns a descriptor of the mount namespace, which this process is in. */
static int provide(const void *data, void *result)
{
	const struct shared_mounts *shared = data;
	struct session_mounts_request request = *shared->request;
	struct sessions_query query = shared->query;
	/* Those of the caller are closed here. */
	scoped_fd int net = ns_open_net();
	scoped_fd int host = ns_open_mounts();
	int r = ns_identify(net, &query.net);

	(void)result;
	if (r < 0)
		return r;
	request.net = net;
	request.entry = &shared->top;
	request.log = NULL;
	if (mounts_find_and_repair(&request, query) < 0) {
		r = ns_enter_mounts(host);
		if (r == 0)
			r = mounts_make(&request);
		if (r == 0)
			helper_record(&request, &query);
	}
	return r < 0 ? r : ns_open_mounts();
}

/* The same for a helper of its own. */
static int provide_alone(const void *data, void *result)
{
	const struct shared_mounts *shared = data;
	const struct session_mounts_request *request = shared->request;
	struct netns_lock lock = NETNS_LOCK_NONE;
	struct failure ignored;
	int r = 0;

	if (!shared->in_host_mounts)
		r = netns_enter_host_mounts(request->host, &ignored);
	if (r == 0)
		r = netns_lock(request->name, deadline_in(LOCK_WAIT_MS), &lock,
			       &ignored);
	if (r == 0)
		r = provide(shared, result);
	netns_unlock(&lock);
	return r;
}

/* --- In the caller --- */

/*
 * Whether the caller is in the mounts of a name, at their top: 1 or 0; or
 * -errno with failure: root and working directory may be anywhere then.
 */
static int is_in_shared_mounts(const struct session_mounts_request *request,
			       struct failure *failure)
{
	struct tag tag;
	int r;

	if (!tag_read(&tag))
		return 0;
	r = ns_is_chrooted(request->entry);
	if (r < 0)
		return failure_set(failure, r,
				   "find the top of the mount namespace", "");
	return r == 0;
}

/* Whether this process can come back to its working directory. */
static bool cwd_answers(const struct ns_saved *entry)
{
	const struct walk walk = { .path = entry->cwd, .cwd_of = entry };
	scoped_fd int fd = -EBADF;

	if (entry->cwd_fd >= 0 && is_local(entry->cwd_fd))
		return true;
	fd = walk_open_bounded(&walk);
	return fd >= 0;
}

/* From "/", where setns(2) has left this process. */
static int cwd_enter(const struct ns_saved *entry)
{
	const struct walk walk = { .path = entry->cwd, .cwd_of = entry };
	scoped_fd int fd = -EBADF;

	if (!strcmp(entry->cwd, "/") || session_mounts_cwd_is_in_sys(entry))
		return 0;
	fd = walk_open_bounded(&walk);
	return fd < 0 ? fd : ns_fchdir(fd);
}

/*
 * Enters mounts and looks whether they are the right ones. Returns 1; 0: they
 * are not, and this process is where it was; or -errno with failure.
 */
static int mounts_enter(const struct session_mounts_request *request,
			const struct expected *expected,
			const struct overrides *overrides, int mounts,
			struct failure *failure)
{
	struct tag tag;
	int r = ns_enter_mounts(mounts);

	if (r < 0)
		return 0;
	if (mounts_are_right(request, expected, &tag) &&
	    overrides_are_there(request, overrides, &tag) &&
	    session_mounts_are_hidden(request) &&
	    cwd_enter(request->entry) == 0)
		return 1;
	r = ns_restore_mounts(request->entry);
	if (r < 0)
		return failure_set(failure, r, "go back from",
				   "the mounts of the name");
	return 0;
}

/* Has a helper make or repair mounts. Returns a descriptor or -errno. */
static int mounts_get(struct shared_mounts *shared)
{
	struct helper_job job = shared->job;
	struct helper_settings settings;
	int mounts;
	int r;

	/* It allocates, and another thread may have the lock of that. */
	if (process_has_more_threads() != 0)
		return -EDEADLK;
	if (shared->helper.pid > 0) {
		r = helper_next(&shared->helper, &job, &mounts);
	} else {
		job.work = provide_alone;
		r = helper_run(&job, &mounts, &settings, &shared->helper);
	}
	return r < 0 ? r : mounts;
}

/* Tries what records lead to. Returns as mounts_enter(). */
static int mounts_find_and_enter(const struct session_mounts_request *request,
				 const struct expected *expected,
				 const struct overrides *overrides,
				 struct sessions_query query,
				 struct failure *failure)
{
	const char *state = sessions_state(request->entry, request->host);
	int r = 0;

	while (r == 0) {
		scoped_fd int mounts = sessions_find_mounts(state, &query);

		if (mounts < 0)
			return 0;
		r = mounts_enter(request, expected, overrides, mounts, failure);
		if (r == 0 && !sessions_avoid(&query, mounts))
			return 0;
	}
	return r;
}

/* The same for what a helper makes or repairs. */
static int mounts_get_and_enter(struct shared_mounts *shared,
				const struct overrides *overrides,
				struct failure *failure)
{
	scoped_fd int mounts = mounts_get(shared);
	struct expected expected = { .run_user = "" };

	if (mounts < 0)
		return 0;
	/* The helper may have waited. */
	expect(shared->request, false, &expected);
	return mounts_enter(shared->request, &expected, overrides, mounts,
			    failure);
}

int shared_mounts_begin(const struct session_mounts_request *request,
			struct shared_mounts *ret, struct failure *failure)
{
	const struct ns_saved *entry = request->entry;
	const struct ns_host *host = request->host;
	int r = 1;

	*ret = (struct shared_mounts){
		.request = request,
		.query = { .name = request->name,
			   .host_mounts = host->mounts,
			   .hide = request->hide },
		.top = NS_SAVED_NONE,
		.in_host_mounts = ns_is_on_host(entry, host),
		.helper = HELPER_NONE,
	};
	/* setns(2) refuses directories that other threads share. */
	if (!ns_id_is_known(host->mounts) || !entry->cwd ||
	    ns_unshare_directories() < 0 || !cwd_answers(entry))
		return 0;
	if (!ret->in_host_mounts)
		r = is_in_shared_mounts(request, failure);
	if (r <= 0)
		return r;
	ret->top.mounts = host->mounts;
	ret->top.root = host->root;
	ret->job = (struct helper_job){
		.work = provide,
		.request = ret,
		.wait_ms = WAIT_MS,
		.stay_ms = STAY_MS,
		.end = helper_forget,
	};
	return 0;
}

int shared_mounts_enter(struct shared_mounts *shared, struct failure *failure)
{
	const struct session_mounts_request *request = shared->request;
	struct overrides overrides = OVERRIDES_NONE;
	struct expected expected = { .run_user = "" };
	bool may_share = true;
	int r;

	if (!shared->job.work ||
	    ns_identify(request->net, &shared->query.net) < 0)
		return 0;
	r = session_mounts_overrides(request, &overrides, failure);
	if (r == 0 && shared->helper.pid <= 0) {
		expect(request, false, &expected);
		may_share = is_known(&expected);
		if (may_share)
			r = mounts_find_and_enter(request, &expected,
						  &overrides, shared->query,
						  failure);
	}
	if (r == 0 && may_share)
		r = mounts_get_and_enter(shared, &overrides, failure);
	overrides_release(&overrides);
	if (r <= 0)
		shared_mounts_release(shared);
	return r;
}

void shared_mounts_release(struct shared_mounts *shared)
{
	helper_release(&shared->helper);
}
