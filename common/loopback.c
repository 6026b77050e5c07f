/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loopback interface. */
#include "loopback.h"
#include "scope.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* The first interface of every network namespace is lo. */
enum { LOOPBACK_INDEX = 1, REQUEST_NUMBER = 1 };

struct request {
	struct nlmsghdr header;
	struct ifinfomsg link;
};

int loopback_read_answer(const void *data, size_t size, unsigned int seq)
{
	struct nlmsghdr header;
	int error;

	if (size < sizeof(header))
		return -EPROTO;
	memcpy(&header, data, sizeof(header));
	if (header.nlmsg_len > size)
		return -EPROTO;
	if (header.nlmsg_seq != seq)
		return -EAGAIN;
	if (header.nlmsg_type != NLMSG_ERROR ||
	    header.nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return -EPROTO;
	memcpy(&error, (const char *)data + NLMSG_HDRLEN, sizeof(error));
	/* -4095 is the most negative errno there is. */
	return error > 0 || error < -4095 ? -EPROTO : error;
}

ssize_t loopback_receive(int socket, void *ret, size_t room, int flags)
{
	for (;;) {
		struct sockaddr_nl from = { .nl_pid = 0 };
		socklen_t length = sizeof(from);
		ssize_t size = recvfrom(socket, ret, room, flags,
					(struct sockaddr *)&from, &length);

		if (size < 0 && errno != EINTR)
			return -errno;
		if (size >= 0 && from.nl_pid == 0)
			return size;
	}
}

/* The kernel has answered when send(2) returns: no login waits for it. */
static int ack_receive(int socket)
{
	for (;;) {
		char answer[512];
		ssize_t size = loopback_receive(socket, answer, sizeof(answer),
						MSG_DONTWAIT);
		int r;

		if (size < 0)
			return (int)size;
		r = loopback_read_answer(answer, (size_t)size, REQUEST_NUMBER);
		if (r != -EAGAIN)
			return r;
	}
}

static int request_send(int socket)
{
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const struct request request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			.nlmsg_seq = REQUEST_NUMBER,
		},
		.link = {
			.ifi_family = AF_UNSPEC,
			.ifi_index = LOOPBACK_INDEX,
			.ifi_flags = IFF_UP,
			.ifi_change = IFF_UP,
		},
	};

	/*
	 * Who has CAP_NET_ADMIN here, as the owner of the network has, can send
	 * to this socket, and could fill it. Once it is connected to the kernel
	 * it takes nothing from others.
	 */
	if (connect(socket, (const struct sockaddr *)&kernel, sizeof(kernel)) <
	    0)
		return -errno;
	while (send(socket, &request, sizeof(request), 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Any socket answers this, without the lock that netlink takes. */
static bool loopback_is_up(int socket)
{
	struct ifreq request = { .ifr_name = "lo" };

	return ioctl(socket, SIOCGIFFLAGS, &request) == 0 &&
	       request.ifr_flags & IFF_UP;
}

int loopback_bring_up(void)
{
	scoped_fd int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int r;

	if (fd < 0)
		return -errno;
	if (loopback_is_up(fd))
		return 0;
	r = request_send(fd);
	return r < 0 ? r : ack_receive(fd);
}
