/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a login is denied. */
#include "common/failure.h"
#include "sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool no_capget;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* What this program calls by its number takes two arguments at most. */
long __wrap_syscall(long number, ...)
{
	va_list args;
	void *first;
	void *second;

	if (number == SYS_capget && no_capget) {
		errno = ENOSYS;
		return -1;
	}
	va_start(args, number);
	first = va_arg(args, void *);
	second = va_arg(args, void *);
	va_end(args);
	return __real_syscall(number, first, second);
}

/* As it is on the stack of who has not used it yet. */
static struct failure garbage(void)
{
	struct failure failure;

	memset(&failure, 0x5a, sizeof(failure));
	return failure;
}

/* --- What and where --- */

static void set_fills_in_all_of_it(void **state)
{
	struct failure failure = garbage();

	(void)state;
	check_result(failure_set(&failure, -EIO, "look up the group", "newnet"),
		     -EIO);
	check_number(failure.kind, FAILURE_UNCONFINED);
	check_result(failure.error, -EIO);
	check_result(failure.stuck, 0);
	check_text(failure.doing, "look up the group");
	check_text(failure.cause, NULL);
	check_text(failure.fix, NULL);
	check_text(failure.object, "newnet");
	check_result(failure_set(&failure, -EPERM, "find the account", ""),
		     -EPERM);
	check_text(failure.object, "");
}

static void set_at_joins_directory_and_name(void **state)
{
	struct failure failure = garbage();

	(void)state;
	check_result(failure_set_at(&failure, -ELOOP, "use", "/run/netns", "a"),
		     -ELOOP);
	check_number(failure.kind, FAILURE_UNCONFINED);
	check_result(failure.error, -ELOOP);
	check_result(failure.stuck, 0);
	check_text(failure.doing, "use");
	check_text(failure.cause, NULL);
	check_text(failure.fix, NULL);
	check_text(failure.object, "/run/netns/a");
}

static void object_takes_no_format(void **state)
{
	struct failure failure;

	(void)state;
	(void)failure_set(&failure, -EIO, "use", "%s%n");
	check_text(failure.object, "%s%n");
	(void)failure_set_at(&failure, -EIO, "use", "/%d", "%s%n");
	check_text(failure.object, "/%d/%s%n");
}

static void object_that_is_too_long_is_cut(void **state)
{
	char name[2 * sizeof(((struct failure *)NULL)->object)];
	struct failure failure = garbage();
	const size_t room = sizeof(failure.object) - 1;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	check_result(failure_set(&failure, -EIO, "use", name), -EIO);
	check_number(strlen(failure.object), room);
	check(!strncmp(failure.object, name, room));
	check_result(failure_set_at(&failure, -EIO, "use", "/etc", name), -EIO);
	check_number(strlen(failure.object), room);
	check(!strncmp(failure.object, "/etc/aaa", 8));
	name[room] = '\0';
	(void)failure_set(&failure, -EIO, "use", name);
	check_text(failure.object, name);
}

/* --- What an errno means --- */

static const struct failure_cause causes[] = {
	{ -ELOOP, "it is a symbolic link", "rm" },
	{ -EBUSY, "something else is mounted there", NULL },
	{ -EISDIR, "never looked at", "never" },
};

