/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors and memory that are given back when their scope ends. */
#ifndef SCOPE_H
#define SCOPE_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * scoped_fd int fd = -EBADF;     closed at the end of the scope
 * scoped_free char *text = NULL; freed at the end of the scope
 * return take_fd(&fd);           what leaves the scope is taken
 *
 * None of them changes errno.
 */
static inline void scope_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -EBADF;
	errno = saved;
}

static inline void scope_free(void *pointer)
{
	int saved = errno;

	free(*(void **)pointer);
	errno = saved;
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

static inline char *take_text(char **text)
{
	char *taken = *text;

	*text = NULL;
	return taken;
}

#define scoped_fd   __attribute__((cleanup(scope_close)))
#define scoped_free __attribute__((cleanup(scope_free)))

#endif
