/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted where. */
#include "mounts.h"
#include "scope.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

/* The C library has these since glibc 2.36; the kernel since 5.2 to 5.15. */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x4
#endif
#ifndef MOVE_MOUNT_T_SYMLINKS
#define MOVE_MOUNT_T_SYMLINKS 0x10
#endif
#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x40
#endif
#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP 0x100
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

static int tree_open(int directory, const char *path, unsigned int flags)
{
	long fd = syscall(SYS_open_tree, directory, path,
			  flags | OPEN_TREE_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int tree_move(int tree, int directory, const char *path,
		     unsigned int flags)
{
	long r = syscall(SYS_move_mount, tree, "", directory, path,
			 flags | MOVE_MOUNT_F_EMPTY_PATH);

	return r < 0 ? -errno : 0;
}

static int mount_change(const char *path, unsigned long flags)
{
	return mount(NULL, path, NULL, flags, NULL) < 0 ? -errno : 0;
}

int mounts_make_private(const char *path, bool recursive)
{
	return mount_change(path, MS_PRIVATE | (recursive ? MS_REC : 0));
}

int mounts_make_slave(void)
{
	return mount_change("/", MS_SLAVE | MS_REC);
}

static int mount_onto_itself(const char *path)
{
	return mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

/* Changes a tree that is not mounted yet. mount_setattr(2), Linux 5.12. */
static int tree_change(int tree, uint64_t propagation)
{
	const struct {
		uint64_t set;
		uint64_t clear;
		uint64_t propagation;
		uint64_t user_namespace;
	} change = { .propagation = propagation };
	long r = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &change,
			 sizeof(change));

	return r < 0 ? -errno : 0;
}

/* At once: killed in between, it would share with what is around it. */
static int prepare_detached(const char *path)
{
	scoped_fd int tree = mounts_clone(path);
	int r = tree < 0 ? tree : tree_change(tree, MS_PRIVATE);

	if (r == 0)
		r = tree_change(tree, MS_SHARED);
	return r < 0 ? r : mounts_attach(tree, path);
}

int mounts_prepare_names(const char *path)
{
	int r = prepare_detached(path);

	if (r != -ENOSYS)
		return r;
	r = mount_onto_itself(path);
	/* Out of the peer group of the mount it was copied from. */
	if (r == 0)
		r = mounts_make_private(path, false);
	return r < 0 ? r : mount_change(path, MS_SHARED);
}

int mounts_bind_net(int file)
{
	char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0
		       ? -errno
		       : 0;
}

int mounts_remove(const char *path, bool lazily)
{
	int flags = UMOUNT_NOFOLLOW | (lazily ? MNT_DETACH : 0);

	return umount2(path, flags) < 0 ? -errno : 0;
}

static int names_add(const char *directory, const char *name)
{
	scoped_fd int parent =
		open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int file = -EBADF;

	if (parent < 0)
		return -errno;
	file = openat(parent, name,
		      O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	return file < 0 ? -errno : mounts_bind_net(file);
}

int mounts_cover_names(const char *directory, const char *name)
{
	int r;

	do {
		r = mounts_remove(directory, true);
	} while (r == 0);
	if (r == -ENOENT)
		return 0;
	/* -EINVAL: nothing, or nothing more, is mounted there. */
	if (r != -EINVAL)
		return r;
	if (mount(MOUNTS_SOURCE, directory, "tmpfs",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,mode=0755") < 0)
		return -errno;
	return name ? names_add(directory, name) : 0;
}

int mounts_clone(const char *path)
{
	return tree_open(AT_FDCWD, path,
			 OPEN_TREE_CLONE | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
}

int mounts_clone_entry(int directory, const char *name)
{
	return tree_open(directory, name,
			 OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
}

int mounts_attach(int clone, const char *path)
{
	return tree_move(clone, AT_FDCWD, path, 0);
}

int mounts_cover_sys(void)
{
	static const struct {
		unsigned long seen;
		unsigned long set;
	} kept[] = {
		{ ST_NOSUID, MS_NOSUID },
		{ ST_NODEV, MS_NODEV },
		{ ST_NOEXEC, MS_NOEXEC },
	};
	unsigned long flags = 0;
	struct statvfs fs;

	if (statvfs("/sys", &fs) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (fs.f_flag & kept[i].seen)
			flags |= kept[i].set;
	if (mount("sysfs", "/sys", "sysfs", flags, NULL) < 0)
		return -errno;
	if (!(fs.f_flag & ST_RDONLY))
		return 0;
	/* All sessions of a namespace share its sysfs, but not this mount. */
	return mount_change("/sys", MS_REMOUNT | MS_BIND | MS_RDONLY | flags);
}

/*
 * What name is, to be mounted over: a file over a symbolic link itself, a
 * directory over what is behind it, ret_flags telling move_mount(2) so.
 */
static int target_find(int directory, const char *name, bool want_directory,
		       struct stat *ret, unsigned int *ret_flags)
{
	*ret_flags = 0;
	if (fstatat(directory, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!want_directory)
		return S_ISDIR(ret->st_mode) ? -EISDIR : 0;
	if (S_ISLNK(ret->st_mode)) {
		*ret_flags = MOVE_MOUNT_T_SYMLINKS;
		if (fstatat(directory, name, ret, 0) < 0)
			return -errno;
	}
	return S_ISDIR(ret->st_mode) ? 0 : -ENOTDIR;
}

/*
 * Four calls, all by name: descriptors of both entries were a third dearer,
 * and mount(2) with two paths below /proc/self/fd twice as dear.
 */
int mounts_override(int directory, const char *name, int clone)
{
	unsigned int flags;
	struct stat source;
	struct stat target;
	int r;

	if (fstat(clone, &source) < 0)
		return -errno;
	r = target_find(directory, name, S_ISDIR(source.st_mode), &target,
			&flags);
	if (r < 0)
		return r;
	if (source.st_dev == target.st_dev && source.st_ino == target.st_ino)
		return 0;
	return tree_move(clone, directory, name, flags);
}

/* Lets holder, a mount, share again what tree, a copy of it, shares. */
static int group_rejoin(int tree, int holder)
{
	int r = tree_move(tree, holder, "",
			  MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_T_EMPTY_PATH);

	/* All else is right, so it is the flag that the kernel rejects. */
	return r == -EINVAL ? -EOPNOTSUPP : r;
}

/* The holder is held: its path may lead to what is mounted over it next. */
int mounts_detach(const char *path, const char *holder, bool shared)
{
	scoped_fd int before = -EBADF;
	scoped_fd int held = open(holder, O_PATH | O_CLOEXEC);
	int r;

	if (held < 0)
		return -errno;
	if (shared) {
		before = tree_open(held, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
		if (before < 0)
			return before;
	}
	r = mounts_make_private(holder, false);
	if (r == 0)
		r = mount_onto_itself(path);
	if (r == 0)
		r = mounts_make_private(path, true);
	if (r == 0 && shared)
		r = group_rejoin(before, held);
	return r;
}
