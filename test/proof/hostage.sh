# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a user can do to the logins of others: nothing. Alice may stop, kill and
# starve her own su and sudo, as their real uid is hers. She does so at each
# system call of a login, and the others must be in at once all the same.
#
# usage: test/host bash test/proof/hostage.sh [--all]
# Without --all: at some calls and at those that look interesting.
# What runs elsewhere expands there:
# shellcheck disable=SC2016
cd "$(dirname "$0")/../.." || exit
. test/lib.sh

all=
case_limit=$((300 * patience))
if [[ ${1-} == --all ]]; then
	all=1
	case_limit=$((3600 * patience))
fi
stopper=$PWD/build/test/proof/stopper
table=$work/table
: >"$table"
# How long a login may take that nobody holds up, in seconds.
soon=10

# Before Linux 5.12 /run/netns may be left as ip-netns(8) prepares it, which
# shows each name twice.
mounts_of_a_name=1
[[ $(printf '%s\n' 5.12 "$(uname -r)" | sort -V | head -n 1) == 5.12 ]] ||
	mounts_of_a_name='[12]'

# ---- alice, and the others -------------------------------------------------

as_alice() {
	setpriv --reuid alice --regid alice --init-groups "$@"
}

# To be started with "&": $! is the command's.
exec_as_alice() {
	exec setpriv --reuid alice --regid alice --init-groups "$@"
}

# runs su|sudo: what alice runs, which prints where it is
runs() {
	case $1 in
	su) command=(su alice -c "$netns") ;;
	sudo) command=(sudo -u alice bash -c "$netns") ;;
	esac
}

# attack ACTION...: what is in "command", with alice as the user, and actions
# as stopper.c has them. Its processes are left in $pid, the answer to the last
# action in $answer: sent, refused or over.
attack() {
	local verb name
	rm -f /tmp/report /tmp/attacker
	"${session[@]}" "$stopper" "${options[@]}" -b "${bound-$team}" \
		/tmp/report "${sender-alice}" "$@" -- "${command[@]}" \
		>/tmp/attacker 2>&1 <<<secret
	[[ -e /tmp/report ]] || fail "no report: $(cat /tmp/attacker)"
	read -r verb pid answer name < <(tail -n 1 /tmp/report)
	[[ $verb != over ]] || answer=over
	at="$* ${name-}"
	[[ $answer ]] || fail "$*: $(cat /tmp/attacker)"
}

# What the attack begins with: options of stopper, and nsenter(1) into the
# session that alice starts from.
options=()
session=()
team=/proc/1/root/run/netns/team

# log_in WAY USER: prints where it is
log_in() {
	case $1 in
	su) timeout "$soon" su "$2" -c "$netns" ;;
	sudo) timeout "$soon" sudo -u "$2" bash -c "$netns" ;;
	ssh) timeout "$soon" ssh -l "$2" 127.0.0.1 "$netns" ;;
	esac 2>&1
}

# gets_in WAY USER NAME: at once, and lands in NAME
gets_in() {
	local start=$EPOCHREALTIME output
	output=$(log_in "$1" "$2")
	it_took "$start"
	check_landed "$1" "$2" "$3" "$output"
}

# it_took START: for the slowest, in ms
it_took() {
	local took=$(((${EPOCHREALTIME/./} - ${1/./}) / 1000))
	((took <= slowest)) || slowest=$took
}

# check_landed WAY USER NAME OUTPUT
check_landed() {
	[[ $4 =~ ^net:\[[0-9]+\]$ ]] ||
		fail "$2 was not in by $1 within $soon s, alice being at $at: '$4'"
	check_named "$3" "$4"
	logins=$((logins + 1))
}

check_one_mount() {
	check_match "$(grep -c " /run/netns/$1 " /proc/1/mountinfo)" \
		"^$mounts_of_a_name\$" "mounts of $1 after $at"
}

# Alan in alice's name, nina in another one, and alice once more, all at once;
# $1 turns the ways in which they come. By ssh is dear: not each time.
others_get_in() {
	local ways=(su ssh sudo) users=(alan nina alice)
	local names=(team other team) way i pids=() start=$EPOCHREALTIME
	(($1 % ${all:+2}4 == 0)) || ways=(su sudo su)
	for i in 0 1 2; do
		way=${ways[($1 + i) % 3]}
		log_in "$way" "${users[i]}" >"/tmp/in.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	it_took "$start"
	for i in 0 1 2; do
		check_landed "${ways[($1 + i) % 3]}" "${users[i]}" \
			"${names[i]}" "$(cat "/tmp/in.$i")"
	done
	check_one_mount team
	check_one_mount other
}

