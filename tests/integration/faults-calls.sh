#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every system call of session init and of the session process, failing, one after the other: the login
# is refused, or the session is sound in every step. Nothing hangs, nothing stays.
# timeout: 500
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'no calls of ours without the module'
	done_testing
	exit
fi

same_steps()
{
	jq -c 'select(.event == "step") | [.step, .result]' | cmp -s - "$T/sound.$profile"
}

# Every step that this machine can have.
write_whole()
{
	mkdir -p /etc/swrap/profiles
	cat >/etc/swrap/profiles/whole.conf <<-'EOF'
		[Sandbox]
		CgroupParent=swraplab
		ProtectControlGroups=strict
		PrivateUsers=self
		PrivateIPC=yes
		PrivateNetwork=yes
		ProtectHostname=yes
		NoNewPrivileges=yes
		CapabilityBoundingSet=~CAP_MKNOD
		Landlock=/:rx
		Landlock=/dev:rw
		Landlock=/home/alice:rwcd
		[Filter]
		MemoryDenyWriteExecute=yes
		SystemCallFilter=@login
		[Session]
		Require=memfd-noexec
	EOF
}

# How many calls there are when none fails.
count_calls()
{
	rm -f "$T/seen"
	helper_is "$TOOLS/inject -o $T/seen -p $1 -n 99999 $HELPER.real"
	attempt alice "profile=$profile"
	wait_until 5 test -s "$T/seen"
	cat "$T/seen"
}

# one_by_one COMM STRIDE: every call with --long, else every STRIDE-th.
one_by_one()
{
	local comm=$1 stride=$2 n=1 calls refused=0 sound=0 bad=''
	calls=$(count_calls "$comm")
	[ "${LAB_LONG:-0}" = 0 ] || stride=1
	while [ "$n" -le "$calls" ]; do
		helper_is "$TOOLS/inject -p $comm -n $n -r -5 $HELPER.real"
		attempt alice "profile=$profile" fail=closed
		case $(became) in
		refused) refused=$((refused + 1)) ;;
		sound) sound=$((sound + 1)) ;;
		*) bad+=" $n" ;;
		esac
		n=$((n + stride))
	done
	is "$bad" '' "$profile: $comm: of $calls calls, $refused refused the login, $sound left it sound"
	check "$profile: $comm: both have been seen" test "$refused" -gt 5 -a "$sound" -gt 0
	check "$profile: $comm: no process is left" wait_until 5 no_process_of_ours
}

became()
{
	if [ "$rc" != 0 ] && [ "$rc" != 137 ]; then
		echo refused
	elif [ "$rc" = 0 ] && wait_until 5 has_record "$mark" '.event == "session.end"' &&
		records_since "$mark" | same_steps; then
		echo sound
	fi
}

build_tools inject || not_ok 'the tools can be built'
write_whole
for profile in login whole; do
	helper_is_itself
	attempt alice "profile=$profile"
	wait_until 5 has_record "$mark" '.event == "session.end"'
	records_since "$mark" | jq -c 'select(.event == "step") | [.step, .result]' >"$T/sound.$profile"
done
is "$(grep -c applied "$T/sound.whole")" "$(($(wc -l <"$T/sound.whole") - 1))" \
	'a session with every step but lockdown'
snapshot before
profile=login
one_by_one swrap-session 6
one_by_one swrap-init 3
profile=whole
one_by_one swrap-session 13
one_by_one swrap-init 13
helper_is_itself
nothing_left before 'nothing is left of any'
done_testing
