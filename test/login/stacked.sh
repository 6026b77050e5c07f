#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Several lines of ours in one stack, and what is left after close.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

newnet='session required pam_newnet.so'
usernet='session required pam_usernet.so'

# ---- both modules, for a member of both ------------------------------------

newnet_usernet() {
	pam_lines "$newnet" "$usernet"
	check_named both "$(ssh_as both "$netns")"
	check_named both "$(ssh_as both "$netns")"
}
test_case 'never-outside newnet above usernet, the name wins' newnet_usernet

usernet_newnet() {
	pam_lines "$usernet" "$newnet"
	check_new "$(ssh_as both "$netns")"
	check_named alice "$(ssh_as alice "$netns")"
	check_new "$(ssh_as nina "$netns")"
}
test_case 'never-outside usernet above newnet, the new one wins' usernet_newnet

view_of_the_last() {
	local first=$1 second=$2 name=$3 got
	pam_lines "$first" "$second"
	got=$(ssh_as both 'ls /sys/class/net; ls /run/netns')
	check_eq "$got" "lo${name:+$'\n'$name}" 'interfaces and names'
}
test_case 'newnet above usernet, /sys and /run/netns are of the name' \
	view_of_the_last "$newnet" "$usernet" both
test_case 'usernet above newnet, /sys and /run/netns are of the new one' \
	view_of_the_last "$usernet" "$newnet" ''

usernet_fails() {
	pam_lines "$@"
	mkdir -p /run/netns/both
	check_refused both
}
test_case 'never-outside newnet, then a failing usernet' \
	usernet_fails "$newnet" "$usernet"
test_case 'never-outside a failing usernet, then newnet' \
	usernet_fails "$usernet" "$newnet"

newnet_fails() {
	pam_lines "$@"
	check_refused both
}
test_case 'never-outside a failing newnet, then usernet' \
	newnet_fails "$newnet lodwn" "$usernet"
test_case 'never-outside usernet, then a failing newnet' \
	newnet_fails "$usernet" "$newnet lodwn"

# An admin may have asked for it: back to the entry is not back to the host.
optional_fails() {
	local got
	pam_lines "$newnet" 'session optional pam_usernet.so'
	mkdir -p /run/netns/both
	got=$(ssh_as both "$netns")
	check_new "$got"
	check_eq "$(ssh_as both 'ls /sys/class/net')" lo 'interfaces'
}
test_case 'never-outside newnet, then a failing optional usernet' \
	optional_fails

optional_newnet_fails() {
	pam_lines "$usernet" 'session optional pam_newnet.so lodwn'
	check_named both "$(ssh_as both "$netns")"
	check_eq "$(ssh_as both 'ls /sys/class/net')" lo 'interfaces'
}
test_case 'never-outside usernet, then a failing optional newnet' \
	optional_newnet_fails

# ---- the same line twice ---------------------------------------------------

mounts_of() {
	ssh_as "$1" "cut -d' ' -f5 /proc/self/mountinfo | sort | uniq -c"
}

usernet_twice() {
	local once
	override alice hosts 'hosts of alice'
	pam_lines "$usernet"
	check_let_in alice
	once=$(mounts_of alice)
	pam_lines "$usernet" "$usernet"
	check_named alice "$(ssh_as alice "$netns")"
	check_eq "$(ssh_as alice cat /etc/hosts)" 'hosts of alice' /etc/hosts
	check_same "$(mounts_of alice)" "$once" 'mounts in the session'
}
test_case 'usernet twice is as once' usernet_twice

newnet_twice() {
	pam_lines "$newnet" "$newnet"
	check_new "$(ssh_as nina "$netns")"
	check_eq "$(ssh_as nina ls /sys/class/net)" lo interfaces
}
test_case 'newnet twice is confined as once' newnet_twice

# ---- after close -----------------------------------------------------------

# pamtester does what it is told to one handle: the namespaces of its process
# before open, in between and after close.
places() {
	local user=$1
	shift
	cat >/etc/pam.d/places <<-'END'
	auth required pam_exec.so quiet /root/places
	@include netns
	session required pam_permit.so
	END
	cat >/root/places <<-'END'
	#!/bin/bash
	readlink /proc/$PPID/ns/net /proc/$PPID/ns/mnt | paste -sd' ' >>/root/places.out
	END
	chmod +x /root/places
	rm -f /root/places.out
	pamtester places "$user" "$@" >/dev/null || fail "pamtester $*"
}

place() {
	sed -n "$1p" /root/places.out
}

inverse() {
	local user=$1
	shift
	pam_lines "$@"
	places "$user" authenticate open_session authenticate close_session \
		authenticate
	check_eq "$(place 1)" "$(place 3)" 'before open and after close'
	check_ne "$(place 1)" "$(place 2)" 'never left'
}
test_case 'inverse usernet' inverse alice "$usernet"
test_case 'inverse newnet' inverse nina "$newnet"
test_case 'inverse newnet nomount' inverse nina "$newnet nomount"
test_case 'inverse newnet, usernet' inverse both "$newnet" "$usernet"
test_case 'inverse usernet, newnet' inverse both "$usernet" "$newnet"
test_case 'inverse usernet twice' inverse alice "$usernet" "$usernet"
test_case 'inverse newnet twice' inverse nina "$newnet" "$newnet"
test_case 'inverse newnet, usernet, newnet' \
	inverse both "$newnet" "$usernet" "$newnet"

inverse_twice() {
	pam_lines "$usernet"
	places alice authenticate open_session close_session open_session \
		authenticate close_session authenticate
	check_eq "$(place 1)" "$(place 3)" 'before open and after close'
	check_ne "$(place 1)" "$(place 2)" 'never left'
}
test_case 'inverse opened and closed twice on one handle' inverse_twice

inverse_bystander() {
	pam_lines "$newnet" "$usernet"
	places bob authenticate open_session authenticate close_session \
		authenticate
	check_eq "$(sort -u /root/places.out | wc -l)" 1 'places'
}
test_case 'bystander open and close move nothing' inverse_bystander
