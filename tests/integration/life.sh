#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How long a session lives and what it may use: its control group, what it leaves behind, its times, its
# environment, limits and tasks. Real logins, one profile file each.
# timeout: 300
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'no sessions of ours without the module'
	done_testing
	exit
fi

# profile NAME: from standard input.
profile()
{
	mkdir -p /etc/swrap/profiles
	cat >"/etc/swrap/profiles/$1.conf"
}

# use PROFILE: for the logins that follow. Leaves $mark.
use()
{
	module_on sshd "profile=$1"
	module_on su "profile=$1"
	mark=$(records_mark)
}

# inside PROFILE COMMAND: by ssh as alice. Sets OUT and RC.
inside()
{
	use "$1"
	RC=0
	OUT=$(as_ssh alice "$2" 2>&1 </dev/null) || RC=$?
}

# ended JQ_CONDITION: the session since $mark has ended like that.
ended()
{
	wait_until "${SECONDS_TO_END:-5}" has_record "$mark" ".event == \"session.end\" and ($1)"
}

# of_start JQ: of the session.start since $mark.
of_start()
{
	records_since "$mark" | jq -r "select(.event == \"session.start\") | $1" | tail -n 1
}

nobody_of()
{
	! pgrep -u alice -f -- "$1"
}

# --- control group ---

CGROUPS=
find_cgroups()
{
	local dir
	for dir in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ "$(stat -f -c %T "$dir" 2>/dev/null)" != cgroup2fs ] || CGROUPS=$dir
	done
	[ -n "$CGROUPS" ]
}

has_controller()
{
	grep -qw "$1" "$CGROUPS/cgroup.controllers"
}

# A shell, a child of its, one that left its session, one whose parent is gone, all waiting.
FAMILY='sleep 3101 & setsid sleep 3102 & (setsid sleep 3103 &) ; trap "" HUP TERM; sleep 3104'

family_is_there()
{
	[ "$(pgrep -u alice -f '^sleep 310[1-4]$' | wc -l)" = 4 ]
}

# The pids of the leaf that are not of the session's init: their command lines.
members()
{
	local pid
	while read -r pid; do
		tr '\0' ' ' <"/proc/$pid/cmdline" | grep -o '^sleep 310.'
	done <"$1/cgroup.procs" | sort
}

cgroup_membership()
{
	local leaf pid
	ssh_bg alice "$FAMILY" </dev/null
	check "$1: all are there" wait_until 10 family_is_there
	is "$(of_start .cgroup)" "/swraplab.life/swrap-$(of_start .session)" "$1: the start names the leaf"
	leaf=$CGROUPS$(of_start .cgroup)
	is "$(members "$leaf" | xargs)" 'sleep 3101 sleep 3102 sleep 3103 sleep 3104' \
		"$1: every process is in it"
	is "$(cat "$CGROUPS/swraplab.life/cgroup.procs")" '' "$1: none is in the group above"
	for pid in $(of_start .helper_pid) $(pgrep -u _swrap -P "$(of_start .helper_pid)"); do
		unlike "$(cat "/proc/$pid/cgroup")" swraplab.life "$1: helper and supervisor are not"
	done
	check "$1: the step says so" wait_until 3 has_record "$mark" \
		'.event == "step" and .step == "cgroup" and .result == "applied"'
	kill "$client"
	check "$1: the end is on record, with what was used" ended '[.cpu_usec, .memory_peak_bytes,
		.tasks_peak] | all(. == "unmeasured" or (type == "number" and . > 0))'
	check "$1: processor time is measured" ended '.cpu_usec | type == "number"'
	check "$1: nobody is left" wait_until 5 nobody_of '^sleep 310'
	check "$1: nor the leaf" wait_until 5 test ! -e "$leaf"
}

