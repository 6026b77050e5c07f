# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Logins without a capability, a mount or some other resource. Each is denied,
# with the cause in plain words in the log, or it works.
#
# usage: test/host bash test/proof/limits.sh
#
# Commands for another shell are expanded there:
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit
. test/lib.sh

login=$PWD/build/test/proof/login
mount_max_file=/proc/sys/fs/mount-max
mount_max=$(<$mount_max_file)

# denied USER REGEX [COMMAND...]: the login under COMMAND is denied, and the log
# has a line that matches REGEX
denied() {
	local user=$1 cause=$2 output
	shift 2
	log_mark
	output=$("$@" "$login" "$user" 2>&1)
	check_match "$output" 'denied' "login of $user"
	check_match "$output" 'undone' "what the denied login of $user changed"
	check_match "$(log_of_modules err)" "$cause" 'cause in the log'
}

# works USER [COMMAND...]: the login under COMMAND opens and closes
works() {
	prints 'confined.back' "$@"
}

# prints REGEX USER [COMMAND...]: what the login program prints under COMMAND
# matches REGEX; it is left in $output
prints() {
	local wanted=$1 user=$2
	shift 2
	output=$("$@" "$login" "$user" 2>&1)
	check_match "$output" "^$wanted\$" "login of $user"
}

without() {
	local capability=$1
	shift
	capsh --drop="$capability" -- -c '"$0" "$@"' "$@"
}

any_capability_denies_or_works() {
	local capability last user
	pam_lines 'session required pam_newnet.so' \
		'session required pam_usernet.so' \
		'session required pam_permit.so'
	last=$(</proc/sys/kernel/cap_last_cap)
	for ((capability = 0; capability <= last; capability++)); do
		# Without CAP_SYS_CHROOT it opens but cannot go back.
		((capability != 18)) || continue
		boot_again
		for user in nina alice; do
			prints '(denied.undone|confined.back)' "$user" \
				without "$capability"
		done
		prints 'outside.back' root without "$capability"
	done
}

in_own_mounts() {
	local prepare=$1
	shift
	unshare -m --propagation slave bash -c "$prepare"' && exec "$@"' - "$@"
}

# with_ulimit LETTER SIZE COMMAND...
with_ulimit() {
	bash -c 'ulimit "-$0" "$1" && shift && exec "$@"' "$@"
}

without_standard_descriptors() {
	"$@" <&- 2>&-
}

# with_limit NAME COMMAND...: in a user namespace where /proc/sys/user/NAME is 0
with_limit() {
	local name=$1
	shift
	unshare -U --map-root-user -m -n bash -c '
		for type in dummy bridge veth; do
			ip link add eth0 type $type 2>/dev/null && break
		done
		echo "$0" >"/proc/sys/user/$1" && shift && exec "$@"' \
		0 "$name" "$@"
}

# gid=: without it group 0, which root is in, may see all processes.
hide_processes='mount -o remount,hidepid=2,gid=65534 /proc'

hidepid_hides_process_1() {
	$hide_processes
	check_eq "$(without cap_sys_ptrace ls -d /proc/1 2>/dev/null)" '' \
		'process 1'
	works alice without cap_sys_ptrace
	works alice without cap_sys_ptrace
	works nina without cap_sys_ptrace
}

hidepid_in_other_mounts_denies_a_first_login() {
	local hidden=(in_own_mounts "$hide_processes"
		capsh --drop=cap_sys_ptrace -- -c '"$0" "$@"')
	denied alice "the caller's mounts are not the host's" "${hidden[@]}"
	works nina "${hidden[@]}"
	works alice
	works alice "${hidden[@]}"
}

