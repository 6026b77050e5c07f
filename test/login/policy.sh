#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The policy file decides: by user, group, uid, service; a name, a new one,
# the host or nothing.
# shellcheck source=policy.sh
. "$(dirname "$0")/../policy.sh"

# ---- the file of pam_netns -------------------------------------------------

# His namespaces are there before anybody logs in.
pam_netns() {
	pam_lines 'session required pam_usernet.so config=/etc/security/pam_netns.conf debug log=/var/log/pam_netns.log'
	printf '%s\n' "$@" 'alice ns0' 'alan ns1' >/etc/security/pam_netns.conf
	rm -f /var/log/pam_netns.log
	ip netns add ns0
	ip -n ns0 link set lo up
}

file_of_pam_netns() {
	local there
	pam_netns
	there=$(named_netns ns0)
	log_mark
	check_in ns0 "$(ssh_as alice where)"
	check_eq "$(named_netns ns0)" "$there" ns0
	check_in ns1 "$(ssh_as alan where)"
	check_on_host "$(ssh_as bob where)" bob
	check_match "$(log_of_modules info)" 'opened user=alice .* name=ns0 ' log
	check_match "$(log_of_modules debug)" bob 'debug'
	check_eq "$(stat -c '%U %a' /var/log/pam_netns.log)" 'root 600' log=
	check_match "$(cat /var/log/pam_netns.log)" \
		'pam_usernet\(sshd:session\).*opened user=alice .* name=ns0 ' log=
	check_match "$(cat /var/log/pam_netns.log)" 'closed user=alan ' log=
	check_match "$(cat /var/log/pam_netns.log)" bob 'debug in log='
}
test_case 'never-outside the file of pam_netns works unchanged, with debug and log=' \
	file_of_pam_netns

back_from() {
	local got program=$1
	pam_netns 'root su,sudo host'
	check_let_in alan
	ip netns add another
	connection_open alice
	got=$(connection_run alice "$program; where")
	check_on_host "$(head -1 <<<"$got")" "$program"
	check_eq "$(cut -d' ' -f3 <<<"$(head -1 <<<"$got")")" "$(host_netns)" \
		"$program, NETNS"
	check_in ns0 "$(tail -1 <<<"$got")" 'afterwards'
	check_in ns0 "$(ssh_as alice where)" 'second login'
}
for program in "$(su_to root where)" "$(su_to '- root' where)" \
	'sudo -n where' 'sudo -n -i where' 'sudo -n -s where' \
	'sudo -n su - root -c where' "$(su_to root 'sudo -n where')"; do
	test_case "inverse of pam_netns, root comes back to the host by ${program#echo secret | }" \
		back_from "$program"
done

back_is_the_host() {
	pam_netns 'root su,sudo host'
	ip netns add another
	override ns0 hosts 'hosts of ns0'
	connection_open alice
	check_eq "$(connection_run alice cat /etc/hosts)" 'hosts of ns0' session
	check_same "$(connection_run alice sudo -n cat /etc/hosts)" \
		"$(cat /etc/hosts)" '/etc/hosts'
	check_same "$(connection_run alice sudo -n ls /run/netns)" \
		"$(ls /run/netns)" 'names'
	check_same "$(connection_run alice sudo -n ls /sys/class/net)" \
		"$(ls /sys/class/net)" 'interfaces'
	check_same "$(connection_run alice sudo -n "bash -c '$reach_host'")" \
		$'the host\nthe host' 'service on the host'
	connection_run alice sudo -n ip netns add made-by-root
	named_netns made-by-root >/dev/null || fail 'root made it elsewhere'
}
test_case 'out of a session, root has the network, names, /sys and /etc of the host' \
	back_is_the_host

to_confined() {
	pam_netns 'root su,sudo host'
	connection_open alice
	check_in ns1 "$(connection_run alice "$(su_to alan where)")"
	check_in ns1 "$(connection_run alice sudo -n -u alan where)"
	check_in ns0 "$(connection_run alice "$(su_to alice where)")"
	check_eq "$(connection_run alice "$(su_to bob where)" | cut -d' ' -f1)" \
		"$(named_netns ns0)" bob
	check_in ns1 "$(ssh_as alan where)" 'ssh afterwards'
	check_in ns0 "$(connection_run alice where)" 'the session'
}
test_case 'never-outside su in a session goes to the namespace of the other user' \
	to_confined

