#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Refused logins: what the user and the log are told, and that nothing is left
# behind; and who still gets in when something is broken.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

# ---- what the user and the log are told ------------------------------------

# check_told USER MODULE OBJECT SENTENCE: one line for the user, one for the
# log
check_told() {
	local user=$1 module=$2 object=$3 sentence=$4 output line prefix
	log_mark
	output=$(ssh_as "$user" true 2>&1)
	check_eq "$?" 254 'exit status'
	check_eq "$(wc -l <<<"$output")" 1 "lines for the user: $output"
	check_match "$output" '[a-z]' 'line for the user'
	check_no_match "$output" '/run|/proc|/etc|setns|unshare|errno' internals
	line=$(log_of_modules err)
	check_eq "$(wc -l <<<"$line")" 1 "lines in the log: $line"
	prefix="$module\\(sshd:session\\): denied user=$user service=sshd"
	prefix+=' rhost=127\.0\.0\.1 tty=ssh leader=([0-9]+) ses=[0-9]+'
	prefix+=' id=([0-9]+)-[0-9]+( name=[a-z]+)?: cannot '
	check_match "$line" "$prefix" 'prefix of the line in the log'
	check_eq "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" 'leader and id'
	check_match "$line" "'$object'" 'object in the log'
	[[ $line == *"$sentence"* ]] || fail "no $sentence in the log: $line"
}

told() {
	mkdir -p /run/netns/alice
	check_told alice pam_usernet /run/netns/alice \
		" '/run/netns/alice': it is a directory: Is a directory; fix with: rmdir '/run/netns/alice'"
}
test_case 'a refusal is one line to the user and one with reason and remedy to the log' \
	told

told_link() {
	mkdir /run/netns
	ln -s other /run/netns/alice
	check_told alice pam_usernet /run/netns/alice \
		": Too many levels of symbolic links; fix with: rm '/run/netns/alice'"
}
test_case 'the same where a symlink is in the way' told_link

# What is meant is the namespace of that process, which rm would not give.
told_process_link() {
	local pid
	mkdir /run/netns
	unshare --net sleep 60 &
	pid=$!
	wait_for not test "/proc/$pid/ns/net" -ef /proc/1/ns/net
	ln -s "/proc/$pid/ns/net" /run/netns/alice
	check_told alice pam_usernet /run/netns/alice \
		'ip netns attach NAME PID'
	check_eq "$(readlink /run/netns/alice)" "/proc/$pid/ns/net" 'the link'
	rm /run/netns/alice
	ip netns attach alice "$pid"
	check_eq "$(ssh_as alice "$netns")" "$(netns_of "$pid")" \
		'after what was advised'
}
test_case 'a symlink to the namespace of a process is refused with the advice to attach it' \
	told_process_link

# ---- /run/netns itself -----------------------------------------------------

link_to_directory() {
	mkdir -p /run/docker/netns
	ln -s docker/netns /run/netns
}

dangling_link() {
	ln -s docker/nothing /run/netns
}

read_only_directory() {
	mkdir /run/netns
	mount --bind /run/netns /run/netns
	mount -o remount,bind,ro /run/netns
}

# directory_at_fault PREPARE [SENTENCE]
directory_at_fault() {
	local prepare=$1 sentence=${2-} line
	"$prepare"
	check_new "$(ssh_as nina "$netns")"
	check_let_in bob
	log_mark
	check_refused alice
	line=$(log_of_modules err)
	check_eq "$(wc -l <<<"$line")" 1 "lines in the log: $line"
	check_match "$line" "'/run/netns'" 'what the log blames'
	check_no_match "$line" '/run/netns/alice' 'what the log blames'
	[[ $line == *"$sentence"* ]] || fail "no $sentence in the log: $line"
	umount -l /run/netns 2>/dev/null
	rm -r /run/netns
	check_let_in alice
}
test_case 'where /run/netns is a link to a directory the log blames it, and newnet members are let in' \
	directory_at_fault link_to_directory "fix with: rm '/run/netns'"
