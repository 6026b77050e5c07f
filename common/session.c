/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out a plan, undoes it, goes back: what comes after what. */
#include "session.h"
#include "helper.h"
#include "loopback.h"
#include "mountinfo.h"
#include "mounts.h"
#include "overrides.h"
#include "place.h"
#include "registry.h"
#include "scope.h"
#include "sysctl.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>

/*
 * Where the record of a handle is kept. The number is that of its layout: all
 * modules of this package share it, and may not be of one version while they
 * are replaced.
 */
#define RECORD_KEY "libpam-net/1"

enum { CLAIM_NET, CLAIM_LOCK };

/*
 * What is wanted of a name, and what came of it. Plain data: a helper may
 * fill it in elsewhere.
 */
struct claim {
	char name[NAME_MAX + 1];
	bool lodown;
	bool may_create;
	int host_mounts;		/* where to work; -EBADF: right here */
	struct ns_id forbidden;		/* the network that is outside */
	struct sysctl sysctl;
	/* What came of it. */
	struct fault fault;
	bool created;
	bool made_file;
	bool made_mount;
	bool made_directory;
	int sysctl_error;
};

/* One line of the stack that has moved the process. */
struct line {
	struct line *older;
	char *text;
	char name[NAME_MAX + 1];
	struct log_session told;
};

/* What is kept on the handle until the last close. */
struct record {
	struct place origin;
	struct sysctl sysctl;
	struct line *lines;
};

/* One open under way. */
struct opening {
	const struct log *log;
	const struct plan *plan;
	struct fault *fault;
	struct record *record;
	struct line *line;
	struct place entry;
	struct host host;
	struct claim claim;
	int claimed[HELPER_DESCRIPTORS];
	struct ns_id outside;		/* where the first open came from */
	bool chrooted;
};

static int fail(struct fault *fault, enum fault_step step, const char *object,
		int error)
{
	*fault = (struct fault){
		.kind = FAULT_UNCONFINED,
		.step = step,
		.error = error,
	};
	(void)snprintf(fault->object, sizeof(fault->object), "%s", object);
	return error;
}

/* The same, with directory/name as the object. */
static int fail_at(struct fault *fault, enum fault_step step,
		   const char *directory, const char *name, int error)
{
	char path[sizeof(fault->object)];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return fail(fault, step, path, error);
}

/* --- The record on the handle --- */

static void line_free(struct line *line)
{
	if (!line)
		return;
	free(line->text);
	free(line);
}

/* May run in a forked child: closes, frees, and does nothing else. */
static void record_free(pam_handle_t *pamh, void *data, int status)
{
	struct record *record = data;

	(void)pamh;
	(void)status;
	while (record->lines) {
		struct line *line = record->lines;

		record->lines = line->older;
		line_free(line);
	}
	place_disown_foreign(&record->origin);
	place_release(&record->origin);
	free(record);
}

static struct record *record_find(pam_handle_t *pamh)
{
	const void *data = NULL;

	if (pam_get_data(pamh, RECORD_KEY, &data) != PAM_SUCCESS)
		return NULL;
	return (struct record *)(uintptr_t)data;
}

static struct record *record_make(pam_handle_t *pamh)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->origin = PLACE_NOWHERE;
	if (pam_set_data(pamh, RECORD_KEY, record, record_free) !=
	    PAM_SUCCESS) {
		free(record);
		return NULL;
	}
	return record;
}

static struct line *line_make(const char *text)
{
	struct line *line = calloc(1, sizeof(*line));

	if (!line)
		return NULL;
	line->text = strdup(text);
	if (!line->text) {
		free(line);
		return NULL;
	}
	return line;
}

static struct line *record_take_line(struct record *record, const char *text)
{
	for (struct line **at = &record->lines; *at; at = &(*at)->older) {
		struct line *line = *at;

		if (strcmp(line->text, text) != 0)
			continue;
		*at = line->older;
		return line;
	}
	return NULL;
}

/* --- A network namespace --- */

