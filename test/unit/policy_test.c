/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login, whatever its groups answer. */
#include "common/policy.h"
#include "sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What the look-up of groups answers, and how often it was asked. */
static struct {
	int answer;
	const char *rest;
	char asked_group[64];
	int primary_error;
	int asked;
} lookup;

int __wrap_account_is_member(struct account *account, const char *group);
int __wrap_account_match_group(struct account *account, const char *pattern,
			       char *ret_star, size_t size);

int __wrap_account_is_member(struct account *account, const char *group)
{
	(void)account;
	lookup.asked++;
	(void)snprintf(lookup.asked_group, sizeof(lookup.asked_group), "%s",
		       group);
	return lookup.answer;
}

int __wrap_account_match_group(struct account *account, const char *pattern,
			       char *ret_star, size_t size)
{
	(void)account;
	lookup.asked++;
	(void)snprintf(lookup.asked_group, sizeof(lookup.asked_group), "%s",
		       pattern);
	if (lookup.answer == MEMBER_YES) {
		check(strlen(lookup.rest) < size);
		memcpy(ret_star, lookup.rest, strlen(lookup.rest) + 1);
	}
	return lookup.answer;
}

enum { LONG_NAME = NAME_MAX + 1 };

static const char *long_name(size_t length)
{
	static char name[LONG_NAME + 1];

	check(length < sizeof(name));
	memset(name, 'a', length);
	name[length] = '\0';
	return name;
}

#define LOOK_UP	      "look up the group"
#define UNDERSTAND    "understand the argument"
#define CALL	      "call a namespace"
#define FIND_ETC      "find a directory in /etc/netns for"
#define EXPAND	      "expand"
#define NO_SUCH_GROUP "there is no such group"
#define NO_FILE_NAME  "it cannot be a file name"
#define BAD_WORD      "what options_parse said"

/* The parts of a failure, but for its error. */
struct expected {
	enum failure_kind kind;
	const char *doing;
	const char *cause;
	const char *fix;
	const char *object;
};

static void check_failure(const struct failure *failure, int error,
			  const struct expected *expected)
{
	check_number(failure->kind, expected->kind);
	if (expected->kind == FAILURE_NONE)
		return;
	check_result(failure->error, error);
	check_result(failure->stuck, 0);
	check_text(failure->doing, expected->doing);
	check_text(failure->cause, expected->cause);
	check_text(failure->fix, expected->fix);
	check_text(failure->object, expected->object);
}

struct decision {
	const char *what;
	enum policy_group by;
	struct options options;
	const char *user; /* NULL: alice */
	int answer;
	const char *rest;
	/* What comes of it. */
	int result;
	enum plan_kind kind;
	const char *name;
	const char *etc;
	struct expected failure;
};

static void decide(const struct decision *decision)
{
	struct account account = {
		.name = decision->user ? decision->user : "alice",
		.uid = 1000,
		.gid = 1000,
	};
	struct failure failure = { .kind = FAILURE_NONE };
	struct plan plan;

	row(decision->what);
	memset(&plan, 0xff, sizeof(plan));
	lookup.answer = decision->answer;
	lookup.rest = decision->rest;
	lookup.asked = 0;
	check_result(policy_decide(decision->by, "own", &decision->options,
				   &account, &plan, &failure),
		     decision->result);
	check_failure(&failure, decision->result, &decision->failure);
	if (decision->failure.kind != FAILURE_NONE)
		return;
	check_number(plan.kind, decision->kind);
	if (plan.kind == PLAN_LEAVE)
		return;
	check(!plan.rule);
	check_number(plan.flags, decision->options.flags);
	check_text(plan.name, decision->name ? decision->name : "");
	check_text(plan.etc, decision->etc);
	check(plan.init == decision->options.init);
}

#define decide_all(decisions)                                                  \
	do {                                                                   \
		for (size_t i_ = 0; i_ < COUNT(decisions); i_++)               \
			decide(&(decisions)[i_]);                              \
	} while (0)

