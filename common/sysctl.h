/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network settings that a new namespace takes over from the old one. */
#ifndef SYSCTL_H
#define SYSCTL_H

#include <stdbool.h>

/*
 * Who may ping and which ports need no privilege, ip-sysctl.rst of the
 * kernel. An empty string: unknown.
 */
struct sysctl {
	char ping_group_range[32];
	char unprivileged_port_start[16];
};

/*
 * Reads those of the network namespace that this thread is in. proc is the
 * root of a proc(5). Cannot fail.
 */
void sysctl_read(int proc, struct sysctl *ret);

/* Whether they are what the kernel gives to a new namespace, or unknown. */
bool sysctl_is_default(const struct sysctl *values);

/*
 * Writes those that are known, and no default, to the network namespace that
 * this thread is in. Returns 0, or the first -errno of openat(2) or write(2);
 * it tries all.
 */
int sysctl_write(int proc, const struct sysctl *values);

#endif
