#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The module alone, in pamtester: for the services of real programs, opened, closed, both, neither.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/both.sh
. /lab/src/tests/lib/both.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh

open_close()
{
	pamtester "$SERVICE" alice open_session close_session 2>&1
	echo "-> $?"
}

# pamtester ends without closing: nobody calls close.
open_only()
{
	pamtester "$SERVICE" alice open_session 2>&1
	echo "-> $?"
}

close_only()
{
	pamtester "$SERVICE" alice close_session 2>&1
	echo "-> $?"
}

open_twice()
{
	pamtester "$SERVICE" alice open_session open_session close_session close_session 2>&1
	echo "-> $?"
}

set_creds_too()
{
	pamtester -I tty=/dev/pts/9 -I rhost=there.example -I ruser=somebody "$SERVICE" alice \
		acct_mgmt 'setcred(PAM_ESTABLISH_CRED)' open_session close_session \
		'setcred(PAM_DELETE_CRED)' 2>&1
	echo "-> $?"
}

root_and_rescue()
{
	pamtester "$SERVICE" root open_session close_session 2>&1
	echo "root -> $?"
}

# A service that gets sessions: each call, the same as without us, and nothing stays.
wrapped_service()
{
	SERVICE=$1
	BOTH_SERVICES=$1
	snapshot before
	BOTH_PROOF='attached:false'
	both "$1: open and close" open_close 'opened a session.*closed.*-> 0'
	nothing_left before "$1: nothing left after the close"
	both "$1: open only" open_only 'opened a session.*-> 0'
	nothing_left before "$1: nothing left once the application is gone"
	both "$1: opened and closed twice" open_twice 'opened.*opened.*closed.*-> 0'
	nothing_left before "$1: nothing left after two"
	BOTH_PROOF=unwrapped
	both "$1: close without open" close_only 'closed.*-> 0'
	both "$1: root" root_and_rescue 'opened.*closed.*root -> 0'
	nothing_left before "$1: nothing left after root"
}

# A service that starts no login shell is left alone.
unwrapped_service()
{
	local mark
	SERVICE=$1
	BOTH_SERVICES=$1
	BOTH_PROOF=unwrapped
	snapshot before
	mark=$(records_mark)
	both "$1: open and close" open_close 'opened a session.*closed.*-> 0'
	is "$(count_records "$mark" true)" 0 "$1: no records"
	nothing_left before "$1: nothing left"
}

items_are_recorded()
{
	local mark
	SERVICE=swrap-test
	is_baseline && return 0
	module_on "$SERVICE"
	mark=$(records_mark)
	set_creds_too >/dev/null
	check 'the session ends' wait_until 10 has_record "$mark" '.event == "session.end"'
	is "$(records_since "$mark" | jq -c '[.service, .tty, .rhost, .ruser, .user, .uid]' | sort -u)" \
		'["swrap-test","/dev/pts/9","there.example","somebody","alice",2001]' \
		'every record has what PAM knows'
	is "$(records_since "$mark" | jq -r 'select(.event == "session.ready") | .level')" full \
		'the level is full'
	module_off "$SERVICE"
}

# The proof of the sandbox without a shell: open_session alone says whether all of it works.
rehearsal_speaks()
{
	local mark
	is_baseline && return 0
	module_on swrap-test profile=strict
	mark=$(records_mark)
	is "$(pamtester swrap-test alice open_session 2>&1 | tail -n 1)" \
		'pamtester: successfully opened a session' 'strict can be opened'
	check 'its level is full' wait_until 10 has_record "$mark" \
		'.event == "session.ready" and .level == "full" and .profile == "strict"'
	is "$(count_records "$mark" '.event == "step" and .result != "applied" and .asked != "off"')" 0 \
		'each step that was asked is applied'
	module_off swrap-test
}

if is_baseline || [ -n "$(find_module)" ]; then
	for service in swrap-test sshd login su su-l; do
		wrapped_service "$service"
	done
	for service in systemd-user cron sudo; do
		unwrapped_service "$service"
	done
	items_are_recorded
	rehearsal_speaks
else
	not_ok 'the module is installed'
fi
done_testing
