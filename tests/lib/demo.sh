#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The demonstration, inside a lab world: a real login, what it sees, what it cannot do, what is
# recorded. Run by tests/lab demo.
set -uo pipefail

# shellcheck source=SCRIPTDIR/world.sh
. /lab/src/tests/lib/world.sh

title()
{
	printf '\n== %s\n' "$*"
}

# What is typed is shown, with its status when it failed.
try()
{
	local rc=0
	printf '$ %s\n' "$*"
	as_ssh alice "$*" 2>&1 || rc=$?
	[ "$rc" -eq 0 ] || printf '  -> status %d\n' "$rc"
}

show_ps_outside()
{
	local client
	ssh_bg alice 'echo ready; read -r _' >"$T/out" < <(tail -f /dev/null --pid=$$)
	wait_until 15 grep -q ready "$T/out"
	# shellcheck disable=SC2009 # a listing for people, not a search
	ps -eo pid,ppid,user:8,rss,args --forest | grep -v -e 'ps -eo' -e grep -e demo.sh
	kill "$client"
}

title 'the one line in /etc/pam.d/sshd'
module_on sshd || exit 1
tail -n 1 /etc/pam.d/sshd
start_sshd || exit 1

title 'a login by ssh, from inside'
try id
try 'grep -E "^(NoNewPrivs|Seccomp|CapBnd)" /proc/self/status'
try ps -ef

title 'attempts to leave'
try mount -t tmpfs none /mnt
try unshare --user --map-root-user true
try unshare --mount true
try cat /var/log/swrap/events.ndjson

title 'the same session seen by the admin'
show_ps_outside

title 'the records'
wait_until 10 has_record 0 '.event == "session.end"'
records | jq -c 'select(.event != "step") | {event, session: .session[0:8], seq, user, level, decision,
	path, argv, outcome} | with_entries(select(.value != null))' | tail -n 25
title 'the steps of one session, and the level it reached'
records | jq -s -r '[.[] | select(.event == "session.start")][0].session as $s
	| .[] | select(.session == $s)
	| if .event == "step" then "step  \(.step) \(.result)"
	  elif .event == "session.ready" then "level \(.level)" else empty end'
