/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One login through libpam, timed; or many that stay.
 *
 * login time  CONFDIR SERVICE USER cold|warm  prints what each step took
 * login time  CONFDIR SERVICE USER load       only starts and ends
 * login stay  CONFDIR SERVICE USER COUNT      COUNT sessions until stdin ends
 * login often CONFDIR SERVICE USER SECONDS    prints how many in that time
 */
#include "stopwatch.h"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the arguments are. */
enum { VERB = 1, CONFDIR, SERVICE, USER, ARGUMENT, COUNT };

static int converse(int count, const struct pam_message **messages,
		    struct pam_response **ret, void *data)
{
	(void)messages;
	(void)data;
	*ret = calloc((size_t)count, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

static void check(int result, const char *step)
{
	if (result == PAM_SUCCESS)
		return;
	(void)fprintf(stderr, "login: %s: %s\n", step,
		      pam_strerror(NULL, result));
	_exit(1);
}

static pam_handle_t *start(char **argv)
{
	static const struct pam_conv conversation = { .conv = converse };
	pam_handle_t *pamh = NULL;

	check(pam_start_confdir(argv[SERVICE], argv[USER], &conversation,
				argv[CONFDIR], &pamh),
	      "pam_start");
	return pamh;
}

static void time_one(char **argv)
{
	pam_handle_t *pamh;

	if (!strcmp(argv[ARGUMENT], "warm"))
		warm_name_service(argv[USER]);
	stopwatch_start();
	pamh = start(argv);
	stopwatch_mark("start");
	if (strcmp(argv[ARGUMENT], "load") != 0) {
		check(pam_open_session(pamh, 0), "pam_open_session");
		stopwatch_mark("open");
		/* The peer's has no answer, which libpam calls a failure. */
		(void)pam_close_session(pamh, 0);
		stopwatch_mark("close");
	}
	check(pam_end(pamh, PAM_SUCCESS), "pam_end");
	stopwatch_mark("end");
	stopwatch_print();
}

/* A session, as of a process that waits for its user. */
_Noreturn static void stay_one(char **argv, int ready, int wait)
{
	char c;

	check(pam_open_session(start(argv), 0), "pam_open_session");
	if (write(ready, "", 1) != 1)
		_exit(1);
	(void)!read(wait, &c, 1);
	_exit(0);
}

/* The end of this process, which holds the pipe, ends the sessions. */
static void stay(char **argv)
{
	long count = strtol(argv[ARGUMENT], NULL, 10);
	int ready[2];
	int wait[2];
	char c;

	if (pipe(ready) < 0 || pipe(wait) < 0)
		die("pipe");
	for (long i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			die("fork");
		if (child == 0) {
			(void)close(wait[1]);
			stay_one(argv, ready[1], wait[0]);
		}
		/* One after the other: who waits for whom is not measured. */
		if (read(ready[0], &c, 1) != 1)
			die("session");
		if (i == 0)
			(void)printf("%d\n", (int)child);
	}
	(void)printf("ready\n");
	(void)fflush(stdout);
	(void)!read(STDIN_FILENO, &c, 1);
	(void)close(wait[1]);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

_Noreturn static void often_one(char **argv)
{
	pam_handle_t *pamh = start(argv);

	check(pam_open_session(pamh, 0), "pam_open_session");
	(void)pam_close_session(pamh, 0);
	check(pam_end(pamh, PAM_SUCCESS), "pam_end");
	_exit(0);
}

static void often(char **argv)
{
	double end = now_us() + strtod(argv[ARGUMENT], NULL) * 1e6;
	long count = 0;

	for (; now_us() < end; count++) {
		pid_t child = fork();
		int status;

		if (child < 0)
			die("fork");
		if (child == 0)
			often_one(argv);
		if (waitpid(child, &status, 0) != child || status)
			die("login");
	}
	(void)printf("%ld\n", count);
}

int main(int argc, char **argv)
{
	if (argc != COUNT) {
		(void)fprintf(stderr, "usage: login time|stay|often CONFDIR "
				      "SERVICE USER ARGUMENT\n");
		return 2;
	}
	if (!strcmp(argv[VERB], "time"))
		time_one(argv);
	else if (!strcmp(argv[VERB], "stay"))
		stay(argv);
	else if (!strcmp(argv[VERB], "often"))
		often(argv);
	return 0;
}
