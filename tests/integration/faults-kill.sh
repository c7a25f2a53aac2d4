#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# helper, init, supervisor and attach killed, at rest and under a storm of execs: nothing runs without
# its supervisor, nothing stays, the end is recorded as a fault. And a process that nothing can kill.
# timeout: 360
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'nothing of ours to kill without the module'
	done_testing
	exit
fi

STORM='for i in 1 2 3 4; do while :; do /bin/sh -c "echo x >>/tmp/storm/ran"; done & done; echo ready; wait'

# ---- the parts of the session that began at $mark ----

find_helper()
{
	helper=$(records_since "$mark" | jq -r 'select(.event == "session.start") | .helper_pid' |
		tail -n 1)
}

find_supervisor()
{
	pgrep -u _swrap -P "$helper"
}

find_init()
{
	pgrep -P "$helper" -x swrap-init
}

# By its inode: its name and path are the shell's.
find_attach()
{
	local pid want
	want=$(stat -c %d:%i "$LIBEXEC/swrap-attach")
	for pid in $(pgrep -u alice); do
		[ "$(stat -Lc %d:%i "/proc/$pid/exe" 2>/dev/null)" != "$want" ] || echo "$pid"
	done
}

# What a session has in other namespaces, and open in sshd; beside what nothing_left looks at.
traces()
{
	local file
	for file in /proc/[0-9]*/mountinfo; do
		grep -l -e ' /run/swrap' "$file" 2>/dev/null
	done
	find "/proc/$(cat /run/lab-sshd.pid)/fd" -type l 2>/dev/null | wc -l
}

as_before()
{
	[ "$(traces)" = "$traces_before" ] && as_snapshot before && no_process_of_ours
}

