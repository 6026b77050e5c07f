/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directories of /run/pam_net, and the records in them. */
#include "common/state.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE STATE_DIRECTORY

/* As in a helper. */
static int open_state(void)
{
	int fd;

	(void)umask(0);
	fd = state_open(AT_FDCWD, NULL, 0755);
	check(fd >= 0);
	return fd;
}

static void check_directory(const char *path, mode_t mode)
{
	struct stat st;

	check_number(lstat(path, &st), 0);
	check(S_ISDIR(st.st_mode));
	check_number(st.st_mode & 07777, mode);
	check_number(st.st_uid, 0);
	check_number(st.st_gid, 0);
}

/* --- Directories --- */

static void open_makes_directories_of_root(void)
{
	int before = count_descriptors();
	int state = open_state();
	int locks = state_open(state, "lock", 0700);
	int again;

	check(locks >= 0);
	check_number(fcntl(state, F_GETFD), FD_CLOEXEC);
	check_number(fcntl(locks, F_GETFD), FD_CLOEXEC);
	check_directory(STATE, 0755);
	check_directory(STATE "/lock", 0700);
	again = state_open(state, "lock", 0700);
	check(again >= 0);
	check_directory(STATE "/lock", 0700);
	check_number(close(state) | close(locks) | close(again), 0);
	check_number(count_descriptors(), before);
}

/* What is opened is the directory itself, so what is made is in it. */
static void open_returns_the_directory_that_is_there(void)
{
	int state = open_state();
	struct stat opened;
	struct stat there;
	int fd;

	make_directory(STATE "/names", 0755);
	make_file(STATE "/names/kept", 0644, "kept");
	fd = state_open(state, "names", 0755);
	check(fd >= 0);
	check_number(fstat(fd, &opened), 0);
	check_number(stat(STATE "/names", &there), 0);
	check_number(opened.st_ino, there.st_ino);
	check_number(faccessat(fd, "kept", F_OK, 0), 0);
}

static void open_corrects_mode_and_group(void)
{
	static const struct {
		const char *what;
		mode_t mode;
		gid_t group;
		mode_t wanted;
	} rows[] = {
		{ "less than wanted", 0700, 0, 0755 },
		{ "more than wanted", 0755, 0, 0700 },
		{ "nothing", 0, 0, 0755 },
		{ "sticky", 01755, 0, 0755 },
		{ "set-group-id", 02755, 0, 0755 },
		{ "another group", 0755, 1000, 0755 },
		{ "all of it", 06700, 1000, 0755 },
	};
	int state = open_state();

	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd;

		row(rows[i].what);
		check_number(mkdirat(state, "names", 0700), 0);
		check_number(fchownat(state, "names", 0, rows[i].group, 0), 0);
		check_number(fchmodat(state, "names", rows[i].mode, 0), 0);
		fd = state_open(state, "names", rows[i].wanted);
		check(fd >= 0);
		check_directory(STATE "/names", rows[i].wanted);
		check_number(close(fd), 0);
		check_number(unlinkat(state, "names", AT_REMOVEDIR), 0);
	}
}

/* A set-group-id directory gives what is made in it its own group. */
static void open_makes_directories_of_root_where_run_is_set_group_id(void)
{
	int state;

	check_number(chown("/run", 0, 1000), 0);
	check_number(chmod("/run", 02755), 0);
	state = open_state();
	check_directory(STATE, 0755);
	check_number(chown(STATE, 0, 1000), 0);
	check_number(chmod(STATE, 02755), 0);
	check(state_open(state, "lock", 0700) >= 0);
	check_directory(STATE "/lock", 0700);
}

static void open_makes_directories_of_root_with_another_egid(void)
{
	check_number(setegid(1000), 0);
	check(open_state() >= 0);
	check_directory(STATE, 0755);
}

static void open_refuses_a_directory_that_is_not_only_root_s(void)
{
	static const struct {
		const char *what;
		uid_t owner;
		mode_t mode;
	} rows[] = {
		{ "a user's", 1000, 0755 },
		{ "a user's, closed to others", 1000, 0700 },
		{ "writable by its group", 0, 0775 },
		{ "writable by others", 0, 0757 },
		{ "sticky", 0, 01777 },
	};
	int state = open_state();

	for (size_t i = 0; i < COUNT(rows); i++) {
		int before = count_descriptors();
		struct stat st;

		row(rows[i].what);
		check_number(mkdirat(state, "names", 0700), 0);
		check_number(fchownat(state, "names", rows[i].owner, 0, 0), 0);
		check_number(fchmodat(state, "names", rows[i].mode, 0), 0);
		check_result(state_open(state, "names", 0755), -EPERM);
		check_number(count_descriptors(), before);
		check_number(fstatat(state, "names", &st, 0), 0);
		check_number(st.st_mode & 07777, rows[i].mode);
		check_number(st.st_uid, rows[i].owner);
		check_number(unlinkat(state, "names", AT_REMOVEDIR), 0);
	}
	row(STATE);
	check_number(chmod(STATE, 0777), 0);
	check_result(state_open(AT_FDCWD, NULL, 0755), -EPERM);
}

