/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules against the program made of them: one by one, and many drawn by lot against a plain reading. */
#include "bpf.h"

#include "tools/program.h"

#include "src/attr.h"

#include <errno.h>
#include <stdlib.h>

enum { RULES = 120, CALLS = 40, TRIES = 4000, ROUNDS = 60 };

static struct sock_filter code[BPF_MAXINSNS];

static uint32_t ask(const struct section *section, const struct seccomp_data *data)
{
	struct sock_fprog program = { 0, code };
	size_t n = 0;

	assert_int_equal(program_build(section, 1, code, &n), 0);
	program.len = (unsigned short)n;
	return bpf_run(&program, data);
}

static uint32_t ask_one(struct rule *rules, size_t n, int number, uint64_t argument)
{
	struct section section = { .arch = NATIVE, .otherwise = ALLOW, .rules = { rules, n } };
	struct seccomp_data data = { .nr = number, .arch = NATIVE, .args = { argument } };

	return ask(&section, &data);
}

static void test_first_decides(void **state)
{
	struct rule rules[] = {
		{ .number = 5, .verdict = ERRNO(1), .n = 1, .compare = { { 0, 0xff, 7, false } } },
		{ .number = 5, .verdict = ERRNO(2) },
		{ .number = 5, .verdict = ERRNO(3), .n = 1, .compare = { { 0, 0xff, 8, false } } },
	};

	(void)state;
	assert_int_equal(ask_one(rules, 3, 5, 7), ERRNO(1));
	assert_int_equal(ask_one(rules, 3, 5, 8), ERRNO(2));
	assert_int_equal(ask_one(rules, 3, 4, 7), ALLOW);
	assert_int_equal(ask_one(rules, 3, 6, 7), ALLOW);
}

static void test_number_0(void **state)
{
	struct rule rules[] = { { .number = 0, .verdict = ERRNO(1) } };

	(void)state;
	assert_int_equal(ask_one(rules, 1, 0, 0), ERRNO(1));
	assert_int_equal(ask_one(rules, 1, 1, 0), ALLOW);
	assert_int_equal(ask_one(rules, 0, 0, 0), ALLOW);
}

/* A pass goes on behind its own group, not at the default. */
static void test_pass(void **state)
{
	struct rule rules[] = {
		{ .number = 5, .group = 1, .verdict = VERDICT_PASS, .n = 1, .compare = { { 0, 0xff, 1, false } } },
		{ .number = 5, .group = 1, .verdict = ERRNO(1) },
		{ .number = 5, .group = 2, .verdict = ERRNO(2) },
	};

	(void)state;
	assert_int_equal(ask_one(rules, 3, 5, 1), ERRNO(2));
	assert_int_equal(ask_one(rules, 3, 5, 2), ERRNO(1));
	assert_int_equal(ask_one(rules, 2, 5, 1), ALLOW);
}

static void test_halves(void **state)
{
	struct rule whole = { .number = 5, .verdict = ERRNO(1), .n = 1, .compare = { { 0, UINT64_MAX, 7, false } } };
	struct rule low = { .number = 5, .verdict = ERRNO(1), .n = 1, .compare = { { 0, UINT32_MAX, 7, false } } };
	struct rule other = { .number = 5, .verdict = ERRNO(1), .n = 1, .compare = { { 0, UINT32_MAX, 7, true } } };
	uint64_t above = UINT64_C(1) << 32;

	(void)state;
	assert_int_equal(ask_one(&whole, 1, 5, 7), ERRNO(1));
	assert_int_equal(ask_one(&whole, 1, 5, above | 7), ALLOW);
	assert_int_equal(ask_one(&low, 1, 5, above | 7), ERRNO(1));
	assert_int_equal(ask_one(&other, 1, 5, above | 7), ALLOW);
	assert_int_equal(ask_one(&other, 1, 5, 8), ERRNO(1));
}

