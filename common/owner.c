/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces that belong to a user. */
#include "owner.h"
#include "count.h"
#include "ns.h"
#include "process.h"
#include "scope.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* The user may kill(2) what holds his user namespace while it is made. */
enum { HOLDER_TRIES = 20 };

/* --- Whom it belongs to --- */

int owner_find(int net, uid_t *ret_uid)
{
	scoped_fd int user = -EBADF;
	scoped_fd int parent = -EBADF;
	struct ns_id own = { .ino = 0 };
	struct ns_id its = { .ino = 0 };
	int r = ns_current_user(&own);

	/* A kernel without user namespaces. */
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	user = ioctl(net, NS_GET_USERNS);
	if (user < 0)
		return -errno;
	r = ns_identify(user, &its);
	if (r < 0)
		return r;
	if (ns_id_equal(its, own))
		return 0;
	parent = ioctl(user, NS_GET_PARENT);
	if (parent < 0)
		return -errno;
	r = ns_identify(parent, &its);
	if (r < 0)
		return r;
	if (!ns_id_equal(its, own))
		return -ERANGE;
	return ioctl(user, NS_GET_OWNER_UID, ret_uid) < 0 ? -errno : 1;
}

static int owner_refused(struct failure *failure, const char *name,
			 const char *cause)
{
	(void)failure_set(failure, -EPERM, "use the network namespace", name);
	failure->cause = cause;
	failure->fix = *name ? "pamnetctl remove" : NULL;
	return failure->error;
}

int owner_check_net(const struct owner *owner, int net, const char *name,
		    struct failure *failure)
{
	uid_t uid = 0;
	int r = owner_find(net, &uid);

	if (r == 1 && owner && uid == owner->uid)
		return 0;
	if (r == 0 && !owner)
		return 0;
	if (r == 0)
		return owner_refused(failure, name,
				     "it is root's, and its line has 'owner'");
	if (r == -ERANGE)
		return owner_refused(failure, name,
				     "it belongs to a user namespace that a "
				     "user has made inside another one");
	if (r == -EPERM)
		return owner_refused(failure, name,
				     "it belongs to a user namespace that is "
				     "out of reach");
	if (r < 0)
		return failure_set(failure, r, "find the owner of", name);
	(void)owner_refused(failure, name,
			    owner ? "it belongs to another user"
				  : "it belongs to a user, who alone may come "
				    "there, by a line with 'owner'");
	(void)snprintf(failure->details, sizeof(failure->details), "uid %u",
		       (unsigned int)uid);
	return failure->error;
}

/* --- Making one --- */

/*
 * Opens /proc/PID of a holder. Where proc(5) is that of another PID namespace,
 * as for a helper in the host's mounts, the number there is another one.
 */
static int holder_open(const struct helper_holder *holder)
{
	char path[sizeof("/proc/self/fdinfo/") + 3 * sizeof(int)];
	scoped_fd int info = -EBADF;
	char text[512];
	const char *number;
	ssize_t size;
	long pid = 0;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d",
		       holder->pidfd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	size = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
	if (size < 0)
		return -errno;
	text[size] = '\0';
	number = strstr(text, "\nPid:");
	if (number)
		pid = strtol(number + strlen("\nPid:"), NULL, 10);
	return pid > 0 ? process_open((pid_t)pid) : -ESRCH;
}

