/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A filter cannot be taken off, so each scene is a child. */
#include "unit.h"

#include "pam/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { OK = 0, NOT_ROOT = 77 };

static int run_scene(int (*scene)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(scene());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Without CAP_SYS_ADMIN there is no gate, and no_new_privs is not the way out: su would break. */
static int open_or_not_root(int *ret_fd)
{
	struct err e = { 0 };

	*ret_fd = listener_open(&e);
	if (*ret_fd == -EACCES && geteuid() != 0)
		return NOT_ROOT;
	return *ret_fd >= 0 && fcntl(*ret_fd, F_GETFD) == FD_CLOEXEC ? OK : 1;
}

static int answer(int listener, int num, int *ret_nr)
{
	struct seccomp_notif notif;
	struct seccomp_notif_resp resp = { .error = -num };

	memset(&notif, 0, sizeof(notif));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notif) < 0)
		return 1;
	*ret_nr = notif.data.nr;
	resp.id = notif.id;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0;
}

static pid_t exec_in_child(long nr, int expected)
{
	static const char *const argv[] = { "true", NULL };
	pid_t child = fork();

	if (child != 0)
		return child;
	if (nr == SYS_execve)
		(void)syscall(nr, "/usr/bin/true", argv, NULL);
	else
		(void)syscall(nr, AT_FDCWD, "/usr/bin/true", argv, NULL, 0);
	_exit(errno == expected ? 0 : 1);
}

static int scene_execs_are_notified(void)
{
	static const long calls[] = { SYS_execve, SYS_execveat };
	int listener, nr, status, r = open_or_not_root(&listener);

	for (size_t i = 0; r == OK && i < ARRAY_SIZE(calls); i++) {
		pid_t child = exec_in_child(calls[i], EXDEV);

		if (answer(listener, EXDEV, &nr) || nr != calls[i])
			return 2;
		if (waitpid(child, &status, 0) != child || status != 0)
			return 3;
	}
	return r;
}

/* When nobody holds the listener, the gate is shut. */
static int scene_nobody_answers(void)
{
	int listener, status, r = open_or_not_root(&listener);
	pid_t child;

	if (r != OK)
		return r;
	(void)close(listener);
	child = exec_in_child(SYS_execve, ENOSYS);
	return waitpid(child, &status, 0) == child && status == 0 ? OK : 2;
}

static int scene_second_gate_is_refused(void)
{
	struct err e = { 0 };
	int listener, r = open_or_not_root(&listener);

	if (r != OK)
		return r;
	return listener_open(&e) == -EBUSY && e.num == EBUSY ? OK : 2;
}

#ifdef __x86_64__
static int scene_i386_is_killed(void)
{
	int listener, r = open_or_not_root(&listener);
	long result = 20; /* getpid of i386 */

	if (r == OK)
		__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return r == OK ? 2 : r;
}

static int scene_x32_is_killed(void)
{
	int listener, r = open_or_not_root(&listener);

	if (r == OK)
		(void)syscall(0x40000000 | 520, "/usr/bin/true", NULL, NULL); /* execve of x32 */
	return r == OK ? 2 : r;
}
#endif

static void expect(int (*scene)(void), int expected)
{
	int r = run_scene(scene);

	if (r == NOT_ROOT)
		skip();
	assert_int_equal(r, expected);
}

static void test_execs_are_notified(void **state)
{
	(void)state;
	expect(scene_execs_are_notified, OK);
}

static void test_nobody_answers(void **state)
{
	(void)state;
	expect(scene_nobody_answers, OK);
}

static void test_second_gate_is_refused(void **state)
{
	(void)state;
	expect(scene_second_gate_is_refused, OK);
}

static void test_foreign_numbers_are_killed(void **state)
{
	(void)state;
#ifdef __x86_64__
	expect(scene_i386_is_killed, 128 + SIGSYS);
	expect(scene_x32_is_killed, 128 + SIGSYS);
#else
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_execs_are_notified),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_second_gate_is_refused),
		cmocka_unit_test(test_foreign_numbers_are_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
