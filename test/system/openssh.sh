#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The other generation of OpenSSH, which since 9.8 has the session in a
# program of its own: what must hold of any sshd.
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

debs=(/srv/package/ssh/*.deb)

newer() {
	[[ -e ${debs[0]} ]] || skip 'there is no newer OpenSSH for this release'
	[[ -e $work/installed ]] ||
		fail "the newer OpenSSH cannot be installed: $(tail -n 1 "$work/ssh")"
	[[ -x /usr/lib/openssh/sshd-session ]] || fail 'it has no sshd-session'
	"$@"
}

if [[ -e ${debs[0]} ]]; then
	if dpkg -i --force-confnew "${debs[@]}" >"$work/ssh" 2>&1; then
		touch "$work/installed"
	else
		sed 's/^/# /' "$work/ssh" >&2
	fi
	systemctl daemon-reload
	systemctl restart ssh
	sshd -V 2>&1 | sed 's/^/# /'
fi
ready

confined() {
	local user
	for user in alice alan paul both; do
		check_named $user "$(ssh_as $user "$netns")"
	done
	check_new "$(ssh_as nina "$netns")"
	for user in bob lara root; do
		check_host "$(ssh_as $user "$netns")"
	done
}
test_case 'never-outside members of both groups are confined by OpenSSH 9.8 and newer' \
	newer confined

refused() {
	mkdir -p /run/netns/alice
	check_refused alice
	check_named alan "$(ssh_as alan "$netns")"
	check_let_in bob
	rmdir /run/netns/alice
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'a refused session is refused by OpenSSH 9.8 and newer' newer refused

shared() {
	connection_open alice
	check_named alice "$(connection_run alice "$netns")"
	check_eq "$(connection_run alice "$netns")" "$(ssh_as alice "$netns")" \
		'two logins'
	connection_close alice
	check_eq "$(ssh_as alice 'systemctl --user is-system-running --wait')" running \
		'systemctl --user'
}
test_case 'sessions of one connection and user managers work with OpenSSH 9.8 and newer' \
	newer shared

private_unit() {
	unit_with PrivateTmp=yes ProtectSystem=strict
	check_named alice "$(ssh_as alice "$netns")"
	check_new "$(ssh_as nina "$netns")"
	unit_with RestrictNamespaces=~net
	check_refused alice
	check_refused nina
	check_let_in bob
}
test_case 'never-outside a hardened ssh.service with OpenSSH 9.8 and newer' \
	newer private_unit
