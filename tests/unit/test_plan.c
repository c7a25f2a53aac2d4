/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"
#include "profile_fixture.h"

#include "helper/plan.h"

#include <linux/capability.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#define GIB (UINT64_C(1) << 30)

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
};

/* The machine's memory, as the plan sees it. */
static struct sysinfo machine;
static int machine_error;

int sysinfo(struct sysinfo *info)
{
	*info = machine;
	errno = machine_error;
	return machine_error ? -1 : 0;
}

/* The kernel's release; NULL: the real one. */
static const char *release;

int uname(struct utsname *name)
{
	int r = (int)syscall(SYS_uname, name);

	if (release)
		(void)snprintf(name->release, sizeof(name->release), "%s", release);
	return r;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	machine = (struct sysinfo){ .totalram = 2 * GIB / 4096, .mem_unit = 4096 };
	machine_error = 0;
	f->identity.uid = 1234;
	(void)strcpy(f->identity.home, "/home/al ice");
	profile_init(&f->profile);
	assert_int_equal(profile_shipped(&f->profile, "strict"), 0);
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

static const struct plan *build(struct fixture *f, const char *profile, bool privileged)
{
	struct err e = { 0 };

	plan_done(&f->plan);
	profile_done(&f->profile);
	profile_init(&f->profile);
	assert_int_equal(profile_shipped(&f->profile, profile), 0);
	memset(&f->plan, 0xa5, sizeof(f->plan)); /* nothing may be taken from what was there */
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, privileged, &e), 0);
	assert_int_equal(e.num, 0);
	assert_ptr_equal(f->plan.identity, &f->identity);
	assert_int_equal(f->plan.privileged, privileged);
	return &f->plan;
}

static const struct plan_mount *find_mount(const struct plan *plan, const char *path)
{
	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (strcmp(plan->mounts[i].path, path) == 0)
			return &plan->mounts[i];
	return NULL;
}

static void test_levels(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(build(f, "login", true)->levels[STEP_ROOT], LEVEL_REQUIRE);
	assert_int_equal(f->plan.levels[STEP_NO_NEW_PRIVS], LEVEL_OFF);
	assert_int_equal(f->plan.levels[STEP_IPC_NAMESPACE], LEVEL_OFF);
	assert_int_equal(f->plan.levels[STEP_EXEC], LEVEL_REQUIRE);
	assert_int_equal(build(f, "strict", true)->levels[STEP_NO_NEW_PRIVS], LEVEL_REQUIRE);
	assert_int_equal(f->plan.levels[STEP_IPC_NAMESPACE], LEVEL_REQUIRE);
	assert_int_equal(build(f, "login", false)->levels[STEP_ROOT], LEVEL_OFF);
	assert_int_equal(f->plan.levels[STEP_UID], LEVEL_OFF);
	assert_int_equal(f->plan.levels[STEP_NO_NEW_PRIVS], LEVEL_REQUIRE);
}

static void test_namespaces(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(build(f, "login", true)->namespaces, CLONE_NEWPID | CLONE_NEWNS);
	assert_int_equal(build(f, "strict", true)->namespaces,
			 CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS);
	assert_int_equal(build(f, "strict", false)->namespaces, 0);
}

static void test_bounding(void **state)
{
	struct fixture *f = *state;
	uint64_t kept = build(f, "login", true)->bounding;

	assert_true(kept & (UINT64_C(1) << CAP_SETUID));
	assert_true(kept & (UINT64_C(1) << CAP_SETFCAP));
	assert_false(kept & (UINT64_C(1) << CAP_SYS_ADMIN));
	assert_false(kept & (UINT64_C(1) << CAP_BPF)); /* above 31 */
	assert_true(build(f, "strict", true)->bounding == 0);
}

/* An ordinary user's own: what a user namespace gives, if the profile asks for one. */
static void test_own_users(void **state)
{
	static const uint8_t on[] = { STEP_USER_NAMESPACE, STEP_PID_NAMESPACE, STEP_IPC_NAMESPACE,
				      STEP_UTS_NAMESPACE, STEP_UID, STEP_CAPABILITIES, STEP_BOUNDING_SET };
	static const uint8_t off[] = { STEP_MOUNT_NAMESPACE, STEP_ROOT, STEP_PROC, STEP_GID, STEP_CGROUP };
	struct fixture *f = *state;

	f->profile.private_users = PRIVATE_USERS_SELF;
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, false, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(on); i++)
		assert_int_equal(f->plan.levels[on[i]], LEVEL_REQUIRE);
	for (size_t i = 0; i < ARRAY_SIZE(off); i++)
		assert_int_equal(f->plan.levels[off[i]], LEVEL_OFF);
	assert_int_equal(f->plan.levels[STEP_NO_NEW_PRIVS], LEVEL_REQUIRE);
	assert_int_equal(f->plan.namespaces, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS);
}

