/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens a PAM session and prints the state of the process.
 *
 * driver [--close] [--slave] [--chroot DIRECTORY] [--cwd DIRECTORY | --gone]
 *        SERVICE USER
 *
 * --slave    in its own mount namespace, as in a unit with PrivateTmp=
 * --chroot   in a chroot, with the cwd there
 * --cwd      with this cwd
 * --gone     with a cwd that was removed
 *
 * Prints blocks that begin with "== before", "== open" and, with --close,
 * "== close": the lines of see.h, and "answer: NUMBER" from libpam. The block
 * "== said" has the messages to the user. The exit status is 0: opened;
 * 1: denied; 2: an error of the driver.
 *
 * The environment variable PAM_CONFDIR is the directory of the services.
 */
#include "see.h"

#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

static int print_messages(int count, const struct pam_message **messages,
			  struct pam_response **ret, void *data)
{
	(void)data;
	*ret = calloc((size_t)count, sizeof(**ret));
	if (!*ret)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++)
		printf("said: %s\n", messages[i]->msg);
	return PAM_SUCCESS;
}

/* This system call does nothing. It can be recognised in a trace. */
static void mark(const char *what)
{
	(void)syscall(SYS_faccessat, AT_FDCWD, what, F_OK);
}

static void print_state(const char *when, pam_handle_t *pamh)
{
	printf("== %s\n", when);
	see_process(stdout, pamh);
	see_mounts(stdout, "/proc/self/mountinfo");
}

static int drive_session(pam_handle_t *pamh, bool closes)
{
	int r;

	print_state("before", pamh);
	printf("== said\n");
	mark("mark:open");
	r = pam_open_session(pamh, 0);
	mark("mark:opened");
	print_state("open", pamh);
	printf("answer: %d\n", r);
	if (r != PAM_SUCCESS)
		return 1;
	if (!closes)
		return 0;
	mark("mark:close");
	r = pam_close_session(pamh, 0);
	mark("mark:closed");
	print_state("close", pamh);
	printf("answer: %d\n", r);
	return 0;
}

static void must(const char *what, int r)
{
	if (r == 0)
		return;
	perror(what);
	exit(2);
}

struct options {
	bool closes;
	bool slave;
	bool gone;
	const char *root;
	const char *cwd;
};

static void enter_start_state(const struct options *options)
{
	char gone[] = "/tmp/gone-XXXXXX";

	if (options->slave) {
		must("unshare", unshare(CLONE_NEWNS));
		must("mount", mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	}
	if (options->root) {
		must("chroot", chroot(options->root));
		must("chdir", chdir("/"));
	}
	if (options->cwd)
		must("chdir", chdir(options->cwd));
	if (options->gone) {
		must("mkdtemp", mkdtemp(gone) ? 0 : -1);
		must("chdir", chdir(gone));
		must("rmdir", rmdir(gone));
	}
}

static int parse_options(int argc, char *argv[], struct options *ret)
{
	static const struct option options[] = {
		{ "close", no_argument, NULL, 'c' },
		{ "slave", no_argument, NULL, 's' },
		{ "gone", no_argument, NULL, 'g' },
		{ "chroot", required_argument, NULL, 'r' },
		{ "cwd", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			ret->closes = true;
			break;
		case 's':
			ret->slave = true;
			break;
		case 'g':
			ret->gone = true;
			break;
		case 'r':
			ret->root = optarg;
			break;
		case 'd':
			ret->cwd = optarg;
			break;
		default:
			return -1;
		}
	}
	return argc - optind == 2 ? optind : -1;
}

int main(int argc, char *argv[])
{
	static const struct pam_conv conversation = { .conv = print_messages };
	const char *services = getenv("PAM_CONFDIR");
	struct options options = { .closes = false };
	int first = parse_options(argc, argv, &options);
	pam_handle_t *pamh;
	int status;
	int r;

	if (first < 0) {
		fprintf(stderr, "usage: driver [OPTION...] SERVICE USER\n");
		return 2;
	}
	/* Open these now: the modules must not seem to have opened them. */
	openlog("driver", LOG_PID | LOG_NDELAY, LOG_AUTH);
	(void)setvbuf(stdout, NULL, _IOFBF, 1 << 18);
	r = pam_start_confdir(argv[first], argv[first + 1], &conversation,
			      services ? services : "/etc/pam.d", &pamh);
	if (r != PAM_SUCCESS) {
		fprintf(stderr, "driver: %s\n", pam_strerror(NULL, r));
		return 2;
	}
	enter_start_state(&options);
	status = drive_session(pamh, options.closes);
	(void)pam_end(pamh, PAM_SUCCESS);
	return status;
}
