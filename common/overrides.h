/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of /etc/netns/NAME, ip-netns(8), and whether they are safe. */
#ifndef OVERRIDES_H
#define OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>

#define OVERRIDES_DIRECTORY "/etc/netns"

enum { OVERRIDES_MAX = 1024 };

struct overrides {
	int directory; /* -EBADF: there are none */
	char **names;
	size_t count;
};

#define OVERRIDES_NONE ((struct overrides){ .directory = -EBADF })

/*
 * Lists the entries for name, one component of a path, into ret, to be given
 * back by overrides_release(). None, if there is no /etc/netns/NAME.
 *
 * Returns 0; -EPERM: a directory that is not root's alone; -ELOOP: it is a
 * symbolic link; -ENOTDIR; -E2BIG: more than OVERRIDES_MAX; -ENOMEM; -errno of
 * openat(2), readdir(3), ret_above telling whether it is about
 * OVERRIDES_DIRECTORY itself. ret is untouched on failure.
 */
int overrides_list(const char *name, struct overrides *ret, bool *ret_above);

/*
 * Whether entry, a descriptor, may override something. Returns 0; -EPERM: not
 * root's alone; -ELOOP: a symbolic link; -ENXIO: neither a file nor a
 * directory; -errno of fstat(2).
 */
int overrides_check(int entry);

void overrides_release(struct overrides *overrides);

#endif
