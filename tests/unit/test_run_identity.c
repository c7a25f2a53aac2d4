/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../src/run_identity.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

/* One of this machine, whoever runs the test: root asks for it, anyone else for itself. */
static struct run_wish someone(void)
{
	const struct passwd *pw = getuid() == 0 ? getpwnam("daemon") : getpwuid(getuid());
	struct run_wish wish = { .user = "nobody-here", .uid = getuid(), .gid = getgid() };
	static char name[IDENTITY_NAME_BYTES];	/* the database's own is overwritten by the next look-up */

	if (pw) {
		(void)snprintf(name, sizeof(name), "%s", pw->pw_name);
		wish = (struct run_wish){ .user = name, .uid = pw->pw_uid, .gid = pw->pw_gid };
	}
	return wish;
}

/* Root needs _swrap; a build machine may not have it. Everything else is filled by then. */
static int identify(const struct run_wish *wish, struct identity *id)
{
	int r = run_identity(wish, id, NULL);

	return r == -ENOENT && getuid() == 0 && !getpwnam("_swrap") ? 0 : r;
}

static void test_run_identity_fills(void **state)
{
	struct run_wish wish = someone();
	struct identity id;

	(void)state;
	wish.profile = "strict";
	assert_int_equal(identify(&wish, &id), 0);
	assert_string_equal(id.user, wish.user);
	assert_string_equal(id.service, "swrap-run");
	assert_string_equal(id.profile, "strict");
	assert_int_equal(strlen(id.session), 16);
	assert_int_equal(id.uid, wish.uid);
	assert_int_equal(id.gid, wish.gid);
	assert_int_equal(id.requester, getuid());
	assert_true(id.direct);
	assert_false(id.fail_open);
}

static void test_run_identity_shell_of_the_call_wins(void **state)
{
	struct run_wish wish = someone();
	struct identity id;

	(void)state;
	wish.shell = "/bin/other";
	assert_int_equal(identify(&wish, &id), 0);
	assert_string_equal(id.shell, "/bin/other");
}

static void test_run_identity_name_lends_no_groups(void **state)
{
	struct run_wish wish = { .user = "root", .uid = 4000000000, .gid = 4000000000 };
	struct identity id;

	(void)state;
	if (getuid() != 0) {
		assert_int_equal(run_identity(&wish, &id, NULL), -EPERM);
		return;
	}
	assert_int_equal(identify(&wish, &id), 0);
	assert_int_equal(id.ngroups, 1);
	assert_int_equal(id.groups[0], 4000000000);
	assert_string_equal(id.home, "");
	assert_string_equal(id.shell, "");
}

static void test_run_identity_others_ids(void **state)
{
	struct run_wish wish = someone();
	struct identity id;
	struct err e = { 0 };

	(void)state;
	if (getuid() == 0)
		skip();
	wish.uid++;
	assert_int_equal(run_identity(&wish, &id, &e), -EPERM);
	assert_string_equal(e.what, "--user-uid");
}

static void test_run_identity_too_long(void **state)
{
	char name[IDENTITY_NAME_BYTES + 1];
	struct run_wish wish = someone();
	struct identity id;

	(void)state;
	memset(name, 'p', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	wish.profile = name;
	assert_int_equal(run_identity(&wish, &id, NULL), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_identity_fills),
		cmocka_unit_test(test_run_identity_shell_of_the_call_wins),
		cmocka_unit_test(test_run_identity_name_lends_no_groups),
		cmocka_unit_test(test_run_identity_others_ids),
		cmocka_unit_test(test_run_identity_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
