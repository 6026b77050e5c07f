/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that change something need before they begin. */
#include "caller.h"
#include "common/init.h"
#include "common/log.h"
#include "common/name.h"
#include "common/plan.h"
#include "common/scope.h"
#include "ctl.h"

#include <string.h>

int caller_begin(const char *command, const char *name, struct caller *ret)
{
	int r;

	if (name && !name_is_component(name)) {
		ctl_complain("'%s' cannot be the name of a namespace: it must "
			     "not be empty, '.' or '..', have a slash or a "
			     "control character, or be longer than %d bytes%s",
			     name, NAME_MAX,
			     secure_getenv("INVOCATION_ID") && strchr(name, '/')
				     ? "; in the name of a unit '-' stands for "
				       "a slash: see systemd-escape(1)"
				     : "");
		return CTL_FAILED;
	}
	if (geteuid() != 0) {
		ctl_complain("only root can %s namespaces", command);
		return CTL_FAILED;
	}
	if (!ns_has_proc()) {
		ctl_complain("cannot %s namespaces: proc is not mounted on "
			     "/proc",
			     command);
		return CTL_FAILED;
	}
	*ret = (struct caller){ .saved = NS_SAVED_NONE };
	r = ns_save(&ret->saved);
	if (r < 0) {
		ctl_complain("cannot tell in which namespaces this process is: "
			     "%s",
			     strerror(-r));
		return CTL_FAILED;
	}
	ret->host = ns_read_host();
	return CTL_DONE;
}

void caller_release(struct caller *caller)
{
	ns_saved_release(&caller->saved);
}

void caller_complain(const struct failure *failure)
{
	char text[4096];

	log_explain(failure, text, sizeof(text));
	ctl_complain("%s", text);
}

void caller_show_output(const char *programs,
			const struct program_output *output)
{
	char program[PLAN_INIT_MAX + 1];

	for (unsigned int i = 0; output && i < output->count; i++) {
		const struct program_line *line = &output->lines[i];

		if (init_program_at(programs, line->tag, program,
				    sizeof(program)))
			ctl_complain("%s: %s", program, line->text);
	}
	if (output && output->lost > 0)
		ctl_complain("%u more lines of '%s' are left out", output->lost,
			     programs);
}