# Each step is a script of its own, as quoting ends here.
deep() {
	cat >/tmp/deep <<-'END'
	#!/bin/bash
	echo "$(id -un) $(where)"
	next=${1-}
	shift
	[[ -z $next ]] || echo secret | su "$next" -c "/tmp/deep $*" 2>/dev/null
	END
	chmod 755 /tmp/deep
	local got
	rules 'root su,sudo host' 'alice ns0' 'alan ns1' 'nina * new'
	got=$(ssh_as alice /tmp/deep root alan nina root bob alice alice)
	check_eq "$(cut -d' ' -f1 <<<"$got" | paste -sd' ')" \
		'alice root alan nina root bob alice alice' 'the way'
	check_in ns0 "$(sed -n '1s/^[a-z]* //p' <<<"$got")" 1
	check_on_host "$(sed -n '2s/^[a-z]* //p' <<<"$got")" 2
	check_in ns1 "$(sed -n '3s/^[a-z]* //p' <<<"$got")" 3
	check_in_new "$(sed -n '4s/^[a-z]* //p' <<<"$got")" 4
	check_on_host "$(sed -n '5s/^[a-z]* //p' <<<"$got")" 5
	check_on_host "$(sed -n '6s/^[a-z]* //p' <<<"$got")" 6
	check_in ns0 "$(sed -n '7s/^[a-z]* //p' <<<"$got")" 7
	check_in ns0 "$(sed -n '8s/^[a-z]* //p' <<<"$got")" 8
}
policy_case 'never-outside su in su in su, in and out of sessions' deep

no_mounts_left() {
	local before
	rules 'root su,sudo host' 'alice ns0' 'alan ns1' 'nina * new'
	check_let_in alice
	check_let_in alan
	before=$(mounts_snapshot)
	ssh_as alice "$(su_to root true); sudo -n true; $(su_to alan 'sudo -n true')"
	ssh_as nina 'sudo -n sudo -u alan sudo true'
	check_same "$(mounts_snapshot)" "$before" 'mounts of the host'
}
policy_case 'host-untouched ways back leave no mount on the host' no_mounts_left

# ---- groups that name their namespaces -------------------------------------

groups_of_lara() {
	sed -i '/^groupnet-/d' /etc/group
	printf '%s\n' "$@" >>/etc/group
}

groupnet() {
	rules '@groupnet-*  *  %1'
	check_in lab "$(ssh_as lara where)"
	check_in lab "$(su - lara -c where)"
	check_on_host "$(ssh_as bob where)" bob
	sed -i 's/^groupnet-lab:.*/&,bob/' /etc/group
	check_in lab "$(ssh_as bob where)" 'bob, later'
}
policy_case 'never-outside @groupnet-* sends its members to what its name ends in' \
	groupnet

# The first of those that id(1) shows.
first_group() {
	local first
	rules '@groupnet-* * %1'
	groups_of_lara "$@"
	first=$(id -Gn lara | tr ' ' '\n' | sed -n 's/^groupnet-//p' | head -1)
	check_in "$first" "$(lands su lara)"
	pam_lines 'session required pam_groupnet.so'
	check_in "$first" "$(lands su lara)" 'pam_groupnet.so'
}
policy_case 'of several groups the first of getgrouplist counts' \
	first_group groupnet-web:x:2110:lara groupnet-lab:x:2103:lara
policy_case 'of several groups the first counts, the other way round' \
	first_group groupnet-lab:x:2103:lara groupnet-web:x:2110:lara

primary_first() {
	groups_of_lara groupnet-web:x:2110:lara groupnet-lab:x:2103:
	sed -i -E 's/^(lara:x:[0-9]+):[0-9]+/\1:2103/' /etc/passwd
	rules '@groupnet-* * %1'
	check_in lab "$(lands su lara)"
}
policy_case 'of several groups the primary one counts first' primary_first

first_line() {
	groups_of_lara groupnet-lab:x:2103:lara groupnet-web:x:2110:lara
	rules '@*-web * by-name-%1' '@groupnet-* * %1'
	check_in by-name-groupnet "$(lands su lara)"
	rules '@groupnet-web sshd web' '@groupnet-* * %1'
	check_in web "$(lands sshd lara)"
	check_in lab "$(lands su lara)"
}
policy_case 'of several lines the first that matches decides, whatever the groups' \
	first_line

