/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mounts that a session has for itself: /run/netns, /sys and /etc. */
#ifndef VIEW_H
#define VIEW_H

#include "fault.h"
#include "log.h"
#include "place.h"

#include <stdbool.h>

struct view {
	const struct log *log;
	const char *name;	   /* the session's namespace, or "" */
	const char *etc;	   /* overrides: /etc/netns/ETC, or NULL */
	bool rootshared;	   /* the user's mounts show outside */
	const struct place *entry; /* where the caller stands */
	const struct host *host;

	struct fault fault;
	bool chrooted;	 /* what the caller was */
	bool made_names; /* the directory that is covered */
};

/*
 * Gives this process, which is in its network namespace already, a mount
 * namespace of its own: the other names out of sight, a /sys of this
 * namespace with all that was mounted below the old one, and the overrides of
 * /etc/netns/ETC. What is mounted outside later shows inside; nothing of
 * inside shows outside, but for what the user mounts if rootshared.
 *
 * Returns 0, or -errno with fault filled in: the process may then be in a
 * half-built mount namespace, to be left by place_return().
 */
int view_build(struct view *view);

/*
 * Takes back what was made outside of the session's mounts, for a process
 * that has left them. Best effort.
 */
void view_take_back(struct view *view);

/*
 * Goes to the host's mounts, unless this process is there, with the cwd kept
 * by its path. Returns as view_build().
 */
int view_leave(struct view *view);

#endif
