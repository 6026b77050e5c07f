#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pamnetctl explain: what it says is what a login then does.
# shellcheck source=pamnetctl/lib.sh
. "$(dirname "$0")/lib.sh"

all=(alice both nina paul bob lara root)

# ---- stacks ----------------------------------------------------------------

stacks() {
	pam_lines "$@"
	agrees "${all[@]}"
}

while IFS='|' read -r name lines; do
	IFS=';' read -ra lines <<<"$lines"
	test_case "explain agrees with logins, $name" stacks "${lines[@]# }"
done <<'END'
the lines of the package|session required pam_newnet.so;session required pam_usernet.so
the other order|session required pam_usernet.so;session required pam_newnet.so
groupnet|session required pam_groupnet.so
group=|session required pam_usernet.so group=newnet
a group with a blank|session required pam_usernet.so [group=domain users]
a group in quotes|session required pam_usernet.so group="domain users"
a group that is missing|session required pam_usernet.so group=nosuch
an unknown word|session required pam_usernet.so lodwn
an unknown assignment|session required pam_usernet.so grop=usernet
an unknown assignment, optional|session optional pam_usernet.so grop=usernet
an unknown word, optional|session optional pam_usernet.so lodwn
sufficient above|session sufficient pam_permit.so;session required pam_usernet.so
a jump over it|session [success=1 default=ignore] pam_permit.so;session required pam_usernet.so;session optional pam_newnet.so
a jump that is too far|session [success=9 default=ignore] pam_permit.so;session required pam_usernet.so
its own jump|session [success=1 default=ignore] pam_usernet.so;session required pam_newnet.so;session optional pam_permit.so
sufficient itself|session sufficient pam_usernet.so;session required pam_newnet.so
requisite and deny below|session required pam_usernet.so;session requisite pam_deny.so
a line that fails|session required pam_usernet.so;session
a type that is unknown|sesion required pam_usernet.so
capitals and a dash|-SESSION Required pam_usernet.so
a line that goes on|session \;# comment;required pam_usernet.so
a line that does not go on|session required pam_usernet.so \
an include that is missing|session required pam_usernet.so;session include nosuch
a module that is missing|session required pam_nosuch.so;session required pam_usernet.so
a missing module that is optional|session optional pam_nosuch.so;session required pam_usernet.so
a missing module whose result is a jump|session [module_unknown=1 default=ok] pam_nosuch.so;session required pam_usernet.so;session optional pam_permit.so
a control that fails for all others|session [success=ok default=die] pam_usernet.so
open without close|session required pam_usernet.so open
close and open|session required pam_usernet.so close;session required pam_usernet.so open
open and close in one|session required pam_usernet.so open close
a denial that is ignored|session [default=ignore] pam_usernet.so nosuchword;session optional pam_permit.so
END

test_case 'explain agrees with logins, the ends of lines of DOS' \
	stacks $'session required pam_newnet.so\r' $'session required pam_usernet.so\r'

substacks() {
	echo 'session sufficient pam_permit.so
session required pam_newnet.so' >/etc/pam.d/inner
	echo 'session required pam_usernet.so' >/etc/pam.d/second
	pam_lines "session $1 inner" 'session include second'
	agrees "${all[@]}"
}
test_case 'explain agrees with logins, sufficient in a substack' \
	substacks substack
test_case 'explain agrees with logins, sufficient in what is included' \
	substacks include

alone_in_the_stack() {
	sed -i '/^session\|^@include common-session/d' /etc/pam.d/su
	echo 'session required pam_usernet.so' >>/etc/pam.d/su
	check_eq "$(plan_of bob su)" denied 'a bystander of a line that is alone'
	check_eq "$(outcome_of bob su)" denied login
	check_eq "$(plan_of alice su)" 'named alice' member
	check_eq "$(outcome_of alice su)" 'named alice' login
}
test_case 'explain agrees with logins, a stack that says nothing but PAM_IGNORE' \
	alone_in_the_stack

