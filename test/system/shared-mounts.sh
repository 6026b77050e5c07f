#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The mounts of a name with the user manager, with units that have mounts of
# their own, with sshfs, and with the real systemd-resolved and nscd.
# What the cases evaluate later:
# shellcheck disable=SC2016
# shellcheck source=internet.sh
. "$(dirname "$0")/../internet.sh"
start_internet
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

ready

reset_packages() {
	systemctl stop nscd 2>/dev/null
	sed -i 's/^\(\s*enable-cache\s*hosts\s*\).*/\1yes/' /etc/nscd.conf
	umount -l /srv/remote 2>/dev/null
}

mounts_of_manager() {
	readlink "/proc/$(pgrep -u "$1" -x systemd)/ns/mnt"
}

with_the_manager() {
	local ours
	ours=$(ssh_as alice "$mntns; sleep 0.1")
	loginctl enable-linger alice
	wait_for pgrep -u alice -x systemd || fail 'no user manager'
	ours=$(ssh_as alice "$mntns")
	check_eq "$(mounts_of_manager alice)" "$ours" 'the user manager'
	check_eq "$(su alice -c "$mntns")" "$ours" 'su'
	check_eq "$(ssh_as alice "XDG_RUNTIME_DIR=/run/user/\$(id -u) \
		systemd-run --user --quiet --pipe $mntns")" "$ours" \
		'a service of hers'
}
test_case 'one-view ssh, su, the user manager and its services' with_the_manager

# The first login comes before /run/user/UID is there for the next one.
after_logout() {
	local i
	for i in 1 2 3; do
		check_eq "$(ssh_as alice "stat -c %U /run/user/\$(id -u); $netns")" \
			"alice"$'\n'"$(named_netns alice 2>/dev/null ||
				ssh_as alice "$netns")" "login $i"
		loginctl terminate-user alice
		wait_for no_users
	done
}
test_case '/run/user/UID of each login is there, after a logout too' \
	after_logout

private_unit() {
	local inside
	connection_open alice
	unit_with PrivateTmp=yes
	echo secret >/tmp/outside
	inside=$(ssh_as alice "$mntns; cat /tmp/outside 2>&1")
	check_match "$inside" 'No such file' 'the private /tmp'
	check_named alice "$(ssh_as alice "$netns")"
	unit_reset
	check_eq "$(ssh_as alice 'cat /tmp/outside')" secret 'the usual /tmp'
	rm -f /tmp/outside
}
test_case 'an ssh.service with PrivateTmp= keeps mounts of its own' \
	private_unit

resolve() {
	ssh_as "$1" 'getent -s resolve hosts counted.test; true'
}

the_resolver() {
	systemctl start systemd-resolved
	wait_for test -S /run/systemd/resolve/io.systemd.Resolve ||
		fail 'no systemd-resolved'
	echo '192.0.2.99 counted.test' >>/etc/hosts
	systemctl restart systemd-resolved
	wait_for test -S /run/systemd/resolve/io.systemd.Resolve
	check_match "$(resolve bob)" '192.0.2.99' 'a bystander'
	check_eq "$(resolve alice)" '' 'alice'
	check_eq "$(resolve nina)" '' 'nina'
	connection_open alice
	systemctl restart systemd-resolved
	wait_for test -S /run/systemd/resolve/io.systemd.Resolve
	check_eq "$(resolve alice)" '' 'alice, after a restart'
	check_eq "$(connection_run alice \
		'getent -s resolve hosts counted.test; true')" '' 'who was in'
	systemctl stop systemd-resolved
}
test_case "nss-resolve asks the real systemd-resolved for bystanders only" \
	the_resolver

# ---- nscd ------------------------------------------------------------------

# asks USER NAME: whether the name server outside is asked for it then
asks() {
	ssh_as "$1" "getent hosts $2.www.example.test; true" >/dev/null
	# What bob asks comes after it.
	ssh_as bob "getent hosts after-$2.www.example.test; true" >/dev/null
	wait_for grep -q "query\[AAAA\] after-$2\.www" /run/internet.log || fail 'no log'
	grep -q "query\[AAAA\] $2\.www" /run/internet.log
}

start_nscd() {
	rm -f /etc/systemd/system/nscd.service
	systemctl daemon-reload
	systemctl restart nscd || fail 'no nscd'
	wait_for test -S /run/nscd/socket || fail 'no socket of nscd'
}

the_cache() {
	echo 'nameserver 203.0.113.53' >/etc/resolv.conf
	sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf
	start_nscd
	asks alice open1 || fail 'it does not ask on the host even without hide='
	asks nina open2 || fail 'it does not ask on the host even without hide='
	sed -i -E '/pam_(user|new)net\.so/s|$| hide=/run/nscd/socket|' /etc/pam.d/common-session*
	! asks alice hidden1 || fail 'asked with hide=, for alice'
	! asks nina hidden2 || fail 'asked with hide=, for nina'
	asks bob bystander || fail 'not asked for a bystander'
	check_match "$(ssh_as alice id)" 'uid=2001\(alice\)' 'accounts with hide='
	sed -i 's| hide=/run/nscd/socket||' /etc/pam.d/common-session*
	sed -i 's/^\(\s*enable-cache\s*hosts\s*\).*/\1no/' /etc/nscd.conf
	start_nscd
	! asks alice uncached1 || fail 'asked with enable-cache hosts no, for alice'
	! asks nina uncached2 || fail 'asked with enable-cache hosts no, for nina'
	asks bob uncached3 || fail 'not asked for a bystander'
}
test_case 'nscd asks outside for members, but not with hide= or enable-cache hosts no' \
	the_cache

