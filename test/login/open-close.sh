#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The arguments open and close, which divide a line of ours in two: modules
# between them are opened and closed where the caller stands.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

newnet='session required pam_newnet.so'
usernet='session required pam_usernet.so'
groupnet='session required pam_groupnet.so'
here="$(readlink /proc/self/ns/net) $(readlink /proc/self/ns/mnt)"

# ---- modules between the two -----------------------------------------------

# A module that mounts at open and unmounts at close.
mounting_module() {
	cat >/root/volume <<-'END'
	#!/bin/bash
	case $PAM_TYPE in
	open_session) mount -t tmpfs volume "/mnt/$PAM_USER" ;;
	close_session) umount "/mnt/$PAM_USER" ;;
	esac
	END
	chmod +x /root/volume
	mkdir -p /mnt/{alice,nina,bob}
	echo 'session required pam_exec.so quiet /root/volume'
}

pam_mount() {
	local dir multiarch
	dir=$(realpath "$(dirname "$0")/../../build")/pam_mount
	multiarch=$(gcc -print-multiarch)
	[[ -e $dir ]] || skip "Debian's libpam-mount cannot be fetched"
	cp -a "$dir/lib/$multiarch/." "/usr/lib/$multiarch"
	cat >/etc/security/pam_mount.conf.xml <<-END
	<?xml version="1.0" encoding="utf-8" ?>
	<!DOCTYPE pam_mount SYSTEM "pam_mount.conf.xml.dtd">
	<pam_mount>
	<volume user="*" fstype="tmpfs" path="volume" mountpoint="/mnt/%(USER)"
		options="nosuid,nodev,mode=700,uid=%(USERUID)" />
	<logout wait="0" hup="no" term="no" kill="no" />
	<mkmountpoint enable="1" remove="false" />
	</pam_mount>
	END
	echo 'session required pam_mount.so disable_interactive'
}

volume_of() {
	mounts_snapshot | grep -c " /mnt/$1 "
}

# volumes MODULE: what it mounted on the host is unmounted on the host
volumes() {
	local module user
	module=$("$1") || exit $?
	trap 'umount -q /mnt/{alice,nina,bob}' EXIT
	pam_lines "$newnet close" "$usernet close" "$module" \
		"$newnet open" "$usernet open"
	for user in alice nina bob; do
		log_mark
		connection_open $user
		check_eq "$(volume_of $user)" 1 "mounts of $user on the host"
		check_eq "$(connection_run $user stat -f -c %T /mnt/$user)" \
			tmpfs "the volume in the session of $user"
		case $user in
		alice) check_named alice "$(connection_run alice "$netns")" ;;
		nina) check_new "$(connection_run nina "$netns")" ;;
		bob) check_eq "$(connection_run bob "$netns")" \
			"$(host_netns)" bob ;;
		esac
		connection_close $user
		wait_for no_volume_of $user ||
			fail "the volume of $user is still on the host"
		check_eq "$(log_of_modules warning)" '' 'warnings'
	done
}

no_volume_of() {
	[[ $(volume_of "$1") == 0 ]]
}
test_case 'close above and open below a script of pam_exec that mounts, unmounted on the host at logout' \
	volumes mounting_module
test_case 'close above and open below pam_mount, its volume is unmounted on the host at logout' \
	volumes pam_mount

# ---- where each module of a stack is opened and closed ----------------------

# stack LINE...: "record NAME" is a module that notes down where it is
stack() {
	local line
	cat >/root/record <<-'END'
	#!/bin/bash
	echo "$PAM_TYPE $1 $(readlink "/proc/$PPID/ns/net")" \
		"$(readlink "/proc/$PPID/ns/mnt")" >>/root/records
	END
	chmod +x /root/record
	rm -f /root/records
	for line; do
		[[ $line != 'record '* ]] ||
			line="session optional pam_exec.so quiet /root/$line"
		echo "$line"
	done >/etc/pam.d/split
	echo 'session required pam_permit.so' >>/etc/pam.d/split
}

# run USER OPERATION...
run() {
	log_mark
	pamtester split "$@" >/tmp/pamtester 2>&1 ||
		fail "pamtester $*: $(</tmp/pamtester)"
}

# recorded TYPE NAME: where the module was, "NET MNT" a line
recorded() {
	sed -n "s/^$1_session $2 //p" /root/records
}

check_outside() {
	check_eq "$(recorded "$1" "$2")" "$here" "$2 at $1"
}

check_inside() {
	check_match "$(recorded "$1" "$2")" '^net:\[[0-9]+\] mnt:\[[0-9]+\]$' \
		"$2 at $1"
	check_ne "$(recorded "$1" "$2")" "$here" "$2 at $1"
}

check_no_warning() {
	check_eq "$(log_of_modules warning)" '' warnings
	check_eq "$(log_of_modules err)" '' errors
}

# divided USER CLOSE OPEN...: one line with close, one or more with open
divided() {
	local user=$1 opened
	stack 'record top' "$2" 'record between' "${@:3}" 'record below'
	run "$user" open_session close_session
	check_outside open top
	check_outside open between
	check_inside open below
	check_inside close top
	check_outside close between
	check_outside close below
	check_no_warning
	opened=$(log_of_modules info | grep -c '): opened ')
	check_eq "$opened" "$(($# - 2))" 'lines of open in the log'
	check_eq "$(log_of_modules info | sed -n 's/.*): closed //p' | sort)" \
		"$(log_of_modules info | sed -n 's/.*): opened //p' | sort)" \
		'what was opened was closed, each once'
	run "$user" open_session close_session open_session close_session
	check_eq "$(recorded close below | sort -u)" "$here" \
		'opened and closed twice on one handle'
}
test_case 'inverse open and close of usernet' \
	divided alice "$usernet close" "$usernet open"
