/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The choice as far as no file is needed, and the questions to the application, which is this test. What
 * the files come to is tested with logins.
 */
#include "helper_fixture.h"

#include "helper/choose.h"

#include <errno.h>
#include <string.h>

static int no_question(void *context, const char *name, gid_t *ret, struct err *e)
{
	(void)context;
	(void)name;
	(void)ret;
	(void)e;
	fail();
	return 0;
}

static int no_groups(void *context, struct err *e)
{
	(void)context;
	(void)e;
	fail();
	return 0;
}

static struct choice choose(struct fixture *f, const char *profile)
{
	const struct config nothing = CONFIG_INIT;
	const struct choose_questions questions = { no_groups, no_question, NULL };
	struct choice choice = { 0 };
	struct err e = { 0 };

	(void)strcpy(f->h.identity.profile, profile);
	(void)strcpy(f->h.identity.service, "sshd");
	assert_int_equal(choose_profile(&nothing, &f->h.identity, &questions, &choice, &e), 0);
	return choice;
}

static void test_line(void **state)
{
	struct fixture *f = *state;
	struct choice choice;

	f->h.identity.uid = FIXTURE_UID;
	choice = choose(f, "strict");
	assert_true(choice.wrapped && choice.by_line);
	assert_string_equal(choice.profile, "strict");
	assert_string_equal(choice.file, "");
	choice = choose(f, "");
	assert_false(choice.wrapped || choice.by_line);
}

/* profile= names no one: root and cron are left alone all the same. swrap run was asked. */
static void test_line_and_spared(void **state)
{
	struct fixture *f = *state;

	f->h.identity.uid = 0;
	assert_false(choose(f, "strict").wrapped);
	f->h.identity.uid = FIXTURE_UID;
	f->h.identity.exempt = true;
	assert_false(choose(f, "strict").wrapped);
	f->h.identity.exempt = false;
	f->h.identity.uid = 0;
	f->h.identity.direct = true;
	assert_true(choose(f, "strict").wrapped);
	assert_false(choose(f, "").wrapped);
}

static void test_text(void **state)
{
	struct fixture *f = *state;
	struct choice choice = { .file = "/etc/swrap/rules.conf", .line = 7 };
	char text[200];

	(void)strcpy(f->h.identity.service, "sshd");
	f->h.identity.uid = FIXTURE_UID;
	assert_string_equal(choose_text(&choice, &f->h.identity, text, sizeof(text)),
			    "/etc/swrap/rules.conf:7 says unwrapped");
	choice.wrapped = true;
	(void)strcpy(choice.profile, "strict");
	assert_string_equal(choose_text(&choice, &f->h.identity, text, sizeof(text)),
			    "/etc/swrap/rules.conf:7 says strict");
	choice.file[0] = 0;
	assert_string_equal(choose_text(&choice, &f->h.identity, text, sizeof(text)), "profile=strict");
	choice.wrapped = false;
	assert_string_equal(choose_text(&choice, &f->h.identity, text, sizeof(text)),
			    "no rule is for uid 12345 by sshd");
}

/* ---- questions ---- */

static struct choose_asker asker_of(struct fixture *f)
{
	return (struct choose_asker){
		.control_fd = f->h.control_fd,
		.deadline_usec = io_now_usec() + 200000,
		.message = &f->h.message,
	};
}

static void answer(struct fixture *f, uint32_t known, uint32_t gid)
{
	const struct wire_group group = { .known = known, .gid = gid };

	assert_int_equal(channel_send(f->app, WIRE_GROUP, &group, sizeof(group), NULL, 0), 0);
}

static void test_asked_once(void **state)
{
	struct fixture *f = *state;
	struct choose_asker asker = asker_of(f);
	struct err e = { 0 };
	gid_t gid = 99;

	answer(f, 1, 2100);
	answer(f, 0, 0);
	assert_int_equal(choose_ask_group(&asker, "domain users", &gid, &e), 1);
	assert_int_equal(gid, 2100);
	assert_int_equal(choose_ask_group(&asker, "nosuch", &gid, &e), 0);
	assert_int_equal(choose_ask_group(&asker, "domain users", &gid, &e), 1);
	assert_int_equal(choose_ask_group(&asker, "nosuch", &gid, &e), 0);
	assert_int_equal(gid, 2100);
	(void)fixture_expect(f, f->app, WIRE_ASK_GROUP, 13);
	assert_string_equal(f->message.body, "domain users");
	(void)fixture_expect(f, f->app, WIRE_ASK_GROUP, 7);
	assert_string_equal(f->message.body, "nosuch");
	fixture_expect_nothing(f, f->app);
	choose_asker_done(&asker);
}

static void assert_unanswered(struct fixture *f, int expected)
{
	struct choose_asker asker = asker_of(f);
	struct err e = { 0 };
	gid_t gid;

	assert_int_equal(choose_ask_group(&asker, "staff", &gid, &e), expected);
	assert_int_equal(e.num, -expected);
	assert_non_null(strstr(e.about, "staff"));
	assert_int_equal(asker.ngroups, 0);
	choose_asker_done(&asker);
}

static void test_no_answer(void **state)
{
	struct fixture *f = *state;

	assert_unanswered(f, -ETIMEDOUT);
	assert_int_equal(channel_send(f->app, WIRE_CLOSE, NULL, 0, NULL, 0), 0);
	assert_unanswered(f, -EPROTO);
	assert_int_equal(channel_send(f->app, WIRE_GROUP, "x", 1, NULL, 0), 0);
	assert_unanswered(f, -EPROTO);
	answer(f, 2, 0);
	assert_unanswered(f, -EPROTO);
	while (channel_receive(f->app, &f->message, MSG_DONTWAIT) == 1)
		; /* else the end says that our questions were not read */
	fd_close(&f->app);
	assert_unanswered(f, -EPIPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_line),       FIXTURE_TEST(test_line_and_spared),
		FIXTURE_TEST(test_text),       FIXTURE_TEST(test_asked_once),
		FIXTURE_TEST(test_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
