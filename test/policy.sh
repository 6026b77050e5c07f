# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The vocabulary of the tests of the policy file, on top of lib.sh. Stacks
# have the line "config" from the start of every case.
# shellcheck source=test/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# For test files:
# shellcheck disable=SC2034
config='session required pam_usernet.so config'

# A login tells where it is: "NET MOUNTS NETNS".
cat >/usr/bin/where <<'END'
#!/bin/bash
echo "$(readlink /proc/self/ns/net) $(readlink /proc/self/ns/mnt) ${NETNS:--}"
END
chmod 755 /usr/bin/where

# rules LINE...: the policy file
rules() {
	printf '%s\n' "$@" >/etc/security/netns.conf
}

# su_to USER COMMAND: for a shell of a session. Everybody's password is
# "secret".
su_to() {
	echo "echo secret | su $1 -c '$2' 2>/dev/null"
}

# lands SERVICE USER: what a session of any PAM service says of where it is,
# or "refused"; /tmp/pamtester has what it said to the user
lands() {
	rm -f /tmp/lands
	printf '%s\n' '@include netns' 'session required pam_permit.so' \
		'session required pam_exec.so quiet type=open_session /bin/sh -c [where >/tmp/lands]' \
		>"/etc/pam.d/$1"
	timeout 60 pamtester "$1" "$2" open_session close_session \
		>/tmp/pamtester 2>&1 </dev/null || echo refused >/tmp/lands
	cat /tmp/lands
}

# check_in NAME WHERE [WHAT]: in the namespace NAME, which NETNS tells
check_in() {
	local net mounts name
	read -r net mounts name <<<"$2"
	check_ne "$2" refused "${3-login}"
	check_match "$net" '^net:\[[0-9]+\]$' "${3-namespace}"
	check_ne "$net" "$(host_netns)" "${3-login} on the host"
	check_eq "$net" "$(named_netns "$1")" "${3-login}, /run/netns/$1"
	check_ne "$mounts" "$(readlink /proc/1/ns/mnt)" "${3-login}, mounts"
	check_eq "$name" "$1" "${3-login}, NETNS"
}

# check_in_new WHERE [WHAT]
check_in_new() {
	local net mounts name
	read -r net mounts name <<<"$1"
	check_new "$net"
	check_eq "$name" "$net" "${2-login}, NETNS"
}

# check_on_host WHERE [WHAT]: network and mounts
check_on_host() {
	check_eq "$(cut -d' ' -f1,2 <<<"$1")" \
		"$(readlink /proc/1/ns/net /proc/1/ns/mnt | paste -sd' ')" \
		"${2-login}"
}

# check_nothing_made: no namespace, no lock, as after a boot
check_nothing_made() {
	[[ ! -e /run/netns && ! -e /run/pam_net ]] || fail 'something was made'
}

# policy_case NAME FUNCTION [ARGUMENT...]
policy_case() {
	local name=$1
	shift
	test_case "$name" with_config "$@"
}

with_config() {
	pam_lines "$config"
	"$@"
}
