#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pamnetctl remove: takes the name away from a namespace nobody is in, and all
# that belongs to it; whoever is in it keeps it.
#
# --all: it is killed at each of its system calls; else at some
# What programs are made of is expanded when they run.
# shellcheck disable=SC2016
# shellcheck source=pamnetctl/lib.sh
. "$(dirname "$0")/lib.sh"

killer=$(realpath "$(dirname "$0")/../../build/test/proof/killer")
all=0
[[ ${1-} != --all ]] || all=1

# nothing_left NAME
nothing_left() {
	local path
	for path in /run/netns/"$1" $records/"$1" /run/pam_net/sessions/"$1" \
		/run/pam_net/etc/"$1" /run/pam_net/tmp/*/"$1"; do
		[[ ! -e $path ]] || fail "$path is left"
	done
	check_no_match "$(</proc/1/mountinfo)" "/run/netns/$1 " 'the mount table'
}

# is_in NAME COMMAND...: starts COMMAND in the namespace; its PID is in $inside
is_in() {
	local name=$1 wanted
	shift
	wanted=$(named_netns "$name")
	nsenter --net="/run/netns/$name" "$@" &
	inside=$!
	wait_for in_netns "$wanted" $inside || fail "it does not enter $name"
}

in_netns() {
	[[ $(netns_of "$2") == "$1" ]]
}

# made_by HOW NAME
made_by() {
	local before
	begin
	ctl 0 create other >/dev/null
	before=$(mounts_snapshot)
	case $1 in
	create) quietly create -- "$2" ;;
	login) check_let_in "$2" && wait_for not pgrep -u "$2" ;;
	ip) ip netns add "$2" ;;
	esac
	named_netns "$2" >/dev/null || fail 'no name'
	quietly remove -- "$2"
	nothing_left "$2"
	check_same "$(mounts_snapshot)" "$before" 'host-untouched: mounts'
	check_match "$(ctl 1 remove -- "$2")" "there is no namespace '" again
}
test_case 'remove of what create has made' made_by create lab
test_case 'remove of what a login has made' made_by login alice
test_case 'remove of what ip netns has made' made_by ip lab
test_case 'remove of a name with blanks' made_by ip 'l a b'
test_case 'remove of a name with a hyphen' made_by create -x

tree_of_ip() {
	local before
	begin
	ip netns add other
	before=$(mounts_snapshot)
	ip netns add lab
	ctl 0 remove lab
	nothing_left lab
	check_same "$(mounts_snapshot)" "$before" 'mounts'
}
test_case 'remove in a tree that ip netns has prepared leaves no mount' tree_of_ip

in_use() {
	local before said
	begin
	connection_open alice
	before=$(named_netns alice)
	said=$(ctl 1 remove alice) || exit
	check_match "$said" "cannot remove 'alice': processes are in the namespace: [0-9]+ \(sshd\).*; end them first" 'what it says'
	check_eq "$(named_netns alice)" "$before" 'the name'
	check_eq "$(value inode)" "$(tr -dc 0-9 <<<"$before")" 'the record'
	check_eq "$(connection_run alice "$netns")" "$before" 'who is in'
	check_eq "$(ssh_as alice "$netns")" "$before" 'who comes'
	connection_close alice
	wait_for not pgrep -u alice
	quietly remove alice
	nothing_left alice
	check_let_in alice
	check_ne "$(named_netns alice)" '' 'made anew'
}
test_case 'only-ours remove of what somebody is in is refused, and names him' in_use

# Who has another name than PID 1 sees it, or many processes.
hostile_names() {
	local said i
	begin
	quietly create lab
	for i in {1..7}; do
		is_in lab perl -e '$0 = "a\e[2J\n"; sleep 300'
	done
	wait_for grep -q '^a' "/proc/$inside/comm"
	said=$(ctl 1 remove lab) || exit
	check_match "$said" '^pamnetctl: [^:]*: [^:]*: [0-9]+ \(\$.a\\x1b\[2J[^ ]*\), .* and 2 more; end them first$' \
		'what it says'
}
test_case 'what processes are called does not reach the terminal' hostile_names

faked_victims() {
	local name said pid
	begin
	quietly create lab
	for name in 'x), 812 (sshd' "x'), 812 ('s"; do
		# shellcheck disable=SC2016
		ip netns exec lab perl -e 'open F, ">/proc/self/comm"; print F shift;
			close F; open F, ">/tmp/ready"; close F; sleep 60' "$name" &
		pid=$!
		wait_for test -e /tmp/ready || fail 'no process'
		rm /tmp/ready
		said=$(ctl 1 remove lab) || exit
		check_eq "$said" "pamnetctl: cannot remove 'lab': processes are in the namespace: $pid ('${name//\'/\'\\\'\'}'); end them first" \
			'what it says'
		kill "$pid"
		wait "$pid" || true
	done
}
test_case 'no name of a process can pass for others' faked_victims

only_a_thread() {
	local said
	begin
	quietly create lab
	perl -e 'use threads; require "syscall.ph"; threads->create(sub {
		open my $fd, "<", "/run/netns/lab" or die;
		syscall(SYS_setns(), fileno $fd, 0) == 0 or die;
		open my $ready, ">", "/tmp/ready"; close $ready;
		sleep 300 })->join' &
	wait_for test -e /tmp/ready || skip 'perl has no threads, or no syscall.ph'
	said=$(ctl 1 remove lab) || exit
	check_match "$said" "processes are in the namespace: $! \(perl\)" 'what it says'
	named_netns lab >/dev/null || fail 'the name is lost'
}
test_case 'remove finds who has but a thread in it' only_a_thread

# Who ends once he is listed may have had a child that is not: here it is seen
# as if he had, in the first look.
ends_meanwhile() {
	local said
	begin
	quietly create lab
	is_in lab sleep 300
	said=$(strace -f -qq -o /tmp/trace -P /proc/$inside \
		-e trace=openat,newfstatat -e "inject=$1" \
		"$pamnetctl" remove lab 2>&1) && fail "it is removed: $(</tmp/trace)"
	check_match "$(</tmp/trace)" INJECTED 'the trace'
	check_match "$said" "processes are in the namespace: $inside " 'what it says'
	named_netns lab >/dev/null || fail 'the name is lost'
}
test_case 'only-ours remove looks again when a process ends meanwhile' \
	ends_meanwhile openat,newfstatat:error=ESRCH:when=1..3
test_case 'only-ours remove looks again when a process becomes a zombie' \
	ends_meanwhile newfstatat:error=ENOENT:when=1..2

# As the kernel does it if it is reaped between two steps of one call.
denied_at_its_end() {
	local pid other
	begin
	quietly create lab
	sleep 300 &
	other=$!
	strace -f -qq -o /tmp/trace -P /proc/$other -e trace=newfstatat \
		-e inject=newfstatat:error=EACCES:delay_exit=3000000:when=2 \
		"$pamnetctl" remove lab >/tmp/said 2>&1 &
	pid=$!
	wait_for grep -q 'ns/net' /tmp/trace || fail 'it does not come so far'
	kill -KILL "$other"
	wait "$other"
	wait $pid
	check_eq "$? $(</tmp/said)" '0 ' 'status, and what it says'
	grep -q 'EACCES.*INJECTED' /tmp/trace || fail 'nothing was injected'
	nothing_left lab
}
test_case 'remove does not mind that the kernel denies what has ended' \
	denied_at_its_end

# It is not sure that nobody is in, so it is in use.
ends_all_the_time() {
	local said status=0
	begin
	quietly create lab
	sleep 300 &
	said=$(strace -f -qq -o /tmp/trace -P /proc/$! \
		-e trace=openat,newfstatat -e inject=openat,newfstatat:error=ESRCH \
		"$pamnetctl" remove lab 2>&1) || status=$?
	check_eq "$status" 1 "status, it says: $said"
	check_match "$said" "cannot remove 'lab': processes end all the time" \
		'what it says'
	named_netns lab >/dev/null || fail 'the name is lost'
	quietly remove lab
}
test_case 'only-ours remove is refused where nobody can tell who is in' \
	ends_all_the_time

# A zombie is in no namespace, and keeps nobody from being sure.
zombies() {
	begin
	quietly create lab
	perl -e 'for (1 .. 20) { fork or exit }
		open my $ready, ">", "/tmp/ready"; close $ready; sleep 300' &
	wait_for test -e /tmp/ready
	quietly remove lab
	nothing_left lab
	kill $!
}
test_case 'remove does not mind zombies' zombies

# ---- programs --------------------------------------------------------------

calls_programs() {
	local before said
	begin
	spy first 'echo x >"$NETNS_ETC/hosts"'
	spy second 'ls "$NETNS_ETC" >'$seen'/generated'
	quietly create lab --user bob --init $programs/first,$programs/second
	before=$(named_netns lab)
	: >$seen/calls
	rm -f $seen/*.net
	spy second 'ls "$NETNS_ETC" >'$seen'/generated' 'printf "bye\e\n"'
	said=$(ctl 0 remove lab) || exit
	check_eq "$said" "pamnetctl: $programs/second: bye\\x1b" 'what it says'
	check_same "$(calls)" "$(printf '%s\n' 'second remove lab bob' \
		'first remove lab bob')" calls
	check_eq "$(<$seen/first.remove.net)" "$before" 'NETNS_PATH'
	check_eq "$(<$seen/generated)" hosts 'NETNS_ETC'
	check_match "$(<$seen/first.remove)" 'PAM_SERVICE=pamnetctl' environment
	nothing_left lab
}
test_case 'remove calls the programs, the last one first, and removes what they generated' \
	calls_programs

no_name_meanwhile() {
	begin
	spy first '[[ $1 == create ]] || [[ ! -s /run/netns/'"\$2"' ]] || stat -f -c %T /run/netns/$2 >'$seen'/type'
	quietly create lab --init $programs/first
	quietly remove lab
	check_ne "$(cat $seen/type 2>/dev/null)" nsfs 'the name while programs run'
}
test_case 'nobody can join while the programs of remove run' no_name_meanwhile

a_program_fails() {
	local said
	begin
	spy first
	spy second '[[ $1 == create ]] || { echo it is stuck; exit 3; }'
	quietly create lab --init $programs/first,$programs/second
	said=$(ctl 0 remove lab) || exit
	check_match "$said" "cannot run '$programs/second'.*status 3; it wrote: it is stuck" \
		'what it says'
	check_eq "$(tail -n 1 $seen/calls)" 'first remove lab root' 'the other one'
	nothing_left lab
	quietly create lab --init $programs/first
	rm $programs/first
	said=$(ctl 0 remove lab) || exit
	check_match "$said" "cannot run '$programs/first': there is no such program" \
		'what it says'
	nothing_left lab
}
test_case 'a program whose remove fails is told, and all is removed' a_program_fails

a_program_hangs() {
	begin
	spy first
	spy second '[[ $1 == create ]] || sleep 300'
	quietly create lab --init $programs/first,$programs/second
	within 20 ctl 0 remove lab >$work/said
	check_match "$(<$work/said)" "'$programs/second'.*has not ended in time" \
		'what it says'
	nothing_left lab
	wait_for not pgrep -f 'sleep 300' || fail 'it is left'
}
test_case 'programs have ten seconds to remove' a_program_hangs

# ---- what is left by others ------------------------------------------------

after_ip() {
	begin
	spy first 'echo x >"$NETNS_ETC/hosts"'
	quietly create alice --init $programs/first
	ip netns delete alice
	rm -f $seen/*.net
	quietly remove alice
	check_eq "$(tail -n 1 $seen/calls)" 'first remove alice alice' calls
	check_match "$(<$seen/first.remove)" 'NETNS_PATH=
' 'NETNS_PATH of what is gone'
	nothing_left alice
	check_match "$(ctl 1 remove alice)" 'no namespace' again
}
test_case 'remove after ip netns delete calls the programs, and clears' after_ip

# As a domain may give them.
long_name() {
	local user
	begin
	spy first
	user=$(printf 'u%.0s' {1..300})
	cp /etc/passwd /root/passwd
	echo "$user:x:3000:100::/:/bin/sh" >>/etc/passwd
	quietly create lab --user "$user" --init $programs/first
	: >$seen/calls
	quietly remove lab
	cp /root/passwd /etc/passwd
	check_eq "$(calls)" "first remove lab $user" calls
}
test_case 'remove calls the programs for a user with a long name' long_name

after_ip_in_use() {
	local said
	begin
	spy first 'echo x >"$NETNS_ETC/hosts"'
	quietly create lab --init $programs/first
	is_in lab sleep 300
	ip netns delete lab
	said=$(ctl 1 remove lab) || exit
	check_match "$said" "which has lost this name: $inside \(sleep\)" 'what it says'
	check_eq "$(calls)" 'first create lab root' calls
	[[ -e $records/lab && $(echo /run/pam_net/etc/lab/*/hosts) != *'*'* ]] ||
		fail 'what it uses is gone'
	# Another has the name by now.
	ip netns add lab
	quietly remove lab
	[[ ! -e /run/netns/lab ]] || fail 'the name is left'
	[[ -e $records/lab ]] || fail 'the record of what is in use is gone'
	kill $inside
	wait $inside
	quietly remove lab
	check_eq "$(tail -n 1 $seen/calls)" 'first remove lab root' calls
	nothing_left lab
}
test_case 'what belongs to a namespace without its name stays while it is in use' \
	after_ip_in_use

