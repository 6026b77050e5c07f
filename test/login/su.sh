#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# su: into sessions, out of them and within them.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

# Everybody's password is "secret".
su_to() {
	echo "echo secret | su $1 -c '$2' 2>/dev/null"
}

from_root() {
	check_named alice "$(su alice -c "$netns")"
	check_named alice "$(su - alice -c "$netns")"
	check_new "$(su nina -c "$netns")"
	check_eq "$(su bob -c "$netns")" "$(host_netns)" bob
}
test_case 'never-outside su from root' from_root

caller_stays() {
	local before after
	before=$(readlink /proc/self/ns/net /proc/self/ns/mnt)
	after=$(su alice -c true; readlink /proc/self/ns/net /proc/self/ns/mnt)
	check_eq "$after" "$before" 'the calling shell'
}
test_case 'inverse su leaves the shell that called it where it was' \
	caller_stays

# ---- inside a session ------------------------------------------------------

to_member() {
	local got
	got=$(ssh_as alice "$(su_to alan "$netns")")
	check_named alan "$got"
	check_eq "$(ssh_as alan "$netns")" "$got" 'ssh afterwards'
	check_ne "$got" "$(named_netns alice)" "alice's"
}
test_case "never-outside su-inside-session to another member binds the name on the host" \
	to_member

to_member_from_newnet() {
	local got
	got=$(ssh_as nina "$(su_to alice "$netns")")
	check_named alice "$got"
	check_eq "$(ssh_as alice "$netns")" "$got" 'ssh afterwards'
}
test_case 'never-outside su-inside-session of newnet, first thing after a boot' \
	to_member_from_newnet

to_oneself() {
	local got
	got=$(ssh_as alice "$(su_to alice "$netns; ls /sys/class/net")")
	check_eq "$got" "$(named_netns alice)"$'\nlo' 'su to oneself'
}
test_case 'never-outside su-inside-session to oneself' to_oneself

to_newnet_member() {
	local got
	got=$(ssh_as alice "$(su_to nina "$netns")")
	check_new "$got"
	got=$(ssh_as nina "$netns; $(su_to nina "$netns")")
	check_new "${got#*$'\n'}"
	check_ne "${got#*$'\n'}" "${got%$'\n'*}" "the session's"
}
test_case 'never-outside su-inside-session to a newnet member is in a new one' \
	to_newnet_member

to_bystander() {
	check_eq "$(ssh_as alice "$(su_to bob "$netns")")" \
		"$(named_netns alice)" 'su to bob'
}
test_case 'bystander su-inside-session to a bystander stays there' \
	to_bystander

to_root() {
	check_eq "$(ssh_as alice "$(su_to root "$netns")")" \
		"$(named_netns alice)" 'su to root'
}
test_case 'su-inside-session to root stays there' to_root

# su, su, su: quoting ends here, so each step is a script of its own.
nested() {
	cat >/tmp/deep <<-'END'
	#!/bin/bash
	echo "$USER $(readlink /proc/self/ns/net)"
	next=${1-}
	shift
	[[ -z $next ]] || echo secret | su "$next" -c "/tmp/deep $*" 2>/dev/null
	END
	chmod 755 /tmp/deep
	local got
	got=$(su - alice -c '/tmp/deep alan bob alice nina paul')
	check_eq "$(cut -d' ' -f1 <<<"$got" | paste -sd' ')" \
		'alice alan bob alice nina paul' "the way: $got"
	check_named alice "$(sed -n 's/^alice //p' <<<"$got" | sort -u)"
	check_named alan "$(sed -n 's/^alan //p' <<<"$got")"
	check_named paul "$(sed -n 's/^paul //p' <<<"$got")"
	check_eq "$(sed -n 's/^bob //p' <<<"$got")" "$(named_netns alan)" bob
	check_new "$(sed -n 's/^nina //p' <<<"$got")"
}
test_case 'never-outside su in su in su in su' nested

refused_inside() {
	mkdir -p /run/netns/alan
	check_let_in alice
	check_eq "$(ssh_as alice "$(su_to alan 'echo let in'); $netns")" \
		"$(named_netns alice)" 'refused su'
}
test_case 'all-or-nothing a refused su-inside-session leaves the session alone' \
	refused_inside

