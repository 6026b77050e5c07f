#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# First logins: the making of /run/netns and of a name, many at once, and
# what interrupted ones leave behind.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

# ---- after a boot ----------------------------------------------------------

fresh_boot() {
	[[ ! -e /run/netns ]] || fail 'there is a /run/netns'
	check_named alice "$(ssh_as alice "$netns")"
	check_eq "$(stat -c '%a %U:%G' /run/netns)" '755 root:root' /run/netns
	check_eq "$(findmnt -no PROPAGATION /run/netns)" shared propagation
	check_eq "$(grep -c ' /run/netns/alice ' /proc/1/mountinfo)" 1 mounts
}
test_case 'host-untouched fresh-boot /run/netns is made, one mount a name' \
	fresh_boot

directory_without_mount() {
	mkdir /run/netns
	check_named alice "$(ssh_as alice "$netns")"
	check_eq "$(grep -c ' /run/netns/alice ' /proc/1/mountinfo)" 1 mounts
}
test_case 'fresh-boot an empty directory /run/netns is used' \
	directory_without_mount

# A name bound in a /run/netns that is no mount point itself.
existing_names() {
	local before
	mkdir /run/netns
	touch /run/netns/older
	unshare -n sleep 30 &
	wait_for not test "/proc/$!/ns/net" -ef /proc/1/ns/net
	mount --bind "/proc/$!/ns/net" /run/netns/older
	before=$(named_netns older)
	check_named alice "$(ssh_as alice "$netns")"
	check_eq "$(named_netns older)" "$before" 'the older name'
}
test_case 'host-untouched names that were there stay' existing_names

# ---- at once ---------------------------------------------------------------

# together N COMMAND...: prints what each said
together() {
	local n=$1 i
	shift
	for ((i = 0; i < n; i++)); do
		"$@" >"/tmp/out.$i" 2>&1 &
	done
	wait
	cat /tmp/out.*
	rm /tmp/out.*
}

ssh_together() {
	local got
	got=$(together "$1" ssh_as alice "$netns")
	check_eq "$(wc -l <<<"$got")" "$1" "logins: $got"
	check_named alice "$(sort -u <<<"$got")"
}
test_case 'one-name two first ssh logins at once' ssh_together 2
test_case 'one-name eight first ssh logins at once' ssh_together 8

su_together() {
	local got round
	for round in {1..20}; do
		got=$(together 4 su alice -c "$netns")
		check_eq "$(wc -l <<<"$got")" 4 "logins in round $round: $got"
		check_named alice "$(sort -u <<<"$got")"
		boot_again
	done
}
test_case 'one-name four first su at once, on twenty fresh boots' su_together

two_names_together() {
	local round user
	for round in {1..10}; do
		for user in alice alan paul; do
			su $user -c "$netns" >/tmp/$user 2>&1 &
		done
		wait
		for user in alice alan paul; do
			check_named $user "$(cat /tmp/$user)"
			check_eq "$(grep -c " /run/netns/$user " /proc/1/mountinfo)" 1 \
				"mounts of $user in round $round"
		done
		boot_again
	done
}
test_case 'one-name three users at once, on ten fresh boots' \
	two_names_together

