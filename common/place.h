/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a process stands: its network and mount namespace, root and working
 * directory. Owns setns(2), unshare(2), chroot(2) and chdir(2).
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <sys/types.h>

/* A namespace is the same if both are, namespaces(7). Zero: unknown. */
struct ns_id {
	dev_t dev;
	ino_t ino;
};

struct root_id {
	dev_t dev;
	ino_t ino;
	unsigned long long mount;
};

struct place {
	struct ns_id net;
	struct ns_id mounts;
	struct root_id root;
	int net_fd;
	int mounts_fd;
	int root_fd; /* O_PATH; -EBADF: the top of the namespace */
	int cwd_fd;  /* O_PATH; -EBADF: cwd says it */
	char *cwd;   /* NULL: it has no path any more */
};

#define PLACE_NOWHERE                                                          \
	((struct place){ .net_fd = -EBADF,                                     \
			 .mounts_fd = -EBADF,                                  \
			 .root_fd = -EBADF,                                    \
			 .cwd_fd = -EBADF })

/* Where PID 1 stands; all zero where its links cannot be read. */
struct host {
	struct ns_id net;
	struct ns_id mounts;
	struct root_id root;
};

bool ns_id_is_known(struct ns_id id);

/* Two unknown ones are not the same: unknown equals nothing. */
bool ns_id_equal(struct ns_id a, struct ns_id b);

/* Whether /proc is a proc(5) that knows this process. */
bool place_has_proc(void);

/* Whether / is a mount point: a chroot(2) to a plain directory is none. */
bool place_root_is_mount(void);

/* Whether the cwd is inside /sys, or, without a path, on a sysfs at all. */
bool place_is_in_sys(const struct place *place);

/*
 * Fills in all of ret, which the caller gives back by place_release(). The
 * descriptors are close-on-exec and above 2. Returns 0 or -errno of open(2),
 * fstat(2), statx(2), -ENOMEM; ret is untouched on failure.
 */
int place_read(struct place *ret);

/*
 * Keeps what may be held while the application goes on: no directory, but
 * for the root of a caller that was chrooted. Whoever inherits a directory
 * has a way out of a later chroot(2).
 */
void place_forget_directories(struct place *place, bool chrooted);

/*
 * Lets go of descriptors that the application has closed and got again for
 * something else: the number is its own now.
 */
void place_disown_foreign(struct place *place);

/* Closes what place holds and makes it PLACE_NOWHERE. */
void place_release(struct place *place);

/* Cannot fail: what cannot be read is unknown. */
struct host place_read_host(void);

/* Whether place has the mounts and the root of the host. */
bool place_is_on_host(const struct place *place, const struct host *host);

/* A descriptor of PID 1's namespace, or -errno of open(2). */
int place_open_host_mounts(void);
int place_open_host_net(void);

/* What fd, a namespace, is. Returns 0 or -errno of fstat(2). */
int place_identify(int fd, struct ns_id *ret);

/* Where this thread is now. Return 0 or -errno of stat(2). */
int place_current_net(struct ns_id *ret);
int place_current_mounts(struct ns_id *ret);

/*
 * Move this process. Return 0 or -errno of unshare(2), setns(2), nothing
 * moved on failure. place_join_mounts() also moves root and cwd to the top of
 * that namespace.
 */
int place_new_net(void);
int place_new_mounts(void);
int place_join_net(int fd);
int place_join_mounts(int fd);

/*
 * Whether / is not the top of the mount namespace, 1 or 0. Only with root and
 * cwd of one's own: finding out means going to the top and back. Where
 * place_is_on_host() the answer is no.
 * Returns -errno if that failed; root and cwd may then be anywhere in the
 * namespace, and place_return() mends it.
 */
int place_is_chrooted(const struct place *before);

/*
 * Goes back to place: both namespaces, or neither; then, if the mount
 * namespace or the root changed, root and cwd (the directory, else its path,
 * else "/").
 *
 * Returns 0, also when there already; -EBADF if a descriptor is not the one
 * it was; -errno of setns(2), fchdir(2) or chroot(2).
 */
int place_return(const struct place *place);

/*
 * Makes root and cwd this thread's own: setns(2) to a mount namespace refuses
 * to take them from other threads. Returns 0 or -errno of unshare(2).
 */
int place_own_directories(void);

/* Moves the cwd to path (NULL: none), else to "/". 0 or -errno of chdir(2). */
int place_go_to(const char *path);

#endif
