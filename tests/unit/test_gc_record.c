/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../src/gc_record.h"

#include <string.h>

static struct json_object *parse(const char *text)
{
	return gc_parse(text, strlen(text));
}

static void test_parse_whole_object_only(void **state)
{
	static const char *const bad[] = {
		"", " ", "null", "1", "[]", "\"x\"", "{", "{}x", "{} {}", "{\"a\":}", "{\"a\":\"\xff\"}",
		"{\"a\":1,}",
		("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
		"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}}}}}}"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_json_ struct json_object *object = parse(bad[i]);

		if (object)
			fail_msg("taken for an object: %s", bad[i]);
	}
}

static void test_members_of_another_type_count_as_absent(void **state)
{
	_json_ struct json_object *object =
		parse("{\"t\":\"x\",\"n\":7,\"minus\":-1,\"real\":1.5,\"null\":null,\"text\":\"7\"}");
	uint64_t value = 99;

	(void)state;
	assert_non_null(object);
	assert_string_equal(gc_text(object, "t"), "x");
	assert_string_equal(gc_text(object, "n"), "");
	assert_string_equal(gc_text(object, "null"), "");
	assert_string_equal(gc_text(object, "absent"), "");
	assert_false(gc_number(object, "t", &value));
	assert_false(gc_number(object, "text", &value));
	assert_false(gc_number(object, "minus", &value));
	assert_false(gc_number(object, "real", &value));
	assert_false(gc_number(object, "null", &value));
	assert_false(gc_number(object, "absent", &value));
	assert_int_equal(value, 99);
	assert_true(gc_number(object, "n", &value));
	assert_int_equal(value, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_whole_object_only),
		cmocka_unit_test(test_members_of_another_type_count_as_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
