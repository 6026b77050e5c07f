/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network namespaces that have a name or a session, and who is in them. */
#include "inventory.h"
#include "common/file.h"
#include "common/name.h"
#include "common/netns.h"
#include "common/process.h"
#include "common/scope.h"
#include "common/sessions.h"
#include "ctl.h"
#include "grow.h"
#include "links.h"
#include "processes.h"
#include "progress.h"
#include "uses.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* What is needed while it is read. */
struct reading {
	struct inventory *inventory;
	struct progress progress;
	int own; /* the network of this process, to come back to */
	struct ns_id own_id;
	bool proc_hides; /* proc(5) may not list all processes */
	size_t hidden;	 /* processes of which nobody knows where they are */
	size_t alien;	 /* namespaces that could not be entered */
	int alien_error;
};

/* ---- namespaces ---- */

/* Goes in and counts. The caller has to come back. */
static void netns_enter_and_look(struct reading *reading, int fd,
				 struct inventory_netns *netns, bool named)
{
	struct record record = RECORD_EMPTY;
	char init[sizeof(record.text)] = "";
	int r = fd < 0 ? fd : ns_enter_net(fd);

	if (r == 0) {
		r = links_count();
		if (named && netns_read_record("", netns->name, &record) == 0)
			(void)record_get(&record, "init", init, sizeof(init));
	}
	netns->interfaces = r < 0 ? -1 : r;
	if (*init)
		netns->init = strdup(init);
	if (r < 0) {
		reading->alien++;
		reading->alien_error = r;
	}
}

/* Where this process is counted, and asks the name service. */
static void netns_come_back(struct reading *reading)
{
	int r = reading->own < 0 ? reading->own : ns_enter_net(reading->own);

	if (r == 0 || reading->inventory->netns_count == reading->alien)
		return;
	ctl_complain("cannot go back to the own network: %s", strerror(-r));
	reading->inventory->failed = true;
}

/* Adds one, fd, or -errno: it cannot be opened. Returns 0 or -ENOMEM. */
static int netns_add(struct reading *reading, int fd, struct ns_id id,
		     const char *name, bool named)
{
	struct inventory *inventory = reading->inventory;
	struct inventory_netns *grown = list_grow(
		inventory->netns, inventory->netns_count, sizeof(*grown));
	scoped_fd int user = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
	struct inventory_netns *netns;

	if (!grown)
		return -ENOMEM;
	inventory->netns = grown;
	netns = &grown[inventory->netns_count];
	*netns = (struct inventory_netns){ .name = strdup(name), .id = id };
	if (!netns->name)
		return -ENOMEM;
	netns->has_owner = user >= 0 &&
			   ioctl(user, NS_GET_OWNER_UID, &netns->owner) == 0;
	inventory->netns_count++;
	netns_enter_and_look(reading, fd, netns, named);
	return 0;
}

/* What is no namespace is for check to tell. */
static int name_add(struct reading *reading, int directory, const char *name)
{
	scoped_fd int fd = -EBADF;
	struct stat st;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_dev != reading->own_id.dev)
		return 0;
	fd = openat(directory, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return 0;
	return netns_add(reading, fd,
			 (struct ns_id){ .dev = st.st_dev, .ino = st.st_ino },
			 name, true);
}

static int names_read(struct reading *reading)
{
	int fd = file_open_directory(NETNS_DIRECTORY);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t done = 0;
	int r = 0;

	if (!names) {
		r = fd < 0 ? fd : -errno;
		if (r == -ENOENT)
			return 0;
		ctl_complain("cannot look at '" NETNS_DIRECTORY "': %s",
			     r == -ENOTDIR || r == -ELOOP ? "it is no directory"
							  : strerror(-r));
		reading->inventory->failed = true;
		scope_close(&fd);
		return 0;
	}
	while (r == 0 && (entry = readdir(names)) != NULL) {
		progress_show(&reading->progress, "names", done++);
		r = name_add(reading, dirfd(names), entry->d_name);
	}
	(void)closedir(names);
	netns_come_back(reading);
	return r;
}

