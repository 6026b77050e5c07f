/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things that several files need of files and their names. */
#include "common/file.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_PATH "/etc/file"

static int reads;
static int interrupted_reads;
static size_t read_at_most;    /* 0: as much as there is room for */
static int reallocs_left = -1; /* -1: no limit */
static int disturbed_opens;

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e,
		    long f);

/* As by a mount(2) of somebody else meanwhile. */
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (number == SYS_openat2 && disturbed_opens > 0) {
		disturbed_opens--;
		errno = EAGAIN;
		return -1;
	}
	return __real_syscall(number, a, b, c, d, e, f);
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	reads++;
	if (interrupted_reads > 0) {
		interrupted_reads--;
		errno = EINTR;
		return -1;
	}
	if (read_at_most > 0 && size > read_at_most)
		size = read_at_most;
	return __real_read(fd, buffer, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	if (reallocs_left == 0)
		return NULL;
	if (reallocs_left > 0)
		reallocs_left--;
	return __real_realloc(memory, size);
}

/* --- Only root --- */

static void root_only_is_by_owner_and_mode(void **state)
{
	static const struct {
		const char *what;
		struct stat st;
		bool is;
	} rows[] = {
		{ "root's", { .st_uid = 0, .st_mode = S_IFREG | 0644 }, true },
		{ "nobody may read it",
		  { .st_uid = 0, .st_mode = S_IFREG },
		  true },
		{ "of another group, which may read it",
		  { .st_uid = 0, .st_gid = 4, .st_mode = S_IFREG | 0640 },
		  true },
		{ "a directory",
		  { .st_uid = 0, .st_mode = S_IFDIR | 0755 },
		  true },
		{ "another user's",
		  { .st_uid = 1, .st_mode = S_IFREG | 0600 },
		  false },
		{ "of an owner who is not mapped here",
		  { .st_uid = 65534, .st_mode = S_IFREG | 0600 },
		  false },
		{ "its group may write",
		  { .st_uid = 0, .st_mode = S_IFREG | 0620 },
		  false },
		{ "all may write",
		  { .st_uid = 0, .st_mode = S_IFREG | 0602 },
		  false },
		{ "all may write to a directory with the sticky bit",
		  { .st_uid = 0, .st_mode = S_IFDIR | 01777 },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		check(file_is_root_only(&rows[i].st) == rows[i].is);
	}
	row(NULL);
}

static void check_gives_the_stat_of_a_bad_file_too(void)
{
	struct stat st;
	int fd;

	make_file(FILE_PATH, 0640, "four");
	fd = open(FILE_PATH, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	check_result(file_check_root_only(fd, &st), 0);
	check_number(st.st_size, 4);
	check_number(st.st_mode, S_IFREG | 0640);
	check_number(fchmod(fd, 0660), 0);
	check_result(file_check_root_only(fd, &st), -EPERM);
	check_number(st.st_size, 4);
	check_number(st.st_mode, S_IFREG | 0660);
	check_number(close(fd), 0);
	check_result(file_check_root_only(fd, &st), -EBADF);
	check(!file_is_root_only(&st));
}

/* --- Reading --- */

/* Byte i of what is read; no two parts of it are alike for long. */
static char byte_at(size_t i)
{
	return (char)(i * 31 + i / 251);
}

static int open_file_of(size_t size)
{
	int fd = open(FILE_PATH, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char *bytes = malloc(size + 1);

	check(fd >= 0);
	check(bytes != NULL);
	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_at(i);
	check_number(write(fd, bytes, size), size);
	check_number(lseek(fd, 0, SEEK_SET), 0);
	free(bytes);
	return fd;
}

/* Reads a new file of size bytes, NULs among them, and compares each. */
static void check_read(size_t size)
{
	int fd = open_file_of(size);
	char *text = NULL;
	size_t got = 0;

	check_result(file_read(fd, size, &text, &got), 0);
	check_number(got, size);
	for (size_t i = 0; i < size; i++)
		if (text[i] != byte_at(i))
			check_number(text[i], byte_at(i));
	check_number(text[size], '\0');
	free(text);
	check_number(close(fd), 0);
}

static void read_gives_each_byte_and_a_nul(void)
{
	static const size_t sizes[] = { 0,     1,     16382, 16383, 16384,
					16385, 32767, 32768, 100000 };

	for (size_t i = 0; i < COUNT(sizes); i++)
		check_read(sizes[i]);
	row("short reads");
	read_at_most = 7;
	check_read(20000);
	row("interrupted reads");
	interrupted_reads = 3;
	check_read(20);
	check_number(interrupted_reads, 0);
}

static void read_gives_the_rest_of_a_file(void)
{
	char *text = NULL;
	size_t size = 0;
	int fd;

	make_file(FILE_PATH, 0600, "one two");
	fd = open(FILE_PATH, O_RDONLY | O_CLOEXEC);
	check_number(lseek(fd, 4, SEEK_SET), 4);
	check_result(file_read(fd, 100, &text, &size), 0);
	check_number(size, 3);
	check_text(text, "two");
	free(text);
	check_number(close(fd), 0);
}

/* Keeps the first bytes, as many as state says. */
static size_t keep_first(char *text, size_t size, void *state)
{
	size_t *left = state;
	size_t kept = size < *left ? size : *left;

	(void)text;
	*left -= kept;
	return kept;
}

/* However full the memory is, a read is of no few bytes. */
static void read_kept_counts_what_is_kept(void)
{
	static const size_t sizes[] = { 0, 1, 16382, 16383, 16384, 20000 };
	enum { SIZE = 1 << 20 };
	int fd = open_file_of(SIZE);

	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t left = sizes[i];
		char *text = NULL;
		size_t size = 0;

		check_number(lseek(fd, 0, SEEK_SET), 0);
		reads = 0;
		check_result(file_read_kept(fd, sizes[i], keep_first, &left,
					    &text, &size),
			     0);
		check_number(size, sizes[i]);
		for (size_t j = 0; j < size; j++)
			check(text[j] == byte_at(j));
		check_number(text[size], '\0');
		check(reads <= SIZE / 4096 + 2);
		free(text);
	}
	row("more than max is kept");
	check_number(lseek(fd, 0, SEEK_SET), 0);
	check_result(file_read_kept(fd, 99, keep_first, &(size_t){ 100 },
				    &(char *){ NULL }, &(size_t){ 0 }),
		     -EFBIG);
	check_number(close(fd), 0);
}

static void read_needs_no_size(void)
{
	char *text = NULL;
	size_t size = 0;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	int ends[2];

	row("a file of proc, whose size is 0");
	check_result(file_read(fd, 1 << 20, &text, &size), 0);
	check(size > 0);
	check_number(strlen(text), size);
	free(text);
	check_number(close(fd), 0);
	row("a pipe");
	check_number(pipe2(ends, O_CLOEXEC), 0);
	check_number(write(ends[1], "abc", 3), 3);
	check_number(close(ends[1]), 0);
	check_result(file_read(ends[0], 3, &text, &size), 0);
	check_text(text, "abc");
	free(text);
	check_number(close(ends[0]), 0);
}

/* Reads, which must fail and leave what it would return as it is. */
static void check_not_read(int fd, size_t max, int result)
{
	char untouched;
	char *text = &untouched;
	size_t size = 77;

	check_result(file_read(fd, max, &text, &size), result);
	check(text == &untouched);
	check_number(size, 77);
}

static void read_refuses_more_than_it_may_be(void)
{
	int fd = open_file_of(20001);

	check_not_read(fd, 20000, -EFBIG);
	check_number(lseek(fd, 0, SEEK_SET), 0);
	check_not_read(fd, 0, -EFBIG);
	check_number(close(fd), 0);
	/* It has no end. */
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	check_not_read(fd, 1 << 20, -EFBIG);
	check_number(close(fd), 0);
}

static void read_tells_errors(void)
{
	int fd = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	row("a directory");
	check(fd >= 0);
	check_not_read(fd, 100, -EISDIR);
	check_number(close(fd), 0);
	row("no descriptor");
	check_not_read(-EBADF, 100, -EBADF);
	fd = open_file_of(20000);
	row("no memory at all");
	reallocs_left = 0;
	check_not_read(fd, 1 << 20, -ENOMEM);
	row("no more memory");
	reallocs_left = 1;
	check_not_read(fd, 1 << 20, -ENOMEM);
	check_number(close(fd), 0);
}

/* --- Paths --- */

static void set_size_limit(rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };

	check_number(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void write_raises_the_limit_and_puts_it_back(void)
{
	static const struct {
		rlim_t soft;
		rlim_t hard;
	} rows[] = { { 0, RLIM_INFINITY }, { 7, 8 }, { 8, 8 } };
	int fd = open("/run/file", O_RDWR | O_CREAT | O_APPEND, 0600);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rlimit now;

		check_number(ftruncate(fd, 0), 0);
		set_size_limit(rows[i].soft, rows[i].hard);
		check_result(file_write(fd, 0, "12345678", 8), 0);
		check_number(getrlimit(RLIMIT_FSIZE, &now), 0);
		check_number(now.rlim_cur, rows[i].soft);
		check_number(now.rlim_max, rows[i].hard);
		check_text(read_text("/run/file"), "12345678");
	}
}

static void write_beyond_a_limit_that_stays_is_efbig_and_no_signal(void)
{
	int fd = open("/run/file", O_RDWR | O_CREAT | O_APPEND, 0600);

	drop_capability(CAP_SYS_RESOURCE);
	set_size_limit(10, 10);
	check_result(file_write(fd, 0, "12345678", 8), 0);
	check_result(file_write(fd, 8, "12345678", 8), -EFBIG);
	check_text(read_text("/run/file"), "12345678");
}

static void write_tells_errors(void)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	check_result(file_write(full, 0, "x", 1), -ENOSPC);
	check_result(file_write(-EBADF, 0, "x", 1), -EBADF);
}

static void path_of_a_descriptor_leads_to_its_file(void)
{
	int fd = open_file_of(3);

	check_number(inode_of(fd_path(fd).text), inode_of(FILE_PATH));
	check_number(close(fd), 0);
}

static void path_has_room_for_any_number(void **state)
{
	(void)state;
	check_text(fd_path(0).text, "/proc/self/fd/0");
	check_text(fd_path(INT_MAX).text, "/proc/self/fd/2147483647");
	check_text(fd_path(INT_MIN).text, "/proc/self/fd/-2147483648");
}

/* --- Directories --- */

static void entries_end_where_the_directory_is_removed(void)
{
	struct file_entries entries = { .directory = -1 };
	int r = 1;

	make_directory("/etc/d", 0755);
	make_file("/etc/d/x", 0644, "");
	entries.directory = open("/etc/d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check_text(file_next_entry(&entries, &r), "x");
	check_result(r, 0);
	check_number(unlink("/etc/d/x"), 0);
	check_number(rmdir("/etc/d"), 0);
	check(!file_next_entry(&entries, &r));
	check_result(r, 0);
	entries = (struct file_entries){ .directory = entries.directory };
	r = 1;
	check(!file_next_entry(&entries, &r));
	check_result(r, 0);
	check_number(close(entries.directory), 0);
	check(!file_next_entry(&entries, &r));
	check_result(r, -EBADF);
}

/* --- Paths that are in memory --- */

static void open_cached(int disturbed, int expected)
{
	int fd;

	disturbed_opens = disturbed;
	fd = file_open_path(AT_FDCWD, "/etc", RESOLVE_CACHED);
	disturbed_opens = 0;
	check_result(fd < 0 ? fd : 0, expected);
	(void)close(fd);
}

/* Linux before 5.12 does not know RESOLVE_CACHED. */
static void open_path_does_not_depend_on_what_others_mount(void)
{
	int fd = file_open_path(AT_FDCWD, "/etc", RESOLVE_CACHED);

	if (fd == -EINVAL || fd == -ENOSYS)
		sandbox_skip("no RESOLVE_CACHED");
	(void)close(fd);
	open_cached(5, 0);
	open_cached(INT_MAX, -EAGAIN);
}

static void identify_tells_files_apart(void)
{
	struct file_id first = { .dev = 0 };
	struct file_id again = { .dev = 0 };
	const struct file_id unknown = { .dev = 0 };

	make_directory("/run/one", 0755);
	make_directory("/run/two", 0755);
	check_number(symlink("one", "/run/link"), 0);
	check_result(file_identify(AT_FDCWD, "/run/one", &first), 0);
	check_result(file_identify(AT_FDCWD, "/run/link", &again), 0);
	check(file_id_equal(first, again));
	check_result(file_identify(AT_FDCWD, "/run/two", &again), 0);
	check(!file_id_equal(first, again));
	check_number(chdir("/run/one"), 0);
	check_result(file_identify(AT_FDCWD, "", &again), 0);
	check(file_id_equal(first, again));
	check(!file_id_equal(unknown, unknown));
	check_result(file_identify(AT_FDCWD, "/run/none", &again), -ENOENT);
	check(file_id_equal(first, again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain("only root can change it: by owner and mode",
		      root_only_is_by_owner_and_mode),
		sandboxed("file_check_root_only gives the stat of a file that "
			  "others can write too",
			  check_gives_the_stat_of_a_bad_file_too),
		sandboxed("file_read gives each byte, and a NUL behind them",
			  read_gives_each_byte_and_a_nul),
		sandboxed("file_read gives the rest of a file",
			  read_gives_the_rest_of_a_file),
		sandboxed("file_read_kept counts what is kept",
			  read_kept_counts_what_is_kept),
		sandboxed("file_read needs no size: /proc, a pipe",
			  read_needs_no_size),
		sandboxed("file_read refuses more than max bytes",
			  read_refuses_more_than_it_may_be),
		sandboxed("file_read returns errors, and nothing else then",
			  read_tells_errors),
		sandboxed("file_write_raises_the_limit_and_puts_it_back",
			  write_raises_the_limit_and_puts_it_back),
		sandboxed(
			"file_write_beyond_a_limit_that_stays_is_efbig_and_no_signal",
			write_beyond_a_limit_that_stays_is_efbig_and_no_signal),
		sandboxed("file_write_tells_errors", write_tells_errors),
		sandboxed("fd_path leads to the file of the descriptor",
			  path_of_a_descriptor_leads_to_its_file),
		plain("fd_path has room for any number",
		      path_has_room_for_any_number),
		sandboxed("file_next_entry ends where the directory is removed",
			  entries_end_where_the_directory_is_removed),
		sandboxed("file_open_path does not depend on what others mount",
			  open_path_does_not_depend_on_what_others_mount),
		sandboxed("file_identify tells files apart",
			  identify_tells_files_apart),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