static void explain_takes_cause_and_fix_of_the_error(void **state)
{
	static const struct {
		const char *what;
		int error;
		size_t count;
		const char *cause;
		const char *fix;
	} rows[] = {
		{ "cause and fix", -ELOOP, 2, "it is a symbolic link", "rm" },
		{ "cause only", -EBUSY, 2, "something else is mounted there",
		  NULL },
		{ "not in the table", -EIO, 2, NULL, NULL },
		{ "behind the end of the table", -EISDIR, 2, NULL, NULL },
		{ "an empty table", -ELOOP, 0, NULL, NULL },
		{ "another sign", ELOOP, 2, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct failure failure;

		row(rows[i].what);
		(void)failure_set(&failure, rows[i].error, "use", "/x");
		check_result(failure_explain(&failure, causes, rows[i].count),
			     rows[i].error);
		check_text(failure.cause, rows[i].cause);
		check_text(failure.fix, rows[i].fix);
		check_result(failure.error, rows[i].error);
		check_text(failure.doing, "use");
		check_text(failure.object, "/x");
	}
	row(NULL);
}

static void explain_takes_the_first_of_two(void **state)
{
	static const struct failure_cause twice[] = {
		{ -EIO, "first", NULL },
		{ -EIO, "second", "rm" },
	};
	struct failure failure;

	(void)state;
	(void)failure_set(&failure, -EIO, "use", "/x");
	(void)failure_explain(&failure, twice, 2);
	check_text(failure.cause, "first");
	check_text(failure.fix, NULL);
}

static void explain_keeps_a_cause_that_it_does_not_know_better(void **state)
{
	struct failure failure;

	(void)state;
	(void)failure_set(&failure, -EPERM, "use", "/x");
	failure.cause = "CAP_SYS_ADMIN is missing";
	(void)failure_explain(&failure, causes, 2);
	check_text(failure.cause, "CAP_SYS_ADMIN is missing");
}

/* --- Capabilities --- */

static void check_needs(int error, int capability, const char *cause)
{
	struct failure failure;

	(void)failure_set(&failure, error, "use", "/x");
	check_result(failure_needs(&failure, capability), error);
	check_text(failure.cause, cause);
	check_text(failure.fix, NULL);
	check_result(failure.error, error);
}

static void needs_says_which_capability_is_missing(void)
{
	static const struct {
		int capability;
		const char *cause;
	} rows[] = {
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN is missing" },
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN is missing" },
		{ CAP_SYS_CHROOT, "CAP_SYS_CHROOT is missing" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].cause);
		check_needs(-EPERM, rows[i].capability, NULL);
		check_needs(-EACCES, rows[i].capability, NULL);
		drop_capability(rows[i].capability);
		check_needs(-EPERM, rows[i].capability, rows[i].cause);
		check_needs(-EACCES, rows[i].capability, rows[i].cause);
		/* It is not what went wrong. */
		check_needs(-ENOSPC, rows[i].capability, NULL);
		check_needs(-EINVAL, rows[i].capability, NULL);
	}
}

static void needs_keeps_a_cause_that_was_there(void)
{
	struct failure failure;

	(void)failure_set(&failure, -EPERM, "use", "/x");
	failure.cause = "known before";
	(void)failure_needs(&failure, CAP_SYS_ADMIN);
	check_text(failure.cause, "known before");
}

static void needs_guesses_nothing_if_it_cannot_ask(void)
{
	drop_capability(CAP_SYS_ADMIN);
	no_capget = true;
	check_needs(-EPERM, CAP_SYS_ADMIN, NULL);
	no_capget = false;
	check_needs(-EPERM, CAP_SYS_ADMIN, "CAP_SYS_ADMIN is missing");
}

static void needs_has_no_words_for_other_capabilities(void)
{
	drop_capability(CAP_CHOWN);
	check_needs(-EPERM, CAP_CHOWN, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("failure_set fills in all fields",
		      set_fills_in_all_of_it),
		plain("failure_set_at joins directory and name",
		      set_at_joins_directory_and_name),
		plain("a '%' in an object is only a character",
		      object_takes_no_format),
		plain("an object that is too long is cut",
		      object_that_is_too_long_is_cut),
		plain("failure_explain takes cause and fix of the error",
		      explain_takes_cause_and_fix_of_the_error),
		plain("failure_explain takes the first of two causes",
		      explain_takes_the_first_of_two),
		plain("failure_explain keeps a cause if it has no other",
		      explain_keeps_a_cause_that_it_does_not_know_better),
		sandboxed("failure_needs says which capability is missing",
			  needs_says_which_capability_is_missing),
		sandboxed("failure_needs keeps a cause if none is missing",
			  needs_keeps_a_cause_that_was_there),
		sandboxed("failure_needs guesses nothing if capget(2) fails",
			  needs_guesses_nothing_if_it_cannot_ask),
		sandboxed("failure_needs says nothing of other capabilities",
			  needs_has_no_words_for_other_capabilities),
	};

	return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
