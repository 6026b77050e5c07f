/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount namespace of a session: its own /run/netns, /sys and /etc. */
#ifndef SESSION_MOUNTS_H
#define SESSION_MOUNTS_H

#include "failure.h"
#include "log.h"
#include "ns.h"
#include "overrides.h"

#include <stdbool.h>

struct session_mounts_request {
	const struct log *log; /* NULL: nothing is logged, as in a helper */
	const char *name;      /* the session's namespace, or "" */
	const char *etc;       /* overrides: /etc/netns/ETC, or NULL */
	const char *hide;      /* paths between colons; "none"; NULL: usual */
	const char *generated; /* overrides below those, or "" */
	bool rootshared;       /* the user's mounts show outside */
	uid_t uid;
	const char *home; /* the home directory of the user */
	int net; /* the session's namespace, which this process is in */
	const struct ns_saved *entry; /* where the caller was */
	const struct ns_host *host;
};

/*
 * Gives this process, which is in its network namespace already, mounts of its
 * own: /run/netns shows no other name (but stays as it is if rootshared), /sys
 * shows this namespace and has what was mounted below the old one, and /etc has
 * the overrides of ETC and of no other name. What is mounted outside later
 * shows inside; nothing of inside shows outside, but for what the user mounts
 * if rootshared.
 *
 * Returns 0 with *ret_chrooted: whether the caller was in a chroot; or -errno
 * with failure filled in: the process may then be in a half-built mount
 * namespace, until ns_restore(). At most /run/netns has been made.
 */
int session_mounts_make(const struct session_mounts_request *request,
			bool *ret_chrooted, struct failure *failure);

/*
 * Takes all overrides off the mounts that this process is in, and mounts those
 * of ETC again. Returns 0, or -errno with failure filled in: some may be
 * missing then.
 */
int session_mounts_renew_overrides(const struct session_mounts_request *request,
				   struct failure *failure);

/*
 * Covers each path that is to be hidden, and is there, with an empty file or
 * an empty directory. With rootshared nothing is covered, as that would show
 * outside. Returns 0 or -errno with failure filled in.
 */
int session_mounts_hide(const struct session_mounts_request *request,
			struct failure *failure);

/*
 * Whether session_mounts_hide() could open what is to be hidden. Changes
 * nothing. Returns 0 or -errno with failure filled in.
 */
int session_mounts_look_hidden(const struct session_mounts_request *request,
			       struct failure *failure);

/* Whether each path that is to be hidden, and is there, is covered. */
bool session_mounts_are_hidden(const struct session_mounts_request *request);

/*
 * Lists the overrides, to be given to overrides_release() also on failure.
 * Returns 0 or -errno with failure.
 */
int session_mounts_overrides(const struct session_mounts_request *request,
			     struct overrides *ret, struct failure *failure);

/*
 * Whether the working directory is in /sys, where the session has another file
 * system. It goes to "/" then, or would see the host's interfaces.
 */
bool session_mounts_cwd_is_in_sys(const struct ns_saved *entry);

/* Logs that an override has no target. */
void session_mounts_warn(const struct session_mounts_request *request,
			 const char *override);

/*
 * Enters the host's mounts, unless this process is there. The working
 * directory is kept as by ns_chdir(). Returns as session_mounts_make().
 */
int session_mounts_enter_host(const struct session_mounts_request *request,
			      bool *ret_chrooted, struct failure *failure);

#endif
