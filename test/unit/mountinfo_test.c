/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table: what the kernel writes, and what it never would. */
#include "common/mountinfo.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000U
#endif

/* --- Calls that stand for the real ones --- */

static bool no_calloc;
static bool no_realloc;
static bool no_reallocarray;
static bool no_unique_id; /* a kernel before 6.8 */
static int list_error;	  /* of listmount(2); 0: none */
static int status_error;  /* of statmount(2), but for the first */
static bool half_status;  /* it does not tell all that was asked for */
static bool endless_list;
static int lists;
static int statuses;
static size_t file_max; /* 0: what is asked for */
static size_t asked_max;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
int __real_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret);
int __wrap_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret);
int __real_file_read_kept(int fd, size_t max,
			  size_t (*keep)(char *text, size_t size, void *state),
			  void *state, char **ret, size_t *ret_size);
int __wrap_file_read_kept(int fd, size_t max,
			  size_t (*keep)(char *text, size_t size, void *state),
			  void *state, char **ret, size_t *ret_size);
long __real_syscall(long number, long a, long b, long c, long d, long e,
		    long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
		    long f);

void *__wrap_calloc(size_t count, size_t size)
{
	return no_calloc ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return no_realloc ? NULL : __real_realloc(memory, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	return no_reallocarray ? NULL
			       : __real_reallocarray(memory, count, size);
}

int __wrap_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *ret)
{
	int r = __real_statx(directory, path, flags, mask, ret);

	if (no_unique_id)
		ret->stx_mask &= ~STATX_MNT_ID_UNIQUE;
	return r;
}

int __wrap_file_read_kept(int fd, size_t max,
			  size_t (*keep)(char *text, size_t size, void *state),
			  void *state, char **ret, size_t *ret_size)
{
	asked_max = max;
	return __real_file_read_kept(fd, file_max ? file_max : max, keep, state,
				     ret, ret_size);
}

static long fails_with(int error)
{
	errno = error;
	return -1;
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	long r;

	if (number == SYS_listmount) {
		lists++;
		if (endless_list)
			return c;
		if (list_error)
			return fails_with(list_error);
	}
	if (number == SYS_statmount && statuses++ > 0 && status_error)
		return fails_with(status_error);
	r = __real_syscall(number, a, b, c, d, e, f);
	if (number == SYS_statmount && r == 0 && half_status) {
		uint64_t *mask = (uint64_t *)b + 1;

		*mask &= ~(uint64_t)0x8; /* STATMOUNT_MNT_ROOT */
	}
	/* What was not asked for is at 0, where Linux 6.8 has the type. */
	if (number == SYS_statmount && r == 0) {
		uint32_t *status = (uint32_t *)b;

		for (uint32_t bit = 0x8, at = 26; bit <= 0x10; bit <<= 1, at++)
			if (!(status[2] & bit))
				status[at] = status[9];
	}
	return r;
}

/* In memory of just that size, so that a sanitizer sees one byte too many. */
static int parse_bytes(const char *text, size_t size, struct mountinfo *ret)
{
	char *copy = malloc(size + 1);

	check(copy != NULL);
	memcpy(copy, text, size);
	copy[size] = '\0';
	return mountinfo_parse(copy, size, ret);
}

static int parse(const char *text, struct mountinfo *ret)
{
	return parse_bytes(text, strlen(text), ret);
}

