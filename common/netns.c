/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network namespace of a session. */
#include "netns.h"
#include "count.h"
#include "deadline.h"
#include "file.h"
#include "generated.h"
#include "init.h"
#include "loopback.h"
#include "mountinfo.h"
#include "mounts.h"
#include "netns_record.h"
#include "process.h"
#include "scope.h"
#include "state.h"
#include "sysctl.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <time.h>

enum {
	/* Any user may take the lock of ip-netns(8). */
	IP_LOCK_WAIT_MS = 100,
	/* An ip-netns(8) binds a file that it has made at once. */
	SETTLE_WAIT_MS = 1000,
	POLL_MAX_US = 16 * 1000,
	TRIES = 100,
};

/* --- Waiting, by polling: what is waited for has no time-out --- */

struct wait {
	long long deadline;
	long pause_us;
};

static struct wait wait_start(long long deadline)
{
	return (struct wait){ .deadline = deadline, .pause_us = 250 };
}

/* Sleeps a little, longer each time; false when the time is over. */
static bool wait_more(struct wait *wait)
{
	struct timespec pause = { .tv_nsec = wait->pause_us * 1000 };

	if (deadline_left(wait->deadline) == 0)
		return false;
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	if (wait->pause_us < POLL_MAX_US)
		wait->pause_us *= 2;
	return true;
}

static int lock_wait(int fd, long long deadline)
{
	struct wait wait = wait_start(deadline);

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (!wait_more(&wait))
			return -ETIMEDOUT;
	}
	return 0;
}

/* --- Looking a name up --- */

/* Why a mount is refused with ENOSPC; a file is if its file system is full. */
static const char mount_limit[] = "the limit fs.mount-max is reached";

static int directory_failed(struct failure *failure, int error)
{
	static const struct failure_cause causes[] = {
		{ -ELOOP, "it is a symbolic link", "rm" },
		{ -ENOTDIR, "it is not a directory", "rm" },
		{ -EROFS, "it is on a read-only file system", NULL },
		{ -ENOSPC, "/run is full", NULL },
	};

	(void)failure_set(failure, error, "use", NETNS_DIRECTORY);
	(void)failure_needs(failure, CAP_SYS_ADMIN);
	return failure_explain(failure, causes, COUNT(causes));
}

/* A system call failed. */
static int name_failed(struct failure *failure, int error, const char *doing,
		       const char *name)
{
	static const struct failure_cause causes[] = {
		{ -EROFS, "/run is read-only", NULL },
		{ -ENOSPC, "/run is full", NULL },
	};

	(void)failure_set_at(failure, error, doing, NETNS_DIRECTORY, name);
	return failure_explain(failure, causes, COUNT(causes));
}

/* What is there is not what is needed. */
static int name_refused(struct failure *failure, int error, const char *doing,
			const char *name)
{
	static const struct failure_cause causes[] = {
		{ -ELOOP, "it is a symbolic link", "rm" },
		{ -EISDIR, "it is a directory", "rmdir" },
		{ -EEXIST, "it is a directory with something in it", NULL },
		{ -ENXIO, "it is no namespace", "rm" },
		{ -ENOTEMPTY, "it is a file with content", "rm" },
		{ -EACCES, "it is not root's file", "rm" },
		{ -EBUSY, "something else is mounted there", "umount" },
		{ -EMEDIUMTYPE, "it is a namespace of another kind", "umount" },
		{ -EXDEV, "it is the network outside, which confines nobody",
		  "umount" },
		{ -ENOENT,
		  "the caller's mounts are not the host's, which are out of "
		  "reach",
		  NULL },
	};

	(void)failure_set_at(failure, error, doing, NETNS_DIRECTORY, name);
	return failure_explain(failure, causes, COUNT(causes));
}

static bool directory_is_empty(int fd)
{
	scoped_fd int directory = file_open_directory_at(fd, ".");
	struct file_entries entries = { .directory = directory };
	int r;

	return directory >= 0 && !file_next_entry(&entries, &r) && r == 0;
}

/*
 * What an entry is that is no namespace. -ESTALE: root's empty file, left by a
 * login or an ip-netns(8) that was killed, or to be mounted over at once.
 */
static int entry_kind(int fd)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	r = mounts_is_mount(fd, "");
	if (r != 0)
		return r < 0 ? r : -EBUSY;
	if (S_ISDIR(st.st_mode))
		return directory_is_empty(fd) ? -EISDIR : -EEXIST;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	if (st.st_uid != 0)
		return -EACCES;
	return st.st_size != 0 ? -ENOTEMPTY : -ESTALE;
}

/* Whether a symbolic link is /proc/PID/ns/net, or the like. */
static bool link_is_of_process(int fd)
{
	static const char end[] = "/ns/net";
	char target[64];
	ssize_t length = readlinkat(fd, "", target, sizeof(target));
	size_t size = sizeof(end) - 1;

	return length > (ssize_t)size && !strncmp(target, "/proc/", 6) &&
	       !memcmp(target + length - size, end, size);
}

static bool is_missing(int r)
{
	return r == -ENOENT || r == -ESTALE;
}

/*
 * Opens the namespace called name in directory, which may be the -errno of
 * opening that, without following a link and without waiting for anything.
 * Returns a descriptor for setns(2); -ENOENT or -ESTALE: there is none, the
 * latter as entry_kind(); or -errno with failure.
 */
static int name_open_at(int directory, const char *name,
			struct failure *failure)
{
	scoped_fd int entry = -EBADF;
	scoped_fd int net = -EBADF;
	struct statfs fs;
	int r;

