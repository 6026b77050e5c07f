/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The session's view: /run/netns, /sys and /etc of its own. */
#include "rig.h"
#include "see.h"

#include <dirent.h>
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
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static void open_alice(struct login *login)
{
	login_as(login, "usernet", "alice", PAM_SUCCESS);
	check_in("alice");
}

static void close_again(struct login *login)
{
	check_answer(login_close(login), PAM_SUCCESS);
	login_end(login);
	rig_log_forget();
}

/* --- /run/netns --- */

/* What is in a directory, divided by spaces. */
static char *names_in(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	check(out != NULL);
	if (!directory)
		fail_because("'%s': %s", path, strerror(errno));
	while ((entry = readdir(directory)))
		if (*entry->d_name != '.')
			fprintf(out, "%s ", entry->d_name);
	(void)closedir(directory);
	(void)fclose(out);
	return text;
}

static void only_own_name(const void *data)
{
	struct login login;
	struct stat st;

	(void)data;
	login_as(&login, "usernet", "both", PAM_SUCCESS);
	close_again(&login);
	open_alice(&login);
	check_text(names_in("/run/netns"), "alice ");
	must(stat("/run/netns/alice", &st));
	check_int(st.st_ino, rig_net());
	check_int(rig_mounts_at("/run/netns/both"), 0);
	check_int(rig_mounts_at("/run/netns/alice"), 1);
	check_int(rig_mounts_at("/run/netns"), 1);
	must(stat("/run/netns", &st));
	check_int(st.st_mode & 07777, 0755);
	check_part(rig_see(NULL), "/run/netns rw,nosuid,nodev,noexec");
}

static void no_name_for_a_new_one(const void *data)
{
	struct login login;

	(void)data;
	open_alice(&login);
	close_again(&login);
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_text(names_in("/run/netns"), "");
}

/* A login from inside, whose name is made on the host. */
static void log_in_beside(void)
{
	pid_t pid = (pid_t)must(fork());
	struct login other;
	int status;

	if (pid == 0) {
		login_as(&other, "usernet", "both", PAM_SUCCESS);
		_exit(0);
	}
	status = rig_wait(pid);
	check_int(status, 0);
}

/* It is made to be covered: what is not there cannot hide what comes. */
static void no_directory_of_names(const void *data)
{
	struct login login;

	(void)data;
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	log_in_beside();
	check_text(names_in("/run/netns"), "");
	close_again(&login);
	check(rig_named("both") != 0);
}

static void later_names_stay_out(const void *data)
{
	struct login login;

	(void)data;
	open_alice(&login);
	log_in_beside();
	check(rig_named("both") != 0);
	check_text(names_in("/run/netns"), "alice ");
	check_int(rig_mounts_at("/run/netns/both"), 0);
}

static void identify(const void *data)
{
	struct login login;
	char pid[32];
	char *output;

	(void)data;
	open_alice(&login);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (RIG_RUN(&output, "ip", "netns", "identify", pid) == 127)
		rig_skip("no ip-netns(8)");
	check_text(output, "alice\n");
}

/* --- /sys --- */

static char *mounts_below_sys(void)
{
	char *text = NULL;
	char *rest = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&rest, &size);

	check(out != NULL);
	see_mounts(out, "/proc/self/mountinfo");
	(void)fclose(out);
	out = open_memstream(&text, &size);
	check(out != NULL);
	for (char *line = strsep(&rest, "\n"); line;
	     line = strsep(&rest, "\n")) {
		char *point = strstr(line, " /sys/");
		char *tag = strstr(line, "shared:");

		if (!point)
			continue;
		if (!tag)
			tag = strstr(line, "master:");
		/* A slave's number is another. */
		if (tag)
			*tag = '\0';
		fprintf(out, "%s %s\n", line,
			tag ? strchr(tag + 1, ' ') + 1 : "");
	}
	(void)fclose(out);
	return text;
}

