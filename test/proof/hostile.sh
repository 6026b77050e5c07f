# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a confined user may try from inside to reach the host or other names.
#
# usage: test/host bash test/proof/hostile.sh
#
# Commands for another shell are expanded there:
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit
. test/lib.sh

table=$work/table
: >"$table"

# record_outcome TEXT: a row of the table that is printed at the end
record_outcome() {
	printf '%s\t%s\n' "$attempt" "$*" >>"$table"
}

# inside COMMAND: logs alice in and runs COMMAND. Its output is in $output.
# Checks that she is in her namespace: if not, the attempt would prove nothing.
inside() {
	output=$(ssh_as alice "$netns; $1" 2>&1)
	check_named alice "$(head -n 1 <<<"$output")"
	output=$(tail -n +2 <<<"$output")
}

# stays COMMAND: COMMAND does not reach the host. The last line that it prints is
# its network namespace, which has to be alice's.
stays() {
	inside "$1"
	check_no_match "$output" 'the host' 'reached the host'
	check_named alice "$(tail -n 1 <<<"$output")"
	record_outcome 'stays in his namespace, does not reach the host'
}

# in_a_new_netns COMMAND: as stays, but in a new network namespace
in_a_new_netns() {
	inside "$1"
	check_no_match "$output" 'the host' 'reached the host'
	check_new "$(tail -n 1 <<<"$output")"
	record_outcome 'is in a new namespace, does not reach the host'
}

# fails_inside ERROR COMMAND: COMMAND fails and prints a line that matches ERROR
fails_inside() {
	inside "($2) && echo it works"
	check_no_match "$output" 'it works' 'it works'
	check_match "$output" "$1" 'error'
	record_outcome "fails: $(grep -m 1 -E "$1" <<<"$output")"
}

# with_userns FUNCTION [ARGUMENT...]: skips the attempt if users cannot make user
# namespaces
with_userns() {
	inside 'unshare -Urmnpf true'
	[[ ! $output ]] || skip "he cannot make a user namespace: $output"
	"$@"
}

# hostile ATTEMPT FUNCTION [ARGUMENT...]: one case; alan's name exists too
hostile() {
	attempt=$1
	shift
	test_case "hostile $attempt" beside_alan "$@"
}

beside_alan() {
	check_let_in alan
	"$@"
}

# pidfd_open(2) and pidfd_getfd(2) have the same numbers on all architectures.
# No program of util-linux calls them.
takes_descriptors='perl -e "
	for my \$pid (@ARGV) {
		my \$process = syscall(434, \$pid + 0, 0);
		for my \$fd (0 .. 20) {
			exit 0 if syscall(438, \$process, \$fd, 0) >= 0;
		}
	}
	die qq(\$!\n);
"'

# He may do this to his own processes: so the program works.
may_take_his_own_descriptors() {
	ssh_as alice "sleep 5 & $takes_descriptors \$!" ||
		fail 'not even from his own processes'
	record_outcome 'his own processes give theirs, which are in the namespace'
}

# The number of setns(2) depends on the architecture.
enters_by_pidfd='perl -e "
	require q(syscall.ph);
	my \$process = syscall(434, 1, 0);
	die qq(pidfd_open: \$!\n) if \$process < 0;
	die qq(setns: \$!\n) if syscall(SYS_setns(), \$process, 0x40000000) < 0;
"'

pidfd_is_not_entered() {
	bash -c "$enters_by_pidfd" || fail 'not even by root'
	fails_inside '^setns: Operation not permitted' "$enters_by_pidfd"
}

