/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a process stands, and how it gets there and back. */
#include "place.h"
#include "scope.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define NET_LINK    "/proc/self/ns/net"
#define MOUNTS_LINK "/proc/self/ns/mnt"

/* A root_fd that was one: to go to the top instead is a way out. */
enum { ROOT_LOST = -ESTALE };

bool ns_id_is_known(struct ns_id id)
{
	return id.ino != 0;
}

bool ns_id_equal(struct ns_id a, struct ns_id b)
{
	return ns_id_is_known(a) && a.dev == b.dev && a.ino == b.ino;
}

bool place_has_proc(void)
{
	struct statfs fs;

	return statfs("/proc/self", &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

bool place_root_is_mount(void)
{
	struct statx stx;

	return statx(AT_FDCWD, "/", 0, 0, &stx) == 0 &&
	       stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

bool place_is_in_sys(const struct place *place)
{
	struct statfs fs;

	if (place->cwd)
		return !strncmp(place->cwd, "/sys", 4) &&
		       (place->cwd[4] == '/' || !place->cwd[4]);
	return statfs(".", &fs) == 0 && fs.f_type == SYSFS_MAGIC;
}

static dev_t device_of(const struct statx *stx)
{
	return makedev(stx->stx_dev_major, stx->stx_dev_minor);
}

static int root_identify(const char *path, struct root_id *ret)
{
	struct statx stx;

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &stx) < 0)
		return -errno;
	*ret = (struct root_id){
		.dev = device_of(&stx),
		.ino = (ino_t)stx.stx_ino,
		.mount = stx.stx_mnt_id,
	};
	return 0;
}

static bool root_equal(struct root_id a, struct root_id b)
{
	return a.dev == b.dev && a.ino == b.ino && a.mount == b.mount;
}

int place_identify(int fd, struct ns_id *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct ns_id){ .dev = st.st_dev, .ino = st.st_ino };
	return 0;
}

static int link_identify(const char *link, struct ns_id *ret)
{
	struct stat st;

	if (stat(link, &st) < 0)
		return -errno;
	*ret = (struct ns_id){ .dev = st.st_dev, .ino = st.st_ino };
	return 0;
}

int place_current_net(struct ns_id *ret)
{
	return link_identify(NET_LINK, ret);
}

int place_current_mounts(struct ns_id *ret)
{
	return link_identify(MOUNTS_LINK, ret);
}

struct host place_read_host(void)
{
	struct host host;

	if (link_identify("/proc/1/ns/net", &host.net) < 0 ||
	    link_identify("/proc/1/ns/mnt", &host.mounts) < 0 ||
	    root_identify("/proc/1/root", &host.root) < 0)
		return (struct host){ .net = { .ino = 0 } };
	return host;
}

bool place_is_on_host(const struct place *place, const struct host *host)
{
	return ns_id_equal(place->mounts, host->mounts) &&
	       root_equal(place->root, host->root);
}

/*
 * Opens what is to be held while the application goes on. Its own descriptors
 * 0 to 2 may be closed, and what it prints must not go to one of ours.
 */
static int open_high(const char *path, int flags)
{
	scoped_fd int fd = open(path, flags | O_CLOEXEC);
	int high;

	if (fd < 0)
		return -errno;
	if (fd > STDERR_FILENO)
		return take_fd(&fd);
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return high < 0 ? -errno : high;
}

/* -EACCES where root may not search, as on NFS: then its path has to do. */
static int open_cwd(void)
{
	return open_high(".", O_PATH | O_DIRECTORY);
}

int place_open_host_mounts(void)
{
	return open_high("/proc/1/ns/mnt", O_RDONLY);
}

int place_open_host_net(void)
{
	return open_high("/proc/1/ns/net", O_RDONLY);
}

