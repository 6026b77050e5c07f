/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted where, and who else sees it. */
#include "common/mounts.h"
#include "common/scope.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP 0x100
#endif

#define NETNS "/run/netns"

/* --- Calls that stand for the real ones --- */

static bool old_kernel;	  /* before 5.15, which does not know that flag */
static int refused;	  /* number of a system call */
static int refused_error; /* why */
static bool umount_pretends;
static int umounts;

long __real_syscall(long number, long a, long b, long c, long d, long e,
		    long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
		    long f);
int __real_umount2(const char *path, int flags);
int __wrap_umount2(const char *path, int flags);

static int fails_with(int error)
{
	errno = error;
	return -1;
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (old_kernel && number == SYS_move_mount && e & MOVE_MOUNT_SET_GROUP)
		return fails_with(EINVAL);
	if (refused && number == refused)
		return fails_with(refused_error);
	return __real_syscall(number, a, b, c, d, e, f);
}

int __wrap_umount2(const char *path, int flags)
{
	umounts++;
	return umount_pretends ? 0 : __real_umount2(path, flags);
}

static void share(const char *path, unsigned long flags)
{
	check_number(mount(NULL, path, NULL, MS_SHARED | flags, NULL), 0);
}

static int open_path(const char *path)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	check(fd >= 0);
	return fd;
}

/* The optional fields of the last mount at path in the mount table. */
static const char *propagation_of(const char *path)
{
	static char fields[256];
	FILE *table = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	check(table != NULL);
	*fields = '\0';
	while (fgets(line, sizeof(line), table)) {
		char point[4096];
		int start = 0;

		if (sscanf(line, "%*s %*s %*s %*s %4095s %*s %n", point,
			   &start) != 1 ||
		    strcmp(point, path) != 0)
			continue;
		(void)snprintf(fields, sizeof(fields), "%.*s",
			       (int)strcspn(line + start, "-"), line + start);
	}
	(void)fclose(table);
	return fields;
}

/* --- The directory of names --- */

static void prepare_netns_keeps_what_is_mounted_below(void)
{
	ino_t alice;

	make_directory(NETNS, 0755);
	make_net(NETNS "/alice");
	alice = inode_of(NETNS "/alice");
	check_result(mounts_prepare_netns(NETNS), 0);
	check_number(inode_of(NETNS "/alice"), alice);
	check_number(count_mounts(NETNS), 1);
}

static void prepare_netns_makes_one_name_one_mount(void)
{
	static const char *const parents[] = { "private", "shared" };
	char parent[256];

	make_directory(NETNS, 0755);
	for (size_t i = 0; i < 2; i++) {
		row(parents[i]);
		if (i == 1)
			share("/run", 0);
		check_result(mounts_prepare_netns(NETNS), 0);
		check_has(propagation_of(NETNS), "shared:");
		check_has_no(propagation_of(NETNS), "master:");
		(void)snprintf(parent, sizeof(parent), "%s",
			       propagation_of("/run"));
		check(strcmp(propagation_of(NETNS), parent) != 0);
		make_net(NETNS "/alice");
		check_number(count_mounts(NETNS "/alice"), 1);
		check_number(umount2(NETNS "/alice", 0), 0);
		check_number(unlink(NETNS "/alice"), 0);
		check_number(umount2(NETNS, 0), 0);
	}
}

static void prepare_netns_says_what_failed(void)
{
	check_result(mounts_prepare_netns(NETNS), -ENOENT);
	drop_capability(CAP_SYS_ADMIN);
	make_directory(NETNS, 0755);
	check_result(mounts_prepare_netns(NETNS), -EPERM);
}

/* Before Linux 5.12, which has no mount_setattr(2). */
static void prepare_netns_does_it_step_by_step_on_an_older_kernel(void)
{
	static const struct {
		int call;
		int error;
	} rows[] = {
		{ SYS_mount_setattr, ENOSYS },
		{ SYS_open_tree, ENOSYS },
		/* By a filter that does not know it. */
		{ SYS_mount_setattr, EPERM },
		{ SYS_open_tree, EPERM },
	};

	make_directory(NETNS, 0755);
	share("/run", 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		refused = rows[i].call;
		refused_error = rows[i].error;
		check_result(mounts_prepare_netns(NETNS), 0);
		check_has(propagation_of(NETNS), "shared:");
		make_net(NETNS "/alice");
		check_number(count_mounts(NETNS "/alice"), 1);
		check_number(umount2(NETNS "/alice", 0), 0);
		check_number(unlink(NETNS "/alice"), 0);
		check_number(umount2(NETNS, 0), 0);
	}
}

