/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include "src/mount_query.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

/* The fields " shared:N" and " master:N" of the mount at path, as mountinfo has them. */
static struct mount_groups from_mountinfo(const char *path)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct mount_groups groups = { 0, 0 };
	char line[4096], at[1024];

	EXPECT(file);
	while (fgets(line, sizeof(line), file)) {
		const char *shared = strstr(line, " shared:"), *master = strstr(line, " master:");

		if (sscanf(line, "%*s %*s %*s %*s %1023s", at) != 1 || strcmp(at, path) != 0)
			continue;
		groups.shared = shared ? strtoull(shared + 8, NULL, 10) : 0;
		groups.master = master ? strtoull(master + 8, NULL, 10) : 0;
	}
	(void)fclose(file);
	return groups;
}

static void expect_same(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct mount_groups want = from_mountinfo(path), have = { 1, 1 };

	EXPECT(fd >= 0 && mount_query_groups(fd, &have) == 0);
	EXPECT(have.shared == want.shared && have.master == want.master);
	(void)close(fd);
}

static bool any_shared(void)
{
	bool shared;

	EXPECT(mount_query_shared(&shared) == 0);
	return shared;
}

static void ask(void *context)
{
	(void)context;
	world_tmpfs("/run");
	world_dir("/run/a");
	world_dir("/run/b");
	world_tmpfs("/run/a");
	EXPECT(!any_shared());
	expect_same("/run/a");
	EXPECT(mount(NULL, "/run/a", NULL, MS_SHARED, NULL) == 0);
	EXPECT(any_shared());
	expect_same("/run/a");
	EXPECT(mount("/run/a", "/run/b", NULL, MS_BIND, NULL) == 0);
	EXPECT(mount(NULL, "/run/b", NULL, MS_SLAVE, NULL) == 0);
	expect_same("/run/b");
	EXPECT(from_mountinfo("/run/b").master != 0);
	EXPECT(mount(NULL, "/run/a", NULL, MS_PRIVATE, NULL) == 0);
	EXPECT(!any_shared());
	EXPECT(mount(NULL, "/", NULL, MS_SHARED, NULL) == 0);
	EXPECT(any_shared()); /* the root itself counts */
}

/* More than fit into one answer, and the shared one is the last. */
static void ask_many(void *context)
{
	char path[32];

	(void)context;
	world_tmpfs("/run");
	for (int i = 0; i < 300; i++) {
		(void)snprintf(path, sizeof(path), "/run/%d", i);
		world_dir(path);
		world_tmpfs(path);
	}
	EXPECT(!any_shared());
	EXPECT(mount(NULL, path, NULL, MS_SHARED, NULL) == 0);
	EXPECT(any_shared());
}

static void run(child_body *body)
{
	struct mount_groups groups;

	NEEDS_ROOT();
	if (mount_query_groups(AT_FDCWD, &groups) == -ENOSYS)
		skip(); /* before Linux 6.8 */
	assert_int_equal(child_run_in(CLONE_NEWNS, body, NULL), 0);
}

static void test_ask(void **state)
{
	(void)state;
	run(ask);
}

static void test_ask_many(void **state)
{
	(void)state;
	run(ask_many);
}

/* As on a kernel that has neither call. */
static void ask_old_kernel(void *context)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 457, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 458, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };
	struct mount_groups groups = { 7, 7 };
	bool shared = true;

	(void)context;
	EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	EXPECT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
	EXPECT(mount_query_groups(AT_FDCWD, &groups) == -ENOSYS && groups.shared == 7);
	EXPECT(mount_query_shared(&shared) == -ENOSYS && shared);
}

static void test_ask_old_kernel(void **state)
{
	(void)state;
	assert_int_equal(child_run(ask_old_kernel, NULL), 0);
}

static void test_no_descriptor(void **state)
{
	struct mount_groups groups;

	(void)state;
	assert_true(mount_query_groups(-1, &groups) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_ask_many),
		cmocka_unit_test(test_ask_old_kernel),
		cmocka_unit_test(test_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
