#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# init=veth beside the real docker, ufw, firewalld, systemd-networkd and
# NetworkManager, each with what doc/connect.md says it needs.
# Only with --all, as it takes long.
# What the cases evaluate later, and the marks of code in Markdown:
# shellcheck disable=SC2016

# shellcheck source=internet.sh
. "$(dirname "$0")/../internet.sh"
start_internet
# shellcheck source=system/lib.sh
. "$(dirname "$0")/lib.sh"

web4=203.0.113.80 web6=2001:db8:1::80

reset_packages() {
	local unit
	for unit in docker.socket docker firewalld ufw NetworkManager systemd-networkd; do
		systemctl stop $unit 2>/dev/null
	done
	rm -f /etc/systemd/network/* /etc/NetworkManager/conf.d/*
	ip link delete other0 2>/dev/null
	nft flush ruleset
	sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

prepare() {
	ready
	rm -f /etc/systemd/system/{docker.service,docker.socket,containerd.service}
	systemctl daemon-reload
	sed -i '/pam_usernet\.so/s/$/ init=veth/' /etc/pam.d/common-session*
	keep_etc
}

prepare

# fetch USER ADDRESS
fetch() {
	ssh_as "$1" "timeout 5 bash -c 'cat </dev/tcp/$2/80' 2>/dev/null; true"
}

# check_out USER: by IPv4 and IPv6, and nothing of the host
check_out() {
	check_eq "$(fetch "$1" $web4)" 192.0.2.1 "what the web sees of $1"
	check_match "$(fetch "$1" $web6)" '0db8:0000:0000:0000:0000:0000:0001' \
		"what the web sees of $1 by IPv6"
	check_eq "$(fetch "$1" 192.0.2.1)" '' 'what the host answers'
}

# check_denied USER REGEX: it is in the log, why
check_denied() {
	log_mark
	check_refused "$1"
	check_match "$(log_since | grep "denied user=$1 ")" "$2" 'the log'
}

# cure FIRST-COLUMN: what the table in doc/connect.md says
cure() {
	sed -n "s/^| $1 | \(.*\) |$/\1/p" doc/connect.md
}

# commands FIRST-COLUMN: those in it, each in backquotes
commands() {
	cure "$1" | grep -o '`[^`]*`' | tr -d '`'
}

# ---- firewalls -------------------------------------------------------------

# Its images are kept as plain directories: this runs on overlays.
with_docker() {
	mkdir -p /etc/docker
	echo '{"storage-driver":"vfs"}' >/etc/docker/daemon.json
	# Else it leaves the policy alone.
	sysctl -qw net.ipv4.ip_forward=0
	systemctl start docker || fail "docker: $(systemctl status docker)"
	check_match "$(iptables -S FORWARD)" 'P FORWARD DROP' 'the rules of docker'
	check_denied alice "firewall drops what sessions send: .*FORWARD"
	mkdir -p /etc/systemd/system/docker.service.d
	sed -n '/^    # .etc.systemd.system.docker.service.d/,/^$/s/^    //p' \
		doc/connect.md >/etc/systemd/system/docker.service.d/pam_net.conf
	systemctl daemon-reload
	systemctl restart docker || fail 'docker does not start any more'
	check_out alice
	systemctl restart docker || fail 'docker does not start again'
	check_out alice
	check_out alan
}
test_case 'beside docker, with the file of the documentation' with_docker

with_ufw() {
	local file chain line
	ufw --force enable >/dev/null || fail "ufw: $(ufw status)"
	check_match "$(iptables -S FORWARD)" 'P FORWARD DROP' 'the rules of ufw'
	check_denied alice "firewall drops what sessions send: .*FORWARD"
	for file in before.rules before6.rules; do
		chain=ufw-before-forward
		[[ $file == before.rules ]] || chain=ufw6-before-forward
		for line in "-A $chain -i pamnet+ -j ACCEPT" "-A $chain -o pamnet+ -j ACCEPT"; do
			[[ $(cure ufw) == *"$chain"* && $(cure ufw) == *" -o pamnet+ -j ACCEPT"* ]] ||
				fail 'not as documented'
			sed -i "0,/^COMMIT/s//$line\nCOMMIT/" /etc/ufw/$file
		done
	done
	ufw reload >/dev/null || fail 'ufw does not take these lines'
	check_out alice
	ufw --force disable >/dev/null
}
test_case 'beside ufw, with the lines of the documentation' with_ufw

with_firewalld() {
	systemctl start firewalld || fail "firewalld: $(systemctl status firewalld)"
	wait_for firewall-cmd --state
	check_denied alice "firewall drops what sessions send: .*firewalld"
	bash -e -c "$(commands firewalld)" || fail 'the documented command'
	check_out alice
	systemctl restart firewalld
	wait_for firewall-cmd --state
	check_out alice
	check_out alan
}
test_case 'beside firewalld, with the command of the documentation' with_firewalld

# ---- network managers ------------------------------------------------------

state_of_link() {
	local link
	link=$(basename /sys/class/net/pamnet*)
	ip -d address show dev "$link" | grep -v valid_lft
	ip route show dev "$link"
	ip -6 route show dev "$link"
	sysctl "net.ipv4.conf.$link" "net.ipv6.conf.$link"
}

# An interface that they do take, so that it is seen when they have done so.
other_link() {
	ip link add other0 type veth peer name other1
	ip link set other0 up
	ip link set other1 up
}

took_other() {
	[[ $(ip address show dev other0) == *10.99.99.1/* ]]
}

# Links of veth that it took.
taken() {
	ip -o -4 address | awk '$2 ~ /^pamnet/ && $4 == "10.99.99.1/24" { print $2 }'
}

managed_by_networkd() {
	networkctl --no-legend list | awk -v link="$1" 'index($2, link) == 1 { print $NF }'
}

with_networkd() {
	local before
	connection_open alice
	before=$(state_of_link)
	other_link
	mkdir -p /etc/systemd/network
	printf '%s\n' '[Match]' 'Name=!lo eth0 docker0' '[Network]' 'Address=10.99.99.1/24' \
		>/etc/systemd/network/20-all.network
	systemctl start systemd-networkd
	wait_for took_other || fail "not even another link: $(networkctl)"
	check_eq "$(managed_by_networkd pamnet)" unmanaged 'what networkd says'
	check_same "$(state_of_link)" "$before" 'the link'
	systemctl restart systemd-networkd
	networkctl reload
	check_same "$(state_of_link)" "$before" 'the link after a restart'
	check_out alice
	# One that appears while it runs.
	check_out alan
	check_eq "$(managed_by_networkd pamnet | sort -u)" unmanaged 'then'
	check_eq "$(taken)" '' 'addresses that it gave to pamnet*'
	# So it is the file.
	ln -s /dev/null /etc/systemd/network/10-pam_net.network
	systemctl restart systemd-networkd
	wait_for eval '[[ $(taken) ]]' ||
		fail 'without the file it is not touched either'
}
test_case 'systemd-networkd that configures all links leaves those of veth alone' \
	with_networkd

managed_by_nm() {
	nmcli -t -f DEVICE,STATE device | sed -n "s/^$1[0-9]*://p" | sort -u
}

with_networkmanager() {
	local before
	connection_open alice
	before=$(state_of_link)
	other_link
	printf '%s\n' '[main]' 'plugins=keyfile' '[keyfile]' \
		'unmanaged-devices=interface-name:eth0' '[device]' \
		'match-device=type:veth' 'managed=1' >/etc/NetworkManager/conf.d/90-all.conf
	systemctl start NetworkManager || fail 'no NetworkManager'
	wait_for eval '[[ $(managed_by_nm other) && $(managed_by_nm other) != unmanaged ]]' ||
		fail "not even another link: $(nmcli device)"
	check_eq "$(managed_by_nm pamnet)" unmanaged 'what NetworkManager says'
	check_same "$(state_of_link)" "$before" 'the link'
	systemctl restart NetworkManager
	check_out alice
	check_out alan
	check_eq "$(managed_by_nm pamnet)" unmanaged 'what NetworkManager says of both'
	# So it is the file.
	printf '' >/etc/NetworkManager/conf.d/10-pam_net.conf
	systemctl restart NetworkManager
	wait_for eval '[[ $(managed_by_nm pamnet) != unmanaged ]]' ||
		fail 'without the file it is unmanaged, too'
}
test_case 'NetworkManager leaves the links of veth alone' with_networkmanager
