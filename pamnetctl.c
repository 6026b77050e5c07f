/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl: what logins meet with, and the namespaces that they share. */
#include "common/count.h"
#include "common/scope.h"
#include "ctl/ctl.h"
#include "ctl/text.h"

#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct option known[] = {
	{ "json", no_argument, NULL, 'J' },
	{ "no-legend", no_argument, NULL, 'n' },
	{ "output", required_argument, NULL, 'o' },
	{ "without-modules", no_argument, NULL, 'W' },
	{ "user", required_argument, NULL, 'u' },
	{ "init", required_argument, NULL, 'i' },
	{ "owner", no_argument, NULL, 'O' },
	{ "names", no_argument, NULL, 'N' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const struct command {
	const char *name;
	const char *options; /* that it takes, as known has them */
	int (*run)(const struct ctl_options *options, int count,
		   const char *const words[]);
} commands[] = {
	{ "explain", "Jno", ctl_explain }, { "check", "JnoW", ctl_check },
	{ "list", "Jno", ctl_list },	   { "create", "uiO", ctl_create },
	{ "remove", "", ctl_remove },	   { "prune", "N", ctl_prune },
};

static void usage(FILE *to)
{
	(void)fputs(
		"usage: pamnetctl explain [OPTION...] USER [SERVICE...]\n"
		"       pamnetctl check [OPTION...]\n"
		"       pamnetctl list [OPTION...] [NAME]\n"
		"       pamnetctl create [OPTION...] NAME\n"
		"       pamnetctl remove NAME\n"
		"       pamnetctl prune [--names]\n"
		"\n"
		"  explain   say where USER lands by each SERVICE "
		"(all of them, if none\n"
		"            is given), and why\n"
		"  check     say what would refuse logins, or let somebody out, and "
		"how to fix it\n"
		"  list      print the namespaces and who is in them; with NAME "
		"the sessions\n"
		"            and other processes of one\n"
		"  create    create the network namespace NAME, unless it exists\n"
		"  remove    remove the network namespace NAME, unless somebody "
		"is in it\n"
		"  prune     remove what is left of sessions and namespaces "
		"that are gone\n"
		"\n"
		"  -J, --json            explain, check, list: print JSON\n"
		"  -n, --no-legend       explain, check, list: print no headings\n"
		"  -o, --output COLUMNS  explain, check, list: only these, with "
		"commas\n"
		"                        between them\n"
		"      --without-modules check: only lines that let nobody in "
		"when the\n"
		"                        modules are gone\n"
		"      --user USER       create: for whom (NAME; else root)\n"
		"      --init PROGRAMS   create: what sets it up, with commas "
		"between them\n"
		"      --owner           create: it belongs to the user\n"
		"      --names           prune: unused namespaces of logins, too\n"
		"  -h, --help            print this\n"
		"  -V, --version         print the version\n",
		to);
}

void ctl_complain(const char *format, ...)
{
	scoped_free char *text = NULL;
	scoped_free char *escaped = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return;
	escaped = text_escape(text);
	(void)fprintf(stderr, "pamnetctl: %s\n", escaped ? escaped : "");
}

static const char *option_name(char letter)
{
	const struct option *option = known;

	while (option->name && option->val != letter)
		option++;
	return option->name;
}

/* given: the letters of all options that were given. */
static int command_run(const struct ctl_options *options, const char *given,
		       int count, char *const words[])
{
	const struct command *command = commands;
	const struct command *end = commands + COUNT(commands);
	const char *wrong;

	while (command < end && strcmp(command->name, words[0]) != 0)
		command++;
	if (command == end) {
		ctl_complain("there is no command '%s', try --help", words[0]);
		return CTL_FAILED;
	}
	wrong = given + strspn(given, command->options);
	if (*wrong) {
		ctl_complain("%s takes no option --%s, try --help",
			     command->name, option_name(*wrong));
		return CTL_FAILED;
	}
	return command->run(options, count - 1, (const char *const *)words + 1);
}

/*
 * What is opened from now on must not be what a standard stream leads to. One
 * that was closed still cannot be written.
 */
static void hold_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

/* What was printed may not have gone anywhere: a full disk, a closed pipe. */
static int finish(int result)
{
	if (fflush(stdout) == 0 && !ferror(stdout) && fclose(stdout) == 0)
		return result;
	ctl_complain("cannot write: %s", strerror(errno));
	return CTL_FAILED;
}

/* Takes an option over. False: it is none, or its value is missing. */
static bool take_option(struct ctl_options *options, int letter)
{
	switch (letter) {
	case 'J':
		options->format.json = true;
		return true;
	case 'n':
		options->format.no_legend = true;
		return true;
	case 'o':
		options->format.columns = optarg;
		return true;
	case 'W':
		options->without_modules = true;
		return true;
	case 'u':
		options->user = optarg;
		return true;
	case 'i':
		options->init = optarg;
		return true;
	case 'O':
		options->owner = true;
		return true;
	case 'N':
		options->names = true;
		return true;
	default:
		return false;
	}
}

int main(int argc, char *argv[])
{
	struct ctl_options options = { .without_modules = false };
	char given[sizeof(known) / sizeof(known[0])] = "";
	int c;

	hold_streams();
	(void)setlocale(LC_ALL, "");
	while ((c = getopt_long(argc, argv, "Jno:hV", known, NULL)) >= 0) {
		if (c == 'h') {
			usage(stdout);
			return finish(CTL_DONE);
		}
		if (c == 'V') {
			(void)puts("pamnetctl " PROJECT_VERSION);
			return finish(CTL_DONE);
		}
		if (!take_option(&options, c))
			return CTL_FAILED;
		if (!strchr(given, c))
			given[strlen(given)] = (char)c;
	}
	if (optind == argc) {
		usage(stderr);
		return CTL_FAILED;
	}
	return finish(
		command_run(&options, given, argc - optind, argv + optind));
}
