/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child process that works for a login but belongs to root alone. */
#include "helper.h"
#include "count.h"
#include "deadline.h"
#include "file.h"
#include "scope.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

/* Where int is narrower than a uid these take 16 bits. */
#ifdef SYS_setresuid32
#define SETRESUID SYS_setresuid32
#define SETRESGID SYS_setresgid32
#define SETGROUPS SYS_setgroups32
#else
#define SETRESUID SYS_setresuid
#define SETRESGID SYS_setresgid
#define SETGROUPS SYS_setgroups
#endif

/* ioprio_set(2) and the default of PR_SET_TIMERSLACK. */
enum { IOPRIO_PROCESS = 1, IOPRIO_NONE = 0, TIMER_SLACK_NS = 50000 };

/* How long a killed helper may take to end. */
enum { KILL_WAIT_MS = 1000 };

struct answer {
	int result; /* -errno, or 0 and a descriptor */
	struct helper_settings settings;
	char data[4096];
};

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

const char *helper_setting_name(enum helper_setting setting)
{
	static const char *const names[] = {
		[HELPER_CGROUP] = "cgroup",
		[HELPER_CREDENTIALS] = "uids and gids",
		[HELPER_SESSION] = "session",
		[HELPER_SCHEDULER] = "scheduling",
		[HELPER_OOM_SCORE] = "out-of-memory score",
		[HELPER_LIMITS] = "resource limits",
	};

	return names[setting];
}

/* --- The child becomes root's --- */

/*
 * System calls, as the C library would first ask the other threads of the
 * application, which are not in this process.
 */
static int reset_credentials(void)
{
	/* From here on the user may not signal it. */
	if (syscall(SETRESUID, 0, 0, 0) < 0 ||
	    syscall(SETRESGID, 0, 0, 0) < 0 || syscall(SETGROUPS, 0, NULL) < 0)
		return -errno;
	return 0;
}

/* autogroup(7) shares the processors out among sessions. */
static int reset_session(void)
{
	return setsid() < 0 ? -errno : 0;
}

static int reset_scheduler(void)
{
	static const struct sched_param none = { .sched_priority = 0 };
	cpu_set_t all;
	int r = 0;

	memset(&all, 0xff, sizeof(all));
	/* musl only pretends to have this one. */
	if (syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none) < 0)
		r = -errno;
	if (setpriority(PRIO_PROCESS, 0, 0) < 0)
		r = -errno;
	if (sched_setaffinity(0, sizeof(all), &all) < 0)
		r = -errno;
	if (syscall(SYS_ioprio_set, IOPRIO_PROCESS, 0, IOPRIO_NONE) < 0)
		r = -errno;
	/* 0 would be the default of this process, which the user can set. */
	if (prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0) < 0)
		r = -errno;
	return r;
}

/* Copies a small file of proc(5). Returns 0 or -errno. */
static int copy_text(const char *from, const char *to)
{
	scoped_fd int source = open(from, O_RDONLY | O_CLOEXEC);
	scoped_fd int target = open(to, O_WRONLY | O_CLOEXEC);
	char text[32];
	ssize_t size;

	if (source < 0 || target < 0)
		return -errno;
	size = read(source, text, sizeof(text));
	if (size < 0 || write(target, text, (size_t)size) != size)
		return -errno;
	return 0;
}

static int reset_oom_score(void)
{
	return copy_text("/proc/1/oom_score_adj", "/proc/self/oom_score_adj");
}

/* prlimit(2), whose first type the C libraries do not agree about. */
static int limit_call(pid_t pid, int resource, const struct rlimit *wanted,
		      struct rlimit *ret)
{
	return (int)syscall(SYS_prlimit64, pid, resource, wanted, ret);
}

static int reset_limits(void)
{
	int r = 0;

	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;
		struct rlimit own;

		if (limit_call(1, i, NULL, &limit) < 0) {
			r = -errno;
			continue;
		}
		if (limit_call(0, i, &limit, NULL) == 0)
			continue;
		r = -errno;
		/* As far as the hard limit allows, then. */
		if (limit_call(0, i, NULL, &own) == 0) {
			own.rlim_cur = own.rlim_max;
			(void)limit_call(0, i, &own, NULL);
		}
	}
	return r;
}

