/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mode=permissive: what is left of a strict profile. */
#include "unit.h"

#include "profile_fixture.h"

#include "helper/filter.h"
#include "helper/filter_spec.h"
#include "helper/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.uid = 1234;
	(void)strcpy(f->identity.home, "/home/alice");
	profile_init(&f->profile);
	assert_int_equal(profile_shipped(&f->profile, "strict"), 0);
	f->profile.mode = MODE_PERMISSIVE;
	f->profile.private_network = true;
	f->profile.memory_max = (struct optional_size){ .set = true, .value = 1 << 20 };
	f->profile.linger = (struct session_linger){ LINGER_GRACE, 5 };
	assert_int_equal(text_list_add(&f->profile.pass_environment, "PATH"), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	plan_done(&f->plan);
	profile_done(&f->profile);
	free(f);
	return 0;
}

static const enum step gone[] = {
	STEP_PID_NAMESPACE, STEP_MOUNT_NAMESPACE, STEP_IPC_NAMESPACE, STEP_UTS_NAMESPACE,
	STEP_NETWORK_NAMESPACE, STEP_ROOT, STEP_PROC, STEP_MEMFD_NOEXEC,
	STEP_BOUNDING_SET, STEP_NO_NEW_PRIVS, STEP_LANDLOCK,
};

static void test_nothing_confines(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (f->plan.levels[gone[i]] != LEVEL_OFF)
			fail_msg("%s is wanted", primitive_table[gone[i]].name);
	assert_int_equal(f->plan.levels[STEP_UID], LEVEL_REQUIRE);
	assert_int_equal(f->plan.levels[STEP_SECCOMP], LEVEL_REQUIRE);
	assert_int_equal(f->plan.namespaces, 0);
	assert_int_equal(f->plan.limit_mask, 0);
	assert_int_equal(f->plan.verify, EXEC_VERIFY_NONE);
	assert_int_equal(f->plan.unrecorded, UNRECORDED_RUN);
	assert_false(f->plan.cgroup.memory_max.set);
	assert_int_equal(f->plan.idle, STEP_BIT(STEP_SECCOMP) | STEP_BIT(STEP_RLIMITS) | STEP_BIT(STEP_CGROUP));
	/* What it would have said is the profile's own filter. */
	assert_ptr_equal(f->plan.verdicts,
			 filter_prebuilt(FILTER_SPEC_HEAD "restrict write-execute\nrestrict suid-sgid\n"
					 "syscalls @strict\n"));
}

static void test_the_rest_stays(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	assert_string_equal(f->plan.profile->name, "strict");
	assert_int_equal(f->plan.linger.kind, LINGER_GRACE);
	assert_true(f->plan.environment.only_passed);
	assert_int_equal(f->plan.environment.pass->n, 1);
}

/* Not even those that strict takes from everybody. */
static void test_capabilities(void **state)
{
	struct fixture *f = *state;
	uint64_t all;

	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	all = f->plan.bounding;
	assert_true(all != 0 && (all & (all + 1)) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_confines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_rest_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_capabilities, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
