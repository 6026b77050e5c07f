/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mounts of a session where things are odd or change meanwhile. What a
 * login sees is in module/.
 */
#include "common/mountinfo.h"
#include "common/session_mounts.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NETNS "/run/netns"
#define NAMES "/etc/netns"

/* --- Calls that stand for the real ones --- */

static void (*after_read)(void); /* of the mount table */
static int reads_disturbed;	 /* that many */
static int reads;
static bool unshare_pretends;
static bool setns_pretends;
static char warning[512];

int __real_mountinfo_read(const char *path, struct mountinfo *ret);
int __wrap_mountinfo_read(const char *path, struct mountinfo *ret);
int __real_unshare(int flags);
int __wrap_unshare(int flags);
int __real_setns(int fd, int type);
int __wrap_setns(int fd, int type);
void __wrap_log_debug(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void __wrap_log_warning(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int __wrap_mountinfo_read(const char *path, struct mountinfo *ret)
{
	int r = __real_mountinfo_read(path, ret);

	reads++;
	if (after_read && reads_disturbed-- > 0)
		after_read();
	return r;
}

int __wrap_unshare(int flags)
{
	return unshare_pretends && flags & CLONE_NEWNS ? 0
						       : __real_unshare(flags);
}

int __wrap_setns(int fd, int type)
{
	return setns_pretends && type & CLONE_NEWNS ? 0
						    : __real_setns(fd, type);
}

void __wrap_log_debug(const struct log *log, const char *format, ...)
{
	(void)log;
	(void)format;
}

void __wrap_log_warning(const struct log *log, const char *format, ...)
{
	va_list args;

	(void)log;
	va_start(args, format);
	(void)vsnprintf(warning, sizeof(warning), format, args);
	va_end(args);
}

/* --- A login --- */

static struct failure failure;
static bool in_chroot;

static const char *hide;

/* In the network of this process. Returns what session_mounts_*() does. */
static int build(int (*function)(const struct session_mounts_request *request,
				 bool *ret_chrooted, struct failure *failure),
		 const char *name, bool rootshared)
{
	struct ns_host host = ns_read_host();
	struct ns_saved entry = NS_SAVED_NONE;
	static const struct log log = { .module = "test" };
	struct session_mounts_request request = {
		.log = &log,
		.name = name,
		.etc = *name ? name : NULL,
		.rootshared = rootshared,
		.hide = hide,
		.net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC),
		.entry = &entry,
		.host = &host,
	};
	int before = count_descriptors();
	int r;

	check(request.net >= 0);
	check_result(ns_save(&entry), 0);
	failure = (struct failure){ .error = 0 };
	reads = 0;
	*warning = '\0';
	r = function(&request, &in_chroot, &failure);
	check_result(failure.error, r);
	ns_saved_release(&entry);
	check_number(count_descriptors(), before);
	(void)close(request.net);
	return r;
}

static int make(const char *name)
{
	return build(session_mounts_make, name, false);
}

/* Its own lo has another name, so that it is told from any other. */
static void enter_own_net(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd;

	check_number(__real_unshare(CLONE_NEWNET), 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(fd >= 0);
	(void)snprintf(request.ifr_newname, sizeof(request.ifr_newname),
		       "inside0");
	check_number(ioctl(fd, SIOCSIFNAME, &request), 0);
	(void)close(fd);
}

/* --- /sys --- */

#define INSIDE "/sys/class/net/inside0"

static void mount_on_sys(void)
{
	check_number(mount("tmpfs", "/sys", "tmpfs", 0, NULL), 0);
}

static void make_reads_the_table_again_for_a_new_mount(void)
{
	enter_own_net();
	after_read = mount_on_sys;
	reads_disturbed = 1;
	check_result(make(""), 0);
	check_number(reads, 2);
	check_number(access(INSIDE, F_OK), 0);
}

static void make_gives_up_when_mounts_come_without_end(void)
{
	enter_own_net();
	after_read = mount_on_sys;
	reads_disturbed = 1000;
	check_result(make(""), -EAGAIN);
	check_text(failure.object, "/sys");
	check(reads > 1 && reads <= 100);
}

static void make_needs_no_sys(void)
{
	enter_own_net();
	while (umount2("/sys", MNT_DETACH) == 0)
		;
	check_result(make(""), 0);
	check_number(count_mounts("/sys"), 0);
}

/* By a user, who has mounted it somewhere and then moved what is above. */
static void make_leaves_what_is_mounted_where_no_path_leads(void)
{
	char name[NAME_MAX + 1];
	int top;
	int fd;

	enter_own_net();
	mount_on_sys();
	make_directory("/sys/a", 0755);
	mount_tmpfs("/sys/a/m");
	top = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = fcntl(top, F_DUPFD_CLOEXEC, 0);
	(void)memset(name, 'x', NAME_MAX);
	name[NAME_MAX] = '\0';
	for (int i = 0; i < 60; i++) {
		int below;

		check_number(mkdirat(fd, name, 0755), 0);
		below = openat(fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		check(below >= 0);
		check_number(close(fd), 0);
		fd = below;
	}
	check_number(renameat(top, "a", fd, "a"), 0);
	check_number(close(fd), 0);
	check_number(close(top), 0);
	check_result(make(""), 0);
	check_number(access(INSIDE, F_OK), 0);
}

/* --- What is hidden --- */

static int make_hidden(const struct session_mounts_request *request,
		       bool *ret_chrooted, struct failure *ret_failure)
{
	int r = session_mounts_make(request, ret_chrooted, ret_failure);

	if (r == 0)
		check(session_mounts_are_hidden(request));
	return r;
}

static void make_hides_files_and_directories(void)
{
	enter_own_net();
	make_directory("/run/secret", 0755);
	make_directory("/run/secret/below", 0755);
	make_file("/run/file", 0644, "x");
	make_link("/run/link", "secret");
	row("in the tmpfs over /run/netns");
	hide = "/run/secret:/run/missing:/run/file";
	check_result(build(make_hidden, "alice", false), 0);
	check_number(access("/run/secret/below", F_OK), -1);
	check_text(read_text("/run/file"), "");
	row("a link");
	hide = "/run/link/below";
	check_result(make("alice"), -ELOOP);
	check_has(failure.cause, "symbolic link");
}

static void make_hides_the_usual_socket(void)
{
	enter_own_net();
	make_directory("/run/systemd", 0755);
	make_directory("/run/systemd/resolve", 0755);
	make_file("/run/systemd/resolve/io.systemd.Resolve", 0644, "x");
	check_result(build(make_hidden, "alice", false), 0);
	check_text(read_text("/run/systemd/resolve/io.systemd.Resolve"), "");
}

/* --- /run/netns --- */

static void linked(void)
{
	make_directory("/run/elsewhere", 0755);
	make_file("/run/elsewhere/bob", 0, "");
	make_link(NETNS, "elsewhere");
}

static void dangling(void)
{
	make_link(NETNS, "elsewhere");
}

static void plain_file(void)
{
	make_file(NETNS, 0644, "");
}

static void missing(void)
{
	check_number(mount(NULL, "/run", NULL, MS_REMOUNT | MS_RDONLY, NULL),
		     0);
}

static void (*prepare)(void);

static void make_where_names_are_odd(void)
{
	check_number(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
	prepare();
	check_result(make(""), 0);
	check_number(access(NETNS "/bob", F_OK), -1);
}

static void make_of_a_new_one_needs_no_directory_of_names(void)
{
	static const struct {
		const char *what;
		void (*prepare)(void);
	} rows[] = {
		{ "a link", linked },
		{ "a dangling link", dangling },
		{ "a file", plain_file },
		{ "none, in a read-only /run", missing },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		prepare = rows[i].prepare;
		in_process(make_where_names_are_odd);
	}
}

/* --- /etc --- */

static void make_name(const char *name, const char *file)
{
	char path[128];

	make_directory(NAMES, 0755);
	(void)snprintf(path, sizeof(path), NAMES "/%s", name);
	make_directory(path, 0755);
	(void)snprintf(path, sizeof(path), NAMES "/%s/%s", name, file);
	make_file(path, 0644, name);
}

static void make_etc(void)
{
	make_file("/etc/hosts", 0644, "host");
	make_file("/etc/resolv.conf", 0644, "host");
	make_name("alice", "hosts");
	make_name("alice", "resolv.conf");
	make_name("bob", "hosts");
}

/* As a su(1) in the session of alice. */
static void be_in_a_session_of_alice(void)
{
	make_etc();
	check_result(make("alice"), 0);
	check_text(read_text("/etc/hosts"), "alice");
	check_text(read_text("/etc/resolv.conf"), "alice");
}

static void make_takes_the_overrides_of_another_off(void)
{
	be_in_a_session_of_alice();
	check_result(make("bob"), 0);
	check_text(read_text("/etc/hosts"), "bob");
	check_text(read_text("/etc/resolv.conf"), "host");
	check_number(count_mounts("/etc/hosts"), 1);
	row("also for one without a name");
	check_result(make(""), 0);
	check_text(read_text("/etc/hosts"), "host");
	check_number(count_mounts("/etc/hosts"), 0);
}

static void make_takes_them_off_with_rootshared(void)
{
	int r;

	be_in_a_session_of_alice();
	r = build(session_mounts_make, "bob", true);
	if (r == -EOPNOTSUPP)
		sandbox_skip("needs Linux 5.15");
	check_result(r, 0);
	check_text(read_text("/etc/hosts"), "bob");
	check_text(read_text("/etc/resolv.conf"), "host");
}

static void make_keeps_its_own_overrides(void)
{
	be_in_a_session_of_alice();
	check_result(make("alice"), 0);
	check_text(read_text("/etc/hosts"), "alice");
	check_number(count_mounts("/etc/hosts"), 1);
	check_number(count_mounts("/etc/resolv.conf"), 1);
}

/* "al" is no part of "alice", nor the other way round. */
static void make_knows_names_that_begin_alike(void)
{
	be_in_a_session_of_alice();
	check_result(make("al"), 0);
	check_text(read_text("/etc/hosts"), "host");
	make_name("al", "hosts");
	check_result(make("al"), 0);
	check_text(read_text("/etc/hosts"), "al");
	check_result(make("alice"), 0);
	check_text(read_text("/etc/hosts"), "alice");
	check_number(count_mounts("/etc/hosts"), 1);
}

static void make_takes_off_overrides_on_overrides(void)
{
	make_etc();
	make_name("carol", "hosts");
	check_number(__real_unshare(CLONE_NEWNS), 0);
	bind_mount(NAMES "/alice/hosts", "/etc/hosts");
	bind_mount(NAMES "/carol/hosts", "/etc/hosts");
	bind_mount(NAMES "/alice/hosts", "/etc/hosts");
	check_result(make("bob"), 0);
	check_text(read_text("/etc/hosts"), "bob");
	check_number(count_mounts("/etc/hosts"), 1);
}

static void make_takes_off_one_below_another(void)
{
	make_etc();
	make_directory("/etc/ssh", 0755);
	make_file("/etc/ssh/config", 0644, "host");
	make_directory(NAMES "/alice/ssh", 0755);
	make_file(NAMES "/alice/ssh/config", 0644, "alice");
	make_file(NAMES "/alice/config", 0644, "alice");
	check_number(__real_unshare(CLONE_NEWNS), 0);
	bind_mount(NAMES "/alice/ssh", "/etc/ssh");
	bind_mount(NAMES "/alice/config", "/etc/ssh/config");
	check_result(make("bob"), 0);
	check_text(read_text("/etc/ssh/config"), "host");
	check_number(count_mounts("/etc/ssh"), 0);
	check_number(count_mounts("/etc/ssh/config"), 0);
}

static void make_leaves_what_covers_an_override(void)
{
	make_etc();
	make_file("/run/admin's", 0644, "admin");
	check_number(__real_unshare(CLONE_NEWNS), 0);
	bind_mount(NAMES "/alice/hosts", "/etc/hosts");
	bind_mount("/run/admin's", "/etc/hosts");
	check_result(make(""), 0);
	check_text(read_text("/etc/hosts"), "admin");
	check_number(count_mounts("/etc/hosts"), 2);
}

static void make_takes_off_one_whose_source_is_deleted(void)
{
	be_in_a_session_of_alice();
	check_number(unlink(NAMES "/alice/hosts"), 0);
	check_result(make("bob"), 0);
	check_text(read_text("/etc/hosts"), "bob");
	check_number(count_mounts("/etc/hosts"), 1);
}

/* What an administrator has mounted on the host is no session's. */
static void make_leaves_what_is_mounted_on_the_host(void)
{
	make_etc();
	bind_mount(NAMES "/alice/resolv.conf", "/etc/resolv.conf");
	check_result(make("bob"), 0);
	check_text(read_text("/etc/resolv.conf"), "alice");
}

/* The names are in a file system of their own. */
static void make_keeps_the_names_that_are_mounted(void)
{
	mount_tmpfs(NAMES);
	be_in_a_session_of_alice();
	check_result(make("bob"), 0);
	check_number(count_mounts(NAMES), 1);
	check_text(read_text("/etc/hosts"), "bob");
	check_text(read_text("/etc/resolv.conf"), "host");
}

/* Two names have the same file. */
static void make_keeps_a_source_that_is_mounted(void)
{
	make_etc();
	make_name("all", "hosts");
	bind_mount(NAMES "/all/hosts", NAMES "/bob/hosts");
	check_result(make("alice"), 0);
	check_result(make("bob"), 0);
	check_text(read_text("/etc/hosts"), "all");
}

static void make_warns_of_an_override_without_a_target(void)
{
	make_etc();
	make_name("bob", "nothing");
	check_result(make("bob"), 0);
	check_text(read_text("/etc/hosts"), "bob");
	check_has(warning, NAMES "/bob/nothing");
	check_has(warning, "/etc/nothing");
}

static void make_says_that_a_directory_is_no_file(void)
{
	make_etc();
	make_directory("/etc/ssh", 0755);
	make_name("bob", "ssh");
	check_result(make("bob"), -EISDIR);
	check_text(failure.object, "/etc/ssh");
	check_has(failure.cause, "directory");
}

static void make_says_which_override_is_not_root_s(void)
{
	make_etc();
	check_number(chown(NAMES "/bob/hosts", 1000, 0), 0);
	check_result(make("bob"), -EPERM);
	check_text(failure.object, NAMES "/bob/hosts");
}

/* --- System calls that only pretend --- */

static void make_believes_no_unshare_that_was_not_made(void)
{
	int mounts = count_mounts(NETNS);

	make_directory(NETNS, 0755);
	make_etc();
	unshare_pretends = true;
	check_result(make("bob"), -EXDEV);
	check_has(failure.cause, "changes nothing");
	check_number(count_mounts(NETNS), mounts);
	check_text(read_text("/etc/hosts"), "host");
}

static void enter_host_moves_to_the_mounts_of_pid_1(void)
{
	ino_t host = inode_of("/proc/1/ns/mnt");

	check_number(__real_unshare(CLONE_NEWNS), 0);
	make_directory("/run/here", 0755);
	check_number(chdir("/run/here"), 0);
	check(inode_of("/proc/self/ns/mnt") != host);
	check_result(build(session_mounts_enter_host, "", false), 0);
	check_number(inode_of("/proc/self/ns/mnt"), host);
	check_number(inode_of("."), inode_of("/run/here"));
	check(!in_chroot);
}

static void enter_host_believes_no_setns_that_was_not_made(void)
{
	check_number(__real_unshare(CLONE_NEWNS), 0);
	setns_pretends = true;
	check_result(build(session_mounts_enter_host, "", false), -EXDEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("session_mounts_make_reads_the_table_again_for_a_"
			  "new_mount",
			  make_reads_the_table_again_for_a_new_mount),
		sandboxed("session_mounts_make_gives_up_when_mounts_come_"
			  "without_end",
			  make_gives_up_when_mounts_come_without_end),
		sandboxed("session_mounts_make_needs_no_sys",
			  make_needs_no_sys),
		sandboxed("session_mounts_make_leaves_what_is_mounted_where_no_"
			  "path_leads",
			  make_leaves_what_is_mounted_where_no_path_leads),
		sandboxed("session_mounts_make_hides_files_and_directories",
			  make_hides_files_and_directories),
		sandboxed("session_mounts_make_hides_the_usual_socket",
			  make_hides_the_usual_socket),
		sandboxed("session_mounts_make_of_a_new_one_needs_no_"
			  "directory_of_names",
			  make_of_a_new_one_needs_no_directory_of_names),
		sandboxed("session_mounts_make_takes_the_overrides_of_another_"
			  "off",
			  make_takes_the_overrides_of_another_off),
		sandboxed("session_mounts_make_takes_them_off_with_rootshared",
			  make_takes_them_off_with_rootshared),
		sandboxed("session_mounts_make_keeps_its_own_overrides",
			  make_keeps_its_own_overrides),
		sandboxed("session_mounts_make_knows_names_that_begin_alike",
			  make_knows_names_that_begin_alike),
		sandboxed("session_mounts_make_takes_off_overrides_on_"
			  "overrides",
			  make_takes_off_overrides_on_overrides),
		sandboxed("session_mounts_make_takes_off_one_below_another",
			  make_takes_off_one_below_another),
		sandboxed("session_mounts_make_leaves_what_covers_an_override",
			  make_leaves_what_covers_an_override),
		sandboxed("session_mounts_make_takes_off_one_whose_source_is_"
			  "deleted",
			  make_takes_off_one_whose_source_is_deleted),
		sandboxed("session_mounts_make_leaves_what_is_mounted_on_the_"
			  "host",
			  make_leaves_what_is_mounted_on_the_host),
		sandboxed("session_mounts_make_keeps_the_names_that_are_"
			  "mounted",
			  make_keeps_the_names_that_are_mounted),
		sandboxed("session_mounts_make_keeps_a_source_that_is_mounted",
			  make_keeps_a_source_that_is_mounted),
		sandboxed("session_mounts_make_warns_of_an_override_without_a_"
			  "target",
			  make_warns_of_an_override_without_a_target),
		sandboxed("session_mounts_make_says_that_a_directory_is_no_"
			  "file",
			  make_says_that_a_directory_is_no_file),
		sandboxed("session_mounts_make_says_which_override_is_not_"
			  "root_s",
			  make_says_which_override_is_not_root_s),
		sandboxed("session_mounts_make_believes_no_unshare_that_was_"
			  "not_made",
			  make_believes_no_unshare_that_was_not_made),
		sandboxed("session_mounts_enter_host_moves_to_the_mounts_of_"
			  "pid_1",
			  enter_host_moves_to_the_mounts_of_pid_1),
		sandboxed("session_mounts_enter_host_believes_no_setns_that_"
			  "was_not_made",
			  enter_host_believes_no_setns_that_was_not_made),
	};

	return cmocka_run_group_tests_name("session_mounts", tests, NULL, NULL);
}
