/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program of root's and watches it. For a helper (helper.h), which is
 * root's in all that a program inherits, and has no other children. Owns
 * execve(2). Allocates nothing.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROGRAM_LINES = 100, PROGRAM_LINE = 400 };

struct program_line {
	unsigned int tag; /* of the program that wrote it */
	char text[PROGRAM_LINE + 1];
};

/*
 * What programs wrote, without empty lines: the first lines, and the last.
 * Longer ones are cut in pieces; control characters stand as \xNN.
 */
struct program_output {
	int error;  /* -errno: the program could not be started */
	int status; /* as waitpid(2) gives it, of the last one */
	unsigned int count;
	unsigned int lost; /* lines that had no room */
	size_t length;	   /* of the line that has no end yet */
	char current[PROGRAM_LINE + 1];
	char last[PROGRAM_LINE + 1]; /* of the last program; "": nothing */
	struct program_line lines[PROGRAM_LINES];
};

/*
 * Memory for output that is shared with children, to be given to
 * program_output_free(). NULL: there is none.
 */
struct program_output *program_output_new(void);
void program_output_free(struct program_output *output);

struct program {
	const char *path;
	const char *const *argv;
	const char *const *envp;
	unsigned int tag;
	long long deadline; /* deadline_in() */
	pid_t caller;	    /* the parent: the program ends with it; 0: not */
};

/*
 * Runs a program in the namespaces of this process and waits until it ends. It
 * has a session of its own, /dev/null as its input, a pipe as its output, no
 * other descriptor, default signals, umask 022 and no label of its own to be
 * executed with. If this process is killed so is the program.
 *
 * At the deadline, or when the caller ends, the program and its process group
 * are sent SIGTERM, and 1 s later SIGKILL. If it fails in any way all children
 * of this process are killed. What a program that succeeds has started goes on,
 * also if it keeps the pipe open.
 *
 * Returns 0: it ended with status 0; -ECANCELED: with another, or by a signal,
 * as output->status says; -ETIMEDOUT; -EOWNERDEAD: the caller has ended;
 * -EPERM: this process is not root's; -ENODEV: there is no /dev/null; -errno of
 * pipe2(2), clone(2), execve(2), open(2), fcntl(2). output->error is what
 * failed in the new process.
 */
int program_run(const struct program *program, struct program_output *output);

/* Kills all children of this process, theirs too. */
void program_kill_all(void);

#endif
