#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every step, failing. Where it is required: no shell. Where it is preferred: a shell, and the level says
# partial. Each step's system calls are made to fail, and to lie (a call returns success and does nothing:
# then verify must see it), in the rehearsal and in the real session.
# timeout: 560
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
HELP='-p swrap-helper.real'
INIT='-p swrap-init'
IN='-p swrap-session'
BOTH='-p swrap-init,swrap-session'

# Profiles for what login does not ask for; their directives, parted by ";". Not strict: what it executes
# is verified by tracing it, and the one who makes calls fail is in the way of that.
declare -A ASKING=(
	[apart]='PrivateIPC=yes;ProtectHostname=yes;NoNewPrivileges=yes'
	[cgroup]='CgroupParent=swraplab'
	[users]='PrivateUsers=self'
	[network]='PrivateNetwork=yes'
	[hidden]='ProtectControlGroups=strict'
	[memory]='[Filter];MemoryDenyWriteExecute=yes;[Session];Require=memfd-noexec'
	[lockdown]='RequireLockdown=integrity'
	[landlock]='Landlock=/usr:rx;Landlock=/lib:rx;Landlock=-/lib64:rx;Landlock=/etc:r;Landlock=/proc:rw;Landlock=/dev:rw;Landlock=/run:r;Landlock=/tmp:rwxcd;Landlock=/home/alice:rwcd'
)

# step | profile that asks for it | how it fails | how it is lied to
# A lie that changes nothing is left out with "-": what was lied about is already as it should be.
TABLE="
cgroup            | cgroup   | $HELP -c mkdirat -s swrap-                      | $HELP -c mkdirat -s swrap- -r 0
cgroup            | cgroup   | $INIT -c openat -s /proc/self/cgroup -r -2      | -
user-namespace    | users    | $HELP -c openat -s uid_map                      | $HELP -c write -s '2001 2001' -r 18
user-namespace    | users    | $INIT -c newfstatat -s /proc/self/ns/user -r -2 | -
user-namespace    | users    | $INIT -c openat -s /proc/self/gid_map -r -2     | -
pid-namespace     | login    | $INIT -c newfstatat -s /proc/self/ns/pid -r -2  | -
mount-namespace   | login    | $INIT -c newfstatat -s /proc/self/ns/mnt -r -2  | -
ipc-namespace     | apart    | $INIT -c newfstatat -s /proc/self/ns/ipc -r -2  | -
uts-namespace     | apart    | $INIT -c newfstatat -s /proc/self/ns/uts -r -2  | -
network-namespace | network  | $INIT -c newfstatat -s /proc/self/ns/net -r -2  | -
network-namespace | network  | $INIT -c socket -a 2                            | -
network-namespace | network  | $INIT -c ioctl -b 0x8914                        | $INIT -c ioctl -b 0x8914 -r 0
cgroup-namespace  | hidden   | $INIT -c unshare                                | $INIT -c unshare -r 0
propagation       | login    | $INIT -c mount_setattr -n 1                     | $INIT -c mount_setattr -n 1 -r 0
root              | login    | $INIT -c move_mount -n 1                        | $INIT -c move_mount -n 2 -r 0
root              | users    | $INIT -c pivot_root                             | $INIT -c pivot_root -r 0
proc              | login    | $INIT -c fsopen -s proc                         | $INIT -c fsopen -s proc -r 0
memfd-noexec      | memory   | $INIT -c openat -s memfd_noexec                 | $INIT -c write -s 2 -r 1
memfd-noexec      | memory   | -                                               | $INIT -c memfd_create -r 9
lockdown          | lockdown | $HELP -c openat -s kernel/security/lockdown -r -2 | -
tty               | login    | $IN -c setsid                                   | $IN -c setsid -r 0
fds               | login    | $IN -c dup2 -n 1                                | -
close-range       | login    | $IN -c close_range                              | $IN -c close_range -r 0
rlimits           | login    | $IN -c prlimit64 -b 7 -n 1                      | $IN -c prlimit64 -b 7 -n 1 -r 0
scheduling        | login    | $IN -c setpriority                              | -
bounding-set      | login    | $IN -c prctl -a 23                              | $BOTH -c prctl -a 24 -r 0
gid               | login    | $IN -c setgroups                                | $IN -c setgroups -r 0
gid               | login    | $IN -c setresgid -n 1                           | $IN -c setresgid -n 1 -r 0
uid               | login    | $IN -c setresuid -n 1                           | $IN -c setresuid -n 1 -r 0
uid               | login    | $IN -c capset -n 1                              | $IN -c capset -n 1 -r 0
uid               | login    | $IN -c prctl -a 4                               | -
no-new-privs      | apart    | $IN -c prctl -a 38                              | $IN -c prctl -a 38 -r 0
environment       | login    | $IN -c getcwd -r -2                             | -
landlock          | landlock | $IN -c landlock_create_ruleset -a 0             | -
landlock          | landlock | $IN -c landlock_add_rule                        | -
landlock          | landlock | $IN -c landlock_restrict_self                   | $IN -c landlock_restrict_self -r 0
seccomp           | login    | $IN -c seccomp                                  | $IN -c seccomp -r 0
capabilities      | login    | $IN -c capset -n 2                              | $IN -c capset -n 2 -r 0
capabilities      | login    | -                                               | $IN -c setresuid -a 0 -r 0
exec              | login    | $IN -c execve -r -13                            | $IN -c execve -r 0
"

# What a session may not be without, whatever the profile says; the helper's own list is another text.
VITAL=' fds close-range gid uid no-new-privs environment seccomp capabilities exec '

