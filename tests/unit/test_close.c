/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a session ends. Time is given, not waited for; init and supervisor are played here.
 */
#include "helper_fixture.h"

#include "helper/attaches.h"
#include "helper/close.h"

static void expect_end_signal(struct fixture *f, int signo)
{
	const struct inner_signal *s = fixture_expect(f, f->init, INNER_END, sizeof(*s));

	assert_int_equal(s->signo, signo);
}

static void expect_closed(struct fixture *f, bool stuck)
{
	const struct wire_closed *closed = fixture_expect(f, f->app, WIRE_CLOSED, sizeof(*closed));

	assert_int_equal(closed->stuck, stuck);
}

static void occupy(struct fixture *f, const char *profile)
{
	f->h.plan.linger.kind = strcmp(profile, "login") == 0 ? LINGER_KEEP : LINGER_KILL;
	f->h.empty = false;
}

/* ---- begin ---- */

static void test_empty(void **state)
{
	struct fixture *f = *state;

	fixture_listen(f);
	close_begin(&f->h);
	assert_int_equal(f->h.phase, PHASE_ENDING);
	assert_int_equal(f->h.listen_fd, -1); /* nobody comes any more */
	fixture_expect_end(f, f->init);
	expect_closed(f, false); /* nothing runs any more: the application need not wait */
	close_begin(&f->h);
	fixture_expect_nothing(f, f->app);
	assert_true(close_deadline(&f->h, io_now_usec()) == 0);
}

static void test_linger(void **state)
{
	struct fixture *f = *state;
	int attach = -1;

	occupy(f, "login");
	fixture_listen(f);
	attach = fixture_connect(f, fixture_uid());
	attaches_accept(&f->h);
	close_begin(&f->h);
	assert_int_equal(f->h.phase, PHASE_LINGERING);
	expect_closed(f, false);
	fixture_expect_end(f, attach);
	fixture_expect_nothing(f, f->init); /* what survived runs on */
	assert_true(close_deadline(&f->h, UINT64_MAX) == 0);
	assert_int_equal(f->h.phase, PHASE_LINGERING);
	f->h.empty = true;
	(void)close_deadline(&f->h, io_now_usec());
	assert_int_equal(f->h.phase, PHASE_ENDING);
	fixture_expect_end(f, f->init);
	fixture_expect_nothing(f, f->app); /* said once */
	(void)close(attach);
}

/* ---- the stages ---- */

static void test_stages(void **state)
{
	struct fixture *f = *state;
	uint64_t now;

	occupy(f, "strict");
	close_begin(&f->h);
	assert_int_equal(f->h.phase, PHASE_ENDING);
	expect_end_signal(f, SIGHUP);
	expect_end_signal(f, SIGCONT);
	now = close_deadline(&f->h, 1); /* long before it is due */
	assert_true(now > io_now_usec() && now <= io_now_usec() + 200000);
	fixture_expect_nothing(f, f->init);
	now = close_deadline(&f->h, now);
	assert_true(now != 0);
	expect_end_signal(f, SIGTERM);
	now = close_deadline(&f->h, now);
	expect_end_signal(f, SIGKILL);
	fixture_expect_end(f, f->init); /* and init itself goes */
	fixture_expect_nothing(f, f->app);
	assert_int_equal(f->h.ending, ENDING_COMPLETED);
	assert_true(close_deadline(&f->h, now) == 0);
	expect_closed(f, true);
	assert_int_equal(f->h.ending, ENDING_FAULT);
	assert_string_equal(f->h.reason, "stuck");
	assert_true(close_deadline(&f->h, UINT64_MAX) == 0);
	fixture_expect_nothing(f, f->app);
}

/* The application waits three seconds at most. */
static void test_stages_are_short(void **state)
{
	struct fixture *f = *state;
	uint64_t begin = io_now_usec(), now;

	occupy(f, "strict");
	close_begin(&f->h);
	while ((now = close_deadline(&f->h, UINT64_MAX - 1)) != 0)
		assert_true(now - begin < 3000000);
	expect_closed(f, true);
}

/* An init that is flooded and does not listen is not waited for: it is dismissed at once. */
static void test_flooded_init(void **state)
{
	struct fixture *f = *state;

	occupy(f, "strict");
	fixture_flood_init(f);
	close_begin(&f->h);
	assert_int_equal(f->h.phase, PHASE_ENDING);
	assert_int_equal(f->h.init_fd, -1);
	fixture_expect_end_of_flood(f);
	(void)close_deadline(&f->h, UINT64_MAX - 1); /* the stages go on without it */
}

/* ---- by force ---- */

