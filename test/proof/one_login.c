/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * login USER: opens and closes a session with the stack /etc/pam.d/netns.
 *
 * Prints "confined" or "outside", then "back" if it is on the host again after
 * the close. Or prints "denied", then "undone" if it is still on the host.
 * LIMIT_NOFILE in the environment limits its descriptors. It works without
 * /proc and /dev.
 */
#include <fcntl.h>
#include <net/if.h>
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int give_no_answers(int count, const struct pam_message **messages,
			   struct pam_response **ret, void *data)
{
	(void)messages;
	(void)data;
	*ret = calloc((size_t)count, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* The host has an eth0, a session does not. */
static bool sees_host(void)
{
	struct ifreq request = { .ifr_name = "eth0" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool sees = fd >= 0 && ioctl(fd, SIOCGIFINDEX, &request) == 0;

	if (fd >= 0)
		(void)close(fd);
	return sees;
}

static unsigned long long root_mount(void)
{
	struct statx stx;

	return statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &stx) < 0 ? 0
							       : stx.stx_mnt_id;
}

/* Sets only the soft limit, which can be raised again. */
static void limit_descriptors(rlim_t count)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = count;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_session(pam_handle_t *pamh)
{
	const char *limit = getenv("LIMIT_NOFILE");
	int r;

	if (limit)
		limit_descriptors((rlim_t)atoi(limit));
	r = pam_open_session(pamh, 0);
	limit_descriptors(64);
	return r;
}

int main(int argc, char *argv[])
{
	static const struct pam_conv conversation = { .conv = give_no_answers };
	unsigned long long before = root_mount();
	pam_handle_t *pamh;
	bool is_open;

	if (argc != 2 ||
	    pam_start("netns", argv[1], &conversation, &pamh) != PAM_SUCCESS)
		return 2;
	is_open = open_session(pamh) == PAM_SUCCESS;
	if (is_open) {
		puts(sees_host() ? "outside" : "confined");
		(void)pam_close_session(pamh, 0);
	} else {
		puts("denied");
	}
	if (sees_host() && root_mount() == before)
		puts(is_open ? "back" : "undone");
	(void)pam_end(pamh, PAM_SUCCESS);
	return 0;
}
