#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# init/wireguard: a tunnel as the only way out. Where the kernel has no WireGuard,
# wireguard-go is both ends of it.
# shellcheck disable=SC2016

# shellcheck source=init/lib.sh
. "$(dirname "$0")/lib.sh"

web4=203.0.113.80 web6=2001:db8:1::80
conf=/etc/wireguard/alice.conf
inside4=10.8.0.2
inside6='[fd08:0000:0000:0000:0000:0000:0000:0002]'

# start_server: the other end, in the internet
start_server() {
	umask 077
	rm -rf /run/wireguard /etc/wireguard
	out_there ip link delete wgs 2>/dev/null
	wait_for not out_there ip link show wgs
	wg genkey >/run/lab/server.key
	wg genkey >/run/lab/alice.key
	if ! out_there ip link add wgs type wireguard 2>/dev/null; then
		out_there wireguard-go -f wgs >/dev/null 2>&1 </dev/null &
		wait_for test -S /run/wireguard/wgs.sock || fail 'no server'
	fi
	out_there wg set wgs listen-port 51820 private-key /run/lab/server.key \
		peer "$(wg pubkey </run/lab/alice.key)" \
		allowed-ips 10.8.0.2/32,fd08::2/128
	out_there ip address add 10.8.0.1/24 dev wgs
	out_there ip address add fd08::1/64 dev wgs nodad
	out_there ip link set wgs up
	umask 022
}

# write_conf [SED]: what a provider gives to its customers
write_conf() {
	mkdir -p /etc/wireguard
	cat >$conf <<-END
	# a comment
	[Interface]
	PrivateKey = $(</run/lab/alice.key)
	Address = 10.8.0.2/32, fd08::2/128
	dns = 10.8.0.1, fd08::1, example.test
	MTU = 1380
	PostUp = touch /run/lab/owned
	PreDown = touch /run/lab/owned; iptables -F

	[Peer]
	PublicKey = $(wg pubkey </run/lab/server.key)
	AllowedIPs = 0.0.0.0/0, ::/0
	Endpoint = 203.0.113.53:51820
	PersistentKeepalive = 25
	END
	chmod 600 $conf
	[[ ! ${1-} ]] || sed -i -E "$1" $conf
}

tunnel() {
	start_server
	write_conf "$@"
	new_network alice
	init_create wireguard alice
}

# Processes of wireguard-go on the host's side.
daemons() {
	pgrep -fc 'wireguard-go -f pamwg'
}

interfaces() {
	local device
	for device in /sys/class/net/*; do
		echo "${device##*/}"
	done | paste -sd' '
}

nothing_on_the_host() {
	check_eq "$(interfaces)" 'eth0 lo' "interfaces $1"
	[[ $(daemons) == 0 ]] || wait_for eval '[[ $(daemons) == 0 ]]' ||
		fail "a process is left $1"
}

# ---- out -------------------------------------------------------------------

goes_out() {
	tunnel
	check_eq "$(fetch alice $web4)" $inside4 'the address that the web sees'
	check_eq "$(fetch alice $web6)" "$inside6" 'the address that the web sees'
	check_eq "$(in_network alice ip -br link | awk '{ print $1 }' | paste -sd' ')" \
		'lo wg0' 'interfaces'
	check_match "$(in_network alice ip link show wg0)" 'mtu 1380' 'MTU'
	check_eq "$(interfaces)" 'eth0 lo' 'interfaces of the host'
	check_eq "$(ip route show default)" 'default via 192.0.2.254 dev eth0 ' \
		'the way out of the host'
}
lab_case 'out through the tunnel' goes_out

