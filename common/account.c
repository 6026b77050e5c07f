/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who logs in, and which groups that account is in. */
#include "account.h"
#include "glob.h"
#include "scope.h"

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>

/*
 * A group of 100,000 members takes about 1 MiB; more than 64 is broken, as is
 * a source that nothing but signals interrupt.
 */
enum { ENTRY_BUFFER = 4096, ENTRY_BUFFER_MAX = 64 << 20, ENTRY_TRIES = 10 };

/*
 * Looks key up in the name service, with as much memory as it takes. Returns
 * 1 found, with the memory behind the entry; 0 not there; -errno.
 */
static int entry_read(int (*look_up)(const void *key, void *entry, char *memory,
				     size_t size, bool *ret_found),
		      const void *key, void *entry, char **ret_memory)
{
	int tries = ENTRY_TRIES;

	for (size_t size = ENTRY_BUFFER; size <= ENTRY_BUFFER_MAX; size *= 4) {
		scoped_free char *memory = malloc(size);
		bool found = false;
		int r;

		if (!memory)
			return -ENOMEM;
		do {
			/* The answer of a source that fails and says no why. */
			errno = EIO;
			r = look_up(key, entry, memory, size, &found);
		} while (r == EINTR && --tries > 0);
		if (r == ERANGE)
			continue;
		/* Some sources say why with the sign of the kernel. */
		if (r != 0)
			return r < 0 ? r : -r;
		if (!found)
			return 0;
		*ret_memory = take_text(&memory);
		return 1;
	}
	return -ERANGE;
}

/*
 * pam_modutil_getpwnam(3) keeps its result on the handle. Without memory it
 * tries again, and logs that, about INT_MAX times.
 */
static int look_up_account(const void *name, void *entry, char *memory,
			   size_t size, bool *ret_found)
{
	struct passwd *found = NULL;
	int r = getpwnam_r(name, entry, memory, size, &found);

	*ret_found = found != NULL;
	return r;
}

static int look_up_group(const void *name, void *entry, char *memory,
			 size_t size, bool *ret_found)
{
	struct group *found = NULL;
	int r = getgrnam_r(name, entry, memory, size, &found);

	*ret_found = found != NULL;
	return r;
}

static int look_up_gid(const void *gid, void *entry, char *memory, size_t size,
		       bool *ret_found)
{
	struct group *found = NULL;
	int r = getgrgid_r(*(const gid_t *)gid, entry, memory, size, &found);

	*ret_found = found != NULL;
	return r;
}

int account_find_name(const char *name, struct account *ret)
{
	struct passwd passwd = { .pw_name = NULL };
	char *memory = NULL;
	int r = entry_read(look_up_account, name, &passwd, &memory);

	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	*ret = (struct account){
		.name = passwd.pw_name,
		.uid = passwd.pw_uid,
		.gid = passwd.pw_gid,
		.home = passwd.pw_dir ? passwd.pw_dir : "",
		.memory = memory,
	};
	return 0;
}

int account_find(pam_handle_t *pamh, struct account *ret,
		 const char **ret_typed)
{
	const char *user = NULL;
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
	return account_find_name(user, ret);
}

/* A group entry with the memory behind it. */
struct group_entry {
	struct group group;
	char *memory;
};

/* name, or gid if name is NULL. Returns as entry_read(). */
static int group_read(const char *name, gid_t gid, struct group_entry *ret)
{
	return name ? entry_read(look_up_group, name, &ret->group, &ret->memory)
		    : entry_read(look_up_gid, &gid, &ret->group, &ret->memory);
}

/*
 * All groups of the account. The kernel takes 65536 for a process, but room
 * for so many is mapped and unmapped, or cleared, which cost as much again:
 * 4096 do for nearly everybody. Returns their number, or -errno.
 */
static int groups_list(const struct account *account, gid_t **ret)
{
	for (int size = 4096; size <= 1 << 24; size *= 16) {
		gid_t *groups = calloc((size_t)size, sizeof(*groups));
		int count = size;

		if (!groups)
			return -ENOMEM;
		errno = 0;
		if (getgrouplist(account->name, account->gid, groups, &count) >=
		    0) {
			*ret = groups;
			return count;
		}
		free(groups);
	}
	return -ERANGE;
}

/*
 * It does not report a source that has failed, but leaves an errno. So do
 * sources that only found nothing: nss-systemd(8) leaves ESRCH for everybody
 * but its own users. A caller that has looked the group up by its name knows
 * whom it lists, and can ignore this.
 */
