#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# init=: programs that fill a namespace, called by real logins.
# What programs are made of is expanded when they run.
# shellcheck disable=SC2016
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

programs=/usr/local/netns-test
seen=/run/seen

# program NAME [LINE...]: writes a program that only root can change
program() {
	mkdir -p $programs
	{
		echo '#!/bin/bash'
		printf '%s\n' "${@:2}"
	} >"$programs/$1"
	chmod 755 "$programs/$1"
}

# lines OPTION...: both modules, with these options
lines() {
	pam_lines "session required pam_newnet.so $*" \
		"session required pam_usernet.so $*"
}

# Each case begins with no program and nothing that one has left.
begin() {
	rm -rf $programs $seen /etc/netns/*
	mkdir $seen
	log_mark
	case_pid=$BASHPID
	before=$(state_of_host)
	there=" $(cd /proc && echo [0-9]*) "
}

# All that a login can leave on the host. The directories and locks of the modules
# stay as long as the system runs, the record of a name until it is made anew, and
# what the kernel adds to an address comes when it is ready.
state_of_host() {
	ip -o link | sed 's/^[0-9]*: \([^:]*\):.*/\1/'
	ip -o address | awk '{ print $2, $4 }'
	ip -4 route show table all
	ip -6 route show table all | grep -v 'proto kernel'
	ip rule
	nft list ruleset
	mounts_snapshot | grep -v ' /run/netns '
	find /run/netns /run/pam_net ! -type d ! -path '/run/pam_net/lock/*' \
		! -path '/run/pam_net/names/*' 2>/dev/null
	find /run/pam_net/etc /run/pam_net/etc-new -mindepth 1 2>/dev/null
}

# A program that says how it was called, in the files $seen/NAME.VERB.
spy() {
	program "$1" 'exec >"'$seen'/${0##*/}.$1"' 'echo "args $*"' \
		"tr '\0' '\n' </proc/\$\$/environ | sed 's/^/env /'" \
		'grep -E "^(Uid|Gid|Groups|Sig(Blk|Ign)|Cap(Prm|Eff)|Max open)" \
			/proc/self/status /proc/self/limits | sed "s/^[^:]*://"' \
		'echo "umask $(umask)"; echo "cwd $(readlink /proc/$$/cwd)"' \
		'echo "in $(readlink /proc/$$/fd/0)"' \
		'echo "fds $(readlink /proc/$$/fd/* | grep -vxE "/dev/null|$0|pipe:.*|'$seen'/.*" | xargs)"' \
		'echo "net $(readlink /proc/$$/ns/net)"' \
		'echo "mnt $(readlink /proc/$$/ns/mnt)"' \
		'echo "sid $(($(ps -o sid= -p $$) == $$))"' \
		'echo "machine $(uname -m)"' \
		'echo "inside $(nsenter --net="$NETNS_PATH" readlink /proc/self/ns/net)"' \
		'echo "lo $(nsenter --net="$NETNS_PATH" ip -br -4 address show lo)"' \
		'echo "port $(nsenter --net="$NETNS_PATH" sysctl -n net.ipv4.ip_unprivileged_port_start)"' \
		'echo "etc $(stat -c "%a %u:%g" "$NETNS_ETC"; ls -A "$NETNS_ETC")"' \
		'echo "bound $(test -e /run/netns/"$2" && echo yes)"'
}

# seen FILE KEY: the rest of the lines that begin with KEY
seen() {
	sed -n "s/^$2[: 	]\\{1,\\}//p" "$seen/$1"
}

# check_denied TEXT: one denial, which has TEXT
check_denied() {
	local denials
	denials=$(log_of_modules err)
	check_eq "$(wc -l <<<"$denials")" 1 "denials: $denials"
	check_match "$denials" "denied user=.*: cannot .*$1" denial
}

# Processes that were not there when the case began, and are not its own.
processes_left() {
	ps -eo pid=,ppid=,stat=,args= | awk -v own="$case_pid" -v there="$there" '
		{ parent[$1] = $2; line[$1] = $0 }
		END {
			for (pid in line) {
				for (at = pid; at in parent && at != own;)
					at = parent[at]
				if (at != own && !index(there, " " pid " "))
					print line[pid]
			}
		}'
}

