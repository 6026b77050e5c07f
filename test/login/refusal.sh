#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Refused logins: what the user and the log are told, and that nothing is left
# behind; and who still gets in when something is broken.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

# ---- what the user and the log are told ------------------------------------

# check_told USER NAME...: one line for the user, one for the log
check_told() {
	local user=$1 module=$2 object=$3 mend=$4 output line
	log_mark
	output=$(ssh_as "$user" true 2>&1)
	check_eq "$?" 254 'exit status'
	check_eq "$(wc -l <<<"$output")" 1 "lines for the user: $output"
	check_match "$output" '[a-z]' 'line for the user'
	check_no_match "$output" '/run|/proc|/etc|setns|unshare|errno' internals
	line=$(log_of_modules err)
	check_eq "$(wc -l <<<"$line")" 1 "lines in the log: $line"
	check_match "$line" "$module\\(sshd:session\\): .*'?$user" 'module and user'
	check_match "$line" "'$object'" 'object in the log'
	check_match "$line" "$mend" 'remedy in the log'
}

told() {
	mkdir -p /run/netns/alice
	check_told alice pam_usernet /run/netns/alice 'rmdir.*/run/netns/alice'
}
test_case 'a refusal is one line to the user and one with reason and remedy to the log' \
	told

told_link() {
	mkdir /run/netns
	ln -s /proc/1/ns/net /run/netns/alice
	check_told alice pam_usernet /run/netns/alice 'rm.*/run/netns/alice'
}
test_case 'the same where a symlink is in the way' told_link

forwarding_refused() {
	mkdir -p /run/netns/alice
	check_eq "$(ssh_as alice -W 192.0.2.1:80 2>/dev/null)" '' -W
	timeout 20 ssh -N -L 8080:192.0.2.1:80 -D 1080 -l alice 127.0.0.1 &
	wait_for socat -u OPEN:/dev/null TCP:127.0.0.1:8080
	check_eq "$(timeout 5 socat -t 3 - TCP:127.0.0.1:8080 </dev/null \
		2>/dev/null)" '' -L
	check_eq "$(timeout 5 socat -t 3 - \
		SOCKS4:127.0.0.1:192.0.2.1:80,socksport=1080 </dev/null \
		2>/dev/null)" '' -D
	if ssh_as alice -o ExitOnForwardFailure=yes -N -f \
		-R 9001:127.0.0.1:80 2>/dev/null; then
		check_eq "$(timeout 5 socat -t 3 - TCP:127.0.0.1:9001 </dev/null \
			2>/dev/null)" '' -R
	fi
}
test_case 'never-outside a refused login has no forwarding' forwarding_refused

only_that_user() {
	mkdir -p /run/netns/alice
	check_refused alice
	check_let_in alan
	check_let_in nina
	check_let_in bob
	rmdir /run/netns/alice
	check_let_in alice
}
test_case 'a refusal is of that user, until it is mended' only_that_user

# ---- what stands under the name --------------------------------------------

make_directory() { mkdir "$1"; }
make_link() { ln -s other "$1"; }
make_dangling() { ln -s /run/netns/nothing "$1"; }
make_host_link() { ln -s /proc/1/ns/net "$1"; }
make_fifo() { mkfifo "$1"; }
make_socket() { socat "UNIX-LISTEN:$1" - & wait_for test -S "$1"; }
make_device() { mknod "$1" c 1 3; }
make_content() { echo hello >"$1"; }
make_users_file() { : >"$1" && chown bob "$1"; }
make_tmpfs() { mkdir "$1" && mount -t tmpfs tmpfs "$1"; }
make_host_namespace() { ip netns attach alice 1; }

make_other_kind() {
	: >"$1"
	mount --bind /proc/1/ns/uts "$1"
}