static void make_link_to_directory(const char *path)
{
	make_link(path, "/run/other");
}

static void make_dangling_link(const char *path)
{
	make_link(path, "/run/none");
}

static void make_plain_file(const char *path)
{
	make_file(path, 0644, "here");
}

static void open_refuses_what_is_no_directory(void)
{
	static const struct {
		const char *what;
		void (*make)(const char *path);
	} rows[] = {
		{ "a link to a directory", make_link_to_directory },
		{ "a dangling link", make_dangling_link },
		{ "a file", make_plain_file },
		{ "a FIFO", make_fifo },
	};
	int state;

	make_directory("/run/other", 0700);
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		rows[i].make(STATE);
		check_result(state_open(AT_FDCWD, NULL, 0755), -ENOTDIR);
		check_number(unlink(STATE), 0);
	}
	state = open_state();
	for (size_t i = 0; i < COUNT(rows); i++) {
		int before = count_descriptors();

		row(rows[i].what);
		rows[i].make(STATE "/names");
		check_result(state_open(state, "names", 0755), -ENOTDIR);
		check_number(unlinkat(state, "names", 0), 0);
		check_number(count_descriptors(), before);
	}
	check_directory("/run/other", 0700);
	check_number(access("/run/none", F_OK), -1);
}

static void open_returns_why_it_cannot_make_a_directory(void)
{
	int state = open_state();

	row("the directory is gone");
	check_number(rmdir(STATE), 0);
	check_result(state_open(state, "names", 0755), -ENOENT);
	row("no descriptors");
	limit_descriptors(0);
	check_result(state_open(AT_FDCWD, NULL, 0755), -EMFILE);
	limit_descriptors(-1);
	row("a user");
	check_number(seteuid(1000), 0);
	check_result(state_open(AT_FDCWD, NULL, 0755), -EACCES);
}

/* --- Emptying them --- */

static void empty_removes_all_that_is_in_it(void)
{
	int state = open_state();
	int etc = state_open(state, "etc", 0700);
	int before;

	check(etc >= 0);
	before = count_descriptors();
	make_directory("/run/other", 0755);
	make_file("/run/other/kept", 0644, "");
	for (int i = 0; i < 300; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), STATE "/etc/file-%d", i);
		make_file(path, 0, "");
	}
	make_directory(STATE "/etc/a", 0);
	make_directory(STATE "/etc/a/b", 0755);
	make_file(STATE "/etc/a/b/c", 0644, "");
	make_link(STATE "/etc/a/link", "/run/other");
	make_link(STATE "/etc/link", "/run/other");
	make_fifo(STATE "/etc/fifo");
	check_result(state_empty(etc, 0), 0);
	check_number(unlinkat(state, "etc", AT_REMOVEDIR), 0);
	check_number(access("/run/other/kept", F_OK), 0);
	check_number(count_descriptors(), before);
	row("nothing is in it");
	check_result(state_empty(state, 0), 0);
	row("it is no directory");
	check_result(state_empty(-EBADF, 0), -EBADF);
}

/* As killed logins and programs leave them. */
static void empty_removes_very_many_directories(void)
{
	int state = open_state();
	int etc = state_open(state, "etc", 0700);

	for (int i = 0; i < 12000; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), STATE "/etc/%d", i);
		make_directory(path, 0755);
		(void)strcat(path, "/below");
		make_directory(path, 0755);
	}
	check_result(state_empty(etc, 0), 0);
	check_number(unlinkat(state, "etc", AT_REMOVEDIR), 0);
}

static void empty_keeps_what_is_young(void)
{
	int state = open_state();
	int etc = state_open(state, "etc", 0700);

	make_directory(STATE "/etc/young", 0755);
	check_result(state_empty(etc, 3600), 0);
	check_number(access(STATE "/etc/young", F_OK), 0);
	check_number(sleep(2), 0);
	check_result(state_empty(etc, 1), 0);
	check_number(access(STATE "/etc/young", F_OK), -1);
}