# The helper dies: the session goes with it, its leaf is for gc.
cgroup_lost()
{
	local leaf
	ssh_bg alice "$FAMILY" </dev/null
	check "$1: a session" wait_until 10 family_is_there
	leaf=$CGROUPS$(of_start .cgroup)
	is "$(swrap gc --json | jq .cgroups_removed)" 0 "$1: gc leaves the living alone"
	kill -KILL "$(of_start .helper_pid)"
	wait "$client"
	check "$1: nobody outlives the helper" wait_until 5 nobody_of '^sleep 310'
	check "$1: the end is on record" ended '.outcome == "fault"'
	check "$1: the leaf is left" test -d "$leaf"
	is "$(swrap gc --dry-run --json | jq .cgroups_removed)" 1 "$1: a dry run sees it"
	is "$(swrap gc --json | jq .cgroups_removed)" 1 "$1: gc removes it"
	check "$1: it is gone" test ! -e "$leaf"
	is "$(swrap gc --json | jq '.cgroups_removed + .cgroups_left')" 0 "$1: and nothing is left to do"
}

# limit CONTROLLER DIRECTIVE: where the machine cannot, the refusal has a name.
limit()
{
	printf '[Filter]\nSystemCallFilter=@login\n[Sandbox]\nCgroupParent=/swraplab.life\n%s\n' "$2" |
		profile limit
	if has_controller "$1"; then
		inside limit true
		is "$RC" 0 "$2: a session"
		return 0
	fi
	attempt alice profile=limit
	unlike "$rc" '^0$' "$2: refused where the machine has no controller for it"
	check "$2: the step is named" wait_until 3 has_record "$mark" \
		'.event == "session.refused" and .step == "cgroup"'
	like "$(records_since "$mark" | jq -r 'select(.event == "session.refused") | .reason')" "$1" \
		"$2: and the controller"
	printf '[Session]\nPrefer=cgroup\n' >>/etc/swrap/profiles/limit.conf
	inside limit true
	is "$RC" 0 "$2: only preferred, there is a session"
	check "$2: its level is partial" wait_until 3 has_record "$mark" \
		'.event == "session.ready" and .level == "partial"'
	skip "$2: this machine has no controller $1 in version 2"
	return 1
}

cgroup_limits()
{
	limit memory MemoryMax=64M && {
		inside limit 'python3 -c "x = bytearray(256 << 20)"'
		unlike "$RC" '^0$' 'MemoryMax=: more is not to be had'
	}
	limit cpu CPUQuota=20% && {
		inside limit 'timeout 2 sh -c "while :; do :; done"'
		check 'CPUQuota=: no more was used' ended '.cpu_usec < 1000000'
	}
	limit pids TasksMax=20 && {
		inside limit 'for i in $(seq 40); do sleep 5 & done'
		like "$OUT" 'fork|Resource' 'TasksMax=: a fork bomb stops'
		check 'TasksMax=: at the limit' ended '.tasks_peak <= 20'
	}
}

control_group()
{
	local pids
	if ! find_cgroups; then
		profile group <<<$'[Sandbox]\nCgroupParent=/swraplab.life'
		attempt alice profile=group
		unlike "$rc" '^0$' 'CgroupParent=: refused without version 2'
		skip 'no control group version 2 here'
		return
	fi
	for pids in yes no; do
		profile group <<-EOF
			[Sandbox]
			PrivatePIDs=$pids
			PrivateMounts=$pids
			CgroupParent=/swraplab.life
			[Session]
			Linger=kill
		EOF
		use group
		cgroup_membership "PrivatePIDs=$pids"
		use group
		cgroup_lost "PrivatePIDs=$pids, helper killed"
	done
	cgroup_limits
	check 'the group above is empty at last' rmdir "$CGROUPS/swraplab.life"
}

# --- what is left behind ---

# Leaves three kinds behind; observe has no pid namespace that would end them.
LEAVE='nohup sleep 3201 >/dev/null 2>&1 & setsid sleep 3201 >/dev/null 2>&1 &
	(setsid sh -c "trap : HUP TERM; while :; do sleep 3201; done" >/dev/null 2>&1 &); sleep 0.3; echo left'