static void leaves_bystanders_alone(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "newnet", .by = POLICY_NEW, .answer = MEMBER_NO },
		{ .what = "usernet",
		  .by = POLICY_USER_NAME,
		  .answer = MEMBER_NO },
		{ .what = "groupnet",
		  .by = POLICY_GROUP_NAME,
		  .answer = MEMBER_NO },
		{ .what = "explicit group",
		  .by = POLICY_NEW,
		  .options = { .group = "g" },
		  .answer = MEMBER_NO },
		{ .what = "the default group is not there",
		  .by = POLICY_NEW,
		  .answer = MEMBER_NO_GROUP },
		{ .what = "a bad word in the line",
		  .by = POLICY_NEW,
		  .options = { .verdict = OPTIONS_DENY_MEMBERS,
			       .word = "bogus",
			       .why = BAD_WORD },
		  .answer = MEMBER_NO },
		{ .what = "a name that is no path",
		  .by = POLICY_USER_NAME,
		  .user = "a/b",
		  .answer = MEMBER_NO },
	};

	(void)state;
	decide_all(decisions);
}

static void gives_members_what_the_rule_says(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "newnet",
		  .by = POLICY_NEW,
		  .options = { .flags = OPTION_NOMOUNT | OPTION_LODOWN },
		  .answer = MEMBER_YES,
		  .kind = PLAN_NEW },
		{ .what = "newnet with init",
		  .by = POLICY_NEW,
		  .options = { .init = "rules,veth" },
		  .answer = MEMBER_YES,
		  .kind = PLAN_NEW },
		{ .what = "usernet with init",
		  .by = POLICY_USER_NAME,
		  .options = { .init = "veth" },
		  .answer = MEMBER_YES,
		  .kind = PLAN_NAMED,
		  .name = "alice",
		  .etc = "alice" },
		{ .what = "newnet with etc, for a user that is a path",
		  .by = POLICY_NEW,
		  .options = { .etc = "vpn", .init = "rules" },
		  .user = "a/b",
		  .answer = MEMBER_YES,
		  .kind = PLAN_NEW,
		  .etc = "vpn" },
		{ .what = "newnet for a user that is a path",
		  .by = POLICY_NEW,
		  .user = "a/b",
		  .answer = MEMBER_YES,
		  .kind = PLAN_NEW },
		{ .what = "newnet with etc",
		  .by = POLICY_NEW,
		  .options = { .etc = "vpn" },
		  .answer = MEMBER_YES,
		  .kind = PLAN_NEW,
		  .etc = "vpn" },
		{ .what = "usernet",
		  .by = POLICY_USER_NAME,
		  .options = { .flags = OPTION_ROOTSHARED },
		  .answer = MEMBER_YES,
		  .kind = PLAN_NAMED,
		  .name = "alice",
		  .etc = "alice" },
		{ .what = "usernet of a directory's name",
		  .by = POLICY_USER_NAME,
		  .user = "DOM\\al ice@x",
		  .answer = MEMBER_YES,
		  .kind = PLAN_NAMED,
		  .name = "DOM\\al ice@x",
		  .etc = "DOM\\al ice@x" },
		{ .what = "groupnet",
		  .by = POLICY_GROUP_NAME,
		  .answer = MEMBER_YES,
		  .rest = "vpn",
		  .kind = PLAN_NAMED,
		  .name = "vpn",
		  .etc = "vpn" },
	};

	(void)state;
	decide_all(decisions);
	decide(&(struct decision){
		.what = "the longest name there is",
		.by = POLICY_USER_NAME,
		.user = long_name(NAME_MAX),
		.answer = MEMBER_YES,
		.kind = PLAN_NAMED,
		.name = long_name(NAME_MAX),
		.etc = long_name(NAME_MAX),
	});
}

static void points_etc_at_the_name_in_the_plan(void **state)
{
	struct account account = { .name = "alice", .uid = 1000 };
	const struct options options = { .flags = 0 };
	struct failure failure;
	struct plan plan;

	(void)state;
	lookup.answer = MEMBER_YES;
	check_result(policy_decide(POLICY_USER_NAME, "own", &options, &account,
				   &plan, &failure),
		     0);
	check(plan.etc == plan.name);
}

