/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces of this process. */
#include "ns.h"
#include "file.h"
#include "scope.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define NET_LINK    "/proc/self/ns/net"
#define MOUNTS_LINK "/proc/self/ns/mnt"

/* Linux 6.11 */
#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(NSIO, 5, uint64_t)
#endif

/* A root_fd that is lost: to go to the top instead would be a way out. */
enum { ROOT_LOST = -ESTALE };

/* Of the first PID namespace, on all machines since Linux 3.8. */
#define FIRST_PIDS_INODE 0xEFFFFFFCU

bool ns_id_is_known(struct ns_id id)
{
	return id.ino != 0;
}

bool ns_id_equal(struct ns_id a, struct ns_id b)
{
	return ns_id_is_known(a) && a.dev == b.dev && a.ino == b.ino;
}

bool ns_has_proc(void)
{
	struct statfs fs;

	return statfs("/proc/self", &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

bool ns_root_is_mount(void)
{
	struct statx stx;

	return statx(AT_FDCWD, "/", 0, 0, &stx) == 0 &&
	       stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static dev_t device_of(const struct statx *stx)
{
	return makedev(stx->stx_dev_major, stx->stx_dev_minor);
}

static int root_identify(const char *path, struct ns_root *ret)
{
	struct statx stx;

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &stx) < 0)
		return -errno;
	*ret = (struct ns_root){
		.dev = device_of(&stx),
		.ino = (ino_t)stx.stx_ino,
		.mount = stx.stx_mnt_id,
	};
	return 0;
}

static bool root_equal(struct ns_root a, struct ns_root b)
{
	return a.dev == b.dev && a.ino == b.ino && a.mount == b.mount;
}

/*
 * On Linux 5.10, who may not look at a process by ptrace(2) is led from
 * /proc/PID/ns/net to the directory that it is in, instead of nowhere.
 */
static int stat_identify(const struct stat *st, struct ns_id *ret)
{
	if (S_ISDIR(st->st_mode))
		return -EACCES;
	*ret = (struct ns_id){ .dev = st->st_dev, .ino = st->st_ino };
	return 0;
}

int ns_identify(int fd, struct ns_id *ret)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -errno : stat_identify(&st, ret);
}

static int link_identify(const char *link, struct ns_id *ret)
{
	struct stat st;

	return stat(link, &st) < 0 ? -errno : stat_identify(&st, ret);
}

int ns_current_net(struct ns_id *ret)
{
	return link_identify(NET_LINK, ret);
}

int ns_current_mounts(struct ns_id *ret)
{
	return link_identify(MOUNTS_LINK, ret);
}

int ns_current_pids(struct ns_id *ret)
{
	return link_identify("/proc/self/ns/pid", ret);
}

int ns_current_user(struct ns_id *ret)
{
	return link_identify("/proc/self/ns/user", ret);
}

int ns_shown_pids(struct ns_id *ret)
{
	return link_identify("/proc/1/ns/pid", ret);
}

bool ns_shows_pids(unsigned long long inode)
{
	struct ns_id shown = { .ino = 0 };

	return ns_shown_pids(&shown) < 0 || shown.ino == inode ||
	       shown.ino == FIRST_PIDS_INODE;
}

unsigned long long ns_current_mounts_number(void)
{
	scoped_fd int fd = ns_open_mounts();
	uint64_t number = 0;
	struct ns_id id = { .ino = 0 };

	if (fd < 0)
		return 0;
	if (ioctl(fd, NS_GET_MNTNS_ID, &number) == 0)
		return number;
	return ns_identify(fd, &id) < 0 ? 0 : id.ino;
}

int ns_check_mounts(struct ns_id wanted)
{
	struct ns_id now = { .ino = 0 };
	int r = ns_current_mounts(&now);

	if (r < 0)
		return r;
	return ns_id_equal(now, wanted) ? 0 : -EXDEV;
}

struct ns_host ns_read_host(void)
{
	struct ns_host host = { .net = { .ino = 0 } };

	if (link_identify("/proc/1/ns/net", &host.net) < 0 ||
	    link_identify("/proc/1/ns/mnt", &host.mounts) < 0 ||
	    root_identify("/proc/1/root", &host.root) < 0)
		return (struct ns_host){ .net = { .ino = 0 } };
	return host;
}

bool ns_is_on_host(const struct ns_saved *saved, const struct ns_host *host)
{
	return ns_id_equal(saved->mounts, host->mounts) &&
	       root_equal(saved->root, host->root);
}

const char *ns_host_prefix(const struct ns_saved *saved,
			   const struct ns_host *host)
{
	return !ns_id_is_known(host->mounts) || ns_is_on_host(saved, host)
		       ? ""
		       : "/proc/1/root";
}

/*
 * Raises a descriptor above 2; passes an error on. The application may have
 * closed its own 0 to 2, and what it prints must not go to one of ours.
 */