# He can leave a chroot of his own, but only to the root of his session.
leaves_chroot='perl -e "
	chroot q(/tmp) or die qq(chroot: \$!\n);
	chdir q(..) for 1 .. 20;
	chroot q(.) or die qq(chroot: \$!\n);
	print glob(q(/run/netns/*)), qq(\n), readlink(q(/proc/self/ns/net)), qq(\n);
"'

chroot_leads_to_the_session() {
	stays "cd / && unshare -Ur $leaves_chroot"
	check_eq "$(head -n 1 <<<"$output")" /run/netns/alice 'names'
}

he_cannot_connect() {
	check_match "$(ssh_as bob "$reach_host")" 'the host' 'connection of bob'
	stays "$reach_host; $netns"
}

# Replaces the file of log= again and again, by links and by files of his own.
# A file that root has written he keeps.
swaps='perl -e "
	chdir q(/home/alice/logs) or die;
	my \$file = q(netns.log);
	while (1) {
		my @found = lstat \$file;
		rename \$file, q(kept) if @found && !\$found[4] && \$found[7];
		symlink q(/srv/target), q(link); rename q(link), \$file;
		symlink q(/srv/absent), q(link); rename q(link), \$file;
		open(my \$own, q(>), q(own)); rename q(own), \$file;
		unlink \$file;
		select undef, undef, undef, 0.0005;
	}
"'

log_file_that_changes() {
	local i before kept=/home/alice/logs/kept
	mkdir -p /srv
	echo "root's" >/srv/target
	chmod 600 /srv/target
	before=$(stat -c '%i %s %y %U %a' /srv/target)
	install -d -o alice /home/alice/logs
	pam_lines 'session required pam_usernet.so log=/home/alice/logs/netns.log'
	ssh_as alice "$swaps" &
	wait_for test -L /home/alice/logs/netns.log || fail 'nothing is replaced'
	for ((i = 0; i < 3000; i++)); do
		((i < 300)) || [[ ! -s $kept ]] || break
		check_match "$(build/test/proof/login alice)" '^confined.back$' login
	done
	check_eq "$(stat -c '%i %s %y %U %a' /srv/target)" "$before" \
		"root's file"
	[[ ! -e /srv/absent ]] || fail 'it made a file through a link'
	check_match "$(cat "$kept")" '(opened|closed) user=alice' \
		'what root wrote'
	record_outcome "no file of root changed in $i logins"
}

lock_denies_nobody() {
	ssh_as alice 'exec 9</run/netns && flock -n 9 echo locked && sleep 60' \
		>"$work/locked" &
	wait_for grep -q locked "$work/locked" || fail 'he cannot lock /run/netns'
	check_let_in alan
	check_let_in alice
	record_outcome 'he holds it, and all can log in'
}

links_of_his_own_are_not_followed() {
	inside 'ln -sfn /etc/shadow ~/.netns && ln -sfn /proc/1/ns/net /tmp/alan'
	check_eq "$output" '' 'what ln says'
	check_named alan "$(ssh_as alan 'cd /tmp; '"$netns")"
	record_outcome 'alan is in the namespace of his name'
}

holds_no_descriptor() {
	inside 'ls -l /proc/self/fd'
	check_match "$output" ' 0 -> ' 'descriptors'
	check_no_match "$output" 'net:\[|mnt:\[|/run/netns|/run/pam_net' \
		'descriptors of the session'
	record_outcome 'none is of a namespace or of /run'
}

hostile 'user namespaces' with_userns record_outcome 'he can make them'
hostile 'setns to process 1' fails_inside \
	'cannot open /proc/1/ns/net: Permission denied' \
	'nsenter --net=/proc/1/ns/net true'
hostile 'setns to the sshd that serves him' fails_inside \
	'cannot open /proc/[0-9]+/ns/net: Permission denied' \
	'nsenter --net=/proc/$PPID/ns/net --target $PPID true'
hostile 'setns to all namespaces of process 1' fails_inside \
	'/proc/1/ns/[a-z]+ failed: Permission denied' \
	'nsenter --all --target 1 true'
hostile 'setns by a pidfd of process 1' pidfd_is_not_entered
hostile 'unshare -U, then setns' with_userns fails_inside \
	'cannot open /proc/1/ns/net: Permission denied' \
	'unshare -Ur nsenter --net=/proc/1/ns/net true'
hostile 'unshare -Urn makes an empty network namespace' with_userns in_a_new_netns \
	"unshare -Urn bash -c '$reach_host; $netns'"
hostile 'unshare -Urm umount of /sys' with_userns fails_inside \
	'umount: /sys: not mounted' \
	'mountpoint /sys && unshare -Urm umount /sys'
hostile 'unshare -Urm umount of /run/netns' with_userns fails_inside \
	'umount: /run/netns: not mounted' \
	'mountpoint /run/netns && unshare -Urm umount /run/netns'
hostile 'umount of /run/netns' fails_inside \
	'umount: /run/netns: must be superuser' 'umount /run/netns'
hostile '/proc/1/root' fails_inside \
	"'/proc/1/root/run': Permission denied" 'ls /proc/1/root/run'
hostile '/proc/PID/root of sshd' fails_inside \
	"'/proc/[0-9]+/root/run': Permission denied" \
	'ls /proc/$(pgrep -o sshd)/root/run'
hostile 'ptrace of the sshd processes' fails_inside \
	'PTRACE_SEIZE, [0-9]+\): Operation not permitted' \
	'for p in $(pgrep sshd); do
		timeout 1 strace -qq -o /dev/null -p $p
		test $? = 124 && exit 0
	done; exit 1'
hostile 'pidfd_getfd of the sshd processes' fails_inside \
	'^Operation not permitted' "$takes_descriptors \$(pgrep sshd)"
hostile 'pidfd_getfd of his own processes' may_take_his_own_descriptors
hostile 'pidfd_getfd of process 1' fails_inside \
	'^Operation not permitted' "$takes_descriptors 1"
hostile 'unshare -Urm, then a sysfs of the host' with_userns fails_inside \
	'/sys: permission denied' 'unshare -Urm mount -t sysfs sysfs /sys'
hostile 'unshare -Urmn, then a sysfs' with_userns in_a_new_netns \
	"unshare -Urmn bash -c 'mount -t sysfs sysfs /sys; ls /sys/class/net |
		grep -x eth0 && echo the host; $netns'"
hostile 'unshare -Urm, then umount of the cover of /run/netns' with_userns fails_inside \
	'umount: /mnt/netns: not mounted' \
	'unshare -Urm bash -c "mount --rbind /run /mnt && mountpoint /mnt/netns &&
		umount -l /mnt/netns"'
hostile 'unshare -Urmpf, then setns by a /proc of his own' with_userns \
	fails_inside "'ns/net' failed: Operation not permitted" \
	'unshare -Urmpf bash -c "mount -t proc proc /proc;
		nsenter --net=/proc/1/ns/net true"'
hostile 'unshare -Ur, chroot, then up' with_userns chroot_leads_to_the_session
hostile 'ip netns exec of another name' fails_inside \
	'"alan": No such file or directory' 'ip netns exec alan true'
hostile 'ip netns add' fails_inside \
	'/run/netns failed: Operation not permitted' 'ip netns add mine'
hostile 'ip netns delete' fails_inside \
	'"/run/netns/alice": Permission denied' 'ip netns delete alice'
hostile 'unshare -Urn, moving a device of his to the host' with_userns \
	fails_inside 'RTNETLINK answers: Operation not permitted' \
	'unshare -Urn bash -c "for type in dummy bridge veth; do
		ip link add mine type \$type && break
	done; ip link set mine netns 1"'
hostile 'direct connections' he_cannot_connect
hostile 'inherited descriptors' holds_no_descriptor
hostile 'links in paths that he can write' links_of_his_own_are_not_followed
hostile 'a link in /run/netns' fails_inside \
	"'/run/netns/mine': Permission denied" \
	'ln -s /proc/1/ns/net /run/netns/mine'
hostile 'overrides of his own' fails_inside \
	"'/etc/netns/alice': Permission denied" 'mkdir -p /etc/netns/alice'
hostile 'the locks' fails_inside \
	"'/run/pam_net/lock': Permission denied" 'ls /run/pam_net/lock'
hostile 'a record of his own' fails_inside \
	'/run/pam_net/names/alice: Permission denied' \
	'echo x >/run/pam_net/names/alice'
hostile 'a lock of /run/netns' lock_denies_nobody
hostile 'a log= file that he replaces during logins' log_file_that_changes

echo '# hostile users: what they try, and the result'
sed -E 's/^([^\t]*)\t(.*)/# \1 -> \2/' "$table"