static void denies_what_cannot_tell_members_from_others(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "an error of the look-up",
		  .by = POLICY_NEW,
		  .answer = -EIO,
		  .result = -EIO,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "own" } },
		{ .what = "no descriptor for the look-up",
		  .by = POLICY_USER_NAME,
		  .answer = -EMFILE,
		  .result = -EMFILE,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "own" } },
		{ .what = "no memory",
		  .by = POLICY_GROUP_NAME,
		  .answer = -ENOMEM,
		  .result = -ENOMEM,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "own" } },
		{ .what = "a name service that does not know gid 0",
		  .by = POLICY_NEW,
		  .answer = -ENODATA,
		  .result = -ENODATA,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP,
			       "the name service does not even know gid 0",
			       NULL, "own" } },
		{ .what = "the explicit group is not there",
		  .by = POLICY_NEW,
		  .options = { .group = "typo" },
		  .answer = MEMBER_NO_GROUP,
		  .result = -ENOENT,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NO_SUCH_GROUP,
			       "groupadd", "typo" } },
		{ .what = "the explicit group has the default's name",
		  .by = POLICY_USER_NAME,
		  .options = { .group = "own" },
		  .answer = MEMBER_NO_GROUP,
		  .result = -ENOENT,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NO_SUCH_GROUP,
			       "groupadd", "own" } },
		{ .what = "the line may be for somebody else",
		  .by = POLICY_NEW,
		  .options = { .verdict = OPTIONS_DENY_ALL,
			       .word = "gruop=x",
			       .why = BAD_WORD },
		  .answer = MEMBER_NO,
		  .result = -EINVAL,
		  .failure = { FAILURE_UNDECIDED, UNDERSTAND, BAD_WORD, NULL,
			       "gruop=x" } },
	};

	(void)state;
	decide_all(decisions);
}

/* Nobody is looked up, as there is no pattern of it. */
static void denies_a_group_that_cannot_begin_a_pattern(void **state)
{
	static const struct decision pattern = {
		.what = "the group is a pattern itself",
		.by = POLICY_GROUP_NAME,
		.options = { .group = "a*" },
		.answer = MEMBER_YES,
		.rest = "x",
		.result = -EINVAL,
		.failure = { FAILURE_UNDECIDED, LOOK_UP,
			     "a prefix has no '*', '?' or '['", NULL, "a*" },
	};

	(void)state;
	decide(&pattern);
	check_number(lookup.asked, 0);
	decide(&(struct decision){
		.what = "the group is too long for a pattern",
		.by = POLICY_GROUP_NAME,
		.options = { .group = long_name(NAME_MAX - 1) },
		.answer = MEMBER_YES,
		.rest = "x",
		.result = -ENAMETOOLONG,
		.failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			     long_name(NAME_MAX - 1) },
	});
	check_number(lookup.asked, 0);
}

/*
 * A look-up that fails with -ENOENT has found no lack of this group: it may be
 * a broken source, or a gid without a group. To add the group is no fix.
 */
static void calls_no_group_missing_for_a_failed_look_up(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "a broken source",
		  .by = POLICY_NEW,
		  .answer = -ENOENT,
		  .result = -ENOENT,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "own" } },
		{ .what = "a broken source, and a group of the line",
		  .by = POLICY_NEW,
		  .options = { .group = "g" },
		  .answer = -ENOENT,
		  .result = -ENOENT,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL, "g" } },
		{ .what = "a gid without a group",
		  .by = POLICY_GROUP_NAME,
		  .answer = -ENOENT,
		  .result = -ENOENT,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "own" } },
	};

	(void)state;
	decide_all(decisions);
}

