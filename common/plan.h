/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done about one login. */
#ifndef PLAN_H
#define PLAN_H

#include <limits.h>

enum plan_kind {
	PLAN_LEAVE, /* a bystander */
	PLAN_NEW,
	PLAN_NAMED,
	PLAN_HOST, /* the host's network and mounts */
};

/* A plan is not copied: etc may point into it. */
struct plan {
	enum plan_kind kind;
	unsigned int flags;	 /* enum option_flag */
	char name[NAME_MAX + 1]; /* PLAN_NAMED: one component of a path */
	const char *etc;	 /* overrides: /etc/netns/ETC, or NULL */
};

#endif
