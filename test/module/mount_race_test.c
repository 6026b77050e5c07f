/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mount-race: a mount that comes while a login looks at the mounts. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether the next question about /sys finds it covered. */
static bool covers;

/* As when the host mounts something there and it reaches the session. */
static void cover_sys(void)
{
	must(mount("/sys", "/sys", NULL, MS_BIND | MS_REC, NULL));
}

/* The modules call this one, as the program comes before the library. */
int statx(int fd, const char *restrict path, int flags, unsigned int mask,
	  struct statx *restrict ret)
{
	size_t length = strlen(path);

	if (covers && length >= 3 && !strcmp(path + length - 3, "sys")) {
		covers = false;
		cover_sys();
	}
	return (int)syscall(SYS_statx, fd, path, flags, mask, ret);
}

static void covered_meanwhile(const void *data)
{
	const char *user = !strcmp(data, "newnet") ? "nina" : "alice";
	struct login login;

	rig_add_device();
	check(rig_exists("/sys/class/net/eth0"));
	login_start(&login, data, user);
	covers = true;
	check_answer(login_open(&login), PAM_SUCCESS);
	/* Otherwise nothing came in between. */
	check(!covers || rig_is_peer());
	check(!rig_exists("/sys/class/net/eth0"));
	check(rig_exists("/sys/class/net/lo"));
}

static const struct rig_case cases[] = {
	{ "mount-race: a mount that comes on /sys before it is first asked "
	  "for its id is not what the session has, newnet",
	  covered_meanwhile, "newnet", RIG_PLAIN },
	{ "mount-race: a mount that comes on /sys before it is first asked "
	  "for its id is not what the session has, usernet",
	  covered_meanwhile, "usernet", RIG_PLAIN },
};

RIG_MAIN("mount-race", cases)
