#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What users and programs may call themselves: arguments that no shell makes, names that no admin would give,
# and more of both than there is room for.
# timeout: 240
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

# ---- arguments ----

# case | what the record's argv must be, in jq
CASES='
no-argv        | . == [] or . == [""]
empty-argv     | . == [] or . == [""]
no-envp        | . == ["no-envp"]
empty-first    | . == ["", "second"]
two-megabytes  | .[0] == "two-megabytes" and (map(length) | add) <= 16384
many-arguments | .[0] == "many-arguments" and length <= 16384
one-long       | .[0] == "one-long" and (.[1] | length) <= 16384
too-long       | .[0] == "too-long"
no-utf8        | . == ["no-utf8", "\\xff\\xfe\\x80", "caf\\xe9", "é", "\\xed\\xa0\\x80"]
bad-pointer    | true
bad-argv       | true
bad-path       | true
page-end       | . == ["page-end", "end"]
by-descriptor  | . == ["by-descriptor"]
relative       | . == ["relative"]
long-path      | . == ["long-path"]
'

# Which of them are longer than what is kept, and how long they are.
TRUNCATED='{"two-megabytes": 2000034, "many-arguments": 300015, "one-long": 131081}'

as_alice()
{
	setpriv --reuid=2001 --regid=2001 --init-groups "$@"
}

one_case()
{
	local profile=$1 case=$2 condition=$3 outside=0 inside=0 mark argv
	as_alice "$TOOLS/args" "$case" || outside=$?
	mark=$(records_mark)
	ask "$TOOLS/args $case" >/dev/null || inside=$?
	# What cannot be read cannot be judged, and what cannot be judged is denied there.
	[[ $profile.$case != strict.bad-* ]] || outside=101
	is "$inside" "$outside" "$profile: $case: ends with $outside"
	[ "$outside" -lt 100 ] || return 0
	check "$profile: $case: recorded" wait_until 5 has_record "$mark" "$IS_TRUE"
	argv=$(records_since "$mark" | jq -c "select($IS_TRUE) | .argv")
	is "$(jq "$condition" <<<"$argv")" true "$profile: $case: argv"
	is "$(records_since "$mark" | jq -c "select($IS_TRUE) | [.argv_truncated, .argv_bytes]")" \
		"$(jq -c --arg case "$case" 'if has($case) then [true, .[$case]] else [null, null] end' \
			<<<"$TRUNCATED")" "$profile: $case: whether it was cut"
}
IS_TRUE='.event == "exec" and .path == "/usr/bin/true" and .decision == "allow"'

all_cases()
{
	local profile=$1 case condition
	module_on sshd "profile=$profile"
	hold alice
	while IFS='|' read -r case condition; do
		[ -z "$case" ] || one_case "$profile" "${case%% *}" "$condition"
	done <<<"$CASES"
	is "$(ask 'echo still here')" 'still here' "$profile: the session goes on"
	release
	module_off sshd
}

# ---- names ----

hostile_names()
{
	printf '%s\n' .. . a/b ../../etc/passwd 'sp ace' '-x' '--help' "q'uote" '$(id)' 'st*r' '%U%h' \
		$'caf\xe9x' $'\e[31m' "$(printf '%0255d' 0)" "$(printf '%0256d' 0)"
}

# The same uid, home and shell as alice; by hand, because useradd refuses some of them.
add_name()
{
	printf '%s:x:2001:2001::/home/alice:/bin/bash\n' "$1" >>/etc/passwd
	printf '%s:*:19000:0:99999:7:::\n' "$1" >>/etc/shadow
}

no_such_user()
{
	! getent passwd -- "$1"
}

recorded_name()
{
	records_since "$1" | jq -r 'select(.event == "session.end") | .user'
}

# As a record writes it.
escaped()
{
	printf '%s' "$1" | LC_ALL=C perl -pe 's/\\/\\x5c/g; s/([^ -~])/sprintf "\\x%02x", ord $1/ge'
}