static void empty_says_what_it_could_not_remove(void)
{
	int state = open_state();
	int etc = state_open(state, "etc", 0700);

	make_directory(STATE "/etc/a", 0755);
	mount_tmpfs(STATE "/etc/a");
	make_file(STATE "/etc/b", 0644, "");
	make_file(STATE "/etc/a/c", 0644, "");
	check_result(state_empty(etc, 0), -EBUSY);
	check_number(access(STATE "/etc/b", F_OK), -1);
	row("too deep");
	{
		char path[256] = STATE "/etc/d";

		for (int i = 0; i < 20; i++) {
			make_directory(path, 0755);
			(void)strcat(path, "/d");
		}
	}
	check(state_empty(etc, 0) < 0);
	check_number(access(STATE "/etc/d/d/d", F_OK), 0);
}

/* --- What is in a record --- */

static const char *record_text(const struct record *record)
{
	static char text[sizeof(record->text) + 1];

	check(record->length <= sizeof(record->text));
	memcpy(text, record->text, record->length);
	text[record->length] = '\0';
	return text;
}

static void add_escapes_what_could_end_a_value_or_a_line(void **state)
{
	static const struct {
		const char *value;
		const char *text;
	} rows[] = {
		{ "alice", "key=alice\n" },
		{ "", "key=\n" },
		{ "two words", "key=two\\040words\n" },
		{ " ", "key=\\040\n" },
		{ "back\\slash", "key=back\\134slash\n" },
		{ "\\040", "key=\\134040\n" },
		{ "line\nkey=other", "key=line\\012key=other\n" },
		{ "\t\r\v\f", "key=\\011\\015\\013\\014\n" },
		{ "\x01\x1b[2J\x1f", "key=\\001\\033[2J\\037\n" },
		{ "\x7f", "key=\\177\n" },
		{ "a=b#c'd\"e", "key=a=b#c'd\"e\n" },
		{ "Zo\xc3\xab", "key=Zo\xc3\xab\n" },
		{ "\xff\x80", "key=\xff\x80\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record record = RECORD_EMPTY;

		row(rows[i].text);
		record_add(&record, "key", rows[i].value);
		check_text(record_text(&record), rows[i].text);
	}
	row(NULL);
}

static void add_escapes_each_byte_so_that_it_can_be_read_back(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char value[] = { 'a', (char)byte, 'z', '\0' };
		struct record record = RECORD_EMPTY;
		const char *text;
		char read_back[16];
		size_t length = 0;

		record_add(&record, "key", value);
		text = record_text(&record);
		check(!strncmp(text, "key=", 4));
		check_number(strcspn(text, "\n"), record.length - 1);
		check_number(strcspn(text, " \t"), record.length);
		for (text += 4; *text != '\n';) {
			if (*text != '\\') {
				read_back[length++] = *text++;
				continue;
			}
			read_back[length++] =
				(char)(text[1] * 64 + text[2] * 8 + text[3] -
				       '0' * 73);
			text += 4;
		}
		read_back[length] = '\0';
		check_text(read_back, value);
	}
}

static void add_number_writes_it_in_decimal(void **state)
{
	struct record record = RECORD_EMPTY;

	(void)state;
	record_add_number(&record, "none", 0);
	record_add_number(&record, "inode", 4026531840);
	record_add_number(&record, "cookie", UINT64_MAX);
	record_add(&record, "last", "x");
	check_text(record_text(&record),
		   "none=0\ninode=4026531840\n"
		   "cookie=18446744073709551615\nlast=x\n");
}

/* --- Writing --- */

static struct record record_of(const char *value)
{
	struct record record = RECORD_EMPTY;

	record_add(&record, "key", value);
	return record;
}

static int write_record(int state, const char *value)
{
	struct record record = record_of(value);

	return record_write(state, "names", NULL, "alice", &record);
}

static void check_record(const char *text)
{
	struct stat st;

	check_number(lstat(STATE "/names/alice", &st), 0);
	check(S_ISREG(st.st_mode));
	check_number(st.st_mode & 07777, 0644);
	check_number(st.st_uid, 0);
	check_number(st.st_gid, 0);
	check_number(st.st_nlink, 1);
	check_text(read_text(STATE "/names/alice"), text);
}

static void check_nothing_in_tmp(void)
{
	check_number(rmdir(STATE "/tmp/names"), 0);
}

static void write_makes_a_file_that_all_can_read(void)
{
	int state = open_state();
	int before = count_descriptors();

	check_result(write_record(state, "first"), 0);
	check_record("key=first\n");
	check_directory(STATE "/names", 0755);
	check_directory(STATE "/tmp/names", 0700);
	check_result(write_record(state, "2"), 0);
	check_record("key=2\n");
	check_nothing_in_tmp();
	check_number(count_descriptors(), before);
}

