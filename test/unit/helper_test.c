/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that belongs to root alone, and that the application does not see. */
#include "common/helper.h"
#include "common/scope.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RESULT_MAX = 4096 };

/* The numbers of ioprio_set(2). */
enum { IOPRIO_PROCESS = 1, IOPRIO_IDLE = 3 << 13 };

struct request {
	int number;
};

struct result {
	int number;
	pid_t pid;
	char text[32];
};

/* In memory that all processes of a test share. */
static struct shared {
	volatile pid_t pid; /* of the helper, when work begins */
	volatile int go;    /* work waits for it */
	volatile int done;
	volatile int handled; /* signals, in any process */
	char cgroup[256];
	char oom_score[32];
} * shared;

static void share(void)
{
	void *memory = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(memory != MAP_FAILED);
	shared = memory;
}

static void sleep_ms(long ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000,
					.tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&pause, NULL);
}

static void wait_for(const volatile int *value)
{
	for (int i = 0; i < 5000 && !*value; i++)
		sleep_ms(1);
	check(*value != 0);
}

/* --- Calls that are made to fail, or to pass time --- */

#ifdef SYS_setresuid32
#define SETRESUID SYS_setresuid32
#else
#define SETRESUID SYS_setresuid
#endif

enum { REFUSED_MAX = 2 };

static struct {
	long number;
	int error;
} refused[REFUSED_MAX];
static bool setsid_refused;
static pid_t other; /* forked between socketpair(2) and clone(2), if -1 */
static bool time_flies;
static long long flown_ms;
static int longest_poll_ms;
static bool kill_is_lost;
static bool suid_dumpable; /* as with fs.suid_dumpable=1 */

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
		    long f);
pid_t __real_setsid(void);
pid_t __wrap_setsid(void);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __real_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number);

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	long r;

	for (size_t i = 0; i < REFUSED_MAX; i++) {
		if (refused[i].error && refused[i].number == number) {
			errno = refused[i].error;
			return -1;
		}
	}
	if (other < 0 && (number == SYS_clone3 || number == SYS_clone)) {
		other = fork();
		if (other == 0)
			for (;;)
				(void)pause();
	}
	r = __real_syscall(number, a, b, c, d, e, f);
	if (suid_dumpable && number == SETRESUID && r == 0)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return r;
}

pid_t __wrap_setsid(void)
{
	if (!setsid_refused)
		return __real_setsid();
	errno = EPERM;
	return -1;
}

/* What nobody ends within 100 ms has taken all of the time-out. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int ready;

	if (!time_flies)
		return __real_poll(fds, count, timeout);
	if (timeout > longest_poll_ms)
		longest_poll_ms = timeout;
	ready = __real_poll(fds, count, timeout < 100 ? timeout : 100);
	if (ready == 0)
		flown_ms += timeout;
	return ready;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = __real_clock_gettime(clock, ret);

	if (clock == CLOCK_MONOTONIC)
		ret->tv_sec += (time_t)(flown_ms / 1000);
	return r;
}

int __wrap_kill(pid_t pid, int number)
{
	return kill_is_lost ? 0 : __real_kill(pid, number);
}

static void refuse(size_t i, long number, int error)
{
	refused[i].number = number;
	refused[i].error = error;
}

/* --- Running --- */

static struct helper_settings settings;

static int run_job(int (*work)(const void *, void *), const void *request,
		   void *result, size_t size, int *ret_fd,
		   struct helper_settings *ret_settings)
{
	const struct helper_job job = {
		.work = work,
		.request = request,
		.result = result,
		.size = size,
		.wait_ms = HELPER_WAIT_MS,
	};

	return helper_run(&job, ret_fd, ret_settings, NULL);
}

static int run(int (*work)(const void *, void *), int number,
	       struct result *ret, int *ret_fd)
{
	const struct request request = { .number = number };

	return run_job(work, &request, ret, sizeof(*ret), ret_fd, &settings);
}

static const struct result untouched = { .number = 11, .text = "untouched" };

/* Runs work, of which there is no answer. */
static void check_no_answer(int (*work)(const void *, void *), int expected)
{
	struct result result = untouched;
	int before = count_descriptors();
	int fd = 77;

	check_result(run(work, 21, &result, &fd), expected);
	check(!memcmp(&result, &untouched, sizeof(result)));
	check_number(fd, 77);
	check_number(count_descriptors(), before);
}

static void check_mask(const sigset_t *expected)
{
	sigset_t mask;

	check_number(sigprocmask(SIG_SETMASK, NULL, &mask), 0);
	for (int number = 1; number <= SIGRTMAX; number++)
		check(sigismember(&mask, number) ==
		      sigismember(expected, number));
}

