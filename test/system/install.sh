#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What dpkg and pam-auth-update do: a fresh installation, an upgrade of
# Debian's 0.3-2, removal and purge.
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

stacks=(common-session common-session-noninteractive)

reset_packages() {
	if dpkg-query -W libpam-net >/dev/null 2>&1; then
		dpkg --purge libpam-net >/dev/null 2>&1
	fi
	dpkg --purge pamnetctl >/dev/null 2>&1
	(cd /etc && rm -rf "${pristine[@]}")
	cp -a "$work/etc/." /etc
	rm -rf /var/lib/pam
	cp -a "$work/pam" /var/lib/pam
	cp "$work/pam.conf" /etc/pam.conf
	rm -f /usr/lib/pam.d/test
	echo PURGE | debconf-communicate libpam-net >/dev/null 2>&1
}
cp -a /var/lib/pam "$work/pam"
cp /etc/pam.conf "$work/pam.conf"

pam_snapshot() {
	(cd /etc/pam.d && sha256sum -- *)
}

# ---- a fresh installation --------------------------------------------------

installing() {
	local before group
	before=$(pam_snapshot)
	package_install "$PACKAGE"
	check_same "$(pam_snapshot)" "$before" '/etc/pam.d'
	for group in newnet usernet; do
		getent group $group >/dev/null || fail "no group $group"
		(($(getent group $group | cut -d: -f3) < 1000)) ||
			fail "$group is no system group"
		check_eq "$(getent group $group | cut -d: -f4)" '' "members of $group"
	done
	check_everybody_in
	members
	check_host "$(ssh_as alice "$netns")"
}
test_case 'an installation makes the groups and enables nothing' installing

groups_there() {
	groupadd -g 4321 newnet
	gpasswd -a nina newnet
	package_install "$PACKAGE"
	check_eq "$(getent group newnet)" 'newnet:x:4321:nina' 'the group'
}
test_case 'an installation leaves a group that is there alone' groups_there

enabling() {
	local stack
	package_install "$PACKAGE"
	profiles_enable
	for stack in "${stacks[@]}"; do
		check_same "$(lines_of "$stack")" 'session required pam_newnet.so
session required pam_usernet.so' "lines in $stack"
		check_same "$(grep -E '^session' "/etc/pam.d/$stack" | tail -n 2 |
			grep -oE 'pam_\w+net')" $'pam_newnet\npam_usernet' \
			"the last lines of $stack"
	done
}
test_case 'enabled profiles are required, and last in both stacks' enabling

enabled_confine() {
	local user
	package_install "$PACKAGE"
	profiles_enable
	members
	for user in alice alan paul both; do
		check_named $user "$(ssh_as $user "$netns")"
	done
	check_new "$(ssh_as nina "$netns")"
	for user in bob lara root; do
		check_host "$(ssh_as $user "$netns")"
	done
}
test_case 'enabled profiles confine members and let bystanders pass' \
	enabled_confine

disabling() {
	local before
	before=$(pam_snapshot)
	package_install "$PACKAGE"
	profiles_enable
	pam-auth-update --disable "${profiles[@]}"
	check_same "$(pam_snapshot)" "$before" '/etc/pam.d'
}
test_case 'disabled profiles leave no trace in the stacks' disabling

reinstalling() {
	local fix program=/usr/libexec/pam_net/rules
	package_install "$PACKAGE"
	profiles_enable
	sed -i '/pam_usernet/s/$/ init=rules/' /etc/pam.d/common-session*
	rm $program
	fix=$(pamnetctl check --no-legend --output what,fix |
		sed -n "s|.*$program.*\(apt-get\)|\1|p" | sort -u)
	check_eq "$fix" 'apt-get install --reinstall libpam-net' 'the command'
	archive
	bash -c "$fix" || fail 'it fails'
	[[ -x $program ]] || fail 'the program is not back'
	check_no_match "$(pamnetctl check)" "$program" 'what check finds'
}
test_case 'the command of check brings a program of the package back' \
	reinstalling

# ---- an upgrade ------------------------------------------------------------

upgrading() {
	local stack said
	package_install "$peer"
	profiles_enable
	check_match "$(lines_of common-session)" 'optional pam_usernet' '0.3-2'
	groupadd -r newnet
	groupadd -r usernet
	members
	said=$(package_install "$PACKAGE")
	for stack in "${stacks[@]}"; do
		check_same "$(lines_of "$stack")" 'session required pam_newnet.so
session required pam_usernet.so' "lines in $stack"
		check_match "$(grep -E '^session' "/etc/pam.d/$stack" | tail -n 1)" \
			pam_usernet "the last line of $stack"
	done
	check_match "$said" 'optional.*required' 'what the upgrade says'
	check_named alice "$(ssh_as alice "$netns")"
	check_new "$(ssh_as nina "$netns")"
	check_host "$(ssh_as bob "$netns")"
}
test_case 'an upgrade of 0.3-2 keeps the profiles, makes them required, says so' \
	upgrading

