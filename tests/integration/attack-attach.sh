#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Attacks on the hand-over: descriptors that should not cross, and an application whose user speaks the
# attach protocol by hand.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/attack.sh
. /lab/src/tests/lib/attack.sh

# --- descriptors ---

control_master()
{
	ssh -F /lab/ssh_config -o ControlMaster=yes -o ControlPath="$T/mux" -N alice@lab &
	master=$!
	wait_until 10 test -S "$T/mux"
	ssh -F /lab/ssh_config -o ControlPath="$T/mux" alice@lab "$ATTACK/fds; ls -l /proc/self/fd >&2" \
		</dev/null 2>/dev/null
	ssh -F /lab/ssh_config -o ControlPath="$T/mux" alice@lab "$ATTACK/fds" </dev/null
	kill "$master"
	wait "$master" 2>/dev/null
}

leaked_descriptors()
{
	local profile master
	is "$(app alice keep exec /bin/sh -c "$ATTACK/fds")" '0 1 2 30' \
		'without the module what an application leaves open is inherited'
	for profile in login strict; do
		module_on swrap-test profile=$profile
		module_on sshd profile=$profile
		module_on su profile=$profile
		is "$(app alice keep exec /bin/sh -c "$ATTACK/fds")" '0 1 2' "$profile: it is not"
		is "$(as_ssh alice "$ATTACK/fds" </dev/null)" '0 1 2' "$profile: ssh: 0, 1 and 2 alone"
		is "$(as_ssh alice -tt "exec $ATTACK/fds" </dev/null | tr -d '\r')" '0 1 2' \
			"$profile: ssh with a terminal: the same"
		is "$(control_master | tr '\n' ,)" '0 1 2,0 1 2,' "$profile: later channels: the same"
		is "$(su alice -c "exec $ATTACK/fds" </dev/null)" '0 1 2' "$profile: su: the same"
	done
	module_off su
	module_off sshd
	module_off swrap-test
}

# stdin_is WHAT...: what descriptor 0 of the first process is.
stdin_is()
{
	app alice "$@" exec /bin/sh -c 'exec readlink /proc/self/fd/0'
}

# A directory of the host as descriptor 0 would be a way round every mount of the session.
directory_as_stdin()
{
	local mark
	is "$(stdin_is open 0 /var/log)" /var/log 'without the module a directory can be stdin'
	is "$(stdin_is path 0 /etc/passwd)" /etc/passwd 'and a descriptor that only names a file'
	module_on swrap-test
	mark=$(records_mark)
	is "$(stdin_is open 0 /var/log)" /dev/null 'a directory becomes /dev/null'
	is "$(stdin_is path 0 /etc/passwd)" /dev/null 'so does one that only names a file'
	is "$(stdin_is path 0 /)" /dev/null 'or a directory'
	is "$(stdin_is open 0 /etc/passwd)" /etc/passwd 'a file stays'
	wait_until 10 has_records 4 "$mark" '.event == "session.end"'
	is "$(count_records "$mark" '.event == "attach.stdio" and .descriptors == [0]')" 3 \
		'each replacement is recorded'
	module_off swrap-test
}

