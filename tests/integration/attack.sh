#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Attacks from a shell in the session: system calls, other numbers for them, terminals, files.
# As the user, and as root by sudo. Each is made without the module first.
# timeout: 240
# shellcheck source=SCRIPTDIR/../lib/world.sh
. /lab/src/tests/lib/world.sh
# shellcheck source=SCRIPTDIR/../lib/attack.sh
. /lab/src/tests/lib/attack.sh

# --- one call each ---

# What comes of it: without the module, in profile login, in profile strict. "-" where nothing is to be
# expected without it: what is denied for other reasons, or differs between machines.
USER_CALLS='
calls ptrace ok EPERM EPERM
calls traceme ok EPERM EPERM
calls vm_read ok EPERM EPERM
calls vm_write ok EPERM EPERM
calls pidfd_getfd ok EPERM EPERM
calls unshare_user ok EPERM EPERM
calls unshare_mount - EPERM EPERM
calls clone_user ok EPERM EPERM
calls clone_mount - EPERM EPERM
calls clone_pid_garbage - EPERM EPERM
calls clone3 ok ENOSYS ENOSYS
calls io_uring ok ENOSYS ENOSYS
calls userfaultfd ok EPERM EPERM
calls keyctl ok ok EPERM
calls memfd ok ok EPERM
calls bpf - EPERM EPERM
calls setns - EPERM EPERM
calls mount - EPERM EPERM
calls umount ENOENT EPERM EPERM
calls pivot_root - EPERM EPERM
calls init_module - EPERM EPERM
calls reboot - EPERM EPERM
calls settime EFAULT EPERM EPERM
calls chroot - EPERM EPERM
calls write_sysctl EACCES EACCES EACCES
calls write_marker - EROFS EROFS
calls read_records EACCES EACCES EACCES
doors setuid EPERM EPERM EPERM
doors seteuid EPERM EPERM EPERM
doors setgid EPERM EPERM EPERM
doors setgroups EPERM EPERM EPERM
doors new_listener ok EBUSY EBUSY
doors tiocsti ok EPERM EPERM
doors tiocsti_garbage ok EPERM EPERM
doors tioclinux ENOTTY EPERM EPERM
doors tioclinux_garbage ENOTTY EPERM EPERM
'

NUMBER_CALLS='
doors int80_getpid ok SIGSYS SIGSYS
doors int80_exec ok SIGSYS SIGSYS
doors x32_getpid - SIGSYS SIGSYS
doors x32_exec - SIGSYS SIGSYS
'

# The same for root, whom sudo makes; there is none in strict.
ROOT_CALLS='
calls ptrace ok EPERM
calls vm_read ok EPERM
calls pidfd_getfd ok EPERM
calls unshare_mount ok EPERM
calls clone_mount ok EPERM
calls clone_pid_garbage ok EPERM
calls setns ok EPERM
calls mount ok EPERM
calls umount ENOENT EPERM
calls remount EINVAL EPERM
calls pivot_root ENOENT EPERM
calls fsopen ok EPERM
calls open_tree ok EPERM
calls move_mount ELOOP EPERM
calls mount_setattr ok EPERM
calls chroot_escape EXDEV EXDEV
calls open_by_handle - EPERM
calls bpf ok EPERM
calls kexec - EPERM
calls init_module - EPERM
calls finit_module - EPERM
calls reboot EINVAL EPERM
calls swapon ENOENT EPERM
calls settime EFAULT EPERM
calls mknod ok EPERM
calls write_sysctl ok EROFS
calls write_sysrq - (EROFS|ENOENT)
calls write_cgroup ok (EROFS|ENOENT)
calls write_etc_swrap ok EROFS
calls write_marker - EROFS
calls read_records ok ENOENT
calls list_records ok ENOENT
calls move_records ok EBUSY
doors tiocsti ok EPERM
doors tiocsti_garbage ok EPERM
'

# try_calls TABLE PREFIX: into $T/calls, one "NAME RESULT" a line.
try_calls()
{
	local program
	: >"$T/calls"
	for program in calls doors; do
		# shellcheck disable=SC2046 # names are words
		as_ssh alice "$2 $ATTACK/$program $(awk -v p="$program" \
			'$1 == p { printf "%s ", $2 }' <<<"$1")" </dev/null >>"$T/calls" 2>>"$T/calls.err"
	done
}

