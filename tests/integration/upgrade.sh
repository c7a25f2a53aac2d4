#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A package upgrade under a live connection: a shell's file is replaced by rename, and with it goes the
# mount that lay over it. The next channel must land in the sandbox all the same.

# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh

FACTS='grep ^Seccomp: /proc/self/status | tr -d "\t"; readlink /proc/self/ns/pid; echo "$0"'

# replace FILE: as dpkg does, a new file is renamed over the old one.
replace()
{
	cp -p "$1" "$1.new"
	mv "$1.new" "$1"
}

channel()
{
	ssh -F /lab/ssh_config -S "$T/control" lab "$@" </dev/null
}

connect()
{
	as_ssh alice -M -S "$T/control" -o ControlPersist=yes -N -f </dev/null
}

disconnect()
{
	ssh -F /lab/ssh_config -S "$T/control" -O exit alice@lab 2>/dev/null
}

# Without the module the new file just runs: the test below would notice a shell outside.
module_off sshd
start_sshd || exit 1
connect
replace /usr/bin/bash
like "$(channel "$FACTS")" 'Seccomp:0' 'without the module the new shell runs, unfiltered'
disconnect

module_on sshd || exit 1
connect
before=$(channel "$FACTS")
like "$before" 'Seccomp:2' 'the first channel is in the sandbox'
mark=$(records_mark)
replace /usr/bin/bash
after=$(channel "$FACTS")
is "$after" "$before" 'so is the next, after the shell was replaced'
check 'and it is on record' wait_until 5 has_record "$mark" \
	'.event == "gate.reshadow" and .path == "/usr/bin/bash"'
check 'its execs too' wait_until 5 has_record "$mark" '.event == "exec" and .path == "/usr/bin/bash"'
replace /usr/bin/dash
replace /usr/bin/bash
is "$(channel "$FACTS")" "$before" 'again, with two shells replaced at once'
is "$(channel 'sh -c "grep ^Seccomp: /proc/self/status" | tr -d "\t"')" 'Seccomp:2' 'a shell of a shell'
isnt "$(stat -c %i /usr/bin/bash)" "$(stat -c %i /usr/libexec/swrap/swrap-attach)" \
	'the machine itself has its new shell'
disconnect

# Without a gate nobody asks before the exec: the helper sees it at the file itself.
without_gate()
{
	local user=$1 name=$2 before mark
	mark=$(records_mark)
	ssh -F /lab/ssh_config -M -S "$T/control" -o ControlPersist=yes -N -f "$user@lab" </dev/null
	before=$(channel "$FACTS")
	like "$before" 'Seccomp:2' "$name: the first channel is in the sandbox"
	replace /usr/bin/bash
	check "$name: a replaced shell is shadowed again" wait_until 10 has_record "$mark" \
		'.event == "gate.reshadow" and .path == "/usr/bin/bash"'
	is "$(channel "$FACTS")" "$before" "$name: so the next channel is in the sandbox"
	replace /usr/bin/bash
	check "$name: and again" wait_until 10 has_records 2 "$mark" \
		'.event == "gate.reshadow" and .path == "/usr/bin/bash"'
	is "$(channel "$FACTS")" "$before" "$name: the one after it too"
	disconnect
}

module_on sshd fail=open
without_gate alice 'fail=open'
module_on sshd breakglass=rescue
without_gate ruth 'break-glass'
stop_sshd
done_testing
