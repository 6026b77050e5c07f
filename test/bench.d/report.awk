# SPDX-License-Identifier: GPL-2.0-or-later
# The tables at the end of test/bench: from "key value" figures and from
# "cell step p50 p90 p99 samples". All ratios are raw: nothing is subtracted
# but where a row says so.
BEGIN {
	FS = "\t"
}

NF == 2 {
	figure[$1] = $2
	next
}

{
	p50[$1, $2] = $3
	p99[$1, $2] = $5
	samples = $6
}

function open_of(cell) {
	return p50[cell, "open"]
}

function load_of(cell) {
	return p50[cell, "start"] + p50[cell, "end"]
}

function ratio(a, b) {
	return a != "" && b > 0 ? sprintf("%.2f", a / b) : "-"
}

function p50_and_p99(cell) {
	if (!((cell, "open") in p50))
		return "-"
	return sprintf("%.0f (%.0f)", open_of(cell), p99[cell, "open"])
}

function latency_row(title, kind, how) {
	how = "-" how
	printf "%-11s %-4s %12s %12s %12s %12s %6s %6s %6s\n", title,
		substr(how, 2), p50_and_p99("raw-" kind how),
		p50_and_p99("ours-" kind how), p50_and_p99("before-" kind how),
		p50_and_p99("peer-" kind how),
		ratio(open_of("ours-" kind how), open_of("raw-" kind how)),
		ratio(open_of("ours-" kind how), open_of("before-" kind how)),
		ratio(open_of("ours-" kind how), open_of("peer-" kind how))
}

function report_latency(    i, how) {
	printf "\nOpening through libpam alone: p50 (p99) in us, a fresh "
	printf "process a sample,\n%d samples, one shuffled run\n\n", samples
	printf "%-16s %12s %12s %12s %12s %6s %6s %6s\n", "", "raw calls",
		"ours", "-b", "the peer", "/raw", "/-b", "/peer"
	for (i = 0; i < 2; i++) {
		how = i ? "warm" : "cold"
		latency_row("newnet", "newnet", how)
		latency_row(" nomount", "nomount", how)
		latency_row("join", "join", how)
		latency_row("create", "create", how)
		latency_row(" 100 files", "overrides", how)
		latency_row("bystander", "bystander", how)
		printf "%-11s %-4s %12s %12s\n", "pam_permit", how, "",
			p50_and_p99("permit-" how)
	}
}

# A ratio that is to be at most the target: ours, the -b build's, the peer's.
function row(title, target, ours, before, peer) {
	if (ours == "" || ours == "-")
		return
	if (!rows++)
		printf "\n%-50s %8s %8s %8s    %s\n", "", "ours", "-b",
			"the peer", "target"
	printf "%-50s %8s %8s %8s <= %-5s %s\n", title, ours,
		before == "" ? "-" : before, peer == "" ? "-" : peer, target,
		(ours + 0 > target + 0) ? "missed" : ""
}

# KEY of WHO over KEY2 of WHO2, as figures have them.
function of(key, who, key2, who2) {
	return ratio(figure[key "-" who], figure[key2 "-" who2])
}

function row_to_peer(title, target, key, key_of_peer) {
	row(title, target, of(key, "ours", key_of_peer, "peer"),
		of(key, "before", key_of_peer, "peer"), "1")
}

function row_growth(title, target, more, less) {
	row(title, target, of(more, "ours", less, "ours"),
		of(more, "before", less, "before"), of(more, "peer", less, "peer"))
}

function report_sshd(    i, order, where) {
	for (i = 0; i < 2; i++) {
		order = i ? "files-systemd" : "files"
		where = "sshd, " order ": "
		order = "sshd-" order
		row_to_peer(where "newnet / the peer's", 1.7,
			order "-newnet", order "-newnet")
		row_to_peer(where "newnet nomount / its newnet", 1.0,
			order "-nomount", order "-newnet")
		row_to_peer(where "first of a name / the peer's", 1.8,
			order "-create", order "-create")
		row_to_peer(where "join / the peer's", 1.2,
			order "-join", order "-join")
		row(where "join / -b's", 0.8,
			of(order "-join", "ours", order "-join", "before"), "1",
			of(order "-join", "peer", order "-join", "before"))
		row(where "its close / -b's", 0.35,
			of(order "-closejoin", "ours", order "-closejoin", "before"),
			"1")
		row(where "a bystander / -b's", 1.1,
			of(order "-bystander", "ours", order "-bystander", "before"),
			"1",
			of(order "-bystander", "peer", order "-bystander", "before"))
	}
}

function report_growth() {
	row_growth("newnet, 800 live sessions / none", 1.15,
		"live-800-newnet", "live-0-newnet")
	row_growth("join, 800 live sessions / none", 1.15,
		"live-800-join", "live-0-join")
	row_growth("su, newnet, 3000 mounts / 50", 2.5,
		"mounts-3000-newnet", "mounts-50-newnet")
	row_growth("su, join, 3000 mounts / 50", 1.3,
		"mounts-3000-join", "mounts-50-join")
	row("core-ms of a newnet login and its end", 2.2,
		figure["cores-newnet-ours"], figure["cores-newnet-before"],
		figure["cores-newnet-peer"])
	row("the same, joining / pam_permit's", 2.2, figure["cores-join-ours"],
		figure["cores-join-before"], figure["cores-join-peer"])
	row("first of a name, attacked / quiet", 3,
		of("attack-worst", "ours", "attack-quiet", "ours"),
		of("attack-worst", "before", "attack-quiet", "before"))
}

function report_load(module) {
	row("loading and unloading " module " / pam_permit's", 1.15,
		ratio(load_of("load-ours-" module), load_of("load-permit")),
		ratio(load_of("load-before-" module), load_of("load-permit")),
		ratio(load_of("load-peer-" module), load_of("load-permit")))
}

function report_figures() {
	row("joins 1 ms above raw calls + pam_permit, busy, %", 1,
		figure["late-ours"], figure["late-before"], figure["late-peer"])
	if ("added-3000-500-ours" in figure) {
		row_growth("join, 3000 names / none", 1.2, "joins-login-3000",
			"joins-login-0")
		row_growth("the same, /run/netns as of ip-netns", 2.5,
			"joins-ip-netns-3000", "joins-ip-netns-0")
		row_growth("the same, /run/netns a tmpfs", 1.2,
			"joins-tmpfs-3000", "joins-tmpfs-0")
		row_growth("one more name, 3000 names, 500 sessions / none", 1.3,
			"added-3000-500", "added-3000-0")
		row("kernel memory, 500 sessions, 3000 names, MB", 20,
			sprintf("%.1f", figure["memory-3000-500-ours"] * 1024 / 1e6),
			"",
			sprintf("%.0f", figure["memory-3000-500-peer"] * 1024 / 1e6))
		row("mounts of other names inside a session", 0,
			figure["foreign-3000-500-ours"], "",
			figure["foreign-3000-500-peer"])
	}
	row("kernel memory of one more session that joins, KiB", 2,
		figure["memory-ours-usernet"], "", figure["memory-peer-usernet"])
	row("100,000 groups, member listed: passes", 1.01, figure["passes-ours"],
		"", figure["passes-peer"])
	if ("policy-10000-ours" in figure)
		row("a policy file of 10,000 lines decides, ms", 5,
			sprintf("%.2f", (figure["policy-10000-ours"] - \
					 figure["policy-1-ours"]) / 1000))
}

END {
	if (samples)
		report_latency()
	report_sshd()
	report_growth()
	if (samples) {
		report_load("newnet")
		report_load("usernet")
	}
	report_figures()
}
