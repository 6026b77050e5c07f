/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bad-input: what somebody may have left there, or be called. */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
#include <unistd.h>

/* --- Names of users --- */

static void add_user(const char *user)
{
	char line[3 * NAME_MAX];

	(void)snprintf(line, sizeof(line), "%s:x:3900:3102::/:/bin/sh\n", user);
	rig_append("/etc/passwd", line);
}

static void bad_user(const void *data)
{
	struct login login;
	char *before;

	add_user(data);
	login_start(&login, "usernet", data);
	before = rig_see(login.pamh);
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_see(login.pamh), before);
	check_logged(LOG_ERR, "it cannot be a file name");
	check_log_count(LOG_DEBUG, 1);
	check(!rig_exists("/run/netns"));
	check(!rig_exists("/run/pam_net"));
}

static void good_user(const void *data)
{
	struct login login;

	add_user(data);
	login_as(&login, "usernet", data, PAM_SUCCESS);
	check_in(data);
	check_answer(login_close(&login), PAM_SUCCESS);
	login_end(&login);
	login_as(&login, "usernet", data, PAM_SUCCESS);
	check_logged(LOG_INFO, "how=joined");
}

static void user_of_length(const void *data)
{
	char name[NAME_MAX + 64] = "";
	size_t length = *(const size_t *)data;

	memset(name, 'u', length);
	if (length <= NAME_MAX)
		good_user(name);
	else
		bad_user(name);
}

static const size_t longest = NAME_MAX;
static const size_t one_too_long = NAME_MAX + 1;
static const size_t far_too_long = NAME_MAX + 45;

static void bad_group_name(const void *data)
{
	struct login login;
	char line[2 * NAME_MAX];
	char *before;

	(void)snprintf(line, sizeof(line), "groupnet-%s:x:3104:bob\n",
		       (const char *)data);
	rig_append("/etc/group", line);
	rig_service("groupnet", "groupnet");
	login_start(&login, "groupnet", "bob");
	before = rig_see(login.pamh);
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_see(login.pamh), before);
	check_logged(LOG_ERR, "it cannot be a file name");
}

static void too_long_a_group_name(const void *data)
{
	struct login login;
	char name[NAME_MAX + 2] = "";
	char line[2 * NAME_MAX];
	int r;

	(void)data;
	memset(name, 'g', NAME_MAX + 1);
	(void)snprintf(line, sizeof(line), "groupnet-%s:x:3104:bob\n", name);
	rig_append("/etc/group", line);
	rig_service("groupnet", "groupnet");
	login_start(&login, "groupnet", "bob");
	r = login_open(&login);
	check(r == PAM_ABORT || r == PAM_SERVICE_ERR);
	check_in(HOST);
	check_log_count(LOG_ERR, 1);
}

/* --- What lies under the name --- */

#define ALICE "/run/netns/alice"

static void lay_content(void)
{
	rig_write(ALICE, "do not lose me\n");
}

static void lay_link(void)
{
	must(symlink("/etc/passwd", ALICE));
}

static void lay_link_to_namespace(void)
{
	must(symlink("/proc/1/ns/net", ALICE));
}

static void lay_fifo(void)
{
	must(mkfifo(ALICE, 0600));
}

static void lay_directory(void)
{
	rig_mkdir(ALICE);
}

static void lay_full_directory(void)
{
	rig_mkdir(ALICE "/full");
}

static void lay_socket(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
					     .sun_path = ALICE };
	int fd = (int)must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	must(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
	must(close(fd));
}

static void lay_device(void)
{
	must(mknod(ALICE, S_IFCHR | 0600, 0x103));
}

static void lay_file_of_a_user(void)
{
	rig_write(ALICE, "");
	must(chown(ALICE, 3001, 3001));
}

static void lay_bind(const char *what)
{
	rig_write(ALICE, "");
	must(mount(what, ALICE, NULL, MS_BIND, NULL));
}

