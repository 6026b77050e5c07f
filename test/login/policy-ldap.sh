#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Groups and accounts from LDAP, by slapd, nslcd and libnss-ldapd: large
# groups, groups that list no members, nested groups, and a server that is
# down or does not answer.
# shellcheck source=policy.sh
. "$(dirname "$0")/../policy.sh"

ldap=/run/test-ldap
base=dc=example,dc=test
big=10000

# ---- the directory ---------------------------------------------------------

installed() {
	[[ -x /usr/sbin/slapd && -x /usr/sbin/nslcd ]] &&
		ldconfig -p | grep -q libnss_ldap
}

slapd_conf() {
	cat <<-END
	include /etc/ldap/schema/core.schema
	include /etc/ldap/schema/cosine.schema
	include /etc/ldap/schema/nis.schema
	objectclass ( 1.1.1 NAME 'groupWithNames' SUP top AUXILIARY MAY member )
	modulepath /usr/lib/ldap
	moduleload back_mdb
	pidfile $ldap/slapd.pid
	argsfile $ldap/slapd.args
	sizelimit unlimited
	database mdb
	suffix $base
	directory $ldap/data
	maxsize 67108864
	index objectClass,uid,uidNumber,gidNumber,cn,memberUid,member eq
	access to * by * read
	END
}

ldif_user() {
	cat <<-END
	dn: uid=$1,$base
	objectClass: account
	objectClass: posixAccount
	uid: $1
	cn: $1
	uidNumber: $2
	gidNumber: $3
	homeDirectory: /home/$1
	loginShell: /bin/bash

	END
}

# ldif_group NAME GID [ATTRIBUTE: VALUE...]
ldif_group() {
	printf '%s\n' "dn: cn=$1,$base" 'objectClass: posixGroup' \
		'objectClass: groupWithNames' "cn: $1" "gidNumber: $2" "${@:3}" ''
}

# The last members are those who log in.
ldif() {
	local numbers
	mapfile -t numbers < <(seq -f 'memberUid: user%05.0f' $((big - 2)))
	printf '%s\n' "dn: $base" 'objectClass: domain' 'dc: example' ''
	ldif_user carol 6001 6001
	ldif_user erin 6002 6100
	ldif_user frank 6003 6003
	ldif_group carol 6001
	ldif_group frank 6003
	ldif_group big 6100 "${numbers[@]}" 'memberUid: carol' 'memberUid: alan'
	ldif_group small 6101 'memberUid: alice' "member: uid=carol,$base"
	ldif_group outer 6102 "member: cn=inner,$base"
	ldif_group inner 6103 "member: uid=carol,$base" 'memberUid: alice'
	ldif_group groupnet-web 6104 'memberUid: alice' 'memberUid: carol'
	ldif_group groupnet-lab2 6105 'memberUid: carol' 'memberUid: alice'
}

make_directory() {
	mkdir -p $ldap/data /run/nslcd
	slapd_conf >$ldap/slapd.conf
	ldif >$ldap/ldif
	slapadd -q -f $ldap/slapd.conf -l $ldap/ldif >&2 || fatal 'slapadd'
}

server_answers() {
	socat -u OPEN:/dev/null TCP:127.0.0.1:389
}

# Without a limit, slapd makes room for as many files as the machine allows.
start_server() {
	(ulimit -n 1024; exec slapd -f $ldap/slapd.conf -h ldap://127.0.0.1 -d 0) &
	server=$!
	wait_for server_answers || fail 'no slapd'
}

stop_server() {
	kill -KILL "$server"
	wait_for not kill -0 "$server"
}

# start_nslcd [LINE...]: with short times, which are its own timeout here
start_nslcd() {
	printf '%s\n' 'uri ldap://127.0.0.1/' "base $base" 'threads 4' \
		'bind_timelimit 2' 'timelimit 2' 'reconnect_sleeptime 1' \
		'reconnect_retrytime 2' "$@" >/etc/nslcd.conf
	rm -f /run/nslcd/*
	nslcd -n &
	nslcd=$!
	wait_for test -S /run/nslcd/socket || fail 'no nslcd'
}

stop_nslcd() {
	kill -KILL "$nslcd" 2>/dev/null
	wait_for not kill -0 "$nslcd"
}

extra_home() {
	mkdir -p "/home/$1"
	cp -r /home/bob/.ssh "/home/$1/"
	chown -R "$2:$3" "/home/$1"
}

# with_ldap NSLCD-LINE FUNCTION [ARGUMENT...]
with_ldap() {
	installed || skip 'no slapd, nslcd or libnss-ldapd: test/install names'
	sed -i -E 's/^(passwd|group|shadow):.*/\1: files ldap/' /etc/nsswitch.conf
	start_server
	start_nslcd "$1"
	wait_for getent passwd carol || fail 'no answer from nslcd'
	extra_home carol 6001 6001
	extra_home erin 6002 6100
	extra_home frank 6003 6003
	pam_lines "$config"
	"${@:2}"
}

ldap_case() {
	local name=$1
	shift
	test_case "$name" with_ldap '' "$@"
}

! installed || make_directory

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
	with_ldap 'nss_getgrent_skipmembers yes' lists_no_members

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
	with_ldap 'nss_nested_groups yes' nested

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

# took COMMAND...: in milliseconds
took() {
	local start=$EPOCHREALTIME
	"$@" >/dev/null 2>&1
	echo $(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
}

# nslcd fails at once for a while after it failed: each is asked anew.
down() {
	case $1 in
	killed) stop_server && restart_nslcd ;;
	hung) kill -STOP "$server" && restart_nslcd ;;
	nslcd) stop_nslcd ;;
	esac
}

restart_nslcd() {
	stop_nslcd
	start_nslcd
}

up() {
	case $1 in
	killed) start_server ;;
	hung) kill -CONT "$server" ;;
	esac
	restart_nslcd
	wait_for getent passwd carol || fail 'no answer from nslcd'
}

# check_time WHAT LIMIT COMMAND...: not much more than LIMIT ms; a server that has
# just gone is tried once more after a second
check_time() {
	local what=$1 limit=$2 time
	shift 2
	time=$(took "$@")
	((time <= limit + 3000 * patience)) || fail "$what took $time ms, nslcd $limit ms"
}

# members_denied HOW WHO: a local account, whose group is in the directory
members_denied() {
	local how=$1 limit
	rules "$2 * vpn"
	check_in vpn "$(lands su alan)" before
	down "$how"
	limit=$(took getent group nosuchgroup)
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
	ldap_case "never-outside F5 the server $what, a glob" \
		members_denied $how '@b*g'
	ldap_case "never-outside F5 the server $what, a gid range" \
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
	with_ldap 'nss_getgrent_skipmembers yes' unlisted_denied

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
ldap_case 'never-outside F5 the server is down, pam_groupnet.so' \
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
