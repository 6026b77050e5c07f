#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# init=veth with owner: a link that its user may break, but not abuse.
# What the cases evaluate later, or must not:
# shellcheck disable=SC2016

# shellcheck source=init/lib.sh
. "$(dirname "$0")/lib.sh"

web4=203.0.113.80 web6=2001:db8:1::80
tools='export PATH=/usr/sbin:/sbin:$PATH; '
install -D -t /usr/local/libexec/pam_net "$programs"/*

# Alice and alan are in, with a service of alan's.
log_in() {
	pam_lines 'session required pam_usernet.so owner init=veth'
	connection_open alice
	connection_open alan
	address=$(by alan 'ip -4 -o address show dev eth0' |
		awk '{ sub(/\/.*/, "", $4); print $4 }')
	address6=$(by alan 'ip -6 -o address show dev eth0 scope global' |
		awk '{ sub(/\/.*/, "", $4); print $4 }')
	serve alan 80 alan
	check_match "$address/$address6" '^198\.1[89]\..*/fd' "alan's addresses"
}

# by USER COMMAND: over ssh
by() {
	connection_run "$1" "$tools$2" 2>&1
}

# What the user reaches there, or nothing
reach() {
	by "$1" "timeout 3 bash -c 'cat </dev/tcp/$2/${3-80}' 2>/dev/null; true"
}

check_still_closed() {
	local place
	for place in 192.0.2.1 2001:db8::1 "$address" "$address6" \
		"$(by alice 'ip -4 route show default' | awk '{ print $3 }')"; do
		check_eq "$(reach alice "$place")" '' "at $place, $1"
	done
	check_eq "$(reach alice 192.0.2.1 22)" '' "sshd, $1"
	check_eq "$(reach alan $web4)" 192.0.2.1 "alan goes out, $1"
	check_eq "$(reach alan "$address")" alan "alan's own service, $1"
}

goes_out() {
	log_in
	check_eq "$(reach alice $web4)" 192.0.2.1 'out'
	check_still_closed 'at first'
	by alice 'nft flush ruleset && nft add table inet mine' || fail 'nft'
	check_eq "$(reach alice $web4)" 192.0.2.1 'out, after flush'
	check_still_closed 'after nft flush ruleset'
}
lab_case 'kept-in out is open, the host and other users are closed, also after nft flush ruleset' \
	goes_out

# What the user takes is not his on the host's end.
spoofs() {
	local seen
	log_in
	out_there nft -f - <<-END
		table inet count {
			chain in {
				type filter hook prerouting priority -300;
				ip saddr { 10.1.2.3, $address } counter
				ip6 saddr { 2001:db8:7::7, $address6 } counter
			}
		}
	END
	nft flush chain inet pam_net postrouting
	by alice "ip address add 10.1.2.3/32 dev eth0
		ip address add $address/32 dev eth0
		ip -6 address add 2001:db8:7::7/128 dev eth0 nodad
		ip -6 address add $address6/128 dev eth0 nodad
		ip link set eth0 address 06:70:6e:00:00:01
		sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
		for source in 10.1.2.3 $address; do
			ping -c 2 -i 0.2 -W 1 -I \$source $web4
		done
		for source in 2001:db8:7::7 $address6; do
			ping -c 2 -i 0.2 -W 1 -I \$source $web6
		done
		ping -c 1 -W 1 -I $address 192.0.2.1
		exit 0" >/dev/null
	seen=$(out_there nft list table inet count)
	check_eq "$(grep -cE 'counter packets [1-9]' <<<"$seen")" 0 "$seen"
	out_there nft delete table inet count
	check_match "$(reach alan $web6)" '^\[fd' 'what comes back to alan'
}
lab_case 'kept-in addresses of others, or of nobody, go nowhere' spoofs

