/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table: listmount(2), else proc_pid_mountinfo(5). */
#ifndef MOUNTINFO_H
#define MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct mount_entry {
	int id;
	int parent;
	dev_t dev;
	/* Nothing is escaped in these. "": PATH_MAX or longer. */
	const char *root;  /* which part of its file system it shows */
	const char *point; /* as in the file system */
	const char *type;
	const char *source; /* NULL: not known, see mountinfo_read() */
	bool shared;	    /* has a peer group */
	bool slave;	    /* follows a peer group */
};

struct mountinfo {
	struct mount_entry *entries;
	size_t count;
	char *text; /* what the strings point into */
};

#define MOUNTINFO_NONE ((struct mountinfo){ .entries = NULL })

/*
 * Reads the mount that path is on and what is mounted below it, or more: where
 * there is no listmount(2), Linux 6.8, all mounts of this process. Reading all
 * takes time when there are thousands, and much more once they are slaves. ret
 * is to be given back by mountinfo_release().
 *
 * listmount(2) tells no source.
 *
 * Returns 0; -errno of open(2), read(2); -ENOMEM; -EPROTO as below; -EFBIG: a
 * table of more than 256 MiB, without what is too long. ret is untouched on
 * failure.
 */
int mountinfo_read(const char *path, struct mountinfo *ret);

/* The same of all mounts, with their sources. */
int mountinfo_read_table(struct mountinfo *ret);

/* Whether mountinfo_read() calls listmount(2) and statmount(2). */
bool mountinfo_has_listmount(void);

/*
 * Whether the mount that path is on has a peer group. Returns 1 or 0, or as
 * mountinfo_read().
 */
int mountinfo_is_shared(const char *path);

/*
 * The table from text, size bytes and a NUL, which ret takes over (and which
 * is freed on failure). -EPROTO: a line that is none.
 */
int mountinfo_parse(char *text, size_t size, struct mountinfo *ret);

/*
 * Cuts the fields of a part of the table that are longer than any path can be,
 * so that memory does not depend on how long users make them. The part may
 * begin and end anywhere; length is a size_t, 0 before the first part. Returns
 * the size of what is left, at the begin of text.
 */
size_t mountinfo_shorten(char *text, size_t size, void *length);

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
 * covered: below it, no sysfs, and not carried along with another one.
 */
bool mountinfo_is_carried(const struct mountinfo *info,
			  const struct mount_entry *entry,
			  const struct mount_entry *top);

#endif