static void bind_net_mounts_over_the_very_file(void)
{
	int net;
	int file;

	make_net("/run/other");
	net = open("/run/other", O_RDONLY | O_CLOEXEC);
	check(net >= 0);
	make_file("/run/file", 0, "");
	file = open_path("/run/file");
	/* Whoever has the name by now. */
	check_number(rename("/run/file", "/run/moved"), 0);
	make_file("/run/file", 0, "");
	check_result(mounts_bind_net(net, file), 0);
	check_number(inode_of("/run/moved"), inode_of("/run/other"));
	check(inode_of("/run/moved") != inode_of("/proc/self/ns/net"));
	check_number(count_mounts("/run/file"), 0);
}

static void bind_net_says_what_failed(void)
{
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int file;

	make_file("/run/file", 0, "");
	file = open_path("/run/file");
	row("a file that has been removed");
	check_number(unlink("/run/file"), 0);
	check_result(mounts_bind_net(net, file), -ENOENT);
	row("no descriptor");
	check_result(mounts_bind_net(net, -EBADF), -ENOENT);
	row("a directory");
	check_result(mounts_bind_net(net, open_path("/run")), -ENOTDIR);
	row("no capability");
	make_file("/run/file", 0, "");
	file = open_path("/run/file");
	drop_capability(CAP_SYS_ADMIN);
	check_result(mounts_bind_net(net, file), -EPERM);
}

static void detach_follows_no_link(void)
{
	mount_tmpfs("/run/m");
	make_link("/run/link", "m");
	check_result(mounts_detach("/run/link"), -EINVAL);
	check_number(count_mounts("/run/m"), 1);
	check_result(mounts_detach("/run/m"), 0);
	check_result(mounts_detach("/run/m"), -EINVAL);
	check_result(mounts_detach("/run/missing"), -ENOENT);
}

static void detach_takes_what_is_on_top_also_in_use(void)
{
	mount_tmpfs("/run/m");
	mount_tmpfs("/run/m");
	check_number(chdir("/run/m"), 0);
	check_result(mounts_detach("/run/m"), 0);
	check_number(count_mounts("/run/m"), 1);
	check_result(mounts_detach("/run/m"), 0);
	check_number(count_mounts("/run/m"), 0);
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	check(fd >= 0);
	return fd;
}

static void detach_open_takes_that_very_mount(void)
{
	int first;
	int second;

	make_net("/run/net");
	first = open_file("/run/net");
	check_result(mounts_detach("/run/net"), 0);
	row("another has its place");
	make_net("/run/net");
	check_result(mounts_detach_open(first), -EINVAL);
	check_number(count_mounts("/run/net"), 1);
	row("its path leads elsewhere");
	second = open_file("/run/net");
	check_number(mkdir("/run/d", 0755), 0);
	mount_tmpfs("/run/d");
	make_file("/run/d/net", 0, "");
	check_number(mount("/run/net", "/run/d/net", NULL, MS_BIND, NULL), 0);
	check_result(mounts_detach_open(second), 0);
	check_number(count_mounts("/run/net"), 0);
	check_number(count_mounts("/run/d/net"), 1);
	(void)close(first);
	(void)close(second);
}

/* An override is mounted on the link itself. */
static void detach_takes_what_is_on_a_link(void)
{
	int clone;

	make_file("/run/file", 0644, "ours");
	make_file("/run/target", 0644, "theirs");
	make_link("/run/link", "target");
	clone = mounts_clone_entry(AT_FDCWD, "/run/file");
	check(clone >= 0);
	check_result(mounts_override(AT_FDCWD, "/run/link", clone, false), 0);
	check_text(read_text("/run/link"), "ours");
	check_result(mounts_detach("/run/link"), 0);
	check_text(read_text("/run/link"), "theirs");
}

/* --- A proc(5) of its own --- */

static void open_proc_is_mounted_nowhere(void)
{
	char before[65536];
	struct statvfs fs;
	int proc;
	int fd;

	(void)snprintf(before, sizeof(before), "%s",
		       read_text("/proc/self/mountinfo"));
	proc = mounts_open_proc();
	check(proc >= 0);
	check_number(fcntl(proc, F_GETFD), FD_CLOEXEC);
	fd = openat(proc, "sys/net/ipv4/ip_unprivileged_port_start",
		    O_WRONLY | O_CLOEXEC);
	check(fd >= 0);
	check_number(fstatvfs(proc, &fs), 0);
	check(fs.f_flag & ST_NOSUID);
	check(fs.f_flag & ST_NODEV);
	check(fs.f_flag & ST_NOEXEC);
	check_text(read_text("/proc/self/mountinfo"), before);
}

static void open_proc_shows_the_network_of_who_reads(void)
{
	char text[16] = "";
	int proc;
	int fd;

	check_number(unshare(CLONE_NEWNET), 0);
	write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "80");
	proc = mounts_open_proc();
	check(proc >= 0);
	fd = openat(proc, "sys/net/ipv4/ip_unprivileged_port_start",
		    O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	check(read(fd, text, sizeof(text) - 1) > 0);
	check_text(text, "80\n");
}

