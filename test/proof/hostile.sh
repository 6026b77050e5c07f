# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a confined user can do about it from inside: nothing.
#
# usage: test/host bash test/proof/hostile.sh
# What runs elsewhere expands there:
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit
. test/lib.sh

table=$work/table
: >"$table"

# told OUTCOME: for the table that the file ends with
told() {
	printf '%s\t%s\n' "$attempt" "$*" >>"$table"
}

# inside COMMAND: what alice's command prints is in $output. She is logged in,
# and in the namespace of her name: without that, no attempt says anything.
inside() {
	output=$(ssh_as alice "$netns; $1" 2>&1)
	check_named alice "$(head -n 1 <<<"$output")"
	output=$(tail -n +2 <<<"$output")
}

# stays COMMAND: it ends with where it is, which is in alice's namespace
stays() {
	inside "$1"
	check_no_match "$output" 'the host' 'reached the host'
	check_named alice "$(tail -n 1 <<<"$output")"
	told 'in his namespace, the host is not reached'
}

# elsewhere COMMAND: in another one, which is not the host's either
elsewhere() {
	inside "$1"
	check_no_match "$output" 'the host' 'reached the host'
	check_new "$(tail -n 1 <<<"$output")"
	told 'in an empty one of his own, the host is not reached'
}

# refused_inside ERROR COMMAND: it fails, and says so
refused_inside() {
	inside "($2) && echo it works"
	check_no_match "$output" 'it works' 'it works'
	check_match "$output" "$1" 'error'
	told "fails: $(grep -m 1 -E "$1" <<<"$output")"
}

# unshared FUNCTION [ARGUMENT...]: the same, of an attempt that begins with a
# user namespace
unshared() {
	inside 'unshare -Urmnpf true'
	[[ ! $output ]] || skip "he cannot make a user namespace: $output"
	"$@"
}

# hostile ATTEMPT FUNCTION [ARGUMENT...]: while there is another name to get to
hostile() {
	attempt=$1
	shift
	test_case "hostile $attempt" beside_alan "$@"
}

beside_alan() {
	check_let_in alan
	"$@"
}

# perl has what no program of util-linux does. pidfd_open(2), pidfd_getfd(2):
# their numbers are those of all architectures.
takes_descriptors='perl -e "
	for my \$pid (@ARGV) {
		my \$process = syscall(434, \$pid + 0, 0);
		for my \$fd (0 .. 20) {
			exit 0 if syscall(438, \$process, \$fd, 0) >= 0;
		}
	}
	die qq(\$!\n);
"'

# His own processes are his, and this shows that the attempt is one.
may_take_his_own_descriptors() {
	ssh_as alice "sleep 5 & $takes_descriptors \$!" ||
		fail 'not even from his own processes'
	told 'his own processes give them, which are in the namespace'
}

# The same for setns(2), whose number is not.
enters_by_pidfd='perl -e "
	require q(syscall.ph);
	my \$process = syscall(434, 1, 0);
	die qq(pidfd_open: \$!\n) if \$process < 0;
	die qq(setns: \$!\n) if syscall(SYS_setns(), \$process, 0x40000000) < 0;
"'

pidfd_is_not_entered() {
	bash -c "$enters_by_pidfd" || fail 'not even by root'
	refused_inside '^setns: Operation not permitted' "$enters_by_pidfd"
}

# Above the root that a process has been given there is the session's.
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

he_connects_to_nothing() {
	check_match "$(ssh_as bob "$reach_host")" 'the host' 'connection of bob'
	stays "$reach_host; $netns"
}

# He changes what the path of log= leads to, all the while that he logs in;
# what root wrote he keeps.
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

log_that_changes() {
	local i before kept=/home/alice/logs/kept
	mkdir -p /srv
	echo "root's" >/srv/target
	chmod 600 /srv/target
	before=$(stat -c '%i %s %y %U %a' /srv/target)
	install -d -o alice /home/alice/logs
	pam_lines 'session required pam_usernet.so log=/home/alice/logs/netns.log'
	ssh_as alice "$swaps" &
	wait_for test -L /home/alice/logs/netns.log || fail 'nothing is swapped'
	for ((i = 0; i < 3000; i++)); do
		((i < 300)) || [[ ! -s $kept ]] || break
		check_match "$(build/test/proof/login alice)" '^confined.back$' login
	done
	check_eq "$(stat -c '%i %s %y %U %a' /srv/target)" "$before" \
		"root's file"
	[[ ! -e /srv/absent ]] || fail 'made a file where a link leads'
	check_match "$(cat "$kept")" '(opened|closed) user=alice' \
		'what root wrote meanwhile'
	told "no file of root's changes in 300 logins"
}

may_not_lock_out() {
	ssh_as alice 'exec 9</run/netns && flock -n 9 echo locked && sleep 60' \
		>"$work/locked" &
	wait_for grep -q locked "$work/locked" || fail 'he cannot lock it'
	check_let_in alan
	check_let_in alice
	told 'he has it, and all log in'
}

links_of_his_own_are_not_followed() {
	inside 'ln -sfn /etc/shadow ~/.netns && ln -sfn /proc/1/ns/net /tmp/alan'
	check_eq "$output" '' 'what ln says'
	check_named alan "$(ssh_as alan 'cd /tmp; '"$netns")"
	told 'alan lands in his name'
}

