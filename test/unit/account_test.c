/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who logs in and which groups that is in, by files and by faults. */
#include "common/account.h"
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- What the system answers, if it is not asked itself --- */

static struct {
	int user_result;
	const char *user;
	struct passwd *passwd;
	int passwd_error;
	int group_errors[4]; /* of getgr*_r: one after the other, 0: real */
	bool no_list;	     /* nor of members in what they find */
	size_t group_calls;
	const gid_t *list; /* of getgrouplist, NULL: real */
	int list_count;
	int list_calls;
	int list_error; /* the errno of the first, which finds nothing */
	bool no_malloc;
	bool no_calloc;
} fake;

#define real(type, name, ...)                                                  \
	type __real_##name(__VA_ARGS__);                                       \
	type __wrap_##name(__VA_ARGS__)

real(int, getgrnam_r, const char *, struct group *, char *, size_t,
     struct group **);
real(int, getgrgid_r, gid_t, struct group *, char *, size_t, struct group **);
real(int, getgrouplist, const char *, gid_t, gid_t *, int *);
real(void *, malloc, size_t);
real(void *, calloc, size_t, size_t);
int __wrap_pam_get_user(pam_handle_t *pamh, const char **user,
			const char *prompt);
int __wrap_getpwnam_r(const char *user, struct passwd *passwd, char *buffer,
		      size_t size, struct passwd **found);

int __wrap_pam_get_user(pam_handle_t *pamh, const char **user,
			const char *prompt)
{
	(void)pamh;
	(void)prompt;
	*user = fake.user;
	return fake.user_result;
}

int __wrap_getpwnam_r(const char *user, struct passwd *passwd, char *buffer,
		      size_t size, struct passwd **found)
{
	(void)user;
	*found = NULL;
	if (fake.passwd_error || !fake.passwd)
		return fake.passwd_error;
	*passwd = *fake.passwd;
	assert_true(strlen(fake.passwd->pw_name) < size);
	passwd->pw_name = strcpy(buffer, fake.passwd->pw_name);
	*found = passwd;
	return 0;
}

/* A source fails and leaves errno as it is, which the library gives back. */
enum { SILENTLY = 1 << 16 };

static int next_group_error(void)
{
	size_t last = COUNT(fake.group_errors) - 1;
	size_t call = fake.group_calls++;
	int error = fake.group_errors[call < last ? call : last];

	return error == SILENTLY ? errno : error;
}

int __wrap_getgrnam_r(const char *name, struct group *group, char *buffer,
		      size_t size, struct group **found)
{
	int error = next_group_error();

	*found = NULL;
	if (!error)
		error = __real_getgrnam_r(name, group, buffer, size, found);
	if (*found && fake.no_list)
		group->gr_mem = NULL;
	return error;
}

int __wrap_getgrgid_r(gid_t gid, struct group *group, char *buffer, size_t size,
		      struct group **found)
{
	int error = next_group_error();

	*found = NULL;
	return error ? error
		     : __real_getgrgid_r(gid, group, buffer, size, found);
}

int __wrap_getgrouplist(const char *user, gid_t gid, gid_t *groups, int *count)
{
	int room = *count;

	if (++fake.list_calls == 1 && fake.list_error) {
		errno = fake.list_error;
		*groups = gid;
		return *count = 1;
	}
	if (!fake.list)
		return __real_getgrouplist(user, gid, groups, count);
	*count = fake.list_count;
	if (room < fake.list_count)
		return -1;
	memcpy(groups, fake.list, (size_t)fake.list_count * sizeof(*groups));
	return fake.list_count;
}

void *__wrap_malloc(size_t size)
{
	return fake.no_malloc ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fake.no_calloc ? NULL : __real_calloc(count, size);
}

/* --- The account --- */

