#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Half-configured systems: each has its outcome, and nobody but members is
# ever affected.
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

ready
bystanders=(bob lara root)

check_bystanders() {
	local user
	for user in "${bystanders[@]}"; do
		check_host "$(ssh_as "$user" "$netns")"
	done
}

groups_missing() {
	usermod -g paul paul
	groupdel newnet
	groupdel usernet
	check_bystanders
	check_host "$(ssh_as alice "$netns")"
	check_host "$(ssh_as nina "$netns")"
}
test_case 'groups missing, nobody is a member' groups_missing

group_named_missing() {
	sed -i 's/pam_usernet.so.*/pam_usernet.so group=nowhere/' /etc/pam.d/common-session
	check_refused bob
	check_refused alice
	check_host "$(ssh_as root "$netns")"
}
test_case 'a group missing that the line names, everybody but root is refused' \
	group_named_missing

use_pam_no() {
	sed -i 's/^UsePAM.*/UsePAM no/' /etc/ssh/sshd_config
	unit_restart
	check_bystanders
	check_host "$(ssh_as alice "$netns")"
	sed -i 's/^UsePAM.*/UsePAM yes/' /etc/ssh/sshd_config
	unit_restart
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'documented, with UsePAM no sshd asks no module' use_pam_no

twice() {
	local line
	for line in newnet usernet newnet usernet; do
		echo "session required pam_$line.so" >>/etc/pam.d/common-session
	done
	pam-auth-update --enable "${profiles[@]}"
	check_bystanders
	check_named alice "$(ssh_as alice "$netns")"
	check_new "$(ssh_as nina "$netns")"
	check_named both "$(ssh_as both "$netns")"
	check_eq "$(ssh_as alice 'systemctl --user is-system-running --wait')" running \
		'systemctl --user'
}
test_case 'a profile enabled twice is as good as once' twice

both_groups() {
	check_named both "$(ssh_as both "$netns")"
	# shellcheck disable=SC2016
	check_eq "$(ssh_as both 'echo $NETNS')" both NETNS
	check_eq "$(ssh_as both 'systemctl --user is-system-running --wait')" running \
		'systemctl --user'
	check_bystanders
}
test_case 'both profiles and both groups, the last line wins' both_groups

deleted() {
	local inside
	useradd -m -g usernet -s /bin/bash dora
	cp -r /root/.ssh /home/dora/
	chown -R dora: /home/dora
	connection_open dora
	inside=$(connection_run dora "$netns")
	check_named dora "$inside"
	userdel -f dora >/dev/null 2>&1
	check_named dora "$(connection_run dora "$netns")"
	connection_close dora
	check_bystanders
	check_named alice "$(ssh_as alice "$netns")"
	check_eq "$(named_netns dora)" "$inside" 'the name that is left'
	ip netns delete dora || fail 'ip netns cannot delete the name'
	check_eq "$(ssh_as dora "$netns" 2>/dev/null)" '' 'a login without account'
	rm -rf /home/dora
}
test_case 'a user deleted while logged in stays confined, and leaves the name' deleted

no_etc_netns() {
	rm -rf /etc/netns
	check_bystanders
	check_named alice "$(ssh_as alice "$netns")"
	check_new "$(ssh_as nina "$netns")"
}
test_case 'no /etc/netns, everybody is let in' no_etc_netns

no_groups_line() {
	pam-auth-update --disable libpam-net-usernet
	check_host "$(ssh_as alice "$netns")"
	check_new "$(ssh_as nina "$netns")"
	check_new "$(ssh_as both "$netns")"
	check_bystanders
}
test_case 'one profile only, the members of the other are bystanders' no_groups_line