	if (directory < 0)
		return directory == -ENOENT
			       ? -ENOENT
			       : directory_failed(failure, directory);
	entry = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (entry < 0 && errno == ENOENT)
		return -ENOENT;
	if (entry < 0 || fstatfs(entry, &fs) < 0)
		return name_failed(failure, -errno, "open", name);
	if (fs.f_type != NSFS_MAGIC) {
		r = entry_kind(entry);
		if (r == -ESTALE)
			return r;
		(void)name_refused(failure, r, "use", name);
		if (r == -ELOOP && link_is_of_process(entry))
			failure->cause = "it is a symbolic link to the "
					 "namespace of a process, which \"ip "
					 "netns attach NAME PID\" can name "
					 "without it";
		return r;
	}
	/* An O_PATH descriptor serves neither ioctl(2) nor setns(2). */
	net = open(fd_path(entry).text, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	r = net < 0 ? -1 : ioctl(net, NS_GET_NSTYPE);
	/* It is there: what is missing is /proc. */
	if (r < 0)
		return name_failed(failure, errno == ENOENT ? -EIO : -errno,
				   "open", name);
	if (r != CLONE_NEWNET)
		return name_refused(failure, -EMEDIUMTYPE, "use", name);
	return take_fd(&net);
}

static int name_open(const char *path, const char *name,
		     struct failure *failure)
{
	scoped_fd int directory = file_open_directory(path);

	return name_open_at(directory, name, failure);
}

int netns_open(const char *name, struct failure *failure)
{
	return name_open(NETNS_DIRECTORY, name, failure);
}

/* Whether a file under the name is so old that nobody is at work on it. */
static bool name_is_settled(const char *name)
{
	scoped_fd int directory = file_open_directory(NETNS_DIRECTORY);
	struct timespec now;
	struct stat st;

	if (directory < 0 ||
	    fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec - st.st_ctim.tv_sec > SETTLE_WAIT_MS / 1000;
}

/* --- Making a namespace --- */

/*
 * An instance of proc(5) of its own, closed at once: each namespace that is
 * looked into leaves an entry in one chain of /proc/sys/net, and with many of
 * them all look-ups there become slow. Else the one at /proc.
 */
static int own_proc_open(void)
{
	int proc = mounts_open_proc();

	if (proc < 0)
		proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return proc < 0 ? -errno : proc;
}

/*
 * Whether a user may have set in a network namespace, which is not the host's,
 * what he likes: it belongs to a user namespace below ours, or nobody can tell.
 * It is above ours, -EPERM, in a container that has the network of its host.
 */
static bool net_is_users(int fd)
{
	uid_t uid;
	int r = owner_find(fd, &uid);

	return r != 0 && r != -EPERM;
}

static int net_failed(struct failure *failure, int error)
{
	static const struct failure_cause causes[] = {
		{ -ENOSPC, "the limit user.max_net_namespaces is reached",
		  NULL },
		/* By a seccomp filter. Binding it would bind the caller's. */
		{ -EXDEV, "unshare(2) reports success but changes nothing",
		  NULL },
	};

	(void)failure_set(failure, error, "create a network namespace", "");
	(void)failure_needs(failure, CAP_SYS_ADMIN);
	return failure_explain(failure, causes, COUNT(causes));
}

/*
 * Moves this thread to a new network namespace, ready for use, and returns a
 * descriptor of it, or -errno with failure.
 */
static int net_make_ready(const struct netns_request *request,
			  const struct sysctl *sysctl,
			  struct helper_holder *holder,
			  struct netns_result *result)
{
	struct failure *failure = &result->failure;
	scoped_fd int fd = -EBADF;
	struct ns_id id = { .ino = 0 };
	int r;

	if (request->owner) {
		fd = owner_make_net(request->owner, holder, failure);
		if (fd < 0)
			return fd;
		r = ns_enter_net(fd);
	} else {
		r = ns_unshare_net();
		fd = r < 0 ? r : ns_open_net();
		r = fd < 0 ? fd : 0;
	}
	if (r == 0)
		r = ns_identify(fd, &id);
	if (r == 0 && (ns_id_equal(id, request->entry->net) ||
		       ns_id_equal(id, request->origin->net)))
		r = -EXDEV;
	if (r < 0)
		return net_failed(failure, r);
	r = request->lodown ? 0 : loopback_bring_up();
	if (r < 0) {
		(void)failure_set(failure, r, "bring up", "lo");
		return failure_needs(failure, CAP_NET_ADMIN);
	}
	if (!sysctl_is_default(sysctl)) {
		scoped_fd int proc = own_proc_open();

		result->sysctl_error = proc < 0 ? proc
						: sysctl_write(proc, sysctl);
	}
	result->made = true;
	return take_fd(&fd);
}

/* As net_make_ready(); waits for the end of what held the user namespace. */
static int net_make(const struct netns_request *request,
		    const struct sysctl *sysctl, struct netns_result *result)
{
	bool on_host = ns_id_equal(request->entry->net, request->host->net);
	/* A helper has none of the caller's descriptors. */
	scoped_fd int own = on_host ? -EBADF : ns_open_net();
	struct helper_holder holder = HELPER_HOLDER_NONE;
	int r = 0;

	/*
	 * How large some tables of a new one are is set in the network that
	 * this thread is in, by tcp_child_ehash_entries of ip-sysctl.rst. In
	 * one in between, which ends soon, it is not set.
	 */
	if (!on_host && net_is_users(own))
		r = ns_unshare_net();
	if (r < 0)
		return net_failed(&result->failure, r);
	r = net_make_ready(request, sysctl, &holder, result);
	helper_holder_release(&holder);
	return r;
}

/* --- Locking a name, and binding one --- */

/* What the helper is asked to make. */
struct making {
	const struct netns_request *request;
	pid_t caller;
	bool in_host_mounts; /* the caller's are the host's */
	long long deadline;  /* of all waiting */
	struct sysctl sysctl;
	char time[STATE_TIME_SIZE];
	struct netns_lock *lock;
	bool goes_on; /* with the next job, which has the lock, too */
};

int netns_enter_host_mounts(const struct ns_host *host, struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -EXDEV, "setns(2) reports success but changes nothing",
		  NULL },
	};
	scoped_fd int mounts = ns_open_host_mounts();
	int r = mounts < 0 ? mounts : ns_enter_mounts(mounts);

