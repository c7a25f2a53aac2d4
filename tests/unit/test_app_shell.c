/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One file, mounted over several shells: which of them it is, in a root of its own too.
 */
#include "world.h"

#include "helper/app_shell.h"

static const char *const shells[] = { "/bin/one", "/bin/two", "/bin/missing", "/link/one" };

static int open_path(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	EXPECT(fd >= 0);
	return fd;
}

static const char *find(const char *root, const char *path)
{
	_close_ int root_fd = open_path(root), fd = open_path(path);

	return app_shell_find(root_fd, shells, ARRAY_SIZE(shells), fd);
}

static void shadow(const char *path)
{
	world_file(path);
	EXPECT(mount("/run/attach", path, NULL, MS_BIND, NULL) == 0);
}

static void find_shells(void *context)
{
	(void)context;
	world_tmpfs("/run");
	world_dir("/run/bin");
	world_file("/run/attach");
	world_file("/run/bin/other");
	shadow("/run/bin/one");
	shadow("/run/bin/two");
	shadow("/run/bin/third");
	EXPECT(symlink("bin", "/run/link") == 0);
	EXPECT(find("/run", "/run/bin/one") == shells[0]);
	EXPECT(find("/run", "/run/bin/two") == shells[1]);
	EXPECT(find("/run", "/run/link/one") == shells[0]); /* how the caller came there is nothing to us */
	EXPECT(!find("/run", "/run/bin/third"));	    /* shadowed, but none of the application's */
	EXPECT(!find("/run", "/run/attach"));
	EXPECT(!find("/run", "/run/bin/other"));
	EXPECT(!find("/", "/run/bin/one")); /* the same names, another root */
	EXPECT(umount2("/run/bin/one", MNT_DETACH) == 0);
	EXPECT(find("/run", "/run/bin/one") == shells[0]); /* the file itself, when nothing shadows it */
}

static void test_find(void **state)
{
	(void)state;
	NEEDS_ROOT();
	assert_int_equal(child_run_in(0, find_shells, NULL), 0);
}

static void test_not_open(void **state)
{
	(void)state;
	assert_null(app_shell_find(-1, shells, 1, 0));
	assert_null(app_shell_find(AT_FDCWD, shells, 1, -1));
	assert_null(app_shell_find(AT_FDCWD, shells, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
