#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is written about a session: members, order, encoding, redaction, file, rotation.
# timeout: 180
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh

# session_of COMMAND...: runs it by ssh as alice, waits for the end; $mark and $rc are the caller's.
session_of()
{
	mark=$(records_mark)
	as_ssh alice "$@" >"$T/out" 2>"$T/err" </dev/null
	rc=$?
	wait_until 10 has_record "$mark" '.event == "session.end"' ||
		not_ok "the session of '$1' ends" "$(records_since "$mark" | tail -n 3)"
}

# all CONDITION NAME / none CONDITION NAME: over the records since $mark.
all()
{
	is "$(count_records "$mark" "($1) | not")" 0 "$2"
	[ "$(count_records "$mark" "($1) | not")" = 0 ] ||
		diag "$(records_since "$mark" | jq -c "select(($1) | not)" | head -n 3)"
}

some()
{
	check "$2" has_record "$mark" "$1"
}

# argv_of WORD: the recorded argv of the exec whose argv[0] is WORD, as JSON.
argv_of()
{
	records_since "$mark" |
		jq -c --arg word "$1" 'select(.event == "exec" and .argv[0] == $word) | .argv' | tail -n 1
}

base_members()
{
	local boot
	boot=$(cat /proc/sys/kernel/random/boot_id)
	session_of 'cd /tmp; /bin/echo hello; exit 7'
	is "$rc" 7 'the status is the command'"'"'s'
	all '[keys_unsorted[:15][]] == ["v","event","session","seq","ts","boot_id","host","user","uid",
		"auid","ses","service","tty","rhost","ruser"]' 'every record begins with the same members'
	all '.v == 1 and (.event | type) == "string" and (.seq | type) == "number"' 'of these types'
	all '.session | test("^[0-9a-f]+$")' 'the session has an id'
	is "$(records_since "$mark" | jq -r .session | sort -u | wc -l)" 1 'one id for one session'
	all '.ts | test("^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{6}Z$")' \
		'the time is UTC in microseconds'
	all "(.ts[:19] + \"Z\" | fromdate) as \$t | (now - \$t) < 60 and (now - \$t) > -5" 'and is now'
	all ".boot_id == \"$boot\" and .host == \"swraplab\"" 'the boot and the host'
	all '.user == "alice" and .uid == 2001 and .service == "sshd"' 'who and by what'
	all '.tty == "ssh" and .rhost == "127.0.0.1"' 'from where'
	all '.auid == 2001' 'the login uid is the one pam_loginuid set'
	all '(.ses | type) == "number" or .ses == "unset" or .ses == null' 'the audit session'
}

order()
{
	is "$(records_since "$mark" | jq -s 'map(.seq) as $s | $s == [range($s[0]; $s[0] + ($s | length))]')" \
		true 'the numbers have no gap'
	is "$(records_since "$mark" | head -n 1 | jq -r .event)" session.start 'session.start is first'
	is "$(records_since "$mark" | tail -n 1 | jq -r .event)" session.end 'session.end is last'
	is "$(count_records "$mark" '.event == "session.end"')" 1 'and there is one'
	# Not attach before exec: one comes from the helper, the other from the supervisor.
	is "$(records_since "$mark" | jq -s 'map(.event) | index("session.ready") as $ready |
		$ready < index("attach") and $ready < index("exec")')" true 'ready is before attach and exec'
	some '.event == "session.ready" and .level == "full" and .profile == "login"' 'the level is full'
	all '.event != "step" or (.result == "applied" and .errno == 0) or
		(.result == "skipped" and .asked == "off")' 'every step applied, or not asked for'
	some '.event == "session.end" and .outcome == "completed" and .exit == 7 and .attached == true and
		.execs >= 2 and .lost == 0' 'the end has outcome, status and counts'
}

# The members of an exec, compared with what the kernel says of the file.
exec_members()
{
	local ino dev
	session_of 'cd /tmp; echo $$ >/tmp/inside; cat /proc/self/mountinfo >/dev/null; /bin/echo hello; :'
	ino=$(stat -L -c %i /bin/echo)
	dev=$(stat -L -c %d /bin/echo)
	all '.event != "exec" or (.decision == "allow" and (.source | type) == "string")' 'all allowed'
	all '.event != "exec" or ([has("path", "requested", "argv", "cwd", "dev", "ino", "pid",
		"pid_inside", "euid", "verified")] | all)' 'an exec has its members'
	is "$(argv_of /bin/echo)" '["/bin/echo","hello"]' 'argv is whole'
	some ".event == \"exec\" and .path == \"/usr/bin/echo\" and .requested == \"/bin/echo\"" \
		'the path asked for and the real one'
	some ".event == \"exec\" and .path == \"/usr/bin/echo\" and .ino == $ino and .dev == $dev" \
		'the inode is the file'"'"'s'
	some '.event == "exec" and .path == "/usr/bin/echo" and .cwd == "/tmp" and .euid == 2001' \
		'where and as whom'
	some ".event == \"exec\" and .argv[0] == \"bash\" and .pid_inside == $(cat /tmp/inside) and
		.pid > .pid_inside" 'the pid outside and inside'
	some '.event == "exec" and .argv[:2] == ["bash", "-c"] and .cwd == "/home/alice"' \
		'the shell itself is the first'
	rm -f /tmp/inside
}

