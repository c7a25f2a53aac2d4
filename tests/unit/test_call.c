/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "helper/call.h"
#include "src/attr.h"

#include <linux/audit.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

struct call_case {
	uint32_t arch;
	int number;
	enum call call;
	unsigned int pointer_bytes;
	const char *architecture, *name;
};

static const struct call_case cases[] = {
	{ NATIVE, SYS_execveat, CALL_EXECVEAT, 8, NULL, "execveat" },
	{ NATIVE, SYS_chroot, CALL_CHROOT, 8, NULL, "chroot" },
	{ NATIVE, SYS_keyctl, CALL_OTHER, 8, NULL, "keyctl" },
	{ NATIVE, -1, CALL_OTHER, 8, NULL, NULL },
	{ NATIVE, 100000, CALL_OTHER, 8, NULL, NULL },
	{ AUDIT_ARCH_S390X, SYS_execve, CALL_OTHER, 8, "other", NULL },
#ifdef __x86_64__
	{ NATIVE, SYS_execve, CALL_EXECVE, 8, "x86_64", "execve" },
	{ NATIVE, 11, CALL_OTHER, 8, "x86_64", "munmap" },
	{ AUDIT_ARCH_I386, 11, CALL_EXECVE, 4, "i386", NULL },
	{ AUDIT_ARCH_I386, 358, CALL_EXECVEAT, 4, "i386", NULL },
	{ AUDIT_ARCH_I386, 61, CALL_CHROOT, 4, "i386", NULL },
	{ AUDIT_ARCH_I386, SYS_execve, CALL_OTHER, 4, "i386", NULL },
	{ NATIVE, 0x40000000 | 520, CALL_EXECVE, 4, "x32", NULL },
	{ NATIVE, 0x40000000 | 545, CALL_EXECVEAT, 4, "x32", NULL },
	{ NATIVE, 0x40000000 | SYS_execve, CALL_OTHER, 4, "x32", NULL },
#endif
};

static void test_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct call_case *c = &cases[i];
		const struct seccomp_data data = { .arch = c->arch, .nr = c->number };
		const char *name = call_name(&data);

		assert_int_equal(call_of(&data), c->call);
		assert_int_equal(call_pointer_bytes(&data), c->pointer_bytes);
		if (c->architecture)
			assert_string_equal(call_architecture(&data), c->architecture);
		if (c->name)
			assert_string_equal(name, c->name);
		else
			assert_null(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_calls) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