success_is_a_failure() {
	pam_lines 'session required pam_usernet.so' 'session [success=die] pam_permit.so' \
		'session required pam_permit.so'
	check_eq "$(plan_of alice su)" denied alice
	check_eq "$(outcome_of alice su)" denied login
	check_match "$("$pamnetctl" explain -n -o where,why alice su)" \
		"^/etc/pam.d/netns:2 +'success=die' of 'pam_permit.so' takes PAM_SUCCESS" why
}
test_case 'explain agrees with logins, a control that takes success for a failure' \
	success_is_a_failure

# ---- policy files ----------------------------------------------------------

policies() {
	pam_lines 'session required pam_usernet.so config'
	mkdir -p /etc/security
	printf '%s\n' "$@" >/etc/security/netns.conf
	chmod 644 /etc/security/netns.conf
	agrees "${all[@]}"
}

while IFS='|' read -r name lines; do
	IFS=';' read -ra lines <<<"$lines"
	test_case "explain agrees with logins, $name" policies "${lines[@]# }"
done <<'END'
users and services|alice sshd work;alice su home;bob * new;root * -;nina * host
groups and stars|@usernet su,sshd %u;@new* * new;lara * %g;@groupnet-* * lab
ranges of ids|2001:2001 * ns1;@2101:2101 * new;0:0 * -
no line matches|nobody * ns0
a service in capitals|alice SSHD ns0
a group that is missing|@nosuch * ns0
a word too many|alice * ns0 lodwn
a name that is no name|alice * a/b
END

policy_file_is_named() {
	local where
	pam_lines 'session required pam_usernet.so config'
	printf '%s\n' '# comment' 'bob * -' '@usernet sshd work' >/etc/security/netns.conf
	where=$("$pamnetctl" explain -n -o where alice sshd)
	check_eq "$where" /etc/security/netns.conf:3 where
	check_match "$("$pamnetctl" explain -n -o why alice sshd)" \
		"'@usernet'.*the group lists the user" why
	printf '%s\n' 'alice * work lodwn' >/etc/security/netns.conf
	check_match "$("$pamnetctl" explain -n -o plan,why alice sshd)" \
		'^denied .*netns.conf:1: lodwn' why
	chmod 666 /etc/security/netns.conf
	check_match "$("$pamnetctl" explain -n -o plan,why alice sshd)" \
		"^denied .*'/etc/security/netns.conf': it must be root's" why
	agrees alice root
}
test_case 'explain names the line of a policy file that decides or is wrong' \
	policy_file_is_named

user_is_told() {
	policies 'alice * vpn announce' 'bob * host announce' 'nina * new'
	check_match "$("$pamnetctl" explain -n -o why alice su)" '; the user is told so$' alice
	check_match "$("$pamnetctl" explain -n -o why bob su)" '; the user is told so$' bob
	check_no_match "$("$pamnetctl" explain -n -o why nina su)" told nina
}
test_case 'explain says whom announce tells where he is' user_is_told

# ---- what is there ---------------------------------------------------------

overrides_are_counted() {
	local -r files='hosts pam.d/su pam.d/sshd nftables.conf sysctl.conf site.nft nosuch'
	local file
	for file in $files; do
		mkdir -p "$(dirname "/etc/netns/alice/$file")"
		cp "/etc/$file" "/etc/netns/alice/$file" 2>/dev/null ||
			touch "/etc/netns/alice/$file"
	done
	check_match "$(ctl 0 explain -n -o why alice su)" \
		'overrides in /etc/netns/alice: 2(;|$)' 'hosts and pam.d'
	rm -r /etc/netns/alice/{hosts,pam.d}
	check_no_match "$(ctl 0 explain -n -o why alice su)" overrides \
		'none that would be mounted'
}
test_case 'explain counts the overrides that would be mounted' overrides_are_counted

what_is_there() {
	local setup=$1
	mkdir -p /run/netns /etc/netns/alice
	eval "$setup"
	agrees alice bob root
}

while IFS='|' read -r name setup; do
	test_case "explain agrees with logins, $name" what_is_there "$setup"