# An application that leads its terminal has it taken for the session. The user has another session's
# terminal on a descriptor before: that one must stay with the session it belongs to.
others_terminal()
{
	local mark
	module_on swrap-test
	mark=$(records_mark)
	is "$(tty_run '
		start setpriv --reuid=2001 --regid=2001 --init-groups env HOME=/home/alice bash
		prompt
		set other $spawn_id
		set others_tty $spawn_out(slave,name)
		exec chown alice $others_tty
		start /lab/attack/pamapp swrap-test alice open 0 $others_tty exec /bin/sh -c \
			{echo "tty="$(ps -o tty= -p $$)}
		set own_tty $spawn_out(slave,name)
		say "own [string equal "/dev/[want {tty=(\S+)\r}]" $own_tty]"
		say [ended]
		set spawn_id $other
		type {echo "tty="$(ps -o tty= -p $$)}
		say "others [string equal "/dev/[want {tty=([^"]\S*)\r}]" $others_tty]"
		prompt
		type exit
		ended' 2>&1)" $'own 1\nexit 0\nothers 1' \
		'a session has its own terminal, and the other session has kept its'
	check 'it was taken from the application' wait_until 5 has_record "$mark" \
		'.event == "attach" and .controlling_tty == "steal"'
	module_off swrap-test
}

# --- argv, environment ---

hostile_strings()
{
	local out
	rm -f /home/alice/preloaded
	out=$(app alice env "LD_PRELOAD=$ATTACK/preload.so" exec /bin/sh -c 'cat /proc/self/status' |
		grep -c Name)
	is "$out" 1 'a program starts'
	like "$(cat /home/alice/preloaded)" "$(printf %q "$WORLD_PIDS")" \
		'without the module a library of the user'"'"'s is in it'
	module_on swrap-test
	rm -f /home/alice/preloaded
	app alice env "LD_PRELOAD=$ATTACK/preload.so" env LD_AUDIT="$ATTACK/preload.so" \
		env GLIBC_TUNABLES=x=y exec /bin/sh -c 'echo "[$LD_PRELOAD$LD_AUDIT$GLIBC_TUNABLES]"' >"$T/out"
	is "$(cat "$T/out")" '[]' 'variables of the loader do not reach the session'
	is "$(cat /home/alice/preloaded 2>/dev/null)" '' 'nor its shell'
	is "$(app alice env 'BASH_FUNC_id%%=() { echo x; }' env "=odd" exec /bin/sh -c 'echo fine')" \
		fine 'odd names of variables are harmless'
	is "$(app alice exec /bin/sh -c 'echo "${#0}"' "$(head -c 100000 /dev/zero | tr '\0' a)")" 100000 \
		'an argument of 100 kB crosses whole'
	app alice bare /bin/sh >"$T/out"
	is "$?" 0 'no argument at all is a shell with nothing to read'
	module_off swrap-test
}

# --- what su inherits from its caller ---

# su_under COMMAND...: with which it is surrounded; prints where the command runs, or why it does not.
su_under()
{
	# shellcheck disable=SC2016 # for the inner shell
	timeout 20 bash -c "$* && exec su alice -c 'readlink /proc/self/ns/pid'" </dev/null 2>&1
}

hostile_surroundings()
{
	local limit inside=0 out
	local limits='n:5 n:8 n:12 n:20 f:0 f:1 t:1 v:20000 s:64 d:500 i:0 q:0 l:0 u:1 e:0 c:0'
	is "$(su_under ulimit -l 0)" "$WORLD_PIDS" 'without the module su runs it outside'
	module_on su
	for limit in $limits; do
		out=$(su_under ulimit "-${limit%:*}" "${limit#*:}")
		unlike "$out" "$(printf %q "$WORLD_PIDS")" "limit $limit: nothing runs outside"
		[[ ! $out =~ ^pid: ]] || inside=$((inside + 1))
	done
	check 'with some of them it runs inside' test "$inside" -gt 3
	like "$(su_under trap "''" CHLD HUP TERM PIPE USR1 ALRM)" '^pid:' 'with signals ignored: it runs'
	unlike "$(su_under trap "''" CHLD HUP TERM PIPE)" "$(printf %q "$WORLD_PIDS")" 'inside'
	unlike "$(su_under chrt --idle -p 0 '$$')" "$(printf %q "$WORLD_PIDS")" 'idle priority: inside'
	su alice -c "readlink /proc/self/ns/pid >/home/alice/closed" <&- >&- 2>&-
	like "$(cat /home/alice/closed)" '^pid:' 'with descriptors closed: it runs'
	unlike "$(cat /home/alice/closed)" "$(printf %q "$WORLD_PIDS")" 'inside'
	module_off su
}

# --- the protocol by hand ---

# spoken NAME: the attack, then a login on the same session, which must work.
spoken()
{
	mark=$(records_mark)
	app alice raw "$1" exec /bin/sh -c 'echo alive' >"$T/raw"
	answers=$(grep -v '^alive$' "$T/raw" | sort | uniq -c | sed 's/^ *//')
	diag "$1: $(head -n 12 <<<"$answers")"
	like "$(tail -n 1 "$T/raw")" '^alive$' "$1: the session goes on"
	unlike "$answers" 'STARTED|PASS|EXITED' "$1: nothing was started"
	ended "$mark"
	check "$1: it ends in order" has_record "$mark" \
		'.event == "session.end" and .outcome == "completed"'
}

by_hand()
{
	local answers mark name
	like "$(app alice raw honest nothing)" 'connect: ENOENT' 'without the module there is no socket'
	module_on swrap-test
	spoken honest
	like "$answers" '1 is no|not a shadowed shell' 'a process that is no shell is refused'
	check 'which is recorded' has_record "$mark" \
		'.event == "attach.refused" and (.reason | test("shadowed shell"))'
	for name in counts memfd headers oversized descriptors signals; do
		spoken "$name"
	done
	spoken types
	like "$answers" '2 connect: EPROTOTYPE' 'streams and datagrams cannot connect'
	spoken flood
	like "$answers" '(6|7) answer REFUSED 11' 'more connections than places are refused'
	check 'and recorded' has_record "$mark" \
		'.event == "attach.refused" and .reason == "too many attaches"'
	module_off swrap-test
}

another_uid()
{
	local mark
	is "$(app alice as bob exec /bin/sh -c 'id -u')" 2002 'without the module an app may become anybody'
	module_on swrap-test
	mark=$(records_mark)
	like "$(app alice as bob raw honest nothing)" 'REFUSED 1 ' 'another user is refused'
	check 'and recorded' wait_until 5 has_record "$mark" \
		'.event == "attach.refused" and .peer_uid == 2002'
	like "$(app alice as bob exec /bin/sh -c 'id -u')" 'swrap.*' 'and gets no shell'
	mark=$(records_mark)
	unlike "$(app alice as bob exec /usr/bin/id -u)" 2002 'nor any other program'
	gate_denied "$mark" '.euid == 2002' 'which is recorded'
	module_off swrap-test
}

if is_baseline; then
	done_testing
	exit 0
fi
start_sshd
leaked_descriptors
directory_as_stdin
others_terminal
hostile_strings
hostile_surroundings
by_hand
another_uid
stop_sshd
done_testing
