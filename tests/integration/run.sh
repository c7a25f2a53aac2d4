#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# swrap run: one command in a session, as root and as an ordinary user.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh

if is_baseline; then
	skip 'swrap run is part of swrap'
	done_testing
	exit
fi

ALICE='--user alice --user-uid 2001 --user-gid 2001'

# What alice's own calls see, whoever runs the test.
alice()
{
	setpriv --reuid=2001 --regid=2001 --init-groups env -i HOME=/home/alice USER=alice \
		PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 "$@"
}

# as WHO OPTIONS... -- COMMAND...: sets OUT, ERR, RC. Every call is to end by itself in ten seconds.
as()
{
	local who=$1
	shift
	RC=0
	if [ "$who" = root ]; then
		# shellcheck disable=SC2086 # options are words
		timeout -k 1 10 swrap run $ALICE "$@" >"$T/out" 2>"$T/err" || RC=$?
	else
		# shellcheck disable=SC2086
		alice timeout -k 1 10 swrap run $ALICE "$@" >"$T/out" 2>"$T/err" || RC=$?
	fi
	OUT=$(tr -d '\0' <"$T/out")
	ERR=$(tr -d '\0' <"$T/err")
}

# A status that is not the one wanted says why on stderr.
status_is()
{
	if [ "$RC" = "$1" ]; then
		ok "$2"
	else
		not_ok "$2" "status $RC, want $1" "$OUT" "$ERR"
	fi
}

log_of()
{
	if [ "$1" = root ]; then
		printf %s "$RECORDS"
	else
		printf %s /home/alice/.local/state/swrap/events.ndjson
	fi
}

# A directory the command may write to under every profile.
fresh_marker()
{
	rm -rf /home/alice/run
	install -d -o 2001 -g 2001 /home/alice/run
	MARKER=/home/alice/run/marker
}

# --- the four smoke tests ---

smoke_child_starts_and_exits()
{
	fresh_marker
	as "$1" -- sh -c "echo ok >$MARKER"
	status_is 0 "$1: a child starts and exits"
	is "$(cat "$MARKER" 2>&1)" ok "$1: and did its work"
}

smoke_missing_command()
{
	as "$1" -- /no/such/command
	status_is 127 "$1: a command that is not there is 127"
	like "$ERR" 'child setup failed' "$1: and says that the set-up of the child failed"
	as "$1" -- no-such-command-in-path
	status_is 127 "$1: nor in PATH"
	as "$1" -- /etc/passwd
	status_is 126 "$1: what cannot be executed is 126"
	like "$ERR" 'child setup failed' "$1: and says so"
}

smoke_descendants()
{
	fresh_marker
	as "$1" -- sh -c "(sleep 0.2; sh -c 'echo descendant-ok >$MARKER') >/dev/null 2>&1 & exit 0"
	status_is 0 "$1: the first child exits at once"
	is "$(cat "$MARKER" 2>&1)" descendant-ok "$1: but the call stays until the last descendant is gone"
	check "$1: whose exec is on record" wait_until 5 grep -q "descendant-ok" "$(log_of "$1")"
}

smoke_identity()
{
	as "$1" -- sh -c 'id -u; id -g; id -G; grep -E "^(Uid|Gid):" /proc/self/status'
	status_is 0 "$1: the identity is asked"
	is "$OUT" "$(printf '2001\n2001\n2001\nUid:\t2001\t2001\t2001\t2001\nGid:\t2001\t2001\t2001\t2001')" \
		"$1: it is alice's, all four, and no group more"
}

# --- more of the contract ---

exit_statuses()
{
	as "$1" -- sh -c 'exit 7'
	status_is 7 "$1: status 7 stays 7"
	as "$1" -- sh -c 'kill -TERM $$'
	status_is 143 "$1: death by TERM is 143"
	as "$1" -- sh -c 'kill -KILL $$'
	status_is 137 "$1: death by KILL is 137"
}

standard_descriptors()
{
	local sum
	head -c 3000000 /dev/urandom >"$T/data"
	sum=$(sha256sum <"$T/data")
	as "$1" -- cat <"$T/data"
	status_is 0 "$1: a pipe through cat"
	is "$(sha256sum <"$T/out")" "$sum" "$1: every byte comes back"
	is "$ERR" '' "$1: and nothing is added to stderr"
	as "$1" -- sh -c 'echo out; echo err >&2'
	is "$OUT,$ERR" out,err "$1: stdout and stderr are two"
	as "$1" -- sh -c 'ls /proc/self/fd | tr "\n" " "'
	is "$OUT" '0 1 2 3 ' "$1: no descriptor is leaked (3 is that of ls)"
	as "$1" -- cat <&-
	isnt "$RC" 0 "$1: a closed stdin is closed, or empty, for the command" 
}

