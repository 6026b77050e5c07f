#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pamnetctl check: it finds each fault, its command fixes it, and a sound
# system has none.
# shellcheck source=pamnetctl/lib.sh
. "$(dirname "$0")/lib.sh"

# Where the programs of init= are installed.
libexec=$(sed -n 's/^PAM_NET_LIBEXECDIR:[A-Z]*=//p' \
	"$(dirname "$0")/../../build/CMakeCache.txt")

# A setting of the whole machine, which is not the test's.
tiocsti=/proc/sys/dev/tty/legacy_tiocsti
if [[ -e $tiocsti ]]; then
	echo 0 >/root/tiocsti
	mount --bind /root/tiocsti $tiocsti
fi

# A group ID without a name is a finding of its own.
while read -r gid; do
	getent group "$gid" >/dev/null || echo "group$gid:x:$gid:" >>/etc/group
done < <(cut -d: -f4 /etc/passwd)
cp /etc/group /root/group
cp /etc/nsswitch.conf /root/nsswitch.conf

# What a sound host has: the lines that are tested in all stacks.
sound() {
	cp /root/group /etc/group
	cp /root/nsswitch.conf /etc/nsswitch.conf
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	rm -f /etc/pam.d/{systemd-user,polkit-1,site}
	sed -i 's/^#\?UsePAM.*/UsePAM yes/' /etc/ssh/sshd_config
	grep -q ^UsePAM /etc/ssh/sshd_config || sed -i '1i UsePAM yes' /etc/ssh/sshd_config
	rm -rf /etc/nscd.conf /etc/postfix /etc/netns/* /etc/security/netns* \
		/run/systemd/resolve /etc/sudoers.d /etc/sudoers-site* "$libexec"
	mkdir -p "$libexec"
	cp "$(dirname "$0")"/../../init/* "$libexec"
	chown -R 0:0 "$libexec"
	chmod -R go-w "$libexec"
	rm -f /etc/sysctl.d/60-pam-net.conf /etc/resolv.conf.host \
		/usr/lib/pam.d/{site,SITE-2,site-2}
	rm -rf /run/systemd/system /{etc,usr/lib}/systemd/system/{site*,ssh.service.d} \
		/run/systemd/generator /etc/default/ssh /etc/ssh/site_config \
		/etc/sudo.conf \
		/etc/exim4 /usr/sbin/exim4
	sed -i '/run.netns/d' /etc/fstab
	[[ ! -e $tiocsti ]] || echo 0 >$tiocsti
	echo 1 >/proc/sys/net/ipv4/ip_forward
	nft flush ruleset 2>/dev/null || true
	: >/root/units
}

# rules_files: an empty one for each user, and for lab
rules_files() {
	local name
	for name in lab $(awk -F: '$3 >= 1000 { print $1 }' /etc/passwd); do
		mkdir -p "/etc/netns/$name"
		: >"/etc/netns/$name/nftables.conf"
	done
}

# There is no admin who edits, and nothing of what these settings are for.
ln -s /bin/true /usr/local/bin/editor
touch /usr/sbin/{postfix,nscd}

# Members of a group that no line is for are a finding of their own, so it has
# none, and not the number by which it is somebody's own group.
eval "$(declare -f pam_lines | sed '1s/pam_lines/write_lines/')"
pam_lines() {
	local kind
	write_lines "$@"
	for kind in newnet usernet groupnet; do
		[[ "$*" == *pam_$kind.so* ]] ||
			sed -i "s/^\(${kind}[^:]*:x:\)\([0-9]*\):.*/\19\2:\ngroup\2:x:\2:/" /etc/group
	done
}

# policy LINE...: the policy file, which all stacks follow
policy() {
	pam_lines 'session required pam_usernet.so config'
	printf '%s\n' "$@" >/etc/security/netns.conf
}

# unit DIRECTORY NAME LINE...: a file of a unit, in its section of the service
unit() {
	mkdir -p "/$1/systemd/system/$(dirname "$2")"
	printf '%s\n' '[Unit]' 'User=alan' '[Service]' "${@:3}" \
		>"/$1/systemd/system/$2"
}

# There is no systemd here: it shows the units that are in a file.
cat >/root/systemctl <<'END'
#!/bin/sh
case $1 in
show) . /root/units ;;
daemon-reload | reload | restart | disable) ;;
*) exit 1 ;;
esac
END
chmod 755 /root/systemctl
mount --bind /root/systemctl /usr/bin/systemctl

# shown UNIT PROGRAM SETTING...: systemd runs, and shows another unit
shown() {
	mkdir -p /run/systemd/system
	{
		echo "cat <<'UNIT'"
		printf '%s\n' "Id=$1" "FragmentPath=/usr/lib/systemd/system/$1" \
			DropInPaths= "ExecStart={ path=$2 ; argv[]=$2 -D ; pid=1 }" \
			KillMode=process "${@:3}" '' UNIT
	} >>/root/units
}

noexec_program() {
	mkdir -p /run/noexec
	mount -t tmpfs -o noexec,mode=755 none /run/noexec
	trap 'umount -l /run/noexec; rmdir /run/noexec' EXIT
	printf '#!/bin/sh\n' >/run/noexec/fill
	chmod 755 /run/noexec/fill
}

# exim4 FILE...: exim is there, with a router that Debian has, in each file
exim4() {
	local file
	mkdir -p /etc/exim4/conf.d/router
	touch /usr/sbin/exim4
	for file; do
		cat >"/etc/exim4/$file" <<-'END'
			  file = $home/.forward
			  allow_filter
			  pipe_transport = address_pipe
			  transport = procmail_pipe
		END
	done
}
printf '#!/bin/sh\n' >/usr/local/sbin/update-exim4.conf
chmod 755 /usr/local/sbin/update-exim4.conf

# on_host USER PROGRAM [WORD...]: a process on the host, without a session
on_host() {
	setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}" &
	wait_for pgrep -u "$1" -f "^[^ ]*${*: -2:1} ${*: -1}" ||
		fail "no process: $*"
}

# It may not be traced, as it is set-group-ID.
cp "$(command -v sleep)" /srv/screen
chown 0:1 /srv/screen
chmod 2755 /srv/screen

# The socket by which the host's resolver answers.
resolver_socket() {
	mkdir -p /run/systemd/resolve
	touch /run/systemd/resolve/io.systemd.Resolve
}

# Programs ask it.
resolve() {
	sed -i '/^hosts:/d' /etc/nsswitch.conf
	printf '\thosts: files [NOTFOUND=continue] resolve [!UNAVAIL=return] dns # why\n' \
		>>/etc/nsswitch.conf
}

# hide_program NAME: there is none of this name, until the case ends
hide_program() {
	mount --bind /dev/null "$(command -v "$1")"
	# shellcheck disable=SC2064 # as it is now
	trap "umount -l '$(command -v "$1")' 2>/dev/null || true" EXIT
}

# tunnel FILE: one that wg(8) takes
tunnel() {
	mkdir -p "${1%/*}"
	printf '%s\n' '[Interface]' "PrivateKey = $(wg genkey)" \
		'Address = 10.8.0.2/32' '[Peer]' \
		"PublicKey = $(wg genkey | wg pubkey)" \
		'Endpoint = localhost:51820' 'AllowedIPs = 0.0.0.0/0' >"$1"
	chmod 600 "$1"
}

# Puts a copy over the module, which may be changed, until the case ends.
spoil_module() {
	cp "$security/pam_usernet.so" /root/spoilt.so
	mount --bind /root/spoilt.so "$security/pam_usernet.so"
	trap 'umount -l "$security/pam_usernet.so" 2>/dev/null || true' EXIT
}

# Where the modules are.
security=$(dirname "$(find /usr/lib /lib -name pam_usernet.so -print -quit)")

# findings [COLUMNS]: what check prints; its status goes to $work/status
findings() {
	local status=0
	timeout 30 "$pamnetctl" check -n -o "${1-severity,where,what}" || status=$?
	echo "$status" >"$work/status"
}

nothing_is_found() {
	check_eq "$(findings)" '' "$1"
	check_eq "$(<"$work/status")" 0 "status, $1"
}

sound_system() {
	sound
	nothing_is_found 'a sound system'
	check_match "$("$pamnetctl" check --json)" '"check": \[' JSON
}
test_case 'check finds nothing on a sound system' sound_system

# What looks wrong and is not.
sound_oddities() {
	sound
	sed -i 's/$/\r/' /etc/ssh/sshd_config
	printf '%s\n' 'Defaults passprompt="!pam_session #"' >>/etc/sudoers
	cp /etc/pam.d/netns /etc/pam.d/atd.save
	for name in atd.{disabled,old,1,20240101} atd_bak atd-orig '#atd#' 'atd (copy)'; do
		printf 'session required pam_permit.so\n' >"/etc/pam.d/$name"
	done
	# As Arch has it.
	echo 'session required pam_permit.so' >/etc/pam.d/system-login
	printf '%s\n' 'session include system-login' 'session include netns' >/etc/pam.d/site
	# shellcheck disable=SC2016
	unit etc site-haproxy.service 'ExecStart=/usr/sbin/haproxy $OPTIONS -f /etc/hosts'
	sed -i 's/^usernet:.*/&,root/' /etc/group
	unit etc site.service User=root
	nothing_is_found 'oddities'
	sed -i 's/\r$//' /etc/ssh/sshd_config
	pam_lines '# no line'
	mkdir -p /etc/netns/vpn
	ln -s /etc/hosts /etc/netns/vpn/resolv.conf
	nothing_is_found 'overrides of ip netns'
	pam_lines 'session required pam_usernet.so config'
	pam_lines 'session required pam_usernet.so rootshared'
	resolver_socket
	sed -i '/^hosts:/d' /etc/nsswitch.conf
	echo 'hosts: files dns # resolve' >>/etc/nsswitch.conf
	nothing_is_found 'a resolver that no program asks'
	rm -r /run/systemd/resolve
	policy 'alice * alice init=/bin/true' 'bob * nina hide=/srv' \
		'bob * nosuch hide=/srv' '@usernet * %u' 'nin* * x%1' 'bob * xb hide=/srv'
	nothing_is_found 'names that no other line leads to'
	mkdir -p /etc/netns/lab
	policy '@usernet * lab-%u' '@newnet * new etc=lab'
	nothing_is_found 'overrides of ip netns, beside lines of ours'
	mkdir -p /run/pam_net
	touch /run/pam_net/names
	nothing_is_found 'no directory of records, which no line needs'
	rm /run/pam_net/names
}
test_case 'check finds nothing in what only looks wrong' sound_oddities

# services_differ: the lines of two services make something else of a rule that
# is for one of them
services_differ() {
	sound
	rules_files
	policy '@usernet sshd %u'
	cp /etc/pam.d/sshd /etc/pam.d/cron /root
	sed -i 's/^@include common-session.*/session required pam_usernet.so config/' /etc/pam.d/cron
	sed -i 's/^@include common-session.*/session required pam_usernet.so config init=rules/' /etc/pam.d/sshd
	check_no_match "$(findings)" 'same names' 'a rule for one service'
	policy '@usernet sshd,cron %u'
	check_match "$(findings)" \
		"denied +/etc/pam.d/cron:[0-9]+ +'/etc/pam.d/sshd:[0-9]+' is for the same names and has init=rules" \
		'a rule for both'
	cp /root/sshd /root/cron /etc/pam.d
}
test_case 'check finds services whose lines differ for a rule that both follow' services_differ

blessed() {
	local fix
	sound
	mkdir -p /etc/netns/alice/pam.d
	printf 'auth sufficient pam_permit.so\n' >/etc/netns/alice/pam.d/su
	chown alice /etc/netns/alice/pam.d/su
	fix=$(findings fix)
	check_match "$fix" '^install -m 644 .* && editor .* && mv ' command
	# shellcheck disable=SC2016
	printf '#!/bin/sh\n: >"$1"\n' >/usr/local/bin/empties
	chmod 755 /usr/local/bin/empties
	bash -c "editor() { empties \"\$@\"; }; $fix" || fail "it fails: $fix"
	check_eq "$(cat /etc/netns/alice/pam.d/su)" '' 'what the admin has left'
	nothing_is_found "after $fix"
}
test_case "check makes nothing root's that a user has written, unseen" blessed

not_enabled() {
	sound
	pam_lines '# no line'
	nothing_is_found 'no line of ours'
}
test_case 'check finds nothing where no stack has a line' not_enabled

# planted REGEX PLANT [LEFT]: PLANT is run; one finding matches REGEX; its
# command fixes it, or leaves LEFT, another finding
planted() {
	local found fix
	sound
	eval "$2" || fail "cannot plant: $2"
	found=$(findings)
	check_eq "$(<"$work/status")" 1 "status, found: $found"
	check_match "$found" "$1" 'finding'
	check_eq "$(wc -l <<<"$found")" 1 "number of findings: $found"
	fix=$("$pamnetctl" check -J | perl -MJSON::PP -0777 -ne \
		'print decode_json($_)->{check}[0]{fix} // ""')
	check_ne "$fix" '' "no command for $found"
	bash -c "$fix" || fail "it fails: $fix"
	# Here the admin knows what was meant.
	[[ $fix != editor\ * ]] || sound
	[[ ! ${3-} ]] || {
		check_match "$(findings)" "$3" "after $fix"
		return
	}
	nothing_is_found "after $fix"
}

while IFS='|' read -r name regex plant; do
	test_case "check finds and fixes $name" planted "$regex" "$plant"
