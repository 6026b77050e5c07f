#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# init/rules: firewall and settings of a namespace, before anybody is in it.
# shellcheck source=init/lib.sh
. "$(dirname "$0")/lib.sh"

dir=/etc/netns/alice
rules=$dir/nftables.conf
settings=$dir/sysctl.conf

# write FILE: from standard input, below $dir
write() {
	mkdir -p "$(dirname "$dir/$1")"
	cat >"$dir/$1"
}

tables() {
	in_network alice nft list tables | sort | paste -sd' '
}

setting() {
	in_network alice sysctl -n "$1"
}

# ---- what it does ----------------------------------------------------------

nothing_to_do() {
	new_network alice
	init_create rules alice
	mkdir $dir
	init_create rules alice
	check_eq "$(<"$init_output")" \
		"there is no '/etc/netns/alice/nftables.conf', so no rules are loaded" 'the output'
	check_eq "$(tables)" '' 'the tables'
}
lab_case 'without files there is nothing to do, and that is said' nothing_to_do

loads_rules() {
	write nftables.conf <<-'END'
	table inet session {
		chain output {
			type filter hook output priority filter; policy drop;
			oifname "lo" accept
			tcp dport 443 accept
		}
	}
	END
	new_network alice
	init_create rules alice
	check_eq "$(tables)" 'table inet session' 'the tables'
	check_eq "$(nft list tables)" '' 'the tables of the host'
}
lab_case 'rules are in the namespace, and not on the host' loads_rules

sets_settings() {
	local before
	before=$(sysctl -n net.ipv4.ip_default_ttl net.ipv4.tcp_rmem)
	write sysctl.conf <<-'END'
	# comments, and blanks where sysctl.conf(5) has them
	; like this
	  net.ipv4.ip_default_ttl   =  33
	net/ipv4/tcp_rmem = 4096 8192 12288
	net.ipv4.conf.*.log_martians=1
	END
	new_network alice
	init_create rules alice
	check_eq "$(setting net.ipv4.ip_default_ttl)" 33 ttl
	check_eq "$(setting net.ipv4.tcp_rmem | tr -s '\t' ' ')" '4096 8192 12288' rmem
	check_eq "$(setting net.ipv4.conf.default.log_martians)" 1 'default'
	check_eq "$(setting net.ipv4.conf.lo.log_martians)" 1 'lo'
	check_eq "$(sysctl -n net.ipv4.ip_default_ttl net.ipv4.tcp_rmem)" "$before" \
		'those of the host'
}
lab_case 'settings are those of the namespace, not of the host' sets_settings

# As sysctl(8) reads it: net/ipv4/conf/a.b, or net.ipv4.conf.a/b.
dots_in_names() {
	local key
	for key in net/ipv4/conf/a.b/forwarding net.ipv4.conf.a/b.forwarding; do
		new_network alice
		in_network alice ip link add a.b type veth peer name c
		write sysctl.conf <<<"$key = 1"
		init_create rules alice
		check_eq "$(setting net/ipv4/conf/a.b/forwarding)" 1 "$key"
		umount /run/netns/alice
	done
}
lab_case 'an interface with a dot in its name has settings' dots_in_names

optional_settings() {
	write sysctl.conf <<-'END'
	-net.ipv4.no_such = 1
	-net.ipv4.ip_default_ttl = 1000
	net.ipv4.ip_default_ttl = 44
	END
	new_network alice
	init_create rules alice
	check_eq "$(setting net.ipv4.ip_default_ttl)" 44 ttl
	check_eq "$(grep -c '^line' "$init_output")" 2 'lines about what was left out'
}
lab_case 'a setting with a dash may fail, and is logged' optional_settings

# ---- includes --------------------------------------------------------------

includes() {
	write nftables.conf <<-'END'
	include "plain.nft"
	include "./dot.nft"
	include "parts/*.nft"
	include "none/*.nft"
	# include "/home/alice/commented.nft"
	include \
		"continued.nft"; include "/etc/shared.nft"
	END
	write plain.nft <<<'table ip plain {}'
	write dot.nft <<<'include "deep/er.nft"'
	write deep/er.nft <<<'table ip deeper { comment "not # a comment"; }
	include "deepest.nft"'
	write deepest.nft <<<'table ip deepest {}'
	write parts/1.nft <<<'table ip one {}'
	write 'parts/2 and a blank.nft' <<<'table ip two {}'
	write continued.nft <<<'table ip continued {}'
	echo 'table ip shared {}' >/etc/shared.nft
	new_network alice
	init_create rules alice
	check_eq "$(tables)" "table ip continued table ip deeper table ip deepest \
table ip one table ip plain table ip shared table ip two" 'the tables'
}
lab_case 'includes are looked up in the directory of the rules' includes

