/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs each test on its own host. */
#include "rig.h"
#include "see.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x4
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* A tool such as valgrind makes tests slow. */
enum { TEST_SECONDS = 50, TOOL_SECONDS = 200, SKIPPED = 77 };

/* State of the process that runs one test, and of its children. */
static struct {
	int report;  /* a pipe for messages of failed assertions */
	int log;     /* /dev/log */
	char *lines; /* of the log, so far */
	char context[256];
	bool lenient; /* with other modules than ours */
	ino_t host_net;
} rig;

/* --- Assertions --- */

__attribute__((format(printf, 3, 0))) static void
write_report(const char *file, int line, const char *format, va_list args)
{
	char text[3072];
	int length;

	length = snprintf(text, sizeof(text), "%s:%d: %s", file, line,
			  rig.context);
	(void)vsnprintf(text + length, sizeof(text) - (size_t)length, format,
			args);
	(void)!write(rig.report, text, strlen(text) + 1);
}

void rig_context(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(rig.context, sizeof(rig.context), format, args);
	va_end(args);
}

_Noreturn void rig_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_report(file, line, format, args);
	va_end(args);
	_exit(1);
}

_Noreturn void rig_skip(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)!write(rig.report, text, strlen(text) + 1);
	_exit(SKIPPED);
}

long rig_must(const char *file, int line, const char *what, long result)
{
	if (result == -1)
		rig_fail(file, line, "%s: %s", what, strerror(errno));
	return result;
}

void rig_check_int(const char *file, int line, const char *what, long long got,
		   long long want)
{
	if (got != want)
		rig_fail(file, line, "%s is %lld, not %lld", what, got, want);
}

static int line_length(const char *text)
{
	return (int)strcspn(text, "\n");
}

void rig_check_text(const char *file, int line, const char *got,
		    const char *want)
{
	while (*got && *got == *want) {
		const char *rest = strchr(got, '\n');
		const char *wanted = strchr(want, '\n');

		if (line_length(got) != line_length(want) ||
		    strncmp(got, want, (size_t)line_length(got)) != 0)
			break;
		got = rest ? rest + 1 : "";
		want = wanted ? wanted + 1 : "";
	}
	if (*got || *want)
		rig_fail(file, line, "'%.*s', not '%.*s'", line_length(got),
			 got, line_length(want), want);
}

void rig_check_part(const char *file, int line, const char *text,
		    const char *part, bool wanted)
{
	if ((strstr(text, part) != NULL) != wanted)
		rig_fail(file, line, "%s '%s' in:\n%s",
			 wanted ? "no" : "unwanted", part, text);
}

static bool is_denial(int answer)
{
	return answer != PAM_SUCCESS && answer != ALL_IGNORED;
}

void rig_check_answer(const char *file, int line, int got, int want)
{
	if (rig.lenient && is_denial(got) && is_denial(want))
		return;
	if (got != want)
		rig_fail(file, line, "answered %d (%s), not %d (%s)\n%s", got,
			 pam_strerror(NULL, got), want,
			 pam_strerror(NULL, want), rig_log());
}

void rig_check_place(const char *file, int line, const char *name)
{
	ino_t net = rig_net();
	ino_t host = rig_host_net();

	if (!strcmp(name, HOST)) {
		if (net != host)
			rig_fail(file, line, "not on the host");
		return;
	}
	if (net == host)
		rig_fail(file, line, "on the host");
	if (strcmp(name, NEW) != 0 && net != rig_named(name))
		rig_fail(file, line, "in %llu, but '%s' is %llu",
			 (unsigned long long)net, name,
			 (unsigned long long)rig_named(name));
}

/* --- Files of the host --- */

const char *rig_modules(void)
{
	const char *other = getenv("MODULE_DIR");

	return other ? other : MODULE_DIR;
}

bool rig_is_peer(void)
{
	return getenv("MODULE_DIR") != NULL;
}

bool rig_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void write_text(const char *path, const char *text, int flags)
{
	int fd = (int)must(
		open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644));

	check_int(write(fd, text, strlen(text)), (long long)strlen(text));
	must(close(fd));
}

void rig_write(const char *path, const char *text)
{
	write_text(path, text, O_TRUNC);
}

