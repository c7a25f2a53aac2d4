/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/ini.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In a buffer of exactly its size, so that a sanitizer sees every step beyond it. */
static struct ini start(const char *text, size_t size, char **ret_buffer)
{
	struct ini ini;

	*ret_buffer = malloc(size + 1);
	assert_non_null(*ret_buffer);
	memcpy(*ret_buffer, text, size);
	ini_init(&ini, "FILE", *ret_buffer, size);
	return ini;
}

/* All settings as "section.key=value@line|". */
static void settings(const char *text, const char *expected)
{
	_free_ char *buffer = NULL;
	struct ini ini = start(text, strlen(text), &buffer);
	struct ini_setting s;
	char got[1024] = "";
	struct err e = { 0 };
	int r;

	while ((r = ini_next(&ini, &s, &e)) > 0)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s.%s=%s@%u|", s.section,
			       s.key, s.value, s.line);
	if (r < 0)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s", e.about);
	assert_string_equal(got, expected);
}

static void test_settings(void **state)
{
	(void)state;
	settings("", "");
	settings("\n\n# only a comment", "");
	settings("[A]\nb=c", "A.b=c@2|");
	settings(" [A] \r\n\t b \t=  c d \t\r\n", "A.b=c d@2|");
	settings("[A]\nb=\nb=2\nb=3\n", "A.b=@2|A.b=2@3|A.b=3@4|"); /* order and repeats */
	settings("[A]\nb=1\n[B]\n[A B]\nb=c=d", "A.b=1@2|A B.b=c=d@5|");
	settings("[A]\nb=# is no comment here", "A.b=# is no comment here@2|");
	settings("[A]\n;b=1\n  # b=2\nb=3", "A.b=3@4|");
	settings("[A]\nb=\"x\" 'y'", "A.b=\"x\" 'y'@2|");
}

static void test_continued(void **state)
{
	(void)state;
	settings("[A]\nb=1\\\n2\nc=3", "A.b=1 2@2|A.c=3@4|");
	settings("[A]\nb=1\\\n# between\n  ; too\n 2\nc=3", "A.b=1  2@2|A.c=3@6|");
	settings("[A]\nb=1\\\\\nc=2", "A.b=1\\\\@2|A.c=2@3|");
	settings("[A]\nb=1\\\\\\\nc=2", "A.b=1\\\\ c=2@2|");
	settings("[A]\nb=1\\", "A.b=1@2|");
	settings("[A]\nb=1\\\n\nc=2", "A.b=1@2|A.c=2@4|");
	settings("[A]\n\\\n\\\nb=1\r\nc=\\\r\n2", "A.b=1@2|A.c=2@5|");
	settings("# no \\\n[A]\nb=1", "A.b=1@3|");
}

static void test_refused(void **state)
{
	(void)state;
	settings("b=c", "FILE:1: b=c before the first [Section]");
	settings("[A]\n\nword", "FILE:3: expected Directive=value, not word");
	settings("[A]\n=x", "FILE:2: expected Directive=value, not =x");
	settings("[A\nb=1", "FILE:1: expected [Section], not [A");
	settings("[]", "FILE:1: expected [Section], not []");
	settings("[A]]", "FILE:1: expected [Section], not [A]]");
	settings("[A]\nb=1\nc=\x1b[0m", "A.b=1@2|FILE:3: a control character (27)");
	settings("[A]\nb=\x7f", "FILE:2: a control character (127)");
}

static void test_nul(void **state)
{
	_free_ char *buffer = NULL;
	struct ini ini = start("[A]\nb=c\0d\n", 10, &buffer);
	struct ini_setting s;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ini_next(&ini, &s, &e), -EINVAL);
	assert_string_equal(e.about, "FILE:2: a control character (0)");
	assert_string_equal(e.what, "configuration");
}

