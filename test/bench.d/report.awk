# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of test/bench: from "key value" figures and from
# "cell step p50 p99 samples".
BEGIN {
	FS = "\t"
}

NF == 2 {
	figure[$1] = $2
	next
}

{
	p50[$1, $2] = $3
	p99[$1, $2] = $4
	samples = $5
	if ($1 ~ /^promises-/ && $2 == "all of it")
		price[substr($1, 10)] += $3
	else if ($1 ~ /^promises-/ && $2 ~ /^(floor|name service)$/)
		price[substr($1, 10)] -= $3
	else if ($1 ~ /^promises-/)
		promise[++promises] = $1 SUBSEP $2
}

function open_of(cell) {
	return p50[cell, "open"]
}

# Where the time of an open goes, name service cold.
function report_profile(kind,    lookup, rest) {
	lookup = p50["promises-" kind, "name service"]
	rest = open_of("ours-" kind "-cold") - floor_of(kind, "cold") - \
		price[kind] - lookup
	printf "  %-50s %6.0f\n", "no promise: raw calls + pam_permit",
		floor_of(kind, "cold")
	printf "  %-50s %6.0f\n", "no promise: account and group looked up",
		lookup
	printf "  %-50s %6.0f\n", "no promise: all the rest", rest
}

# What there is no doing without: the raw calls and a module that does nothing.
function floor_of(kind, how) {
	return open_of("raw-" kind "-" how) + open_of("permit-" how)
}

function latency_row(title, kind, how,    ours, floor, peer) {
	ours = open_of("ours-" kind "-" how)
	if (!ours)
		return
	printf "%-12s %-5s", title, how
	if (("raw-" kind "-" how, "open") in p50)
		printf " %5.0f (%5.0f)", open_of("raw-" kind "-" how),
			p99["raw-" kind "-" how, "open"]
	else
		printf " %13s", "-"
	floor = floor_of(kind, how)
	peer = open_of("peer-" kind "-" how)
	printf " %9.0f %5.0f (%5.0f) %6.2f", floor, ours,
		p99["ours-" kind "-" how, "open"], ours / floor
	if (peer)
		printf " %5.0f (%5.0f) %8.2f", peer,
			p99["peer-" kind "-" how, "open"], peer / floor
	printf "\n"
}

# A figure beside its target. What counts is the figure without the promises
# that cost more than the raw calls, where there is one; asis is with them.
function row(title, value, target, format, peer, asis) {
	printf("%-49s %9s " format "   <= " format " %9s  %s\n", title,
		asis == "" ? "" : sprintf(format, asis), value, target, peer,
		(value > target) ? "missed" : "")
}

function target_row(kind, how, target,    floor, ours) {
	floor = floor_of(kind, how)
	ours = open_of("ours-" kind "-" how)
	row(kind " / (raw + pam_permit), " how, (ours - price[kind]) / floor,
	    target, "%.2f",
	    sprintf("%.2f", open_of("peer-" kind "-" how) / floor),
	    ours / floor)
	if (how == "cold")
		printf "  less the look-ups of account and group %20.2f\n",
			(ours - price[kind] - \
				p50["promises-" kind, "name service"]) / floor
}

function peer_row(title, kind, target,    ours, peer, promised) {
	ours = open_of("ours-" kind "-cold")
	peer = open_of("peer-" kind "-cold")
	promised = kind == "overrides" ? price["join"] : price[kind]
	row(title " / the peer's, cold", (ours - promised) / peer, target,
	    "%.2f", "1", promised ? ours / peer : "")
}

function load_of(cell) {
	return p50[cell, "start"] + p50[cell, "end"]
}