# iproute2 locks the directory, which any user may open.
directory_locked() {
	check_let_in alan
	su bob -c 'exec flock /run/netns sleep 60' &
	wait_for not flock -n /run/netns true
	within 15 check_let_in alice
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'a lock that a user holds on /run/netns stops no login' \
	directory_locked

directory_locked_at_boot() {
	mkdir /run/netns
	su bob -c 'exec flock /run/netns sleep 60' &
	wait_for not flock -n /run/netns true
	within 15 check_let_in alice
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'nor does it at the first login after a boot' \
	directory_locked_at_boot

locks_are_roots() {
	check_let_in alice
	[[ -d /run/pam_net ]] || fail 'no /run/pam_net'
	check_eq "$(stat -c '%a %U:%G' /run/pam_net)" '755 root:root' /run/pam_net
	check_eq "$(stat -c '%a %U:%G' /run/pam_net/lock)" '700 root:root' lock
	check_eq "$(stat -c '%a %U:%G' /run/pam_net/lock/alice)" '600 root:root' \
		lock/alice
	if su bob -c 'flock -n /run/pam_net/lock/alice true' 2>/dev/null; then
		fail 'bob got the lock'
	fi
}
test_case 'the lock of a name is for root only' locks_are_roots

# Who joins asks for no lock: whoever holds it, held by root for good.
joins_without_lock() {
	local file
	check_let_in alice
	for file in /run/pam_net/lock/*; do
		flock "$file" sleep 60 &
		wait_for not flock -n "$file" true
	done
	within 10 check_let_in alice
	check_named alice "$(within 10 ssh_as alice "$netns")"
}
test_case 'no-hostage a name that is bound is joined while its lock is held' \
	joins_without_lock

other_name_without_lock() {
	check_let_in alice
	flock /run/pam_net/lock/alice sleep 60 &
	wait_for not flock -n /run/pam_net/lock/alice true
	within 10 check_let_in alan
	check_named alan "$(ssh_as alan "$netns")"
}
test_case 'no-hostage a name is made while the lock of another is held' \
	other_name_without_lock

# ---- the record of a name --------------------------------------------------

record_of_a_name() {
	local record=/run/pam_net/names/alice before
	check_let_in alice
	check_eq "$(stat -c '%F %a %U:%G' $record)" \
		'regular file 644 root:root' 'the record'
	before=$(stat -c %i,%y $record; cat $record)
	check_let_in alice
	check_same "$(stat -c %i,%y $record; cat $record)" "$before" \
		'the record after a join'
	ip netns add other
	[[ ! -e /run/pam_net/names/other ]] || fail 'a record of what ip made'
}
test_case 'a record is written when a name is made, and not when it is joined' \
	record_of_a_name

joined_has_no_record() {
	ip netns add alice
	check_let_in alice
	[[ ! -e /run/pam_net/names/alice ]] || fail 'a record'
}
test_case 'a name that ip netns add made gets no record' joined_has_no_record

records_without_umask() {
	(umask 0777 && setpriv --egid 2007 --keep-groups su alice -c true) ||
		fail 'su with umask 0777'
	check_eq "$(stat -c '%a %U:%G' /run/pam_net /run/pam_net/names/alice \
		/run/netns | paste -sd' ')" \
		'755 root:root 644 root:root 755 root:root' 'modes'
}
test_case "what root makes has its mode and group whatever the caller's umask and egid are" \
	records_without_umask

# ---- interrupted -----------------------------------------------------------

empty_file() {
	mkdir /run/netns
	: >/run/netns/alice
	within 15 check_let_in alice
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'survives-kill an empty file of root heals by itself' empty_file

# check_taken_over: alice is let in, and one warning tells of her file
check_taken_over() {
	local line
	log_mark
	within 15 check_let_in alice
	line=$(log_of_modules warning)
	check_match "$line" "'/run/netns/alice'" 'the warning'
	check_eq "$(wc -l <<<"$line")" 1 "warnings: $line"
	check_named alice "$(ssh_as alice "$netns")"
	log_mark
	check_let_in alice
	check_eq "$(log_of_modules warning)" '' 'a warning of the next login'
}

old_empty_file() {
	mkdir /run/netns
	: >/run/netns/alice
	touch -d '1 minute ago' /run/netns/alice
	check_taken_over
}
test_case 'an old empty file under the name is taken over, with a warning' \
	old_empty_file

# The namespace is bound where nobody else sees it.
added_in_private_mounts() {
	unshare --mount --propagation private ip netns add alice ||
		fail 'ip netns add'
	check_eq "$(stat -f -c %T /run/netns/alice)" tmpfs 'what is left'
	sleep 1.2
	check_taken_over
}
test_case 'what ip netns add left from a unit with private mounts is taken over, with a warning' \
	added_in_private_mounts

no_warning_without() {
	log_mark
	check_let_in alice
	check_eq "$(log_of_modules warning)" '' 'a warning'
}
test_case 'a first login with no file in its way warns of nothing' \
	no_warning_without

empty_file_in_mount() {
	check_let_in alan
	: >/run/netns/alice
	within 15 check_let_in alice
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'survives-kill the same in a prepared /run/netns' \
	empty_file_in_mount

monitor_killed() {
	local user=$1 before monitor left
	connection_open "$user"
	before=$(netns_of "$(pgrep -u "$user" sshd)")
	monitor=$(pgrep -f "^sshd: $user \[priv\]")
	kill -KILL "$monitor"
	wait_for not kill -0 "$monitor"
	check_let_in "$user"
	# It ends by itself when it notices.
	left=$(pgrep -u "$user" sshd | head -n 1)
	[[ -z $left || ! -e /proc/$left/ns/net ]] ||
		check_eq "$(netns_of "$left")" "$before" \
			'what is left of the session'
}
test_case 'survives-kill the monitor of a usernet session' monitor_killed alice
test_case 'survives-kill the monitor of a newnet session' monitor_killed nina

# Each of the calls that change the system may be the last one. Before Linux
# 5.12 the directory of names cannot be prepared by one of them, and may be left
# as ip-netns(8) prepares it, which shows each name twice.
mounts_of_a_name=1
[[ $(printf '%s\n' 5.12 "$(uname -r)" | sort -V | head -n 1) == 5.12 ]] ||
	mounts_of_a_name='[12]'

killed_at() {
	local call=$1 n
	shift
	for ((n = 1; ; n++)); do
		inject "$call:signal=KILL:when=$n" "$@" su alice -c true
		injected || break
		within 15 check_eq "$(su alice -c 'echo let in' 2>&1)" 'let in' \
			"after a kill in $call $n"
		check_named alice "$(su alice -c "$netns")"
		check_match "$(grep -c ' /run/netns/alice ' /proc/1/mountinfo)" \
			"^$mounts_of_a_name\$" "mounts after a kill in $call $n"
		boot_again
	done
	((n > 1)) || fail "$call was never injected"
}
for call in mkdir mkdirat mount umount2 move_mount unshare setns flock; do
	test_case "survives-kill su killed in any call of $call" killed_at $call
done
test_case 'survives-kill su killed in any call that opens in /run/netns' \
	killed_at openat -P /run/netns