names() {
	tunnel
	check_eq "$(</run/lab/etc.wireguard/resolv.conf)" "# from $conf
nameserver 10.8.0.1
nameserver fd08::1
search example.test" 'resolv.conf'
	check_eq "$(stat -c '%a %u' /run/lab/etc.wireguard/resolv.conf)" '644 0' mode
	rm /run/lab/etc.wireguard/resolv.conf
	write_conf '/^dns/d'
	ip netns delete alice
	new_network alice
	init_create wireguard alice
	check_eq "$(ls /run/lab/etc.wireguard)" '' 'without DNS='
}
lab_case 'DNS= becomes the resolv.conf of the namespace' names

commands_are_not_run() {
	tunnel
	[[ ! -e /run/lab/owned ]] || fail 'a command was run'
	check_match "$(<"$init_output")" "'postup' in '$conf' is not run" 'the output'
	ip netns delete alice
	init_call remove wireguard alice || fail 'remove'
	[[ ! -e /run/lab/owned ]] || fail 'a command was run'
}
lab_case 'commands of the file are not run, and that is said' commands_are_not_run

by_name() {
	echo '203.0.113.53 vpn.example.test' >>/etc/hosts
	tunnel 's/^Endpoint.*/Endpoint = vpn.example.test:51820/'
	check_eq "$(fetch alice $web4)" $inside4 'the address that the web sees'
	ip netns delete alice
	sed -i 's/vpn/other/' /etc/hosts
	new_network alice
	init_refuses wireguard alice "the address of 'vpn.example.test', the endpoint in"
	nothing_on_the_host 'without the address'
}
lab_case 'the endpoint is looked up on the host' by_name

by_ipv6() {
	tunnel 's/^Endpoint.*/Endpoint = [2001:db8:1::80]:51820/'
	check_eq "$(fetch alice $web4)" $inside4 'the address that the web sees'
}
lab_case 'the endpoint may have an IPv6 address' by_ipv6

some_networks() {
	tunnel 's/^AllowedIPs.*/AllowedIPs = 203.0.113.99\/24/; s/, fd08.*//'
	check_eq "$(fetch alice $web4)" $inside4 'the address that the web sees'
	check_eq "$(in_network alice ip route show default)" '' 'default route'
	in_network alice ping -c 1 -W 1 192.0.2.254 >/dev/null 2>&1 &&
		fail 'there is another way'
	true
}
lab_case 'AllowedIPs= are all that can be reached' some_networks

no_routes() {
	tunnel 's/^MTU.*/Table = off/'
	check_eq "$(in_network alice ip route show table main)" '' routes
}
lab_case 'Table=off leaves the routes to others' no_routes

of_the_user() {
	start_server
	write_conf
	new_network odd
	network_path=/run/netns/odd
	init_create wireguard 'net:[4026532000]'
	check_eq "$(fetch odd $web4)" $inside4 'the address that the web sees'
}
lab_case 'a namespace without a name has the tunnel of its user' of_the_user

with_rules() {
	mkdir -p /etc/netns/alice
	cat >/etc/netns/alice/nftables.conf <<-'END'
	table inet session {
		chain output {
			type filter hook output priority filter; policy drop;
			oifname "wg0" ip daddr 203.0.113.80 accept
		}
	}
	END
	start_server
	write_conf
	new_network alice
	init_create rules alice
	init_create wireguard alice
	check_eq "$(fetch alice $web4)" $inside4 'what is allowed'
	fetch_within=1
	check_eq "$(fetch alice $web6)" '' 'what is not allowed'
}
lab_case 'rules come before it' with_rules

# ---- no other way ----------------------------------------------------------

# plain_packets: how many that are not of the tunnel reached the internet
plain_packets() {
	out_there nft list table inet count | sed -nE 's/.*packets ([0-9]+).*/\1/p'
}