static void make_megabyte(const char *path)
{
	make_file(path, 0600, "");
	check_number(truncate(path, 1024 * 1024), 0);
}

static void make_link_to_file(const char *path)
{
	make_file("/run/target", 0600, "target");
	make_link(path, "/run/target");
}

static void make_file_of_user(const char *path)
{
	make_file(path, 0666, "a user's");
	check_number(chown(path, 1000, 1000), 0);
}

static void write_replaces_what_is_there(void)
{
	static const struct {
		const char *what;
		void (*make)(const char *path);
	} rows[] = {
		{ "a link to a file", make_link_to_file },
		{ "a dangling link", make_dangling_link },
		{ "a link to a directory", make_link_to_directory },
		{ "a FIFO", make_fifo },
		{ "a file of 1 MiB", make_megabyte },
		{ "a file of a user", make_file_of_user },
	};
	int state = open_state();

	make_directory("/run/other", 0700);
	make_directory(STATE "/names", 0755);
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		rows[i].make(STATE "/names/alice");
		check_result(write_record(state, "new"), 0);
		check_record("key=new\n");
		check_nothing_in_tmp();
		check_number(unlink(STATE "/names/alice"), 0);
	}
	check_text(read_text("/run/target"), "target");
	check_number(access("/run/none", F_OK), -1);
	check_number(rmdir("/run/other"), 0);
}

/* A reader has one or the other, and never an empty one. */
static void write_leaves_an_open_file_as_it_was(void)
{
	int state = open_state();
	char text[64] = "";
	int fd;

	check_result(write_record(state, "old"), 0);
	fd = open(STATE "/names/alice", O_RDONLY | O_CLOEXEC);
	check_result(write_record(state, "new"), 0);
	check(read(fd, text, sizeof(text) - 1) > 0);
	check_text(text, "key=old\n");
	check_record("key=new\n");
}

static volatile sig_atomic_t reading = 1;

static void stop_reading(int number)
{
	(void)number;
	reading = 0;
}

static void read_all_the_time(void)
{
	const struct sigaction action = { .sa_handler = stop_reading };
	int complete = 0;

	check_number(sigaction(SIGTERM, &action, NULL), 0);
	while (reading) {
		const char *text = read_text(STATE "/names/alice");

		check(!strcmp(text, "key=old\n") || !strcmp(text, "key=new\n"));
		complete++;
	}
	check(complete > 0);
}

static void reader_finds_one_complete_record_at_any_time(void)
{
	int state = open_state();
	pid_t reader;

	check_result(write_record(state, "old"), 0);
	reader = process_start(read_all_the_time);
	for (long long end = now_ms() + 300; now_ms() < end;) {
		check_result(write_record(state, "new"), 0);
		check_result(write_record(state, "old"), 0);
	}
	check_number(kill(reader, SIGTERM), 0);
	process_join(reader);
}

static void write_replaces_what_a_killed_writer_left_in_tmp(void)
{
	int state = open_state();

	make_directory(STATE "/tmp", 0700);
	make_directory(STATE "/tmp/names", 0700);
	row("shorter");
	make_file(STATE "/tmp/names/alice", 0644, "k");
	check_result(write_record(state, "new"), 0);
	check_record("key=new\n");
	row("longer");
	make_file(STATE "/tmp/names/alice", 0644, "key=much longer than new\n");
	check_result(write_record(state, "new"), 0);
	check_record("key=new\n");
	row("another name's");
	make_file(STATE "/tmp/names/bob", 0644, "bob's");
	check_result(write_record(state, "new"), 0);
	check_record("key=new\n");
	check_text(read_text(STATE "/tmp/names/bob"), "bob's");
}

static void write_does_not_wait_for_what_is_no_file_in_tmp(void)
{
	int state = open_state();

	check_result(write_record(state, "old"), 0);
	row("a FIFO");
	make_fifo(STATE "/tmp/names/alice");
	check_result(write_record(state, "new"), -ENXIO);
	check_number(unlink(STATE "/tmp/names/alice"), 0);
	row("a link");
	make_link_to_file(STATE "/tmp/names/alice");
	check_result(write_record(state, "new"), -ELOOP);
	check_number(unlink(STATE "/tmp/names/alice"), 0);
	check_text(read_text("/run/target"), "target");
	row("a directory");
	make_directory(STATE "/tmp/names/alice", 0755);
	check_result(write_record(state, "new"), -EISDIR);
	check_record("key=old\n");
}

