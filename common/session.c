/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and closes a session. */
#include "session.h"
#include "count.h"
#include "init.h"
#include "netns.h"
#include "ns.h"
#include "options.h"
#include "process.h"
#include "scope.h"
#include "session_mounts.h"
#include "sessions.h"
#include "shared_mounts.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* A name that is deleted and made anew each time that a login enters it. */
enum { TRIES = 10 };

/*
 * Where the record of a handle is kept. All modules of this package share it,
 * and they may be of two versions while a package is replaced: the number
 * changes with the layout of struct handle_record and of what is in it.
 */
#define RECORD_KEY "libpam-net/3"

/* One line of the stack that has moved the process. */
struct line {
	struct line *older;
	char *text;
	char *user;
	char *log_file;	       /* of its log=, or NULL */
	bool ended_by_another; /* a line with "close" */
	bool has_open;
	char name[NAME_MAX + 1];
	struct log_session session;
	const char *state; /* where its record is */
};

/* What is kept on the handle until the last close. */
struct handle_record {
	struct ns_saved origin;
	struct ns_host host; /* as it was then: PID 1 may be this process */
	bool has_close_line;
	struct line *lines;
};

#if __SIZEOF_POINTER__ == 8
_Static_assert(sizeof(struct handle_record) == 168 &&
		       sizeof(struct line) == 360,
	       "the layout has changed: RECORD_KEY must change as well");
#endif

/* --- The record on the handle --- */

static void line_free(struct line *line)
{
	if (!line)
		return;
	free(line->text);
	free(line->user);
	free(line->log_file);
	free(line);
}

/* May run in a forked child: closes, frees, and does nothing else. */
static void handle_free(pam_handle_t *pamh, void *data, int status)
{
	struct handle_record *record = data;

	(void)pamh;
	(void)status;
	while (record->lines) {
		struct line *line = record->lines;

		record->lines = line->older;
		line_free(line);
	}
	ns_saved_drop_reused(&record->origin);
	ns_saved_release(&record->origin);
	free(record);
}

static struct handle_record *handle_find(pam_handle_t *pamh)
{
	const void *data = NULL;

	if (pam_get_data(pamh, RECORD_KEY, &data) != PAM_SUCCESS)
		return NULL;
	return (struct handle_record *)(uintptr_t)data;
}

/* Finds it, or makes it. NULL: no memory. */
static struct handle_record *handle_get(pam_handle_t *pamh)
{
	struct handle_record *record = handle_find(pamh);

	if (record)
		return record;
	record = calloc(1, sizeof(*record));
	if (!record)
		return NULL;
	record->origin = NS_SAVED_NONE;
	if (pam_set_data(pamh, RECORD_KEY, record, handle_free) !=
	    PAM_SUCCESS) {
		free(record);
		return NULL;
	}
	return record;
}

static struct line *line_make(const char *text, const char *user,
			      const char *log_file)
{
	struct line *line = calloc(1, sizeof(*line));

	if (!line)
		return NULL;
	line->text = strdup(text);
	line->user = strdup(user);
	line->log_file = log_file ? strdup(log_file) : NULL;
	if (!line->text || !line->user || (log_file && !line->log_file)) {
		line_free(line);
		return NULL;
	}
	return line;
}

/* Whether it is the line of module with argv. Takes no memory. */
static bool line_is(const struct line *line, const char *module, int argc,
		    const char *const argv[])
{
	const char *at = line->text;
	size_t length = strlen(module);

	if (strncmp(at, module, length) != 0)
		return false;
	at += length;
	for (int i = 0; i < argc; i++) {
		length = strlen(argv[i]);
		if (*at++ != ' ' || strncmp(at, argv[i], length) != 0)
			return false;
		at += length;
	}
	return !*at;
}

/* --- Opening --- */

/* What makes it impossible to confine this caller at all. */
static int check_caller(const struct plan *plan, struct failure *failure)
{
	/* unshare(2) and setns(2) move one thread. */
	if (syscall(SYS_gettid) != getpid()) {
		(void)failure_set(failure, -EDEADLK, "move the whole process",
				  "");
		failure->cause = "it is not the main thread that calls";
	} else if (!ns_has_proc()) {
		(void)failure_set(failure, -ENODEV, "use", "/proc");
		failure->cause = "it is not mounted";
	} else if (!(plan->flags & OPTION_NOMOUNT) && !ns_root_is_mount()) {
		(void)failure_set(failure, -EINVAL,
				  "give the session mounts of its own", "");
		failure->cause = "the caller is chrooted to a directory that "
				 "is no mount point";
	} else {
		return 0;
	}
	return failure->error;
}

