#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Kernels: below the floor logins are refused by name; without what came after it they work, by the
# fallback or with a named weaker guarantee.
# timeout: 120
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'the floor is of the module'
	done_testing
	exit
fi

# UNAME26: uname says 2.6.x to the application and to all that it starts.
below_the_floor()
{
	RUN=(setarch --uname-2.6)
	like "$(setarch --uname-2.6 uname -r)" '^2\.6\.' 'the kernel says that it is old'
	attempt alice fail=closed
	was_refused 'below the floor' 'kernel 2\.6\..*older than 5\.14'
	attempt alice fail=open
	was_let_in 'below the floor with fail=open' 'level none.*older than 5\.14'
	attempt ruth fail=closed
	was_let_in 'below the floor: break-glass' 'level none.*older than 5\.14'
	attempt root fail=closed
	is "$rc:$(said)" 0: 'below the floor: root'
	RUN=()
	# Only the helper: it looks for itself.
	helper_is "setarch --uname-2.6 $HELPER.real"
	attempt alice
	was_refused 'a helper below the floor' 'kernel 2\.6 is below 5\.14'
	check 'its end says unsupported' wait_until 3 has_record "$mark" \
		'.event == "session.end" and .outcome == "unsupported"'
	helper_is_itself
	rc=0
	out=$(setarch --uname-2.6 swrap run --user alice --user-uid 2001 --user-gid 2001 -- \
		echo in the shell 2>&1) || rc=$?
	is "$rc" 71 'swrap run below the floor: 71'
	like "$out" '5\.14' 'and says why'
}

# The whole of a login: real sshd, real shell, gate, records.
login_works()
{
	local case=$1 mark
	"$TOOLS/deny" "$case" /usr/sbin/sshd -f /run/lab-sshd.conf -E /var/log/sshd.log
	wait_until 10 test -s /run/lab-sshd.pid
	mark=$(records_mark)
	is "$(as_ssh alice 'for n in $(seq 50); do /bin/true $n; done; echo in the shell; exit 7' 2>&1
		echo $?)" $'in the shell\n7' "without $case: ssh works"
	check "$case: it is a session, with its level" wait_until 10 has_record "$mark" \
		'.event == "session.ready" and .level == "full"'
	check "$case: its end" wait_until 10 has_record "$mark" \
		'.event == "session.end" and .outcome == "completed" and .exit == 7 and .lost == 0'
	is "$(count_records "$mark" '.event == "exec" and .argv[0] == "/bin/true"')" 50 \
		"$case: every exec is recorded"
	stop_sshd
	is "$("$TOOLS/deny" "$case" su alice -c 'echo in the shell' 2>&1)" 'in the shell' \
		"without $case: su works"
	isnt "$("$TOOLS/deny" "$case" su alice -s /usr/bin/perl -c 'print qq(in perl\n)' 2>&1)" \
		'in perl' "$case: the gate holds"
	mark=$(records_mark)
	"$TOOLS/deny" "$case" pamtester swrap-test alice open_session close_session >/dev/null 2>&1
	is $? 0 "without $case: strict works"
	check "$case: and is full" wait_until 10 has_record "$mark" \
		'.event == "session.ready" and .level == "full" and .profile == "strict"'
	nothing_left before "$case: nothing is left"
}

# What every kernel above the floor has, forbidden by a container: refused by name, not half done.
refused_by_name()
{
	RUN=("$TOOLS/deny" "$1")
	attempt alice
	was_refused "without $1" "$2"
	RUN=()
	check "without $1: no process is left" wait_until 5 no_process_of_ours
}

build_tools deny || not_ok 'the tools can be built'
start_sshd
stop_sshd
module_on sshd
module_on su
attempt alice
wait_until 5 no_process_of_ours
snapshot before
below_the_floor
module_on swrap-test profile=strict
for case in nothing wait-killable peer-pidfd sync-wake-up set-group statmount; do
	syslog=$(syslog_mark)
	login_works "$case"
	case $case in
	set-group) check 'set-group: the weaker guarantee is named' logged 85 'lets no mount rejoin' ;;
	*) is "$(syslog_since "$syslog" | grep -c 'lets no mount rejoin')" 0 "$case: nothing is weaker" ;;
	esac
done
refused_by_name close-range 'close_range'
refused_by_name clone3 'clone3'
refused_by_name mount-setattr 'mount_setattr'
nothing_left before 'in the end nothing is left'
done_testing