static void open_proc_says_what_failed(void)
{
	static const int calls[] = { SYS_fsopen, SYS_fsconfig, SYS_fsmount };
	int before = count_descriptors();

	for (size_t i = 0; i < COUNT(calls); i++) {
		refused = calls[i];
		refused_error = ENOSYS;
		check_result(mounts_open_proc(), -ENOSYS);
		check_number(count_descriptors(), before);
	}
	refused = 0;
	drop_capability(CAP_SYS_ADMIN);
	check_result(mounts_open_proc(), -EPERM);
	check_number(count_descriptors(), before);
}

/* --- The names in a session --- */

/* With the network of this process. */
static int cover(const char *directory, const char *name)
{
	int net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int before = count_descriptors();
	int r;

	check(net >= 0);
	r = mounts_cover_netns(directory, name, net);
	check_number(count_descriptors(), before);
	(void)close(net);
	return r;
}

static void make_names(void)
{
	make_directory(NETNS, 0755);
	check_result(mounts_prepare_netns(NETNS), 0);
	make_net(NETNS "/alice");
	make_net(NETNS "/bob");
	check_number(unshare(CLONE_NEWNS), 0);
	check_result(mounts_make_slave(), 0);
}

static void cover_netns_shows_the_own_name_only(void)
{
	ino_t own = inode_of("/proc/self/ns/net");
	struct statvfs fs;
	struct stat st;

	make_names();
	check_result(cover(NETNS, "alice"), 0);
	check_number(inode_of(NETNS "/alice"), own);
	check_number(access(NETNS "/bob", F_OK), -1);
	check_number(count_mounts(NETNS "/bob"), 0);
	check_number(count_mounts(NETNS "/alice"), 1);
	check_number(count_mounts(NETNS), 1);
	check_number(stat(NETNS, &st), 0);
	check_number(st.st_mode, S_IFDIR | 0755);
	check_number(statvfs(NETNS, &fs), 0);
	check(fs.f_flag & ST_NOSUID);
	check(fs.f_flag & ST_NODEV);
	check(fs.f_flag & ST_NOEXEC);
	check_number(fs.f_blocks * fs.f_frsize, 64 * 1024);
	check_has(read_text("/proc/self/mountinfo"),
		  " - tmpfs " MOUNTS_SOURCE " ");
}

static void cover_netns_shows_none_without_a_name(void)
{
	make_names();
	check_result(cover(NETNS, ""), 0);
	check_number(rmdir(NETNS "/alice"), -1);
	check_number(errno, ENOENT);
	check_number(count_mounts(NETNS "/alice"), 0);
	check_number(count_mounts(NETNS "/bob"), 0);
}

static void cover_netns_twice_is_cover_netns_once(void)
{
	make_names();
	check_result(cover(NETNS, "bob"), 0);
	check_result(cover(NETNS, "alice"), 0);
	check_number(count_mounts(NETNS), 1);
	check_number(count_mounts(NETNS "/alice"), 1);
	check_number(access(NETNS "/bob", F_OK), -1);
}

static void cover_netns_detaches_all_that_is_stacked(void)
{
	make_names();
	mount_tmpfs(NETNS);
	bind_mount(NETNS, NETNS);
	check_result(cover(NETNS, "alice"), 0);
	check_number(count_mounts(NETNS), 1);
}

static void cover_in_a_session(void)
{
	make_names();
	check_result(cover(NETNS, "alice"), 0);
}

static void cover_netns_is_not_seen_outside(void)
{
	share("/", MS_REC);
	in_process(cover_in_a_session);
	check_number(count_mounts(NETNS), 1);
	check_number(count_mounts(NETNS "/alice"), 1);
	check_number(count_mounts(NETNS "/bob"), 1);
	check_has_no(read_text("/proc/self/mountinfo"), " " MOUNTS_SOURCE " ");
}

static void cover_netns_has_nothing_to_do_without_a_directory(void)
{
	check_result(cover(NETNS, "alice"), 0);
	check_number(count_mounts(NETNS), 0);
	row("a dangling link");
	make_link(NETNS, "elsewhere");
	check_result(cover(NETNS, "alice"), 0);
	check_number(access("/run/elsewhere", F_OK), -1);
	row("a file");
	check_number(unlink(NETNS), 0);
	make_file(NETNS, 0644, "");
	check_result(cover(NETNS, "alice"), 0);
	check_number(count_mounts(NETNS), 0);
}

/* As docker's recipe has it: what is behind it has the names. */
static void cover_netns_covers_what_is_behind_a_link(void)
{
	make_directory("/run/elsewhere", 0755);
	make_net("/run/elsewhere/bob");
	mount_tmpfs("/run/elsewhere");
	make_net("/run/elsewhere/carol");
	make_link(NETNS, "elsewhere");
	check_result(cover(NETNS, "alice"), 0);
	check_number(count_mounts("/run/elsewhere"), 1);
	check_number(inode_of("/run/elsewhere/alice"),
		     inode_of("/proc/self/ns/net"));
	check_number(access(NETNS "/bob", F_OK), -1);
	check_number(access(NETNS "/carol", F_OK), -1);
}