void rig_append(const char *path, const char *text)
{
	write_text(path, text, O_APPEND);
}

static char *read_all(int fd)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	char part[4096];
	ssize_t got;

	check(out != NULL);
	while ((got = read(fd, part, sizeof(part))) > 0)
		(void)fwrite(part, 1, (size_t)got, out);
	(void)fclose(out);
	return text;
}

char *rig_read(const char *path)
{
	int fd = (int)must(open(path, O_RDONLY | O_CLOEXEC));
	char *text = read_all(fd);

	must(close(fd));
	return text;
}

void rig_mkdir(const char *path)
{
	char above[PATH_MAX];
	char *slash;

	(void)snprintf(above, sizeof(above), "%s", path);
	slash = strrchr(above, '/');
	if (slash && slash != above) {
		*slash = '\0';
		if (!rig_exists(above))
			rig_mkdir(above);
	}
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		fail_because("mkdir '%s': %s", path, strerror(errno));
}

void rig_override(const char *name, const char *file, const char *text)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/etc/netns/%s", name);
	rig_mkdir(path);
	(void)snprintf(path, sizeof(path), "/etc/netns/%s/%s", name, file);
	rig_write(path, text);
}

static void put_line(FILE *file, char *line)
{
	static const char *const ours[] = { "newnet", "usernet", "groupnet" };
	const char *control = "required";
	char module[PATH_MAX];
	size_t length;

	line += strspn(line, " ");
	if (*line == '[') {
		control = line;
		line = strchr(line, ']') + 1;
		*line++ = '\0';
		line += strspn(line, " ");
	}
	length = strcspn(line, " ");
	for (size_t i = 0; i < COUNT(ours); i++) {
		if (strlen(ours[i]) != length ||
		    strncmp(line, ours[i], length) != 0)
			continue;
		(void)snprintf(module, sizeof(module), "%s/pam_%s.so",
			       rig_modules(), ours[i]);
		if (!rig_exists(module))
			rig_skip("there is no %s", module);
		fprintf(file, "session %s %s%s\n", control, module,
			line + length);
		return;
	}
	fprintf(file, "session %s pam_%.*s.so%s\n", control, (int)length, line,
		line + length);
}

void rig_service(const char *service, const char *lines)
{
	char path[PATH_MAX];
	char text[4096];
	char *rest = text;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/etc/pam.d/%s", service);
	(void)snprintf(text, sizeof(text), "%s", lines);
	file = fopen(path, "we");
	check(file != NULL);
	for (char *line = strsep(&rest, ";"); line; line = strsep(&rest, ";"))
		put_line(file, line);
	must(fclose(file));
}

static void remove_below(const char *path)
{
	(void)RIG_RUN(NULL, "rm", "-rf", "--one-file-system", path);
}

/* The last mount point of the host below path; false if there is none. */
static bool last_mount_below(const char *path, char *ret, size_t size)
{
	FILE *table = fopen("/proc/1/mountinfo", "re");
	bool found = false;
	char line[8192];
	char point[PATH_MAX];

	check(table != NULL);
	while (fgets(line, sizeof(line), table)) {
		size_t length = strlen(path);

		if (sscanf(line, "%*d %*d %*s %*s %4095s", point) != 1 ||
		    strncmp(point, path, length) != 0 ||
		    (point[length] != '/' && point[length] != '\0'))
			continue;
		found = true;
		(void)snprintf(ret, size, "%s", point);
	}
	(void)fclose(table);
	return found;
}

void rig_forget_names(void)
{
	char point[PATH_MAX];

	while (last_mount_below("/run/netns", point, sizeof(point)))
		must(umount2(point, MNT_DETACH));
	remove_below("/run/netns");
	remove_below("/run/pam_net");
}

/* --- Namespaces --- */

static ino_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

ino_t rig_net(void)
{
	return inode_of("/proc/self/ns/net");
}

ino_t rig_mounts(void)
{
	return inode_of("/proc/self/ns/mnt");
}

ino_t rig_host_net(void)
{
	return rig.host_net;
}

