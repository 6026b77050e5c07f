#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# init=veth beside a systemd-udevd that is active: links keep the name, the address
# and the state that they were made with.
# Only with --all, as it takes long.

# shellcheck source=internet.sh
. "$(dirname "$0")/../internet.sh"
start_internet
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

# The /sys of a container cannot be written, and so systemd starts no udevd in it. Of
# interfaces it hears those of its own network namespace only, and other devices
# have no rules here.
start_udevd() {
	local cgroup
	find /usr/lib/udev/rules.d -name '*.rules' ! -name '*net*' -delete
	exec {cgroup}</sys/fs/cgroup
	mount -t sysfs sysfs /sys || fatal 'no /sys'
	mount -o remount,rw /sys || fatal "$(grep ' /sys ' /proc/self/mountinfo)"
	mount --no-canonicalize --bind "/proc/self/fd/$cgroup" /sys/fs/cgroup
	exec {cgroup}<&-
	systemctl start systemd-udevd || fatal "$(systemctl status systemd-udevd)"
	systemctl -q is-active systemd-udevd || fatal "$(systemctl status systemd-udevd)"
}

ready
sed -i '/pam_usernet\.so\|pam_newnet\.so/s/$/ init=veth/' /etc/pam.d/common-session*
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
keep_etc
start_udevd

# Names, types, hardware addresses, aliases, queues, and addresses.
state_of_links() {
	local link
	for link in $(links); do
		ip -d address show dev "$link" | grep -v valid_lft
	done
}

# known_to_udevd LINK: it has dealt with it
known_to_udevd() {
	udevadm info "/sys/class/net/$1" | grep -q '^E: ID_NET_LINK_FILE='
}

links() {
	local link
	for link in /sys/class/net/pamnet*; do
		echo "${link##*/}"
	done
}

keep_their_state() {
	local before link user
	# So it is active: it changes an address that the kernel has chosen.
	ip link add other0 type veth peer name other1
	wait_for grep -q 3 /sys/class/net/other0/addr_assign_type ||
		fail 'udevd does nothing'
	for user in alice alan nina; do
		connection_open $user
	done
	# nina's service manager has one of its own.
	(($(links | wc -l) >= 3)) || fail "links of veth: $(links)"
	for link in $(links); do
		wait_for known_to_udevd "$link" || fail "udevd does not know $link"
	done
	udevadm settle
	before=$(state_of_links)
	for link in $(links); do
		check_match "$(cat "/sys/class/net/$link/address")" '^02:70:6e:' "$link"
		check_match "$(ip link show dev "$link")" 'state UP' "$link"
	done
	udevadm trigger --settle --subsystem-match=net --action=add
	udevadm trigger --settle --subsystem-match=net
	check_same "$(state_of_links)" "$before" 'after udevadm trigger'
	systemctl restart systemd-udevd
	udevadm trigger --settle --subsystem-match=net --action=add
	check_same "$(state_of_links)" "$before" 'after a restart of udevd'
	for user in alice alan nina; do
		check_eq "$(connection_run $user \
			'timeout 5 bash -c "cat </dev/tcp/203.0.113.80/80"')" 192.0.2.1 \
			"what the web sees of $user"
	done
}
test_case 'udevd leaves the links of veth as they were made' keep_their_state
