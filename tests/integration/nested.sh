#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# su and sudo inside a session: the stack runs again, and the outer sandbox stays.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

BOTH_SERVICES='sshd su su-l sudo'

su_to_user()
{
	tty_run '
		start {*}$ssh alice@lab
		prompt
		type "su - bob"
		want {Password: $}
		type lab-bob
		prompt
		say "as [run id {(uid=\d+.\w+. gid=\d+.\w+.)}]"
		say "home [run pwd {(/\S+)\r}]"
		say "tty [run {[ -t 0 ] && echo "o""k" >/dev/tty} {(ok)}]"
		with_cat
		send "\003"
		prompt
		say "after ^C [run {echo "st"=$?} {st=(\d+)}]"
		type {exit 5}
		prompt
		say "-> [run {echo "st"=$?} {st=(\d+)}]"
		type {exit 3}
		say [ended]'
}

su_to_root()
{
	tty_run '
		start {*}$ssh alice@lab
		prompt
		type "su -"
		want {Password: $}
		type lab-root
		prompt
		say "as [run id {(uid=\d+.\w+. gid=\d+.\w+.)}]"
		say "home [run pwd {(/\S+)\r}]"
		run {touch /etc/by-root && echo "o""k"} {ok}
		type {suspend -f}
		want {Stopped}
		prompt
		type fg
		want {su -\r\n}
		prompt
		say "again [run {id -un} {(\w+)\r}]"
		type exit
		prompt
		type exit
		say [ended]'
	[ -e /etc/by-root ] && echo 'root inside wrote'
	rm -f /etc/by-root
}

su_without_tty()
{
	printf 'lab-bob\n' | as_ssh alice 'su bob -c "id -un; exit 6"' 2>/dev/null
	echo "-> $?"
}

sudo_commands()
{
	as_ssh alice 'sudo -n id; sudo -n -u bob id -un; sudo -n -i pwd; sudo -n sh -c "exit 7"'
	echo "-> $?"
	apart as_ssh alice \
		'sudo -n hostname; echo data | sudo -n tee /tmp/by-sudo; stat -c %U /tmp/by-sudo'
	rm -f /tmp/by-sudo
	apart as_ssh bob 'sudo -n id'
	echo "not allowed -> $?"
}

other_setuid()
{
	as_ssh alice 'ping -c 1 -W 2 127.0.0.1 >/dev/null && echo pong; newgrp - </dev/null; echo "-> $?"
		[ -u "$(command -v passwd)" ] && passwd -S'
}

# What the records say about the last session: one session, and who ran what.
nested_records()
{
	local mark
	is_baseline && return 0
	for service in $BOTH_SERVICES; do
		module_on "$service"
	done
	mark=$(records_mark)
	as_ssh alice 'sudo -n -u bob id -un; sudo -n /bin/true' >/dev/null
	wait_until 10 has_record "$mark" '.event == "session.end"'
	is "$(count_records "$mark" '.event == "session.start"')" 1 'one session, however many stacks'
	check 'an exec as bob has his uid' has_record "$mark" \
		'.event == "exec" and .euid == 2002 and (.path | test("/id$"))'
	check 'an exec as root has root'"'"'s' has_record "$mark" \
		'.event == "exec" and .euid == 0 and (.path | test("/true$"))'
	is "$(count_records "$mark" 'select(.uid != 2001)')" 0 'the session stays that of alice'
	for service in $BOTH_SERVICES; do
		module_off "$service"
	done
}

# Profiles that leave the mounts alone have no marker, and leave root all it has.
nested_unmarked()
{
	local how mark out service
	is_baseline && return 0
	for how in profile=observe set=Mode=permissive; do
		for service in $BOTH_SERVICES; do
			module_on "$service" "$how"
		done
		mark=$(records_mark)
		out=$(as_ssh alice 'sudo -n -u bob id -un; sudo -n sh -c "su bob -c \"id -un\""; sudo -n id -un' \
			</dev/null 2>&1)
		like "$out" 'bob.*bob.*root' "$how: su and sudo"
		wait_until 10 has_record "$mark" '.event == "session.end"'
		is "$(count_records "$mark" '.event == "session.start" or .event == "session.refused"')" 1 \
			"$how: one session, however many stacks"
		check "$how: what bob runs is recorded" has_record "$mark" \
			'.event == "exec" and .euid == 2002 and (.path | test("/id$"))'
		for service in $BOTH_SERVICES; do
			module_off "$service"
		done
	done
}

# A service with a filter of its own is not inside for that; nor is who is called like an init of ours.
filtered_outside()
{
	local mark
	is_baseline && return 0
	build_tools deny || not_ok 'the tools can be built'
	module_on su
	mark=$(records_mark)
	ln -sf "$(command -v env)" /tmp/swrap-init
	is "$("$TOOLS/deny" wait-killable /tmp/swrap-init su bob -c 'id -un' </dev/null 2>&1)" bob \
		'su of root that is filtered'
	check 'it has a session of its own' wait_until 5 has_record "$mark" '.event == "session.ready"'
	rm /tmp/swrap-init
	module_off su
}

printf 'alice ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/lab
chmod 440 /etc/sudoers.d/lab
start_sshd
both 'su to a user' su_to_user 'as uid=2002.bob.*home /home/bob.*tty ok.*130.*-> 5.*exit 3'
both 'su to root' su_to_root 'as uid=0.root.*home /root.*again root.*exit 0.*root inside wrote'
both 'su without a terminal' su_without_tty 'bob.*-> 6'
both 'sudo' sudo_commands 'uid=0.*bob.*/root.*-> 7.*swraplab.*data.*root.*not allowed -> 1'
both 'other setuid programs' other_setuid 'pong.*alice'
nested_records
nested_unmarked
filtered_outside
stop_sshd
done_testing