ino_t rig_named(const char *name)
{
	char path[PATH_MAX];
	struct statfs fs;

	(void)snprintf(path, sizeof(path), "/proc/1/root/run/netns/%s", name);
	if (statfs(path, &fs) < 0 || fs.f_type != NSFS_MAGIC)
		return 0;
	return inode_of(path);
}

static int mounts_at(const char *mountinfo, const char *path)
{
	FILE *table = fopen(mountinfo, "re");
	char line[8192];
	char point[PATH_MAX];
	int count = 0;

	check(table != NULL);
	while (fgets(line, sizeof(line), table))
		if (sscanf(line, "%*d %*d %*s %*s %4095s", point) == 1)
			count += !strcmp(point, path);
	(void)fclose(table);
	return count;
}

void rig_refuse(int call, int argument, unsigned int mask, int error)
{
	/* The lower half of an argument. */
	unsigned int half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)offsetof(struct seccomp_data, args) +
				 8 * (unsigned int)argument + half),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1),
		BPF_STMT(BPF_RET | BPF_K,
			 SECCOMP_RET_ERRNO | (unsigned int)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = COUNT(filter), .filter = filter };

	if (mask == 0)
		filter[3] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K,
			SECCOMP_RET_ERRNO | (unsigned int)error);
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

int rig_host_mounts_at(const char *path)
{
	return mounts_at("/proc/1/mountinfo", path);
}

int rig_mounts_at(const char *path)
{
	return mounts_at("/proc/self/mountinfo", path);
}

void rig_add_device(void)
{
	static const char *const types[] = { "dummy", "bridge", "veth" };

	for (size_t i = 0; i < COUNT(types); i++)
		if (RIG_RUN(NULL, "ip", "link", "add", "eth0", "type",
			    types[i]) == 0)
			return;
	rig_skip("the kernel makes no network device");
}

bool rig_loopback_is_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	must(ioctl(fd, SIOCGIFFLAGS, &request));
	must(close(fd));
	return request.ifr_flags & IFF_UP;
}

enum { SEE_PROCESS = 1 << 0, SEE_MOUNTS = 1 << 1, SEE_HOST = 1 << 2 };

static char *see(pam_handle_t *pamh, unsigned int what)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	check(out != NULL);
	if (what & SEE_PROCESS)
		see_process(out, pamh);
	if (what & SEE_MOUNTS)
		see_mounts(out, "/proc/self/mountinfo");
	if (what & SEE_HOST)
		see_host(out);
	(void)fclose(out);
	return text;
}

char *rig_see(pam_handle_t *pamh)
{
	return see(pamh, SEE_PROCESS | SEE_MOUNTS | SEE_HOST);
}

char *rig_see_host(void)
{
	return see(NULL, SEE_HOST);
}

char *rig_see_self(pam_handle_t *pamh)
{
	return see(pamh, SEE_PROCESS);
}

char *rig_without_names(char *text)
{
	char *line = text;

	while (*line) {
		char *next = strchr(line, '\n');
		char *at = strstr(line, "/run/netns");

		next = next ? next + 1 : line + strlen(line);
		if (at && at < next)
			memmove(line, next, strlen(next) + 1);
		else
			line = next;
	}
	return text;
}

static int loopback_is_up_in(const void *data)
{
	int fd = (int)must(open(data, O_RDONLY | O_CLOEXEC));

	must(setns(fd, CLONE_NEWNET));
	return rig_loopback_is_up() ? 0 : 1;
}

void rig_check_names(const char *file, int line)
{
	DIR *directory = opendir("/proc/1/root/run/netns");
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char path[PATH_MAX];
		ino_t net;

		if (*entry->d_name == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/proc/1/root/run/netns/%s",
			       entry->d_name);
		net = rig_named(entry->d_name);
		if (net == 0 || net == rig_host_net())
			rig_fail(file, line, "'%s' is left, no namespace",
				 path);
		if (rig_wait(rig_fork(loopback_is_up_in, path)) != 0)
			rig_fail(file, line, "'%s' is left with lo down", path);
	}
	if (directory)
		(void)closedir(directory);
}

/* --- Other processes --- */

pid_t rig_fork(int (*run)(const void *data), const void *data)
{
	pid_t pid = (pid_t)must(fork());

	if (pid == 0)
		_exit(run(data));
	return pid;
}