/* A process in a mount namespace of its own, made on one processor. */
static pid_t start_elsewhere(int processor)
{
	cpu_set_t set;
	char byte;
	int pair[2];
	pid_t pid;

	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	must(pipe2(pair, O_CLOEXEC));
	pid = (pid_t)must(fork());
	if (pid == 0) {
		(void)sched_setaffinity(0, sizeof(set), &set);
		must(unshare(CLONE_NEWNS));
		must(write(pair[1], "", 1));
		pause();
		_exit(0);
	}
	check_int(read(pair[0], &byte, 1), 1);
	must(close(pair[0]));
	must(close(pair[1]));
	return pid;
}

/*
 * Only a younger mount namespace can be bound, and the age is a number that
 * each processor counts for itself.
 */
static void lay_mount_namespace(void)
{
	rig_write(ALICE, "");
	for (int i = 0; i < get_nprocs_conf(); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt",
			       (int)start_elsewhere(i));
		if (mount(path, ALICE, NULL, MS_BIND, NULL) == 0)
			return;
	}
	rig_skip("no mount namespace can be bound");
}

static void lay_uts_namespace(void)
{
	lay_bind("/proc/self/ns/uts");
}

static void lay_host(void)
{
	lay_bind("/proc/self/ns/net");
}

static void lay_mounted_file(void)
{
	rig_write("/run/other", "");
	lay_bind("/run/other");
}

static void lay_mounted_directory(void)
{
	rig_mkdir(ALICE);
	must(mount("tmpfs", ALICE, "tmpfs", 0, NULL));
}

struct laid {
	void (*lay)(void);
	const char *cause;
	const char *remedy;
};

static void bad_name(const void *data)
{
	const struct laid *laid = data;
	struct login login;
	struct stat lay;
	struct stat lies;
	char *before;

	rig_mkdir("/run/netns");
	laid->lay();
	must(lstat(ALICE, &lay));
	login_start(&login, "usernet", "alice");
	before = rig_without_names(rig_see(login.pamh));
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_without_names(rig_see(login.pamh)), before);
	must(lstat(ALICE, &lies));
	check(lies.st_dev == lay.st_dev && lies.st_ino == lay.st_ino);
	check_int(lies.st_mode, lay.st_mode);
	check_int(lies.st_size, lay.st_size);
	check_int(lies.st_ctim.tv_nsec, lay.st_ctim.tv_nsec);
	check_log_count(LOG_INFO, 1);
	check_logged(LOG_ERR, "'" ALICE "'");
	check_logged(LOG_ERR, laid->cause);
	check_logged(LOG_ERR, laid->remedy);
	/* The same for another one, who finds /run/netns prepared. */
	check_answer(login_open(&login), PAM_ABORT);
	login_end(&login);
	login_as(&login, "usernet", "both", PAM_SUCCESS);
	check_in("both");
}

static void content_is_kept(const void *data)
{
	struct login login;

	(void)data;
	rig_mkdir("/run/netns");
	lay_content();
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_text(rig_read(ALICE), "do not lose me\n");
}

/* What the log says mends it mends it. */
static void remedy_works(const void *data)
{
	const struct laid *laid = data;
	struct login login;
	const char *start;
	char command[256];

	rig_mkdir("/run/netns");
	laid->lay();
	login_as(&login, "usernet", "alice", PAM_ABORT);
	start = strstr(rig_log(), laid->remedy);
	check(start != NULL);
	(void)snprintf(command, sizeof(command), "%.*s",
		       (int)(strstr(start, ALICE "'") - start) +
			       (int)strlen(ALICE "'"),
		       start);
	check_int(RIG_RUN(NULL, "sh", "-c", command), 0);
	check_answer(login_open(&login), PAM_SUCCESS);
	check_in("alice");
}

/* --- /run/netns itself --- */

static void names_are_a_link(const void *data)
{
	struct login login;
	char *before;

	(void)data;
	rig_mkdir("/run/elsewhere");
	must(symlink("elsewhere", "/run/netns"));
	login_start(&login, "usernet", "alice");
	before = rig_see(login.pamh);
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_see(login.pamh), before);
	check_logged(LOG_ERR, " '/run/netns': ");
	check_logged(LOG_ERR, "fix with: rm '/run/netns'");
}

static void names_are_a_file(const void *data)
{
	struct login login;
	char *before;

	(void)data;
	rig_write("/run/netns", "a file\n");
	login_start(&login, "usernet", "alice");
	before = rig_see(login.pamh);
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_see(login.pamh), before);
	check_text(rig_read("/run/netns"), "a file\n");
	check_logged(LOG_ERR, " '/run/netns': ");
}

