#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# init/veth: out by NAT, and nothing else.
# What the cases evaluate later, or must not:
# shellcheck disable=SC2016

# shellcheck source=init/lib.sh
. "$(dirname "$0")/lib.sh"

conf=/etc/security/netns-veth.conf
web4=203.0.113.80 web6=2001:db8:1::80
host6='[2001:0db8:0000:0000:0000:0000:0000:0001]'

# connected NAME...
connected() {
	local name
	for name; do
		new_network "$name"
		init_create veth "$name"
	done
}

address4() {
	in_network "$1" ip -4 -o address show dev eth0 | awk '{ sub(/\/.*/, "", $4); print $4 }'
}

address6() {
	in_network "$1" ip -6 -o address show dev eth0 scope global |
		awk '{ sub(/\/.*/, "", $4); print $4 }'
}

# The host's address on the link.
gateway() {
	in_network "$1" ip -4 route show default | awk '{ print $3 }'
}

# The host's end of the link.
link_of() {
	local file alias
	for file in /sys/class/net/pamnet*/ifalias; do
		read -r alias <"$file" || continue
		[[ $alias != "$1" ]] || basename "${file%/ifalias}"
	done
}

links() {
	local all=(/sys/class/net/pamnet*)
	[[ -e ${all[0]} ]] && echo ${#all[@]} || echo 0
}

# names COMMAND...: runs it with a resolv.conf as a session would see it
with_resolv_conf() {
	local file=$1
	shift
	unshare --mount bash -c "mount --bind '$file' /etc/resolv.conf && \"\$@\"" - "$@"
}

# ---- out -------------------------------------------------------------------

goes_out() {
	connected alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 'the address that the web sees'
	check_eq "$(fetch alice $web6)" "$host6" 'the address that the web sees'
	check_eq "$(<"$init_output")" '' 'the output'
}
lab_case 'out by IPv4 and IPv6, with the address of the host' goes_out

without_ipv6() {
	sysctl -qw net.ipv6.conf.all.forwarding=0
	connected alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 'the address that the web sees'
	check_eq "$(address6 alice)" '' 'IPv6 address'
	check_eq "$(fetch alice $web6)" '' 'what IPv6 reaches'
	# Through the address that every link has.
	check_eq "$(ip -6 address show dev "$(link_of alice)")" '' 'of the host'
}
lab_case 'no IPv6 where the host does not forward it' without_ipv6

ipv6_off_inside() {
	mkdir -p /etc/netns/alice
	echo 'net.ipv6.conf.default.disable_ipv6 = 1' >/etc/netns/alice/sysctl.conf
	new_network alice
	init_create rules alice
	init_create veth alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 'the address that the web sees'
	check_eq "$(address6 alice)" '' 'IPv6 address'
}
lab_case 'no IPv6 where the settings of the namespace forbid it' ipv6_off_inside

rules_hold() {
	mkdir -p /etc/netns/alice
	cat >/etc/netns/alice/nftables.conf <<-'END'
	table inet session {
		chain output {
			type filter hook output priority filter; policy drop;
			oifname "lo" accept
			ip daddr 203.0.113.80 accept
		}
	}
	END
	new_network alice
	init_create rules alice
	init_create veth alice
	check_eq "$(fetch alice 203.0.113.80)" 192.0.2.1 'what is allowed'
	in_network alice ping -c 1 -W 1 192.0.2.254 >/dev/null 2>&1 &&
		fail 'what is not allowed gets out'
	true
}
lab_case 'rules hold for a link that comes after them' rules_hold

unknown_size() {
	echo 'mtu = 1400' >$conf
	connected alice
	check_match "$(in_network alice ip link show eth0)" 'mtu 1400' 'inside'
	check_match "$(ip link show "$(link_of alice)")" 'mtu 1400' 'outside'
}
lab_case 'mtu= is that of both ends' unknown_size

# ---- names -----------------------------------------------------------------

resolves_by_rules() {
	echo 'nameserver 127.0.0.53' >/etc/resolv.conf
	sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf
	echo 'dns=203.0.113.53' >$conf
	connected alice
	check_match "$(in_network alice getent ahostsv4 www.example.test)" "^$web4 " 'UDP'
	echo 'options use-vc' >>/etc/resolv.conf
	check_match "$(in_network alice getent ahostsv4 www.example.test)" "^$web4 " 'TCP'
	check_eq "$(ls /run/lab/etc.veth)" '' 'overrides'
	check_eq "$(nft list tables)" 'table inet pam_net' 'tables of the host'
	in_network alan true 2>/dev/null
	check_eq "$(getent hosts www.example.test)" '' 'a name on the host'
}
lab_case 'dns= resolves names with the host on 127.0.0.53' resolves_by_rules

resolves_behind_resolved() {
	echo 'nameserver 127.0.0.53' >/etc/resolv.conf
	sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf
	mkdir -p /run/systemd/resolve
	printf '%s\n' 'nameserver 203.0.113.53' 'search example.test' \
		>/run/systemd/resolve/resolv.conf
	connected alice
	check_match "$(with_resolv_conf /run/lab/etc.veth/resolv.conf \
		nsenter --net=/run/netns/alice getent ahostsv4 www)" "^$web4 " 'www'
	check_eq "$(stat -c '%a %u' /run/lab/etc.veth/resolv.conf)" '644 0' 'mode'
	rm -r /run/systemd/resolve /run/lab/etc.veth/*
}
lab_case 'without dns= it finds the servers behind systemd-resolved' \
	resolves_behind_resolved

says_what_is_missing() {
	echo 'nameserver 127.0.0.1' >/etc/resolv.conf
	connected alice
	check_match "$(last_line)" "cannot be reached; fix with: dns=ADDRESS in '$conf'" \
		'the last line'
	check_eq "$(ls /run/lab/etc.veth)" '' 'overrides'
}
lab_case 'a host that is its own resolver is told to set dns=' says_what_is_missing

# As before the host has its own address.
resolved_knows_none() {
	echo 'nameserver 127.0.0.53' >/etc/resolv.conf
	mkdir -p /run/systemd/resolve
	printf '%s\n' '# No DNS servers known.' 'search .' \
		>/run/systemd/resolve/resolv.conf
	connected alice
	check_match "$(last_line)" 'cannot be reached' 'the last line'
	check_eq "$(ls /run/lab/etc.veth)" '' 'overrides'
	check_eq "$(fetch alice $web4)" 192.0.2.1 out
	: >/run/systemd/resolve/resolv.conf
	connected alan
	check_match "$(last_line)" 'cannot be reached' 'the last line'
	rm -r /run/systemd/resolve
}
lab_case 'a systemd-resolved that knows no server denies nobody' resolved_knows_none

keeps_overrides() {
	echo 'nameserver 127.0.0.53' >/etc/resolv.conf
	mkdir -p /run/systemd/resolve /etc/netns/alice
	echo 'nameserver 203.0.113.53' >/run/systemd/resolve/resolv.conf
	echo 'nameserver 203.0.113.54' >/etc/netns/alice/resolv.conf
	connected alice
	check_eq "$(ls /run/lab/etc.veth)" '' 'overrides'
	rm /etc/netns/alice/resolv.conf
	echo 'nameserver 203.0.113.55' >/run/lab/etc.veth/resolv.conf
	connected alan
	check_eq "$(</run/lab/etc.veth/resolv.conf)" 'nameserver 203.0.113.55' \
		'what another program wrote'
	rm -r /run/systemd/resolve /run/lab/etc.veth/*
}
lab_case 'a resolv.conf that is there already counts' keeps_overrides

# ---- and nothing else ------------------------------------------------------

others_are_closed() {
	connected alice alan
	serve alan 80 'alan'
	check_eq "$(fetch alice "$(address4 alan)")" '' 'IPv4'
	check_eq "$(fetch alice "$(address6 alan)")" '' 'IPv6'
	in_network alice ping -c 1 -W 1 "$(address4 alan)" >/dev/null &&
		fail 'ping'
	# The service is there.
	check_eq "$(fetch alan "$(address4 alan)")" alan 'from its own namespace'
	check_eq "$(timeout 3 bash -c "cat </dev/tcp/$(address4 alan)/80")" alan \
		'from the host'
}
lab_case 'other users are closed' others_are_closed

host_is_closed() {
	local address
	connected alice
	for address in 192.0.2.1 "$(gateway alice)" 2001:db8::1 fe80::1%eth0; do
		check_eq "$(fetch alice "$address")" '' "the host at $address"
	done
	check_eq "$(fetch alice 192.0.2.1 22)" '' 'sshd'
	in_network alice ping -c 1 -W 2 "$(gateway alice)" >/dev/null ||
		fail 'the host does not answer a ping'
}
lab_case 'services of the host are closed' host_is_closed

# As one who tries is refused, he does not wait.
is_refused_at_once() {
	connected alice alan
	within 1 fetch alice 192.0.2.1
	within 1 fetch alice 2001:db8::1
	within 1 fetch alice "$(address4 alan)"
	true
}
lab_case 'what is closed answers at once' is_refused_at_once

outside_is_closed() {
	connected alice
	serve alice 80 alice
	check_eq "$(out_there timeout 3 bash -c \
		"cat </dev/tcp/$(address4 alice)/80" 2>&1 | grep -c alice)" 0 'IPv4'
	check_eq "$(out_there timeout 3 bash -c \
		"cat </dev/tcp/$(address6 alice)/80" 2>&1 | grep -c '^alice')" 0 'IPv6'
}
lab_case 'what comes from outside is closed' outside_is_closed

is_opened() {
	connected alice
	nft 'add element inet pam_net open { tcp . 80 }' || fail 'nft'
	check_eq "$(fetch alice 192.0.2.1)" 'the host' 'IPv4'
	check_eq "$(fetch alice "$(gateway alice)")" 'the host' 'the gateway'
	check_eq "$(fetch alice 2001:db8::1)" 'the host' 'IPv6'
	check_eq "$(fetch alice 192.0.2.1 22)" '' 'another port'
	connected alan
	check_eq "$(fetch alan 192.0.2.1)" 'the host' 'a later user'
}
lab_case 'one nft command opens a port of the host' is_opened

# spoofing_is_dropped RP-FILTER: packets that reach the internet from a source that
# is not the user's. The kernel's own check counts for nothing where all
# interfaces are told to be loose.
spoofing_is_dropped() {
	local other source
	sysctl -qw "net.ipv4.conf.all.rp_filter=$1"
	connected alice alan
	other=$(address4 alan)
	out_there nft -f - <<-END
	table inet count {
			chain in {
				type filter hook prerouting priority -300;
				ip saddr { 10.1.2.3, $other, $(gateway alice) } counter
				ip6 saddr { 2001:db8:7::7, $(address6 alan) } counter
				ip saddr 192.0.2.1 icmp type echo-request counter
				ip6 saddr 2001:db8::1 icmpv6 type echo-request counter
			}
		}
		END
	nft flush chain inet pam_net postrouting
	for source in 10.1.2.3 "$other" "$(gateway alice)" 192.0.2.1; do
		in_network alice ip address add "$source/32" dev lo
		in_network alice ping -c 2 -i 0.2 -W 1 -I "$source" $web4 >/dev/null 2>&1
	done
	for source in 2001:db8:7::7 "$(address6 alan)" 2001:db8::1; do
		in_network alice ip address add "$source/128" dev lo nodad
		in_network alice ping -c 2 -i 0.2 -W 1 -I "$source" $web6 >/dev/null 2>&1
	done
	check_eq "$(out_there nft list table inet count | grep -cE 'counter packets [1-9]')" 0 \
		"$(out_there nft list table inet count)"
	# So it does count: the same without the rule.
	nft flush chain inet pam_net from_user
	sysctl -qw "net.ipv4.conf.$(link_of alice).rp_filter=0"
	in_network alice ping -c 2 -i 0.2 -W 1 -I 10.1.2.3 $web4 >/dev/null 2>&1
	check_match "$(out_there nft list table inet count)" 'counter packets [1-9]' \
		'without the rule'
	out_there nft delete table inet count
	sysctl -qw net.ipv4.conf.all.rp_filter=0
}
lab_case 'packets with the address of another are dropped' spoofing_is_dropped 0
lab_case 'packets with the address of another are dropped, also where rp_filter is loose' \
	spoofing_is_dropped 2

# ---- what root in the namespace sends ---------------------------------------

# alice says by ARP and ND that alan's addresses are hers.
claimed() {
	local four six
	connected alice alan
	serve alan 80 alan
	four=$(address4 alan) six=$(address6 alan)
	in_network alice ip address add "$four/32" dev eth0
	in_network alice ip address add "$six/128" dev eth0 nodad
	in_network alice unshare --mount sh -c 'mount -t proc proc /proc &&
		sysctl -qw net.ipv4.conf.eth0.arp_notify=1 net.ipv6.conf.eth0.ndisc_notify=1'
	in_network alice ip link set eth0 down
	in_network alice ip link set eth0 up
	in_network alice ip route add default via "$(gateway alan)" dev eth0 onlink
	in_network alice ip -6 route add default via fe80::1 dev eth0
	in_network alice ping -c 2 -i 0.2 -W 1 -I "$four" 192.0.2.1 >/dev/null 2>&1
	in_network alice ping -c 2 -i 0.2 -W 1 -I "$six" 2001:db8::1 >/dev/null 2>&1
	check_eq "$(timeout 3 bash -c "cat </dev/tcp/$four/80")" alan 'IPv4'
	check_eq "$(timeout 3 bash -c "cat </dev/tcp/$six/80")" alan 'IPv6'
	check_eq "$(fetch alan $web4)" 192.0.2.1 'out'
	check_eq "$(fetch alan $web6)" "$host6" 'out by IPv6'
}
lab_case 'who claims the addresses of another does not get what is for him' claimed

# The tables of neighbours are one for all namespaces, and somebody may have filled
# them: nothing is asked then.
asks_for_nobody() {
	nft -f - <<-'END'
	table arp silent {
		chain input {
			type filter hook input priority filter; policy accept;
			iifname "pamnet*" drop
		}
	}
	table inet silent {
		chain input {
			type filter hook prerouting priority raw; policy accept;
			iifname "pamnet*" icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } drop
		}
	}
	END
	connected alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 'IPv4'
	check_eq "$(fetch alice $web6)" "$host6" 'IPv6'
	check_eq "$(ip neigh show dev "$(link_of alice)" | grep -vc PERMANENT)" 0 \
		"$(ip neigh show dev "$(link_of alice)")"
}
lab_case 'a link works without a look-up of neighbours' asks_for_nobody

# say NAME ADDRESS [OPTION...]: sends ADDRESS to it
say() {
	case $2 in
	*:*) echo "$2" | in_network "$1" socat - "UDP6-DATAGRAM:[$2]:5353${3+,$3}" ;;
	*) echo "$2" | in_network "$1" socat - "UDP4-DATAGRAM:$2:5353,broadcast${3+,$3}" ;;
	esac >/dev/null 2>&1
}

say_to_all() {
	local address
	for address in "${ways[@]}"; do
		say alice "$address" so-bindtodevice=eth0
	done
}

# A service that takes whatever comes, as those for names and addresses do.
host_hears_nothing() {
	local mac gateway ways address
	connected alice
	gateway=$(gateway alice)
	mac=$(ip -6 -o address show dev eth0 scope link | awk '{ sub(/\/.*/, "", $4); print $4 }')
	ways=("$gateway" 192.0.2.1 255.255.255.255 224.0.0.1 2001:db8::1
		fe80::1%eth0 ff02::1%eth0 ${mac:+"$mac%eth0"})
	: >/run/lab/heard
	socat -u UDP4-RECV:5353 OPEN:/run/lab/heard,append &
	socat -u UDP6-RECV:5353,ipv6only OPEN:/run/lab/heard,append &
	wait_for eval '(($(ss -Hlun "sport = :5353" | wc -l) == 2))' || fail 'no service'
	say_to_all
	# As one who asks for an address. Without one, packets have none.
	in_network alice ip -4 address flush dev eth0
	in_network alice ip route add default dev eth0
	say alice 255.255.255.255 so-bindtodevice=eth0
	in_network alice ip address add "$(address_of_gateway "$gateway")/31" dev eth0
	check_eq "$(cat /run/lab/heard)" '' 'what the host heard'
	# So they do get there.
	nft flush chain inet pam_net input
	say_to_all
	for address in "${ways[@]}"; do
		[[ $address != "$mac%eth0" ]] || continue
		wait_for grep -qxF "$address" /run/lab/heard ||
			fail "$address, without the rules: $(paste -sd' ' /run/lab/heard)"
	done
}

