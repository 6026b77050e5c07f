#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pamnetctl create: makes a name as a login would, as often as one likes.
# shellcheck source=pamnetctl/lib.sh
. "$(dirname "$0")/lib.sh"

makes_a_name() {
	local before
	begin
	quietly create alice
	before=$(named_netns alice) || fail 'no name'
	check_ne "$before" "$(host_netns)" 'on the host'
	check_match "$(ip netns list)" '^alice' 'ip netns list'
	check_match "$(ip netns exec alice ip -br link show lo)" UP lo
	check_eq "$(stat -c '%U:%G %a' $records/alice)" 'root:root 644' record
	check_eq "$(value name) $(value user) $(value service) [$(value init)]" \
		'alice alice pamnetctl []' record
	check_eq "$(value inode)" "$(tr -dc 0-9 <<<"$before")" 'inode of the record'
	check_eq "$(ssh_as alice "$netns")" "$before" 'a login'
	check_eq "$(named_netns alice)" "$before" 'the name after it'
}
test_case 'one-name create makes a name, and the login lands in it' makes_a_name

again() {
	local before
	begin
	spy first
	quietly create alice --init $programs/first
	before=$(named_netns alice)
	quietly create alice --init $programs/first
	connection_open alice
	quietly create --init=$programs/first alice
	check_eq "$(connection_run alice "$netns")" "$before" 'who is in'
	check_eq "$(named_netns alice)" "$before" 'the name'
	check_eq "$(calls)" 'first create alice alice' 'programs that ran'
	connection_close alice
}
test_case 'create of a name that is there, with the same programs, is done' again

of_a_login() {
	local before
	begin
	check_let_in alice
	before=$(named_netns alice)
	quietly create alice
	check_eq "$(named_netns alice)" "$before" 'the name'
	ip netns add lab
	before=$(named_netns lab)
	quietly create lab
	check_eq "$(named_netns lab)" "$before" 'the name of ip netns'
	check_match "$(ip netns exec lab ip -br link show lo)" UP lo
	[[ ! -e $records/lab ]] || fail 'a record of what ip netns made'
}
test_case 'create of a name that a login or ip netns made is done' of_a_login

# other CREATED WANTED: both are programs, or nothing
other() {
	local before said
	begin
	spy first
	spy second
	quietly create alice ${1:+--init "$1"}
	before=$(named_netns alice)
	said=$(ctl 1 create alice ${2:+--init "$2"}) || exit
	check_match "$said" "'alice' exists already.*'${1:-none}'.*'${2:-none}'" \
		'what it says'
	check_eq "$(named_netns alice)" "$before" 'the name'
	check_eq "$(value init)" "$1" 'the record'
}
test_case 'create with other programs than those that ran is refused' \
	other $programs/first $programs/second
test_case 'create with programs where none ran is refused' \
	other '' $programs/first
test_case 'create without programs where some ran is refused' \
	other $programs/first,$programs/second ''

# owner_of NAME: the uid of whom the network belongs to
owner_of() {
	perl -e '
		open $net, "<", shift or die "$!\n";
		$user = ioctl($net, 0xb701, 0) or die "NS_GET_USERNS: $!\n";
		open $user, "<&=", $user or die "$!\n";
		$uid = pack "I", 0;
		ioctl($user, 0xb704, $uid) or die "NS_GET_OWNER_UID: $!\n";
		print unpack("I", $uid), "\n"' "/run/netns/$1"
}

owned() {
	local before
	begin
	pam_lines 'session required pam_usernet.so owner'
	spy first
	quietly create --owner alice
	before=$(named_netns alice)
	check_eq "$(owner_of alice)" "$(id -u alice)" owner
	check_eq "$(value owner)" "$(id -u alice)" record
	check_match "$(ip netns exec alice ip -br link show lo)" UP lo
	check_eq "$(ssh_as alice "$netns")" "$before" 'a login'
	check_eq "$(ssh_as alice '/sbin/ip address add 192.0.2.7/32 dev lo &&
		echo done')" 'done' 'what she may do'
	quietly create --owner alice
	quietly create --owner --user alice alice
	check_eq "$(named_netns alice)" "$before" 'the name'
	quietly create lab --owner --user bob --init $programs/first
	check_eq "$(owner_of lab)" "$(id -u bob)" 'owner of lab'
	check_eq "$(calls)" 'first create lab bob' programs
}
test_case 'create --owner makes what a login by a line with owner lands in' owned

