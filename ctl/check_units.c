/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: units of systemd that run as a user, without PAM. */
#include "check.h"
#include "common/count.h"
#include "common/scope.h"
#include "text_file.h"

#include <glob.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What comes first hides a file of the same name further down. */
static const char *const directories[] = {
	"/etc/systemd/system",	   "/run/systemd/system",
	"/run/systemd/generator",  "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system",
};

enum { DIRECTORIES = COUNT(directories) };

/* What systemd.exec(5) says of a service; "" is what it begins with. */
struct unit {
	char user[256];
	char pam[256];
	char netns[256];	      /* NetworkNamespacePath= */
	char private_net[16];	      /* PrivateNetwork= */
	struct check_setting exec;    /* ExecStart= */
	struct check_setting options; /* Environment=, with options of sshd */
	/* What is read. */
	char section[32];
	struct check_setting whole; /* a line, which may go over some */
	bool goes_on;
};

/* ---- reading ---- */

/* Blanks around a word are not part of it. */
static char *trimmed(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return text;
}

/* The value of a line, and where that is. */
static void setting_take(struct check_setting *setting, const struct unit *unit,
			 const char *value)
{
	*setting = unit->whole;
	(void)snprintf(setting->text, sizeof(setting->text), "%s", value);
}

static void unit_take_line(struct unit *unit)
{
	const struct {
		const char *key;
		char *value;
		size_t size;
	} settings[] = {
		{ "User", unit->user, sizeof(unit->user) },
		{ "PAMName", unit->pam, sizeof(unit->pam) },
		{ "NetworkNamespacePath", unit->netns, sizeof(unit->netns) },
		{ "PrivateNetwork", unit->private_net,
		  sizeof(unit->private_net) },
	};
	char line[sizeof(unit->whole.text)];
	char *key;
	char *value;

	(void)snprintf(line, sizeof(line), "%s", unit->whole.text);
	key = trimmed(line);
	value = strchr(key, '=');
	if (*key == '[') {
		(void)snprintf(unit->section, sizeof(unit->section), "%s", key);
		return;
	}
	if (!value || strchr("#;", *key) ||
	    strcmp(unit->section, "[Service]") != 0)
		return;
	*value++ = '\0';
	key = trimmed(key);
	value = trimmed(value);
	for (size_t i = 0; i < COUNT(settings); i++)
		if (!strcmp(settings[i].key, key))
			(void)snprintf(settings[i].value, settings[i].size,
				       "%s", value);
	if (!strcmp(key, "ExecStart"))
		setting_take(&unit->exec, unit, value);
	if (!strcmp(key, "Environment") && strstr(value, "OPT"))
		setting_take(&unit->options, unit, value);
}

static int unit_line(char *line, unsigned int number, void *data)
{
	struct unit *unit = data;
	struct check_setting *whole = &unit->whole;
	size_t length = strlen(line);
	bool is_rest = unit->goes_on;
	size_t done;

	/* Comments may stand between the parts. */
	if (is_rest && strchr("#;", *trimmed(line)))
		return 0;
	unit->goes_on = length > 0 && line[length - 1] == '\\';
	if (unit->goes_on)
		line[length - 1] = ' ';
	if (!is_rest) {
		whole->first = number;
		*whole->text = '\0';
	}
	whole->last = number;
	done = strlen(whole->text);
	(void)snprintf(whole->text + done, sizeof(whole->text) - done, "%s",
		       line);
	if (!unit->goes_on)
		unit_take_line(unit);
	return 0;
}

