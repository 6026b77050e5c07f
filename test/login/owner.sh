#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# owner: a network that the user runs, and nothing beyond it.
# Much of this is for the shell of the user.
# shellcheck disable=SC2016
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

tools='export PATH=/usr/sbin:/sbin:$PATH; '

own_lines() {
	pam_lines 'session required pam_newnet.so owner' \
		'session required pam_usernet.so owner'
}

# in_user_namespace NETNS COMMAND...: runs it as the root of the user namespace
# that NETNS belongs to. 308 is setns(2), 0xb701 NS_GET_USERNS.
in_user_namespace='perl -e '\''
	open $net, "<", shift or die "$!\n";
	$user = ioctl($net, 0xb701, 0) or die "NS_GET_USERNS: $!\n";
	syscall($^V && `uname -m` =~ /x86_64/ ? 308 : 268, $user + 0, 0x10000000)
		and die "setns: $!\n";
	exec @ARGV or die "exec: $!\n"'\'' --'

# ---- owned-by-user ---------------------------------------------------------

# check_owned USER NETNS_FILE
check_owned() {
	check_owned_by "$(id -u "$1")" "$(id -g "$1")" "$2"
}

# check_owned_by UID GID NETNS_FILE: in the words of the kernel
check_owned_by() {
	local uid=$1 gid=$2 file=$3 maps
	check_eq "$(perl -e '
		open $net, "<", shift or die "$!\n";
		$user = ioctl($net, 0xb701, 0) or die "NS_GET_USERNS: $!\n";
		open $user, "<&=", $user or die "$!\n";
		$uid = pack "I", 0;
		ioctl($user, 0xb704, $uid) or die "NS_GET_OWNER_UID: $!\n";
		$parent = ioctl($user, 0xb702, 0) or die "NS_GET_PARENT: $!\n";
		print unpack("I", $uid), " ",
			readlink("/proc/self/fd/" . ($parent + 0)), "\n"' \
		"$file")" "$uid $(readlink /proc/self/ns/user)" 'owner and parent'
	maps=$(eval "$in_user_namespace" "$file" \
		cat /proc/self/{uid_map,gid_map,setgroups} | tr -s ' ')
	check_eq "$maps" " 0 $uid 1"$'\n'" 0 $gid 1"$'\n'deny 'the maps'
}

look='readlink /proc/self/ns/net /proc/self/ns/user
	grep -E "^Cap(Prm|Eff|Amb)" /proc/self/status | cut -f2 | sort -u'

check_session() {
	local user=$1 got=$2
	check_eq "$(tail -n +2 <<<"$got")" \
		"$(readlink /proc/1/ns/user)"$'\n'0000000000000000 \
		"user namespace and capabilities of $user"
}

named_is_the_user_s() {
	local got
	own_lines
	got=$(ssh_as alice "$look")
	check_named alice "$(head -n 1 <<<"$got")"
	check_session alice "$got"
	check_owned alice /run/netns/alice
	got=$(su alice -c "$look")
	check_named alice "$(head -n 1 <<<"$got")"
	check_session alice "$got"
	# A primary group that has another number.
	su paul -c true
	check_owned paul /run/netns/paul
	check_match "$(</run/pam_net/names/alice)" "owner=2001" 'the record'
	check_eq "$(pgrep -u alice)" '' 'what is left of alice'
}
test_case 'owned-by-user a name has the right owner, parent, maps and session' \
	named_is_the_user_s

new_is_the_user_s() {
	own_lines
	su nina -c "{ $look; } >/tmp/look; exec sleep 1000" &
	wait_for pgrep -x sleep -u nina
	check_new "$(head -n 1 /tmp/look)"
	check_session nina "$(</tmp/look)"
	check_owned nina "/proc/$(pgrep -u nina sleep)/ns/net"
}
test_case 'owned-by-user a new one has the right owner, parent, maps and session' \
	new_is_the_user_s

by_the_policy_file() {
	pam_lines 'session required pam_usernet.so config'
	printf '%s\n' 'alice * net-%u owner' '@newnet * new owner' \
		'alan * %U owner' 'paul * %u' >/etc/security/netns.conf
	check_named net-alice "$(ssh_as alice "$netns")"
	check_owned alice /run/netns/net-alice
	check_named 2002 "$(ssh_as alan "$netns")"
	check_owned alan /run/netns/2002
	check_match "$(ssh_as nina "$tools ip link add b0 type bridge && ip -br link")" \
		b0 'nina makes a bridge'
	check_named paul "$(ssh_as paul "$netns")"
	check_match "$(ssh_as paul "$tools ip link add b0 type bridge" 2>&1)" \
		'not permitted' 'paul, without owner'
}
test_case 'owned-by-user by lines of the policy file' by_the_policy_file

session_shows_its_network() {
	own_lines
	check_eq "$(ssh_as alice 'ls /sys/class/net; ip netns identify
		ip netns list; echo $NETNS')" $'lo\nalice\nalice\nalice' 'alice'
	check_match "$(ssh_as alice "$tools ip link add b0 type bridge
		ls /sys/class/net; stat -c %U /sys/class/net/b0/mtu
		sysctl -qw net.ipv4.ip_forward=1 && cat /proc/sys/net/ipv4/ip_forward")" \
		$'b0\n.*\nalice\n1$' 'sysfs and sysctls'
	check_eq "$(</proc/sys/net/ipv4/ip_forward)" 0 'of the host'
}
test_case 'owned-by-user /sys, /proc/sys and ip netns show the own network' \
	session_shows_its_network

# ---- whom a name belongs to ------------------------------------------------

# check_denied USER CAUSE [FIX]: by ssh, with one plain line for the user
check_denied() {
	log_mark
	check_refused "$1"
	check_match "$(log_of_modules err)" "$2" 'the log'
	[[ -z ${3-} ]] || check_match "$(log_of_modules err)" "fix with: $3" 'the fix'
	log_mark
	check_match "$(su "$1" -c 'echo let in' 2>&1)" \
		'^Login refused: your network could not be set up\.' 'the user'
}

