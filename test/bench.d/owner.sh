# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Part of test/bench: what owner costs, beside the same login without it.

owner_cells() {
	login_cell create uw ours-usernet alan warm
	login_cell create-owner uw ours-owner alan warm
	login_cell newnet w ours-newnet nina warm
	login_cell newnet-owner w ours-newnet-owner nina warm
	login_cell join - ours-usernet alice warm
	login_cell join-owner - ours-owner anna warm
}

# owner_ratio NAME TARGET
owner_ratio() {
	local ratio mark=
	ratio=$(ratio "$(median_of owner "$1-owner")" "$(median_of owner "$1")")
	[[ ! $2 || $(calc %d "$ratio <= $2") == 1 ]] || mark=' !'
	printf 'with owner, %s takes %s times as long%s%s\n' "$1" "$ratio" \
		"${2:+ (target $2)}" "$mark"
	figure "owner-ratio-$1" "$ratio"
}

# owner_memory SERVICE COUNT: kernel memory of a session of nina, in KiB
owner_memory() {
	local before after
	settle
	before=$(kernel_memory)
	crowd "$1" nina "$2"
	settle
	after=$(kernel_memory)
	crowd_end
	calc %.1f "($after - $before) / $2"
}

part_owner() {
	local few=$((samples < 100 ? samples : 100)) count=200 plain owned mark=
	say "owner: $few samples of each kind"
	names_clear
	login_once ours-usernet alice
	login_once ours-owner anna
	owner_cells | medians_of owner 1
	owner_ratio create 1.3
	owner_ratio join 1.05
	owner_ratio newnet ''
	# The first crowd pays for what stays.
	owner_memory ours-newnet $count >/dev/null
	plain=$(owner_memory ours-newnet $count)
	owned=$(owner_memory ours-newnet-owner $count)
	[[ $(calc %d "$owned - $plain <= 5") == 1 ]] || mark=' !'
	printf 'kernel memory of a session of newnet: %s KiB, with owner %s (target 5 more)%s\n' \
		"$plain" "$owned" "$mark"
	figure owner-memory "$(calc %.1f "$owned - $plain")"
}
