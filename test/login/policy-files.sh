#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Policy files: what is read in which order, and that one which is unsafe or
# cannot be understood lets in nobody but root, and says where and why.
# shellcheck source=policy.sh
. "$(dirname "$0")/../policy.sh"

file=/etc/security/netns.conf
directory=/etc/security/netns.d

# ---- what is refused -------------------------------------------------------

traces() {
	mounts_snapshot
	ls -l /etc/security/
	[[ ! -d /etc/security/netns.d ]] || ls -l /etc/security/netns.d
}

# check_denied FILE[:LINE] WORD [WHY]: everybody but uid 0, without hanging
check_denied() {
	local where=$1 word=$2 why=${3-} before line object="'$1'"
	before=$(traces)
	log_mark
	check_eq "$(within 10 lands su alice)" refused alice
	line=$(log_of_modules err)
	check_eq "$(wc -l <<<"$line")" 1 "lines in the log: $line"
	[[ $where != *:* ]] || object="'$where: $word'"
	[[ $line =~ "denied user=alice service=su "[^:]*": cannot understand $object" ]] ||
		fail "no $object in the log: $line"
	check_match "$line" "$why" 'reason in the log'
	check_no_match "$line" $'[\x01-\x1f\x7f]' 'control character in the log'
	check_eq "$(within 10 lands su bob)" refused bob
	check_on_host "$(within 10 lands su root)" root
	check_match "$(log_of_modules warning)" 'passed user=root service=su ' \
		'warning in the log'
	check_same "$(traces)" "$before" 'left behind'
	check_nothing_made
}

# check_mended: the next login needs nothing more
check_mended() {
	rules 'alice * vpn'
	check_in vpn "$(lands su alice)" mended
	check_on_host "$(lands su bob)" mended
}

# The same by real programs.
by_programs() {
	rules 'bob * -' 'alice * vpn' 'root * vpn' "$1"
	within 10 check_refused alice
	within 10 check_refused bob
	check_eq "$(su alice -c 'echo let in' 2>/dev/null)" '' 'su'
	check_eq "$(sudo -u bob echo let in 2>/dev/null)" '' 'sudo'
	check_on_host "$(ssh_as root where)" 'root by ssh'
	check_on_host "$(su - -c where)" 'root by su'
	check_on_host "$(sudo where)" 'root by sudo'
	check_nothing_made
	check_mended
}
policy_case 'root-gets-in a broken file, by ssh, su and sudo' by_programs \
	'alice * vpn lodwn'

# In a session that was opened before, nobody but root gets further, and root
# stays where he is.
in_a_session() {
	rules 'alice * vpn' 'root * host'
	connection_open alice
	rules 'alice * vpn' 'root * host typo'
	check_eq "$(connection_run alice "$(su_to alan where)")" '' 'su to alan'
	check_eq "$(connection_run alice "$(su_to root where)" | cut -d' ' -f1)" \
		"$(named_netns vpn)" 'su to root'
	check_in vpn "$(connection_run alice where)" 'the session'
	log_mark
	connection_close alice
	check_match "$(log_of_modules info)" 'closed user=alice' 'log'
}
policy_case 'never-outside a file that breaks during a session' in_a_session

# broken LINE WORD [WHY]: among good lines, some of them for those who log in
broken() {
	rules '# a comment' 'bob * -' '' "$1" 'alice * vpn' 'root * vpn'
	check_denied "$file:4" "$2" "${3-}"
	check_mended
}

# broken_case PROMISE LINE WORD [WHY]
broken_case() {
	policy_case "never-outside $1" broken "${@:2}"
}

broken_case 'an option that is unknown' 'alice * vpn lodwn' lodwn \
	'no option for a name'
broken_case 'an option that is unknown, of a line for nobody' \
	'nobody * vpn lodwn' lodwn
# libpam calls every service by its name in small letters.
for service in SSHD Login '*D' 's?D' '[a-z]D'; do
	broken_case "a service in capitals, $service" \
		"alice $service vpn" "$service"
done

one_of_several() {
	rules 'alice su vpn' 'bob su,Login,sshd -'
	check_eq "$(lands su alice)" refused alice
	check_on_host "$(lands su root)" root
	check_match "$(log_of_modules err)" "'$file:2: [^']*Login" 'the log'
	check_mended
}
policy_case 'never-outside a service in capitals, one of several' \
	one_of_several

capitals_in_brackets() {
	rules 'alice [sS][uU] vpn' 'root * -'
	check_in vpn "$(lands su alice)" alice
}
policy_case 'a capital inside of brackets is no error' capitals_in_brackets