# Nothing of a denied login is left: no name, interface, address, route, rule,
# mount, file in /run, process, and so no namespace.
check_nothing_left() {
	wait_for eval '[[ ! $(processes_left) ]]' ||
		fail "left: $(processes_left)"
	wait_for eval '[[ $(state_of_host) == "$before" ]]' ||
		check_same "$(state_of_host)" "$before" 'what is left'
}

# ---- how it is called ------------------------------------------------------

# check_spied NAME USER SERVICE RHOST TTY
check_spied() {
	local name=$1 user=$2 file=spy.create expected
	check_eq "$(seen $file args)" "create $name $user" arguments
	expected=$(printf '%s\n' "NETNS=$name" "NETNS_DIR=/etc/netns/$user" \
		"PAM_RHOST=$4" "PAM_SERVICE=$3" "PAM_TTY=$5" "PAM_USER=$user" \
		'PATH=/usr/sbin:/usr/bin:/sbin:/bin')
	check_same "$(seen $file env | grep -vE '^NETNS_(PATH|ETC)=' | sort)" \
		"$expected" environment
	check_match "$(seen $file env)" 'NETNS_PATH=/proc/[0-9]+/fd/[0-9]+' path
	check_match "$(seen $file env)" \
		'NETNS_ETC=/run/pam_net/etc(/alice|-new)/[0-9]+' 'NETNS_ETC'
	check_eq "$(seen $file Uid)" $'0\t0\t0\t0' 'user IDs'
	check_eq "$(seen $file Gid)" $'0\t0\t0\t0' 'group IDs'
	check_eq "$(seen $file Groups | tr -d ' ')" '' groups
	check_eq "$(seen $file SigIgn)" 0000000000000000 'ignored signals'
	check_eq "$(seen $file SigBlk)" 0000000000000000 'blocked signals'
	check_eq "$(seen $file etc)" '700 0:0' 'the directory of NETNS_ETC'
	[[ ! $(find /run/pam_net/etc* -mindepth 1) ]] || fail 'it is left empty'
	check_eq "$(seen $file umask)" 0022 umask
	check_eq "$(seen $file cwd)" / 'working directory'
	check_eq "$(seen $file in)" /dev/null input
	check_eq "$(seen $file fds)" '' 'other descriptors'
	check_eq "$(seen $file net)" "$(host_netns)" network
	check_eq "$(seen $file mnt)" "$(readlink /proc/1/ns/mnt)" mounts
	check_eq "$(seen $file sid)" 1 'a session of its own'
	check_eq "$(seen $file machine)" "$(uname -m)" machine
	check_eq "$(seen $file bound)" '' 'the name, while it is filled'
	check_match "$(seen $file lo)" '127.0.0.1/8' lo
	check_eq "$(seen $file 'Max open files')" \
		"$(sed -n 's/^Max open files *//p' /proc/1/limits)" limits
}

called_for_a_name() {
	begin
	spy spy
	lines init=$programs/spy
	sysctl -qw net.ipv4.ip_unprivileged_port_start=80
	check_named alice "$(ssh_as alice "$netns")"
	sysctl -qw net.ipv4.ip_unprivileged_port_start=1024
	check_eq "$(seen spy.create port)" 80 'a setting of the host'
	check_spied alice alice sshd 127.0.0.1 ssh
	check_eq "$(seen spy.create inside)" "$(named_netns alice)" NETNS_PATH
	check_eq "$(grep ^init= /run/pam_net/names/alice)" \
		"init=$programs/spy" record
}
test_case 'init= is called as the manual says, by ssh for a name' \
	called_for_a_name

called_for_newnet() {
	local got
	begin
	spy spy
	lines init=$programs/spy
	got=$(ssh_as nina "$netns")
	check_new "$got"
	check_spied "$got" nina sshd 127.0.0.1 ssh
	check_eq "$(seen spy.create inside)" "$got" NETNS_PATH
	lines init=$programs/spy etc=lab
	sed -i 2d /etc/pam.d/netns
	check_let_in nina
	check_match "$(seen spy.create env)" 'NETNS_DIR=/etc/netns/lab' etc=
}
test_case 'init= is called as the manual says, by ssh for newnet' \
	called_for_newnet

