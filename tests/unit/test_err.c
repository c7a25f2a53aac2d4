/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/err.h"

#include <errno.h>
#include <string.h>

static void test_set_first_cause_wins(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, EPERM, "setresuid", "uid %u", 7u), -EPERM);
	assert_int_equal(err_set(&e, ENOENT, "open", "%s", "x"), -ENOENT);
	assert_int_equal(e.num, EPERM);
	assert_string_equal(e.what, "setresuid");
	assert_string_equal(e.about, "uid 7");
}

static void test_set_null(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, EIO, "read", "%s", ""), -EIO);
}

static void test_set_bounded(void **state)
{
	struct err e = { 0 };
	char longer[1000];

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	err_set(&e, EPERM, longer, "%s", longer);
	assert_int_equal(strlen(e.what), ERR_WHAT_BYTES - 1);
	assert_int_equal(strlen(e.about), ERR_ABOUT_BYTES - 1);
}

static void test_text(void **state)
{
	struct err e = { 0 };
	char text[ERR_TEXT_BYTES];

	(void)state;
	err_set(&e, ENOENT, "open", "%s", "/x");
	assert_string_equal(err_text(&e, text, sizeof(text)), "open /x: No such file or directory");
	e = (struct err){ 0 };
	err_set(&e, EPERM, "setsid", "%s", "");
	assert_string_equal(err_text(&e, text, sizeof(text)), "setsid: Operation not permitted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_first_cause_wins),
		cmocka_unit_test(test_set_null),
		cmocka_unit_test(test_set_bounded),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
