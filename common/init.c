/* SPDX-License-Identifier: GPL-2.0-or-later */
/* init=: what fills a namespace before anybody is in it. */
#include "init.h"
#include "count.h"
#include "deadline.h"
#include "file.h"
#include "process.h"
#include "scope.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

enum {
	CREATE_MS = 30 * 1000,
	/* For killing what does not end, and for removing. */
	RESERVE_MS = 4 * 1000,
	LINKS_MAX = 40,
	PATH_ROOM = 4096,
};

/* --- The list --- */

bool init_program_at(const char *programs, unsigned int at, char *ret,
		     size_t room)
{
	size_t length;

	for (; at > 0; at--) {
		programs = strchrnul(programs, ',');
		if (*programs)
			programs++;
	}
	length = strcspn(programs, ",");
	if (length == 0 || length >= room)
		return false;
	memcpy(ret, programs, length);
	ret[length] = '\0';
	return true;
}

static unsigned int count_programs(const char *programs)
{
	unsigned int count = 1;

	for (; *programs; programs++)
		count += *programs == ',';
	return count;
}

/* --- The path of a program --- */

/* A walk along a path: where it is, and what is still to come. */
struct walk {
	int at;
	int links;
	char rest[PATH_ROOM];
};

/* Whether root alone can change what fd is. A link has no mode. */
static int check_root_owns(int fd, struct stat *ret)
{
	int r = file_check_root_only(fd, ret);

	if (r == -EPERM && S_ISLNK(ret->st_mode) && ret->st_uid == 0)
		return 0;
	return r;
}

/* Puts the target of a link before the rest of the path. */
static int walk_follow(struct walk *walk, int link)
{
	char target[PATH_ROOM];
	size_t length = strlen(walk->rest);
	ssize_t size = readlinkat(link, "", target, sizeof(target));

	if (size < 0)
		return -errno;
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if ((size_t)size + 1 + length + 1 > sizeof(walk->rest))
		return -ENAMETOOLONG;
	memmove(walk->rest + size + 1, walk->rest, length + 1);
	memcpy(walk->rest, target, (size_t)size);
	walk->rest[size] = '/';
	return 0;
}

/* Takes the next name of the path into ret; empty: there is none. */
static int walk_name(struct walk *walk, char *ret, size_t room)
{
	size_t skip = strspn(walk->rest, "/");
	size_t length = strcspn(walk->rest + skip, "/");

	if (length >= room)
		return -ENAMETOOLONG;
	memcpy(ret, walk->rest + skip, length);
	ret[length] = '\0';
	memmove(walk->rest, walk->rest + skip + length,
		strlen(walk->rest + skip + length) + 1);
	return 0;
}

static int check_is_program(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (!S_ISREG(st->st_mode))
		return -ENXIO;
	return st->st_mode & 0111 ? 0 : -EACCES;
}

static int walk_root(struct walk *walk, struct stat *ret)
{
	scope_close(&walk->at);
	walk->at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return walk->at < 0 ? -errno : check_root_owns(walk->at, ret);
}

/* Goes the whole way. What is at fault is open at walk->at. */
static int walk_path(struct walk *walk)
{
	char name[NAME_MAX + 1];
	struct stat st = { .st_mode = 0 };
	int r = walk_root(walk, &st);

	while (r == 0) {
		scoped_fd int next = -EBADF;

		r = walk_name(walk, name, sizeof(name));
		if (r < 0 || !*name)
			break;
		next = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		r = check_root_owns(next, &st);
		if (r == 0 && S_ISLNK(st.st_mode)) {
			r = walk_follow(walk, next);
			if (r == 0 && *walk->rest == '/')
				r = walk_root(walk, &st);
			continue;
		}
		scope_close(&walk->at);
		walk->at = take_fd(&next);
	}
	return r < 0 ? r : check_is_program(&st);
}

int init_check_path(const char *path, char *ret, size_t room)
{
	struct walk walk = { .at = -EBADF };
	ssize_t size;
	int r;

	(void)snprintf(ret, room, "%s", path);
	if (*path != '/')
		return -EINVAL;
	if (strlen(path) >= sizeof(walk.rest))
		return -ENAMETOOLONG;
	memcpy(walk.rest, path, strlen(path) + 1);
	r = walk_path(&walk);
	if (r < 0 && r != -ENOENT && walk.at >= 0) {
		size = readlink(fd_path(walk.at).text, ret, room - 1);
		if (size >= 0)
			ret[size] = '\0';
	}
	scope_close(&walk.at);
	return r;
}

