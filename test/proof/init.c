/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program for init= that generates a file for /etc, without a C library
 * whose calls would be disturbed too.
 */
#include "init.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>

_Noreturn void run(const long *stack);

/* The stack has the number of arguments, they, NULL, and the environment. */
#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call run\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x0, sp\n"
	"	b run\n");
#else
#error "how a program starts is not known for this architecture"
#endif

static long call(long number, long a, long b, long c, long d)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
			 : "memory");
	return x0;
#endif
}

/* The value of an entry of the environment, or NULL if it is another one. */
static const char *value_of(const char *entry, const char *key)
{
	while (*key && *entry == *key) {
		entry++;
		key++;
	}
	return !*key && *entry == '=' ? entry + 1 : NULL;
}

static bool generate(const char *directory)
{
	static const char text[] = GENERATED_TEXT;
	const long length = sizeof(text) - 1;
	long file;

	if (call(SYS_chdir, (long)directory, 0, 0, 0) < 0)
		return false;
	file = call(SYS_openat, AT_FDCWD, (long)GENERATED_NAME,
		    O_WRONLY | O_CREAT | O_EXCL, 0644);
	return file >= 0 &&
	       call(SYS_write, file, (long)text, length, 0) == length;
}

_Noreturn void run(const long *stack)
{
	char *const *argv = (char *const *)(stack + 1);
	char *const *entry = argv + stack[0] + 1;
	const char *directory = NULL;
	bool failed = false;

	for (; *entry && !directory; entry++)
		directory = value_of(*entry, "NETNS_ETC");
	/* It is called with "create" or "remove". */
	if (argv[1][0] == 'c')
		failed = !directory || !generate(directory);
	for (;;)
		(void)call(SYS_exit_group, failed, 0, 0, 0);
}
