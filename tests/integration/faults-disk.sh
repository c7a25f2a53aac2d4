#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A full disk under the log: login goes on and the loss is counted, strict lets nothing run unrecorded; on
# a nearly full one only start, end and denials are written.
# timeout: 120
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'nothing is recorded without the module'
	done_testing
	exit
fi

LOG=/var/log/swrap
FILL=$LOG/fill

small_disk()
{
	mount -t tmpfs -o mode=750,size=4m lab-disk "$LOG"
}

big_disk()
{
	umount -l "$LOG"
}

# Whatever is left, to the last byte. Once more, because a writer may have freed a page meanwhile.
fill_disk()
{
	cat /dev/zero >"$FILL" 2>/dev/null
	cat /dev/zero >"$FILL.2" 2>/dev/null
	return 0
}

# leave_percent N: of the whole.
leave_percent()
{
	local blocks free
	rm -f "$FILL" "$FILL.2"
	read -r blocks free < <(stat -f -c '%b %a' "$LOG")
	fallocate -l $(((free - blocks * $1 / 100) * 4096)) "$FILL"
}

free_disk()
{
	rm -f "$FILL" "$FILL.2"
}

sum_of_lost()
{
	records_since "$mark" | jq -s '[.[] | select(.event == "lost") | .count] | add // 0'
}

# ---- login ----

login_goes_on()
{
	local before lost kept end
	small_disk
	module_on sshd profile=login
	mark=0
	hold alice
	ask '/bin/true before' >/dev/null
	wait_until 5 has_record 0 '.event == "exec" and .argv == ["/bin/true", "before"]'
	fill_disk
	before=$(stat -c %s "$RECORDS")
	is "$(ask 'for n in $(seq 100); do /bin/true $n && echo $n; done | tail -n 1')" 100 \
		'login: a hundred programs run on a full disk'
	# The page that the file ends in is still its own.
	check 'login: nothing more is written' test "$(stat -c %s "$RECORDS")" -le $((before + 4096))
	is "$(as_ssh bob 'echo in the shell')" 'in the shell' 'login: another login is let in'
	free_disk
	ask '/bin/true after' >/dev/null
	check 'login: with space there are records again' wait_until 5 has_record 0 \
		'.event == "exec" and .argv == ["/bin/true", "after"]'
	lost=$(sum_of_lost)
	# Some went into that page.
	kept=$(count_records 0 '.event == "exec" and .argv[0] == "/bin/true" and (.argv[1] | test("^[0-9]+$"))')
	check "login: the loss is told, and counted: $lost" test $((lost + kept)) -ge 100
	check "login: it is most of them: all but $kept" test "$kept" -lt 20
	is "$(records | jq -s 'map(select(.user == "alice")) | (map(.event) | index("lost")) <
		(map(.argv == ["/bin/true", "after"]) | index(true))')" true 'login: before what comes next'
	release
	check 'login: there is an end' wait_until 10 has_record 0 \
		'.user == "alice" and .event == "session.end"'
	end=$(records | jq -c 'select(.user == "alice" and .event == "session.end") | .execs - .lost')
	is "$(records | jq -s '[.[] | select(.user == "alice" and .event == "exec")] | length')" "$end" \
		'login: execs are records and losses'
	check 'login: each line is one JSON object' jq -e -s 'all(.[]; type == "object")' "$RECORDS"
	is "$(records | jq -s -c 'map(select(.user == "alice")) | map(.seq) as $s
		| $s == [range($s[0]; $s[0] + ($s | length))]')" true 'login: no number is missing'
	big_disk
}

# ---- strict ----

strict_denies()
{
	local rc=0 ran
	small_disk
	module_on sshd profile=strict
	hold alice
	ask '/bin/true before' >/dev/null
	fill_disk
	# What was set aside while there was space may still be used, until the disk is looked at again.
	ran=$(ask 'for n in {1..20}; do /bin/true early 2>/dev/null && echo ran; done; sleep 1.2; echo' |
		grep -c ran)
	like "$(ask '/bin/true full 2>&1; echo "status $?"')" 'No space left on device.*status 126' \
		'strict: an exec on a full disk is ENOSPC'
	is "$(ask 'for n in {1..20}; do /bin/true $n 2>/dev/null && echo ran; done; echo none')" none \
		'strict: nothing runs unrecorded'
	as_ssh bob 'echo in the shell' >"$T/out" 2>&1 || rc=$?
	unlike "$rc:$(cat "$T/out")" 'in the shell' 'strict: no shell for another login'
	free_disk
	is "$(ask '/bin/true after && echo ran')" ran 'strict: with space it goes on'
	check 'strict: that is recorded' wait_until 5 has_record 0 \
		'.event == "exec" and .argv == ["/bin/true", "after"] and .decision == "allow"'
	is "$(count_records 0 '.event == "exec" and .decision == "allow" and .argv[1] == "full"')" 0 \
		'strict: what was denied is not said to have run'
	is "$(count_records 0 '.event == "exec" and .decision == "allow" and .argv[1] == "early"')" "$ran" \
		'strict: and what has run is recorded'
	release
	check 'strict: the end counts the denials' wait_until 10 has_record 0 \
		'.user == "alice" and .event == "session.end" and .denied >= 21'
	big_disk
}

# ---- nearly full ----

below_five_percent()
{
	small_disk
	module_on sshd profile=login
	module_on su profile=login
	as_ssh alice true
	wait_until 5 has_record 0 '.event == "session.end"'
	leave_percent 3
	mark=$(records_mark)
	is "$(as_ssh alice 'for n in 1 2 3; do /bin/true $n; done; echo in the shell')" 'in the shell' \
		'below 5 %: a login works'
	su alice -s /usr/bin/perl -c 'print qq(in perl\n)' >/dev/null 2>&1
	check 'below 5 %: both ends are written' wait_until 10 two_ends
	is "$(records_since "$mark" | jq -r .event | sort | uniq -c | awk '{ print $2, $1 }' | grep -v lost)" \
		$'gate.deny 1\nsession.end 2\nsession.start 2' 'below 5 %: starts, ends and denials, nothing else'
	check 'below 5 %: the rest is counted' has_record "$mark" \
		'.event == "session.end" and .lost >= 4'
	leave_percent 50
	mark=$(records_mark)
	as_ssh alice '/bin/true again'
	check 'with 50 %: all is written' wait_until 10 has_record "$mark" \
		'.event == "exec" and .argv == ["/bin/true", "again"]'
	big_disk
	module_off su
}

two_ends()
{
	[ "$(count_records "$mark" '.event == "session.end"')" = 2 ]
}

start_sshd
attempt alice
module_on sshd
wait_until 5 no_process_of_ours
snapshot before
login_goes_on
strict_denies
below_five_percent
stop_sshd
nothing_left before 'in the end nothing is left'
done_testing
