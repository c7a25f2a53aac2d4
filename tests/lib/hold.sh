# SPDX-License-Identifier: LGPL-2.1-or-later
# A session that is kept, and asked one thing after the other; and what sessions may not leave behind.
# Sourced after world.sh. Uses file descriptor 7.
# shellcheck shell=bash

# hold USER [ssh options]
hold()
{
	local client
	rm -f "$T/hold.in"
	mkfifo "$T/hold.in"
	: >"$T/hold.out"
	exec 7<>"$T/hold.in"
	ssh_bg "$@" 'exec bash 2>&1' <"$T/hold.in" >"$T/hold.out" 7>&-
	hold_client=$client
	ask true >/dev/null
}

# ask COMMAND: prints what it printed (which must end in a newline); its status is ours.
ask()
{
	local mark=$BASHPID.$EPOCHREALTIME
	printf 'echo "@@begin %s"\n%s\necho "@@end %s $?"\n' "$mark" "$1" "$mark" >&7
	wait_until 20 grep -q "^@@end $mark " "$T/hold.out" || return 99
	sed -n "/^@@begin $mark\$/,/^@@end $mark /{/^@@/!p}" "$T/hold.out"
	return "$(sed -n "s/^@@end $mark //p" "$T/hold.out")"
}

# Ends it.
release()
{
	echo exit >&7
	exec 7>&-
	wait "$hold_client"
}

host_mounts()
{
	findmnt -rn -o TARGET,SOURCE,FSTYPE,PROPAGATION | LC_ALL=C sort
}

# snapshot NAME: mounts, files of ours and processes of ours, as text.
snapshot()
{
	{
		host_mounts
		find /run/swrap -mindepth 1 2>/dev/null
		pgrep -l swrap
	} >"$T/snapshot.$1"
}

as_snapshot()
{
	snapshot now
	cmp -s "$T/snapshot.$1" "$T/snapshot.now"
}

# nothing_left SNAPSHOT TEST_NAME: within ten seconds everything is as it was.
nothing_left()
{
	if wait_until 10 as_snapshot "$1"; then
		ok "$2"
	else
		not_ok "$2" "$(diff "$T/snapshot.$1" "$T/snapshot.now")"
	fi
}
