/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of /etc/netns/NAME, and whether they are safe. */
#include "overrides.h"
#include "scope.h"
#include "trust.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int check_safe(int fd, mode_t *ret_mode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!is_roots_alone(&st))
		return -EPERM;
	*ret_mode = st.st_mode;
	return 0;
}

static int open_safe_directory(int parent, const char *name, int flags)
{
	scoped_fd int fd = openat(parent, name,
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	mode_t mode;
	int r;

	if (fd < 0)
		return -errno;
	r = check_safe(fd, &mode);
	return r < 0 ? r : take_fd(&fd);
}

/* Tells a link from a file: O_DIRECTORY calls both of them -ENOTDIR. */
static int refine_error(int parent, const char *name, int error)
{
	struct stat st;

	if (error == -ENOTDIR &&
	    fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return -ELOOP;
	return error;
}

static int names_add(struct overrides *overrides, const char *name)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	if (overrides->count == OVERRIDES_MAX)
		return -E2BIG;
	overrides->names[overrides->count] = strdup(name);
	if (!overrides->names[overrides->count])
		return -ENOMEM;
	overrides->count++;
	return 0;
}

static int names_read(struct overrides *overrides)
{
	int copy = fcntl(overrides->directory, F_DUPFD_CLOEXEC, 0);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	int r = 0;

	if (!directory) {
		r = -errno;
		scope_close(&copy);
		return r;
	}
	while (r == 0) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(directory);
		if (!entry) {
			r = -errno;
			break;
		}
		r = names_add(overrides, entry->d_name);
	}
	(void)closedir(directory);
	return r;
}

int overrides_list(const char *name, struct overrides *ret, bool *ret_above)
{
	struct overrides overrides = OVERRIDES_NONE;
	scoped_fd int parent = -EBADF;
	int r;

	parent = open_safe_directory(AT_FDCWD, OVERRIDES_DIRECTORY, 0);
	if (parent >= 0)
		overrides.directory =
			open_safe_directory(parent, name, O_NOFOLLOW);
	if (parent == -ENOENT || overrides.directory == -ENOENT) {
		*ret = OVERRIDES_NONE;
		return 0;
	}
	*ret_above = parent < 0;
	if (parent < 0)
		return parent;
	if (overrides.directory < 0)
		return refine_error(parent, name, overrides.directory);
	overrides.names = calloc(OVERRIDES_MAX, sizeof(*overrides.names));
	r = overrides.names ? names_read(&overrides) : -ENOMEM;
	if (r < 0) {
		overrides_release(&overrides);
		return r;
	}
	*ret = overrides;
	return 0;
}

int overrides_check(int entry)
{
	mode_t mode = 0;
	int r = check_safe(entry, &mode);

	if (r < 0)
		return r;
	return S_ISREG(mode) || S_ISDIR(mode) ? 0 : -ENXIO;
}

void overrides_release(struct overrides *overrides)
{
	for (size_t i = 0; i < overrides->count; i++)
		free(overrides->names[i]);
	free(overrides->names);
	scope_close(&overrides->directory);
	*overrides = OVERRIDES_NONE;
}