# su has the real uid of who calls it, and iproute2 drops its capabilities then.
called_by_su() {
	local got
	begin
	spy spy
	program ip 'ip link add p0 type bridge && ip link delete p0'
	lines init=$programs/spy,$programs/ip
	got=$(su bob -c "ulimit -Sn 64; umask 077; cd /tmp; exec 7</etc/passwd
		trap '' TERM HUP; export BASH_ENV=/tmp/x LD_PRELOAD=/tmp/y
		echo secret | setarch linux32 su alice -c '$netns' 2>/dev/null")
	check_named alice "$got"
	check_spied alice alice su '' ''
}
test_case 'init= is called the same by su from a user with odd settings' \
	called_by_su

called_in_a_session() {
	local got
	begin
	spy spy
	pam_lines "session required pam_usernet.so init=$programs/spy"
	check_let_in alan
	got=$(ssh_as alan "echo secret | su alice -c '$netns' 2>/dev/null")
	check_named alice "$got"
	check_eq "$(seen spy.create net)" "$(host_netns)" network
	check_eq "$(seen spy.create mnt)" "$(readlink /proc/1/ns/mnt)" mounts
}
test_case "init= runs on the host for su in another's session" \
	called_in_a_session

called_by_cron() {
	local file=/var/spool/cron/crontabs/alice
	begin
	spy spy
	lines init=$programs/spy
	echo "@reboot $netns >/tmp/alice.job 2>&1" >$file
	chown alice:crontab $file
	chmod 600 $file
	rm -f /run/crond.reboot /run/crond.pid
	cron -f &
	wait_for test -s /tmp/alice.job || fail 'no job'
	check_named alice "$(cat /tmp/alice.job)"
	check_spied alice alice cron '' cron
}
test_case 'init= is called the same by cron' called_by_cron

by_policy_file() {
	begin
	spy line
	spy rule
	printf '%s\n' 'alice sshd lab init='$programs/rule 'bob * lab2' \
		'root * -' >/etc/security/netns.conf
	pam_lines "session required pam_usernet.so config init=$programs/line"
	check_named lab "$(ssh_as alice "$netns")"
	check_eq "$(seen rule.create args)" 'create lab alice' rule
	[[ ! -e $seen/line.create ]] || fail 'both ran'
	check_named lab2 "$(ssh_as bob "$netns")"
	check_eq "$(seen line.create args)" 'create lab2 bob' line
}
test_case 'init= of a rule replaces that of the line' by_policy_file

# ---- when ------------------------------------------------------------------

once() {
	begin
	program count "echo \"\$1 \$NETNS\" >>$seen/count"
	lines init=$programs/count
	check_let_in alice
	check_let_in alice
	check_eq "$(cat $seen/count)" 'create alice' calls
	check_eq "$(log_of_modules warning)" '' warnings
	ip netns delete alice
	check_let_in alice
	check_eq "$(wc -l <$seen/count)" 2 'calls after ip netns delete'
	check_let_in nina
	check_let_in nina
	check_eq "$(wc -l <$seen/count)" 4 'calls for newnet'
}
test_case 'init= runs once for a name, and for each login of newnet' once

eight_at_once() {
	local i got
	begin
	program slow "echo \$\$ >>$seen/count" 'sleep 0.5' \
		'nsenter --net="$NETNS_PATH" ip address add 192.0.2.77/32 dev lo'
	lines init=$programs/slow
	for i in {1..8}; do
		ssh_as alice "$netns; ip -br address show lo" >"/tmp/out.$i" 2>&1 &
	done
	wait
	got=$(sort -u /tmp/out.*)
	check_eq "$(wc -l <$seen/count)" 1 runs
	for i in {1..8}; do
		check_match "$(cat "/tmp/out.$i")" 192.0.2.77 "login $i"
	done
	check_named alice "$(grep net: <<<"$got")"
}
test_case 'one-name eight logins at once find it filled, by one run' eight_at_once

in_order() {
	begin
	for i in one two three; do
		program $i "echo \"$i \$1\" >>$seen/order"
	done
	lines init=$programs/one,$programs/two,$programs/three
	check_let_in alice
	check_eq "$(cat $seen/order)" $'one create\ntwo create\nthree create' \
		order
}
test_case 'init= runs the programs in order' in_order

without_lo() {
	begin
	spy spy
	lines init=$programs/spy lodown
	check_let_in alice
	check_eq "$(seen spy.create lo)" '' lo
}
test_case 'init= beside lodown finds lo down' without_lo

# ---- what fails ------------------------------------------------------------

# denied PATTERN [USER...]: both are denied, with the program in the log
denied() {
	local user
	for user in alice nina; do
		log_mark
		check_refused $user
		check_denied "$1"
		check_nothing_left
	done
	check_let_in bob
}

status_denies() {
	begin
	program bad 'echo first' 'echo "no address is free"' 'exit 3'
	lines init=$programs/bad
	denied "run '$programs/bad': it failed: status 3; it wrote: no address is free"
	program bad 'kill -SEGV $$'
	denied "run '$programs/bad': it failed: signal 11"
}
test_case 'all-or-nothing a program that fails denies, with its last line' \
	status_denies

unsafe_denies() {
	local path=/opt/netns-test/dir/prog
	begin
	program good
	rm -rf /opt/netns-test
	mkdir -p ${path%/*}
	lines init=$path
	denied "run '$path': there is no such program"
	cp $programs/good $path
	check_let_in alice
	ip netns delete alice
	chmod 644 $path
	denied "run '$path': it is not executable"
	chmod 775 $path
	denied "run '$path': it and all directories above must be root's"
	chmod 755 $path
	chown alice $path
	denied "run '$path': it and all directories above must be root's"
	chown root $path
	chmod g+w ${path%/*}
	denied "run '$path': .*root only: ${path%/*}:"
	chmod g-w ${path%/*}
	chown alice /opt/netns-test
	denied "run '$path': .*root only: /opt/netns-test:"
	chown root /opt/netns-test
	rm $path
	mkfifo $path
	denied "run '$path': it is not a file"
	rm $path
	mkdir $path
	denied "run '$path': it is a directory"
	rmdir $path
	printf '#!/nowhere/sh\n' >$path
	chmod 755 $path
	denied "run '$path': its interpreter is missing"
	echo nonsense >$path
	denied "run '$path': it has no interpreter"
}
test_case 'a program that is missing or unsafe denies, and the log says why' \
	unsafe_denies

links() {
	local path=/opt/netns-test/link
	begin
	program good
	rm -rf /opt/netns-test
	mkdir /opt/netns-test
	ln -s ../../usr/local/netns-test/good $path
	lines init=$path
	check_let_in alice
	ip netns delete alice
	ln -sfn $programs /opt/netns-test/dir
	lines init=/opt/netns-test/dir/good
	check_let_in alice
	ip netns delete alice
	# Who owns the directory of a link can exchange it.
	ln -s $programs/good /home/alice/good
	lines init=/home/alice/good
	denied "run '/home/alice/good': .*root only: /home/alice:"
	ln -sfn /home/alice/good $path
	lines init=$path
	denied "run '$path': .*root only: /home/alice:"
	ln -sfn $path $path
	denied "run '$path': .*Too many levels"
}
test_case 'a link is followed, and all directories on the way are looked at' links

bad_lines() {
	local value
	begin
	program good
	for value in '' ',' 'good,' ',good' 'good,,good' sbin/good ./good \
		"$(printf '/%04096d' 0)"; do
		lines "init=$value"
		log_mark
		check_refused alice
		check_match "$(log_of_modules err)" \
			'understand the argument|File name too long' \
			"init=${value:0:20}"
		check_nothing_left
		check_let_in bob
	done
	lines "init=/nowhere init=$programs/good"
	check_let_in alice
}
test_case 'init= with a bad value denies the members, of two the last counts' \
	bad_lines

no_such_bare_name() {
	begin
	lines init=no-such-program
	denied "run '/[^']*/pam_net/no-such-program': there is no such program"
}
test_case 'a bare name is looked for beside the package' no_such_bare_name

reverse() {
	begin
	for i in one two three; do
		program $i "echo \"$i \$*\" >>$seen/order" '[ $1 = remove ] || sleep 100 &'
	done
	program bad "echo \"bad \$*\" >>$seen/order" 'exit 1'
	lines init=$programs/one,$programs/two,$programs/bad,$programs/three
	denied "run '$programs/bad'"
	check_eq "$(head -n 5 $seen/order)" "one create alice alice
two create alice alice
bad create alice alice
two remove alice alice
one remove alice alice" order
}
test_case 'all-or-nothing what was created is removed in reverse order' reverse

# The name is made by somebody else while the programs run.
overtaken() {
	begin
	program slow "echo \$1 >>$seen/order" \
		'[ "$1" = remove ] || ip netns add "$2"'
	lines init=$programs/slow
	mkdir -p /run/netns
	check_named alice "$(ssh_as alice "$netns")"
	check_eq "$(cat $seen/order)" $'create\nremove' calls
	check_match "$(log_of_modules warning)" \
		"'alice' was not made with init=$programs/slow" warning
}
test_case 'only-ours a name that was made meanwhile is joined, and ours removed' \
	overtaken

bind_fails() {
	begin
	program order "echo \$1 >>$seen/order"
	lines init=$programs/order
	mkdir -p /run/netns/alice
	log_mark
	check_refused alice
	[[ ! -e $seen/order ]] || fail 'it ran'
	rmdir /run/netns/alice
	program order "echo \$1 >>$seen/order" '[ "$1" = remove ] || mkdir /run/netns/alice'
	log_mark
	check_refused alice
	check_denied "/run/netns/alice'"
	check_eq "$(cat $seen/order)" $'create\nremove' calls
	rmdir /run/netns/alice
	check_nothing_left
}
test_case 'all-or-nothing what comes after the programs and fails removes it' \
	bind_fails

# ---- time, output, processes -----------------------------------------------

# denied_in_time USER...: both at once, as this takes 30 s
denied_in_time() {
	local start=$SECONDS user
	log_mark
	for user; do
		{
			timeout 60 ssh -l "$user" 127.0.0.1 true >/dev/null 2>&1 &&
				touch "$seen/in.$user"
		} &
	done
	wait
	check_match $((SECONDS - start)) '^3[0-7]$' seconds
	for user; do
		[[ ! -e $seen/in.$user ]] || fail "$user was let in"
		check_eq "$(log_of_modules err | grep -c "denied user=$user .*cannot run '$programs/slow': it has not ended in time: it wrote: waiting for godot")" \
			1 "denials of $user: $(log_of_modules err)"
	done
	check_nothing_left
}

time_limit() {
	begin
	program slow "trap '' TERM" 'echo waiting for godot' \
		'(setsid sleep 500; :) & sleep 500' 'sleep 500'
	lines init=$programs/slow
	denied_in_time alice nina
}
test_case 'a program that ignores TERM is ended after 30 s, with all it started' \
	time_limit

# Whoever looks at one finds that it has gone, and has left another.
chains='for i in 1 2 3 4; do
	setsid perl -MPOSIX=_exit -e "for (;;) { fork and _exit(0) }" &
done'

forks_for_ever() {
	begin
	program slow 'echo waiting for godot' "$chains" 'while :; do sleep 500; done'
	lines init=$programs/slow
	denied_in_time alan nora
}
if [[ ${1-} == --all ]]; then
	test_case 'a program that forks for ever is ended after 30 s, with all it started' \
		forks_for_ever
fi

forks_on() {
	begin
	program bomb "$chains" 'exit 1'
	lines init=$programs/bomb
	denied "run '$programs/bomb': it failed: status 1"
}
test_case 'all-or-nothing descendants that fork for ever end with a program that fails' \
	forks_on

# Else they take up all numbers of processes.
orphans() {
	begin
	program orphans 'for i in {1..200}; do (true &); done' \
		'for i in {1..50}; do' \
		'	zombies=$(ps --ppid $PPID -o stat= | grep -c ^Z) || exit 0' \
		'	sleep 0.1' 'done' 'echo "there are $zombies"' 'exit 1'
	lines init=$programs/orphans
	check_let_in alice
	check_eq "$(log_of_modules err)" '' errors
}
test_case 'what a program has left and has ended is nobody'"'"'s burden' orphans

much_output() {
	local lines
	begin
	program loud 'for i in {1..150}; do echo "line $i"; done' \
		'printf "\e[2Jred\x07 %0500d\n" 7' \
		'head -c 104857600 /dev/zero | tr "\0" x; echo' 'echo the end'
	lines init=$programs/loud
	within 15 check_let_in alice
	lines=$(log_of_modules info | grep -c "$programs/loud: ")
	check_eq "$lines" 100 'lines'
	check_match "$(log_of_modules warning)" 'more lines of .* are left out' lost
	boot_again
	program loud 'printf "\e[2Jred\x07 %0500d\n" 7'
	log_mark
	check_let_in alice
	check_match "$(log_of_modules info)" "$programs/loud: "'\\x1b\[2Jred\\x07 0+' \
		escapes
	check_eq "$(log_of_modules info | grep "$programs/loud" |
		sed "s|.*$programs/loud: ||" | awk '{ print length($0) }' |
		sort -rn | head -n 1)" 400 'longest line'
}
test_case '100 MiB of output and escape sequences do no harm' much_output

# A syslog that waits keeps nobody waiting who wants the same name.
logged_without_the_lock() {
	begin
	program talks 'echo said by a program'
	lines "init=$programs/talks"
	strace -f -qq -y -s 200 -o "$work/trace" -e trace=flock,close,sendto \
		-e inject=sendto:delay_enter=400000 su alice -c true ||
		fail 'the login'
	awk '
		/ flock\([0-9]+<[^>]*\/lock\/alice>, LOCK_EX/ { held = 1 }
		held && / close\([0-9]+<[^>]*\/lock\/alice>\)/ { freed = NR }
		/ sendto\(.*said by a program/ { logger = $1 }
		logger == $1 && / sendto.* = [0-9]/ && !logged { logged = NR }
		END { exit !(freed && logged > freed) }
	' "$work/trace" || fail "$(grep -E 'lock/alice|said by|resumed' "$work/trace")"
}
test_case 'no-hostage what programs write is logged without the lock' \
	logged_without_the_lock

daemon_stays() {
	local pid
	begin
	program daemon 'sleep 300 &' "echo \$! >$seen/pid"
	lines init=$programs/daemon
	within 5 check_let_in alice
	pid=$(cat $seen/pid)
	kill -0 "$pid" || fail 'it is gone'
	check_match "$(readlink "/proc/$pid/fd/1")" '^pipe:' 'its output'
	# It has neither the lock nor the namespace.
	ip netns delete alice
	within 5 check_let_in alice
	kill "$(cat $seen/pid)" "$pid"
}
test_case 'a daemon of a program that succeeds stays, and holds nothing up' \
	daemon_stays

fork_loop() {
	begin
	program bomb 'for i in {1..200}; do (setsid sleep 400 &) & done' 'wait' \
		'exit 1'
	lines init=$programs/bomb
	log_mark
	check_refused alice
	check_denied "run '$programs/bomb'"
	check_nothing_left
}
test_case 'all-or-nothing all 200 descendants of a program that fails are ended' \
	fork_loop

# ---- NETNS_ETC -------------------------------------------------------------

resolver() {
	program resolver 'exec >/dev/null 2>&1' "[ \$1 = create ] || exit 0" \
		'echo "nameserver 203.0.113.1" >"$NETNS_ETC/resolv.conf"' \
		'echo "# hosts of $2" >"$NETNS_ETC/hosts"' "$@"
	lines init=$programs/resolver
}

generated_for_a_name() {
	local host
	begin
	host=$(cat /etc/resolv.conf /etc/hosts)
	resolver
	check_eq "$(ssh_as alice cat /etc/resolv.conf /etc/hosts)" \
		$'nameserver 203.0.113.1\n# hosts of alice' 'the first session'
	lines
	check_eq "$(su alice -c 'cat /etc/resolv.conf /etc/hosts')" \
		$'nameserver 203.0.113.1\n# hosts of alice' 'a line without init='
	check_eq "$(cat /etc/resolv.conf /etc/hosts)" "$host" 'on the host'
	check_eq "$(su bob -c 'cat /etc/resolv.conf /etc/hosts')" "$host" bob
	check_eq "$(su bob -c 'ls /run/pam_net/etc 2>&1' | grep -c denied)" 1 \
		'a user looks'
	# The admin's file counts.
	override alice hosts '# hosts of the admin'
	check_eq "$(ssh_as alice cat /etc/resolv.conf /etc/hosts)" \
		$'nameserver 203.0.113.1\n# hosts of the admin' 'both have a file'
	# It goes with the namespace.
	ip netns delete alice
	check_eq "$(ssh_as alice cat /etc/resolv.conf /etc/hosts)" \
		"$(cat /etc/resolv.conf)"$'\n# hosts of the admin' \
		'a namespace made anew'
}
test_case 'what programs put into NETNS_ETC overrides /etc, below what the admin has' \
	generated_for_a_name

generated_for_newnet() {
	begin
	resolver
	check_eq "$(ssh_as nina cat /etc/resolv.conf)" 'nameserver 203.0.113.1' \
		'in the session'
	[[ ! $(find /run/pam_net/etc-new -mindepth 1) ]] ||
		fail "left: $(find /run/pam_net/etc-new -mindepth 1)"
	resolver 'mkdir "$NETNS_ETC/ssh"'
	log_mark
	check_refused nina
	check_denied '/ssh.: it is a directory, which a namespace without a name'
	check_nothing_left
	check_let_in alice
}
test_case 'newnet sees what programs put into NETNS_ETC, and nothing is left' \
	generated_for_newnet

generated_is_taken_off() {
	begin
	resolver
	check_let_in alice
	lines
	check_let_in alan
	check_eq "$(ssh_as alice "echo secret | su alan -c 'cat /etc/resolv.conf' 2>/dev/null")" \
		"$(cat /etc/resolv.conf)" 'what alan sees'
	check_eq "$(ssh_as alice "echo secret | su nina -c 'cat /etc/resolv.conf' 2>/dev/null")" \
		"$(cat /etc/resolv.conf)" 'what nina sees'
	resolver
	lines
	check_eq "$(ssh_as nina "echo secret | su alice -c 'cat /etc/resolv.conf' 2>/dev/null")" \
		'nameserver 203.0.113.1' 'su from newnet'
}
test_case 'su to another name takes off what programs have generated' \
	generated_is_taken_off

generated_is_of_one_namespace() {
	begin
	resolver
	check_let_in alice
	override alice motd 'of alice'
	pam_lines 'session required pam_newnet.so etc=alice' \
		'session required pam_usernet.so'
	check_eq "$(ssh_as alice "echo secret | su nina -c 'cat /etc/resolv.conf' 2>/dev/null")" \
		"$(cat /etc/resolv.conf)" 'what nina sees'
}
test_case 'what programs have generated for a name is not for a new namespace with its etc=' \
	generated_is_of_one_namespace

# As a service with TemporaryFileSystem=/run
with_own_run() {
	unshare --mount --propagation slave bash -c \
		'mount -t tmpfs own /run && exec "$@"' - "$@"
}

generated_is_out_of_reach() {
	local user
	begin
	resolver
	for user in alice nina alice; do
		log_mark
		check_eq "$(with_own_run su $user -c 'cat /etc/resolv.conf')" \
			"$(cat /etc/resolv.conf)" "what $user sees"
		check_match "$(log_of_modules warning)" \
			"cannot use what .*programs have generated.*/run is not the host's" \
			"warning of $user"
	done
	[[ ! $(find /run/pam_net/etc-new -mindepth 1) ]] ||
		fail "left: $(find /run/pam_net/etc-new -mindepth 1)"
	check_eq "$(su alice -c 'cat /etc/resolv.conf')" \
		'nameserver 203.0.113.1' 'on the host'
	# Mounts of a session have the host's /run.
	check_eq "$(ssh_as nina "echo secret | su alice -c 'cat /etc/resolv.conf' 2>/dev/null")" \
		'nameserver 203.0.113.1' 'from a session'
}
test_case 'what programs have generated is only warned of where /run is another' \
	generated_is_out_of_reach

generated_unsafe() {
	local action user
	begin
	for action in 'ln -s /etc/shadow "$NETNS_ETC/motd"' \
		'chown alice "$NETNS_ETC/hosts"' 'chmod 666 "$NETNS_ETC/hosts"' \
		'mkfifo "$NETNS_ETC/fifo"' 'chmod 777 "$NETNS_ETC"'; do
		resolver "$action"
		for user in alice nina; do
			log_mark
			check_refused $user
			check_denied "use '/run/pam_net/etc(/alice|-new)/[0-9]*"
			# The next one is not denied for it.
			check_nothing_left
		done
		resolver
		check_let_in alice
		check_let_in nina
		boot_again
	done
	resolver 'mkdir "$NETNS_ETC/ssh"; echo x >"$NETNS_ETC/ssh/y"' 'exit 1'
	for user in alice nina; do
		check_refused $user
		check_nothing_left
	done
}
test_case 'a file of NETNS_ETC that is a link or not only root'"'"'s denies' \
	generated_unsafe

# ---- the login is killed meanwhile -----------------------------------------

slow_program() {
	begin
	program slow "echo \$1 >>$seen/order" 'sleep 2' "echo done >>$seen/order"
	lines init=$programs/slow
}

name_goes_on() {
	slow_program
	su alice -c true &
	wait_for test -s $seen/order || fail 'it did not run'
	kill -KILL $!
	wait_for grep -q 'done' $seen/order || fail 'it did not end'
	wait_for named_netns alice || fail 'no name'
	check_let_in alice
	check_eq "$(grep -c create $seen/order)" 1 runs
	check_eq "$(grep ^init= /run/pam_net/names/alice)" \
		"init=$programs/slow" record
}
test_case 'survives-kill a name is filled to the end if the login is killed' \
	name_goes_on

newnet_does_not() {
	slow_program
	program slow "echo \$\$ >$seen/order" "trap 'echo term >$seen/term; exit' TERM" \
		'sleep 300 & wait'
	su nina -c true &
	wait_for test -s $seen/order || fail 'it did not run'
	kill -KILL $!
	wait_for test -e $seen/term || fail 'it was not ended'
	wait_for not pgrep -f 'sleep 300' || fail 'a process is left'
	wait_for not pgrep -f $programs/slow || fail 'the program is left'
}
test_case 'survives-kill a new namespace is unmade if the login is killed' \
	newnet_does_not

stopped() {
	slow_program
	su bob -c "echo secret | su alice -c true 2>/dev/null" &
	wait_for test -s $seen/order || fail 'it did not run'
	# As bob: what is root's he cannot stop.
	setpriv --reuid=bob --clear-groups pkill -STOP -x su
	within 15 check_let_in alice
	pkill -CONT -x su
}
test_case 'no-hostage a login that is stopped while programs run holds nobody up' \
	stopped

# ---- lines that name other programs ----------------------------------------

other_line() {
	begin
	program one
	program two
	lines init=$programs/one
	check_let_in alice
	lines init=$programs/two
	log_mark
	check_let_in alice
	check_match "$(log_of_modules warning)" \
		"'alice' was not made with init=$programs/two" warning
	lines
	log_mark
	check_let_in alice
	check_eq "$(log_of_modules warning)" '' 'a line without init='
}
test_case 'a line with other programs joins with a warning' other_line

# Something called "rules" where the package's own programs are looked for.
rules_that_do_nothing() {
	local directory
	lines init=no-such-program
	check_refused alice
	directory=$(log_of_modules err |
		sed -nE "s/.*cannot run '([^']*)\/no-such-program'.*/\1/p")
	[[ $directory ]] || fail "no directory: $(log_of_modules err)"
	mkdir -p "$directory"
	printf '#!/bin/sh\nexit 0\n' >"$directory/rules"
	chmod 755 "$directory/rules"
}

without_rules_first() {
	begin
	rules_that_do_nothing
	lines
	check_let_in alice
	lines init=rules
	log_mark
	check_refused alice
	check_denied "join 'alice': its line has init=rules, which did not run .*pamnetctl remove 'alice'"
	ip netns delete alice
	check_let_in alice
	log_mark
	lines init=rules,/nowhere
	check_let_in alice
	check_match "$(log_of_modules warning)" 'was not made with' warning
	# By hand, and with the record of before.
	ip netns delete alice
	ip netns add alice
	lines init=rules
	check_refused alice
}
test_case 'who was first without rules does not get in by a line that has them' \
	without_rules_first

hostile_record() {
	local record=/run/pam_net/names/alice
	begin
	rules_that_do_nothing
	lines init=rules
	check_let_in alice
	cp $record /tmp/record
	for change in 'rm -f $record' 'ln -sfn /tmp/record $record' \
		'rm -f $record; mkfifo $record' 'chmod 666 $record' \
		'chown alice $record' 'truncate -s 1M $record' \
		"sed -i s/^cookie=.*/cookie=1/ \$record" \
		"sed -i s/^init=.*/init=xrules,rulesx/ \$record" \
		": >\$record" 'rm -f $record; mkdir $record'; do
		rm -rf $record
		install -m 644 /tmp/record $record
		check_let_in alice
		eval "$change"
		within 5 check_refused alice
	done
}
test_case 'a record that is no record of this namespace says nothing' hostile_record