done <<'END'
an unknown word|^denied +/etc/pam.d/netns:2 .*'lodwn'.*denies the members|pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so lodwn announce'
an unknown word in a line that goes on|^denied +/etc/pam.d/netns:1 .*'lodwn'|pam_lines 'session required \' 'pam_usernet.so \' 'announce lodwn'
an unknown assignment|^denied +/etc/pam.d/netns:1 .*'grop=a b'.*everybody but root|pam_lines 'session required pam_usernet.so [grop=a b] announce'
a slip in the name of a module|^outside +/etc/pam.d/netns:2 .*no module 'pam_usernett.so': this line confines nobody|pam_lines 'session required pam_newnet.so' 'session optional pam_usernett.so'
overrides by etc= that are missing|^advice +/etc/pam.d/netns:1 .*etc=isolatd: there is no '/etc/netns/isolatd'|pam_lines 'session required pam_newnet.so etc=isolatd'
a file of log= in a directory that is missing|^advice +/etc/pam.d/netns:1 .*there is no '/var/log/nosuch'|pam_lines 'session required pam_usernet.so log=/var/log/nosuch/netns.log'
a group given twice|^outside +/etc/pam.d/netns:1 .*'group=newnet' does not count, as 'group=usernet'|pam_lines 'session required pam_usernet.so group=newnet debug group=usernet'
a word with slashes and stars|^denied .*'x=/a\.\*'|pam_lines 'session required pam_usernet.so x=/a.*'
a group in quotes|^denied .*'group="usernet"'|pam_lines 'session required pam_usernet.so group="usernet"'
a group with a blank in quotes (field case 11)|^denied .*'group="domain'.*write brackets|sed -i /^usernet/d /etc/group; echo 'domain users:x:7777:' >>/etc/group; pam_lines 'session required pam_usernet.so group="domain users" debug'
a line that is not for sessions|^denied +/etc/pam.d/netns:1 .*not 'session'|pam_lines 'auth required pam_usernet.so' 'session required pam_usernet.so'
an optional line|^outside +/etc/pam.d/netns:1 .*'optional'|pam_lines 'session optional pam_usernet.so'
a sufficient line|^outside +/etc/pam.d/netns:1 .*'sufficient'|pam_lines 'session sufficient pam_usernet.so'
a control that ignores denials|^outside +/etc/pam.d/netns:1 .*'success=ok default=ignore'|pam_lines 'session [success=ok default=ignore] pam_usernet.so'
an optional line in a file that is included from elsewhere (B5)|^outside +/etc/site/x:1 .*'optional'|mkdir -p /etc/site; echo 'session optional pam_usernet.so' >/etc/site/x; pam_lines 'session include /etc/site/x'
the default group missing|^advice .*no group 'usernet'|sed -i '/^usernet:/d' /etc/group
sufficient above|^outside +/etc/pam.d/netns:1 .*'sufficient' of 'pam_exec.so' may skip pam_usernet.so|pam_lines 'session sufficient pam_exec.so /bin/true' 'session required pam_usernet.so'
a jump over it|^outside +/etc/pam.d/netns:1 .*'success=1 default=ignore' of|pam_lines 'session [success=1 default=ignore] pam_succeed_if.so uid = 0' 'session required pam_usernet.so' 'session optional pam_permit.so'
a module above that mounts (field case 15)|^advice +/etc/pam.d/netns:1 .*pam_mount.so is above pam_usernet.so|touch /srv/pam_mount.so; pam_lines 'session optional /srv/pam_mount.so' 'session required pam_usernet.so # ours'
a module below that mounts|^advice +/etc/pam.d/netns:2 .*pam_namespace.so is below|pam_lines 'session required pam_usernet.so' 'session optional pam_namespace.so'
a service without the line|^outside +/etc/pam.d/atd .*'atd'|sed -i '/^session\|common-session/d' /etc/pam.d/atd; echo 'session required pam_permit.so' >>/etc/pam.d/atd
a service whose last line has no end, where others have arguments|^outside +/etc/pam.d/atd .*'atd'|pam_lines 'session required pam_usernet.so [hide=/srv/a b\]\c] debug'; sed -i '/^session\|common-session/d' /etc/pam.d/atd; printf 'session required pam_permit.so' >>/etc/pam.d/atd
a service of /usr/lib without the line|^outside +/etc/pam.d/site .*'site'|mkdir -p /usr/lib/pam.d; echo 'session required pam_permit.so' >/usr/lib/pam.d/site
a line without a module|^denied +/etc/pam.d/netns:1 .*names no module|pam_lines 'session required' 'session required pam_usernet.so'
a file that is included and missing|^denied +/etc/pam.d/netns:1 .*is not there|pam_lines 'session include nosuch' 'session required pam_usernet.so'
a last line that goes on|^denied +/etc/pam.d/site:1 .*libpam cannot read it|printf 'session required pam_usernet.so \\\n' >/etc/pam.d/site
an @include that is missing|^denied +/etc/pam.d/site:1 .*libpam cannot read it|printf '@include nosuch\n@include netns\nsession required pam_permit.so\n' >/etc/pam.d/site
an @include without a file|^denied +/etc/pam.d/site:1 .*which crashes libpam|printf '@include\n@include netns\n' >/etc/pam.d/site
a fifo among the services|^denied +/etc/pam.d/site .*neither a file nor|mkfifo /etc/pam.d/site
a directory of stacks that others can write|^outside +/etc/pam.d +others than root can replace|chmod 777 /etc/pam.d
a directory of policy files that others can write|^denied +/etc/security/netns.d .*must be root's|policy 'alice %u'; mkdir -m 777 /etc/security/netns.d
a member with a blank|^outside +/etc/pam.d/netns:2 .*lists 'alan ', with a blank: 'alan' is no member|sed -i 's/^usernet:.*/usernet:x:2102:alice,alan ,both/' /etc/group
a member of a group of pam_groupnet.so that does not exist|^advice +/etc/pam.d/netns:3 .*'groupnet-lab' lists 'laar'|sed -i 's/^groupnet-lab:.*/&,laar/' /etc/group; echo 'session required pam_groupnet.so' >>/etc/pam.d/netns
a program of init= that is misspelt|^denied +/etc/pam.d/netns:1 .*init=vteh: |pam_lines 'session required pam_usernet.so init=vteh'
a link to the host's network in place of a name|^denied +/run/netns/alan .*symbolic link|mkdir -p /run/netns; ln -s /proc/1/ns/net /run/netns/alan
a policy file that others can write|^denied +/etc/security/netns.conf .*must be root's|pam_lines 'session required pam_usernet.so config'; echo 'alice * -' >/etc/security/netns.conf; chmod 666 /etc/security/netns.conf
a service in capitals (B6)|^denied +/etc/security/netns.conf .*:2: SSHD.*capital|pam_lines 'session required pam_usernet.so config'; printf 'bob * -\nalice *,SSHD ns0\n' >/etc/security/netns.conf
an option that a plan does not have|^denied +/etc/security/netns.conf .*nomount|pam_lines 'session required pam_usernet.so config'; echo 'alice * ns0 nomount' >/etc/security/netns.conf
a policy file that is a link|^denied +/etc/security/netns.d/a.conf .*symbolic link|policy 'alice %u'; mkdir /etc/security/netns.d; ln -s nosuch /etc/security/netns.d/a.conf
a policy file that is a fifo|^denied +/etc/security/netns.d/a.conf .*not a file|policy 'alice %u'; mkdir /etc/security/netns.d; mkfifo /etc/security/netns.d/a.conf
a policy file that is a directory|^denied +/etc/security/netns.d/a.conf .*is a directory|policy 'alice %u'; mkdir -p /etc/security/netns.d/a.conf
the stack of a service that she owns|^outside +/etc/pam.d/netns +others than root|chown alice /etc/pam.d/netns
a file of hers among the overrides|^denied +/etc/netns/alice/hosts .*must be root's|override alice hosts x; chown alice /etc/netns/alice/hosts
a file of hers three levels down (field case 6)|^denied +/etc/netns/alice/pam.d/a/su .*must be root's|mkdir -p /etc/netns/alice/pam.d/a; touch /etc/netns/alice/pam.d/a/su; chown alice /etc/netns/alice/pam.d/a/su
a link among the overrides|^denied +/etc/netns/alice/hosts .*symbolic link|mkdir /etc/netns/alice; ln -s /etc/hosts /etc/netns/alice/hosts
a file in place of a directory of overrides|^denied +/etc/netns/alice .*not a directory|touch /etc/netns/alice
a fifo among the overrides|^denied +/etc/netns/alice/hosts .*neither a file nor|mkdir /etc/netns/alice; mkfifo /etc/netns/alice/hosts
a fifo two levels down|^denied +/etc/netns/alice/a/b .*neither a file nor|mkdir -p /etc/netns/alice/a; mkfifo /etc/netns/alice/a/b
a socket among the overrides|^denied +/etc/netns/alice/hosts .*neither a file nor|mkdir /etc/netns/alice; socket_at /etc/netns/alice/hosts
a device among the overrides|^denied +/etc/netns/alice/hosts .*neither a file nor|mkdir /etc/netns/alice; mknod -m 644 /etc/netns/alice/hosts c 1 5
a link to itself among the overrides|^denied +/etc/netns/alice/hosts .*symbolic link|mkdir /etc/netns/alice; ln -s hosts /etc/netns/alice/hosts
a directory among the overrides, for a file|^denied +/etc/netns/alice/hosts .*cannot mount over '/etc/hosts'.*it is a file|mkdir -p /etc/netns/alice/hosts/x
a file among the overrides, for a directory|^denied +/etc/netns/alice/pam.d .*cannot mount over '/etc/pam.d'.*it is a directory|mkdir /etc/netns/alice; touch /etc/netns/alice/pam.d
a fifo in place of a directory of overrides|^denied +/etc/netns/alice .*neither a file nor|mkfifo /etc/netns/alice
a fifo in place of /etc/netns|^denied +/etc/netns .*neither a file nor|rm -rf /etc/netns; mkfifo /etc/netns
a control that fails for all others|^denied +/etc/pam.d/netns:1 .*takes PAM_IGNORE for a failure|pam_lines 'session [success=ok default=die] pam_usernet.so'
a line that a backslash has joined to the one above|^outside +/etc/pam.d/netns:1 .*'pam_usernet.so' is an argument of 'pam_exec.so'|pam_lines 'session optional pam_exec.so /bin/true \' 'session required pam_usernet.so'
a file that includes itself, once|^denied +/etc/pam.d/netns:2 .*libpam cannot read it|pam_lines 'session required pam_usernet.so' '@include netns'
a group that the name service does not read|^outside +/etc/pam.d/netns:1 .*/etc/group has the group 'usernet', and the name service does not|sed -i 's/^group:.*/group: systemd/' /etc/nsswitch.conf; pam_lines 'session required pam_usernet.so'
an interpreter of a program of init= that she owns|^outside +/etc/pam.d/netns:1 .*who can write its interpreter is root.*'/srv/sh'|cp /bin/sh /srv/sh; chown alice /srv/sh; printf '#! /srv/sh -e\n' >/root/filled; chmod 755 /root/filled; pam_lines 'session required pam_usernet.so init=/root/filled'
a control that takes success for a failure|^denied +/etc/pam.d/netns:2 .*'success=die' of 'pam_permit.so' takes PAM_SUCCESS|pam_lines 'session required pam_usernet.so' 'session [success=die] pam_permit.so' 'session required pam_permit.so'
hide= of what logins need|^denied +/etc/pam.d/netns:1 .*hide=/etc: sessions have nothing there|pam_lines 'session required pam_usernet.so hide=/srv/x:/etc'
a policy file that is a directory, by config=|^denied +/etc/security/netns.d .*is a directory|mkdir /etc/security/netns.d; pam_lines 'session required pam_usernet.so config=/etc/security/netns.d'
a policy file without a rule|^outside +/etc/pam.d/netns:1 .*netns.conf' has no rule|policy '# alice * vpn'
users of a rule with a comma|^outside +/etc/security/netns.conf:1 .*no user 'alice,alan'.*a line for each|policy 'alice,alan * vpn'
a group of a rule as sudoers has it|^outside +/etc/security/netns.conf:1 .*write '@usernet'|policy '%usernet * vpn'
a group of a rule without a sign|^outside +/etc/security/netns.conf:1 .*write '@usernet'|policy 'usernet * vpn'
everybody as other files have it|^outside +/etc/security/netns.conf:1 .*write '[*]' for everybody|policy 'ALL * new'
an exception as other files have it|^outside +/etc/security/netns.conf:1 .*write 'alice' with the namespace '-'|policy '!alice * new'
a rule for everybody, root too|^advice +/etc/security/netns.conf:1 .*for root, too|policy '* * vpn'
a policy file without the end that is read|^advice +/etc/security/netns.d/alan .*nothing reads|policy 'alice * vpn'; mkdir /etc/security/netns.d; echo 'alan * vpn' >/etc/security/netns.d/alan
members of a group that no line is for|^outside +/etc/group .*'newnet' has members, as 'nina', and there is no line|echo 'session required pam_usernet.so' >/etc/pam.d/netns
members of a group where no stack has a line|^outside +/etc/group .*'usernet' has members, as 'alice'|sed -i '/^newnet/d; /^groupnet/d' /etc/group; echo '# none' >/etc/pam.d/netns
somebody whose own group is one that no line is for|^outside +/etc/group .*'newnet' has members, as 'paul'|sed -i "s/^newnet:.*/newnet:x:$(id -g paul):/" /etc/group; echo 'session required pam_usernet.so' >/etc/pam.d/netns
members of a group of a prefix that no line is for|^outside +/etc/group .*'groupnet-lab' has members, as 'lara'|sed -i "s/^groupnet-lab:.*/&lara/" /etc/group
a file that users cannot read among the overrides|^advice +/etc/netns/alice/hosts .*users can read '/etc/hosts', and not|override alice hosts x; chmod 600 /etc/netns/alice/hosts
a directory that users cannot enter among the overrides|^advice +/etc/netns/alice/pam.d .*users can read '/etc/pam.d'|mkdir -p /etc/netns/alice/pam.d; chmod 700 /etc/netns/alice/pam.d
a blank that separates nothing|^outside +/etc/security/netns.conf:1 .*no-break space|policy $'alice\u00a0* %u' 'alan * ns0'
a member that does not exist|^advice +/etc/pam.d/netns:2 .*'usernet' lists 'alcie', and there is no such user|sed -i '/^usernet:/s/alice/alcie/' /etc/group
a member of a rule's group that does not exist|^advice +/etc/security/netns.conf:1 .*lists 'alcie'|sed -i '/^usernet:/s/alice/alcie/' /etc/group; policy '@usernet * %u'
a file in place of /etc/netns|^denied +/etc/netns .*not a directory|rm -rf /etc/netns; touch /etc/netns
an empty /etc/netns that is hers|^denied +/etc/netns .*must be root's|chown alice /etc/netns
a / that is not shared|^advice +/ .*not a shared mount|mount --make-private /
a /run/netns that others can write|^denied +/run/netns .*others than root can write it|mkdir -p /run/netns; chmod 777 /run/netns
a /run/netns that is read-only|^denied +/run/netns .*it is read-only|read_only /run/netns; mount --make-private /run/netns
a /run/pam_net that is read-only|^denied +/run/pam_net .*it is read-only|read_only /run/pam_net
a /run/pam_net that is hers|^denied +/run/pam_net .*others than root can write it|mkdir -p /run/pam_net; chown alice /run/pam_net
a file in place of /run/pam_net|^denied +/run/pam_net .*no directory|touch /run/pam_net
a link in place of the directory of locks|^denied +/run/pam_net/lock .*no directory|mkdir -p /run/pam_net; ln -s /tmp /run/pam_net/lock
a directory in place of a lock|^denied +/run/pam_net/lock/alice .*it is a directory|mkdir -pm 755 /run/pam_net/lock/alice; chmod 700 /run/pam_net/lock
a link in place of a lock|^denied +/run/pam_net/lock/alice .*symbolic link|mkdir -pm 700 /run/pam_net/lock; chmod 755 /run/pam_net; ln -s /tmp/x /run/pam_net/lock/alice
a link in place of the directory that init= needs|^denied +/run/pam_net/etc .*no directory|pam_lines 'session required pam_usernet.so init=/bin/true'; mkdir -p /run/pam_net; ln -s /tmp /run/pam_net/etc
a file in place of the directory of records|^denied +/run/pam_net/names .*no directory.*init= or owner|pam_lines 'session required pam_usernet.so init=/bin/true'; mkdir -p /run/pam_net; touch /run/pam_net/names
a file in place of the directory that records are written in|^denied +/run/pam_net/tmp .*no directory.*init= or owner|pam_lines 'session required pam_usernet.so init=/bin/true'; mkdir -p /run/pam_net; touch /run/pam_net/tmp
a directory in place of a record|^denied +/run/pam_net/names/alice .*it is a directory|pam_lines 'session required pam_usernet.so init=/bin/true'; mkdir -pm 755 /run/pam_net/names/alice
a file in place of what programs write|^denied +/run/pam_net/etc/alice .*a directory is needed there|pam_lines 'session required pam_usernet.so init=/bin/true'; mkdir -pm 755 /run/pam_net/etc; touch /run/pam_net/etc/alice
a directory of hers in place of what programs write|^denied +/run/pam_net/etc/alice .*must be root's|pam_lines 'session required pam_usernet.so init=/bin/true'; mkdir -pm 755 /run/pam_net/etc/alice; chown alice /run/pam_net/etc/alice
a directory in /run/netns|^denied +/run/netns/alice .*it is a directory|mkdir -p /run/netns/alice
a file with content in /run/netns|^denied +/run/netns/alice .*with content|mkdir -p /run/netns; echo x >/run/netns/alice
an empty file in /run/netns (field case 16)|^advice +/run/netns/alice .*creates another one|mkdir -p /run/netns; touch /run/netns/alice
the host's network under a name|^denied +/run/netns/alice .*network outside|mkdir -p /run/netns; touch /run/netns/alice; mount --bind /proc/1/ns/net /run/netns/alice
a fifo in /run/netns|^denied +/run/netns/alice .*no namespace|mkdir -p /run/netns; mkfifo /run/netns/alice
a file of hers in /run/netns|^denied +/run/netns/alice .*not root's file|mkdir -p /run/netns; touch /run/netns/alice; chown alice /run/netns/alice
a namespace of another kind under a name|^denied +/run/netns/alice .*of another kind|mkdir -p /run/netns; touch /run/netns/alice; mount --bind /proc/self/ns/uts /run/netns/alice
what else is mounted under a name|^denied +/run/netns/alice .*something else is mounted|mkdir -p /run/netns; touch /run/netns/alice; mount --bind /etc/hosts /run/netns/alice
/run/netns a link to docker's directory (field case 8)|^denied +/run/netns .*no directory|rm -rf /run/netns; mkdir -p /run/docker/netns; ln -s docker/netns /run/netns
/run/netns a link, dangling (field case 8)|^denied +/run/netns .*no directory|rm -rf /run/netns; ln -s /run/docker/netns /run/netns
UsePAM no|^outside +/etc/ssh/sshd_config:[0-9]+ .*does not use PAM|sed -i 's/^UsePAM.*/UsePAM no/' /etc/ssh/sshd_config
UsePAM no in a file that is included|^outside +/etc/ssh/sshd_config.d/a.conf:1 |sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' /etc/ssh/sshd_config; mkdir -p /etc/ssh/sshd_config.d; echo 'usepam=no' >/etc/ssh/sshd_config.d/a.conf
UsePAM=no among the options of a unit|^outside +/etc/default/ssh:2 .*by this option|printf '#-o UsePAM=no\nSSHD_OPTS="-4 -o UsePAM=no"\n' >/etc/default/ssh
UsePAM no among the options of a unit|^outside +/etc/default/ssh:1 .*by this option|echo "SSHD_OPTS='-ousepam\\ No'" >/etc/default/ssh
UsePAM no in the file of a second sshd|^outside +/etc/ssh/site_config:2 .*does not use PAM|printf 'Port 2222\nUsePAM no\n' >/etc/ssh/site_config; unit etc site.service 'ExecStart=/usr/sbin/sshd -D -f /etc/ssh/site_config'
no UsePAM in the file that sshd is started with|^outside +/etc/ssh/site_config .*UsePAM is not set|echo 'Port 22' >/etc/ssh/site_config; echo 'SSHD_OPTS="-f /etc/ssh/site_config"' >/etc/default/ssh
UsePAM no below a Match for all|^outside +/etc/ssh/sshd_config:[0-9]+ .*does not use PAM|sed -i /^UsePAM/d /etc/ssh/sshd_config; printf 'Match User bob\nPermitTTY no\nMatch all\nUsePAM no\n' >>/etc/ssh/sshd_config
sessions of sshd by a service without a line|^outside +/etc/ssh/sshd_config:[0-9]+ .*sessions as 'runuser'|sed -i '1i PAMServiceName runuser' /etc/ssh/sshd_config
UsePAM=no in the command of a unit that goes over some lines|^outside +/etc/systemd/system/site.service:4 .*by this option|unit etc site.service 'ExecStart=/usr/sbin/sshd -D \' '# why' '  -o UsePAM=no'
UsePAM=no in a variable of a unit|^outside +/etc/systemd/system/site.service:5 .*by this option|unit etc site.service 'ExecStart=/usr/sbin/sshd -D $SSHD_OPTS' 'Environment="SSHD_OPTS=-o UsePAM=no"'
the file of a second sshd among letters|^outside +/etc/ssh/site_config:1 .*does not use PAM|echo 'UsePAM no' >/etc/ssh/site_config; unit etc site.service 'ExecStart=!/usr/sbin/sshd -Df /etc/ssh/site_config'
UsePAM=no in the command of a unit|^outside +/etc/systemd/system/site.service.d/a.conf:5 .*by this option|unit usr/lib site.service 'ExecStart=/usr/sbin/sshd -D -o UsePAM=yes'; unit etc site.service.d/a.conf ExecStart= 'ExecStart=/usr/sbin/sshd -D "-o UsePAM no"'
no UsePAM at all|^outside +/etc/ssh/sshd_config .*UsePAM is not set|sed -i '/^UsePAM/d' /etc/ssh/sshd_config
sudo without a session|^outside +/etc/sudoers:[0-9]+ .*no PAM session|echo 'Defaults !pam_session' >>/etc/sudoers
sudo without a session, in a file that sudo.conf names|^outside +/etc/sudoers-site:1 |echo 'Defaults !pam_session' >/etc/sudoers-site; echo 'Plugin sudoers_policy sudoers.so sudoers_mode=0440 sudoers_file=/etc/sudoers-site' >/etc/sudo.conf
sudo without a session after one with|^outside +/etc/sudoers:[0-9]+ .*no PAM session|printf 'Defaults pam_session\nDefaults !use_pty, pam_session, !pam_session\n' >>/etc/sudoers
sudo without a session, for a user, before one with|^outside +/etc/sudoers:[0-9]+ .*no PAM session|printf 'Defaults:alice !pam_session\nDefaults pam_session\n' >>/etc/sudoers
sudo without a session, on this host|^outside +/etc/sudoers:[0-9]+ .*no PAM session|echo "Defaults@$(hostname) !pam_session" >>/etc/sudoers
sudo without a session, in sudoers.d|^outside +/etc/sudoers.d/site:1 |mkdir -p /etc/sudoers.d; echo 'Defaults:alice !pam_session' >/etc/sudoers.d/site
sudo without a session, with a blank|^outside +/etc/sudoers:[0-9]+ .*no PAM session|echo 'Defaults ! pam_session' >>/etc/sudoers
sudo without a session, for a user by number|^outside +/etc/sudoers:[0-9]+ .*no PAM session|echo 'Defaults:#2001 !lecture,!pam_session # why' >>/etc/sudoers
sudo without a session, in a line that goes on|^outside +/etc/sudoers:[0-9]+ .*no PAM session|printf 'Defaults !lecture, \\\n\t!!!pam_session\n' >>/etc/sudoers
sudo without a session, in a file that is included|^outside +/etc/sudoers-site:1 |echo 'Defaults !pam_session' >/etc/sudoers-site; echo '@include sudoers-site # why' >>/etc/sudoers
sudo without a session, in a file that is included as before 1.9.1|^outside +/etc/sudoers-site-testhost:1 |echo 'Defaults !pam_session' >/etc/sudoers-site-testhost; echo '#include "/etc/sudoers-site-%h"' >>/etc/sudoers
sudo without a session, in a directory that is included|^outside +/etc/sudoers-site.d/a b/c:2 |mkdir -p '/etc/sudoers-site.d/a b'; printf '\nDefaults !pam_session\n' >'/etc/sudoers-site.d/a b/c'; echo '#includedir sudoers-site.d/a\ b' >>/etc/sudoers
sudo by a service without a line|^outside +/etc/sudoers:[0-9]+ .*sessions as 'runuser'|echo 'Defaults pam_service=runuser' >>/etc/sudoers
sudo -i by a service without a line|^outside +/etc/sudoers:[0-9]+ .*sessions as 'runuser-l'|echo 'Defaults>alice pam_service=su, pam_login_service = "runuser-l"' >>/etc/sudoers
a second name of a uid (F10)|^outside .*'twin' has the uid of 'alice'|echo "twin:x:$(id -u alice):100::/home/alice:/bin/bash" >>/etc/passwd
a second name of a uid, where the group has a blank|^outside .*'twin' has the uid of 'alice'|sed -i /^usernet/d /etc/group; echo 'domain users:x:7777:alice' >>/etc/group; pam_lines 'session required pam_usernet.so [group=domain users]'; echo "twin:x:$(id -u alice):100::/home/alice:/bin/bash" >>/etc/passwd
postfix and .forward (field case 12)|^outside +/etc/postfix/main.cf .*forward|mkdir -p /etc/postfix; echo 'myhostname = x' >/etc/postfix/main.cf
postfix and .forward in a setting of some lines|^outside +/etc/postfix/main.cf .*forward|mkdir -p /etc/postfix; printf 'allow_mail_to_commands =\n# why\n alias,\n forward\nmailbox_command =\n' >/etc/postfix/main.cf
postfix and procmail|^outside +/etc/postfix/main.cf .*mailbox_command|mkdir -p /etc/postfix; printf 'allow_mail_to_commands = alias\nmailbox_command = /usr/bin/procmail -a "$EXTENSION"\n' >/etc/postfix/main.cf
exim and .forward|^outside +/etc/exim4/exim4.conf.template:3 .*forward|exim4 exim4.conf.template
exim and .forward, in files of its own|^outside +/etc/exim4/conf.d/router/600_x:3 .*forward|exim4 exim4.conf.template conf.d/router/600_x; echo "dc_use_split_config='true'" >/etc/exim4/update-exim4.conf.conf
exim and .forward, in a file of the admin's|^outside +/etc/exim4/exim4.conf:3 .*forward|exim4 exim4.conf.template exim4.conf
nscd (field case 14)|^advice +/etc/nscd.conf:1 .*nscd looks up|echo '	enable-cache	hosts	yes' >/etc/nscd.conf
lines of one name that differ in init=|^advice +/etc/pam.d/netns:2 .*'/etc/pam.d/netns:1' is for the same names and has init=/bin/true, this line has none|pam_lines 'session required pam_usernet.so init=/bin/true' 'session required pam_usernet.so group=newnet # why'
lines of one name that differ in programs|^advice +/etc/pam.d/netns:2 .*has init=/bin/true, this line has init=/bin/false|pam_lines 'session required pam_usernet.so init=/bin/true' 'session required pam_usernet.so init=/bin/false'
a line of the same name without the rules|^denied +/etc/pam.d/netns:1 .*'/etc/pam.d/netns:2' .*has init=rules, this line has none: .*denied|rules_files; pam_lines 'session required pam_usernet.so' 'session required pam_usernet.so group=newnet init=rules'
rules of one name that differ in init=|^denied +/etc/security/netns.conf:2 .*init=rules|rules_files; policy '@usernet * %u init=rules' 'bob %u'
rules of one name that differ in hide=|^advice +/etc/security/netns.conf:3 .*hide=/srv, this line has none|policy '@usernet su ns1 hide=/srv' 'bob * new' '@usernet * ns1'
two lines that lead to one rule, with and without init=|^denied +/etc/pam.d/netns:2 .*'/etc/pam.d/netns:1' is for the same names and has init=rules, this line has none: .*denied|rules_files; policy '@usernet * %u' '@newnet * %u'; pam_lines 'session required pam_usernet.so config init=rules' 'session required pam_usernet.so config # why'
two lines that lead to one rule, the first without init=|^denied +/etc/pam.d/netns:1 .*'/etc/pam.d/netns:2' is for the same names and has init=rules, this line has init=/bin/true: |rules_files; policy '@usernet * %u'; pam_lines 'session required pam_usernet.so config init=/bin/true' 'session required pam_usernet.so config init=rules'
two lines that lead to one rule, with different hide=|^advice +/etc/pam.d/netns:2 .*'/etc/pam.d/netns:1' is for the same names and has hide=/srv, this line has hide=/opt: |policy '@usernet * %u'; pam_lines 'session required pam_usernet.so config hide=/srv' 'session required pam_usernet.so config hide=/opt'
two lines that lead to one rule, one of them with owner|^denied +/etc/pam.d/netns:1 .*'/etc/pam.d/netns:2' .* has owner, this line has none|policy '@usernet * %u'; pam_lines 'session required pam_usernet.so config' 'session required pam_usernet.so config owner'
a rule that differs, beside two lines that do|^denied +/etc/security/netns.conf:2 .*'/etc/security/netns.conf:1' is for the same names and has init=rules, this line has none: |rules_files; policy '@usernet * %u init=rules' '@newnet * %u'; pam_lines 'session required pam_usernet.so config' 'session required pam_usernet.so config debug'
a rule of a name that %u can be, without init=|^denied +/etc/security/netns.conf:1 .*'/etc/security/netns.conf:2' leads to 'alice', too, and has init=rules, this line has none: |rules_files; policy 'bob * alice' '@usernet * %u init=rules'
a rule of a name that a part and %u can be|^advice +/etc/security/netns.conf:2 .*'/etc/security/netns.conf:1' leads to 'x-alice', too, and has hide=/srv, this line has none: |policy 'bob * x-alice hide=/srv' '@usernet * x-%u'
a rule of a name that %U can be|^advice +/etc/security/netns.conf:2 .*'/etc/security/netns.conf:1' leads to '[0-9]+', too, and has hide=/srv, |policy "bob * $(id -u alice) hide=/srv" '@usernet * %U'
a rule of a name that a part of a user's name can be|^advice .*leads to 'ice', too|policy 'bob * ice init=/bin/true' 'al* * %1'
a rule of a name that a part of a group's name can be|^advice .*leads to 'net', too|policy 'bob * net hide=/srv' '@user* * %1'
a rule of a name that a primary group can be|^advice .*leads to 'bob', too|policy 'alice * bob hide=/srv' 'bob * %g'
a rule of a name that pam_groupnet.so makes|^denied +/etc/security/netns.conf:1 .*'/etc/pam.d/netns:1' leads to 'lab', too, and has init=rules, |rules_files; sed -i 's/^groupnet-lab:.*/&lara/' /etc/group; pam_lines 'session required pam_groupnet.so init=rules' 'session required pam_usernet.so config'; echo 'bob * lab' >/etc/security/netns.conf
a rule of a user for some services, beside one for all|^advice +/etc/security/netns.conf:2 .*'/etc/security/netns.conf:1' leads to 'alice', too, and has init=/bin/true, this line has none: |policy 'alice sshd alice init=/bin/true' '@usernet * %u'
a rule and a line of one name|^advice +/etc/security/netns.conf:1 .*hide=/srv|policy '@new* * %u'; echo 'session required pam_usernet.so hide=/srv' >/etc/pam.d/a-site; sed -i '2iauth required pam_permit.so' /etc/pam.d/a-site
lines of one name that differ in a path with a quote|^advice +/etc/pam.d/netns:2 .*has hide=/srv/it's, this line has none|pam_lines "session required pam_usernet.so hide=/srv/it's" 'session required pam_usernet.so group=newnet'
lines of one name, one of them with owner|^denied +/etc/pam.d/netns:1 .*has owner, this line has none|pam_lines 'session required pam_usernet.so' 'session required pam_usernet.so owner group=newnet'
a program of init= that she can change|^denied +/etc/pam.d/netns:1 .*init=/srv/fill: .*cannot run '/srv/fill': it and all directories above must be root's|printf '#!/bin/sh\n' >/srv/fill; chmod 755 /srv/fill; chown alice /srv/fill; pam_lines 'session required pam_usernet.so init=/srv/fill'
a program of init= that cannot be executed|^denied +/etc/security/netns.conf:1 .*not executable|printf '#!/bin/sh\n' >/srv/fill2; chmod 644 /srv/fill2; policy 'alice * ns1 init=/srv/fill2'
a program of init= that she can change, of the line that leads to a rule|^denied +/etc/pam.d/netns:1 .*init=/srv/fill: .*cannot run|printf '#!/bin/sh\n' >/srv/fill; chmod 755 /srv/fill; chown alice /srv/fill; policy '@usernet * %u' 'bob * new'; pam_lines 'session required pam_usernet.so config init=/srv/fill'
a rule without the rules that the line has|^denied +/etc/security/netns.conf:2 .*'/etc/security/netns.conf:1' .*has init=rules, this line has init=/bin/true: |rules_files; policy '@usernet * %u init=rules' '@newnet * %u'; pam_lines 'session required pam_usernet.so config init=/bin/true'
hide= of the line that leads to a rule|^advice +/etc/pam.d/netns:1 .*can write '/tmp'|policy '@usernet * %u'; pam_lines 'session required pam_usernet.so config hide=/srv:/tmp/x'
init=veth where the host forwards nothing|^denied +/etc/pam.d/netns:1 .*ip_forward is 0|echo 0 >/proc/sys/net/ipv4/ip_forward; pam_lines 'session required pam_usernet.so init=veth'
init=veth behind a foreign chain that drops|^denied +/etc/pam.d/netns:1 .*firewall drops.*FORWARD|rules_files; nft 'table ip filter { chain FORWARD { type filter hook forward priority filter; policy drop; }; }'; pam_lines 'session required pam_newnet.so init=rules,veth'
hide=none beside the host's resolver (field case 14)|^advice +/etc/pam.d/netns:1 .*host's resolver answers|resolver_socket; pam_lines 'session required pam_usernet.so hide=none'
rootshared beside the host's resolver|^advice +/etc/pam.d/netns:1 +'rootshared': .*nsswitch.conf has 'resolve': the host's resolver answers|resolver_socket; resolve; pam_lines 'session required pam_usernet.so rootshared' 'session required pam_newnet.so'
nomount beside the host's resolver|^advice +/etc/security/netns.conf:2 +'nomount': .*the host's resolver answers|resolver_socket; resolve; policy '@usernet * %u' 'bob * new nomount'
rootshared for all rules beside the host's resolver|^advice +/etc/pam.d/netns:1 +'rootshared': .*the host's resolver answers|resolver_socket; resolve; policy '@usernet * %u' 'bob * %u'; pam_lines 'session required pam_usernet.so config rootshared'
hide= without the host's resolver|^advice +/etc/security/netns.conf:1 .*host's resolver answers|resolver_socket; policy 'alice * new hide=/srv'
the tree of ip netns|^advice +/run/netns .*each name is mounted twice|ip netns add lab
hide= below a directory that others can write|^advice +/etc/pam.d/netns:1 .*others than root can write '/home/alice'|pam_lines 'session required pam_usernet.so hide=/srv:/home/alice/x'
an override of resolv.conf where that is a file (M2)|^advice +/etc/resolv.conf .*replaces it takes the overrides|override alice resolv.conf 'nameserver 192.0.2.53'
a unit of a member without PAM|^advice +/etc/systemd/system/site.service .*runs as 'alice' without PAMName=|unit etc site.service ExecStart=/bin/true User=alice
a unit of a member whose service has no line|^advice +/etc/systemd/system/site.service .*runs as 'alice' with a PAMName= .*, runuser: on the host|unit etc site.service User=alice PAMName=runuser
user managers without PAM|^outside +/usr/lib/systemd/system/user@.service .*user managers|unit usr/lib user@.service User=%i PAMName=systemd-user; unit etc user@.service.d/site.conf PAMName=
a unit of a member, by number|^advice +/usr/lib/systemd/system/site@x.service .*runs as 'nina' |unit usr/lib site@x.service "User = $(id -u nina)"
an instance of a unit that is a member's|^advice +/usr/lib/systemd/system/site@.service +site@alice.service: it runs as 'alice' |unit usr/lib site@.service User=%i; mkdir -p /etc/systemd/system/site.target.wants; ln -s /usr/lib/systemd/system/site@.service /etc/systemd/system/site.target.wants/site@alice.service
a unit of a member that a generator has made|^advice +/run/systemd/generator/site.service .*runs as 'alice' |mkdir -p /run/systemd/generator; printf '[Service]\nUser=alice\n' >/run/systemd/generator/site.service
a unit that is a member's by what is added to it|^advice +/run/systemd/system/site.service .*runs as 'alice' |unit run site.service User=bob; unit usr/lib site.service.d/a.conf User=alice; unit etc site.service.d/a.conf User=; unit etc site.service.d/b.conf User=alice
hide= of nothing but what others can write|^advice +/etc/pam.d/netns:1 .*can write '/tmp'|pam_lines 'session required pam_usernet.so hide=/tmp/x'
a process of a member on the host|^outside +/proc/[0-9]+ .*'sleep' of 'alice' is on the host's network, .* way out; 1 more|on_host alice sleep 61; on_host alice sleep 62
a process of a member that was started with a group (screen)|^outside +/proc/[0-9]+ .*'screen' of 'alice' is on|on_host alice setsid /srv/screen 61
a service in a file with a capital, where all others have a line|^advice +/usr/lib/pam.d/SITE-2 .*lines of 'other'|mkdir -p /usr/lib/pam.d; echo 'session include netns' >/usr/lib/pam.d/SITE-2
polkit-1 without the line|^outside +/etc/pam.d/polkit-1 .*'polkit-1'|echo 'session required pam_permit.so' >/etc/pam.d/polkit-1
END

