/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new network namespace takes over from the old one. */
#include "common/sysctl.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PING "/proc/sys/net/ipv4/ping_group_range"
#define PORT "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static int proc_open(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	check(fd >= 0);
	return fd;
}

/* An instance of proc that is mounted nowhere. */
static int proc_create(void)
{
	int context = (int)syscall(SYS_fsopen, "proc", 1);
	int fd;

	check(context >= 0);
	check_number(syscall(SYS_fsconfig, context, 6, NULL, NULL, 0), 0);
	fd = (int)syscall(SYS_fsmount, context, 1, 0);
	check(fd >= 0);
	check_number(close(context), 0);
	return fd;
}

static void check_new_namespaces(int proc)
{
	static const struct {
		const char *what;
		const char *ping;
		const char *port;
		bool is_default;
	} rows[] = {
		{ "the kernel's own", "1\t0\n", "1024\n", true },
		{ "those of systemd", "0\t2147483647\n", "1024\n", false },
		{ "only the ports differ", "1\t0\n", "80\n", false },
		{ "the widest", "0\t4294967294\n", "0\n", false },
		{ "one group, and web servers", "1000\t1000\n", "80\n", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sysctl values;

		row(rows[i].what);
		check_number(unshare(CLONE_NEWNET), 0);
		write_file(PING, rows[i].ping);
		write_file(PORT, rows[i].port);
		sysctl_read(proc, &values);
		check(sysctl_is_default(&values) == rows[i].is_default);
		check_number(unshare(CLONE_NEWNET), 0);
		check_text(read_text(PORT), "1024\n");
		check_result(sysctl_write(proc, &values), 0);
		check_text(read_text(PING), rows[i].ping);
		check_text(read_text(PORT), rows[i].port);
	}
}

static void new_namespace_gets_the_values_of_the_old_one(void)
{
	int proc = proc_open("/proc");
	int before = count_descriptors();

	check_new_namespaces(proc);
	check_number(count_descriptors(), before);
}

static void values_are_copied_by_a_proc_that_is_not_mounted(void)
{
	check_new_namespaces(proc_create());
}

/* As in a container, whose /proc/sys is read-only. */
static void another_proc_writes_where_proc_is_read_only(void)
{
	const struct sysctl values = { "0\t0\n", "80\n" };
	int mounted = proc_open("/proc");
	int proc = proc_create();

	bind_mount("/proc/sys", "/proc/sys");
	check_number(mount(NULL, "/proc/sys", NULL,
			   MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
		     0);
	check_result(sysctl_write(mounted, &values), -EROFS);
	check_text(read_text(PING), "1\t0\n");
	check_text(read_text(PORT), "1024\n");
	check_result(sysctl_write(proc, &values), 0);
	check_text(read_text(PING), "0\t0\n");
	check_text(read_text(PORT), "80\n");
}

static void what_cannot_be_read_is_unknown_and_not_written(void)
{
	static const struct {
		const char *what;
		const char *hidden;
	} rows[] = {
		{ "no sysctls", "/proc/sys" },
		{ "no sysctls of networks", "/proc/sys/net" },
	};
	int proc = proc_open("/proc");

	mount_tmpfs("/run/empty");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sysctl values;

		row(rows[i].what);
		memset(&values, 'x', sizeof(values));
		check_number(mount("/run/empty", rows[i].hidden, NULL, MS_BIND,
				   NULL),
			     0);
		sysctl_read(proc, &values);
		check_text(values.ping_group_range, "");
		check_text(values.unprivileged_port_start, "");
		check(sysctl_is_default(&values));
		check_number(umount2(rows[i].hidden, 0), 0);
		check_result(sysctl_write(proc, &values), 0);
		check_text(read_text(PING), "1\t0\n");
		check_text(read_text(PORT), "1024\n");
	}
	row("no proc");
	{
		struct sysctl values;

		memset(&values, 'x', sizeof(values));
		sysctl_read(-EBADF, &values);
		check(sysctl_is_default(&values));
		check_result(sysctl_write(-EBADF, &values), 0);
	}
}

static void defaults_are_not_written(void)
{
	static const struct sysctl rows[] = {
		{ "1\t0\n", "1024\n" },
		{ "", "" },
		{ "1\t0\n", "" },
		{ "", "1024\n" },
	};

	row("nothing is opened");
	for (size_t i = 0; i < COUNT(rows); i++) {
		check(sysctl_is_default(&rows[i]));
		check_result(sysctl_write(-EBADF, &rows[i]), 0);
	}
	row("nothing is changed");
	for (size_t i = 0; i < COUNT(rows); i++) {
		int proc = proc_open("/proc");

		write_file(PING, "5 6");
		write_file(PORT, "80");
		check_result(sysctl_write(proc, &rows[i]), 0);
		check_text(read_text(PING), "5\t6\n");
		check_text(read_text(PORT), "80\n");
		check_number(close(proc), 0);
	}
}

static void write_tries_both_and_returns_the_first_error(void)
{
	static const struct {
		const char *what;
		struct sysctl values;
		int result;
		const char *ping;
		const char *port;
	} rows[] = {
		{ "a bad range",
		  { "nonsense", "80" },
		  -EINVAL,
		  "1\t0\n",
		  "80\n" },
		{ "a bad port",
		  { "0 0", "nonsense" },
		  -EINVAL,
		  "0\t0\n",
		  "1024\n" },
		{ "both", { "nonsense", "99999" }, -EINVAL, "1\t0\n", "1024\n" },
	};
	int proc = proc_open("/proc");
	int before = count_descriptors();

	for (size_t i = 0; i < COUNT(rows); i++) {
		row(rows[i].what);
		check_number(unshare(CLONE_NEWNET), 0);
		check_result(sysctl_write(proc, &rows[i].values),
			     rows[i].result);
		check_text(read_text(PING), rows[i].ping);
		check_text(read_text(PORT), rows[i].port);
	}
	row("no proc");
	check_result(sysctl_write(-EBADF, &rows[0].values), -EBADF);
	check_number(count_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("sysctl_new_namespace_gets_the_values_of_the_old_one",
			  new_namespace_gets_the_values_of_the_old_one),
		sandboxed(
			"sysctl_values_are_copied_by_a_proc_that_is_not_mounted",
			values_are_copied_by_a_proc_that_is_not_mounted),
		sandboxed("sysctl_another_proc_writes_where_proc_is_read_only",
			  another_proc_writes_where_proc_is_read_only),
		sandboxed(
			"sysctl_what_cannot_be_read_is_unknown_and_not_written",
			what_cannot_be_read_is_unknown_and_not_written),
		sandboxed("sysctl_defaults_are_not_written",
			  defaults_are_not_written),
		sandboxed("sysctl_write_tries_both_and_returns_the_first_error",
			  write_tries_both_and_returns_the_first_error),
	};

	return cmocka_run_group_tests_name("sysctl", tests, NULL, NULL);
}
