/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mounts that a session has for itself: /run/netns, /sys and /etc. */
#include "view.h"
#include "mountinfo.h"
#include "mounts.h"
#include "overrides.h"
#include "registry.h"
#include "scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int fail(struct view *view, enum fault_step step, const char *object,
		int error)
{
	return fault_set(&view->fault, FAULT_UNCONFINED, step, object, error);
}

static int fail_at(struct view *view, enum fault_step step,
		   const char *directory, const char *name, int error)
{
	return fault_set_at(&view->fault, FAULT_UNCONFINED, step, directory,
			    name, error);
}

/* --- /sys --- */

struct carried {
	int clone;
	const char *point;
};

static void carried_release(struct carried *carried, size_t count)
{
	for (size_t i = 0; i < count; i++)
		scope_close(&carried[i].clone);
	free(carried);
}

/* Copies what is mounted below /sys, as long as it can be reached. */
static int sys_copy(struct view *view, const struct mountinfo *info,
		    const struct mount_entry *top, struct carried *carried,
		    size_t *ret_count)
{
	for (size_t i = 0; i < info->count; i++) {
		const struct mount_entry *entry = &info->entries[i];
		int clone;

		if (!mountinfo_is_carried(info, entry, top, "sysfs"))
			continue;
		clone = mounts_clone(entry->point);
		if (clone == -ENOENT)
			continue;
		if (clone < 0)
			return fail(view, STEP_CARRY_SYS, entry->point, clone);
		carried[(*ret_count)++] = (struct carried){
			.clone = clone,
			.point = entry->point,
		};
	}
	return 0;
}

static int sys_attach(struct view *view, const struct carried *carried,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int r = mounts_attach(carried[i].clone, carried[i].point);

		if (r == -ENOENT || r == -ENOTDIR)
			log_debug(view->log,
				  "'%s' has no place in the session's /sys",
				  carried[i].point);
		else if (r < 0)
			return fail(view, STEP_CARRY_SYS, carried[i].point, r);
	}
	return 0;
}

static int sys_cover(struct view *view, const struct carried *carried,
		     size_t count)
{
	int r = 0;

	/* What is mounted on a shared mount shows outside. */
	if (view->rootshared)
		r = mounts_make_private("/sys", false);
	if (r == 0)
		r = mounts_cover_sys();
	/* It shows this namespace already, with all that is below it. */
	if (r == -EBUSY)
		return 0;
	if (r < 0)
		return fail(view, STEP_COVER_SYS, "/sys", r);
	r = sys_attach(view, carried, count);
	if (r < 0)
		return r;
	r = place_is_in_sys(view->entry) ? place_go_to(NULL) : 0;
	return r < 0 ? fail(view, STEP_LEAVE_SYS, "/sys", r) : 0;
}

static int sys_renew(struct view *view, const struct mountinfo *info,
		     const struct mount_entry *top)
{
	struct carried *carried = calloc(info->count, sizeof(*carried));
	size_t count = 0;
	int r;

	if (!carried)
		return fail(view, STEP_CARRY_SYS, "/sys", -ENOMEM);
	r = sys_copy(view, info, top, carried, &count);
	if (r == 0)
		r = sys_cover(view, carried, count);
	carried_release(carried, count);
	return r;
}

/* Where nothing is mounted on /sys there is nothing to do. */
static int renew_sys(struct view *view)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *top = NULL;
	int r = mountinfo_read(&info);

	if (r == 0)
		r = mountinfo_find_path(&info, "/sys", true, &top);
	if (r < 0)
		r = fail(view, STEP_READ_MOUNTS, "/proc/self/mountinfo", r);
	else if (top)
		r = sys_renew(view, &info, top);
	mountinfo_release(&info);
	return r;
}

/* --- /etc --- */

/* With rootshared: /etc apart from the mounts that go on being shared. */
static int detach_etc(struct view *view)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *holder = NULL;
	int r = mountinfo_read(&info);

	if (r == 0)
		r = mountinfo_find_path(&info, "/etc", false, &holder);
	if (r == 0)
		r = holder ? mounts_detach("/etc", holder->point,
					   holder->shared || holder->slave)
			   : -ENOENT;
	mountinfo_release(&info);
	return r < 0 ? fail(view, STEP_DETACH_ETC, "/etc", r) : 0;
}

