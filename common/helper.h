/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that does something elsewhere for us. Owns clone(2) and wait(2). */
#ifndef HELPER_H
#define HELPER_H

#include <stddef.h>

enum { HELPER_DESCRIPTORS = 2 };

/*
 * Runs work(data, fds) in a child and takes over what it did to data, of size
 * bytes (up to 4096, no pointers into memory that it allocated), and the
 * descriptors that it put into fds, -EBADF for none. If the answer of a child
 * that succeeded does not come over, the child runs undo(data), unless that is
 * NULL.
 *
 * The child must not allocate, log or use libpam: another thread of the
 * application may have held any lock when it was made. The application never
 * sees it: it ends without SIGCHLD, its wait(2) does not find it, and signals
 * are blocked in it. It dies with its parent.
 *
 * Returns what work returned, 0 or -errno; or -errno of socketpair(2),
 * clone(2), recvmsg(2), send(2); -ECHILD: it ended without an answer; -EMFILE:
 * no room for the descriptors. On failure data is as the child left it, or
 * unchanged if it did not answer, and fds are all -EBADF.
 */
int helper_run(int (*work)(void *data, int fds[HELPER_DESCRIPTORS]),
	       void (*undo)(void *data), void *data, size_t size,
	       int ret_fds[HELPER_DESCRIPTORS]);

#endif