static void find_tells_who_it_is_or_that_nobody_knows(void **state)
{
	/* Nobody looks into it. */
	static char handle;
	pam_handle_t *pamh = (pam_handle_t *)(void *)&handle;
	static char real_name[] = "alice";
	static struct passwd alice = { .pw_name = real_name,
				       .pw_uid = 1000,
				       .pw_gid = 100 };
	static const struct {
		const char *what;
		int user_result;
		const char *user;
		struct passwd *passwd;
		int result;
		const char *typed;
	} rows[] = {
		{ "found", PAM_SUCCESS, "ALICE@x", &alice, 0, "ALICE@x" },
		{ "no passwd entry", PAM_SUCCESS, "bob", NULL, -ENOENT, "bob" },
		{ "success without a user", PAM_SUCCESS, NULL, &alice, -ENOENT,
		  "" },
		{ "an empty user", PAM_SUCCESS, "", &alice, -ENOENT, "" },
		{ "no conversation", PAM_CONV_ERR, NULL, &alice, -EIO, "" },
		{ "an error with a user left over", PAM_PERM_DENIED, "alice",
		  &alice, -EIO, "" },
		{ "PAM_CONV_AGAIN", PAM_CONV_AGAIN, NULL, &alice, -EIO, "" },
		{ "no memory", PAM_BUF_ERR, NULL, &alice, -ENOMEM, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account account = { .name = "untouched", .uid = 7 };
		const char *typed = NULL;

		row(rows[i].what);
		fake.user_result = rows[i].user_result;
		fake.user = rows[i].user;
		fake.passwd = rows[i].passwd;
		check_result(account_find(pamh, &account, &typed),
			     rows[i].result);
		check_text(typed, rows[i].typed);
		check_text(account.name,
			   rows[i].result ? "untouched" : "alice");
		check_number(account.uid, rows[i].result ? 7 : 1000);
		account_release(&account);
	}
}

static void find_takes_an_error_for_an_error(void **state)
{
	static char handle;
	pam_handle_t *pamh = (pam_handle_t *)(void *)&handle;
	static const int errors[] = { EIO, EAGAIN, ERANGE, ENOMEM };

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct account account = { .name = "untouched" };
		const char *typed = NULL;

		row("getpwnam_r(3) fails");
		fake.user_result = PAM_SUCCESS;
		fake.user = "alice";
		fake.passwd_error = errors[i];
		check_result(account_find(pamh, &account, &typed), -errors[i]);
		check_text(typed, "alice");
		check_text(account.name, "untouched");
	}
}

/* --- Groups --- */

static const struct account alice = { .name = "alice",
				      .uid = 1000,
				      .gid = 1000 };

static void make_accounts(void)
{
	make_file("/etc/nsswitch.conf", 0644, "passwd: files\ngroup: files\n");
	make_file("/etc/passwd", 0644,
		  "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n");
	make_file("/etc/group", 0644,
		  "root:x:0:\n"
		  "alice:x:1000:\n"
		  "newnet:x:500:bob,alice,carol\n"
		  "nearly:x:501:alicex,alic,Alice\n"
		  "empty:x:502:\n"
		  "directory:x:503:\n"
		  "groupnet:x:599:alice\n"
		  "groupnetvpn:x:600:alice\n"
		  "groupnet-lab:x:601:bob\n"
		  "groupnet-vpn:x:602:alice\n"
		  "groupnet-web:x:603:alice\n"
		  "bare-:x:604:alice\n"
		  "deep-a-b:x:605:alice\n");
}

/* Of an account that was not asked before. */
static int is_member(const struct account *account, const char *group)
{
	struct account fresh = *account;
	int r = account_is_member(&fresh, group);

	account_release(&fresh);
	return r;
}

static int find_prefixed(const struct account *account, const char *prefix,
			 char *ret_rest, size_t size)
{
	struct account fresh = *account;
	char pattern[64];
	int r;

	(void)snprintf(pattern, sizeof(pattern), "%s-*", prefix);
	r = account_match_group(&fresh, pattern, ret_rest, size);
	account_release(&fresh);
	return r;
}

/* What it answers, and how often it calls getgrouplist(3) for that. */
static void check_member(const struct account *account, const char *group,
			 int answer, int list_calls)
{
	fake.list_calls = 0;
	check_result(is_member(account, group), answer);
	check_number(fake.list_calls, list_calls);
}