static int count_lines(const char *text, const char *line)
{
	size_t length = strcspn(line, "\n") + 1;
	int count = 0;

	for (; *text; text += strcspn(text, "\n") + 1)
		count += !strncmp(text, line, length);
	return count;
}

static void check_twice(const char *text, const char *lines)
{
	check_int(strlen(text), 2 * strlen(lines));
	for (; *lines; lines += strcspn(lines, "\n") + 1)
		check_int(count_lines(text, lines), 2);
}

static void submounts_are_carried(const void *data)
{
	struct login login;
	char *before = mounts_below_sys();

	check_part(before, " /sys/firmware ");
	check_part(before, " /sys/fs/cgroup ");
	login_as(&login, data, "both", PAM_SUCCESS);
	/* The old ones lie below. */
	check_twice(mounts_below_sys(), before);
	check(rig_exists("/sys/firmware/mark"));
	check(*names_in("/sys/fs/cgroup") || !rig_exists("/sys/fs/cgroup"));
	close_again(&login);
	check_text(mounts_below_sys(), before);
}

static void own_devices(const void *data)
{
	struct login login;

	rig_add_device();
	check(rig_exists("/sys/class/net/eth0"));
	login_as(&login, data, "both", PAM_SUCCESS);
	check_text(names_in("/sys/class/net"), "lo ");
	close_again(&login);
	check(rig_exists("/sys/class/net/eth0"));
}

struct flags {
	unsigned long mount;
	unsigned long seen;
};

static void flags_are_kept(const void *data)
{
	const struct flags *flags = data;
	const unsigned long all = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC;
	struct login login;
	struct statvfs fs;

	must(mount(NULL, "/sys", NULL, MS_REMOUNT | MS_BIND | flags->mount,
		   NULL));
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_int(rig_mounts_at("/sys") > rig_host_mounts_at("/sys"), 1);
	must(statvfs("/sys", &fs));
	check_int(fs.f_flag & all, flags->seen);
}

static const struct flags read_only = { MS_RDONLY, ST_RDONLY };
static const struct flags no_flags = { 0, 0 };
static const struct flags all_flags = {
	MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
	ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC
};

static void check_cwd(const char *want)
{
	char path[PATH_MAX];

	check(getcwd(path, sizeof(path)) != NULL);
	check_text(path, want);
}

static void cwd_leaves_old_sys(const void *data)
{
	struct login login;

	must(chdir(data));
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_cwd("/");
	check_answer(login_close(&login), PAM_SUCCESS);
	check_cwd(data);
}

static void cwd_stays(const void *data)
{
	struct login login;

	rig_mkdir(data);
	must(chdir(data));
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_cwd(data);
}

static void no_sys(const void *data)
{
	struct login login;

	(void)data;
	/* The machine's own lies below. */
	while (umount2("/sys", MNT_DETACH) == 0)
		;
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_int(rig_mounts_at("/sys"), 0);
}

/* su to oneself: sysfs over a sysfs of the same namespace is EBUSY. */
static void to_oneself(const void *data)
{
	struct login first;
	struct login second;
	int mounts;

	rig_service("stack", data);
	login_as(&first, "stack", "both", PAM_SUCCESS);
	mounts = rig_mounts_at("/sys");
	login_as(&second, "stack", "both", PAM_SUCCESS);
	check_int(rig_mounts_at("/sys"), mounts);
	check(rig_exists("/sys/firmware/mark"));
	check_int(rig_mounts_at("/run/netns"), 1);
}

/* --- Propagation --- */

static void mount_later(const void *data)
{
	must(mount("later", data, "tmpfs", 0, NULL));
}

static void inwards_only(const void *data)
{
	struct login login;

	rig_mkdir(SCRATCH "/later");
	rig_mkdir(SCRATCH "/inner");
	rig_mkdir("/run/user");
	login_as(&login, data, "both", PAM_SUCCESS);
	rig_on_host(mount_later, SCRATCH "/later");
	check_int(rig_mounts_at(SCRATCH "/later"), 1);
	rig_on_host(mount_later, "/run/user");
	check_int(rig_mounts_at("/run/user"), 1);
	must(mount("inner", SCRATCH "/inner", "tmpfs", 0, NULL));
	check_int(rig_host_mounts_at(SCRATCH "/inner"), 0);
}

