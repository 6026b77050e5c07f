#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pamnetctl explain where accounts and groups are in LDAP: what it says is what
# a login then does, also while the server is down.
# shellcheck source=pamnetctl/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ldap.sh
. "$(dirname "$0")/../ldap.sh"

# each_line FUNCTION [ARGUMENT...]: with each way to name a group of the directory
each_line() {
	local line
	echo '@big * vpn' >/etc/security/netns.conf
	chmod 644 /etc/security/netns.conf
	for line in 'pam_usernet.so config' 'pam_usernet.so group=big' \
		'pam_newnet.so group=big' pam_groupnet.so; do
		pam_lines "session required $line"
		"$@"
	done
}

answers() {
	each_line agrees carol erin alan bob
}
test_case 'explain agrees with logins, LDAP answers' with_ldap '' answers

# not_known USER: neither to explain nor to a login
not_known() {
	fails_with "user '$1'" explain "$1" su
	check_eq "$(outcome_of "$1" su)" denied "$1 by su"
}

# local_accounts: nobody can tell who is a member
local_accounts() {
	agrees alan bob root
	check_eq "$(plan_of bob su)" denied bob
	check_eq "$(plan_of root su)" leave root
}

without_answer() {
	down "$1"
	each_line local_accounts
	not_known carol
	# The group itself is read, and what lists its members needs no directory.
	echo 'desk:x:6900:alan' >>/etc/group
	pam_lines 'session required pam_usernet.so group=desk'
	agrees alan bob root
	check_eq "$(plan_of alan su)" 'named alan' 'a local group'
	up "$1"
	check_eq "$(plan_of carol su)" leave afterwards
	agrees carol
}
test_case 'explain agrees with logins, LDAP is down' \
	with_ldap '' without_answer killed
test_case 'explain agrees with logins, LDAP has no nslcd' \
	with_ldap '' without_answer nslcd
