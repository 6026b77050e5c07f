/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a denied or killed login may leave on the host. */
#include "leftovers.h"
#include "../module/see.h"
#include "checker.h"
#include "common/count.h"

#include <fnmatch.h>
#include <fts.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define STATE "/run/pam_net"

__attribute__((format(printf, 1, 2))) static const char *
wrong(const char *format, ...)
{
	static char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return text;
}

/* --- /run/netns --- */

/* What the text of a snapshot says of one name. */
struct name_state {
	bool exists;
	unsigned int mode;
	unsigned int uid;
	long long size;
	unsigned long long inode;
	int mounts; /* namespaces that are mounted there */
};

static void name_state_add_line(struct name_state *state, const char *line,
				const char *path)
{
	char found[4096];
	char root[64];
	struct name_state file;

	if (sscanf(line, "file: %4095s %o %u:%*u %lld %llu", found, &file.mode,
		   &file.uid, &file.size, &file.inode) == 5 &&
	    !strcmp(found, path)) {
		file.exists = true;
		file.mounts = state->mounts;
		*state = file;
	}
	if (sscanf(line, "mount: %*s %63s %4095s", root, found) == 2 &&
	    !strcmp(found, path) && !strncmp(root, "net:[", 5))
		state->mounts++;
}

static struct name_state name_state_read(const char *text, const char *path)
{
	struct name_state state = { .exists = false };

	while (*text) {
		name_state_add_line(&state, text, path);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return state;
}

/* Either the name is bound as it should be, or there is no new file of it. */
static const char *check_name(const struct login *login,
			      const struct name_state *before,
			      const struct name_state *after, bool killed)
{
	/* If ip-netns(8) prepared /run/netns, a name has two mounts. */
	int most = login->flags & LOGIN_IP ? 2 : 1;

	if (after->mounts > most && after->mounts > before->mounts)
		return wrong("'%s' is mounted %d times", login->netns,
			     after->mounts);
	if (before->mounts > 0 &&
	    (after->mounts == 0 || after->inode != before->inode))
		return wrong("'%s' is not bound as before", login->netns);
	if (after->mounts > 0 && after->inode == host_net())
		return wrong("'%s' is the host's namespace", login->netns);
	if (after->mounts > 0 || !after->exists)
		return NULL;
	if (before->exists && before->inode == after->inode)
		return NULL;
	if (!killed)
		return wrong("'%s' is left and not bound", login->netns);
	if (!S_ISREG(after->mode) || after->uid != 0 || after->size != 0)
		return wrong("'%s' is left and not an empty file",
			     login->netns);
	return NULL;
}

const char *leftovers_check(const struct login *login, const char *before,
			    const char *after, bool killed)
{
	char path[PATH_MAX];
	struct name_state old;
	struct name_state new;
	const char *problem;
	char *rest_before;
	char *rest_after;

	(void)snprintf(path, sizeof(path), "/run/netns/%s", login->netns);
	old = name_state_read(before, path);
	new = name_state_read(after, path);
	problem = check_name(login, &old, &new, killed);
	if (problem)
		return problem;
	rest_before = see_without_name(before, login->netns);
	rest_after = see_without_name(after, login->netns);
	problem = first_difference(rest_before, rest_after);
	free(rest_before);
	free(rest_after);
	return problem;
}

/* --- /run/pam_net --- */

/* What the directories of /run/pam_net may have. Paths are fnmatch(3)'s. */
static const struct state_file {
	const char *path;
	bool is_directory;
	bool empty;	  /* it is a lock */
	bool killed_only; /* files are renamed from there, or removed at close
			   */
	bool of_process;  /* or it is of one that is alive */
	bool of_name;	  /* or it is of a namespace that has its name */
} state_files[] = {
	{ .path = "/lock", .is_directory = true },
	{ .path = "/lock/*", .empty = true },
	{ .path = "/names", .is_directory = true },
	{ .path = "/names/*" },
	{ .path = "/tmp", .is_directory = true },
	{ .path = "/tmp/names", .is_directory = true },
	{ .path = "/tmp/names/*", .killed_only = true },
	{ .path = "/tmp/sessions", .is_directory = true },
	{ .path = "/tmp/sessions/*", .killed_only = true, .of_process = true },
	{ .path = "/sessions", .is_directory = true },
	{ .path = "/sessions/*", .is_directory = true },
	{ .path = "/sessions/*/*", .killed_only = true, .of_process = true },
	{ .path = "/etc", .is_directory = true },
	{ .path = "/etc/*",
	  .is_directory = true,
	  .killed_only = true,
	  .of_name = true },
	{ .path = "/etc/*/*",
	  .is_directory = true,
	  .killed_only = true,
	  .of_name = true },
	{ .path = "/etc/*/*/*", .killed_only = true, .of_name = true },
	{ .path = "/etc-new", .is_directory = true },
	{ .path = "/etc-new/*", .is_directory = true, .killed_only = true },
	{ .path = "/etc-new/*/*", .killed_only = true },
};

/* Whether it is the record of a session that is open. */
static bool is_of_a_process(const char *path)
{
	int pid = atoi(strrchr(path, '/') + 1);

	return pid > 0 && kill(pid, 0) == 0;
}

/* Whether the record of a name has this line. */
static bool name_has_line(const char *name, const char *wanted)
{
	char path[PATH_MAX];
	char line[512];
	bool found = false;
	FILE *record;

	(void)snprintf(path, sizeof(path), STATE "/names/%s", name);
	record = fopen(path, "re");
	while (record && !found && fgets(line, sizeof(line), record)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, wanted);
	}
	if (record)
		(void)fclose(record);
	return found;
}