/* --- What a program is called with --- */

struct environment {
	size_t used;
	size_t count;
	const char *list[16];
	char text[8192];
};

/* What has no room is missing, and the count tells it. */
__attribute__((format(printf, 3, 4))) static void
environment_add(struct environment *environment, const char *key,
		const char *format, ...)
{
	char *at = environment->text + environment->used;
	size_t room = sizeof(environment->text) - environment->used;
	size_t length = strlen(key) + 1;
	va_list args;
	int size;

	if (length >= room)
		return;
	(void)snprintf(at, room, "%s=", key);
	va_start(args, format);
	size = vsnprintf(at + length, room - length, format, args);
	va_end(args);
	if (size < 0 || (size_t)size >= room - length)
		return;
	environment->used += length + (size_t)size + 1;
	environment->list[environment->count++] = at;
}

static int environment_make(const struct init_request *request,
			    struct environment *ret)
{
	pid_t own = process_own_number();

	if (own < 0)
		return own;
	ret->used = 0;
	ret->count = 0;
	environment_add(ret, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
	environment_add(ret, "PAM_USER", "%s", request->user);
	environment_add(ret, "PAM_SERVICE", "%s", request->service);
	environment_add(ret, "PAM_RHOST", "%s", request->rhost);
	environment_add(ret, "PAM_TTY", "%s", request->tty);
	environment_add(ret, "NETNS", "%s", request->name);
	if (request->net >= 0)
		environment_add(ret, "NETNS_PATH", "/proc/%d/fd/%d", (int)own,
				request->net);
	else
		environment_add(ret, "NETNS_PATH", "%s", "");
	environment_add(ret, "NETNS_DIR", "/etc/netns/%s", request->etc);
	environment_add(ret, "NETNS_ETC", "%s", request->generated);
	if (ret->count != 9)
		return -E2BIG;
	ret->list[ret->count] = NULL;
	return 0;
}

/* --- Running them --- */

int init_check_program(const char *path, struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -EPERM,
		  "it and all directories above must be root's, and writable "
		  "by root only",
		  NULL },
		{ -ENOENT, "there is no such program", NULL },
		{ -EACCES, "it is not executable", NULL },
		{ -EISDIR, "it is a directory", NULL },
		{ -ENXIO, "it is not a file", NULL },
	};
	char fault[PATH_ROOM];
	int r = init_check_path(path, fault, sizeof(fault));

	if (r == 0)
		return 0;
	(void)failure_set(failure, r, "run", path);
	if (r == -EPERM && strcmp(path, fault) != 0)
		(void)snprintf(failure->details, sizeof(failure->details),
			       "%.470s", fault);
	return failure_explain(failure, causes, COUNT(causes));
}

int init_exec_failed(const char *path, int error, struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -ENODEV, "/dev/null is missing", NULL },
		{ -ENOENT, "its interpreter is missing", NULL },
		{ -ENOEXEC,
		  "it has no interpreter and is no binary for this machine",
		  NULL },
	};
	struct statvfs fs;

	(void)failure_set(failure, error, "run", path);
	if (error == -EACCES && statvfs(path, &fs) == 0 &&
	    fs.f_flag & ST_NOEXEC)
		failure->cause = "it is on a mount with noexec";
	return failure_explain(failure, causes, COUNT(causes));
}

static int program_failed(struct failure *failure, int error, const char *path,
			  const struct program_output *output)
{
	static const struct failure_cause causes[] = {
		{ -ECANCELED, "it failed", NULL },
		{ -ETIMEDOUT, "it has not ended in time", NULL },
		{ -EOWNERDEAD, "the login has ended", NULL },
	};
	const char *before = *output->last ? "; it wrote: " : "";
	char *text = failure->details;
	size_t room = sizeof(failure->details);
	int status = output->status;

	if (error == output->error)
		return init_exec_failed(path, error, failure);
	(void)failure_set(failure, error, "run", path);
	if (error == -ECANCELED && WIFSIGNALED(status))
		(void)snprintf(text, room, "signal %d%s%s", WTERMSIG(status),
			       before, output->last);
	else if (error == -ECANCELED)
		(void)snprintf(text, room, "status %d%s%s", WEXITSTATUS(status),
			       before, output->last);
	else if (*output->last)
		(void)snprintf(text, room, "it wrote: %s", output->last);
	if (error == -EPERM)
		failure->cause = "the caller keeps it from being root";
	return failure_explain(failure, causes, COUNT(causes));
}