static void is_member_asks_no_more_than_it_has_to(void)
{
	static const gid_t list[] = { 1000, 503 };
	static const struct {
		const char *what;
		const char *group;
		int answer;
		int group_calls;
		int list_calls;
	} rows[] = {
		{ "the primary group", "alice", MEMBER_YES, 1, 0 },
		{ "in the list of members", "newnet", MEMBER_YES, 1, 0 },
		{ "only by getgrouplist", "directory", MEMBER_YES, 1, 1 },
		{ "in none of them", "empty", MEMBER_NO, 1, 1 },
		{ "names that are nearly hers", "nearly", MEMBER_NO, 1, 1 },
		{ "no such group", "nosuch", MEMBER_NO_GROUP, 2, 0 },
		{ "an empty name", "", MEMBER_NO_GROUP, 2, 0 },
	};

	make_accounts();
	fake.list = list;
	fake.list_count = 2;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		fake.group_calls = 0;
		check_member(&alice, rows[i].group, rows[i].answer,
			     rows[i].list_calls);
		check_number(fake.group_calls, rows[i].group_calls);
	}
}

static void is_member_tells_how(void)
{
	static const gid_t list[] = { 1000, 503 };
	static const struct {
		const char *group;
		const char *how;
	} rows[] = {
		{ "alice", "primary group" },
		{ "newnet", "lists the user" },
		{ "directory", "list of the user's groups" },
	};

	make_accounts();
	fake.list = list;
	fake.list_count = 2;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account account = alice;

		row(rows[i].group);
		check_result(account_is_member(&account, rows[i].group),
			     MEMBER_YES);
		check_has(account.how, rows[i].how);
		account_release(&account);
	}
}

static void is_member_agrees_with_the_real_getgrouplist(void)
{
	make_accounts();
	check_member(&alice, "newnet", MEMBER_YES, 0);
	check_member(&alice, "empty", MEMBER_NO, 1);
}

static void is_member_asks_again_after_an_error_that_nobody_told(void)
{
	static const gid_t list[] = { 1000, 503 };
	char star[32];

	make_accounts();
	fake.list_error = EIO;
	check_result(find_prefixed(&alice, "groupnet", star, sizeof(star)),
		     MEMBER_YES);
	check_number(fake.list_calls, 2);
	fake.list = list;
	fake.list_count = 2;
	check_member(&alice, "directory", MEMBER_YES, 2);
	/* A source that only found nothing leaves one as well. */
	check_member(&alice, "empty", MEMBER_NO, 2);
	/* nss-systemd(8), of everybody: what a group lists is known by then. */
	fake.list_error = ESRCH;
	check_member(&alice, "empty", MEMBER_NO, 1);
	fake.list_calls = 0;
	fake.list = NULL;
	check_result(find_prefixed(&alice, "groupnet", star, sizeof(star)),
		     MEMBER_YES);
	check_number(fake.list_calls, 2);
}

static void is_member_takes_an_error_for_an_error(void)
{
	static const struct {
		const char *what;
		int errors[4];
		int result;
	} rows[] = {
		{ "EIO", { EIO, EIO, EIO, EIO }, -EIO },
		{ "EMFILE", { EMFILE, EMFILE, EMFILE, EMFILE }, -EMFILE },
		{ "ENOENT of a broken service", { ENOENT }, -ENOENT },
		{ "EINTR, then the answer", { EINTR, EINTR, 0, 0 }, MEMBER_YES },
		{ "ERANGE for ever",
		  { ERANGE, ERANGE, ERANGE, ERANGE },
		  -ERANGE },
		{ "ERANGE, then EIO", { ERANGE, EIO }, -EIO },
		{ "EINTR for ever", { EINTR, EINTR, EINTR, EINTR }, -EINTR },
		{ "with the sign of the kernel", { -EIO }, -EIO },
		{ "a source that does not say why", { SILENTLY }, -EIO },
	};

	make_accounts();
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		/* What the application left must not count as an answer. */
		errno = 0;
		memcpy(fake.group_errors, rows[i].errors,
		       sizeof(fake.group_errors));
		fake.group_calls = 0;
		check_result(is_member(&alice, "newnet"), rows[i].result);
		check_number(fake.list_calls, 0);
	}
}

static void is_member_takes_no_list_for_an_empty_one(void)
{
	make_accounts();
	fake.no_list = true;
	check_member(&alice, "newnet", MEMBER_YES, 1);
	check_result(is_member(&alice, "empty"), MEMBER_NO);
}

static void break_database(void)
{
	check_number(unlink("/etc/group"), 0);
}

static void break_service(void)
{
	make_file("/etc/nsswitch.conf", 0644, "group: nosuchservice\n");
}