void rig_on_host(void (*run)(const void *data), const void *data)
{
	pid_t pid = (pid_t)must(fork());

	if (pid == 0) {
		int fd = (int)must(open("/proc/1/ns/mnt", O_RDONLY));

		must(setns(fd, CLONE_NEWNS));
		run(data);
		_exit(0);
	}
	if (rig_wait(pid) != 0)
		_exit(1);
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int rig_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		check_int(errno, EINTR);
	return exit_status(status);
}

int rig_run(char **ret_output, const char *const argv[])
{
	char *output;
	int pair[2];
	pid_t pid;

	must(pipe2(pair, O_CLOEXEC));
	pid = (pid_t)must(fork());
	if (pid == 0) {
		(void)dup2(pair[1], STDOUT_FILENO);
		(void)dup2(pair[1], STDERR_FILENO);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	must(close(pair[1]));
	output = read_all(pair[0]);
	must(close(pair[0]));
	if (ret_output)
		*ret_output = output;
	else
		free(output);
	return rig_wait(pid);
}

/* --- The log --- */

static const char *const priorities[] = {
	"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
};

/* "<86>Nov 22 00:00:00 driver[3]: pam_…"; other lines stay as they are. */
static void put_message(FILE *out, const char *message)
{
	unsigned int number = 0;
	const char *ours = strstr(message, ": ");

	(void)sscanf(message, "<%u>", &number);
	if (LOG_FAC(number) == LOG_FAC(LOG_AUTHPRIV) && ours)
		fprintf(out, "%s %s\n", priorities[LOG_PRI(number)], ours + 2);
	else
		fprintf(out, "%s\n", message);
}

const char *rig_log(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	char message[8192];
	ssize_t got;

	if (!out)
		abort();
	fputs(rig.lines ? rig.lines : "", out);
	while ((got = recv(rig.log, message, sizeof(message) - 1,
			   MSG_DONTWAIT)) > 0) {
		message[got] = '\0';
		put_message(out, message);
	}
	(void)fclose(out);
	free(rig.lines);
	rig.lines = text;
	return text;
}

void rig_log_forget(void)
{
	(void)rig_log();
	*rig.lines = '\0';
}

static int line_priority(const char *line)
{
	for (int i = 0; i < (int)COUNT(priorities); i++) {
		size_t length = strlen(priorities[i]);

		if (!strncmp(line, priorities[i], length) &&
		    !strncmp(line + length, " pam_", 5))
			return i;
	}
	return INT_MAX;
}

static bool line_is_ours(const char *line)
{
	const char *name = strchr(line, ' ');

	return name && (!strncmp(name, " pam_newnet(", 12) ||
			!strncmp(name, " pam_usernet(", 13) ||
			!strncmp(name, " pam_groupnet(", 14));
}

/* Returns the next line of our modules and moves *rest behind it. */
static const char *log_next(const char **rest)
{
	while (**rest) {
		const char *line = *rest;

		*rest = line + line_length(line);
		*rest += **rest == '\n';
		if (line_is_ours(line))
			return line;
	}
	return NULL;
}

void rig_check_logged(const char *file, int line, int priority,
		      const char *part, bool wanted)
{
	const char *rest = rig_log();
	const char *text;
	bool found = false;

	if (rig.lenient)
		return;
	while ((text = log_next(&rest))) {
		const char *at = strstr(text, part);

		if (line_priority(text) == priority && at &&
		    at < text + line_length(text))
			found = true;
	}
	if (found != wanted)
		rig_fail(file, line, "%s %s line with '%s':\n%s",
			 wanted ? "no" : "unwanted", priorities[priority], part,
			 rig_log());
}

int rig_log_count(int priority)
{
	const char *rest = rig_log();
	const char *line;
	int count = 0;

	while ((line = log_next(&rest)))
		count += line_priority(line) <= priority;
	return count;
}

void rig_check_log_count(const char *file, int line, int priority, int want)
{
	int got = rig_log_count(priority);

	if (got != want && !rig.lenient)
		rig_fail(file, line, "%d lines of '%s' or worse, not %d:\n%s",
			 got, priorities[priority], want, rig_log());
}

/* --- Logins --- */

static void take_message(struct login *login, const struct pam_message *message)
{
	size_t length = strlen(login->said);

	(void)snprintf(login->said + length, sizeof(login->said) - length,
		       "%s: %s\n",
		       message->msg_style == PAM_ERROR_MSG   ? "error"
		       : message->msg_style == PAM_TEXT_INFO ? "info"
							     : "prompt",
		       message->msg);
}

static int rig_converse(int count, const struct pam_message **messages,
			struct pam_response **ret, void *data)
{
	*ret = calloc((size_t)count, sizeof(**ret));
	if (!*ret)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++) {
		take_message(data, messages[i]);
		(*ret)[i].resp = strdup("");
	}
	return PAM_SUCCESS;
}

