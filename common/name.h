/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names may become one component of a path. */
#ifndef NAME_H
#define NAME_H

#include <stdbool.h>

/*
 * Whether name can stand for one file in /run/netns, /etc/netns and the
 * directory of locks: not empty, not "." or "..", no slash, no control
 * character, at most NAME_MAX bytes. Anything else that a directory service
 * puts into names (spaces, '@', '\', UTF-8) is fine. NULL is no name.
 */
bool name_is_component(const char *name);

#endif