static void check_no_child(void)
{
	check_number(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	check_number(errno, ECHILD);
}

static int double_it(const void *request, void *result)
{
	const struct request *in = request;
	struct result *out = result;

	out->number = in->number * 2;
	out->pid = getpid();
	strcpy(out->text, "done");
	return -ENODATA;
}

static void check_works(void)
{
	struct result result = untouched;
	int fd = 77;

	check_result(run(double_it, 21, &result, &fd), 0);
	check_result(fd, -ENODATA);
	check_number(result.number, 42);
}

/* --- What comes back --- */

static void result_comes_back_from_another_process(void)
{
	struct result result = untouched;
	int before = count_descriptors();
	int fd = 77;

	check_result(run(double_it, 21, &result, &fd), 0);
	check_result(fd, -ENODATA);
	check_number(result.number, 42);
	check_text(result.text, "done");
	check(result.pid != getpid() && result.pid > 0);
	check_number(count_descriptors(), before);
	check_no_child();
}

static int change_text(const void *request, void *result)
{
	(void)request;
	strcat(((struct result *)result)->text, " by work");
	return -EIO;
}

static void work_finds_what_the_caller_has_in_the_result(void)
{
	struct result result = { .text = "changed" };
	int fd;

	check_result(run(change_text, 0, &result, &fd), 0);
	check_text(result.text, "changed by work");
}

static int invert(const void *request, void *result)
{
	unsigned char *bytes = result;

	(void)request;
	for (size_t i = 0; i < RESULT_MAX; i++)
		bytes[i] = (unsigned char)~bytes[i];
	return -EIO;
}

static int nothing(const void *request, void *result)
{
	(void)request;
	(void)result;
	return -EIO;
}

static void result_may_have_any_size_up_to_4096(void)
{
	unsigned char bytes[RESULT_MAX + 1];
	int fd;

	memset(bytes, 0x0f, sizeof(bytes));
	check_result(run_job(invert, NULL, bytes, RESULT_MAX, &fd, &settings),
		     0);
	for (size_t i = 0; i < RESULT_MAX; i++)
		check_number(bytes[i], 0xf0);
	check_number(bytes[RESULT_MAX], 0x0f);
	check_result(run_job(nothing, NULL, bytes, 0, &fd, &settings), 0);
	check_result(run_job(nothing, NULL, bytes, RESULT_MAX + 1, &fd,
			     &settings),
		     -EMSGSIZE);
}

static int open_file(const void *request, void *result)
{
	(void)double_it(request, result);
	return open("/run/file", O_RDONLY);
}

static void check_reads(int fd, const char *text)
{
	char got[16] = "";

	check(read(fd, got, sizeof(got) - 1) >= 0);
	check_text(got, text);
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void descriptor_comes_back_close_on_exec(void)
{
	struct result result = untouched;
	int before = count_descriptors();
	int fd = 77;

	make_file("/run/file", 0644, "text");
	check_result(run(open_file, 21, &result, &fd), 0);
	check_reads(fd, "text");
	check_number(result.number, 42);
	check_number(count_descriptors(), before + 1);
	check_number(close(fd), 0);
}

static void descriptor_comes_back_with_standard_descriptors_closed(void)
{
	struct result result = untouched;
	int before;
	int fd = 77;

	make_file("/run/file", 0644, "text");
	check_number(close(0) | close(1) | close(2), 0);
	before = count_descriptors();
	check_result(run(open_file, 21, &result, &fd), 0);
	check_reads(fd, "text");
	check_number(close(fd), 0);
	check_number(count_descriptors(), before);
}

static int open_and_fail(const void *request, void *result)
{
	(void)open_file(request, result);
	return -EXDEV;
}

static void error_of_work_comes_back_without_a_descriptor(void)
{
	struct result result = untouched;
	int before = count_descriptors();
	int fd = 77;

	make_file("/run/file", 0644, "text");
	check_result(run(open_and_fail, 21, &result, &fd), 0);
	check_result(fd, -EXDEV);
	check_number(result.number, 42);
	check_number(count_descriptors(), before);
}

/* --- Few descriptors --- */

static void read_into(const char *path, char *ret, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[got < 0 ? 0 : got] = '\0';
	(void)close(fd);
}

static void copy_cgroup2(const char *path, char *ret, size_t size)
{
	char text[4096];
	const char *line;

	read_into(path, text, sizeof(text));
	line = strstr(text, "0::/");
	(void)snprintf(ret, size, "%.*s", line ? (int)strcspn(line, "\n") : 0,
		       line ? line : "");
}

/* Tells in shared memory what the helper is like, then opens the file. */
static int look_and_open(const void *request, void *result)
{
	shared->pid = getpid();
	copy_cgroup2("/proc/self/cgroup", shared->cgroup,
		     sizeof(shared->cgroup));
	read_into("/proc/self/oom_score_adj", shared->oom_score,
		  sizeof(shared->oom_score));
	return open_file(request, result);
}

static void run_with_room(int room, struct result *ret, int *ret_r, int *ret_fd)
{
	shared->pid = 0;
	limit_descriptors(room);
	*ret_r = run(look_and_open, 21, ret, ret_fd);
	limit_descriptors(-1);
}

static void no_room_for_the_descriptor_is_emfile(void)
{
	int before = count_descriptors();
	int room = 0;
	int r;

	share();
	make_file("/run/file", 0644, "text");
	do {
		struct result result = untouched;
		int fd = 77;

		run_with_room(room++, &result, &r, &fd);
		if (r < 0) {
			check_result(r, -EMFILE);
			check_number(fd, 77);
			check(!memcmp(&result, &untouched, sizeof(result)));
		} else {
			check_reads(fd, "text");
			check_number(close(fd), 0);
		}
		check_number(count_descriptors(), before);
		check_no_child();
	} while (r < 0 && room < 10);
	check_result(r, 0);
}

/* A user may have set this limit, to have the helper in his own cgroup. */
static void few_descriptors_do_not_keep_it_in_the_cgroup_of_the_caller(void)
{
	struct result result = untouched;
	int fd;
	int r;

	share();
	make_file("/run/file", 0644, "text");
	run_with_room(-1, &result, &r, &fd);
	check_result(r, 0);
	if (settings.error[HELPER_CGROUP])
		sandbox_skip("no cgroup2 that may be entered");
	for (int room = 0; room < 10; room++) {
		run_with_room(room, &result, &r, &fd);
		if (shared->pid != 0)
			check_result(settings.error[HELPER_CGROUP], 0);
	}
}

/* A user may have set this limit, to have the helper killed first. */
static void few_descriptors_do_not_keep_the_oom_score_of_the_caller(void)
{
	struct result result = untouched;
	int fd;
	int r;

	share();
	make_file("/run/file", 0644, "text");
	write_file("/proc/self/oom_score_adj", "700");
	for (int room = 0; room < 10; room++) {
		run_with_room(room, &result, &r, &fd);
		if (shared->pid != 0)
			check_text(shared->oom_score,
				   read_text("/proc/1/oom_score_adj"));
	}
}

static int open_hundred(const void *request, void *result)
{
	struct result *out = result;

	(void)request;
	for (out->number = 0; out->number < 100; out->number++)
		if (open("/", O_PATH | O_CLOEXEC) < 0)
			return -errno;
	return -ENODATA;
}

static void work_has_room_where_the_caller_has_little(void)
{
	struct result result = untouched;
	int fd = 77;

	limit_descriptors(5);
	check_result(run(open_hundred, 0, &result, &fd), 0);
	check_result(fd, -ENODATA);
	check_number(result.number, 100);
}

/* --- What the helper is like --- */

/* What is asked of the child about itself. */
struct self {
	char status[3000];
	char cwd[64];
	char cgroup[128];
	char oom_score[16];
	struct rlimit limits[RLIM_NLIMITS];
	cpu_set_t processors;
	mode_t umask;
	pid_t pid;
	pid_t sid;
	pid_t group;
	int policy;
	int nice;
	int ioprio;
	int timer_slack;
	int descriptors;
	int first_socket;
};

_Static_assert(sizeof(struct self) <= RESULT_MAX, "an answer");

static int read_self(const void *request, void *result)
{
	struct self *self = result;

	(void)request;
	self->first_socket = -1;
	for (int fd = 0; fd < 1000; fd++) {
		struct stat st;

		if (fstat(fd, &st) < 0)
			continue;
		self->descriptors++;
		if (S_ISSOCK(st.st_mode) && self->first_socket < 0)
			self->first_socket = fd;
	}
	read_into("/proc/self/status", self->status, sizeof(self->status));
	copy_cgroup2("/proc/self/cgroup", self->cgroup, sizeof(self->cgroup));
	read_into("/proc/self/oom_score_adj", self->oom_score,
		  sizeof(self->oom_score));
	if (!getcwd(self->cwd, sizeof(self->cwd)))
		*self->cwd = '\0';
	for (int i = 0; i < RLIM_NLIMITS; i++)
		(void)prlimit(0, (enum __rlimit_resource)i, NULL,
			      &self->limits[i]);
	(void)sched_getaffinity(0, sizeof(self->processors), &self->processors);
	self->umask = umask(0);
	self->pid = getpid();
	self->sid = getsid(0);
	self->group = getpgrp();
	self->policy = sched_getscheduler(0);
	self->nice = getpriority(PRIO_PROCESS, 0);
	self->ioprio = (int)syscall(SYS_ioprio_get, IOPRIO_PROCESS, 0);
	self->timer_slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	return -ENODATA;
}

static void ask_self(struct self *ret)
{
	int fd = 77;

	memset(ret, 0, sizeof(*ret));
	check_result(
		run_job(read_self, NULL, ret, sizeof(*ret), &fd, &settings), 0);
	check_result(fd, -ENODATA);
}

static void check_no_error_but(enum helper_setting but)
{
	for (int i = 0; i < HELPER_COUNT_; i++) {
		enum helper_setting setting = (enum helper_setting)i;

		/* There may be no cgroup2 here. */
		if (setting == but || setting == HELPER_CGROUP)
			continue;
		row(helper_setting_name(setting));
		check_result(settings.error[setting], 0);
	}
	row(NULL);
}

static void check_no_errors(void)
{
	check_no_error_but(HELPER_CGROUP);
}

/* A su(1) of a user. */
static void become_su(void)
{
	const gid_t groups[] = { 1000, 1001 };

	check_number(setgroups(2, groups), 0);
	check_number(setresgid(1000, 1000, 1000), 0);
	check_number(setresuid(1000, 0, 0), 0);
}

static void uids_and_gids_are_0_and_there_are_no_groups(void)
{
	struct self self;
	uid_t real;
	uid_t effective;
	uid_t saved;

	become_su();
	ask_self(&self);
	check_no_errors();
	check_has(self.status, "\nUid:\t0\t0\t0\t0\n");
	check_has(self.status, "\nGid:\t0\t0\t0\t0\n");
	check_has(self.status, "\nGroups:\t \n");
	row("the caller");
	check_number(getresuid(&real, &effective, &saved), 0);
	check_number(real, 1000);
	check_number(getgroups(0, NULL), 2);
}

/* What counts as the user's: his limits see it. */
static void for_the_caller_only_it_keeps_the_uids_and_the_session(void)
{
	struct self self = { .pid = 0 };
	const struct helper_job job = {
		.work = read_self,
		.result = &self,
		.size = sizeof(self),
		.wait_ms = HELPER_WAIT_MS,
		.for_caller_only = true,
	};
	int fd = 77;

	become_su();
	check_result(helper_run(&job, &fd, &settings, NULL), 0);
	check_result(fd, -ENODATA);
	check_has(self.status, "\nUid:\t1000\t0\t0\t0\n");
	check_has(self.status, "\nGid:\t1000\t1000\t1000\t1000\n");
	check_number(self.sid, getsid(0));
	check_text(self.cwd, "/");
	check_number(self.descriptors, 1);
}

static void all_signals_are_blocked(void)
{
	unsigned long long blocked;
	struct self self;
	const char *line;
	char text[24];

	ask_self(&self);
	line = strstr(self.status, "\nSigBlk:\t");
	check(line != NULL);
	blocked = strtoull(line + strlen("\nSigBlk:\t"), NULL, 16);
	for (int number = 1; number <= SIGRTMAX; number++) {
		/* Between the two is what the C library keeps to itself. */
		if (number == SIGKILL || number == SIGSTOP ||
		    (number >= __SIGRTMIN && number < SIGRTMIN))
			continue;
		(void)snprintf(text, sizeof(text), "signal %d", number);
		row(text);
		check(blocked >> (number - 1) & 1);
	}
}

static void session_is_its_own(void)
{
	struct self self;

	ask_self(&self);
	check_no_errors();
	check_number(self.sid, self.pid);
	check_number(self.group, self.pid);
	check(getsid(0) != self.sid);
}

static void scheduling_is_the_usual_on_all_processors(void)
{
	const struct sched_param none = { .sched_priority = 0 };
	cpu_set_t all;
	cpu_set_t one;
	struct self self;

	memset(&all, 0xff, sizeof(all));
	check_number(sched_setaffinity(0, sizeof(all), &all), 0);
	check_number(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (size_t i = 0; CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	check_number(sched_setaffinity(0, sizeof(one), &one), 0);
	check_number(sched_setscheduler(0, SCHED_IDLE, &none), 0);
	check_number(setpriority(PRIO_PROCESS, 0, 19), 0);
	check_number(syscall(SYS_ioprio_set, IOPRIO_PROCESS, 0, IOPRIO_IDLE),
		     0);
	check_number(prctl(PR_SET_TIMERSLACK, 1000000000, 0, 0, 0), 0);
	ask_self(&self);
	check_no_errors();
	check_number(self.policy, SCHED_OTHER);
	check_number(self.nice, 0);
	check(CPU_EQUAL(&self.processors, &all));
	check_number(self.ioprio, 0);
	check_number(self.timer_slack, 50000);
	row("the caller");
	check_number(sched_getscheduler(0), SCHED_IDLE);
	check_number(getpriority(PRIO_PROCESS, 0), 19);
	check_number(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), 1000000000);
}

static void other_policies_become_the_usual(void)
{
	static const struct {
		const char *what;
		int policy;
		int priority;
	} rows[] = {
		{ "SCHED_BATCH", SCHED_BATCH, 0 },
		{ "SCHED_FIFO", SCHED_FIFO, 1 },
		{ "SCHED_RR", SCHED_RR, 99 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct sched_param param = { rows[i].priority };
		struct self self;

		if (sched_setscheduler(0, rows[i].policy, &param) < 0)
			continue;
		ask_self(&self);
		row(rows[i].what);
		check_number(self.policy, SCHED_OTHER);
		check_result(settings.error[HELPER_SCHEDULER], 0);
	}
}

static void set_limit(pid_t pid, enum __rlimit_resource which, rlim_t soft,
		      rlim_t hard)
{
	const struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };

	check_number(prlimit(pid, which, &limit, NULL), 0);
}

static void oom_score_is_that_of_pid_1(void)
{
	struct self self;

	write_file("/proc/self/oom_score_adj", "700");
	write_file("/proc/1/oom_score_adj", "300");
	set_limit(0, RLIMIT_FSIZE, 0, RLIM_INFINITY);
	ask_self(&self);
	check_no_errors();
	check_text(self.oom_score, "300\n");
	check_text(read_text("/proc/self/oom_score_adj"), "700\n");
}

static void check_limits_of_pid_1(const struct self *self, int but)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		char number[16];
		struct rlimit limit;

		if (i == but)
			continue;
		(void)snprintf(number, sizeof(number), "limit %d", i);
		row(number);
		check_number(
			prlimit(1, (enum __rlimit_resource)i, NULL, &limit), 0);
		check(self->limits[i].rlim_cur == limit.rlim_cur);
		check(self->limits[i].rlim_max == limit.rlim_max);
	}
	row(NULL);
}

static void limits_are_those_of_pid_1(void)
{
	struct self self;

	/* More than those of the caller, and less. */
	set_limit(1, RLIMIT_NOFILE, 400, 500);
	set_limit(1, RLIMIT_CORE, 4096, 8192);
	set_limit(1, RLIMIT_NPROC, 700, 800);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		enum __rlimit_resource which = (enum __rlimit_resource)i;
		struct rlimit limit;

		/* With less memory the test itself would not run. */
		if (i == RLIMIT_AS || i == RLIMIT_DATA || i == RLIMIT_STACK)
			continue;
		check_number(prlimit(0, which, NULL, &limit), 0);
		set_limit(0, which, limit.rlim_max < 200 ? limit.rlim_max : 200,
			  limit.rlim_max);
	}
	become_su();
	ask_self(&self);
	check_no_errors();
	/* Others may not ask for them. */
	check_number(setresuid(0, 0, 0) | setresgid(0, 0, 0), 0);
	check_limits_of_pid_1(&self, -1);
}