star_is_no_name() {
	groups_of_lara "groupnet-$1:x:2103:lara"
	rules 'root * -' '@groupnet-* * %1'
	log_mark
	check_eq "$(lands su lara)" refused "group 'groupnet-$1'"
	check_match "$(log_of_modules err)" \
		"cannot call a namespace '/etc/security/netns.conf:2: $1'" log
	check_on_host "$(lands su bob)" bob
	check_nothing_made
}
for star in '' . .. a/b ../x /; do
	policy_case "never-outside a group called 'groupnet-$star' names no namespace" \
		star_is_no_name "$star"
done

# ---- a team in one namespace -----------------------------------------------

project() {
	echo 'project:x:2120:alice,bob,nina' >>/etc/group
	rules 'root * -' '@project * vpn'
	override vpn resolv.conf 'nameserver 198.51.100.7'
	override vpn hosts 'hosts of vpn'
	override alice hosts 'hosts of alice'
}

team() {
	local user
	project
	for user in alice bob nina; do
		check_in vpn "$(ssh_as $user where)" "$user"
		check_eq "$(ssh_as $user cat /etc/hosts /etc/resolv.conf)" \
			$'hosts of vpn\nnameserver 198.51.100.7' "$user"
	done
	check_on_host "$(ssh_as alan where)" alan
	check_on_host "$(ssh_as root where)" root
	check_eq "$(ls /run/netns)" vpn 'names'
}
policy_case 'one-name a team is in one namespace, each with its overrides' team

team_at_once() {
	local user n
	project
	for n in 1 2 3; do
		for user in alice bob nina; do
			ssh_as $user where >"/tmp/$user.$n" &
		done
	done
	wait
	check_eq "$(cat /tmp/*.[123] | wc -l)" 9 'logins'
	check_eq "$(cut -d' ' -f1 /tmp/*.[123] | sort -u)" "$(named_netns vpn)" \
		'namespaces'
}
policy_case 'one-name nine first logins of three users at once are in one' \
	team_at_once

team_sees_each_other() {
	project
	connection_open alice
	connection_run alice \
		'socat TCP-LISTEN:9000,fork SYSTEM:"echo alice",nofork >/dev/null 2>&1 &
		until socat -u OPEN:/dev/null TCP:127.0.0.1:9000; do :; done' 2>/dev/null
	check_eq "$(ssh_as bob 'cat </dev/tcp/127.0.0.1/9000')" alice 'bob'
	check_eq "$(ssh_as alan 'cat </dev/tcp/127.0.0.1/9000' 2>/dev/null)" '' alan
}
policy_case 'a team shares the services of its namespace, others have none' \
	team_sees_each_other

# ---- who -------------------------------------------------------------------

# who FIELD MEMBERS OTHERS
who() {
	local user
	rules "$1 * there"
	for user in $2; do
		check_in there "$(lands su "$user")" "$user"
	done
	for user in $3; do
		check_on_host "$(lands su "$user")" "$user"
	done
}
policy_case 'who, a user' who alice alice 'alan bob root'
policy_case 'who, a glob with *' who 'al*' 'alice alan' 'paul lara'
policy_case 'who, a glob with a * that stands for nothing' who 'bob*' bob both
policy_case 'who, a glob with ?' who 'b??' bob 'both root'
policy_case 'who, a glob with brackets' who '[an]*[!e]' 'alan nina nora' \
	'alice lara'
policy_case 'who, a glob matches the whole name' who 'lic' '' 'alice'
policy_case 'who, a name is no regular expression' who 'a.*e' '' alice
policy_case 'who, a group' who @usernet 'alice alan both paul' 'bob root'
policy_case 'who, a glob of groups' who '@*net' 'alice paul nina nora' \
	'bob lara'
policy_case 'who, a uid' who 2001:2001 alice 'alan root'
policy_case 'who, uids from to' who 2001:2003 'alice alan paul' 'nina root'
policy_case 'who, uids from' who 2007: 'bob lara' 'alice both root'
policy_case 'who, uids to' who :2002 'root alice alan' 'paul lara'
policy_case 'who, a uid is no prefix' who 200:200 '' 'alice root'
policy_case 'who, the gid of a primary group' who @2102:2102 \
	'paul alice' 'bob nina'
