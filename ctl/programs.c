/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of init=, before a login runs them. */
#include "programs.h"
#include "common/deadline.h"
#include "common/helper.h"
#include "common/init.h"
#include "common/overrides.h"
#include "common/scope.h"
#include "grow.h"
#include "text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

char *program_path(const char *word)
{
	return *word == '/' ? strdup(word)
			    : text_of(PAM_NET_LIBEXECDIR "/%s", word);
}

/*
 * What execve(2) says. A child that is traced stops before its first
 * instruction. Returns 0 also if nobody may trace, and nobody can tell.
 */
static int try_exec(const char *path)
{
	const char *const argv[] = { path, NULL };
	static const char *const envp[] = { NULL };
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(0);
		(void)syscall(SYS_execve, path, argv, envp);
		_exit(errno);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0 || !WIFSTOPPED(status))
		return pid > 0 && WIFEXITED(status) ? -WEXITSTATUS(status) : 0;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return 0;
}

int program_check(const char *path, bool *ret_unseen, struct failure *failure)
{
	int r = init_check_program(path, failure);

	if (r == 0) {
		r = try_exec(path);
		if (r < 0)
			(void)init_exec_failed(path, r, failure);
	}
	if (r != -EACCES || geteuid() == 0 || access(path, X_OK) == 0)
		return r;
	*ret_unseen = true;
	return 0;
}

int program_check_interpreter(const char *path, struct failure *failure)
{
	/* The kernel reads no more. */
	char line[256];
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
	char *interpreter = line + 2;

	if (size < 2 || line[0] != '#' || line[1] != '!')
		return 0;
	line[size] = '\0';
	interpreter += strspn(interpreter, " \t");
	interpreter[strcspn(interpreter, " \t\n")] = '\0';
	return init_check_program(interpreter, failure);
}

int programs_look(const char *list, bool *ret_unseen, struct failure *failure)
{
	char word[PLAN_INIT_MAX + 1];
	int r = 0;

	for (unsigned int i = 0;
	     r == 0 && init_program_at(list, i, word, sizeof(word)); i++) {
		scoped_free char *path = program_path(word);

		r = path ? program_check(path, ret_unseen, failure)
			 : failure_set(failure, -ENOMEM, "run", word);
	}
	return r;
}

/* ---- asking one ---- */

/* Who asks, and is not answered in this time, gives up; ms. */
enum { ASK_MS = 10 * 1000, ASK_KILL_MS = 5 * 1000 };

struct question {
	const char *path;
	const struct program_target *target; /* or NULL */
	pid_t caller;
	struct program_output *output;
};

/* In a process of root's that has no other children, with all but a namespace.
 */
static int question_work(const void *data, void *result)
{
	const struct question *question = data;
	const struct program_target *target = question->target;
	const char *argv[] = { question->path, "check",
			       target ? target->name : NULL,
			       target ? target->user : NULL, NULL };
	scoped_free char *name =
		text_of("NETNS=%s", target ? target->name : "");
	scoped_free char *user =
		text_of("PAM_USER=%s", target ? target->user : "");
	scoped_free char *directory = text_of("NETNS_DIR=" OVERRIDES_DIRECTORY
					      "/%s",
					      target ? target->etc : "-");
	const char *envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", name, user,
			       directory, NULL };
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

static int question_ask(const struct question *question)
{
	const struct helper_job job = {
		.work = question_work,
		.request = question,
		.wait_ms = ASK_MS + ASK_KILL_MS,
	};
	struct helper_settings settings;
	scoped_fd int fd = -EBADF;
	int r = helper_run(&job, &fd, &settings, NULL);

	return r < 0 ? r : fd < 0 ? fd : 0;
}

struct answer {
	char *word;
	char *name; /* "": any */
	int error;
	char said[PROGRAM_LINE + 1];
};

static struct answer answer_of(const char *word,
			       const struct program_target *target)
{
	scoped_free char *path = program_path(word);
	struct program_output *output = program_output_new();
	const struct question question = { path, target, getpid(), output };
	struct answer answer = { .error = -ENOMEM };

	if (path && output)
		answer.error = question_ask(&question);
	if ((answer.error == 0 || answer.error == -ECANCELED) && output &&
	    output->count > 0)
		(void)snprintf(answer.said, sizeof(answer.said), "%s",
			       output->last);
	else if (answer.error == -ECANCELED)
		answer.error = -EPROTO;
	program_output_free(output);
	return answer;
}

static const struct answer *answer_find(const char *word,
					const struct program_target *target)
{
	static struct answer *answers;
	static size_t count;
	const char *name = target ? target->name : "";
	struct answer *grown;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(answers[i].word, word) &&
		    !strcmp(answers[i].name, name))
			return &answers[i];
	grown = list_grow(answers, count, sizeof(*grown));
	if (!grown)
		return NULL;
	answers = grown;
	answers[count] = answer_of(word, target);
	answers[count].word = text_of("%s", word);
	answers[count].name = text_of("%s", name);
	return &answers[count++];
}

int program_ask(const char *word, const struct program_target *target,
		char ret[PROGRAM_LINE + 1])
{
	const struct answer *answer;

	*ret = '\0';
	if (*word == '/' || geteuid() != 0)
		return 0;
	answer = answer_find(word, NULL);
	if (answer && answer->error == 0 && target)
		answer = answer_find(word, target);
	if (!answer)
		return -ENOMEM;
	memcpy(ret, answer->said, sizeof(answer->said));
	return answer->error;
}

/* No namespace has this number. */
#define NO_NAMESPACE "net:[0]"

struct program_target program_target_of(const struct plan *plan,
					const char *user)
{
	return (struct program_target){
		.name = plan->kind == PLAN_NAMED ? plan->name : NO_NAMESPACE,
		.user = user,
		.etc = plan->etc ? plan->etc : user,
	};
}
