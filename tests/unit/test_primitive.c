/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/primitive.h"

#include <ctype.h>
#include <string.h>

static void test_table_is_whole(void **state)
{
	(void)state;
	for (int i = 0; i < STEP_COUNT; i++) {
		assert_non_null(primitive_table[i].name);
		assert_non_null(primitive_table[i].doc);
		assert_int_equal(primitive_find(primitive_table[i].name), i);
		for (const char *c = primitive_table[i].name; *c; c++)
			assert_true(islower((unsigned char)*c) || *c == '-');
	}
	assert_int_equal(primitive_find("nothing"), -1);
}

/* The order cannot be edited into nonsense: what a step needs comes before it. */
static void test_order(void **state)
{
	(void)state;
	for (int i = 0; i < STEP_COUNT; i++)
		assert_int_equal(primitive_table[i].after & ~(STEP_BIT(i) - 1), 0);
}

/* Nor can a step be applied before what it needs. */
static void test_needs(void **state)
{
	(void)state;
	for (int i = 0; i < STEP_COUNT; i++)
		assert_int_equal(primitive_table[i].needs & ~(STEP_BIT(i) - 1), 0);
	assert_true(primitive_table[STEP_ROOT].needs & STEP_BIT(STEP_MOUNT_NAMESPACE));
	assert_true(primitive_table[STEP_MEMFD_NOEXEC].needs & STEP_BIT(STEP_PID_NAMESPACE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_whole),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
