/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of open sessions: what is written, and who is found by them. */
#include "common/process.h"
#include "common/scope.h"
#include "common/sessions.h"
#include "common/state.h"
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define RECORDS	   STATE_DIRECTORY "/sessions"
#define UNFINISHED STATE_DIRECTORY "/tmp/sessions"

static const struct ns_id host = { .dev = 4, .ino = 77 };

static struct session_entry entry_of_this_process(void)
{
	scoped_fd int self = process_open(0);
	struct session_entry entry = {
		.leader = getpid(),
		.start_time = process_start_time(self),
		.user = "alice",
		.uid = 2001,
		.service = "sshd",
		.rhost = "192.0.2.7",
		.audit_session = "5",
		.plan = "named",
		.name = "team",
		.host_mounts = host,
		.view = SESSION_VIEW_NAME,
		.init = "rules,veth",
	};

	check_result(ns_current_net(&entry.net), 0);
	return entry;
}

static struct sessions_query query_of(const struct session_entry *entry)
{
	return (struct sessions_query){
		.name = entry->name,
		.net = entry->net,
		.host_mounts = entry->host_mounts,
		.hide = entry->hide,
	};
}

static const char *path_of(const struct session_entry *entry)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), RECORDS "/%s/%d.%llu", entry->name,
		       (int)entry->leader, entry->start_time);
	return path;
}

/* --- Writing and removing --- */

static void write_says_all_there_is(void)
{
	struct session_entry entry = entry_of_this_process();
	struct ns_id mounts;
	struct stat pids;
	char line[128];
	const char *text;

	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	text = read_text(path_of(&entry));
	(void)snprintf(line, sizeof(line), "id=%d-%llu\n", (int)getpid(),
		       entry.start_time);
	check_has(text, line);
	check_has(text,
		  "\nuser=alice\nuid=2001\nservice=sshd\n"
		  "rhost=192.0.2.7\ntty=\nses=5\nplan=named\nname=team\n");
	(void)snprintf(line, sizeof(line), "\nnet=%llu\n",
		       (unsigned long long)entry.net.ino);
	check_has(text, line);
	check_result(ns_current_mounts(&mounts), 0);
	check_number(stat("/proc/self/ns/pid", &pids), 0);
	(void)snprintf(line, sizeof(line), "\nmnt=%llu\nhost=77\npidns=%llu\n",
		       (unsigned long long)mounts.ino,
		       (unsigned long long)pids.st_ino);
	check_has(text, line);
	check_has(text, "\nview=name\nhide=\ninit=rules,veth\nopened=2");
}

static void write_has_whatever_umask_is_set(void)
{
	struct session_entry entry = entry_of_this_process();
	struct stat st;

	(void)umask(0777);
	check_number(setegid(1000), 0);
	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	check_number(stat(path_of(&entry), &st), 0);
	check_number(st.st_mode & 07777, 0644);
	check_number(st.st_gid, 0);
	check_number(stat(RECORDS "/team", &st), 0);
	check_number(st.st_mode & 07777, 0755);
	check_number(st.st_gid, 0);
}

static void write_needs_the_time_of_the_start(void)
{
	struct session_entry entry = entry_of_this_process();

	entry.start_time = 0;
	check_result(sessions_write(STATE_DIRECTORY, &entry), -ESRCH);
}

static void write_leaves_out_no_escape(void)
{
	struct session_entry entry = entry_of_this_process();

	entry.user = "a b\nview=own\\";
	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	check_has(read_text(path_of(&entry)),
		  "\nuser=a\\040b\\012view=own\\134\n");
}

static void write_of_too_long_a_record_is_e2big(void)
{
	static char rhost[4000];
	struct session_entry entry = entry_of_this_process();

	memset(rhost, ' ', sizeof(rhost) - 1);
	entry.rhost = rhost;
	check_result(sessions_write(STATE_DIRECTORY, &entry), -E2BIG);
}