static int program_call(const struct init_request *request, unsigned int at,
			const char *verb, long long deadline,
			struct program_output *output, struct failure *failure)
{
	char path[sizeof(PAM_NET_LIBEXECDIR) + PATH_ROOM] = PAM_NET_LIBEXECDIR
		"/";
	const size_t before = sizeof(PAM_NET_LIBEXECDIR);
	const char *argv[] = { NULL, verb, request->name, request->user, NULL };
	struct environment environment;
	struct program program = {
		.argv = argv,
		.envp = environment.list,
		.tag = at,
		.deadline = deadline,
		.caller = request->caller,
	};
	int r;

	if (!init_program_at(request->programs, at, path + before,
			     sizeof(path) - before))
		return failure_set(failure, -EINVAL, "run", request->programs);
	program.path = path[before] == '/' ? path + before : path;
	argv[0] = program.path;
	r = init_check_program(program.path, failure);
	if (r < 0)
		return r;
	r = environment_make(request, &environment);
	if (r == 0)
		r = program_run(&program, output);
	return r < 0 ? program_failed(failure, r, program.path, output) : 0;
}

static int enter_host_net(const struct init_request *request,
			  struct failure *failure)
{
	static const struct failure_cause causes[] = {
		{ -ENXIO, "the namespaces of PID 1 cannot be read", NULL },
		{ -EXDEV, "setns(2) reports success but changes nothing",
		  NULL },
	};
	const struct ns_host *host = request->host;
	bool known = ns_id_is_known(host->net) && ns_id_is_known(host->mounts);
	scoped_fd int net = known ? ns_open_host_net() : -ENXIO;
	struct ns_id now = { .ino = 0 };
	int r = net < 0 ? net : ns_enter_net(net);

	if (r == 0)
		r = ns_current_net(&now);
	if (r == 0 && !ns_id_equal(now, host->net))
		r = -EXDEV;
	if (r == 0)
		return 0;
	(void)failure_set(failure, r, "enter the host's network to run",
			  request->programs);
	(void)failure_needs(failure, CAP_SYS_ADMIN);
	return failure_explain(failure, causes, COUNT(causes));
}

/*
 * Calls remove for the programs before end, the last one first. failure tells
 * of the first that failed.
 */
static int remove_before(const struct init_request *request, unsigned int end,
			 struct program_output *output, struct failure *failure)
{
	struct init_request removal = *request;
	struct failure ignored;
	long long deadline = deadline_in(INIT_REMOVE_MS);
	int r = 0;

	/* Daemons that they have left. */
	program_kill_all();
	/* It is done whoever waits for it. */
	removal.caller = 0;
	if (deadline > request->deadline)
		deadline = request->deadline;
	while (end > 0) {
		int one = program_call(&removal, --end, "remove", deadline,
				       output,
				       r < 0 || !failure ? &ignored : failure);

		r = r < 0 ? r : one;
	}
	return r;
}

static int create_all(const struct init_request *request,
		      struct program_output *output, struct failure *failure)
{
	long long deadline = deadline_in(CREATE_MS);
	unsigned int count = count_programs(request->programs);
	int r = 0;

	if (deadline > request->deadline - RESERVE_MS)
		deadline = request->deadline - RESERVE_MS;
	for (unsigned int i = 0; i < count; i++) {
		r = program_call(request, i, "create", deadline, output,
				 failure);
		if (r == 0)
			continue;
		(void)remove_before(request, i, output, NULL);
		break;
	}
	return r;
}

int init_create(const struct init_request *request,
		struct program_output *output, struct failure *failure)
{
	int r = enter_host_net(request, failure);
	int back;

	if (r == 0)
		r = create_all(request, output, failure);
	back = ns_enter_net(request->net);
	if (r == 0 && back < 0) {
		r = failure_set(failure, back, "go back into", request->name);
		(void)remove_before(request, count_programs(request->programs),
				    output, NULL);
	}
	return r;
}

int init_remove(const struct init_request *request,
		struct program_output *output, struct failure *failure)
{
	struct failure ignored;
	int r = enter_host_net(request, failure ? failure : &ignored);

	return r < 0 ? r
		     : remove_before(request, count_programs(request->programs),
				     output, failure);
}
