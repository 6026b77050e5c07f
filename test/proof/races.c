/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * one-name: concurrent first logins of one user, alone, beside ip-netns(8) and
 * beside logouts. All must be in the one namespace of the name.
 *
 * races [--all] [--peer=DIRECTORY] [NAME...]
 *
 * --all: more than 7,000 logins of each of the first two races and more than
 *        1,000 of each other race, instead of some hundred
 * --peer: also runs Debian's libpam-net, whose modules are in DIRECTORY, and
 *        prints its figures without a result
 */
#include "../module/see.h"
#include "common/count.h"
#include "login.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 64, COMMANDS = 4 };

struct race {
	const char *name;
	bool main;	 /* with --all it gets the most logins */
	bool after_boot; /* /run/netns does not exist */
	bool repeats;	 /* each process logs in and out several times */
	bool deletes;	 /* the name may be deleted at any time */
	const char *commands[COMMANDS];
};

static const struct race races[] = {
	{ "after a boot", .main = true, .after_boot = true },
	{ "another name exists", .main = true },
	{ .name = "beside ip netns add of the name, after a boot",
	  .after_boot = true,
	  .commands = { "ip netns add alice" } },
	{ .name = "beside ip netns add of the name",
	  .commands = { "ip netns add alice", "ip netns add alice" } },
	{ .name = "beside ip netns add, exec and del of other names",
	  .commands = { "ip netns add one; ip netns exec one true; "
			"ip netns del one",
			"ip netns add two; ip netns del two",
			"ip netns exec alan true" } },
	{ .name = "beside ip netns exec and del of the name",
	  .deletes = true,
	  .commands = { "ip netns exec alice true",
			"ip netns del alice; ip netns add alice",
			"sleep 0.01; ip netns del alice" } },
	{ .name = "logins beside logouts", .repeats = true },
};

struct figures {
	unsigned int logins;
	unsigned int denied;
	unsigned int on_host;
	unsigned int elsewhere;
	unsigned int mounts;
};

struct race_result {
	volatile int answer;
	volatile ino_t net;
};

/* A module, and the logins of two users with it. */
struct module {
	const char *label; /* printed before the race; "" for ours */
	struct login alice;
	struct login alan;
};

static ino_t own_net(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) < 0 ? 0 : st.st_ino;
}

static void wait_for_start(int start)
{
	char byte;

	(void)!read(start, &byte, 1);
}

static void race_login(const struct module *module, const struct race *race,
		       struct race_result *result, int start)
{
	pam_handle_t *pamh = login_handle(&module->alice);

	wait_for_start(start);
	for (int i = 0; i < (race->repeats ? 3 : 1); i++) {
		result->answer = pam_open_session(pamh, 0);
		result->net = own_net();
		if (result->answer != PAM_SUCCESS)
			break;
		if (race->repeats)
			(void)pam_close_session(pamh, 0);
	}
	_exit(0);
}

static void run_command(const char *command, int start)
{
	wait_for_start(start);
	(void)!freopen("/dev/null", "w", stderr);
	/* It fails if the name exists already. That is expected. */
	(void)!system(command);
	_exit(0);
}

static void start_all(const struct module *module, const struct race *race,
		      struct race_result *results, int count)
{
	int pair[2];

