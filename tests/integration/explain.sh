#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# swrap explain tells the truth: over random configurations, what it says is what the PAM path then does.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'swrap explain is part of swrap'
	done_testing
	exit
fi

COUNT=${EXPLAIN_COUNT:-40}
SEED=${EXPLAIN_SEED:-$RANDOM$RANDOM}
CONF=/etc/swrap

# explain [OPTION...]: alice by swrap-test; sets $plan and $status.
explain()
{
	status=0
	plan=$(swrap explain --user alice --service swrap-test --json "$@" 2>"$T/err") || status=$?
}

of_plan()
{
	jq -cS "$1" <<<"$plan"
}

# What the records of the attempt say, in the form of of_plan.
of_records()
{
	records_since "$mark" | jq -cnS "[inputs | select($1)] | $2"
}

session_is_as_explained()
{
	local name=$1
	is "$(of_records '.event == "session.start"' '.[0] | [.profile, .rule]')" \
		"$(of_plan '[.profile, .rule]')" "$name: profile and rule"
	is "$(of_records '.event == "session.ready"' \
		'.[0] | [.level, .profile_sha256, .plan_sha256]')" \
		"$(of_plan '[.level, .profile_sha256, .plan_sha256]')" "$name: level and digests"
	is "$(of_records '.event == "step"' 'map([.step, .asked])')" \
		"$(of_plan '.steps | map([.step, .want])')" "$name: how much each step is wanted"
	# host "no" and still wanted is not tried; the rest is applied.
	is "$(of_records '.event == "step"' 'map([.step, .result])')" \
		"$(of_plan '.steps | map([.step, if .want == "off" then "skipped"
			elif .host == "no" then "refused" else "applied" end])')" \
		"$name: what becomes of each step"
}

refusal_is_as_explained()
{
	local name=$1
	is "$(of_records '.event == "session.refused"' '.[0] | [.step, .errno]')" \
		"$(of_plan '[.refused.step, .refused.errno]')" "$name: refused by that step"
	is "$(of_records '.event == "session.ready" or .event == "attach"' length)" 0 \
		"$name: and nothing is ready"
}

# compare NAME PROFILE: by a rule or by the PAM line, at random.
compare()
{
	# shellcheck disable=SC2154 # of tap.sh
	local name=$1 profile=$2 before=$tap_failed
	if [ $((RANDOM % 2)) = 0 ]; then
		printf 'swrap-test alice %s\n' "$profile" >"$CONF/rules.conf"
		attempt alice
	else
		printf '* * login\n' >"$CONF/rules.conf"
		attempt alice "profile=$profile"
	fi
	wait_until 5 has_record "$mark" '.event == "session.end" or .event == "session.refused"'
	explain
	if [ "$(of_plan '.refused == null')" = true ]; then
		sessions=$((sessions + 1))
		is "$rc" 0 "$name: is let in, as explained"
		session_is_as_explained "$name"
	else
		refusals=$((refusals + 1))
		isnt "$rc" 0 "$name: is refused, as explained"
		refusal_is_as_explained "$name"
	fi
	[ "$tap_failed" -eq "$before" ] || diag "$(cat "$CONF/profiles/$profile.conf")" "$plan" "$out"
}

random_configurations()
{
	local i before=$tap_failed
	mkdir -p "$CONF/profiles"
	diag "seed $SEED: repeat with EXPLAIN_SEED=$SEED"
	RANDOM=${SEED:0:4}
	python3 /lab/src/tests/lib/configurations.py "$SEED" "$COUNT" "$CONF/profiles"
	sessions=0
	refusals=0
	for ((i = 0; i < COUNT && tap_failed == before; i++)); do
		compare "random $i" "rand$i"
	done
	check 'many of them are sessions' test "$sessions" -ge $((COUNT / 4))
	diag "$sessions sessions, $refusals refusals"
	rm -f "$CONF"/profiles/rand*.conf "$CONF/rules.conf"
}

shipped_profiles()
{
	local profile
	for profile in observe baseline login strict locked; do
		attempt alice "profile=$profile"
		wait_until 5 has_record "$mark" '.event == "session.end" or .event == "session.refused"'
		explain
		is "$status" 0 "$profile: nothing to complain of"
		session_is_as_explained "$profile"
	done
	explain --profile strict
	check 'strict takes sudo away' jq -e '.stops_working | any(test("sudo"))' <<<"$plan"
	check 'and just-in-time compilers' jq -e '.stops_working | any(test("node"))' <<<"$plan"
	explain --profile login
	check 'login keeps sudo' jq -e '.stops_working | any(test("sudo")) | not' <<<"$plan"
}

