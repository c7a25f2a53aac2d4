#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What each step carries: a hole that is held with it, and open when that one step is left out. All in the
# build for tests, which is the same in everything else.
# timeout: 400
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/escape.sh
. /lab/src/tests/lib/escape.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'no steps without the module'
	done_testing
	exit
fi
if [ ! -x /lab/control/swrap-helper ]; then
	not_ok 'the build for tests is there' 'run tests/lab build first'
	done_testing
	exit 1
fi

ABLATE=/etc/swrap/ablate
LAND='Landlock=/usr:rx;Landlock=/lib:rx;Landlock=-/lib64:rx;Landlock=/etc:r;Landlock=/proc:rw;Landlock=/dev:rw'
LAND+=';Landlock=/lab:rx;Landlock=/run:r;Landlock=/tmp:rwxcd;Landlock=/home/alice:rwcd'

# step | who | hole | arguments | directives of [Sandbox], parted by ";" (with @ in front: of [Filter])
TABLE="
cgroup|user|cgroup_shared|$(sed -n 's/^0:://p' /proc/self/cgroup)|CgroupParent=swraplab
cgroup|user|fork_bomb|40|TasksMax=20
user-namespace|user|mknod||PrivateUsers=self
pid-namespace|user|kill_outside|OUTSIDE|PrivatePIDs=yes
mount-namespace|user|session_bus||
ipc-namespace|user|shared_memory|$OUTSIDE_KEY|PrivateIPC=yes
uts-namespace|root|host_name|escaped|ProtectHostname=yes
network-namespace|user|loopback|$OUTSIDE_PORT|PrivateNetwork=yes
cgroup-namespace|user|cgroup_path||ProtectControlGroups=strict;CgroupParent=swraplab
propagation|root|mount_outside|/mnt/inside|
root|root|hidden_path|$RECORDS|
proc|user|proc_root|OUTSIDE|
memfd-noexec|user|memory_program||@MemoryDenyWriteExecute=yes
lockdown|user|setuid_binary|benign|RequireLockdown=confidentiality
tty|user|group_of_init||
fds|user|descriptor_climb|/lab/outside|
close-range|user|inherited_descriptor||
rlimits|user|many_descriptors|100|LimitNOFILE=64
scheduling|user|nice|15|Nice=15
bounding-set|root|mknod||CapabilityBoundingSet=~CAP_MKNOD
gid|user|root_group||
uid|user|setuid_zero||
no-new-privs|user|setuid_binary||NoNewPrivileges=yes
environment|user|loader_variable|GLIBC_TUNABLES|
landlock|user|other_home|/home/bob/readable|$LAND
seccomp|user|io_uring||@SystemCallFilter=@login
capabilities|user|inherited_capability|$ESCAPE/inheritable|
exec|user|promise||
"

# profile NAME DIRECTIVES
write_profile()
{
	local text section
	mkdir -p /etc/swrap/profiles
	chmod 755 /etc/swrap /etc/swrap/profiles
	for section in Sandbox Filter; do
		printf '[%s]\n' "$section"
		tr ';' '\n' <<<"$2" | while read -r text; do
			case $section$text in
			Filter@*) printf '%s\n' "${text#@}" ;;
			Sandbox@* | Filter* | Sandbox) ;;
			*) printf '%s\n' "$text" ;;
			esac
		done
	done >"/etc/swrap/profiles/$1.conf"
}

# What a row needs beside the program, and what tells that it got through where the program cannot.
attempt_row()
{
	local step=$1 who=$2 hole=$3 argument=${4/OUTSIDE/$OUTSIDE} out
	case $step in
	fds) out=$(timeout -k 2 20 su alice -c "$HOLES/$hole $argument" </ 2>&1 | tail -n 1) ;;
	environment) out=$(GLIBC_TUNABLES=glibc.malloc.check=0 go_through "$who" "$hole" "$argument") ;;
	capabilities) out=$(timeout -k 2 20 setpriv --inh-caps +net_raw \
		su alice -c "$HOLES/$hole $argument" </dev/null 2>&1 | tail -n 1) ;;
	exec) out=$(promise_what_cannot_be) ;;
	*) out=$(go_through "$who" "$hole" "$argument") ;;
	esac
	case $step in
	propagation) mountpoint -q /mnt/inside && out='mount_outside escaped' || out='mount_outside held'
		umount /mnt/inside 2>/dev/null || true ;;
	uts-namespace) [ "$(hostname)" = swraplab ] && out='host_name held' || out='host_name escaped'
		hostname swraplab ;;
	lockdown) [[ $out != *works* ]] || out="$hole escaped" ;;
	esac
	echo "$out"
}

# Nothing can be executed in the session: is it opened all the same?
promise_what_cannot_be()
{
	helper_is "$TOOLS/inject -p swrap-session -c execve -r -13 $HELPER.real"
	attempt alice profile=ablation
	helper_is_itself
	[ "$rc" -ne 0 ] && echo 'promise held' || echo 'promise escaped'
}

is_refused_here()
{
	[[ $1 != *held* && $1 != *escaped* ]]
}

row()
{
	local step=$1 who=$2 hole=$3 argument=$4 directives=$5 with without mark
	write_profile ablation "$directives"
	: >"$ABLATE"
	with=$(attempt_row "$step" "$who" "$hole" "$argument")
	if [ "$step" != lockdown ] && [ "$step" != exec ] && is_refused_here "$with" &&
		records | tail -n 20 | grep -q "\"event\":\"session.refused\".*\"step\":\"$step\""; then
		skip "$step: not on this machine: $with"
		return
	fi
	unlike "$with" escaped "$step: $hole is held with it"
	echo "$step" >"$ABLATE"
	mark=$(records_mark)
	without=$(attempt_row "$step" "$who" "$hole" "$argument")
	like "$without" "$hole escaped" "$step: $hole is open without it"
	wait_until 5 has_record "$mark" '.event == "session.ready"'
	check "$step: it is reported as skipped" has_record "$mark" \
		".event == \"step\" and .step == \"$step\" and .result == \"skipped\""
	is "$(count_records "$mark" '.event == "session.ready" and .level == "full"')" 0 \
		"$step: the level is not full"
	printf '# matrix | %s | %s | %s | %s\n' "$step" "$hole" "${with:-refused}" "$without"
	: >"$ABLATE"
}

every_row()
{
	local step who hole argument directives
	while IFS='|' read -r step who hole argument directives; do
		[ -z "$step" ] || row "$step" "$who" "$hole" "$argument" "$directives"
	done <<<"$TABLE"
}

# No step without a row, no row without a step.
table_is_whole()
{
	local mark
	mark=$(records_mark)
	: >"$ABLATE"
	write_profile ablation ''
	go_through user setuid_zero >/dev/null
	wait_until 5 has_record "$mark" '.event == "session.end"'
	is "$(awk -F'|' 'NF > 1 { print $1 }' <<<"$TABLE" | uniq)" \
		"$(records_since "$mark" | jq -r 'select(.event == "step") | .step')" \
		'every step has its row, in order'
}

build_tools inject
furnish_programs
# Setuid, since sudo itself does not start where only root and the user have names.
copy_hole mknod 4755
furnish_outside
mount -t tmpfs none /mnt && mount --make-shared /mnt && mkdir /mnt/inside
install -m 755 /lab/control/swrap-helper "$HELPER.new" && mv "$HELPER.new" "$HELPER"
mkdir -p /etc/swrap
module_on su profile=ablation
table_is_whole
every_row
module_off su
dismiss_outside
done_testing
