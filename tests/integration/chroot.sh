#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An application that is itself in a chroot, a directory or a mount: its sessions see what it sees, and
# nothing of what is outside.
# timeout: 120
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/attack.sh
. /lab/src/tests/lib/attack.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh

TREE=/srv/tree

# What is in it comes from the machine by mounts; its root is a plain directory.
plant_tree()
{
	local name
	mkdir -p $TREE
	for name in bin lib lib64 sbin; do
		[ ! -L "/$name" ] || ln -s "usr/$name" "$TREE/$name"
	done
	for name in usr etc run tmp home var dev proc sys lab; do
		mkdir -p "$TREE/$name"
		mount --rbind "/$name" "$TREE/$name"
	done
	echo inside >$TREE/of-the-tree
	echo outside >/of-the-machine
}

# inside COMMAND: as alice, by the application in the tree.
inside()
{
	chroot $TREE "$ATTACK/pamapp" swrap-test alice exec /bin/sh -c "$1" 2>&1 </dev/null
}

# seen KIND PROFILE: the session of an application there.
seen()
{
	local kind=$1 profile=$2 mark out
	module_on swrap-test "profile=$profile"
	mark=$(records_mark)
	out=$(inside 'id -u; readlink /proc/self/ns/pid; cat /of-the-tree
		for d in / /.. /../.. /proc/1/root /proc/self/root /proc/self/cwd; do ls "$d"; done' )
	is "$(sed -n 1p <<<"$out")" 2001 "$kind, $profile: a shell runs"
	isnt "$(sed -n 2p <<<"$out")" "$WORLD_PIDS" "$kind, $profile: in a session"
	is "$(sed -n 3p <<<"$out")" inside "$kind, $profile: which has the files of the application"
	unlike "$out" 'of-the-machine|srv' "$kind, $profile: and none from outside"
	check "$kind, $profile: the shell has the name it has in there" wait_until 5 has_record "$mark" \
		'.event == "attach" and .path == "/usr/bin/dash"'
	check "$kind, $profile: it ends in order" wait_until 5 has_record "$mark" \
		'.event == "session.end" and .outcome == "completed" and .gate_denied == 0'
	mark=$(records_mark)
	like "$(chroot $TREE "$ATTACK/pamapp" swrap-test alice exec "$ATTACK/forbidden" </dev/null; echo $?)" \
		'^(126|137)$' "$kind, $profile: no other program than a shell"
	gate_denied "$mark" '.reason == "not-attach"' "$kind, $profile: that is recorded"
	module_off swrap-test
}

both_profiles()
{
	seen "$1" login
	seen "$1" strict
	nothing_left before "$1: nothing is left"
}

# --- an upgrade of a shell, under a connection to an sshd in there ---

channel()
{
	ssh -F /lab/ssh_config -S "$T/control" alice@lab "$@" </dev/null
}

# As dpkg does, a new file is renamed over the old one.
replace()
{
	cp -p "$1" "$1.new"
	mv "$1.new" "$1"
}

upgrade()
{
	local mark facts='grep ^Seccomp: /proc/self/status | tr -d "\t"; readlink /proc/self/ns/pid; ls /'
	local before
	start_sshd
	stop_sshd
	module_on sshd
	chroot $TREE /usr/sbin/sshd -f /run/lab-sshd.conf -E /var/log/sshd.log
	check 'an sshd runs in there' wait_until 10 test -s /run/lab-sshd.pid
	as_ssh alice -M -S "$T/control" -o ControlPersist=yes -N -f </dev/null
	before=$(channel "$facts")
	like "$before" 'Seccomp:2.*of-the-tree' 'its first channel is in a session'
	mark=$(records_mark)
	replace /usr/bin/bash
	is "$(channel "$facts")" "$before" 'so is the next, after the shell was replaced'
	check 'which is on record' wait_until 5 has_record "$mark" \
		'.event == "gate.reshadow" and .path == "/usr/bin/bash"'
	ssh -F /lab/ssh_config -S "$T/control" -O exit alice@lab 2>/dev/null
	stop_sshd
	module_off sshd
}

if is_baseline; then
	done_testing
	exit 0
fi
plant_tree
like "$(inside 'cat /of-the-tree; readlink /proc/self/ns/pid')" "inside.*$(printf %q "$WORLD_PIDS")" \
	'without the module the application works'
module_on swrap-test
app alice exec /bin/true >/dev/null
wait_until 5 has_record 0 '.event == "session.end"'
module_off swrap-test
snapshot before
both_profiles 'a directory'
upgrade
# The same tree as a mount; below a shared one, and in a namespace where nothing is shared.
mount --rbind $TREE $TREE
snapshot before
both_profiles 'a mount'
mount --make-private /
mount --make-rprivate $TREE
snapshot before
both_profiles 'a private mount'
done_testing