static void nomount(const void *data)
{
	struct login login;
	ino_t mounts = rig_mounts();
	char *before = mounts_below_sys();

	(void)data;
	rig_service("nomount", "newnet nomount");
	login_as(&login, "nomount", "nina", PAM_SUCCESS);
	check_in(NEW);
	check_int(rig_mounts(), mounts);
	check_text(mounts_below_sys(), before);
	check_answer(login_close(&login), PAM_SUCCESS);
	check_in(HOST);
}

/* --- /etc --- */

static void check_file(const char *path, const char *want)
{
	char *text = rig_read(path);

	check_text(text, want);
	free(text);
}

static void overrides(const void *data)
{
	struct login login;

	rig_service("stack", data);
	rig_override("both", "hosts", "the session's\n");
	rig_override("both", "resolv.conf", "nameserver 192.0.2.1\n");
	login_as(&login, "stack", "both", PAM_SUCCESS);
	check_file("/etc/hosts", "the session's\n");
	check_file("/etc/resolv.conf", "nameserver 192.0.2.1\n");
	check_file("/proc/1/root/etc/resolv.conf", "# the host's\n");
	check_int(rig_mounts_at("/etc/hosts"), 1);
	close_again(&login);
	check_file("/etc/resolv.conf", "# the host's\n");
}

static void resolver_replaces(const void *data)
{
	(void)data;
	rig_write("/run/stub.new", "the resolver's\n");
	must(rename("/run/stub.new", "/run/stub"));
}

/* The way systemd-resolved, NetworkManager and resolvconf have it. */
static void over_a_symlink(const void *data)
{
	struct login login;
	bool dangling = data != NULL;

	if (!dangling)
		rig_write("/run/stub", "the host's\n");
	must(unlink("/etc/resolv.conf"));
	must(symlink("/run/stub", "/etc/resolv.conf"));
	rig_override("alice", "resolv.conf", "the session's\n");
	open_alice(&login);
	check_file("/etc/resolv.conf", "the session's\n");
	rig_on_host(resolver_replaces, NULL);
	check_file("/etc/resolv.conf", "the session's\n");
	check_file("/run/stub", "the resolver's\n");
	close_again(&login);
	check_file("/etc/resolv.conf", "the resolver's\n");
}

static void target_missing(const void *data)
{
	struct login login;

	(void)data;
	rig_override("alice", "hosts", "the session's\n");
	rig_override("alice", "nowhere.conf", "");
	rig_override("alice", "resolv.conf", "the session's\n");
	open_alice(&login);
	check_logged(LOG_WARNING, "'/etc/netns/alice/nowhere.conf'");
	check_file("/etc/hosts", "the session's\n");
	check_file("/etc/resolv.conf", "the session's\n");
	check(!rig_exists("/etc/nowhere.conf"));
}

static void directory_over_directory(const void *data)
{
	struct login login;

	rig_mkdir("/etc/netns/alice/app");
	rig_write("/etc/netns/alice/app/conf", "the session's\n");
	rig_mkdir("/etc/real");
	rig_write("/etc/real/conf", "the host's\n");
	if (data)
		must(symlink("real", "/etc/app"));
	else
		must(rename("/etc/real", "/etc/app"));
	open_alice(&login);
	check_file("/etc/app/conf", "the session's\n");
}

static void kinds_mismatch(const void *data)
{
	struct login login;

	if (data) {
		rig_mkdir("/etc/netns/alice/hosts");
	} else {
		rig_mkdir("/etc/app");
		rig_override("alice", "app", "");
	}
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, data ? "'/etc/hosts'" : "'/etc/app'");
}

struct unsafe {
	const char *path;
	uid_t owner;
	mode_t mode;
};