static void remove_takes_the_directory_of_no_name(void)
{
	static const char *const names[] = { "team", "net:[4026532000]" };
	struct session_entry entry = entry_of_this_process();

	for (int i = 0; i < 2; i++) {
		char path[128];

		row(names[i]);
		entry.name = names[i];
		check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
		sessions_remove(STATE_DIRECTORY, entry.name, entry.leader,
				entry.start_time);
		check_number(access(path_of(&entry), F_OK), -1);
		(void)snprintf(path, sizeof(path), RECORDS "/%s", names[i]);
		check_number(access(path, F_OK), i == 0 ? 0 : -1);
	}
	/* Nothing is there. */
	sessions_remove(STATE_DIRECTORY, "nobody", 1, 1);
	sessions_remove("/run/nothing", "nobody", 1, 1);
}

/* --- Finding --- */

static struct session_entry session;
static pid_t leader;

/* A process in mounts of its own, with a record that edit() has changed. */
static void start_session(void (*edit)(struct session_entry *entry))
{
	int pair[2];

	check_number(pipe(pair), 0);
	leader = fork();
	check(leader >= 0);
	if (leader == 0) {
		struct session_entry entry;

		check_number(unshare(CLONE_NEWNS), 0);
		entry = entry_of_this_process();
		if (edit)
			edit(&entry);
		check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
		check(write(pair[1], &entry, sizeof(entry)) > 0);
		for (;;)
			pause();
	}
	(void)close(pair[1]);
	check(read(pair[0], &session, sizeof(session)) == sizeof(session));
	(void)close(pair[0]);
}

static void end_session(void)
{
	check_number(kill(leader, SIGKILL), 0);
	check_number(waitpid(leader, NULL, 0), leader);
}

static int find(const struct session_entry *entry)
{
	struct sessions_query query = query_of(entry);
	int before = count_descriptors();
	int fd = sessions_find_mounts(STATE_DIRECTORY, &query);

	check_number(count_descriptors(), before + (fd >= 0));
	return fd;
}

