/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network settings that a new namespace takes over from the old one. */
#include "sysctl.h"
#include "scope.h"

#include <fcntl.h>
#include <string.h>

#define PING_GROUP_RANGE "/proc/sys/net/ipv4/ping_group_range"
#define PORT_START	 "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static void value_read(const char *path, char *ret, size_t size)
{
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[length < 0 ? 0 : length] = '\0';
}

static int value_write(const char *path, const char *value)
{
	scoped_fd int fd = -EBADF;

	if (!*value)
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

void sysctl_read(struct sysctl *ret)
{
	value_read(PING_GROUP_RANGE, ret->ping_group_range,
		   sizeof(ret->ping_group_range));
	value_read(PORT_START, ret->unprivileged_port_start,
		   sizeof(ret->unprivileged_port_start));
}

int sysctl_write(const struct sysctl *values)
{
	int ping = value_write(PING_GROUP_RANGE, values->ping_group_range);
	int port = value_write(PORT_START, values->unprivileged_port_start);

	return ping < 0 ? ping : port;
}