/* A new one, ready for use: nobody joins a half-made one. */
static int new_net(bool lodown, const struct sysctl *sysctl,
		   int *ret_sysctl_error, struct fault *fault)
{
	int r = place_new_net();

	if (r < 0)
		return fail(fault, STEP_NEW_NET, "", r);
	r = lodown ? 0 : loopback_bring_up();
	if (r < 0)
		return fail(fault, STEP_LOOPBACK, "lo", r);
	*ret_sysctl_error = sysctl_write(sysctl);
	return 0;
}

/* --- A name: found, or made under its lock. No allocation, no log. --- */

static int claim_fail(struct claim *claim, enum fault_step step, int error)
{
	return fail_at(&claim->fault, step, REGISTRY_DIRECTORY, claim->name,
		       error);
}

/* Whether someone has prepared the directory of names. */
static bool names_are_prepared(void)
{
	scoped_fd int directory = registry_open_directory();

	return directory >= 0 && registry_is_mount(directory);
}

static int names_prepare_locked(struct claim *claim)
{
	int ip_lock;
	int r = registry_make_directory();

	if (r < 0)
		return r;
	claim->made_directory = r > 0;
	/* The descriptor lies under what is mounted next: look anew. */
	ip_lock = registry_open_directory_locked();
	if (ip_lock < 0)
		return ip_lock;
	if (!names_are_prepared()) {
		claim->made_mount = true;
		r = mounts_prepare_names(REGISTRY_DIRECTORY);
	}
	registry_unlock(&ip_lock);
	return r < 0 ? r : 0;
}

static int names_prepare(struct claim *claim)
{
	int lock;
	int r;

	if (names_are_prepared())
		return 0;
	lock = registry_lock_directory();
	r = lock < 0 ? lock : names_prepare_locked(claim);
	registry_unlock(&lock);
	if (r < 0)
		return fail(&claim->fault, STEP_PREPARE_NAMES,
			    REGISTRY_DIRECTORY, r);
	return 0;
}

/* Takes back what this login made, under the lock of the name. */
static void claim_undo(struct claim *claim)
{
	char path[sizeof(REGISTRY_DIRECTORY) + NAME_MAX + 1];
	scoped_fd int directory = registry_open_directory();
	int lock;

	(void)snprintf(path, sizeof(path), "%s/%s", REGISTRY_DIRECTORY,
		       claim->name);
	if (claim->created)
		(void)mounts_remove(path, true);
	if (claim->made_file && directory >= 0)
		(void)registry_remove(directory, claim->name);
	scope_close(&directory);
	if (!claim->made_mount && !claim->made_directory)
		return;
	/* Somebody may use it by now: then it is busy, or not empty. */
	lock = registry_lock_directory();
	if (lock >= 0 && claim->made_mount)
		(void)mounts_remove(REGISTRY_DIRECTORY, false);
	if (lock >= 0 && claim->made_directory)
		(void)registry_remove_directory();
	registry_unlock(&lock);
}

/* -EAGAIN: somebody else was at work on the name, look again. */
static int claim_bind(struct claim *claim)
{
	scoped_fd int directory = registry_open_directory();
	scoped_fd int file = -EBADF;
	int r;

	if (directory < 0)
		return claim_fail(claim, STEP_ADD_NAME, directory);
	file = registry_add(directory, claim->name, &claim->made_file);
	if (file == -EEXIST || file == -ENOENT)
		return -EAGAIN;
	if (file < 0)
		return claim_fail(claim, STEP_ADD_NAME, file);
	r = mounts_bind_net(file);
	if (r == 0) {
		claim->created = true;
		return 0;
	}
	if (claim->made_file)
		(void)registry_remove(directory, claim->name);
	claim->made_file = false;
	return r == -ENOENT ? -EAGAIN : claim_fail(claim, STEP_BIND_NAME, r);
}

/* Makes the name; ret_net is what it is bound to. */
static int claim_create(struct claim *claim, int *ret_net)
{
	int r = new_net(claim->lodown, &claim->sysctl, &claim->sysctl_error,
			&claim->fault);

	if (r < 0)
		return r;
	r = names_prepare(claim);
	if (r < 0)
		return r;
	*ret_net = place_open_net();
	if (*ret_net < 0)
		return claim_fail(claim, STEP_BIND_NAME, *ret_net);
	r = claim_bind(claim);
	if (r < 0)
		scope_close(ret_net);
	return r;
}