static void reads_a_line(void **state)
{
	static const struct {
		const char *what;
		const char *line;
		unsigned int major_number;
		unsigned int minor_number;
		struct mount_entry entry;
	} rows[] = {
		{ "no optional field",
		  "22 27 0:21 / /proc rw,relatime - proc proc rw\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 27,
		    .root = "/",
		    .point = "/proc",
		    .type = "proc",
		    .source = "proc" } },
		{ "shared",
		  "22 1 0:21 / / rw shared:1 - ext4 /dev/vda rw\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/",
		    .type = "ext4",
		    .source = "/dev/vda",
		    .shared = true } },
		{ "slave",
		  "22 1 0:21 / / rw master:1 - ext4 /dev/vda rw\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/",
		    .type = "ext4",
		    .source = "/dev/vda",
		    .slave = true } },
		{ "shared and slave",
		  "22 1 0:21 / / rw shared:7 master:1 - ext4 x rw\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/",
		    .type = "ext4",
		    .source = "x",
		    .shared = true,
		    .slave = true } },
		{ "a slave whose master is out of sight",
		  "22 1 0:21 / / rw master:1 propagate_from:2 - ext4 x rw\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/",
		    .type = "ext4",
		    .source = "x",
		    .slave = true } },
		{ "unbindable",
		  "22 1 0:21 / / rw unbindable - ext4 x rw\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/",
		    .type = "ext4",
		    .source = "x" } },
		{ "a field that is not known yet",
		  "22 1 0:21 / / rw news sharedx:1 - ext4 x rw\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/",
		    .type = "ext4",
		    .source = "x" } },
		{ "all that is escaped",
		  "22 1 0:21 /r\\040s\\134 /a\\040b\\011c\\012d\\134e\\043 rw - t s\\040t r\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/r s\\",
		    .point = "/a b\tc\nd\\e#",
		    .type = "t",
		    .source = "s t" } },
		{ "what is not escaped",
		  "22 1 0:21 /\\8 /a\\04 rw - t \\9\\400\\x r\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/\\8",
		    .point = "/a\\04",
		    .type = "t",
		    .source = "\\9\\400\\x" } },
		{ "bytes of UTF-8",
		  "22 1 0:21 / /\xc3\xa4 rw - t s r\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/\xc3\xa4",
		    .type = "t",
		    .source = "s" } },
		{ "a hyphen as the source",
		  "22 1 0:21 / /- rw - - - r\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/-",
		    .type = "-",
		    .source = "-" } },
		{ "a root that is a namespace",
		  "22 1 0:4 net:[4026532281] /run/netns/a rw - nsfs nsfs rw\n",
		  0,
		  4,
		  { .id = 22,
		    .parent = 1,
		    .root = "net:[4026532281]",
		    .point = "/run/netns/a",
		    .type = "nsfs",
		    .source = "nsfs" } },
		{ "a part of a file system",
		  "22 1 254:17 /etc/netns/alice/hosts /etc/hosts rw - ext4 /dev/vdb1 rw\n",
		  254,
		  17,
		  { .id = 22,
		    .parent = 1,
		    .root = "/etc/netns/alice/hosts",
		    .point = "/etc/hosts",
		    .type = "ext4",
		    .source = "/dev/vdb1" } },
		{ "a root that is deleted",
		  "22 1 0:21 /a//deleted /b rw - tmpfs tmpfs rw\n",
		  0,
		  21,
		  { .id = 22,
		    .parent = 1,
		    .root = "/a//deleted",
		    .point = "/b",
		    .type = "tmpfs",
		    .source = "tmpfs" } },
		{ "a large device",
		  "22 1 4095:1048575 / / rw - ext4 x rw\n",
		  4095,
		  1048575,
		  { .id = 22,
		    .parent = 1,
		    .root = "/",
		    .point = "/",
		    .type = "ext4",
		    .source = "x" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mount_entry *expected = &rows[i].entry;
		struct mountinfo info = MOUNTINFO_NONE;

		row(rows[i].what);
		check_result(parse(rows[i].line, &info), 0);
		check_number(info.count, 1);
		check_number(info.entries[0].id, expected->id);
		check_number(info.entries[0].parent, expected->parent);
		check_number(info.entries[0].dev,
			     makedev(rows[i].major_number,
				     rows[i].minor_number));
		check_text(info.entries[0].root, expected->root);
		check_text(info.entries[0].point, expected->point);
		check_text(info.entries[0].type, expected->type);
		check_text(info.entries[0].source, expected->source);
		check(info.entries[0].shared == expected->shared);
		check(info.entries[0].slave == expected->slave);
		mountinfo_release(&info);
	}
}