policy_case 'who, gids from to' who @2101:2102 'paul alice nina both' 'bob lara'
policy_case 'who, gids from' who @2103: lara 'alice bob root'
policy_case 'who, gids to' who @:2001 'root alice' 'alan lara'
policy_case 'who, everyone' who '*' 'root alice bob' ''

strange_names() {
	local name
	for name in 'CORP\carol' 'carol@corp' 'müller' 'a%u' 'c*' 'x[y]'; do
		echo "$name:x:2200:2200::/:/bin/bash" >>/etc/passwd
		echo "$name:*:19000::::::" >>/etc/shadow
	done
	rules 'CORP\* * %1-of-%u' 'carol@* * by-%1' 'müller * ü' 'a%u * %u' \
		'c[*] * star' 'x[[]y] * %u-%%u'
	check_in 'carol-of-CORP\carol' "$(lands su 'CORP\carol')"
	check_in 'by-corp' "$(lands su 'carol@corp')"
	check_in 'ü' "$(lands su 'müller')"
	check_in 'a%u' "$(lands su 'a%u')"
	check_in star "$(lands su 'c*')"
	check_in 'x[y]-%u' "$(lands su 'x[y]')"
}
policy_case 'never-outside names of a domain, in UTF-8, with % and * of their own' \
	strange_names

unknown_group() {
	rules 'bob * -' '@nosuchgroup * vpn' 'alice * other'
	log_mark
	check_eq "$(lands su alice)" refused alice
	check_match "$(log_of_modules err)" \
		"alice.*'/etc/security/netns.conf:2: nosuchgroup'" log
	check_on_host "$(lands su bob)" bob
	check_on_host "$(lands su root)" root
	check_refused alan
	check_on_host "$(ssh_as root where)" 'root by ssh'
	check_nothing_made
}
policy_case 'root-gets-in a group that does not exist denies all that come to its line' \
	unknown_group

# ---- service ---------------------------------------------------------------

# service FIELD SERVICES OTHERS
service() {
	local service
	rules "alice $1 there"
	for service in $2; do
		check_in there "$(lands "$service" alice)" "$service"
	done
	for service in $3; do
		check_on_host "$(lands "$service" alice)" "$service"
	done
}
policy_case 'service, one' service sshd sshd 'su login sshd-test'
policy_case 'service, several' service sshd,login 'sshd login' 'su cron'
policy_case 'service, globs' service 'ss*,c?on' 'sshd sshd-test cron' 'su crond'
policy_case 'service, su stands for su-l too' service su 'su su-l' 'sudo sudo-i'
policy_case 'service, sudo stands for sudo-i too' service sudo 'sudo sudo-i' \
	'su su-l'
policy_case 'service, runuser stands for runuser-l too' service runuser \
	'runuser runuser-l' 'su'
policy_case 'service, su-l is itself only' service su-l su-l su
policy_case 'service, all' service '*' 'sshd su a-service' ''

real_services() {
	rules 'alice sshd by-ssh' 'alice su,sudo by-su' 'alice login by-login' \
		'alice cron -' '* at new' 'alice * other'
	check_in by-ssh "$(ssh_as alice where)" ssh
	check_in by-su "$(su alice -c where)" su
	check_in by-su "$(su - alice -c where)" 'su -'
	check_in by-su "$(sudo -u alice where)" sudo
	check_in by-su "$(sudo -i -u alice where)" 'sudo -i'
	echo 'where >/home/alice/where; exit' |
		timeout 20 script -qec 'login -f alice' /dev/null >/dev/null
	check_in by-login "$(cat /home/alice/where)" login
	check_in other "$(lands other alice)" 'another'
}
policy_case 'never-outside ssh, su, sudo, login of one user, each elsewhere' \
	real_services

