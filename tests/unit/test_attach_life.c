/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An attach from its start to its end: attach on one side, init on the other, both played here.
 */
#include "attach_fixture.h"

/* ---- a life ---- */

static void test_exited(void **state)
{
	struct fixture *f = *state;
	const struct wire_exited *exited;
	int fd = run_user(f);

	assert_true(attaches_any(&f->h));
	assert_int_equal(f->tally.attaches, 1);
	assert_true(attaches_deadline(&f->h, io_now_usec()) == 0);
	init_says_status(f, INNER_STARTED, 0, 17);
	assert_false(f->h.empty);
	init_says_status(f, INNER_STATUS, CLD_EXITED, 7);
	exited = fixture_expect(f, fd, WIRE_EXITED, sizeof(*exited));
	assert_int_equal(exited->killed, 0);
	assert_int_equal(exited->status, 7);
	assert_string_equal(exited->text, "");
	assert_int_equal(f->h.exit_status, 7);
	assert_false(f->h.exit_killed);
	assert_false(attaches_any(&f->h));
	fixture_expect_end(f, fd);
	(void)close(fd);
}

static void assert_killed(struct fixture *f, int code, int signo)
{
	const struct wire_exited *exited;
	int fd = run_user(f);

	init_says_status(f, INNER_STATUS, code, signo);
	exited = fixture_expect(f, fd, WIRE_EXITED, sizeof(*exited));
	assert_int_equal(exited->killed, 1);
	assert_int_equal(exited->status, signo);
	assert_true(f->h.exit_killed);
	(void)close(fd);
}

static void test_killed(void **state)
{
	assert_killed(*state, CLD_KILLED, SIGKILL);
	assert_killed(*state, CLD_DUMPED, SIGSEGV);
}

static void test_stopped(void **state)
{
	struct fixture *f = *state;
	const struct wire_signal *stopped;
	int fd = run_user(f);

	init_says_status(f, INNER_STATUS, CLD_STOPPED, SIGTSTP);
	stopped = fixture_expect(f, fd, WIRE_STOPPED, sizeof(*stopped));
	assert_int_equal(stopped->signo, SIGTSTP);
	assert_int_equal(slot(f)->state, ATTACH_RUNNING);
	(void)close(fd);
}

static void test_signal(void **state)
{
	struct fixture *f = *state;
	struct wire_signal winch = { .signo = SIGWINCH };
	int fd = run_user(f);

	assert_int_equal(channel_send(fd, WIRE_SIGNAL, &winch, sizeof(winch), NULL, 0), 0);
	attaches_receive(&f->h, slot(f));
	expect_signal(f, SIGWINCH);
	attaches_receive(&f->h, slot(f)); /* nothing there: nothing happens */
	assert_int_equal(slot(f)->state, ATTACH_RUNNING);
	(void)close(fd);
}

/* A second ATTACH on one socket would be a second start. */
static void test_second_attach(void **state)
{
	struct fixture *f = *state;
	struct attach_call call;
	int fd = run_user(f);

	attach_call_init(&call);
	attach_send(fd, WIRE_ATTACH, &call);
	attaches_receive(&f->h, slot(f));
	assert_int_equal(slot(f)->state, ATTACH_ORPHAN);
	expect_signal(f, SIGHUP);
	expect_signal(f, SIGCONT);
	attach_call_done(&call);
	(void)close(fd);
}

static void test_orphan(void **state)
{
	struct fixture *f = *state;
	int fd = run_user(f);
	uint64_t deadline;

	(void)close(fd);
	attaches_receive(&f->h, slot(f));
	assert_int_equal(slot(f)->state, ATTACH_ORPHAN);
	assert_int_equal(slot(f)->socket, -1);
	expect_signal(f, SIGHUP);
	expect_signal(f, SIGCONT);
	assert_true(attaches_any(&f->h));
	deadline = attaches_deadline(&f->h, io_now_usec());
	assert_true(deadline != 0);
	fixture_expect_nothing(f, f->init);
	assert_true(attaches_deadline(&f->h, deadline) == 0);
	expect_signal(f, SIGKILL);
	init_says_status(f, INNER_STATUS, CLD_KILLED, SIGKILL);
	assert_false(attaches_any(&f->h));
}