static bool is_missing(int r)
{
	return r == -ENOENT || r == -ESTALE;
}

/* Under the exclusive lock: finds what is there by now, or makes it. */
static int claim_find_or_create(struct claim *claim, int *ret_net)
{
	/* Each time that ip-netns(8) adds or deletes the same name. */
	for (int tries = 0; tries < 100; tries++) {
		int r;

		*ret_net = registry_find_settled(claim->name);
		if (*ret_net >= 0)
			return 0;
		if (!is_missing(*ret_net))
			return claim_fail(claim, STEP_FIND_NAME, *ret_net);
		r = claim_create(claim, ret_net);
		if (r != -EAGAIN)
			return r;
	}
	return claim_fail(claim, STEP_ADD_NAME, -EAGAIN);
}

static int claim_create_locked(struct claim *claim, int lock, int *ret_net)
{
	int r;

	if (!claim->may_create)
		return claim_fail(claim, STEP_ALLOW_CREATION, -EXDEV);
	r = lock < 0 ? lock : registry_lock_exclusively(lock);
	if (r < 0)
		return claim_fail(claim, STEP_LOCK_NAME, r);
	return claim_find_or_create(claim, ret_net);
}

/* A name that leads outside confines nobody. */
static int claim_check(struct claim *claim, int net)
{
	struct ns_id id;
	int r = place_identify(net, &id);

	if (r < 0)
		return claim_fail(claim, STEP_FIND_NAME, r);
	if (ns_id_equal(id, claim->forbidden))
		return claim_fail(claim, STEP_REFUSE_HOST, -EXDEV);
	return 0;
}

static int claim_look_up(struct claim *claim, int fds[HELPER_DESCRIPTORS])
{
	int *net = &fds[CLAIM_NET];
	int r = 0;

	*net = registry_find(claim->name);
	if (is_missing(*net))
		r = claim_create_locked(claim, fds[CLAIM_LOCK], net);
	else if (*net < 0)
		r = claim_fail(claim, STEP_FIND_NAME, *net);
	return r < 0 ? r : claim_check(claim, *net);
}

/*
 * The work of a claim, for helper_run() or right here. Who joins goes on
 * without the lock where it cannot be made, as on a read-only /run.
 */
static int claim_work(void *data, int fds[HELPER_DESCRIPTORS])
{
	struct claim *claim = data;
	int r;

	if (claim->host_mounts >= 0) {
		r = place_join_mounts(claim->host_mounts);
		if (r < 0)
			return claim_fail(claim, STEP_ENTER_HOST, r);
	}
	fds[CLAIM_LOCK] = registry_lock(claim->name, LOCK_SH);
	if (fds[CLAIM_LOCK] == -ETIMEDOUT)
		return claim_fail(claim, STEP_LOCK_NAME, -ETIMEDOUT);
	r = claim_look_up(claim, fds);
	if (r == 0)
		return 0;
	claim_undo(claim);
	scope_close(&fds[CLAIM_NET]);
	registry_unlock(&fds[CLAIM_LOCK]);
	return r;
}

static int claim_undo_work(void *data, int fds[HELPER_DESCRIPTORS])
{
	struct claim *claim = data;
	int r = 0;

	(void)fds;
	if (claim->host_mounts >= 0)
		r = place_join_mounts(claim->host_mounts);
	if (r == 0)
		claim_undo(claim);
	return r;
}

/* --- Into the planned network --- */

/*
 * Where the host is unknown the caller's own mounts have to do, if they are
 * not those of a session and do not follow others: a name made there would be
 * seen by nobody else.
 */
static int judge_by_own_mounts(struct opening *opening)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *names;
	bool in_view;
	int r = mountinfo_read(&info);

	if (r < 0)
		return fail(opening->fault, STEP_READ_MOUNTS,
			    "/proc/self/mountinfo", r);
	names = mountinfo_find_path(&info, REGISTRY_DIRECTORY, true);
	in_view = names && !strcmp(names->type, "tmpfs") &&
		  !strcmp(names->source, MOUNTS_SOURCE);
	if (!names)
		names = mountinfo_find_path(&info, "/run", false);
	opening->claim.may_create = !in_view && !(names && names->slave);
	if (!in_view)
		opening->claim.forbidden = opening->outside;
	mountinfo_release(&info);
	return 0;
}

