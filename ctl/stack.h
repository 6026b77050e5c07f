/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of pam.conf(5), as libpam reads and runs them: which lines a
 * service has, and which of them are reached. Nothing is loaded and nothing is
 * called.
 */
#ifndef STACK_H
#define STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Linux-PAM 1.5 to 1.7 know 32 return values, PAM_SUCCESS to PAM_INCOMPLETE. */
enum { STACK_CODES = 32 };

enum stack_type {
	STACK_ANY, /* a file that no line includes has lines of all types */
	STACK_AUTH,
	STACK_SESSION,
	STACK_ACCOUNT,
	STACK_PASSWORD,
};

/* What a line does with a return value; a positive number: lines to skip. */
enum stack_action {
	STACK_IGNORE = 0,
	STACK_OK = -1,
	STACK_DONE = -2,
	STACK_BAD = -3,
	STACK_DIE = -4,
	STACK_RESET = -5,
};

enum stack_kind {
	STACK_MODULE,
	STACK_SUBSTACK, /* only marks where one begins */
	STACK_BROKEN,	/* fails without a module: PAM_PERM_DENIED */
};

/* One line. The strings belong to the stack. */
struct stack_line {
	const char *file;
	unsigned int line;
	unsigned int last; /* of the lines of the file that it goes over */
	enum stack_kind kind;
	enum stack_type type;
	bool dash;	     /* "-session": a missing module is not logged */
	unsigned int level;  /* of substacks */
	const char *control; /* as written, without brackets; or "" */
	int actions[STACK_CODES];
	const char *module; /* as written; NULL: there is none */
	int argc;
	const char *const *argv;
	const char *why; /* STACK_BROKEN: in plain words */
};

/* Lines that run for one service, in their order. */
struct stack {
	struct stack_line *lines;
	size_t count;
	bool other; /* the lines are those of the service "other" */
	/* What has failed, if stack_read() has. */
	const char *file; /* or "" */
	unsigned int line;
	const char *why; /* in plain words; NULL: errno says it */
	bool goes_on;	 /* the last line does, and there is none */
	void **memory;
	size_t memory_count;
};

#define STACK_NONE ((struct stack){ .lines = NULL })

/* Where stacks are, and by which libpam they are read. */
struct stack_source {
	const char *etc;  /* /etc/pam.d */
	const char *lib;  /* /usr/lib/pam.d */
	const char *conf; /* /etc/pam.conf: only if there is none of both */
	/*
	 * Debian's: "@include FILE" has a meaning, and a FILE without a slash
	 * in front is looked for in etc only.
	 */
	bool at_include;
	/* 1.5: a line of more than 1023 bytes is cut. */
	bool short_lines;
	/* 1.7: files include each other 16 deep, before as deep as they like */
	bool include_limit;
};

/*
 * The stacks of this system. library is the content of libpam.so.0, size
 * bytes, of which only texts are looked at; NULL: of a libpam as Debian 12 has
 * it.
 */
struct stack_source stack_source_of(const char *library, size_t size);

/*
 * Reads the lines of one type that run for service, which is made small
 * letters, and of which what stands before a slash is left out, as
 * pam_start(3) does. If there are none, those of the service "other".
 *
 * Returns 0; or -errno with file, line and why of ret: -EPROTO: libpam cannot
 * read it, and fails all that it is asked for; -ELOOP: it reads on and on;
 * -EFAULT: it may die of it; -ENXIO: it may wait forever, as that is neither
 * file nor directory; -E2BIG, -EFBIG: more than 200,000 lines, or a file of
 * more than 16 MiB; -EACCES and others of open(2), read(2); -ENOMEM.
 * ret is to be given to stack_release() in any case.
 */
int stack_read(const struct stack_source *source, const char *service,
	       enum stack_type type, struct stack *ret);

/*
 * The same for a text, size bytes and a NUL, as if it were the file of the
 * service. The text is changed.
 */
int stack_parse(const struct stack_source *source, const char *service,
		const char *file, char *text, size_t size, enum stack_type type,
		struct stack *ret);

void stack_release(struct stack *stack);

/*
 * Runs the lines as libpam does. call() stands for the module of a line and
 * returns its PAM code. Returns what libpam would tell the application.
 */
int stack_run(const struct stack *stack,
	      int (*call)(const struct stack_line *line, void *data),
	      void *data);

/*
 * Finds a line above the line number wanted that may make libpam leave that
 * line out without failing, whatever modules say: by a jump, or by an end that
 * comes too early. may_return() tells whether the module of a line can return
 * a code. Returns the number of that line, or -1: wanted is always reached, or
 * the login fails.
 */
ssize_t stack_find_skip(const struct stack *stack, size_t wanted,
			bool (*may_return)(const struct stack_line *line,
					   int code));

/* Whether a module is called NAME: "pam_NAME.so", in any directory. */
bool stack_file_is(const char *path, const char *name);

/* The same for the module of a line. */
bool stack_line_is(const struct stack_line *line, const char *name);

/*
 * Whether a file of this name is a service: not one that is only included, or
 * left behind by editors and package managers; and libpam makes names small, so
 * it never reads a file that has a capital.
 */
bool stack_is_service(const char *name);

/*
 * The services that have a stack of their own, sorted, to be given back by
 * stack_free_services(). Returns 0; -ENOMEM; -errno of
 * open(2), scandir(3).
 */
int stack_list_services(const struct stack_source *source, char ***ret,
			size_t *ret_count);

void stack_free_services(char **list, size_t count);

#endif
