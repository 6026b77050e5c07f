/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the commands of a list many times each, in one shuffled order, a fresh
 * process a sample, and prints "cell <tab> step <tab> us" for each step that
 * a command has timed.
 *
 * shuffle LIST SAMPLES SEED
 *
 * A line of LIST: NAME <tab> FLAGS <tab> PROGRAM <tab> ARGUMENT...; the flags
 * are what is to be done behind a sample: 'u' take the name of the user "alan"
 * away, 'w' wait until the kernel has taken a namespace apart, '-' nothing.
 */
#include "stopwatch.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/wait.h>

#define TAKEN_AWAY "/run/netns/alan"

enum { CELLS_MAX = 256, WORDS_MAX = 16, DESTROYED_MS = 40 };

struct cell {
	char *name;
	const char *flags;
	char *command[WORDS_MAX];
};

static struct cell cells[CELLS_MAX];
static size_t cell_count;

static void cell_parse(struct cell *cell, char *line)
{
	size_t count = 0;

	line[strcspn(line, "\n")] = '\0';
	cell->name = strsep(&line, "\t");
	cell->flags = strsep(&line, "\t");
	while (line && count + 1 < WORDS_MAX)
		cell->command[count++] = strsep(&line, "\t");
	if (count == 0) {
		errno = EINVAL;
		die(cell->name);
	}
}

static void cells_read(const char *path)
{
	FILE *list = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!list)
		die(path);
	while (cell_count < CELLS_MAX && getline(&line, &size, list) > 0) {
		cell_parse(&cells[cell_count++], line);
		/* The cell keeps the line. */
		line = NULL;
		size = 0;
	}
	free(line);
	(void)fclose(list);
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t *jobs_make(size_t count, uint64_t seed)
{
	size_t *jobs = calloc(count, sizeof(*jobs));
	/* Not zero, from which this generator never comes back. */
	uint64_t state = seed * 2 + 88172645463325253U;

	if (!jobs)
		die("calloc");
	for (size_t i = 0; i < count; i++)
		jobs[i] = i % cell_count;
	for (size_t i = count; i > 1; i--) {
		size_t other = random_next(&state) % i;
		size_t job = jobs[i - 1];

		jobs[i - 1] = jobs[other];
		jobs[other] = job;
	}
	return jobs;
}

static pid_t command_start(char *const command[], int *ret_output)
{
	int output[2];
	pid_t child;

	if (pipe2(output, O_CLOEXEC) < 0)
		die("pipe2");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		(void)dup2(output[1], STDOUT_FILENO);
		(void)execv(command[0], command);
		die(command[0]);
	}
	(void)close(output[1]);
	*ret_output = output[0];
	return child;
}

static void sample(const struct cell *cell)
{
	int output = -1;
	pid_t child;
	FILE *steps;
	char line[256];
	int status;

	child = command_start(cell->command, &output);
	steps = fdopen(output, "r");
	if (!steps)
		die("fdopen");
	while (fgets(line, sizeof(line), steps))
		(void)printf("%s\t%s", cell->name, line);
	(void)fclose(steps);
	if (waitpid(child, &status, 0) != child || status) {
		(void)fprintf(stderr, "shuffle: %s: status %x\n", cell->name,
			      (unsigned int)status);
		_exit(1);
	}
}

static void clean_up(const char *flags)
{
	const struct timespec pause = { .tv_nsec = DESTROYED_MS * 1000000 };

	if (strchr(flags, 'u')) {
		(void)umount2(TAKEN_AWAY, MNT_DETACH | UMOUNT_NOFOLLOW);
		(void)unlink(TAKEN_AWAY);
	}
	if (strchr(flags, 'w'))
		(void)nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
	size_t count;
	size_t *jobs;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: shuffle LIST SAMPLES SEED\n");
		return 2;
	}
	cells_read(argv[1]);
	if (cell_count == 0) {
		(void)fprintf(stderr, "shuffle: '%s' is empty\n", argv[1]);
		return 1;
	}
	count = cell_count * strtoul(argv[2], NULL, 10);
	jobs = jobs_make(count, strtoul(argv[3], NULL, 10));
	for (size_t i = 0; i < count; i++) {
		sample(&cells[jobs[i]]);
		clean_up(cells[jobs[i]].flags);
	}
	free(jobs);
	return 0;
}