# The first that is found ends before all have been looked at.
after_ip_first_ends() {
	local first pid
	begin
	spy first 'echo x >"$NETNS_ETC/hosts"'
	quietly create lab --init $programs/first
	is_in lab sleep 300
	first=$inside
	is_in lab sleep 300
	ip netns delete lab
	# The last thing that is asked of it, and a look at the other one.
	strace -f -qq -o /tmp/trace -P /proc/$inside -e trace=newfstatat \
		-e inject=newfstatat:delay_enter=3000000:when=1 \
		"$pamnetctl" remove lab >/tmp/said 2>&1 &
	pid=$!
	wait_for grep -q newfstatat /tmp/trace || fail 'it does not come so far'
	kill -KILL "$first"
	wait "$first"
	wait $pid
	check_eq $? 1 "status, it says: $(</tmp/said)"
	check_eq "$(calls)" 'first create lab root' calls
	[[ -e $records/lab && $(echo /run/pam_net/etc/lab/*/hosts) != *'*'* ]] ||
		fail 'what the other one uses is gone'
}
test_case 'what is in use stays, also if the first who was found ends' \
	after_ip_first_ends

stale_file() {
	begin
	ctl 0 create other >/dev/null
	touch -d '1 hour ago' /run/netns/lab
	within 5 quietly remove lab
	nothing_left lab
}
test_case 'remove of an empty file that was left' stale_file

dead_sessions() {
	begin
	check_let_in alice
	wait_for not pgrep -u alice
	{
		echo id=999999-5
		echo "pidns=$(stat -Lc %i /proc/self/ns/pid)"
	} >/run/pam_net/sessions/alice/999999.5
	quietly remove alice
	nothing_left alice
}
test_case 'remove removes the records of dead sessions' dead_sessions

# ---- refused ---------------------------------------------------------------

# refused REGEX PLANT
refused() {
	local said before
	begin
	ctl 0 create other >/dev/null
	eval "$2"
	before=$(stat -c '%i %F' /run/netns/lab; mounts_snapshot)
	said=$(ctl 1 remove lab) || exit
	check_match "$said" "$1" 'what it says'
	check_same "$(stat -c '%i %F' /run/netns/lab; mounts_snapshot)" "$before" 'the name'
}
test_case "remove of the host's own network is refused" refused \
	"cannot remove '/run/netns/lab': it is the host's own network" \
	'touch /run/netns/lab; mount --bind /proc/1/ns/net /run/netns/lab'
test_case 'remove of a directory is refused' refused \
	"it is a directory: Is a directory; fix with: rmdir" 'mkdir /run/netns/lab'
test_case 'remove of a file with content is refused' refused \
	'it is a file with content' 'echo x >/run/netns/lab'
test_case 'remove of a link is refused' refused \
	'it is a symbolic link' 'ln -s other /run/netns/lab'
test_case 'remove of a namespace of another kind is refused' refused \
	'namespace of another kind' \
	'touch /run/netns/lab; mount --bind /proc/self/ns/uts /run/netns/lab'
test_case 'remove of what else is mounted is refused' refused \
	'something else is mounted there' \
	'touch /run/netns/lab; mount --bind /etc/hosts /run/netns/lab'

# in_other_pids WORD...: pamnetctl, which sees no process but its own
in_other_pids() {
	unshare -pf --mount-proc "$pamnetctl" "$@" 2>&1
}

other_pids() {
	local said status=0
	begin
	quietly create lab
	is_in lab sleep 300
	said=$(in_other_pids remove lab) || status=$?
	check_eq "$status" 1 "status, it says: $said"
	check_match "$said" 'cannot be seen from here' 'what it says'
	sed -i 's/^service=.*/service=sshd/' $records/lab
	check_eq "$(in_other_pids prune --names)" '' 'what prune says'
	named_netns lab >/dev/null || fail 'the name is lost'
	ip netns delete lab
	check_eq "$(in_other_pids prune)" '' 'what prune says'
	[[ -e $records/lab ]] || fail 'the record of what is in use is gone'
	kill $inside
	wait $inside
	quietly remove lab
	nothing_left lab
}
test_case 'only-ours remove is refused where processes are not to be seen' \
	other_pids

# Root without CAP_SYS_PTRACE, as in some containers.
hidden_processes() {
	local said status=0
	begin
	ctl 0 create alice >/dev/null
	nsenter --net=/run/netns/alice setpriv --reuid alice --clear-groups \
		sleep 300 &
	inside=$!
	wait_for pgrep -u alice sleep || fail 'no process'
	trap 'mount -o remount,hidepid=0 /proc' EXIT
	mount -o remount,hidepid=2 /proc
	said=$(setpriv --bounding-set -sys_ptrace "$pamnetctl" remove alice 2>&1) ||
		status=$?
	check_eq "$status" 2 "status, it says: $said"
	check_match "$said" "cannot see all processes in '/proc': CAP_SYS_PTRACE is missing" \
		'what it says'
	status=0
	sed -i 's/^service=.*/service=sshd/' $records/alice
	said=$(setpriv --bounding-set -sys_ptrace "$pamnetctl" prune --names 2>&1) ||
		status=$?
	check_eq "$status" 2 "status of prune, it says: $said"
	named_netns alice >/dev/null || fail 'the name is lost'
	check_match "$(ctl 1 remove alice)" "$inside \(sleep\)" 'with all rights'
	kill $inside
	wait $inside
	quietly remove alice
}
test_case 'only-ours remove is refused where proc hides processes' hidden_processes

session_of_other_pids() {
	local said
	begin
	check_let_in alice
	wait_for not pgrep -u alice
	sed -i '/^pidns=/d' $records/alice
	printf 'id=999999-5\npidns=1\n' >/run/pam_net/sessions/alice/999999.5
	said=$(ctl 1 remove alice) || exit
	check_match "$said" 'cannot be seen from here' 'what it says'
	named_netns alice >/dev/null || fail 'the name is lost'
}
test_case 'remove is refused where a session is of another PID namespace' \
	session_of_other_pids

stacked() {
	local before said
	begin
	spy first 'echo x >"$NETNS_ETC/hosts"'
	quietly create lab --init $programs/first
	before=$(named_netns lab; ls $records; find /run/pam_net/etc)
	ip netns add other
	mount --bind /run/netns/other /run/netns/lab
	said=$(ctl 1 remove lab) || exit
	check_match "$said" "another namespace was mounted below" 'what it says'
	check_same "$(named_netns lab; ls $records; find /run/pam_net/etc)" \
		"$before" 'what is below'
	check_eq "$(calls)" 'first create lab root' calls
	mount --bind /run/netns/lab /run/netns/lab
	quietly remove lab
	nothing_left lab
}
test_case 'remove takes nothing of a namespace that was covered by another' \
	stacked

# stays PATH PLANT: PATH stays, as PLANT has made it, and that is told
stays() {
	local said
	begin
	spy first 'echo x >"$NETNS_ETC/hosts"'
	quietly create lab --init $programs/first
	eval "$2"
	said=$(ctl 2 remove lab) || exit
	umount "/run/pam_net/${1%%/*}" 2>/dev/null || true
	check_match "$said" "cannot remove '/run/pam_net/$1': Read-only file system; it is left$" \
		'what it says'
	[[ $(stat -f -c %T /run/netns/lab 2>/dev/null) != nsfs ]] ||
		fail 'it has the name'
	ctl 0 prune >/dev/null
	nothing_left lab
}
read_only='mount --bind "/run/pam_net/${1%%/*}" "/run/pam_net/${1%%/*}"
	mount -o remount,bind,ro "/run/pam_net/${1%%/*}"'
test_case 'remove tells that a record stays' stays names/lab "$read_only"
test_case 'remove tells that generated files stay' stays etc/lab "$read_only"
test_case 'remove tells that the record of a session stays' stays sessions/lab '
	mkdir -p /run/pam_net/sessions/lab
	printf "id=999999-5\npidns=%s\n" "$(stat -Lc %i /proc/self/ns/pid)" \
		>/run/pam_net/sessions/lab/999999.5'"
	$read_only"

# bad REGEX WORD...
bad() {
	local said
	begin
	said=$(ctl 2 "${@:2}") || exit
	check_match "$said" "$1" 'what it says'
}
test_case 'remove without a name' bad 'needs the name' remove
test_case 'remove with a path' bad "'../x' cannot be" remove ../x
test_case 'remove with an escape' bad "'a.x1b.x0ab' cannot be" remove $'a\e\nb'
test_case 'remove with an option of create' bad 'takes no option --init' \
	remove --init x lab

not_root() {
	local status=0 said
	begin
	quietly create lab
	said=$(setpriv --reuid bob --regid bob --clear-groups "$pamnetctl" \
		remove lab 2>&1) || status=$?
	check_eq "$status $said" '2 pamnetctl: only root can remove namespaces' \
		'who is not root'
	named_netns lab >/dev/null || fail 'it is gone'
}
test_case 'remove says plainly that it is for root' not_root

# ---- races and kills -------------------------------------------------------

# before_umount INJECT...: remove, which waits before the name is taken away, so
# that somebody comes; it is refused, and $said is what it says
before_umount() {
	local pid
	strace -f -qq -o /tmp/trace -e trace=umount2,mount,getsockopt \
		-e inject=umount2:delay_enter=3000000 "$@" \
		"$pamnetctl" remove lab >/tmp/said 2>&1 &
	pid=$!
	wait_for grep -q umount2 /tmp/trace || fail 'it does not come so far'
	is_in lab sleep 300
	wait $pid
	check_eq $? 1 "status, it says: $(</tmp/said)"
	said=$(</tmp/said)
}

# Between the first look and the unmount, or behind that.
comes_between() {
	local before said
	begin
	quietly create lab
	before=$(named_netns lab)
	before_umount
	check_match "$said" "processes are in the namespace: $inside \(sleep\)" \
		'what it says'
	check_eq "$(named_netns lab)" "$before" 'the name'
	check_eq "$(value inode lab)" "$(tr -dc 0-9 <<<"$before")" 'the record'
	check_eq "$(grep -c ' /run/netns/lab ' /proc/1/mountinfo)" 1 mounts
}
test_case 'only-ours who comes while remove is at work keeps the name' comes_between

# Without cookies the record has the number of the mount.
older_kernel() {
	local said
	begin
	inject getsockopt:error=ENOPROTOOPT "$pamnetctl" create lab
	check_ne "$(value mount lab)" '' 'the record'
	before_umount -e inject=getsockopt:error=ENOPROTOOPT
	check_match "$said" "processes are in the namespace: $inside " 'what it says'
	check_eq "$(value mount lab)" \
		"$(awk '$5 == "/run/netns/lab" { print $1 }' /proc/1/mountinfo)" \
		'the record'
	kill $inside
	wait $inside
	quietly remove lab
	nothing_left lab
}
test_case 'the record is of the name that comes back, on an older kernel, too' \
	older_kernel

cannot_bind_again() {
	local said
	begin
	quietly create lab
	before_umount -e inject=mount:error=ENOMEM
	check_match "$said" "processes are in the namespace, which has lost this name: $inside " \
		'what it says'
	check_match "$said" "cannot bind .*'/run/netns/lab'.*Cannot allocate memory" \
		'why'
	[[ -e $records/lab ]] || fail 'the record of what is in use is gone'
}
test_case 'remove tells that a name is lost, and why' cannot_bind_again

taken_over() {
	local pid
	begin
	quietly create lab
	strace -f -qq -o /tmp/trace -e trace=umount2 \
		-e inject=umount2:delay_enter=2000000 \
		"$pamnetctl" remove lab >/tmp/said 2>&1 &
	pid=$!
	wait_for grep -q umount2 /tmp/trace || fail 'it does not come so far'
	ip netns delete lab
	ip netns add lab
	is_in lab sleep 300
	wait $pid
	check_eq $? 1 "status, it says: $(</tmp/said)"
	named_netns lab >/dev/null || fail 'the name of another is gone'
	check_match "$(</tmp/said)" "$inside \(sleep\)" 'what it says'
}
test_case 'only-ours a name that leads elsewhere meanwhile is looked at again' \
	taken_over

login_meanwhile() {
	local i logins removals said
	begin
	for ((i = 0; i < 40; i++)); do
		said=$("$pamnetctl" remove alice 2>&1)
		(($? < 2)) || echo "a removal failed: $said"
	done >/tmp/removals &
	removals=$!
	for ((i = 0; i < 40; i++)); do
		su alice -c 'echo "$(readlink /proc/self/ns/net)"' 2>&1
	done >/tmp/logins
	wait $removals
	logins=$(</tmp/logins)
	check_eq "$(</tmp/removals)" '' removals
	check_eq "$(grep -c '^net:' <<<"$logins")" 40 "logins: $logins"
	check_no_match "$logins" "$(host_netns | tr -dc 0-9)" 'never-outside'
	quietly create alice
	quietly remove alice
	nothing_left alice
}
test_case 'never-outside logins and removals of one name at once' login_meanwhile

of_ip_meanwhile() {
	local i removals said
	begin
	ctl 0 create other >/dev/null
	for ((i = 0; i < 60; i++)); do
		said=$("$pamnetctl" remove lab 2>&1)
		(($? < 2)) || echo "a removal failed: $said"
	done >/tmp/removals &
	removals=$!
	for ((i = 0; i < 60; i++)); do
		ip netns add lab
		ip netns delete lab
	done >/dev/null 2>&1
	wait $removals
	check_eq "$(</tmp/removals)" '' removals
	ip netns add lab 2>/dev/null || true
	quietly remove lab
	nothing_left lab
}
test_case 'ip netns add and delete beside removals of one name' of_ip_meanwhile

at_once() {
	local i status done=0 pids=()
	begin
	spy first
	quietly create lab --init $programs/first
	for i in {1..6}; do
		"$pamnetctl" remove lab 2>/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		status=0
		wait "$i" || status=$?
		((status < 2)) || fail "status $status"
		((status)) || done=$((done + 1))
	done
	check_eq "$done" 1 'how many have removed it'
	check_eq "$(grep -c remove $seen/calls)" 1 'calls of remove'
	nothing_left lab
}
test_case 'of many that remove a name at once one does' at_once

# A young file below a name is one that somebody may be about to mount over.
just_made() {
	begin
	quietly create lab
	strace -f -qq -o /tmp/trace "$pamnetctl" remove lab ||
		fail "status $?"
	check_eq "$(grep -c umount2 /tmp/trace)" 1 'calls of umount2'
	check_eq "$(grep -c nanosleep /tmp/trace)" 0 'calls of nanosleep'
	nothing_left lab
}
test_case 'a name that was just made is removed without a wait' just_made

# ---- killed ----------------------------------------------------------------

# killed_at WHO PROCESS:CALL: a removal of alice is killed. Then the name is whole
# or gone, and nothing else is lost. Returns 1 if that call is not made.
killed_at() {
	local net record without with status=0
	without=$(mounts_snapshot)
	quietly create alice --init $programs/first
	: >$seen/calls
	net=$(named_netns alice)
	record=$(<$records/alice)
	with=$(mounts_snapshot)
	"$killer" "$@" "$pamnetctl" remove alice >$work/said 2>&1 || status=$?
	((status < 2)) || fail "status $status at $*, it says: $(<$work/said)"
	if [[ $(named_netns alice) ]]; then
		check_eq "$(named_netns alice)" "$net" "the namespace, at $*"
		check_same "$(<$records/alice)" "$record" "the record, at $*"
		check_same "$(mounts_snapshot)" "$with" "mounts, at $*"
		check_eq "$(cat /run/pam_net/etc/alice/*/hosts)" x "generated, at $*"
		check_eq "$(calls)" '' "programs, at $*"
	else
		check_same "$(mounts_snapshot)" "$without" "mounts, at $*"
		[[ ! -e $records/alice ]] ||
			check_same "$(<$records/alice)" "$record" "the record, at $*"
	fi
	check_eq "$(named_netns other; cat $records/other)" "$other" "others, at $*"
	return $status
}

# The next removal, or a login before it, finds nothing in its way.
goes_on_after() {
	local said status=0 net=
	if (($2 % 3 == 0)); then
		net=$(named_netns alice)
		said=$(within 5 su alice -c "$netns") || exit
		check_named alice "$said"
		[[ ! $net ]] || check_eq "$said" "$net" "the login's, after $1"
	fi
	said=$(within 5 "$pamnetctl" remove alice 2>&1) || status=$?
	[[ $status == 0 || $said == *"there is no namespace 'alice'" ]] ||
		fail "the next removal says, after $1: $said"
	[[ $net ]] || (($2 % 3 == 0)) ||
		check_match "$(calls)" 'first remove alice alice' "programs, after $1"
	nothing_left alice
}

# killed WHO PROCESS STEP: at each STEPth call
killed() {
	local i other
	begin
	program first 'echo "first $*" >>'$seen/calls \
		'[[ $1 == remove ]] || echo x >"$NETNS_ETC/hosts"'
	quietly create other
	other=$(named_netns other; cat $records/other)
	for ((i = 1; ; i += $3)); do
		killed_at "$1" "$2:$i" || break
		goes_on_after "$1 $2:$i" $i
	done
	((i > 100)) || fail "process $2 has made $i calls only"
	goes_on_after 'the last call' 1
}

# Who is killed with the helper, or instead of it.
((all)) && often='each call' steps=(1 1 1 1) ||
	often='some calls' steps=(101 139 173 191)
case_limit=$((case_limit * (all ? 20 : 1)))
test_case "survives-kill remove is killed at $often" killed one 0 "${steps[0]}"
test_case "survives-kill the helper of remove is killed at $often" \
	killed one 1 "${steps[1]}"
test_case "survives-kill remove is killed at $often of its helper" \
	killed command 1 "${steps[2]}"
test_case "survives-kill both are killed at $often of the helper" \
	killed all 1 "${steps[3]}"