names_of_others() {
	own_lines
	ip netns add alice
	check_denied alice "it is root's, and its line has 'owner'" \
		"pamnetctl remove 'alice'"
	ip netns delete alice
	check_let_in alice
	pam_lines 'session required pam_usernet.so'
	check_denied alice "belongs to a user, .*: uid 2001" \
		"pamnetctl remove 'alice'"
	own_lines
	check_let_in alice
	# An account is removed, and another one has its name or its uid.
	sed -i 's/^alice:x:2001:/alice:x:2077:/' /etc/passwd
	log_mark
	check_match "$(su alice -c 'echo let in' 2>&1)" '^Login refused' 'the user'
	check_match "$(log_of_modules err)" \
		'it belongs to another user: uid 2001' 'the log'
	check_owned_by 2001 2001 /run/netns/alice
}
test_case 'owned-by-user a name that is another one'\''s is refused' \
	names_of_others

uid_given_to_another() {
	own_lines
	su alice -c true
	sed -i '/^alice:/d; s/^alan:x:2002:/alan:x:2001:/' /etc/passwd
	check_named alan "$(su alan -c "$netns")"
	check_ne "$(named_netns alan)" "$(named_netns alice)" "the old one's"
	check_owned alan /run/netns/alan
}
test_case 'owned-by-user a uid that is given to another gets a name of its own' \
	uid_given_to_another

# The one who is both may come by both names.
one_uid_under_two_names() {
	own_lines
	sed -i 's/^alan:x:2002:/alan:x:2001:/' /etc/passwd
	check_named alice "$(su alice -c "$netns")"
	check_named alan "$(su alan -c "$netns")"
	check_ne "$(named_netns alan)" "$(named_netns alice)" 'two names'
	check_owned alan /run/netns/alan
	pam_lines 'session required pam_usernet.so config'
	echo '@usernet * %U owner' >/etc/security/netns.conf
	check_named 2001 "$(su alice -c "$netns")"
	check_named 2001 "$(su alan -c "$netns")"
}
test_case 'owned-by-user the same uid under two names' one_uid_under_two_names

# attach_one_of USER ARGUMENT...: gives the name alice to a network namespace that
# the user has made by unshare
attach_one_of() {
	local user=$1
	shift
	# No session: setpriv asks nobody.
	setpriv --reuid "$user" --regid "$user" --clear-groups \
		unshare "$@" sleep 1000 &
	wait_for pgrep -x sleep -u "$user"
	attached=$(pgrep -n -x sleep -u "$user")
	ip netns attach alice "$attached"
}

made_by_himself() {
	own_lines
	attach_one_of alice -U -r -n
	check_denied alice "not made by a line with 'owner'" \
		"pamnetctl remove 'alice'"
}
test_case 'owned-by-user a user namespace that the user has made is refused' \
	made_by_himself

grandchild() {
	own_lines
	attach_one_of alice -U -r unshare -U -r -n
	check_denied alice 'made inside another one' "pamnetctl remove 'alice'"
	pam_lines 'session required pam_usernet.so'
	check_denied alice 'made inside another one'
}
test_case 'owned-by-user a grandchild is refused' grandchild

# More uids than one: whoever is root in there could be any of them.
full_range() {
	own_lines
	attach_one_of alice -U -n
	echo '0 0 65536' >"/proc/$attached/uid_map"
	echo '0 0 65536' >"/proc/$attached/gid_map"
	check_denied alice "not made by a line with 'owner'" \
		"pamnetctl remove 'alice'"
}
test_case 'owned-by-user a user namespace that maps others is refused' \
	full_range

root_is_plain() {
	own_lines
	usermod -aG usernet root
	check_named root "$(su root -c "$netns")"
	check_match "$(</run/pam_net/names/root)" 'owner=0' 'the record'
	pam_lines 'session required pam_usernet.so config owner'
	printf '%s\n' 'root * %U-2001' 'alice * 0-%U' >/etc/security/netns.conf
	su alice -c true
	check_owned alice /run/netns/0-2001
	log_mark
	check_match "$(su root -c 'echo let in' 2>&1)" '^Login refused' 'root'
	check_match "$(log_of_modules err)" 'belongs to a user, .*: uid 2001' \
		'the log'
}
test_case 'root-gets-in root is made plain, and refused where a user owns' \
	root_is_plain

# ---- lines that cannot be --------------------------------------------------

shared_by_many() {
	pam_lines 'session required pam_groupnet.so owner'
	log_mark
	check_refused lara
	check_match "$(log_of_modules err)" \
		'cannot belong to one of its members' 'groupnet'
	check_let_in bob
	pam_lines 'session required pam_usernet.so config owner'
	printf '%s\n' 'alice * %u' '* sshd lab' >/etc/security/netns.conf
	log_mark
	check_refused bob
	check_match "$(log_of_modules err)" \
		"netns.conf:2: owner': a name without %u or %U is shared" \
		'the line'
	check_named alice "$(ssh_as alice "$netns")"
	pam_lines 'session required pam_usernet.so config'
	printf '%s\n' 'alice * %u' '* sshd lab owner' >/etc/security/netns.conf
	log_mark
	check_refused alice
	check_match "$(log_of_modules err)" \
		"netns.conf:2: owner': a name without %u or %U is shared" \
		'the file'
	check_let_in root
}
test_case 'owner for a name that many share is an error of the line' \
	shared_by_many

for line in 'pam_usernet.so owner init=rules' \
	'pam_usernet.so init=veth,wireguard owner'; do
	refuses_programs() {
		pam_lines "session required $1"
		log_mark
		check_refused alice
		check_match "$(log_of_modules err)" "argument 'owner beside init'" \
			'the log'
		check_let_in bob
		check_eq "$(named_netns alice)" '' 'what is made'
	}
	test_case "owner beside programs that the user could undo, ${line#* }" \
		refuses_programs "$line"
done

# ---- what the user can do ----------------------------------------------------

# works WHAT COMMAND: alice does it over ssh
works() {
	local status=0 output
	output=$(connection_run alice "$tools $2" 2>&1) || status=$?
	((status == 0)) || fail "$1: $2: $output"
}