# The one beside it.
address_of_gateway() {
	echo "${1%.*}.$((${1##*.} + 1))"
}
lab_case 'what is sent to everybody does not reach the services of the host' \
	host_hears_nothing

other_frames() {
	local kind
	connected alice alan
	serve alan 80 alan
	in_network alice ip link set eth0 mtu 9000
	in_network alice ping -c 1 -W 1 -M 'do' -s 8000 192.0.2.1 >/dev/null 2>&1 &&
		fail 'what is larger than the link'
	check_eq "$(fetch alice 192.0.2.1)" '' 'the host, with another MTU'
	check_eq "$(fetch alan $web4)" 192.0.2.1 'another user'
	for kind in 'protocol 802.1Q id 0' 'protocol 802.1Q id 7' 'protocol 802.1ad id 7'; do
		# shellcheck disable=SC2086 # words
		in_network alice ip link add link eth0 name tag0 type vlan $kind 2>/dev/null ||
			continue
		in_network alice ip address add 10.66.0.2/24 dev tag0
		in_network alice ip link set tag0 up
		in_network alice ip route replace 192.0.2.1/32 dev tag0 \
			src "$(address4 alice)"
		in_network alice ip neigh replace 192.0.2.1 dev tag0 nud permanent \
			lladdr "$(cat "/sys/class/net/$(link_of alice)/address")"
		check_eq "$(fetch_within=1 fetch alice 192.0.2.1)" '' "the host, by $kind"
		in_network alice ip link delete tag0
	done
	in_network alice ip link set eth0 address "$(cat "/sys/class/net/$(link_of alan)/address")"
	check_eq "$(fetch_within=1 fetch alice 192.0.2.1)" '' \
		'the host, with another hardware address'
	check_eq "$(fetch alan $web4)" 192.0.2.1 'the one whose hardware address it is'
}
lab_case 'frames of another kind get nobody further' other_frames

