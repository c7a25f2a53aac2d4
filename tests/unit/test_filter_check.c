/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The helper's look at a program that a stranger may have written. */
#include "bpf.h"

#include "helper/filter.h"
#include "helper/filter_ask.h"
#include "helper/filter_check.h"
#include "helper/filter_spec.h"

#include "src/attr.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>

#define STRICT FILTER_SPEC_HEAD "syscalls @strict\n"

enum { TRIES = 200000 };

/* A copy of a good program, to be spoilt. */
static struct sock_filter copy[BPF_MAXINSNS];

static struct sock_fprog copy_strict(void)
{
	const struct sock_fprog *strict = filter_prebuilt(STRICT);

	memcpy(copy, strict->filter, strict->len * sizeof(copy[0]));
	return (struct sock_fprog){ strict->len, copy };
}

static void test_good(void **state)
{
	struct sock_fprog program = copy_strict();

	(void)state;
	assert_int_equal(filter_check(&program, false, NULL), 0);
	assert_int_equal(filter_check(filter_prebuilt(FILTER_SPEC_HEAD), false, NULL), 0);
	/* i386 kills in it, so it is not what was asked for. */
	assert_int_equal(filter_check(&program, true, NULL), -EBADMSG);
	assert_int_equal(filter_check(filter_supervisor(), false, NULL), -EBADMSG);
}

static void test_lengths(void **state)
{
	struct sock_fprog program = copy_strict();

	(void)state;
	program.len = 0;
	assert_int_equal(filter_check(&program, false, NULL), -EBADMSG);
	program.len = BPF_MAXINSNS + 1;
	assert_int_equal(filter_check(&program, false, NULL), -EBADMSG);
}

static const struct sock_filter spoilt[] = {
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 64 },		/* behind the data */
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 2 },
	{ BPF_LD | BPF_W | BPF_IMM, 0, 0, 0 },
	{ BPF_ST, 0, 0, 0 },
	{ BPF_JMP | BPF_JA, 0, 0, 0xffffffff },		/* back */
	{ BPF_JMP | BPF_JA, 0, 0, BPF_MAXINSNS },
	{ BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 0 },
	{ BPF_RET | BPF_A, 0, 0, 0 },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRACE },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_LOG },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW | 1 },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO },	/* success without a call */
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 4096 },
	{ 0xffff, 0, 0, 0 },
};

static void test_instructions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spoilt); i++) {
		struct sock_fprog program = copy_strict();

		copy[program.len - 1] = spoilt[i];
		if (filter_check(&program, false, NULL) != -EBADMSG)
			fail_msg("instruction %zu is taken", i);
	}
}

/* The last one must not go on. */
static void test_open_end(void **state)
{
	struct sock_fprog program = copy_strict();

	(void)state;
	copy[program.len - 1] = (struct sock_filter){ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 };
	assert_int_equal(filter_check(&program, false, NULL), -EBADMSG);
	copy[program.len - 1] = (struct sock_filter){ BPF_JMP | BPF_JA, 0, 0, 0 };
	assert_int_equal(filter_check(&program, false, NULL), -EBADMSG);
	copy[program.len - 1] = (struct sock_filter){ BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0 };
	assert_int_equal(filter_check(&program, false, NULL), -EBADMSG);
}

#define LOAD(field) { BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, field) }
#define IF(k, yes, no) { BPF_JMP | BPF_JEQ | BPF_K, yes, no, k }
#define RETURN(verdict) { BPF_RET | BPF_K, 0, 0, verdict }

static int check(struct sock_filter *code, unsigned short n, struct err *e)
{
	struct sock_fprog program = { n, code };

	return filter_check(&program, false, e);
}

/* Sound programs that would give away what a session rests on. */
static void test_demands(void **state)
{
	struct sock_filter all[] = { RETURN(ALLOW) };
	struct sock_filter none[] = { RETURN(KILL) };
	struct sock_filter no_arch[] = {
		LOAD(nr), IF(SYS_execve, 1, 0), IF(SYS_execveat, 0, 1), RETURN(NOTIFY), RETURN(ALLOW),
	};
	struct sock_filter only_some[] = { /* an exec with that first argument asks nobody */
		LOAD(arch), IF(NATIVE, 0, 5), LOAD(nr), IF(SYS_execve, 1, 0), IF(SYS_execveat, 0, 3),
		LOAD(args[0]), IF(0x1234, 1, 2), RETURN(KILL), RETURN(ALLOW), RETURN(NOTIFY),
	};
	struct err e = { 0 };

	(void)state;
	assert_int_equal(check(all, ARRAY_SIZE(all), &e), -EBADMSG);
	assert_non_null(strstr(e.about, "execve asks"));
	assert_int_equal(check(none, ARRAY_SIZE(none), NULL), -EBADMSG);
	e = (struct err){ 0 };
	assert_int_equal(check(no_arch, ARRAY_SIZE(no_arch), &e), -EBADMSG);
	assert_non_null(strstr(e.about, "architecture"));
	e = (struct err){ 0 };
	assert_int_equal(check(only_some, ARRAY_SIZE(only_some), &e), -EBADMSG);
	assert_non_null(strstr(e.about, "execve asks"));
}

/* The same answers as the tests' own reading of BPF. */
static void test_answers(void **state)
{
	const struct sock_fprog *strict = filter_prebuilt(STRICT);

	(void)state;
	srandom(7);
	for (int i = 0; i < TRIES; i++) {
		struct seccomp_data data = {
			.nr = (int)(random() % 500),
			.arch = random() % 9 ? NATIVE : AUDIT_ARCH_I386,
			.args = { (uint64_t)random() % 64, (uint64_t)random() % 64, (uint64_t)random() % 8 },
		};

		assert_int_equal(filter_answer(strict, &data), bpf_run(strict, &data));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_instructions),
		cmocka_unit_test(test_open_end),
		cmocka_unit_test(test_demands),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
