#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ways out of a session that lead through somebody outside: services that wait for the user, other users'
# too, sockets that sshd connects, a home that is a link, a forged marker. Without the module first.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/attack.sh
. /lab/src/tests/lib/attack.sh

# listen USER PATH: a service that says "outside" to whoever connects.
listen()
{
	setpriv --reuid="$1" --regid="$1" --clear-groups \
		socat "UNIX-LISTEN:$2,fork,mode=777" SYSTEM:'echo outside' 2>/dev/null &
	listeners+=($!)
	wait_until 5 test -S "$2"
}

service_sockets()
{
	local listeners=() path profile
	local paths='/run/user/2001/bus /run/user/2001/systemd/private /run/systemd/private'
	mkdir -p /run/user/2001/systemd /run/systemd
	chown -R alice: /run/user/2001
	chmod 700 /run/user/2001
	listen 2001 /run/user/2001/bus
	listen 2001 /run/user/2001/systemd/private
	listen 0 /run/systemd/private
	for path in $paths; do
		is "$(as_ssh alice "socat -u UNIX-CONNECT:$path -" </dev/null)" outside \
			"without the module $path answers"
	done
	for profile in login strict; do
		module_on sshd profile=$profile
		for path in $paths; do
			is "$(as_ssh alice "socat -u UNIX-CONNECT:$path - 2>&1" </dev/null | grep -c outside)" 0 \
				"$profile: $path does not"
		done
		like "$(as_ssh alice 'mv /run/user/2001/bus /run/user/2001/b; rm -f /run/user/2001/bus
			ln /run/user/2001/bus /run/user/2001/b; mv /run/user/2001/systemd /run/user/2001/s
			echo "socket $(socat -u UNIX-CONNECT:/run/user/2001/b - 2>/dev/null) end"
			echo "socket $(socat -u UNIX-CONNECT:/run/user/2001/s/private - 2>/dev/null) end"' \
			</dev/null 2>/dev/null)" 'socket  end.*socket  end' \
			"$profile: nor under another name"
	done
	module_off sshd
	kill "${listeners[@]}"
}

# A service that waits outside and runs a program which one of the user's files names. The user's service
# manager starts it when somebody connects; here socat does.
agent_as_way_out()
{
	local client profile directory=/run/user/2001/gnupg
	command -v gpg-agent >/dev/null || { skip 'no gpg-agent here'; return 0; }
	mkdir -p "$directory"
	chown -R alice: /run/user/2001
	chmod 700 /run/user/2001 "$directory"
	setpriv --reuid=2001 --regid=2001 --clear-groups env HOME=/home/alice socat \
		"UNIX-LISTEN:$directory/S.gpg-agent,fork" EXEC:'gpg-agent --server' 2>/dev/null &
	client=$!
	wait_until 5 test -S "$directory/S.gpg-agent"
	agent_runs
	is "$(cat /home/alice/evil-ran)" "$WORLD_PIDS" 'without the module gpg-agent runs our program outside'
	for profile in login strict; do
		module_on sshd profile=$profile
		agent_runs
		is "$(cat /home/alice/evil-ran 2>/dev/null)" '' "$profile: gpg-agent cannot be reached"
	done
	module_off sshd
	kill "$client"
	rm -rf /home/alice/.gnupg /home/alice/evil /run/user/2001
}

agent_runs()
{
	rm -f /home/alice/evil-ran
	as_ssh alice 'mkdir -p -m 700 .gnupg
		printf "#!/bin/sh\nreadlink /proc/self/ns/pid >/home/alice/evil-ran\n" >evil; chmod 755 evil
		echo "pinentry-program /home/alice/evil" >.gnupg/gpg-agent.conf
		printf "GET_PASSPHRASE x X X X\nBYE\n" |
			socat -t 3 - UNIX-CONNECT:/run/user/2001/gnupg/S.gpg-agent' </dev/null >/dev/null 2>&1
}

# Another user's service manager, reached as that user by sudo.
others_services()
{
	local listeners=() profile
	mkdir -p /run/user/2001 /run/user/2002
	chown alice: /run/user/2001
	chown bob: /run/user/2002
	listen 2002 /run/user/2002/bus
	is "$(as_ssh alice 'sudo -n -u bob socat -u UNIX-CONNECT:/run/user/2002/bus - 2>&1' </dev/null)" \
		outside 'another user'"'"'s service answers him'
	module_on sshd
	is "$(as_ssh alice 'sudo -n -u bob socat -u UNIX-CONNECT:/run/user/2002/bus - 2>&1
		sudo -n socat -u UNIX-CONNECT:/run/user/2002/bus - 2>&1' </dev/null | grep -c outside)" 0 \
		'not inside, neither him nor root'
	is "$(as_ssh alice 'sudo -n ls -A /run/user' </dev/null)" 2001 'the user'"'"'s own directory is alone'
	module_off sshd
	kill "${listeners[@]}"
	rm -rf /run/user/2002
}