# The admin deletes the name: it is made again. What is held open does not
# give its number to another.
is_made_again() {
	local before held
	before=$(named_netns team)
	exec {held}</run/netns/team
	ip netns delete team || fail 'ip netns delete'
	gets_in su alan team
	check_ne "$(named_netns team)" "$before" 'namespace made again'
	exec {held}<&-
	check_one_mount team
}

is_in_state() {
	[[ $(sed 's/.*) //; s/ .*//' "/proc/$2/stat") == [$1] ]]
}

is_over() {
	! pgrep -x 'su|sudo' >/dev/null
}

# Alice lets go on what she stopped: it ends, and the name stays what it is.
# A login that has ended is never where it was not to be.
goes_on() {
	local before
	before=$(named_netns team)
	as_alice kill -CONT "$pid" || fail "cannot let it go on: $at"
	wait_for is_over || fail "alice's login does not end after $at"
	check_ne "$(grep -o 'net:.*' /tmp/attacker)" "$(host_netns)" \
		"where alice is after $at"
	check_eq "$(named_netns team)" "$before" "/run/netns/team after $at"
	check_one_mount team
	gets_in su alan team
}

# ---- where alice does it ---------------------------------------------------

# An argument of the line, which names a program that is called for each name.
init=

filled_by_program() {
	local init=init=/usr/local/sbin/hostage-init
	printf '#!/bin/sh\nexec sleep 0.01\n' >/usr/local/sbin/hostage-init
	chmod 755 /usr/local/sbin/hostage-init
	rules
	"$@"
	check_eq "$(grep ^init= /run/pam_net/names/team)" "$init" 'what ran'
}

# rules LINE...: before those that all cases have
rules() {
	pam_lines "session required pam_usernet.so config $init"
	printf '%s\n' "$@" 'alice * team' 'alan * team' 'nina * other' \
		>/etc/security/netns.conf
}

# hostage NAME FUNCTION [ARGUMENT...]: one case, for which alice and alan share
# a name
hostage() {
	local name=$1
	shift
	test_case "$name" with_rules "$name" "$@"
}

with_rules() {
	local logins=0 tries=0 slowest=0 name=$1 answer='' at='' pid=''
	shift
	rules
	"$@"
	printf '%s\t%d\t%d\t%d\n' "$name" "$tries" "$logins" "$slowest" \
		>>"$table"
}

first() {
	boot_again
}

join() {
	[[ $(named_netns team) ]] || gets_in su alan team
}

# alice_logs_in: her su starts from a session of hers, by ssh
alice_logs_in() {
	local inside
	rules 'alice * hers'
	ssh -l alice 127.0.0.1 'exec sleep 1000' >/dev/null 2>&1 &
	wait_for pgrep -u alice -x sleep || fail 'alice has no session'
	inside=$(pgrep -u alice -x sleep)
	check_named hers "$(netns_of "$inside")"
	session=(nsenter -m -n -t "$inside")
	rules
}

# calls: all of them in /tmp/calls, as stopper.c lists them, those that alice
# may not signal as well
list_calls() {
	attack list
	wait_for is_over || fail 'a login does not end'
	cp /tmp/report /tmp/calls
	(($(wc -l </tmp/calls) > 40)) ||
		fail "only $(wc -l </tmp/calls) calls: $(cat /tmp/attacker)"
}

# Whether alice's action needs no right to signal the process.
unsignalled=

# places STEP NAMES: of /tmp/calls, where alice may send a signal: each STEPth,
# those whose names are among NAMES, and where a helper begins
places() {
	awk -v step="${all:-$1}" -v names="$2" -v all_of="$unsignalled" '
		BEGIN {
			split(names, list, " ")
			for (i in list)
				wanted[list[i]] = 1
		}
		$3 != "may" && !all_of { next }
		{
			helper = $1 !~ /^0:/
			if (NR % step == 0 || $2 in wanted ||
			    (helper && helpers++ < 12))
				print $1
		}' /tmp/calls
}

interesting='flock clone clone3 mount move_mount unshare setns'

# each_place FUNCTION STATE STEP NAMES: at each of these places
each_place() {
	local function=$1 state=$2 place missed=0
	"$state"
	list_calls
	for place in $(places "$3" "$4"); do
		"$state"
		"$function" "$place"
		[[ $answer != over ]] || missed=$((missed + 1))
		[[ $answer == over ]] || tries=$((tries + 1))
	done
	((tries > 2 && missed <= 2 + tries / 10)) ||
		fail "tried at $tries places, $missed were not reached"
}

# ---- stopped and killed ----------------------------------------------------

stopped_at() {
	attack "STOP@$1"
	[[ $answer != over ]] || return 0
	check_eq "$answer" sent "signal of alice to $at"
	wait_for is_in_state T "$pid" || fail "is not stopped: $at"
	others_get_in "$tries"
	is_made_again
	is_in_state T "$pid" || fail "went on: $at"
	goes_on
}