static void break_root(void)
{
	make_file("/etc/group", 0644, "alice:x:1000:\n");
}

static void break_descriptors(void)
{
	limit_descriptors(0);
}

static void (*break_system)(void);

static void ask_broken_system(void)
{
	char rest[16] = "untouched";

	make_accounts();
	break_system();
	/* What is left over from before must not count as an answer. */
	errno = 0;
	check(is_member(&alice, "newnet") < 0);
	errno = 0;
	check(find_prefixed(&alice, "groupnet", rest, sizeof(rest)) < 0);
	check_text(rest, "untouched");
}

/* In a process of its own each, as the library remembers. */
static void system_that_cannot_answer_is_an_error(void)
{
	static const struct {
		const char *what;
		void (*make)(void);
	} rows[] = {
		{ "no group file", break_database },
		{ "a service that is not there", break_service },
		{ "a group file without root's", break_root },
		{ "no free descriptor", break_descriptors },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		break_system = rows[i].make;
		in_process(ask_broken_system);
	}
}

static void is_member_tells_that_memory_is_short(void)
{
	make_accounts();
	/* So that the library has what it keeps. */
	check_result(is_member(&alice, "empty"), MEMBER_NO);
	fake.no_malloc = true;
	check_result(is_member(&alice, "empty"), -ENOMEM);
	fake.no_malloc = false;
	fake.no_calloc = true;
	check_result(is_member(&alice, "empty"), -ENOMEM);
}

enum { CROWD = 100000 };

static void make_crowd(void)
{
	FILE *file = fopen("/etc/group", "we");

	check(file != NULL);
	(void)fprintf(file, "crowd:x:700:u0");
	for (int i = 1; i < CROWD; i++)
		(void)fprintf(file, ",u%d", i);
	(void)fprintf(file, "\n");
	check_number(fclose(file), 0);
}

static void is_member_reads_a_group_of_100000(void)
{
	static const struct account last = { .name = "u99999",
					     .uid = 2000,
					     .gid = 2000 };
	static const gid_t list[] = { 1000 };

	make_accounts();
	make_crowd();
	check_member(&last, "crowd", MEMBER_YES, 0);
	fake.list = list;
	fake.list_count = 1;
	check_member(&alice, "crowd", MEMBER_NO, 1);
}

static void is_member_reads_as_many_groups_as_there_are(void)
{
	static const struct {
		const char *what;
		int groups;
		int calls;
	} rows[] = {
		{ "as most have", 4096, 1 },
		{ "as the kernel takes", 65536, 2 },
		{ "more than that", 65537, 3 },
	};
	static gid_t list[65537];

	make_accounts();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account account = alice;

		row(rows[i].what);
		for (int j = 0; j < rows[i].groups - 1; j++)
			list[j] = (gid_t)(100000 + j);
		list[rows[i].groups - 1] = 503;
		fake.list = list;
		fake.list_count = rows[i].groups;
		check_member(&account, "directory", MEMBER_YES, rows[i].calls);
	}
	row(NULL);
}

static void find_prefixed_takes_the_first_that_fits(void)
{
	static const struct {
		const char *what;
		const char *prefix;
		gid_t list[4];
		int count;
		int answer;
		const char *rest;
	} rows[] = {
		{ "the only one",
		  "groupnet",
		  { 1000, 602 },
		  2,
		  MEMBER_YES,
		  "vpn" },
		{ "the first of two",
		  "groupnet",
		  { 1000, 603, 602 },
		  3,
		  MEMBER_YES,
		  "web" },
		{ "none", "groupnet", { 1000, 500 }, 2, MEMBER_NO, NULL },
		{ "no groups at all", "groupnet", { 0 }, 0, MEMBER_NO, NULL },
		{ "the prefix alone is none",
		  "groupnet",
		  { 599 },
		  1,
		  MEMBER_NO,
		  NULL },
		{ "the prefix without a hyphen is none",
		  "groupnet",
		  { 600 },
		  1,
		  MEMBER_NO,
		  NULL },
		{ "a gid without a group may be the one",
		  "groupnet",
		  { 9999, 602 },
		  2,
		  -EIDRM,
		  NULL },
		{ "nothing behind the hyphen",
		  "bare",
		  { 604 },
		  1,
		  MEMBER_YES,
		  "" },
		{ "more hyphens", "deep", { 605 }, 1, MEMBER_YES, "a-b" },
		{ "a prefix with a hyphen",
		  "deep-a",
		  { 605 },
		  1,
		  MEMBER_YES,
		  "b" },
		{ "another prefix", "vpn", { 602 }, 1, MEMBER_NO, NULL },
	};

	make_accounts();
	for (size_t i = 0; i < COUNT(rows); i++) {
		char rest[16] = "untouched";

		row(rows[i].what);
		fake.list = rows[i].list;
		fake.list_count = rows[i].count;
		fake.list_calls = 0;
		check_result(find_prefixed(&alice, rows[i].prefix, rest,
					   sizeof(rest)),
			     rows[i].answer);
		check_text(rest, rows[i].rest ? rows[i].rest : "untouched");
		check_number(fake.list_calls, 1);
	}
}

