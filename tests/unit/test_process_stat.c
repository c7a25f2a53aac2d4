/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one reader of /proc/PID/stat: hostile names, device numbers, processes that are gone.
 */
#include "child.h"

#include "src/process_stat.h"

#include <pty.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define TAIL " 1 1 42 34819 -1 4194304 1 18446744073709551615 3 4 5 6 7 8 20 0 1 0 4711 9 9"

static void test_parse(void **state)
{
	struct process_stat st = { 0 };

	(void)state;
	assert_int_equal(process_stat_parse("7 (sh) S" TAIL, &st), 0);
	assert_int_equal(st.state, 'S');
	assert_int_equal(st.session, 42);
	assert_int_equal(st.tty, makedev(136, 3));
	assert_int_equal(st.start, 4711);
	assert_int_equal(process_stat_parse("7 (a) Z 1 1 99 0 0 ) (b) R" TAIL, &st), 0);
	assert_int_equal(st.state, 'R');
	assert_int_equal(st.session, 42);
	/* A minor of more than eight bits goes on above the major. */
	assert_int_equal(process_stat_parse("7 (sh) S 1 1 42 1083436 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5", &st),
			 0);
	assert_int_equal(st.tty, makedev(136, 300));
}

static void test_malformed(void **state)
{
	static const char *const texts[] = {
		"", "7", "7 (sh", "7 (sh)", "7 (sh) S", "7 (sh) S 1 1", "7 (sh) S 1 1 x 0",
		"7 (sh) S 1 1 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0", /* one field short */
	};
	struct process_stat st = { .session = 5 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(process_stat_parse(texts[i], &st), -EPROTO);
	assert_int_equal(st.session, 5); /* untouched */
}

static void test_self(void **state)
{
	struct process_stat one = { 0 }, two = { 0 };

	(void)state;
	assert_int_equal(process_stat_read(getpid(), &one), 0);
	assert_int_equal(one.state, 'R');
	assert_int_equal(one.session, getsid(0));
	assert_true(one.start > 0);
	assert_int_equal(process_stat_read(getpid(), &two), 0);
	assert_int_equal(one.start, two.start);
}

/* With a name that looks like the end of one, and a terminal of its own. */
static void lead(void *context)
{
	struct process_stat st = { 0 };
	struct stat terminal;
	int master, slave;

	(void)context;
	EXPECT(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	EXPECT(fstat(slave, &terminal) == 0);
	EXPECT(prctl(PR_SET_NAME, "x) Z 1 1 1 1", 0, 0, 0) == 0);
	EXPECT(setsid() == getpid());
	EXPECT(process_stat_read(getpid(), &st) == 0);
	EXPECT(st.session == getpid() && st.tty == 0 && st.state == 'R');
	EXPECT(ioctl(slave, TIOCSCTTY, 0) == 0);
	EXPECT(process_stat_read(getpid(), &st) == 0);
	EXPECT(st.tty == terminal.st_rdev);
}

static void test_terminal(void **state)
{
	(void)state;
	assert_int_equal(child_run(lead, NULL), 0);
}

static void wait_to_be_killed(void *context)
{
	(void)context;
	(void)pause();
}

/* Dead, but not reaped; then gone. */
static void test_dead(void **state)
{
	pid_t pid = child_start(wait_to_be_killed, NULL);
	struct process_stat st = { 0 };
	siginfo_t info;

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_stat_read(pid, &st), 0);
	assert_int_equal(st.state, 'Z');
	assert_int_equal(child_wait(pid), 128 + SIGKILL);
	assert_int_equal(process_stat_read(pid, &st), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	 cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_self),	 cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
