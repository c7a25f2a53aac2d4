/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "src/attr.h"
#include "src/name.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

static void test_capabilities(void **state)
{
	(void)state;
	assert_int_equal(NAME_CAPABILITIES, CAP_LAST_CAP + 1);
	for (unsigned int i = 0; i < NAME_CAPABILITIES; i++) {
		assert_non_null(name_of_capability(i));
		assert_int_equal(name_capability(name_of_capability(i)), i);
	}
	assert_null(name_of_capability(NAME_CAPABILITIES));
	assert_int_equal(name_capability("sys_admin"), CAP_SYS_ADMIN);
	assert_int_equal(name_capability("Cap_Chown"), CAP_CHOWN);
	assert_int_equal(name_capability("CAP_"), -EINVAL);
	assert_int_equal(name_capability("CAP_SYS"), -EINVAL);
}

static void test_families(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NAME_FAMILIES; i++)
		if (name_of_family(i))
			assert_int_equal(name_family(name_of_family(i)), i);
	assert_int_equal(name_family("AF_LOCAL"), AF_UNIX);
	assert_int_equal(name_family("AF_UNSPEC"), -EINVAL);
	assert_int_equal(name_family("af_unix"), -EINVAL);
	assert_null(name_of_family(0));
}

static void test_errors(void **state)
{
	(void)state;
	assert_int_equal(name_errno("EPERM"), EPERM);
	assert_int_equal(name_errno("EHWPOISON"), EHWPOISON);
	assert_int_equal(name_errno("EPREM"), -EINVAL);
	assert_int_equal(name_errno(""), -EINVAL);
}

static void test_distance(void **state)
{
	char word[NAME_BYTES + 2];

	(void)state;
	assert_int_equal(name_distance("", ""), 0);
	assert_int_equal(name_distance("abc", ""), 3);
	assert_int_equal(name_distance("abc", "ABC"), 0);
	assert_int_equal(name_distance("abc", "acb"), 1);
	assert_int_equal(name_distance("abc", "abxc"), 1);
	assert_int_equal(name_distance("kitten", "sitting"), 3);
	memset(word, 'a', sizeof(word));
	word[NAME_BYTES] = 0;
	assert_int_equal(name_distance(word, "a"), NAME_BYTES - 1);
	word[NAME_BYTES] = 'a';
	word[NAME_BYTES + 1] = 0;
	assert_true(name_distance(word, "a") == SIZE_MAX);
	assert_true(name_distance("a", word) == SIZE_MAX);
}

static const char *colour(unsigned int number)
{
	static const char *const colours[] = { "green", NULL, "grey", "yellow" };

	return colours[number];
}

static void test_nearest(void **state)
{
	(void)state;
	assert_string_equal(name_nearest("gray", colour, 4), "grey");
	assert_string_equal(name_nearest("Grene", colour, 4), "green");
	assert_string_equal(name_nearest("yelow", colour, 4), "yellow");
	assert_null(name_nearest("blue", colour, 4));
	assert_null(name_nearest("", colour, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities), cmocka_unit_test(test_families),
		cmocka_unit_test(test_errors),	     cmocka_unit_test(test_distance),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
