#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# By which doors processes of a user can begin, and where they land: with the
# profiles, and with a line in sshd's stack only. doc/admin.md has the outcomes.
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

ready

# ---- the doors: each prints where a process of the user is ------------------

door_ssh() {
	ssh_as "$1" "$netns"
}

door_su() {
	su -l "$1" -c "$netns" </dev/null 2>/dev/null
}

door_sudo() {
	sudo -u "$1" sh -c "$netns"
}

# A terminal that types: where am I, and good-bye. As from getty(8), login(1) is
# the leader of its session. It forgets what was typed before there is a shell.
type_on_console() {
	until [[ -s /home/$1/netns ]]; do
		printf '%s\n' "$netns >/home/$1/netns; exit"
		sleep 0.5
	done | timeout 20 script -qec "exec login -f $1" /dev/null
}

door_console() {
	left_behind "$1" type_on_console "$1"
}

# What pgrep(1) finds may be about to end.
door_user_manager() {
	local unit
	unit=user@$(id -u "$1").service
	loginctl enable-linger "$1"
	ssh_as "$1" true || return 1
	wait_for systemctl is-active "$unit"
	netns_of "$(systemctl show -P MainPID "$unit")"
}

door_systemd_run() {
	ssh_as "$1" "systemd-run --user --quiet --pipe --wait $netns"
}

# left_behind USER COMMAND: what it leaves in a file of the user's home
left_behind() {
	local file=/home/$1/netns
	rm -f "$file"
	"${@:2}" >/dev/null || return 1
	wait_for test -s "$file"
	cat "$file"
}

door_dbus() {
	local services=/home/$1/.local/share/dbus-1/services
	mkdir -p "$services"
	printf '%s\n' '[D-BUS Service]' Name=test.Netns \
		"Exec=/bin/sh -c '$netns >/home/$1/netns'" >"$services/test.Netns.service"
	chown -R "$1:" "/home/$1/.local"
	left_behind "$1" ssh_as "$1" 'busctl --user --timeout=2 call \
		org.freedesktop.DBus / org.freedesktop.DBus StartServiceByName \
		su test.Netns 0 2>/dev/null; true'
}

door_at() {
	left_behind "$1" ssh_as "$1" "echo '$netns >netns' | at now 2>/dev/null"
}

# systemd refuses a unit that is started too often.
restart_cron() {
	rm -f /run/crond.reboot
	systemctl reset-failed cron
	systemctl restart cron
}

door_cron() {
	echo "@reboot $1 $netns >/home/$1/netns" >/etc/cron.d/test
	left_behind "$1" restart_cron
}

# A unit of a user who has not logged in since the boot.
door_linger() {
	local units=/home/$1/.config/systemd/user
	mkdir -p "$units/default.target.wants"
	printf '%s\n' '[Service]' "ExecStart=/bin/sh -c '$netns >/home/$1/netns'" \
		>"$units/test.service"
	ln -sf ../test.service "$units/default.target.wants/"
	chown -R "$1:" "/home/$1/.config"
	left_behind "$1" loginctl enable-linger "$1"
	rm -rf "/home/$1/.config"
}

door_machinectl() {
	timeout 20 script -qec "machinectl -q shell $1@.host /bin/sh -c '$netns'" \
		/dev/null </dev/null | tr -d '\r\0' | grep -o 'net:.*'
}

door_unit_with_pam() {
	systemd-run --quiet --pipe --wait --collect -p "User=$1" -p PAMName=login \
		sh -c "$netns"
}

door_unit_without_pam() {
	systemd-run --quiet --pipe --wait --collect -p "User=$1" sh -c "$netns"
}

door_runuser() {
	runuser -u "$1" -- sh -c "$netns"
}

# ---- with the profiles -----------------------------------------------------

# seen OUTCOME DOOR: in a column of the table in doc/admin.md
seen() {
	echo "$1" >"$work/$column.$2"
}

confined() {
	local got
	got=$("door_$1" alice) || fail 'a member of usernet cannot use it'
	check_named alice "$got"
	got=$("door_$1" nina) || fail 'a member of newnet cannot use it'
	check_new "$got"
	got=$("door_$1" bob) || fail 'a bystander cannot use it'
	check_host "$got"
	seen 'in the namespace' "$1"
}

