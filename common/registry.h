/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names in /run/netns, ip-netns(8), and the locks of those who look them
 * up or make them. Works in the mount namespace of the caller; allocates
 * nothing, so that it can run in a forked child.
 */
#ifndef REGISTRY_H
#define REGISTRY_H

#include <stdbool.h>

#define REGISTRY_DIRECTORY "/run/netns"
#define REGISTRY_LOCKS	   "/run/pam_net"

/*
 * A lock of one name, /run/pam_net/lock/NAME: shared while it is looked up
 * and joined, exclusive while it is made. operation is LOCK_SH or LOCK_EX. No
 * user can open the file, and so none can keep others waiting, as with the
 * directory of names itself.
 *
 * Returns a close-on-exec descriptor, to be given to registry_unlock();
 * -ETIMEDOUT after 60 s; -EPERM: the directory is not root's alone; or -errno
 * of mkdirat(2), openat(2), flock(2). The file is never unlinked.
 */
int registry_lock(const char *name, int operation);

/* Changes a lock to LOCK_EX. It is lost meanwhile. Returns as above. */
int registry_lock_exclusively(int lock);

/* Excludes others who prepare the directory of names. As registry_lock(). */
int registry_lock_directory(void);

/*
 * Unlocks and closes; sets *lock to -EBADF. Explicitly, as a child that
 * another thread of the application forks meanwhile shares the lock.
 */
void registry_unlock(int *lock);

/*
 * Opens the network namespace called name, without following a link and
 * without waiting for anything.
 *
 * Returns a descriptor for setns(2), or
 *   -ENOENT       there is no such name, or no directory of names
 *   -ESTALE       root's empty file, over which nothing is mounted: what is
 *                 left of one, or what ip-netns(8) is about to mount over
 *   -ELOOP, -EISDIR, -ENXIO
 *                 a symbolic link, a directory, a FIFO, socket or device
 *   -ENOTEMPTY    a file with content
 *   -EACCES       somebody else's file
 *   -EBUSY        something else is mounted there
 *   -EMEDIUMTYPE  a namespace of another kind
 *   or -errno of open(2), fstatfs(2), ioctl_ns(2).
 */
int registry_find(const char *name);

/* As registry_find(), but gives a file that is -ESTALE up to 1 s to settle. */
int registry_find_settled(const char *name);

/* Makes the directory of names, 0755. Returns 1 made, 0 there, -errno. */
int registry_make_directory(void);

/*
 * Whether an error says that nothing can be made there, as on a read-only or
 * a full /run.
 */
bool registry_is_unwritable(int r);

/*
 * Opens the directory of names. While it is prepared that takes also the lock
 * that ip-netns(8) takes, which any user can keep: for at most 1 s.
 * Returns a descriptor or -errno.
 */
int registry_open_directory(void);
int registry_open_directory_locked(void);

/* Whether fd is where something is mounted: 1, 0, or -errno of statx(2). */
int registry_is_mount(int fd);

/*
 * Makes the file that the namespace is to be mounted over, mode 0 as
 * ip-netns(8) does. Returns an O_PATH descriptor; -EEXIST: somebody else's is
 * there by now; -errno of openat(2). On failure no file is made.
 */
int registry_add(int directory, const char *name);

/*
 * Opens the file that registry_find_settled() called -ESTALE, to be mounted
 * over. Returns as registry_add(), -EEXIST if it is no such file any more.
 */
int registry_take_over(int directory, const char *name);

/* Removes the file. Returns 0 or -errno of unlinkat(2). */
int registry_remove(int directory, const char *name);

/* Removes the directory, if it is empty. Returns 0 or -errno of rmdir(2). */
int registry_remove_directory(void);

#endif
