/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From root to the user: each body in a child of its own, with the half-way states that verify must
 * not take for the end.
 */
#include "child.h"

#include "helper/step.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { UID = 12345, GID = 23456 };

struct fixture {
	struct identity identity;
	struct plan plan;
	struct inner_start start;
	struct step_context context;
	gid_t groups[3];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.uid = UID;
	(void)strcpy(f->identity.home, "/usr");
	f->plan.identity = &f->identity;
	f->start.gid = GID;
	f->start.ngroups = 3;
	memcpy(f->groups, (gid_t[]){ 300, 7, 20000 }, sizeof(f->groups));
	f->context = (struct step_context){
		.plan = &f->plan, .start = &f->start, .groups = f->groups, .memfd = -1,
	};
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
	assert_int_equal(child_run(body, *state), 0);
}

/* ---- groups, gid, uid ---- */

static void change_groups(void *context)
{
	struct fixture *f = context;
	struct step_context *c = &f->context;

	EXPECT(setgroups(1, (gid_t[]){ 0 }) == 0);
	EXPECT(step_check_groups(c, NULL) == -EPERM);
	EXPECT(step_set_groups(c, NULL) == 0 && step_check_groups(c, NULL) == 0);
	EXPECT(setgroups(3, (gid_t[]){ 300, 7, 0 }) == 0 && step_check_groups(c, NULL) == -EPERM);
	EXPECT(setgroups(4, (gid_t[]){ 300, 7, 20000, 0 }) == 0 && step_check_groups(c, NULL) == -EPERM);
	EXPECT(setgroups(3, (gid_t[]){ 20000, 300, 7 }) == 0 && step_check_groups(c, NULL) == 0);
	f->start.ngroups = 0;
	EXPECT(step_check_groups(c, NULL) == -EPERM);
	EXPECT(step_set_groups(c, NULL) == 0 && step_check_groups(c, NULL) == 0);
	EXPECT(getgroups(0, NULL) == 0);
}

static void change_gid(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;

	EXPECT(step_check_gid(c, NULL) == -EPERM);
	EXPECT(setresgid(GID, GID, 0) == 0 && step_check_gid(c, NULL) == -EPERM); /* the saved one */
	EXPECT(setresgid(0, GID, GID) == 0 && step_check_gid(c, NULL) == -EPERM);
	EXPECT(step_set_gid(c, NULL) == 0 && step_check_gid(c, NULL) == 0);
}

static bool has_effective(int capability)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	EXPECT(syscall(SYS_capget, &head, data) == 0);
	return data[capability / 32].permitted & (1u << capability % 32);
}

static void change_uid(void *context)
{
	struct fixture *f = context;
	struct step_context *c = &f->context;

	f->plan.levels[STEP_NO_NEW_PRIVS] = LEVEL_REQUIRE;
	EXPECT(step_check_uid(c, NULL) == -EPERM);
	EXPECT(setresuid(UID, 0, UID) == 0 && step_check_uid(c, NULL) == -EPERM);
	EXPECT(setresuid(0, 0, 0) == 0);
	EXPECT(step_set_uid(c, NULL) == 0 && step_check_uid(c, NULL) == 0);
	EXPECT(!has_effective(CAP_SYS_ADMIN) && !has_effective(CAP_SETUID));
}

/* Without no_new_privs the filter needs a capability: kept over this step, and no further flag. */
static void keep_over_uid(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;

	EXPECT(has_effective(CAP_SYS_ADMIN));
	EXPECT(step_set_uid(c, NULL) == 0 && step_check_uid(c, NULL) == 0);
	EXPECT(has_effective(CAP_SYS_ADMIN));
	EXPECT(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0);
}

static void fail_as_user(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;
	struct err e = { 0 };

	EXPECT(setresuid(1, 1, 1) == 0);
	EXPECT(step_set_groups(c, &e) == -EPERM && strcmp(e.what, "setgroups") == 0);
	EXPECT(step_set_gid(c, NULL) == -EPERM && step_set_uid(c, NULL) == -EPERM);
	EXPECT(step_check_gid(c, NULL) == -EPERM && step_check_uid(c, NULL) == -EPERM);
}

