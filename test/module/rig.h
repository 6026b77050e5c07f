/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs each test on its own host: in new mount, network and PID namespaces,
 * with its own process 1, /run, /etc, /dev, /proc and /sys, a few accounts and
 * a log. The tests change nothing outside, and nothing is left behind.
 *
 * Accounts: alice (usernet), nina (newnet), both (both groups), bob (none),
 * lara (groupnet-lab), root.
 */
#ifndef RIG_H
#define RIG_H

#include "common/count.h"

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <syslog.h>

enum rig_flag {
	RIG_PRIVATE = 1 << 0,	   /* / is private, not shared as by systemd */
	RIG_HOST_UNKNOWN = 1 << 1, /* /proc/1/ns cannot be read */
	RIG_NO_NAMES = 1 << 2,	   /* no empty /etc/netns/USER */
	RIG_ONE_ROOT = 1 << 3,	   /* /etc is a directory of the root's mount */
	RIG_PLAIN = 1 << 4,	   /* for a plain build: not with $TEST_TOOL */
};

struct rig_case {
	const char *name;
	void (*run)(const void *data);
	const void *data;
	unsigned int flags;
};

/*
 * Runs each case on its own host and prints one TAP line for each. main() has
 * to return the result. argv[1] may be a pattern of the cases to run.
 */
int rig_main(int argc, char *argv[], const char *group,
	     const struct rig_case *cases, size_t count);

#define RIG_MAIN(group, cases)                                                 \
	int main(int argc, char *argv[])                                       \
	{                                                                      \
		return rig_main(argc, argv, group, cases, COUNT(cases));       \
	}

/* --- Assertions. The first that fails ends the test. --- */

/* What is tried at the moment. Each failure message begins with it. */
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
void rig_check_names(const char *file, int line);
long rig_must(const char *file, int line, const char *what, long result);