# "ip netns attach" prepares the tree of names, which is another finding.
test_case 'check finds and fixes a link to a process (field case 10)' planted \
	'^denied +/run/netns/alice .*symbolic link' \
	'mkdir -p /run/netns; unshare -n sleep 60 & sleep 0.2; ln -s "/proc/$!/ns/net" /run/netns/alice' \
	'^advice +/run/netns .*each name is mounted twice'

test_case 'check finds and fixes the only lines in a file with a capital' planted \
	'^outside +/etc/pam.d/Site .*not confined' \
	'cp /etc/pam.d/netns /etc/pam.d/Site; pam_lines "# no line"' \
	'^outside +/etc/pam.d/atd .*not confined'

# ---- without a command that works here -------------------------------------

# A package that is not there, and cannot be had here, is the cure.
told() {
	local found
	sound
	eval "$2" || fail "cannot plant: $2"
	found=$(findings severity,where,what,fix)
	check_eq "$(<"$work/status")" 1 "status, found: $found"
	check_match "$found" "$1" finding
	eval "$3"
	nothing_is_found 'afterwards'
}

# Without these, a stack would ask for less, or the line would be for others.
while IFS='|' read -r name regex plant; do
	test_case "check removes nothing where it finds $name" told "$regex" "$plant" sound