test_case 'where /run/netns is a dangling link the log blames it, and newnet members are let in' \
	directory_at_fault dangling_link "fix with: rm '/run/netns'"
test_case 'where /run/netns is read-only the log blames it, and newnet members are let in' \
	directory_at_fault read_only_directory

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
test_case 'never-outside a symlink to another name' in_the_way make_link
test_case 'never-outside a dangling symlink' in_the_way make_dangling
test_case "never-outside a symlink to the host's" in_the_way make_host_link
test_case 'never-outside a fifo, without hanging' in_the_way make_fifo
test_case 'never-outside a socket under the name' in_the_way make_socket
test_case 'never-outside a device under the name' in_the_way make_device
test_case 'never-outside a file with content' in_the_way make_content
test_case "never-outside a user's file" in_the_way make_users_file
test_case 'never-outside a file system on the name' in_the_way make_tmpfs
test_case 'never-outside a namespace of another kind' in_the_way make_other_kind
test_case "never-outside the name is bound to the host's namespace" \
	in_the_way make_host_namespace

# ---- steps that fail -------------------------------------------------------

# Runs su under conditions in which a member must not get through. What it had
# bound by then may stay, if it is whole; and /run/netns.
check_su_refused() {
	local user=$1 output before
	shift
	before=$(mounts_snapshot | grep -v ' /run/netns[ /]')
	output=$("$@" su "$user" -c 'echo let in' 2>&1) &&
		fail "$user was let in by $*"
	check_no_match "$output" 'let in' "$user was let in"
	check_same "$(mounts_snapshot | grep -v ' /run/netns[ /]')" "$before" \
		'left behind'
	check_names_whole
}

# What is in /run/netns is a namespace, with lo up.
check_names_whole() {
	local name
	for name in /run/netns/*; do
		[[ -e $name || -L $name ]] || continue
		name=${name##*/}
		named_netns "$name" >/dev/null || fail "$name is no namespace"
		check_match "$(ip -n "$name" -br address show lo)" '127\.0\.0\.1' \
			"lo of $name"
	done
}

unshare_fails() {
	local error=$1 user=$2 text=$3
	log_mark
	check_su_refused "$user" inject "unshare:error=$error"
	check_match "$(log_of_modules err)" "$text" log
	check_eq "$(su "$user" -c 'echo let in' 2>&1)" 'let in' 'afterwards'
}
test_case 'never-outside no more namespaces (usernet)' \
	unshare_fails ENOSPC alice user.max_net_namespaces
test_case 'never-outside no more namespaces (newnet)' \
	unshare_fails ENOSPC nina user.max_net_namespaces

capability_missing() {
	local capability=$1 user
	for user in alice nina; do
		log_mark
		check_su_refused $user capsh "--drop=$capability" -- -c \
			'exec "$@"' sh
		check_match "$(log_of_modules err)" "${capability^^} is missing" log
		check_eq "$(su $user -c 'echo let in' 2>&1)" 'let in' 'afterwards'
	done
}
test_case 'never-outside without CAP_SYS_ADMIN' \
	capability_missing cap_sys_admin
test_case 'never-outside without CAP_NET_ADMIN lo cannot be brought up' \
	capability_missing cap_net_admin

# Each call of a family fails, one after the other. test/proof/faults does so
# with all calls of the modules; these are with a real su.
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
		((n > 1)) || fail "$call was never injected"
	done
}
for call in unshare setns mount; do
	test_case "never-outside any call of $call fails" call_fails $call
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
test_case 'never-outside a read-only /run refuses usernet, not newnet' \
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
test_case 'never-outside sshd in a unit with ProtectSystem=strict' \
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
test_case 'root-gets-in pam_usernet grup=x denies everyone else' \
	line_is 'pam_usernet.so grup=x' root
test_case 'root-gets-in pam_newnet grup=x denies everyone else' \
	line_is 'pam_newnet.so grup=x' root
