/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "profile_fixture.h"

#include "src/attr.h"

#include <errno.h>
#include <linux/capability.h>

/* What a login must never have, root inside included: the agreed list, word for word. */
static const int dropped[] = {
	CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_BPF, CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH,
	CAP_LINUX_IMMUTABLE, CAP_MAC_ADMIN, CAP_MAC_OVERRIDE, CAP_MKNOD, CAP_NET_ADMIN, CAP_PERFMON,
	CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_MODULE, CAP_SYS_PACCT, CAP_SYS_PTRACE, CAP_SYS_RAWIO,
	CAP_SYS_TIME, CAP_SYSLOG, CAP_WAKE_ALARM,
};

#define ALL ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

static int set_up(void **state)
{
	static struct profile profile;

	memset(&profile, 0xa5, sizeof(profile)); /* nothing may be taken from what was there */
	profile_init(&profile);
	*state = &profile;
	return 0;
}

static int tear_down(void **state)
{
	profile_done(*state);
	return 0;
}

/* ---- what is shipped ---- */

static void test_without_directives(void **state)
{
	const struct profile *p = *state;

	assert_true(p->private_pids && p->private_mounts);
	assert_false(p->private_ipc || p->private_network || p->no_new_privileges);
	assert_true(p->bounding == ALL && p->ambient == 0);
	assert_int_equal(p->linger.kind, LINGER_KEEP);
	assert_int_equal(p->verify, EXEC_VERIFY_NONE);
	assert_int_equal(p->fail, FAIL_CLOSED);
	assert_true(p->runtime_max_usec == 0);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		assert_int_equal(p->limits[i].kind, LIMIT_UNSET);
	assert_int_equal(profile_check(p, NULL), 0);
}

static void test_login(void **state)
{
	struct profile *p = *state;
	uint64_t expected = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++)
		expected |= UINT64_C(1) << dropped[i];
	assert_int_equal(profile_shipped(p, "login"), 0);
	assert_true((ALL & ~p->bounding) == expected);
	assert_true(p->protect_kernel_tunables && p->protect_control_groups && !p->no_new_privileges);
	assert_true(text_list_has(&p->system_call_filter, "@login"));
	assert_int_equal(p->linger.kind, LINGER_KEEP);
}

static void assert_limit(const struct profile *p, int resource, enum limit_kind kind, uint64_t value)
{
	assert_int_equal(p->limits[resource].kind, kind);
	assert_true(p->limits[resource].soft == value && p->limits[resource].hard == value);
}

static void test_strict(void **state)
{
	struct profile *p = *state;

	assert_int_equal(profile_shipped(p, "strict"), 0);
	assert_true(p->bounding == 0 && p->no_new_privileges && p->private_ipc && p->protect_hostname);
	assert_true(p->private_tmp && p->private_devices && p->protect_kernel_tunables);
	assert_int_equal(p->protect_system, PROTECT_SYSTEM_STRICT);
	assert_true(text_list_has(&p->read_only_paths, "/proc"));
	assert_true(text_list_has(&p->read_write_paths, "-%h"));
	assert_true(text_list_has(&p->system_call_filter, "@strict") && p->memory_deny_write_execute);
	assert_limit(p, RLIMIT_AS, LIMIT_MEMORY, 800);
	assert_limit(p, RLIMIT_NOFILE, LIMIT_VALUE, 1024);
	assert_limit(p, RLIMIT_CORE, LIMIT_VALUE, 0);
	assert_int_equal(p->linger.kind, LINGER_KILL);
	assert_int_equal(p->verify, EXEC_VERIFY_EXACT);
	assert_int_equal(p->unrecorded, UNRECORDED_DENY);
}

static void test_locked(void **state)
{
	struct profile *p = *state;

	assert_int_equal(profile_shipped(p, "locked"), 0);
	assert_true(p->private_network && p->bounding == 0 && p->no_new_privileges);
	assert_string_equal(p->root_directory, "minimal");
	assert_limit(p, RLIMIT_NOFILE, LIMIT_VALUE, 256);
}

static void test_baseline(void **state)
{
	struct profile *p = *state;

	assert_int_equal(profile_shipped(p, "baseline"), 0);
	assert_true(p->no_new_privileges && !p->private_pids && !p->private_mounts && p->bounding == ALL);
	assert_limit(p, RLIMIT_AS, LIMIT_MEMORY, 800);
	assert_int_equal(p->system_call_filter.n, 0);
}

static void test_observe(void **state)
{
	struct profile *p = *state;

	assert_int_equal(profile_shipped(p, "observe"), 0);
	assert_false(p->no_new_privileges || p->private_pids || p->private_mounts);
	assert_true(p->bounding == ALL && p->system_call_filter.n == 0);
}

static void test_shipped_go_together(void **state)
{
	static const char *const names[] = { "observe", "baseline", "login", "strict", "locked" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		profile_done(*state);
		profile_init(*state);
		assert_int_equal(profile_shipped(*state, names[i]), 0);
		assert_int_equal(profile_check(*state, NULL), 0);
	}
}

/* ---- reading ---- */

static int parse(struct profile *p, const char *text, struct err *e)
{
	size_t size = strlen(text);
	_free_ char *copy = malloc(size + 1);

	*e = (struct err){ 0 };
	memcpy(copy, text, size);
	return profile_parse(p, "FILE", copy, size, e);
}

static void accepted(struct profile *p, const char *text)
{
	struct err e;

	assert_int_equal(parse(p, text, &e), 0);
	assert_int_equal(e.num, 0);
}