linger_profile()
{
	printf '[Sandbox]\nPrivatePIDs=%s\nPrivateMounts=%s\n[Session]\nLinger=%s\n' "$2" "$2" "$3" |
		profile "$1"
}

is_there()
{
	pgrep -u alice -f "sleep $1"
}

lingering()
{
	local pids
	for pids in yes no; do
		linger_profile linger "$pids" kill
		inside linger "$LEAVE"
		is "$OUT" left "Linger=kill, PrivatePIDs=$pids: it leaves something"
		check "Linger=kill, PrivatePIDs=$pids: which is ended" wait_until 5 nobody_of 'sleep 3201'
		check "Linger=kill, PrivatePIDs=$pids: that is on record" ended '.outcome == "killed"'

		linger_profile linger "$pids" grace:2
		inside linger "$LEAVE"
		check "Linger=grace:2, PrivatePIDs=$pids: it is there at first" is_there 3201
		SECONDS_TO_END=7 check "Linger=grace:2, PrivatePIDs=$pids: and ended then" ended 'true'
		check "Linger=grace:2, PrivatePIDs=$pids: all of it" wait_until 2 nobody_of 'sleep 3201'

		linger_profile linger "$pids" keep
		inside linger 'setsid sleep 4 >/dev/null 2>&1 & setsid sh -c "sleep 1; sleep 2" >/dev/null 2>&1 & true'
		check "Linger=keep, PrivatePIDs=$pids: it is there" is_there 4
		check "Linger=keep, PrivatePIDs=$pids: and still supervised" wait_until 3 has_record "$mark" \
			'.event == "exec" and .argv[1] == "2"'
		SECONDS_TO_END=7 check "Linger=keep, PrivatePIDs=$pids: the end comes with its own" \
			ended '.outcome == "completed"'
	done
}

# --- times ---

runtime()
{
	printf '[Session]\nRuntimeMaxSec=2\n' | profile runtime
	local begin=$SECONDS
	inside runtime 'trap "" HUP TERM; sleep 30'
	unlike "$RC" '^0$' 'RuntimeMaxSec=: the session is ended'
	check 'RuntimeMaxSec=: in time' test $((SECONDS - begin)) -lt 8
	check 'RuntimeMaxSec=: outcome timeout, and why' ended \
		'.outcome == "timeout" and .reason == "RuntimeMaxSec"'
	printf '[Sandbox]\nPrivatePIDs=no\nPrivateMounts=no\n[Session]\nLinger=keep\nRuntimeMaxSec=2\n' | profile runtime
	inside runtime 'setsid sleep 3301 >/dev/null 2>&1 & true'
	check 'RuntimeMaxSec=: ends what lingers, too' ended '.outcome == "timeout"'
	check 'RuntimeMaxSec=: all of it' wait_until 2 nobody_of 'sleep 3301'
	use runtime
	su alice -c 'sleep 30' </dev/null >/dev/null 2>&1
	check 'RuntimeMaxSec=: by su' ended '.outcome == "timeout"'
}

# The kernel keeps a terminal's times to 8 seconds: less cannot be told apart.
IDLE=10
idle()
{
	printf '[Session]\nIdleTimeoutSec=%s\n' "$IDLE" | profile idle
	use idle
	idle_quiet & local quiet=$!
	idle_typing & local typing=$!
	head -c 4M /dev/zero >"$T/file"
	idle_scp & local scp=$!
	wait "$quiet"
	is "$?" 0 'IdleTimeoutSec=: a still terminal ends the session'
	wait "$typing"
	is "$?" 0 'IdleTimeoutSec=: one on which is typed does not'
	wait "$scp"
	is "$?" 0 'IdleTimeoutSec=: nor does a transfer'
	check 'IdleTimeoutSec=: outcome timeout, and why' ended \
		'.outcome == "timeout" and .reason == "IdleTimeoutSec"'
	is "$(count_records "$mark" '.event == "session.end" and .outcome == "timeout"')" 1 \
		'IdleTimeoutSec=: that one alone'
}