done <<'END'
a name of ip netns|ip netns add alice
a link in place of the name|ln -s /proc/1/ns/net /run/netns/alice
a directory in place of the name|mkdir /run/netns/alice
a file with content in place of the name|echo x >/run/netns/alice
an empty file in place of the name|: >/run/netns/alice
a file of hers in place of the name|: >/run/netns/alice; chown alice /run/netns/alice
the host's network in place of hers|touch /run/netns/alice; mount --bind /proc/1/ns/net /run/netns/alice
another namespace in place of hers|touch /run/netns/alice; mount --bind /proc/self/ns/uts /run/netns/alice
a fifo in place of the name|mkfifo /run/netns/alice
/run/netns is a link|rmdir /run/netns; mkdir /run/other; ln -s other /run/netns
/run/netns that others can write|chmod 777 /run/netns
a /run/pam_net that is hers|mkdir -p /run/pam_net; chown alice /run/pam_net
a file in place of /run/pam_net|touch /run/pam_net
a link in place of the directory of locks|mkdir -p /run/pam_net; ln -s /tmp /run/pam_net/lock
a file in place of /etc/netns|rm -rf /etc/netns; touch /etc/netns
overrides|echo x >/etc/netns/alice/hosts
an override of hers|echo x >/etc/netns/alice/hosts; chown alice /etc/netns/alice/hosts
an override that others can write, two levels down|mkdir -p /etc/netns/alice/a/b; chmod 777 /etc/netns/alice/a/b
overrides, a link|ln -s /etc/hosts /etc/netns/alice/hosts
overrides, a link to itself|ln -s hosts /etc/netns/alice/hosts
overrides, a link to where they are, two levels down|mkdir /etc/netns/alice/a; ln -s .. /etc/netns/alice/a/b
overrides, mounted below themselves|mkdir -p /etc/netns/alice/a/b; mount --rbind /etc/netns/alice /etc/netns/alice/a/b; trap 'umount -lR /etc/netns/alice/a/b' EXIT
overrides, a fifo|mkfifo /etc/netns/alice/hosts
overrides, a fifo two levels down|mkdir /etc/netns/alice/a; mkfifo /etc/netns/alice/a/b
overrides, a socket|socket_at /etc/netns/alice/hosts
overrides, a device|mknod -m 644 /etc/netns/alice/hosts c 1 5
overrides, more than there can be|mkdir /etc/netns/alice/a; touch /etc/netns/alice/a/{1..1024}
overrides, a directory for a file|mkdir /etc/netns/alice/hosts
overrides, a file for a directory|touch /etc/netns/alice/pam.d
overrides, for nothing|touch /etc/netns/alice/nosuch
a directory in place of her lock|mkdir -pm 755 /run/pam_net/lock/alice; chmod 700 /run/pam_net/lock
a link in place of her lock|mkdir -pm 755 /run/pam_net/lock; ln -s /tmp/x /run/pam_net/lock/alice
a link in place of a directory that init= needs|mkdir -p /run/pam_net; ln -s /tmp /run/pam_net/etc; pam_lines 'session required pam_usernet.so init=/bin/true'
a fifo in place of the overrides|rmdir /etc/netns/alice; mkfifo /etc/netns/alice
a link in place of /etc/netns|rm -rf /etc/netns; mkdir -p /srv/etc; ln -s /srv/etc /etc/netns
a fifo in place of /etc/netns|rm -rf /etc/netns; mkfifo /etc/netns
/run/netns that is read-only|read_only /run/netns
/run/netns that is read-only, a name in it|ip netns add alice; mount -o remount,bind,ro /run/netns
/run/netns that is read-only, an empty file in it|touch /run/netns/alice; read_only /run/netns
/run/pam_net that is read-only|read_only /run/pam_net
/run/netns without room for a name|mkdir -p /run/netns; mount -t tmpfs -o nr_inodes=1,mode=755 none /run/netns; trap 'umount -l /run/netns' EXIT
/run/pam_net without room for what is in a record|mkdir -p /run/pam_net; mount -t tmpfs -o size=4k,mode=755 none /run/pam_net; head -c 4k /dev/zero >/run/pam_net/x; trap 'umount -l /run/pam_net' EXIT
/run/pam_net without room for what is in a record, with owner|mkdir -p /run/pam_net; mount -t tmpfs -o size=4k,mode=755 none /run/pam_net; head -c 4k /dev/zero >/run/pam_net/x; trap 'umount -l /run/pam_net' EXIT; pam_lines 'session required pam_usernet.so owner'
a file in place of /run/pam_net/tmp, with owner|mkdir -pm 755 /run/pam_net; touch /run/pam_net/tmp; pam_lines 'session required pam_usernet.so owner'
a file in place of the directory of records of names|mkdir -pm 755 /run/pam_net; touch /run/pam_net/names
a directory in place of her record|mkdir -pm 755 /run/pam_net/names/alice
a file in place of the directory of records, with owner|mkdir -pm 755 /run/pam_net; touch /run/pam_net/names; pam_lines 'session required pam_usernet.so owner'
a directory in place of her record, with owner|mkdir -pm 755 /run/pam_net/names/alice; pam_lines 'session required pam_usernet.so owner'
a file in place of the directory of records, with init=|mkdir -pm 755 /run/pam_net; touch /run/pam_net/names; pam_lines 'session required pam_usernet.so init=/bin/true'
a directory in place of her record, with init=|mkdir -pm 755 /run/pam_net/names/alice; pam_lines 'session required pam_usernet.so init=/bin/true'
a file in place of what programs write|mkdir -pm 755 /run/pam_net/etc; touch /run/pam_net/etc/alice; pam_lines 'session required pam_usernet.so init=/bin/true'
a directory with files in place of what programs write|mkdir -pm 755 /run/pam_net/etc/alice; touch /run/pam_net/etc/alice/hosts; pam_lines 'session required pam_usernet.so init=/bin/true'
a link to hide|ln -s /etc /srv/link; pam_lines 'session required pam_usernet.so hide=/srv/link'
a path to hide below a link|ln -sfn /etc /srv/link; pam_lines 'session required pam_usernet.so hide=/srv/link/hosts'
a path to hide that is not there|pam_lines 'session required pam_usernet.so hide=/nosuch'
a path to hide that is a fifo|mkfifo /srv/fifo; pam_lines 'session required pam_usernet.so hide=/srv/fifo'
a path to hide below a file|pam_lines 'session required pam_usernet.so hide=/etc/passwd/x'
/proc to hide|pam_lines 'session required pam_usernet.so hide=/proc'
/sys to hide|pam_lines 'session required pam_usernet.so hide=/proc/self:/sys'
/dev to hide|pam_lines 'session required pam_usernet.so hide=/dev'
/ to hide|pam_lines 'session required pam_usernet.so hide=/'
/run to hide|pam_lines 'session required pam_usernet.so hide=/run'
/etc/netns to hide|pam_lines 'session required pam_usernet.so hide=/etc/netns'
END

