/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "pam/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

static void test_open_system_file(void **state)
{
	struct err e = { 0 };
	struct stat st, expected;
	int fd = trusted_open_file("/usr/bin/true", &st, &e);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(stat("/usr/bin/true", &expected), 0);
	assert_int_equal(st.st_ino, expected.st_ino);
	(void)close(fd);
}

/* /tmp is writable by all; its sticky bit does not make it trustworthy. */
static void test_open_below_writable_directory(void **state)
{
	char path[] = "/tmp/swrap-trusted-XXXXXX";
	struct err e = { 0 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(trusted_open(path, &e), -EPERM);
	assert_int_equal(e.num, EPERM);
	assert_int_equal(unlink(path), 0);
}

static void test_open_follows_no_symlink(void **state)
{
	struct err e = { 0 };
	struct stat st;

	(void)state;
	/* /proc/self is one, in the middle and at the end. */
	assert_int_equal(trusted_open("/proc/self/status", &e), -ENOTDIR);
	e = (struct err){ 0 };
	assert_int_equal(trusted_open_file("/proc/self", &st, &e), -EINVAL);
}

static void test_open_absent(void **state)
{
	struct err e = { 0 };
	char name[NAME_MAX + 3] = "/";

	(void)state;
	assert_int_equal(trusted_open("/nonexistent", &e), -ENOENT);
	assert_int_equal(trusted_open("/nonexistent", NULL), -ENOENT);
	e = (struct err){ 0 };
	memset(name + 1, 'x', NAME_MAX + 1);
	assert_int_equal(trusted_open(name, &e), -ENAMETOOLONG);
}

static void test_open_file_wants_a_file(void **state)
{
	struct err e = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(trusted_open_file("/usr/bin", &st, &e), -EINVAL);
	e = (struct err){ 0 };
	assert_int_equal(trusted_open_file("/dev/null", &st, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_system_file),
		cmocka_unit_test(test_open_below_writable_directory),
		cmocka_unit_test(test_open_follows_no_symlink),
		cmocka_unit_test(test_open_absent),
		cmocka_unit_test(test_open_file_wants_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
