/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/descendants.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>

enum { DEPTH = 4 };

/* A chain of processes, each in a session of its own; each writes its number, the last waits. */
struct chain {
	int fd;
	int left;
	bool by_thread;		/* the first forks in a thread of its own: TID is not PID */
};

static void live(void *context);

static void *fork_next(void *context)
{
	(void)child_start(live, context);
	for (;;)
		(void)pause(); /* who forked stays: the child asked for a signal at the thread's end */
	return NULL;
}

static void live(void *context)
{
	struct chain chain = *(struct chain *)context;
	pid_t pid = getpid();
	pthread_t thread;

	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	EXPECT(write(chain.fd, &pid, sizeof(pid)) == sizeof(pid));
	if (--chain.left > 0 && chain.by_thread) {
		chain.by_thread = false;
		EXPECT(pthread_create(&thread, NULL, fork_next, &chain) == 0);
	} else if (chain.left > 0) {
		(void)child_start(live, &chain);
	}
	for (;;)
		(void)pause();
}

static void assert_signalled(bool by_thread)
{
	struct chain chain = { .left = DEPTH, .by_thread = by_thread };
	pid_t pids[DEPTH], first;
	int fds[2], status;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	chain.fd = fds[1];
	first = child_start(live, &chain);
	for (int i = 0; i < DEPTH; i++)
		assert_int_equal(read(fds[0], &pids[i], sizeof(pid_t)), sizeof(pid_t));
	assert_int_equal(pids[0], first);
	descendants_signal(first, SIGKILL);
	assert_int_equal(kill(first, 0), 0);
	assert_int_equal(waitpid(first, &status, WNOHANG), 0); /* not the one it was asked of */
	(void)kill(first, SIGKILL);
	for (int i = 0; i < DEPTH; i++)
		assert_int_equal(child_wait(pids[i]), 128 + SIGKILL);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void test_whole_tree(void **state)
{
	(void)state;
	assert_signalled(false);
}

static void test_child_of_thread(void **state)
{
	(void)state;
	assert_signalled(true);
}

/* ---- many, in one list ---- */

enum { MANY = 1500 };

static void wait_for_a_signal(void *context)
{
	(void)context;
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	(void)pause();
}

/* More numbers than any buffer of a page holds. */
static void signal_many(void *context)
{
	pid_t pids[MANY];

	(void)context;
	for (int i = 0; i < MANY; i++) {
		pids[i] = child_start(wait_for_a_signal, NULL);
		EXPECT(pids[i] > 0);
	}
	descendants_signal(getpid(), SIGTERM);
	for (int i = 0; i < MANY; i++)
		EXPECT(child_wait(pids[i]) == 128 + SIGTERM);
}

static void test_many(void **state)
{
	(void)state;
	assert_int_equal(child_run(signal_many, NULL), 0);
}

/* ---- the end of a subreaper's ---- */

static void leave_orphans(void *context)
{
	(void)child_start(wait_for_a_signal, context);
	(void)child_start(wait_for_a_signal, context);
	_exit(3);
}

static void end_all(void *context)
{
	pid_t spared = child_start(wait_for_a_signal, context), child;

	EXPECT(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	child = child_start(leave_orphans, context);
	EXPECT(child_wait(child) == 3);
	while (descendants_end(spared))
		(void)usleep(1000);
	EXPECT(waitpid(-1, NULL, WNOHANG) == 0); /* one is left, and lives */
	EXPECT(kill(spared, 0) == 0);
	while (descendants_end(0))
		(void)usleep(1000);
	EXPECT(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	EXPECT(!descendants_end(0));
}

static void test_end(void **state)
{
	(void)state;
	assert_int_equal(child_run(end_all, NULL), 0);
}

static void test_nobody(void **state)
{
	(void)state;
	descendants_signal(0x7ffffffe, SIGKILL); /* no such process */
	descendants_signal(getpid(), SIGKILL);	 /* no children: we live on */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_whole_tree),
		cmocka_unit_test(test_child_of_thread),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
