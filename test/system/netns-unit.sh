#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# netns@.service: namespaces that are made at boot, before anybody comes; and the
# mount unit for /run/netns in doc/admin.md. netns-unit.before has enabled both
# before this system was booted.
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

# Before the first case makes all as after a boot without them.
boot_names=$(cd /run/netns && printf '%s\n' * | sort)
boot_name=$(named_netns alice)
boot_alan=$(named_netns alan)
boot_manager=$(netns_of "$(pgrep -u alice -x systemd)")
boot_calls=$(cat /run/fill.calls)
boot_units=$(systemctl list-units --all --plain --no-legend 'netns@*' |
	awk '{ print $3, $4 }' | sort -u)
boot_failed=$(systemctl list-units --failed --plain --no-legend)
# In microseconds since the boot.
boot_made=$(systemctl show -P ExecMainExitTimestampMonotonic netns@alan)
boot_begun=$(for unit in systemd-user-sessions systemd-logind ssh cron atd \
	"user@$(id -u alice)"; do
	echo "$unit $(systemctl show -P InactiveExitTimestampMonotonic "$unit")"
done)
boot_tree=$(findmnt -no FSTYPE,OPTIONS /run/netns | tr -s ' ')
boot_mounts=$(grep -c ' /run/netns/' /proc/1/mountinfo)
keep_etc

made_at_boot() {
	check_same "$boot_names" "$(printf '%s\n' 'DOM\user' 'a b' alan alice \
		user@example.org web-data | sort)" names
	check_eq "$boot_units" 'active exited' 'the units'
	check_eq "$boot_failed" '' 'units that failed'
	check_eq "$boot_calls" 'create alan bob' 'what the drop-in says'
}
test_case 'netns@NAME.service makes the name at boot' made_at_boot

before_all() {
	local unit time
	check_match "$boot_made" '^[1-9][0-9]*$' 'when it was made'
	while read -r unit time; do
		check_match "$time" '^[1-9][0-9]*$' "when $unit began"
		((boot_made < time)) || fail "$unit began before the name was made"
	done <<<"$boot_begun"
	check_ne "$boot_manager" "$(host_netns)" 'on the host'
	check_eq "$boot_manager" "$boot_name" 'the user manager that lingers'
}
test_case 'one-name user managers, sshd, cron, atd and logins come after it' \
	before_all

# Without nologin(5) nothing else would keep it from making the name.
reboot_job() {
	wait_for test -s /tmp/reboot.job || fail 'it has not run'
	check_eq "$(</tmp/reboot.job)" "$boot_alan" 'where it has run'
}
test_case 'one-name a job of cron at boot is in the namespace of the unit' \
	reboot_job

no_cycle() {
	local said
	said=$(systemd-analyze verify netns@alice.service multi-user.target 2>&1 |
		grep -E 'netns@|cycle')
	check_eq "$said" '' 'systemd-analyze verify'
	check_no_match "$(journalctl -b -o cat)" 'ordering cycle' 'the journal'
}
test_case 'systemd finds no fault in the unit' no_cycle

restarted() {
	local before manager i
	systemctl restart netns@alice || fail 'it does not start'
	before=$(named_netns alice) || fail 'no name'
	connection_open alice
	for i in {1..8}; do
		systemctl restart netns@alice || fail "restart $i"
		check_eq "$(systemctl is-active netns@alice)" active 'the unit'
	done
	check_eq "$(named_netns alice)" "$before" 'the name'
	check_eq "$(connection_run alice "$netns")" "$before" 'who is in'
	check_eq "$(ssh_as alice "$netns")" "$before" 'a later login'
	manager=$(pgrep -u alice -x systemd) || fail 'no user manager'
	check_eq "$(netns_of "$manager")" "$before" 'the user manager'
	check_eq "$(ssh_as alice "XDG_RUNTIME_DIR=/run/user/\$(id -u) \
		systemd-run --user --quiet --pipe $netns")" "$before" 'a user service'
	systemctl stop netns@alice
	check_eq "$(named_netns alice)" "$before" 'the name of a unit that is stopped'
	check_eq "$(connection_run alice "$netns")" "$before" 'who is in'
	systemctl start netns@alice || fail 'start'
	connection_close alice
}
test_case 'it is restarted as often as one likes while a user is in' restarted

other_programs() {
	log_mark
	check_let_in alan
	not systemctl restart netns@alan 2>/dev/null || fail 'it starts'
	check_match "$(log_since)" \
		"'alan' exists already, and the programs that set it up are 'none', not '/usr/local/sbin/fill'; fix with: pamnetctl remove alan" \
		'the journal'
	loginctl terminate-user alan
	wait_for not pgrep -u alan
	pamnetctl remove alan || fail 'remove'
	systemctl restart netns@alan || fail 'it does not start'
	named_netns alan >/dev/null || fail 'no name'
}
test_case 'it fails where a login has made the name with other programs' \
	other_programs

