/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/step.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

enum { USER = 12345, GROUP = 23456 };

struct fixture {
	struct identity identity;
	struct plan plan;
	struct step_context context;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.uid = USER;
	f->identity.gid = GROUP;
	f->plan.identity = &f->identity;
	f->plan.privileged = true;
	f->plan.users = PRIVATE_USERS_SELF;
	f->context.plan = &f->plan;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* ---- the text ---- */

static void set_groups(struct fixture *f, const gid_t *groups, uint32_t n)
{
	memcpy(f->identity.groups, groups, n * sizeof(*groups));
	f->identity.ngroups = n;
}

static void assert_maps(struct fixture *f, const char *uids, const char *gids)
{
	struct err e = { 0 };

	assert_int_equal(user_map_build(&f->context.users, &f->plan, &e), 0);
	assert_string_equal(f->context.users.uids, uids);
	assert_string_equal(f->context.users.gids, gids);
}

static void test_build(void **state)
{
	struct fixture *f = *state;

	assert_maps(f, "0 0 1\n12345 12345 1\n", "0 0 1\n23456 23456 1\n");
	set_groups(f, (gid_t[]){ 27, 4, 5, 23456, 27, 0, 1, 4000000000u }, 8);
	assert_maps(f, "0 0 1\n12345 12345 1\n",
		    "0 0 2\n4 4 2\n27 27 1\n23456 23456 1\n4000000000 4000000000 1\n");
	f->identity.gid = 2001;
	set_groups(f, (gid_t[]){ 2001, 40, 60 }, 3);
	assert_maps(f, "0 0 1\n12345 12345 1\n", "0 0 1\n40 40 1\n60 60 1\n2001 2001 1\n");
	f->identity.uid = 1;
	assert_maps(f, "0 0 2\n", f->context.users.gids);
	f->identity.uid = 0;
	f->identity.gid = 0;
	f->identity.ngroups = 0;
	assert_maps(f, "0 0 1\n", "0 0 1\n");
	f->plan.users = PRIVATE_USERS_IDENTITY;
	assert_maps(f, "0 0 4294967295\n", "0 0 4294967295\n");
	f->identity.uid = USER;
	f->plan.privileged = false;
	assert_maps(f, "12345 12345 1\n", "0 0 1\n");
}

static void test_too_many(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };

	f->identity.ngroups = IDENTITY_GROUPS;
	for (uint32_t i = 0; i < IDENTITY_GROUPS; i++)
		f->identity.groups[i] = 1000000000u + 2 * i;
	assert_int_equal(user_map_build(&f->context.users, &f->plan, &e), -E2BIG);
	f->plan.users = PRIVATE_USERS_IDENTITY;
	assert_int_equal(user_map_build(&f->context.users, &f->plan, NULL), 0);
}

/* ---- in force ---- */

/* Runs body as session init would be: born in a user namespace, its maps given from outside. */
static int run_mapped(struct fixture *f, child_body *body)
{
	struct err e = { 0 };
	int sync[2], r;
	pid_t pid;

	step_note_host_namespaces(&f->context, UINT64_MAX);
	assert_int_equal(user_map_build(&f->context.users, &f->plan, NULL), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync), 0);
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(sync[0]);
		(void)alarm(CHILD_SECONDS);
		EXPECT(user_map_take(&f->context.users, sync[1]) == 0);
		body(f);
		_exit(0);
	}
	(void)close(sync[1]);
	r = user_map_give(&f->context.users, sync[0], pid, &e);
	(void)close(sync[0]);
	if (r < 0)
		print_message("%s %s: %d\n", e.what, e.about, e.num);
	return child_wait(pid);
}

static void has_ids(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };
	const gid_t groups[] = { 27, GROUP };

	EXPECT(verify_user_namespace(&f->context, &e) == 0);
	EXPECT(geteuid() == 0);
	EXPECT(setgroups(2, groups) == 0);
	if (f->plan.users == PRIVATE_USERS_SELF)
		EXPECT(setresuid(1, 1, 1) < 0 && errno == EINVAL); /* nobody here has that id */
	EXPECT(setresgid(GROUP, GROUP, GROUP) == 0 && setresuid(USER, USER, USER) == 0);
	EXPECT(getuid() == USER && getgid() == GROUP);
}

/* All rights inside, none outside. */
static void has_no_rights_outside(void *context)
{
	struct timespec now;

	(void)context;
	EXPECT(clock_gettime(CLOCK_REALTIME, &now) == 0);
	EXPECT(clock_settime(CLOCK_REALTIME, &now) < 0 && errno == EPERM);
}

static void sees_other_maps(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	(void)strcpy(f->context.users.gids, "0 0 1\n");
	EXPECT(verify_user_namespace(&f->context, &e) == -EPERM && strstr(e.about, "gid_map"));
	(void)strcpy(f->context.users.uids, "0 0 1\n12345 12345 10\n");
	e.num = 0;
	EXPECT(verify_user_namespace(&f->context, &e) == -EPERM && strstr(e.about, "uid_map"));
}

static void test_in_force(void **state)
{
	struct fixture *f = *state;

	NEEDS_ROOT();
	set_groups(f, (gid_t[]){ 27, GROUP }, 2);
	assert_int_equal(run_mapped(f, has_ids), 0);
	assert_int_equal(run_mapped(f, has_no_rights_outside), 0);
	assert_int_equal(run_mapped(f, sees_other_maps), 0);
	f->plan.users = PRIVATE_USERS_IDENTITY;
	assert_int_equal(run_mapped(f, has_ids), 0);
}

/* An ordinary user's own: it maps itself, and can leave none of its groups. */
static void has_own_ids(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	EXPECT(verify_user_namespace(&f->context, &e) == 0);
	EXPECT(getuid() == USER && getgid() == GROUP);
	EXPECT(setgroups(0, NULL) < 0 && errno == EPERM);
	EXPECT(unshare(CLONE_NEWNS | CLONE_NEWPID) == 0);
}

static void as_user(void *context)
{
	struct fixture *f = context;

	EXPECT(setgroups(0, NULL) == 0 && setresgid(GROUP, GROUP, GROUP) == 0);
	EXPECT(setresuid(USER, USER, USER) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
	f->plan.privileged = false;
	_exit(run_mapped(f, has_own_ids));
}

static void test_own(void **state)
{
	NEEDS_ROOT();
	assert_int_equal(child_run(as_user, *state), 0);
}

/* ---- failures ---- */

static void not_in_one(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	step_note_host_namespaces(&f->context, UINT64_MAX);
	EXPECT(user_map_build(&f->context.users, &f->plan, NULL) == 0);
	EXPECT(verify_user_namespace(&f->context, &e) == -EPERM && strstr(e.about, "user is the host's"));
}

static void test_failures(void **state)
{
	struct fixture *f = *state;
	int sync[2];

	assert_int_equal(child_run(not_in_one, f), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync), 0);
	(void)close(sync[0]);
	assert_int_equal(user_map_take(&f->context.users, sync[1]), -ECHILD); /* the helper is gone */
	f->context.users.own = true;
	assert_int_equal(user_map_give(&f->context.users, sync[1], 0, NULL), -ECHILD);
	(void)close(sync[1]);
	f->context.users.own = false;
	assert_int_equal(user_map_give(&f->context.users, -1, 0x7ffffffe, NULL), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_build), TEST(test_too_many), TEST(test_in_force), TEST(test_own),
		TEST(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