# nft would take the one in /etc without a word.
ambiguous_include() {
	write nftables.conf <<<'include "common.nft"'
	write common.nft <<<'table ip ours {}'
	echo 'table ip other {}' >/etc/common.nft
	new_network alice
	init_refuses rules alice "'common.nft'.*'/etc/common.nft'.*include \"./common"
	write nftables.conf <<<'include "./common.nft"'
	init_create rules alice
	check_eq "$(tables)" 'table ip ours' 'the tables'
}
lab_case 'an include that /etc has too is refused' ambiguous_include

missing_include() {
	write nftables.conf <<<'include "missing.nft"'
	new_network alice
	init_refuses rules alice "'$rules', line 1: .*missing.nft"
}
lab_case 'a missing include is refused' missing_include

includes_itself() {
	write nftables.conf <<<'include "./nftables.conf"'
	new_network alice
	init_refuses rules alice 'nft refuses'
}
lab_case 'rules that include themselves are refused' includes_itself

# ---- what is wrong ---------------------------------------------------------

broken_rules() {
	write nftables.conf <<-'END'
	table inet session {
		chain output {
			type filter hook output priority filter; policy drop;
		}
	}
	tabel inet typo {
	}
	END
	new_network alice
	init_refuses rules alice "^nft refuses '$rules', line 6: syntax error"
	check_eq "$(tables)" '' 'the tables'
	write nftables.conf <<<'add rule ip none none accept'
	init_refuses rules alice "^nft refuses '$rules', line 1: .*No such file"
	write nftables.conf <<<'include "part.nft"'
	write part.nft <<<'syntax!'
	init_refuses rules alice "^nft refuses '.*part.nft', line 1: "
}
lab_case 'rules that nft does not understand are refused, with their line' \
	broken_rules

# refused_setting LINE WHY
refused_setting() {
	echo "$1" | write sysctl.conf
	init_refuses rules alice "^'$settings', line 1: .*$2"
}

broken_settings() {
	new_network alice
	refused_setting 'net.ipv4.ip_forward' "no '='"
	refused_setting 'net.ipv4.no_such = 1' 'no such setting'
	refused_setting 'net.ipv4.conf.eth0.rp_filter = 1' 'no such setting'
	refused_setting 'net.ipv4.conf = 1' 'no such setting'
	refused_setting 'net.ipv4.ip_default_ttl = 1000' 'does not take'
	refused_setting 'net.ipv4.ip_default_ttl = abc' 'does not take'
	refused_setting '= 1' 'not a setting of a network'
	refused_setting 'net = 1' 'not a setting of a network'
	check_eq "$(setting net.ipv4.ip_default_ttl)" 64 ttl
}
lab_case 'settings that the kernel does not take are refused, with their line' \
	broken_settings

