#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every step that is required, failing: no shell. Each step's system call is made to fail, and to lie (it
# returns success and does nothing: then verify must see it), in the rehearsal and in the real session.
# timeout: 360
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'no steps without the module'
	done_testing
	exit
fi

HELP='-p swrap-helper.real'
INIT='-p swrap-init'
IN='-p swrap-session'
BOTH='-p swrap-init,swrap-session'

# step | profile that asks for it | how it fails | how it is lied to
# A lie that changes nothing is left out with "-": what was lied about is already as it should be.
TABLE="
cgroup            | none   | -                                              | -
user-namespace    | kernel | $HELP -c openat -s /uid_map                    | $HELP -c write -s 2001 -n 1 -r 18
pid-namespace     | login  | $INIT -c newfstatat -s /proc/self/ns/pid -r -2 | -
mount-namespace   | login  | $INIT -c newfstatat -s /proc/self/ns/mnt -r -2 | -
ipc-namespace     | strict | $INIT -c newfstatat -s /proc/self/ns/ipc -r -2 | -
uts-namespace     | strict | $INIT -c newfstatat -s /proc/self/ns/uts -r -2 | -
network-namespace | kernel | $INIT -c ioctl -b 0x8914                       | $INIT -c ioctl -b 0x8914 -r 0
cgroup-namespace  | kernel | $INIT -c unshare                               | $INIT -c unshare -r 0
propagation       | login  | $INIT -c mount_setattr -n 1                    | $INIT -c mount_setattr -n 1 -r 0
root              | login  | $INIT -c move_mount -n 1                       | $INIT -c move_mount -n 2 -r 0
root              | kernel | $INIT -c pivot_root                            | $INIT -c pivot_root -r 0
proc              | login  | $INIT -c fsopen -s proc                        | $INIT -c fsopen -s proc -r 0
memfd-noexec      | kernel | $INIT -c openat -s sys/vm/memfd_noexec -r -2   | $INIT -c memfd_create -r 9
lockdown          | kernel | $HELP -c openat -s kernel/security/lockdown -r -2 | -
tty               | login  | $IN -c setsid                                  | $IN -c setsid -r 0
fds               | login  | $IN -c dup2 -n 1                               | -
close-range       | login  | $IN -c close_range                             | $IN -c close_range -r 0
rlimits           | login  | $IN -c prlimit64 -b 7 -n 1                     | $IN -c prlimit64 -b 7 -n 1 -r 0
scheduling        | login  | $IN -c setpriority                             | -
bounding-set      | login  | $IN -c prctl -a 23                             | $BOTH -c prctl -a 24 -r 0
gid               | login  | $IN -c setgroups                               | $IN -c setgroups -r 0
gid               | login  | $IN -c setresgid -n 1                          | $IN -c setresgid -n 1 -r 0
uid               | login  | $IN -c setresuid -n 1                          | $IN -c setresuid -n 1 -r 0
uid               | login  | $IN -c capset -n 1                             | $IN -c capset -n 1 -r 0
uid               | login  | $IN -c prctl -a 4                              | -
no-new-privs      | strict | $IN -c prctl -a 38                             | $IN -c prctl -a 38 -r 0
environment       | login  | $IN -c getcwd -r -2                            | -
landlock          | kernel | $IN -c landlock_restrict_self                  | $IN -c landlock_restrict_self -r 0
seccomp           | login  | $IN -c seccomp                                 | $IN -c seccomp -r 0
capabilities      | login  | $IN -c capset -n 2                             | $IN -c capset -n 2 -r 0
capabilities      | login  | -                                              | $IN -c setresuid -a 0 -r 0
exec              | login  | $IN -c execve -r -13                           | $IN -c execve -r 0
"

# What no shipped profile asks for; the kernel is said to be locked down.
make_kernel_profile()
{
	mkdir -p /etc/swrap/profiles
	cat >/etc/swrap/profiles/kernel.conf <<-'EOF'
		[Sandbox]
		PrivateUsers=self
		PrivateNetwork=yes
		ProtectControlGroups=strict
		ProtectKernelTunables=yes
		RequireLockdown=integrity
		Landlock=/:rx -/dev:rw -/tmp:rwcd %h:rwxcd
		[Filter]
		SystemCallFilter=@login
		MemoryDenyWriteExecute=yes
		[Session]
		Require=memfd-noexec
	EOF
	mount -t tmpfs none /sys/kernel/security
	echo 'none [integrity] confidentiality' >/sys/kernel/security/lockdown
}

