#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is asked of the kernel alone: Landlock, memfd, lockdown, namespaces of users, networks and control
# groups, ambient capabilities. Each way out is tried without the directive, too: there it works.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'no directives without the module'
	done_testing
	exit
fi

# profile NAME: from standard input, [Sandbox] open, on top of what every one of them needs.
profile()
{
	mkdir -p /etc/swrap/profiles
	{
		printf '[Filter]\nSystemCallFilter=@login\n[Sandbox]\n'
		cat
	} >"/etc/swrap/profiles/$1.conf"
}

# inside PROFILE COMMAND: by ssh as alice. Sets OUT and RC.
inside()
{
	module_on sshd "profile=$1"
	RC=0
	OUT=$(as_ssh alice "$2" 2>&1 </dev/null) || RC=$?
}

# both DIRECTIVE... is PROFILE; the command works in "plain" and not in PROFILE, which says TEXT.
works_only_without()
{
	local profile=$1 text=$2 name=$3
	inside plain "$4"
	is "$RC" 0 "$name: works without"
	[ "$RC" = 0 ] || diag "$OUT"
	inside "$profile" "$4"
	unlike "$RC" '^0$' "$name: and not with it"
	like "$OUT" "$text" "$name: for that reason"
}

works_with()
{
	inside "$1" "$3"
	is "$RC" 0 "$2"
	[ "$RC" = 0 ] || diag "$OUT"
}

# refused PROFILE STEP TEXT: no session, and why.
refused()
{
	attempt alice "profile=$1"
	unlike "$rc" '^0$' "$1: refused"
	check "$1: names $2" wait_until 3 has_record "$mark" \
		".event == \"session.refused\" and .step == \"$2\""
	like "$(records_since "$mark" | jq -r 'select(.event == "session.refused") | .reason')" "$3" \
		"$1: and why"
}

# applied STEP: of the session before.
applied()
{
	check "$1: on record as applied" wait_until 3 has_record 0 \
		".event == \"step\" and .step == \"$1\" and .result == \"applied\""
}

profile plain </dev/null

# --- Landlock ---

landlock_rights()
{
	profile landlock <<-'EOF'
		Landlock=/usr:rx -/bin:rx -/lib:rx -/lib64:rx /etc:r /dev:rw /proc:r
		Landlock=%h:rwxcd /opt/run:r /opt/write:w /opt/full:rwxcd
	EOF
	works_with landlock 'a login shell needs no more than this' 'bash -lc "echo a | grep a >/dev/null"'
	applied landlock
	works_only_without landlock denied 'a file that no rule names' 'cat /opt/secret'
	works_only_without landlock denied 'a directory that no rule names' 'ls /opt/dir'
	works_only_without landlock denied 'a program that may only be read' '/opt/run/true'
	works_with landlock 'it may be read' 'cat /opt/run/true >/dev/null'
	works_only_without landlock denied 'a file that may only be written' 'cat /opt/write/file'
	works_with landlock 'it may be written' 'echo more >/opt/write/file'
	works_only_without landlock denied 'a new file' 'touch /opt/write/new && rm /opt/write/new'
	works_only_without landlock denied 'removal' 'rm /opt/write/file && echo file >/opt/write/file'
	works_only_without landlock denied 'an open directory of the parent' 'cat /usr/../opt/secret'
	works_only_without landlock denied 'the root of another process' 'cat /proc/$$/root/opt/secret'
	works_only_without landlock 'cross-device|denied' 'a second name in a place with more rights' \
		'ln /opt/write/own /opt/full/own && rm /opt/full/own'
	works_only_without landlock denied 'an O_PATH descriptor' \
		"python3 -c 'import os; f = os.open(\"/opt/secret\", os.O_PATH); open(\"/proc/self/fd/%d\" % f)'"
	works_only_without landlock denied 'root inside' 'sudo -n cat /opt/secret'
}

landlock_paths()
{
	profile ll-missing <<<'Landlock=/:rx /none:r'
	refused ll-missing landlock /none
	profile ll-optional <<<'Landlock=/:rx -/none:r -/dev:rw -/tmp:rwcd'
	works_with ll-optional 'with "-" a path may be missing' true
	ln -sfn /opt /home/alice/link
	chown -h alice: /home/alice/link
	profile ll-link <<<'Landlock=/usr:rx %h/link:rx'
	refused ll-link landlock 'symbolic links'
	rm /home/alice/link
}

# Root's own links are the admin's way to say where things are.
make_places()
{
	mkdir -p /opt/dir /opt/run /opt/write /opt/full
	echo secret >/opt/secret
	cp /usr/bin/true /opt/run/true
	echo file >/opt/write/file
	echo own >/opt/write/own
	chown -R alice: /opt/write /opt/full
	# Under PrivateUsers=self sudo has not the ids it wants; this one is content with being root.
	cp /usr/bin/env /opt/asroot
	chmod 4755 /opt/asroot
	printf 'alice ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/lab
	chmod 440 /etc/sudoers.d/lab
}