static void unsafe_override(const void *data)
{
	const struct unsafe *unsafe = data;
	struct login login;
	char object[64];

	rig_override("alice", "hosts", "");
	rig_mkdir("/etc/netns/alice/app");
	rig_mkdir("/etc/app");
	must(chown(unsafe->path, unsafe->owner, 0));
	must(chmod(unsafe->path, unsafe->mode));
	login_as(&login, "usernet", "alice", PAM_ABORT);
	check_in(HOST);
	check_logged(LOG_ERR, "must be root's, and writable by root only");
	(void)snprintf(object, sizeof(object), "'%s'", unsafe->path);
	check_logged(LOG_ERR, object);
}

static void for_etc_argument(const void *data)
{
	const struct unsafe *unsafe = data;
	struct login login;

	rig_service("stack", "newnet etc=alice");
	rig_override("alice", "hosts", "");
	must(chown(unsafe->path, unsafe->owner, 0));
	must(chmod(unsafe->path, unsafe->mode));
	login_as(&login, "stack", "nina", PAM_ABORT);
	check_in(HOST);
}

static const struct unsafe directory_of_user = { "/etc/netns/alice", 3001,
						 0755 };
static const struct unsafe directory_writable = { "/etc/netns/alice", 0, 0775 };
static const struct unsafe directory_open = { "/etc/netns/alice", 0, 01777 };
static const struct unsafe file_of_user = { "/etc/netns/alice/hosts", 3001,
					    0644 };
static const struct unsafe file_writable = { "/etc/netns/alice/hosts", 0,
					     0664 };
static const struct unsafe entry_of_user = { "/etc/netns/alice/app", 3001,
					     0755 };
static const struct unsafe top_of_user = { "/etc/netns", 3001, 0755 };

enum { MANY = 2000, ALLOWED = 1024 };

static void many_overrides(const void *data)
{
	int count = *(const int *)data;
	struct login login;
	char name[32];

	for (int i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "file%d", i);
		rig_override("alice", name, "");
		(void)snprintf(name, sizeof(name), "/etc/file%d", i);
		rig_write(name, "");
	}
	login_as(&login, "usernet", "alice",
		 count > ALLOWED ? PAM_ABORT : PAM_SUCCESS);
	check_in(count > ALLOWED ? HOST : "alice");
	if (count > ALLOWED)
		check_logged(LOG_ERR, "more than 1024 files");
	else
		check_int(rig_mounts_at("/etc/file1023"), 1);
}

static const int two_thousand = MANY;
static const int just_enough = ALLOWED;
static const int one_more = ALLOWED + 1;

static void without_overrides(const void *data)
{
	struct login login;

	check(!rig_exists("/etc/netns"));
	if (data)
		rig_mkdir(data);
	open_alice(&login);
	check_log_count(LOG_WARNING, 0);
}

static void etc_argument(const void *data)
{
	struct login login;

	(void)data;
	rig_service("stack", "newnet etc=guests");
	login_as(&login, "stack", "nina", PAM_SUCCESS);
	close_again(&login);
	rig_override("guests", "hosts", "the guests'\n");
	rig_override("nina", "hosts", "not this one\n");
	login_as(&login, "stack", "nina", PAM_SUCCESS);
	check_file("/etc/hosts", "the guests'\n");
}

static void newnet_takes_none(const void *data)
{
	struct login login;

	(void)data;
	rig_override("nina", "hosts", "not this one\n");
	login_as(&login, "newnet", "nina", PAM_SUCCESS);
	check_file("/etc/hosts", "127.0.0.1 localhost\n");
}

/* --- Loopback and settings of the network --- */

static void loopback_is_up(const void *data)
{
	struct login login;

	login_as(&login, data, "both", PAM_SUCCESS);
	check(rig_loopback_is_up());
}

static void loopback_stays_down(const void *data)
{
	struct login login;

	rig_service("stack", data);
	login_as(&login, "stack", "both", PAM_SUCCESS);
	check(!rig_loopback_is_up());
}

