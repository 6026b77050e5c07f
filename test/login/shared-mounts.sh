#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# That all logins of a name share their mounts, that these are the right ones,
# and that they end with the last process that is in them.
# What runs elsewhere expands there:
# shellcheck disable=SC2016
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

records=/run/pam_net/sessions

# stay USER: USER logs in by su and stays. Its pid is in $stayed, its mount
# namespace in $its_mounts.
stay() {
	rm -f "/tmp/in-$1"
	su "$1" -c "$mntns >/tmp/in-$1; exec sleep 1000" &
	stayed=$!
	wait_for test -s "/tmp/in-$1" || fail "$1 is not in"
	its_mounts=$(<"/tmp/in-$1")
}

mounts_of() {
	su "$1" -c "$mntns"
}

# in_mounts COMMAND...: as root, in the mounts where $stayed is
in_mounts() {
	nsenter --target "$stayed" --mount -- "$@"
}

check_shares() {
	check_eq "$(mounts_of "$1")" "$its_mounts" "mounts of $1"
}

# In the network of the name, but not in these mounts.
check_own() {
	local both
	both=$(su "$1" -c "$netns; $mntns")
	check_named "$1" "$(head -n 1 <<<"$both")"
	check_ne "$(tail -n 1 <<<"$both")" "$its_mounts" "mounts of $1"
	check_ne "$(tail -n 1 <<<"$both")" "$(readlink /proc/1/ns/mnt)" \
		"mounts of $1"
}

# ---- one view ---------------------------------------------------------------

many_at_once() {
	local i pids=() ways=("ssh -l alice 127.0.0.1" "su alice -c" "su alice -c"
		"sudo -u alice bash -c")
	mkdir -m 777 /tmp/seen
	for i in {1..32}; do
		# shellcheck disable=SC2086
		timeout 60 ${ways[i % 4]} "$mntns >/tmp/seen/$i; sleep 3" &
		pids+=($!)
	done
	wait "${pids[@]}"
	check_eq "$(cat /tmp/seen/* | wc -l)" 32 'logins'
	check_eq "$(cat /tmp/seen/* | sort -u | wc -l)" 1 'mount namespaces'
}
test_case 'one-view 32 first logins at once, by ssh, su and sudo' many_at_once

by_cron() {
	stay alice
	echo "* * * * * alice $mntns >/tmp/by-cron" >/etc/cron.d/test
	cron
	for _ in {1..70}; do
		[[ ! -s /tmp/by-cron ]] || break
		sleep 1
	done
	check_eq "$(</tmp/by-cron)" "$its_mounts" 'mounts of the job'
}
[[ ! ${TEST_ALL-} ]] || test_case 'one-view a job of cron' by_cron

# fstab's "user": mount(8) is setuid root.
user_mounts() {
	mkdir -p /opt/stick
	echo 'tmpfs /opt/stick tmpfs user,noauto 0 0' >>/etc/fstab
	connection_open alice
	connection_run alice 'mount /opt/stick && echo there >/opt/stick/file'
	check_eq "$(su alice -c 'cat /opt/stick/file')" there 'by su'
	check_eq "$(ssh_as alice 'cat /opt/stick/file; umount /opt/stick')" \
		there 'by ssh'
	check_eq "$(connection_run alice 'ls /opt/stick')" '' 'after umount'
	check_eq "$(ls /opt/stick)" '' 'on the host'
}
test_case 'what one login mounts is there in the others, and can be unmounted' \
	user_mounts

members_of_a_team() {
	printf '%s\n' 'alice * team' 'alan * team' >/etc/security/netns.conf
	pam_lines 'session required pam_usernet.so config'
	stay alice
	check_shares alan
}
test_case 'one-view two users of one name' members_of_a_team

su_to_another() {
	stay alan
	check_eq "$(ssh_as alice "echo secret | su alan -c '$mntns' 2>/dev/null")" \
		"$its_mounts" 'alan'
}
test_case 'one-view su out of the session of another user' su_to_another