static void test_groups(void **state)
{
	NEEDS_ROOT();
	in_child(state, change_groups);
}

static void test_gid(void **state)
{
	NEEDS_ROOT();
	in_child(state, change_gid);
}

static void test_uid(void **state)
{
	NEEDS_ROOT();
	in_child(state, change_uid);
	in_child(state, keep_over_uid);
	in_child(state, fail_as_user);
}

/* ---- dumpable ---- */

static void hide(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;

	EXPECT(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 && step_check_undumpable(c, NULL) == -EPERM);
	EXPECT(step_set_undumpable(c, NULL) == 0 && step_check_undumpable(c, NULL) == 0);
	EXPECT(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 && step_check_undumpable(c, NULL) == -EPERM);
}

static void test_dumpable(void **state)
{
	in_child(state, hide);
}

/* ---- environment ---- */

static void give(struct fixture *f, const char *strings, size_t size, uint32_t argc, uint32_t envc)
{
	f->context.memfd = memfd_create("test", MFD_CLOEXEC);
	EXPECT(write(f->context.memfd, strings, size) == (ssize_t)size);
	f->start.bytes = size;
	f->start.argc = argc;
	f->start.envc = envc;
}

#define GIVE(f, strings, argc, envc) give(f, strings, sizeof(strings), argc, envc)

static void read_environment(void *context)
{
	struct fixture *f = context;
	struct step_context *c = &f->context;
	char cwd[PATH_MAX];

	GIVE(f, "-sh\0LD_PRELOAD=arg\0A=1\0LD_PRELOAD=/evil.so\0LD_AUDIT\0LD_PRELOADX=ok\0"
	     "GLIBC_TUNABLES=x\0ld_preload=ok\0Z=\0/tmp", 2, 7);
	EXPECT(apply_environment(c, NULL) == 0 && verify_environment(c, NULL) == 0);
	EXPECT(strcmp(c->argv[0], "-sh") == 0 && strcmp(c->argv[1], "LD_PRELOAD=arg") == 0);
	EXPECT(c->argv[2] == NULL);
	EXPECT(strcmp(c->envp[0], "A=1") == 0 && strcmp(c->envp[1], "LD_PRELOADX=ok") == 0);
	EXPECT(strcmp(c->envp[2], "ld_preload=ok") == 0 && strcmp(c->envp[3], "Z=") == 0);
	EXPECT(c->envp[4] == NULL);
	EXPECT(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/tmp") == 0);
	c->envp[0] = (char[]){ "LD_LIBRARY_PATH=/tmp" };
	EXPECT(verify_environment(c, NULL) == -EPERM);
}

static void enter_home(void *context)
{
	struct fixture *f = context;
	char cwd[PATH_MAX];

	GIVE(f, "sh\0/no/such/directory", 1, 0);
	EXPECT(apply_environment(&f->context, NULL) == 0);
	EXPECT(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/usr") == 0);
	(void)strcpy(f->identity.home, "/no/home");
	EXPECT(apply_environment(&f->context, NULL) == 0);
	EXPECT(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0);
}

/* Counts and bytes are the user's. */
static void refuse_malformed(void *context)
{
	struct fixture *f = context;
	struct step_context *c = &f->context;

	GIVE(f, "sh\0A=1\0/tmp", 1, 3); /* more strings than there are */
	EXPECT(apply_environment(c, NULL) < 0);
	GIVE(f, "sh\0A=1\0/tmp", UINT32_MAX, 1);
	EXPECT(apply_environment(c, NULL) < 0);
	GIVE(f, "sh\0A=1\0/tmp", 1, UINT32_MAX);
	EXPECT(apply_environment(c, NULL) < 0);
	give(f, "sh\0A=1\0/tmp", 11, 1, 1); /* the last is not terminated */
	EXPECT(apply_environment(c, NULL) < 0);
	GIVE(f, "sh\0A=1\0/tmp", 1, 1);
	f->start.bytes++; /* shorter than was said */
	EXPECT(apply_environment(c, NULL) < 0);
	f->start.bytes--;
	EXPECT(apply_environment(c, NULL) == 0);
}

static void rehearse(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;

	EXPECT(apply_environment(c, NULL) == 0 && verify_environment(c, NULL) == 0);
	EXPECT(c->argv[0] && !c->argv[1] && !c->envp[0] && strcmp(c->cwd, "/") == 0);
}

static void test_environment(void **state)
{
	in_child(state, read_environment);
	in_child(state, enter_home);
	in_child(state, refuse_malformed);
	in_child(state, rehearse);
}

/* ---- regain ---- */

static void cannot_regain(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;

	EXPECT(step_set_gid(c, NULL) == 0 && setresuid(UID, UID, UID) == 0);
	EXPECT(step_try_regain(c, NULL) == 0 && step_check_regain(c, NULL) == 0);
}

static void can_regain_uid(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;
	struct err e = { 0 };

	EXPECT(step_set_gid(c, NULL) == 0 && setresuid(UID, UID, 0) == 0);
	EXPECT(step_try_regain(c, &e) == -EPERM && strcmp(e.what, "regain") == 0);
	EXPECT(step_check_regain(c, NULL) == -EPERM);
}

static void can_regain_gid(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;

	EXPECT(setresgid(GID, GID, 0) == 0 && setresuid(UID, UID, UID) == 0);
	EXPECT(step_try_regain(c, NULL) == -EPERM && step_check_regain(c, NULL) == -EPERM);
}

/* Nothing is in force, but it could be. */
static void can_regain_capability(void *context)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0, 1u << CAP_SYS_CHROOT, 0 }, { 0, 0, 0 } };
	struct step_context *c = &((struct fixture *)context)->context;
	struct err e = { 0 };

	EXPECT(step_set_gid(c, NULL) == 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
	EXPECT(setresuid(UID, UID, UID) == 0 && syscall(SYS_capset, &head, data) == 0);
	EXPECT(step_try_regain(c, &e) == -EPERM && strstr(e.about, "capabilities"));
}

