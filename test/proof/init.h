/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program for init= generates. */
#ifndef INIT_H
#define INIT_H

#define GENERATED_NAME "resolv.conf"
#define GENERATED_TEXT "nameserver 192.0.2.54\n"

#endif