static void newnet_beside_a_file(const void *data)
{
	struct login login;

	(void)data;
	rig_write("/run/netns", "a file\n");
	login_start(&login, "newnet", "nina");
	/* Confined or denied, but never outside and never half. */
	if (login_open(&login) == PAM_SUCCESS)
		check_in(NEW);
	else
		check_in(HOST);
	check_text(rig_read("/proc/1/root/run/netns"), "a file\n");
}

/* --- /etc/netns/alice --- */

#define OVERRIDES "/etc/netns/alice"

static void put_socket(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
					     .sun_path = OVERRIDES "/hosts" };
	int fd = (int)must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	must(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
	must(chmod(OVERRIDES "/hosts", 0755));
	must(close(fd));
}

static void put_fifo(void)
{
	must(mkfifo(OVERRIDES "/hosts", 0644));
}

static void put_device(void)
{
	must(mknod(OVERRIDES "/hosts", S_IFCHR | 0644, 0x103));
}

static void put_link(void)
{
	rig_write("/etc/netns/hosts", "");
	must(symlink("../hosts", OVERRIDES "/hosts"));
}

static void put_dangling_link(void)
{
	must(symlink("nowhere", OVERRIDES "/hosts"));
}

static void put_writable(void)
{
	rig_override("alice", "hosts", "");
	must(chmod(OVERRIDES "/hosts", 0646));
}

static void put_users(void)
{
	rig_override("alice", "hosts", "");
	must(chown(OVERRIDES "/hosts", 3001, 3001));
}

static void put_link_as_directory(void)
{
	must(rmdir(OVERRIDES));
	rig_mkdir("/etc/netns/other");
	must(symlink("other", OVERRIDES));
}

static void put_file_as_directory(void)
{
	must(rmdir(OVERRIDES));
	rig_write(OVERRIDES, "");
}

static void put_many(void)
{
	char name[32];

	for (int i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "file%d", i);
		rig_override("alice", name, "");
	}
}

struct put {
	void (*put)(void);
	const char *object;
	const char *cause;
};

static void bad_override(const void *data)
{
	const struct put *put = data;
	struct login login;
	char *before;

	put->put();
	login_start(&login, "usernet", "alice");
	before = rig_without_names(rig_see(login.pamh));
	check_answer(login_open(&login), PAM_ABORT);
	check_text(rig_without_names(rig_see(login.pamh)), before);
	check_names_whole();
	check_log_count(LOG_INFO, 1);
	check_logged(LOG_ERR, put->object);
	check_logged(LOG_ERR, put->cause);
}

#define CASE(LABEL, FUNCTION, DATA)                                            \
	{                                                                      \
		"bad-input: " LABEL, FUNCTION, DATA, 0                         \
	}
#define NAME(LABEL, LAY, CAUSE, REMEDY)                                        \
	{ "bad-input: " LABEL, bad_name,                                       \
	  &(const struct laid){ LAY, CAUSE, REMEDY }, 0 },                     \
	{                                                                      \
		"bad-input: " LABEL ", the remedy works", remedy_works,        \
			&(const struct laid){ LAY, CAUSE, REMEDY }, 0          \
	}
#define OVERRIDE(LABEL, PUT, OBJECT, CAUSE)                                    \
	{                                                                      \
		"bad-input: " LABEL, bad_override,                             \
			&(const struct put){ PUT, OBJECT, CAUSE }, 0           \
	}

