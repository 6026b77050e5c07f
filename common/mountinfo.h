/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table, /proc/self/mountinfo of proc_pid_mountinfo(5). */
#ifndef MOUNTINFO_H
#define MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

struct mount_entry {
	int id;
	int parent;
	const char *point; /* as in the file system, nothing escaped */
	const char *type;
	const char *source;
	bool shared; /* has a peer group */
	bool slave;  /* follows a peer group */
};

struct mountinfo {
	struct mount_entry *entries;
	size_t count;
	char *text; /* what the strings point into */
};

#define MOUNTINFO_NONE ((struct mountinfo){ .entries = NULL })

/*
 * Reads the table of the mount namespace of this process into ret, to be
 * given back by mountinfo_release(). Returns 0; -errno of open(2), read(2);
 * -ENOMEM; -EPROTO as below. ret is untouched on failure.
 */
int mountinfo_read(struct mountinfo *ret);

/*
 * The same from text, size bytes and a NUL, which ret takes over (and which
 * is freed on failure). -EPROTO: a line that is none.
 */
int mountinfo_parse(char *text, size_t size, struct mountinfo *ret);

void mountinfo_release(struct mountinfo *info);

const struct mount_entry *mountinfo_find(const struct mountinfo *info, int id);

/*
 * Finds the mount that path is on, without following a last link; only_top:
 * only if path is where it is mounted. ret becomes NULL if there is none, or
 * no such path. Returns 0 or -errno of statx(2).
 */
int mountinfo_find_path(const struct mountinfo *info, const char *path,
			bool only_top, const struct mount_entry **ret);

/*
 * Whether entry is what has to be carried over when the mount called top is
 * covered: below it, of another type than skip, and not carried along with
 * another one.
 */
bool mountinfo_is_carried(const struct mountinfo *info,
			  const struct mount_entry *entry,
			  const struct mount_entry *top, const char *skip);

#endif
