/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_ask.h"

#include <linux/audit.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "the architecture of filters is not known here"
#endif

enum { NOT_UNDERSTOOD = -1, GOES_ON = 0, RETURNED = 1 };

struct machine {
	const struct sock_fprog *program;
	const struct seccomp_data *data;
	uint32_t accumulator, result;
	size_t at;
	bool arguments;		/* one was loaded */
};

static bool is_taken(uint16_t code, uint32_t accumulator, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ: return accumulator == k;
	case BPF_JGT: return accumulator > k;
	case BPF_JGE: return accumulator >= k;
	default: return (accumulator & k) != 0; /* JSET */
	}
}

static int jump(struct machine *m, const struct sock_filter *s)
{
	switch (BPF_OP(s->code)) {
	case BPF_JA:
		m->at += s->k;
		return GOES_ON;
	case BPF_JEQ:
	case BPF_JGT:
	case BPF_JGE:
	case BPF_JSET:
		m->at += is_taken(s->code, m->accumulator, s->k) ? s->jt : s->jf;
		return GOES_ON;
	default:
		return NOT_UNDERSTOOD;
	}
}

static int load_word(struct machine *m, uint32_t offset)
{
	if (offset % sizeof(uint32_t) != 0 || offset > sizeof(*m->data) - sizeof(uint32_t))
		return NOT_UNDERSTOOD;
	memcpy(&m->accumulator, (const char *)m->data + offset, sizeof(uint32_t));
	m->arguments |= offset >= offsetof(struct seccomp_data, args);
	return GOES_ON;
}

static int step(struct machine *m, const struct sock_filter *s)
{
	switch (s->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return load_word(m, s->k);
	case BPF_ALU | BPF_AND | BPF_K:
		m->accumulator &= s->k;
		return GOES_ON;
	case BPF_RET | BPF_K:
		m->result = s->k;
		return RETURNED;
	default:
		return BPF_CLASS(s->code) == BPF_JMP && BPF_SRC(s->code) == BPF_K ? jump(m, s) :
										    NOT_UNDERSTOOD;
	}
}

/* Every jump goes forward, so it ends. */
static uint32_t run(struct machine *m)
{
	int r = GOES_ON;

	for (; r == GOES_ON && m->at < m->program->len; m->at++)
		r = step(m, &m->program->filter[m->at]);
	return r == RETURNED ? m->result : SECCOMP_RET_KILL_PROCESS;
}

uint32_t filter_answer(const struct sock_fprog *program, const struct seccomp_data *data)
{
	struct machine m = { .program = program, .data = data };

	return run(&m);
}

bool filter_constant(const struct sock_fprog *program, uint32_t arch, uint32_t number, uint32_t *ret)
{
	const struct seccomp_data data = { .nr = (int)number, .arch = arch };
	struct machine m = { .program = program, .data = &data };

	*ret = run(&m);
	return !m.arguments;
}

bool filter_lets(const struct sock_fprog *program, int call, uint64_t first, uint64_t second,
		 uint64_t third)
{
	const struct seccomp_data data = {
		.nr = call, .arch = NATIVE_ARCH, .args = { first, second, third },
	};
	uint32_t action;

	if (!program)
		return true;
	action = filter_answer(program, &data) & SECCOMP_RET_ACTION_FULL;
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG ||
	       action == SECCOMP_RET_USER_NOTIF;
}