surroundings()
{
	local got
	cd /usr/share || return
	LAB_KEPT=yes as "$1" -- sh -c 'pwd; echo "$LAB_KEPT"; umask'
	cd / || return
	if [ "$1" = root ]; then
		is "$OUT" "$(printf '/usr/share\nyes\n%s' "$(umask)")" "$1: cwd, environment and umask"
	else
		got=$(printf '%s\n' "$OUT" | head -n 1)
		is "$got" /usr/share "$1: the working directory"
	fi
	as "$1" --shell /bin/sh -- 'echo "$0 $1"; exit 4' zero one
	status_is 4 "$1: --shell runs a line of that shell"
	is "$OUT" 'zero one' "$1: with its arguments"
	as "$1" -v -- true
	like "$ERR" 'level (full|partial|baseline|none)' "$1: -v tells the level"
	like "$ERR" 'seccomp +applied' "$1: and what became of the steps"
	as "$1" -- grep Seccomp: /proc/self/status
	is "$OUT" "$(printf 'Seccomp:\t2')" "$1: a filter is on"
}

no_session_is_left()
{
	! pgrep -x swrap-helper
}

# The command is told, and the call waits for what it does about it.
signals()
{
	local pid swrap rc=0
	if [ "$1" = root ]; then
		# shellcheck disable=SC2086
		timeout -k 1 10 swrap run $ALICE -- sh -c \
			'trap "echo got it; exit 5" TERM; echo ready; sleep 8 & wait' >"$T/out" 2>&1 &
	else
		# shellcheck disable=SC2086
		alice timeout -k 1 10 swrap run $ALICE -- sh -c \
			'trap "echo got it; exit 5" TERM; echo ready; sleep 8 & wait' >"$T/out" 2>&1 &
	fi
	pid=$!
	check "$1: the command is up" wait_until 5 grep -q ready "$T/out"
	swrap=$(pgrep -n -x swrap)
	kill -TERM "$swrap"
	check "$1: TERM reaches the command" wait_until 5 grep -q 'got it' "$T/out"
	# The sleep is left: a signal for nobody closes the session.
	wait_until 1 is_gone "$swrap" || kill -TERM "$swrap"
	wait "$pid" || rc=$?
	is "$rc" 5 "$1: and its status is the command's"
}

# Without a pid namespace the kernel ends nobody when init dies; the helper does.
init_killed()
{
	local rc=0 pid init
	# shellcheck disable=SC2086
	alice timeout -k 1 20 swrap run $ALICE -- sh -c 'trap "" HUP TERM
		setsid sleep 731 & (setsid sleep 732 & sleep 733) & echo ready; wait' >"$T/out" 2>&1 &
	pid=$!
	check 'alice: a command with descendants in sessions of their own' wait_until 10 grep -q ready "$T/out"
	check 'alice: all of them run' wait_until 10 sleepers_are 3
	init=$(pgrep -u alice -x swrap-init)
	kill -9 "$init"
	check 'alice: init killed: none of them is left' wait_until 5 sleepers_are 0
	wait "$pid" || rc=$?
	isnt "$rc" 0 'alice: and the call says that it failed'
	check 'alice: the helper has ended' wait_until 10 no_session_is_left
	is "$(tail -n 1 "$(log_of alice)" | jq -r '[.event, .outcome] | @csv')" '"session.end","fault"' \
		'alice: the end says fault'
}

sleepers_are()
{
	[ "$(pgrep -u alice -c -f '^sleep 73[123]$')" -eq "$1" ]
}

records_tell()
{
	local log mark
	log=$(log_of "$1")
	check "$1: the sessions before have ended" wait_until 10 no_session_is_left
	mark=$(stat -c %s "$log")
	as "$1" -- /usr/bin/id -u
	wait_until 5 eval "tail -c +$((mark + 1)) '$log' | grep -q session.end"
	tail -c "+$((mark + 1))" "$log" >"$T/records"
	check "$1: the records are JSON" jq -e . "$T/records"
	is "$(jq -r .session "$T/records" | sort -u | wc -l)" 1 "$1: of one session"
	is "$(jq -r .seq "$T/records" | tr '\n' ' ')" "$(seq -s ' ' 0 $(($(wc -l <"$T/records") - 1))) " \
		"$1: numbered without a gap"
	is "$(jq -r 'select(.event == "exec") | [.path, .argv[1], .user, .uid, .service] | @csv' \
		"$T/records")" '"/usr/bin/id","-u","alice",2001,"swrap-run"' "$1: the exec is there"
	is "$(jq -r 'select(.event == "session.end") | [.outcome, .exit] | @csv' "$T/records")" \
		'"completed",0' "$1: and the end"
}

