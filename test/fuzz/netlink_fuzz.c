/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An answer of the kernel is 0 only if it is an ack of our request. */
#include "common/netlink.h"
#include "fuzz.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct {
		struct nlmsghdr header;
		int error;
	} answer;
	/* Exactly of that size: a sanitiser notices a read behind it. */
	char *copy = fuzz_text(data, size);
	void *exact = malloc(size ? size : 1);
	int r;

	PROPERTY(exact);
	memcpy(exact, copy, size);
	r = netlink_read_answer(exact, size, 1);
	PROPERTY(r <= 0 && r >= -4095);
	if (r == 0) {
		PROPERTY(size >= sizeof(answer));
		memcpy(&answer, data, sizeof(answer));
		PROPERTY(answer.header.nlmsg_type == NLMSG_ERROR);
		PROPERTY(answer.header.nlmsg_seq == 1);
		PROPERTY(answer.error == 0);
	}
	free(exact);
	free(copy);
	return 0;
}