/* Rules for /proc are honoured without a pid namespace, too: by a /proc of the session's own. */
static void test_proc_rules(void **state)
{
	struct fixture *f = *state;

	profile_done(&f->profile);
	profile_init(&f->profile);
	f->profile.private_pids = false;
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	assert_int_equal(f->plan.levels[STEP_PROC], LEVEL_OFF);
	plan_done(&f->plan);
	assert_int_equal(text_list_add(&f->profile.inaccessible_paths, "/proc/version"), 0);
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	assert_int_equal(f->plan.levels[STEP_PROC], LEVEL_REQUIRE);
	plan_done(&f->plan);
	text_list_clear(&f->profile.inaccessible_paths);
	assert_int_equal(text_list_add(&f->profile.read_only_paths, "/proc"), 0);
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	assert_int_equal(f->plan.levels[STEP_PROC], LEVEL_REQUIRE);
	plan_done(&f->plan);
	text_list_clear(&f->profile.read_only_paths);
	f->profile.protect_system = PROTECT_SYSTEM_STRICT; /* not so /proc */
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	assert_int_equal(f->plan.levels[STEP_PROC], LEVEL_REQUIRE);
}

static void test_ambient(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };

	f->profile.bounding = UINT64_C(1) << CAP_NET_RAW;
	f->profile.ambient = UINT64_C(1) << CAP_NET_RAW;
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, &e), 0);
	assert_true(f->plan.ambient == f->profile.ambient);
	plan_done(&f->plan);
	f->profile.ambient |= UINT64_C(1) << CAP_CHOWN;
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, &e), -EINVAL);
	assert_string_equal(e.what, "AmbientCapabilities");
}

static void test_paths(void **state)
{
	struct fixture *f = *state;
	const struct plan *plan = build(f, "strict", true);

	assert_int_equal(find_mount(plan, "/run/user")->action, MOUNT_PRIVATE_RUNTIME);
	assert_int_equal(find_mount(plan, "/home")->action, MOUNT_TMPFS);
	assert_int_equal(find_mount(plan, "/home/al ice")->action, MOUNT_BIND);
	assert_int_equal(find_mount(plan, "/tmp")->action, MOUNT_PRIVATE_TMP);
	assert_int_equal(find_mount(plan, "/dev")->action, MOUNT_PRIVATE_DEV);
	assert_null(find_mount(plan, "/proc/sys")); /* all of /proc is read-only */
	for (uint32_t i = 0; i < plan->nmounts; i++)
		assert_null(strchr(plan->mounts[i].path, '%'));
}

/* A home beside others that are hidden: where it is itself the hidden place, it is not hidden first. */
static void test_home_of_root(void **state)
{
	struct fixture *f = *state;

	(void)strcpy(f->identity.home, "/root");
	assert_int_equal(find_mount(build(f, "strict", true), "/root")->action, MOUNT_BIND);
}

static void test_login_paths(void **state)
{
	const struct plan *plan = build(*state, "login", true);

	assert_int_equal(find_mount(plan, "/proc/sys")->action, MOUNT_READ_ONLY);
	assert_null(find_mount(plan, "/tmp"));
}

/* What is in the home's name is a name: it is not expanded a second time. */
static void test_home_with_percent(void **state)
{
	struct fixture *f = *state;

	(void)strcpy(f->identity.home, "/home/%U%h");
	assert_non_null(find_mount(build(f, "strict", true), "/home/%U%h"));
}

/* A writable copy of / would undo the read-only root. */
static void test_home_is_root(void **state)
{
	static const char *const homes[] = { "/", "", "relative" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		(void)strcpy(f->identity.home, homes[i]);
		build(f, "strict", true);
		for (uint32_t m = 0; m < f->plan.nmounts; m++)
			assert_int_not_equal(f->plan.mounts[m].action, MOUNT_WRITABLE);
	}
}

