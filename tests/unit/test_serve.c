/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helper's loop in a process of its own, between an application, an init and a supervisor that are
 * played here. Init is a process that ends when the helper lets go of it.
 */
#include "helper_fixture.h"

#include "helper/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

struct served {
	struct fixture *f;
	pid_t init, helper;
};

/* Ends at the helper's hang-up; what is said stays in the socket for the test to read. */
static void be_init(void *context)
{
	struct served *s = context;
	struct pollfd p = { .fd = s->f->init, .events = 0 };

	fd_close(&s->f->h.init_fd);
	fd_close(&s->f->app);
	fd_close(&s->f->supervisor);
	(void)poll(&p, 1, -1);
}

static void be_helper(void *context)
{
	struct served *s = context;
	sigset_t term;

	fd_close(&s->f->app);
	fd_close(&s->f->init);
	fd_close(&s->f->supervisor);
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	s->f->h.signal_fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	serve(&s->f->h);
}

static int set_up(void **state)
{
	struct served *s = calloc(1, sizeof(*s));
	void *f;

	(void)fixture_set_up(&f);
	s->f = f;
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct served *s = *state;
	void *f = s->f;

	(void)fixture_tear_down(&f);
	free(s);
	return 0;
}

/* From here on only the helper's process has its ends. */
static struct fixture *begin(struct served *s)
{
	struct fixture *f = s->f;
	int on = 1;
	sigset_t term;

	/* Blocked before it is born: a signal that comes too early waits. */
	(void)sigemptyset(&term);
	(void)sigaddset(&term, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &term, NULL), 0);
	assert_int_equal(setsockopt(f->h.control_fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	s->init = child_start(be_init, s);
	f->h.init_pidfd = (int)syscall(SYS_pidfd_open, s->init, 0);
	s->helper = child_start(be_helper, s);
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &term, NULL), 0);
	fd_close(&f->h.control_fd);
	fd_close(&f->h.init_fd);
	fd_close(&f->h.supervisor_fd);
	return f;
}

static void say(int fd, unsigned int type)
{
	assert_int_equal(channel_send(fd, (enum wire_type)type, NULL, 0, NULL, 0), 0);
}

static void expect_session_end(struct served *s, const char *outcome, const char *reason)
{
	struct json_object *record;

	(void)fixture_expect(s->f, s->f->supervisor, INNER_STEPS, 0);
	record = fixture_record(s->f, "session.end");
	assert_string_equal(member_text(record, "outcome"), outcome);
	if (reason)
		assert_string_equal(member_text(record, "reason"), reason);
	(void)json_object_put(record);
	(void)fixture_expect(s->f, s->f->supervisor, INNER_FINISH, 0);
	say(s->f->supervisor, INNER_FINISHED);
	assert_int_equal(child_wait(s->init), 0);
	assert_int_equal(child_wait(s->helper), 0);
}

/* ---- ends ---- */

static void test_close(void **state)
{
	struct fixture *f = begin(*state);
	const struct wire_closed *closed;

	say(f->app, WIRE_CLOSE);
	closed = fixture_expect(f, f->app, WIRE_CLOSED, sizeof(*closed));
	assert_int_equal(closed->stuck, 0);
	expect_session_end(*state, "completed", NULL);
}

static void test_application_gone(void **state)
{
	struct fixture *f = begin(*state);

	fd_close(&f->app);
	expect_session_end(*state, "completed", NULL);
}

/* Its socket lives on in a child that it forked: the process itself is what counts. */
static void wait_for_signal(void *context)
{
	(void)context;
	(void)pause();
}

static void test_application_died(void **state)
{
	struct served *s = *state;
	pid_t app = child_start(wait_for_signal, NULL);

	s->f->h.in.app = app;
	s->f->h.in.app_pidfd = (int)syscall(SYS_pidfd_open, app, 0);
	(void)begin(s);
	fixture_expect_nothing(s->f, s->f->app);
	(void)kill(app, SIGKILL);
	(void)child_wait(app);
	expect_session_end(s, "completed", NULL);
}

static void test_direct_caller_gone(void **state)
{
	struct served *s = *state;

	s->f->h.identity.direct = true;
	(void)begin(s);
	fd_close(&s->f->app);
	expect_session_end(s, "killed", "the caller is gone");
}

static void test_terminated(void **state)
{
	struct served *s = *state;

	(void)begin(s);
	(void)kill(s->helper, SIGTERM);
	expect_session_end(s, "killed", "SIGTERM");
}

/* Only the application speaks, not a child that it forked and that has its socket. */
static void speak_for_it(void *context)
{
	struct fixture *f = context;

	EXPECT(channel_send(f->app, WIRE_CLOSE, NULL, 0, NULL, 0) == 0);
}

static void test_forked_child_is_not_heard(void **state)
{
	struct fixture *f = begin(*state);

	assert_int_equal(child_run(speak_for_it, f), 0);
	message_done(&f->message);
	assert_int_equal(channel_receive_until(f->app, &f->message, io_now_usec() + 50000), -ETIMEDOUT);
	say(f->app, WIRE_CLOSE);
	expect_session_end(*state, "completed", NULL);
}