upgrading_disabled() {
	local said before
	before=$(pam_snapshot)
	package_install "$peer"
	said=$(package_install "$PACKAGE")
	check_same "$(pam_snapshot)" "$before" '/etc/pam.d'
	check_no_match "$said" 'required' 'what the upgrade says'
}
test_case 'an upgrade of 0.3-2 that nobody has enabled changes nothing' \
	upgrading_disabled

upgrading_one() {
	package_install "$peer"
	pam-auth-update --enable libpam-net-usernet
	package_install "$PACKAGE"
	check_same "$(lines_of common-session)" 'session required pam_usernet.so' \
		'lines'
}
test_case 'an upgrade of 0.3-2 enables no other profile' upgrading_one

# upgrading_open DEB: what the old modules have opened is joined by new logins,
# and is closed by the old ones
upgrading_open() {
	local alice nina
	package_install "$1"
	profiles_enable
	groupadd -f -r newnet
	groupadd -f -r usernet
	members
	mkdir -p /etc/netns/{alice,alan,paul,both}
	connection_open alice
	connection_open nina
	alice=$(connection_run alice "$netns") nina=$(connection_run nina "$netns")
	check_named alice "$alice"
	check_new "$nina"
	package_install "$PACKAGE"
	check_eq "$(connection_run alice "$netns")" "$alice" 'her open session'
	check_eq "$(connection_run nina "$netns")" "$nina" 'the session of newnet'
	check_eq "$(ssh_as alice "$netns")" "$alice" 'a login beside it'
	connection_close alice
	connection_close nina
	check_eq "$(ssh_as alice "$netns")" "$alice" 'a login after it'
	check_eq "$(stat -c %a /run/pam_net)" 755 '/run/pam_net'
	check_everybody_in
}
test_case 'an upgrade of 0.3-2 leaves open sessions alone, and logins join them' \
	upgrading_open "$peer"
# Built out of the history, with --all.
for deb in /srv/package/1.0/libpam-net_1.0*.deb; do
	[[ ! -e $deb ]] ||
		test_case 'an upgrade of 1.0 leaves open sessions alone, and logins join them' \
			upgrading_open "$deb"
done

# 0.4, of Debian 13, has a third one.
upgrading_groupnet() {
	local said
	package_install "$peer"
	cat >/usr/share/pam-configs/libpam-net-groupnet <<-END
		Name: Join per-group network namespace on login
		Default: no
		Priority: 0
		Session-Type: Additional
		Session:
		$(printf '\toptional\tpam_groupnet.so')
	END
	pam-auth-update --enable libpam-net-groupnet
	sed -i 's/pam_groupnet.so */& group=lab/' /etc/pam.d/common-session
	groupadd lab-red
	gpasswd -a lara lab-red
	said=$(package_install "$PACKAGE")
	check_same "$(lines_of common-session)" \
		'session required pam_groupnet.so group=lab' 'lines'
	check_match "$said" 'optional.*required' 'what the upgrade says'
	check_named red "$(ssh_as lara "$netns")"
	dpkg --remove libpam-net || fail 'cannot be removed'
	check_eq "$(lines_of common-session)" '' 'lines after the removal'
	check_everybody_in
}
test_case 'an upgrade of 0.4 keeps the profile of groupnet' upgrading_groupnet

upgrading_warns() {
	local said
	package_install "$peer"
	profiles_enable
	groupadd -r newnet
	groupadd -r usernet
	members
	mkdir -p /etc/netns/{alice,alan,paul,both}
	ln -s /etc/hosts /etc/netns/alice/hosts
	echo >/etc/netns/alan/hosts
	chown alan /etc/netns/alan/hosts
	echo >/etc/netns/both/hosts
	mkdir -p /run/netns
	mkfifo /run/netns/paul
	said=$(package_install "$PACKAGE")
	check_match "$said" '/etc/netns/alice/hosts' 'what would be refused'
	check_match "$said" '/etc/netns/alan/hosts' 'what would be refused'
	check_match "$said" '/run/netns/paul' 'what would be refused'
	check_no_match "$said" '/etc/netns/both' 'what would be refused'
	check_refused alice
	check_refused alan
	check_refused paul
	check_let_in both
}
test_case 'an upgrade of 0.3-2 names what would now be refused' upgrading_warns

