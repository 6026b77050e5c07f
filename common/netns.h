/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network namespace of a session: a new one, a named one, the host's.
 *
 * Names are those of ip-netns(8), in the host's /run/netns. To join one takes
 * no lock: it is looked up, entered and looked up again. One is made by a
 * helper of root's (helper.h), under the lock of its name,
 * /run/pam_net/lock/NAME, which no user can open. What is bound stays bound:
 * from then on others may be in it.
 */
#ifndef NETNS_H
#define NETNS_H

#include "failure.h"
#include "generated.h"
#include "helper.h"
#include "netns_record.h"
#include "ns.h"
#include "owner.h"
#include "plan.h"
#include "program.h"

#include <stdbool.h>
#include <time.h>

struct netns_request {
	enum plan_kind kind; /* not PLAN_LEAVE */
	const char *name;    /* PLAN_NAMED: one component of a path; else "" */
	bool lodown;	     /* leave lo as it is */
	const char *init;    /* programs that fill a new one, init.h; or NULL */
	const struct owner *owner; /* whom it belongs to; NULL: root */
	const char *user; /* for the record of the name, and for init */
	const char *service;
	const char *rhost;
	const char *tty;
	const char *etc; /* for init: the directory below /etc/netns, or NULL */
	const struct ns_host *host;
	const struct ns_saved *entry;  /* where the caller is */
	const struct ns_saved *origin; /* where its first open came from */
	/*
	 * What the helper that has made the name goes on with, in the new
	 * namespace and under the lock, unless the caller has threads; or
	 * NULL.
	 */
	const struct helper_job *next;
};

struct netns_result {
	struct failure failure;
	bool stale;	     /* the name does not lead there any more */
	bool made;	     /* by this login */
	bool made_over_file; /* an empty file was there */
	int sysctl_error;    /* -errno: settings were not carried over */
	int record_error;    /* -errno: the record was not written */
	/* Overrides that programs have generated, or "". */
	char generated[GENERATED_SIZE];
	int names; /* where the name is, for netns_check_generated() */
	bool generated_unseen; /* there are some, but not in the caller's /run
				*/
	bool init_differs;     /* other programs, or none, filled it */
	struct program_output *output; /* of programs that ran, or NULL */
	struct ns_id forbidden;	       /* the network that is outside */
	struct helper_settings helper;
	/*
	 * The one that goes on with next, if this login has made the name; to
	 * be given to helper_release() in any case.
	 */
	struct helper maker;
};

#define NETNS_RESULT_NONE                                                      \
	((struct netns_result){ .names = -EBADF, .maker = HELPER_NONE })

/* What a result says, for the log and for pamnetctl(8). */
#define NETNS_OVER_FILE_TEXT                                                   \
	"'%s/%s' was an empty file, left by something that did not end: a "    \
	"new namespace is mounted over it"
#define NETNS_SYSCTL_TEXT                                                      \
	"cannot carry over ping_group_range and ip_unprivileged_port_start: "  \
	"%s"

/*
 * Finds the namespace that is wanted, or makes it, and leaves the caller where
 * it is (in the new one, where it may not call setns(2) to go back). Of all
 * that want the same new name at once one makes it, all get the same. A
 * namespace is whole before it has a name: lo is up, and the settings of
 * sysctl.h are carried over from the origin, or from the host if the origin
 * belongs to a user: what he sets in his network, nobody else gets. If the host
 * is out of reach then, they are the kernel's. So have the programs of init
 * run: one that fails denies, and what they have made is removed. One that is
 * to be filled, or to belong to a user, is made by a helper, also if it gets no
 * name. One that exists already must belong to the user in the request.
 *
 * Returns a descriptor, or -errno with failure filled in. What is left then is
 * at most /run/netns and its mount, lock files, a record, or the name,
 * complete, if something failed after its bind. result->output is to be given
 * to program_output_free() in any case.
 */
int netns_get(const struct netns_request *request, struct netns_result *result);

/*
 * Enters the namespace that netns_get() gave, and brings lo up if it was there
 * before. To be there already is fine. Where the record of the name does not
 * tell that the same programs ran, result says so; if "rules" is one of those
 * that did not, this is a failure: it would be a way around them. So it is if
 * the name belongs to a user by a user namespace that is not one of ours.
 *
 * Returns 0; or -errno with failure filled in, and the caller may have moved.
 * If result->stale the name does not lead there any more, and the caller is
 * back in the network where it began: it is to get it again.
 */
