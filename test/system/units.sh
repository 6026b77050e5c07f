#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An ssh.service that may do less than usual: members are confined or refused,
# never out, and everybody else is let in. pamnetctl check says which it is, and
# its command mends it.
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

ready
# Where the commands of pamnetctl check write.
mended=/etc/${drop_in#/run/}

# check_outcome OUTCOME USER: confined or refused, and never on the host
check_outcome() {
	local got status=0
	got=$(ssh_as "$2" "$netns" 2>/dev/null) || status=$?
	[[ $got != *"$(host_netns)"* ]] || fail "$2 is out"
	if [[ $1 == refused ]]; then
		# 255: sshd was ended.
		check_match "$status" '^25[45]$' "exit status of ssh -l $2"
		check_no_match "$got" 'net:' "$2 ran a command"
	elif [[ $2 == nina ]]; then
		check_new "$got"
	else
		check_named "$2" "$got"
	fi
}

# rights_of COLUMN: of what pamnetctl check finds in ssh.service
rights_of() {
	pamnetctl check -J | COLUMN=$1 perl -MJSON::PP -0777 -ne 'print map {
		$_->{what} =~ /= of .ssh.service. /
			? "$_->{$ENV{COLUMN}}\n" : () } @{decode_json($_)->{check}}'
}

# check_found OUTCOME PROPERTY...: it is found where members are refused; with its
# command they are let in
check_found() {
	local fix
	if [[ $1 != *refused* ]]; then
		check_eq "$(rights_of what)" '' "$2 is found"
		return
	fi
	check_match "$(rights_of where)" "^$drop_in/test.conf:[0-9]+$" "where $2 is"
	check_match "$(rights_of what)" "^${2%%=*}= " "$2 is found"
	fix=$(rights_of fix)
	bash -c "$fix" || fail "it fails: $fix"
	wait_for bash -c 'exec 3<>/dev/tcp/127.0.0.1/22'
	check_outcome confined alice
	check_outcome confined nina
	check_eq "$(rights_of what)" '' "after $fix"
}

# hardened USERNET NEWNET PROPERTY...
hardened() {
	local usernet=$1 newnet=$2
	shift 2
	unit_with "$@"
	log_mark
	check_outcome "$usernet" alice
	check_outcome "$usernet" alice
	check_outcome "$newnet" nina
	check_host "$(ssh_as bob "$netns")"
	check_host "$(ssh_as root "$netns")"
	if [[ $usernet == refused ]]; then
		check_match "$(log_since)" "denied user=alice " 'the log'
	fi
	check_found "$usernet $newnet" "$@"
	rm -rf "${mended:?}"
	unit_reset
	check_named alice "$(ssh_as alice "$netns")"
	check_new "$(ssh_as nina "$netns")"
	echo "$usernet $newnet $*" >>"$work/seen"
}

# Without CAP_NET_ADMIN the loopback interface cannot be brought up; in a named
# namespace the user manager, which pam_systemd starts first, has done so.
while read -r usernet newnet properties; do
	# shellcheck disable=SC2086
	test_case "never-outside with $properties, usernet ${usernet}, newnet $newnet" \
		hardened "$usernet" "$newnet" $properties
done <<-END
	confined confined PrivateTmp=yes
	confined confined ProtectSystem=strict
	refused refused RestrictNamespaces=~net
	refused refused RestrictNamespaces=yes
	refused refused CapabilityBoundingSet=~CAP_SYS_ADMIN
	confined refused CapabilityBoundingSet=~CAP_NET_ADMIN
	refused refused CapabilityBoundingSet=~CAP_SYS_ADMIN CapabilityBoundingSet=~CAP_NET_ADMIN
	confined confined ProtectKernelTunables=yes
	confined confined ProtectControlGroups=yes ProtectHome=read-only PrivateTmp=yes
	refused confined SystemCallFilter=~setns SystemCallErrorNumber=EPERM
	refused refused RestrictNamespaces=~mnt
	confined refused SystemCallFilter=~mount SystemCallErrorNumber=EPERM
	refused refused RestrictAddressFamilies=~AF_NETLINK
	refused refused RestrictAddressFamilies=AF_UNIX RestrictAddressFamilies=AF_INET
END

# The calls of Linux 6.8, which a filter ends that does not know them.
newnet=confined
case $(uname -r) in
[1-5].* | 6.[0-7].*) ;;
*)
	systemd-analyze syscall-filter @system-service @mount @file-system |
		grep -qw listmount || newnet=refused
	;;
esac
test_case 'never-outside with a filter that knows no new calls' hardened confined \
	$newnet SystemCallFilter=@system-service SystemCallFilter=@mount

less_for_owners() {
	sed -i -E 's/(pam_(new|user)net.so).*/\1 owner/' /etc/pam.d/common-session*
	unit_with RestrictNamespaces=~user
	check_outcome refused nina
	check_host "$(ssh_as bob "$netns")"
	check_found refused RestrictNamespaces=~user
	rm -rf "${mended:?}"
}
test_case 'never-outside with RestrictNamespaces=~user, and owner' less_for_owners

# systemd opens the session of a user manager before it takes anything away.
other_units() {
	local unit
	for unit in cron user@; do
		mkdir -p /run/systemd/system/$unit.service.d
		printf '%s\n' '[Service]' RestrictNamespaces=yes \
			>/run/systemd/system/$unit.service.d/test.conf
	done
	systemctl daemon-reload
	check_named alice "$(ssh_as alice systemd-run --user --wait --pipe -q "$netns")"
	check_match "$(pamnetctl check -n -o where,what | grep "= of '")" \
		"^/run/systemd/system/cron.service.d/test.conf:2 +RestrictNamespaces= of 'cron.service' takes away net mnt,[^'
]*$" finding
}
test_case 'check finds less rights where a session needs them' other_units
rm -rf /run/systemd/system/{cron,user@}.service.d
systemctl daemon-reload

sound_unit() {
	check_eq "$(pamnetctl check -n -o what 2>&1 | grep -e "= of '" -e cannot)" '' findings
}
test_case 'check finds nothing in the units that are there' sound_unit

private_name() {
	local inside
	unit_with PrivateTmp=yes ProtectSystem=strict
	connection_open alice
	inside=$(connection_run alice "$netns")
	check_named alice "$inside"
	check_match "$(ip netns list)" '(^|
)alice' 'ip netns list'
	unit_reset
	check_eq "$(ssh_as alice "$netns")" "$inside" 'the next login'
	connection_close alice
}
test_case 'one-name a name made in a unit with mounts of its own is there for all' \
	private_name

# outcomes SETTING: as doc/admin.md writes it, without the value if any counts
outcomes() {
	awk -v setting="$1" 'index($3, setting) == 1 { print $1, $2 }' \
		"$work/seen" | sort -u
}

# shellcheck disable=SC2016
documented() {
	local what usernet newnet setting settings
	while IFS='|' read -r _ what usernet newnet _; do
		mapfile -t settings < <(grep -oE '`[^`]+`' <<<"$what" | tr -d '`')
		if [[ $what == *' without '* ]]; then
			settings=("${settings[0]}~${settings[1]}")
		fi
		for setting in "${settings[@]}"; do
			check_same "$(outcomes "$setting")" \
				"$(awk '{ print $1 }' <<<"$usernet") $(awk '{ print $1 }' <<<"$newnet")" \
				"$setting in doc/admin.md"
		done
	done < <(sed -n '/^| in `ssh.service`/,/^$/p' doc/admin.md |
		sed -e 1,2d -e '/^$/d')
	((${#settings[@]})) || fail 'no table'
}
test_case "the administrator's table of units is what was seen" documented
