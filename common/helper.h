/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child process that works for a login but belongs to root alone. Owns
 * clone(2), wait(2) and all that changes a process in these ways.
 *
 * The application may be a su(1) whose real uid is a user's: that user may
 * stop it, kill it, starve it and limit it. What others wait for is done by a
 * helper, which takes nothing over from the user.
 */
#ifndef HELPER_H
#define HELPER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A login that waits longer than this for a name is denied. */
enum { HELPER_WAIT_MS = 40 * 1000 };

/* What a helper sets as PID 1, or a service of root's, has it. */
enum helper_setting {
	HELPER_CGROUP,
	HELPER_CREDENTIALS,
	HELPER_SESSION,
	HELPER_SCHEDULER,
	HELPER_OOM_SCORE,
	HELPER_LIMITS,
	HELPER_COUNT_,
};

/* 0, or the -errno for which the helper kept what the caller has. */
struct helper_settings {
	int error[HELPER_COUNT_];
};

/* What a setting is called in a message. */
const char *helper_setting_name(enum helper_setting setting);

struct helper_job {
	/* Returns a descriptor, which is sent to the caller, or -errno. */
	int (*work)(const void *request, void *result);
	const void *request;
	void *result; /* what work writes is taken over */
	size_t size;  /* of result, in bytes, up to 4096 */
	int wait_ms;  /* without an answer by then, it is killed */
	int stay_ms;  /* how long it stays then, unless helper_release() */
	/*
	 * For work that nobody but the caller waits for, and that may itself
	 * wait for a server of the user's. A process that waits for FUSE cannot
	 * always be killed, and the user could leave many behind. So it keeps
	 * the caller's uids and cgroup, which the user's limits count, and is
	 * killed when the caller dies.
	 */
	bool for_caller_only;
	/* What it does at its end, or NULL. Nobody waits long for that. */
	void (*end)(const void *request);
	/* What it goes on with if work has not failed, or NULL. */
	const struct helper_job *next;
};

/* One that has given an answer. */
struct helper {
	pid_t pid;
	int pidfd;
	int socket;
};

#define HELPER_NONE                                                            \
	((struct helper){ .pid = -1, .pidfd = -EBADF, .socket = -EBADF })

/*
 * Runs a job in a child.
 *
 * The child has a copy of the memory of this process, as after fork(2), and
 * none of its descriptors, but what file_close_range() leaves. Before work is
 * called it is root's: all uids and gids are 0, it has no groups, all signals
 * that can be are blocked, it is in a session of its own, has the usual
 * scheduling on all processors, the out-of-memory score and the resource limits
 * of PID 1, and, where cgroup2 allows it, its cgroup. What it may not change it
 * keeps; ret_settings says so. Its umask is 0, and its working directory "/".
 * Nothing of this is done for_caller_only, but for "/" and the signals.
 * work must not log or call libpam, and, if this process has other threads, it
 * must not allocate: one of them may have held a lock when the child was made.
 *
 * The application does not see it: it ends without SIGCHLD, and wait(2) does
 * not find it. It goes on when this process dies, until its answer at least,
 * unless it is for_caller_only.
 *
 * ret: the child, to be given to helper_release(); NULL: it is waited for.
 *
 * Returns 0 with *ret_fd, a close-on-exec descriptor or the -errno that work
 * returned. Or -errno if there was no answer; the result and ret are unchanged
 * then, and of ret_settings only the cgroup is known: -ETIMEDOUT; -ECHILD: it
 * was killed; -EXDEV: children of this process begin in another PID namespace,
 * where it would be PID 1; -EMFILE: no room for the descriptor; -errno of
 * stat(2), socketpair(2), clone(2), poll(2), recvmsg(2); -EMSGSIZE: size is too
 * large. Where no child was made, ret_settings is unchanged.
 */
int helper_run(const struct helper_job *job, int *ret_fd,
	       struct helper_settings *ret_settings, struct helper *ret);

/*
 * Waits for the answer to the next job of one. Returns as helper_run(); on
 * failure the helper is killed, and to be released all the same.
 */
int helper_next(struct helper *helper, const struct helper_job *next,
		int *ret_fd);

/* Lets a helper go, and waits for its end. */
void helper_release(struct helper *helper);

/*
 * For a process that helper_run() has started: gives it the effective uid of a
 * user, with all capabilities, or makes it wholly root's again. The real and
 * the saved uid stay root's, so that the user can neither signal nor trace it;
 * nor starve it, as it has capabilities that he has not.
 *
 * Returns 0; -EINVAL: the uid has no mapping in this user namespace; -errno of
 * setresuid(2), capset(2), prctl(2). Then helper_act_as_root() is needed, too.
 */
int helper_act_as(uid_t uid);
int helper_act_as_root(void);

/*
 * A child that only waits, in a user namespace of its own that belongs to the
 * effective uid, and in a network namespace of that. The user may stop, kill
 * and starve it: nobody may wait for it to do anything. It has no descriptors,
 * its memory is closed to him, and it does not outlive its parent.
 */
struct helper_holder {
	pid_t pid;
	int pidfd;
};

#define HELPER_HOLDER_NONE                                                     \
	((struct helper_holder){ .pid = -1, .pidfd = -EBADF })

/*
 * Makes one. Returns 0; -EXDEV: clone(2) reports success but changes nothing;
 * -errno of clone(2).
 */
int helper_hold(struct helper_holder *ret);

/* Kills it. Returns whether somebody else has done so before. */
bool helper_holder_kill(struct helper_holder *holder);

/* Waits for the end of one that was killed. */
void helper_holder_release(struct helper_holder *holder);

#endif
