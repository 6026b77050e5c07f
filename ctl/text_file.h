/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration files of other programs, which are read line by line. */
#ifndef TEXT_FILE_H
#define TEXT_FILE_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Calls look for each line of a file, without its end. Returns 0, also if there
 * is no such file, or what look returned, which ends it, or -errno. Neither a
 * fifo nor a device is waited for.
 */
int text_file_each(const char *path,
		   int (*look)(char *line, unsigned int number, void *data),
		   void *data);

/* Whether a text has a match of an extended regular expression, and where. */
bool text_find(const char *text, const char *pattern, size_t count,
	       regmatch_t ret[]);

/* A part of the text that was matched. To be freed. */
char *text_part(const char *text, const regmatch_t *part);

#endif