	must("pipe", pipe2(pair, O_CLOEXEC));
	(void)fflush(stdout);
	for (int i = 0; i < count + COMMANDS; i++) {
		const char *commands = i < count ? NULL
						 : race->commands[i - count];
		pid_t pid;

		if (i >= count && !commands)
			continue;
		pid = (pid_t)must("fork", fork());
		if (pid == 0) {
			(void)close(pair[1]);
			if (commands)
				run_command(commands, pair[0]);
			race_login(module, race, &results[i], pair[0]);
		}
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void count_login(const struct race *race,
			const struct race_result *result, ino_t named,
			struct figures *figures)
{
	figures->logins++;
	if (result->answer != PAM_SUCCESS)
		figures->denied++;
	else if (result->net == host_net())
		figures->on_host++;
	else if (!race->deletes && result->net != named)
		figures->elsewhere++;
}

/* If ip-netns(8) prepared /run/netns, a name has two mounts. */
static void count_mounts(const struct race *race, struct figures *figures)
{
	int most = race->commands[0] ? 2 : 1;
	int here = host_mounts_at("/run/netns/alice");

	if (here > most || (here < 1 && !race->deletes))
		figures->mounts++;
	if (host_mounts_at("/run/netns") > most)
		figures->mounts++;
}

static void run_round(const struct module *module, const struct race *race,
		      struct race_result *results, int count,
		      struct figures *figures)
{
	static struct report *report;
	ino_t named;

	if (!report)
		report = report_new();
	host_reset();
	if (!race->after_boot)
		(void)login_run(&module->alan, report);
	for (int i = 0; i < count; i++)
		results[i] = (struct race_result){ .answer = -1 };
	start_all(module, race, results, count);
	host_wait_for_helpers();
	named = host_named("alice");
	if (race->repeats)
		named = results[0].net;
	for (int i = 0; i < count; i++)
		count_login(race, &results[i], named, figures);
	count_mounts(race, figures);
	(void)host_log();
}

static unsigned int count_wrong(const struct figures *figures)
{
	return figures->denied + figures->on_host + figures->elsewhere +
	       figures->mounts;
}

static void print_figures(const struct module *module, const struct race *race,
			  const struct figures *figures)
{
	printf("# %s%s: %u logins; on the host %u, in another namespace %u, "
	       "denied %u, wrong mounts %u\n",
	       module->label, race->name, figures->logins, figures->on_host,
	       figures->elsewhere, figures->denied, figures->mounts);
	(void)fflush(stdout);
}

static struct figures run_race(const struct module *module,
			       const struct race *race, bool all)
{
	static const int groups[] = { 2, 4, 8, 16, 32, 64 };
	static struct race_result *results;
	struct figures figures = { .logins = 0 };
	unsigned int wanted = 2;

	if (!results)
		results = (struct race_result *)report_new();
	if (all)
		wanted = race->main ? 1170 : 170;
	for (size_t i = 0; i < COUNT(groups); i++) {
		unsigned int done = 0;

		while (done < wanted || done == 0) {
			run_round(module, race, results, groups[i], &figures);
			done += (unsigned int)groups[i];
		}
	}
	print_figures(module, race, &figures);
	return figures;
}

static bool print_race(const struct race *race, const struct figures *figures)
{
	unsigned int wrong = count_wrong(figures);

	printf("%s one-name, %s", wrong ? "not ok" : "ok", race->name);
	if (wrong)
		printf(": %u wrong", wrong);
	printf("\n");
	return wrong == 0;
}

static struct module module_make(const char *label, const char *line)
{
	struct module module = {
		.label = label,
		.alice = { *label ? "race of the peer" : "race", line, "alice",
			   "alice", 0 },
	};

	module.alan = module.alice;
	module.alan.user = module.alan.netns = "alan";
	host_add_stack(&module.alice);
	return module;
}

static bool race_is_wanted(const struct race *race, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (*argv[i] != '-')
			return has_argument(argc, argv, race->name);
	return true;
}

int main(int argc, char *argv[])
{
	struct module modules[2];
	size_t count = 0;
	char line[PATH_MAX];
	bool all = has_argument(argc, argv, "--all");
	bool good = true;

	host_start();
	/* The peer denies a user without this directory. */
	(void)mkdir("/etc/netns/alice", 0755);
	(void)mkdir("/etc/netns/alan", 0755);
	modules[count++] = module_make("", "pam_usernet.so");
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--peer=", 7) != 0)
			continue;
		(void)snprintf(line, sizeof(line), "%s/pam_usernet.so",
			       argv[i] + 7);
		modules[1] = module_make("the peer, ", line);
		count = 2;
	}
	for (size_t i = 0; i < COUNT(races); i++) {
		struct figures figures;

		if (!race_is_wanted(&races[i], argc, argv))
			continue;
		figures = run_race(&modules[0], &races[i], all);
		if (count == 2)
			(void)run_race(&modules[1], &races[i], all);
		good = print_race(&races[i], &figures) && good;
	}
	return !good;
}
