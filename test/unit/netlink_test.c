/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel may answer. */
#include "answer.h"
#include "common/netlink.h"
#include "sandbox.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

static void reads_the_error_of_the_answer(void **state)
{
	static const struct {
		const char *what;
		int error;
		int result;
	} rows[] = {
		{ "done", 0, 0 },
		{ "refused", -EPERM, -EPERM },
		{ "the last errno there is", -4095, -4095 },
		{ "below all errnos", -4096, -EPROTO },
		{ "far below", INT32_MIN, -EPROTO },
		{ "positive", 1, -EPROTO },
		{ "far above", INT32_MAX, -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer answer = answer_of(rows[i].error);

		row(rows[i].what);
		check_result(netlink_read_answer(&answer, sizeof(answer), SEQ),
			     rows[i].result);
	}
}

static void refuses_what_is_no_answer(void **state)
{
	static const struct {
		const char *what;
		struct nlmsghdr header;
		int result;
	} rows[] = {
		{ "another request's",
		  { LENGTH, NLMSG_ERROR, 0, 2, 0 },
		  -EAGAIN },
		{ "nobody's", { LENGTH, NLMSG_ERROR, 0, 0, 0 }, -EAGAIN },
		{ "another type", { LENGTH, RTM_NEWLINK, 0, SEQ, 0 }, -EPROTO },
		{ "NLMSG_DONE", { LENGTH, NLMSG_DONE, 0, SEQ, 0 }, -EPROTO },
		{ "longer than what came",
		  { sizeof(struct answer) + 1, NLMSG_ERROR, 0, SEQ, 0 },
		  -EPROTO },
		{ "as long as numbers go",
		  { UINT32_MAX, NLMSG_ERROR, 0, SEQ, 0 },
		  -EPROTO },
		{ "without room for an error",
		  { NLMSG_LENGTH(3), NLMSG_ERROR, 0, SEQ, 0 },
		  -EPROTO },
		{ "a header alone",
		  { NLMSG_HDRLEN, NLMSG_ERROR, 0, SEQ, 0 },
		  -EPROTO },
		{ "without a length", { 0, NLMSG_ERROR, 0, SEQ, 0 }, -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer answer = { .header = rows[i].header };

		row(rows[i].what);
		check_result(netlink_read_answer(&answer, sizeof(answer), SEQ),
			     rows[i].result);
	}
}

/* In memory of just that size, so that a sanitizer sees one byte too many. */
static int read_copy(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);
	int r;

	check(copy != NULL);
	memcpy(copy, data, size);
	r = netlink_read_answer(copy, size, SEQ);
	free(copy);
	return r;
}

static void refuses_an_answer_cut_at_any_byte(void **state)
{
	struct answer answer = answer_of(-EPERM);

	(void)state;
	for (size_t size = 0; size < sizeof(answer); size++)
		check_result(read_copy(&answer, size), -EPROTO);
	check_result(read_copy(&answer, sizeof(answer)), -EPERM);
}

static void makes_no_success_of_garbage(void **state)
{
	unsigned char garbage[sizeof(struct answer)];

	(void)state;
	srand(1);
	for (int i = 0; i < 100000; i++) {
		size_t size = (size_t)rand() % (sizeof(garbage) + 1);
		int r;

		for (size_t j = 0; j < size; j++)
			garbage[j] = (unsigned char)rand();
		/* Half of them with a header that is almost right. */
		if (size >= sizeof(struct nlmsghdr) && i % 2) {
			struct nlmsghdr header = answer_of(0).header;

			header.nlmsg_len = (unsigned int)(rand() % 64);
			memcpy(garbage, &header, sizeof(header));
		}
		r = read_copy(garbage, size);
		check(r < 0 && r >= -4095);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("netlink_read_answer_reads_the_error_of_the_answer",
		      reads_the_error_of_the_answer),
		plain("netlink_read_answer_refuses_what_is_no_answer",
		      refuses_what_is_no_answer),
		plain("netlink_read_answer_refuses_an_answer_cut_at_any_byte",
		      refuses_an_answer_cut_at_any_byte),
		plain("netlink_read_answer_makes_no_success_of_garbage",
		      makes_no_success_of_garbage),
	};

	return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
