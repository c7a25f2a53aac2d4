#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# login(1) on a terminal: as an already known user, with a password, hang-up.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh

BOTH_SERVICES=login

# Whether the shell leads its session is not compared: behind this login(1) it does not, and ours must
# to have the terminal. What follows from it, job control and hang-up, is.
login_known()
{
	tty_run '
		start login -f alice
		prompt
		say "id [run id {(uid=2001.alice. gid=2001.alice. [^\r]*)\r}]"
		say "login shell [run {shopt login_shell; echo $0} {(on\r\n-bash)}]"
		say "home [run pwd {(/\S+)\r}]"
		say "tty [run {[ -t 0 ] && tty | tr 0-9 N} {(/dev/pts/N+)\r}]"
		say "owner [run {stat -c "%U %G %a" "$(tty)"} {(\w+ \w+ \d+)\r}]"
		say "dev tty [run {echo "wri""tten" >/dev/tty} {(written)}]"
		say "size [run {stty size} {(\d+ \d+)\r}]"
		say "uid [run {cat /proc/self/loginuid; echo} {(\d+)\r}]"
		type {exit 7}
		say [ended]'
}

login_environment()
{
	tty_run '
		set env(LAB_SECRET) no
		start login -f alice
		prompt
		type {env | grep -v -e ^_= -e ^SHLVL -e ^SWRAP_SESSION_ID | sort | tr "\n" "|"; echo "e""nd"}
		want {\n}
		say [want {(\w[^\r]*)end\r}]
		prompt
		type exit
		say [ended]
		start login -p -f alice
		prompt
		say "with -p [run {echo "sec"ret=$LAB_SECRET} {secret=(\w*)}]"
		type exit
		say [ended]'
}

login_password()
{
	tty_run '
		start login alice
		want {Password: $}
		type lab-alice
		prompt
		say "as [run {id -un} {(\w+)\r}]"
		type exit
		say [ended]
		start login
		want {login: $}
		type alice
		want {Password: $}
		type wrong
		say "wrong: [want {(incorrect)}]"
		exec kill $pid
		say [ended]'
}

login_keys()
{
	tty_run '
		start login -f alice
		prompt
		with_cat
		send "\003"
		prompt
		say "after ^C [run {echo "st"=$?} {st=(\d+)}]"
		with_cat
		send "\032"
		want {Stopped}
		prompt
		type fg
		want {cat\r\n}
		send "again\r"
		want {again\r\nagain}
		say "fg"
		send "\003"
		prompt
		resize 40 100
		send "\r"
		prompt
		say "size [run {stty size} {(\d+ \d+)\r}]"
		send "\004"
		say [ended]'
}

# The line drops: the terminal's other end is closed.
login_hangup()
{
	rm -f /tmp/hup.*
	tty_run '
		start login -f alice
		prompt
		type {sh -c "trap \"echo child >/tmp/hup.child; exit\" HUP; echo re\"\"ady; while :; do sleep 0.05; done"}
		want {ready}
		close
		wait
		say "hup [until_true 10 {test -s /tmp/hup.child}]"
		say "left [until_true 10 {! pgrep -u alice .}]"
		say "login gone [until_true 10 {! pgrep -x login}]"'
}

login_other_users()
{
	tty_run '
		start login -f carol
		want {\$ $}
		type {echo "sh"=$0}
		say [want {sh=(\S+)\r}]
		type {exit 3}
		say [ended]
		start login -f erin
		say [want {(not available)}]
		say [ended]'
}

both 'login -f' login_known 'uid=2001.*-bash.*home /home/alice.*N.*owner alice tty.*24 80.*exit'
both 'environment of login' login_environment 'HOME=/home/alice.*LOGNAME=alice.*with -p no'
both 'login with a password' login_password 'as alice.*wrong: incorrect'
both 'keys and size' login_keys 'after \^C 130.*fg.*size 40 100.*exit'
both 'hang-up' login_hangup 'hup 1.*left 1.*login gone 1'
both 'dash and nologin' login_other_users '(-sh|-dash).*not available'
done_testing
