/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of init=, before a login runs them. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "common/failure.h"
#include "common/program.h"

#include <stdbool.h>

/* Where a word of init= leads to. To be freed; NULL: no memory. */
char *program_path(const char *word);

/*
 * Whether a program can run. Returns as init_check_path(), with the path of
 * what is at fault in ret; or -ELIBACC: its interpreter is missing; -ENOEXEC:
 * it has none, and is no binary.
 */
int program_check(const char *path, char *ret, size_t room);

/*
 * The same for all of a list. Returns 0, also with *ret_unseen: who is not root
 * cannot tell; or -errno with failure, as a login has it.
 */
int programs_look(const char *list, bool *ret_unseen, struct failure *failure);

/* Calls a program with "check". Returns as program_run(). */
int program_ask(const char *path, struct program_output *output);

#endif