# works_where WHAT COMMAND: the same, unless this kernel has no such thing
works_where() {
	local status=0 output
	output=$(connection_run alice "$tools $2" 2>&1) || status=$?
	[[ $output == *'Unknown device type'* || $output == *'kind is unknown'* ||
		$output == *'not supported'* ]] || ((status == 0)) ||
		fail "$1: $2: $output"
}

plain_tools_work() {
	own_lines
	connection_open alice
	works 'a veth pair' 'ip link add v0 type veth peer name v1'
	works 'addresses' 'ip addr add 192.0.2.1/24 dev v0 && ip link set v0 up &&
		ip addr add 192.0.2.2/24 dev v1 && ip link set v1 up'
	works 'routes' 'ip route add 198.51.100.0/24 via 192.0.2.2'
	works 'rules' 'ip rule add from 192.0.2.1 table 5'
	works 'a bridge' 'ip link add br0 type bridge && ip link set v1 master br0 &&
		bridge link | grep -q br0'
	works 'a tap device' 'ip tuntap add t0 mode tap && ip link set t0 up'
	works 'a tun device' 'ip tuntap add t1 mode tun'
	works 'nftables' 'nft add table inet x &&
		nft add chain inet x c "{ type filter hook input priority 0; }" &&
		nft add rule inet x c counter && nft list ruleset | grep -q counter'
	works 'settings' 'sysctl -qw net.ipv4.ip_forward=1 &&
		sysctl -qw net.ipv4.ping_group_range="0 2147483647"'
	works 'ping' 'ping -c 1 -w 5 127.0.0.1'
	works 'a port below 1024' \
		'{ echo hello | timeout 20 socat -u - TCP-LISTEN:80,reuseaddr; } &
		for i in $(seq 100); do
			[ "$(socat -u TCP:127.0.0.1:80 - 2>/dev/null)" = hello ] && exit 0
			sleep 0.05
		done; exit 1'
	works 'the open sockets' 'ss -lntp'
	works 'a packet socket' 'perl -e "socket(S, 17, 3, 0x300) or die \$!"'
	works 'a raw socket' 'perl -e "socket(S, 2, 3, 1) or die \$!"'
	works_where 'wireguard' 'ip link add wg0 type wireguard'
	works_where 'vxlan' 'ip link add vx0 type vxlan id 5 dstport 4789 dev v1'
	works_where 'dummy' 'ip link add d0 type dummy'
	works_where 'a VLAN' 'ip link add link v0 name v0.5 type vlan id 5'
	works_where 'tc' 'tc qdisc add dev v0 root netem delay 1ms'
	works_where 'tc filters' 'tc qdisc add dev v0 clsact'
}
test_case 'owner ip, nft, tc, tap, ping, raw sockets and ports below 1024 work' \
	plain_tools_work

# PACKAGE COMMAND: what is not on every machine
with_program() {
	command -v "$1" >/dev/null || skip "no $1"
	own_lines
	connection_open alice
	works "$1" "$2"
}
test_case 'owner tcpdump works' with_program tcpdump \
	'timeout 20 tcpdump --immediate-mode -l -i lo -c 1 -Z "" icmp >/tmp/seen 2>/tmp/said &
	for i in $(seq 100); do
		ping -c 1 -w 1 127.0.0.1 >/dev/null; [ -s /tmp/seen ] && exit 0
		sleep 0.1
	done; cat /tmp/said; exit 1'
test_case 'owner bubblewrap makes a sandbox' with_program bwrap \
	'bwrap --ro-bind / / --dev /dev --unshare-all --share-net ip link show lo &&
	bwrap --ro-bind / / --dev /dev --unshare-all ip link show lo'
test_case 'owner a switch of vde has a tap device' with_program vde_switch \
	'vde_switch -tap vde0 -sock ~/switch -daemon </dev/null >~/vde 2>&1
	timeout 20 sh -c "until ip link show vde0 2>/dev/null; do sleep 0.1; done" ||
	{ cat ~/vde; false; }'
test_case 'owner unshare makes a sandbox' with_program unshare \
	'unshare -U -r -n -m sh -c "ip link set lo up && ip link add b0 type bridge"'

# What the host gives it by a process of the user's outside. That one is root in
# the user namespace, and finds the network by its name.
way_out_by_slirp() {
	command -v slirp4netns >/dev/null || skip 'no slirp4netns'
	own_lines
	connection_open alice
	setpriv --reuid alice --regid alice --clear-groups bash -c \
		"$in_user_namespace /run/netns/alice slirp4netns --configure \
			--disable-dns --netns-type=path /run/netns/alice tap0" \
		>/tmp/slirp 2>&1 &
	works 'a device' 'timeout 60 sh -c "until ip -4 addr show dev tap0 2>/dev/null |
		grep -q 10.0.2.100; do sleep 0.1; done"' || fail "$(</tmp/slirp)"
	check_eq "$(connection_run alice \
		"timeout 20 bash -c 'cat </dev/tcp/192.0.2.1/80'")" 'the host' \
		'what is reached by it'
	check_owned alice /run/netns/alice
}
test_case 'owner slirp4netns gives the network a way out' way_out_by_slirp

# As netkit, mininet or vde have it: hosts of the user's own behind a bridge.
virtual_hosts() {
	own_lines
	connection_open alice
	works 'three hosts' 'ip link add lan type bridge && ip link set lan up &&
		ip addr add 10.9.0.254/24 dev lan
		for i in 1 2 3; do
			unshare -U -r -n sleep 1000 >/dev/null 2>&1 & pid=$!
			until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]
			do sleep 0.02; done
			ip link add h$i type veth peer name eth0 netns $pid &&
			ip link set h$i master lan up &&
			nsenter -t $pid -U -n --preserve-credentials sh -c "ip link set lo up
				ip link set eth0 up
				ip addr add 10.9.0.$i/24 dev eth0" || exit 1
			last=$pid
		done
		nsenter -t $last -U -n --preserve-credentials sh -c "
			for i in 1 2 254; do
				ping -c 1 -w 10 10.9.0.\$i || exit 1
			done"'
}
test_case 'owner a lab of three virtual hosts behind a bridge' virtual_hosts

