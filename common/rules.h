/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy file, netns.conf(5): its lines, understood but not applied. */
#ifndef RULES_H
#define RULES_H

#include "options.h"
#include "plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RULES_FILE	"/etc/security/netns.conf"
#define RULES_DIRECTORY "/etc/security/netns.d"

/* Why a line cannot have "owner". */
#define RULES_OWNER_SHARED                                                     \
	"a name without %u or %U is shared, and cannot belong to one user"

enum who {
	WHO_ANYONE,
	WHO_USER,  /* pattern: the name of the user */
	WHO_GROUP, /* pattern: the name of a group */
	WHO_UID,   /* from first to last */
	WHO_GID,
};

/* One line. The strings belong to the rules it is in. */
struct rule {
	const char *file;
	unsigned int line;
	enum who who;
	const char *pattern;
	id_t first;
	id_t last;
	const char *services; /* patterns, one behind the NUL of the other */
	unsigned int service_count;
	enum plan_kind kind;
	const char *name; /* PLAN_NAMED: with %u and the like */
	struct options options;
};

struct rules {
	struct rule *list;
	size_t count;
	size_t room;
	char **texts;
	size_t text_count;
};

#define RULES_NONE ((struct rules){ .list = NULL })

/* Where and why a file was not understood. */
struct rules_error {
	const char *file;
	unsigned int line; /* 0: the file as a whole */
	const char *word;  /* the word it is about, or "" */
	const char *why;   /* or NULL: errno says it */
};

/*
 * Understands text, size bytes and a NUL, and adds its lines to rules, which
 * takes over text and file (both to be freed). A pure function: nothing is
 * looked up.
 *
 * Returns 0; -EINVAL with ret_error, its strings belonging to rules; -ENOMEM.
 * Rules that failed are good for nothing but rules_release().
 */
int rules_parse(struct rules *rules, char *file, char *text, size_t size,
		struct rules_error *ret_error);

/*
 * Reads path, or, if it is NULL, RULES_FILE and then the *.conf of
 * RULES_DIRECTORY in the order of their names; there must be one of them.
 *
 * Returns as rules_parse(), or -errno of conffile_read() or conffile_list()
 * with ret_error. ret is to be given to rules_release() in any case.
 */
int rules_load(const char *path, struct rules *ret,
	       struct rules_error *ret_error);

/* Whether no two users share what a line makes: a new one, a name with %u. */
bool rule_is_of_one_user(const struct rule *rule);

void rules_release(struct rules *rules);

#endif