# su in a session has the real uid of the user who runs it, so it is subject to
# that user's limit. The module starts a helper there.
process_limit_of_a_user_denies_nobody() {
	local limited=(prlimit --nproc=1)
	ssh_as alan 'echo in; exec sleep 60' >"$work/in" &
	wait_for grep -q in "$work/in" || fail 'no session of alan'
	check_eq "$(setpriv --reuid alan --clear-groups "${limited[@]}" \
		perl -e 'print defined fork ? "forks" : "limited"')" limited alan
	prints confined alice nsenter -m -n -t "$(pgrep -u alan -x sleep)" \
		setpriv --ruid alan "${limited[@]}"
}

# Makes 16,384 mounts. The limit holds for each mount namespace of the machine,
# and no other one has so many.
make_mounts() {
	local i
	echo "$mount_max" >"$mount_max_file" ||
		skip 'fs.mount-max cannot be changed here'
	mkdir -p /home/many
	mount -t tmpfs many /home/many
	mount --make-private /home/many
	for i in {1..14}; do
		mkdir "/home/many/$i"
		mount --rbind /home/many "/home/many/$i"
	done
}

# Works also if the case has failed halfway.
remove_mounts() {
	echo "$mount_max" >"$mount_max_file"
	umount -l /home/many 2>/dev/null
}

# with_mounts ROOM COMMAND...: with a limit that leaves room for ROOM mounts
with_mounts() {
	local room=$1 status=0
	shift
	wc -l </proc/self/mountinfo >"$work/mounts"
	echo "$(($(<"$work/mounts") + room))" >"$mount_max_file"
	"$@" || status=$?
	echo "$mount_max" >"$mount_max_file"
	return "$status"
}

mount_max_denies() {
	make_mounts
	denied nina 'limit fs.mount-max is reached' with_mounts 0
	denied alice 'limit fs.mount-max is reached' with_mounts 0
	works alice with_mounts 100
	works nina
}

# Each mount of a login is once the first that exceeds the limit.
mount_max_at_each_mount_denies_or_works() {
	local room user
	make_mounts
	for room in {0..40}; do
		boot_again
		for user in nina alice; do
			log_mark
			prints '(denied.undone|confined.back)' "$user" \
				with_mounts "$room"
			[[ $output == confined* ]] ||
				check_match "$(log_of_modules err)" \
					'limit fs.mount-max is reached' "room $room"
		done
	done
	works nina with_mounts 40
	works alice with_mounts 40
}

few_descriptors_deny_or_work() {
	local count
	for count in {3..40}; do
		boot_again
		prints '(denied.undone|confined.back)' alice \
			env LIMIT_NOFILE="$count"
	done
	works alice env LIMIT_NOFILE=40
}

# With very little memory the program or libpam does not even start.
little_memory_denies_or_works() {
	local size
	for ((size = 1024; size <= 6144; size += 128)); do
		boot_again
		prints '(|.* libraries.*|denied.*|confined.back)' alice \
			with_ulimit v "$size"
	done
	works alice
}

# Without care SIGXFSZ would kill the application.
file_size_limit_kills_nobody() {
	pam_lines 'session required pam_newnet.so log=/var/log/netns.log'
	works nina
	works nina with_ulimit f 0
}

without_log() {
	local status=0
	mv /dev/log /dev/no-log
	"$@" || status=$?
	mv /dev/no-log /dev/log
	return "$status"
}

read_only_run_denies_a_first_login() {
	denied alice 'read-only' with_run 'mount -o remount,ro /run'
}

# with_run PREPARE COMMAND...: changes the host's /run for one login
with_run() {
	local prepare=$1 status=0
	shift
	bash -c "$prepare" || fail "cannot: $prepare"
	"$@" || status=$?
	mount -o remount,rw,nr_inodes=100k /run
	return "$status"
}

read_only_run_allows_to_join() {
	works alice
	works alice with_run 'mount -o remount,ro /run'
}

# full_run ROOM: /run with room for that many files
full_run() {
	echo "mount -o remount,nr_inodes=\$((\$(df --output=iused /run | tail -n 1) + $1)) /run"
}

full_run_denies() {
	denied alice '/run is full' with_run "$(full_run 0)"
	works alan
	denied alice "create '/run/netns/alice': /run is full" \
		with_run "$(full_run 1)"
}

