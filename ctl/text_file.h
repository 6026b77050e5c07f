/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration files of other programs, which are read line by line. */
#ifndef TEXT_FILE_H
#define TEXT_FILE_H

/*
 * Calls look for each line of a file, without its end. Returns 0, also if there
 * is no such file, or what look returned, which ends it, or -errno. Neither a
 * fifo nor a device is waited for.
 */
int text_file_each(const char *path,
		   int (*look)(char *line, unsigned int number, void *data),
		   void *data);

#endif
