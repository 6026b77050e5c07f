# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Part of test/bench: what a login costs on a machine where much is going on.

# growth_row WHAT KIND STEP LESS MORE: cells are "WHAT-N-KIND-WHO"
growth_row() {
	local what=$1 kind=$2 step=$3 less=$4 more=$5 who few many
	for who in "${whose[@]}"; do
		few=${p50[$what-$less-$kind-$who/$step]}
		many=${p50[$what-$more-$kind-$who/$step]}
		printf '%-10s %-10s %-8s %9.0f %9.0f %7s\n' "$who" "$kind" \
			"$step" "$few" "$many" "$(ratio "$many" "$few")"
	done
}

growth_head() {
	printf '\n%-30s %9s %9s   ratio\n\n' "$1" "$2" "$3"
}

live_cells() {
	local count=$1 who=$2
	login_cell "live-$count-newnet-$who" w "$who-newnet" nina warm
	login_cell "live-$count-join-$who" - "$who-usernet" alice warm
}

# Each build stands beside sessions of its own.
growth_live() {
	local who kind
	for who in "${whose[@]}"; do
		names_clear
		crowd "$who-usernet" alice 1
		measure live < <(live_cells 0 "$who")
		crowd "$who-newnet" nina 800
		settle
		measure live < <(live_cells 800 "$who")
		crowd_end
		settle
	done
	growth_head 'opening, p50 in us' alone '800 live'
	for kind in newnet join; do
		growth_row live $kind open 0 800
		growth_figures live $kind open 0 800
	done
}

# growth_figures WHAT KIND STEP N...
growth_figures() {
	local what=$1 kind=$2 step=$3 n who
	shift 3
	for n; do
		for who in "${whose[@]}"; do
			figure "$what-$n-$kind-$who" \
				"${p50[$what-$n-$kind-$who/$step]}"
		done
	done
}

mount_cells() {
	local count=$1 who
	real_cell "mounts-$count-permit" - su permit bob
	for who in "${whose[@]}"; do
		real_cell "mounts-$count-bystander-$who" - su "$who-bystander" bob
		real_cell "mounts-$count-newnet-$who" w su "$who-newnet" nina
		real_cell "mounts-$count-join-$who" - su "$who-usernet" alice
	done
}

# The whole of "su -c true": what somebody waits for.
growth_mounts() {
	local count kind step
	make_services
	mkdir "$work/many"
	mount -t tmpfs many "$work/many"
	for count in 50 3000; do
		"$out/names" mounts "$work/many" $((count - \
			$(wc -l </proc/self/mountinfo)))
		names_clear
		crowd ours-usernet alice 1
		measure mounts < <(mount_cells $count)
		crowd_end
	done
	umount -R "$work/many"
	for step in whole open; do
		growth_head "su -c true, $step, p50 in us" '50 mounts' 3000
		printf '%-10s %-10s %-8s %9.0f %9.0f %7s\n' pam_permit '' $step \
			"${p50[mounts-50-permit/$step]}" \
			"${p50[mounts-3000-permit/$step]}" \
			"$(ratio "${p50[mounts-3000-permit/$step]}" \
				"${p50[mounts-50-permit/$step]}")"
		for kind in bystander newnet join; do
			growth_row mounts $kind $step 50 3000
		done
	done
	growth_figures mounts newnet whole 50 3000
	growth_figures mounts join whole 50 3000
}

# measure WHAT: the cells of stdin, into p50; samples are added to WHAT.tsv
measure() {
	cat >"$work/cells"
	shuffle "$work/cells" "$few" "$RANDOM" >"$work/samples"
	cat "$work/samples" >>"$out/$1.tsv"
	load_statistics "$work/samples"
}

part_growth() {
	local crowds=() holds=() hold leader
	local -A p50=() p90=()
	say 'growth: live sessions, and mounts on the host'
	rm -f "$out"/{live,mounts}.tsv
	growth_live
	growth_mounts
	names_clear
}
