/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the fuzzers: properties and input. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROPERTY(condition)                                                    \
	((condition) ? (void)0                                                 \
		     : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				#condition),                                   \
			abort()))

/* The data as a string; to be freed. A NUL in the data ends the string. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	PROPERTY(text);
	for (size_t i = 0; i < size; i++)
		text[i] = (char)data[i];
	text[size] = '\0';
	return text;
}

#endif
