#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a profile says of system calls, in real logins: each directive on and off, other architectures, the
# compiler of filters when it is not as it should be, and sessions that are only watched.
# timeout: 300
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/hold.sh
. /lab/src/tests/lib/hold.sh
# shellcheck source=SCRIPTDIR/../lib/broken.sh
. /lab/src/tests/lib/broken.sh

if is_baseline; then
	skip 'no filters without the module'
	done_testing
	exit
fi

FILTER=$LIBEXEC/swrap-filter
PROFILE=observe

# setting LINE: in the section that it belongs to.
setting()
{
	case $1 in
	Mode=* | Tasks=*) printf '[Session]\n%s\n' "$1" ;;
	ProtectClock=* | RestrictSUIDSGID=*) printf '[Sandbox]\n%s\n' "$1" ;;
	*) printf '[Filter]\n%s\n' "$1" ;;
	esac
}

# add_settings SETTINGS: to $PROFILE, a line each, instead of those before.
add_settings()
{
	local line dir=/etc/swrap/profiles/$PROFILE.conf.d
	mkdir -p "$dir"
	while read -r line; do
		[ -z "$line" ] || setting "$line"
	done <<<"$1" >"$dir/test.conf"
}

# under SETTINGS CASE...: alice's own calls in a login with them. The tool takes the shell's place, which
# may not be able to fork.
under()
{
	add_settings "$1"
	shift
	module_on su "profile=$PROFILE"
	su alice -c "exec $TOOLS/syscalls $*" 2>&1 </dev/null | tr '\n' ' ' | sed 's/ $//'
}

# row NAME SETTINGS "CASE=WITHOUT|WITH ...": every case, off and on.
row()
{
	local name=$1 settings=$2 cases=() without='' with='' item
	for item in $3; do
		cases+=("${item%%=*}")
		with+="${item%%=*}=${item##*|} "
		item=${item%|*}
		without+="$item "
	done
	is "$(under '' "${cases[@]}")" "${without% }" "$name: off"
	is "$(under "$settings" "${cases[@]}")" "${with% }" "$name: on"
}

directives()
{
	row LockPersonality LockPersonality=yes \
		'personality=ok|EPERM personality-high=ok|EPERM personality-ask=ok|ok'
	row RestrictRealtime RestrictRealtime=yes \
		'fifo=EINVAL|EPERM fifo-high=EINVAL|EPERM fifo-reset=EINVAL|EPERM setattr=EINVAL|EPERM batch=ok|ok'
	row MemoryDenyWriteExecute MemoryDenyWriteExecute=yes \
		'mmap-wx=ok|EPERM mmap-wx-high=ok|EPERM mmap-rx=ok|ok mprotect=ok|EPERM pkey-mprotect=ok|EPERM shmat=ok|EPERM thread=ok|ok'
	row RestrictSUIDSGID RestrictSUIDSGID=yes \
		'chmod=ok|EPERM chmod-plain=ok|ok fchmod=ok|EPERM fchmodat=ok|EPERM fchmodat-high=ok|EPERM openat-creat=ok|EPERM openat-tmpfile=ok|EPERM openat-read=ok|ok openat2=EINVAL|ENOSYS mknodat=ok|EPERM ring=EFAULT|ENOSYS'
	row RestrictAddressFamilies 'RestrictAddressFamilies=AF_UNIX AF_INET' \
		'unix=ok|ok inet=ok|ok netlink=ok|EAFNOSUPPORT netlink-high=ok|EAFNOSUPPORT packet=EPERM|EAFNOSUPPORT alg=EINVAL|EAFNOSUPPORT ring=EFAULT|ENOSYS'
	row 'RestrictAddressFamilies, a deny list' 'RestrictAddressFamilies=~AF_NETLINK AF_PACKET' \
		'unix=ok|ok netlink=ok|EAFNOSUPPORT packet=EPERM|EAFNOSUPPORT'
	row 'RestrictAddressFamilies=none' RestrictAddressFamilies=none 'unix=ok|EAFNOSUPPORT inet=ok|EAFNOSUPPORT'
	row RestrictNamespaces RestrictNamespaces=yes \
		'setns=EBADF|EPERM clone-ns=EINVAL|EPERM clone3=EINVAL|ENOSYS unshare-files=ok|ok thread=ok|ok fork=ok|ok'
	row 'RestrictNamespaces, a deny list' 'RestrictNamespaces=~user' \
		'clone-ns=EINVAL|EPERM setns=EBADF|EPERM clone3=EINVAL|ENOSYS'
	row ProtectClock ProtectClock=yes 'clock=ok|EPERM'
	row Tasks=threads Tasks=threads 'thread=ok|ok fork=ok|EPERM clone3=EINVAL|ENOSYS'
	row Tasks=deny Tasks=deny 'thread=ok|EPERM fork=ok|EPERM'
	row SystemCallFilter 'SystemCallFilter=~keyctl chmod:EACCES' 'keyctl=ENOKEY|EPERM chmod=ok|EACCES chmod-plain=ok|EACCES unix=ok|ok'
	row SystemCallErrorNumber $'SystemCallErrorNumber=ENODATA\nSystemCallFilter=~keyctl' 'keyctl=ENOKEY|ENODATA'
	row 'an optional name' 'SystemCallFilter=~?no_such_call keyctl' 'keyctl=ENOKEY|EPERM'
}