static void write_fails_where_a_directory_is_in_the_way(void)
{
	int state = open_state();
	int before = count_descriptors();

	make_directory(STATE "/names", 0755);
	make_directory(STATE "/names/alice", 0755);
	check_result(write_record(state, "new"), -EISDIR);
	check_directory(STATE "/names/alice", 0755);
	check_nothing_in_tmp();
	check_number(count_descriptors(), before);
}

/* Removes path once in each round. */
static void remove_in_rounds(const char *path, atomic_int *round)
{
	int seen = *round;

	for (;;) {
		while (*round == seen)
			;
		seen = *round;
		while (*round == seen && remove(path) < 0)
			;
	}
}

static void write_goes_on_if_others_remove_what_it_makes(void)
{
	static const char *const paths[] = { STATE "/sessions/net:[5]",
					     STATE "/tmp/sessions/7.7" };
	struct record record = record_of("value");
	int state = open_state();
	atomic_int *round = mmap(NULL, sizeof(*round), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(round != MAP_FAILED);
	for (size_t i = 0; i < COUNT(paths); i++) {
		pid_t remover = fork();

		row(paths[i]);
		if (remover == 0)
			remove_in_rounds(paths[i], round);
		for (int j = 0; j < 2000; j++) {
			(*round)++;
			check_result(record_write(state, "sessions", "net:[5]",
						  "7.7", &record),
				     0);
			check_number(unlink(STATE "/sessions/net:[5]/7.7"), 0);
			(void)rmdir(STATE "/sessions/net:[5]");
		}
		check_number(kill(remover, SIGKILL), 0);
		check_number(waitpid(remover, NULL, 0), remover);
	}
}

static void write_of_4096_bytes_is_the_most(void)
{
	int state = open_state();
	struct record record = RECORD_EMPTY;
	char value[4096];

	memset(value, 'x', sizeof(value));
	value[4096 - sizeof("key=\n") + 1] = '\0';
	record_add(&record, "key", value);
	check_number(record.length, 4096);
	check_result(record_write(state, "names", NULL, "alice", &record), 0);
	check_number(strlen(read_text(STATE "/names/alice")), 4096);
	record_add(&record, "k", "");
	check_number(record.length, 4096 + 3);
	check_result(record_write(state, "names", NULL, "alice", &record),
		     -E2BIG);
	check_number(strlen(read_text(STATE "/names/alice")), 4096);
	check_nothing_in_tmp();
	row("one byte");
	record = RECORD_EMPTY;
	value[4096 - sizeof("key=\n") + 1] = 'x';
	value[4096 - sizeof("key=\n") + 2] = '\0';
	record_add(&record, "key", value);
	check_number(record.length, 4097);
	check_result(record_write(state, "names", NULL, "alice", &record),
		     -E2BIG);
	row("much more");
	for (int i = 0; i < 10000; i++)
		record_add(&record, "key", value);
	check_result(record_write(state, "names", NULL, "alice", &record),
		     -E2BIG);
}

/* What may not be raised. */
static void write_that_fails_keeps_the_old_file(void)
{
	static const rlim_t limits[] = { 3, 0 };
	int state = open_state();
	int before = count_descriptors();

	check_result(write_record(state, "old"), 0);
	drop_capability(CAP_SYS_RESOURCE);
	for (size_t i = 0; i < COUNT(limits); i++) {
		const struct rlimit limit = { .rlim_cur = limits[i],
					      .rlim_max = limits[i] };

		check_number(setrlimit(RLIMIT_FSIZE, &limit), 0);
		check_result(write_record(state, "new"), -EFBIG);
		check_record("key=old\n");
		check_nothing_in_tmp();
		check_number(count_descriptors(), before);
	}
}

static void write_goes_beyond_the_limit_of_the_size_of_files(void)
{
	const struct rlimit limit = { .rlim_cur = 0, .rlim_max = 4096 };
	struct rlimit now;
	int state = open_state();

	check_number(setrlimit(RLIMIT_FSIZE, &limit), 0);
	check_result(write_record(state, "new"), 0);
	check_record("key=new\n");
	check_number(getrlimit(RLIMIT_FSIZE, &now), 0);
	check_number(now.rlim_cur, 0);
	check_number(now.rlim_max, 4096);
}

static void write_fails_if_its_directories_are_not_only_root_s(void)
{
	int state = open_state();

	check_result(write_record(state, "old"), 0);
	row("tmp");
	check_number(chmod(STATE "/tmp/names", 01777), 0);
	check_result(write_record(state, "new"), -EPERM);
	check_number(chmod(STATE "/tmp/names", 0700), 0);
	row("names");
	check_number(chown(STATE "/names", 1000, 0), 0);
	check_result(write_record(state, "new"), -EPERM);
	check_number(chown(STATE "/names", 0, 0), 0);
	check_record("key=old\n");
	row("no state");
	check_result(write_record(-EBADF, "new"), -EBADF);
}

static void write_with_few_descriptors_leaks_none(void)
{
	int state = open_state();
	int before = count_descriptors();
	int room = 0;
	int r;

	check_result(write_record(state, "old"), 0);
	do {
		limit_descriptors(room++);
		r = write_record(state, "new");
		limit_descriptors(-1);
		check_number(count_descriptors(), before);
		if (r < 0) {
			check_result(r, -EMFILE);
			check_record("key=old\n");
		}
	} while (r < 0 && room < 10);
	check_result(r, 0);
	check_number(room, 4);
	check_record("key=new\n");
}

/* --- Reading --- */

static int open_names(int state)
{
	int fd = state_open(state, "names", 0755);

	check(fd >= 0);
	return fd;
}

static struct record record_with(const char *text, size_t size)
{
	struct record record = RECORD_EMPTY;

	check(size <= sizeof(record.text));
	memcpy(record.text, text, size);
	record.length = size;
	return record;
}

static void read_gives_back_what_was_written(void)
{
	int state = open_state();
	int names = open_names(state);
	int before = count_descriptors();
	struct record record = RECORD_EMPTY;
	unsigned long long number = 0;
	char value[64];

	record_add(&record, "name", "two words\\\n\x7f");
	record_add_number(&record, "cookie", UINT64_MAX);
	record_add(&record, "init", "");
	check_result(record_write(state, "names", NULL, "alice", &record), 0);
	record = RECORD_EMPTY;
	check_result(record_read(names, "alice", &record), 0);
	check_result(record_get(&record, "name", value, sizeof(value)), 0);
	check_text(value, "two words\\\n\x7f");
	check_result(record_get_number(&record, "cookie", &number), 0);
	check(number == UINT64_MAX);
	check_result(record_get(&record, "init", value, sizeof(value)), 0);
	check_text(value, "");
	check_result(record_get(&record, "na", value, sizeof(value)), -ENODATA);
	check_result(record_get(&record, "names", value, sizeof(value)),
		     -ENODATA);
	check_number(count_descriptors(), before);
}

static void read_gives_back_each_byte(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char value[] = { 'a', (char)byte, 'z', '\0' };
		struct record record = RECORD_EMPTY;
		char got[8];

		record_add(&record, "key", value);
		check(record_is_valid(&record));
		check_result(record_get(&record, "key", got, sizeof(got)), 0);
		check_text(got, value);
	}
}

