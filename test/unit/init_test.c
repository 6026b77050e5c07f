/* SPDX-License-Identifier: GPL-2.0-or-later */
/* init=: which programs run, whether they are safe, what they are called with.
 */
#include "common/deadline.h"
#include "common/init.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- The list --- */

static void program_at_gives_each_word(void **state)
{
	static const struct {
		const char *programs;
		unsigned int at;
		const char *word; /* NULL: none */
	} rows[] = {
		{ "veth", 0, "veth" },
		{ "veth", 1, NULL },
		{ "veth", 100, NULL },
		{ "rules,/a/b,veth", 0, "rules" },
		{ "rules,/a/b,veth", 1, "/a/b" },
		{ "rules,/a/b,veth", 2, "veth" },
		{ "rules,/a/b,veth", 3, NULL },
		{ "", 0, NULL },
		{ "a,,b", 1, NULL },
		{ "1234567", 0, "1234567" },
		{ "a,12345678", 1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char word[16] = "old";
		bool found = init_program_at(
			rows[i].programs, rows[i].at, word,
			strstr(rows[i].programs, "1234") ? 8 : sizeof(word));

		row(rows[i].programs);
		check(found == (rows[i].word != NULL));
		check_text(word, found ? rows[i].word : "old");
	}
	row(NULL);
}

/* --- The path of a program --- */

static void make_program(const char *path, const char *script)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
	(void)unlink(path);
	make_file(path, 0755, text);
}

static void check_path(const char *path, int result, const char *fault)
{
	char found[512];
	int before = count_descriptors();

	check_result(init_check_path(path, found, sizeof(found)), result);
	if (result < 0)
		check_text(found, fault ? fault : path);
	check_number(count_descriptors(), before);
}

static void check_path_takes_what_only_root_can_change(void)
{
	make_directory("/run/a", 0755);
	make_directory("/run/a/b", 0711);
	make_program("/run/a/b/prog", "");
	check_path("/run/a/b/prog", 0, NULL);
	check_path("//run/./a//b/../b/prog", 0, NULL);
	check_path("/run/../run/a/b/prog", 0, NULL);
	check_path("/../run/a/b/prog", 0, NULL);
	row("modes");
	for (mode_t mode = 0; mode <= 0777; mode++) {
		int expected = 0;

		check_number(chmod("/run/a/b/prog", mode), 0);
		if (mode & 022)
			expected = -EPERM;
		else if (!(mode & 0111))
			expected = -EACCES;
		check_path("/run/a/b/prog", expected, NULL);
	}
}

static void check_path_refuses_what_others_can_change(void)
{
	static const struct {
		const char *what;
		const char *path; /* of what is changed */
		uid_t owner;
		mode_t mode;
		int result;
	} rows[] = {
		{ "another's file", "/run/a/b/prog", 1000, 0755, -EPERM },
		{ "writable by its group", "/run/a/b/prog", 0, 0775, -EPERM },
		{ "writable by all", "/run/a/b/prog", 0, 0757, -EPERM },
		{ "in another's directory", "/run/a/b", 1000, 0755, -EPERM },
		{ "in a directory of a group", "/run/a/b", 0, 0775, -EPERM },
		{ "in a sticky directory", "/run/a/b", 0, 01777, -EPERM },
		{ "below another's directory", "/run/a", 1000, 0755, -EPERM },
		{ "below one of a group", "/run/a", 0, 0775, -EPERM },
		{ "below one of all", "/run", 0, 0757, -EPERM },
	};

	make_directory("/run/a", 0755);
	make_directory("/run/a/b", 0755);
	make_program("/run/a/b/prog", "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		check_number(chown(rows[i].path, rows[i].owner, 0), 0);
		check_number(chmod(rows[i].path, rows[i].mode), 0);
		check_path("/run/a/b/prog", rows[i].result, rows[i].path);
		check_number(chown(rows[i].path, 0, 0), 0);
		check_number(chmod(rows[i].path, 0755), 0);
		check_path("/run/a/b/prog", 0, NULL);
	}
}

