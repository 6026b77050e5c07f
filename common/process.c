/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What proc(5) says of a process. */
#include "process.h"
#include "scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* proc_pid_stat(5). */
struct stat_text {
	char text[1024];
};

/* Returns the end of field 2, a name that may contain anything, or NULL. */
static char *stat_read(int directory, struct stat_text *ret)
{
	scoped_fd int fd = openat(directory, "stat", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, ret->text, sizeof(ret->text) - 1);

	if (size < 0)
		return NULL;
	ret->text[size] = '\0';
	return strrchr(ret->text, ')');
}

/* A number behind field 2, which ends at end; 0: there is none. */
static unsigned long long stat_field(const char *end, int number)
{
	for (int i = 2; end && i < number; i++)
		end = strchr(end + 1, ' ');
	return end ? strtoull(end + 1, NULL, 10) : 0;
}

unsigned long long process_start_time(int directory)
{
	struct stat_text text;

	return stat_field(stat_read(directory, &text), 22);
}

int process_read(int directory, struct process *ret)
{
	struct stat_text text;
	char *end = stat_read(directory, &text);
	const char *name = end ? strchr(text.text, '(') : NULL;

	if (!name)
		return -ESRCH;
	ret->parent = (pid_t)stat_field(end, 4);
	ret->session = (pid_t)stat_field(end, 6);
	ret->start_time = stat_field(end, 22);
	*end = '\0';
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name + 1);
	return 0;
}

int process_open(pid_t pid)
{
	char path[sizeof("/proc/") + 3 * sizeof(pid)];
	int fd;

	if (pid == 0)
		(void)snprintf(path, sizeof(path), "/proc/self");
	else
		(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

pid_t process_own_number(void)
{
	char text[16];
	ssize_t size = readlink("/proc/self", text, sizeof(text) - 1);

	if (size < 0)
		return -errno;
	text[size] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

/* proc_pid_task(5): "." and ".." are links, too. */
int process_has_more_threads(void)
{
	struct stat st;

	if (stat("/proc/self/task", &st) < 0)
		return -errno;
	return st.st_nlink > 3;
}