static void reset_settings(struct helper_settings *ret)
{
	ret->error[HELPER_CREDENTIALS] = reset_credentials();
	ret->error[HELPER_SESSION] = reset_session();
	ret->error[HELPER_SCHEDULER] = reset_scheduler();
	/* Before what needs a descriptor. */
	ret->error[HELPER_LIMITS] = reset_limits();
	ret->error[HELPER_OOM_SCORE] = reset_oom_score();
	(void)umask(0);
	/* setarch(8) of the user's; where memory comes from, numa(7). */
	(void)syscall(SYS_personality, 0);
	(void)syscall(SYS_set_mempolicy, 0, NULL, 0);
	(void)prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

/* --- The child --- */

/* Returns whether somebody may have it. */
static bool answer_send(int socket, struct answer *answer, size_t size, int fd)
{
	union control control = { .header = {
					  .cmsg_len = CMSG_LEN(sizeof(int)),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS,
				  } };
	struct iovec data = {
		.iov_base = answer,
		.iov_len = offsetof(struct answer, data) + size,
	};
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	answer->result = fd < 0 ? fd : 0;
	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.space);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) >= 0;
}

/* Descriptors of the application would keep its connections open. */
static void close_all_but(int kept)
{
	unsigned int fd = (unsigned int)kept;

	if (fd > 0)
		file_close_range(0, fd - 1);
	file_close_range(fd + 1, ~0U);
}

/* Waits until there is something to read, or the end; ms at most. */
static void readable_wait(int fd, int ms)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };
	long long deadline = deadline_in(ms);

	while (poll(&end, 1, (int)deadline_left(deadline)) < 0 &&
	       errno == EINTR)
		;
}

_Noreturn static void child_main(const struct helper_job *job, pid_t caller,
				 int socket, int cgroup_error)
{
	struct answer answer = { .result = 0 };
	bool sent;
	int fd;

	close_all_but(socket);
	if (!job->for_caller_only)
		reset_settings(&answer.settings);
	else if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
		 getppid() != caller)
		_exit(1);
	answer.settings.error[HELPER_CGROUP] = cgroup_error;
	(void)!chdir("/");
	for (;;) {
		fd = job->work(job->request, job->result);
		if (job->size > 0)
			memcpy(answer.data, job->result, job->size);
		sent = answer_send(socket, &answer, job->size, fd);
		if (!sent || fd < 0 || !job->next)
			break;
		job = job->next;
	}
	if (sent && fd >= 0 && job->stay_ms > 0)
		/* Until the caller lets it go, or is dead. */
		readable_wait(socket, job->stay_ms);
	if (job->end)
		job->end(job->request);
	_exit(0);
}

/*
 * Opens the cgroup2 of PID 1, cgroups(7). A user may freeze or limit a cgroup
 * that was given to him, and so what runs in it.
 */
