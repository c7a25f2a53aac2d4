/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bpf.h - a small interpreter of classic BPF, apart from the helper's own: what does a filter say?
 */
#ifndef SWRAP_BPF_H
#define SWRAP_BPF_H

#include "unit.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#define ALLOW SECCOMP_RET_ALLOW
#define NOTIFY SECCOMP_RET_USER_NOTIF
#define KILL SECCOMP_RET_KILL_PROCESS
#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))

static inline bool bpf_jump_taken(uint16_t code, uint32_t accumulator, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ: return accumulator == k;
	case BPF_JGT: return accumulator > k;
	case BPF_JGE: return accumulator >= k;
	case BPF_JSET: return (accumulator & k) != 0;
	default: fail_msg("jump 0x%x", code);
	}
	return false;
}

static inline uint32_t bpf_load_word(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	assert_true(offset % 4 == 0 && offset + sizeof(word) <= sizeof(*data));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static inline uint32_t bpf_run(const struct sock_fprog *program, const struct seccomp_data *data)
{
	uint32_t accumulator = 0;

	for (size_t at = 0; at < program->len; at++) {
		struct sock_filter s = program->filter[at];

		switch (s.code) {
		case BPF_LD | BPF_W | BPF_ABS: accumulator = bpf_load_word(data, s.k); break;
		case BPF_ALU | BPF_AND | BPF_K: accumulator &= s.k; break;
		case BPF_JMP | BPF_JA: at += s.k; break;
		case BPF_RET | BPF_K: return s.k;
		default:
			assert_int_equal(BPF_CLASS(s.code), BPF_JMP);
			at += bpf_jump_taken(s.code, accumulator, s.k) ? s.jt : s.jf;
		}
	}
	fail_msg("ran off the end");
	return 0;
}

#endif
