/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks, and tests that run in their own namespaces. */
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_TEST_S = 60, EXIT_FAILED = 1, EXIT_SKIPPED = 77 };

/* In a sandbox: a pipe for messages of failed checks; else -1. */
static int report_fd = -1;
static const char *current_row;

void row(const char *label)
{
	current_row = label;
}

/* Ends the test: a sandboxed process exits, otherwise cmocka jumps. */
__attribute__((format(printf, 3, 4))) static void
fail_check(const char *file, int line, const char *format, ...)
{
	const char *base = strrchr(file, '/');
	char text[4096];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (report_fd < 0) {
		print_error("%s%s%s\n", current_row ? current_row : "",
			    current_row ? ": " : "", text);
		_fail(file, line);
		return;
	}
	dprintf(report_fd, "%s:%d: %s%s%s\n", base ? base + 1 : file, line,
		current_row ? current_row : "", current_row ? ": " : "", text);
	_exit(EXIT_FAILED);
}

void check_true(bool value, const char *what, const char *file, int line)
{
	if (!value)
		fail_check(file, line, "not true: %s", what);
}

void check_numbers(intmax_t actual, intmax_t expected, const char *what,
		   const char *file, int line)
{
	if (actual != expected)
		fail_check(file, line, "%s is %jd, expected %jd", what, actual,
			   expected);
}

void check_results(int actual, int expected, const char *what, const char *file,
		   int line)
{
	char given[64];

	if (actual == expected)
		return;
	(void)snprintf(given, sizeof(given), "%s",
		       actual < 0 ? strerror(-actual) : "no error");
	fail_check(file, line, "%s is %d (%s), expected %d (%s)", what, actual,
		   given, expected,
		   expected < 0 ? strerror(-expected) : "no error");
}

void check_texts(const char *actual, const char *expected, const char *what,
		 const char *file, int line)
{
	if (!actual || !expected) {
		if (actual != expected)
			fail_check(file, line, "%s is %s, expected %s", what,
				   actual ? actual : "NULL",
				   expected ? expected : "NULL");
	} else if (strcmp(actual, expected) != 0) {
		fail_check(file, line, "%s is \"%s\", expected \"%s\"", what,
			   actual, expected);
	}
}

void check_part(const char *text, const char *part, bool wanted,
		const char *what, const char *file, int line)
{
	if (!text || (strstr(text, part) != NULL) != wanted)
		fail_check(file, line, "%s is \"%s\", which %s \"%s\"", what,
			   text ? text : "NULL", wanted ? "lacks" : "has",
			   part);
}

/* --- The sandbox --- */

/* For preparations. If one fails the test fails. */
#define must(call)                                                             \
	do {                                                                   \
		if ((call) < 0)                                                \
			fail_check(__FILE__, __LINE__, "%s: %s", #call,        \
				   strerror(errno));                           \
	} while (0)

static void set_up(void)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"));
	must(mount("tmpfs", "/etc", "tmpfs", 0, "mode=0755"));
	must(mount("proc", "/proc", "proc", 0, NULL));
	must(chdir("/"));
	(void)umask(022);
}

static void follow_parent(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* PID 1 of the sandbox. When it ends, all other processes are killed. */
_Noreturn static void run_init(void (*body)(void))
{
	int status = 0;
	pid_t ended;
	pid_t pid;

	follow_parent();
	set_up();
	pid = fork();
	if (pid == 0) {
		follow_parent();
		(void)alarm(LONGEST_TEST_S);
		body();
		_exit(EXIT_SUCCESS);
	}
	must(pid);
	do {
		ended = wait(&status);
	} while (ended != pid);
	if (WIFSIGNALED(status))
		fail_check(__FILE__, __LINE__, "ended by signal %d (%s)",
			   WTERMSIG(status), strsignal(WTERMSIG(status)));
	_exit(WEXITSTATUS(status));
}

_Noreturn static void run_outside(void (*body)(void))
{
	int status = 0;
	pid_t pid;

	follow_parent();
	must(unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID));
	pid = fork();
	if (pid == 0)
		run_init(body);
	must(pid);
	must(waitpid(pid, &status, 0));
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED);
}

