/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/step.h"

#include <sys/utsname.h>

enum { ALL = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP };

static const struct one {
	int flag;
	int (*apply)(struct step_context *c, struct err *e);
	int (*verify)(struct step_context *c, struct err *e);
} table[] = {
	{ CLONE_NEWPID, apply_namespace, verify_pid_namespace },
	{ CLONE_NEWNS, apply_namespace, verify_mount_namespace },
	{ CLONE_NEWIPC, apply_namespace, verify_ipc_namespace },
	{ CLONE_NEWUTS, apply_namespace, verify_uts_namespace },
	{ CLONE_NEWNET, apply_network_namespace, verify_network_namespace },
	{ CLONE_NEWCGROUP, apply_namespace, verify_cgroup_namespace }, /* made by unshare here */
};

struct place {
	int flags;		/* the namespaces that are new here */
	struct step_context context;
	struct plan plan;
};

static void verify_all(void *context)
{
	struct place *place = context;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		bool is_new = place->flags & table[i].flag;
		struct err e = { 0 };

		place->context.plan = &place->plan;
		/* What is not new is the machine's: only looked at. */
		EXPECT(!is_new || table[i].apply(&place->context, &e) == 0);
		EXPECT(table[i].verify(&place->context, &e) == (is_new ? 0 : -EPERM));
		EXPECT(is_new == (e.num == 0));
	}
}

/* Everything but the second process of a pid namespace is as in the first. */
static void verify_as_second(void *context)
{
	struct place *place = context;

	place->flags &= ~CLONE_NEWPID;
	EXPECT(child_run(verify_all, place) == 0);
}

static void test_nothing_new(void **state)
{
	struct place place = { .flags = 0 };

	(void)state;
	step_note_host_namespaces(&place.context, UINT64_MAX);
	assert_int_equal(child_run(verify_all, &place), 0);
}

static void test_each_missing(void **state)
{
	struct place place = { .flags = ALL };

	(void)state;
	NEEDS_ROOT();
	step_note_host_namespaces(&place.context, UINT64_MAX);
	assert_int_equal(child_run_in(place.flags, verify_all, &place), 0);
	assert_int_equal(child_run_in(place.flags, verify_as_second, &place), 0);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].flag == CLONE_NEWNS)
			continue; /* a world always has it */
		place.flags = ALL & ~table[i].flag;
		assert_int_equal(child_run_in(place.flags, verify_all, &place), 0);
	}
}

/* When the helper's own could not be read, nothing is proved. */
static void verify_without_note(void *context)
{
	struct place *place = context;

	memset(place->context.host_ns, 0, sizeof(place->context.host_ns));
	place->flags = 0;
	verify_all(place);
}

static void test_unknown_host(void **state)
{
	struct place place = { .flags = 0 };

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(child_run_in(ALL, verify_without_note, &place), 0);
}

/* The leaf is what init is in when it asks, so it is asked for later than the others. */
static void unshare_cgroup(void *context)
{
	struct place *place = context;
	struct err e = { 0 };

	EXPECT(verify_cgroup_namespace(&place->context, &e) == -EPERM);
	e.num = 0;
	EXPECT(apply_cgroup_namespace(&place->context, &e) == 0);
	EXPECT(verify_cgroup_namespace(&place->context, &e) == 0);
}

static void cgroup_as_user(void *context)
{
	struct place *place = context;
	struct err e = { 0 };

	EXPECT(setresuid(1, 1, 1) == 0);
	EXPECT(apply_cgroup_namespace(&place->context, &e) == -EPERM);
	EXPECT(strcmp(e.what, "unshare") == 0);
}

static void test_cgroup(void **state)
{
	struct place place = { .flags = 0 };

	(void)state;
	NEEDS_ROOT();
	step_note_host_namespaces(&place.context, UINT64_MAX);
	assert_int_equal(child_run(unshare_cgroup, &place), 0);
	assert_int_equal(child_run(cgroup_as_user, &place), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_new),
		cmocka_unit_test(test_each_missing),
		cmocka_unit_test(test_unknown_host),
		cmocka_unit_test(test_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
