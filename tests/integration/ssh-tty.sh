#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# ssh with a terminal: job control, signals from keys, resize, hang-up, what survives a logout.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh

terminal()
{
	tty_run '
		start {*}$ssh alice@lab
		prompt
		say "size [run {stty size} {(\d+ \d+)\r}]"
		say "tty is [run {[ "$(tty)" = "$SSH_TTY" ] && echo "its ""own"} {(its own)}]"
		say "owner [run {stat -c "%U %G %a" "$(tty)"} {(\w+ \w+ \d+)\r}]"
		say "dev tty [run {echo "wri""tten" >/dev/tty} {(written)}]"
		say "leader [run {ps -o pid=,sid=,pgid= -p $$ | tr -s " " "\n" | sort -u | grep -c .} {(\d+)\r}]"
		say "foreground [run {ps -o stat= -p $$ | tr -d "+" ; echo "e""nd"} {(Ss)\r}]"
		say "term [run {echo $TERM-$0-$-} {(\w+--bash-\w+)\r}]"
		say "login [run {shopt login_shell} {(o[nf]+)\r}]"
		say "stty [run {stty -a | md5sum} {(\w{32})}]"
		type {exit 5}
		say [ended]'
}

keys()
{
	tty_run '
		start {*}$ssh alice@lab
		prompt
		with_cat
		send "to cat\r"
		want {to cat\r\nto cat}
		send "\003"
		prompt
		say "after ^C [run {echo "st"=$?} {st=(\d+)}]"
		with_cat
		send "x\r"
		want {x\r\nx}
		send "\034"
		want {Quit}
		prompt
		say "after ^\\ [run {echo "st"=$?} {st=(\d+)}]"
		with_cat {sh -c "trap \"echo got int\" INT; cat; echo aft\"\"er"}
		send "\003"
		want {got int}
		want {after}
		prompt
		say trapped
		with_cat {cat | wc -c}
		send "four\r\004"
		say "^D in a pipe [want {(5)\r}]"
		prompt
		send "\004"
		say [ended]'
}

job_control()
{
	tty_run '
		start {*}$ssh alice@lab
		prompt
		with_cat
		send "one\r"
		want {one\r\none}
		send "\032"
		want {Stopped}
		prompt
		say "stopped [run {jobs} {(Stopped).*cat}]"
		type {fg}
		want {cat\r\n}
		send "two\r"
		want {two\r\ntwo}
		say "in front again"
		send "\032"
		want {Stopped}
		prompt
		run {bg} {cat &}
		say "reads in the background [run {until jobs | grep -q Stopped; do sleep 0.05; done; jobs} {(Stopped)}]"
		type {kill %1; wait %1}
		prompt
		type {exit 0}
		say [ended]'
}

resize_window()
{
	tty_run '
		start {*}$ssh alice@lab
		prompt
		run {trap "echo win""ch" WINCH; echo "o""k"} {ok}
		resize 40 100
		want {winch}
		send "\r"
		prompt
		say "size [run {stty size} {(\d+ \d+)\r}]"
		type {sh -c "trap \"stty size; exit\" WINCH; echo re\"\"ady; while :; do sleep 0.05; done"}
		want {ready}
		resize 30 90
		say "child sees [want {(\d+ \d+)\r}]"
		send "\r"
		prompt
		type exit
		say [ended]'
}

# A dead client is a hang-up: for the shell at its prompt, and for what the shell waits for (the
# kernel tells the session's leader only, the shell tells its jobs).
client_killed()
{
	rm -f /tmp/hup.*
	tty_run '
		start {*}$ssh alice@lab
		prompt
		run {trap "echo shell >/tmp/hup.shell" HUP EXIT; echo "o""k"} {ok}
		exec kill -9 $pid
		say "shell hup [until_true 10 {test -s /tmp/hup.shell}]"
		start {*}$ssh alice@lab
		prompt
		type {sh -c "trap \"echo child >/tmp/hup.child; exit\" HUP; echo re\"\"ady; while :; do sleep 0.05; done"}
		want {ready}
		exec kill -9 $pid
		say "child hup [until_true 10 {test -s /tmp/hup.child}]"
		start {*}$ssh alice@lab {echo up; exec cat}
		want {up}
		exec kill -9 $pid
		say "sshd gone [until_true 10 {! pgrep -u alice -x sshd}]"
		say "nothing left [until_true 10 {! pgrep -u alice .}]"'
}

