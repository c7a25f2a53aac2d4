/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "src/io.h"

#include <fcntl.h>
#include <sys/stat.h>

struct fixture {
	char dir[64];
	char file[128], link[128], inner[160];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	(void)strcpy(f->dir, "/tmp/swrap-io-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->file, sizeof(f->file), "%s/file", f->dir);
	(void)snprintf(f->link, sizeof(f->link), "%s/link", f->dir);
	(void)snprintf(f->inner, sizeof(f->inner), "%s/link/file", f->dir);
	fd = open(f->file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(io_write_full(fd, "12345678", 8), 0);
	(void)close(fd);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->link);
	(void)unlink(f->file);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void test_read_file(void **state)
{
	struct fixture *f = *state;
	_close_ int dir = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char buffer[16];

	memset(buffer, 'x', sizeof(buffer));
	assert_int_equal(io_read_file(AT_FDCWD, f->file, buffer, 9), 8);
	assert_string_equal(buffer, "12345678");
	assert_int_equal(buffer[9], 'x');
	assert_int_equal(io_read_file(dir, "file", buffer, sizeof(buffer)), 8);
	assert_int_equal(io_read_file(AT_FDCWD, f->file, buffer, 8), -EFBIG);
	assert_int_equal(io_read_file(dir, "none", buffer, sizeof(buffer)), -ENOENT);
	assert_int_equal(io_read_file(AT_FDCWD, f->dir, buffer, sizeof(buffer)), -EISDIR);
}

static void test_write_file(void **state)
{
	struct fixture *f = *state;
	char buffer[16];

	assert_int_equal(io_write_file(f->file, "abc"), 0);
	assert_int_equal(io_read_file(AT_FDCWD, f->file, buffer, sizeof(buffer)), 8);
	assert_string_equal(buffer, "abc45678"); /* neither truncated nor created */
	assert_int_equal(io_write_file(f->link, "abc"), -ENOENT);
}

/* A pipe takes less than 200 kB at once: the writer must come back for the rest. */
static void read_slowly(void *context)
{
	int *pipe_fds = context;
	char buffer[4096];
	size_t total = 0;
	ssize_t n;

	(void)close(pipe_fds[1]);
	while ((n = read(pipe_fds[0], buffer, sizeof(buffer))) > 0)
		total += (size_t)n;
	EXPECT(n == 0 && total == 200000);
}

static void test_write_full(void **state)
{
	_free_ char *data = calloc(1, 200000);
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = child_start(read_slowly, fds);
	(void)close(fds[0]);
	assert_int_equal(io_write_full(fds[1], data, 200000), 0);
	(void)close(fds[1]);
	assert_int_equal(child_wait(pid), 0);
	assert_int_equal(io_write_full(-1, data, 1), -EBADF);
}

static void test_status_field(void **state)
{
	const char *status = "Name:\tUmask:\\n0777\nUmask:\t0022\nNSpid:\t12 1\nLast: end";

	(void)state;
	assert_int_equal(strncmp(io_status_field(status, "Umask"), "0022\n", 5), 0);
	assert_int_equal(strncmp(io_status_field(status, "NSpid"), "12 1\n", 5), 0);
	assert_string_equal(io_status_field(status, "Last"), "end");
	assert_null(io_status_field(status, "NSp"));
	assert_null(io_status_field(status, "pid"));
	assert_null(io_status_field("", "Name"));
	assert_null(io_status_field(NULL, "Name"));
}

static void test_move_fd(void **state)
{
	int fd = open("/dev/null", O_RDONLY), moved;

	(void)state;
	assert_int_equal(io_move_fd(fd, 0), fd);
	moved = io_move_fd(fd, 100);
	assert_true(moved >= 100);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_true(fcntl(moved, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(io_move_fd(moved, 1 << 30), -EINVAL);
	assert_int_equal(fcntl(moved, F_GETFD), -1);
}

static void test_now(void **state)
{
	uint64_t before = io_now_usec(), after;

	(void)state;
	(void)usleep(2000);
	after = io_now_usec();
	assert_true(after >= before + 2000 && after < before + 60 * 1000000);
}

static void test_check_owner(void **state)
{
	struct fixture *f = *state;
	_close_ int fd = open(f->file, O_RDONLY | O_CLOEXEC);
	_close_ int dir = open(f->dir, O_RDONLY | O_CLOEXEC);
	uid_t me = geteuid();

	assert_int_equal(io_check_owner(fd, me), 0);
	assert_int_equal(fchmod(fd, 0755), 0);
	assert_int_equal(io_check_owner(fd, me), 0);
	assert_int_equal(fchmod(fd, 0620), 0);
	assert_int_equal(io_check_owner(fd, me), -EPERM);
	assert_int_equal(fchmod(fd, 0602), 0);
	assert_int_equal(io_check_owner(fd, me), -EPERM);
	assert_int_equal(io_check_owner(dir, me), -EINVAL);
	assert_int_equal(io_check_owner(-1, me), -EBADF);
	NEEDS_ROOT();
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(io_check_owner(fd, 1), 0); /* root's file is good for everybody */
	assert_int_equal(fchown(fd, 2, 0), 0);
	assert_int_equal(io_check_owner(fd, 1), -EPERM);
	assert_int_equal(io_check_owner(fd, 2), 0);
	assert_int_equal(fchown(fd, 0, 0), 0);
}

static void test_open_nolinks(void **state)
{
	struct fixture *f = *state;
	int fd = io_open_nolinks(f->file, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
	assert_int_equal(symlink("file", f->link), 0);
	assert_int_equal(io_open_nolinks(f->link, O_RDONLY), -ELOOP);
	assert_int_equal(unlink(f->link), 0);
	assert_int_equal(symlink(f->dir, f->link), 0); /* in the middle */
	assert_int_equal(access(f->inner, R_OK), 0);
	assert_int_equal(io_open_nolinks(f->inner, O_RDONLY), -ELOOP);
	assert_int_equal(io_open_nolinks("/proc/self/exe", O_RDONLY), -ELOOP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read_file),
		TEST(test_write_file),
		TEST(test_write_full),
		TEST(test_status_field),
		TEST(test_move_fd),
		TEST(test_now),
		TEST(test_check_owner),
		TEST(test_open_nolinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
