/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One login in a process of its own, and the host around it. */
#ifndef LOGIN_H
#define LOGIN_H

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum login_flag {
	LOGIN_JOINS = 1 << 0,	  /* the name is there already */
	LOGIN_PREPARED = 1 << 1,  /* another name is there */
	LOGIN_IP = 1 << 2,	  /* one that ip-netns(8) made is there */
	LOGIN_STALE = 1 << 3,	  /* an empty file of that name is there */
	LOGIN_OVERRIDES = 1 << 4, /* /etc/netns/alice has entries */
	LOGIN_SLAVE = 1 << 5,	  /* as in a unit with PrivateTmp= */
	LOGIN_NESTED = 1 << 6,	  /* by su, in another user's session */
	LOGIN_CHROOT = 1 << 7,	  /* from another root, which is a mount */
	LOGIN_UNKNOWN = 1 << 8,	  /* what PID 1 is cannot be read */
	LOGIN_IN_SYS = 1 << 9,	  /* the cwd is in /sys */
	LOGIN_RULES = 1 << 10,	  /* a policy file is there */
	LOGIN_CORE = 1 << 11,	  /* tried in the short form too */
};

/* Where a login lands, if it is not a name. */
#define NEW  "(new)"
#define HOST "(host)"
#define STAY "(stays)"

struct login {
	const char *name;
	const char *stack; /* lines, divided by ';' */
	const char *user;
	const char *lands;
	unsigned int flags;
};

/* Where callers that are chrooted stand: a copy of the host's tree. */
#define NEW_ROOT "/opt/proof-root"

extern const struct login logins[];
extern const size_t login_count;

/* What a process and its mounts look like, as see.h says it. */
struct seen {
	ino_t net;
	ino_t mounts;
	char text[1 << 18];
};

/* STAGE_BETWEEN: behind the line of a stack that announces itself. */
enum stage {
	STAGE_BEFORE,
	STAGE_BETWEEN,
	STAGE_OPEN,
	STAGE_CLOSE,
	STAGE_COUNT
};

/* What became of a login; memory that its process shares. */
struct course {
	int answers[STAGE_COUNT];
	int reached; /* enum stage */
	bool broken; /* it could not begin */
	struct seen seen[STAGE_COUNT];
};

/* Ends the program: the machinery is broken, not what is tested. */
_Noreturn void fatal(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
long must(const char *what, long result);

/* To be called once, in a test host: writes the stacks. */
void host_start(void);

/* For a login that is not one of logins. */
void host_add_stack(const struct login *login);

/*
 * Takes over /dev/log, for host_log(). Whoever logs waits while some hundred
 * lines have not been taken.
 */
void host_take_log(void);

/* As after a boot: no name, no lock. */
void host_reset(void);

/* As this login is to find the host. */
void host_prepare(const struct login *login);

/* Once for each login, before the first of them. */
void host_configure(const struct login *login);

/* The namespace of a name, or 0. */
ino_t host_named(const char *name);
ino_t host_net(void);

/* What see_host() says, to be freed. */
char *host_see(void);

/* How many mounts of the host lie at path. */
int host_mounts_at(const char *path);

/* What was logged since the last call; "" without host_take_log(). */
const char *host_log(void);

/*
 * Whether a program is to try it: those that its command line names, else all
 * with --all, else those of the core.
 */
bool login_is_wanted(const struct login *login, int argc, char *argv[]);
bool has_word(int argc, char *argv[], const char *word);

struct course *course_make(void);
void course_free(struct course *course);

/*
 * Starts a login. traced: STAGE_OPEN or STAGE_CLOSE: stops there to be
 * traced; STAGE_BEFORE: never.
 */
pid_t login_start(const struct login *login, struct course *course,
		  enum stage traced);

/* If set, called before and after what the modules do. */
extern void (*login_around_modules)(bool inside);

/* An undisturbed one. Returns its status as waitpid(2) does. */
int login_run(const struct login *login, struct course *course);

/* A handle for this login in this process, for pam_open_session(3). */
pam_handle_t *login_handle(const struct login *login);

/* Whether the process is where the login lands. */
bool login_landed(const struct login *login, const struct course *course);

/*
 * System calls that stand out in a trace, by their first argument: the end of
 * what the modules do, where they begin to do more, and a pause.
 */
enum { MARK = -4242, MARK_AGAIN = -4243, MARK_PAUSE = -4244 };

#endif
