/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into the planned network namespace. */
#include "network.h"
#include "helper.h"
#include "loopback.h"
#include "mountinfo.h"
#include "mounts.h"
#include "registry.h"
#include "scope.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

/* What a helper sends back beside the struct. */
enum { FD_NET, FD_LOCK };

static int fail(struct network *network, enum fault_step step,
		const char *object, int error)
{
	return fault_set(&network->fault, FAULT_UNCONFINED, step, object,
			 error);
}

static int name_fail(struct network *network, enum fault_step step, int error)
{
	return fault_set_at(&network->fault, FAULT_UNCONFINED, step,
			    REGISTRY_DIRECTORY, network->name, error);
}

/* Ready for use before it has a name: nobody joins a half-made one. */
static int net_make(struct network *network)
{
	int r = place_new_net();

	if (r < 0)
		return fail(network, STEP_NEW_NET, "", r);
	r = network->lodown ? 0 : loopback_bring_up();
	if (r < 0)
		return fail(network, STEP_LOOPBACK, "lo", r);
	network->sysctl_error = sysctl_write(network->sysctl);
	return 0;
}

/* --- A name: found, or made under its lock. No allocation, no log. --- */

/* Whether the directory of names is a mount point: 1, 0, or -errno. */
static int names_are_prepared(void)
{
	scoped_fd int directory = registry_open_directory();

	if (directory < 0)
		return directory == -ENOENT ? 0 : directory;
	return registry_is_mount(directory);
}

static int names_prepare_locked(struct network *network)
{
	int ip_lock;
	int r = registry_make_directory();

	if (r < 0)
		return r;
	network->made_directory = r > 0;
	/* The descriptor lies under what is mounted next: look anew. */
	ip_lock = registry_open_directory_locked();
	if (ip_lock < 0)
		return ip_lock;
	r = names_are_prepared();
	if (r == 0) {
		network->made_mount = true;
		r = mounts_prepare_names(REGISTRY_DIRECTORY);
	}
	registry_unlock(&ip_lock);
	return r < 0 ? r : 0;
}

static int names_prepare(struct network *network)
{
	int r = names_are_prepared();

	if (r == 0) {
		int lock = registry_lock_directory();

		r = lock < 0 ? lock : names_prepare_locked(network);
		registry_unlock(&lock);
	}
	if (r < 0)
		return fail(network, STEP_PREPARE_NAMES, REGISTRY_DIRECTORY, r);
	return 0;
}

/* Somebody may use it by now: then it is busy, or not empty, and stays. */
static void names_take_back(struct network *network)
{
	int lock;

	if (!network->made_mount && !network->made_directory)
		return;
	lock = registry_lock_directory();
	if (lock >= 0 && network->made_mount)
		(void)mounts_remove(REGISTRY_DIRECTORY, false);
	if (lock >= 0 && network->made_directory)
		(void)registry_remove_directory();
	registry_unlock(&lock);
	network->made_mount = false;
	network->made_directory = false;
}

static void name_take_back(struct network *network)
{
	char path[sizeof(REGISTRY_DIRECTORY) + NAME_MAX + 1];
	scoped_fd int directory = registry_open_directory();

	(void)snprintf(path, sizeof(path), "%s/%s", REGISTRY_DIRECTORY,
		       network->name);
	if (network->created)
		(void)mounts_remove(path, true);
	if (network->made_file && directory >= 0)
		(void)registry_remove(directory, network->name);
	network->created = false;
	network->made_file = false;
	scope_close(&directory);
	names_take_back(network);
}

/*
 * A file that was not there a moment ago is that of an ip-netns(8) at work,
 * and not ours to take. -EAGAIN: somebody else was there, look again.
 */
static int name_bind(struct network *network, bool stale)
{
	scoped_fd int directory = registry_open_directory();
	scoped_fd int file = -EBADF;
	int r;

	if (directory < 0)
		return name_fail(network, STEP_ADD_NAME, directory);
	file = stale ? registry_take_over(directory, network->name)
		     : registry_add(directory, network->name);
	if (file == -EEXIST || file == -ENOENT)
		return -EAGAIN;
	if (file < 0)
		return name_fail(network, STEP_ADD_NAME, file);
	network->made_file = !stale;
	r = mounts_bind_net(file);
	if (r == 0) {
		network->created = true;
		return 0;
	}
	if (network->made_file)
		(void)registry_remove(directory, network->name);
	network->made_file = false;
	return r == -ENOENT ? -EAGAIN : name_fail(network, STEP_BIND_NAME, r);
}

