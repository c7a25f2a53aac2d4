/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/text_list.h"

static void test_list(void **state)
{
	struct text_list list = { 0 };
	char text[] = "a";

	(void)state;
	assert_int_equal(text_list_add(&list, text), 0);
	text[0] = 'b';
	assert_int_equal(text_list_add(&list, text), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[0], "a");
	assert_string_equal(list.items[1], "b");
	assert_true(text_list_has(&list, "b"));
	assert_false(text_list_has(&list, "c"));
	text_list_clear(&list);
	assert_int_equal(list.n, 0);
	assert_null(list.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_list) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