/* What the profile passes on is no loss; what lies beside it is. */
static void may_have_what_is_passed_on(void *context)
{
	struct fixture *f = context;
	struct step_context *c = &f->context;

	f->plan.levels[STEP_CAPABILITIES] = LEVEL_REQUIRE;
	f->plan.ambient = UINT64_C(1) << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_SETUID;
	EXPECT(step_set_gid(c, NULL) == 0 && step_set_uid(c, NULL) == 0);
	EXPECT(step_drop_capabilities(c, NULL) == 0 && step_check_capabilities(c, NULL) == 0);
	EXPECT(step_try_regain(c, NULL) == 0 && step_check_regain(c, NULL) == 0);
	f->plan.ambient = UINT64_C(1) << CAP_SETUID;
	EXPECT(step_try_regain(c, NULL) == -EPERM);
}

static void root_has_nobody_to_become(void *context)
{
	struct fixture *f = context;
	struct step_context *c = &f->context;
	struct inner_start start = *c->start;

	f->identity.uid = 0;
	start.gid = 0;
	c->start = &start;
	f->plan.levels[STEP_CAPABILITIES] = LEVEL_REQUIRE;
	EXPECT(step_set_gid(c, NULL) == 0 && step_set_uid(c, NULL) == 0);
	EXPECT(step_try_regain(c, NULL) == -EPERM && step_check_regain(c, NULL) == -EPERM);
	EXPECT(step_drop_capabilities(c, NULL) == 0);
	EXPECT(step_try_regain(c, NULL) == 0 && step_check_regain(c, NULL) == 0);
}

static void test_regain(void **state)
{
	NEEDS_ROOT();
	in_child(state, cannot_regain);
	in_child(state, can_regain_uid);
	in_child(state, can_regain_gid);
	in_child(state, can_regain_capability);
	in_child(state, may_have_what_is_passed_on);
	in_child(state, root_has_nobody_to_become);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_groups),   TEST(test_gid),	     TEST(test_uid),
		TEST(test_dumpable), TEST(test_environment), TEST(test_regain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