static bool is_missing(int r)
{
	return r == -ENOENT || r == -ESTALE;
}

/*
 * What is joined is what is bound there in the end, whoever bound it. -EAGAIN:
 * an ip-netns(8) has deleted it, look again.
 */
static int name_create(struct network *network, bool stale)
{
	int r = net_make(network);

	if (r < 0)
		return r;
	r = names_prepare(network);
	if (r < 0)
		return r;
	r = name_bind(network, stale);
	if (r < 0)
		return r;
	network->net = registry_find(network->name);
	if (is_missing(network->net)) {
		network->created = false;
		network->made_file = false;
		return -EAGAIN;
	}
	if (network->net < 0)
		return name_fail(network, STEP_FIND_NAME, network->net);
	return 0;
}

/* Under the exclusive lock: finds what is there by now, or makes it. */
static int name_find_or_create(struct network *network)
{
	/* Again each time that ip-netns(8) adds or deletes the same name. */
	for (int tries = 0; tries < 100; tries++) {
		int r = registry_find_settled(network->name);

		network->net = r;
		if (r >= 0)
			return 0;
		if (!is_missing(r))
			return name_fail(network, STEP_FIND_NAME, r);
		r = name_create(network, r == -ESTALE);
		if (r != -EAGAIN)
			return r;
	}
	return name_fail(network, STEP_ADD_NAME, -EAGAIN);
}

static int name_create_locked(struct network *network)
{
	int r = network->lock;

	if (!network->may_create)
		return name_fail(network, STEP_ALLOW_CREATION, -EXDEV);
	if (r >= 0)
		r = registry_lock_exclusively(network->lock);
	if (r < 0)
		return name_fail(network, STEP_LOCK_NAME, r);
	return name_find_or_create(network);
}

/* A name that leads outside confines nobody. */
static int name_check(struct network *network)
{
	struct ns_id id;
	int r = place_identify(network->net, &id);

	if (r < 0)
		return name_fail(network, STEP_FIND_NAME, r);
	if (ns_id_equal(id, network->forbidden))
		return name_fail(network, STEP_REFUSE_HOST, -EXDEV);
	return 0;
}

static int name_find(struct network *network)
{
	int r = 0;

	network->net = registry_find(network->name);
	if (is_missing(network->net))
		r = name_create_locked(network);
	else if (network->net < 0)
		r = name_fail(network, STEP_FIND_NAME, network->net);
	return r < 0 ? r : name_check(network);
}

/*
 * Who joins goes on without the lock where it cannot be made, as on a
 * read-only /run.
 */
static int name_claim(struct network *network)
{
	int r;

	network->lock = registry_lock(network->name, LOCK_SH);
	if (network->lock < 0 && !registry_is_unwritable(network->lock))
		return name_fail(network, STEP_LOCK_NAME, network->lock);
	r = name_find(network);
	if (r == 0)
		return 0;
	name_take_back(network);
	scope_close(&network->net);
	registry_unlock(&network->lock);
	return r;
}

/* --- In the host's mount namespace, by a helper --- */

/* A filter can answer 0 for a call that was not made. */
static int join_host_mounts(const struct network *network)
{
	struct ns_id now;
	int r = place_join_mounts(network->host_mounts);

	if (r == 0)
		r = place_current_mounts(&now);
	if (r == 0 && !ns_id_equal(now, network->host->mounts))
		r = -EXDEV;
	return r;
}

static int helper_claim(void *data, int fds[HELPER_DESCRIPTORS])
{
	struct network *network = data;
	int r = join_host_mounts(network);

	if (r < 0)
		return fail(network, STEP_ENTER_HOST, "", r);
	r = name_claim(network);
	fds[FD_NET] = network->net;
	fds[FD_LOCK] = network->lock;
	return r;
}

/* Nobody took the answer of a claim. */
static void helper_undo(void *data)
{
	name_take_back(data);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): helper.h wants it so. */
static int helper_take_back(void *data, int fds[HELPER_DESCRIPTORS])
{
	struct network *network = data;
	int r = join_host_mounts(network);

	(void)fds;
	if (r == 0)
		name_take_back(network);
	return r;
}

static int claim_by_helper(struct network *network)
{
	int fds[HELPER_DESCRIPTORS];
	int r;

	network->host_mounts = place_open_host_mounts();
	if (network->host_mounts < 0)
		return fail(network, STEP_ENTER_HOST, "", network->host_mounts);
	r = helper_run(helper_claim, helper_undo, network, sizeof(*network),
		       fds);
	network->net = fds[FD_NET];
	network->lock = fds[FD_LOCK];
	if (r < 0 && network->fault.kind == FAULT_NONE)
		return fail(network, STEP_ASK_HOST, "", r);
	return r;
}

