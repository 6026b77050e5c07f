/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of init=, before a login runs them. */
#include "programs.h"
#include "common/deadline.h"
#include "common/helper.h"
#include "common/init.h"
#include "common/plan.h"
#include "common/scope.h"
#include "report.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

char *program_path(const char *word)
{
	return *word == '/' ? strdup(word)
			    : text_of(PAM_NET_LIBEXECDIR "/%s", word);
}

/*
 * What the kernel can start is left to the kernel, but for a script without its
 * interpreter, and what is not even that. Who may not read it cannot tell.
 */
static int check_begin(const char *path)
{
	scoped_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char begin[256] = "";
	ssize_t size = fd < 0 ? -1 : read(fd, begin, sizeof(begin) - 1);
	char *interpreter;

	if (size < 0)
		return 0;
	if (strncmp(begin, "#!", 2) != 0)
		return size == 0 || isprint((unsigned char)*begin) ? -ENOEXEC
								   : 0;
	interpreter = begin + 2 + strspn(begin + 2, " \t");
	interpreter[strcspn(interpreter, " \t\n")] = '\0';
	return access(interpreter, F_OK) < 0 && errno == ENOENT ? -ELIBACC : 0;
}

int program_check(const char *path, char *ret, size_t room)
{
	int r = init_check_path(path, ret, room);

	return r < 0 ? r : check_begin(path);
}

static int program_can_run(const char *word, bool *ret_unseen,
			   struct failure *failure)
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
		{ -ELIBACC, "its interpreter is missing", NULL },
		{ -ENOEXEC, "it has no interpreter and is no binary", NULL },
	};
	scoped_free char *path = program_path(word);
	char fault[4096];
	int r = path ? program_check(path, fault, sizeof(fault)) : -ENOMEM;

	if (r == -EACCES && geteuid() != 0 && access(path, F_OK) < 0) {
		*ret_unseen = true;
		return 0;
	}
	if (r == 0)
		return 0;
	(void)failure_set(failure, r, "run", path ? path : word);
	return failure_explain(failure, causes,
			       sizeof(causes) / sizeof(causes[0]));
}

int programs_look(const char *list, bool *ret_unseen, struct failure *failure)
{
	char word[PLAN_INIT_MAX + 1];
	int r = 0;

	for (unsigned int i = 0;
	     r == 0 && init_program_at(list, i, word, sizeof(word)); i++)
		r = program_can_run(word, ret_unseen, failure);
	return r;
}

/* ---- asking one ---- */

/* Who asks, and is not answered in this time, gives up; ms. */
enum { ASK_MS = 10 * 1000, ASK_KILL_MS = 5 * 1000 };

struct question {
	const char *path;
	pid_t caller;
	struct program_output *output;
};

/* In a process of root's that has no other children. */
static int question_work(const void *data, void *result)
{
	static const char *const envp[] = { NULL };
	const struct question *question = data;
	const char *const argv[] = { question->path, "check", NULL };
	const struct program program = {
		.path = question->path,
		.argv = argv,
		.envp = envp,
		.deadline = deadline_in(ASK_MS),
		.caller = question->caller,
	};
	int r = program_run(&program, question->output);

	(void)result;
	return r < 0 ? r : open("/", O_PATH | O_CLOEXEC);
}

int program_ask(const char *path, struct program_output *output)
{
	const struct question question = { path, getpid(), output };
	const struct helper_job job = {
		.work = question_work,
		.request = &question,
		.wait_ms = ASK_MS + ASK_KILL_MS,
	};
	struct helper_settings settings;
	scoped_fd int fd = -EBADF;
	int r = helper_run(&job, &fd, &settings, NULL);

	return r < 0 ? r : fd < 0 ? fd : 0;
}