/* CAP_SYS_RESOURCE is not everywhere: without it the caller's stay. */
static void hard_limit_is_raised_where_that_is_permitted(void)
{
	struct self self;
	cap_t caps = cap_get_proc();
	cap_flag_value_t has = CAP_CLEAR;

	check_number(cap_get_flag(caps, CAP_SYS_RESOURCE, CAP_EFFECTIVE, &has),
		     0);
	(void)cap_free(caps);
	set_limit(0, RLIMIT_NOFILE, 100, 100);
	ask_self(&self);
	if (has == CAP_SET) {
		check_no_errors();
		check_limits_of_pid_1(&self, -1);
	} else {
		check_result(settings.error[HELPER_LIMITS], -EPERM);
		check_number(self.limits[RLIMIT_NOFILE].rlim_max, 100);
		check_limits_of_pid_1(&self, RLIMIT_NOFILE);
	}
}

static void umask_is_0_and_cwd_is_root(void)
{
	struct self self;

	make_directory("/run/work", 0755);
	check_number(chdir("/run/work"), 0);
	(void)umask(077);
	ask_self(&self);
	check_number(self.umask, 0);
	check_text(self.cwd, "/");
	row("the caller");
	check_number(umask(022), 077);
	check_number(access("../work", F_OK), 0);
}

