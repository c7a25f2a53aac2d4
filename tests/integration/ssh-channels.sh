#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One connection, more than a command: multiplexing, agent, X11, forwarding, no command at all.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh

MUX=/tmp/mux

mux()
{
	ssh -F /lab/ssh_config -o "ControlPath=$MUX" alice@lab "$@"
}

# Three at once prove to be at once: each waits for the other two.
mux_session()
{
	# shellcheck disable=SC2016 # for the remote shell
	mux 'touch /tmp/mux.in.'"$1"'; n=0
		until [ -e /tmp/mux.in.1 ] && [ -e /tmp/mux.in.2 ] && [ -e /tmp/mux.in.3 ]; do
			n=$((n + 1)); [ $n -lt 200 ] || exit 99; sleep 0.05
		done; cat; exit '"$1" <<<"session $1"
}

control_master()
{
	local i clients=()
	rm -f /tmp/mux.in.* "$MUX"
	ssh -F /lab/ssh_config -o "ControlPath=$MUX" -M -N -f alice@lab 2>/dev/null
	echo "master -> $?"
	for i in 1 2 3; do
		mux_session "$i" >"$T/mux.$i" &
		clients+=($!)
	done
	for i in 1 2 3; do
		wait "${clients[i - 1]}"
		echo "$i -> $? $(cat "$T/mux.$i")"
	done
	mux 'echo again; exit 5'
	echo "later -> $?"
	mux -O exit 2>&1
	wait_until 10 test ! -e "$MUX" && echo 'master gone'
}

# The master itself runs a shell and outlives it by its clients.
master_with_shell()
{
	rm -f "$MUX"
	ssh -F /lab/ssh_config -o "ControlPath=$MUX" -M alice@lab 'echo first; read -r x; echo "$x"' \
		< <(until [ -e "$T/second" ]; do sleep 0.05; done; echo "done") >"$T/first" &
	local master=$!
	wait_until 15 grep -q first "$T/first"
	mux 'echo second' && touch "$T/second"
	wait "$master"
	echo "-> $?"
	cat "$T/first"
	rm -f "$T/second"
}

start_agent()
{
	eval "$(ssh-agent -s)" >/dev/null
	ssh-add -q /lab/keys/user 2>/dev/null
}

agent_forwarding()
{
	start_agent
	as_ssh alice -A 'ssh-add -l; [ -S "$SSH_AUTH_SOCK" ] && stat -c "%U %a" "$SSH_AUTH_SOCK"'
	as_ssh alice -A 'ssh -p 2222 -o BatchMode=yes -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR bob@127.0.0.1 "id -un; exit 8"'
	echo "hop -> $?"
	apart as_ssh alice 'ssh-add -l'
	echo "without -A -> $?"
	kill "$SSH_AGENT_PID"
}

# A display that answers a connection with the cookie it was shown.
fake_display()
{
	install -d -m 1777 /tmp/.X11-unix
	socat UNIX-LISTEN:/tmp/.X11-unix/X77,fork \
		SYSTEM:'head -c 48 | tail -c 16 | od -An -tx1 | tr -d " \\n"; echo " shown"' &
	display=$!
	wait_until 10 test -S /tmp/.X11-unix/X77
	export DISPLAY=:77 XAUTHORITY=$T/xauth
	xauth -q add :77 . 000102030405060708090a0b0c0d0e0f 2>/dev/null
}

# The first packet of X11, with the cookie that xauth has for the forwarded display.
write_x11_client()
{
	cat >/tmp/x11-client.pl <<-'END'
		use strict; use Socket;
		my ($n) = $ENV{DISPLAY} =~ /:(\d+)/ or die "no DISPLAY";
		my ($cookie) = `xauth list` =~ /:$n +MIT-MAGIC-COOKIE-1 +([0-9a-f]+)/ or die "no cookie";
		socket(my $s, PF_INET, SOCK_STREAM, 0);
		connect($s, sockaddr_in(6000 + $n, INADDR_LOOPBACK)) or die "connect: $!";
		syswrite $s, pack("a1 x S S S S x2 a20 a16", "l", 11, 0, 18, 16,
			"MIT-MAGIC-COOKIE-1", pack("H*", $cookie));
		print readline $s;
	END
}

x11_forwarding()
{
	local display
	fake_display
	write_x11_client
	as_ssh alice -X 'echo "$DISPLAY"; xauth list | wc -l; perl /tmp/x11-client.pl'
	echo "-X -> $?"
	as_ssh alice -Y 'perl /tmp/x11-client.pl'
	echo "-Y -> $?"
	as_ssh alice 'echo "display: ${DISPLAY:-none}"; xauth list | wc -l'
	kill "$display"
}

echo_server()
{
	socat TCP-LISTEN:7777,bind=127.0.0.1,fork,reuseaddr EXEC:cat &
	server=$!
	wait_until 10 listens 7777
}

listens()
{
	ss -Hltn "sport = :$1" | grep -q .
}

# A connection that never asks for a command, until it is closed.
no_command()
{
	local client server
	ssh_bg alice -N -o ExitOnForwardFailure=yes -L 7001:127.0.0.1:7777 -R 7002:127.0.0.1:7777
	echo_server
	wait_until 15 listens 7001 && echo local | socat -t 2 - TCP:127.0.0.1:7001
	wait_until 15 listens 7002 && echo remote | socat -t 2 - TCP:127.0.0.1:7002
	kill "$client" "$server"
	wait "$client" 2>/dev/null
	echo "-> $?"
	wait_until 10 no_session alice && echo 'sshd gone'
}

stdio_forward()
{
	local server
	echo_server
	echo through | as_ssh alice -W 127.0.0.1:7777
	echo "-> $?"
	as_ssh alice -W 127.0.0.1:7 2>/dev/null </dev/null
	echo "refused -> $?"
	kill "$server"
	wait_until 10 no_session alice && echo 'sshd gone'
}

forward_beside_shell()
{
	local server
	echo_server
	as_ssh alice -L 7001:127.0.0.1:7777 -o ExitOnForwardFailure=yes \
		'echo up; read -r x; exit 6' < <(
		until listens 7001; do sleep 0.05; done
		echo inside | socat -t 2 - TCP:127.0.0.1:7001 >"$T/fwd"
		echo
	)
	echo "-> $? $(cat "$T/fwd")"
	kill "$server"
}

start_sshd || exit 1
both 'ControlMaster, three sessions' control_master \
	'master -> 0.*1 -> 1 session 1.*3 -> 3 session 3.*later -> 5.*master gone'
both 'ControlMaster with a shell of its own' master_with_shell 'second.*-> 0.*first.*done'
both 'agent forwarding' agent_forwarding 'ED25519.*alice.*bob.*hop -> 8.*without -A -> 2'
both 'X11 forwarding' x11_forwarding 'localhost:10.*shown.*-X -> 0.*shown.*-Y -> 0.*display: none'
both 'a forwarding beside a shell' forward_beside_shell 'up.*-> 6 inside'
BOTH_PROOF=attached:false
both 'ssh -N with forwardings' no_command 'local.*remote.*sshd gone'
both 'ssh -W' stdio_forward 'through.*-> 0.*refused -> 255.*sshd gone'
stop_sshd
done_testing