# The PAM line's own words, and those of the command line over them.
overrides()
{
	attempt alice profile=strict '[set=PrivateNetwork=yes]' set=LimitNOFILE=99
	wait_until 5 has_record "$mark" '.event == "session.end"'
	explain
	session_is_as_explained 'set= on the PAM line'
	is "$(of_plan '.steps[] | select(.step == "network-namespace") | .want')" '"require"' \
		'set= is part of the plan'
	explain --set PrivateIPC=no
	is "$(of_plan '.steps[] | select(.step == "ipc-namespace" or .step == "network-namespace") |
		.want')" $'"off"\n"require"' '--set is taken beside it'
}

# Require= of what the host has not is refused before anything is started.
required_and_missing()
{
	mkdir -p "$CONF/profiles"
	printf '[Sandbox]\nRequireLockdown=confidentiality\n[Filter]\nSystemCallFilter=@login\n' \
		>"$CONF/profiles/locked-down.conf"
	explain --profile locked-down
	is "$(of_plan '.refused.step')" '"lockdown"' 'a required step that is missing: explain says so'
	is "$status" 1 'and it is a finding'
	# No child at all: the helper's own calls are watched for one.
	helper_is "strace -f -qq -o $T/trace -e trace=clone,clone3,fork,vfork $HELPER.real"
	attempt alice profile=locked-down
	helper_is_itself
	was_refused 'required and missing' lockdown
	check 'the record names the step' has_record "$mark" \
		'.event == "session.refused" and .step == "lockdown"'
	is "$(grep -c clone "$T/trace")" 0 'the helper has started no process'
	check 'no process is there' no_process_of_ours
	printf '[Session]\nPrefer=lockdown\n' >>"$CONF/profiles/locked-down.conf"
	attempt alice profile=locked-down
	wait_until 5 has_record "$mark" '.event == "session.end"'
	is "$rc" 0 'preferred and missing: there is a session'
	explain --profile locked-down
	session_is_as_explained 'preferred and missing'
	is "$(of_plan .level)" '"partial"' 'preferred and missing: partial'
	is "$status" 1 'which is a finding too'
	rm "$CONF/profiles/locked-down.conf"
}

# A step that fails while it is done: prefer goes on and says partial.
preferred_and_failing()
{
	local step injection directive
	build_tools inject || not_ok 'the tools can be built'
	mkdir -p "$CONF/profiles"
	while IFS='|' read -r step directive injection; do
		printf '[Sandbox]\n%s\n[Filter]\nSystemCallFilter=@login\n[Session]\nPrefer=%s\n' \
			"$directive" "$step" >"$CONF/profiles/failing.conf"
		helper_is "$TOOLS/inject $injection $HELPER.real"
		attempt alice profile=failing fail=closed
		helper_is_itself
		wait_until 5 has_record "$mark" '.event == "session.end"'
		is "$rc" 0 "$step preferred and failing: there is a session"
		check "$step preferred and failing: partial" has_record "$mark" \
			'.event == "session.ready" and .level == "partial"'
		check "$step preferred and failing: named" has_record "$mark" \
			".event == \"step\" and .step == \"$step\" and .result == \"failed\" and .asked == \"prefer\""
	done <<-END
		ipc-namespace|PrivateIPC=yes|-p swrap-init -c newfstatat -s /proc/self/ns/ipc -r -2
		rlimits|LimitCORE=0|-p swrap-session -c prlimit64 -b 7 -n 1
		tty|UMask=022|-p swrap-session -c setsid
		scheduling|UMask=022|-p swrap-session -c setpriority
	END
	rm -f "$CONF/profiles/failing.conf"
}

# Nothing is recorded for a question, and nothing starts.
question_is_no_session()
{
	mark=$(records_mark)
	module_on swrap-test
	explain
	is "$(count_records "$mark" true)" 0 'explain writes no record'
	check 'and leaves no process' no_process_of_ours
}

snapshot_rules()
{
	rm -f "$CONF/rules.conf"
}

snapshot_rules
question_is_no_session
shipped_profiles
overrides
required_and_missing
preferred_and_failing
random_configurations
module_off swrap-test
done_testing
