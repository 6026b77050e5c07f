/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted where. */
#include "mounts.h"
#include "count.h"
#include "file.h"
#include "scope.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

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
#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC	    1
#define FSMOUNT_CLOEXEC	    1
#define FSCONFIG_CMD_CREATE 6
#define MOUNT_ATTR_NOSUID   2
#define MOUNT_ATTR_NODEV    4
#define MOUNT_ATTR_NOEXEC   8
#endif

#define TAG "trusted.pam_net"

/* A file system of a user's may never answer. */
enum { NO_WAIT = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT };

/* Of what covers hidden files: all may see that there is nothing. */
enum { EMPTY_FILE_MODE = 0444 };

/* More mounts than anybody stacks on one directory. */
enum { DETACH_MAX = 1000 };

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

int mounts_prepare_netns(const char *path)
{
	int r = prepare_detached(path);

	/* -EPERM: a filter that does not know mount_setattr(2) yet. */
	if (r != -ENOSYS && r != -EPERM)
		return r;
	r = mount_onto_itself(path);
	/* Out of the peer group of the mount it was copied from. */
	if (r == 0)
		r = mounts_make_private(path, false);
	return r < 0 ? r : mount_change(path, MS_SHARED);
}

int mounts_bind_net(int net, int file)
{
	return mount(fd_path(net).text, fd_path(file).text, NULL, MS_BIND,
		     NULL) < 0
		       ? -errno
		       : 0;
}

int mounts_open_proc(void)
{
	scoped_fd int context =
		(int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
	long proc;

	if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE,
				   NULL, NULL, 0) < 0)
		return -errno;
	proc = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       MOUNT_ATTR_NOEXEC);
	return proc < 0 ? -errno : (int)proc;
}

int mounts_detach(const char *path)
{
	return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
}

int mounts_detach_open(int fd)
{
	return umount2(fd_path(fd).text, MNT_DETACH) < 0 ? -errno : 0;
}

int mounts_is_mount(int directory, const char *path)
{
	int flags = *path ? 0 : AT_EMPTY_PATH;
	struct statx stx;

	if (statx(directory, path, flags, 0, &stx) < 0)
		return -errno;
	return (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int mounts_cover_empty(const char *path)
{
	return mount(MOUNTS_SOURCE, path, "tmpfs",
		     MS_NOSUID | MS_NODEV | MS_NOEXEC,
		     "size=64k,mode=0755,uid=0,gid=0") < 0
		       ? -errno
		       : 0;
}

int mounts_cover_netns(const char *directory, const char *name, int net)
{
	scoped_fd int parent = -EBADF;
	scoped_fd int file = -EBADF;
	int left = DETACH_MAX;
	int r;

	for (;;) {
		r = mounts_is_mount(AT_FDCWD, directory);
		if (r <= 0)
			break;
		if (left-- == 0)
			return -EXDEV;
		if (umount2(directory, MNT_DETACH) < 0)
			return -errno;
	}
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = mounts_cover_empty(directory);
	if (r < 0)
		return r == -ENOTDIR ? 0 : r;
	if (!*name)
		return 0;
	parent = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return -errno;
	file = openat(parent, name,
		      O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	return file < 0 ? -errno : mounts_bind_net(net, file);
}

/* Not for long, so that ip-netns(8) hardly ever lists them. */
#define EMPTY_FILE	".pam_net.file"
#define EMPTY_DIRECTORY ".pam_net.directory"

static void empty_remove(int directory)
{
	(void)unlinkat(directory, EMPTY_FILE, 0);
	(void)unlinkat(directory, EMPTY_DIRECTORY, AT_REMOVEDIR);
}

static int empty_make(int directory)
{
	scoped_fd int file = -EBADF;

	/* What a helper has left that was killed. */
	empty_remove(directory);
	file = openat(directory, EMPTY_FILE,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	if (file < 0 || fchmod(file, EMPTY_FILE_MODE) < 0 ||
	    mkdirat(directory, EMPTY_DIRECTORY, 0) < 0)
		return -errno;
	return 0;
}

static int hide_one(int directory, int fd)
{
	scoped_fd int cover = -EBADF;
	struct statx stx;
	int r;

	if (statx(fd, "", AT_EMPTY_PATH | NO_WAIT, STATX_TYPE, &stx) < 0)
		return -errno;
	cover = mounts_clone_entry(directory, S_ISDIR(stx.stx_mode)
						      ? EMPTY_DIRECTORY
						      : EMPTY_FILE);
	if (cover < 0)
		return cover;
	r = tree_move(cover, fd, "", MOVE_MOUNT_T_EMPTY_PATH);
	if (r < 0)
		return r;
	/* A clone has a path once it is mounted. */
	return mount_change(fd_path(cover).text, MS_REMOUNT | MS_BIND |
							 MS_RDONLY | MS_NOSUID |
							 MS_NODEV | MS_NOEXEC);
}

int mounts_hide(const char *tmpfs, const int *fds, size_t count)
{
	scoped_fd int directory =
		open(tmpfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = directory < 0 ? -errno : empty_make(directory);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = hide_one(directory, fds[i]);
	if (directory >= 0)
		empty_remove(directory);
	return r;
}

unsigned long long mounts_number(const char *path)
{
	struct statx stx;

	return statx(AT_FDCWD, path, 0, STATX_MNT_ID, &stx) < 0
		       ? 0
		       : stx.stx_mnt_id;
}

int mounts_is_hidden(int fd)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH | NO_WAIT,
		  STATX_TYPE | STATX_MODE | STATX_UID | STATX_SIZE, &stx) < 0)
		return -errno;
	if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) || stx.stx_uid != 0)
		return 0;
	return S_ISDIR(stx.stx_mode)
		       ? (stx.stx_mode & 07777) == 0
		       : (stx.stx_mode & 07777) == EMPTY_FILE_MODE &&
				 stx.stx_size == 0;
}

int mounts_write_tag(const char *path, const char *text)
{
	return setxattr(path, TAG, text, strlen(text), 0) < 0 ? -errno : 0;
}

int mounts_read_tag(const char *path, char *ret, size_t size)
{
	ssize_t length = getxattr(path, TAG, ret, size - 1);

	if (length < 0)
		return -errno;
	ret[length] = '\0';
	return 0;
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
	for (size_t i = 0; i < COUNT(kept); i++)
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

/* 1: it can be mounted; 0: it is there; or as mounts_override(). */
static int override_look(int directory, const char *name,
			 const struct stat *source, unsigned int *ret_flags)
{
	struct stat target;
	int r = target_find(directory, name, S_ISDIR(source->st_mode), &target,
			    ret_flags);

	if (r < 0)
		return r;
	return source->st_dev != target.st_dev ||
	       source->st_ino != target.st_ino;
}

int mounts_is_overridden(int directory, const char *name,
			 const struct stat *source)
{
	unsigned int flags = 0;
	int r = override_look(directory, name, source, &flags);

	return r < 0 ? r : !r;
}

/*
 * Four calls, all by name. With descriptors of both entries it took a third
 * longer, and by mount(2) with two paths below /proc/self/fd twice as long.
 */
int mounts_override(int directory, const char *name, int clone, bool only_check)
{
	struct stat source;
	unsigned int flags = 0;
	int r = fstat(clone, &source) < 0
			? -errno
			: override_look(directory, name, &source, &flags);

	if (r <= 0 || only_check)
		return r < 0 ? r : 0;
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
int mounts_split(const char *path, const char *holder, bool shared)
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
