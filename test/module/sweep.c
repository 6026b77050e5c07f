/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fault at each call of a login, one after the other. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct driven sweep_drive(const struct sweep *sweep, const char *strace)
{
	return drive(&(struct drive){
		.strace = strace,
		.driver = sweep->driver,
		.service = sweep->service,
		.user = sweep->user,
	});
}

/* The host as the login is to find it. */
static void sweep_prepare(const struct sweep *sweep)
{
	struct driven driven;

	rig_forget_names();
	if (sweep->prepare)
		sweep->prepare();
	if (!sweep->joins)
		return;
	driven = sweep_drive(sweep, NULL);
	check_int(driven.status, 0);
	driven_free(&driven);
}

/* How often an undisturbed login makes the call. */
static struct driven_calls sweep_count(const struct sweep *sweep)
{
	struct driven_calls calls;
	struct driven driven;
	char strace[256];

	(void)snprintf(strace, sizeof(strace), "-e trace=faccessat,%s",
		       sweep->call);
	sweep_prepare(sweep);
	driven = sweep_drive(sweep, strace);
	if (driven.status != 0)
		fail_because("denied without a fault: %s", rig_log());
	calls = driven_count(&driven, sweep->call, "open");
	if (calls.within == 0 && calls.helper == 0 && rig_is_peer())
		rig_skip("the peer makes no %s", sweep->call);
	if (calls.within == 0 && calls.helper == 0)
		fail_because("a login makes no %s", sweep->call);
	driven_free(&driven);
	return calls;
}

static struct driven sweep_inject(const struct sweep *sweep, int number)
{
	char strace[256];

	rig_log_forget();
	(void)snprintf(strace, sizeof(strace),
		       "-e trace=%s -e inject=%s:%s:when=%d", sweep->call,
		       sweep->call, sweep->fault, number);
	return sweep_drive(sweep, strace);
}

static int count_parts(const char *text, const char *part)
{
	int count = 0;

	for (; (text = strstr(text, part)); text++)
		count++;
	return count;
}

static void check_view(const struct driven *driven)
{
	char *before = driven_block(driven, "before");
	char *open = driven_block(driven, "open");

	if (count_parts(open, " /sys ") <= count_parts(before, " /sys "))
		fail_because("opened with the host's /sys\n%s", rig_log());
	if (rig_exists("/run/netns") != count_parts(open, " pam_net "))
		fail_because("opened with the host's /run/netns\n%s",
			     rig_log());
	free(before);
	free(open);
}

static void check_opened(const struct sweep *sweep, const struct driven *driven)
{
	ino_t net = driven_net(driven, "open");

	if (net == rig_host_net())
		fail_because("opened on the host\n%s", rig_log());
	if (strcmp(sweep->name, NEW) != 0)
		check_int(net, rig_named(sweep->name));
	if (!rig_is_peer())
		check_view(driven);
}

static void check_denied(const struct driven *driven, const char *host_before)
{
	char *before = driven_block(driven, "before");
	char *after = driven_block(driven, "open");
	char *host = rig_see_host();

	/* What is bound stays bound, and is seen from here, too. */
	check_text(rig_without_names(after), rig_without_names(before));
	check_text(rig_without_names(host), host_before);
	check_names_whole();
	free(before);
	free(after);
	free(host);
}

static void try_fault(const struct sweep *sweep, int number, bool own)
{
	struct driven driven;
	char *host;

	if (!sweep->joins)
		sweep_prepare(sweep);
	host = rig_without_names(rig_see_host());
	driven = sweep_inject(sweep, number);
	/* libpam reports to the audit system when the modules are done. */
	if (driven.status == 1 && !strstr(rig_log(), ": opened user=") &&
	    (sweep->undone || !rig_is_peer()))
		check_denied(&driven, host);
	if (driven.status > 1)
		fail_because("ended with %d", driven.status);
	if (driven.status == 0)
		check_opened(sweep, &driven);
	/* A helper may have a way round it. */
	if (driven.status == 0 && sweep->denies && own && !rig_is_peer())
		fail_because("opened all the same\n%s", rig_log());
	driven_free(&driven);
	free(host);
}

struct attempt {
	const struct sweep *sweep;
	void (*try)(const struct sweep *sweep, int number, bool own);
	int number;
	bool own; /* it hits the process itself, not only a helper */
};

static int run_attempt(const void *data)
{
	const struct attempt *attempt = data;

	attempt->try(attempt->sweep, attempt->number, attempt->own);
	return 0;
}

/*
 * One failure does not hide the next. strace counts for each process: a number
 * that the process itself reaches before it opens is left out.
 */
static void sweep_all(const struct sweep *sweep,
		      void (*try)(const struct sweep *sweep, int number,
				  bool own))
{
	struct driven_calls calls = sweep_count(sweep);
	int last = calls.before + calls.within;
	bool failed = false;

	if (last < calls.helper)
		last = calls.helper;
	for (int number = calls.before + 1; number <= last; number++) {
		const struct attempt attempt = {
			sweep, try, number,
			number <= calls.before + calls.within
		};

		rig_context("%s %d of %d, ", sweep->call, number - calls.before,
			    last - calls.before);
		if (rig_wait(rig_fork(run_attempt, &attempt)) != 0)
			failed = true;
	}
	if (failed)
		_exit(1);
}

static void try_kill(const struct sweep *sweep, int number, bool own)
{
	struct driven driven;

	sweep_prepare(sweep);
	driven = sweep_inject(sweep, number);
	/* Where its helper was killed it was denied, or tried again. */
	if (driven.status != 1 && (own || driven.status != 0))
		check_int(driven.status, 128 + 9);
	driven_free(&driven);
	driven = sweep_drive(sweep, NULL);
	if (driven.status != 0)
		fail_because("the next login is denied\n%s", rig_log());
	check_opened(sweep, &driven);
	if (strcmp(sweep->name, NEW) != 0) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/run/netns/%s",
			       sweep->name);
		check_int(rig_host_mounts_at(path), 1);
		check_int(rig_host_mounts_at("/run/netns"), 1);
	}
	driven_free(&driven);
}

void sweep_faults(const struct sweep *sweep)
{
	sweep_all(sweep, try_fault);
}

void sweep_kills(const struct sweep *sweep)
{
	sweep_all(sweep, try_kill);
}