static void refuses_a_line_that_is_none(void **state)
{
	static const struct {
		const char *what;
		const char *text;
	} rows[] = {
		{ "an empty line", "\n" },
		{ "spaces", "     \n" },
		{ "no newline", "22 27 0:21 / /proc rw - proc proc rw" },
		{ "no separator", "22 27 0:21 / /proc rw proc proc rw\n" },
		{ "no type", "22 27 0:21 / /proc rw -\n" },
		{ "no source", "22 27 0:21 / /proc rw - proc\n" },
		{ "no point", "22 27 0:21 /\n" },
		{ "no device", "22 27\n" },
		{ "half a device", "22 27 0 / /proc rw - proc proc rw\n" },
		{ "no minor number", "22 27 0: / /proc rw - proc proc rw\n" },
		{ "no major number", "22 27 :21 / /proc rw - proc proc rw\n" },
		{ "a device of three numbers",
		  "22 27 0:2:1 / /proc rw - proc proc rw\n" },
		{ "a negative device",
		  "22 27 0:-1 / /proc rw - proc proc rw\n" },
		{ "no number", "a 27 0:21 / /proc rw - proc proc rw\n" },
		{ "a negative number",
		  "22 -7 0:21 / /proc rw - proc proc rw\n" },
		{ "half a number", "22x 27 0:21 / /proc rw - proc proc rw\n" },
		{ "too large a number",
		  "2147483648 27 0:21 / /proc rw - proc proc rw\n" },
		{ "much too large a number",
		  "99999999999999999999 27 0:21 / /p rw - proc proc rw\n" },
		{ "a good line, then a bad one",
		  "22 27 0:21 / /proc rw - proc proc rw\nx\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mountinfo info = { .count = 77 };

		row(rows[i].what);
		check_result(parse(rows[i].text, &info), -EPROTO);
		check_number(info.count, 77);
		check(info.entries == NULL);
	}
}

static void refuses_a_nul_within(void **state)
{
	static const char text[] = "22 27 0:21 / /proc rw - proc proc rw\n\0x";
	struct mountinfo info;

	(void)state;
	check_result(parse_bytes(text, sizeof(text) - 1, &info), -EPROTO);
}

/* "/", then count times what is the same byte, escaped or not. */
static char *long_path(const char *byte, size_t count)
{
	size_t length = strlen(byte);
	char *path = malloc(2 + count * length);

	check(path != NULL);
	path[0] = '/';
	for (size_t i = 0; i < count; i++)
		memcpy(path + 1 + i * length, byte, length);
	path[1 + count * length] = '\0';
	return path;
}

/* What counts is the path, not what the kernel writes for it. */
static void has_no_path_that_no_call_takes(void **state)
{
	static const struct {
		const char *byte;
		size_t length;
		bool is_there;
	} rows[] = {
		{ "x", PATH_MAX - 1, true },
		{ "x", PATH_MAX, false },
		{ "x", (size_t)4 * PATH_MAX, false },
		{ "\\012", PATH_MAX - 1, true },
		{ "\\012", PATH_MAX, false },
		{ "\\012", (size_t)4 * PATH_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		size_t length = rows[i / 2].length;
		char *path = long_path(rows[i / 2].byte, length - 1);
		bool is_root = i % 2;
		struct mountinfo info = MOUNTINFO_NONE;
		const char *found;
		char *line = NULL;

		row(is_root ? "root" : "point");
		check(asprintf(&line,
			       "22 1 0:21 %s %s rw shared:1 - t s rw\n"
			       "23 22 0:21 / /x rw - t s rw\n",
			       is_root ? path : "/", is_root ? "/" : path) > 0);
		check_result(parse(line, &info), 0);
		check_number(info.count, 2);
		check_number(info.entries[0].id, 22);
		check_number(info.entries[0].parent, 1);
		check(info.entries[0].shared);
		check_text(info.entries[0].source, "s");
		check(mountinfo_find(&info, 22) == &info.entries[0]);
		check_text(info.entries[1].point, "/x");
		found = is_root ? info.entries[0].root : info.entries[0].point;
		check_number(strlen(found), rows[i / 2].is_there ? length : 0);
		found = is_root ? info.entries[0].point : info.entries[0].root;
		check_text(found, "/");
		mountinfo_release(&info);
		free(line);
		free(path);
	}
	row(NULL);
}

/* As read(2) gives them: parts that end anywhere. */
static void shorten_does_the_same_in_parts_of_any_size(void **state)
{
	static const size_t sizes[] = { 1,    2,     3,	    7,	   4095,   4096,
					4097, 16383, 16384, 16385, 1 << 20 };
	char *most = long_path("x", (size_t)4 * PATH_MAX - 1);
	char *more = long_path("x", (size_t)4 * PATH_MAX);
	char *much = long_path("x", 200000);
	char *text = NULL;
	char *expected = NULL;
	int size;

	(void)state;
	size = asprintf(&text, "a %s %s  b\n%s\n\n %s c\n%s", more, most, much,
			much, much);
	check(size > 0);
	check(asprintf(&expected, "a %s %s  b\n%s\n\n %s c\n%s", most, most,
		       most, most, most) > 0);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *copy = malloc((size_t)size + 1);
		size_t field = 0;
		size_t kept = 0;

		check(copy != NULL);
		for (size_t at = 0; at < (size_t)size; at += sizes[i]) {
			size_t part = (size_t)size - at;

			part = part > sizes[i] ? sizes[i] : part;
			memcpy(copy + kept, text + at, part);
			kept += mountinfo_shorten(copy + kept, part, &field);
		}
		copy[kept] = '\0';
		check_number(kept, strlen(expected));
		check(!strcmp(copy, expected));
		free(copy);
	}
	free(expected);
	free(text);
	free(much);
	free(more);
	free(most);
}

static void takes_an_empty_table(void **state)
{
	struct mountinfo info;

	(void)state;
	check_result(parse("", &info), 0);
	check_number(info.count, 0);
	check(mountinfo_find(&info, 1) == NULL);
	mountinfo_release(&info);
}

static void says_that_memory_is_short_when_parsing(void **state)
{
	struct mountinfo info = { .count = 77 };

	(void)state;
	no_calloc = true;
	check_result(parse("22 27 0:21 / /proc rw - proc proc rw\n", &info),
		     -ENOMEM);
	no_calloc = false;
	check_number(info.count, 77);
}

/* --- Two tables that are really seen --- */

/* cgroup v1 and v2 side by side, /sys being 22. */
static const char hybrid[] =
	"1 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n"
	"21 1 0:20 / /proc rw,nosuid shared:12 - proc proc rw\n"
	"22 1 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
	"23 22 0:6 / /sys/kernel/security rw - securityfs securityfs rw\n"
	"24 22 0:25 / /sys/fs/cgroup ro shared:9 - tmpfs tmpfs ro\n"
	"25 24 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	"26 24 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw\n"
	"27 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw\n"
	"28 22 0:29 / /sys/fs/pstore rw - pstore pstore rw\n"
	"29 22 0:30 / /sys/fs/bpf rw shared:10 - bpf bpf rw\n"
	"30 22 0:7 / /sys/kernel/debug rw - debugfs debugfs rw\n"
	"31 30 0:12 / /sys/kernel/debug/tracing rw - tracefs tracefs rw\n"
	"32 1 0:31 / /run rw,nosuid shared:13 - tmpfs tmpfs rw\n"
	"33 32 0:4 net:[4026532281] /run/netns/a\\040b rw - nsfs nsfs rw\n";

/* systemd-nspawn's: a tmpfs with parts of sysfs in it. */
static const char nspawn[] =
	"100 90 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw\n"
	"101 100 0:40 / /sys ro,nosuid,nodev,noexec - tmpfs tmpfs ro\n"
	"102 101 0:21 /block /sys/block ro - sysfs sysfs rw\n"
	"103 101 0:21 /bus /sys/bus ro - sysfs sysfs rw\n"
	"104 101 0:21 /devices /sys/devices ro - sysfs sysfs rw\n"
	"105 101 0:21 /kernel /sys/kernel ro - sysfs sysfs rw\n"
	"106 105 0:41 / /sys/kernel/config rw - configfs configfs rw\n"
	"107 101 0:42 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n"
	"108 101 0:43 / /sys/fs/kdbus rw - tmpfs tmpfs rw\n"
	"109 108 0:44 / /sys/fs/kdbus/x rw - tmpfs tmpfs rw\n"
	"110 100 0:45 / /proc rw - proc proc rw\n";

static void check_carried(const char *table, int top_id, const int *carried)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *top;

	check_result(parse(table, &info), 0);
	top = mountinfo_find(&info, top_id);
	check(top != NULL);
	for (size_t i = 0; i < info.count; i++) {
		const struct mount_entry *entry = &info.entries[i];
		bool expected = false;

		row(entry->point);
		for (const int *id = carried; *id; id++)
			expected = expected || *id == entry->id;
		check(mountinfo_is_carried(&info, entry, top) == expected);
	}
	row(NULL);
	mountinfo_release(&info);
}

