/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks, and tests that run in their own namespaces.
 *
 * A test that is sandboxed() runs in a process with its own mount, network and
 * PID namespace. Mounts do not propagate from or to the machine. It has its own
 * empty /run and /etc. PID 1 of the sandbox plays the host. The test ends at
 * the first check that fails. Checks work in any process of a test.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "common/count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/types.h>

#include <cmocka.h>

/* Rows of a table of tests. */
#define plain(name, body)                                                      \
	{                                                                      \
		(name), (body), NULL, NULL, NULL                               \
	}
#define sandboxed(name, body)                                                  \
	{                                                                      \
		(name), sandbox_test, NULL, NULL, &(struct sandbox)            \
		{                                                              \
			__FILE__, __LINE__, (body)                             \
		}                                                              \
	}

struct sandbox {
	const char *file;
	int line;
	void (*body)(void);
};

void sandbox_test(void **state);

/*
 * Leaves out the tests that match pattern, as fnmatch(3), where valgrind runs
 * the program: it dies of them, or shows the faults of others. The last call
 * counts.
 */
void sandbox_not_with_valgrind(const char *pattern);

/* Ends this sandboxed test: it cannot run here. */
_Noreturn void sandbox_skip(const char *reason);

/* Names the table row that is tested now. Failure messages show it. */
void row(const char *label);

#define check(condition) check_true((condition), #condition, __FILE__, __LINE__)
#define check_number(actual, expected)                                         \
	check_numbers((intmax_t)(actual), (intmax_t)(expected), #actual,       \
		      __FILE__, __LINE__)
#define check_result(actual, expected)                                         \
	check_results((actual), (expected), #actual, __FILE__, __LINE__)
#define check_text(actual, expected)                                           \
	check_texts((actual), (expected), #actual, __FILE__, __LINE__)
#define check_has(text, part)                                                  \
	check_part((text), (part), true, #text, __FILE__, __LINE__)
#define check_has_no(text, part)                                               \
	check_part((text), (part), false, #text, __FILE__, __LINE__)

void check_true(bool value, const char *what, const char *file, int line);
void check_numbers(intmax_t actual, intmax_t expected, const char *what,
		   const char *file, int line);
/* For functions that return 0 or -errno. */
void check_results(int actual, int expected, const char *what, const char *file,
		   int line);
void check_texts(const char *actual, const char *expected, const char *what,
		 const char *file, int line);
void check_part(const char *text, const char *part, bool wanted,
		const char *what, const char *file, int line);

/* Preparations for tests. If one fails the test fails. */
void make_file(const char *path, mode_t mode, const char *content);
/* Writes an existing file. */
void write_file(const char *path, const char *content);
void make_directory(const char *path, mode_t mode);
void make_link(const char *path, const char *target);
void make_fifo(const char *path);
void mount_tmpfs(const char *path);
void bind_mount(const char *from, const char *to);
/* Mounts a new network namespace over path. The process stays in its own. */
void make_net(const char *path);

/* The content of a file of less than 64 KiB, in a static buffer. */
const char *read_text(const char *path);
/* How many mounts are at path. */
int count_mounts(const char *path);
ino_t inode_of(const char *path);

int count_descriptors(void);
/* From now on only room more descriptors can be opened; -1: no limit. */
void limit_descriptors(int room);
void drop_capability(cap_value_t capability);
long long now_ms(void);

/*
 * Another process, which is killed when this one ends. process_hold() returns
 * when body has returned; the process then waits for process_end().
 */
pid_t process_start(void (*body)(void));
pid_t process_hold(void (*body)(void));
/* Waits until the process ends. It must end without a failed check. */
void process_join(pid_t pid);
void process_end(pid_t pid);
void in_process(void (*body)(void));

#endif
