/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login, whatever its groups answer. */
#include "common/policy.h"
#include "sandbox.h"

#include <errno.h>
#include <string.h>

/* What the look-up of groups answers, and how often it was asked. */
static struct {
	int answer;
	const char *rest;
	const char *asked_group;
	int asked;
} lookup;

int __wrap_account_is_member(const struct account *account, const char *group);
int __wrap_account_find_prefixed(const struct account *account,
				 const char *prefix, char *ret_rest,
				 size_t size);

int __wrap_account_is_member(const struct account *account, const char *group)
{
	(void)account;
	lookup.asked++;
	lookup.asked_group = group;
	return lookup.answer;
}

int __wrap_account_find_prefixed(const struct account *account,
				 const char *prefix, char *ret_rest,
				 size_t size)
{
	(void)account;
	lookup.asked++;
	lookup.asked_group = prefix;
	if (lookup.answer == MEMBER_YES) {
		check(strlen(lookup.rest) < size);
		memcpy(ret_rest, lookup.rest, strlen(lookup.rest) + 1);
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

struct decision {
	const char *what;
	enum policy_rule rule;
	struct options options;
	const char *user;	/* NULL: alice */
	int answer;
	const char *rest;
	/* What comes of it. */
	int result;
	enum plan_kind kind;
	const char *name;
	const char *etc;
	enum fault_kind fault;
	enum fault_step step;
	const char *object;
};

static void decide(const struct decision *decision)
{
	const struct account account = {
		.name = decision->user ? decision->user : "alice",
		.uid = 1000,
		.gid = 1000,
	};
	struct fault fault = { .kind = FAULT_NONE };
	struct plan plan;

	row(decision->what);
	memset(&plan, 0xff, sizeof(plan));
	lookup.answer = decision->answer;
	lookup.rest = decision->rest;
	lookup.asked = 0;
	check_result(policy_decide(decision->rule, "own", &decision->options,
				   &account, &plan, &fault),
		     decision->result);
	check_number(fault.kind, decision->fault);
	if (decision->fault != FAULT_NONE) {
		check_number(fault.step, decision->step);
		check_result(fault.error, decision->result);
		check_result(fault.stuck, 0);
		check_text(fault.object, decision->object);
		return;
	}
	check_number(plan.kind, decision->kind);
	if (plan.kind == PLAN_LEAVE)
		return;
	check_number(plan.flags, decision->options.flags);
	check_text(plan.name, decision->name ? decision->name : "");
	check_text(plan.etc, decision->etc);
}

#define decide_all(decisions)                                           \
	do {                                                            \
		for (size_t i_ = 0;                                     \
		     i_ < sizeof(decisions) / sizeof((decisions)[0]);   \
		     i_++)                                              \
			decide(&(decisions)[i_]);                       \
	} while (0)

static void leaves_bystanders_alone(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "newnet", .rule = POLICY_NEW_FOR_GROUP,
		  .answer = MEMBER_NO },
		{ .what = "usernet", .rule = POLICY_USER_FOR_GROUP,
		  .answer = MEMBER_NO },
		{ .what = "groupnet", .rule = POLICY_GROUP_NAME,
		  .answer = MEMBER_NO },
		{ .what = "explicit group", .rule = POLICY_NEW_FOR_GROUP,
		  .options = { .group = "g" }, .answer = MEMBER_NO },
		{ .what = "the default group is not there",
		  .rule = POLICY_NEW_FOR_GROUP, .answer = MEMBER_NO_GROUP },
		{ .what = "a bad word in the line",
		  .rule = POLICY_NEW_FOR_GROUP,
		  .options = { .verdict = OPTIONS_DENY_MEMBERS,
			       .word = "bogus" },
		  .answer = MEMBER_NO },
		{ .what = "a name that is no path",
		  .rule = POLICY_USER_FOR_GROUP, .user = "a/b",
		  .answer = MEMBER_NO },
	};

	(void)state;
	decide_all(decisions);
}