static void loopback_comes_up_on_joining(const void *data)
{
	struct login login;

	(void)data;
	rig_service("lodown", "usernet lodown");
	login_as(&login, "lodown", "alice", PAM_SUCCESS);
	check(!rig_loopback_is_up());
	close_again(&login);
	login_as(&login, "lodown", "alice", PAM_SUCCESS);
	check(!rig_loopback_is_up());
	close_again(&login);
	open_alice(&login);
	check(rig_loopback_is_up());
	close_again(&login);
	login_as(&login, "lodown", "alice", PAM_SUCCESS);
	check(rig_loopback_is_up());
}

#define PING "/proc/sys/net/ipv4/ping_group_range"
#define PORT "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static void settings_come_along(const void *data)
{
	struct login login;

	rig_service("stack", data);
	rig_write(PING, "0 2147483647");
	rig_write(PORT, "80");
	login_as(&login, "stack", "both", PAM_SUCCESS);
	check_file(PING, "0\t2147483647\n");
	check_file(PORT, "80\n");
}

static void settings_of_a_name_stay(const void *data)
{
	struct login login;

	(void)data;
	open_alice(&login);
	rig_write(PORT, "443");
	close_again(&login);
	rig_write(PORT, "80");
	open_alice(&login);
	check_file(PORT, "443\n");
}

static void settings_are_the_origins(const void *data)
{
	struct login login;

	(void)data;
	rig_write(PORT, "81");
	rig_service("stack", "newnet;usernet");
	login_as(&login, "stack", "both", PAM_SUCCESS);
	check_file(PORT, "81\n");
}

/* As with ProtectKernelTunables= of systemd.exec(5). */
static void settings_read_only(const void *data)
{
	struct login login;

	rig_write(PORT, "81");
	must(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL));
	must(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
		   NULL));
	login_as(&login, data, "both", PAM_SUCCESS);
	check_not_logged(LOG_WARNING, "cannot carry over");
	check_file(PORT, "81\n");
}

/* Where no proc of its own can be had, either. */
static void settings_out_of_reach(const void *data)
{
	struct login login;

	rig_write(PORT, "81");
	must(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL));
	must(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
		   NULL));
	rig_refuse(SYS_fsopen, 0, 0, EPERM);
	login_as(&login, data, "both", PAM_SUCCESS);
	check_logged(LOG_WARNING, "cannot carry over ping_group_range");
	check(rig_net() != rig_host_net());
}

#define CASE(LABEL, FUNCTION, DATA)                                            \
	{                                                                      \
		"view: " LABEL, FUNCTION, DATA, 0                              \
	}