# all-or-nothing: the mount table, the directory and the processes as before.
in_the_way() {
	local make=$1 before
	ip netns add other
	"$make" /run/netns/alice
	before=$(mounts_snapshot; ls -lR /run/netns)
	within 10 check_refused alice
	check_same "$(mounts_snapshot; ls -lR /run/netns)" "$before" 'left behind'
	umount -l /run/netns/alice 2>/dev/null
	rm -rf /run/netns/alice
	check_let_in alice
}
test_case 'never-outside a directory under the name' in_the_way make_directory
test_case 'never-outside F20 a symlink to another name' in_the_way make_link
test_case 'never-outside F3 a dangling symlink' in_the_way make_dangling
test_case "never-outside F20 a symlink to the host's" in_the_way make_host_link
test_case 'never-outside F18 a fifo, without hanging' in_the_way make_fifo
test_case 'never-outside a socket under the name' in_the_way make_socket
test_case 'never-outside a device under the name' in_the_way make_device
test_case 'never-outside a file with content' in_the_way make_content
test_case "never-outside a user's file" in_the_way make_users_file
test_case 'never-outside a file system on the name' in_the_way make_tmpfs
test_case 'never-outside a namespace of another kind' in_the_way make_other_kind
test_case "never-outside F4 the name is bound to the host's namespace" \
	in_the_way make_host_namespace

# ---- steps that fail -------------------------------------------------------

# Runs su under conditions in which a member must not get through.
check_su_refused() {
	local user=$1 output before
	shift
	before=$(mounts_snapshot; ls -R /run/netns 2>&1)
	output=$("$@" su "$user" -c 'echo let in' 2>&1) &&
		fail "$user was let in by $*"
	check_no_match "$output" 'let in' "$user was let in"
	check_same "$(mounts_snapshot; ls -R /run/netns 2>&1)" "$before" \
		'left behind'
}

unshare_fails() {
	local error=$1 user=$2 text=$3
	log_mark
	check_su_refused "$user" inject "unshare:error=$error"
	check_match "$(log_of_modules err)" "$text" log
	check_eq "$(su "$user" -c 'echo let in' 2>&1)" 'let in' 'afterwards'
}
test_case 'never-outside F1 no more namespaces (usernet)' \
	unshare_fails ENOSPC alice user.max_net_namespaces
test_case 'never-outside F1 no more namespaces (newnet)' \
	unshare_fails ENOSPC nina user.max_net_namespaces

capability_missing() {
	local capability=$1 user
	for user in alice nina; do
		log_mark
		check_su_refused $user capsh "--drop=$capability" -- -c \
			'exec "$@"' sh
		check_match "$(log_of_modules err)" "needs ${capability^^}" log
		check_eq "$(su $user -c 'echo let in' 2>&1)" 'let in' 'afterwards'
	done
}
test_case 'never-outside F1 without CAP_SYS_ADMIN' \
	capability_missing cap_sys_admin
test_case 'never-outside F25 without CAP_NET_ADMIN lo cannot be brought up' \
	capability_missing cap_net_admin

# Each call of a family fails, one after the other.
call_fails() {
	local call=$1 user n got
	for user in alice nina; do
		for ((n = 1; ; n++)); do
			got=$(inject "$call:error=EPERM:when=$n" \
				su $user -c "$netns" 2>/dev/null)
			injected || break
			check_ne "$got" "$(host_netns)" "$user, $call $n"
			got=$(su $user -c "$netns" 2>&1)
			check_match "$got" '^net:' "$user after $call $n failed"
			boot_again
		done
	done
}
for call in unshare setns mount umount2 open_tree move_mount fstatfs flock \
	ioctl; do
	test_case "never-outside F1 any call of $call fails" call_fails $call
done

read_only_run() {
	mount -o remount,ro /run
	trap 'mount -o remount,rw /run' EXIT
	ssh_as alice 'echo let in' >/tmp/alice 2>&1
	ssh_as nina "$netns" >/tmp/nina 2>&1
	mount -o remount,rw /run
	check_no_match "$(cat /tmp/alice)" 'let in' 'alice was let in'
	check_new "$(cat /tmp/nina)"
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'never-outside F1 a read-only /run refuses usernet, not newnet' \
	read_only_run

read_only_run_joins() {
	check_let_in alice
	mount -o remount,ro /run
	trap 'mount -o remount,rw /run' EXIT
	ssh_as alice "$netns" >/tmp/alice 2>&1
	mount -o remount,rw /run
	check_named alice "$(cat /tmp/alice)"
}
test_case 'a read-only /run refuses no login to a name that is there' \
	read_only_run_joins

# As a unit with ProtectSystem=strict has it.
strict_unit() {
	local got
	unshare -m --propagation slave bash -c '
		mount -o bind,remount,ro /run && mount -o bind,remount,ro /
		exec /usr/sbin/sshd -p 2222 -o PidFile=none'
	wait_for socat -u OPEN:/dev/null TCP:127.0.0.1:2222
	got=$(ssh_as alice -p 2222 "$netns" 2>/dev/null)
	[[ -z $got ]] || check_named alice "$got"
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'never-outside F1 sshd in a unit with ProtectSystem=strict' \
	strict_unit

# ---- lines that cannot be understood ---------------------------------------

# check_who USER...: those who get in; everyone else does not
check_who() {
	local user status
	for user in root bob alice nina; do
		status=0
		ssh_as $user true >/tmp/output 2>&1 || status=$?
		case " $* " in
		*" $user "*) check_eq $status 0 "ssh -l $user" ;;
		*) check_eq $status 254 "ssh -l $user" ;;
		esac
	done
}

