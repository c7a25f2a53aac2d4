/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs real steps that fail and real steps that succeed without any right: the namespace steps fail in
 * any process that is not a session's init, dumpable and no-new-privs succeed in every process.
 */
#include "child.h"

#include "helper/steps.h"

struct fixture {
	struct plan plan;
	struct step_context context;
	struct outcome_list list;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->context.plan = &f->plan;
	step_note_host_namespaces(&f->context, UINT64_MAX);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void assert_outcome(const struct fixture *f, uint32_t i, enum step step, enum result result)
{
	assert_true(i < f->list.n);
	assert_int_equal(f->list.steps[i].step, step);
	assert_int_equal(f->list.steps[i].result, result);
}

static void test_off_is_skipped(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(steps_run(&f->context, STEP_INIT_FIRST, STEP_EXEC, &f->list), 0);
	assert_int_equal(f->list.n, STEP_COUNT);
	for (uint32_t i = 0; i < STEP_COUNT; i++) {
		assert_outcome(f, i, i, RESULT_SKIPPED);
		assert_int_equal(f->list.steps[i].num, 0);
	}
}

static void test_required_failure_stops(void **state)
{
	struct fixture *f = *state;

	f->plan.levels[STEP_MOUNT_NAMESPACE] = LEVEL_REQUIRE;
	f->plan.levels[STEP_IPC_NAMESPACE] = LEVEL_REQUIRE;
	assert_int_equal(steps_run(&f->context, STEP_PID_NAMESPACE, STEP_NETWORK_NAMESPACE, &f->list), -1);
	assert_int_equal(f->list.n, 2);
	assert_outcome(f, 0, STEP_PID_NAMESPACE, RESULT_SKIPPED);
	assert_outcome(f, 1, STEP_MOUNT_NAMESPACE, RESULT_FAILED);
	assert_int_equal(f->list.steps[1].num, EPERM);
	assert_non_null(strstr(f->list.about, "mnt is the host's"));
}

static void test_preferred_failure_goes_on(void **state)
{
	struct fixture *f = *state;

	f->plan.levels[STEP_PID_NAMESPACE] = LEVEL_PREFER;
	f->plan.levels[STEP_MOUNT_NAMESPACE] = LEVEL_PREFER;
	assert_int_equal(steps_run(&f->context, STEP_PID_NAMESPACE, STEP_NETWORK_NAMESPACE, &f->list), 0);
	assert_int_equal(f->list.n, 5);
	assert_outcome(f, 0, STEP_PID_NAMESPACE, RESULT_FAILED);
	assert_outcome(f, 1, STEP_MOUNT_NAMESPACE, RESULT_FAILED);
	assert_outcome(f, 2, STEP_IPC_NAMESPACE, RESULT_SKIPPED);
	assert_non_null(strstr(f->list.about, "mnt is the host's")); /* of the last one: it may be what stops */
}

static void test_step_without_code(void **state)
{
	struct fixture *f = *state;

	f->plan.levels[STEP_EXEC] = LEVEL_REQUIRE;
	assert_int_equal(steps_run(&f->context, STEP_EXEC, STEP_EXEC, &f->list), -1);
	assert_outcome(f, 0, STEP_EXEC, RESULT_REFUSED);
	assert_int_equal(f->list.steps[0].num, ENOSYS);
}

static void run_both(void *context)
{
	struct fixture *f = context;

	f->plan.levels[STEP_NO_NEW_PRIVS] = LEVEL_REQUIRE;
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	EXPECT(steps_run(&f->context, STEP_UID, STEP_NO_NEW_PRIVS, &f->list) == 0);
	EXPECT(f->list.n == 2 && !f->list.about[0]);
	EXPECT(f->list.steps[0].result == RESULT_SKIPPED && f->list.steps[1].result == RESULT_APPLIED);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
}

static void test_applied(void **state)
{
	assert_int_equal(child_run(run_both, *state), 0);
}


static void test_appends(void **state)
{
	struct fixture *f = *state;

	outcome_add(&f->list, STEP_PID_NAMESPACE, RESULT_APPLIED, NULL);
	assert_int_equal(steps_run(&f->context, STEP_MOUNT_NAMESPACE, STEP_MOUNT_NAMESPACE, &f->list), 0);
	assert_int_equal(f->list.n, 2);
	assert_outcome(f, 1, STEP_MOUNT_NAMESPACE, RESULT_SKIPPED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_off_is_skipped),
		TEST(test_required_failure_stops),
		TEST(test_preferred_failure_goes_on),
		TEST(test_step_without_code),
		TEST(test_applied),
		TEST(test_appends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
