/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The module's half of the conversation, with this test as swrap-helper. */
#include "unit.h"

#include "pam/session.h"
#include "src/channel.h"
#include "src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct scene {
	struct helper helper;
	int other;	/* swrap-helper's end */
	struct identity id;
	struct message m;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	int pair[2];

	assert_non_null(s);
	helper_init(&s->helper);
	assert_int_equal(channel_pair(pair), 0);
	s->helper.control = pair[0];
	s->other = pair[1];
	(void)identity_new_session(s->id.session);
	(void)identity_set(s->id.user, sizeof(s->id.user), "alice");
	s->id.uid = 1000;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	helper_done(&s->helper);
	fd_close(&s->other);
	free(s);
	return 0;
}

static void send_refused(int fd, const struct wire_refused *refused)
{
	assert_int_equal(channel_send(fd, WIRE_REFUSED, refused, sizeof(*refused), NULL, 0), 0);
}

static uint64_t soon(void)
{
	return io_now_usec() + 200 * 1000;
}

static int prepare(struct scene *s, struct err *e)
{
	int r = session_identify(&s->helper, &s->id, e);

	return r < 0 ? r : session_await_ready(&s->helper, soon(), e);
}

static void test_ready_ready(void **state)
{
	const struct wire_ready ready = { .level = 3, .steps = 2 };
	unsigned char body[sizeof(ready) + 16] = { 0 };
	struct scene *s = *state;
	struct identity *seen = calloc(1, sizeof(*seen));
	struct wire_reader r;
	struct err e = { 0 };

	memcpy(body, &ready, sizeof(ready));
	assert_int_equal(channel_send(s->other, WIRE_READY, body, sizeof(body), NULL, 0), 0);
	assert_int_equal(prepare(s, &e), 0);
	assert_false(s->helper.failed);
	assert_int_equal(channel_receive(s->other, &s->m, 0), 1);
	assert_int_equal(s->m.head.type, WIRE_IDENTITY);
	reader_init(&r, s->m.body, s->m.head.length);
	assert_int_equal(identity_unpack(seen, &r), 0);
	assert_memory_equal(seen, &s->id, sizeof(*seen));
	free(seen);
}

static void test_groups(void **state)
{
	struct scene *s = *state;
	struct identity *seen = calloc(1, sizeof(*seen));
	struct wire_reader r;

	s->id.ngroups = 2;
	s->id.groups[1] = 27;
	assert_int_equal(session_send_groups(&s->helper, &s->id, NULL), 0);
	assert_int_equal(channel_receive(s->other, &s->m, 0), 1);
	assert_int_equal(s->m.head.type, WIRE_GROUPS);
	reader_init(&r, s->m.body, s->m.head.length);
	assert_int_equal(identity_unpack_groups(seen, &r), 0);
	assert_memory_equal(seen->groups, s->id.groups, 2 * sizeof(gid_t));
	free(seen);
}

static void test_ready_refused(void **state)
{
	struct wire_refused refused = { .num = EACCES };
	struct scene *s = *state;
	struct err e = { 0 };

	/* Neither text ends in NUL: they are bounded by their fields. */
	memset(refused.step, 's', sizeof(refused.step));
	memset(refused.text, 't', sizeof(refused.text));
	send_refused(s->other, &refused);
	assert_int_equal(prepare(s, &e), -EACCES);
	assert_false(s->helper.failed);
	assert_int_equal(strspn(e.about, "s"), sizeof(refused.step));
}

static void test_ready_refused_without_errno(void **state)
{
	const struct wire_refused refused = { .num = 0 };
	struct scene *s = *state;
	struct err e = { 0 };

	send_refused(s->other, &refused);
	assert_int_equal(prepare(s, &e), -EPROTO);
}

static void test_ready_silence(void **state)
{
	struct scene *s = *state;
	struct err e = { 0 };
	uint64_t begin = io_now_usec();

	assert_int_equal(prepare(s, &e), -ETIMEDOUT);
	assert_true(s->helper.failed);
	assert_true(io_now_usec() - begin >= 200 * 1000);
}

static void test_ready_helper_gone(void **state)
{
	struct scene *s = *state;
	struct err e = { 0 };

	fd_close(&s->other);
	assert_int_equal(prepare(s, &e), -EPIPE);
}

static void test_ready_wrong_answers(void **state)
{
	struct scene *s = *state;
	struct err e = { 0 };

	assert_int_equal(channel_send(s->other, WIRE_GATED, NULL, 0, NULL, 0), 0);
	assert_int_equal(prepare(s, &e), -EPROTO);
	assert_true(s->helper.failed);
	e = (struct err){ 0 };
	assert_int_equal(channel_send(s->other, WIRE_READY, "", 1, NULL, 0), 0);
	assert_int_equal(prepare(s, &e), -EPROTO);
	e = (struct err){ 0 };
	assert_int_equal(channel_send(s->other, WIRE_REFUSED, "", 1, NULL, 0), 0);
	assert_int_equal(prepare(s, &e), -EPROTO);
	assert_true(s->helper.failed);
	e = (struct err){ 0 };
	assert_int_equal(send(s->other, "x", 1, 0), 1);
	assert_int_equal(prepare(s, &e), -EBADMSG);
}

static void test_hand_over_without_gate(void **state)
{
	char one[] = "/usr/bin/dash", two[] = "/usr/bin/bash", text[64];
	const struct shell_list shells = { .n = 2, .items = { { .path = one }, { .path = two } } };
	struct scene *s = *state;
	struct shadow shadow;
	struct wire_gate gate;
	struct wire_reader r;
	struct err e = { 0 };

	shadow_init(&shadow);
	shadow.listening = open("/dev/null", O_RDONLY | O_CLOEXEC);
	shadow.attach = open("/", O_PATH | O_CLOEXEC);
	shadow.dev = 7;
	shadow.ino = 8;
	assert_int_equal(channel_send(s->other, WIRE_GATED, NULL, 0, NULL, 0), 0);
	assert_int_equal(session_hand_over(&s->helper, &shadow, &shells, false, soon(), &e), 0);
	assert_int_equal(channel_receive(s->other, &s->m, 0), 1);
	assert_int_equal(s->m.head.type, WIRE_GATE);
	assert_int_equal(s->m.nfds, 2);
	reader_init(&r, s->m.body, s->m.head.length);
	reader_bytes(&r, &gate, sizeof(gate));
	assert_int_equal(gate.gated, 0);
	assert_int_equal(gate.shells, 2);
	assert_int_equal(gate.dev, 7);
	assert_int_equal(gate.ino, 8);
	reader_text(&r, text, sizeof(text));
	assert_string_equal(text, one);
	reader_text(&r, text, sizeof(text));
	assert_string_equal(text, two);
	assert_true(reader_ok(&r));
	message_done(&s->m);
	shadow_done(&shadow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ready_ready, setup, teardown),
		cmocka_unit_test_setup_teardown(test_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ready_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ready_refused_without_errno, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_ready_silence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ready_helper_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ready_wrong_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hand_over_without_gate, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
