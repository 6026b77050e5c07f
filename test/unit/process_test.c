/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What proc(5) says of a process. */
#include "common/process.h"
#include "common/scope.h"
#include "sandbox.h"

#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

static void read_says_who_it_is(void)
{
	scoped_fd int self = process_open(0);
	struct process process = { .parent = 0 };

	check(self >= 0);
	check_number(prctl(PR_SET_NAME, "a) R 1 (b\n", 0, 0, 0), 0);
	check_result(process_read(self, &process), 0);
	check_text(process.name, "a) R 1 (b\n");
	check_number(process.parent, getppid());
	check(process.start_time > 0);
	check_number(process.start_time, process_start_time(self));
}

static void read_of_what_is_gone_fails(void)
{
	scoped_fd int none = process_open(4000000);
	struct process process = { .parent = 7 };

	check_result(none, -ENOENT);
	check_result(process_read(none, &process), -ESRCH);
	check_number(process.parent, 7);
	check_number(process_start_time(none), 0);
}

static void *wait_for_end(void *data)
{
	(void)pause();
	return data;
}

static void has_more_threads_has_three_answers(void)
{
	pthread_t thread;

	check_result(process_has_more_threads(), 0);
	check_number(pthread_create(&thread, NULL, wait_for_end, NULL), 0);
	check_result(process_has_more_threads(), 1);
	mount_tmpfs("/proc");
	check_result(process_has_more_threads(), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandboxed("process_read_says_who_it_is", read_says_who_it_is),
		sandboxed("process_read_of_what_is_gone_fails",
			  read_of_what_is_gone_fails),
		sandboxed("process_has_more_threads_has_three_answers",
			  has_more_threads_has_three_answers),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
