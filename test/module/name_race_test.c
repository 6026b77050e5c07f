/* SPDX-License-Identifier: GPL-2.0-or-later */
/* name-race: a name that another process makes anew while a login enters it. */
#include "rig.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How many times more the name is made anew, and how often it was. */
static int left;
static int made;

/* As "ip netns delete" and "ip netns add" do. */
static void make_anew(const void *data)
{
	(void)data;
	must(umount2("/run/netns/alice", MNT_DETACH));
	must(unlink("/run/netns/alice"));
	rig_write("/run/netns/alice", "");
	must(unshare(CLONE_NEWNET));
	must(mount("/proc/self/ns/net", "/run/netns/alice", NULL, MS_BIND,
		   NULL));
}

/* The modules call this one, as the program comes before the library. */
int setns(int fd, int type)
{
	int r = (int)syscall(SYS_setns, fd, type);

	/* Not where a login goes back to the host. */
	if (r == 0 && type == CLONE_NEWNET && left > 0 &&
	    rig_net() != rig_host_net()) {
		left--;
		made++;
		rig_on_host(make_anew, NULL);
	}
	return r;
}

/* Makes the name, and begins a login, which will try ten times. */
static void begin(struct login *login, int times)
{
	login_as(login, "usernet", "alice", PAM_SUCCESS);
	check_answer(login_close(login), PAM_SUCCESS);
	login_end(login);
	login_start(login, "usernet", "alice");
	left = times;
}

static void nine_times(const void *data)
{
	struct login login;

	(void)data;
	begin(&login, 9);
	check_answer(login_open(&login), PAM_SUCCESS);
	check_int(made, 9);
	check_in("alice");
}

static void without_end(const void *data)
{
	struct login login;
	const char *before;

	(void)data;
	begin(&login, 100);
	before = rig_see_self(login.pamh);
	check_answer(login_open(&login), PAM_ABORT);
	check_int(made, 10);
	left = 0;
	check_text(rig_see_self(login.pamh), before);
	check_in(HOST);
	check_logged(LOG_ERR, "it keeps being deleted and created again");
	login_end(&login);
	/* The next one finds it left alone. */
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
}

static const struct rig_case cases[] = {
	{ "name-race: a name that is made anew nine times is entered",
	  nine_times, NULL, RIG_PLAIN },
	{ "name-race: the tenth time the login is denied, and the caller is "
	  "where it was",
	  without_end, NULL, RIG_PLAIN },
};

RIG_MAIN("name-race", cases)
