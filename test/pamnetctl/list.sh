#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pamnetctl list: it is what names, records and /proc say.
# shellcheck source=pamnetctl/lib.sh
. "$(dirname "$0")/lib.sh"

# listed COLUMNS [NAME]: what list prints, one blank between columns
listed() {
	"$pamnetctl" list -n -o "$@" | sed -E 's/ +/ /g; s/^ //; s/ $//'
}

# row NAME: "SESSIONS PROCESSES" of a namespace
row() {
	local name rest
	listed name,sessions,processes | while read -r name rest; do
		[[ $name != "$1" ]] || echo "$rest"
	done
}

# shows WANTED COMMAND...: COMMAND prints WANTED, soon
shows() {
	[[ $("${@:2}") == "$1" ]]
}

# processes_in NETNS: how many there are, counted without the program
processes_in() {
	local link count=0
	for link in /proc/[0-9]*/ns/net; do
		[[ $(readlink "$link" 2>/dev/null) != "$1" ]] ||
			count=$((count + 1))
	done
	echo "$count"
}

# wait_for_row NAME WANTED
wait_for_row() {
	wait_for shows "$2" row "$1" || fail "$1: '$(row "$1")', not '$2'"
	check_eq "${2#* }" "$(processes_in "$(named_netns "$1" ||
		echo "$1")")" "processes of $1"
}

nothing_there() {
	check_eq "$("$pamnetctl" list -n)" '' 'no /run/netns'
	check_match "$("$pamnetctl" list -J)" '"list": \[' JSON
	mkdir /run/netns
	check_eq "$("$pamnetctl" list -n)" '' 'an empty /run/netns'
}
test_case 'list prints nothing where there is nothing' nothing_there

# Whose first thread has ended, or is elsewhere.
only_a_thread() {
	# shellcheck disable=SC2016
	local enter='open my $fd, "<", "/run/netns/lab" or die;
		syscall(SYS_setns(), fileno $fd, 0) == 0 or die;'
	ip netns add lab
	perl -e 'use threads; require "syscall.ph"; threads->create(sub { '"$enter"'
		open my $ready, ">", "/tmp/ready"; close $ready;
		sleep 300 })->join' &
	wait_for test -e /tmp/ready || skip 'perl has no threads, or no syscall.ph'
	check_eq "$(row lab)" '0 1' 'a thread of a process that is elsewhere'
	check_eq "$(listed pid,command lab)" "$! perl" 'who it is'
	# shellcheck disable=SC2016
	perl -e 'use threads; require "syscall.ph"; '"$enter"'
		threads->create(sub { sleep 300 })->detach;
		syscall(SYS_exit(), 0)' &
	wait_for grep -q '^State:.*Z' "/proc/$!/status" || fail 'no zombie'
	check_eq "$(row lab)" '0 2' 'a process whose first thread has ended'
}
test_case 'list counts who has but a thread in it' only_a_thread

all_kinds() {
	local new
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	ip netns add other
	ip netns exec other sleep 60 &
	su alice -c 'sleep 60 & exec sleep 60' &
	su alice -c 'exec sleep 60' &
	ssh_as alan 'exec sleep 60' &
	su nina -c 'exec sleep 60' &
	wait_for_row other '0 1'
	wait_for_row alice '2 5'
	wait_for_row alan "1 $(wait_for shows 3 processes_of alan; processes_of alan)"
	wait_for [ "$(listed name | grep -c '^net:')" = 1 ] || fail 'no newnet'
	new=$(listed name | grep '^net:')
	wait_for_row "$new" '1 2'
	check_eq "$new" "$(netns_of "$(pgrep -u nina sleep)")" 'of newnet'
	check_eq "$(listed name | tr '\n' ' ')" "alan alice other $new " order
	check_eq "$(listed owner | sort -u)" root owners
	check_eq "$(listed interfaces | sort -u)" 1 interfaces
	pkill -u nina sleep
	wait_for shows '' row "$new" || fail "it is still there: $new"
	pkill -u alice sleep
	wait_for_row alice '0 0'
}

processes_of() {
	processes_in "$(named_netns "$1")"
}
test_case 'list counts sessions of ssh and su, ip netns exec, newnet' all_kinds

