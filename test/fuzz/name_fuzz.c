/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name is accepted if and only if it is one component of a path. */
#include "common/name.h"
#include "fuzz.h"

#include <limits.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = fuzz_text(data, size);
	size_t length = strlen(name);

	if (name_is_component(name)) {
		PROPERTY(length > 0 && length <= NAME_MAX);
		PROPERTY(!strchr(name, '/'));
		PROPERTY(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
		for (size_t i = 0; i < length; i++)
			PROPERTY((unsigned char)name[i] >= 0x20 &&
				 name[i] != 0x7f);
	} else if (length > 2 && length <= NAME_MAX && !strchr(name, '/')) {
		bool control = false;

		for (size_t i = 0; i < length; i++)
			control = control || (unsigned char)name[i] < 0x20 ||
				  name[i] == 0x7f;
		PROPERTY(control);
	}
	free(name);
	return 0;
}
