/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "helper/resolve.h"
#include "src/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* A child that stands still in a directory of ours and is looked at. */
struct fixture {
	struct resolver resolver;
	struct process_facts process;
	struct resolved_file file;
	char dir[64];
	pid_t child;
	int hold;		/* closing it ends the child */
};

static void make_tree(const char *dir)
{
	_close_ int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;

	assert_true(at >= 0);
	assert_int_equal(mkdirat(at, "sub", 0755), 0);
	fd = openat(at, "sub/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
	assert_int_equal(symlinkat("sub/file", at, "link"), 0);
	assert_int_equal(symlinkat("/nowhere", at, "broken"), 0);
	assert_int_equal(mkfifoat(at, "fifo", 0700), 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pipe_fds[2];
	char byte;

	(void)strcpy(f->dir, "/tmp/swrap-resolve-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	make_tree(f->dir);
	assert_int_equal(pipe(pipe_fds), 0);
	f->child = fork();
	if (f->child == 0) {
		(void)close(pipe_fds[1]);
		if (chdir(f->dir) < 0 || dup2(open("sub", O_PATH | O_DIRECTORY), 100) < 0 ||
		    dup2(open("sub/file", O_RDONLY), 101) < 0)
			_exit(1);
		_exit(read(pipe_fds[0], &byte, 1) < 0);
	}
	(void)close(pipe_fds[0]);
	f->hold = pipe_fds[1];
	assert_int_equal(resolver_init(&f->resolver, NULL), 0);
	process_init(&f->process);
	resolved_init(&f->file);
	/* until the child stands where it should */
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(process_look(&f->resolver, f->child, &f->process), 0);
		resolved_init(&f->file);
		if (resolve_file(&f->resolver, &f->process, 101, "", 0, AT_EMPTY_PATH, &f->file) ==
		    0)
			break;
		resolved_done(&f->file);
		(void)usleep(1000);
	}
	assert_true(f->file.fd >= 0);
	resolved_done(&f->file);
	assert_int_equal(process_look(&f->resolver, f->child, &f->process), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	(void)close(f->hold);
	(void)waitpid(f->child, NULL, 0);
	resolved_done(&f->file);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	assert_int_equal(system(command), 0);
	(void)close(f->resolver.proc_fd);
	(void)close(f->resolver.self_fds);
	(void)close(f->resolver.own_pidns);
	free(f);
	return 0;
}

static int resolve(struct fixture *f, int dirfd, const char *path, int flags)
{
	resolved_done(&f->file);
	resolved_init(&f->file);
	return resolve_file(&f->resolver, &f->process, dirfd, path, strlen(path), flags, &f->file);
}

static void assert_resolved(struct fixture *f, const char *name)
{
	char wanted[PATH_MAX];
	struct stat st;

	(void)snprintf(wanted, sizeof(wanted), "%s/%s", f->dir, name);
	assert_true(f->file.path_n > 0);
	assert_string_equal(f->file.path, wanted);
	assert_int_equal(stat(wanted, &st), 0);
	assert_int_equal(f->file.st.st_ino, st.st_ino);
	assert_int_equal(f->file.st.st_dev, st.st_dev);
}

static void test_look(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->process.pid, f->child);
	assert_true(f->process.euid_known);
	assert_int_equal(f->process.euid, geteuid());
	assert_string_equal(f->process.cwd, f->dir);
	assert_true(f->process.pid_inside > 0);
}

/* The ioctls and the status file say the same. */
static void test_look_without_ioctl(void **state)
{
	struct fixture *f = *state;
	struct process_facts by_ioctl = f->process;

	resolver_note_init(&f->resolver, f->child);
	process_init(&by_ioctl);
	assert_int_equal(process_look(&f->resolver, f->child, &by_ioctl), 0);
	fd_close(&f->resolver.own_pidns);
	process_init(&f->process);
	assert_int_equal(process_look(&f->resolver, f->child, &f->process), 0);
	assert_int_equal(f->process.pid, by_ioctl.pid);
	assert_int_equal(f->process.pid_inside, by_ioctl.pid_inside);
}

static void test_look_gone(void **state)
{
	struct fixture *f = *state;

	(void)close(f->hold);
	f->hold = -1;
	assert_int_equal(waitpid(f->child, NULL, 0), f->child);
	assert_int_equal(process_look(&f->resolver, f->child, &f->process), -ENOENT);
}

static void test_absolute(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/sub/file", f->dir);
	assert_int_equal(resolve(f, AT_FDCWD, path, 0), 0);
	assert_resolved(f, "sub/file");
	(void)snprintf(path, sizeof(path), "%s/link", f->dir);
	assert_int_equal(resolve(f, AT_FDCWD, path, 0), 0);
	assert_resolved(f, "sub/file");
	(void)snprintf(path, sizeof(path), "%s//sub/./../sub/file", f->dir);
	assert_int_equal(resolve(f, AT_FDCWD, path, 0), 0);
	assert_resolved(f, "sub/file");
}

static void test_relative(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(resolve(f, AT_FDCWD, "sub/file", 0), 0);
	assert_resolved(f, "sub/file");
	assert_int_equal(resolve(f, AT_FDCWD, "./sub/../link", 0), 0);
	assert_resolved(f, "sub/file");
	assert_int_equal(resolve(f, 100, "file", 0), 0);
	assert_resolved(f, "sub/file");
	assert_int_equal(resolve(f, 100, "../link", 0), 0);
	assert_resolved(f, "sub/file");
	assert_int_equal(resolve(f, 101, "", AT_EMPTY_PATH), 0);
	assert_resolved(f, "sub/file");
}

static void test_not_resolved(void **state)
{
	static const struct {
		int dirfd, flags;
		const char *path;
	} cases[] = {
		{ AT_FDCWD, 0, "" },		  { AT_FDCWD, 0, "missing" },
		{ AT_FDCWD, 0, "broken" },	  { AT_FDCWD, 0, "sub/file/x" },
		{ 55, 0, "file" },		  { -5, 0, "file" },
		{ 55, AT_EMPTY_PATH, "" },	  { -5, AT_EMPTY_PATH, "" },
		{ AT_FDCWD, AT_EMPTY_PATH, "" },  { AT_FDCWD, 0, "/proc/self/exe" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(resolve(f, cases[i].dirfd, cases[i].path, cases[i].flags) < 0);
		assert_int_equal(f->file.fd, -1);
		assert_int_equal(f->file.path_n, -1);
	}
}

/* The noted root is used until somebody may have another. */
static void test_noted_root(void **state)
{
	struct fixture *f = *state;

	resolver_note_root(&f->resolver, f->child);
	assert_true(f->resolver.root >= 0);
	assert_int_equal(resolve(f, AT_FDCWD, "sub/file", 0), 0);
	assert_int_equal(f->file.own_root, -1);
	assert_int_equal(f->file.root, f->resolver.root);
	resolver_note_chroot(&f->resolver);
	assert_int_equal(resolve(f, AT_FDCWD, "sub/file", 0), 0);
	assert_true(f->file.own_root >= 0);
	assert_resolved(f, "sub/file");
	(void)close(f->resolver.root);
}

static void test_interpreter_and_head(void **state)
{
	struct fixture *f = *state;
	_close_ int shell = -1;
	char head[16];

	assert_int_equal(resolve(f, AT_FDCWD, "link", 0), 0);
	assert_int_equal(resolve_read_head(&f->resolver, f->file.fd, head, sizeof(head)), 10);
	assert_memory_equal(head, "#!/bin/sh\n", 10);
	shell = resolve_interpreter(&f->resolver, &f->process, f->file.root, "/bin/sh");
	assert_true(shell >= 0);
	assert_true(resolve_interpreter(&f->resolver, &f->process, f->file.root, "./missing") < 0);
	/* opening a fifo would wait for a writer */
	assert_int_equal(resolve(f, AT_FDCWD, "fifo", 0), 0);
	assert_int_equal(resolve_read_head(&f->resolver, f->file.fd, head, sizeof(head)), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_look, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_look_without_ioctl, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_look_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_absolute, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relative, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_resolved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_noted_root, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_interpreter_and_head, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
