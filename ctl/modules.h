/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the modules that stacks name, as libpam looks for them. */
#ifndef MODULES_H
#define MODULES_H

#include <stdbool.h>

/* The file of the libpam that this program has loaded, or NULL. */
const char *modules_library(void);

/*
 * Why libpam cannot call a module of a session line, which is named as in the
 * line: it is not there, cannot be loaded, or lacks the entry point. NULL: it
 * can, or nobody can tell. Each module is loaded once, in a child. The text
 * stays.
 */
const char *module_fault(const char *module);

/*
 * The path of the file that a module is, without symbolic links. NULL: it is
 * not there, or nobody can tell. To be freed.
 */
char *module_path(const char *module);

/* Whether a file is a module of this program's version, or nobody can tell. */
bool module_is_current(const char *path);

#endif
