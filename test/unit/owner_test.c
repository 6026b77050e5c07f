/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces that belong to a user: made, and known again. */
#include "common/helper.h"
#include "common/owner.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef SYS_setresuid32
#define SETRESUID SYS_setresuid32
#else
#define SETRESUID SYS_setresuid
#endif

enum { UID = 2001, GID = 3001, OTHER = 2002 };

static const struct owner owner = { .uid = UID, .gid = GID };

/* --- Calls that are made to fail --- */

static bool clone_pretends;
static uid_t acts_as; /* instead of the uid that is asked for, or 0 */
static long refused;  /* the number of a system call, or 0 */
static int refused_error;
static int refused_after;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
		    long f);

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (clone_pretends && number == SYS_clone && a)
		return 0;
	if (refused && number == refused && refused_after-- == 0) {
		errno = refused_error;
		return -1;
	}
	if (number == SETRESUID && acts_as && b)
		b = (long)acts_as;
	return __real_syscall(number, a, b, c, d, e, f);
}

/* --- In a helper, as in a login --- */

static int work(const void *request, void *result)
{
	struct helper_holder holder = HELPER_HOLDER_NONE;
	int net = owner_make_net(request, &holder, result);

	helper_holder_release(&holder);
	return net;
}

/* Returns a descriptor, or -errno with failure. */
static int make(struct failure *failure)
{
	struct helper_settings settings;
	const struct helper_job job = {
		.work = work,
		.request = &owner,
		.result = failure,
		.size = sizeof(*failure),
		.wait_ms = 20000,
	};
	int fd = -EBADF;

	*failure = (struct failure){ .error = 0 };
	check_result(helper_run(&job, &fd, &settings, NULL), 0);
	return fd;
}

static void check_failure(int error, const char *doing, const char *cause)
{
	struct failure failure;

	check_result(make(&failure), error);
	check_result(failure.error, error);
	check_has(failure.doing, doing);
	if (cause)
		check_has(failure.cause, cause);
	else
		check(failure.cause == NULL);
}

static ino_t inode_of_fd(int fd)
{
	struct stat st;

	check_number(fstat(fd, &st), 0);
	return st.st_ino;
}

static void drop_for_good(cap_value_t capability)
{
	cap_t caps = cap_get_proc();

	check(caps != NULL);
	check_number(cap_set_flag(caps, CAP_EFFECTIVE, 1, &capability,
				  CAP_CLEAR),
		     0);
	check_number(cap_set_flag(caps, CAP_PERMITTED, 1, &capability,
				  CAP_CLEAR),
		     0);
	check_number(cap_set_proc(caps), 0);
	(void)cap_free(caps);
}

static void become(uid_t uid)
{
	check_number(setgid(uid), 0);
	check_number(setuid(uid), 0);
}

/* --- Making --- */

/* What the user namespace that this process is in maps. */
static void check_maps(void)
{
	static const struct {
		const char *file;
		const char *format;
		unsigned int id;
	} maps[] = { { "/proc/self/uid_map", "%*u %u %u", UID },
		     { "/proc/self/gid_map", "%*u %u %u", GID } };

	for (size_t i = 0; i < COUNT(maps); i++) {
		unsigned int first = 1;
		unsigned int id = 0;
		unsigned int count = 0;
		const char *text = read_text(maps[i].file);

		row(maps[i].file);
		check_number(sscanf(text, "%u %u %u", &first, &id, &count), 3);
		check_number(first, 0);
		check_number(id, maps[i].id);
		check_number(count, 1);
		check(strchr(text, '\n') == text + strlen(text) - 1);
	}
	row(NULL);
	check_text(read_text("/proc/self/setgroups"), "deny\n");
}

static int user_of_net = -EBADF;

static void check_maps_inside(void)
{
	check_number(setns(user_of_net, CLONE_NEWUSER), 0);
	check_maps();
}