test_case 'limit no CAP_SYS_ADMIN is denied' \
	denied nina 'CAP_SYS_ADMIN is missing' without cap_sys_admin
test_case 'limit no CAP_NET_ADMIN is denied' \
	denied nina 'CAP_NET_ADMIN is missing' without cap_net_admin
test_case 'limit no CAP_SYS_PTRACE works' \
	works alice without cap_sys_ptrace
test_case 'limit no CAP_SYS_PTRACE, in other mounts, is denied' \
	denied alice "the caller's mounts are not the host's" \
	without cap_sys_ptrace unshare -m --propagation slave
test_case 'limit no CAP_SYS_CHROOT opens but cannot go back' \
	prints 'confined' alice without cap_sys_chroot
test_case 'limit no CAP_SYS_CHROOT, in other mounts, is denied' \
	denied nina 'CAP_SYS_CHROOT is missing' \
	without cap_sys_chroot unshare -m --propagation slave
test_case 'limit any other capability missing is denied or works' \
	any_capability_denies_or_works
test_case 'limit no /dev/log works' works alice without_log
test_case 'limit hidepid works' works alice \
	in_own_mounts "$hide_processes"
test_case 'limit hidepid without CAP_SYS_PTRACE works' hidepid_hides_process_1
mount -o remount,hidepid=0 /proc
test_case 'limit hidepid without CAP_SYS_PTRACE, in other mounts, denies a first login' \
	hidepid_in_other_mounts_denies_a_first_login
test_case 'limit /proc of processes only works' works nina \
	in_own_mounts 'mount -t proc -o subset=pid proc /proc'
test_case 'limit no /proc is denied' denied nina 'it is not mounted' \
	in_own_mounts 'umount -l /proc'
test_case 'limit no /sys works' works nina in_own_mounts 'umount -l /sys'
plain_root='for dir in usr etc proc sys dev run "${PWD#/}"; do
	mkdir -p /home/plain/$dir && mount --rbind /$dir /home/plain/$dir
done
ln -sfn usr/lib /home/plain/lib && ln -sfn usr/lib64 /home/plain/lib64'
test_case 'limit chroot to a plain directory is denied' \
	denied nina 'no mount point' \
	in_own_mounts "$plain_root" chroot /home/plain
test_case 'limit RLIMIT_NOFILE is denied' \
	denied nina 'Too many open files' env LIMIT_NOFILE=6
test_case 'limit RLIMIT_NOFILE of 3 to 40 is denied or works' \
	few_descriptors_deny_or_work
test_case 'limit no standard descriptors works' \
	works alice without_standard_descriptors
test_case 'limit RLIMIT_STACK of 64 KiB works' works alice with_ulimit s 64
test_case 'limit RLIMIT_AS of 1 to 6 MiB is denied or works' \
	little_memory_denies_or_works
test_case 'limit RLIMIT_FSIZE of 0 works, and with log= too' \
	file_size_limit_kills_nobody
test_case 'limit fs.mount-max is denied' mount_max_denies
remove_mounts
test_case 'limit fs.mount-max with room for 0 to 40 mounts is denied or works' \
	mount_max_at_each_mount_denies_or_works
remove_mounts
test_case 'limit user.max_net_namespaces is denied' \
	denied nina 'limit user.max_net_namespaces is reached' \
	with_limit max_net_namespaces
test_case 'limit user.max_mnt_namespaces is denied' \
	denied nina 'limit user.max_mnt_namespaces is reached' \
	with_limit max_mnt_namespaces
test_case 'limit RLIMIT_NPROC of root works' \
	works alice with_ulimit u 1
test_case 'limit RLIMIT_NPROC works for su in a session' \
	process_limit_of_a_user_denies_nobody
test_case 'limit /run read-only denies a first login' \
	read_only_run_denies_a_first_login
test_case 'limit /run read-only allows to join' read_only_run_allows_to_join
test_case 'limit /run full denies a first login' full_run_denies
