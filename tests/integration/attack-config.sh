#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Configurations that are easily honoured in part: each is so whole, or the session is refused.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh

if is_baseline; then
	skip 'no directives without the module'
	done_testing
	exit
fi

# profile LINE...: what the next login gets.
profile()
{
	mkdir -p /etc/swrap/profiles
	printf '%s\n' '[Sandbox]' "$@" >/etc/swrap/profiles/attack-test.conf
}

# can USER COMMAND: yes, no, or what went wrong with the session itself.
can()
{
	su "$1" -c "if ( $2 ) >/dev/null 2>&1; then echo yes; else echo no; fi" </dev/null 2>&1 | tail -n 1
}

# guards USER NAME COMMAND LINE...
guards()
{
	local user=$1 name=$2 command=$3
	shift 3
	profile
	is "$(can "$user" "$command")" yes "$name: succeeds without it"
	profile "$@"
	is "$(can "$user" "$command")" no "$name: fails with it"
}

# Without a pid namespace /proc shows the host's processes; its rules are rules all the same.
proc()
{
	guards alice 'ReadOnlyPaths=/proc without PrivatePIDs' 'echo 100 >/proc/self/oom_score_adj' \
		PrivatePIDs=no ReadOnlyPaths=/proc
	guards alice 'InaccessiblePaths= below /proc without PrivatePIDs' 'cat /proc/version' \
		PrivatePIDs=no InaccessiblePaths=/proc/version
	guards alice 'ProtectKernelTunables without PrivatePIDs' '! grep " /proc/sys ro" /proc/self/mountinfo' \
		PrivatePIDs=no ProtectKernelTunables=yes
	guards alice 'ProtectProc=invisible without PrivatePIDs' 'ls -d /proc/1' \
		PrivatePIDs=no ProtectProc=invisible
	profile PrivatePIDs=no ProtectSystem=strict
	is "$(can alice 'echo 100 >/proc/self/oom_score_adj && ! touch /srv/x && [ -d /proc/'$$' ]')" yes \
		'ProtectSystem=strict leaves /proc as it is'
}

# The home of many a system user is /.
home_is_root()
{
	useradd -M -d / -s /bin/bash rooted
	mkdir -p /.lab-hidden /.lab-jail
	echo secret >/.lab-hidden/file
	guards rooted 'InaccessiblePaths=%h/...' 'cat /.lab-hidden/file' 'InaccessiblePaths=%h/.lab-hidden'
	guards rooted 'TemporaryFileSystem=%h/...' 'cat /.lab-hidden/file' 'TemporaryFileSystem=%h/.lab-hidden'
	profile 'RootDirectory=%h/.lab-jail'
	isnt "$(can rooted 'cat /.lab-hidden/file')" yes 'RootDirectory=%h/... is not the host'
	guards rooted 'Landlock=%h' 'echo >/var/tmp/x' 'Landlock=/:rx /dev:rw %h:rwcd'
	userdel rooted
	rm -rf /.lab-hidden /.lab-jail
}

# A home that only a group lets its user into.
home_of_a_group()
{
	groupadd lab-project
	useradd -M -d /srv/project/home -s /bin/bash -G lab-project member
	mkdir -p /srv/project/home
	chown member: /srv/project/home
	chgrp lab-project /srv/project
	chmod 750 /srv/project
	profile '[Session]' Home=require
	is "$(can member 'cd ~')" yes 'Home=require: a home that a group lets into'
	userdel member
	groupdel lab-project
	rm -rf /srv/project
}

# Whoever owns the group above can take processes out of the session's, and its limits away.
cgroup_of_a_user()
{
	local group=/sys/fs/cgroup/lab-owned
	[ -e /sys/fs/cgroup/cgroup.procs ] || group=/sys/fs/cgroup/unified/lab-owned
	if ! mkdir "$group" 2>/dev/null || [ ! -e "$group/cgroup.procs" ]; then
		skip 'no control groups of version 2'
		return
	fi
	chown -R alice: "$group"
	profile PrivatePIDs=no '[Session]' Prefer=cgroup
	unlike "$( (echo "$BASHPID" >"$group/cgroup.procs"
		exec su alice -c 'cat /proc/self/cgroup' </dev/null 2>&1) )" 'lab-owned/swrap-' \
		'no control group is made below one of a user'
	profile CgroupParent=lab-owned
	like "$(can alice true)" 'cannot open session' 'CgroupParent= of a user: refused'
	chown root: "$group"
	is "$(can alice true)" yes 'CgroupParent= of root'
	wait_until 5 rmdir "$group"
}

module_on su profile=attack-test || not_ok 'the module can be switched on'
proc
home_is_root
home_of_a_group
cgroup_of_a_user
done_testing