of_another_owner() {
	local said
	begin
	quietly create alice
	said=$(ctl 1 create --owner alice) || exit
	check_match "$said" "it is root's" "root's"
	quietly create bob --owner
	ctl 1 create bob >/dev/null
	ctl 1 create bob --owner --user alan >/dev/null
	check_eq "$(owner_of bob)" "$(id -u bob)" owner
}
test_case 'create --owner of a name that is another owner'\''s is refused' \
	of_another_owner

no_owner() {
	local said
	begin
	said=$(ctl 1 create --owner --init rules alice) || exit
	check_match "$said" 'could take the rules away' rules
	said=$(ctl 1 create --owner --init veth,wireguard alice) || exit
	check_match "$said" 'would have the key' wireguard
	said=$(ctl 1 create --owner lab) || exit
	check_match "$said" "no user 'lab'.*fix with: --user USER" 'no user'
	said=$(ctl 1 create --owner --user root lab) || exit
	check_match "$said" "root's" root
	[[ ! -e /run/netns/alice && ! -e /run/netns/lab ]] || fail 'it is made'
	said=$(ctl 2 remove --owner alice) || exit
	check_match "$said" 'takes no option --owner' remove
}
test_case 'create --owner is refused where the argument owner is' no_owner

no_option() {
	local said
	begin
	spy first
	quietly create -- -lab
	said=$(ctl 1 create --init $programs/first -- -lab) || exit
	check_match "$said" 'fix with: pamnetctl remove -- -lab$' command
}
test_case 'create gives no name as an option' no_option

record_of_another() {
	begin
	spy first
	quietly create alice --init $programs/first
	ip netns delete alice
	ip netns add alice
	ctl 1 create alice --init $programs/first >/dev/null
	quietly create alice
}
test_case 'the record of an earlier namespace of that name does not count' \
	record_of_another

fills_it() {
	begin
	# shellcheck disable=SC2016
	spy first 'echo nameserver 192.0.2.53 >"$NETNS_ETC/resolv.conf"' \
		'printf "it is\tdone\n"'
	spy second
	check_eq "$(ctl 0 create lab --user bob --init $programs/first,$programs/second)" \
		"pamnetctl: $programs/first: it is\\x09done" 'what it says'
	check_same "$(calls)" "$(printf '%s\n' 'first create lab bob' \
		'second create lab bob')" 'calls'
	check_same "$(grep -vE '^NETNS_(ETC|PATH)=' $seen/first.create)" \
		"$(printf '%s\n' NETNS=lab NETNS_DIR=/etc/netns/lab PAM_RHOST= \
			PAM_SERVICE=pamnetctl PAM_TTY= PAM_USER=bob)" environment
	check_eq "$(<$seen/first.create.net)" "$(named_netns lab)" NETNS_PATH
	check_eq "$(value init lab)" "$programs/first,$programs/second" record
	check_eq "$(value user lab)" bob 'user of the record'
	pam_lines 'session required pam_groupnet.so'
	check_eq "$(ssh_as lara "$netns; cat /etc/resolv.conf")" \
		"$(named_netns lab)
nameserver 192.0.2.53" 'a login'
}
test_case 'create runs the programs of --init, for --user' fills_it

default_user() {
	begin
	spy first
	quietly create lab --init $programs/first
	check_eq "$(calls)" 'first create lab root' 'nobody is called lab'
}
test_case 'create without --user is for who is called as the name, or root' \
	default_user

a_program_fails() {
	local said
	begin
	spy first
	spy second 'echo it does not work' 'false'
	said=$(ctl 1 create alice --init $programs/first,$programs/second) || exit
	check_match "$said" \
		"cannot run '$programs/second'.*status 1; it wrote: it does not work" \
		'what it says'
	check_eq "$(tail -n 1 $seen/calls)" 'first remove alice alice' 'undone'
	[[ ! -e /run/netns/alice && ! -e $records/alice ]] || fail 'it is left'
	check_let_in alice
}
test_case 'all-or-nothing create is refused, and nothing left, if a program fails' \
	a_program_fails

