/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The module's half of the conversation, with this test as swrap-helper. */
#include "unit.h"

#include "pam/session.h"
#include "src/channel.h"
#include "src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <security/pam_appl.h>
#include <security/pam_modutil.h>
#include <string.h>
#include <sys/stat.h>

/* In the place of libpam's, which works in a module only. */
struct group *pam_modutil_getgrnam(pam_handle_t *pamh, const char *name)
{
	static struct group staff = { .gr_gid = 2100 };

	(void)pamh;
	return strcmp(name, "staff") == 0 ? &staff : NULL;
}

struct scene {
	pam_handle_t *pamh;
	char text[SESSION_TEXT_BYTES];
	struct helper helper;
	int other;	/* swrap-helper's end */
	struct identity id;
	struct message m;
};

/* Nobody is asked anything. */
static int say_nothing(int n, const struct pam_message **messages, struct pam_response **ret, void *data)
{
	(void)n;
	(void)messages;
	(void)ret;
	(void)data;
	return PAM_CONV_ERR;
}

static const struct pam_conv conversation = { say_nothing, NULL };

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
	assert_int_equal(pam_start("swrap-t", "root", &conversation, &s->pamh), PAM_SUCCESS);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	helper_done(&s->helper);
	fd_close(&s->other);
	(void)pam_end(s->pamh, PAM_SUCCESS);
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

	return r < 0 ? r : session_await_ready(s->pamh, &s->helper, soon(), s->text, e);
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

static void assert_group(struct scene *s, uint32_t known, uint32_t gid)
{
	const struct wire_group *group;

	assert_int_equal(channel_receive(s->other, &s->m, 0), 1);
	assert_int_equal(s->m.head.type, WIRE_GROUP);
	group = message_body(&s->m, sizeof(*group));
	assert_non_null(group);
	assert_int_equal(group->known, known);
	assert_int_equal(group->gid, gid);
}

static void ask_group(struct scene *s, const char *name, size_t bytes)
{
	assert_int_equal(channel_send(s->other, WIRE_ASK_GROUP, name, bytes, NULL, 0), 0);
}

/* Two questions, and then the answer that was waited for. */
static void test_ask_groups(void **state)
{
	const struct wire_ready ready = { .level = 3 };
	struct scene *s = *state;
	struct err e = { 0 };

	ask_group(s, "staff", 6);
	ask_group(s, "no such group", 14);
	assert_int_equal(channel_send(s->other, WIRE_READY, &ready, sizeof(ready), NULL, 0), 0);
	assert_int_equal(prepare(s, &e), 0);
	assert_false(s->helper.failed);
	assert_int_equal(channel_receive(s->other, &s->m, 0), 1);
	assert_int_equal(s->m.head.type, WIRE_IDENTITY);
	assert_group(s, 1, 2100);
	assert_group(s, 0, 0);
}

static void assert_malformed(struct scene *s, const char *name, size_t bytes)
{
	struct err e = { 0 };

	ask_group(s, name, bytes);
	assert_int_equal(prepare(s, &e), -EPROTO);
	assert_true(s->helper.failed);
}

static void test_ask_groups_malformed(void **state)
{
	char long_name[WIRE_GROUP_BYTES + 1] = { 0 };
	struct scene *s = *state;

	memset(long_name, 'x', sizeof(long_name) - 1);
	assert_malformed(s, "", 0);
	assert_malformed(s, "root", 4);
	assert_malformed(s, long_name, sizeof(long_name));
}

static void test_unwrapped(void **state)
{
	struct wire_unwrapped unwrapped = { .text = "no rule" };
	struct scene *s = *state;
	struct err e = { 0 };

	assert_int_equal(channel_send(s->other, WIRE_UNWRAPPED, &unwrapped, sizeof(unwrapped), NULL, 0), 0);
	assert_int_equal(prepare(s, &e), 1);
	assert_false(s->helper.failed);
	assert_string_equal(s->text, "no rule");
	memset(unwrapped.text, 'x', sizeof(unwrapped.text)); /* no NUL */
	assert_int_equal(channel_send(s->other, WIRE_UNWRAPPED, &unwrapped, sizeof(unwrapped), NULL, 0), 0);
	assert_int_equal(prepare(s, &e), 1);
	assert_int_equal(strlen(s->text), SESSION_TEXT_BYTES - 1);
	assert_int_equal(channel_send(s->other, WIRE_UNWRAPPED, "x", 1, NULL, 0), 0);
	assert_int_equal(prepare(s, &e), -EPROTO);
	assert_true(s->helper.failed);
}

static void test_fail_open(void **state)
{
	const struct wire_refused no = { .num = EPERM, .step = "root" };
	struct scene *s = *state;
	struct err e = { 0 };

	send_refused(s->other, &no);
	assert_int_equal(prepare(s, &e), -EPERM);
	assert_false(s->helper.fail_open);
	/* It is known whatever comes after it: an answer, or the helper's death. */
	assert_int_equal(channel_send(s->other, WIRE_FAIL_OPEN, NULL, 0, NULL, 0), 0);
	send_refused(s->other, &no);
	e.num = 0;
	assert_int_equal(prepare(s, &e), -EPERM);
	assert_true(s->helper.fail_open);
	assert_false(s->helper.failed);
	s->helper.fail_open = false;
	assert_int_equal(channel_send(s->other, WIRE_FAIL_OPEN, NULL, 0, NULL, 0), 0);
	assert_int_equal(session_identify(&s->helper, &s->id, &e), 0);
	fd_close(&s->other);
	assert_true(session_await_ready(s->pamh, &s->helper, soon(), s->text, &e) < 0);
	assert_true(s->helper.fail_open);
	assert_true(s->helper.failed);
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
		cmocka_unit_test_setup_teardown(test_ask_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ask_groups_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unwrapped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fail_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hand_over_without_gate, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
