/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the test programs of an instrumented build, linked with --wrap=_exit:
 * leaks are looked for, and coverage is written, when a program ends by
 * exit(3), and the processes of the tests end by _exit(2).
 */
#include <stdlib.h>

_Noreturn void __wrap__exit(int status);

void __wrap__exit(int status)
{
	exit(status);
}
