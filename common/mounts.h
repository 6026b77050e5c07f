/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is mounted where, mount_namespaces(7). Owns mount(2), umount2(2),
 * open_tree(2) and move_mount(2). All but the first three functions are for a
 * mount namespace of one's own.
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>

/* The source by which the tmpfs over /run/netns in a session is known. */
#define MOUNTS_SOURCE "pam_net"

/*
 * Makes path a mount point of its own, with what is mounted below it, private
 * first and then shared: a peer group of its own, so that what is mounted
 * below it later is one mount. Returns 0 or -errno of mount(2); the mount
 * point may then be there, as usable as any. At once since Linux 5.12; before,
 * who is killed in it leaves it as ip-netns(8) makes it.
 */
int mounts_prepare_names(const char *path);

/* Mounts the network namespace of this thread over file, a descriptor. */
int mounts_bind_net(int file);

/* Unmounts path, not behind a link; lazily, or only if nobody uses it. */
int mounts_remove(const char *path, bool lazily);

/* Makes all mounts below / slaves. Returns 0 or -errno of mount(2). */
int mounts_make_slave(void);

/*
 * Detaches all that is mounted on directory and covers it with a small tmpfs
 * that holds the network namespace of this thread under name, or nothing if
 * name is NULL. A directory that is not there is left alone.
 *
 * Returns 0 or -errno of umount2(2), mount(2), openat(2).
 */
int mounts_cover_names(const char *directory, const char *name);

/* Makes path, a mount point, private, with what is below it if recursive. */
int mounts_make_private(const char *path, bool recursive);

/*
 * Copies the mount at path with all below it. Returns a descriptor that
 * mounts_attach() takes, or -errno of open_tree(2).
 */
int mounts_clone(const char *path);

/* Mounts a clone at path. Returns 0 or -errno of move_mount(2). */
int mounts_attach(int clone, const char *path);

/*
 * Mounts a sysfs of the network namespace of this thread over /sys, with the
 * read-only, nosuid, nodev and noexec flags that are there. Returns 0; -EBUSY:
 * it is one of this namespace; -errno of statvfs(3), mount(2).
 */
int mounts_cover_sys(void);

/*
 * Copies one entry of directory, a symbolic link itself, as something that
 * can be mounted. Returns a descriptor by which it can be looked at, and that
 * mounts_override() takes, or -errno of open_tree(2).
 */
int mounts_clone_entry(int directory, const char *name);

/*
 * Mounts clone, of a file or directory, over the entry called name of
 * directory: a file over a symbolic link itself, a directory over the
 * directory behind it.
 *
 * Returns 0, also if it is there already; -ENOENT: there is no such entry;
 * -EISDIR or -ENOTDIR: one of both is a directory; -errno of fstatat(2),
 * move_mount(2).
 */
int mounts_override(int directory, const char *name, int clone);

/*
 * Makes path, on the mount whose top is holder, a private mount point of its
 * own, while the holder goes on sharing what it shares. shared: whether it
 * does at all.
 *
 * Returns 0; -EOPNOTSUPP: this needs Linux 5.15; -errno of mount(2),
 * open_tree(2), move_mount(2).
 */
int mounts_detach(const char *path, const char *holder, bool shared);

#endif