test_case 'inverse open and close of newnet' \
	divided nina "$newnet close" "$newnet open"
test_case 'inverse open and close of groupnet' \
	divided lara "$groupnet close" "$groupnet open"
test_case 'inverse close of usernet ends newnet and usernet with open' \
	divided both "$usernet close" "$newnet open" "$usernet open"
test_case 'inverse close of newnet ends newnet and usernet with open' \
	divided both "$newnet close" "$newnet open" "$usernet open"
test_case 'inverse close of newnet ends usernet and newnet with open' \
	divided both "$newnet close" "$usernet open" "$newnet open"
test_case 'inverse close with the arguments of the other half' \
	divided nina "$newnet close group=newnet lodown nomount" \
	"$newnet open group=newnet lodown"

# The line without either word ends at its own close, which is the last one.
beside_a_whole_line() {
	stack "$usernet close" "$usernet open" "$newnet" 'record below'
	run both open_session close_session
	check_inside open below
	check_outside close below
	check_no_warning
}
test_case 'inverse close, open and a line with neither' beside_a_whole_line

bystander() {
	stack "$usernet close" 'record between' "$usernet open" 'record below'
	run bob open_session close_session
	check_eq "$(cut -d' ' -f3- /root/records | sort -u)" "$here" places
	check_eq "$(log_of_modules)" '' 'the log'
	[[ ! -e /run/netns && ! -e /run/pam_net ]] || fail 'something was made'
}
test_case 'bystander open and close move nothing with a divided line' bystander

refused() {
	mkdir -p /run/netns/alice
	stack "$usernet close" "$usernet open" 'record below'
	pamtester split alice open_session && fail 'alice was let in'
	check_outside open below
	pam_lines "$usernet close" "$usernet open"
	check_refused alice
}
test_case 'never-outside a member whom open cannot confine is refused' refused

by_su() {
	pam_lines "$newnet close" "$newnet open" "$usernet open"
	check_named alice "$(su alice -c "$netns")"
	check_new "$(su nina -c "$netns")"
	check_eq "$(su bob -c "$netns")" "$(host_netns)" bob
	check_eq "$(su alice -c true; readlink /proc/self/ns/net)" \
		"$(host_netns)" 'the calling shell'
}
test_case 'never-outside open and close by su' by_su

# ---- one without the other -------------------------------------------------

close_only() {
	stack "$usernet close" "$newnet close" 'record below'
	run both open_session close_session
	check_outside open below
	check_outside close below
	check_eq "$(log_of_modules)" '' 'the log'
	[[ ! -e /run/netns && ! -e /run/pam_net ]] || fail 'something was made'
}
test_case 'close without open does nothing' close_only

# As a stack that has PAM_IGNORE only is denied by libpam.
close_ignores() {
	echo "$usernet close" >/etc/pam.d/alone
	pamtester alone alice open_session >/tmp/out 2>&1 &&
		fail 'close answered other than PAM_IGNORE'
	check_match "$(</tmp/out)" 'Permission denied' 'the answer'
	check_eq "$(log_of_modules)" '' 'the log'
}
test_case 'close answers PAM_IGNORE at open' close_ignores

# open_alone LINE... : each a warning that names close; back at its own close
open_alone() {
	stack "$@" 'record below'
	run alice open_session close_session
	check_inside open below
	check_outside close below
	check_match "$(log_of_modules warning)" "'?close'?" 'the warning'
	check_eq "$(log_of_modules warning | wc -l)" 1 warnings
	check_eq "$(log_of_modules err)" '' errors
}
test_case 'inverse open without close warns, and goes back at its own close' \
	open_alone "$usernet open"

close_below_open() {
	stack "$usernet open" 'record between' "$usernet close" 'record below'
	run alice open_session close_session
	check_inside open between
	check_inside open below
	check_outside close between
	check_outside close below
	check_match "$(log_of_modules warning)" "'?close'?" 'the warning'
	check_eq "$(log_of_modules warning | wc -l)" 1 warnings
	check_eq "$(log_of_modules info | grep -c '): closed ')" 1 \
		'lines of close'
}
test_case 'inverse close below open warns, and open goes back at its own close' \
	close_below_open

# ---- bad arguments ---------------------------------------------------------

both_words() {
	local line
	pam_lines "$usernet $1"
	log_mark
	check_refused alice
	line=$(log_of_modules err)
	check_eq "$(wc -l <<<"$line")" 1 "lines in the log: $line"
	check_match "$line" "cannot .*'[^']*(open|close)[^']*'" 'the log'
	check_let_in bob
	check_let_in root
	check_eq "$(ssh_as bob "$netns")" "$(host_netns)" bob
}
test_case 'never-outside open and close on one line deny members, bystanders pass' \
	both_words 'open close'
test_case 'never-outside close and open on one line deny members, bystanders pass' \
	both_words 'close open'

bad_open() {
	pam_lines "$usernet close" "$usernet open $1"
	check_refused alice
	check_let_in root
}
test_case 'never-outside a bad argument beside open denies members' \
	bad_open lodwn
test_case 'never-outside open=1 denies members' bad_open open=1

# Which cannot let anybody out: the line does nothing at open.
bad_close() {
	local user
	pam_lines "$usernet close $1" "$usernet open"
	for user in alice bob root; do
		log_mark
		check_let_in $user
		check_match "$(log_of_modules warning)" "'$1'" \
			"the warning for $user"
		check_eq "$(log_of_modules err)" '' "errors for $user"
	done
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'an unknown word beside close is a warning, and everybody is let in' \
	bad_close lodwn
test_case 'an unknown argument beside close is a warning, and everybody is let in' \
	bad_close grup=x
