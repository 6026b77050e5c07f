/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by which root rules. */
#include "conffile.h"
#include "scope.h"
#include "trust.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int check_file(int fd, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	if (st.st_size > CONFFILE_MAX)
		return -EFBIG;
	*ret_size = (size_t)st.st_size;
	return is_roots_alone(&st) ? 0 : -EPERM;
}

/* Reads up to room bytes. Returns how many, or -errno. */
static ssize_t read_all(int fd, char *text, size_t room)
{
	size_t size = 0;

	while (size < room) {
		ssize_t got = read(fd, text + size, room - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		size += (size_t)got;
	}
	return (ssize_t)size;
}

int conffile_read(const char *path, char **ret, size_t *ret_size)
{
	scoped_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					      O_NOCTTY | O_CLOEXEC);
	scoped_free char *text = NULL;
	size_t room = 0;
	ssize_t size;
	int r;

	if (fd < 0)
		return -errno;
	r = check_file(fd, &room);
	if (r < 0)
		return r;
	/* It may be growing: one more than there is room for is too much. */
	text = malloc(room + 2);
	if (!text)
		return -ENOMEM;
	size = read_all(fd, text, room + 1);
	if (size < 0)
		return (int)size;
	if ((size_t)size > room)
		return -EFBIG;
	text[size] = '\0';
	*ret = take_text(&text);
	*ret_size = (size_t)size;
	return 0;
}

static int check_directory(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return is_roots_alone(&st) ? 0 : -EPERM;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t length = strlen(name);
	size_t end = strlen(suffix);

	return *name != '.' && length > end &&
	       !strcmp(name + length - end, suffix);
}

static int list_fill(const char *directory, const char *suffix,
		     struct dirent **entries, int count, char **list,
		     size_t *ret_count)
{
	for (int i = 0; i < count; i++) {
		if (!ends_with(entries[i]->d_name, suffix))
			continue;
		if (asprintf(&list[*ret_count], "%s/%s", directory,
			     entries[i]->d_name) < 0)
			return -ENOMEM;
		(*ret_count)++;
	}
	return 0;
}

static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_read(const char *directory, const char *suffix, char ***ret,
		     size_t *ret_count)
{
	struct dirent **entries = NULL;
	char **list;
	int r;
	int count = scandir(directory, &entries, NULL, compare);

	if (count < 0)
		return -errno;
	*ret_count = 0;
	list = calloc((size_t)count + 1, sizeof(*list));
	r = list ? list_fill(directory, suffix, entries, count, list, ret_count)
		 : -ENOMEM;
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	if (r < 0)
		conffile_free_list(list, *ret_count);
	else
		*ret = list;
	return r;
}

int conffile_list(const char *directory, const char *suffix, char ***ret,
		  size_t *ret_count)
{
	scoped_fd int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
						   O_CLOEXEC);
	int r;

	*ret = NULL;
	*ret_count = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = check_directory(fd);
	return r < 0 ? r : list_read(directory, suffix, ret, ret_count);
}

void conffile_free_list(char **list, size_t count)
{
	for (size_t i = 0; list && i < count; i++)
		free(list[i]);
	free(list);
}
