#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Beside iproute2: ip netns works on our names, and we join its own.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

joins() {
	ip netns add alice
	local before
	before=$(named_netns alice)
	check_eq "$(ssh_as alice "$netns")" "$before" 'the session'
	check_named alice "$before"
}
test_case 'never-outside joins what ip netns add made' joins

joins_and_brings_lo_up() {
	ip netns add alice
	check_match "$(ip -n alice -br link show lo)" 'DOWN' 'lo before'
	check_match "$(ssh_as alice ip -br address)" '127.0.0.1/8' lo
}
test_case 'lo is brought up on joining too' joins_and_brings_lo_up

lists() {
	check_let_in alice
	check_let_in alan
	check_eq "$(ip netns list | cut -d' ' -f1 | sort | paste -sd' ')" \
		'alan alice' 'ip netns list'
}
test_case 'ip netns list' lists

executes() {
	check_let_in alice
	check_eq "$(ip netns exec alice readlink /proc/self/ns/net)" \
		"$(named_netns alice)" 'ip netns exec'
	check_eq "$(ip -n alice -br address | tr -s ' ')" \
		'lo UNKNOWN 127.0.0.1/8 ::1/128 ' 'ip -n'
}
test_case 'ip netns exec, ip -n' executes

processes() {
	local pid
	connection_open alice
	connection_run alice 'sleep 60 >/dev/null 2>&1 </dev/null &'
	wait_for pgrep -u alice -x sleep
	pid=$(pgrep -u alice -x sleep)
	check_match " $(ip netns pids alice | paste -sd' ') " " $pid " \
		'ip netns pids'
	check_eq "$(ip netns identify "$pid")" alice 'ip netns identify'
	check_eq "$(ip netns identify $$)" '' 'ip netns identify on the host'
}
test_case 'ip netns pids, ip netns identify' processes

# shellcheck disable=SC2016
inside() {
	check_eq "$(ssh_as alice 'ip netns identify $$')" alice identify
	check_eq "$(ssh_as alice 'sudo -n ip netns exec alice readlink \
		/proc/self/ns/net')" "$(named_netns alice)" exec
}
test_case 'inside a session ip netns identify and exec know its name' inside

deletes() {
	local before
	check_let_in alice
	before=$(named_netns alice)
	ip netns delete alice || fail 'ip netns delete'
	[[ ! -e /run/netns/alice ]] || fail 'the name is there'
	check_eq "$(grep -c /run/netns/alice /proc/1/mountinfo)" 0 mounts
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'ip netns delete, and the next login makes it anew' deletes

deletes_under_a_session() {
	local before
	connection_open alice
	before=$(connection_run alice "$netns")
	ip netns delete alice || fail 'ip netns delete'
	check_eq "$(connection_run alice "$netns")" "$before" 'the session'
	check_named alice "$(ssh_as alice "$netns")"
	check_ne "$(named_netns alice)" "$before" 'the deleted one'
}
test_case 'ip netns delete under a session, which stays where it is' \
	deletes_under_a_session

# A session keeps no name of another alive.
deletes_beside_a_session() {
	connection_open alice
	check_let_in alan
	connection_open nina
	ip netns delete alan || fail 'ip netns delete'
	check_named alan "$(ssh_as alan "$netns")"
}
test_case 'ip netns delete beside sessions of others' deletes_beside_a_session

adds_after_us() {
	check_let_in alice
	ip netns add other || fail 'ip netns add'
	check_match "$(named_netns other)" '^net:' other
	check_eq "$(grep -c ' /run/netns/alice ' /proc/1/mountinfo)" 1 \
		'mounts of alice'
	check_eq "$(ssh_as alice "$netns")" "$(named_netns alice)" alice
}
test_case 'ip netns add beside our names' adds_after_us

# Both make the same name: whoever comes first, all are in one.
at_once() {
	local got
	for _ in {1..30}; do
		ip netns add alice 2>/dev/null &
		su alice -c "$netns" >/tmp/1 2>&1 &
		su alice -c "$netns" >/tmp/2 2>&1 &
		wait
		got=$(sort -u /tmp/1 /tmp/2)
		check_named alice "$got"
		boot_again
	done
}
test_case 'one-name first logins and ip netns add at once' at_once

connected() {
	check_let_in alice
	ip link add to-alice type veth peer name eth0 netns alice
	ip address add 198.51.100.1/24 dev to-alice
	ip link set to-alice up
	ip -n alice address add 198.51.100.2/24 dev eth0
	ip -n alice link set eth0 up
	wait_for ip netns exec alice bash -c 'exec 3<>/dev/tcp/198.51.100.1/80'
	check_eq "$(ssh_as alice 'cat </dev/tcp/198.51.100.1/80')" 'the host' \
		'over veth'
	check_match "$(ssh_as alice ls /sys/class/net)" eth0 '/sys/class/net'
	ip link delete to-alice
}
test_case 'a name that was given a way out has it in a session' connected