occupied() {
	local said
	begin
	ctl 0 create other >/dev/null
	mkdir /run/netns/alice
	said=$(ctl 1 create alice) || exit
	check_match "$said" "it is a directory: Is a directory; fix with: rmdir '/run/netns/alice'" \
		'what it says'
	touch /run/netns/host
	mount --bind /proc/1/ns/net /run/netns/host
	said=$(ctl 1 create host) || exit
	check_match "$said" "it is the network outside" 'what it says'
}
test_case 'create is refused where something else is' occupied

no_record() {
	local said
	begin
	quietly create other
	mount --bind $records $records
	mount -o remount,bind,ro $records
	said=$(ctl 2 create lab) || exit
	umount $records
	check_match "$said" "cannot write the record of 'lab': " 'what it says'
	named_netns lab >/dev/null || fail 'no name'
}
test_case 'create without a record does not say that all is well' no_record

# bad REGEX WORD...
bad() {
	local said
	begin
	said=$(ctl 2 "${@:2}") || exit
	check_match "$said" "$1" 'what it says'
	check_no_match "$said" $'[\x01-\x09\x0b-\x1f]' 'what it says'
	[[ ! -e /run/netns && ! -e /run/pam_net ]] || fail 'something was made'
}
test_case 'create without a name' bad 'needs the name' create
test_case 'create with two names' bad 'needs the name' create a b
test_case 'create with an empty name' bad "'' cannot be the name" create ''
test_case 'create with a path' bad "'a/b' cannot be" create a/b
test_case 'create with the number of a namespace' bad \
	"'net:.77.' cannot be the name" create 'net:[77]'
test_case 'create with dots' bad "'..' cannot be" create ..
test_case 'create with an escape' bad "'a.x1bb' cannot be" create $'a\eb'
test_case 'create with a name that is too long' bad 'cannot be' create \
	"$(printf 'a%.0s' {1..256})"
test_case 'create for nobody' bad "there is no user 'who.x0a'" \
	create lab --user $'who\n'
test_case 'create with a bad list of programs' bad "'../x' is no list" \
	create lab --init ../x
test_case 'create with an empty list of programs' bad "'' is no list" \
	create lab --init ''
test_case 'create with an option of check' bad \
	'create takes no option --without-modules' create --without-modules lab
test_case 'check with an option of create' bad \
	'check takes no option --user' check --user bob

not_root() {
	local status=0 said
	begin
	said=$(setpriv --reuid bob --regid bob --clear-groups "$pamnetctl" \
		create lab 2>&1) || status=$?
	check_eq "$status $said" '2 pamnetctl: only root can create namespaces' \
		'who is not root'
}
test_case 'create says plainly that it is for root' not_root

unusual() {
	local name long
	begin
	printf -v long 'x%.0s' {1..255}
	for name in 'a b' "$long" 'dom\user' '-x' 'ü'; do
		quietly create -- "$name"
		named_netns "$name" >/dev/null || fail "no '$name'"
	done
}
test_case 'create takes all names that logins take' unusual

at_once() {
	local i pids=()
	begin
	spy first 'sleep 0.2'
	for i in {1..6}; do
		"$pamnetctl" create alice --init $programs/first &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail 'one failed'
	done
	check_eq "$(calls)" 'first create alice alice' 'calls'
	check_eq "$(grep -c ' /run/netns/alice ' /proc/1/mountinfo)" 1 'mounts'
}
test_case 'one-name of many that create a name at once one makes it' at_once

# Elsewhere: in a session, whose mounts show other names only.
from_a_session() {
	begin
	ip netns add lab
	# shellcheck disable=SC2016
	ip netns exec lab unshare --mount bash -c '
		mount --make-rprivate / && umount -l /run/netns
		exec "$0" create alice' "$pamnetctl" || fail 'it failed'
	check_ne "$(named_netns alice)" '' 'the name'
	check_eq "$(ssh_as alice "$netns")" "$(named_netns alice)" 'a login'
}
test_case 'create makes the name on the host, wherever it is called' \
	from_a_session