cron_session() {
	local file=/var/spool/cron/crontabs/alice
	pam_lines 'session required pam_usernet.so'
	mkdir -p "${file%/*}"
	echo '@reboot sleep 45' >$file
	chown alice:crontab $file
	chmod 600 $file
	rm -f /run/crond.reboot /run/crond.pid
	cron -f &
	wait_for shows cron listed service alice || fail 'no session of cron'
	check_eq "$(listed user,service,command alice)" 'alice cron cron' cron
	check_eq "$(row alice)" "1 $(processes_of alice)" row
	rm -f $file
}
test_case 'list has the session of a cron job' cron_session

one_namespace() {
	local stray rows end=$'\n'
	pam_lines 'session required pam_usernet.so'
	su alice -c 'exec sleep 60' &
	wait_for shows '1 2' row alice || fail 'no session'
	ip netns exec alice runuser -u bob -- sleep 61 &
	wait_for pgrep -u bob sleep || fail 'no process'
	stray=$(pgrep -u bob sleep)
	rows=$(listed pid,user,service,processes,command alice)
	check_match "$rows" "(^|$end)[0-9]+ alice su 2 su($end|\$)" session
	check_match "$rows" "(^|$end)$stray bob 1 sleep($end|\$)" process
	check_eq "$rows" "$(sort -n <<<"$rows")" 'by PID'
	check_match "$(listed opened alice | head -n 1)" '^20..-..-..T' opened
	check_eq "$("$pamnetctl" list alice | head -n 1 | tr -s ' ')" \
		'PID USER SERVICE TTY RHOST SES OPENED PROCESSES COMMAND' headings
}
test_case 'list NAME has sessions, and processes that belong to none' one_namespace

# It holds the mounts of the name until the login that needs them is in them.
record_of_helper() {
	local records=/run/pam_net/sessions/alice helper
	pam_lines 'session required pam_usernet.so'
	su alice -c 'exec sleep 60' &
	wait_for shows '1 2' row alice || fail 'no session'
	ip netns exec alice sleep 61 &
	helper=$!
	wait_for shows '1 3' row alice || fail 'no process'
	sed 's/^\(user\|service\)=.*/\1=/' $records/* \
		>"/run/$helper.$(cut -d' ' -f22 /proc/$helper/stat)"
	mv /run/$helper.* $records
	check_eq "$(find $records -type f | wc -l)" 2 'number of records'
	check_eq "$(row alice)" '1 3' 'a session, and a record without a user'
	check_match "$(listed pid,user,command alice)" "$helper root sleep" 'who it is'
}
test_case 'list counts no record of a helper as a session' record_of_helper

remote_session() {
	ssh_as alice 'exec sleep 60' &
	wait_for shows sshd listed service alice || fail 'no session'
	wait_for pgrep -u alice sleep || fail 'no process'
	check_eq "$(listed user,tty,rhost alice)" 'alice ssh 127.0.0.1' session
	"$pamnetctl" list -J alice | perl -MJSON::PP -0777 -ne '
		my $row = decode_json($_)->{list}[0];
		exit !($row->{pid} =~ /^\d+$/ && $row->{processes} == 3 &&
			$row->{user} eq "alice" && exists $row->{ses});' ||
		fail "$("$pamnetctl" list -J alice)"
	"$pamnetctl" list -J | perl -MJSON::PP -0777 -ne '
		my ($row) = grep { $_->{name} eq "alice" }
			@{decode_json($_)->{list}};
		exit !($row->{sessions} == 1 && $row->{owner} eq "root" &&
			!defined $row->{init} && $row->{interfaces} == 1);' ||
		fail "$("$pamnetctl" list -J)"
}
test_case 'list prints JSON, with numbers' remote_session

# What a record says is not believed.
dead_and_forged() {
	local leader record
	pam_lines 'session required pam_usernet.so'
	su alice -c 'exec sleep 60' &
	wait_for shows '1 2' row alice || fail 'no session'
	record=$(echo /run/pam_net/sessions/alice/*)
	leader=${record##*/} leader=${leader%.*}
	cp "$record" "${record%.*}.1"
	cp "$record" "/run/pam_net/sessions/alice/1.${record##*.}"
	mkdir '/run/pam_net/sessions/net:[1]'
	sed 's/^net=.*/net=1/' "$record" >"/run/pam_net/sessions/net:[1]/${record##*/}"
	echo garbage >/run/pam_net/sessions/alice/7.7
	mkfifo /run/pam_net/sessions/alice/8.8
	check_eq "$(listed name,sessions)" 'alice 1' forged
	kill -KILL "$leader"
	wait_for shows '0 1' row alice || fail "the leader is dead: $(row alice)"
	check_match "$(listed pid,user,command alice)" '^[0-9]+ alice sleep$' left
}
test_case 'list believes no record of a dead or another process' dead_and_forged