# rows: calls FUNCTION STEP PROFILE FAILS LIES for each.
rows()
{
	local step profile fails lies
	while IFS='|' read -r step profile fails lies; do
		[ -n "$step" ] || continue
		fails=${fails## } fails=${fails%%  *} lies=${lies## }
		# shellcheck disable=SC2086 # trimmed by splitting
		"$1" $step $profile "$fails" "$lies"
	done <<<"$TABLE"
}

print_step()
{
	echo "$1"
}

# What profile asks of which step, as the records of a sound session say.
table_is_whole()
{
	local profile
	for profile in login strict kernel; do
		attempt alice "profile=$profile"
		wait_until 5 has_record "$mark" '.event == "session.end"'
		records_since "$mark" >"$T/$profile"
	done
	is "$(rows print_step | uniq)" "$(jq -r 'select(.event == "step") | .step' "$T/login")" \
		'the table has every step, in order'
	is "$(jq -r 'select(.event == "step") | .step' "$T/strict")" "$(rows print_step | uniq)" \
		'strict has the same ones'
	rows profile_asks
}

profile_asks()
{
	if [ "$2" = none ]; then
		is "$(jq -r "select(.step == \"$1\") | .asked" "$T/login" "$T/strict" | sort -u)" off \
			"$1: asked by no profile"
	else
		is "$(jq -r "select(.step == \"$1\") | .asked" "$T/$2")" require "$1: required by $2"
	fi
}

# break_it NAME STEP PROFILE INJECTION: no session is opened, the step is named, nothing is left.
break_it()
{
	local name=$1 step=$2 profile=$3 injection=$4
	helper_is "$TOOLS/inject $injection $HELPER.real"
	attempt alice "profile=$profile" fail=closed
	was_refused "$name" "$step"
	check "$name: session.refused names it" wait_until 3 has_record "$mark" \
		".event == \"session.refused\" and .step == \"$step\" and .errno != 0"
	check "$name: session.end says denied" wait_until 3 has_record "$mark" \
		'.event == "session.end" and .outcome == "denied" and .execs == 0'
	is "$(count_records "$mark" '.event == "session.ready" or .event == "attach" or .event == "exec"')" \
		0 "$name: nothing was started"
	check "$name: no process is left" wait_until 5 no_process_of_ours
}

in_rehearsal()
{
	[ "$3" = - ] || break_it "$1 fails" "$1" "$2" "$3"
	[ "$4" = - ] || break_it "$1 is lied to" "$1" "$2" "$4"
}

# The same in the session process of a real su, after a rehearsal that went well.
break_su()
{
	local name=$1 step=$2 injection=$3
	helper_is "$TOOLS/inject $injection -k 2 $HELPER.real"
	mark=$(records_mark)
	rc=0
	out=$(timeout 10 su alice -c "touch /tmp/ran.$step; echo in the shell" 2>&1 </dev/null) || rc=$?
	unlike "$rc" '^(0|124)$' "$name: the status says so"
	like "$out" 'child setup failed' "$name: the user is told"
	check "$name: no shell has run" test ! -e "/tmp/ran.$step"
	check "$name: the end says failed" wait_until 5 has_record "$mark" \
		'.event == "session.end" and .outcome == "failed"'
	check "$name: no process is left" wait_until 5 no_process_of_ours
}

of_session_process()
{
	[ "$1" = login ] && [ "$2" != - ] && [[ $2 != *swrap-init* ]]
}

in_session()
{
	! of_session_process "$2" "$3" || break_su "$1 fails at the attach" "$1" "$3"
	! of_session_process "$2" "$4" || break_su "$1 is lied to at the attach" "$1" "$4"
}

make_kernel_profile
build_tools inject || not_ok 'the tools can be built'
table_is_whole
snapshot before
rows in_rehearsal
# Other limits than the helper's own, or a lie about them would change nothing.
echo 'alice soft nofile 900' >/etc/security/limits.d/lab.conf
module_on su
rows in_session
module_off su
helper_is_itself
nothing_left before 'nothing is left of any'
done_testing