static void denies_members_who_cannot_have_their_plan(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "a bad word in the line",
		  .by = POLICY_NEW,
		  .options = { .verdict = OPTIONS_DENY_MEMBERS,
			       .word = "bogus",
			       .why = BAD_WORD },
		  .answer = MEMBER_YES,
		  .result = -EINVAL,
		  .failure = { FAILURE_LINE, UNDERSTAND, BAD_WORD, NULL,
			       "bogus" } },
		{ .what = "a user that is a path",
		  .by = POLICY_USER_NAME,
		  .user = "../alice",
		  .answer = MEMBER_YES,
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, CALL, NO_FILE_NAME, NULL,
			       "../alice" } },
		{ .what = "a user of dots",
		  .by = POLICY_USER_NAME,
		  .user = "..",
		  .answer = MEMBER_YES,
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, CALL, NO_FILE_NAME, NULL,
			       ".." } },
		{ .what = "a user that is a path, in a new namespace",
		  .by = POLICY_NEW,
		  .options = { .init = "rules" },
		  .user = "a/b",
		  .answer = MEMBER_YES,
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, FIND_ETC, NO_FILE_NAME, NULL,
			       "a/b" } },
		{ .what = "a group that is a path",
		  .by = POLICY_GROUP_NAME,
		  .answer = MEMBER_YES,
		  .rest = "a/b",
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, CALL, NO_FILE_NAME, NULL,
			       "a/b" } },
		{ .what = "a group that is its prefix only",
		  .by = POLICY_GROUP_NAME,
		  .answer = MEMBER_YES,
		  .rest = "",
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, CALL, NO_FILE_NAME, NULL,
			       "" } },
	};

	(void)state;
	decide_all(decisions);
	decide(&(struct decision){
		.what = "a name that would be truncated",
		.by = POLICY_USER_NAME,
		.user = long_name(LONG_NAME),
		.answer = MEMBER_YES,
		.result = -EINVAL,
		.failure = { FAILURE_UNCONFINED, CALL, NO_FILE_NAME, NULL,
			     long_name(LONG_NAME) },
	});
}

static void asks_for_the_group_of_the_line_once(void **state)
{
	static const enum policy_group rules[] = { POLICY_NEW, POLICY_USER_NAME,
						   POLICY_GROUP_NAME };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		decide(&(struct decision){ .what = "the rule's own",
					   .by = rules[i],
					   .answer = MEMBER_NO });
		check_number(lookup.asked, 1);
		check_text(lookup.asked_group,
			   rules[i] == POLICY_GROUP_NAME ? "own-*" : "own");
		decide(&(struct decision){ .what = "the line's",
					   .by = rules[i],
					   .options = { .group = "mine" },
					   .answer = MEMBER_NO });
		check_number(lookup.asked, 1);
		check_text(lookup.asked_group,
			   rules[i] == POLICY_GROUP_NAME ? "mine-*" : "mine");
	}
}

static void asks_nobody_about_a_line_that_denies_all(void **state)
{
	(void)state;
	decide(&(struct decision){
		.what = "unknown word",
		.by = POLICY_NEW,
		.options = { .verdict = OPTIONS_DENY_ALL,
			     .word = "a=b",
			     .why = BAD_WORD },
		.result = -EINVAL,
		.failure = { FAILURE_UNDECIDED, UNDERSTAND, BAD_WORD, NULL,
			     "a=b" },
	});
	check_number(lookup.asked, 0);
}

/* --- By rules --- */

int __wrap_account_has_gid(struct account *account, gid_t first, gid_t last);
int __wrap_account_primary_group(const struct account *account, char *ret,
				 size_t size);

int __wrap_account_has_gid(struct account *account, gid_t first, gid_t last)
{
	lookup.asked++;
	return first <= account->gid && account->gid <= last;
}

int __wrap_account_primary_group(const struct account *account, char *ret,
				 size_t size)
{
	(void)account;
	if (lookup.primary_error)
		return lookup.primary_error;
	(void)snprintf(ret, size, "staff");
	return 0;
}

static struct rules parse_rules(const char *text)
{
	struct rules rules = RULES_NONE;
	struct rules_error error;

	check_result(rules_parse(&rules, strdup("netns.conf"), strdup(text),
				 strlen(text), &error),
		     0);
	return rules;
}

struct ruling {
	const char *rules;
	const char *user;    /* NULL: alice */
	uid_t uid;	     /* 0: 1000 */
	const char *service; /* NULL: sshd */
	int answer;	     /* of groups */
	const char *rest;
	int asked; /* how often groups are */
	/* What comes of it. */
	int result;
	enum plan_kind kind;
	const char *name;
	unsigned int flags;
	struct expected failure;
};