# By the kernel's own, at both ends: in the user's network, and in one that he
# has made behind it.
wireguard_works() {
	own_lines
	connection_open alice
	works 'a tunnel' 'umask 077
		unshare -U -r -n sleep 1000 >/dev/null 2>&1 & pid=$!
		until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]
		do sleep 0.02; done
		there() { nsenter -t $pid -U -n --preserve-credentials "$@"; }
		set -e
		ip link add v0 type veth peer name v1 netns $pid
		ip addr add 192.0.2.1/24 dev v0
		ip link set v0 up
		there ip addr add 192.0.2.2/24 dev v1
		there ip link set v1 up
		wg genkey >here.key
		wg genkey >there.key
		ip link add wg0 type wireguard
		wg set wg0 private-key here.key peer "$(wg pubkey <there.key)" \
			allowed-ips 10.9.0.2/32 endpoint 192.0.2.2:51820
		ip addr add 10.9.0.1/24 dev wg0
		ip link set wg0 up
		there ip link add wg0 type wireguard
		there wg set wg0 private-key there.key listen-port 51820 \
			peer "$(wg pubkey <here.key)" allowed-ips 10.9.0.1/32
		there ip addr add 10.9.0.2/24 dev wg0
		there ip link set wg0 up
		ping -c 1 -w 60 10.9.0.2'
	check_eq "$(ip -br link show type wireguard 2>&1)" '' 'on the host'
	check_owned alice /run/netns/alice
}
# Not every kernel has it: that of Debian does.
kernel_case 'owner wireguard works between networks of the user' wireguard_works

does_not_work() {
	own_lines
	connection_open alice
	check_match "$(connection_run alice "$tools ip netns exec alice true" 2>&1)" \
		'not permitted' 'ip netns exec'
	check_match "$(connection_run alice \
		"$tools ip rule add uidrange 1-2 table 5" 2>&1)" 'permission' 'uidrange'
}
test_case 'owner what the manual says does not work does not' does_not_work

# ---- kept-in -----------------------------------------------------------------

# rtnetlink TYPE HEADER ATTRIBUTES: asks the kernel, and fails as it does. Each of
# both is a template of pack and its values.
rtnetlink='perl -e '\''
	($type, @parts) = @ARGV;
	for (@parts) {
		@words = split;
		while (@words) {
			$template = shift @words;
			$body .= pack $template, splice @words, 0,
				scalar(() = $template =~ /[a-zA-Z]/g);
		}
	}
	socket S, 16, 3, 0 or die "socket: $!\n";
	syswrite S, pack("LSSLL", 16 + length $body, $type, 5, 1, 0) . $body
		or die "send: $!\n";
	sysread S, $answer, 65536;
	($length, $kind, $flags, $number, $port, $error) = unpack "LSSLLl", $answer;
	$! = -$error, die "$!\n" if $kind == 2 && $error'\'' --'

# What others have: the host, alan, and alice outside. The module of tunnels, which
# the kernel loads when it is asked for one, puts a tunl0 into every network.
others_snapshot() {
	{
		ip -o link
		ip -o addr | sed 's/ tentative//'
		nsenter --net=/run/netns/alan ip -o link
		nsenter -t "$outside" -n ip -o link
	} | grep -v ' tunl0@NONE: '
	nft list ruleset
	cat /proc/sys/kernel/{hostname,core_pattern} /proc/sys/net/ipv4/ip_forward \
		/proc/sys/net/ipv4/ping_group_range
	cut -d' ' -f4- /proc/1/mountinfo
	ls -l /run/netns /run/pam_net/names /etc/netns 2>&1
}

# attempt WHAT COMMAND: it must fail. The outcome goes to the table.
attempt() {
	local status=0 output
	output=$(connection_run alice "$tools $2" 2>&1 </dev/null) || status=$?
	printf '%-56s %4s  %s\n' "$1" "$status" \
		"$(grep -v -e '^$' -e dmesg <<<"$output" | tail -n 1 | cut -c 1-70)" >>"$work/kept-in"
	((status != 0)) || held=0
}

# The same, as the root of the user namespace that the network belongs to.
attempt_inside() {
	attempt "as its root: $1" \
		"$in_user_namespace /proc/self/ns/net sh -c '$tools $2'"
}

# attempt_peer ATTEMPT...: where the kernel lets any user do it, so it does owners
attempt_peer() {
	local before=$held
	"$@"
	((!hole)) || held=$before
}

# CVE-2026-31692, tried by a user who owns nothing. What it makes goes with it.
kernel_has_hole() {
	setpriv --reuid alice --regid alice --clear-groups unshare -U -r -n \
		sh -c "$tools ip link add h0 type veth peer name h1 netns $outside" \
		2>/dev/null || return
	echo "this kernel lets every user make a peer elsewhere: CVE-2026-31692" \
		>>"$work/kept-in"
	wait_for not ip link show h1
}

# With them go the other ends.
remove_peers() {
	local device
	for device in m3 m6 m9 n1; do
		works "$device removed" "ip link delete $device"
	done
}

attempts_on_devices() {
	attempt "a device moved to PID 1's network" \
		'ip link add m0 type bridge && ip link set m0 netns 1'
	attempt "a veth end moved to PID 1's network" \
		'ip link add m1 type veth peer name m2 && ip link set m2 netns 1'
	attempt_peer attempt "a peer made in PID 1's network" \
		'ip link add m3 type veth peer name m4 netns 1'
	attempt_peer attempt "a peer made in one's own process outside" \
		"ip link add m6 type veth peer name m7 netns $outside"
	attempt "a device moved to one's own process outside" \
		"ip link add m8 type bridge && ip link set m8 netns $outside"
	attempt_peer attempt "a peer made in another user's process" \
		"ip link add m9 type veth peer name m10 netns $alan"
	attempt "a device moved to another user's process" \
		"ip link add m11 type bridge && ip link set m11 netns $alan"
	# The kernel numbers any network for whoever asks. 88 is RTM_NEWNSID.
	# Where a peer could be made there, it has a number already.
	works "a number for PID 1's network" \
		"{ $rtnetlink 88 '' 'L 0 SSl 8 1 7 SSL 8 2 1' 2>&1 || echo \$?; } |
			{ ! grep -v -x -E 'File exists|17'; }"
	attempt "a device made in PID 1's network by number" \
		"$rtnetlink 16 'CCSlLL 0 0 0 0 0 0' 'SSl 8 46 7 SSa8 12 3 m12 SSSSa8 16 32786 12 1 bridge'"
	attempt "a link to the host's device by number" \
		"ip link add m13 link-netnsid 7 link $device type macvlan"
	attempt "a tunnel in PID 1's network by number" \
		'ip link add m14 link-netnsid 7 type ipip remote 192.0.2.9'
	attempt "PID 1's devices shown by number" \
		"$rtnetlink 18 'CCSlLL 0 0 0 1 0 0' 'SSl 8 46 7'"
}

