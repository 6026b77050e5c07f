/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest: the module leaves the application's process as it found it. */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The caller stands where a helper is needed: the most that can be done. */
static void need_a_helper(void)
{
	must(unshare(CLONE_NEWNS));
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
}

struct guest {
	const char *lines;
	const char *user;
	int answer;
};

static void log_in_and_out(const struct guest *guest)
{
	struct login login;

	rig_service("stack", guest->lines);
	login_as(&login, "stack", guest->user, guest->answer);
	if (guest->answer == PAM_SUCCESS)
		check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
}

/* --- syslog --- */

static void keeps_the_log(const void *data)
{
	int mask;

	(void)setlogmask(LOG_UPTO(LOG_INFO));
	log_in_and_out(data);
	mask = setlogmask(0);
	check_int(mask, LOG_UPTO(LOG_INFO));
	syslog(LOG_NOTICE, "of the application");
	check_part(rig_log(), "<37>");
	check_part(rig_log(), " application[");
	check_part(rig_log(), "]: of the application\n");
}

static void keeps_the_log_mask(const void *data)
{
	(void)setlogmask(LOG_MASK(LOG_ALERT));
	log_in_and_out(data);
	check_int(setlogmask(0), LOG_MASK(LOG_ALERT));
	check_text(rig_log(), "");
}

/* --- Buffers of the library --- */

static void keeps_passwd(const void *data)
{
	const struct passwd *passwd = getpwnam("bob");
	const struct group *group = getgrnam("nogroup");
	const struct passwd copy = *passwd;

	log_in_and_out(data);
	check_text(passwd->pw_name, "bob");
	check_int(passwd->pw_uid, 3004);
	check(passwd->pw_dir == copy.pw_dir);
	check_text(passwd->pw_shell, "/bin/sh");
	check_text(group->gr_name, "nogroup");
	check_int(group->gr_gid, 65534);
}

static void keeps_enumeration(const void *data)
{
	setpwent();
	check_text(getpwent()->pw_name, "root");
	setgrent();
	check_text(getgrent()->gr_name, "root");
	log_in_and_out(data);
	check_text(getpwent()->pw_name, "alice");
	check_text(getgrent()->gr_name, "alice");
}

static void keeps_tokens_and_time(const void *data)
{
	char words[] = "one two three";
	const time_t then = 86400;
	const struct tm *tm = gmtime(&then);
	const struct tm copy = *tm;

	check_text(strtok(words, " "), "one");
	log_in_and_out(data);
	check_text(strtok(NULL, " "), "two");
	check(!memcmp(tm, &copy, sizeof(copy)));
}

/* --- Signals and children --- */

static volatile sig_atomic_t children_seen;

static void count_child(int number)
{
	(void)number;
	children_seen++;
}

static void child_signal_is_not_seen(const void *data)
{
	struct sigaction action = { .sa_handler = count_child };

	need_a_helper();
	must(sigaction(SIGCHLD, &action, NULL));
	log_in_and_out(data);
	check_int(children_seen, 0);
	check_int(waitpid(-1, NULL, WNOHANG), -1);
	check_int(errno, ECHILD);
}

static int exit_with_seven(const void *data)
{
	(void)data;
	return 7;
}

static void own_children_stay(const void *data)
{
	pid_t pid = rig_fork(exit_with_seven, NULL);
	siginfo_t info;
	int status;

	/* It has ended, and nobody has waited for it. */
	must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	need_a_helper();
	log_in_and_out(data);
	check_int(waitpid(-1, &status, 0), pid);
	check_int(WEXITSTATUS(status), 7);
}