kill_switch() {
	tunnel
	check_eq "$(fetch alice $web4)" $inside4 'with the tunnel'
	fetch_within=1
	out_there nft -f - <<-'END'
	table inet count {
		chain in {
			type filter hook prerouting priority -300;
			iifname "eth0" tcp dport 80 counter
		}
	}
	END
	out_there ip link set wgs down
	check_eq "$(fetch alice $web4)" '' 'with the other end down'
	in_network alice ip link set wg0 down
	check_eq "$(fetch alice $web4)" '' 'with the tunnel down'
	in_network alice ip link delete wg0
	check_eq "$(fetch alice $web4)" '' 'without the tunnel'
	check_eq "$(plain_packets)" 0 'packets outside the tunnel'
	bash -c "cat </dev/tcp/$web4/80" >/dev/null
	check_ne "$(plain_packets)" 0 'packets of the host'
	out_there nft delete table inet count
	nothing_on_the_host 'without the tunnel'
}
lab_case 'never-outside without the tunnel nothing goes out' kill_switch

# So that wireguard-go is tried also where the kernel has it.
without_wireguard_of_kernel() {
	cp "$(realpath /usr/sbin/ip)" /run/lab/ip
	cat >/run/lab/ip.sh <<-'END'
	#!/bin/sh
	case " $* " in
	*' type wireguard '*)
		echo 'Error: Unknown device type.' >&2
		exit 2
		;;
	esac
	exec /run/lab/ip "$@"
	END
	chmod 755 /run/lab/ip.sh
	hide /usr/sbin/ip /run/lab/ip.sh
}

killed_daemon() {
	without_wireguard_of_kernel
	tunnel
	fetch_within=1
	(($(daemons))) || fail 'no process'
	pkill -KILL -f 'wireguard-go -f pamwg'
	wait_for not in_network alice ip link show wg0
	check_eq "$(fetch alice $web4)" '' 'without its process'
}
lab_case 'never-outside without the process of wireguard-go nothing goes out' killed_daemon

fetched() {
	[[ $(fetch_within=1 fetch alice $web4) == "$inside4" ]]
}

address_changes() {
	tunnel
	check_eq "$(fetch alice $web4)" $inside4 'before'
	ip address add 192.0.2.77/24 dev eth0
	ip address delete 192.0.2.1/24 dev eth0
	# The second address of a network goes with the first.
	ip address add 192.0.2.77/24 dev eth0 2>/dev/null
	ip route replace default via 192.0.2.254
	# wireguard-go goes on with the old one for 15 s.
	wait_for fetched || wait_for fetched || wait_for fetched ||
		fail 'not after the address of the host has changed'
	check_match "$(out_there wg show wgs endpoints)" '192.0.2.77:' 'the other end sees'
	ip address flush dev eth0 scope global
	ip address add 192.0.2.1/24 dev eth0
	ip address add 2001:db8::1/64 dev eth0 nodad
	ip route replace default via 192.0.2.254
	ip route replace default via 2001:db8::fe
}
lab_case 'it stays when the host gets another address' address_changes

way_changes() {
	tunnel
	check_eq "$(fetch alice $web4)" $inside4 'before'
	ip link add eth1 type veth peer name eth1 netns "$internet"
	ip address add 198.51.100.1/24 dev eth1
	ip link set eth1 up
	out_there ip address add 198.51.100.254/24 dev eth1
	out_there ip link set eth1 up
	ip link set eth0 down
	ip route replace default via 198.51.100.254
	wait_for fetched || fail 'not after the way of the host has changed'
	check_match "$(out_there wg show wgs endpoints)" '198.51.100.1:' \
		'the other end sees'
	ip link delete eth1
	ip link set eth0 up
	ip address add 2001:db8::1/64 dev eth0 nodad 2>/dev/null
	ip route replace default via 192.0.2.254
	ip route replace default via 2001:db8::fe
}
lab_case 'it stays when the host gets another way out' way_changes

other_way() {
	start_server
	write_conf
	new_network alice
	init_create veth alice
	init_refuses wireguard alice \
		"has the interface 'eth0', and a tunnel has to be the only way out"
	in_network alice ip link show wg0 >/dev/null 2>&1 && fail 'there is a tunnel'
	true
}
lab_case 'a namespace with another way out is refused' other_way