# The steps that are nothing without this one go with it.
declare -A TAKES_ALONG=(
	[pid-namespace]='proc memfd-noexec' [mount-namespace]='propagation root proc'
	[propagation]='root proc' [root]=proc
)

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

# The kernel is said to be locked down.
write_profiles()
{
	local name
	mount -t tmpfs none /sys/kernel/security
	echo 'none [integrity] confidentiality' >/sys/kernel/security/lockdown
	mkdir -p /etc/swrap/profiles
	for name in "${!ASKING[@]}"; do
		printf '[Sandbox]\n%s\n' "${ASKING[$name]}" | tr ';' '\n' >"/etc/swrap/profiles/$name.conf"
	done
}

# A step that this machine has not got is refused by name, which is all that can be seen of it here.
declare -A MISSING=()

# What each profile asks of which step, as the records of a sound session say.
table_is_whole()
{
	local profile
	is "$(rows print_step | uniq)" \
		"$(swrap explain --json --user alice --service swrap-test | jq -r '.steps[].step')" \
		'the table has every step, in order'
	for profile in login strict "${!ASKING[@]}"; do
		attempt alice "profile=$profile" fail=closed
		wait_until 5 has_record "$mark" '.event == "session.end" or .event == "session.refused"'
		records_since "$mark" >"$T/$profile"
		[ "$rc" = 0 ] || MISSING[$profile]=$(jq -r 'select(.event == "session.refused") | .step' "$T/$profile")
	done
	rows profile_asks
}

profile_asks()
{
	local missing=${MISSING[$2]:-}
	if [ -z "$missing" ]; then
		is "$(jq -r "select(.step == \"$1\") | .asked" "$T/$2")" require "$1: required by $2"
	else
		is "$missing" "$1" "$1: not on this machine, and refused by name"
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
	[ -z "${MISSING[$2]:-}" ] || return 0
	[ "$3" = - ] || break_it "$1 fails" "$1" "$2" "$3"
	[ "$4" = - ] || break_it "$1 is lied to" "$1" "$2" "$4"
}

# run_preferred STEP PROFILE INJECTION: a real su without that step. Leaves $out, $mark.
run_preferred()
{
	helper_is "$TOOLS/inject $3 $HELPER.real"
	module_on su "profile=$2" set=Require= "[set=Prefer=$1 ${TAKES_ALONG[$1]:-}]"
	mark=$(records_mark)
	out=$(timeout 20 su alice -c 'echo in the shell' 2>&1 </dev/null)
}

# is_partial NAME STEP
is_partial()
{
	check "$1: the level is partial" wait_until 5 has_record "$mark" \
		'.event == "session.ready" and .level == "partial"'
	check "$1: it was not applied" has_record "$mark" ".event == \"step\" and .step == \"$2\" and
		.asked == \"prefer\" and (.result == \"failed\" or .result == \"refused\")"
	check "$1: no process is left" wait_until 5 no_process_of_ours
}

fails_preferred()
{
	local name="$1 preferred, and fails" out
	run_preferred "$1" "$2" "$3"
	like "$out" 'in the shell' "$name: a shell"
	is_partial "$name" "$1"
}

# What was believed to be done may leave nothing to go on with: then there is no shell, and it is no success.
is_lied_to_preferred()
{
	local name="$1 preferred, and lied to" out
	run_preferred "$1" "$2" "$3"
	if [ "$out" = 'in the shell' ]; then
		is_partial "$name" "$1"
	else
		like "$out" 'this session was refused' "$name: refused"
		check "$name: by a record" wait_until 5 has_record "$mark" '.event == "session.refused"'
	fi
}

preferred()
{
	if [[ $VITAL == *" $1 "* ]]; then
		attempt alice "profile=$2" "[set=Prefer=$1]" fail=closed
		was_refused "$1 cannot be only preferred" "$1.*cannot be only preferred"
	elif [ -n "${MISSING[$2]:-}" ]; then
		attempt alice "profile=$2" "[set=Prefer=$1]" fail=closed
		is "$rc" 0 "$1 preferred, not on this machine: opened"
		check "$1 preferred, not on this machine: partial" wait_until 5 has_record "$mark" \
			'.event == "session.ready" and .level == "partial"'
	else
		[ "$3" = - ] || fails_preferred "$1" "$2" "$3"
		[ "$4" = - ] || is_lied_to_preferred "$1" "$2" "$4"
	fi
}

# The same in the session process of a real su, after a rehearsal that went well.
break_su()
{
	local name=$1 step=$2 profile=$3 injection=$4
	helper_is "$TOOLS/inject $injection -k 2 $HELPER.real"
	module_on su "profile=$profile"
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
	[ "$1" != - ] && [[ $1 = *swrap-session* && $1 != *swrap-init* ]]
}

in_session()
{
	! of_session_process "$3" || break_su "$1 fails at the attach" "$1" "$2" "$3"
	! of_session_process "$4" || break_su "$1 is lied to at the attach" "$1" "$2" "$4"
}

build_tools inject || not_ok 'the tools can be built'
write_profiles
module_on swrap-test
table_is_whole
snapshot before
rows in_rehearsal
break_it 'cgroup, looked at from outside, fails' cgroup cgroup "$HELP -c openat -s cgroup.procs"
rows preferred
helper_is_itself
# Other limits than the helper's own, or a lie about them would change nothing.
echo 'alice soft nofile 900' >/etc/security/limits.d/lab.conf
rows in_session
module_off su
helper_is_itself
nothing_left before 'nothing is left of any'
done_testing