static int fd_raise(int low)
{
	scoped_fd int fd = low;
	int high;

	if (fd < 0 || fd > STDERR_FILENO)
		return take_fd(&fd);
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return high < 0 ? -errno : high;
}

static int open_high(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd_raise(fd < 0 ? -errno : fd);
}

/*
 * Opens the working directory. Its file system may be dead, or let root not
 * search it, as NFS. Since Linux 5.12 no server is asked, as one
 * that hangs would not answer.
 */
static int open_cwd(void)
{
	int fd = file_open_path(AT_FDCWD, ".", RESOLVE_CACHED);

	return fd == -EINVAL || fd == -ENOSYS
		       ? open_high(".", O_PATH | O_DIRECTORY)
		       : fd_raise(fd);
}

int ns_open_host_mounts(void)
{
	return open_high("/proc/1/ns/mnt", O_RDONLY);
}

int ns_open_host_net(void)
{
	return open_high("/proc/1/ns/net", O_RDONLY);
}

int ns_open_net(void)
{
	return open_high(NET_LINK, O_RDONLY);
}

int ns_open_mounts(void)
{
	return open_high(MOUNTS_LINK, O_RDONLY);
}

static int namespace_read(const char *link, int *ret_fd, struct ns_id *ret)
{
	scoped_fd int fd = open_high(link, O_RDONLY);
	int r;

	if (fd < 0)
		return fd;
	r = ns_identify(fd, ret);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int saved_fill(struct ns_saved *saved)
{
	int r;

	r = namespace_read(NET_LINK, &saved->net_fd, &saved->net);
	if (r < 0)
		return r;
	r = namespace_read(MOUNTS_LINK, &saved->mounts_fd, &saved->mounts);
	if (r < 0)
		return r;
	r = root_identify("/", &saved->root);
	if (r < 0)
		return r;
	saved->root_fd = open_high("/", O_PATH | O_DIRECTORY);
	if (saved->root_fd < 0)
		return saved->root_fd;
	saved->cwd_fd = open_cwd();
	(void)file_identify(AT_FDCWD, "", &saved->cwd_id);
	saved->cwd = getcwd(NULL, 0);
	if (!saved->cwd && errno == ENOMEM)
		return -ENOMEM;
	/* "(unreachable)/…" of getcwd(3): the path leads nowhere. */
	if (saved->cwd && *saved->cwd != '/') {
		free(saved->cwd);
		saved->cwd = NULL;
	}
	return 0;
}

int ns_save(struct ns_saved *ret)
{
	struct ns_saved saved = NS_SAVED_NONE;
	int r = saved_fill(&saved);

	if (r < 0) {
		ns_saved_release(&saved);
		return r;
	}
	*ret = saved;
	return 0;
}

void ns_saved_drop_directories(struct ns_saved *saved, bool chrooted)
{
	scope_close(&saved->cwd_fd);
	if (!chrooted)
		scope_close(&saved->root_fd);
}

static bool fd_is_namespace(int fd, struct ns_id id)
{
	struct ns_id now = { .ino = 0 };

	return fd >= 0 && ns_identify(fd, &now) == 0 && ns_id_equal(now, id);
}

static bool fd_is_root(int fd, struct ns_root id)
{
	struct statx stx;

	return fd >= 0 && statx(fd, "", AT_EMPTY_PATH, STATX_INO, &stx) == 0 &&
	       id.dev == device_of(&stx) && id.ino == (ino_t)stx.stx_ino;
}

void ns_saved_drop_reused(struct ns_saved *saved)
{
	if (!fd_is_namespace(saved->net_fd, saved->net))
		saved->net_fd = -EBADF;
	if (!fd_is_namespace(saved->mounts_fd, saved->mounts))
		saved->mounts_fd = -EBADF;
	if (saved->root_fd >= 0 && !fd_is_root(saved->root_fd, saved->root))
		saved->root_fd = ROOT_LOST;
}

void ns_saved_release(struct ns_saved *saved)
{
	scope_close(&saved->net_fd);
	scope_close(&saved->mounts_fd);
	scope_close(&saved->root_fd);
	scope_close(&saved->cwd_fd);
	free(saved->cwd);
	*saved = NS_SAVED_NONE;
}

int ns_unshare_net(void)
{
	return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
}

int ns_unshare_mounts(void)
{
	return unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}

int ns_enter_net(int fd)
{
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int ns_enter_mounts(int fd)
{
	return setns(fd, CLONE_NEWNS) < 0 ? -errno : 0;
}

int ns_unshare_directories(void)
{
	return unshare(CLONE_FS) < 0 ? -errno : 0;
}

int ns_fchdir(int directory)
{
	return fchdir(directory) < 0 ? -errno : 0;
}

int ns_open_cwd(const struct ns_saved *saved, unsigned long long resolve)
{
	scoped_fd int fd = -ENOENT;
	struct file_id id = { .dev = 0 };
	int r;

	if (saved->cwd)
		fd = file_open_path(AT_FDCWD, saved->cwd,
				    RESOLVE_NO_SYMLINKS | resolve);
	if (fd < 0)
		return fd;
	r = file_identify(fd, "", &id);
	if (r == 0 && !file_id_equal(id, saved->cwd_id))
		r = -ESTALE;
	return r < 0 ? r : take_fd(&fd);
}

int ns_chdir(const struct ns_saved *saved)
{
	scoped_fd int fd = saved ? ns_open_cwd(saved, 0) : -ENOENT;

	if (fd >= 0 && fchdir(fd) == 0)
		return 0;
	return chdir("/") < 0 ? -errno : 0;
}

static int enter_root(int root_fd)
{
	if (fchdir(root_fd) < 0 || chroot(".") < 0)
		return -errno;
	return 0;
}

/* The directory itself, else by its path, else "/". */
static int enter_cwd(const struct ns_saved *saved)
{
	if (saved->cwd_fd >= 0 && fchdir(saved->cwd_fd) == 0)
		return 0;
	return ns_chdir(saved);
}

/*
 * setns(2) leaves the process at the top of the mount namespace, which is out
 * of its chroot, if it may not chroot(2) back. This call changes nothing.
 */
static int check_chroot(void)
{
	return chroot("/") < 0 ? -errno : 0;
}

/* Goes to the top and back to root: 1 if it was above root, 0, -errno. */
static int look_above(int self, int root)
{
	struct ns_root own;
	struct ns_root top = { .ino = 0 };
	int r = root_identify("/", &own);

	if (r == 0)
		r = check_chroot();
	if (r == 0)
		r = ns_enter_mounts(self);
	if (r == 0)
		r = root_identify("/", &top);
	if (r < 0 || root_equal(own, top))
		return r;
	r = enter_root(root);
	return r < 0 ? r : 1;
}

/*
 * setns(2) to a mount namespace, even to the own one, goes to its top: the
 * only way to learn, from inside a chroot, that there is something above.
 */
int ns_is_chrooted(const struct ns_saved *saved)
{
	scoped_fd int self = open(MOUNTS_LINK, O_RDONLY | O_CLOEXEC);
	int above;
	int r;

	if (self < 0)
		return -errno;
	above = look_above(self, saved->root_fd);
	r = enter_cwd(saved);
	return r < 0 ? r : above;
}

/* For a process at the top of the mount namespace. */
static int restore_directories(const struct ns_saved *saved)
{
	struct ns_root top;
	int r;

	if (saved->root_fd >= 0) {
		if (!fd_is_root(saved->root_fd, saved->root))
			return -EBADF;
		r = root_identify("/", &top);
		if (r < 0)
			return r;
		if (!root_equal(top, saved->root)) {
			r = enter_root(saved->root_fd);
			if (r < 0)
				return r;
		}
	}
	return enter_cwd(saved);
}

int ns_restore_mounts(const struct ns_saved *saved)
{
	int r = ns_enter_mounts(saved->mounts_fd);

	return r < 0 ? r : restore_directories(saved);
}

/*
 * The network comes first, as going back from it changes no directory. Without
 * /proc or a free descriptor there is no way back; to go on is right anyway.
 */
static int restore_namespaces(const struct ns_saved *saved, bool *ret_moved)
{
	scoped_fd int here = open_high(NET_LINK, O_RDONLY);
	struct ns_id mounts = { .ino = 0 };
	int r;

	if (!fd_is_namespace(here, saved->net)) {
		r = ns_enter_net(saved->net_fd);
		if (r < 0)
			return r;
	}
	r = ns_current_mounts(&mounts);
	*ret_moved = r < 0 || !ns_id_equal(mounts, saved->mounts);
	if (!*ret_moved)
		return 0;
	r = saved->root_fd >= 0 ? check_chroot() : 0;
	/* A thread that was started since shares its directories. */
	if (r == 0)
		r = ns_unshare_directories();
	if (r == 0)
		r = ns_enter_mounts(saved->mounts_fd);
	if (r < 0 && here >= 0)
		(void)ns_enter_net(here);
	return r;
}

/* ns_is_chrooted() may have failed above the root. */
static bool root_is_back(const struct ns_saved *saved)
{
	struct ns_root now;

	return saved->root_fd < 0 ||
	       (root_identify("/", &now) == 0 && root_equal(now, saved->root));
}

int ns_restore(const struct ns_saved *saved)
{
	bool moved;
	int r;

	if (!fd_is_namespace(saved->net_fd, saved->net) ||
	    !fd_is_namespace(saved->mounts_fd, saved->mounts) ||
	    saved->root_fd == ROOT_LOST)
		return -EBADF;
	r = restore_namespaces(saved, &moved);
	if (r < 0)
		return r;
	return moved || !root_is_back(saved) ? restore_directories(saved) : 0;
}
