/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table: what the kernel writes, and what it never would. */
#include "common/mountinfo.h"
#include "sandbox.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static bool no_calloc;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return no_calloc ? NULL : __real_calloc(count, size);
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
		struct mount_entry entry;
	} rows[] = {
		{ "no optional field",
		  "22 27 0:21 / /proc rw,relatime - proc proc rw\n",
		  { 22, 27, "/proc", "proc", "proc", false, false } },
		{ "shared",
		  "22 1 0:21 / / rw shared:1 - ext4 /dev/vda rw\n",
		  { 22, 1, "/", "ext4", "/dev/vda", true, false } },
		{ "slave",
		  "22 1 0:21 / / rw master:1 - ext4 /dev/vda rw\n",
		  { 22, 1, "/", "ext4", "/dev/vda", false, true } },
		{ "shared and slave",
		  "22 1 0:21 / / rw shared:7 master:1 - ext4 x rw\n",
		  { 22, 1, "/", "ext4", "x", true, true } },
		{ "a slave whose master is out of sight",
		  "22 1 0:21 / / rw master:1 propagate_from:2 - ext4 x rw\n",
		  { 22, 1, "/", "ext4", "x", false, true } },
		{ "unbindable",
		  "22 1 0:21 / / rw unbindable - ext4 x rw\n",
		  { 22, 1, "/", "ext4", "x", false, false } },
		{ "a field that is not known yet",
		  "22 1 0:21 / / rw news sharedx:1 - ext4 x rw\n",
		  { 22, 1, "/", "ext4", "x", false, false } },
		{ "all that is escaped",
		  "22 1 0:21 / /a\\040b\\011c\\012d\\134e\\043 rw - t s\\040t r\n",
		  { 22, 1, "/a b\tc\nd\\e#", "t", "s t", false, false } },
		{ "what is not escaped",
		  "22 1 0:21 / /a\\04 rw - t \\9\\400\\x r\n",
		  { 22, 1, "/a\\04", "t", "\\9\\400\\x", false, false } },
		{ "bytes of UTF-8",
		  "22 1 0:21 / /\xc3\xa4 rw - t s r\n",
		  { 22, 1, "/\xc3\xa4", "t", "s", false, false } },
		{ "a hyphen as the source",
		  "22 1 0:21 / /- rw - - - r\n",
		  { 22, 1, "/-", "-", "-", false, false } },
		{ "a root elsewhere",
		  "22 1 0:4 net:[4026532281] /run/netns/a rw - nsfs nsfs rw\n",
		  { 22, 1, "/run/netns/a", "nsfs", "nsfs", false, false } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mount_entry *expected = &rows[i].entry;
		struct mountinfo info = MOUNTINFO_NONE;

		row(rows[i].what);
		check_result(parse(rows[i].line, &info), 0);
		check_number(info.count, 1);
		check_number(info.entries[0].id, expected->id);
		check_number(info.entries[0].parent, expected->parent);
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
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
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

static void takes_an_empty_table(void **state)
{
	struct mountinfo info;

	(void)state;
	check_result(parse("", &info), 0);
	check_number(info.count, 0);
	check(mountinfo_find(&info, 1) == NULL);
	mountinfo_release(&info);
}

static void tells_that_memory_is_short(void **state)
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
		check(mountinfo_is_carried(&info, entry, top, "sysfs") ==
		      expected);
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
							   &info.entries[2],
							   "sysfs");
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
	check_result(mountinfo_read(&info), 0);
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
	check_result(mountinfo_read(&info), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
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
	check_result(mountinfo_read(&info), 0);
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

	check_result(mountinfo_read(&info), 0);
	before = info.count;
	mountinfo_release(&info);
	make_directory("/run/m", 0755);
	for (int i = 0; i < MANY; i++)
		bind_mount("/run/m", "/run/m");
	check_result(mountinfo_read(&info), 0);
	check_number(info.count, before + MANY);
	mountinfo_release(&info);
}

static void read_tells_what_it_failed_of(void)
{
	struct mountinfo info = { .count = 77 };
	int before = count_descriptors();

	limit_descriptors(0);
	check_result(mountinfo_read(&info), -EMFILE);
	limit_descriptors(-1);
	no_calloc = true;
	check_result(mountinfo_read(&info), -ENOMEM);
	no_calloc = false;
	check_number(count_descriptors(), before);
	mount_tmpfs("/proc");
	check_result(mountinfo_read(&info), -ENOENT);
	check_number(info.count, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("mountinfo_parse_reads_a_line", reads_a_line),
		plain("mountinfo_parse_refuses_a_line_that_is_none",
		      refuses_a_line_that_is_none),
		plain("mountinfo_parse_refuses_a_nul_within",
		      refuses_a_nul_within),
		plain("mountinfo_parse_takes_an_empty_table",
		      takes_an_empty_table),
		plain("mountinfo_parse_tells_that_memory_is_short",
		      tells_that_memory_is_short),
		plain("mountinfo_parse_is_right_when_cut_at_any_byte",
		      is_right_when_cut_at_any_byte),
		plain("mountinfo_parse_is_right_when_any_byte_is_another",
		      is_right_when_any_byte_is_another),
		plain("mountinfo_is_carried_has_the_submounts_of_a_hybrid_"
		      "host (M6)",
		      carries_the_submounts_of_a_hybrid_host),
		plain("mountinfo_is_carried_has_no_sysfs_of_a_container (M6)",
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
		sandboxed("mountinfo_read_takes_a_table_of_any_length",
			  read_takes_a_table_of_any_length),
		sandboxed("mountinfo_read_tells_what_it_failed_of",
			  read_tells_what_it_failed_of),
	};

	return cmocka_run_group_tests_name("mountinfo", tests, NULL, NULL);
}