# A router advertisement: 134, with a prefix and a lifetime of 30 minutes.
advertise='perl -e '\''
	use Socket qw(:all);
	socket S, AF_INET6, SOCK_RAW, 58 or die "socket: $!\n";
	setsockopt S, 41, 18, pack "i", 255 or die "hops: $!\n";
	$index = `cat /sys/class/net/eth0/ifindex` + 0;
	setsockopt S, 41, 17, pack "I", $index or die "interface: $!\n";
	$packet = pack "CCnCCnNN CCCCNNN a16", 134, 0, 0, 64, 0, 1800, 0, 0,
		3, 4, 64, 0xc0, 86400, 14400, 0,
		inet_pton(AF_INET6, "2001:db8:bad::");
	send S, $packet, 0, pack_sockaddr_in6(0, inet_pton(AF_INET6, "ff02::1"), $index)
		or die "send: $!\n" for 1 .. 3'\'

advertises() {
	local before
	log_in
	nft -f - <<-END
		table inet count {
			chain in {
				type filter hook prerouting priority -300;
				iifname "pamnet*" icmpv6 type nd-router-advert counter
			}
		}
	END
	state() {
		ip -6 route
		ip -6 -o address | sed 's/ tentative//; s/valid_lft.*//'
	}
	# Each end has one of its own.
	before=$(state)
	by alice "ip -6 address add fe80::2/64 dev eth0 nodad; $advertise" ||
		fail 'it cannot be sent'
	wait_for sees_advertisements || fail 'none came'
	check_same "$(state)" "$before" 'what the host made of it'
	# Also without the table.
	nft flush ruleset
	by alice "$advertise" || fail 'it cannot be sent'
	by alice 'ping -c 1 -W 2 fe80::1%eth0 >/dev/null' || fail 'the link is dead'
	check_same "$(state)" "$before" 'without the table'
	# It is one that a host would follow.
	for link in /proc/sys/net/ipv6/conf/pamnet*/accept_ra; do
		echo 2 >"$link"
	done
	by alice "$advertise" || fail 'it cannot be sent'
	wait_for eval '[[ $(ip -6 route) == *2001:db8:bad:* ]]' ||
		fail 'it is no advertisement'
}
sees_advertisements() {
	nft list table inet count | grep -qE 'counter packets [1-9]'
}
lab_case 'kept-in router advertisements of a user change nothing on the host' \
	advertises

# Who breaks it has none; the others have theirs.
breaks() {
	log_in
	by alice 'ip link delete eth0' || fail 'it is his'
	check_eq "$(reach alice $web4)" '' 'without a link'
	check_let_in alice
	check_eq "$(reach alan $web4)" 192.0.2.1 'alan'
	check_eq "$(reach alan "$address")" alan "alan's own service"
	connection_close alice
	ip netns delete alice
	connection_open alice
	check_eq "$(reach alice $web4)" 192.0.2.1 'after the name was made anew'
	check_still_closed 'made anew'
}
lab_case 'kept-in a link that its user breaks is missing to nobody else' breaks

each_of_newnet() {
	pam_lines 'session required pam_newnet.so owner init=veth'
	check_eq "$(ssh_as nina "$tools nft flush ruleset
		timeout 3 bash -c 'cat </dev/tcp/$web4/80'
		timeout 3 bash -c 'cat </dev/tcp/192.0.2.1/80' 2>/dev/null; true")" \
		192.0.2.1 'nina'
}
lab_case 'kept-in a new one goes out, and the host is closed' \
	each_of_newnet

# The script of doc/owner.md, as a student runs it.
lab_of_the_manual() {
	log_in
	sed -n '/^    #!\/bin\/sh$/,/^[^ ]/{ /^    student/d; s/^    //p }' \
		"$(dirname "$0")/../../doc/owner.md" >/home/alice/lab
	check_eq "$(grep -c unshare /home/alice/lab)" 1 'the script'
	by alice 'sh -e lab' >"$work/lab" || fail "$(<"$work/lab")"
	check_eq "$(by alice 'nsenter --user --net --preserve-credentials \
		-t $(cat ~/host1) sh -c "ping -c 1 -W 5 10.9.0.3 >/dev/null &&
			ping -c 1 -W 5 10.9.0.254 >/dev/null &&
			timeout 3 bash -c \"cat </dev/tcp/'$web4'/80\""')" 192.0.2.1 \
		'from the first host'
	check_still_closed 'with the lab'
	rm -f /home/alice/{lab,host?}
}
lab_case 'owner the lab of doc/owner.md has three hosts, which go out' \
	lab_of_the_manual