deleted_name() {
	local net
	pam_lines 'session required pam_usernet.so'
	su alice -c 'exec sleep 60' &
	wait_for shows '1 2' row alice || fail 'no session'
	net=$(named_netns alice)
	ip netns delete alice
	check_eq "$(listed name,sessions,processes)" "$net 1 2" 'without its name'
	ip netns add alice
	check_eq "$(row alice)" '0 0' 'a new one of that name'
	check_eq "$(listed service "$net")" su 'by its number'
}
test_case 'list has a namespace whose name was deleted' deleted_name

two_lines() {
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	su both -c 'exec sleep 60' &
	wait_for shows '1 2' row both || fail 'no session'
	check_eq "$(listed name,sessions)" 'both 1' 'where the last line led to'
}
test_case 'list counts a session of two lines once' two_lines

filled() {
	printf '#!/bin/sh\nexit 0\n' >/usr/local/sbin/fill
	chmod 755 /usr/local/sbin/fill
	pam_lines 'session required pam_usernet.so init=/usr/local/sbin/fill' \
		'session required pam_newnet.so init=/usr/local/sbin/fill'
	su alice -c 'exec sleep 60' &
	su nina -c 'exec sleep 60' &
	ip netns add other
	wait_for shows '1 2' row alice || fail 'no session'
	wait_for shows $'/usr/local/sbin/fill\n\n/usr/local/sbin/fill' listed init ||
		fail "$("$pamnetctl" list)"
	ip netns delete alice
	ip netns add alice
	check_eq "$("$pamnetctl" list -n -o name,init | awk '$1 == "alice" { print $2 }')" \
		'' 'the record is of another namespace'
}
test_case 'list tells which programs have filled a namespace' filled

interfaces() {
	local type
	ip netns add other
	for type in dummy bridge veth; do
		ip -n other link add x type $type 2>/dev/null && break
	done
	check_eq "$(listed interfaces)" "$(ip -n other -o link | wc -l)" interfaces
	check_ne "$(listed interfaces)" 1 'more than lo'
}
test_case 'list counts interfaces as ip link does' interfaces

# ---- what it may not see, bad input ----------------------------------------

unprivileged() {
	local status=0 output
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	su alice -c 'exec sleep 60' &
	su nina -c 'exec sleep 60' &
	wait_for shows '1 2' row alice || fail 'no session'
	wait_for pgrep -u nina sleep || fail 'no newnet'
	output=$(runuser -u bob -- "$pamnetctl" list -n -o name,sessions 2>"$work/error") ||
		status=$?
	check_eq "$status" 2 status
	check_match "$output" 'alice +1' names
	check_match "$output" 'net:\[[0-9]+\] +1' newnet
	check_match "$(<"$work/error")" 'cannot see where [0-9]+ processes' processes
	check_match "$(<"$work/error")" 'cannot look into 2 namespaces' interfaces
	check_eq "$(wc -l <"$work/error")" 2 'lines of errors'
}
test_case 'list without privileges says what it could not look at' unprivileged

# is_unknown WHAT MESSAGE COMMAND...: nobody knows who is in that of alice
is_unknown() {
	local status=0 output
	output=$("${@:3}" "$pamnetctl" list -n -o name,sessions,processes \
		2>"$work/error") || status=$?
	check_eq "$status" 2 "status, $1"
	check_match "$(<"$work/error")" "$2" "what it says, $1"
	check_eq "$(awk '$1 == "alice"' <<<"$output" | xargs)" alice "its row, $1"
	output=$("${@:3}" "$pamnetctl" list -J 2>/dev/null) || true
	perl -MJSON::PP -0777 -ne '
		my ($row) = grep { $_->{name} eq "alice" } @{decode_json($_)->{list}};
		exit !(exists $row->{sessions} && !defined $row->{sessions} &&
			exists $row->{processes} && !defined $row->{processes});' \
		<<<"$output" || fail "$1: $output"
}

