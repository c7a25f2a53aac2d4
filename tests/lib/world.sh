# SPDX-License-Identifier: LGPL-2.1-or-later
# What a test can do in the lab world. Sourced by every file of tests/integration.
# shellcheck shell=bash

set -u

if [ "$(hostname)" != swraplab ] || [ ! -d /lab/src ]; then
	echo 'Bail out! run me by tests/lab check --fast --only NAME'
	exit 1
fi

# shellcheck source=SCRIPTDIR/tap.sh
. /lab/src/tests/lib/tap.sh

RECORDS=/var/log/swrap/events.ndjson
MODULE=pam_swrap.so
T=$(mktemp -d /tmp/test.XXXXXX)
chmod 755 "$T"

# tests/lab check --baseline: only what must hold on a machine without the module.
is_baseline()
{
	[ "${LAB_BASELINE:-0}" = 1 ]
}

# --- the module in a service's PAM stack ---

find_module()
{
	find /usr/lib /lib -path "*/security/$MODULE" -print -quit 2>/dev/null
}

# A file is replaced, never edited: a login on the way reads the old or the new one.
pam_rewrite()
{
	local file=/etc/pam.d/$1
	cat >"$file.new"
	chmod 644 "$file.new"
	mv "$file.new" "$file"
}

# module_on SERVICE [module arguments...]: as the last line of the stack, where it belongs.
module_on()
{
	local service=$1 text
	shift
	[ -n "$(find_module)" ] || { diag "$MODULE is not installed"; return 1; }
	text=$(grep -v "$MODULE" "/etc/pam.d/$service")
	printf '%s\nsession required %s%s\n' "$text" "$MODULE" "${*:+ $*}" | pam_rewrite "$service"
}

module_off()
{
	local text
	text=$(grep -v "$MODULE" "/etc/pam.d/$1")
	printf '%s\n' "$text" | pam_rewrite "$1"
}

# --- sshd ---

# start_sshd [CONFIG_LINE...]: each line takes the place of the default one of that keyword.
start_sshd()
{
	local conf=/run/lab-sshd.conf line
	cp /lab/sshd_config "$conf"
	for line in "$@"; do
		sed -i "/^${line%% *} /d" "$conf"
	done
	# A Match block has to come last.
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$conf"
	/usr/sbin/sshd -f "$conf" -E /var/log/sshd.log || return 1
	wait_until 10 test -s /run/lab-sshd.pid || { diag "$(tail -n 5 /var/log/sshd.log)"; return 1; }
}

stop_sshd()
{
	local pid
	pid=$(cat /run/lab-sshd.pid 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	wait_until 10 is_gone "$pid"
	rm -f /run/lab-sshd.pid
}

restart_sshd()
{
	stop_sshd
	start_sshd "$@"
}

# as_ssh USER [ssh options] [command]: options may follow the host.
as_ssh()
{
	local user=$1
	shift
	ssh -F /lab/ssh_config "$user@lab" "$@"
}

# apart COMMAND...: prints its standard output, then its errors; its status is ours. Over ssh the two
# are two streams, and which of them arrives first is chance.
apart()
{
	local rc=0
	"$@" 2>"$T/apart" || rc=$?
	cat "$T/apart"
	return "$rc"
}

# ssh_bg USER [ssh options] [command]: in the background, $client is ssh itself (a function in the
# background would be a shell around it). <&0 keeps the caller's stdin, which & would take away.
ssh_bg()
{
	local user=$1
	shift
	ssh -F /lab/ssh_config "$user@lab" "$@" <&0 &
	# shellcheck disable=SC2034 # for the caller
	client=$!
}

# Whether sshd holds no connection of USER any more.
no_session()
{
	! pgrep -u "$1" -x sshd
}

# --- processes: only by pid ---

is_gone()
{
	[ ! -d "/proc/$1" ] || grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" 2>/dev/null
}

# pid_of USER REGEX: a running process of that user with that command line.
pid_of()
{
	pgrep -n -u "$1" -f -- "$2"
}

# --- records and logs ---

records()
{
	cat "$RECORDS" 2>/dev/null
	return 0
}

records_mark()
{
	stat -c %s "$RECORDS" 2>/dev/null || echo 0
}

# records_since MARK: the whole records written after records_mark said MARK.
records_since()
{
	[ ! -e "$RECORDS" ] || tail -c "+$(($1 + 1))" "$RECORDS"
}

# has_record MARK JQ_CONDITION
has_record()
{
	records_since "$1" | jq -e -n "[inputs | select($2)] | length > 0" >/dev/null
}

# has_records COUNT MARK JQ_CONDITION
has_records()
{
	[ "$(count_records "$2" "$3")" -eq "$1" ]
}

# count_records MARK JQ_CONDITION
count_records()
{
	records_since "$1" | jq -n "[inputs | select($2)] | length"
}

syslog_lines()
{
	cat /var/log/syslog
}

# tty_run TCL: a scenario on a terminal, in the words of tty.exp.
tty_run()
{
	expect -c 'source /lab/src/tests/lib/tty.exp' -c "$1"
}
