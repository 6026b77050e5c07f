/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs of init= generate for /etc. Each namespace has a directory for
 * it, STATE_ETC/NAME/KEY, or, if it has no name, STATE_ETC_NEW/KEY. KEY is that
 * of netns_key(), so these functions are called in the namespace. name is "" if
 * it has none.
 */
#ifndef GENERATED_H
#define GENERATED_H

#include "failure.h"
#include "netns_record.h"
#include "state.h"

#include <limits.h>
#include <stdbool.h>

enum {
	GENERATED_SIZE = sizeof(STATE_ETC_NEW "/") + NAME_MAX + NETNS_KEY_SIZE,
};

/*
 * Makes an empty directory, into which only root can go, and removes what
 * others have left. Returns 0, or -errno of netns_key(), state_open(),
 * state_empty(). ret has its path, or "", in any case, and is to be given to
 * generated_remove().
 */
int generated_make(const char *name, char ret[GENERATED_SIZE]);

/*
 * Whether what is in the directory can be mounted. If not, everybody who joins
 * the name would be denied, so this comes before there is a name. Returns 0, or
 * -errno of overrides_add() with failure filled in.
 */
int generated_check(const char *name, const char *path,
		    struct failure *failure);

/*
 * Removes a directory, and that of the name, if nothing else is in it. path,
 * which may be "", is "" then.
 */
void generated_remove(const char *name, char *path);

/* Removes what is left of namespaces that had this name before; not "". */
void generated_remove_old(const char *name);

/*
 * Finds the directory of a name on the host, to which prefix leads, as
 * ns_host_prefix() has it. For a name without any, nothing more is looked up
 * than that. Returns 0 with its path there, or ""; -errno of stat(2),
 * netns_key(): nobody can tell, and ret is "".
 */
int generated_find(const char *prefix, const char *name,
		   char ret[GENERATED_SIZE]);

/* Whether the host's path leads to the same directory from here. */
bool generated_is_seen(const char *prefix, const char *path);

#endif
