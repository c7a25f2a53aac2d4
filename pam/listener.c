/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listener.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* Since 5.19. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "the gate needs the audit number of this architecture"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* Skips n instructions unless the value is equal (or at least value). */
#define UNLESS_EQUAL(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define UNLESS_AT_LEAST(value, n) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (value), 0, (n))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))

/*
 * By hand: libseccomp stays out of sshd's address space. A foreign architecture (int 0x80) and
 * the x32 numbers reach execve by another number, so both end the process.
 */
static const struct sock_filter gate_filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
#ifdef __x86_64__
	UNLESS_AT_LEAST(0x40000000, 1), /* __X32_SYSCALL_BIT */
	RETURN(SECCOMP_RET_KILL_PROCESS),
#endif
	UNLESS_EQUAL(SYS_execve, 1),
	RETURN(SECCOMP_RET_USER_NOTIF),
	UNLESS_EQUAL(SYS_execveat, 1),
	RETURN(SECCOMP_RET_USER_NOTIF),
	RETURN(SECCOMP_RET_ALLOW),
};

int listener_open(struct err *e)
{
	const struct sock_fprog program = {
		.len = ARRAY_SIZE(gate_filter),
		/* The kernel's header lacks the const; it only reads. */
		.filter = (struct sock_filter *)(uintptr_t)gate_filter,
	};
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			  flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return fd < 0 ? err_set(e, errno, "gate", "seccomp") : (int)fd;
}
