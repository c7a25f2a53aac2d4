/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts into rules: what is read, and what is refused with which words at which line.
 */
#include "unit.h"

#include "src/configuration.h"
#include "src/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A buffer of the exact size, so that valgrind and the sanitizers see a byte too far. */
static int parse(struct rules *rules, const char *text, struct err *e)
{
	size_t size = strlen(text);
	_free_ char *copy = malloc(size + 1);

	memcpy(copy, text, size + 1);
	return rules_parse(rules, "rules.conf", copy, size, e);
}

static void assert_refused(const char *text, const char *expected)
{
	struct rules rules;
	struct err e = { 0 };
	int r;

	rules_init(&rules);
	r = parse(&rules, text, &e);
	if (r != -EINVAL || !strstr(e.about, expected))
		print_error("%s: %d, %s\n", text, r, e.about);
	assert_int_equal(r, -EINVAL);
	assert_int_equal(e.num, EINVAL);
	assert_string_equal(e.what, "configuration");
	assert_non_null(strstr(e.about, expected));
	rules_done(&rules);
}

static void test_table(void **state)
{
	static const char text[] = "# a comment\n"
				   "\n"
				   "sshd\t@staff,!bob  login   from=192.0.2.0/24\r\n"
				   "*  *  strict\n"
				   "  login uid:1000-2000,gid:5 my.profile_2-x";
	struct rules rules;
	struct err e = { 0 };
	const struct session_rule *r;

	(void)state;
	rules_init(&rules);
	assert_int_equal(parse(&rules, text, &e), 0);
	assert_int_equal(rules.n, 3);
	r = &rules.items[0];
	assert_string_equal(r->service, "sshd");
	assert_int_equal(r->nwho, 2);
	assert_int_equal(r->who[0].kind, WHO_GROUP);
	assert_string_equal(r->who[0].name, "staff");
	assert_false(r->who[0].exclude);
	assert_int_equal(r->who[1].kind, WHO_USER);
	assert_string_equal(r->who[1].name, "bob");
	assert_true(r->who[1].exclude);
	assert_string_equal(r->profile, "login");
	assert_true(r->has_from);
	assert_int_equal(r->from.prefix, 24);
	assert_string_equal(r->file, "rules.conf");
	assert_int_equal(r->line, 3);
	r = &rules.items[1];
	assert_null(r->service);
	assert_int_equal(r->nwho, 1);
	assert_int_equal(r->who[0].kind, WHO_ANY);
	assert_false(r->has_from);
	assert_int_equal(r->line, 4);
	r = &rules.items[2];
	assert_int_equal(r->who[0].kind, WHO_UID);
	assert_int_equal(r->who[0].first, 1000);
	assert_int_equal(r->who[0].last, 2000);
	assert_int_equal(r->who[1].kind, WHO_GID);
	assert_int_equal(r->who[1].first, 5);
	assert_int_equal(r->who[1].last, 5);
	assert_string_equal(r->profile, "my.profile_2-x");
	rules_done(&rules);
}

static void assert_name(const char *word, enum rule_who_kind kind, const char *name)
{
	char text[512];
	struct rules rules;
	struct err e = { 0 };

	(void)snprintf(text, sizeof(text), "* %s login\n", word);
	rules_init(&rules);
	assert_int_equal(parse(&rules, text, &e), 0);
	assert_int_equal(rules.n, 1);
	assert_int_equal(rules.items[0].nwho, 1);
	assert_int_equal(rules.items[0].who[0].kind, kind);
	assert_string_equal(rules.items[0].who[0].name, name);
	rules_done(&rules);
}

static void test_quoting(void **state)
{
	(void)state;
	assert_name("alice", WHO_USER, "alice");
	assert_name("DOM\\alice", WHO_USER, "DOM\\alice");
	assert_name("\"DOM\\alice\"", WHO_USER, "DOM\\alice");
	assert_name("\"DOM\\\\alice\"", WHO_USER, "DOM\\alice");
	assert_name("'DOM\\\\alice'", WHO_USER, "DOM\\\\alice");
	assert_name("\"@domain users\"", WHO_GROUP, "domain users");
	assert_name("@\"domain users\"", WHO_GROUP, "domain users");
	assert_name("@'domain users'", WHO_GROUP, "domain users");
	assert_name("'@DOM\\domain users'", WHO_GROUP, "DOM\\domain users");
	assert_name("\"a\\\"b\"", WHO_USER, "a\"b");
	assert_name("\"it's\"", WHO_USER, "it's");
	assert_name("\"a,b\"", WHO_USER, "a,b");
	assert_name("alice@example.org", WHO_USER, "alice@example.org");
	assert_name("a#b", WHO_USER, "a#b");
	assert_name("caf\xc3\xa9", WHO_USER, "caf\xc3\xa9");
}

static void test_continued(void **state)
{
	struct rules rules;
	struct err e = { 0 };

	(void)state;
	rules_init(&rules);
	assert_int_equal(parse(&rules, "sshd \\\n  alice \\\n# in between\n  login\n* * strict\n", &e), 0);
	assert_int_equal(rules.n, 2);
	assert_string_equal(rules.items[0].who[0].name, "alice");
	assert_int_equal(rules.items[0].line, 1);
	assert_int_equal(rules.items[1].line, 5);
	rules_done(&rules);
}

