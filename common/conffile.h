/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by which root rules: read whole, and only if they are root's. */
#ifndef CONFFILE_H
#define CONFFILE_H

#include <stddef.h>

enum { CONFFILE_MAX = 1 << 20 };

/*
 * Reads a file without following a last link and without waiting.
 *
 * Returns 0 with ret, to be freed, of ret_size bytes and a NUL behind them;
 * -EPERM: not owned by root, or others can write it; -ELOOP: a symbolic link;
 * -EISDIR, -ENXIO: a directory, or no file; -EFBIG: more than CONFFILE_MAX;
 * -ENOMEM; -errno of open(2), read(2).
 */
int conffile_read(const char *path, char **ret, size_t *ret_size);

/*
 * Lists the entries of directory that end with suffix and do not begin with a
 * dot, as paths and in the order of strcmp(3). None, if there is no such
 * directory.
 *
 * Returns 0 with ret, to be given to conffile_free_list(); -EPERM; -ENOTDIR,
 * for a symbolic link, too; -ENOMEM; -errno of open(2), scandir(3).
 */
int conffile_list(const char *directory, const char *suffix, char ***ret,
		  size_t *ret_count);

void conffile_free_list(char **list, size_t count);

#endif
