/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of the network namespace that this thread is in. */
#include "links.h"
#include "common/count.h"
#include "common/netlink.h"
#include "common/scope.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Each socket has but one request, which needs no number. */
enum { REQUEST_NUMBER = 0 };

/* Sends a request. Returns a socket, or -errno. */
static int links_request(const struct nlmsghdr *request)
{
	scoped_fd int fd = netlink_open();
	int r = fd < 0 ? fd : netlink_request(fd, request);

	return r < 0 ? r : take_fd(&fd);
}

/*
 * Calls look for each message in a part of the answer. Returns 1: it is the
 * last part, or look has ended it; 0; -errno as the kernel has it; -EPROTO.
 */
static int links_read(char *answer, size_t size,
		      bool (*look)(struct nlmsghdr *message, void *data),
		      void *data)
{
	struct nlmsghdr *message = (void *)answer;

	for (; NLMSG_OK(message, size); message = NLMSG_NEXT(message, size)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR) {
			int r = netlink_read_answer(message, message->nlmsg_len,
						    REQUEST_NUMBER);

			return r < 0 ? r : -EPROTO;
		}
		if (look(message, data))
			return 1;
	}
	return size == 0 ? 0 : -EPROTO;
}

/* Sends a request and calls look for each message of the answer. */
static int links_each(const struct nlmsghdr *request,
		      bool (*look)(struct nlmsghdr *message, void *data),
		      void *data)
{
	_Alignas(struct nlmsghdr) char answer[32 * 1024];
	scoped_fd int fd = links_request(request);
	int r = fd < 0 ? fd : 0;

	while (r == 0) {
		ssize_t size = netlink_receive(fd, answer, sizeof(answer), 0);

		r = size < 0 ? (int)size
			     : links_read(answer, (size_t)size, look, data);
	}
	return r < 0 ? r : 0;
}

static bool link_count(struct nlmsghdr *message, void *count)
{
	*(int *)count += message->nlmsg_type == RTM_NEWSTATS;
	return false;
}

/*
 * Asks for statistics, and of them for those that hardly any interface has: the
 * answer is half as dear as that to RTM_GETLINK.
 */
int links_count(void)
{
	const struct {
		struct nlmsghdr header;
		struct if_stats_msg stats;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETSTATS,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.stats.filter_mask =
			IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_XSTATS),
	};
	int count = 0;
	int r = links_each(&request.header, link_count, &count);

	return r < 0 ? r : count;
}

/* How the addresses of the links of init.veth(8) begin. */
static const unsigned char veth_address[] = { 0x06, 0x70, 0x6e };

struct link_search {
	bool tunnels; /* they count, too */
	bool found;
};

/* Whether information about a link says that it is a tunnel. */
static bool is_tunnel(struct rtattr *info)
{
	static const char *const kinds[] = { "tun", "wireguard", "ovpn",
					     "ovpn-dco" };
	struct rtattr *at = RTA_DATA(info);
	size_t left = RTA_PAYLOAD(info);

	while (RTA_OK(at, left) && at->rta_type != IFLA_INFO_KIND)
		at = RTA_NEXT(at, left);
	if (!RTA_OK(at, left))
		return false;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (!strncmp(RTA_DATA(at), kinds[i], RTA_PAYLOAD(at)))
			return true;
	return false;
}

/* Whether a link is in use by others, as links_find_use() has it. */
static bool link_look(struct nlmsghdr *message, void *data)
{
	struct link_search *search = data;
	struct ifinfomsg *link = NLMSG_DATA(message);
	struct rtattr *at;
	size_t left;
	bool leads_out = false;
	/* It is made by software, and ends with its namespace. */
	bool has_kind;
	bool is_veth = false;
	bool is_tunnel_here = false;

	if (message->nlmsg_type != RTM_NEWLINK ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*link)))
		return false;
	has_kind = link->ifi_type == ARPHRD_LOOPBACK;
	left = IFLA_PAYLOAD(message);
	for (at = IFLA_RTA(link); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
		switch (at->rta_type) {
		case IFLA_LINK_NETNSID:
			leads_out = true;
			break;
		case IFLA_LINKINFO:
			has_kind = true;
			is_tunnel_here = is_tunnel(at);
			break;
		case IFLA_ADDRESS:
			is_veth = RTA_PAYLOAD(at) > sizeof(veth_address) &&
				  !memcmp(RTA_DATA(at), veth_address,
					  sizeof(veth_address));
			break;
		default:
			break;
		}
	}
	search->found = leads_out ? !is_veth : !has_kind;
	if (search->tunnels && is_tunnel_here)
		search->found = true;
	return search->found;
}

int links_find_use(bool tunnels)
{
	const struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = RTM_GETLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	struct link_search search = { .tunnels = tunnels };
	int r = links_each(&request.header, link_look, &search);

	return r < 0 ? r : search.found;
}

/* Sends a request with NLM_F_ACK and waits for the answer. */
static int links_do(const struct nlmsghdr *request)
{
	scoped_fd int fd = links_request(request);

	return fd < 0 ? fd : netlink_receive_answer(fd, REQUEST_NUMBER, 0);
}

static struct rtattr attribute(unsigned int type, size_t length)
{
	return (struct rtattr){
		.rta_len = (unsigned short)RTA_LENGTH(length),
		.rta_type = (unsigned short)type,
	};
}

struct name_attribute {
	struct rtattr attribute;
	char name[IFNAMSIZ];
};

static struct name_attribute name_attribute(const char *name)
{
	struct name_attribute made = {
		.attribute = attribute(IFLA_IFNAME, sizeof(made.name)),
	};

	(void)snprintf(made.name, sizeof(made.name), "%s", name);
	return made;
}

int links_add_veth(const char *name, const char *peer, int net)
{
	const struct veth_request {
		struct nlmsghdr header;
		struct ifinfomsg link;
		struct name_attribute name;
		struct rtattr info;
		struct rtattr kind;
		char kind_text[8]; /* padded */
		struct rtattr data;
		struct rtattr peer;
		struct ifinfomsg peer_link;
		struct name_attribute peer_name;
		struct rtattr peer_net;
		unsigned int net;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
				       NLM_F_CREATE | NLM_F_EXCL,
		},
		.name = name_attribute(name),
		/* info, data and peer are around all that follows. */
		.info = attribute(IFLA_LINKINFO,
				  sizeof(request) -
					  offsetof(struct veth_request, kind)),
		.kind = attribute(IFLA_INFO_KIND, sizeof("veth")),
		.kind_text = "veth",
		.data = attribute(IFLA_INFO_DATA,
				  sizeof(request) -
					  offsetof(struct veth_request, peer)),
		.peer = attribute(VETH_INFO_PEER,
				  sizeof(request) -
					  offsetof(struct veth_request, peer_link)),
		.peer_name = name_attribute(peer),
		.peer_net = attribute(IFLA_NET_NS_FD, sizeof(request.net)),
		.net = (unsigned int)net,
	};

	return links_do(&request.header);
}

int links_remove(const char *name)
{
	const struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		struct name_attribute name;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_DELLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.name = name_attribute(name),
	};

	return links_do(&request.header);
}