void login_start(struct login *login, const char *service, const char *user)
{
	struct pam_conv conversation = { .conv = rig_converse,
					 .appdata_ptr = login };

	*login = (struct login){ .pamh = NULL };
	check_answer(pam_start_confdir(service, user, &conversation,
				       "/etc/pam.d", &login->pamh),
		     PAM_SUCCESS);
}

int login_open(struct login *login)
{
	return pam_open_session(login->pamh, 0);
}

int login_open_silently(struct login *login)
{
	return pam_open_session(login->pamh, PAM_SILENT);
}

/* The peer returns PAM_IGNORE when it closes. No test is about that. */
int login_close(struct login *login)
{
	int r = pam_close_session(login->pamh, 0);

	return rig_is_peer() && r == ALL_IGNORED ? PAM_SUCCESS : r;
}

void login_end(struct login *login)
{
	(void)pam_end(login->pamh, PAM_SUCCESS);
	login->pamh = NULL;
}

/* --- Logins of another process --- */

#define TRACE SCRATCH "/trace"

/* The other programs are in the directory of this one. */
static void own_directory(char *ret, size_t size)
{
	ssize_t length = must(readlink("/proc/self/exe", ret, size - 1));

	ret[length] = '\0';
	*strrchr(ret, '/') = '\0';
}

static size_t add_words(const char *argv[], size_t count, char *words)
{
	for (char *word = strsep(&words, " "); word; word = strsep(&words, " "))
		if (*word)
			argv[count++] = word;
	return count;
}

struct driven drive(const struct drive *wanted)
{
	struct driven driven = { .status = 2 };
	char driver[PATH_MAX];
	char strace[1024];
	char words[256];
	const char *argv[64];
	size_t count = 0;

	own_directory(driver, sizeof(driver) - 16);
	strcat(driver, "/driver");
	if (wanted->strace) {
		(void)snprintf(strace, sizeof(strace), "strace -f -qq -o %s %s",
			       TRACE, wanted->strace);
		count = add_words(argv, count, strace);
	}
	argv[count++] = driver;
	(void)snprintf(words, sizeof(words), "%s",
		       wanted->driver ? wanted->driver : "");
	count = add_words(argv, count, words);
	argv[count++] = wanted->service;
	argv[count++] = wanted->user;
	argv[count] = NULL;
	driven.status = rig_run(&driven.output, argv);
	if (wanted->strace && driven.status == 127)
		rig_skip("strace is missing");
	if (driven.status == 2)
		fail_because("the driver says:\n%s", driven.output);
	driven.trace = wanted->strace ? rig_read(TRACE) : strdup("");
	return driven;
}

void driven_free(struct driven *driven)
{
	free(driven->output);
	free(driven->trace);
	*driven = (struct driven){ .status = 2 };
}

char *driven_block(const struct driven *driven, const char *when)
{
	char head[64];
	const char *start;
	const char *end;

	(void)snprintf(head, sizeof(head), "== %s\n", when);
	start = strstr(driven->output, head);
	if (!start)
		fail_because("no block '%s' in:\n%s", when, driven->output);
	start += strlen(head);
	end = strstr(start, "\nanswer: ");
	if (!end || (strstr(start, "\n== ") && strstr(start, "\n== ") < end))
		end = strstr(start, "\n== ");
	return end ? strndup(start, (size_t)(end - start)) : strdup(start);
}

ino_t driven_net(const struct driven *driven, const char *when)
{
	char *block = driven_block(driven, when);
	unsigned long long inode = 0;

	check_int(sscanf(block, "net: net:[%llu]", &inode), 1);
	free(block);
	return (ino_t)inode;
}

