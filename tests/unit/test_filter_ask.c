/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "helper/filter.h"
#include "helper/filter_ask.h"
#include "src/attr.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#define PROGRAM(...) \
	&(const struct sock_fprog) { \
		sizeof((struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter), \
			(struct sock_filter[]){ __VA_ARGS__ } \
	}

static uint32_t answer(const struct sock_fprog *program, int nr, uint64_t first)
{
	const struct seccomp_data data = { .nr = nr, .args = { first } };

	return filter_answer(program, &data);
}

static void test_instructions(void **state)
{
	const struct sock_fprog *by_number = PROGRAM(
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 9, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 2), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 5, 1, 0),
		BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, 3), BPF_STMT(BPF_RET | BPF_K, 4));
	const struct sock_fprog *by_bit = PROGRAM(
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x30, 0, 1), BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 2));

	(void)state;
	assert_int_equal(answer(by_number, 7, 0), 1);
	assert_int_equal(answer(by_number, 9, 0), 2);
	assert_int_equal(answer(by_number, 10, 0), 2);
	assert_int_equal(answer(by_number, 6, 0), 3);
	assert_int_equal(answer(by_number, 5, 0), 4);
	assert_int_equal(answer(by_bit, 0, 0x10), 1);
	assert_int_equal(answer(by_bit, 0, 0x43), 2);
	assert_int_equal(answer(by_bit, 0, 0x03), 2);
}

/* What is not understood is not said to go on. */
static void test_not_understood(void **state)
{
	(void)state;
	assert_int_equal(answer(PROGRAM(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 1)),
				0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(PROGRAM(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 1)),
				0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(PROGRAM(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_K, 1)),
				0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(PROGRAM(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 0),
					BPF_STMT(BPF_RET | BPF_K, 1)), 0, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(PROGRAM(BPF_STMT(BPF_JMP | BPF_JA, 5), BPF_STMT(BPF_RET | BPF_K, 1)), 0, 0),
			 SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(answer(PROGRAM(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)), 0, 0),
			 SECCOMP_RET_KILL_PROCESS);
}

static void test_constant(void **state)
{
	const struct sock_fprog *by_argument = PROGRAM(
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
		BPF_STMT(BPF_RET | BPF_K, 2));
	uint32_t verdict = 0;

	(void)state;
	assert_true(filter_constant(by_argument, 0, 7, &verdict));
	assert_int_equal(verdict, 1);
	assert_false(filter_constant(by_argument, 0, 8, &verdict));
}

static void test_lets(void **state)
{
	const struct sock_fprog *filter = filter_supervisor();

	(void)state;
	assert_true(filter_lets(NULL, SYS_ptrace, 0, 0, 0));
	assert_true(filter_lets(filter, SYS_read, 0, 0, 0));
	assert_false(filter_lets(filter, SYS_execve, 0, 0, 0));
	assert_true(filter_lets(PROGRAM(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)), 0, 0, 0, 0));
	assert_true(filter_lets(PROGRAM(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG)), 0, 0, 0, 0));
	assert_false(filter_lets(PROGRAM(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)), 0, 0, 0, 0));
	assert_false(filter_lets(PROGRAM(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)), 0, 0, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instructions),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_constant),
		cmocka_unit_test(test_lets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