static void make_two_mebibytes(const char *path)
{
	make_file(path, 0644, "");
	check_number(truncate(path, 2 * 1024 * 1024), 0);
}

static void make_4097_bytes(const char *path)
{
	make_file(path, 0644, "");
	check_number(truncate(path, 4097), 0);
}

static void make_group_writable(const char *path)
{
	make_file(path, 0664, "key=x\n");
	check_number(chmod(path, 0664), 0);
}

static void make_others_file(const char *path)
{
	make_file(path, 0644, "key=x\n");
	check_number(chown(path, 1000, 0), 0);
}

static void make_link_to_record(const char *path)
{
	make_file("/run/target", 0644, "key=x\n");
	make_link(path, "/run/target");
}

static void make_directory_there(const char *path)
{
	make_directory(path, 0755);
}

static void make_no_record(const char *path)
{
	make_file(path, 0644, "key=x");
}

static void make_nothing(const char *path)
{
	(void)path;
}

static void read_refuses_what_is_no_record_of_root_s(void)
{
	static const struct {
		const char *what;
		void (*make)(const char *path);
		int result;
	} rows[] = {
		{ "nothing", make_nothing, -ENOENT },
		{ "a link to a record", make_link_to_record, -ELOOP },
		{ "a dangling link", make_dangling_link, -ELOOP },
		{ "a FIFO", make_fifo, -ENXIO },
		{ "a directory", make_directory_there, -ENXIO },
		{ "a file of 2 MiB", make_two_mebibytes, -EFBIG },
		{ "a byte too much", make_4097_bytes, -EFBIG },
		{ "another's file", make_others_file, -EPERM },
		{ "writable by a group", make_group_writable, -EPERM },
		{ "half a line", make_no_record, -EINVAL },
	};
	int state = open_state();
	int names = open_names(state);

	for (size_t i = 0; i < COUNT(rows); i++) {
		int before = count_descriptors();
		struct record record = record_of("old");

		row(rows[i].what);
		rows[i].make(STATE "/names/alice");
		check_result(record_read(names, "alice", &record),
			     rows[i].result);
		check_text(record_text(&record), "key=old\n");
		check_number(count_descriptors(), before);
		(void)unlink(STATE "/names/alice");
		(void)rmdir(STATE "/names/alice");
	}
	row("no descriptors");
	check_result(write_record(state, "new"), 0);
	limit_descriptors(0);
	check_result(record_read(names, "alice", &(struct record){ "", 0 }),
		     -EMFILE);
	limit_descriptors(-1);
	row("no directory");
	check_result(record_read(-EBADF, "alice", &(struct record){ "", 0 }),
		     -EBADF);
}