hidden() {
	local option unseen='cannot (see where|look at the processes)'
	pam_lines 'session required pam_usernet.so'
	su alice -c 'exec sleep 60' &
	wait_for shows '1 2' row alice || fail 'no session'
	trap 'mount -o remount,hidepid=0,gid=0 /proc' EXIT
	for option in hidepid=1 hidepid=2 hidepid=4; do
		mount -o "remount,$option" /proc
		is_unknown "$option" "$unseen" runuser -u bob --
	done
	mount -o remount,hidepid=2,gid=65534 /proc
	is_unknown root "$unseen" setpriv --bounding-set -sys_ptrace
	check_eq "$(row alice)" '1 2' 'with all rights'
}
test_case 'list does not say 0 where processes are hidden from it' hidden

bad_input() {
	fails_with "no network namespace 'nosuch'" list nosuch
	fails_with "no network namespace 'net:\[1\]'" list 'net:[1]'
	fails_with "no network namespace ''" list ''
	fails_with "takes one name: 'b'" list a b
	fails_with "no such column: 'name,x'" list -o name,x
	mkdir /run/netns
	mkdir /run/netns/directory
	: >/run/netns/empty
	mkfifo /run/netns/fifo
	ln -s /proc/1/ns/net /run/netns/link
	touch /run/netns/uts
	mount --bind /proc/self/ns/uts /run/netns/uts
	check_eq "$(timeout 10 "$pamnetctl" list -n)" '' 'what is no namespace'
	boot_again
	ln -s /run/elsewhere /run/netns
	fails_with "'/run/netns': it is no directory" list
	rm /run/netns
	mkdir /tmp/proc
	check_match "$(unshare -m sh -c \
		"mount -t tmpfs none /proc; $pamnetctl list" 2>&1)" \
		'/proc.*not mounted' 'no /proc'
}
test_case 'list refuses bad input with status 2' bad_input

output_fails() {
	local status=0
	ip netns add other
	"$pamnetctl" list >/dev/full 2>"$work/error" || status=$?
	check_eq "$status" 2 full
	check_match "$(<"$work/error")" 'cannot write' full
	status=0
	"$pamnetctl" list >&- 2>"$work/error" || status=$?
	check_eq "$status" 2 closed
}
test_case 'list tells that it cannot write' output_fails

nothing_raw() {
	local name=$'\033[31m\nx\302\233'
	ip netns add "$name"
	# shellcheck disable=SC2016
	ip netns exec "$name" perl -e '$0 = "\e[1m"; open F, ">/proc/self/comm";
		print F "\e[1m\n"; close F; sleep 60' &
	wait_for shows 1 listed processes || fail 'no process'
	for format in '' -J; do
		for words in '' "$name"; do
			# shellcheck disable=SC2086
			check_no_match "$("$pamnetctl" list $format ${words:+"$words"})" \
				$'[\001-\010\013-\037]|\302\233' "raw, '$format'"
		done
	done
	check_match "$("$pamnetctl" list)" 'x1b\[31m' escaped
	check_match "$("$pamnetctl" list "$name")" 'x1b\[1m' 'a command'
}
test_case 'list lets nothing raw reach the terminal' nothing_raw

# libsmartcols of util-linux 2.38 prints for ever if it is given such a text.
other_codeset() {
	local format output
	ip netns add $'x\303\233y'
	# shellcheck disable=SC2016
	ip netns exec $'x\303\233y' perl -e 'open F, ">/proc/self/comm";
		print F "x\342\202\254y\n"; close F; sleep 60' &
	wait_for shows 1 listed processes || fail 'no process'
	for format in LC_ALL=C LC_ALL=POSIX LC_ALL=xx_XX.UTF-8 ''; do
		output=$(env -i $format timeout 20 "$pamnetctl" list &&
			env -i $format timeout 20 "$pamnetctl" list $'x\303\233y') ||
			fail "it does not end, with '$format': ${output:0:200}"
		check_match "$output" 'x\\xc3\\x9by' "a name, with '$format'"
		check_match "$output" 'x\\xe2\\x82\\xacy' "a command, with '$format'"
		output=$(env -i $format "$pamnetctl" remove $'x\303\233' 2>&1 || true)
		check_match "$output" 'x\\xc3\\x9b' "a message, with '$format'"
	done
	check_match "$(LC_ALL=C.UTF-8 "$pamnetctl" list)" $'x\303\233y' UTF-8
	check_match "$(LC_ALL=C "$pamnetctl" list -J)" $'x\303\233y' JSON
}
test_case 'list prints ASCII where the codeset is not UTF-8' other_codeset

