/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out a plan, undoes it, goes back: what comes after what. */
#include "session.h"
#include "network.h"
#include "options.h"
#include "place.h"
#include "scope.h"
#include "sysctl.h"
#include "view.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

/*
 * Where the record of a handle is kept. The number is that of its layout: all
 * modules of this package share it, and may not be of one version while they
 * are replaced.
 */
#define RECORD_KEY "libpam-net/1"

/* One line of the stack that has moved the process. */
struct line {
	struct line *older;
	char *text;
	char *user;
	char name[NAME_MAX + 1];
	struct log_session told;
};

/* What is kept on the handle until the last close. */
struct record {
	struct place origin;
	struct host host; /* as it was then: PID 1 may be this process */
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
	struct network network;
	struct view view;
};

static int fail(struct fault *fault, enum fault_step step, const char *object,
		int error)
{
	return fault_set(fault, FAULT_UNCONFINED, step, object, error);
}

/* --- The record on the handle --- */

static void line_free(struct line *line)
{
	if (!line)
		return;
	free(line->text);
	free(line->user);
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

static struct line *line_make(const char *text, const char *user)
{
	struct line *line = calloc(1, sizeof(*line));

	if (!line)
		return NULL;
	line->text = strdup(text);
	line->user = strdup(user);
	line->told.user = line->user;
	if (!line->text || !line->user) {
		line_free(line);
		return NULL;
	}
	return line;
}

/* Without memory, which a close may not need. */
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

static struct line *record_take_line(struct record *record, const char *module,
				     int argc, const char *const argv[])
{
	for (struct line **at = &record->lines; *at; at = &(*at)->older) {
		struct line *line = *at;

		if (!line_is(line, module, argc, argv))
			continue;
		*at = line->older;
		return line;
	}
	return NULL;
}

/* --- An open, step by step --- */

static int enter_network(struct opening *opening)
{
	struct network *network = &opening->network;
	int r = network_enter(network);

	if (r < 0) {
		*opening->fault = network->fault;
		return r;
	}
	log_debug(opening->log, "%s the network namespace",
		  network->created ? "created" : "joined");
	if (network->sysctl_error)
		log_warning(opening->log,
			    "cannot carry over who may ping and which ports "
			    "need no privilege: %s",
			    strerror(-network->sysctl_error));
	return 0;
}

static int enter_view(struct opening *opening)
{
	int r;

	if (opening->plan->kind == PLAN_HOST)
		r = view_leave(&opening->view);
	else if (opening->plan->flags & OPTION_NOMOUNT)
		r = 0;
	else
		r = view_build(&opening->view);
	if (r < 0)
		*opening->fault = opening->view.fault;
	else
		log_debug(opening->log, "the session has its mounts");
	return r;
}

static int verify(struct opening *opening)
{
	struct line *line = opening->line;
	const char *name = opening->plan->name;
	struct ns_id now;
	int r = network_verify(&opening->network, &now);

	if (r < 0)
		return fail(opening->fault, STEP_VERIFY,
			    *name ? name : "the planned network namespace", r);
	if (*name)
		(void)snprintf(line->name, sizeof(line->name), "%s", name);
	else
		(void)snprintf(line->name, sizeof(line->name), "net:[%llu]",
			       (unsigned long long)now.ino);
	line->told.name = line->name;
	line->told.inode = now.ino;
	line->told.created = opening->network.created;
	line->told.leader = getpid();
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
	bool chrooted = opening->view.chrooted;

	if (!record->lines) {
		*origin = opening->entry;
		opening->entry = PLACE_NOWHERE;
		place_forget_directories(origin, chrooted);
	} else if (chrooted && origin->root_fd < 0) {
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

/*
 * Back to where this open began, and no further: a line before may have
 * confined this login.
 */
static void undo(struct opening *opening)
{
	struct network *network = &opening->network;

	opening->fault->stuck = place_return(&opening->entry);
	if (!opening->fault->stuck || network->host_mounts >= 0)
		network_take_back(network);
	if (!opening->fault->stuck)
		view_take_back(&opening->view);
}

static int carry_out(struct opening *opening)
{
	int r = enter_network(opening);

	if (r == 0)
		r = enter_view(opening);
	if (r == 0)
		r = verify(opening);
	if (r == 0)
		r = set_environment(opening);
	if (r < 0)
		undo(opening);
	/* Before anything is said: a terminal can keep who writes to it. */
	network_release(&opening->network);
	if (r == 0)
		commit(opening);
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

/* Remembers where the caller stands, and what is wanted of each step. */
static int look_around(struct opening *opening)
{
	const struct plan *plan = opening->plan;
	struct record *record = opening->record;
	int r = place_read(&opening->entry);

	if (r < 0)
		return fail(opening->fault, STEP_READ_PLACE, "", r);
	if (!record->lines) {
		record->host = place_read_host();
		sysctl_read(&record->sysctl);
	}
	opening->network.kind = plan->kind;
	opening->network.name = plan->name;
	opening->network.lodown = plan->flags & OPTION_LODOWN;
	opening->network.entry = &opening->entry;
	opening->network.host = &record->host;
	opening->network.outside = record->lines ? record->origin.net
						 : opening->entry.net;
	opening->network.sysctl = &record->sysctl;
	opening->view = (struct view){
		.log = opening->log,
		.name = plan->name,
		.etc = plan->etc,
		.rootshared = plan->flags & OPTION_ROOTSHARED,
		.entry = &opening->entry,
		.host = &record->host,
	};
	return 0;
}

static int opening_prepare(struct opening *opening, const char *line,
			   const char *user)
{
	pam_handle_t *pamh = opening->log->pamh;

	opening->record = record_find(pamh);
	if (!opening->record)
		opening->record = record_make(pamh);
	opening->line = line_make(line, user);
	if (!opening->record || !opening->line)
		return fail(opening->fault, STEP_KEEP_RECORD, "", -ENOMEM);
	return look_around(opening);
}

int session_open(const struct log *log, const struct account *account,
		 const struct plan *plan, const char *line, struct fault *fault)
{
	struct opening opening = {
		.log = log,
		.plan = plan,
		.fault = fault,
		.entry = PLACE_NOWHERE,
		.network = NETWORK_NONE,
	};
	int r = check_caller(plan, fault);

	if (r < 0)
		return r;
	r = opening_prepare(&opening, line, account->name);
	if (r == 0)
		r = carry_out(&opening);
	place_release(&opening.entry);
	line_free(opening.line);
	return r;
}

void session_close(const struct log *log, int argc, const char *const argv[])
{
	struct record *record = record_find(log->pamh);
	struct line *line = NULL;
	int r;

	if (record)
		line = record_take_line(record, log->module, argc, argv);
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