/*
 * Where the host is unknown the caller's own mounts have to do, if they are
 * known and neither those of a session nor follow others: a name made there
 * would be seen by nobody else.
 */
static int judge_by(const struct mountinfo *info, struct network *network)
{
	const struct mount_entry *names;
	bool in_view;
	int r = mountinfo_find_path(info, REGISTRY_DIRECTORY, true, &names);

	in_view = names && !strcmp(names->type, "tmpfs") &&
		  !strcmp(names->source, MOUNTS_SOURCE);
	if (r == 0 && !names)
		r = mountinfo_find_path(info, "/run", false, &names);
	if (r < 0)
		return r;
	network->may_create = !in_view && names && !names->slave;
	if (!in_view)
		network->forbidden = network->outside;
	return 0;
}

static int judge_own_mounts(struct network *network)
{
	struct mountinfo info = MOUNTINFO_NONE;
	int r = mountinfo_read(&info);

	if (r == 0)
		r = judge_by(&info, network);
	mountinfo_release(&info);
	if (r < 0)
		return fail(network, STEP_READ_MOUNTS, "/proc/self/mountinfo",
			    r);
	return 0;
}

static int claim(struct network *network)
{
	int r;

	if (!ns_id_is_known(network->host->mounts)) {
		r = judge_own_mounts(network);
		return r < 0 ? r : name_claim(network);
	}
	network->may_create = true;
	network->forbidden = network->host->net;
	if (place_is_on_host(network->entry, network->host))
		return name_claim(network);
	return claim_by_helper(network);
}

/* --- What the session calls --- */

static int enter_new(struct network *network)
{
	int r = net_make(network);

	network->created = r == 0;
	return r;
}

static int enter_named(struct network *network)
{
	int r = claim(network);

	if (r < 0)
		return r;
	r = place_join_net(network->net);
	if (r < 0)
		return fail(network, STEP_JOIN_NET, network->name, r);
	if (network->created || network->lodown)
		return 0;
	r = loopback_bring_up();
	return r < 0 ? fail(network, STEP_LOOPBACK, "lo", r) : 0;
}

/* No error if it is there already: to be there is what was wanted. */
static int enter_host(struct network *network)
{
	int r;

	if (!ns_id_is_known(network->host->net))
		return fail(network, STEP_JOIN_HOST, "network", -ENXIO);
	if (ns_id_equal(network->entry->net, network->host->net))
		return 0;
	network->net = place_open_host_net();
	if (network->net < 0)
		return fail(network, STEP_JOIN_HOST, "network", network->net);
	r = place_join_net(network->net);
	return r < 0 ? fail(network, STEP_JOIN_HOST, "network", r) : 0;
}

int network_enter(struct network *network)
{
	switch (network->kind) {
	case PLAN_NEW:
		return enter_new(network);
	case PLAN_NAMED:
		return enter_named(network);
	case PLAN_HOST:
		return enter_host(network);
	case PLAN_LEAVE:
		break;
	}
	return fail(network, STEP_VERIFY, "", -EINVAL);
}

static bool is_planned(const struct network *network, struct ns_id now)
{
	struct ns_id named;

	switch (network->kind) {
	case PLAN_NEW:
		return !ns_id_equal(now, network->outside) &&
		       !ns_id_equal(now, network->host->net);
	case PLAN_NAMED:
		return place_identify(network->net, &named) == 0 &&
		       ns_id_equal(now, named) &&
		       !ns_id_equal(now, network->forbidden);
	case PLAN_HOST:
		return ns_id_equal(now, network->host->net);
	case PLAN_LEAVE:
		break;
	}
	return false;
}

int network_verify(const struct network *network, struct ns_id *ret)
{
	struct ns_id now;
	int r = place_current_net(&now);

	if (r < 0)
		return r;
	if (!is_planned(network, now))
		return -EXDEV;
	*ret = now;
	return 0;
}

void network_take_back(struct network *network)
{
	int fds[HELPER_DESCRIPTORS];

	if (network->kind != PLAN_NAMED ||
	    (!network->created && !network->made_file && !network->made_mount &&
	     !network->made_directory))
		return;
	if (network->host_mounts < 0)
		name_take_back(network);
	else
		(void)helper_run(helper_take_back, NULL, network,
				 sizeof(*network), fds);
}

void network_release(struct network *network)
{
	registry_unlock(&network->lock);
	scope_close(&network->net);
	scope_close(&network->host_mounts);
}
