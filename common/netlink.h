/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnetlink(7) in the network namespace of this thread. Owns AF_NETLINK.
 * Allocates nothing, and may be called in a helper.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <sys/types.h>

/* Returns a socket, or -errno of socket(2). */
int netlink_open(void);

/*
 * Sends a request to the kernel. From then on the socket takes messages of
 * nobody else. Returns 0, or -errno of connect(2) or send(2).
 */
int netlink_request(int socket, const struct nlmsghdr *request);

/*
 * Receives a message of the kernel, as recv(2) does. Who has CAP_NET_ADMIN in
 * the network can send one that looks like it, which is dropped. Returns its
 * size in bytes, or -errno of recvfrom(2); -EAGAIN with MSG_DONTWAIT: there is
 * none.
 */
ssize_t netlink_receive(int socket, void *ret, size_t room, int flags);

/*
 * Receives the answer to request number seq, which has NLM_F_ACK. flags are
 * those of netlink_receive(). Returns 0 or the kernel's -errno, or what
 * netlink_receive() and netlink_read_answer() return.
 */
int netlink_receive_answer(int socket, unsigned int seq, int flags);

/*
 * Reads the kernel's answer to request number seq: 0 or its -errno; -EAGAIN:
 * it is the answer to something else; -EPROTO: it is none.
 */
int netlink_read_answer(const void *data, size_t size, unsigned int seq);

#endif
