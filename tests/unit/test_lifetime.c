/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper_fixture.h"

#include "helper/lifetime.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

enum { SECOND = 1000000 };

static void test_no_limit(void **state)
{
	struct fixture *f = *state;

	lifetime_begin(&f->h, 5 * SECOND);
	assert_true(lifetime_deadline(&f->h, UINT64_MAX / 2) == 0);
	assert_int_equal(f->h.phase, PHASE_SERVING);
}

static void expect_timeout(struct fixture *f, const char *reason)
{
	assert_int_equal(f->h.phase, PHASE_ENDING);
	assert_int_equal(f->h.ending, ENDING_TIMEOUT);
	assert_string_equal(f->h.reason, reason);
}

static void test_runtime(void **state)
{
	struct fixture *f = *state;

	f->h.plan.runtime_max_usec = 10 * SECOND;
	lifetime_begin(&f->h, 5 * SECOND);
	assert_true(lifetime_deadline(&f->h, 15 * SECOND - 1) == 15 * SECOND);
	assert_true(lifetime_deadline(&f->h, 15 * SECOND) == 0);
	expect_timeout(f, "RuntimeMaxSec");
}

static void test_runtime_while_lingering(void **state)
{
	struct fixture *f = *state;

	f->h.plan.runtime_max_usec = 10 * SECOND;
	lifetime_begin(&f->h, 0);
	f->h.phase = PHASE_LINGERING;
	assert_true(lifetime_deadline(&f->h, 10 * SECOND) == 0);
	expect_timeout(f, "RuntimeMaxSec");
}

static struct attach *run_attach(struct fixture *f, int i, const char *terminal)
{
	struct attach *a = &f->h.attaches[i];
	struct stat st;

	a->state = ATTACH_RUNNING;
	a->id = (uint32_t)i + 1;
	if (terminal) {
		(void)snprintf(a->terminal, sizeof(a->terminal), "%s", terminal);
		assert_int_equal(stat(terminal, &st), 0);
		a->terminal_dev = st.st_rdev;
	}
	return a;
}

/* A file stands for the terminal: its time of reading is set. */
static void set_read(const char *path, int seconds_ago)
{
	struct timespec times[2] = { { time(NULL) - seconds_ago, 0 }, { 0, UTIME_OMIT } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void test_idle(void **state)
{
	struct fixture *f = *state;
	char path[] = "/tmp/idle.XXXXXX";
	int fd = mkstemp(path);
	struct attach *without;

	assert_true(fd >= 0);
	f->h.plan.idle_timeout_usec = 60 * SECOND;
	lifetime_begin(&f->h, 1000 * SECOND);
	run_attach(f, 0, path);
	set_read(path, 30);
	assert_true(lifetime_deadline(&f->h, 1030 * SECOND) == 1060 * SECOND);
	/* read thirty seconds ago: thirty to go */
	assert_in_range(lifetime_deadline(&f->h, 1060 * SECOND), 1088 * SECOND, 1090 * SECOND);
	f->tally.execs++;
	set_read(path, 500);
	assert_true(lifetime_deadline(&f->h, 1100 * SECOND) == 1160 * SECOND); /* something was executed */
	without = run_attach(f, 1, NULL);
	assert_true(lifetime_deadline(&f->h, 1160 * SECOND) == 1220 * SECOND); /* one that cannot be seen */
	without->state = ATTACH_FREE;
	f->h.attaches[0].terminal_dev++;
	assert_true(lifetime_deadline(&f->h, 1220 * SECOND) == 1280 * SECOND); /* the name is another's */
	f->h.attaches[0].terminal_dev--;
	assert_true(lifetime_deadline(&f->h, 1280 * SECOND) == 0);
	expect_timeout(f, "IdleTimeoutSec");
	f->h.attaches[0].state = ATTACH_FREE;
	(void)unlink(path);
	(void)close(fd);
}

static void test_nobody_is_busy(void **state)
{
	struct fixture *f = *state;

	f->h.plan.idle_timeout_usec = SECOND;
	lifetime_begin(&f->h, SECOND);
	assert_true(lifetime_deadline(&f->h, 100 * SECOND) == 101 * SECOND);
	f->h.phase = PHASE_LINGERING;
	assert_true(lifetime_deadline(&f->h, 1000 * SECOND) == 0);
	assert_int_equal(f->h.phase, PHASE_LINGERING);
}

static void test_terminal(void **state)
{
	struct attach a = { .terminal = "x" };
	int master = posix_openpt(O_RDWR | O_NOCTTY), fds[2] = { -1, -1 };

	(void)state;
	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	fds[0] = open("/dev/null", O_RDONLY);
	lifetime_note_terminal(&a, fds, 1);
	assert_string_equal(a.terminal, "");
	fds[1] = open(ptsname(master), O_RDWR | O_NOCTTY);
	lifetime_note_terminal(&a, fds, 2);
	assert_string_equal(a.terminal, ptsname(master));
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_no_limit),	 FIXTURE_TEST(test_runtime),
		FIXTURE_TEST(test_runtime_while_lingering),
		FIXTURE_TEST(test_idle),	 FIXTURE_TEST(test_nobody_is_busy),
		FIXTURE_TEST(test_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