attempts_on_namespaces() {
	attempt "setns to PID 1's network" 'nsenter -t 1 -n true'
	attempt "setns to one's own process outside" "nsenter -t $outside -n true"
	attempt "setns to another user's process" "nsenter -t $alan -n true"
	attempt 'setns to another name' 'nsenter --net=/run/netns/alan true'
	attempt "PID 1's mounts" 'nsenter -t 1 -m true'
	attempt_inside "setns to PID 1's network" 'nsenter -t 1 -n true'
	attempt_inside "setns to one's own process outside" \
		"nsenter -t $outside -n true"
	attempt_inside "setns to another user's process" "nsenter -t $alan -n true"
	attempt_inside "the host's user namespace" 'nsenter -t 1 -U true'
	attempt_inside "a device moved to PID 1's network" \
		'ip link add n0 type bridge && ip link set n0 netns 1'
	attempt_peer attempt_inside "a peer made in PID 1's network" \
		'ip link add n1 type veth peer name n2 netns 1'
	attempt_inside "a device moved to one's own process outside" \
		"ip link add n3 type bridge && ip link set n3 netns $outside"
}

attempts_on_files() {
	attempt 'a mount in the session' 'mount -t tmpfs x /mnt'
	attempt "the name of one's own network removed" 'ip netns delete alice'
	attempt 'its cover taken off' 'umount /run/netns'
	attempt '/sys taken off' 'umount /sys'
	attempt 'the record of the name written' 'echo x >>/run/pam_net/names/alice'
	attempt 'the lock of the name opened' 'cat /run/pam_net/lock/alice'
	attempt "the host's /proc/sys/kernel" 'echo x >/proc/sys/kernel/core_pattern'
	attempt_inside 'a mount without a mount namespace' 'mount -t tmpfs x /mnt'
	attempt_inside "the host's /proc/sys/kernel" \
		'echo x >/proc/sys/kernel/core_pattern'
	attempt_inside 'a device node' 'mknod /tmp/null c 1 3'
	attempt_inside "another user's uid" 'setpriv --reuid 2002 true'
	attempt_inside 'groups' 'setpriv --groups 0 true'
	attempt_inside "root's files" 'cat /etc/shadow'
	attempt_inside 'a new map' 'echo "0 0 1" >/proc/self/uid_map'
	attempt_inside 'setgroups allowed again' 'echo allow >/proc/self/setgroups'
	attempt_inside '/etc written in mounts of its own' \
		'unshare -m sh -c "echo x >/etc/passwd"'
	attempt_inside 'the cover taken off in mounts of its own' \
		'unshare -m sh -c "umount /run/netns"'
	attempt_inside "the host's devices in a /sys of its own" \
		"unshare -m sh -c \"mount -t sysfs x /mnt && ls /mnt/class/net\" |
			grep -x $device"
	attempt_inside 'the clock' 'date -s 2020-01-01'
	attempt_inside 'the name of the host' 'hostname x'
	attempt_inside 'a module' 'modprobe dummy && modprobe -r dummy'
}

attempts_on_processes() {
	attempt "ptrace of PID 1" 'strace -p 1 -o /dev/null'
	attempt "another user's memory" "cat /proc/$alan/mem"
	attempt "another user's process killed" "kill $alan"
	attempt_inside "another user's process killed" "kill $alan"
	attempt_inside 'ptrace of PID 1' 'strace -p 1 -o /dev/null'
	attempt_inside "another user's descriptors" "ls /proc/$alan/fd/0"
}

# With veth of one's own in between, too: what alice makes she keeps.
attempts_fail() {
	local before held=1 hole=0
	own_lines
	rm -f "$work/kept-in"
	# Alice outside, as a process that began before she was a member.
	setpriv --reuid alice --regid alice --clear-groups sleep 1000 &
	su alan -c 'exec sleep 1001' &
	wait_for pgrep -x sleep -u alan
	wait_for pgrep -x sleep -u alice
	outside=$(pgrep -x sleep -u alice)
	alan=$(pgrep -x sleep -u alan)
	connection_open alice
	device=$(ip -o link | sed -nE '/ lo:/!s/^[0-9]+: ([^:@]+).*/\1/p' | head -n 1)
	! kernel_has_hole || hole=1
	before=$(others_snapshot)
	attempts_on_devices
	attempts_on_namespaces
	attempts_on_files
	attempts_on_processes
	((!hole)) || remove_peers
	check_same "$(others_snapshot)" "$before" 'what others have'
	((held)) || fail "one got out: $(awk '$0 ~ / 0  / { print }' "$work/kept-in")"
	kill -0 "$alan" || fail "alan's process is gone"
}
test_case 'kept-in nothing that the user tries reaches another network' \
	attempts_fail
[[ ! -e $work/kept-in ]] || sed 's/^/# /' "$work/kept-in"