enum { MOST_CHILDREN = 16 };

/* One more call of this child. Returns how many it has made. */
static int count_of_child(int pids[], int counts[], int pid)
{
	for (int i = 0; i < MOST_CHILDREN; i++) {
		if (pids[i] != 0 && pids[i] != pid)
			continue;
		pids[i] = pid;
		return ++counts[i];
	}
	return 0;
}

static bool line_is_call(const char *line, const char *call)
{
	size_t length = strlen(call);

	line += strcspn(line, " ");
	line += strspn(line, " ");
	return !strncmp(line, call, length) && line[length] == '(';
}

struct driven_calls driven_count(const struct driven *driven, const char *call,
				 const char *mark)
{
	struct driven_calls calls = { 0, 0, 0 };
	const char *line = driven->trace;
	int pids[MOST_CHILDREN] = { 0 };
	int counts[MOST_CHILDREN] = { 0 };
	int leader = atoi(line);
	bool within = false;
	char start[64];
	char end[64];

	(void)snprintf(start, sizeof(start), "\"mark:%s\"", mark);
	(void)snprintf(end, sizeof(end), "\"mark:%s",
		       !strcmp(mark, "open") ? "opened" : "closed");
	for (; *line; line += line_length(line), line += *line == '\n') {
		char text[1024];
		bool own;

		(void)snprintf(text, sizeof(text), "%.*s", line_length(line),
			       line);
		own = atoi(text) == leader;
		if (own && strstr(text, end))
			break;
		within = within || (own && strstr(text, start));
		if (!line_is_call(text, call))
			continue;
		if (own && within)
			calls.within++;
		else if (own)
			calls.before++;
		else if (within) {
			int count = count_of_child(pids, counts, atoi(text));

			if (count > calls.helper)
				calls.helper = count;
		}
	}
	return calls;
}

/* --- Building the host, in its process 1 --- */

static void mount_at(const char *type, const char *path, unsigned long flags,
		     const char *options)
{
	if (mount(type, path, type, flags, options) < 0)
		fail_because("mount %s on %s: %s", type, path, strerror(errno));
}

static void build_dev(void)
{
	static const struct {
		const char *path;
		unsigned int minor;
	} nodes[] = {
		{ "/dev/null", 3 },   { "/dev/zero", 5 },    { "/dev/full", 7 },
		{ "/dev/random", 8 }, { "/dev/urandom", 9 },
	};

	mount_at("tmpfs", "/dev", MS_NOSUID, "mode=755");
	for (size_t i = 0; i < COUNT(nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666,
			   makedev(1, nodes[i].minor)));
	must(mkdir(SCRATCH, 0755));
	must(mkdir(SCRATCH "/empty", 0755));
}

static void build_proc(unsigned int flags)
{
	mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	rig.host_net = inode_of("/proc/self/ns/net");
	if (flags & RIG_HOST_UNKNOWN)
		must(mount(SCRATCH "/empty", "/proc/1/ns", NULL, MS_BIND,
			   NULL));
}

/* The machine's cgroups are kept: mounting them anew resets options. */
static void build_sys(void)
{
	int cgroups = (int)syscall(SYS_open_tree, AT_FDCWD, "/sys/fs/cgroup",
				   OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);

	while (umount2("/sys", MNT_DETACH) == 0)
		;
	mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	if (cgroups >= 0)
		must(syscall(SYS_move_mount, cgroups, "", AT_FDCWD,
			     "/sys/fs/cgroup", MOVE_MOUNT_F_EMPTY_PATH));
	else
		mount_at("tmpfs", "/sys/fs/cgroup", MS_NOSUID, "mode=755");
	mount_at("tmpfs", "/sys/firmware", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		 "mode=755");
	rig_write("/sys/firmware/mark", "");
	if (cgroups >= 0)
		must(close(cgroups));
}

