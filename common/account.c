/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who logs in, and which groups that account is in. */
#include "account.h"
#include "scope.h"

#include <grp.h>
#include <pwd.h>
#include <security/pam_modutil.h>
#include <stdbool.h>
#include <string.h>

/* A group of 100,000 members takes about 1 MiB; more than 64 is broken. */
enum { GROUP_BUFFER = 4096, GROUP_BUFFER_MAX = 64 << 20 };

int account_find(pam_handle_t *pamh, struct account *ret,
		 const char **ret_typed)
{
	const char *user = NULL;
	const struct passwd *passwd;
	int r;

	*ret_typed = "";
	r = pam_get_user(pamh, &user, NULL);
	if (r == PAM_BUF_ERR)
		return -ENOMEM;
	if (r != PAM_SUCCESS)
		return -EIO;
	if (!user || !*user)
		return -ENOENT;
	*ret_typed = user;
	passwd = pam_modutil_getpwnam(pamh, user);
	if (!passwd)
		return -ENOENT;
	*ret = (struct account){
		.name = passwd->pw_name,
		.uid = passwd->pw_uid,
		.gid = passwd->pw_gid,
	};
	return 0;
}

/* A group entry with the memory behind it. */
struct group_entry {
	struct group group;
	char *memory;
};

/* name, or gid if name is NULL. Returns 1 found, 0 not there, -errno. */
static int group_read(const char *name, gid_t gid, struct group_entry *ret)
{
	for (size_t size = GROUP_BUFFER; size <= GROUP_BUFFER_MAX; size *= 4) {
		scoped_free char *memory = malloc(size);
		struct group *found = NULL;
		int r;

		if (!memory)
			return -ENOMEM;
		do {
			r = name ? getgrnam_r(name, &ret->group, memory, size,
					      &found)
				 : getgrgid_r(gid, &ret->group, memory, size,
					      &found);
		} while (r == EINTR);
		if (r == ERANGE)
			continue;
		if (r != 0)
			return -r;
		if (!found)
			return 0;
		ret->memory = take_text(&memory);
		return 1;
	}
	return -ERANGE;
}

/*
 * All groups of the account. The kernel takes no more than 65536 for a
 * process, so the first call is the only one, as it is the dear one.
 */
static int groups_read(const struct account *account, gid_t **ret_groups,
		       int *ret_count)
{
	for (int size = 65536; size <= 1 << 24; size *= 4) {
		gid_t *groups = calloc((size_t)size, sizeof(*groups));
		int count = size;

		if (!groups)
			return -ENOMEM;
		if (getgrouplist(account->name, account->gid, groups,
				 &count) >= 0) {
			*ret_groups = groups;
			*ret_count = count;
			return 0;
		}
		free(groups);
	}
	return -ERANGE;
}

/*
 * Whether the name service can tell that something is not there: with a bad
 * nsswitch.conf it finds nothing, and calls that no error. There is always a
 * group 0.
 */
static int check_name_service(void)
{
	struct group_entry entry = { .memory = NULL };
	int r = group_read(NULL, 0, &entry);

	free(entry.memory);
	return r == 0 ? -ENODATA : r;
}

static bool group_lists(const struct group *group, const char *user)
{
	for (char **member = group->gr_mem; *member; member++)
		if (!strcmp(*member, user))
			return true;
	return false;
}

static int account_has_gid(const struct account *account, gid_t gid)
{
	scoped_free gid_t *groups = NULL;
	int count = 0;
	int r;

	r = groups_read(account, &groups, &count);
	if (r < 0)
		return r;
	for (int i = 0; i < count; i++)
		if (groups[i] == gid)
			return MEMBER_YES;
	return MEMBER_NO;
}

int account_is_member(const struct account *account, const char *group)
{
	struct group_entry entry = { .memory = NULL };
	bool listed;
	gid_t gid;
	int r;

	r = group_read(group, 0, &entry);
	if (r < 0)
		return r;
	if (r == 0) {
		r = check_name_service();
		return r < 0 ? r : MEMBER_NO_GROUP;
	}
	gid = entry.group.gr_gid;
	listed = gid == account->gid ||
		 group_lists(&entry.group, account->name);
	free(entry.memory);
	return listed ? MEMBER_YES : account_has_gid(account, gid);
}

/* Whether gid is called "PREFIX-…": 1 with the rest copied, 0, -errno. */
static int group_rest(gid_t gid, const char *prefix, char *ret_rest,
		      size_t size)
{
	struct group_entry entry = { .memory = NULL };
	scoped_free char *memory = NULL;
	size_t length = strlen(prefix);
	const char *name;
	int r;

	r = group_read(NULL, gid, &entry);
	if (r <= 0)
		return r;
	memory = entry.memory;
	name = entry.group.gr_name;
	if (strncmp(name, prefix, length) != 0 || name[length] != '-')
		return 0;
	name += length + 1;
	if (strlen(name) >= size)
		return -ENAMETOOLONG;
	memcpy(ret_rest, name, strlen(name) + 1);
	return 1;
}

int account_find_prefixed(const struct account *account, const char *prefix,
			  char *ret_rest, size_t size)
{
	struct group_entry entry = { .memory = NULL };
	scoped_free gid_t *groups = NULL;
	int count = 0;
	int r;

	/* Any group: getgrouplist(3) tells nobody that a directory is down. */
	r = group_read(prefix, 0, &entry);
	free(entry.memory);
	if (r == 0)
		r = check_name_service();
	if (r < 0)
		return r;
	r = groups_read(account, &groups, &count);
	if (r < 0)
		return r;
	for (int i = 0; i < count; i++) {
		r = group_rest(groups[i], prefix, ret_rest, size);
		if (r != 0)
			return r < 0 ? r : MEMBER_YES;
	}
	return MEMBER_NO;
}
