/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two long-lived processes log in and out many times, with all kinds of
 * logins, some of them in children. Then it checks that nothing has grown.
 *
 * soak [--all]    --all: 10,000 logins instead of 600
 */
#include "common/count.h"
#include "login.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* GROWTH_KB: some pages. Measured: 4 to 12 kB, with --all 28. */
enum { WORKERS = 2, WARM = 100, GROWTH_KB = 64, ROUNDS = 3 };

/* Kernel objects that a login allocates. */
static const char *const caches[] = { "net_namespace", "mnt_cache", "nsproxy",
				      "filp", "sock_inode_cache" };

/*
 * The counts are of the whole machine, and the kernel keeps free objects for
 * each processor. The room is so small that one object leaked by every second
 * login is noticed.
 */
enum { CACHES = COUNT(caches), CACHE_ROOM = 240 };

struct usage {
	unsigned int logins;
	unsigned int denied;
	long descriptors;
	long memory; /* kB */
	long mounts;
	long net_namespaces;
	long mount_namespaces;
	long slab; /* kB */
	long objects[CACHES];
};

struct worker {
	struct usage warm;
	struct usage end;
};

static long count_entries(const char *path)
{
	DIR *directory = opendir(path);
	long count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		(void)closedir(directory);
	return count;
}

static long read_number(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	char line[256];
	long number = -1;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			number = atol(line + strlen(key));
	if (file)
		(void)fclose(file);
	return number;
}

static long read_output(const char *command)
{
	FILE *out = popen(command, "re");
	char line[64] = "";

	if (!out || !fgets(line, sizeof(line), out))
		fatal("%s: no answer", command);
	(void)pclose(out);
	return atol(line);
}

static void delete_name(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/run/netns/%s", name);
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		(void)unlink(path);
}

static void measure_process(struct usage *usage)
{
	usage->descriptors = count_entries("/proc/self/fd");
	usage->memory = read_number("/proc/self/status", "VmRSS:");
}

static void measure_caches(struct usage *usage)
{
	for (size_t i = 0; i < CACHES; i++)
		usage->objects[i] = read_number("/proc/slabinfo", caches[i]);
}

/*
 * The kernel frees objects in the background, and other programs allocate
 * them: take the minimum over some seconds.
 */
static void measure_at_rest(struct usage *usage)
{
	measure_caches(usage);
	for (int i = 0, calm = 0; i < 60 && calm < 8; i++, calm++) {
		struct usage now;

		(void)usleep(250000);
		measure_caches(&now);
		for (size_t j = 0; j < CACHES; j++) {
			if (now.objects[j] >= usage->objects[j])
				continue;
			usage->objects[j] = now.objects[j];
			calm = 0;
		}
	}
}

/* Deletes the names first: their number varies. */
static void measure_host(struct usage *usage)
{
	for (size_t i = 0; i < login_count; i++)
		delete_name(logins[i].netns);
	measure_at_rest(usage);
	usage->mounts = read_output("wc -l </proc/1/mountinfo");
	usage->net_namespaces = read_output("lsns -n -t net | wc -l");
	usage->mount_namespaces = read_output("lsns -n -t mnt | wc -l");
	usage->slab = read_number("/proc/meminfo", "SUnreclaim:");
}

/* These logins change their caller first, so each needs a new process. */
static bool changes_caller(const struct login *login)
{
	return login->flags & (LOGIN_SLAVE | LOGIN_NESTED | LOGIN_CHROOT |
			       LOGIN_UNKNOWN | LOGIN_IN_SYS);
}

/* A name is its user's, or root's: the other ones would be denied. */
static bool makes_names_its_own(const struct login *login)
{
	return strstr(login->stack, "pam_usernet.so owner") != NULL ||
	       login->flags & LOGIN_OWNED;
}

static bool login_in_this_process(const struct login *login)
{
	pam_handle_t *pamh = login_handle(login);
	bool opened = pam_open_session(pamh, 0) == PAM_SUCCESS;

	(void)pam_close_session(pamh, 0);
	(void)pam_end(pamh, PAM_SUCCESS);
	return opened;
}

/*
 * Prints the errors that were logged since the last call: they say why a login
 * was denied. The workers share the socket, so each also reads the other's.
 */
