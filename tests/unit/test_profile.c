/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../src/profile.h"

#include "../../src/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <string.h>

/* What a login must never have, root inside included: the agreed list, word for word. */
static const int dropped[] = {
	CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_BPF, CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH,
	CAP_LINUX_IMMUTABLE, CAP_MAC_ADMIN, CAP_MAC_OVERRIDE, CAP_MKNOD, CAP_NET_ADMIN, CAP_PERFMON,
	CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_MODULE, CAP_SYS_PACCT, CAP_SYS_PTRACE, CAP_SYS_RAWIO,
	CAP_SYS_TIME, CAP_SYSLOG, CAP_WAKE_ALARM,
};

static uint64_t kept_bits(const struct profile *profile)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < profile->nbounding; i++)
		bits |= UINT64_C(1) << profile->bounding[i].capability;
	return bits;
}

static void test_login_drops_exactly(void **state)
{
	uint64_t all = (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1;
	uint64_t expected = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
		expected |= UINT64_C(1) << dropped[i];
	assert_int_equal(all & ~kept_bits(profile_find("login")), expected);
	assert_int_equal(profile_find("login")->nbounding, 21);
}

static void test_strict_keeps_none(void **state)
{
	(void)state;
	assert_int_equal(kept_bits(profile_find("strict")), 0);
}

static void test_find(void **state)
{
	(void)state;
	assert_string_equal(profile_find("")->name, "login");
	assert_string_equal(profile_find("strict")->name, "strict");
	assert_null(profile_find("strictest"));
	assert_null(profile_find("LOGIN"));
	assert_null(profile_find(NULL));
}

/* Every line says why, no name or path is empty, no path occurs twice. */
static void check_mounts(const struct profile *profile)
{
	for (uint32_t i = 0; i < profile->nmounts; i++) {
		assert_true(profile->mounts[i].path[0] == '/' || profile->mounts[i].path[0] == '%');
		assert_true(strlen(profile->mounts[i].reason) > 0);
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(profile->mounts[i].path, profile->mounts[j].path);
	}
}

static void check_limits(const struct profile *profile)
{
	for (uint32_t i = 0; i < profile->nlimits; i++) {
		assert_in_range(profile->limits[i].resource, 0, RLIM_NLIMITS - 1);
		assert_true(strlen(profile->limits[i].reason) > 0);
		assert_true(profile->limits[i].kind == LIMIT_MEMORY || profile->limits[i].floor == 0);
	}
}

static void test_tables_are_complete(void **state)
{
	(void)state;
	assert_int_equal(profile_count, 2);
	for (unsigned int i = 0; i < profile_count; i++) {
		assert_true(strlen(profile_table[i].name) > 0 && strlen(profile_table[i].doc) > 0);
		assert_ptr_equal(profile_find(profile_table[i].name), &profile_table[i]);
		assert_true(profile_table[i].filter < FILTER_COUNT);
		check_mounts(&profile_table[i]);
		check_limits(&profile_table[i]);
		for (uint32_t j = 0; j < profile_table[i].nbounding; j++)
			assert_true(strlen(profile_table[i].bounding[j].reason) > 0);
	}
}

/* A step whose forerunners are off would work on nothing. */
static void check_forerunners(const uint8_t levels[STEP_COUNT])
{
	for (int step = 0; step < STEP_COUNT; step++)
		for (int before = 0; before < step; before++)
			if (levels[step] != LEVEL_OFF && step < STEP_SESSION_FIRST &&
			    (primitive_table[step].after & STEP_BIT(before)))
				assert_int_not_equal(levels[before], LEVEL_OFF);
}

static void test_levels_hang_together(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < profile_count; i++) {
		const uint8_t *levels = profile_table[i].levels;

		check_forerunners(levels);
		assert_int_equal(levels[STEP_HOSTNAME], levels[STEP_UTS_NAMESPACE]);
		assert_int_equal(levels[STEP_SECCOMP], LEVEL_REQUIRE);
		assert_int_equal(levels[STEP_REGAIN], LEVEL_REQUIRE);
	}
}

static void test_login_levels(void **state)
{
	static const int off[] = { STEP_IPC_NAMESPACE, STEP_UTS_NAMESPACE, STEP_NETWORK_NAMESPACE,
				   STEP_HOSTNAME, STEP_NO_NEW_PRIVS };
	const uint8_t *levels = profile_find("login")->levels;
	int n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(off); i++)
		assert_int_equal(levels[off[i]], LEVEL_OFF);
	for (int step = 0; step < STEP_COUNT; step++)
		n += levels[step] == LEVEL_REQUIRE;
	assert_int_equal(n, STEP_COUNT - (int)ARRAY_SIZE(off));
}

