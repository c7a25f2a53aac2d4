/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../src/gc_leaf.h"
#include "../../src/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID "0123456789abcdef"

/* Any directory will do: what is tested is which name below it goes. */
static int make_tree(void **state)
{
	char *path = strdup("/tmp/test_gc_leaf.XXXXXX");
	char name[128];

	*state = path;
	if (!path || !mkdtemp(path))
		return -1;
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, i ? "/a/swrap-" ID : "/a");
		if (mkdir(name, 0755) < 0)
			return -1;
	}
	return 0;
}

static int remove_tree(void **state)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	free(*state);
	return system(command);
}

static int open_tree_at(void **state)
{
	int fd = open(*state, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_the_sessions_own_goes(void **state)
{
	_close_ int mount = open_tree_at(state);

	assert_int_equal(gc_leaf_remove(mount, "/a/swrap-" ID, ID, true), 1);
	assert_int_equal(gc_leaf_remove(mount, "/a/swrap-" ID, ID, false), 1);
	assert_int_equal(gc_leaf_remove(mount, "/a/swrap-" ID, ID, true), 0);
	assert_int_equal(gc_leaf_remove(mount, "/a/swrap-" ID, ID, false), 0);
	assert_int_equal(gc_leaf_remove(mount, "/none/swrap-" ID, ID, false), 0);
}

static void test_one_at_the_root(void **state)
{
	_close_ int mount = open_tree_at(state);

	assert_int_equal(mkdirat(mount, "swrap-" ID, 0755), 0);
	assert_int_equal(gc_leaf_remove(mount, "/swrap-" ID, ID, false), 1);
}

static void test_one_in_use_stays(void **state)
{
	_close_ int mount = open_tree_at(state);

	assert_int_equal(mkdirat(mount, "a/swrap-" ID "/below", 0755), 0);
	assert_int_equal(gc_leaf_remove(mount, "/a/swrap-" ID, ID, false), -ENOTEMPTY);
	assert_int_equal(faccessat(mount, "a/swrap-" ID, F_OK, 0), 0);
}

static void test_the_log_cannot_name_another(void **state)
{
	_close_ int mount = open_tree_at(state);
	static const char *const wrong[] = {
		"", "swrap-" ID, "/a/swrap-0000000000000000", "/a/" ID, "/a", "/", "/a/swrap-" ID "/",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(gc_leaf_remove(mount, wrong[i], ID, false), -EINVAL);
	assert_int_equal(symlinkat("a", mount, "link"), 0);
	assert_int_equal(gc_leaf_remove(mount, "/link/swrap-" ID, ID, false), -ELOOP);
	assert_int_equal(gc_leaf_remove(mount, "/../swrap-" ID, ID, false), -EXDEV);
	assert_int_equal(gc_leaf_remove(mount, "//a/swrap-" ID, ID, false), -EXDEV);
	assert_int_equal(faccessat(mount, "a/swrap-" ID, F_OK, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_sessions_own_goes, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_one_at_the_root, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_one_in_use_stays, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(test_the_log_cannot_name_another, make_tree, remove_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