/* What is below the carried ones goes along with them. */
static void carries_the_submounts_of_a_hybrid_host(void **state)
{
	(void)state;
	check_carried(hybrid, 22, (const int[]){ 23, 24, 28, 29, 30, 0 });
}

static void carries_no_sysfs_of_a_container(void **state)
{
	(void)state;
	check_carried(nspawn, 101, (const int[]){ 106, 107, 108, 0 });
}

static void is_carried_ends_whatever_the_table_says(void **state)
{
	static const char table[] = "5 5 0:1 / /self rw - sysfs a rw\n"
				    "6 7 0:1 / /ring rw - sysfs a rw\n"
				    "7 6 0:1 / /ring/2 rw - sysfs a rw\n"
				    "8 6 0:1 / /below rw - tmpfs a rw\n"
				    "9 99 0:1 / /orphan rw - tmpfs a rw\n"
				    "10 1 0:1 / /sys rw - sysfs a rw\n";

	(void)state;
	check_carried(table, 10, (const int[]){ 0 });
}

static size_t count_lines(const char *text, size_t size)
{
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

/* Either it is refused, or it is all complete lines. */
static void is_right_when_cut_at_any_byte(void **state)
{
	static const char *const tables[] = { hybrid, nspawn };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t size = 0; size <= strlen(tables[i]); size++) {
			struct mountinfo info = MOUNTINFO_NONE;
			bool whole = size == 0 || tables[i][size - 1] == '\n';

			check_result(parse_bytes(tables[i], size, &info),
				     whole ? 0 : -EPROTO);
			check_number(info.count,
				     whole ? count_lines(tables[i], size) : 0);
			mountinfo_release(&info);
		}
	}
}

static void is_right_when_any_byte_is_another(void **state)
{
	static const char bytes[] = " \n-\\/9x\xff\0";
	char text[sizeof(hybrid)];

	(void)state;
	for (size_t at = 0; at < sizeof(hybrid) - 1; at++) {
		for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
			struct mountinfo info = MOUNTINFO_NONE;
			int r;

			memcpy(text, hybrid, sizeof(text));
			text[at] = bytes[i];
			r = parse_bytes(text, sizeof(text) - 1, &info);
			check(r == 0 || r == -EPROTO);
			check(r < 0 ||
			      info.count ==
				      count_lines(text, sizeof(text) - 1));
			for (size_t j = 0; j < info.count; j++)
				(void)mountinfo_is_carried(&info,
							   &info.entries[j],
							   &info.entries[2]);
			mountinfo_release(&info);
		}
	}
}

/* --- The table of this process --- */

static const struct mount_entry *find_path(const struct mountinfo *info,
					   const char *path, bool only_top)
{
	const struct mount_entry *entry;

	check_result(mountinfo_find_path(info, path, only_top, &entry), 0);
	return entry;
}

static void read_finds_what_is_mounted(void)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *entry;

	mount_tmpfs("/run/a b\\c");
	check_number(mount(NULL, "/run/a b\\c", NULL, MS_SHARED, NULL), 0);
	check_result(mountinfo_read("/", &info), 0);
	entry = find_path(&info, "/run/a b\\c", true);
	check(entry != NULL);
	check_text(entry->point, "/run/a b\\c");
	check_text(entry->type, "tmpfs");
	check(entry->shared && !entry->slave);
	check(entry == mountinfo_find(&info, entry->id));
	entry = mountinfo_find(&info, entry->parent);
	check(entry != NULL);
	check_text(entry->point, "/run");
	mountinfo_release(&info);
	check(info.entries == NULL && info.text == NULL);
}

static void find_path_knows_the_top_from_what_is_below(void)
{
	static const struct {
		const char *path;
		const char *on; /* NULL: none */
		const char *top;
	} rows[] = {
		{ "/run/m", "/run/m", "/run/m" },
		{ "/run/m/directory", "/run/m", NULL },
		{ "/run/m/file", "/run/m", NULL },
		{ "/run/link", "/run", NULL },
		{ "/run/missing", NULL, NULL },
	};
	struct mountinfo info = MOUNTINFO_NONE;

	mount_tmpfs("/run/m");
	mount_tmpfs("/run/m");
	make_directory("/run/m/directory", 0755);
	make_file("/run/m/file", 0644, "");
	make_link("/run/link", "/run/m");
	check_result(mountinfo_read("/", &info), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mount_entry *entry;

		row(rows[i].path);
		entry = find_path(&info, rows[i].path, false);
		check_text(entry ? entry->point : NULL, rows[i].on);
		entry = find_path(&info, rows[i].path, true);
		check_text(entry ? entry->point : NULL, rows[i].top);
	}
	mountinfo_release(&info);
}

