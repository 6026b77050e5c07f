/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network settings that a new namespace takes over from the old one. */
#ifndef SYSCTL_H
#define SYSCTL_H

/*
 * Who may ping and which ports need no privilege, ip-sysctl.rst of the
 * kernel. An empty string: unknown.
 */
struct sysctl {
	char ping_group_range[32];
	char unprivileged_port_start[16];
};

/* Reads those of the namespace that this thread is in. Cannot fail. */
void sysctl_read(struct sysctl *ret);

/*
 * Writes those that are known to the namespace that this thread is in.
 * Returns 0, or the first -errno of open(2) or write(2); it tries all.
 */
int sysctl_write(const struct sysctl *values);

#endif
