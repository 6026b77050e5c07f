#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whose overrides of /etc a session has, and that every file of theirs, at
# any depth, is root's.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

# Everybody's password is "secret".
su_to() {
	echo "echo secret | su $1 -c '$2' 2>/dev/null"
}

overrides_of_alice() {
	override alice hosts 'hosts of alice'
	override alice resolv.conf 'nameserver 198.51.100.1'
	mkdir -p /etc/netns/alice/skel
	echo alice >/etc/netns/alice/skel/whose
}

# What check_etc compares with: /etc/hosts, resolv.conf and skel/whose.
ask_etc='cat /etc/hosts /etc/resolv.conf; cat /etc/skel/whose 2>/dev/null; true'

host_etc() {
	cat /etc/hosts /etc/resolv.conf
}

alice_etc=$'hosts of alice\nnameserver 198.51.100.1\nalice'

# ---- of another name -------------------------------------------------------

su_to_member_without() {
	overrides_of_alice
	check_same "$(ssh_as alice "$ask_etc")" "$alice_etc" 'alice'
	check_same "$(ssh_as alice "$(su_to alan "$ask_etc")")" \
		"$(host_etc)" 'alan in her session'
}
test_case "su from alice's session to alan, who has no overrides, shows the host's /etc" \
	su_to_member_without

su_to_member_with() {
	overrides_of_alice
	override alan hosts 'hosts of alan'
	check_same "$(ssh_as alice "$(su_to alan "$ask_etc")")" \
		"hosts of alan"$'\n'"$(cat /etc/resolv.conf)" \
		'alan in her session'
}
test_case "su from alice's session to alan shows his overrides, and the host's other files" \
	su_to_member_with

su_to_member_leaves_session() {
	overrides_of_alice
	override alan hosts 'hosts of alan'
	check_same "$(ssh_as alice "$(su_to alan true); $ask_etc")" \
		"$alice_etc" 'alice after su'
	check_same "$(host_etc)" "$(ssh_as bob "$ask_etc")" 'the host'
}
test_case "all-or-nothing alice's session keeps her overrides when su to alan has ended" \
	su_to_member_leaves_session

su_to_newnet() {
	overrides_of_alice
	check_same "$(ssh_as alice "$(su_to nina "$ask_etc")")" \
		"$(host_etc)" 'nina in her session'
	pam_lines 'session required pam_newnet.so etc=lab' \
		'session required pam_usernet.so'
	override lab hosts 'hosts of lab'
	check_same "$(ssh_as alice "$(su_to nina "$ask_etc")")" \
		"hosts of lab"$'\n'"$(cat /etc/resolv.conf)" \
		'nina, with etc=lab, in her session'
}
test_case "su from alice's session to a newnet member shows none of alice's overrides" \
	su_to_newnet

su_from_newnet() {
	pam_lines 'session required pam_newnet.so etc=lab' \
		'session required pam_usernet.so'
	override lab hosts 'hosts of lab'
	check_same "$(ssh_as nina cat /etc/hosts)" 'hosts of lab' nina
	check_same "$(ssh_as nina "$(su_to alan "$ask_etc")")" \
		"$(host_etc)" 'alan in her session'
}
test_case "su from a newnet member's session to alan shows none of its overrides" \
	su_from_newnet

# The override lies on the link itself, not on the file behind it.
su_behind_a_link() {
	mkdir -p /run/resolver
	echo 'nameserver 192.0.2.54' >/run/resolver/resolv.conf
	ln -sf ../run/resolver/resolv.conf /etc/resolv.conf
	override alice resolv.conf 'nameserver 198.51.100.1'
	check_eq "$(ssh_as alice cat /etc/resolv.conf)" \
		'nameserver 198.51.100.1' alice
	check_eq "$(ssh_as alice "$(su_to alan 'cat /etc/resolv.conf')")" \
		'nameserver 192.0.2.54' 'alan in her session'
}
test_case "su from alice's session to alan shows what the host's symlinked resolv.conf leads to" \
	su_behind_a_link

su_to_bystander() {
	overrides_of_alice
	check_same "$(ssh_as alice "$(su_to bob "$ask_etc")")" \
		"$alice_etc" 'bob in her session'
}
test_case "bystander su from alice's session to bob leaves the overrides that are there" \
	su_to_bystander