static void test_force_ignores_linger(void **state)
{
	struct fixture *f = *state;

	occupy(f, "login");
	close_by_force(&f->h, ENDING_FAULT, "the supervisor died");
	assert_int_equal(f->h.phase, PHASE_ENDING);
	expect_end_signal(f, SIGHUP);
	assert_int_equal(f->h.ending, ENDING_FAULT);
	assert_string_equal(f->h.reason, "the supervisor died");
	close_by_force(&f->h, ENDING_KILLED, "SIGTERM");
	assert_int_equal(f->h.ending, ENDING_FAULT); /* the first cause stays */
	assert_string_equal(f->h.reason, "the supervisor died");
	expect_end_signal(f, SIGCONT);
	fixture_expect_nothing(f, f->init); /* and the stages are not begun again */
}

static void test_force_while_lingering(void **state)
{
	struct fixture *f = *state;

	occupy(f, "login");
	close_begin(&f->h);
	expect_closed(f, false);
	close_by_force(&f->h, ENDING_KILLED, "SIGTERM");
	assert_int_equal(f->h.phase, PHASE_ENDING);
	expect_end_signal(f, SIGHUP);
}

/* ---- finish ---- */

/* The supervisor has said that it is done before it is asked: nothing is waited for. */
static void supervisor_finished(struct fixture *f)
{
	assert_int_equal(channel_send(f->supervisor, (enum wire_type)INNER_FINISHED, NULL, 0, NULL, 0), 0);
}

static void assert_outcome(struct fixture *f, const char *outcome)
{
	struct json_object *record;

	(void)fixture_expect(f, f->supervisor, INNER_STEPS, 0); /* never an end without its beginning */
	record = fixture_record(f, "session.end");
	assert_string_equal(member_text(record, "outcome"), outcome);
	(void)json_object_put(record);
	(void)fixture_expect(f, f->supervisor, INNER_FINISH, 0);
	fixture_expect_end(f, f->supervisor);
}

static void test_finish(void **state)
{
	struct fixture *f = *state;

	close_begin(&f->h);
	supervisor_finished(f);
	close_finish(&f->h);
	assert_outcome(f, "completed");
	expect_closed(f, false);
	fixture_expect_end(f, f->app);
}

static void test_finish_after_kill(void **state)
{
	struct fixture *f = *state;

	occupy(f, "strict");
	close_begin(&f->h);
	(void)close_deadline(&f->h, UINT64_MAX - 1);
	supervisor_finished(f);
	close_finish(&f->h);
	assert_outcome(f, "killed");
}

/* What HUP ended at once is an ordinary end. */
static void test_finish_after_hup(void **state)
{
	struct fixture *f = *state;

	occupy(f, "strict");
	close_begin(&f->h);
	supervisor_finished(f);
	close_finish(&f->h);
	assert_outcome(f, "completed");
}

static void exit_with_seven(void *context)
{
	(void)context;
	_exit(7);
}

static void test_finish_reaps(void **state)
{
	struct fixture *f = *state;
	pid_t init = child_start(exit_with_seven, NULL);
	pid_t supervisor = child_start(exit_with_seven, NULL);

	f->h.init_pidfd = (int)syscall(SYS_pidfd_open, init, 0);
	f->h.supervisor_pidfd = (int)syscall(SYS_pidfd_open, supervisor, 0);
	close_begin(&f->h);
	supervisor_finished(f);
	close_finish(&f->h);
	assert_int_equal(waitpid(init, NULL, WNOHANG), -1);
	assert_int_equal(waitpid(supervisor, NULL, WNOHANG), -1);
	assert_int_equal(f->h.init_pidfd, -1);
	assert_int_equal(f->h.supervisor_pidfd, -1);
}

static void test_grace(void **state)
{
	struct fixture *f = *state;
	uint64_t due, now = io_now_usec();

	occupy(f, "login");
	f->h.plan.linger = (struct session_linger){ LINGER_GRACE, 100 };
	close_begin(&f->h);
	assert_int_equal(f->h.phase, PHASE_LINGERING);
	expect_closed(f, false);
	due = close_deadline(&f->h, now);
	assert_in_range(due, now + 100000000, now + 105000000);
	fixture_expect_nothing(f, f->init);
	assert_in_range(close_deadline(&f->h, due), 1, UINT64_MAX);
	assert_int_equal(f->h.phase, PHASE_ENDING);
	expect_end_signal(f, SIGHUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_empty),
		FIXTURE_TEST(test_grace),
		FIXTURE_TEST(test_linger),
		FIXTURE_TEST(test_stages),
		FIXTURE_TEST(test_stages_are_short),
		FIXTURE_TEST(test_flooded_init),
		FIXTURE_TEST(test_force_ignores_linger),
		FIXTURE_TEST(test_force_while_lingering),
		FIXTURE_TEST(test_finish),
		FIXTURE_TEST(test_finish_after_kill),
		FIXTURE_TEST(test_finish_after_hup),
		FIXTURE_TEST(test_finish_reaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