static void children_are_ignored(const void *data)
{
	need_a_helper();
	(void)signal(SIGCHLD, SIG_IGN);
	log_in_and_out(data);
	check(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

static void children_are_blocked(const void *data)
{
	sigset_t all;
	sigset_t now;

	need_a_helper();
	(void)sigfillset(&all);
	must(sigprocmask(SIG_SETMASK, &all, NULL));
	log_in_and_out(data);
	must(sigprocmask(SIG_SETMASK, NULL, &now));
	check(sigismember(&now, SIGUSR1) && sigismember(&now, SIGCHLD));
}

/* Signals that come all the time: no call may fail by EINTR. */
static void keeps_going_when_interrupted(const void *data)
{
	struct sigaction action = { .sa_handler = count_child };
	struct itimerspec every = { .it_value = { .tv_nsec = 100000 },
				    .it_interval = { .tv_nsec = 100000 } };
	timer_t timer;

	must(sigaction(SIGALRM, &action, NULL));
	must(timer_create(CLOCK_MONOTONIC, NULL, &timer));
	need_a_helper();
	must(timer_settime(timer, 0, &every, NULL));
	for (int i = 0; i < 10; i++)
		log_in_and_out(data);
	must(timer_delete(timer));
	check(children_seen > 0);
}

/* --- The rest of the process --- */

/* The lines that a session is meant to change. */
static void drop_lines(char *text, const char *key)
{
	char *at;

	while ((at = strstr(text, key))) {
		char *rest = strchr(at, '\n');

		memmove(at, rest + 1, strlen(rest + 1) + 1);
	}
}

static void changes_nothing_else(const void *data)
{
	static const char *const meant[] = { "net: ", "mnt: ", "root: ",
					     "cwd: ", "fd " };
	const struct guest *guest = data;
	struct login login;
	char *before;
	char *after;

	must(setenv("HOME", "/root", 1));
	(void)umask(027);
	rig_service("stack", guest->lines);
	login_start(&login, "stack", guest->user);
	before = rig_see_self(NULL);
	check_answer(login_open(&login), PAM_SUCCESS);
	after = rig_see_self(NULL);
	for (size_t i = 0; i < COUNT(meant); i++) {
		drop_lines(before, meant[i]);
		drop_lines(after, meant[i]);
	}
	check_text(after, before);
}

static void two_descriptors_at_most(const void *data)
{
	const struct guest *guest = data;
	struct login login;
	char *seen;
	int more = 0;

	rig_service("stack", guest->lines);
	login_start(&login, "stack", guest->user);
	seen = rig_see_self(NULL);
	for (char *at = seen; (at = strstr(at, "\nfd ")); at++)
		more--;
	check_answer(login_open(&login), PAM_SUCCESS);
	seen = rig_see_self(NULL);
	for (char *at = seen; (at = strstr(at, "\nfd ")); at++)
		more++;
	check_int(more, 2);
}

static void one_variable(const void *data)
{
	const struct guest *guest = data;
	struct login login;
	char **list;

	rig_service("stack", guest->lines);
	login_as(&login, "stack", guest->user, PAM_SUCCESS);
	list = pam_getenvlist(login.pamh);
	check(list != NULL && list[0] != NULL);
	check(!strncmp(list[0], "NETNS=", 6));
	check(list[1] == NULL);
	check(getenv("NETNS") == NULL);
}

static void keeps_limits_and_alarm(const void *data)
{
	struct rlimit before;
	struct rlimit after;

	must(getrlimit(RLIMIT_NOFILE, &before));
	(void)alarm(1000);
	log_in_and_out(data);
	must(getrlimit(RLIMIT_NOFILE, &after));
	check_int(after.rlim_cur, before.rlim_cur);
	check(alarm(0) > 900);
}

static void prints_nothing(const void *data)
{
	char byte;
	int pair[2];

	must(pipe2(pair, O_NONBLOCK));
	must(dup2(pair[1], STDOUT_FILENO));
	must(dup2(pair[1], STDERR_FILENO));
	log_in_and_out(data);
	check_int(read(pair[0], &byte, 1), -1);
}

/* root's files are root's, whatever umask the application has. */
static void makes_what_it_means(const void *data)
{
	struct stat st;

	(void)umask((mode_t) * (const int *)data);
	log_in_and_out(
		&(const struct guest){ "usernet", "alice", PAM_SUCCESS });
	(void)umask(0);
	must(stat("/run/netns", &st));
	check_int(st.st_mode & 07777, 0755);
	must(stat("/run/pam_net", &st));
	check_int(st.st_mode & 07777, 0755);
	must(stat("/run/pam_net/lock", &st));
	check_int(st.st_mode & 07777, 0700);
	must(stat("/run/pam_net/names/alice", &st));
	check_int(st.st_mode & 07777, 0644);
	must(stat("/run/pam_net/lock/alice", &st));
	check_int(st.st_mode & 07077, 0);
	check_int(st.st_size, 0);
}

static const int umask_open;
static const int umask_closed = 0777;

static void after_a_closed_umask(const void *data)
{
	(void)umask(0777);
	log_in_and_out(data);
	/* Whoever may not override rights has to get in, too. */
	log_in_and_out(data);
}

/* --- What the module shows --- */

static void two_symbols(const void *data)
{
	char path[256];
	char *output;
	int count = 0;

	(void)snprintf(path, sizeof(path), "%s/pam_%s.so", rig_modules(),
		       (const char *)data);
	if (RIG_RUN(&output, "readelf", "--dyn-syms", "-W", path) != 0)
		rig_skip("no readelf, or no %s", path);
	for (char *line = strtok(output, "\n"); line;
	     line = strtok(NULL, "\n")) {
		char section[32];
		char name[128];

		if (sscanf(line, " %*d: %*s %*s %*s %*s %*s %31s %127s",
			   section, name) != 2 ||
		    !strcmp(section, "UND") || !strcmp(section, "ABS"))
			continue;
		check(!strcmp(name, "pam_sm_open_session") ||
		      !strcmp(name, "pam_sm_close_session"));
		count++;
	}
	check_int(count, 2);
}

static void needs_few_libraries(const void *data)
{
	char path[256];
	char *output;

	(void)snprintf(path, sizeof(path), "%s/pam_%s.so", rig_modules(),
		       (const char *)data);
	if (RIG_RUN(&output, "readelf", "-d", "-W", path) != 0)
		rig_skip("no readelf, or no %s", path);
	for (char *line = strtok(output, "\n"); line; line = strtok(NULL, "\n"))
		if (strstr(line, "(NEEDED)"))
			check(strstr(line, "[libpam.so") ||
			      strstr(line, "[libcap.so") ||
			      strstr(line, "[libc.so") ||
			      strstr(line, "[ld-linux"));
}

/* --- The table --- */

static const struct guest newnet = { "newnet", "nina", PAM_SUCCESS };
static const struct guest usernet = { "usernet", "alice", PAM_SUCCESS };
static const struct guest debugged = { "usernet debug log=/run/net.log",
				       "alice", PAM_SUCCESS };
static const struct guest groupnet = { "groupnet", "lara", PAM_SUCCESS };
static const struct guest denied = { "usernet nosuchword", "alice",
				     PAM_SERVICE_ERR };
static const struct guest passed = { "newnet", "bob", ALL_IGNORED };

#define CASE(LABEL, FUNCTION, DATA)                                            \
	{                                                                      \
		"guest: " LABEL, FUNCTION, DATA, 0                             \
	}
#define EACH(LABEL, FUNCTION)                                                  \
	CASE(LABEL ", newnet", FUNCTION, &newnet),                             \
		CASE(LABEL ", usernet", FUNCTION, &usernet),                   \
		CASE(LABEL ", groupnet", FUNCTION, &groupnet),                 \
		CASE(LABEL ", debug and log=", FUNCTION, &debugged)
#define EACH_ANSWER(LABEL, FUNCTION)                                           \
	EACH(LABEL, FUNCTION), CASE(LABEL ", denied", FUNCTION, &denied),      \
		CASE(LABEL ", ignored", FUNCTION, &passed)

static const struct rig_case cases[] = {
	EACH_ANSWER("keeps the application's log", keeps_the_log),
	CASE("keeps the mask of the log", keeps_the_log_mask, &usernet),
	EACH_ANSWER("keeps what getpwnam and getgrnam gave", keeps_passwd),
	EACH_ANSWER("keeps the place of getpwent and getgrent",
		    keeps_enumeration),
	EACH("keeps strtok and gmtime", keeps_tokens_and_time),

	CASE("a helper makes no SIGCHLD", child_signal_is_not_seen, &usernet),
	CASE("a helper is not waited for by the application", own_children_stay,
	     &usernet),
	CASE("a helper works where SIGCHLD is ignored", children_are_ignored,
	     &usernet),
	CASE("a helper works where all is blocked", children_are_blocked,
	     &usernet),
	CASE("signals interrupt nothing, usernet", keeps_going_when_interrupted,
	     &usernet),
	CASE("signals interrupt nothing, newnet", keeps_going_when_interrupted,
	     &newnet),

	EACH("changes nothing else of the process", changes_nothing_else),
	EACH("holds two descriptors", two_descriptors_at_most),
	EACH("sets one variable", one_variable),
	EACH_ANSWER("keeps limits and alarms", keeps_limits_and_alarm),
	EACH_ANSWER("prints nothing", prints_nothing),
	CASE("umask 0 opens nothing", makes_what_it_means, &umask_open),
	CASE("umask 0777 closes nothing", makes_what_it_means, &umask_closed),
	CASE("umask 0777, twice", after_a_closed_umask, &usernet),

	CASE("exactly two symbols, newnet", two_symbols, "newnet"),
	CASE("exactly two symbols, usernet", two_symbols, "usernet"),
	CASE("exactly two symbols, groupnet", two_symbols, "groupnet"),
	{ "guest: libpam and libc, newnet", needs_few_libraries, "newnet",
	  RIG_PLAIN },
	{ "guest: libpam and libc, usernet", needs_few_libraries, "usernet",
	  RIG_PLAIN },
	{ "guest: libpam and libc, groupnet", needs_few_libraries, "groupnet",
	  RIG_PLAIN },
};

RIG_MAIN("guest", cases)
