/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: processes of users who are confined, on the host. */
#include "check.h"
#include "common/file.h"
#include "common/process.h"
#include "common/scope.h"
#include "grow.h"
#include "processes.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_MAX = 1 << 16 };

/* A user with processes on the host. */
struct outsider {
	uid_t uid;
	size_t count;
	pid_t first;
	char name[64]; /* of that process */
};

struct outsiders {
	struct report *report;
	struct ns_id host;
	size_t seen;
	int unseen; /* -errno of what could not be looked at, or 0 */
	struct outsider *list;
	size_t count;
};

/* Whose it is by each of its three uids. */
static bool process_is_of(int directory, uid_t *ret)
{
	scoped_fd int fd = openat(directory, "status", O_RDONLY | O_CLOEXEC);
	scoped_free char *text = NULL;
	size_t size;
	char *line;
	unsigned long ids[3];

	if (fd < 0 || file_read(fd, STATUS_MAX, &text, &size) < 0)
		return false;
	line = strstr(text, "\nUid:");
	if (!line)
		return false;
	line += strlen("\nUid:");
	for (size_t i = 0; i < 3; i++)
		ids[i] = strtoul(line, &line, 10);
	*ret = (uid_t)ids[0];
	return ids[1] == ids[0] && ids[2] == ids[0];
}

/*
 * A server that has become the user, as that of a mailbox, does what the
 * server is for. Nobody can trace it: root owns what proc(5) says of it. A
 * screen(1) cannot be traced either, and leads a session of its own.
 */
static bool process_is_servers(const struct process_seen *seen, uid_t uid)
{
	struct process process;
	scoped_fd int leader = -EBADF;
	struct stat st;

	if (fstatat(seen->directory, "status", &st, 0) < 0 || st.st_uid == uid)
		return false;
	if (process_read(seen->directory, &process) < 0)
		return true;
	leader = process_open(process.session);
	return leader >= 0 && fstat(leader, &st) == 0 && st.st_uid != uid;
}

static int see_outsider(const struct process_seen *seen, void *data)
{
	struct outsiders *outsiders = data;
	struct outsider *grown;
	struct process process;
	uid_t uid;

	progress_show(&outsiders->report->progress, "processes",
		      outsiders->seen++);
	if (seen->error)
		outsiders->unseen = seen->error;
	if (seen->error || !ns_id_equal(seen->net, outsiders->host) ||
	    !process_is_of(seen->directory, &uid) ||
	    check_uid_is_services(uid) || process_is_servers(seen, uid) ||
	    process_read(seen->directory, &process) < 0)
		return 0;
	for (size_t i = 0; i < outsiders->count; i++)
		if (outsiders->list[i].uid == uid) {
			outsiders->list[i].count++;
			return 0;
		}
	grown = list_grow(outsiders->list, outsiders->count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	outsiders->list = grown;
	grown += outsiders->count++;
	*grown =
		(struct outsider){ .uid = uid, .count = 1, .first = seen->pid };
	(void)snprintf(grown->name, sizeof(grown->name), "%s", process.name);
	return 0;
}

static void tell_outsider(struct report *report, const char *user,
			  const struct outsider *outsider)
{
	scoped_free char *where = text_of("/proc/%d", (int)outsider->first);
	scoped_free char *more =
		outsider->count > 1
			? text_of("; %zu more are there", outsider->count - 1)
			: strdup("");
	scoped_free char *what =
		text_of("'%s' of '%s' is on the host's network, though "
			"sessions of this user are confined: it is a way out%s",
			outsider->name, user, more);
	scoped_free char *fix = text_of("pkill -KILL --ns 1 --nslist net -U %u",
					(unsigned int)outsider->uid);

	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
}

void check_processes(struct report *report, const struct check_lines *lines)
{
	struct outsiders outsiders = { .report = report,
				       .host = ns_read_host().net };
	struct processes_look look = PROCESSES_LOOK_FIRST;
	int r = processes_each(&look, see_outsider, &outsiders);

	if (r == 0 && !ns_id_is_known(outsiders.host))
		r = -EACCES;
	if (r == 0)
		r = outsiders.unseen;
	if (r < 0)
		report_unseen(report, "/proc", r);
	for (size_t i = 0; i < outsiders.count; i++) {
		const struct passwd *passwd = getpwuid(outsiders.list[i].uid);
		scoped_free char *user = passwd ? strdup(passwd->pw_name)
						: NULL;

		if (user && check_service_of(lines, user) &&
		    !check_some_service_leaves(user))
			tell_outsider(report, user, &outsiders.list[i]);
	}
	free(outsiders.list);
}
