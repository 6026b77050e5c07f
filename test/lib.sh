# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The vocabulary of the login tests. A test file sources it, has a function a
# case, and calls test_case with what the case promises:
#
#	lands_in_its_name() {
#		check_named alice "$(ssh_as alice "$netns")"
#	}
#	test_case 'never-outside a member lands in its name' lands_in_its_name
#
# A case runs in a shell of its own, on a host as after a boot, and ends at
# the first check that fails. One line a case goes to standard output: "ok
# NAME", "not ok NAME: why" or "skip NAME: why"; what the programs of a failed
# case said goes to standard error.

set -u

[[ -n ${TEST_HOST-} ]] || {
	echo "run it as: test/host bash $0" >&2
	exit 125
}

# For test files:
# shellcheck disable=SC2034
netns='readlink /proc/self/ns/net'
# shellcheck disable=SC2034
mntns='readlink /proc/self/ns/mnt'
work=/root/test
log=/var/log/auth.log
pristine=(passwd group shadow gshadow nsswitch.conf resolv.conf hosts sudoers
	pam.d ssh netns security)
# On a slow machine everything may take so many times as long.
patience=${PATIENCE-1}
case_limit=$((90 * patience))
failures=0

# ---- cases -----------------------------------------------------------------

# test_case NAME FUNCTION [ARGUMENT...]; only those whose name matches the
# regular expression in CASES, if there is one
test_case() {
	local name=$1 status=0 runner watchdog
	shift
	[[ $name != *': '* ]] || fatal "a name has no colon: $name"
	[[ $name =~ ${CASES-} ]] || return 0
	host_reset
	rm -f "$work/reason"
	("$@") >"$work/output" 2>&1 </dev/null &
	runner=$!
	(exec sleep "$case_limit") >/dev/null 2>&1 && kill -KILL "$runner" &
	watchdog=$!
	wait "$runner" 2>/dev/null || status=$?
	kill "$watchdog" 2>/dev/null
	wait "$watchdog" 2>/dev/null
	report "$name" "$status"
}

fatal() {
	echo "$0: $*" >&2
	exit 125
}

report() {
	local name=$1 status=$2 reason="status $2"
	[[ ! -e $work/reason ]] || reason=$(<"$work/reason")
	case $status in
	0) echo "ok $name" ;;
	77)
		echo "skip $name: $reason"
		[[ ${CI-} != true ]] || failures=$((failures + 1))
		;;
	*)
		((status != 137)) || reason="no end after $case_limit s"
		echo "not ok $name: $reason"
		sed 's/^/# /' "$work/output" >&2
		failures=$((failures + 1))
		;;
	esac
}

fail() {
	tr '\n' ' ' <<<"$*" | sed 's/ $//' >"$work/reason"
	exit 1
}

skip() {
	echo "$*" >"$work/reason"
	exit 77
}

# check_eq GOT WANTED WHAT
check_eq() {
	[[ $1 == "$2" ]] || fail "$3: '$1', not '$2'"
}

# check_same GOT WANTED WHAT: the same for texts of many lines
check_same() {
	[[ $1 == "$2" ]] ||
		fail "$3: $(diff <(echo "$2") <(echo "$1") | grep '^[<>]')"
}

check_ne() {
	[[ $1 != "$2" ]] || fail "$3: '$1'"
}

# check_match TEXT REGEX WHAT
check_match() {
	[[ $1 =~ $2 ]] || fail "$3: '$1' does not match '$2'"
}

check_no_match() {
	[[ ! $1 =~ $2 ]] || fail "$3: '$1' matches '$2'"
}

# inject FAULT [OPTION...] COMMAND...: as strace has it, in all processes
inject() {
	local fault=$1
	shift
	strace -f -qq -o /tmp/trace -e trace="${fault%%:*}" -e inject="$fault" "$@"
}

# Whether the fault came to pass, or there were not so many calls.
injected() {
	grep -q -e INJECTED -e 'killed by SIGKILL' /tmp/trace
}

# wait_for COMMAND...: until it succeeds, at most 10 s
wait_for() {
	local end=$((SECONDS + 10 * patience))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.02
	done
}

# timeout SECONDS COMMAND...
timeout() {
	command timeout $(($1 * patience)) "${@:2}"
}

# within SECONDS COMMAND...
within() {
	local limit=$(($1 * patience)) start=$EPOCHREALTIME took status=0
	shift
	"$@" || status=$?
	took=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
	((took <= limit * 1000)) || fail "took $took ms, more than $limit s: $*"
	return "$status"
}

# ---- the host --------------------------------------------------------------

host_netns() {
	readlink /proc/1/ns/net
}

netns_of() {
	readlink "/proc/$1/ns/net"
}

# The namespace bound to a name, in the host's own mount namespace.
named_netns() {
	local inode
	[[ $(stat -f -c %T "/run/netns/$1" 2>/dev/null) == nsfs ]] || return 1
	inode=$(stat -c %i "/run/netns/$1") && echo "net:[$inode]"
}