# Characters that turn the order around, or are not seen.
invisible() {
	local character
	for character in 061c 200b 200e 200f 202a 202e 2060 2066 2069 feff; do
		# shellcheck disable=SC2059
		ip netns add "$(LC_ALL=C.UTF-8 printf "a\\u$character-$character")"
	done
	for format in '' -J; do
		check_match "$(LC_ALL=C.UTF-8 "$pamnetctl" list $format |
			grep -c 'a\\\{1,2\}x[de].*-[0-9a-f]\{4\}')" '^10$' "'$format'"
	done
}
test_case 'list escapes what is not seen' invisible

# A session that ends between two looks at it: its process has no namespace.
session_ends_meanwhile() {
	local said
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	su nina -c 'exec sleep 60' &
	wait_for eval "[[ \$(listed name) == net:* ]]" || fail 'no session'
	for error in ENOENT ESRCH; do
		said=$(inject openat:error=$error -P ns/net "$pamnetctl" list -n 2>&1) ||
			fail "status $?, $error: $said"
		injected || fail "$error was not injected"
		check_eq "$said" '' "$error"
	done
	said=$(inject openat:error=EMFILE -P ns/net "$pamnetctl" list -n 2>&1) &&
		fail "a failure is not told: $said"
	check_match "$said" 'cannot look into 1 namespaces.*Too many open files' EMFILE
}
test_case 'list leaves out sessions that end meanwhile' session_ends_meanwhile

reads_no_memory() {
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	su alice -c 'exec sleep 60' &
	wait_for shows '1 2' row alice || fail 'no session'
	strace -f -qq -o /tmp/trace -e trace=open,openat,openat2,readlink,readlinkat \
		sh -c "$pamnetctl list; $pamnetctl list alice" >/dev/null
	check_match "$(</tmp/trace)" 'sessionid' 'the trace'
	check_no_match "$(</tmp/trace)" 'cmdline|/?maps"|environ' 'what it opens'
}
test_case 'list never reads cmdline, maps or environ' reads_no_memory

# Its cost is a few calls a namespace, however many there are: counted, as time
# is another one on each machine.
calls_of_list() {
	strace -f -qq -o /tmp/trace "$pamnetctl" list >/dev/null
	wc -l </tmp/trace
}

cost() {
	local before after i
	ip netns add n0
	before=$(calls_of_list)
	for i in {1..50}; do
		ip netns add "n$i"
	done
	after=$(calls_of_list)
	((after - before <= 50 * 20)) ||
		fail "$((after - before)) calls for 50 names"
}
test_case 'list makes few calls for each name' cost

changes_nothing() {
	local before
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	su alice -c 'exec sleep 60' &
	su nina -c 'exec sleep 60' &
	wait_for shows '1 2' row alice || fail 'no session'
	wait_for pgrep -u nina sleep || fail 'no newnet'
	before=$(mounts_snapshot; find /run /etc -xdev -printf '%p %s %m %t\n' | sort)
	"$pamnetctl" list >/dev/null
	"$pamnetctl" list alice >/dev/null
	check_same "$(mounts_snapshot; find /run /etc -xdev -printf '%p %s %m %t\n' | sort)" \
		"$before" 'files and mounts'
}
test_case 'list changes nothing' changes_nothing

# Each look at a name is made to take long.
progress() {
	local output
	ip netns add n0
	output=$(TERM=xterm script -qec \
		"strace -qq -o /dev/null -e trace=newfstatat -e inject=newfstatat:delay_enter=700000 $pamnetctl list" \
		/dev/null)
	check_match "$output" $'\r''names: [0-9]+' progress
	check_match "$output" $'\r\033\\[K' 'it is taken away'
	output=$("$pamnetctl" list 2>&1)
	check_no_match "$output" 'names:' 'no terminal'
}
test_case 'list says how far it is, after a second, on a terminal' progress
