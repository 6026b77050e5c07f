#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a session sees of /sys, /etc and /run/netns, and that the host sees
# nothing of it.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

members=(alice nina)

# ---- the host --------------------------------------------------------------

# The mounts that a name may add: itself, and /run/netns for the first one.
without_names() {
	mounts_snapshot | grep -v -e ' /run/netns[ /]'
}

twenty_logins() {
	local before round user
	before=$(mounts_snapshot)
	for round in {1..5}; do
		for user in alice alan nina bob; do
			check_let_in $user
		done
	done
	check_same "$(without_names)" "$before" "mounts after round $round"
	check_eq "$(mounts_snapshot | awk '$3 ~ "^/run/netns" { print $3 }' |
		sort | paste -sd' ')" \
		'/run/netns /run/netns/alan /run/netns/alice' 'mounts of names'
}
test_case 'host-untouched twenty logins and logouts leave a mount per name' \
	twenty_logins

sessions_at_once() {
	local before user
	before=$(mounts_snapshot)
	for user in alice alan nina nora; do
		override "$user" hosts "hosts of $user"
		connection_open "$user"
	done
	check_same "$(without_names)" "$before" 'mounts during sessions'
	check_eq "$(mounts_snapshot | grep -c ' /run/netns/')" 2 'names'
}
test_case 'host-untouched mounts of live sessions do not show outside' \
	sessions_at_once

# In a tree that another tool prepared, a name is two mounts.
prepared_by_ip() {
	local before
	ip netns add other
	before=$(mounts_snapshot)
	check_let_in alice
	check_same "$(mounts_snapshot | grep -v ' /run/netns/alice ')" \
		"$before" 'mounts'
	(($(mounts_snapshot | grep -c ' /run/netns/alice ') <= 2)) ||
		fail 'more than two mounts'
}
test_case 'host-untouched a tree that ip netns prepared is used as it is' \
	prepared_by_ip

# ---- propagation -----------------------------------------------------------

mounts_from_the_host() {
	local user
	mkdir -p /mnt/later
	trap 'umount /mnt/later' EXIT
	for user in "${members[@]}"; do
		connection_open "$user"
	done
	mount -t tmpfs later /mnt/later
	for user in "${members[@]}"; do
		check_eq "$(connection_run "$user" findmnt -no SOURCE /mnt/later)" \
			later "$user"
	done
}
test_case 'what the host mounts later shows in a session' mounts_from_the_host

mounts_from_a_session() {
	local user before
	for user in "${members[@]}"; do
		connection_open "$user"
		before=$(mounts_snapshot)
		connection_run "$user" 'sudo -n mount -t tmpfs mine /mnt' ||
			fail 'no mount'
		check_same "$(mounts_snapshot)" "$before" "mounts, $user"
	done
}
test_case 'host-untouched what a session mounts does not show outside' \
	mounts_from_a_session

rootshared() {
	local before
	pam_lines 'session required pam_usernet.so rootshared'
	override alice hosts 'hosts of alice'
	trap 'umount -l /mnt' EXIT
	check_let_in alice
	before=$(without_names)
	connection_open alice
	check_named alice "$(connection_run alice "$netns")"
	check_eq "$(connection_run alice cat /etc/hosts)" 'hosts of alice' hosts
	check_eq "$(connection_run alice ls /sys/class/net)" lo interfaces
	check_same "$(without_names)" "$before" 'mounts of the host'
	connection_run alice 'sudo -n mount -t tmpfs mine /mnt'
	check_eq "$(findmnt -no SOURCE /mnt)" mine 'the mount outside'
	connection_close alice
	check_eq "$(ssh_as alice cat /etc/hosts)" 'hosts of alice' 'second login'
}
test_case 'host-untouched rootshared shows mounts of the user only' \
	rootshared

# ---- /sys ------------------------------------------------------------------

# The old ones may still be there, below the session's /sys.
submounts_of_sys() {
	awk '$5 ~ "^/sys/" { print $5, $4, $6 }' "$1" | sort -u
}

sys_submounts() {
	local user outside
	outside=$(submounts_of_sys /proc/1/mountinfo)
	check_match "$outside" /sys/fs/cgroup 'submounts outside'
	for user in "${members[@]}"; do
		check_same "$(ssh_as "$user" cat /proc/self/mountinfo |
			submounts_of_sys /dev/stdin)" "$outside" "/sys of $user"
	done
}
test_case 'the submounts of /sys are in a session, with their options' \
	sys_submounts