static void cover_netns_shows_the_namespace_that_is_given(void)
{
	int net;

	make_names();
	net = open(NETNS "/bob", O_RDONLY | O_CLOEXEC);
	check(net >= 0);
	check_result(mounts_cover_netns(NETNS, "alice", net), 0);
	check(inode_of(NETNS "/alice") != inode_of("/proc/self/ns/net"));
	check_number(setns(net, CLONE_NEWNET), 0);
	check_number(inode_of(NETNS "/alice"), inode_of("/proc/self/ns/net"));
}

static void cover_netns_believes_no_umount_that_was_not_made(void)
{
	long long begin = now_ms();

	make_names();
	umount_pretends = true;
	check_result(cover(NETNS, "alice"), -EXDEV);
	check(umounts > 1);
	check(now_ms() - begin < 5000);
}

static void cover_netns_says_what_failed(void)
{
	make_names();
	row("a name that is no component");
	check_result(cover(NETNS, "a/b"), -ENOENT);
	row("no capability");
	drop_capability(CAP_SYS_ADMIN);
	check_result(cover(NETNS, "alice"), -EPERM);
}

/* --- Propagation --- */

/* What covers the rest of this path: "file", "directory". */
static int open_hidden(const char *path)
{
	return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static void hide(const char *path)
{
	scoped_fd int fd = open_hidden(path);

	check_number(mounts_is_hidden(fd), 0);
	check_result(mounts_hide("/run/scratch", &fd, 1), 0);
}

static void make_scratch(void)
{
	make_directory("/run/scratch", 0755);
	check_result(mounts_cover_empty("/run/scratch"), 0);
}

static void hide_covers_a_file_and_a_directory(void)
{
	struct stat st;
	int before = count_descriptors();

	make_scratch();
	make_directory("/run/d", 0755);
	make_file("/run/d/file", 0644, "secret");
	make_file("/run/file", 0644, "secret");
	make_fifo("/run/fifo");
	hide("/run/file");
	hide("/run/fifo");
	hide("/run/d");
	row("nothing is left there");
	check_number(rmdir("/run/scratch/.pam_net.directory"), -1);
	check_number(access("/run/scratch/.pam_net.file", F_OK), -1);
	check_result(mounts_detach("/run/scratch"), 0);
	check_number(count_descriptors(), before);
	check_text(read_text("/run/file"), "");
	check_number(stat("/run/fifo", &st), 0);
	check(S_ISREG(st.st_mode));
	check_number(st.st_mode & 07777, 0444);
	check_number(stat("/run/d", &st), 0);
	check(S_ISDIR(st.st_mode));
	check_number(st.st_mode & 07777, 0);
	check_number(access("/run/d/file", F_OK), -1);
}

static void is_hidden_knows_a_cover(void)
{
	static const char *const paths[] = { "/run/file", "/run/d" };
	scoped_fd int other = -EBADF;

	make_scratch();
	make_directory("/run/d", 0);
	make_file("/run/file", 0444, "");
	make_file("/run/other", 0644, "");
	for (int i = 0; i < 2; i++) {
		scoped_fd int fd = -EBADF;

		row(paths[i]);
		hide(paths[i]);
		fd = open_hidden(paths[i]);
		check_number(mounts_is_hidden(fd), 1);
	}
	row("something else is mounted");
	bind_mount("/run/other", "/run/other");
	other = open_hidden("/run/other");
	check_number(mounts_is_hidden(other), 0);
	check_result(mounts_is_hidden(-EBADF), -EBADF);
}

static void hide_says_what_failed(void)
{
	scoped_fd int fd = -EBADF;

	make_file("/run/file", 0444, "");
	fd = open_hidden("/run/file");
	check_result(mounts_cover_empty("/run/nothing"), -ENOENT);
	check_result(mounts_cover_empty("/run/file"), -ENOTDIR);
	check_result(mounts_hide("/run/nothing", &fd, 1), -ENOENT);
	check_result(mounts_hide("/run/file", &fd, 1), -ENOTDIR);
	make_scratch();
	check_result(mounts_hide("/run/scratch", (int[]){ -EBADF }, 1), -EBADF);
	check_number(access("/run/scratch/.pam_net.file", F_OK), -1);
	row("what a killed one has left");
	make_file("/run/scratch/.pam_net.file", 0600, "x");
	make_directory("/run/scratch/.pam_net.directory", 0755);
	check_result(mounts_hide("/run/scratch", &fd, 1), 0);
	check_number(access("/run/scratch/.pam_net.directory", F_OK), -1);
}

static void tag_is_kept_with_the_mount(void)
{
	char text[16];

	make_directory("/run/d", 0755);
	mount_tmpfs("/run/d");
	check_result(mounts_read_tag("/run/d", text, sizeof(text)), -ENODATA);
	check_result(mounts_write_tag("/run/d", "1:2:3"), 0);
	check_result(mounts_write_tag("/run/d", "4:5:6"), 0);
	check_result(mounts_read_tag("/run/d", text, sizeof(text)), 0);
	check_text(text, "4:5:6");
	check_result(mounts_write_tag("/run/d", "longer than there is room"),
		     0);
	check_result(mounts_read_tag("/run/d", text, sizeof(text)), -ERANGE);
	check_result(mounts_read_tag("/run/no", text, sizeof(text)), -ENOENT);
	check_result(mounts_write_tag("/run/no", ""), -ENOENT);
}

static void make_slave_leaves_no_mount_that_shows_outside(void)
{
	mount_tmpfs("/run/m");
	share("/", MS_REC);
	check_number(unshare(CLONE_NEWNS), 0);
	check_has(read_text("/proc/self/mountinfo"), " shared:");
	check_result(mounts_make_slave(), 0);
	check_has_no(read_text("/proc/self/mountinfo"), " shared:");
	check_has(propagation_of("/run/m"), "master:");
}

static void make_private_takes_what_is_below_if_told(void)
{
	mount_tmpfs("/run/m");
	mount_tmpfs("/run/m/below");
	share("/run/m", MS_REC);
	check_result(mounts_make_private("/run/m", false), 0);
	check_text(propagation_of("/run/m"), "");
	check_has(propagation_of("/run/m/below"), "shared:");
	share("/run/m", 0);
	check_result(mounts_make_private("/run/m", true), 0);
	check_text(propagation_of("/run/m"), "");
	check_text(propagation_of("/run/m/below"), "");
	make_directory("/run/plain", 0755);
	check_result(mounts_make_private("/run/plain", true), -EINVAL);
}

/* --- /sys --- */

static void clone_takes_along_what_is_below(void)
{
	int clone;

	mount_tmpfs("/run/m");
	mount_tmpfs("/run/m/below");
	make_file("/run/m/below/file", 0644, "here");
	make_directory("/run/to", 0755);
	clone = mounts_clone("/run/m");
	check(clone >= 0);
	check_number(fcntl(clone, F_GETFD), FD_CLOEXEC);
	check_number(umount2("/run/m", MNT_DETACH), 0);
	check_result(mounts_attach(clone, "/run/to"), 0);
	check_text(read_text("/run/to/below/file"), "here");
	check_number(count_mounts("/run/to/below"), 1);
}

static void clone_and_attach_say_what_is_not_there(void)
{
	int clone;

	check_result(mounts_clone("/run/missing"), -ENOENT);
	mount_tmpfs("/run/m");
	clone = mounts_clone("/run/m");
	check_result(mounts_attach(clone, "/run/missing"), -ENOENT);
	make_file("/run/file", 0644, "");
	check_result(mounts_attach(clone, "/run/file/below"), -ENOTDIR);
}

/* Its own lo has another name, so that it is told from any other. */
static void rename_lo(const char *name)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check(fd >= 0);
	(void)snprintf(request.ifr_newname, sizeof(request.ifr_newname), "%s",
		       name);
	check_number(ioctl(fd, SIOCSIFNAME, &request), 0);
	(void)close(fd);
}

