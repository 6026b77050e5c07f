/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the modules of a coverage build, linked with --wrap=_exit: a helper
 * writes its coverage when it ends.
 */
#include <gcov.h>

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