/* statx(2) may be refused by an old seccomp filter: no answer, no "no". */
static void find_path_tells_an_error_from_none(void)
{
	struct mountinfo info = MOUNTINFO_NONE;
	const struct mount_entry *entry;

	make_file("/run/file", 0644, "");
	check_result(mountinfo_read("/", &info), 0);
	check_result(mountinfo_find_path(&info, "/run/file/below", true,
					 &entry),
		     -ENOTDIR);
	check(entry == NULL);
	mountinfo_release(&info);
}

enum { MANY = 1000 };

static void read_takes_a_table_of_any_length(void)
{
	struct mountinfo info = MOUNTINFO_NONE;
	size_t before;

	check_result(mountinfo_read_table(&info), 0);
	before = info.count;
	mountinfo_release(&info);
	make_directory("/run/m", 0755);
	for (int i = 0; i < MANY; i++)
		bind_mount("/run/m", "/run/m");
	check_result(mountinfo_read_table(&info), 0);
	check_number(info.count, before + MANY);
	mountinfo_release(&info);
}

static void read_table_of_more_than_a_limit_is_an_error(void)
{
	struct mountinfo info = { .count = 77 };
	int before = count_descriptors();

	file_max = 100;
	check_result(mountinfo_read_table(&info), -EFBIG);
	check_number(info.count, 77);
	check_number(asked_max, 256 << 20);
	check_number(count_descriptors(), before);
}

static void make_table(const char *begin, const char *root, const char *point,
		       const char *end)
{
	char *text = NULL;

	check(asprintf(&text, "%s%s %s%s", begin, root, point, end) > 0);
	make_file("/proc/self/mountinfo", 0644, text);
	free(text);
}

/* Only what can be a path takes memory. */
static void read_table_takes_lines_of_any_length(void)
{
	static const char begin[] = "1 1 0:1 / / rw - t s rw\n2 1 0:1 ";
	static const char end[] = " rw - t s rw\n3 2 0:1 / /x rw - t s rw\n";
	char *path = long_path("\\012", 500000);
	struct mountinfo info = MOUNTINFO_NONE;

	mount_tmpfs("/proc");
	make_directory("/proc/self", 0755);
	make_table(begin, path, path, end);
	file_max = 40000;
	check_result(mountinfo_read_table(&info), 0);
	check_number(info.count, 3);
	check_number(info.entries[1].id, 2);
	check_text(info.entries[1].root, "");
	check_text(info.entries[1].point, "");
	check_text(info.entries[1].source, "s");
	check_number(info.entries[2].parent, 2);
	check_text(info.entries[2].point, "/x");
	mountinfo_release(&info);
	row("cut within a field");
	make_table(begin, "/", path, "");
	check_result(mountinfo_read_table(&info), -EPROTO);
	row("cut before a newline");
	make_table(begin, "/", path, " rw - t s rw");
	check_result(mountinfo_read_table(&info), -EPROTO);
	free(path);
}

static void read_table_says_what_it_failed_of(void)
{
	struct mountinfo info = { .count = 77 };
	int before = count_descriptors();

	limit_descriptors(0);
	check_result(mountinfo_read_table(&info), -EMFILE);
	limit_descriptors(-1);
	no_calloc = true;
	check_result(mountinfo_read_table(&info), -ENOMEM);
	no_calloc = false;
	check_number(count_descriptors(), before);
	mount_tmpfs("/proc");
	check_result(mountinfo_read_table(&info), -ENOENT);
	check_number(info.count, 77);
}

/* --- listmount(2) and statmount(2) against the table --- */

static void need_list(void)
{
	struct mountinfo info = MOUNTINFO_NONE;

	check_result(mountinfo_read("/", &info), 0);
	check(info.count > 0);
	if (info.entries[0].source)
		sandbox_skip("needs listmount(2), Linux 6.8");
	mountinfo_release(&info);
	lists = 0;
	statuses = 0;
}

static void make_peculiar_mounts(void)
{
	mount_tmpfs("/run/a b\tc\nd\\e#");
	make_directory("/run/a b\tc\nd\\e#/r s\\", 0755);
	make_directory("/run/part", 0755);
	bind_mount("/run/a b\tc\nd\\e#/r s\\", "/run/part");
	mount_tmpfs("/run/shared");
	check_number(mount(NULL, "/run/shared", NULL, MS_SHARED, NULL), 0);
	make_directory("/run/slave", 0755);
	bind_mount("/run/shared", "/run/slave");
	check_number(mount(NULL, "/run/slave", NULL, MS_SLAVE, NULL), 0);
	make_directory("/run/both", 0755);
	bind_mount("/run/slave", "/run/both");
	check_number(mount(NULL, "/run/both", NULL, MS_SHARED, NULL), 0);
	mount_tmpfs("/run/unbindable");
	check_number(mount(NULL, "/run/unbindable", NULL, MS_UNBINDABLE, NULL),
		     0);
	mount_tmpfs("/run/stack");
	mount_tmpfs("/run/stack");
	make_net("/run/net");
	make_file("/run/file", 0644, "");
	make_file("/run/over", 0644, "");
	bind_mount("/run/file", "/run/over");
	make_file("/run/gone", 0644, "");
	make_file("/run/of gone", 0644, "");
	bind_mount("/run/gone", "/run/of gone");
	check_number(unlink("/run/gone"), 0);
	make_directory("/run/\xc3\xa4", 0755);
	mount_tmpfs("/run/\xc3\xa4");
}

