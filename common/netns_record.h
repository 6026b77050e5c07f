/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is recorded of a name in /run/netns, in /run/pam_net/names/NAME: which
 * namespace it was bound to, for whom, and which programs have filled it. The
 * namespace is told from all others since the boot by its cookie; before Linux
 * 5.14, by its inode and the number of the mount that the name is, as an inode
 * number alone comes back at once.
 */
#ifndef NETNS_RECORD_H
#define NETNS_RECORD_H

#include "owner.h"
#include "plan.h"
#include "state.h"

#include <limits.h>
#include <stdbool.h>

#define NETNS_DIRECTORY "/run/netns"

/*
 * The cookie of the namespace that this thread is in; 0 if the kernel has none,
 * before Linux 5.14. Returns 0, or -errno of socket(2), getsockopt(2); ret is
 * unchanged on failure.
 */
int netns_cookie(unsigned long long *ret);

/*
 * What is generated for a name is in a directory that is called so: it tells
 * the namespace that this thread is in from others that had the name. Returns
 * 0, or -errno of netns_cookie(), stat(2).
 */
enum { NETNS_KEY_SIZE = 24 };
int netns_key(char ret[NETNS_KEY_SIZE]);

/* The same for the namespace that a record is of; "": it does not tell. */
void netns_record_key(const struct record *record, char ret[NETNS_KEY_SIZE]);

/* The path of the record of a name, below STATE_DIRECTORY. */
enum { NETNS_RECORD_PATH_SIZE = sizeof("names/") + NAME_MAX };
void netns_record_path(const char *name, char ret[NETNS_RECORD_PATH_SIZE]);

/*
 * Whether an error of netns_read_record() or record_read() says that nothing is
 * there, or what is no record.
 */
bool netns_is_no_record(int error);

/* What a record tells beside which namespace it is about. */
struct netns_recording {
	const char *name;
	const struct owner *owner; /* NULL: root */
	const char *init;	   /* or NULL */
	const char *user;
	const char *service;
	const char *time; /* of state_time() */
};

/*
 * Writes the record of a name, for the namespace net, which this thread is in.
 * state is STATE_DIRECTORY. Returns 0; -ENODATA: there is no cookie, and no
 * mount yet, so there is no record now; or -errno of record_write().
 */
int netns_write_record(int state, const struct netns_recording *of, int net);

/* Removes the record of a name that is not bound. state as above. */
void netns_remove_record(int state, const char *name);

/*
 * Reads the record of a name, if it is about the namespace that this thread is
 * in, which the name leads to. prefix leads to the files of the host, as
 * ns_host_prefix() has it.
 *
 * Returns 0 with ret; -ESTALE: it is about another one; -errno of
 * record_read(): -ENOENT, there is none; of netns_cookie().
 */
int netns_read_record(const char *prefix, const char *name, struct record *ret);

/*
 * Writes the record of a namespace that was bound again, if it has the number
 * of the mount, which is another one now. Returns 0; -ENOENT: it is not bound;
 * or -errno of record_write().
 */
int netns_rewrite_record(int state, const char *name,
			 const struct record *record);

/* What matters to who joins. */
struct recorded {
	bool is_there;
	char init[PLAN_INIT_MAX + 1]; /* "" if that is not known */
	unsigned long long owner;
};

/*
 * The same, where no record, or what is none of ours, is no error. Returns 0,
 * or -errno: nobody can tell. ret is set in any case.
 */
int recorded_read(const char *prefix, const char *name, struct recorded *ret);

/*
 * Why a namespace of which this is recorded, or nothing, is not joined by a
 * line with init and owner, each of which may be NULL. NULL: it is.
 */
const char *recorded_denies(const struct recorded *recorded, const char *init,
			    const struct owner *owner);

#endif
