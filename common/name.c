/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names may become one component of a path. */
#include "name.h"

#include <limits.h>
#include <string.h>

bool name_is_component(const char *name)
{
	size_t length;

	if (!name || !*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	length = strnlen(name, NAME_MAX + 1);
	if (length > NAME_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x20 || c == 0x7f || c == '/')
			return false;
	}
	return true;
}
