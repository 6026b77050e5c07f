/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pamnetctl check: what the kernel and the host let users do, or make dear. */
#include "check.h"
#include "common/count.h"
#include "common/mountinfo.h"
#include "common/netns.h"
#include "common/scope.h"
#include "probe.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

#define SYSCTL_FILE "/etc/sysctl.d/60-pam-net.conf"

/* ---- the kernel ---- */

/* A setting for now, and for later. To be freed. */
static char *sysctl_fix(const char *setting)
{
	return text_of("echo %s >>" SYSCTL_FILE " && sysctl -p " SYSCTL_FILE,
		       setting);
}

static void check_peer(struct report *report)
{
	bool has_switch =
		access("/proc/sys/kernel/unprivileged_userns_clone", F_OK) == 0;
	scoped_free char *fix =
		sysctl_fix(has_switch ? "kernel.unprivileged_userns_clone=0"
				      : "user.max_user_namespaces=0");

	if (probe_peer(UID_NOBODY) == 1)
		report_add(report, SEVERITY_OUTSIDE, "kernel",
			   "users can put an interface into the host's "
			   "network, as it lacks the fix of CVE-2026-31692 and "
			   "lets them make user namespaces",
			   fix);
}

/* For root, as a login has them. */
static void check_limits(struct report *report)
{
	static const struct {
		int (*probe)(void);
		const char *limit;
	} rows[] = {
		{ probe_new_net, "user.max_net_namespaces" },
		{ probe_new_mounts, "user.max_mnt_namespaces" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		scoped_free char *what = text_of("the limit %s is reached: "
						 "members are denied",
						 rows[i].limit);
		scoped_free char *setting = text_of("%s=65536", rows[i].limit);
		scoped_free char *fix = sysctl_fix(setting);

		if (geteuid() == 0 && rows[i].probe() == -ENOSPC)
			report_add(report, SEVERITY_DENIED, "kernel", what,
				   fix);
	}
}

/* As AppArmor does it in a container without nesting, since Linux 6.7. */
static void check_mounts(struct report *report)
{
	if (geteuid() == 0 && probe_mounts() == 0)
		report_add(
			report, SEVERITY_DENIED, "kernel",
			"a security module lets nobody mount a copy of a "
			"mount (move_mount), so members are denied, except by "
			"newnet with 'nomount'; if this is a container, its "
			"host has to allow nesting: lxc.apparmor.allow_nesting"
			" = 1 in LXC, features: nesting=1 in Proxmox, "
			"security.nesting=true in Incus and LXD",
			NULL);
}

/* systemd makes it so; other init systems leave it as the kernel has it. */
static void check_root_is_shared(struct report *report)
{
	if (mountinfo_is_shared("/") == 0)
		report_add(report, SEVERITY_ADVICE, "/",
			   "it is not a shared mount: what is mounted later "
			   "does not show in sessions, and each login of a "
			   "name has mounts of its own",
			   "mount --make-rshared /");
}

/* What runs on a terminal can type there, for whoever it is of. */
static void check_tiocsti(struct report *report)
{
	static const char path[] = "/proc/sys/dev/tty/legacy_tiocsti";
	FILE *file = fopen(path, "re");
	scoped_free char *fix = sysctl_fix("dev.tty.legacy_tiocsti=0");
	int value = file ? fgetc(file) : EOF;

	if (file)
		(void)fclose(file);
	if (value == '1')
		report_add(report, SEVERITY_ADVICE, path,
			   "a user to whom root changes by su can type "
			   "commands on the terminal of root (TIOCSTI)",
			   fix);
}

/* ---- the tree of /run/netns ---- */

/* One line of proc_pid_mountinfo(5), as far as it is needed. */
struct tree_mount {
	int id;
	int parent;
	int group; /* of peers; 0: none */
	char point[256];
};

static bool tree_mount_parse(const char *line, struct tree_mount *ret)
{
	const char *shared = strstr(line, " shared:");
	const char *end = strstr(line, " - ");
	char *rest = NULL;

	ret->id = (int)strtol(line, &rest, 10);
	ret->parent = (int)strtol(rest, &rest, 10);
	ret->group =
		shared && end && shared < end
			? (int)strtol(shared + strlen(" shared:"), NULL, 10)
			: 0;
	return sscanf(rest, " %*s %*s %255s", ret->point) == 1;
}

/* The last mount there, or, if point is NULL, the one of this number. */
static bool tree_mount_find(const char *point, int id, struct tree_mount *ret)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct tree_mount mount;
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (file && getline(&line, &size, file) > 0)
		if (tree_mount_parse(line, &mount) &&
		    (point ? !strcmp(mount.point, point) : mount.id == id)) {
			*ret = mount;
			found = true;
		}
	free(line);
	if (file)
		(void)fclose(file);
	return found;
}

/* Whether /etc/fstab mounts something there at boot. */
static bool is_in_fstab(const char *point)
{
	FILE *file = setmntent("/etc/fstab", "re");
	const struct mntent *entry;
	bool found = false;

	while (file && !found && (entry = getmntent(file)))
		found = !strcmp(entry->mnt_dir, point);
	if (file)
		(void)endmntent(file);
	return found;
}

/* As ip-netns(8) binds it, in the peer group of what it is on. */
static void check_tree(struct report *report)
{
	struct tree_mount tree;
	struct tree_mount below;

	/* For the next boot. */
	if (access("/etc/systemd/system/run-netns.mount", F_OK) == 0)
		return;
	if (!tree_mount_find(NETNS_DIRECTORY, 0, &tree) || tree.group == 0 ||
	    !tree_mount_find(NULL, tree.parent, &below) ||
	    below.group != tree.group || is_in_fstab(NETNS_DIRECTORY))
		return;
	report_add(report, SEVERITY_ADVICE, NETNS_DIRECTORY,
		   "'ip netns' has prepared it: each name is mounted twice, "
		   "which slows down new sessions; with a mount of its own, "
		   "from the next boot on, it is mounted once",
		   "echo 'tmpfs " NETNS_DIRECTORY
		   " tmpfs mode=0755,nosuid,nodev,noexec 0 0' "
		   ">>/etc/fstab");
}

void check_host(struct report *report)
{
	check_root_is_shared(report);
	check_tree(report);
	check_tiocsti(report);
	check_peer(report);
	check_limits(report);
	check_mounts(report);
}
