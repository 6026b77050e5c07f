/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said, to whom, and which PAM code goes with it. */
#ifndef LOG_H
#define LOG_H

#include "fault.h"

#include <security/pam_modules.h>
#include <stdbool.h>
#include <sys/types.h>

struct log {
	pam_handle_t *pamh;
	const char *module; /* as libpam calls it, for the file */
	const char *file;   /* absolute path, or NULL */
	bool debug;
	bool silent; /* PAM_SILENT: not a word to the user */
};

/* A login that was opened or closed, for one line of key=value. */
struct log_session {
	const char *user;
	const char *name;
	unsigned long long inode;
	bool created;
	pid_t leader; /* who opened it; who closes may be another */
};

/*
 * All lines go to syslog by pam_syslog(3), under libpam's identity, and to
 * the file, if there is one that is a regular file of root's which nobody
 * else can write (it is made, 0600, if it is not there). A file that cannot
 * be written is no reason to fail.
 */
void log_debug(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_warning(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "opened" or "closed", one line each. */
void log_session(const struct log *log, const char *event,
		 const struct log_session *session);

/* Tells the user, who wants to know, where he is. */
void log_announce(const struct log *log, const char *name);

/*
 * One line of why user is denied, and a word to the user. Returns the PAM
 * code of the denial: PAM_USER_UNKNOWN, PAM_SERVICE_ERR, PAM_BUF_ERR or
 * PAM_ABORT; never PAM_SUCCESS, PAM_IGNORE or PAM_SESSION_ERR, which sudo
 * takes for a reason to go on.
 */
int log_denial(const struct log *log, const char *user,
	       const struct fault *fault);

/* The same fault, for somebody it does not keep out. Returns PAM_IGNORE. */
int log_pass(const struct log *log, const char *user,
	     const struct fault *fault);

/* Writes the reason in words to ret, for log and its tests. */
void log_explain(const struct fault *fault, char *ret, size_t size);

#endif