own_table() {
	"$programs/veth" table | sed 's/^\t\ttype inet_proto . inet_service$/&\n\t\telements = { tcp . 80 }/' \
		>/run/lab/table.nft
	nft -f /run/lab/table.nft || fail 'what veth prints'
	nft -f /run/lab/table.nft || fail 'once more'
	connected alice
	check_eq "$(fetch alice 192.0.2.1)" 'the host' 'the port in the table'
	check_eq "$(fetch alice 192.0.2.1 22)" '' 'another port'
	check_eq "$(fetch alice $web4)" 192.0.2.1 'out'
}
lab_case 'a table of the admin'\''s own, as veth prints it, is used' own_table

# What docker does for ports that it publishes, and what might lead to another
# session.
redirected() {
	connected alice alan
	serve alan 80 alan
	nft -f - <<-END
	table ip published {
		chain prerouting {
			type nat hook prerouting priority dstnat;
			ip daddr 192.0.2.1 tcp dport 8080 dnat to $web4:80
			ip daddr 192.0.2.1 tcp dport 8081 dnat to $(address4 alan):80
		}
	}
	END
	check_eq "$(fetch alice 192.0.2.1 8080)" 192.0.2.1 'elsewhere, as documented'
	check_eq "$(fetch alice 192.0.2.1 8081)" '' 'to another user'
	check_eq "$(out_there timeout 3 bash -c 'cat </dev/tcp/192.0.2.1/8081' 2>/dev/null)" '' \
		'from outside'
}
lab_case 'a port that is redirected leads to no other session' redirected

