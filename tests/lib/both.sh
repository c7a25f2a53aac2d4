# SPDX-License-Identifier: LGPL-2.1-or-later
# The login battery's runner: one scenario without the module and with it, the same result.
# Sourced after world.sh.
#
# A scenario is a function that prints what matters and nothing that differs from run to run (ports,
# pids, times); its result is its standard output and status. Before a file's first `both`:
#   BOTH_SERVICES   services whose stack gets the module            (sshd)
#   BOTH_ARGS       arguments of the module                         (none)
#   BOTH_TIMEOUT    seconds for one scenario                        (60)
#   BOTH_PROOF      exec       an exec in a session that was attached to    (default)
#                   attached:false    a session that ended without a shell
#                   unwrapped  no session at all, but still the module's line in the stack
# shellcheck shell=bash

BOTH_SERVICES=sshd
BOTH_ARGS=
BOTH_TIMEOUT=60
BOTH_PROOF='exec'

VARIABLES_BEFORE=" $(compgen -v | tr '\n' ' ') "

# The test file's own variables, and a few of world.sh.
file_variables()
{
	local name
	declare -p T RECORDS MODULE
	for name in $(compgen -v); do
		case $VARIABLES_BEFORE in
		*" $name "*) ;;
		*) [[ ${!name+set} ]] && declare -p "$name" ;;
		esac
	done
	return 0
}

# Scenarios run in a shell of their own: timeout(1) needs a program, and functions exported through
# the environment would be inherited by the very sessions that are compared.
capture()
{
	local rc=0
	declare -f >"$T/functions"
	file_variables >"$T/variables"
	timeout -k 5 "$BOTH_TIMEOUT" bash -uc ". '$T/variables'; . '$T/functions'; $1" \
		>"$T/capture.out" 2>"$T/capture.err" </dev/null || rc=$?
	tr -d '\0' <"$T/capture.out"
	printf 'exit=%d\n' "$rc"
}

both_switch()
{
	local service
	for service in $BOTH_SERVICES; do
		if [ "$1" = off ]; then
			module_off "$service" || return 1
		else
			# shellcheck disable=SC2086 # arguments are words
			module_on "$service" $BOTH_ARGS || return 1
		fi
	done
}

# session_has MARK EVENT CONDITION: a session with that event has what the condition asks for.
session_has()
{
	records_since "$1" | jq -e -n --arg event "$2" "[inputs] as \$all
		| [\$all[] | select(.event == \$event) | .session] as \$with
		| any(\$all[]; (.session | IN(\$with[])) and ($3))" >/dev/null
}

both_proof()
{
	local name=$1 mark=$2
	case $BOTH_PROOF in
	exec)
		check "$name: recorded" wait_until 10 session_has "$mark" attach \
			'.event == "exec" and .decision == "allow"' ;;
	attached:false)
		check "$name: recorded as a session without a shell" wait_until 10 session_has \
			"$mark" session.start '.event == "session.end" and .attached == false' ;;
	unwrapped)
		is "$(count_records "$mark" '.event == "exec"')" 0 "$name: no session of ours" ;;
	*)
		not_ok "$name: unknown BOTH_PROOF $BOTH_PROOF" ;;
	esac
}

both_compare()
{
	local name=$1 want=$2 got=$3
	if [ "$got" = "$want" ]; then
		ok "$name"
	else
		not_ok "$name" \
			"$(diff <(printf '%s\n' "$want") <(printf '%s\n' "$got") | head -n 40)"
		diag "stderr: $(tail -n 10 "$T/capture.err")"
	fi
}

# Without the module there is nothing to compare with but a second run: a scenario that differs
# from itself would blame the module later.
both_repeats()
{
	diag "$3"
	both_compare "$1: repeats" "$3" "$(capture "$2")"
}

# both NAME FUNCTION REGEX: the result without the module must match REGEX, so that a scenario that
# is broken is not equal to itself for nothing.
both()
{
	local name=$1 function=$2 regex=$3 off on mark
	both_switch off
	off=$(capture "$function")
	if [[ ! $off =~ $regex ]]; then
		not_ok "$name: works without the module" "got:  $off"
		diag "want: $regex"
		diag "stderr: $(tail -n 10 "$T/capture.err")"
		return 0
	fi
	ok "$name: works without the module"
	! is_baseline || { both_repeats "$name" "$function" "$off"; return 0; }
	both_switch on || { not_ok "$name: the module can be switched on"; return 0; }
	mark=$(records_mark)
	on=$(capture "$function")
	both_compare "$name: the same with the module" "$off" "$on"
	both_proof "$name" "$mark"
	both_switch off
}
