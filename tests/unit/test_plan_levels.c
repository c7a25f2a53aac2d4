/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "helper/plan.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
	struct probe probe;
	char root[40];
	struct err e;
};

/* A host without anything but pid and mount namespaces; we have every capability on it. */
static int set_up(void **state)
{
	static const char *const made[] = { "proc", "proc/self", "proc/self/ns", "proc/self/ns/pid",
					    "proc/self/ns/mnt" };
	struct fixture *f = calloc(1, sizeof(*f));
	char path[128];

	(void)strcpy(f->root, "/tmp/test_levels.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->root, made[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	assert_int_equal(probe_open(&f->probe, f->root, NULL), 0);
	f->probe.capabilities = ~UINT64_C(0);
	f->identity.uid = 1234;
	(void)strcpy(f->identity.home, "/home/alice");
	profile_init(&f->profile);
	assert_int_equal(text_list_add(&f->profile.system_call_filter, "@login"), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s", f->root);
	assert_int_equal(system(command), 0);
	probe_done(&f->probe);
	plan_done(&f->plan);
	profile_done(&f->profile);
	free(f);
	return 0;
}

static int build(struct fixture *f, bool privileged)
{
	f->e = (struct err){ 0 };
	plan_done(&f->plan);
	return plan_build(&f->plan, &f->identity, &f->profile, privileged, &f->e);
}

static void test_require_of_nothing(void **state)
{
	struct fixture *f = *state;

	f->profile.require = STEP_BIT(STEP_LANDLOCK);
	assert_int_equal(build(f, true), -EINVAL);
	assert_string_equal(f->e.what, "landlock");
	assert_non_null(strstr(f->e.about, "Landlock= does not ask for it"));
	f->profile.require = STEP_BIT(STEP_PID_NAMESPACE) | STEP_BIT(STEP_UID);
	assert_int_equal(build(f, true), 0);
	assert_int_equal(f->plan.levels[STEP_PID_NAMESPACE], LEVEL_REQUIRE);
}

static void test_require_beats_prefer(void **state)
{
	struct fixture *f = *state;

	f->profile.require = f->profile.prefer = STEP_BIT(STEP_PID_NAMESPACE);
	assert_int_equal(build(f, true), 0);
	assert_int_equal(f->plan.levels[STEP_PID_NAMESPACE], LEVEL_REQUIRE);
}

static void test_prefer(void **state)
{
	struct fixture *f = *state;

	f->profile.prefer = STEP_BIT(STEP_PID_NAMESPACE) | STEP_BIT(STEP_IPC_NAMESPACE) |
			    STEP_BIT(STEP_TTY);
	assert_int_equal(build(f, true), 0);
	assert_int_equal(f->plan.levels[STEP_PID_NAMESPACE], LEVEL_PREFER);
	assert_int_equal(f->plan.levels[STEP_TTY], LEVEL_PREFER);
	assert_int_equal(f->plan.levels[STEP_IPC_NAMESPACE], LEVEL_OFF); /* no directive asks */
	assert_string_equal(f->plan.reasons[STEP_PID_NAMESPACE], "PrivatePIDs=");
	assert_string_equal(f->plan.reasons[STEP_IPC_NAMESPACE], "PrivateIPC= does not ask for it");
	assert_string_equal(f->plan.reasons[STEP_TTY], "every session");
}

/* What no session can be without is no matter of preference. */
static void test_prefer_vital(void **state)
{
	static const enum step vital[] = { STEP_FDS, STEP_CLOSE_RANGE, STEP_GID, STEP_UID,
					   STEP_ENVIRONMENT, STEP_SECCOMP, STEP_CAPABILITIES, STEP_EXEC };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(vital); i++) {
		f->profile.prefer = STEP_BIT(vital[i]);
		assert_int_equal(build(f, true), -EINVAL);
		assert_string_equal(f->e.what, primitive_table[vital[i]].name);
	}
}

static void test_ordinary_user(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(build(f, false), 0);
	assert_string_equal(f->plan.reasons[STEP_UID], "not without root");
	assert_string_equal(f->plan.reasons[STEP_NO_NEW_PRIVS], "an ordinary user's filter needs it");
	assert_string_equal(f->plan.reasons[STEP_IPC_NAMESPACE], "PrivateIPC= does not ask for it");
}

static void test_host_has(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(build(f, true), 0);
	assert_int_equal(plan_probe(&f->plan, &f->probe, &f->e), 0);
	assert_int_equal(f->plan.offers[STEP_PID_NAMESPACE], OFFER_YES);
	assert_int_equal(f->plan.offers[STEP_IPC_NAMESPACE], OFFER_UNKNOWN); /* off: not asked */
	assert_true(f->plan.missing == 0);
	assert_int_equal(f->plan.namespaces, CLONE_NEWPID | CLONE_NEWNS);
}

static void test_host_lacks_required(void **state)
{
	struct fixture *f = *state;

	f->profile.private_ipc = true;
	assert_int_equal(build(f, true), 0);
	assert_int_equal(plan_probe(&f->plan, &f->probe, &f->e), -ENOTSUP);
	assert_string_equal(f->e.what, "ipc-namespace");
	assert_non_null(strstr(f->e.about, "no ipc namespaces"));
	assert_int_equal(f->plan.offers[STEP_EXEC], OFFER_YES); /* asked all the same */
}

static void test_host_lacks_preferred(void **state)
{
	struct fixture *f = *state;

	f->profile.private_ipc = f->profile.protect_hostname = true;
	f->profile.prefer = STEP_BIT(STEP_IPC_NAMESPACE) | STEP_BIT(STEP_UTS_NAMESPACE);
	assert_int_equal(build(f, true), 0);
	assert_true(f->plan.namespaces & CLONE_NEWIPC);
	assert_int_equal(plan_probe(&f->plan, &f->probe, &f->e), 0);
	assert_true(f->plan.missing == (STEP_BIT(STEP_IPC_NAMESPACE) | STEP_BIT(STEP_UTS_NAMESPACE)));
	assert_int_equal(f->plan.levels[STEP_IPC_NAMESPACE], LEVEL_PREFER);
	assert_int_equal(f->plan.namespaces, CLONE_NEWPID | CLONE_NEWNS);
}

/* A control group comes along, where there are any, when there is no pid namespace. */
static void test_comes_along(void **state)
{
	struct fixture *f = *state;

	f->profile.private_pids = false;
	assert_int_equal(build(f, true), 0);
	assert_int_equal(f->plan.levels[STEP_CGROUP], LEVEL_PREFER);
	assert_int_equal(plan_probe(&f->plan, &f->probe, &f->e), 0);
	assert_int_equal(f->plan.levels[STEP_CGROUP], LEVEL_OFF);
	assert_true(f->plan.missing == 0);
	f->profile.prefer = STEP_BIT(STEP_CGROUP);
	assert_int_equal(build(f, true), 0);
	assert_int_equal(plan_probe(&f->plan, &f->probe, &f->e), 0);
	assert_int_equal(f->plan.levels[STEP_CGROUP], LEVEL_PREFER);
	assert_true(f->plan.missing == STEP_BIT(STEP_CGROUP));
	f->profile.require = STEP_BIT(STEP_CGROUP);
	assert_int_equal(build(f, true), 0);
	assert_int_equal(plan_probe(&f->plan, &f->probe, &f->e), -ENOTSUP);
	assert_string_equal(f->e.what, "cgroup");
}

/* What is required and needs what is only preferred stands or falls with it. */
static void test_host_lacks_a_need(void **state)
{
	struct fixture *f = *state;

	char path[128];

	(void)snprintf(path, sizeof(path), "%s/proc/self/ns/pid", f->root);
	assert_int_equal(rmdir(path), 0);
	f->profile.prefer = STEP_BIT(STEP_PID_NAMESPACE);
	assert_int_equal(build(f, true), 0);
	assert_int_equal(plan_probe(&f->plan, &f->probe, &f->e), -ENOTSUP);
	assert_string_equal(f->e.what, "proc");
	assert_non_null(strstr(f->e.about, "needs pid-namespace"));
}

static void test_demands(void **state)
{
	struct fixture *f = *state;

	f->profile.require_lockdown = LOCKDOWN_INTEGRITY;
	assert_int_equal(build(f, true), 0);
	f->plan.levels[STEP_LOCKDOWN] = LEVEL_REQUIRE;
	assert_int_equal(plan_probe(&f->plan, &f->probe, &f->e), -ENOTSUP);
	assert_string_equal(f->e.what, "lockdown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_require_of_nothing), TEST(test_require_beats_prefer), TEST(test_prefer),
		TEST(test_prefer_vital),       TEST(test_ordinary_user),	TEST(test_host_has),
		TEST(test_host_lacks_required), TEST(test_host_lacks_preferred),
		TEST(test_host_lacks_a_need), TEST(test_comes_along), TEST(test_demands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
