/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pamnetctl check has found. */
#include "report.h"
#include "ctl.h"
#include "grow.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

/* Whether the finding is new. Without memory it is reported again. */
static bool report_remember(struct report *report, const char *where,
			    const char *what)
{
	char *key = text_of("%s\n%s", where, what);
	char **seen;

	for (size_t i = 0; key && i < report->count; i++) {
		if (strcmp(report->seen[i], key) != 0)
			continue;
		free(key);
		return false;
	}
	seen = key ? list_grow(report->seen, report->count, sizeof(*seen))
		   : NULL;
	if (!seen) {
		free(key);
		report->failed = true;
		return true;
	}
	report->seen = seen;
	seen[report->count++] = key;
	return true;
}

void report_add(struct report *report, enum severity severity,
		const char *where, const char *what, const char *fix)
{
	static const char *const names[] = { "outside", "denied", "advice" };
	static const enum table_colour colours[] = { TABLE_RED, TABLE_YELLOW,
						     TABLE_PLAIN };
	const char *texts[] = { names[severity], where, what, fix };

	if (report->muted || !report_remember(report, where, what))
		return;
	if (table_add(report->table, texts, colours[severity], 0) < 0)
		report->failed = true;
}

void report_unseen(struct report *report, const char *path, int error)
{
	progress_end(&report->progress);
	ctl_complain("cannot look at '%s': %s", path, strerror(-error));
	report->failed = true;
}

const char *report_apt(const char *command)
{
	return access("/usr/bin/dpkg", X_OK) == 0 ? command : NULL;
}

void report_release(struct report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->seen[i]);
	free(report->seen);
	table_free(report->table);
}