broken_case 'an argument that is unknown' 'alice * vpn rate=5' rate=5
for option in group=usernet config debug log=/tmp/log open close; do
	broken_case "an option of the module line, $option" \
		"alice * vpn $option" $option
done
broken_case 'an option of another plan, etc= of a name' \
	'alice * vpn etc=x' etc=x
broken_case 'an option of another plan, nomount of a name' \
	'alice * vpn nomount' nomount
broken_case 'an option of another plan, rootshared of a new one' \
	'alice * new rootshared' rootshared
broken_case 'an option of another plan, lodown of the host' \
	'alice * host lodown' lodown
broken_case 'an option of another plan, announce of -' \
	'alice * - announce' announce
broken_case 'an option whose value is bad' 'alice * new etc=a/b' etc=a/b
broken_case 'an option with a value it has not' 'alice * vpn lodown=1' lodown=1
broken_case 'too few fields' alice alice 'too few'
broken_case 'too few fields, a service that looks like a name' \
	'alice lodown' lodown 'option'
broken_case 'too few fields, before an option' 'alice * lodown' lodown 'option'
broken_case 'too few fields, before a comment' 'alice # * vpn' alice 'too few'
broken_case 'a name with a slash' 'alice * a/b' a/b
broken_case 'a path instead of a name' 'alice * /run/netns/vpn' /run/netns/vpn
broken_case 'a name with a slash and a percent sign' 'alice * %u/x' %u/x slash
broken_case 'a name that is .' 'alice * .' .
broken_case 'a name that is ..' 'alice * ..' ..
broken_case 'a % that means nothing' 'alice * %h' %h
broken_case 'a % at the end' 'alice * vpn%' vpn%
broken_case '%1 without a *' 'alice * %1' %1 "no '\\*'"
broken_case '%1 of a range' '2001:2002 * x%1' x%1 "no '\\*'"
broken_case 'a group without a name' '@ * vpn' @
broken_case 'a [ without a ]' 'al[i * vpn' 'al[i'
broken_case 'a [ without a ] in a service' 'alice su,[s vpn' '[s'
for services in ,su 'su,' su,,sudo ','; do
	broken_case "services with a hole, $services" "alice $services vpn" \
		"$services"
done
for range in : 5:3 a:b 1:b 1:2:3 -5: 0x10: 4294967295: :4294967296 \
	99999999999: +1:2; do
	broken_case "a range that is none, $range" "$range * vpn" "$range" range
	broken_case "a range that is none, @$range" "@$range * vpn" "@$range" \
		range
done
broken_case 'a line with Windows line ends' $'alice * vpn\r' 'vpn\x0d' control
broken_case 'an empty line with a Windows line end' $'\r' '\x0d' control
broken_case 'a control character that would forge the log' \
	$'ali\x1b[2Jce\x08 * vpn' 'ali\x1b[2Jce\x08' control
broken_case 'more words than there are options' \
	"alice * vpn $(printf 'lodown %.0s' {1..40})" lodown

nul_byte() {
	printf 'bob * -\nalice * vpn\0\n' >$file
	check_denied $file:2 'alice * vpn' NUL
	printf '\0' >$file
	check_denied $file:1 '' NUL
	printf 'bob * -\n\0alice * vpn\n' >$file
	check_denied $file:2 '' NUL
	check_mended
}
policy_case 'never-outside NUL bytes' nul_byte

windows_file() {
	printf '%s\r\n' '# who service namespace' 'bob * -' 'alice * vpn' >$file
	check_denied $file:2 '-\x0d' control
	check_mended
}
policy_case 'never-outside a file that came from Windows' windows_file

no_text() {
	cp /bin/true $file
	log_mark
	check_eq "$(lands su alice)" refused alice
	check_eq "$(lands su bob)" refused bob
	check_on_host "$(lands su root)" root
	check_match "$(log_of_modules err)" "$file:[0-9]+: " log
	check_mended
}
policy_case 'never-outside a file that is no text' no_text

# many CHARACTER COUNT
many() {
	head -c "$2" /dev/zero | tr '\0' "$1"
}

long_line() {
	local part
	part=$(many n 200)
	{ echo 'bob * -'; echo "alice * $(many n $(((1 << 20) - 30)))"; } >$file
	check_denied $file:2 "$part" 'file name'
	{ echo 'bob * -'; many n $(((1 << 20) - 30)); echo; } >$file
	check_denied $file:2 "$part" 'too few'
	{ echo 'bob * -'; many n $(((1 << 20) - 8)); } >$file
	check_denied $file:2 "$part" 'too few'
	many n $((1 << 20)) >$file
	check_denied $file:1 "$part" 'too few'
	check_mended
}
policy_case 'never-outside a line of 1 MiB' long_line