# What alice allows in her network, and how large the kernel is to make tables of
# those that are made from it, is not so in the networks of others.
settings_stay() {
	local user wanted of=/proc/sys/net/ipv4
	trap 'sysctl -qw net.ipv4.ip_unprivileged_port_start=1024' EXIT
	pam_lines 'session required pam_usernet.so config'
	printf '%s\n' 'alice * %u owner' 'alan * lab' 'nina * new' \
		'paul * %u owner' >/etc/security/netns.conf
	sysctl -qw net.ipv4.ip_unprivileged_port_start=90
	# Kernels before 6.2 have no such tables.
	wanted=$(cat $of/ping_group_range $of/ip_unprivileged_port_start
		unshare -n cat $of/tcp_ehash_entries $of/udp_hash_entries)
	connection_open alice
	works 'settings' 'sysctl -qw -e net.ipv4.ip_unprivileged_port_start=0 \
		net.ipv4.ping_group_range="0 2147483647" \
		net.ipv4.tcp_child_ehash_entries=4 \
		net.ipv4.udp_child_hash_entries=512'
	for user in alan nina paul; do
		check_same "$(connection_run alice "echo secret | su $user -c '
			cat $of/ping_group_range $of/ip_unprivileged_port_start
			cat $of/tcp_ehash_entries $of/udp_hash_entries'" \
			2>/dev/null)" "$wanted" "$user"
	done
	check_match "$(</run/pam_net/names/lab)" 'user=alan' 'the record'
	check_owned paul /run/netns/paul
}
test_case 'kept-in what the user sets does not go into the networks of others' \
	settings_stay

# ---- charged-to-user -----------------------------------------------------------

user_pays() {
	pam_lines 'session required pam_newnet.so owner nomount'
	log_mark
	install -m 666 /dev/null /tmp/in
	# What is mounted over /sys keeps a session there from having its own.
	unprivileged_container sh -c '
		echo 2 >/proc/sys/user/max_net_namespaces
		for i in 1 2; do
			su nina -c "readlink /proc/self/ns/net >>/tmp/in; exec sleep 1000" &
			until [ "$(wc -l </tmp/in)" = $i ]; do sleep 0.02; done
		done
		su nina -c "echo nina is in" >/tmp/third 2>&1
		su nora -c "echo nora is in"
		su both -c "echo both is in"' >/tmp/out 2>&1
	cat /tmp/in /tmp/third /tmp/out
	check_eq "$(sort -u /tmp/in | wc -l)" 2 'networks of nina'
	check_match "$(</tmp/third)" 'Login refused' 'the third of nina'
	check_match "$(</tmp/out)" 'nora is in'$'\n''both is in' 'others'
	check_match "$(log_of_modules err)" \
		'user=nina .*the limit user\.max_user_namespaces or user\.max_net_namespaces is reached' \
		'the log'
}
test_case 'charged-to-user what a user owns counts for his limits, and no other'\''s' \
	user_pays

no_user_namespaces() {
	pam_lines 'session required pam_newnet.so owner nomount'
	log_mark
	unprivileged_container sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
		su nina -c "echo let in"' >/tmp/out 2>&1
	check_match "$(</tmp/out)" 'Login refused' 'nina'
	check_match "$(log_of_modules err)" 'user\.max_user_namespaces' 'the log'
}
test_case 'a host where user namespaces are forbidden refuses' \
	no_user_namespaces

# ---- no-hostage ----------------------------------------------------------------

# attack SIGNAL: sends it to each process that is root's and acts as alice: a
# holder. What su starts for her is hers alone, and left in peace.
attack() {
	exec setpriv --reuid alice --regid alice --clear-groups perl -e '
		while () {
			open $last, "<", "/proc/loadavg";
			($last) = <$last> =~ /(\d+)$/;
			for $pid ($last .. $last + 3) {
				open $status, "<", "/proc/$pid/status" or next;
				($uids) = grep /^Uid:/, <$status>;
				$uids =~ /^Uid:\s0\s2001\s0\s/ or next;
				kill $ARGV[0], $pid and syswrite STDOUT, "x";
			}
		}' "$1" >/tmp/hits
}

attacked() {
	local i user=$2
	own_lines
	attack "$1" &
	for ((i = 0; i < 100; i++)); do
		check_eq "$(within 20 su "$user" -c 'echo let in')" 'let in' "su, $i"
		[[ ! -e /run/netns/$user ]] || ip netns delete "$user"
	done
	for ((i = 0; i < 5; i++)); do
		check_eq "$(within 20 ssh_as "$user" 'echo let in')" 'let in' "ssh, $i"
		[[ ! -e /run/netns/$user ]] || ip netns delete "$user"
	done
	[[ -s /tmp/hits ]] || fail 'no holder was hit'
	echo "# SIG$1 was sent $(stat -c %s /tmp/hits) times in 105 logins" \
		>"$work/hits"
}
for signal in STOP KILL; do
	test_case "no-hostage nobody waits for a holder that its user sends SIG$signal" \
		attacked $signal alice
	[[ ! -e $work/hits ]] || cat "$work/hits"
	rm -f "$work/hits"
done

# She may send what looks like an answer of the kernel to any socket of
# rtnetlink(7) in her network: to that of a login which brings lo up.
forged_answers() {
	local i
	own_lines
	connection_open alice
	cat >/tmp/forge <<-'END'
	socket(my $socket, 16, 3, 0) or die;
	my $error = pack("LSSLLl", 20, 2, 0, 1, 0, $ARGV[0]);
	while (1) {
		open(my $load, "<", "/proc/loadavg");
		my ($last) = <$load> =~ /(\d+)$/;
		for my $i (1 .. 30) {
			for my $port ($last - 1 .. $last + 3) {
				send($socket, $error, 0x40, pack("SSLL", 16, 0, $port, 0));
			}
		}
	}
	END
	chmod 644 /tmp/forge
	connection_run alice 'perl /tmp/forge -13 >/dev/null 2>&1 &
		perl /tmp/forge 0 >/dev/null 2>&1 &'
	# What she forges may be too much for ip(8), too. 9 is up, 8 is down.
	for i in {1..60}; do
		connection_run alice 'until /sbin/ip link set lo down; do :; done' \
			2>/dev/null
		check_eq "$(su alice -c 'cat /sys/class/net/lo/flags' 2>&1)" 0x9 \
			"login $i"
	done
}
test_case 'no-hostage forged answers of the kernel deny nobody' forged_answers

# ---- what root's processes show ------------------------------------------------

