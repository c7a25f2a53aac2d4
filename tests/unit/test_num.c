/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/attr.h"
#include "src/num.h"

#include <errno.h>

static void test_parse_u64(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "600", 0, 600 },
		{ "18446744073709551615", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "601", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "10abc", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "a", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t value = 77;

		assert_int_equal(num_parse_u64(cases[i].text, 0, 600, &value), cases[i].r);
		assert_int_equal(value, cases[i].r ? 77 : cases[i].value);
	}
}

static void test_parse_u64_minimum(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(num_parse_u64("0", 1, 600, &value), -ERANGE);
	assert_int_equal(num_parse_u64("1", 1, 600, &value), 0);
}

static void test_parse_base(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(num_parse_base("ff", 16, UINT64_MAX, &value), 0);
	assert_int_equal(value, 255);
	assert_int_equal(num_parse_base("0xff", 16, UINT64_MAX, &value), -EINVAL);
	assert_int_equal(num_parse_base("8", 8, UINT64_MAX, &value), -EINVAL);
}

static void test_parse_id(void **state)
{
	uid_t uid = 5;

	(void)state;
	assert_int_equal(num_parse_id("4294967295", &uid), -ERANGE);
	assert_int_equal(num_parse_id("4294967296", &uid), -ERANGE);
	assert_int_equal(num_parse_id("-1", &uid), -EINVAL);
	assert_int_equal(uid, 5);
	assert_int_equal(num_parse_id("4294967294", &uid), 0);
	assert_int_equal(uid, 4294967294u);
}

static void test_format(void **state)
{
	char text[NUM_TEXT_BYTES];

	(void)state;
	assert_int_equal(num_format(0, text), 1);
	assert_string_equal(text, "0");
	assert_int_equal(num_format(UINT64_MAX, text), 20);
	assert_string_equal(text, "18446744073709551615");
}

static void test_take_u64(void **state)
{
	const char *at = "42 rest", *none = " 1", *big = "601x";
	uint64_t value = 77;

	(void)state;
	assert_int_equal(num_take_u64(&at, 600, &value), 0);
	assert_int_equal(value, 42);
	assert_string_equal(at, " rest");
	assert_int_equal(num_take_u64(&none, 600, &value), -EINVAL);
	assert_string_equal(none, " 1");
	assert_int_equal(num_take_u64(&big, 600, &value), -ERANGE);
	assert_string_equal(big, "601x");
	big = "184467440737095516160";
	assert_int_equal(num_take_u64(&big, UINT64_MAX, &value), -ERANGE);
	assert_int_equal(value, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take_u64),
		cmocka_unit_test(test_parse_u64),  cmocka_unit_test(test_parse_u64_minimum),
		cmocka_unit_test(test_parse_base), cmocka_unit_test(test_parse_id),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
