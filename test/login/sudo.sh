#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sudo: from root, inside a session, and what a refusal means to it.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

ask=(readlink /proc/self/ns/net)

from_root() {
	check_named alice "$(sudo -u alice "${ask[@]}")"
	check_new "$(sudo -u nina "${ask[@]}")"
	check_eq "$(sudo -u bob "${ask[@]}")" "$(host_netns)" bob
}
test_case 'never-outside sudo -u from root' from_root

login_shell() {
	check_named alice "$(sudo -i -u alice "${ask[@]}")"
	check_new "$(sudo -s -u nina "${ask[@]}")"
}
test_case 'never-outside sudo -i and -s' login_shell

use_pty() {
	echo 'Defaults use_pty' >>/etc/sudoers
	check_named alice "$(script -qec "sudo -u alice $netns" /dev/null |
		grep -o 'net:\[[0-9]*\]')"
	check_new "$(sudo -u nina "${ask[@]}")"
}
test_case 'never-outside sudo with use_pty' use_pty

to_root_inside() {
	check_eq "$(ssh_as alice "sudo -n $netns")" "$(named_netns alice)" alice
	check_new "$(ssh_as nina "sudo -n $netns")"
	check_eq "$(ssh_as bob "sudo -n $netns")" "$(host_netns)" bob
}
test_case 'never-outside sudo-inside-session to root stays there' to_root_inside

to_member_inside() {
	check_named alan "$(ssh_as alice "sudo -n -u alan $netns")"
	check_new "$(ssh_as alice "sudo -n -u nina $netns")"
	check_named alice "$(ssh_as alice "sudo -n -u alice $netns")"
	check_named alan "$(ssh_as alan "$netns")"
}
test_case 'never-outside sudo-inside-session to another member' \
	to_member_inside

not_run() {
	local status=0
	mkdir -p /run/netns/alice
	sudo -u alice touch /tmp/ran || status=$?
	[[ ! -e /tmp/ran ]] || fail 'the command ran'
	check_ne "$status" 0 'exit status of sudo'
}
test_case 'never-outside sudo does not run the command of a refused member' \
	not_run

# Whatever the reason of the refusal is.
not_run_for() {
	pam_lines "session required $1"
	sudo -u alice touch /tmp/ran && fail 'sudo succeeded'
	[[ ! -e /tmp/ran ]] || fail 'the command ran'
}
test_case 'never-outside sudo, the line has an unknown word' \
	not_run_for 'pam_usernet.so lodwn'
test_case 'never-outside sudo, the line has an unknown argument' \
	not_run_for 'pam_usernet.so grup=x'
test_case 'never-outside sudo, the group does not exist' \
	not_run_for 'pam_usernet.so group=nosuchgroup'

not_run_inside() {
	mkdir -p /run/netns/alan
	ssh_as alice 'sudo -n -u alan touch /tmp/ran' 2>/dev/null
	[[ ! -e /tmp/ran ]] || fail 'the command ran'
}
test_case 'never-outside sudo-inside-session of a refused member' \
	not_run_inside

caller_is_back() {
	local before
	before=$(mounts_snapshot)
	sudo -u nina true
	sudo -u nina true
	check_same "$(mounts_snapshot)" "$before" 'mounts of the host'
	check_eq "$("${ask[@]}")" "$(host_netns)" 'the shell'
}
test_case 'inverse sudo leaves caller and host as they were' caller_is_back
