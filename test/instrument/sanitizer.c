/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of the sanitisers, which call these functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
int __lsan_is_turned_off(void);

/*
 * The tests clear the environment, so the options cannot be there. No test
 * expects this exit status.
 */
const char *__asan_default_options(void)
{
	return "exitcode=99:log_path=" REPORT;
}

const char *__ubsan_default_options(void)
{
	return "exitcode=99:print_stacktrace=1";
}

/* The leak check uses ptrace(2), and a process has only one tracer. */
int __lsan_is_turned_off(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	int tracer = 0;

	/* The call that a tracer lets fail may be this one. */
	if (!status)
		return 1;
	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, "TracerPid:", 10))
			tracer = atoi(line + 10);
	(void)fclose(status);
	return tracer != 0;
}
