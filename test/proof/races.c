/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * one-name: first logins of one user that run at once, alone, with ip-netns(8)
 * and with logouts.
 *
 * races [--all] [--peer=DIRECTORY] [NAME...]
 *
 * --all: more than 7,000 logins after a boot, as many beside another name, and
 *        more than 1,000 of each other kind, not some hundred
 * --peer: the same with Debian's libpam-net, whose modules are there; figures
 *        only
 */
#include "../module/see.h"
#include "login.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64, NOISES = 4 };

struct race {
	const char *name;
	bool main;    /* one of those that count most */
	bool booted;  /* no /run/netns, as after a boot */
	bool repeats; /* logs in and out, several times */
	bool deletes; /* the name itself may go at any time */
	const char *noise[NOISES];
};

static const struct race races[] = {
	{ "as after a boot", .main = true, .booted = true },
	{ "another name is there", .main = true },
	{ .name = "with ip netns add of the name, as after a boot",
	  .booted = true,
	  .noise = { "ip netns add alice" } },
	{ .name = "with ip netns add of the name",
	  .noise = { "ip netns add alice", "ip netns add alice" } },
	{ .name = "with ip netns add, exec and del of others",
	  .noise = { "ip netns add one; ip netns exec one true; "
		     "ip netns del one",
		     "ip netns add two; ip netns del two",
		     "ip netns exec alan true" } },
	{ .name = "with ip netns exec and del of the name",
	  .deletes = true,
	  .noise = { "ip netns exec alice true",
		     "ip netns del alice; ip netns add alice",
		     "sleep 0.01; ip netns del alice" } },
	{ .name = "logins against logouts", .repeats = true },
};

struct figures {
	unsigned int logins;
	unsigned int refused;
	unsigned int on_host;
	unsigned int elsewhere;
	unsigned int mounts;
};

struct landing {
	volatile int answer;
	volatile ino_t net;
};

/* A line, and the name of another user, who was there before. */
struct module {
	const char *who; /* "" for ours */
	struct login alice;
	struct login alan;
};

static ino_t own_net(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) < 0 ? 0 : st.st_ino;
}

static void await_start(int start)
{
	char byte;

	(void)!read(start, &byte, 1);
}

static void log_in(const struct module *module, const struct race *race,
		   struct landing *landing, int start)
{
	pam_handle_t *pamh = login_handle(&module->alice);

	await_start(start);
	for (int i = 0; i < (race->repeats ? 3 : 1); i++) {
		landing->answer = pam_open_session(pamh, 0);
		landing->net = own_net();
		if (landing->answer != PAM_SUCCESS)
			break;
		if (race->repeats)
			(void)pam_close_session(pamh, 0);
	}
	_exit(0);
}

static void make_noise(const char *command, int start)
{
	await_start(start);
	(void)!freopen("/dev/null", "w", stderr);
	/* Who comes second is told so, which is no reason to fail. */
	(void)!system(command);
	_exit(0);
}

static int start_all(const struct module *module, const struct race *race,
		     struct landing *landings, int count)
{
	int pair[2];
	int started = 0;

	must("pipe", pipe2(pair, O_CLOEXEC));
	(void)fflush(stdout);
	for (int i = 0; i < count + NOISES; i++) {
		const char *noise = i < count ? NULL : race->noise[i - count];
		pid_t pid;

		if (i >= count && !noise)
			continue;
		pid = (pid_t)must("fork", fork());
		if (pid == 0) {
			(void)close(pair[1]);
			if (noise)
				make_noise(noise, pair[0]);
			log_in(module, race, &landings[i], pair[0]);
		}
		started++;
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
	return started;
}

static void count_landing(const struct race *race,
			  const struct landing *landing, ino_t named,
			  struct figures *figures)
{
	figures->logins++;
	if (landing->answer != PAM_SUCCESS)
		figures->refused++;
	else if (landing->net == host_net())
		figures->on_host++;
	else if (!race->deletes && landing->net != named)
		figures->elsewhere++;
}

/* In a tree that ip-netns(8) has prepared, a name is two mounts. */
static void count_mounts(const struct race *race, struct figures *figures)
{
	int most = race->noise[0] ? 2 : 1;
	int here = host_mounts_at("/run/netns/alice");

	if (here > most || (here < 1 && !race->deletes))
		figures->mounts++;
	if (host_mounts_at("/run/netns") > most)
		figures->mounts++;
}

static void run_round(const struct module *module, const struct race *race,
		      struct landing *landings, int count,
		      struct figures *figures)
{
	static struct course *course;
	ino_t named;

	if (!course)
		course = course_make();
	host_reset();
	if (!race->booted)
		(void)login_run(&module->alan, course);
	for (int i = 0; i < count; i++)
		landings[i] = (struct landing){ .answer = -1 };
	for (int left = start_all(module, race, landings, count); left > 0;
	     left--)
		must("wait", wait(NULL));
	named = host_named("alice");
	if (race->repeats)
		named = landings[0].net;
	for (int i = 0; i < count; i++)
		count_landing(race, &landings[i], named, figures);
	count_mounts(race, figures);
	(void)host_log();
}

static unsigned int count_wrong(const struct figures *figures)
{
	return figures->refused + figures->on_host + figures->elsewhere +
	       figures->mounts;
}

static void tell(const struct module *module, const struct race *race,
		 const struct figures *figures)
{
	printf("# %s%s: %u logins; on the host %u, elsewhere %u, refused %u, "
	       "mounts wrong %u\n",
	       module->who, race->name, figures->logins, figures->on_host,
	       figures->elsewhere, figures->refused, figures->mounts);
	(void)fflush(stdout);
}

static struct figures run_race(const struct module *module,
			       const struct race *race, bool all)
{
	static const int groups[] = { 2, 4, 8, 16, 32, 64 };
	static struct landing *landings;
	struct figures figures = { .logins = 0 };
	unsigned int wanted = 2;

	if (!landings)
		landings = (struct landing *)course_make();
	if (all)
		wanted = race->main ? 1170 : 170;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		unsigned int done = 0;

		while (done < wanted || done == 0) {
			run_round(module, race, landings, groups[i], &figures);
			done += (unsigned int)groups[i];
		}
	}
	tell(module, race, &figures);
	return figures;
}

static bool judge_race(const struct race *race, const struct figures *figures)
{
	unsigned int wrong = count_wrong(figures);

	printf("%s one-name, %s", wrong ? "not ok" : "ok", race->name);
	if (wrong)
		printf(": %u wrong", wrong);
	printf("\n");
	return wrong == 0;
}

static struct module module_make(const char *who, const char *line)
{
	struct module module = {
		.who = who,
		.alice = { *who ? "race of the peer" : "race", line, "alice",
			   "alice", 0 },
	};

	module.alan = module.alice;
	module.alan.user = module.alan.lands = "alan";
	host_add_stack(&module.alice);
	return module;
}

static bool race_is_wanted(const struct race *race, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (*argv[i] != '-')
			return has_word(argc, argv, race->name);
	return true;
}

int main(int argc, char *argv[])
{
	struct module modules[2];
	size_t count = 0;
	char line[PATH_MAX];
	bool all = has_word(argc, argv, "--all");
	bool good = true;

	host_start();
	/* The peer refuses a user without it. */
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
	for (size_t i = 0; i < sizeof(races) / sizeof(races[0]); i++) {
		struct figures figures;

		if (!race_is_wanted(&races[i], argc, argv))
			continue;
		figures = run_race(&modules[0], &races[i], all);
		if (count == 2)
			(void)run_race(&modules[1], &races[i], all);
		good = judge_race(&races[i], &figures) && good;
	}
	return !good;
}
