#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# debian/tests, run by autopkgtest in the system as it is. What they depend on
# is there, so that apt has nothing to fetch. That the system is a machine of
# its own, and may be broken, is something that "null" cannot promise.
set -euo pipefail

name='autopkgtest passes debian/tests with the package installed'
status=0
mkdir /tmp/tree
cp -r debian /tmp/tree/
autopkgtest --ignore-restrictions=isolation-machine,breaks-testbed \
	-B "$PACKAGE" /srv/package/pamnetctl_*.deb /tmp/tree -- null </dev/null >/tmp/said 2>&1 || status=$?
grep -E '^(not )?ok ' /tmp/said || true
if ((status == 0)); then
	echo "ok $name"
else
	cat /tmp/said >&2
	echo "not ok $name: it ended with $status"
fi
exit $((status > 0))
