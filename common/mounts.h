/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is mounted where, mount_namespaces(7). Owns mount(2), umount2(2),
 * open_tree(2), move_mount(2) and fsmount(2). What changes mounts is for a
 * mount namespace of one's own, but for mounts_prepare_netns(),
 * mounts_bind_net() and mounts_detach_open().
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* The source by which the tmpfs over /run/netns in a session is known. */
#define MOUNTS_SOURCE "pam_net"

/*
 * Makes path a mount point of its own, with what is mounted below it, private
 * first and then shared: a peer group of its own, so that what is mounted
 * below it later is one mount. Returns 0 or -errno of mount(2); the mount
 * point may then be there, as usable as any. Since Linux 5.12 this is atomic,
 * unless a filter refuses it. Else a process that is killed in it leaves it as
 * ip-netns(8) makes it.
 */
int mounts_prepare_netns(const char *path);

/* Mounts a namespace over a file; both are descriptors. */
int mounts_bind_net(int net, int file);

/*
 * Opens a new instance of proc(5), which is mounted nowhere and ends with its
 * descriptor. Returns it or -errno of fsopen(2), fsconfig(2), fsmount(2).
 */
int mounts_open_proc(void);

/*
 * Whether path in directory, or directory itself if path is "", is where
 * something is mounted: 1, 0, or -errno of statx(2).
 */
int mounts_is_mount(int directory, const char *path);

/* Unmounts what is on top at path, a link too. Returns 0 or -errno. */
int mounts_detach(const char *path);

/*
 * Unmounts the mount on which fd was opened, whatever its path leads to by now.
 * fd stays usable. Returns 0; -EINVAL: it is not mounted any more; -errno of
 * umount2(2).
 */
int mounts_detach_open(int fd);

/* Makes all mounts below / slaves. Returns 0 or -errno of mount(2). */
int mounts_make_slave(void);

/*
 * Detaches all that is mounted on directory and covers it with a small tmpfs
 * that holds net, a namespace, under name; or nothing if name is "".
 *
 * Returns 0, also if there is nothing, or a file; -EXDEV: umount2(2) reports
 * success but changes nothing; -errno of umount2(2), mount(2), openat(2).
 */
int mounts_cover_netns(const char *directory, const char *name, int net);

/*
 * Covers what fds are, descriptors of O_PATH: a directory with an empty one
 * that nobody can enter, anything else with an empty file. tmpfs is a directory
 * on such a file system: both are made there, and unlinked at once.
 *
 * Returns 0 or -errno of openat(2), open_tree(2), move_mount(2); some may be
 * covered then.
 */
int mounts_hide(const char *tmpfs, const int *fds, size_t count);

/* Whether fd is such a cover: 1 or 0, or -errno of statx(2). */
int mounts_is_hidden(int fd);

/* Mounts an empty tmpfs over a directory. Returns 0 or -errno of mount(2). */
int mounts_cover_empty(const char *path);

/* The number of the mount that path is on, statx(2); 0: it is not known. */
unsigned long long mounts_number(const char *path);

/*
 * A short text that is kept with the directory on top at path, where only the
 * root of the initial user namespace can read and change it: an extended
 * attribute. mounts_read_tag() needs room for it and a NUL. Both return 0 or
 * -errno of setxattr(2), getxattr(2); -ENODATA: it has none.
 */
int mounts_write_tag(const char *path, const char *text);
int mounts_read_tag(const char *path, char *ret, size_t size);

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
 * directory behind it. only_check: only says whether that can be done.
 *
 * Returns 0, also if it is there already; -ENOENT: there is no such entry;
 * -EISDIR or -ENOTDIR: one of both is a directory; -errno of fstatat(2),
 * move_mount(2).
 */
int mounts_override(int directory, const char *name, int clone,
		    bool only_check);

/*
 * Whether the entry is source, a file or directory, already. Returns 1 or 0; or
 * as mounts_override().
 */
int mounts_is_overridden(int directory, const char *name,
			 const struct stat *source);

/*
 * Makes path, on the mount whose top is holder, a private mount point of its
 * own, while the holder goes on sharing what it shares. shared: whether it
 * does at all.
 *
 * Returns 0; -EOPNOTSUPP: this needs Linux 5.15; -errno of mount(2),
 * open_tree(2), move_mount(2).
 */
int mounts_split(const char *path, const char *holder, bool shared);

#endif
