/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount namespace of a session. */
#include "session_mounts.h"
#include "count.h"
#include "file.h"
#include "mountinfo.h"
#include "mounts.h"
#include "netns.h"
#include "overrides.h"
#include "scope.h"
#include "state.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define MOUNTINFO "/proc/self/mountinfo"

/* Mounts that come and go on /sys while the table is read. */
enum { TRIES = 10 };

static int mount_failed(struct failure *failure, int error, const char *doing,
			const char *object)
{
	static const struct failure_cause causes[] = {
		{ -ENOSPC, "the limit fs.mount-max is reached", NULL },
	};

	(void)failure_set(failure, error, doing, object);
	(void)failure_needs(failure, CAP_SYS_ADMIN);
	return failure_explain(failure, causes, COUNT(causes));
}

/* --- /sys --- */

struct carried {
	int clone;
	const char *point;
};

/* Copies what is mounted below /sys, as long as it can be reached. */
static int sys_copy(const struct mountinfo *info, const struct mount_entry *top,
		    struct carried *carried, size_t *ret_count,
		    struct failure *failure)
{
	for (size_t i = 0; i < info->count; i++) {
		const struct mount_entry *entry = &info->entries[i];
		int clone;

		if (!mountinfo_is_carried(info, entry, top))
			continue;
		clone = mounts_clone(entry->point);
		if (clone == -ENOENT)
			continue;
		if (clone < 0)
			return mount_failed(failure, clone, "copy the mount at",
					    entry->point);
		carried[(*ret_count)++] = (struct carried){
			.clone = clone,
			.point = entry->point,
		};
	}
	return 0;
}

bool session_mounts_cwd_is_in_sys(const struct ns_saved *entry)
{
	struct statfs fs;

	if (entry->cwd)
		return !strncmp(entry->cwd, "/sys", 4) &&
		       (entry->cwd[4] == '/' || !entry->cwd[4]);
	return statfs(".", &fs) == 0 && fs.f_type == SYSFS_MAGIC;
}

/* A sysfs of this namespace over the old one, and on it what was below that. */
static int sys_cover(const struct session_mounts_request *request,
		     const struct carried *carried, size_t count,
		     struct failure *failure)
{
	int r = 0;

	/* What is mounted on a shared mount shows outside. */
	if (request->rootshared)
		r = mounts_make_private("/sys", false);
	if (r == 0)
		r = mounts_cover_sys();
	/* It is a sysfs of this namespace already, with all that is on it. */
	if (r == -EBUSY)
		return 0;
	if (r < 0) {
		(void)mount_failed(failure, r, "mount a sysfs over", "/sys");
		if (r == -EPERM && !failure->cause)
			failure->cause =
				"in a user namespace the kernel wants a /sys "
				"that nothing covers, not even in part";
		return r;
	}
	for (size_t i = 0; i < count; i++) {
		const char *point = carried[i].point;

		r = mounts_attach(carried[i].clone, point);
		if (r < 0 && r != -ENOENT && r != -ENOTDIR)
			return mount_failed(failure, r, "mount", point);
		if (r < 0 && request->log)
			log_debug(request->log,
				  "the session's /sys has no place for '%s'",
				  point);
	}
	r = session_mounts_cwd_is_in_sys(request->entry) ? ns_chdir(NULL) : 0;
	return r < 0 ? failure_set(failure, r, "leave", "/sys") : 0;
}

static int sys_replace(const struct session_mounts_request *request,
		       const struct mountinfo *info,
		       const struct mount_entry *top, struct failure *failure)
{
	struct carried *carried = calloc(info->count, sizeof(*carried));
	size_t count = 0;
	int r;

	if (!carried)
		return failure_set(failure, -ENOMEM, "replace", "/sys");
	r = sys_copy(info, top, carried, &count, failure);
	if (r == 0)
		r = sys_cover(request, carried, count, failure);
	for (size_t i = 0; i < count; i++)
		scope_close(&carried[i].clone);
	free(carried);
	return r;
}

/*
 * Reads the mounts at path, and finds the one on top of /sys: NULL if nothing
 * is mounted there. One that came after reading is not in the table: again.
 */
