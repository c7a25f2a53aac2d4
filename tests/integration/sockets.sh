#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A private /tmp, and the sockets of the login in it: a forwarded agent, a display. And what may not come.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh

if is_baseline; then
	skip 'no private /tmp without the module'
	done_testing
	exit
fi

start_agent()
{
	eval "$(ssh-agent -s)" >/dev/null
	ssh-add -q /lab/keys/user 2>/dev/null
}

agent_comes_inside()
{
	local out
	start_agent
	mark=$(records_mark)
	out=$(as_ssh alice -A 'ssh-add -l | grep -c ED25519; stat -c "%U %F" "$SSH_AUTH_SOCK"; ls -A /tmp | wc -l
		touch "$(dirname "$SSH_AUTH_SOCK")/new" || echo closed; rm -f "$SSH_AUTH_SOCK" || echo kept
		ssh-add -l >/dev/null && echo again' 2>/dev/null </dev/null)
	is "$(xargs <<<"$out")" '1 alice socket 1 closed kept again' \
		'ssh -A: the agent answers, its socket is all there is in /tmp, and stays'
	check 'ssh -A: on record' wait_until 3 has_record "$mark" \
		'.event == "attach.socket" and .offered and (.path | test("^/tmp/ssh-[^/]*/agent[.]"))'
	out=$(as_ssh alice 'ls -A /tmp; ssh-add -l; echo "$?"' 2>/dev/null </dev/null)
	is "$out" 2 'without -A: nothing in /tmp, no agent'
	out=$(as_ssh alice -A 'ssh -p 2222 -o BatchMode=yes -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR bob@127.0.0.1 "id -un; exit 8"' \
		2>&1 </dev/null)
	is "$?:$out" 8:bob 'ssh -A: one more hop'
}

# A second channel of the same connection has a socket of its own, or the same.
agent_on_two_channels()
{
	local out
	as_ssh alice -A -M -S "$T/mux" -f -N </dev/null
	for _ in 1 2; do
		out=$(as_ssh alice -A -S "$T/mux" 'ssh-add -l | grep -c ED25519' </dev/null 2>&1)
		is "$out" 1 'two channels: the agent answers'
	done
	ssh -F /lab/ssh_config -S "$T/mux" -O exit alice@lab 2>/dev/null
	kill "$SSH_AGENT_PID"
	check 'the host keeps nothing of it' wait_until 5 sh -c '! ls -d /tmp/ssh-* 2>/dev/null | grep .'
}

# --- displays ---

fake_display()
{
	install -d -m 1777 /tmp/.X11-unix
	socat UNIX-LISTEN:/tmp/.X11-unix/X77,fork SYSTEM:'echo shown' &
	display=$!
	wait_until 10 test -S /tmp/.X11-unix/X77
	chmod 777 /tmp/.X11-unix/X77
	touch /tmp/.X11-unix/X78
	export DISPLAY=:77 XAUTHORITY=$T/xauth
	xauth -q add :77 . 000102030405060708090a0b0c0d0e0f 2>/dev/null
}

# The first packet of X11, with the cookie that xauth has for the forwarded display.
write_x11_client()
{
	cat >/opt/x11-client.pl <<-'END'
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

LOOK='ls -A /tmp /tmp/.X11-unix 2>/dev/null | xargs; socat -u UNIX-CONNECT:/tmp/.X11-unix/X77 - 2>/dev/null || echo dark'

displays()
{
	local out
	fake_display
	out=$(DISPLAY=:77.0 su alice -c "$LOOK" </dev/null 2>&1)
	is "$(xargs <<<"$out")" '/tmp: .X11-unix /tmp/.X11-unix: X77 shown' 'a local display: its socket, and no other'
	out=$(env -u DISPLAY su alice -c "$LOOK" </dev/null 2>&1)
	is "$(xargs <<<"$out")" '/tmp: dark' 'without DISPLAY: none'
	out=$(DISPLAY=:78 su alice -c "$LOOK" </dev/null 2>&1)
	is "$(xargs <<<"$out")" '/tmp: dark' 'what is no socket: none'
	write_x11_client
	out=$(as_ssh alice -X 'echo "$DISPLAY"; perl /opt/x11-client.pl; ls -A /tmp' </dev/null 2>/dev/null)
	is "$(xargs <<<"$out")" 'localhost:10.0 shown' 'ssh -X: the display answers, by TCP and with its cookie'
	kill "$display"
	unset DISPLAY
}

# --- attacks: the user chooses what the environment says, and what is in /tmp ---

# listen USER PATH: answers "reached" to whoever connects.
listen()
{
	setpriv --reuid="$1" --regid="$1" --clear-groups \
		socat "UNIX-LISTEN:$2,fork,mode=777" SYSTEM:'echo reached' &
	servers+=($!)
	wait_until 10 test -S "$2"
}

# tries PATH: what alice's session reaches there.
tries()
{
	SSH_AUTH_SOCK=$1 su alice -c "ls -A /tmp | xargs; socat -u 'UNIX-CONNECT:$1' - 2>/dev/null || echo dark" \
		</dev/null 2>&1 | xargs
}

attacks()
{
	local path
	servers=()
	install -d -o alice -m 700 /tmp/ssh-own /tmp/tmux-2001 /tmp/ssh-mode
	install -d -m 700 /tmp/ssh-root
	listen 2001 /tmp/ssh-own/agent.1
	listen 2001 /tmp/tmux-2001/default
	listen 2001 /tmp/ssh-mode/agent.1
	listen 0 /tmp/ssh-root/agent.1
	chmod 711 /tmp/ssh-mode
	ln -s ssh-own /tmp/ssh-link
	ln -s /tmp/ssh-root/agent.1 /tmp/ssh-own/agent.2
	ln /tmp/ssh-root/agent.1 /tmp/ssh-own/agent.3
	is "$(tries /tmp/ssh-own/agent.1)" 'ssh-own reached' 'an agent of the user: reached'
	for path in tmux-2001/default ssh-mode/agent.1 ssh-root/agent.1 ssh-link/agent.1 ssh-own/agent.2 \
		ssh-own/agent.3 ssh-own/../ssh-own/agent.1 ssh-none/agent.1; do
		mark=$(records_mark)
		is "$(tries "/tmp/$path")" dark "$path: not reached"
	done
	check 'what is refused is on record' wait_until 3 has_record "$mark" \
		'.event == "attach.socket" and (.offered | not) and (.reason | length > 0)'
	swap
	kill "${servers[@]}" 2>/dev/null
	rm -rf /tmp/ssh-* /tmp/tmux-2001
}

# The place is alice's socket or a way to root's, in turn, as fast as can be.
swap()
{
	local reached=0 swapper
	setpriv --reuid=2001 --regid=2001 --clear-groups python3 -c '
import os
os.chdir("/tmp")
os.symlink("ssh-root", "ssh-swap.other")
os.mkdir("ssh-swap", 0o700)
os.link("ssh-own/agent.1", "ssh-swap/agent.1")
import ctypes
libc = ctypes.CDLL(None)
while True:
    libc.renameat2(-100, b"ssh-swap", -100, b"ssh-swap.other", 2)' &
	swapper=$!
	servers+=("$swapper")
	rm -f /tmp/ssh-root/agent.1
	kill "${servers[3]}"
	setpriv --reuid=0 socat UNIX-LISTEN:/tmp/ssh-root/agent.1,fork,mode=777 SYSTEM:'echo fallen' &
	servers+=($!)
	wait_until 10 test -S /tmp/ssh-root/agent.1
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		case $(tries /tmp/ssh-swap/agent.1) in
			*fallen*) reached=1 ;;
		esac
	done
	check 'a directory is swapped all the time' kill -0 "$swapper"
	is "$reached" 0 'a swapped directory leads nowhere else'
}

module_on sshd profile=strict
module_on su profile=strict
start_sshd
agent_comes_inside
agent_on_two_channels
displays
attacks
module_off sshd
module_off su
stop_sshd
done_testing
