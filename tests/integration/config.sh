#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The files of profiles: whose file holds, in which order, and that one that is wrong or that others could
# have written lets nobody in but root and break-glass, and says where it is wrong.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'no file is read without the module'
	done_testing
	exit
fi

ADMIN=/etc/swrap
VENDOR=/usr/share/swrap
DROP_IN=$ADMIN/profiles/login.conf.d

# conf FILE LINE...: replaces it.
conf()
{
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "${@:2}" >"$1"
	chmod 644 "$1"
}

no_conf()
{
	rm -rf "${ADMIN:?}" "${VENDOR:?}"/profiles/*.conf.d
}

# open_files IS NAME: what a login of alice gets.
open_files()
{
	is "$(as_ssh alice 'ulimit -n' </dev/null 2>&1)" "$1" "$2"
}

limit()
{
	conf "$1" '[Sandbox]' "LimitNOFILE=$2"
}

# ---- which file holds ----

whose_file()
{
	local before
	before=$(as_ssh alice 'grep CapBnd /proc/self/status' </dev/null)
	conf "$ADMIN/profiles/login.conf" '[Sandbox]' 'LimitNOFILE=200' '[Filter]' 'SystemCallFilter=@login'
	open_files 200 "the admin's file is read"
	isnt "$(as_ssh alice 'grep CapBnd /proc/self/status' </dev/null)" "$before" \
		"and stands in for the whole of the vendor's"
	conf "$ADMIN/profiles/mine.conf" '[Sandbox]' 'LimitNOFILE=201' '[Filter]' 'SystemCallFilter=@login'
	module_on sshd profile=mine
	open_files 201 "a profile of the admin's own"
	module_on sshd
	no_conf
	is "$(as_ssh alice 'grep CapBnd /proc/self/status' </dev/null)" "$before" "without it the vendor's again"
}

drop_ins()
{
	local own
	own=$(as_ssh alice 'ulimit -n' </dev/null)
	limit "$DROP_IN/10-a.conf" 201
	limit "$DROP_IN/20-b.conf" 202
	open_files 202 'of two drop-ins the later holds'
	limit "$VENDOR/profiles/login.conf.d/15-v.conf" 203
	open_files 202 "the vendor's come between them by name"
	limit "$VENDOR/profiles/login.conf.d/30-v.conf" 204
	open_files 204 "and behind them by name"
	conf "$DROP_IN/30-v.conf" ''
	open_files 202 "an admin's of the same name masks it"
	limit "$DROP_IN/40-c.conf.off" 205
	limit "$DROP_IN/.50-d.conf" 206
	open_files 202 'other names and hidden ones are no drop-ins'
	limit "$DROP_IN/60-e.conf" ''
	open_files "$own" 'an empty value takes back what was set'
	no_conf
}

lists()
{
	local home='touch "$HOME/written" && echo written'
	module_on sshd profile=strict
	is "$(as_ssh alice "$home" </dev/null 2>&1)" written 'strict: the home is writable'
	conf "$ADMIN/profiles/strict.conf.d/a.conf" '[Sandbox]' 'ReadWritePaths=-/srv'
	is "$(as_ssh alice "$home" </dev/null 2>&1)" written 'a list grows'
	conf "$ADMIN/profiles/strict.conf.d/a.conf" '[Sandbox]' 'ReadWritePaths=' 'BindPaths='
	isnt "$(as_ssh alice "$home" </dev/null 2>&1)" written 'an empty value empties a list'
	module_on sshd
	no_conf
}

# ---- what is wrong ----

# wrong NAME REASON: the session is refused with it, in the log and in the record.
wrong()
{
	attempt alice
	was_refused "$1" "$2"
	check "$1: recorded" wait_until 5 records_have "$2"
	check "$1: nothing runs" no_process_of_ours
}

records_have()
{
	records_since "$mark" | jq -r 'select(.event == "session.refused") | .reason' |
		grep -qE -- "$1"
}

contents()
{
	conf "$DROP_IN/a.conf" '[Sandbox]' '# a comment' 'PrivatTmp=yes'
	wrong 'an unknown directive' "$DROP_IN/a.conf:3: there is no directive PrivatTmp; did you mean PrivateTmp\?"
	conf "$DROP_IN/a.conf" '[Sandbox]' 'Nice=1' 'Nice=2'
	wrong 'a scalar twice' "$DROP_IN/a.conf:3: Nice is set already, by line 2"
	conf "$DROP_IN/a.conf" '[Sandbox]' 'LimitNOFILE=many'
	wrong 'a bad value' "$DROP_IN/a.conf:2: LimitNOFILE: expected a limit"
	conf "$DROP_IN/a.conf" '[Session]' 'PrivateTmp=yes'
	wrong 'a wrong section' "$DROP_IN/a.conf:2: PrivateTmp belongs into \[Sandbox\]"
	conf "$DROP_IN/a.conf" 'Nice=1'
	wrong 'no section' "$DROP_IN/a.conf:1: Nice=1 before the first \[Section\]"
	conf "$DROP_IN/a.conf" '[Sandbox]' 'ReadOnlyPaths=/a "/b'
	wrong 'an open quote' "$DROP_IN/a.conf:2: ReadOnlyPaths: a quote is not closed"
	printf '[Sandbox]\nNice=1\0\n' >"$DROP_IN/a.conf"
	wrong 'a NUL' "$DROP_IN/a.conf:2: a control character"
	head -c 1100000 /dev/zero | tr '\0' '#' >"$DROP_IN/a.conf"
	wrong 'a file above 1 MiB' "$DROP_IN/a.conf is too large"
	rm -f "$DROP_IN/a.conf"
	attempt alice profile=no-such
	was_refused 'a profile that is not there' 'there is no profile no-such'
	no_conf
}

who_could_write()
{
	limit "$DROP_IN/a.conf" 200
	chmod 664 "$DROP_IN/a.conf"
	wrong 'a file its group can write' "$DROP_IN/a.conf can be written by others than root"
	chmod 644 "$DROP_IN/a.conf"
	chown alice "$DROP_IN/a.conf"
	wrong "another user's file" "$DROP_IN/a.conf is not root's"
	rm -f "$DROP_IN/a.conf"
	limit "$T/a.conf" 200
	ln -s "$T/a.conf" "$DROP_IN/a.conf"
	wrong 'a symlink' "$DROP_IN/a.conf is a symlink"
	rm -f "$DROP_IN/a.conf"
	mkfifo "$DROP_IN/a.conf"
	wrong 'a named pipe' "$DROP_IN/a.conf is no regular file"
	rm -f "$DROP_IN/a.conf"
	chmod 1777 "$DROP_IN"
	wrong 'a directory others can write, empty' "$DROP_IN can be written by others than root"
	chmod 755 "$DROP_IN"
	chown alice "$ADMIN/profiles"
	wrong "another user's directory" "$ADMIN/profiles is not root's"
	chown root "$ADMIN/profiles"
	chmod 775 "$ADMIN"
	wrong 'the directory of all' "$ADMIN can be written by others than root"
	chmod 755 "$ADMIN"
	mv "$ADMIN" "$ADMIN.real"
	ln -s "$ADMIN.real" "$ADMIN"
	wrong 'a symlink on the way' "$ADMIN is a symlink"
	rm "$ADMIN"
	rm -rf "$ADMIN.real"
	chmod 777 "$VENDOR/profiles"
	wrong "the vendor's directory" "$VENDOR/profiles can be written by others than root"
	chmod 755 "$VENDOR/profiles"
	attempt alice
	is "$rc" 0 'and all is well again'
}

# ---- who gets in all the same ----

get_in()
{
	conf "$DROP_IN/a.conf" '[Sandbox]' 'Nise=1'
	module_on sshd breakglass=rescue
	isnt "$(as_ssh alice 'echo in' </dev/null 2>&1 | tail -n 1)" in 'by ssh: alice gets no shell'
	is "$(as_ssh ruth 'echo in' </dev/null 2>&1 | tail -n 1)" in 'break-glass gets in'
	is "$(as_ssh root 'echo in' </dev/null 2>&1 | tail -n 1)" in 'root gets in'
	attempt ruth
	was_let_in 'break-glass' "$DROP_IN/a.conf:2: there is no directive Nise"
	attempt alice fail=open
	was_let_in 'fail=open' "$DROP_IN/a.conf:2: there is no directive Nise"
	no_conf
	module_on sshd
}

# The profile's own Fail=: of what could be understood and cannot be had, unless the PAM line says otherwise.
fail_open()
{
	conf "$DROP_IN/a.conf" '[Session]' 'Fail=open' '[Sandbox]' 'RequireLockdown=confidentiality'
	attempt alice
	was_let_in 'Fail=open' lockdown
	check 'Fail=open: recorded as not wrapped' wait_until 5 has_record "$mark" '.event == "session.start" and .level == "none" and .fail == "open"'
	attempt alice fail=closed
	was_refused 'Fail=open, but fail=closed on the line' lockdown
	conf "$DROP_IN/b.conf" '[Sandbox]' 'Nise=1'
	wrong 'Fail=open in files that are wrong' "$DROP_IN/b.conf:2: there is no directive Nise"
	no_conf
}

no_conf
module_on sshd
start_sshd
whose_file
drop_ins
lists
contents
who_could_write
get_in
fail_open
done_testing
