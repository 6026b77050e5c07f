/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink(7). */
#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int netlink_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

/*
 * Who has CAP_NET_ADMIN here, as the owner of the network has, can send to the
 * socket, and could fill it. Once it is connected to the kernel it takes
 * nothing from others.
 */
int netlink_request(int socket, const struct nlmsghdr *request)
{
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (connect(socket, (const struct sockaddr *)&kernel, sizeof(kernel)) <
	    0)
		return -errno;
	while (send(socket, request, request->nlmsg_len, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int netlink_read_answer(const void *data, size_t size, unsigned int seq)
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

ssize_t netlink_receive(int socket, void *ret, size_t room, int flags)
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

int netlink_receive_answer(int socket, unsigned int seq, int flags)
{
	for (;;) {
		char answer[512];
		ssize_t size =
			netlink_receive(socket, answer, sizeof(answer), flags);
		int r;

		if (size < 0)
			return (int)size;
		r = netlink_read_answer(answer, (size_t)size, seq);
		if (r != -EAGAIN)
			return r;
	}
}
