#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The commands in the documents, word by word and in their order, on a system on
# which the package has just been installed. A block of code runs if its info
# string is "sh test" or "console test". In the second, "# " and "$ " stand before
# commands, and all else is what they print: numbers may differ, and "…" stands
# for anything. A block "conf test" becomes the file that its first line names.
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$(dirname "$0")/.." || exit 125
tiocsti=/proc/sys/dev/tty/legacy_tiocsti

# blocks_of FILE: the blocks that are marked, each after a line with its kind
blocks_of() {
	awk '/^```/ { inside = !inside && /^```[a-z]+ test$/
			if (inside)
				print "\f" substr($1, 4)
			next }
		inside' "$1"
}

# Digits and blanks differ from system to system.
normalised() {
	sed -E 's/[0-9]+/0/g; s/[[:blank:]]+/ /g; s/ $//'
}

# as_regex TEXT
as_regex() {
	sed -E 's/[][(){}.*+?^$|\\]/\\&/g; s/…/.*/g' <<<"$1"
}

# printed COMMAND WANTED
check_printed() {
	local got wanted
	[[ $1 ]] || return 0
	got=$(bash -c "$1" 2>&1 </dev/null | normalised)
	wanted=$(normalised <<<"$2")
	[[ $got =~ ^$(as_regex "$wanted")$ ]] ||
		fail "$1 prints: $got; not: $wanted"
}

run_console() {
	local line command='' wanted=''
	while IFS= read -r line; do
		case $line in
		'# '* | '$ '*)
			check_printed "$command" "$wanted"
			command=${line#[#$] } wanted=
			;;
		*) wanted+=${wanted:+$'\n'}$line ;;
		esac
	done <<<"$1"
	check_printed "$command" "$wanted"
}

write_conf() {
	local path=${1%%$'\n'*}
	install -D -m 644 /dev/stdin "${path#\# }" <<<"$1"
}

commands_of() {
	local block kind count=0
	package_install "$PACKAGE" >/dev/null
	# For these "pamnetctl check" has advice: the first is there for other
	# tests, the second is set for the whole machine.
	rm -f /etc/nscd.conf
	if [[ -e $tiocsti ]]; then
		echo 0 >/root/tiocsti
		mount --bind /root/tiocsti $tiocsti
	fi
	while IFS= read -r -d $'\f' block; do
		[[ $block ]] || continue
		kind=${block%%$'\n'*} block=${block#*$'\n'}
		count=$((count + 1))
		case $kind in
		sh) bash -e <<<"$block" || fail "status $? of: $block" ;;
		console) run_console "$block" ;;
		conf) write_conf "$block" ;;
		*) fail "no kind of block: $kind" ;;
		esac
	done < <(blocks_of "$1" && printf '\f')
	((count)) || fail "no block of $1 is marked"
}
test_case 'the commands of README.md do what it says' commands_of README.md
test_case 'the commands of doc/admin.md do what it says' commands_of doc/admin.md
