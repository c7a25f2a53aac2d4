#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What can be wrong at a login, for an ordinary user, root and a break-glass user, with fail=closed and
# fail=open: who is refused, who is let in, what is said and recorded. No cell takes ten seconds.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'nothing of ours can fail without the module'
	done_testing
	exit
fi

# Of a fault: what the log says; whether the helper is there to write records; whether root meets it.
REASON=
RECORDED=no
ROOT_MEETS_IT=no
OPEN_HELPS=yes
ARGS=()

level_none()
{
	has_record "$mark" '.event == "session.start" and .level == "none" and .fail == "open"'
}

# A session.start for each that is let in, a session.refused for each that is not.
recorded()
{
	local name=$1 condition=$2
	if [ "$RECORDED" = no ]; then
		is "$(count_records "$mark" true)" 0 "$name: no helper, no record"
	else
		check "$name: recorded" wait_until 3 has_record "$mark" "$condition"
	fi
}

cell()
{
	local name="$1: $2 fail=$3" user=$2 fail=$3
	attempt "$user" "fail=$fail" "${ARGS[@]}"
	if [ "$user" = root ] && [ "$ROOT_MEETS_IT" = no ]; then
		is "$rc:$(said)" 0: "$name: not even touched"
	elif [ "$user" != alice ] || { [ "$fail" = open ] && [ "$OPEN_HELPS" = yes ]; }; then
		was_let_in "$name" "level none.*$REASON"
		[ "$user" = root ] ||
			recorded "$name" '.event == "session.start" and .level == "none"'
	else
		was_refused "$name" "$REASON"
		recorded "$name" '.event == "session.refused"'
	fi
}

fault()
{
	local user fail
	for user in alice root ruth; do
		for fail in closed open; do
			cell "$1" "$user" "$fail"
		done
	done
	REASON='' RECORDED=no ROOT_MEETS_IT=no OPEN_HELPS=yes ARGS=() RUN=()
}

# ---- the helper ----

helper_faults()
{
	helper_is true
	rm "$HELPER"
	REASON='swrap-helper: No such file' fault 'helper missing'

	helper_is sleep 60
	chmod 644 "$HELPER"
	REASON='swrap-helper: Permission denied' fault 'helper not executable'

	chmod 755 "$HELPER"
	chown bob "$HELPER"
	REASON='owner and mode' fault 'helper of another owner'

	chown root "$HELPER"
	chmod 775 "$HELPER"
	REASON='owner and mode' fault 'helper writable by its group'

	chmod 755 "$HELPER"
	chmod 777 "$LIBEXEC"
	REASON='owner and mode' fault 'helper in a directory that others can write to'
	chmod 755 "$LIBEXEC"

	ln -sf "$HELPER.real" "$HELPER"
	REASON='swrap-helper' fault 'helper is a symbolic link'
	rm "$HELPER"

	printf 'no program\n' >"$HELPER"
	chmod 755 "$HELPER"
	REASON='Exec format error' fault 'helper is no program'

	helper_is exit 1
	REASON='swrap-helper' fault 'helper that ends at once'

	# It writes what is no message of ours.
	helper_is "perl -e 'open(S, q(+<&=3)); syswrite(S, q(x) x 100); sleep 60'"
	ARGS=(timeout=2)
	REASON='swrap-helper' fault 'helper that talks nonsense'

	helper_is sleep 61
	ARGS=(timeout=1)
	REASON='swrap-helper.*timed out' fault 'helper that hangs'
	check 'a helper that hangs is killed' wait_until 2 no_process 'sleep 61'
	helper_is_itself
}

no_process()
{
	! pgrep -f -- "^$1"
}

# ---- the machine ----

machine_faults()
{
	cp -a /etc/passwd "$T/passwd"
	sed -i '/^_swrap:/d' /etc/passwd
	REASON='_swrap does not exist' RECORDED=yes fault 'no user _swrap'
	cat "$T/passwd" >/etc/passwd

	# Only for the application and what it starts.
	RUN=(unshare -m sh -c 'mount -t tmpfs -o mode=755 none /run && mount -o remount,ro /run && exec "$@"' sh)
	REASON='/run/swrap' RECORDED=yes fault '/run cannot be written to'

	RUN=(unshare -m sh -c 'mount -t tmpfs -o ro none /var/log/swrap && exec "$@"' sh)
	REASON='open /var/log/swrap/events.ndjson: Read-only' fault 'the log cannot be written to'

	RUN=(unshare -m sh -c 'mount --bind /etc/hostname /dev/null && exec "$@"' sh)
	REASON='/dev/null' fault '/dev/null is a file'

	RUN=(unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh)
	REASON='/proc' fault 'no /proc'
}

# ---- the application ----

application_faults()
{
	RUN=(strace -o /dev/null)
	REASON='untraceable' fault 'an application that is traced'

	RUN=(env "LD_PRELOAD=$TOOLS/thread.so")
	REASON='has 2 threads' fault 'an application with threads'

	ARGS=(nonsense=1)
	REASON='argument.*nonsense' ROOT_MEETS_IT=yes OPEN_HELPS=no fault 'an unknown argument'
	ARGS=(timeout=0)
	REASON='argument.*timeout=0' ROOT_MEETS_IT=yes OPEN_HELPS=no fault 'a timeout of 0'
	ARGS=(profile=nosuch)
	REASON='profile.*nosuch' RECORDED=yes fault 'a profile that is not there'
}