static void make_gives_what_belongs_to_the_user(void)
{
	int before = count_descriptors();
	struct failure failure;
	int net = make(&failure);
	uid_t uid = 0;
	int parent;

	check_result(net < 0 ? net : 0, 0);
	check_number(count_descriptors(), before + 1);
	check(inode_of_fd(net) != inode_of("/proc/self/ns/net"));
	user_of_net = ioctl(net, NS_GET_USERNS);
	check(user_of_net >= 0);
	check_number(ioctl(user_of_net, NS_GET_OWNER_UID, &uid), 0);
	check_number(uid, UID);
	parent = ioctl(user_of_net, NS_GET_PARENT);
	check_number(inode_of_fd(parent), inode_of("/proc/self/ns/user"));
	in_process(check_maps_inside);
	check_result(owner_check_net(&owner, net, "alice", &failure), 0);
}

/* Only the holder was ever in it. */
static void make_leaves_no_process(void)
{
	struct failure failure;
	struct stat st;
	char path[32];

	check(make(&failure) >= 0);
	for (pid_t pid = getpid() + 1; pid < getpid() + 20; pid++) {
		(void)snprintf(path, sizeof(path), "/proc/%d", pid);
		row(path);
		check(stat(path, &st) < 0);
	}
}

static void check_fails_without(cap_value_t capability, const char *doing,
				const char *cause)
{
	drop_for_good(capability);
	check_failure(capability == CAP_SYS_PTRACE ? -EACCES : -EPERM, doing,
		      cause);
}

static void make_needs_cap_setuid(void)
{
	check_fails_without(CAP_SETUID, "act as uid", "CAP_SETUID is missing");
}

static void make_needs_cap_setgid(void)
{
	check_fails_without(CAP_SETGID, "write", "CAP_SETGID is missing");
}

static void make_needs_cap_sys_ptrace(void)
{
	check_fails_without(CAP_SYS_PTRACE, "open the new network namespace",
			    "CAP_SYS_PTRACE is missing");
}

static void write_map(pid_t pid, const char *map, unsigned int ids)
{
	char path[64];
	char text[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, map);
	(void)snprintf(text, sizeof(text), "0 0 %u", ids);
	write_file(path, text);
}

/* As in a container in which ids below this number are mapped. */
static void in_user_namespace(unsigned int ids, void (*body)(void))
{
	int ready[2];
	int go[2];
	char byte = 0;
	int status = -1;
	pid_t pid;

	check_number(pipe2(ready, O_CLOEXEC), 0);
	check_number(pipe2(go, O_CLOEXEC), 0);
	pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		check_number(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
		check_number(write(ready[1], "r", 1), 1);
		check_number(read(go[0], &byte, 1), 1);
		body();
		_exit(0);
	}
	check_number(read(ready[0], &byte, 1), 1);
	write_map(pid, "uid_map", ids);
	write_map(pid, "gid_map", ids);
	check_number(write(go[1], "g", 1), 1);
	check_number(waitpid(pid, &status, 0), pid);
	check_number(status, 0);
}

static void fail_unmapped(void)
{
	check_failure(-EINVAL, "act as uid", "no mapping");
}

static void make_needs_a_mapping_of_the_uid(void)
{
	in_user_namespace(1000, fail_unmapped);
}

static void fail_at_the_limit(void)
{
	write_file("/proc/sys/user/max_user_namespaces", "0");
	check_failure(-ENOSPC, "create a user namespace",
		      "user.max_user_namespaces");
}

static void fail_at_the_other_limit(void)
{
	write_file("/proc/sys/user/max_net_namespaces", "0");
	check_failure(-ENOSPC, "create a user namespace",
		      "user.max_net_namespaces");
}

static void make_says_which_limits_are_reached(void)
{
	in_user_namespace(10000, fail_at_the_limit);
	in_user_namespace(10000, fail_at_the_other_limit);
}

static void make_says_that_it_is_in_a_chroot(void)
{
	make_directory("/run/root", 0755);
	bind_mount("/run/root", "/run/root");
	make_directory("/run/root/proc", 0755);
	bind_mount("/proc", "/run/root/proc");
	check_number(chroot("/run/root"), 0);
	check_number(chdir("/"), 0);
	check_failure(-EPERM, "create a user namespace", "in a chroot");
}

