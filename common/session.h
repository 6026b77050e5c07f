/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out a plan, undoes it, goes back: what comes after what. */
#ifndef SESSION_H
#define SESSION_H

#include "account.h"
#include "fault.h"
#include "log.h"
#include "plan.h"

#include <security/pam_modules.h>

/*
 * Carries out plan (not PLAN_LEAVE) for account. line tells the lines of the
 * stack apart, for session_close(); it is copied.
 *
 * Returns 0: the process is in the planned namespace, and has its own view,
 * NETNS is in the PAM environment, and one line in the log. Or -errno with
 * fault filled in: the process is where it was before the call, and nothing
 * that this call made is left but lock files. If it could not go back it
 * stays where it was and fault->stuck says why.
 *
 * What the last session_close() needs is kept on the handle, shared by all
 * modules of this package: descriptors of the namespaces, no directories
 * (but for the root of a caller that was chrooted), and given back by
 * pam_end(3).
 */
int session_open(const struct log *log, const struct account *account,
		 const struct plan *plan, const char *line,
		 struct fault *fault);

/*
 * Undoes the open of the line that is log's module with argv; the last one
 * takes the process back to where it was before the first open of this handle.
 * Best effort: what fails is told at debug level. A line that was not opened
 * is nothing to do. Finds it without memory.
 */
void session_close(const struct log *log, int argc, const char *const argv[]);

#endif
