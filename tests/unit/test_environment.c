/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "helper/environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct text_list set, pass, unset;
	struct plan_environment rules;
	char **result;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->rules = (struct plan_environment){ .set = &f->set, .pass = &f->pass, .unset = &f->unset };
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	text_list_clear(&f->set);
	text_list_clear(&f->pass);
	text_list_clear(&f->unset);
	free(f->result);
	free(f);
	return 0;
}

static char *login[] = { "PATH=/bin", "LD_PRELOAD=/evil.so", "HOME=/home/a", "A=1", "NOTHING", "LD_AUDIT",
			 "GLIBC_TUNABLES=x", "LD_PRELOADED=ok" };

static void build(struct fixture *f)
{
	struct err e = { 0 };

	free(f->result);
	assert_int_equal(environment_build(&f->rules, login, sizeof(login) / sizeof(login[0]), &f->result,
					   &e), 0);
	assert_int_equal(environment_check(&f->rules, f->result, &e), 0);
}

static void expect(const struct fixture *f, const char *joined)
{
	char text[512] = "";

	for (char **entry = f->result; *entry; entry++) {
		(void)strcat(text, *entry);
		(void)strcat(text, " ");
	}
	assert_string_equal(text, joined);
}

static void test_login(void **state)
{
	struct fixture *f = *state;

	build(f);
	expect(f, "PATH=/bin HOME=/home/a A=1 NOTHING LD_PRELOADED=ok ");
	f->rules = (struct plan_environment){ 0 };
	build(f);
	expect(f, "PATH=/bin HOME=/home/a A=1 NOTHING LD_PRELOADED=ok ");
}

static void test_set(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(text_list_add(&f->set, "A=2"), 0);
	assert_int_equal(text_list_add(&f->set, "B=x=y"), 0);
	assert_int_equal(text_list_add(&f->set, "A=3"), 0);
	assert_int_equal(text_list_add(&f->set, "LD_PRELOAD=/admins.so"), 0);
	build(f);
	expect(f, "PATH=/bin HOME=/home/a NOTHING LD_PRELOADED=ok B=x=y A=3 LD_PRELOAD=/admins.so ");
}

static void test_unset(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(text_list_add(&f->unset, "PATH"), 0);
	assert_int_equal(text_list_add(&f->unset, "A=2"), 0);
	assert_int_equal(text_list_add(&f->unset, "HOME=/home/a"), 0);
	assert_int_equal(text_list_add(&f->set, "B=1"), 0);
	assert_int_equal(text_list_add(&f->unset, "B"), 0);
	build(f);
	expect(f, "A=1 NOTHING LD_PRELOADED=ok ");
}

static void test_pass(void **state)
{
	struct fixture *f = *state;

	f->rules.only_passed = true;
	build(f);
	expect(f, "");
	assert_int_equal(text_list_add(&f->pass, "A"), 0);
	assert_int_equal(text_list_add(&f->pass, "LD_PRELOAD"), 0);
	assert_int_equal(text_list_add(&f->pass, "NONE"), 0);
	assert_int_equal(text_list_add(&f->set, "C=1"), 0);
	build(f);
	expect(f, "A=1 C=1 ");
}

static void test_bounds(void **state)
{
	struct fixture *f = *state;
	char *many[ENVIRONMENT_ENTRIES + 1];
	struct err e = { 0 };

	for (size_t i = 0; i <= ENVIRONMENT_ENTRIES; i++)
		many[i] = "A=1";
	f->rules.only_passed = true;
	assert_int_equal(text_list_add(&f->pass, "A"), 0);
	assert_int_equal(environment_build(&f->rules, many, ENVIRONMENT_ENTRIES, &f->result, &e), 0);
	free(f->result);
	f->result = NULL;
	assert_int_equal(environment_build(&f->rules, many, ENVIRONMENT_ENTRIES + 1, &f->result, &e), -E2BIG);
	many[0] = malloc(ENVIRONMENT_BYTES + 1);
	memset(many[0], 'x', ENVIRONMENT_BYTES);
	memcpy(many[0], "A=", 2);
	many[0][ENVIRONMENT_BYTES] = 0;
	assert_int_equal(environment_build(&f->rules, many, 1, &f->result, NULL), -E2BIG);
	free(many[0]);
	f->rules.only_passed = false; /* a login is not kept out by what its client sent */
	many[0] = "A=1";
	assert_int_equal(environment_build(&f->rules, many, ENVIRONMENT_ENTRIES + 1, &f->result, NULL), 0);
}

static void test_check(void **state)
{
	struct fixture *f = *state;
	char *bad[] = { "A=1", "LD_AUDIT=x", NULL }, *set[] = { "A=1", NULL };
	struct err e = { 0 };

	assert_int_equal(environment_check(&f->rules, bad, &e), -EPERM);
	assert_string_equal(e.about, "LD_AUDIT=x");
	assert_int_equal(text_list_add(&f->set, "A=2"), 0);
	assert_int_equal(environment_check(&f->rules, set, NULL), -EPERM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_login), TEST(test_set),    TEST(test_unset),
		TEST(test_pass),  TEST(test_bounds), TEST(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
