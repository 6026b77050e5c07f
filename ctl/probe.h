/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this kernel lets users and root do. */
#ifndef PROBE_H
#define PROBE_H

#include <sys/types.h>

/* To ask for, as one that has nothing. */
enum { UID_NOBODY = 65534 };

/*
 * Whether a process of uid that makes a user namespace can put an interface
 * into the network of this process, by making a veth whose other end is there:
 * kernels without the fix of CVE-2026-31692 let it. A child tries it. The other
 * end is down, has a name that nothing has, and is removed, with the module of
 * veth if it was not loaded before.
 *
 * Returns 1: it can; 0: the kernel refuses; -errno: it could not be tried:
 * -EPERM or -ENOSPC: it gets no user namespace; -EOPNOTSUPP: there is no veth;
 * others of fork(2), open(2), socket(2).
 */
int probe_peer(uid_t uid);

/*
 * Whether this process can make a namespace, or one of uid can. A child tries
 * it, once. Returns 0; or -errno: -ENOSPC: the limit of namespaces(7) is
 * reached; others of fork(2), setresuid(2), unshare(2).
 */
int probe_new_net(void);
int probe_new_mounts(void);
int probe_new_users(uid_t uid);

/*
 * Whether root may do with mounts what a login does: copy one, and mount the
 * copy elsewhere. A child tries it, in mounts of its own.
 *
 * Returns 1: it may; 0: a security module refuses it; -errno: it could not be
 * tried: of fork(2), unshare(2), open_tree(2), and others of move_mount(2).
 */
int probe_mounts(void);

#endif
