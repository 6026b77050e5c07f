/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loopback interface. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

/*
 * Brings lo up in the network namespace of this thread, if it is down. The
 * kernel gives it 127.0.0.1 and ::1 itself. rtnetlink(7).
 *
 * Returns 0, or -errno of socket(2), send(2), recv(2) or of the kernel's
 * answer (-EPERM without CAP_NET_ADMIN); -EPROTO: an answer that is none;
 * -EAGAIN: no answer.
 */
int loopback_bring_up(void);

#endif