keeps_cwd() {
	mkdir -p /opt/dir
	stay alice
	check_eq "$(cd /opt/dir && su alice -c "pwd; $mntns")" \
		"/opt/dir"$'\n'"$its_mounts" 'cwd, mounts'
}
test_case 'one-view the working directory is kept' keeps_cwd

# where_from TO: where su of alice in /opt/dir lands, if that is renamed, and is
# a link to TO, by the time that su goes back to it
where_from() {
	rm -rf /opt/dir /opt/moved
	mkdir /opt/dir
	(cd /opt/dir && inject getcwd:delay_exit=1000000 su alice \
		-c 'readlink /proc/self/cwd; cat secret; true' >/tmp/where 2>/dev/null) &
	sleep 0.5
	mv /opt/dir /opt/moved
	ln -s "$1" /opt/dir
	wait $! || fail "su: $(</tmp/where)"
	grep -q DELAYED /tmp/trace || fail 'no delay'
	cat /tmp/where
}

cwd_is_exchanged() {
	local to
	mkdir -p /opt/private/open
	chmod 700 /opt/private
	echo secret >/opt/private/open/secret
	stay alice
	for to in nowhere /opt/private/open /proc/1/root/opt/moved; do
		check_eq "$(where_from "$to")" /opt/moved "shared mounts, $to"
	done
}
test_case "kept-in a working directory that is exchanged meanwhile is kept" \
	cwd_is_exchanged

last_one_ends() {
	local inode
	stay alice
	inode=$its_mounts
	kill "$stayed"
	wait "$stayed"
	stay alice
	mkdir -p /opt/disk
	mount -t tmpfs disk /opt/disk
	kill "$stayed"
	wait "$stayed"
	umount /opt/disk || fail 'the host cannot unmount'
	wait_for no_namespace "$its_mounts" || fail 'the mounts are held'
	wait_for no_namespace "$inode" || fail 'the first mounts are held'
	check_eq "$(find $records -type f | wc -l)" 0 'records'
}
# no_namespace NAMESPACE: no process is in it
no_namespace() {
	! readlink /proc/[0-9]*/ns/mnt | grep -qxF "$1"
}
test_case 'one-view the mounts end with the last process' last_one_ends

name_made_anew() {
	stay alice
	ip netns delete alice
	check_own alice
}
test_case 'never-outside a name that is deleted and made anew has new mounts' \
	name_made_anew

# ---- overrides -------------------------------------------------------------

hosts_of() {
	in_mounts head -n 1 /etc/hosts
}

override_changes() {
	override alice hosts first
	stay alice
	check_eq "$(hosts_of)" first 'at first'
	echo second >/etc/netns/alice/new
	mv /etc/netns/alice/new /etc/netns/alice/hosts
	check_eq "$(su alice -c "head -n 1 /etc/hosts; $mntns")" \
		"second"$'\n'"$its_mounts" 'the next login'
	check_eq "$(hosts_of)" second 'who is in'
	rm /etc/netns/alice/hosts
	check_shares alice
	check_eq "$(hosts_of)" "$(head -n 1 /etc/hosts)" 'removed'
	override alice resolv.conf 'nameserver 192.0.2.7'
	check_shares alice
	check_eq "$(in_mounts cat /etc/resolv.conf)" 'nameserver 192.0.2.7' \
		'added'
	# Nothing tells now where the overrides came from.
	rm -r /etc/netns
	check_same "$(su alice -c 'cat /etc/resolv.conf')" \
		"$(</etc/resolv.conf)" 'all removed'
}
test_case 'one-view overrides that change are put right for all' override_changes

# Nobody in there loses what he has.
override_fits_no_more() {
	override alice hosts first
	override alice resolv.conf 'nameserver 192.0.2.7'
	stay alice
	rm /etc/netns/alice/hosts
	mkdir /etc/netns/alice/hosts
	check_refused alice
	check_eq "$(in_mounts cat /etc/resolv.conf)" 'nameserver 192.0.2.7' \
		'who is in'
	check_eq "$(hosts_of)" first 'who is in'
}
test_case 'all-or-nothing a login whose override fits no more changes nothing for the others' \
	override_fits_no_more