static void cover_sys_shows_this_network_only(void)
{
	rename_lo("outside0");
	check_result(mounts_cover_sys(), 0);
	check_number(access("/sys/class/net/outside0", F_OK), 0);
	check_number(unshare(CLONE_NEWNET), 0);
	rename_lo("inside0");
	check_result(mounts_cover_sys(), 0);
	check_number(access("/sys/class/net/inside0", F_OK), 0);
	check_number(access("/sys/class/net/outside0", F_OK), -1);
}

static void cover_sys_twice_is_busy(void)
{
	int before = count_mounts("/sys");

	check_result(mounts_cover_sys(), 0);
	check_result(mounts_cover_sys(), -EBUSY);
	check_number(count_mounts("/sys"), before + 1);
	check_number(access("/sys/class/net/lo", F_OK), 0);
}

static void cover_sys_keeps_the_flags(void)
{
	static const struct {
		const char *what;
		unsigned long set;
		unsigned long seen;
	} rows[] = {
		{ "none", 0, 0 },
		{ "read-only", MS_RDONLY, ST_RDONLY },
		{ "as systemd mounts it", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  ST_NOSUID | ST_NODEV | ST_NOEXEC },
		{ "all of them", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC },
	};
	const unsigned long all = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct statvfs fs;

		row(rows[i].what);
		check_number(mount(NULL, "/sys", NULL,
				   MS_REMOUNT | MS_BIND | rows[i].set, NULL),
			     0);
		check_number(unshare(CLONE_NEWNET), 0);
		check_result(mounts_cover_sys(), 0);
		check_number(statvfs("/sys", &fs), 0);
		check_number(fs.f_flag & all, rows[i].seen);
		check_number(umount2("/sys", 0), 0);
	}
}

