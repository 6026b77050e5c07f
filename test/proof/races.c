/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * one-name: first logins of one user that run at once, alone, with ip-netns(8)
 * and with logouts. With Debian's libpam-net (test/host -p) it prints figures
 * only.
 *
 * races [--all]    --all: more than 7,000 logins, not some hundred
 */
#include "../module/see.h"
#include "login.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64, NOISES = 4 };

struct race {
	const char *name;
	bool booted;  /* no /run/netns, as after a boot */
	bool repeats; /* logs in and out, several times */
	bool deletes; /* the name itself may go at any time */
	const char *noise[NOISES];
};

static const struct race races[] = {
	{ "as after a boot", .booted = true },
	{ .name = "another name is there" },
	{ "with ip netns add of the name, as after a boot", .booted = true,
	  .noise = { "ip netns add alice" } },
	{ "with ip netns add of the name",
	  .noise = { "ip netns add alice", "ip netns add alice" } },
	{ "with ip netns add, exec and del of others",
	  .noise = { "ip netns add one; ip netns exec one true; "
		     "ip netns del one",
		     "ip netns add two; ip netns del two",
		     "ip netns exec alan true" } },
	{ "with ip netns exec and del of the name", .deletes = true,
	  .noise = { "ip netns exec alice true",
		     "ip netns del alice; ip netns add alice",
		     "sleep 0.01; ip netns del alice" } },
	{ "logins against logouts", .repeats = true },
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

static const struct login alice = { "create", "pam_usernet.so", "alice",
				    "alice", 0 };

static bool peer;

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

static void log_in(const struct race *race, struct landing *landing, int start)
{
	pam_handle_t *pamh = login_handle(&alice);

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

static int start_all(const struct race *race, struct landing *landings,
		     int count)
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
			log_in(race, &landings[i], pair[0]);
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

static void run_round(const struct race *race, struct landing *landings,
		      int count, struct figures *figures)
{
	static const struct login alan = { "create", "pam_usernet.so", "alan",
					   "alan", 0 };
	static struct course *course;
	ino_t named;

	if (!course)
		course = course_make();
	host_reset();
	if (!race->booted)
		(void)login_run(&alan, course);
	for (int i = 0; i < count; i++)
		landings[i] = (struct landing){ .answer = -1 };
	for (int left = start_all(race, landings, count); left > 0; left--)
		must("wait", wait(NULL));
	named = host_named("alice");
	if (race->repeats)
		named = landings[0].net;
	for (int i = 0; i < count; i++)
		count_landing(race, &landings[i], named, figures);
	count_mounts(race, figures);
	(void)host_log();
}

static void tell(const struct race *race, const struct figures *figures)
{
	unsigned int wrong = figures->refused + figures->on_host +
			     figures->elsewhere + figures->mounts;

	printf("# %s%s: %u logins; on the host %u, elsewhere %u, refused %u, "
	       "mounts wrong %u\n",
	       peer ? "the peer, " : "", race->name, figures->logins,
	       figures->on_host, figures->elsewhere, figures->refused,
	       figures->mounts);
	if (peer)
		return;
	printf("%s one-name, %s", wrong ? "not ok" : "ok", race->name);
	if (wrong)
		printf(": %u wrong", wrong);
	printf("\n");
	(void)fflush(stdout);
}

static unsigned int run_race(const struct race *race, struct landing *landings,
			     bool all)
{
	static const int groups[] = { 2, 4, 8, 16, 32, 64 };
	struct figures figures = { .logins = 0 };
	unsigned int wanted = all ? 170 : 2;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		unsigned int done = 0;

		while (done < wanted || done == 0) {
			run_round(race, landings, groups[i], &figures);
			done += (unsigned int)groups[i];
		}
	}
	tell(race, &figures);
	return figures.refused + figures.on_host + figures.elsewhere +
	       figures.mounts;
}

int main(int argc, char *argv[])
{
	struct landing *landings = (struct landing *)course_make();
	const char *modules = getenv("PEER_MODULES");
	bool all = has_word(argc, argv, "--all");
	unsigned int wrong = 0;

	peer = modules && *modules;
	host_start();
	/* The peer refuses a user without it. */
	(void)mkdir("/etc/netns/alice", 0755);
	for (size_t i = 0; i < sizeof(races) / sizeof(races[0]); i++)
		wrong += run_race(&races[i], landings, all);
	return !peer && wrong > 0;
}