test_case 'bystander pam_usernet with an unknown word denies members' \
	line_is 'pam_usernet.so lodwn' root bob nina
test_case 'bystander pam_newnet with an unknown word denies members' \
	line_is 'pam_newnet.so lodwn' root bob alice
test_case 'root-gets-in pam_usernet group=nosuchgroup denies everyone else' \
	line_is 'pam_usernet.so group=nosuchgroup' root
test_case 'root-gets-in pam_newnet group=nosuchgroup denies everyone else' \
	line_is 'pam_newnet.so group=nosuchgroup' root
test_case 'root-gets-in group= without a name denies everyone else' \
	line_is 'pam_usernet.so group=' root

# module_is_missing DASH: a dash before the line keeps libpam from logging that
# the file is missing, and from nothing else
module_is_missing() {
	local dash=$1 module=/srv/pam_usernet.so lines here
	here=/usr/lib/$(gcc -print-multiarch)/security
	cp "$here/pam_usernet.so" $module
	pam_lines "${dash}session required $module"
	check_named alice "$(ssh_as alice "$netns")"
	rm $module
	boot_again
	log_mark
	check_who
	su bob -c true 2>/dev/null && fail 'bob was let in by su'
	lines=$(log_since | grep -F "$module")
	if [[ $dash ]]; then
		check_eq "$lines" '' 'the log of libpam'
	else
		check_match "$lines" 'unable to dlopen' 'the log of libpam'
	fi
	[[ ! -e /run/netns && ! -e /run/pam_net ]] || fail 'something was made'
}
test_case 'a module whose file is missing denies everybody, root included' \
	module_is_missing ''
test_case 'a dash before the line of a module that is missing lets nobody in' \
	module_is_missing -

# libpam divides the line at blanks, quoted or not.
group_with_blank() {
	local advice='[group=domain users]'
	echo 'domain users:x:2110:nina' >>/etc/group
	pam_lines 'session required pam_usernet.so group="domain users"'
	log_mark
	check_who root
	[[ $(log_of_modules err) == *"$advice"* ]] ||
		fail "no $advice in the log: $(log_of_modules err)"
	pam_lines "session required pam_usernet.so $advice"
	check_named nina "$(ssh_as nina "$netns")"
	check_let_in alice
}
test_case 'group="domain users" denies everyone but root, and the log tells how to write it' \
	group_with_blank

# ---- root is let pass ------------------------------------------------------

root_passes() {
	local line
	pam_lines 'session required pam_usernet.so grup=x'
	log_mark
	check_let_in root
	line=$(log_of_modules warning)
	check_eq "$(wc -l <<<"$line")" 1 "lines in the log: $line"
	check_match "$line" ': passed user=root service=sshd rhost=127\.0\.0\.1 tty=ssh leader=[0-9]+ ses=[0-9]+ id=[0-9]+-[0-9]+: cannot .*grup=x' \
		'the log'
	check_eq "$(log_of_modules err)" '' 'denied'
}
test_case 'root-gets-in where members cannot be told from others the log has a warning that root passed' \
	root_passes

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
test_case 'root-gets-in /etc/group cannot be read' group_is_directory

group_is_garbage() {
	head -c 4096 /dev/urandom >/etc/group
	check_let_in root
}
test_case 'root-gets-in /etc/group is garbage' group_is_garbage

service_is_broken() {
	sed -i 's/^group:.*/group: nosuchservice/' /etc/nsswitch.conf
	check_let_in root
	check_refused alice
}
test_case 'root-gets-in nsswitch.conf names a service that is not there' \
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
	test_case "never-outside $error from /etc/group denies members, not root" \
		group_fails $error
done

no_account() {
	cp /etc/pam.d/common-session /etc/pam.d/ghosts
	local output
	output=$(pamtester ghosts ghost open_session 2>&1) && fail "$output"
	check_match "$output" 'User not known|unknown' "pamtester"
}
test_case 'never-outside without a passwd entry the session is not opened' \
	no_account