static bool is_suspect(int error, bool by_name)
{
	return error != 0 && !(by_name && error == ESRCH);
}

/*
 * Read once, as this is the dear call; and again after a suspect errno: the
 * answer that tells more is the right one.
 */
static int groups_read(struct account *account, bool by_name)
{
	while (account->group_reads == 0 ||
	       (account->group_reads == 1 &&
		is_suspect(account->groups_error, by_name))) {
		gid_t *groups;
		int count = groups_list(account, &groups);

		if (count < 0)
			return count;
		account->groups_error = errno;
		account->group_reads++;
		if ((size_t)count <= account->group_count) {
			free(groups);
			continue;
		}
		free(account->groups);
		account->groups = groups;
		account->group_count = (size_t)count;
	}
	return 0;
}

void account_release(struct account *account)
{
	free(account->groups);
	free(account->memory);
	account->memory = NULL;
	account->groups = NULL;
	account->group_count = 0;
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
	/* A careless source gives no list for an empty one. */
	for (char **member = group->gr_mem; member && *member; member++)
		if (!strcmp(*member, user))
			return true;
	return false;
}

/*
 * For callers that have read no group before: getgrouplist(3) does not report
 * that a directory is down. Looking for a group that does not exist asks all
 * sources, and each can say that it fails.
 */
static int check_sources(struct account *account)
{
	struct group_entry entry = { .memory = NULL };
	int r;

	if (account->sources_answer)
		return 0;
	r = group_read("pam-net-probe", 0, &entry);
	free(entry.memory);
	if (r == 0)
		r = check_name_service();
	if (r < 0)
		return r;
	account->sources_answer = true;
	return 0;
}

/* The sources first, as each look-up may take until one of them gives up. */
static int groups_read_checked(struct account *account)
{
	int r = check_sources(account);

	return r < 0 ? r : groups_read(account, false);
}

static int groups_have(const struct account *account, gid_t first, gid_t last)
{
	for (size_t i = 0; i < account->group_count; i++)
		if (first <= account->groups[i] && account->groups[i] <= last)
			return MEMBER_YES;
	return MEMBER_NO;
}

int account_is_member(struct account *account, const char *group)
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
	account->how = gid == account->gid ? "it is the primary group"
					   : "the group lists the user";
	listed = gid == account->gid ||
		 group_lists(&entry.group, account->name);
	free(entry.memory);
	if (listed)
		return MEMBER_YES;
	account->how = "the list of the user's groups has it";
	r = groups_read(account, true);
	return r < 0 ? r : groups_have(account, gid, gid);
}

int account_has_gid(struct account *account, gid_t first, gid_t last)
{
	int r = groups_read_checked(account);

	account->how = "the list of the user's groups has it";
	return r < 0 ? r : groups_have(account, first, last);
}

static int text_copy(const char *text, size_t length, char *ret, size_t size)
{
	if (length >= size)
		return -ENAMETOOLONG;
	memcpy(ret, text, length);
	ret[length] = '\0';
	return 0;
}

/* MEMBER_YES with the part copied, MEMBER_NO, or -errno. */
static int group_match(gid_t gid, const char *pattern, char *ret_star,
		       size_t size)
{
	struct group_entry entry = { .memory = NULL };
	struct glob_star star;
	bool matches;
	int r;

	r = group_read(NULL, gid, &entry);
	/* A name that is not told might have matched. */
	if (r <= 0)
		return r < 0 ? r : -EIDRM;
	matches = glob_match(pattern, entry.group.gr_name, &star);
	r = matches ? text_copy(star.start, star.length, ret_star, size) : 0;
	free(entry.memory);
	if (r < 0)
		return r;
	return matches ? MEMBER_YES : MEMBER_NO;
}

int account_match_group(struct account *account, const char *pattern,
			char *ret_star, size_t size)
{
	int r = groups_read_checked(account);

	account->how = "the first of the user's groups that matches";
	for (size_t i = 0; r == MEMBER_NO && i < account->group_count; i++)
		r = group_match(account->groups[i], pattern, ret_star, size);
	return r;
}

int account_primary_group(const struct account *account, char *ret, size_t size)
{
	struct group_entry entry = { .memory = NULL };
	int r;

	r = group_read(NULL, account->gid, &entry);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = text_copy(entry.group.gr_name, strlen(entry.group.gr_name), ret,
		      size);
	free(entry.memory);
	return r;
}
