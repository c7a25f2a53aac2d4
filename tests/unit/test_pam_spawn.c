/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Built with SWRAP_HELPER_PATH=/usr/bin/true: a program that starts, reads nothing and ends. What
 * is looked at is the caller: it must not notice that it ever had a child.
 */
#include "unit.h"

#include "pam/application.h"
#include "pam/spawn.h"
#include "src/channel.h"
#include "src/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static volatile sig_atomic_t child_signals;

static void count_signal(int signo)
{
	(void)signo;
	child_signals = child_signals + 1;
}

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static bool is_root(void)
{
	return getuid() == 0 && geteuid() == 0;
}

static void spawn(struct helper *helper)
{
	struct application app;
	struct err e = { 0 };
	char text[ERR_TEXT_BYTES];

	assert_int_equal(application_read(&app, &e), 0);
	if (helper_spawn(helper, app.fd_size, &e) < 0)
		fail_msg("%s", err_text(&e, text, sizeof(text)));
}

static void await_end(const struct helper *helper)
{
	struct pollfd p = { .fd = helper->pidfd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 5000), 1);
}

/* Only root can become root: anybody else is refused, with no process and no descriptor left. */
static void test_spawn_refused_without_root(void **state)
{
	struct helper helper;
	struct err e = { 0 };
	int fds = count_fds();

	(void)state;
	if (is_root())
		skip();
	helper_init(&helper);
	assert_int_equal(helper_spawn(&helper, 256, &e), -EPERM);
	assert_int_equal(count_fds(), fds);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

static void test_spawn_leaves_no_trace(void **state)
{
	struct sigaction act = { .sa_handler = count_signal }, old;
	struct helper helper;
	sigset_t before, after;
	int fds = count_fds();

	(void)state;
	if (!is_root())
		skip();
	/* The kernel fills eight bytes of the set. */
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	assert_int_equal(sigaction(SIGCHLD, &act, &old), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	for (int i = 0; i < 50; i++) {
		helper_init(&helper);
		spawn(&helper);
		assert_true(helper.control > 3);
		assert_int_equal(fcntl(helper.control, F_GETFD), FD_CLOEXEC);
		assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
		assert_int_equal(errno, ECHILD);
		await_end(&helper);
		helper_done(&helper);
	}
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(child_signals, 0);
	assert_int_equal(count_fds(), fds);
	assert_int_equal(sigaction(SIGCHLD, &old, NULL), 0);
}

/* The helper has nothing but 0-3: the end of the conversation comes as soon as it ends. */
static void test_spawn_end_is_seen(void **state)
{
	struct message *m = calloc(1, sizeof(*m));
	struct helper helper;

	(void)state;
	if (!is_root()) {
		free(m);
		skip();
	}
	helper_init(&helper);
	spawn(&helper);
	assert_int_equal(channel_receive_until(helper.control, m, io_now_usec() + 5000000), 0);
	helper_kill(&helper); /* already gone: harmless */
	helper_done(&helper);
	helper_kill(&helper); /* nothing there: harmless */
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spawn_refused_without_root),
		cmocka_unit_test(test_spawn_leaves_no_trace),
		cmocka_unit_test(test_spawn_end_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