holds_no_descriptor() {
	inside 'ls -l /proc/self/fd'
	check_match "$output" ' 0 -> ' 'descriptors'
	check_no_match "$output" 'net:\[|mnt:\[|/run/netns|/run/pam_net' \
		'descriptors of the session'
	told 'there are none of namespaces or of /run'
}

hostile 'user namespaces' unshared told 'he can make them'
hostile 'setns to process 1' refused_inside \
	'cannot open /proc/1/ns/net: Permission denied' \
	'nsenter --net=/proc/1/ns/net true'
hostile 'setns to the sshd that serves him' refused_inside \
	'cannot open /proc/[0-9]+/ns/net: Permission denied' \
	'nsenter --net=/proc/$PPID/ns/net --target $PPID true'
hostile 'setns to all namespaces of process 1' refused_inside \
	'/proc/1/ns/[a-z]+ failed: Permission denied' \
	'nsenter --all --target 1 true'
hostile 'setns by a pidfd of process 1' pidfd_is_not_entered
hostile 'unshare -U, then setns' unshared refused_inside \
	'cannot open /proc/1/ns/net: Permission denied' \
	'unshare -Ur nsenter --net=/proc/1/ns/net true'
hostile 'unshare -Urn is another empty network' unshared elsewhere \
	"unshare -Urn bash -c '$reach_host; $netns'"
hostile 'unshare -Urm umount of /sys' unshared refused_inside \
	'umount: /sys: not mounted' \
	'mountpoint /sys && unshare -Urm umount /sys'
hostile 'unshare -Urm umount of /run/netns' unshared refused_inside \
	'umount: /run/netns: not mounted' \
	'mountpoint /run/netns && unshare -Urm umount /run/netns'
hostile 'umount of /run/netns' refused_inside \
	'umount: /run/netns: must be superuser' 'umount /run/netns'
hostile '/proc/1/root' refused_inside \
	"'/proc/1/root/run': Permission denied" 'ls /proc/1/root/run'
hostile '/proc/PID/root of sshd' refused_inside \
	"'/proc/[0-9]+/root/run': Permission denied" \
	'ls /proc/$(pgrep -o sshd)/root/run'
hostile 'ptrace of the sshd processes' refused_inside \
	'PTRACE_SEIZE, [0-9]+\): Operation not permitted' \
	'for p in $(pgrep sshd); do
		timeout 1 strace -qq -o /dev/null -p $p
		test $? = 124 && exit 0
	done; exit 1'
hostile 'pidfd_getfd of the sshd processes' refused_inside \
	'^Operation not permitted' "$takes_descriptors \$(pgrep sshd)"
hostile 'pidfd_getfd of his own processes' may_take_his_own_descriptors
hostile 'pidfd_getfd of process 1' refused_inside \
	'^Operation not permitted' "$takes_descriptors 1"
hostile 'unshare -Urm, then a sysfs of the host' unshared refused_inside \
	'/sys: permission denied' 'unshare -Urm mount -t sysfs sysfs /sys'
hostile 'unshare -Urmn, then a sysfs' unshared elsewhere \
	"unshare -Urmn bash -c 'mount -t sysfs sysfs /sys; ls /sys/class/net |
		grep -x eth0 && echo the host; $netns'"
hostile 'unshare -Urm, then what lies under /run/netns' unshared refused_inside \
	'umount: /mnt/netns: not mounted' \
	'unshare -Urm bash -c "mount --rbind /run /mnt && mountpoint /mnt/netns &&
		umount -l /mnt/netns"'
hostile 'unshare -Urmpf, then setns by a /proc of his own' unshared \
	refused_inside "'ns/net' failed: Operation not permitted" \
	'unshare -Urmpf bash -c "mount -t proc proc /proc;
		nsenter --net=/proc/1/ns/net true"'
hostile 'unshare -Ur, chroot, then up' unshared chroot_leads_to_the_session
hostile 'ip netns exec of another name' refused_inside \
	'"alan": No such file or directory' 'ip netns exec alan true'
hostile 'ip netns add' refused_inside \
	'/run/netns failed: Operation not permitted' 'ip netns add mine'
hostile 'ip netns delete' refused_inside \
	'"/run/netns/alice": Permission denied' 'ip netns delete alice'
hostile 'unshare -Urn, moving a device of his to the host' unshared \
	refused_inside 'RTNETLINK answers: Operation not permitted' \
	'unshare -Urn bash -c "for type in dummy bridge veth; do
		ip link add mine type \$type && break
	done; ip link set mine netns 1"'
hostile 'direct connections' he_connects_to_nothing
hostile 'inherited descriptors' holds_no_descriptor
hostile 'links in paths that he can write' links_of_his_own_are_not_followed
hostile 'a link in /run/netns' refused_inside \
	"'/run/netns/mine': Permission denied" \
	'ln -s /proc/1/ns/net /run/netns/mine'
hostile 'overrides of his own' refused_inside \
	"'/etc/netns/alice': Permission denied" 'mkdir -p /etc/netns/alice'
hostile '/run/pam_net' refused_inside \
	"'/run/pam_net': Permission denied" 'ls /run/pam_net'
hostile 'lock of /run/netns' may_not_lock_out
hostile 'a log= whose path he changes while he logs in' log_that_changes

echo '# hostile users: what is tried from inside, and what becomes of it'
sed -E 's/^([^\t]*)\t(.*)/# \1 -> \2/' "$table"