static int table_read(const char *path, struct mountinfo *info,
		      const struct mount_entry **ret_sys,
		      struct failure *failure)
{
	for (int tries = 0; tries < TRIES; tries++) {
		struct statx stx;
		int r;

		mountinfo_release(info);
		r = mountinfo_read(path, info);
		if (r == 0)
			r = mountinfo_find_path(info, "/sys", true, ret_sys);
		if (r < 0)
			return failure_set(failure, r, "read", MOUNTINFO);
		if (*ret_sys ||
		    statx(AT_FDCWD, "/sys", AT_SYMLINK_NOFOLLOW, 0, &stx) < 0)
			return 0;
		if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
			return 0;
	}
	return failure_set(failure, -EAGAIN, "find the mount at", "/sys");
}

/* --- /etc --- */

/* With rootshared: /etc apart from the mounts that go on being shared. */
static int etc_split(struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -EOPNOTSUPP, "rootshared with overrides needs Linux 5.15",
		  NULL },
	};
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *holder = NULL;
	int r = mountinfo_read("/etc", &info);

	if (r == 0)
		r = mountinfo_find_path(&info, "/etc", false, &holder);
	if (r == 0)
		r = holder ? mounts_split("/etc", holder->point,
					  holder->shared || holder->slave)
			   : -ENOENT;
	mountinfo_release(&info);
	if (r == 0)
		return 0;
	(void)mount_failed(failure, r, "give the session its own", "/etc");
	return failure_explain(failure, causes, COUNT(causes));
}

void session_mounts_warn(const struct session_mounts_request *request,
			 const char *override)
{
	bool generated = *override == '/';

	if (request->log)
		log_warning(request->log,
			    "'%s%s%s%s' overrides nothing: there is no "
			    "'/etc/%s'",
			    generated ? "" : OVERRIDES_DIRECTORY "/",
			    generated ? "" : request->etc, generated ? "" : "/",
			    override, overrides_target(override));
}

int session_mounts_overrides(const struct session_mounts_request *request,
			     struct overrides *ret, struct failure *failure)
{
	int r = 0;

	*ret = OVERRIDES_NONE;
	if (request->etc)
		r = overrides_list(request->etc, ret, failure);
	if (r == 0 && request->generated && *request->generated)
		r = overrides_add(request->generated, !*request->name, ret,
				  failure);
	return r;
}

/* only_check: says whether it can be mounted, and mounts nothing. */
static int etc_override(const struct session_mounts_request *request,
			const struct overrides *overrides, int etc,
			const char *name, bool only_check,
			struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -EISDIR, "it is a directory, and the override is a file",
		  NULL },
		{ -ENOTDIR, "it is a file, and the override is a directory",
		  NULL },
	};
	scoped_fd int clone = mounts_clone_entry(overrides->directory, name);
	char path[sizeof(failure->object)];
	int r = clone < 0 ? clone : overrides_check(clone);

	if (*name == '/')
		(void)snprintf(path, sizeof(path), "%s", name);
	else
		(void)snprintf(path, sizeof(path), "%s/%s/%s",
			       OVERRIDES_DIRECTORY, request->etc, name);
	if (r < 0)
		return overrides_failed(failure, r, path);
	r = mounts_override(etc, overrides_target(name), clone, only_check);
	if (r == -ENOENT) {
		session_mounts_warn(request, name);
		return 0;
	}
	if (r == 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/etc/%s", overrides_target(name));
	(void)mount_failed(failure, r, "mount over", path);
	return failure_explain(failure, causes, COUNT(causes));
}

/*
 * Takes off the overrides of other names, which a su(1) in their session has
 * inherited. From the last mount to the first, as one may be on another.
 */
static int etc_drop_from(const struct mountinfo *info, const char *directory,
			 const char *name, struct failure *failure)
{
	struct overrides_source source;
	int r = overrides_find_source(info, directory, &source);

	if (r < 0)
		(void)failure_set(failure, r, "find", directory);
	for (size_t i = info->count; r == 0 && i-- > 0;) {
		const struct mount_entry *entry = &info->entries[i];
		const struct mount_entry *top = NULL;

		if (!overrides_is_of_other(&source, entry, name))
			continue;
		r = mountinfo_find_path(info, entry->point, true, &top);
		/* Something else may be mounted over it. */
		if (r == 0 && top == entry)
			r = mounts_detach(entry->point);
		if (r < 0)
			(void)mount_failed(failure, r,
					   "take off the override at",
					   entry->point);
	}
	overrides_source_release(&source);
	return r;
}