static void find_prefixed_agrees_with_the_real_getgrouplist(void)
{
	char rest[16];

	make_accounts();
	check_result(find_prefixed(&alice, "groupnet", rest, sizeof(rest)),
		     MEMBER_YES);
	check_text(rest, "vpn");
}

static void find_prefixed_never_truncates(void)
{
	char rest[8] = "old";

	make_accounts();
	check_result(find_prefixed(&alice, "groupnet", rest, 3), -ENAMETOOLONG);
	check_text(rest, "old");
	check_result(find_prefixed(&alice, "groupnet", rest, 4), MEMBER_YES);
	check_text(rest, "vpn");
}

static void find_prefixed_takes_an_error_for_an_error(void)
{
	static const gid_t list[] = { 500 };
	static const struct {
		const char *what;
		int errors[4];
	} rows[] = {
		{ "at a group that nobody has", { EIO, 0, 0, 0 } },
		{ "at the group that always is", { 0, EIO, 0, 0 } },
		{ "at the first group", { 0, 0, EIO, 0 } },
	};
	char rest[16] = "untouched";

	make_accounts();
	fake.list = list;
	fake.list_count = 1;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		memcpy(fake.group_errors, rows[i].errors,
		       sizeof(fake.group_errors));
		fake.group_calls = 0;
		check_result(find_prefixed(&alice, "groupnet", rest,
					   sizeof(rest)),
			     -EIO);
	}
	row("no memory");
	memset(fake.group_errors, 0, sizeof(fake.group_errors));
	fake.no_calloc = true;
	check_result(find_prefixed(&alice, "groupnet", rest, sizeof(rest)),
		     -ENOMEM);
	check_text(rest, "untouched");
}

/* Of an account that was not asked before. */
static int has_gid(gid_t first, gid_t last)
{
	struct account fresh = alice;
	int r = account_has_gid(&fresh, first, last);

	account_release(&fresh);
	return r;
}

static void has_gid_looks_at_each_group(void)
{
	static const gid_t list[] = { 1000, 0, 700 };
	static const struct {
		const char *what;
		gid_t first;
		gid_t last;
		int answer;
	} rows[] = {
		{ "the primary group", 1000, 1000, MEMBER_YES },
		{ "the last group", 700, 700, MEMBER_YES },
		{ "the group 0", 0, 0, MEMBER_YES },
		{ "it begins the range", 700, 800, MEMBER_YES },
		{ "it ends the range", 600, 700, MEMBER_YES },
		{ "all gids", 0, (gid_t)-2, MEMBER_YES },
		{ "one below", 701, 999, MEMBER_NO },
		{ "one above", 1001, (gid_t)-2, MEMBER_NO },
		{ "a range the wrong way round", 800, 600, MEMBER_NO },
	};

	make_accounts();
	fake.list = list;
	fake.list_count = 3;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		check_result(has_gid(rows[i].first, rows[i].last),
			     rows[i].answer);
	}
}

static void has_gid_takes_an_error_for_an_error(void)
{
	static const gid_t list[] = { 1000 };

	make_accounts();
	fake.list = list;
	fake.list_count = 1;
	row("a source that fails");
	fake.group_errors[0] = EIO;
	check_result(has_gid(1000, 1000), -EIO);
	fake.group_errors[0] = 0;
	row("no memory");
	/* So that the library has what it keeps. */
	check_result(has_gid(1000, 1000), MEMBER_YES);
	fake.no_calloc = true;
	check_result(has_gid(1000, 1000), -ENOMEM);
}

