/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks, and tests that run in namespaces of their own.
 *
 * A test that is sandboxed() is a process with its own mount, network and PID
 * namespace, in which nothing propagates from or to the machine, /run and
 * /etc are empty and its own, and PID 1 stands for the host. It ends at the
 * first check that fails. All checks do in any process of a test.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/types.h>

#include <cmocka.h>

/* Rows of a table of tests; a name says what is promised. */
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

/* Ends this sandboxed test, which cannot run here. */
_Noreturn void sandbox_skip(const char *reason);

/* Names the row of a table that the checks which follow are about. */
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
/* Of functions that return 0 or -errno. */
void check_results(int actual, int expected, const char *what, const char *file,
		   int line);
void check_texts(const char *actual, const char *expected, const char *what,
		 const char *file, int line);
void check_part(const char *text, const char *part, bool wanted,
		const char *what, const char *file, int line);

/* What tests prepare; it has to work. */
void make_file(const char *path, mode_t mode, const char *content);
/* Into a file that is there. */
void write_file(const char *path, const char *content);
void make_directory(const char *path, mode_t mode);
void make_link(const char *path, const char *target);
void make_fifo(const char *path);
void mount_tmpfs(const char *path);
void bind_mount(const char *from, const char *to);
/* A new network namespace, mounted over path; this process stays. */
void make_net(const char *path);

/* What is in a file of less than 64 KiB; in a static buffer. */
const char *read_text(const char *path);
/* What is mounted at path. */
int count_mounts(const char *path);
ino_t inode_of(const char *path);

int count_descriptors(void);
/* From now on no more than room descriptors can be opened; -1: no limit. */
void limit_descriptors(int room);
void drop_capability(cap_value_t capability);
long long now_ms(void);

/*
 * Another process. It dies with this one. One that holds something waits,
 * when body has returned, for process_end(); process_hold() returns when it
 * holds it.
 */
pid_t process_start(void (*body)(void));
pid_t process_hold(void (*body)(void));
/* Waits until it ends, which must be without a failed check. */
void process_join(pid_t pid);
void process_end(pid_t pid);
void in_process(void (*body)(void));

#endif
