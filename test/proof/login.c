/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One login in a process of its own, and the host around it. */
#include "login.h"
#include "../module/see.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define RULES_FILE "/etc/security/proof.conf"

const struct login logins[] = {
	{ "newnet", "pam_newnet.so", "nina", NEW, LOGIN_CORE },
	{ "newnet nomount", "pam_newnet.so nomount", "nina", NEW, 0 },
	{ "newnet etc=", "pam_newnet.so etc=alice", "nina", NEW,
	  LOGIN_OVERRIDES },
	{ "create", "pam_usernet.so", "alice", "alice", LOGIN_CORE },
	{ "create beside others", "pam_usernet.so", "alice", "alice",
	  LOGIN_PREPARED },
	{ "create beside ip netns", "pam_usernet.so", "alice", "alice",
	  LOGIN_IP },
	{ "create over a stale file", "pam_usernet.so", "alice", "alice",
	  LOGIN_STALE },
	{ "create with overrides", "pam_usernet.so", "alice", "alice",
	  LOGIN_CORE | LOGIN_OVERRIDES },
	{ "create lodown", "pam_usernet.so lodown", "alice", "alice", 0 },
	{ "create rootshared", "pam_usernet.so rootshared", "alice", "alice",
	  LOGIN_CORE | LOGIN_OVERRIDES },
	{ "create from /sys, with all that is said",
	  "pam_usernet.so debug announce log=/var/log/proof.log", "alice",
	  "alice", LOGIN_IN_SYS },
	{ "join", "pam_usernet.so", "alice", "alice",
	  LOGIN_CORE | LOGIN_JOINS },
	{ "join with overrides", "pam_usernet.so", "alice", "alice",
	  LOGIN_JOINS | LOGIN_OVERRIDES },
	{ "nested create", "pam_usernet.so", "alice", "alice",
	  LOGIN_CORE | LOGIN_NESTED },
	{ "nested join", "pam_usernet.so", "alice", "alice",
	  LOGIN_NESTED | LOGIN_JOINS },
	{ "nested newnet", "pam_newnet.so", "nina", NEW, LOGIN_NESTED },
	{ "slave create", "pam_usernet.so", "alice", "alice",
	  LOGIN_CORE | LOGIN_SLAVE },
	{ "slave join", "pam_usernet.so", "alice", "alice",
	  LOGIN_SLAVE | LOGIN_JOINS },
	{ "chrooted create", "pam_usernet.so", "alice", "alice", LOGIN_CHROOT },
	{ "host unknown create", "pam_usernet.so", "alice", "alice",
	  LOGIN_UNKNOWN },
	{ "host unknown join", "pam_usernet.so", "alice", "alice",
	  LOGIN_UNKNOWN | LOGIN_JOINS },
	{ "stacked newnet, usernet", "pam_newnet.so announce;pam_usernet.so",
	  "both", "both", LOGIN_CORE },
	{ "groupnet", "pam_groupnet.so", "lara", "lab", 0 },
	{ "policy host", "pam_usernet.so config=" RULES_FILE, "bob", HOST,
	  LOGIN_CORE | LOGIN_RULES | LOGIN_NESTED },
	{ "policy name by group", "pam_usernet.so config=" RULES_FILE, "lara",
	  "lab", LOGIN_RULES },
	{ "policy new", "pam_usernet.so config=" RULES_FILE, "nora", NEW,
	  LOGIN_RULES },
	{ "bystander", "pam_newnet.so;pam_usernet.so", "bob", STAY, 0 },
	{ "root", "pam_newnet.so;pam_usernet.so", "root", STAY, 0 },
};

const size_t login_count = sizeof(logins) / sizeof(logins[0]);

static const struct login outer = { "outer", "pam_usernet.so", "both", "both",
				    0 };

static int log_socket = -1;

void (*login_around_modules)(bool inside);

_Noreturn void fatal(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	_exit(125);
}

long must(const char *what, long result)
{
	if (result < 0)
		fatal("%s: %s", what, strerror(errno));
	return result;
}

/* --- The host --- */

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		fatal("%s: %s", path, strerror(errno));
}

static void service_name(const struct login *login, char *ret, size_t size)
{
	(void)snprintf(ret, size, "proof-%s", login->name);
	for (char *at = ret; *at; at++)
		if (strchr(" /,=", *at))
			*at = '_';
}