# Files of modules, beside those of the host.
found=$(find /usr/lib /lib -name pam_usernet.so -print -quit)
modules() {
	# shellcheck disable=SC2034 # the setup has it
	local security=${found%/*}
	eval "$1"
	agrees alice bob root
}

while IFS='|' read -r name setup; do
	test_case "explain agrees with logins, $name" modules "$setup"
done <<'END'
a module that is empty|: >/srv/pam_empty.so; pam_lines 'session required /srv/pam_empty.so' 'session required pam_usernet.so'
a module that is empty, optional|: >/srv/pam_empty.so; pam_lines 'session optional /srv/pam_empty.so' 'session required pam_usernet.so'
a module of ours that is cut|head -c 9000 "$security/pam_usernet.so" >/srv/pam_usernet.so; pam_lines 'session required /srv/pam_usernet.so'
a module of ours that is a dangling link|ln -sf nosuch /srv/pam_usernet.so; pam_lines 'session required /srv/pam_usernet.so'
a module of another architecture|perl -pe 's/^(.{18})../$1\x34\x12/s if $. == 1' "$security/pam_usernet.so" >/srv/pam_foreign.so; pam_lines 'session required /srv/pam_foreign.so' 'session required pam_usernet.so'
a module without sessions|pam_lines 'session required pam_wheel.so' 'session required pam_usernet.so'
a library that is no module|pam_lines "session required $(find /usr/lib /lib -name libpam.so.0 -print -quit)" 'session required pam_usernet.so'
a module of ours by another name|ln -sf "$security/pam_usernet.so" /srv/pam_site.so; pam_lines 'session required /srv/pam_site.so'
a directory in place of a module|mkdir -p /srv/pam_dir.so; pam_lines 'session required /srv/pam_dir.so' 'session required pam_usernet.so'
END

libexec=$(sed -n 's/^PAM_NET_LIBEXECDIR:[A-Z]*=//p' \
	"$(dirname "$0")/../../build/CMakeCache.txt")

ship_programs() {
	mkdir -p "$libexec"
	cp "$(dirname "$0")"/../../init/* "$libexec"
	chown -R 0:0 "$libexec"
	chmod -R go-w "$libexec"
}

# programs LINE...: those that a new name needs
programs() {
	program hers
	chown alice $programs/hers
	program plain
	chmod 644 $programs/plain
	program fine
	printf '#!/nosuch/sh -e\n' >$programs/lost
	: >$programs/empty
	echo "#!$programs/plain" >$programs/vain
	perl -pe 's/^(.{18})../$1\x34\x12/s if $. == 1' /bin/true >$programs/foreign
	perl -pe 's:^/lib(.*)ld-:/lab$1ld-:m; s:\0/lib(64|)/ld-:\0/lab$1/ld-:' /bin/true >$programs/alone
	chmod 755 $programs/{lost,empty,vain,foreign,alone}
	mkdir -p /noexec
	mount -t tmpfs -o noexec,mode=755 none /noexec
	trap 'umount -l /noexec' EXIT
	cp $programs/fine /noexec
	pam_lines "$@"
	agrees alice bob
}

while IFS='|' read -r name line; do
	test_case "explain agrees with logins, $name" programs "session required $line"
done <<END
a program of init= that is missing|pam_usernet.so init=/nosuch
a program of init= that is not shipped|pam_usernet.so init=nosuch
a program of init= that is hers|pam_usernet.so init=$programs/fine,$programs/hers
a program of init= that cannot be executed|pam_usernet.so init=$programs/plain
a program of init= that is a directory|pam_usernet.so init=$programs
a program of init= without its interpreter|pam_usernet.so init=$programs/lost
a program of init= that is none|pam_usernet.so init=$programs/empty
a program of init= whose interpreter cannot be executed|pam_usernet.so init=$programs/vain
a program of init= on a mount with noexec|pam_usernet.so init=/noexec/fine
a program of init= for another machine|pam_usernet.so init=$programs/foreign
a program of init= without its loader|pam_usernet.so init=$programs/alone
a program of init= that is missing, newnet|pam_newnet.so group=usernet init=/nosuch
programs of init= that are fine|pam_usernet.so init=$programs/fine
END

veth_cannot() {
	ship_programs
	echo 0 >/proc/sys/net/ipv4/ip_forward
	pam_lines 'session required pam_usernet.so init=veth'
	agrees alice bob
	check_match "$("$pamnetctl" explain -n -o plan,why alice su)" \
		'^denied .*veth.*ip_forward is 0' why
	echo 1 >/proc/sys/net/ipv4/ip_forward
	agrees alice
}
test_case 'explain agrees with logins, veth where the host forwards nothing' \
	veth_cannot

# What is there needs none of them.
programs_that_ran() {
	program first
	pam_lines "session required pam_usernet.so init=$programs/first"
	agrees alice
	rm $programs/first
	agrees alice
	check_match "$("$pamnetctl" explain -n -o why alice su)" "is there; init=$programs/first has filled it *\$" why
	ip netns delete alice
	check_match "$("$pamnetctl" explain -n -o plan,why alice su)" \
		"^denied .*'$programs/first': there is no such program" why
	agrees alice
}
test_case 'explain agrees with logins, a program that is gone since it ran' \
	programs_that_ran

# What is recorded of the name is made by a first login, under another line.
made_by() {
	local first=$1 second=$2 wanted=$3 status=0
	ship_programs
	pam_lines "session required pam_usernet.so $first"
	su alice -c true || fail 'the first login'
	pam_lines "session required pam_usernet.so $second"
	check_match "$("$pamnetctl" explain -n -o plan,why alice su)" "$wanted" why
	agrees alice bob
	[[ $second == *init* ]] || return 0
	runuser -u bob -- "$pamnetctl" explain -n alice su >"$work/said" || status=$?
	check_eq "$status" 2 'status without privileges'
	check_match "$(<"$work/said")" 'only root can see what has filled it' why
}

while IFS='|' read -r name first second wanted; do
	test_case "explain agrees with logins, $name" made_by "$first" "$second" "$wanted"
done <<'END'
rules that did not run (T8)||init=rules|^denied .*init=rules, which did not run
rules that ran|init=rules|init=rules|^named .*the namespace is there; init=rules has filled it *$
programs that did not run||init=/bin/true|^named .*init=/bin/true did not fill it.*warning
more than the rules|init=/bin/true,rules|init=rules|^named .*init=/bin/true,rules has filled it; init=rules did not fill it
an owner where there was none||owner|^denied
no owner where there was one|owner||^denied
END

# As far as strace shows it: the limits are those of the whole machine.
limits() {
	local user limit
	for user in alice:net nina:net; do
		limit=$(strace -f -qq -o /dev/null -e trace=unshare \
			-e inject=unshare:error=ENOSPC \
			"$pamnetctl" explain -n -o plan,why "${user%:*}" su)
		check_match "$limit" \
			"^denied .*the limit user.max_${user#*:}_namespaces is reached" "$user"
	done
	check_eq "$(plan_of bob su)" leave bystander
	su alice -c true
	check_match "$(strace -f -qq -o /dev/null -e trace=unshare \
		-e inject=unshare:error=ENOSPC "$pamnetctl" explain -n -o plan alice su)" \
		'^named *$' 'a name that is there'
}
test_case 'explain knows that there may be no namespace' limits

# ---- accounts --------------------------------------------------------------

alias_of_a_uid() {
	echo "twin:x:$(id -u alice):$(id -g alice)::/home/alice:/bin/bash" >>/etc/passwd
	echo 'twin:*:19000::::::' >>/etc/shadow
	check_eq "$(plan_of twin su)" leave 'a second name of her uid'
	check_eq "$(outcome_of twin su)" outside login
}
test_case 'explain agrees with logins, a second name of a uid' alias_of_a_uid

root_is_a_member() {
	sed -i 's/^usernet:.*/&,root/' /etc/group
	agrees alice root
}
test_case 'explain agrees with logins, root is a member' root_is_a_member

name_service_fails() {
	sed -i 's/^group:.*/group: nosuch/' /etc/nsswitch.conf
	agrees alice bob root
}
test_case 'explain agrees with logins, the name service finds no group' \
	name_service_fails

# ---- bad input -------------------------------------------------------------

unusual_stacks() {
	local service name
	name=$(printf 'x%.0s' {1..255})
	pam_lines 'session required pam_usernet.so'
	{
		yes 'session optional pam_permit.so' | head -n 10000
		echo '@include netns'
	} >/etc/pam.d/long
	cp /etc/pam.d/long "/etc/pam.d/$name"
	printf 'session required pam_usernet.so\0nosuch\n' >/etc/pam.d/nul
	ln -s netns /etc/pam.d/link
	for service in long nul link "$name"; do
		check_match "$(timeout 20 "$pamnetctl" explain -n -o plan,where alice \
			"$service" | tr -s ' ')" \
			'^named /etc/pam.d/(netns|nul|link):1' "$service"
	done
	check_match "$("$pamnetctl" explain -n -o service,why alice nosuch)" \
		"^nosuch .*the lines are those of 'other'" 'no such service'
}
test_case 'explain of long stacks, NUL bytes, links and long names' unusual_stacks

bad_input() {
	fails_with "no user 'nosuch'" explain nosuch
	fails_with "no user ''" explain ''
	fails_with 'no user .*x1b' explain $'a\033[31m\nb'
	fails_with 'no user' explain "$(printf 'x%.0s' {1..255})"
	fails_with 'needs the name' explain
	fails_with "no service ''" explain alice ''
	fails_with "no service 'a/'" explain alice a/
	fails_with "no command 'explode'" explode
	fails_with "no such column: 'plan,none'" explain -o plan,none alice
	fails_with 'unrecognized option' explain --nosuch alice
	mkfifo /etc/pam.d/pipe
	check_match "$(timeout 5 "$pamnetctl" explain -n alice pipe)" \
		'^pipe *denied .* neither a file' fifo
	printf 'session include loop\nsession include loop\n' >/etc/pam.d/loop
	check_match "$(timeout 20 "$pamnetctl" explain -n alice loop)" \
		'^loop *denied' loop
}
test_case 'explain refuses bad input with status 2' bad_input

# Each command says it in one line.
no_proc() {
	local words status
	for words in 'explain alice su' 'explain alice' check list 'create lab' \
		'remove lab' prune; do
		status=0
		unshare -m sh -c "mount -t tmpfs none /proc; $pamnetctl $words" \
			>/dev/null 2>"$work/error" || status=$?
		check_eq "$status" 2 "status of $words"
		check_match "$(<"$work/error")" '^pamnetctl: cannot .*/proc' "$words"
		check_eq "$(wc -l <"$work/error")" 1 "lines of $words"
	done
	check_eq "$(unshare -m sh -c \
		"mount -t tmpfs none /proc; $pamnetctl check --without-modules -n -o where")" \
		"$("$pamnetctl" check --without-modules -n -o where)" 'before a removal'
}
test_case 'each command refuses to work without /proc' no_proc

output_fails() {
	local status=0
	"$pamnetctl" explain alice >/dev/full 2>"$work/error" || status=$?
	check_eq "$status" 2 'full'
	check_match "$(<"$work/error")" 'cannot write' 'full'
	status=0
	"$pamnetctl" explain alice >&- 2>"$work/error" || status=$?
	check_eq "$status" 2 'closed'
	check_match "$(<"$work/error")" 'cannot write' 'closed'
}
test_case 'explain tells that it cannot write' output_fails

nothing_raw() {
	local evil=$'\033]0;x\a\nsession\302\233'
	printf 'session required pam_usernet.so %s\n' $'\033[31m' >/etc/pam.d/netns
	printf 'auth required x\n' >"/etc/pam.d/$evil"
	for format in '' -J; do
		check_no_match "$("$pamnetctl" explain $format alice)" \
			$'[\001-\010\013-\037]|\302\233' "raw bytes, '$format'"
	done
	check_match "$("$pamnetctl" explain alice)" 'x1b\[31m' escaped
}
test_case 'explain lets nothing raw reach the terminal' nothing_raw

other_codeset() {
	local output
	printf 'session required pam_usernet.so\n' >/etc/pam.d/$'x\303\233y'
	output=$(env -i timeout 20 "$pamnetctl" explain alice) ||
		fail "it does not end: ${output:0:200}"
	check_match "$output" 'x\\xc3\\x9by' 'a service'
	check_match "$(env -i "$pamnetctl" explain $'\303\233' 2>&1 || true)" \
		"no user '\\\\xc3\\\\x9b'" 'a message'
}
test_case 'explain prints ASCII where the codeset is not UTF-8' other_codeset

output_is_json() {
	check_eq "$("$pamnetctl" explain -J alice su |
		perl -MJSON::PP -0777 -ne 'my $j = decode_json($_);
			print join " ", map { $j->{explain}[0]{$_} }
				qw(service plan namespace where)')" \
		'su named alice /etc/pam.d/netns:4' JSON
	check_match "$("$pamnetctl" explain alice su | head -1)" \
		'^SERVICE +PLAN +NAMESPACE +WHERE +WHY$' headings
	check_eq "$("$pamnetctl" explain -n -o PLAN,service alice su)" \
		'named su' columns
}
test_case 'explain prints JSON, and the columns that are asked for' output_is_json

coloured() {
	local on="TERM=xterm $pamnetctl explain alice su"
	pam_lines 'session required pam_usernet.so lodwn'
	check_match "$(script -qc "$on" /dev/null)" $'\033\\[[0-9;]*31mdenied' \
		'a terminal'
	check_no_match "$(script -qc "NO_COLOR=1 $on" /dev/null)" $'\033' NO_COLOR
	check_no_match "$(TERM=xterm "$pamnetctl" explain alice su)" $'\033' pipe
}
test_case 'explain has colours only on a terminal' coloured

# Each look at the lines is made to take long.
progress() {
	local output
	output=$(TERM=xterm script -qec "strace -qq -o /dev/null -e trace=openat \
		-P /etc/pam.d/netns -e inject=openat:delay_enter=700000 \
		$pamnetctl explain alice su sshd login" /dev/null)
	check_match "$output" $'\r''services: [12]' progress
	check_match "$output" $'\r\033\\[K' 'it is taken away'
	check_no_match "$("$pamnetctl" explain alice 2>&1)" 'services:' 'no terminal'
}
test_case 'explain says how far it is, after a second, on a terminal' progress

unprivileged() {
	local status=0 output
	mkdir -p /etc/netns/alice
	check_match "$(runuser -u bob -- "$pamnetctl" explain -n alice su)" \
		'^su *named *alice' 'what anybody can read'
	chmod 700 /etc/netns/alice
	output=$(runuser -u bob -- "$pamnetctl" explain -n alice su) || status=$?
	check_eq "$status" 2 'status'
	check_match "$output" 'only root can look at /etc/netns/alice' why
	status=0
	chmod 600 /etc/pam.d/netns
	output=$(runuser -u bob -- "$pamnetctl" explain -n alice su 2>&1) ||
		status=$?
	check_eq "$status" 2 'a stack that cannot be read'
	check_match "$output" "cannot read '/etc/pam.d/netns': Permission denied" why
	status=0
	chmod 644 /etc/pam.d/netns
	pam_lines 'session required pam_usernet.so config'
	echo '* * -' >/etc/security/netns.conf
	chmod 600 /etc/security/netns.conf
	output=$(runuser -u bob -- "$pamnetctl" explain -n alice su 2>&1) ||
		status=$?
	check_eq "$status" 2 'a policy file that cannot be read'
	check_eq "$output" "pamnetctl: only root can read what decides for 'su'" \
		policy
}
test_case 'explain without privileges says what it could not look at' unprivileged

changes_nothing() {
	local before
	pam_lines 'session required pam_newnet.so' 'session required pam_usernet.so'
	before=$(mounts_snapshot; find /run /etc -xdev | sort)
	for user in "${all[@]}"; do
		"$pamnetctl" explain "$user" >/dev/null
	done
	check_same "$(mounts_snapshot; find /run /etc -xdev | sort)" "$before" \
		'files and mounts'
}
test_case 'explain changes nothing' changes_nothing

# What is there belongs to somebody.
whose_name_it_is() {
	local own='session required pam_usernet.so owner'
	pam_lines "$own init=/bin/true"
	check_match "$("$pamnetctl" explain -n -o why alice su)" \
		'the login makes it; it will belong to the user; init=/bin/true fills it *$' \
		'what is made'
	agrees alice
	check_match "$("$pamnetctl" explain -n -o why alice su)" \
		'is there; it belongs to the user; init=/bin/true has filled it *$' \
		'what is there'
	agrees alice
	check_eq "$(stat -c %i /run/netns/alice)" \
		"$(named_netns alice | tr -dc 0-9)" 'as it was'
	pam_lines 'session required pam_usernet.so'
	agrees alice
	check_match "$("$pamnetctl" explain -n -o plan,why alice su)" \
		"^denied .*belongs to a user, .*: uid 2001: .*; fix with: pamnetctl remove 'alice'" \
		'why'
	pam_lines "$own"
	ip netns add alan
	agrees alan
	check_match "$("$pamnetctl" explain -n -o plan,why alan su)" \
		"^denied .*it is root's, and its line has 'owner'" 'why'
	# One that a user has made by himself.
	setpriv --reuid paul --regid paul --clear-groups \
		unshare -U -r -n sleep 1000 &
	wait_for pgrep -x sleep -u paul
	ip netns attach paul "$(pgrep -x sleep -u paul)"
	agrees paul
	check_match "$("$pamnetctl" explain -n -o plan,why paul su)" \
		"^denied .*not made by a line with 'owner'" 'why'
	pam_lines 'session required pam_groupnet.so owner'
	agrees lara
}
test_case 'explain knows whom a name belongs to' whose_name_it_is
