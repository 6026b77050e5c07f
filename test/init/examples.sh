#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The examples of doc/connect.md: programs for init= with CNI, OpenVPN and macvlan.
[[ -x /usr/lib/cni/ptp && -x /usr/sbin/openvpn && -x /usr/bin/jq ]] || {
	echo 'it needs: test/install examples' >&2
	exit 125
}

# shellcheck source=init/lib.sh
. "$(dirname "$0")/lib.sh"

programs=$programs/../doc/examples
web4=203.0.113.80

# ---- CNI -------------------------------------------------------------------

# Where plugins keep what they have given away, and what they leave on the host.
taken() {
	(cd /var/lib/cni/networks/net && echo [0-9]*)
}

state_of_host() {
	ip -br link
	iptables-save | grep '^-'
	ls -A /run/netns-cni /var/lib/cni/networks/net
}

# write_list [SECOND]: of two plugins
write_list() {
	local second='{ "type": "tuning", "sysctl": { "net.ipv4.ip_default_ttl": "44" } }'
	mkdir -p /etc/cni/net.d
	rm -rf /var/lib/cni /run/netns-cni
	cat >/etc/cni/net.d/default.conflist <<-END
	{
		"cniVersion": "0.4.0",
		"name": "net",
		"plugins": [
			{
				"type": "ptp",
				"ipMasq": true,
				"ipam": {
					"type": "host-local",
					"subnet": "10.22.0.0/24",
					"routes": [ { "dst": "0.0.0.0/0" } ]
				}
			},
			${1-$second}
		]
	}
	END
}

cni_goes_out() {
	write_list
	new_network alice
	init_create netns-cni alice
	check_eq "$(fetch alice $web4)" 192.0.2.1 'the address that the web sees'
	check_eq "$(in_network alice sysctl -n net.ipv4.ip_default_ttl)" 44 \
		'what the second plugin sets'
	new_network alan
	init_create netns-cni alan
	check_eq "$(fetch alan $web4)" 192.0.2.1 'the address that the web sees'
	check_eq "$(taken)" '10.22.0.2 10.22.0.3' 'the addresses'
}
lab_case 'CNI plugins let it out' cni_goes_out

cni_is_removed() {
	local before
	write_list
	mkdir -p /run/netns-cni /var/lib/cni/networks/net
	new_network alan
	init_create netns-cni alan
	before=$(state_of_host)
	new_network alice
	init_create netns-cni alice
	check_ne "$(state_of_host)" "$before" 'what they leave'
	# The list that counts is the one that was used.
	echo '{}' >/etc/cni/net.d/default.conflist
	init_call remove netns-cni alice || fail "remove: $(last_line)"
	ip netns delete alice
	check_same "$(state_of_host | grep -v last_reserved)" \
		"$(grep -v last_reserved <<<"$before")" 'the host after remove'
	init_call remove netns-cni alice || fail 'a second remove'
	check_eq "$(fetch alan $web4)" 192.0.2.1 'the other one'
}
lab_case 'remove gives back what CNI plugins have taken' cni_is_removed

# Nobody calls remove then.
cni_made_anew() {
	local i
	write_list
	for i in 1 2 3; do
		new_network alice
		init_create netns-cni alice
		check_eq "$(fetch alice $web4)" 192.0.2.1 "the address, $i"
		check_eq "$(taken | wc -w)" 1 "addresses taken, $i"
		ip netns delete alice
	done
}
lab_case 'what a deleted namespace has left to CNI goes with the next one' \
	cni_made_anew

cni_fails() {
	local before
	write_list '{ "type": "tuning", "sysctl": { "net.ipv4.no_such": "1" } }'
	mkdir -p /run/netns-cni /var/lib/cni/networks/net
	before=$(state_of_host)
	new_network alice
	init_refuses netns-cni alice "the plugin \"tuning\" of '.*/default.conflist' has failed: .*no_such"
	check_same "$(state_of_host | grep -v -e last_reserved -e lock)" "$before" \
		'the host'
	write_list '{ "type": "../../bin/true" }'
	init_refuses netns-cni alice 'has failed'
}
lab_case 'a CNI plugin that fails denies, and what the others did is undone' cni_fails

# ---- OpenVPN ---------------------------------------------------------------

start_server() {
	mkdir -p /etc/openvpn/client
	openvpn --genkey secret /run/lab/key
	out_there setsid --fork openvpn --dev tunsrv --dev-type tun \
		--local 203.0.113.53 --port 1194 \
		--ifconfig 10.9.0.1 10.9.0.2 --secret /run/lab/key --verb 1 \
		--cipher AES-256-CBC >/run/lab/server.log 2>&1
	wait_for out_there ip link show tunsrv up || fail "$(</run/lab/server.log)"
	cat >/etc/openvpn/client/alice.conf <<-'END'
	remote 203.0.113.53 1194
	nobind
	dev tun
	secret /run/lab/key
	cipher AES-256-CBC
	ifconfig 10.9.0.2 10.9.0.1
	END
}

openvpn_goes_out() {
	start_server
	new_network alice
	init_create netns-openvpn alice
	check_eq "$(fetch alice $web4)" 10.9.0.2 'the address that the web sees'
	check_eq "$(in_network alice ip -br link | awk '{ print $1 }' | paste -sd' ')" \
		'lo tun0' 'interfaces'
	check_eq "$(ip route show default)" 'default via 192.0.2.254 dev eth0 ' \
		'the way out of the host'
	# No other way without it.
	pkill -KILL -f 'openvpn --config'
	wait_for not in_network alice ip link show tun0
	check_eq "$(fetch_within=1 fetch alice $web4)" '' 'without its process'
}
lab_case 'OpenVPN is the only way out' openvpn_goes_out

openvpn_ends() {
	# Of a case before, whose processes were killed.
	rm -f /run/netns-openvpn.*
	start_server
	new_network alice
	init_create netns-openvpn alice
	pgrep -f 'openvpn --config' >/dev/null || fail 'no process'
	ip netns delete alice
	wait_for not pgrep -f 'openvpn --config' || fail 'openvpn is left'
	wait_for not compgen -G '/run/netns-openvpn.*' || fail 'a file is left'
	check_no_match "$(ip -br link)" 'pamovpn|tun' 'links'
}
lab_case 'OpenVPN ends with the namespace' openvpn_ends

openvpn_fails() {
	start_server
	echo 'no-such-word' >>/etc/openvpn/client/alice.conf
	new_network alice
	init_refuses netns-openvpn alice "no connection by '/etc/openvpn/client/alice.conf'"
	check_no_match "$(ip -br link)" pamovpn links
	new_network alan
	init_refuses netns-openvpn alan "there is no '/etc/openvpn/client/alan.conf'"
}
lab_case 'OpenVPN that does not start denies' openvpn_fails

# ---- macvlan ---------------------------------------------------------------

macvlan_goes_out() {
	echo 'alice 192.0.2.7/24 192.0.2.254 eth0' >/etc/security/netns-macvlan.conf
	new_network alice
	in_network alice ip link add test type macvlan 2>&1 |
		grep -q 'Unknown device type' && skip 'the kernel has no macvlan'
	init_create netns-macvlan alice
	check_eq "$(fetch alice $web4)" 192.0.2.7 'the address that the web sees'
	new_network alan
	init_refuses netns-macvlan alan "'/etc/security/netns-macvlan.conf' has no line for 'alan'"
	ip netns delete alice
	check_eq "$(ip -br link | grep -c macvlan)" 0 'links'
}
lab_case 'macvlan has an address on the network of the host' macvlan_goes_out
