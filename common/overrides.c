/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of /etc/netns/NAME, and whether they are safe. */
#include "overrides.h"
#include "count.h"
#include "file.h"
#include "mounts.h"
#include "scope.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int overrides_failed(struct failure *failure, int error, const char *path)
{
	static const struct failure_cause causes[] = {
		{ -EPERM, "it must be root's, and writable by root only",
		  NULL },
		{ -ELOOP, "it is a symbolic link", "rm" },
		{ -ENOTDIR, "it is not a directory", "rm" },
		{ -ENXIO, "it is neither a file nor a directory", "rm" },
		{ -EISDIR,
		  "it is a directory, which a namespace without a name cannot "
		  "have",
		  NULL },
		{ -E2BIG, "there are more than 1024 files in all", NULL },
		{ -ENOSPC, "the limit fs.mount-max is reached", NULL },
		{ -EBUSY,
		  "something is mounted there, and a session would show what "
		  "is below it",
		  "umount" },
	};

	(void)failure_set(failure, error, "use", path);
	return failure_explain(failure, causes, COUNT(causes));
}

/* A symbolic link has a mode that means nothing. */
static int check_stat(const struct stat *st, bool may_be_link)
{
	if (S_ISLNK(st->st_mode) && !may_be_link)
		return -ELOOP;
	if (S_ISLNK(st->st_mode))
		return st->st_uid == 0 ? 0 : -EPERM;
	if (!file_is_root_only(st))
		return -EPERM;
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) ? 0 : -ENXIO;
}

int overrides_check(int entry)
{
	struct stat st;

	return fstat(entry, &st) < 0 ? -errno : check_stat(&st, false);
}

/* Room for the names, and behind it for what they are. */
enum {
	NAMES_SIZE = OVERRIDES_MAX * sizeof(char *),
	TEXT_SIZE = 1 << 20,
};

