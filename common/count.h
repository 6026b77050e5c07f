/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many elements an array has. */
#ifndef COUNT_H
#define COUNT_H

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
