# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Where PAM has lines of our modules. debian/rules puts this text into the
# maintainer scripts.

# What libpam reads, without what editors and dpkg leave beside it.
pam_files() {
	for file in /etc/pam.d/* /usr/lib/pam.d/* /etc/pam.conf; do
		case $file in
		*.dpkg-* | *~) continue ;;
		esac
		[ ! -f "$file" ] || echo "$file"
	done
}

# The lines of ours in standard input, without comments and with continued
# lines joined: "TYPE CONTROL MODULE ARGUMENTS", with "[]" for a control in
# brackets and the dash before a type. In pam.conf a service comes first.
our_lines() {
	# The last line may have no end, and sed would leave it without.
	{
		cat
		echo
	} | sed -n -E ':join
		s/#.*//
		/\\[[:space:]]*$/ {
			s///
			$! {
				N
				s/\n/ /
				b join
			}
		}
		s/^[[:space:]]*([^[:space:]]+[[:space:]]+)?(-?(auth|account|password|session))[[:space:]]+((\[)[^]]*(\])|([^[:space:]]+)[[:space:]])[[:space:]]*([^[:space:]]*\/)?pam_(newnet|usernet|groupnet)\.so([[:space:]]|$)/\2 \5\6\7 \9 /Ip'
}