# The other settings are the host's, and writing them would change the host.
# shellcheck disable=SC2016
only_net() {
	local key host
	host=$(uname -n)
	new_network alice
	for key in kernel.hostname kernel/hostname net/../kernel/hostname \
		net.//.kernel.hostname net./..kernel.hostname \
		net/./../kernel/hostname net//../kernel/hostname \
		net/ipv4/../../kernel/hostname net/*/../../kernel/hostname \
		net/.?/kernel/hostname net/.[.]/kernel/hostname \
		'net/[.]./kernel/hostname' 'net/?./kernel/hostname' \
		'net/*./kernel/hostname' netkernel.hostname \
		/proc/sys/kernel/hostname /net/../kernel/hostname \
		'net /../kernel/hostname' 'net/.. /kernel/hostname' \
		'-kernel.hostname' '- net/../kernel/hostname' \
		'{net/../kernel/hostname,}' 'net/{..,}/kernel/hostname' \
		'net/$(echo ..)/kernel/hostname' 'net/`echo ..`/kernel/hostname' \
		'net/"."./kernel/hostname' 'net/\../kernel/hostname'; do
		echo "$key = owned" | write sysctl.conf
		init_refuses rules alice "^'$settings', line 1: "
		check_eq "$(uname -n)" "$host" "the name of the host after $key"
	done
}
lab_case 'settings outside net. are refused in every spelling' only_net

values_are_data() {
	write sysctl.conf <<-'END'
	net.ipv4.ip_default_ttl = $(touch /run/lab/owned)
	END
	new_network alice
	init_refuses rules alice 'does not take'
	write sysctl.conf <<-'END'
	net.ipv4.ip_default_ttl = `touch /run/lab/owned`; touch /run/lab/owned
	END
	init_refuses rules alice 'does not take'
	printf 'net.ipv4.ip_default_ttl = 35\r\n' | write sysctl.conf
	init_create rules alice
	[[ ! -e /run/lab/owned ]] || fail 'a value was run'
}
lab_case 'a value is never run' values_are_data

# ---- what is not safe ------------------------------------------------------

# unsafe WHAT REGEX
unsafe() {
	init_refuses rules alice "is not safe: .*$2"
	check_eq "$(tables)" '' "the tables, $1"
}

not_roots() {
	local file
	new_network alice
	for file in nftables.conf sysctl.conf; do
		rm -rf $dir
		write $file </dev/null
		chown alice $dir/$file
		unsafe 'owner' "'$dir/$file' is not owned by root; fix with: chown root "
		chown root $dir/$file
		chmod g+w $dir/$file
		unsafe 'group' "'$dir/$file' can be written.*fix with: chmod go-w "
		chmod g-w,o+w $dir/$file
		unsafe 'others' 'can be written'
		chmod o-w $dir/$file
		chmod o+w $dir
		unsafe 'directory' "'$dir' can be written"
		chmod o-w $dir
		chown alice $dir
		unsafe 'directory' "'$dir' is not owned by root"
		chown root $dir
		init_create rules alice
	done
}
lab_case 'files that are not only root'\''s are refused' not_roots

no_files() {
	local file
	new_network alice
	for file in nftables.conf sysctl.conf; do
		rm -rf $dir
		mkdir -p $dir
		mkfifo $dir/$file
		within 5 unsafe 'FIFO' 'not a regular file'
		rm $dir/$file
		mkdir $dir/$file
		init_refuses rules alice "'$dir/$file"
		rmdir $dir/$file
		ln -s nowhere $dir/$file
		unsafe 'dangling' 'cannot be found'
		ln -sf $file $dir/$file
		unsafe 'loop' 'cannot be found'
	done
}
lab_case 'what is no file is refused, and hangs nobody' no_files

links() {
	new_network alice
	mkdir -p $dir
	echo 'table ip shared {}' >/etc/shared.nft
	# The link in the user's home leads back to a file of root's.
	ln -s /etc/shared.nft /home/alice/link
	ln -s /home/alice/link $rules
	unsafe 'a link below a home' "'/home/alice' is not owned by root"
	ln -sfn /home/alice /etc/netns/up
	ln -sf ../up/link $rules
	unsafe 'a directory that is a link' "'/home/alice' is not owned by root"
	ln -sf /etc/shared.nft $rules
	init_create rules alice
	check_eq "$(tables)" 'table ip shared' 'the tables'
}
lab_case 'a link is as safe as all that it leads through' links

unsafe_includes() {
	local pattern
	new_network alice
	mkdir -p /home/alice/rules $dir/parts
	echo 'table ip hers {}' >/home/alice/rules/hers.nft
	write nftables.conf <<<'include "/home/alice/rules/hers.nft"'
	unsafe 'absolute' "'/home/alice' is not owned by root"
	write nftables.conf <<<'include "/home/alice/rules/*.nft"'
	unsafe 'a pattern' "'/home/alice' is not owned by root"
	write nftables.conf <<<'table ip a {} ; include "../../../home/alice/rules/hers.nft"'
	unsafe 'upwards' "'/home/alice"
	write nftables.conf <<<'include "parts/*"'
	write parts/one <<<'table ip b {
	include "./parts/.two"
	}'
	write parts/.two <<<'chain c {}'
	chmod o+w $dir/parts/.two
	unsafe 'nested' "'$dir/(./)?parts/.two' can be written"
	chmod o-w $dir/parts/.two
	init_create rules alice
	umount /run/netns/alice
	new_network alice
	# What nft takes for a pattern and sh does not.
	chown alice $dir/parts/one
	for pattern in 'parts/[^x]ne' '[^x]arts/one' 'parts/[!x]ne' 'parts/[[:alpha:]]ne' \
		'parts/[^[:digit:]]ne' 'parts/[a-z^]ne'; do
		write nftables.conf <<<"include \"$pattern\""
		unsafe "$pattern" "'$dir/(./)?parts/one' is not owned by root"
	done
}
lab_case 'an include that is not only root'\''s is refused' unsafe_includes

# What matches nothing yet: a later login would read what somebody adds.
includes_to_come() {
	local include what
	new_network alice
	mkdir -p /home/alice/rules /srv/group/of $dir/parts
	chmod g+w /srv/group/of
	ln -s /home/alice/parts $dir/dangling
	ln -s /home/alice/one.nft $dir/parts/dangling.nft
	while read -r include what; do
		write nftables.conf <<<"include \"$include\""
		unsafe "$include" "$what"
	done <<-END
		/home/alice/*.nft '/home/alice' is not owned by root
		/home/*/rules/*.nft '/home/[a-z]+' is not owned by root
		/home/alice/later/*.nft '/home/alice' is not owned by root
		../../../home/alice/rules/*.nft /home/alice' is not owned by root
		/srv/group/*/*.nft '/srv/group/of' can be written by others
		/srv/group/of/one.nft '/srv/group/of' can be written by others
		dangling/*.nft '/home/alice' is not owned by root
		parts/*.nft '/home/alice' is not owned by root
	END
	# Where nft would look first.
	mkdir -p /etc/of-alice
	chown alice /etc/of-alice
	write nftables.conf <<<'include "of-alice/*.nft"'
	unsafe 'in /etc' "'/etc/of-alice' is not owned by root"
	write nftables.conf <<<'include "parts/later/*.nft"'
	init_create rules alice
	rm -r /etc/of-alice /srv/group
}
lab_case 'an include to which others could add a file is refused' includes_to_come

# Its owner would flush the rules.
owned() {
	local holder
	write nftables.conf <<<'table ip session {}'
	setpriv --reuid=alice --regid=alice --clear-groups \
		unshare --user --map-root-user --net sleep 60 &
	holder=$!
	wait_for bash -c "grep -q '^ *0 ' /proc/$holder/uid_map &&
		[[ \$(readlink /proc/$holder/ns/net) != $(host_netns) ]]" ||
		skip 'no user namespace'
	network_path=/proc/$holder/ns/net
	init_refuses rules alice "owns this namespace.*without 'rules'"
	rm $rules
	init_refuses rules alice 'owns this namespace'
}
lab_case 'a namespace that its user owns is refused' owned

# ---- the rest --------------------------------------------------------------

nothing_is_left() {
	local before
	write nftables.conf <<<'table ip session {}'
	write sysctl.conf <<<'net.ipv4.ip_default_ttl = 33'
	new_network alice
	before=$(mounts_snapshot)
	init_create rules alice
	check_same "$(mounts_snapshot)" "$before" 'mounts'
	check_eq "$(ls -A /run/lab/etc.rules)" '' 'files for /etc'
	init_call remove rules alice || fail 'remove'
	check_eq "$(tables)" 'table ip session' 'tables after remove'
}
lab_case 'the host is as before, and remove has nothing to do' nothing_is_left

by_descriptor() {
	write nftables.conf <<<'table ip session {}'
	new_network alice
	exec {fd}</run/netns/alice
	network_path=/proc/$BASHPID/fd/$fd
	init_create rules alice
	check_eq "$(tables)" 'table ip session' tables
}
lab_case 'the namespace may be a descriptor of another process' by_descriptor

# shellcheck disable=SC2016
odd_names() {
	local name
	for name in 'a b' "it's" 'ü@example.org' '$(reboot)' '-f'; do
		dir=/etc/netns/$name
		write nftables.conf <<<'include "more.nft"'
		write more.nft <<<'table ip session {}'
		new_network alice
		network_path=/run/netns/alice
		init_create rules "$name"
		check_eq "$(tables)" 'table ip session' "tables of $name"
		umount /run/netns/alice
	done
}
lab_case 'names with blanks, quotes and signs' odd_names

# To nft and the shell they are patterns.
names_like_patterns() {
	local name
	for name in 'a*' 'a?' 'a[bc]' 'net:[4026532000]' "$(printf '*%.0s' {1..60})"; do
		dir=/etc/netns/ab
		write more.nft <<<'table ip other {}'
		dir=/etc/netns/$name
		write nftables.conf <<<'include "more.nft"; include "./too.nft"'
		write more.nft <<<'table ip session {}'
		write too.nft <<<'table ip too {}'
		new_network alice
		network_path=/run/netns/alice
		init_create rules "$name"
		check_eq "$(tables)" 'table ip session table ip too' "tables of $name"
		umount /run/netns/alice
		chmod o+w "$dir/more.nft"
		new_network alice
		init_refuses rules "$name" 'is not safe: .*more.nft. can be written'
		umount /run/netns/alice
		rm -r "$dir"
	done
}
lab_case 'a name that looks like a pattern has its own rules' names_like_patterns

usage() {
	init_call create rules alice "" || fail 'an empty user'
	"$programs/rules" >"$init_output" 2>&1 && fail 'no argument'
	check_match "$(last_line)" '^usage: ' 'the last line'
	"$programs/rules" start alice alice >"$init_output" 2>&1 && fail 'another verb'
	check_match "$(last_line)" '^usage: ' 'the last line'
}

usage_case() {
	new_network alice
	usage
}
lab_case 'a call that is not understood is refused' usage_case

no_nft() {
	write nftables.conf <<<'table ip session {}'
	new_network alice
	hide /usr/sbin/nft
	init_refuses rules alice "no program 'nft'; fix with: apt-get install nftables"
}
lab_case 'without nft it says what to install' no_nft

missing_tools() {
	local tool
	write nftables.conf <<<'include "./part.nft"'
	write part.nft <<<'table ip session {}'
	write sysctl.conf <<<'net.ipv4.ip_default_ttl = 33'
	new_network alice
	for tool in namei mawk nsenter unshare; do
		hide /usr/bin/$tool
		init_refuses rules alice "$tool|safe|namespace"
		unhide
		check_eq "$(tables)" '' "the tables without $tool"
	done
	init_create rules alice
}
lab_case 'without a tool that checks, nothing is taken for safe' missing_tools

# What cannot be reached, or is not only root's, is not the same as nothing.
directory_unsafe() {
	new_network alice
	mkdir -p /etc/netns
	rm -rf "$dir"
	ln -s nothing "$dir"
	init_refuses rules alice 'is not safe|cannot find out'
	rm "$dir"
	touch "$dir"
	init_refuses rules alice "'$dir' is not safe: it is not a directory"
	rm "$dir"
	mkdir "$dir"
	chown alice "$dir"
	init_refuses rules alice "'$dir' is not owned by root"
	chown root "$dir"
	chmod g+w "$dir"
	init_refuses rules alice "'$dir' can be written by others"
	chmod g-w "$dir"
	init_create rules alice
}
lab_case 'a directory of rules that is not safe is refused, with and without files' \
	directory_unsafe

# Its first block is that of the firewall.
documented() {
	mkdir -p $dir
	sed -n '/^    # .etc.netns.alice.nftables.conf/,/^    }/s/^    //p' \
		"$programs/../doc/connect.md" | tr -d '\t' >$rules
	new_network alice
	init_create rules alice
	check_eq "$(tables)" 'table inet session' 'that of doc/connect.md'
	umount /run/netns/alice
	sed -n '/^table inet session/,/^}/p' "$programs/../man/init.rules.8" >$rules
	new_network alice
	init_create rules alice
	check_eq "$(tables)" 'table inet session' 'that of the manual'
}
lab_case 'the examples of the documentation work' documented

many() {
	{
		echo 'table ip session {'
		echo 'set blocked { type ipv4_addr; flags interval; elements = {'
		for ((i = 0; i < 5000; i++)); do
			echo "10.$((i / 256)).$((i % 256)).0/25,"
		done
		printf '%s\n' '}' '}' '}'
	} | write nftables.conf
	new_network alice
	within 3 init_create rules alice
}
lab_case '5,000 prefixes do not take seconds' many
