#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ways round the sandbox at its door: what an application execs as the user that is not swrap-attach.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/attack.sh
. /lab/src/tests/lib/attack.sh

# --- a file that sshd has a shell read before the login shell, with a library in its environment ---

rc_login()
{
	rm -f /home/alice/preloaded /home/alice/rc-ran
	as_ssh alice true </dev/null >"$T/out" 2>&1
	wait_until 10 no_session alice
}

rc_file()
{
	local mark
	printf 'LD_PRELOAD DEFAULT=%s\n' "$ATTACK/preload.so" >/home/alice/.pam_environment
	# shellcheck disable=SC2016 # for the rc file
	printf 'readlink /proc/$$/ns/pid >/home/alice/rc-ran\n' >/home/alice/.ssh/rc
	chown alice: /home/alice/.pam_environment /home/alice/.ssh/rc
	grep -v user_readenv /etc/pam.d/sshd >"$T/sshd"
	{ cat "$T/sshd"; echo 'session required pam_env.so user_readenv=1'; } | pam_rewrite sshd

	rc_login
	is "$(cat /home/alice/rc-ran)" "$WORLD_PIDS" 'without the module the rc file runs outside'
	like "$(cat /home/alice/preloaded)" "^$(printf %q "$WORLD_PIDS")" \
		'and so does a library of the user'"'"'s in its shell'

	module_on sshd
	mark=$(records_mark)
	rc_login
	unlike "$(cat /home/alice/rc-ran)" "$(printf %q "$WORLD_PIDS")" 'the rc file does not run outside'
	unlike "$(cat /home/alice/preloaded 2>&1)" "$(printf %q "$WORLD_PIDS")" 'nor does the library'
	check 'the rc file ran in the session, recorded' wait_until 5 has_record "$mark" \
		'.event == "exec" and (.argv | index("/home/alice/.ssh/rc"))'
	module_off sshd
	rm -f /home/alice/.pam_environment /home/alice/.ssh/rc
}

# --- su with another program in the shell's place ---

su_perl()
{
	su -s /usr/bin/perl alice -- -e 'print "perl as $< in ", readlink("/proc/self/ns/pid")' 2>&1
}

su_perl_by_bob()
{
	tty_run '
		start setpriv --reuid=2002 --regid=2002 --init-groups env HOME=/home/bob bash
		prompt
		type "su -s /usr/bin/perl alice -- -e \"print 6 * 7, qq(\\\\n)\""
		want {Password: $}
		type lab-alice
		say "[want {(\n42|denied)}]"
		prompt
		type exit
		say [ended]'
}

su_other_program()
{
	local mark
	like "$(su_perl)" "perl as 2001 in $(printf %q "$WORLD_PIDS")" 'without the module su -s runs perl'
	like "$(su_perl_by_bob)" 42 'without the module so it does for another user with the password'

	module_on su
	mark=$(records_mark)
	unlike "$(su_perl)" 'perl as' 'su -s does not run perl'
	gate_denied "$mark" '.reason == "not-attach" and .path == "/usr/bin/perl" and .euid == 2001' \
		'which is recorded'
	mark=$(records_mark)
	like "$(su_perl_by_bob)" denied 'nor for another user with the password'
	gate_denied "$mark" '.path == "/usr/bin/perl" and .euid == 2001' 'which is recorded too'
	module_off su
}

# A script of pam_exec starts as root and goes on as the caller of su, because that is what dash does
# with two different uids. For bob, who is not the session's user, it is his right to exec; for alice
# herself it would be a way out.
caller_of_su()
{
	local mark
	printf '#!/bin/sh\nid -u >>%s/by-caller\n' "$T" >"$T/script"
	chmod 755 "$T/script"
	: >"$T/by-caller"
	chmod 666 "$T/by-caller"
	{ cat /etc/pam.d/su; echo "session optional pam_exec.so type=close_session $T/script"; } |
		pam_rewrite su
	module_on su
	mark=$(records_mark)
	by_caller 2002
	is "$(cat "$T/by-caller")" 2002 'the caller of su may exec as himself'
	is "$(count_records "$mark" '.event == "gate.deny"')" 0 'nothing is denied'
	: >"$T/by-caller"
	mark=$(records_mark)
	by_caller 2001
	is "$(cat "$T/by-caller")" '' 'who calls su to himself may not'
	gate_denied "$mark" '.path == "/usr/bin/id" and .euid == 2001' 'that is recorded'
	module_off su
	grep -v pam_exec /etc/pam.d/su >"$T/su"
	pam_rewrite su <"$T/su"
}

by_caller()
{
	tty_run "
		start setpriv --reuid=$1 --regid=$1 --init-groups env HOME=/ bash --norc
		send \"PS1='lab$ '\r\"
		prompt
		type {su alice -c true}
		want {Password: \$}
		type lab-alice
		want {lab[\$] \$}
		type exit
		ended"
}

# --- a shell inside a chroot ---

