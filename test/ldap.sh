# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A directory of accounts and groups, by slapd, nslcd and libnss-ldapd, for the
# tests that ask one, on top of lib.sh.

ldap=/run/test-ldap
base=dc=example,dc=test
big=10000

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
	"${@:2}"
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

! installed || make_directory
