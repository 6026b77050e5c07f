/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names in /run/netns, and the locks of those who use them. */
#include "registry.h"
#include "scope.h"
#include "trust.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

enum {
	LOCK_WAIT_MS = 60 * 1000,
	SETTLE_WAIT_MS = 1000,
	DIRECTORY_WAIT_MS = 1000,
	POLL_MAX_MS = 16,
};

/* A wait that polls: what we wait for has no time-out of its own. */
struct wait {
	struct timespec end;
	long pause_us;
};

static struct wait wait_start(long ms)
{
	struct wait wait = { .pause_us = 250 };

	(void)clock_gettime(CLOCK_MONOTONIC, &wait.end);
	wait.end.tv_sec += ms / 1000;
	wait.end.tv_nsec += ms % 1000 * 1000000;
	if (wait.end.tv_nsec >= 1000000000) {
		wait.end.tv_sec++;
		wait.end.tv_nsec -= 1000000000;
	}
	return wait;
}

/* Sleeps a little, longer each time; false when the time is over. */
static bool wait_more(struct wait *wait)
{
	struct timespec pause = { .tv_nsec = wait->pause_us * 1000 };
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > wait->end.tv_sec || (now.tv_sec == wait->end.tv_sec &&
					      now.tv_nsec >= wait->end.tv_nsec))
		return false;
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	if (wait->pause_us < POLL_MAX_MS * 1000L)
		wait->pause_us *= 2;
	return true;
}

static int lock_wait(int fd, int operation, long ms)
{
	struct wait wait = wait_start(ms);

	while (flock(fd, operation | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (!wait_more(&wait))
			return -ETIMEDOUT;
	}
	return 0;
}

/*
 * Opens a directory that is root's alone, and makes it if need be. The umask
 * of the application may have taken rights that root needs.
 */
static int open_private(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	scoped_fd int fd = openat(parent, name, flags);
	bool made = false;
	struct stat st;

	if (fd < 0 && errno == ENOENT) {
		made = mkdirat(parent, name, 0700) == 0;
		if (!made && errno != EEXIST)
			return -errno;
		fd = openat(parent, name, flags);
	}
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!is_roots_alone(&st))
		return -EPERM;
	if (made && fchmod(fd, 0700) < 0)
		return -errno;
	return take_fd(&fd);
}

int registry_lock(const char *name, int operation)
{
	scoped_fd int base = open_private(AT_FDCWD, REGISTRY_LOCKS);
	scoped_fd int locks = -EBADF;
	scoped_fd int lock = -EBADF;
	int r;

	if (base < 0)
		return base;
	locks = open_private(base, "lock");
	if (locks < 0)
		return locks;
	lock = openat(locks, name,
		      O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		      0600);
	if (lock < 0)
		return -errno;
	r = lock_wait(lock, operation, LOCK_WAIT_MS);
	return r < 0 ? r : take_fd(&lock);
}

int registry_lock_exclusively(int lock)
{
	return lock_wait(lock, LOCK_EX, LOCK_WAIT_MS);
}

int registry_lock_directory(void)
{
	scoped_fd int base = open_private(AT_FDCWD, REGISTRY_LOCKS);
	int r;

	if (base < 0)
		return base;
	r = lock_wait(base, LOCK_EX, LOCK_WAIT_MS);
	return r < 0 ? r : take_fd(&base);
}

void registry_unlock(int *lock)
{
	if (*lock >= 0)
		(void)flock(*lock, LOCK_UN);
	scope_close(lock);
}

int registry_is_mount(int fd)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, 0, &stx) < 0)
		return -errno;
	return (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* What is not a namespace: which of the errors of registry_find(). */
static int refuse(int fd)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	r = registry_is_mount(fd);
	if (r != 0)
		return r < 0 ? r : -EBUSY;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	if (st.st_uid != 0)
		return -EACCES;
	return st.st_size != 0 ? -ENOTEMPTY : -ESTALE;
}

static int find_entry(int directory, const char *name)
{
	scoped_fd int entry = -EBADF;
	scoped_fd int net = -EBADF;
	char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	struct statfs fs;
	int type;

	entry = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (entry < 0)
		return -errno;
	if (fstatfs(entry, &fs) < 0)
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return refuse(entry);
	/* An O_PATH descriptor serves neither ioctl(2) nor setns(2). */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", entry);
	net = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (net < 0)
		return -errno;
	type = ioctl(net, NS_GET_NSTYPE);
	if (type < 0)
		return -errno;
	return type == CLONE_NEWNET ? take_fd(&net) : -EMEDIUMTYPE;
}

int registry_open_directory(void)
{
	int fd = open(REGISTRY_DIRECTORY,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int registry_open_directory_locked(void)
{
	int fd = registry_open_directory();

	if (fd >= 0)
		(void)lock_wait(fd, LOCK_EX, DIRECTORY_WAIT_MS);
	return fd;
}

int registry_find(const char *name)
{
	scoped_fd int directory = registry_open_directory();

	return directory < 0 ? directory : find_entry(directory, name);
}

/* Whether a stale file is so old that nobody is at work on it. */
static bool entry_is_settled(const char *name)
{
	scoped_fd int directory = registry_open_directory();
	struct timespec now;
	struct stat st;

	if (directory < 0 ||
	    fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec - st.st_ctim.tv_sec > SETTLE_WAIT_MS / 1000;
}

int registry_find_settled(const char *name)
{
	struct wait wait = wait_start(SETTLE_WAIT_MS);
	int r;

	do {
		r = registry_find(name);
	} while (r == -ESTALE && !entry_is_settled(name) && wait_more(&wait));
	return r;
}

int registry_make_directory(void)
{
	int r = 1;

	if (mkdir(REGISTRY_DIRECTORY, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	/* The umask of the application may have taken rights. */
	if (chmod(REGISTRY_DIRECTORY, 0755) < 0) {
		r = -errno;
		(void)registry_remove_directory();
	}
	return r;
}

bool registry_is_unwritable(int r)
{
	return r == -EROFS || r == -EACCES || r == -ENOENT || r == -ENOSPC ||
	       r == -EDQUOT;
}

int registry_take_over(int directory, const char *name)
{
	scoped_fd int file =
		openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (file < 0)
		return -errno;
	r = refuse(file);
	if (r == -ESTALE)
		return take_fd(&file);
	return -EEXIST;
}

int registry_add(int directory, const char *name)
{
	scoped_fd int made =
		openat(directory, name,
		       O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	int file;

	if (made < 0)
		return -errno;
	file = registry_take_over(directory, name);
	if (file < 0)
		(void)registry_remove(directory, name);
	return file;
}

int registry_remove(int directory, const char *name)
{
	return unlinkat(directory, name, 0) < 0 ? -errno : 0;
}

int registry_remove_directory(void)
{
	return rmdir(REGISTRY_DIRECTORY) < 0 ? -errno : 0;
}
