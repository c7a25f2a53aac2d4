#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# swrap-attach stays as long as its session and starts at every login: it must stay small, static and
# without anything the kernel or a loader would have to fetch. Runs in the build directory.
set -u
limit=65536
file=${1:-swrap-attach}
failed=0

fail() {
	echo "$file: $*" >&2
	failed=1
}

[ -f "$file" ] || { echo "$file: not built, run make first" >&2; exit 1; }

size=$(wc -c <"$file")
[ "$size" -le "$limit" ] || fail "$size bytes, at most $limit are allowed"

# A file that size could still be a dynamic one.
segments=$(LC_ALL=C readelf -lW "$file") || { fail "readelf cannot read it"; exit 1; }
case $segments in *INTERP*) fail "has an interpreter: not static" ;; esac
case $segments in *DYNAMIC*) fail "has a dynamic section" ;; esac
case $segments in *GNU_STACK*RWE*) fail "wants an executable stack" ;; esac

exit $failed