done <<'END'
an @include that is misspelt|^denied +/etc/pam.d/site:2 .* editor \+2 /etc/pam.d/site|printf 'auth sufficient pam_rootok.so\n@include comon-auth\n@include netns\nsession required pam_permit.so\n' >/etc/pam.d/site
a word that is misspelt|^denied +/etc/pam.d/netns:1 'grop=vpn'.* editor \+1 /etc/pam.d/netns|pam_lines 'session required pam_usernet.so grop=vpn'
a blank that is none|^denied +/etc/pam.d/netns:1 .* editor \+1 /etc/pam.d/netns|pam_lines $'session required\xc2\xa0pam_usernet.so' 'session required pam_newnet.so'
an option that a plan does not have|^denied +/etc/security/netns.conf .* editor \+1 /etc/security/netns.conf|policy '@usernet host nomount'
a rule for logins only|^outside +/etc/security/netns.conf:1 .*confines 'alice' in the services that it names only; .*'atd'.* editor \+1 |policy 'alice sshd,login %u'
a rule for logins of a group only|^outside +/etc/security/netns.conf:1 .*confines 'a[a-z]+' in .*'cron'|policy '@usernet ssh* new' '* * -'
a rule without services whose namespace is called like one|^advice +/etc/security/netns.conf:1 .*'sshd' is the namespace here.* editor \+1 |policy 'alice sshd'
rules that are not there|^advice +/etc/pam.d/netns:1 .*init=rules, for 'a[a-z]+': there is no '/etc/netns/a[a-z]+/nftables.conf', so no rules are loaded|pam_lines 'session required pam_usernet.so init=rules'
an argument in a comment|^outside +/etc/pam.d/netns:1 +'init=rules' is in a comment.* editor \+1 |pam_lines 'session required pam_usernet.so # lodown init=rules'
a group that does not count|^outside +/etc/pam.d/netns:1 +'group=newnet' does not count.* editor \+1 |pam_lines 'session required pam_usernet.so group=newnet group=usernet'
hide= where nothing is hidden|^outside +/etc/pam.d/netns:1 +hide=/srv: nothing is hidden beside 'rootshared'.* editor \+1 |pam_lines 'session required pam_usernet.so hide=/srv rootshared'
owner where the user can answer who is in which group|^outside +/etc/pam.d/netns:1 +'owner': .*nsswitch.conf has 'hesiod'|sed -i 's/^group:.*/group: files [NOTFOUND=continue] hesiod/' /etc/nsswitch.conf; pam_lines 'session required pam_usernet.so owner'
END

test_case 'check finds a group ID without a name, which may be one that is meant' told \
	"^denied +/etc/pam.d/netns:1 +logins of 'bob' are denied: cannot look up the group 'groupnet': .*no name" \
	'cp /etc/passwd /root/passwd; sed -i -E "s/^(bob:[^:]*:[0-9]+):[0-9]+/\1:4711/" /etc/passwd; pam_lines "session required pam_groupnet.so"' \
	'cp /root/passwd /etc/passwd'

# The programs are asked for 256 users, and for all that have a directory.
many_users() {
	local i
	sound
	cp /etc/passwd /root/passwd
	for ((i = 1; i <= 300; i++)); do
		echo "many$i:x:$((30000 + i)):100::/:/bin/sh"
	done >>/etc/passwd
	sed -i "s/^usernet:.*/&$(printf ',many%d' {1..300})/" /etc/group
	mkdir -p /etc/netns/many299
	echo 'tabel inet x' >/etc/netns/many299/nftables.conf
	pam_lines 'session required pam_usernet.so init=rules'
	check_match "$(findings where,what)" \
		"init=rules: logins of 'many299' are denied: nft refuses" 'the last but one'
	cp /root/passwd /etc/passwd
}
test_case 'check asks programs for each user that has a directory' many_users

