/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host for each test: mount, network and PID namespaces of its own, with an
 * own process 1, /run, /etc, /dev, /proc and /sys, a few accounts, and what
 * they log. Nothing outside is touched, nothing remains.
 *
 * Accounts: alice (usernet), nina (newnet), both (both groups), bob (none),
 * lara (groupnet-lab), root.
 */
#ifndef RIG_H
#define RIG_H

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <syslog.h>

enum rig_flag {
	RIG_PRIVATE = 1 << 0,	   /* / is private, not shared as by systemd */
	RIG_HOST_UNKNOWN = 1 << 1, /* the links of process 1 are out of reach */
	RIG_NO_NAMES = 1 << 2,	   /* no empty /etc/netns/USER (F23) */
	RIG_ONE_ROOT = 1 << 3,	   /* /etc is a directory of the root's mount */
	RIG_PLAIN = 1 << 4,	   /* of a plain build: not with $TEST_TOOL */
};

struct rig_case {
	const char *name;
	void (*run)(const void *data);
	const void *data;
	unsigned int flags;
};

/*
 * Runs each case on a host of its own, one TAP line each, for main() to
 * return. An argument is a pattern of the cases to run.
 */
int rig_main(int argc, char *argv[], const char *group,
	     const struct rig_case *cases, size_t count);

#define RIG_MAIN(group, cases)                                                 \
	int main(int argc, char *argv[])                                       \
	{                                                                      \
		return rig_main(argc, argv, group, cases,                      \
				sizeof(cases) / sizeof((cases)[0]));           \
	}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- Assertions. The first that fails ends the test. --- */

