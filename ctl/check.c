/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: what would refuse logins, or let somebody out. */
#include "check.h"
#include "common/ns.h"
#include "ctl.h"

/* Networks, mounts and processes are those of where it runs. */
static void check_place(struct report *report)
{
	struct ns_id host = ns_read_host().net;
	struct ns_id net;

	if (ns_id_is_known(host) && ns_current_net(&net) == 0 &&
	    !ns_id_equal(host, net))
		report_add(report, SEVERITY_ADVICE, "/proc/self/ns/net",
			   "this is a session, not the host: what is said "
			   "about networks, mounts and settings is about the "
			   "session",
			   "nsenter -t 1 -m -n pamnetctl check");
}

/* All that is looked at. */
static void check_all(struct report *report, struct check_lines *lines)
{
	const struct stack_source source = system_source();

	check_place(report);
	check_stacks(report, &source, lines);
	check_unread(report, &source, lines);
	check_modules(report, lines);
	check_policies(report, lines);
	check_settings(report, lines);
	check_accounts(report, lines);
	check_unasked_groups(report, lines);
	if (lines->count > 0)
		check_overrides(report, lines);
	if (!ns_has_proc()) {
		ctl_complain("cannot look at names, processes and settings: "
			     "proc is not mounted on /proc");
		report->failed = true;
		return;
	}
	check_names(report, lines);
	/* Who confines nobody wants to hear of nothing else. */
	if (lines->count > 0) {
		check_aliases(report, lines);
		check_programs(report, lines);
		check_units(report, lines);
		check_rights(report, lines);
		check_processes(report, lines);
		check_host(report);
	}
}

/* Only what would be wrong without the modules. */
static void check_without_modules(struct report *report,
				  struct check_lines *lines)
{
	const struct stack_source source = system_source();

	report->muted = true;
	check_stacks(report, &source, lines);
	report->muted = false;
	check_needs(report, lines);
}

int ctl_check(const struct ctl_options *options, int count,
	      const char *const words[])
{
	static const char *const columns[] = { "severity", "where", "+what",
					       "+fix" };
	const struct table_format *format = &options->format;
	struct report report = { .table = NULL };
	struct check_lines lines = { .list = NULL };
	int result;
	int r;

	if (count > 0) {
		ctl_complain("check takes no argument: '%s'", words[0]);
		return CTL_FAILED;
	}
	r = table_begin("check", columns, 4, format, &report.table);
	if (r < 0) {
		ctl_complain(r == -EINVAL ? "no such column: '%s'"
					  : "no memory for '%s'",
			     format->columns ? format->columns : "");
		return CTL_FAILED;
	}
	if (options->without_modules)
		check_without_modules(&report, &lines);
	else
		check_all(&report, &lines);
	progress_end(&report.progress);
	result = table_lines(report.table) > 0 ? CTL_FINDINGS : CTL_DONE;
	if ((result == CTL_FINDINGS || format->json) &&
	    table_print(report.table) < 0)
		report.failed = true;
	if (report.failed)
		result = CTL_FAILED;
	check_stacks_release(&lines);
	report_release(&report);
	return result;
}