static void rule(const struct ruling *ruling)
{
	static const struct options options = { .verdict = OPTIONS_CLEAR };
	struct rules rules = parse_rules(ruling->rules);
	struct account account = {
		.name = ruling->user ? ruling->user : "alice",
		.uid = ruling->uid ? ruling->uid : 1000,
		.gid = 100,
	};
	struct failure failure = { .kind = FAILURE_NONE };
	struct plan plan;

	row(ruling->rules);
	lookup.answer = ruling->answer;
	lookup.rest = ruling->rest;
	lookup.asked = 0;
	check_result(policy_decide_by_rules(&rules, &options, &account,
					    ruling->service ? ruling->service
							    : "sshd",
					    &plan, &failure),
		     ruling->result);
	check_number(lookup.asked, ruling->asked);
	check_failure(&failure, ruling->result, &ruling->failure);
	if (ruling->failure.kind == FAILURE_NONE) {
		check_number(plan.kind, ruling->kind);
		check_number(plan.flags, ruling->flags);
		check_text(plan.name, ruling->name ? ruling->name : "");
		/* Which line it was; there is none that says "no match". */
		check(plan.rule ? plan.rule->kind == plan.kind
				: plan.kind == PLAN_LEAVE);
	}
	rules_release(&rules);
}

#define rule_all(rulings)                                                      \
	do {                                                                   \
		for (size_t i_ = 0; i_ < COUNT(rulings); i_++)                 \
			rule(&(rulings)[i_]);                                  \
	} while (0)

static void first_rule_that_matches_decides(void **state)
{
	static const struct ruling rulings[] = {
		{ .rules = "", .kind = PLAN_LEAVE },
		{ .rules = "bob * x", .kind = PLAN_LEAVE },
		{ .rules = "alice * x\nalice * y",
		  .kind = PLAN_NAMED,
		  .name = "x" },
		{ .rules = "bob * x\n* * y", .kind = PLAN_NAMED, .name = "y" },
		{ .rules = "alice su x\nalice sshd y",
		  .kind = PLAN_NAMED,
		  .name = "y" },
		{ .rules = "alice su,ss* x", .kind = PLAN_NAMED, .name = "x" },
		{ .rules = "alice su x",
		  .service = "su-l",
		  .kind = PLAN_NAMED,
		  .name = "x" },
		{ .rules = "alice sudo x",
		  .service = "sudo-i",
		  .kind = PLAN_NAMED,
		  .name = "x" },
		{ .rules = "alice su-l x", .service = "su", .kind = PLAN_LEAVE },
		{ .rules = "alice * -\n* * new", .kind = PLAN_LEAVE },
		{ .rules = "* * new nomount",
		  .kind = PLAN_NEW,
		  .flags = OPTION_NOMOUNT },
		{ .rules = "alice * host", .kind = PLAN_HOST },
		{ .rules = "1000:1000 * x", .kind = PLAN_NAMED, .name = "x" },
		{ .rules = "1001: * x", .kind = PLAN_LEAVE },
		{ .rules = ":999 * x", .kind = PLAN_LEAVE },
		{ .rules = "1000: * x", .kind = PLAN_NAMED, .name = "x" },
		{ .rules = "@50:100 * x",
		  .asked = 1,
		  .kind = PLAN_NAMED,
		  .name = "x" },
		{ .rules = "@101: * x", .asked = 1, .kind = PLAN_LEAVE },
	};

	(void)state;
	rule_all(rulings);
}

/* What keeps root and admins safe from a directory that is down. */
static void groups_are_asked_for_only_if_a_rule_names_one(void **state)
{
	static const struct ruling rulings[] = {
		{ .rules = "alice * x\n@g * y",
		  .answer = -EIO,
		  .kind = PLAN_NAMED,
		  .name = "x" },
		{ .rules = "1000: * -\n@g* * y",
		  .answer = -EIO,
		  .kind = PLAN_LEAVE },
		{ .rules = "@g su y", .answer = -EIO, .kind = PLAN_LEAVE },
		{ .rules = "@g * y",
		  .answer = MEMBER_YES,
		  .asked = 1,
		  .kind = PLAN_NAMED,
		  .name = "y" },
		{ .rules = "@g * y\n@h * z",
		  .answer = MEMBER_NO,
		  .asked = 2,
		  .kind = PLAN_LEAVE },
	};

	(void)state;
	rule_all(rulings);
}