not_escaped() {
	log_mark
	not systemctl start netns@web-server 2>/dev/null || fail 'it starts'
	check_match "$(log_since)" "'web/server' cannot be.*see systemd-escape" \
		'the journal'
	systemctl reset-failed
}
test_case 'an instance that is not escaped is explained' not_escaped

# What a program leaves runs in no group of processes that a restart ends.
daemons_stay() {
	local pid
	printf '%s\n' '#!/bin/sh' 'sleep 300 >/dev/null 2>&1 & echo $! >/run/daemon' \
		>/usr/local/sbin/fill
	systemctl restart netns@alan || fail 'it does not start'
	pid=$(</run/daemon)
	systemctl restart netns@alan || fail 'it does not start again'
	systemctl stop netns@alan
	kill -0 "$pid" || fail 'it is gone'
	kill "$pid"
}
test_case 'what programs have left goes on' daemons_stay

# ---- a tmpfs on /run/netns -------------------------------------------------

# As the unit mounts it at boot. To restart the unit is another thing: systemd
# has units for the names that were mounted below it, and starts them again.
tmpfs_mounted() {
	mkdir -p /run/netns
	mount -t tmpfs -o "$(sed -n 's/^Options=//p' \
		/etc/systemd/system/run-netns.mount)" tmpfs /run/netns ||
		fail 'it is not mounted'
}

# mounts_of NAME: how many there are on the host
mounts_of() {
	awk -v point="/run/netns/$1" '$5 == point' /proc/1/mountinfo | wc -l
}

# In the manner of containerd: a file, and the namespace of a thread bound to it.
make_as_containerd() {
	mkdir -p /var/run/netns
	: >"/var/run/netns/$1"
	unshare --net mount --bind /proc/self/ns/net "/var/run/netns/$1"
}

# In the manner of podman, and of the tests of CNI: the directory is made a
# shared mount before, and one of its own where it is none.
make_as_podman() {
	mkdir -p /run/netns
	mount --make-rshared /run/netns 2>/dev/null || {
		mount --rbind /run/netns /run/netns
		mount --make-rshared /run/netns
	}
	make_as_containerd "$1"
}

make_as_ip() {
	ip netns add "$1"
}

tmpfs_at_boot() {
	check_match "$boot_tree" '^tmpfs rw,.*mode=755' 'what is at /run/netns'
	check_match "$boot_tree" nodev 'what is at /run/netns'
	check_eq "$boot_mounts" "$(wc -l <<<"$boot_names")" 'mounts of the names'
}
test_case 'the tmpfs of doc/admin.md is there before any name' tmpfs_at_boot

# one_mount HOW: a name is one mount, whoever has made it, and whoever was first
one_mount() {
	local name
	tmpfs_mounted
	"make_as_$1" first || fail "$1 cannot make a name"
	check_let_in alice
	pamnetctl create lab || fail 'create'
	"make_as_$1" alan || fail "$1 cannot make a name"
	for name in first alice lab alan; do
		check_eq "$(mounts_of "$name")" 1 "mounts of $name"
		named_netns "$name" >/dev/null || fail "no namespace '$name'"
	done
	check_eq "$(findmnt -no FSTYPE /run/netns)" tmpfs '/run/netns'
	check_eq "$(ip netns list | awk '{ print $1 }' | sort | xargs)" \
		'alan alice first lab' 'ip netns list'
	check_named alan "$(ssh_as alan "$netns")"
	# A service with mounts of its own sees names that come later.
	check_eq "$(systemd-run --quiet --pipe --wait -p PrivateTmp=yes bash -c '
		pamnetctl create later && stat -f -c %T /run/netns/later
		grep -c " /run/netns/later " /proc/self/mountinfo')" 'nsfs
1' 'in a service with PrivateTmp='
	loginctl terminate-user alan
	wait_for not pgrep -u alan
	pamnetctl remove alan || fail 'remove'
	pamnetctl remove first || fail 'remove'
	ip netns delete lab || fail 'ip netns delete'
	check_eq "$(mounts_of alan) $(mounts_of first) $(mounts_of lab)" '0 0 0' \
		'mounts that are left'
	check_eq "$(ls /run/netns)" $'alice\nlater' 'names that are left'
}
for maker in ip containerd podman; do
	test_case "with it each name is one mount, beside names made as by $maker" \
		one_mount $maker
done

# What it is good for.
without_it() {
	rm -rf /run/netns
	ip netns add first
	ip netns add second
	check_eq "$(grep -c ' /run/netns/second ' /proc/1/mountinfo)" 2 \
		'mounts of a name in a tree that ip netns has prepared'
	check_let_in alice
	pamnetctl remove first || fail 'remove'
	check_eq "$(mounts_of first)" 0 'mounts that are left'
}
test_case 'without it ip netns makes two mounts of each name' without_it
