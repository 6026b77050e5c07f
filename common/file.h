/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things that several files need of files and their names. */
#ifndef FILE_H
#define FILE_H

#include <linux/openat2.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Headers of the kernel before Linux 5.12 do not have it. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* Whether root owns it, and nobody else may write it. */
bool file_is_root_only(const struct stat *st);

/*
 * fstat(2) of a descriptor that only root may change. Returns 0 with ret, also
 * on -EPERM: it is not so; or -errno of fstat(2).
 */
int file_check_root_only(int fd, struct stat *ret);

/*
 * Reads the rest of a file of unknown size. Returns 0 with ret, to be freed,
 * of ret_size bytes and a NUL behind them; -EFBIG: more than max bytes;
 * -ENOMEM; -errno of read(2).
 */
int file_read(int fd, size_t max, char **ret, size_t *ret_size);

/*
 * The same of what keep leaves of each part that is read: it moves that to the
 * begin of text and returns its size. max is of what is kept. NULL keeps all.
 */
int file_read_kept(int fd, size_t max,
		   size_t (*keep)(char *text, size_t size, void *state),
		   void *state, char **ret, size_t *ret_size);

/*
 * Opens a directory, to be read, without following a link in the last
 * component. Returns a descriptor; -ELOOP: it is a symbolic link; -errno of
 * open(2).
 */
int file_open_directory(const char *path);

/*
 * The same below a directory, or AT_FDCWD. Returns a descriptor; -ENOTDIR, also
 * if it is a symbolic link; -errno of openat(2).
 */
int file_open_directory_at(int directory, const char *path);

/*
 * openat2(2) of a path, to look at only, with flags RESOLVE_… Returns a
 * descriptor or -errno; -EAGAIN with RESOLVE_CACHED: what it needs is not in
 * memory, seen in several tries; -ENOSYS before Linux 5.6.
 */
int file_open_path(int directory, const char *path, unsigned long long resolve);

/* Which file it is. All zero: unknown. */
struct file_id {
	dev_t dev;
	ino_t ino; /* 0 of a FUSE that is another user's, which hides it */
};

/*
 * Which file a path leads to; "" is the directory itself, which AT_FDCWD is,
 * too. No server is asked, and nothing is mounted by an automounter. Returns 0
 * or -errno of statx(2).
 */
int file_identify(int directory, const char *path, struct file_id *ret);

/* Unknown equals nothing, not even unknown. */
bool file_id_equal(struct file_id a, struct file_id b);

/*
 * Writes at the end of a file of at most end bytes, by one write(2).
 * RLIMIT_FSIZE is raised meanwhile if it must be, as beyond it a write(2) is a
 * SIGXFSZ, which ends the application.
 *
 * Returns 0; -EFBIG: the limit may not be raised; -ENOSPC: not all was written;
 * -errno of write(2), getrlimit(2).
 */
int file_write(int fd, off_t end, const void *data, size_t size);

/*
 * close_range(2). Where that is not permitted, it closes one after the other,
 * up to 4095.
 */
void file_close_range(unsigned int first, unsigned int last);

/* A directory that is read without taking memory. */
struct file_entries {
	int directory;
	long size;
	long at;
	_Alignas(8) char data[2048];
};

/*
 * The next name in directory, a descriptor of O_RDONLY, but "." and "..". NULL:
 * there is none, also as the directory was removed meanwhile, and *ret is 0; or
 * *ret is -errno of getdents64(2).
 */
const char *file_next_entry(struct file_entries *entries, int *ret);

/* /proc/self/fd/N, for calls that take no descriptor. */
struct fd_path {
	char text[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
};

struct fd_path fd_path(int fd);

#endif
