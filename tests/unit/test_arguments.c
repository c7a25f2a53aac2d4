/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "pam/arguments.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int parse(const char *text, struct arguments *args, struct err *e)
{
	const char *argv[] = { text };

	*e = (struct err){ 0 };
	return arguments_parse(1, argv, args, e);
}

static void test_parse_defaults(void **state)
{
	struct arguments args;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(arguments_parse(0, NULL, &args, &e), 0);
	assert_string_equal(args.profile, "");
	assert_string_equal(args.config, "");
	assert_int_equal(args.nsets, 0);
	assert_null(args.breakglass);
	assert_int_equal(args.timeout_sec, 10);
	assert_false(args.fail_set || args.fail_open || args.debug || args.quiet);
}

static void test_parse_all(void **state)
{
	const char *argv[] = { "profile=strict", "fail=open",	     "timeout=600",
			       "debug",		 "breakglass=wheel", "quiet" };
	struct arguments args;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(arguments_parse(ARRAY_SIZE(argv), argv, &args, &e), 0);
	assert_string_equal(args.profile, "strict");
	assert_string_equal(args.breakglass, "wheel");
	assert_int_equal(args.timeout_sec, 600);
	assert_true(args.fail_set && args.fail_open && args.debug && args.quiet);
}

static void test_parse_configuration(void **state)
{
	const char *argv[] = { "config=/etc/swrap.test", "set=Nice=5", "set=Environment=A=b c", "set=UMask=",
			       "profile=my.own_1-x" };
	struct arguments args;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(arguments_parse(ARRAY_SIZE(argv), argv, &args, &e), 0);
	assert_string_equal(args.config, "/etc/swrap.test");
	assert_string_equal(args.profile, "my.own_1-x");
	assert_int_equal(args.nsets, 3);
	assert_string_equal(args.sets[0], "Nice=5");
	assert_string_equal(args.sets[1], "Environment=A=b c");
	assert_string_equal(args.sets[2], "UMask=");
}

static void test_parse_limits(void **state)
{
	const char *argv[SETS_MAX + 1];
	char path[sizeof("config=") + PATH_MAX] = "config=/";
	struct arguments args;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(argv); i++)
		argv[i] = "set=Nice=5";
	assert_int_equal(arguments_parse(SETS_MAX, argv, &args, &e), 0);
	assert_int_equal(args.nsets, SETS_MAX);
	assert_int_equal(arguments_parse(SETS_MAX + 1, argv, &args, &e), -EINVAL);
	memset(path + strlen("config=/"), 'a', PATH_MAX - 2);
	assert_int_equal(parse(path, &args, &e), 0);
	memset(path + strlen("config=/"), 'a', PATH_MAX - 1);
	assert_int_equal(parse(path, &args, &e), -EINVAL);
}

static void test_parse_refused(void **state)
{
	static const char *const bad[] = {
		"",	      "bogus",	   "debugx",	 "debug=",    "quiet=1",     "Debug",
		"profile",    "profile=",  "profile=..", "profile=a/b", "profile=a b", "fail",
		"fail=",      "fail=OPEN", "fail=opened", "timeout=", "timeout=0",   "timeout=601",
		"timeout=-1", "timeout=1s", "timeout= 5", "timeout=4294967306", "breakglass=",
		"breakglass", "config", "config=", "config=etc/swrap", "set", "set=", "set=Nice", "set==5",
		"profile=.x",
	};
	struct arguments args;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(bad[i], &args, &e), -EINVAL);
		assert_string_equal(e.about, bad[i]);
		assert_string_equal(args.profile, "");
		assert_int_equal(args.timeout_sec, 10);
		assert_false(args.fail_open || args.debug || args.quiet);
		assert_null(args.breakglass);
	}
}

static void test_parse_profile_length(void **state)
{
	char text[sizeof("profile=") + PROFILE_NAME_MAX + 1] = "profile=";
	struct arguments args;
	struct err e;

	(void)state;
	memset(text + strlen("profile="), 'a', PROFILE_NAME_MAX);
	assert_int_equal(parse(text, &args, &e), 0);
	memset(text + strlen("profile="), 'a', PROFILE_NAME_MAX + 1);
	assert_int_equal(parse(text, &args, &e), -EINVAL);
}

/* Whom a broken line must not lock out depends on the arguments around the broken one. */
static void test_parse_goes_on_after_a_bad_one(void **state)
{
	const char *argv[] = { "fail=open", "bogus", "breakglass=wheel", "worse" };
	struct arguments args;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(arguments_parse(ARRAY_SIZE(argv), argv, &args, &e), -EINVAL);
	assert_string_equal(e.about, "bogus");
	assert_string_equal(args.breakglass, "wheel");
	assert_true(args.fail_open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_defaults),
		cmocka_unit_test(test_parse_all),
		cmocka_unit_test(test_parse_configuration),
		cmocka_unit_test(test_parse_limits),
		cmocka_unit_test(test_parse_refused),
		cmocka_unit_test(test_parse_profile_length),
		cmocka_unit_test(test_parse_goes_on_after_a_bad_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