# ---- file systems ----------------------------------------------------------

# So that sshfs needs no network: the other end is a program beside it.
prepare_sshfs() {
	[[ -e /dev/fuse ]] || mknod -m 666 /dev/fuse c 10 229
	[[ -w /dev/fuse ]] || skip 'no /dev/fuse'
	mkdir -p /srv/far
	echo 'from afar' >/srv/far/file
	printf '%s\n' '#!/bin/sh' 'exec /usr/lib/openssh/sftp-server' >/usr/local/bin/far-end
	chmod 755 /usr/local/bin/far-end
}
sshfs='sshfs -o ssh_command=/usr/local/bin/far-end far:/srv/far'

not_mounted() {
	! cat /proc/[0-9]*/mountinfo 2>/dev/null | grep -q ' fuse\.sshfs '
}

in_both_terminals() {
	prepare_sshfs
	mkdir -p /home/alice/far
	chown alice: /home/alice/far
	connection_open alice
	connection_run alice "$sshfs far" || fail 'no sshfs'
	check_eq "$(connection_run alice cat far/file)" 'from afar' 'the one'
	check_eq "$(ssh_as alice 'cat far/file')" 'from afar' 'another terminal'
	check_eq "$(su alice -c 'cat ~/far/file')" 'from afar' 'su'
	check_no_match "$(</proc/1/mountinfo)" 'fuse\.sshfs' 'the host'
	ssh_as alice 'fusermount3 -u far' || fail 'it cannot be unmounted from the other'
	check_eq "$(connection_run alice 'ls far')" '' 'the one, unmounted'
	# It goes with the last process, and nothing of it is there for the next one.
	connection_run alice "$sshfs far" || fail 'no sshfs, again'
	loginctl terminate-user alice
	wait_for no_users
	wait_for not_mounted || fail 'it is held'
	check_eq "$(ssh_as alice 'ls far' 2>&1)" '' 'the next login'
	rmdir /home/alice/far
}
test_case 'sshfs of one terminal is there in the others, and ends with the last' \
	in_both_terminals

no_process_of_sshfs() {
	! pgrep -x sshfs >/dev/null
}

# sshfs ends when nobody has its file system any more.
host_unmounts() {
	prepare_sshfs
	mkdir -p /srv/remote
	$sshfs /srv/remote -o allow_other || fail 'no sshfs'
	connection_open alice
	check_eq "$(connection_run alice cat /srv/remote/file)" 'from afar' 'what is mounted'
	umount /srv/remote || fail 'it cannot be unmounted while alice is in'
	wait_for no_process_of_sshfs || fail 'held by the mounts of alice'
	$sshfs /srv/remote -o allow_other || fail 'no sshfs, again'
	connection_run alice 'cd /srv/remote && exec sleep 600' &
	wait_for pgrep -u alice -x sleep || fail 'she is not there'
	umount -l /srv/remote
	no_process_of_sshfs && fail 'not held by alice, who is in it'
	loginctl terminate-user alice
	wait_for no_users
	wait_for no_process_of_sshfs || fail 'held after the last process'
}
test_case 'one-view nothing holds a file system after the last process' host_unmounts

# Its interfaces end with it.
name_is_deleted() {
	connection_open alice
	ip link add probe type veth peer name probe1 netns alice
	ip netns delete alice || fail 'it cannot be deleted'
	ip link show probe >/dev/null || fail 'it is gone while alice is in'
	loginctl terminate-user alice
	wait_for no_users
	wait_for not ip link show probe || fail 'held after the last process'
}
test_case 'one-view nothing holds a deleted name after the last process' name_is_deleted

# ---- all doors -------------------------------------------------------------

# cron starts its jobs when a minute begins.
all_doors_at_once() {
	local i pids=() say="$mntns >/tmp/seen/\$0; sleep 20"
	echo 'MaxStartups 100' >/etc/ssh/sshd_config.d/test.conf
	unit_restart
	mkdir -m 1777 /tmp/seen
	for i in {1..8}; do
		echo "* * * * * alice $mntns >/tmp/seen/cron.$i; sleep 20"
	done >/etc/cron.d/test
	sleep $((60 - $(date +%-S)))
	systemctl start "user@$(id -u alice).service" &
	for i in {1..12}; do
		timeout 60 ssh -l alice 127.0.0.1 "bash -c '$say' ssh.$i" &
		pids+=($!)
		timeout 60 su alice -c "bash -c '$say' su.$i" &
		pids+=($!)
	done
	wait_for eval '[[ $(cat /tmp/seen/* | wc -l) == 32 ]]' ||
		fail "only these: $(ls /tmp/seen)"
	rm /etc/cron.d/test
	cat /tmp/seen/* >"$work/seen"
	mounts_of_manager alice >>"$work/seen"
	check_eq "$(sort -u "$work/seen" | wc -l)" 1 'mount namespaces'
	wait "${pids[@]}"
	rm -r /tmp/seen
}
if [[ ${1-} == --all ]]; then
	case_limit=$((180 * patience))
	test_case 'one-view 32 first logins at once, by ssh, su, cron and the user manager' \
		all_doors_at_once
fi