static int claim_prepare(struct opening *opening)
{
	struct claim *claim = &opening->claim;

	(void)snprintf(claim->name, sizeof(claim->name), "%s",
		       opening->plan->name);
	claim->lodown = opening->plan->flags & OPTION_LODOWN;
	claim->sysctl = opening->record->sysctl;
	if (!ns_id_is_known(opening->host.mounts))
		return judge_by_own_mounts(opening);
	claim->may_create = true;
	claim->forbidden = opening->host.net;
	if (place_is_on_host(&opening->entry, &opening->host))
		return 0;
	claim->host_mounts = place_open_host_mounts();
	if (claim->host_mounts < 0)
		return fail(opening->fault, STEP_ENTER_HOST, "",
			    claim->host_mounts);
	return 0;
}

/* Works in the host's mount namespace: here, or by a helper. */
static int claim_run(struct opening *opening,
		     int (*work)(void *, int *))
{
	struct claim *claim = &opening->claim;
	int fds[HELPER_DESCRIPTORS] = { -EBADF, -EBADF };
	int r;

	claim->fault = (struct fault){ .kind = FAULT_NONE };
	if (claim->host_mounts < 0)
		r = work(claim, fds);
	else
		r = helper_run(work, claim, sizeof(*claim), fds);
	if (r < 0 && claim->fault.kind == FAULT_NONE)
		(void)fail(&claim->fault, STEP_ASK_HOST, "", r);
	if (work == claim_work)
		memcpy(opening->claimed, fds, sizeof(fds));
	return r;
}

static int enter_named(struct opening *opening)
{
	const char *name = opening->plan->name;
	int net;
	int r = claim_prepare(opening);

	if (r < 0)
		return r;
	r = claim_run(opening, claim_work);
	if (r < 0) {
		*opening->fault = opening->claim.fault;
		return r;
	}
	net = opening->claimed[CLAIM_NET];
	r = place_join_net(net);
	if (r < 0)
		return fail(opening->fault, STEP_JOIN_NET, name, r);
	if (!opening->claim.created && !opening->claim.lodown) {
		r = loopback_bring_up();
		if (r < 0)
			return fail(opening->fault, STEP_LOOPBACK, "lo", r);
	}
	log_debug(opening->log, "%s the network namespace '%s'",
		  opening->claim.created ? "created" : "joined", name);
	return 0;
}

static int enter_new(struct opening *opening)
{
	int r = new_net(opening->plan->flags & OPTION_LODOWN,
			&opening->record->sysctl,
			&opening->claim.sysctl_error, opening->fault);

	if (r < 0)
		return r;
	opening->claim.created = true;
	log_debug(opening->log, "created a network namespace");
	return 0;
}

static int enter_net(struct opening *opening)
{
	int r = opening->plan->kind == PLAN_NEW ? enter_new(opening)
						: enter_named(opening);

	if (r == 0 && opening->claim.sysctl_error)
		log_warning(opening->log,
			    "cannot carry over who may ping and which ports "
			    "need no privilege: %s",
			    strerror(-opening->claim.sysctl_error));
	return r;
}

/* --- The session's view --- */

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
static int sys_copy(const struct opening *opening,
		    const struct mountinfo *info,
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
			return fail(opening->fault, STEP_CARRY_SYS,
				    entry->point, clone);
		carried[(*ret_count)++] = (struct carried){
			.clone = clone,
			.point = entry->point,
		};
	}
	return 0;
}

static int sys_attach(const struct opening *opening,
		      const struct carried *carried, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int r = mounts_attach(carried[i].clone, carried[i].point);

		if (r == -ENOENT || r == -ENOTDIR)
			log_debug(opening->log,
				  "'%s' has no place in the session's /sys",
				  carried[i].point);
		else if (r < 0)
			return fail(opening->fault, STEP_CARRY_SYS,
				    carried[i].point, r);
	}
	return 0;
}

