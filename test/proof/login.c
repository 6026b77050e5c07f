/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one login in a process of its own, on a host that it prepares. */
#include "login.h"
#include "../module/see.h"
#include "common/count.h"
#include "init.h"

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
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

/* A program that only root can change. */
#define INIT	   "/opt/proof-init"
#define RULES_FILE "/etc/security/proof.conf"
#define HIDE	   "hide=" HIDDEN_FILE ":" HIDDEN_DIRECTORY

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
	{ "create with init", "pam_usernet.so init=" INIT, "alice", "alice",
	  LOGIN_CORE },
	{ "newnet with init", "pam_newnet.so init=" INIT, "nina", NEW, 0 },
	{ "join with init", "pam_usernet.so init=" INIT, "alice", "alice",
	  LOGIN_JOINS },
	{ "join, shared, with init", "pam_usernet.so init=" INIT, "alice",
	  "alice", LOGIN_CORE | LOGIN_IN },
	{ "create with owner", "pam_usernet.so owner", "alice", "alice", 0 },
	{ "newnet with owner", "pam_newnet.so owner", "nina", NEW, LOGIN_CORE },
	{ "join with owner", "pam_usernet.so owner", "alice", "alice",
	  LOGIN_JOINS },
	{ "create with hide", "pam_usernet.so " HIDE, "alice", "alice", 0 },
	{ "newnet with hide", "pam_newnet.so " HIDE, "nina", NEW, LOGIN_CORE },
	{ "join with hide", "pam_usernet.so " HIDE, "alice", "alice",
	  LOGIN_JOINS },
	{ "create rootshared", "pam_usernet.so rootshared", "alice", "alice",
	  LOGIN_CORE | LOGIN_OVERRIDES },
	{ "create from /sys, with debug, announce and log=",
	  "pam_usernet.so debug announce log=/var/log/proof.log", "alice",
	  "alice", LOGIN_IN_SYS },
	{ "join", "pam_usernet.so", "alice", "alice",
	  LOGIN_CORE | LOGIN_JOINS },
	{ "join with overrides", "pam_usernet.so", "alice", "alice",
	  LOGIN_JOINS | LOGIN_OVERRIDES },
	{ "join, shared", "pam_usernet.so", "alice", "alice",
	  LOGIN_CORE | LOGIN_IN },
	{ "join, shared, with overrides", "pam_usernet.so", "alice", "alice",
	  LOGIN_IN | LOGIN_OVERRIDES },
	{ "nested create", "pam_usernet.so", "alice", "alice",
	  LOGIN_CORE | LOGIN_NESTED },
	{ "nested join", "pam_usernet.so", "alice", "alice",
	  LOGIN_NESTED | LOGIN_JOINS },
	{ "nested newnet", "pam_newnet.so", "nina", NEW, LOGIN_NESTED },
	{ "newnet from an owner's", "pam_newnet.so", "nina", NEW,
	  LOGIN_NESTED | LOGIN_OWNED },
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

const size_t login_count = COUNT(logins);

static const struct login outer_login = { "outer", "pam_usernet.so", "both",
					  "both", 0 };
static const struct login outer_owner = { "outer owner", "pam_usernet.so owner",
					  "both", "both", 0 };

static const struct login *outer_of(const struct login *login)
{
	return login->flags & LOGIN_OWNED ? &outer_owner : &outer_login;
}

static int log_socket = -1;

void (*login_hook)(bool inside);

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

static void make_service_name(const struct login *login, char *ret, size_t size)
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
	make_service_name(login, service, sizeof(service));
	(void)snprintf(path, sizeof(path), "/etc/pam.d/%s", service);
	write_file(path, text);
}

void host_capture_log(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = "/dev/log" };
	int room = 1 << 20;

	/* This belongs to the test host's network namespace. 10 is too few. */
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

/* --- Who is in while another logs in (LOGIN_IN) --- */

/*
 * The user, whose parent is no child of this process, as that waits for all of
 * its children.
 */
static int guest = -1;

/* In place of a login: nobody is to be in. */
enum { NOBODY = -1 };

