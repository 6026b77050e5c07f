/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loopback interface. Owns AF_NETLINK. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Brings lo up in the network namespace of this thread, if it is down. The
 * kernel gives it 127.0.0.1 and ::1 itself. rtnetlink(7).
 *
 * Returns 0, or -errno of socket(2), send(2), recv(2) or of the kernel's
 * answer (-EPERM without CAP_NET_ADMIN); -EPROTO: an answer that is none;
 * -EAGAIN: no answer.
 */
int loopback_bring_up(void);

/*
 * Receives a message of the kernel, as recv(2) does. Who has CAP_NET_ADMIN in
 * the network can send one that looks like it, which is dropped. Returns its
 * size in bytes, or -errno of recvfrom(2); -EAGAIN with MSG_DONTWAIT: there is
 * none.
 */
ssize_t loopback_receive(int socket, void *ret, size_t room, int flags);

/*
 * Reads the kernel's answer to request number seq: 0 or its -errno; -EAGAIN:
 * it is the answer to something else; -EPROTO: it is none.
 */
int loopback_read_answer(const void *data, size_t size, unsigned int seq);

#endif