# --- memfd, lockdown ---

RUN_FROM_MEMORY='python3 -c "
import os, sys
f = os.memfd_create(\"x\", 0)
os.write(f, open(\"/usr/bin/true\", \"rb\").read())
os.execve(f, [\"true\"], {})"'

memfd()
{
	if [ ! -e /proc/sys/vm/memfd_noexec ]; then
		skip 'the kernel has no vm.memfd_noexec'
		return
	fi
	profile memfd <<-'EOF'
		ProtectKernelTunables=yes
		[Filter]
		MemoryDenyWriteExecute=yes
		[Session]
		Require=memfd-noexec
	EOF
	works_only_without memfd 'denied' 'a program that is only in memory' "$RUN_FROM_MEMORY"
	applied memfd-noexec
	works_only_without memfd 'denied|Read-only' 'root inside allows it again' \
		"sudo -n sh -c 'echo 0 >/proc/sys/vm/memfd_noexec' && $RUN_FROM_MEMORY"
	is "$(cat /proc/sys/vm/memfd_noexec)" 0 'the host is as it was'
}

lockdown()
{
	profile lockdown <<<'RequireLockdown=integrity'
	mount -t tmpfs none /sys/kernel/security
	refused lockdown lockdown 'lockdown'
	echo '[none] integrity confidentiality' >/sys/kernel/security/lockdown
	refused lockdown lockdown 'none'
	echo 'none [integrity] confidentiality' >/sys/kernel/security/lockdown
	works_with lockdown 'a kernel that is locked down' true
	applied lockdown
	umount /sys/kernel/security
}

# --- control groups ---

cgroup_namespace()
{
	local hidden='! grep -qv ":/$" /proc/self/cgroup'
	profile cgroup <<<'ProtectControlGroups=strict'
	inside plain "$hidden"
	if [ "$RC" = 0 ]; then
		skip 'every control group here is a root'
	else
		ok 'without: where its control group is shows'
	fi
	works_with cgroup 'with it every control group looks like a root' "$hidden"
	applied cgroup-namespace
	works_only_without cgroup 'denied|Read-only' 'root inside leaves its control group' \
		'sudo -n sh -c "for f in $(find /sys/fs/cgroup -name cgroup.procs | head -1); do echo 0 >\$f; done"'
}

# --- networks ---

# In python: no netcat here. TALK PORT
TALK='python3 -c "
import socket, sys
s = socket.create_connection((\"127.0.0.1\", int(sys.argv[1])), 2)"'

SERVE='python3 -c "
import socket, threading
a = socket.create_server((\"127.0.0.1\", 0))
threading.Thread(target=lambda: a.accept()).start()
socket.create_connection(a.getsockname(), 2)"'

network()
{
	python3 -m http.server --bind 127.0.0.1 4711 >/dev/null 2>&1 &
	server=$!
	wait_until 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/4711'
	profile network <<<'PrivateNetwork=yes'
	works_only_without network refused 'a server of the host' "$TALK 4711"
	works_with network 'its own loopback answers' "$SERVE"
	applied network-namespace
	is "$(inside network 'cat /proc/net/dev'; grep -c : <<<"$OUT")" 1 'it has no other device'
}

network_joined()
{
	mkdir -p /run/netns
	touch /run/netns/given /opt/write/given
	unshare --net=/run/netns/given true
	mount --bind /run/netns/given /opt/write/given
	ln -s given /run/netns/link
	mount --bind /proc/self/ns/uts "$(touch /run/netns/uts; echo /run/netns/uts)"
	profile joined <<<'NetworkNamespacePath=/run/netns/given'
	works_only_without joined 'refused|unreachable' 'a server of the host' "$TALK 4711"
	inside joined 'readlink /proc/self/ns/net'
	like "$OUT" "$(stat -L -c %i /run/netns/given)" 'it is the network that was named'
	kill "$server"
	profile net-link <<<'NetworkNamespacePath=/run/netns/link'
	refused net-link network-namespace 'symbolic links'
	profile net-open <<<'NetworkNamespacePath=/opt/write/given'
	refused net-open network-namespace 'owner or mode'
	profile net-uts <<<'NetworkNamespacePath=/run/netns/uts'
	refused net-uts network-namespace 'no network namespace'
	profile net-none <<<'NetworkNamespacePath=/run/netns/none'
	refused net-none network-namespace /run/netns/none
	umount /run/netns/uts /opt/write/given
}

# --- capabilities ---

BIND='python3 -c "import socket; socket.socket().bind((\"127.0.0.1\", 81))"'

capabilities()
{
	profile ambient <<<'AmbientCapabilities=CAP_NET_BIND_SERVICE'
	inside plain "$BIND"
	unlike "$RC" '^0$' 'a low port is root'\''s'
	works_with ambient 'unless the user has that capability' "$BIND"
	inside ambient 'grep Cap /proc/self/status'
	is "$(awk '!/Bnd/ { print $2 }' <<<"$OUT" | sort -u)" 0000000000000400 'that one, in each set'
	inside plain 'grep -E "Cap(Inh|Prm|Eff|Amb)" /proc/self/status'
	is "$(awk '{ print $2 }' <<<"$OUT" | sort -u)" 0000000000000000 'else none'
	printf 'AmbientCapabilities=CAP_CHOWN\nCapabilityBoundingSet=CAP_KILL\n' | profile outside
	attempt alice profile=outside
	unlike "$rc" '^0$' 'what the bounding set has not is refused'
	works_only_without ambient-less denied 'root inside without DAC_OVERRIDE' 'sudo -n cat /home/bob/secret'
}

# --- users ---

users()
{
	local who
	profile self <<<'PrivateUsers=self'
	profile identity <<<'PrivateUsers=identity'
	usermod -a -G games,src alice
	for who in self identity; do
		works_with "$who" "$who: the user is who it was" '[ "$(id -u):$(id -g)" = 2001:2001 ]'
		applied user-namespace
		works_with "$who" "$who: with all its groups" '[ "$(id -G | tr " " "\n" | sort -n | xargs)" = "40 60 2001" ]'
		works_with "$who" "$who: and its home" 'touch ~/there && rm ~/there'
		works_with "$who" "$who: the kernel shows the map" '[ "$(wc -l </proc/self/uid_map)" -ge 1 ] &&
			! grep -q " 4294967295$" /proc/self/gid_map || [ '"$who"' = identity ]'
		works_only_without "$who" 'denied|not permitted' "$who: root inside takes a port of the host" \
			"/opt/asroot $BIND"
		check "$who: what runs is on record" wait_until 3 has_record 0 \
			'.event == "exec" and .path == "/opt/asroot"'
	done
	works_only_without self 'denied' "self: root inside reads what is another's" \
		'/opt/asroot cat /home/bob/secret'
	works_only_without self 'Invalid|not permitted|failed' 'self: root inside becomes another user' \
		'/opt/asroot setpriv --reuid=2002 --clear-groups true'
	works_with identity 'identity: root inside becomes another user' \
		'sudo -n setpriv --reuid=2002 --clear-groups true'
	printf 'PrivateUsers=self\nPrivateDevices=yes\n' | profile devices
	works_with devices 'self: a private /dev has nodes that work' \
		'echo x >/dev/null && head -c 4 /dev/urandom >/dev/null && ! echo x 2>/dev/null >/dev/full'
	works_with devices 'self: and no other' '[ "$(ls /dev | wc -l)" -lt 20 ] && [ ! -e /dev/mem ]'
	printf 'PrivateUsers=self\nNetworkNamespacePath=/run/netns/given\n' | profile users-net
	attempt alice profile=users-net
	unlike "$rc" '^0$' 'a network of the host'\''s users cannot be joined from there'
}

# The application leads, as login does: the terminal cannot be taken, and the login goes on without it.
users_terminal()
{
	module_on su profile=self
	like "$(su alice -c 'id -un' </dev/null 2>&1)" alice 'self: su works'
	module_off su
}

# An ordinary user's own command: in a namespace that it may make itself.
users_own()
{
	local log=/home/alice/.local/state/swrap/events.ndjson shown
	profile own <<-'EOF'
		PrivateUsers=self
		PrivateIPC=yes
		PrivateNetwork=yes
		ProtectHostname=yes
	EOF
	shown=$(setpriv --reuid=2001 --regid=2001 --init-groups env -i HOME=/home/alice PATH="$PATH" \
		swrap run --profile own --user alice --user-uid 2001 --user-gid 2001 -- \
		sh -c 'id -u; echo $$; xargs </proc/self/uid_map; grep -c : /proc/self/net/dev; kill -0 '$$'
			hostname other || echo no name; grep CapEff /proc/self/status' 2>&1)
	like "$shown" '^2001' 'own: the user is who it was'
	like "$shown" '2001 2001 1' 'own: in a namespace with nobody else'
	like "$shown" 'No such process' 'own: processes outside cannot be signalled'
	like "$shown" 'no name' 'own: no right over what is its own'
	like "$shown" 'CapEff:.0000000000000000' 'own: nor any capability'
	for step in user-namespace pid-namespace ipc-namespace network-namespace capabilities; do
		is "$(jq -r "select(.event == \"step\" and .step == \"$step\") | .result" "$log" | tail -1)" \
			applied "own: $step applied"
	done
	check 'own: what runs is on record' grep -q '"event":"exec".*hostname' "$log"
}

printf 'CapabilityBoundingSet=~CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH\n' | profile ambient-less
echo secret >/home/bob/secret
chmod 600 /home/bob/secret
chown bob: /home/bob/secret
chmod 755 /home/bob
make_places
start_sshd
landlock_rights
landlock_paths
memfd
lockdown
cgroup_namespace
network
network_joined
capabilities
users
users_terminal
users_own
module_off sshd
done_testing