static void only_the_socket_is_open(void)
{
	static const struct {
		const char *what;
		int standard;
		int highest;
	} rows[] = {
		{ "as usual", 3, 5 },
		{ "many", 3, 900 },
		{ "no standard descriptors", 0, 50 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct self self;
		int fd = open("/", O_PATH | O_CLOEXEC);

		for (int j = rows[i].standard; j < 3; j++)
			check_number(close(j), 0);
		check_number(dup2(fd, rows[i].highest), rows[i].highest);
		ask_self(&self);
		row(rows[i].what);
		check_number(self.descriptors, 1);
		check(self.first_socket >= 0);
	}
}

/* --- Settings that may not be changed --- */

static void refuse_setsid(void)
{
	setsid_refused = true;
}

static void refuse_setresuid(void)
{
	refuse(0, SETRESUID, EPERM);
}

static void drop_setgid(void)
{
	drop_capability(CAP_SETGID);
}

static void drop_nice(void)
{
	const struct rlimit limit = { 0, 0 };

	check_number(setpriority(PRIO_PROCESS, 0, 10), 0);
	check_number(prlimit(1, RLIMIT_NICE, &limit, NULL), 0);
	check_number(prlimit(0, RLIMIT_NICE, &limit, NULL), 0);
	drop_capability(CAP_SYS_NICE);
}

static void refuse_ioprio(void)
{
	refuse(0, SYS_ioprio_set, ENOSYS);
}

static void hide_oom_score(void)
{
	make_file("/run/file", 0644, "1001\n");
	bind_mount("/run/file", "/proc/1/oom_score_adj");
}

static void lower_hard_limit(void)
{
	drop_capability(CAP_SYS_RESOURCE);
	set_limit(0, RLIMIT_NOFILE, 90, 100);
}

static const struct refusal {
	const char *what;
	void (*make)(void);
	enum helper_setting setting;
	int error;
} refusals[] = {
	{ "setresuid", refuse_setresuid, HELPER_CREDENTIALS, -EPERM },
	{ "CAP_SETGID", drop_setgid, HELPER_CREDENTIALS, -EPERM },
	{ "setsid", refuse_setsid, HELPER_SESSION, -EPERM },
	{ "CAP_SYS_NICE", drop_nice, HELPER_SCHEDULER, -EACCES },
	{ "ioprio_set", refuse_ioprio, HELPER_SCHEDULER, -ENOSYS },
	{ "a bad score", hide_oom_score, HELPER_OOM_SCORE, -EINVAL },
	{ "CAP_SYS_RESOURCE", lower_hard_limit, HELPER_LIMITS, -EPERM },
};

static const struct refusal *refusal;

static void run_refused(void)
{
	check_number(unshare(CLONE_NEWNS), 0);
	refusal->make();
	row(refusal->what);
	check_works();
	check_result(settings.error[refusal->setting], refusal->error);
	check_no_error_but(refusal->setting);
}

static void setting_that_may_not_be_changed_is_reported_and_no_failure(void)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		refusal = &refusals[i];
		in_process(run_refused);
	}
}

/* Each limit on its own, as far as it goes. */
static void soft_limit_is_raised_to_a_hard_one_that_may_not_be(void)
{
	struct self self;

	lower_hard_limit();
	set_limit(0, RLIMIT_FSIZE, 0, RLIM_INFINITY);
	set_limit(1, RLIMIT_CORE, 0, 0);
	ask_self(&self);
	check_result(settings.error[HELPER_LIMITS], -EPERM);
	check_number(self.limits[RLIMIT_NOFILE].rlim_cur, 100);
	check_number(self.limits[RLIMIT_NOFILE].rlim_max, 100);
	check_limits_of_pid_1(&self, RLIMIT_NOFILE);
}

static void credentials_that_may_not_be_changed_keep_no_other_setting(void)
{
	struct self self;

	write_file("/proc/self/oom_score_adj", "700");
	check_number(setpriority(PRIO_PROCESS, 0, 10), 0);
	become_su();
	refuse_setresuid();
	ask_self(&self);
	check_result(settings.error[HELPER_CREDENTIALS], -EPERM);
	check_has(self.status, "\nUid:\t1000\t0\t0\t0\n");
	check_number(self.sid, self.pid);
	check_number(self.nice, 0);
	check_text(self.oom_score, read_text("/proc/1/oom_score_adj"));
	check_number(self.descriptors, 1);
}

static void works_without_proc(void)
{
	mount_tmpfs("/proc");
	{
		struct result result = untouched;
		int fd = 77;

		check_result(run(double_it, 21, &result, &fd), 0);
		check_number(result.number, 42);
	}
	check_result(settings.error[HELPER_CGROUP], -ENOENT);
	check_result(settings.error[HELPER_OOM_SCORE], -ENOENT);
	check_no_error_but(HELPER_OOM_SCORE);
}

static int count_its_descriptors(const void *request, void *result)
{
	struct result *out = result;

	(void)request;
	out->number = count_descriptors();
	return -ENODATA;
}

/* Its socket is the only one. */
static void check_has_no_descriptors(void)
{
	struct result result = untouched;
	int fd = 77;

	check_result(run(count_its_descriptors, 21, &result, &fd), 0);
	check_number(result.number, 1);
}

static void has_none_of_the_descriptors(void)
{
	limit_descriptors(-1);
	check(fcntl(0, F_DUPFD, 4000) >= 4000);
	check_has_no_descriptors();
	row("without close_range(2)");
	refuse(0, SYS_close_range, EPERM);
	check_has_no_descriptors();
}

static void works_without_close_range_and_pidfd(void)
{
	refuse(0, SYS_close_range, ENOSYS);
	refuse(1, SYS_pidfd_open, ENOSYS);
	check_works();
	check_no_errors();
	check_no_child();
}

static void setting_names_differ(void **state)
{
	(void)state;
	for (int i = 0; i < HELPER_COUNT_; i++) {
		const char *name = helper_setting_name((enum helper_setting)i);

		check(name && *name);
		for (int j = 0; j < i; j++)
			check(strcmp(name, helper_setting_name(
						   (enum helper_setting)j)) !=
			      0);
	}
}

/* --- Its cgroup --- */

static char cgroup[64];

static void write_cgroup(const char *file, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", cgroup, file);
	write_file(path, text);
}

/* A cgroup beside which PID 1 is, as that of a user. */
static void make_cgroup(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup",
					      "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < 2; i++) {
		struct statfs fs;

		if (statfs(mounts[i], &fs) < 0 ||
		    fs.f_type != CGROUP2_SUPER_MAGIC)
			continue;
		(void)snprintf(cgroup, sizeof(cgroup), "%s/helper_test",
			       mounts[i]);
		(void)rmdir(cgroup);
		if (mkdir(cgroup, 0755) == 0)
			return;
	}
	sandbox_skip("no cgroup2 that may be written");
}

