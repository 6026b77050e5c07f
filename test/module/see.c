/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the state of a process and of the host as text, for comparisons. */
#include "see.h"
#include "common/count.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void see_link(FILE *out, const char *key, const char *path)
{
	char to[PATH_MAX];
	ssize_t length = readlink(path, to, sizeof(to) - 1);

	to[length < 0 ? 0 : length] = '\0';
	fprintf(out, "%s: %s\n", key, length < 0 ? strerror(errno) : to);
}

/* The inode alone is not enough: the mount is written too. */
static void see_directory(FILE *out, const char *key, const char *path)
{
	char name[PATH_MAX];
	struct statx stx;

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &stx) < 0) {
		fprintf(out, "%s: %s\n", key, strerror(errno));
		return;
	}
	fprintf(out, "%s: %u:%u %llu on %llu\n", key, stx.stx_dev_major,
		stx.stx_dev_minor, (unsigned long long)stx.stx_ino,
		(unsigned long long)stx.stx_mnt_id);
	if (!strcmp(path, "."))
		fprintf(out, "cwd path: %s\n",
			getcwd(name, sizeof(name)) ? name : "none");
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Writes the lines of text, sorted. */
static void put_sorted(FILE *out, char *text)
{
	char *lines[4096];
	size_t count = 0;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (count < COUNT(lines))
			lines[count++] = line;
	qsort(lines, count, sizeof(lines[0]), compare_lines);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n", lines[i]);
}

static void see_descriptors(FILE *out)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		int fd = atoi(entry->d_name);
		char path[PATH_MAX];
		char key[64];

		if (*entry->d_name == '.' || fd == dirfd(directory))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		(void)snprintf(key, sizeof(key), "fd %d", fd);
		see_link(out, key, path);
	}
	if (directory)
		(void)closedir(directory);
}

/* Once more, if the fault that strace(1) injects has come too late. */
static FILE *see_open(const char *path)
{
	FILE *file = fopen(path, "re");

	return file ? file : fopen(path, "re");
}

static void see_status(FILE *out)
{
	static const char *const keys[] = {
		"Uid:",	   "Gid:",    "Groups:",  "Threads:",	 "SigBlk:",
		"SigIgn:", "SigCgt:", "CapInh:",  "CapPrm:",	 "CapEff:",
		"CapBnd:", "CapAmb:", "Seccomp:", "NoNewPrivs:",
	};
	FILE *status = see_open("/proc/self/status");
	char line[4096];

	while (status && fgets(line, sizeof(line), status))
		for (size_t i = 0; i < COUNT(keys); i++)
			if (!strncmp(line, keys[i], strlen(keys[i])))
				fputs(line, out);
	if (status)
		(void)fclose(status);
}

static void see_signals(FILE *out)
{
	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) < 0)
			continue;
		if (action.sa_handler != SIG_DFL || action.sa_flags)
			fprintf(out, "signal %d: %p %x\n", number,
				(void *)(size_t)action.sa_handler,
				(unsigned int)action.sa_flags);
	}
}

void see_mounts(FILE *out, const char *mountinfo)
{
	FILE *table = see_open(mountinfo);
	char line[8192];

	while (table && fgets(line, sizeof(line), table)) {
		int skip = 0;

		(void)sscanf(line, "%*d %*d %n", &skip);
		fprintf(out, "mount: %s", line + skip);
	}
	if (table)
		(void)fclose(table);
}

void see_process(FILE *out, pam_handle_t *pamh)
{
	char **pamenv = pamh ? pam_getenvlist(pamh) : NULL;
	mode_t mask = umask(0);
	int death = 0;

	(void)umask(mask);
	(void)prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
	see_link(out, "net", "/proc/self/ns/net");
	see_link(out, "mnt", "/proc/self/ns/mnt");
	see_link(out, "user", "/proc/self/ns/user");
	see_link(out, "children", "/proc/self/ns/pid_for_children");
	see_directory(out, "root", "/");
	see_directory(out, "cwd", ".");
	fprintf(out, "umask: %04o\n", (unsigned int)mask);
	fprintf(out, "death signal: %d\n", death);
	fprintf(out, "dumpable: %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	see_status(out);
	see_signals(out);
	see_descriptors(out);
	for (char **entry = environ; *entry; entry++)
		fprintf(out, "environment: %s\n", *entry);
	for (char **entry = pamenv; entry && *entry; entry++) {
		fprintf(out, "PAM environment: %s\n", *entry);
		free(*entry);
	}
	free(pamenv);
}

static void see_tree(FILE *out, const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char below[PATH_MAX];
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		(void)snprintf(below, sizeof(below), "%s/%s", path,
			       entry->d_name);
		if (lstat(below, &st) < 0 ||
		    !strcmp(below, "/proc/1/root/run/pam_net"))
			continue;
		fprintf(out, "file: %s %o %u:%u %lld %llu\n",
			below + strlen("/proc/1/root"),
			(unsigned int)st.st_mode, st.st_uid, st.st_gid,
			S_ISDIR(st.st_mode) ? 0 : (long long)st.st_size,
			(unsigned long long)st.st_ino);
		if (S_ISDIR(st.st_mode))
			see_tree(out, below);
	}
	if (directory)
		(void)closedir(directory);
}

void see_host(FILE *out)
{
	char *text = NULL;
	size_t size = 0;
	FILE *tree = open_memstream(&text, &size);

	if (!tree)
		return;
	see_tree(tree, "/proc/1/root/run");
	(void)fclose(tree);
	put_sorted(out, text);
	free(text);
	see_mounts(out, "/proc/1/mountinfo");
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) &&
	       !strcmp(text + length - strlen(end), end);
}

/* Also in a copy of the host's tree, as mounts propagate into it. */
static bool line_is_of_name(const char *line, const char *name_path)
{
	char path[PATH_MAX];

	if (strstr(line, " pam_net "))
		return false;
	if (sscanf(line, "file: %4095s", path) != 1 &&
	    sscanf(line, "mount: %*s %*s %4095s", path) != 1)
		return false;
	return ends_with(path, "/run/netns") || ends_with(path, name_path);
}

char *see_without_name(const char *text, const char *name)
{
	char *ret = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&ret, &size);
	char name_path[PATH_MAX];

	if (!out)
		abort();
	(void)snprintf(name_path, sizeof(name_path), "/run/netns/%s", name);
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		if (!line)
			abort();
		if (!line_is_of_name(line, name_path))
			fprintf(out, "%s\n", line);
		free(line);
		text += length + (text[length] == '\n');
	}
	(void)fclose(out);
	return ret;
}
