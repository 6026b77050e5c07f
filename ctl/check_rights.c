/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: units of systemd that may do less than a login needs. */
#include "check.h"
#include "common/count.h"
#include "common/mountinfo.h"
#include "common/options.h"
#include "common/scope.h"
#include "text_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

/* What systemctl(1) is asked for; from FIRST_RIGHT on what takes rights. */
enum property {
	UNIT_ID,
	UNIT_FILE,
	UNIT_DROP_INS,
	UNIT_EXEC,
	UNIT_KILL_MODE,
	UNIT_CALL_ERROR,
	FIRST_RIGHT,
	UNIT_NAMESPACES = FIRST_RIGHT,
	UNIT_CAPABILITIES,
	UNIT_CALLS,
	UNIT_FAMILIES,
	PROPERTIES,
};

static const char *const properties[] = {
	[UNIT_ID] = "Id",
	[UNIT_FILE] = "FragmentPath",
	[UNIT_DROP_INS] = "DropInPaths",
	[UNIT_EXEC] = "ExecStart",
	[UNIT_KILL_MODE] = "KillMode",
	[UNIT_CALL_ERROR] = "SystemCallErrorNumber",
	[UNIT_NAMESPACES] = "RestrictNamespaces",
	[UNIT_CAPABILITIES] = "CapabilityBoundingSet",
	[UNIT_CALLS] = "SystemCallFilter",
	[UNIT_FAMILIES] = "RestrictAddressFamilies",
};

/* A unit as systemd has it: what it does not say is NULL. */
struct unit_rights {
	char *values[PROPERTIES];
};

/* Beside those of options.h: of pam_newnet; without "owner". */
enum { LINE_IS_NEWNET = 1 << 30, LINE_OWNS_NOTHING = 1 << 29 };

/* What a login needs, but by lines that all have one of these flags. */
static const struct need {
	enum property property;
	const char *word;
	unsigned int unless;
} needs[] = {
	{ UNIT_NAMESPACES, "net", 0 },
	{ UNIT_NAMESPACES, "mnt", OPTION_NOMOUNT },
	{ UNIT_NAMESPACES, "user", LINE_OWNS_NOTHING },
	{ UNIT_CAPABILITIES, "CAP_SYS_ADMIN", 0 },
	{ UNIT_CAPABILITIES, "CAP_NET_ADMIN", OPTION_LODOWN },
	{ UNIT_CALLS, "unshare", 0 },
	{ UNIT_CALLS, "setns", LINE_IS_NEWNET },
	{ UNIT_CALLS, "mount", OPTION_NOMOUNT },
	{ UNIT_CALLS, "umount2", OPTION_NOMOUNT },
	{ UNIT_CALLS, "open_tree", OPTION_NOMOUNT },
	{ UNIT_CALLS, "move_mount", OPTION_NOMOUNT },
	{ UNIT_FAMILIES, "AF_NETLINK", OPTION_LODOWN },
};

/* ---- what it says ---- */

/* Whether a list, or one of what is forbidden, lets a word through. */
static bool list_allows(const char *list, const char *word)
{
	size_t length = strlen(word);
	bool forbids = *list == '~';
	bool found = false;

	/* No program runs with nothing at all. */
	if (!strcmp(list, "no") || !*list)
		return true;
	for (const char *at = list + forbids; *at && !found;
	     at += strcspn(at, " ")) {
		at += strspn(at, " ");
		/* A system call may have an errno, after a colon. */
		found = strncasecmp(at, word, length) == 0 &&
			strchr(" :", at[length]);
	}
	return found != forbids;
}

/* What a unit calls and may not, fails, or else ends the process. */
static bool unit_calls_fail(const struct unit_rights *unit)
{
	const char *value = unit->values[UNIT_CALL_ERROR];
	long error = value ? strtol(value, NULL, 10) : 0;

	return error > 0 && error < 4096;
}

/* Of the needs that a property is for, those that it takes. To be freed. */
static char *rights_missing(const char *value, enum property property,
			    unsigned int flags)
{
	char *missing = NULL;

	for (size_t i = 0; i < COUNT(needs); i++) {
		char *longer;

		if (needs[i].property != property || needs[i].unless & flags ||
		    list_allows(value, needs[i].word))
			continue;
		longer = text_of("%s%s%s", missing ? missing : "",
				 missing ? " " : "", needs[i].word);
		free(missing);
		missing = longer;
	}
	return missing;
}

