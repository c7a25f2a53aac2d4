/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helper's side of the compiler. This program stands in for the compiler: started under its name it
 * does what the spec says.
 */
#include "child.h"

#include "helper/filter.h"
#include "helper/filter_compiler.h"
#include "helper/filter_spec.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define NOBODY 65534

/* ---- the stand-in ---- */

static void put(int fd, const void *data, size_t n)
{
	if (write(fd, data, n) != (ssize_t)n)
		_exit(77);
}

static void put_good(void)
{
	const struct sock_fprog *good = filter_prebuilt(FILTER_SPEC_HEAD);

	put(1, good->filter, good->len * sizeof(good->filter[0]));
}

/* What a compiler must not have from the helper. */
static int bare(void)
{
	struct rlimit core;

	for (int fd = 3; fd < 16; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 10 + fd;
	if (environ[0] || getuid() != NOBODY || geteuid() != NOBODY || getgid() != NOBODY ||
	    getgroups(0, NULL) != 0)
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max)
		return 3;
	put_good();
	return 0;
}

static int stand_in(void)
{
	static const char flood[4096];
	char order[64] = "";
	ssize_t n = read(0, order, sizeof(order) - 1);

	if (n <= 0)
		return 76;
	if (strcmp(order, "good") == 0)
		put_good();
	else if (strcmp(order, "bare") == 0)
		return bare();
	else if (strcmp(order, "hang") == 0)
		(void)pause();
	else if (strcmp(order, "hang after") == 0) {
		put_good();
		(void)close(1);
		(void)close(2);
		(void)pause();
	} else if (strcmp(order, "good, status 3") == 0) {
		put_good();
		return 3;
	} else if (strcmp(order, "killed") == 0)
		(void)raise(SIGKILL);
	else if (strcmp(order, "refuse") == 0) {
		put(2, "SystemCallFilter: no \"x\"\x1b[1m\nmore", 33);
		return 1;
	} else if (strcmp(order, "odd") == 0)
		put(1, flood, 7);
	else if (strcmp(order, "zeros") == 0)
		put(1, flood, 64);
	else if (strcmp(order, "flood") == 0)
		for (;;)
			put(1, flood, sizeof(flood));
	else if (strcmp(order, "chatter") == 0) {
		put(2, flood, sizeof(flood));
		put_good();
	}
	return 0;
}

/* ---- the tests ---- */

static char self[PATH_MAX];

static int compile_by(const char *path, const char *order, struct err *e)
{
	const struct compiler_user nobody = { geteuid() == 0, NOBODY, NOBODY };
	struct sock_filter *code = NULL;
	unsigned short n = 0;
	int r = filter_compiler_run(path, order, &nobody, &code, &n, e);

	if (r == 0)
		assert_int_equal(n, filter_prebuilt(FILTER_SPEC_HEAD)->len);
	else
		assert_null(code);
	free(code);
	return r;
}

static void expect(const char *order, int r, const char *text)
{
	struct err e = { 0 };
	int got = compile_by(self, order, &e);

	if (got != r || (text && !strstr(e.about, text)))
		fail_msg("%s: %d, expected %d: %s %s", order, got, r, e.what, e.about);
	/* Nobody is left to be waited for. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_answers(void **state)
{
	(void)state;
	NEEDS_ROOT();
	NEEDS_NO_SANITIZER();
	expect("good", 0, NULL);
	expect("bare", 0, NULL);
	expect("chatter", 0, NULL);
	expect("refuse", -EINVAL, "SystemCallFilter: no \"x\"?[1m");
	expect("nothing", -EBADMSG, "0 bytes");
	expect("odd", -EBADMSG, "7 bytes");
	expect("zeros", -EBADMSG, "instruction 0");
	expect("flood", -E2BIG, NULL);
	expect("good, status 3", -EIO, "ended with 3");
	expect("killed", -EIO, "ended with 137");
}

static void test_time(void **state)
{
	(void)state;
	NEEDS_ROOT();
	NEEDS_NO_SANITIZER();
	expect("hang", -ETIMEDOUT, "no answer within 2 s");
	expect("hang after", -ETIMEDOUT, "no answer within 2 s");
}

static void expect_file(const char *path, int r)
{
	struct err e = { 0 };

	assert_int_equal(compile_by(path, "good", &e), r);
	assert_string_equal(e.what, "swrap-filter");
	assert_non_null(strstr(e.about, path));
}

static void copy_self(const char *path, uid_t owner, mode_t mode)
{
	char command[2 * PATH_MAX + 16];

	(void)snprintf(command, sizeof(command), "cp '%s' '%s'", self, path);
	assert_int_equal(system(command), 0);
	assert_int_equal(chown(path, owner, 0), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Whose it is, and what. */
static void test_files(void **state)
{
	char directory[] = "/tmp/filter-compiler.XXXXXX", file[64], link[64];

	(void)state;
	NEEDS_ROOT();
	NEEDS_NO_SANITIZER();
	assert_non_null(mkdtemp(directory));
	(void)snprintf(file, sizeof(file), "%s/compiler", directory);
	(void)snprintf(link, sizeof(link), "%s/link", directory);
	expect_file(file, -ENOENT);
	copy_self(file, 0, 0755);
	assert_int_equal(compile_by(file, "good", NULL), 0);
	assert_int_equal(symlink(file, link), 0);
	expect_file(link, -ELOOP);
	copy_self(file, 0, 0775);
	expect_file(file, -EPERM);
	copy_self(file, NOBODY, 0755);
	expect_file(file, -EPERM);
	expect_file(directory, -EINVAL);
	/* Nobody but root may start it: it never runs as root. */
	copy_self(file, 0, 0700);
	assert_int_equal(compile_by(file, "good", NULL), -EIO);
	assert_int_equal(unlink(link) | unlink(file) | rmdir(directory), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_files),
	};
	ssize_t n;

	(void)argc;
	if (argv[0] && strcmp(argv[0], "swrap-filter") == 0)
		return stand_in();
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
