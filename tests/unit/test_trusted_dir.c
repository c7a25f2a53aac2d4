/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As root, in a mount namespace with a /run of its own.
 */
#include "world.h"

#include "src/attr.h"
#include "src/io.h"
#include "src/trusted_dir.h"

enum { MAX = 4096 };

static struct err failure;

static void expect_about(int r, int num, const char *about)
{
	if (r != -num || (about && strcmp(failure.about, about) != 0)) {
		(void)dprintf(1, "          %d, %s\n", r, failure.about);
		_exit(1);
	}
	failure = (struct err){ 0 };
}

static void expect_open(const char *path)
{
	int fd = trusted_dir_open(path, &failure);

	EXPECT(fd >= 0 && failure.num == 0);
	EXPECT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
}

static void furnish(void)
{
	world_tmpfs("/run");
	world_dir("/run/a");
	world_dir("/run/a/b");
	world_file("/run/a/f.conf");
}

static void open_directories(void *context)
{
	(void)context;
	furnish();
	expect_open("/");
	expect_open("/run/a/b");
	expect_open("//run//a/b/");
	expect_about(trusted_dir_open("/run/a/c", &failure), ENOENT, "");
	expect_about(trusted_dir_open("run/a", &failure), EINVAL, "run/a is no absolute path");
	expect_about(trusted_dir_open("/run/a/../a", &failure), EINVAL, "/run/a/../a has a ..");
	expect_about(trusted_dir_open("/run/a/f.conf", &failure), ENOTDIR, "/run/a/f.conf is no directory");
	expect_about(trusted_dir_open("/run/a/f.conf/b", &failure), ENOTDIR, "/run/a/f.conf is no directory");
}

/* Each component is judged, and named. */
static void refuse_directories(void *context)
{
	(void)context;
	furnish();
	EXPECT(chmod("/run/a", 0775) == 0);
	expect_about(trusted_dir_open("/run/a/b", &failure), EPERM,
		     "/run/a can be written by others than root");
	EXPECT(chmod("/run/a", 01777) == 0);
	expect_about(trusted_dir_open("/run/a/b", &failure), EPERM,
		     "/run/a can be written by others than root");
	EXPECT(chmod("/run/a", 0755) == 0 && chown("/run/a/b", 12345, 0) == 0);
	expect_about(trusted_dir_open("/run/a/b", &failure), EPERM, "/run/a/b is not root's");
	EXPECT(chown("/run/a/b", 0, 12345) == 0);
	expect_open("/run/a/b");
	EXPECT(symlink("a", "/run/link") == 0);
	expect_about(trusted_dir_open("/run/link/b", &failure), ELOOP, "/run/link is a symlink");
	expect_about(trusted_dir_open("/run/link", &failure), ELOOP, "/run/link is a symlink");
}

static void open_below(void *context)
{
	_close_ int fd = -1, below = -1;

	(void)context;
	furnish();
	fd = trusted_dir_open("/run", &failure);
	EXPECT(fd >= 0);
	below = trusted_dir_below(fd, "/run", "a/b", &failure);
	EXPECT(below >= 0);
	expect_about(trusted_dir_below(fd, "/run", "a/c", &failure), ENOENT, "");
	expect_about(trusted_dir_below(fd, "/run", "a/..", &failure), EINVAL, "/run/a/.. has a ..");
	EXPECT(chmod("/run/a/b", 0757) == 0);
	expect_about(trusted_dir_below(fd, "/run", "a/b", &failure), EPERM,
		     "/run/a/b can be written by others than root");
}

/* A file of the directory /run/a, called F in messages. */
static int read_file(const char *name, size_t max)
{
	_close_ int fd = trusted_dir_open("/run/a", &failure);
	_free_ char *text = NULL;
	size_t size = 0;
	int r;

	EXPECT(fd >= 0);
	r = trusted_dir_read(fd, name, "F", max, &text, &size, &failure);
	EXPECT((r == 0) == (text != NULL));
	EXPECT(r < 0 || (size == strlen(text) && size <= max));
	EXPECT(r < 0 || size == 0 || strcmp(text, "host\n") == 0);
	return r;
}