static void refused(struct profile *p, const char *text, const char *about)
{
	struct err e;

	assert_int_equal(parse(p, text, &e), -EINVAL);
	assert_int_equal(e.num, EINVAL);
	assert_string_equal(e.what, "configuration");
	assert_string_equal(e.about, about);
}

static void test_several_files(void **state)
{
	struct profile *p = *state;

	accepted(p, "[Sandbox]\nNice=5\nUMask=0077\nReadOnlyPaths=/a\nReadOnlyPaths=/b -/c\n");
	accepted(p, "[Sandbox]\nNice=6\nUMask=\nReadOnlyPaths=/d\n[Session]\nLinger=kill\n");
	assert_int_equal(p->nice.value, 6);
	assert_false(p->umask.set);
	assert_int_equal(p->read_only_paths.n, 4);
	assert_string_equal(p->read_only_paths.items[2], "-/c");
	accepted(p, "[Sandbox]\nReadOnlyPaths=\nReadOnlyPaths=/e\nNice=\n[Session]\nLinger=\n");
	assert_int_equal(p->read_only_paths.n, 1);
	assert_string_equal(p->read_only_paths.items[0], "/e");
	assert_false(p->nice.set);
	assert_int_equal(p->linger.kind, LINGER_KEEP);
}

static void test_refused(void **state)
{
	struct profile *p = *state;

	refused(p, "[Sandbox]\n\nPrivatTmp=yes", "FILE:3: there is no directive PrivatTmp; did you mean PrivateTmp?");
	refused(p, "[Sandbox]\nprivatetmp=yes",
		"FILE:2: there is no directive privatetmp; did you mean PrivateTmp?");
	refused(p, "[Sandbox]\nExecStart=/bin/sh", "FILE:2: there is no directive ExecStart");
	refused(p, "[Session]\nPrivateTmp=yes", "FILE:2: PrivateTmp belongs into [Sandbox]");
	refused(p, "[Service]\nPrivateTmp=yes", "FILE:2: PrivateTmp belongs into [Sandbox]");
	refused(p, "[Sandbox]\nNice=5\nUMask=0\nNice=5", "FILE:4: Nice is set already, by line 2");
	refused(p, "[Sandbox]\nNice=\nNice=5", "FILE:3: Nice is set already, by line 2");
	refused(p, "[Sandbox]\nPrivateTmp=maybe", "FILE:2: PrivateTmp: expected yes or no, not maybe");
	refused(p, "[Sandbox]\nNice=20", "FILE:2: Nice: expected a number from -20 to 19, not 20");
	refused(p, "[Sandbox]\nProtectSystem=ful",
		"FILE:2: ProtectSystem: expected one of no, yes, full, strict, not ful");
	refused(p, "Nice=5", "FILE:1: Nice=5 before the first [Section]");
}

static int set(struct profile *p, const char *first, const char *second, struct err *e)
{
	char *items[2] = { (char *)first, (char *)second };
	struct text_list sets = { second ? 2 : 1, items };

	*e = (struct err){ 0 };
	return profile_set(p, &sets, e);
}

static void test_sets(void **state)
{
	struct profile *p = *state;
	struct err e;

	assert_int_equal(set(p, "Nice=7", "ReadOnlyPaths=/a \"/b c\"", &e), 0);
	assert_int_equal(p->nice.value, 7);
	assert_string_equal(p->read_only_paths.items[1], "/b c");
	assert_int_equal(set(p, "Nice=7", "Nice=8", &e), -EINVAL);
	assert_string_equal(e.about, "set=:2: Nice is set already, by line 1");
	assert_int_equal(set(p, "Nice", NULL, &e), -EINVAL);
	assert_string_equal(e.about, "set=:1: expected Directive=value, not Nice");
	assert_int_equal(set(p, "Nise=1", NULL, &e), -EINVAL);
	assert_string_equal(e.about, "set=:1: there is no directive Nise; did you mean Nice?");
}

static void clashing(struct profile *p, const char *text, const char *part)
{
	struct err e;

	profile_done(p);
	profile_init(p);
	accepted(p, text);
	e = (struct err){ 0 };
	assert_int_equal(profile_check(p, &e), -EINVAL);
	assert_non_null(strstr(e.about, part));
}

static void test_clashes(void **state)
{
	struct profile *p = *state;

	clashing(p, "[Sandbox]\nPrivateMounts=no\nPrivateTmp=yes", "PrivateMounts=yes");
	clashing(p, "[Sandbox]\nPrivateMounts=no\nExecPaths=/bin", "PrivateMounts=yes");
	clashing(p, "[Sandbox]\nPrivateMounts=no\nProtectKernelLogs=yes", "PrivateMounts=yes");
	clashing(p, "[Sandbox]\nPrivateMounts=no\nProtectKernelModules=yes", "PrivateMounts=yes");
	clashing(p, "[Sandbox]\nPrivateNetwork=yes\nNetworkNamespacePath=/run/n", "two networks");
	clashing(p, "[Sandbox]\nCapabilityBoundingSet=CAP_KILL\nAmbientCapabilities=CAP_CHOWN",
		 "AmbientCapabilities=");
	clashing(p, "[Session]\nRequire=root\nPrefer=root", "same step");
	clashing(p, "[Exec]\nVerify=exact", "ReadOnlyPaths=/proc");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_without_directives), TEST(test_login),   TEST(test_strict),
		TEST(test_locked),	       TEST(test_baseline), TEST(test_observe),
		TEST(test_shipped_go_together), TEST(test_several_files), TEST(test_refused),
		TEST(test_sets),	       TEST(test_clashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
