/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by which root rules. */
#include "common/conffile.h"
#include "sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FILE_PATH "/etc/file"

static void expect(int result)
{
	size_t before = (size_t)count_descriptors();
	char *text = NULL;
	size_t size = 0;

	check_result(conffile_read(FILE_PATH, &text, &size), result);
	check_number(count_descriptors(), before);
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
	make_file(FILE_PATH, 0600, "");
	expect(0);
}

static void read_refuses_what_others_can_change(void)
{
	make_file(FILE_PATH, 0644, "x");
	check(chown(FILE_PATH, 1000, 0) == 0);
	expect(-EPERM);
	check(chown(FILE_PATH, 0, 1000) == 0);
	expect(0);
	check(chmod(FILE_PATH, 0664) == 0);
	expect(-EPERM);
	check(chmod(FILE_PATH, 0646) == 0);
	expect(-EPERM);
}

static void read_refuses_what_is_no_file_without_waiting(void)
{
	expect(-ENOENT);
	make_file("/etc/other", 0644, "x");
	make_link(FILE_PATH, "/etc/other");
	expect(-ELOOP);
	check(unlink(FILE_PATH) == 0);
	check(mkfifo(FILE_PATH, 0644) == 0);
	expect(-ENXIO);
	check(unlink(FILE_PATH) == 0);
	make_directory(FILE_PATH, 0755);
	expect(-EISDIR);
}

static void read_refuses_more_than_a_mebibyte(void)
{
	make_file(FILE_PATH, 0644, "x");
	check(truncate(FILE_PATH, CONFFILE_MAX) == 0);
	expect(0);
	check(truncate(FILE_PATH, CONFFILE_MAX + 1) == 0);
	expect(-EFBIG);
}

static void list_is_in_order_and_of_a_safe_directory(void)
{
	char **list = NULL;
	size_t count = 0;

	check_result(conffile_list("/etc/d", ".conf", &list, &count), 0);
	check_number(count, 0);
	make_directory("/etc/d", 0755);
	make_file("/etc/d/b.conf", 0644, "");
	make_file("/etc/d/a.conf", 0644, "");
	make_file("/etc/d/a.conf.bak", 0644, "");
	make_file("/etc/d/.conf", 0644, "");
	check_result(conffile_list("/etc/d", ".conf", &list, &count), 0);
	check_number(count, 2);
	check_text(list[0], "/etc/d/a.conf");
	check_text(list[1], "/etc/d/b.conf");
	conffile_free_list(list, count);
	check(chmod("/etc/d", 0777) == 0);
	check_result(conffile_list("/etc/d", ".conf", &list, &count), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("read gives the whole file",
			  read_gives_the_whole_file),
		sandboxed("read refuses what others can change",
			  read_refuses_what_others_can_change),
		sandboxed("read refuses what is no file, without waiting",
			  read_refuses_what_is_no_file_without_waiting),
		sandboxed("read refuses more than 1 MiB",
			  read_refuses_more_than_a_mebibyte),
		sandboxed("list is in order, and of a safe directory",
			  list_is_in_order_and_of_a_safe_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
