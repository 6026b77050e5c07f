/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who logs in, and which groups that account is in. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct account {
	const char *name; /* pw_name, not what was typed */
	uid_t uid;
	gid_t gid;
	const char *home;
	char *memory;  /* behind name and home */
	gid_t *groups; /* getgrouplist(3), once it was asked for */
	size_t group_count;
	int group_reads;     /* how often */
	int groups_error;    /* and the errno that it left */
	bool sources_answer; /* all sources of groups have answered */
	const char *how; /* the last MEMBER_YES came about, in plain words */
};

/* What a look-up can say; a negative number is -errno: nobody knows. */
enum membership {
	MEMBER_NO = 0,
	MEMBER_YES = 1,
	MEMBER_NO_GROUP = 2, /* no, as the group does not exist */
};

/*
 * Finds the account of the user of pamh. ret_typed becomes what the user is
 * called until the account is known ("" if there is nothing).
 *
 * Returns 0; -ENOENT: no account, or no user (NULL, empty); -ENOMEM; -EIO:
 * pam_get_user(3) failed; -errno of getpwnam_r(3). ret is to be given to
 * account_release(); it is untouched on failure. Uses no static buffer.
 */
int account_find(pam_handle_t *pamh, struct account *ret,
		 const char **ret_typed);

/*
 * The same for a name. Returns 0; -ENOENT: no account; -ENOMEM; -errno of
 * getpwnam_r(3).
 */
int account_find_name(const char *name, struct account *ret);

/* Gives back the name and the groups. */
void account_release(struct account *account);

/*
 * Whether the account is in a group, by the first that answers of: the
 * primary group; the member list of the group; one getgrouplist(3), for
 * directories whose groups list no members.
 *
 * Returns enum membership; -errno of getgrnam_r(3); -ENODATA: the name service
 * finds nothing at all; -ENOMEM.
 * getgrouplist(3) cannot tell an error, which is why it comes last: the group
 * itself was read without one before. It is called again if it leaves an
 * errno.
 */
int account_is_member(struct account *account, const char *group);

/*
 * The first group in the order of getgrouplist(3) whose name matches pattern
 * of glob.h. What its first '*' stands for is copied to ret_star, of size
 * bytes.
 *
 * Returns MEMBER_YES, MEMBER_NO, or -errno: of getgrgid_r(3) or getgrnam_r(3);
 * -ENODATA: the name service finds nothing at all; -ENAMETOOLONG: no room;
 * -EIDRM: a gid without a group, whose name might have matched; -ENOMEM.
 * ret_star is untouched but for MEMBER_YES.
 */
int account_match_group(struct account *account, const char *pattern,
			char *ret_star, size_t size);

/*
 * Whether one of the groups is from first to last. Returns MEMBER_YES,
 * MEMBER_NO, or -errno as account_is_member().
 */
int account_has_gid(struct account *account, gid_t first, gid_t last);

/*
 * The name of the primary group. Returns 0; -ENOENT: it has none;
 * -ENAMETOOLONG; -errno of getgrgid_r(3); -ENOMEM.
 */
int account_primary_group(const struct account *account, char *ret,
			  size_t size);

#endif