# Each new namespace has them where the kernel has their modules. They are down,
# and their user cannot change that.
fallback_tunnels() {
	start_server
	write_conf
	new_network alice
	in_network alice ip link add sit0 type bridge
	in_network alice ip link add tunl0 type bridge
	init_create wireguard alice
	check_eq "$(fetch alice $web4)" $inside4 'the address that the web sees'
	ip netns delete alice
	new_network alice
	in_network alice ip link add sit0 type bridge
	in_network alice ip link set sit0 up
	init_refuses wireguard alice "has the interface 'sit0', and a tunnel has to be"
}
lab_case 'an interface that is down is no way out' fallback_tunnels

# ---- what is left ----------------------------------------------------------

nothing_is_left() {
	local before
	before=$(ip route; ip -6 route; nft list ruleset; mounts_snapshot)
	tunnel
	ip netns delete alice
	nothing_on_the_host 'after the end'
	check_same "$(ip route; ip -6 route; nft list ruleset; mounts_snapshot)" "$before" \
		'the host'
}
lab_case 'nothing is left when the namespace has ended' nothing_is_left

# All its processes at once, from beginning to end, in about 30 steps, with --all in
# steps of 1 ms.
killed() {
	local moment=0 times=0 status start=$EPOCHREALTIME step
	tunnel
	step=$(((${EPOCHREALTIME/./} - ${start/./}) / 30000 + 1))
	[[ ! $all ]] || step=1
	ip netns delete alice
	while
		moment=$((moment + step))
		new_network alice
		tracer=(timeout -s KILL "${moment}e-3")
		status=0
		init_call create wireguard alice || status=$?
		tracer=()
		((status > 128))
	do
		((++times % 2)) || ip netns delete alice
		[[ -e /run/netns/alice ]] || new_network alice
		init_create wireguard alice
		check_eq "$(fetch alice $web4)" $inside4 "killed after $moment ms"
		ip netns delete alice
		nothing_on_the_host "killed after $moment ms"
	done
	((times > 2)) || fail "ended after $moment ms"
}
all=
[[ ${1-} != --all ]] || all=1
lab_case 'survives-kill the next one takes away what is left, and is complete' killed

# ---- what is wrong ---------------------------------------------------------

broken_file() {
	local key
	start_server
	new_network alice
	write_conf 's/^MTU/Color/'
	init_refuses wireguard alice "^wg does not take '$conf': Line unrecognized: .color'"
	write_conf 's/^(PrivateKey = .{20}).*/\1/'
	init_refuses wireguard alice "^wg does not take '$conf': Key is not the correct"
	key=$(head -c 20 /run/lab/alice.key)
	check_no_match "$(<"$init_output")" "${key:0:10}" 'the key in the log'
	write_conf '/^Address/d'
	init_refuses wireguard alice "'$conf' gives the tunnel no address"
	write_conf 's/^Address.*/Address = 10.8.0.300/'
	init_refuses wireguard alice "as '$conf' says: .*10.8.0.300"
	write_conf 's/^MTU.*/MTU = big/'
	init_refuses wireguard alice "'big' is not an MTU"
	write_conf 's/^AllowedIPs.*/AllowedIPs = everything/'
	init_refuses wireguard alice "^wg does not take '$conf': "
	in_network alice ip link show wg0 >/dev/null 2>&1 && fail 'there is a tunnel'
	nothing_on_the_host 'after errors'
	check_eq "$(ls /run/lab/etc.wireguard)" '' 'overrides'
}
lab_case 'a file that is wrong is refused, and the log has no key' broken_file

