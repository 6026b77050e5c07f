# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The vocabulary of test/lib.sh, for tests on a whole system with systemd as
# process 1. Between the cases of a file the system goes on running: users are
# logged out, and /etc is put back.
#
# A test file that has installed the package calls keep_etc, so that this is
# what its cases begin with.

[[ -n ${TEST_SYSTEM-} ]] || {
	echo "run it as: test/system/boot bash system/${0##*/}" >&2
	exit 125
}

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# For test files:
# shellcheck disable=SC2034
{
	everybody=(alice alan paul nina nora both bob lara root)
	peer=$(echo /srv/package/libpam-net_0.*.deb)
	profiles=(libpam-net-newnet libpam-net-usernet)
	modules=/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null ||
		gcc -print-multiarch)/security
}
drop_in=/run/systemd/system/ssh.service.d
export DEBIAN_FRONTEND=noninteractive

# Debian's archive, as far as it matters here.
archive() {
	rm -rf /etc/apt/sources.list /etc/apt/sources.list.d
	(cd /srv/package && dpkg-scanpackages --multiversion . >Packages) 2>/dev/null
	echo 'deb [trusted=yes] file:/srv/package ./' >/etc/apt/sources.list
	echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/test
	apt-get -qq update || fail 'no archive'
}

# ---- the host --------------------------------------------------------------

host_reset() {
	host_kill
	boot_again
	(cd /etc && rm -rf "${pristine[@]}")
	cp -a "$work/etc/." /etc
	unit_reset
	rm -f /etc/cron.d/test /var/spool/cron/atjobs/a*
	reset_packages
}

# What a test file needs beyond that.
reset_packages() {
	:
}

# Lets everybody be logged out.
host_kill() {
	local user
	for user in "${everybody[@]}"; do
		[[ $user != root ]] || continue
		[[ ! -e /var/lib/systemd/linger/$user ]] ||
			loginctl disable-linger "$user" 2>/dev/null
		loginctl terminate-user "$user" 2>/dev/null
		systemctl stop "user-$(id -u "$user" 2>/dev/null || echo 0).slice" \
			2>/dev/null
		pkill -KILL -u "$user"
	done
	rm -f /tmp/connection-*
	wait_for no_users || true
}

no_users() {
	! loginctl --no-legend list-users | grep -qv ' root$'
}

keep_etc() {
	rm -rf "${work:?}/etc"
	mkdir -p "$work/etc"
	(cd /etc && cp -a "${pristine[@]}" "$work/etc/")
}

# ---- the journal -----------------------------------------------------------

log_mark() {
	journalctl --sync
	journalctl -q -n 0 --show-cursor | sed -n 's/^-- cursor: //p' >"$work/mark"
}

log_since() {
	journalctl --sync
	journalctl -q -o short --after-cursor="$(<"$work/mark")"
}

# ---- units -----------------------------------------------------------------

# unit_with PROPERTY...: restarts ssh.service with them
unit_with() {
	mkdir -p $drop_in
	printf '%s\n' '[Service]' "$@" >$drop_in/test.conf
	unit_restart
}

unit_reset() {
	[[ -e $drop_in ]] || return 0
	rm -rf $drop_in
	unit_restart
}

unit_restart() {
	systemctl daemon-reload
	systemctl reset-failed ssh
	systemctl restart ssh || fail "no ssh.service: $(systemctl status ssh)"
	wait_for bash -c 'exec 3<>/dev/tcp/127.0.0.1/22'
}

# ---- packages --------------------------------------------------------------

# package_install DEB: what it says goes to standard output as well. What ours
# depends on is installed too.
package_install() {
	[[ $1 == "$peer" ]] || dpkg -i /srv/package/pamnetctl_*.deb >/dev/null 2>&1
	dpkg -i "$1" 2>&1 || fail "cannot install ${1##*/}"
}

profiles_enable() {
	pam-auth-update --enable "${profiles[@]}"
}

members() {
	local user
	for user in nina nora both; do gpasswd -a "$user" newnet; done
	for user in alice alan both; do gpasswd -a "$user" usernet; done
	usermod -g usernet paul
}

# With the lines of both profiles, and members in both groups.
ready() {
	package_install "$PACKAGE" >/dev/null
	profiles_enable
	members >/dev/null
	keep_etc
}

# lines_of FILE: the session lines of ours in a file of /etc/pam.d
lines_of() {
	grep -E '^-?session.*pam_(new|user|group)net\.so' "/etc/pam.d/$1" | tr -s ' \t' ' ' |
		sed 's/ $//'
}

# ---- checks ----------------------------------------------------------------

check_host() {
	check_eq "$1" "$(host_netns)" 'namespace'
}

# check_everybody_in: each of them, by ssh
check_everybody_in() {
	local user
	for user in "${everybody[@]}"; do
		check_let_in "$user"
	done
}
