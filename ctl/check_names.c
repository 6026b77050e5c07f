/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: names of namespaces, with their overrides and records. */
#include "check.h"
#include "common/count.h"
#include "common/file.h"
#include "common/netns.h"
#include "common/overrides.h"
#include "common/scope.h"
#include "common/state.h"

#include <dirent.h>
#include <fts.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

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

/* Users could read what it is mounted over, and cannot read it. */
static void check_readable(struct report *report, const FTSENT *entry)
{
	const char *path = entry->fts_path;
	const char *below = strchr(path + sizeof(OVERRIDES_DIRECTORY), '/');
	scoped_free char *over = below ? text_of("/etc%s", below) : NULL;
	mode_t mode = entry->fts_statp->st_mode;
	mode_t needed = S_ISDIR(mode) ? S_IROTH | S_IXOTH : S_IROTH;
	scoped_free char *what = NULL;
	scoped_free char *fix = NULL;
	scoped_free char *word = NULL;
	struct stat st;

	if (!over || stat(over, &st) < 0 ||
	    (st.st_mode & S_IFMT) != (mode & S_IFMT) ||
	    !(st.st_mode & ~mode & needed))
		return;
	word = text_quote(path);
	what = text_of("users can read '%s', and not what is mounted over it",
		       over);
	fix = word ? text_of("chmod %s %s", S_ISDIR(mode) ? "a+rx" : "a+r",
			     word)
		   : NULL;
	report_add(report, SEVERITY_ADVICE, path, what, fix);
}

static void check_override_modes(struct report *report, const char *name)
{
	scoped_free char *path = text_of(OVERRIDES_DIRECTORY "/%s", name);
	char *const paths[] = { path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;

	while (tree && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_F || entry->fts_info == FTS_D)
			check_readable(report, entry);
	if (tree)
		(void)fts_close(tree);
}

/* lines: all of ours, or NULL: each name is looked at. */
static void check_override(struct report *report, const char *name,
			   const void *lines)
{
	struct failure failure;
	size_t count;
	int r = line_look_overrides(name, &count, &failure);
	scoped_free char *fix = NULL;
	scoped_free char *what = NULL;

	/* "ip netns" alone takes links, and files of others. */
	if (lines && !check_settings_override(report, lines, name))
		return;
	if (r == 0) {
		check_override_modes(report, name);
		return;
	}
	if (r == -EACCES && geteuid() != 0) {
		report_unseen(report, failure.object, r);
		return;
	}
	what = text_failure(&failure);
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
		used = check_settings_override(report, lines, name);
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
	scoped_free char *what = NULL;
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
		what = text_failure(&failure);
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
	enum check_need need;
	const char *denied; /* if no file can be made in it */
	const char *others; /* if others can write it; NULL: the same */
	bool is_written;    /* the files have something in them */
} needed_directories[] = {
	{ STATE_DIRECTORY, NEED_NAME, NAME_DENIED, NULL, false },
	{ STATE_LOCKS, NEED_NAME, NAME_DENIED, NULL, false },
	{ STATE_DIRECTORY "/tmp", NEED_RECORD,
	  NAME_DENIED ", if their lines have init= or owner", NULL, true },
	{ STATE_NAMES, NEED_RECORD,
	  NAME_DENIED ", if their lines have init= or owner", NULL, true },
	{ STATE_ETC, NEED_INIT, NAME_DENIED ", if their lines have init=", NULL,
	  false },
	{ STATE_ETC_NEW, NEED_INIT,
	  "logins to a new namespace are denied, if their lines have init=",
	  NULL, false },
	{ NETNS_DIRECTORY, NEED_NAME, NAME_DENIED,
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
	scoped_free char *what = NULL;

	if (error == 0)
		return;
	what = text_failure(failure);
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

void check_names(struct report *report, const struct check_lines *lines)
{
	unsigned int needs = check_settings_need(report, lines);
	struct stat st;

	for (size_t i = 0; i < COUNT(needed_directories); i++)
		if (needs & needed_directories[i].need)
			check_directory(report, &needed_directories[i]);
	/* Without init= and owner, a login goes on without a record. */
	if (needs & NEED_RECORD)
		directory_each(report, STATE_NAMES, "records",
			       check_name_record, NULL);
	/* Nobody else may look there. */
	if (geteuid() == 0) {
		directory_each(report, STATE_LOCKS, "locks", check_name_lock,
			       NULL);
		if (needs & NEED_INIT)
			directory_each(report, STATE_ETC, "directories",
				       check_name_generated, NULL);
	}
	if (lstat(NETNS_DIRECTORY, &st) == 0 && S_ISDIR(st.st_mode))
		directory_each(report, NETNS_DIRECTORY, "names", check_name,
			       NULL);
}