int netns_enter(const struct netns_request *request, int fd,
		struct netns_result *result);

/*
 * To be called when what was generated has been mounted, or could not be. It
 * goes when the name is made anew, so part of it may have been missing. Where
 * there is none it does nothing. Returns as netns_enter(); the mounts are for
 * the caller to leave.
 */
int netns_check_generated(const struct netns_request *request, int fd,
			  struct netns_result *result);

/*
 * Whether this process is in the planned namespace, fd, and not outside,
 * whatever was done before. Returns 0 with where it is; -EXDEV: it is not;
 * -errno of stat(2), fstat(2).
 */
int netns_verify(const struct netns_request *request, int fd,
		 const struct netns_result *result, struct ns_id *ret);

/*
 * To be called after netns_get() in any case, once the session has mounted what
 * was generated, or will not have it. For a namespace that has no name, removes
 * that.
 */
void netns_release(const struct netns_request *request,
		   struct netns_result *result);

/*
 * The lock of a name, which is held while the name and what belongs to it are
 * made. Only helpers take it, as others wait until it is free. It is held until
 * netns_unlock(), or until the process ends.
 */
struct netns_lock {
	int state; /* STATE_DIRECTORY */
	int locks; /* the directory of locks */
	int lock;
};

/*
 * How long who makes a name, or removes it, waits for its lock: less than a
 * login waits for its helper, which knows why.
 */
enum { NETNS_LOCK_WAIT_MS = HELPER_WAIT_MS - 2000 };

#define NETNS_LOCK_NONE                                                        \
	((struct netns_lock){                                                  \
		.state = -EBADF, .locks = -EBADF, .lock = -EBADF })

/*
 * For a process in the host's mounts whose umask is 0. deadline is one of
 * deadline.h. Returns 0, or -errno with failure filled in: -ETIMEDOUT; -errno
 * of state_open(), openat(2), flock(2).
 */
int netns_lock(const char *name, long long deadline, struct netns_lock *ret,
	       struct failure *failure);

void netns_unlock(struct netns_lock *lock);

/*
 * Moves this process to the host's mount namespace. Returns 0, or -errno with
 * failure filled in.
 */
int netns_enter_host_mounts(const struct ns_host *host,
			    struct failure *failure);

/*
 * What a name is in the mounts of this process: 1, a network namespace that can
 * be joined; 0, nothing, or an empty file that is mounted over; or -errno with
 * failure filled in: every login that leads there is denied.
 */
int netns_look(const char *name, struct failure *failure);

/*
 * Whether a name that is there belongs to owner, as in a request. Returns 0, or
 * -errno with failure filled in.
 */
int netns_look_owner(const char *name, const struct owner *owner,
		     struct failure *failure);

/*
 * Whether what the record of a name that is there tells denies those whose line
 * has init and owner, each of which may be NULL, as netns_enter() does. This
 * thread goes there and back.
 *
 * Returns 0 with what is recorded, or -errno with failure filled in.
 */
int netns_look_record(const char *name, const char *init,
		      const struct owner *owner, struct recorded *ret,
		      struct failure *failure);

/*
 * For callers that remove a name, under its lock and in the host's mounts. They
 * remove the record of the name, and what programs have generated, themselves.
 *
 * netns_open() finds what the name leads to. It returns a descriptor; -ENOENT:
 * nothing; -ESTALE: an empty file; or -errno with failure: something else is
 * there. netns_open_settled() waits while somebody may be about to mount over
 * an empty file.
 */
int netns_open(const char *name, struct failure *failure);
int netns_open_settled(const char *name, struct failure *failure);

/*
 * Binds a namespace that was unmounted to its name again. Returns 0, also if it
 * is there; -EBUSY: another one is there; or -errno; both with failure.
 */
int netns_bind_again(const char *name, int net, struct failure *failure);

/*
 * Removes the empty file of a name that was unmounted, if it is older than
 * before: a younger one belongs to somebody else, who takes the name. Returns
 * 0, also if there is none; 1: something else is there, or somebody is at work;
 * or -errno with failure.
 */
int netns_remove_file(const char *name, const struct timespec *before,
		      struct failure *failure);

/*
 * Makes the directory of names, so that it can be covered, root's and 0755. The
 * umask changes meanwhile, so it must be this thread's own, as it is behind
 * ns_unshare_mounts(), unshare(2). Returns 0, also if something is there, or if
 * /run is read-only or full; -errno of mkdir(2), openat(2), fchown(2).
 */
int netns_make_directory(void);

#endif
