/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * login USER: one login by the stack /etc/pam.d/netns, from where it is called.
 * Prints "confined", "outside", or "denied" and, if nothing has changed,
 * "undone". LIMIT_NOFILE in the environment is how many descriptors it may
 * have. Needs neither /proc nor /dev to do so.
 */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int converse(int count, const struct pam_message **messages,
		    struct pam_response **ret, void *data)
{
	(void)messages;
	(void)data;
	*ret = calloc((size_t)count, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* The host has an eth0, a session has not. */
static int sees_host(void)
{
	struct ifreq request = { .ifr_name = "eth0" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = fd >= 0 && ioctl(fd, SIOCGIFINDEX, &request) == 0;

	if (fd >= 0)
		(void)close(fd);
	return r;
}

static unsigned long long root_mount(void)
{
	struct statx stx;

	return statx(-100, "/", 0, STATX_MNT_ID, &stx) < 0 ? 0
							    : stx.stx_mnt_id;
}

int main(int argc, char *argv[])
{
	static const struct pam_conv conversation = { .conv = converse };
	unsigned long long before = root_mount();
	const char *limit = getenv("LIMIT_NOFILE");
	pam_handle_t *pamh;
	int r;

	if (argc != 2 || pam_start("netns", argv[1], &conversation,
				   &pamh) != PAM_SUCCESS)
		return 2;
	if (limit) {
		const struct rlimit few = { (rlim_t)atoi(limit),
					    (rlim_t)atoi(limit) };

		(void)setrlimit(RLIMIT_NOFILE, &few);
	}
	r = pam_open_session(pamh, 0);
	if (r == PAM_SUCCESS) {
		puts(sees_host() ? "outside" : "confined");
		(void)pam_close_session(pamh, 0);
	} else {
		printf("denied %d\n", r);
		if (root_mount() == before)
			puts("undone");
	}
	(void)pam_end(pamh, PAM_SUCCESS);
	return 0;
}
