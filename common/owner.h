/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces that belong to a user: to a user namespace, below ours,
 * that has him as its owner, user_namespaces(7), and maps nobody else. His
 * processes stay in ours, and have all capabilities over such a network, and
 * over nothing else.
 */
#ifndef OWNER_H
#define OWNER_H

#include "failure.h"
#include "helper.h"

#include <sys/types.h>

struct owner {
	uid_t uid; /* not 0 */
	gid_t gid; /* the primary group of the account */
};

/*
 * Makes one, for a process that helper_run() has started, which stays where it
 * is. No user can keep it from being made by stopping or killing what is done
 * for it.
 *
 * Returns a descriptor, and in ret what is to be given to
 * helper_holder_release(), which may wait a little; or -errno with failure
 * filled in. The process may then still have the effective uid of the owner: it
 * must go on to nothing but its end.
 */
int owner_make_net(const struct owner *owner, struct helper_holder *ret,
		   struct failure *failure);

/*
 * Whom the user namespace of a network namespace, net, belongs to. Returns 1
 * with ret_uid; 0: it is our own, or the kernel has none; -ERANGE: it is not
 * directly below ours; -EPERM: it is neither ours nor below; -errno of stat(2),
 * fstat(2), ioctl_ns(2).
 */
int owner_find(int net, uid_t *ret_uid);

/*
 * Whether a network namespace, net, which is called name, is one that owner may
 * have; NULL: root's, which belongs to our own user namespace.
 *
 * Returns 0, or -errno with failure filled in: -EPERM: it belongs to somebody
 * else; -errno of stat(2), fstat(2), ioctl_ns(2).
 */
int owner_check_net(const struct owner *owner, int net, const char *name,
		    struct failure *failure);

#endif
