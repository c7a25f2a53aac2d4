/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calling thread itself is asked about: its memory, its root, its descriptors. */
#include "../../helper/exec_target.h"

#include "../../src/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static int find(const char *path, struct exec_target *target)
{
	const struct seccomp_data call = {
		.nr = SYS_execve, .args = { (uint64_t)(uintptr_t)path },
	};

	return exec_target_find((pid_t)syscall(SYS_gettid), &call, target);
}

static int find_at(int dirfd, const char *path, int flags, struct exec_target *target)
{
	const struct seccomp_data call = {
		.nr = SYS_execveat,
		.args = { (uint64_t)dirfd, (uint64_t)(uintptr_t)path, 0, 0, (uint64_t)flags },
	};

	return exec_target_find((pid_t)syscall(SYS_gettid), &call, target);
}

static void assert_is(const struct exec_target *target, const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(target->st.st_dev, st.st_dev);
	assert_int_equal(target->st.st_ino, st.st_ino);
	assert_true(target->fd >= 0);
	assert_int_equal(target->path[0], '/');
}

static void test_absolute(void **state)
{
	struct exec_target target;

	(void)state;
	assert_int_equal(find("/bin/sh", &target), 0);
	assert_string_equal(target.asked, "/bin/sh");
	assert_is(&target, "/bin/sh");
	exec_target_done(&target);
	assert_int_equal(target.fd, -1);
}

static void test_relative(void **state)
{
	_close_ int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct exec_target target;

	(void)state;
	assert_int_equal(chdir("/etc"), 0);
	assert_int_equal(find("../bin/./sh", &target), 0);
	assert_is(&target, "/bin/sh");
	exec_target_done(&target);
	assert_int_equal(fchdir(before), 0);
}

static void test_execveat(void **state)
{
	_close_ int dir = open("/bin", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_close_ int file = open("/bin/sh", O_PATH | O_CLOEXEC);
	struct exec_target target;

	(void)state;
	assert_int_equal(find_at(dir, "sh", 0, &target), 0);
	assert_is(&target, "/bin/sh");
	exec_target_done(&target);
	assert_int_equal(find_at(file, "", AT_EMPTY_PATH, &target), 0);
	assert_is(&target, "/bin/sh");
	assert_string_equal(target.asked, "");
	exec_target_done(&target);
	assert_int_equal(find_at(file, "", 0, &target), -ENOENT);
}

static void test_absent(void **state)
{
	struct exec_target target;

	(void)state;
	assert_int_equal(find("/no/such/file", &target), -ENOENT);
	assert_string_equal(target.asked, "/no/such/file");
	assert_string_equal(target.path, "");
	assert_int_equal(target.fd, -1);
	assert_int_equal(find("", &target), -ENOENT);
}

/* What is behind a magic link is not a name: the kernel, and the judge, see to it. */
static void test_magic_link(void **state)
{
	struct exec_target target;

	(void)state;
	assert_true(find("/proc/self/exe", &target) < 0);
	assert_int_equal(target.fd, -1);
}

/* A string that ends at the end of the last mapped page, and one that does not end there. */
static void test_end_of_memory(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct exec_target target;

	(void)state;
	assert_true(memory != MAP_FAILED);
	assert_int_equal(munmap(memory + page, page), 0);
	memcpy(memory + page - 8, "/bin/sh", 8);
	assert_int_equal(find(memory + page - 8, &target), 0);
	assert_is(&target, "/bin/sh");
	exec_target_done(&target);
	memory[page - 1] = '/';
	assert_int_equal(find(memory + page - 8, &target), -EFAULT);
	assert_string_equal(target.asked, "");
	assert_int_equal(find(NULL, &target), -EFAULT);
	assert_int_equal(munmap(memory, page), 0);
}

static void test_too_long(void **state)
{
	static char path[2 * PATH_MAX];
	struct exec_target target;

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	assert_int_equal(find(path, &target), -ENAMETOOLONG);
	path[PATH_MAX - 1] = 0; /* fits, but no component is so long */
	assert_int_equal(find(path, &target), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_execveat),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_magic_link),
		cmocka_unit_test(test_end_of_memory),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
