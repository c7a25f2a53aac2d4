/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys_x86_64.h - one system call: number in rax, arguments in rdi rsi rdx r10 r8 r9, the result or
 * -errno in rax; the kernel destroys rcx and r11. Included by sys.h only.
 */
#ifndef SWRAP_ATTACH_SYS_X86_64_H
#define SWRAP_ATTACH_SYS_X86_64_H

static inline long sys_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#endif