kill_parts()
{
	local part pids=()
	for part; do
		if [ "$part" = helper ]; then
			pids+=("$helper")
		else
			mapfile -t -O "${#pids[@]}" pids < <("find_$part")
		fi
	done
	[ "${#pids[@]}" -ge $# ] || { not_ok "found: $*" "${pids[*]}"; return 0; }
	# Stopped first: none of two sees the other's death.
	[ $# -eq 1 ] || kill -STOP "${pids[@]}"
	kill -KILL "${pids[@]}"
}

# nothing_ran_on NAME: as many runs as records; what was answered in the last moment may miss its own.
nothing_ran_on()
{
	local runs records
	sleep 0.3 # whoever still ran would write meanwhile
	runs=$(wc -l </tmp/storm/ran)
	records=$(count_records "$mark" '.event == "exec" and .argv[0] == "/bin/sh"')
	check "$1: there was a storm" test "$runs" -gt 20
	check "$1: $runs runs, $records records" test "$runs" -le $((records + 8))
	is "$(wc -l </tmp/storm/ran)" "$runs" "$1: it is over"
}

end_is_recorded()
{
	is "$(records_since "$mark" | jq -r 'select(.event == "session.end") | .outcome')" fault \
		"$1: the end says fault"
}

storm_runs()
{
	[ "$(wc -l </tmp/storm/ran)" -gt 20 ]
}

# One session, at rest or in a storm; then these parts are killed.
killed()
{
	local name=$1 storm=$2 client
	shift 2
	rm -f /tmp/storm/ran
	mark=$(records_mark)
	if [ "$storm" = yes ]; then
		ssh_bg alice "$STORM" </dev/null >"$T/out" 2>&1
	else
		ssh_bg alice 'echo ready; exec sleep 60' </dev/null >"$T/out" 2>&1
	fi
	wait_until 10 grep -q ready "$T/out"
	[ "$storm" = no ] || wait_until 20 storm_runs
	find_helper
	kill_parts "$@"
	check "$name: within five seconds nothing is left" wait_until 5 as_before
	[ "$storm" = no ] || nothing_ran_on "$name"
	wait "$client"
	isnt $? 0 "$name: the client hears of it"
}

each_part()
{
	local storm=$1 name=$2 part
	for part in helper init supervisor attach; do
		killed "$part killed $name" "$storm" "$part"
		check "$part killed $name: there is an end" wait_until 3 has_record "$mark" \
			'.event == "session.end"'
		end_is_recorded "$part killed $name"
	done
}

helper_and_supervisor()
{
	killed "helper and supervisor killed $2" "$1" helper supervisor
	is "$(count_records "$mark" '.event == "session.end"')" 0 'nobody is left to write the end'
	check 'gc writes it' swrap gc
	end_is_recorded "helper and supervisor killed $2"
}

# The connection outlives its helper; what is asked of it then must not run.
next_channel()
{
	mark=$(records_mark)
	ssh_bg alice -M -S "$T/control" -N </dev/null >"$T/out" 2>&1
	wait_until 10 ssh -F /lab/ssh_config -S "$T/control" -O check alice@lab
	wait_until 5 has_record "$mark" '.event == "session.ready"'
	find_helper
	kill -KILL "$helper"
	wait_until 5 is_gone "$helper"
	ssh -F /lab/ssh_config -S "$T/control" alice@lab 'echo in the shell' >"$T/next" 2>&1 </dev/null
	isnt $? 0 'a channel after the death of the helper fails'
	unlike "$(cat "$T/next")" 'in the shell' 'no shell runs in it'
	kill "$client"
	wait "$client"
	check 'nothing is left of that connection' wait_until 5 as_before
}

# ---- what cannot be killed ----

# In the state in which KILL is pending and changes nothing.
is_stuck()
{
	local pid
	pid=$(pgrep -u alice -x cat) && grep -q '^State:.*D' "/proc/$pid/status"
}

is_there()
{
	pgrep -u alice -x cat
}

connection_is_gone()
{
	no_session alice && ! pgrep -f 'sshd: alice'
}

stuck()
{
	local client daemon
	mkdir -p /mnt/dead
	"$TOOLS/deadfs" /mnt/dead >"$T/deadfs" 2>&1 &
	daemon=$!
	if ! wait_until 5 grep -q mounted "$T/deadfs"; then
		like "$(cat "$T/deadfs")" 'denied|permitted|No such|device' 'FUSE refuses by name'
		skip "no FUSE here: $(cat "$T/deadfs")"
		return 0
	fi
	# Under login it would stay as one that outlives the logout.
	module_on sshd profile=strict
	mark=$(records_mark)
	syslog=$(syslog_mark)
	ssh_bg alice 'cat /mnt/dead/file' </dev/null >"$T/out" 2>&1
	check 'a process waits for the file system' wait_until 10 is_there
	kill -KILL "$client"
	wait "$client"
	check 'the close returns all the same' wait_until 5 connection_is_gone
	check 'and is a fault: stuck' logged 81 'fault at close.*stuck'
	check 'the process sleeps where no signal reaches' is_stuck
	is "$(count_records "$mark" '.event == "session.end"')" 0 'so the session has not ended'
	is "$(as_ssh bob 'echo in the shell')" 'in the shell' 'another login is not held up'
	attempt bob profile=strict
	is "$rc" 0 'nor a strict one'
	kill "$daemon"
	wait "$daemon"
	umount -l /mnt/dead 2>/dev/null
	check 'when it comes free there is an end' wait_until 10 has_record "$mark" \
		'.user == "alice" and .event == "session.end" and .outcome == "fault" and .reason == "stuck"'
}

mkdir -p /tmp/storm
chmod 1777 /tmp/storm
build_tools deadfs || not_ok 'the tools can be built'
start_sshd
module_on sshd
module_on swrap-test
as_ssh alice true </dev/null
wait_until 5 no_process_of_ours
snapshot before
traces_before=$(traces)
each_part no 'at rest'
helper_and_supervisor no 'at rest'
each_part yes 'in a storm'
helper_and_supervisor yes 'in a storm'
next_channel
stuck
check 'in the end nothing is left' wait_until 5 as_before
stop_sshd
done_testing
