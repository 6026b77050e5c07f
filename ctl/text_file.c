/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration files of other programs, which are read line by line. */
#include "text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int text_file_each(const char *path,
		   int (*look)(char *line, unsigned int number, void *data),
		   void *data)
{
	FILE *file = NULL;
	char *line = NULL;
	size_t size = 0;
	struct stat st;
	int r = 0;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	for (unsigned int number = 1; r == 0 && getline(&line, &size, file) > 0;
	     number++) {
		line[strcspn(line, "\r\n")] = '\0';
		r = look(line, number, data);
	}
	free(line);
	(void)fclose(file);
	return r;
}
