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

# stays COMMAND: whatever alice runs, what it prints never is of the host
stays() {
	local output status=0
	output=$(ssh_as alice "$1" 2>&1) || status=$?
	check_no_match "$output" 'the host' 'reached the host'
	check_ne "$(tail -n 1 <<<"$output")" "$(host_netns)" 'network of the host'
	told "in $(tail -n 1 <<<"$output"), the host is not reached"
}

# refused_inside COMMAND: it fails
refused_inside() {
	local output status=0
	output=$(ssh_as alice "($1) && echo it works" 2>&1) || status=$?
	check_no_match "$output" 'it works' 'it works'
	told "fails: $(tail -n 1 <<<"$output")"
}

# hostile ATTEMPT FUNCTION [ARGUMENT...]
hostile() {
	attempt=$1
	shift
	test_case "hostile $attempt" "$@"
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

# He changes what paths of his lead to, all the while that others log in.
paths_that_change() {
	local i
	ssh_as alice 'for ((i = 0; i < 400; i++)); do
			ln -sfn /proc/1/ns /tmp/netns; ln -sfn /run/netns /tmp/netns
			ln -sfn /proc/1/ns/net ~/alan; rm -f ~/alan; mkdir ~/alan
			rmdir ~/alan
		done' >/dev/null 2>&1 &
	for i in 1 2 3; do
		check_named alan "$(ssh_as alan 'cd /tmp; '"$netns")"
		check_named alice "$(ssh_as alice "$netns")"
	done
	wait
	told 'both land in their names, each time'
}

may_not_lock_out() {
	ssh_as alice 'exec 9</run/netns && flock -n 9 sleep 20' >/dev/null 2>&1 &
	sleep 0.5
	check_let_in alan
	check_let_in alice
	told 'he has it, and all log in'
}

links_of_his_own_are_not_followed() {
	ssh_as alice 'ln -sfn /etc/shadow ~/.netns; ln -sfn /proc/1/ns/net /tmp/alan'
	check_named alan "$(ssh_as alan "$netns")"
	refused_inside 'ln -s /proc/1/ns/net /run/netns/alan'
	refused_inside 'mkdir -p /etc/netns/alice'
	refused_inside 'ls /run/pam_net'
}

holds_no_descriptor() {
	local kept
	kept=$(ssh_as alice 'ls -l /proc/self/fd' |
		grep -E 'net:\[|mnt:\[|/run/netns|/run/pam_net')
	check_eq "$kept" '' 'descriptors of the session'
	told 'there are none of namespaces or of /run'
}

hostile 'setns to process 1' refused_inside \
	'nsenter --net=/proc/1/ns/net true'
hostile 'setns to the sshd that serves him' refused_inside \
	'nsenter --net=/proc/$PPID/ns/net --target $PPID true'
hostile 'unshare -U, then setns' refused_inside \
	'unshare -Ur nsenter --net=/proc/1/ns/net true'
hostile 'unshare -Urn is another empty network' stays \
	"unshare -Urn bash -c '$reach_host; $netns'"
hostile 'unshare -Urm umount of /sys' refused_inside \
	'unshare -Urm umount /sys'
hostile 'unshare -Urm umount of /run/netns' refused_inside \
	'unshare -Urm umount /run/netns'
hostile 'umount of /run/netns' refused_inside 'umount /run/netns'
hostile '/proc/1/root' refused_inside 'ls /proc/1/root/run'
hostile '/proc/PID/root of sshd' refused_inside \
	'ls /proc/$(pgrep -o sshd)/root/run'
hostile 'ptrace of the sshd processes' refused_inside \
	'for p in $(pgrep sshd); do
		timeout 1 strace -qq -o /dev/null -p $p
		test $? = 124 && exit 0
	done; exit 1'
hostile 'pidfd_getfd of the sshd processes' refused_inside \
	"$takes_descriptors \$(pgrep sshd)"
hostile 'pidfd_getfd of his own processes' may_take_his_own_descriptors
hostile 'pidfd_getfd of process 1' refused_inside "$takes_descriptors 1"
hostile 'setns by a pidfd of process 1' refused_inside \
	'nsenter --all --target 1 true'
hostile 'unshare -Urm, then a sysfs of the host' stays \
	"unshare -Urm bash -c 'mount -t sysfs sysfs /sys; ls /sys/class/net |
		grep -x eth0 && echo the host; $netns'"
hostile 'unshare -Urm, then what lies under /run/netns' refused_inside \
	'unshare -Urm bash -c "umount -l /run/netns; mount --bind /run /mnt;
		ls /mnt/netns | grep -v alice"'
hostile 'unshare -Urmpf, then setns by a /proc of his own' refused_inside \
	'unshare -Urmpf bash -c "mount -t proc proc /proc;
		nsenter --net=/proc/1/ns/net true"'
hostile 'chroot in a user namespace, then up' stays \
	"unshare -Ur bash -c 'cd /; chroot /tmp /bin/true; cd ../../..; $netns'"
hostile 'ip netns exec of another name' refused_inside 'ip netns exec alan true'
hostile 'ip netns add and delete' refused_inside \
	'ip netns add mine || ip netns delete alice'
hostile 'moving his lo or a device of his to the host' refused_inside \
	'unshare -Urn ip link set lo netns 1'
hostile 'direct connections' stays "$reach_host; $netns"
hostile 'inherited descriptors' holds_no_descriptor
hostile 'links in paths that he can write' \
	links_of_his_own_are_not_followed
hostile 'lock of /run/netns' may_not_lock_out
hostile 'paths that change while others log in' paths_that_change

echo '# hostile users: what is tried from inside, and what becomes of it'
sed -E 's/^([^\t]*)\t(.*)/# \1 -> \2/' "$table"
