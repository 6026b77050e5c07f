/* SPDX-License-Identifier: GPL-2.0-or-later */
/* one-name: however many first logins run at once, a name is one namespace. */
#include "rig.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

enum { MOST = 32 };

struct race {
	int logins;
	int rounds;
	bool prepared; /* /run/netns is there, by our own hand */
	int ip;	       /* so many run "ip netns add" at the same time */
	bool slave;    /* from mount namespaces of their own */
};

/* What the processes share: where each landed, and the start. */
struct shared {
	volatile ino_t net[MOST];
	volatile int answer[MOST];
};

struct racer {
	struct shared *shared;
	const struct race *race;
	int number;
	int start; /* ends when the parent closes the other end */
};

static void await_start(const struct racer *racer)
{
	char byte;

	(void)!read(racer->start, &byte, 1);
}

static int log_in(const void *data)
{
	const struct racer *racer = data;
	struct login login;

	if (racer->race->slave) {
		must(unshare(CLONE_NEWNS));
		must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	}
	login_start(&login, "usernet", "alice");
	await_start(racer);
	racer->shared->answer[racer->number] = login_open(&login);
	racer->shared->net[racer->number] = rig_net();
	return 0;
}

static int ip_netns_add(const void *data)
{
	const struct racer *racer = data;

	await_start(racer);
	/* Another was faster: no reason to fail. */
	(void)RIG_RUN(NULL, "ip", "netns", "add", "alice");
	return 0;
}

static void start_all(const struct race *race, struct shared *shared,
		      pid_t pids[], int *ret_count)
{
	struct racer racer = { .shared = shared, .race = race };
	int pair[2];
	int count = 0;

	must(pipe(pair));
	racer.start = pair[0];
	for (int i = 0; i < race->logins; i++) {
		pid_t pid = (pid_t)must(fork());

		racer.number = i;
		if (pid == 0) {
			must(close(pair[1]));
			_exit(log_in(&racer));
		}
		pids[count++] = pid;
	}
	for (int i = 0; i < race->ip; i++) {
		pid_t pid = (pid_t)must(fork());

		if (pid == 0) {
			must(close(pair[1]));
			_exit(ip_netns_add(&racer));
		}
		pids[count++] = pid;
	}
	must(close(pair[0]));
	must(close(pair[1]));
	*ret_count = count;
}

static void run_round(const struct race *race, struct shared *shared)
{
	pid_t pids[2 * MOST];
	ino_t named;
	int mounts;
	int count;

	start_all(race, shared, pids, &count);
	for (int i = 0; i < count; i++)
		check_int(rig_wait(pids[i]), 0);
	named = rig_named("alice");
	check(named != 0 && named != rig_host_net());
	for (int i = 0; i < race->logins; i++) {
		check_answer(shared->answer[i], PAM_SUCCESS);
		check_int(shared->net[i], named);
	}
	mounts = rig_host_mounts_at("/run/netns/alice");
	/* In a tree that ip-netns(8) prepared, one is two. */
	if (race->ip)
		check(mounts == 1 || mounts == 2);
	else
		check_int(mounts, 1);
	check_int(rig_host_mounts_at("/run/netns"), 1);
}

static void race(const void *data)
{
	const struct race *wanted = data;
	struct shared *shared = mmap(NULL, sizeof(*shared),
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct login login;

	check(shared != MAP_FAILED);
	for (int i = 0; i < wanted->rounds; i++) {
		rig_context("round %d: ", i);
		rig_forget_names();
		if (wanted->prepared) {
			login_as(&login, "usernet", "both", PAM_SUCCESS);
			check_answer(login_close(&login), PAM_SUCCESS);
			login_end(&login);
		}
		run_round(wanted, shared);
		rig_log_forget();
	}
}

#define RACE(LABEL, ...)                                                       \
	{                                                                      \
		"one-name: " LABEL, race, &(const struct race){ __VA_ARGS__ }, \
			0                                                      \
	}

static const struct rig_case cases[] = {
	RACE("2 at once, as after a boot", .logins = 2, .rounds = 40),
	RACE("8 at once, as after a boot", .logins = 8, .rounds = 10),
	RACE("32 at once, as after a boot", .logins = 32, .rounds = 4),
	RACE("2 at once, a first name was made", .logins = 2, .rounds = 40,
	     .prepared = true),
	RACE("32 at once, a first name was made", .logins = 32, .rounds = 4,
	     .prepared = true),
	RACE("8 at once, by helpers", .logins = 8, .rounds = 6, .slave = true),
	RACE("4 at once and ip netns add, as after a boot", .logins = 4,
	     .rounds = 10, .ip = 2),
	RACE("4 at once and ip netns add, a first name was made", .logins = 4,
	     .rounds = 10, .ip = 2, .prepared = true),
};

RIG_MAIN("one-name", cases)