/* etc is "" if those of /etc/netns go, too; the same for generated. */
static int etc_drop_others(const struct mountinfo *info, const char *etc,
			   const char *generated, struct failure *failure)
{
	static const char *const directories[] = { STATE_ETC, STATE_ETC_NEW };
	int r = etc_drop_from(info, OVERRIDES_DIRECTORY, etc, failure);

	for (size_t i = 0; r == 0 && i < COUNT(directories); i++) {
		size_t length = strlen(directories[i]);
		bool own = !strncmp(generated, directories[i], length) &&
			   generated[length] == '/';

		r = etc_drop_from(info, directories[i],
				  own ? generated + length + 1 : "", failure);
	}
	return r;
}

/* Mounts the overrides of ETC, or looks whether that can be done. */
static int etc_mount(const struct session_mounts_request *request,
		     const struct overrides *overrides, bool only_check,
		     struct failure *failure)
{
	scoped_fd int etc = -EBADF;
	int r = 0;

	if (overrides->count == 0)
		return 0;
	etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (etc < 0)
		return failure_set(failure, -errno, "open", "/etc");
	for (size_t i = 0; r == 0 && i < overrides->count; i++)
		r = etc_override(request, overrides, etc, overrides->names[i],
				 only_check, failure);
	if (r == 0 && request->log)
		log_debug(request->log, "%zu overrides are mounted",
			  overrides->count);
	return r;
}

/* Takes off the overrides of other names, and mounts those of ETC. */
static int etc_replace(const struct session_mounts_request *request,
		       struct mountinfo *info, struct failure *failure)
{
	bool inherited = !ns_is_on_host(request->entry, request->host);
	struct overrides overrides = OVERRIDES_NONE;
	int r = 0;

	r = session_mounts_overrides(request, &overrides, failure);
	if (r == 0 && request->rootshared &&
	    (inherited || overrides.count > 0)) {
		r = etc_split(failure);
		/* All below /etc has been mounted anew. */
		mountinfo_release(info);
		if (r == 0) {
			r = mountinfo_read("/", info);
			if (r < 0)
				(void)failure_set(failure, r, "read",
						  MOUNTINFO);
		}
	}
	if (r == 0 && inherited)
		r = etc_drop_others(
			info, request->etc ? request->etc : "",
			request->generated ? request->generated : "", failure);
	if (r == 0)
		r = etc_mount(request, &overrides, false, failure);
	overrides_release(&overrides);
	return r;
}

int session_mounts_renew_overrides(const struct session_mounts_request *request,
				   struct failure *failure)
{
	struct overrides overrides = OVERRIDES_NONE;
	struct mountinfo info = MOUNTINFO_NONE;
	struct stat st;
	int r;

	/* Where they came from is what they are known by. */
	if (stat(OVERRIDES_DIRECTORY, &st) < 0)
		return failure_set(failure, -errno, "find",
				   OVERRIDES_DIRECTORY);
	r = session_mounts_overrides(request, &overrides, failure);
	if (r == 0) {
		r = mountinfo_read("/", &info);
		if (r < 0)
			(void)failure_set(failure, r, "read", MOUNTINFO);
	}
	/* Others are in these mounts: nothing goes that cannot come back. */
	if (r == 0)
		r = etc_mount(request, &overrides, true, failure);
	/* Of this name, too: those that have changed, or are not there. */
	if (r == 0)
		r = etc_drop_others(&info, "", "", failure);
	if (r == 0)
		r = etc_mount(request, &overrides, false, failure);
	mountinfo_release(&info);
	overrides_release(&overrides);
	return r;
}

/* --- What is hidden --- */

/*
 * systemd-resolved(8) and nss-resolve(8) answer by it, through the host's
 * network, whatever resolv.conf says.
 */
#define HIDE_USUAL "/run/systemd/resolve/io.systemd.Resolve"

