/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names: which may become one component of a path; lists of them. */
#ifndef NAME_H
#define NAME_H

#include <stdbool.h>

/* A control character, which could forge a line or move a terminal's cursor. */
static inline bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/*
 * Whether name can stand for one file in /run/netns, /etc/netns and the
 * directory of locks: not empty, not "." or "..", no slash, no control
 * character, at most NAME_MAX bytes. Anything else that a directory service
 * puts into names (spaces, '@', '\', UTF-8) is fine. NULL is no name.
 */
bool name_is_component(const char *name);

/* Whether it is net:[INODE], as a namespace without a name is called. */
bool name_is_of_inode(const char *name);

/* Whether a list of words, separated by commas, has this one. */
bool name_is_in_list(const char *name, const char *list);

#endif