static int netns_compare_id(const void *a, const void *b)
{
	return processes_compare_net(((const struct inventory_netns *)a)->id,
				     ((const struct inventory_netns *)b)->id);
}

/* By name; what has none comes last, as it begins with "net:[". */
static int netns_compare_name(const void *a, const void *b)
{
	const char *left = ((const struct inventory_netns *)a)->name;
	const char *right = ((const struct inventory_netns *)b)->name;
	bool left_last = name_is_of_inode(left);
	bool right_last = name_is_of_inode(right);

	if (left_last != right_last)
		return left_last ? 1 : -1;
	return strcmp(left, right);
}

/* The first of this id, as one may have several names. count: if it is NULL. */
static struct inventory_netns *netns_find(struct inventory *inventory,
					  size_t count, struct ns_id id)
{
	const struct inventory_netns key = { .id = id };
	struct inventory_netns *found =
		count == 0 ? NULL
			   : bsearch(&key, inventory->netns, count, sizeof(key),
				     netns_compare_id);

	while (found && found > inventory->netns &&
	       processes_compare_net(found[-1].id, id) == 0)
		found--;
	return found;
}

/* ---- processes ---- */

static int process_add(const struct process_seen *seen, void *data)
{
	struct reading *reading = data;
	struct inventory *inventory = reading->inventory;
	struct inventory_process *grown;

	if (seen->error) {
		reading->hidden += seen->error == -EACCES ||
				   seen->error == -EPERM;
		return 0;
	}
	grown = list_grow(inventory->processes, inventory->process_count,
			  sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	inventory->processes = grown;
	grown[inventory->process_count++] = (struct inventory_process){
		.pid = seen->pid,
		.net = seen->net,
		.is_other = seen->is_other,
	};
	return 0;
}

static int process_compare(const void *a, const void *b)
{
	const struct inventory_process *left = a;
	const struct inventory_process *right = b;

	if (left->pid != right->pid)
		return left->pid < right->pid ? -1 : 1;
	if (left->is_other != right->is_other)
		return left->is_other ? 1 : -1;
	return left->is_other ? processes_compare_net(left->net, right->net)
			      : 0;
}

/* Sorts them, and keeps of each what it is in once. */
static void processes_sort(struct inventory *inventory)
{
	struct inventory_process *list = inventory->processes;
	const struct inventory_process *first = list;
	size_t kept = 0;

	if (inventory->process_count == 0)
		return;
	qsort(list, inventory->process_count, sizeof(*list), process_compare);
	for (size_t i = 0; i < inventory->process_count; i++) {
		if (!list[i].is_other)
			first = &list[kept];
		else if (processes_compare_net(list[i].net, first->net) == 0 ||
			 processes_compare_net(list[i].net,
					       list[kept - 1].net) == 0)
			continue;
		list[kept++] = list[i];
	}
	inventory->process_count = kept;
}

/* Nobody knows who is where. */
static void proc_fails(struct inventory *inventory, const char *why)
{
	ctl_complain("cannot look at '/proc': %s", why);
	inventory->sessions_hidden = true;
	inventory->processes_hidden = true;
	inventory->failed = true;
}

static int processes_read(struct reading *reading)
{
	struct inventory *inventory = reading->inventory;
	struct processes_look look = PROCESSES_LOOK_FIRST;
	struct failure failure;
	int r;

	if (!ns_has_proc()) {
		proc_fails(inventory, "it is not mounted, so nobody knows who "
				      "is where");
		return 0;
	}
	reading->proc_hides = uses_check_proc(&failure) < 0;
	r = processes_each(&look, process_add, reading);
	processes_sort(inventory);
	inventory->sessions_hidden = reading->proc_hides;
	inventory->processes_hidden = reading->proc_hides ||
				      reading->hidden > 0;
	if (r < 0 && r != -ENOMEM)
		proc_fails(inventory, strerror(-r));
	return r == -ENOMEM ? r : 0;
}

static const struct inventory_process *
process_find(const struct inventory *inventory, pid_t pid)
{
	const struct inventory_process key = { .pid = pid };

	return inventory->process_count == 0
		       ? NULL
		       : bsearch(&key, inventory->processes,
				 inventory->process_count, sizeof(key),
				 process_compare);
}

/* Tells of what is not to be seen at all. */
static void tell_unseen(struct reading *reading)
{
	struct inventory *inventory = reading->inventory;

	if (reading->hidden > 0)
		ctl_complain("cannot see where %zu processes of others are",
			     reading->hidden);
	else if (reading->proc_hides)
		ctl_complain("cannot look at the processes of others: /proc "
			     "hides them (hidepid)");
	else if (reading->alien == 0)
		return;
	if (reading->alien > 0)
		ctl_complain("cannot look into %zu namespaces, at what is in "
			     "them and what has filled them: %s",
			     reading->alien, strerror(-reading->alien_error));
	inventory->failed = true;
}

/* ---- sessions ---- */

/*
 * Whether the leader lives and is in the network that its record says. If that
 * is not to be seen, the record is believed.
 */
static bool session_lives(const struct reading *reading, pid_t leader,
			  unsigned long long start_time,
			  const struct record *record, struct ns_id *ret_net)
{
	const struct inventory_process *process =
		process_find(reading->inventory, leader);
	scoped_fd int directory = process_open(leader);
	unsigned long long inode = 0;

	if (directory < 0 || process_start_time(directory) != start_time ||
	    record_get_number(record, "net", &inode) < 0)
		return false;
	if (process) {
		*ret_net = process->net;
		return process->net.ino == inode;
	}
	*ret_net = (struct ns_id){ .dev = reading->own_id.dev,
				   .ino = (ino_t)inode };
	return true;
}

/* A helper that holds the mounts of a name has a record, too. */
static bool record_has_user(const struct record *record)
{
	char user[sizeof(record->text)];

	return record_get(record, "user", user, sizeof(user)) == 0 && *user;
}

static int session_add(pid_t leader, unsigned long long start_time,
		       const struct record *record, void *data)
{
	struct reading *reading = data;
	struct inventory *inventory = reading->inventory;
	struct inventory_session *grown;
	struct ns_id net;

	if (!record_has_user(record) ||
	    !session_lives(reading, leader, start_time, record, &net))
		return 0;
	grown = list_grow(inventory->sessions, inventory->session_count,
			  sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	inventory->sessions = grown;
	grown += inventory->session_count;
	*grown = (struct inventory_session){
		.leader = leader,
		.net = net,
		.record = malloc(sizeof(*record)),
	};
	if (!grown->record)
		return -ENOMEM;
	*grown->record = *record;
	inventory->session_count++;
	return 0;
}

static int session_compare(const void *a, const void *b)
{
	const struct inventory_session *left = a;
	const struct inventory_session *right = b;

	return left->leader < right->leader ? -1 : left->leader > right->leader;
}

/* The network of a leader: a descriptor, or -errno; -ESRCH: it has ended. */
static int leader_open_net(pid_t leader)
{
	scoped_fd int directory = process_open(leader);
	int fd = directory < 0 ? directory
			       : openat(directory, "ns/net",
					O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 || directory < 0)
		return fd == -ENOENT ? -ESRCH : fd;
	fd = -errno;
	/* The kernel may deny it for one that has just ended. */
	return fd == -ENOENT || process_start_time(directory) == 0 ? -ESRCH
								   : fd;
}

/*
 * The namespace of a session that no name leads to. Returns 0; -ESRCH: the
 * session has ended; -ENOMEM.
 */
static int session_add_netns(struct reading *reading,
			     const struct inventory_session *session)
{
	struct inventory *inventory = reading->inventory;
	char init[sizeof(session->record->text)] = "";
	scoped_fd int fd = leader_open_net(session->leader);
	char name[sizeof("net:[]") + NUMBER_SIZE];
	int r;

	if (fd == -ESRCH)
		return fd;
	(void)snprintf(name, sizeof(name), "net:[%llu]",
		       (unsigned long long)session->net.ino);
	r = netns_add(reading, fd, session->net, name, false);
	(void)record_get(session->record, "init", init, sizeof(init));
	if (r == 0 && *init)
		inventory->netns[inventory->netns_count - 1].init =
			strdup(init);
	return r;
}

/* Whether the network of a session is on the list, or the host's. */
static bool session_net_is_known(struct inventory *inventory, size_t named,
				 struct ns_id net, struct ns_id host)
{
	if (netns_find(inventory, named, net) || ns_id_equal(net, host))
		return true;
	/* Several sessions may be in one: su does so. */
	for (size_t j = named; j < inventory->netns_count; j++)
		if (ns_id_equal(inventory->netns[j].id, net))
			return true;
	return false;
}

/* Adds the namespaces of sessions, and leaves out those that have ended. */
static int sessions_add_netns(struct reading *reading)
{
	struct inventory *inventory = reading->inventory;
	const struct ns_host host = ns_read_host();
	size_t named = inventory->netns_count;
	size_t count = inventory->session_count;
	int r = 0;

	inventory->session_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct inventory_session session = inventory->sessions[i];

		progress_show(&reading->progress, "sessions", i);
		if (r != -ENOMEM &&
		    !session_net_is_known(inventory, named, session.net,
					  host.net))
			r = session_add_netns(reading, &session);
		if (r == -ESRCH) {
			free(session.record);
			r = 0;
			continue;
		}
		inventory->sessions[inventory->session_count++] = session;
	}
	return r;
}

static int sessions_read(struct reading *reading)
{
	struct inventory *inventory = reading->inventory;
	int r = sessions_each(STATE_DIRECTORY, session_add, reading);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		ctl_complain("cannot look at '%s/sessions': %s",
			     STATE_DIRECTORY, strerror(-r));
		inventory->sessions_hidden = true;
		inventory->failed = true;
	}
	if (inventory->session_count > 0)
		qsort(inventory->sessions, inventory->session_count,
		      sizeof(*inventory->sessions), session_compare);
	r = sessions_add_netns(reading);
	netns_come_back(reading);
	return r;
}

