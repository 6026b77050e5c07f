#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What sessions do not see: the host's resolver, and the paths of hide=.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

usual=/run/systemd/resolve/io.systemd.Resolve

# listen PATH: something of the host's answers there
listen() {
	mkdir -p "${1%/*}"
	rm -f "$1"
	socat "UNIX-LISTEN:$1,fork,mode=666" SYSTEM:'echo the host',nofork &
	wait_for test -S "$1"
}

# ask_as USER PATH: what answers
ask_as() {
	su "$1" -c "socat -u UNIX-CONNECT:$2 - 2>/dev/null; true"
}

check_closed() {
	check_eq "$(ask_as "$1" "$2")" '' "$2, for $1"
	check_eq "$(ask_as bob "$2")" 'the host' "$2, for a bystander"
}

resolver_is_covered() {
	listen $usual
	check_closed alice $usual
	check_closed nina $usual
	check_eq "$(su alice -c "stat -c '%F %s %a' $usual")" \
		'regular empty file 0 444' 'what is there'
}
test_case "the socket of the host's resolver is covered" resolver_is_covered

daemon_restarts() {
	listen $usual
	su alice -c 'exec sleep 1000' &
	wait_for test -d /run/pam_net/sessions/alice
	check_closed alice $usual
	listen $usual
	check_closed alice $usual
	check_eq "$(nsenter -t "$(pgrep -u alice sleep)" -m \
		socat -u "UNIX-CONNECT:$usual" - 2>/dev/null)" '' \
		'for who is in'
}
test_case 'a socket that is made again is covered again, for all' \
	daemon_restarts

paths_of_the_line() {
	listen $usual
	listen /opt/a.sock
	mkdir -p /opt/d
	echo secret >/opt/d/file
	echo secret >/etc/secret
	pam_lines "session required pam_usernet.so hide=/opt/a.sock:/opt/d:/nothing:/etc/secret"
	check_closed alice /opt/a.sock
	check_eq "$(ask_as alice $usual)" 'the host' 'what is not in the list'
	check_eq "$(su alice -c 'cat /opt/d/file 2>&1')" \
		'cat: /opt/d/file: Permission denied' 'a directory'
	check_eq "$(su alice -c 'cat /etc/secret')" '' 'a file'
	check_eq "$(su bob -c 'cat /opt/d/file /etc/secret')" \
		$'secret\nsecret' 'a bystander'
	check_no_match "$(</proc/1/mountinfo)" '/opt/|/etc/secret' 'the host'
	check_eq "$(su alice -c 'ls /etc/pam.d/su')" /etc/pam.d/su '/etc'
	rm -rf /opt/d /etc/secret /opt/a.sock
}
test_case 'hide= covers a socket, a directory and a file' paths_of_the_line

none() {
	listen $usual
	pam_lines 'session required pam_usernet.so hide=none' \
		'session required pam_newnet.so hide=none'
	check_eq "$(ask_as alice $usual)" 'the host' 'usernet'
	check_eq "$(ask_as nina $usual)" 'the host' 'newnet'
}
test_case 'hide=none covers nothing' none

in_the_policy_file() {
	listen $usual
	printf '%s\n' 'alice * %u hide=none' '* * %u' >/etc/security/netns.conf
	pam_lines 'session required pam_usernet.so config'
	check_eq "$(ask_as alice $usual)" 'the host' 'alice'
	check_eq "$(ask_as alan $usual)" '' 'alan'
}
test_case 'hide= in the policy file' in_the_policy_file

# One set of mounts for each set of paths.
two_lists() {
	pam_lines 'session required pam_usernet.so hide=/opt/x'
	touch /opt/x
	su alice -c "$mntns >/tmp/in; exec sleep 1000" &
	wait_for test -s /tmp/in
	check_eq "$(su alice -c "$mntns")" "$(</tmp/in)" 'the same list'
	pam_lines 'session required pam_usernet.so hide=none'
	check_ne "$(su alice -c "$mntns")" "$(</tmp/in)" 'another list'
	check_eq "$(su alice -c "$netns")" "$(named_netns alice)" 'the network'
	rm -f /opt/x
}
test_case 'one-view logins share mounts with those of the same hide=' two_lists

bad_value() {
	pam_lines "session required pam_usernet.so hide=$1"
	check_refused alice
	check_let_in bob
}
for value in '' opt opt:/run /run:opt /run::/opt /run: :/run /; do
	test_case "a bad hide= denies the members, '${value//:/ }'" \
		bad_value "$value"
done

link_in_the_path() {
	mkdir -p /home/alice/x
	ln -sfn /etc/pam.d /home/alice/link
	pam_lines 'session required pam_usernet.so hide=/home/alice/link/su'
	check_refused alice
	check_match "$(log_of_modules err)" \
		"hide '/home/alice/link/su': there is a symbolic link" 'the log'
	rm -rf /home/alice/link /home/alice/x
}
test_case "a user's link does not lead a cover elsewhere" link_in_the_path

undone() {
	listen $usual
	mkdir -p /etc/netns
	printf '%s\n' 'session required pam_usernet.so' \
		'session required pam_deny.so' >/etc/pam.d/netns
	check_refused alice
	check_eq "$(socat -u "UNIX-CONNECT:$usual" -)" 'the host' \
		'the host'
	check_no_match "$(</proc/1/mountinfo)" 'Resolve' 'mounts'
}
test_case 'host-untouched what is covered inside is not covered outside' undone