static const struct rig_case cases[] = {
	CASE("a user called a/b", bad_user, "a/b"),
	CASE("a user called ../x", bad_user, "../x"),
	CASE("a user called ..", bad_user, ".."),
	CASE("a user called .", bad_user, "."),
	CASE("a user called /", bad_user, "/"),
	CASE("a user with a control character", bad_user, "al\x1b[2Jice"),
	CASE("a user with a delete character", bad_user, "al\x7fice"),
	CASE("a user with a tab", bad_user, "al\tice"),
	CASE("a user with a space", good_user, "alice liddell"),
	CASE("a user with an @", good_user, "alice@example.org"),
	CASE("a user with a backslash", good_user, "EXAMPLE\\alice"),
	CASE("a user in UTF-8", good_user, "\xc3\xa1lice"),
	CASE("a user called ...", good_user, "..."),
	CASE("a user with a percent", good_user, "%s%n%s"),
	CASE("a user of 255 bytes", user_of_length, &longest),
	CASE("a user of 256 bytes", user_of_length, &one_too_long),
	CASE("a user of 300 bytes", user_of_length, &far_too_long),
	CASE("a group groupnet-a/b", bad_group_name, "a/b"),
	CASE("a group groupnet-..", bad_group_name, ".."),
	CASE("a group groupnet-", bad_group_name, ""),
	CASE("a group groupnet- of 256 bytes", too_long_a_group_name, NULL),

	NAME("a file with content", lay_content, "file with content", "rm '"),
	CASE("a file with content is kept", content_is_kept, NULL),
	NAME("a symlink", lay_link, "symbolic link", "rm '"),
	{ "bad-input: a symlink to the host's namespace", bad_name,
	  &(const struct laid){ lay_link_to_namespace, "symbolic link",
				"ip netns attach" },
	  0 },
	NAME("a FIFO", lay_fifo, "no namespace", "rm '"),
	NAME("a socket", lay_socket, "no namespace", "rm '"),
	NAME("a device", lay_device, "no namespace", "rm '"),
	NAME("a directory", lay_directory, "a directory", "rmdir '"),
	{ "bad-input: a directory that is not empty", bad_name,
	  &(const struct laid){ lay_full_directory,
				"a directory with something in it", "" },
	  0 },
	NAME("a user's empty file", lay_file_of_a_user, "not root's file",
	     "rm '"),
	/* Where / is shared, it would be mounted in itself all the same. */
	{ "bad-input: a mount namespace", bad_name,
	  &(const struct laid){ lay_mount_namespace, "another kind",
				"umount '" },
	  RIG_PRIVATE },
	{ "bad-input: a mount namespace, the remedy works", remedy_works,
	  &(const struct laid){ lay_mount_namespace, "another kind",
				"umount '" },
	  RIG_PRIVATE },
	NAME("a UTS namespace", lay_uts_namespace, "another kind", "umount '"),
	NAME("the host's namespace", lay_host, "the network outside",
	     "umount '"),
	NAME("a file mounted there", lay_mounted_file,
	     "something else is mounted there", "umount '"),
	{ "bad-input: a directory mounted there", bad_name,
	  &(const struct laid){ lay_mounted_directory,
				"something else is mounted there", "umount '" },
	  0 },

	CASE("/run/netns is a symlink", names_are_a_link, NULL),
	CASE("/run/netns is a file", names_are_a_file, NULL),
	CASE("/run/netns is a file, and a new one", newnet_beside_a_file, NULL),

	OVERRIDE("an override that is a socket", put_socket,
		 "'" OVERRIDES "/hosts'", "neither a file nor a directory"),
	OVERRIDE("an override that is a FIFO", put_fifo,
		 "'" OVERRIDES "/hosts'", "neither a file nor a directory"),
	OVERRIDE("an override that is a device", put_device,
		 "'" OVERRIDES "/hosts'", "neither a file nor a directory"),
	OVERRIDE("an override that is a symlink", put_link,
		 "'" OVERRIDES "/hosts'", "symbolic link"),
	OVERRIDE("an override that is a dangling symlink", put_dangling_link,
		 "'" OVERRIDES "/hosts'", "symbolic link"),
	OVERRIDE("an override that others write", put_writable,
		 "'" OVERRIDES "/hosts'", "root's"),
	OVERRIDE("an override that is the user's", put_users,
		 "'" OVERRIDES "/hosts'", "root's"),
	OVERRIDE("the directory of overrides is a symlink",
		 put_link_as_directory, "'" OVERRIDES "'", "symbolic link"),
	OVERRIDE("the directory of overrides is a file", put_file_as_directory,
		 "'" OVERRIDES "'", "ot a directory"),
	OVERRIDE("2000 overrides", put_many, "'" OVERRIDES "'", "1024"),
};

RIG_MAIN("bad-input", cases)
