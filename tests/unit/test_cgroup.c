/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/cgroup.h"
#include "helper/cgroup_place.h"
#include "src/cgroup_tree.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

struct fixture {
	struct identity identity;
	struct plan plan;
	struct cgroup cgroup;
};

static bool have_cgroup2(void)
{
	int fd = cgroup_tree_mount();

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0 && geteuid() == 0;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	(void)snprintf(f->identity.session, sizeof(f->identity.session), "%016x", (unsigned int)getpid());
	f->plan.identity = &f->identity;
	cgroup_init(&f->cgroup);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)cgroup_remove(&f->cgroup, NULL);
	cgroup_done(&f->cgroup);
	free(f);
	return 0;
}

static void test_needs(void **state)
{
	struct plan_cgroup limits = { .tasks_max = { true, 5 }, .cpu_quota = { true, 500000 } };

	(void)state;
	assert_int_equal(cgroup_needs(&limits), CGROUP_PIDS | CGROUP_CPU);
	limits.memory_high = (struct optional_size){ .set = true, .value = 1 };
	assert_int_equal(cgroup_needs(&limits), CGROUP_PIDS | CGROUP_CPU | CGROUP_MEMORY);
	limits = (struct plan_cgroup){ .parent = "x" };
	assert_int_equal(cgroup_needs(&limits), 0);
}

/* Files named like those of a leaf: what is written, and what is read back. */
static void test_limits_read_back(void **state)
{
	static const char *const files[] = { "pids.max", "memory.max", "memory.high", "cpu.max" };
	struct fixture *f = *state;
	char dir[] = "/tmp/test_cgroup.XXXXXX", text[64];
	struct plan_cgroup limits = {
		.tasks_max = { true, 7 }, .memory_max = { true, (64 << 20) + 5 },
		.memory_high = { true, UINT64_MAX }, .cpu_quota = { true, 1500000 },
	};
	static const char *const expected[] = { "7", "67108864", "max", "150000 100000" };
	struct err e = { 0 };

	assert_non_null(mkdtemp(dir));
	f->cgroup.leaf_fd = open(dir, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int fd = openat(f->cgroup.leaf_fd, files[i], O_CREAT | O_WRONLY, 0600);

		assert_int_equal(dprintf(fd, "%s\n", expected[i]), (int)strlen(expected[i]) + 1);
		(void)close(fd);
	}
	assert_int_equal(cgroup_check_limits(&f->cgroup, &limits, &e), 0);
	limits.tasks_max.value = 8;
	assert_int_equal(cgroup_check_limits(&f->cgroup, &limits, &e), -EPERM);
	assert_string_equal(e.what, "pids.max");
	assert_string_equal(e.about, "7, not 8");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		assert_int_equal(unlinkat(f->cgroup.leaf_fd, files[i], 0), 0);
	(void)snprintf(text, sizeof(text), "%s", dir);
	assert_int_equal(rmdir(text), 0);
	fd_close(&f->cgroup.leaf_fd);
}

static pid_t born_inside(int leaf)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)leaf,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		for (;;)
			(void)pause();
	return pid;
}