static int namespace_read(const char *link, int *ret_fd, struct ns_id *ret)
{
	scoped_fd int fd = open_high(link, O_RDONLY);
	int r;

	if (fd < 0)
		return fd;
	r = place_identify(fd, ret);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int place_fill(struct place *place)
{
	int r;

	r = namespace_read(NET_LINK, &place->net_fd, &place->net);
	if (r < 0)
		return r;
	r = namespace_read(MOUNTS_LINK, &place->mounts_fd, &place->mounts);
	if (r < 0)
		return r;
	r = root_identify("/", &place->root);
	if (r < 0)
		return r;
	place->root_fd = open_high("/", O_PATH | O_DIRECTORY);
	if (place->root_fd < 0)
		return place->root_fd;
	place->cwd_fd = open_cwd();
	if (place->cwd_fd < 0 && place->cwd_fd != -EACCES)
		return place->cwd_fd;
	place->cwd = getcwd(NULL, 0);
	if (!place->cwd && errno == ENOMEM)
		return -ENOMEM;
	/* Out of reach of the root, getcwd(3): the path leads nowhere. */
	if (place->cwd && *place->cwd != '/') {
		free(place->cwd);
		place->cwd = NULL;
	}
	return 0;
}

int place_read(struct place *ret)
{
	struct place place = PLACE_NOWHERE;
	int r = place_fill(&place);

	if (r < 0) {
		place_release(&place);
		return r;
	}
	*ret = place;
	return 0;
}

void place_forget_directories(struct place *place, bool chrooted)
{
	scope_close(&place->cwd_fd);
	if (!chrooted)
		scope_close(&place->root_fd);
}

static bool fd_is_namespace(int fd, struct ns_id id)
{
	struct ns_id now = { .ino = 0 };

	return fd >= 0 && place_identify(fd, &now) == 0 && ns_id_equal(now, id);
}

static bool fd_is_root(int fd, struct root_id id)
{
	struct statx stx;

	return fd >= 0 && statx(fd, "", AT_EMPTY_PATH, STATX_INO, &stx) == 0 &&
	       id.dev == device_of(&stx) && id.ino == (ino_t)stx.stx_ino;
}

void place_disown_foreign(struct place *place)
{
	if (!fd_is_namespace(place->net_fd, place->net))
		place->net_fd = -EBADF;
	if (!fd_is_namespace(place->mounts_fd, place->mounts))
		place->mounts_fd = -EBADF;
	if (place->root_fd >= 0 && !fd_is_root(place->root_fd, place->root))
		place->root_fd = ROOT_LOST;
}

void place_release(struct place *place)
{
	scope_close(&place->net_fd);
	scope_close(&place->mounts_fd);
	scope_close(&place->root_fd);
	scope_close(&place->cwd_fd);
	free(place->cwd);
	*place = PLACE_NOWHERE;
}

int place_new_net(void)
{
	return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
}

int place_new_mounts(void)
{
	return unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}

int place_join_net(int fd)
{
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}

int place_join_mounts(int fd)
{
	return setns(fd, CLONE_NEWNS) < 0 ? -errno : 0;
}

int place_own_directories(void)
{
	return unshare(CLONE_FS) < 0 ? -errno : 0;
}

int place_go_to(const char *path)
{
	if (path && chdir(path) == 0)
		return 0;
	return chdir("/") < 0 ? -errno : 0;
}

static int enter_root(int root_fd)
{
	if (fchdir(root_fd) < 0 || chroot(".") < 0)
		return -errno;
	return 0;
}

/* The directory itself, else its path, else the root: never nowhere. */
static int enter_cwd(int cwd_fd, const char *cwd)
{
	if (cwd_fd >= 0 && fchdir(cwd_fd) == 0)
		return 0;
	return place_go_to(cwd);
}

/*
 * Whoever is not let to a root would be left at the top of the mount namespace
 * by setns(2), and out of its chroot. This one changes nothing.
 */
static int check_chroot(void)
{
	return chroot("/") < 0 ? -errno : 0;
}

/* Goes to the top and back to root: 1 if it was above root, 0, -errno. */
static int look_above(int self, int root)
{
	struct root_id own;
	struct root_id top = { .ino = 0 };
	int r = root_identify("/", &own);

	if (r == 0)
		r = check_chroot();
	if (r == 0)
		r = place_join_mounts(self);
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
int place_is_chrooted(const struct place *before)
{
	scoped_fd int self = open(MOUNTS_LINK, O_RDONLY | O_CLOEXEC);
	scoped_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int cwd = open_cwd();
	int above;
	int r;

	if (self < 0 || root < 0)
		return -errno;
	if (cwd < 0 && cwd != -EACCES)
		return cwd;
	above = look_above(self, root);
	r = enter_cwd(cwd, before->cwd);
	return r < 0 ? r : above;
}

/* Root and cwd, after the mount namespace was entered at its top. */
static int place_enter_directories(const struct place *place)
{
	struct root_id top;
	int r;

	if (place->root_fd >= 0) {
		if (!fd_is_root(place->root_fd, place->root))
			return -EBADF;
		r = root_identify("/", &top);
		if (r < 0)
			return r;
		if (!root_equal(top, place->root)) {
			r = enter_root(place->root_fd);
			if (r < 0)
				return r;
		}
	}
	return enter_cwd(place->cwd_fd, place->cwd);
}

/*
 * The network comes first, as it can be undone without a trace in root and
 * cwd. Where /proc or a free descriptor is missing there is no undoing it; to
 * go on is right all the same.
 */
static int place_return_namespaces(const struct place *place, bool *ret_moved)
{
	scoped_fd int here = open_high(NET_LINK, O_RDONLY);
	struct ns_id mounts = { .ino = 0 };
	int r;

	if (!fd_is_namespace(here, place->net)) {
		r = place_join_net(place->net_fd);
		if (r < 0)
			return r;
	}
	r = place_current_mounts(&mounts);
	*ret_moved = r < 0 || !ns_id_equal(mounts, place->mounts);
	if (!*ret_moved)
		return 0;
	r = place->root_fd >= 0 ? check_chroot() : 0;
	if (r == 0)
		r = place_join_mounts(place->mounts_fd);
	if (r < 0 && here >= 0)
		(void)place_join_net(here);
	return r;
}

/* Who looked above its root may have been stopped there. */
static bool root_is_back(const struct place *place)
{
	struct root_id now;

	return place->root_fd < 0 ||
	       (root_identify("/", &now) == 0 && root_equal(now, place->root));
}

int place_return(const struct place *place)
{
	bool moved;
	int r;

	if (!fd_is_namespace(place->net_fd, place->net) ||
	    !fd_is_namespace(place->mounts_fd, place->mounts) ||
	    place->root_fd == ROOT_LOST)
		return -EBADF;
	r = place_return_namespaces(place, &moved);
	if (r < 0)
		return r;
	return moved || !root_is_back(place) ? place_enter_directories(place)
					     : 0;
}
