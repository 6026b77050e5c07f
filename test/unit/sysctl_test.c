/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new network namespace takes over from the old one. */
#include "common/sysctl.h"
#include "sandbox.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#define PING "/proc/sys/net/ipv4/ping_group_range"
#define PORT "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static void new_namespace_behaves_as_the_old_one(void)
{
	static const struct {
		const char *what;
		const char *ping;
		const char *port;
	} rows[] = {
		{ "the kernel's own", "1\t0\n", "1024\n" },
		{ "those of systemd", "0\t2147483647\n", "1024\n" },
		{ "the widest", "0\t4294967294\n", "0\n" },
		{ "one group, and web servers", "1000\t1000\n", "80\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sysctl values;

		row(rows[i].what);
		check_number(unshare(CLONE_NEWNET), 0);
		write_file(PING, rows[i].ping);
		write_file(PORT, rows[i].port);
		sysctl_read(&values);
		check_number(unshare(CLONE_NEWNET), 0);
		check_text(read_text(PORT), "1024\n");
		check_result(sysctl_write(&values), 0);
		check_text(read_text(PING), rows[i].ping);
		check_text(read_text(PORT), rows[i].port);
	}
}

static void what_is_unknown_is_left_alone(void)
{
	struct sysctl values;

	memset(&values, 'x', sizeof(values));
	mount_tmpfs("/run/proc");
	check_number(mount("/run/proc", "/proc/sys", NULL, MS_BIND, NULL), 0);
	sysctl_read(&values);
	check_text(values.ping_group_range, "");
	check_text(values.unprivileged_port_start, "");
	check_number(umount2("/proc/sys", 0), 0);
	check_result(sysctl_write(&values), 0);
	check_text(read_text(PING), "1\t0\n");
	check_text(read_text(PORT), "1024\n");
}

static void write_tries_all_and_tells_the_first_error(void)
{
	static const struct {
		const char *what;
		struct sysctl values;
		int result;
		const char *port;
	} rows[] = {
		{ "a bad range", { "nonsense", "80" }, -EINVAL, "80\n" },
		{ "a bad port", { "0 0", "nonsense" }, -EINVAL, "1024\n" },
		{ "both", { "nonsense", "99999" }, -EINVAL, "1024\n" },
	};
	int before = count_descriptors();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row(rows[i].what);
		check_number(unshare(CLONE_NEWNET), 0);
		check_result(sysctl_write(&rows[i].values), rows[i].result);
		check_text(read_text(PORT), rows[i].port);
	}
	check_number(count_descriptors(), before);
}

static void write_tells_that_proc_is_read_only(void)
{
	const struct sysctl values = { "0 0", "80" };

	bind_mount("/proc/sys", "/proc/sys");
	check_number(mount(NULL, "/proc/sys", NULL,
			   MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
		     0);
	check_result(sysctl_write(&values), -EROFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("sysctl_a_new_namespace_behaves_as_the_old_one",
			  new_namespace_behaves_as_the_old_one),
		sandboxed("sysctl_what_is_unknown_is_left_alone",
			  what_is_unknown_is_left_alone),
		sandboxed("sysctl_write_tries_all_and_tells_the_first_error",
			  write_tries_all_and_tells_the_first_error),
		sandboxed("sysctl_write_tells_that_proc_is_read_only",
			  write_tells_that_proc_is_read_only),
	};

	return cmocka_run_group_tests_name("sysctl", tests, NULL, NULL);
}
