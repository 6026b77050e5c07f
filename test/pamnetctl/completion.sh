#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash completes of pamnetctl.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../completion/pamnetctl
. "$(dirname "$0")/../../completion/pamnetctl"

# completes WANTED WORD...: the choices for the last word
completes() {
	local wanted=$1
	shift
	COMP_WORDS=(pamnetctl "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_pamnetctl
	check_eq "$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ')" \
		"$wanted " "pamnetctl $*"
}

words() {
	completes 'check create explain list prune remove' ''
	completes 'explain' e
	completes '--help --version' --
	completes '--json' check --j
	completes '--init --owner --user' create --
	completes 'alan alice' create --user al
	completes 'rules veth wireguard' create lab --init ''
	completes '' create ''
	completes '--names' prune -
	completes '' prune ''
	mkdir /run/netns
	touch /run/netns/{lab,lob}
	completes 'lab lob' remove l
	completes '' remove lab l
	completes '' remove -
	completes 'alan alice' explain al
	completes 'su su-l sudo sudo-i' explain alice su
	completes 'severity' check -o s
	completes 'service' explain -o s
	completes 'plan,where plan,why' explain alice -o plan,wh
	completes 'bob both' explain -o plan bo
	completes '' check x
	completes 'lab lob' list ''
	completes '' list lab ''
	completes 'pid processes' list -o p
}
test_case 'completion of commands, users, services and columns' words

# Others choose the names of files, services and users.
# shellcheck disable=SC2016
runs_nothing() {
	local evil='$(touch owned)' which
	cd "$work" || fail 'no directory'
	mkdir -p /run/netns
	touch "/run/netns/$evil" '/run/netns/`touch owned`' "/etc/pam.d/$evil"
	echo "$evil:x:7:7::/:/bin/sh" >>/etc/passwd
	for which in 'remove' 'list' 'explain' 'explain alice' 'create --user'; do
		# shellcheck disable=SC2086
		completes '\$\(touch\ owned\)' $which '$'
		# shellcheck disable=SC2206
		COMP_WORDS=(pamnetctl $which '')
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_pamnetctl
		[[ ! -e owned ]] || fail "$which runs a name"
	done
}
test_case 'completion runs nothing that a name says' runs_nothing

names_with_blanks() {
	mkdir -p /run/netns
	touch '/run/netns/web data' '/run/netns/web*' "/run/netns/it's"
	completes 'web\ data web\*' remove we
	completes 'web\ data' remove 'web\ d'
	completes 'web\ data' remove 'web d'
	completes "it\\'s" list it
}
test_case 'completion takes a name as a whole' names_with_blanks

# The columns that a command prints, sorted
headings() {
	"$pamnetctl" "$@" | head -n 1 | tr -s ' ' '\n' |
		tr '[:upper:]' '[:lower:]' | sed '/^$/d' | sort | tr '\n' ' ' |
		sed 's/ $//'
}

lab_is_used() {
	[[ $("$pamnetctl" list lab) ]]
}

columns_are_those_of_the_program() {
	local pamnetctl command
	pamnetctl=$(realpath "$(dirname "$0")/../../build/pamnetctl")
	pam_lines 'session optional pam_usernet.so'
	for command in 'explain alice' check; do
		# shellcheck disable=SC2086
		completes "$(headings $command)" $command -o ''
	done
	ip netns add lab
	ip netns exec lab sleep 60 &
	wait_for lab_is_used
	completes "$( (headings list; echo; headings list lab) | tr ' ' '\n' |
		sort -u | tr '\n' ' ' | sed 's/ $//')" list -o ''
}
test_case 'completion knows the columns of the program' \
	columns_are_those_of_the_program
