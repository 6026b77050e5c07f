/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check, beside the stacks: files, names, accounts. */
#include "check.h"
#include "common/file.h"
#include "common/log.h"
#include "common/netns.h"
#include "common/overrides.h"
#include "common/scope.h"
#include "common/state.h"
#include "grow.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- policy files ---- */

/* A user or a group that a rule is for, and that is not there. */
static void check_rule_who(struct report *report, const struct rule *rule)
{
	bool group = rule->who == WHO_GROUP;
	scoped_free char *where = text_of("%s:%u", rule->file, rule->line);
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	if ((rule->who != WHO_USER && !group) || strpbrk(rule->pattern, "*?["))
		return;
	if (group) {
		check_group_name(report, where, rule->pattern,
				 "logins that reach this line are denied, but "
				 "for root's",
				 SEVERITY_DENIED, NULL);
		return;
	}
	errno = 0;
	if (getpwnam(rule->pattern) || errno != 0)
		return;
	what = text_of("there is no user '%s': this line is for nobody",
		       rule->pattern);
	fix = text_edit(rule->file, rule->line);
	report_add(report, SEVERITY_ADVICE, where, what, fix);
}

/* Programs may use a service that has no stack; most often it is misspelt. */
static bool service_has_stack(const char *service)
{
	const struct stack_source source = system_source();
	struct stack stack = STACK_NONE;
	bool has = strpbrk(service, "*?[") ||
		   stack_read(&source, service, STACK_SESSION, &stack) < 0 ||
		   !stack.other;

	stack_release(&stack);
	return has;
}

/* A rule may name more services than are installed here, but not only those. */
static void check_rule_services(struct report *report, const struct rule *rule)
{
	const char *service = rule->services;
	scoped_free char *where = NULL;
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;

	for (unsigned int i = 0; i < rule->service_count; i++) {
		if (service_has_stack(service))
			return;
		service += strlen(service) + 1;
	}
	if (rule->service_count == 0)
		return;
	where = text_of("%s:%u", rule->file, rule->line);
	what = text_of("there is no service '%s': this line is for nobody",
		       rule->services);
	fix = text_edit(rule->file, rule->line);
	report_add(report, SEVERITY_ADVICE, where, what, fix);
}

/* Whether a rule is for everybody, by every service. */
static bool rule_takes_all(const struct rule *rule)
{
	bool all = rule->who == WHO_ANYONE ||
		   (rule->who == WHO_USER && !strcmp(rule->pattern, "*"));

	return all &&
	       (rule->service_count == 0 || !strcmp(rule->services, "*"));
}

static void check_rules(struct report *report, const struct rules *rules)
{
	const struct rule *all = NULL;

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		scoped_free char *where = NULL;
		scoped_free char *what = NULL;
		scoped_free char *fix = NULL;

		check_rule_who(report, rule);
		check_rule_services(report, rule);
		if (!all && rule_takes_all(rule)) {
			all = rule;
			continue;
		}
		if (!all)
			continue;
		where = text_of("%s:%u", rule->file, rule->line);
		what = text_of("no login reaches this line, as '%s:%u' is for "
			       "everybody",
			       all->file, all->line);
		fix = text_edit(rule->file, rule->line);
		report_add(report, SEVERITY_ADVICE, where, what, fix);
	}
}