static void gives_members_what_the_rule_says(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "newnet", .rule = POLICY_NEW_FOR_GROUP,
		  .options = { .flags = OPTION_NOMOUNT | OPTION_LODOWN },
		  .answer = MEMBER_YES, .kind = PLAN_NEW },
		{ .what = "newnet with etc", .rule = POLICY_NEW_FOR_GROUP,
		  .options = { .etc = "vpn" }, .answer = MEMBER_YES,
		  .kind = PLAN_NEW, .etc = "vpn" },
		{ .what = "usernet", .rule = POLICY_USER_FOR_GROUP,
		  .options = { .flags = OPTION_ROOTSHARED },
		  .answer = MEMBER_YES, .kind = PLAN_NAMED, .name = "alice",
		  .etc = "alice" },
		{ .what = "usernet of a directory's name",
		  .rule = POLICY_USER_FOR_GROUP, .user = "DOM\\al ice@x",
		  .answer = MEMBER_YES, .kind = PLAN_NAMED,
		  .name = "DOM\\al ice@x", .etc = "DOM\\al ice@x" },
		{ .what = "groupnet", .rule = POLICY_GROUP_NAME,
		  .answer = MEMBER_YES, .rest = "vpn", .kind = PLAN_NAMED,
		  .name = "vpn", .etc = "vpn" },
	};

	(void)state;
	decide_all(decisions);
	decide(&(struct decision){
		.what = "the longest name there is",
		.rule = POLICY_USER_FOR_GROUP,
		.user = long_name(NAME_MAX),
		.answer = MEMBER_YES,
		.kind = PLAN_NAMED,
		.name = long_name(NAME_MAX),
		.etc = long_name(NAME_MAX),
	});
}

static void points_etc_at_the_name_in_the_plan(void **state)
{
	const struct account account = { .name = "alice", .uid = 1000 };
	const struct options options = { .flags = 0 };
	struct fault fault;
	struct plan plan;

	(void)state;
	lookup.answer = MEMBER_YES;
	check_result(policy_decide(POLICY_USER_FOR_GROUP, "own", &options,
				   &account, &plan, &fault),
		     0);
	check(plan.etc == plan.name);
}

static void denies_what_cannot_tell_members_from_others(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "an error of the look-up (F5)",
		  .rule = POLICY_NEW_FOR_GROUP, .answer = -EIO,
		  .result = -EIO, .fault = FAULT_UNDECIDED,
		  .step = STEP_READ_GROUP, .object = "own" },
		{ .what = "no descriptor for the look-up (F5)",
		  .rule = POLICY_USER_FOR_GROUP, .answer = -EMFILE,
		  .result = -EMFILE, .fault = FAULT_UNDECIDED,
		  .step = STEP_READ_GROUP, .object = "own" },
		{ .what = "no memory", .rule = POLICY_GROUP_NAME,
		  .answer = -ENOMEM, .result = -ENOMEM,
		  .fault = FAULT_UNDECIDED, .step = STEP_READ_GROUP,
		  .object = "own" },
		{ .what = "an error of -ENOENT is no missing group",
		  .rule = POLICY_NEW_FOR_GROUP, .answer = -ENOENT,
		  .result = -ENOENT, .fault = FAULT_UNDECIDED,
		  .step = STEP_READ_GROUP, .object = "own" },
		{ .what = "the explicit group is not there (F6)",
		  .rule = POLICY_NEW_FOR_GROUP, .options = { .group = "typo" },
		  .answer = MEMBER_NO_GROUP, .result = -ENOENT,
		  .fault = FAULT_UNDECIDED, .step = STEP_EXPLICIT_GROUP,
		  .object = "typo" },
		{ .what = "the explicit group has the default's name",
		  .rule = POLICY_USER_FOR_GROUP, .options = { .group = "own" },
		  .answer = MEMBER_NO_GROUP, .result = -ENOENT,
		  .fault = FAULT_UNDECIDED, .step = STEP_EXPLICIT_GROUP,
		  .object = "own" },
		{ .what = "the line may be for somebody else (F6)",
		  .rule = POLICY_NEW_FOR_GROUP,
		  .options = { .verdict = OPTIONS_DENY_ALL,
			       .word = "gruop=x" },
		  .answer = MEMBER_NO, .result = -EINVAL,
		  .fault = FAULT_UNDECIDED, .step = STEP_READ_LINE,
		  .object = "gruop=x" },
	};

	(void)state;
	decide_all(decisions);
}

