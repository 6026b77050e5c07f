/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the modules of a build for coverage, linked with --wrap=_exit: what a
 * helper has run is written when it ends.
 */
#include <gcov.h>

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
