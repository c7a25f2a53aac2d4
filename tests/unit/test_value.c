/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/attr.h"
#include "src/value.h"

#include <errno.h>
#include <string.h>

static void test_boolean(void **state)
{
	static const char *const yes[] = { "yes", "True", "ON", "1", "y", "t" };
	static const char *const no[] = { "no", "false", "Off", "0", "N", "f" };
	static const char *const neither[] = { "", "yes ", "2", "enable", "yesno" };
	bool value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_true(value_boolean(yes[i], &value) == 0 && value);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_true(value_boolean(no[i], &value) == 0 && !value);
	for (size_t i = 0; i < ARRAY_SIZE(neither); i++)
		assert_int_equal(value_boolean(neither[i], &value), -EINVAL);
}

static void test_signed(void **state)
{
	int64_t value = 99;

	(void)state;
	assert_int_equal(value_signed("-20", -20, 19, &value), 0);
	assert_int_equal(value, -20);
	assert_int_equal(value_signed("+5", -20, 19, &value), 0);
	assert_int_equal(value, 5);
	assert_int_equal(value_signed("20", -20, 19, &value), -ERANGE);
	assert_int_equal(value_signed("--1", -20, 19, &value), -EINVAL);
	assert_int_equal(value_signed("-", -20, 19, &value), -EINVAL);
	assert_int_equal(value_signed("", -20, 19, &value), -EINVAL);
	assert_int_equal(value, 5);
}

static void size_is(const char *text, int r, uint64_t expected)
{
	uint64_t value = 7;

	assert_int_equal(value_size(text, &value), r);
	assert_true(value == (r ? 7 : expected));
}

static void test_size(void **state)
{
	(void)state;
	size_is("0", 0, 0);
	size_is("1K", 0, 1024);
	size_is("3G", 0, UINT64_C(3) << 30);
	size_is("15E", 0, UINT64_C(15) << 60);
	size_is("infinity", 0, UINT64_MAX);
	size_is("18446744073709551614", 0, UINT64_MAX - 1);
	size_is("18446744073709551615", -ERANGE, 0);
	size_is("16E", -ERANGE, 0);
	size_is("1k", -EINVAL, 0);
	size_is("1KB", -EINVAL, 0);
	size_is("1 K", -EINVAL, 0);
	size_is("-1", -EINVAL, 0);
	size_is("K", -EINVAL, 0);
	size_is("", -EINVAL, 0);
}

static void percent_is(const char *text, int r, uint64_t expected)
{
	uint64_t value = 7;

	assert_int_equal(value_percent(text, &value), r);
	assert_true(value == (r ? 7 : expected));
}

static void test_percent(void **state)
{
	(void)state;
	percent_is("50%", 0, 5000);
	percent_is("0.5%", 0, 50);
	percent_is("12.34%", 0, 1234);
	percent_is("1.234%", -EINVAL, 0);
	percent_is("1.%", -EINVAL, 0);
	percent_is(".5%", -EINVAL, 0);
	percent_is("50", -EINVAL, 0);
	percent_is("50%%", -EINVAL, 0);
	percent_is("-5%", -EINVAL, 0);
	percent_is("99999999999%", -ERANGE, 0);
}

static void span_is(const char *text, int r, uint64_t expected)
{
	uint64_t value = 7;

	assert_int_equal(value_span(text, 1000000, &value), r);
	assert_true(value == (r ? 7 : expected));
}

static void test_span(void **state)
{
	(void)state;
	span_is("5", 0, 5000000);
	span_is("5ms", 0, 5000);
	span_is("1min 30s", 0, 90000000);
	span_is("1min30s", 0, 90000000);
	span_is("2 hours 1 us", 0, UINT64_C(7200000001));
	span_is("1w 1d", 0, UINT64_C(8) * 86400 * 1000000);
	span_is("infinity", 0, UINT64_MAX);
	span_is("", -EINVAL, 0);
	span_is("5x", -EINVAL, 0);
	span_is("5 minutess", -EINVAL, 0);
	span_is("s", -EINVAL, 0);
	span_is("-5s", -EINVAL, 0);
	span_is("5 infinity", -EINVAL, 0);
	span_is("99999999999999w", -ERANGE, 0);
	span_is("18446744073709551614us 1us", -ERANGE, 0);
}