static void check_same(const struct mount_entry *listed,
		       const struct mount_entry *parsed)
{
	row(parsed->point);
	check_number(listed->parent, parsed->parent);
	check_number(listed->dev, parsed->dev);
	check_text(listed->root, parsed->root);
	check_text(listed->point, parsed->point);
	check_text(listed->type, parsed->type);
	check(listed->source == NULL);
	check(listed->shared == parsed->shared);
	check(listed->slave == parsed->slave);
	row(NULL);
}

/* Whether it is top, or below that. */
static bool is_of_tree(const struct mountinfo *info,
		       const struct mount_entry *one, int top)
{
	while (one && one->id != top && one->parent != one->id)
		one = mountinfo_find(info, one->parent);
	return one && one->id == top;
}

static void check_list(const char *path)
{
	struct mountinfo list = MOUNTINFO_NONE;
	struct mountinfo table = MOUNTINFO_NONE;
	const struct mount_entry *top;
	size_t expected = 0;

	check_result(mountinfo_read(path, &list), 0);
	check_result(mountinfo_read_table(&table), 0);
	top = find_path(&table, path, false);
	check(top != NULL);
	for (size_t i = 0; i < table.count; i++) {
		const struct mount_entry *parsed = &table.entries[i];
		const struct mount_entry *listed =
			mountinfo_find(&list, parsed->id);
		bool is_below = is_of_tree(&table, parsed, top->id);

		row(parsed->point);
		check((listed != NULL) == is_below);
		if (listed)
			check_same(listed, parsed);
		expected += is_below;
	}
	check_number(list.count, expected);
	check_number(list.entries[0].id, top->id);
	mountinfo_release(&table);
	mountinfo_release(&list);
}

static void read_agrees_with_the_table(void)
{
	static const char *const paths[] = { "/", "/run", "/run/stack",
					     "/run/net", "/run/no mount" };

	need_list();
	make_peculiar_mounts();
	make_file("/run/no mount", 0644, "");
	for (size_t i = 0; i < COUNT(paths); i++)
		check_list(paths[i]);
	row("and did not read it");
	check(lists >= (int)COUNT(paths));
}

/* --- Paths that are longer than any call takes --- */

enum { NAME_LENGTH = 255 };

/* Makes levels of directories, of names that the kernel escapes. */
static int open_deep(const char *path, int levels)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_LENGTH + 1];

	(void)memset(name, '\n', NAME_LENGTH);
	name[NAME_LENGTH] = '\0';
	for (int i = 0; i < levels; i++) {
		int below;

		check(mkdirat(fd, name, 0755) == 0 || errno == EEXIST);
		below = openat(fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		check(below >= 0);
		check_number(close(fd), 0);
		fd = below;
	}
	return fd;
}

/* Moves a directory of /run, with what is mounted in it. */
static void move_deep(const char *name, int levels)
{
	int top = open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd;

	make_directory("/run/deep", 0755);
	fd = open_deep("/run/deep", levels);
	check_number(renameat(top, name, fd, name), 0);
	check_number(close(fd), 0);
	check_number(close(top), 0);
}

/* Mounts what is at the end of a chain of directories. */
static void bind_deep_root(int levels, const char *to)
{
	int fd = open_deep("/run/roots", levels);
	char from[64];

	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	make_directory(to, 0755);
	check_number(mount(from, to, NULL, MS_BIND, NULL), 0);
	check_number(close(fd), 0);
}

static void make_deep_mounts(int levels)
{
	make_directory("/run/a", 0755);
	mount_tmpfs("/run/a/m");
	mount_tmpfs("/run/a/m/below");
	move_deep("a", levels);
	make_directory("/run/roots", 0755);
	bind_deep_root(levels, "/run/root");
	mount_tmpfs("/run/root/below");
}

static void read_agrees_with_the_table_on_paths_without_end(void)
{
	/* 15: a root that is short enough, and escaped is no more. */
	static const int levels[] = { 15, 16, 17, 50, 100 };
	const struct mount_entry *below;
	const struct mount_entry *entry;

	need_list();
	for (size_t i = 0; i < COUNT(levels); i++) {
		struct mountinfo info = MOUNTINFO_NONE;

		mount_tmpfs("/run");
		make_deep_mounts(levels[i]);
		check_list("/");
		check_list("/run/root");
		check_result(mountinfo_read("/", &info), 0);
		check(info.entries[0].source == NULL);
		below = find_path(&info, "/run/root/below", true);
		check(below != NULL);
		check_text(below->point, "/run/root/below");
		entry = mountinfo_find(&info, below->parent);
		check(entry != NULL);
		check_text(entry->point, "/run/root");
		check_number(strlen(entry->root),
			     levels[i] > 15 ? 0 : 256 * 15 + 6);
		mountinfo_release(&info);
		check_number(umount2("/run", MNT_DETACH), 0);
	}
}

static int mount_id(const char *path)
{
	struct statx stx;

	check_number(statx(AT_FDCWD, path, 0, STATX_MNT_ID, &stx), 0);
	return (int)stx.stx_mnt_id;
}

