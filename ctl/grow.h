/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists that grow by one. */
#ifndef GROW_H
#define GROW_H

#include <stdlib.h>

/*
 * Room for one more than count elements of size bytes, in a list that has only
 * ever grown by this. Returns the list; NULL: no memory, and list is as it was.
 */
static inline void *list_grow(void *list, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return list;
	return reallocarray(list, count ? 2 * count : 1, size);
}

#endif