killed_at() {
	attack "KILL@$1"
	[[ $answer != over ]] || return 0
	check_eq "$answer" sent "signal of alice to $at"
	others_get_in "$tries"
	wait_for is_over || fail "alice's login does not end after $at"
	others_get_in "$tries"
}

# by WAY FUNCTION STATE STEP NAMES
by() {
	runs "$1"
	each_place "$2" "$3" "$4" "$5"
}

by_from_session() {
	alice_logs_in
	by "$@"
}

# What alice may signal has never a lock, nor has the login itself.
has_no_lock() {
	runs "$1"
	"$2"
	list_calls
	check_no_locks
}

has_no_lock_from_session() {
	alice_logs_in
	has_no_lock "$@"
}

check_no_locks() {
	at='no call'
	grep -q '^0:.* may ' /tmp/calls ||
		[[ ${command[0]} == */sshd ]] ||
		fail 'alice may not signal her own login'
	check_eq "$(awk '$4 == "lock" && ($3 == "may" || /^0:/)' /tmp/calls |
		head -n 1)" '' "a lock in the hands of alice's login"
	tries=$(wc -l </tmp/calls)
}

sshd_has_no_lock() {
	local command=(/usr/sbin/sshd -d -p 2222) options=(-r root)
	"$1"
	(wait_for ssh -p 2222 -l alan 127.0.0.1 true) &
	list_calls
	wait
	check_eq "$(grep ' may ' /tmp/calls)" '' 'calls where alice may signal sshd'
	check_no_locks
}

