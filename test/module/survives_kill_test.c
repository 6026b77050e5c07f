/* SPDX-License-Identifier: GPL-2.0-or-later */
/* survives-kill: after SIGKILL anywhere the next login works by itself. */
#include "rig.h"

#include <sys/syscall.h>

static void run_kills(const void *data)
{
	sweep_kills(data);
}

static void prepare_overrides(void)
{
	rig_override("alice", "hosts", "");
}

#define FIRST                                                                  \
	.service = "usernet", .user = "alice", .name = "alice",                \
	.prepare = prepare_overrides
#define JOIN   FIRST, .joins = true
#define HELPER FIRST, .driver = "--slave"
#define NEWNET .service = "newnet", .user = "nina", .name = NEW

#define KILLS(WHAT, CASE, CALL)                                                \
	{                                                                      \
		"survives-kill: " WHAT ", at each " CALL, run_kills,           \
			&(const struct sweep){ CASE, .call = CALL,             \
					       .fault = "signal=KILL" },       \
			0                                                      \
	}

static const struct rig_case cases[] = {
#ifdef SYS_mkdir
	KILLS("a first login", FIRST, "mkdir"),
#endif
	KILLS("a first login", FIRST, "mkdirat"),
	KILLS("a first login", FIRST, "openat"),
	KILLS("a first login", FIRST, "unshare"),
	KILLS("a first login", FIRST, "mount"),
	KILLS("a first login", FIRST, "umount2"),
	KILLS("a first login", FIRST, "move_mount"),
	KILLS("a first login", FIRST, "flock"),
	KILLS("a first login", FIRST, "setns"),
	KILLS("a first login", FIRST, "sendto"),
	KILLS("a first login", FIRST, "close"),
	KILLS("a join", JOIN, "setns"),
	KILLS("a join", JOIN, "mount"),
	KILLS("a join", JOIN, "openat"),
	KILLS("a first login by a helper", HELPER, "socketpair"),
	KILLS("a first login by a helper", HELPER, "recvmsg"),
	KILLS("a first login by a helper", HELPER, "setns"),
	KILLS("a first login by a helper", HELPER, "mount"),
	KILLS("a new one", NEWNET, "unshare"),
	KILLS("a new one", NEWNET, "mount"),
};

RIG_MAIN("survives-kill", cases)