static void cover_sys_says_what_failed(void)
{
	check_number(unshare(CLONE_NEWNET), 0);
	drop_capability(CAP_SYS_ADMIN);
	check_result(mounts_cover_sys(), -EPERM);
}

/* --- /etc --- */

#define ETC  "/run/etc"
#define FROM "/run/from"

static void make_etc(void)
{
	mount_tmpfs(ETC);
	make_directory(FROM, 0755);
	make_file(FROM "/file", 0644, "ours");
	make_directory(FROM "/directory", 0755);
	make_file(FROM "/directory/inside", 0644, "ours");
	make_file(ETC "/file", 0644, "theirs");
	make_directory(ETC "/directory", 0755);
	make_file("/run/target", 0644, "theirs");
	make_link(ETC "/link", "../target");
	make_link(ETC "/dangling", "../nowhere");
	make_directory("/run/behind", 0755);
	make_link(ETC "/directory link", "../behind");
	make_link(ETC "/loop", "loop");
}

/* Mounts FROM/source over ETC/name. */
static int override(const char *source, const char *name)
{
	int etc = open_path(ETC);
	int from = open_path(FROM);
	int clone = mounts_clone_entry(from, source);
	int r = clone < 0 ? clone : mounts_override(etc, name, clone, false);

	(void)close(clone);
	(void)close(from);
	(void)close(etc);
	return r;
}

static void override_says_what_goes_over_what(void)
{
	static const struct {
		const char *source;
		const char *name;
		int result;
		const char *shows; /* what then is source's content */
	} rows[] = {
		{ "file", "file", 0, ETC "/file" },
		{ "file", "link", 0, ETC "/link" },
		{ "file", "dangling", 0, ETC "/dangling" },
		{ "file", "loop", 0, ETC "/loop" },
		{ "file", "directory link", 0, ETC "/directory link" },
		{ "file", "directory", -EISDIR, NULL },
		{ "file", "missing", -ENOENT, NULL },
		{ "directory", "directory", 0, ETC "/directory/inside" },
		{ "directory", "directory link", 0,
		  ETC "/directory link/inside" },
		{ "directory", "file", -ENOTDIR, NULL },
		{ "directory", "link", -ENOTDIR, NULL },
		{ "directory", "dangling", -ENOENT, NULL },
		{ "directory", "missing", -ENOENT, NULL },
	};
	int before;

	make_directory("/run/bare", 0755);
	before = count_descriptors();
	for (size_t i = 0; i < COUNT(rows); i++) {
		char label[64];

		(void)snprintf(label, sizeof(label), "%s over %s",
			       rows[i].source, rows[i].name);
		row(label);
		check_number(mount("tmpfs", "/run", "tmpfs", 0, NULL), 0);
		make_etc();
		check_result(override(rows[i].source, rows[i].name),
			     rows[i].result);
		if (rows[i].shows)
			check_text(read_text(rows[i].shows), "ours");
		check_number(count_descriptors(), before);
		check_number(umount2("/run", MNT_DETACH), 0);
	}
	row(NULL);
}

/* The target of the link, which the host rewrites, is left alone. */
static void override_of_a_link_outlives_the_renaming_of_its_target(void)
{
	make_etc();
	check_result(override("file", "link"), 0);
	check_result(override("file", "dangling"), 0);
	check_text(read_text("/run/target"), "theirs");
	check_number(access("/run/nowhere", F_OK), -1);
	make_file("/run/target.new", 0644, "newer");
	check_number(rename("/run/target.new", "/run/target"), 0);
	make_file("/run/nowhere", 0644, "newer");
	check_text(read_text(ETC "/link"), "ours");
	check_text(read_text(ETC "/dangling"), "ours");
	check_text(read_text("/run/target"), "newer");
}

static void override_shows_what_is_written_to_its_source(void)
{
	make_etc();
	check_result(override("file", "file"), 0);
	write_file(FROM "/file", "edited");
	check_text(read_text(ETC "/file"), "edited");
}

static void override_twice_is_override_once(void)
{
	static const struct {
		const char *source;
		const char *name;
		const char *mounted;
	} rows[] = {
		{ "file", "file", ETC "/file" },
		{ "file", "link", ETC "/link" },
		{ "directory", "directory", ETC "/directory" },
		{ "directory", "directory link", "/run/behind" },
	};

	make_etc();
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].name);
		check_result(override(rows[i].source, rows[i].name), 0);
		check_result(override(rows[i].source, rows[i].name), 0);
		check_number(count_mounts(rows[i].mounted), 1);
	}
}