/* Signals for an init that does not listen are lost; a KILL that is lost would leave its process alive. */
static void test_flooded_init(void **state)
{
	struct fixture *f = *state;
	int fd = run_user(f);

	fixture_flood_init(f);
	(void)close(fd);
	attaches_receive(&f->h, slot(f));
	assert_int_equal(slot(f)->state, ATTACH_ORPHAN);
	assert_true(f->h.init_fd >= 0); /* HUP and CONT are no reason */
	(void)attaches_deadline(&f->h, UINT64_MAX);
	assert_int_equal(f->h.init_fd, -1);
	fixture_expect_end_of_flood(f);
}

/* ---- what goes wrong inside ---- */

/* The session process goes on only if every outcome is there. */
static void test_dishonest_outcomes(void **state)
{
	struct fixture *f = *state;
	const struct wire_exited *exited;
	int fd = start_user(f);

	init_says_outcomes(f, false);
	expect_signal(f, SIGKILL);
	assert_int_equal(slot(f)->state, ATTACH_STARTING);
	assert_int_equal(f->h.ending, ENDING_FAILED);
	fixture_expect_nothing(f, fd);
	init_says_status(f, INNER_STATUS, CLD_KILLED, SIGKILL);
	exited = fixture_expect(f, fd, WIRE_EXITED, sizeof(*exited));
	assert_non_null(strstr(exited->text, "child setup failed: outcome"));
	(void)close(fd);
}

static void test_required_step_failed(void **state)
{
	struct fixture *f = *state;
	struct inner_outcomes body = { .id = 0 };
	struct err e = { .num = EPERM, .what = "setresuid", .about = "uid 1000" };
	int fd = start_user(f);

	f->h.plan.levels[STEP_TTY] = LEVEL_REQUIRE;
	body.id = slot(f)->id;
	outcome_add(&body.list, STEP_TTY, RESULT_FAILED, &e);
	init_says(f, INNER_OUTCOMES, &body, sizeof(body));
	expect_signal(f, SIGKILL);
	assert_string_equal(f->h.reason, "child setup failed: tty: setresuid uid 1000: Operation not "
					 "permitted");
	(void)close(fd);
}

static void test_exec_failed(void **state)
{
	struct fixture *f = *state;
	const struct wire_exited *exited;
	int fd = run_user(f);

	init_says_status(f, INNER_EXEC_FAILED, 0, ENOENT);
	init_says_status(f, INNER_STATUS, CLD_EXITED, 127);
	exited = fixture_expect(f, fd, WIRE_EXITED, sizeof(*exited));
	assert_int_equal(exited->status, 127);
	assert_string_equal(exited->text, "child setup failed: exec: No such file or directory");
	(void)close(fd);
}

static void test_fork_failed(void **state)
{
	struct fixture *f = *state;
	const struct wire_exited *exited;
	int fd = start_user(f);

	init_says_status(f, INNER_STARTED, 0, -EAGAIN);
	exited = fixture_expect(f, fd, WIRE_EXITED, sizeof(*exited));
	assert_int_equal(exited->status, 254);
	assert_non_null(strstr(exited->text, "fork"));
	assert_true(f->h.empty); /* nothing was added: no EMPTY will come */
	assert_int_equal(slot(f)->state, ATTACH_FREE);
	(void)close(fd);
}

/* Of the rehearsal, or of one that is gone. */
static void test_unknown_id(void **state)
{
	struct fixture *f = *state;
	int fd = run_user(f);
	struct inner_status body = { .id = slot(f)->id + 1, .code = CLD_EXITED };

	init_says(f, INNER_STATUS, &body, sizeof(body));
	init_says(f, INNER_STATUS, &body, sizeof(body) - 1);
	init_says(f, INNER_EXEC_FAILED, &body, sizeof(body));
	assert_int_equal(slot(f)->state, ATTACH_RUNNING);
	fixture_expect_nothing(f, fd);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_exited),
		FIXTURE_TEST(test_killed),
		FIXTURE_TEST(test_stopped),
		FIXTURE_TEST(test_signal),
		FIXTURE_TEST(test_second_attach),
		FIXTURE_TEST(test_orphan),
		FIXTURE_TEST(test_flooded_init),
		FIXTURE_TEST(test_dishonest_outcomes),
		FIXTURE_TEST(test_required_step_failed),
		FIXTURE_TEST(test_exec_failed),
		FIXTURE_TEST(test_fork_failed),
		FIXTURE_TEST(test_unknown_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
