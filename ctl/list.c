/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl list: which namespaces there are, and who is in them. */
#include "common/process.h"
#include "common/scope.h"
#include "ctl.h"
#include "inventory.h"
#include "text.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- all namespaces ---- */

static void number_text(unsigned long long number, char ret[NUMBER_SIZE])
{
	(void)snprintf(ret, NUMBER_SIZE, "%llu", number);
}

/* The name of a uid, or its number. To be freed. */
static char *user_text(uid_t uid)
{
	const struct passwd *passwd = getpwuid(uid);

	return passwd ? strdup(passwd->pw_name) : text_of("%u", uid);
}

static int list_netns(const struct inventory *inventory, struct table *table)
{
	scoped_free char *owner = NULL;
	uid_t owner_uid = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < inventory->netns_count; i++) {
		const struct inventory_netns *netns = &inventory->netns[i];
		char sessions[NUMBER_SIZE] = "";
		char processes[NUMBER_SIZE] = "";
		char interfaces[NUMBER_SIZE] = "";
		const char *texts[] = { netns->name, NULL,	netns->init,
					sessions,    processes, interfaces };

		/* Most are those of one. */
		if (netns->has_owner && (!owner || owner_uid != netns->owner)) {
			free(owner);
			owner_uid = netns->owner;
			owner = user_text(owner_uid);
		}
		texts[1] = netns->has_owner ? owner : NULL;
		/* None that is to be seen may still be some. */
		if (netns->sessions > 0 || !inventory->sessions_hidden)
			number_text(netns->sessions, sessions);
		if (netns->processes > 0 || !inventory->processes_hidden)
			number_text(netns->processes, processes);
		if (netns->interfaces >= 0)
			number_text((unsigned int)netns->interfaces,
				    interfaces);
		r = table_add(table, texts, TABLE_PLAIN, 0);
	}
	return r;
}

/* ---- one namespace ---- */

/* A process of it, and the session that it belongs to. */
struct member {
	pid_t pid;
	struct process process;
	char audit_session[16];
	const struct inventory_session *session; /* NULL: none */
};

struct members {
	const struct inventory_netns *netns;
	struct member *list; /* by PID */
	size_t count;
	char audit_session_of_init[16];
};

/* proc_pid_sessionid(5), "" if it is not set, or cannot be read. */
static void audit_session_read(int directory, char ret[16])
{
	scoped_fd int fd = openat(directory, "sessionid", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, ret, 15);

	ret[size > 0 ? size : 0] = '\0';
	if (!strcmp(ret, "4294967295"))
		*ret = '\0';
}

static int member_compare(const void *a, const void *b)
{
	const struct member *left = a;
	const struct member *right = b;

	return left->pid < right->pid ? -1 : left->pid > right->pid;
}

static struct member *member_find(const struct members *members, pid_t pid)
{
	const struct member key = { .pid = pid };

	return members->count == 0
		       ? NULL
		       : bsearch(&key, members->list, members->count,
				 sizeof(key), member_compare);
}

static bool session_is_in(const struct inventory_session *session,
			  const struct inventory_netns *netns)
{
	return ns_id_equal(session->net, netns->id);
}

static int members_read(const struct inventory *inventory,
			struct members *members)
{
	scoped_fd int init = process_open(1);

	members->list =
		calloc(members->netns->processes + 1, sizeof(*members->list));
	if (!members->list)
		return -ENOMEM;
	if (init >= 0)
		audit_session_read(init, members->audit_session_of_init);
	for (size_t i = 0; i < inventory->process_count; i++) {
		const struct inventory_process *process =
			&inventory->processes[i];
		struct member *member = &members->list[members->count];
		scoped_fd int directory = -EBADF;

		if (!ns_id_equal(process->net, members->netns->id))
			continue;
		directory = process_open(process->pid);
		member->pid = process->pid;
		/* It may have ended meanwhile. */
		if (directory < 0 ||
		    process_read(directory, &member->process) < 0)
			continue;
		audit_session_read(directory, member->audit_session);
		members->count++;
	}
	return 0;
}

/*
 * What has lost its parent is told by the kernel's audit session, where that is
 * one of its own: in a container all may have that of the first process.
 */
static const struct inventory_session *
session_of_orphan(const struct inventory *inventory,
		  const struct members *members, const struct member *member)
{
	char audit_session[16];

	if (!*member->audit_session ||
	    !strcmp(member->audit_session, members->audit_session_of_init))
		return NULL;
	for (size_t i = 0; i < inventory->session_count; i++) {
		const struct inventory_session *session =
			&inventory->sessions[i];

		if (session_is_in(session, members->netns) &&
		    record_get(session->record, "ses", audit_session,
			       sizeof(audit_session)) == 0 &&
		    !strcmp(audit_session, member->audit_session))
			return session;
	}
	return NULL;
}

/* The session whose leader is the nearest one above a process. */
static const struct inventory_session *
session_above(const struct inventory *inventory, const struct members *members,
	      const struct member *member)
{
	const struct member *top = member;

	/* PIDs may be those of others meanwhile: no way up is longer. */
	for (size_t steps = 0; member && steps <= members->count; steps++) {
		if (member->session && member->session->leader == member->pid)
			return member->session;
		top = member;
		member = member_find(members, member->process.parent);
	}
	return top->process.parent <= 1
		       ? session_of_orphan(inventory, members, top)
		       : NULL;
}

static void members_join(const struct inventory *inventory,
			 struct members *members)
{
	for (size_t i = 0; i < inventory->session_count; i++) {
		const struct inventory_session *session =
			&inventory->sessions[i];
		struct member *leader =
			session_is_in(session, members->netns)
				? member_find(members, session->leader)
				: NULL;

		if (leader)
			leader->session = session;
	}
	for (size_t i = 0; i < members->count; i++)
		if (!members->list[i].session)
			members->list[i].session = session_above(
				inventory, members, &members->list[i]);
}