client_killed_without_tty()
{
	local client
	ssh_bg alice 'echo up; cat; echo "cat ended" >/tmp/ended' < <(tail -f /dev/null --pid=$$) >"$T/up"
	wait_until 15 grep -q up "$T/up"
	kill -9 "$client"
	wait_until 15 test -s /tmp/ended && cat /tmp/ended
	wait_until 15 no_session alice && echo 'sshd gone'
	rm -f /tmp/ended
}

tmux_survives()
{
	rm -f /tmp/tmux-out
	tty_run '
		start {*}$ssh alice@lab
		prompt
		type {tmux -L lab -f /dev/null new-session -s kept "while :; do sleep 0.05; [ ! -e /tmp/tmux-go ] || echo alive >/tmp/tmux-out; done"}
		say "in tmux [want {\[(kept)\]}]"
		send "\002d"
		want {detached}
		prompt
		type exit
		say [ended]
		say "sshd gone [until_true 10 {! pgrep -u alice -x sshd}]"'
	as_ssh alice 'tmux -L lab list-sessions -F "#S #{session_attached}"'
	touch /tmp/tmux-go
	wait_until 10 test -s /tmp/tmux-out && cat /tmp/tmux-out
	tty_run '
		start {*}$ssh alice@lab tmux -L lab attach
		say "attached [want {\[(kept)\]}]"
		send "\002d"
		want {detached}
		say [ended]'
	as_ssh alice 'tmux -L lab kill-server'
	echo "kill-server -> $?"
	wait_until 10 no_tmux && echo 'tmux gone'
	rm -f /tmp/tmux-go
}

no_tmux()
{
	! pgrep -u alice tmux
}

nohup_survives()
{
	rm -f /tmp/go /tmp/went
	tty_run '
		start {*}$ssh alice@lab
		prompt
		type {nohup sh -c "until [ -e /tmp/go ]; do sleep 0.05; done; echo went >/tmp/went" >/dev/null 2>&1 &}
		prompt
		run {disown -h %1 2>/dev/null; echo "o""k"} {ok}
		type exit
		say [ended]'
	wait_until 10 no_session alice && echo 'sshd gone'
	touch /tmp/go
	wait_until 10 test -s /tmp/went && cat /tmp/went
}

command_on_terminal()
{
	tty_run '
		start {*}$ssh alice@lab {read -s -p "secret: " x; echo; echo "got ${#x}"; exit 4}
		want {secret: }
		type hidden
		say "silent [want {secret: |(got \d)\r}]"
		say [ended]
		start {*}$ssh alice@lab {kill -TERM $$}
		say [ended]
		start {*}$ssh alice@lab {sleep 100}
		until_true 10 {pgrep -u alice -x sleep}
		send "\003"
		say [ended]
		say "sleep gone [until_true 10 {! pgrep -u alice -x sleep}]"'
}

start_sshd || exit 1
both 'the terminal' terminal 'size 24 80.*its own.*alice tty.*leader 1.*exit 5'
both 'keys' keys 'after \^C 130.*131.*trapped.*in a pipe 5.*exit 0'
both 'job control' job_control 'stopped Stopped.*in front again.*background Stopped.*exit 0'
both 'resize' resize_window 'size 40 100.*child sees 30 90.*exit 0'
both 'client killed' client_killed 'shell hup 1.*child hup 1.*gone 1.*left 1'
both 'client without a terminal killed' client_killed_without_tty 'cat ended.*sshd gone'
both 'a command on a terminal' command_on_terminal 'got 6.*exit 4.*exit 255.*sleep gone 1'
both 'tmux survives a logout' tmux_survives 'in tmux kept.*kept 0.*alive.*attached kept.*tmux gone'
both 'nohup survives a logout' nohup_survives 'exit 0.*sshd gone.*went'
stop_sshd
done_testing
