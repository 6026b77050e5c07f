/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of open sessions. */
#include "sessions.h"
#include "file.h"
#include "name.h"
#include "process.h"
#include "scope.h"
#include "state.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define DIRECTORY "sessions"

enum {
	/* So many leaders a login looks at, and so many records it reads. */
	LOOKS = 16,
	READS = 1024,
	/*
	 * Then it removes what it draws, until it draws one that lives, and so
	 * many at most. With 4 there are soon no more of the dead than live,
	 * even where each login leaves one. With 1 they get more and more.
	 */
	DRAWS = 4,
};

/* PID.START, or PID-START */
struct entry_name {
	char text[3 * sizeof(pid_t) + 3 * sizeof(unsigned long long) + 2];
};

static const char *const views[] = {
	[SESSION_VIEW_NONE] = "none",
	[SESSION_VIEW_OWN] = "own",
	[SESSION_VIEW_NAME] = "name",
};

static struct entry_name entry_name(pid_t leader, unsigned long long start_time,
				    char between)
{
	struct entry_name name;

	(void)snprintf(name.text, sizeof(name.text), "%d%c%llu", (int)leader,
		       between, start_time);
	return name;
}

const char *sessions_state(const struct ns_saved *caller,
			   const struct ns_host *host)
{
	return *ns_host_prefix(caller, host) ? "/proc/1/root" STATE_DIRECTORY
					     : STATE_DIRECTORY;
}

/* --- Removing --- */

/* An existing directory of the records of a name, or -errno. */
static int directory_open_existing(const char *state, const char *name)
{
	scoped_fd int top = file_open_directory_at(AT_FDCWD, state);
	scoped_fd int all = top < 0 ? top
				    : file_open_directory_at(top, DIRECTORY);

	return all < 0 ? all : file_open_directory_at(all, name);
}