static void test_lines(void **state)
{
	static const char text[] = "# table\n sshd  alice \\\n\tlogin \n\nsu * x\n";
	_free_ char *buffer = NULL;
	struct ini ini = start(text, strlen(text), &buffer);
	struct err e = { 0 };
	char *line;

	(void)state;
	assert_int_equal(ini_line(&ini, &line, &e), 1);
	assert_string_equal(line, "sshd  alice  \tlogin");
	assert_int_equal(ini.line, 2);
	assert_int_equal(ini_line(&ini, &line, &e), 1);
	assert_string_equal(line, "su * x");
	assert_int_equal(ini.line, 5);
	assert_int_equal(ini_line(&ini, &line, &e), 0);
	assert_int_equal(ini_line(&ini, &line, &e), 0);
	assert_int_equal(ini_error(&ini, &e, "no %s", "such"), -EINVAL);
	assert_string_equal(e.about, "FILE:5: no such");
}

/* All words as "<a><b>", or the reason. */
static void words(const char *text, enum ini_escapes escapes, const char *expected)
{
	_free_ char *buffer = strdup(text);
	char *at = buffer, *word, got[256] = "";
	const char *reason = NULL;
	int r;

	assert_non_null(buffer);
	while ((r = ini_word(&at, escapes, &word, &reason)) > 0)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "<%s>", word);
	if (r < 0)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s", reason);
	assert_string_equal(got, expected);
}

static void test_words(void **state)
{
	(void)state;
	words("", INI_ESCAPES, "");
	words(" \t ", INI_ESCAPES, "");
	words(" a  b\tc ", INI_ESCAPES, "<a><b><c>");
	words("\"a b\" 'c \"d' \"\" e", INI_ESCAPES, "<a b><c \"d><><e>");
	words("'A=b c'", INI_ESCAPES, "<A=b c>");
	words("\"@domain users\" DOM\\user", INI_LITERAL, "<@domain users><DOM\\user>");
	words("\"DOM\\x y\" \\", INI_LITERAL, "<DOM\\x y><\\>");
	words("'it's", INI_ESCAPES, "expected a blank behind the quote");
	words("a \"b", INI_ESCAPES, "<a>a quote is not closed");
	words("a \"", INI_ESCAPES, "<a>a quote is not closed");
	words("\"a\"b", INI_ESCAPES, "expected a blank behind the quote");
	words("o'neil", INI_ESCAPES, "a quote within a word: quote the whole word");
	words("A=\"b\"", INI_LITERAL, "a quote within a word: quote the whole word");
}

static void test_escapes(void **state)
{
	static const char unknown[] = "an unknown escape: double the backslash";

	(void)state;
	words("a\\sb \"\\\"\\'\\\\\" \\t\\n\\r\\v\\f\\a\\b", INI_ESCAPES,
	      "<a b><\"'\\><\t\n\r\v\f\a\b>");
	words("\\x41\\101\\xe4", INI_ESCAPES, "<AA\xe4>");
	words("\\u0041\\u00e4\\u20ac\\U0001f600", INI_ESCAPES, "<A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80>");
	words("\\q", INI_ESCAPES, unknown);
	words("\\", INI_ESCAPES, unknown);
	words("\"\\", INI_ESCAPES, unknown);
	words("\\x0", INI_ESCAPES, unknown);
	words("\\x00", INI_ESCAPES, unknown);
	words("\\000", INI_ESCAPES, unknown);
	words("\\777", INI_ESCAPES, unknown);
	words("\\8", INI_ESCAPES, unknown);
	words("\\x-1", INI_ESCAPES, unknown);
	words("\\ud800", INI_ESCAPES, unknown);
	words("\\U00110000", INI_ESCAPES, unknown);
	words("\\u12", INI_ESCAPES, unknown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings), cmocka_unit_test(test_continued),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_nul),
		cmocka_unit_test(test_lines),	 cmocka_unit_test(test_words),
		cmocka_unit_test(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
