# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a confined user can do about it from inside: nothing.
#
# usage: test/host bash test/proof/hostile.sh
# What runs elsewhere expands there:
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit
. test/lib.sh

# stays COMMAND: whatever alice runs, what it prints never is of the host
stays() {
	local output status=0
	output=$(ssh_as alice "$1" 2>&1) || status=$?
	check_no_match "$output" 'the host' 'reached the host'
	check_ne "$(tail -n 1 <<<"$output")" "$(host_netns)" 'network of the host'
	echo "outcome: $status $(tail -n 1 <<<"$output")"
}

# refused_inside COMMAND: it fails
refused_inside() {
	local output status=0
	output=$(ssh_as alice "($1) && echo it works" 2>&1) || status=$?
	check_no_match "$output" 'it works' 'it works'
}

may_not_lock_out() {
	ssh_as alice 'exec 9</run/netns && flock -n 9 sleep 20' >/dev/null 2>&1 &
	sleep 0.5
	check_let_in alan
	check_let_in alice
}

links_of_his_own_are_not_followed() {
	ssh_as alice 'ln -sfn /etc/shadow ~/.netns; ln -sfn /proc/1/ns/net /tmp/alan'
	check_named alan "$(ssh_as alan "$netns")"
	refused_inside 'ln -s /proc/1/ns/net /run/netns/alan'
	refused_inside 'mkdir -p /etc/netns/alice'
}

holds_no_descriptor() {
	local kept
	kept=$(ssh_as alice 'ls -l /proc/self/fd' |
		grep -E 'net:\[|mnt:\[|/run/netns|/run/pam_net')
	check_eq "$kept" '' 'descriptors of the session'
}

test_case 'hostile setns to process 1' refused_inside \
	'nsenter --net=/proc/1/ns/net true'
test_case 'hostile setns to the sshd that serves him' refused_inside \
	'nsenter --net=/proc/$PPID/ns/net --target $PPID true'
test_case 'hostile unshare -U, then setns' refused_inside \
	'unshare -Ur nsenter --net=/proc/1/ns/net true'
test_case 'hostile unshare -Urn is another empty network' stays \
	"unshare -Urn bash -c '$reach_host; $netns'"
test_case 'hostile unshare -Urm umount of /sys' refused_inside \
	'unshare -Urm umount /sys'
test_case 'hostile unshare -Urm umount of /run/netns' refused_inside \
	'unshare -Urm umount /run/netns'
test_case 'hostile umount of /run/netns' refused_inside 'umount /run/netns'
test_case 'hostile /proc/1/root' refused_inside 'ls /proc/1/root/run'
test_case 'hostile /proc/PID/root of sshd' refused_inside \
	'ls /proc/$(pgrep -o sshd)/root/run'
test_case 'hostile ptrace of the sshd processes' refused_inside \
	'for p in $(pgrep sshd); do
		timeout 1 strace -qq -o /dev/null -p $p
		test $? = 124 && exit 0
	done; exit 1'
test_case 'hostile direct connections' stays "$reach_host; $netns"
test_case 'hostile inherited descriptors' holds_no_descriptor
test_case 'hostile links in paths that he can write' \
	links_of_his_own_are_not_followed
test_case 'hostile lock of /run/netns' may_not_lock_out