/* Whether a unit opens sessions that lines of ours are in. */
static bool unit_opens_sessions(const struct unit_rights *unit)
{
	/* Programs whose sessions have another name, or are of one user. */
	static const char *const services[][2] = {
		{ "agetty", "login" },	   { "gdm3", "gdm-password" },
		{ "gdm", "gdm-password" }, { "su", NULL },
		{ "sudo", NULL },
	};
	const char *exec = unit->values[UNIT_EXEC];
	const char *service;
	char path[PATH_MAX];

	if (!exec || sscanf(exec, "{ path=%4095s ;", path) != 1)
		return false;
	service = strrchr(path, '/');
	if (!service)
		return false;
	service++;
	for (size_t i = 0; i < COUNT(services); i++)
		if (!strcmp(services[i][0], service))
			return services[i][1] &&
			       check_service_has_line(services[i][1], true);
	return !check_service_starts_nothing(service) &&
	       check_service_has_line(service, true);
}

/* ---- what is told ---- */

struct setting_search {
	const char *setting;
	unsigned int last;
};

static int setting_line(char *line, unsigned int number, void *data)
{
	struct setting_search *search = data;
	const char *at = line + strspn(line, " \t");
	size_t length = strlen(search->setting);

	if (strncmp(at, search->setting, length) == 0 &&
	    strchr(" \t=", at[length]))
		search->last = number;
	return 0;
}

/* The last place where it is set, else the file of the unit. To be freed. */
static char *setting_where(const struct unit_rights *unit, const char *setting)
{
	const char *file = unit->values[UNIT_FILE];
	const char *drop_ins = unit->values[UNIT_DROP_INS];
	scoped_free char *list =
		text_of("%s %s", file ? file : "", drop_ins ? drop_ins : "");
	char *where =
		text_of("%s", file && *file ? file : unit->values[UNIT_ID]);
	char *rest = list;
	const char *path;

	while ((path = strsep(&rest, " ")) != NULL) {
		struct setting_search search = { setting, 0 };

		(void)text_file_each(path, setting_line, &search);
		if (search.last == 0)
			continue;
		free(where);
		where = text_of("%s:%u", path, search.last);
	}
	return where;
}

/*
 * A command that gives back what is missing, and leaves the rest. It ends no
 * session: only where those go on does it restart the unit.
 */
static char *rights_fix(const struct unit_rights *unit, enum property property,
			const char *missing)
{
	const char *id = unit->values[UNIT_ID];
	const char *kill = unit->values[UNIT_KILL_MODE];
	scoped_free char *setting =
		text_of("%s=%s", properties[property], missing);
	scoped_free char *fix = check_unit_fix(id, setting);
	scoped_free char *word = text_quote(id);

	/* What a template is for begins anew each time. */
	if (!fix || !word || strchr(id, '@'))
		return take_text(&fix);
	return text_of("%s %s systemctl restart %s", fix,
		       kill && !strcmp(kill, "process")
			       ? "&&"
			       : "# when nobody has a session by it:",
		       word);
}

/*
 * A login calls listmount(2) where it is, and reads the table of mounts where
 * that fails. systemd may not know of it, so that no list can have it.
 */
static void check_unit_new_calls(struct report *report,
				 const struct unit_rights *unit,
				 unsigned int flags)
{
	const char *calls = unit->values[UNIT_CALLS];
	scoped_free char *where = NULL;
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (!calls || unit_calls_fail(unit) || flags & OPTION_NOMOUNT ||
	    !mountinfo_has_listmount() ||
	    (list_allows(calls, "listmount") &&
	     list_allows(calls, "statmount")))
		return;
	where = setting_where(unit, properties[UNIT_CALLS]);
	what = text_of("SystemCallFilter= of '%s' ends what calls listmount or "
		       "statmount, as logins of members do: they are denied",
		       unit->values[UNIT_ID]);
	fix = rights_fix(unit, UNIT_CALL_ERROR, "EPERM");
	report_add(report, SEVERITY_DENIED, where, what, fix);
}