static void override_says_what_failed(void)
{
	int before;

	make_etc();
	before = count_descriptors();
	drop_capability(CAP_SYS_ADMIN);
	check_result(override("file", "file"), -EPERM);
	check_number(count_descriptors(), before);
}

/* --- /etc apart from mounts that go on being shared --- */

#define HOLDER "/run/holder"
#define PEER   "/run/peer"

static void need_set_group(void)
{
	struct utsname name;
	int major = 0;
	int minor = 0;

	check_number(uname(&name), 0);
	check_number(sscanf(name.release, "%d.%d", &major, &minor), 2);
	if (major < 5 || (major == 5 && minor < 15))
		sandbox_skip("needs Linux 5.15");
}

/* Another mount of the same peer group stands for the host. */
static void make_holder(void)
{
	mount_tmpfs(HOLDER);
	make_directory(HOLDER "/etc", 0755);
	make_file(HOLDER "/etc/file", 0644, "theirs");
	make_directory(HOLDER "/later", 0755);
	make_directory(HOLDER "/back", 0755);
	make_directory(PEER, 0755);
}

static void split_keeps_overrides_in_and_later_mounts_shared(void)
{
	need_set_group();
	make_holder();
	share(HOLDER, 0);
	bind_mount(HOLDER, PEER);
	check_result(mounts_split(HOLDER "/etc", HOLDER, true), 0);
	row("the override");
	make_file("/run/ours", 0644, "ours");
	bind_mount("/run/ours", HOLDER "/etc/file");
	check_text(read_text(HOLDER "/etc/file"), "ours");
	check_text(read_text(PEER "/etc/file"), "theirs");
	check_number(count_mounts(PEER "/etc"), 0);
	row("a later mount on the holder");
	mount_tmpfs(HOLDER "/later");
	check_number(count_mounts(PEER "/later"), 1);
	row("a later mount outside");
	mount_tmpfs(PEER "/back");
	check_number(count_mounts(HOLDER "/back"), 1);
}

static void split_goes_on_following_a_master(void)
{
	need_set_group();
	make_holder();
	share(HOLDER, 0);
	bind_mount(HOLDER, PEER);
	check_number(mount(NULL, HOLDER, NULL, MS_SLAVE, NULL), 0);
	check_result(mounts_split(HOLDER "/etc", HOLDER, true), 0);
	mount_tmpfs(PEER "/back");
	check_number(count_mounts(HOLDER "/back"), 1);
	mount_tmpfs(HOLDER "/later");
	check_number(count_mounts(PEER "/later"), 0);
}

static void split_makes_no_peers_of_a_holder_that_has_none(void)
{
	make_holder();
	check_result(mounts_split(HOLDER "/etc", HOLDER, false), 0);
	check_number(count_mounts(HOLDER "/etc"), 1);
	check_text(propagation_of(HOLDER), "");
	check_text(propagation_of(HOLDER "/etc"), "");
}

static void split_takes_along_what_is_mounted_below(void)
{
	need_set_group();
	make_holder();
	make_directory(HOLDER "/etc/below", 0755);
	mount_tmpfs(HOLDER "/etc/below");
	make_file(HOLDER "/etc/below/file", 0644, "here");
	share(HOLDER, MS_REC);
	check_result(mounts_split(HOLDER "/etc", HOLDER, true), 0);
	check_text(read_text(HOLDER "/etc/below/file"), "here");
	check_text(propagation_of(HOLDER "/etc/below"), "");
}

static void split_is_refused_by_an_older_kernel(void)
{
	int before;

	make_holder();
	share(HOLDER, 0);
	before = count_descriptors();
	old_kernel = true;
	check_result(mounts_split(HOLDER "/etc", HOLDER, true), -EOPNOTSUPP);
	check_number(count_descriptors(), before);
}

