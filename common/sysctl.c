/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network settings that a new namespace takes over from the old one. */
#include "sysctl.h"
#include "scope.h"

#include <fcntl.h>
#include <string.h>

#define PING_GROUP_RANGE "sys/net/ipv4/ping_group_range"
#define PORT_START	 "sys/net/ipv4/ip_unprivileged_port_start"

static bool range_is_default(const char *value)
{
	return !*value || !strcmp(value, "1\t0\n");
}

static bool port_is_default(const char *value)
{
	return !*value || !strcmp(value, "1024\n");
}

static void value_read(int proc, const char *path, char *ret, size_t size)
{
	scoped_fd int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[length < 0 ? 0 : length] = '\0';
}

static int value_write(int proc, const char *path, const char *value)
{
	scoped_fd int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

void sysctl_read(int proc, struct sysctl *ret)
{
	value_read(proc, PING_GROUP_RANGE, ret->ping_group_range,
		   sizeof(ret->ping_group_range));
	value_read(proc, PORT_START, ret->unprivileged_port_start,
		   sizeof(ret->unprivileged_port_start));
}

bool sysctl_is_default(const struct sysctl *values)
{
	return range_is_default(values->ping_group_range) &&
	       port_is_default(values->unprivileged_port_start);
}

int sysctl_write(int proc, const struct sysctl *values)
{
	int ping = 0;
	int port = 0;

	if (!range_is_default(values->ping_group_range))
		ping = value_write(proc, PING_GROUP_RANGE,
				   values->ping_group_range);
	if (!port_is_default(values->unprivileged_port_start))
		port = value_write(proc, PORT_START,
				   values->unprivileged_port_start);
	return ping < 0 ? ping : port;
}