/* The lock of the name is free by now. */
static void log_programs(const struct log *log,
			 const struct netns_request *request,
			 const struct program_output *output)
{
	char program[PLAN_INIT_MAX + 1];

	for (unsigned int i = 0; output && i < output->count; i++) {
		const struct program_line *line = &output->lines[i];

		if (init_program_at(request->init, line->tag, program,
				    sizeof(program)))
			log_output(log, program, line->text);
	}
	if (output && output->lost > 0)
		log_warning(log, "%u more lines of '%s' are left out",
			    output->lost, request->init);
}

/* What went without being a reason to deny. */
static void log_result(const struct log *log,
		       const struct netns_request *request,
		       const struct netns_result *result)
{
	if (result->made_over_file)
		log_warning(log, NETNS_OVER_FILE_TEXT, NETNS_DIRECTORY,
			    request->name);
	if (result->sysctl_error)
		log_warning(log, NETNS_SYSCTL_TEXT,
			    log_errno(result->sysctl_error));
	if (result->record_error)
		log_debug(log, "cannot write the record of the name: %s",
			  log_errno(result->record_error));
	log_programs(log, request, result->output);
	for (int i = 0; i < HELPER_COUNT_; i++)
		if (result->helper.error[i])
			log_debug(log, "the helper keeps the caller's %s: %s",
				  helper_setting_name((enum helper_setting)i),
				  log_errno(result->helper.error[i]));
}

/* One attempt to confine the caller, and what is known of it. */
struct attempt {
	struct netns_result netns;
	enum session_view view;
	bool chrooted;
	struct shared_mounts shared;
};

#define ATTEMPT_NONE                                                           \
	((struct attempt){ .netns = NETNS_RESULT_NONE,                         \
			   .view = SESSION_VIEW_NONE,                          \
			   .shared = SHARED_MOUNTS_NONE })

/*
 * Gets the namespace and enters it. Returns a descriptor of it, or -errno with
 * result->failure.
 */
static int enter_netns(const struct log *log,
		       const struct netns_request *request,
		       struct netns_result *result)
{
	scoped_fd int fd = netns_get(request, result);
	int r;

	log_result(log, request, result);
	program_output_free(result->output);
	result->output = NULL;
	r = fd < 0 ? fd : netns_enter(request, fd, result);
	if (r < 0)
		return r;
	log_debug(log, "entered the network namespace");
	if (result->generated_unseen)
		log_warning(log, "cannot use what init programs have generated "
				 "for /etc: the caller's /run is not the "
				 "host's");
	if (result->init_differs)
		log_warning(log,
			    "'%s' was not made with init=%s, it is joined as "
			    "it is",
			    request->name, request->init);
	return take_fd(&fd);
}

static int enter_mounts(const struct plan *plan,
			const struct session_mounts_request *request,
			struct attempt *attempt, struct failure *failure)
{
	int r = 0;

	if (plan->kind == PLAN_HOST)
		return session_mounts_enter_host(request, &attempt->chrooted,
						 failure);
	if (plan->flags & OPTION_NOMOUNT)
		return 0;
	if (attempt->shared.job.work)
		r = shared_mounts_enter(&attempt->shared, failure);
	if (r < 0)
		return r;
	attempt->view = r > 0 ? SESSION_VIEW_NAME : SESSION_VIEW_OWN;
	log_debug(request->log, "the mounts of the session are %s",
		  r > 0 ? "those of the name" : "its own");
	return r > 0 ? 0
		     : session_mounts_make(request, &attempt->chrooted,
					   failure);
}

static int verify(const struct netns_request *request, int fd,
		  const struct netns_result *result, struct line *line,
		  struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -EXDEV, "it is somewhere else", NULL },
	};
	const char *name = request->name;
	struct ns_id now;
	int r = netns_verify(request, fd, result, &now);

	if (r < 0) {
		(void)failure_set(failure, r, "verify that the process is in",
				  *name ? name
					: "the planned network namespace");
		return failure_explain(failure, causes, COUNT(causes));
	}
	if (*name)
		(void)snprintf(line->name, sizeof(line->name), "%s", name);
	else
		(void)snprintf(line->name, sizeof(line->name), "net:[%llu]",
			       (unsigned long long)now.ino);
	line->session.name = line->name;
	line->session.inode = now.ino;
	line->session.made = result->made;
	return 0;
}

static int set_environment(pam_handle_t *pamh, const char *name,
			   struct failure *failure)
{
	char entry[sizeof("NETNS=") + NAME_MAX];

	(void)snprintf(entry, sizeof(entry), "NETNS=%s", name);
	if (pam_putenv(pamh, entry) == PAM_SUCCESS)
		return 0;
	return failure_set(failure, -ENOMEM, "set", "NETNS");
}

/* Keeps the line, and the entry of the first one as the origin. */
static void handle_add_line(struct handle_record *record, struct line *line,
			    struct ns_saved *entry, bool chrooted)
{
	struct ns_saved *origin = &record->origin;

