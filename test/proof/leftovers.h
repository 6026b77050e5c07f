/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a denied or killed login may leave on the host. */
#ifndef LEFTOVERS_H
#define LEFTOVERS_H

#include "login.h"

/*
 * A login that was denied or killed may leave /run/netns with its mount, and
 * its name if that is bound. After a kill an empty file may have the name: the
 * next login mounts over it. A name that was bound before must still be bound
 * to the same namespace.
 *
 * before and after are texts of host_snapshot(). Returns NULL, or what is
 * wrong, in a static buffer.
 */
const char *leftovers_check(const struct login *login, const char *before,
			    const char *after, bool killed);

/*
 * The same for /run/pam_net, which may have empty files in lock/, records in
 * names/, records of those who are in in sessions/, what was generated for the
 * namespace of a name in etc/ and, after a kill or a login out of another
 * session, anything in these two and files in tmp/ and etc-new/.
 */
const char *leftovers_check_state(const struct login *login, bool killed);

#endif
