# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of pamnetctl have in common.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

pamnetctl=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../build/pamnetctl")
programs=/usr/local/netns-test
seen=/run/seen
records=/run/pam_net/names

# ctl STATUS WORD...: runs pamnetctl, which has to end with STATUS, and prints
# what it says
ctl() {
	local wanted=$1 status=0 said
	shift
	said=$(command timeout $((60 * patience)) "$pamnetctl" "$@" 2>&1) ||
		status=$?
	echo "$said"
	check_eq "$status" "$wanted" "status of pamnetctl $*, which says: $said"
}

# quietly WORD...: the same for what succeeds and has nothing to say
quietly() {
	local said
	said=$(ctl 0 "$@") || exit
	check_eq "$said" '' "pamnetctl $*"
}

# fails_with REGEX ARGUMENT...: status 2, one line on standard error
fails_with() {
	local wanted=$1 status=0 output
	shift
	output=$(timeout 10 "$pamnetctl" "$@" 2>&1 >/dev/null) || status=$?
	check_eq "$status" 2 "status of $*"
	check_match "$output" "$wanted" "$*"
	check_no_match "$output" $'[\001-\011\013-\037]' "$*, raw"
	check_eq "$(wc -l <<<"$output")" 1 "lines of $*"
}

# plan_of USER SERVICE: "PLAN NAMESPACE"
plan_of() {
	"$pamnetctl" explain -n -o plan,namespace "$1" "$2" | tr -s ' ' |
		sed 's/ $//'
}

# login USER SERVICE: the network namespace of a login, or nothing
login_as() {
	case $2 in
	sshd) ssh_as "$1" "$netns" 2>/dev/null ;;
	su) su "$1" -c "$netns" 2>/dev/null ;;
	esac
}

# What became of a login, in the words of a plan. Nobody sees whether he was
# left alone or sent to the host.
outcome_of() {
	local net name
	net=$(login_as "$1" "$2") || true
	if [[ $net != net:* ]]; then
		echo denied
		return
	elif [[ $net == "$(host_netns)" ]]; then
		echo outside
		return
	fi
	for name in /run/netns/*; do
		if [[ $net == "$(named_netns "${name##*/}")" ]]; then
			echo "named ${name##*/}"
			return
		fi
	done
	echo new
}

# agrees [USER...]: explain and a login say the same, for each user by su, for
# the first by ssh, too
agrees() {
	local user service said
	for user in "$@"; do
		for service in su sshd; do
			[[ $service != sshd || $user == "$1" ]] || continue
			said=$(plan_of "$user" $service)
			case $said in
			leave | host) said=outside ;;
			esac
			check_eq "$(outcome_of "$user" $service)" "$said" \
				"$user by $service ($("$pamnetctl" explain -n \
					-o where,why "$user" $service))"
		done
	done
}

# program NAME [LINE...]: writes a program of init= that only root can change
program() {
	mkdir -p $programs $seen
	{
		echo '#!/bin/bash'
		printf '%s\n' "${@:2}"
	} >"$programs/$1"
	chmod 755 "$programs/$1"
}

# A program that says how it was called, in $seen/calls.
# shellcheck disable=SC2016
spy() {
	program "$1" 'echo "${0##*/} $*" >>'$seen/calls \
		'env | grep -E "^(NETNS|PAM)_?" | sort >'"$seen"'/${0##*/}.$1' \
		'[ -z "$NETNS_PATH" ] || nsenter --net="$NETNS_PATH" \
			readlink /proc/self/ns/net >'"$seen"'/${0##*/}.$1.net' \
		"${@:2}"
}

calls() {
	cat $seen/calls 2>/dev/null
}

# socket_at PATH: one that nobody listens to
# shellcheck disable=SC2016
socket_at() {
	perl -MIO::Socket::UNIX -e \
		'IO::Socket::UNIX->new(Local => shift, Listen => 1) or die' "$1"
}

# read_only DIRECTORY: nothing can be made there, until the case ends
read_only() {
	mkdir -p "$1"
	mount --bind "$1" "$1"
	# shellcheck disable=SC2064 # as it is now
	trap "umount -l '$1' 2>/dev/null || true" EXIT
	mount -o remount,bind,ro "$1"
}

# value KEY: of the record of alice
value() {
	sed -n "s/^$1=//p" "$records/${2-alice}"
}

# Each case begins with no program and nothing that one has left.
begin() {
	rm -rf $programs $seen /etc/netns/*
	mkdir $seen
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
}