static void test_longest_home(void **state)
{
	struct fixture *f = *state;

	memset(f->identity.home, 'h', sizeof(f->identity.home) - 1);
	f->identity.home[0] = '/';
	assert_non_null(find_mount(build(f, "strict", true), f->identity.home));
}

static void assert_address_space(struct fixture *f, uint64_t memory, rlim_t expected)
{
	machine = (struct sysinfo){ .totalram = memory / 4096, .mem_unit = 4096 };
	assert_true(build(f, "strict", true)->limits[RLIMIT_AS].rlim_max == expected);
}

static void test_limits(void **state)
{
	struct fixture *f = *state;

	assert_address_space(f, GIB / 4, 4 * GIB); /* the floor */
	assert_address_space(f, GIB / 2, 4 * GIB);
	assert_address_space(f, GIB, 8 * GIB);
	assert_address_space(f, 64 * GIB, 512 * GIB);
	assert_address_space(f, UINT64_C(1) << 62, RLIM_INFINITY);
	assert_int_equal(f->plan.limit_mask, 1u << RLIMIT_AS | 1u << RLIMIT_NOFILE |
						  1u << RLIMIT_NPROC | 1u << RLIMIT_CORE);
	assert_int_equal(f->plan.limits[RLIMIT_NOFILE].rlim_max, 1024);
	assert_int_equal(f->plan.limits[RLIMIT_CORE].rlim_max, 0);
	assert_int_equal(build(f, "login", true)->limit_mask, 0);
}

/* A share of the machine becomes a number. */
static void test_shares(void **state)
{
	struct fixture *f = *state;
	struct plan_cgroup *c = &f->plan.cgroup;

	machine = (struct sysinfo){ .totalram = 3 * GIB / 4096, .mem_unit = 4096 };
	f->profile.memory_max = (struct optional_size){ .set = true, .relative = true, .value = 5000 };
	f->profile.memory_high = (struct optional_size){ .set = true, .value = 12345 };
	f->profile.tasks_max = (struct optional_size){ .set = true, .relative = true, .value = 10000 };
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), 0);
	assert_true(c->memory_max.value == 3 * GIB / 2 && !c->memory_max.relative);
	assert_true(c->memory_high.value == 12345);
	assert_true(c->tasks_max.value > 1 && !c->tasks_max.relative && !c->cpu_quota.set);
}

static void test_failures(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };

	machine_error = EFAULT;
	plan_done(&f->plan);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, &e), -EFAULT);
}

/* The kernel calls itself 2.6.x for a process of that personality. */
static void on_old_kernel(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	if (personality(UNAME26) < 0)
		_exit(77);
	EXPECT(plan_build(&f->plan, &f->identity, &f->profile, true, &e) == -ENOSYS);
	EXPECT(strcmp(e.what, "kernel") == 0);
	EXPECT(strstr(e.about, "2.6 is below 5.14"));
}

static void test_kernel_floor(void **state)
{
	int r = child_run(on_old_kernel, *state);

	SKIP_UNLESS(r != 77, "personality(UNAME26) is not allowed here");
	assert_int_equal(r, 0);
}

static const struct kernel {
	const char *release;
	int result;
} kernels[] = {
	{ "5.14", 0 },		     { "5.14.0-rc1", 0 },    { "6.1.0-13-amd64", 0 }, { "10.0", 0 },
	{ "5.13.19", -ENOSYS },	     { "5.4.0", -ENOSYS },   { "4.20", -ENOSYS },     { "3.14", -ENOSYS },
	{ "of my own", -ENOSYS },    { "5", -ENOSYS },	     { "", -ENOSYS },
};

static void test_releases(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		release = kernels[i].release;
		plan_done(&f->plan);
		assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, true, NULL), kernels[i].result);
	}
	release = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_levels),
		TEST(test_namespaces),
		TEST(test_bounding),
		TEST(test_own_users),
		TEST(test_proc_rules),
		TEST(test_ambient),
		TEST(test_paths),
		TEST(test_home_of_root),
		TEST(test_login_paths),
		TEST(test_home_with_percent),
		TEST(test_home_is_root),
		TEST(test_longest_home),
		TEST(test_limits),
		TEST(test_shares),
		TEST(test_failures),
		TEST(test_kernel_floor),
		TEST(test_releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
