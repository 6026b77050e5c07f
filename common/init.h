/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * init=PROGRAM[,PROGRAM...]: what fills a namespace before anybody is in it.
 * Each program is called as PROGRAM create NAME USER, and as PROGRAM remove
 * NAME USER, as root, in the host's network and mounts.
 */
#ifndef INIT_H
#define INIT_H

#include "failure.h"
#include "ns.h"
#include "program.h"

#include <stdbool.h>
#include <stddef.h>

struct init_request {
	const char *programs; /* as options.h has it */
	const char *name;     /* of the namespace; net:[INODE] */
	const char *user;
	const char *service;
	const char *rhost;     /* or "" */
	const char *tty;       /* or "" */
	const char *etc;       /* the directory below /etc/netns */
	const char *generated; /* the directory for NETNS_ETC */
	int net;	       /* the namespace, which this process is in;
				* for init_remove() -EBADF if it is gone */
	const struct ns_host *host;
	pid_t caller;	    /* as in program.h */
	long long deadline; /* deadline_in(): when all has to be over */
};

/*
 * Runs the programs one after the other, 30 s in all, or until 4 s before the
 * request's deadline, if that is sooner. For a process that may call
 * program_run(), and that has the host's mounts.
 *
 * Returns 0, or -errno with failure, and what was created is removed, as
 * init_remove() does it. The process is in the namespace again, unless that is
 * what failed.
 */
int init_create(const struct init_request *request,
		struct program_output *output, struct failure *failure);

/* How long all programs together may take to undo what they have made. */
enum { INIT_REMOVE_MS = 10 * 1000 };

/*
 * Undoes a complete init_create(), in reverse order, in INIT_REMOVE_MS, or less
 * if the request's deadline is nearer. What fails keeps no other program from
 * being called. The process is in the host's network namespace then.
 *
 * Returns 0, or -errno with failure, of the first that failed, unless
 * failure is NULL.
 */
int init_remove(const struct init_request *request,
		struct program_output *output, struct failure *failure);

/* The word at a place of the list. False: there is none. */
bool init_program_at(const char *programs, unsigned int at, char *ret,
		     size_t room);

/*
 * Whether path is a file that can be executed, and that nobody but root can
 * change or exchange: it and all directories on the way to it, those of
 * symbolic links too, are root's, and writable by root only.
 *
 * Returns 0; or with the path of what is at fault in ret: -EPERM: it is not
 * root's alone; -EACCES: it cannot be executed; -EISDIR, -ENXIO: it is no file;
 * -EINVAL: the path is not absolute; -ENOTDIR; -ELOOP; -ENAMETOOLONG; -errno of
 * openat(2), fstat(2), readlinkat(2).
 */
int init_check_path(const char *path, char *ret, size_t room);

/*
 * The same for a program that is to be run. Returns 0, or -errno with failure;
 * its details are the path of what is at fault, if it is another one.
 */
int init_check_program(const char *path, struct failure *failure);

/*
 * Fills in failure for a program that could not be started: error is that of
 * program_run(), or of execve(2). Returns error.
 */
int init_exec_failed(const char *path, int error, struct failure *failure);

#endif
