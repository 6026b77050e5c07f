/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one login in a process of its own, on a host that it prepares. */
#ifndef LOGIN_H
#define LOGIN_H

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum login_flag {
	LOGIN_JOINS = 1 << 0,	  /* the name exists */
	LOGIN_PREPARED = 1 << 1,  /* another name exists */
	LOGIN_IP = 1 << 2,	  /* another name, made by ip-netns(8) */
	LOGIN_STALE = 1 << 3,	  /* an empty file has the name */
	LOGIN_OVERRIDES = 1 << 4, /* /etc/netns/alice has entries */
	LOGIN_SLAVE = 1 << 5,	  /* as in a unit with PrivateTmp= */
	LOGIN_NESTED = 1 << 6,	  /* like su in another user's session */
	LOGIN_CHROOT = 1 << 7,	  /* in a chroot that is a mount point */
	LOGIN_UNKNOWN = 1 << 8,	  /* /proc/1/ns cannot be read */
	LOGIN_IN_SYS = 1 << 9,	  /* the cwd is in /sys */
	LOGIN_RULES = 1 << 10,	  /* with a policy file */
	LOGIN_CORE = 1 << 11,	  /* also without --all */
	LOGIN_IN = 1 << 12,	  /* the same user is in already, and stays */
	LOGIN_OWN = 1 << 13,	  /* shares no mounts, as its cwd has no path */
	LOGIN_OWNED = 1 << 14,	  /* LOGIN_NESTED, that user has the network */
};

/* Values of login.netns that are not a name. */
#define NEW  "(new)"
#define HOST "(host)"
#define STAY "(stays)"

struct login {
	const char *name;
	const char *stack; /* PAM lines, separated by ';' */
	const char *user;
	const char *netns; /* where the login has to end up */
	unsigned int flags;
};

/* The root of chrooted callers: a recursive bind mount of /. */
#define NEW_ROOT "/opt/proof-root"

extern const struct login logins[];
extern const size_t login_count;

/* What a line with hide= hides: paths that host_start() has filled. */
#define HIDDEN_FILE	 "/var/lib/proof-secret"
#define HIDDEN_DIRECTORY "/opt"

/* The state of a process and its mounts, as text written by see.h. */
struct snapshot {
	ino_t net;
	ino_t mounts;
	char resolver[64]; /* what /etc/resolv.conf has */
	bool sees_file;	   /* what is in HIDDEN_FILE */
	bool sees_directory;
	char text[1 << 18];
};

/* STAGE_BETWEEN: after a line of the stack that has "announce". */
enum stage {
	STAGE_BEFORE,
	STAGE_BETWEEN,
	STAGE_OPEN,
	STAGE_CLOSE,
	STAGE_COUNT
};

/* What happened in a login. The memory is shared with its process. */
struct report {
	int answers[STAGE_COUNT];
	int last_stage; /* enum stage; -1: none */
	struct snapshot snapshots[STAGE_COUNT];
};

/* Ends the program: the test itself failed, not what is tested. */
_Noreturn void fatal(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
long must(const char *what, long result);

/*
 * Call this once, in a test host. It writes the PAM stacks, and makes this
 * process the subreaper of helpers that outlive their login.
 */
void host_start(void);

/* Waits until no child of this process is left, at most 60 s. */
void host_wait_for_helpers(void);

/* Writes the stack of a login that is not in logins. */
void host_add_stack(const struct login *login);

/*
 * Takes over /dev/log, for host_log(). When some hundred lines are unread, a
 * process that logs has to wait.
 */
void host_capture_log(void);

/* Makes the host as after a boot: no name, no lock. */
void host_reset(void);

/* Makes the host as this login expects it. */
void host_prepare(const struct login *login);

/* Writes /etc for this login. Call it before host_prepare(). */
void host_configure(const struct login *login);

/* The namespace of a name, or 0. */
ino_t host_named(const char *name);
ino_t host_net(void);

/* The text of see_host(); to be freed. */
char *host_snapshot(void);

/* How many mounts the host has at path. */
int host_mounts_at(const char *path);

/* What was logged since the last call; "" without host_capture_log(). */
const char *host_log(void);

/*
 * Whether the program runs this login. These are the logins that the command
 * line names; or all of them with --all; or those with LOGIN_CORE.
 */
bool login_is_wanted(const struct login *login, int argc, char *argv[]);
bool has_argument(int argc, char *argv[], const char *word);

struct report *report_new(void);
void report_free(struct report *report);

/*
 * Starts a login. With STAGE_OPEN or STAGE_CLOSE it stops before that stage,
 * to be traced; with STAGE_BEFORE it does not stop.
 */
pid_t login_start(const struct login *login, struct report *report,
		  enum stage traced);

/* If set, called before and after each call of the modules. */
extern void (*login_hook)(bool inside);

/*
 * Runs a login undisturbed and waits for its helpers too. Returns the status of
 * the login as waitpid(2) does.
 */
int login_run(const struct login *login, struct report *report);

/* A PAM handle for this login in this process. */
pam_handle_t *login_handle(const struct login *login);

/* Whether the process was in the right namespace after it opened. */
bool login_is_in_netns(const struct login *login, const struct report *report);

/*
 * The path that its session sees otherwise than its line promises: what init=
 * has generated, or what hide= hides. NULL: none.
 */
const char *login_sees_wrong(const struct login *login,
			     const struct report *report);

/*
 * The tracer recognises these system calls by their first argument: the
 * modules have ended, they run again, they are interrupted.
 */
enum { MARK = -4242, MARK_AGAIN = -4243, MARK_PAUSE = -4244 };

#endif
