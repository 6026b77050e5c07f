/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by which root rules: read whole, and only if they are root's. */
#include "common/conffile.h"
#include "sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>

#define FILE_PATH "/etc/file"

static bool no_calloc;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return no_calloc ? NULL : __real_calloc(count, size);
}

/* Reads the file; a failure returns nothing else, and none leaves a trace. */
static void check_read(int result)
{
	int before = count_descriptors();
	char *text = NULL;
	size_t size = 77;

	check_result(conffile_read(FILE_PATH, &text, &size), result);
	check_number(count_descriptors(), before);
	check((text == NULL) == (result < 0));
	if (result < 0)
		check_number(size, 77);
	free(text);
}

static void read_gives_the_whole_file(void)
{
	char *text = NULL;
	size_t size = 0;

	make_file(FILE_PATH, 0644, "one\ntwo");
	check_result(conffile_read(FILE_PATH, &text, &size), 0);
	check_number(size, 7);
	check_text(text, "one\ntwo");
	free(text);
	check_number(unlink(FILE_PATH), 0);
	make_file(FILE_PATH, 0600, "");
	check_result(conffile_read(FILE_PATH, &text, &size), 0);
	check_number(size, 0);
	check_text(text, "");
	free(text);
}

static void read_refuses_what_others_can_change(void)
{
	make_file(FILE_PATH, 0644, "x");
	check(chown(FILE_PATH, 1000, 0) == 0);
	check_read(-EPERM);
	check(chown(FILE_PATH, 0, 1000) == 0);
	check_read(0);
	check(chmod(FILE_PATH, 0664) == 0);
	check_read(-EPERM);
	check(chmod(FILE_PATH, 0646) == 0);
	check_read(-EPERM);
}

static void read_refuses_what_is_no_file_without_waiting(void)
{
	check_read(-ENOENT);
	make_file("/etc/other", 0644, "x");
	make_link(FILE_PATH, "/etc/other");
	check_read(-ELOOP);
	check(unlink(FILE_PATH) == 0);
	make_fifo(FILE_PATH);
	check_read(-ENXIO);
	check(unlink(FILE_PATH) == 0);
	check(mknod(FILE_PATH, S_IFCHR | 0600, makedev(1, 5)) == 0);
	check_read(-ENXIO);
	check(unlink(FILE_PATH) == 0);
	make_directory(FILE_PATH, 0755);
	check_read(-EISDIR);
	/* What it is tells more than whose it is. */
	check(chmod(FILE_PATH, 0777) == 0);
	check_read(-EISDIR);
}

static void read_refuses_more_than_a_mebibyte(void)
{
	make_file(FILE_PATH, 0644, "x");
	check(truncate(FILE_PATH, CONFFILE_MAX) == 0);
	check_read(0);
	check(truncate(FILE_PATH, CONFFILE_MAX + 1) == 0);
	check_read(-EFBIG);
}

/* Lists /etc/d; a failure leaves no trace and nothing to free. */
static void check_list(int result, size_t expected)
{
	int before = count_descriptors();
	char **list = (char **)&before;
	size_t count = 77;

	check_result(conffile_list("/etc/d", ".conf", &list, &count), result);
	check_number(count_descriptors(), before);
	if (result < 0)
		check(list == NULL);
	else
		check_number(count, expected);
	conffile_free_list(list, expected);
}

static void list_is_in_the_order_of_strcmp(void)
{
	static const char *const names[] = {
		"10.conf", "9.conf", "B.conf", "a b.conf", "a.conf", "b.conf",
	};
	char **list = NULL;
	size_t count = 0;

	make_directory("/etc/d", 0755);
	for (size_t i = 6; i > 0; i--) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/etc/d/%s", names[i - 1]);
		make_file(path, 0644, "");
	}
	make_file("/etc/d/a.conf.bak", 0644, "");
	make_file("/etc/d/aconf", 0644, "");
	make_file("/etc/d/.conf", 0644, "");
	make_file("/etc/d/.a.conf", 0644, "");
	check_result(conffile_list("/etc/d", ".conf", &list, &count), 0);
	check_number(count, 6);
	for (size_t i = 0; i < count; i++) {
		check(!strncmp(list[i], "/etc/d/", 7));
		check_text(list[i] + 7, names[i]);
	}
	conffile_free_list(list, count);
}

static void list_is_empty_without_directory_or_files(void)
{
	check_list(0, 0);
	make_directory("/etc/d", 0755);
	check_list(0, 0);
}

static void list_refuses_what_others_can_change(void)
{
	make_directory("/etc/d", 0755);
	make_file("/etc/d/a.conf", 0644, "");
	check_list(0, 1);
	check(chmod("/etc/d", 0777) == 0);
	check_list(-EPERM, 0);
	check(chmod("/etc/d", 01777) == 0);
	check_list(-EPERM, 0);
	check(chmod("/etc/d", 0775) == 0);
	check_list(-EPERM, 0);
	check(chmod("/etc/d", 0755) == 0);
	check(chown("/etc/d", 1000, 0) == 0);
	check_list(-EPERM, 0);
}

static void list_refuses_what_is_no_directory(void)
{
	make_file("/etc/d", 0644, "");
	check_list(-ENOTDIR, 0);
	check(unlink("/etc/d") == 0);
	make_directory("/etc/other", 0755);
	make_link("/etc/d", "/etc/other");
	/* open(2) says so before it says that it is a link. */
	check_list(-ENOTDIR, 0);
}

static void list_tells_that_memory_is_short(void)
{
	make_directory("/etc/d", 0755);
	make_file("/etc/d/a.conf", 0644, "");
	no_calloc = true;
	check_list(-ENOMEM, 0);
	no_calloc = false;
	check_list(0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("conffile_read gives the whole file",
			  read_gives_the_whole_file),
		sandboxed("conffile_read refuses what others can change",
			  read_refuses_what_others_can_change),
		sandboxed("conffile_read refuses what is no file, without "
			  "waiting",
			  read_refuses_what_is_no_file_without_waiting),
		sandboxed("conffile_read refuses more than 1 MiB",
			  read_refuses_more_than_a_mebibyte),
		sandboxed("conffile_list is in the order of strcmp(3)",
			  list_is_in_the_order_of_strcmp),
		sandboxed("conffile_list is empty without directory or files",
			  list_is_empty_without_directory_or_files),
		sandboxed("conffile_list refuses what others can change",
			  list_refuses_what_others_can_change),
		sandboxed("conffile_list refuses what is no directory",
			  list_refuses_what_is_no_directory),
		sandboxed("conffile_list tells that memory is short",
			  list_tells_that_memory_is_short),
	};

	return cmocka_run_group_tests_name("conffile", tests, NULL, NULL);
}