idle_quiet()
{
	tty_run '
		set timeout 30
		start {*}$ssh alice@lab; prompt
		expect { eof { exit 0 } timeout { exit 1 } }'
}

# Twice the time, a key now and then.
idle_typing()
{
	tty_run '
		start {*}$ssh bob@lab; prompt
		for {set i 0} {$i < 11} {incr i} { after 2000; type true; want {\n}; prompt }
		type exit
		exit [expr {[ended] ne "exit 0"}]'
}

# 4 MiB at 200 KiB a second.
idle_scp()
{
	scp -q -l 1600 -F /lab/ssh_config "$T/file" alice@lab:/tmp/idle.copy </dev/null || return 1
	cmp "$T/file" /tmp/idle.copy
}

# --- environment, limits, manners ---

environment()
{
	profile env <<-'EOF'
		[Sandbox]
		Environment=LAB_SET=one "LAB_BLANK=a b" LAB_GONE=x
		UnsetEnvironment=LAB_GONE MAIL LAB_OUT LAB_VALUE=1
	EOF
	use env
	OUT=$(LANG=C.UTF-8 LAB_OUT=x LAB_VALUE=2 LAB_SET=mine as_ssh alice -o 'SendEnv LANG LAB_*' env </dev/null)
	like $'\n'"$OUT"$'\n' $'\nLANG=C.UTF-8\n' 'environment: what the client sends comes inside'
	like $'\n'"$OUT"$'\n' $'\nLAB_SET=one\n' 'Environment=: sets, over what the client sends'
	like $'\n'"$OUT"$'\n' $'\nLAB_BLANK=a b\n' 'Environment=: a quoted value'
	unlike "$OUT" 'LAB_GONE|LAB_OUT|MAIL=' 'UnsetEnvironment=: whoever set them'
	like $'\n'"$OUT"$'\n' $'\nLAB_VALUE=2\n' 'UnsetEnvironment=NAME=VALUE: only that value'
	OUT=$(LD_PRELOAD=/none.so GLIBC_TUNABLES=x=1 LD_LIBRARY_PATH=/tmp su alice -c env 2>/dev/null)
	unlike "$OUT" 'LD_|GLIBC_TUNABLES' 'environment: nothing for the loader'
	like "$OUT" 'LAB_SET=one' 'Environment=: by su'
	profile env <<<$'[Sandbox]\nPassEnvironment=LANG PATH'
	use env
	OUT=$(LANG=C.UTF-8 LAB_OUT=x as_ssh alice -o 'SendEnv LANG LAB_*' 'echo "$LANG:$LAB_OUT:$MAIL:$USER"' </dev/null)
	is "$OUT" 'C.UTF-8:::' 'PassEnvironment=: those alone'
}

manners()
{
	profile manners <<-'EOF'
		[Sandbox]
		LimitNOFILE=100:200
		LimitCORE=0
		LimitAS=4G
		LimitSTACK=8M:64M
		Nice=7
		UMask=0027
		OOMScoreAdjust=300
	EOF
	inside manners 'ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -v; ulimit -Hs; nice; umask; cat /proc/self/oom_score_adj'
	is "$(xargs <<<"$OUT")" '100 200 0 4194304 65536 7 0027 300' 'limits, nice, umask and oom score by ssh'
	inside manners 'ulimit -Sn 200 && ulimit -Sn'
	is "$OUT" 200 'LimitNOFILE=100:200: up to the hard limit'
	inside manners 'ulimit -n 201'
	unlike "$RC" '^0$' 'LimitNOFILE=100:200: and no further'
	use manners
	is "$(su alice -c 'ulimit -Sn; nice; umask; cat /proc/self/oom_score_adj' | xargs)" '100 7 0027 300' \
		'the same by su'
	inside manners 'nice -n -5 nice'
	unlike "$OUT" '^2$' 'Nice=: it cannot be taken back'
	printf '[Sandbox]\nLimitNOFILE=200:100\n' | profile wrong
	attempt alice profile=wrong
	unlike "$rc" '^0$' 'a soft limit above the hard one is refused'
}

