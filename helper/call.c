/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "call.h"

#include "filter_data.h"

#include "../src/attr.h"

#include <linux/audit.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#define NATIVE_NAME "x86_64"
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#define NATIVE_NAME "aarch64"
#endif

static const struct known {
	uint32_t arch;
	int number;
	enum call call;
} known[] = {
	{ NATIVE_ARCH, SYS_execve, CALL_EXECVE },
	{ NATIVE_ARCH, SYS_execveat, CALL_EXECVEAT },
	{ NATIVE_ARCH, SYS_chroot, CALL_CHROOT },
#ifdef __x86_64__
	{ AUDIT_ARCH_I386, 11, CALL_EXECVE },
	{ AUDIT_ARCH_I386, 358, CALL_EXECVEAT },
	{ AUDIT_ARCH_I386, 61, CALL_CHROOT },
	/* x32 has numbers of its own for these two; chroot is the native one with the bit. */
	{ NATIVE_ARCH, 0x40000000 | 520, CALL_EXECVE },
	{ NATIVE_ARCH, 0x40000000 | 545, CALL_EXECVEAT },
	{ NATIVE_ARCH, 0x40000000 | SYS_chroot, CALL_CHROOT },
#endif
};

static bool is_x32(const struct seccomp_data *data)
{
	return data->arch == AUDIT_ARCH_X86_64 && data->nr >= 0x40000000;
}

enum call call_of(const struct seccomp_data *data)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].arch == data->arch && known[i].number == data->nr)
			return known[i].call;
	return CALL_OTHER;
}

const char *call_architecture(const struct seccomp_data *data)
{
	if (is_x32(data))
		return "x32";
	if (data->arch == NATIVE_ARCH)
		return NATIVE_NAME;
	return data->arch == AUDIT_ARCH_I386 ? "i386" : "other";
}

unsigned int call_pointer_bytes(const struct seccomp_data *data)
{
	return data->arch == AUDIT_ARCH_I386 || is_x32(data) ? 4 : 8;
}

const char *call_name(const struct seccomp_data *data)
{
	if (data->arch != NATIVE_ARCH || data->nr < 0 || (size_t)data->nr >= filter_call_names_n)
		return NULL;
	return filter_call_names[data->nr];
}