# An empty group, or file, would let all of them out.
test_case 'check finds a group= that is missing' told \
	"^denied +/etc/pam.d/netns:1 .*no group 'nosuch'.* editor \\+1 /etc/pam.d/netns" \
	'pam_lines "session required pam_usernet.so group=nosuch"' \
	'pam_lines "session required pam_usernet.so"'
test_case 'check finds that pam_groupnet.so has no groups' told \
	"^advice +/etc/pam.d/netns:1 .*no group whose name begins with 'lba-'.* editor \\+1 /etc/pam.d/netns" \
	'pam_lines "session required pam_groupnet.so group=lba"' \
	'pam_lines "session required pam_groupnet.so"'
unlisted_groups() {
	sound
	cp /etc/nsswitch.conf /root/nsswitch.conf
	trap 'cp /root/nsswitch.conf /etc/nsswitch.conf' EXIT
	pam_lines 'session required pam_groupnet.so group=lba'
	sed -i 's/^group:.*/group: files [NOTFOUND=continue] sss # why/' /etc/nsswitch.conf
	nothing_is_found 'groups of the network'
}
test_case 'check does not miss groups that are not listed' unlisted_groups
test_case 'check finds a stack that denies those who are no members' told \
	"^denied +/etc/pam.d/su:[0-9]+ +the stack of 'su' denies everybody whom no line .*, root too, .* editor \\+" \
	'cp /etc/pam.d/su /root/su; sed -i "/^session\|common-session\|netns/d" /etc/pam.d/su; echo "session required pam_usernet.so" >>/etc/pam.d/su' \
	'cp /root/su /etc/pam.d/su'
test_case 'check finds a line among those that say yes and no' told \
	"^denied +/etc/pam.d/su:[0-9]+ +the stack of 'su' denies everybody  " \
	'cp /etc/pam.d/su /root/su; sed -i "/^session\|common-session\|netns/d" /etc/pam.d/su; printf "session %s\n" "[default=1] pam_permit.so" "required pam_usernet.so" "requisite pam_deny.so" "required pam_permit.so" >>/etc/pam.d/su' \
	'cp /root/su /etc/pam.d/su'
test_case 'check finds a policy file beside the one that a line has' told \
	'^advice +/etc/security/netns.conf .*nothing reads this file' \
	'pam_lines "session required pam_usernet.so config=/etc/security/site.conf"; echo "alice %u" >/etc/security/site.conf; echo "alice %u" >/etc/security/netns.conf' \
	'rm /etc/security/netns.conf'
test_case 'check finds a policy file whose name has no end' told \
	"^advice +/etc/security/netns.d/alice .*does not end in '.conf': nothing reads" \
	'policy "alan %u"; mkdir /etc/security/netns.d; echo "alice %u" >/etc/security/netns.d/alice; touch /etc/security/netns.d/x.conf~' \
	'rm /etc/security/netns.d/alice'
test_case 'check finds policy files where no line has config' told \
	'^advice +/etc/security/netns.d/a.conf .*nothing reads this file' \
	'mkdir /etc/security/netns.d; echo "alice %u" >/etc/security/netns.d/a.conf' \
	'rm /etc/security/netns.d/a.conf'
test_case 'check finds a module that others can write' told \
	'^outside +/.*/pam_usernet.so +others than root can write this module' \
	'spoil_module; chmod 666 /root/spoilt.so' 'chmod 644 /root/spoilt.so'
test_case 'check finds servers that know no PAM' told \
	"^outside +/usr/lib/systemd/system/site@.service +'dropbear' opens no PAM session: logins by it .* systemctl disable --now site.socket" \
	'unit usr/lib site@.service "ExecStart=-/usr/sbin/dropbear -i"; unit etc site.target.wants/site.socket' \
	'rm /etc/systemd/system/site.target.wants/site.socket'
test_case 'check finds sudo without a session, behind the same in a text' told \
	'^outside +/etc/sudoers:[0-9]+ .*no PAM session.* editor \+[0-9]+ /etc/sudoers' \
	"echo 'Defaults badpass_message=\"use !pam_session\", !pam_session' >>/etc/sudoers" \
	"sed -i '/badpass/d' /etc/sudoers"
test_case 'check finds a policy file that is missing' told \
	'^denied +/etc/security/netns.conf .* editor /etc/security/netns.conf' \
	'pam_lines "session required pam_usernet.so config"' \
	'policy "@usernet %u"'
test_case 'check finds a group of a rule that is missing' told \
	"^denied +/etc/security/netns.conf:1 .*no group 'nosuch'.* editor \\+1 " \
	'policy "@nosuch * ns0"' 'policy "@usernet * ns0"'
test_case 'check finds a service of a rule that is missing' told \
	"^advice +/etc/security/netns.conf:2 .*no service 'ssh'.* editor \\+2 " \
	'policy "@usernet su,nosuch %u" "@newnet ssh new"' 'policy "@usernet su,nosuch,* %u"'
test_case 'check finds a policy file that no line reads' told \
	"^advice +/etc/security/netns.conf .*no line has 'config'" \
	'echo "alice %u" >/etc/security/netns.conf' 'rm /etc/security/netns.conf'
test_case 'check finds a service that has only a line with close' told \
	"^outside +/etc/pam.d/atd .*'atd'" \
	'sed -i "/^session\|common-session/d" /etc/pam.d/atd; printf "session required %s\n" "pam_usernet.so close" pam_permit.so >>/etc/pam.d/atd' \
	'sed -i "s/ close$//" /etc/pam.d/atd; echo "session required pam_newnet.so" >>/etc/pam.d/atd'
test_case 'check finds that services without a stack open sessions' told \
	"^outside +/etc/pam.d/other .*'other'" \
	'cp /etc/pam.d/other /root; printf "session required pam_permit.so\n" >/etc/pam.d/other' \
	'printf "session required pam_deny.so\n" >/etc/pam.d/other'
test_case 'check finds a name that the line of its user refuses' told \
	"^denied +/run/netns/alice .*logins of 'alice' are denied: .*init=rules, which did not run.*pamnetctl remove alice" \
	'rules_files; su alice -c true; pam_lines "session required pam_usernet.so init=rules"' \
	'pam_lines "session required pam_usernet.so"; rm -f /etc/pam.d/x'
test_case 'check finds a name without the owner that the line wants' told \
	"^denied +/run/netns/alice .*logins of 'alice' are denied: .*it is root's, and its line has 'owner'" \
	'su alice -c true; pam_lines "session required pam_usernet.so owner"' \
	'umount /run/netns/alice; rm /run/netns/alice'
test_case 'check finds a program of init= below a directory of all' told \
	"^denied +/etc/pam.d/netns:1 .*'/tmp/fill': it and all .*: /tmp: .* editor \\+1 /etc/pam.d/netns" \
	'printf "#!/bin/sh\n" >/tmp/fill; chmod 755 /tmp/fill; pam_lines "session required pam_usernet.so init=/tmp/fill"' \
	'pam_lines "session required pam_usernet.so"'
test_case 'check finds a program of init= on a mount with noexec' told \
	"^denied +/etc/pam.d/netns:1 .*'/run/noexec/fill': it is on a mount with noexec.* editor \\+1 " \
	'noexec_program; pam_lines "session required pam_usernet.so init=/run/noexec/fill"' \
	'pam_lines "session required pam_usernet.so"'
test_case 'check finds sudo without a session, behind a quoted sign' told \
	'^outside +/etc/sudoers:[0-9]+ .*no PAM session' \
	"echo 'Defaults badpass_message=\"no # way\", !pam_session' >>/etc/sudoers" \
	"sed -i '/badpass/s/!pam_session/insults/' /etc/sudoers"
test_case 'check finds modules that another architecture lacks (B3)' told \
	'^denied .*/usr/lib/riscv64-linux-gnu/security/pam_usernet.so.*apt-get install libpam-net:riscv64' \
	'mkdir -p /usr/lib/riscv64-linux-gnu; touch /usr/lib/riscv64-linux-gnu/libpam.so.0' \
	'rm -r /usr/lib/riscv64-linux-gnu'
# shellcheck disable=SC2016
test_case 'check finds a module that is missing at its path' told \
	'^denied .*no /opt/pam_usernet.so' \
	'pam_lines "session required /opt/pam_usernet.so"' \
	'cp "$security/pam_usernet.so" /opt'
while IFS='|' read -r name plant; do
	test_case "check finds a module of ours that $name" told \
		"^denied +/etc/pam.d/netns:1 +the module 'pam_usernet.so' cannot be loaded: .*this line lets nobody in +apt-get install --reinstall libpam-net" \
		"spoil_module; pam_lines 'session required pam_usernet.so'; $plant" \
		"umount $security/pam_usernet.so"
done <<END
is empty|: >$security/pam_usernet.so
is cut|truncate -s 9000 $security/pam_usernet.so
is of another architecture|printf '\x34\x12' | dd of=$security/pam_usernet.so bs=1 seek=18 conv=notrunc status=none
END
# As before an upgrade, when only pamnetctl is new.
test_case 'check finds a module of another version' told \
	"^advice +$security/pam_usernet.so +this module is of another version: .* 1[.0-9]+ would do +apt-get install libpam-net" \
	"spoil_module; pam_lines 'session required pam_usernet.so'; LC_ALL=C sed 's/pam_net version 1/pam_net version 0/' /root/spoilt.so >/root/other.so; cat /root/other.so >/root/spoilt.so" \
	"umount $security/pam_usernet.so"
test_case 'check finds a module of somebody else that cannot be loaded' told \
	"^denied +/etc/pam.d/netns:1 +the module '/srv/pam_site.so' cannot be loaded: .*file too short.*editor \\+1 /etc/pam.d/netns" \
	'touch /srv/pam_site.so; pam_lines "session required /srv/pam_site.so" "session required pam_usernet.so"' \
	'pam_lines "session required pam_usernet.so"'
test_case 'check finds a module without sessions' told \
	"^denied +/etc/pam.d/netns:1 .*'pam_wheel.so' cannot be loaded: .*pam_sm_open_session" \
	'pam_lines "session required pam_wheel.so" "session required pam_usernet.so"' \
	'pam_lines "session required pam_usernet.so"'
test_case 'check finds a module that is misspelt' told \
	"^denied +/etc/pam.d/netns:1 +there is no module 'pam_usernett.so'.*editor \\+1 /etc/pam.d/netns" \
	'pam_lines "session required pam_usernett.so" "session required pam_usernet.so"' \
	'sed -i s/usernett/usernet/ /etc/pam.d/netns'
test_case 'check finds systemd-cron (field case 13)' told \
	'^outside .*systemd-crontab-generator.*apt-get install cron' \
	'mkdir -p /usr/lib/systemd/system-generators; touch /usr/lib/systemd/system-generators/systemd-crontab-generator' \
	'rm /usr/lib/systemd/system-generators/systemd-crontab-generator'
test_case 'check finds procmail behind exim' told \
	'^outside +/etc/exim4/exim4.conf:4 .*commands of the user.*apt-get remove procmail' \
	'exim4 exim4.conf; sed -i s/pipe_transport/#/ /etc/exim4/exim4.conf; touch /usr/bin/procmail' \
	'rm /usr/bin/procmail'
test_case 'check finds a rule that cannot be understood, and where' told \
	'^denied +/etc/security/netns.conf .*netns.conf:2: a/b.*editor \+2 /etc/security/netns.conf' \
	'pam_lines "session required pam_usernet.so config"; printf "bob * -\nalice * a/b\n" >/etc/security/netns.conf' \
	'sed -i 2d /etc/security/netns.conf'
test_case 'check finds a program of init= that is missing' told \
	"^denied +/etc/pam.d/netns:1 .*no such program.*apt-get install --reinstall libpam-net" \
	"pam_lines 'session required pam_usernet.so init=rules'; rm $libexec/rules" \
	"printf '#!/bin/sh\n' >$libexec/rules; chmod 755 $libexec/rules"
# Where packages have other names, and their programs other paths.
no_dpkg() {
	local found cron=/usr/lib/systemd/system-generators/systemd-crontab-generator
	sound
	pam_lines 'session required pam_usernet.so init=rules'
	mkdir -p "${cron%/*}"
	touch "$cron"
	mv "$libexec/rules" /srv/
	mv /usr/bin/dpkg /srv/
	found=$(findings)
	mv /srv/dpkg /usr/bin/
	mv /srv/rules "$libexec/"
	rm "$cron"
	check_match "$found" 'no such program' 'what it finds'
	check_match "$found" "${cron##*/}" 'what it finds'
	check_no_match "$found" apt-get 'where there is no apt'
}
test_case 'check gives no command of apt where there is no dpkg' no_dpkg
test_case 'check finds a line joined to one that goes on further' told \
	"^outside +/etc/pam.d/netns:1 .*'pam_usernet.so' is an argument of .*editor \\+1 " \
	"pam_lines 'session optional pam_exec.so \\' '/bin/true \\' 'session required pam_usernet.so' 'session required pam_newnet.so'" \
	"pam_lines 'session required pam_usernet.so' 'session required pam_newnet.so'"
test_case 'check finds a module below that mounts, in another file' told \
	"^advice +/etc/pam.d/site:1 .*pam_mount.so is below pam_usernet.so.*editor \\+1 /etc/pam.d/site" \
	"touch $security/pam_mount.so; echo 'session optional pam_mount.so' >/etc/pam.d/site; pam_lines 'session required pam_usernet.so' 'session include site'" \
	"rm $security/pam_mount.so /etc/pam.d/site; pam_lines 'session required pam_usernet.so'"
# shellcheck disable=SC2016
test_case 'check finds a second name of a uid that no rule is for' told \
	"^outside +/etc/pam.d/netns:1 .*'twin' has the uid of 'alice'" \
	'policy "@usernet * %u"; echo "twin:x:$(id -u alice):100::/:/bin/sh" >>/etc/passwd' \
	'sed -i /^twin:/d /etc/passwd'
test_case 'check finds more overrides than there can be' told \
	'^denied +/etc/netns/alice .*more than 1024 files' \
	'mkdir -p /etc/netns/alice/a; touch /etc/netns/alice/a/{1..1024}' \
	'rm /etc/netns/alice/a/1'
