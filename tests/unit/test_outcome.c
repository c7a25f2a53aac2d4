/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/outcome.h"

#include <errno.h>
#include <string.h>

static void all(struct outcome_list *list, uint8_t levels[STEP_COUNT], uint8_t level,
		enum result result)
{
	memset(list, 0, sizeof(*list));
	for (int i = 0; i < STEP_COUNT; i++) {
		levels[i] = level;
		outcome_add(list, (enum step)i, result, NULL);
	}
}

static void test_check_honest(void **state)
{
	struct outcome_list list;
	uint8_t levels[STEP_COUNT];
	struct err e = { 0 };

	(void)state;
	all(&list, levels, LEVEL_REQUIRE, RESULT_APPLIED);
	assert_int_equal(outcome_check(&list, 0, STEP_COUNT - 1, levels, &e), 0);
	assert_null(outcome_blocking(&list, levels));
	assert_int_equal(outcome_level(&list, levels, 0), SANDBOX_FULL);
}

static void test_check_dishonest(void **state)
{
	struct outcome_list list, broken;
	uint8_t levels[STEP_COUNT];

	(void)state;
	all(&list, levels, LEVEL_REQUIRE, RESULT_APPLIED);
	broken = list;
	broken.n--; /* missing */
	assert_int_equal(outcome_check(&broken, 0, STEP_COUNT - 1, levels, NULL), -EPROTO);
	broken = list;
	broken.steps[4] = broken.steps[3]; /* repeated */
	assert_int_equal(outcome_check(&broken, 0, STEP_COUNT - 1, levels, NULL), -EPROTO);
	broken = list;
	broken.steps[2].result = RESULT_SKIPPED; /* asked but skipped */
	assert_int_equal(outcome_check(&broken, 0, STEP_COUNT - 1, levels, NULL), -EPROTO);
	broken = list;
	broken.steps[2].result = RESULT_COUNT; /* no such result */
	assert_int_equal(outcome_check(&broken, 0, STEP_COUNT - 1, levels, NULL), -EPROTO);
	levels[2] = LEVEL_OFF; /* applied though not asked */
	assert_int_equal(outcome_check(&list, 0, STEP_COUNT - 1, levels, NULL), -EPROTO);
}

static void test_blocking(void **state)
{
	struct outcome_list list;
	uint8_t levels[STEP_COUNT];

	(void)state;
	all(&list, levels, LEVEL_PREFER, RESULT_FAILED);
	assert_null(outcome_blocking(&list, levels));
	levels[STEP_UID] = LEVEL_REQUIRE;
	assert_int_equal(outcome_blocking(&list, levels)->step, STEP_UID);
}

/* The level is never better than what was applied: everything skipped is none, not full. */
static void test_level(void **state)
{
	struct outcome_list list;
	uint8_t levels[STEP_COUNT];

	(void)state;
	all(&list, levels, LEVEL_OFF, RESULT_SKIPPED);
	assert_int_equal(outcome_level(&list, levels, 0), SANDBOX_NONE);
	all(&list, levels, LEVEL_PREFER, RESULT_FAILED);
	assert_int_equal(outcome_level(&list, levels, 0), SANDBOX_NONE);
	all(&list, levels, LEVEL_PREFER, RESULT_APPLIED);
	list.steps[STEP_SECCOMP].result = RESULT_FAILED;
	assert_int_equal(outcome_level(&list, levels, 0), SANDBOX_PARTIAL);
	list.steps[STEP_SECCOMP].result = RESULT_APPLIED;
	list.n--; /* the exec was never seen */
	assert_int_equal(outcome_level(&list, levels, 0), SANDBOX_PARTIAL);
	all(&list, levels, LEVEL_OFF, RESULT_SKIPPED);
	levels[STEP_NO_NEW_PRIVS] = levels[STEP_RLIMITS] = LEVEL_REQUIRE;
	list.steps[STEP_NO_NEW_PRIVS].result = list.steps[STEP_RLIMITS].result = RESULT_APPLIED;
	assert_int_equal(outcome_level(&list, levels, 0), SANDBOX_BASELINE);
	/* A session that is only watched. */
	all(&list, levels, LEVEL_OFF, RESULT_SKIPPED);
	levels[STEP_SECCOMP] = levels[STEP_RLIMITS] = levels[STEP_UID] = LEVEL_REQUIRE;
	list.steps[STEP_SECCOMP].result = list.steps[STEP_RLIMITS].result = RESULT_APPLIED;
	list.steps[STEP_UID].result = RESULT_APPLIED;
	assert_int_equal(outcome_level(&list, levels, 0), SANDBOX_FULL);
	assert_int_equal(outcome_level(&list, levels, STEP_BIT(STEP_SECCOMP)), SANDBOX_BASELINE);
	assert_int_equal(outcome_level(&list, levels, STEP_BIT(STEP_SECCOMP) | STEP_BIT(STEP_RLIMITS)),
			 SANDBOX_NONE);
}

static void test_add_bounded(void **state)
{
	struct outcome_list list = { .n = 0 };
	struct err e = { 0 };

	(void)state;
	err_set(&e, EPERM, "first", "%s", "cause");
	for (int i = 0; i < 2 * STEP_COUNT; i++)
		outcome_add(&list, STEP_UID, RESULT_FAILED, &e);
	assert_int_equal(list.n, STEP_COUNT);
	assert_int_equal(list.steps[0].num, EPERM);
	assert_non_null(strstr(list.about, "first cause"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_honest), cmocka_unit_test(test_check_dishonest),
		cmocka_unit_test(test_blocking),     cmocka_unit_test(test_level),
		cmocka_unit_test(test_add_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
