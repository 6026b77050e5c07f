/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sanitisers ask a test program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
int __lsan_is_turned_off(void);

/*
 * Not in the environment, as the tests clear that. The status is none that a
 * test expects.
 */
const char *__asan_default_options(void)
{
	return "exitcode=99:log_path=" REPORT;
}

const char *__ubsan_default_options(void)
{
	return "exitcode=99:print_stacktrace=1";
}

/* Who looks for leaks is the tracer, and there can be one only. */
int __lsan_is_turned_off(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	int tracer = 0;

	while (status && fgets(line, sizeof(line), status))
		if (!strncmp(line, "TracerPid:", 10))
			tracer = atoi(line + 10);
	if (status)
		(void)fclose(status);
	return tracer != 0;
}
