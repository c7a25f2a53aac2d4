# SPDX-License-Identifier: LGPL-2.1-or-later
# What the programs of tests/escape need around them: somebody outside, things of his, and copies of
# programs with rights of their own. Sourced after world.sh.
# shellcheck shell=bash

ESCAPE=/usr/local/lib/escape
HOLES=/lab/escape
OUTSIDE=
OUTSIDE_PORT=4711
OUTSIDE_KEY=4711
outside_pids=

as_alice()
{
	setpriv --reuid alice --regid alice --init-groups "$@"
}

# In the background, as the user, outside of any session.
outside()
{
	(exec setpriv --reuid alice --regid alice --init-groups "$@") </dev/null >/dev/null 2>&1 &
	outside_pids+=" $!"
}

# copy_hole NAME [MODE]: a file of its own, since modes and capabilities belong to the file.
copy_hole()
{
	install -m "${2:-755}" "$HOLES/escape" "$ESCAPE/$1"
}

furnish_programs()
{
	printf 'alice ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/lab
	mkdir -p "$ESCAPE"
	copy_hole setuid_binary 4755
	copy_hole file_capability && setcap cap_net_raw+ep "$ESCAPE/file_capability"
	copy_hole raw_socket && setcap cap_net_raw+ep "$ESCAPE/raw_socket"
	install -m 755 "$HOLES/escape" "$ESCAPE/inheritable"
	setcap cap_net_raw+ei "$ESCAPE/inheritable"
}

furnish_outside()
{
	local uid
	uid=$(id -u alice)
	install -d -o alice -g alice -m 700 "/run/user/$uid" "/run/user/$uid/systemd"
	outside sleep 1000
	# shellcheck disable=SC2034 # for the test files
	OUTSIDE=${outside_pids## }
	outside socat "UNIX-LISTEN:/run/user/$uid/bus,fork" /dev/null
	outside socat "UNIX-LISTEN:/run/user/$uid/systemd/private,fork" /dev/null
	outside socat ABSTRACT-LISTEN:escape,fork /dev/null
	outside socat "TCP-LISTEN:$OUTSIDE_PORT,bind=127.0.0.1,fork,reuseaddr" /dev/null
	as_alice perl -e "shmget($OUTSIDE_KEY, 4096, 01600) // exit 1"
	wait_until 10 test -S "/run/user/$uid/bus" -a -S "/run/user/$uid/systemd/private"
	echo readable >/home/bob/readable
	install -d -m 1777 /var/spool/escape
	: >/lab/outside
}

dismiss_outside()
{
	# shellcheck disable=SC2086 # pids are words
	kill $outside_pids 2>/dev/null
	wait 2>/dev/null
	ipcrm -M "$OUTSIDE_KEY" 2>/dev/null
	return 0
}

# The program of a hole: the copy with rights of its own, or the plain one.
program_of()
{
	if [ -x "$ESCAPE/$1" ]; then echo "$ESCAPE/$1"; else echo "$HOLES/$1"; fi
}

# honest_through HOLE: the same place, an honest program without rights of its own.
honest_through()
{
	timeout -k 2 20 su alice -c "cd /tmp; $HOLES/$1 benign" </dev/null 2>&1 | tail -n 1
}

# go_through WHO HOLE [ARGUMENT...]: in a session of alice by su; WHO is user, or root by sudo. The
# program's line, or what su said.
go_through()
{
	local who=$1 hole=$2 sudo=
	shift 2
	[ "$who" = user ] || sudo='sudo -n '
	timeout -k 2 20 su alice -c "cd /tmp; $sudo$(program_of "$hole") $*" </dev/null 2>&1 | tail -n 1
}
