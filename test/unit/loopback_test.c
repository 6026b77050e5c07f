/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loopback interface, and how the kernel's answer about it is received. */
#include "answer.h"
#include "common/loopback.h"
#include "sandbox.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What recvfrom(2) does first, one after the other, before the real one. */
static struct {
	int error; /* 0: the answer */
	bool loses_one;
	struct answer answer;
} received[4];
static size_t receive_count;
static size_t receive_next;

ssize_t __real_recvfrom(int fd, void *data, size_t size, int flags,
			struct sockaddr *from, socklen_t *length);
ssize_t __wrap_recvfrom(int fd, void *data, size_t size, int flags,
			struct sockaddr *from, socklen_t *length);

ssize_t __wrap_recvfrom(int fd, void *data, size_t size, int flags,
			struct sockaddr *from, socklen_t *length)
{
	size_t i = receive_next;

	if (i == receive_count)
		return __real_recvfrom(fd, data, size, flags, from, length);
	receive_next++;
	if (received[i].loses_one)
		check(__real_recvfrom(fd, data, size, flags, from, length) > 0);
	if (received[i].error) {
		errno = received[i].error;
		return -1;
	}
	check(size >= sizeof(received[i].answer));
	memcpy(data, &received[i].answer, sizeof(received[i].answer));
	return sizeof(received[i].answer);
}

/* Somebody answers a request as soon as its socket has an address. */
static bool forges;
static int forged_error;
static bool drops_capability; /* after that */

int __real_connect(int fd, const struct sockaddr *to, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t length);

static void forge_answer(int fd)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK };
	socklen_t length = sizeof(own);
	struct answer answer = answer_of(forged_error);
	int other = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	check_number(bind(fd, (struct sockaddr *)&own, length), 0);
	check_number(getsockname(fd, (struct sockaddr *)&own, &length), 0);
	check_number(sendto(other, &answer, sizeof(answer), 0,
			    (struct sockaddr *)&own, length),
		     sizeof(answer));
	check_number(close(other), 0);
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t length)
{
	if (forges)
		forge_answer(fd);
	if (drops_capability)
		drop_capability(CAP_NET_ADMIN);
	return __real_connect(fd, to, length);
}

static bool is_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check(fd >= 0);
	check_number(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	(void)close(fd);
	return request.ifr_flags & IFF_UP;
}

static void bring_up_gives_lo_its_addresses(void)
{
	int before = count_descriptors();

	check(!is_up());
	check_result(loopback_bring_up(), 0);
	check(is_up());
	check_has(read_text("/proc/net/if_inet6"),
		  "00000000000000000000000000000001");
	check_has(read_text("/proc/net/fib_trie"), "127.0.0.1");
	check_number(count_descriptors(), before);
}

static void bring_up_leaves_alone_what_is_up(void)
{
	check_result(loopback_bring_up(), 0);
	drop_capability(CAP_NET_ADMIN);
	check_result(loopback_bring_up(), 0);
}

static void bring_up_tells_that_it_may_not(void)
{
	int before = count_descriptors();

	drop_capability(CAP_NET_ADMIN);
	check_result(loopback_bring_up(), -EPERM);
	check(!is_up());
	check_number(count_descriptors(), before);
}

static void bring_up_tells_that_descriptors_are_short(void)
{
	limit_descriptors(0);
	check_result(loopback_bring_up(), -EMFILE);
}

/* As the owner of the network can, before the socket takes nothing from him. */
static void bring_up_believes_nobody_but_the_kernel(void)
{
	forges = true;
	forged_error = -EACCES;
	check_result(loopback_bring_up(), 0);
	check(is_up());
}

static void bring_up_believes_no_forged_success(void)
{
	forges = true;
	drops_capability = true;
	check_result(loopback_bring_up(), -EPERM);
	check(!is_up());
}

static void bring_up_waits_for_its_own_answer(void)
{
	received[0].error = EINTR;
	received[1].answer = answer_of(-EIO);
	received[1].answer.header.nlmsg_seq = SEQ + 1;
	receive_count = 2;
	check_result(loopback_bring_up(), 0);
	check_number(receive_next, 2);
	check(is_up());
}

static void bring_up_waits_for_no_answer_that_does_not_come(void)
{
	received[0].error = EINTR;
	received[0].loses_one = true;
	receive_count = 1;
	check_result(loopback_bring_up(), -EAGAIN);
}

static void bring_up_tells_what_receiving_failed_of(void)
{
	received[0].error = ENOBUFS;
	receive_count = 1;
	check_result(loopback_bring_up(), -ENOBUFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("loopback_bring_up_gives_lo_its_addresses",
			  bring_up_gives_lo_its_addresses),
		sandboxed("loopback_bring_up_leaves_alone_what_is_up",
			  bring_up_leaves_alone_what_is_up),
		sandboxed("loopback_bring_up_tells_that_it_may_not",
			  bring_up_tells_that_it_may_not),
		sandboxed("loopback_bring_up_tells_that_descriptors_are_short",
			  bring_up_tells_that_descriptors_are_short),
		sandboxed("loopback_bring_up_believes_nobody_but_the_kernel "
			  "(no-hostage)",
			  bring_up_believes_nobody_but_the_kernel),
		sandboxed("loopback_bring_up_believes_no_forged_success",
			  bring_up_believes_no_forged_success),
		sandboxed("loopback_bring_up_waits_for_its_own_answer",
			  bring_up_waits_for_its_own_answer),
		sandboxed("loopback_bring_up_waits_for_no_answer_that_does_"
			  "not_come",
			  bring_up_waits_for_no_answer_that_does_not_come),
		sandboxed("loopback_bring_up_tells_what_receiving_failed_of",
			  bring_up_tells_what_receiving_failed_of),
	};

	return cmocka_run_group_tests_name("loopback", tests, NULL, NULL);
}