/* Also after a failed check; then the cgroup must not stay. */
static void join_and_remove_cgroup(pid_t pid)
{
	int status = 0;
	int r = -1;

	check_number(waitpid(pid, &status, 0), pid);
	for (int i = 0; i < 500 && r < 0; i++) {
		r = rmdir(cgroup);
		if (r < 0)
			sleep_ms(10);
	}
	check_number(status, 0);
	check_number(r, 0);
}

static void run_in_cgroup(void)
{
	char expected[128];
	char own[128];
	struct self self;

	check_number(unshare(CLONE_NEWNS), 0);
	write_cgroup("cgroup.procs", "0");
	copy_cgroup2("/proc/1/cgroup", expected, sizeof(expected));
	copy_cgroup2("/proc/self/cgroup", own, sizeof(own));
	check(strcmp(own, expected) != 0);
	row("as it is");
	ask_self(&self);
	check_result(settings.error[HELPER_CGROUP], 0);
	check_text(self.cgroup, expected);
	row("without clone3(2)");
	refuse(0, SYS_clone3, ENOSYS);
	ask_self(&self);
	check_result(settings.error[HELPER_CGROUP], -ENOSYS);
	check_text(self.cgroup, own);
	refuse(0, 0, 0);
	row("not mounted here");
	mount_tmpfs("/sys/fs/cgroup");
	ask_self(&self);
	check_result(settings.error[HELPER_CGROUP], 0);
	check_text(self.cgroup, expected);
}

static void cgroup_is_that_of_pid_1_or_the_caller_s(void)
{
	make_cgroup();
	join_and_remove_cgroup(process_start(run_in_cgroup));
}

static int work_when_told(const void *request, void *result)
{
	shared->pid = getpid();
	while (!shared->go)
		sleep_ms(1);
	shared->done = 1;
	return double_it(request, result);
}

static void run_told_in_cgroup(void)
{
	struct result result = untouched;
	int fd;

	write_cgroup("cgroup.procs", "0");
	check_result(run(work_when_told, 21, &result, &fd), 0);
	check_number(result.number, 42);
}

/* A user may freeze a cgroup that he was given. */
static void goes_on_while_the_cgroup_of_the_caller_is_frozen(void)
{
	bool done = false;
	pid_t caller;

	share();
	make_cgroup();
	caller = process_start(run_told_in_cgroup);
	wait_for(&shared->pid);
	write_cgroup("cgroup.freeze", "1");
	sleep_ms(50);
	shared->go = 1;
	for (int i = 0; i < 2000 && !shared->done; i++)
		sleep_ms(1);
	done = shared->done;
	write_cgroup("cgroup.freeze", "0");
	join_and_remove_cgroup(caller);
	check(done);
}

/* --- A child that does not answer --- */

static int be_killed(const void *request, void *result)
{
	(void)double_it(request, result);
	(void)__real_kill(getpid(), SIGKILL);
	return 0;
}

static int crash(const void *request, void *result)
{
	(void)double_it(request, result);
	__builtin_trap();
}

static int end_itself(const void *request, void *result)
{
	(void)double_it(request, result);
	_exit(0);
}

static int return_no_descriptor(const void *request, void *result)
{
	(void)double_it(request, result);
	return 900;
}

static const struct end {
	const char *what;
	int (*work)(const void *, void *);
} ends[] = {
	{ "killed", be_killed },
	{ "crashed", crash },
	{ "ended", end_itself },
	{ "returned a number that is no descriptor", return_no_descriptor },
};

static void child_that_ends_without_an_answer_is_echild(void)
{
	for (size_t i = 0; i < COUNT(ends); i++) {
		long long start = now_ms();

		row(ends[i].what);
		check_no_answer(ends[i].work, -ECHILD);
		check(now_ms() - start < 2000);
		check_no_child();
	}
	row("without pidfd_open(2)");
	refuse(0, SYS_pidfd_open, ENOSYS);
	check_no_answer(be_killed, -ECHILD);
	check_no_child();
}

static void child_that_is_killed_is_echild_while_a_fork_has_the_socket(void)
{
	for (size_t i = 0; i < COUNT(ends); i++) {
		long long start = now_ms();

		row(ends[i].what);
		other = -1;
		check_no_answer(ends[i].work, -ECHILD);
		check(now_ms() - start < 2000);
		check(other > 0);
		check_number(waitpid(other, NULL, WNOHANG), 0);
		process_end(other);
	}
	other = 0;
}

static void answer_comes_while_a_fork_has_the_socket(void)
{
	long long start = now_ms();

	other = -1;
	check_works();
	check(now_ms() - start < 2000);
	process_end(other);
	other = 0;
}

static int hang(const void *request, void *result)
{
	shared->pid = getpid();
	(void)double_it(request, result);
	while (pause() < 0)
		;
	return 0;
}

/* Gives a descriptor and stays: the pid is in the result. */
static int say_pid(const void *request, void *result)
{
	(void)request;
	*(pid_t *)result = getpid();
	return open("/", O_PATH | O_CLOEXEC);
}

static struct helper run_staying(int ms, pid_t *ret_pid)
{
	const struct helper_job job = {
		.work = say_pid,
		.result = ret_pid,
		.size = sizeof(*ret_pid),
		.wait_ms = HELPER_WAIT_MS,
		.stay_ms = ms,
	};
	struct helper helper = HELPER_NONE;
	int fd = -EBADF;

	check_result(helper_run(&job, &fd, &settings, &helper), 0);
	check(fd >= 0);
	(void)close(fd);
	check_number(helper.pid, *ret_pid);
	return helper;
}

static bool has_ended(struct helper *helper, int ms)
{
	struct pollfd end = { .fd = helper->pidfd, .events = POLLIN };

	return __real_poll(&end, 1, ms) == 1;
}

static void helper_stays_until_it_is_released(void)
{
	int before = count_descriptors();
	pid_t pid;
	struct helper helper = run_staying(60 * 1000, &pid);

	check(!has_ended(&helper, 200));
	helper_release(&helper);
	check_number(kill(pid, 0), -1);
	check_number(waitpid(pid, NULL, __WALL), -1);
	check_number(count_descriptors(), before);
	helper_release(&helper);
}

static void helper_stays_no_longer_than_it_is_told(void)
{
	pid_t pid;
	struct helper helper = run_staying(200, &pid);

	check(has_ended(&helper, 5000));
	helper_release(&helper);
}

static void helper_ends_with_its_caller(void)
{
	pid_t pid;
	struct helper helper = run_staying(60 * 1000, &pid);

	scope_close(&helper.socket);
	check(has_ended(&helper, 5000));
	helper_release(&helper);
}

/* In the memory that all share: the end was reached. */
static void note_end(const void *request)
{
	(void)request;
	shared->pid = getpid();
}

static int work_that_fails(const void *request, void *result)
{
	(void)request;
	(void)result;
	return -EIO;
}

