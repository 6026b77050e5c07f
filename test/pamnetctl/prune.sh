#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pamnetctl prune: takes what is left of the dead, and of the living nothing.
# What programs are made of is expanded when they run.
# shellcheck disable=SC2016
# shellcheck source=pamnetctl/lib.sh
. "$(dirname "$0")/lib.sh"

state=/run/pam_net

# All that there is, but lock files.
everything() {
	find $state -path "$state/lock" -prune -o -print | sort
	ls /run/netns 2>/dev/null
	mounts_snapshot
}

# A session that was killed: its record stays.
dead_session() {
	local leader
	connection_open "$1"
	leader=$(pgrep -u root -f "sshd: $1 \[priv\]")
	kill -KILL "$leader"
	wait_for not pgrep -u "$1"
	rm -f "/tmp/connection-$1"
	[[ $(echo $state/sessions/*/"$leader".*) != *'*'* ]] ||
		fail 'there is no record of a dead session'
}

sessions() {
	local name before
	begin
	dead_session alan
	dead_session nina
	connection_open alice
	connection_open nora
	name=$(connection_run nora "$netns")
	before=$(connection_run alice "$netns")
	# The session of another host, or PID namespace.
	sed 's/^pidns=.*/pidns=1/' $state/sessions/alice/* \
		>$state/sessions/alice/999999.5
	check_eq "$(ctl 0 prune)" "removed what was left of 'alan'" 'what it says'
	check_eq "$(find $state/sessions/alice -type f | wc -l)" 2 'records of alice'
	check_same "$(ls $state/sessions)" "$(printf '%s\n' alan alice "$name")" \
		records
	check_eq "$(ls $state/sessions/alan)" '' 'records of alan'
	check_eq "$(ssh_as alice "readlink /proc/self/ns/mnt")" \
		"$(connection_run alice "readlink /proc/self/ns/mnt")" 'one-view'
	check_eq "$(named_netns alice)" "$before" 'the name'
	connection_close alice
	connection_close nora
	quietly prune
	check_eq "$(ls $state/sessions/alice)" 999999.5 'records of alice'
	check_eq "$(named_netns alice)" "$before" 'the name'
}
test_case 'prune takes the records of dead sessions, and of no others' sessions

names_that_are_gone() {
	begin
	spy first 'echo x >"$NETNS_ETC/hosts"'
	for name in one two three four; do
		quietly create $name --init $programs/first
	done
	ip netns delete one
	ip netns delete two
	ip netns add two
	nsenter --net=/run/netns/three sleep 300 &
	wait_for eval '[[ $(netns_of $!) == "$(named_netns three)" ]]'
	ip netns delete three
	: >$seen/calls
	check_same "$(ctl 0 prune)" "$(printf "removed what was left of '%s'\n" \
		one two)" 'what it says'
	check_same "$(calls)" "$(printf 'first remove %s root\n' one two)" calls
	check_same "$(ls $records)" "$(printf '%s\n' four three)" records
	check_same "$(ls $state/etc)" "$(printf '%s\n' four three)" 'what was generated'
	check_same "$(ls /run/netns)" "$(printf '%s\n' four two)" names
	quietly prune
	kill $!
	wait $!
	check_eq "$(ctl 0 prune)" "removed what was left of 'three'" 'when it is gone'
	check_eq "$(ls $records; ls $state/etc)" 'four
four' 'what is left'
}
test_case 'prune takes what is left of names that are gone, unless it is in use' \
	names_that_are_gone

in_lab() {
	[[ $(netns_of "$1") == "$(named_netns lab)" ]]
}

# unreadable REGEX STATUS PLANT: a record that cannot be read is not one that is
# not there: what the namespace uses stays
unreadable() {
	local before said
	begin
	spy first 'echo x >"$NETNS_ETC/hosts"'
	quietly create lab --init $programs/first
	nsenter --net=/run/netns/lab sleep 300 &
	wait_for in_lab $!
	before=$(find $state/etc)
	eval "$3"
	said=$(ctl "$2" prune) || exit
	check_match "$said" "$1" 'what it says'
	check_same "$(find $state/etc)" "$before" 'what was generated'
	((!$2)) || check_match "$(ctl 2 remove lab)" "$1" 'what remove says'
	named_netns lab >/dev/null || fail 'the name is lost'
}
test_case 'prune keeps what a name uses whose record others may write' unreadable \
	"names/lab': it is not root's, or others may write it: .*; fix with: rm" 2 \
	'chmod 664 $records/lab'
test_case 'prune keeps what a name uses whose record is a pipe' unreadable \
	"names/lab': it is no file: .*; fix with: rm" 2 \
	'rm $records/lab; mkfifo -m 644 $records/lab'
test_case 'prune keeps what a name uses whose record is garbage' unreadable \
	"names/lab': it is no record: .*; fix with: rm" 2 'echo x >$records/lab'
test_case 'prune keeps what a name uses whose record is gone' unreadable '^$' 0 \
	'rm $records/lab'

stays() {
	local said
	begin
	quietly create lab
	ip netns delete lab
	mount --bind $records $records
	mount -o remount,bind,ro $records
	said=$(ctl 2 prune) || exit
	umount $records
	check_match "$said" "cannot remove '$records/lab': Read-only" 'what it says'
	check_eq "$(ctl 0 prune)" "removed what was left of 'lab'" 'then'
}
test_case 'prune tells what it cannot remove' stays

unfinished() {
	begin
	quietly create lab
	mkdir -p $state/tmp/{names,sessions} $state/etc-new/{1,2}/x
	touch $state/tmp/names/{old,new} $state/tmp/sessions/1.5
	touch -d '1 hour ago' $state/tmp/names/old
	# What counts is the time of the change, which nobody can set.
	quietly prune
	check_eq "$(ls $state/tmp/names; ls $state/etc-new)" "$(printf '%s\n' \
		new old 1 2)" 'what is young'
}
test_case 'prune leaves what somebody may be at work with' unfinished

orphans() {
	begin
	mkdir -p $state/etc/gone/123 $state/sessions/gone $state/sessions/net:[1]
	touch $state/etc/gone/123/hosts
	check_eq "$(ctl 0 prune)" "removed what was left of 'gone'" 'what it says'
	check_eq "$(ls $state/etc; ls $state/sessions)" '' 'what is left'
}
test_case 'prune takes directories without a record' orphans

# create_as_login NAME [OPTION...]: create, with a record as a login writes it
create_as_login() {
	ctl 0 create "$@" >/dev/null || exit
	sed -i 's/^service=.*/service=sshd/' "$records/$1"
}

# used NAME PLANT: --names leaves NAME, for which PLANT is run
used() {
	begin
	create_as_login "$1"
	create_as_login unused
	eval "$2" || fail "cannot plant: $2"
	check_eq "$(ctl 0 prune --names)" "removed 'unused'" 'what it says'
	named_netns "$1" >/dev/null || fail 'it is gone'
	[[ ! -e /run/netns/unused && ! -e $records/unused ]] || fail 'it is left'
}
test_case '--names leaves who is in use by a login' used alice 'connection_open alice'
test_case '--names leaves who is in use by a process' used lab \
	'nsenter --net=/run/netns/lab sleep 300 & wait_for in_lab $!'
test_case '--names leaves who is mounted elsewhere' used lab \
	'touch /run/elsewhere; mount --bind /run/netns/lab /run/elsewhere'
test_case '--names leaves who has a link to the host' used lab \
	'ip link add test0 type veth peer name eth0 netns lab'
test_case '--names leaves who has a device of the host' used lab \
	'ip link add test1 type dummy; ip link set test1 netns lab
	ip link add link eth0 name test2 netns lab type macvlan'
test_case '--names leaves who has a tunnel whose other end is elsewhere' used lab \
	'ip tuntap add dev tun0 mode tun || skip "no tun"; ip link set tun0 netns lab'
# Not every kernel has it.
if ip link add wg0 type wireguard 2>/dev/null; then
	ip link delete wg0
	test_case '--names leaves who has WireGuard, whose socket is elsewhere' used lab \
		'ip link add wg0 type wireguard; ip link set wg0 netns lab'
fi
test_case 'only-ours --names leaves what create has made' used lab \
	'sed -i s/^service=.*/service=pamnetctl/ $records/lab'
test_case 'only-ours --names leaves what ip netns has made' used lab \
	'ip netns delete lab; rm $records/lab; ip netns add lab; ip netns add other'

# All processes are looked at once, not for each name that is in use.
looks_once() {
	local i
	begin
	for i in 1 2 3 4; do
		create_as_login x$i
		nsenter --net=/run/netns/x$i sleep 300 &
		wait_for eval '[[ $(netns_of $!) == "$(named_netns x'$i')" ]]'
	done
	check_eq "$(strace -f -qq -o /tmp/trace -e trace=openat \
		"$pamnetctl" prune --names)" '' 'what it says'
	check_eq "$(grep -c '"/proc", O_RDONLY|' /tmp/trace)" 1 \
		'how often it looks at all processes'
}
test_case '--names looks at all processes once' looks_once

only_inside() {
	begin
	create_as_login lab
	ip -n lab link add dummy0 type dummy
	ip -n lab link add a type veth peer name b
	check_eq "$(ctl 0 prune --names)" "removed 'lab'" 'what it says'
}
test_case '--names takes a name whose interfaces lead nowhere' only_inside

tunnel_of_programs() {
	begin
	program first '[[ $1 != create ]] || nsenter --net="$NETNS_PATH" \
		ip tuntap add dev tun0 mode tun || true'
	create_as_login lab --init $programs/first
	ip -n lab link show tun0 >/dev/null || skip 'no tun'
	check_eq "$(ctl 0 prune --names)" "removed 'lab'" 'what it says'
}
test_case '--names takes a name whose tunnel its programs have made' \
	tunnel_of_programs

of_veth() {
	begin
	echo 1 >/proc/sys/net/ipv4/ip_forward
	mkdir -p /usr/libexec/pam_net
	cp "$(dirname "$0")"/../../init/{functions,veth} /usr/libexec/pam_net/
	create_as_login lab --init /usr/libexec/pam_net/veth
	ip -n lab link show eth0 >/dev/null || fail 'no link'
	check_eq "$(ctl 0 prune --names)" "removed 'lab'" 'what it says'
	wait_for not eval 'ip link | grep -q pamnet' || fail 'the link is left'
}
test_case '--names takes a name that init=veth has filled' of_veth

calls_remove() {
	begin
	spy first
	create_as_login lab --user bob --init $programs/first
	check_eq "$(ctl 0 prune --names)" "removed 'lab'" 'what it says'
	check_eq "$(tail -n 1 $seen/calls)" 'first remove lab bob' calls
}
test_case '--names calls the programs' calls_remove

hostile_names() {
	begin
	quietly create lab
	printf 'name=x\ncookie=1\ninode=1\ninit=\nuser=x\n' >$records/$'a\e[2J\nb'
	printf 'garbage' >$records/$'c\ed'
	chmod 666 $records/$'c\ed'
	check_eq "$(ctl 0 prune)" '' 'names that no login takes'
	mkdir $state/etc/$'\xff\xfe' 2>/dev/null || mkdir -p $state/etc/$'\xff\xfe'
	check_eq "$(ctl 0 prune)" "removed what was left of '\\xff\\xfe'" \
		'bytes that are no UTF-8'
	printf 'garbage' >$records/broken
	check_eq "$(ctl 0 prune)" "removed what was left of 'broken'" \
		'a record that is none'
	printf '%s\n' name=lab cookie=5 inode=5 "init=$programs/x\\012y" 'user=\033' \
		>$records/gone
	check_no_match "$(ctl 0 prune)" $'[\x01-\x09\x0b-\x1f]' 'what it says'
	[[ ! -e $records/gone ]] || fail 'it is left'
}
test_case 'prune of hostile names and records' hostile_names

at_once() {
	local i pids=() logins
	begin
	for i in {1..3}; do
		for _ in {1..6}; do
			"$pamnetctl" prune --names || echo "status $?"
		done >>/tmp/prunes 2>&1 &
		pids+=($!)
	done
	for ((i = 0; i < 20; i++)); do
		su alice -c "$netns" 2>&1
		su nina -c "$netns" 2>&1
	done >/tmp/logins
	wait "${pids[@]}"
	logins=$(</tmp/logins)
	check_eq "$(grep -c '^net:' <<<"$logins")" 40 "logins: $logins"
	check_no_match "$logins" "$(host_netns | tr -dc 0-9)" never-outside
	check_no_match "$(</tmp/prunes)" 'status|cannot' 'what it says'
	ctl 0 prune --names >/dev/null
	check_same "$(everything | grep -v '^[0-9]')" "$(printf '%s\n' $state \
		$state/names $state/sessions $state/tmp{,/names,/sessions} | sort)" \
		'what is left'
}
test_case 'never-outside many prune --names beside logins' at_once

progress() {
	local i
	begin
	spy first '[[ $1 == create ]] || sleep 0.6'
	for i in 1 2 3; do
		quietly create x$i --init $programs/first
	done
	ip netns delete x1
	ip netns delete x2
	ip netns delete x3
	check_match "$(script -qec "$pamnetctl prune" /dev/null)" \
		'names: [12]' 'on a terminal'
}
test_case 'prune shows its progress on a terminal' progress

output_fails() {
	local status
	for output in '>/dev/full' '>&-'; do
		begin
		mkdir -p $records
		printf 'garbage' >$records/broken
		status=0
		sh -c "$pamnetctl prune $output" 2>"$work/error" || status=$?
		check_eq "$status" 2 "status, $output"
		check_match "$(<"$work/error")" 'cannot write' "$output"
		[[ ! -e $records/broken ]] || fail "it is left, $output"
	done
}
test_case 'prune tells that it cannot write' output_fails

no_state() {
	begin
	quietly prune
	quietly prune --names
	[[ ! -e $state && ! -e /run/netns ]] || fail 'something was made'
}
test_case 'prune where nothing ever was' no_state

bad() {
	local said
	begin
	said=$(ctl 2 "${@:2}") || exit
	check_match "$said" "$1" 'what it says'
}
test_case 'prune with a name' bad "prune takes no name: 'a.x1b'" prune $'a\e'
test_case 'prune with an option of create' bad 'takes no option --init' \
	prune --init x

not_root() {
	local status=0 said
	begin
	said=$(setpriv --reuid bob --regid bob --clear-groups "$pamnetctl" \
		prune 2>&1) || status=$?
	check_eq "$status $said" '2 pamnetctl: only root can prune namespaces' \
		'who is not root'
}
test_case 'prune says plainly that it is for root' not_root
