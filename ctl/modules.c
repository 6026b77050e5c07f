/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the modules that stacks name, as libpam looks for them. */
#include "modules.h"
#include "common/file.h"
#include "common/module.h"
#include "common/scope.h"
#include "grow.h"
#include "text.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A module that takes longer to load keeps nobody waiting; s. */
enum { LOAD_TIMEOUT = 10 };

struct fault {
	char *module;
	char *text; /* or NULL */
};

const char *modules_library(void)
{
	static Dl_info info;
	void *symbol = dlsym(RTLD_DEFAULT, "pam_start");

	return symbol && dladdr(symbol, &info) != 0 ? info.dli_fname : NULL;
}

/* ---- finding ---- */

/* Where Debian's looks, besides its own directory. */
static const char second_directory[] = "/lib";

static char *path_below(const char *directory, int length, const char *module)
{
	scoped_free char *path =
		text_of("%.*s/security/%s", length, directory, module);

	return realpath(path, NULL);
}

char *module_path(const char *module)
{
	const char *library = modules_library();
	char *path = NULL;

	if (*module == '/')
		return realpath(module, NULL);
	if (library)
		path = path_below(library,
				  (int)(strrchr(library, '/') - library),
				  module);
	return path ? path
		    : path_below(second_directory,
				 (int)strlen(second_directory), module);
}

/* Whether it lies where the libpam of another architecture looks. */
static bool module_is_elsewhere(const char *module)
{
	scoped_free char *pattern =
		text_of("/{usr/,}lib{,32,64,/*-*}/security/%s", module);
	glob_t found;
	int r;

	if (!pattern)
		return true;
	r = glob(pattern, GLOB_BRACE, NULL, &found);
	if (r == 0)
		globfree(&found);
	return r != GLOB_NOMATCH;
}

bool module_is_current(const char *path)
{
	enum { MODULE_MAX = 16 << 20 };
	static const char version[] = MODULE_VERSION;
	scoped_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	scoped_free char *content = NULL;
	size_t size = 0;

	return fd < 0 || file_read(fd, MODULE_MAX, &content, &size) < 0 ||
	       memmem(content, size, version, sizeof(version));
}

/* ---- loading ---- */

/* Writes why it cannot be loaded, in a child, which a module may end. */
_Noreturn static void child_load(const char *path, int output)
{
	static const char entry_point[] = "pam_sm_open_session";
	const char *error = "";
	void *module;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)alarm(LOAD_TIMEOUT);
	module = dlopen(path, RTLD_NOW);
	if (!module || !dlsym(module, entry_point))
		error = dlerror();
	if (error && write(output, error, strlen(error)) < 0)
		_exit(1);
	_exit(0);
}

static void read_all(int fd, char *ret, size_t room)
{
	size_t length = 0;
	ssize_t size = 1;

	while (size > 0 && length < room - 1) {
		size = read(fd, ret + length, room - 1 - length);
		length += size > 0 ? (size_t)size : 0;
	}
	ret[length] = '\0';
}

/* What the loader says against it; NULL: nothing, or nobody can tell. */
static char *load_error(const char *path)
{
	scoped_fd int read_end = -EBADF;
	scoped_fd int write_end = -EBADF;
	char error[1024];
	int status = 0;
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return NULL;
	read_end = pair[0];
	write_end = pair[1];
	pid = fork();
	if (pid == 0)
		child_load(path, write_end);
	scope_close(&write_end);
	if (pid < 0)
		return NULL;
	read_all(read_end, error, sizeof(error));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return text_of("%s: %s", path, strsignal(WTERMSIG(status)));
	return *error ? strdup(error) : NULL;
}

static char *find_fault(const char *module)
{
	scoped_free char *path = NULL;
	scoped_free char *error = NULL;

	/* $ISA: nobody knows where. */
	if (strpbrk(module, "$*?[{\\"))
		return NULL;
	path = module_path(module);
	if (!path)
		return errno == EACCES || (*module != '/' &&
					   module_is_elsewhere(module))
			       ? NULL
			       : text_of("there is no module '%s'", module);
	if (access(path, R_OK) < 0 && errno == EACCES)
		return NULL;
	error = load_error(path);
	return error ? text_of("the module '%s' cannot be loaded: %s", module,
			       error)
		     : NULL;
}

const char *module_fault(const char *module)
{
	static struct fault *faults;
	static size_t count;
	struct fault *grown;
	char *name;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(faults[i].module, module))
			return faults[i].text;
	grown = list_grow(faults, count, sizeof(*grown));
	faults = grown ? grown : faults;
	name = grown ? strdup(module) : NULL;
	if (!name)
		return NULL;
	faults[count] = (struct fault){ name, find_fault(module) };
	return faults[count++].text;
}