void host_add_stack(const struct login *login)
{
	char service[128];
	char path[256];
	char text[1024] = "";
	char lines[512];
	char *rest = lines;
	char *line;

	(void)snprintf(lines, sizeof(lines), "%s;pam_permit.so", login->stack);
	while ((line = strsep(&rest, ";"))) {
		size_t length = strlen(text);

		(void)snprintf(text + length, sizeof(text) - length,
			       "session required %s\n", line);
	}
	service_name(login, service, sizeof(service));
	(void)snprintf(path, sizeof(path), "/etc/pam.d/%s", service);
	write_file(path, text);
}

void host_take_log(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = "/dev/log" };
	int room = 1 << 20;

	/* In the network namespace of the test host; 10 lines are too few. */
	write_file("/proc/sys/net/unix/max_dgram_qlen", "1024");
	log_socket = (int)must(
		"socket",
		socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	(void)setsockopt(log_socket, SOL_SOCKET, SO_RCVBUFFORCE, &room,
			 sizeof(room));
	(void)unlink(address.sun_path);
	must("/dev/log",
	     bind(log_socket, (struct sockaddr *)&address, sizeof(address)));
}

const char *host_log(void)
{
	static char text[1 << 16] = "";
	size_t length = 0;
	ssize_t got;
	char line[4096];

	text[0] = '\0';
	while ((got = recv(log_socket, line, sizeof(line) - 1, 0)) > 0) {
		line[got] = '\0';
		if (length + (size_t)got + 2 > sizeof(text))
			continue;
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "%s\n", line);
	}
	return text;
}

void host_start(void)
{
	if (!getenv("TEST_HOST"))
		fatal("run it in a test host: test/host PROGRAM");
	(void)signal(SIGPIPE, SIG_IGN);
	host_add_stack(&outer);
	for (size_t i = 0; i < login_count; i++)
		host_add_stack(&logins[i]);
	write_file(RULES_FILE, "bob * host\n"
			       "@groupnet-* * %1\n"
			       "@newnet * new\n");
	must("chmod", chmod(RULES_FILE, 0644));
	(void)unlink("/etc/resolv.conf");
	must("symlink", symlink("../run/resolv.conf", "/etc/resolv.conf"));
	must("mkdir", mkdir(NEW_ROOT, 0755));
	must("bind", mount("/", NEW_ROOT, NULL, MS_BIND | MS_REC, NULL));
	must("slave", mount(NULL, NEW_ROOT, NULL, MS_SLAVE | MS_REC, NULL));
	must("flags", symlink("nothing", "/run/resolv.conf"));
}