static void read_files(void *context)
{
	(void)context;
	furnish();
	expect_about(read_file("f.conf", MAX), 0, "");
	expect_about(read_file("f.conf", 5), 0, "");
	expect_about(read_file("f.conf", 4), EFBIG, "F is too large");
	expect_about(read_file("g.conf", MAX), ENOENT, "");
	EXPECT(truncate("/run/a/f.conf", 0) == 0);
	expect_about(read_file("f.conf", MAX), 0, "");
}

static void refuse_files(void *context)
{
	(void)context;
	furnish();
	EXPECT(chmod("/run/a/f.conf", 0664) == 0);
	expect_about(read_file("f.conf", MAX), EPERM, "F can be written by others than root");
	EXPECT(chmod("/run/a/f.conf", 0644) == 0 && chown("/run/a/f.conf", 12345, 0) == 0);
	expect_about(read_file("f.conf", MAX), EPERM, "F is not root's");
	EXPECT(symlink("f.conf", "/run/a/link") == 0);
	expect_about(read_file("link", MAX), ELOOP, "F is a symlink");
	expect_about(read_file("b", MAX), EINVAL, "F is no regular file");
	EXPECT(mkfifo("/run/a/pipe", 0644) == 0);
	expect_about(read_file("pipe", MAX), EINVAL, "F is no regular file");
}

static int list(const char *suffix, uint32_t max, struct text_list *names)
{
	_close_ int fd = trusted_dir_open("/run/a", &failure);

	EXPECT(fd >= 0);
	return trusted_dir_list(fd, "/run/a", suffix, max, names, &failure);
}

static void list_files(void *context)
{
	struct text_list names = { 0 };

	(void)context;
	furnish();
	world_file("/run/a/.hidden.conf");
	world_file("/run/a/.conf");
	world_file("/run/a/g.conf~");
	world_file("/run/a/g.conf");
	EXPECT(list(".conf", 2, &names) == 0);
	EXPECT(names.n == 2 && text_list_has(&names, "f.conf") && text_list_has(&names, "g.conf"));
	text_list_clear(&names);
	expect_about(list(".conf", 1, &names), E2BIG, "/run/a holds too many files");
	text_list_clear(&names);
}

/* An ordinary user's own directory will do for that user, and for nobody else. */
static void as_user(void *context)
{
	(void)context;
	furnish();
	EXPECT(chown("/run/a/b", 12345, 0) == 0);
	EXPECT(setresuid(12346, 12346, 12346) == 0);
	expect_about(trusted_dir_open("/run/a/b", &failure), EPERM, "/run/a/b is not root's");
}

static void as_owner(void *context)
{
	(void)context;
	furnish();
	EXPECT(chown("/run/a/b", 12345, 0) == 0);
	EXPECT(setresuid(12345, 12345, 12345) == 0);
	expect_open("/run/a/b");
}

static void run(child_body *body)
{
	NEEDS_ROOT();
	assert_int_equal(child_run_in(CLONE_NEWNS, body, NULL), 0);
}

#define WORLD_TEST(body) \
	static void test_##body(void **state) \
	{ \
		(void)state; \
		run(body); \
	}

WORLD_TEST(open_directories)
WORLD_TEST(refuse_directories)
WORLD_TEST(open_below)
WORLD_TEST(read_files)
WORLD_TEST(refuse_files)
WORLD_TEST(list_files)
WORLD_TEST(as_user)
WORLD_TEST(as_owner)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_directories), cmocka_unit_test(test_refuse_directories),
		cmocka_unit_test(test_open_below),	 cmocka_unit_test(test_read_files),
		cmocka_unit_test(test_refuse_files),	 cmocka_unit_test(test_list_files),
		cmocka_unit_test(test_as_user),		 cmocka_unit_test(test_as_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
