/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the test programs of an instrumented build, linked with --wrap=_exit.
 * Processes of the tests end with _exit(2), but leaks are looked for and
 * coverage is written only by exit(3).
 */
#include <stdlib.h>

_Noreturn void __wrap__exit(int status);

void __wrap__exit(int status)
{
	exit(status);
}
