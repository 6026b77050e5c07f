#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The other ways to a session: login, cron, at, and pamtester for any service.
# shellcheck source=lib.sh
. "$(dirname "$0")/../lib.sh"

# ---- login(1) --------------------------------------------------------------

# A terminal that types: where am I, and good-bye.
login_as() {
	printf '%s\n' "$netns >/home/$1/where; exit" |
		timeout 20 script -qec "login -f $1" /dev/null
}

login_lands() {
	login_as alice >/dev/null
	check_named alice "$(cat /home/alice/where)"
	login_as nina >/dev/null
	check_new "$(cat /home/nina/where)"
	login_as bob >/dev/null
	check_eq "$(cat /home/bob/where)" "$(host_netns)" bob
}
test_case 'never-outside login' login_lands

login_refused() {
	mkdir -p /run/netns/alice
	login_as alice
	[[ ! -e /home/alice/where ]] || fail 'alice was let in'
}
test_case 'never-outside login of a refused member' login_refused

# ---- cron ------------------------------------------------------------------

# crontab_of USER: a job that runs as soon as cron starts
crontab_of() {
	local file=/var/spool/cron/crontabs/$1
	echo "@reboot $netns >/home/$1/where" >"$file"
	chown "$1:crontab" "$file"
	chmod 600 "$file"
}

# cron and atd log it themselves, whichever module says no.
refusal_logged() {
	grep -i "$1.*critical error" "$log"
}

run_cron() {
	rm -f /run/crond.reboot /run/crond.pid
	cron -f &
}

cron_lands() {
	local user
	for user in alice nina bob; do
		crontab_of $user
	done
	run_cron
	for user in alice nina bob; do
		wait_for test -s /home/$user/where || fail "no job of $user"
	done
	check_named alice "$(cat /home/alice/where)"
	check_new "$(cat /home/nina/where)"
	check_eq "$(cat /home/bob/where)" "$(host_netns)" bob
}
test_case 'never-outside cron' cron_lands

cron_together() {
	local job file=/var/spool/cron/crontabs/alice
	for job in {1..6}; do
		echo "@reboot $netns >/home/alice/where.$job"
	done >$file
	chown alice:crontab $file
	chmod 600 $file
	run_cron
	for job in {1..6}; do
		wait_for test -s "/home/alice/where.$job" || fail "no job $job"
	done
	check_named alice "$(cat /home/alice/where.* | sort -u)"
}
test_case 'one-name cron starts six jobs of one member at boot' cron_together

cron_refused() {
	mkdir -p /run/netns/alice
	crontab_of alice
	crontab_of bob
	log_mark
	run_cron
	wait_for test -s /home/bob/where || fail 'no job of bob'
	wait_for refusal_logged cron || fail 'no refusal in the log'
	[[ ! -e /home/alice/where ]] || fail 'the job ran'
}

test_case 'never-outside cron does not run the job of a refused member' \
	cron_refused

cron_stays() {
	local pid
	crontab_of alice
	run_cron
	pid=$!
	wait_for test -s /home/alice/where || fail 'no job'
	check_eq "$(netns_of $pid)" "$(host_netns)" cron
}
test_case 'inverse cron itself stays on the host' cron_stays

# ---- at --------------------------------------------------------------------

job_of() {
	runuser -u "$1" -- at now <<<"$netns >/home/$1/where" 2>/dev/null
}

run_atd() {
	rm -f /run/atd.pid
	atd -f -l 100 -b 1 &
}

at_lands() {
	local user
	for user in alice nina bob; do
		(cd /home/$user && job_of $user)
	done
	run_atd
	for user in alice nina bob; do
		wait_for test -s /home/$user/where || fail "no job of $user"
	done
	check_named alice "$(cat /home/alice/where)"
	check_new "$(cat /home/nina/where)"
	check_eq "$(cat /home/bob/where)" "$(host_netns)" bob
}
test_case 'never-outside at' at_lands

at_refused() {
	mkdir -p /run/netns/alice
	(cd /home/alice && job_of alice)
	(cd /home/bob && job_of bob)
	run_atd
	wait_for test -s /home/bob/where || fail 'no job of bob'
	wait_for refusal_logged atd || fail 'no refusal in the log'
	[[ ! -e /home/alice/where ]] || fail 'the job ran'
}
test_case 'never-outside at does not run the job of a refused member' \
	at_refused

# ---- any service -----------------------------------------------------------

pamtester_lands() {
	local user
	cp /etc/pam.d/common-session /etc/pam.d/anything
	for user in alice nina bob root; do
		pamtester anything $user open_session close_session >/dev/null ||
			fail "pamtester $user"
	done
	check_match "$(named_netns alice)" '^net:' 'the name'
}
test_case 'pamtester opens and closes a session of any service' pamtester_lands

# A stack whose only answers are PAM_IGNORE fails: that is libpam's word.
alone() {
	echo 'session required pam_usernet.so' >/etc/pam.d/alone
	pamtester alone alice open_session >/dev/null || fail alice
	pamtester alone bob open_session >/dev/null 2>&1 &&
		fail 'bob: not PAM_IGNORE'
	pamtester alone bob close_session >/dev/null || fail 'bob: close'
}
test_case 'bystander open answers PAM_IGNORE, close PAM_SUCCESS' alone

refused_code() {
	mkdir -p /run/netns/alice
	echo 'session required pam_usernet.so' >/etc/pam.d/alone
	check_match "$(pamtester alone alice open_session 2>&1)" \
		'Critical error - immediate abort' 'PAM_ABORT'
}
test_case 'a member who cannot be confined gets PAM_ABORT' refused_code
