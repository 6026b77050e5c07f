/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said, to whom, and which PAM code goes with it. */
#ifndef LOG_H
#define LOG_H

#include "failure.h"

#include <security/pam_modules.h>
#include <stdbool.h>
#include <sys/types.h>

struct log {
	pam_handle_t *pamh;
	const char *module; /* as libpam calls it, for the file */
	const char *file;   /* absolute path, or NULL */
	bool debug;
	bool silent; /* PAM_SILENT: nothing is said to the user */
};

/*
 * A login, as its lines of the log name it: the same for "opened", "closed" and
 * "denied", so that they can be joined with each other, with auditd(8) and with
 * logind.
 */
struct log_session {
	const char *user;
	const char *name;	  /* of the namespace; NULL: it has none yet */
	unsigned long long inode; /* 0: it is not entered yet */
	bool made;		  /* the namespace, by this login */
	pid_t leader;		  /* who opened it; who closes may be another */
	unsigned long long start_time; /* of the leader, in ticks; 0: unknown */
	char audit_session[16];	       /* /proc/self/sessionid, 4294967295 if
					* there is none; "": unknown */
};

/* The login of user in this process, without a namespace. */
struct log_session log_session_of(const char *user);

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

/* What a program that was run for this login wrote: one line. */
void log_output(const struct log *log, const char *program, const char *text);

/* "opened" or "closed", one line each. */
void log_session(const struct log *log, const char *event,
		 const struct log_session *session);

/* Tells the user the name of his namespace, unless he is to be told nothing. */
void log_announce(const struct log *log, const char *name);

/*
 * One line that says why a login is denied, and one to the user, without
 * internals. Returns the PAM code of the denial: PAM_USER_UNKNOWN,
 * PAM_SERVICE_ERR, PAM_BUF_ERR or PAM_ABORT; never PAM_SUCCESS, PAM_IGNORE or
 * PAM_SESSION_ERR, on which sudo(8) goes on.
 */
int log_denial(const struct log *log, const struct log_session *session,
	       const struct failure *failure);

/* The PAM code that goes with a failure. */
int log_code(const struct failure *failure);

/* The same failure, for root, whom it does not keep out. Returns PAM_IGNORE. */
int log_pass(const struct log *log, const struct log_session *session,
	     const struct failure *failure);

/*
 * What an errno, -error, is called, in English: su(1) has the user's language,
 * and the log is root's. Uses no static buffer for an errno that exists.
 */
const char *log_errno(int error);

/* Writes the sentence of a failure, for log and its tests. */
void log_explain(const struct failure *failure, char *ret, size_t size);

#endif