# A home whose place the user can fill with a link: strict makes the home writable, and must not make
# what the link leads to reachable again.
home_as_way_out()
{
	local listeners=() passwd
	mkdir -p /srv/own /run/user/2001
	chown alice: /srv/own /run/user/2001
	listen 2001 /run/user/2001/bus
	touch /tmp/of-the-host
	passwd=$(cat /etc/passwd)
	sed -i 's|:/home/alice:|:/srv/own/alice:|' /etc/passwd
	module_on swrap-test profile=strict
	home_is alice /run/user/2001 'socat -u UNIX-CONNECT:/run/user/2001/bus - 2>&1'
	like "$out" 'refused' 'strict: a home that is a link does not bring the runtime directory back'
	home_is alice /tmp 'ls /tmp /../tmp'
	like "$out" 'refused' 'strict: nor the /tmp of the host'
	home_is alice /etc 'grep " /etc rw," /proc/self/mountinfo'
	like "$out" 'refused' 'strict: nor a writable /etc'
	home_is alice / 'ls -d /../proc/'"$$"'; touch /../srv/own/through'
	like "$out" 'refused' 'strict: nor everything there is'
	check 'the reason is recorded' wait_until 5 has_record 0 \
		'.event == "session.refused" and .step == "root" and (.reason | test("/srv/own/alice"))'
	home_is root / 'touch /../srv/own/through'
	like "$out" 'refused' 'strict: not even for root'
	check 'strict: nothing was written outside' test ! -e /srv/own/through
	# Where the user may put links, one of root's may be there by his hand, too.
	home_is root /home/alice 'touch /home/alice/by-link && echo written'
	like "$out" 'refused' 'strict: a link of root'"'"'s in a directory of the user'"'"'s is not followed'
	chown root: /srv/own
	install -d -o alice -g alice /srv/real
	home_is root /srv/real 'touch /srv/real/by-link && echo written'
	is "$out" written 'strict: a link of root'"'"'s to a home is followed'
	module_off swrap-test
	printf '%s\n' "$passwd" >/etc/passwd
	kill "${listeners[@]}"
	rm -rf /srv/own /run/user/2001 /tmp/of-the-host
}

# home_is OWNER TARGET COMMAND: with a home that is a link of that owner; $out is what it says inside.
home_is()
{
	rm -f /srv/own/alice
	ln -s "$2" /srv/own/alice
	chown -h "$1:" /srv/own/alice
	out=$(app alice exec /bin/sh -c "$3")
}

# The runtime directory that comes with a later login, while a session of before still runs.
later_runtime_directory()
{
	local listeners=()
	umount /run/user/2001 2>/dev/null
	rm -rf /run/user/2001
	module_on sshd
	hold alice
	mkdir /run/user/2001
	mount -t tmpfs -o "mode=700,uid=2001,gid=2001" later /run/user/2001
	listen 2001 /run/user/2001/bus
	is "$(setpriv --reuid=2001 --regid=2001 --clear-groups socat -u UNIX-CONNECT:/run/user/2001/bus -)" \
		outside 'a service of a later login answers outside'
	is "$(ask 'socat -u UNIX-CONNECT:/run/user/2001/bus - 2>&1' | grep -c outside)" 0 \
		'not in a session of before, whose masks know nothing of it'
	release
	wait_until 10 no_session alice
	is "$(as_ssh alice 'socat -u UNIX-CONNECT:/run/user/2001/bus - 2>&1' </dev/null | grep -c outside)" 0 \
		'nor in the next session'
	module_off sshd
	kill "${listeners[@]}"
	umount /run/user/2001
}

# --- forwarding: sshd connects, in the mount namespace where the attach socket is ---

# forwarded TARGET: what comes through a stream forwarded to it.
forwarded()
{
	local client
	rm -f "$T/forward"
	ssh_bg alice -N -L "$T/forward:$1" </dev/null >/dev/null 2>&1
	wait_until 10 test -S "$T/forward"
	timeout 5 socat -t 3 - "UNIX-CONNECT:$T/forward" <<<hello 2>/dev/null
	kill "$client"
	wait "$client" 2>/dev/null
	wait_until 10 no_session alice
}

forward_to_attach()
{
	local listeners=() mark
	listen 2001 /home/alice/service
	is "$(forwarded /home/alice/service)" outside 'a forwarded socket answers'
	module_on sshd
	mark=$(records_mark)
	is "$(forwarded /run/swrap/attach)" '' 'a forwarded /run/swrap/attach does not'
	check 'it was no attach' wait_until 10 has_record "$mark" \
		'.event == "session.end" and .attached == false and .attaches == 0'
	module_off sshd
	kill "${listeners[@]}"
}

# --- the marker that says "inside a session already" ---

# marked OWNER: open_session with a marker of that owner; prints pamtester's last line.
marked()
{
	mkdir -p /run/swrap
	chmod 711 /run/swrap
	echo 0123456789abcdef >/run/swrap/inside
	chmod 444 /run/swrap/inside
	chown "$1" /run/swrap/inside
	pamtester swrap-test alice open_session 2>&1 | tail -n 1
	rm -f /run/swrap/inside
}

fake_marker()
{
	local out
	module_on swrap-test
	unlike "$(marked root)" 'successfully' 'a marker does not fool who has CAP_SYS_ADMIN'
	unlike "$(marked alice)" 'successfully' 'nor does one that is not root'"'"'s'
	like "$(pamtester swrap-test alice open_session 2>&1)" 'successfully' 'without one a session opens'
	module_on su
	# A root directory of the user's own choice, made in a user namespace outside.
	out=$(setpriv --reuid=2001 --regid=2001 --clear-groups unshare --user --map-root-user --mount sh -c '
		mount -t tmpfs none /run && mkdir -m 711 /run/swrap && echo 0123456789abcdef >/run/swrap/inside
		su bob -c "echo became bob"' 2>&1)
	unlike "$out" 'became bob' 'a marker in a namespace of one'"'"'s own makes su do nothing'
	module_off su
	module_off swrap-test
}

if is_baseline; then
	done_testing
	exit 0
fi
printf 'alice ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/lab
chmod 440 /etc/sudoers.d/lab
start_sshd
service_sockets
agent_as_way_out
others_services
home_as_way_out
later_runtime_directory
forward_to_attach
fake_marker
stop_sshd
done_testing