upgrading_changed() {
	local said
	package_install "$peer"
	profiles_enable
	sed -i 's/^session.*pam_unix.so/& noaudit/; s/^# end of/#\n&/' \
		/etc/pam.d/common-session
	sed -i '/pam_permit/d' /etc/pam.d/common-session
	said=$(package_install "$PACKAGE")
	check_match "$(lines_of common-session)" optional 'lines'
	check_match "$said" "still.*optional" 'what the upgrade says'
}
test_case 'an upgrade says so where a stack that was changed by hand stays optional' \
	upgrading_changed

upgrading_by_hand() {
	local said
	package_install "$peer"
	groupadd -r usernet
	echo 'session required pam_usernet.so group=typo' >>/etc/pam.d/sshd
	echo 'session [default=bad success=ok] pam_newnet.so foo=bar bare' \
		>>/etc/pam.d/cron
	cat >>/etc/pam.d/atd <<-'END'
		session required \
			pam_usernet.so lodown debug
		# session required pam_usernet.so comment=yes
	END
	check_everybody_in
	said=$(package_install "$PACKAGE")
	check_match "$said" "/etc/pam.d/sshd:[0-9]+ +there is no group 'typo': denies everybody but root" \
		'what the upgrade says'
	check_match "$said" "/etc/pam.d/cron:[0-9]+ +'foo=bar': [^;]*; denies everybody but root" \
		'what the upgrade says'
	check_no_match "$said" '/etc/pam.d/atd' 'what the upgrade says'
	check_refused bob
	check_let_in root
}
test_case 'an upgrade of 0.3-2 names lines by hand that would refuse everybody' \
	upgrading_by_hand

upgrading_optional() {
	local said
	package_install "$peer"
	echo 'session optional pam_usernet.so group=typo' >>/etc/pam.d/sshd
	said=$(package_install "$PACKAGE")
	check_match "$said" 'still say "optional".*/etc/pam.d/sshd:[0-9]+' \
		'what the upgrade says'
	check_match "$said" "no group 'typo'" 'what the upgrade says'
	check_no_match "$said" 'now say' 'what the upgrade says'
	check_everybody_in
}
test_case 'an upgrade of 0.3-2 names optional lines by hand, which refuse nobody' \
	upgrading_optional

# Where no line of ours is in /etc/pam.d itself.
upgrading_included() {
	local said
	package_install "$peer"
	mkdir -p /etc/netns/alice
	ln -s /etc/hosts /etc/netns/alice/hosts
	printf '%s\n' 'session required pam_usernet.so foo=bar' \
		'session optional pam_newnet.so' >/srv/stack
	echo 'session include /srv/stack' >>/etc/pam.d/sshd
	said=$(package_install "$PACKAGE")
	check_match "$said" "/srv/stack:1 +'foo=bar'" 'what the upgrade says'
	check_match "$said" /etc/netns/alice/hosts 'what the upgrade says'
	check_match "$said" 'still say "optional".*/srv/stack:2' \
		'what the upgrade says'
}
test_case 'an upgrade of 0.3-2 follows includes to lines elsewhere' \
	upgrading_included

upgrading_unused() {
	local said
	package_install "$peer"
	mkdir -p /etc/netns/alice
	ln -s /etc/hosts /etc/netns/alice/hosts
	echo '# session required pam_usernet.so' >>/etc/pam.d/sshd
	said=$(package_install "$PACKAGE")
	check_no_match "$said" 'libpam-net: ' 'what the upgrade says'
}
test_case 'an upgrade of 0.3-2 says nothing where no line is' upgrading_unused

upgrading_itself() {
	local before
	package_install "$PACKAGE"
	profiles_enable
	members
	echo '-session optional pam_usernet.so foo=bar' >>/etc/pam.d/cron
	before=$(pam_snapshot)
	connection_open alice
	check_no_match "$(package_install "$PACKAGE")" foo=bar \
		'what the upgrade says'
	check_same "$(pam_snapshot)" "$before" '/etc/pam.d'
	check_named alice "$(connection_run alice "$netns")"
	connection_close alice
	check_named alice "$(ssh_as alice "$netns")"
}
test_case 'an upgrade of itself keeps the profiles and open sessions' \
	upgrading_itself

