/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept in /run/pam_net: its directories, and records in them. A record
 * is a file of key=value lines, root's, 0644, in which blanks, control
 * characters and backslashes stand as \ooo, as in proc_pid_mounts(5). What a
 * record says is verified before it is used. Allocates nothing, so that it can
 * run in a helper.
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STATE_DIRECTORY "/run/pam_net"
#define STATE_LOCKS	STATE_DIRECTORY "/lock"
#define STATE_NAMES	STATE_DIRECTORY "/names" /* their records */

/*
 * What programs of init= generate for /etc: STATE_ETC/NAME/KEY, and, for a
 * namespace without a name, STATE_ETC_NEW/KEY, until its session has it.
 */
#define STATE_ETC     STATE_DIRECTORY "/etc"
#define STATE_ETC_NEW STATE_DIRECTORY "/etc-new"

/*
 * Opens a directory that is root's, or makes it: STATE_DIRECTORY if name is
 * NULL, else name in parent. Gives it mode, and group 0, if it has others.
 *
 * Returns a descriptor; -EPERM: it is not root's, or others may write it;
 * -ENOTDIR: something else is there, or a symbolic link; -errno of mkdirat(2),
 * openat(2), fchmod(2), fchown(2).
 */
int state_open(int parent, const char *name, mode_t mode);

/*
 * Removes all that is in a directory, or, if min_age is not 0, what has not
 * changed for so many seconds. Follows no link. Returns 0, or -errno of
 * getdents64(2), unlinkat(2), openat(2): something is left then; -ELOOP: more
 * than 16 directories below each other, or than 100,000 in all.
 */
int state_empty(int directory, long min_age);

/* Room for state_time(). */
enum { STATE_TIME_SIZE = 32 };

/* The time as in RFC 3339, or "". Not for a helper of a threaded caller. */
void state_time(char *ret, size_t size);

struct record {
	char text[4096];
	size_t length; /* of all that was added, also of what had no room */
};

#define RECORD_EMPTY ((struct record){ .length = 0 })

void record_add(struct record *record, const char *key, const char *value);
void record_add_number(struct record *record, const char *key,
		       unsigned long long value);

/*
 * Writes a record to state/kind/name, or to state/kind/below/name if below is
 * not NULL, over whatever file is there, by one rename(2). The writers of one
 * name of a kind exclude each other. Others may remove below, while it is
 * empty, and the file, before it is renamed: it is written again, a few times.
 *
 * Returns 0; -E2BIG: it had no room; -EISDIR: a directory is there; -errno of
 * state_open(), openat(2), fchmod(2), fchown(2), file_write(), renameat(2). On
 * failure the old file is as it was.
 */
int record_write(int state, const char *kind, const char *below,
		 const char *name, const struct record *record);

/*
 * Reads a record of a directory that only root can write. Waits for nothing
 * and follows no link in the last component.
 *
 * Returns 0 with ret, which record_is_valid(); -ENOENT; -ELOOP: a symbolic
 * link; -ENXIO: no file; -EPERM: it is not root's, or others may write it;
 * -EFBIG: longer than a record; -EINVAL: not valid; -errno of openat(2),
 * fstat(2), read(2). ret is unchanged on failure.
 */
int record_read(int directory, const char *name, struct record *ret);

/*
 * Whether all of it is lines of record_add(): complete, KEY=VALUE, the key of
 * lower-case letters, digits and underscores, the value escaped.
 */
bool record_is_valid(const struct record *record);

/*
 * The value of the first line with this key, as it was added. For a record that
 * is valid. Returns 0 with ret, of room bytes; -ENODATA: there is no such key;
 * -E2BIG: no room. ret is unchanged on failure.
 */
int record_get(const struct record *record, const char *key, char *ret,
	       size_t room);

/* The same for a number. -EINVAL: it is none, or too large. */
int record_get_number(const struct record *record, const char *key,
		      unsigned long long *ret);

#endif
