/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things that several files need of files and their names. */
#include "file.h"
#include "scope.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	OPEN_TRIES = 32,
	READ_MIN = 4096, /* what a read(2) has room for at least */
	DESCRIPTORS_MAX = 4096,
};

bool file_is_root_only(const struct stat *st)
{
	return st->st_uid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

int file_check_root_only(int fd, struct stat *ret)
{
	*ret = (struct stat){ .st_uid = (uid_t)-1 };
	if (fstat(fd, ret) < 0)
		return -errno;
	return file_is_root_only(ret) ? 0 : -EPERM;
}

int file_read_kept(int fd, size_t max,
		   size_t (*keep)(char *text, size_t size, void *state),
		   void *state, char **ret, size_t *ret_size)
{
	scoped_free char *text = NULL;
	size_t room = 0;
	size_t size = 0;

	for (;;) {
		ssize_t got;

		if (size + READ_MIN >= room) {
			size_t more = room ? room * 2 : 16384;
			char *grown = realloc(text, more);

			if (!grown)
				return -ENOMEM;
			text = grown;
			room = more;
		}
		got = read(fd, text + size, room - size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		size += keep ? keep(text + size, (size_t)got, state)
			     : (size_t)got;
		if (size > max)
			return -EFBIG;
	}
	text[size] = '\0';
	*ret = take_text(&text);
	*ret_size = size;
	return 0;
}

int file_read(int fd, size_t max, char **ret, size_t *ret_size)
{
	return file_read_kept(fd, max, NULL, NULL, ret, ret_size);
}

int file_open_directory_at(int directory, const char *path)
{
	int fd = openat(directory, path,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int file_open_directory(const char *path)
{
	int r = file_open_directory_at(AT_FDCWD, path);
	struct stat st;

	/* O_DIRECTORY takes a symbolic link for something else. */
	if (r == -ENOTDIR && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return -ELOOP;
	return r;
}

int file_open_path(int directory, const char *path, unsigned long long resolve)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = resolve,
	};
	long fd = -1;

	/* A mount or a rename anywhere in the meantime is EAGAIN, too. */
	for (int i = 0; i < OPEN_TRIES; i++) {
		fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int file_identify(int directory, const char *path, struct file_id *ret)
{
	const int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
	struct statx stx;
	int r = statx(directory, path, flags, STATX_INO, &stx);

	/* FUSE tells others than its user which file system it is. */
	if (r < 0 && errno == EACCES)
		r = statx(directory, path, flags, 0, &stx);
	if (r < 0)
		return -errno;
	*ret = (struct file_id){
		.dev = makedev(stx.stx_dev_major, stx.stx_dev_minor),
		.ino = (ino_t)stx.stx_ino,
	};
	return 0;
}

bool file_id_equal(struct file_id a, struct file_id b)
{
	return a.dev != 0 && a.dev == b.dev && a.ino == b.ino;
}

int file_write(int fd, off_t end, const void *data, size_t size)
{
	rlim_t needed = (rlim_t)end + size;
	struct rlimit before;
	bool raised = false;
	ssize_t written;
	int r = 0;

	if (getrlimit(RLIMIT_FSIZE, &before) < 0)
		return -errno;
	if (before.rlim_cur < needed) {
		const struct rlimit room = {
			.rlim_cur = needed,
			.rlim_max = before.rlim_max < needed ? needed
							     : before.rlim_max,
		};

		if (setrlimit(RLIMIT_FSIZE, &room) < 0)
			return -EFBIG;
		raised = true;
	}
	written = write(fd, data, size);
	if (written < 0)
		r = -errno;
	else if ((size_t)written != size)
		r = -ENOSPC;
	if (raised)
		(void)setrlimit(RLIMIT_FSIZE, &before);
	return r;
}

void file_close_range(unsigned int first, unsigned int last)
{
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned int fd = first; fd <= last && fd < DESCRIPTORS_MAX; fd++)
		(void)close((int)fd);
}

const char *file_next_entry(struct file_entries *entries, int *ret)
{
	const struct dirent64 *entry;

	*ret = 0;
	do {
		if (entries->at >= entries->size) {
			entries->at = 0;
			entries->size =
				syscall(SYS_getdents64, entries->directory,
					entries->data, sizeof(entries->data));
			/* A directory that was removed has no more of them. */
			if (entries->size < 0 && errno != ENOENT)
				*ret = -errno;
		}
		if (entries->size <= 0)
			return NULL;
		entry = (const void *)(entries->data + entries->at);
		entries->at += entry->d_reclen;
	} while (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."));
	return entry->d_name;
}

struct fd_path fd_path(int fd)
{
	struct fd_path path;

	(void)snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
	return path;
}