static int override_entry(struct view *view, const struct overrides *overrides,
			  int etc, const char *entry)
{
	scoped_fd int clone = mounts_clone_entry(overrides->directory, entry);
	char from[sizeof(view->fault.object)];
	int r = clone < 0 ? clone : overrides_check(clone);

	(void)snprintf(from, sizeof(from), "%s/%s/%s", OVERRIDES_DIRECTORY,
		       view->etc, entry);
	if (r < 0)
		return fail(view, STEP_READ_OVERRIDES, from, r);
	r = mounts_override(etc, entry, clone);
	if (r == -ENOENT) {
		log_warning(view->log,
			    "'%s' overrides nothing: there is no '/etc/%s'",
			    from, entry);
		return 0;
	}
	if (r < 0)
		return fail_at(view, STEP_OVERRIDE, "/etc", entry, r);
	return 0;
}

static int override_entries(struct view *view,
			    const struct overrides *overrides)
{
	scoped_fd int etc = -EBADF;
	int r = 0;

	if (view->rootshared)
		r = detach_etc(view);
	if (r < 0)
		return r;
	etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (etc < 0)
		return fail(view, STEP_OVERRIDE, "/etc", -errno);
	for (size_t i = 0; r == 0 && i < overrides->count; i++)
		r = override_entry(view, overrides, etc, overrides->names[i]);
	return r;
}

static int override_etc(struct view *view)
{
	struct overrides overrides = OVERRIDES_NONE;
	const char *name = view->etc;
	bool above;
	int r;

	if (!name)
		return 0;
	r = overrides_list(name, &overrides, &above);
	if (r < 0 && above)
		return fail(view, STEP_READ_OVERRIDES, OVERRIDES_DIRECTORY, r);
	if (r < 0)
		return fail_at(view, STEP_READ_OVERRIDES, OVERRIDES_DIRECTORY,
			       name, r);
	if (overrides.count > 0)
		r = override_entries(view, &overrides);
	log_debug(view->log, "'%s/%s' has %zu overrides", OVERRIDES_DIRECTORY,
		  name, overrides.count);
	overrides_release(&overrides);
	return r;
}

/*
 * Whether the caller is in a chroot. Before it gets other mounts, as who may
 * not chroot(2) could not come back from those.
 */
static int find_root(struct view *view)
{
	int r = place_own_directories();

	if (r == 0)
		r = place_is_chrooted(view->entry);
	if (r < 0)
		return r;
	view->chrooted = r > 0;
	return 0;
}

/* Nothing of it is seen outside, and what is mounted outside is seen here. */
static int keep_mounts_inside(struct view *view)
{
	int r;

	if (view->rootshared)
		return 0;
	r = mounts_make_slave();
	if (r < 0)
		return fail(view, STEP_MAKE_SLAVE, "/", r);
	/*
	 * Where there are no names yet they come later, and would show. On a
	 * read-only /run none can come.
	 */
	r = registry_make_directory();
	view->made_names = r > 0;
	if (r >= 0 || registry_is_unwritable(r))
		r = mounts_cover_names(REGISTRY_DIRECTORY,
				       *view->name ? view->name : NULL);
	if (r < 0)
		return fail(view, STEP_COVER_NAMES, REGISTRY_DIRECTORY, r);
	return 0;
}

/*
 * A filter can answer 0 for a call that was not made: all that follows would
 * befall the caller's own mounts.
 */
static int leave_mounts(struct view *view)
{
	struct ns_id now;
	int r = place_new_mounts();

	if (r == 0)
		r = place_current_mounts(&now);
	if (r == 0 && ns_id_equal(now, view->entry->mounts))
		r = -EXDEV;
	return r < 0 ? fail(view, STEP_NEW_MOUNTS, "", r) : 0;
}

/* The names go first: what follows reads the table of mounts. */
int view_build(struct view *view)
{
	int r = 0;

	/* There PID 1 tells that it is in none. */
	if (!place_is_on_host(view->entry, view->host))
		r = find_root(view);
	if (r < 0)
		return fail(view, STEP_FIND_ROOT, "", r);
	r = leave_mounts(view);
	if (r == 0)
		r = keep_mounts_inside(view);
	if (r == 0)
		r = renew_sys(view);
	if (r == 0)
		r = override_etc(view);
	return r;
}

void view_take_back(struct view *view)
{
	if (view->made_names)
		(void)registry_remove_directory();
	view->made_names = false;
}

static int join_host(struct view *view)
{
	scoped_fd int mounts = place_open_host_mounts();
	int r = mounts < 0 ? mounts : find_root(view);

	if (r == 0)
		r = place_join_mounts(mounts);
	return r < 0 ? r : place_go_to(view->entry->cwd);
}

int view_leave(struct view *view)
{
	struct ns_id now;
	int r = 0;

	if (!ns_id_equal(view->entry->mounts, view->host->mounts))
		r = join_host(view);
	if (r == 0)
		r = place_current_mounts(&now);
	if (r == 0 && !ns_id_equal(now, view->host->mounts))
		r = -EXDEV;
	return r < 0 ? fail(view, STEP_JOIN_HOST, "mounts", r) : 0;
}