static void build_etc(unsigned int flags)
{
	static const char *const users[] = { "alice", "nina", "both", "lara",
					     "lab" };
	char path[64];

	(void)RIG_RUN(NULL, "cp", "/etc/ld.so.cache", SCRATCH);
	mount_at("tmpfs", "/etc", MS_NOSUID, "mode=755");
	(void)RIG_RUN(NULL, "mv", SCRATCH "/ld.so.cache", "/etc");
	rig_write("/etc/nsswitch.conf", "passwd: files\ngroup: files\n");
	rig_write("/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
				 "alice:x:3001:3001::/:/bin/sh\n"
				 "nina:x:3002:3002::/:/bin/sh\n"
				 "both:x:3003:3003::/:/bin/sh\n"
				 "bob:x:3004:3004::/:/bin/sh\n"
				 "lara:x:3005:3005::/:/bin/sh\n"
				 "nobody:x:65534:65534::/:/bin/sh\n");
	rig_write("/etc/group", "root:x:0:\n"
				"alice:x:3001:\n"
				"nina:x:3002:\n"
				"both:x:3003:\n"
				"bob:x:3004:\n"
				"lara:x:3005:\n"
				"newnet:x:3101:nina,both\n"
				"usernet:x:3102:alice,both\n"
				"groupnet-lab:x:3103:lara\n"
				"nogroup:x:65534:\n");
	rig_write("/etc/resolv.conf", "# the host's\n");
	rig_write("/etc/hosts", "127.0.0.1 localhost\n");
	rig_mkdir("/etc/pam.d");
	rig_service("other", "deny");
	for (size_t i = 0; i < COUNT(users) && !(flags & RIG_NO_NAMES); i++) {
		(void)snprintf(path, sizeof(path), "/etc/netns/%s", users[i]);
		rig_mkdir(path);
	}
	rig_service("newnet", "newnet");
	rig_service("usernet", "usernet");
}

/* The queue must hold all lines that a test logs before it reads them. */
static void build_log(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
					     .sun_path = "/dev/log" };

	rig_write("/proc/sys/net/unix/max_dgram_qlen", "512");
	rig.log = (int)must(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	must(bind(rig.log, (const struct sockaddr *)&address, sizeof(address)));
	must(chmod("/dev/log", 0666));
}

static void build_network(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	request.ifr_flags = IFF_UP;
	must(ioctl(fd, SIOCSIFFLAGS, &request));
	must(close(fd));
}

#define NEW_ROOT SCRATCH "/root"

/* Makes one entry of the new root. */
static void build_root_entry(const char *name)
{
	char from[PATH_MAX];
	char to[PATH_MAX];
	char link[PATH_MAX];
	struct stat st;
	ssize_t length;

	(void)snprintf(from, sizeof(from), "/%s", name);
	(void)snprintf(to, sizeof(to), NEW_ROOT "/%s", name);
	must(lstat(from, &st));
	if (S_ISLNK(st.st_mode)) {
		length = must(readlink(from, link, sizeof(link) - 1));
		link[length] = '\0';
		must(symlink(link, to));
	} else if (S_ISDIR(st.st_mode)) {
		must(mkdir(to, 0755));
		/* The new root is below /dev, so that bind is not recursive. */
		if (!strcmp(name, "etc"))
			(void)RIG_RUN(NULL, "cp", "-a", "/etc/.", to);
		else
			must(mount(from, to, NULL,
				   strcmp(name, "dev") != 0 ? MS_BIND | MS_REC
							    : MS_BIND,
				   NULL));
	}
}

/* Makes a root whose /etc is a plain directory, not a mount. */
static void build_root(void)
{
	DIR *directory = opendir("/");
	const struct dirent *entry;

	check(directory != NULL);
	must(mkdir(NEW_ROOT, 0755));
	mount_at("tmpfs", NEW_ROOT, 0, "mode=755");
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			build_root_entry(entry->d_name);
	(void)closedir(directory);
	must(chdir(NEW_ROOT));
	must(syscall(SYS_pivot_root, ".", "."));
	must(umount2(".", MNT_DETACH));
	must(chdir("/"));
}

static void build_host(unsigned int flags)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(chdir("/"));
	(void)umask(022);
	build_sys();
	build_dev();
	build_proc(flags);
	build_etc(flags);
	mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755");
	build_log();
	build_network();
	if (flags & RIG_ONE_ROOT)
		build_root();
	if (!(flags & RIG_PRIVATE))
		must(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL));
}