/* Not calloc(3): a helper of a process with threads must not take memory. */
static char **names_make(void)
{
	void *room = mmap(NULL, NAMES_SIZE + TEXT_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return room == MAP_FAILED ? NULL : room;
}

/* Adds a name, below a directory unless that is "". */
static int names_add(struct overrides *overrides, const char *directory,
		     const char *name)
{
	size_t room = TEXT_SIZE - overrides->used;
	int length;
	char *text;

	if (!overrides->names)
		overrides->names = names_make();
	if (!overrides->names)
		return -ENOMEM;
	if (overrides->total == OVERRIDES_MAX)
		return -E2BIG;
	text = (char *)overrides->names + NAMES_SIZE + overrides->used;
	length = snprintf(text, room, "%s%s%s", directory,
			  *directory ? "/" : "", name);
	if (length < 0 || (size_t)length >= room)
		return -ENAMETOOLONG;
	overrides->used += (size_t)length + 1;
	overrides->names[overrides->total++] = text;
	return 0;
}

/* Adds what is in one directory, by its path below /etc/netns/NAME. */
static int list_directory(struct overrides *overrides, const char *path)
{
	scoped_fd int fd = file_open_directory_at(overrides->directory,
						  *path ? path : ".");
	struct file_entries entries = { .directory = fd };
	const char *name;
	int r;

	if (fd < 0)
		return fd;
	while ((name = file_next_entry(&entries, &r)) != NULL) {
		r = names_add(overrides, path, name);
		if (r < 0)
			return r;
	}
	return r;
}

/* What is there for the programs of init=, and replaces nothing. */
static bool is_for_programs(const char *name)
{
	const char *end = strrchr(name, '.');

	return !strcmp(name, "sysctl.conf") || !strcmp(name, "nftables.conf") ||
	       (end && end != name && !strcmp(end, ".nft"));
}

/* Puts them behind the entries: they are looked at all the same. */
static void drop_those_of_programs(struct overrides *overrides)
{
	size_t i = 0;

	while (i < overrides->count) {
		char *name = overrides->names[i];

		if (is_for_programs(name)) {
			overrides->names[i] =
				overrides->names[--overrides->count];
			overrides->names[overrides->count] = name;
		} else {
			i++;
		}
	}
}

/*
 * Lists the directory, then what is in directories among the entries. Each is
 * looked at before it is listed, so nobody but root can have changed that.
 */
static int list_tree(struct overrides *overrides, const char *top,
		     struct failure *failure)
{
	char path[sizeof(failure->object)];
	int r = list_directory(overrides, "");

	if (r < 0)
		return overrides_failed(failure, r, top);
	overrides->count = overrides->total;
	drop_those_of_programs(overrides);
	for (size_t i = 0; i < overrides->total; i++) {
		const char *name = overrides->names[i];
		struct stat st;

		r = fstatat(overrides->directory, name, &st,
			    AT_SYMLINK_NOFOLLOW) < 0
			    ? -errno
			    : check_stat(&st, i >= overrides->count);
		/* The mount is of the entry, without what is mounted in it. */
		if (r == 0 && strchr(name, '/') && !S_ISLNK(st.st_mode))
			r = mounts_is_mount(overrides->directory, name) == 0
				    ? 0
				    : -EBUSY;
		if (r == 0 && S_ISDIR(st.st_mode))
			r = list_directory(overrides, name);
		if (r == -E2BIG)
			return overrides_failed(failure, r, top);
		if (r < 0) {
			(void)snprintf(path, sizeof(path), "%s/%s", top, name);
			return overrides_failed(failure, r, path);
		}
	}
	return 0;
}

/* Opens a directory that must be safe. What O_DIRECTORY refuses is named. */
static int directory_open_safe(const char *path)
{
	scoped_fd int fd = -EBADF;
	struct stat st;
	int r = lstat(path, &st) < 0 ? -errno : check_stat(&st, false);

	if (r < 0)
		return r;
	fd = file_open_directory_at(AT_FDCWD, path);
	r = fd < 0 ? fd : overrides_check(fd);
	return r < 0 ? r : take_fd(&fd);
}

int overrides_list(const char *name, struct overrides *ret,
		   struct failure *failure)
{
	char path[sizeof(OVERRIDES_DIRECTORY) + NAME_MAX + 1];
	struct overrides overrides = OVERRIDES_NONE;
	struct stat st;
	int r;

	*ret = OVERRIDES_NONE;
	if (stat(OVERRIDES_DIRECTORY, &st) < 0)
		return errno == ENOENT ? 0
				       : overrides_failed(failure, -errno,
							  OVERRIDES_DIRECTORY);
	r = check_stat(&st, false);
	if (r == 0 && !S_ISDIR(st.st_mode))
		r = -ENOTDIR;
	if (r < 0)
		return overrides_failed(failure, r, OVERRIDES_DIRECTORY);
	(void)snprintf(path, sizeof(path), "%s/%s", OVERRIDES_DIRECTORY, name);
	overrides.directory = directory_open_safe(path);
	if (overrides.directory == -ENOENT)
		return 0;
	if (overrides.directory < 0)
		return overrides_failed(failure, overrides.directory, path);
	r = list_tree(&overrides, path, failure);
	if (r < 0) {
		overrides_release(&overrides);
		return r;
	}
	*ret = overrides;
	return 0;
}

const char *overrides_target(const char *name)
{
	return *name == '/' ? strrchr(name, '/') + 1 : name;
}

/* Adds one, in front of those that are no entries. */
static int add_generated(struct overrides *overrides, const char *directory,
			 const char *name)
{
	char **names;
	char *last;
	int r;

	for (size_t i = 0; i < overrides->count; i++)
		if (!strcmp(overrides_target(overrides->names[i]), name))
			return 0;
	r = names_add(overrides, directory, name);
	if (r < 0)
		return r;
	names = overrides->names;
	last = names[overrides->total - 1];
	names[overrides->total - 1] = names[overrides->count];
	names[overrides->count++] = last;
	return 0;
}

static int add_all_generated(struct overrides *overrides,
			     const struct overrides *added,
			     const char *directory, bool files_only,
			     struct failure *failure)
{
	char path[sizeof(failure->object)];

	for (size_t i = 0; i < added->count; i++) {
		struct stat st;
		int r = fstatat(added->directory, added->names[i], &st,
				AT_SYMLINK_NOFOLLOW) < 0
				? -errno
				: 0;

		if (r == 0 && files_only && !S_ISREG(st.st_mode))
			r = -EISDIR;
		if (r == 0)
			r = add_generated(overrides, directory,
					  added->names[i]);
		if (r == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", directory,
			       added->names[i]);
		return overrides_failed(failure, r, path);
	}
	return 0;
}

int overrides_add(const char *directory, bool files_only, struct overrides *ret,
		  struct failure *failure)
{
	struct overrides added = OVERRIDES_NONE;
	int r;

	added.directory = directory_open_safe(directory);
	if (added.directory < 0)
		return overrides_failed(failure, added.directory, directory);
	r = list_tree(&added, directory, failure);
	if (r == 0)
		r = add_all_generated(ret, &added, directory, files_only,
				      failure);
	overrides_release(&added);
	return r;
}

/* Whether path is begin or below it; if so, what follows is in ret_rest. */
static bool path_begins(const char *path, const char *begin,
			const char **ret_rest)
{
	size_t length = strlen(begin);

	/* "/" is above everything. */
	if (length == 1)
		length = 0;
	*ret_rest = path + length;
	return strncmp(path, begin, length) == 0 &&
	       (!path[length] || path[length] == '/');
}

/*
 * In a table of mounts the root of an override is its path in the file system
 * that its source is on: the root of the mount there, and the rest of the path.
 */
int overrides_find_source(const struct mountinfo *info, const char *directory,
			  struct overrides_source *ret)
{
	scoped_free char *path = realpath(directory, NULL);
	const struct mount_entry *holder = NULL;
	const char *rest;
	int r;

	*ret = OVERRIDES_SOURCE_NONE;
	if (!path)
		return errno == ENOENT ? 0 : -errno;
	r = mountinfo_find_path(info, path, false, &holder);
	if (r < 0 || !holder || !path_begins(path, holder->point, &rest))
		return r;
	/* Without it overrides could not be told from other mounts. */
	if (!*holder->root)
		return -ENAMETOOLONG;
	if (asprintf(&ret->root, "%s%s",
		     strcmp(holder->root, "/") != 0 ? holder->root : "",
		     rest) < 0) {
		ret->root = NULL;
		return -ENOMEM;
	}
	ret->dev = holder->dev;
	ret->path = take_text(&path);
	return 0;
}

void overrides_source_release(struct overrides_source *source)
{
	free(source->root);
	free(source->path);
	*source = OVERRIDES_SOURCE_NONE;
}

bool overrides_is_of_other(const struct overrides_source *source,
			   const struct mount_entry *entry, const char *name)
{
	const char *rest;
	size_t length = strlen(name);

	if (!source->root || source->dev != entry->dev ||
	    !path_begins(entry->root, source->root, &rest))
		return false;
	/* A name, and a file of it. */
	if (!*rest || !strchr(rest + 1, '/'))
		return false;
	if (length && !strncmp(rest + 1, name, length) &&
	    rest[1 + length] == '/')
		return false;
	/* What an admin mounts below /etc/netns is a source itself. */
	return !path_begins(entry->point, source->path, &rest);
}

void overrides_release(struct overrides *overrides)
{
	if (overrides->names)
		(void)munmap(overrides->names, NAMES_SIZE + TEXT_SIZE);
	scope_close(&overrides->directory);
	*overrides = OVERRIDES_NONE;
}