same_name_twice() {
	overrides_of_alice
	check_same "$(ssh_as alice "$(su_to alice "$ask_etc")")" \
		"$alice_etc" 'su to oneself'
	pam_lines 'session required pam_usernet.so' \
		'session required pam_usernet.so'
	check_same "$(ssh_as alice "$ask_etc")" "$alice_etc" 'the line twice'
}
test_case 'the same name twice keeps its overrides' same_name_twice

# Three names, one in the other: only the last one's counts.
su_in_su() {
	cat >/tmp/deep <<-'END'
	#!/bin/bash
	echo "$USER: $(head -n 1 /etc/hosts)"
	next=${1-}
	shift
	[[ -z $next ]] || echo secret | su "$next" -c "/tmp/deep $*" 2>/dev/null
	END
	chmod 755 /tmp/deep
	local user got host
	host=$(head -n 1 /etc/hosts)
	for user in alice paul; do
		override $user hosts "hosts of $user"
	done
	got=$(su - alice -c '/tmp/deep alan paul alice')
	check_same "$got" "alice: hosts of alice
alan: $host
paul: hosts of paul
alice: hosts of alice" 'the way'
}
test_case "su in su in su shows each member's own hosts file" su_in_su

# ---- below ip netns exec ---------------------------------------------------

# oob has a network and an /etc of its own, and a second sshd in it.
prepare_oob() {
	ip netns add oob
	ip -n oob link set lo up
	override oob resolv.conf 'nameserver 203.0.113.7'
	override oob hosts 'hosts of oob'
	check_eq "$(ip netns exec oob cat /etc/hosts)" 'hosts of oob' \
		'ip netns exec'
}

sshd_in_oob() {
	prepare_oob
	ip netns exec oob /usr/sbin/sshd -p 2222 -o PidFile=none
	wait_for ip netns exec oob socat -u OPEN:/dev/null TCP:127.0.0.1:2222
}

ssh_in_oob() {
	timeout 20 ip netns exec oob ssh -p 2222 -l "$1" 127.0.0.1 "$2"
}

below_sshd_of_oob() {
	sshd_in_oob
	check_eq "$(ssh_in_oob bob 'cat /etc/hosts')" 'hosts of oob' bob
	check_named alice "$(ssh_in_oob alice "$netns")"
	check_same "$(ssh_in_oob alice "$ask_etc")" "$(host_etc)" alice
	check_same "$(ssh_in_oob nina "$ask_etc")" "$(host_etc)" nina
}
test_case "below an sshd of ip netns exec oob a member has the host's /etc" \
	below_sshd_of_oob

below_sshd_of_oob_own() {
	sshd_in_oob
	override alice resolv.conf 'nameserver 198.51.100.1'
	check_same "$(ssh_in_oob alice "$ask_etc")" \
		"$(cat /etc/hosts)"$'\n''nameserver 198.51.100.1' alice
}
test_case "below an sshd of ip netns exec oob alice has her resolv.conf and the host's hosts" \
	below_sshd_of_oob_own

below_su_of_oob() {
	prepare_oob
	check_same "$(ip netns exec oob su alice -c "$ask_etc")" \
		"$(host_etc)" alice
	check_same "$(ip netns exec oob su nina -c "$ask_etc")" \
		"$(host_etc)" nina
	check_eq "$(ip netns exec oob su bob -c 'cat /etc/hosts')" \
		'hosts of oob' bob
}
test_case "su below ip netns exec oob shows a member the host's /etc" \
	below_su_of_oob

# ---- at any depth ----------------------------------------------------------

make_pam_directory() {
	local depth
	mkdir -p /etc/netns/alice
	cp -a /etc/pam.d /etc/netns/alice/pam.d
	mkdir -p /etc/netns/alice/pam.d/one/two
	for depth in one/file one/two/file; do
		: >"/etc/netns/alice/pam.d/$depth"
	done
}

# check_file_refused FILE: alice is, and the log names it
check_file_refused() {
	log_mark
	check_refused alice
	check_match "$(log_of_modules err)" "'${1//./\\.}'" 'the file in the log'
}

