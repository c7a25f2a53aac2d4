#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Commands over ssh without a terminal: status, signals, pipes, surroundings.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh

exit_codes()
{
	local n
	for n in 0 1 7 126 127 254 255; do
		as_ssh alice "exit $n"
		echo "$n -> $?"
	done
	as_ssh alice no-such-command 2>/dev/null
	echo "not found -> $?"
	as_ssh alice /etc/passwd 2>/dev/null
	echo "not executable -> $?"
}

# Whether sshd said exit-signal or exit-status shows in the client's debug output only.
how_it_ended()
{
	grep -o 'rtype exit-[a-z]*' "$T/debug" | sort -u
}

death_by_signal()
{
	local s
	for s in KILL TERM SEGV HUP PIPE; do
		as_ssh alice -v "kill -$s \$\$" 2>"$T/debug"
		echo "$s -> $? $(how_it_ended)"
		as_ssh alice -v "exec sh -c 'kill -$s \$\$'" 2>"$T/debug"
		echo "exec $s -> $? $(how_it_ended)"
	done
	as_ssh alice "sh -c 'kill -TERM \$\$'; echo inner \$?" 2>/dev/null
}

pipes()
{
	seq 1000 | as_ssh alice 'sort -rn | head -n 3'
	seq 20000 | as_ssh alice 'tee >(wc -l >&2) | tail -n 1' 2>&1 | sort
	as_ssh alice 'seq 1 100000' | wc -l
	yes | head -c 1000000 | as_ssh alice true
	echo "unread stdin: ${PIPESTATUS[*]: -1}"
}

make_big()
{
	[ -e "$T/big" ] || head -c 100M /dev/urandom >"$T/big"
	sha256sum <"$T/big" >"$T/big.sum"
}

round_trip()
{
	as_ssh alice cat <"$T/big" | sha256sum | cmp - "$T/big.sum" && echo 'round trip whole'
	as_ssh alice sha256sum <"$T/big" | cmp - "$T/big.sum" && echo 'upload whole'
	as_ssh alice 'head -c 100M /dev/zero' | wc -c
}

stdin_eof()
{
	printf abc | as_ssh alice 'cat; echo " eof"'
	as_ssh alice -n 'cat; echo "eof of -n"'
	as_ssh alice 'cat; echo "eof of null"' </dev/null
	printf 'echo typed\nexit 3\n' | as_ssh alice
	echo "shell on stdin -> $?"
	(exec <&-; as_ssh alice 'cat; echo "closed stdin"')
}

no_yes_left()
{
	! pgrep -u alice -x yes
}

closed_stdout()
{
	apart as_ssh alice 'exec >&-; echo lost || echo "write failed" >&2'
	as_ssh alice yes 2>/dev/null | head -n 1
	wait_until 10 no_yes_left && echo 'the writer is gone'
	as_ssh alice 'exec >/dev/null 2>&1 <&-; exit 9'
	echo "all redirected -> $?"
}

stderr_separate()
{
	as_ssh alice 'echo out; echo err >&2; exit 4' 2>"$T/err"
	echo "-> $?"
	sed 's/^/stderr: /' "$T/err"
}

# The channel stays open while a job holds stdout, although the shell has ended.
background_job()
{
	rm -f /tmp/go
	local client
	ssh_bg alice '(until [ -e /tmp/go ]; do sleep 0.05; done; echo late) & echo early' >"$T/bg"
	wait_until 15 grep -q early "$T/bg"
	kill -0 "$client" && echo 'channel open'
	touch /tmp/go
	wait "$client"
	echo "-> $?"
	cat "$T/bg"
}

detached_job()
{
	rm -f /tmp/go /tmp/went
	as_ssh alice 'setsid sh -c "until [ -e /tmp/go ]; do sleep 0.05; done; echo went >/tmp/went" \
		</dev/null >/dev/null 2>&1 & echo started'
	echo "-> $?"
	touch /tmp/go
	wait_until 15 test -s /tmp/went && cat /tmp/went
	rm -f /tmp/went
}