# As the manual has it, with another number.
connections_are_limited() {
	local i
	sed -n '/^table inet limits/,/^}/{s/\\e$/\\/; s/4096/5/; p}' "$programs/../man/init.veth.8" \
		>/run/lab/limits.nft
	nft -f /run/lab/limits.nft || fail 'nft'
	connected alice alan
	for i in {1..9}; do
		in_network alice timeout 20 bash -c \
			'exec 3<>/dev/tcp/203.0.113.53/53 && echo >>/run/lab/connected && sleep 10' &
	done
	wait_for eval '(($(wc -l </run/lab/connected) == 5))'
	check_eq "$(fetch_within=1 fetch alice $web4)" '' 'one more'
	check_eq "$(wc -l </run/lab/connected)" 5 'connections'
	check_eq "$(fetch alan $web4)" 192.0.2.1 'another user'
}
lab_case 'the connections of a session are limited by the rule of the manual' \
	connections_are_limited

# What its user changes in there changes nothing outside.
owned() {
	local holder link
	setpriv --reuid=alice --regid=alice --clear-groups \
		unshare --user --map-root-user --net sleep 60 &
	holder=$!
	wait_for bash -c "grep -q '^ *0 ' /proc/$holder/uid_map &&
		[[ \$(readlink /proc/$holder/ns/net) != $(host_netns) ]]" ||
		skip 'no user namespace'
	connected alan
	serve alan 80 alan
	network_path=/proc/$holder/ns/net
	init_create veth alice
	link=$(link_of alice)
	check_eq "$(sysctl -n "net.ipv4.conf.$link.rp_filter" \
		"net.ipv6.conf.$link.accept_ra" | paste -sd' ')" '1 0' 'settings outside'
	as_owner() {
		nsenter --user --net --target="$holder" --preserve-credentials \
			setpriv --reuid=0 --regid=0 --clear-groups "$@" 2>/dev/null ||
			nsenter --user --net --target="$holder" "$@"
	}
	as_owner nft flush ruleset
	as_owner ip link set lo up
	check_eq "$(as_owner bash -c "cat </dev/tcp/$web4/80")" 192.0.2.1 'out'
	check_eq "$(as_owner bash -c "cat </dev/tcp/192.0.2.1/80" 2>/dev/null)" '' \
		'the host'
	check_eq "$(as_owner bash -c "cat </dev/tcp/$(address4 alan)/80" 2>/dev/null)" '' \
		'another user'
	as_owner ip address add "$(address4 alan)/32" dev lo || fail 'not the owner'
	as_owner ping -c 1 -W 1 -I "$(address4 alan)" 192.0.2.1 >/dev/null 2>&1 &&
		fail 'the address of another'
	true
}
lab_case 'a namespace that its user owns is held from outside' owned

