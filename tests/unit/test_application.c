/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "pam/application.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static void test_kernel_suffices(void **state)
{
	static const struct {
		const char *release;
		bool suffices;
	} cases[] = {
		{ "5.14", true },    { "5.14.0-570.el9.x86_64", true }, { "6.1.0-28-amd64", true },
		{ "5.15-rc1", true }, { "10.0", true },			{ "5.13.19", false },
		{ "5.4.0", false },  { "4.19.0", false },		{ "5", false },
		{ "", false },	     { "x.y", false },			{ "5.x", false },
		{ "6", false },	     { "6.", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(application_kernel_suffices(cases[i].release), cases[i].suffices);
}

static void *wait_for_byte(void *pipe_end)
{
	char byte;

	return read(*(int *)pipe_end, &byte, 1) == 1 ? NULL : pipe_end;
}

static void test_threads_are_refused(void **state)
{
	struct application app;
	struct err e = { 0 };
	pthread_t thread;
	int ends[2];

	(void)state;
	assert_int_equal(application_read(&app, &e), 0);
	assert_int_equal(app.threads, 1);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_byte, &ends[0]), 0);
	assert_int_equal(application_read(&app, &e), 0);
	assert_int_equal(app.threads, 2);
	assert_int_equal(application_check(&app, &e), -EBUSY);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void test_tracer_is_refused(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		struct application app;
		struct err e = { 0 };

		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || application_read(&app, &e) < 0)
			_exit(2);
		_exit(application_check(&app, &e) != -EPERM || app.tracer != (uint64_t)getppid());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_every_descriptor_is_below_fd_size(void **state)
{
	struct application app;
	struct err e = { 0 };
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 500);

	(void)state;
	assert_true(fd >= 500);
	assert_int_equal(application_read(&app, &e), 0);
	assert_true(app.fd_size > (uint64_t)fd);
	(void)close(fd);
}

static void test_raise_and_restore_fds(void **state)
{
	struct rlimit before, small, saved, now;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	small = (struct rlimit){ .rlim_cur = 20, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
	application_raise_fds(&saved);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	assert_int_equal(now.rlim_cur, before.rlim_max);
	application_restore_fds(&saved);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	assert_int_equal(now.rlim_cur, 20);
	assert_int_equal(now.rlim_max, before.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void test_has_capability(void **state)
{
	const struct application app = { .effective = UINT64_C(1) << CAP_SYS_ADMIN };

	(void)state;
	assert_true(application_has_capability(&app, CAP_SYS_ADMIN));
	assert_false(application_has_capability(&app, CAP_SYS_PTRACE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_suffices),
		cmocka_unit_test(test_threads_are_refused),
		cmocka_unit_test(test_tracer_is_refused),
		cmocka_unit_test(test_every_descriptor_is_below_fd_size),
		cmocka_unit_test(test_raise_and_restore_fds),
		cmocka_unit_test(test_has_capability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
