#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Accounts that only the name service knows, from libnss-extrausers: by
# suffix, uid range, group and service; and what a source that fails means.
# shellcheck source=policy.sh
. "$(dirname "$0")/../policy.sh"

extra=/var/lib/extrausers

# extra_user NAME UID [GID]
extra_user() {
	local home=/home/${1//\\/-}
	echo "$1:x:$2:${3-$2}::$home:/bin/bash" >>$extra/passwd
	echo "$1:*:19000::::::" >>$extra/shadow
	[[ -n ${3-} ]] || echo "$1:x:$2:" >>$extra/group
	mkdir -p "$home"
	cp -r /home/bob/.ssh "$home/"
	chown -R "$2:${3-$2}" "$home"
}

with_extra_users() {
	ldconfig -p | grep -q libnss_extrausers ||
		skip 'no libnss-extrausers: test/install names'
	rm -rf $extra
	mkdir -p $extra
	sed -i -E 's/^(passwd|group|shadow):.*/\1: files extrausers/' \
		/etc/nsswitch.conf
	printf '%s\n' 'remote:x:5100:carol,alan' 'groupnet-web:x:5101:carol' \
		'groupnet-lab2:x:5102:carol' >$extra/group
	extra_user carol 5001
	extra_user carol-host 5002
	extra_user dora 5003
	extra_user dora-host 5003 5003
	extra_user erin 5004 5100
	extra_user 'CORP\frank' 5005
	extra_user tom 70500
	extra_user ursula 100007
	pam_lines "$config"
	"$@"
}

nss_case() {
	local name=$1
	shift
	test_case "$name" with_extra_users "$@"
}

known_by_nss_only() {
	check_eq "$(grep -c -E '^(carol|tom|ursula)' /etc/passwd)" 0 /etc/passwd
	check_match "$(getent passwd tom)" '^tom:.*:70500:' 'name service'
}
nss_case 'the accounts of these tests are in no file of /etc' known_by_nss_only

# ---- the rules of the manual page ------------------------------------------

manual() {
	rules 'root               *            -' \
		'*-host             sshd         host' \
		'70000:79999        sshd,login   new' \
		'100000:            *            user-%U' \
		'carol              *            vpn' \
		'dora               *            %u'
}

suffix() {
	manual
	check_in vpn "$(ssh_as carol where)" carol
	check_on_host "$(ssh_as carol-host where)" carol-host
	check_eq "$(ssh_as carol "$reach_host")" '' 'carol, service on the host'
	check_eq "$(ssh_as carol-host "$reach_host")" $'the host\nthe host' \
		'carol-host, service on the host'
}
nss_case 'never-outside alice and alice-host, each on her network' suffix

same_uid() {
	manual
	check_in dora "$(ssh_as dora where)" dora
	check_on_host "$(ssh_as dora-host where)" dora-host
	check_eq "$(ssh_as dora id -u)" "$(ssh_as dora-host id -u)" 'uid'
}
nss_case 'never-outside two names of one uid, each on its network' same_uid

suffix_inside() {
	manual
	check_eq "$(ssh_as carol 'sudo -n -u carol-host where' | cut -d' ' -f1)" \
		"$(named_netns vpn)" 'sudo to carol-host, whose line is for sshd'
	check_in dora "$(ssh_as carol sudo -n -u dora where)" dora
}
nss_case 'never-outside the suffix is no way out of a session' suffix_inside

elsewhere_to_host() {
	manual
	ip netns add jail
	ip -n jail link set lo up
	ip netns exec jail /usr/sbin/sshd -p 2222 -o PidFile=none
	wait_for ip netns exec jail socat -u OPEN:/dev/null TCP:127.0.0.1:2222
	check_on_host "$(ip netns exec jail timeout 20 ssh -p 2222 \
		-l carol-host 127.0.0.1 where)"
	check_eq "$(ip netns exec jail timeout 20 ssh -p 2222 -l bob 127.0.0.1 \
		where | cut -d' ' -f1)" "$(named_netns jail)" bob
}
nss_case 'alice-host comes to the host, wherever sshd is' elsewhere_to_host

range_and_service() {
	manual
	check_in_new "$(ssh_as tom where)"
	echo 'where >/home/tom/where; exit' |
		timeout 20 script -qec 'login -f tom' /dev/null >/dev/null
	check_in_new "$(cat /home/tom/where)" login
	check_on_host "$(su tom -c where)" su
	check_in user-100007 "$(ssh_as ursula where)" ursula
	check_in user-100007 "$(su ursula -c where)" ursula
	check_in user-100007 "$(sudo -u ursula where)" ursula
	check_on_host "$(ssh_as bob where)" bob
}
nss_case 'never-outside a uid range, for some services' range_and_service

cron_of_nss() {
	manual
	local file=/var/spool/cron/crontabs/ursula
	echo '@reboot where >/home/ursula/where' >$file
	chown ursula:crontab $file
	chmod 600 $file
	rm -f /run/crond.reboot /run/crond.pid
	cron -f &
	wait_for test -s /home/ursula/where || fail 'no job'
	rm -f $file
	check_named user-100007 "$(cut -d' ' -f1 /home/ursula/where)"
}
nss_case 'never-outside cron of a user that only NSS knows' cron_of_nss

domain() {
	rules 'CORP\* * corp-%1' 'carol * %g'
	check_in corp-frank "$(ssh_as 'CORP\frank' where)"
	check_in carol "$(ssh_as carol where)" '%g'
	rules 'CORP\* * %u'
	check_in 'CORP\frank' "$(ssh_as 'CORP\frank' where)"
}
nss_case 'never-outside DOMAIN\user by its domain' domain

# ---- groups ----------------------------------------------------------------

groups() {
	rules '@remote * vpn'
	check_in vpn "$(ssh_as carol where)" 'listed'
	check_in vpn "$(ssh_as alan where)" 'a local account that is listed'
	check_in vpn "$(ssh_as erin where)" 'by the primary group'
	check_on_host "$(ssh_as tom where)" tom
	check_on_host "$(ssh_as bob where)" bob
	rules '@5100:5100 * by-gid'
	check_in by-gid "$(lands su alan)" 'by gid'
	rules '@rem* * by-glob-%1'
	check_in by-glob-ote "$(lands su alan)" 'by glob'
	check_in by-glob-ote "$(lands su erin)" 'by glob, primary'
}
nss_case 'never-outside groups that only NSS knows' groups

first_of_groups() {
	rules '@groupnet-* * %1'
	check_in web "$(lands su carol)"
	sed -i '/^groupnet-web/d' $extra/group
	echo 'groupnet-web:x:5101:carol' >>$extra/group
	check_in lab2 "$(lands su carol)" 'the other way round'
	pam_lines 'session required pam_groupnet.so'
	check_in lab2 "$(lands su carol)" pam_groupnet.so
}
nss_case 'of groups that only NSS knows the first counts' first_of_groups

# ---- a source that fails ---------------------------------------------------

no_accounts() {
	rules 'root * -' '*-host * host' '* * vpn'
	rm $extra/passwd
	check_ne "$(ssh_as carol where 2>/dev/null | wc -l)" 1 carol
	check_eq "$(lands su carol)" refused carol
	check_in vpn "$(lands su bob)" bob
	check_on_host "$(lands su root)" root
}
nss_case 'never-outside a user whose account cannot be found is denied' \
	no_accounts

# The member is a local account, his group is not: nobody can tell.
no_groups() {
	rules "$1 * vpn"
	check_in vpn "$(lands su alan)" 'before'
	rm $extra/group
	log_mark
	check_eq "$(lands su alan)" refused alan
	check_match "$(log_of_modules err)" "'/etc/security/netns.conf:1: " log
	check_refused alan
	check_eq "$(lands su bob)" refused 'bob, who is no member'
	check_on_host "$(lands su root)" root
	check_on_host "$(ssh_as root where)" 'root by ssh'
	printf '%s\n' 'remote:x:5100:carol,alan' >$extra/group
	check_in vpn "$(lands su alan)" 'afterwards'
	check_on_host "$(lands su bob)" 'bob afterwards'
}
nss_case 'never-outside the groups cannot be read, a group' no_groups @remote
nss_case 'never-outside the groups cannot be read, a glob' no_groups '@rem*'
nss_case 'never-outside the groups cannot be read, a gid range' \
	no_groups @5100:5100

groupnet_no_groups() {
	pam_lines 'session required pam_groupnet.so'
	sed -i 's/^groupnet-web.*/&,alan/' $extra/group
	check_in web "$(lands su alan)" 'before'
	rm $extra/group
	check_eq "$(lands su alan)" refused alan
	check_on_host "$(lands su root)" root
}
nss_case 'never-outside the groups cannot be read, pam_groupnet.so' \
	groupnet_no_groups

# Lines without a group need none.
needs_no_groups() {
	rules 'root * -' 'carol * vpn' '5000:5002 * %u' '@remote * vpn'
	rm $extra/group
	check_in vpn "$(lands su carol)" 'by name'
	check_in carol-host "$(lands su carol-host)" 'by uid'
	check_eq "$(lands su tom)" refused tom
	check_on_host "$(ssh_as root where)" root
}
nss_case 'lines for users and uids decide while the groups cannot be read' \
	needs_no_groups