/*
 * Opens the next path of a list, to look at only, and moves on. A link on the
 * way may be a user's. Returns a descriptor; -ENOENT: it is not there;
 * -ENODATA: the list is at its end; -errno of openat2(2), with the path.
 */
static int hidden_next(const char **list, char *ret_path, size_t size)
{
	size_t length = strcspn(*list, ":");
	int fd;

	if (!length)
		return -ENODATA;
	(void)snprintf(ret_path, size, "%.*s", (int)length, *list);
	*list += length + ((*list)[length] == ':');
	/* Only root can put a link there, and it needs no openat2(2). */
	if (!strcmp(ret_path, HIDE_USUAL)) {
		fd = open(ret_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	} else {
		fd = file_open_path(AT_FDCWD, ret_path, RESOLVE_NO_SYMLINKS);
	}
	return fd == -ENOTDIR ? -ENOENT : fd;
}

static const char *hidden_list(const struct session_mounts_request *request)
{
	if (request->rootshared ||
	    (request->hide && !strcmp(request->hide, "none")))
		return "";
	return request->hide ? request->hide : HIDE_USUAL;
}

bool session_mounts_are_hidden(const struct session_mounts_request *request)
{
	const char *list = hidden_list(request);
	char path[PATH_MAX];

	for (;;) {
		scoped_fd int fd = hidden_next(&list, path, sizeof(path));

		if (fd == -ENODATA)
			return true;
		if (fd != -ENOENT && (fd < 0 || mounts_is_hidden(fd) != 1))
			return false;
	}
}

/* Opens what is to be covered. Returns 0, or -errno with failure. */
static int hidden_open(const char *list, int *fds, size_t *ret_count,
		       struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -ELOOP, "there is a symbolic link in this path", NULL },
	};
	char path[PATH_MAX];

	for (;;) {
		scoped_fd int fd = hidden_next(&list, path, sizeof(path));
		int r;

		if (fd == -ENODATA)
			return 0;
		if (fd == -ENOENT)
			continue;
		r = fd < 0 ? fd : mounts_is_hidden(fd);
		if (r < 0) {
			(void)failure_set(failure, r, "hide", path);
			return failure_explain(failure, causes, COUNT(causes));
		}
		if (r == 0)
			fds[(*ret_count)++] = take_fd(&fd);
	}
}

/*
 * The tmpfs over /run/netns has room for what covers. Where there is no
 * /run/netns, and so no other process is in these mounts, there is one over
 * /etc for a moment.
 */
static int hidden_cover(const int *fds, size_t count)
{
	unsigned long long before;
	struct statfs fs;
	int r;

	if (statfs(NETNS_DIRECTORY, &fs) == 0 && fs.f_type == TMPFS_MAGIC &&
	    mounts_is_mount(AT_FDCWD, NETNS_DIRECTORY) == 1)
		return mounts_hide(NETNS_DIRECTORY, fds, count);
	before = mounts_number("/etc");
	r = mounts_cover_empty("/etc");
	if (r < 0)
		return r;
	r = mounts_hide("/etc", fds, count);
	if (r == 0)
		r = mounts_detach("/etc");
	/* A filter may only pretend. */
	return r == 0 && mounts_number("/etc") != before ? -EXDEV : r;
}

/* Covers what is to be hidden, or looks whether there is a way to it. */
static int hidden_open_all(const struct session_mounts_request *request,
			   bool only_look, struct failure *failure)
{
	const char *list = hidden_list(request);
	/* No path is shorter than two characters and what separates it. */
	scoped_free int *fds = calloc(strlen(list) / 2 + 1, sizeof(*fds));
	size_t count = 0;
	int r;

	if (!fds)
		return failure_set(failure, -ENOMEM, "hide", list);
	r = hidden_open(list, fds, &count, failure);
	if (r == 0 && count > 0 && !only_look) {
		r = hidden_cover(fds, count);
		if (r < 0)
			(void)mount_failed(failure, r, "hide", list);
	}
	for (size_t i = 0; i < count; i++)
		scope_close(&fds[i]);
	return r;
}

int session_mounts_hide(const struct session_mounts_request *request,
			struct failure *failure)
{
	return hidden_open_all(request, false, failure);
}