static int sys_cover(struct opening *opening, const struct carried *carried,
		     size_t count)
{
	int r = 0;

	/* What is mounted on a shared mount shows outside. */
	if (opening->plan->flags & OPTION_ROOTSHARED)
		r = mounts_make_private("/sys", false);
	if (r == 0)
		r = mounts_cover_sys();
	/* It shows this namespace already, with all that is below it. */
	if (r == -EBUSY)
		return 0;
	if (r < 0)
		return fail(opening->fault, STEP_COVER_SYS, "/sys", r);
	r = sys_attach(opening, carried, count);
	if (r < 0)
		return r;
	r = place_is_in_sys(&opening->entry) ? place_go_to_root() : 0;
	return r < 0 ? fail(opening->fault, STEP_LEAVE_SYS, "/sys", r) : 0;
}

static int renew_sys(struct opening *opening)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *top;
	struct carried *carried;
	size_t count = 0;
	int r = mountinfo_read(&info);

	if (r < 0)
		return fail(opening->fault, STEP_READ_MOUNTS,
			    "/proc/self/mountinfo", r);
	top = mountinfo_find_path(&info, "/sys", true);
	if (!top) {
		mountinfo_release(&info);
		return 0;
	}
	carried = calloc(info.count, sizeof(*carried));
	if (carried)
		r = sys_copy(opening, &info, top, carried, &count);
	else
		r = fail(opening->fault, STEP_CARRY_SYS, "/sys", -ENOMEM);
	if (r == 0)
		r = sys_cover(opening, carried, count);
	carried_release(carried, count);
	mountinfo_release(&info);
	return r;
}

/* With rootshared: /etc apart from the mounts that go on being shared. */
static int detach_etc(struct opening *opening)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *holder;
	int r = mountinfo_read(&info);

	if (r < 0)
		return fail(opening->fault, STEP_READ_MOUNTS,
			    "/proc/self/mountinfo", r);
	holder = mountinfo_find_path(&info, "/etc", false);
	r = holder ? mounts_detach("/etc", holder->point,
				   holder->shared || holder->slave)
		   : -ENOENT;
	mountinfo_release(&info);
	return r < 0 ? fail(opening->fault, STEP_DETACH_ETC, "/etc", r) : 0;
}

static int override_entry(struct opening *opening,
			  const struct overrides *overrides, int etc,
			  const char *entry)
{
	bool is_directory;
	scoped_fd int source = overrides_open(overrides, entry, &is_directory);
	char from[sizeof(opening->fault->object)];
	int r;

	(void)snprintf(from, sizeof(from), "%s/%s/%s", OVERRIDES_DIRECTORY,
		       opening->plan->etc, entry);
	if (source < 0)
		return fail(opening->fault, STEP_READ_OVERRIDES, from, source);
	r = mounts_override(etc, entry, source, is_directory);
	if (r == -ENOENT) {
		log_warning(opening->log,
			    "'%s' overrides nothing: there is no '/etc/%s'",
			    from, entry);
		return 0;
	}
	if (r < 0)
		return fail_at(opening->fault, STEP_OVERRIDE, "/etc", entry,
			       r);
	return 0;
}

static int override_entries(struct opening *opening,
			    const struct overrides *overrides)
{
	scoped_fd int etc = -EBADF;
	int r = 0;

	if (opening->plan->flags & OPTION_ROOTSHARED)
		r = detach_etc(opening);
	if (r < 0)
		return r;
	etc = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (etc < 0)
		return fail(opening->fault, STEP_OVERRIDE, "/etc", -errno);
	for (size_t i = 0; r == 0 && i < overrides->count; i++)
		r = override_entry(opening, overrides, etc,
				   overrides->names[i]);
	return r;
}