static pid_t guest_enters(const struct login *login)
{
	int pair[2];
	char byte;
	pid_t pid;

	must("pipe", pipe(pair));
	pid = (pid_t)must("fork", fork());
	if (pid == 0) {
		pam_handle_t *pamh = login_handle(login);

		if (pam_open_session(pamh, 0) != PAM_SUCCESS)
			fatal("'%s' is denied", login->name);
		must("write", write(pair[1], "", 1));
		for (;;)
			(void)pause();
	}
	must("close", close(pair[1]));
	if (read(pair[0], &byte, 1) != 1)
		fatal("'%s' is not in", login->name);
	must("close", close(pair[0]));
	return pid;
}

/* Who is in is killed, and this one of logins[] logs in. Answers each. */
_Noreturn static void guest_main(int requests)
{
	pid_t pid = 0;
	int request;

	while (read(requests, &request, sizeof(request)) == sizeof(request)) {
		if (pid > 0) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, NULL, 0);
			pid = 0;
		}
		if (request != NOBODY)
			pid = guest_enters(&logins[request]);
		must("write", write(requests, "", 1));
	}
	if (pid > 0)
		(void)kill(pid, SIGKILL);
	_exit(0);
}

static void start_guest(void)
{
	int pair[2];
	pid_t pid;

	must("socketpair",
	     socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	pid = (pid_t)must("fork", fork());
	if (pid == 0) {
		must("close", close(pair[0]));
		if (must("fork", fork()) == 0)
			guest_main(pair[1]);
		_exit(0);
	}
	must("waitpid", waitpid(pid, NULL, 0));
	must("close", close(pair[1]));
	guest = pair[0];
}

static void ask_guest(int request)
{
	char answer;

	must("write", write(guest, &request, sizeof(request)));
	if (read(guest, &answer, 1) != 1)
		fatal("the guest does not answer");
}

/* Logins are children of this process: they find the modules loaded. */
static void load_modules(void)
{
	static const struct login all = {
		"all modules", "pam_newnet.so;pam_usernet.so;pam_groupnet.so",
		"root", STAY, 0
	};

	host_add_stack(&all);
	(void)login_handle(&all);
}

void host_start(void)
{
	if (!getenv("TEST_HOST"))
		fatal("run it in a test host: test/host PROGRAM");
	(void)signal(SIGPIPE, SIG_IGN);
	start_guest();
	must("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	host_add_stack(&outer_login);
	host_add_stack(&outer_owner);
	for (size_t i = 0; i < login_count; i++)
		host_add_stack(&logins[i]);
	write_file(RULES_FILE, "bob * host\n"
			       "@groupnet-* * %1\n"
			       "@newnet * new\n");
	must("chmod", chmod(RULES_FILE, 0644));
	write_file(HIDDEN_FILE, "secret\n");
	if (system("install -m 755 " PROOF_INIT " " INIT) != 0)
		fatal("cannot install %s", INIT);
	(void)unlink("/etc/resolv.conf");
	must("symlink", symlink("../run/resolv.conf", "/etc/resolv.conf"));
	must("mkdir", mkdir(NEW_ROOT, 0755));
	must("bind", mount("/", NEW_ROOT, NULL, MS_BIND | MS_REC, NULL));
	must("slave", mount(NULL, NEW_ROOT, NULL, MS_SLAVE | MS_REC, NULL));
	must("symlink", symlink("nothing", "/run/resolv.conf"));
	load_modules();
}

void host_wait_for_helpers(void)
{
	for (int i = 0; i < 6000; i++) {
		pid_t pid = waitpid(-1, NULL, __WALL | WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return;
		if (pid == 0)
			(void)usleep(10000);
	}
	fatal("a helper does not end");
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
	ask_guest(NOBODY);
	remove_all(NEW_ROOT "/run/netns");
	remove_all("/run/netns");
	remove_all("/run/pam_net");
}

/* Keeps the files. The module does not wait for a file that is old. */
static void unmount_names(void)
{
	while (umount2("/run/netns/alice", MNT_DETACH) == 0)
		;
	while (umount2("/run/netns", MNT_DETACH) == 0)
		;
}

static void run_or_die(const struct login *login)
{
	static struct report *report;

	if (!report)
		report = report_new();
	if (login_run(login, report) != 0 || report->answers[STAGE_OPEN] != 0)
		fatal("'%s' is denied: %s", login->name, host_log());
}

static void prepare_stale(void)
{
	struct stat st;

	unmount_names();
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
	/* The same line, of a caller that is on the host. */
	const struct login first = { login->name, login->stack, login->user,
				     login->netns, 0 };
	static const char add[] = "ip netns add other";

	if (login->flags & LOGIN_STALE) {
		prepare_stale();
		return;
	}
	host_reset();
	if (login->flags & LOGIN_IP && system(add) != 0)
		fatal("%s fails", add);
	if (login->flags & LOGIN_PREPARED)
		run_or_die(&other);
	if (login->flags & LOGIN_NESTED)
		run_or_die(outer_of(login));
	if (login->flags & LOGIN_JOINS)
		run_or_die(&first);
	if (login->flags & LOGIN_IN)
		ask_guest((int)(login - logins));
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

char *host_snapshot(void)
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

bool has_argument(int argc, char *argv[], const char *word)
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
			return has_argument(argc, argv, login->name);
	return has_argument(argc, argv, "--all") || login->flags & LOGIN_CORE;
}

struct report *report_new(void)
{
	struct report *report = mmap(NULL, sizeof(*report),
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (report == MAP_FAILED)
		fatal("no memory");
	return report;
}

void report_free(struct report *report)
{
	(void)munmap(report, sizeof(*report));
}

static void see_files(struct snapshot *snapshot)
{
	FILE *resolver = fopen("/etc/" GENERATED_NAME, "re");
	DIR *directory = opendir(HIDDEN_DIRECTORY);
	struct stat st;
	size_t size = 0;
	int entries = 0;

	if (resolver) {
		size = fread(snapshot->resolver, 1,
			     sizeof(snapshot->resolver) - 1, resolver);
		(void)fclose(resolver);
	}
	snapshot->resolver[size] = '\0';
	snapshot->sees_file = stat(HIDDEN_FILE, &st) < 0 || st.st_size > 0;
	while (directory && readdir(directory))
		entries++;
	/* "." and "..", or nothing, as what covers it has no name. */
	snapshot->sees_directory = !directory || entries > 2;
	if (directory)
		(void)closedir(directory);
}

static void take_snapshot(struct report *report, enum stage stage,
			  pam_handle_t *pamh)
{
	struct snapshot *snapshot = &report->snapshots[stage];
	FILE *out = fmemopen(snapshot->text, sizeof(snapshot->text), "w");

	if (!out)
		fatal("no memory");
	see_process(out, pamh);
	see_mounts(out, "/proc/self/mountinfo");
	if (fclose(out) != 0)
		fatal("the snapshot is too large");
	see_files(snapshot);
	snapshot->net = inode_of("/proc/self/ns/net");
	snapshot->mounts = inode_of("/proc/self/ns/mnt");
	report->last_stage = (int)stage;
}

static void mark(int which)
{
	(void)syscall(SYS_faccessat, which, NULL, 0);
}

static void call_hook(bool inside)
{
	if (login_hook)
		login_hook(inside);
}

/* For login_converse(), while the modules run. */
static struct report *current_report;
static pam_handle_t *current_handle;

/* Takes a snapshot when a line with "announce" has opened. */
static int login_converse(int count, const struct pam_message **messages,
			  struct pam_response **ret, void *data)
{
	(void)data;
	*ret = calloc((size_t)count, sizeof(**ret));
	if (!*ret)
		return PAM_BUF_ERR;
	/* A denial is an error message. */
	if (!current_report || messages[0]->msg_style != PAM_TEXT_INFO)
		return PAM_SUCCESS;
	mark(MARK_PAUSE);
	call_hook(false);
	take_snapshot(current_report, STAGE_BETWEEN, current_handle);
	call_hook(true);
	mark(MARK_AGAIN);
	return PAM_SUCCESS;
}

pam_handle_t *login_handle(const struct login *login)
{
	static const struct pam_conv conversation = { .conv = login_converse };
	pam_handle_t *pamh = NULL;
	char service[128];

	make_service_name(login, service, sizeof(service));
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

/* Like a su that a user runs in his session. */
static void enter_session(const struct login *outer)
{
	pam_handle_t *pamh = login_handle(outer);

	if (pam_open_session(pamh, 0) != PAM_SUCCESS)
		fatal("cannot open the outer session");
	must("setresuid", setresuid(2006, 0, 0));
}

static void enter_start_state(const struct login *login)
{
	/* Not "/", which is where the cwd is after the root was set. */
	must("chdir", chdir("/usr/bin"));
	if (login->flags & LOGIN_NESTED)
		enter_session(outer_of(login));
	if (login->flags & LOGIN_SLAVE) {
		must("unshare", unshare(CLONE_NEWNS));
		must("slave", mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	}
	if (login->flags & LOGIN_CHROOT) {
		must("chroot", chroot(NEW_ROOT));
		must("chdir", chdir("/tmp"));
	}
	if (login->flags & LOGIN_OWN) {
		must("mkdir", mkdir("/run/gone", 0755));
		must("chdir", chdir("/run/gone"));
		must("rmdir", rmdir("/run/gone"));
	}
	if (login->flags & LOGIN_IN_SYS)
		must("chdir", chdir("/sys/class"));
	if (login->flags & LOGIN_UNKNOWN)
		drop_ptrace();
}

static void stop_if_traced(enum stage stage, enum stage traced)
{
	if (stage != traced)
		return;
	must("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	(void)kill(getpid(), SIGSTOP);
}

static void ignore_alarm(int number)
{
	(void)number;
}

static void run_login(const struct login *login, struct report *report,
		      enum stage traced)
{
	static const struct sigaction handled = { .sa_handler = ignore_alarm };
	pam_handle_t *pamh;

	enter_start_state(login);
	(void)sigaction(SIGALRM, &handled, NULL);
	/* Open the log socket now: the modules must not seem to open it. */
	openlog("proof", LOG_PID | LOG_NDELAY, LOG_AUTH);
	pamh = login_handle(login);
	take_snapshot(report, STAGE_BEFORE, pamh);
	stop_if_traced(STAGE_OPEN, traced);
	current_report = report;
	current_handle = pamh;
	call_hook(true);
	report->answers[STAGE_OPEN] = pam_open_session(pamh, 0);
	call_hook(false);
	mark(MARK);
	current_report = NULL;
	take_snapshot(report, STAGE_OPEN, pamh);
	if (report->answers[STAGE_OPEN] == PAM_SUCCESS) {
		stop_if_traced(STAGE_CLOSE, traced);
		mark(MARK_AGAIN);
		call_hook(true);
		report->answers[STAGE_CLOSE] = pam_close_session(pamh, 0);
		call_hook(false);
		mark(MARK);
		take_snapshot(report, STAGE_CLOSE, pamh);
	}
	(void)pam_end(pamh, PAM_SUCCESS);
}

pid_t login_start(const struct login *login, struct report *report,
		  enum stage traced)
{
	pid_t pid;

	report->last_stage = -1;
	for (size_t i = 0; i < STAGE_COUNT; i++) {
		report->answers[i] = -1;
		report->snapshots[i].net = 0;
		report->snapshots[i].text[0] = '\0';
	}
	(void)fflush(stdout);
	pid = (pid_t)must("fork", fork());
	if (pid > 0)
		return pid;
	run_login(login, report, traced);
	/* Not _exit(2): coverage data are written by exit(3). */
	exit(0);
}

int login_run(const struct login *login, struct report *report)
{
	pid_t pid = login_start(login, report, STAGE_BEFORE);
	int status;

	must("waitpid", waitpid(pid, &status, 0));
	host_wait_for_helpers();
	return status;
}

bool login_is_in_netns(const struct login *login, const struct report *report)
{
	ino_t before = report->snapshots[STAGE_BEFORE].net;
	ino_t now = report->snapshots[STAGE_OPEN].net;

	if (!strcmp(login->netns, STAY))
		return now == before;
	if (!strcmp(login->netns, HOST))
		return now == host_net();
	if (now == host_net() || now == 0)
		return false;
	if (!strcmp(login->netns, NEW))
		return now != before;
	return now == host_named(login->netns);
}

const char *login_sees_wrong(const struct login *login,
			     const struct report *report)
{
	const struct snapshot *open = &report->snapshots[STAGE_OPEN];
	bool hides = strstr(login->stack, " hide=") != NULL;

	if (strstr(login->stack, " init=") &&
	    strcmp(open->resolver, GENERATED_TEXT) != 0)
		return "/etc/" GENERATED_NAME;
	if (hides && open->sees_file)
		return HIDDEN_FILE;
	if (hides && open->sees_directory)
		return HIDDEN_DIRECTORY;
	return NULL;
}
