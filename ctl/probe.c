/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this kernel lets users and root do. */
#include "probe.h"
#include "common/mounts.h"
#include "common/ns.h"
#include "common/scope.h"
#include "links.h"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define VETH_MODULE "/sys/module/veth"

/* The end in the child's own network. */
static const char own_end[] = "probe";

/* What the child ends with, beside the number of an errno. */
enum { CHILD_REFUSED = 254, CHILD_MADE = 255 };

/* In a child of root's. Returns 0 or -errno. */
static int become(uid_t uid)
{
	if (geteuid() != 0 || uid == 0)
		return 0;
	return setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
			       setresuid(uid, uid, uid) < 0
		       ? -errno
		       : 0;
}

/* In the child, which has one thread and nothing to lose. */
static int child_try(uid_t uid, const char *peer)
{
	int outside = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (outside < 0)
		return errno;
	r = become(uid);
	if (r < 0)
		return -r;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return errno;
	r = links_add_veth(own_end, peer, outside);
	if (r == -EPERM)
		return CHILD_REFUSED;
	if (r < 0)
		return -r;
	/* Both ends go. If not, they go with this network. */
	(void)links_remove(own_end);
	return CHILD_MADE;
}

static int child_wait(pid_t pid)
{
	int status = 0;
	pid_t waited;

	do
		waited = waitpid(pid, &status, 0);
	while (waited < 0 && errno == EINTR);
	if (waited != pid || !WIFEXITED(status))
		return -ECHILD;
	if (WEXITSTATUS(status) == CHILD_MADE)
		return 1;
	return WEXITSTATUS(status) == CHILD_REFUSED ? 0 : -WEXITSTATUS(status);
}

int probe_peer(uid_t uid)
{
	bool was_loaded = access(VETH_MODULE, F_OK) == 0;
	char peer[IF_NAMESIZE];
	unsigned int number = 0;
	pid_t pid;
	int r;

	/* Network managers leave alone what begins so, as veth's own. */
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	(void)snprintf(peer, sizeof(peer), "pamnet%08x", number);
	if (if_nametoindex(peer) != 0)
		return -EEXIST;
	pid = fork();
	if (pid == 0)
		_exit(child_try(uid, peer));
	if (pid < 0)
		return -errno;
	r = child_wait(pid);
	if (r == 1 && if_nametoindex(peer) != 0)
		(void)links_remove(peer);
	if (!was_loaded && access(VETH_MODULE, F_OK) == 0)
		(void)syscall(SYS_delete_module, "veth", O_NONBLOCK);
	return r;
}

/* Returns 0, or -errno; -EXDEV: a filter says that it was done. */
static int own_mounts_unshare(void)
{
	struct ns_id before = { .ino = 0 };
	struct ns_id after = { .ino = 0 };
	int r = ns_current_mounts(&before);

	if (r == 0)
		r = ns_unshare_mounts();
	if (r == 0)
		r = ns_current_mounts(&after);
	return r == 0 && ns_id_equal(before, after) ? -EXDEV : r;
}

/* In a child, whose mounts go with it. Returns what it ends with. */
static int child_try_mounts(void)
{
	static const char place[] = "/proc";
	scoped_fd int clone = -EBADF;
	int r = own_mounts_unshare();

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (r == 0)
		r = mounts_make_slave();
	if (r == 0)
		clone = mounts_clone(place);
	if (r < 0 || clone < 0)
		return r < 0 ? -r : -clone;
	r = mounts_attach(clone, place);
	if (r == -EACCES)
		return CHILD_REFUSED;
	return r < 0 ? -r : CHILD_MADE;
}

int probe_mounts(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(child_try_mounts());
	return pid < 0 ? -errno : child_wait(pid);
}

/* ---- limits ---- */

/* What a child answered that has tried it. */
struct tried {
	bool is_known;
	int r;
};

static int try_once(struct tried *tried, int flags, uid_t uid)
{
	pid_t pid;
	int r;

	if (tried->is_known)
		return tried->r;
	pid = fork();
	if (pid == 0) {
		r = become(uid);
		if (r == 0 && unshare(flags) < 0)
			r = -errno;
		_exit(r < 0 ? -r : CHILD_MADE);
	}
	r = pid < 0 ? -errno : child_wait(pid);
	*tried = (struct tried){ true, r == 1 ? 0 : r };
	return tried->r;
}

int probe_new_net(void)
{
	static struct tried tried;

	return try_once(&tried, CLONE_NEWNET, 0);
}

int probe_new_mounts(void)
{
	static struct tried tried;

	return try_once(&tried, CLONE_NEWNS, 0);
}

int probe_new_users(uid_t uid)
{
	static struct tried tried;

	return try_once(&tried, CLONE_NEWUSER, uid);
}