static void split_says_what_failed(void)
{
	make_holder();
	share(HOLDER, 0);
	check_result(mounts_split(HOLDER "/missing", HOLDER, true), -ENOENT);
	drop_capability(CAP_SYS_ADMIN);
	check_result(mounts_split(HOLDER "/etc", HOLDER, true), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("mounts_detach_open_takes_that_very_mount",
			  detach_open_takes_that_very_mount),
		sandboxed("mounts_prepare_netns_keeps_what_is_mounted_below",
			  prepare_netns_keeps_what_is_mounted_below),
		sandboxed("mounts_prepare_netns_makes_one_name_one_mount "
			  "(host-untouched)",
			  prepare_netns_makes_one_name_one_mount),
		sandboxed("mounts_prepare_netns_says_what_failed",
			  prepare_netns_says_what_failed),
		sandboxed("mounts_bind_net_mounts_over_the_very_file",
			  bind_net_mounts_over_the_very_file),
		sandboxed(
			"mounts_prepare_netns_does_it_step_by_step_on_an_older_kernel",
			prepare_netns_does_it_step_by_step_on_an_older_kernel),
		sandboxed("mounts_bind_net_says_what_failed",
			  bind_net_says_what_failed),
		sandboxed("mounts_detach_follows_no_link",
			  detach_follows_no_link),
		sandboxed("mounts_detach_takes_what_is_on_top_also_in_use",
			  detach_takes_what_is_on_top_also_in_use),
		sandboxed("mounts_detach_takes_what_is_on_a_link",
			  detach_takes_what_is_on_a_link),
		sandboxed("mounts_open_proc_is_mounted_nowhere",
			  open_proc_is_mounted_nowhere),
		sandboxed("mounts_open_proc_shows_the_network_of_who_reads",
			  open_proc_shows_the_network_of_who_reads),
		sandboxed("mounts_open_proc_says_what_failed",
			  open_proc_says_what_failed),
		sandboxed("mounts_cover_netns_shows_the_own_name_only",
			  cover_netns_shows_the_own_name_only),
		sandboxed("mounts_cover_netns_shows_none_without_a_name",
			  cover_netns_shows_none_without_a_name),
		sandboxed("mounts_cover_netns_twice_is_cover_netns_once",
			  cover_netns_twice_is_cover_netns_once),
		sandboxed("mounts_cover_netns_detaches_all_that_is_stacked",
			  cover_netns_detaches_all_that_is_stacked),
		sandboxed("mounts_cover_netns_is_not_seen_outside "
			  "(host-untouched)",
			  cover_netns_is_not_seen_outside),
		sandboxed("mounts_cover_netns_has_nothing_to_do_without_a_"
			  "directory",
			  cover_netns_has_nothing_to_do_without_a_directory),
		sandboxed("mounts_cover_netns_covers_what_is_behind_a_link",
			  cover_netns_covers_what_is_behind_a_link),
		sandboxed("mounts_cover_netns_shows_the_namespace_that_is_given",
			  cover_netns_shows_the_namespace_that_is_given),
		sandboxed(
			"mounts_cover_netns_believes_no_umount_that_was_not_made",
			cover_netns_believes_no_umount_that_was_not_made),
		sandboxed("mounts_cover_netns_says_what_failed",
			  cover_netns_says_what_failed),
		sandboxed("mounts_hide_covers_a_file_and_a_directory",
			  hide_covers_a_file_and_a_directory),
		sandboxed("mounts_is_hidden_knows_a_cover",
			  is_hidden_knows_a_cover),
		sandboxed("mounts_hide_says_what_failed",
			  hide_says_what_failed),
		sandboxed("mounts_read_tag_gives_what_was_written",
			  tag_is_kept_with_the_mount),
		sandboxed("mounts_make_slave_leaves_no_mount_that_shows_"
			  "outside",
			  make_slave_leaves_no_mount_that_shows_outside),
		sandboxed("mounts_make_private_takes_what_is_below_if_told",
			  make_private_takes_what_is_below_if_told),
		sandboxed("mounts_clone_takes_along_what_is_below",
			  clone_takes_along_what_is_below),
		sandboxed("mounts_clone_and_attach_say_what_is_not_there",
			  clone_and_attach_say_what_is_not_there),
		sandboxed("mounts_cover_sys_shows_this_network_only",
			  cover_sys_shows_this_network_only),
		sandboxed("mounts_cover_sys_twice_is_busy",
			  cover_sys_twice_is_busy),
		sandboxed("mounts_cover_sys_keeps_the_flags",
			  cover_sys_keeps_the_flags),
		sandboxed("mounts_cover_sys_says_what_failed",
			  cover_sys_says_what_failed),
		sandboxed("mounts_override_says_what_goes_over_what",
			  override_says_what_goes_over_what),
		sandboxed(
			"mounts_override_of_a_link_outlives_the_renaming_of_"
			"its_target",
			override_of_a_link_outlives_the_renaming_of_its_target),
		sandboxed("mounts_override_shows_what_is_written_to_its_"
			  "source",
			  override_shows_what_is_written_to_its_source),
		sandboxed("mounts_override_twice_is_override_once",
			  override_twice_is_override_once),
		sandboxed("mounts_override_says_what_failed",
			  override_says_what_failed),
		sandboxed("mounts_split_keeps_overrides_in_and_later_mounts_"
			  "shared",
			  split_keeps_overrides_in_and_later_mounts_shared),
		sandboxed("mounts_split_goes_on_following_a_master",
			  split_goes_on_following_a_master),
		sandboxed("mounts_split_makes_no_peers_of_a_holder_that_has_"
			  "none",
			  split_makes_no_peers_of_a_holder_that_has_none),
		sandboxed("mounts_split_takes_along_what_is_mounted_below",
			  split_takes_along_what_is_mounted_below),
		sandboxed("mounts_split_is_refused_by_an_older_kernel",
			  split_is_refused_by_an_older_kernel),
		sandboxed("mounts_split_says_what_failed",
			  split_says_what_failed),
	};

	return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
