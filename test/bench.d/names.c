/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names in /run/netns, as they are: namespaces that are mounted there.
 *
 * names fill COUNT   binds one namespace to so many names
 * names time COUNT   adds and removes one name so many times, prints the
 *                    median of what adding took, in us
 * names rate SECONDS makes and drops namespaces, prints how many
 * names mounts DIR COUNT  mounts so many directories in DIR, which is there
 */
#include "stopwatch.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { TIMES_MAX = 1000 };

static void name_bind(const char *path)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);

	if (fd < 0)
		die(path);
	(void)close(fd);
	if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0)
		die(path);
}

static void fill(long count)
{
	char path[64];

	if (unshare(CLONE_NEWNET) < 0)
		die("unshare");
	for (long i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "/run/netns/n%ld", i);
		name_bind(path);
	}
}

static int compare(const void *a, const void *b)
{
	const double *one = a;
	const double *other = b;

	return (*one > *other) - (*one < *other);
}

static void time_add(long count)
{
	static double times[TIMES_MAX];

	if (unshare(CLONE_NEWNET) < 0)
		die("unshare");
	if (count < 1 || count > TIMES_MAX)
		count = TIMES_MAX;
	for (long i = 0; i < count; i++) {
		double start = now_us();

		name_bind("/run/netns/one-more");
		times[i] = now_us() - start;
		if (umount2("/run/netns/one-more", MNT_DETACH) < 0 ||
		    unlink("/run/netns/one-more") < 0)
			die("one-more");
	}
	qsort(times, (size_t)count, sizeof(times[0]), compare);
	(void)printf("%.1f\n", times[count / 2]);
}

static void rate(double seconds)
{
	double end = now_us() + seconds * 1e6;
	long count = 0;

	for (; now_us() < end; count++) {
		pid_t child = fork();

		if (child < 0)
			die("fork");
		if (child == 0)
			_exit(unshare(CLONE_NEWNET) < 0);
		if (waitpid(child, NULL, 0) != child)
			die("wait");
	}
	(void)printf("%ld\n", count);
}

static void mounts(const char *dir, long count)
{
	char path[4096];

	for (long i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%d-%ld", dir,
			       (int)getpid(), i);
		if (mkdir(path, 0755) < 0 ||
		    mount(path, path, NULL, MS_BIND, NULL) < 0)
			die(path);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "fill"))
		fill(strtol(argv[2], NULL, 10));
	else if (argc == 3 && !strcmp(argv[1], "time"))
		time_add(strtol(argv[2], NULL, 10));
	else if (argc == 3 && !strcmp(argv[1], "rate"))
		rate(strtod(argv[2], NULL));
	else if (argc == 4 && !strcmp(argv[1], "mounts"))
		mounts(argv[2], strtol(argv[3], NULL, 10));
	else
		return 2;
	return 0;
}
