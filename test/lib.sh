# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Functions for the login tests. A test file sources this file, defines one
# function for each case, and calls test_case with a name and that function:
#
#	lands_in_its_name() {
#		check_named alice "$(ssh_as alice "$netns")"
#	}
#	test_case 'never-outside a member lands in its name' lands_in_its_name
#
# Each case runs in its own subshell, on a host as after a boot. It ends at the
# first check that fails. It prints one line: "ok NAME", "not ok NAME: why" or
# "skip NAME: why". The output of a case that failed goes to standard error.

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
# On a slow machine all time limits are multiplied by this.
patience=${PATIENCE-1}
case_limit=$((240 * patience))
failures=0

# ---- cases -----------------------------------------------------------------

# test_case NAME FUNCTION [ARGUMENT...]: runs a case. If CASES is set, only the
# cases whose name matches that regular expression run.
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

# kernel_case NAME FUNCTION [ARGUMENT...]: a case that changes settings of the whole
# machine, or needs what Debian's kernel has. It is none but in the virtual machine
# of test/kernel.
kernel_case() {
	[[ -z ${OWN_KERNEL-} ]] || test_case "$@"
}

# kernel_set NAME VALUE: a sysctl, until the case ends
kernel_set() {
	local file=/proc/sys/${1//.//}
	[[ -n ${OWN_KERNEL-} ]] || fatal "$1 is not only ours"
	[[ -e $file ]] || fail "no $1"
	set_back+="echo $(<"$file") >$file; "
	# shellcheck disable=SC2064 # as it is now
	trap "$set_back" EXIT
	echo "$2" >"$file"
}
set_back=

fatal() {
	echo "$0: $*" >&2
	exit 125
}

report() {
	local name=$1 status=$2 reason="status $2"
	if [[ -e $work/reason ]]; then
		reason=$(<"$work/reason")
		# In a command substitution it did not end the case.
		((status)) || status=1
	fi
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

# check_same GOT WANTED WHAT: like check_eq, but prints only the lines that differ
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

# inject FAULT [OPTION...] COMMAND...: runs COMMAND under strace, which injects
# FAULT in all its processes
inject() {
	local fault=$1
	shift
	strace -f -qq -o /tmp/trace -e trace="${fault%%:*}" -e inject="$fault" "$@"
}

# Whether strace has injected the fault: there may have been too few calls.
injected() {
	grep -q -e INJECTED -e 'killed by SIGKILL' /tmp/trace
}

# wait_for COMMAND...: waits until COMMAND succeeds, at most 10 s
wait_for() {
	local end=$((SECONDS + 10 * patience))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.02
	done
}

# timeout SECONDS COMMAND...: timeout(1), longer on a slow machine
timeout() {
	command timeout $(($1 * patience)) "${@:2}"
}

# took COMMAND...: how long, in microseconds
took() {
	local start=${EPOCHREALTIME/./}
	"$@" >/dev/null
	echo $((${EPOCHREALTIME/./} - start))
}

# within SECONDS COMMAND...: fails if COMMAND takes longer
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

# named_netns NAME: prints the namespace that is bound to NAME on the host
named_netns() {
	local inode
	[[ $(stat -f -c %T "/run/netns/$1" 2>/dev/null) == nsfs ]] || return 1
	inode=$(stat -c %i "/run/netns/$1") && echo "net:[$inode]"
}

# The mount table of the host, without mount IDs.
mounts_snapshot() {
	cut -d' ' -f3- /proc/1/mountinfo | sort
}

# pam_lines LINE...: writes the PAM lines that are tested
pam_lines() {
	printf '%s\n' "$@" >/etc/pam.d/netns
}

# override NAME FILE TEXT: writes /etc/netns/NAME/FILE
override() {
	mkdir -p "/etc/netns/$1"
	echo "$3" >"/etc/netns/$1/$2"
}

log_mark() {
	log_flush
	wc -l <"$log" >"$work/mark"
}

# Messages arrive in order: when our mark is there, all before it are.
log_flush() {
	local mark="mark $EPOCHREALTIME $BASHPID"
	logger -t test "$mark"
	wait_for grep -q -F "$mark" "$log" || fail 'no log'
}

# Prints what was logged since log_mark.
log_since() {
	log_flush
	tail -n "+$(($(<"$work/mark") + 1))" "$log" | grep -v ' test: mark '
}

# log_of_modules [SEVERITY]: the lines of our modules since log_mark
log_of_modules() {
	log_since | grep -E "^authpriv\.${1-[a-z]+} .*pam_(new|user|group)net\("
}

# Makes the host as it was when this file was sourced.
host_reset() {
	host_kill
	boot_again
	# The repository may be mounted below /tmp or /home: delete with -xdev.
	find /tmp /home -xdev -path '/home/*/.ssh' -prune -o \
		! -type d -exec rm -f {} +
	(cd /etc && rm -rf "${pristine[@]}")
	cp -a "$work/etc/." /etc
	: >"$log"
	echo 0 >"$work/mark"
}

# Removes all names and /run/netns, as after a boot.
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

# Kills all processes that were not there when this file was sourced.
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

# ssh_as USER [OPTION...] COMMAND...: runs COMMAND as USER
ssh_as() {
	local user=$1
	shift
	timeout 20 ssh -l "$user" 127.0.0.1 "$@"
}

# connection_open USER: opens a connection for connection_run. ssh returns when
# it is authenticated, before the session is open: so a command is run too.
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

# A command that prints "the host" if it can connect to the host's service.
# shellcheck disable=SC2034
reach_host="timeout $((3 * patience)) bash -c \"cat </dev/tcp/192.0.2.1/80\" 2>/dev/null;
	timeout $((3 * patience)) bash -c \"cat </dev/tcp/127.0.0.1/80\" 2>/dev/null; true"

# unprivileged_container COMMAND...: as root of a user namespace that has all ids,
# with limits of its own and with mounts that were not made there
unprivileged_container() {
	local pid
	unshare --user --mount --net bash -c '
		kill -STOP $$
		ip link set lo up
		exec setpriv --reuid 0 --regid 0 --clear-groups -- "$@"' - "$@" &
	pid=$!
	wait_for grep -q '^State:.T' "/proc/$pid/status"
	echo '0 0 65536' >"/proc/$pid/uid_map"
	echo '0 0 65536' >"/proc/$pid/gid_map"
	kill -CONT "$pid"
	wait "$pid"
}

# check_named NAME NETNS: NETNS is bound to NAME and is not the host's
check_named() {
	check_match "$2" '^net:\[[0-9]+\]$' 'namespace'
	check_ne "$2" "$(host_netns)" 'on the host'
	check_eq "$2" "$(named_netns "$1")" "namespace of /run/netns/$1"
}

# check_new NETNS: NETNS is not the host's and has no name
check_new() {
	local name
	check_match "$1" '^net:\[[0-9]+\]$' 'namespace'
	check_ne "$1" "$(host_netns)" 'on the host'
	for name in /run/netns/*; do
		[[ -e $name ]] || continue
		check_ne "$1" "$(named_netns "${name##*/}")" "in $name"
	done
}

# check_refused USER [OPTION...]: ssh fails, and no command runs
check_refused() {
	local status=0 output user=$1
	shift
	output=$(ssh_as "$user" "$@" echo let in 2>&1) || status=$?
	check_no_match "$output" 'let in' "$user was let in"
	check_eq "$status" 254 "exit status of ssh -l $user"
}

# check_let_in USER: a command runs by ssh
check_let_in() {
	check_eq "$(ssh_as "$1" echo let in 2>&1)" 'let in' "ssh -l $1"
}

# serve_fuse DIRECTORY [UID]: mounts a file system of FUSE, whose server is
# $server. It is asked for everything, each time; see fuse-server.
serve_fuse() {
	mknod -m 600 /dev/fuse c 10 229 2>/dev/null
	mkdir -p "$1"
	perl "${BASH_SOURCE[0]%/*}/fuse-server" "$@" >/tmp/fuse 2>&1 &
	server=$!
	if ! wait_for grep -q -e mounted -e cannot /tmp/fuse ||
		grep -q cannot /tmp/fuse; then
		skip "no FUSE: $(</tmp/fuse)"
	fi
	# shellcheck disable=SC2064 # both as they are now
	trap "kill -KILL $server; umount -l '$1'" EXIT
}

# ---- start -----------------------------------------------------------------

mkdir -p "$work/etc"
(cd /etc && cp -a "${pristine[@]}" "$work/etc/")
stay=" $(cd /proc && echo [0-9]*) "
trap 'host_kill; exit $((failures > 0))' EXIT
