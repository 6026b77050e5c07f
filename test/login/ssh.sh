#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What sshd offers: commands, terminals, files, forwarding.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

test_dir=$(realpath "$(dirname "$0")/..")

# ---- where a session is ----------------------------------------------------

exec_named() {
	check_named alice "$(ssh_as alice "$netns")"
	check_named paul "$(ssh_as paul "$netns")"
}
test_case 'never-outside ssh-exec usernet members are in their names' \
	exec_named

exec_new() {
	check_new "$(ssh_as nina "$netns")"
}
test_case 'never-outside ssh-exec a newnet member is in a new namespace' \
	exec_new

exec_groupnet() {
	grep -q groupnet /etc/pam.d/netns || skip 'no pam_groupnet.so'
	check_named lab "$(ssh_as lara "$netns")"
}
test_case 'never-outside ssh-exec a groupnet-lab member is in lab' \
	exec_groupnet

exec_bystander() {
	local got
	got=$(ssh_as bob "$netns && $mntns")
	check_eq "$got" "$(readlink /proc/1/ns/net /proc/1/ns/mnt)" namespaces
	[[ ! -e /run/netns && ! -e /run/pam_net ]] || fail 'something was made'
}
test_case 'bystander ssh-exec is on the host, and nothing was made' \
	exec_bystander

again_named() {
	connection_open alice
	check_eq "$(ssh_as alice "$netns")" "$(connection_run alice "$netns")" \
		'second login'
}
test_case 'one-name a second login joins the first' again_named

again_new() {
	connection_open nina
	check_ne "$(ssh_as nina "$netns")" "$(connection_run nina "$netns")" \
		'second login'
}
test_case 'never-outside every newnet login has a namespace of its own' \
	again_new

pty() {
	check_named alice "$(ssh_as alice -tt "$netns" | tr -d '\r')"
	check_new "$(ssh_as nina -tt "$netns" | tr -d '\r')"
	check_match "$(ssh_as nina -tt tty)" '^/dev/pts/' 'terminal'
}
test_case 'never-outside ssh-pty' pty

interactive() {
	check_match "$(ssh_as alice -tt <<<"$netns; exit")" \
		"net:\\[$(stat -c %i /run/netns/alice)\\]" 'shell'
}
test_case 'never-outside ssh-shell' interactive

# One connection, several sessions.
multiplexed() {
	local user=$1 first
	connection_open "$user"
	first=$(connection_run "$user" "$netns")
	check_ne "$first" "$(host_netns)" 'on the host'
	check_eq "$(connection_run "$user" "$netns")" "$first" 'second session'
	check_eq "$(connection_run "$user" -tt "$netns" | tr -d '\r')" \
		"$first" 'third session'
}
test_case 'never-outside ssh-ControlMaster all sessions are in one (newnet)' \
	multiplexed nina
test_case 'never-outside ssh-ControlMaster all sessions are in one (usernet)' \
	multiplexed alice

no_command() {
	timeout 20 ssh -fN -L 8080:127.0.0.1:80 -l nina 127.0.0.1
	wait_for pgrep -u nina sshd || fail 'no sshd'
	check_new "$(netns_of "$(pgrep -u nina sshd)")"
}
test_case 'never-outside ssh-N without a command' no_command

# ---- files -----------------------------------------------------------------

# Every program that sshd starts is started by the user's shell.
record_netns() {
	echo "$netns >>~/where" >"/home/$1/.bashrc"
}

recorded_netns() {
	sort -u "/home/$1/where"
}

copies() {
	local user=$1 check=$2
	shift 2
	record_netns "$user"
	timeout 20 "$@" || fail "${1##*/} failed"
	cmp /etc/hosts "/home/$user/copy" || fail 'no copy'
	"$check" "$user" "$(recorded_netns "$user")"
}

sftp_as() {
	sftp -q -b - "$1@127.0.0.1" <<<"put /etc/hosts copy"
}

check_other() {
	check_new "$2"
}

sftp_named() {
	export -f sftp_as
	copies alice check_named bash -c 'sftp_as alice'
	copies nina check_other bash -c 'sftp_as nina'
}
test_case 'never-outside sftp' sftp_named