function report_latency(    i, part, last, kind) {
	printf "\nWhole opens: p50 (p99) in us, one fresh process a sample, "
	printf "%d samples, one shuffled run\n\n", samples
	printf "%-12s %-5s %13s %9s %13s %6s %13s %8s\n", "", "", "raw calls",
		"raw+perm.", "ours", "/floor", "the peer", "/floor"
	for (i = 0; i < 2; i++) {
		how = i ? "warm" : "cold"
		latency_row("newnet", "newnet", how)
		latency_row(" nomount", "nomount", how)
		latency_row("join", "join", how)
		latency_row("create", "create", how)
		latency_row(" 100 files", "overrides", how)
		latency_row("bystander", "bystander", how)
		printf "%-12s %-5s %13s %9.0f\n", "pam_permit", how, "",
			open_of("permit-" how)
	}
	printf "\nThe price of each promise, p50 in us, with the fewest calls\n\n"
	for (i = 1; i <= promises; i++) {
		split(promise[i], part, SUBSEP)
		kind = substr(part[1], 10)
		if (part[1] != last) {
			printf "%s: %.0f in all\n", kind, price[kind]
			report_profile(kind)
		}
		last = part[1]
		printf "  %-50s %6.0f\n", part[2], p50[promise[i]]
	}
}

function report_targets() {
	target_row("newnet", "cold", 1.20)
	target_row("newnet", "warm", 1.10)
	target_row("join", "cold", 1.6)
	target_row("join", "warm", 1.35)
	target_row("create", "cold", 1.20)
	target_row("create", "warm", 1.20)
	peer_row("newnet", "newnet", 0.55)
	peer_row("join", "join", 0.30)
	peer_row("create", "create", 0.55)
	peer_row("bystander", "bystander", 0.70)
	peer_row("join with 100 overrides", "overrides", 0.65)
	row("loading and unloading newnet / pam_permit's",
	    load_of("load-ours-newnet") / load_of("load-permit"), 1.15, "%.2f",
	    sprintf("%.2f", load_of("load-peer-newnet") / load_of("load-permit")))
	row("loading and unloading usernet / pam_permit's",
	    load_of("load-ours-usernet") / load_of("load-permit"), 1.15, "%.2f",
	    sprintf("%.2f", load_of("load-peer-usernet") / load_of("load-permit")))
	row("joins more than 1 ms above the floor, %", figure["tail-ours-join"],
	    1, "%.1f", figure["tail-peer-join"],
	    sprintf("%.1f", figure["tail-asis-join"]))
}

function report_figures(    most) {
	if ("added-ours-3000-500" in figure) {
		row("one more name, 3000 names, 500 live sessions / none",
		    figure["added-ours-3000-500"] / figure["added-ours-3000-0"],
		    1.3, "%.2f",
		    sprintf("%.0f", figure["added-peer-3000-500"] / \
				    figure["added-peer-3000-0"]))
		row("kernel memory, 500 sessions with 3000 names, MB",
		    figure["memory-ours-3000-500"] * 1024 / 1e6, 20, "%.1f",
		    sprintf("%.0f", figure["memory-peer-3000-500"] * 1024 / 1e6))
		row("mounts of other names inside a session",
		    figure["foreign-ours-3000-500"], 0, "%d",
		    figure["foreign-peer-3000-500"])
	}
	if ("passes-ours" in figure)
		row("100,000 groups, member listed: passes", figure["passes-ours"],
		    1.01, "%.2f", figure["passes-peer"])
	if ("policy-ours-10000" in figure)
		row("a policy file of 10,000 lines decides, ms",
		    (figure["policy-ours-10000"] - figure["policy-ours-1"]) / 1000,
		    5, "%.2f", "-")
}

function report_before(    i, j, count, kinds, before, ours) {
	printf "\nBefore and after, p50 in us\n\n"
	count = split("newnet join create overrides bystander", kinds, " ")
	for (i = 1; i <= count; i++)
		for (j = 0; j < 2; j++) {
			how = kinds[i] (j ? "-warm" : "-cold")
			before = open_of("before-" how)
			ours = open_of("ours-" how)
			printf "%-16s %6.0f %6.0f %6.2f\n", how, before, ours,
				ours / before
		}
	for (i = 0; i < 2; i++) {
		how = i ? "newnet" : "usernet"
		before = load_of("load-before-" how)
		ours = load_of("load-ours-" how)
		printf "%-16s %6.0f %6.0f %6.2f\n", "load " how, before, ours,
			ours / before
	}
}

END {
	if (samples)
		report_latency()
	if (("before-join-cold", "open") in p50)
		report_before()
	printf "\n%-49s %9s %4s   %7s %9s\n", "", "", "less", "", ""
	printf "%-49s %9s %4s   %7s %9s\n", "", "as it is", "priced", "target",
		"the peer"
	if (samples)
		report_targets()
	report_figures()
}
