# SPDX-License-Identifier: GPL-2.0-or-later
# latency.svg from latency.dat, scaling.svg from scaling.csv, and init.svg from
# init.dat and figures.tsv. "plots" says which: test/bench sets it.
set terminal svg size 900,420 dynamic background 'white' font 'sans-serif,13'
set style line 1 lc rgb '#8a8a8a' lw 2 pt 7
set style line 2 lc rgb '#1b6ca8' lw 2 pt 7
set style line 3 lc rgb '#c8553d' lw 2 pt 7
set grid ytics lc rgb '#dddddd'
set border 3
set tics nomirror

if (strstrt(plots, 'init')) {
	figures(keys) = sprintf("< awk -F '\t' '$1 ~ /^(%s)$/ { print $1, $2 }' figures.tsv", keys)
	set style data histograms
	set style histogram clustered gap 1.5
	set style fill solid 0.9 noborder
	set yrange [0:*]
	set key below vertical reverse Left
	set terminal svg size 1200,420 dynamic background 'white' font 'sans-serif,13'
	set output 'init.svg'
	set multiplot layout 1,3
	set title 'A session opens, p50: us'
	plot 'init.dat' using 2:xtic(1) title 'without init=' ls 1, \
		'' using 3 title 'init=/bin/true' ls 2, \
		'' using 4 title '/bin/true by itself' ls 3
	set title 'A link to the host, p50: ms'
	plot figures('veth-us|veth-bare-us') using ($2 / 1000):xtic(stringcolumn(1) eq 'veth-us' ? 'veth' : 'bare calls') notitle ls 2, \
		15 with lines ls 3 title 'veth: at most'
	set title 'First logins a second, 8 at once'
	plot figures('veth-rate') using 2:xtic('veth') notitle ls 2, \
		40 with lines ls 3 title 'at least'
	unset multiplot
	set key default
	set terminal svg size 900,420 dynamic background 'white' font 'sans-serif,13'
}
if (!strstrt(plots, 'latency')) exit

set output 'latency.svg'
set title 'A session opens: p50 in us, and p99 as a line; name service cold'
set style data histograms
set style histogram errorbars gap 1.5 lw 1
set style fill solid 0.9 noborder
set bars 0.6
set key top left reverse Left
set yrange [0:*]
plot 'latency.dat' using 2:2:3:xtic(1) title 'raw system calls + pam\_permit' ls 1, \
	'' using 4:4:5 title 'libpam-net' ls 2, \
	'' using 6:6:7 title "Debian's libpam-net 0.3-2" ls 3

# A part that was not measured has no curve.
points(what, who, x, y) = sprintf("< awk -F, -v OFS='\t' '$1 == \"%s\" && $2 == \"%s\" { print %s, %s }' scaling.csv", what, who, x, y)
set style data linespoints
# Rows of other curves do not break this one.
set datafile missing 'nan'
set output 'scaling.svg'
set terminal svg size 900,760 dynamic background 'white' font 'sans-serif,13'
set multiplot layout 2,2
set key top left reverse Left
set logscale y
set yrange [*:*]
set format y '%g'
set title 'One name more, with 3000 names: us'
set xlabel 'live sessions'
plot points('names', 'ours', '($3 == 3000 ? $4 : "nan")', '$5') using 1:2 title 'libpam-net' ls 2, \
	points('names', 'peer', '($3 == 3000 ? $4 : "nan")', '$5') using 1:2 title '0.3-2' ls 3
set title 'Kernel memory of 500 sessions: MB'
set xlabel 'names'
plot points('names-memory', 'ours', '($4 == 500 ? $3 : "nan")', '$5 * 1024 / 1e6') using 1:2 title 'libpam-net' ls 2, \
	points('names-memory', 'peer', '($4 == 500 ? $3 : "nan")', '$5 * 1024 / 1e6') using 1:2 title '0.3-2' ls 3
set logscale x
set title 'A member joins: us'
set xlabel 'groups'
plot points('groups', 'ours-member', '$3', '$5') using 1:2 title 'libpam-net' ls 2, \
	points('groups', 'peer-member', '$3', '$5') using 1:2 title '0.3-2' ls 3
set title 'A bystander passes: us'
set xlabel 'members of the group'
plot points('members', 'ours-bystander', '$3', '$5') using 1:2 title 'libpam-net' ls 2, \
	points('members', 'peer-bystander', '$3', '$5') using 1:2 title '0.3-2' ls 3
unset multiplot
