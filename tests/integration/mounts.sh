#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Which mounts are seen where: the admin's inside, a session's not outside, and what other PAM modules
# mount and umount at a login reaches the host as without us.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh

on()
{
	is_baseline || module_on "$@" || not_ok 'the module can be switched on'
}

not_mounted()
{
	! mountpoint -q "$1"
}

mount_file()
{
	mkdir -p "$1"
	mount -t tmpfs lab-test "$1"
	echo "in $1" >"$1/file"
	chmod 755 "$1"
}

# Below /, below a mount of its own, and below /run, which we shadow in the application.
admin_mounts_are_seen()
{
	local dir
	for dir in /mnt/later /home/later /run/later; do
		mount_file "$dir"
		is "$(ask "cat $dir/file")" "in $dir" "a mount on $dir after login is seen inside"
		umount "$dir"
		is "$(ask "cat $dir/file 2>/dev/null || echo gone")" gone \
			"its umount is seen inside: $dir"
		rmdir "$dir"
	done
}

session_mounts_stay_inside()
{
	local pid
	ask 'mkdir -p /tmp/m; mount -t tmpfs none /tmp/m' >/dev/null
	isnt $? 0 'the user may not mount'
	is_baseline && return 0
	mkdir -p /mnt/inside
	pid=$(pid_of alice '^bash$')
	isnt "$(readlink "/proc/$pid/ns/mnt")" "$(readlink /proc/self/ns/mnt)" \
		'the session has a mount namespace of its own'
	nsenter -t "$pid" -m mount -t tmpfs lab-inside /mnt/inside
	is $? 0 'root mounts in the session'
	is "$(ask 'mountpoint -q /mnt/inside && echo seen')" seen 'it is seen inside'
	check 'it is not seen on the host' not_mounted /mnt/inside
	for other in /proc/[0-9]*; do
		[ "$(readlink "$other/ns/mnt")" = "$(readlink "/proc/$pid/ns/mnt")" ] ||
			grep -l lab-inside "$other/mountinfo" 2>/dev/null
	done >"$T/elsewhere"
	is "$(cat "$T/elsewhere")" '' 'nor in any other process'
}

host_is_untouched()
{
	is "$(stat -c %d:%i /bin/bash /bin/sh)" "$bash_before" \
		'the shells of the host are what they were, while a session runs'
	is "$(host_mounts)" "$mounts_before" 'so are its mounts'
}

# pam_lines TEXT: above the module's line, where they belong.
pam_lines()
{
	{
		grep -v -e pam_swrap -e pam_exec /etc/pam.d/sshd
		printf '%s\n' "$1"
	} | pam_rewrite sshd
}

closing_script()
{
	printf '#!/bin/sh\nexec >>/tmp/close.log 2>&1\n%s\n' "$1" >/lab/close.sh
	chmod 755 /lab/close.sh
}

is_watched()
{
	grep -q "$1" /tmp/close.log
}

# The home is mounted before the login and umounted by another module's root script at its end.
umount_reaches_host()
{
	local dir=$1 name=$2
	rm -f /tmp/close.log
	mkdir -p "$dir"
	[ "$(stat -c %d "$dir/..")" = "$(stat -c %d "$dir")" ] || umount "$dir"
	mount -t tmpfs lab-test "$dir"
	closing_script "umount $dir; echo umount \$?"
	pam_lines 'session optional pam_exec.so type=close_session /lab/close.sh'
	on sshd
	is "$(as_ssh bob "mountpoint -q $dir && echo mounted")" mounted "$name: there at the login"
	check "$name: the script ran at the end" wait_until 10 is_watched 'umount 0'
	check "$name: the umount reaches the host" wait_until 5 not_mounted "$dir"
	umount "$dir" 2>/dev/null
	return 0
}

# The whole life by other modules: mounted at open, umounted at close.
mounted_for_session()
{
	local dir=$1 name=$2
	rm -f /tmp/close.log
	mkdir -p "$dir"
	printf '#!/bin/sh\nmount -t tmpfs lab-test %s && echo made >%s/file\n' "$dir" "$dir" >/lab/open.sh
	chmod 755 /lab/open.sh
	closing_script "umount $dir; echo umount \$?"
	pam_lines 'session required pam_exec.so type=open_session /lab/open.sh
session optional pam_exec.so type=close_session /lab/close.sh'
	on sshd
	hold bob
	is "$(ask "cat $dir/file")" made "$name: made at open, seen inside"
	check "$name: and on the host" mountpoint -q "$dir"
	release
	check "$name: gone from the host after the end" wait_until 10 not_mounted "$dir"
	is "$(cat /tmp/close.log)" 'umount 0' "$name: without a complaint"
}

mounts_before=$(host_mounts)
bash_before=$(stat -c %d:%i /bin/bash /bin/sh)
start_sshd
snapshot before
on sshd
hold alice
host_is_untouched
admin_mounts_are_seen
session_mounts_stay_inside
release
nothing_left before 'after the logout nothing is left'

umount_reaches_host /home/bob/data 'a home on its own mount'
umount_reaches_host /bobdata 'a directory on /'
umount_reaches_host /run/bobdata 'a directory on /run'
mounted_for_session /home/bob/private 'below /home'
mounted_for_session /bobprivate 'below /'
mounted_for_session /run/bobprivate 'below /run'
stop_sshd
nothing_left before 'in the end nothing is left'
done_testing