# ^Z stops both, fg lets both go on, ^C ends the command. A key goes to whoever is in the foreground, and
# a stop that comes between a vfork and its exec stops the child alone: so sleep has to run by then.
job_control()
{
	is "$(tty_run '
		start env PS1=lab> bash --norc --noediting
		want {lab>$}
		type {swrap run --user alice --user-uid 2001 --user-gid 2001 -- sh -c \
			'"'echo re\"\"ady; read x; echo got-\$x; sleep 9'"'}
		want {ready\r}
		type hello
		want {got-hello}
		until_true 10 {ps -C sleep -o stat= | grep -q "^S"}
		send "\032"
		want {Stopped}
		want {lab>$}
		say "both stopped [until_true 10 {ps -C sleep -o stat= | grep -q "^T"}]"
		type fg
		until_true 10 {ps -C swrap -o stat= | grep -q "^S.*+"}
		say "both go on [until_true 10 {ps -C sleep -o stat= | grep -q "^S"}]"
		send "\003"
		want {lab>$}
		type {echo "st"=$?}
		say "status [want {st=(\d+)}]"
		want {lab>$}
		type exit
		say [ended]' 2>&1)" $'both stopped 1\nboth go on 1\nstatus 130\nexit 0' \
		'on a terminal: input, ^Z, fg and ^C'
}

wrong_calls()
{
	local call
	for call in '' '--user alice' '--user alice --user-uid 2001' \
		'--user-uid 2001 --user-gid 2001 -- true' '--user alice --user-uid 2001 --user-gid 2001' \
		'--user alice --user-uid -1 --user-gid 2001 -- true' \
		'--user alice --user-uid 4294967295 --user-gid 2001 -- true' \
		'--user alice --user-uid 2001x --user-gid 2001 -- true' \
		'--user alice --user-uid 2001 --user-gid 2001 --fail-policy maybe -- true' \
		'--user alice --user-uid 2001 --user-gid 2001 --shell sh -- true' '--no-such-option'; do
		RC=0
		# shellcheck disable=SC2086
		ERR=$(timeout 10 swrap run $call 2>&1 >/dev/null) || RC=$?
		is "$RC" 64 "swrap run $call: 64"
		like "$ERR" 'usage: swrap run' 'and a usage line'
	done
	as root --no-such -- true
	status_is 64 'an unknown option is 64'
	as root -- sh -c 'exit 3' --user
	status_is 3 "the command's own options are its own"
	as root --profile no-such-profile -- true
	status_is 71 'a profile that does not exist is 71'
	RC=0
	alice timeout 10 swrap run --user bob --user-uid 2002 --user-gid 2002 -- true 2>/dev/null || RC=$?
	is "$RC" 77 "another's identity is not alice's to take"
	RC=0
	alice timeout 10 swrap run --user bob --user-uid 2001 --user-gid 2001 -- true 2>/dev/null || RC=$?
	is "$RC" 77 "nor is another's name"
}

set_up_failures()
{
	local helper
	helper=$(find /usr/libexec/swrap /usr/lib/*/swrap -name swrap-helper 2>/dev/null | head -n 1)
	fresh_marker
	mv "$helper" "$helper.away"
	as root -- touch "$MARKER"
	status_is 71 'no helper is 71'
	cp "$helper.away" "$helper"
	chmod 777 "$helper"
	as root -- touch "$MARKER"
	status_is 71 'a helper others can write is 71'
	rm "$helper"
	mv "$helper.away" "$helper"
	check 'and nothing ran in either case' test ! -e "$MARKER"
	as root --fail-policy open --profile no-such-profile -- touch "$MARKER"
	check 'not with --fail-policy open either' test ! -e "$MARKER"
}

for who in root alice; do
	smoke_child_starts_and_exits "$who"
	smoke_missing_command "$who"
	smoke_descendants "$who"
	smoke_identity "$who"
	exit_statuses "$who"
	standard_descriptors "$who"
	surroundings "$who"
	signals "$who"
	records_tell "$who"
done
init_killed
as root --profile strict -- sh -c 'grep NoNewPrivs /proc/self/status; id -u; touch /usr/x 2>/dev/null || echo no'
is "$OUT" "$(printf 'NoNewPrivs:\t1\n2001\nno')" 'strict: no new privileges, a read-only system'
as alice --profile strict -v -- sh -c 'grep NoNewPrivs /proc/self/status'
is "$OUT" "$(printf 'NoNewPrivs:\t1')" 'strict, for an ordinary user'
like "$ERR" 'level full' 'every step it can ask for is applied'
job_control
wrong_calls
set_up_failures
done_testing
