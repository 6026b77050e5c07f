#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# debian/tests, as autopkgtest would run it: the package is installed, and the
# system is its own.
set -euo pipefail
dpkg -i "$PACKAGE" >&2
exec bash "$(dirname "$0")/../tests/login"