void sessions_remove(const char *state, const char *name, pid_t leader,
		     unsigned long long start_time)
{
	struct entry_name file = entry_name(leader, start_time, '.');
	scoped_fd int directory = directory_open_existing(state, name);

	if (directory < 0)
		return;
	(void)unlinkat(directory, file.text, 0);
	/* One without a name is not used again. */
	if (name_is_of_inode(name)) {
		scoped_fd int all = openat(directory, "..",
					   O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (all >= 0)
			(void)unlinkat(all, name, AT_REMOVEDIR);
	}
}

/* --- Finding --- */

struct candidate {
	pid_t leader;
	unsigned long long start_time;
};

/* PID.START, or false. */
static bool candidate_parse(const char *name, struct candidate *ret)
{
	char *end;
	unsigned long pid;

	if (*name < '1' || *name > '9')
		return false;
	errno = 0;
	pid = strtoul(name, &end, 10);
	if (*end != '.' || end[1] < '1' || end[1] > '9' || pid > INT_MAX)
		return false;
	ret->leader = (pid_t)pid;
	ret->start_time = strtoull(end + 1, &end, 10);
	return !*end && errno == 0;
}

/* A choice of DRAWS among many that come one after another. */
struct draw {
	unsigned long long state;
	unsigned long long count; /* of those that came */
};

/* A user who foresees what is drawn could keep his dead from it. */
static struct draw draw_begin(void)
{
	struct draw draw = { .count = 0 };
	struct timespec now = { .tv_sec = 0 };

	/* The library's function takes memory since glibc 2.41. */
	if (syscall(SYS_getrandom, &draw.state, sizeof(draw.state),
		    GRND_NONBLOCK) == sizeof(draw.state))
		return draw;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	draw.state = (unsigned long long)now.tv_nsec << 32 ^
		     (unsigned long long)now.tv_sec << 16 ^
		     (unsigned long long)getpid();
	return draw;
}

/*
 * Whether the one that came last takes the place of what was drawn before. To
 * be asked for each of the places.
 */
static bool draw_takes(struct draw *draw)
{
	draw->state = draw->state * 6364136223846793005ULL + 1;
	return (draw->state >> 32) * draw->count >> 32 == 0;
}

static bool candidate_is_newer(const struct candidate *a,
			       const struct candidate *b)
{
	return a->start_time != b->start_time ? a->start_time > b->start_time
					      : a->leader > b->leader;
}

/* What a login looks at in a directory. */
struct candidates {
	struct candidate list[READS]; /* the newest, in their order */
	size_t count;
	struct candidate any[DRAWS]; /* some of all, if there are any */
};

/* Of a heap with the oldest on top, the one at this index may be too new. */
static void heap_sink(struct candidate *heap, size_t count, size_t at)
{
	for (;;) {
		size_t child = 2 * at + 1;
		struct candidate newer = heap[at];

		if (child + 1 < count &&
		    candidate_is_newer(&heap[child], &heap[child + 1]))
			child++;
		if (child >= count || !candidate_is_newer(&newer, &heap[child]))
			return;
		heap[at] = heap[child];
		heap[child] = newer;
		at = child;
	}
}

static void heap_make(struct candidate *heap, size_t count)
{
	for (size_t i = count / 2; i > 0; i--)
		heap_sink(heap, count, i - 1);
}

/* qsort(3) may take memory. */
static void candidates_sort(struct candidate *list, size_t count)
{
	heap_make(list, count);
	for (size_t i = count; i > 1; i--) {
		struct candidate oldest = list[0];

		list[0] = list[i - 1];
		list[i - 1] = oldest;
		heap_sink(list, i - 1, 0);
	}
}

/*
 * Lists at most wanted of the newest, up to READS. ret has a count of 0 and
 * room: to clear all of it would take long.
 */
static void candidates_list(int directory, size_t wanted,
			    struct candidates *ret)
{
	struct file_entries entries = { .directory = directory };
	struct candidate *list = ret->list;
	struct draw draw = draw_begin();
	const char *name;
	int r;

	while ((name = file_next_entry(&entries, &r)) != NULL) {
		struct candidate new;

		if (!candidate_parse(name, &new))
			continue;
		draw.count++;
		for (size_t i = 0; i < DRAWS; i++)
			if (draw_takes(&draw))
				ret->any[i] = new;
		if (ret->count < wanted) {
			list[ret->count++] = new;
			if (ret->count == wanted)
				heap_make(list, wanted);
		} else if (candidate_is_newer(&new, &list[0])) {
			list[0] = new;
			heap_sink(list, wanted, 0);
		}
	}
	candidates_sort(list, ret->count);
}

static bool record_says(const struct record *record, const char *key,
			const char *wanted)
{
	char value[sizeof(record->text)];

	return record_get(record, key, value, sizeof(value)) == 0 &&
	       !strcmp(value, wanted);
}

static bool record_says_number(const struct record *record, const char *key,
			       unsigned long long wanted)
{
	unsigned long long value;

	return record_get_number(record, key, &value) == 0 && value == wanted;
}

/* Whether a mount namespace belongs to the user namespace of this process. */
static bool is_of_own_user_namespace(int mounts)
{
	scoped_fd int user = ioctl(mounts, NS_GET_USERNS);
	struct ns_id own = { .ino = 0 };
	struct ns_id its = { .ino = 0 };

	return user >= 0 && ns_identify(user, &its) == 0 &&
	       ns_current_user(&own) == 0 && ns_id_equal(its, own);
}

bool sessions_avoid(struct sessions_query *query, int mounts)
{
	if (query->avoid_count == SESSIONS_AVOID_MAX ||
	    ns_identify(mounts, &query->avoid[query->avoid_count]) < 0)
		return false;
	query->avoid_count++;
	return true;
}

static bool is_avoided(const struct sessions_query *query, struct ns_id mounts)
{
	for (size_t i = 0; i < query->avoid_count; i++)
		if (ns_id_equal(mounts, query->avoid[i]))
			return true;
	return false;
}

/*
 * The mount namespace of a process, /proc/PID, if it is in the network
 * namespace that is asked for, and where its record says.
 */
static int mounts_of(int process, const struct record *record,
		     const struct sessions_query *query)
{
	scoped_fd int mounts =
		openat(process, "ns/mnt", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct ns_id id = { .ino = 0 };
	struct stat net;

	if (mounts < 0 || ns_identify(mounts, &id) < 0 ||
	    fstatat(process, "ns/net", &net, 0) < 0)
		return -ENOENT;
	if (net.st_dev != query->net.dev || net.st_ino != query->net.ino ||
	    !record_says_number(record, "mnt", id.ino) ||
	    is_avoided(query, id) || !is_of_own_user_namespace(mounts))
		return -ENOENT;
	return take_fd(&mounts);
}

/* Reads a record of this PID namespace. Returns 0 or -ENOENT: no use. */
static int candidate_read(int directory, const struct candidate *candidate,
			  struct ns_id pids, struct record *ret)
{
	struct entry_name file =
		entry_name(candidate->leader, candidate->start_time, '.');

	return record_read(directory, file.text, ret) < 0 ||
			       !record_says_number(ret, "pidns", pids.ino)
		       ? -ENOENT
		       : 0;
}

/*
 * Returns /proc/PID of the leader; -ESRCH: it is gone; -ENOENT: nobody can
 * tell.
 */
static int candidate_open(const struct candidate *candidate)
{
	scoped_fd int process = process_open(candidate->leader);
	unsigned long long start_time = 0;

	if (process >= 0)
		start_time = process_start_time(process);
	if (process == -ENOENT ||
	    (start_time != 0 && start_time != candidate->start_time))
		return -ESRCH;
	return start_time == 0 ? -ENOENT : take_fd(&process);
}

static int candidate_remove(int directory, const struct candidate *candidate)
{
	struct entry_name file =
		entry_name(candidate->leader, candidate->start_time, '.');

	return unlinkat(directory, file.text, 0) < 0 ? -errno : 0;
}

/*
 * What a record leads to; one that leads nowhere is removed. looks counts those
 * whose leader lives.
 */
static int candidate_try(int directory, const struct candidate *candidate,
			 struct ns_id pids, const struct sessions_query *query,
			 unsigned int *looks)
{
	scoped_fd int process = -EBADF;
	struct record record;

	if (candidate_read(directory, candidate, pids, &record) < 0 ||
	    !record_says(&record, "view", "name") ||
	    !record_says(&record, "hide", query->hide ? query->hide : "") ||
	    !record_says_number(&record, "host", query->host_mounts.ino))
		return -ENOENT;
	process = candidate_open(candidate);
	if (process == -ESRCH)
		(void)candidate_remove(directory, candidate);
	/* Who kills many sessions at once does not hide one that lives. */
	if (process < 0)
		return -ENOENT;
	(*looks)++;
	return mounts_of(process, &record, query);
}

/*
 * Removes a record if its leader is gone. pids: only of this PID namespace;
 * NULL: it is not complete, and does not say of which it is. Returns 1, 0 or
 * -errno.
 */
static int candidate_prune(int directory, const struct candidate *candidate,
			   const struct ns_id *pids)
{
	scoped_fd int process = -EBADF;
	struct record record;
	int r;

	if (pids && candidate_read(directory, candidate, *pids, &record) < 0)
		return 0;
	process = candidate_open(candidate);
	if (process != -ESRCH)
		return 0;
	r = candidate_remove(directory, candidate);
	return r < 0 && r != -ENOENT ? r : r == 0;
}

/*
 * What is older than a session that lives is found by chance only, so that
 * nobody waits for it, and yet there are never many more than live.
 */
static void candidates_prune_any(int directory,
				 const struct candidates *candidates,
				 size_t seen, const struct ns_id *pids)
{
	for (size_t i = 0; candidates->count > 0 && i < DRAWS; i++) {
		const struct candidate *any = &candidates->any[i];
		const struct candidate *last = &candidates->list[seen - 1];

		/* Nearly always the last one that was looked at lives. */
		if (any->leader == last->leader &&
		    any->start_time == last->start_time)
			return;
		if (candidate_prune(directory, any, pids) != 1)
			return;
	}
}

/* Those that are newer than all sessions that live, and some of the others. */
static void directory_prune(int directory, const struct ns_id *pids)
{
	struct candidates candidates;
	size_t seen = 0;

	candidates.count = 0;
	candidates_list(directory, LOOKS, &candidates);
	while (seen < candidates.count &&
	       candidate_prune(directory, &candidates.list[seen++], pids) == 1)
		;
	candidates_prune_any(directory, &candidates, seen, pids);
}

struct drawn_names {
	char text[DRAWS][NAME_MAX + 1]; /* "": none */
};

/*
 * Some of the directories of namespaces without a name. All are listed: if it
 * were the first of them only, a user could keep these alive, and all others
 * would stay.
 */
static void draw_without_name(int all, struct drawn_names *ret)
{
	struct file_entries entries = { .directory = all };
	struct draw draw = draw_begin();
	const char *name;
	int r;

	for (size_t i = 0; i < DRAWS; i++)
		ret->text[i][0] = '\0';
	while ((name = file_next_entry(&entries, &r)) != NULL) {
		if (!name_is_of_inode(name))
			continue;
		draw.count++;
		for (size_t i = 0; i < DRAWS; i++)
			if (draw_takes(&draw))
				(void)snprintf(ret->text[i], NAME_MAX + 1, "%s",
					       name);
	}
}

static void name_prune(int all, const char *name, struct ns_id pids)
{
	scoped_fd int directory = file_open_directory_at(all, name);

	if (directory >= 0)
		directory_prune(directory, &pids);
}

void sessions_remove_dead(const char *state, const char *name, bool is_new)
{
	scoped_fd int all = directory_open_existing(state, ".");
	struct ns_id pids = { .ino = 0 };
	struct drawn_names drawn;

	if (all < 0 || ns_current_pids(&pids) < 0)
		return;
	name_prune(all, name, pids);
	if (!is_new)
		return;
	draw_without_name(all, &drawn);
	for (size_t i = 0; i < DRAWS && drawn.text[i][0]; i++) {
		name_prune(all, drawn.text[i], pids);
		/* Somebody lives there. */
		if (unlinkat(all, drawn.text[i], AT_REMOVEDIR) < 0)
			return;
	}
}

/* --- Writing --- */

/*
 * Who was killed while it wrote has left what it had not renamed yet. A writer
 * of another PID namespace seems to be gone, too, and has to write again, as
 * record_write() does.
 */
static void unfinished_prune(int state)
{
	scoped_fd int tmp = file_open_directory_at(state, "tmp/" DIRECTORY);

	if (tmp >= 0)
		directory_prune(tmp, NULL);
}

static void add_text(struct record *record, const char *key, const char *value)
{
	record_add(record, key, value ? value : "");
}

int sessions_write(const char *state, const struct session_entry *entry)
{
	struct entry_name file =
		entry_name(entry->leader, entry->start_time, '.');
	scoped_fd int directory = state_open(AT_FDCWD, state, 0755);
	struct record record = RECORD_EMPTY;
	struct ns_id mounts = { .ino = 0 };
	struct ns_id pids = { .ino = 0 };
	char opened[STATE_TIME_SIZE];
	int r = ns_current_mounts(&mounts);

	if (r == 0)
		r = ns_current_pids(&pids);
	if (r == 0 && entry->start_time == 0)
		r = -ESRCH;
	if (r < 0 || directory < 0)
		return r < 0 ? r : directory;
	/* As in the log. */
	record_add(&record, "id",
		   entry_name(entry->leader, entry->start_time, '-').text);
	add_text(&record, "user", entry->user);
	record_add_number(&record, "uid", entry->uid);
	add_text(&record, "service", entry->service);
	add_text(&record, "rhost", entry->rhost);
	add_text(&record, "tty", entry->tty);
	add_text(&record, "ses", entry->audit_session);
	add_text(&record, "plan", entry->plan);
	add_text(&record, "name", entry->name);
	record_add_number(&record, "net", entry->net.ino);
	record_add_number(&record, "mnt", mounts.ino);
	record_add_number(&record, "host", entry->host_mounts.ino);
	record_add_number(&record, "pidns", pids.ino);
	add_text(&record, "view", views[entry->view]);
	add_text(&record, "hide", entry->hide);
	add_text(&record, "init", entry->init);
	state_time(opened, sizeof(opened));
	record_add(&record, "opened", opened);
	unfinished_prune(directory);
	return record_write(directory, DIRECTORY, entry->name, file.text,
			    &record);
}

/* --- Looking at all of a name --- */

int sessions_prune(const char *state, const char *name)
{
	scoped_fd int directory = directory_open_existing(state, name);
	struct file_entries entries = { .directory = directory };
	struct ns_id pids = { .ino = 0 };
	const char *entry;
	int count = 0;
	int r = directory < 0 ? directory : ns_current_pids(&pids);

	if (r < 0)
		return r;
	while ((entry = file_next_entry(&entries, &r)) != NULL) {
		struct candidate candidate;

		if (!candidate_parse(entry, &candidate))
			continue;
		r = candidate_prune(directory, &candidate, &pids);
		if (r < 0)
			return r;
		count += r;
	}
	return r < 0 ? r : count;
}

int sessions_are_hidden(const char *state, const char *name)
{
	scoped_fd int directory = directory_open_existing(state, name);
	struct file_entries entries = { .directory = directory };
	const char *entry;
	int r = 0;

	if (directory < 0)
		return directory;
	while ((entry = file_next_entry(&entries, &r)) != NULL) {
		unsigned long long pids = 0;
		struct candidate candidate;
		struct record record;

		if (candidate_parse(entry, &candidate) &&
		    record_read(directory, entry, &record) == 0 &&
		    record_get_number(&record, "pidns", &pids) == 0 &&
		    !ns_shows_pids(pids))
			return 1;
	}
	return r;
}

void sessions_remove_directory(const char *state, const char *name)
{
	scoped_fd int all = directory_open_existing(state, ".");

	if (all >= 0)
		(void)unlinkat(all, name, AT_REMOVEDIR);
}

/*
 * Only what may be right counts: nobody keeps others from it by many sessions
 * with other mounts.
 */
int sessions_find_mounts(const char *state, const struct sessions_query *query)
{
	scoped_fd int directory = directory_open_existing(state, query->name);
	struct candidates candidates;
	struct ns_id pids = { .ino = 0 };
	unsigned int looks = 0;
	size_t seen = 0;
	int mounts = -ENOENT;
	int r = directory < 0 ? directory : ns_current_pids(&pids);

	if (r < 0)
		return r;
	candidates.count = 0;
	candidates_list(directory, READS, &candidates);
	while (mounts < 0 && seen < candidates.count && looks < LOOKS)
		mounts = candidate_try(directory, &candidates.list[seen++],
				       pids, query, &looks);
	candidates_prune_any(directory, &candidates, seen, &pids);
	return mounts;
}

/* --- All of them --- */

static int
sessions_each_of(int directory, struct ns_id pids,
		 int (*look)(pid_t leader, unsigned long long start_time,
			     const struct record *record, void *data),
		 void *data)
{
	struct file_entries entries = { .directory = directory };
	const char *name;
	int r;

	while ((name = file_next_entry(&entries, &r)) != NULL) {
		struct candidate candidate;
		struct record record;

		if (candidate_parse(name, &candidate) &&
		    record_read(directory, name, &record) == 0 &&
		    record_says_number(&record, "pidns", pids.ino))
			r = look(candidate.leader, candidate.start_time,
				 &record, data);
		if (r != 0)
			return r;
	}
	return r;
}

int sessions_each(const char *state,
		  int (*look)(pid_t leader, unsigned long long start_time,
			      const struct record *record, void *data),
		  void *data)
{
	scoped_fd int all = directory_open_existing(state, ".");
	struct file_entries entries = { .directory = all };
	struct ns_id pids = { .ino = 0 };
	const char *name;
	int r = ns_current_pids(&pids);

	if (all < 0)
		return all == -ENOENT ? 0 : all;
	if (r < 0)
		return r;
	while ((name = file_next_entry(&entries, &r)) != NULL) {
		scoped_fd int of = directory_open_existing(state, name);

		/* It may be gone by now. */
		if (of < 0)
			continue;
		r = sessions_each_of(of, pids, look, data);
		if (r != 0)
			return r;
	}
	return r;
}