/* The mount namespace of the leader, and of nobody else. */
static void check_found(pid_t pid)
{
	struct session_entry wanted = entry_of_this_process();
	scoped_fd int fd = find(&wanted);
	char path[64];
	struct stat found;
	struct stat st;

	check(fd >= 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	check_number(stat(path, &st), 0);
	check_number(fstat(fd, &found), 0);
	check_number(found.st_ino, st.st_ino);
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void check_not_found(void)
{
	struct session_entry wanted = entry_of_this_process();

	check_result(find(&wanted), -ENOENT);
}

static void find_leads_to_the_mounts(void)
{
	check_not_found();
	start_session(NULL);
	check_found(leader);
	end_session();
	check_not_found();
}

static void find_takes_the_newest(void)
{
	pid_t old;

	start_session(NULL);
	old = leader;
	/* A tick. */
	(void)usleep(30 * 1000);
	start_session(NULL);
	check_found(leader);
	end_session();
	check_found(old);
	check_number(kill(old, SIGKILL), 0);
}

static void find_passes_over_what_is_avoided(void)
{
	struct session_entry wanted = entry_of_this_process();
	struct sessions_query query = query_of(&wanted);
	int fd;

	start_session(NULL);
	fd = sessions_find_mounts(STATE_DIRECTORY, &query);
	check(fd >= 0);
	for (int i = 0; i < SESSIONS_AVOID_MAX; i++)
		check(sessions_avoid(&query, fd));
	check(!sessions_avoid(&query, fd));
	(void)close(fd);
	check_result(sessions_find_mounts(STATE_DIRECTORY, &query), -ENOENT);
	end_session();
}

static void own_view(struct session_entry *entry)
{
	entry->view = SESSION_VIEW_OWN;
}

static void no_view(struct session_entry *entry)
{
	entry->view = SESSION_VIEW_NONE;
}

static void hides(struct session_entry *entry)
{
	entry->hide = "/run/x";
}

static void of_another_host(struct session_entry *entry)
{
	entry->host_mounts.ino++;
}

static void other_start(struct session_entry *entry)
{
	entry->start_time++;
}

/* The record says one thing, the kernel another. */
static void moves_on(struct session_entry *entry)
{
	check_result(sessions_write(STATE_DIRECTORY, entry), 0);
	check_number(unshare(CLONE_NEWNS), 0);
	entry->start_time--;
}

static void leaves_the_network(struct session_entry *entry)
{
	(void)entry;
	check_number(unshare(CLONE_NEWNET), 0);
}

/* As in a container that runs in the session. */
static void is_in_a_user_namespace(struct session_entry *entry)
{
	(void)entry;
	check_number(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
	write_file("/proc/self/uid_map", "0 0 1");
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/gid_map", "0 0 1");
}

static void find_passes_over_others(void)
{
	static const struct {
		const char *what;
		void (*edit)(struct session_entry *entry);
	} rows[] = {
		{ "mounts of its own", own_view },
		{ "no mounts", no_view },
		{ "another set of hidden paths", hides },
		{ "another host", of_another_host },
		{ "another start", other_start },
		{ "it is in other mounts by now", moves_on },
		{ "it is in another network by now", leaves_the_network },
		{ "its mounts are of another user namespace",
		  is_in_a_user_namespace },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		start_session(rows[i].edit);
		check_not_found();
		end_session();
	}
}

static void find_goes_by_what_is_hidden(void)
{
	struct session_entry wanted = entry_of_this_process();
	scoped_fd int fd = -EBADF;

	start_session(hides);
	wanted.hide = "/run/x";
	fd = find(&wanted);
	check(fd >= 0);
	end_session();
}

static void find_removes_what_is_dead(void)
{
	char path[256];

	start_session(NULL);
	(void)snprintf(path, sizeof(path), "%s", path_of(&session));
	check_number(access(path, F_OK), 0);
	end_session();
	check_not_found();
	check_number(access(path, F_OK), -1);
	row("its number is another's now");
	start_session(other_start);
	(void)snprintf(path, sizeof(path), "%s", path_of(&session));
	check_not_found();
	check_number(access(path, F_OK), -1);
	end_session();
}

static void prune_removes_what_is_dead(void)
{
	char living[256];
	char dead[256];

	check_result(sessions_prune(STATE_DIRECTORY, "team"), -ENOENT);
	sessions_remove_directory(STATE_DIRECTORY, "team");
	start_session(NULL);
	(void)snprintf(living, sizeof(living), "%s", path_of(&session));
	check_result(sessions_prune(STATE_DIRECTORY, "team"), 0);
	(void)snprintf(dead, sizeof(dead), RECORDS "/team/%d.7", getpid());
	row("another process has its number");
	check_number(link(living, dead), 0);
	check_result(sessions_prune(STATE_DIRECTORY, "team"), 1);
	check_number(access(dead, F_OK), -1);
	check_number(access(living, F_OK), 0);
	row("what is no record");
	make_file(RECORDS "/team/999999.5", 0644, "");
	make_file(RECORDS "/team/x", 0644, "");
	check_result(sessions_prune(STATE_DIRECTORY, "team"), 0);
	check_number(access(RECORDS "/team/999999.5", F_OK), 0);
	row("its leader ends");
	end_session();
	check_result(sessions_prune(STATE_DIRECTORY, "team"), 1);
	check_number(access(living, F_OK), -1);
	row("the directory");
	sessions_remove_directory(STATE_DIRECTORY, "team");
	check_number(access(RECORDS "/team/x", F_OK), 0);
	check_number(unlink(RECORDS "/team/x"), 0);
	check_number(unlink(RECORDS "/team/999999.5"), 0);
	sessions_remove_directory(STATE_DIRECTORY, "team");
	check_number(access(RECORDS "/team", F_OK), -1);
}

static void prune_leaves_other_pid_namespaces(void)
{
	char text[128];

	start_session(NULL);
	(void)snprintf(text, sizeof(text), "pidns=%llu\n",
		       (unsigned long long)inode_of("/proc/self/ns/pid") + 1);
	make_file(RECORDS "/team/999999.5", 0644, text);
	check_result(sessions_prune(STATE_DIRECTORY, "team"), 0);
	check_number(access(RECORDS "/team/999999.5", F_OK), 0);
	end_session();
}

static void write_names(int count)
{
	for (int i = 0; i < count; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), RECORDS "/team/%d.%d",
			       2000000 + i, 1 + i);
		make_file(path, 0644, "view=name\n");
	}
}

static void find_looks_at_16_and_at_the_newest_of_them(void)
{
	start_session(NULL);
	write_names(100);
	check_found(leader);
	end_session();
}

/* As when a user kills all his sessions at once. */
static void find_does_not_count_the_dead(void)
{
	struct session_entry dead = entry_of_this_process();

	start_session(NULL);
	for (int i = 0; i < 100; i++) {
		dead.leader = 2000000 + i;
		dead.start_time = 900000000000ULL + (unsigned)i;
		check_result(sessions_write(STATE_DIRECTORY, &dead), 0);
	}
	check_found(leader);
	end_session();
}

/* They are newer than the one that is right. */
static void find_does_not_count_other_mounts(void)
{
	struct session_entry wanted = entry_of_this_process();
	char text[256];

	(void)snprintf(text, sizeof(text), "pidns=%llu\nview=own\n",
		       (unsigned long long)inode_of("/proc/self/ns/pid"));
	start_session(NULL);
	for (int i = 0; i < 100; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), RECORDS "/team/%d.%lld",
			       getpid(), 900000000000LL + i);
		make_file(path, 0644, text);
	}
	check_found(leader);
	row("one that is dead is found behind them, by chance");
	make_file(RECORDS "/team/2000000.5", 0644, text);
	for (int i = 0; i < 3000; i++) {
		pid_t child;

		if (access(RECORDS "/team/2000000.5", F_OK) < 0)
			break;
		child = fork();
		if (child == 0) {
			(void)find(&wanted);
			_exit(0);
		}
		(void)waitpid(child, NULL, 0);
	}
	check_number(access(RECORDS "/team/2000000.5", F_OK), -1);
	end_session();
}

