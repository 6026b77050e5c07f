# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Part of test/bench: the first login of a name that two users share, while
# the other one starves his own first login of it (attack.c).

# Prints the ms until the victim is in; "denied" or "late" if it is not.
# attack_once WHO [COMMAND...]: COMMAND runs the victim's login
attack_once() {
	local who=$1 status=0
	shift
	names_clear
	# So that /run/netns is there already.
	login_once "$who-usernet" anna
	"$@" timeout "$limit" "$out/login" time "$confdir" "$who-policy" bob \
		warm >"$work/victim" 2>"$work/victim-said" || status=$?
	case $status in
	0) awk '$1 ~ /^(start|open)$/ { us += $2 }
		END { printf "%.2f\n", us / 1000 }' "$work/victim" ;;
	1) echo denied ;;
	77) echo early ;;
	124) echo late ;;
	*) die "attack: $(<"$work/victim-said")" ;;
	esac
}

# One that is over before it has begun does not count. After the first victim
# that was not let in, no more are needed.
attack_trials() {
	local who=$1 count=0 tries ms
	ln -sfn "$confdir/marked-$who-policy" /etc/pam.d/bench
	for ((tries = 0; tries < 5 * trials && count < trials; tries++)); do
		ms=$(attack_once "$who" "$out/attack" alice)
		case $ms in
		early) continue ;;
		late | denied) ms=$((limit * 1000)) ;;
		esac
		printf '%s\tattack\t%s\n' "$who" "$ms"
		count=$((count + 1))
		((${ms%.*} < limit * 1000)) || break
	done
}

attack_quiet() {
	local i
	for ((i = 0; i < few; i++)); do
		printf '%s\tquiet\t%s\n' "$1" "$(attack_once "$1")"
	done
}

part_attack() {
	local who limit=20 trials=20 worst count
	local -A p50=() p90=()
	[[ -z $quick ]] || limit=5 trials=5
	say "attack: at most $trials times $limit s each"
	make_services
	echo '* * shared' >/etc/policy
	for who in "${whose[@]}"; do
		# It has no names that two users share.
		[[ $who != peer ]] || continue
		attack_quiet "$who"
		attack_trials "$who"
	done >"$out/attack.tsv"
	load_statistics "$out/attack.tsv"
	printf '\nfirst login of a shared name, ms till it is in\n\n'
	printf '%-10s %12s %12s %12s %8s %8s\n' '' 'quiet, p50' \
		'attack, p50' 'worst' attacks /quiet
	for who in "${whose[@]}"; do
		[[ $who != peer ]] || continue
		read -r worst count < <(awk -F '\t' -v who="$who" '
			$1 == who && $2 == "attack" {
				n++
				if ($3 > worst)
					worst = $3
			}
			END { print worst + 0, n + 0 }' "$out/attack.tsv")
		printf '%-10s %12.2f %12.2f %12.2f %8d %8s%s\n' "$who" \
			"${p50[$who/quiet]}" "${p50[$who/attack]-0}" "$worst" \
			"$count" "$(ratio "$worst" "${p50[$who/quiet]}")" \
			"$( ((${worst%.*} < limit * 1000)) || echo ' and more')"
		figure "attack-quiet-$who" "${p50[$who/quiet]}"
		figure "attack-worst-$who" "$worst"
	done
	rm /etc/policy
	names_clear
}