static void helper_goes_on_with_the_next_job(void)
{
	int before;
	pid_t pids[2] = { 0, 0 };
	const struct helper_job next = {
		.work = say_pid,
		.result = &pids[1],
		.size = sizeof(pids[1]),
		.wait_ms = HELPER_WAIT_MS,
		.stay_ms = 60 * 1000,
		.end = note_end,
	};
	const struct helper_job job = {
		.work = say_pid,
		.result = &pids[0],
		.size = sizeof(pids[0]),
		.wait_ms = HELPER_WAIT_MS,
		.next = &next,
	};
	struct helper helper = HELPER_NONE;
	int fd = -EBADF;

	share();
	before = count_descriptors();
	check_result(helper_run(&job, &fd, &settings, &helper), 0);
	check(fd >= 0);
	(void)close(fd);
	check_number(pids[0], helper.pid);
	check_number(pids[1], 0);
	fd = -EBADF;
	check_result(helper_next(&helper, &next, &fd), 0);
	check(fd >= 0);
	(void)close(fd);
	check_number(pids[1], helper.pid);
	check(!has_ended(&helper, 200));
	check_number(shared->pid, 0);
	helper_release(&helper);
	check_number(shared->pid, pids[0]);
	check_number(count_descriptors(), before);
}

static void helper_has_no_next_job_after_an_error(void)
{
	const struct helper_job next = {
		.work = say_pid,
		.wait_ms = 5000,
	};
	const struct helper_job job = {
		.work = work_that_fails,
		.wait_ms = HELPER_WAIT_MS,
		.end = note_end,
		.next = &next,
	};
	struct helper helper = HELPER_NONE;
	int fd = -EBADF;

	share();
	check_result(helper_run(&job, &fd, &settings, &helper), 0);
	check_result(fd, -EIO);
	check_result(helper_next(&helper, &next, &fd), -ECHILD);
	helper_release(&helper);
	check(shared->pid != 0);
}

static void child_that_hangs_is_killed_after_40_seconds(void)
{
	sigset_t before;

	share();
	check_number(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	time_flies = true;
	check_no_answer(hang, -ETIMEDOUT);
	check(longest_poll_ms > 40000 - 1000 && longest_poll_ms <= 40000);
	check(flown_ms >= longest_poll_ms && flown_ms <= 41000);
	check_number(kill(shared->pid, 0), -1);
	check_number(errno, ESRCH);
	check_no_child();
	check_mask(&before);
}

static int stop(const void *request, void *result)
{
	shared->pid = getpid();
	(void)double_it(request, result);
	(void)__real_kill(getpid(), SIGSTOP);
	return -ENODATA;
}

static void child_that_is_stopped_is_killed_after_the_time_out(void)
{
	share();
	time_flies = true;
	check_no_answer(stop, -ETIMEDOUT);
	check_number(kill(shared->pid, 0), -1);
	check_no_child();
}

/* As one that hangs in the kernel. */
static void child_that_cannot_be_killed_is_left_after_a_second(void)
{
	long long start = now_ms();

	share();
	time_flies = true;
	kill_is_lost = true;
	check_no_answer(hang, -ETIMEDOUT);
	kill_is_lost = false;
	check(now_ms() - start < 5000);
	check_number(kill(shared->pid, SIGKILL), 0);
	check_number(waitpid(shared->pid, NULL, __WALL), shared->pid);
}

static void clone_that_fails_is_returned_and_changes_nothing(void)
{
	sigset_t before;

	check_number(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	refuse(0, SYS_clone3, EAGAIN);
	refuse(1, SYS_clone, EAGAIN);
	check_no_answer(double_it, -EAGAIN);
	check_mask(&before);
	check_no_child();
}

static void settings_of_no_answer_are_0_but_for_the_cgroup(void)
{
	check_works();
	{
		int cgroup_error = settings.error[HELPER_CGROUP];

		memset(&settings, 1, sizeof(settings));
		check_no_answer(be_killed, -ECHILD);
		check_result(settings.error[HELPER_CGROUP], cgroup_error);
		check_no_errors();
	}
}

/* --- PID namespaces --- */

static int note(const void *request, void *result)
{
	shared->done = 1;
	return double_it(request, result);
}

static void is_not_made_where_it_would_be_pid_1(void)
{
	pid_t child;

	share();
	check_number(unshare(CLONE_NEWPID), 0);
	row("before the first child");
	check_no_answer(note, -EXDEV);
	check_number(shared->done, 0);
	child = fork();
	check(child >= 0);
	if (child == 0)
		_exit(getpid() == 1 ? 0 : 1);
	process_join(child);
	row("after the first child");
	check_no_answer(note, -EXDEV);
	check_number(shared->done, 0);
}

static void is_not_made_in_a_pid_namespace_that_lives(void)
{
	pid_t child;

	share();
	check_number(unshare(CLONE_NEWPID), 0);
	child = fork();
	check(child >= 0);
	if (child == 0)
		for (;;)
			(void)pause();
	check_no_answer(note, -EXDEV);
	check_number(shared->done, 0);
	process_end(child);
}

/* Where only ENOENT means that the kernel has none. */
static void is_not_made_if_the_pid_namespace_cannot_be_told(void)
{
	struct result result = untouched;
	int fd = 77;

	share();
	mount_tmpfs("/proc");
	make_file("/proc/self", 0644, "");
	check_result(run(note, 21, &result, &fd), -ENOTDIR);
	check_number(shared->done, 0);
}

/* --- A guest in the process of an application --- */

static void handle(int number)
{
	(void)number;
	shared->handled++;
}

static void catch_signal(int number, void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler };

	check_number(sigaction(number, &action, NULL), 0);
}

static void sigchld_handler_of_the_application_is_not_called(void)
{
	share();
	catch_signal(SIGCHLD, handle);
	check_works();
	check_no_answer(be_killed, -ECHILD);
	time_flies = true;
	check_no_answer(hang, -ETIMEDOUT);
	check_number(shared->handled, 0);
}

static void works_with_any_disposition_of_sigchld(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL,
					  .sa_flags = SA_NOCLDWAIT };
	sigset_t blocked;

	row("ignored");
	catch_signal(SIGCHLD, SIG_IGN);
	check_works();
	check_no_answer(be_killed, -ECHILD);
	row("no zombies");
	check_number(sigaction(SIGCHLD, &action, NULL), 0);
	check_works();
	check_no_answer(be_killed, -ECHILD);
	row("blocked");
	catch_signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGCHLD);
	check_number(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	check_works();
	check_number(sigpending(&blocked), 0);
	check(!sigismember(&blocked, SIGCHLD));
	check_no_child();
}

static int take_long(const void *request, void *result)
{
	sleep_ms(200);
	return double_it(request, result);
}

/* Waits as an application does in another thread. */
static void *wait_in_thread(void *ret_seen)
{
	for (int i = 0; i < 30; i++) {
		if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
			*(bool *)ret_seen = true;
		sleep_ms(5);
	}
	return NULL;
}

static void wait_of_the_application_finds_no_child(void)
{
	struct result result = untouched;
	pthread_t thread;
	bool seen = false;
	int fd;

	check_number(pthread_create(&thread, NULL, wait_in_thread, &seen), 0);
	check_result(run(take_long, 21, &result, &fd), 0);
	check_number(pthread_join(thread, NULL), 0);
	check(!seen);
	check_no_child();
}

static void children_of_the_application_are_left_to_it(void)
{
	pid_t own = fork();
	int status = 0;

	check(own >= 0);
	if (own == 0)
		_exit(7);
	sleep_ms(50);
	check_works();
	check_no_answer(be_killed, -ECHILD);
	check_number(waitpid(-1, &status, 0), own);
	check_number(WEXITSTATUS(status), 7);
}

static int raise_signals(const void *request, void *result)
{
	for (int number = 1; number <= SIGRTMAX; number++) {
		/* Those between are the C library's own. */
		if (number != SIGKILL && number != SIGSTOP &&
		    (number < __SIGRTMIN || number >= SIGRTMIN))
			(void)kill(getpid(), number);
	}
	return double_it(request, result);
}