line_is() {
	pam_lines "session required $1"
	shift
	check_who "$@"
}
test_case 'root-gets-in F6 pam_usernet grup=x denies everyone else' \
	line_is 'pam_usernet.so grup=x' root
test_case 'root-gets-in F6 pam_newnet grup=x denies everyone else' \
	line_is 'pam_newnet.so grup=x' root
test_case 'bystander F6 pam_usernet with an unknown word denies members' \
	line_is 'pam_usernet.so lodwn' root bob nina
test_case 'bystander F6 pam_newnet with an unknown word denies members' \
	line_is 'pam_newnet.so lodwn' root bob alice
test_case 'root-gets-in F6 pam_usernet group=nosuchgroup denies everyone else' \
	line_is 'pam_usernet.so group=nosuchgroup' root
test_case 'root-gets-in F6 pam_newnet group=nosuchgroup denies everyone else' \
	line_is 'pam_newnet.so group=nosuchgroup' root
test_case 'root-gets-in F6 group= without a name denies everyone else' \
	line_is 'pam_usernet.so group=' root

group_argument() {
	pam_lines 'session required pam_usernet.so group=newnet'
	check_named nina "$(ssh_as nina "$netns")"
	check_eq "$(ssh_as alice "$netns")" "$(host_netns)" alice
}
test_case 'group= names another group' group_argument

no_groups() {
	sed -i '/^\(newnet\|usernet\)/d' /etc/group
	check_who root bob alice nina
	check_eq "$(ssh_as alice "$netns")" "$(host_netns)" alice
}
test_case 'bystander without the default groups nobody is a member' no_groups

root_is_member() {
	sed -i '/^usernet:/s/$/,root/' /etc/group
	check_named root "$(ssh_as root "$netns")"
	boot_again
	mkdir -p /run/netns/root
	check_refused root
}
test_case 'never-outside root, if a member, is confined or refused' \
	root_is_member

# ---- name service ----------------------------------------------------------

group_is_directory() {
	local status=0 got
	rm /etc/group
	mkdir /etc/group
	check_let_in root
	got=$(ssh_as alice "$netns" 2>/dev/null) || status=$?
	check_ne "$got" "$(host_netns)" 'alice on the host'
	check_ne $status 0 'alice was let in'
}
test_case 'root-gets-in F5 /etc/group cannot be read' group_is_directory

group_is_garbage() {
	head -c 4096 /dev/urandom >/etc/group
	check_let_in root
}
test_case 'root-gets-in F5 /etc/group is garbage' group_is_garbage

service_is_broken() {
	sed -i 's/^group:.*/group: nosuchservice/' /etc/nsswitch.conf
	check_let_in root
	check_refused alice
}
test_case 'root-gets-in F5 nsswitch.conf names a service that is not there' \
	service_is_broken

group_fails() {
	local error=$1
	check_su_refused alice inject "openat:error=$error" -P /etc/group
	check_su_refused nina inject "openat:error=$error" -P /etc/group
	check_eq "$(su alice -c 'echo let in' 2>&1)" 'let in' 'afterwards'
	check_eq "$(inject "openat:error=$error" -P /etc/group \
		su root -c 'echo let in')" 'let in' root
}
for error in EIO EMFILE ENFILE EACCES; do
	test_case "never-outside F5 $error from /etc/group denies members, not root" \
		group_fails $error
done

no_account() {
	cp /etc/pam.d/common-session /etc/pam.d/ghosts
	local output
	output=$(pamtester ghosts ghost open_session 2>&1) && fail "$output"
	check_match "$output" 'User not known|unknown' "pamtester"
}
test_case 'never-outside F9 without a passwd entry the session is not opened' \
	no_account
