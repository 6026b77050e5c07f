/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of the benchmark share: time, and a warm name service. */
#ifndef STOPWATCH_H
#define STOPWATCH_H

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MARKS_MAX = 64 };

static struct {
	const char *step[MARKS_MAX];
	double us[MARKS_MAX];
	double last;
	size_t count;
} stopwatch;

_Noreturn static inline void die(const char *what)
{
	(void)fprintf(stderr, "%s: %s\n", what, strerror(errno));
	_exit(1);
}

static inline double now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static inline void stopwatch_start(void)
{
	stopwatch.last = now_us();
}

/* What was done since the last mark belongs to the step of that name. */
static inline void stopwatch_mark(const char *step)
{
	double now = now_us();
	size_t i = 0;

	while (i < stopwatch.count && strcmp(stopwatch.step[i], step) != 0)
		i++;
	if (i == MARKS_MAX)
		abort();
	if (i == stopwatch.count)
		stopwatch.step[stopwatch.count++] = step;
	stopwatch.us[i] += now - stopwatch.last;
	stopwatch.last = now_us();
}

static inline void stopwatch_print(void)
{
	for (size_t i = 0; i < stopwatch.count; i++)
		(void)printf("%s\t%.1f\n", stopwatch.step[i], stopwatch.us[i]);
}

/* As in a process that has looked up the user before, sshd for one. */
static inline void warm_name_service(const char *user)
{
	gid_t groups[64];
	int count = 64;
	const struct passwd *passwd = getpwnam(user);

	(void)getgrnam("nogroup");
	(void)getgrouplist(user, passwd ? passwd->pw_gid : 0, groups, &count);
}

#endif