static int open_root_cgroup(void)
{
	/* A root that is not that of PID 1 may have none. */
	static const char *const mounts[] = {
		"/sys/fs/cgroup",
		"/sys/fs/cgroup/unified",
		"/proc/1/root/sys/fs/cgroup",
		"/proc/1/root/sys/fs/cgroup/unified",
	};
	scoped_fd int list = open("/proc/1/cgroup", O_RDONLY | O_CLOEXEC);
	char text[4096];
	char *path;
	ssize_t size = list < 0 ? -1 : read(list, text, sizeof(text) - 1);

	if (size < 0)
		return -errno;
	text[size] = '\0';
	path = strstr(text, "0::/");
	if (!path)
		return -ENOENT;
	path += strlen("0::/");
	path[strcspn(path, "\n")] = '\0';
	for (size_t i = 0; i < COUNT(mounts); i++) {
		scoped_fd int mount =
			open(mounts[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;
		int fd;

		if (mount < 0 && (errno == EMFILE || errno == ENFILE))
			return -errno;
		if (mount < 0 || fstatfs(mount, &fs) < 0 ||
		    fs.f_type != CGROUP2_SUPER_MAGIC)
			continue;
		fd = openat(mount, *path ? path : ".",
			    O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	return -ENOENT;
}

/*
 * A child without an exit signal, in the cgroup of PID 1 if that can be had.
 * All arguments of clone(2) are zero, as their order differs between
 * processors.
 */
static pid_t child_clone(bool for_caller_only, int *ret_cgroup_error)
{
	scoped_fd int cgroup = for_caller_only ? -ENOENT : open_root_cgroup();
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.cgroup = (unsigned int)cgroup,
	};
	pid_t child = -1;

	*ret_cgroup_error = 0;
	if (cgroup >= 0)
		child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (child >= 0)
		return child;
	*ret_cgroup_error = cgroup < 0 ? cgroup : -errno;
	/* A user who takes these away must not keep it in his cgroup. */
	switch (-*ret_cgroup_error) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EAGAIN:
		errno = -*ret_cgroup_error;
		return -1;
	default:
		break;
	}
	return (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
}

/* --- The parent --- */

/*
 * The end of the child is seen by its pidfd: a child that another thread of
 * the application forks meanwhile may keep the socket open.
 */
static int answer_wait(int socket, int pidfd, int wait_ms)
{
	struct pollfd fds[] = {
		{ .fd = socket, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};
	long long deadline = deadline_in(wait_ms);

	for (;;) {
		long left = deadline_left(deadline);
		int ready = poll(fds, 2, (int)left);

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (left == 0)
			return -ETIMEDOUT;
	}
}

static int answer_receive(int socket, void *result, size_t size, int *ret_fd,
			  struct helper_settings *ret_settings)
{
	struct answer answer;
	union control control = { .space = { 0 } };
	struct iovec into = { .iov_base = &answer, .iov_len = sizeof(answer) };
	struct msghdr message = {
		.msg_iov = &into,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space),
	};
	const struct cmsghdr *header;
	scoped_fd int fd = -EBADF;
	ssize_t length;

	do {
		length = recvmsg(socket, &message,
				 MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return errno == EAGAIN ? -ECHILD : -errno;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	if ((size_t)length != offsetof(struct answer, data) + size)
		return -ECHILD;
	if (answer.result == 0 && fd < 0)
		return -EMFILE;
	if (size > 0)
		memcpy(result, answer.data, size);
	*ret_settings = answer.settings;
	*ret_fd = answer.result < 0 ? answer.result : take_fd(&fd);
	return 0;
}

/*
 * The first child in a new PID namespace is its PID 1, and when that ends the
 * application can fork no more.
 */
static int check_pid_namespace(void)
{
	struct stat own;
	struct stat children;

	/* A kernel without PID namespaces. */
	if (stat("/proc/self/ns/pid", &own) < 0)
		return errno == ENOENT ? 0 : -errno;
	/* It is there when the first child is. */
	if (stat("/proc/self/ns/pid_for_children", &children) < 0)
		return errno == ENOENT ? -EXDEV : -errno;
	return own.st_ino == children.st_ino ? 0 : -EXDEV;
}

/* One that hangs in the kernel, or is frozen, is left behind. */
static void child_end(pid_t child, int pidfd)
{
	int options = (int)__WCLONE | (pidfd >= 0 ? WNOHANG : 0);

	if (pidfd >= 0)
		readable_wait(pidfd, KILL_WAIT_MS);
	while (waitpid(child, NULL, options) < 0 && errno == EINTR)
		;
}

static int answer_get(const struct helper *helper, const struct helper_job *job,
		      int *ret_fd, struct helper_settings *ret_settings)
{
	int r = answer_wait(helper->socket, helper->pidfd, job->wait_ms);

	if (r == 0)
		r = answer_receive(helper->socket, job->result, job->size,
				   ret_fd, ret_settings);
	if (r < 0)
		(void)kill(helper->pid, SIGKILL);
	return r;
}

int helper_next(struct helper *helper, const struct helper_job *next,
		int *ret_fd)
{
	struct helper_settings ignored;

	return answer_get(helper, next, ret_fd, &ignored);
}

void helper_release(struct helper *helper)
{
	scope_close(&helper->socket);
	if (helper->pid > 0)
		child_end(helper->pid, helper->pidfd);
	scope_close(&helper->pidfd);
	*helper = HELPER_NONE;
}

int helper_run(const struct helper_job *job, int *ret_fd,
	       struct helper_settings *ret_settings, struct helper *ret)
{
	struct helper helper = HELPER_NONE;
	scoped_fd int theirs = -EBADF;
	const pid_t caller = getpid();
	int cgroup_error = 0;
	sigset_t all;
	sigset_t before;
	int pair[2];
	int r;

	if (job->size > sizeof(((struct answer *)NULL)->data))
		return -EMSGSIZE;
	r = check_pid_namespace();
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	helper.socket = pair[0];
	theirs = pair[1];
	/* No handler of the application may run in the child. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	helper.pid = child_clone(job->for_caller_only, &cgroup_error);
	if (helper.pid == 0)
		child_main(job, caller, theirs, cgroup_error);
	r = helper.pid < 0 ? -errno : 0;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (r < 0) {
		helper_release(&helper);
		return r;
	}
	/* It would keep the socket open after the child's end. */
	scope_close(&theirs);
	helper.pidfd = (int)syscall(SYS_pidfd_open, helper.pid, 0);
	*ret_settings = (struct helper_settings){
		.error = { [HELPER_CGROUP] = cgroup_error },
	};
	r = answer_get(&helper, job, ret_fd, ret_settings);
	if (r < 0 || !ret)
		helper_release(&helper);
	else
		*ret = helper;
	return r;
}

/* --- A child that holds a user namespace --- */

int helper_act_as(uid_t uid)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct own[_LINUX_CAPABILITY_U32S_3];

	/* Set, as those of a su(1) are the user's, who could signal it. */
	if (syscall(SETRESUID, 0, uid, 0) < 0)
		return -errno;
	/* An effective uid that is not 0 has none, but those permitted stay. */
	if (syscall(SYS_capget, &header, own) < 0)
		return -errno;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		own[i].effective = own[i].permitted;
	if (syscall(SYS_capset, &header, own) < 0)
		return -errno;
	/*
	 * A change of uid has set it to fs.suid_dumpable. With 1 a child in a
	 * user namespace of the user's would show him this memory.
	 */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

int helper_act_as_root(void)
{
	return syscall(SETRESUID, 0, 0, 0) < 0 ? -errno : 0;
}

_Noreturn static void holder_main(pid_t parent)
{
	file_close_range(0, ~0U);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while (getppid() == parent) {
		(void)pause();
		/* Where that is forbidden. */
		(void)poll(NULL, 0, 100);
	}
	_exit(0);
}

/* The flags are the second argument on one processor, the first on others. */
static pid_t holder_clone(int *ret_pidfd)
{
	unsigned long flags = CLONE_NEWUSER | CLONE_NEWNET | CLONE_PIDFD;
#ifdef __s390__
	unsigned long arguments[] = { 0, flags };
#else
	unsigned long arguments[] = { flags, 0 };
#endif

	return (pid_t)syscall(SYS_clone, arguments[0], arguments[1], ret_pidfd,
			      0, 0);
}

int helper_hold(struct helper_holder *ret)
{
	struct helper_holder holder = HELPER_HOLDER_NONE;
	pid_t self = getpid();

	holder.pid = holder_clone(&holder.pidfd);
	if (holder.pid < 0)
		return -errno;
	/* A filter can answer 0 for a call that was not made. */
	if (holder.pid == 0 && getpid() == self)
		return -EXDEV;
	if (holder.pid == 0)
		holder_main(self);
	*ret = holder;
	return 0;
}

bool helper_holder_kill(struct helper_holder *holder)
{
	bool ended = holder->pid > 0 &&
		     waitpid(holder->pid, NULL, (int)__WCLONE | WNOHANG) > 0;

	if (ended)
		holder->pid = -1;
	else if (holder->pid > 0)
		(void)kill(holder->pid, SIGKILL);
	return ended;
}

void helper_holder_release(struct helper_holder *holder)
{
	if (holder->pid > 0)
		child_end(holder->pid, holder->pidfd);
	scope_close(&holder->pidfd);
	*holder = HELPER_HOLDER_NONE;
}
