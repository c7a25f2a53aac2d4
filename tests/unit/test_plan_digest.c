/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Also what stops working: both are read off one plan. */
#include "unit.h"

#include "helper/plan.h"
#include "helper/plan_stops.h"

#include <linux/capability.h>
#include <string.h>

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.uid = f->identity.gid = 1234;
	(void)strcpy(f->identity.user, "alice");
	(void)strcpy(f->identity.home, "/home/alice");
	profile_init(&f->profile);
	assert_int_equal(text_list_add(&f->profile.system_call_filter, "@login"), 0);
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

static const char *digest(struct fixture *f)
{
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	plan_digest(&f->plan);
	assert_int_equal(strspn(f->plan.digest, "0123456789abcdef"), 64);
	return f->plan.digest;
}

static void assert_differs(struct fixture *f, const char *before)
{
	assert_string_not_equal(digest(f), before);
}

static void test_same(void **state)
{
	struct fixture *f = *state;
	char before[PROFILE_DIGEST_BYTES];

	(void)strcpy(before, digest(f));
	(void)strcpy(f->identity.session, "0123456789abcdef");
	(void)strcpy(f->identity.tty, "/dev/pts/3");
	(void)strcpy(f->identity.rhost, "there.example");
	f->identity.requester = 7;
	assert_string_equal(digest(f), before);
}

static void test_different(void **state)
{
	struct fixture *f = *state;
	char before[PROFILE_DIGEST_BYTES];

	(void)strcpy(before, digest(f));
	f->identity.uid++;
	assert_differs(f, before);
	f->identity.uid--;
	(void)strcpy(f->identity.home, "/home/bob");
	assert_differs(f, before);
	(void)strcpy(f->identity.home, "/home/alice");
	f->profile.private_ipc = true;
	assert_differs(f, before);
	f->profile.prefer = STEP_BIT(STEP_IPC_NAMESPACE);
	(void)strcpy(before, digest(f));
	f->profile.prefer = 0;
	assert_differs(f, before);
	f->profile.private_ipc = false;
	(void)strcpy(before, digest(f));
	f->profile.bounding &= ~(UINT64_C(1) << CAP_SYS_ADMIN);
	assert_differs(f, before);
	f->profile.bounding |= UINT64_C(1) << CAP_SYS_ADMIN;
	(void)strcpy(f->profile.digest, "of other files");
	assert_differs(f, before);
	f->profile.digest[0] = 0;
	assert_string_equal(digest(f), before);
}

static bool stops(struct fixture *f, const char *programs)
{
	bool found = false;

	(void)digest(f);
	for (int i = 0; i < PLAN_STOPS; i++) {
		assert_non_null(plan_stops[i].programs);
		assert_non_null(plan_stops[i].why);
		if (strstr(plan_stops[i].programs, programs)) {
			found = true;
			if (plan_stops[i].holds(&f->plan))
				return true;
		}
	}
	assert_true(found);
	return false;
}

static void test_stops(void **state)
{
	struct fixture *f = *state;

	assert_false(stops(f, "sudo"));
	assert_true(stops(f, "gdb"));
	assert_true(stops(f, "bubblewrap"));
	assert_true(stops(f, "systemctl --user"));
	assert_false(stops(f, "everything on the network"));
	f->profile.no_new_privileges = true;
	f->profile.private_network = true;
	assert_true(stops(f, "sudo"));
	assert_true(stops(f, "everything on the network"));
	f->profile.no_new_privileges = false;
	f->profile.bounding = 0;
	assert_true(stops(f, "sudo"));
	f->profile.private_mounts = false;
	assert_false(stops(f, "systemctl --user"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_same), TEST(test_different), TEST(test_stops) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
