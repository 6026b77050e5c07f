/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that does something elsewhere for us. */
#include "helper.h"
#include "scope.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* What comes back: how it ended, which descriptors follow, and the data. */
struct answer {
	int result;
	int has_fd[HELPER_DESCRIPTORS];
	char data[4096];
};

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(HELPER_DESCRIPTORS * sizeof(int))];
};

static int answer_send(int socket, const struct answer *answer, size_t size,
		       const int fds[HELPER_DESCRIPTORS])
{
	union control control = { .space = { 0 } };
	struct iovec data = {
		.iov_base = (void *)(uintptr_t)answer,
		.iov_len = offsetof(struct answer, data) + size,
	};
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	int sent[HELPER_DESCRIPTORS];
	size_t count = 0;

	for (int i = 0; i < HELPER_DESCRIPTORS; i++)
		if (fds[i] >= 0)
			sent[count++] = fds[i];
	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen =
			(socklen_t)CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len =
			(socklen_t)CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), sent, count * sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Puts the descriptors that came where the child had them. */
static int answer_take_fds(struct msghdr *message, const struct answer *answer,
			   int ret_fds[HELPER_DESCRIPTORS])
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int came[HELPER_DESCRIPTORS];
	size_t count = 0;
	size_t next = 0;
	bool missing = false;

	if (header && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS) {
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(came, CMSG_DATA(header), count * sizeof(int));
	}
	for (int i = 0; i < HELPER_DESCRIPTORS; i++) {
		if (!answer->has_fd[i])
			continue;
		if (next < count)
			ret_fds[i] = came[next++];
		else
			missing = true;
	}
	if (!missing)
		return 0;
	for (int i = 0; i < HELPER_DESCRIPTORS; i++)
		scope_close(&ret_fds[i]);
	return -EMFILE;
}

static int answer_receive(int socket, void *data, size_t size,
			  int ret_fds[HELPER_DESCRIPTORS])
{
	struct answer answer;
	union control control;
	struct iovec into = { .iov_base = &answer, .iov_len = sizeof(answer) };
	struct msghdr message = {
		.msg_iov = &into,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length;
	int r;

	do {
		length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	if ((size_t)length != offsetof(struct answer, data) + size)
		return -ECHILD;
	memcpy(data, answer.data, size);
	r = answer_take_fds(&message, &answer, ret_fds);
	return r < 0 ? r : answer.result;
}

/*
 * The parent tells that it has the answer; if it has not, it hangs up. In
 * doubt it has: to undo what it uses is worse than to leave what nobody does.
 */
static bool answer_was_taken(int socket)
{
	char taken;
	ssize_t size;

	do {
		size = recv(socket, &taken, sizeof(taken), 0);
	} while (size < 0 && errno == EINTR);
	return size != 0;
}

struct task {
	int (*work)(void *data, int fds[HELPER_DESCRIPTORS]);
	void (*undo)(void *data);
	void *data;
	size_t size;
};

_Noreturn static void child_main(const int pair[2], pid_t parent,
				 const struct task *task)
{
	int fds[HELPER_DESCRIPTORS] = { -EBADF, -EBADF };
	struct answer answer;
	int socket = pair[1];

	/* With the parent's end open it would not notice that he hangs up. */
	(void)close(pair[0]);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have died before. */
	if (getppid() != parent)
		_exit(1);
	answer.result = task->work(task->data, fds);
	for (int i = 0; i < HELPER_DESCRIPTORS; i++)
		answer.has_fd[i] = fds[i] >= 0;
	memcpy(answer.data, task->data, task->size);
	if (answer_send(socket, &answer, task->size, fds) == 0 &&
	    answer_was_taken(socket))
		_exit(0);
	if (answer.result == 0 && task->undo)
		task->undo(task->data);
	_exit(1);
}

/*
 * A child without an exit signal. All arguments are zero, so their order,
 * which differs between architectures, does not matter.
 */
static pid_t child_start(void)
{
	return (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
}

/*
 * The first child in a new PID namespace is its init, and when that ends the
 * application can fork no more.
 */
static int check_children(void)
{
	struct stat own;
	struct stat theirs;

	/* A kernel without PID namespaces. */
	if (stat("/proc/self/ns/pid", &own) < 0)
		return 0;
	if (stat("/proc/self/ns/pid_for_children", &theirs) < 0 ||
	    own.st_ino != theirs.st_ino)
		return -EXDEV;
	return 0;
}

static void child_wait(pid_t child)
{
	while (waitpid(child, NULL, (int)__WCLONE) < 0 && errno == EINTR)
		;
}

/* No handler of the application may run in the child. */
static pid_t child_run(const int pair[2], const struct task *task)
{
	pid_t parent = getpid();
	sigset_t all;
	sigset_t before;
	pid_t child;
	int r;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	child = child_start();
	if (child == 0)
		child_main(pair, parent, task);
	r = child < 0 ? -errno : child;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int answer_confirm(int socket)
{
	return send(socket, "", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int helper_run(int (*work)(void *data, int fds[HELPER_DESCRIPTORS]),
	       void (*undo)(void *data), void *data, size_t size,
	       int ret_fds[HELPER_DESCRIPTORS])
{
	const struct task task = {
		.work = work,
		.undo = undo,
		.data = data,
		.size = size,
	};
	scoped_fd int ours = -EBADF;
	scoped_fd int theirs = -EBADF;
	int pair[2];
	pid_t child;
	int r;

	for (int i = 0; i < HELPER_DESCRIPTORS; i++)
		ret_fds[i] = -EBADF;
	if (size > sizeof(((struct answer *)NULL)->data))
		return -EMSGSIZE;
	r = check_children();
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	child = child_run(pair, &task);
	if (child < 0)
		return child;
	scope_close(&theirs);
	r = answer_receive(ours, data, size, ret_fds);
	if (r == 0)
		r = answer_confirm(ours);
	if (r < 0)
		for (int i = 0; i < HELPER_DESCRIPTORS; i++)
			scope_close(&ret_fds[i]);
	/* A child that another thread forked meanwhile has it open as well. */
	(void)shutdown(ours, SHUT_RDWR);
	/* Shut or not, it is to notice. */
	scope_close(&ours);
	child_wait(child);
	return r;
}