too_large() {
	{ echo 'alice * vpn'; many '#' $((1 << 20)); } >$file
	check_denied $file '' 'larger than 1 MiB'
	truncate -s 100G $file
	check_denied $file '' 'larger than 1 MiB'
	check_mended
}
policy_case 'never-outside a file larger than 1 MiB' too_large

# The longest that are understood: a comment, a pattern, blanks.
long_and_good() {
	{ echo 'alice * vpn'; many '#' $(((1 << 20) - 12)); } >$file
	check_eq "$(stat -c %s $file)" $((1 << 20)) 'size'
	check_in vpn "$(within 10 lands su alice)" 'a comment'
	echo "$(many '*' $((1 << 19)))x * - # not alice" >$file
	echo "alice $(many ' ' $((1 << 18))) * vpn" >>$file
	check_in vpn "$(within 10 lands su alice)" 'a pattern'
	check_on_host "$(within 10 lands su bob)" bob
}
policy_case 'lines of nearly 1 MiB take no time' long_and_good

many_lines() {
	printf 'user%d * ns%d\n' {1..35000}{,} 2>/dev/null | head -n 50000 >$file
	echo 'alice * vpn' >>$file
	check_in vpn "$(within 15 lands su alice)"
	check_on_host "$(within 15 lands su bob)" bob
}
policy_case 'a file of 50,000 lines takes no time' many_lines

# ---- files that are unsafe -------------------------------------------------

good() {
	printf '%s\n' 'bob * -' 'alice * vpn' >"$1"
}

make_users_own() { good "$1" && chown bob "$1"; }
make_group_writable() { good "$1" && chmod 664 "$1"; }
make_world_writable() { good "$1" && chmod 646 "$1"; }
make_link() { good "$1.target" && ln -s "$1.target" "$1"; }
make_dangling() { ln -s /nothing "$1"; }
make_loop() { ln -s "$1" "$1"; }
make_fifo() { mkfifo "$1"; }
make_device() { mknod "$1" c 1 5; }
make_directory() { mkdir "$1"; }

make_socket() {
	socat "UNIX-LISTEN:$1" - </dev/null &
	wait_for test -S "$1"
}

unsafe() {
	local path=$1 make=$2 why=$3
	mkdir -p $directory
	rm -f $file
	[[ $path == "$file" ]] || good $file
	"make_$make" "$path"
	check_denied "$path" '' "$why"
	rm -rf "$path"
	check_mended
}
for path in $file $directory/20-b.conf; do
	for try in "users_own a user's" 'group_writable its group may write' \
		'world_writable others may write'; do
		policy_case "never-outside ${path##*/} that ${try#* }" \
			unsafe "$path" "${try%% *}" "must be root's"
	done
	policy_case "never-outside ${path##*/} that is a symlink" \
		unsafe "$path" link 'symbolic link'
	policy_case "never-outside ${path##*/} that is a dangling symlink" \
		unsafe "$path" dangling 'symbolic link'
	policy_case "never-outside ${path##*/} that is a loop" \
		unsafe "$path" loop 'symbolic link'
	policy_case "never-outside ${path##*/} that is a fifo, without hanging" \
		unsafe "$path" fifo 'not a file'
	policy_case "never-outside ${path##*/} that is an endless device" \
		unsafe "$path" device 'not a file'
	policy_case "never-outside ${path##*/} that is a socket" \
		unsafe "$path" socket 'no file|No such device'
	policy_case "never-outside ${path##*/} that is a directory" \
		unsafe "$path" directory 'directory'
done

unsafe_directory() {
	good $file
	"$@" $directory
	check_denied $directory '' ''
	rm -rf $directory
	check_mended
}
users_directory() { mkdir "$1" && chown bob "$1"; }
writable_directory() { mkdir -m 775 "$1" && chmod 775 "$1"; }
linked_directory() { mkdir /etc/security/other && ln -s other "$1"; }
policy_case "never-outside netns.d that is a user's" \
	unsafe_directory users_directory
policy_case 'never-outside netns.d that its group may write' \
	unsafe_directory writable_directory
policy_case 'never-outside netns.d that is a symlink' \
	unsafe_directory linked_directory
policy_case 'never-outside netns.d that is a file' unsafe_directory touch

fifo_by_config() {
	pam_lines 'session required pam_usernet.so config=/etc/security/a-fifo'
	mkfifo /etc/security/a-fifo
	check_denied /etc/security/a-fifo '' 'not a file'
}
test_case 'never-outside config= of a fifo, without hanging' fifo_by_config

# ---- files that are missing ------------------------------------------------

