/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loopback interface. */
#include "loopback.h"
#include "netlink.h"
#include "scope.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* The first interface of every network namespace is lo. */
enum { LOOPBACK_INDEX = 1, REQUEST_NUMBER = 1 };

/* Any socket answers this, without the lock that netlink takes. */
static bool loopback_is_up(int socket)
{
	struct ifreq request = { .ifr_name = "lo" };

	return ioctl(socket, SIOCGIFFLAGS, &request) == 0 &&
	       request.ifr_flags & IFF_UP;
}

int loopback_bring_up(void)
{
	static const struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
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
	scoped_fd int fd = netlink_open();
	int r;

	if (fd < 0)
		return fd;
	if (loopback_is_up(fd))
		return 0;
	r = netlink_request(fd, &request.header);
	if (r < 0)
		return r;
	/* The kernel has answered when send(2) returns: no login waits. */
	return netlink_receive_answer(fd, REQUEST_NUMBER, MSG_DONTWAIT);
}
