/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a login is denied. */
#include "fault.h"

#include <stdio.h>

int fault_set(struct fault *fault, enum fault_kind kind, enum fault_step step,
	      const char *object, int error)
{
	*fault = (struct fault){ .kind = kind, .step = step, .error = error };
	(void)snprintf(fault->object, sizeof(fault->object), "%s", object);
	return error;
}

int fault_set_at(struct fault *fault, enum fault_kind kind,
		 enum fault_step step, const char *directory, const char *name,
		 int error)
{
	(void)fault_set(fault, kind, step, "", error);
	(void)snprintf(fault->object, sizeof(fault->object), "%s/%s", directory,
		       name);
	return error;
}