arguments_kept() {
	package_install "$peer"
	profiles_enable
	sed -i -E 's/pam_usernet.so */pam_usernet.so lodown/' /etc/pam.d/common-session
	package_install "$PACKAGE"
	check_match "$(lines_of common-session)" \
		'required pam_usernet.so lodown' 'lines'
}
test_case 'an upgrade of 0.3-2 keeps arguments that were added' arguments_kept

# They would say whom the line of the profile is for.
arguments_apart() {
	local stack=/etc/pam.d/common-session line='session optional pam_usernet.so group=lab'
	package_install "$peer"
	profiles_enable
	echo "$line" >>$stack
	package_install "$PACKAGE"
	check_same "$(lines_of common-session)" "session required pam_newnet.so
session required pam_usernet.so
$line" 'lines'
}
test_case 'an upgrade of 0.3-2 gives no line the arguments of one by hand' \
	arguments_apart

# ---- a downgrade -----------------------------------------------------------

# 0.3-2 has no pam_groupnet.so, and its lines are required.
downgrading() {
	local said
	package_install "$PACKAGE"
	profiles_enable
	pam-auth-update --enable libpam-net-groupnet
	members
	# 0.3-2 refuses them without.
	mkdir -p /etc/netns/{alice,alan,paul,both}
	said=$(package_install "$peer")
	check_same "$(lines_of common-session)" 'session required pam_newnet.so
session required pam_usernet.so' 'lines'
	check_match "$said" 'groupnet-NAME are on the host' 'what it says'
	check_everybody_in
	check_named alice "$(ssh_as alice "$netns")"
}

downgrading_own() {
	local before said
	package_install "$PACKAGE"
	profiles_enable
	pam-auth-update --enable libpam-net-groupnet
	echo 'session required pam_groupnet.so' >>/etc/pam.d/sshd
	before=$(pam_snapshot)
	! said=$(dpkg -i "$peer" 2>&1) || fail 'it was downgraded'
	check_match "$said" '    /etc/pam.d/sshd:[0-9]+' 'what dpkg says'
	check_same "$(pam_snapshot)" "$before" '/etc/pam.d'
	check_everybody_in
	sed -i '/groupnet/d' /etc/pam.d/sshd
	dpkg -i "$peer" || fail 'cannot be downgraded'
	check_everybody_in
}

# That of Debian 13 is 0.4-1, which has the module.
if [[ $peer == */libpam-net_0.3-* ]]; then
	test_case 'a downgrade to 0.3-2 takes out the profile that it does not have' \
		downgrading
	test_case 'a downgrade that would lock everybody out does not happen' \
		downgrading_own
fi

# ---- removal ---------------------------------------------------------------

# removing ACTION: with sessions open
removing() {
	local before user
	before=$(pam_snapshot)
	package_install "$PACKAGE"
	profiles_enable
	members
	connection_open alice
	connection_open nina
	check_match "$(dpkg "$1" libpam-net 2>&1)" \
		"members of its groups are on the host's network" 'what dpkg says'
	[[ ! -e $modules/pam_usernet.so ]] || fail 'the module is still there'
	check_same "$(pam_snapshot)" "$before" '/etc/pam.d'
	check_named alice "$(connection_run alice "$netns")"
	check_new "$(connection_run nina "$netns")"
	check_everybody_in
	check_host "$(ssh_as bob "$netns")"
	connection_close alice
	connection_close nina
	check_everybody_in
	for user in alice nina bob; do
		check_eq "$(su -l $user -c 'echo in' </dev/null 2>&1 | tail -n 1)" in \
			"su $user"
	done
}

removing_own() {
	local before
	package_install "$PACKAGE"
	profiles_enable
	echo 'session required pam_groupnet.so' >>/etc/pam.d/sshd
	before=$(pam_snapshot)
	! dpkg --remove libpam-net >"$work/said" 2>&1 || fail 'it was removed'
	check_match "$(<"$work/said")" /etc/pam.d/sshd 'what dpkg says'
	check_same "$(pam_snapshot)" "$before" '/etc/pam.d'
	check_everybody_in
	sed -i '/groupnet/d' /etc/pam.d/sshd
	dpkg --remove libpam-net || fail 'cannot be removed'
	check_everybody_in
}
test_case 'a removal that would lock everybody out does not happen' removing_own

removing_without_pamnetctl() {
	local said
	package_install "$PACKAGE"
	dpkg --remove --force-depends pamnetctl
	! said=$(dpkg --remove libpam-net 2>&1) || fail 'it was removed'
	check_match "$said" 'fix with: apt-get install pamnetctl' 'what dpkg says'
	archive
	apt-get install pamnetctl || fail 'the command fails'
	said=$(dpkg --remove libpam-net 2>&1) || fail 'cannot be removed'
	check_no_match "$said" 'on the host' 'what dpkg says where no line was'
}
test_case 'a removal without pamnetctl says what it needs' \
	removing_without_pamnetctl