static void check_path_refuses_what_is_no_program(void)
{
	char longer[5000];

	make_directory("/run/a", 0755);
	make_fifo("/run/fifo");
	check_number(chmod("/run/fifo", 0755), 0);
	make_file("/run/file", 0755, "");
	check_path("/run/none", -ENOENT, NULL);
	check_path("/run/none/prog", -ENOENT, NULL);
	check_path("/run/file/prog", -ENOTDIR, "/run/file");
	check_path("/run/a", -EISDIR, NULL);
	check_path("/", -EISDIR, NULL);
	check_path("/run/fifo", -ENXIO, NULL);
	check_path("/dev/null", -EPERM, NULL);
	check_path("prog", -EINVAL, NULL);
	check_path("", -EINVAL, NULL);
	row("a long name");
	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[300] = '\0';
	check_path(longer, -ENAMETOOLONG, "/");
	longer[300] = 'x';
	longer[4999] = '\0';
	{
		char found[64];

		check_result(init_check_path(longer, found, sizeof(found)),
			     -ENAMETOOLONG);
		check_number(strlen(found), sizeof(found) - 1);
	}
	row("no descriptors");
	for (int room = 0; room < 2; room++) {
		char found[64];
		int r;

		limit_descriptors(room);
		r = init_check_path("/run/file", found, sizeof(found));
		limit_descriptors(-1);
		check_result(r, -EMFILE);
	}
}

static void check_path_looks_at_all_that_links_lead_through(void)
{
	static const struct {
		const char *link;
		int result;
		const char *fault;
	} rows[] = {
		{ "/run/a/b/prog", 0, NULL },
		{ "a/b/prog", 0, NULL },
		{ "./a/../a/b/prog", 0, NULL },
		{ "/run/user/link", -EPERM, "/run/user" },
		{ "user/link", -EPERM, "/run/user" },
		{ "/run/user/../a/b/prog", -EPERM, "/run/user" },
		{ "/run/a/b/none", -ENOENT, "/run/link" },
		{ "/run/link", -ELOOP, NULL },
		{ "", -ENOENT, NULL },
	};

	make_directory("/run/a", 0755);
	make_directory("/run/a/b", 0755);
	make_directory("/run/user", 0755);
	make_program("/run/a/b/prog", "");
	make_link("/run/user/link", "/run/a/b/prog");
	check_number(chown("/run/user", 1000, 1000), 0);
	for (size_t i = 0; i + 1 < COUNT(rows); i++) {
		char found[512];

		row(rows[i].link);
		make_link("/run/link", rows[i].link);
		check_result(init_check_path("/run/link", found, sizeof(found)),
			     rows[i].result);
		if (rows[i].fault)
			check_text(found, rows[i].fault);
		check_number(unlink("/run/link"), 0);
	}
	row("a directory that is a link");
	make_link("/run/link", "a/b");
	check_path("/run/link/prog", 0, NULL);
	check_path("/run/link/../b/prog", 0, NULL);
	row("a link of a user, in a directory of root's");
	make_link("/run/users", "/run/a/b/prog");
	check_number(lchown("/run/users", 1000, 1000), 0);
	{
		char found[512];

		check_result(init_check_path("/run/users", found,
					     sizeof(found)),
			     -EPERM);
	}
}

/* --- Running --- */

static struct ns_host host;
static struct program_output *output;
static struct failure failure;

/* Enters a new namespace, as a helper has. */
static struct init_request request_of(const char *programs)
{
	struct init_request request = {
		.programs = programs,
		.name = "alice",
		.user = "al ice",
		.service = "sshd",
		.rhost = "192.0.2.7",
		.tty = "",
		.etc = "lab",
		.generated = "/run/pam_net/etc/alice/7",
		.host = &host,
		.deadline = deadline_in(20000),
	};

	if (!output) {
		host = ns_read_host();
		check_number(ns_unshare_net(), 0);
		output = program_output_new();
	}
	check(output != NULL);
	request.net = ns_open_net();
	check(request.net >= 0);
	return request;
}

static int create(const struct init_request *request)
{
	struct ns_id before;
	struct ns_id after;
	int r;

	check_number(ns_current_net(&before), 0);
	failure = (struct failure){ .error = 0 };
	r = init_create(request, output, &failure);
	check_number(ns_current_net(&after), 0);
	check(ns_id_equal(before, after));
	if (r < 0) {
		check_result(failure.error, r);
		check_number(failure.kind, FAILURE_UNCONFINED);
	}
	return r;
}

/* Programs that write their names and arguments to /run/calls. */
static void make_programs(void)
{
	static const char *const names[] = { "one", "two", "three" };
	char path[64];
	char script[256];

	make_directory("/run/p", 0755);
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "/run/p/%s", names[i]);
		(void)snprintf(script, sizeof(script),
			       "echo %s \"$@\" >>/run/calls", names[i]);
		make_program(path, script);
	}
	make_program("/run/p/bad",
		     "echo bad \"$@\" >>/run/calls; echo 'no room'; exit 3");
}