/* --- Running a case --- */

/* Like an application that logs before it loads the modules. */
_Noreturn static void run_case(const struct rig_case *test)
{
	openlog("application", LOG_PID | LOG_NDELAY, LOG_AUTH);
	(void)rig_log();
	test->run(test->data);
	_exit(0);
}

_Noreturn static void be_init(const struct rig_case *test)
{
	const char *peer = getenv("MODULE_DIR");
	char *kept = peer ? strdup(peer) : NULL;
	int null;
	pid_t pid;

	/* Close descriptors inherited from the caller of the tests. */
	if (rig.report > 3)
		(void)syscall(SYS_close_range, 3, rig.report - 1, 0);
	(void)syscall(SYS_close_range, rig.report + 1, ~0U, 0);
	/* Standard output is only for TAP. */
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	(void)close(null);
	(void)clearenv();
	(void)setenv("PATH",
		     "/usr/local/sbin:/usr/local/bin:/usr/sbin:"
		     "/usr/bin:/sbin:/bin",
		     1);
	if (kept)
		(void)setenv("MODULE_DIR", kept, 1);
	build_host(test->flags);
	pid = (pid_t)must(fork());
	if (pid == 0)
		run_case(test);
	for (;;) {
		int status;
		pid_t ended = wait(&status);

		if (ended == pid)
			_exit(exit_status(status));
	}
}

/* Like fork(2), into new namespaces. */
static pid_t start_host(const struct rig_case *test)
{
	unsigned long flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET;
	pid_t pid;

#ifdef __s390__
	pid = (pid_t)syscall(SYS_clone, 0, flags | SIGCHLD, 0, 0, 0);
#else
	pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
#endif
	if (pid == 0)
		be_init(test);
	return pid;
}

/* Returns the status of the case; 137 if it took too long. */
static int wait_for_case(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	int seconds = getenv("TEST_TOOL") ? TOOL_SECONDS : TEST_SECONDS;
	int status = 0;

	/* valgrind 3.19 does not support pidfd_open(2). */
	if (fd >= 0 && poll(&ended, 1, seconds * 1000) == 0)
		(void)kill(pid, SIGKILL);
	(void)close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return exit_status(status);
}

/* Reads the messages of all processes of the case. */
static void read_reports(int fd, char *ret, size_t size)
{
	ssize_t got = read(fd, ret, size - 1);

	ret[got < 0 ? 0 : got] = '\0';
	for (ssize_t i = 0; i < got - 1; i++)
		if (!ret[i])
			ret[i] = '\n';
}

static void run_on_host(void **state)
{
	const struct rig_case *test = *state;
	char text[16384];
	int status;
	int pair[2];
	pid_t pid;

	assert_int_equal(pipe2(pair, O_CLOEXEC | O_NONBLOCK), 0);
	rig.report = pair[1];
	pid = start_host(test);
	assert_true(pid > 0);
	(void)close(pair[1]);
	status = wait_for_case(pid);
	read_reports(pair[0], text, sizeof(text));
	(void)close(pair[0]);
	if (status == SKIPPED && !getenv("CI")) {
		print_error("%s: skipped: %s\n", test->name, text);
		skip();
	}
	if (status != 0 || *text) {
		print_error("%s: %s\n", test->name,
			    *text	    ? text
			    : status == 137 ? "no end in time"
					    : "ended without a reason");
		fail();
	}
}

int rig_main(int argc, char *argv[], const char *group,
	     const struct rig_case *cases, size_t count)
{
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	const char *tool = getenv("TEST_TOOL");
	size_t used = 0;
	int failed;

	if (!tests)
		return 1;
	rig.lenient = rig_is_peer() && strcmp(group, "messages") != 0;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	for (size_t i = 0; i < count; i++) {
		if (tool && cases[i].flags & RIG_PLAIN) {
			printf("# not with %s: %s\n", tool, cases[i].name);
			continue;
		}
		tests[used++] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = run_on_host,
			.initial_state = (void *)(uintptr_t)&cases[i],
		};
	}
	failed = _cmocka_run_group_tests(group, tests, used, NULL, NULL);
	free(tests);
	return failed != 0;
}