/* The columns of "list NAME". */
enum {
	COLUMN_PID,
	COLUMN_USER,
	COLUMN_SERVICE,
	COLUMN_TTY,
	COLUMN_RHOST,
	COLUMN_SES,
	COLUMN_OPENED,
	COLUMN_PROCESSES,
	COLUMN_COMMAND,
	COLUMN_COUNT_,
};

static int list_session(const struct members *members,
			const struct inventory_session *session,
			const struct member *leader, struct table *table)
{
	static const char *const keys[COLUMN_COUNT_] = {
		[COLUMN_USER] = "user", [COLUMN_SERVICE] = "service",
		[COLUMN_TTY] = "tty",	[COLUMN_RHOST] = "rhost",
		[COLUMN_SES] = "ses",	[COLUMN_OPENED] = "opened",
	};
	const char *texts[COLUMN_COUNT_] = { NULL };
	char values[COLUMN_COUNT_][1024];
	char pid[NUMBER_SIZE];
	char processes[NUMBER_SIZE] = "";
	size_t count = 0;

	for (size_t i = 0; i < COLUMN_COUNT_; i++) {
		*values[i] = '\0';
		if (keys[i] && record_get(session->record, keys[i], values[i],
					  sizeof(values[i])) == 0)
			texts[i] = values[i];
	}
	/* As it is told when it is not set. */
	if (!strcmp(values[COLUMN_SES], "4294967295"))
		texts[COLUMN_SES] = NULL;
	for (size_t i = 0; i < members->count; i++)
		count += members->list[i].session == session;
	number_text((unsigned int)session->leader, pid);
	texts[COLUMN_PID] = pid;
	if (count > 0)
		number_text(count, processes);
	texts[COLUMN_PROCESSES] = processes;
	texts[COLUMN_COMMAND] = leader ? leader->process.name : NULL;
	return table_add(table, texts, TABLE_PLAIN, 0);
}

/* Of one that belongs to no session. */
static int list_process(const struct member *member, struct table *table)
{
	const char *texts[COLUMN_COUNT_] = { NULL };
	char pid[NUMBER_SIZE];
	scoped_fd int directory = process_open(member->pid);
	scoped_free char *user = NULL;
	struct stat st;

	if (directory >= 0 && fstat(directory, &st) == 0)
		user = user_text(st.st_uid);
	number_text((unsigned int)member->pid, pid);
	texts[COLUMN_PID] = pid;
	texts[COLUMN_USER] = user;
	texts[COLUMN_PROCESSES] = "1";
	texts[COLUMN_COMMAND] = member->process.name;
	return table_add(table, texts, TABLE_PLAIN, 0);
}

/* Both lists are by PID, and so is what is printed. */
static int list_members(const struct inventory *inventory,
			const struct members *members, struct table *table)
{
	size_t at = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i <= inventory->session_count; i++) {
		const struct inventory_session *session =
			i < inventory->session_count ? &inventory->sessions[i]
						     : NULL;

		if (session && !session_is_in(session, members->netns))
			continue;
		while (r == 0 && at < members->count &&
		       (!session || members->list[at].pid < session->leader)) {
			if (!members->list[at].session)
				r = list_process(&members->list[at], table);
			at++;
		}
		if (r == 0 && session)
			r = list_session(members, session,
					 member_find(members, session->leader),
					 table);
	}
	return r;
}

static int list_one(const struct inventory *inventory, const char *name,
		    struct table *table)
{
	struct members members = { .netns = NULL };
	int r;

	for (size_t i = 0; !members.netns && i < inventory->netns_count; i++)
		if (!strcmp(inventory->netns[i].name, name))
			members.netns = &inventory->netns[i];
	if (!members.netns) {
		ctl_complain("there is no network namespace '%s'", name);
		return -ENOENT;
	}
	r = members_read(inventory, &members);
	if (r == 0) {
		members_join(inventory, &members);
		r = list_members(inventory, &members, table);
	}
	free(members.list);
	return r;
}

/* ---- the command ---- */

static const char *const netns_columns[] = { "name",	   "owner",
					     "init",	   "#sessions",
					     "#processes", "#interfaces" };
static const char *const member_columns[COLUMN_COUNT_] = {
	"#pid", "user",	  "service",	"tty",	   "rhost",
	"ses",	"opened", "#processes", "command",
};

int ctl_list(const struct ctl_options *options, int count,
	     const char *const words[])
{
	struct inventory inventory = INVENTORY_NONE;
	struct table *table = NULL;
	int result = CTL_FAILED;
	int r;

	if (count > 1) {
		ctl_complain("list takes one name: '%s'", words[1]);
		return CTL_FAILED;
	}
	r = count == 1 ? table_begin("list", member_columns, COLUMN_COUNT_,
				     &options->format, &table)
		       : table_begin("list", netns_columns, 6, &options->format,
				     &table);
	if (r == -EINVAL)
		ctl_complain("no such column: '%s'", options->format.columns);
	if (r == 0)
		r = inventory_read(&inventory);
	if (r == 0)
		r = count == 1 ? list_one(&inventory, words[0], table)
			       : list_netns(&inventory, table);
	if (r == 0)
		r = table_print(table);
	if (r == 0 && !inventory.failed)
		result = CTL_DONE;
	if (r == -ENOMEM)
		ctl_complain("%s", strerror(-r));
	inventory_release(&inventory);
	table_free(table);
	return result;
}
