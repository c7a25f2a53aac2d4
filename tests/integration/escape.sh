#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every hole: open without the module, and what the profiles make of it. What an honest program does in the
# same place works everywhere.
# timeout: 300
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/escape.sh
. /lab/src/tests/lib/escape.sh

if [ ! -x "$HOLES/escape" ]; then
	not_ok 'the holes are built' "no $HOLES/escape: run tests/lab build first"
	done_testing
	exit 1
fi

furnish_programs
furnish_outside

# who | hole | argument | without the module | login | strict; "-" where nothing is to be expected: the
# kernel holds it for other reasons. What login lets through is for swrap-escapes(7).
TABLE="
user|setuid_zero||held|held|held
user|root_group||held|held|held
user|foreign_group|0|held|held|held
user|setuid_binary||escaped|escaped|held
user|file_capability||escaped|escaped|held
user|raw_socket||escaped|escaped|held
user|chmod_4755||escaped|escaped|held
user|shadow||held|held|held
root|shadow||escaped|escaped|held
user|other_home|/home/bob/readable|escaped|escaped|held
user|hidden_path|/var/log/swrap/events.ndjson|held|held|held
root|hidden_path|/var/log/swrap/events.ndjson|escaped|held|held
user|read_only_path|/var/spool/escape/file|escaped|escaped|held
user|proc_root|OUTSIDE|escaped|held|held
root|sysctl||escaped|held|held
user|mount||held|held|held
root|mount||escaped|held|held
user|user_namespace||escaped|held|held
user|setns|OUTSIDE|-|held|held
root|setns|OUTSIDE|escaped|held|held
root|pivot_root||-|held|held
root|chroot_climb||-|held|held
root|mknod||escaped|held|held
user|ptrace_outside|OUTSIDE|escaped|held|held
user|kill_outside|OUTSIDE|escaped|held|held
user|shared_memory|$OUTSIDE_KEY|escaped|escaped|held
user|tiocsti||escaped|held|held
user|tiocsti_high_bits||escaped|held|held
user|tioclinux_high_bits||-|held|held
user|keyctl||escaped|escaped|held
user|bpf||-|held|held
user|perf||-|-|held
user|userfaultfd||escaped|held|held
user|io_uring||escaped|held|held
user|int80||escaped|held|held
user|x32||-|held|held
user|strange_socket||-|-|held
user|writable_code||escaped|escaped|held
user|data_made_code||escaped|escaped|held
user|memory_program||escaped|escaped|held
user|fork_bomb|1200|escaped|escaped|held
user|job|/var/spool/escape|escaped|escaped|held
user|cgroup_move||-|held|held
user|inherited_descriptor||held|held|held
user|own_image|OUTSIDE|-|held|held
user|core_dump||escaped|-|held
user|session_bus||escaped|held|held
user|service_manager||escaped|held|held
user|abstract_socket|escape|escaped|escaped|escaped
user|loopback|$OUTSIDE_PORT|escaped|escaped|escaped
"

rows()
{
	local who hole argument without login strict
	while IFS='|' read -r who hole argument without login strict; do
		[ -n "$who" ] || continue
		"$1" "$who" "$hole" "${argument/OUTSIDE/$OUTSIDE}" "$without" "$login" "$strict"
	done <<<"$TABLE"
}

# judge WHERE WANT WHO HOLE ARGUMENT: "absent" passes for what is not on this machine, and says so.
judge()
{
	local where=$1 want=$2 got
	shift 2
	[ "$want" != - ] || return 0
	got=$(go_through "$@")
	case $got in
	"$2 absent") skip "$where: $2 is not on this machine" ;;
	"$2 $want"*) ok "$where: $1: $2 ${3:-} is $want" ;;
	*)
		# Killed by the filter, or sudo refused to become root: held.
		if [ "$want" = held ] && [[ $got != *escaped* ]]; then
			ok "$where: $1: $2 ${3:-} is held"
		else
			not_ok "$where: $1: $2 ${3:-} is $want" "got: $got"
		fi ;;
	esac
}

row_without() { judge 'without' "$4" "$1" "$2" "$3"; }
row_login() { judge 'login' "$5" "$1" "$2" "$3"; }
row_strict() { judge 'strict' "$6" "$1" "$2" "$3"; }

touch /var/spool/escape/file
chmod 666 /var/spool/escape/file
echo 'core.%p' >/proc/sys/kernel/core_pattern 2>/dev/null || true
mkdir -p /var/log/swrap
[ -e "$RECORDS" ] || install -m 640 /dev/null "$RECORDS"

honest()
{
	local hole got
	for hole in $("$HOLES/escape" --list); do
		got=$(honest_through "$hole")
		is "$got" "$hole works" "$1: $hole: an honest program works"
	done
}

rows row_without
honest without
if ! is_baseline; then
	module_on su
	rows row_login
	honest login
	module_on su profile=strict
	rows row_strict
	honest strict
	module_off su
fi
dismiss_outside
done_testing
