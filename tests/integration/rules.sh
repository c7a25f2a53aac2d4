#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who gets which profile: rules.conf and its drop-ins, by real logins; whom no rule wraps gets a login as
# without the module, and nobody is locked out by a rule who may not be.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

CONF=/etc/swrap
VENDOR=/usr/share/swrap

# ---- one login, and what became of it ----

by_su()
{
	su "$1" -c "${2:-echo in}" </dev/null 2>&1
}

by_ssh()
{
	as_ssh "$1" "${2:-echo in}" </dev/null 2>&1
}

by_ssh6()
{
	as_ssh "$1" -o HostName=::1 "${2:-echo in}" </dev/null 2>&1
}

by_login()
{
	tty_run "
		start login -f $1
		want {[\\\$#] \$}
		type {exit}
		say [ended]" >/dev/null && echo in
}

# By the name of the service as libpam has it, whatever program opens the session.
by_pam()
{
	pamtester ${RHOST:+-I "rhost=$RHOST"} "${SERVICE:-swrap-test}" "$1" open_session >/dev/null 2>&1 &&
		echo in
}

has_outcome()
{
	has_record "$mark" '.event == "session.start" or .event == "session.refused"' ||
		syslog_since "$syslog" | grep -qE 'swrap.*(refused|not wrapped)'
}

# Prints the profile, "refused", "unwrapped" (by the rules), "let in" (in spite of a failure), or "alone"
# when nothing was said at all.
outcome()
{
	local profile
	wait_until "${1:-3}" has_outcome
	profile=$(records_since "$mark" | jq -r 'select(.event == "session.start") | .profile' | head -n 1)
	if syslog_since "$syslog" | grep -q 'swrap.*: refused: '; then
		echo refused
	elif syslog_since "$syslog" | grep -q 'swrap.*level none, let in as'; then
		echo 'let in'
	elif syslog_since "$syslog" | grep -q 'swrap.*: not wrapped: '; then
		echo unwrapped
	else
		echo "${profile:-alone}"
	fi
}

# try HOW USER OUTCOME NAME
try()
{
	local out want=in
	mark=$(records_mark)
	syslog=$(syslog_mark)
	out=$("by_$1" "$2")
	is "$(outcome "${SOON:-3}")" "$3" "$4 ($1 $2): $3"
	[ "$3" != refused ] || want=
	if [ -n "$want" ]; then
		is "$out" in "$4 ($1 $2): the login works"
	else
		unlike "$out" '(^|[[:space:]])in$' "$4 ($1 $2): nothing ran"
	fi
}

rules()
{
	mkdir -p "$CONF/rules.d"
	cat >"$CONF/rules.conf"
}

no_rules()
{
	rm -rf "$CONF/rules.conf" "$CONF/rules.d" "$CONF/profiles" "$VENDOR/rules.d"
}

services()
{
	local s
	for s in sshd su login swrap-test; do
		"$1" "$s" "${@:2}"
	done
}

# ---- which rule ----

vendors()
{
	try su alice login "the vendor's rule"
	try ssh alice login "the vendor's rule"
	try login alice login "the vendor's rule"
	mkdir -p "$VENDOR/rules.d"
	echo '* bob strict' >"$VENDOR/rules.d/50-vendor.conf"
	try su bob strict "a drop-in of the vendor's"
	mkdir -p "$CONF/rules.d"
	echo '* bob observe' >"$CONF/rules.d/50-vendor.conf"
	try su bob observe "an admin's file of the same name stands in for it"
	no_rules
}

first_match()
{
	rules <<-'END'
		# one who is named, a service, the rest
		sshd   alice  strict
		su     *      observe
		*      alice  login
		sshd   *      login
		sshd   alice  locked
	END
	try ssh alice strict 'the first that matches'
	is "$(records_since "$mark" | jq -c 'select(.event == "session.start") | .rule')" \
		"{\"file\":\"$CONF/rules.conf\",\"line\":2}" 'the record has the rule'
	try su alice observe 'the first that matches'
	try login alice login 'the first that matches'
	try ssh bob login 'the first that matches'
	try login bob unwrapped 'no rule'
	try pam carol unwrapped 'no rule'
	no_rules
}

drop_ins()
{
	rules <<<'* * login'
	echo '* alice strict' >"$CONF/rules.d/20-b.conf"
	echo '* alice,bob observe' >"$CONF/rules.d/10-a.conf.off"
	try su alice strict 'a drop-in comes before the table'
	try su bob login 'a drop-in for another'
	mv "$CONF/rules.d/10-a.conf.off" "$CONF/rules.d/10-a.conf"
	try su alice observe 'drop-ins by name'
	echo '* bob unwrapped' >"$CONF/rules.d/05-c.conf"
	try su bob unwrapped 'a rule may leave alone'
	like "$(syslog_since "$syslog")" "$CONF/rules.d/05-c.conf:1 says unwrapped" 'which one is logged'
	no_rules
}

# A name that no tool would make, as winbind and sssd have them.
groups()
{
	cp -a /etc/group "$T/group"
	printf 'domain users:x:2200:alice\nDOM\\admins:x:2201:bob\n' >>/etc/group
	rules <<-'END'
		*  @nosuch               locked
		*  "@domain users"       strict
		*  @DOM\admins           observe
		*  "@rescue","@carol"    login
		*  gid:2004              baseline
	END
	try ssh alice strict 'a group with a space'
	try su alice strict 'a group with a space'
	try su bob observe 'a group with a backslash'
	try su ruth login 'the second of two groups'
	try su carol login 'the primary group'
	try su dave baseline 'the primary group, by number'
	try su frank unwrapped 'an unknown group matches nobody'
	rules <<-'END'
		*  *,!"@domain users",!@nosuch  strict
		*  !bob,!uid:2003               observe
	END
	try su alice observe 'a group is excluded'
	try su bob strict 'an unknown group excludes nobody'
	cat "$T/group" >/etc/group
	no_rules
}

numbers()
{
	rules <<-'END'
		*  uid:2002-2003   strict
		*  uid:2004-65535  observe
		*  uid:2001        login
	END
	try su alice login 'one uid'
	try su bob strict 'the first of a range'
	try su carol strict 'the last of a range'
	try su dave observe 'the next range'
	no_rules
}

addresses()
{
	rules <<-'END'
		sshd        *  strict   from=127.0.0.0/8
		sshd        *  observe  from=::1
		swrap-test  *  strict   from=192.0.2.0/24
		swrap-test  *  observe  from=2001:db8::/32
	END
	try ssh alice strict 'IPv4'
	try ssh6 alice observe 'IPv6'
	RHOST=192.0.2.7 try pam alice strict 'an address'
	RHOST=192.0.3.7 try pam alice unwrapped 'another address'
	RHOST=::ffff:192.0.2.7 try pam alice strict 'IPv4 by IPv6'
	RHOST=2001:db8:1::1 try pam alice observe 'an address of IPv6'
	RHOST=host.example try pam alice unwrapped 'a name is no address'
	RHOST=192.0.2.7.example try pam alice unwrapped 'a name that begins as an address'
	RHOST='' try pam alice unwrapped 'no host at all'
	rules <<<'* * strict from=0.0.0.0/0'
	RHOST=localhost try pam alice unwrapped 'a name is never looked up'
	no_rules
}

# ---- what the PAM line says ----

the_line()
{
	mkdir -p /etc/swrap.other/profiles
	echo '* * mine' >/etc/swrap.other/rules.conf
	printf '[Sandbox]\nNoNewPrivileges=yes\n' >/etc/swrap.other/profiles/mine.conf
	rules <<<'* bob observe'
	services module_on profile=strict
	try su alice strict 'profile= stands in for the rules'
	try ssh bob strict 'profile= stands in for the rules'
	services module_on config=/etc/swrap.other
	try su alice mine 'config= is another directory'
	like "$(by_su alice 'grep NoNewPrivs: /proc/self/status')" '1$' 'its profile holds'
	services module_on config=/etc/swrap.other set=NoNewPrivileges=no
	like "$(by_su alice 'grep NoNewPrivs: /proc/self/status')" '0$' 'set= is stronger than the file'
	services module_on profile=login set=NoNewPrivileges=yes set=UMask=0027
	is "$(by_su alice 'grep -c "NoNewPrivs:.*1" /proc/self/status; umask')" $'1\n0027' 'set= twice'
	services module_on set=NoSuchDirective=1
	try su bob refused 'set= of what is no directive'
	services module_on config=/etc/swrap.absent
	try su alice refused 'config= of what is not there'
	services module_on profile=no-such
	try su alice refused 'profile= of none that there is'
	services module_on
	rm -rf /etc/swrap.other
	no_rules
}

refusals()
{
	rules <<-'END'
		* carol login
		* alice no-such
		* bob stric
	END
	try su alice refused 'an unknown profile'
	like "$(syslog_since "$syslog")" 'no-such' 'it is named'
	try su carol login 'who is not concerned'
	rules <<-'END'
		* carol login
		* uid:5-x strict
	END
	try su carol refused 'a line that is not understood'
	like "$(syslog_since "$syslog")" "$CONF/rules.conf:2: .*an id N or a range A-B was expected" \
		'file, line, and what was expected'
	try ssh ruth 'let in' 'break-glass in spite of it'
	rules <<<'* * login'
	chmod 664 "$CONF/rules.conf"
	try su alice refused 'a table that others can write'
	chmod 644 "$CONF/rules.conf"
	chown alice "$CONF/rules.d"
	try su alice refused "a directory of drop-ins that is alice's"
	try ssh ruth 'let in' 'break-glass in spite of it'
	services module_on fail=open
	by_su alice >/dev/null
	like "$(by_su alice)" '^in$' 'fail=open'
	services module_on
	no_rules
}

break_glass()
{
	rules <<-'END'
		*  ruth  strict
	END
	try su ruth strict 'break-glass is wrapped as the rules say'
	try su alice unwrapped 'and the others are not'
	helper_is /bin/false
	try ssh ruth 'let in' 'break-glass without a helper'
	try ssh alice refused 'anybody else without a helper'
	helper_is_itself
	no_rules
}

# ---- root ----

root()
{
	rules <<-'END'
		*     *            strict
		sshd  *            strict
		*     gid:0        strict
	END
	SOON=1 try ssh root alone 'nobody names root'
	SOON=1 try su root alone 'nobody names root'
	# Words that look like it: the helper is asked, and knows better.
	rules <<-'END'
		# root
		*     *            strict
		*     @root        strict
		*     uid:0-65535  strict
		*     *,!root      strict
	END
	try ssh root unwrapped 'nobody names root'
	try su root unwrapped 'nobody names root'
	is "$(by_ssh root 'ls /run/swrap/inside 2>&1 | grep -c "No such"')" 1 'root is outside'
	rules <<-'END'
		*     *     strict
		sshd  root  login
		su    root  no-such
		login uid:0 login
	END
	try ssh root login 'root is named'
	try login root login 'root is named by number'
	try su root 'let in' 'a profile that there is not'
	is "$(by_ssh root 'test -s /run/swrap/inside && id -u && echo $(($(grep -c . /root/.profile) > 0))')" \
		$'0\n1' 'root is root inside'
	is "$(by_ssh root 'chroot / true; mount -t tmpfs x /mnt 2>/dev/null || echo no')" no 'the bounding set holds'
	mark=$(records_mark)
	by_ssh root '/bin/true by-root' >/dev/null
	check 'its execs are recorded' wait_until 5 has_record "$mark" \
		'.event == "exec" and .argv[-1] == "by-root" and .uid == 0'
	seq 200000 >"$T/big"
	scp -q -F /lab/ssh_config "$T/big" root@lab:/root/big
	is "$(cmp "$T/big" /root/big && echo same)" same 'root copies a file'
	rm -f /root/big
	root_in_spite
	no_rules
}

# Whatever is broken.
root_in_spite()
{
	helper_is /bin/false
	try ssh root 'let in' 'no helper'
	helper_is sleep 60
	services module_on breakglass=rescue timeout=1
	try ssh root 'let in' 'a helper that says nothing'
	services module_on breakglass=rescue
	helper_is_itself
	rules <<<'sshd root login form=x'
	try ssh root 'let in' 'a table that is not understood'
	rm -f "$CONF/rules.conf"
	mkfifo "$CONF/rules.conf"
	try ssh alice refused 'a pipe in the place of the table'
	is "$(by_ssh root)" in 'a pipe hangs nobody'
	rm -f "$CONF/rules.conf"
	rules <<<'sshd root login'
	mount -t tmpfs -o ro broken /var/log/swrap
	try ssh root 'let in' 'no log'
	umount -l /var/log/swrap
}

# ---- services without a login shell ----

exempt()
{
	module_on cron
	module_on sudo
	module_on sudo-i
	rules <<-'END'
		*     *      strict
		*     alice  strict
	END
	SERVICE=cron SOON=1 try pam alice alone 'nobody names cron'
	is "$(sudo -u alice id -u)" 2001 'nobody names sudo'
	rules <<-'END'
		cron    *    login
		sudo-i  bob  strict
		sudo    bob  no-such
	END
	SERVICE=cron try pam alice login 'cron is named'
	SERVICE=cron SOON=1 try pam root alone "cron's root is not"
	mark=$(records_mark)
	is "$(sudo -u bob -i sh -c 'id -u; test -s /run/swrap/inside && echo inside')" $'2002\ninside' \
		'sudo -i is named: a shell in a session'
	check 'with its profile' wait_until 5 has_record "$mark" \
		'.event == "session.start" and .profile == "strict" and .service == "sudo-i"'
	syslog=$(syslog_mark)
	is "$(sudo -u bob id -u)" 2002 'sudo is named, with a profile that there is not'
	check 'that is said' logged 81 'let in as a service without a login shell: .*no-such'
	helper_is /bin/false
	SERVICE=cron try pam alice 'let in' 'cron without a helper'
	is "$(sudo -u bob -i id -u)" 2002 'sudo -i without a helper'
	helper_is_itself
	module_off cron
	module_off sudo
	module_off sudo-i
	no_rules
}

# ---- the same with and without the module ----

login_of()
{
	su "$1" -c 'id; pwd >/dev/null; echo "$0 $-"; exit 3' </dev/null
	echo "-> $?"
	as_ssh "$1" 'id -un; cat; grep -c . /etc/passwd' <<<'from stdin'
	as_ssh "$1" 'kill -TERM $$' </dev/null
	echo "-> $?"
}

login_alice()
{
	login_of alice
}

login_root()
{
	login_of root
}

as_without()
{
	BOTH_SERVICES='sshd su'
	rules <<<'* bob login'
	BOTH_PROOF=unwrapped both 'no rule' login_alice 'uid=2001.*-> 3.*from stdin'
	rules <<<'* root,alice login'
	BOTH_PROOF='exec' both 'root named' login_root 'uid=0.*-> 3.*from stdin'
	no_rules
}

if is_baseline; then
	skip 'there are no rules without the module'
	done_testing
	exit
fi

no_rules
start_sshd 'ListenAddress 127.0.0.1' 'ListenAddress ::1' || exit 1
as_without
services module_on breakglass=rescue
vendors
first_match
drop_ins
groups
numbers
addresses
services module_on
the_line
services module_on breakglass=rescue
refusals
services module_on breakglass=rescue
break_glass
root
exempt
services module_off
stop_sshd
wait_until 10 no_process_of_ours
check 'nothing is left' no_process_of_ours
done_testing