removing_below() {
	local before
	package_install "$PACKAGE"
	profiles_enable
	echo 'session required pam_usernet.so group=lab' \
		>>/etc/pam.d/common-session-noninteractive
	before=$(pam_snapshot)
	! dpkg --remove libpam-net >"$work/said" 2>&1 || fail 'it was removed'
	check_match "$(<"$work/said")" /etc/pam.d/common-session-non 'what dpkg says'
	check_same "$(pam_snapshot)" "$before" '/etc/pam.d'
}
test_case 'the same for a line below those of the profiles' removing_below

# removing_with FILE LINE: a line that is needed, wherever libpam reads it
removing_with() {
	package_install "$PACKAGE"
	mkdir -p "$(dirname "$1")"
	echo "$2" >>"$1"
	! dpkg --remove libpam-net >"$work/said" 2>&1 || fail 'it was removed'
	check_match "$(<"$work/said")" "$1" 'what dpkg says'
}
test_case 'the same for a line in /usr/lib/pam.d' removing_with \
	/usr/lib/pam.d/test 'session required pam_usernet.so'
test_case 'the same for an indented line' removing_with \
	/etc/pam.d/test '  session required pam_usernet.so # needed'

# What libpam does not read needs no module.
removing_beside() {
	package_install "$PACKAGE"
	echo 'test session required pam_usernet.so' >>/etc/pam.conf
	dpkg --remove libpam-net || fail 'cannot be removed'
	check_everybody_in
}
test_case 'a line in /etc/pam.conf, which libpam does not read, is in no way' \
	removing_beside

# A file that is included from elsewhere.
removing_site() {
	package_install "$PACKAGE"
	mkdir -p /etc/pam.d/site
	echo 'session required pam_usernet.so' >/etc/pam.d/site/x
	echo '@include site/x' >>/etc/pam.d/sshd
	! dpkg --remove libpam-net >"$work/said" 2>&1 || fail 'it was removed'
	check_match "$(<"$work/said")" /etc/pam.d/site/x:1 'what dpkg says'
	check_everybody_in
}
test_case 'the same for a line in a file that is included from a directory' \
	removing_site

removing_comments() {
	package_install "$PACKAGE"
	printf '%s\n' '  # session required pam_usernet.so' \
		'session required pam_limits.so # was pam_usernet.so' \
		'-session optional pam_newnet.so' >>/etc/pam.d/sshd
	dpkg --remove libpam-net || fail 'cannot be removed'
	check_everybody_in
}
test_case 'lines that need no module of ours are in no way of a removal' \
	removing_comments

removing_changed() {
	package_install "$PACKAGE"
	profiles_enable
	members
	sed -i '/pam_permit/d' /etc/pam.d/common-session
	sed -i 's/^session.*pam_usernet.so/& debug/' /etc/pam.d/common-*
	dpkg --remove libpam-net
	[[ -e $modules/pam_usernet.so ]] ||
		check_eq "$(lines_of common-session)" '' 'lines without a module'
	check_let_in alice
	check_let_in root
}
test_case 'a removal from stacks that were changed by hand locks nobody out' \
	removing_changed

test_case 'after a removal with sessions open everybody can log in' \
	removing --remove
test_case 'after a purge with sessions open everybody can log in' \
	removing --purge

# What apt, dpkg and systemd keep for themselves is not ours.
file_names() {
	find /etc /usr /lib /opt /srv /var -xdev \( -path /var/lib/dpkg -o \
		-path /var/lib/systemd -o -path /var/cache -o -path /var/log \) \
		-prune -o -print | sort
}

leaving_nothing() {
	local before
	# pam-auth-update and useradd leave backups, whatever they change.
	pam-auth-update --package
	groupadd -r other
	groupdel other
	before=$(file_names)
	package_install "$PACKAGE"
	profiles_enable
	dpkg --purge libpam-net pamnetctl
	check_same "$(file_names)" "$before" 'files'
}
test_case 'a purge leaves no file' leaving_nothing

removed_again() {
	package_install "$PACKAGE"
	profiles_enable
	dpkg --remove libpam-net
	package_install "$PACKAGE"
	check_eq "$(lines_of common-session)" '' 'lines'
	check_everybody_in
}
test_case 'an installation after a removal enables nothing' removed_again