# ---- addresses -------------------------------------------------------------

same_address() {
	local before
	connected alice alan
	before="$(address4 alice) $(address6 alice)"
	check_ne "$(address4 alice)" "$(address4 alan)" 'two users'
	check_match "$before" '^198\.1[89]\.[0-9.]+ fd[0-9a-f:]+$' 'the addresses'
	boot_again
	wait_for eval '[[ $(links) == 0 ]]' || fail 'links are left'
	nft flush ruleset
	connected alan alice
	check_eq "$(address4 alice) $(address6 alice)" "$before" 'after a boot'
	ip netns delete alice
	connected alice
	check_eq "$(address4 alice) $(address6 alice)" "$before" 'made anew at once'
}
lab_case 'a name has the same address after a boot' same_address

eight_at_once() {
	local i pids=()
	for i in {1..8}; do
		new_network "user$i"
	done
	for i in {1..8}; do
		init_output=/run/lab/output.$i init_call create veth "user$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail "one of eight: $(tail -qn 1 /run/lab/output.*)"
	done
	check_eq "$(for i in {1..8}; do address4 "user$i"; done | sort -u | wc -l)" 8 \
		'addresses'
	for i in {1..8}; do
		check_eq "$(fetch "user$i" $web4)" 192.0.2.1 "user$i"
	done
	check_eq "$(nft list tables)" 'table inet pam_net' 'tables'
}
lab_case '8 first logins at once have 8 addresses' eight_at_once

