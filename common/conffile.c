/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by which root rules. */
#include "conffile.h"
#include "file.h"
#include "scope.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int conffile_read(const char *path, char **ret, size_t *ret_size)
{
	scoped_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					      O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = file_check_root_only(fd, &st);
	if (r < 0 && r != -EPERM)
		return r;
	/* What it is tells more than whose it is. */
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENXIO;
	if (st.st_size > CONFFILE_MAX)
		return -EFBIG;
	return r < 0 ? r : file_read(fd, CONFFILE_MAX, ret, ret_size);
}

static bool is_wanted(const char *name, const char *suffix)
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
		if (!is_wanted(entries[i]->d_name, suffix))
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
	scoped_fd int fd = file_open_directory_at(AT_FDCWD, directory);
	struct stat st;
	int r;

	*ret = NULL;
	*ret_count = 0;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = file_check_root_only(fd, &st);
	return r < 0 ? r : list_read(directory, suffix, ret, ret_count);
}

void conffile_free_list(char **list, size_t count)
{
	for (size_t i = 0; list && i < count; i++)
		free(list[i]);
	free(list);
}
