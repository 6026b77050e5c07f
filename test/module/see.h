/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be seen of a process and of the host, as text to be compared. */
#ifndef SEE_H
#define SEE_H

#include <security/pam_appl.h>
#include <stdio.h>

/*
 * One "key: value" a line: namespaces, root, cwd, descriptors, signals,
 * umask, credentials, environment, the environment of pamh if it is not NULL,
 * and the mounts that this process sees.
 */
void see_process(FILE *out, pam_handle_t *pamh);

/*
 * What /run holds and what is mounted on the host. Leaves out /run/pam_net:
 * lock files stay.
 */
void see_host(FILE *out);

/* A mount table, without the numbers that the kernel gives to mounts. */
void see_mounts(FILE *out, const char *mountinfo);

#endif