# Something else may lie on the file.
override_is_covered() {
	override alice hosts mine
	stay alice
	echo other >/root/other
	in_mounts mount --bind /root/other /etc/hosts
	check_eq "$(su alice -c 'head -n 1 /etc/hosts')" mine 'the next login'
}
test_case 'one-view an override that something else covers' override_is_covered

override_unsafe() {
	override alice hosts mine
	stay alice
	check_shares alice
	chmod o+w /etc/netns/alice/hosts
	check_refused alice
	check_match "$(log_of_modules err)" "'/etc/netns/alice/hosts'" 'the log'
	chmod o-w /etc/netns/alice/hosts
	mkdir /etc/netns/alice/skel
	touch /etc/netns/alice/skel/file
	chown alice /etc/netns/alice/skel/file
	check_refused alice
	rm -r /etc/netns/alice/skel
	check_shares alice
}
test_case 'an unsafe override denies who would share it' override_unsafe

override_without_target() {
	override alice nothing there
	stay alice
	log_mark
	check_shares alice
	check_match "$(log_of_modules warning)" 'overrides nothing' 'the log'
}
test_case 'each login warns of an override without a target' \
	override_without_target

# ---- never the wrong ones --------------------------------------------------

# like_a_unit COMMAND...: with PrivateTmp=, as systemd makes it
like_a_unit() {
	unshare --mount --propagation slave bash -c '
		mount -t tmpfs private /tmp && echo secret >/tmp/private && exec "$@"' - "$@"
}

service_is_not_joined() {
	like_a_unit su alice -c "$mntns >/opt/in; exec sleep 1000" &
	wait_for test -s /opt/in || fail 'alice is not in'
	check_match "$(cat $records/alice/*)" 'view=own' 'the record'
	its_mounts=$(</opt/in)
	check_own alice
	check_eq "$(su alice -c 'cat /tmp/private 2>&1')" \
		"cat: /tmp/private: No such file or directory" 'the private file'
	rm -f /opt/in
}
chmod 1777 /opt
test_case 'mounts built on those of a service are never shared' \
	service_is_not_joined

su_stays_confined() {
	stay alan
	check_eq "$(like_a_unit su alice -c \
		'echo secret | su alan -c "cat /tmp/private" 2>/dev/null')" \
		secret 'alan, out of a confined session'
}
test_case 'su out of a session that a service confines stays in there' \
	su_stays_confined

# As root may have them in the session, or a service that runs there.
derived_mounts() {
	stay alice
	check_eq "$(nsenter --target "$stayed" --mount --net \
		unshare --mount --propagation private bash -c '
			mount -t tmpfs private /tmp && echo secret >/tmp/private &&
				su alice -c "cat /tmp/private"')" \
		secret 'the private file'
}
test_case 'su out of mounts that are derived from those of the name stays in there' \
	derived_mounts

polyinstantiated() {
	mkdir -p /tmp/inst
	chmod 0 /tmp/inst
	echo '/tmp /tmp/inst/ user root' >/etc/security/namespace.conf
	stay alice
	pam_lines 'session required pam_namespace.so' \
		'session required pam_usernet.so'
	check_own alice
	rm -rf /tmp/inst
}
test_case 'one-view with pam_namespace above, mounts are its own' polyinstantiated

other_pids() {
	stay alice
	check_ne "$(unshare --pid --fork --mount-proc su alice -c "$mntns")" \
		"$its_mounts" 'in another PID namespace'
	check_shares alice
}
test_case 'one-view with other process numbers, mounts are its own' other_pids

other_root() {
	mkdir -p /opt/root
	mount --rbind / /opt/root
	mount --make-rslave /opt/root
	stay alice
	check_ne "$(chroot /opt/root su alice -c "$mntns")" "$its_mounts" \
		'in a chroot'
	umount -l /opt/root
}
test_case 'one-view in a chroot, mounts are its own' other_root