	if (r == 0)
		r = ns_check_mounts(host->mounts);
	if (r == 0)
		return 0;
	(void)failure_set(failure, r, "enter the host's mount namespace", "");
	(void)failure_needs(failure, CAP_SYS_ADMIN);
	return failure_explain(failure, causes, COUNT(causes));
}

static int lock_explain(struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -ETIMEDOUT, "another login holds it", NULL },
		{ -EPERM,
		  STATE_DIRECTORY " and all below must be root's, and "
				  "writable by root only",
		  NULL },
		{ -ENOTDIR, "a directory is needed there", "rm" },
		{ -ELOOP, "it is a symbolic link", "rm" },
		{ -EROFS, "/run is read-only", NULL },
		{ -ENOSPC, "/run is full", NULL },
	};

	return failure_explain(failure, causes, COUNT(causes));
}

static int lock_failed(struct failure *failure, int error, const char *object)
{
	(void)failure_set(failure, error, "lock", object);
	return lock_explain(failure);
}

int netns_lock(const char *name, long long deadline, struct netns_lock *ret,
	       struct failure *failure)
{
	scoped_fd int state = state_open(AT_FDCWD, NULL, 0755);
	scoped_fd int locks = -EBADF;
	scoped_fd int lock = -EBADF;
	int r;

	if (state < 0)
		return lock_failed(failure, state, STATE_DIRECTORY);
	locks = state_open(state, "lock", 0700);
	if (locks < 0)
		return lock_failed(failure, locks, STATE_LOCKS);
	lock = openat(locks, name,
		      O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		      0600);
	r = lock < 0 ? -errno : lock_wait(lock, deadline);
	if (r < 0) {
		(void)failure_set_at(failure, r, "lock", STATE_LOCKS, name);
		return lock_explain(failure);
	}
	*ret = (struct netns_lock){
		.state = take_fd(&state),
		.locks = take_fd(&locks),
		.lock = take_fd(&lock),
	};
	return 0;
}

void netns_unlock(struct netns_lock *lock)
{
	scope_close(&lock->lock);
	scope_close(&lock->locks);
	scope_close(&lock->state);
}

/*
 * Makes /run/netns a mount point with a peer group of its own, so that one
 * name is one mount. A tree that is there is used as it is. locks is locked
 * meanwhile, for all names.
 */
static int directory_prepare(int locks, long long deadline,
			     struct failure *failure)
{
	scoped_fd int directory = file_open_directory(NETNS_DIRECTORY);
	int r = directory < 0 ? 0 : mounts_is_mount(directory, "");
	bool is_limited = false;

	if (r > 0)
		return 0;
	r = lock_wait(locks, deadline);
	if (r < 0)
		return lock_failed(failure, r, STATE_LOCKS);
	if (mkdir(NETNS_DIRECTORY, 0755) < 0 && errno != EEXIST)
		r = -errno;
	/* What was opened before may lie under a mount by now. */
	scope_close(&directory);
	if (r == 0) {
		directory = file_open_directory(NETNS_DIRECTORY);
		r = directory < 0 ? directory : mounts_is_mount(directory, "");
	}
	if (r == 0) {
		/* An ip-netns(8) that prepares it holds this lock. */
		(void)lock_wait(directory, deadline_in(IP_LOCK_WAIT_MS));
		r = mounts_is_mount(AT_FDCWD, NETNS_DIRECTORY);
	}
	if (r == 0) {
		r = mounts_prepare_netns(NETNS_DIRECTORY);
		is_limited = r == -ENOSPC;
	}
	(void)flock(locks, LOCK_UN);
	if (r < 0)
		(void)directory_failed(failure, r);
	if (is_limited)
		failure->cause = mount_limit;
	return r < 0 ? r : 0;
}

static bool is_same_net(int a, int b)
{
	struct ns_id id_a = { .ino = 0 };
	struct ns_id id_b = { .ino = 0 };

	return ns_identify(a, &id_a) == 0 && ns_identify(b, &id_b) == 0 &&
	       ns_id_equal(id_a, id_b);
}