static void rule_that_cannot_be_decided_denies(void **state)
{
	static const struct ruling rulings[] = {
		{ .rules = "# x\n@g * y",
		  .answer = -EIO,
		  .asked = 1,
		  .result = -EIO,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "netns.conf:2: g" } },
		{ .rules = "@g* * y",
		  .answer = -EMFILE,
		  .asked = 1,
		  .result = -EMFILE,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "netns.conf:1: g*" } },
		{ .rules = "@typo * y",
		  .answer = MEMBER_NO_GROUP,
		  .asked = 1,
		  .result = -ENOENT,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NO_SUCH_GROUP, NULL,
			       "netns.conf:1: typo" } },
	};

	(void)state;
	rule_all(rulings);
}

static void rule_calls_no_group_missing_for_a_failed_look_up(void **state)
{
	static const struct ruling rulings[] = {
		{ .rules = "@g * y",
		  .answer = -ENOENT,
		  .asked = 1,
		  .result = -ENOENT,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "netns.conf:1: g" } },
		{ .rules = "@g-* * y",
		  .answer = -ENOENT,
		  .asked = 1,
		  .result = -ENOENT,
		  .failure = { FAILURE_UNDECIDED, LOOK_UP, NULL, NULL,
			       "netns.conf:1: g-*" } },
	};

	(void)state;
	rule_all(rulings);
}

static void name_is_expanded(void **state)
{
	static const struct ruling rulings[] = {
		{ .rules = "* * %u-%U-%s-%g-%%",
		  .kind = PLAN_NAMED,
		  .name = "alice-1000-sshd-staff-%" },
		{ .rules = "* * %1", .kind = PLAN_NAMED, .name = "alice" },
		{ .rules = "*-host * %1",
		  .user = "bob-host",
		  .kind = PLAN_NAMED,
		  .name = "bob" },
		{ .rules = "@groupnet-* * n%1",
		  .answer = MEMBER_YES,
		  .rest = "lab",
		  .asked = 1,
		  .kind = PLAN_NAMED,
		  .name = "nlab" },
		/* What a '%' yields is always a name. */
		{ .rules = "* * %u",
		  .user = "host",
		  .kind = PLAN_NAMED,
		  .name = "host" },
		{ .rules = "* * %u",
		  .user = "new",
		  .kind = PLAN_NAMED,
		  .name = "new" },
		{ .rules = "* * %u",
		  .user = "-",
		  .kind = PLAN_NAMED,
		  .name = "-" },
	};

	(void)state;
	rule_all(rulings);
}

static void name_that_can_be_no_path_denies(void **state)
{
	static const struct ruling rulings[] = {
		{ .rules = "* * %u",
		  .user = "a/b",
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, CALL, NO_FILE_NAME, NULL,
			       "netns.conf:1: a/b" } },
		{ .rules = "* * new init=rules",
		  .user = "a/b",
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, FIND_ETC, NO_FILE_NAME, NULL,
			       "netns.conf:1: a/b" } },
		{ .rules = "* * %u",
		  .user = "..",
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, CALL, NO_FILE_NAME, NULL,
			       "netns.conf:1: .." } },
		{ .rules = "x* * %1",
		  .user = "x",
		  .result = -EINVAL,
		  .failure = { FAILURE_UNCONFINED, CALL, NO_FILE_NAME, NULL,
			       "netns.conf:1: " } },
	};

	(void)state;
	rule_all(rulings);
	rule(&(struct ruling){
		.rules = "* * a%u",
		.user = long_name(NAME_MAX),
		.result = -ENAMETOOLONG,
		.failure = { FAILURE_UNCONFINED, EXPAND, NULL, NULL,
			     "netns.conf:1: a%u" },
	});
	lookup.primary_error = -EIO;
	rule(&(struct ruling){
		.rules = "* * %g",
		.result = -EIO,
		.failure = { FAILURE_UNCONFINED, EXPAND, NULL, NULL,
			     "netns.conf:1: %g" },
	});
	lookup.primary_error = 0;
}