static void read_takes_4096_bytes(void)
{
	int state = open_state();
	int names = open_names(state);
	struct record record = RECORD_EMPTY;
	char value[4096];
	char got[4096];

	memset(value, 'x', sizeof(value));
	value[4096 - sizeof("key=\n") + 1] = '\0';
	record_add(&record, "key", value);
	check_result(record_write(state, "names", NULL, "alice", &record), 0);
	record = RECORD_EMPTY;
	check_result(record_read(names, "alice", &record), 0);
	check_result(record_get(&record, "key", got, sizeof(got)), 0);
	check_text(got, value);
	check_result(record_get(&record, "key", got, strlen(value)), -E2BIG);
	check_result(record_get(&record, "key", got, strlen(value) + 1), 0);
}

static void valid_is_what_record_add_writes(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{ "", true },
		{ "key=value\n", true },
		{ "key=\n", true },
		{ "a_1=x\nb=y\n", true },
		{ "key=a=b\n", true },
		{ "key=\\040\\377\n", true },
		{ "key=value", false },
		{ "key=value\nother", false },
		{ "key\n", false },
		{ "=value\n", false },
		{ "\n", false },
		{ "key=a\n\n", false },
		{ "Key=value\n", false },
		{ "k ey=value\n", false },
		{ " key=value\n", false },
		{ "key=two words\n", false },
		{ "key=tab\there\n", false },
		{ "key=\x1b[2J\n", false },
		{ "key=\x7f\n", false },
		{ "key=value\r\n", false },
		{ "key=\\\n", false },
		{ "key=\\04\n", false },
		{ "key=\\048\n", false },
		{ "key=\\000\n", false },
		{ "key=\\400\n", false },
		{ "key=\\777\n", false },
		{ "key=\\x41\n", false },
	};
	struct record record;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].text);
		record = record_with(rows[i].text, strlen(rows[i].text));
		check_number(record_is_valid(&record), rows[i].valid);
	}
	row("a NUL in a value");
	record = record_with("key=a\0b\n", 8);
	check(!record_is_valid(&record));
	row("a NUL in a key");
	record = record_with("k\0y=ab\n", 8);
	check(!record_is_valid(&record));
	row("more than there is room for");
	record.length = sizeof(record.text) + 1;
	check(!record_is_valid(&record));
	row(NULL);
}

static void get_takes_the_first_line_of_a_key(void **state)
{
	static const char text[] = "a=1\nab=2\na=3\n";
	struct record record = record_with(text, sizeof(text) - 1);
	char value[8] = "old";

	(void)state;
	check_result(record_get(&record, "a", value, sizeof(value)), 0);
	check_text(value, "1");
	check_result(record_get(&record, "ab", value, sizeof(value)), 0);
	check_text(value, "2");
	check_result(record_get(&record, "b", value, sizeof(value)), -ENODATA);
	check_result(record_get(&record, "", value, sizeof(value)), -ENODATA);
	check_text(value, "2");
}

