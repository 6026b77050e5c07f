#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doc/connect.md followed word by word on a fresh machine: what it says to type
# is read from it and typed.
# Only with --all, as it takes long.
# What is printed as it is:
# shellcheck disable=SC2016

# shellcheck source=internet.sh
. "$(dirname "$0")/../internet.sh"
echo '203.0.113.80 www.debian.org' >/run/internet.hosts
start_internet
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

cp /etc/nftables.conf "$work/"
web4=203.0.113.80
page='<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">'

reset_packages() {
	rm -f /etc/sysctl.d/60-pam-net.conf /etc/nftables-pam_net.nft /etc/wireguard/*
	cp "$work/nftables.conf" /etc/nftables.conf
	systemctl disable --now nftables 2>/dev/null
	nft flush ruleset
	echo 'nameserver 203.0.113.53' >/etc/resolv.conf
	sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf
}

# ---- what is typed ---------------------------------------------------------

# block SECTION WORDS: the lines that are indented and stand together, one of
# which has these words in it. What comes first has the title as its section.
block() {
	awk -v section="$1" -v words="$2" '
		/^##? / { there = substr($0, index($0, " ") + 1) == section }
		there && /^    / {
			text = text substr($0, 5) "\n"
			next
		}
		{
			if (index(text, words))
				printf "%s", text
			text = ""
		}' doc/connect.md >"$work/block"
	[[ -s $work/block ]] || fail "no block with '$2' below '$1'"
	echo "$1: $(head -n 1 "$work/block")" >>"$work/seen"
	cat "$work/block"
}

# type_as_root SECTION WORDS: all of them have to succeed
type_as_root() {
	block "$@" >/dev/null
	(cd /root && bash -e "$work/block") || fail "what is typed: $(<"$work/block")"
}

# written SECTION FILE: the file that begins with a line with its name
written() {
	mkdir -p "$(dirname "$2")"
	block "$1" "# $2" >"$2"
}

# in_the_lines TEXT: in the place of init=veth, behind the lines of the profile
in_the_lines() {
	sed -i "/pam_usernet\.so/s|init=veth|$1|" /etc/pam.d/common-session*
}

fetch() {
	ssh_as "$1" "timeout 5 bash -c 'cat </dev/tcp/$2/${3-80}' 2>/dev/null; true"
}

web_of_debian() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=www.debian.org \
		-addext subjectAltName=DNS:www.debian.org -keyout "$work/key" \
		-out "$work/certificate" 2>/dev/null || fail 'no certificate'
	cat "$work/certificate" >>/etc/ssl/certs/ca-certificates.crt
	printf 'HTTP/1.0 200 OK\r\n\r\n%s\n' "$page" >"$work/page"
	out_there socat "OPENSSL-LISTEN:443,fork,reuseaddr,verify=0,cert=$work/certificate,key=$work/key" \
		SYSTEM:"read -r line; cat $work/page" >/dev/null 2>&1 </dev/null &
	wait_for out_there bash -c 'exec 3<>/dev/tcp/203.0.113.80/443' || fail 'no web'
}

# ---- the document ----------------------------------------------------------

out_by_nat() {
	local shown line
	archive
	web_of_debian
	apt-get install libpam-net >/dev/null 2>&1 || fail 'not installed'
	type_as_root 'Out by NAT' 'apt-get install nftables'
	keep_etc
	# What stands below a command is what it prints.
	block 'Out by NAT' '$ ip -brief address' >"$work/shown"
	while IFS= read -r line; do
		if [[ $line == '$ '* ]]; then
			shown+="$line"$'\n'$(ssh_as alice "${line#\$ }" </dev/null)$'\n'
		fi
	done <"$work/shown"
	# The number of the link differs, and the address that it has by itself.
	check_same "$(sed -E 's/@if[0-9]+ /@if7 /; s/fe80::[0-9a-f:]+/fe80::…/; s/ +$//' \
		<<<"${shown%$'\n'}")" "$(sed 's/ *$//' "$work/shown")" 'what alice sees'
	check_eq "$(fetch alice 192.0.2.1)" '' 'what the host answers'
	type_as_root 'Connecting a namespace' 'pamnetctl remove alice'
	dpkg -i "$PACKAGE" >/dev/null 2>&1
	pam-auth-update --package
	check_eq "$(grep -h pam_usernet /etc/pam.d/common-session* | grep -c 'init=veth$')" 2 \
		'lines with init=veth after an upgrade'
}
test_case 'Out by NAT, on a machine without the package' out_by_nat

a_port_is_opened() {
	socat TCP4-LISTEN:5432,fork,reuseaddr,bind=192.0.2.1 SYSTEM:'echo a database',nofork \
		>/dev/null 2>&1 </dev/null &
	check_eq "$(fetch alice 192.0.2.1 5432)" '' 'before'
	type_as_root 'Out by NAT' 'add element'
	check_eq "$(fetch alice 192.0.2.1 5432)" 'a database' 'the port'
	type_as_root 'Out by NAT' 'veth table'
	sed -i '0,/type inet_proto . inet_service/s//&\n\t\telements = { tcp . 5432 }/' \
		/etc/nftables-pam_net.nft
	# As after a boot.
	nft flush ruleset
	systemctl restart nftables || fail 'nftables.service'
	check_eq "$(fetch alice 192.0.2.1 5432)" 'a database' 'after a boot'
	check_eq "$(fetch alice 192.0.2.1)" '' 'another port'
	check_eq "$(fetch alice $web4)" 192.0.2.1 'out'
}
test_case 'Out by NAT, a port of the host, also after a boot' a_port_is_opened

# ---- VPN -------------------------------------------------------------------

# vpn_server: the other end, and /root/provider.conf
vpn_server() {
	umask 077
	wg genkey >"$work/server.key"
	wg genkey >"$work/user.key"
	if ! out_there ip link show wgs >/dev/null 2>&1; then
		out_there ip link add wgs type wireguard 2>/dev/null ||
			out_there wireguard-go wgs >/dev/null 2>&1 || fail 'no server'
	fi
	out_there wg set wgs listen-port 51820 private-key "$work/server.key" \
		peer "$(wg pubkey <"$work/user.key")" allowed-ips 10.8.0.2/32
	out_there ip address replace 10.8.0.1/24 dev wgs
	out_there ip link set wgs up
	cat >/root/provider.conf <<-END
	[Interface]
	PrivateKey = $(<"$work/user.key")
	Address = 10.8.0.2/32
	DNS = 10.8.0.1
	[Peer]
	PublicKey = $(wg pubkey <"$work/server.key")
	AllowedIPs = 0.0.0.0/0
	Endpoint = 203.0.113.53:51820
	END
	umask 022
}

for_one_user() {
	vpn_server
	type_as_root 'A VPN for one user' 'apt-get install wireguard-tools'
	in_the_lines init=wireguard
	check_eq "$(fetch alice $web4)" 10.8.0.2 'what the web sees of alice'
	check_match "$(ssh_as alice 'cat /etc/resolv.conf')" 'nameserver 10.8.0.1' 'DNS'
}
test_case 'A VPN for one user' for_one_user

in_the_policy_file() {
	vpn_server
	install -m 600 /root/provider.conf /etc/wireguard/alice.conf
	usermod --append --groups usernet alan
	in_the_lines config
	written 'A VPN for one user' /etc/security/netns.conf
	check_eq "$(fetch alice $web4)" 10.8.0.2 'what the web sees of alice'
	check_eq "$(fetch alan $web4)" 192.0.2.1 'what it sees of alan'
	check_host "$(ssh_as root "$netns")"
	check_host "$(ssh_as bob "$netns")"
}
test_case 'A VPN for one user, by the policy file' in_the_policy_file

for_a_team() {
	vpn_server
	groupadd team
	usermod --append --groups team alice
	usermod --append --groups team bob
	install -m 600 /root/provider.conf /etc/wireguard/team.conf
	in_the_lines config
	written 'A VPN for a team' /etc/security/netns.conf
	check_eq "$(fetch alice $web4)" 10.8.0.2 'what the web sees of alice'
	check_eq "$(fetch bob $web4)" 10.8.0.2 'what it sees of bob'
	check_eq "$(ssh_as bob "$netns")" "$(ssh_as alice "$netns")" 'namespaces'
}
test_case 'A VPN for a team' for_a_team

# ---- the rest --------------------------------------------------------------

shared() {
	type_as_root 'A group that shares a network' 'groupadd groupnet-lab'
	check_eq "$(fetch lara $web4)" 192.0.2.1 'what the web sees of lara'
	check_named lab "$(ssh_as lara "$netns")"
	in_the_lines config
	sed -i '/pam_groupnet/d' /etc/pam.d/common-session*
	boot_again
	block 'A group that shares a network' '@groupnet-*' >/etc/security/netns.conf
	check_eq "$(fetch lara $web4)" 192.0.2.1 'by the policy file'
	check_named lab "$(ssh_as lara "$netns")"
}
test_case 'A group that shares a network' shared

firewall() {
	local rules=/etc/netns/alice/nftables.conf line
	line=$(block 'A firewall for a session' 'session required pam_usernet.so')
	in_the_lines "${line##*pam_usernet.so }"
	written 'A firewall for a session' $rules
	type_as_root 'A firewall for a session' 'unshare -n nft -c'
	check_eq "$(fetch alice $web4)" 192.0.2.1 'what is allowed'
	ssh_as alice "timeout 5 bash -c 'exec 3<>/dev/tcp/203.0.113.53/53'" 2>/dev/null &&
		fail 'what is not allowed'
	# A query is.
	check_match "$(ssh_as alice getent ahostsv4 www.example.test)" "$web4" 'a name'
	check_match "$(type_as_root 'A firewall for a session' 'nft list ruleset')" \
		'table inet session' 'the rules'
}
test_case 'A firewall for a session' firewall

cni() {
	mkdir -p /etc/cni/net.d
	cat >/etc/cni/net.d/default.conflist <<-'END'
	{ "cniVersion": "0.4.0", "name": "net", "plugins": [ { "type": "ptp",
		"ipMasq": true, "ipam": { "type": "host-local",
		"subnet": "10.22.0.0/24", "routes": [ { "dst": "0.0.0.0/0" } ] } } ] }
	END
	in_the_lines ''
	type_as_root 'CNI, OpenVPN, macvlan' /usr/share/doc/libpam-net
	check_eq "$(fetch alice $web4)" 192.0.2.1 'what the web sees'
	check_match "$(ssh_as alice ip -brief address)" ' 10\.22\.0\.' 'her address'
	compgen -G '/var/lib/cni/networks/net/10.*' >/dev/null || fail 'no address is taken'
	loginctl terminate-user alice
	wait_for no_users
	pamnetctl remove alice || fail 'pamnetctl remove'
	! compgen -G '/var/lib/cni/networks/net/10.*' || fail 'the address is still taken'
}
test_case 'CNI, OpenVPN, macvlan' cni

names() {
	out_there ip address add 9.9.9.9/32 dev lo
	out_there socat UDP4-LISTEN:53,bind=9.9.9.9,fork UDP4:203.0.113.53:53 \
		>/dev/null 2>&1 </dev/null &
	echo 'nameserver 127.0.0.53' >/etc/resolv.conf
	log_mark
	check_eq "$(ssh_as alice 'getent ahostsv4 www.example.test')" '' 'before'
	check_match "$(log_since)" 'cannot be reached; fix with: dns=ADDRESS' 'the log'
	type_as_root 'Names' 'echo dns='
	ip netns delete alice
	check_match "$(ssh_as alice 'getent ahostsv4 www.example.test')" "$web4" 'a name'
}
test_case 'Names' names

# system/networks.sh does the file for docker.
all_of_it() {
	local count
	count=$(awk '/^    / && !before { count++ } { before = /^    / }
		END { print count }' doc/connect.md)
	check_eq "$(sort -u "$work/seen" | wc -l)" $((count - 1)) \
		"blocks that were typed: $(sort -u "$work/seen")"
}
[[ ${CASES-} ]] || test_case 'nothing to type is left out' all_of_it
