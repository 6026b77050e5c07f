#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Groups and accounts from LDAP, by slapd, nslcd and libnss-ldapd: large
# groups, groups that list no members, nested groups, and a server that is
# down or does not answer.
# shellcheck source=policy.sh
. "$(dirname "$0")/../policy.sh"
# shellcheck source=ldap.sh
. "$(dirname "$0")/../ldap.sh"

ldap_case() {
	local name=$1
	shift
	test_case "$name" with_ldap '' with_config "$@"
}

# ---- the server answers ----------------------------------------------------

large_group() {
	check_eq "$(getent group big | tr , '\n' | wc -l)" $big 'members'
	rules 'root * -' '@big * vpn'
	check_in vpn "$(within 15 ssh_as carol where)" carol
	check_in vpn "$(within 15 ssh_as alan where)" 'alan, a local account'
	check_in vpn "$(within 15 ssh_as erin where)" 'erin, by her primary group'
	check_on_host "$(within 15 ssh_as frank where)" frank
	check_on_host "$(within 15 ssh_as bob where)" bob
	check_on_host "$(within 15 ssh_as root where)" root
	check_in vpn "$(su alan -c where)" su
	check_in vpn "$(sudo -u carol where)" sudo
	echo 'where >/home/carol/where; exit' |
		timeout 20 script -qec 'login -f carol' /dev/null >/dev/null
	check_in vpn "$(cat /home/carol/where)" login
}
ldap_case 'never-outside members of a group of 10,000' large_group

large_group_time() {
	rules '@big * vpn'
	check_in vpn "$(lands su alan)"
	check_in vpn "$(within 3 lands su alan)" alan
	check_on_host "$(within 3 lands su bob)" bob
}
ldap_case 'a group of 10,000 takes less than a second' large_group_time

large_group_more() {
	rules '@b*g * %1' '@6100:6100 sshd by-gid'
	check_in i "$(lands su alan)" 'glob'
	check_in i "$(lands su erin)" 'glob, primary'
	rules '@6100: * by-gid'
	check_in by-gid "$(lands su alan)" 'gid'
	check_in by-gid "$(lands su erin)" 'gid, primary'
	check_on_host "$(lands su bob)" bob
	pam_lines 'session required pam_usernet.so group=big'
	check_in alan "$(lands su alan)" 'group='
	check_on_host "$(lands su bob)" 'group=, bob'
	pam_lines 'session required pam_newnet.so group=big'
	check_in_new "$(lands su alan)" 'newnet group='
}
ldap_case 'never-outside a group of 10,000 by glob, by gid, by group=' \
	large_group_more

# nslcd leaves the members out; only getgrouplist(3) knows.
lists_no_members() {
	check_eq "$(getent group small)" 'small:*:6101:' 'the group entry'
	check_eq "$(getent group big)" 'big:*:6100:' 'the group entry'
	check_match " $(id -Gn alice) " ' small ' 'id'
	rules 'root * -' '@small * vpn' '@big * large'
	check_in vpn "$(ssh_as alice where)" alice
	check_in vpn "$(ssh_as carol where)" 'carol, by her DN'
	check_in large "$(ssh_as alan where)" alan
	check_in large "$(ssh_as erin where)" 'erin, by her primary group'
	check_on_host "$(ssh_as frank where)" frank
	check_on_host "$(ssh_as bob where)" bob
	pam_lines 'session required pam_usernet.so group=small'
	check_in alice "$(lands su alice)" 'group='
	check_on_host "$(lands su bob)" 'group=, bob'
}
test_case 'never-outside members that the group entry does not list' \
	with_ldap 'nss_getgrent_skipmembers yes' with_config lists_no_members

nested() {
	local user
	rules '@outer * vpn'
	for user in alice carol; do
		check_match " $(id -Gn $user) " ' outer ' 'id'
		check_in vpn "$(ssh_as $user where)" $user
	done
	check_on_host "$(ssh_as alan where)" alan
	stop_nslcd
	start_nslcd
	check_on_host "$(ssh_as carol where)" 'nslcd does not look into groups'
}
test_case 'never-outside members of a group in a group' \
	with_ldap 'nss_nested_groups yes' with_config nested

groups_that_name() {
	local first
	first=$(id -Gn alice | tr ' ' '\n' | sed -n 's/^groupnet-//p' | head -1)
	rules '@groupnet-* * %1'
	check_in "$first" "$(ssh_as alice where)"
	check_on_host "$(ssh_as frank where)" frank
	rules '@groupnet-lab2 * first' '@groupnet-* * %1'
	check_in first "$(lands su alice)" 'the first line'
	pam_lines 'session required pam_groupnet.so'
	check_in "$first" "$(lands su alice)" pam_groupnet.so
}
ldap_case 'never-outside groups in the directory name the namespaces' \
	groups_that_name

accounts() {
	rules 'root * -' 'car* su,sudo %u' '6001:6001 * by-uid' '6002: * %g' \
		'carol * never'
	check_in by-uid "$(ssh_as carol where)" 'by uid'
	check_in carol "$(su carol -c where)" 'by name'
	check_in big "$(ssh_as erin where)" '%g'
	check_in frank "$(ssh_as frank where)" '%g'
}
ldap_case 'never-outside accounts in the directory, by name and uid' accounts

