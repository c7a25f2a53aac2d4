/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may attach, and what becomes of a connection that is no attach.
 */
#include "attach_fixture.h"

/* ---- who may come ---- */

static void test_root_passes(void **state)
{
	struct fixture *f = *state;
	int fd;

	NEEDS_ROOT();
	fixture_listen(f);
	fd = fixture_connect(f, 0);
	attaches_accept(&f->h);
	(void)fixture_expect(f, fd, WIRE_PASS, 0);
	fixture_expect_end(f, fd);
	assert_int_equal(slot(f)->state, ATTACH_FREE);
	(void)close(fd);
}

static void test_requester_passes(void **state)
{
	struct fixture *f = *state;
	int fd;

	NEEDS_ROOT();
	fixture_listen(f);
	f->h.identity.requester = FIXTURE_OTHER_UID;
	fd = fixture_connect(f, FIXTURE_OTHER_UID);
	attaches_accept(&f->h);
	(void)fixture_expect(f, fd, WIRE_PASS, 0);
	(void)close(fd);
}

/* su to oneself: the requester is the session's user, and is wrapped. */
static void test_own_requester(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->h.identity.requester = f->h.identity.uid;
	fd = accept_user(f);
	assert_int_equal(slot(f)->state, ATTACH_ASKED);
	fixture_expect_nothing(f, fd);
	(void)close(fd);
}

static void test_other_uid(void **state)
{
	struct fixture *f = *state;
	const struct wire_refused *refused;
	struct json_object *record;
	int fd;

	NEEDS_ROOT();
	fixture_listen(f);
	fd = fixture_connect(f, FIXTURE_OTHER_UID);
	attaches_accept(&f->h);
	refused = fixture_expect(f, fd, WIRE_REFUSED, sizeof(*refused));
	assert_int_equal(refused->num, EPERM);
	fixture_expect_end(f, fd);
	record = fixture_record(f, "attach.refused");
	assert_int_equal(member_int(record, "peer_uid"), FIXTURE_OTHER_UID);
	assert_int_equal(member_int(record, "pid"), getpid());
	(void)json_object_put(record);
	(void)close(fd);
}

static void test_too_many(void **state)
{
	struct fixture *f = *state;
	const struct wire_refused *refused;
	int fds[HELPER_ATTACHES], last;

	for (int i = 0; i < HELPER_ATTACHES; i++)
		fds[i] = accept_user(f);
	last = accept_user(f);
	refused = fixture_expect(f, last, WIRE_REFUSED, sizeof(*refused));
	assert_int_equal(refused->num, EAGAIN);
	(void)json_object_put(fixture_record(f, "attach.refused"));
	(void)close(fds[7]);
	attaches_receive(&f->h, &f->h.attaches[7]);
	assert_int_equal(f->h.attaches[7].state, ATTACH_FREE);
	(void)close(last);
	last = accept_user(f); /* in its place */
	assert_int_equal(f->h.attaches[7].state, ATTACH_ASKED);
	fixture_expect_nothing(f, last);
	(void)close(last);
	for (int i = 0; i < HELPER_ATTACHES; i++)
		if (i != 7)
			(void)close(fds[i]);
}

/* ---- the message that never came, or was another ---- */

static void test_silent(void **state)
{
	struct fixture *f = *state;
	int fd = accept_user(f);
	uint64_t now = io_now_usec(), deadline = attaches_deadline(&f->h, now);

	assert_true(deadline > now && deadline <= now + HELPER_ATTACH_USEC);
	assert_false(attaches_any(&f->h));
	assert_true(attaches_deadline(&f->h, deadline) == 0);
	assert_int_equal(slot(f)->state, ATTACH_FREE);
	fixture_expect_end(f, fd);
	(void)close(fd);
}

static void test_wrong_message(void **state)
{
	struct fixture *f = *state;
	struct wire_signal signal_body = { .signo = SIGKILL };
	int fd = accept_user(f);

	assert_int_equal(channel_send(fd, WIRE_SIGNAL, &signal_body, sizeof(signal_body), NULL, 0), 0);
	attaches_receive(&f->h, slot(f));
	assert_int_equal(slot(f)->state, ATTACH_FREE);
	fixture_expect_end(f, fd);
	fixture_expect_nothing(f, f->init);
	(void)close(fd);
}

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	const struct wire_refused *refused;
	struct attach_call call;
	int fd = accept_user(f);

	attach_call_init(&call);
	call.body.bytes = 0;
	attach_send(fd, WIRE_ATTACH, &call);
	attaches_receive(&f->h, slot(f));
	refused = fixture_expect(f, fd, WIRE_REFUSED, sizeof(*refused));
	assert_int_equal(refused->num, EPROTO);
	assert_non_null(strstr(refused->text, "child setup failed: attach malformed"));
	assert_int_equal(slot(f)->state, ATTACH_FREE);
	assert_int_equal(f->tally.attaches, 0);
	fixture_expect_nothing(f, f->init);
	attach_call_done(&call);
	(void)close(fd);
}

/* ---- swrap run ---- */

static void test_run(void **state)
{
	struct fixture *f = *state;
	const struct wire_exited *exited;
	struct attach_call call;
	int control = f->h.control_fd;

	f->h.identity.direct = true;
	attach_call_init(&call);
	attach_send(f->app, WIRE_RUN, &call);
	assert_int_equal(channel_receive(f->h.control_fd, &f->h.message, MSG_DONTWAIT), 1);
	attaches_run(&f->h);
	assert_int_equal(f->h.control_fd, -1); /* it is the attach's now */
	assert_int_equal(slot(f)->socket, control);
	init_says_status(f, INNER_STATUS, CLD_EXITED, 3);
	exited = fixture_expect(f, f->app, WIRE_EXITED, sizeof(*exited));
	assert_int_equal(exited->status, 3);
	assert_int_equal(f->h.control_fd, control); /* it waits for the last descendant */
	assert_int_equal(slot(f)->state, ATTACH_FREE);
	attach_call_done(&call);
}

static void test_close(void **state)
{
	struct fixture *f = *state;
	int running = run_user(f), asked = accept_user(f);

	attaches_close(&f->h);
	fixture_expect_end(f, running);
	fixture_expect_end(f, asked);
	assert_int_equal(f->h.attaches[0].state, ATTACH_RUNNING); /* its process may live on */
	assert_int_equal(f->h.attaches[1].state, ATTACH_FREE);
	assert_true(attaches_deadline(&f->h, UINT64_MAX) == 0);
	(void)close(running);
	(void)close(asked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_root_passes),
		FIXTURE_TEST(test_requester_passes),
		FIXTURE_TEST(test_own_requester),
		FIXTURE_TEST(test_other_uid),
		FIXTURE_TEST(test_too_many),
		FIXTURE_TEST(test_silent),
		FIXTURE_TEST(test_wrong_message),
		FIXTURE_TEST(test_malformed),
		FIXTURE_TEST(test_run),
		FIXTURE_TEST(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