leaves_no_mounts() {
	local before
	check_let_in alice
	check_let_in alan
	before=$(mounts_snapshot)
	ssh_as alice "$(su_to alan true); $(su_to nina true); $(su_to alice true)"
	check_same "$(mounts_snapshot)" "$before" 'mounts of the host'
}
test_case 'host-untouched su-inside-session leaves no mount on the host' \
	leaves_no_mounts

# ---- callers in other places -----------------------------------------------

# As a unit with PrivateTmp=yes has it.
private_tmp() {
	local got
	unshare -m --propagation slave bash -c '
		mount -t tmpfs tmpfs /tmp
		exec /usr/sbin/sshd -p 2222 -o PidFile=none'
	wait_for socat -u OPEN:/dev/null TCP:127.0.0.1:2222
	got=$(ssh_as alice -p 2222 "$netns")
	check_named alice "$got"
	check_eq "$(ssh_as alice "$netns")" "$got" 'the usual sshd'
	check_eq "$(ssh_as alice -p 2222 "$netns")" "$got" 'the second login'
	check_new "$(ssh_as nina -p 2222 "$netns")"
	check_eq "$(ssh_as bob -p 2222 "$netns")" "$(host_netns)" bob
}
test_case 'never-outside sshd with PrivateTmp binds the name on the host' \
	private_tmp

private_mounts() {
	local got
	got=$(unshare -m --propagation private su alice -c "$netns")
	check_named alice "$got"
	check_eq "$(ssh_as alice "$netns")" "$got" 'ssh afterwards'
}
test_case 'never-outside su in private mounts binds the name on the host' \
	private_mounts

in_sys() {
	local user got
	for user in alice nina; do
		got=$(cd /sys/class/net && su $user -c 'ls -d eth0 ./eth0 2>/dev/null; ls .')
		check_no_match "$got" eth0 "$user"
	done
}
test_case "a caller whose cwd is in /sys does not see the host's interfaces" \
	in_sys

cwd_stays() {
	mkdir -p /tmp/here
	check_eq "$(cd /tmp/here && su alice -c pwd)" /tmp/here cwd
	check_eq "$(cd /tmp/here && su nina -c 'pwd; ls -a' | head -1)" /tmp/here cwd
	rmdir /tmp/here
}
test_case 'su keeps the working directory' cwd_stays

# A file system of FUSE without a server, as when sshfs has lost its connection.
dead_cwd() {
	local user server
	serve_fuse /mnt/dead
	cd /mnt/dead || fail 'cannot be entered'
	kill -KILL "$server"
	wait_for not stat . || fail 'it is alive'
	check_match "$(stat . 2>&1)" 'not connected|aborted' 'the directory'
	for user in alice nina alice; do
		su $user -c "$netns" >"/tmp/$user" 2>/tmp/error ||
			fail "$user: $(cat /tmp/error)"
	done
	check_named alice "$(cat /tmp/alice)"
	check_new "$(cat /tmp/nina)"
	check_eq "$(readlink /proc/self/cwd)" /mnt/dead 'the calling shell'
}
test_case 'a cwd on a file system of FUSE that is dead denies nobody' dead_cwd

unopenable_cwd() {
	local error=$1 user got
	mkdir -p /tmp/here
	cd /tmp/here || fail 'no /tmp/here'
	for user in alice nina; do
		got=$(inject "openat,openat2:error=$error" -P . su $user \
			-c "$netns; readlink /proc/self/cwd" 2>/tmp/error) ||
			fail "$user, $error: $(</tmp/error)"
		injected || fail 'no fault'
		check_eq "${got#*$'\n'}" /tmp/here "cwd of $user, $error"
		check_ne "${got%%$'\n'*}" "$(host_netns)" "$user, $error"
	done
}
for error in ESTALE EIO ENOTCONN; do
	test_case "a cwd that cannot be opened, $error, denies nobody and is kept" \
		unopenable_cwd $error
done

# A process of the user's own outside is a way out only for who may enter it.
own_process_outside() {
	su bob -c 'exec sleep 60' &
	local outside
	wait_for pgrep -u bob -x sleep
	outside=$(pgrep -u bob -x sleep)
	sed -i '/^usernet:/s/$/,bob/' /etc/group
	ssh_as bob "nsenter -t $outside -n true" 2>/dev/null && fail 'bob got out'
	check_named bob "$(ssh_as bob "$netns")"
}
test_case 'never-outside setns into one'\''s own process outside is refused' \
	own_process_outside