	if (!record->lines) {
		*origin = *entry;
		*entry = NS_SAVED_NONE;
		ns_saved_drop_directories(origin, chrooted);
	} else if (chrooted && origin->root_fd < 0) {
		/* The lines before have moved the network only. */
		origin->root_fd = take_fd(&entry->root_fd);
	}
	line->older = record->lines;
	record->lines = line;
}

/* "" if it is not known. */
static const char *pam_text(const struct log *log, int item)
{
	const void *value = NULL;

	(void)pam_get_item(log->pamh, item, &value);
	return value ? value : "";
}

/* A record that cannot be written is no reason to deny. */
static void record_line(const struct log *log,
			const struct netns_request *request,
			const struct account *account, const struct plan *plan,
			const struct line *line, enum session_view view)
{
	const struct log_session *session = &line->session;
	struct session_entry entry = {
		.leader = session->leader,
		.start_time = session->start_time,
		.user = account->name,
		.uid = account->uid,
		.service = request->service,
		.rhost = request->rhost,
		.tty = request->tty,
		.audit_session = session->audit_session,
		.plan = plan_name(request->kind),
		.name = line->name,
		.host_mounts = request->host->mounts,
		.view = view,
		.hide = plan->hide,
		.init = plan->init,
	};
	int r = ns_current_net(&entry.net);

	if (view != SESSION_VIEW_NAME)
		sessions_remove_dead(line->state, line->name,
				     plan->kind == PLAN_NEW);
	if (r == 0)
		r = sessions_write(line->state, &entry);
	if (r < 0)
		log_debug(log, "cannot write the record of the session: %s",
			  log_errno(r));
}

/* Where the session may share mounts, who makes the name makes them. */
static int begin_mounts(const struct plan *plan,
			const struct session_mounts_request *request,
			struct shared_mounts *ret, struct netns_request *netns,
			struct failure *failure)
{
	int r;

	netns->next = NULL;
	if (plan->kind != PLAN_NAMED || request->rootshared ||
	    plan->flags & OPTION_NOMOUNT)
		return 0;
	r = shared_mounts_begin(request, ret, failure);
	if (r == 0 && ret->job.work)
		netns->next = &ret->job;
	return r;
}

/*
 * All that moves the process, and can fail. If attempt->netns.stale it is to be
 * done again, from the entry.
 */
static int confine_once(const struct log *log, const struct plan *plan,
			struct netns_request *netns,
			struct session_mounts_request *mounts,
			struct attempt *attempt, struct line *line,
			struct failure *failure)
{
	struct netns_result *found = &attempt->netns;
	scoped_fd int fd = -EBADF;
	int r = begin_mounts(plan, mounts, &attempt->shared, netns, failure);

	if (r < 0)
		return r;
	/* For the helper as well, which knows it first. */
	mounts->generated = found->generated;
	fd = enter_netns(log, netns, found);
	attempt->shared.helper = found->maker;
	if (fd < 0) {
		*failure = found->failure;
		mounts->generated = NULL;
		netns_release(netns, found);
		return fd;
	}
	mounts->net = fd;
	r = enter_mounts(plan, mounts, attempt, failure);
	mounts->generated = NULL;
	if (netns_check_generated(netns, fd, found) < 0 &&
	    (r == 0 || found->stale)) {
		*failure = found->failure;
		r = failure->error;
	}
	netns_release(netns, found);
	if (r == 0)
		r = verify(netns, fd, found, line, failure);
	if (r == 0)
		r = set_environment(log->pamh, line->name, failure);
	return r;
}

/*
 * The same, again if the name was deleted or made anew meanwhile. On failure
 * the process may be anywhere.
 */
static int confine(const struct log *log, const struct plan *plan,
		   struct netns_request *netns,
		   struct session_mounts_request *mounts,
		   struct attempt *attempt, struct line *line,
		   struct failure *failure)
{
	int r = confine_once(log, plan, netns, mounts, attempt, line, failure);

	for (int i = 1; r < 0 && attempt->netns.stale && i < TRIES; i++) {
		shared_mounts_release(&attempt->shared);
		*attempt = ATTEMPT_NONE;
		r = ns_restore(netns->entry);
		if (r < 0)
			return failure_set(failure, r,
					   "go back for another try", "");
		r = confine_once(log, plan, netns, mounts, attempt, line,
				 failure);
	}
	return r;
}