deep_all_roots() {
	make_pam_directory
	check_let_in alice
	check_eq "$(ssh_as alice 'test -e /etc/pam.d/one/two/file && echo there')" \
		there 'the directory'
}
test_case "a directory whose files are root's at all depths is used" \
	deep_all_roots

# deep_unsafe COMMAND... FILE below pam.d
deep_unsafe() {
	local file=/etc/netns/alice/pam.d/${*: -1}
	make_pam_directory
	"${@:1:$#-1}" "$file"
	check_file_refused "$file"
}
test_case "a user's file one level down is refused, and named" \
	deep_unsafe chown alice su
test_case "another user's file one level down is refused, and named" \
	deep_unsafe chown bob su
test_case 'a group-writable file one level down is refused, and named' \
	deep_unsafe chmod g+w su
test_case 'a world-writable file one level down is refused, and named' \
	deep_unsafe chmod o+w su
test_case "a user's directory one level down is refused, and named" \
	deep_unsafe chown alice one
test_case "a user's file two levels down is refused, and named" \
	deep_unsafe chown alice one/file
test_case 'a world-writable directory two levels down is refused, and named' \
	deep_unsafe chmod o+w one/two
test_case 'a group-writable file three levels down is refused, and named' \
	deep_unsafe chmod g+w one/two/file

deep_of_newnet() {
	local file=/etc/netns/lab/pam.d/su
	pam_lines 'session required pam_newnet.so etc=lab'
	mkdir -p /etc/netns/lab
	cp -a /etc/pam.d /etc/netns/lab/pam.d
	check_let_in nina
	chown nina $file
	log_mark
	check_refused nina
	check_match "$(log_of_modules err)" "'$file'" 'the file in the log'
}
test_case "a newnet member's own file below the directory of etc= is refused, and named" \
	deep_of_newnet

deep_strange_name() {
	local name=$'su\nopened user=root' line
	make_pam_directory
	: >"/etc/netns/alice/pam.d/$name"
	chown alice "/etc/netns/alice/pam.d/$name"
	log_mark
	check_refused alice
	line=$(log_of_modules err)
	check_match "$line" '/etc/netns/alice/pam\.d/su\\x0aopened' 'the file'
	check_eq "$(wc -l <<<"$line")" 1 "lines in the log: $line"
	check_no_match "$(log_since)" $'\n''[^ ]*opened user=root' 'forged'
}
test_case "a line feed in the name of a user's file is escaped in the log" \
	deep_strange_name

deep_links() {
	make_pam_directory
	ln -s su /etc/netns/alice/pam.d/link
	ln -s /etc/nosuchfile /etc/netns/alice/pam.d/one/dangling
	check_let_in alice
	check_eq "$(ssh_as alice readlink /etc/pam.d/link)" su 'the link'
}
test_case "symlinks of root's below a directory are no reason to refuse" \
	deep_links

deep_users_link() {
	local link=/etc/netns/alice/pam.d/link
	make_pam_directory
	ln -s su $link
	chown -h alice $link
	check_file_refused $link
}
test_case "a user's symlink below a directory is refused, and named" \
	deep_users_link

deep_too_many() {
	local dir
	for dir in skel pam.d/more pam.d/and/more; do
		mkdir -p "/etc/netns/alice/$dir"
		(cd "/etc/netns/alice/$dir" && touch {1..400})
	done
	log_mark
	within 10 check_refused alice
	check_match "$(log_of_modules err)" 1024 'the log'
	rm -r /etc/netns/alice/pam.d/and
	cp -a /etc/pam.d/. /etc/netns/alice/pam.d
	check_let_in alice
}
test_case 'more than 1024 files, with those in directories, are refused' \
	deep_too_many

deep_tree() {
	local dir=/etc/netns/alice/skel i
	for ((i = 0; i < 200; i++)); do
		dir+=/d
	done
	mkdir -p "$dir"
	: >"$dir/file"
	chown alice "$dir/file"
	within 10 check_refused alice
	chown root "$dir/file"
	within 10 check_let_in alice
}
test_case "a user's file 200 levels down is refused" deep_tree