static void remove_all(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	char below[PATH_MAX];

	while (directory && (entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		(void)snprintf(below, sizeof(below), "%s/%s", path,
			       entry->d_name);
		while (umount2(below, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			;
		if (unlink(below) < 0 && errno == EISDIR)
			remove_all(below);
	}
	if (directory)
		(void)closedir(directory);
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	(void)rmdir(path);
}

void host_reset(void)
{
	remove_all(NEW_ROOT "/run/netns");
	remove_all("/run/netns");
	remove_all("/run/pam_net");
}

/* Keeps the files: one that is old need not be waited for. */
static void uncover_names(void)
{
	while (umount2("/run/netns/alice", MNT_DETACH) == 0)
		;
	while (umount2("/run/netns", MNT_DETACH) == 0)
		;
}

static void run_quietly(const struct login *login)
{
	static struct course *course;

	if (!course)
		course = course_make();
	if (login_run(login, course) != 0 || course->answers[STAGE_OPEN] != 0)
		fatal("'%s' is denied: %s", login->name, host_log());
}

static void prepare_stale(void)
{
	struct stat st;

	uncover_names();
	remove_all("/run/pam_net");
	if (lstat("/run/netns/alice", &st) == 0)
		return;
	host_reset();
	must("mkdir", mkdir("/run/netns", 0755));
	write_file("/run/netns/alice", "");
	(void)sleep(3);
}

void host_prepare(const struct login *login)
{
	static const struct login other = { "create", "pam_usernet.so", "alan",
					    "alan", 0 };
	static const struct login own = { "create", "pam_usernet.so", "alice",
					  "alice", 0 };
	static const char add[] = "ip netns add other";

	if (login->flags & LOGIN_STALE) {
		prepare_stale();
		return;
	}
	host_reset();
	if (login->flags & LOGIN_IP && system(add) != 0)
		fatal("%s fails", add);
	if (login->flags & LOGIN_PREPARED)
		run_quietly(&other);
	if (login->flags & LOGIN_NESTED)
		run_quietly(&outer);
	if (login->flags & LOGIN_JOINS)
		run_quietly(&own);
}

void host_configure(const struct login *login)
{
	host_reset();
	remove_all("/etc/netns/alice");
	if (!(login->flags & LOGIN_OVERRIDES))
		return;
	(void)mkdir("/etc/netns", 0755);
	must("mkdir", mkdir("/etc/netns/alice", 0755));
	must("mkdir", mkdir("/etc/netns/alice/security", 0755));
	write_file("/etc/netns/alice/hosts", "127.0.0.1 localhost\n");
	write_file("/etc/netns/alice/resolv.conf", "nameserver 192.0.2.53\n");
	write_file("/etc/netns/alice/not-there", "");
}

ino_t host_named(const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/run/netns/%s", name);
	return lstat(path, &st) < 0 ? 0 : st.st_ino;
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

ino_t host_net(void)
{
	return inode_of("/proc/1/ns/net");
}

char *host_see(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		fatal("no memory");
	see_host(out);
	(void)fclose(out);
	return text;
}

int host_mounts_at(const char *path)
{
	FILE *table = fopen("/proc/1/mountinfo", "re");
	char line[8192];
	char point[4096];
	int count = 0;

	while (table && fgets(line, sizeof(line), table))
		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 &&
		    !strcmp(point, path))
			count++;
	if (table)
		(void)fclose(table);
	return count;
}

/* --- A login --- */

bool has_word(int argc, char *argv[], const char *word)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], word))
			return true;
	return false;
}

bool login_is_wanted(const struct login *login, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		if (*argv[i] != '-')
			return has_word(argc, argv, login->name);
	return has_word(argc, argv, "--all") || login->flags & LOGIN_CORE;
}