chrooted_shell()
{
	local mark rc=0
	mkdir -p /srv/jail/bin
	cp "$ATTACK/forbidden" /srv/jail/bin/dash
	start_sshd 'Match User carol' 'ChrootDirectory /srv/jail'
	as_ssh carol x </dev/null >"$T/out" 2>&1 || rc=$?
	is "$rc" 42 'without the module the program in the chroot is carol'"'"'s shell'
	module_on sshd
	mark=$(records_mark)
	rc=0
	as_ssh carol x </dev/null >"$T/out" 2>&1 || rc=$?
	isnt "$rc" 42 'with it that program does not run'
	gate_denied "$mark" '.requested == "/bin/dash" and .reason == "not-attach"' 'which is recorded'
	module_off sshd
	restart_sshd
}

# --- an application of our own, which execs as the user what it likes ---

# exec_as NAME WHAT...: without the module status 42. With it permission denied and a record, or death
# where only the exec itself can show what is executed.
exec_as()
{
	local name=$1 mark rc=0
	shift
	app alice "$@" >"$T/out" || rc=$?
	is "$rc" 42 "$name: runs without the module"
	module_on swrap-test
	mark=$(records_mark)
	rc=0
	app alice "$@" >"$T/out" || rc=$?
	like "$rc" '^(126|137)$' "$name: denied"
	gate_denied "$mark" '.euid == 2001' "$name: recorded"
	module_off swrap-test
}

own_application()
{
	local script=/home/alice/script loader
	exec_as 'a program' exec "$ATTACK/forbidden"
	printf '#!%s\n' "$ATTACK/forbidden" >"$script"
	chmod 755 "$script"
	exec_as 'a script' exec "$script"
	ln -sf "$ATTACK/forbidden" /home/alice/link
	exec_as 'a symlink' exec /home/alice/link
	exec_as 'a descriptor' open 9 "$ATTACK/forbidden" exec /proc/self/fd/9
	cp /bin/sh /home/alice/sh
	exec_as 'a copy of the shell' exec /home/alice/sh -c 'exit 42'
	loader=$(ldd /usr/bin/perl | sed -n 's/^[[:space:]]*\(\/[^ ]*ld[^ ]*\).*/\1/p')
	exec_as 'the loader' exec "$loader" /usr/bin/perl -e 'exit 42'
}

other_numbers()
{
	local rc=0
	[ "$(uname -m)" = x86_64 ] || { skip 'int 0x80: not an x86_64 machine'; return 0; }
	app alice int80 "$ATTACK/forbidden" >"$T/out" || rc=$?
	if [ "$rc" = 42 ]; then
		ok 'int 0x80 execs without the module'
	else
		skip "int 0x80: this kernel has no 32-bit calls (status $rc)"
	fi
	module_on swrap-test
	rc=0
	app alice int80 "$ATTACK/forbidden" >"$T/out" || rc=$?
	is "$rc" 159 'int 0x80 is death by SIGSYS'
	module_off swrap-test
}

# --- a name that is attach's when it is looked at and another's when it is executed ---

# flipped NAME: 400 execs while the name changes; prints the counts.
flipped()
{
	local pid counts
	rm -rf /home/alice/flip
	mkdir /home/alice/flip
	ln -s /bin/sh /home/alice/flip/one
	ln -s "$ATTACK/forbidden" /home/alice/flip/other
	chown -h alice: /home/alice/flip /home/alice/flip/*
	setpriv --reuid=2001 --regid=2001 --clear-groups \
		"$ATTACK/flip" /home/alice/flip/one /home/alice/flip/other &
	pid=$!
	counts=$(app alice flip 400 /home/alice/flip/one)
	kill "$pid"
	wait "$pid" 2>/dev/null
	diag "$1: $counts"
	forbidden=$(sed -n 's/.*forbidden \([0-9]*\) .*/\1/p' <<<"$counts")
	attached=$(sed -n 's/^attach \([0-9]*\) .*/\1/p' <<<"$counts")
}

symlink_flip()
{
	local mark forbidden attached helper
	flipped 'without the module'
	check 'without the module the forbidden program runs' test "${forbidden:-0}" -gt 0

	module_on swrap-test
	helper=$(find /usr -path '*/swrap/swrap-helper' -print -quit)
	cp "$helper" "$T/helper"
	install -m 755 /lab/control/swrap-helper "$helper"
	flipped 'a gate that does not verify'
	check 'a gate that does not verify lets it run' test "${forbidden:-0}" -gt 0
	install -m 755 "$T/helper" "$helper"

	mark=$(records_mark)
	flipped 'the gate'
	is "$forbidden" 0 'the gate never does'
	check 'what it lets run is swrap-attach' test "${attached:-0}" -gt 0
	gate_denied "$mark" '.reason == "raced"' 'and races are recorded'
	module_off swrap-test
}

if is_baseline; then
	done_testing
	exit 0
fi
start_sshd
rc_file
su_other_program
caller_of_su
stop_sshd
chrooted_shell
own_application
other_numbers
symlink_flip
stop_sshd
done_testing
