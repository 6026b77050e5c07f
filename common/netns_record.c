/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recorded of a name in /run/netns. */
#include "netns_record.h"
#include "count.h"
#include "file.h"
#include "name.h"
#include "ns.h"
#include "scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

int netns_cookie(unsigned long long *ret)
{
	scoped_fd int any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned long long cookie = 0;
	socklen_t size = sizeof(cookie);

	if (any < 0)
		return -errno;
	if (getsockopt(any, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 &&
	    errno != ENOPROTOOPT)
		return -errno;
	*ret = cookie;
	return 0;
}

static void key_print(unsigned long long cookie, unsigned long long inode,
		      char ret[NETNS_KEY_SIZE])
{
	(void)snprintf(ret, NETNS_KEY_SIZE, "%s%llu", cookie ? "" : "i",
		       cookie ? cookie : inode);
}

int netns_key(char ret[NETNS_KEY_SIZE])
{
	unsigned long long cookie = 0;
	struct ns_id id = { .ino = 0 };
	int r = netns_cookie(&cookie);

	if (r == 0)
		r = ns_current_net(&id);
	if (r == 0)
		key_print(cookie, id.ino, ret);
	return r;
}

void netns_record_key(const struct record *record, char ret[NETNS_KEY_SIZE])
{
	unsigned long long cookie = 0;
	unsigned long long inode = 0;

	*ret = '\0';
	if (record_get_number(record, "cookie", &cookie) == 0 ||
	    record_get_number(record, "inode", &inode) == 0)
		key_print(cookie, inode, ret);
}

void netns_record_path(const char *name, char ret[NETNS_RECORD_PATH_SIZE])
{
	(void)snprintf(ret, NETNS_RECORD_PATH_SIZE, "names/%s", name);
}

/* The number of the mount that the name is, or 0. */
static unsigned long long name_mount(const char *names, const char *name)
{
	scoped_fd int directory = file_open_directory(names);
	struct statx stx;

	if (directory < 0 ||
	    statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &stx) < 0)
		return 0;
	if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 0;
	return stx.stx_mnt_id;
}

void netns_remove_record(int state, const char *name)
{
	char path[NETNS_RECORD_PATH_SIZE];

	netns_record_path(name, path);
	(void)unlinkat(state, path, 0);
}

int netns_write_record(int state, const struct netns_recording *of, int net)
{
	struct record record = RECORD_EMPTY;
	unsigned long long cookie = 0;
	unsigned long long mount = 0;
	struct ns_id pids = { .ino = 0 };
	struct ns_id id = { .ino = 0 };
	int r = netns_cookie(&cookie);

	if (r == 0)
		r = ns_identify(net, &id);
	if (r == 0 && !cookie)
		mount = name_mount(NETNS_DIRECTORY, of->name);
	if (r == 0 && !cookie && !mount) {
		/* That of before may have the number that the mount gets. */
		netns_remove_record(state, of->name);
		r = -ENODATA;
	}
	if (r < 0)
		return r;
	record_add(&record, "name", of->name);
	record_add_number(&record, cookie ? "cookie" : "mount",
			  cookie ? cookie : mount);
	record_add_number(&record, "inode", id.ino);
	record_add_number(&record, "owner", of->owner ? of->owner->uid : 0);
	record_add(&record, "init", of->init ? of->init : "");
	record_add(&record, "user", of->user);
	record_add(&record, "service", of->service);
	if (ns_shown_pids(&pids) == 0)
		record_add_number(&record, "pidns", pids.ino);
	record_add(&record, "made", of->time);
	return record_write(state, "names", NULL, of->name, &record);
}

/*
 * Whether a record is of the namespace that this thread is in, which the name
 * leads to. Without a cookie it has the number of the mount. Returns 1, 0 or
 * -errno of netns_cookie().
 */
static int record_is_of_this(const char *prefix, const char *name,
			     const struct record *record)
{
	char names[sizeof("/proc/1/root" NETNS_DIRECTORY)];
	unsigned long long recorded = 0;
	unsigned long long cookie = 0;
	struct ns_id id = { .ino = 0 };
	int r;

	if (record_get_number(record, "cookie", &recorded) == 0) {
		r = netns_cookie(&cookie);
		return r < 0 ? r : recorded != 0 && recorded == cookie;
	}
	(void)snprintf(names, sizeof(names), "%s" NETNS_DIRECTORY, prefix);
	if (record_get_number(record, "mount", &recorded) < 0 ||
	    recorded == 0 || recorded != name_mount(names, name))
		return 0;
	return record_get_number(record, "inode", &recorded) == 0 &&
	       ns_current_net(&id) == 0 && id.ino == recorded;
}

int netns_read_record(const char *prefix, const char *name, struct record *ret)
{
	char path[sizeof("/proc/1/root" STATE_NAMES "/") + NAME_MAX];
	struct record record;
	int r;

	(void)snprintf(path, sizeof(path), "%s" STATE_NAMES "/%s", prefix,
		       name);
	r = record_read(AT_FDCWD, path, &record);
	if (r < 0)
		return r;
	r = record_is_of_this(prefix, name, &record);
	if (r <= 0)
		return r < 0 ? r : -ESTALE;
	*ret = record;
	return 0;
}

int netns_rewrite_record(int state, const char *name,
			 const struct record *record)
{
	static const char *const keys[] = { "name",    "mount", "inode",
					    "owner",   "init",	"user",
					    "service", "pidns", "made" };
	unsigned long long mount = name_mount(NETNS_DIRECTORY, name);
	unsigned long long before = 0;
	struct record anew = RECORD_EMPTY;

	if (record_get_number(record, "mount", &before) < 0 || before == mount)
		return 0;
	if (mount == 0)
		return -ENOENT;
	for (size_t i = 0; i < COUNT(keys); i++) {
		char value[sizeof(record->text)];

		if (!strcmp(keys[i], "mount"))
			record_add_number(&anew, "mount", mount);
		else if (record_get(record, keys[i], value, sizeof(value)) == 0)
			record_add(&anew, keys[i], value);
	}
	return record_write(state, "names", NULL, name, &anew);
}

bool netns_is_no_record(int error)
{
	static const int errors[] = { -ENOENT, -ESTALE, -ENOTDIR, -ELOOP,
				      -ENXIO,  -EPERM,	-EFBIG,	  -EINVAL };

	for (size_t i = 0; i < COUNT(errors); i++)
		if (error == errors[i])
			return true;
	return false;
}

int recorded_read(const char *prefix, const char *name, struct recorded *ret)
{
	struct record record;
	int r = netns_read_record(prefix, name, &record);

	*ret = (struct recorded){ .is_there = r == 0 };
	if (r < 0)
		return netns_is_no_record(r) ? 0 : r;
	(void)record_get(&record, "init", ret->init, sizeof(ret->init));
	(void)record_get_number(&record, "owner", &ret->owner);
	return 0;
}

const char *recorded_denies(const struct recorded *recorded, const char *init,
			    const struct owner *owner)
{
	if (owner && recorded->owner != owner->uid)
		return "it was not made by a line with 'owner'";
	if (init && name_is_in_list("rules", init) &&
	    !name_is_in_list("rules", recorded->init))
		return "its line has init=rules, which did not run when the "
		       "namespace was made";
	return NULL;
}