int session_mounts_look_hidden(const struct session_mounts_request *request,
			       struct failure *failure)
{
	return hidden_open_all(request, true, failure);
}

/* --- The whole --- */

/*
 * Whether the caller is in a chroot. Before it gets other mounts: a process
 * that may not chroot(2) could not come back from those.
 */
static int detect_chroot(const struct session_mounts_request *request,
			 bool *ret, struct failure *failure)
{
	int r = ns_unshare_directories();

	if (r == 0)
		r = ns_is_chrooted(request->entry);
	*ret = r > 0;
	if (r >= 0)
		return 0;
	(void)failure_set(failure, r, "find the top of the mount namespace",
			  "");
	return failure_needs(failure, CAP_SYS_CHROOT);
}

/*
 * A filter can answer 0 for a call that was not made: all that follows would
 * change the caller's own mounts.
 */
static int unshare_mounts(const struct session_mounts_request *request,
			  struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -ENOSPC, "the limit user.max_mnt_namespaces is reached",
		  NULL },
		{ -EXDEV, "unshare(2) reports success but changes nothing",
		  NULL },
	};
	struct ns_id now = { .ino = 0 };
	int r = ns_unshare_mounts();

	if (r == 0)
		r = ns_current_mounts(&now);
	if (r == 0 && ns_id_equal(now, request->entry->mounts))
		r = -EXDEV;
	if (r == 0)
		return 0;
	(void)failure_set(failure, r, "create a mount namespace", "");
	(void)failure_needs(failure, CAP_SYS_ADMIN);
	return failure_explain(failure, causes, COUNT(causes));
}

/*
 * By the namespace of this process: a copy of the mount that the name is would
 * share with it what is mounted there.
 */
static int names_cover(const char *name)
{
	scoped_fd int net = ns_open_net();

	return net < 0 ? net : mounts_cover_netns(NETNS_DIRECTORY, name, net);
}

int session_mounts_make(const struct session_mounts_request *request,
			bool *ret_chrooted, struct failure *failure)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *sys = NULL;
	bool on_host = ns_is_on_host(request->entry, request->host);
	int r = 0;

	*ret_chrooted = false;
	if (!on_host)
		r = detect_chroot(request, ret_chrooted, failure);
	if (r == 0)
		r = unshare_mounts(request, failure);
	/* In a tree of slaves reading a long table takes five times as long. */
	if (r == 0)
		r = table_read(on_host ? "/sys" : "/", &info, &sys, failure);
	if (r == 0 && !request->rootshared) {
		/* What is mounted on the host later shows here, not the
		 * other way round. */
		r = mounts_make_slave();
		if (r < 0)
			r = mount_failed(failure, r, "make a slave of", "/");
		/* Names that come later must not show either. */
		if (r == 0) {
			r = netns_make_directory();
			if (r < 0)
				r = mount_failed(failure, r, "make",
						 NETNS_DIRECTORY);
		}
		if (r == 0) {
			r = names_cover(request->name);
			if (r < 0)
				r = mount_failed(failure, r, "cover",
						 NETNS_DIRECTORY);
		}
	}
	if (r == 0 && sys)
		r = sys_replace(request, &info, sys, failure);
	if (r == 0)
		r = etc_replace(request, &info, failure);
	if (r == 0)
		r = session_mounts_hide(request, failure);
	mountinfo_release(&info);
	return r;
}

int session_mounts_enter_host(const struct session_mounts_request *request,
			      bool *ret_chrooted, struct failure *failure)
{
	bool is_there =
		ns_id_equal(request->entry->mounts, request->host->mounts);
	scoped_fd int mounts = is_there ? -EBADF : ns_open_host_mounts();
	int r = is_there || mounts >= 0 ? 0 : mounts;

	*ret_chrooted = false;
	if (r == 0 && !is_there) {
		r = detect_chroot(request, ret_chrooted, failure);
		if (r < 0)
			return r;
		r = ns_enter_mounts(mounts);
		if (r == 0)
			r = ns_chdir(request->entry);
	}
	if (r == 0)
		r = ns_check_mounts(request->host->mounts);
	if (r == 0)
		return 0;
	(void)failure_set(failure, r, "enter the host's mounts", "");
	return failure_needs(failure, CAP_SYS_ADMIN);
}
