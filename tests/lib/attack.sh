# SPDX-License-Identifier: LGPL-2.1-or-later
# What the attacks have in common. Each is made without the module first, where it must succeed.
# Sourced after world.sh.
# shellcheck shell=bash

ATTACK=/lab/attack
# shellcheck disable=SC2034 # for the test files
WORLD_PIDS=$(readlink /proc/self/ns/pid)

if [ ! -x "$ATTACK/calls" ]; then
	not_ok 'the attacks are built' "no $ATTACK/calls: run tests/lab build first"
	done_testing
	exit 1
fi

# denied MARK CONDITION NAME: a denial by the gate was recorded.
gate_denied()
{
	check "$3" wait_until 5 has_record "$1" ".event == \"gate.deny\" and ($2)"
}

# app USER WHAT...: the application of tests/attack, with the service swrap-test.
app()
{
	"$ATTACK/pamapp" swrap-test "$@" 2>&1 </dev/null
}

ended()
{
	wait_until 10 has_record "$1" '.event == "session.end"'
}