# So that all of them have to step aside.
few_slots() {
	local i pids=()
	echo 'pool=10.99.0.8/29' >$conf
	for i in {1..4}; do
		new_network "user$i"
	done
	for i in {1..4}; do
		init_output=/run/lab/output.$i init_call create veth "user$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || fail "one of four: $(tail -qn 1 /run/lab/output.*)"
	done
	check_eq "$(for i in {1..4}; do address4 "user$i"; done | sort -V | paste -sd' ')" \
		'10.99.0.9 10.99.0.11 10.99.0.13 10.99.0.15' 'addresses'
	new_network user5
	init_refuses veth user5 "no address is free in '10.99.0.8/29'; fix with: a larger"
	check_eq "$(links)" 4 links
	ip netns delete user2
	wait_for eval '[[ $(links) == 3 ]]' || fail 'the link is left'
	init_create veth user5
	check_eq "$(fetch user5 $web4)" 192.0.2.1 'the fifth'
}
lab_case 'a pool that is full is named, and is filled to the last address' few_slots

many_names() {
	local i count=$1
	for ((i = 0; i < count; i++)); do
		new_network "user$i"
		init_create veth "user$i"
	done
	check_eq "$(links)" "$count" 'links'
	check_eq "$(ip -4 -o address | awk '/pamnet/ { print $4 }' | sort -u | wc -l)" \
		"$count" 'addresses'
	for i in 0 $((count / 2)) $((count - 1)); do
		check_eq "$(fetch "user$i" $web4)" 192.0.2.1 "user$i"
	done
}
if [[ ${1-} == --all ]]; then
	case_limit=$((900 * patience))
	lab_case '500 names' many_names 500
	lab_case '2,000 names' many_names 2000
	case_limit=$((240 * patience))
fi

odd_names() {
	local name before=0
	for name in "$(printf 'n%.0s' {1..255})" \
		"$(printf 'ü%.0s' {1..127})x" 'a@b' 'a b' "it's" '"' '$(reboot)' '-f' \
		'back\slash' 'net:[4026532000]' '%s'; do
		new_network odd
		network_path=/run/netns/odd
		init_create veth "$name"
		check_eq "$(fetch odd $web4)" 192.0.2.1 "from $name"
		check_eq "$(link_of "$name" | wc -l)" 1 "links of $name"
		umount /run/netns/odd
	done
}
lab_case 'names of 255 bytes, with blanks, quotes, UTF-8 and signs' odd_names

# Its number comes back at once, and its connections should not.
nameless() {
	local first
	new_network odd
	network_path=/run/netns/odd
	init_create veth 'net:[4026532000]'
	first=$(address4 odd)
	umount /run/netns/odd
	new_network odd
	init_create veth 'net:[4026532000]'
	check_ne "$(address4 odd)" "$first" 'the address of the next one'
}
lab_case 'a namespace without a name does not take over an address' nameless

by_descriptor() {
	new_network alice
	exec {fd}</run/netns/alice
	network_path=/proc/$BASHPID/fd/$fd
	init_create veth alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 out
}
lab_case 'the namespace may be a descriptor of another process' by_descriptor

# ---- what is left ----------------------------------------------------------

state_of_host() {
	ip address | grep -v -e valid_lft -e tentative
	ip route show table all
	ip -6 route show table all
	ip rule
	nft list ruleset
	mounts_snapshot
	sysctl -a --pattern '^net\.ipv[46]\.' 2>/dev/null | grep -v random
}

nothing_is_left() {
	local before
	connected alan
	before=$(state_of_host)
	connected alice
	init_call remove veth alice || fail 'remove'
	ip netns delete alice
	wait_for eval '[[ $(links) == 1 ]]' || fail 'the link is left'
	check_same "$(state_of_host)" "$before" 'the host'
}
lab_case 'nothing is left when the namespace has ended' nothing_is_left

# killed_after MICROSECONDS: all its processes at once. Fails if it had ended.
killed_after() {
	local status=0
	new_network alice
	tracer=(timeout -s KILL "$1e-6")
	init_call create veth alice || status=$?
	tracer=()
	((status > 128))
}

# At fifty moments of a whole run, however long that takes on this machine, and on
# until it ends in time.
killed() {
	local whole moment=0 step ended=0 times=0
	new_network alice
	whole=$(took init_create veth alice)
	ip netns delete alice
	step=$((whole / 50 + 1))
	while ((ended < 3)); do
		moment=$((moment + step))
		if killed_after $moment; then
			ended=0
			((++times % 2)) || complete_when_run_again $moment
		else
			ended=$((ended + 1))
		fi
		ip netns delete alice
		wait_for eval '[[ $(links) == 0 ]]' ||
			fail "a link is left, killed after $moment us"
	done
	((times > 9)) || fail "only $times moments"
	echo "$times moments, $step us apart"
}