static int override_etc(struct opening *opening)
{
	struct overrides overrides = OVERRIDES_NONE;
	const char *name = opening->plan->etc;
	int r;

	if (!name)
		return 0;
	r = overrides_list(name, &overrides);
	if (r < 0)
		return fail_at(opening->fault, STEP_READ_OVERRIDES,
			       OVERRIDES_DIRECTORY, name, r);
	if (overrides.count > 0)
		r = override_entries(opening, &overrides);
	log_debug(opening->log, "'%s/%s' has %zu overrides",
		  OVERRIDES_DIRECTORY, name, overrides.count);
	overrides_release(&overrides);
	return r;
}

/* Whether the caller is in a chroot: on the host PID 1 tells. */
static int find_root(struct opening *opening)
{
	int r;

	if (place_is_on_host(&opening->entry, &opening->host))
		return 0;
	r = place_is_chrooted(&opening->entry);
	if (r < 0)
		return fail(opening->fault, STEP_FIND_ROOT, "", r);
	opening->chrooted = r > 0;
	return 0;
}

/* Nothing of it is seen outside, and what is mounted outside is seen here. */
static int keep_mounts_inside(struct opening *opening)
{
	bool named = opening->plan->kind == PLAN_NAMED;
	int r;

	if (opening->plan->flags & OPTION_ROOTSHARED)
		return 0;
	r = mounts_make_slave();
	if (r < 0)
		return fail(opening->fault, STEP_MAKE_SLAVE, "/", r);
	r = mounts_cover_names(REGISTRY_DIRECTORY,
			       named ? opening->plan->name : NULL);
	if (r < 0)
		return fail(opening->fault, STEP_COVER_NAMES,
			    REGISTRY_DIRECTORY, r);
	return 0;
}

/* The names go first: what follows reads the table of mounts. */
static int build_view(struct opening *opening)
{
	int r;

	if (opening->plan->flags & OPTION_NOMOUNT)
		return 0;
	r = place_new_mounts();
	if (r < 0)
		return fail(opening->fault, STEP_NEW_MOUNTS, "", r);
	r = find_root(opening);
	if (r == 0)
		r = keep_mounts_inside(opening);
	if (r == 0)
		r = renew_sys(opening);
	if (r == 0)
		r = override_etc(opening);
	if (r == 0)
		log_debug(opening->log, "gave the session its own mounts");
	return r;
}

/* --- The end of an open --- */

static bool is_in_planned(const struct opening *opening, struct ns_id now)
{
	struct ns_id named;

	if (opening->plan->kind == PLAN_NEW)
		return ns_id_is_known(now) &&
		       !ns_id_equal(now, opening->outside) &&
		       !ns_id_equal(now, opening->host.net);
	return place_identify(opening->claimed[CLAIM_NET], &named) == 0 &&
	       ns_id_equal(now, named) &&
	       !ns_id_equal(now, opening->claim.forbidden);
}

/* never-outside: looks where the process is, whatever was done before. */
static int verify(struct opening *opening)
{
	struct line *line = opening->line;
	const char *name = opening->plan->name;
	struct ns_id now;
	int r = place_current_net(&now);

	if (r == 0 && !is_in_planned(opening, now))
		r = -EXDEV;
	if (r < 0)
		return fail(opening->fault, STEP_VERIFY,
			    *name ? name : "a new network namespace", r);
	if (*name)
		(void)snprintf(line->name, sizeof(line->name), "%s", name);
	else
		(void)snprintf(line->name, sizeof(line->name), "net:[%llu]",
			       (unsigned long long)now.ino);
	line->told.name = line->name;
	line->told.inode = now.ino;
	line->told.created = opening->claim.created;
	return 0;
}

static int set_environment(struct opening *opening)
{
	char entry[sizeof("NETNS=") + NAME_MAX];

	(void)snprintf(entry, sizeof(entry), "NETNS=%s", opening->line->name);
	if (pam_putenv(opening->log->pamh, entry) != PAM_SUCCESS)
		return fail(opening->fault, STEP_SET_ENVIRONMENT, "NETNS",
			    -ENOMEM);
	return 0;
}