encoding()
{
	session_of $'/bin/echo a\xff\xfeb; /bin/echo "back\\\\slash" "two\nlines" "\e[31m" ümläut; /bin/echo ""'
	check 'bytes that are no UTF-8 are \xHH' jq -e -n --argjson a \
		"$(records_since "$mark" | jq -s '[.[] | select(.event == "exec") | .argv]')" \
		'$a | any(. == ["/bin/echo", "a\\xff\\xfeb"])'
	check 'so are backslash, newline and escape; letters stay' jq -e -n --argjson a \
		"$(records_since "$mark" | jq -s '[.[] | select(.event == "exec") | .argv]')" \
		'$a | any(. == ["/bin/echo", "back\\x5cslash", "two\\x0alines", "\\x1b[31m", "ümläut"])'
	check 'an empty argument stays' jq -e -n --argjson a \
		"$(records_since "$mark" | jq -s '[.[] | select(.event == "exec") | .argv]')" \
		'$a | any(. == ["/bin/echo", ""])'
	check 'no byte above is raw in the file' bash -c "! LC_ALL=C grep -q \$'[\\x01-\\x09\\x0b-\\x1f]' $RECORDS"
}

redaction()
{
	local secret=Hunter2-$RANDOM$RANDOM
	session_of "/bin/true --password=$secret; /bin/true --token $secret --keep me;
		env API_KEY=$secret /bin/true; /bin/true https://user:$secret@host/; /bin/true mysql -p$secret
		exec /bin/true -H 'Authorization: Bearer $secret'"
	isnt "$(records_since "$mark" | wc -l)" 0 'there are records'
	is "$(records_since "$mark" | grep -c -- "--keep")" 2 'what is no secret stays'
	is "$(records_since "$mark" | grep -v -- '-p'"$secret" | grep -c "$secret")" 0 \
		'no secret that the rules name is in the records'
	some '.event == "exec" and (.argv | index("--password=[REDACTED]"))' 'the place is marked'
	is "$(syslog_lines | grep -c "$secret")" 0 'nor is one in the log'
}

long_argv()
{
	session_of '/bin/true $(seq 1 10000)'
	some '.event == "exec" and .argv[0] == "/bin/true" and .argv_truncated == true and
		.argv_bytes == 48904' 'a long argv is cut, with its length'
	all '(.argv // []) | map(length) | add // 0 | . <= 16384' 'at 16 KiB'
	session_of '/bin/true short'
	all 'has("argv_truncated") | not' 'a short one is not'
}

the_file()
{
	is "$(stat -c '%a %U %G' "$RECORDS")" '640 root adm' 'the file is for root and adm'
	session_of "cat $RECORDS; ls /var/log/swrap; id >/dev/null"
	is "$(cat "$T/out")" '' 'the session cannot read the records'
	unlike "$(cat "$T/err")" '^$' 'and is told so'
	check 'each line is one JSON object' jq -e -s 'all(.[]; type == "object")' "$RECORDS"
}

at_once()
{
	local client clients=()
	mark=$(records_mark)
	for _ in 1 2 3 4 5 6; do
		ssh_bg alice 'for n in $(seq 40); do /bin/true $n; done' </dev/null
		clients+=("$client")
	done
	wait "${clients[@]}"
	check 'six sessions end' wait_until 15 six_ended
	is "$(records_since "$mark" | jq -s '[.[] | select(.event == "exec" and .argv[0] == "/bin/true")] | length')" \
		240 'no exec of six busy sessions is missing'
	is "$(records_since "$mark" | jq -s -c 'group_by(.session) | map(map(.seq) as $s |
		$s == [range($s[0]; $s[0] + ($s | length))]) | unique')" '[true]' 'each numbered without a gap'
}

six_ended()
{
	[ "$(count_records "$mark" '.event == "session.end"')" = 6 ]
}

# The supervisor looks for a new file once a second, so that the execs of the next second may still go
# to the old one: none may go nowhere.
exec_into_new_file()
{
	tried=$((tried + 1))
	ask "/bin/true try-$tried" >/dev/null
	grep -q '"try-' "$RECORDS"
}

rotation()
{
	local tried=0
	hold alice
	check 'logrotate takes the shipped file' logrotate -f -s "$T/state" /etc/logrotate.d/swrap
	is "$(stat -c '%s %a %U %G' "$RECORDS")" '0 640 root adm' 'and makes a new one'
	wait_until 10 exec_into_new_file
	check 'a running session goes on in the new file' grep -q '"try-' "$RECORDS"
	is "$(cat "$RECORDS.1" "$RECORDS" | jq -r 'select(.event == "exec" and .argv[0] == "/bin/true") |
		.argv[1]' | grep try- | sort | uniq -c | awk '$1 == 1' | wc -l)" "$tried" 'each exec is in one of both'
	release
	check 'the end is in the new one' wait_until 10 has_record 0 '.event == "session.end"'
	mv "$RECORDS" "$RECORDS.2"
	session_of true
	is "$(stat -c '%a %U %G' "$RECORDS")" '640 root adm' 'a new session makes the file when it is gone'
}

session_variable()
{
	session_of 'echo $SWRAP_SESSION_ID'
	all ".session == \"$(cat "$T/out")\"" 'the session knows its id'
}

death()
{
	session_of 'kill -9 $$'
	some '.event == "session.end" and .killed == true and .exit == 9' 'death by a signal is recorded'
}

authpriv()
{
	local id
	session_of true
	id=$(records_since "$mark" | head -n 1 | jq -r .session)
	# <86> is authpriv.info, <85> notice, <84> warning, <81> alert.
	like "$(syslog_lines | grep "$id" | grep -c '^<8[1-6]>')" '^[2-9]$' \
		'authpriv has a line for start and end'
}

if is_baseline; then
	done_testing
	exit 0
fi
start_sshd
module_on sshd || { not_ok 'the module is installed'; done_testing; exit 1; }
base_members
order
exec_members
encoding
redaction
long_argv
the_file
at_once
session_variable
rotation
death
authpriv
stop_sshd
done_testing
