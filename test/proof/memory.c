/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes allocations fail. The functions below replace those of the C library
 * in the program and in all libraries that it loads.
 */
#include "memory.h"
#include "common/count.h"
#include "login.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

#define EXPORTED __attribute__((visibility("default")))

static struct state {
	unsigned int number;
	bool for_good;
	bool counting;
	unsigned int used;
} * state;

static bool runs_out(void)
{
	if (!state || !state->counting)
		return false;
	state->used++;
	if (state->used != state->number &&
	    !(state->for_good && state->number && state->used > state->number))
		return false;
	errno = ENOMEM;
	return true;
}

EXPORTED void *malloc(size_t size)
{
	return runs_out() ? NULL : __libc_malloc(size);
}

EXPORTED void *calloc(size_t count, size_t size)
{
	return runs_out() ? NULL : __libc_calloc(count, size);
}

EXPORTED void *realloc(void *old, size_t size)
{
	return runs_out() ? NULL : __libc_realloc(old, size);
}

/* Without memory for nsswitch.conf the C library ends the program. */
static void load_name_service(void)
{
	gid_t groups[64];
	int size = COUNT(groups);

	(void)getpwnam("root");
	(void)getgrnam("root");
	(void)getgrouplist("root", 0, groups, &size);
}

static void memory_hook(bool inside)
{
	if (inside)
		load_name_service();
	state->counting = inside;
}

void memory_start(void)
{
	void *shared = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		fatal("no memory");
	state = shared;
	login_hook = memory_hook;
}

void memory_fail(unsigned int number, bool for_good)
{
	*state = (struct state){ .number = number, .for_good = for_good };
}

unsigned int memory_used(void)
{
	return state->used;
}