/* One on the other: their numbers are what they are known by. */
static void read_tells_of_mounts_at_paths_without_end(void)
{
	static const bool is_list[] = { false, true };
	int top;
	int below;

	make_directory("/run/a", 0755);
	mount_tmpfs("/run/a/m");
	mount_tmpfs("/run/a/m/below");
	top = mount_id("/run/a/m");
	below = mount_id("/run/a/m/below");
	move_deep("a", 100);
	for (size_t i = 0; i < 2; i++) {
		struct mountinfo info = MOUNTINFO_NONE;
		const struct mount_entry *entry;

		check_result(is_list[i] ? mountinfo_read("/", &info)
					: mountinfo_read_table(&info),
			     0);
		entry = mountinfo_find(&info, below);
		check(entry != NULL);
		check_number(entry->parent, top);
		check_text(entry->point, "");
		check_text(entry->root, "/");
		entry = mountinfo_find(&info, top);
		check(entry != NULL);
		check_text(entry->point, "");
		mountinfo_release(&info);
	}
}

/* A user with FUSE could deny logins. */
static void read_has_no_limit_that_paths_reach(void)
{
	struct mountinfo info = MOUNTINFO_NONE;

	make_directory("/run/a", 0755);
	for (int i = 0; i < 20; i++) {
		char point[32];

		(void)snprintf(point, sizeof(point), "/run/a/%d", i);
		mount_tmpfs(point);
	}
	move_deep("a", 100);
	row("2 MB of text");
	file_max = 1 << 20;
	check_result(mountinfo_read_table(&info), 0);
	mountinfo_release(&info);
	row("which are not read");
	if (mountinfo_has_listmount()) {
		asked_max = 0;
		check_result(mountinfo_read("/", &info), 0);
		check_number(asked_max, 0);
		mountinfo_release(&info);
		check_number(mountinfo_is_shared("/"), 0);
		check_number(asked_max, 0);
	}
}

static void follow(void)
{
	make_peculiar_mounts();
	check_number(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL), 0);
	check_number(unshare(CLONE_NEWNS), 0);
	check_number(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), 0);
}

static void read_agrees_with_the_table_in_a_tree_of_slaves(void)
{
	struct mountinfo info = MOUNTINFO_NONE;

	need_list();
	follow();
	check_list("/");
	check_result(mountinfo_read("/run", &info), 0);
	check(info.entries[0].slave && !info.entries[0].shared);
	mountinfo_release(&info);
}

static void read_agrees_with_the_table_in_a_chroot(void)
{
	need_list();
	make_peculiar_mounts();
	make_directory("/run/proc", 0755);
	check_number(mount("proc", "/run/proc", "proc", 0, NULL), 0);
	check_number(chroot("/run"), 0);
	check_number(chdir("/"), 0);
	check_list("/");
	check_list("/stack");
}

/* Room for 512, the first of them included, is made at first. */
static void read_lists_any_number_of_mounts(void)
{
	static const int numbers[] = { 0, 1, 510, 511, 512, 1534, 1535 };
	int now = 0;

	need_list();
	mount_tmpfs("/run/m");
	make_directory("/run/m/d", 0755);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct mountinfo info = MOUNTINFO_NONE;

		for (; now < numbers[i]; now++)
			check_number(mount("tmpfs", "/run/m/d", "tmpfs", 0,
					   NULL),
				     0);
		check_result(mountinfo_read("/run/m", &info), 0);
		check_number(info.count, numbers[i] + 1);
		check_text(info.entries[0].point, "/run/m");
		for (size_t j = 1; j < info.count; j++) {
			check_text(info.entries[j].point, "/run/m/d");
			check(info.entries[j].source == NULL);
		}
		mountinfo_release(&info);
	}
}

static void read_leaves_out_what_has_gone_meanwhile(void)
{
	struct mountinfo info = MOUNTINFO_NONE;

	need_list();
	status_error = ENOENT;
	check_result(mountinfo_read("/", &info), 0);
	check_number(info.count, 1);
	check(info.entries[0].source == NULL);
	mountinfo_release(&info);
}

/* A filter may refuse either call in its own way. */
static void read_takes_the_table_where_it_cannot_list(void)
{
	static const struct {
		const char *what;
		bool no_unique_id;
		int list_error;
		int status_error;
		bool half_status;
		const char *path;
	} rows[] = {
		{ "an older kernel", true, 0, 0, false, "/" },
		{ "no listmount", false, ENOSYS, 0, false, "/" },
		{ "a filter against listmount", false, EPERM, 0, false, "/" },
		{ "no statmount", false, 0, ENOSYS, false, "/" },
		{ "a filter against statmount", false, 0, EPERM, false, "/" },
		{ "too long a path", false, 0, EOVERFLOW, false, "/" },
		{ "a statmount that tells less", false, 0, 0, true, "/" },
		{ "no such path", false, 0, 0, false, "/run/missing" },
	};

	make_peculiar_mounts();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mountinfo table = MOUNTINFO_NONE;
		struct mountinfo info = MOUNTINFO_NONE;

		row(rows[i].what);
		check_result(mountinfo_read_table(&table), 0);
		no_unique_id = rows[i].no_unique_id;
		list_error = rows[i].list_error;
		status_error = rows[i].status_error;
		half_status = rows[i].half_status;
		statuses = 0;
		check_result(mountinfo_read(rows[i].path, &info), 0);
		check_number(info.count, table.count);
		for (size_t j = 0; j < info.count; j++) {
			check_number(info.entries[j].id, table.entries[j].id);
			check_text(info.entries[j].source,
				   table.entries[j].source);
		}
		mountinfo_release(&info);
		mountinfo_release(&table);
	}
}