/* A bad word beside config: who is confined is denied, others pass. */
static void line_beside_rules_counts_too(void **state)
{
	static const struct options bad = { .verdict = OPTIONS_DENY_MEMBERS,
					    .word = "bogus",
					    .why = BAD_WORD };
	static const struct options worse = { .verdict = OPTIONS_DENY_ALL,
					      .word = "a=b",
					      .why = BAD_WORD };
	static const struct options flags = { .flags = OPTION_LODOWN };
	struct account account = { .name = "alice", .uid = 1000 };
	struct rules rules = parse_rules("alice * x announce\nbob * -");
	struct failure failure = { .kind = FAILURE_NONE };
	struct plan plan;

	(void)state;
	check_result(policy_decide_by_rules(&rules, &bad, &account, "sshd",
					    &plan, &failure),
		     -EINVAL);
	check_failure(&failure, -EINVAL,
		      &(struct expected){ FAILURE_LINE, UNDERSTAND, BAD_WORD,
					  NULL, "bogus" });
	check_result(policy_decide_by_rules(&rules, &worse, &account, "sshd",
					    &plan, &failure),
		     -EINVAL);
	check_failure(&failure, -EINVAL,
		      &(struct expected){ FAILURE_UNDECIDED, UNDERSTAND,
					  BAD_WORD, NULL, "a=b" });
	check_result(policy_decide_by_rules(&rules, &flags, &account, "sshd",
					    &plan, &failure),
		     0);
	check_number(plan.flags, OPTION_LODOWN | OPTION_ANNOUNCE);
	check(plan.etc == plan.name);
	account.name = "bob";
	check_result(policy_decide_by_rules(&rules, &bad, &account, "sshd",
					    &plan, &failure),
		     0);
	check_number(plan.kind, PLAN_LEAVE);
	rules_release(&rules);
}

