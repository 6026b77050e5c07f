/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a login is denied. */
#include "failure.h"
#include "count.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int failure_set(struct failure *ret, int error, const char *doing,
		const char *object)
{
	*ret = (struct failure){
		.kind = FAILURE_UNCONFINED,
		.error = error,
		.doing = doing,
	};
	(void)snprintf(ret->object, sizeof(ret->object), "%s", object);
	return error;
}

int failure_set_at(struct failure *ret, int error, const char *doing,
		   const char *directory, const char *name)
{
	(void)failure_set(ret, error, doing, "");
	(void)snprintf(ret->object, sizeof(ret->object), "%s/%s", directory,
		       name);
	return error;
}

int failure_explain(struct failure *failure, const struct failure_cause *table,
		    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].error != failure->error)
			continue;
		failure->cause = table[i].cause;
		failure->fix = table[i].fix;
		break;
	}
	return failure->error;
}

int failure_needs(struct failure *failure, int capability)
{
	static const struct {
		int capability;
		const char *text;
	} texts[] = {
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN is missing" },
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN is missing" },
		{ CAP_SYS_CHROOT, "CAP_SYS_CHROOT is missing" },
		{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE is missing" },
		{ CAP_SETUID, "CAP_SETUID is missing" },
		{ CAP_SETGID, "CAP_SETGID is missing" },
	};
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct own[_LINUX_CAPABILITY_U32S_3];

	if (failure->error != -EPERM && failure->error != -EACCES)
		return failure->error;
	/* libcap would be loaded by every PAM application, for this alone. */
	if (syscall(SYS_capget, &header, own) < 0 ||
	    own[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability))
		return failure->error;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].capability == capability)
			failure->cause = texts[i].text;
	return failure->error;
}