/* Adds what a file says. */
static void unit_read(struct report *report, struct unit *unit,
		      const char *path)
{
	int r;

	*unit->section = '\0';
	(void)snprintf(unit->whole.file, sizeof(unit->whole.file), "%s", path);
	unit->goes_on = false;
	r = text_file_each(path, unit_line, unit);
	if (r < 0)
		report_unseen(report, path, r);
	/* The last line may have no end. */
	if (unit->goes_on)
		unit_take_line(unit);
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int base_name_compare(const void *a, const void *b)
{
	return strcmp(base_name(*(char *const *)a),
		      base_name(*(char *const *)b));
}

/* All paths of a pattern, those of directories that come first being first. */
static bool find_files(const char *pattern, glob_t *ret)
{
	int flags = GLOB_NOSORT | GLOB_NOESCAPE | GLOB_BRACE;

	*ret = (glob_t){ .gl_pathc = 0 };
	for (size_t i = 0; i < DIRECTORIES; i++) {
		scoped_free char *path =
			text_of("%s/%s", directories[i], pattern);

		if (glob(path, flags, NULL, ret) == GLOB_NOSPACE)
			return false;
		flags |= GLOB_APPEND;
	}
	return true;
}

/*
 * Calls look for each file of a pattern, in the order of names, unless one of
 * the same name stands in a directory that comes first.
 */
static void files_each(struct report *report, const char *pattern,
		       void (*look)(struct report *report, const char *path,
				    void *data),
		       void *data)
{
	glob_t found;
	bool complete = find_files(pattern, &found);
	char **list = calloc(found.gl_pathc + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; list && i < found.gl_pathc; i++) {
		size_t j = 0;

		while (j < count &&
		       base_name_compare(&list[j], &found.gl_pathv[i]) != 0)
			j++;
		if (j == count)
			list[count++] = found.gl_pathv[i];
	}
	if (count > 0)
		qsort(list, count, sizeof(*list), base_name_compare);
	for (size_t i = 0; i < count; i++)
		look(report, list[i], data);
	if (!complete || !list)
		report->failed = true;
	free(list);
	globfree(&found);
}

/* ---- judging ---- */

static void add_file(struct report *report, const char *path, void *data)
{
	unit_read(report, data, path);
}

static bool is_true(const char *value)
{
	return !strcmp(value, "1") || !strcasecmp(value, "yes") ||
	       !strcasecmp(value, "y") || !strcasecmp(value, "true") ||
	       !strcasecmp(value, "t") || !strcasecmp(value, "on");
}

/* Of two names of a unit one is a link to the other. */
static bool is_other_name(const char *path)
{
	char target[4096];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (length <= 0)
		return false;
	target[length] = '\0';
	slash = strrchr(target, '/');
	return strcmp(slash ? slash + 1 : target, base_name(path)) != 0;
}

char *check_unit_fix(const char *unit, const char *setting)
{
	scoped_free char *directory = text_of("%s/%s.d", directories[0], unit);
	scoped_free char *word = text_quote(directory);
	scoped_free char *lines = text_of("[Service]\\n%s\\n", setting);
	scoped_free char *text = text_quote(lines);

	return word && text ? text_of("mkdir -p %s && printf %s >>%s/"
				      "zz-pam-net.conf && "
				      "systemctl daemon-reload",
				      word, text, word)
			    : NULL;
}

/* What stands between '@' and the end of a unit's name; "": nothing. */
static void copy_instance(const char *name, char *ret, size_t size)
{
	const char *at = strchr(name, '@');
	const char *end = strrchr(name, '.');
	int length = at && end > at ? (int)(end - at - 1) : 0;

	(void)snprintf(ret, size, "%.*s", length, length > 0 ? at + 1 : "");
}

/* User= as a name: that of an instance, or of a number. name: of the unit. */
static void unit_name_user(struct unit *unit, const char *name)
{
	const struct passwd *passwd = NULL;

	/* Who that is, a template does not know. */
	if (!strcmp(unit->user, "%i") || !strcmp(unit->user, "%I"))
		copy_instance(name, unit->user, sizeof(unit->user));
	if (*unit->user &&
	    strspn(unit->user, "0123456789") == strlen(unit->user))
		passwd = getpwuid((uid_t)strtoul(unit->user, NULL, 10));
	if (passwd)
		(void)snprintf(unit->user, sizeof(unit->user), "%s",
			       passwd->pw_name);
}

/* The service by whose sessions the user of a unit is confined, or NULL. */
static const char *service_of(const struct unit *unit,
			      const struct check_lines *lines)
{
	if (!*unit->user || *unit->netns ||
	    (*unit->pam && check_service_has_line(unit->pam, false)) ||
	    is_true(unit->private_net) || strchr(unit->user, '%'))
		return NULL;
	/* What runs as root is the host's, also if root is a member. */
	if (!strcmp(unit->user, "root"))
		return NULL;
	return check_service_of(lines, unit->user);
}

/* The name of the program of a unit, or "". */
static void copy_program(const struct unit *unit, char *ret, size_t size)
{
	const char *path = unit->exec.text + strspn(unit->exec.text, "-@:+!|");
	int length = (int)strcspn(path, " \t");
	const char *slash = memrchr(path, '/', (size_t)length);

	if (slash)
		length -= (int)(slash + 1 - path);
	(void)snprintf(ret, size, "%.*s", length, slash ? slash + 1 : path);
}

/*
 * What systemd starts at boot for a unit: itself, or the socket of its name. To
 * be freed; NULL: nothing.
 */
static char *unit_wanted(const char *name)
{
	int stem = (int)strcspn(name, "@.");
	scoped_free char *pattern =
		text_of("*.{wants,requires,upholds}/%.*s{,@*}.{service,socket}",
			stem, name);
	char *wanted = NULL;
	glob_t found;

	if (find_files(pattern, &found) && found.gl_pathc > 0)
		wanted = strdup(base_name(found.gl_pathv[0]));
	globfree(&found);
	return wanted;
}

/* Programs that let users in, or run what is theirs, and never use PAM. */
static void check_unit_program(struct report *report, const struct unit *unit,
			       const char *name, const char *path)
{
	static const struct {
		const char *program;
		const char *what;
	} rows[] = {
		{ "dropbear", "logins by it" },
		{ "tinysshd", "logins by it" },
		{ "incrond", "commands of users that it runs" },
	};
	char program[256];

	copy_program(unit, program, sizeof(program));
	if (!strcmp(program, "sshd") &&
	    !check_sshd_options(report, &unit->exec))
		(void)check_sshd_options(report, &unit->options);
	for (size_t i = 0; i < COUNT(rows); i++) {
		scoped_free char *wanted = NULL;
		scoped_free char *word = NULL;
		scoped_free char *what = NULL;
		scoped_free char *fix = NULL;

		if (!strcmp(program, rows[i].program))
			wanted = unit_wanted(name);
		word = wanted ? text_operand(wanted) : NULL;
		if (!word)
			continue;
		what = text_of("'%s' opens no PAM session: %s are not confined",
			       program, rows[i].what);
		fix = text_of("systemctl disable --now %s", word);
		report_add(report, SEVERITY_OUTSIDE, path, what, fix);
	}
}

struct units {
	const struct check_lines *lines;
	size_t done;
	const char *instance; /* of the template that is looked at, or NULL */
};

/* A unit, or what a template is for an instance of it. */
static void check_unit_file(struct report *report, const char *path, void *data)
{
	struct units *units = data;
	const char *name = units->instance ? units->instance : base_name(path);
	scoped_free char *additions = text_of("%s.d/*.conf", base_name(path));
	scoped_free char *own_additions = text_of("%s.d/*.conf", name);
	struct unit unit = { .user = "" };
	const char *service;
	scoped_free char *what = NULL;
	scoped_free char *setting = NULL;
	scoped_free char *fix = NULL;

	unit_read(report, &unit, path);
	files_each(report, additions, add_file, &unit);
	if (units->instance)
		files_each(report, own_additions, add_file, &unit);
	check_unit_program(report, &unit, name, path);
	if (!strcmp(name, "user@.service") && !*unit.pam) {
		fix = check_unit_fix(name, "PAMName=systemd-user");
		report_add(report, SEVERITY_OUTSIDE, path,
			   "it has no PAMName=: user managers, and what they "
			   "start, are not confined",
			   fix);
		return;
	}
	unit_name_user(&unit, name);
	service = service_of(&unit, units->lines);
	if (!service)
		return;
	what = text_of("%s%sit runs as '%s' %s%s: on the host, though "
		       "sessions of this user are confined",
		       units->instance ? units->instance : "",
		       units->instance ? ": " : "", unit.user,
		       *unit.pam ? "with a PAMName= whose stack has no line of "
				   "these modules, "
				 : "without PAMName=",
		       unit.pam);
	setting = text_of("PAMName=%s", service);
	fix = check_unit_fix(name, setting);
	report_add(report, SEVERITY_ADVICE, path, what, fix);
}

static void check_unit(struct report *report, const char *path, void *data)
{
	struct units *units = data;

	progress_show(&report->progress, "units", units->done++);
	if (!is_other_name(path))
		check_unit_file(report, path, data);
}

/* What a target wants: of an instance, the file is that of the template. */
static void check_wanted(struct report *report, const char *path, void *data)
{
	const struct units *units = data;
	struct units instance = { units->lines, 0, base_name(path) };
	const char *at = strchr(instance.instance, '@');
	scoped_free char *template = NULL;

	if (!at || at[1] == '.')
		return;
	template = text_of("%.*s@.service", (int)(at - instance.instance),
			   instance.instance);
	files_each(report, template, check_unit_file, &instance);
}

void check_units(struct report *report, const struct check_lines *lines)
{
	struct units units = { .lines = lines };

	files_each(report, "*.service", check_unit, &units);
	files_each(report, "*.{wants,requires,upholds}/*@*.service",
		   check_wanted, &units);
}