scp_named() {
	copies alice check_named scp -q /etc/hosts alice@127.0.0.1:copy
	rm /home/alice/*
	copies alice check_named scp -q -O /etc/hosts alice@127.0.0.1:copy
	copies nina check_other scp -q /etc/hosts nina@127.0.0.1:copy
}
test_case 'never-outside scp by both protocols' scp_named

# sshd changes the root of the session when it is open already.
sftp_chrooted() {
	mkdir -p /srv/jail/up
	chown alice /srv/jail/up
	cat >>/etc/ssh/sshd_config <<-END
	Match User alice
		ChrootDirectory /srv/jail
		ForceCommand internal-sftp
	END
	/usr/sbin/sshd -p 2222 -o PidFile=none
	{ echo 'put /etc/hosts up/copy'; sleep $((20 * patience)); } |
		sftp -q -b - -P 2222 alice@127.0.0.1 &
	wait_for cmp /etc/hosts /srv/jail/up/copy || fail 'no copy'
	check_named alice "$(netns_of "$(pgrep -u alice -f internal-sftp)")"
}
test_case 'never-outside sftp in a ChrootDirectory' sftp_chrooted

# ---- forwarding ------------------------------------------------------------

reach() {
	timeout 5 socat -t $((3 * patience)) - "$1" </dev/null 2>/dev/null
}

local_forward() {
	local port=8080 user
	for user in bob alice nina; do
		timeout 20 ssh -fN -l "$user" \
			-L $port:192.0.2.1:80 -L $((port + 1)):127.0.0.1:80 127.0.0.1
		check_eq "$(reach TCP:127.0.0.1:$port)" "$1" "$user to eth0"
		check_eq "$(reach TCP:127.0.0.1:$((port + 1)))" "$1" "$user to lo"
		port=$((port + 2))
		set -- ''
	done
}
test_case 'never-outside ssh-L reaches nothing of the host' \
	local_forward 'the host'

local_forward_inside() {
	connection_open alice
	connection_run alice \
		'socat TCP-LISTEN:9000,fork SYSTEM:"echo inside",nofork >/dev/null 2>&1 &
		until socat -u OPEN:/dev/null TCP:127.0.0.1:9000; do :; done' 2>/dev/null
	timeout 20 ssh -fN -L 8080:127.0.0.1:9000 -l alice 127.0.0.1
	check_eq "$(reach TCP:127.0.0.1:8080)" inside 'service of the session'
}
test_case 'ssh-L reaches a service inside' local_forward_inside

dynamic_forward() {
	local port=1080 user
	for user in bob alice nina; do
		timeout 20 ssh -fN -l "$user" -D $port 127.0.0.1
		check_eq "$(reach SOCKS4:127.0.0.1:192.0.2.1:80,socksport=$port)" \
			"$1" "$user"
		port=$((port + 1))
		set -- ''
	done
}
test_case 'never-outside ssh-D reaches nothing of the host' \
	dynamic_forward 'the host'

stdio_forward() {
	check_eq "$(ssh_as bob -W 192.0.2.1:80)" 'the host' bob
	check_eq "$(ssh_as alice -W 192.0.2.1:80 2>/dev/null)" '' alice
	check_eq "$(ssh_as nina -W 127.0.0.1:80 2>/dev/null)" '' nina
}
test_case 'never-outside ssh-W reaches nothing of the host' stdio_forward

remote_forward() {
	local user
	for user in alice nina; do
		check_eq "$(ssh_as $user -R 9001:127.0.0.1:80 \
			'ss -Htln >/tmp/inside; cat </dev/tcp/127.0.0.1/9001')" \
			'the host' "$user"
		grep -q ':9001' /tmp/inside || fail 'not listening inside'
		rm /tmp/inside
	done
}
test_case 'ssh-R works inside, since lo is up' remote_forward

remote_forward_hidden() {
	timeout 20 ssh -fN -R 9001:127.0.0.1:80 -l alice 127.0.0.1
	check_eq "$(reach TCP:127.0.0.1:9001)" '' 'the port outside'
	check_no_match "$(ss -Htln)" ':9001' 'listening outside'
}
test_case 'never-outside ssh-R listens inside, not on the host' \
	remote_forward_hidden

x11_forward() {
	local user
	perl "$test_dir/x11-server" 7 'this is X' &
	wait_for socat -u OPEN:/dev/null TCP:127.0.0.1:6007
	cp "$test_dir/x11-client" /tmp/x11-client
	for user in bob alice nina; do
		check_eq "$(DISPLAY=127.0.0.1:7 ssh_as $user -Y \
			'perl /tmp/x11-client' 2>/dev/null)" \
			'this is X' "$user"
	done
}
test_case 'ssh-X works inside, since lo is up' x11_forward

# ---- what a session has ----------------------------------------------------

unreachable() {
	check_eq "$(ssh_as bob "$reach_host")" $'the host\nthe host' bob
	check_eq "$(ssh_as alice "$reach_host")" '' alice
	check_eq "$(ssh_as nina "$reach_host")" '' nina
}
test_case 'never-outside the service on the host is out of reach' unreachable

# Abstract sockets belong to the network namespace.
abstract_sockets() {
	socat ABSTRACT-LISTEN:on-the-host,fork SYSTEM:'echo the host',nofork &
	wait_for socat -u OPEN:/dev/null ABSTRACT-CONNECT:on-the-host
	local ask='timeout 20 socat -u ABSTRACT-CONNECT:on-the-host -'
	check_eq "$(ssh_as bob "$ask")" 'the host' bob
	check_eq "$(ssh_as alice "$ask" 2>/dev/null)" '' alice
	check_eq "$(ssh_as nina "$ask" 2>/dev/null)" '' nina
}
test_case 'never-outside abstract sockets of the host are out of reach' \
	abstract_sockets

loopback() {
	local user
	for user in alice nina; do
		check_eq "$(ssh_as $user ip -br address | tr -s ' ')" \
			'lo UNKNOWN 127.0.0.1/8 ::1/128 ' "$user"
	done
}
test_case 'a session has lo, up, with both addresses, and nothing else' \
	loopback

lodown() {
	pam_lines 'session required pam_newnet.so lodown' \
		'session required pam_usernet.so lodown'
	check_match "$(ssh_as nina ip -br address)" '^lo *DOWN *$' newnet
	check_match "$(ssh_as alice ip -br address)" '^lo *DOWN *$' usernet
}
test_case 'lodown leaves lo down' lodown

environment() {
	# shellcheck disable=SC2016
	local ask='echo "<$NETNS>"; readlink /proc/self/ns/net' got
	got=$(ssh_as alice "$ask")
	check_eq "${got%%$'\n'*}" '<alice>' usernet
	got=$(ssh_as nina "$ask")
	check_eq "${got%%$'\n'*}" "<${got##*$'\n'}>" newnet
	got=$(ssh_as bob "$ask")
	check_eq "${got%%$'\n'*}" '<>' bystander
}
test_case 'NETNS in the environment is the name, or net:[inode]' environment

identify() {
	# shellcheck disable=SC2016
	local ask='ip netns identify $$; ip netns list'
	check_eq "$(ssh_as alice "$ask")" $'alice\nalice' usernet
	check_eq "$(ssh_as nina "$ask")" '' newnet
}
test_case 'ip-netns-identify inside prints the own name, and list no other' \
	identify

read_sysctls='cat /proc/sys/net/ipv4/ping_group_range'
read_sysctls+=' /proc/sys/net/ipv4/ip_unprivileged_port_start'

# set_sysctls RANGE PORT [COMMAND...]
set_sysctls() {
	"${@:3}" sysctl -qw net.ipv4.ping_group_range="$1" \
		net.ipv4.ip_unprivileged_port_start="$2"
}

# What the kernel begins with.
unset_sysctls() {
	set_sysctls '1 0' 1024
}

# A copy of ping has no file capability.
ping_and_ports() {
	trap unset_sysctls EXIT
	sysctl -qw net.ipv4.ping_group_range='0 2147483647' \
		net.ipv4.ip_unprivileged_port_start=79
	cp /bin/ping /tmp/ping
	local user ask='cat /proc/sys/net/ipv4/ping_group_range \
		/proc/sys/net/ipv4/ip_unprivileged_port_start;
		/tmp/ping -q -c1 -W2 127.0.0.1 >/dev/null && echo pong'
	for user in bob alice nina; do
		check_eq "$(ssh_as $user "$ask" 2>&1)" \
			$'0\t2147483647\n79\npong' "$user"
	done
}
test_case 'ping-and-ports an ordinary user may what he may outside' \
	ping_and_ports

# Either of the two alone, and both.
sysctls_carried() {
	local setting want user
	trap unset_sysctls EXIT
	for setting in 'ping_group_range=5 6' ip_unprivileged_port_start=80; do
		unset_sysctls
		boot_again
		sysctl -qw "net.ipv4.$setting"
		want=$($read_sysctls)
		for user in alice nina; do
			check_same "$(ssh_as $user "$read_sysctls")" "$want" \
				"$user, $setting"
		done
	done
}
test_case 'a namespace that is made has the two sysctls of the host, where one of them was changed' \
	sysctls_carried

sysctls_default() {
	local user
	check_same "$($read_sysctls)" $'1\t0\n1024' 'the host'
	for user in alice nina; do
		check_same "$(ssh_as $user "$read_sysctls")" $'1\t0\n1024' $user
	done
}
test_case "and the kernel's own values where the host has them" \
	sysctls_default

# Who joins finds what the namespace has, whatever the host has by now.
sysctls_joined() {
	trap unset_sysctls EXIT
	check_let_in alice
	set_sysctls '0 2147483647' 79
	check_same "$(ssh_as alice "$read_sysctls")" $'1\t0\n1024' alice
}
test_case 'a namespace that is joined keeps its sysctls' sysctls_joined

# The session that su is called in is the origin, not the host.
sysctls_below_su() {
	local user
	check_let_in alice
	set_sysctls '0 2147483647' 79 ip netns exec alice
	for user in alan nina; do
		check_same "$(ssh_as alice "echo secret |
			su $user -c '$read_sysctls' 2>/dev/null")" \
			$'0\t2147483647\n79' "$user"
	done
	check_same "$($read_sysctls)" $'1\t0\n1024' 'the host'
}
test_case 'a namespace made below su has the two sysctls of the session su is called in' \
	sysctls_below_su

# check_line EVENT USER NAME INODE HOW LEADER: the one line of it, whole
check_line() {
	local event=$1 user=$2 line start
	line=$(log_of_modules info | grep "): $event ")
	check_eq "$(wc -l <<<"$line")" 1 "lines of $user: $line"
	start=$(sed 's/.*) //' "/proc/$6/stat" 2>/dev/null | cut -d' ' -f20)
	[[ $event == closed ]] || check_match "$start" '^[0-9]+$' 'start time'
	check_match "$line" "user=$user service=sshd rhost=127\.0\.0\.1 tty=ssh leader=$6 ses=[0-9]+ id=$6-${start:-[0-9]+} name=$3 inode=$4 how=$5\$" \
		"$event"
	check_match "${line#*"): "}" "^$event user=" 'begin of the line'
	pairs=${line#*"): $event "}
}

logs() {
	local user net leader name opened pairs
	for user in alice nina; do
		log_mark
		connection_open $user
		net=$(connection_run $user "$netns")
		leader=$(pgrep -f "^sshd: $user \[priv\]")
		name=$user
		[[ $user == alice ]] || name="net:\\[${net//[!0-9]/}\\]"
		check_line opened $user "$name" "${net//[!0-9]/}" created "$leader"
		check_match "$pairs" "ses=$(<"/proc/$leader/sessionid") " \
			'audit session'
		opened=$pairs
		connection_close $user
		wait_for log_has_closed $user || fail 'no line at close'
		check_line closed $user "$name" "${net//[!0-9]/}" created "$leader"
		check_eq "$pairs" "$opened" 'pairs of the closed line'
		log_since | grep -q "pam_unix(sshd:session): session opened.*$user" ||
			fail 'pam_unix has lost its line'
	done
	log_mark
	check_let_in alice
	check_match "$(log_of_modules info)" ' how=joined' 'second login'
	log_mark
	check_let_in bob
	check_eq "$(log_of_modules)" '' bystander
}

log_has_closed() {
	log_of_modules info | grep "): closed .*user=$1 "
}
test_case 'one line in the log at open and at close, as libpam writes them' \
	logs

# Whoever inherits a directory has a way out of a chroot.
no_directories() {
	local user pid fd
	for user in alice nina; do
		connection_open $user
		pid=$(pgrep -f "^sshd: $user \[priv\]")
		for fd in "/proc/$pid/fd/"*; do
			[[ ! -d $fd/. ]] || fail "$user: $(readlink "$fd")"
		done
	done
}
test_case 'guest the monitor of a session holds no directory' no_directories