static void make_believes_no_clone_that_was_not_made(void)
{
	clone_pretends = true;
	check_failure(-EXDEV, "create a user namespace",
		      "reports success but changes nothing");
}

static void make_gives_none_of_another_user(void)
{
	int before = count_descriptors();

	acts_as = OTHER;
	check_failure(-EPERM, "use the network namespace",
		      "belongs to another user");
	check_number(count_descriptors(), before);
}

static void make_says_what_a_filter_refuses(void)
{
	refused = SYS_clone;
	refused_error = EPERM;
	check_failure(-EPERM, "create a user namespace", NULL);
}

static void make_says_that_it_is_not_root_again(void)
{
	refused = SETRESUID;
	refused_error = EAGAIN;
	/* The first one is of every helper, the second one takes the uid. */
	refused_after = 2;
	check_failure(-EAGAIN, "be root again", NULL);
}

static void make_needs_capset(void)
{
	refused = SYS_capset;
	refused_error = EPERM;
	check_failure(-EPERM, "act as uid", NULL);
}

/* --- The user against it --- */

enum { ROUNDS = 100 };

static struct {
	volatile int round;
	volatile int hits;
} * shared;

static const struct sched_param usual = { .sched_priority = 0 };

static int stop_it(pid_t pid)
{
	return kill(pid, SIGSTOP);
}

static int kill_it(pid_t pid)
{
	return kill(pid, SIGKILL);
}

static int starve_it(pid_t pid)
{
	return sched_setscheduler(pid, SCHED_IDLE, &usual);
}

static int (*attack)(pid_t pid);

/* Does it to all that may come: a helper and a holder in each round. */
static void attack_all(void)
{
	pid_t first = getpid() + 1;

	become(UID);
	while (shared->round < ROUNDS) {
		for (int i = 0; i < 100; i++)
			if (attack(first + 2 * shared->round + i) == 0)
				shared->hits++;
	}
}

static int make_and_see(const void *request, void *result)
{
	struct failure failure = { .error = 0 };
	struct helper_holder holder = HELPER_HOLDER_NONE;
	int net = owner_make_net(request, &holder, &failure);

	helper_holder_release(&holder);
	*(int *)result = sched_getscheduler(0);
	return net;
}

/* A holder that is stopped, killed or starved is not waited for. */
static void check_attacked(int (*how)(pid_t pid))
{
	pid_t user;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared != MAP_FAILED);
	attack = how;
	user = process_start(attack_all);
	for (; shared->round < ROUNDS; shared->round++) {
		struct helper_settings settings;
		int policy = -1;
		const struct helper_job job = {
			.work = make_and_see,
			.request = &owner,
			.result = &policy,
			.size = sizeof(policy),
			.wait_ms = 20000,
		};
		int fd = -EBADF;

		check_result(helper_run(&job, &fd, &settings, NULL), 0);
		check_result(fd < 0 ? fd : 0, 0);
		check_number(policy, SCHED_OTHER);
		(void)close(fd);
	}
	process_join(user);
	check(shared->hits > 0);
}

static void make_cannot_be_stopped(void)
{
	check_attacked(stop_it);
}

static void make_cannot_be_killed(void)
{
	check_attacked(kill_it);
}

static void make_is_not_left_starved(void)
{
	check_attacked(starve_it);
}

/* --- Checking --- */

static int net_of_a_user;

static void make_one_of_a_user(void)
{
	struct failure failure;

	net_of_a_user = make(&failure);
	check(net_of_a_user >= 0);
}

static void check_refused(const struct owner *who, int net, const char *cause)
{
	struct failure failure;

	check_result(owner_check_net(who, net, "alice", &failure), -EPERM);
	check_text(failure.object, "alice");
	check_has(failure.cause, cause);
	check_text(failure.fix, "pamnetctl remove");
}

