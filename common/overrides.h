/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of /etc/netns/NAME, ip-netns(8), and whether they are safe. */
#ifndef OVERRIDES_H
#define OVERRIDES_H

#include "failure.h"
#include "mountinfo.h"

#include <stdbool.h>
#include <stddef.h>

#define OVERRIDES_DIRECTORY "/etc/netns"

enum { OVERRIDES_MAX = 1024 };

struct overrides {
	int directory; /* /etc/netns/NAME; -EBADF: there are none */
	char **names; /* the entries, then those that are for programs only, and
		       * the files in directories */
	size_t count; /* of the entries */
	size_t total;
	size_t used; /* of the room for their text */
};

#define OVERRIDES_NONE ((struct overrides){ .directory = -EBADF })

/*
 * Lists the entries for name, one component of a path, into ret, to be given
 * back by overrides_release(). Without malloc(3), so that a helper can do it.
 * None, if there is no /etc/netns/NAME. sysctl.conf, nftables.conf and *.nft
 * are for programs of init=, and no entries.
 *
 * All of them, and all that is in directories among them, must be root's, and
 * writable by root only: a user who can change one of these files may be able
 * to become root in the session. A symbolic link in a directory must be root's;
 * what it leads to is not looked at.
 *
 * Returns 0, or -errno with failure filled in: -EPERM: not root's alone;
 * -ELOOP: a symbolic link; -ENOTDIR, -ENXIO: neither file nor directory;
 * -E2BIG: more than OVERRIDES_MAX in all; -ENAMETOOLONG: no room for their
 * paths; -errno of open(2), mmap(2), getdents64(2), fstatat(2).
 */
int overrides_list(const char *name, struct overrides *ret,
		   struct failure *failure);

/*
 * Adds what programs have generated in directory, unless there is an entry of
 * that name. Their names are absolute paths. All that is said above holds for
 * them; files_only: and directories are refused, by -EISDIR. -ENOENT: there is
 * no such directory.
 */
int overrides_add(const char *directory, bool files_only, struct overrides *ret,
		  struct failure *failure);

/* What an entry overrides: its name below /etc. */
const char *overrides_target(const char *name);

/*
 * Whether entry, a descriptor, may override something. Returns 0; -EPERM;
 * -ELOOP; -ENXIO; -errno of fstat(2).
 */
int overrides_check(int entry);

/* Fills in failure for an entry, with what error means. Returns error. */
int overrides_failed(struct failure *failure, int error, const char *path);

/* Where files of all names are: what overrides are mounted from. */
struct overrides_source {
	char *path; /* without symbolic links; NULL: there is none */
	char *root; /* as mountinfo has the root of a mount */
	dev_t dev;
};

#define OVERRIDES_SOURCE_NONE ((struct overrides_source){ .path = NULL })

/*
 * Finds directory (OVERRIDES_DIRECTORY, STATE_ETC, STATE_ETC_NEW) in a table of
 * all mounts, to be given back by overrides_source_release(). Returns 0, also
 * if there is none; -ENOMEM; -ENAMETOOLONG: the table does not say the root of
 * its mount; -errno of realpath(3), statx(2).
 */
int overrides_find_source(const struct mountinfo *info, const char *directory,
			  struct overrides_source *ret);

void overrides_source_release(struct overrides_source *source);

/*
 * Whether a mount is an override of another name than name ("": of any). What
 * is mounted below /etc/netns itself is none.
 */
bool overrides_is_of_other(const struct overrides_source *source,
			   const struct mount_entry *entry, const char *name);

void overrides_release(struct overrides *overrides);

#endif