static void write_dead(const char *name, int pid)
{
	char path[128];
	char text[128];

	(void)snprintf(text, sizeof(text), "pidns=%llu\n",
		       (unsigned long long)inode_of("/proc/self/ns/pid"));
	make_directory(RECORDS, 0755);
	(void)snprintf(path, sizeof(path), RECORDS "/%s", name);
	make_directory(path, 0755);
	(void)snprintf(path, sizeof(path), RECORDS "/%s/%d.5", name, pid);
	make_file(path, 0644, text);
}

static int count_in(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		(void)closedir(directory);
	return count > 2 ? count - 2 : 0;
}

static void remove_dead_takes_those_of_the_name(void)
{
	make_directory(STATE_DIRECTORY, 0755);
	for (int i = 0; i < 10; i++)
		write_dead("team", 2000000 + i);
	write_dead("another", 2000000);
	sessions_remove_dead(STATE_DIRECTORY, "team", false);
	check_number(count_in(RECORDS "/team"), 0);
	check_number(count_in(RECORDS "/another"), 1);
	row("older than one that lives: by chance");
	start_session(NULL);
	write_dead("team", 2000000);
	for (int i = 0; i < 200 && count_in(RECORDS "/team") > 1; i++) {
		pid_t child = fork();

		if (child == 0) {
			sessions_remove_dead(STATE_DIRECTORY, "team", false);
			_exit(0);
		}
		(void)waitpid(child, NULL, 0);
	}
	check_number(count_in(RECORDS "/team"), 1);
	check_found(leader);
	end_session();
}

