# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Part of test/bench: processor time of a login and its end, on all processors
# and with what the kernel does later. It is what the processes of this host
# took, which are in a cgroup of their own, helpers too, and the kernel's own
# threads, which also work for others: "nothing" shows how much.

# cgroup_enter: process 1 with all that it starts
cgroup_enter() {
	cgroup_root=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
	[[ $cgroup_root ]] || die 'cores: no cgroup2'
	cgroup_old=$cgroup_root$(sed -n 's/^0:://p' /proc/self/cgroup)
	cgroup=$cgroup_root/libpam-net-bench-$RANDOM
	mkdir "$cgroup"
	echo $$ >"$cgroup/cgroup.procs"
}

cgroup_leave() {
	echo $$ >"$cgroup_old/cgroup.procs"
	rmdir "$cgroup"
}

cgroup_ns() {
	awk '$1 == "usage_usec" { print $2 "000" }' "$cgroup/cpu.stat"
}

# Prints "thread ns" for each of the kernel's.
kernel_ns() {
	local id ns
	while read -r id; do
		# It may be gone meanwhile.
		read -r ns _ 2>/dev/null <"$work/machine/$id/schedstat" || continue
		echo "$id $ns"
	done < <(cat "$work/machine"/[0-9]*/stat 2>/dev/null |
		sed -n -E 's/^([0-9]+) .*\) . 2 .*/\1/p')
}

# cores_sample CELL COMMAND...: one that prints how many logins it made. What
# it takes to look at the kernel's threads is not between the two looks at the
# cgroup.
cores_sample() {
	local name=$1 count before ns
	shift
	kernel_ns >"$work/kernel-ns"
	before=$(cgroup_ns)
	count=$("$@")
	# Namespaces are taken apart in the background.
	sleep 1
	ns=$(($(cgroup_ns) - before))
	ns=$(kernel_ns | awk -v sum="$ns" '
		FNR == NR { before[$1] = $2; next }
		{ sum += $2 - before[$1] }
		END { printf "%.0f", sum }' "$work/kernel-ns" -)
	printf '%s\tcore-ms\t%s\n' "$name" "$(calc %.3f "$ns / 1e6 / $count")"
}

# Nobody logs in, for as many seconds as a sample takes.
nothing() {
	sleep "$seconds"
	calc %.1f "$seconds + 1"
}

cores_round() {
	local cell user
	for cell in $(shuf -e nothing permit "${whose[@]/%/-newnet}" \
		"${whose[@]/%/-usernet}"); do
		if [[ $cell == nothing ]]; then
			cores_sample nothing nothing
			continue
		fi
		case $cell in
		permit) user=bob ;;
		*-newnet) user=nina ;;
		*-usernet) user=alice ;;
		esac
		cores_sample "$cell" "$out/login" often "$confdir" "$cell" \
			$user "$seconds"
	done
}

part_cores() {
	local crowds=() holds=() hold leader seconds=2 rounds=9
	local cgroup_root cgroup_old cgroup round who kind
	local -A p50=() p90=()
	[[ -z $quick ]] || seconds=1 rounds=3
	say "cores: $rounds times $seconds s of logins of each kind"
	names_clear
	crowd ours-usernet alice 1
	cgroup_enter
	for ((round = 0; round < rounds; round++)); do
		cores_round
	done >"$out/cores.tsv"
	cgroup_leave
	load_statistics "$out/cores.tsv"
	printf '\ncore-ms of a login and its end, p50 of %d (nobody: %.1f a second)\n\n' \
		$rounds "${p50[nothing/core-ms]}"
	printf '%-10s %8s %10s %8s %10s\n' '' newnet /permit join /permit
	printf '%-10s %8.2f %10s %8.2f\n' pam_permit "${p50[permit/core-ms]}" '' \
		"${p50[permit/core-ms]}"
	for who in "${whose[@]}"; do
		printf '%-10s' "$who"
		for kind in newnet usernet; do
			printf ' %8.2f %10s' "${p50[$who-$kind/core-ms]}" "$(ratio \
				"${p50[$who-$kind/core-ms]}" "${p50[permit/core-ms]}")"
		done
		echo
		figure "cores-newnet-$who" "$(calc %.2f "${p50[$who-newnet/core-ms]}")"
		figure "cores-join-$who" "$(ratio "${p50[$who-usernet/core-ms]}" \
			"${p50[permit/core-ms]}")"
	done
	crowd_end
	names_clear
}