static void create_runs_all_in_order(void)
{
	struct init_request request =
		request_of("/run/p/one,/run/p/two,/run/p/three");

	make_programs();
	check_result(create(&request), 0);
	check_text(read_text("/run/calls"), "one create alice al ice\n"
					    "two create alice al ice\n"
					    "three create alice al ice\n");
	check_number(unlink("/run/calls"), 0);
	check_result(init_remove(&request, output, &failure), 0);
	check_text(read_text("/run/calls"), "three remove alice al ice\n"
					    "two remove alice al ice\n"
					    "one remove alice al ice\n");
}

static void create_that_fails_removes_what_was_created(void)
{
	struct init_request request =
		request_of("/run/p/one,/run/p/two,/run/p/bad,/run/p/three");

	make_programs();
	make_program("/run/p/two",
		     "[ $1 = remove ] || { sleep 100 & echo $! >/run/pid; }\n"
		     "echo two $1 >>/run/calls");
	check_result(create(&request), -ECANCELED);
	check_text(read_text("/run/calls"), "one create alice al ice\n"
					    "two create\n"
					    "bad create alice al ice\n"
					    "two remove\n"
					    "one remove alice al ice\n");
	check_text(failure.doing, "run");
	check_text(failure.object, "/run/p/bad");
	check_text(failure.cause, "it failed");
	check_text(failure.details, "status 3; it wrote: no room");
	row("its daemon");
	check_number(kill((pid_t)atoi(read_text("/run/pid")), 0), -1);
}

static void create_says_what_failed(void)
{
	static const struct {
		const char *script;
		int result;
		const char *cause;
		const char *details;
	} rows[] = {
		{ "exit 1", -ECANCELED, "it failed", "status 1" },
		{ "echo x; kill -9 $$", -ECANCELED, "it failed",
		  "signal 9; it wrote: x" },
	};
	struct init_request request = request_of("/run/p/prog");

	make_directory("/run/p", 0755);
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].script);
		make_program("/run/p/prog", rows[i].script);
		check_result(create(&request), rows[i].result);
		check_text(failure.object, "/run/p/prog");
		check_text(failure.cause, rows[i].cause);
		check_text(failure.details, rows[i].details);
	}
	row("too long");
	make_program("/run/p/prog", "echo waiting; sleep 100");
	request.deadline = deadline_in(4200);
	check_result(create(&request), -ETIMEDOUT);
	check_text(failure.cause, "it has not ended in time");
	check_text(failure.details, "it wrote: waiting");
	request.deadline = deadline_in(20000);
	row("no interpreter");
	check_number(unlink("/run/p/prog"), 0);
	make_file("/run/p/prog", 0755, "#!/none\n");
	check_result(create(&request), -ENOENT);
	check_text(failure.cause, "its interpreter is missing");
	check_text(failure.details, "");
	row("no binary");
	check_number(unlink("/run/p/prog"), 0);
	make_file("/run/p/prog", 0755, "nonsense\n");
	check_result(create(&request), -ENOEXEC);
	check_has(failure.cause, "no binary for this machine");
	row("missing");
	check_number(unlink("/run/p/prog"), 0);
	check_result(create(&request), -ENOENT);
	check_text(failure.cause, "there is no such program");
	row("unsafe");
	make_program("/run/p/prog", "touch /run/ran");
	check_number(chmod("/run/p", 0777), 0);
	check_result(create(&request), -EPERM);
	check_has(failure.cause, "must be root's");
	check_text(failure.details, "/run/p");
	check_number(access("/run/ran", F_OK), -1);
	row("a bare name");
	request.programs = "no-such-program";
	check_result(create(&request), -ENOENT);
	check_text(strrchr(failure.object, '/'), "/no-such-program");
	check_has(failure.object, "/pam_net/");
	row("an empty word");
	request.programs = "/run/p/prog,";
	check_number(chmod("/run/p", 0755), 0);
	check_result(create(&request), -EINVAL);
	row("noexec");
	request.programs = "/run/p/prog";
	check_number(mount("none", "/run/p", "tmpfs", MS_NOEXEC, "mode=755"),
		     0);
	make_program("/run/p/prog", "touch /run/ran");
	check_result(create(&request), -EACCES);
	check_text(failure.cause, "it is on a mount with noexec");
}

static void create_runs_them_in_the_host_s_network(void)
{
	struct init_request request = request_of("/run/prog");
	char expected[64];

	make_program("/run/prog", "echo $(readlink /proc/self/ns/net)\n"
				  "echo $(nsenter --net=$NETNS_PATH readlink "
				  "/proc/self/ns/net)");
	check_result(create(&request), 0);
	check_number(output->count, 2);
	(void)snprintf(expected, sizeof(expected), "net:[%llu]",
		       (unsigned long long)host.net.ino);
	check_text(output->lines[0].text, expected);
	(void)snprintf(expected, sizeof(expected), "net:[%llu]",
		       (unsigned long long)inode_of("/proc/self/ns/net"));
	check_text(output->lines[1].text, expected);
}