static void limit_is(int resource, const char *text, enum limit_kind kind, uint64_t soft, uint64_t hard)
{
	struct profile_limit limit = { 0 };

	assert_int_equal(value_limit(text, resource, &limit), 0);
	assert_int_equal(limit.kind, kind);
	assert_true(limit.soft == soft && limit.hard == hard);
}

static void no_limit(int resource, const char *text)
{
	struct profile_limit limit = { 0 };

	assert_true(value_limit(text, resource, &limit) < 0);
	assert_int_equal(limit.kind, LIMIT_UNSET);
}

static void test_limit(void **state)
{
	(void)state;
	limit_is(RLIMIT_NOFILE, "1024", LIMIT_VALUE, 1024, 1024);
	limit_is(RLIMIT_NOFILE, "16:infinity", LIMIT_VALUE, 16, RLIM_INFINITY);
	limit_is(RLIMIT_FSIZE, "1K:1M", LIMIT_VALUE, 1024, 1 << 20);
	no_limit(RLIMIT_CPU, "1min:1500ms");
}

static void test_limit_units(void **state)
{
	(void)state;
	limit_is(RLIMIT_CPU, "1500ms:1h", LIMIT_VALUE, 2, 3600);
	limit_is(RLIMIT_RTTIME, "500:2ms", LIMIT_VALUE, 500, 2000);
	limit_is(RLIMIT_NICE, "+0", LIMIT_VALUE, 20, 20);
	limit_is(RLIMIT_NICE, "-5", LIMIT_VALUE, 25, 25);
	limit_is(RLIMIT_NICE, "30", LIMIT_VALUE, 30, 30);
	limit_is(RLIMIT_AS, "800%", LIMIT_MEMORY, 800, 800);
	limit_is(RLIMIT_AS, "4G", LIMIT_VALUE, UINT64_C(4) << 30, UINT64_C(4) << 30);
	no_limit(RLIMIT_NOFILE, "2:1");
	no_limit(RLIMIT_NOFILE, "1K");
	no_limit(RLIMIT_NOFILE, "1:2:3");
	no_limit(RLIMIT_NOFILE, ":1");
	no_limit(RLIMIT_NOFILE, "1:");
	no_limit(RLIMIT_NOFILE, "50%");
	no_limit(RLIMIT_DATA, "50%");
	no_limit(RLIMIT_AS, "0%");
	no_limit(RLIMIT_AS, "12.5%");
	no_limit(RLIMIT_NICE, "-21");
	no_limit(RLIMIT_NICE, "41");
	no_limit(RLIMIT_NOFILE, "11111111111111111111111111111111111111111111111111:1");
}

static void path_is(const char *text, const char *expected)
{
	char copy[256];

	(void)strcpy(copy, text);
	assert_int_equal(value_path(copy), 0);
	assert_string_equal(copy, expected);
}

static void test_path(void **state)
{
	static const char *const bad[] = { "", "a", "./a", "/a/./b", "/..", "/a/..", "%u", "%hx", "/%", "/%x",
					   "~", "%h/../x" };
	char copy[256];

	(void)state;
	path_is("/", "/");
	path_is("///", "/");
	path_is("/a", "/a");
	path_is("//a//b///", "/a/b");
	path_is("/...", "/...");
	path_is("%h", "%h");
	path_is("%h//x/", "%h/x");
	path_is("/run/user/%U/%u%%", "/run/user/%U/%u%%");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)strcpy(copy, bad[i]);
		assert_int_equal(value_path(copy), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boolean), cmocka_unit_test(test_signed),
		cmocka_unit_test(test_size),	cmocka_unit_test(test_percent),
		cmocka_unit_test(test_span),	cmocka_unit_test(test_limit),
		cmocka_unit_test(test_limit_units), cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
