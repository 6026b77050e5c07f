/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces of this process, namespaces(7): which they are, how it gets into
 * others, and how it gets back, with its root and working directory. Owns
 * setns(2), unshare(2), chroot(2) and chdir(2).
 */
#ifndef NS_H
#define NS_H

#include "file.h"

#include <stdbool.h>
#include <sys/types.h>

/* Two namespaces are the same if both numbers are. Zero: unknown. */
struct ns_id {
	dev_t dev;
	ino_t ino;
};

struct ns_root {
	dev_t dev;
	ino_t ino;
	unsigned long long mount;
};

/* Where a process was, to go back to. */
struct ns_saved {
	struct ns_id net;
	struct ns_id mounts;
	struct ns_root root;
	int net_fd;
	int mounts_fd;
	int root_fd; /* O_PATH; -EBADF: the top of the mount namespace */
	int cwd_fd;  /* O_PATH; -EBADF: it is kept by path only */
	char *cwd;   /* NULL: it has no path any more */
	struct file_id cwd_id;
};

#define NS_SAVED_NONE                                                          \
	((struct ns_saved){ .net_fd = -EBADF,                                  \
			    .mounts_fd = -EBADF,                               \
			    .root_fd = -EBADF,                                 \
			    .cwd_fd = -EBADF })

/* The namespaces and the root of PID 1. All zero: they cannot be read. */
struct ns_host {
	struct ns_id net;
	struct ns_id mounts;
	struct ns_root root;
};

bool ns_id_is_known(struct ns_id id);

/* Unknown equals nothing, not even unknown. */
bool ns_id_equal(struct ns_id a, struct ns_id b);

/* Whether /proc is a proc(5) that knows this process. */
bool ns_has_proc(void);

/* Whether / is a mount point: a chroot(2) to a plain directory is none. */
bool ns_root_is_mount(void);

/*
 * Saves where this process is, to be given back by ns_saved_release(). The
 * descriptors are close-on-exec and above 2. A working directory that cannot
 * be opened, as on a dead NFS, is kept by its path.
 *
 * Returns 0 or -errno of open(2), fstat(2), statx(2), -ENOMEM; ret is
 * untouched on failure.
 */
int ns_save(struct ns_saved *ret);

/*
 * Goes back: to both namespaces, or to neither; then, if the mount namespace
 * or the root changed, to the root and the working directory (the directory,
 * else its path, else "/").
 *
 * Returns 0, also if it is there already; -EBADF if a descriptor is not the
 * one it was; -errno of setns(2), fchdir(2) or chroot(2).
 */
int ns_restore(const struct ns_saved *saved);

/* Goes back to the mount namespace, root and working directory only. */
int ns_restore_mounts(const struct ns_saved *saved);

/*
 * Keeps only what may be held while the application goes on: no directory, but
 * for the root of a caller that was chrooted. A child that inherits a
 * directory has a way out of a later chroot(2).
 */
void ns_saved_drop_directories(struct ns_saved *saved, bool chrooted);

/*
 * Forgets descriptors that the application has closed: their numbers may be
 * its own now. Does not close them.
 */
void ns_saved_drop_reused(struct ns_saved *saved);

/* Closes what saved holds and makes it NS_SAVED_NONE. */
void ns_saved_release(struct ns_saved *saved);

/* Cannot fail: what cannot be read is unknown. */
struct ns_host ns_read_host(void);

/* Whether saved has the mounts and the root of the host. */
bool ns_is_on_host(const struct ns_saved *saved, const struct ns_host *host);

/*
 * What leads from where saved is to the files of the host: "", also if the host
 * is unknown, or a path to put before theirs.
 */
const char *ns_host_prefix(const struct ns_saved *saved,
			   const struct ns_host *host);

/* A descriptor of a namespace, above 2, or -errno of open(2). */
int ns_open_host_mounts(void);
int ns_open_host_net(void);
int ns_open_net(void);
int ns_open_mounts(void);

/*
 * Which namespace fd is. Returns 0; -EACCES: it is a directory, in place of one
 * that may not be opened; -errno of fstat(2).
 */
int ns_identify(int fd, struct ns_id *ret);

/* Which namespace this thread is in. Return 0 or -errno of stat(2). */
int ns_current_net(struct ns_id *ret);
int ns_current_mounts(struct ns_id *ret);
int ns_current_pids(struct ns_id *ret);
int ns_current_user(struct ns_id *ret);

/*
 * Which PID namespace it is whose processes proc(5) shows here: that of PID 1.
 * Returns 0 or -errno of stat(2).
 */
int ns_shown_pids(struct ns_id *ret);

/*
 * Whether the processes of the PID namespace with this inode are shown here, as
 * far as that can be told: it is that one, or the first of all is shown.
 */
bool ns_shows_pids(unsigned long long inode);

/*
 * A number for the mount namespace of this thread that, since Linux 6.11, no
 * other has had since the boot; before, its inode. 0: it cannot be read.
 */
unsigned long long ns_current_mounts_number(void);

/*
 * Whether this thread is in these mounts: a seccomp filter can answer 0 for a
 * setns(2) that was not made. Returns 0; -EXDEV: it is not; -errno of stat(2).
 */
int ns_check_mounts(struct ns_id wanted);

/*
 * Move this process. Return 0 or -errno of unshare(2), setns(2); nothing has
 * moved on failure. ns_enter_mounts() also moves the root and the working
 * directory to the top of that mount namespace.
 */
int ns_unshare_net(void);
int ns_unshare_mounts(void);
int ns_enter_net(int fd);
int ns_enter_mounts(int fd);

/*
 * Makes root and working directory this thread's own: setns(2) to a mount
 * namespace refuses to take them from other threads. Returns 0 or -errno of
 * unshare(2).
 */
int ns_unshare_directories(void);

/*
 * Whether / is not the top of the mount namespace: 1 or 0. For a process whose
 * directories are its own, as it goes to the top and back to find out.
 * saved is where it is now. Where ns_is_on_host() the answer is no.
 *
 * Returns -errno if that failed; root and working directory may then be
 * anywhere in the namespace, until ns_restore().
 */
int ns_is_chrooted(const struct ns_saved *saved);

/*
 * Changes the working directory. Its file system may be asked whether that is
 * permitted. Returns 0 or -errno of fchdir(2).
 */
int ns_fchdir(int directory);

/*
 * Opens the path of the working directory of saved, for ns_fchdir(), in the
 * mounts of this process. Whoever can rename a directory on the path can have
 * it lead elsewhere meanwhile, to where he may not go, or through a link in
 * proc(5) into other mounts: only the same directory counts, and no link is
 * followed. resolve: more flags of openat2(2), or 0.
 *
 * Returns a descriptor; -ESTALE: it is another directory; -ENOENT: it has no
 * path; -errno of openat2(2), statx(2).
 */
int ns_open_cwd(const struct ns_saved *saved, unsigned long long resolve);

/* Changes to the working directory of saved, else (NULL too) to "/". */
int ns_chdir(const struct ns_saved *saved);

#endif