/* ---- all of it ---- */

static void inventory_sort(struct inventory *inventory,
			   int (*compare)(const void *a, const void *b))
{
	if (inventory->netns_count > 0)
		qsort(inventory->netns, inventory->netns_count,
		      sizeof(*inventory->netns), compare);
}

static void inventory_count(struct inventory *inventory, struct ns_id id,
			    size_t sessions, size_t processes)
{
	const struct inventory_netns *end =
		inventory->netns + inventory->netns_count;
	struct inventory_netns *netns =
		netns_find(inventory, inventory->netns_count, id);

	for (;
	     netns && netns < end && processes_compare_net(netns->id, id) == 0;
	     netns++) {
		netns->sessions += sessions;
		netns->processes += processes;
	}
}

int inventory_read(struct inventory *ret)
{
	struct reading reading = { .inventory = ret, .own = ns_open_net() };
	int r;

	(void)ns_current_net(&reading.own_id);
	r = names_read(&reading);
	inventory_sort(ret, netns_compare_id);
	if (r == 0)
		r = processes_read(&reading);
	if (r == 0)
		r = sessions_read(&reading);
	progress_end(&reading.progress);
	scope_close(&reading.own);
	if (r < 0)
		return r;
	tell_unseen(&reading);
	inventory_sort(ret, netns_compare_id);
	for (size_t i = 0; i < ret->process_count; i++)
		inventory_count(ret, ret->processes[i].net, 0, 1);
	for (size_t i = 0; i < ret->session_count; i++)
		inventory_count(ret, ret->sessions[i].net, 1, 0);
	inventory_sort(ret, netns_compare_name);
	return 0;
}

void inventory_release(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->netns_count; i++) {
		free(inventory->netns[i].name);
		free(inventory->netns[i].init);
	}
	for (size_t i = 0; i < inventory->session_count; i++)
		free(inventory->sessions[i].record);
	free(inventory->netns);
	free(inventory->sessions);
	free(inventory->processes);
	*inventory = INVENTORY_NONE;
}