test_case 'check finds a program of init= without its interpreter' told \
	"^denied +/etc/pam.d/netns:1 .*'/srv/lost': its interpreter is missing.*editor \\+1 /srv/lost" \
	'printf "#!/nosuch/sh\n" >/srv/lost; chmod 755 /srv/lost; pam_lines "session required pam_usernet.so init=/srv/lost"' \
	'printf "#!/bin/sh\n" >/srv/lost'
test_case 'check finds a program of init= whose interpreter cannot be executed' told \
	"^denied +/etc/pam.d/netns:1 .*cannot run '/srv/vain': Permission denied.*editor \\+1 /srv/vain" \
	'printf "#!/bin/sh\\n" >/srv/plain; echo "#!/srv/plain" >/srv/vain; chmod 755 /srv/vain; pam_lines "session required pam_usernet.so init=/srv/vain"' \
	'chmod 755 /srv/plain'
test_case 'check finds a program of init= for another machine' told \
	"^denied +/etc/pam.d/netns:1 .*cannot run '/srv/foreign': .*no binary for this machine" \
	'cp /bin/true /srv/foreign; printf "\x34\x12" | dd of=/srv/foreign bs=1 seek=18 conv=notrunc status=none; pam_lines "session required pam_usernet.so init=/srv/foreign"' \
	'cp /bin/true /srv/foreign'
test_case 'check finds what the file of init=veth has' told \
	"^denied +/etc/pam.d/netns:1 .*netns-veth.conf', line 1: 'pool=x' is not understood" \
	'echo pool=x >/etc/security/netns-veth.conf; pam_lines "session required pam_usernet.so init=veth"' \
	'rm /etc/security/netns-veth.conf'
test_case 'check finds firewall rules that nft refuses' told \
	"^denied +/etc/pam.d/netns:1 .*init=rules: logins of 'alice' are denied: nft refuses '/etc/netns/alice/nftables.conf', line 1: syntax error" \
	'rules_files; echo "tabel inet x" >/etc/netns/alice/nftables.conf; pam_lines "session required pam_usernet.so init=rules"' \
	'echo "table inet x" >/etc/netns/alice/nftables.conf'
test_case 'check finds settings that are not for a network' told \
	"^denied +/etc/security/netns.conf:1 .*init=rules: logins of 'alice' .*'/etc/netns/lab/sysctl.conf', line 1: 'kernel.hostname'" \
	'policy "alice * lab" "bob * -"; rules_files; echo "kernel.hostname=x" >/etc/netns/lab/sysctl.conf; pam_lines "session required pam_usernet.so config init=rules"' \
	'echo "net.ipv4.ip_forward=0" >/etc/netns/lab/sysctl.conf'
# shellcheck disable=SC2016
test_case 'check finds rules without nft' told \
	"^denied +/etc/pam.d/netns:1 .*init=rules: .*'nina' .*no program 'nft'.*apt-get install nftables" \
	'mkdir -p /etc/netns/nina; touch /etc/netns/nina/nftables.conf; hide_program nft; pam_lines "session required pam_newnet.so init=rules"' \
	'umount "$(command -v nft)"'
test_case 'check finds a tunnel without its file' told \
	"^denied +/etc/pam.d/netns:1 .*init=wireguard: logins of 'nina' are denied: there is no '/etc/wireguard/nina.conf'" \
	'pam_lines "session required pam_newnet.so init=wireguard"; sed -i s/^newnet:.*/newnet:x:7001:nina/ /etc/group' \
	'tunnel /etc/wireguard/nina.conf'
test_case 'check finds a tunnel whose file others can change' told \
	"^denied +/etc/pam.d/netns:1 .*init=wireguard: logins of 'nina' .*not owned by root +chown root '/etc/wireguard/nina.conf'" \
	'pam_lines "session required pam_newnet.so init=wireguard"; sed -i s/^newnet:.*/newnet:x:7001:nina/ /etc/group; tunnel /etc/wireguard/nina.conf; chown nina /etc/wireguard/nina.conf' \
	'chown root /etc/wireguard/nina.conf'
test_case 'check finds a tunnel without an address' told \
	"^denied +/etc/pam.d/netns:1 .*'nina' .*nina.conf' gives the tunnel no address +Address = in" \
	'pam_lines "session required pam_newnet.so init=wireguard"; sed -i s/^newnet:.*/newnet:x:7001:nina/ /etc/group; tunnel /etc/wireguard/nina.conf; sed -i /^Address/d /etc/wireguard/nina.conf' \
	'tunnel /etc/wireguard/nina.conf'
test_case 'check finds a link in a path of hide=' told \
	"^denied +/etc/pam.d/netns:1 .*cannot hide '/srv/link': there is a symbolic link.*editor \\+1 /etc/pam.d/netns" \
	'ln -s /etc /srv/link; pam_lines "session required pam_usernet.so hide=/srv/link"' \
	'rm /srv/link'
test_case 'check finds no room for what is in a record' told \
	"^denied +/run/pam_net/names .*no room for another file: .*init= or owner" \
	'pam_lines "session required pam_usernet.so init=/bin/true"; mkdir -p /run/pam_net/names; mount -t tmpfs -o size=4k,mode=755 none /run/pam_net/names; head -c 4096 /dev/zero >/run/pam_net/names/ns0' \
	'umount /run/pam_net/names'
test_case 'check finds a /run/netns without room' told \
	"^denied +/run/netns .*no room for another file" \
	'mkdir -p /run/netns; mount -t tmpfs -o nr_inodes=1,mode=755 none /run/netns' \
	'umount /run/netns'
test_case 'check finds an account whose name no namespace can have' told \
	"^denied +/etc/pam.d/netns:1 +logins of 'alice' are denied: .*/netns.conf:1: ..': it cannot be a file name" \
	'policy "alice * %g"; sed -i "/^alice:/s/:[0-9]*:[0-9]*:/:2001:4711:/" /etc/passwd; echo "..:x:4711:" >>/etc/group' \
	'policy "alice * %u"'
test_case 'check finds a bracket without its end' told \
	"^denied +/etc/pam.d/netns:1 .*no group 'domain users.x0a'.*editor \\+1 /etc/pam.d/netns" \
	'pam_lines "session required pam_usernet.so [group=domain users"' \
	'pam_lines "session required pam_usernet.so"'
test_case 'check finds two words that do not go together' told \
	"^denied .*'open beside close'.*editor \\+1 /etc/pam.d/netns" \
	'pam_lines "session required pam_usernet.so open close"' \
	'pam_lines "session required pam_usernet.so"'

test_case 'check finds a stack with the ends of lines of DOS' told \
	"^denied +/etc/pam.d/netns:1 +there is no module 'pam_usernet.so.x0d'.*editor \\+1 /etc/pam.d/netns" \
	'pam_lines "session required pam_usernet.so"; sed -i "s/$/\r/" /etc/pam.d/netns' \
	'sed -i "s/\r//" /etc/pam.d/netns'
test_case 'check finds a policy file with the ends of lines of DOS' told \
	'^denied +/etc/security/netns.conf .*:1: %u.x0d.*control character.*editor \+1 ' \
	'policy "@usernet * %u"; sed -i "s/$/\r/" /etc/security/netns.conf' \
	'sed -i "s/\r//" /etc/security/netns.conf'
test_case 'check finds a line of ours behind a byte order mark' told \
	'^outside +/etc/pam.d/netns:1 .*type is unknown: confines nobody.*editor \+1 ' \
	'pam_lines "session required pam_usernet.so"; sed -i "1s/^/\xef\xbb\xbf/" /etc/pam.d/netns' \
	'pam_lines "session required pam_usernet.so"'
test_case 'check finds a rule for a user that does not exist' told \
	"^advice +/etc/security/netns.conf:2 .*no user 'alcie': this line is for nobody.*editor \\+2 " \
	'policy "bob * -" "alcie * ns1" "nosuch* * ns1"' 'policy "alice * ns1"'
test_case 'check finds rules below one that is for everybody' told \
	"^advice +/etc/security/netns.conf:3 .*no login reaches .*netns.conf:2.*editor \\+3 " \
	'policy "* su %u" "* * -" "@usernet * %u"' 'policy "* su %u" "@usernet * %u" "* * -"'
test_case 'check finds that no source of groups answers' told \
	'^denied +/etc/pam.d/netns:1 .*name service cannot tell.*denies everybody but root +editor /etc/nsswitch.conf' \
	'sed -i "s/^group:.*/group: nosuch/" /etc/nsswitch.conf' \
	'sed -i "s/^group:.*/group: files/" /etc/nsswitch.conf'

[[ ! -e $tiocsti ]] || test_case 'check finds and fixes terminals on which others can type' \
	planted '^advice +/proc/sys/dev/tty/legacy_tiocsti .*su' "echo 1 >$tiocsti"

# ---- what the kernel lets users do -----------------------------------------

# with_hole OPTION...: check on a kernel with the hole, as far as strace shows it:
# it tries in a child, which stays what it is, so that it may
with_hole() {
	strace -f -qq -o /tmp/trace -e trace=%creds,unshare,sendto \
		-e inject=setgroups,setresuid,setresgid,unshare:retval=0 \
		"$pamnetctl" check -n "$@"
}

# Here users are allowed none, and there is another program of that name.
# shellcheck disable=SC2016
hole() {
	local before mounts found
	sound
	before=$(ip -o link | cut -d: -f2) mounts=$(mounts_snapshot)
	found=$(with_hole -o severity,where,what,fix)
	check_match "$(</tmp/trace)" 'unshare.*INJECTED' 'the trace'
	check_match "$found" \
		'^outside +kernel .*CVE-2026-31692.*echo [a-z_.]+=0 .*sysctl -p' finding
	check_eq "$(wc -l <<<"$found")" 1 "findings: $found"
	check_eq "$(ip -o link | cut -d: -f2)" "$before" 'interfaces that are left'
	check_eq "$(mounts_snapshot)" "$mounts" 'mounts of the host'
	printf '#!/bin/sh\n[ "$1" = -p ] && cp "$2" /root/set\n' >/usr/local/sbin/sysctl
	chmod 755 /usr/local/sbin/sysctl
	bash -c "$(with_hole -o fix)" || fail 'the command fails'
	rm /usr/local/sbin/sysctl
	check_match "$(</root/set)" \
		'^(kernel.unprivileged_userns_clone|user.max_user_namespaces)=0$' set
	check_eq "$(strace -f -qq -o /tmp/trace -e trace=unshare \
		-e inject=unshare:error=EPERM "$pamnetctl" check)" '' afterwards
}
test_case 'check finds a kernel that lets users into the network of the host' hole