sys_submounts_on_top() {
	local user ask
	ask="stat -c '%d %n' $(submounts_of_sys /proc/1/mountinfo |
		cut -d' ' -f1 | paste -sd' ')"
	for user in "${members[@]}"; do
		check_same "$(ssh_as "$user" "$ask")" "$(sh -c "$ask")" \
			"devices for $user"
	done
}
test_case 'the submounts of /sys are what one reaches by their paths' \
	sys_submounts_on_top

interfaces() {
	local user
	for user in "${members[@]}"; do
		check_eq "$(ssh_as "$user" ls /sys/class/net)" lo "$user"
		check_eq "$(ssh_as "$user" cat /sys/class/net/eth0/address 2>&1 |
			grep -c '^..:')" 0 "MAC address for $user"
	done
	check_match "$(ssh_as bob ls /sys/class/net)" eth0 bob
}
test_case '/sys/class/net of a session has lo only' interfaces

flags_of_sys() {
	awk '$5 == "/sys" { flags = $6 } END { print flags }' "$1"
}

sys_flags() {
	local user
	for user in "${members[@]}"; do
		check_eq "$(ssh_as "$user" cat /proc/self/mountinfo |
			flags_of_sys /dev/stdin)" "$1" "$user"
	done
}
test_case '/sys stays nosuid, nodev, noexec' \
	sys_flags rw,nosuid,nodev,noexec,relatime

sys_read_only() {
	mount -o remount,bind,ro /sys
	trap 'mount -o remount,bind,rw /sys' EXIT
	sys_flags ro,nosuid,nodev,noexec,relatime
}
test_case 'a read-only /sys stays read-only' sys_read_only

no_sys() {
	unshare -m --propagation slave bash -c '
		umount -R /sys
		su alice -c "readlink /proc/self/ns/net" >/tmp/alice
		su nina -c "readlink /proc/self/ns/net" >/tmp/nina'
	check_named alice "$(cat /tmp/alice)"
	check_new "$(cat /tmp/nina)"
}
test_case 'without /sys there is nothing to do' no_sys

masked_sys() {
	local line
	mountpoint -q /sys/firmware || fail 'nothing covers a part of /sys'
	pam_lines 'session required pam_newnet.so'
	log_mark
	unprivileged_container su nina -c 'echo let in' >/tmp/out 2>&1
	check_no_match "$(cat /tmp/out)" 'let in' 'nina was let in'
	line=$(log_of_modules err)
	check_match "$line" "'/sys'.*Operation not permitted" log
	check_no_match "$line" 'seccomp filter|security module' 'a guess'
	check_match "$line" 'nothing covers' \
		'what the kernel wants'
}
test_case 'a masked /sys of an unprivileged container is refused, with no guess at the cause' \
	masked_sys

nomount_in_container() {
	pam_lines 'session required pam_newnet.so nomount'
	unprivileged_container su nina -c "$netns" >/tmp/out 2>&1
	check_new "$(tail -n 1 /tmp/out)"
}
test_case 'nomount lets a newnet member into the same container' \
	nomount_in_container

# ---- a host with many mounts -----------------------------------------------

# Each bind of the tree doubles it.
mount_thousands() {
	local i
	mkdir -p /mnt/tree
	mount -t tmpfs many /mnt/tree
	mount --make-private /mnt/tree
	mkdir -p /mnt/tree/{0..11}
	for i in {0..11}; do
		mount --rbind /mnt/tree "/mnt/tree/$i" || fail 'no mounts'
	done
	mount --make-rshared /mnt/tree
	(($(wc -l </proc/1/mountinfo) > 3000)) || fail 'too few mounts'
}

