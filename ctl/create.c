/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl create: makes a name as a login would. */
#include "caller.h"
#include "common/account.h"
#include "common/name.h"
#include "common/netns.h"
#include "common/options.h"
#include "common/scope.h"
#include "ctl.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* The name may be deleted and made anew meanwhile, by ip-netns(8). */
enum { CREATE_TRIES = 10 };

static int parse_init(const char *value, char *ret, size_t room)
{
	const char *const argv[] = { ret };
	struct options options;

	if (snprintf(ret, room, "init=%s", value) < (int)room) {
		options_parse(OPTIONS_USERNET, 1, argv, &options);
		if (options.verdict == OPTIONS_CLEAR)
			return CTL_DONE;
	}
	ctl_complain("'%s' is no list of programs: each is the name of one "
		     "that comes with the package, or an absolute path, with "
		     "commas between them",
		     value);
	return CTL_FAILED;
}

/* For whom it is made. */
struct user {
	char *name;
	struct owner owner;
};

/*
 * The user that was asked for, else the one whose name is that of the
 * namespace, else root.
 */
static int find_user(const char *wanted, const char *name, struct user *ret)
{
	const char *user = wanted ? wanted : name;
	struct account account;
	int r = account_find_name(user, &account);

	if (r == 0) {
		ret->name = strdup(account.name);
		ret->owner = (struct owner){ .uid = account.uid,
					     .gid = account.gid };
		account_release(&account);
	} else if (r == -ENOENT && wanted) {
		ctl_complain("there is no user '%s'", wanted);
		return CTL_FAILED;
	} else if (r == -ENOENT) {
		ret->name = strdup("root");
	} else {
		ctl_complain("cannot look up the user '%s': %s", user,
			     strerror(-r));
		return CTL_FAILED;
	}
	if (ret->name)
		return CTL_DONE;
	ctl_complain("%s", strerror(ENOMEM));
	return CTL_FAILED;
}

/* As a line with owner: whose it can be, and what it cannot be. */
static int check_owner(const struct ctl_options *options, const char *name,
		       const struct user *user)
{
	const char *conflict = options_owner_conflict(options->init);

	if (conflict)
		ctl_complain("--owner beside --init %s: %s", options->init,
			     conflict);
	else if (user->owner.uid == 0 && !options->user)
		ctl_complain("--owner: there is no user '%s' whom it could "
			     "belong to; fix with: --user USER",
			     name);
	else if (user->owner.uid == 0)
		ctl_complain("--owner: what is root's needs no other owner");
	else
		return CTL_DONE;
	return CTL_REFUSED;
}

/* One that is there already has to have been filled by the same programs. */
static int check_programs(const struct netns_request *request)
{
	const char *prefix = ns_host_prefix(request->entry, request->host);
	const char *wanted = request->init ? request->init : "";
	scoped_free char *quoted = text_operand(request->name);
	char ran[PLAN_INIT_MAX + 1] = "";
	struct record record;
	int r = netns_read_record(prefix, request->name, &record);

	if (r == 0)
		r = record_get(&record, "init", ran, sizeof(ran));
	if (r < 0 && r != -ENOENT && r != -ESTALE) {
		ctl_complain("cannot read the record of '%s': %s",
			     request->name, strerror(-r));
		return CTL_FAILED;
	}
	if (!strcmp(ran, wanted))
		return CTL_DONE;
	ctl_complain("'%s' exists already, and the programs that set it up "
		     "are '%s', not '%s'; fix with: pamnetctl remove %s",
		     request->name, *ran ? ran : "none",
		     *wanted ? wanted : "none", quoted ? quoted : "NAME");
	return CTL_REFUSED;
}

static void show_result(const struct netns_request *request,
			const struct netns_result *result)
{
	caller_show_output(request->init, result->output);
	if (result->made_over_file)
		ctl_complain(NETNS_OVER_FILE_TEXT, NETNS_DIRECTORY,
			     request->name);
	if (result->sysctl_error)
		ctl_complain(NETNS_SYSCTL_TEXT,
			     strerror(-result->sysctl_error));
	if (result->record_error)
		ctl_complain("cannot write the record of '%s': %s",
			     request->name, strerror(-result->record_error));
}

/*
 * Returns 0: it is made, maybe without a record, as result says; 1: it was
 * there, and this process is in it; or -errno with failure, and if
 * result->stale the name does not lead there any more.
 */
static int make_or_enter(const struct netns_request *request,
			 struct netns_result *result)
{
	struct netns_request entry = *request;
	scoped_fd int fd = netns_get(request, result);
	int r;

	show_result(request, result);
	program_output_free(result->output);
	result->output = NULL;
	/* Other programs are looked at here. */
	entry.init = NULL;
	r = fd < 0 || result->made ? fd : netns_enter(&entry, fd, result);
	netns_release(&entry, result);
	return r < 0 ? r : !result->made;
}

static int create_name(const struct netns_request *request)
{
	struct netns_result result;
	int tries = 0;
	int r;

	do
		r = make_or_enter(request, &result);
	while (r < 0 && result.stale && ++tries < CREATE_TRIES);
	if (r < 0) {
		caller_complain(&result.failure);
		return CTL_REFUSED;
	}
	if (r == 0)
		return result.record_error ? CTL_FAILED : CTL_DONE;
	return check_programs(request);
}

int ctl_create(const struct ctl_options *options, int count,
	       const char *const words[])
{
	char init[sizeof("init=") + PLAN_INIT_MAX] = "";
	struct user user = { .name = NULL };
	struct caller caller;
	struct netns_request request;
	int result;

	if (count != 1) {
		ctl_complain("create needs the name of one namespace");
		return CTL_FAILED;
	}
	if (name_is_of_inode(words[0])) {
		ctl_complain("'%s' cannot be the name of a namespace: net:[ "
			     "is how those begin that have none",
			     words[0]);
		return CTL_FAILED;
	}
	result = caller_begin("create", words[0], &caller);
	if (result != CTL_DONE)
		return result;
	if (options->init)
		result = parse_init(options->init, init, sizeof(init));
	if (result == CTL_DONE)
		result = find_user(options->user, words[0], &user);
	if (result == CTL_DONE && options->owner)
		result = check_owner(options, words[0], &user);
	request = (struct netns_request){
		.kind = PLAN_NAMED,
		.name = words[0],
		.init = options->init,
		.owner = options->owner ? &user.owner : NULL,
		.user = user.name,
		.service = "pamnetctl",
		.rhost = "",
		.tty = "",
		.etc = words[0],
		.host = &caller.host,
		.entry = &caller.saved,
		.origin = &caller.saved,
	};
	if (result == CTL_DONE)
		result = create_name(&request);
	free(user.name);
	caller_release(&caller);
	return result;
}
