/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/json.h"

#include <stdio.h>
#include <string.h>

struct escape_case {
	const char *in;
	size_t size;
	const char *json, *text;
};

#define CASE(in, json, text) { in, sizeof(in) - 1, json, text }
static const struct escape_case escape_cases[] = {
	CASE("plain /path-1", "plain /path-1", "plain /path-1"),
	CASE("", "", ""),
	CASE("say \"hi\"", "say \\\"hi\\\"", "say \"hi\""),
	CASE("a\\b", "a\\\\x5cb", "a\\x5cb"),
	CASE("line\nline\r\t", "line\\\\x0aline\\\\x0d\\\\x09", "line\\x0aline\\x0d\\x09"),
	CASE("\x1b[31m", "\\\\x1b[31m", "\\x1b[31m"),
	CASE("nul\0nul", "nul\\\\x00nul", "nul\\x00nul"),
	CASE("\x7f", "\\\\x7f", "\\x7f"),
	/* UTF-8 that people can read stays */
	CASE("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7",
	     "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7",
	     "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7"),
	/* what is no UTF-8: alone, cut, overlong, surrogate, above the end */
	CASE("\xff\xfe", "\\\\xff\\\\xfe", "\\xff\\xfe"),
	CASE("\xc3", "\\\\xc3", "\\xc3"),
	CASE("\xe2\x82", "\\\\xe2\\\\x82", "\\xe2\\x82"),
	CASE("\xc0\xaf", "\\\\xc0\\\\xaf", "\\xc0\\xaf"),
	CASE("\xe0\x80\xaf", "\\\\xe0\\\\x80\\\\xaf", "\\xe0\\x80\\xaf"),
	CASE("\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80", "\\xed\\xa0\\x80"),
	CASE("\xf4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80", "\\xf4\\x90\\x80\\x80"),
	/*
	 * valid, but made to deceive: C1 control, direction override, line separator, byte order
	 * mark
	 */
	CASE("\xc2\x9b", "\\\\xc2\\\\x9b", "\\xc2\\x9b"),
	CASE("\xe2\x80\xae", "\\\\xe2\\\\x80\\\\xae", "\\xe2\\x80\\xae"),
	CASE("\xe2\x80\xa8", "\\\\xe2\\\\x80\\\\xa8", "\\xe2\\x80\\xa8"),
	CASE("\xef\xbb\xbf", "\\\\xef\\\\xbb\\\\xbf", "\\xef\\xbb\\xbf"),
};

static void test_bytes_escaped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(escape_cases) / sizeof(escape_cases[0]); i++) {
		char buffer[256], wanted[256];
		struct json j;

		json_init(&j, buffer, sizeof(buffer));
		json_bytes(&j, NULL, escape_cases[i].in, escape_cases[i].size);
		(void)snprintf(wanted, sizeof(wanted), "\"%s\"", escape_cases[i].json);
		assert_string_equal(buffer, wanted);
	}
}

static void test_text_escaped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(escape_cases) / sizeof(escape_cases[0]); i++) {
		char buffer[256];
		size_t n = text_escape(escape_cases[i].in, escape_cases[i].size, buffer,
				       sizeof(buffer));

		assert_string_equal(buffer, escape_cases[i].text);
		assert_int_equal(n, strlen(escape_cases[i].text));
	}
}

/* A cut never stands within a character or an escape. */
static void test_text_escape_cut(void **state)
{
	const char *in = "a\xff\xe2\x82\xac";
	char buffer[16];

	(void)state;
	assert_int_equal(text_escape(in, 5, buffer, 5), 1);
	assert_string_equal(buffer, "a");
	assert_int_equal(text_escape(in, 5, buffer, 6), 5);
	assert_string_equal(buffer, "a\\xff");
	assert_int_equal(text_escape(in, 5, buffer, 8), 5);
	assert_int_equal(text_escape(in, 5, buffer, 9), 8);
	assert_int_equal(text_escape(in, 5, buffer, 1), 0);
	assert_string_equal(buffer, "");
}

static void test_structure(void **state)
{
	char buffer[512];
	struct json j;

	(void)state;
	json_init(&j, buffer, sizeof(buffer));
	json_object_begin(&j, NULL);
	json_text(&j, "a", "b");
	json_array_begin(&j, "list");
	json_int(&j, NULL, -5);
	json_uint(&j, NULL, UINT64_MAX);
	json_object_begin(&j, NULL);
	json_object_end(&j);
	json_null(&j, NULL);
	json_array_end(&j);
	json_bool(&j, "yes", true);
	json_bool(&j, "no", false);
	json_int(&j, "low", INT64_MIN);
	json_members(&j, "\"x\":1,\"y\":2", 11);
	json_members(&j, "", 0);
	json_null(&j, "key");
	json_object_end(&j);
	assert_false(j.overflow);
	assert_string_equal(buffer,
			    "{\"a\":\"b\",\"list\":[-5,18446744073709551615,{},null],\"yes\":true,"
			    "\"no\":false,\"low\":-9223372036854775808,\"x\":1,\"y\":2,"
			    "\"key\":null}");
	assert_int_equal(j.n, strlen(buffer));
}

/*
 * Whatever the size: the text is well-formed, cut at a whole member, and nothing is written behind
 * it.
 */
static void test_overflow_is_well_formed(void **state)
{
	(void)state;
	for (size_t size = 24; size < 160; size++) {
		char buffer[256];
		struct json j;

		memset(buffer, 0x55, sizeof(buffer));
		json_init(&j, buffer, size);
		json_object_begin(&j, NULL);
		json_text(&j, "first", "value \xff");
		json_array_begin(&j, "list");
		json_text(&j, NULL, "item");
		json_object_begin(&j, NULL);
		json_int(&j, "n", 1);
		json_object_end(&j);
		json_array_end(&j);
		json_bool(&j, "last", true);
		json_object_end(&j);
		assert_int_equal((unsigned char)buffer[size], 0x55);
		assert_int_equal(j.n, strlen(buffer));
		assert_true(j.n < size);
		assert_int_equal(buffer[0], '{');
		assert_int_equal(buffer[j.n - 1], '}');
		assert_int_equal(j.overflow, strstr(buffer, "\"last\":true") == NULL);
		assert_int_equal(strstr(buffer, "[") != NULL, strstr(buffer, "]") != NULL);
		assert_null(strstr(buffer, ",}"));
		assert_null(strstr(buffer, ",]"));
		assert_null(strstr(buffer, ":}"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_escaped),
		cmocka_unit_test(test_text_escaped),
		cmocka_unit_test(test_text_escape_cut),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_overflow_is_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
