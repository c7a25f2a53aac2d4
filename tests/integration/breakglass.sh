#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Break-glass users get a shell also when the module succeeded and something fails later; everybody else
# is refused by the same thing. And limits that a plain login survives lock nobody out.
# timeout: 240

# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh

LIMITS=/etc/security/limits.d/lab.conf

can_raise_limits()
{
	[ $((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 24 & 1)) = 1 ]
}

low_file_size()
{
	echo '* hard fsize 8' >"$LIMITS"
	if can_raise_limits; then
		is "$(as_ssh alice 'echo in' </dev/null)" in 'a hard file size limit of 8 kB: alice gets her shell'
		has_exec alice 'the shell was supervised'
	else
		isnt "$(as_ssh alice 'echo in' </dev/null 2>/dev/null)" in 'a limit that cannot be raised: refused'
		skip 'CAP_SYS_RESOURCE is missing: no limit of the login can be raised'
	fi
	is "$(as_ssh ruth 'echo in' </dev/null)" in 'ruth is not refused'
	echo '* hard fsize 1' >"$LIMITS"
	isnt "$(as_ssh alice "echo in $(printf 'x%.0s' {1..1500})" </dev/null 2>&1 | cut -c1-2)" in \
		'arguments above the limit: alice is refused'
	is "$(as_ssh ruth "echo in $(printf 'x%.0s' {1..1500})" </dev/null 2>&1 | cut -c1-2)" in \
		'ruth is not'
	rm -f "$LIMITS"
}

has_exec()
{
	check "$2" wait_until 5 grep -q "\"event\":\"exec\".*\"user\":\"$1\".*echo in" "$RECORDS"
}

# The module is content, then the helper answers no more: a second channel of the connection.
stopped_helper()
{
	local user=$1 control=$T/control-$1 helper rc=0 mark
	mark=$(records_mark)
	as_ssh "$user" -M -S "$control" -o ControlPersist=yes -N -f </dev/null
	wait_until 5 has_record "$mark" ".event == \"session.ready\" and .user == \"$user\""
	helper=$(records_since "$mark" | jq -r 'select(.event == "session.start") | .helper_pid')
	kill -STOP "$helper"
	timeout 30 ssh -F /lab/ssh_config -S "$control" "$user@lab" 'echo in' </dev/null >"$T/out" 2>&1 || rc=$?
	kill -CONT "$helper"
	ssh -F /lab/ssh_config -S "$control" -O exit "$user@lab" 2>/dev/null
	return "$rc"
}

full_disk()
{
	mount -t tmpfs -o size=1m,mode=2750 small /var/log/swrap
	module_off sshd
	module_on sshd breakglass=rescue profile=strict
	head -c 1020000 /dev/zero >/var/log/swrap/fill
	isnt "$(as_ssh alice 'echo in' </dev/null 2>&1)" in 'strict on a full disk: alice is refused'
	is "$(as_ssh ruth 'echo in' </dev/null 2>&1)" in 'ruth is not'
	umount -l /var/log/swrap
	module_off sshd
	module_on sshd breakglass=rescue
}

# Names that lead through the process's own /proc: what ran is on record all the same.
own_names()
{
	local ino
	install -o alice -m 755 /usr/bin/id /home/alice/tool
	ino=$(stat -c %i /home/alice/tool)
	as_ssh alice 'cd; /proc/self/cwd/tool 1; exec 7<tool; /dev/fd/7 2; ln -s /proc/self/cwd/tool l; ./l 3
		/proc/$$/root/home/alice/tool 4' </dev/null >/dev/null 2>&1
	for n in 1 2 3 4; do
		check "name $n: the record has the file" wait_until 5 has_record 0 \
			".event == \"exec\" and .argv[-1] == \"$n\" and .path == \"/home/alice/tool\" and .ino == $ino"
	done
}

module_on sshd breakglass=rescue || exit 1
start_sshd || exit 1
low_file_size
# Only root can stop the helper. Its gate is stopped as well, so alice waits and nothing runs.
stopped_helper alice
isnt "$(cat "$T/out")" in 'a helper that answers no more: nothing of alice runs'
stopped_helper ruth
is "$(cat "$T/out")" in 'ruth gets a shell'
full_disk
own_names
stop_sshd
done_testing