static void remove_dead_takes_some_without_a_name(void)
{
	make_directory(STATE_DIRECTORY, 0755);
	for (int i = 0; i < 10; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "net:[%d]", 5000 + i);
		write_dead(name, 2000000);
	}
	write_dead("team", 2000000);
	sessions_remove_dead(STATE_DIRECTORY, "net:[7]", false);
	check_number(count_in(RECORDS), 11);
	for (int i = 0; i < 10; i++)
		sessions_remove_dead(STATE_DIRECTORY, "net:[7]", true);
	check_number(count_in(RECORDS), 1);
	check_number(count_in(RECORDS "/team"), 1);
}

/* The dead is behind, between and before those that live. */
static void remove_dead_draws_each_time_anew(void)
{
	struct session_entry entry = entry_of_this_process();

	make_directory(STATE_DIRECTORY, 0755);
	for (int dead = 0; dead < 8; dead++) {
		char name[32];
		int i;

		row("namespaces without a name");
		for (i = 0; i < 8; i++) {
			(void)snprintf(name, sizeof(name), "net:[%d]",
				       5000 + 10 * dead + i);
			entry.name = name;
			if (i == dead)
				write_dead(name, 2000000);
			else
				check_result(sessions_write(STATE_DIRECTORY,
							    &entry),
					     0);
		}
		for (i = 0; i < 3000 && count_in(RECORDS) == 8 + 7 * dead; i++)
			sessions_remove_dead(STATE_DIRECTORY, "net:[7]", true);
		check_number(count_in(RECORDS), 7 + 7 * dead);
	}
	for (int dead = 0; dead <= 3; dead++) {
		pid_t leaders[3];
		int i;

		row("records of a name");
		for (i = 0; i < 3; i++) {
			if (i == dead)
				write_dead("team", 2000000);
			start_session(NULL);
			leaders[i] = leader;
		}
		if (dead == 3)
			write_dead("team", 2000000);
		for (i = 0; i < 3000 && count_in(RECORDS "/team") == 4; i++)
			sessions_remove_dead(STATE_DIRECTORY, "team", false);
		check_number(count_in(RECORDS "/team"), 3);
		for (i = 0; i < 3; i++) {
			leader = leaders[i];
			end_session();
		}
		check_result(sessions_prune(STATE_DIRECTORY, "team"), 3);
	}
}

/* Each login leaves a record. Either order may be that of a listing. */
static void remove_dead_has_no_more_dead_than_live(void)
{
	enum { LIVE = 65, LOGINS = 500 };
	struct session_entry entry = entry_of_this_process();

	for (int oldest = 0; oldest < 2; oldest++) {
		row(oldest ? "the oldest session is killed"
			   : "the newest session is killed");
		for (int i = 0; i < LOGINS; i++) {
			char name[32];
			char path[256];
			int killed = oldest ? i - LIVE : i;

			(void)snprintf(name, sizeof(name), "net:[%d]",
				       5000 + oldest * LOGINS + i);
			entry.name = name;
			sessions_remove_dead(STATE_DIRECTORY, name, true);
			check_result(sessions_write(STATE_DIRECTORY, &entry),
				     0);
			if (oldest ? killed < 0 : killed < LIVE)
				continue;
			(void)snprintf(name, sizeof(name), "net:[%d]",
				       5000 + oldest * LOGINS + killed);
			(void)snprintf(path, sizeof(path), "%s",
				       path_of(&entry));
			write_dead(name, 2000000);
			check_number(unlink(path), 0);
		}
		check(count_in(RECORDS) < 4 * LIVE);
		for (int i = 0; i < LOGINS; i++) {
			char name[32];

			(void)snprintf(name, sizeof(name), "net:[%d]",
				       5000 + oldest * LOGINS + i);
			sessions_remove(STATE_DIRECTORY, name, entry.leader,
					entry.start_time);
			(void)sessions_prune(STATE_DIRECTORY, name);
			sessions_remove_directory(STATE_DIRECTORY, name);
		}
	}
}

static void remove_dead_of_team(void)
{
	sessions_remove_dead(STATE_DIRECTORY, "team", false);
}