static int map_write(int process, const char *name, const char *text)
{
	scoped_fd int fd = openat(process, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

/* The owner alone, as root, and no groups. More would be more than he is. */
static int maps_write(int process, const struct owner *owner,
		      struct failure *failure)
{
	char text[32];
	int r = map_write(process, "setgroups", "deny");

	if (r < 0)
		return failure_set(failure, r, "write", "setgroups");
	(void)snprintf(text, sizeof(text), "0 %u 1", (unsigned int)owner->gid);
	r = map_write(process, "gid_map", text);
	if (r < 0) {
		(void)failure_set(failure, r, "write", "gid_map");
		return failure_needs(failure, CAP_SETGID);
	}
	(void)snprintf(text, sizeof(text), "0 %u 1", (unsigned int)owner->uid);
	r = map_write(process, "uid_map", text);
	if (r < 0) {
		(void)failure_set(failure, r, "write", "uid_map");
		return failure_needs(failure, CAP_SETUID);
	}
	return 0;
}

/* Takes the network namespace of a holder, which nobody waits for. */
static int holder_take_net(const struct helper_holder *holder,
			   const struct owner *owner, struct failure *failure)
{
	scoped_fd int process = holder_open(holder);
	scoped_fd int net = -EBADF;
	struct ns_id id = { .ino = 0 };
	int r;

	if (process < 0)
		return failure_set(failure, process, "find a process in",
				   "/proc");
	/* From here on it may be killed. */
	net = openat(process, "ns/net", O_RDONLY | O_CLOEXEC);
	r = net < 0 ? -errno : ns_identify(net, &id);
	if (r < 0) {
		(void)failure_set(failure, r, "open the new network namespace",
				  "");
		return failure_needs(failure, CAP_SYS_PTRACE);
	}
	r = maps_write(process, owner, failure);
	if (r == 0)
		r = owner_check_net(owner, net, "", failure);
	return r < 0 ? r : take_fd(&net);
}

/* Not by ns_save(), as a helper must not take memory. */
static bool is_chrooted(void)
{
	struct ns_saved here = NS_SAVED_NONE;
	bool chrooted;

	here.root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	here.cwd_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	chrooted = here.root_fd >= 0 && here.cwd_fd >= 0 &&
		   ns_is_chrooted(&here) == 1;
	ns_saved_release(&here);
	return chrooted;
}

static int clone_failed(struct failure *failure, int error)
{
	static const struct failure_cause causes[] = {
		{ -ENOSPC,
		  "the limit user.max_user_namespaces or "
		  "user.max_net_namespaces is reached",
		  NULL },
		{ -EINVAL, "the kernel has no user namespaces", NULL },
		{ -EXDEV, "clone(2) reports success but changes nothing",
		  NULL },
	};

	(void)failure_set(failure, error,
			  "create a user namespace that belongs to the user",
			  "");
	(void)failure_needs(failure, CAP_SYS_ADMIN);
	if (error == -EPERM && is_chrooted())
		failure->cause = "the kernel makes none in a chroot";
	return failure_explain(failure, causes, COUNT(causes));
}

static int act_failed(struct failure *failure, int error, uid_t uid)
{
	static const struct failure_cause causes[] = {
		{ -EINVAL,
		  "this uid has no mapping in the caller's user namespace",
		  NULL },
	};
	char text[3 * sizeof(uid) + 1];

	(void)snprintf(text, sizeof(text), "%u", (unsigned int)uid);
	(void)failure_set(failure, error, "act as uid", text);
	(void)failure_needs(failure, CAP_SETUID);
	return failure_explain(failure, causes, COUNT(causes));
}

/* Who makes a user namespace owns it. */
static int holder_start(const struct owner *owner, struct helper_holder *ret,
			struct failure *failure)
{
	int acts = helper_act_as(owner->uid);
	int r = acts < 0 ? acts : helper_hold(ret);
	int back = helper_act_as_root();

	if (acts < 0)
		return act_failed(failure, acts, owner->uid);
	if (r < 0)
		return clone_failed(failure, r);
	if (back < 0)
		return failure_set(failure, back, "be root again", "");
	return 0;
}

int owner_make_net(const struct owner *owner, struct helper_holder *ret,
		   struct failure *failure)
{
	int r = -ESRCH;

	for (int tries = 0; tries < HOLDER_TRIES; tries++) {
		struct helper_holder holder = HELPER_HOLDER_NONE;
		bool killed;

		r = holder_start(owner, &holder, failure);
		if (r == 0)
			r = holder_take_net(&holder, owner, failure);
		killed = helper_holder_kill(&holder);
		if (r >= 0) {
			*ret = holder;
			break;
		}
		helper_holder_release(&holder);
		/* One that is about to end has no namespaces any more. */
		if (!killed && r != -ENOENT && r != -ESRCH)
			break;
		failure->cause = "the process that holds it was killed";
	}
	return r;
}
