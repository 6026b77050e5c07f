/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names: which may become one component of a path; lists of them. */
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
	for (size_t i = 0; i < length; i++)
		if (is_control(name[i]) || name[i] == '/')
			return false;
	return true;
}

bool name_is_of_inode(const char *name)
{
	return !strncmp(name, "net:[", 5);
}

bool name_is_in_list(const char *name, const char *list)
{
	size_t length = strlen(name);

	for (;;) {
		if (strcspn(list, ",") == length &&
		    !strncmp(list, name, length))
			return true;
		list = strchrnul(list, ',');
		if (!*list)
			return false;
		list++;
	}
}
