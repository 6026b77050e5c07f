/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of open sessions, /run/pam_net/sessions/NAME/PID.START: a hint
 * for logins of the same name, for pamnetctl(8) and for collectors. What one
 * says is verified by the kernel's objects before it is used, and where a
 * member lands does not depend on it.
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "ns.h"
#include "state.h"

#include <stdbool.h>
#include <sys/types.h>

/* The mounts of a session. */
enum session_view {
	SESSION_VIEW_NONE, /* those that the caller had */
	SESSION_VIEW_OWN,
	SESSION_VIEW_NAME, /* those that all sessions of the name share */
};

struct session_entry {
	pid_t leader;
	unsigned long long start_time; /* of the leader, process.h */
	const char *user;
	uid_t uid;
	const char *service; /* NULL as in PAM: none. The same for these: */
	const char *rhost;
	const char *tty;
	const char *audit_session;
	const char *plan;
	const char *name; /* what NETNS says */
	struct ns_id net;
	struct ns_id host_mounts;
	enum session_view view;
	const char *hide; /* as on the line, or NULL */
	const char *init; /* the same */
};

/*
 * STATE_DIRECTORY of the host, as a process finds it that is where a caller
 * was, or in session mounts that were made for it.
 */
const char *sessions_state(const struct ns_saved *caller,
			   const struct ns_host *host);

/*
 * Writes the record of a session of this process, which is in its mount
 * namespace. state: STATE_DIRECTORY, or where it is seen from here.
 * RLIMIT_FSIZE is raised meanwhile if it must be. Removes some of what others
 * have left who were killed while they wrote.
 *
 * Returns 0; -ESRCH: the time when the leader started is not known; or -errno
 * of record_write(), stat(2).
 */
int sessions_write(const char *state, const struct session_entry *entry);

/* Removes it, and the directory of a namespace without a name. */
void sessions_remove(const char *state, const char *name, pid_t leader,
		     unsigned long long start_time);

/*
 * What a login does that finds no mounts by records: removes some of those
 * whose leader is gone, so that they do not get more and more where sessions
 * are killed. These are the newest of name, and some that are drawn: of name,
 * and, if the login has made a namespace without a name (is_new), of others. A
 * few are looked at. No user can foresee or choose which are drawn.
 */
void sessions_remove_dead(const char *state, const char *name, bool is_new);

/*
 * Removes the records of a name, or of a namespace without one, whose leader is
 * gone. Those of other PID namespaces stay. Returns how many were removed;
 * -ENOENT: there is no such directory; -errno of open(2), stat(2),
 * getdents64(2), unlinkat(2).
 */
int sessions_prune(const char *state, const char *name);

/*
 * Whether a session of a name has begun in a PID namespace whose processes are
 * not shown here, ns.h. Nobody can tell whether it is open. Returns 1 or 0; or
 * as sessions_prune().
 */
int sessions_are_hidden(const char *state, const char *name);

/*
 * Removes the directory of a name that nobody can log in to meanwhile, if there
 * is nothing in it.
 */
void sessions_remove_directory(const char *state, const char *name);

/* Mounts that were found and are not the right ones. */
enum { SESSIONS_AVOID_MAX = 4 };

struct sessions_query {
	const char *name;
	struct ns_id net;
	struct ns_id host_mounts;
	const char *hide; /* as on the line, or NULL */
	struct ns_id avoid[SESSIONS_AVOID_MAX];
	size_t avoid_count;
};

/* Adds what was found to what is passed over. False: there is no room. */
bool sessions_avoid(struct sessions_query *query, int mounts);

/*
 * Finds the mounts that sessions of a name share, by the record of one that is
 * open, newest first: its leader lives, is in this PID namespace, in the
 * network namespace that is asked for, and in the mount namespace that the
 * record says, which belongs to this user namespace. Reads 1024 records at
 * most, until 16 that may be right have led to no mounts, and some that are
 * drawn. Removes the records of leaders that are gone.
 *
 * Returns a descriptor of the mount namespace; -ENOENT: there is none; -errno
 * of open(2), stat(2).
 */
int sessions_find_mounts(const char *state, const struct sessions_query *query);

/*
 * Calls look for each record of a session that began in this PID namespace.
 * Nothing of it is verified, and nothing is removed. What look returns ends it,
 * unless it is 0.
 *
 * Returns that; 0, also if there are no records; -errno of open(2), stat(2),
 * getdents64(2).
 */
int sessions_each(const char *state,
		  int (*look)(pid_t leader, unsigned long long start_time,
			      const struct record *record, void *data),
		  void *data);

#endif