# look_into FILE: alice tries to read each new process of root's, and its parent if
# it is a holder. FILE has who was tried, and a line "got" where she was let in.
look_into() {
	exec setpriv --reuid alice --regid alice --clear-groups perl -MPOSIX -e '
		sub text { open my $file, "<", $_[0] or return ""; join "", <$file> }
		# One without memory ends, and is checked less.
		sub lives_as_root { text("/proc/$_[0]/status") =~ /^Uid:\s0\s.*^VmSize/ms }
		$buffer = "x" x 8;
		$here = pack "PQ", $buffer, 8;
		$nowhere = pack "QQ", 0, 8;
		%tries = (
			# Nothing is at 0. If there is no memory, that is the end of file.
			"mem" => sub {
				open my $mem, "<", "/proc/$_[0]/mem" or return 0;
				!defined sysread $mem, my $byte, 1;
			},
			"maps" => sub { text("/proc/$_[0]/maps") },
			"environ" => sub { text("/proc/$_[0]/environ") },
			"fd" => sub {
				grep {
					my $fd = "/proc/$_[0]/fd/$_";
					defined readlink $fd or open my $file, "<", $fd;
				} 0 .. 15;
			},
			"process_vm_readv" => sub {
				syscall(310, $_[0], $here, 1, $nowhere, 1, 0) >= 0 || $!{EFAULT};
			},
			"pidfd_getfd" => sub {
				(my $process = syscall 434, $_[0], 0) >= 0 or return 0;
				my @got = grep $_ >= 0, map syscall(438, $process, $_, 0), 0 .. 15;
				POSIX::close($_) for $process, @got;
				scalar @got;
			},
			# PTRACE_ATTACH, __WALL, PTRACE_DETACH
			"ptrace" => sub {
				syscall(101, 16, $_[0], 0, 0) == 0 or return 0;
				my $stops = waitpid($_[0], 0x40000000) > 0 && WIFSTOPPED($?);
				syscall 101, 17, $_[0], 0, 0;
				$stops;
			});
		sub try_all {
			my ($pid, $who) = @_;
			for (keys %tries) {
				# What root starts may be hers by now.
				$tries{$_}->($pid) && lives_as_root($pid) and
					syswrite STDOUT, "got $_ of $who\n";
			}
			syswrite STDOUT, "$who\n";
		}
		while () {
			($last) = text("/proc/loadavg") =~ /(\d+)$/;
			for $pid ($last - 1 .. $last + 3) {
				lives_as_root($pid) or next;
				# Another user namespace than that of all others.
				if (text("/proc/$pid/uid_map") =~ / 4294967295$/) {
					try_all($pid, "other");
					next;
				}
				($parent) = text("/proc/$pid/status") =~ /^PPid:\s(\d+)/m;
				try_all($pid, "holder");
				lives_as_root($parent) and try_all($parent + 0, "helper");
			}
		}' >"$1"
}

# tried WHO: how often
tried() {
	grep -c -x "$1" /tmp/tried
}

nothing_is_shown() {
	local i
	own_lines
	kernel_set fs.suid_dumpable 1
	kernel_set kernel.yama.ptrace_scope 0
	look_into /tmp/tried &
	for ((i = 0; i < 500; i++)); do
		su alice -c true
		((i % 20)) || ssh_as alice true
		ip netns delete alice
		check_eq "$(grep '^got' /tmp/tried | sort | uniq -c)" '' 'alice'
		(($(tried holder) < 40 || $(tried helper) < 40)) || break
	done
	echo "# in $i logins she tried $(tried holder) holders," \
		"$(tried helper) helpers, $(tried other) others" >"$work/tries"
	((i < 500)) || fail "too few: $(<"$work/tries")"
}
kernel_case 'owned-by-user with fs.suid_dumpable=1 helper and holder show nothing' \
	nothing_is_shown
[[ ! -e $work/tries ]] || cat "$work/tries"

# ---- bad input -----------------------------------------------------------------

# The mounts but that of /run/netns, which the first name needs and which stays.
other_mounts() {
	mounts_snapshot | grep -v ' /run/netns '
}

# check_nothing_left USER MOUNTS: neither a name, nor a record, process, namespace
# or mount
check_nothing_left() {
	check_eq "$(named_netns "$1")" '' 'a name'
	[[ ! -e /run/pam_net/names/$1 ]] || fail "a record of $1"
	check_eq "$(find /run/pam_net/sessions -type f 2>/dev/null)" '' \
		'records of sessions'
	check_eq "$(pgrep -l -u "$1")" '' "processes of $1"
	check_eq "$(readlink /proc/[0-9]*/ns/user | sort -u)" \
		"$(readlink /proc/1/ns/user)" 'user namespaces'
	check_same "$(other_mounts)" "$2" 'mounts'
}

# refuses USER LOG COMMAND...: refused, for this reason; nothing is left of it
refuses() {
	local user=$1 wanted=$2 output mounts
	shift 2
	mounts=$(other_mounts)
	log_mark
	output=$("$@" 2>&1 </dev/null)
	check_match "$output" 'Login refused: your network could not be set up' \
		'the user'
	check_no_match "$output" 'let in|session opened' 'the user'
	check_match "$(log_of_modules err)" "$wanted" 'the log'
	check_nothing_left "$user" "$mounts"
	check_eq "$(su "$user" -c 'echo let in')" 'let in' 'the next login'
}

# lacks CAPABILITY LOG PROGRAM...: nina and alice by a program without it
lacks() {
	local without=(setpriv --bounding-set "-$1" --inh-caps "-$1")
	own_lines
	cp /etc/pam.d/common-session /etc/pam.d/anything
	if [[ $1 == setgid ]]; then
		# su needs it before there is a session.
		refuses nina "$2" "${without[@]}" pamtester anything nina open_session
		refuses alice "$2" "${without[@]}" pamtester anything alice open_session
	else
		refuses nina "$2" "${without[@]}" su nina -c 'echo let in'
		refuses alice "$2" "${without[@]}" su alice -c 'echo let in'
	fi
}
test_case 'without CAP_SETUID it is refused' lacks setuid 'CAP_SETUID is missing'
test_case 'without CAP_SETGID it is refused' lacks setgid 'CAP_SETGID is missing'
test_case 'without CAP_SYS_PTRACE it is refused' lacks sys_ptrace \
	'CAP_SYS_PTRACE is missing'

