#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux-PAM's pam_namespace in the same stack, above our line and below it:
# private directories and private networks, and the way back.
# shellcheck source=policy.sh
. "$(dirname "$0")/../policy.sh"

namespace='session required pam_namespace.so'

# with_namespace ORDER ARGUMENTS FUNCTION [ARGUMENT...]: users but root have
# a /tmp and a home of their own
# shellcheck disable=SC2016
with_namespace() {
	local order=$1 line="$namespace $2"
	rm -rf /srv/*-inst
	mkdir -m 000 /srv/tmp-inst /srv/home-inst
	printf '%s\n' '/tmp /srv/tmp-inst/ user root' \
		'$HOME /srv/home-inst/ user root' >/etc/security/namespace.conf
	case $order in
	above) pam_lines "$line" "$config" ;;
	below) pam_lines "$config" "$line" ;;
	alone) pam_lines "$line" ;;
	esac
	rules 'root su,sudo host' 'alice * vpn' 'alan * %u' 'nina * new' \
		'lara * host'
	override vpn hosts 'hosts of vpn'
	touch /tmp/of-the-host /home/{alice,nina,bob}/of-the-host
	"${@:3}"
}

# both NAME FUNCTION [ARGUMENT...]: above and below
both() {
	local name=$1
	shift
	test_case "$name, pam_namespace above" with_namespace above '' "$@"
	test_case "$name, pam_namespace below" with_namespace below '' "$@"
}

# ---- logins ----------------------------------------------------------------

# In a session: what is in the private directories, what is left there.
# shellcheck disable=SC2016
look='where
	cat /etc/hosts
	ls /run/netns
	ls /sys/class/net
	ls /tmp ~
	touch /tmp/left-by-$USER ~/left-by-$USER'

by_ssh() {
	ssh_as "$1" "$look"
}

by_su() {
	su - "$1" -c "$look"
}

# The terminal's own echo would be in between.
by_login() {
	echo "($look) >/var/tmp/seen; exit" >"/root/$1.input"
	rm -f /var/tmp/seen
	timeout 20 script -qec "login -f $1" /dev/null <"/root/$1.input" \
		>/dev/null
	cat /var/tmp/seen
}

# check_session USER HOW NAME: both have done their work
check_session() {
	local user=$1 how=$2 name=$3 seen before
	before=$(mounts_snapshot | grep -v ' /run/netns[ /]')
	seen=$("by_$how" "$user")
	case $name in
	'') check_in_new "$(head -1 <<<"$seen")" "$how" ;;
	*) check_in "$name" "$(head -1 <<<"$seen")" "$how" ;;
	esac
	check_no_match "$seen" of-the-host "$how, directories of the host"
	check_match "$seen" $'\nlo\n' "$how, interfaces"
	check_no_match "$seen" eth0 "$how, interfaces of the host"
	[[ $name != vpn ]] || check_match "$seen" 'hosts of vpn' "$how, overrides"
	seen=$("by_$how" "$user")
	check_eq "$(grep -c "left-by-$user" <<<"$seen")" 2 \
		"$how, what is kept to the second login"
	[[ ! -e /tmp/left-by-$user && ! -e /home/$user/left-by-$user ]] ||
		fail "$how: $user wrote to the host's directories"
	[[ -e /tmp/of-the-host && -e /home/alice/of-the-host ]] ||
		fail "$how: the host's files are gone"
	check_same "$(mounts_snapshot | grep -v ' /run/netns[ /]')" "$before" \
		"$how, mounts of the host"
}

session() {
	chmod 1777 /var/tmp
	check_session alice "$1" vpn
	check_session nina "$1" ''
}
for how in ssh su login; do
	both "never-outside $how, private directories in a private network" \
		session $how
done

bystander() {
	local seen
	seen=$(ssh_as bob "$look")
	check_eq "$(head -1 <<<"$seen" | cut -d' ' -f1)" "$(host_netns)" bob
	check_no_match "$seen" of-the-host 'directories of the host'
	check_on_host "$(ssh_as root where)" root
}
both 'bystander private directories on the host' bystander

mounted_once() {
	connection_open alice
	check_eq "$(connection_run alice \
		"grep -c -e '-inst/alice[^ ]* /tmp ' -e '-inst/alice[^ ]* /home/alice ' \
			/proc/self/mountinfo")" 2 'private directories'
	check_eq "$(grep -c -e '-inst/' /proc/1/mountinfo)" 0 'on the host'
	check_in vpn "$(connection_run alice where)"
	check_eq "$(connection_run alice 'ls /run/netns')" vpn 'names'
}
both 'host-untouched an open session' mounted_once

at_once() {
	local n
	for n in {1..6}; do
		ssh_as alice where >"/root/where.$n" &
	done
	wait
	check_eq "$(cut -d' ' -f1 /root/where.[1-6] | sort | uniq -c |
		tr -s ' ')" " 6 $(named_netns vpn)" 'six logins'
}
both 'one-name six first logins at once' at_once

# ---- within a session ------------------------------------------------------

out_of_a_session() {
	local got
	connection_open alice
	connection_run alice 'touch /tmp/mine'
	check_on_host "$(connection_run alice "$(su_to root where)")" 'su to root'
	check_on_host "$(connection_run alice sudo -n where)" sudo
	got=$(connection_run alice "$(su_to root 'ls /tmp')")
	check_match "$got" of-the-host "root's /tmp"
	check_no_match "$got" mine "root's /tmp"
	check_in vpn "$(connection_run alice where)" 'the session'
	check_eq "$(connection_run alice 'ls /tmp')" mine "alice's /tmp"
}
both 'inverse su and sudo to root and back' out_of_a_session

# With unmnt_remnt, su takes the private directories of the one who calls away.
to_another() {
	local got
	connection_open alice
	connection_run alice 'touch /tmp/mine'
	check_in alan "$(connection_run alice "$(su_to '- alan' where)")"
	got=$(connection_run alice "$(su_to '- alan' 'ls /tmp; touch /tmp/of-alan')")
	check_no_match "$got" 'mine|of-the-host' "alan's /tmp"
	got=$(connection_run alice "$(su_to '- nina' where)")
	check_in_new "$got" nina
	check_in vpn "$(connection_run alice where)" 'the session'
	check_eq "$(connection_run alice 'ls /tmp')" mine "alice's /tmp"
	check_match "$(ssh_as alan 'ls /tmp')" of-alan "alan's /tmp later"
	check_in alan "$(ssh_as alan where)" alan
}
both 'never-outside su in a session to another private /tmp and network' \
	to_another
for order in above below; do
	test_case "never-outside the same with unmnt_remnt, pam_namespace $order" \
		with_namespace $order unmnt_remnt to_another
done

# alice has no private directories, so that her session is in the mounts of the
# name, which alan joins if he is let out of his own.
to_another_of_the_name() {
	local got
	sed -i 's/root$/root,alice/' /etc/security/namespace.conf
	rules 'alice * vpn' 'alan * vpn'
	connection_open alice
	check_match "$(cat /run/pam_net/sessions/vpn/*)" view=name 'the session'
	got=$(connection_run alice "$(su_to '- alan' 'where; ls /tmp')")
	check_in vpn "$(head -n 1 <<<"$got")" alan
	check_no_match "$got" of-the-host "alan's /tmp"
}
test_case 'never-outside su in mounts of a name keeps private directories, pam_namespace above' \
	with_namespace above '' to_another_of_the_name

to_host_from_namespace() {
	connection_open alice
	check_on_host "$(connection_run alice sudo -n where)" sudo
	check_eq "$(connection_run alice "$(su_to bob where)" | cut -d' ' -f1)" \
		"$(named_netns vpn)" 'su to bob'
}
both 'never-outside su to a bystander stays in the network' \
	to_host_from_namespace

# ---- close -----------------------------------------------------------------

# The calling process: namespaces, and what it has in /tmp.
places() {
	cat >/root/place <<-'END'
	#!/bin/bash
	echo "$(readlink "/proc/$PPID/ns/net" "/proc/$PPID/ns/mnt" | paste -sd' ')" \
		"$(ls "/proc/$PPID/root/tmp" | grep -c of-the-host)" \
		"$(grep -c ' - tmpfs pam_net ' "/proc/$PPID/mountinfo")" >>/root/places
	END
	chmod 755 /root/place
	printf '%s\n' 'auth required pam_exec.so quiet /root/place' \
		'@include netns' 'session required pam_permit.so' \
		>/etc/pam.d/places
	rm -f /root/places
	pamtester places "$1" authenticate open_session authenticate \
		close_session authenticate >/dev/null 2>&1
}

place() {
	sed -n "$1p" /root/places
}

# What pam_namespace does is undone as far as it does that by itself.
inverse() {
	local user=$1 alone
	with_namespace alone "$3" places bob
	alone=$(place 3 | cut -d' ' -f3)
	with_namespace "$2" "$3" places "$user"
	check_eq "$(wc -l </root/places)" 3 'places'
	check_on_host "$(place 1)" 'before'
	check_ne "$(place 2 | cut -d' ' -f1)" "$(host_netns)" 'never left'
	check_eq "$(place 3 | cut -d' ' -f1)" "$(host_netns)" 'network after close'
	check_eq "$(place 3 | cut -d' ' -f4)" 0 "the session's view after close"
	case $2 in
	above) check_eq "$(place 3 | cut -d' ' -f3)" "$alone" '/tmp after close' ;;
	below) check_on_host "$(place 3)" 'after close' ;;
	esac
	[[ -e /tmp/of-the-host ]] || fail "the host's /tmp is gone"
}
for user in alice nina; do
	for order in above below; do
		test_case "inverse close of $user, pam_namespace $order" \
			inverse $user $order ''
	done
done

refused() {
	local before
	mkdir -p /run/netns/vpn
	before=$(mounts_snapshot)
	check_refused alice
	su alice -c 'echo let in' 2>/dev/null && fail 'alice was let in by su'
	check_same "$(mounts_snapshot)" "$before" 'mounts of the host'
	rmdir /run/netns/vpn
	check_session alice su vpn
}
both 'all-or-nothing a refused login leaves nothing on the host' refused

namespace_refuses() {
	local before
	chmod 755 /srv/tmp-inst
	before=$(mounts_snapshot | grep -v ' /run/netns[ /]')
	check_refused alice
	check_same "$(mounts_snapshot | grep -v ' /run/netns[ /]')" "$before" \
		'mounts of the host'
	chmod 0 /srv/tmp-inst
	check_session alice ssh vpn
}
both 'all-or-nothing a login that pam_namespace refuses' namespace_refuses