thousands_of_mounts() {
	local user got names=$'alice\n'
	trap 'umount -l /mnt/tree' EXIT
	mount_thousands
	for user in alice alice nina; do
		[[ $user == alice ]] || names=
		got=$(within 20 ssh_as $user "$netns;
			ls /run/netns /sys/class/net;
			stat -f -c %T /sys /sys/fs/cgroup")
		if [[ $names ]]; then
			check_named alice "${got%%$'\n'*}"
		else
			check_new "${got%%$'\n'*}"
		fi
		check_same "${got#*$'\n'}" "/run/netns:
$names
/sys/class/net:
lo
$(stat -f -c %T /sys /sys/fs/cgroup)" "$user"
	done
	check_let_in bob
}
test_case 'with 3000 mounts on the host a session has the right /sys and /run/netns' \
	thousands_of_mounts

# ---- /run/netns ------------------------------------------------------------

other_names() {
	local user mounts
	check_let_in alan
	ip netns add other
	for user in "${members[@]}"; do
		mounts=$(ssh_as "$user" cat /proc/self/mountinfo)
		check_no_match "$mounts" '/run/netns/(alan|other) ' "$user"
	done
	check_eq "$(ssh_as alice ls /run/netns)" alice 'names for alice'
	check_eq "$(ssh_as nina ls /run/netns)" '' 'names for nina'
	check_eq "$(named_netns alan)" "$(ssh_as alan "$netns")" 'names outside'
}
test_case 'other names are not mounted in a session' other_names

names_covered() {
	local line option
	line=$(ssh_as alice findmnt -no SOURCE,FSTYPE,OPTIONS /run/netns)
	check_match "$line" '^pam_net +tmpfs ' /run/netns
	for option in nosuid nodev noexec size=64k mode=755; do
		check_match "$line" "[ ,]$option(,|\$)" /run/netns
	done
}
test_case '/run/netns of a session is a small tmpfs of ours' names_covered

later_names() {
	connection_open alice
	check_let_in alan
	ip netns add other
	check_eq "$(connection_run alice ls /run/netns)" alice names
	check_eq "$(connection_run alice grep -c nsfs /proc/self/mountinfo)" 1 \
		'nsfs mounts'
}
test_case 'names made later do not show in a session' later_names

# ---- /etc ------------------------------------------------------------------

own_file() {
	override alice resolv.conf 'nameserver 198.51.100.1'
	check_eq "$(ssh_as alice cat /etc/resolv.conf)" \
		'nameserver 198.51.100.1' alice
	check_match "$(ssh_as alan cat /etc/resolv.conf)" 192.0.2.53 alan
	check_match "$(cat /etc/resolv.conf)" 192.0.2.53 'the host'
}
test_case '/etc/netns/USER/resolv.conf is seen by that user only' own_file

many_files() {
	mkdir -p /etc/netns/alice/skel
	echo file >/etc/netns/alice/skel/file
	override alice hosts 'hosts of alice'
	override alice nsswitch.conf 'hosts: dns'
	check_eq "$(ssh_as alice cat /etc/hosts /etc/nsswitch.conf \
		/etc/skel/file)" $'hosts of alice\nhosts: dns\nfile' overrides
}
test_case 'files and directories of /etc/netns/USER are seen' many_files

# The resolver of the host replaces its file behind the link.
behind_a_link() {
	local link=$1
	mkdir -p /run/resolver
	echo 'nameserver 192.0.2.53' >/run/resolver/resolv.conf
	[[ $link != dangling ]] || rm /run/resolver/resolv.conf
	ln -sf ../run/resolver/resolv.conf /etc/resolv.conf
	override alice resolv.conf 'nameserver 198.51.100.1'
	connection_open alice
	check_eq "$(connection_run alice cat /etc/resolv.conf)" \
		'nameserver 198.51.100.1' 'at login'
	echo 'nameserver 192.0.2.54' >/run/resolver/new
	mv /run/resolver/new /run/resolver/resolv.conf
	check_eq "$(connection_run alice cat /etc/resolv.conf)" \
		'nameserver 198.51.100.1' 'after the host replaced its file'
	check_match "$(cat /etc/resolv.conf)" 192.0.2.54 'the host'
}
test_case 'an override of a symlinked resolv.conf outlives its rewriting' \
	behind_a_link valid
test_case 'an override of a dangling resolv.conf outlives its rewriting' \
	behind_a_link dangling

directory_behind_a_link() {
	mkdir -p /run/config
	echo host >/run/config/file
	rm -rf /etc/skel
	ln -s /run/config /etc/skel
	mkdir -p /etc/netns/alice/skel
	echo mine >/etc/netns/alice/skel/file
	check_eq "$(ssh_as alice cat /etc/skel/file)" mine alice
	check_eq "$(cat /etc/skel/file)" host 'the host'
	rm /etc/skel
	mkdir /etc/skel
}
test_case 'a directory is mounted onto the directory behind a link' \
	directory_behind_a_link

missing_target() {
	override alice nosuchfile text
	log_mark
	check_let_in alice
	check_match "$(log_of_modules warning)" nosuchfile 'warning'
	[[ ! -e /etc/nosuchfile ]] || fail 'the file was made'
}
test_case 'a target that is missing is a warning' missing_target

mismatch() {
	mkdir -p /etc/netns/alice/hosts
	check_refused alice
	rm -r /etc/netns/alice
	override alice skel file
	check_refused alice
}
test_case 'a directory over a file, or the reverse, is refused' mismatch

# A user who can say what is in /etc is root.
users_directory() {
	override alice hosts text
	chown alice /etc/netns/alice
	check_refused alice
}
test_case "a user's own /etc/netns/USER is refused" users_directory

writable_directory() {
	override alice hosts text
	chmod "$1" /etc/netns/alice
	check_refused alice
}
test_case 'a group-writable /etc/netns/USER is refused' \
	writable_directory g+w
test_case 'a world-writable /etc/netns/USER is refused' \
	writable_directory o+w

users_file() {
	override alice hosts text
	chown alice /etc/netns/alice/hosts
	check_refused alice
}
test_case "a user's own file in /etc/netns/USER is refused" users_file

writable_file() {
	override alice hosts text
	chmod o+w /etc/netns/alice/hosts
	check_refused alice
}
test_case 'a world-writable file in /etc/netns/USER is refused' writable_file

link_in_directory() {
	mkdir -p /etc/netns/alice
	ln -s /etc/shadow /etc/netns/alice/hosts
	check_refused alice
}
test_case 'a symlink in /etc/netns/USER is refused' link_in_directory

link_for_directory() {
	mkdir -p /etc/netns/elsewhere
	rm -rf /etc/netns/alice
	ln -s elsewhere /etc/netns/alice
	check_refused alice
}
test_case 'a symlink for /etc/netns/USER is refused' link_for_directory

fifo_in_directory() {
	mkdir -p /etc/netns/alice
	mkfifo /etc/netns/alice/hosts
	within 10 check_refused alice
}
test_case 'a fifo in /etc/netns/USER is refused, without hanging' \
	fifo_in_directory

too_many() {
	mkdir -p /etc/netns/alice
	(cd /etc/netns/alice && touch {1..1025})
	within 10 check_refused alice
}
test_case 'more than 1024 files are refused' too_many

no_directory() {
	rm -rf /etc/netns
	check_let_in alice
	check_let_in nina
}
test_case 'no /etc/netns is nothing to do' no_directory

# What was bound by a refused login stays, complete, for the next one.
late_refusal() {
	local before named
	check_let_in alan
	before=$(mounts_snapshot)
	mkdir -p /etc/netns/alice/hosts
	check_su_leaves alice
	check_same "$(mounts_snapshot | grep -v ' /run/netns/alice ')" \
		"$before" 'left behind'
	named=$(named_netns alice) || fail 'no name was left'
	check_match "$(ip -n alice -br address show lo | tr -s ' ')" \
		'127.0.0.1/8' 'lo of what was left'
	rmdir /etc/netns/alice/hosts
	override alice hosts text
	check_eq "$(ssh_as alice "$netns; cat /etc/hosts")" "$named"$'\ntext' \
		'the next login'
}

check_su_leaves() {
	su "$1" -c 'echo let in' && fail "$1 was let in"
	check_eq "$(readlink /proc/self/ns/net)" "$(host_netns)" 'the caller'
}
test_case 'all-or-nothing what a login bound before an override refused it is whole, and the next one joins it' \
	late_refusal

# ---- arguments of newnet ---------------------------------------------------

etc_argument() {
	override lab hosts 'hosts of lab'
	pam_lines 'session required pam_newnet.so etc=lab'
	check_eq "$(ssh_as nina cat /etc/hosts)" 'hosts of lab' nina
	check_new "$(ssh_as nina "$netns")"
}
test_case 'newnet etc=NAME uses /etc/netns/NAME' etc_argument

nomount() {
	local got
	pam_lines 'session required pam_newnet.so nomount'
	got=$(ssh_as nina "$netns; $mntns")
	check_new "${got%$'\n'*}"
	check_eq "${got#*$'\n'}" "$(readlink /proc/1/ns/mnt)" 'mount namespace'
}
test_case 'newnet nomount leaves the mount namespace alone' nomount

announce() {
	pam_lines 'session required pam_newnet.so announce' \
		'session required pam_usernet.so announce'
	check_match "$(ssh_as alice -tt <<<exit)" '^[^$]*namespace: alice' usernet
	check_match "$(ssh_as nina -tt <<<exit)" '^[^$]*namespace: net:\[' newnet
	check_no_match "$(ssh_as bob -tt <<<exit)" namespace bob
}
test_case 'announce tells where one is' announce

log_file() {
	pam_lines 'session required pam_usernet.so log=/var/log/netns.log debug'
	rm -f /var/log/netns.log
	check_let_in alice
	check_eq "$(stat -c '%a %U' /var/log/netns.log)" '600 root' mode
	check_match "$(cat /var/log/netns.log)" 'user=alice' lines
	rm /var/log/netns.log
	ln -s /var/log/elsewhere /var/log/netns.log
	check_let_in alice
	[[ ! -e /var/log/elsewhere ]] || fail 'a link was followed'
}
test_case 'log=PATH gets the lines too, and follows no link' log_file