# --- tasks ---

# A loop that forks nothing, then a fork: the first must work, the second need not.
BEFORE_AND_AFTER='i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; echo before_fork=ok; (: ; echo inner) >/dev/null; /bin/true && echo after_fork=ok; exit 0'

THREAD='exec python3 -c "
import threading
t = threading.Thread(target=print, args=(\"thread=ok\",))
t.start(); t.join()"'

tasks_profile()
{
	printf '[Filter]\nSystemCallFilter=@login\n[Session]\nLinger=kill\nTasks=%s\n%s\n' "$1" "${2:-}" | profile tasks
}

# BV-18 to BV-21: no new task; that it was lowered is on record; threads alone; the whole tree ends.
tasks()
{
	tasks_profile any
	inside tasks "$BEFORE_AND_AFTER"
	like "$OUT" after_fork=ok 'Tasks=any: a fork works'
	tasks_profile deny
	inside tasks "$BEFORE_AND_AFTER"
	like "$OUT" before_fork=ok 'Tasks=deny: what needs no task works'
	unlike "$OUT" after_fork=ok 'Tasks=deny: a fork does not'
	inside tasks "$THREAD"
	unlike "$OUT" thread=ok 'Tasks=deny: nor a thread'
	inside tasks 'exec grep Seccomp: /proc/self/status'
	like "$OUT" '2$' 'Tasks=deny: the kernel shows the filter, and exec works'
	tasks_profile threads
	inside tasks "$THREAD"
	is "$OUT" thread=ok 'Tasks=threads: a thread works'
	inside tasks "$BEFORE_AND_AFTER"
	unlike "$OUT" after_fork=ok 'Tasks=threads: a fork does not'
	tasks_descendants
}

tasks_descendants()
{
	tasks_profile descendants
	if ! find_cgroups; then
		attempt alice profile=tasks
		unlike "$rc" '^0$' 'Tasks=descendants: refused without a control group'
		skip 'no control group version 2 here'
		return
	fi
	inside tasks "$BEFORE_AND_AFTER"
	like "$OUT" after_fork=ok 'Tasks=descendants: a fork works'
	check 'Tasks=descendants: in a leaf of its own' wait_until 3 has_record "$mark" \
		'.event == "step" and .step == "cgroup" and .result == "applied"'
	inside tasks "$LEAVE"
	check 'Tasks=descendants: the whole tree ends' ended \
		'.outcome == "killed" and (.reason | contains("cgroup_teardown_incomplete") | not)'
	check 'Tasks=descendants: nobody is left' wait_until 2 nobody_of 'sleep 3201'
	is "$(find "$CGROUPS" -name "swrap-$(of_start .session)")" '' 'Tasks=descendants: nor the leaf'
}

# What a session without mounts of its own cannot have is refused, not passed over.
unmounted()
{
	local directive
	for directive in LoadCredential=key:/etc/hostname PrivateTmp=yes InaccessiblePaths=/opt; do
		printf '[Sandbox]\nPrivatePIDs=no\nPrivateMounts=no\n%s\n' "$directive" | profile unmounted
		attempt alice profile=unmounted
		unlike "$rc" '^0$' "$directive: refused without PrivateMounts="
		check "$directive: by name" logged 83 'needs PrivateMounts=yes'
	done
}

start_sshd
for part in ${LAB_LIFE_PARTS:-control_group lingering runtime idle environment manners tasks unmounted}; do
	"$part"
done
module_off sshd
module_off su
stop_sshd
done_testing
