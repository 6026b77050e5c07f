/* SPDX-License-Identifier: GPL-2.0-or-later */
/* name-race: a name that another process makes anew while a login enters it. */
#include "rig.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

#define GENERATED "/run/pam_net/etc/alice"

/* The name is made anew by another login when this one looks there. */
static struct anew {
	const char *remove; /* what is left of the old namespace */
	bool when_used;	    /* else when it is looked for */
	bool own_mounts;    /* the caller is not in the host's */
} anew;
static pid_t self;

/* As by another login, which removes what is left of the old namespace. */
static void make_anew_by_login(const void *data)
{
	make_anew(data);
	check_int(RIG_RUN(NULL, "sh", "-c", anew.remove), 0);
}

static void look_at(const char *path, bool when_used)
{
	if (left == 0 || !anew.remove || getpid() != self ||
	    when_used != anew.when_used ||
	    strncmp(path, GENERATED, strlen(GENERATED)) != 0)
		return;
	left--;
	made++;
	rig_on_host(make_anew_by_login, NULL);
}

/* The modules call these, as the program comes before the library. */
int lstat(const char *path, struct stat *ret)
{
	look_at(path, true);
	return fstatat(AT_FDCWD, path, ret, AT_SYMLINK_NOFOLLOW);
}

int fstatat(int directory, const char *path, struct stat *ret, int flags)
{
	static int (*real)(int, const char *, struct stat *, int);

	if (!real)
		real = (__typeof__(real))(uintptr_t)dlsym(RTLD_NEXT, "fstatat");
	look_at(path, false);
	return real(directory, path, ret, flags);
}

int setns(int fd, int type)
{
	int r = (int)syscall(SYS_setns, fd, type);

	/* Not where a login goes back to the host. */
	if (r == 0 && type == CLONE_NEWNET && left > 0 && !anew.remove &&
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

/* Who joins the old namespace sees all that was generated for it, or nobody. */
static void generated_goes(const void *data)
{
	const struct anew *row = data;
	struct login login;

	rig_write("/etc/motd", "of the host\n");
	rig_write("/etc/generate",
		  "#!/bin/sh\n"
		  "test $1 != create || echo generated >$NETNS_ETC/motd\n");
	must(chmod("/etc/generate", 0755));
	rig_service("usernet", "usernet init=/etc/generate");
	login_as(&login, "usernet", "alice", PAM_SUCCESS);
	check_text(rig_read("/etc/motd"), "generated\n");
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	if (row->own_mounts)
		must(unshare(CLONE_NEWNS));
	login_start(&login, "usernet", "alice");
	self = getpid();
	anew = *row;
	left = 1;
	check_answer(login_open(&login), PAM_SUCCESS);
	check_int(made, 1);
	check_in("alice");
	check_text(rig_read("/etc/motd"), "of the host\n");
}

static const struct anew before = { "rm -r " GENERATED, .when_used = false };
static const struct anew after = { "rm -r " GENERATED, .when_used = true };
static const struct anew in_part = { "rm " GENERATED "/*/motd",
				     .when_used = true };
static const struct anew own_before = { "rm -r " GENERATED,
					.own_mounts = true };
static const struct anew own_in_part = { "rm " GENERATED "/*/motd",
					 .when_used = true,
					 .own_mounts = true };

static const struct rig_case cases[] = {
	{ "name-race: a name that is made anew nine times is entered",
	  nine_times, NULL, RIG_PLAIN },
	{ "name-race: the tenth time the login is denied, and the caller is "
	  "where it was",
	  without_end, NULL, RIG_PLAIN },
	{ "name-race: what programs have generated goes before it is found",
	  generated_goes, &before, RIG_PLAIN },
	{ "name-race: it goes after it was found", generated_goes, &after,
	  RIG_PLAIN },
	{ "name-race: part of it goes", generated_goes, &in_part, RIG_PLAIN },
	{ "name-race: it goes before a caller in mounts of its own sees it",
	  generated_goes, &own_before, RIG_PLAIN },
	{ "name-race: part of it goes, in mounts of its own", generated_goes,
	  &own_in_part, RIG_PLAIN },
};

RIG_MAIN("name-race", cases)