static void remove_dead_has_few_of_a_name(void)
{
	enum { LIVE = 4, LOGINS = 400 };
	pid_t leaders[LIVE];

	for (int i = 0; i < LOGINS; i++) {
		in_process(remove_dead_of_team);
		start_session(NULL);
		if (i >= LIVE) {
			pid_t newest = leader;

			leader = leaders[i % LIVE];
			end_session();
			leader = newest;
		}
		leaders[i % LIVE] = leader;
	}
	check(count_in(RECORDS "/team") < 6 * LIVE);
}

static void write_removes_what_killed_writers_have_left(void)
{
	struct session_entry entry = entry_of_this_process();
	scoped_fd int init = process_open(1);
	char living[128];

	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	(void)snprintf(living, sizeof(living), UNFINISHED "/1.%llu",
		       process_start_time(init));
	make_file(living, 0644, "");
	for (int i = 0; i < 100; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), UNFINISHED "/%d.5",
			       2000000 + i);
		make_file(path, 0644, i % 2 ? "" : "id=");
	}
	for (int i = 0; i < 3000 && count_in(UNFINISHED) > 1; i++)
		check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	check_number(count_in(UNFINISHED), 1);
	check_number(access(living, F_OK), 0);
	check_number(access(path_of(&entry), F_OK), 0);
}

/* Records that are newer than all others, not in their order. */
static void write_newer(int count, int pid, const char *view)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "pidns=%llu\nview=%s\nhide=\nhost=77\n",
		       (unsigned long long)inode_of("/proc/self/ns/pid"), view);
	for (int i = 0; i < count; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), RECORDS "/team/%d.%lld", pid,
			       900000000000LL + i * 7919 % count);
		make_file(path, 0644, text);
	}
}

static void find_reads_the_newest_1024(void)
{
	char path[128];

	start_session(NULL);
	write_newer(1024, getpid(), "own");
	check_not_found();
	(void)snprintf(path, sizeof(path), RECORDS "/team/%d.%lld", getpid(),
		       900000000000LL + 7);
	(void)unlink(path);
	check_found(leader);
	end_session();
}

static void find_removes_the_newest_1024(void)
{
	start_session(NULL);
	write_newer(2000, 2000000, "name");
	check_not_found();
	for (int i = 2000 - 1024; i < 2000; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), RECORDS "/team/2000000.%lld",
			       900000000000LL + i);
		check_number(access(path, F_OK), -1);
	}
	check(count_in(RECORDS "/team") >= 1 + 2000 - 1024 - 4);
	end_session();
}

static void find_passes_over_what_is_no_record(void)
{
	static const char *const names[] = { "x",
					     ".5",
					     "5.",
					     "5",
					     "0.5",
					     "5.0",
					     "-5.5",
					     "5.5x",
					     "+5.5",
					     "5.5.5",
					     " 5.5",
					     "9999999999.5",
					     "5.99999999999999999999" };

	start_session(NULL);
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), RECORDS "/team/%s",
			       names[i]);
		make_directory(path, 0755);
	}
	make_fifo(RECORDS "/team/7.999999999999");
	make_link(RECORDS "/team/8.999999999999", path_of(&session));
	check_found(leader);
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), RECORDS "/team/%s",
			       names[i]);
		check_number(access(path, F_OK), 0);
	}
	end_session();
}

static void find_tells_errors(void)
{
	struct session_entry wanted = entry_of_this_process();
	struct sessions_query query = query_of(&wanted);

	check_result(sessions_find_mounts("/run/nothing", &query), -ENOENT);
	check_result(sessions_write(STATE_DIRECTORY, &wanted), 0);
	limit_descriptors(1);
	check_result(sessions_find_mounts(STATE_DIRECTORY, &query), -EMFILE);
	limit_descriptors(-1);
}

/* --- All of them --- */

struct seen {
	int count;
	int ends_at; /* the look that ends it */
	pid_t leader;
};