/* FILE:LINE: WORD, as policy_read_rules() has it, as a place and a command. */
static char *policy_fix(const struct failure *failure, const char *file)
{
	scoped_free char *path = text_quote(file);
	const char *rest = failure->object + strlen(file);
	char *end = NULL;
	unsigned long line;
	struct stat st;

	if (!path)
		return NULL;
	if (failure->error == -EPERM && stat(file, &st) == 0 &&
	    S_ISDIR(st.st_mode))
		return text_restrict(file);
	if (failure->error == -EPERM)
		return text_adopt(file, 0644);
	/* An empty one would let all of them out. */
	if (failure->error == -ENOENT)
		return text_edit(file, 0);
	/* An editor has no use for these. */
	if (failure->error == -ELOOP || failure->error == -ENXIO)
		return text_of("rm %s", path);
	if (failure->error == -EISDIR)
		return text_of("rmdir %s", path);
	line = *rest == ':' ? strtoul(rest + 1, &end, 10) : 0;
	if (line == 0 || line > INT_MAX || strncmp(end, ": ", 2) != 0)
		return text_edit(file, 0);
	rest = end + 2;
	/* A capital in a service: the one fault with only one cure. */
	if (failure->cause && strstr(failure->cause, "capital")) {
		scoped_free char *small = text_small(rest);

		return small ? text_sed(file, (unsigned int)line,
					(unsigned int)line, rest, small)
			     : NULL;
	}
	return text_edit(file, (unsigned int)line);
}

/* The file that a failure is about stands before the first ": ", or ":N". */
static char *policy_file(const struct failure *failure)
{
	const char *end = strstr(failure->object, ": ");
	size_t length = strlen(failure->object);

	if (end) {
		while (end > failure->object && end[-1] != ':')
			end--;
		length = end > failure->object
				 ? (size_t)(end - failure->object) - 1
				 : length;
	}
	return text_of("%.*s", (int)length, failure->object);
}

/* Whether a line reads a policy file; NULL: the default ones. */
static bool lines_read(const struct check_lines *lines, const char *config)
{
	bool reads = false;

	for (size_t i = 0; !reads && i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;
		struct options options;

		line_options(line_module(line), line, &options);
		if (options.flags & OPTION_CONFIG)
			reads = options.config && config
					? !strcmp(options.config, config)
					: options.config == config;
	}
	return reads;
}

static void tell_unread_policy(struct report *report, const char *path,
			       const char *why)
{
	scoped_free char *what = text_of("%s: nothing reads this file", why);

	report_add(report, SEVERITY_ADVICE, path, what, NULL);
}