complete_when_run_again() {
	init_create veth alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 "killed after $1 us"
	check_eq "$(links)" 1 "links, killed after $1 us"
}
lab_case 'survives-kill it is complete when it runs again, or nothing is left' killed

# call_fails INJECTION: each such call of each of its programs, one after the other
call_fails() {
	local when status injected=1
	for ((when = 1; injected && when < 100; when++)); do
		new_network alice
		tracer=(strace -f -qq -o /run/lab/trace -e "trace=${1%%:*}"
			-e "inject=$1:when=$when")
		status=0
		init_call create veth alice || status=$?
		tracer=()
		grep -q -e INJECTED -e 'killed by' /run/lab/trace || injected=
		if ((status == 0)); then
			check_eq "$(fetch alice $web4)" 192.0.2.1 "after $1 at $when"
		else
			check_ne "$(last_line)" '' "the last line, $1 at $when"
			# If what takes it away fails too, it goes with the namespace.
			(($(grep -c -e INJECTED -e 'killed by' /run/lab/trace) > 1)) ||
				check_eq "$(links)" 0 "links after $1 at $when"
		fi
		ip netns delete alice
		wait_for eval '[[ $(links) == 0 ]]' || fail "a link is left, $1 at $when"
	done
	((when > 2)) || fail "$1 was never injected"
}
lab_case 'a message to the kernel that fails denies, and leaves nothing' \
	call_fails sendmsg:error=ENOBUFS
lab_case 'a program that is killed denies, and leaves nothing' \
	call_fails sendmsg:signal=KILL
lab_case 'a lack of processes denies, and leaves nothing' call_fails clone:error=EAGAIN

# ---- what is wrong on the host ---------------------------------------------

no_forwarding() {
	sysctl -qw net.ipv4.ip_forward=0
	new_network alice
	init_refuses veth alice \
		'ip_forward is 0; fix with: echo net.ipv4.ip_forward=1 >>/etc/sysctl.d/60-pam-net.conf && sysctl -p '
	check_eq "$(sysctl -n net.ipv4.ip_forward)" 0 'ip_forward'
	check_eq "$(nft list tables)" '' 'the tables'
	check_eq "$(links)" 0 links
}
lab_case 'ip_forward=0 is said, and not changed' no_forwarding

# fixed_by_its_advice: the command in the last line helps
fixed_by_its_advice() {
	local fix
	fix=$(last_line | sed 's/.*fix with: //')
	bash -c "$fix" || fail "the advice: $fix"
	init_create veth alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 'out after the advice'
	check_eq "$(fetch alice $web6)" "$host6" 'out by IPv6 after the advice'
}

policy_of_iptables() {
	iptables-nft -P FORWARD DROP
	new_network alice
	init_refuses veth alice "chain 'FORWARD' of the table 'ip filter' has to let"
	check_eq "$(nft list tables)" 'table ip filter' 'the tables'
	fixed_by_its_advice
}
lab_case 'FORWARD policy DROP of iptables is said, with what helps' policy_of_iptables

policy_of_ip6tables() {
	ip6tables-nft -P FORWARD DROP
	new_network alice
	init_refuses veth alice "table 'ip6 filter' has to let"
	fixed_by_its_advice
}
lab_case 'FORWARD policy DROP of ip6tables is said, with what helps' \
	policy_of_ip6tables

# Debian's docker sets it with these.
policy_of_legacy() {
	iptables-legacy -P FORWARD DROP 2>/dev/null || skip 'no legacy tables'
	new_network alice
	init_refuses veth alice 'drops what sessions send.*iptables-legacy -I FORWARD'
	fixed_by_its_advice
	iptables-legacy -P FORWARD ACCEPT
	iptables-legacy -F FORWARD
}
lab_case 'FORWARD policy DROP of legacy tables is said, with what helps' \
	policy_of_legacy

# As firewalld ends its chain.
last_rule_rejects() {
	nft -f - <<-END
	table inet firewalld {
		chain filter_FORWARD {
			type filter hook forward priority filter + 10; policy accept;
			ct state established,related accept
			$1
		}
	}
	END
	new_network alice
	init_refuses veth alice "chain 'filter_FORWARD' of the table 'inet firewalld'"
	fixed_by_its_advice
}
lab_case 'a chain that rejects all others is said, with what helps' \
	last_rule_rejects 'reject with icmpx admin-prohibited'
lab_case 'a chain that drops all others is said, with what helps' \
	last_rule_rejects drop
lab_case 'a chain that counts and drops all others is said, with what helps' \
	last_rule_rejects 'counter drop'