static void create_gives_them_this_environment(void)
{
	static const char *const expected[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"PAM_USER=al ice",
		"PAM_SERVICE=sshd",
		"PAM_RHOST=192.0.2.7",
		"PAM_TTY=",
		"NETNS=alice",
		NULL,
		"NETNS_DIR=/etc/netns/lab",
		"NETNS_ETC=/run/pam_net/etc/alice/7",
	};
	struct init_request request = request_of("/run/prog");

	make_program("/run/prog", "tr '\\0' '\\n' </proc/$$/environ");
	check_result(create(&request), 0);
	check_number(output->count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++)
		if (expected[i])
			check_text(output->lines[i].text, expected[i]);
	check(!strncmp(output->lines[6].text, "NETNS_PATH=/proc/", 17));
}

static void create_denies_what_has_no_room(void)
{
	static char longer[9000];
	struct init_request request = request_of("/run/prog");

	make_program("/run/prog", "touch /run/ran");
	memset(longer, 'x', sizeof(longer) - 1);
	row("the value");
	request.rhost = longer;
	check_result(create(&request), -E2BIG);
	row("all of them");
	longer[8050] = '\0';
	request.rhost = "";
	request.service = longer;
	check_result(create(&request), -E2BIG);
	check_number(access("/run/ran", F_OK), -1);
}

static void create_needs_the_host(void)
{
	struct init_request request = request_of("/run/prog");
	struct ns_host unknown = host;

	make_program("/run/prog", "touch /run/ran");
	row("no network");
	unknown.net = (struct ns_id){ .ino = 0 };
	request.host = &unknown;
	check_result(create(&request), -ENXIO);
	check_text(failure.cause, "the namespaces of PID 1 cannot be read");
	row("no mounts");
	unknown = host;
	unknown.mounts = (struct ns_id){ .ino = 0 };
	check_result(create(&request), -ENXIO);
	row("another");
	unknown = host;
	unknown.net.ino++;
	check_result(create(&request), -EXDEV);
	check_result(init_remove(&request, output, &failure), -EXDEV);
	check_number(access("/run/ran", F_OK), -1);
}

static void remove_goes_on_where_one_fails(void)
{
	struct init_request request =
		request_of("/run/p/one,/run/p/bad,/run/p/two");

	make_programs();
	check_result(init_remove(&request, output, &failure), -ECANCELED);
	check_text(failure.object, "/run/p/bad");
	check_text(read_text("/run/calls"), "two remove alice al ice\n"
					    "bad remove alice al ice\n"
					    "one remove alice al ice\n");
}

static void remove_ends_in_time(void)
{
	struct init_request request = request_of("/run/prog,/run/prog");
	long long start = now_ms();

	make_program("/run/prog", "sleep 100");
	request.deadline = deadline_in(200);
	check_result(init_remove(&request, output, &failure), -ETIMEDOUT);
	check(now_ms() - start < 4000);
	check_number(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("init_program_at_gives_each_word",
		      program_at_gives_each_word),
		sandboxed("init_check_path_takes_what_only_root_can_change",
			  check_path_takes_what_only_root_can_change),
		sandboxed("init_check_path_refuses_what_others_can_change",
			  check_path_refuses_what_others_can_change),
		sandboxed("init_check_path_refuses_what_is_no_program",
			  check_path_refuses_what_is_no_program),
		sandboxed("init_check_path_looks_at_all_that_links_lead_through",
			  check_path_looks_at_all_that_links_lead_through),
		sandboxed("init_create_runs_all_in_order",
			  create_runs_all_in_order),
		sandboxed("init_create_that_fails_removes_what_was_created",
			  create_that_fails_removes_what_was_created),
		sandboxed("init_create_says_what_failed",
			  create_says_what_failed),
		sandboxed("init_create_runs_them_in_the_host_s_network",
			  create_runs_them_in_the_host_s_network),
		sandboxed("init_create_gives_them_this_environment",
			  create_gives_them_this_environment),
		sandboxed("init_create_denies_what_has_no_room",
			  create_denies_what_has_no_room),
		sandboxed("init_create_needs_the_host", create_needs_the_host),
		sandboxed("init_remove_goes_on_where_one_fails",
			  remove_goes_on_where_one_fails),
		sandboxed("init_remove_ends_in_time", remove_ends_in_time),
	};

	return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
