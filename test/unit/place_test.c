/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a process stands, and how it gets there and back. */
#include "common/place.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Calls that are made to fail --- */

static int setns_refused; /* CLONE_NEW… */
static bool no_chroot;
static bool no_statx;
static const char *fake_cwd; /* "": no memory */

int __real_setns(int fd, int type);
int __wrap_setns(int fd, int type);
int __real_chroot(const char *path);
int __wrap_chroot(const char *path);
int __real_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret);
int __wrap_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret);
char *__real_getcwd(char *buffer, size_t size);
char *__wrap_getcwd(char *buffer, size_t size);

static int fails_with(int error)
{
	errno = error;
	return -1;
}

int __wrap_setns(int fd, int type)
{
	return setns_refused & type ? fails_with(EPERM)
				    : __real_setns(fd, type);
}

int __wrap_chroot(const char *path)
{
	return no_chroot ? fails_with(EPERM) : __real_chroot(path);
}

int __wrap_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret)
{
	return no_statx ? fails_with(EIO)
			: __real_statx(directory, path, flags, mask, ret);
}

char *__wrap_getcwd(char *buffer, size_t size)
{
	if (!fake_cwd)
		return __real_getcwd(buffer, size);
	errno = ENOMEM;
	return *fake_cwd ? strdup(fake_cwd) : NULL;
}

/* --- Where this process is, seen without the code under test --- */

struct here {
	ino_t net;
	ino_t mounts;
	struct stat root;
	struct stat cwd;
};

static struct here look(void)
{
	struct here here = { .net = inode_of("/proc/self/ns/net"),
			     .mounts = inode_of("/proc/self/ns/mnt") };

	check_number(stat("/", &here.root), 0);
	check_number(stat(".", &here.cwd), 0);
	return here;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void check_here(const struct here *before)
{
	struct here now = look();

	check_number(now.net, before->net);
	check_number(now.mounts, before->mounts);
	check(same_file(&now.root, &before->root));
	check(same_file(&now.cwd, &before->cwd));
}

static struct place read_place(void)
{
	struct place place = PLACE_NOWHERE;