#define fail_because(...) rig_fail(__FILE__, __LINE__, __VA_ARGS__)
#define check(condition)                                                       \
	((condition) ? (void)0 : rig_fail(__FILE__, __LINE__, "%s", #condition))
#define check_int(got, want)                                                   \
	rig_check_int(__FILE__, __LINE__, #got, (long long)(got),              \
		      (long long)(want))
/* Compares texts. A failure shows the first line that differs. */
#define check_text(got, want) rig_check_text(__FILE__, __LINE__, got, want)
#define check_part(text, part)                                                 \
	rig_check_part(__FILE__, __LINE__, text, part, true)
#define check_no_part(text, part)                                              \
	rig_check_part(__FILE__, __LINE__, text, part, false)
/* Compares what libpam returned. */
#define check_answer(got, want) rig_check_answer(__FILE__, __LINE__, got, want)
/* Our modules logged a line of this priority that contains part. */
#define check_logged(priority, part)                                           \
	rig_check_logged(__FILE__, __LINE__, priority, part, true)
#define check_not_logged(priority, part)                                       \
	rig_check_logged(__FILE__, __LINE__, priority, part, false)
/* Our modules logged so many lines of this priority or a worse one. */
#define check_log_count(priority, want)                                        \
	rig_check_log_count(__FILE__, __LINE__, priority, want)
/* What is in the host's /run/netns are namespaces, not the host's, with lo up.
 */
#define check_names_whole() rig_check_names(__FILE__, __LINE__)
/* Where this process is: a name, HOST, or NEW. */
#define check_in(name) rig_check_place(__FILE__, __LINE__, name)
#define HOST	       "(host)"
#define NEW	       "(new)"
/* A system call of the test itself. If it fails the test fails. */
#define must(call) rig_must(__FILE__, __LINE__, #call, (long)(call))

/* What libpam returns if all modules of a stack return PAM_IGNORE. */
#define ALL_IGNORED PAM_PERM_DENIED

/* --- The host --- */

#define SCRATCH "/dev/rig"

/*
 * The environment variable MODULE_DIR is a directory of other modules that are
 * compared with ours. Then any denial is accepted where one is expected, and
 * only the tests of messages check messages.
 */
const char *rig_modules(void);
bool rig_is_peer(void);

/*
 * Writes a file in /etc/pam.d. Lines are separated by ';'. "newnet", "usernet"
 * and "groupnet" are modules under test, "env", "permit" and so on are those of
 * Linux-PAM. All are required unless a line begins with a "[control]".
 */
void rig_service(const char *service, const char *lines);

void rig_write(const char *path, const char *text);
void rig_append(const char *path, const char *text);
char *rig_read(const char *path);
/* Makes a directory and its parents, 0755. */
void rig_mkdir(const char *path);
bool rig_exists(const char *path);

/* /etc/netns/NAME/FILE */
void rig_override(const char *name, const char *file, const char *text);

/* Removes names and locks, as after a boot. Call it on the host. */
void rig_forget_names(void);

/* Inodes of namespaces: of this process, the host, a name. 0: none. */
ino_t rig_net(void);
ino_t rig_mounts(void);
ino_t rig_host_net(void);
ino_t rig_named(const char *name);

/*
 * Makes a system call fail from now on, with a seccomp filter. If mask is not
 * 0, only calls fail whose argument has one of these bits.
 */
void rig_refuse(int call, int argument, unsigned int mask, int error);

/* How many mounts the host, or this process, has at path. */
int rig_host_mounts_at(const char *path);
int rig_mounts_at(const char *path);

/*
 * Adds a network device "eth0" to the host. Skips the test if the kernel
 * cannot make one.
 */
void rig_add_device(void);
/* Whether lo is up in this process's network namespace. */
bool rig_loopback_is_up(void);

/*
 * Drops from what was seen what a failed login may leave behind: /run/netns,
 * its mount, and names. Returns text.
 */
char *rig_without_names(char *text);

/* All that see.h sees; the host alone; the process without its mounts. */
char *rig_see(pam_handle_t *pamh);
char *rig_see_host(void);
char *rig_see_self(pam_handle_t *pamh);

/* Another process. rig_wait() returns its status, or 128 + the signal. */
pid_t rig_fork(int (*run)(const void *data), const void *data);
int rig_wait(pid_t pid);

/* Runs it in a child that is in the host's mount namespace. */
void rig_on_host(void (*run)(const void *data), const void *data);

/*
 * Runs a program and returns its status as rig_wait() does. ret_output, if not
 * NULL, is its output.
 */
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

/* Starts and opens a login, and checks the answer. */
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

/* A block that the driver printed: "before", "open" or "close". */
char *driven_block(const struct driven *driven, const char *when);

/* The inode of the network namespace in that block. */
ino_t driven_net(const struct driven *driven, const char *when);

/*
 * How often a call was made before, and between, the marks of the driver
 * around open (or close), by the process itself; and how often by that child
 * of it which made it most often.
 */
struct driven_calls {
	int before;
	int within;
	int helper;
};

struct driven_calls driven_count(const struct driven *driven, const char *call,
				 const char *mark);

/* --- Faults at each call of a login, one after the other --- */

struct sweep {
	const char *call;  /* which system call */
	const char *fault; /* as strace -e inject=CALL:FAULT */
	const char *service;
	const char *user;
	const char *name;      /* the namespace that user gets, or NEW */
	const char *driver;    /* options of the driver, or NULL */
	bool joins;	       /* the name exists before */
	bool undone;	       /* check all-or-nothing for the peer too */
	bool denies;	       /* each fault must deny the login */
	void (*prepare)(void); /* called before each login, or NULL */
};

/*
 * Runs the login once for each time it makes the call, with the fault there.
 * Either it opens, and the process is in the right namespace with the right
 * mounts; or it is denied, and process and host are as before, but for the name
 * if it is bound, and /run/netns.
 */
void sweep_faults(const struct sweep *sweep);

/* Kills the login at each call. The next login has to work. */
void sweep_kills(const struct sweep *sweep);

#endif