static void get_number_takes_nothing_but_a_number(void **state)
{
	static const struct {
		const char *value;
		int result;
		unsigned long long number;
	} rows[] = {
		{ "0", 0, 0 },
		{ "4026531840", 0, 4026531840 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -EINVAL, 7 },
		{ "99999999999999999999", -EINVAL, 7 },
		{ "000000000000000000000000000", -EINVAL, 7 },
		{ "", -EINVAL, 7 },
		{ "-1", -EINVAL, 7 },
		{ "+1", -EINVAL, 7 },
		{ " 1", -EINVAL, 7 },
		{ "1x", -EINVAL, 7 },
		{ "0x1", -EINVAL, 7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record record = record_of(rows[i].value);
		unsigned long long number = 7;

		row(rows[i].value);
		check_result(record_get_number(&record, "key", &number),
			     rows[i].result);
		check(number == rows[i].number);
		check_result(record_get_number(&record, "none", &number),
			     -ENODATA);
	}
	row(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("state_open_makes_directories_of_root",
			  open_makes_directories_of_root),
		sandboxed("state_open_returns_the_directory_that_is_there",
			  open_returns_the_directory_that_is_there),
		sandboxed("state_open_corrects_mode_and_group",
			  open_corrects_mode_and_group),
		sandboxed(
			"state_open_makes_directories_of_root_where_run_is_set_group_id",
			open_makes_directories_of_root_where_run_is_set_group_id),
		sandboxed(
			"state_open_makes_directories_of_root_with_another_egid",
			open_makes_directories_of_root_with_another_egid),
		sandboxed(
			"state_open_refuses_a_directory_that_is_not_only_root_s",
			open_refuses_a_directory_that_is_not_only_root_s),
		sandboxed("state_open_refuses_what_is_no_directory",
			  open_refuses_what_is_no_directory),
		sandboxed("state_open_returns_why_it_cannot_make_a_directory",
			  open_returns_why_it_cannot_make_a_directory),
		sandboxed("state_empty_removes_all_that_is_in_it",
			  empty_removes_all_that_is_in_it),
		sandboxed("state_empty_removes_very_many_directories",
			  empty_removes_very_many_directories),
		sandboxed("state_empty_keeps_what_is_young",
			  empty_keeps_what_is_young),
		sandboxed("state_empty_says_what_it_could_not_remove",
			  empty_says_what_it_could_not_remove),
		plain("record_add_escapes_what_could_end_a_value_or_a_line",
		      add_escapes_what_could_end_a_value_or_a_line),
		plain("record_add_escapes_each_byte_so_that_it_can_be_read_back",
		      add_escapes_each_byte_so_that_it_can_be_read_back),
		plain("record_add_number_writes_it_in_decimal",
		      add_number_writes_it_in_decimal),
		sandboxed("record_write_makes_a_file_that_all_can_read",
			  write_makes_a_file_that_all_can_read),
		sandboxed("record_write_replaces_what_is_there",
			  write_replaces_what_is_there),
		sandboxed("record_write_leaves_an_open_file_as_it_was",
			  write_leaves_an_open_file_as_it_was),
		sandboxed(
			"record_write_reader_finds_one_complete_record_at_any_time",
			reader_finds_one_complete_record_at_any_time),
		sandboxed(
			"record_write_replaces_what_a_killed_writer_left_in_tmp",
			write_replaces_what_a_killed_writer_left_in_tmp),
		sandboxed(
			"record_write_does_not_wait_for_what_is_no_file_in_tmp",
			write_does_not_wait_for_what_is_no_file_in_tmp),
		sandboxed("record_write_fails_where_a_directory_is_in_the_way",
			  write_fails_where_a_directory_is_in_the_way),
		sandboxed("record_write_goes_on_if_others_remove_what_it_makes",
			  write_goes_on_if_others_remove_what_it_makes),
		sandboxed("record_write_of_4096_bytes_is_the_most",
			  write_of_4096_bytes_is_the_most),
		sandboxed(
			"record_write_goes_beyond_the_limit_of_the_size_of_files",
			write_goes_beyond_the_limit_of_the_size_of_files),
		sandboxed("record_write_that_fails_keeps_the_old_file",
			  write_that_fails_keeps_the_old_file),
		sandboxed(
			"record_write_fails_if_its_directories_are_not_only_root_s",
			write_fails_if_its_directories_are_not_only_root_s),
		sandboxed("record_write_with_few_descriptors_leaks_none",
			  write_with_few_descriptors_leaks_none),
		sandboxed("record_read_gives_back_what_was_written",
			  read_gives_back_what_was_written),
		plain("record_read_gives_back_each_byte",
		      read_gives_back_each_byte),
		sandboxed("record_read_refuses_what_is_no_record_of_root_s",
			  read_refuses_what_is_no_record_of_root_s),
		sandboxed("record_read_takes_4096_bytes",
			  read_takes_4096_bytes),
		plain("record_is_valid_if_record_add_writes_it",
		      valid_is_what_record_add_writes),
		plain("record_get_takes_the_first_line_of_a_key",
		      get_takes_the_first_line_of_a_key),
		plain("record_get_number_takes_nothing_but_a_number",
		      get_number_takes_nothing_but_a_number),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