static const struct mount_rule *rule_for(const struct profile *profile, const char *path)
{
	for (uint32_t i = 0; i < profile->nmounts; i++)
		if (strcmp(profile->mounts[i].path, path) == 0)
			return &profile->mounts[i];
	fail_msg("%s has no rule for %s", profile->name, path);
	return NULL;
}

static void test_masks(void **state)
{
	static const char *const masked[] = { "/run/systemd/private", SWRAP_LOG_DIR };
	static const char *const read_only[] = { "/proc/sys", "/proc/sysrq-trigger", "/sys/fs/cgroup",
						  SWRAP_CONFIG_DIR };

	(void)state;
	for (unsigned int i = 0; i < profile_count; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(masked); j++)
			assert_int_equal(rule_for(&profile_table[i], masked[j])->action, MOUNT_MASK);
		for (size_t j = 0; j < ARRAY_SIZE(read_only); j++)
			assert_int_equal(rule_for(&profile_table[i], read_only[j])->action,
					 MOUNT_READ_ONLY);
		assert_int_equal(rule_for(&profile_table[i], "/run/user")->action,
				 MOUNT_PRIVATE_RUNTIME);
	}
}

static void test_strict(void **state)
{
	const struct profile *strict = profile_find("strict");

	(void)state;
	assert_true(strict->root_read_only && strict->proc_read_only && strict->deny_unrecorded);
	assert_false(strict->linger);
	assert_int_equal(strict->exec, EXEC_EXACT);
	assert_int_equal(strict->filter, FILTER_STRICT);
	assert_int_equal(strict->levels[STEP_NO_NEW_PRIVS], LEVEL_REQUIRE);
	assert_int_equal(strict->levels[STEP_IPC_NAMESPACE], LEVEL_REQUIRE);
	assert_int_equal(rule_for(strict, "%h")->action, MOUNT_WRITABLE);
	assert_int_equal(rule_for(strict, "/tmp")->action, MOUNT_PRIVATE_TMP);
	assert_int_equal(rule_for(strict, "/dev")->action, MOUNT_PRIVATE_DEV);
}

static void test_strict_limits(void **state)
{
	const struct profile *strict = profile_find("strict");

	(void)state;
	assert_int_equal(strict->nlimits, 3);
	assert_int_equal(strict->limits[0].resource, RLIMIT_AS);
	assert_int_equal(strict->limits[0].kind, LIMIT_MEMORY);
	assert_int_equal(strict->limits[0].value, 8);
	assert_true(strict->limits[0].floor == UINT64_C(4294967296));
	assert_int_equal(strict->limits[1].resource, RLIMIT_NOFILE);
	assert_int_equal(strict->limits[1].value, 1024);
	assert_int_equal(strict->limits[2].resource, RLIMIT_CORE);
	assert_int_equal(strict->limits[2].value, 0);
}

/* An ordinary user: none of what needs root, always no_new_privs, and still the filter. */
static void test_unprivileged(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < profile_count; i++) {
		uint8_t levels[STEP_COUNT];

		memset(levels, 0xff, sizeof(levels));
		profile_unprivileged(&profile_table[i], levels);
		for (int step = 0; step < STEP_SESSION_FIRST; step++)
			assert_int_equal(levels[step], LEVEL_OFF);
		assert_int_equal(levels[STEP_UID], LEVEL_OFF);
		assert_int_equal(levels[STEP_BOUNDING_SET], LEVEL_OFF);
		assert_int_equal(levels[STEP_CAPABILITIES_KEPT], LEVEL_OFF);
		assert_int_equal(levels[STEP_NO_NEW_PRIVS], LEVEL_REQUIRE);
		assert_int_equal(levels[STEP_SECCOMP], LEVEL_REQUIRE);
		assert_int_equal(levels[STEP_EXEC], LEVEL_REQUIRE);
		for (int step = 0; step < STEP_COUNT; step++)
			assert_in_range(levels[step], LEVEL_OFF, LEVEL_REQUIRE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_drops_exactly),
		cmocka_unit_test(test_strict_keeps_none),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_tables_are_complete),
		cmocka_unit_test(test_levels_hang_together),
		cmocka_unit_test(test_login_levels),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_strict_limits),
		cmocka_unit_test(test_unprivileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