# The one variable that is ours is checked in records.sh.
environment()
{
	LAB_ONE='a b' LC_ALL=C.UTF-8 as_ssh alice -o 'SendEnv LAB_* LC_ALL' env |
		grep -v '^SWRAP_SESSION_ID=' | sed -E 's/^(SSH_CLIENT=[^ ]+) [0-9]+/\1 PORT/; s/^(SSH_CONNECTION=[^ ]+) [0-9]+/\1 PORT/' |
		sort
}

surroundings()
{
	as_ssh alice 'pwd; umask; id; echo "$0 $-"; shopt -p login_shell; ulimit -Sa; ulimit -Ha
		nice; cat /proc/self/oom_score_adj /proc/self/loginuid; echo
		ulimit -Sc; cat /proc/self/timerslack_ns /proc/self/coredump_filter; hostname'
}

# What a process starts with: signals, open files, kind of the standard ones, its argv and name.
first_process()
{
	as_ssh alice 'exec grep -E "^(Sig(Blk|Ign|Cgt)|Umask|Uid|Gid|Groups)" /proc/self/status'
	as_ssh alice 'for i in 0 1 2; do stat -L -c %F /proc/$$/fd/$i; done; ls /proc/$$/fd | wc -l'
	as_ssh alice 'tr "\0" "|" </proc/$$/cmdline; cat /proc/$$/comm'
	as_ssh alice 'awk "{ print (\$1 == \$5) }" /proc/$$/stat; ps -o pid=,sid=,pgid= -p $$ |
		awk "{ print (\$1 == \$2), (\$2 == \$3) }"'
}

parallel()
{
	local i client clients=()
	for i in 1 2 3 4 5 6 7 8; do
		ssh_bg alice "echo line $i; exit $i" >"$T/par.$i"
		clients+=("$client")
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait "${clients[i - 1]}"
		echo "$i -> $? $(cat "$T/par.$i")"
	done
}

long_command()
{
	local word
	word=$(head -c 100000 /dev/zero | tr '\0' x)
	as_ssh alice "echo $word | wc -c"
	as_ssh alice "printf '%s\n' 'quo\"te' \"dol\\\$lar\" 'tab	tab' \$'new\nline' 'ümläut' ''"
}

login_command()
{
	as_ssh alice 'exec bash -lc "shopt -p login_shell; echo \$PS1"'
	as_ssh root 'id -un; exit 6'
	echo "root -> $?"
}

start_sshd || exit 1
make_big
both 'exit codes' exit_codes '7 -> 7.*255 -> 255.*not found -> 127.*exit=0'
both 'death by signal' death_by_signal 'KILL -> 255 rtype exit-signal.*inner 143'
both 'pipes in both directions' pipes '1000.*20000.*100000.*unread stdin: 0'
both '100 MB round trip' round_trip 'round trip whole.*upload whole.*104857600'
both 'end of stdin' stdin_eof 'abc eof.*eof of -n.*typed.*-> 3.*closed stdin'
both 'closed stdout' closed_stdout 'write failed.*y.*the writer is gone.*-> 9'
both 'stderr apart' stderr_separate 'out.*-> 4.*stderr: err'
both 'background job keeps the channel' background_job 'channel open.*-> 0.*early.*late'
both 'detached job lives on' detached_job 'started.*-> 0.*went'
both 'environment' environment 'LAB_ONE=a b.*SSH_CLIENT=127.0.0.1 PORT 2222.*USER=alice'
both 'cwd, umask, ids, limits' surroundings '/home/alice.*uid=2001\(alice\).*open files'
both 'the first process' first_process 'SigIgn.*(fifo|socket)'
both 'eight at once' parallel '1 -> 1 line 1.*8 -> 8 line 8'
both 'long and odd commands' long_command '100001.*quo"te.*ümläut'
both 'a login shell inside, and root' login_command 'shopt -s login_shell.*root.*root -> 6'
stop_sshd
done_testing