static void check_knows_whom_it_belongs_to(void)
{
	const struct owner other = { .uid = OTHER, .gid = GID };
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct failure failure;

	make_one_of_a_user();
	check_result(owner_check_net(NULL, own, "alice", &failure), 0);
	check_result(owner_check_net(&owner, net_of_a_user, "alice", &failure),
		     0);
	check_refused(&owner, own, "it is root's");
	check_refused(NULL, net_of_a_user, "belongs to a user");
	check_refused(&other, net_of_a_user, "belongs to another user");
	check_result(owner_check_net(&other, net_of_a_user, "x", &failure),
		     -EPERM);
	check_text(failure.details, "uid 2001");
}

static int sent = -1;

/* A namespace of a user namespace in a user namespace of his. */
static void make_grandchild(void)
{
	become(UID);
	check_number(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	check_number(unshare(CLONE_NEWUSER), 0);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 2001 1");
	write_file("/proc/self/gid_map", "0 2001 1");
	check_number(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
}

static void check_refuses_a_grandchild(void)
{
	char path[64];
	pid_t pid = process_hold(make_grandchild);

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	sent = open(path, O_RDONLY | O_CLOEXEC);
	check(sent >= 0);
	check_refused(&owner, sent, "made inside another one");
	check_refused(NULL, sent, "made inside another one");
	process_end(pid);
}

static void ask_from_inside(void)
{
	check_refused(&owner, sent, "out of reach");
	check_refused(NULL, sent, "out of reach");
}

static void check_refuses_what_is_out_of_reach(void)
{
	sent = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	check(sent >= 0);
	in_user_namespace(10000, ask_from_inside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("owner_make_net_gives_what_belongs_to_the_user",
			  make_gives_what_belongs_to_the_user),
		sandboxed("owner_make_net_leaves_no_process",
			  make_leaves_no_process),
		sandboxed("owner_make_net_needs_cap_setuid",
			  make_needs_cap_setuid),
		sandboxed("owner_make_net_needs_cap_setgid",
			  make_needs_cap_setgid),
		sandboxed("owner_make_net_needs_cap_sys_ptrace",
			  make_needs_cap_sys_ptrace),
		sandboxed("owner_make_net_needs_a_mapping_of_the_uid",
			  make_needs_a_mapping_of_the_uid),
		sandboxed("owner_make_net_says_which_limits_are_reached",
			  make_says_which_limits_are_reached),
		sandboxed("owner_make_net_says_that_it_is_in_a_chroot",
			  make_says_that_it_is_in_a_chroot),
		sandboxed("owner_make_net_believes_no_clone_that_was_not_made",
			  make_believes_no_clone_that_was_not_made),
		sandboxed("owner_make_net_gives_none_of_another_user "
			  "(owned-by-user)",
			  make_gives_none_of_another_user),
		sandboxed("owner_make_net_says_what_a_filter_refuses",
			  make_says_what_a_filter_refuses),
		sandboxed("owner_make_net_says_that_it_is_not_root_again",
			  make_says_that_it_is_not_root_again),
		sandboxed("owner_make_net_needs_capset", make_needs_capset),
		sandboxed("owner_make_net_cannot_be_stopped (no-hostage)",
			  make_cannot_be_stopped),
		sandboxed("owner_make_net_cannot_be_killed (no-hostage)",
			  make_cannot_be_killed),
		sandboxed("owner_make_net_is_not_left_starved (no-hostage)",
			  make_is_not_left_starved),
		sandboxed("owner_check_net_knows_whom_it_belongs_to "
			  "(owned-by-user)",
			  check_knows_whom_it_belongs_to),
		sandboxed("owner_check_net_refuses_a_grandchild "
			  "(owned-by-user)",
			  check_refuses_a_grandchild),
		sandboxed("owner_check_net_refuses_what_is_out_of_reach",
			  check_refuses_what_is_out_of_reach),
	};

	return cmocka_run_group_tests_name("owner", tests, NULL, NULL);
}
