/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../src/profile.h"

#include "../../src/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

/* What a login must never have, root inside included: the agreed list, word for word. */
static const int dropped[] = {
	CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_BPF, CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH,
	CAP_LINUX_IMMUTABLE, CAP_MAC_ADMIN, CAP_MAC_OVERRIDE, CAP_MKNOD, CAP_NET_ADMIN, CAP_PERFMON,
	CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_MODULE, CAP_SYS_PACCT, CAP_SYS_PTRACE, CAP_SYS_RAWIO,
	CAP_SYS_TIME, CAP_SYSLOG, CAP_WAKE_ALARM,
};

static int set_up(void **state)
{
	static struct profile profile;

	profile_init(&profile);
	*state = &profile;
	return 0;
}

static int tear_down(void **state)
{
	profile_done(*state);
	return 0;
}

static void test_login_drops_exactly(void **state)
{
	struct profile *profile = *state;
	uint64_t all = (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1;
	uint64_t expected = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
		expected |= UINT64_C(1) << dropped[i];
	assert_true(profile->bounding == all);
	assert_int_equal(profile_builtin(profile, ""), 0);
	assert_string_equal(profile->name, "login");
	assert_true((all & ~profile->bounding) == expected);
}

static void test_strict_keeps_none(void **state)
{
	struct profile *profile = *state;

	assert_int_equal(profile_builtin(profile, "strict"), 0);
	assert_string_equal(profile->name, "strict");
	assert_true(profile->bounding == 0 && profile->no_new_privileges);
}

static void test_unknown(void **state)
{
	assert_int_equal(profile_builtin(*state, "strictest"), -ENOENT);
	assert_int_equal(profile_builtin(*state, "LOGIN"), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_login_drops_exactly),
		TEST(test_strict_keeps_none),
		TEST(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
