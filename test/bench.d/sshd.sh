# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Part of test/bench: what our line takes in a real sshd, by real logins.

sshd_start() {
	make_services
	mkdir -p /etc/ssh /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/host_key
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/user_key
	cp /etc/ssh/user_key.pub /etc/ssh/authorized_keys
	cat >/etc/ssh/sshd_config <<-END
	ListenAddress 127.0.0.1
	HostKey /etc/ssh/host_key
	AuthorizedKeysFile /etc/ssh/authorized_keys
	UsePAM yes
	UseDNS no
	PidFile none
	END
	cat >/etc/ssh/ssh_config <<-END
	IdentityFile /etc/ssh/user_key
	StrictHostKeyChecking no
	UserKnownHostsFile /dev/null
	BatchMode yes
	LogLevel ERROR
	END
	/usr/sbin/sshd -D -f /etc/ssh/sshd_config &
	sshd=$!
	until (: </dev/tcp/127.0.0.1/22) 2>/dev/null; do
		kill -0 "$sshd" || die 'no sshd'
		sleep 0.05
	done
}

sshd_cells() {
	local who
	real_cell permit - ssh permit bob
	for who in "${whose[@]}"; do
		real_cell "bystander-$who" - ssh "$who-usernet" bob
		real_cell "newnet-$who" w ssh "$who-newnet" nina
		[[ $who == peer ]] ||
			real_cell "nomount-$who" w ssh "$who-nomount" nina
		real_cell "create-$who" uw ssh "$who-usernet" alan
		real_cell "join-$who" - ssh "$who-usernet" alice
		real_cell "again-$who" - ssh "$who-usernet" anna
	done
}

# above STEP CELL: "p50 (p90)" above pam_permit's p50
above() {
	local cell=$2/$1 permit=${p50[permit/$1]}
	if [[ ${p50[$cell]-} ]]; then
		calc '%.0f (%.0f)' \
			"${p50[$cell]} - $permit, ${p90[$cell]} - $permit"
	else
		echo -
	fi
}

# sshd_table NAMESERVICE STEP: and its figures
sshd_table() {
	local order=$1 step=$2 kind who
	printf '\n%s in sshd, nsswitch "%s", us above pam_permit (%s): p50 (p90)\n\n' \
		"$step" "$order" "$(calc %.0f "${p50[permit/$step]}")"
	printf '%-16s %16s %16s %16s %7s %7s\n' '' ours -b 'the peer' /-b /peer
	for kind in bystander newnet nomount create join again; do
		printf '%-16s' "${titles[$kind]}"
		for who in ours before peer; do
			printf ' %16s' "$(above "$step" $kind-$who)"
			[[ ${p50[$kind-$who/$step]-} ]] || continue
			figure "sshd-${order/ /-}-${step/open/}$kind-$who" "$(calc %.1f \
				"${p50[$kind-$who/$step]} - ${p50[permit/$step]}")"
		done
		printf ' %7s %7s\n' "$(above_ratio "$step" $kind before)" \
			"$(above_ratio "$step" $kind peer)"
	done
}

# above_ratio STEP KIND WHO: ours over that of WHO. The peer closes nothing.
above_ratio() {
	if [[ $1/$3 == close/peer ]]; then
		echo -
		return
	fi
	ratio "${p50[$2-ours/$1]} - ${p50[permit/$1]}" \
		"${p50[$2-$3/$1]-0} - ${p50[permit/$1]}"
}

part_sshd() {
	local crowds=() holds=() hold leader sshd order samples few=$few
	local -A p50=() p90=() titles=([bystander]=bystander [newnet]=newnet
		[nomount]='newnet nomount' [create]='first of a name'
		[join]='join' [again]='join, nobody in')
	[[ -z $quick ]] || few=5
	say "sshd: $few samples of each kind, twice"
	names_clear
	login_once ours-usernet anna
	crowd ours-usernet alice 1
	sshd_start
	sshd_cells >"$work/cells"
	for order in files 'files systemd'; do
		name_service "$order"
		samples=$out/sshd-${order/ /-}.tsv
		# sshd does not run ahead of others, so its client does not.
		"$out/shuffle" "$work/cells" "$few" "$RANDOM" >"$samples"
		load_statistics "$samples"
		sshd_table "$order" open
		sshd_table "$order" close
	done
	name_service 'files systemd'
	kill "$sshd"
	crowd_end
	names_clear
}
