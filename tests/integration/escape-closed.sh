#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What swrap-escapes(7) says to do about what login lets through: each directive of the page, alone in a login
# by the profile, closes its hole.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/escape.sh
. /lab/src/tests/lib/escape.sh

PAGE=/lab/src/man/swrap-escapes.7

if is_baseline; then
	skip 'the profile login is part of swrap'
	done_testing
	exit
fi
if [ ! -x "$HOLES/escape" ]; then
	not_ok 'the holes are built' "no $HOLES/escape: run tests/lab build first"
	done_testing
	exit 1
fi

# "WHO|HOLE|DIRECTIVE..." a line, one for each way of the page: .Li lines of an item, parted by "or".
ways()
{
	awk '
		function put() { if (ways != "") print who "|" hole "|" ways; ways = "" }
		/^\.Sh / { put(); inside = $2 == "LOGIN" }
		!inside { next }
		/^\.It Sy / { put(); hole = $3; who = $4 == "Pq" ? $5 : "user" }
		/^or( |$)/ { put() }
		/^\.Li [A-Z][A-Za-z]*=/ { ways = ways (ways == "" ? "" : " ") $2 }' "$PAGE"
}

argument_of()
{
	case $1 in
	other_home) echo /home/bob/readable ;;
	read_only_path) echo /var/spool/escape/file ;;
	shared_memory) echo "$OUTSIDE_KEY" ;;
	fork_bomb) echo 1200 ;;
	job) echo /var/spool/escape ;;
	abstract_socket) echo escape ;;
	loopback) echo "$OUTSIDE_PORT" ;;
	esac
}

close_with()
{
	local who=$1 hole=$2 directives=$3 got sets=()
	# shellcheck disable=SC2086 # no directive of the page has a blank
	printf -v sets 'set=%s ' $directives
	module_on su "${sets[@]}"
	got=$(go_through "$who" "$hole" "$(argument_of "$hole")")
	case $got in
	"$hole escaped"*) not_ok "$who: $hole is closed by $directives" "$got" ;;
	"$hole held"*) ok "$who: $hole is closed by $directives" ;;
	*)
		# Killed, or sudo could not become root: closed, if the session itself works.
		is "$(timeout -k 2 20 su alice -c "echo works" </dev/null 2>&1)" works \
			"$who: $hole is closed by $directives (it does not run: ${got:-killed})" ;;
	esac
}

furnish_programs
furnish_outside
touch /var/spool/escape/file
chmod 666 /var/spool/escape/file

items()
{
	awk '/^\.Sh / { inside = $2 == "LOGIN" } inside && /^\.It Sy / { n++ } END { print n + 0 }' "$PAGE"
}

while IFS='|' read -r who hole directives; do
	close_with "$who" "$hole" "$directives"
done < <(ways)
check 'the page was read' [ "$(items)" -gt 0 ]
is "$(ways | cut -d '|' -f 1,2 | sort -u | wc -l)" "$(items)" 'every hole of the page has a way to close it'
module_off su
dismiss_outside
done_testing