/* Cannot fail: from here on the session is open. */
static void commit(struct opening *opening)
{
	struct record *record = opening->record;
	struct place *origin = &record->origin;

	if (!record->lines) {
		*origin = opening->entry;
		opening->entry = PLACE_NOWHERE;
		place_forget_directories(origin, opening->chrooted);
	} else if (opening->chrooted && origin->root_fd < 0) {
		/* The lines before moved the network only. */
		origin->root_fd = take_fd(&opening->entry.root_fd);
	}
	opening->line->older = record->lines;
	record->lines = opening->line;
	log_session(opening->log, "opened", &opening->line->told);
	if (opening->plan->flags & OPTION_ANNOUNCE)
		log_announce(opening->log, opening->line->name);
	opening->line = NULL;
}

/* Back to where this open began, and no further. */
static void undo(struct opening *opening)
{
	struct claim *claim = &opening->claim;
	int r = place_return(&opening->entry);

	if (r < 0)
		opening->fault->stuck = r;
	if (!claim->made_file && !claim->made_mount && !claim->made_directory &&
	    !claim->created)
		return;
	/* In other mounts than it was made in there is nothing to take. */
	if (opening->plan->kind == PLAN_NAMED &&
	    (r == 0 || claim->host_mounts >= 0))
		(void)claim_run(opening, claim_undo_work);
}

static int carry_out(struct opening *opening)
{
	int r = enter_net(opening);

	if (r == 0)
		r = build_view(opening);
	if (r == 0)
		r = verify(opening);
	if (r == 0)
		r = set_environment(opening);
	if (r == 0)
		commit(opening);
	else
		undo(opening);
	registry_unlock(&opening->claimed[CLAIM_LOCK]);
	scope_close(&opening->claimed[CLAIM_NET]);
	scope_close(&opening->claim.host_mounts);
	return r;
}

/* What makes it impossible to confine this caller at all. */
static int check_caller(const struct plan *plan, struct fault *fault)
{
	/* unshare(2) and setns(2) move one thread. */
	if (syscall(SYS_gettid) != getpid())
		return fail(fault, STEP_CHECK_THREAD, "", -EDEADLK);
	if (!place_has_proc())
		return fail(fault, STEP_CHECK_PROC, "/proc", -ENODEV);
	if (!(plan->flags & OPTION_NOMOUNT) && !place_root_is_mount())
		return fail(fault, STEP_CHECK_ROOT, "", -EINVAL);
	return 0;
}

/* Remembers where the caller stands, and, the first time, what it has. */
static int look_around(struct opening *opening)
{
	struct record *record = opening->record;
	int r = place_read(&opening->entry);

	if (r < 0)
		return fail(opening->fault, STEP_READ_PLACE, "", r);
	opening->host = place_read_host();
	if (record->lines) {
		opening->outside = record->origin.net;
		return 0;
	}
	opening->outside = opening->entry.net;
	sysctl_read(&record->sysctl);
	return 0;
}

int session_open(const struct log *log, const struct account *account,
		 const struct plan *plan, const char *line,
		 struct fault *fault)
{
	struct opening opening = {
		.log = log,
		.plan = plan,
		.fault = fault,
		.entry = PLACE_NOWHERE,
		.claim = { .host_mounts = -EBADF },
		.claimed = { -EBADF, -EBADF },
	};
	int r = check_caller(plan, fault);

	if (r < 0)
		return r;
	opening.record = record_find(log->pamh);
	if (!opening.record)
		opening.record = record_make(log->pamh);
	opening.line = line_make(line);
	if (!opening.record || !opening.line) {
		line_free(opening.line);
		return fail(fault, STEP_KEEP_RECORD, "", -ENOMEM);
	}
	opening.line->told.user = account->name;
	r = look_around(&opening);
	if (r == 0)
		r = carry_out(&opening);
	place_release(&opening.entry);
	line_free(opening.line);
	return r;
}

void session_close(const struct log *log, const char *text)
{
	struct record *record = record_find(log->pamh);
	struct line *line = record ? record_take_line(record, text) : NULL;
	int r;

	if (!line)
		return;
	log_session(log, "closed", &line->told);
	line_free(line);
	if (record->lines)
		return;
	place_disown_foreign(&record->origin);
	r = place_return(&record->origin);
	if (r < 0)
		log_debug(log, "cannot go back to where the session began: %s",
			  strerror(-r));
	place_release(&record->origin);
}