# stale PATH: what the mounts show there is not what the host has
stale() {
	local fresh
	mkdir -p "$1"
	stay alice
	check_shares alice
	in_mounts mount -t tmpfs other "$1"
	fresh=$(mounts_of alice)
	check_ne "$fresh" "$its_mounts" "mounts with another $1"
}
for path in /home/alice /run/user/2001 /sys /run/netns; do
	test_case "mounts with another $path are not joined" stale $path
done

# The names are still there, in another mount.
names_bound_again() {
	stay alice
	in_mounts mount --rbind /run/netns /run/netns
	check_own alice
}
test_case 'mounts with a copy of /run/netns over it are not joined' \
	names_bound_again

name_unmounted() {
	stay alice
	check_shares alice
	in_mounts umount /run/netns/alice
	check_own alice
}
test_case 'mounts in which the name is unmounted are not joined' name_unmounted

# Another root, below which all is the same.
other_root_inside() {
	stay alice
	in_mounts bash -c '
		mount --make-rprivate / && mount -t tmpfs root /mnt && cd /mnt || exit
		for file in /*; do
			if [[ -d $file && ! -L $file && $file != /mnt ]]; then
				mkdir ".$file" && mount --rbind "$file" ".$file"
			elif [[ $file != /mnt ]]; then
				cp -P "$file" .
			fi
		done
		umount -l run/netns && mount --move /run/netns run/netns &&
			mount --move . /'
	check_eq "$(in_mounts findmnt -no SOURCE /)" root 'the root inside'
	check_own alice
}
test_case 'mounts with another root are not joined' other_root_inside

# Linux before 5.12 answers EINVAL to RESOLVE_CACHED, a sandbox ENOSYS or EPERM
# to any openat2(2).
no_openat2() {
	local error
	cd /
	stay alice
	in_mounts mount -t tmpfs other /home/alice
	for error in EINVAL ENOSYS EPERM; do
		check_ne "$(strace -f -o /dev/null -e trace=openat2 \
			-e "inject=openat2:error=$error" su alice -c "$mntns")" \
			"$its_mounts" "$error"
	done
}
test_case 'mounts with another home are not joined where openat2(2) fails' \
	no_openat2

host_root_is_private() {
	mount --make-private /
	stay alice
	check_own alice
	mount --make-shared /
}
test_case 'one-view where / is not shared, mounts are its own' \
	host_root_is_private

# A shell that does not look at the working directory.
where_it_is() {
	cat >/usr/local/bin/where <<-'END'
	#!/usr/bin/perl
	print readlink("/proc/self/ns/net"), "\n", readlink("/proc/self/ns/mnt"), "\n";
	END
	chmod 755 /usr/local/bin/where
}

# The server is there, and does not answer.
home_hangs() {
	local server got
	where_it_is
	printf '%s\n' 'alice * team' 'alan * team' >/etc/security/netns.conf
	pam_lines 'session required pam_usernet.so config'
	serve_fuse /mnt/dead
	sed -i 's|:/home/alice:|:/mnt/dead/alice:|' /etc/passwd
	[[ $1 != join ]] || stay alan
	kill -STOP "$server"
	got=$(cd / && within 10 su alice -s /usr/local/bin/where)
	check_named team "$(head -n 1 <<<"$got")"
	stay alan
	check_shares alan
	# With an answer its mounts are shared again.
	kill -CONT "$server"
	check_eq "$(cd / && su alice -s /usr/local/bin/where | tail -n 1)" \
		"$its_mounts" 'mounts of alice'
}
test_case 'no-hostage a home directory behind a server that hangs, first login' \
	home_hangs first
test_case 'no-hostage a home directory behind a server that hangs, joining' \
	home_hangs join

# As with a home that gocryptfs(1) has mounted. Another one is another home.
home_of_its_user() {
	local server
	serve_fuse /home/alice "$(id -u alice)"
	cd /
	stay alice
	check_shares alice
	in_mounts mount -t tmpfs other /home/alice
	check_ne "$(mounts_of alice)" "$its_mounts" 'with another home'
}
test_case 'a home directory that only its user can look at' home_of_its_user

cwd_hangs() {
	local server
	where_it_is
	serve_fuse /mnt/dead
	stay alice
	check_eq "$(cd /mnt/dead && su alice -s /usr/local/bin/where |
		tail -n 1)" "$its_mounts" 'mounts, while it answers'
	# At its end su goes back there, and waits.
	perl -e 'chdir "/mnt/dead"; kill "STOP", shift; exec @ARGV' "$server" \
		su alice -s /usr/local/bin/where >/tmp/where 2>/tmp/error &
	wait_for grep -q mnt: /tmp/where || fail 'not in'
	check_named alice "$(head -n 1 /tmp/where)"
	check_shares alice
	kill -CONT "$server"
	wait $! || fail "su: $(</tmp/error)"
}
test_case 'no-hostage a working directory behind a server that hangs' cwd_hangs

# What somebody else has, or a login that hangs.
lock_is_held() {
	stay alice
	override alice hosts changed
	flock /run/pam_net/lock/alice sleep 1000 &
	wait_for not flock -n /run/pam_net/lock/alice true
	within 4 check_own alice
}
test_case 'no-hostage a lock of the name that is held' lock_is_held

# ---- records ---------------------------------------------------------------

record_of() {
	echo "$records/alice/$stayed.$(awk '{ print $22 }' "/proc/$stayed/stat")"
}

all_keys() {
	local record
	stay alice
	record=$(<"$(record_of)")
	check_same "$(cut -d= -f1 <<<"$record" | paste -sd' ')" \
		'id user uid service rhost tty ses plan name net mnt host pidns view hide init opened' \
		'keys'
	check_match "$record" "id=$stayed-" 'id'
	check_match "$record" $'\nuser=alice\nuid=2001\nservice=su\n' 'who'
	check_match "$record" $'\nplan=named\nname=alice\n' 'plan'
	check_match "$record" $'\nview=name\n' 'view'
	check_match "mnt:[$(sed -n 's/^mnt=//p' <<<"$record")]" "${its_mounts//[/\\[}" \
		'mnt'
	check_eq "$(stat -c '%U %G %a' "$(record_of)" $records $records/alice |
		paste -sd' ')" 'root root 644 root root 755 root root 755' 'modes'
}
test_case 'the record of a session says what it is' all_keys

# forge SED: the record of who is in says something else
forge() {
	local file
	stay alice
	file=$(record_of)
	sed -i "$1" "$file"
	check_own alice
}
test_case 'a record with another mount namespace is not believed' \
	forge 's/^mnt=.*/mnt=4026531840/'
test_case 'a record of another host is not believed' forge 's/^host=.*/host=1/'
test_case 'a record of other process numbers is not believed' \
	forge 's/^pidns=.*/pidns=1/'
test_case 'a record with another list of hidden paths is not believed' \
	forge 's/^hide=.*/hide=none/'
test_case 'a record that is cut is not believed' forge '3,$d'
test_case 'a record with a NUL is not believed' forge 's/^user=.*/user=\x00/'

# replace COMMAND...: what has the place of the record, "$file"
replaced() {
	local file
	stay alice
	file=$(record_of)
	cp "$file" /root/record
	rm "$file"
	eval "$1"
	check_own alice
}
test_case 'a record that is a link is not believed' \
	replaced 'ln -s /root/record "$file"'
test_case 'a record that is a FIFO is not believed' replaced 'mkfifo "$file"'
test_case 'a record that is a directory is not believed' replaced 'mkdir "$file"'
test_case "a record that is a user's is not believed" \
	replaced 'cp /root/record "$file"; chown alice "$file"'
test_case 'a record of 1 MiB is not believed' \
	replaced 'cp /root/record "$file"; truncate -s 1M "$file"'

dead_are_removed() {
	local i start
	stay alice
	cp "$(record_of)" /root/record
	# A process that is gone, and one whose number is another's now.
	for i in {1..8}; do
		cp /root/record "$records/alice/$((4000000 + i)).$((9999990 + i))"
		cp /root/record "$records/alice/$stayed.$((8888880 + i))"
	done
	check_eq "$(find $records/alice -type f | wc -l)" 17 'before'
	su alice -c true
	su alice -c true
	check_eq "$(find $records/alice -type f | wc -l)" 1 'after'
	check_shares alice
}
test_case 'records of the dead are removed' dead_are_removed

killed_sessions() {
	local i count=${TEST_ALL:+10000}
	mkdir -p $records/alice
	for ((i = 1; i <= ${count:-2000}; i++)); do
		echo "view=name" >"$records/alice/$((4000000 + i)).$i"
	done
	stay alice
	within 2 check_shares alice
}
test_case 'thousands of records of killed sessions hold nobody up' \
	killed_sessions

# stay_times USER COUNT: so many sessions, in $pids
stay_times() {
	local i
	pids=()
	for ((i = 0; i < $2; i++)); do
		stay "$1"
		pids+=("$stayed")
	done
}

# killed_are_removed USER LINE: sessions that look for no mounts by records
killed_are_removed() {
	local i pids
	echo 'bob * host' >/etc/security/netns.conf
	pam_lines "session required $2"
	stay_times "$1" 3
	kill -KILL "${pids[@]}"
	wait "${pids[@]}" 2>/dev/null
	check_eq "$(find $records -type f | wc -l)" 3 'records'
	# Of namespaces without a name each login draws some.
	for ((i = 0; i < 40; i++)); do
		su "$1" -c true
		[[ $(find $records -type f -o -name 'net:*') ]] || break
	done
	check_eq "$(find $records -type f -o -name 'net:*')" '' 'records left'
}
test_case 'records of killed sessions are removed by later ones, newnet' \
	killed_are_removed nina pam_newnet.so
test_case 'records of killed sessions are removed by later ones, rootshared' \
	killed_are_removed alice 'pam_usernet.so rootshared'
test_case 'records of killed sessions are removed by later ones, host' \
	killed_are_removed bob 'pam_usernet.so config'

# behind_others FIRST: those that are killed, of 75, from FIRST on
behind_others() {
	local i pids
	pam_lines 'session required pam_newnet.so'
	stay_times nina 75
	kill -KILL "${pids[@]:$1:10}"
	wait "${pids[@]:$1:10}" 2>/dev/null
	check_eq "$(find $records -type f | wc -l)" 75 'records'
	for ((i = 0; i < 80; i++)); do
		su nina -c true
		(($(find $records -type f | wc -l) == 75)) || break
	done
	((i < 80)) || fail 'none is found'
}
test_case 'killed sessions are found behind 65 newer ones' behind_others 0
test_case 'killed sessions are found behind 65 older ones' behind_others 65

newnet_record() {
	check_new "$(su nina -c "$netns")"
	check_eq "$(find $records -mindepth 1 | wc -l)" 0 'directories left'
}
test_case 'the record of a new namespace goes with its directory' newnet_record

state_is_in_the_way() {
	mkdir -p /run/pam_net
	eval "$1"
	check_named alice "$(su alice -c "$netns")"
	check_new "$(su nina -c "$netns")"
}
test_case 'a file in the place of the records denies nobody' \
	state_is_in_the_way 'su alice -c true; rm -r $records; touch $records'
test_case 'a link in the place of the records denies nobody' \
	state_is_in_the_way 'su alice -c true; rm -r $records; ln -s /tmp $records'

run_is_full() {
	stay alice
	mount -o remount,size=1 /run
	dd if=/dev/zero of=/run/fill bs=4k 2>/dev/null
	check_named alice "$(su alice -c "$netns")"
	check_new "$(su nina -c "$netns")"
	rm /run/fill
	mount -o remount,size=0 /run
}
test_case 'a full /run denies nobody who joins' run_is_full

small_files_only() {
	stay alice
	check_eq "$(ulimit -f 0; su alice -c "$mntns")" "$its_mounts" 'mounts'
	# su takes it off, if it may.
	check_eq "$(ulimit -f 0; su alice -c 'ulimit -f')" \
		"$(ulimit -f 0; su bob -c 'ulimit -f')" 'the limit'
}
test_case 'RLIMIT_FSIZE of 0 is no trouble, and stays' small_files_only
