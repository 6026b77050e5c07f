/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of the network namespace that this thread is in, rtnetlink(7). */
#ifndef LINKS_H
#define LINKS_H

#include <stdbool.h>

/*
 * How many there are, lo too. Returns -errno of socket(2), send(2), recv(2);
 * -EPROTO: what came is no answer.
 */
int links_count(void);

/*
 * Whether one of them leads out of the namespace, or is a device, which the
 * host gets back when the namespace ends. A tunnel, of tun or WireGuard, may
 * lead out by a socket or a descriptor that is elsewhere: it counts if tunnels
 * is true. The links of init.veth(8), which end with the namespace, do not.
 * Returns 1, 0, or as links_count().
 */
int links_find_use(bool tunnels);

/*
 * Makes a pair of veth, both ends down: one here, the other in the namespace
 * net. Returns 0; -EPERM: it is not permitted in one of both; -EEXIST;
 * -EOPNOTSUPP: the kernel has no veth; or as links_count().
 */
int links_add_veth(const char *name, const char *peer, int net);

/* Removes an interface, and its other end. Returns 0, -ENODEV, or as above. */
int links_remove(const char *name);

#endif
