/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login. */
#ifndef PLAN_H
#define PLAN_H

#include <limits.h>
#include <stdbool.h>

enum plan_kind {
	PLAN_LEAVE, /* a bystander */
	PLAN_NEW,
	PLAN_NAMED,
	PLAN_HOST, /* the host's network and mounts */
};

/* As records and pamnetctl(8) have it. */
static inline const char *plan_name(enum plan_kind kind)
{
	static const char *const names[] = {
		[PLAN_LEAVE] = "leave",
		[PLAN_NEW] = "new",
		[PLAN_NAMED] = "named",
		[PLAN_HOST] = "host",
	};

	return names[kind];
}

/* The longest list of programs, so that it fits into a record. */
enum { PLAN_INIT_MAX = 1024 };

struct rule;

/*
 * A plan is not copied: etc may point into it. hide and init are of the
 * options.
 */
struct plan {
	enum plan_kind kind;
	unsigned int flags;	 /* enum option_flag */
	char name[NAME_MAX + 1]; /* PLAN_NAMED: one component of a path */
	const char *etc;	 /* overrides: /etc/netns/ETC, or NULL */
	const char *hide;	 /* paths, as in the options, or NULL */
	const char *init;	 /* programs that fill it, or NULL */
	bool owned;		 /* it is to belong to the user */
	const struct rule *rule; /* which decided, or NULL */
};

#endif
