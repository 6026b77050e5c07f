/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and closes a session: what comes after what, and the way back. */
#ifndef SESSION_H
#define SESSION_H

#include "account.h"
#include "failure.h"
#include "log.h"
#include "plan.h"

#include <security/pam_modules.h>

/*
 * Carries out plan (not PLAN_LEAVE) for account. text is the line of the stack,
 * by which session_close() finds it; it is copied. session is what the log
 * knows of the login before.
 *
 * Returns 0: the process is in the planned namespace and has its own mounts,
 * NETNS is in the PAM environment, and one line in the log. Or -errno with
 * failure filled in: the process is where it was before the call. What may be
 * left then is what others may use by now: the name, complete, and its record,
 * if this call made it, /run/netns, lock files. If the process could not go
 * back it stays where it was, and failure->stuck says why.
 *
 * What session_close() needs is kept on the handle, shared by all modules of
 * this package: descriptors of the namespaces, no directories (but for the
 * root of a caller that was chrooted), until pam_end(3).
 */
int session_open(const struct log *log, const struct account *account,
		 const struct plan *plan, const char *text,
		 const struct log_session *session, struct failure *failure);

/*
 * Notes on the handle that a line with the argument "close" stands here: lines
 * below it that have "open" are ended by it. Without memory they go back at
 * their own close.
 */
void session_note_close(const struct log *log);

/*
 * Undoes the open of the line that is log's module with argv; the last one
 * takes the process back to where it was before the first open of this handle.
 * Best effort: what fails is logged at debug level. For a line that was not
 * opened, or that another line ends, it does nothing. Needs no memory.
 */
void session_close(const struct log *log, int argc, const char *const argv[]);

/* The same for all lines that have the argument "open". */
void session_close_all(const struct log *log);

#endif
