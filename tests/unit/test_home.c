/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Is the home there: asked as the user, in time.
 */
#include "child.h"

#include "helper/home.h"
#include "src/io.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

enum { USER = 54321 };

static void say(struct identity *id, const char *home)
{
	*id = (struct identity){ .uid = geteuid() ? geteuid() : USER, .gid = getegid() ? getegid() : USER };
	(void)strcpy(id->home, home);
}

static int check(const char *path, enum home_kind kind, uint32_t seconds)
{
	struct session_home home = { kind, seconds };
	struct identity id;

	say(&id, path);
	return home_check(&id, &home, geteuid() == 0, NULL);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(check("/tmp", HOME_REQUIRE, 0), 0);
	assert_int_equal(check("/none", HOME_IGNORE, 0), 0);
	assert_int_equal(check("/none", HOME_REQUIRE, 0), -ENOENT);
	assert_int_equal(check("/etc/passwd", HOME_REQUIRE, 0), -ENOTDIR);
}

/* A home of another's is not there for this user, though root could look into it. */
static void test_as_user(void **state)
{
	char dir[] = "/tmp/home.XXXXXX";

	(void)state;
	NEEDS_ROOT();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(check(dir, HOME_REQUIRE, 0), -EACCES);
	assert_int_equal(chown(dir, USER, USER), 0);
	assert_int_equal(check(dir, HOME_REQUIRE, 0), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(geteuid(), 0); /* we stay who we are */
}

static void make_it_later(void *path)
{
	(void)usleep(500000);
	EXPECT(mkdir(path, 0755) == 0);
}

static void test_wait(void **state)
{
	char dir[] = "/tmp/home.XXXXXX";
	uint64_t before = io_now_usec();
	pid_t pid;

	(void)state;
	assert_int_equal(check("/none", HOME_WAIT, 1), -ENOENT);
	assert_true(io_now_usec() - before >= 900000 && io_now_usec() - before < 5000000);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(rmdir(dir), 0);
	pid = child_start(make_it_later, dir);
	assert_int_equal(check(dir, HOME_WAIT, 10), 0);
	assert_int_equal(child_wait(pid), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* A file system that never answers: the open of a directory that hangs, played by the call itself. */
static bool hangs;

int open(const char *path, int flags, ...)
{
	if (hangs)
		(void)sleep(60);
	return openat(AT_FDCWD, path, flags);
}

static void test_dead(void **state)
{
	uint64_t before = io_now_usec();
	int r;

	(void)state;
	hangs = true;
	r = check("/tmp", HOME_WAIT, 1);
	hangs = false;
	assert_int_equal(r, -ETIMEDOUT);
	assert_true(io_now_usec() - before < 10000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_as_user),
		cmocka_unit_test(test_wait), cmocka_unit_test(test_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