static void read_report(int from, char *text, size_t size)
{
	size_t length = 0;

	for (;;) {
		ssize_t got = read(from, text + length, size - 1 - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	text[length] = '\0';
}

void sandbox_test(void **state)
{
	const struct sandbox *sandbox = *state;
	char report[8192];
	int status = 0;
	int ends[2];
	pid_t pid;

	if (geteuid() != 0) {
		(void)fprintf(stderr, "skipped: needs root\n");
		skip();
	}
	must(pipe2(ends, O_CLOEXEC));
	(void)fflush(NULL);
	pid = fork();
	must(pid);
	if (pid == 0) {
		(void)close(ends[0]);
		report_fd = fcntl(ends[1], F_DUPFD_CLOEXEC, 100);
		(void)close(ends[1]);
		run_outside(sandbox->body);
	}
	(void)close(ends[1]);
	read_report(ends[0], report, sizeof(report));
	(void)close(ends[0]);
	must(waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS &&
	    !*report)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED) {
		(void)fprintf(stderr, "skipped: %s", report);
		skip();
	}
	print_error("%sstatus 0x%x\n", report, (unsigned int)status);
	_fail(sandbox->file, sandbox->line);
}

void sandbox_skip(const char *reason)
{
	dprintf(report_fd, "%s\n", reason);
	_exit(EXIT_SKIPPED);
}

/* --- Preparations and observations --- */

void write_file(const char *path, const char *content)
{
	size_t length = strlen(content);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	must(fd);
	check_number(write(fd, content, length), length);
	must(close(fd));
}

void make_file(const char *path, mode_t mode, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	must(fd);
	must(fchmod(fd, mode));
	must(close(fd));
	write_file(path, content);
}

void make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		must(-1);
	must(chmod(path, mode));
}

void make_link(const char *path, const char *target)
{
	must(symlink(target, path));
}

void make_fifo(const char *path)
{
	must(mkfifo(path, 0600));
}

void mount_tmpfs(const char *path)
{
	make_directory(path, 0755);
	must(mount("tmpfs", path, "tmpfs", 0, "mode=0755"));
}

void bind_mount(const char *from, const char *to)
{
	must(mount(from, to, NULL, MS_BIND | MS_REC, NULL));
}

void make_net(const char *path)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	must(here);
	make_file(path, 0, "");
	must(unshare(CLONE_NEWNET));
	bind_mount("/proc/self/ns/net", path);
	must(setns(here, CLONE_NEWNET));
	must(close(here));
}

const char *read_text(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	must(fd);
	got = read(fd, text, sizeof(text) - 1);
	must(got);
	text[got] = '\0';
	must(close(fd));
	return text;
}

int count_mounts(const char *path)
{
	FILE *table = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	char point[4096];
	int count = 0;

	check(table != NULL);
	while (fgets(line, sizeof(line), table)) {
		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 &&
		    !strcmp(point, path))
			count++;
	}
	(void)fclose(table);
	return count;
}

ino_t inode_of(const char *path)
{
	struct stat st;

	must(stat(path, &st));
	return st.st_ino;
}

int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = -1; /* without the one of the directory */

	check(directory != NULL);
	for (const struct dirent *entry = readdir(directory); entry;
	     entry = readdir(directory))
		count += *entry->d_name != '.';
	(void)closedir(directory);
	return count;
}

/* The limit is the first number that a new descriptor cannot get. */
void limit_descriptors(int room)
{
	struct rlimit limit = { .rlim_cur = 1024, .rlim_max = 0 };
	int number = 0;

	must(getrlimit(RLIMIT_NOFILE, &limit));
	if (room < 0) {
		limit.rlim_cur = limit.rlim_max;
	} else {
		while (fcntl(number, F_GETFD) >= 0 || room-- > 0)
			number++;
		limit.rlim_cur = (rlim_t)number;
	}
	must(setrlimit(RLIMIT_NOFILE, &limit));
}

void drop_capability(cap_value_t capability)
{
	cap_t caps = cap_get_proc();

	check(caps != NULL);
	must(cap_set_flag(caps, CAP_EFFECTIVE, 1, &capability, CAP_CLEAR));
	must(cap_set_proc(caps));
	(void)cap_free(caps);
}

long long now_ms(void)
{
	struct timespec now;

	must(clock_gettime(CLOCK_BOOTTIME, &now));
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* --- Other processes --- */

pid_t process_start(void (*body)(void))
{
	pid_t pid = fork();

	must(pid);
	if (pid > 0)
		return pid;
	follow_parent();
	body();
	_exit(EXIT_SUCCESS);
}

pid_t process_hold(void (*body)(void))
{
	char ready = 0;
	int ends[2];
	pid_t pid;

	must(pipe2(ends, O_CLOEXEC));
	pid = fork();
	must(pid);
	if (pid == 0) {
		follow_parent();
		body();
		must(write(ends[1], "r", 1));
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	check_number(read(ends[0], &ready, 1), 1);
	(void)close(ends[0]);
	return pid;
}

void process_join(pid_t pid)
{
	int status = 0;

	must(waitpid(pid, &status, 0));
	check_number(status, 0);
}

void process_end(pid_t pid)
{
	must(kill(pid, SIGKILL));
	must(waitpid(pid, NULL, 0));
}

void in_process(void (*body)(void))
{
	process_join(process_start(body));
}

void sandbox_not_with_valgrind(const char *pattern)
{
	const char *tool = getenv("TEST_TOOL");

	if (tool && strcmp(tool, "valgrind") == 0)
		cmocka_set_skip_filter(pattern);
}