/* What is being tried, told with a failure. */
void rig_context(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void rig_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void rig_skip(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void rig_check_int(const char *file, int line, const char *what, long long got,
		   long long want);
void rig_check_text(const char *file, int line, const char *got,
		    const char *want);
void rig_check_part(const char *file, int line, const char *text,
		    const char *part, bool wanted);
void rig_check_answer(const char *file, int line, int got, int want);
void rig_check_logged(const char *file, int line, int priority,
		      const char *part, bool wanted);
void rig_check_log_count(const char *file, int line, int priority, int want);
void rig_check_place(const char *file, int line, const char *name);
long rig_must(const char *file, int line, const char *what, long result);

#define fail_because(...) rig_fail(__FILE__, __LINE__, __VA_ARGS__)
#define check(condition)                                                       \
	((condition) ? (void)0 : rig_fail(__FILE__, __LINE__, "%s", #condition))
#define check_int(got, want)                                                   \
	rig_check_int(__FILE__, __LINE__, #got, (long long)(got),              \
		      (long long)(want))
/* Two texts, told apart by their first different line. */
#define check_text(got, want) rig_check_text(__FILE__, __LINE__, got, want)
#define check_part(text, part)                                                 \
	rig_check_part(__FILE__, __LINE__, text, part, true)
#define check_no_part(text, part)                                              \
	rig_check_part(__FILE__, __LINE__, text, part, false)
/* What libpam answered. */
#define check_answer(got, want) rig_check_answer(__FILE__, __LINE__, got, want)
/* A line of our modules of this priority that contains part. */
#define check_logged(priority, part)                                           \
	rig_check_logged(__FILE__, __LINE__, priority, part, true)
#define check_not_logged(priority, part)                                       \
	rig_check_logged(__FILE__, __LINE__, priority, part, false)
/* So many lines of our modules, of this priority or worse. */
#define check_log_count(priority, want)                                        \
	rig_check_log_count(__FILE__, __LINE__, priority, want)
/* Where this process is: a name, HOST, or NEW. */
#define check_in(name) rig_check_place(__FILE__, __LINE__, name)
#define HOST	       "(host)"
#define NEW	       "(new)"
/* A system call of the test itself: -1 ends it. Returns the result. */
#define must(call) rig_must(__FILE__, __LINE__, #call, (long)(call))

/* What libpam makes of a stack in which all answer PAM_IGNORE. */
#define ALL_IGNORED PAM_PERM_DENIED

/* --- The host --- */

#define SCRATCH "/dev/rig"

/*
 * MODULE_DIR in the environment has other modules, to be compared with ours:
 * then any denial is as good as another, and words are judged by the tests
 * of messages only.
 */
const char *rig_modules(void);
bool rig_is_peer(void);

/*
 * A file of /etc/pam.d. lines, divided by ';': "newnet", "usernet" or
 * "groupnet" and arguments for a module under test, "env", "permit"… for one of
 * Linux-PAM. All are required, unless a line begins with a "[control]".
 */
void rig_service(const char *service, const char *lines);

void rig_write(const char *path, const char *text);
void rig_append(const char *path, const char *text);
char *rig_read(const char *path);
/* A directory with all above it, 0755. */
void rig_mkdir(const char *path);
bool rig_exists(const char *path);

/* /etc/netns/NAME/FILE */
void rig_override(const char *name, const char *file, const char *text);

/* As after a boot: no names, no locks. For a process on the host. */
void rig_forget_names(void);

/* The inodes of namespaces: of this process, of the host, of a name. 0: none.
 */
ino_t rig_net(void);
ino_t rig_mounts(void);
ino_t rig_host_net(void);
ino_t rig_named(const char *name);

/* Makes a system call fail from now on, by a seccomp filter; mask: only if its
 * argument has one of these bits; 0: always. */
void rig_refuse(int call, int argument, unsigned int mask, int error);

/* How many mounts the host, or this process, has at path. */
int rig_host_mounts_at(const char *path);
int rig_mounts_at(const char *path);

/*
 * A network device that the host has and no new namespace: "eth0". Skips the
 * test where the kernel can make none.
 */
void rig_add_device(void);
/* Whether lo is up where this process is. */
bool rig_loopback_is_up(void);

/* All that see.h sees; the host alone; the process without its mounts. */
char *rig_see(pam_handle_t *pamh);
char *rig_see_host(void);
char *rig_see_self(pam_handle_t *pamh);

/* Another process. rig_wait(): its exit status, or 128 + the signal. */
pid_t rig_fork(int (*run)(const void *data), const void *data);
int rig_wait(pid_t pid);

/* The same in the host's mounts, from wherever this process is by now. */
void rig_on_host(void (*run)(const void *data), const void *data);

/* Runs a program; its output, if ret_output is not NULL. As rig_wait(). */
int rig_run(char **ret_output, const char *const argv[]);
#define RIG_RUN(ret_output, ...)                                               \
	rig_run(ret_output, (const char *const[]){ __VA_ARGS__, NULL })

/* --- The log: lines as "err pam_usernet(SERVICE:session): …" --- */

const char *rig_log(void);
void rig_log_forget(void);
int rig_log_count(int priority);

/* --- Logins --- */

struct login {
	pam_handle_t *pamh;
	char said[4096]; /* "error: …" and "info: …", a line each */
};

void login_start(struct login *login, const char *service, const char *user);
int login_open(struct login *login);
int login_open_silently(struct login *login);
int login_close(struct login *login);
void login_end(struct login *login);

/* All at once: starts, opens, and checks the answer. */
#define login_as(login, service, user, answer)                                 \
	do {                                                                   \
		login_start(login, service, user);                             \
		check_answer(login_open(login), answer);                       \
	} while (0)

/* --- Logins of another process --- */

struct drive {
	const char *strace; /* options of strace(1); NULL: without it */
	const char *driver; /* options of the driver, or NULL */
	const char *service;
	const char *user;
};

struct driven {
	int status; /* 0 opened, 1 denied, 128 + signal */
	char *output;
	char *trace;
};

/* Runs the driver. Options are divided by spaces. */
struct driven drive(const struct drive *drive);
void driven_free(struct driven *driven);

/* What the driver printed in "before", "open" or "close". */
char *driven_block(const struct driven *driven, const char *when);

/* The inode of its network namespace in that block. */
ino_t driven_net(const struct driven *driven, const char *when);

/*
 * How often a call was made before, and between, the marks of the driver
 * around open (or close), by the process itself.
 */
struct driven_calls {
	int before;
	int within;
};

struct driven_calls driven_count(const struct driven *driven, const char *call,
				 const char *mark);

/* --- A fault at each call of a login, one after the other --- */

struct sweep {
	const char *call;  /* which system call */
	const char *fault; /* as strace -e inject=CALL:FAULT */
	const char *service;
	const char *user;
	const char *name;      /* where that user lands, or NEW */
	const char *driver;    /* options of the driver, or NULL */
	bool joins;	       /* the name is there before */
	bool undone;	       /* what is promised is all-or-nothing */
	bool denies;	       /* none of the calls may fail unnoticed */
	void (*prepare)(void); /* called before each login, or NULL */
};

/*
 * Runs the login once for each time it makes the call, with the fault there.
 * Either the session is opened, the process is where it is meant to be and
 * has its view, or process and host are as they were.
 */
void sweep_faults(const struct sweep *sweep);

/* Kills the login at each call; the next one has to work. */
void sweep_kills(const struct sweep *sweep);

#endif