# Everything that a mount of the host is, but for its number.
mounts_snapshot() {
	cut -d' ' -f3- /proc/1/mountinfo | sort
}

# pam_lines LINE...: the lines under test
pam_lines() {
	printf '%s\n' "$@" >/etc/pam.d/netns
}

# override NAME FILE TEXT: a file for /etc/netns
override() {
	mkdir -p "/etc/netns/$1"
	echo "$3" >"/etc/netns/$1/$2"
}

log_mark() {
	log_flush
	wc -l <"$log" >"$work/mark"
}

# Messages arrive in order: behind a mark of our own, all are there.
log_flush() {
	local mark="mark $EPOCHREALTIME $BASHPID"
	logger -t test "$mark"
	wait_for grep -q -F "$mark" "$log" || fail 'no log'
}

# What was logged since log_mark.
log_since() {
	log_flush
	tail -n "+$(($(<"$work/mark") + 1))" "$log" | grep -v ' test: mark '
}

# The lines of the modules only, of one severity if given.
log_of_modules() {
	log_since | grep -E "^authpriv\.${1-[a-z]+} .*pam_(new|user|group)net\("
}

# The programs that were there when the file began stay.
host_reset() {
	host_kill
	boot_again
	# The repository may be bound below /tmp or /home: never leave the tmpfs.
	find /tmp /home -xdev -path '/home/*/.ssh' -prune -o \
		! -type d -exec rm -f {} +
	(cd /etc && rm -rf "${pristine[@]}")
	cp -a "$work/etc/." /etc
	: >"$log"
	echo 0 >"$work/mark"
}

# No name and no /run/netns, as after a boot.
boot_again() {
	local mounts
	while
		mapfile -t mounts < <(awk '$5 ~ "^/run/netns(/|$)" { print $5 }' \
			/proc/1/mountinfo | tac)
		((${#mounts[@]}))
	do
		printf '%b\0' "${mounts[@]}" | xargs -0 umount -l 2>/dev/null
	done
	rm -rf /run/netns /run/pam_net
}

host_kill() {
	local pid left=1 i
	for ((i = 0; left && i < 200; i++)); do
		left=0
		for pid in /proc/[0-9]*; do
			pid=${pid#/proc/}
			[[ $stay == *" $pid "* || $pid == "$BASHPID" ]] && continue
			kill -KILL "$pid" 2>/dev/null && left=1
		done
		((!left)) || sleep 0.01
	done
}

# ---- logging in ------------------------------------------------------------

# ssh_as USER [OPTION...] COMMAND...
ssh_as() {
	local user=$1
	shift
	timeout 20 ssh -l "$user" 127.0.0.1 "$@"
}

# connection_open USER: one that stays, for connection_run. The client knows
# that it is let in before the session is open.
connection_open() {
	timeout 20 ssh -fNM -S "/tmp/connection-$1" -l "$1" 127.0.0.1
	connection_run "$1" true
}

connection_run() {
	local user=$1
	shift
	timeout 20 ssh -S "/tmp/connection-$user" -l "$user" 127.0.0.1 "$@"
}

connection_close() {
	timeout 20 ssh -S "/tmp/connection-$1" -O exit -l "$1" 127.0.0.1 2>/dev/null
	wait_for not pgrep -u "$1" sshd
}

not() {
	! "$@"
}

# Answers what the service on the host said, if it could be reached.
# shellcheck disable=SC2034
reach_host="timeout $((3 * patience)) bash -c \"cat </dev/tcp/192.0.2.1/80\" 2>/dev/null;
	timeout $((3 * patience)) bash -c \"cat </dev/tcp/127.0.0.1/80\" 2>/dev/null; true"

# check_named NAME NETNS: NETNS is the one bound to NAME, and not the host's
check_named() {
	check_match "$2" '^net:\[[0-9]+\]$' 'namespace'
	check_ne "$2" "$(host_netns)" 'on the host'
	check_eq "$2" "$(named_netns "$1")" "namespace of /run/netns/$1"
}

# check_new NETNS: one without a name
check_new() {
	local name
	check_match "$1" '^net:\[[0-9]+\]$' 'namespace'
	check_ne "$1" "$(host_netns)" 'on the host'
	for name in /run/netns/*; do
		[[ -e $name ]] || continue
		check_ne "$1" "$(named_netns "${name##*/}")" "in $name"
	done
}

# check_refused USER [OPTION...]: by ssh, and no command ran
check_refused() {
	local status=0 output user=$1
	shift
	output=$(ssh_as "$user" "$@" echo let in 2>&1) || status=$?
	check_no_match "$output" 'let in' "$user was let in"
	check_eq "$status" 254 "exit status of ssh -l $user"
}

# check_let_in USER
check_let_in() {
	check_eq "$(ssh_as "$1" echo let in 2>&1)" 'let in' "ssh -l $1"
}

# ---- start -----------------------------------------------------------------

mkdir -p "$work/etc"
(cd /etc && cp -a "${pristine[@]}" "$work/etc/")
stay=" $(cd /proc && echo [0-9]*) "
trap 'host_kill; exit $((failures > 0))' EXIT
