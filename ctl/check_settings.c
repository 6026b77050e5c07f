/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: what lines say of the namespaces that they lead to. */
#include "check.h"
#include "common/count.h"
#include "common/file.h"
#include "common/init.h"
#include "common/overrides.h"
#include "common/scope.h"
#include "probe.h"
#include "programs.h"
#include "settings.h"
#include "text_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#define RESOLVER "/run/systemd/resolve/io.systemd.Resolve"

/* ---- programs ---- */

/* Whether a path is that of a program that this package ships. */
static bool is_shipped(const char *path)
{
	static const char *const names[] = { "rules", "veth", "wireguard" };
	bool is = false;

	for (size_t i = 0; !is && i < COUNT(names); i++) {
		scoped_free char *shipped =
			text_of(PAM_NET_LIBEXECDIR "/%s", names[i]);

		is = !strcmp(path, shipped);
	}
	return is;
}

static char *program_fix(const struct setting *setting, const char *path,
			 const struct failure *failure)
{
	scoped_free char *word = text_quote(
		*failure->details ? failure->details : failure->object);
	struct stat st = { .st_mode = 0 };
	const char *apt;

	(void)stat(path, &st);
	/* A directory above may be anybody's, and stays so. */
	if (failure->error == -EPERM && !*failure->details &&
	    lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		return text_adopt(path, st.st_mode);
	if (failure->error == -EPERM)
		return text_edit(setting->file, setting->first);
	if (failure->error == -EACCES && !(st.st_mode & 0111))
		return text_of("chmod a+x %s", word);
	if (failure->error == -EACCES && access(path, X_OK) < 0)
		return text_edit(setting->file, setting->first);
	if (is_shipped(path)) {
		apt = report_apt("apt-get install --reinstall libpam-net");
		return apt ? strdup(apt) : NULL;
	}
	if (S_ISREG(st.st_mode))
		return text_edit(path, 1);
	return text_edit(setting->file, setting->first);
}

void check_settings_answer(struct report *report, const char *where,
			   const char *program,
			   const struct program_target *target)
{
	static const char between[] = "; fix with: ";
	char said[PROGRAM_LINE + 1];
	int r = program_ask(program, target, said);
	/* What has no room is no command. */
	bool is_whole = strlen(said) + sizeof("\\xff") <= PROGRAM_LINE;
	scoped_free char *what = NULL;
	char *fix = strstr(said, between);

	if (r == 0)
		return;
	if (r != -ECANCELED) {
		scoped_free char *path = program_path(program);

		report_unseen(report, path ? path : program, r);
		return;
	}
	if (fix) {
		*fix = '\0';
		fix += sizeof(between) - 1;
	}
	what = target ? text_of("init=%s: logins of '%s' are denied: %s",
				program, target->user, said)
		      : text_of("init=%s: logins that need a new namespace are "
				"denied: %s",
				program, said);
	report_add(report, SEVERITY_DENIED, where, what, is_whole ? fix : NULL);
}

static void check_program(struct report *report, const struct setting *setting,
			  const char *program)
{
	scoped_free char *path = program_path(program);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	struct failure failure;
	bool unseen = false;
	scoped_free char *why = NULL;
	int r;

	if (!path) {
		report->failed = true;
		return;
	}
	r = program_check(path, &unseen, &failure);
	if (unseen)
		report_unseen(report, path, -EACCES);
	if (r == 0 && program_check_interpreter(path, &failure) == -EPERM) {
		why = text_failure(&failure);
		what = text_of("init=%s: who can write its interpreter is root "
			       "at the next login: %s",
			       program, why);
		fix = text_edit(path, 1);
		report_add(report, SEVERITY_OUTSIDE, setting->where, what, fix);
		return;
	}
	if (r == 0) {
		check_settings_answer(report, setting->where, program, NULL);
		return;
	}
	why = text_failure(&failure);
	what = text_of("init=%s: logins that need a new namespace are denied: "
		       "%s",
		       program, why);
	fix = program_fix(setting, path, &failure);
	report_add(report, SEVERITY_DENIED, setting->where, what, fix);
}

static void check_setting_programs(struct report *report,
				   const struct setting *setting)
{
	char program[PLAN_INIT_MAX + 1];

	/* Those are looked at where they stand. */
	if (setting->init_is_of_line)
		return;
	for (unsigned int i = 0;
	     setting->init &&
	     init_program_at(setting->init, i, program, sizeof(program));
	     i++)
		check_program(report, setting, program);
}

/* ---- hide= ---- */

/* The list without the element from at on, or NULL: nothing is left. */
static char *list_without(const char *list, const char *at, size_t length)
{
	const char *rest = at[length] == ':' ? at + length + 1 : at + length;
	size_t before = (size_t)(at - list);

	if (before > 0 && !*rest)
		before--;
	return before == 0 && !*rest
		       ? NULL
		       : text_of("%.*s%s", (int)before, list, rest);
}

/* The first directory above path that others than root can write, or NULL. */
static char *directory_of_others(const char *path)
{
	char *above = strdup(path);
	char *slash = above ? strchr(above + 1, '/') : NULL;

	for (; slash; slash = strchr(slash + 1, '/')) {
		struct statx stx;

		*slash = '\0';
		/* Neither a dead server nor a mount to come is waited for. */
		if (statx(AT_FDCWD, above, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
			  STATX_UID | STATX_MODE, &stx) == 0 &&
		    !file_is_root_only(&(struct stat){
			    .st_uid = stx.stx_uid, .st_mode = stx.stx_mode }))
			return above;
		*slash = '/';
	}
	free(above);
	return NULL;
}

/* What programs and the modules of others cannot do without. */
static bool is_needed(const char *path, size_t length)
{
	static const char *const needed[] = {
		"/etc/passwd", "/etc/group",  "/etc/nsswitch.conf",
		"/etc/pam.d",  "/etc/shadow", "/usr/bin",
		"/usr/sbin",   "/usr/lib",    "/bin",
		"/sbin",       "/lib",	      "/lib64",
		"/dev/null",   "/dev/pts",
	};

	while (length > 1 && path[length - 1] == '/')
		length--;
	for (size_t i = 0; i < COUNT(needed); i++)
		if (!strncmp(needed[i], path, length) &&
		    (needed[i][length] == '/' || needed[i][length] == '\0'))
			return true;
	return false;
}

/* Where sessions have no mounts of their own, there is nothing to hide in. */
static void check_hides(struct report *report, const struct setting *setting)
{
	scoped_free char *fix = NULL;
	scoped_free char *what = NULL;

	if (!setting->hide || !strcmp(setting->hide, "none") ||
	    !(setting->nomount || setting->rootshared))
		return;
	what = text_of("hide=%s: nothing is hidden beside '%s'", setting->hide,
		       setting->nomount ? "nomount" : "rootshared");
	fix = text_edit(setting->file, setting->first);
	report_add(report, SEVERITY_OUTSIDE, setting->where, what, fix);
}

static void check_hidden(struct report *report, const struct setting *setting)
{
	const char *at = setting->hide_is_of_line ? NULL : setting->hide;
	struct failure failure;

	check_hides(report, setting);
	if (at && line_look_hidden(at, setting->nomount ? OPTION_NOMOUNT : 0,
				   &failure) < 0) {
		scoped_free char *why = text_failure(&failure);
		scoped_free char *fix =
			text_edit(setting->file, setting->first);

		report_add(report, SEVERITY_DENIED, setting->where, why, fix);
	}
	while (at && *at == '/') {
		size_t length = strcspn(at, ":");
		scoped_free char *path = strndup(at, length);
		scoped_free char *others = path ? directory_of_others(path)
						: NULL;

		if (is_needed(at, length)) {
			scoped_free char *fix =
				text_edit(setting->file, setting->first);
			scoped_free char *what = text_of(
				"hide=%s: sessions have nothing there, and "
				"logins can fail without it",
				path ? path : "");

			report_add(report, SEVERITY_DENIED, setting->where,
				   what, fix);
		} else if (others) {
			scoped_free char *left =
				list_without(setting->hide, at, length);
			scoped_free char *from =
				setting_word("hide", setting->hide);
			scoped_free char *to = setting_word("hide", left);
			scoped_free char *fix = setting_fix(setting, from, to);
			scoped_free char *what = text_of(
				"hide=%s: others than root can write '%s', and "
				"can move it before the next login",
				path, others);

			report_add(report, SEVERITY_ADVICE, setting->where,
				   what, fix);
		}
		at += length;
		at += *at == ':';
	}
}

/* Whether hide= covers a path, or a directory above it. */
static bool setting_hides(const struct setting *setting, const char *path)
{
	const char *at = setting->nomount ? NULL : setting->hide;

	while (at && *at == '/') {
		size_t length = strcspn(at, ":");
		size_t end = length;

		while (end > 1 && at[end - 1] == '/')
			end--;
		if (!strncmp(at, path, end) &&
		    (path[end] == '/' || path[end] == '\0'))
			return true;
		at += length;
		at += *at == ':';
	}
	return false;
}

bool check_settings_hide(struct report *report, const struct check_lines *lines,
			 const char *path)
{
	struct settings settings = { .list = NULL };
	bool all = true;

	settings_find(report, lines, &settings);
	for (size_t i = 0; i < settings.count; i++)
		all = all && (settings.list[i].has_rules ||
			      setting_hides(&settings.list[i], path));
	all = all && settings.count > 0;
	settings_release(&settings);
	return all;
}

/* ---- what is there for all lines of a kind ---- */

unsigned int check_settings_need(struct report *report,
				 const struct check_lines *lines)
{
	struct settings settings = { .list = NULL };
	unsigned int needs = lines->count > 0 ? NEED_NAME : 0;

	settings_find(report, lines, &settings);
	for (size_t i = 0; i < settings.count; i++) {
		if (settings.list[i].init)
			needs |= NEED_INIT | NEED_RECORD;
		if (settings.list[i].owned)
			needs |= NEED_RECORD;
	}
	settings_release(&settings);
	return needs;
}

/* ---- overrides ---- */

/*
 * Whether a name that may have %u and the like in it can become another one.
 * Whether there is such a user can be told, a group or a service may come.
 */
static bool name_may_become(const char *name, const char *other)
{
	const char *percent = strchr(name, '%');
	scoped_free char *part = NULL;

	if (!percent)
		return !strcmp(name, other);
	if (strchr(percent + 2, '%'))
		return !strncmp(name, other, (size_t)(percent - name));
	part = setting_name_part(name, other);
	return part && (percent[1] != 'u' || getpwnam(part));
}

bool check_settings_override(struct report *report,
			     const struct check_lines *lines, const char *name)
{
	struct settings settings = { .list = NULL };
	bool some = false;

	settings_find(report, lines, &settings);
	/* Where a line leads nobody can tell until it is put right. */
	for (size_t i = 0; !some && i < lines->count; i++)
		some = !line_is_clear(lines->list[i].line);
	for (size_t i = 0; !some && i < settings.count; i++) {
		const struct setting *setting = &settings.list[i];
		const char *etc = setting->etc ? setting->etc : setting->name;

		some = etc && !setting->nomount && name_may_become(etc, name);
	}
	settings_release(&settings);
	return some;
}

/* Of etc=, whose directory was meant to have some. */
static void check_etc(struct report *report, const struct setting *setting)
{
	scoped_free char *path =
		text_of(OVERRIDES_DIRECTORY "/%s", setting->etc);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (!setting->etc || access(path, F_OK) == 0 || errno != ENOENT)
		return;
	what = text_of("etc=%s: there is no '%s', so sessions have no "
		       "overrides",
		       setting->etc, path);
	fix = text_edit(setting->file, setting->first);
	report_add(report, SEVERITY_ADVICE, setting->where, what, fix);
}

/* ---- the resolver ---- */

static int resolve_line(char *line, unsigned int number, void *data)
{
	static const char pattern[] =
		"^[[:blank:]]*hosts:[^#]*[[:blank:]]resolve([[:blank:]#[]|$)";
	regmatch_t parts[1];

	(void)number;
	(void)data;
	return text_find(line, pattern, 1, parts);
}

/* Where nothing is hidden, programs ask it by the name service. */
static void check_resolver_seen(struct report *report,
				const struct setting *setting)
{
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if (setting->mounts_are_of_line ||
	    text_file_each("/etc/nsswitch.conf", resolve_line, NULL) <= 0)
		return;
	what = text_of("'%s': nothing hides " RESOLVER ", and nsswitch.conf "
		       "has 'resolve': the host's resolver answers those who "
		       "are confined",
		       setting->nomount ? "nomount" : "rootshared");
	fix = text_edit(setting->file, setting->first);
	report_add(report, SEVERITY_ADVICE, setting->where, what, fix);
}

/* The socket by which the host's resolver answers those who are confined. */
static void check_resolver(struct report *report, const struct setting *setting)
{
	scoped_free char *from = setting_word("hide", setting->hide);
	scoped_free char *to = NULL;
	scoped_free char *fix = NULL;

	if (access(RESOLVER, F_OK) < 0)
		return;
	if (setting->nomount || setting->rootshared) {
		check_resolver_seen(report, setting);
		return;
	}
	if (!setting->hide || setting->hide_is_of_line ||
	    setting_hides(setting, RESOLVER))
		return;
	if (strcmp(setting->hide, "none") != 0)
		to = text_of("%s:" RESOLVER, from);
	fix = setting_fix(setting, from, to);
	report_add(report, SEVERITY_ADVICE, setting->where,
		   "hide= leaves out " RESOLVER ": the host's resolver answers "
		   "those who are confined",
		   fix);
}

/* ---- owner ---- */

/* A line that says owner itself. */
static void check_line_owner(struct report *report,
			     const struct setting *setting, bool has_hole)
{
	scoped_free char *fix = setting_fix(setting, "owner", NULL);
	scoped_free char *source = check_remote_groups();

	/* sshd(8) looks up the groups when the session is open. */
	if (source) {
		scoped_free char *what = text_of(
			"'owner': a login looks up its groups on the network "
			"that the user runs, and nsswitch.conf has '%s': the "
			"user can answer, and be in any group",
			source);

		report_add(report, SEVERITY_OUTSIDE, setting->where, what, fix);
	}
	/* They may do what the kernel may forbid to all other users. */
	if (has_hole)
		report_add(report, SEVERITY_OUTSIDE, setting->where,
			   "'owner': who owns a network can put an interface "
			   "into the host's, as the kernel lacks the fix of "
			   "CVE-2026-31692, also if users can make no user "
			   "namespaces",
			   fix);
	if (geteuid() == 0 && probe_new_users(UID_NOBODY) == -ENOSPC)
		report_add(report, SEVERITY_DENIED, setting->where,
			   "'owner': the limit user.max_user_namespaces is "
			   "reached: logins that need a new namespace are "
			   "denied",
			   fix);
}

static void check_owners(struct report *report, const struct settings *settings)
{
	int peer = 0;

	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];

		if (!setting->owned || setting->owner_is_of_line)
			continue;
		if (peer == 0)
			peer = probe_peer(0) == 1 ? 1 : -1;
		check_line_owner(report, setting, peer == 1);
	}
}

void check_settings(struct report *report, const struct check_lines *lines)
{
	const struct stack_source source = system_source();
	struct settings settings = { .list = NULL };

	(void)stack_list_services(&source, &settings.services,
				  &settings.service_count);
	settings_find(report, lines, &settings);
	check_pairs(report, &settings);
	check_owners(report, &settings);
	for (size_t i = 0; i < settings.count; i++) {
		progress_show(&report->progress, "lines", i);
		check_setting_programs(report, &settings.list[i]);
		check_hidden(report, &settings.list[i]);
		check_resolver(report, &settings.list[i]);
		check_etc(report, &settings.list[i]);
	}
	settings_release(&settings);
}