static void read_takes_the_table_for_a_list_without_end(void)
{
	struct mountinfo info = MOUNTINFO_NONE;

	need_list();
	endless_list = true;
	check_result(mountinfo_read("/", &info), 0);
	check(info.count > 0);
	check(info.entries[0].source != NULL);
	mountinfo_release(&info);
}

static void read_says_that_memory_is_short(void)
{
	static bool *const fails[] = { &no_calloc, &no_realloc,
				       &no_reallocarray };
	struct mountinfo info = { .count = 77 };

	need_list();
	for (size_t i = 0; i < COUNT(fails); i++) {
		*fails[i] = true;
		check_result(mountinfo_read("/", &info), -ENOMEM);
		*fails[i] = false;
		check_number(info.count, 77);
		check(info.entries == NULL);
	}
}

static void read_needs_no_descriptor_and_no_proc(void)
{
	struct mountinfo info = MOUNTINFO_NONE;

	need_list();
	mount_tmpfs("/proc");
	limit_descriptors(0);
	check_result(mountinfo_read("/", &info), 0);
	limit_descriptors(-1);
	check(info.count > 0);
	mountinfo_release(&info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("mountinfo_parse_reads_a_line", reads_a_line),
		plain("mountinfo_parse_refuses_a_line_that_is_none",
		      refuses_a_line_that_is_none),
		plain("mountinfo_parse_refuses_a_nul_within",
		      refuses_a_nul_within),
		plain("mountinfo_parse_has_no_path_that_no_call_takes",
		      has_no_path_that_no_call_takes),
		plain("mountinfo_shorten_does_the_same_in_parts_of_any_size",
		      shorten_does_the_same_in_parts_of_any_size),
		plain("mountinfo_parse_takes_an_empty_table",
		      takes_an_empty_table),
		plain("mountinfo_parse_says_that_memory_is_short",
		      says_that_memory_is_short_when_parsing),
		plain("mountinfo_parse_is_right_when_cut_at_any_byte",
		      is_right_when_cut_at_any_byte),
		plain("mountinfo_parse_is_right_when_any_byte_is_another",
		      is_right_when_any_byte_is_another),
		plain("mountinfo_is_carried_has_the_submounts_of_a_hybrid_"
		      "host",
		      carries_the_submounts_of_a_hybrid_host),
		plain("mountinfo_is_carried_has_no_sysfs_of_a_container",
		      carries_no_sysfs_of_a_container),
		plain("mountinfo_is_carried_ends_whatever_the_table_says",
		      is_carried_ends_whatever_the_table_says),
		sandboxed("mountinfo_read_finds_what_is_mounted",
			  read_finds_what_is_mounted),
		sandboxed("mountinfo_find_path_knows_the_top_from_what_is_"
			  "below",
			  find_path_knows_the_top_from_what_is_below),
		sandboxed("mountinfo_find_path_tells_an_error_from_none",
			  find_path_tells_an_error_from_none),
		sandboxed("mountinfo_read_table_takes_a_table_of_any_length",
			  read_takes_a_table_of_any_length),
		sandboxed(
			"mountinfo_read_table_of_more_than_a_limit_is_an_error",
			read_table_of_more_than_a_limit_is_an_error),
		sandboxed("mountinfo_read_table_takes_lines_of_any_length",
			  read_table_takes_lines_of_any_length),
		sandboxed("mountinfo_read_table_says_what_it_failed_of",
			  read_table_says_what_it_failed_of),
		sandboxed("mountinfo_read_agrees_with_the_table",
			  read_agrees_with_the_table),
		sandboxed(
			"mountinfo_read_agrees_with_the_table_in_a_tree_of_slaves",
			read_agrees_with_the_table_in_a_tree_of_slaves),
		sandboxed("mountinfo_read_agrees_with_the_table_in_a_chroot",
			  read_agrees_with_the_table_in_a_chroot),
		sandboxed("mountinfo_read_agrees_with_the_table_on_paths_"
			  "without_end",
			  read_agrees_with_the_table_on_paths_without_end),
		sandboxed("mountinfo_read_tells_of_mounts_at_paths_without_end",
			  read_tells_of_mounts_at_paths_without_end),
		sandboxed("mountinfo_read_has_no_limit_that_paths_reach",
			  read_has_no_limit_that_paths_reach),
		sandboxed("mountinfo_read_lists_any_number_of_mounts",
			  read_lists_any_number_of_mounts),
		sandboxed("mountinfo_read_leaves_out_what_has_gone_meanwhile",
			  read_leaves_out_what_has_gone_meanwhile),
		sandboxed("mountinfo_read_takes_the_table_where_it_cannot_list",
			  read_takes_the_table_where_it_cannot_list),
		sandboxed(
			"mountinfo_read_takes_the_table_for_a_list_without_end",
			read_takes_the_table_for_a_list_without_end),
		sandboxed("mountinfo_read_says_that_memory_is_short",
			  read_says_that_memory_is_short),
		sandboxed("mountinfo_read_needs_no_descriptor_and_no_proc",
			  read_needs_no_descriptor_and_no_proc),
	};

	return cmocka_run_group_tests_name("mountinfo", tests, NULL, NULL);
}