# Between authentication and session. Nobody can say any more who a break-glass user was.
deleted_user()
{
	local fail
	cp -a /etc/passwd "$T/passwd"
	sed -i '/^bob:/d; /^ruth:/d' /etc/passwd
	for user in bob ruth; do
		attempt "$user" fail=closed
		was_refused "user $user deleted after authentication, fail=closed" 'user database'
		attempt "$user" fail=open
		was_let_in "user $user deleted after authentication, fail=open" 'level none.*user database'
	done
	cat "$T/passwd" >/etc/passwd
}

# ---- what the admin can say ----

disabled()
{
	local user fail
	helper_is false
	mkdir -p /etc/swrap
	: >/etc/swrap/disable
	for user in alice root ruth; do
		for fail in closed open; do
			attempt "$user" "fail=$fail"
			was_let_in "/etc/swrap/disable: $user fail=$fail" 'nothing is wrapped.*/etc/swrap/disable'
		done
	done
	chown bob /etc/swrap/disable
	attempt alice
	isnt "$rc" 0 'a disable file that is not of root disables nothing'
	chown root /etc/swrap/disable
	chmod 666 /etc/swrap/disable
	attempt alice
	isnt "$rc" 0 'nor one that others can write to'
	rm /etc/swrap/disable
	helper_is_itself
}

silence()
{
	helper_is false
	attempt alice quiet
	is "$((rc != 0)):$(said)" 1: 'quiet: a refused user is told nothing'
	check 'quiet: the log has it all the same' logged 83 refused
	OPEN='open_session(PAM_SILENT)'
	attempt alice
	is "$((rc != 0)):$(said)" 1: 'PAM_SILENT: likewise'
	OPEN=open_session
	helper_is_itself
}

# What the profile says of failures, and the PAM line over it.
profile_open()
{
	mkdir -p /etc/swrap/profiles
	printf '[Session]\nFail=open\n' >/etc/swrap/profiles/open.conf
	printf '[Sandbox]\nRequireLockdown=confidentiality\n[Session]\nFail=open\n' >/etc/swrap/profiles/none.conf
	attempt alice profile=none
	was_let_in 'Fail=open, a step that cannot be' 'level none, Fail=open of the profile.*lockdown'
	check 'Fail=open: recorded' wait_until 3 level_none
	attempt alice profile=none fail=closed
	was_refused 'Fail=open, but fail=closed' lockdown
	attempt alice profile=none set=Fail=closed
	was_refused 'Fail=open, but set=Fail=closed' lockdown
	attempt alice profile=open
	is "$rc:$(said)" 0: 'Fail=open without a fault: opened'
	check 'Fail=open without a fault: in full' wait_until 5 has_record "$mark" \
		'.event == "session.ready" and .level == "full"'
	check 'and it says open' has_record "$mark" '.event == "session.start" and .fail == "open"'

	RUN=(unshare -m sh -c 'mount -t tmpfs -o mode=755 none /run && mount -o remount,ro /run && exec "$@"' sh)
	attempt alice profile=open
	was_let_in 'Fail=open, the shells cannot be shadowed' 'Fail=open of the profile.*/run/swrap'
	attempt alice profile=open fail=closed
	was_refused 'the same with fail=closed' /run/swrap
	RUN=()
	helper_is false
	attempt alice profile=open
	was_refused 'Fail=open, and nobody to read it' swrap-helper
	helper_is_itself
	is "$(gated_with profile=open):$(gated_with profile=open fail=closed)" 0:2 \
		'Fail=open is not gated, fail=closed is'
	rm -r /etc/swrap/profiles
}

# gated_with [module arguments...]: the mode of seccomp of an application with an open session.
gated_with()
{
	local pid
	module_on swrap-test "$@"
	"$TOOLS/host" swrap-test alice open state sleep=2 close >"$T/gated" 2>&1 </dev/null &
	pid=$!
	wait_until 5 grep -q '^state' "$T/gated"
	sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$pid/status"
	wait "$pid"
}

# Refused or let in: with real programs no shell runs, or the real one.
real_su()
{
	helper_is false
	module_on su fail=closed breakglass=rescue
	is "$(su bob -c 'echo in the shell' 2>/dev/null)" '' 'su of a refused user: no shell'
	is "$(su ruth -c 'echo in the shell' 2>&1)" 'in the shell' 'su of a break-glass user: a shell'
	is "$(su root -c 'echo in the shell' 2>&1)" 'in the shell' 'su of root: a shell'
	module_on su fail=open
	is "$(su bob -c 'echo in the shell' 2>&1)" 'in the shell' 'su with fail=open: a shell'
	module_off su
	helper_is_itself
}

build_tools host || not_ok 'the tools can be built'
cc -shared -fPIC -o "$TOOLS/thread.so" /lab/src/tests/tools/thread.c -lpthread ||
	not_ok 'thread.so can be built'
snapshot before
attempt alice
is "$rc:$(said)" 0: 'without a fault: opened'
check 'nothing is left of it' wait_until 5 as_snapshot before
helper_faults
machine_faults
application_faults
deleted_user
disabled
silence
profile_open
real_su
attempt alice
is "$rc:$(said)" 0: 'after all of them: opened'
module_off swrap-test
nothing_left before 'nothing is left of any'
done_testing
