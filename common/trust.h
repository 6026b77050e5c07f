/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files are root's word. */
#ifndef TRUST_H
#define TRUST_H

#include <stdbool.h>
#include <sys/stat.h>

/* Owned by root, and nobody else may write. */
static inline bool is_roots_alone(const struct stat *st)
{
	return st->st_uid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

#endif
