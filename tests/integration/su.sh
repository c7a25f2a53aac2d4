#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# su: from root and from a user, with a command, on a terminal of its own, suspended and resumed.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh

su_commands()
{
	local s
	su alice -c 'id; pwd >/dev/null; echo "$0 $-"; shopt -p login_shell'
	su - alice -c 'pwd; echo "$0"; shopt -p login_shell; echo "$HOME $USER $LOGNAME $SHELL"'
	su - alice -c 'exit 7'
	echo "-> $?"
	su alice -c 'no-such-command' 2>/dev/null
	echo "not found -> $?"
	for s in TERM KILL; do
		apart su alice -c "kill -$s \$\$"
		echo "$s -> $?"
	done
	su -s /bin/dash alice -c 'echo "$0"; exit 4'
	echo "-s dash -> $?"
	apart su no-such-user -c id
	echo "nobody -> $?"
}

su_pipes()
{
	seq 1000 | su alice -c 'sort -rn | head -n 2'
	su alice -c 'echo err >&2; echo out' 2>"$T/err"
	sed 's/^/stderr: /' "$T/err"
	su alice -c 'cat; echo eof' </dev/null
	head -c 20M /dev/zero | su alice -c 'sha256sum' | cut -c 1-16
	su alice -c 'seq 1 50000' | tail -n 1
	printf 'echo from stdin\nexit 3\n' | su alice
	echo "-> $?"
}

su_surroundings()
{
	(
		umask 027
		cd /tmp || exit
		export LAB_KEPT=yes
		su alice -c 'pwd; umask; echo "$LAB_KEPT"; ulimit -n; nice; cat /proc/self/loginuid'
		su - alice -c 'pwd; umask; echo "kept: $LAB_KEPT"'
		su -l -w LAB_KEPT alice -c 'echo "kept: $LAB_KEPT"'
	)
	su alice -c 'exec grep -E "^(Sig(Blk|Ign|Cgt)|Uid|Gid|Groups)" /proc/self/status'
	su - alice -c env | grep -v -e '^_=' -e '^SWRAP_SESSION_ID=' | sort
	apart su alice -g rescue -G alice -c id
}

su_pty()
{
	su --pty alice -c '[ -t 0 ] && tty | tr 0-9 N; echo "st"$?; exit 3' </dev/null
	echo "-> $?"
	tty_run '
		start su --pty - alice
		prompt
		say "leader [run {ps -o stat= -p $$ | tr -d "+"; echo "e""nd"} {(S\S*)\r}]"
		with_cat
		send "\003"
		prompt
		say "after ^C [run {echo "st"=$?} {st=(\d+)}]"
		resize 40 100
		say "size [run {until [ "$(stty size)" != "24 80" ]; do sleep 0.05; done; stty size} {(\d+ \d+)\r}]"
		type {exit 6}
		say [ended]'
}

# A shell whose child is an su, as on any terminal.
su_suspend()
{
	tty_run '
		start bash --norc
		send "PS1=\"out\"\"er> \"\r"
		want {outer> $}
		type "su alice"
		prompt
		say "inside [run {id -un} {(\w+)\r}]"
		type "suspend"
		want {Stopped}
		want {outer> $}
		type "jobs"
		say "job [want {(Stopped) +su alice}]"
		want {outer> $}
		type "fg"
		want {su alice\r\n}
		prompt
		say "again [run {id -un} {(\w+)\r}]"
		with_cat
		send "\003"
		prompt
		say "after ^C [run {echo "st"=$?} {st=(\d+)}]"
		with_cat
		send "\032"
		want {Stopped}
		prompt
		type "fg"
		want {cat\r\n}
		send "back\r"
		want {back\r\nback}
		send "\003"
		prompt
		type {exit 9}
		want {outer> $}
		type {echo "st"=$?}
		say "su [want {st=(\d+)}]"
		want {outer> $}
		type {exit 0}
		say [ended]'
}

# With -c su makes a session of its own: ^Z cannot stop it, ^C reaches it through su. With
# --session-command it is a job like any other.
su_command_keys()
{
	tty_run '
		proc outer {} { want {outer> $} }
		proc status {} { type {echo "st"=$?}; set got [want {st=(\d+)}]; outer; return $got }
		start bash --norc
		send "PS1=\"out\"\"er> \"\r"
		outer
		type "su alice -c cat"
		until_true 10 {pgrep -u alice -x cat}
		send "line\r"
		want {line\r\nline}
		send "\004"
		outer
		say "^D [status]"
		type "su alice -c cat"
		until_true 10 {pgrep -u alice -x cat}
		send "\003"
		outer
		say "^C [status]"
		say "cat gone [until_true 10 {! pgrep -u alice -x cat}]"
		type "su alice --session-command cat"
		until_true 10 {ps -C cat -o stat= | grep -q "^S.*+"}
		send "\032"
		want {Stopped}
		outer
		type "fg"
		want {su alice --session-command cat\r\n}
		send "more\r"
		want {more\r\nmore}
		send "\004"
		outer
		say "after fg [status]"
		type {exit 0}
		say [ended]'
}

su_from_user()
{
	tty_run '
		start setpriv --reuid=2002 --regid=2002 --init-groups env HOME=/home/bob bash
		prompt
		type "su - alice"
		want {Password: $}
		type lab-alice
		prompt
		say "inside [run {id -un} {(\w+)\r}]"
		say "home [run pwd {(/\S+)\r}]"
		type {exit 5}
		prompt
		say "-> [run {echo "st"=$?} {st=(\d+)}]"
		type "su alice -c id"
		want {Password: $}
		type wrong
		say [want {(Authentication failure)}]
		prompt
		type "su alice"
		want {Password: $}
		type lab-alice
		prompt
		type suspend
		want {Stopped}
		prompt
		type fg
		want {su alice\r\n}
		prompt
		say "again [run {id -un} {(\w+)\r}]"
		type {exit 2}
		prompt
		say "-> [run {echo "st"=$?} {st=(\d+)}]"
		type exit
		say [ended]'
}

su_to_root()
{
	su - -c 'id -u; pwd; exit 3'
	echo "-> $?"
	tty_run '
		start setpriv --reuid=2002 --regid=2002 --init-groups env HOME=/home/bob bash
		prompt
		type {su - root -c "id -u; exit 4"}
		want {Password: $}
		type lab-root
		say "uid [want {(\d+)\r}]"
		prompt
		type exit
		say [ended]'
}

BOTH_SERVICES='su su-l'
both 'su with commands' su_commands 'uid=2001.*/home/alice.*-> 7.*TERM -> 143.*-s dash -> 4'
both 'su and pipes' su_pipes '1000.*stderr: err.*eof.*50000.*from stdin.*-> 3'
both 'surroundings of su' su_surroundings '/tmp.*0027.*yes.*kept: .*kept: yes.*SigIgn'
both 'su --pty' su_pty 'pts/N.*st0.*-> 3.*leader Ss.*after \^C 130.*size 40 100.*exit 6'
both 'su suspended and resumed' su_suspend \
	'inside alice.*job Stopped.*again alice.*after \^C 130.*su 9.*exit 0'
both 'su -c on a terminal' su_command_keys '\^D 0.*\^C 1.*cat gone 1.*after fg 0.*exit 0'
both 'su by a user with the password' su_from_user \
	'inside alice.*home /home/alice.*-> 5.*failure.*again alice.*-> 2'
BOTH_PROOF=unwrapped
both 'su to root' su_to_root '0.*/root.*-> 3.*uid 0.*exit'
done_testing