/* Whether the file that fd is still has this name. */
static bool entry_is(int directory, const char *name, int fd)
{
	struct stat here;
	struct stat there;

	return fstat(fd, &here) == 0 &&
	       fstatat(directory, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/*
 * Binds net to the name. stale: over the file that is there. Returns 0;
 * -EAGAIN: somebody else was there, look again; or -errno with failure, and no
 * file that was not there before.
 */
static int name_bind(const char *name, int net, bool stale,
		     struct failure *failure)
{
	scoped_fd int directory = file_open_directory(NETNS_DIRECTORY);
	scoped_fd int file = -EBADF;
	int r;

	if (directory == -ENOENT)
		return -EAGAIN;
	if (directory < 0)
		return directory_failed(failure, directory);
	file = openat(directory, name,
		      stale ? O_PATH | O_NOFOLLOW | O_CLOEXEC
			    : O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
				      O_CLOEXEC,
		      0);
	if (file < 0 && (errno == EEXIST || errno == ENOENT))
		return -EAGAIN;
	if (file < 0 && errno == EROFS)
		return directory_failed(failure, -EROFS);
	if (file < 0)
		return name_failed(failure, -errno, stale ? "open" : "create",
				   name);
	if (stale && entry_kind(file) != -ESTALE)
		return -EAGAIN;
	r = mounts_bind_net(net, file);
	if (r == 0)
		return 0;
	if (!stale && entry_is(directory, name, file))
		(void)unlinkat(directory, name, 0);
	/* Somebody has removed the file. */
	if (r == -ENOENT)
		return -EAGAIN;
	(void)name_failed(failure, r, "bind the new network namespace to",
			  name);
	if (r == -ENOSPC)
		failure->cause = mount_limit;
	return failure_needs(failure, CAP_SYS_ADMIN);
}

int netns_open_settled(const char *name, struct failure *failure)
{
	struct wait wait = wait_start(deadline_in(SETTLE_WAIT_MS));

	for (;;) {
		int r = netns_open(name, failure);

		if (r != -ESTALE || name_is_settled(name) || !wait_more(&wait))
			return r;
	}
}

/* --- In the helper --- */

/* What init.h needs to know. name: of a namespace that has none, else "". */
static struct init_request init_of(const struct making *making, int net,
				   const char *name,
				   const struct netns_result *result)
{
	const struct netns_request *request = making->request;
	bool named = request->kind == PLAN_NAMED;

	return (struct init_request){
		.programs = request->init,
		.name = named ? request->name : name,
		.user = request->user,
		.service = request->service,
		.rhost = request->rhost,
		.tty = request->tty,
		.etc = request->etc ? request->etc : request->user,
		.generated = result->generated,
		.net = net,
		.host = request->host,
		/* A name is made to the end. */
		.caller = named ? 0 : making->caller,
		.deadline = making->deadline,
	};
}

static int record_failed(struct failure *failure, int error, const char *name)
{
	(void)failure_set_at(failure, error, "write", STATE_NAMES, name);
	return lock_explain(failure);
}

static int name_record(const struct netns_lock *lock,
		       const struct making *making, int net)
{
	const struct netns_request *request = making->request;
	const struct netns_recording recording = {
		.name = request->name,
		.owner = request->owner,
		.init = request->init,
		.user = request->user,
		.service = request->service,
		.time = making->time,
	};

	return netns_write_record(lock->state, &recording, net);
}

/* The same as net_make(), and the programs of init have filled it. */
static int net_make_filled(const struct making *making,
			   struct netns_result *result)
{
	const struct netns_request *request = making->request;
	scoped_fd int net = net_make(request, &making->sysctl, result);
	struct init_request init;
	struct ns_id id = { .ino = 0 };
	char name[32];
	int r;

	if (net < 0)
		return net;
	if (!request->init) {
		if (request->kind == PLAN_NAMED)
			generated_remove_old(request->name);
		return take_fd(&net);
	}
	r = ns_identify(net, &id);
	if (r < 0)
		return failure_set(&result->failure, r, "identify",
				   "the new network namespace");
	(void)snprintf(name, sizeof(name), "net:[%llu]",
		       (unsigned long long)id.ino);
	r = generated_make(request->name, result->generated);
	if (r < 0) {
		(void)failure_set(&result->failure, r, "make",
				  result->generated);
		(void)lock_explain(&result->failure);
		generated_remove(request->name, result->generated);
		return r;
	}
	init = init_of(making, net, name, result);
	r = init_create(&init, result->output, &result->failure);
	if (r == 0) {
		r = generated_check(request->name, result->generated,
				    &result->failure);
		if (r < 0)
			(void)init_remove(&init, result->output, NULL);
	}
	if (r < 0) {
		generated_remove(request->name, result->generated);
		return r;
	}
	/* Nothing is looked up for who joins a namespace without any. */
	if (rmdir(result->generated) == 0)
		generated_remove(request->name, result->generated);
	return take_fd(&net);
}

/*
 * Finds the name, or binds *net to it, which is made for that. Returns a
 * descriptor or -errno with failure. *ret_bound: as far as is known, *net has
 * the name, also if this fails.
 */
static int name_find_or_bind(const struct making *making,
			     const struct netns_lock *lock, int *net,
			     bool *ret_bound, struct netns_result *result)
{
	const struct netns_request *request = making->request;
	struct failure *failure = &result->failure;
	const char *name = request->name;

	/* Again each time that ip-netns(8) adds or deletes the same name. */
	for (int tries = 0; tries <= TRIES; tries++) {
		int found = netns_open_settled(name, failure);
		bool stale = found == -ESTALE;
		int r;

		result->made = found >= 0 && *net >= 0 &&
			       is_same_net(*net, found);
		if (!is_missing(found))
			return found;
		*ret_bound = false;
		if (tries == TRIES || deadline_left(making->deadline) == 0)
			break;
		if (*net < 0)
			*net = net_make_filled(making, result);
		if (*net < 0)
			return *net;
		r = directory_prepare(lock->locks, making->deadline, failure);
		if (r < 0)
			return r;
		result->record_error = name_record(lock, making, *net);
		/* Without it nobody could tell what it is. */
		if (result->record_error != 0 &&
		    result->record_error != -ENODATA &&
		    (request->init || request->owner))
			return record_failed(failure, result->record_error,
					     name);
		r = name_bind(name, *net, stale, failure);
		if (r < 0 && r != -EAGAIN)
			return r;
		*ret_bound = r == 0;
		if (r == 0 && result->record_error == -ENODATA)
			result->record_error = name_record(lock, making, *net);
		result->made_over_file = r == 0 && stale;
	}
	return name_failed(failure, -EAGAIN, "bind", name);
}

/*
 * Under the lock of the name: gives back its namespace, which is made unless
 * another has made it meanwhile.
 */
static int name_get(const struct making *making, const struct netns_lock *lock,
		    struct netns_result *result)
{
	scoped_fd int net = -EBADF;
	bool bound = false;
	int r = name_find_or_bind(making, lock, &net, &bound, result);

	/* What was bound stays whole: others may have joined it. */
	if (net < 0 || bound || (r >= 0 && result->made))
		return r;
	netns_remove_record(lock->state, making->request->name);
	if (making->request->init) {
		struct init_request init = init_of(making, net, "", result);

		(void)init_remove(&init, result->output, NULL);
		if (*result->generated)
			generated_remove(making->request->name,
					 result->generated);
	}
	return r;
}

/* What a helper does for a namespace that gets no name. */
static int make_new(const void *data, void *data_result)
{
	const struct making *making = data;
	struct netns_result *result = data_result;
	int r = 0;

	if (!making->in_host_mounts)
		r = netns_enter_host_mounts(making->request->host,
					    &result->failure);
	return r < 0 ? r : net_make_filled(making, result);
}

/* What a helper does. */
static int make_named(const void *data, void *data_result)
{
	const struct making *making = data;
	const struct netns_request *request = making->request;
	struct netns_result *result = data_result;
	struct failure *failure = &result->failure;
	int r = 0;

	if (!making->in_host_mounts)
		r = netns_enter_host_mounts(request->host, failure);
	if (r == 0)
		r = netns_lock(request->name, making->deadline, making->lock,
			       failure);
	if (r == 0)
		r = name_get(making, making->lock, result);
	if (r < 0 || !result->made || !making->goes_on)
		netns_unlock(making->lock);
	return r;
}

/* What it does then. It is in the namespace that it has made. */
static int make_next(const void *data, void *result)
{
	const struct making *making = data;
	const struct helper_job *next = making->request->next;
	int r;

	/* Somebody else has made the name: this is a login that joins. */
	if (making->lock->lock < 0)
		return -ESTALE;
	r = next->work(next->request, result);
	netns_unlock(making->lock);
	return r;
}

static void make_end(const void *data)
{
	const struct making *making = data;
	const struct helper_job *next = making->request->next;

	if (next->end)
		next->end(next->request);
}

/* --- In the caller --- */

/*
 * Without the host the caller's own mounts have to do for making a name, unless
 * they are those of a session, or follow others: nobody else would see it.
 */
static int check_own_mounts(const struct netns_request *request,
			    struct netns_result *result, bool *ret_may_make)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *names = NULL;
	bool in_session = false;
	int r = mountinfo_read_table(&info);

	if (r == 0)
		r = mountinfo_find_path(&info, NETNS_DIRECTORY, true, &names);
	if (r == 0 && names)
		in_session = !strcmp(names->type, "tmpfs") &&
			     !strcmp(names->source, MOUNTS_SOURCE);
	if (r == 0 && !names)
		r = mountinfo_find_path(&info, "/run", false, &names);
	*ret_may_make = r == 0 && !in_session && names && !names->slave;
	mountinfo_release(&info);
	if (r < 0)
		return failure_set(&result->failure, r, "read",
				   "/proc/self/mountinfo");
	if (!in_session)
		result->forbidden = request->origin->net;
	return 0;
}

/*
 * Finds the network whose settings a new one takes over: the origin, or the
 * host if the origin is a user's. Returns a descriptor or -errno. If it was
 * opened here, it is also in *host, to be closed.
 */
static int sysctl_source(const struct netns_request *request, int *host,
			 struct ns_id *ret)
{
	const struct ns_saved *origin = request->origin;
	const struct ns_saved *entry = request->entry;
	bool elsewhere = !ns_id_equal(entry->net, origin->net);
	int fd = elsewhere ? origin->net_fd : entry->net_fd;
	int r;

	*ret = origin->net;
	if (elsewhere) {
		/* The application may have closed the descriptor. */
		r = ns_identify(fd, ret);
		if (r < 0)
			return r;
		if (!ns_id_equal(*ret, origin->net))
			return -EBADF;
	}
	if (ns_id_equal(origin->net, request->host->net) || !net_is_users(fd))
		return fd;
	*ret = request->host->net;
	if (!ns_id_is_known(*ret))
		return -ENXIO;
	*host = ns_open_host_net();
	return *host;
}

/*
 * Reads what a new namespace takes over. If it cannot be read, result says so,
 * and that is no reason to deny. Returns 0, or -errno with failure: there is no
 * way back.
 */
static int origin_sysctls(const struct netns_request *request,
			  struct sysctl *ret, struct netns_result *result)
{
	const struct ns_saved *entry = request->entry;
	struct ns_id source = { .ino = 0 };
	scoped_fd int host = -EBADF;
	scoped_fd int proc = -EBADF;
	int fd = sysctl_source(request, &host, &source);
	bool elsewhere = !ns_id_equal(entry->net, source);
	int r = fd < 0 ? fd : 0;

	*ret = (struct sysctl){ .ping_group_range = "" };
	if (r == 0 && elsewhere)
		r = ns_enter_net(fd);
	if (r < 0) {
		result->sysctl_error = r;
		return 0;
	}
	if (ns_id_equal(source, request->host->net))
		proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	else
		proc = own_proc_open();
	sysctl_read(proc, ret);
	r = elsewhere ? ns_enter_net(entry->net_fd) : 0;
	if (r == 0)
		return 0;
	/* Who was confined is not left in the host's network, if undo fails. */
	(void)ns_unshare_net();
	return failure_set(&result->failure, r, "go back from",
			   "another network namespace");
}

/* Whether names are in the caller's mounts: those of the host, or unknown. */
static bool names_are_here(const struct netns_request *request)
{
	return !*ns_host_prefix(request->entry, request->host);
}

/* The directory of names, from wherever the caller is. */
static const char *names_path(const struct netns_request *request)
{
	return names_are_here(request) ? NETNS_DIRECTORY
				       : "/proc/1/root" NETNS_DIRECTORY;
}

/* What the caller wants done next, with what has to be done around it. */
static struct helper_job next_job(const struct making *making)
{
	const struct helper_job none = { .work = NULL };
	struct helper_job job = making->goes_on ? *making->request->next : none;

	job.work = make_next;
	job.end = make_end;
	job.request = making;
	return job;
}

static int helper_failed(const struct netns_request *request, int error,
			 struct failure *failure)
{
	const char *doing = request->kind == PLAN_NAMED
				    ? "run the helper that creates the name"
				    : "run the helper that creates a "
				      "network namespace";
	static const struct failure_cause causes[] = {
		{ -EXDEV,
		  "the caller's children begin in another PID namespace",
		  NULL },
		{ -ECHILD, "it was killed", NULL },
		{ -ETIMEDOUT, "it gave no answer", NULL },
	};

	(void)failure_set(failure, error, doing, request->name);
	return failure_explain(failure, causes, COUNT(causes));
}

_Static_assert(sizeof(struct netns_result) <= 4096,
	       "more than a helper can answer");

static int get_by_helper(const struct netns_request *request,
			 int (*make)(const void *making, void *result),
			 struct netns_result *result)
{
	struct netns_lock lock = NETNS_LOCK_NONE;
	struct making making = {
		.request = request,
		.caller = getpid(),
		.in_host_mounts = names_are_here(request),
		.lock = &lock,
		/* It may allocate: another thread may have the lock of that. */
		.goes_on = request->next && process_has_more_threads() == 0,
	};
	const struct helper_job next = next_job(&making);
	const struct helper_job job = {
		.work = make,
		.request = &making,
		.result = result,
		.size = sizeof(*result),
		.wait_ms = HELPER_WAIT_MS,
		.next = making.goes_on ? &next : NULL,
	};
	int fd;
	int r = origin_sysctls(request, &making.sysctl, result);

	if (r < 0)
		return r;
	making.deadline = deadline_in(NETNS_LOCK_WAIT_MS);
	state_time(making.time, sizeof(making.time));
	if (request->init) {
		result->output = program_output_new();
		if (!result->output)
			return helper_failed(request, -ENOMEM,
					     &result->failure);
	}
	r = helper_run(&job, &fd, &result->helper,
		       making.goes_on ? &result->maker : NULL);
	if (r < 0)
		return helper_failed(request, r, &result->failure);
	if (!result->made)
		helper_release(&result->maker);
	return fd;
}

static int get_named(const struct netns_request *request,
		     struct netns_result *result)
{
	scoped_fd int fd = -EBADF;
	bool may_make = true;
	struct ns_id id = { .ino = 0 };
	int r = 0;

	result->forbidden = request->host->net;
	if (!ns_id_is_known(request->host->mounts))
		r = check_own_mounts(request, result, &may_make);
	if (r < 0)
		return r;
	fd = name_open(names_path(request), request->name, &result->failure);
	if (is_missing(fd) && !may_make)
		return name_refused(&result->failure, -ENOENT, "create",
				    request->name);
	if (is_missing(fd))
		fd = get_by_helper(request, make_named, result);
	if (fd < 0)
		return fd;
	r = ns_identify(fd, &id);
	if (r < 0)
		return name_failed(&result->failure, r, "identify",
				   request->name);
	if (ns_id_equal(id, result->forbidden))
		return name_refused(&result->failure, -EXDEV, "confine to",
				    request->name);
	r = owner_check_net(request->owner, fd, request->name,
			    &result->failure);
	return r < 0 ? r : take_fd(&fd);
}

static int get_new(const struct netns_request *request,
		   struct netns_result *result)
{
	struct sysctl sysctl;
	scoped_fd int fd = -EBADF;
	int r;

	if (request->init || request->owner)
		return get_by_helper(request, make_new, result);
	r = origin_sysctls(request, &sysctl, result);
	if (r < 0)
		return r;
	fd = net_make(request, &sysctl, result);
	if (fd < 0)
		return fd;
	/*
	 * Where setns(2) is forbidden it cannot go back, and is where
	 * netns_enter() brings it.
	 */
	(void)ns_enter_net(request->entry->net_fd);
	return take_fd(&fd);
}

static int get_host(const struct netns_request *request,
		    struct netns_result *result)
{
	static const struct failure_cause causes[] = {
		{ -ENXIO, "the namespaces of PID 1 cannot be read", NULL },
	};
	int fd = ns_id_is_known(request->host->net) ? ns_open_host_net()
						    : -ENXIO;

	if (fd >= 0)
		return fd;
	(void)failure_set(&result->failure, fd, "enter the host's network", "");
	return failure_explain(&result->failure, causes, COUNT(causes));
}

int netns_get(const struct netns_request *request, struct netns_result *result)
{
	*result = NETNS_RESULT_NONE;
	switch (request->kind) {
	case PLAN_NEW:
		return get_new(request, result);
	case PLAN_NAMED:
		return get_named(request, result);
	case PLAN_HOST:
		return get_host(request, result);
	case PLAN_LEAVE:
		break;
	}
	return failure_set(&result->failure, -EINVAL, "understand the plan",
			   "");
}

/* --- Entering it --- */

/*
 * Whether the name in the directory still leads to fd. Returns as
 * netns_enter().
 */
static int name_check(const struct netns_request *request, int directory,
		      int fd, struct netns_result *result)
{
	struct failure *failure = &result->failure;
	scoped_fd int again = name_open_at(directory, request->name, failure);

	if (again < 0 && !is_missing(again))
		return again;
	if (again >= 0 && is_same_net(again, fd))
		return 0;
	result->stale = true;
	/* What is made next begins where this login does. */
	(void)ns_enter_net(request->entry->net_fd);
	(void)name_failed(failure, -ESTALE, "stay in", request->name);
	failure->cause = "it keeps being deleted and created again";
	return failure->error;
}

/* In a helper: nobody is at work on the name meanwhile. */
static int recorded_read_locked(const void *data, void *result)
{
	const struct netns_request *request = data;
	struct recorded *recorded = result;
	struct netns_lock lock = NETNS_LOCK_NONE;
	struct failure ignored;
	int r = 0;

	if (!names_are_here(request))
		r = netns_enter_host_mounts(request->host, &ignored);
	if (r == 0)
		r = netns_lock(request->name, deadline_in(NETNS_LOCK_WAIT_MS),
			       &lock, &ignored);
	if (r < 0)
		return r;
	r = recorded_read(ns_host_prefix(request->entry, request->host),
			  request->name, recorded);
	netns_unlock(&lock);
	return r < 0 ? r : ns_open_net();
}

/* The same, where it may not be written yet. Returns 0 or -errno. */
static int recorded_find(const struct netns_request *request,
			 struct recorded *ret)
{
	const struct helper_job job = {
		.work = recorded_read_locked,
		.request = request,
		.result = ret,
		.size = sizeof(*ret),
		.wait_ms = HELPER_WAIT_MS,
	};
	unsigned long long cookie = 0;
	struct helper_settings settings;
	scoped_fd int fd = -EBADF;
	int r = recorded_read(ns_host_prefix(request->entry, request->host),
			      request->name, ret);

	if (r < 0 || ret->is_there)
		return r;
	/* With a cookie it is written before the name is bound. */
	r = netns_cookie(&cookie);
	if (r == 0 && cookie == 0)
		(void)helper_run(&job, &fd, &settings, NULL);
	return r;
}

/* An inode alone does not identify a namespace. Returns 0 or -errno. */
static int find_generated(const struct netns_request *request,
			  char ret[GENERATED_SIZE])
{
	struct recorded recorded;
	unsigned long long cookie = 0;
	int r = generated_find(ns_host_prefix(request->entry, request->host),
			       request->name, ret);

	if (r < 0 || !*ret)
		return r;
	r = netns_cookie(&cookie);
	if (r < 0 || cookie > 0)
		return r;
	r = recorded_find(request, &recorded);
	if (r < 0 || !recorded.is_there)
		*ret = '\0';
	return r;
}

/* As name_failed(); who would not see it is not let in. */
static int generated_of_name(const struct netns_request *request,
			     struct netns_result *result)
{
	int r = find_generated(request, result->generated);

	return r < 0 ? failure_set(&result->failure, r,
				   "find what programs have generated for",
				   request->name)
		     : 0;
}

static int join_denied(struct failure *failure, const char *name,
		       const char *cause)
{
	(void)failure_set(failure, -EPERM, "join", name);
	failure->cause = cause;
	failure->fix = "pamnetctl remove";
	return failure->error;
}

/*
 * Who has a /run that is not the host's cannot mount from there, nor be denied
 * for it.
 */
static void generated_check_reach(const struct netns_request *request,
				  struct netns_result *result)
{
	const char *prefix = ns_host_prefix(request->entry, request->host);
	char path[sizeof("/proc/1/root") + sizeof(result->generated)];

	if (!*result->generated || !*prefix ||
	    generated_is_seen(prefix, result->generated))
		return;
	result->generated_unseen = true;
	(void)snprintf(path, sizeof(path), "%s%s", prefix, result->generated);
	if (request->kind == PLAN_NEW)
		generated_remove(request->name, path);
	*result->generated = '\0';
}

/*
 * What was there before is joined as it is, but nobody gets around the rules by
 * a line without them, and nobody gets more users into a user namespace than
 * we put there: only the record says which those are. Returns as netns_enter().
 */
static int check_record(const struct netns_request *request, int directory,
			int fd, struct netns_result *result)
{
	struct recorded recorded;
	const char *cause;
	int r = recorded_find(request, &recorded);

	if (r < 0)
		return failure_set(&result->failure, r, "read the record of",
				   request->name);
	cause = recorded_denies(&recorded, request->init, request->owner);
	if (request->init)
		result->init_differs = strcmp(recorded.init, request->init) !=
				       0;
	if (!cause && !result->init_differs)
		return 0;
	/* The record may be that of the next namespace of this name. */
	r = name_check(request, directory, fd, result);
	if (r == 0 && cause)
		r = join_denied(&result->failure, request->name, cause);
	return r;
}

/*
 * In the namespace fd: finds what belongs to the name, and checks that this
 * still leads there. Returns as netns_enter().
 */
static int enter_named(const struct netns_request *request, int fd,
		       struct netns_result *result)
{
	struct failure *failure = &result->failure;
	scoped_fd int names = file_open_directory(names_path(request));
	int r = result->made ? 0 : generated_of_name(request, result);

	if (r < 0)
		return r;
	generated_check_reach(request, result);
	/* What was not there while the name led here was never there. */
	r = name_check(request, names, fd, result);
	if (r < 0)
		return r;
	r = result->made || request->lodown ? 0 : loopback_bring_up();
	if (r < 0) {
		(void)failure_set(failure, r, "bring up", "lo");
		return failure_needs(failure, CAP_NET_ADMIN);
	}
	if (!result->made && (request->init || request->owner))
		r = check_record(request, names, fd, result);
	if (*result->generated)
		result->names = take_fd(&names);
	return r;
}

int netns_enter(const struct netns_request *request, int fd,
		struct netns_result *result)
{
	const char *object = *request->name ? request->name
					    : "the planned network namespace";
	struct failure *failure = &result->failure;
	struct ns_id now = { .ino = 0 };
	struct ns_id wanted = { .ino = 0 };
	int r = ns_identify(fd, &wanted);

	if (r == 0)
		r = ns_current_net(&now);
	if (r == 0 && !ns_id_equal(now, wanted))
		r = ns_enter_net(fd);
	if (r < 0) {
		(void)failure_set(failure, r, "enter", object);
		return failure_needs(failure, CAP_SYS_ADMIN);
	}
	if (request->kind == PLAN_NAMED)
		return enter_named(request, fd, result);
	if (request->kind == PLAN_NEW)
		generated_check_reach(request, result);
	return 0;
}

int netns_check_generated(const struct netns_request *request, int fd,
			  struct netns_result *result)
{
	return result->names >= 0
		       ? name_check(request, result->names, fd, result)
		       : 0;
}

int netns_verify(const struct netns_request *request, int fd,
		 const struct netns_result *result, struct ns_id *ret)
{
	const struct ns_host *host = request->host;
	struct ns_id wanted = { .ino = 0 };
	struct ns_id now = { .ino = 0 };
	bool right;
	int r = ns_identify(fd, &wanted);

	if (r == 0)
		r = ns_current_net(&now);
	if (r < 0)
		return r;
	right = ns_id_equal(now, wanted);
	if (request->kind == PLAN_NEW)
		right = right && !ns_id_equal(now, request->origin->net) &&
			!ns_id_equal(now, host->net);
	else if (request->kind == PLAN_NAMED)
		right = right && !ns_id_equal(now, result->forbidden);
	else
		right = right && ns_id_equal(now, host->net);
	if (!right)
		return -EXDEV;
	*ret = now;
	return 0;
}

void netns_release(const struct netns_request *request,
		   struct netns_result *result)
{
	scope_close(&result->names);
	if (request->kind == PLAN_NEW && *result->generated)
		generated_remove(request->name, result->generated);
}

/* --- Looking at a name, without going there --- */

int netns_look(const char *name, struct failure *failure)
{
	struct ns_host host = ns_read_host();
	scoped_fd int fd = netns_open(name, failure);
	struct ns_id id = { .ino = 0 };

	if (fd < 0)
		return is_missing(fd) ? 0 : fd;
	if (ns_identify(fd, &id) == 0 && ns_id_equal(id, host.net))
		return name_refused(failure, -EXDEV, "use", name);
	return 1;
}

static int name_has_gone(struct failure *failure, const char *name)
{
	(void)name_failed(failure, -ENOENT, "look at", name);
	failure->cause = "it was deleted or created again meanwhile";
	return failure->error;
}

/* For one that was there: who opens it finds it, or says why not. */
static int name_open_again(const char *name, struct failure *failure)
{
	int fd = netns_open(name, failure);

	return is_missing(fd) ? name_has_gone(failure, name) : fd;
}

int netns_look_owner(const char *name, const struct owner *owner,
		     struct failure *failure)
{
	scoped_fd int fd = name_open_again(name, failure);

	return fd < 0 ? fd : owner_check_net(owner, fd, name, failure);
}

int netns_look_record(const char *name, const char *init,
		      const struct owner *owner, struct recorded *ret,
		      struct failure *failure)
{
	scoped_fd int own = ns_open_net();
	scoped_fd int fd = name_open_again(name, failure);
	scoped_fd int now = -EBADF;
	const char *cause;
	int looked;
	int r = own < 0 ? own : 0;

	if (fd < 0)
		return fd;
	if (r == 0)
		r = ns_enter_net(fd);
	if (r < 0)
		return name_failed(failure, r, "look into", name);
	looked = recorded_read("", name, ret);
	r = ns_enter_net(own);
	if (looked < 0)
		return failure_set(failure, looked, "read the record of", name);
	if (r < 0)
		return name_failed(failure, r, "go back from", name);
	cause = recorded_denies(ret, init, owner);
	if (!cause)
		return 0;
	/* The record may be that of the next namespace of this name. */
	now = name_open_again(name, failure);
	if (now < 0)
		return now;
	return is_same_net(now, fd) ? join_denied(failure, name, cause)
				    : name_has_gone(failure, name);
}

int netns_make_directory(void)
{
	scoped_fd int directory = -EBADF;
	/* Nobody mends the mode if this process is killed behind mkdir(2). */
	mode_t mask = umask(022);
	int r = mkdir(NETNS_DIRECTORY, 0755) < 0 ? -errno : 0;

	(void)umask(mask);
	/* Where it cannot be made, none can come later either. */
	if (r == -EEXIST || r == -EROFS || r == -EACCES || r == -ENOENT ||
	    r == -ENOSPC || r == -EDQUOT)
		return 0;
	if (r < 0)
		return r;
	/* Whatever group the application has. */
	directory = file_open_directory(NETNS_DIRECTORY);
	if (directory < 0)
		return directory;
	return fchown(directory, 0, 0) < 0 ? -errno : 0;
}

/* --- Removing one --- */

int netns_bind_again(const char *name, int net, struct failure *failure)
{
	for (int tries = 0; tries <= TRIES; tries++) {
		scoped_fd int found = netns_open(name, failure);
		int r;

		if (found >= 0 && is_same_net(found, net))
			return 0;
		if (found >= 0)
			return name_refused(failure, -EBUSY, "bind", name);
		if (!is_missing(found))
			return found;
		r = name_bind(name, net, found == -ESTALE, failure);
		if (r != -EAGAIN)
			return r;
	}
	return name_failed(failure, -EAGAIN, "bind", name);
}

int netns_remove_file(const char *name, const struct timespec *before,
		      struct failure *failure)
{
	scoped_fd int directory = file_open_directory(NETNS_DIRECTORY);
	scoped_fd int file = -EBADF;
	struct stat st;

	if (directory == -ENOENT)
		return 0;
	if (directory < 0)
		return directory_failed(failure, directory);
	file = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0 && errno == ENOENT)
		return 0;
	if (file < 0 || fstat(file, &st) < 0)
		return name_failed(failure, -errno, "open", name);
	/* Another has taken the name, or is about to. */
	if (entry_kind(file) != -ESTALE || st.st_ctim.tv_sec > before->tv_sec ||
	    (st.st_ctim.tv_sec == before->tv_sec &&
	     st.st_ctim.tv_nsec >= before->tv_nsec))
		return 1;
	if (unlinkat(directory, name, 0) < 0 && errno != ENOENT)
		return errno == EBUSY
			       ? 1
			       : name_failed(failure, -errno, "remove", name);
	return 0;
}
