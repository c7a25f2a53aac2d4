/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/step.h"

#include <linux/capability.h>
#include <sys/syscall.h>

#define BIT(cap) (UINT64_C(1) << (cap))

enum { EFFECTIVE, PERMITTED, INHERITABLE };

struct fixture {
	struct plan plan;
	struct step_context context;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->context.plan = &f->plan;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void in_child(void **state, child_body *body)
{
	NEEDS_ROOT();
	assert_int_equal(child_run(body, *state), 0);
}

static void get_sets(uint64_t sets[3])
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	EXPECT(syscall(SYS_capget, &head, data) == 0);
	sets[EFFECTIVE] = data[0].effective | (uint64_t)data[1].effective << 32;
	sets[PERMITTED] = data[0].permitted | (uint64_t)data[1].permitted << 32;
	sets[INHERITABLE] = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
}

static void set_sets(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(effective >> 32 * i);
		data[i].permitted = (uint32_t)(permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(inheritable >> 32 * i);
	}
	EXPECT(syscall(SYS_capset, &head, data) == 0);
}

/* ---- bounding set ---- */

static uint64_t bounding_set(void)
{
	uint64_t set = 0;

	for (int cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			set |= BIT(cap);
	return set;
}

static void keep_some(void *context)
{
	struct fixture *f = context;
	uint64_t before = bounding_set(), sets[3];

	f->plan.bounding = BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_AUDIT_READ);
	EXPECT(verify_bounding_set(&f->context, NULL) == -EPERM);
	EXPECT(apply_bounding_set(&f->context, NULL) == 0);
	EXPECT(verify_bounding_set(&f->context, NULL) == 0);
	EXPECT(bounding_set() == (before & f->plan.bounding));
	get_sets(sets);
	EXPECT(sets[EFFECTIVE] & BIT(CAP_SETUID)); /* still needed */
	f->plan.bounding = BIT(CAP_CHOWN);
	EXPECT(verify_bounding_set(&f->context, NULL) == -EPERM);
}

static void keep_none(void *context)
{
	struct fixture *f = context;

	EXPECT(apply_bounding_set(&f->context, NULL) == 0);
	EXPECT(verify_bounding_set(&f->context, NULL) == 0 && bounding_set() == 0);
}

static void keep_all(void *context)
{
	struct fixture *f = context;
	uint64_t before = bounding_set();

	f->plan.bounding = UINT64_MAX;
	EXPECT(apply_bounding_set(&f->context, NULL) == 0);
	EXPECT(verify_bounding_set(&f->context, NULL) == 0 && bounding_set() == before);
}

/* libcap-ng says nothing when it may not drop: verify does. */
static void cannot_drop(void *context)
{
	struct fixture *f = context;
	uint64_t sets[3];

	get_sets(sets);
	sets[PERMITTED] &= ~BIT(CAP_SETPCAP);
	set_sets(sets[PERMITTED], sets[PERMITTED], 0);
	(void)apply_bounding_set(&f->context, NULL);
	EXPECT(verify_bounding_set(&f->context, NULL) == -EPERM);
}

static void test_bounding_set(void **state)
{
	in_child(state, keep_some);
	in_child(state, keep_none);
	in_child(state, keep_all);
	in_child(state, cannot_drop);
}

/* ---- what the process itself has ---- */

static void keep_for_filter(void *context)
{
	struct fixture *f = context;
	uint64_t sets[3];

	EXPECT(step_check_kept(&f->context, NULL) == -EPERM);
	EXPECT(step_keep_capabilities(&f->context, NULL) == 0);
	EXPECT(step_check_kept(&f->context, NULL) == 0);
	get_sets(sets);
	EXPECT(sets[EFFECTIVE] == BIT(CAP_SYS_ADMIN) && sets[PERMITTED] == BIT(CAP_SYS_ADMIN));
	EXPECT(sets[INHERITABLE] == 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == -EPERM); /* not the end yet */
	EXPECT(step_drop_capabilities(&f->context, NULL) == 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == 0);
	EXPECT(step_check_kept(&f->context, NULL) == -EPERM);
}

/* With no_new_privs the filter needs none. */
static void keep_nothing(void *context)
{
	struct fixture *f = context;
	uint64_t sets[3];

	f->plan.levels[STEP_NO_NEW_PRIVS] = LEVEL_REQUIRE;
	EXPECT(step_keep_capabilities(&f->context, NULL) == 0);
	EXPECT(step_check_kept(&f->context, NULL) == 0);
	get_sets(sets);
	EXPECT(sets[EFFECTIVE] == 0 && sets[PERMITTED] == 0);
}

/* Each of the sets alone is noticed. */
static void leave_one_set(void *context)
{
	struct fixture *f = context;

	set_sets(0, BIT(CAP_CHOWN), 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == -EPERM);
	set_sets(BIT(CAP_CHOWN), BIT(CAP_CHOWN), 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == -EPERM);
	set_sets(0, BIT(CAP_CHOWN), BIT(CAP_CHOWN));
	EXPECT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) == 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == -EPERM);
	set_sets(0, 0, BIT(CAP_CHOWN));
	EXPECT(step_check_capabilities(&f->context, NULL) == -EPERM);
	set_sets(0, 0, 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == 0);
}

static void drop_inherited(void *context)
{
	struct fixture *f = context;

	set_sets(BIT(CAP_SETPCAP), BIT(CAP_SETPCAP) | BIT(CAP_CHOWN), BIT(CAP_CHOWN));
	EXPECT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) == 0);
	EXPECT(step_drop_capabilities(&f->context, NULL) == 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == 0);
	EXPECT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) == 0);
}

/* In all five sets, and only that. */
static void pass_on(void *context)
{
	struct fixture *f = context;
	uint64_t sets[3];

	f->plan.bounding = BIT(CAP_NET_RAW) | BIT(CAP_CHOWN);
	f->plan.ambient = BIT(CAP_NET_RAW);
	f->plan.levels[STEP_BOUNDING_SET] = LEVEL_REQUIRE;
	EXPECT(apply_bounding_set(&f->context, NULL) == 0);
	EXPECT(step_keep_capabilities(&f->context, NULL) == 0);
	EXPECT(step_check_kept(&f->context, NULL) == 0);
	get_sets(sets);
	EXPECT(sets[PERMITTED] == (BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_RAW)) && sets[INHERITABLE] == 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == -EPERM);
	EXPECT(step_drop_capabilities(&f->context, NULL) == 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == 0);
	get_sets(sets);
	for (int i = EFFECTIVE; i <= INHERITABLE; i++)
		EXPECT(sets[i] == BIT(CAP_NET_RAW));
	EXPECT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW, 0, 0) == 1);
	EXPECT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) == 0);
	EXPECT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_NET_RAW, 0, 0) == 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == -EPERM);
}

/* The bounding set is read once more at the end. */
static void bounding_set_is_back(void *context)
{
	struct fixture *f = context;

	EXPECT(step_drop_capabilities(&f->context, NULL) == 0);
	EXPECT(step_check_capabilities(&f->context, NULL) == 0); /* nobody asked for one */
	f->plan.levels[STEP_BOUNDING_SET] = LEVEL_REQUIRE;
	EXPECT(step_check_capabilities(&f->context, NULL) == -EPERM);
}

static void test_capabilities(void **state)
{
	in_child(state, keep_for_filter);
	in_child(state, keep_nothing);
	in_child(state, leave_one_set);
	in_child(state, drop_inherited);
	in_child(state, pass_on);
	in_child(state, bounding_set_is_back);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bounding_set),
		TEST(test_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