static void lets_the_programs_of_a_rule_replace_those_of_the_line(void **state)
{
	static const struct {
		const char *rule;
		const char *line; /* init= of the module's line */
		const char *wanted;
	} rows[] = {
		{ "alice * x", NULL, NULL },
		{ "alice * x init=veth", NULL, "veth" },
		{ "alice * x", "rules", "rules" },
		{ "alice * x init=veth", "rules", "veth" },
		{ "alice * new init=veth", "rules", "veth" },
		{ "alice * new", "rules", "rules" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options = { .init = rows[i].line };
		struct account account = { .name = "alice", .uid = 1000 };
		struct rules rules = parse_rules(rows[i].rule);
		struct failure failure = { .kind = FAILURE_NONE };
		struct plan plan;

		row(rows[i].rule);
		check_result(policy_decide_by_rules(&rules, &options, &account,
						    "sshd", &plan, &failure),
			     0);
		check_text(plan.init, rows[i].wanted);
		rules_release(&rules);
	}
	row(NULL);
}

/* "owner" of the line counts for each rule, and is not for all of them. */
static void gives_one_user_what_is_his(void **state)
{
	static const struct {
		const char *rule;
		unsigned int flags; /* of the module's line */
		const char *init;
		uid_t uid;
		const char *why; /* it is refused */
		bool owned;
	} rows[] = {
		{ "alice * %u", 0, NULL, 1000, NULL, false },
		{ "alice * %u owner", 0, NULL, 1000, NULL, true },
		{ "alice * %u", OPTION_OWNER, NULL, 1000, NULL, true },
		{ "alice * new", OPTION_OWNER, NULL, 1000, NULL, true },
		{ "alice * new", OPTION_OWNER, NULL, 0, NULL, false },
		{ "alice * %u owner", 0, NULL, 0, NULL, false },
		{ "alice * host", OPTION_OWNER, NULL, 1000, NULL, false },
		{ "alice * -", OPTION_OWNER, "rules", 1000, NULL, false },
		{ "alice * lab", OPTION_OWNER, NULL, 1000, "shared", false },
		{ "alice * lab", OPTION_OWNER, NULL, 0, "shared", false },
		{ "alice * %u owner", 0, "rules", 1000, "rules", false },
		{ "alice * %u init=wireguard", OPTION_OWNER, NULL, 1000, "key",
		  false },
		{ "alice * %u init=veth", OPTION_OWNER, "rules", 1000, NULL,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options = { .flags = rows[i].flags,
					   .init = rows[i].init };
		struct account account = { .name = "alice",
					   .uid = rows[i].uid };
		struct rules rules = parse_rules(rows[i].rule);
		struct failure failure = { .kind = FAILURE_NONE };
		struct plan plan;
		int r = policy_decide_by_rules(&rules, &options, &account,
					       "sshd", &plan, &failure);

		row(rows[i].rule);
		check_result(r, rows[i].why ? -EINVAL : 0);
		check(plan.owned == rows[i].owned);
		if (rows[i].why) {
			check_number(failure.kind, FAILURE_LINE);
			check_has(failure.cause, rows[i].why);
			check_has(failure.object, ":1: owner");
		}
		rules_release(&rules);
	}
	row(NULL);
}

/* --- A figure --- */

static double now_in_ms(void)
{
	struct timespec now;

	check_result(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

enum { LINES = 10000, ROUNDS = 20 };

static double decide_by_many(const char *text)
{
	static const struct options options = { .verdict = OPTIONS_CLEAR };
	struct account account = { .name = "nobody-of-these", .uid = 1000 };
	double start = now_in_ms();
	struct rules rules = parse_rules(text);
	struct failure failure;
	struct plan plan;

	check_result(policy_decide_by_rules(&rules, &options, &account, "sshd",
					    &plan, &failure),
		     0);
	check_number(plan.kind, PLAN_LEAVE);
	rules_release(&rules);
	return now_in_ms() - start;
}

/* Printed, not checked: on a busy machine a time means nothing. */
static void ten_thousand_lines_are_decided(void **state)
{
	char *text = malloc(LINES * 64);
	double best = 1e9;
	size_t size = 0;

	(void)state;
	check(text != NULL);
	for (int i = 0; i < LINES; i++)
		size += (size_t)sprintf(text + size,
					"user%05d sshd,login ns%05d lodown\n",
					i, i);
	for (int i = 0; i < ROUNDS; i++) {
		double took = decide_by_many(text);

		if (took < best)
			best = took;
	}
	free(text);
	printf("# a policy file of 10,000 lines is understood and decided "
	       "in %.1f ms\n",
	       best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("by rules: the programs of a rule replace those of the "
		      "line",
		      lets_the_programs_of_a_rule_replace_those_of_the_line),
		plain("by rules: one user is given what is his, and no other",
		      gives_one_user_what_is_his),
		plain("by group: who is no member is left alone",
		      leaves_bystanders_alone),
		plain("by group: members get the plan of the module",
		      gives_members_what_the_rule_says),
		plain("by group: the plan's etc points at its own name",
		      points_etc_at_the_name_in_the_plan),
		plain("by group: all are denied if nobody can tell who is a "
		      "member",
		      denies_what_cannot_tell_members_from_others),
		plain("by group: a group of which no pattern can be made is "
		      "denied",
		      denies_a_group_that_cannot_begin_a_pattern),
		plain("by group: a look-up that fails with ENOENT is not "
		      "called a missing group",
		      calls_no_group_missing_for_a_failed_look_up),
		plain("by group: members are denied for a bad word or name",
		      denies_members_who_cannot_have_their_plan),
		plain("by group: one look-up, of the line's group or else of "
		      "the module's",
		      asks_for_the_group_of_the_line_once),
		plain("by group: no look-up for a line that denies all",
		      asks_nobody_about_a_line_that_denies_all),
		plain("by rules: the first that matches decides",
		      first_rule_that_matches_decides),
		plain("by rules: groups are looked up only if a rule before "
		      "the match names one",
		      groups_are_asked_for_only_if_a_rule_names_one),
		plain("by rules: a failed look-up denies, and says FILE:LINE",
		      rule_that_cannot_be_decided_denies),
		plain("by rules: a look-up that fails with ENOENT is not "
		      "called a missing group",
		      rule_calls_no_group_missing_for_a_failed_look_up),
		plain("by rules: names are expanded", name_is_expanded),
		plain("by rules: a bad name denies, and says FILE:LINE",
		      name_that_can_be_no_path_denies),
		plain("by rules: a bad word of the line denies whom a rule "
		      "confines",
		      line_beside_rules_counts_too),
		plain("by rules: 10,000 lines are understood and decided",
		      ten_thousand_lines_are_decided),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
