/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel answers to a request of netlink(7). */
#ifndef ANSWER_H
#define ANSWER_H

#include <linux/netlink.h>

enum { SEQ = 1, LENGTH = NLMSG_LENGTH(sizeof(struct nlmsgerr)) };

struct answer {
	struct nlmsghdr header;
	struct nlmsgerr body;
};

static inline struct answer answer_of(int error)
{
	return (struct answer){
		.header = { .nlmsg_len = LENGTH,
			    .nlmsg_type = NLMSG_ERROR,
			    .nlmsg_seq = SEQ },
		.body = { .error = error },
	};
}

#endif