static int open_line(const struct log *log, const struct account *account,
		     const struct plan *plan, struct handle_record *record,
		     struct line *line, struct ns_saved *entry,
		     struct failure *failure)
{
	const struct owner owner = { .uid = account->uid, .gid = account->gid };
	struct netns_request netns = {
		.kind = plan->kind,
		.name = plan->name,
		.lodown = plan->flags & OPTION_LODOWN,
		.init = plan->kind == PLAN_HOST ? NULL : plan->init,
		.owner = plan->owned ? &owner : NULL,
		.user = line->user,
		.service = pam_text(log, PAM_SERVICE),
		.rhost = pam_text(log, PAM_RHOST),
		.tty = pam_text(log, PAM_TTY),
		.etc = plan->etc,
		.host = &record->host,
		.entry = entry,
		.origin = record->lines ? &record->origin : entry,
	};
	struct session_mounts_request mounts = {
		.log = log,
		.name = plan->name,
		.etc = plan->etc,
		.hide = plan->hide,
		.rootshared = plan->flags & OPTION_ROOTSHARED,
		.uid = account->uid,
		.home = account->home,
		.entry = entry,
		.host = &record->host,
	};
	struct attempt attempt = ATTEMPT_NONE;
	int r = confine(log, plan, &netns, &mounts, &attempt, line, failure);

	if (r == 0) {
		line->state = sessions_state(entry, &record->host);
		record_line(log, &netns, account, plan, line, attempt.view);
	}
	shared_mounts_release(&attempt.shared);
	if (r < 0) {
		/*
		 * Back to where this open began, and no further: a line before
		 * may have confined this login.
		 */
		failure->stuck = ns_restore(entry);
		return r;
	}
	handle_add_line(record, line, entry, attempt.chrooted);
	return 0;
}

int session_open(const struct log *log, const struct account *account,
		 const struct plan *plan, const char *text,
		 const struct log_session *session, struct failure *failure)
{
	struct handle_record *record = NULL;
	struct ns_saved entry = NS_SAVED_NONE;
	struct line *line = NULL;
	int r = check_caller(plan, failure);

	if (r < 0)
		return r;
	record = handle_get(log->pamh);
	line = line_make(text, account->name, log->file);
	if (!record || !line) {
		line_free(line);
		return failure_set(failure, -ENOMEM, "remember the session",
				   "");
	}
	line->session = *session;
	line->session.user = line->user;
	line->has_open = plan->flags & OPTION_OPEN;
	line->ended_by_another = line->has_open && record->has_close_line;
	if (!record->lines)
		record->host = ns_read_host();
	r = ns_save(&entry);
	if (r < 0)
		(void)failure_set(failure, r, "remember where the caller is",
				  "");
	else
		r = open_line(log, account, plan, record, line, &entry,
			      failure);
	ns_saved_release(&entry);
	if (r < 0) {
		line_free(line);
		return r;
	}
	log_session(log, "opened", &line->session);
	if (process_has_more_threads() > 0)
		log_warning(log, "the caller has other threads, which stay "
				 "outside the namespace");
	if (line->has_open && !line->ended_by_another)
		log_warning(log, "no line with the argument 'close' stands "
				 "above this one, so it goes back at its own "
				 "close");
	if (plan->flags & OPTION_ANNOUNCE)
		log_announce(log, line->name);
	return 0;
}

/* --- Closing --- */

void session_note_close(const struct log *log)
{
	struct handle_record *record = handle_get(log->pamh);

	if (record)
		record->has_close_line = true;
}

static bool has_line_of_name(const struct handle_record *record,
			     const char *name)
{
	for (const struct line *line = record->lines; line; line = line->older)
		if (!strcmp(line->name, name))
			return true;
	return false;
}

/* Ends a line that was taken off the record; the last one goes back. */
static void end_line(const struct log *log, struct handle_record *record,
		     struct line *line)
{
	struct log of_line = *log;
	int r;

	/* It may be another line that ends it. */
	of_line.file = line->log_file;
	log_session(&of_line, "closed", &line->session);
	/* Lines of one name have one record. */
	if (!has_line_of_name(record, line->name))
		sessions_remove(line->state, line->name, line->session.leader,
				line->session.start_time);
	line_free(line);
	if (record->lines)
		return;
	ns_saved_drop_reused(&record->origin);
	r = ns_restore(&record->origin);
	if (r < 0)
		log_debug(log, "cannot go back to where the session began: %s",
			  log_errno(r));
	ns_saved_release(&record->origin);
}

void session_close(const struct log *log, int argc, const char *const argv[])
{
	struct handle_record *record = handle_find(log->pamh);

	if (!record)
		return;
	for (struct line **at = &record->lines; *at; at = &(*at)->older) {
		struct line *line = *at;

		if (!line_is(line, log->module, argc, argv))
			continue;
		if (line->ended_by_another)
			return;
		*at = line->older;
		end_line(log, record, line);
		return;
	}
}

void session_close_all(const struct log *log)
{
	struct handle_record *record = handle_find(log->pamh);
	struct line **at = record ? &record->lines : NULL;

	while (at && *at) {
		struct line *line = *at;

		if (line->has_open) {
			*at = line->older;
			end_line(log, record, line);
		} else {
			at = &line->older;
		}
	}
}