# Every directive in front of strict's allow list, whose own verdicts stay.
on_strict()
{
	PROFILE=strict
	is "$(under '' personality-ask mmap-wx mprotect mmap-rx keyctl unknown netlink packet clone3 ring thread)" \
		'personality-ask=ok mmap-wx=EPERM mprotect=EPERM mmap-rx=ok keyctl=EPERM unknown=ENOSYS netlink=ok packet=EAFNOSUPPORT clone3=ENOSYS ring=ENOSYS thread=ok' \
		'strict as shipped'
	is "$(under $'MemoryDenyWriteExecute=no\nRestrictAddressFamilies=AF_UNIX AF_PACKET\nSystemCallFilter=keyctl' \
		mmap-wx keyctl netlink packet unix inet)" \
		'mmap-wx=ok keyctl=ENOKEY netlink=EAFNOSUPPORT packet=EAFNOSUPPORT unix=ok inet=EAFNOSUPPORT' \
		'strict relaxed and restricted'
	add_settings ''
	PROFILE=observe
}

# What ends by a signal: BADARCH is death.
other_architectures()
{
	[ "$(uname -m)" = x86_64 ] || { skip 'no other architecture here'; return; }
	is "$(under '' int80 x32)" 'signal 31 int80=EINTR signal 31 x32=EINTR' 'native only: int 0x80 and x32 kill'
	is "$(under $'SystemCallArchitectures=native x86\nSystemCallFilter=~ptrace\nMemoryDenyWriteExecute=yes' \
		int80 x32 int80-ptrace int80-mmap2)" \
		'int80=ok signal 31 x32=EINTR int80-ptrace=EPERM int80-mmap2=EPERM' 'with x86: the same rules through int 0x80'
	mark=$(records_mark)
	is "$(under 'SystemCallArchitectures=native x86' int80-exec)" 'by int80' 'an exec by int 0x80 runs'
	check 'and is recorded with its arguments' wait_until 5 has_record "$mark" \
		'.event == "exec" and .requested == "/bin/echo" and .argv == ["/bin/echo", "by", "int80"] and (.path | endswith("/echo"))'
}

# refused SETTING REASON
refused()
{
	add_settings "$1"
	attempt alice profile=observe fail=closed
	was_refused "$1" "$2"
	is "$(count_records "$mark" '.event == "session.ready" or .event == "attach" or .event == "exec"')" 0 \
		"$1: nothing was started"
}

refusals()
{
	refused 'SystemCallFilter=~opne' 'no system call "opne"; did you mean "open"'
	refused 'SystemCallFilter=@nothing' 'no set "@nothing"'
	refused 'SystemCallFilter=~execve' 'execve cannot be refused'
	refused 'SystemCallFilter=~sendmsg' 'sendmsg must stay allowed'
	refused 'SystemCallFilter=read write' 'sendmsg must stay allowed'
	refused 'SystemCallFilter=~keyctl @login' '@login must be the first'
	refused 'RestrictAddressFamilies=AF_UNIXX' 'AF_UNIXX'
	refused 'RestrictNamespaces=~usr' 'usr'
	refused 'SystemCallArchitectures=x32' 'x32'
}

# compiler NAME REASON: a filter that has to be made, while the compiler is what it is now.
compiler()
{
	attempt alice profile=observe fail=closed
	was_refused "compiler $1" "$2"
	is "$(count_records "$mark" '.event == "session.ready"')" 0 "compiler $1: nothing was started"
	check "compiler $1: no process is left" wait_until 5 no_process_of_ours
	# A profile that was shipped needs none.
	attempt alice profile=strict
	is "$rc" 0 "compiler $1: a shipped profile does not need it"
}