nothing_there() {
	check_denied $file '' 'No such file'
	mkdir $directory
	echo 'alice * vpn' >$directory/not-this.rules
	check_denied $file '' 'No such file'
	check_mended
}
policy_case 'root-gets-in no file at all cannot tell whom it is for' nothing_there

config_missing() {
	pam_lines 'session required pam_usernet.so config=/etc/security/other.conf'
	good $file
	check_denied /etc/security/other.conf '' 'No such file'
	good /etc/security/other.conf
	check_in vpn "$(lands su alice)"
}
test_case 'root-gets-in config= of a file that is not there' config_missing

empty_file() {
	: >$file
	check_on_host "$(lands su alice)" alice
	check_on_host "$(lands su root)" root
	check_on_host "$(ssh_as bob where)" bob
	rules '# nothing' '' $' \t '
	check_on_host "$(lands su alice)" alice
	check_nothing_made
}
policy_case 'bystander an empty file confines nobody' empty_file

# ---- what is read, in which order ------------------------------------------

in_order() {
	mkdir $directory
	rules 'alice * first'
	echo 'alice * second' >$directory/10-a.conf
	echo 'alan * second' >>$directory/10-a.conf
	echo 'alan * third' >$directory/20-b.conf
	echo 'paul * third' >>$directory/20-b.conf
	echo 'paul * fourth' >$directory/9-c.conf
	check_in first "$(lands su alice)" netns.conf
	check_in second "$(lands su alan)" 10-a.conf
	check_in third "$(lands su paul)" '20-b.conf before 9-c.conf'
	check_on_host "$(lands su bob)" bob
}
policy_case 'netns.conf comes first, then netns.d by name' in_order

only_directory() {
	mkdir $directory
	echo 'alice * vpn' >$directory/a.conf
	check_in vpn "$(lands su alice)"
	: >$directory/a.conf
	check_on_host "$(lands su alice)" alice
}
policy_case 'netns.d needs no netns.conf' only_directory

not_read() {
	mkdir $directory
	rules 'bob * -'
	for name in .hidden.conf .conf a.conf~ a.conf.dpkg-new README a.CONF; do
		echo 'nonsense' >"$directory/$name"
		chown bob "$directory/$name"
	done
	mkdir $directory/a.conf.d
	check_on_host "$(lands su alice)" alice
}
policy_case 'of netns.d only the *.conf are read' not_read

config_reads_no_other() {
	pam_lines 'session required pam_usernet.so config=/etc/security/other.conf'
	mkdir $directory
	rules 'alice * by-default'
	echo nonsense >$directory/a.conf
	echo 'alice * by-config' >/etc/security/other.conf
	check_in by-config "$(lands su alice)"
}
test_case 'config= reads that file and no other' config_reads_no_other

broken_in_directory() {
	mkdir $directory
	rules 'bob * -' 'alice * vpn'
	echo 'alan * vpn' >$directory/10-good.conf
	printf '%s\n' '# one' 'alan * vpn typo' >$directory/20-bad.conf
	check_denied $directory/20-bad.conf:2 typo
	check_mended_without $directory/20-bad.conf
}

check_mended_without() {
	rm "$1"
	check_in vpn "$(lands su alan)" mended
}
policy_case 'never-outside one broken file of netns.d, whose lines nobody comes to' \
	broken_in_directory

how_lines_are_cut() {
	{
		printf '\talice\t \t*   vpn\tlodown  # a comment\n'
		printf 'alan vpn # a comment\n'
		printf 'bob#1 * never\n'
		printf 'bob * a#b\n'
		printf 'nina * ohne-Zeilenende-ü'
	} >$file
	check_in vpn "$(lands su alice)" 'tabs'
	check_in vpn "$(lands su alan)" 'two fields'
	check_in 'a#b' "$(lands su bob)" '# within a word'
	check_in ohne-Zeilenende-ü "$(lands su nina)" 'the last line'
}
policy_case 'blanks, tabs, comments, and a last line without an end' \
	how_lines_are_cut

# An admin's editor writes while people log in.
while_it_is_written() {
	local n got
	good $file
	for ((n = 0; n < 200; n++)); do
		good $file.new
		mv $file.new $file
	done &
	for ((n = 0; n < 20; n++)); do
		got=$(lands su alice)
		check_in vpn "$got"
	done
	wait
}
policy_case 'never-outside a file that is replaced while users log in' \
	while_it_is_written

half_written() {
	local n got
	for ((n = 0; n < 400; n++)); do
		good $file
	done &
	for ((n = 0; n < 20; n++)); do
		got=$(lands su alice)
		[[ $got == refused || $got == *" vpn" ]] ||
			check_on_host "$got"
	done
	wait
	check_mended
}
policy_case 'a file that is written in place is read as it is at that moment' \
	half_written