# ---- the server does not ---------------------------------------------------

# check_time WHAT LIMIT COMMAND...: not much more than LIMIT ms; a server that has
# just gone is tried once more after a second
check_time() {
	local what=$1 limit=$2 time
	shift 2
	time=$(($(took "$@" 2>/dev/null) / 1000))
	((time <= limit + 3000 * patience)) || fail "$what took $time ms, nslcd $limit ms"
}

# members_denied HOW WHO: a local account, whose group is in the directory
members_denied() {
	local how=$1 limit
	rules "$2 * vpn"
	check_in vpn "$(lands su alan)" before
	down "$how"
	limit=$(($(took getent group nosuchgroup) / 1000))
	[[ $how == nslcd ]] || restart_nslcd
	log_mark
	check_time 'a login' "$limit" lands su alan
	check_eq "$(cat /tmp/lands)" refused alan
	check_match "$(log_of_modules err)" "'/etc/security/netns.conf:1: " log
	check_eq "$(lands su bob)" refused 'bob, who is no member'
	check_refused alan
	check_on_host "$(lands su root)" root
	up "$how"
	check_in vpn "$(lands su alan)" afterwards
	check_on_host "$(lands su bob)" 'bob afterwards'
}
for how in killed hung nslcd; do
	case $how in
	killed) what='is down' ;;
	hung) what='does not answer' ;;
	nslcd) what='has no nslcd' ;;
	esac
	ldap_case "never-outside the server $what, a group" \
		members_denied $how @big
	ldap_case "never-outside the server $what, a glob" \
		members_denied $how '@b*g'
	ldap_case "never-outside the server $what, a gid range" \
		members_denied $how @6100:6100
done

# The group itself was read: a directory that is down keeps nobody out.
local_group() {
	echo 'desk:x:6900:alan' >>/etc/group
	rules '@desk * vpn'
	stop_server
	restart_nslcd
	check_in vpn "$(lands su alan)" alan
	check_on_host "$(lands su bob)" bob
}
ldap_case 'bystander the server is down, and the group is a local one' \
	local_group

unlisted_denied() {
	rules '@big * vpn'
	check_in vpn "$(lands su alan)" before
	stop_server
	restart_nslcd
	check_eq "$(lands su alan)" refused alan
	check_on_host "$(lands su root)" root
}
test_case 'never-outside the server is down, members that the entry does not list' \
	with_ldap 'nss_getgrent_skipmembers yes' with_config unlisted_denied

module_denied() {
	pam_lines "session required $1"
	check_ne "$(lands su alice | cut -d' ' -f1)" "$(host_netns)" before
	stop_server
	restart_nslcd
	check_eq "$(lands su alice)" refused alice
	check_on_host "$(lands su root)" root
}
ldap_case 'never-outside the server is down, pam_usernet.so group=' \
	module_denied 'pam_usernet.so group=small'
ldap_case 'never-outside the server is down, pam_newnet.so group=' \
	module_denied 'pam_newnet.so group=small'
ldap_case 'never-outside the server is down, pam_groupnet.so' \
	module_denied pam_groupnet.so

account_gone() {
	rules '*-host * host' '@big * vpn'
	stop_server
	restart_nslcd
	check_eq "$(lands su carol)" refused carol
	ssh_as carol where 2>/dev/null && fail 'carol was let in'
	return 0
}
ldap_case 'never-outside the server is down, an account of the directory' \
	account_gone

# root_gets_in HOW: by real programs
root_gets_in() {
	rules '@big * vpn'
	down "$1"
	log_mark
	check_on_host "$(within 30 ssh_as root where)" ssh
	check_on_host "$(within 30 su - -c where)" 'su -'
	check_on_host "$(within 30 sudo where)" sudo
	check_match "$(log_of_modules warning)" "passed user=root " log
	echo 'where >/root/where; exit' |
		timeout 60 script -qec 'login -f root' /dev/null >/dev/null
	check_on_host "$(cat /root/where)" login
}
ldap_case 'root-gets-in the server is down' root_gets_in killed
ldap_case 'root-gets-in the server does not answer' root_gets_in hung
ldap_case 'root-gets-in there is no nslcd' root_gets_in nslcd

# What needs no group is decided at once.
needs_no_group() {
	rules 'root * -' 'alan * admins' ':2001 sshd,su by-uid' '@big cron never' \
		'@big * vpn'
	kill -STOP "$server"
	restart_nslcd
	check_on_host "$(within 3 lands su root)" root
	check_in admins "$(within 3 lands su alan)" alan
	check_in by-uid "$(within 3 lands su alice)" alice
}
ldap_case 'root-gets-in lines above the groups take no time while the server hangs' \
	needs_no_group

# The open session has its answers.
close_while_down() {
	rules '@big * vpn'
	connection_open alan
	kill -STOP "$server"
	log_mark
	check_in vpn "$(connection_run alan where)"
	connection_close alan
	check_match "$(log_of_modules info)" 'closed user=alan .* name=vpn' log
	kill -CONT "$server"
}
ldap_case 'inverse a session closes while the server hangs' close_while_down
