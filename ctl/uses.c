/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses a network namespace. */
#include "uses.h"
#include "common/mountinfo.h"
#include "common/process.h"
#include "common/scope.h"
#include "processes.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>

enum {
	/* Somebody may fork without end. */
	LOOKS_MAX = 20,
};

/* What is looked for. */
struct search {
	struct ns_id net;
	pid_t own; /* the number of this process */
	struct uses *uses;
	int first; /* the namespace of the first that was found, or -errno */
	struct failure *failure;
};

bool uses_are_there(const struct uses *uses)
{
	return uses->count > 0 || uses->unsettled;
}

static void uses_add(struct uses *uses, const struct process_seen *seen)
{
	struct uses_process *new = &uses->shown[uses->count];
	scoped_fd int fd = -EBADF;
	ssize_t size;

	if (uses->count++ >= USES_SHOWN)
		return;
	new->pid = seen->pid;
	fd = openat(seen->directory, "comm", O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? 0 : read(fd, new->name, sizeof(new->name) - 1);
	new->name[size < 0 ? 0 : size] = '\0';
	new->name[strcspn(new->name, "\n")] = '\0';
}

/* A descriptor of the namespace in which the process was seen, or -errno. */
static int open_seen(const struct process_seen *seen)
{
	scoped_fd int fd = openat(seen->directory, seen->path,
				  O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct ns_id id = { .ino = 0 };
	int r = fd < 0 ? -errno : ns_identify(fd, &id);

	if (r == 0 && !ns_id_equal(id, seen->net))
		r = -ESRCH;
	return r < 0 ? r : take_fd(&fd);
}

static int see_process(const struct process_seen *seen, void *data)
{
	struct search *search = data;
	const struct uses *uses = search->uses;
	char number[3 * sizeof(seen->pid) + 1];
	/* Each process counts once. */
	bool is_known = uses->count > 0 && uses->count <= USES_SHOWN &&
			uses->shown[uses->count - 1].pid == seen->pid;

	if (seen->pid == search->own)
		return 0;
	if (seen->error) {
		(void)snprintf(number, sizeof(number), "%d", seen->pid);
		(void)failure_set_at(search->failure, seen->error, "look at",
				     "/proc", number);
		(void)failure_needs(search->failure, CAP_SYS_PTRACE);
		return seen->error;
	}
	if (!ns_id_equal(seen->net, search->net) || is_known)
		return 0;
	if (search->first < 0)
		search->first = open_seen(seen);
	uses_add(search->uses, seen);
	return 0;
}

/* Whether /proc is mounted so that it does not list all processes. */
static bool proc_hides_processes(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	bool hides = false;

	/* The last one is on top. */
	while (mounts && (mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_dir, "/proc"))
			hides = hasmntopt(mount, "hidepid") != NULL;
	if (mounts)
		(void)endmntent(mounts);
	return hides;
}

int uses_check_proc(struct failure *failure)
{
	struct failure hidden = { .kind = FAILURE_NONE };

	(void)failure_set(&hidden, -EPERM, "see all processes in", "/proc");
	(void)failure_needs(&hidden, CAP_SYS_PTRACE);
	if (!hidden.cause || !proc_hides_processes())
		return 0;
	*failure = hidden;
	return -EPERM;
}

int uses_find_processes(struct ns_id net, struct uses *ret, int *ret_net,
			struct failure *failure)
{
	struct processes_look look = PROCESSES_LOOK_FIRST;
	struct search search = {
		.net = net,
		.own = process_own_number(),
		.uses = ret,
		.first = -ESRCH,
		.failure = failure,
	};
	int r = uses_check_proc(failure);

	if (r < 0)
		return r;
	for (int looks = 0; looks < LOOKS_MAX; looks++) {
		*ret = (struct uses){ .count = 0 };
		(void)failure_set(failure, 0, "read", "/proc");
		r = processes_each(&look, see_process, &search);
		if (r < 0 && failure->error == 0)
			failure->error = r;
		if (r < 0 || ret->count > 0 || !look.lost)
			break;
		ret->unsettled = looks + 1 == LOOKS_MAX;
	}
	if (r == 0)
		*failure = (struct failure){ .kind = FAILURE_NONE };
	if (ret_net)
		*ret_net = take_fd(&search.first);
	scope_close(&search.first);
	return r;
}

/* --- Mounts --- */

int uses_find_mounts(struct ns_id net, const char *path,
		     struct failure *failure)
{
	struct mountinfo info = MOUNTINFO_NONE;
	char root[32];
	int found = 0;
	int r = mountinfo_read_table(&info);

	if (r < 0)
		return failure_set(failure, r, "read", "/proc/self/mountinfo");
	(void)snprintf(root, sizeof(root), "net:[%llu]",
		       (unsigned long long)net.ino);
	for (size_t i = 0; i < info.count && !found; i++) {
		const struct mount_entry *entry = &info.entries[i];

		found = !strcmp(entry->type, "nsfs") &&
			!strcmp(entry->root, root) &&
			strcmp(entry->point, path) != 0;
	}
	mountinfo_release(&info);
	return found;
}