cron_and_at() {
	local user file
	rules '* cron -' 'alice * vpn'
	for user in alice bob; do
		file=/var/spool/cron/crontabs/$user
		echo "@reboot where >/home/$user/where" >"$file"
		chown "$user:crontab" "$file"
		chmod 600 "$file"
	done
	rm -f /run/crond.reboot /run/crond.pid
	cron -f &
	wait_for test -s /home/alice/where || fail 'no job of cron'
	wait_for test -s /home/bob/where || fail 'no job of bob'
	rm -f /var/spool/cron/crontabs/*
	check_on_host "$(cat /home/alice/where)" cron
	check_on_host "$(cat /home/bob/where)" 'cron of bob'
	check_nothing_made
	rm /home/alice/where
	(cd /home/alice && runuser -u alice -- at now <<<'where >/home/alice/where' \
		2>/dev/null)
	rm -f /run/atd.pid
	atd -f -l 100 -b 1 &
	wait_for test -s /home/alice/where || fail 'no job of at'
	check_named vpn "$(cut -d' ' -f1 /home/alice/where)"
}
policy_case 'cron is left alone by a line above, at is not' cron_and_at

# ---- namespace -------------------------------------------------------------

# expands TEMPLATE NAME [SERVICE]
expands() {
	rules "al* ${3-su} $1"
	check_in "$2" "$(lands "${3-su}" alice)"
	check_eq "$(ls /run/netns)" "$2" 'names'
}
policy_case 'expansion, %u is the user' expands %u alice
policy_case 'expansion, %U is the uid' expands user-%U user-2001
policy_case 'expansion, %g is the primary group' expands %g-net alice-net
policy_case 'expansion, %s is the service' expands %s-%u a-service-alice a-service
policy_case 'expansion, %1 is what the * matched' expands x%1y xicey
policy_case 'expansion, %% is a percent sign' expands %%u%% %u%
policy_case 'expansion, all at once' expands %u.%U.%g.%s.%1.%% \
	alice.2001.alice.su.ice.%

# What a '%' yields is a name and no word of the file.
user_called() {
	echo "$1:x:2201:2201::/:/bin/bash" >>/etc/passwd
	echo "$1:*:19000::::::" >>/etc/shadow
	rules '2201: * %u'
	check_in "$1" "$(lands su "$1")"
}
for user in host new; do
	policy_case "never-outside a user called '$user' lands in that name" \
		user_called "$user"
done

# refuses RULE USER WORD: at this login, as a name that can be none
refuses() {
	rules 'root * -' "$1"
	log_mark
	check_eq "$(lands su "$2")" refused "$2"
	check_match "$(log_of_modules err)" "'/etc/security/netns.conf:2: $3" log
	check_on_host "$(lands su root)" root
	check_nothing_made
}

group_with_slash() {
	sed -i -E 's/^(bob:x:[0-9]+):[0-9]+/\1:2202/' /etc/passwd
	echo "$1:x:2202:" >>/etc/group
	refuses 'bob * %g' bob "$1"
}
policy_case 'never-outside a primary group with a slash names no namespace' \
	group_with_slash ../../etc/x
policy_case 'never-outside a primary group called .. names no namespace' \
	group_with_slash ..

no_primary_group() {
	sed -i -E 's/^(bob:x:[0-9]+):[0-9]+/\1:2299/' /etc/passwd
	refuses 'bob * %g' bob %g
}
policy_case 'never-outside a primary group without a name names no namespace' \
	no_primary_group

# 250 and "alice" are 255.
longest_name() {
	local name
	name=$(printf 'n%.0s' {1..250})
	rules "alice * $name%u"
	check_in "${name}alice" "$(lands su alice)"
	rules "alice * m$name%u"
	check_eq "$(lands su alice)" refused '256 bytes'
	check_eq "$(find /run/netns -name 'm*')" '' 'a shorter name'
}
policy_case 'never-outside a name of 255 bytes is one, of 256 it is none' \
	longest_name

new() {
	local first second
	rules 'alice * new'
	first=$(ssh_as alice where)
	second=$(ssh_as alice where)
	check_in_new "$first"
	check_in_new "$second"
	check_ne "$(cut -d' ' -f2 <<<"$first")" "$(readlink /proc/1/ns/mnt)" mounts
	check_eq "$(ssh_as alice 'ls /sys/class/net; ip -br address | tr -s " "')" \
		$'lo\nlo UNKNOWN 127.0.0.1/8 ::1/128 ' interfaces
	check_eq "$(ssh_as alice "$reach_host")" '' 'service on the host'
	check_eq "$(ls /run/netns)" '' names
	connection_open alice
	check_ne "$(connection_run alice where)" "$(ssh_as alice where)" 'two at once'
}
policy_case 'never-outside new is a new one for each login' new

left_alone() {
	rules 'alice * -' 'alice * vpn' 'alan * vpn'
	check_on_host "$(ssh_as alice where)"
	check_eq "$(ssh_as alice where | cut -d' ' -f3)" - NETNS
	check_nothing_made
	check_in vpn "$(ssh_as alan where)"
	check_eq "$(ssh_as alan "$(su_to alice where)" | cut -d' ' -f1)" \
		"$(named_netns vpn)" 'su to alice in a session'
	check_in vpn "$(ssh_as alan 'sudo -n where' | sed 's/-$/vpn/')" \
		'sudo, no rule'
}
policy_case 'bystander - and no match leave the login where it is, in sessions too' \
	left_alone

not_a_call() {
	rules "$@"
	pam_lines "$config"
	printf '%s\n' '@include netns' 'session required pam_permit.so' \
		>/etc/pam.d/quiet
	strace -f -qq -o /tmp/trace \
		-e trace=unshare,setns,mount,umount2,clone,fork,open_tree,move_mount,flock \
		pamtester quiet alice open_session close_session >/dev/null ||
		fail 'pamtester'
	check_eq "$(cat /tmp/trace)" '' 'calls'
}
policy_case 'bystander - is no call that could fail' not_a_call 'alice * -'
policy_case 'bystander no match is no call that could fail' not_a_call 'bob * x'

bound_to_the_host() {
	ip netns attach vpn 1
	rules 'alice * vpn'
	check_refused alice
	check_let_in bob
}
policy_case "never-outside a name that is bound to the host's namespace is refused" \
	bound_to_the_host

# ---- host ------------------------------------------------------------------

on_host_already() {
	local before
	before=$(mounts_snapshot)
	rules 'alice * host'
	check_on_host "$(ssh_as alice where)"
	check_eq "$(ssh_as alice where | cut -d' ' -f3)" "$(host_netns)" NETNS
	check_same "$(mounts_snapshot)" "$before" mounts
	[[ ! -e /run/netns && ! -e /run/pam_net/names ]] ||
		fail 'something was made'
	check_eq "$(find /run/pam_net -type f)" '' 'records left'
}
policy_case 'host-untouched host, where the caller is there already' \
	on_host_already

# An sshd in a namespace and with mounts of its own, on port 2222 there.
jailed_sshd() {
	ip netns add jail
	ip -n jail link set lo up
	ip netns exec jail unshare -m --propagation slave bash -c '
		mount -t tmpfs tmpfs /mnt
		exec /usr/sbin/sshd -p 2222 -o PidFile=none'
	wait_for ip netns exec jail socat -u OPEN:/dev/null TCP:127.0.0.1:2222
}

ssh_to_jail() {
	local user=$1
	shift
	timeout 20 ip netns exec jail ssh -p 2222 -l "$user" 127.0.0.1 "$@"
}

ssh_to_host() {
	jailed_sshd
	rules 'alice sshd host' 'alan sshd vpn'
	check_on_host "$(ssh_to_jail alice where)"
	check_eq "$(ssh_to_jail alice pwd)" /home/alice cwd
	check_eq "$(ssh_to_jail alice -W 192.0.2.1:80)" 'the host' 'ssh -W'
	check_match "$(ssh_to_jail alice -tt where)" \
		"^$(host_netns | sed 's/[][]/\\&/g') " 'with a terminal'
	check_in vpn "$(ssh_to_jail alan where)"
	check_eq "$(ssh_to_jail bob where | cut -d' ' -f1)" \
		"$(named_netns jail)" bob
	check_eq "$(ssh_to_jail bob -W 192.0.2.1:80 2>/dev/null)" '' 'bob, -W'
}
policy_case 'host, ssh to an sshd that is elsewhere' ssh_to_host

# The calling process, before, in between and after.
places() {
	cat >/etc/pam.d/places <<-'END'
	auth required pam_exec.so quiet /bin/sh -c [readlink /proc/$PPID/ns/net /proc/$PPID/ns/mnt | paste -sd' ' >>/tmp/places]
	@include netns
	session required pam_permit.so
	END
	rm -f /tmp/places
	: >/tmp/places
	chmod 666 /tmp/places
	"$@" pamtester places root authenticate open_session authenticate \
		close_session authenticate >/dev/null || fail 'pamtester'
}

place() {
	sed -n "$1p" /tmp/places
}

inverse_host() {
	rules 'alice * vpn' 'root places host'
	places sudo -u alice sudo -n
	check_eq "$(wc -l </tmp/places)" 3 places
	check_eq "$(cut -d' ' -f1 <<<"$(place 1)")" "$(named_netns vpn)" 'before'
	check_on_host "$(place 2)"
	check_eq "$(place 3)" "$(place 1)" 'after close'
}
policy_case 'inverse host' inverse_host

inverse() {
	rules "root places $1"
	places
	check_on_host "$(place 1)" before
	check_eq "$(place 3)" "$(place 1)" 'after close'
}
policy_case 'inverse a name by policy' inverse vpn
policy_case 'inverse new by policy' inverse new
policy_case 'inverse host on the host' inverse host
policy_case 'inverse - by policy' inverse -

inverse_twice() {
	pam_lines "$config" "$config=/etc/security/other.conf" \
		'session required pam_newnet.so'
	echo 'root places host' >/etc/security/other.conf
	rules 'alice * vpn' 'root places new'
	places sudo -u alice sudo -n
	check_eq "$(cut -d' ' -f1 <<<"$(place 1)")" "$(named_netns vpn)" 'before'
	check_on_host "$(place 2)"
	check_eq "$(place 3)" "$(place 1)" 'after close'
}
policy_case 'inverse new, then host, the last line wins' inverse_twice

host_cwd() {
	local pid
	rules 'root su,sudo host' 'alice * vpn'
	connection_open alice
	mkdir -p /srv/there
	chmod 755 /srv/there
	check_eq "$(connection_run alice "cd /srv/there; $(su_to root 'pwd -P')")" \
		/srv/there 'a path that exists on both sides'
	pid=$(pgrep -f "^sshd: alice \[priv\]")
	nsenter -t "$pid" -m mount -t tmpfs tmpfs /mnt
	nsenter -t "$pid" -m mkdir /mnt/only
	check_eq "$(connection_run alice "cd /mnt/only; $(su_to root 'pwd -P')")" \
		/ 'a path of the session only'
	[[ ! -e /mnt/only ]] || fail 'it is on the host'
}
policy_case 'host keeps the cwd by its path, or goes to /' host_cwd

# Without the capability to look at PID 1.
host_unknown() {
	local output before
	before=$(mounts_snapshot)
	rules 'alice * host' 'bob * -'
	log_mark
	output=$(capsh --drop=cap_sys_ptrace -- -c 'exec su alice -c "echo let in"' \
		2>&1) && fail 'alice was let in'
	check_no_match "$output" 'let in' 'alice'
	check_match "$(log_of_modules err)" 'the namespaces of PID 1 cannot be read' log
	check_eq "$(capsh --drop=cap_sys_ptrace -- -c 'exec su bob -c where' |
		cut -d' ' -f1)" "$(host_netns)" bob
	check_same "$(mounts_snapshot)" "$before" mounts
	check_on_host "$(su alice -c where)" 'with it'
}
policy_case 'never-outside host is an error where the host is unknown' \
	host_unknown

host_unknown_inside() {
	local got
	rules 'root sudo -' 'root su host' 'alice * vpn'
	got=$(ssh_as alice "sudo -n capsh --drop=cap_sys_ptrace -- -c \
		'su root -c \"echo let in\"' 2>/dev/null; where")
	check_in vpn "$got" 'the session'
}
policy_case 'all-or-nothing host that fails leaves the session alone' \
	host_unknown_inside

# Others may not enter by what is theirs.
host_for_others() {
	rules 'root su,sudo host' 'alice * vpn' 'bob su host'
	check_on_host "$(ssh_as alice "$(su_to bob where)")" bob
	check_eq "$(ssh_as alice "echo wrong | su bob -c where 2>/dev/null")" '' \
		'a wrong password'
}
policy_case 'host is for whom the line says, after their password' \
	host_for_others

# ---- options ---------------------------------------------------------------

lodown() {
	rules 'alice * vpn lodown' 'alan * new lodown' 'bob * other' 'nina * new'
	check_match "$(ssh_as alice ip -br address)" '^lo *DOWN *$' alice
	check_match "$(ssh_as alan ip -br address)" '^lo *DOWN *$' alan
	check_match "$(ssh_as bob ip -br address)" '^lo *UNKNOWN ' bob
	check_match "$(ssh_as nina ip -br address)" '^lo *UNKNOWN ' nina
	pam_lines "$config lodown"
	boot_again
	check_match "$(ssh_as nina ip -br address)" '^lo *DOWN *$' 'all lines'
}
policy_case 'lodown is for its line, or on the module line for all' lodown

told() {
	lands su "$1" >/dev/null
	grep -v '^pamtester: ' /tmp/pamtester
}

announce() {
	local said='^Your network namespace: '
	rules 'alice * vpn announce' 'bob * new announce' 'nina * host announce' \
		'alan * vpn' 'nora * -'
	check_match "$(told alice)" "${said}vpn$" alice
	check_match "$(told bob)" "${said}net:\[[0-9]*\]$" bob
	check_match "$(told nina)" "$said" nina
	check_eq "$(told alan)" '' alan
	check_eq "$(told nora)" '' nora
}
policy_case 'announce tells the user of its line where he is' announce

nomount() {
	rules 'alice * new nomount' 'bob * new'
	check_in_new "$(ssh_as alice where)"
	check_eq "$(ssh_as alice "$mntns")" "$(readlink /proc/1/ns/mnt)" alice
	check_ne "$(ssh_as bob "$mntns")" "$(readlink /proc/1/ns/mnt)" bob
}
policy_case 'nomount is for its line' nomount

etc() {
	rules 'alice * new etc=isolated' 'bob * new'
	override isolated hosts 'hosts of isolated'
	check_eq "$(ssh_as alice cat /etc/hosts)" 'hosts of isolated' alice
	check_same "$(ssh_as bob cat /etc/hosts)" "$(cat /etc/hosts)" bob
}
policy_case 'etc= is for its line' etc

rootshared() {
	rules 'alice sshd vpn rootshared' 'alan sshd other'
	check_in vpn "$(ssh_as alice where)"
	ssh_as alice sudo -n mount -t tmpfs from-alice /mnt
	check_eq "$(findmnt -n -o SOURCE /mnt)" from-alice 'mounted by alice'
	umount /mnt
	check_in other "$(ssh_as alan where)"
	ssh_as alan sudo -n mount -t tmpfs from-alan /mnt
	check_eq "$(findmnt -n -o SOURCE /mnt)" '' 'mounted by alan'
}
policy_case 'rootshared is for its line' rootshared

# ---- the line --------------------------------------------------------------

line_refuses() {
	pam_lines "session required pam_usernet.so $1"
	rules '* * vpn'
	log_mark
	check_eq "$(lands su alice)" refused alice
	check_eq "$(lands su bob)" refused bob
	check_match "$(log_of_modules err)" "$2" log
	check_on_host "$(lands su root)" root
	check_nothing_made
}
test_case 'root-gets-in config with group= says two things' \
	line_refuses 'config group=usernet' 'group= beside config'
test_case 'root-gets-in config= is a path that is relative' \
	line_refuses 'config=netns.conf' "'config=netns.conf'"
test_case 'root-gets-in config= without a path' line_refuses 'config=' "'config='"
test_case 'root-gets-in an argument that is misspelt' \
	line_refuses 'confg=/etc/security/netns.conf' confg=

bad_word() {
	pam_lines "$config lodwn"
	rules 'bob * -' 'alice * vpn'
	check_eq "$(lands su alice)" refused alice
	check_on_host "$(lands su bob)" bob
	check_on_host "$(lands su alan)" alan
}
test_case 'bystander an unknown word on the line denies whom the policy confines' \
	bad_word

not_for_others() {
	pam_lines "session required pam_$1.so config"
	rules '* * vpn'
	check_eq "$(lands su "$2")" refused "$2"
}
test_case 'never-outside config is no word of pam_newnet.so' \
	not_for_others newnet nina
test_case 'never-outside config is no word of pam_groupnet.so' \
	not_for_others groupnet lara

groups_no_more() {
	rules 'bob * vpn'
	check_on_host "$(lands su alice)" 'alice of group usernet'
	check_in vpn "$(lands su bob)"
}
policy_case 'with config the group usernet means nothing' groups_no_more