/* Whether etc/NAME, or below etc/NAME/KEY, belongs to what NAME leads to. */
static bool is_of_bound_name(const char *below)
{
	char path[PATH_MAX];
	char name[NAME_MAX + 1] = "";
	char key[64] = "";
	char line[80];

	if (sscanf(below, "/etc/%255[^/]/%63[^/]", name, key) < 1)
		return false;
	(void)snprintf(path, sizeof(path), "/run/netns/%s", name);
	if (host_mounts_at(path) == 0)
		return false;
	/* Before Linux 5.14 there is an inode and no cookie. */
	(void)snprintf(line, sizeof(line), "%s%s",
		       *key == 'i' ? "inode=" : "cookie=",
		       *key == 'i' ? key + 1 : key);
	return !*key || name_has_line(name, line);
}

static const char *check_state_file(const char *path, const struct stat *st,
				    bool killed)
{
	const char *below = path + strlen(STATE);

	for (size_t i = 0; i < COUNT(state_files); i++) {
		const struct state_file *file = &state_files[i];

		if (fnmatch(file->path, below, FNM_PATHNAME) != 0)
			continue;
		if (file->is_directory ? !S_ISDIR(st->st_mode)
				       : !S_ISREG(st->st_mode))
			return wrong("'%s' is of another kind", path);
		if (st->st_uid != 0 || st->st_mode & 022)
			return wrong("'%s' is not root's only", path);
		if (file->empty && st->st_size != 0)
			return wrong("'%s' is not empty", path);
		if (!file->killed_only || killed ||
		    (file->of_process && is_of_a_process(path)) ||
		    (file->of_name && is_of_bound_name(below)))
			return NULL;
		return wrong("'%s' is left", path);
	}
	return wrong("'%s' is left", path);
}

const char *leftovers_check_state(const struct login *login, bool killed)
{
	char *const paths[] = { (char[]){ STATE }, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const char *problem = NULL;
	FTSENT *entry;

	if (!tree)
		fatal("fts_open");
	while (!problem && (entry = fts_read(tree)))
		if (entry->fts_level > 0 && entry->fts_info != FTS_DP)
			problem = check_state_file(
				entry->fts_path, entry->fts_statp,
				killed || login->flags & LOGIN_NESTED);
	(void)fts_close(tree);
	return problem;
}