static void no_handler_of_the_application_runs_in_the_child(void)
{
	share();
	catch_signal(SIGUSR1, handle);
	catch_signal(SIGTERM, handle);
	catch_signal(SIGRTMIN, handle);
	{
		struct result result = untouched;
		int fd;

		check_result(run(raise_signals, 21, &result, &fd), 0);
		check_number(result.number, 42);
	}
	check_number(shared->handled, 0);
}

static void signal_mask_of_the_application_is_restored(void)
{
	sigset_t before;

	(void)sigemptyset(&before);
	(void)sigaddset(&before, SIGHUP);
	(void)sigaddset(&before, SIGRTMAX);
	check_number(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	check_works();
	check_no_answer(be_killed, -ECHILD);
	check_mask(&before);
}

static void signals_that_interrupt_the_application_do_no_harm(void)
{
	const struct timespec every = { .tv_nsec = 10000000 };
	const struct itimerspec often = { every, every };
	struct result result = untouched;
	timer_t timer;
	int fd;

	share();
	catch_signal(SIGALRM, handle);
	check_number(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	check_number(timer_settime(timer, 0, &often, NULL), 0);
	check_result(run(take_long, 21, &result, &fd), 0);
	check_number(result.number, 42);
	check(shared->handled > 3);
}

/* --- The end of the parent --- */

static void run_when_told(void)
{
	struct result result = untouched;
	int fd;

	(void)run(work_when_told, 21, &result, &fd);
}

static void check_child_ends(void)
{
	row("it ends");
	for (int i = 0; i < 5000 && kill(shared->pid, 0) == 0; i++)
		sleep_ms(1);
	check_number(kill(shared->pid, 0), -1);
}

static void child_goes_on_when_its_parent_is_killed(void)
{
	pid_t parent;

	share();
	parent = process_start(run_when_told);
	wait_for(&shared->pid);
	process_end(parent);
	sleep_ms(50);
	check_number(kill(shared->pid, 0), 0);
	check_number(shared->done, 0);
	shared->go = 1;
	wait_for(&shared->done);
	check_child_ends();
}

static void run_hanging(void)
{
	static const int request = 21;
	struct result result = untouched;
	const struct helper_job job = {
		.work = hang,
		.request = &request,
		.result = &result,
		.size = sizeof(result),
		.wait_ms = HELPER_WAIT_MS,
		.for_caller_only = true,
	};
	int fd;

	(void)helper_run(&job, &fd, &settings, NULL);
}

static void child_for_the_caller_only_dies_with_its_parent(void)
{
	pid_t parent;

	share();
	parent = process_start(run_hanging);
	wait_for(&shared->pid);
	process_end(parent);
	check_child_ends();
}

/* --- A child that holds a user namespace --- */

enum { OWNER = 1000 };

static int hold(const void *request, void *result)
{
	struct result *ret = result;
	struct helper_holder holder = HELPER_HOLDER_NONE;

	(void)request;
	check_result(helper_act_as(OWNER), 0);
	check_result(helper_hold(&holder), 0);
	ret->number = holder.pid;
	shared->pid = getpid();
	wait_for(&shared->go);
	check_result(helper_act_as_root(), 0);
	if (shared->done)
		(void)kill(getpid(), SIGKILL);
	check(!helper_holder_kill(&holder));
	helper_holder_release(&holder);
	return -ENODATA;
}

/* What a user may do to a process. */
static void check_is_closed(pid_t pid, bool may_signal)
{
	const struct sched_param none = { .sched_priority = 0 };
	const struct rlimit limit = { .rlim_cur = 1, .rlim_max = 1 };
	static const char *const files[] = { "mem",  "environ", "maps", "fd",
					     "root", "cwd",	"exe",	"io",
					     "auxv", "ns/user" };
	cpu_set_t first;
	char path[64];
	int expected;

	for (size_t i = 0; i < COUNT(files); i++) {
		char byte[2];

		(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid,
			       files[i]);
		row(path);
		check_number(readlink(path, byte, sizeof(byte)), -1);
		check(errno == EACCES || errno == EINVAL);
		check(errno == EACCES || open(path, O_RDWR | O_CLOEXEC) < 0);
		check(open(path, O_RDONLY | O_CLOEXEC) < 0);
	}
	row(may_signal ? "the holder" : "the helper");
	check_number(ptrace(PTRACE_SEIZE, pid, NULL, NULL), -1);
	check_number(errno, EPERM);
	expected = may_signal ? 0 : -1;
	check_number(kill(pid, 0), expected);
	check_number(kill(pid, SIGSTOP), expected);
	check_number(sched_setscheduler(pid, SCHED_IDLE, &none), expected);
	check_number(setpriority(PRIO_PROCESS, (id_t)pid, 19), expected);
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	check_number(sched_setaffinity(pid, sizeof(first), &first), expected);
	check_number(prlimit(pid, RLIMIT_CPU, &limit, NULL), expected);
	row(NULL);
}

static bool is_asleep(pid_t pid)
{
	char path[32];
	const char *name;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	name = strrchr(read_text(path), ')');
	return name && name[2] == 'S';
}

static void attack_helper(void)
{
	check_number(setgid(OWNER), 0);
	check_number(setuid(OWNER), 0);
	wait_for(&shared->pid);
	/* It does nothing more. */
	for (int i = 0; i < 5000 && !is_asleep(shared->pid + 1); i++)
		sleep_ms(1);
	check_is_closed(shared->pid, false);
	check_is_closed(shared->pid + 1, true);
	shared->go = 1;
}

static void run_attacked(int expected)
{
	struct result result = { .number = 0 };
	int fd = 77;
	pid_t user;

	user = process_start(attack_helper);
	check_result(run_job(hold, NULL, &result, sizeof(result), &fd,
			     &settings),
		     expected);
	process_join(user);
	if (expected == 0)
		check_result(fd, -ENODATA);
}

static void user_cannot_reach_who_acts_as_him(void)
{
	share();
	run_attacked(0);
}

/* The kernel would show him the memory of both. */
static void user_sees_nothing_where_suid_is_dumpable(void)
{
	share();
	suid_dumpable = true;
	run_attacked(0);
}

static bool is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

/* Also if he has stopped it. */
static void holder_does_not_outlive_its_helper(void)
{
	pid_t holder;

	share();
	shared->done = 1;
	run_attacked(-ECHILD);
	holder = shared->pid + 1;
	for (int i = 0; i < 5000 && !is_gone(holder); i++)
		sleep_ms(1);
	check(is_gone(holder));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("helper_act_as: the user cannot reach who acts as "
			  "him (no-hostage)",
			  user_cannot_reach_who_acts_as_him),
		sandboxed("helper_act_as: nor if fs.suid_dumpable is 1 "
			  "(owned-by-user)",
			  user_sees_nothing_where_suid_is_dumpable),
		sandboxed("helper_hold: a holder does not outlive its helper",
			  holder_does_not_outlive_its_helper),
		plain("helper_setting_names_differ", setting_names_differ),
		sandboxed("helper_run_result_comes_back_from_another_process",
			  result_comes_back_from_another_process),
		sandboxed(
			"helper_run_work_finds_what_the_caller_has_in_the_result",
			work_finds_what_the_caller_has_in_the_result),
		sandboxed("helper_run_result_may_have_any_size_up_to_4096",
			  result_may_have_any_size_up_to_4096),
		sandboxed("helper_run_descriptor_comes_back_close_on_exec",
			  descriptor_comes_back_close_on_exec),
		sandboxed(
			"helper_run_descriptor_comes_back_with_standard_descriptors_closed",
			descriptor_comes_back_with_standard_descriptors_closed),
		sandboxed(
			"helper_run_error_of_work_comes_back_without_a_descriptor",
			error_of_work_comes_back_without_a_descriptor),
		sandboxed(
			"helper_run_no_room_for_the_descriptor_is_emfile (all-or-nothing)",
			no_room_for_the_descriptor_is_emfile),
		sandboxed(
			"helper_run_few_descriptors_do_not_keep_it_in_the_cgroup_of_the_caller",
			few_descriptors_do_not_keep_it_in_the_cgroup_of_the_caller),
		sandboxed(
			"helper_run_few_descriptors_do_not_keep_the_oom_score_of_the_caller",
			few_descriptors_do_not_keep_the_oom_score_of_the_caller),
		sandboxed("helper_run_work_has_room_where_the_caller_has_little",
			  work_has_room_where_the_caller_has_little),
		sandboxed(
			"helper_run_uids_and_gids_are_0_and_there_are_no_groups",
			uids_and_gids_are_0_and_there_are_no_groups),
		sandboxed(
			"helper_run_for_the_caller_only_keeps_uids_and_session",
			for_the_caller_only_it_keeps_the_uids_and_the_session),
		sandboxed("helper_run_all_signals_are_blocked",
			  all_signals_are_blocked),
		sandboxed("helper_run_session_is_its_own", session_is_its_own),
		sandboxed("helper_run_scheduling_is_the_usual_on_all_processors",
			  scheduling_is_the_usual_on_all_processors),
		sandboxed("helper_run_other_policies_become_the_usual",
			  other_policies_become_the_usual),
		sandboxed("helper_run_oom_score_is_that_of_pid_1",
			  oom_score_is_that_of_pid_1),
		sandboxed("helper_run_limits_are_those_of_pid_1",
			  limits_are_those_of_pid_1),
		sandboxed(
			"helper_run_hard_limit_is_raised_where_that_is_permitted",
			hard_limit_is_raised_where_that_is_permitted),
		sandboxed("helper_run_umask_is_0_and_cwd_is_root",
			  umask_is_0_and_cwd_is_root),
		sandboxed("helper_run_only_the_socket_is_open",
			  only_the_socket_is_open),
		sandboxed(
			"helper_run_setting_that_may_not_be_changed_is_reported_and_no_failure",
			setting_that_may_not_be_changed_is_reported_and_no_failure),
		sandboxed(
			"helper_run_soft_limit_is_raised_to_a_hard_one_that_may_not_be",
			soft_limit_is_raised_to_a_hard_one_that_may_not_be),
		sandboxed(
			"helper_run_credentials_that_may_not_be_changed_keep_no_other_setting",
			credentials_that_may_not_be_changed_keep_no_other_setting),
		sandboxed("helper_run_works_without_proc", works_without_proc),
		sandboxed("helper_run_has_none_of_the_descriptors",
			  has_none_of_the_descriptors),
		sandboxed("helper_run_works_without_close_range_and_pidfd",
			  works_without_close_range_and_pidfd),
		sandboxed("helper_run_cgroup_is_that_of_pid_1_or_the_caller_s",
			  cgroup_is_that_of_pid_1_or_the_caller_s),
		sandboxed(
			"helper_run_goes_on_while_the_cgroup_of_the_caller_is_frozen",
			goes_on_while_the_cgroup_of_the_caller_is_frozen),
		sandboxed(
			"helper_run_child_that_ends_without_an_answer_is_echild",
			child_that_ends_without_an_answer_is_echild),
		sandboxed(
			"helper_run_child_that_is_killed_is_echild_while_a_fork_has_the_socket",
			child_that_is_killed_is_echild_while_a_fork_has_the_socket),
		sandboxed("helper_run_answer_comes_while_a_fork_has_the_socket",
			  answer_comes_while_a_fork_has_the_socket),
		sandboxed("helper_run_child_stays_until_it_is_released",
			  helper_stays_until_it_is_released),
		sandboxed("helper_run_child_stays_no_longer_than_it_is_told",
			  helper_stays_no_longer_than_it_is_told),
		sandboxed("helper_next_gives_the_answer_to_the_next_job",
			  helper_goes_on_with_the_next_job),
		sandboxed("helper_next_has_none_after_an_error",
			  helper_has_no_next_job_after_an_error),
		sandboxed("helper_run_child_ends_with_its_caller",
			  helper_ends_with_its_caller),
		sandboxed(
			"helper_run_child_that_hangs_is_killed_after_40_seconds",
			child_that_hangs_is_killed_after_40_seconds),
		sandboxed(
			"helper_run_child_that_is_stopped_is_killed_after_the_time_out",
			child_that_is_stopped_is_killed_after_the_time_out),
		sandboxed(
			"helper_run_child_that_cannot_be_killed_is_left_after_a_second",
			child_that_cannot_be_killed_is_left_after_a_second),
		sandboxed(
			"helper_run_clone_that_fails_is_returned_and_changes_nothing",
			clone_that_fails_is_returned_and_changes_nothing),
		sandboxed(
			"helper_run_settings_of_no_answer_are_0_but_for_the_cgroup",
			settings_of_no_answer_are_0_but_for_the_cgroup),
		sandboxed("helper_run_is_not_made_where_it_would_be_pid_1",
			  is_not_made_where_it_would_be_pid_1),
		sandboxed("helper_run_is_not_made_in_a_pid_namespace_that_lives",
			  is_not_made_in_a_pid_namespace_that_lives),
		sandboxed("helper_run_is_not_made_if_the_pid_namespace_cannot_"
			  "be_told",
			  is_not_made_if_the_pid_namespace_cannot_be_told),
		sandboxed(
			"helper_run_sigchld_handler_of_the_application_is_not_called (guest)",
			sigchld_handler_of_the_application_is_not_called),
		sandboxed(
			"helper_run_works_with_any_disposition_of_sigchld (guest)",
			works_with_any_disposition_of_sigchld),
		sandboxed(
			"helper_run_wait_of_the_application_finds_no_child (guest)",
			wait_of_the_application_finds_no_child),
		sandboxed(
			"helper_run_children_of_the_application_are_left_to_it (guest)",
			children_of_the_application_are_left_to_it),
		sandboxed(
			"helper_run_no_handler_of_the_application_runs_in_the_child (guest)",
			no_handler_of_the_application_runs_in_the_child),
		sandboxed(
			"helper_run_signal_mask_of_the_application_is_restored (guest)",
			signal_mask_of_the_application_is_restored),
		sandboxed(
			"helper_run_signals_that_interrupt_the_application_do_no_harm",
			signals_that_interrupt_the_application_do_no_harm),
		sandboxed(
			"helper_run_child_goes_on_when_its_parent_is_killed (survives-kill)",
			child_goes_on_when_its_parent_is_killed),
		sandboxed(
			"helper_run_child_for_the_caller_only_dies_with_its_parent",
			child_for_the_caller_only_dies_with_its_parent),
	};

	/* A signal in a child of clone3(2) kills valgrind itself. */
	sandbox_not_with_valgrind("*no_handler_of_the_application*");
	return cmocka_run_group_tests_name("helper", tests, NULL, NULL);
}
