# SPDX-License-Identifier: LGPL-2.1-or-later
# TAP for the integration tests. Sourced; a test file ends with done_testing.
# shellcheck shell=bash

tap_count=0
tap_failed=0

tap_line()
{
	tap_count=$((tap_count + 1))
	printf '%s %d - %s\n' "$1" "$tap_count" "$2"
}

# A multi-line text as TAP comments.
diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

ok()
{
	tap_line ok "$1"
}

# not_ok NAME [DIAGNOSTIC...]
not_ok()
{
	tap_line 'not ok' "$1"
	tap_failed=$((tap_failed + 1))
	shift
	[ $# -eq 0 ] || diag "$@"
}

# is GOT WANT NAME
is()
{
	if [ "$1" = "$2" ]; then
		ok "$3"
	else
		not_ok "$3" "got:  $1"
		diag "want: $2"
	fi
}

# isnt GOT UNWANTED NAME
isnt()
{
	if [ "$1" != "$2" ]; then
		ok "$3"
	else
		not_ok "$3" "got what must not be: $1"
	fi
}

# like GOT EXTENDED_REGEX NAME
like()
{
	if [[ $1 =~ $2 ]]; then
		ok "$3"
	else
		not_ok "$3" "got:  $1"
		diag "want match: $2"
	fi
}

# unlike GOT EXTENDED_REGEX NAME
unlike()
{
	if [[ $1 =~ $2 ]]; then
		not_ok "$3" "got:  $1"
		diag "want no match: $2"
	else
		ok "$3"
	fi
}

# check NAME command...: passes when the command does.
check()
{
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "failed: $*" "$out"
	fi
}

# skip REASON: says what is missing. The caller asserts the refusal first.
skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d # SKIP %s\n' "$tap_count" "$1"
}

done_testing()
{
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ]
}

# wait_until SECONDS command...: polls, because a fixed sleep is either too short or too long.
wait_until()
{
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
		sleep 0.03
	done
}