struct course *course_make(void)
{
	struct course *course = mmap(NULL, sizeof(*course),
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (course == MAP_FAILED)
		fatal("no memory");
	return course;
}

void course_free(struct course *course)
{
	(void)munmap(course, sizeof(*course));
}

static void look(struct course *course, enum stage stage, pam_handle_t *pamh)
{
	struct seen *seen = &course->seen[stage];
	FILE *out = fmemopen(seen->text, sizeof(seen->text), "w");

	if (!out)
		fatal("no memory");
	see_process(out, pamh);
	see_mounts(out, "/proc/self/mountinfo");
	if (fclose(out) != 0)
		fatal("too much to see");
	seen->net = inode_of("/proc/self/ns/net");
	seen->mounts = inode_of("/proc/self/ns/mnt");
	course->reached = (int)stage;
}

static void mark(int which)
{
	(void)syscall(SYS_faccessat, which, NULL, 0);
}

static void tell_around(bool inside)
{
	if (login_around_modules)
		login_around_modules(inside);
}

/* What the login is seen by, while it is under way. */
static struct course *under_way;
static pam_handle_t *under_way_handle;

/* A line of the stack that announces itself has opened, and its work is done.
 */
static int converse(int count, const struct pam_message **messages,
		    struct pam_response **ret, void *data)
{
	(void)data;
	*ret = calloc((size_t)count, sizeof(**ret));
	if (!*ret)
		return PAM_BUF_ERR;
	/* A denial is told as an error. */
	if (!under_way || messages[0]->msg_style != PAM_TEXT_INFO)
		return PAM_SUCCESS;
	mark(MARK_PAUSE);
	tell_around(false);
	look(under_way, STAGE_BETWEEN, under_way_handle);
	tell_around(true);
	mark(MARK_AGAIN);
	return PAM_SUCCESS;
}

pam_handle_t *login_handle(const struct login *login)
{
	static const struct pam_conv conversation = { .conv = converse };
	pam_handle_t *pamh = NULL;
	char service[128];

	service_name(login, service, sizeof(service));
	if (pam_start(service, login->user, &conversation, &pamh) !=
	    PAM_SUCCESS)
		fatal("pam_start %s", service);
	(void)pam_set_item(pamh, PAM_TTY, "proof");
	return pamh;
}

static void drop_ptrace(void)
{
	static const cap_value_t capability[] = { CAP_SYS_PTRACE };
	cap_t mine = cap_get_proc();

	if (!mine ||
	    cap_set_flag(mine, CAP_EFFECTIVE, 1, capability, CAP_CLEAR) < 0 ||
	    cap_set_flag(mine, CAP_PERMITTED, 1, capability, CAP_CLEAR) < 0 ||
	    cap_set_proc(mine) < 0)
		fatal("cannot drop CAP_SYS_PTRACE");
	(void)cap_free(mine);
}

/* As su does it, whom another user has called. */
static void enter_session(void)
{
	pam_handle_t *pamh = login_handle(&outer);

	if (pam_open_session(pamh, 0) != PAM_SUCCESS)
		fatal("no session to be in");
	must("setresuid", setresuid(2006, 0, 0));
}

static void stand(const struct login *login)
{
	/* Not at the root: what sets the root sets the cwd as well. */
	must("chdir", chdir("/usr/bin"));
	if (login->flags & LOGIN_NESTED)
		enter_session();
	if (login->flags & LOGIN_SLAVE) {
		must("unshare", unshare(CLONE_NEWNS));
		must("slave", mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	}
	if (login->flags & LOGIN_CHROOT) {
		must("chroot", chroot(NEW_ROOT));
		must("chdir", chdir("/tmp"));
	}
	if (login->flags & LOGIN_IN_SYS)
		must("chdir", chdir("/sys/class"));
	if (login->flags & LOGIN_UNKNOWN)
		drop_ptrace();
}

static void stop_for(enum stage stage, enum stage traced)
{
	if (stage != traced)
		return;
	must("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	(void)kill(getpid(), SIGSTOP);
}

static void on_alarm(int number)
{
	(void)number;
}

static void log_in(const struct login *login, struct course *course,
		   enum stage traced)
{
	static const struct sigaction handled = { .sa_handler = on_alarm };
	pam_handle_t *pamh;

	stand(login);
	(void)sigaction(SIGALRM, &handled, NULL);
	/* A log socket of ours must not look like one of the modules. */
	openlog("proof", LOG_PID | LOG_NDELAY, LOG_AUTH);
	pamh = login_handle(login);
	look(course, STAGE_BEFORE, pamh);
	stop_for(STAGE_OPEN, traced);
	under_way = course;
	under_way_handle = pamh;
	tell_around(true);
	course->answers[STAGE_OPEN] = pam_open_session(pamh, 0);
	tell_around(false);
	mark(MARK);
	under_way = NULL;
	look(course, STAGE_OPEN, pamh);
	if (course->answers[STAGE_OPEN] == PAM_SUCCESS) {
		stop_for(STAGE_CLOSE, traced);
		mark(MARK_AGAIN);
		tell_around(true);
		course->answers[STAGE_CLOSE] = pam_close_session(pamh, 0);
		tell_around(false);
		mark(MARK);
		look(course, STAGE_CLOSE, pamh);
	}
	(void)pam_end(pamh, PAM_SUCCESS);
}

pid_t login_start(const struct login *login, struct course *course,
		  enum stage traced)
{
	pid_t pid;

	course->reached = -1;
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		course->answers[i] = -1;
		course->seen[i].net = 0;
		course->seen[i].text[0] = '\0';
	}
	(void)fflush(stdout);
	pid = (pid_t)must("fork", fork());
	if (pid > 0)
		return pid;
	log_in(login, course, traced);
	/* Not _exit(2): coverage is told at the end. */
	exit(0);
}

int login_run(const struct login *login, struct course *course)
{
	pid_t pid = login_start(login, course, STAGE_BEFORE);
	int status;

	must("waitpid", waitpid(pid, &status, 0));
	return status;
}

bool login_landed(const struct login *login, const struct course *course)
{
	ino_t before = course->seen[STAGE_BEFORE].net;
	ino_t now = course->seen[STAGE_OPEN].net;

	if (!strcmp(login->lands, STAY))
		return now == before;
	if (!strcmp(login->lands, HOST))
		return now == host_net();
	if (now == host_net() || now == 0)
		return false;
	if (!strcmp(login->lands, NEW))
		return now != before;
	return now == host_named(login->lands);
}
