#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What people log in for, under each shipped profile: every line of tests/lib/programs.table. What fails
# must work again with the directives that the table names, and must need each of them.
# timeout: 900
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh

TABLE=/lab/src/tests/lib/programs.table
JOB=/home/alice/job.sh
KDC_FILES=/etc/krb5kdc

if is_baseline; then
	skip 'the profiles are part of swrap'
	done_testing
	exit
fi

# --- the world these programs expect ---

kerberos_files()
{
	cat >/etc/krb5.conf <<-END
		[libdefaults]
		  default_realm = LAB
		  dns_lookup_kdc = false
		  dns_lookup_realm = false
		  rdns = false
		[realms]
		  LAB = {
		    kdc = 127.0.0.1
		  }
	END
	mkdir -p "$KDC_FILES"
	cat >"$KDC_FILES/kdc.conf" <<-END
		[realms]
		  LAB = {
		    database_name = $KDC_FILES/principal
		    key_stash_file = $KDC_FILES/stash
		  }
	END
}

kerberos_realm()
{
	command -v kinit krb5kdc kadmin.local >/dev/null || return 1
	kerberos_files
	kdb5_util create -s -r LAB -P master &&
		kadmin.local -r LAB -q 'addprinc -pw lab-alice alice' &&
		kadmin.local -r LAB -q 'addprinc -randkey host/lab' &&
		krb5kdc -r LAB
}

# The agent whose keys ssh -A takes along.
own_agent()
{
	eval "$(ssh-agent -s)" >/dev/null && ssh-add -q /lab/keys/user
}

furnish()
{
	install -m 644 -o alice /lab/src/tests/lib/job.sh "$JOB"
	echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/lab
	chmod 440 /etc/sudoers.d/lab
	# No waiting after a password that could not be checked.
	sed -i '/^auth.*pam_unix\.so/s/$/ nodelay/' /etc/pam.d/common-auth
	sed -i 's/^#*FAIL_DELAY.*/FAIL_DELAY 0/' /etc/login.defs
	kerberos_realm >"$T/kdc" 2>&1 || diag 'no Kerberos realm here' "$(tail -n 3 "$T/kdc")"
	own_agent || not_ok 'an agent of our own'
	start_sshd || not_ok 'sshd'
}

is_there()
{
	case $1 in
	kinit*) pgrep -x krb5kdc >/dev/null ;;
	*) command -v "${1%% *}" >/dev/null ;;
	esac
}

# --- one job in one session ---

# by_profile PROFILE [DIRECTIVE...]: su and sudo are left as they are, for the job is to go through them.
by_profile()
{
	local profile=$1 service
	local sets=("${@:2}")
	sets=("${sets[@]/#/[set=}")
	sets=("${sets[@]/%/]}")
	[ $# -gt 1 ] || sets=()
	for service in su-l sshd; do
		if [ "$profile" = none ]; then
			module_off "$service"
		else
			module_on "$service" "profile=$profile" "${sets[@]}"
		fi
	done
}

# job PROGRAM
job()
{
	local name=${1//[^a-zA-Z0-9]/_}
	case $1 in
	'ssh -A') as_ssh alice -A "sh $JOB $name" ;;
	*) timeout -k 5 120 su -l alice -c "sh $JOB $name" ;;
	esac </dev/null >"$T/job" 2>&1
}

# Printable, a line at most, for a test's comment.
job_said()
{
	tr '\n' '|' <"$T/job" | tr -cd '[:print:]' | head -c 500
}

works()
{
	if job "$1"; then ok "$2"; else not_ok "$2" "$(job_said)"; fi
}

fails()
{
	if job "$1"; then not_ok "$2" 'it works'; else ok "$2"; fi
}

# --- the table ---

# lets PROFILE PROGRAM: the directives that let it work, one a line; none when it works as it is.
lets()
{
	awk -F '\t' -v profile="$1" -v program="$2" '
		$1 == "fails" && $2 == program && index(" " $3 " ", " " profile " ") {
			for (i = 4; i <= NF; i++)
				print $i
		}' "$TABLE"
}

# Each directive left out, one after the other.
needs_each()
{
	local profile=$1 program=$2 i
	local all=("${@:3}") some
	[ "${#all[@]}" -gt 1 ] || return 0
	for i in "${!all[@]}"; do
		some=("${all[@]}")
		unset 'some[i]'
		by_profile "$profile" "${some[@]}"
		fails "$program" "$profile: $program needs ${all[i]}"
	done
}

try_under()
{
	local profile=$1 program=$2 directives
	mapfile -t directives < <(lets "$profile" "$program")
	by_profile "$profile"
	if [ "${#directives[@]}" -eq 0 ]; then
		works "$program" "$profile: $program works"
		return
	fi
	fails "$program" "$profile: $program fails"
	by_profile "$profile" "${directives[@]}"
	works "$program" "$profile: $program works with ${directives[*]}"
	needs_each "$profile" "$program" "${directives[@]}"
}

# A program that does not do its job here even without the module proves nothing.
try_program()
{
	local program=$1 profile
	is_there "$program" || { skip "$program: package $2 is not installed"; return; }
	by_profile none
	if ! job "$program"; then
		not_ok "none: $program works" "$(job_said)"
		return
	fi
	ok "none: $program works"
	for profile in observe baseline login strict locked; do
		try_under "$profile" "$program"
	done
}

# That the sessions are what the table says, at all.
is_real()
{
	local profile=$1 level=$2 mark
	by_profile "$profile"
	mark=$(records_mark)
	works dash "$profile: a login"
	check "$profile: of level $level" wait_until 5 has_record "$mark" \
		".event == \"session.ready\" and .profile == \"$profile\" and .level == \"$level\""
}

# The kernel's way to let ordinary users ping, which takes no capability.
ping_by_group()
{
	local range=/proc/sys/net/ipv4/ping_group_range
	is_there ping || { skip 'ping is not installed'; return; }
	echo '0 2147483647' >"$range"
	by_profile baseline
	works ping "baseline: ping works by ping_group_range"
	echo '1 0' >"$range"
}

no_line_is_dead()
{
	is "$(awk -F '\t' '/^try/ { try[$2] } $1 == "fails" && !($2 in try) { print $2 }' "$TABLE")" '' \
		'whatever fails is tried'
}

try_all()
{
	local kind program package _
	while IFS=$'\t' read -r kind program package _; do
		case $kind:$LAB_LONG in
		try:*) try_program "$program" "$package" ;;
		try-long:1) try_program "$program" "$package" ;;
		try-long:*) skip "$program: only with --long" ;;
		esac
	done <"$TABLE"
}

furnish
no_line_is_dead
is_real observe none
is_real baseline baseline
is_real login full
is_real strict full
is_real locked full
try_all
ping_by_group
by_profile none
kill "$SSH_AGENT_PID"
done_testing