static int see_session(pid_t pid, unsigned long long start_time,
		       const struct record *record, void *data)
{
	struct seen *seen = data;
	char user[16];

	check(start_time > 0);
	check_result(record_get(record, "user", user, sizeof(user)), 0);
	check_text(user, "alice");
	seen->leader = pid;
	seen->count++;
	return seen->count == seen->ends_at ? -ECANCELED : 0;
}

static int end_session_of(pid_t pid, unsigned long long start_time,
			  const struct record *record, void *data)
{
	int *count = data;

	(void)record;
	(*count)++;
	sessions_remove(STATE_DIRECTORY, "net:[7]", pid, start_time);
	check_number(access(RECORDS "/net:[7]", F_OK), -1);
	return 0;
}

static void each_goes_on_where_sessions_end(void)
{
	struct session_entry entry = entry_of_this_process();
	int count = 0;

	entry.name = "net:[7]";
	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	check_result(sessions_each(STATE_DIRECTORY, end_session_of, &count), 0);
	check_number(count, 1);
}

static void each_is_of_all_names(void)
{
	struct session_entry entry = entry_of_this_process();
	struct seen seen = { .count = 0 };

	check_result(sessions_each(STATE_DIRECTORY, see_session, &seen), 0);
	check_number(seen.count, 0);
	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	entry.name = "net:[7]";
	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	make_fifo(RECORDS "/team/7.7");
	make_file(RECORDS "/team/8.8", 0644, "id=8-8\npidns=1\n");
	make_file(RECORDS "/stray", 0644, "x");
	check_result(sessions_each(STATE_DIRECTORY, see_session, &seen), 0);
	check_number(seen.count, 2);
	check_number(seen.leader, getpid());
	seen = (struct seen){ .ends_at = 1 };
	check_result(sessions_each(STATE_DIRECTORY, see_session, &seen),
		     -ECANCELED);
	check_number(seen.count, 1);
	limit_descriptors(1);
	check_result(sessions_each(STATE_DIRECTORY, see_session, &seen),
		     -EMFILE);
	limit_descriptors(-1);
}

static void prune_removes_the_dead_only(void)
{
	struct session_entry entry = entry_of_this_process();
	struct session_entry dead = entry;

	check_result(sessions_prune(STATE_DIRECTORY, "team"), -ENOENT);
	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	dead.start_time++;
	check_result(sessions_write(STATE_DIRECTORY, &dead), 0);
	make_file(RECORDS "/team/x", 0644, "");
	check_result(sessions_prune(STATE_DIRECTORY, "team"), 1);
	check_number(access(path_of(&entry), F_OK), 0);
	check_number(access(path_of(&dead), F_OK), -1);
	sessions_remove_directory(STATE_DIRECTORY, "team");
	check_number(access(RECORDS "/team", F_OK), 0);
}

static void hidden_are_those_of_other_pids(void)
{
	struct session_entry entry = entry_of_this_process();

	check_result(sessions_are_hidden(STATE_DIRECTORY, "team"), -ENOENT);
	check_result(sessions_write(STATE_DIRECTORY, &entry), 0);
	make_fifo(RECORDS "/team/7.7");
	check_result(sessions_are_hidden(STATE_DIRECTORY, "team"), 0);
	make_file(RECORDS "/team/8.8", 0644, "id=8-8\npidns=1\n");
	/* The first PID namespace shows all processes. */
	check_result(sessions_are_hidden(STATE_DIRECTORY, "team"),
		     !ns_shows_pids(1));
}

