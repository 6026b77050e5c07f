#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a session has of the system around it, and what the system keeps.
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

ready

user_manager() {
	local user
	for user in alice nina both bob; do
		check_eq "$(ssh_as $user 'systemctl --user is-system-running --wait' 2>&1)" \
			running "systemctl --user of $user"
		check_eq "$(ssh_as $user 'systemctl --user --failed --no-legend' 2>&1)" \
			'' "failed units of $user"
	done
}
test_case 'systemctl --user is running for members of both groups' \
	user_manager

runtime_directory() {
	local user
	for user in alice nina both; do
		connection_open $user
		# shellcheck disable=SC2016
		check_eq "$(connection_run $user \
			'stat -c "%n %U %a" $XDG_RUNTIME_DIR; echo mine >$XDG_RUNTIME_DIR/file')" \
			"/run/user/$(id -u $user) $user 700" 'XDG_RUNTIME_DIR'
		check_eq "$(cat "/run/user/$(id -u $user)/file")" mine \
			'what the host sees in it'
		connection_close $user
	done
}
test_case 'XDG_RUNTIME_DIR is there, and the same as outside' runtime_directory

agree() {
	local inside leader session opened
	log_mark
	connection_open alice
	inside=$(connection_run alice "$netns")
	# shellcheck disable=SC2016
	session=$(connection_run alice 'echo $XDG_SESSION_ID')
	check_eq "$(loginctl show-session "$session" -p Name -p Service -p State |
		tr '\n' ' ')" 'Name=alice Service=sshd State=active ' 'loginctl'
	leader=$(loginctl show-session "$session" -p Leader --value)
	check_eq "$(netns_of "$leader")" "$inside" "the session's leader"
	opened=$(log_since | grep 'sshd:session): opened')
	check_match "$opened" "user=alice service=sshd .*leader=$leader ses=[0-9]+ id=$leader-[0-9]+ name=alice inode=${inside//[!0-9]/}" \
		'the journal'
	check_match "$(ip netns list)" '(^|
)alice' 'ip netns list'
	check_match " $(ip netns pids alice | tr '\n' ' ')" " $leader " 'ip netns pids'
	check_eq "$(ip netns identify "$leader")" alice 'ip netns identify'
	check_eq "$(connection_run alice 'ip netns identify')" alice \
		'ip netns identify inside'
	# The cgroup of the session, as loginctl and the session itself see it.
	check_eq "$(connection_run alice 'grep ^0:: /proc/self/cgroup')" \
		"0::$(systemctl show "session-$session.scope" -p ControlGroup --value)" \
		'the cgroup of the session'
	connection_close alice
	check_match "$(log_since)" "closed user=alice service=sshd .*leader=$leader" \
		'the journal'
}
test_case 'loginctl, journal and ip netns agree about a session' agree

# Below his manager a user has cgroups of his own, to freeze and to end. What makes
# a name for a su from there is not in them, and he cannot put it there.
frozen_by_manager() {
	local unit=/sys/fs/cgroup/user.slice/user-2001.slice/user@2001.service
	local program helper process
	printf '#!/bin/sh\necho $$ >/run/slow; exec sleep 12\n' >/usr/local/sbin/slow
	chmod 755 /usr/local/sbin/slow
	sed -i 's/pam_usernet\.so/& config/' /etc/pam.d/common-session*
	printf '%s\n' "$1" 'alan * team init=/usr/local/sbin/slow' \
		>/etc/security/netns.conf
	rm -f /run/slow
	check_eq "$(id -u alice)" 2001 'uid of alice'
	connection_open alice
	connection_run alice 'systemd-run --user -q --unit=mine -p Delegate=yes sh -c \
		"echo secret | su alice -c true"' || fail 'no unit'
	wait_for test -s /run/slow || fail 'no program'
	program=$(</run/slow)
	helper=$(ps -o ppid= -p "$program")
	unit+=/app.slice/mine.service
	connection_run alice "echo 1 >$unit/cgroup.freeze" || fail 'no freezer'
	wait_for grep -q 'frozen 1' "$unit/cgroup.events" || fail 'not frozen'
	for process in $helper $program; do
		! connection_run alice "echo $process >$unit/cgroup.procs" ||
			fail 'she has moved it'
		! connection_run alice "busctl --user call org.freedesktop.systemd1 \
			/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
			AttachProcessesToUnit ssau mine.service '' 1 $process" ||
			fail 'her manager has moved it'
		check_eq "$(<"/proc/$process/cgroup")" "$(</proc/1/cgroup)" cgroup
	done
	$2
	connection_run alice "echo 1 >$unit/cgroup.kill" || fail 'no cgroup.kill'
	connection_close alice
}

