/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the state of a process and of the host as text, for comparisons. */
#ifndef SEE_H
#define SEE_H

#include <security/pam_appl.h>
#include <stdio.h>

/*
 * Writes "key: value" lines: namespaces, root, cwd, descriptors, signals,
 * umask, credentials, environment, and the PAM environment unless pamh is NULL.
 */
void see_process(FILE *out, pam_handle_t *pamh);

/*
 * Writes the files in /run and the mounts of the host. Leaves out /run/pam_net,
 * where lock files stay.
 */
void see_host(FILE *out);

/*
 * Returns the text without the lines of /run/netns itself, its mount and one
 * name in it; to be freed. The lines of session mounts stay.
 */
char *see_without_name(const char *text, const char *name);

/* Writes a mount table without mount IDs. */
void see_mounts(FILE *out, const char *mountinfo);

#endif
