#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# swrap gc: ends on record the sessions that lost helper and supervisor together.
# timeout: 120
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh

if is_baseline; then
	skip 'swrap gc is part of swrap'
	done_testing
	exit
fi

start_session()
{
	swrap run --user alice --user-uid 2001 --user-gid 2001 -- sh -c 'echo up; exec sleep 60' \
		>"$T/up" 2>"$T/err" &
	RUN=$!
	wait_until 10 grep -q up "$T/up"
	SESSION=$(records | jq -r 'select(.event == "session.start") | .session' | tail -n 1)
	HELPER=$(records | jq -r 'select(.event == "session.start") | .helper_pid' | tail -n 1)
}

ends()
{
	records | jq -n "[inputs | select(.session == \"$1\" and .event == \"session.end\")] | length"
}

start_session
is "$(swrap gc --json | jq .without_end)" 1 'a live session is seen'
is "$(ends "$SESSION")" 0 'and left alone'

# Both at once: neither can write the other's end.
SUPERVISOR=$(pgrep -u _swrap -P "$HELPER")
isnt "$SUPERVISOR" '' 'the supervisor is found'
kill -STOP "$HELPER" "$SUPERVISOR"
kill -KILL "$HELPER" "$SUPERVISOR"
wait "$RUN"
is "$?" 71 'the caller learns that its helper died'
check 'nothing of the session is left' wait_until 5 is_gone "$HELPER"
is "$(ends "$SESSION")" 0 'nobody has written the end'

mark=$(records_mark)
is "$(swrap gc --dry-run --json | jq -r '.ended[0].session')" "$SESSION" 'a dry run names it'
is "$(records_mark)" "$mark" 'and writes nothing'
is "$(swrap gc --json | jq -r '.ended[0].session')" "$SESSION" 'gc names it'
is "$(ends "$SESSION")" 1 'and ends it'
is "$(records_since "$mark" | jq -r '[.outcome, .reason, .by, .user, .uid] | @csv')" \
	'"fault","lost","gc","alice",2001' 'as a lost one, of the same user'
is "$(records | jq -n "[inputs | select(.session == \"$SESSION\") | .seq] | . == (sort | unique)")" true \
	'with the next number'

mark=$(records_mark)
check 'a second time' swrap gc
is "$(records_mark)" "$mark" 'there is nothing left to write'

# What a crash or an attacker may have left in the log.
printf '%s\n' '{"event":"session.start","session":"../../../etc"}' '[]' 'x' >>"$RECORDS"
printf '{"v":1,"event":"exec","sess' >>"$RECORDS"
printf '{"v":1,"event":"session.start","session":"%s","seq":0,"boot_id":"x","user":"mallory","helper_pid":1,"helper_start":1}\n' \
	0123456789abcdef >"$RECORDS.1"
is "$(swrap gc --json | jq -r .lines_skipped)" 4 'lines that are no records are counted'
is "$(tail -n 1 "$RECORDS" | jq -r '[.session, .reason] | @csv')" '"0123456789abcdef","lost"' \
	'a session of another boot, in the rotated file, is ended on a line of its own'

rc=0
setpriv --reuid=2001 --regid=2001 --clear-groups swrap gc 2>/dev/null || rc=$?
is "$rc" 77 'only root may'
rc=0
swrap gc --no-such 2>/dev/null || rc=$?
is "$rc" 64 'an unknown option is 64'
chmod 777 /var/log/swrap
rc=0
swrap gc 2>/dev/null || rc=$?
is "$rc" 71 'a directory others can write to holds no records'
chmod 750 /var/log/swrap
done_testing