# compiler_is COMMAND...: makes $FILTER another file.
compiler_is()
{
	rm -f "$FILTER"
	"$@"
}

hang()
{
	echo 'int pause(void); int main(void) { for (;;) pause(); }' | cc -x c -o "$FILTER" -
}

compilers()
{
	cp -p "$FILTER" "$T/filter.real"
	add_settings SystemCallFilter=~keyctl
	compiler_is true
	compiler missing 'swrap-filter.*No such file'
	compiler_is hang
	compiler 'that hangs' 'swrap-filter.*no answer within 2 s'
	compiler_is cp /bin/cat "$FILTER"
	compiler 'that writes garbage' 'filter.*instruction 0|swrap-filter.*wrote'
	compiler_is cp /bin/true "$FILTER"
	compiler 'that writes nothing' 'swrap-filter.*wrote 0 bytes'
	compiler_is cp /bin/false "$FILTER"
	compiler 'that fails' 'swrap-filter.*ended with 1'
	compiler_is cp "$T/filter.real" "$FILTER"
	chown alice "$FILTER"
	compiler 'of a user' 'swrap-filter.*must be root'
	chown root "$FILTER"
	chmod 775 "$FILTER"
	compiler 'that its group may write' 'swrap-filter.*must be root'
	compiler_is ln -s "$T/filter.real" "$FILTER"
	compiler 'that is a symbolic link' 'swrap-filter'
	compiler_is cp -p "$T/filter.real" "$FILTER"
	attempt alice profile=observe fail=closed
	is "$rc" 0 'the real one again'
}

# has_permitted JQ_CONDITION
has_permitted()
{
	wait_until 5 has_record "$mark" ".event == \"permitted\" and $1"
}

permissive()
{
	PROFILE=strict
	mark=$(records_mark)
	is "$(under Mode=permissive keyctl mmap-wx packet unshare unknown clone3 chmod fork)" \
		'keyctl=ENOKEY mmap-wx=ok packet=EPERM unshare=ok unknown=ENOSYS clone3=EINVAL chmod=ok fork=ok' \
		'permissive: nothing is refused'
	check 'its level is none' wait_until 5 has_record "$mark" '.event == "session.ready" and .level == "none" and .profile == "strict"'
	check 'what would have been is recorded' has_permitted \
		'.call == "keyctl" and .verdict == "errno" and .errno == 1 and .arch == "x86_64" and (.exe | endswith("/syscalls")) and .pid > 1 and .count == 1'
	check 'with arguments' has_permitted '.call == "mmap" and .args[2] == "0x7" and .errno == 1'
	check 'a call nobody knows, by its number' has_permitted '.call == null and .number == 1000 and .errno == 38'
	check 'a family' has_permitted '.call == "socket" and .args[0] == "0x11" and .errno == 97'
	check 'the end counts no denial' wait_until 5 has_record "$mark" '.event == "session.end" and .denied == 0'
	is "$(count_records "$mark" '.event == "permitted" and .call == "read"')" 0 'what is allowed is not recorded'
	if [ "$(uname -m)" = x86_64 ]; then
		mark=$(records_mark)
		is "$(under Mode=permissive int80 int80-exec)" 'int80=ok by int80' 'i386 goes on, too'
		check 'and would have killed' has_permitted '.arch == "i386" and .number == 20 and .verdict == "kill"'
		check 'its exec is one' wait_until 5 has_record "$mark" '.event == "exec" and .argv == ["/bin/echo", "by", "int80"]'
	fi
	# A loop does not spend the budget.
	mark=$(records_mark)
	# shellcheck disable=SC2046 # words
	under Mode=permissive $(yes keyctl | head -n 200) >"$T/loop"
	is "$(grep -o ENOKEY "$T/loop" | wc -l)" 200 'a loop goes on'
	is "$(count_records "$mark" '.event == "permitted" and .call == "keyctl"')" 9 'and is recorded four times, then at powers of two'
	PROFILE=observe
}

trap 'rm -rf /etc/swrap/profiles' EXIT
build_tools syscalls || not_ok 'the tools can be built'
snapshot before
directives
on_strict
other_architectures
refusals
compilers
permissive
module_off su
nothing_left before 'nothing is left of any'
done_testing
