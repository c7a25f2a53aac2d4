#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What swrap-escapes(7) lists for a profile is what tests/integration/escape.sh finds there, neither less
# nor more. One "WHO HOLE" a line.
cd "${srcdir:-.}" || exit 1

page=man/swrap-escapes.7
table=tests/integration/escape.sh
status=0

# found COLUMN: 5 is login, 6 is strict.
found() {
	awk -F '|' -v column="$1" '
		/^TABLE="$/ { inside = 1; next }
		inside && /^"$/ { inside = 0 }
		inside && $column == "escaped" { print $1, $2 }' "$table" | LC_ALL=C sort -u
}

# listed SECTION
listed() {
	awk -v section=".Sh $1" '
		/^\.Sh / { inside = $0 == section }
		inside && /^\.It Sy / { print $4 == "Pq" ? $5 : "user", $3 }' "$page" | LC_ALL=C sort -u
}

compare() {
	want=$(found "$2")
	if [ -z "$want" ]; then
		echo "escapes: $table has nothing in column $2" >&2
		status=1
	elif [ "$(listed "$1")" != "$want" ]; then
		printf 'escapes: %s of %s has:\n%s\nand %s finds:\n%s\n' "$1" "$page" "$(listed "$1")" \
			"$table" "$want" >&2
		status=1
	fi
}

compare LOGIN 5
compare STRICT 6
exit $status