/* Those in the default places that nothing reads. */
static void check_unread_policies(struct report *report,
				  const struct check_lines *lines)
{
	bool by_default = lines_read(lines, NULL);
	glob_t found;

	if (lines->count == 0)
		return;
	if (access(RULES_FILE, F_OK) == 0 && !by_default &&
	    !lines_read(lines, RULES_FILE))
		tell_unread_policy(report, RULES_FILE,
				   "no line has 'config', or names it");
	if (glob(RULES_DIRECTORY "/*", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		const char *name = strrchr(path, '/') + 1;
		const char *end = strrchr(name, '.');

		if (lines_read(lines, path))
			continue;
		if (!by_default)
			tell_unread_policy(report, path,
					   "no line has 'config', or names it");
		else if ((!end || strcmp(end, ".conf") != 0) &&
			 stack_is_service(name))
			tell_unread_policy(report, path,
					   "its name does not end in '.conf'");
	}
	globfree(&found);
}

void check_policies(struct report *report, const struct check_lines *lines)
{
	check_unread_policies(report, lines);
	for (size_t i = 0; i < lines->count; i++) {
		const struct stack_line *line = lines->list[i].line;
		struct rules rules = RULES_NONE;
		struct failure failure;
		struct options options;
		char what[2048];
		scoped_free char *file = NULL;
		scoped_free char *fix = NULL;

		line_options(line_module(line), line, &options);
		if (!(options.flags & OPTION_CONFIG) ||
		    options.verdict == OPTIONS_DENY_ALL)
			continue;
		if (policy_read_rules(&options, &rules, &failure) == 0) {
			check_rules(report, &rules);
		} else if (failure.error == -EACCES && geteuid() != 0) {
			report_unseen(report, failure.object, failure.error);
		} else {
			log_explain(&failure, what, sizeof(what));
			file = policy_file(&failure);
			fix = file ? policy_fix(&failure, file) : NULL;
			report_add(report, SEVERITY_DENIED,
				   file ? file : failure.object, what, fix);
		}
		rules_release(&rules);
	}
}

/* ---- overrides and names ---- */

static char *failure_fix(const struct failure *failure)
{
	scoped_free char *path = text_quote(failure->object);
	struct stat st;

	if (path && failure->error == -EPERM &&
	    lstat(failure->object, &st) == 0 && S_ISREG(st.st_mode) &&
	    !strncmp(failure->object, "/etc/", 5))
		return text_adopt(failure->object, st.st_mode);
	if (path && failure->error == -EPERM)
		return text_of("chown -h root:root %s && chmod go-w %s", path,
			       path);
	if (!path || !failure->fix)
		return NULL;
	/* The file below it would be taken over, with a warning. */
	if (!strcmp(failure->fix, "umount"))
		return text_of("umount %s && rm %s", path, path);
	return text_of("%s %s", failure->fix, path);
}

/* The override that cannot be mounted over target, a file of /etc. */
static void tell_misfit(struct report *report, const char *name,
			const struct failure *failure, const char *what)
{
	scoped_free char *path = text_of(OVERRIDES_DIRECTORY "/%s/%s", name,
					 failure->object + sizeof("/etc/") - 1);
	scoped_free char *word = path ? text_quote(path) : NULL;
	scoped_free char *fix = NULL;

	if (!word) {
		report->failed = true;
		return;
	}
	fix = text_of(failure->error == -ENOTDIR ? "rm -r %s" : "rm %s", word);
	report_add(report, SEVERITY_DENIED, path, what, fix);
}

/* lines: all of ours, or NULL: each name is looked at. */
static void check_override(struct report *report, const char *name,
			   const void *lines)
{
	struct failure failure;
	size_t count;
	int r = line_look_overrides(name, &count, &failure);
	scoped_free char *fix = NULL;
	char what[2048];

	/* "ip netns" alone takes links, and files of others. */
	if (r == 0 || (lines && !check_lines_override(report, lines, name)))
		return;
	if (r == -EACCES && geteuid() != 0) {
		report_unseen(report, failure.object, r);
		return;
	}
	log_explain(&failure, what, sizeof(what));
	if (!strcmp(failure.doing, "mount over")) {
		tell_misfit(report, name, &failure, what);
		return;
	}
	fix = failure_fix(&failure);
	report_add(report, SEVERITY_DENIED, failure.object, what, fix);
}

/* Calls look for each entry of a directory. */
static void directory_each(struct report *report, const char *path,
			   const char *what,
			   void (*look)(struct report *report, const char *name,
					const void *data),
			   const void *data)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0 && errno != ENOENT && errno != ENOTDIR)
		report_unseen(report, path, -errno);
	for (int i = 0; i < count; i++) {
		progress_show(&report->progress, what, (size_t)i);
		if (strcmp(entries[i]->d_name, ".") != 0 &&
		    strcmp(entries[i]->d_name, "..") != 0)
			look(report, entries[i]->d_name, data);
		free(entries[i]);
	}
	free(entries);
}

/*
 * What is mounted on a file goes when the file is replaced by another one; a
 * link stays while what it leads to is replaced.
 */
