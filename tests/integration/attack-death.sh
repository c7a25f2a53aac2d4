#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Attacks on the processes that keep a session, by its user from inside and by another login of the same
# user that is in no session; and their deaths at the worst moment.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/attack.sh
. /lab/src/tests/lib/attack.sh

# The processes of the session that began last after $mark.
find_session()
{
	helper=$(records_since "$mark" | jq -r 'select(.event == "session.start") | .helper_pid' | tail -n 1)
	attach=$(records_since "$mark" | jq -r 'select(.event == "attach") | .pid' | tail -n 1)
	init=$(pgrep -P "$helper" -x swrap-init)
	supervisor=$(pgrep -P "$helper" -u _swrap)
	[ -n "$attach" ] && [ -n "$init" ] && [ -n "$supervisor" ]
}

hold_session()
{
	mark=$(records_mark)
	hold "$@"
	wait_until 5 find_session || not_ok 'the processes of the session are found' \
		"$helper $attach $init $supervisor"
}

# --- what the user can do to them ---

# Another login of the same user, of which we know nothing.
outside()
{
	setpriv --reuid=2001 --regid=2001 --init-groups env PID="$1" "$ATTACK/assault"
}

assault()
{
	local victim pid out profile=$1
	setpriv --reuid=2001 --regid=2001 --init-groups sleep 600 &
	victim=$!
	wait_until 5 pgrep -u 2001 -x sleep
	unlike "$(outside "$victim" | grep -v write_exe)" ' (EPERM|EACCES)$' \
		'an ordinary process of the user'"'"'s is at his mercy'
	kill "$victim"
	wait "$victim" 2>/dev/null
	module_on sshd profile="$profile"
	hold_session alice
	for pid in helper init supervisor; do
		out=$(outside "${!pid}")
		unlike "$out" ' ok$| ok ' "$profile: $pid: nothing is allowed from outside"
		is "$(grep -c -E ' (EPERM|EACCES)$' <<<"$out")" 13 "$profile: $pid: all of it denied"
	done
	out=$(outside "$attach")
	is "$(grep ' ok$' <<<"$out" | sort | tr '\n' ,)" 'kill ok,limits ok,' \
		"$profile: attach: no more than its own user may always do"
	for pid in helper init supervisor attach; do
		out=$(ask "PID=${!pid} $ATTACK/assault")
		unlike "$out" ' ok' "$profile: $pid: cannot even be named from inside"
	done
	out=$(ask "PID=1 $ATTACK/assault" | grep -v '^limits')
	unlike "$out" ' ok' "$profile: the session's init is untouchable from inside"
	if [ "$profile" = login ]; then
		out=$(ask "sudo -n env PID=1 $ATTACK/assault seize vm_read vm_write take_fd write_exe mem root \
			cwd fd0 environ namespace")
		unlike "$out" ' ok' "$profile: for root inside too"
	fi
	# Bash spares itself: when it answers, both kills have been made.
	check "$profile: kill -9 -1 inside" ask 'kill -9 -1; kill -9 1; true'
	check "$profile: kill -9 -1 inside does not reach init" test -d "/proc/$init"
	check "$profile: nor helper" test -d "/proc/$helper"
	exec 7>&-
	wait "$hold_client"
	wait_until 10 no_session alice
	module_off sshd
}

# Attach is the user's process, so he may end it from outside; then the session must end with it.
attach_killed()
{
	local shell
	module_on sshd
	hold_session alice
	ask 'nohup sleep 612 >/dev/null 2>&1 & trap "" HUP' >/dev/null
	shell=$(pgrep -P "$init" -x bash | head -n 1)
	check 'a shell runs under init' test -n "$shell"
	setpriv --reuid=2001 --regid=2001 --init-groups kill -9 "$attach"
	check 'attach killed: its shell is gone' wait_until 5 is_gone "$shell"
	exec 7>&-
	wait "$hold_client"
	pkill -u 2001 -x sleep
	check 'attach killed: the session ends' ended "$mark"
	module_off sshd
}

# --- the death of the supervisor ---

# Everything of the session is gone, and its end says fault.
all_gone()
{
	check "$1: every process of it is gone within 5 s" wait_until 5 nobody_left
	check "$1: the record says fault" wait_until 5 has_record "$mark" \
		'.event == "session.end" and .outcome == "fault"'
	exec 7>&-
	wait "$hold_client"
	wait_until 10 no_session alice
}

nobody_left()
{
	is_gone "$helper" && is_gone "$init" && is_gone "$supervisor" && is_gone "$attach" &&
		! pgrep -u 2001 -f 'storm|sleep 61'
}

# Many shells that exec as fast as they can. What runs after the supervisor's death leaves its time.
storm_killed()
{
	local died late
	module_on sshd profile="$1"
	rm -f /home/alice/ran
	hold_session alice
	ask 'for i in 1 2 3 4; do sh -c "while :; do /usr/bin/touch ~/ran; done; : storm" & done' >/dev/null
	check "$1: the storm runs" wait_until 5 test -e /home/alice/ran
	sleep 0.5
	kill -9 "$supervisor"
	wait_until 5 is_gone "$supervisor"
	died=$(date +%s.%N)
	sleep 0.3
	late=$(awk -v a="$(stat -c %.9Y /home/alice/ran)" -v b="$died" 'BEGIN { print (a > b + 0.05) }')
	is "$late" 0 "$1: nothing is executed once the supervisor is dead"
	all_gone "$1, supervisor killed in an exec storm"
	module_off sshd
}

# The kernel has begun with the exec, the supervisor has let it go on and has not yet judged it. The
# latch holds it there.
latched()
{
	rm -f "$T/latch"
	cp "$ATTACK/forbidden" /home/alice/held
	exec 8> >(exec "$ATTACK/latch" /home/alice/held >"$T/latch" 2>&1)
	wait_until 5 grep -q ready "$T/latch"
}

killed_before_the_stop()
{
	module_on sshd profile=strict
	hold_session alice
	latched
	echo './held ran >control-ran' >&7
	check 'an exec is held before its stop' wait_until 5 grep -q held "$T/latch"
	exec 8>&-
	check 'let go, it runs' wait_until 5 grep -q ran /home/alice/control-ran
	check 'and is verified' wait_until 5 has_record "$mark" \
		'.event == "exec" and (.path | test("/held$")) and .verified == "exact"'
	mark=$(records_mark)
	release
	wait_until 10 no_session alice

	hold_session alice
	latched
	echo './held ran >attack-ran' >&7
	check 'again one is held' wait_until 5 grep -q held "$T/latch"
	kill -9 "$supervisor"
	wait_until 5 is_gone "$supervisor"
	exec 8>&-
	all_gone 'supervisor killed before the exec stop'
	is "$(cat /home/alice/attack-ran)" '' 'what it had let go on never ran'
	module_off sshd
}

at_rest()
{
	module_on sshd profile="$1"
	hold_session alice
	ask 'sleep 613 & true' >/dev/null
	kill -9 "$supervisor"
	all_gone "$1, supervisor killed at rest"
	module_off sshd
}

if is_baseline; then
	done_testing
	exit 0
fi
printf 'alice ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/lab
chmod 440 /etc/sudoers.d/lab
start_sshd
assault login
assault strict
attach_killed
at_rest login
storm_killed login
storm_killed strict
killed_before_the_stop
stop_sshd
done_testing
