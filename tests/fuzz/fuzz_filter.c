/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program of instructions that a stranger wrote: behind one byte of kind, eight bytes each. What is
 * taken gives a verdict to every call, and the ones no session is without.
 */
#include "fuzz.h"

#include "helper/filter_ask.h"
#include "helper/filter_check.h"

#include <linux/audit.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

static uint32_t answer(const struct sock_fprog *program, uint32_t arch, int nr, uint64_t argument)
{
	struct seccomp_data data = { .nr = nr, .arch = arch, .instruction_pointer = argument };

	for (size_t i = 0; i < ARRAY_SIZE(data.args); i++)
		data.args[i] = argument;
	return filter_answer(program, &data);
}

/* Whatever the arguments: the kernel has no other word for the call. */
static void check_answers(const struct sock_fprog *program, uint64_t argument)
{
	static const uint32_t verdicts[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF,
					     SECCOMP_RET_KILL_PROCESS };

	HOLDS(answer(program, NATIVE, SYS_execve, argument) == SECCOMP_RET_USER_NOTIF);
	HOLDS(answer(program, NATIVE, SYS_execveat, argument) == SECCOMP_RET_USER_NOTIF);
	HOLDS(answer(program, NATIVE, SYS_sendmsg, argument) == SECCOMP_RET_ALLOW);
	HOLDS(answer(program, AUDIT_ARCH_S390X, SYS_read, argument) == SECCOMP_RET_KILL_PROCESS);
	for (int nr = 0; nr < 500; nr += 7) {
		uint32_t verdict = answer(program, NATIVE, nr, argument);
		bool known = (verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;

		for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
			known |= verdict == verdicts[i];
		HOLDS(known && verdict != SECCOMP_RET_ERRNO);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_free_ struct sock_filter *code = NULL;
	struct sock_fprog program;
	struct err e = { 0 };
	size_t n = size > 0 ? (size - 1) / sizeof(*code) : 0;
	int r;

	if (n > BPF_MAXINSNS)
		return 0;
	code = malloc(n * sizeof(*code) + 1);
	HOLDS(code);
	if (n > 0)
		memcpy(code, data + 1, n * sizeof(*code));
	program = (struct sock_fprog){ .len = (unsigned short)n, .filter = code };
	r = filter_check(&program, n > 0 && data[0] & 1, &e);
	HOLDS((r < 0) == (e.num != 0));
	for (uint64_t argument = 0; r == 0 && argument < 4; argument++)
		check_answers(&program, argument * UINT64_C(0x1234567890abcdef));
	return 0;
}
