/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session mounts that all logins of a name share, so that what one of them
 * mounts is there in the others, as it is on the host. They live as long as
 * one of these sessions has a process; nothing else holds them.
 *
 * Sharing is never required: a login that may not or cannot share has mounts of
 * its own.
 */
#ifndef SHARED_MOUNTS_H
#define SHARED_MOUNTS_H

#include "failure.h"
#include "helper.h"
#include "session_mounts.h"
#include "sessions.h"

/* What a login needs for that. */
struct shared_mounts {
	const struct session_mounts_request *request;
	struct sessions_query query;
	struct ns_saved top; /* where a helper begins */
	bool in_host_mounts; /* the caller's are the host's */
	/*
	 * What provides the mounts, for a helper that is in the network
	 * namespace of the name, in the host's mounts, and has the lock. Its
	 * work is NULL if the session is to have mounts of its own.
	 */
	struct helper_job job;
	struct helper helper; /* keeps new mounts until there is a record */
};

#define SHARED_MOUNTS_NONE ((struct shared_mounts){ .helper = HELPER_NONE })

/*
 * Finds out whether this process may share mounts: it must be on the host, or
 * in the shared mounts of a name. ret keeps request, which must be complete
 * when the job is done, and is to be released.
 *
 * Returns 0; or -errno with failure filled in: the process is in a mount
 * namespace of which it cannot find the top, and may be anywhere in it until
 * ns_restore().
 */
int shared_mounts_begin(const struct session_mounts_request *request,
			struct shared_mounts *ret, struct failure *failure);

/*
 * Moves this process, which is in the network namespace of the name already,
 * to the mounts that the sessions of the name share: those that shared->helper
 * makes if it has the job; else found by the records of sessions; else made by
 * a helper under the lock of the name, from the host's mounts. Their overrides
 * are put right first if they have changed.
 *
 * Returns 1; 0: it is where it was, and is to have mounts of its own; or
 * -errno with failure filled in: an override is unsafe, or the process cannot
 * go back, and may be anywhere until ns_restore().
 */
int shared_mounts_enter(struct shared_mounts *shared, struct failure *failure);

/* For when the record of the session is written, or the login failed. */
void shared_mounts_release(struct shared_mounts *shared);

#endif