static void test_refused(void **state)
{
	(void)state;
	assert_refused("sshd\n", "rules.conf:1: SERVICE WHO PROFILE");
	assert_refused("* * login\n\nsshd alice\n", "rules.conf:3: SERVICE WHO PROFILE");
	assert_refused("sshd,login * login\n", "SERVICE WHO PROFILE");
	assert_refused("* alice,bob\n", "SERVICE WHO PROFILE");
	assert_refused("\"\" * login\n", "a name was expected");
	assert_refused("* \"\" login\n", "a name was expected");
	assert_refused("* ! login\n", "a name was expected");
	assert_refused("* @ login\n", "a name was expected");
	assert_refused("* alice, login\n", "a name was expected");
	assert_refused("* ,alice login\n", "a name was expected");
	assert_refused("* alice,,bob login\n", "a name was expected");
	assert_refused("* \"alice login\n", "quotes around a whole word");
	assert_refused("* al'ice login\n", "quotes around a whole word");
	assert_refused("* al\"ice\" login\n", "quotes around a whole word");
	assert_refused("* \"al\"ice login\n", "quotes around a whole word");
	assert_refused("* 'ro''ot' login\n", "quotes around a whole word");
	assert_refused("* uid:'0' login\n", "quotes around a whole word");
	assert_refused("* * ../login\n", "../login: the name of a profile was expected");
	assert_refused("* * .login\n", "the name of a profile was expected");
	assert_refused("* * a/b\n", "the name of a profile was expected");
	assert_refused("* * login,strict\n", "strict: from=CIDR or the end of the line was expected");
	assert_refused("* * login form=::1\n", "form=::1: from=CIDR or the end of the line was expected");
	assert_refused("* * login from=::1 more\n", "more: the end of the line was expected");
	assert_refused("* * login from=host.example\n", "from=host.example: ADDRESS or ADDRESS/BITS");
	assert_refused("* * login from=10.0.0.0/33\n", "0 to 32 bits");
	assert_refused("* * login from=10.0.0.1/8\n", "zeroes behind the prefix");
	assert_refused("* * login from=10.0.0.0/8,::1\n", "::1: the end of the line was expected");
	assert_refused("* a\001b login\n", "rules.conf:1:");
}

static void test_refused_ids(void **state)
{
	static const char *const ids[] = {
		"uid:", "uid:x", "uid:-1", "uid:1-", "uid:-", "uid:2-1", "uid:4294967295", "uid:0-4294967295",
		"gid:1-2-3", "gid:+1", "gid:0x1", "gid:1 ", "uid:99999999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "* \"%s\" login\n", ids[i]);
		assert_refused(text, "an id N or a range A-B was expected");
	}
}

/* "* NAME login", the name n times c. */
static char *named(char c, size_t n)
{
	char *text = calloc(1, n + 16);

	memcpy(text, "* ", 2);
	memset(text + 2, c, n);
	memcpy(text + 2 + n, " login\n", 8);
	return text;
}

/* "* a,a,a login", n of them. */
static char *listed(int n)
{
	char *text = calloc(1, (size_t)n * 2 + 16), *at = text + 2;

	memcpy(text, "* ", 2);
	for (int i = 0; i < n; i++) {
		*at++ = 'a';
		*at++ = ',';
	}
	memcpy(at - 1, " login\n", 8);
	return text;
}

static void test_limits(void **state)
{
	_free_ char *longest = named('a', RULES_NAME_BYTES - 1), *longer = named('a', RULES_NAME_BYTES);
	_free_ char *most = listed(RULES_WHO), *more = listed(RULES_WHO + 1), *many = listed(1000);
	struct rules rules;
	struct err e = { 0 };

	(void)state;
	rules_init(&rules);
	assert_int_equal(parse(&rules, longest, &e), 0);
	assert_int_equal(parse(&rules, most, &e), 0);
	assert_int_equal(rules.items[1].nwho, RULES_WHO);
	rules_done(&rules);
	assert_refused(longer, "a name of at most 256 bytes was expected");
	assert_refused(more, "at most 64 names were expected");
	assert_refused(many, "fewer words were expected");
}

static void test_number_of_rules(void **state)
{
	static const char line[] = "* * login\n";
	size_t bytes = strlen(line);
	_free_ char *text = malloc(bytes * RULES_MAX + 1);
	struct rules rules;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < RULES_MAX; i++)
		memcpy(text + i * bytes, line, bytes);
	text[bytes * RULES_MAX] = 0;
	rules_init(&rules);
	assert_int_equal(parse(&rules, text, &e), 0);
	assert_int_equal(rules.n, RULES_MAX);
	assert_int_equal(parse(&rules, "\n* * one.more\n", &e), -E2BIG);
	assert_non_null(strstr(e.about, "rules.conf:2: at most 4096 rules"));
	rules_done(&rules);
}

/* Several files make one table; each rule says where it is from. */
static void test_files(void **state)
{
	char first[] = "* alice strict\n", second[] = "# none\n", third[] = "* * login";
	struct rules rules;
	struct err e = { 0 };

	(void)state;
	rules_init(&rules);
	assert_int_equal(rules_parse(&rules, "rules.d/10-a.conf", first, strlen(first), &e), 0);
	assert_int_equal(rules_parse(&rules, "rules.d/20-b.conf", second, strlen(second), &e), 0);
	assert_int_equal(rules_parse(&rules, "rules.conf", third, strlen(third), &e), 0);
	assert_int_equal(rules.n, 2);
	assert_string_equal(rules.items[0].file, "rules.d/10-a.conf");
	assert_string_equal(rules.items[1].file, "rules.conf");
	assert_false(rule_unwraps(&rules.items[0]));
	rules_done(&rules);
	rules_init(&rules);
	assert_int_equal(parse(&rules, "* * unwrapped", &e), 0);
	assert_true(rule_unwraps(&rules.items[0]));
	rules_done(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	    cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_continued),   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_ids), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_number_of_rules), cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
