/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_check.h"

#include "filter_ask.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

enum { I386_EXECVE = 11, I386_EXECVEAT = 358, I386_READ = 3, X32_BIT = 0x40000000, ERRNO_MAX = 4095 };

static bool is_verdict(uint32_t k)
{
	if ((k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return (k & SECCOMP_RET_DATA) >= 1 && (k & SECCOMP_RET_DATA) <= ERRNO_MAX;
	return k == SECCOMP_RET_ALLOW || k == SECCOMP_RET_USER_NOTIF || k == SECCOMP_RET_KILL_PROCESS;
}

/* left: how many instructions follow. */
static bool is_sound(const struct sock_filter *s, size_t left)
{
	switch (s->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return s->k % 4 == 0 && s->k < sizeof(struct seccomp_data) && left > 0;
	case BPF_ALU | BPF_AND | BPF_K:
		return left > 0;
	case BPF_JMP | BPF_JA:
		return s->k < left;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		return s->jt < left && s->jf < left;
	case BPF_RET | BPF_K:
		return is_verdict(s->k);
	default:
		return false;
	}
}

struct demand {
	uint32_t arch;
	uint32_t number;
	uint32_t verdict;
	const char *what;
};

static const struct demand demands[] = {
	{ NATIVE, SYS_execve, SECCOMP_RET_USER_NOTIF, "execve asks" },
	{ NATIVE, SYS_execveat, SECCOMP_RET_USER_NOTIF, "execveat asks" },
	{ NATIVE, SYS_sendmsg, SECCOMP_RET_ALLOW, "sendmsg is allowed" },
	{ NATIVE, SYS_write, SECCOMP_RET_ALLOW, "write is allowed" },
	{ NATIVE, SYS_exit_group, SECCOMP_RET_ALLOW, "exit_group is allowed" },
	{ AUDIT_ARCH_S390X, SYS_read, SECCOMP_RET_KILL_PROCESS, "a foreign architecture kills" },
#ifdef __x86_64__
	{ NATIVE, X32_BIT | SYS_read, SECCOMP_RET_KILL_PROCESS, "x32 kills" },
	{ NATIVE, X32_BIT | SYS_execve, SECCOMP_RET_KILL_PROCESS, "x32 kills" },
	{ NATIVE, X32_BIT | 520, SECCOMP_RET_KILL_PROCESS, "execve of x32 kills" },
#endif
};
static const struct demand i386_demands[] = {
	{ AUDIT_ARCH_I386, I386_EXECVE, SECCOMP_RET_USER_NOTIF, "execve of i386 asks" },
	{ AUDIT_ARCH_I386, I386_EXECVEAT, SECCOMP_RET_USER_NOTIF, "execveat of i386 asks" },
};
static const struct demand no_i386_demands[] = {
	{ AUDIT_ARCH_I386, I386_READ, SECCOMP_RET_KILL_PROCESS, "i386 kills" },
	{ AUDIT_ARCH_I386, I386_EXECVE, SECCOMP_RET_KILL_PROCESS, "i386 kills" },
};

static int check_demands(const struct sock_fprog *program, const struct demand *all, size_t n,
			 struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t verdict;

		if (!filter_constant(program, all[i].arch, all[i].number, &verdict) ||
		    verdict != all[i].verdict)
			return err_set(e, EBADMSG, "filter", "not so: %s", all[i].what);
	}
	return 0;
}

int filter_check(const struct sock_fprog *program, bool i386, struct err *e)
{
	int r;

	if (program->len == 0 || program->len > BPF_MAXINSNS)
		return err_set(e, EBADMSG, "filter", "%u instructions", program->len);
	for (size_t i = 0; i < program->len; i++)
		if (!is_sound(&program->filter[i], program->len - i - 1))
			return err_set(e, EBADMSG, "filter", "instruction %zu", i);
	r = check_demands(program, demands, ARRAY_SIZE(demands), e);
	if (r < 0)
		return r;
	return i386 ? check_demands(program, i386_demands, ARRAY_SIZE(i386_demands), e) :
		      check_demands(program, no_i386_demands, ARRAY_SIZE(no_i386_demands), e);
}