static void check_resolv_conf(struct report *report,
			      const struct check_lines *lines)
{
	bool used = false;
	struct stat st;
	glob_t found;

	if (lstat("/etc/resolv.conf", &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (glob(OVERRIDES_DIRECTORY "/*/resolv.conf", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; !used && i < found.gl_pathc; i++) {
		char *name = found.gl_pathv[i] + sizeof(OVERRIDES_DIRECTORY);

		name[strcspn(name, "/")] = '\0';
		used = check_lines_override(report, lines, name);
	}
	globfree(&found);
	if (used)
		report_add(report, SEVERITY_ADVICE, "/etc/resolv.conf",
			   "it is a regular file: a program of the host that "
			   "replaces it takes the overrides of it away from "
			   "sessions that are open; it should be a link",
			   "mv /etc/resolv.conf /etc/resolv.conf.host && ln -s "
			   "resolv.conf.host /etc/resolv.conf");
}

void check_overrides(struct report *report, const struct check_lines *lines)
{
	check_resolv_conf(report, lines);
	/* Tells also what is wrong with the directory itself. */
	check_override(report, "-", NULL);
	directory_each(report, OVERRIDES_DIRECTORY, "directories",
		       check_override, lines);
}

/* A link to the namespace of a process is what "ip netns attach" is for. */
static char *link_fix(const char *path, const char *name)
{
	scoped_free char *word = text_quote(name);
	char target[64];
	unsigned long pid;
	char *end;
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length <= 0 || !word)
		return NULL;
	target[length] = '\0';
	if (strncmp(target, "/proc/", 6) != 0)
		return NULL;
	pid = strtoul(target + 6, &end, 10);
	if (pid == 0 || strcmp(end, "/ns/net") != 0)
		return NULL;
	/* That is the host's, which no name may lead to. */
	if (pid == 1)
		return text_of("rm " NETNS_DIRECTORY "/%s", word);
	return text_of("rm " NETNS_DIRECTORY "/%s && ip netns attach %s %lu",
		       word, word, pid);
}

static void check_name(struct report *report, const char *name,
		       const void *data)
{
	struct failure failure;
	int r = netns_look(name, &failure);
	scoped_free char *path = text_of(NETNS_DIRECTORY "/%s", name);
	scoped_free char *fix = NULL;
	scoped_free char *word = path ? text_quote(path) : NULL;
	char what[2048];
	struct stat st;

	(void)data;
	if (r > 0 || !path || !word)
		return;
	if (r == 0 && lstat(path, &st) == 0) {
		fix = text_of("rm %s", word);
		report_add(report, SEVERITY_ADVICE, path,
			   "an empty file: if a namespace was prepared under "
			   "this name, it is in other mounts, and the next "
			   "login creates another one",
			   fix);
	} else if (r < 0) {
		log_explain(&failure, what, sizeof(what));
		fix = r == -ELOOP ? link_fix(path, name) : NULL;
		if (!fix)
			fix = failure_fix(&failure);
		report_add(report, SEVERITY_DENIED, failure.object, what, fix);
	}
}

#define NAME_DENIED "logins that need a new name are denied"

/* Directories of root's that logins make files in, if they are there. */
static const struct needed_directory {
	const char *path;
	const char *denied; /* if no file can be made in it */
	const char *others; /* if others can write it; NULL: the same */
	bool is_written;    /* the files have something in them */
} needed_directories[] = {
	{ STATE_DIRECTORY, NAME_DENIED, NULL, false },
	{ STATE_LOCKS, NAME_DENIED, NULL, false },
	{ STATE_DIRECTORY "/tmp",
	  NAME_DENIED ", if their lines have init= or owner", NULL, true },
	{ STATE_NAMES, NAME_DENIED ", if their lines have init= or owner", NULL,
	  true },
	{ STATE_ETC, NAME_DENIED ", if their lines have init=", NULL, false },
	{ STATE_ETC_NEW,
	  "logins to a new namespace are denied, if their lines have init=",
	  NULL, false },
	{ NETNS_DIRECTORY, NAME_DENIED,
	  "they can take names before a login does, which is denied then",
	  false },
};

static void check_directory(struct report *report,
			    const struct needed_directory *directory)
{
	const char *path = directory->path;
	int room = line_look_room(path, directory->is_written);
	const char *why = NULL;
	const char *then = directory->denied;
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	struct stat st;

	if (lstat(path, &st) < 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		why = "it is no directory";
		fix = text_of("rm %s", path);
	} else if (!file_is_root_only(&st)) {
		why = "others than root can write it";
		then = directory->others ? directory->others : then;
		fix = text_restrict(path);
	} else if (room == -ENOSPC) {
		why = "it has no room for another file";
	} else if (room == -EROFS) {
		why = "it is read-only";
		fix = text_of("mount -o remount,rw \"$(findmnt -n -o TARGET "
			      "-T %s)\"",
			      path);
	} else {
		return;
	}
	what = text_of("%s: %s", why, then);
	report_add(report, SEVERITY_DENIED, path, what, fix);
}

static void tell_state(struct report *report, int error,
		       const struct failure *failure)
{
	scoped_free char *fix = NULL;
	char what[2048];

	if (error == 0)
		return;
	log_explain(failure, what, sizeof(what));
	fix = failure_fix(failure);
	report_add(report, SEVERITY_DENIED, failure->object, what, fix);
}

static void check_name_lock(struct report *report, const char *name,
			    const void *data)
{
	struct failure failure;

	(void)data;
	tell_state(report, line_look_lock(name, &failure), &failure);
}

static void check_name_record(struct report *report, const char *name,
			      const void *data)
{
	struct failure failure;

	(void)data;
	tell_state(report, line_look_record(name, &failure), &failure);
}

static void check_name_generated(struct report *report, const char *name,
				 const void *data)
{
	struct failure failure;

	(void)data;
	tell_state(report, line_look_generated(name, &failure), &failure);
}

void check_names(struct report *report)
{
	struct stat st;

	for (size_t i = 0;
	     i < sizeof(needed_directories) / sizeof(needed_directories[0]);
	     i++)
		check_directory(report, &needed_directories[i]);
	directory_each(report, STATE_NAMES, "records", check_name_record, NULL);
	/* Nobody else may look there. */
	if (geteuid() == 0) {
		directory_each(report, STATE_LOCKS, "locks", check_name_lock,
			       NULL);
		directory_each(report, STATE_ETC, "directories",
			       check_name_generated, NULL);
	}
	if (lstat(NETNS_DIRECTORY, &st) == 0 && S_ISDIR(st.st_mode))
		directory_each(report, NETNS_DIRECTORY, "names", check_name,
			       NULL);
}

/* ---- accounts ---- */

/* One name of a uid. */
struct alias {
	uid_t uid;
	char *name;
};

static int alias_compare(const void *a, const void *b)
{
	const struct alias *left = a;
	const struct alias *right = b;

	if (left->uid != right->uid)
		return left->uid < right->uid ? -1 : 1;
	return strcmp(left->name, right->name);
}

static size_t aliases_read(struct report *report, struct alias **ret)
{
	struct alias *list = NULL;
	size_t count = 0;
	const struct passwd *passwd;

	setpwent();
	while ((passwd = getpwent())) {
		struct alias *grown = list_grow(list, count, sizeof(*list));

		if (!grown)
			break;
		progress_show(&report->progress, "accounts", count);
		list = grown;
		list[count] = (struct alias){ .uid = passwd->pw_uid,
					      .name = strdup(passwd->pw_name) };
		count += list[count].name != NULL;
	}
	endpwent();
	if (count > 0)
		qsort(list, count, sizeof(*list), alias_compare);
	*ret = list;
	return count;
}

/* 1: a line confines an account; 0: not; or -errno: nobody can tell. */
static int line_confines(const struct stack_line *line, const char *service,
			 struct account *account)
{
	struct line_decision decision;
	int r = line_plan(line, service, account, &decision);

	if (options_close_only(&decision.options))
		r = 0;
	else if (decision.plan.kind == PLAN_NEW ||
		 decision.plan.kind == PLAN_NAMED)
		r = 1;
	line_decision_release(&decision);
	return r;
}

/*
 * The first line that confines an account, or NULL. surely: not one of which
 * nobody can tell.
 */
static const struct check_line *confining_line(const struct check_lines *lines,
					       const char *name, bool surely)
{
	struct account account;
	const struct check_line *found = NULL;

	if (account_find_name(name, &account) < 0)
		return NULL;
	for (size_t i = 0; !found && i < lines->count; i++) {
		int r = line_confines(lines->list[i].line,
				      lines->list[i].service, &account);

		if (r > 0 || (r < 0 && !surely))
			found = &lines->list[i];
	}
	account_release(&account);
	return found;
}

/* Whether a session of a service confines an account. */
static bool service_confines(const char *service, const char *name)
{
	const struct stack_source source = system_source();
	struct account account;
	struct stack stack;
	bool confines = false;

	if (account_find_name(name, &account) < 0)
		return false;
	if (stack_read(&source, service, STACK_SESSION, &stack) == 0)
		for (size_t i = 0; !confines && i < stack.count; i++)
			confines = line_module(&stack.lines[i]) &&
				   line_confines(&stack.lines[i], service,
						 &account) > 0;
	stack_release(&stack);
	account_release(&account);
	return confines;
}

bool check_service_has_line(const char *service, bool own)
{
	const struct stack_source source = system_source();
	struct stack stack;
	bool has = false;

	if (stack_read(&source, service, STACK_SESSION, &stack) == 0 &&
	    !(own && stack.other))
		for (size_t i = 0; !has && i < stack.count; i++)
			has = line_decides(&stack.lines[i]);
	stack_release(&stack);
	return has;
}

bool check_some_service_leaves(const char *name)
{
	const struct stack_source source = system_source();
	char **services = NULL;
	size_t count = 0;
	bool leaves = false;

	if (stack_list_services(&source, &services, &count) < 0)
		return true;
	for (size_t i = 0; !leaves && i < count; i++)
		leaves = check_service_has_line(services[i], false) &&
			 !service_confines(services[i], name);
	stack_free_services(services, count);
	return leaves;
}

/* Those below 1000, and those that systemd makes up, to that of nobody. */
bool check_uid_is_services(uid_t uid)
{
	return uid < 1000 || (uid > 60577 && uid < 65536);
}

const char *check_service_of(const struct check_lines *lines, const char *name)
{
	const struct check_line *found = confining_line(lines, name, true);
	const struct passwd *passwd = found ? getpwnam(name) : NULL;

	if (!found)
		return NULL;
	/* Where everybody is confined, services were not meant. */
	if (passwd && check_uid_is_services(passwd->pw_uid) &&
	    confining_line(lines, "nobody", true))
		return NULL;
	return service_confines("login", name) ? "login" : found->service;
}

/* other has the uid of an account that line confines. */
static void check_alias(struct report *report, const struct check_line *line,
			const char *confined, const char *other)
{
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *word = text_quote(other);
	scoped_free char *name = NULL;
	struct options options;
	char where[PATH_MAX];

	line_options(line_module(line->line), line->line, &options);
	/* Of pam_groupnet(8) there are many. */
	if (line_module(line->line)->by != POLICY_GROUP_NAME)
		name = text_operand(options.group
					    ? options.group
					    : line_module(line->line)->group);
	line_where(line->line, where, sizeof(where));
	what = text_of("'%s' has the uid of '%s', and this line confines only "
		       "the latter",
		       other, confined);
	fix = options.flags & OPTION_CONFIG || !word || !name
		      ? NULL
		      : text_of("gpasswd -a %s %s", word, name);
	report_add(report, SEVERITY_OUTSIDE, where, what, fix);
}

/* All accounts of one uid: each that no line confines, if one does another. */
static void check_uid(struct report *report, const struct check_lines *lines,
		      const struct alias *list, size_t count)
{
	const struct check_line *line = NULL;
	size_t confined = 0;

	/* Root is let in by whatever name. */
	if (count < 2 || list->uid == 0)
		return;
	while (confined < count &&
	       !(line = confining_line(lines, list[confined].name, false)))
		confined++;
	for (size_t i = 0; line && i < count; i++)
		if (i < confined ||
		    (i > confined &&
		     !confining_line(lines, list[i].name, false)))
			check_alias(report, line, list[confined].name,
				    list[i].name);
}

void check_aliases(struct report *report, const struct check_lines *lines)
{
	struct alias *list;
	size_t count = aliases_read(report, &list);
	size_t next;

	for (size_t i = 0; i < count; i = next) {
		progress_show(&report->progress, "accounts", i);
		next = i + 1;
		while (next < count && list[next].uid == list[i].uid)
			next++;
		check_uid(report, lines, &list[i], next - i);
	}
	for (size_t i = 0; i < count; i++)
		free(list[i].name);
	free(list);
}