# forbid CALL FLAG COMMAND...: with a filter that refuses this call, by EPERM,
# where its first argument has the flag, or always if that is 0
forbid='perl -e '\''
	require "syscall.ph";
	$number = &{"SYS_" . shift @ARGV}();
	$flag = oct shift @ARGV;
	# Loads the number; and the lower half of the argument.
	@filter = (0x20, 0, 0, 0, 0x15, 0, $flag ? 3 : 1, $number,
		$flag ? (0x20, 0, 0, 16, 0x45, 0, 1, $flag) : (),
		6, 0, 0, 0x50001, 6, 0, 0, 0x7fff0000);
	$code = pack "(SCCL)*", @filter;
	$program = pack "Sx![P]P", @filter / 4, $code;
	syscall(&SYS_prctl, 22, 2, $program) and die "prctl: $!\n";
	exec @ARGV or die "exec: $!\n"'\'' --'

# As RestrictNamespaces=~user of a unit does it, and what containers do.
filtered() {
	own_lines
	refuses "$1" "$4" eval "$forbid" "$2" "$3" su "$1" -c "'echo let in'"
}
for user in nina alice; do
	test_case "a filter that forbids user namespaces refuses $user" \
		filtered $user clone 0x10000000 \
		'create a user namespace that belongs to the user.*not permitted'
	test_case "a filter that forbids capset(2) refuses $user" \
		filtered $user capset 0 'act as uid.*not permitted'
done

# Where the helper can work on the host, as elsewhere. Where it cannot, as with
# process numbers of another proc(5), the kernel makes none in there.
other_root() {
	local refusing=(unshare --pid --fork --mount-proc=/opt/root/proc
		chroot /opt/root)
	own_lines
	mkdir -p /opt/root
	mount --rbind / /opt/root
	mount --make-rslave /opt/root
	refuses alice 'the kernel makes none in a chroot' \
		"${refusing[@]}" su alice -c 'echo let in'
	refuses nina 'the kernel makes none in a chroot' \
		"${refusing[@]}" su nina -c 'echo let in'
	ip netns delete alice
	check_named alice "$(chroot /opt/root su alice -c "$netns")"
	check_owned alice /run/netns/alice
	check_new "$(chroot /opt/root su nina -c "$netns")"
	umount -l /opt/root
}
test_case 'owned-by-user in a chroot it is the own one or none' other_root

# with_thread MODE COMMAND...: a program of one thread gets another one. "beside":
# it waits; "opens": it opens the session.
with_thread() {
	[[ -e /tmp/thread.so ]] ||
		cc -shared -fPIC -Wall -Werror -pthread -o /tmp/thread.so -x c - <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <pthread.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>

		struct call {
			void *pamh;
			int flags, answer;
		};

		static void *wait_forever(void *data)
		{
			for (;;)
				pause();
			return data;
		}

		static void *make(void *data)
		{
			int (*open)(void *, int) = dlsym(RTLD_NEXT, "pam_open_session");
			struct call *call = data;

			call->answer = open(call->pamh, call->flags);
			return NULL;
		}

		int pam_open_session(void *pamh, int flags)
		{
			struct call call = { pamh, flags, 0 };
			pthread_t other;

			if (strcmp(getenv("THREAD"), "opens") != 0) {
				if (pthread_create(&other, NULL, wait_forever, NULL))
					abort();
				make(&call);
			} else if (pthread_create(&other, NULL, make, &call) ||
				   pthread_join(other, NULL)) {
				abort();
			}
			return call.answer;
		}
		END
	THREAD=$1 LD_PRELOAD=/tmp/thread.so "${@:2}"
}

threads() {
	local user output mounts
	own_lines
	cp /etc/pam.d/common-session /etc/pam.d/anything
	for user in nina alice; do
		mounts=$(other_mounts)
		log_mark
		output=$(with_thread opens pamtester anything $user open_session \
			2>&1) && fail "$user is in by a thread: $output"
		check_match "$(log_of_modules err)" thread 'the log'
		check_nothing_left $user "$mounts"
		log_mark
		with_thread beside pamtester anything $user open_session \
			close_session || fail "$user beside a thread"
		check_match "$(log_of_modules warning)" thread 'the log'
		check_match "$(log_of_modules info)" "opened user=$user " 'the log'
		check_eq "$(log_of_modules err)" '' 'errors'
	done
	check_owned alice /run/netns/alice
	check_named alice "$(su alice -c "$netns")"
}
test_case 'owned-by-user a caller with threads' threads

# Root makes what the user may not. It is a sysctl of Debian's.
forbidden_to_users() {
	own_lines
	kernel_set kernel.unprivileged_userns_clone 0
	check_match "$(setpriv --reuid alice --regid alice --clear-groups \
		unshare -U true 2>&1)" 'not permitted' 'alice herself'
	check_named alice "$(ssh_as alice "$netns")"
	check_owned alice /run/netns/alice
	check_match "$(su nina -c "$tools ip link add b0 type bridge && ip -br link")" \
		b0 'nina makes a bridge'
}
kernel_case 'owned-by-user where the host forbids users to make user namespaces' \
	forbidden_to_users

# The shell in the session may be one too many; the login is not.
process_limit() {
	own_lines
	log_mark
	su alan -c "ulimit -u 1; exec su alice -c true" <<<secret 2>/dev/null
	check_match "$(log_of_modules info)" 'opened user=alice .*how=created' 'the log'
	check_owned alice /run/netns/alice
}
test_case 'RLIMIT_NPROC=1 of the caller changes nothing' process_limit

uid_without_a_mapping() {
	pam_lines 'session required pam_newnet.so owner nomount'
	usermod -aG newnet bob
	sed -i 's/^bob:x:[0-9]*:/bob:x:70000:/' /etc/passwd
	log_mark
	unprivileged_container sh -c 'su bob -c "echo let in"' >/tmp/out 2>&1
	check_no_match "$(</tmp/out)" 'let in' 'bob'
	check_match "$(log_of_modules err)" "uid '70000': .* no mapping" 'the log'
}
test_case 'a uid that the container does not map is refused' \
	uid_without_a_mapping
