# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of the programs in init/: a host on an "internet", and the
# programs called as they are when a namespace is made. A case is written as
# those of the login tests:
#
#	goes_out() {
#		new_network alice
#		init_create veth alice
#		check_eq "$(fetch alice 203.0.113.80)" 192.0.2.1 'address'
#	}
#	lab_case 'goes out by NAT' goes_out

init_output=/run/lab/output
programs=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../init")
[[ -n ${TEST_HOST-} ]] || {
	echo "run it as: test/host bash $0" >&2
	exit 125
}

# shellcheck source=internet.sh
. "$(dirname "${BASH_SOURCE[0]}")/../internet.sh"

# It is there before the first case, so it stays until the last one has ended.
start_internet

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# lab_case NAME FUNCTION [ARGUMENT...]
lab_case() {
	test_case "$1" as_after_a_boot "${@:2}"
}

as_after_a_boot() {
	local device
	nft flush ruleset
	for device in /sys/class/net/pam*; do
		[[ ! -e $device ]] || ip link delete "${device##*/}"
	done
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	unhide
	rm -rf /run/lab
	mkdir -p /run/lab
	"$@"
}

# hide FILE [REPLACEMENT]: as if it were not there, until the case ends
hide() {
	local file
	file=$(realpath "$1")
	mount --bind "${2-/dev/null}" "$file"
	echo "$file" >>/run/lab/hidden
}

unhide() {
	local file
	[[ -e /run/lab/hidden ]] || return 0
	while read -r file; do
		umount "$file"
	done </run/lab/hidden
	rm /run/lab/hidden
}

# new_network NAME: as the modules make it, and bound to its name
new_network() {
	mkdir -p /run/netns
	: >"/run/netns/$1"
	unshare --net="/run/netns/$1" ip link set lo up
}

# init_call VERB PROGRAM NAME [USER]: as the modules call it. What it prints goes
# to /run/lab/output.
init_call() {
	local verb=$1 program=$2 name=$3 user=${4-alice}
	mkdir -p "/run/lab/etc.$program"
	(
		cd / && umask 022
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin PAM_USER="$user" \
			PAM_SERVICE=sshd PAM_RHOST=192.0.2.7 PAM_TTY=ssh \
			NETNS="$name" NETNS_DIR="/etc/netns/$name" \
			NETNS_PATH="${network_path-/run/netns/$name}" \
			NETNS_ETC="${network_etc-/run/lab/etc.$program}" \
			setsid -w ${tracer:+"${tracer[@]}"} \
			"$programs/$program" "$verb" "$name" "$user"
	) </dev/null >"$init_output" 2>&1
}

# init_create PROGRAM NAME [USER]
init_create() {
	init_call create "$@" || fail "$1 create $2: $(tail -n 1 "$init_output")"
}

# init_check PROGRAM NAME: whether "check" of this name succeeds, as pamnetctl asks
# for it
init_check() {
	local status=0 before
	before=$(left_on_host "$1")
	network_path='' init_call check "$1" "$2" || status=$?
	check_same "$(left_on_host "$1" | grep -v "/etc.$1$")" \
		"$(grep -v "/etc.$1$" <<<"$before")" "what check of $1 leaves"
	return "$status"
}

# What a program could leave on the host: interfaces, addresses, routes, rules,
# mounts, overrides, processes. The table of veth is there to stay, and so are those
# of iptables, of which only rules count.
left_on_host() {
	ip -o link | sed 's/^[0-9]*: \([^:]*\):.*/\1/'
	ip -o address | awk '{ print $2, $4 }'
	ip -4 route show table all | grep -v 'proto kernel'
	ip -6 route show table all |
		grep -v -e 'proto kernel' -e '^multicast' -e '^local' -e '^anycast'
	ip rule
	nft list ruleset | sed '/^table inet pam_net {$/,/^}$/d
		/^table ip6* [a-z]* {$/,/^}$/{ /^\t\ttype/d; /^\t\t/!d }'
	mounts_snapshot
	find "${network_etc-/run/lab/etc.$1}" /run/pam_net 2>/dev/null
	pgrep -af "$programs/"
}

# init_refuses PROGRAM NAME REGEX: it fails, leaves nothing, and REGEX matches its
# last line, which is what the log quotes
init_refuses() {
	local status=0 before
	before=$(left_on_host "$1")
	init_call create "$1" "$2" || status=$?
	check_same "$(left_on_host "$1" | grep -v "/etc.$1$")" \
		"$(grep -v "/etc.$1$" <<<"$before")" "what is left of $1 create $2"
	check_eq "$status" 1 "status of $1 create $2, $(last_line)"
	check_match "$(last_line)" "$3" 'the last line'
	check_match "$(last_line | wc -c)" '^([1-9][0-9]?|[123][0-9][0-9])$' \
		'length of the last line'
	[[ $1 != rules ]] || check_says_the_same "$2"
}

# check_says_the_same NAME: but for what is wrong with the namespace, as rules are
# tried in another one
check_says_the_same() {
	local said
	said=$(last_line)
	[[ $said != *' namespace '* ]] || return 0
	not init_check rules "$1" || fail "check takes it: $said"
	check_eq "$(last_line)" "$said" 'what check says'
}

last_line() {
	tail -n 1 "$init_output"
}

# in_network NAME COMMAND...
in_network() {
	nsenter --net="/run/netns/$1" "${@:2}"
}

# fetch NAME ADDRESS [PORT]: what a service answers, or nothing, which takes
# $fetch_within seconds where no answer comes
fetch() {
	timeout "${fetch_within-3}" nsenter --net="/run/netns/$1" bash -c "cat </dev/tcp/$2/${3-80}" 2>/dev/null
}

# serve NAME PORT TEXT: a service in a namespace
serve() {
	in_network "$1" socat "TCP6-LISTEN:$2,fork,reuseaddr" SYSTEM:"echo $3",nofork \
		>/dev/null 2>&1 </dev/null &
	wait_for in_network "$1" bash -c "exec 3<>/dev/tcp/127.0.0.1/$2" ||
		fail "no service in $1"
}