others_are_in() {
	check_named team "$(within 20 ssh_as alan "$netns")"
}

she_is_in() {
	check_named alice "$(within 20 su alice -c "$netns")"
	check_match "$(</run/pam_net/names/alice)" 'owner=2001' 'the record'
}
test_case 'no-hostage what a user freezes below her manager holds nobody up' \
	frozen_by_manager 'alice su team init=/usr/local/sbin/slow' others_are_in
test_case 'no-hostage owner what she freezes there holds no other login of hers up' \
	frozen_by_manager 'alice su %u owner init=/usr/local/sbin/slow' she_is_in

resolver() {
	local stub=/run/systemd/resolve/stub-resolv.conf before
	check_eq "$(readlink -f /etc/resolv.conf)" "$stub" '/etc/resolv.conf'
	override alice resolv.conf 'nameserver 192.0.2.53'
	connection_open alice
	check_eq "$(connection_run alice cat /etc/resolv.conf)" \
		'nameserver 192.0.2.53' 'in the session'
	before=$(cat $stub)
	ip link add test0 type dummy 2>/dev/null || ip link add test0 type bridge
	ip address add 198.51.100.1/24 dev test0
	ip link set test0 up
	resolvectl dns test0 198.51.100.53
	resolvectl domain test0 "rewritten.example"
	wait_for grep -q rewritten.example $stub || fail 'the resolver wrote nothing'
	check_ne "$(cat $stub)" "$before" 'what the resolver has rewritten'
	check_eq "$(connection_run alice cat /etc/resolv.conf)" \
		'nameserver 192.0.2.53' 'in the session, afterwards'
	check_match "$(connection_run alice cat $stub)" 'rewritten.example' \
		"the resolver's file in the session"
	check_match "$(ssh_as bob cat /etc/resolv.conf)" 'rewritten.example' \
		'what a bystander sees'
	systemctl restart systemd-resolved
	check_eq "$(connection_run alice cat /etc/resolv.conf)" \
		'nameserver 192.0.2.53' 'after a restart of the resolver'
	connection_close alice
	ip link delete test0
}
test_case 'an override of resolv.conf stays when systemd-resolved rewrites its file' \
	resolver

cgroup_options() {
	awk '{ for (i = 7; i < NF; i++) if ($i == "-") break }
		$(i + 1) ~ /^cgroup/ { print $5, $6, $(i + 1), $(i + 3) }' \
		/proc/1/mountinfo
}

# User managers come and go with the logins, and their mounts with them.
settled_mounts() {
	local user
	for user in alice nina both bob; do
		wait_for not systemctl -q is-active "user@$(id -u $user).service"
		wait_for not mountpoint -q "/run/user/$(id -u $user)"
	done
	mounts_snapshot | grep -v ' /run/credentials/'
}

login_often() {
	local user i
	for ((i = 0; i < 50; i++)); do
		for user in alice nina both bob; do
			ssh_as $user "$netns" >>"$work/logins.$user" 2>&1 &
		done
		wait
	done
}

many_logins() {
	local before options
	# The names exist, and so does what one login makes.
	ssh_as alice true
	ssh_as both true
	before=$(settled_mounts)
	options=$(cgroup_options)
	rm -f "$work"/logins.*
	login_often
	check_eq "$(sort -u "$work/logins.alice")" "$(named_netns alice)" \
		'50 logins of alice'
	check_eq "$(wc -l <"$work/logins.alice")" 50 'logins of alice'
	check_eq "$(sort -u "$work/logins.both")" "$(named_netns both)" \
		'50 logins of both'
	check_eq "$(sort -u "$work/logins.bob")" "$(host_netns)" '50 logins of bob'
	check_eq "$(grep -c '^net:' "$work/logins.nina")" 50 'logins of nina'
	! grep -qF "$(host_netns)" "$work/logins.nina" || fail 'nina was on the host'
	check_same "$(settled_mounts)" "$before" 'the mount table'
	check_same "$(cgroup_options)" "$options" 'options of cgroup2'
}
case_limit=240
test_case 'host-untouched 200 logins leave the mount table and cgroup2 as they were' \
	many_logins
