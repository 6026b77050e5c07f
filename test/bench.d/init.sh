# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Part of test/bench: what init= adds to a login, beside what the program
# itself takes, and what init=veth takes.

init_cells() {
	cell program - floor program warm /bin/true
	login_cell create uw ours-usernet alan warm
	login_cell create-init uw ours-init alan warm
	login_cell newnet w ours-newnet nina warm
	login_cell newnet-init w ours-newnet-init nina warm
	login_cell join - ours-usernet alice warm
	login_cell join-init - ours-init alice warm
}

# Prints "kind without with program", for the plot.
init_bars() {
	local kind
	for kind in create newnet join; do
		echo "$kind $(median_of init $kind) $(median_of init $kind-init)" \
			"$(median_of init program)"
	done
}

part_init() {
	local kind share mark few=$((samples < 100 ? samples : 100))
	say "init=/bin/true: $few samples of each kind"
	names_clear
	login_once ours-init alice
	init_cells | medians_of init 1
	init_bars >"$out/init.dat"
	for kind in create newnet; do
		share=$(calc %.0f "$(median_of init $kind-init) - $(median_of init $kind) - \
			$(median_of init program)")
		mark=
		((share <= 1000)) || mark=' !'
		printf 'init= adds %s us to %s beside the program (target 1000)%s\n' \
			"$share" $kind "$mark"
		figure "init-share-$kind" "$share"
	done
	printf 'init= adds %s us to a join\n' \
		"$(calc %.0f "$(median_of init join-init) - $(median_of init join)")"
	names_clear
	measure_veth
}

# ---- veth ------------------------------------------------------------------

# Where only root can write, and on a network with a way out.
prepare_veth() {
	local i
	mkdir /run/init /run/etc
	cp "$top"/init/{functions,veth} /run/init/
	sysctl -qw net.ipv4.ip_forward=1
	echo 'veth:x:2103:' >>/etc/group
	for ((i = 0; i < names; i++)); do
		echo "user$i:x:$((3000 + i)):2103::/:/bin/sh" >>/etc/passwd
	done
	stack ours-veth "${modules[ours]}/pam_usernet.so group=veth init=/run/init/veth"
}

# The same calls of ip and nft, without all that decides about them.
bare_link() {
	local n=$1
	nft -t list chains >/dev/null
	ip -batch - <<-END
		link add bare$n address 02:00:00:00:00:01 type veth peer name eth0 address 06:00:00:00:00:01 netns $NETNS_PATH
		address add 10.0.$((n / 128)).$((n % 128 * 2))/31 dev bare$n
		link set bare$n up
		neigh add 10.0.$((n / 128)).$((n % 128 * 2 + 1)) lladdr 06:00:00:00:00:01 dev bare$n nud permanent
	END
	nsenter --net="$NETNS_PATH" ip -batch - <<-END
		address add 10.0.$((n / 128)).$((n % 128 * 2 + 1))/31 dev eth0
		link set eth0 up
		route add default via 10.0.$((n / 128)).$((n % 128 * 2))
		neigh add 10.0.$((n / 128)).$((n % 128 * 2)) lladdr 02:00:00:00:00:01 dev eth0 nud permanent
	END
	ip link set dev "bare$n" alias "bare$n"
}

# time_links NAME COUNT COMMAND...: the median of a fresh namespace each, in us
time_links() {
	local name=$1 count=$2 i begun
	shift 2
	mkdir /run/links
	for ((i = 0; i < count; i++)); do
		export NETNS_PATH=/run/links/$name$i NETNS_DIR=/etc/netns/$name$i
		: >"$NETNS_PATH"
		unshare --net="$NETNS_PATH" true
		begun=$EPOCHREALTIME
		"$@" "$i" >/dev/null || die "$*: $i"
		echo $((${EPOCHREALTIME/./} - ${begun/./}))
	done | sort -n | sed -n "$(((count + 1) / 2))p"
	umount /run/links/*
	rm -r /run/links
}

veth_link() {
	/run/init/veth create "veth$1" alan
}

# first_login USER: says so if it has failed
first_login() {
	"$out/login" time "$confdir" ours-veth "$1" cold >/dev/null 2>&1 || echo "$1"
}

# grouped NUMBER: 2,000
grouped() {
	sed -E ':again; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; t again' <<<"$1"
}

# Links that lead out, each with an address that no other has.
links_made() {
	ip -4 -o address | awk '/pamnet/ { print $4 }' | sort -u | wc -l
}

measure_veth() {
	local names=2000 count=100 failed made begun took veth bare rate mark=
	[[ -z $quick ]] || names=100 count=25
	say "init=veth: $count links, $(grouped $names) first logins"
	prepare_veth
	export NETNS_ETC=/run/etc
	bare=$(time_links bare "$count" bare_link)
	veth=$(time_links veth "$count" veth_link)
	((veth <= 15000 && veth * 2 <= bare * 3)) || mark=' !'
	printf 'veth takes %s us, the bare calls %s us: %s (target 15000, 1.50)%s\n' \
		"$veth" "$bare" "$(ratio "$veth" "$bare")" "$mark"
	figure veth-us "$veth"
	figure veth-bare-us "$bare"
	names_clear
	# The kernel takes a while to end them.
	while (($(links_made))); do sleep 0.1; done
	export -f first_login
	export out confdir
	begun=$EPOCHREALTIME
	failed=$(seq -f 'user%.0f' 0 $((names - 1)) |
		xargs -P 8 -I{} bash -c 'first_login {}' | wc -l)
	took=$((${EPOCHREALTIME/./} - ${begun/./}))
	rate=$(calc %.0f "$names * 1000000 / $took")
	made=$(links_made)
	mark=
	((failed == 0 && made == names)) || mark=' !'
	printf 'first logins with veth, 8 at once: %s of %s, with %s addresses%s\n' \
		"$(grouped $((names - failed)))" "$(grouped $names)" "$(grouped "$made")" "$mark"
	mark=
	((rate >= 40)) || mark=' !'
	printf 'they are %s a second (target 40)%s\n' "$rate" "$mark"
	figure veth-rate "$rate"
	figure veth-failed "$failed"
	names_clear
	nft flush ruleset
}
