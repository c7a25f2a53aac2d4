#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Applications in odd states, under each profile that confines: the session opens all the same, and the
# application is as it was.
# timeout: 300
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'the applications are odd only to the module'
	done_testing
	exit
fi

# host ACTION...: prints what it prints; within twenty seconds.
host()
{
	timeout -s KILL 20 "${LIMIT[@]}" "$TOOLS/host" swrap-test alice "$@" 2>&1 </dev/null
}
LIMIT=()

state_of()
{
	sed -n "s/^state: //p" <<<"$1" | sed -n "$2p"
}

# same_state OUTPUT NAME: before open and after close.
same_state()
{
	is "$(state_of "$1" 2)" "$(state_of "$1" 1)" "$2: the application is as it was"
}

# odd NAME ACTION...: then open, a shell, close.
odd()
{
	local name="$profile: $1" out
	shift
	mark=$(records_mark)
	out=$(host "$@" state open exec close state)
	like "$out" 'open: 0' "$name: opened"
	like "$out" $'in the shell\nexec: 0\nclose: 0' "$name: a shell, closed"
	same_state "$out" "$name"
	check "$name: recorded" wait_until 5 has_record "$mark" \
		'.event == "session.end" and .outcome == "completed" and .exit == 0'
	nothing_left before "$name: nothing is left"
}

many_fds()
{
	local hard n
	hard=$(ulimit -Hn)
	n=60000
	[ "$hard" = unlimited ] || [ "$hard" -gt 60100 ] || n=$((hard - 100))
	odd "$n descriptors open" "fds=$n"
	if [ "$n" -lt 60000 ]; then
		like "$(prlimit --nofile=70000:70000 true 2>&1)" 'not permitted|^$' \
			'raising the hard limit is refused, or it is another one that is low'
		skip "60000 descriptors: the hard limit is $hard"
	fi
}

few_fds()
{
	local hard
	odd 'a soft limit of 16 descriptors' nofile=16
	# What the helper needs and may not raise is refused: by its name, not half done.
	for hard in 16 24 40; do
		LIMIT=(prlimit "--nofile=$hard:$hard")
		syslog=$(syslog_mark)
		out=$(host open)
		LIMIT=()
		like "$out" $'said: swrap: this session was refused .*\nopen: 14' \
			"$profile: a hard limit of $hard descriptors: refused, in one line"
		check "$profile: a hard limit of $hard descriptors: by name" logged 83 'refused: .*(Too many|limit)'
		nothing_left before "$profile: a hard limit of $hard descriptors: nothing is left"
	done
}

# pam_end in a child must not end the parent's session; nor may close.
children()
{
	local how out
	for how in end close; do
		out=$(host open state "fork-$how" state exec close)
		like "$out" $'child: 0\nstate: [^\n]*\nin the shell\nexec: 0\nclose: 0' \
			"$profile: a child's $how: the session goes on"
		same_state "$out" "$profile: a child's $how"
		nothing_left before "$profile: a child's $how: nothing is left"
	done
}

orders()
{
	is "$(host close end)" $'close: 0\nend: 0' 'close without open'
	is "$(host start end)" $'start: 0\nend: 0' 'end without open'
	mark=$(records_mark)
	is "$(host open open exec close close end)" \
		$'open: 0\nopen: 0\nin the shell\nexec: 0\nclose: 0\nclose: 0\nend: 0' \
		'opened twice, closed twice'
	wait_until 5 has_record "$mark" '.event == "session.end"'
	is "$(count_records "$mark" '.event == "session.start"')" 1 'that is one session'
	is "$(host open exec end)" $'open: 0\nin the shell\nexec: 0\nend: 0' 'end without close'
	# A gate stays for as long as its process, and there is one a process.
	syslog=$(syslog_mark)
	out=$(host open close end open exec)
	like "$out" 'close: 0.*open: 14' 'a second session after the first in one process: refused'
	unlike "$out" 'in the shell' 'and nothing runs there'
	check 'by name' logged 83 'refused: .*is swrap-attach'
	nothing_left before 'in any order nothing is left'
}

threads()
{
	like "$(host thread open)" $'said: swrap: this session was refused .*\nopen: 14' \
		"$profile: a second thread: refused"
	unlike "$(host thread open-silent)" 'said:' "$profile: PAM_SILENT: without a word"
}

rounds()
{
	local out
	mark=$(records_mark)
	out=$(timeout -s KILL 200 "$TOOLS/host" swrap-test alice state rounds=1000 state </dev/null)
	like "$out" 'rounds: 0' 'a thousand sessions, one after the other'
	same_state "$out" 'a thousand sessions'
	check 'each has its end' wait_until 20 all_ended
	nothing_left before 'a thousand sessions: nothing is left'
	out=$(host again=2 state again=200 state)
	same_state "$out" 'two hundred refused sessions in one process'
	nothing_left before 'two hundred refused sessions: nothing is left'
}

all_ended()
{
	[ "$(records_since "$mark" | grep -c '"event":"session.end"')" = 1000 ]
}

build_tools host || not_ok 'the tools can be built'
module_on swrap-test
host open close >/dev/null
wait_until 5 no_process_of_ours
snapshot before
for profile in login strict locked; do
	module_on swrap-test "profile=$profile" fail=closed
	odd 'an ordinary application' start
	odd 'SIGCHLD ignored' ignore-chld
	odd 'every signal ignored' ignore-signals
	odd 'every signal blocked' block-signals
	odd 'descriptors 0-2 closed' close-stdio
	odd 'all of it' ignore-signals block-signals close-stdio nofile=16
	many_fds
	few_fds
	children
	threads
done
module_on swrap-test
orders
rounds
done_testing