static void state_is_found_from_elsewhere(void)
{
	struct ns_host known = { .mounts = { 1, 2 }, .root = { 1, 2, 3 } };
	struct ns_host unknown = { .mounts = { 0, 0 } };
	struct ns_saved on_host = { .mounts = { 1, 2 }, .root = { 1, 2, 3 } };
	struct ns_saved elsewhere = { .mounts = { 1, 3 }, .root = { 1, 2, 3 } };

	check_text(sessions_state(&on_host, &known), STATE_DIRECTORY);
	check_text(sessions_state(&elsewhere, &known),
		   "/proc/1/root" STATE_DIRECTORY);
	check_text(sessions_state(&elsewhere, &unknown), STATE_DIRECTORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("sessions_write_says_all_there_is",
			  write_says_all_there_is),
		sandboxed("sessions_write_makes_root_s_files_under_any_umask",
			  write_has_whatever_umask_is_set),
		sandboxed("sessions_write_needs_the_time_of_the_start",
			  write_needs_the_time_of_the_start),
		sandboxed("sessions_write_escapes_values",
			  write_leaves_out_no_escape),
		sandboxed("sessions_write_of_too_long_a_record_is_e2big",
			  write_of_too_long_a_record_is_e2big),
		sandboxed("sessions_remove_takes_the_directory_of_no_name",
			  remove_takes_the_directory_of_no_name),
		sandboxed("sessions_find_mounts_leads_to_the_mounts",
			  find_leads_to_the_mounts),
		sandboxed("sessions_find_mounts_takes_the_newest",
			  find_takes_the_newest),
		sandboxed("sessions_find_mounts_passes_over_others",
			  find_passes_over_others),
		sandboxed("sessions_find_mounts_goes_by_what_is_hidden",
			  find_goes_by_what_is_hidden),
		sandboxed("sessions_find_mounts_removes_what_is_dead",
			  find_removes_what_is_dead),
		sandboxed("sessions_prune_removes_what_is_dead",
			  prune_removes_what_is_dead),
		sandboxed("sessions_prune_leaves_other_pid_namespaces",
			  prune_leaves_other_pid_namespaces),
		sandboxed("sessions_find_mounts_looks_at_the_newest_16",
			  find_looks_at_16_and_at_the_newest_of_them),
		sandboxed("sessions_find_mounts_does_not_count_other_mounts",
			  find_does_not_count_other_mounts),
		sandboxed("sessions_find_mounts_does_not_count_the_dead",
			  find_does_not_count_the_dead),
		sandboxed("sessions_remove_dead_takes_those_of_the_name",
			  remove_dead_takes_those_of_the_name),
		sandboxed("sessions_remove_dead_takes_some_without_a_name",
			  remove_dead_takes_some_without_a_name),
		sandboxed("sessions_remove_dead_draws_each_time_anew",
			  remove_dead_draws_each_time_anew),
		sandboxed("sessions_remove_dead_has_no_more_dead_than_live",
			  remove_dead_has_no_more_dead_than_live),
		sandboxed("sessions_remove_dead_has_few_of_a_name",
			  remove_dead_has_few_of_a_name),
		sandboxed("sessions_write_removes_what_killed_writers_have_left",
			  write_removes_what_killed_writers_have_left),
		sandboxed("sessions_find_mounts_reads_the_newest_1024",
			  find_reads_the_newest_1024),
		sandboxed("sessions_find_mounts_removes_the_newest_1024",
			  find_removes_the_newest_1024),
		sandboxed("sessions_find_mounts_passes_over_what_is_no_record",
			  find_passes_over_what_is_no_record),
		sandboxed("sessions_find_mounts_passes_over_what_is_avoided",
			  find_passes_over_what_is_avoided),
		sandboxed("sessions_find_mounts_tells_errors",
			  find_tells_errors),
		sandboxed("sessions_each_goes_on_where_sessions_end",
			  each_goes_on_where_sessions_end),
		sandboxed("sessions_each_is_of_all_names_and_of_these_pids",
			  each_is_of_all_names),
		sandboxed("sessions_prune_removes_the_dead_only",
			  prune_removes_the_dead_only),
		sandboxed("sessions_are_hidden_of_other_pids",
			  hidden_are_those_of_other_pids),
		sandboxed("sessions_state_is_found_from_elsewhere",
			  state_is_found_from_elsewhere),
	};

	return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