	check_result(place_read(&place), 0);
	return place;
}

static void move_away(void)
{
	check_result(place_new_net(), 0);
	check_result(place_new_mounts(), 0);
}

/* A root that is a mount point, with all that the code needs in it. */
static void enter_chroot(const char *path)
{
	mount_tmpfs(path);
	check_number(chdir(path), 0);
	make_directory("proc", 0755);
	make_directory("work", 0755);
	check_number(mount("proc", "proc", "proc", 0, NULL), 0);
	check_number(__real_chroot("."), 0);
	check_number(chdir("/work"), 0);
}

/* --- Words --- */

static void id_that_is_unknown_equals_nothing(void **state)
{
	static const struct ns_id unknown = { 0, 0 };
	static const struct ns_id a = { 4, 100 };
	static const struct ns_id b = { 4, 101 };
	static const struct ns_id c = { 5, 100 };

	(void)state;
	check(ns_id_equal(a, a));
	check(!ns_id_equal(a, b));
	check(!ns_id_equal(a, c));
	check(!ns_id_equal(a, unknown));
	check(!ns_id_equal(unknown, a));
	check(!ns_id_equal(unknown, unknown));
	check(ns_id_is_known(a));
	check(!ns_id_is_known(unknown));
}

static void is_in_sys_goes_by_the_path(void **state)
{
	static const struct {
		const char *cwd;
		bool in_sys;
	} rows[] = {
		{ "/sys", true },
		{ "/sys/class/net", true },
		{ "/", false },
		{ "/system", false },
		{ "/sy", false },
		{ "/run/sys", false },
		{ "/sys-old/class", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char cwd[32];
		struct place place = PLACE_NOWHERE;

		row(rows[i].cwd);
		strcpy(cwd, rows[i].cwd);
		place.cwd = cwd;
		check(place_is_in_sys(&place) == rows[i].in_sys);
	}
	row(NULL);
}

static void is_in_sys_without_a_path_goes_by_the_file_system(void)
{
	const struct place place = PLACE_NOWHERE;

	check_number(chdir("/sys"), 0);
	check(place_is_in_sys(&place));
	check_number(chdir("/run"), 0);
	check(!place_is_in_sys(&place));
}

static void go_to_root_leaves_sys(void)
{
	struct here here;

	check_number(chdir("/sys/class"), 0);
	check_result(place_go_to(NULL), 0);
	here = look();
	check(same_file(&here.root, &here.cwd));
}

/* --- Reading --- */

static void read_tells_all_of_where_this_is(void)
{
	int before = count_descriptors();
	struct place place;
	struct here here;
	struct ns_id id;

	make_directory("/run/work", 0755);
	check_number(chdir("/run/work"), 0);
	here = look();
	place = read_place();
	check_number(place.net.ino, here.net);
	check_number(place.mounts.ino, here.mounts);
	check_number(place.root.ino, here.root.st_ino);
	check_text(place.cwd, "/run/work");
	check_result(place_current_net(&id), 0);
	check(ns_id_equal(id, place.net));
	check_result(place_current_mounts(&id), 0);
	check(ns_id_equal(id, place.mounts));
	check_result(place_identify(place.net_fd, &id), 0);
	check(ns_id_equal(id, place.net));
	place_release(&place);
	check_number(place.net_fd, -EBADF);
	check(place.cwd == NULL);
	check_number(count_descriptors(), before);
	place_release(&place);
}

static void read_keeps_off_the_standard_descriptors(void)
{
	struct place place;
	int fds[4];

	check_number(close(0) | close(1) | close(2), 0);
	place = read_place();
	fds[0] = place.net_fd;
	fds[1] = place.mounts_fd;
	fds[2] = place.root_fd;
	fds[3] = place.cwd_fd;
	for (size_t i = 0; i < 4; i++) {
		check(fds[i] > 2);
		check_number(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
	}
	check_number(fcntl(0, F_GETFD), -1);
	check_number(fcntl(1, F_GETFD), -1);
	check_number(fcntl(2, F_GETFD), -1);
	place_release(&place);
}

static void check_read_refused(int result)
{
	struct place place = PLACE_NOWHERE;
	int before = count_descriptors();

	place.net_fd = -77;
	check_result(place_read(&place), result);
	check_number(place.net_fd, -77);
	check_number(count_descriptors(), before);
}

static void read_fails_without_a_trace(void)
{
	row("statx");
	no_statx = true;
	check_read_refused(-EIO);
	no_statx = false;
	row("getcwd");
	fake_cwd = "";
	check_read_refused(-ENOMEM);
	fake_cwd = NULL;
	row("no /proc");
	mount_tmpfs("/proc");
	make_directory("/proc/self", 0755);
	make_link("/proc/self/fd", "/dev");
	{
		struct place place = PLACE_NOWHERE;

		place.net_fd = -77;
		check_result(place_read(&place), -ENOENT);
		check_number(place.net_fd, -77);
	}
}

static void read_with_few_descriptors_leaks_none(void)
{
	int before = count_descriptors();
	struct place place;
	int room = 0;
	int r;

	do {
		limit_descriptors(room++);
		r = place_read(&place);
		limit_descriptors(-1);
		if (r < 0) {
			check_result(r, -EMFILE);
			check_number(count_descriptors(), before);
		}
	} while (r < 0 && room < 10);
	check_result(r, 0);
	check_number(count_descriptors(), before + 4);
	check_number(room, 5);
	place_release(&place);
}

static void read_knows_a_cwd_that_has_no_path(void)
{
	struct place place;

	row("deleted");
	make_directory("/run/gone", 0755);
	check_number(chdir("/run/gone"), 0);
	check_number(rmdir("/run/gone"), 0);
	place = read_place();
	check(place.cwd == NULL);
	check(place.cwd_fd >= 0);
	place_release(&place);
	row("out of reach of the root");
	make_directory("/run/above", 0755);
	check_number(chdir("/run/above"), 0);
	mount_tmpfs("/run/root");
	make_directory("/run/root/proc", 0755);
	check_number(mount("proc", "/run/root/proc", "proc", 0, NULL), 0);
	check_number(__real_chroot("/run/root"), 0);
	place = read_place();
	check(place.cwd == NULL);
	check(place.cwd_fd >= 0);
	place_release(&place);
	row("as older C libraries say it");
	fake_cwd = "(unreachable)/run/above";
	place = read_place();
	check(place.cwd == NULL);
	place_release(&place);
}

/* As on NFS, where root is nobody. */
static void read_takes_a_cwd_that_root_may_not_search(void)
{
	struct place place;

	make_directory("/run/private", 0700);
	check_number(chown("/run/private", 1000, 1000), 0);
	check_number(chdir("/run/private"), 0);
	drop_capability(CAP_DAC_OVERRIDE);
	drop_capability(CAP_DAC_READ_SEARCH);
	place = read_place();
	check(place.cwd_fd < 0);
	check_text(place.cwd, "/run/private");
	check_result(place_new_mounts(), 0);
	check_result(place_is_chrooted(&place), 0);
	place_release(&place);
}

static void has_proc_wants_a_proc_that_knows_this_process(void)
{
	pid_t other;

	check(place_has_proc());
	row("none");
	mount_tmpfs("/proc");
	check(!place_has_proc());
	row("something else of that name");
	make_directory("/proc/self", 0755);
	check(!place_has_proc());
	check_number(umount2("/proc", 0), 0);
	row("that of another PID namespace");
	check_number(unshare(CLONE_NEWPID), 0);
	other = fork();
	check(other >= 0);
	if (other == 0) {
		check_number(mount("proc", "/proc", "proc", 0, NULL), 0);
		_exit(0);
	}
	process_join(other);
	check(!place_has_proc());
}

static void root_is_mount_tells_a_chroot_to_a_directory(void)
{
	check(place_root_is_mount());
	make_directory("/run/root", 0755);
	check_number(__real_chroot("/run/root"), 0);
	check(!place_root_is_mount());
}

/* --- The host --- */

static void host_is_where_pid_1_is(void)
{
	struct place place = read_place();
	struct host host = place_read_host();
	struct ns_id id;
	int fd;

	check(ns_id_equal(host.net, place.net));
	check(ns_id_equal(host.mounts, place.mounts));
	check(place_is_on_host(&place, &host));
	place_release(&place);
	move_away();
	place = read_place();
	host = place_read_host();
	check(!ns_id_equal(host.net, place.net));
	check(!place_is_on_host(&place, &host));
	fd = place_open_host_mounts();
	check(fd > 2);
	check_result(place_identify(fd, &id), 0);
	check(ns_id_equal(id, host.mounts));
	place_release(&place);
}

static void host_is_not_where_the_root_is_another(void)
{
	struct place place;
	struct host host;

	enter_chroot("/run/root");
	place = read_place();
	host = place_read_host();
	check(ns_id_equal(place.mounts, host.mounts));
	check(!place_is_on_host(&place, &host));
	place_release(&place);
}

static void host_that_cannot_be_read_is_unknown(void)
{
	struct place place;
	struct host host;

	mount_tmpfs("/run/empty");
	bind_mount("/run/empty", "/proc/1/ns");
	place = read_place();
	host = place_read_host();
	check(!ns_id_is_known(host.net));
	check(!ns_id_is_known(host.mounts));
	check(!place_is_on_host(&place, &host));
	check_result(place_open_host_mounts(), -ENOENT);
	place_release(&place);
}

/* --- Going away and back --- */

static void return_undoes_any_move(void)
{
	static const struct {
		const char *what;
		bool net;
		bool mounts;
		bool directory;
	} rows[] = {
		{ "not moved", false, false, false },
		{ "the network", true, false, false },
		{ "the mounts", false, true, false },
		{ "both", true, true, false },
		{ "both, and the cwd", true, true, true },
	};

	make_directory("/run/work", 0755);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct place place;
		struct here here;
		int before;

		row(rows[i].what);
		check_number(chdir("/run/work"), 0);
		here = look();
		place = read_place();
		before = count_descriptors();
		if (rows[i].net)
			check_result(place_new_net(), 0);
		if (rows[i].mounts)
			check_result(place_new_mounts(), 0);
		if (rows[i].directory)
			check_result(place_go_to(NULL), 0);
		check_result(place_return(&place), 0);
		check_here(&here);
		check_number(count_descriptors(), before);
		check_result(place_return(&place), 0);
		check_here(&here);
		place_release(&place);
	}
}

static void return_comes_from_a_namespace_joined(void)
{
	struct here here = look();
	struct place place = read_place();
	int net;

	make_net("/run/net");
	net = open("/run/net", O_RDONLY | O_CLOEXEC);
	check_result(place_join_net(net), 0);
	check_number(inode_of("/proc/self/ns/net"), inode_of("/run/net"));
	check_result(place_return(&place), 0);
	check_here(&here);
	place_release(&place);
}

static void return_finds_a_cwd_that_was_deleted(void)
{
	struct place place;
	struct here here;

	make_directory("/run/gone", 0755);
	check_number(chdir("/run/gone"), 0);
	check_number(rmdir("/run/gone"), 0);
	here = look();
	place = read_place();
	move_away();
	check_number(chdir("/"), 0);
	check_result(place_return(&place), 0);
	check_here(&here);
	place_release(&place);
}

static void return_without_directories_goes_by_the_path(void)
{
	struct place place;
	struct here here;

	make_directory("/run/work", 0755);
	check_number(chdir("/run/work"), 0);
	here = look();
	place = read_place();
	place_forget_directories(&place, false);
	move_away();
	check_number(chdir("/"), 0);
	check_result(place_return(&place), 0);
	check_here(&here);
	row("a path that is gone");
	move_away();
	check_number(rmdir("/run/work"), 0);
	check_result(place_return(&place), 0);
	here.cwd = here.root;
	check_here(&here);
	place_release(&place);
}

static void return_stays_in_a_chroot(void)
{
	struct place place;
	struct here here;

	enter_chroot("/run/root");
	here = look();
	place = read_place();
	row("with directories");
	move_away();
	check_result(place_return(&place), 0);
	check_here(&here);
	row("with the root only");
	place_forget_directories(&place, true);
	check(place.root_fd >= 0);
	move_away();
	check_result(place_return(&place), 0);
	check_here(&here);
	place_release(&place);
}

/* What is held is not the root it was: better not to go than to get out. */
static void return_does_not_leave_a_chroot_whose_root_is_lost(void)
{
	struct place place;
	struct stat root;
	struct stat now;
	int number;

	enter_chroot("/run/root");
	check_number(stat("/", &root), 0);
	place = read_place();
	place_forget_directories(&place, true);
	move_away();
	number = place.root_fd;
	check_number(close(number), 0);
	check_number(open("/proc/self/stat", O_RDONLY | O_CLOEXEC), number);
	place_disown_foreign(&place);
	(void)place_return(&place);
	check_number(stat("/", &now), 0);
	check(same_file(&root, &now));
	place_release(&place);
}

static void return_moves_both_namespaces_or_neither(void)
{
	static const struct {
		const char *what;
		int refused;
	} rows[] = {
		{ "the network", CLONE_NEWNET },
		{ "the mounts", CLONE_NEWNS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct place place = read_place();
		struct here moved;

		row(rows[i].what);
		move_away();
		moved = look();
		setns_refused = rows[i].refused;
		check_result(place_return(&place), -EPERM);
		setns_refused = 0;
		check_here(&moved);
		place_release(&place);
	}
}

/* Then the mounts are back, so the network has to be. */
static void return_that_cannot_chroot_has_one_place(void)
{
	struct place place;
	struct here moved;
	struct here now;

	enter_chroot("/run/root");
	place = read_place();
	move_away();
	moved = look();
	no_chroot = true;
	check_result(place_return(&place), -EPERM);
	check_number(mount("proc", "/proc", "proc", 0, NULL), 0);
	now = look();
	check((now.net == moved.net) == (now.mounts == moved.mounts));
	place_release(&place);
}

static void return_uses_no_descriptor_that_is_another(void)
{
	static const struct {
		const char *what;
		bool mounts;
		const char *path; /* NULL: closed */
	} rows[] = {
		{ "net is closed", false, NULL },
		{ "net is a file", false, "/dev/null" },
		{ "net is another namespace", false, "/run/net" },
		{ "net is the mounts", false, "/proc/self/ns/mnt" },
		{ "mounts are closed", true, NULL },
		{ "mounts are a file", true, "/dev/null" },
		{ "mounts are others", true, "/proc/self/ns/mnt" },
	};

	make_net("/run/net");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct place place = read_place();
		int number = rows[i].mounts ? place.mounts_fd : place.net_fd;
		struct here moved;

		row(rows[i].what);
		move_away();
		moved = look();
		check_number(close(number), 0);
		if (rows[i].path)
			check_number(open(rows[i].path, O_RDONLY | O_CLOEXEC),
				     number);
		check_result(place_return(&place), -EBADF);
		check_here(&moved);
		place_release(&place);
	}
}

static void return_tells_that_it_may_not(void)
{
	struct place place = read_place();
	struct here moved;

	move_away();
	moved = look();
	drop_capability(CAP_SYS_ADMIN);
	check_result(place_return(&place), -EPERM);
	check_here(&moved);
	place_release(&place);
}

/* --- What is held while the application goes on --- */

static int count_directories(const struct place *place)
{
	const int fds[] = { place->net_fd, place->mounts_fd, place->root_fd,
			    place->cwd_fd };
	int count = 0;

	for (size_t i = 0; i < 4; i++) {
		struct stat st;

		if (fds[i] >= 0 && fstat(fds[i], &st) == 0)
			count += S_ISDIR(st.st_mode);
	}
	return count;
}

static void forget_directories_keeps_none_but_the_root_of_a_chroot(void)
{
	struct place place = read_place();
	int before = count_descriptors();

	check_number(count_directories(&place), 2);
	place_forget_directories(&place, true);
	check_number(count_directories(&place), 1);
	check_number(count_descriptors(), before - 1);
	check_number(place.cwd_fd, -EBADF);
	place_forget_directories(&place, false);
	check_number(count_directories(&place), 0);
	check_number(count_descriptors(), before - 2);
	check_number(place.root_fd, -EBADF);
	check(place.net_fd >= 0 && place.mounts_fd >= 0);
	place_release(&place);
}

static void disown_foreign_leaves_what_the_application_got(void)
{
	struct place place = read_place();
	int numbers[3];

	numbers[0] = place.net_fd;
	numbers[1] = place.mounts_fd;
	numbers[2] = place.root_fd;
	for (size_t i = 0; i < 3; i++) {
		check_number(close(numbers[i]), 0);
		check_number(open("/proc/self/stat", O_RDONLY | O_CLOEXEC),
			     numbers[i]);
	}
	place_disown_foreign(&place);
	place_release(&place);
	for (size_t i = 0; i < 3; i++)
		check_number(fcntl(numbers[i], F_GETFD), FD_CLOEXEC);
}

static void disown_foreign_keeps_what_is_ours(void)
{
	struct place place = read_place();
	struct place before = place;

	place_disown_foreign(&place);
	check_number(place.net_fd, before.net_fd);
	check_number(place.mounts_fd, before.mounts_fd);
	check_number(place.root_fd, before.root_fd);
	place_forget_directories(&place, false);
	check_number(close(place.net_fd), 0);
	place_disown_foreign(&place);
	check_number(place.net_fd, -EBADF);
	check_number(place.mounts_fd, before.mounts_fd);
	place_release(&place);
}

/* --- Chroots --- */

static void is_chrooted_says_no_at_the_top(void)
{
	struct place place;
	struct here here;
	int before;

	make_directory("/run/work", 0755);
	check_number(chdir("/run/work"), 0);
	check_result(place_new_mounts(), 0);
	here = look();
	place = read_place();
	before = count_descriptors();
	check_result(place_is_chrooted(&place), 0);
	check_here(&here);
	check_number(count_descriptors(), before);
	place_release(&place);
}

static void is_chrooted_says_yes_below_and_stays(void)
{
	struct place place;
	struct here here;

	enter_chroot("/run/root");
	check_result(place_new_mounts(), 0);
	here = look();
	place = read_place();
	check_result(place_is_chrooted(&place), 1);
	check_here(&here);
	place_release(&place);
}

static void is_chrooted_sees_a_root_that_looks_like_the_top(void)
{
	struct place place;

	/* The same directory, mounted once more. */
	make_directory("/run/root", 0755);
	check_number(mount("/", "/run/root", NULL, MS_BIND | MS_REC, NULL), 0);
	check_number(__real_chroot("/run/root"), 0);
	check_number(chdir("/"), 0);
	check_result(place_new_mounts(), 0);
	place = read_place();
	check_result(place_is_chrooted(&place), 1);
	place_release(&place);
}

static void is_chrooted_tells_that_it_may_not_look(void)
{
	struct place origin = read_place();
	struct here here = look();
	struct place place;

	check_result(place_new_mounts(), 0);
	place = read_place();
	setns_refused = CLONE_NEWNS;
	check_result(place_is_chrooted(&place), -EPERM);
	setns_refused = 0;
	check_result(place_return(&origin), 0);
	check_here(&here);
	place_release(&origin);
	place_release(&place);
}

static void return_mends_what_is_chrooted_left_behind(void)
{
	struct place origin;
	struct place place;
	struct here here;

	enter_chroot("/run/root");
	here = look();
	origin = read_place();
	check_result(place_new_mounts(), 0);
	place = read_place();
	no_chroot = true;
	check_result(place_is_chrooted(&place), -EPERM);
	no_chroot = false;
	check_result(place_return(&origin), 0);
	check_here(&here);
	place_release(&origin);
	place_release(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("place_id_that_is_unknown_equals_nothing",
		      id_that_is_unknown_equals_nothing),
		plain("place_is_in_sys_goes_by_the_path (M8)",
		      is_in_sys_goes_by_the_path),
		sandboxed("place_is_in_sys_without_a_path_goes_by_the_file_"
			  "system (M8)",
			  is_in_sys_without_a_path_goes_by_the_file_system),
		sandboxed("place_go_to_leaves_sys (M8)", go_to_root_leaves_sys),
		sandboxed("place_read_tells_all_of_where_this_is",
			  read_tells_all_of_where_this_is),
		sandboxed("place_read_keeps_off_the_standard_descriptors",
			  read_keeps_off_the_standard_descriptors),
		sandboxed("place_read_fails_without_a_trace",
			  read_fails_without_a_trace),
		sandboxed("place_read_with_few_descriptors_leaks_none",
			  read_with_few_descriptors_leaks_none),
		sandboxed("place_read_knows_a_cwd_that_has_no_path",
			  read_knows_a_cwd_that_has_no_path),
		sandboxed("place_read_takes_a_cwd_that_root_may_not_search",
			  read_takes_a_cwd_that_root_may_not_search),
		sandboxed("place_has_proc_wants_a_proc_that_knows_this_"
			  "process",
			  has_proc_wants_a_proc_that_knows_this_process),
		sandboxed("place_root_is_mount_tells_a_chroot_to_a_directory",
			  root_is_mount_tells_a_chroot_to_a_directory),
		sandboxed("place_read_host_is_where_pid_1_is",
			  host_is_where_pid_1_is),
		sandboxed("place_is_on_host_not_where_the_root_is_another",
			  host_is_not_where_the_root_is_another),
		sandboxed("place_read_host_that_cannot_be_read_is_unknown "
			  "(F4)",
			  host_that_cannot_be_read_is_unknown),
		sandboxed("place_return_undoes_any_move (inverse)",
			  return_undoes_any_move),
		sandboxed("place_return_comes_from_a_namespace_joined",
			  return_comes_from_a_namespace_joined),
		sandboxed("place_return_finds_a_cwd_that_was_deleted",
			  return_finds_a_cwd_that_was_deleted),
		sandboxed("place_return_without_directories_goes_by_the_path "
			  "(A5)",
			  return_without_directories_goes_by_the_path),
		sandboxed("place_return_stays_in_a_chroot (A5)",
			  return_stays_in_a_chroot),
		sandboxed("place_return_does_not_leave_a_chroot_whose_root_is_"
			  "lost (A5)",
			  return_does_not_leave_a_chroot_whose_root_is_lost),
		sandboxed("place_return_moves_both_namespaces_or_neither "
			  "(F24)",
			  return_moves_both_namespaces_or_neither),
		sandboxed("place_return_that_cannot_chroot_has_one_place "
			  "(F24)",
			  return_that_cannot_chroot_has_one_place),
		sandboxed("place_return_uses_no_descriptor_that_is_another",
			  return_uses_no_descriptor_that_is_another),
		sandboxed("place_return_tells_that_it_may_not",
			  return_tells_that_it_may_not),
		sandboxed(
			"place_forget_directories_keeps_none_but_the_root_"
			"of_a_chroot (A5)",
			forget_directories_keeps_none_but_the_root_of_a_chroot),
		sandboxed("place_disown_foreign_leaves_what_the_application_"
			  "got",
			  disown_foreign_leaves_what_the_application_got),
		sandboxed("place_disown_foreign_keeps_what_is_ours",
			  disown_foreign_keeps_what_is_ours),
		sandboxed("place_is_chrooted_says_no_at_the_top",
			  is_chrooted_says_no_at_the_top),
		sandboxed("place_is_chrooted_says_yes_below_and_stays",
			  is_chrooted_says_yes_below_and_stays),
		sandboxed("place_is_chrooted_sees_a_root_that_looks_like_the_"
			  "top",
			  is_chrooted_sees_a_root_that_looks_like_the_top),
		sandboxed("place_is_chrooted_tells_that_it_may_not_look",
			  is_chrooted_tells_that_it_may_not_look),
		sandboxed("place_return_mends_what_is_chrooted_left_behind",
			  return_mends_what_is_chrooted_left_behind),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
