/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Specs made into programs, and what the programs say of calls: with a directive, and without it.
 */
#include "bpf.h"

#include "tools/filter_compile.h"

#include "src/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define GARBAGE UINT64_C(0xdeadbeef00000000)
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define SPEC(lines) "filter 1\n" lines

enum {
	CLONE3 = 435, OPENAT2 = 437, FCHMODAT2 = 452, RING = 425, SCHED_RESET = 0x40000000,
	NEWTIME = 0x80, SHM_EXECUTE = 0100000, READ_EXECUTES = 0x400000, NO_RANDOM = 0x40000,
	UNKNOWN = 1000, TMPFILE = O_TMPFILE & ~O_DIRECTORY,
};

struct verdict_case {
	const char *spec;
	long nr;
	uint64_t args[4];
	uint32_t verdict;
	uint32_t arch;
};

/* With the directive the one, with none ALLOW. */
static const struct verdict_case cases[] = {
	/* always */
	{ SPEC(""), SYS_execve, { 0 }, NOTIFY, 0 },
	{ SPEC(""), SYS_execveat, { 0 }, NOTIFY, 0 },
	{ SPEC(""), SYS_chroot, { 0 }, NOTIFY, 0 },
	{ SPEC(""), SYS_mount, { 0 }, ALLOW, 0 },
	{ SPEC(""), UNKNOWN, { 0 }, ALLOW, 0 },
	{ SPEC(""), SYS_read, { 0 }, KILL, AUDIT_ARCH_S390X },
	/* RestrictRealtime= */
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { 0, SCHED_FIFO }, ERRNO(EPERM), 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { 0, SCHED_RR }, ERRNO(EPERM), 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { 0, GARBAGE | SCHED_FIFO }, ERRNO(EPERM), 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { 0, SCHED_RESET | SCHED_RR }, ERRNO(EPERM), 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { 0, 6 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { 0, 7 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { 0, SCHED_OTHER }, ALLOW, 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { 0, SCHED_RESET | SCHED_BATCH }, ALLOW, 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setscheduler, { SCHED_FIFO, SCHED_IDLE }, ALLOW, 0 },
	{ SPEC("restrict realtime\n"), SYS_sched_setattr, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC(""), SYS_sched_setscheduler, { 0, SCHED_FIFO }, ALLOW, 0 },
	{ SPEC(""), SYS_sched_setattr, { 0 }, ALLOW, 0 },
	/* LockPersonality= */
	{ SPEC("restrict personality\n"), SYS_personality, { 0xffffffff }, ALLOW, 0 },
	{ SPEC("restrict personality\n"), SYS_personality, { GARBAGE }, ALLOW, 0 },
	{ SPEC("restrict personality\n"), SYS_personality, { NO_RANDOM }, ERRNO(EPERM), 0 },
	{ SPEC("restrict personality\n"), SYS_personality, { GARBAGE | 8 }, ERRNO(EPERM), 0 },
	{ SPEC(""), SYS_personality, { NO_RANDOM }, ALLOW, 0 },
	/* MemoryDenyWriteExecute= */
	{ SPEC("restrict write-execute\n"), SYS_mmap, { 0, 1, PROT_WRITE | PROT_EXEC }, ERRNO(EPERM), 0 },
	{ SPEC("restrict write-execute\n"), SYS_mmap, { 0, 1, GARBAGE | 7 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict write-execute\n"), SYS_mmap, { 0, 1, PROT_READ | PROT_EXEC }, ALLOW, 0 },
	{ SPEC("restrict write-execute\n"), SYS_mmap, { 0, 1, PROT_READ | PROT_WRITE }, ALLOW, 0 },
	{ SPEC("restrict write-execute\n"), SYS_mmap, { 0, 6, PROT_READ, 6 }, ALLOW, 0 },
	{ SPEC("restrict write-execute\n"), SYS_mprotect, { 0, 1, PROT_EXEC }, ERRNO(EPERM), 0 },
	{ SPEC("restrict write-execute\n"), SYS_mprotect, { 0, 1, GARBAGE | 5 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict write-execute\n"), SYS_mprotect, { 0, 1, PROT_WRITE }, ALLOW, 0 },
	{ SPEC("restrict write-execute\n"), SYS_pkey_mprotect, { 0, 1, PROT_EXEC }, ERRNO(EPERM), 0 },
	{ SPEC("restrict write-execute\n"), SYS_pkey_mprotect, { 0, 1, PROT_READ, 4 }, ALLOW, 0 },
	{ SPEC("restrict write-execute\n"), SYS_shmat, { 0, 0, SHM_EXECUTE }, ERRNO(EPERM), 0 },
	{ SPEC("restrict write-execute\n"), SYS_shmat, { 0, 0, 010000 }, ALLOW, 0 },
	{ SPEC("restrict write-execute\n"), SYS_personality, { READ_EXECUTES }, ERRNO(EPERM), 0 },
	{ SPEC("restrict write-execute\n"), SYS_personality, { 0xffffffff }, ALLOW, 0 },
	{ SPEC("restrict write-execute\n"), SYS_personality, { NO_RANDOM }, ALLOW, 0 },
	{ SPEC(""), SYS_mmap, { 0, 1, 7 }, ALLOW, 0 },
	{ SPEC(""), SYS_mprotect, { 0, 1, 4 }, ALLOW, 0 },
	{ SPEC(""), SYS_shmat, { 0, 0, SHM_EXECUTE }, ALLOW, 0 },
	/* RestrictSUIDSGID= */
	{ SPEC("restrict suid-sgid\n"), SYS_fchmod, { 0, 04755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_fchmod, { 0, 02755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_fchmod, { 0, GARBAGE | 06000 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_fchmod, { 0, 01777 }, ALLOW, 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_fchmod, { 04000, 0644 }, ALLOW, 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_fchmodat, { 0, 0, 04755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), FCHMODAT2, { 0, 0, 02000 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_mknodat, { 0, 0, 0104755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_mknodat, { 0, 0, 0010644 }, ALLOW, 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_openat, { 0, 0, O_CREAT | O_WRONLY, 04755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_openat, { 0, 0, TMPFILE | O_RDWR, 02755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_openat, { 0, 0, GARBAGE | O_CREAT, GARBAGE | 04000 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_openat, { 0, 0, O_CREAT, 0644 }, ALLOW, 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_openat, { 0, 0, O_RDONLY, 04755 }, ALLOW, 0 },
	{ SPEC("restrict suid-sgid\n"), OPENAT2, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("restrict suid-sgid\n"), RING, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC(""), SYS_fchmod, { 0, 04755 }, ALLOW, 0 },
	{ SPEC(""), OPENAT2, { 0 }, ALLOW, 0 },
	/* Protect*= */
	{ SPEC("restrict clock\n"), SYS_clock_settime, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict clock\n"), SYS_settimeofday, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict clock\n"), SYS_adjtimex, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict clock\n"), SYS_clock_adjtime, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict clock\n"), SYS_clock_gettime, { 0 }, ALLOW, 0 },
	{ SPEC("restrict kernel-modules\n"), SYS_finit_module, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict kernel-modules\n"), SYS_init_module, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict kernel-modules\n"), SYS_delete_module, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict kernel-logs\n"), SYS_syslog, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC(""), SYS_syslog, { 0 }, ALLOW, 0 },
	/* RestrictNamespaces= */
	{ SPEC("namespaces 7e020080\n"), SYS_unshare, { CLONE_NEWUSER }, ERRNO(EPERM), 0 },
	{ SPEC("namespaces 7e020080\n"), SYS_unshare, { NEWTIME }, ERRNO(EPERM), 0 },
	{ SPEC("namespaces 7e020080\n"), SYS_unshare, { CLONE_FILES }, ALLOW, 0 },
	{ SPEC("namespaces 7e020080\n"), SYS_clone, { CLONE_NEWNS | SIGCHLD }, ERRNO(EPERM), 0 },
	{ SPEC("namespaces 7e020080\n"), SYS_clone, { GARBAGE | CLONE_NEWPID }, ERRNO(EPERM), 0 },
	{ SPEC("namespaces 7e020080\n"), SYS_clone, { SIGCHLD }, ALLOW, 0 },
	{ SPEC("namespaces 7e020080\n"), SYS_clone, { THREAD }, ALLOW, 0 },
	{ SPEC("namespaces 7e020080\n"), CLONE3, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("namespaces 7e020080\n"), SYS_setns, { 3, 0 }, ERRNO(EPERM), 0 },
	{ SPEC("namespaces 7e020080\n"), SYS_setns, { 3, GARBAGE }, ERRNO(EPERM), 0 },
	{ SPEC("namespaces 10000000\n"), SYS_unshare, { CLONE_NEWUSER }, ERRNO(EPERM), 0 },
	{ SPEC("namespaces 10000000\n"), SYS_unshare, { CLONE_NEWUSER | CLONE_NEWNET }, ERRNO(EPERM), 0 },
	{ SPEC("namespaces 10000000\n"), SYS_unshare, { CLONE_NEWNET }, ALLOW, 0 },
	{ SPEC("namespaces 10000000\n"), SYS_setns, { 3, CLONE_NEWNET }, ALLOW, 0 },
	{ SPEC("namespaces 10000000\n"), SYS_setns, { 3, 0 }, ERRNO(EPERM), 0 },
	{ SPEC(""), SYS_unshare, { CLONE_NEWUSER }, ALLOW, 0 },
	{ SPEC(""), CLONE3, { 0 }, ALLOW, 0 },
	/* RestrictAddressFamilies= */
	{ SPEC("families allow 1 2\n"), SYS_socket, { AF_UNIX }, ALLOW, 0 },
	{ SPEC("families allow 1 2\n"), SYS_socket, { GARBAGE | AF_INET }, ALLOW, 0 },
	{ SPEC("families allow 1 2\n"), SYS_socket, { AF_INET6 }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("families allow 1 2\n"), SYS_socket, { AF_PACKET }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("families allow 1 2\n"), SYS_socket, { 0xffffffff }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("families allow 1 2\n"), SYS_socketpair, { AF_UNIX }, ALLOW, 0 },
	{ SPEC("families allow 1 2\n"), RING, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("families allow\n"), SYS_socket, { AF_UNIX }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("families refuse 16 17 38\n"), SYS_socket, { AF_NETLINK }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("families refuse 16 17 38\n"), SYS_socket, { GARBAGE | AF_ALG }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("families refuse 16 17 38\n"), SYS_socket, { AF_INET6 }, ALLOW, 0 },
	{ SPEC(""), SYS_socket, { AF_PACKET }, ALLOW, 0 },
	{ SPEC(""), RING, { 0 }, ALLOW, 0 },
	/* In front of an allow list: both must agree. */
	{ SPEC("families allow 1 17\nsyscalls @strict\n"), SYS_socket, { AF_UNIX }, ALLOW, 0 },
	{ SPEC("families allow 1 17\nsyscalls @strict\n"), SYS_socket, { AF_PACKET }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("families allow 1 17\nsyscalls @strict\n"), SYS_socket, { AF_INET }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("restrict write-execute\nsyscalls @strict\n"), SYS_mmap, { 0, 1, 6 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict write-execute\nsyscalls @strict\n"), SYS_mmap, { 0, 1, 5 }, ALLOW, 0 },
	{ SPEC("restrict write-execute\nsyscalls @strict\n"), SYS_personality, { 8 }, ERRNO(ENOSYS), 0 },
	{ SPEC("restrict personality\nsyscalls @strict\n"), SYS_personality, { 8 }, ERRNO(EPERM), 0 },
	/* Tasks= */
	{ SPEC("restrict threads\n"), SYS_clone, { SIGCHLD }, ERRNO(EPERM), 0 },
	{ SPEC("restrict threads\n"), SYS_clone, { CLONE_VM | CLONE_VFORK }, ERRNO(EPERM), 0 },
	{ SPEC("restrict threads\n"), SYS_clone, { THREAD }, ALLOW, 0 },
	{ SPEC("restrict threads\n"), SYS_clone, { GARBAGE | SIGCHLD }, ERRNO(EPERM), 0 },
	{ SPEC("restrict threads\n"), CLONE3, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("restrict deny\n"), SYS_clone, { THREAD }, ERRNO(EPERM), 0 },
	{ SPEC("restrict deny\n"), CLONE3, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("restrict deny\n"), SYS_execve, { 0 }, NOTIFY, 0 },
	{ SPEC(""), SYS_clone, { SIGCHLD }, ALLOW, 0 },
	/* SystemCallFilter=: a deny list */
	{ SPEC("syscalls ~keyctl ~bpf\n"), SYS_keyctl, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls ~keyctl ~bpf\n"), SYS_bpf, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls ~keyctl ~bpf\n"), SYS_read, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls ~keyctl ~bpf\n"), UNKNOWN, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls ~keyctl:38 ~bpf\n"), SYS_keyctl, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("syscalls ~keyctl:kill\n"), SYS_keyctl, { 0 }, KILL, 0 },
	{ SPEC("error 13\nsyscalls ~keyctl ~bpf:1\n"), SYS_keyctl, { 0 }, ERRNO(EACCES), 0 },
	{ SPEC("error 13\nsyscalls ~keyctl ~bpf:1\n"), SYS_bpf, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("error kill\nsyscalls ~keyctl\n"), SYS_keyctl, { 0 }, KILL, 0 },
	{ SPEC("syscalls ~keyctl keyctl\n"), SYS_keyctl, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls ~@strict-refused keyctl\n"), SYS_keyctl, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls ~@strict-refused keyctl\n"), SYS_add_key, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls ~@unfilterable\n"), CLONE3, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("syscalls ~@namespaces\n"), SYS_clone, { CLONE_NEWUSER }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls ~@namespaces\n"), SYS_clone, { SIGCHLD }, ALLOW, 0 },
	{ SPEC("syscalls ~@sockets sendmsg\n"), SYS_socket, { AF_UNIX }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls ~chroot\n"), SYS_chroot, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls ~?no_such_call ~keyctl\n"), SYS_keyctl, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls ~fchmodat2\n"), FCHMODAT2, { 0 }, ERRNO(EPERM), 0 },
	/* SystemCallFilter=: an allow list */
	{ SPEC("syscalls write sendmsg read\n"), SYS_read, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls write sendmsg read\n"), SYS_exit_group, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls write sendmsg read\n"), SYS_clock_gettime, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls write sendmsg read\n"), SYS_execve, { 0 }, NOTIFY, 0 },
	{ SPEC("syscalls write sendmsg read\n"), SYS_keyctl, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("syscalls write sendmsg read\n"), SYS_chroot, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("syscalls write sendmsg read\n"), UNKNOWN, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("error 1\nsyscalls write sendmsg\n"), SYS_keyctl, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls write sendmsg ~nanosleep\n"), SYS_nanosleep, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls write sendmsg chroot\n"), SYS_chroot, { 0 }, NOTIFY, 0 },
	{ SPEC("syscalls @files @sockets\n"), SYS_socket, { AF_UNIX }, ALLOW, 0 },
	{ SPEC("syscalls @files @sockets\n"), SYS_socket, { AF_PACKET }, ERRNO(EAFNOSUPPORT), 0 },
	{ SPEC("syscalls @files @sockets\n"), SYS_futex, { 0 }, ERRNO(ENOSYS), 0 },
	{ SPEC("syscalls @files @sockets socket\n"), SYS_socket, { AF_PACKET }, ALLOW, 0 },
	/* A policy, and words behind it. */
	{ SPEC("syscalls @login ~keyctl\n"), SYS_keyctl, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls @login ptrace\n"), SYS_ptrace, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls @login ptrace\n"), SYS_bpf, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("syscalls @strict keyctl\n"), SYS_keyctl, { 0 }, ALLOW, 0 },
	{ SPEC("syscalls @strict ~socket\n"), SYS_socket, { AF_UNIX }, ERRNO(EPERM), 0 },
	{ SPEC("error 1\nsyscalls @strict\n"), UNKNOWN, { 0 }, ERRNO(EPERM), 0 },
#ifdef __x86_64__
	{ SPEC("restrict suid-sgid\n"), SYS_chmod, { 0, 04755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_creat, { 0, 02755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_creat, { 0, 0755 }, ALLOW, 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_mknod, { 0, 04755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_open, { 0, O_CREAT, 04755 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict suid-sgid\n"), SYS_open, { 0, O_RDWR, 04755 }, ALLOW, 0 },
	{ SPEC("restrict threads\n"), SYS_fork, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict threads\n"), SYS_vfork, { 0 }, ERRNO(EPERM), 0 },
	{ SPEC("restrict deny\n"), SYS_fork, { 0 }, ERRNO(EPERM), 0 },
	/* SystemCallArchitectures= */
	{ SPEC(""), 0x40000000 | SYS_read, { 0 }, KILL, 0 },
	{ SPEC(""), 0x40000000 | 520, { 0 }, KILL, 0 },
	{ SPEC("architectures x86\n"), 0x40000000 | 520, { 0 }, KILL, 0 },
	{ SPEC(""), 11, { 0 }, KILL, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\n"), 11, { 0 }, NOTIFY, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\n"), 358, { 0 }, NOTIFY, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\n"), 61, { 0 }, NOTIFY, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\n"), 3, { 0 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\n"), SYS_execve, { 0 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\n"), SYS_execve, { 0 }, NOTIFY, 0 },
	{ SPEC("architectures x86\nsyscalls @login\n"), 26 /* ptrace */, { 0 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @login\n"), 54, { 0, 0x5412 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @login\n"), 22 /* umount */, { 0 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @login\n"), 264, { 0 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @login\n"), 404 /* clock_settime64 */, { 0 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @login\n"), 25 /* stime */, { 0 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @login\n"), 120, { CLONE_NEWUSER }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls ~chown\n"), 212 /* chown32 */, { 0 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @strict\n"), 192 /* mmap2 */, { 0 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @strict\n"), 199 /* getuid32 */, { 0 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @strict\n"), 195 /* stat64 */, { 0 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict write-execute\n"), 192, { 0, 1, 7 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict write-execute\n"), 192, { 0, 1, 3 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict write-execute\n"), 90, { 0x1000 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\n"), 90, { 0x1000 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict write-execute\n"), 117, { 21, 0, 0 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict write-execute\n"), 117, { 0x10015 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict write-execute\n"), 117, { 23 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict write-execute\n"), 397, { 0, 0, SHM_EXECUTE }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nfamilies allow 1\n"), 102, { 1 }, ERRNO(EAFNOSUPPORT), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nfamilies allow 1\n"), 102, { 2 }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nfamilies allow 1\n"), 359, { AF_UNIX }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nfamilies allow 1\n"), 359, { AF_PACKET }, ERRNO(EAFNOSUPPORT), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @strict\n"), 102, { 3 /* connect */ }, ALLOW, AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nsyscalls @strict\n"), 102, { 21 }, ERRNO(ENOSYS), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict suid-sgid\n"), 15 /* chmod */, { 0, 04755 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
	{ SPEC("architectures x86\nrestrict threads\n"), 2 /* fork */, { 0 }, ERRNO(EPERM), AUDIT_ARCH_I386 },
#endif
};

static struct sock_filter code[BPF_MAXINSNS];

static void test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct verdict_case *c = &cases[i];
		struct seccomp_data data = { .nr = (int)c->nr, .arch = c->arch ? c->arch : NATIVE };
		struct sock_fprog program = { 0, code };
		struct err e = { 0 };
		uint32_t verdict;
		size_t n = 0;

		if (filter_compile(c->spec, code, &n, &e) < 0)
			fail_msg("case %zu: %s: %s", i, e.what, e.about);
		program.len = (unsigned short)n;
		memcpy(data.args, c->args, sizeof(c->args));
		verdict = bpf_run(&program, &data);
		if (verdict != c->verdict)
			fail_msg("case %zu, call %ld of\n%s: 0x%x, expected 0x%x", i, c->nr, c->spec,
				 verdict, c->verdict);
	}
}

struct refused_case {
	const char *spec, *what, *about;
};

static const struct refused_case refused[] = {
	{ "", "filter", "first line" },
	{ "filter 2\n", "filter", "filter 2" },
	{ SPEC("colour blue\n"), "filter", "colour" },
	{ SPEC("realtime\n"), "filter", "realtime" },
	{ SPEC("restrict everything\n"), "filter", "everything" },
	{ SPEC("error 0\n"), "filter", "error" },
	{ SPEC("error 4096\n"), "filter", "error" },
	{ SPEC("error EPERM\n"), "filter", "error" },
	{ SPEC("namespaces 0\n"), "filter", "namespaces" },
	{ SPEC("namespaces user\n"), "filter", "namespaces" },
	{ SPEC("families 1\n"), "filter", "families" },
	{ SPEC("families al 1\n"), "filter", "families" },
	{ SPEC("families allow AF_UNIX\n"), "filter", "families" },
	{ SPEC("families allow 256\n"), "filter", "families" },
	{ SPEC("architectures x32\n"), "filter", "x32" },
	{ SPEC("syscalls opne\n"), "SystemCallFilter", "\"opne\"; did you mean \"open" },
	{ SPEC("syscalls ~keyctl ~nothing_like_it\n"), "SystemCallFilter", "no system call \"nothing_like_it\"" },
	{ SPEC("syscalls @nothing\n"), "SystemCallFilter", "no set \"@nothing\"" },
	{ SPEC("syscalls ~keyctl:0\n"), "SystemCallFilter", "\"0\"" },
	{ SPEC("syscalls ~keyctl:x\n"), "SystemCallFilter", "\"x\"" },
	{ SPEC("syscalls ~\n"), "SystemCallFilter", "no name" },
	{ SPEC("syscalls ~keyctl @login\n"), "SystemCallFilter", "@login must be the first" },
	{ SPEC("syscalls ~@strict\n"), "SystemCallFilter", "@strict must be the first" },
	/* What no session is without. */
	{ SPEC("syscalls ~execve\n"), "SystemCallFilter", "execve cannot be refused" },
	{ SPEC("syscalls ~execveat\n"), "SystemCallFilter", "execveat cannot be refused" },
	{ SPEC("syscalls ~sendmsg\n"), "SystemCallFilter", "sendmsg must stay allowed" },
	{ SPEC("syscalls ~@sockets\n"), "SystemCallFilter", "sendmsg must stay allowed" },
	{ SPEC("syscalls ~write\n"), "SystemCallFilter", "write must stay allowed" },
	{ SPEC("syscalls ~exit_group\n"), "SystemCallFilter", "exit_group must stay allowed" },
	{ SPEC("syscalls read\n"), "SystemCallFilter", "sendmsg must stay allowed" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct err e = { 0 };
		size_t n = 0;

		if (filter_compile(refused[i].spec, code, &n, &e) == 0)
			fail_msg("taken: %s", refused[i].spec);
		if (strcmp(e.what, refused[i].what) != 0 || !strstr(e.about, refused[i].about))
			fail_msg("%s: %s: %s", refused[i].spec, e.what, e.about);
	}
}

/* Every one of the build's lists, with every restriction, fits. */
static void test_fits(void **state)
{
	static const char all[] = SPEC("architectures x86\nrestrict realtime\nrestrict personality\n"
				       "restrict write-execute\nrestrict suid-sgid\nrestrict clock\n"
				       "restrict kernel-modules\nrestrict kernel-logs\nrestrict deny\n"
				       "namespaces 7e020080\nfamilies allow 1 2 10\nsyscalls @strict\n");
	struct err e = { 0 };
	size_t n = 0;

	(void)state;
#ifdef __x86_64__
	assert_int_equal(filter_compile(all, code, &n, &e), 0);
	assert_in_range(n, 100, BPF_MAXINSNS / 2);
#else
	assert_int_equal(filter_compile(all, code, &n, &e), -EINVAL);
	assert_string_equal(e.what, "SystemCallArchitectures");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