let_through() {
	check_host "$("door_$1" alice)"
	seen '**on the host**' "$1"
}

column=profiles
while read -r door name; do
	test_case "never-outside with the profiles, confined by $name" \
		confined "$door"
done <<-END
	ssh             ssh
	su              su
	sudo            sudo
	console         a console
	user_manager    systemd --user
	systemd_run     systemd-run --user
	dbus            D-Bus activation
	at              at
	cron            cron
	linger          a lingering user manager
	machinectl      machinectl shell
	unit_with_pam   a unit with User= and PAMName=
END

while read -r door name; do
	test_case "documented, with the profiles, not confined by $name" \
		let_through "$door"
done <<-END
	unit_without_pam  a unit with User= only
	runuser           runuser
END

# fix_of WHERE: the command that pamnetctl check has for a place with that end
fix_of() {
	pamnetctl check -J | WHERE=$1 perl -MJSON::PP -0777 -ne 'print map {
		$_->{where} =~ /\Q$ENV{WHERE}\E$/ ? $_->{fix} : () }
		@{decode_json($_)->{check}}'
}

unit_is_mended() {
	local unit=/etc/systemd/system/test-netns.service fix
	printf '%s\n' '[Service]' Type=oneshot User=alice \
		"ExecStart=/bin/sh -c '$netns >/home/alice/netns'" >$unit
	systemctl daemon-reload
	check_host "$(left_behind alice systemctl start test-netns)"
	fix=$(fix_of $unit)
	check_match "$fix" 'PAMName=login' 'the command'
	bash -c "$fix" || fail "it fails: $fix"
	check_named alice "$(left_behind alice systemctl start test-netns)"
	check_no_match "$(pamnetctl check)" "$unit" 'check afterwards'
	rm -r $unit $unit.d
	systemctl daemon-reload
}
test_case 'never-outside a unit with User= only, once pamnetctl check has mended it' \
	unit_is_mended

systemd_cron_is_mended() {
	local generator=/systemd-crontab-generator fix
	archive
	apt-get install systemd-cron || fail 'not installed'
	fix=$(fix_of $generator)
	check_eq "$fix" 'apt-get install cron' 'the command'
	bash -c "$fix" || fail "it fails: $fix"
	check_eq "$(fix_of $generator)" '' 'check afterwards'
	confined cron
}
test_case 'never-outside crontabs, once pamnetctl check has mended systemd-cron' \
	systemd_cron_is_mended

# Those of a session and of the user manager are where they should be.
processes_are_told() {
	loginctl enable-linger alice
	ssh_as alice 'systemd-run --user --quiet sleep 601; exec sleep 602' &
	wait_for pgrep -u alice -f 'sleep 601$' || fail 'no user manager'
	wait_for pgrep -u alice -f 'sleep 602$' || fail 'no session'
	check_no_match "$(pamnetctl check -n -o where)" '/proc/[0-9]' 'in sessions'
	runuser -u alice -- setsid sleep 603 &
	wait_for pgrep -u alice -f 'sleep 603$' || fail 'no process'
	check_eq "$(fix_of "/proc/$(pgrep -u alice -f 'sleep 603$')")" \
		'pkill -KILL --ns 1 --nslist net -U 2001' 'the command'
	pkill -KILL --ns 1 --nslist net -U 2001 || fail 'it fails'
	check_no_match "$(pamnetctl check -n -o where)" '/proc/[0-9]' 'afterwards'
	pgrep -u alice -f 'sleep 602$' || fail 'the session has ended'
}
test_case 'check tells processes of a member that are outside, and no others' \
	processes_are_told

# ---- what pamnetctl list says of who came in -------------------------------

# processes_in NETNS: counted without the program
processes_in() {
	local link count=0
	for link in /proc/[0-9]*/ns/net; do
		[[ $(readlink "$link" 2>/dev/null) != "$1" ]] ||
			count=$((count + 1))
	done
	echo "$count"
}

# services NAME: of the sessions that list has of a name
services() {
	pamnetctl list -n -o service "$1" | xargs -n 1 | sort | paste -sd ' '
}