open_chains() {
	nft -f - <<-'END'
	table inet mine {
		chain forward {
			type filter hook forward priority 0; policy accept;
			ip daddr 10.0.0.0/8 drop
			counter packets 0 bytes 0
		}
		chain input {
			type filter hook input priority 0; policy drop;
		}
	}
	table bridge b {
		chain forward {
			type filter hook forward priority 0; policy drop;
		}
	}
	END
	connected alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 'out'
}
lab_case 'chains that drop something else do not matter' open_chains

unchecked() {
		nft -f - <<-'END'
		table inet mine {
			chain forward {
				type filter hook forward priority 0; policy drop;
				iifname != "eth0" accept
				ct state established accept
			}
		}
		END
	new_network alice
	init_refuses veth alice "table 'inet mine'"
	echo 'check_forward=no' >$conf
	init_create veth alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 out
}
lab_case 'check_forward=no believes the admin' unchecked

other_table() {
	new_network alice
	nft 'create table inet pam_net'
	init_refuses veth alice "'inet pam_net' has no chain 'from_user'.*delete table"
	nft 'create chain inet pam_net mine'
	init_refuses veth alice "'inet pam_net' has no chain 'from_user'.*delete table"
	nft list chain inet pam_net mine >/dev/null || fail 'the table was changed'
	check_eq "$(links)" 0 links
}
lab_case 'a table of that name with another shape is left alone' other_table

device_is_there() {
	local device
	connected alice
	device=$(link_of alice)
	ip netns delete alice
	wait_for not ip link show "$device"
	ip link add "$device" type bridge
	connected alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 out
	check_ne "$(link_of alice)" "$device" 'the link'
	ip link show "$device" | grep -q . || fail 'the other device is gone'
	check_match "$(ip -d link show "$device")" bridge 'the other device'
	ip link delete "$device"
}
lab_case 'a device of that name is stepped over' device_is_there

eth0_is_there() {
	new_network alice
	in_network alice ip link add eth0 type bridge
	init_refuses veth alice "an interface 'eth0' in the namespace already"
	check_eq "$(links)" 0 links
	in_network alice ip link show eth0 >/dev/null || fail 'it was removed'
}
lab_case 'an eth0 of somebody else is refused' eth0_is_there

# ---- its file --------------------------------------------------------------

bad_lines() {
	local line
	new_network alice
	for line in 'pool' 'pool=' 'pool=10.0.0.0' 'pool=10.0.0.0/31' 'pool=10.0.0/24' \
		'pool=10.0.0.256/24' 'pool=10.08.0.0/16' 'pool=010.0.0.0/16' \
		'pool=10.0.0.0/016' 'mtu=01500' 'dns=9.9.9.09' 'pool=10.0.0.0/7' 'pool=fd00::/64' 'ula=fe80::' \
		'ula=fd00' 'ula=fd00:1:2:3' 'ula=fd00:12345:1' 'mtu=big' 'mtu=100' \
		'mtu=99999999999' 'dns=ns.example.org' 'dns=2001:db8::1' 'dns=1.2.3' \
		'dns=1.2.3.4 5.6.7.8' 'check_forward=maybe' 'color=red' '=1' \
		'dns=1.2.3.4; touch /run/lab/owned' 'mtu=$(touch /run/lab/owned)'; do
		printf '%s\n' '# comment' "$line" >$conf
		init_refuses veth alice "^'$conf', line 2: "
	done
	[[ ! -e /run/lab/owned ]] || fail 'a value was run'
	check_eq "$(links)" 0 links
}
lab_case 'a line that is not understood is refused, with its number' bad_lines

good_lines() {
	cat >$conf <<-'END'
	# all of them
	pool = 10.64.3.77/10   # not the first address

	ula	=	fd00:12:ab
	mtu=1400
	dns=203.0.113.53
	END
	printf 'check_forward=yes' >>$conf
	connected alice
	check_match "$(address4 alice)" '^10\.(6[4-9]|[789].|1[01].|12[0-7])\.' address
	check_match "$(address6 alice)" '^fd00:12:ab::' 'IPv6'
	check_eq "$(fetch alice $web4)" 192.0.2.1 out
	check_eq "$(fetch alice $web6)" "$host6" 'out by IPv6'
}
lab_case 'the settings of its file take effect' good_lines

unsafe_file() {
	echo 'mtu=1400' >$conf
	chown alice $conf
	new_network alice
	init_refuses veth alice "'$conf' is not safe: .*chown root '$conf'"
	chown root $conf
	chmod o+w $conf
	init_refuses veth alice "'$conf' is not safe: .*chmod go-w '$conf'"
	rm $conf
	mkfifo $conf
	within 3 init_refuses veth alice "'$conf' is not safe: it is not a regular file"
	rm $conf
}
lab_case 'a file that is not only root'\''s is refused' unsafe_file

no_nft() {
	new_network alice
	hide /usr/sbin/nft
	init_refuses veth alice "no program 'nft'; fix with: apt-get install nftables"
	hide /usr/bin/dpkg
	init_refuses veth alice "no program 'nft'\$"
}
lab_case 'without nft it says what to install' no_nft