static void check_unit_rights(struct report *report,
			      const struct unit_rights *unit,
			      unsigned int flags)
{
	if (!unit->values[UNIT_ID] || !unit_opens_sessions(unit))
		return;
	if (!unit_calls_fail(unit))
		flags &= ~(unsigned int)LINE_IS_NEWNET;
	check_unit_new_calls(report, unit, flags);
	for (enum property i = FIRST_RIGHT; i < PROPERTIES; i++) {
		const char *value = unit->values[i];
		scoped_free char *missing =
			value ? rights_missing(value, i, flags) : NULL;
		scoped_free char *where = NULL;
		scoped_free char *what = NULL;
		scoped_free char *fix = NULL;

		if (!missing)
			continue;
		where = setting_where(unit, properties[i]);
		what = text_of("%s= of '%s' takes away %s, which logins of "
			       "members need: they are denied",
			       properties[i], unit->values[UNIT_ID], missing);
		fix = rights_fix(unit, i, missing);
		report_add(report, SEVERITY_DENIED, where, what, fix);
	}
}

/* ---- asking systemd ---- */

static void unit_rights_release(struct unit_rights *unit)
{
	for (size_t i = 0; i < PROPERTIES; i++)
		free(unit->values[i]);
	*unit = (struct unit_rights){ .values = { NULL } };
}

/* An instance has what its template has: that is told of, once. */
static void unit_drop_instance(char *id)
{
	char *at = strchr(id, '@');

	if (at && strrchr(at, '.'))
		memmove(at + 1, strrchr(at, '.'), strlen(strrchr(at, '.')) + 1);
}

/* Of some commands of a unit the first counts. */
static void unit_rights_take(struct unit_rights *unit, char *line)
{
	char *value = strchr(line, '=');

	if (!value)
		return;
	*value++ = '\0';
	for (size_t i = 0; i < PROPERTIES; i++)
		if (!strcmp(properties[i], line) && !unit->values[i])
			unit->values[i] = strdup(value);
	if (!strcmp(properties[UNIT_ID], line) && unit->values[UNIT_ID])
		unit_drop_instance(unit->values[UNIT_ID]);
}

/* Flags that all lines have. */
static unsigned int flags_of_lines(const struct check_lines *lines)
{
	unsigned int flags = ~0U;

	for (size_t i = 0; i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;
		const struct module *module = line_module(line);
		struct options options;

		line_options(module, line, &options);
		if (module->by == POLICY_NEW)
			options.flags |= LINE_IS_NEWNET;
		if (!(options.flags & OPTION_OWNER))
			options.flags |= LINE_OWNS_NOTHING;
		flags &= options.flags;
	}
	return flags;
}

/*
 * All services that are loaded, and of templates an instance. To be freed. The
 * path is the one that a unit has, whoever asks.
 */
static char *systemctl_command(void)
{
	char *command = text_of("PATH=/usr/sbin:/usr/bin:/sbin:/bin; "
				"timeout 10 systemctl show --type=service "
				"'*' ssh@0.service sshd@0.service");

	for (size_t i = 0; i < PROPERTIES; i++) {
		char *longer =
			text_of("%s --property=%s", command, properties[i]);

		free(command);
		command = longer;
	}
	return command;
}

void check_rights(struct report *report, const struct check_lines *lines)
{
	scoped_free char *command = systemctl_command();
	unsigned int flags = flags_of_lines(lines);
	struct unit_rights unit = { .values = { NULL } };
	FILE *pipe = NULL;
	char *line = NULL;
	size_t size = 0;
	int status;

	/* Only where systemd runs, sd_booted(3). */
	if (access("/run/systemd/system", F_OK) < 0)
		return;
	/* A text of ours only. NOLINTNEXTLINE(cert-env33-c) */
	pipe = popen(command, "re");
	while (pipe && getline(&line, &size, pipe) > 0) {
		line[strcspn(line, "\n")] = '\0';
		unit_rights_take(&unit, line);
		if (*line)
			continue;
		check_unit_rights(report, &unit, flags);
		unit_rights_release(&unit);
	}
	check_unit_rights(report, &unit, flags);
	unit_rights_release(&unit);
	free(line);
	status = pipe ? pclose(pipe) : -1;
	if (status != 0)
		report_unseen(report, "systemctl show",
			      WIFEXITED(status) && WEXITSTATUS(status) == 124
				      ? -ETIMEDOUT
				      : -EIO);
}
