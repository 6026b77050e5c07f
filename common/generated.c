/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What programs of init= generate for /etc. */
#include "generated.h"
#include "file.h"
#include "overrides.h"
#include "scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	/* What a login has left that was killed. */
	GENERATED_STALE_S = 120,
};

/*
 * What is called so belongs to the namespace that this thread is in. Returns 0,
 * or -errno of netns_key(); ret is "" then.
 */
static int generated_path(const char *name, char ret[GENERATED_SIZE])
{
	char key[NETNS_KEY_SIZE];
	int r = netns_key(key);

	*ret = '\0';
	if (r < 0)
		return r;
	(void)snprintf(ret, GENERATED_SIZE, "%s/%s%s%s",
		       *name ? STATE_ETC : STATE_ETC_NEW, name,
		       *name ? "/" : "", key);
	return 0;
}

void generated_remove(const char *name, char *path)
{
	scoped_fd int directory = *path ? file_open_directory(path) : -EBADF;

	if (directory >= 0)
		(void)state_empty(directory, 0);
	(void)rmdir(path);
	if (*path && *name) {
		*strrchr(path, '/') = '\0';
		(void)rmdir(path);
	}
	*path = '\0';
}

void generated_remove_old(const char *name)
{
	char path[sizeof(STATE_ETC "/") + NAME_MAX];
	scoped_fd int directory = -EBADF;

	(void)snprintf(path, sizeof(path), STATE_ETC "/%s", name);
	directory = file_open_directory(path);
	if (directory < 0)
		return;
	(void)state_empty(directory, 0);
	(void)rmdir(path);
}

/* Opens the directory in which it is, without what is left of others. */
static int generated_open_parent(const char *name)
{
	bool named = *name;
	scoped_fd int state = state_open(AT_FDCWD, NULL, 0755);
	scoped_fd int top =
		state < 0 ? state
			  : state_open(state, named ? "etc" : "etc-new", 0700);
	scoped_fd int parent = -EBADF;
	int r;

	if (top < 0)
		return top;
	parent = named ? state_open(top, name, 0700) : take_fd(&top);
	if (parent < 0)
		return parent;
	r = state_empty(parent, named ? 0 : GENERATED_STALE_S);
	/* What others have left denies nobody who does not use it. */
	return r < 0 && named ? r : take_fd(&parent);
}

int generated_make(const char *name, char ret[GENERATED_SIZE])
{
	scoped_fd int parent = -EBADF;
	int r = generated_path(name, ret);

	parent = r < 0 ? r : generated_open_parent(name);
	r = parent;
	if (r >= 0)
		r = state_open(parent, strrchr(ret, '/') + 1, 0700);
	if (r < 0)
		return r;
	(void)close(r);
	return 0;
}

int generated_check(const char *name, const char *path, struct failure *failure)
{
	struct overrides overrides = OVERRIDES_NONE;
	int r = overrides_add(path, !*name, &overrides, failure);

	overrides_release(&overrides);
	return r;
}

/*
 * Whether a path of the host is there, 1 or 0; or -errno. Who may not look at
 * the root of PID 1 sees nothing there.
 */
static int is_on_host(const char *prefix, const char *path)
{
	char whole[sizeof("/proc/1/root") + GENERATED_SIZE];
	struct stat st;

	(void)snprintf(whole, sizeof(whole), "%s%s", prefix, path);
	if (fstatat(AT_FDCWD, whole, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
			       (errno == EACCES && *prefix)
		       ? 0
		       : -errno;
}

int generated_find(const char *prefix, const char *name,
		   char ret[GENERATED_SIZE])
{
	int r;

	(void)snprintf(ret, GENERATED_SIZE, STATE_ETC "/%s", name);
	r = is_on_host(prefix, ret);
	if (r > 0)
		r = generated_path(name, ret);
	else
		*ret = '\0';
	if (r < 0 || !*ret)
		return r;
	r = is_on_host(prefix, ret);
	if (r <= 0)
		*ret = '\0';
	return r < 0 ? r : 0;
}

bool generated_is_seen(const char *prefix, const char *path)
{
	char on_host[sizeof("/proc/1/root") + GENERATED_SIZE];
	struct stat wanted;
	struct stat seen;

	(void)snprintf(on_host, sizeof(on_host), "%s%s", prefix, path);
	return fstatat(AT_FDCWD, on_host, &wanted, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(AT_FDCWD, path, &seen, AT_SYMLINK_NOFOLLOW) == 0 &&
	       seen.st_dev == wanted.st_dev && seen.st_ino == wanted.st_ino;
}