has_services() {
	[[ $(services "$1") == "$2" ]]
}

# Nothing comes or goes while it is counted: all of them sleep.
is_counted() {
	local before
	before=$(processes_in "$(named_netns "$1")")
	[[ $(pamnetctl list -n -o name,processes |
		awk -v name="$1" '$1 == name { print $2 }') == "$before" ]]
}

listed() {
	local manager stray
	loginctl enable-linger alice
	wait_for systemctl is-active "user@$(id -u alice)" ||
		fail 'no user manager'
	manager=$(systemctl show -P MainPID "user@$(id -u alice)")
	wait_for has_services alice systemd-user ||
		fail "the user manager alone: $(services alice)"
	connection_open alice
	ssh_as alice 'exec sleep 300' &
	su alice -c 'exec sleep 300' &
	echo '@reboot alice exec sleep 300' >/etc/cron.d/test
	restart_cron
	wait_for has_services alice 'cron sshd sshd su systemd-user' ||
		fail "services: $(services alice)"
	ip netns exec alice runuser -u bob -- sleep 300 &
	wait_for pgrep -u bob -x sleep || fail 'no process'
	stray=$(pgrep -u bob -x sleep)
	check_eq "$(pamnetctl list -n -o user,service,command alice |
		sort | uniq -c | awk '$2 == "bob" { print $1, $3 }')" '1 sleep' \
		"what ip netns exec started, $stray"
	wait_for is_counted alice || fail "$(pamnetctl list)"
	check_eq "$(netns_of "$manager")" "$(named_netns alice)" 'the user manager'
	connection_close alice
	pkill -x -u alice sleep
	wait_for has_services alice systemd-user ||
		fail "afterwards: $(services alice)"
	kill "$stray"
}
test_case 'pamnetctl list has user managers, ssh, su, cron and ip netns exec' listed

# ---- with a line for sshd only ---------------------------------------------

ssh_only() {
	sed -i '/pam_\(new\|user\)net.so/d' /etc/pam.d/common-session*
	sed -i '/pam_selinux.so open/a session required pam_newnet.so\
session required pam_usernet.so' /etc/pam.d/sshd
	"$@"
}

column=sshd
while read -r outcome door name; do
	test_case "documented, with a line for sshd only, ${outcome/_/ } by $name" \
		ssh_only "$outcome" "$door"
done <<-END
	confined     ssh             ssh
	let_through  su              su
	let_through  sudo            sudo
	let_through  console         a console
	let_through  user_manager    systemd --user
	let_through  systemd_run     systemd-run --user
	let_through  dbus            D-Bus activation
	let_through  at              at
	let_through  cron            cron
	let_through  linger          a lingering user manager
	let_through  machinectl      machinectl shell
	let_through  unit_with_pam   a unit with User= and PAMName=
	let_through  unit_without_pam  a unit with User= only
	let_through  runuser         runuser
END

# ---- doc/admin.md ----------------------------------------------------------

# outcome COLUMN DOOR...: what all of these doors have in common
outcome() {
	local column=$1
	shift
	(cd "$work" && sort -u "${@/#/$column.}")
}

table() {
	local doors name
	while IFS='|' read -r doors name; do
		# shellcheck disable=SC2086
		echo "| $name | $(outcome profiles $doors) | $(outcome sshd $doors) |"
	done <<-'END'
		ssh|ssh, sftp, port forwarding
		su sudo|su, `sudo -u`
		console|a console
		user_manager|`systemctl --user`, the user manager
		systemd_run|`systemd-run --user`
		dbus|D-Bus activation
		at|at
		cron|cron, the `cron` package of Debian
		linger|a lingering user manager, without any login
		machinectl|`machinectl shell`
		unit_with_pam|a unit with `User=` and `PAMName=login`
		unit_without_pam runuser|a unit with `User=` only; runuser
	END
}

documented() {
	check_same "$(sed -n '/^| a process that is started by | with/,/^$/p' doc/admin.md |
		sed -e 1,2d -e '/^$/d')" "$(table)" 'the table of doc/admin.md'
}
test_case "the administrator's table of doors is what was seen" documented