# judge_calls TABLE COLUMN WHERE
judge_calls()
{
	local name want got
	while read -r name want; do
		got=$(awk -v n="$name" '$1 == n { print $2 }' "$T/calls")
		if [ "$want" = - ]; then
			continue
		elif [ "$2" != 3 ] || [[ $got =~ ^$want$ ]]; then
			like "$got" "^$want\$" "$3: $name"
		else
			skip "$name: $got instead of $want on this machine without the module"
		fi
	done < <(awk -v c="$2" 'NF { print $2, $c }' <<<"$1")
}

all_calls()
{
	local numbers=
	[ "$(uname -m)" != x86_64 ] || numbers=$NUMBER_CALLS
	try_calls "$USER_CALLS$numbers" ''
	judge_calls "$USER_CALLS$numbers" 3 'without'
	try_calls "$ROOT_CALLS" 'sudo -n'
	judge_calls "$ROOT_CALLS" 3 'without, root'
	module_on sshd
	try_calls "$USER_CALLS$numbers" ''
	judge_calls "$USER_CALLS$numbers" 4 'login'
	try_calls "$ROOT_CALLS" 'sudo -n'
	judge_calls "$ROOT_CALLS" 4 'login, root'
	module_on sshd profile=strict
	try_calls "$USER_CALLS$numbers" ''
	judge_calls "$USER_CALLS$numbers" 5 'strict'
	module_off sshd
}

# --- setuid ---

setuid_bits()
{
	local out
	module_on sshd
	out=$(as_ssh alice 'cp /usr/bin/id .; chmod 4755 id; echo "$(./id -u) $(stat -c %a id)"' \
		</dev/null 2>&1)
	is "$out" '2001 4755' 'login: a setuid file of one'"'"'s own makes nobody else'
	module_on sshd profile=strict
	out=$(as_ssh alice 'sudo -n true; echo "sudo $?"; su -c true </dev/null; echo "su $?"; id -u' \
		</dev/null 2>&1)
	like "$out" 'sudo 1.*su 1.*2001' 'strict: setuid programs give nothing'
	out=$(as_ssh alice "grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs)' /proc/self/status" \
		</dev/null | tr -d '\n\t')
	is "$out" "$(printf 'CapInh:%s' 0000000000000000CapPrm:0000000000000000CapEff:0000000000000000CapBnd:0000000000000000CapAmb:0000000000000000NoNewPrivs:1)" \
		'strict: no capability is left in any set'
	module_off sshd
	rm -f /home/alice/id
}

# --- what is mounted where ---

run_directory()
{
	local out profile
	for profile in login strict; do
		module_on sshd profile=$profile
		out=$(as_ssh alice 'stat -c "%a %U %G" /run/swrap; ls /run/swrap 2>/dev/null
			cat /run/swrap/inside; echo; [ -e /run/swrap/attach ] || echo no socket' </dev/null)
		is "$(sed -n 1p <<<"$out")" '711 root root' "$profile: /run/swrap is the session's own"
		like "$(sed -n 2p <<<"$out")" '^[0-9a-f]{16}$' "$profile: the marker can be read"
		is "$(sed -n 3p <<<"$out")" 'no socket' "$profile: the host's socket cannot be reached"
	done
	module_on sshd
	is "$(as_ssh alice 'sudo -n ls -A /run/swrap' </dev/null)" inside 'it holds the marker alone'
	unlike "$(as_ssh alice 'sudo -n cat /proc/self/mountinfo' </dev/null)" '/run/swrap/(real|attach)' \
		'no mount of the application is seen inside'
	module_off sshd
}

if is_baseline; then
	done_testing
	exit 0
fi
printf 'alice ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/lab
chmod 440 /etc/sudoers.d/lab
mkdir -p /etc/swrap /var/log/swrap
[ -e "$RECORDS" ] || install -m 640 -g adm /dev/null "$RECORDS"
start_sshd
all_calls
setuid_bits
run_directory
stop_sshd
done_testing