static void test_leaf(void **state)
{
	struct fixture *f = *state;
	struct cgroup_usage usage;
	struct err e = { 0 };
	pid_t pid;
	int status;

	SKIP_UNLESS(have_cgroup2(), "root and control group version 2 are needed");
	assert_int_equal(cgroup_open(&f->cgroup, &f->plan, getpid(), &e), 0);
	assert_non_null(strstr(f->cgroup.path, f->identity.session));
	pid = born_inside(f->cgroup.leaf_fd);
	assert_true(pid > 0);
	assert_int_equal(cgroup_check_member(&f->cgroup, pid, &e), 0);
	assert_int_equal(cgroup_check_member(&f->cgroup, getpid(), NULL), -EPERM);
	assert_int_equal(cgroup_kill(&f->cgroup, &e), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	cgroup_usage(&f->cgroup, &usage);
	assert_true(usage.cpu_usec >= 0);
	assert_int_equal(cgroup_remove(&f->cgroup, &e), 0);
	assert_int_equal(f->cgroup.leaf_fd, -1);
	assert_int_equal(cgroup_remove(&f->cgroup, &e), 0);
}

/* Somebody who does not leave: the leaf stays, and that is said. */
static void test_not_drained(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	SKIP_UNLESS(have_cgroup2(), "root and control group version 2 are needed");
	assert_int_equal(cgroup_open(&f->cgroup, &f->plan, getpid(), NULL), 0);
	pid = born_inside(f->cgroup.leaf_fd);
	assert_int_equal(cgroup_remove(&f->cgroup, NULL), -EBUSY);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(cgroup_remove(&f->cgroup, NULL), 0);
}

/* All or none: a limit whose controller is not there leaves no leaf. */
static void test_missing_controller(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX];
	_close_ int group = -1;
	struct err e = { 0 };

	SKIP_UNLESS(have_cgroup2(), "root and control group version 2 are needed");
	f->plan.cgroup.tasks_max = (struct optional_size){ .set = true, .value = 10 };
	group = cgroup_place_open(NULL, getpid(), 0, path, sizeof(path), NULL);
	if (group < 0 || (cgroup_place_controllers(group, "cgroup.controllers") & CGROUP_PIDS))
		f->plan.cgroup.parent = "no-such/below";
	assert_true(cgroup_open(&f->cgroup, &f->plan, getpid(), &e) < 0);
	assert_int_equal(f->cgroup.leaf_fd, -1);
	assert_int_equal(f->cgroup.failure.num, e.num);
}

static void test_parent_leads_nowhere(void **state)
{
	static const char *const parents[] = { "../x", "a/../../x", "/../x", "none/at/all" };
	struct fixture *f = *state;

	SKIP_UNLESS(have_cgroup2(), "root and control group version 2 are needed");
	for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
		f->plan.cgroup.parent = parents[i];
		assert_true(cgroup_open(&f->cgroup, &f->plan, getpid(), NULL) < 0);
	}
}

/* Who owns it could move processes out of ours, or take its controllers away. */
static void test_parent_of_a_user(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	char name[64], below[80];
	int mount;

	SKIP_UNLESS(have_cgroup2(), "root and control group version 2 are needed");
	mount = cgroup_tree_mount();
	(void)snprintf(name, sizeof(name), "/swrap-test-%d", getpid());
	(void)snprintf(below, sizeof(below), "%s/below", name);
	assert_int_equal(mkdirat(mount, name + 1, 0755), 0);
	assert_int_equal(mkdirat(mount, below + 1, 0755), 0);
	assert_int_equal(fchownat(mount, name + 1, 65534, 65534, 0), 0);
	f->plan.cgroup.parent = name;
	assert_int_equal(cgroup_open(&f->cgroup, &f->plan, getpid(), &e), -EPERM);
	assert_string_equal(e.what, "CgroupParent");
	f->plan.cgroup.parent = below;
	assert_int_equal(cgroup_open(&f->cgroup, &f->plan, getpid(), &e), -EPERM);
	assert_int_equal(fchownat(mount, name + 1, 0, 0, 0), 0);
	assert_int_equal(cgroup_open(&f->cgroup, &f->plan, getpid(), &e), 0);
	assert_int_equal(cgroup_remove(&f->cgroup, &e), 0);
	assert_int_equal(unlinkat(mount, below + 1, AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(mount, name + 1, AT_REMOVEDIR), 0);
	(void)close(mount);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_needs),
		TEST(test_limits_read_back),
		TEST(test_leaf),
		TEST(test_not_drained),
		TEST(test_missing_controller),
		TEST(test_parent_leads_nowhere),
		TEST(test_parent_of_a_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