one_name()
{
	local name=$1 shown mark
	shown=$(escaped "${name:0:40}")
	add_name "$name"
	if [[ $name == -* ]]; then
		check "name $shown: the C library refuses it" no_such_user "$name"
		skip "name $shown: no user database entry begins with a dash"
		return 0
	fi
	mark=$(records_mark)
	is "$(su -c 'echo in the shell' -- "$name" 2>&1)" 'in the shell' "name $shown: su works"
	check "name $shown: there is an end" wait_until 5 has_record "$mark" '.event == "session.end"'
	is "$(recorded_name "$mark")" "$(escaped "$name")" "name $shown: recorded as it is"
	nothing_left before "name $shown: nothing is left"
}

names()
{
	local name
	cp -a /etc/passwd "$T/passwd"
	cp -a /etc/shadow "$T/shadow"
	module_on su
	# Bytes, not characters: one of them is no UTF-8.
	while LC_ALL=C IFS= read -r name; do
		one_name "$name"
	done < <(hostile_names)
	is "$(ls -A /var/log/swrap)" events.ndjson 'no name has become a file'
	check 'each record is one JSON object' jq -e -s 'all(.[]; type == "object")' "$RECORDS"

	name=$(printf '%0600d' 0)
	add_name "$name"
	attempt "$name"
	was_refused 'a name of 600 bytes' 'identity user.*too long'
	name_over_ssh
	cat "$T/passwd" >/etc/passwd
	cat "$T/shadow" >/etc/shadow
	module_off su
}

name_over_ssh()
{
	local out
	module_on sshd
	mark=$(records_mark)
	is "$(ssh -F /lab/ssh_config -l 'sp ace' lab 'echo in the shell' 2>&1)" 'in the shell' 'ssh with a space in the name'
	wait_until 5 has_record "$mark" '.event == "session.end"'
	is "$(recorded_name "$mark")" 'sp ace' 'recorded as it is'
	mark=$(records_mark)
	out=$(ssh -F /lab/ssh_config -l "$(printf '%0256d' 0)" lab 'echo in the shell' 2>&1)
	if [ "$out" = 'in the shell' ]; then
		ok 'ssh with a name of 256 bytes'
	else
		isnt "$out" '' 'ssh refuses a name of 256 bytes'
		skip "a name of 256 bytes by ssh: $out"
	fi
	module_off sshd
}

# ---- more than there is room for ----

flood()
{
	local execs exec_records lost written took=$SECONDS
	module_on sshd
	mark=$(records_mark)
	as_ssh alice 'big=$(head -c 16000 /dev/zero | tr "\0" x)
		for n in $(seq 6000); do /bin/true $n $big; done; /bin/true after' </dev/null
	is $? 0 'six thousand execs with 16 kB each run'
	took=$((SECONDS - took))
	check 'they end' wait_until 20 has_record "$mark" '.event == "session.end"'
	execs=$(records_since "$mark" | jq 'select(.event == "session.end") | .execs')
	lost=$(records_since "$mark" | jq 'select(.event == "session.end") | .lost')
	exec_records=$(count_records "$mark" '.event == "exec"')
	written=$(records_since "$mark" | wc -c)
	# Each minute a MiB comes back, and a slow machine takes more than one.
	check "no more than 18 MiB are written: $written in $took s" \
		test "$written" -lt $(((18 * 60 + took) * 1024 * 1024 / 60))
	check "past the budget argv is cut" has_record "$mark" \
		'.event == "exec" and .argv_truncated == true and .argv_bytes > 16000 and .argv_bytes < 16100'
	check "then only counted: $lost" test "$lost" -gt 100
	is "$((exec_records + lost))" "$execs" 'none is missing in the count'
	is "$(records_since "$mark" | jq -s '[.[] | select(.event == "lost") | .count] | add')" "$lost" \
		'the lost records say the same'
	module_off sshd
}

build_tools args || not_ok 'the tools can be built'
start_sshd
attempt alice
wait_until 5 no_process_of_ours
snapshot before
all_cases login
all_cases strict
names
flood
stop_sshd
nothing_left before 'in the end nothing is left'
done_testing
