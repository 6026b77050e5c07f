# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An "internet" for a throw-away host or system.
#
# The internet is one namespace: 192.0.2.254 and 2001:db8::fe, the gateway of
# the host, has a web server on 203.0.113.80 and 2001:db8:1::80, which answers
# with the address of its client, and a name server on 203.0.113.53, which knows
# www.example.test and what is in /run/internet.hosts. What it is asked stands
# in /run/internet.log.

# shellcheck disable=SC2016
run_internet() {
	ip link set lo up
	until ip link show eth0 >/dev/null 2>&1; do sleep 0.01; done
	ip address add 192.0.2.254/24 dev eth0
	ip address add 2001:db8::fe/64 dev eth0 nodad
	ip link set eth0 up
	ip address add 203.0.113.80/32 dev lo
	ip address add 203.0.113.53/32 dev lo
	ip address add 2001:db8:1::80/128 dev lo
	# So that it can try to come in.
	ip route add 198.18.0.0/15 via 192.0.2.1
	ip route add fd00::/8 via 2001:db8::1
	socat TCP4-LISTEN:80,fork,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR',nofork &
	socat TCP6-LISTEN:80,fork,reuseaddr,ipv6only SYSTEM:'echo $SOCAT_PEERADDR',nofork &
	exec dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user=root \
		--addn-hosts=/run/internet.hosts \
		--log-queries --log-facility=/run/internet.log \
		--listen-address=203.0.113.53 --bind-interfaces \
		--address=/www.example.test/203.0.113.80 \
		--address=/www.example.test/2001:db8:1::80
}

start_internet() {
	unshare --net bash -c "$(declare -f run_internet); run_internet" \
		>/dev/null 2>&1 </dev/null &
	internet=$!
	until [[ $(readlink /proc/$internet/ns/net) != $(readlink /proc/self/ns/net) ]]
	do
		sleep 0.01
	done
	ip link delete eth0 2>/dev/null
	ip link add eth0 type veth peer name eth0 netns $internet
	ip address add 192.0.2.1/24 dev eth0
	ip address add 2001:db8::1/64 dev eth0 nodad
	ip link set eth0 up
	ip route add default via 192.0.2.254
	ip route add default via 2001:db8::fe
	socat TCP6-LISTEN:80,fork,reuseaddr,ipv6only SYSTEM:'echo the host',nofork \
		>/dev/null 2>&1 </dev/null &
	until out_there bash -c 'exec 3<>/dev/tcp/203.0.113.53/53 4<>/dev/tcp/::1/80' \
		2>/dev/null
	do
		sleep 0.01
	done
}

# out_there COMMAND...: runs it in the internet
out_there() {
	nsenter --net="/proc/$internet/ns/net" "$@"
}