/* ---- the others' ends ---- */

static void expect_end_of_all(struct served *s)
{
	const struct inner_signal *body;

	body = fixture_expect(s->f, s->f->init, INNER_END, sizeof(*body));
	assert_int_equal(body->signo, SIGHUP);
}

/* Nobody writes records then but the helper; here it has no log, and must still come to an end. */
static void test_supervisor_died(void **state)
{
	struct served *s = *state;

	s->f->h.empty = false;
	(void)begin(s);
	fd_close(&s->f->supervisor);
	expect_end_of_all(s);
	assert_int_equal(child_wait(s->init), 0);
	assert_int_equal(child_wait(s->helper), 0);
}

static void test_supervisor_faults(void **state)
{
	struct served *s = *state;

	s->f->h.empty = false;
	say(begin(s)->supervisor, INNER_FAULT);
	expect_end_of_all(s);
	expect_session_end(s, "fault", "the supervisor cannot go on");
}

static void test_init_died(void **state)
{
	struct served *s = *state;
	struct json_object *record;

	s->f->h.empty = false;
	(void)begin(s);
	(void)kill(s->init, SIGKILL);
	assert_int_equal(child_wait(s->init), 128 + SIGKILL);
	(void)fixture_expect(s->f, s->f->supervisor, INNER_STEPS, 0);
	record = fixture_record(s->f, "session.end");
	assert_string_equal(member_text(record, "outcome"), "fault");
	assert_string_equal(member_text(record, "reason"), "session init died");
	(void)json_object_put(record);
	say(s->f->supervisor, INNER_FINISHED);
	assert_int_equal(child_wait(s->helper), 0);
}

/* Left running at close; the session ends when init says that nobody is left. */
static void test_linger(void **state)
{
	struct served *s = *state;
	struct fixture *f;

	s->f->h.empty = false;
	f = begin(s);
	say(f->app, WIRE_CLOSE);
	(void)fixture_expect(f, f->app, WIRE_CLOSED, sizeof(struct wire_closed));
	fixture_expect_nothing(f, f->init);
	say(f->init, INNER_EMPTY);
	expect_session_end(s, "completed", NULL);
}

/* ---- the gate ---- */

static void send_gate(struct fixture *f, struct wire_gate *gate, const char *shell, int nfds)
{
	unsigned char body[sizeof(*gate) + 64];
	int attach = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	const int fds[2] = { f->h.listen_fd, attach };
	size_t n = strlen(shell) + 1;

	memcpy(body, gate, sizeof(*gate));
	memcpy(body + sizeof(*gate), shell, n);
	assert_int_equal(channel_send(f->app, WIRE_GATE, body, sizeof(*gate) + n, fds, nfds), 0);
	(void)close(attach);
}

/* Shadowed only: from GATED on whoever attaches is served. */
static void test_gate(void **state)
{
	struct served *s = *state;
	struct wire_gate gate = { .shells = 1 };
	struct fixture *f = begin(s);
	int attach;

	fixture_listen(f);
	send_gate(f, &gate, "/bin/sh", 2);
	(void)fixture_expect(f, f->app, WIRE_GATED, 0);
	attach = fixture_connect(f, fixture_uid());
	say(attach, WIRE_SIGNAL); /* no ATTACH: it is let go */
	fixture_expect_end(f, attach);
	(void)close(attach);
	send_gate(f, &gate, "/bin/sh", 2); /* there is but one */
	expect_session_end(s, "fault", "gate not now: Protocol error");
}

static void assert_bad_gate(struct served *s, struct wire_gate gate, const char *shell, int nfds)
{
	struct fixture *f = begin(s);

	fixture_listen(f);
	send_gate(f, &gate, shell, nfds);
	expect_session_end(s, "fault", NULL);
}

static void test_gate_without_descriptors(void **state)
{
	assert_bad_gate(*state, (struct wire_gate){ .shells = 1 }, "/bin/sh", 0);
}

static void test_gate_with_fewer_shells(void **state)
{
	assert_bad_gate(*state, (struct wire_gate){ .shells = 2 }, "/bin/sh", 2);
}

static void test_gate_with_more_shells(void **state)
{
	assert_bad_gate(*state, (struct wire_gate){ .shells = HELPER_SHELLS + 1 }, "/bin/sh", 2);
}

/* Gated, but the listener is missing: nothing must run unseen. */
static void test_gate_without_listener(void **state)
{
	assert_bad_gate(*state, (struct wire_gate){ .shells = 1, .gated = 1 }, "/bin/sh", 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_close),
		TEST(test_application_gone),
		TEST(test_application_died),
		TEST(test_direct_caller_gone),
		TEST(test_terminated),
		TEST(test_forked_child_is_not_heard),
		TEST(test_supervisor_died),
		TEST(test_supervisor_faults),
		TEST(test_init_died),
		TEST(test_linger),
		TEST(test_gate),
		TEST(test_gate_without_descriptors),
		TEST(test_gate_with_fewer_shells),
		TEST(test_gate_with_more_shells),
		TEST(test_gate_without_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