static void print_errors(void)
{
	static const char error[] = "<83>"; /* LOG_AUTHPRIV | LOG_ERR */
	const char *line = host_log();

	while (*line) {
		size_t length = strcspn(line, "\n");

		if (!strncmp(line, error, strlen(error)))
			printf("# soak, logged: %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	(void)fflush(stdout);
}

static void run_worker(struct worker *worker, unsigned int number,
		       unsigned int wanted)
{
	struct report *report = report_new();
	struct usage *usage = &worker->end;
	size_t next = number;

	while (usage->logins < wanted) {
		const struct login *login = &logins[next++ % login_count];
		bool opened;

		if (makes_names_its_own(login))
			continue;
		/* Only one worker deletes the name. */
		if (number == 0 && usage->logins % 16 == 0)
			delete_name("alice");
		if (changes_caller(login))
			opened = login_run(login, report) == 0 &&
				 report->answers[STAGE_OPEN] == PAM_SUCCESS;
		else
			opened = login_in_this_process(login);
		usage->denied += !opened;
		if (!opened)
			printf("# soak, denied: %s\n", login->name);
		print_errors();
		if (++usage->logins == WARM)
			measure_process(&worker->warm);
	}
	measure_process(usage);
	_exit(0);
}

static bool check_growth(const char *what, long before, long after, long room)
{
	if (after <= before + room)
		printf("ok soak, no growth of %s\n", what);
	else
		printf("not ok soak, no growth of %s: %ld, then %ld\n", what,
		       before, after);
	return after <= before + room;
}

static void run_workers(struct worker *workers, unsigned int wanted)
{
	(void)fflush(stdout);
	for (unsigned int i = 0; i < WORKERS; i++)
		if (must("fork", fork()) == 0)
			run_worker(&workers[i], i, wanted / WORKERS);
	/* Also helpers of the workers: this process is their subreaper. */
	while (wait(NULL) > 0)
		;
}

static bool print_worker(const struct worker *worker, int number)
{
	const struct usage *warm = &worker->warm;
	const struct usage *end = &worker->end;
	char what[64];
	bool good;

	printf("# soak, process %d: %u logins, %u denied; descriptors %ld, "
	       "then %ld; memory %ld kB, then %ld kB\n",
	       number, end->logins, end->denied, warm->descriptors,
	       end->descriptors, warm->memory, end->memory);
	(void)snprintf(what, sizeof(what), "descriptors, process %d", number);
	good = check_growth(what, warm->descriptors, end->descriptors, 0);
	(void)snprintf(what, sizeof(what), "memory, process %d", number);
	good &= check_growth(what, warm->memory, end->memory, GROWTH_KB);
	(void)snprintf(what, sizeof(what), "denials, process %d", number);
	return check_growth(what, 0, end->denied, 0) && good;
}

static long cache_room(unsigned int count)
{
	return CACHE_ROOM + (long)count / 50;
}

static bool print_host(const struct usage *before, const struct usage *after,
		       unsigned int count)
{
	bool good;

	printf("# soak, host: mounts %ld, then %ld; network namespaces %ld, "
	       "then %ld; mount namespaces %ld, then %ld\n",
	       before->mounts, after->mounts, before->net_namespaces,
	       after->net_namespaces, before->mount_namespaces,
	       after->mount_namespaces);
	printf("# soak, whole machine: slab %ld kB, then %ld kB", before->slab,
	       after->slab);
	for (size_t i = 0; i < CACHES; i++)
		printf("; %s %ld, then %ld", caches[i], before->objects[i],
		       after->objects[i]);
	printf("\n");
	good = check_growth("mounts", before->mounts, after->mounts, 0);
	good &= check_growth("network namespaces", before->net_namespaces,
			     after->net_namespaces, 0);
	good &= check_growth("mount namespaces", before->mount_namespaces,
			     after->mount_namespaces, 0);
	for (size_t i = 0; i < CACHES; i++)
		good &= check_growth(caches[i], before->objects[i],
				     after->objects[i], cache_room(count));
	return good;
}

static bool objects_grow(const struct usage *before, const struct usage *after,
			 unsigned int count)
{
	for (size_t i = 0; i < CACHES; i++)
		if (after->objects[i] > before->objects[i] + cache_room(count))
			return true;
	return false;
}

/* Other programs may make the counts grow once; a leak does each time. */
static void soak(struct worker *workers, unsigned int wanted,
		 struct usage *ret_before, struct usage *ret_after)
{
	measure_host(ret_after);
	for (int i = 0; i < ROUNDS; i++) {
		*ret_before = *ret_after;
		memset(workers, 0, WORKERS * sizeof(*workers));
		run_workers(workers, wanted);
		measure_host(ret_after);
		if (!objects_grow(ret_before, ret_after, wanted))
			break;
	}
}

int main(int argc, char *argv[])
{
	static const struct login overridden = { .flags = LOGIN_OVERRIDES };
	unsigned int wanted = has_argument(argc, argv, "--all") ? 10000 : 600;
	struct worker *workers = (struct worker *)report_new();
	struct usage before = { .logins = 0 };
	struct usage after = { .logins = 0 };
	bool good = true;

	host_start();
	host_capture_log();
	host_configure(&overridden);
	/* Some first logins: what they allocate once is no leak. */
	run_workers(workers, 2 * WARM);
	soak(workers, wanted, &before, &after);
	for (int i = 0; i < WORKERS; i++)
		good &= print_worker(&workers[i], i + 1);
	good &= print_host(&before, &after, wanted);
	return !good;
}