/* The list is read once, and the sources are asked once. */
static void answers_are_kept_with_the_account(void)
{
	static const gid_t list[] = { 1000, 602 };
	struct account account = alice;
	char star[16];

	make_accounts();
	fake.list = list;
	fake.list_count = 2;
	check_result(account_has_gid(&account, 602, 602), MEMBER_YES);
	check_number(fake.list_calls, 1);
	check_number(fake.group_calls, 2);
	check_result(account_has_gid(&account, 1, 2), MEMBER_NO);
	check_result(account_match_group(&account, "groupnet-*", star,
					 sizeof(star)),
		     MEMBER_YES);
	check_result(account_is_member(&account, "empty"), MEMBER_NO);
	check_number(fake.list_calls, 1);
	check_number(fake.group_calls, 5);
	account_release(&account);
}

static void primary_group_is_the_name_or_an_error(void)
{
	struct account account = alice;
	char name[16] = "untouched";

	make_accounts();
	check_result(account_primary_group(&account, name, sizeof(name)), 0);
	check_text(name, "alice");
	(void)strcpy(name, "untouched");
	row("a gid without a group");
	account.gid = 9999;
	check_result(account_primary_group(&account, name, sizeof(name)),
		     -ENOENT);
	row("no room for the NUL");
	account.gid = 1000;
	check_result(account_primary_group(&account, name, 5), -ENAMETOOLONG);
	row("no memory");
	fake.no_malloc = true;
	check_result(account_primary_group(&account, name, sizeof(name)),
		     -ENOMEM);
	fake.no_malloc = false;
	row("a source that fails");
	fake.group_calls = 0;
	fake.group_errors[0] = EIO;
	check_result(account_primary_group(&account, name, sizeof(name)), -EIO);
	check_text(name, "untouched");
	row("room for name and NUL");
	fake.group_errors[0] = 0;
	check_result(account_primary_group(&account, name, 6), 0);
	check_text(name, "alice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("account_find finds the account, or says that there is "
		      "none",
		      find_tells_who_it_is_or_that_nobody_knows),
		plain("account_find returns the error of getpwnam_r(3)",
		      find_takes_an_error_for_an_error),
		sandboxed("is_member tells how", is_member_tells_how),
		sandboxed("account_is_member makes no more look-ups than it "
			  "needs",
			  is_member_asks_no_more_than_it_has_to),
		sandboxed("account_is_member agrees with the real "
			  "getgrouplist(3)",
			  is_member_agrees_with_the_real_getgrouplist),
		sandboxed("account_is_member reads the list again after an "
			  "errno that was left behind",
			  is_member_asks_again_after_an_error_that_nobody_told),
		sandboxed("account_is_member returns the error of a look-up",
			  is_member_takes_an_error_for_an_error),
		sandboxed("account_is_member takes no list of members for an "
			  "empty one",
			  is_member_takes_no_list_for_an_empty_one),
		sandboxed("a name service that cannot answer is an error",
			  system_that_cannot_answer_is_an_error),
		sandboxed("account_is_member tells that memory is short",
			  is_member_tells_that_memory_is_short),
		sandboxed("account_is_member reads a group of 100,000 members",
			  is_member_reads_a_group_of_100000),
		sandboxed("account_is_member reads more groups than the kernel "
			  "takes",
			  is_member_reads_as_many_groups_as_there_are),
		sandboxed("account_match_group takes the first that matches",
			  find_prefixed_takes_the_first_that_fits),
		sandboxed("account_match_group agrees with the real "
			  "getgrouplist(3)",
			  find_prefixed_agrees_with_the_real_getgrouplist),
		sandboxed("account_match_group never cuts what it returns",
			  find_prefixed_never_truncates),
		sandboxed("account_match_group returns the error of a look-up",
			  find_prefixed_takes_an_error_for_an_error),
		sandboxed("account_has_gid looks at each group",
			  has_gid_looks_at_each_group),
		sandboxed("account_has_gid returns the error of a look-up",
			  has_gid_takes_an_error_for_an_error),
		sandboxed("answers are kept with the account",
			  answers_are_kept_with_the_account),
		sandboxed("account_primary_group returns the name or an error",
			  primary_group_is_the_name_or_an_error),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