static void test_impossible(void **state)
{
	static const struct comparison bad[] = {
		{ 6, UINT32_MAX, 1, false },		/* there is no such argument */
		{ 0, 1, 2, false },			/* never true */
		{ 0, UINT64_MAX, 1, true },
	};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rule rule = { .number = 5, .verdict = KILL, .n = 1, .compare = { bad[i] } };
		struct section section = { .arch = NATIVE, .otherwise = ALLOW, .rules = { &rule, 1 } };

		assert_int_equal(program_build(&section, 1, code, &n), -EINVAL);
	}
}

static void test_too_long(void **state)
{
	struct rule_list list = { 0 };
	struct section section = { .arch = NATIVE, .otherwise = ALLOW };
	size_t n = 0;

	(void)state;
	for (int i = 0; i < BPF_MAXINSNS / 3; i++) {
		struct rule rule = { .number = 5, .verdict = KILL, .n = 1,
				     .compare = { { 0, UINT32_MAX, (uint64_t)i, false } } };

		assert_int_equal(rule_list_add(&list, &rule), 0);
	}
	section.rules = list;
	assert_int_equal(program_build(&section, 1, code, &n), -E2BIG);
	rule_list_done(&list);
}

static void test_remove(void **state)
{
	struct rule_list list = { 0 };
	struct rule rules[] = { { .number = 1 }, { .number = 2 }, { .number = 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		assert_int_equal(rule_list_add(&list, &rules[i]), 0);
	rule_list_remove(&list, 1);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].number, 2);
	rule_list_done(&list);
	assert_int_equal(list.n, 0);
}

/* ---- by lot ---- */

static bool holds(const struct comparison *c, const struct seccomp_data *data)
{
	return ((data->args[c->argument] & c->mask) == c->value) != c->differs;
}

/* The same rules, read as they are meant. */
static uint32_t meant(const struct rule *rules, size_t n, uint32_t otherwise,
		      const struct seccomp_data *data)
{
	unsigned int passed = 0;

	for (size_t i = 0; i < n; i++) {
		const struct rule *r = &rules[i];

		if (r->number != data->nr || r->group == passed)
			continue;
		if ((r->n > 0 && !holds(&r->compare[0], data)) || (r->n > 1 && !holds(&r->compare[1], data)))
			continue;
		if (r->verdict != VERDICT_PASS)
			return r->verdict;
		passed = r->group;
	}
	return otherwise;
}

static uint64_t draw_argument(void)
{
	uint64_t low = (uint64_t)(random() % 4);

	return random() % 4 ? low : low | (uint64_t)(random() % 4) << 32;
}

static struct comparison draw_comparison(void)
{
	static const uint64_t masks[] = { 1, 3, UINT32_MAX, UINT64_MAX };
	struct comparison c = { .argument = (unsigned int)random() % 6, .mask = masks[random() % 4] };

	c.value = draw_argument() & c.mask;
	c.differs = c.mask <= UINT32_MAX && random() % 3 == 0;
	return c;
}

static void draw_rules(struct rule *rules)
{
	for (int i = 0; i < RULES; i++)
		rules[i] = (struct rule){
			.number = (int)(random() % CALLS),
			.group = (unsigned int)(1 + i / 20),
			.verdict = random() % 4 ? ERRNO(1 + random() % 9) : VERDICT_PASS,
			.n = (unsigned int)(random() % 3),
			.compare = { draw_comparison(), draw_comparison() },
		};
}

static void test_by_lot(void **state)
{
	struct rule rules[RULES];
	struct section section = { .arch = NATIVE, .otherwise = KILL, .rules = { rules, RULES } };
	struct sock_fprog program = { 0, code };

	(void)state;
	srandom(20);
	for (int round = 0; round < ROUNDS; round++) {
		size_t n = 0;

		draw_rules(rules);
		assert_int_equal(program_build(&section, 1, code, &n), 0);
		program.len = (unsigned short)n;
		for (int try = 0; try < TRIES; try++) {
			struct seccomp_data data = { .nr = (int)(random() % (CALLS + 2)), .arch = NATIVE };

			for (int i = 0; i < 6; i++)
				data.args[i] = draw_argument();
			assert_int_equal(bpf_run(&program, &data), meant(rules, RULES, KILL, &data));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_decides),
		cmocka_unit_test(test_number_0),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_impossible),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_by_lot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
