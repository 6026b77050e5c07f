/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pamnetctl check looks at. */
#ifndef CHECK_H
#define CHECK_H

#include "lines.h"
#include "programs.h"
#include "report.h"
#include "text.h"

#include <grp.h>
#include <limits.h>

/* The lines of ours that were found: each once. */
struct check_lines {
	struct check_line {
		struct stack stack; /* in which it was found */
		const struct stack_line *line;
		char *service;
	} * list;
	size_t count;
	bool incomplete; /* a stack could not be read as it was meant */
};

/* What is wrong with line i of a stack, which is ours. */
void check_line(struct report *report, const struct stack *stack, size_t i);

/* All stacks. What ours are in them goes to ret. */
void check_stacks(struct report *report, const struct stack_source *source,
		  struct check_lines *ret);
void check_stacks_release(struct check_lines *lines);

/* Files of services with a capital in their name, which libpam never reads. */
void check_unread(struct report *report, const struct stack_source *source,
		  const struct check_lines *lines);

/*
 * Whether a service other than except (or any, if it is NULL) has a session
 * line from a file, by its true name.
 */
bool check_file_is_included(const struct stack_source *source, const char *path,
			    const char *except);

/*
 * A group that a line or a rule at where names: whether it is there, with
 * members that are. then: what happens without it; add: the command for it.
 */
void check_group_name(struct report *report, const char *where,
		      const char *group, const char *then,
		      enum severity severity, const char *add);

/*
 * The first source of groups in nsswitch.conf(5) that asks by the network of
 * whoever looks one up, and not a daemon of the host's; NULL: none is found. To
 * be freed.
 */
char *check_remote_groups(void);

/* The policy files that lines have. */
void check_policies(struct report *report, const struct check_lines *lines);

/* Of settings.h: lines of one name that differ. */
struct settings;
void check_pairs(struct report *report, const struct settings *settings);

/* Programs of init=, paths of hide= and owner, and check_pairs(). */
void check_settings(struct report *report, const struct check_lines *lines);

/* Whether each line that leads to a namespace hides a path, by hide=. */
bool check_settings_hide(struct report *report, const struct check_lines *lines,
			 const char *path);

/* Whether a line leads to a namespace with the overrides of a name. */
bool check_settings_override(struct report *report,
			     const struct check_lines *lines, const char *name);

/* What logins cannot do without. */
enum check_need {
	NEED_NAME = 1 << 0,   /* a name for a new namespace */
	NEED_RECORD = 1 << 1, /* its record, for init= and owner */
	NEED_INIT = 1 << 2,   /* what programs of init= write */
};

/* What those of some lines need: enum check_need, joined by "or". */
unsigned int check_settings_need(struct report *report,
				 const struct check_lines *lines);

/*
 * What a program of init= that this package ships says of names that are to
 * come, of all that there is, or of the one that a target is.
 */
void check_settings_answer(struct report *report, const char *where,
			   const char *program,
			   const struct program_target *target);

/*
 * Accounts, of which not all have to be known here: those that a line denies,
 * and those for whose names programs of init= would fail.
 */
void check_accounts(struct report *report, const struct check_lines *lines);

/* Modules that are missing, also those for another architecture's programs. */
void check_modules(struct report *report, const struct check_lines *lines);

/* A module of somebody else's that is in no directory of libpam's. */
void check_other_module(struct report *report, const struct stack_line *line);

/* Lines that let nobody in when the modules are gone. */
void check_needs(struct report *report, const struct check_lines *lines);

/* Names of a uid that a line confines, and others of it that none does. */
void check_aliases(struct report *report, const struct check_lines *lines);

/* Members of the default groups, if no line is for them: of all lines. */
void check_unasked_groups(struct report *report,
			  const struct check_lines *lines);

/* Whether a uid is that of a service, and of nobody who logs in. */
bool check_uid_is_services(uid_t uid);

/*
 * The service by whose sessions a user is confined for sure, best of all
 * "login"; NULL: by none, or this is the account of a service, and the lines
 * are for everybody. It belongs to lines.
 */
const char *check_service_of(const struct check_lines *lines, const char *name);

/*
 * Whether the stack of a service has a line of ours. own: one that is not that
 * of "other".
 */
bool check_service_has_line(const char *service, bool own);

/* Whether a service starts nothing of the user's. */
bool check_service_starts_nothing(const char *service);

/*
 * A member of a group whom a line would confine; "": none. Root is let in as he
 * is.
 */
void check_member_of(const struct group *group, char *ret, size_t size);

/* Whether a service has lines of ours, and all of them leave a user alone. */
bool check_service_leaves(const char *service, const char *name);

/* Whether a service that has a line of ours does not confine a user. */
bool check_some_service_leaves(const char *name);

/* Processes of users who are confined, and that are on the host. */
void check_processes(struct report *report, const struct check_lines *lines);

/* Units of systemd by which users who are confined are on the host. */
void check_units(struct report *report, const struct check_lines *lines);

/*
 * A command that adds a setting to the section of the service of a unit, behind
 * all that is set elsewhere. To be freed.
 */
char *check_unit_fix(const char *unit, const char *setting);

/* Units of systemd that open sessions, and may do less than these need. */
void check_rights(struct report *report, const struct check_lines *lines);

/* Those that logins get. */
void check_overrides(struct report *report, const struct check_lines *lines);
void check_names(struct report *report, const struct check_lines *lines);

/* What the kernel lets users do, and the tree of names. */
void check_host(struct report *report);

/* A setting of a unit or of a program, and where it is. */
struct check_setting {
	char text[2048];
	char file[PATH_MAX];
	unsigned int first; /* lines; 0: it is nowhere */
	unsigned int last;
};

/*
 * Options of a command of sshd(8) that switch PAM off, or name another
 * configuration, which is looked at. Returns whether they do either, or switch
 * it on.
 */
bool check_sshd_options(struct report *report,
			const struct check_setting *options);

/* Programs that may open no PAM session, or are answered from outside. */
void check_programs(struct report *report, const struct check_lines *lines);

#endif