# Alice stops her su after the answers of the helper, which stays for it in the
# new mounts for 5 s. It has no lock then, nobody waits for it, and alan gets
# these mounts.
leader_is_stopped() {
	local answer_at place places helper mounts shared=0
	runs su
	first
	list_calls
	answer_at=$(place_of 0 recvmsg | tail -n 1)
	[[ $answer_at ]] || fail 'no helper that answers'
	mapfile -t places < <(awk -v after="${answer_at#*:}" -v step="${all:-12}" '
		/^0:/ { call = substr($1, 3) + 0 }
		/^0:/ && call > after && $3 == "may" && n++ % step == 0 {
			print $1
		}' /tmp/calls)
	for place in "${places[@]}"; do
		first
		attack "STOP@$place"
		[[ $answer != over ]] || continue
		tries=$((tries + 1))
		wait_for is_in_state T "$pid" || fail "is not stopped: $at"
		flock -n /run/pam_net/lock/team true || fail "a lock: $at"
		helper=$(pgrep -P "$pid") &&
			mounts=$(readlink "/proc/$helper/ns/mnt") && {
			check_eq "$(su alan -c 'readlink /proc/self/ns/mnt')" \
				"$mounts" "mounts of alan, alice being at $at"
			shared=$((shared + 1))
		}
		others_get_in "$tries"
		goes_on
	done
	((tries > 2)) || fail "tried at $tries places"
	((shared > 0)) || fail 'no helper was there'
}

# ---- what is bound stays bound ---------------------------------------------

place_of() {
	awk -v process="$1:" -v names="$2" '
		BEGIN {
			split(names, list, " ")
			for (i in list)
				wanted[list[i]] = 1
		}
		/^0:/ && $2 ~ /^clone/ { cloned = 1 }
		cloned && index($1, process) == 1 && $2 in wanted { print $1 }
	' /tmp/calls
}

# Alice stops her su while it waits for the helper, kills the helper after its
# answer, and stops her su again. Alan joins, and she lets it go on.
helper_is_killed() {
	local wait place later before
	runs su
	alice_logs_in
	first
	list_calls
	wait=$(place_of 0 'recvmsg recvfrom poll ppoll read' | head -n 1)
	place=$(place_of 1 'recvfrom recvmsg read exit_group' | tail -n 2 |
		head -n 1)
	[[ $wait && $place ]] || fail 'no helper that answers'
	for later in $(seq 1 "${all:-3}" 40); do
		first
		attack "HOLD@$wait" "KILL@$place" "STOP@+$later"
		[[ $answer != over ]] || break
		tries=$((tries + 1))
		if [[ $answer == refused ]]; then
			wait_for is_over || fail 'a login does not end'
			gets_in su alan team
			break
		fi
		wait_for is_in_state T "$pid" || fail "is not stopped: $at"
		before=$(log_in su alan)
		# That is for the cases of B1.
		if [[ $before != net:* ]]; then
			kill -KILL "$pid"
			wait_for is_over || fail "a login does not end: $at"
			continue
		fi
		logins=$((logins + 1))
		check_named team "$before"
		goes_on
		check_eq "$(named_netns team)" "$before" "alan's name after $at"
	done
}

unsafe_override() {
	override team hosts '127.0.0.1 localhost'
	chown alice /etc/netns/team/hosts
}

safe_again() {
	rm -r /etc/netns/team
}

is_denied() {
	wait_for is_over || fail 'a login does not end'
	check_no_match "$(cat /tmp/attacker)" 'net:' 'alice was let in'
}

fails_late() {
	runs su
	local before
	first
	unsafe_override
	attack STOP@bound
	check_eq "$answer" sent 'signal at the first call after the bind'
	before=$(named_netns team)
	as_alice kill -CONT "$pid"
	is_denied
	check_eq "$(named_netns team)" "$before" 'name after a late failure'
	check_one_mount team
	safe_again
	gets_in su alan team
	check_eq "$(named_netns team)" "$before" 'name that alan joined'
	tries=1
}

fails_late_with_guest() {
	runs su
	local before
	first
	attack STOP@bound
	gets_in su alan team
	su alan -c 'exec sleep 100' &
	wait_for pgrep -u alan -x sleep || fail 'alan is not in'
	before=$(named_netns team)
	check_eq "$(netns_of "$(pgrep -u alan -x sleep)")" "$before" 'where alan is'
	unsafe_override
	as_alice kill -CONT "$pid"
	wait_for not pgrep -U alice -x su || fail 'a login does not end'
	check_eq "$(named_netns team)" "$before" "name that alan is in"
	safe_again
	gets_in su alan team
	check_one_mount team
	tries=1
}

fails_late_after_admin() {
	runs su
	local before
	first
	attack STOP@bound
	check_eq "$answer" sent 'signal at the first call after the bind'
	ip netns delete team || fail 'ip netns delete'
	ip netns add team || fail 'ip netns add'
	before=$(named_netns team)
	unsafe_override
	as_alice kill -CONT "$pid"
	is_denied
	check_eq "$(named_netns team)" "$before" 'name that the admin has made'
	check_one_mount team
	safe_again
	gets_in su alan team
	tries=1
}

from_session() {
	alice_logs_in
	"$@"
}

# ---- starved ---------------------------------------------------------------

# One that this host may use.
processor=$(taskset -cp $$ | sed 's/.*: *//; s/[,-].*//')

# In the session of alice's su: another one would have a share of its own. The
# others have their share of the time as well, no more.
busy_loops() {
	soon=25
	exec_as_alice taskset -c "$processor" bash -c \
		'for i in {1..30}; do while :; do :; done & done; wait' &
	loops=$!
	wait_for has_busy_loops || fail 'no busy loops'
}

has_busy_loops() {
	[[ $(pgrep -c -P "$loops") == 30 ]]
}

busy_loops_get() {
	pgrep -P "$loops" | xargs kill -s "$1"
}

# At a moment of her choice alice lets 30 loops have the only processor that
# her su may use. That, and SCHED_IDLE, she can set only before she starts it;
# here root does when it is stopped, as it would take too long to get there.
starved_at() {
	busy_loops_get STOP
	attack "STOP@$1"
	[[ $answer != over ]] || return 0
	check_eq "$answer" sent "signal of alice to $at"
	wait_for is_in_state T "$pid" || fail "is not stopped: $at"
	starve "$pid" || fail "cannot starve it at $at"
	busy_loops_get CONT
	as_alice kill -CONT "$pid"
	gets_in su alan team
	gets_in su nina other
	check_one_mount team
	busy_loops_get STOP
	relieve "$pid"
	wait_for is_over || fail "a login does not end after $at"
}

starve() {
	taskset -cp "$processor" "$1" && renice -n 19 -p "$1" &&
		chrt -i -p 0 "$1"
}

relieve() {
	chrt -o -p 0 "$1"
	renice -n 0 -p "$1"
	taskset -p ffff "$1"
}

starved=(chrt -i 0 taskset -c "$processor" nice -n 19)

is_starved_at_its_calls() {
	busy_loops
	runs su
	each_place starved_at first 1000 \
		'flock clone clone3 recvmsg poll unshare'
}

# As it is from the start.
is_starved_from_the_start() {
	local n
	busy_loops
	for n in 1 2 3; do
		first
		as_alice "${starved[@]}" su alice -c "$netns" <<<secret >/dev/null 2>&1 &
		sleep "0.$n"
		at='under SCHED_IDLE'
		gets_in su alan team
		gets_in su nina other
		check_one_mount team
		tries=$((tries + 1))
	done
}

# prctl(PR_SET_TIMERSLACK): sleeps may last so long.
with_timer_slack='require q(syscall.ph);
	syscall(SYS_prctl(), 29, 60_000_000_000, 0, 0, 0) == 0 or die;
	exec @ARGV'

# limited COMMAND...: alice's first login under it, and those of the others
# while it is under way and after it
limited() {
	local running
	at="$*"
	first
	exec_as_alice "$@" su alice -c "$netns" <<<secret &
	running=$!
	gets_in su alan team
	gets_in su nina other
	kill -KILL "$running" 2>/dev/null
	wait "$running"
	gets_in ssh alan team
	check_one_mount team

	first
	as_alice timeout "$soon" "$@" su alice -c "$netns" <<<secret
	gets_in su alan team
	gets_in su alice team
	check_one_mount team
	tries=$((tries + 2))
}

has_little() {
	local limit
	for limit in nproc=1 nofile=10 nofile=20 fsize=0 cpu=1 as=50000000 \
		stack=65536 memlock=0 msgqueue=0; do
		limited prlimit "--$limit"
	done
	limited bash -c 'echo 1000 >/proc/self/oom_score_adj; exec "$@"' bash
	limited bash -c 'umask 777; exec "$@"' bash
	limited perl -e "$with_timer_slack"
	limited env --ignore-signal=PIPE --block-signal=CHLD,ALRM
}

# ---- the directory of names ------------------------------------------------

# Where the call that follows goes to /run/netns.
places_before_names() {
	awk '$5 ~ "^/run/netns" && before { print before }
		{ before = $1 }' /tmp/calls
}

# Alice has made /run/netns and stands still where her login is going to fail.
alice_is_to_fail() {
	runs su
	first
	unsafe_override
	attack STOP@bound
	check_eq "$answer" sent 'signal at the first call after the bind'
	alice=$pid
}

# Nina's first login is halted by root, as a slow one might be.
nina_is_halted_at() {
	local command=(su nina -c "$netns") options=(-r root) sender=root
	attack "$1"
}

fails_beside() {
	local alice place places
	alice_is_to_fail
	nina_is_halted_at list
	wait_for not pgrep -x -f 'su nina.*' || fail 'nina is not through'
	cp /tmp/report /tmp/calls
	as_alice kill -KILL "$alice"
	# Who ends is not halted any more.
	mapfile -t places < <(if [[ $all ]]; then
		awk '$2 != "exit_group" { print $1 }' /tmp/calls
	else
		places_before_names
	fi)
	((${#places[@]} > 0)) || fail 'nina does not go to /run/netns'
	for place in "${places[@]}"; do
		alice_is_to_fail
		nina_is_halted_at "STOP@$place"
		if [[ $answer != over ]]; then
			wait_for is_in_state T "$pid" || fail "not halted: $at"
		fi
		as_alice kill -CONT "$alice"
		wait_for not pgrep -U alice -x su || fail 'a login does not end'
		[[ $answer == over ]] || kill -CONT "$pid"
		wait_for is_over || fail 'a login does not end'
		check_landed su nina other "$(cat /tmp/attacker)"
		tries=$((tries + 1))
		safe_again
	done
}

# ---- what root makes is root's ---------------------------------------------

# owned PATH MODE
owned() {
	check_eq "$(stat -c '%a %U:%G' "$1" 2>&1)" "$2 root:root" "$1"
	tries=$((tries + 1))
}

# The egid of su is the user's, and so is the umask.
alice_logs_in_first() {
	first
	as_alice bash -c "umask $1; exec su alice -c '$netns'" <<<secret \
		>/tmp/attacker 2>&1
	check_match "$(cat /tmp/attacker)" "net:\\[" 'login of alice'
	logins=$((logins + 1))
}

names_are_roots() {
	alice_logs_in_first "$1"
	owned /run/netns 755
	check_eq "$(stat -c '%U:%G' /run/netns/team)" root:root /run/netns/team
	ip netns delete team
	gets_in su alan team
}

locks_are_roots() {
	alice_logs_in_first "$1"
	owned /run/pam_net 755
	owned /run/pam_net/lock 700
	[[ -e /run/pam_net/lock/team ]] || fail 'no lock of the name'
	check_eq "$(stat -c '%U:%G' /run/pam_net/lock/*)" root:root \
		'owner of the lock'
	check_eq "$(find /run/pam_net ! -type l \
		\( ! -uid 0 -o ! -gid 0 -o -perm /022 -o ! -perm -400 \))" '' \
		'not as root makes it'
}

records_are_roots() {
	alice_logs_in_first "$1"
	owned /run/pam_net/names 755
	owned /run/pam_net/names/team 644
}

log_is_roots() {
	pam_lines 'session required pam_usernet.so config log=/var/log/netns.log'
	rm -f /var/log/netns.log
	alice_logs_in_first "$1"
	[[ -s /var/log/netns.log ]] || fail 'no log'
	owned /var/log/netns.log 600
	rm -f /var/log/netns.log
}

# ---- a filter that only pretends -------------------------------------------

# It answers 0 and unmounts nothing. Let in or denied, the login ends.
umount_is_pretended() {
	local state status=0
	for state in first join; do
		"$state"
		at="umount2 answers 0, $state"
		"${session[@]}" timeout 10 strace -f -qq -o /dev/null \
			-e trace=umount2 -e inject=umount2:retval=0 \
			su alice -c "$netns" <<<secret >/tmp/attacker 2>&1 ||
			status=$?
		((status != 124)) ||
			fail "a login does not end within 10 s: $at"
		check_ne "$(grep -o 'net:.*' /tmp/attacker)" "$(host_netns)" \
			"where alice is: $at"
		gets_in su alan team
		check_one_mount team
		tries=$((tries + 1))
	done
}

# ---- the helper ------------------------------------------------------------

# A directory of cgroup2 that is alice's, as a user manager has one.
cgroup=

cgroup_begin() {
	local top
	top=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
	[[ $top ]] || return 1
	cgroup=$top/pam-net-test.$$.$RANDOM
	cgroup_make || cgroup=
}

cgroup_make() {
	mkdir "$cgroup" 2>/dev/null &&
		chown alice "$cgroup" "$cgroup"/cgroup.{procs,freeze,kill}
}

# It is the machine's: nothing is to stay.
cgroup_end() {
	[[ $cgroup ]] || return 0
	echo 0 >"$cgroup/cgroup.freeze"
	echo 1 >"$cgroup/cgroup.kill"
	wait_for rmdir "$cgroup"
	cgroup=
}

in_new_cgroup() {
	cgroup_begin
	hostage "$@"
	cgroup_end
}

# CGROUP ROOT COMMAND...: as alice, whom root has put there
in_cgroup='echo $$ >"$0/cgroup.procs" &&
	exec chroot "$1" setpriv --reuid alice --regid alice --init-groups "${@:2}"'

field_of_stat() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f$(($2 - 2))
}

status_of() {
	sed -nE "s/^$2:[ \t]*//p" "/proc/$1/status" | tr '\t' ' ' | sed 's/ *$//'
}

# Who makes a name has inherited nothing of what alice can set.
helper_is_roots() {
	local options=(-r root) sender=root blocked hardness=-SH
	may_raise_limits || hardness=-S
	local command=(bash -c "$in_cgroup" "${cgroup:-/nowhere}" /
		bash -c 'echo 900 >/proc/self/oom_score_adj
		ulimit "$3" -n 100 -c 0 -u 200 -f 1000000
		exec perl -e "$0" chrt -i 0 taskset -c "$1" ionice -c 3 \
			nice -n 19 su alice -c "$2"' \
		"$with_timer_slack" "$processor" "$netns" "$hardness")
	[[ $cgroup ]] || command=(setpriv --reuid alice --regid alice
		--init-groups "${command[@]:5}")
	"$@"
	attack STOP@locked
	check_eq "$answer" sent 'signal where a lock is held'
	wait_for is_in_state T "$pid" || fail 'it is not stopped'
	check_eq "$(status_of "$pid" Uid)" '0 0 0 0' 'uids of who has the lock'
	check_eq "$(status_of "$pid" Gid)" '0 0 0 0' gids
	check_eq "$(status_of "$pid" Groups)" '' groups
	# But SIGKILL, SIGSTOP, and the two that the C library keeps for itself.
	blocked=$(status_of "$pid" SigBlk)
	check_eq $((0x$blocked | 1 << 8 | 1 << 18 | 1 << 31 | 1 << 32)) -1 \
		"signals blocked, of $blocked"
	check_eq "$(field_of_stat "$pid" 6)" "$pid" session
	check_eq "$(field_of_stat "$pid" 41)" 0 'scheduling policy'
	check_eq "$(field_of_stat "$pid" 19)" 0 nice
	check_eq "$(status_of "$pid" Cpus_allowed)" \
		"$(status_of 1 Cpus_allowed)" processors
	check_eq "$(ionice -p "$pid")" "$(ionice -p 1)" 'I/O priority'
	check_eq "$(cat "/proc/$pid/timerslack_ns")" 50000 'timer slack'
	check_eq "$(cat "/proc/$pid/oom_score_adj")" \
		"$(cat /proc/1/oom_score_adj)" oom_score_adj
	check_same "$(cat "/proc/$pid/limits")" "$(cat /proc/1/limits)" limits
	[[ ! $cgroup ]] || check_eq "$(grep ^0:: "/proc/$pid/cgroup")" \
		"$(grep ^0:: /proc/1/cgroup)" cgroup
	alice_may_not kill -STOP "$pid"
	alice_may_not kill -KILL "$pid"
	alice_may_not chrt -i -p 0 "$pid"
	alice_may_not taskset -cp "$processor" "$pid"
	alice_may_not renice -n 19 -p "$pid"
	alice_may_not ionice -c 3 -p "$pid"
	alice_may_not prlimit --pid "$pid" --cpu=1
	kill -CONT "$pid"
	wait_for is_over || fail 'a login does not end'
	check_one_mount team
}

# Without CAP_SYS_RESOURCE, as in some containers, root cannot either.
may_raise_limits() {
	(((0x$(status_of self CapEff) >> 24) & 1))
}

alice_may_not() {
	local said status=0
	said=$(as_alice "$@" 2>&1) || status=$?
	check_ne "$status" 0 "alice could: $*"
	check_match "$said" 'not permitted|denied' "$*"
	tries=$((tries + 1))
}

# She freezes what she started, in a cgroup of hers.
frozen_at() {
	attack "FREEZE@$1"
	[[ $answer != over ]] || return 0
	check_eq "$answer" sent "freeze at $at"
	wait_for grep -q 'frozen 1' "$cgroup/cgroup.events" || fail 'not frozen'
	"$all_get_in"
	echo 0 >"$cgroup/cgroup.freeze"
	wait_for is_over || fail "a login does not end after $at"
}

# Or she ends it, all at once. The kernel would go on to kill what is cloned from
# there into another cgroup.
ended_at() {
	attack "END@$1"
	[[ $answer != over ]] || return 0
	check_eq "$answer" sent "cgroup.kill at $at"
	"$all_get_in"
	wait_for is_over || fail "a login does not end after $at"
	wait_for rmdir "$cgroup" || fail "who is in the cgroup after $at"
	cgroup_make
}

# Who comes meanwhile.
all_get_in=members_get_in

members_get_in() {
	others_get_in "$tries"
	is_made_again
}

# in_cgroup_of_hers FUNCTION STEP [ROOT]: also at calls of the helper; her su is in
# this root
in_cgroup_of_hers() {
	local options=(-r root) bound=$cgroup unsignalled=1
	starts_in_cgroup "${3-/}"
	each_place "$1" first "$2" 'flock clone clone3'
}

starts_in_cgroup() {
	[[ $cgroup ]] || skip 'no cgroup2 in which to freeze'
	runs su
	command=(bash -c "$in_cgroup" "$cgroup" "$1" "${command[@]}")
}

# As schroot(1) makes it.
in_root_without_cgroups() {
	mkdir -p /opt/root
	mount --rbind / /opt/root
	mount --make-rslave /opt/root
	umount -R /opt/root/sys
	in_cgroup_of_hers "$@" /opt/root
	umount -l /opt/root
}

# A name of hers alone, which only she waits for: by another way.
in_name_of_hers() {
	local all_get_in=owner_gets_in
	pam_lines 'session required pam_usernet.so config owner'
	echo '@usernet * %u' >/etc/security/netns.conf
	"$@"
}

owner_gets_in() {
	gets_in su alice alice
	((tries % ${all:+2}4)) || gets_in ssh alice alice
	check_one_mount alice
}

# Where both are, and stay: what holds her user namespace, and its parent.
holder_is_out_of_reach() {
	local options=(-r root) sender=root place holder process
	starts_in_cgroup /
	first
	list_calls
	place=$(awk '/^1:/ && cloned { print $1; exit }
		/^1:/ && $2 == "clone" { cloned = 1 }' /tmp/calls)
	[[ $place ]] || fail 'no helper that makes a holder'
	first
	attack "STOP@$place"
	check_eq "$answer" sent 'signal where there is a holder'
	wait_for is_in_state T "$pid" || fail 'it is not stopped'
	holder=$(pgrep -P "$pid") || fail 'no holder'
	check_eq "$(status_of "$holder" Uid)" "0 $(id -u alice) 0 $(id -u alice)" \
		'uids of the holder'
	for process in "$pid" "$holder"; do
		check_eq "$(grep ^0:: "/proc/$process/cgroup")" \
			"$(grep ^0:: /proc/1/cgroup)" cgroup
		alice_may_not bash -c 'echo "$1" >"$0/cgroup.procs"' \
			"$cgroup" "$process"
	done
	kill -CONT "$pid"
	wait_for is_over || fail 'a login does not end'
	check_one_mount alice
}

# ---- all of it -------------------------------------------------------------

trap 'host_kill; cgroup_end; exit $((failures > 0))' EXIT

hostage 'no-hostage su that makes a name has no lock that alice can keep' \
	has_no_lock su first
hostage 'no-hostage su that joins a name has no lock' \
	has_no_lock su join
hostage 'no-hostage sudo that makes a name has no lock that alice can keep' \
	has_no_lock sudo first
hostage 'no-hostage sudo that joins a name has no lock' \
	has_no_lock sudo join
hostage 'no-hostage su in a session has no lock that alice can keep' \
	has_no_lock_from_session su first
hostage 'no-hostage sshd that makes a name has no lock itself' \
	sshd_has_no_lock first
hostage 'no-hostage sshd that joins a name has no lock' \
	sshd_has_no_lock join

hostage 'no-hostage alice stops her su while it makes a name' \
	by su stopped_at first 30 "$interesting"
hostage 'no-hostage alice stops her su while it joins' \
	by su stopped_at join 20 "$interesting"
hostage 'no-hostage alice stops her su while programs fill a name' \
	filled_by_program by su stopped_at first 60 'clone clone3 setns'
hostage 'no-hostage alice kills her su while programs fill a name' \
	filled_by_program by su killed_at first 60 'clone clone3 setns'
hostage 'no-hostage su whose name programs fill has no lock' \
	filled_by_program has_no_lock su first
hostage 'no-hostage alice stops her sudo while it makes a name' \
	by sudo stopped_at first 60 'flock clone clone3 setns'
hostage 'no-hostage alice stops her sudo while it joins' \
	by sudo stopped_at join 12 'flock clone clone3 setns'
hostage 'no-hostage alice stops her su in a session of hers' \
	by_from_session su stopped_at first 60 'flock clone clone3'
hostage 'no-hostage only-ours alice kills her su while it makes a name' \
	by su killed_at first 40 'flock clone clone3 setns'
hostage 'no-hostage only-ours alice kills her su while it joins' \
	by su killed_at join 25 'flock clone clone3 setns'
hostage 'no-hostage only-ours alice kills her su in a session of hers' \
	by_from_session su killed_at first 60 'flock clone clone3'

hostage 'no-hostage alice stops her su while a helper stays in its mounts' \
	leader_is_stopped

hostage 'only-ours alice kills the helper after its answer' helper_is_killed
hostage 'only-ours a login that fails late leaves the name' fails_late
hostage 'only-ours the same from a session' from_session fails_late
hostage 'only-ours and one that alan has joined meanwhile' \
	fails_late_with_guest
hostage 'only-ours the same from a session, joined meanwhile' \
	from_session fails_late_with_guest
hostage 'only-ours and one that the admin has made anew' \
	fails_late_after_admin
hostage 'only-ours the same from a session, made anew' \
	from_session fails_late_after_admin

hostage 'no-hostage alice starves her su at its calls' \
	is_starved_at_its_calls
hostage 'no-hostage alice starves her su from the start' \
	is_starved_from_the_start
hostage 'no-hostage alice gives her su next to nothing' has_little

hostage 'no-hostage a first login that fails leaves /run/netns to another' \
	fails_beside

for umask in 022 777; do
	hostage "only-ours /run/netns is root's, umask $umask" \
		names_are_roots $umask
	hostage "only-ours /run/pam_net and the locks are root's, umask $umask" \
		locks_are_roots $umask
	hostage "only-ours the record of a name is root's, umask $umask" \
		records_are_roots $umask
	hostage "only-ours the file of log= is root's, umask $umask" \
		log_is_roots $umask
done

hostage 'no-hostage a login ends where umount2 only pretends' \
	umount_is_pretended
hostage 'no-hostage the same from a session' \
	from_session umount_is_pretended

in_new_cgroup 'no-hostage who has the lock has nothing of what alice sets' \
	helper_is_roots first
in_new_cgroup 'no-hostage alice freezes her su in a cgroup of hers' \
	in_cgroup_of_hers frozen_at 20
in_new_cgroup 'no-hostage alice ends her su by a cgroup of hers' \
	in_cgroup_of_hers ended_at 40
in_new_cgroup 'no-hostage alice freezes it in a chroot whose /sys has no cgroups' \
	in_root_without_cgroups frozen_at 40
in_new_cgroup 'no-hostage owner alice freezes what makes a network of her own' \
	in_name_of_hers in_cgroup_of_hers frozen_at 40
in_new_cgroup 'no-hostage owner alice ends what makes a network of her own' \
	in_name_of_hers in_cgroup_of_hers ended_at 40
in_new_cgroup 'no-hostage owner alice cannot move helper and holder to a cgroup of hers' \
	in_name_of_hers holder_is_out_of_reach

echo "# what alice did to her own logins, and how many logins of others were in"
awk -F'\t' '{ printf "# %s: %d times, %d logins, the slowest %d ms\n",
	$1, $2, $3, $4 }' "$table"
