#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What test/demo prints is as promised, and is what README.md shows.
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"

top=$(realpath "$(dirname "$0")/../..")

# The addresses of a namespace without a name differ from run to run, and with
# them the blanks behind.
without_digits() {
	sed '/^$/d; s/[0-9][0-9]*/0/g; s/  */ /g'
}

shown_by_demo() {
	local shown printed
	shown=$(awk '/^```/ { inside = /text$/; next } inside' "$top/README.md")
	printed=$("$top/test/demo" --inside) || fail "demo: $printed"
	check_same "$(without_digits <<<"$printed")" \
		"$(without_digits <<<"$shown")" test/demo
}
test_case 'README.md shows what test/demo prints' shown_by_demo