# Whoever owns a network may do it also where users may not.
hole_of_owners() {
	local found fix
	sound
	pam_lines 'session required pam_usernet.so owner # hers' \
		'session required pam_newnet.so'
	nothing_is_found 'owner, on this kernel'
	found=$(with_hole -o severity,where,what | sort)
	check_match "$found" '^outside +/etc/pam.d/netns:1 .*CVE-2026-31692.*
outside +kernel .*CVE' findings
	fix=$(with_hole -J | perl -MJSON::PP -0777 -ne 'print $_->{fix}
		for grep { $_->{where} ne "kernel" } @{decode_json($_)->{check}}')
	bash -c "$fix" || fail "it fails: $fix"
	check_match "$(with_hole -o where)" '^kernel *$' "after $fix"
	policy 'alice * %u owner' '* su new owner'
	check_eq "$(with_hole -o where | grep -c /etc/security/netns.conf)" 2 rules
	nothing_is_found 'rules with owner, on this kernel'
}
test_case 'check finds that owners reach the network of the host' hole_of_owners

# The kernel of Debian 12 has it, for users and for owners.
kernel_hole() {
	local where command
	sound
	pam_lines 'session required pam_usernet.so owner'
	where=$(findings where | grep -v legacy_tiocsti)
	check_match "$where" '^/etc/pam.d/netns:1 *
kernel *$' findings
	# It is put back when the case ends.
	for name in kernel.unprivileged_userns_clone user.max_user_namespaces; do
		[[ ! -e /proc/sys/${name//.//} ]] ||
			kernel_set "$name" "$(</proc/sys/"${name//.//}")"
	done
	while read -r command; do
		bash -c "$command" || fail "it fails: $command"
	done < <("$pamnetctl" check -J | perl -MJSON::PP -0777 -ne \
		'print map { "$_->{fix}\n" } @{decode_json($_)->{check}}')
	nothing_is_found afterwards
}
kernel_case 'check finds and fixes the kernel of Debian 12' kernel_hole

# Neither forbids, nor lets: nothing is found, and nothing is left.
no_hole() {
	local before
	sound
	before=$(ip -o link | cut -d: -f2; ls /sys/module)
	nothing_is_found 'this kernel'
	check_eq "$(ip -o link | cut -d: -f2; ls /sys/module)" "$before" left
	check_no_match "$(strace -f -qq -o /tmp/trace -e trace=unshare \
		-e inject=unshare:error=ENOSPC "$pamnetctl" check)" CVE \
		'no user namespaces'
	check_match "$(</tmp/trace)" 'unshare.*INJECTED' 'the trace'
	check_eq "$(strace -f -qq -o /tmp/trace -e trace=clone,clone3 \
		-e inject=clone,clone3:error=EAGAIN "$pamnetctl" check)" '' 'no child'
}
test_case 'check finds no hole where there are no user namespaces' no_hole

# The limits are those of the whole machine.
limits() {
	local found
	sound
	pam_lines 'session required pam_usernet.so owner'
	found=$(strace -f -qq -o /tmp/trace -e trace=unshare \
		-e inject=unshare:error=ENOSPC \
		"$pamnetctl" check -n -o severity,where,what,fix)
	check_match "$found" \
		'denied +kernel .*user.max_net_namespaces is reached.*echo user.max_net_namespaces=[0-9]+ ' net
	check_match "$found" 'denied +kernel .*user.max_mnt_namespaces is reached' mounts
	check_match "$found" "denied +/etc/pam.d/netns:1 .*'owner': the limit user.max_user_namespaces" owner
	check_eq "$(wc -l <<<"$found")" 3 "findings: $found"
}
test_case 'check finds that limits leave no room for namespaces' limits

# What the kernel itself then says to a login.
kernel_limits() {
	sound
	kernel_set user.max_net_namespaces 0
	check_match "$(findings)" 'denied +kernel .*user.max_net_namespaces' finding
	agrees alice nina
}
kernel_case 'check and explain know that there may be no namespace' kernel_limits

# As AppArmor does it in a container.
fewer_rights() {
	local found error
	sound
	found=$(strace -f -qq -o /tmp/trace -e trace=move_mount \
		-e inject=move_mount:error=EACCES \
		"$pamnetctl" check -n -o severity,where,what)
	check_match "$found" '^denied +kernel .*move_mount.*nesting' finding
	check_eq "$(wc -l <<<"$found")" 1 "findings: $found"
	for error in move_mount:error=ENOSYS unshare:error=EPERM; do
		check_eq "$(strace -f -qq -o /tmp/trace -e trace="${error%:*}" \
			-e inject="$error" "$pamnetctl" check)" '' "$error"
		grep -q INJECTED /tmp/trace || fail "$error was not injected"
	done
	nothing_is_found 'without'
}
test_case 'check finds that a container lets nobody mount (field case 17)' fewer_rights

# ---- units that may do less ------------------------------------------------

# Behind the last word the rest of a line is a word of its own.
less_rights() {
	sound
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	shown getty@tty1.service /sbin/agetty
	shown "$2" "$3" SystemCallErrorNumber=1 "${@:4}"
	check_match "$(findings severity,where,what,fix)" "$1" finding
	check_eq "$(findings where | wc -l)" 1 findings
	check_eq "$(<"$work/status")" 1 status
}

while IFS='|' read -r name regex unit program setting; do
	test_case "check finds $name" less_rights "$regex" "$unit" "$program" "$setting"
done <<'END'
a unit without any namespaces|^denied +/usr/lib/systemd/system/ssh.service +RestrictNamespaces= of 'ssh.service' takes away net mnt, .*RestrictNamespaces=net mnt\\n' >>/etc/systemd/system/ssh.service.d/zz-pam-net.conf && systemctl daemon-reload && systemctl restart ssh.service *$|ssh.service|/usr/sbin/sshd|RestrictNamespaces=yes
a unit without namespaces of one kind|RestrictNamespaces=.* takes away mnt,|cron.service|/usr/sbin/cron|RestrictNamespaces=cgroup ipc net pid user uts
a unit with other capabilities|takes away CAP_SYS_ADMIN CAP_NET_ADMIN,|ssh.service|/usr/sbin/sshd|CapabilityBoundingSet=cap_setuid cap_setgid
a unit without a capability|CapabilityBoundingSet=.* takes away CAP_NET_ADMIN,|ssh.service|/usr/sbin/sshd|CapabilityBoundingSet=cap_net_admin_x cap_sys_admin cap_net_raw
a unit with a list of forbidden calls|SystemCallFilter=.* takes away setns move_mount,|ssh.service|/usr/sbin/sshd|SystemCallFilter=~move_mount mountx setns:EPERM
a unit with a list of calls|SystemCallFilter=.* takes away mount umount2 open_tree move_mount,|ssh.service|/usr/sbin/sshd|SystemCallFilter=_llseek setns umount unshare
a unit without netlink|takes away AF_NETLINK,|ssh.service|/usr/sbin/sshd|RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
a unit that forbids netlink|takes away AF_NETLINK,|ssh.service|/usr/sbin/sshd|RestrictAddressFamilies=~AF_NETLINK AF_PACKET
a template|'getty@.service'.*system/getty@.service.d && .*daemon-reload *$|getty@tty2.service|/sbin/agetty|RestrictNamespaces=yes
END

# What says so, and whom a restart would throw out.
rights_of_drop_in() {
	local found
	sound
	unit etc ssh.service.d/a.conf SystemCallFilter=~setns 'SystemCallFilter = ~reboot'
	shown ssh.service /usr/sbin/sshd SystemCallErrorNumber=2147483646 \
		SystemCallFilter=~setns \
		DropInPaths=/etc/systemd/system/ssh.service.d/a.conf
	sed -i -e '/^DropInPaths=$/d' -e s/KillMode=.*/KillMode=mixed/ /root/units
	found=$(findings where,fix)
	check_match "$found" '^/etc/systemd/system/ssh.service.d/a.conf:5 ' where
	check_match "$found" ' # when nobody has a session by it: systemctl restart ssh.service' fix
}
test_case 'check finds where a unit has less rights' rights_of_drop_in

rights_of_owners() {
	sound
	shown ssh.service /usr/sbin/sshd 'RestrictNamespaces=cgroup ipc mnt net pid uts'
	nothing_is_found 'without owner'
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so owner'
	check_match "$(findings severity,what)" '^denied .* takes away user,' owner
	check_eq "$(wc -l < <(findings where))" 1 findings
}
test_case 'check finds a unit without user namespaces, for an owner' rights_of_owners

instances() {
	sound
	shown ssh@0-10.1.2.3:22-10.1.2.4:4711.service /usr/sbin/sshd RestrictNamespaces=yes
	shown ssh@1-10.1.2.3:22-10.1.2.4:4712.service /usr/sbin/sshd RestrictNamespaces=yes
	sed -i s/^FragmentPath=.*/FragmentPath=/ /root/units
	check_match "$(findings where,what)" "^ssh@.service +RestrictNamespaces= of 'ssh@.service'" finding
	check_eq "$(wc -l < <(findings where))" 1 findings
}
test_case 'check finds a template once for all its instances' instances

sound_rights() {
	sound
	shown a.service /usr/sbin/nosuch RestrictNamespaces=yes
	shown b.service /usr/bin/passwd RestrictNamespaces=yes
	shown c.service /bin/su RestrictNamespaces=yes
	shown ssh.service /usr/sbin/sshd RestrictNamespaces=no \
		'CapabilityBoundingSet=cap_chown cap_net_admin cap_sys_admin' \
		SystemCallFilter=~reboot RestrictAddressFamilies=~AF_PACKET \
		SystemCallErrorNumber=2147483646
	nothing_is_found 'nothing that logins need is taken away'
	pam_lines 'session required pam_newnet.so lodown nomount' \
		'session required pam_newnet.so lodown nomount debug'
	shown ssh.service /usr/sbin/sshd RestrictNamespaces=net RestrictAddressFamilies=none \
		CapabilityBoundingSet=cap_sys_admin SystemCallFilter=unshare SystemCallErrorNumber=1
	shown cron.service /usr/sbin/cron SystemCallErrorNumber= SystemCallFilter= \
		RestrictNamespaces= CapabilityBoundingSet= RestrictAddressFamilies=
	nothing_is_found 'arguments by which logins do not need it'
	pam_lines '# no line'
	nothing_is_found 'no line of ours'
	sound
	shown ssh.service /usr/sbin/sshd RestrictNamespaces=yes
	rm -r /run/systemd/system
	nothing_is_found 'systemd does not run'
}
test_case 'check finds nothing in units that may do what logins need' sound_rights

# What fails with an error is another thing: the login reads a table then.
rights_of_new_calls() {
	local found
	sound
	shown ssh.service /usr/sbin/sshd SystemCallErrorNumber=2147483646 \
		'SystemCallFilter=mount move_mount open_tree setns umount2 unshare'
	case $(uname -r) in
	[1-5].* | 6.[0-7].*)
		nothing_is_found 'this kernel has none'
		return
		;;
	esac
	found=$(findings severity,what,fix)
	check_match "$found" '^denied +SystemCallFilter= .* listmount .*SystemCallErrorNumber=EPERM' finding
	check_eq "$(wc -l <<<"$found")" 1 "findings: $found"
	sed -i s/SystemCallErrorNumber=.*/SystemCallErrorNumber=1/ /root/units
	nothing_is_found 'with an error'
	sed -i 's/SystemCallErrorNumber=.*/SystemCallErrorNumber=0/; s/setns/listmount setns statmount/' /root/units
	nothing_is_found 'with the calls'
}
test_case 'check finds a filter that knows no new calls' rights_of_new_calls

no_answer() {
	sound
	shown ssh.service /usr/sbin/sshd RestrictNamespaces=yes
	echo "$2" >>/root/units
	check_match "$(findings 2>&1)" "$1" 'what check says'
	check_eq "$(<"$work/status")" 2 status
}
test_case 'check says that systemd gives no answer' no_answer \
	"cannot look at 'systemctl show'" 'exit 1'
test_case 'check does not wait for systemd' no_answer \
	"cannot look at 'systemctl show': Connection timed out" 'exec sleep 60'

sound_units() {
	sound
	unit etc site-a.service User=bob
	unit etc site-b.service User=alice PAMName=login
	unit etc site-c.service User=alice 'NetworkNamespacePath=/run/netns/alice'
	unit etc site-d.service User=alice PrivateNetwork=yes
	unit etc site-e.service User=alice
	unit run site-e.service.d/pam.conf PAMName=login
	unit etc site-f@.service User=%i
	mkdir -p /etc/systemd/system/site.target.wants
	ln -s ../site-f@.service /etc/systemd/system/site.target.wants/site-f@bob.service
	unit usr/lib site-g.service User=alice
	ln -s /dev/null /etc/systemd/system/site-g.service
	unit etc site-h.service User=alice User=
	# shellcheck disable=SC1003
	unit etc site-i.service 'ExecStart=/bin/echo \' User=alice '#User=alice' User=nobody-is
	ln -s site-a.service /etc/systemd/system/site-j.service
	mkfifo /etc/systemd/system/site-k.service
	mkdir /etc/systemd/system/site-l.service
	nothing_is_found 'sound units'
	check_eq "$("$pamnetctl" check 2>&1)" '' 'errors'
}
test_case 'check finds nothing in units that are sound' sound_units

# One in a session, one of a server that has become the user, one of a user whom
# a line leaves there, one of a user who is no member.
sound_processes() {
	sound
	ssh_as alice sleep 61 &
	su nina -c 'exec sleep 61' &
	wait_for pgrep -u alice sleep || fail 'no session of alice'
	wait_for pgrep -u nina sleep || fail 'no session of nina'
	perl -e '$) = $( = "2002 2002"; $< = $> = 2002; $0 = "worker 61"; sleep 61' &
	wait_for pgrep -u alan -f 'worker 61' || fail 'no server'
	on_host bob sleep 61
	nothing_is_found 'sound processes'
	on_host alice sleep 63
	check_match "$(findings what)" "^'sleep' of 'alice'" 'on the host'
	policy '@newnet * new' 'alice sshd %u' 'alice * host'
	nothing_is_found 'the policy says so'
	policy 'root * -' 'alice * host' 'bob * -' 'alan * -' '* * new'
	on_host daemon sleep 62
	unit etc site.service User=daemon
	nothing_is_found 'services, where everybody else is confined'
	policy 'daemon * new'
	check_match "$(findings where)" '^/etc/systemd/system/site.service *$' 'a unit'
	sound
	policy 'alice sshd %u' 'alice * host'
	check_eq "$(runuser -u bob -- "$pamnetctl" check 2>&1 | grep -c "'/proc'")" \
		1 'who may not look'
}
test_case 'check finds nothing in processes that are where they should be' sound_processes

# What shows who can log in, and runs as nobody who does.
sound_services() {
	local name
	sound
	for name in lightdm-greeter sddm-greeter greetd-greeter \
		gdm-launch-environment runuser passwd; do
		echo 'session required pam_permit.so' >/etc/pam.d/$name
	done
	nothing_is_found 'services that start nothing of a user'
}
test_case 'check finds nothing in services that start nothing of a user' sound_services

sound_capitals() {
	sound
	echo 'session required pam_usernet.so' >/etc/pam.d/Site
	cp /etc/pam.d/Site /etc/pam.d/su.Bak~
	cp /etc/pam.d/Site /etc/pam.d/Old.bak
	cp /etc/pam.d/Site /etc/pam.d/SU
	echo 'Session lines of this host are in netns, for Alice.' >/etc/pam.d/README
	echo 'auth required pam_permit.so' >/etc/pam.d/Auth
	mkfifo /etc/pam.d/Fifo
	mkdir /etc/pam.d/Directory
	pam_lines '@include Site'
	nothing_is_found 'files that are no services'
}
test_case 'check finds nothing in files with a capital that are no services' \
	sound_capitals

# What hides the socket hides what is behind it.
hidden_nscd() {
	sound
	resolver_socket
	echo 'enable-cache hosts yes' >/etc/nscd.conf
	pam_lines 'session required pam_newnet.so hide=/srv:/run/nscd/socket:/run/systemd/resolve/' \
		'session required pam_usernet.so hide=/run/systemd:/run/nscd/'
	nothing_is_found 'lines that hide it'
	pam_lines 'session required pam_usernet.so hide=/run/systemd/resolve:/run/nscd/socke' \
		'session required pam_newnet.so hide=/run/systemd/resolve:/run/nscd/socket'
	check_match "$(findings where)" '^/etc/nscd.conf:1 *$' 'one of two lines'
	rm -r /run/systemd/resolve
	pam_lines 'session required pam_usernet.so config'
	printf '%s\n' 'root * host' 'alice sshd %u hide=/run/nscd' \
		'* * new hide=/run/nscd' >/etc/security/netns.conf
	nothing_is_found 'rules that hide it'
	echo 'alan * %u' >/etc/security/netns.conf
	check_match "$(findings where)" '^/etc/nscd.conf:1 *$' 'a rule'
	sed -i 's/config/config hide=\/run\/nscd/' /etc/pam.d/netns
	nothing_is_found 'a line that leads to rules'
}
test_case 'check finds no way by nscd where hide= covers its socket (field case 14)' \
	hidden_nscd

# A file that includes itself, and a fifo, are no reason to wait.
sound_sudoers() {
	sound
	mkdir -p /etc/sudoers.d/directory
	for file in site~ site.conf .site; do
		echo 'Defaults !pam_session' >/etc/sudoers.d/$file
	done
	mkfifo /etc/sudoers.d/fifo
	echo 'Defaults !pam_session' >/etc/sudoers-site
	cat >>/etc/sudoers <<-'END'
		# Defaults !pam_session
		 #include sudoers-site
		Defaults !!pam_session, !use_pty # !pam_session
		Defaults pam_service=su,pam_login_service="sudo-i"
		Defaults:#2001 pam_session
		Defaults !pam_session, !lecture
		Defaults@elsewhere !pam_session
		Defaults@elsewhere.example.org !pam_session
		Defaults !lecture, pam_session
		Defaults !use_pam_session
		Defaults>root !pam_session
		Cmnd_Alias SET = /bin/set \!pam_session
		@include sudoers
		@include nosuch
		@includedir /etc/sudoers-nosuch.d
	END
	nothing_is_found 'sound rules of sudo'
	check_eq "$("$pamnetctl" check 2>&1)" '' 'errors'
}
test_case 'check finds nothing in rules of sudo that are sound' sound_sudoers

# A Match counts for its file only.
sound_sshd() {
	sound
	mkdir -p /etc/ssh/sshd_config.d
	printf 'Match User bob\nPermitTTY no\n' >/etc/ssh/sshd_config.d/site.conf
	sed -i -e '/^UsePAM/d' -e '1i Include nosuch "/etc/ssh/sshd_config.d/*.conf"\nUsePAM yes' \
		/etc/ssh/sshd_config
	nothing_is_found 'a Match in a file that is included'
	sed -i '/^UsePAM/d' /etc/ssh/sshd_config
	printf '%s\n' 'SSHD_OPTS="-o UsePAM=no"' 'SSHD_OPTS="-o UsePAM=yes"' >/etc/default/ssh
	nothing_is_found 'an option'
	rm /etc/default/ssh
	mkdir '/etc/ssh/a b'
	echo 'UsePAM yes' >'/etc/ssh/a b/a.conf'
	sed -i '1i Match User bob\nPermitTTY no\nMatch all\nInclude "/etc/ssh/a b/*.conf"' \
		/etc/ssh/sshd_config
	nothing_is_found 'a Match for all'
	sed -i 1,4d /etc/ssh/sshd_config
	echo 'UsePAM no' >/etc/ssh/sshd_config.d/a.conf
	check_match "$(findings where)" '^/etc/ssh/sshd_config.d/a.conf:1 *$' 'UsePAM no'
}
test_case 'check reads what sshd_config includes as sshd does' sound_sshd

# ---- before the modules go --------------------------------------------------

without_modules() {
	local needed
	sound
	mkdir -p /etc/site
	echo 'session required pam_usernet.so' >/etc/site/x
	printf '%s\n' 'session optional pam_usernet.so' \
		'-session required pam_newnet.so' '@include site/x' \
		'session include /etc/site/x' \
		'session [success=ok default=ignore] pam_newnet.so' \
		'# session required pam_usernet.so' \
		'session required pam_limits.so # pam_usernet.so' >/etc/pam.d/atd
	ln -s ../site /etc/pam.d/site
	pam_lines "session required \\" 'pam_groupnet.so'
	needed=$("$pamnetctl" check --without-modules -n -o where | sort)
	check_same "$needed" $'/etc/pam.d/atd:2\n/etc/pam.d/netns:1\n/etc/pam.d/site/x:1\n/etc/site/x:1' \
		'lines that need them'
	mkdir /root/modules
	# shellcheck disable=SC2064
	trap "mv /root/modules/* $security; rmdir /root/modules" EXIT
	mv "$security"/pam_{newnet,usernet,groupnet}.so /root/modules
	check_eq "$(su bob -c 'echo in' 2>/dev/null)" '' 'with the lines'
	"$pamnetctl" check --without-modules -J | perl -MJSON::PP -0777 -ne \
		'print map { "$_->{fix}\n" } @{decode_json($_)->{check}}' | bash
	check_eq "$("$pamnetctl" check --without-modules)" '' 'without the lines'
	check_eq "$(su bob -c 'echo in' 2>/dev/null)" in 'without the lines'
}
test_case 'check tells which lines let nobody in without the modules, wherever they are (B5)' \
	without_modules

# ---- many at once, bad input -----------------------------------------------

all_commands() {
	"$pamnetctl" check "$@" -J | perl -MJSON::PP -0777 -ne \
		'print map { "$_->{fix}\n" } @{decode_json($_)->{check}}'
}

# Each is right beside the others: no line moves.
commands_together() {
	sound
	pam_lines 'auth required pam_usernet.so' 'account required pam_newnet.so' \
		'session required pam_newnet.so' 'session required pam_usernet.so'
	bash -c "$(all_commands)"
	nothing_is_found 'lines that are not for sessions'
	check_eq "$(grep -v '^#' /etc/pam.d/netns)" \
		$'session required pam_newnet.so\nsession required pam_usernet.so' 'lines'
	bash -c "$(all_commands --without-modules)"
	check_eq "$("$pamnetctl" check --without-modules)" '' 'without the lines'
}
test_case 'check gives commands that can be run one after the other' commands_together

# As authselect(8) has it.
linked_stack() {
	sound
	mkdir -p /etc/authselect
	echo 'session optional pam_usernet.so' >/etc/authselect/netns
	rm /etc/pam.d/netns
	ln -s ../authselect/netns /etc/pam.d/netns
	bash -c "$(all_commands)"
	check_eq "$(readlink /etc/pam.d/netns)" ../authselect/netns 'the link'
	check_eq "$(</etc/authselect/netns)" 'session required pam_usernet.so' line
	rm /etc/pam.d/netns
}
test_case 'check gives commands that leave symbolic links' linked_stack

many_at_once() {
	local found
	sound
	pam_lines 'session optional pam_usernet.so lodwn' 'session sufficient pam_exec.so /bin/true' \
		'session required pam_newnet.so group=nosuch'
	override alice hosts x
	chown alice /etc/netns/alice/hosts
	sed -i 's/^UsePAM.*/UsePAM no/' /etc/ssh/sshd_config
	found=$(findings)
	check_eq "$(wc -l <<<"$found")" 6 "findings: $found"
	check_eq "$(sort -u <<<"$found" | wc -l)" 6 'each is told once'
}
test_case 'check tells each of many findings once' many_at_once

could_not_look() {
	local status=0 output
	sound
	chmod 600 /etc/pam.d/netns
	output=$(runuser -u bob -- "$pamnetctl" check 2>&1) || status=$?
	check_eq "$status" 2 status
	check_match "$output" "cannot look at '/etc/pam.d/netns': Permission denied" \
		output
	status=0
	output=$("$pamnetctl" check sshd 2>&1) || status=$?
	check_eq "$status" 2 'status of an argument'
	check_match "$output" "no argument: 'sshd'" argument
	pam_lines 'session optional pam_usernet.so'
	status=0
	"$pamnetctl" check >/dev/full 2>&1 || status=$?
	check_eq "$status" 2 'a full disk'
}
test_case 'check says what it could not look at, with status 2' could_not_look

nothing_raw() {
	local found
	sound
	mkdir -p /run/netns/$'\033[31m\nx'
	printf 'session optional pam_usernet.so %s\n' $'a\033[1mb\302\233' >/etc/pam.d/netns
	for format in '' -J; do
		found=$("$pamnetctl" check $format)
		check_no_match "$found" $'[\001-\010\013-\037]|\302\233' "raw, '$format'"
	done
	check_match "$found" 'x1b\[31m' escaped
}
test_case 'check lets nothing raw reach the terminal' nothing_raw

other_codeset() {
	local found fix
	sound
	mkdir -p /run/netns/$'x\303\233y'
	found=$(env -i timeout 20 "$pamnetctl" check) || [[ $? == 1 ]] ||
		fail "it does not end: ${found:0:200}"
	check_match "$found" '/run/netns/x\\xc3\\x9by' 'a name'
	fix=$(env -i "$pamnetctl" check -n -o fix)
	bash -c "$fix"
	nothing_is_found "after $fix"
}
test_case 'check prints ASCII where the codeset is not UTF-8' other_codeset

hostile_fix() {
	local fix
	sound
	cd /tmp || fail 'no /tmp'
	mkdir -p "/run/netns/a'; touch owned; '"
	fix=$("$pamnetctl" check -n -o fix)
	bash -c "$fix"
	[[ ! -e /tmp/owned ]] || fail "a name runs a command: $fix"
	nothing_is_found "after $fix"
}
test_case 'check quotes names in its commands' hostile_fix

all_lines_are_added() {
	local fix
	sound
	sed -i '/^session\|common-session/d' /etc/pam.d/atd
	echo 'session required pam_permit.so' >>/etc/pam.d/atd
	fix=$("$pamnetctl" check -n -o fix)
	bash -c "$fix" || fail "it fails: $fix"
	nothing_is_found "after $fix"
	check_match "$("$pamnetctl" explain -n -o plan alice atd)" '^named *$' usernet
	check_match "$("$pamnetctl" explain -n -o plan nina atd)" '^new *$' newnet
}
test_case 'check gives a service all lines that others have' all_lines_are_added

editor_is_quoted() {
	local name=$'a b;touch owned;\033' fix
	sound
	cd /tmp || fail 'no /tmp'
	printf 'session required pam_usernet.so %s\n' 'open close' >"/etc/pam.d/$name"
	fix=$("$pamnetctl" check -n -o fix)
	check_match "$fix" '^editor \+1' command
	check_eq "$(bash -c "editor() { printf '%s' \"\$*\"; }; $fix")" \
		"+1 /etc/pam.d/$name" 'what the editor gets'
	[[ ! -e owned ]] || fail "a name runs a command: $fix"
	rm "/etc/pam.d/$name"
}
test_case 'check quotes what the editor gets' editor_is_quoted

file_with_a_capital() {
	local found
	sound
	echo 'session required pam_permit.so' >/etc/pam.d/other
	echo '@include netns' >/etc/pam.d/Site
	found=$(findings | sort)
	check_match "$found" "^outside +/etc/pam.d/Site .*small letters of 'Site'.*not confined
outside +/etc/pam.d/other .*'other'" findings
	check_eq "$(wc -l <<<"$found")" 2 "findings: $found"
	bash -c "$("$pamnetctl" check -J | perl -MJSON::PP -0777 -ne \
		'print map { "$_->{fix}\n" } @{decode_json($_)->{check}}')" ||
		fail 'a command fails'
	nothing_is_found afterwards
}
test_case 'check finds and fixes a service in a file with a capital (B6)' \
	file_with_a_capital

names_are_no_options() {
	sound
	unit etc -site.service ExecStart=/usr/sbin/dropbear
	unit etc site.target.wants/-site.service
	check_match "$("$pamnetctl" check -n -o fix)" \
		'^systemctl disable --now -- -site.service *$' systemctl
	rm /etc/systemd/system/-site.service
}
test_case 'check gives no name as an option' names_are_no_options

# None of the two stands beside the one that is confined.
three_names_of_a_uid() {
	local found
	sound
	echo "twin:x:$(id -u alice):100::/home/alice:/bin/bash
twinz:x:$(id -u alice):100::/home/alice:/bin/bash
aa:x:$(id -u alice):100::/home/alice:/bin/bash" >>/etc/passwd
	found=$(findings what)
	check_eq "$(sort <<<"$found" | cut -d' ' -f 1 | tr '\n' ' ')" \
		"'aa' 'twin' 'twinz' " "$found"
	bash -c "$("$pamnetctl" check -J | perl -MJSON::PP -0777 -ne \
		'print map { "$_->{fix}\n" } @{decode_json($_)->{check}}')" ||
		fail 'a command fails'
	nothing_is_found afterwards
	sed -i '/^\(twin\|aa\)/d' /etc/passwd
}
test_case 'check finds all names of a uid' three_names_of_a_uid

# A program that never ends, or fails and does not say why, is no fault of the
# line.
no_answer() {
	local said
	sound
	pam_lines 'session required pam_usernet.so init=veth'
	printf '#!/bin/sh\nexec sleep 600\n' >"$libexec/veth"
	said=$(findings 2>&1)
	check_eq "$(<"$work/status")" 2 "status: $said"
	check_match "$said" "^pamnetctl: cannot look at '.*/veth': [^ ]* *timed out" \
		'what it says'
	printf '#!/bin/sh\nexit 1\n' >"$libexec/veth"
	said=$(findings 2>&1)
	check_eq "$(<"$work/status")" 2 "status: $said"
	check_match "$said" "^pamnetctl: cannot look at '.*/veth'" silence
}
test_case 'check waits for no program that gives no answer' no_answer

no_proc() {
	local said status=0
	sound
	said=$(unshare --mount sh -c 'umount -l /proc; exec "$@"' sh "$pamnetctl" \
		check 2>&1) || status=$?
	check_eq "$status" 2 status
	check_match "$said" '^pamnetctl: cannot look [^:]*: proc is not mounted on /proc$' \
		'what it says'
}
test_case 'check says that proc is not mounted' no_proc

# As far as strace shows it: no server is asked, nothing is mounted.
waits_for_no_server() {
	sound
	pam_lines 'session required pam_usernet.so hide=/srv/away/x'
	mkdir -p /srv/away
	strace -f -qq -o "$work/trace" -e trace=%stat,statx "$pamnetctl" check ||
		fail 'it finds something'
	grep -q '"/srv/away".*AT_STATX_DONT_SYNC' "$work/trace" ||
		fail 'it does not look'
	check_eq "$(grep '"/srv' "$work/trace" |
		grep -v AT_STATX_DONT_SYNC)" '' 'other calls'
}
test_case 'check waits for no server below a path of hide=' waits_for_no_server

# Each look at the lines is made to take long.
progress() {
	local output
	sound
	mkdir -p /run/netns/alice
	output=$(TERM=xterm script -qec "strace -qq -o /dev/null -e trace=openat \
		-P /etc/pam.d/netns -e inject=openat:delay_enter=30000 \
		$pamnetctl check" /dev/null)
	check_match "$output" $'\r''services: [0-9]+' progress
	check_match "$output" $'\r\033\\[K.*cannot use' 'it is taken away'
	check_no_match "$("$pamnetctl" check 2>&1)" 'services:' 'no terminal'
}
test_case 'check says how far it is, after a second, on a terminal' progress

# What can be changed here: mounts, files, rules, interfaces, settings.
state_of_the_host() {
	mounts_snapshot
	find /run /etc -xdev -printf '%p %s %m %t\n' | sort
	nft list ruleset
	ip -o link show | cut -d: -f 2
	cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
}

changes_nothing() {
	local before
	sound
	pam_lines 'session optional pam_usernet.so lodwn' \
		'session required pam_newnet.so init=veth'
	before=$(state_of_the_host)
	findings >/dev/null
	check_same "$(state_of_the_host)" "$before" 'the host'
}
test_case 'check changes nothing' changes_nothing
