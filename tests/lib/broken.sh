# SPDX-License-Identifier: LGPL-2.1-or-later
# Things that are broken on purpose: programs of tests/tools, a helper that is another, one attempt to
# open a session and what came of it. Sourced after world.sh.
# shellcheck shell=bash

LIBEXEC=/usr/libexec/swrap
HELPER=$LIBEXEC/swrap-helper
TOOLS=/lab/tools

# build_tools NAME...: where sshd's users may not look, but may execute.
build_tools()
{
	local name
	mkdir -p "$TOOLS"
	for name in "$@"; do
		cc -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -o "$TOOLS/$name" \
			"/lab/src/tests/tools/$name.c" -lpam -lpthread || return 1
	done
}

# helper_is COMMAND...: what the module starts instead; the real one is swrap-helper.real.
helper_is()
{
	[ -e "$HELPER.real" ] || mv "$HELPER" "$HELPER.real"
	rm -f "$HELPER"
	printf '#!/bin/sh\nexec %s\n' "$*" >"$HELPER"
	chmod 755 "$HELPER"
}

helper_is_itself()
{
	[ ! -e "$HELPER.real" ] || mv -f "$HELPER.real" "$HELPER"
}

syslog_mark()
{
	stat -c %s /var/log/syslog
}

syslog_since()
{
	tail -c "+$(($1 + 1))" /var/log/syslog
}

# attempt USER [module arguments...]: one open_session in swrap-test within ten seconds, through the
# command in RUN when there is one. Leaves $rc, $out, $mark (records), $syslog (mark).
RUN=()
OPEN=open_session
attempt()
{
	local user=$1
	shift
	module_on swrap-test breakglass=rescue "$@"
	# shellcheck disable=SC2034 # for the caller
	mark=$(records_mark)
	syslog=$(syslog_mark)
	rc=0
	out=$(timeout -k 1 -s KILL 10 "${RUN[@]}" pamtester swrap-test "$user" "$OPEN" 2>&1 </dev/null) ||
		rc=$?
}

# What the module says to the user.
said()
{
	grep -v '^pamtester: ' <<<"$out"
}

# logged PRIORITY REGEX: since the attempt; the syslog daemon may still be reading.
logged()
{
	wait_until 3 syslog_has "$1" "$2"
}

syslog_has()
{
	syslog_since "$syslog" | grep '^<'"$1>" | grep -qE -- "$2"
}

# was_refused NAME REASON: PAM_SESSION_ERR, one line with the session's id to the user, the reason in
# the log.
was_refused()
{
	local id
	if [ "$rc" = 0 ] || [ "$rc" = 137 ]; then
		not_ok "$1: refused" "status $rc" "$out"
		return 0
	fi
	logged 83 "refused: .*$2" || {
		not_ok "$1: refused, with the reason logged" "$(syslog_since "$syslog")"
		return 0
	}
	id=$(syslog_since "$syslog" | sed -n 's/.*session \([0-9a-f]*\): refused.*/\1/p' | tail -n 1)
	is "$(said)" "swrap: this session was refused (session $id)" "$1: refused, in one line"
}

# was_let_in NAME REASON: PAM_SUCCESS or PAM_IGNORE, nothing to the user, an alert with the reason.
was_let_in()
{
	if [ "$rc" != 0 ]; then
		not_ok "$1: let in" "status $rc" "$out"
	elif [ -n "$(said)" ]; then
		not_ok "$1: let in without a word" "$out"
	elif ! logged 81 "$2"; then
		not_ok "$1: let in with an alert" "$(syslog_since "$syslog")"
	else
		ok "$1: let in with an alert"
	fi
}

# pamtester runs as root, so what is of alice is a session's.
no_process_of_ours()
{
	! pgrep -u alice && ! pgrep swrap
}
