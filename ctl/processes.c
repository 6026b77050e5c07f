/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which network namespaces the processes of proc(5) are in. */
#include "processes.h"
#include "common/file.h"
#include "common/process.h"
#include "common/scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
	/* Of /proc/PID/task: each thread counts as a directory in it. */
	LINKS_OF_ONE_THREAD = 3,
};

/* One process, while its threads are looked at. */
struct visit {
	struct processes_look *look;
	struct process_seen seen;
	bool was_seen;
	int (*see)(const struct process_seen *seen, void *data);
	void *data;
};

/* It has ended since it was listed. */
static bool has_ended(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/* For one that has just ended the kernel may deny all that is asked. */
static bool is_gone(int process)
{
	struct stat st;

	return fstatat(process, "stat", &st, 0) < 0 && has_ended(-errno);
}

static bool is_number(const char *name)
{
	return *name >= '1' && *name <= '9';
}

/*
 * Looks at the namespace at seen.path, and calls see, unless it is where the
 * process was seen last. Returns what see does; 0; -ENOENT: it has ended.
 */
static int visit_path(struct visit *visit)
{
	struct process_seen *seen = &visit->seen;
	const struct ns_id last = seen->net;
	struct stat st;
	int r;

	seen->error = 0;
	if (fstatat(seen->directory, seen->path, &st, 0) == 0) {
		seen->net =
			(struct ns_id){ .dev = st.st_dev, .ino = st.st_ino };
		if (visit->was_seen && ns_id_equal(last, seen->net))
			return 0;
	} else {
		seen->error = -errno;
		if (has_ended(seen->error) || is_gone(seen->directory))
			return -ENOENT;
	}
	seen->is_other = visit->was_seen;
	r = visit->see(seen, visit->data);
	visit->was_seen = true;
	return r;
}

/* Returns what see does; 0, also if there are none; -errno of getdents64(2). */
static int visit_threads(struct visit *visit)
{
	scoped_fd int threads = openat(visit->seen.directory, "task",
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct file_entries entries = { .directory = threads };
	const char *name;
	int r;

	if (threads < 0 && !has_ended(-errno))
		return -errno;
	if (threads < 0) {
		visit->look->lost = true;
		return 0;
	}
	while ((name = file_next_entry(&entries, &r)) != NULL) {
		(void)snprintf(visit->seen.path, sizeof(visit->seen.path),
			       "task/%.32s/ns/net", name);
		r = visit_path(visit);
		/* The first of them is a zombie until all have ended. */
		if (r == -ENOENT &&
		    strtol(name, NULL, 10) != (long)visit->seen.pid)
			visit->look->lost = true;
		if (r != 0 && r != -ENOENT)
			return r;
	}
	if (!visit->was_seen || has_ended(r))
		visit->look->lost = true;
	return has_ended(r) ? 0 : r;
}

/* Adds one to those that there are, in whatever order. */
static void zombie_add(struct processes_look *look, pid_t pid,
		       unsigned long long start_time)
{
	unsigned long long mixed =
		(start_time << 32 ^ (unsigned long long)pid) *
		0x9e3779b97f4a7c15ULL;

	look->zombies += (mixed ^ mixed >> 29) | 1;
}

/* Returns what see does; 0; or -errno. */
static int visit_process(struct visit *visit)
{
	struct process_seen *seen = &visit->seen;
	unsigned long long start_time;
	struct stat st;
	int r;

	if (fstatat(seen->directory, "task", &st, 0) == 0 &&
	    st.st_nlink != LINKS_OF_ONE_THREAD)
		return visit_threads(visit);
	(void)snprintf(seen->path, sizeof(seen->path), "ns/net");
	r = visit_path(visit);
	if (r != -ENOENT)
		return r;
	start_time = process_start_time(seen->directory);
	if (start_time == 0)
		visit->look->lost = true;
	else
		zombie_add(visit->look, seen->pid, start_time);
	return 0;
}

/* Returns 0, what see does, or -errno. */
static int each_in(int proc, struct processes_look *look,
		   int (*see)(const struct process_seen *seen, void *data),
		   void *data)
{
	struct file_entries entries = { .directory = proc };
	const char *name;
	int r;

	while ((name = file_next_entry(&entries, &r)) != NULL) {
		struct visit visit = { .look = look, .see = see, .data = data };
		scoped_fd int directory = -EBADF;

		if (!is_number(name))
			continue;
		directory =
			openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (directory < 0 && !has_ended(-errno))
			return -errno;
		if (directory < 0) {
			look->lost = true;
			continue;
		}
		visit.seen.pid = (pid_t)strtol(name, NULL, 10);
		visit.seen.directory = directory;
		r = visit_process(&visit);
		if (r != 0)
			return r;
	}
	return r;
}

int processes_each(struct processes_look *look,
		   int (*see)(const struct process_seen *seen, void *data),
		   void *data)
{
	const unsigned long long before = look->zombies;
	scoped_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	*look = PROCESSES_LOOK_FIRST;
	if (proc < 0)
		return -errno;
	r = each_in(proc, look, see, data);
	if (look->zombies != 0 && look->zombies != before)
		look->lost = true;
	return r;
}

int processes_compare_net(struct ns_id a, struct ns_id b)
{
	if (a.ino != b.ino)
		return a.ino < b.ino ? -1 : 1;
	return a.dev == b.dev ? 0 : a.dev < b.dev ? -1 : 1;
}