static const struct rig_case cases[] = {
	CASE("/run/netns has the own name only", only_own_name, NULL),
	CASE("/run/netns has no name for a new one", no_name_for_a_new_one,
	     NULL),
	CASE("there is no /run/netns, and names that come stay out",
	     no_directory_of_names, NULL),
	CASE("names that come later stay out", later_names_stay_out, NULL),
	CASE("ip netns identify knows the own name", identify, NULL),

	CASE("what is mounted below /sys is carried over, newnet",
	     submounts_are_carried, "newnet"),
	CASE("what is mounted below /sys is carried over, usernet",
	     submounts_are_carried, "usernet"),
	CASE("/sys/class/net shows the session's, newnet", own_devices,
	     "newnet"),
	CASE("/sys/class/net shows the session's, usernet", own_devices,
	     "usernet"),
	CASE("a read-only /sys stays so", flags_are_kept, &read_only),
	CASE("all flags of /sys stay", flags_are_kept, &all_flags),
	CASE("a /sys without flags gets none", flags_are_kept, &no_flags),
	CASE("the cwd leaves the old /sys", cwd_leaves_old_sys,
	     "/sys/class/net"),
	CASE("the cwd leaves /sys itself", cwd_leaves_old_sys, "/sys"),
	CASE("a cwd that only sounds like /sys stays", cwd_stays, "/run/sys"),
	CASE("a cwd elsewhere stays", cwd_stays, "/usr/bin"),
	CASE("no /sys is nothing to do", no_sys, NULL),
	CASE("to oneself again, usernet", to_oneself, "usernet"),
	CASE("to oneself by two lines", to_oneself, "usernet;usernet"),

	CASE("mounts come in and do not go out, newnet", inwards_only,
	     "newnet"),
	CASE("mounts come in and do not go out, usernet", inwards_only,
	     "usernet"),
	CASE("nomount has the mounts of the host", nomount, NULL),

	CASE("overrides, usernet", overrides, "usernet"),
	CASE("overrides, etc=", overrides, "newnet etc=both"),
	CASE("overrides, the same line twice", overrides, "usernet;usernet"),
	{ "view: overrides, / is private", overrides, "usernet", RIG_PRIVATE },
	{ "view: overrides, /etc on the root's mount", overrides, "usernet",
	  RIG_ONE_ROOT },
	CASE("an override on a symlink survives the resolver", over_a_symlink,
	     NULL),
	CASE("an override on a dangling symlink too", over_a_symlink,
	     "dangling"),
	CASE("a missing target is a warning", target_missing, NULL),
	CASE("a directory over a directory", directory_over_directory, NULL),
	CASE("a directory over a symlink to one", directory_over_directory,
	     "link"),
	CASE("a directory over a file denies", kinds_mismatch, "file"),
	CASE("a file over a directory denies", kinds_mismatch, NULL),
	CASE("the directory is the user's", unsafe_override,
	     &directory_of_user),
	CASE("the group may write the directory", unsafe_override,
	     &directory_writable),
	CASE("anybody may write the directory", unsafe_override,
	     &directory_open),
	CASE("a file is the user's", unsafe_override, &file_of_user),
	CASE("the group may write a file", unsafe_override, &file_writable),
	CASE("a directory in it is the user's", unsafe_override,
	     &entry_of_user),
	CASE("/etc/netns is the user's", unsafe_override, &top_of_user),
	CASE("the directory of etc= is the user's", for_etc_argument,
	     &directory_of_user),
	CASE("2000 overrides are refused", many_overrides, &two_thousand),
	CASE("1025 overrides are refused", many_overrides, &one_more),
	CASE("1024 overrides are taken", many_overrides, &just_enough),
	{ "view: no /etc/netns", without_overrides, NULL, RIG_NO_NAMES },
	{ "view: no /etc/netns/alice", without_overrides, "/etc/netns",
	  RIG_NO_NAMES },
	{ "view: an empty /etc/netns/alice", without_overrides,
	  "/etc/netns/alice", RIG_NO_NAMES },
	CASE("etc=NAME", etc_argument, NULL),
	CASE("newnet takes no overrides by itself", newnet_takes_none, NULL),

	CASE("lo is up, newnet", loopback_is_up, "newnet"),
	CASE("lo is up, usernet", loopback_is_up, "usernet"),
	CASE("lodown, newnet", loopback_stays_down, "newnet lodown"),
	CASE("lodown, usernet", loopback_stays_down, "usernet lodown"),
	CASE("lo comes up on joining", loopback_comes_up_on_joining, NULL),
	CASE("who may ping comes along, newnet", settings_come_along, "newnet"),
	CASE("who may ping comes along, usernet", settings_come_along,
	     "usernet"),
	CASE("who may ping is what a name had", settings_of_a_name_stay, NULL),
	CASE("who may ping is what the origin had", settings_are_the_origins,
	     NULL),
	CASE("a read-only /proc/sys does not keep settings out, newnet",
	     settings_read_only, "newnet"),
	CASE("a read-only /proc/sys does not keep settings out, usernet",
	     settings_read_only, "usernet"),
	CASE("settings that cannot be written are a warning, newnet",
	     settings_out_of_reach, "newnet"),
	CASE("settings that cannot be written are a warning, usernet",
	     settings_out_of_reach, "usernet"),
};

RIG_MAIN("view", cases)