checked() {
	start_server
	not init_check wireguard alice || fail 'there is no file'
	write_conf
	init_check wireguard alice || fail "$(last_line)"
	echo '203.0.113.53 vpn.example.test' >>/etc/hosts
	write_conf 's/^Endpoint.*/Endpoint = vpn.example.test:51820/'
	init_check wireguard alice || fail "by name: $(last_line)"
	write_conf 's/^Endpoint.*/Endpoint = nosuch.example.test:51820/'
	not init_check wireguard alice || fail 'an endpoint that is not found'
	check_match "$(last_line)" "the address of 'nosuch.example.test'" 'last line'
	write_conf '/^Address/d'
	not init_check wireguard alice || fail 'no address'
	# wg(8) says so where the kernel can try it.
	out_there ip link show type wireguard 2>/dev/null | grep -q wgs || return 0
	write_conf 's/^(PrivateKey = .{20}).*/\1/'
	not init_check wireguard alice || fail 'half a key'
	check_match "$(last_line)" 'Key is not the correct' 'last line'
	write_conf 's/^Address.*/Address = 10.8.0.300/'
	not init_check wireguard alice || fail 'no address'
	check_match "$(last_line)" '10.8.0.300' 'last line'
}
lab_case 'check knows what create would say, and leaves nothing' checked

values_are_data() {
	start_server
	new_network alice
	write_conf 's/^Address.*/Address = $(touch${IFS}\/run\/lab\/owned)/'
	init_refuses wireguard alice 'as .* says'
	write_conf 's/^Address.*/Address = 10.8.0.2\/32;link,delete,lo/'
	init_refuses wireguard alice 'as .* says'
	write_conf 's/^(Endpoint).*/\1 = `touch \/run\/lab\/owned`:1/'
	init_refuses wireguard alice 'cannot find the address'
	write_conf 's/^(dns).*/\1 = $(touch\/run\/lab\/owned)/'
	init_create wireguard alice
	[[ ! -e /run/lab/owned ]] || fail 'a value was run'
}
lab_case 'a value is never run' values_are_data

no_file() {
	rm -rf /etc/wireguard
	new_network alice
	init_refuses wireguard alice "^there is no '$conf' for this namespace"
}
lab_case 'a missing file denies' no_file

unsafe_file() {
	start_server
	write_conf
	new_network alice
	chown alice $conf
	init_refuses wireguard alice "'$conf' is not safe: .*chown root '$conf'"
	chown root $conf
	chmod g+w $conf
	init_refuses wireguard alice "'$conf' is not safe: .*chmod go-w '$conf'"
	rm $conf
	mkfifo $conf
	within 3 init_refuses wireguard alice "'$conf' is not safe"
}
lab_case 'a file that is not only root'\''s is refused' unsafe_file

readable_file() {
	start_server
	write_conf
	new_network alice
	init_create wireguard alice
	check_no_match "$(<"$init_output")" 'others can read' 'the output'
	ip netns delete alice
	chmod 644 $conf
	new_network alice
	init_create wireguard alice
	check_match "$(<"$init_output")" "others can read '$conf'.*chmod 600" 'the output'
}
lab_case 'a file that others can read is said' readable_file

owned() {
	local holder
	start_server
	write_conf
	setpriv --reuid=alice --regid=alice --clear-groups \
		unshare --user --map-root-user --net sleep 60 &
	holder=$!
	wait_for bash -c "grep -q '^ *0 ' /proc/$holder/uid_map &&
		[[ \$(readlink /proc/$holder/ns/net) != $(host_netns) ]]" ||
		skip 'no user namespace'
	network_path=/proc/$holder/ns/net
	init_refuses wireguard alice "owns this namespace.*without 'wireguard'"
	nothing_on_the_host 'then'
}
lab_case 'a namespace that its user owns is refused' owned

no_wg() {
	hide /usr/bin/wg
	new_network alice
	init_refuses wireguard alice "no program 'wg'.*apt-get install wireguard-tools"
}
lab_case 'without wg it says what to install' no_wg

no_kernel() {
	start_server
	write_conf
	without_wireguard_of_kernel
	hide /usr/bin/wireguard-go
	new_network alice
	init_refuses wireguard alice 'no WireGuard; fix with: apt-get install wireguard-go'
}
lab_case 'without WireGuard in the kernel it says what to install' no_kernel