static void denies_members_who_cannot_have_their_plan(void **state)
{
	static const struct decision decisions[] = {
		{ .what = "a bad word in the line",
		  .rule = POLICY_NEW_FOR_GROUP,
		  .options = { .verdict = OPTIONS_DENY_MEMBERS,
			       .word = "bogus" },
		  .answer = MEMBER_YES, .result = -EINVAL,
		  .fault = FAULT_LINE, .step = STEP_READ_LINE,
		  .object = "bogus" },
		{ .what = "a user that is a path",
		  .rule = POLICY_USER_FOR_GROUP, .user = "../alice",
		  .answer = MEMBER_YES, .result = -EINVAL,
		  .fault = FAULT_UNCONFINED, .step = STEP_CHECK_NAME,
		  .object = "../alice" },
		{ .what = "a user of dots", .rule = POLICY_USER_FOR_GROUP,
		  .user = "..", .answer = MEMBER_YES, .result = -EINVAL,
		  .fault = FAULT_UNCONFINED, .step = STEP_CHECK_NAME,
		  .object = ".." },
		{ .what = "a group that is a path", .rule = POLICY_GROUP_NAME,
		  .answer = MEMBER_YES, .rest = "a/b", .result = -EINVAL,
		  .fault = FAULT_UNCONFINED, .step = STEP_CHECK_NAME,
		  .object = "a/b" },
		{ .what = "a group that is its prefix only",
		  .rule = POLICY_GROUP_NAME, .answer = MEMBER_YES, .rest = "",
		  .result = -EINVAL, .fault = FAULT_UNCONFINED,
		  .step = STEP_CHECK_NAME, .object = "" },
	};

	(void)state;
	decide_all(decisions);
	decide(&(struct decision){
		.what = "a name that would be truncated",
		.rule = POLICY_USER_FOR_GROUP,
		.user = long_name(LONG_NAME),
		.answer = MEMBER_YES,
		.result = -EINVAL,
		.fault = FAULT_UNCONFINED,
		.step = STEP_CHECK_NAME,
		.object = long_name(LONG_NAME),
	});
}

static void asks_for_the_group_of_the_line_once(void **state)
{
	static const enum policy_rule rules[] = {
		POLICY_NEW_FOR_GROUP, POLICY_USER_FOR_GROUP, POLICY_GROUP_NAME
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		decide(&(struct decision){ .what = "the rule's own",
					   .rule = rules[i],
					   .answer = MEMBER_NO });
		check_number(lookup.asked, 1);
		check_text(lookup.asked_group, "own");
		decide(&(struct decision){ .what = "the line's",
					   .rule = rules[i],
					   .options = { .group = "mine" },
					   .answer = MEMBER_NO });
		check_number(lookup.asked, 1);
		check_text(lookup.asked_group, "mine");
	}
}

static void asks_nobody_about_a_line_that_denies_all(void **state)
{
	(void)state;
	decide(&(struct decision){
		.what = "unknown word",
		.rule = POLICY_NEW_FOR_GROUP,
		.options = { .verdict = OPTIONS_DENY_ALL, .word = "a=b" },
		.result = -EINVAL,
		.fault = FAULT_UNDECIDED,
		.step = STEP_READ_LINE,
		.object = "a=b",
	});
	check_number(lookup.asked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("policy_decide_leaves_bystanders_alone (bystander)",
		      leaves_bystanders_alone),
		plain("policy_decide_gives_members_what_the_rule_says",
		      gives_members_what_the_rule_says),
		plain("policy_decide_points_etc_at_the_name_in_the_plan",
		      points_etc_at_the_name_in_the_plan),
		plain("policy_decide_denies_what_cannot_tell_members_from_"
		      "others (F5, F6)",
		      denies_what_cannot_tell_members_from_others),
		plain("policy_decide_denies_members_who_cannot_have_their_"
		      "plan (F3)",
		      denies_members_who_cannot_have_their_plan),
		plain("policy_decide_asks_for_the_group_of_the_line_once",
		      asks_for_the_group_of_the_line_once),
		plain("policy_decide_asks_nobody_about_a_line_that_denies_all",
		      asks_nobody_about_a_line_that_denies_all),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
