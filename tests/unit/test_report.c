/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helper's own records: every one is read back with json-c, whatever bytes are in it.
 */
#include "helper_fixture.h"

#include "helper/report.h"

#include <fcntl.h>
#include <sys/stat.h>

#define HOSTILE "a\"b\\c\nd\x1b\xff\",\"uid\":0"
#define HOSTILE_READ "a\"b\\x5cc\\x0ad\\x1b\\xff\",\"uid\":0"

static void test_start(void **state)
{
	struct fixture *f = *state;
	struct json_object *record;
	const struct inner_record *head = (const void *)f->message.body;

	f->h.identity.fail_open = true;
	f->h.identity.requester = 77;
	report_start(&f->h);
	record = fixture_record(f, "session.start");
	assert_int_equal(head->urgent, 1);
	assert_int_equal(head->authpriv, 1);
	assert_string_equal(member_text(record, "profile"), "login");
	assert_string_equal(member_text(record, "fail"), "open");
	assert_false(member_true(record, "breakglass"));
	assert_int_equal(member_int(record, "app_pid"), getpid());
	assert_int_equal(member_int(record, "requester"), 77);
	assert_int_equal(member_int(record, "helper_pid"), getpid());
	assert_true(member_int(record, "helper_start") > 0);
	(void)json_object_put(record);
	f->h.identity.fail_open = false;
	report_start(&f->h);
	record = fixture_record(f, "session.start");
	assert_string_equal(member_text(record, "fail"), "closed");
	(void)json_object_put(record);
}

static void test_steps(void **state)
{
	struct fixture *f = *state;
	const struct inner_steps *steps;

	f->h.plan.levels[STEP_ROOT] = LEVEL_REQUIRE;
	f->h.level = SANDBOX_FULL;
	outcome_add(&f->h.outcomes, STEP_ROOT, RESULT_APPLIED, NULL);
	report_steps(&f->h);
	steps = fixture_expect(f, f->supervisor, INNER_STEPS, sizeof(*steps));
	assert_int_equal(steps->level, SANDBOX_FULL);
	assert_int_equal(steps->levels[STEP_ROOT], LEVEL_REQUIRE);
	assert_int_equal(steps->list.n, 1);
	assert_int_equal(steps->list.steps[0].result, RESULT_APPLIED);
	report_steps(&f->h);
	fixture_expect_nothing(f, f->supervisor); /* once */
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	struct json_object *record;

	report_refused(&f->h, "root", EPERM, HOSTILE);
	record = fixture_record(f, "session.refused");
	assert_string_equal(member_text(record, "step"), "root");
	assert_int_equal(member_int(record, "errno"), EPERM);
	assert_string_equal(member_text(record, "reason"), HOSTILE_READ);
	assert_int_equal(json_object_object_length(record), 3); /* nothing was forged */
	(void)json_object_put(record);
}

static void test_unwrapped(void **state)
{
	struct fixture *f = *state;
	struct json_object *record;

	f->h.identity.breakglass = true;
	report_unwrapped(&f->h, "no space");
	record = fixture_record(f, "session.start");
	assert_string_equal(member_text(record, "level"), "none");
	assert_string_equal(member_text(record, "fail"), "open");
	assert_true(member_true(record, "breakglass"));
	assert_string_equal(member_text(record, "reason"), "no space");
	(void)json_object_put(record);
}

struct start_with_groups {
	struct inner_start start;
	gid_t groups[2];
};

static void assert_attach(struct fixture *f, struct start_with_groups *s, bool gid, bool groups)
{
	struct attach a = { .id = 5 };
	struct json_object *record;

	report_attach(&f->h, &a, &s->start, 99);
	record = fixture_record(f, "attach");
	assert_int_equal(member_int(record, "attach"), 5);
	assert_int_equal(member_int(record, "pid"), 99);
	assert_string_equal(member_text(record, "path"), HOSTILE_READ);
	assert_string_equal(member_text(record, "controlling_tty"), "steal");
	assert_int_equal(member_int(record, "gid"), s->start.gid);
	assert_int_equal(member_true(record, "gid_differs"), gid);
	assert_int_equal(member_true(record, "groups_differ"), groups);
	(void)json_object_put(record);
}

static void test_attach(void **state)
{
	struct fixture *f = *state;
	struct start_with_groups s = { .start = { .tty = TTY_STEAL, .gid = FIXTURE_GID, .ngroups = 2 } };

	(void)strcpy(s.start.path, HOSTILE);
	s.groups[0] = f->h.identity.groups[0] = 3;
	s.groups[1] = f->h.identity.groups[1] = 4;
	f->h.identity.ngroups = 2;
	assert_attach(f, &s, false, false);
	s.start.gid = 1;
	assert_attach(f, &s, true, false);
	s.groups[1] = 5;
	assert_attach(f, &s, true, true);
	s.groups[1] = 4;
	s.start.ngroups = 1;
	assert_attach(f, &s, true, true);
}

static void test_attach_refused(void **state)
{
	struct fixture *f = *state;
	struct json_object *record;

	report_attach_refused(&f->h, 31, 32, "another uid");
	record = fixture_record(f, "attach.refused");
	assert_int_equal(member_int(record, "pid"), 31);
	assert_int_equal(member_int(record, "peer_uid"), 32);
	assert_string_equal(member_text(record, "reason"), "another uid");
	(void)json_object_put(record);
}

/* ---- session.end ---- */

static struct json_object *end(struct fixture *f)
{
	assert_int_equal(channel_send(f->supervisor, (enum wire_type)INNER_REOPEN, NULL, 0, NULL, 0), 0);
	assert_int_equal(channel_send(f->supervisor, (enum wire_type)INNER_FINISHED, NULL, 0, NULL, 0), 0);
	report_end(&f->h);
	assert_int_equal(f->h.supervisor_fd, -1);
	return fixture_record(f, "session.end");
}

static void test_end(void **state)
{
	struct fixture *f = *state;
	struct json_object *record;

	f->h.ending = ENDING_KILLED;
	(void)strcpy(f->h.reason, "SIGTERM");
	f->h.exit_killed = true;
	f->h.exit_status = 9;
	f->tally.attaches = 2;
	f->tally.execs = 11;
	f->tally.denied = 3;
	f->tally.gate_denied = 4;
	f->tally.lost = 5;
	record = end(f);
	assert_string_equal(member_text(record, "outcome"), "killed");
	assert_string_equal(member_text(record, "reason"), "SIGTERM");
	assert_true(member_true(record, "attached"));
	assert_true(member_true(record, "killed"));
	assert_int_equal(member_int(record, "exit"), 9);
	assert_int_equal(member_int(record, "attaches"), 2);
	assert_int_equal(member_int(record, "execs"), 11);
	assert_int_equal(member_int(record, "denied"), 3);
	assert_int_equal(member_int(record, "gate_denied"), 4);
	assert_int_equal(member_int(record, "lost"), 5);
	(void)json_object_put(record);
	(void)fixture_expect(f, f->supervisor, INNER_FINISH, 0);
}

static void test_end_unattached(void **state)
{
	struct json_object *record = end(*state);

	assert_string_equal(member_text(record, "outcome"), "completed");
	assert_false(member_true(record, "attached"));
	assert_null(member_text(record, "exit"));
	assert_false(json_object_object_get_ex(record, "reason", NULL));
	(void)json_object_put(record);
}

static void test_ending_names(void **state)
{
	(void)state;
	for (int i = 0; i < ENDING_COUNT; i++)
		assert_non_null(report_ending_name((enum ending)i));
	assert_string_equal(report_ending_name(ENDING_UNSUPPORTED), "unsupported");
	assert_string_equal(report_ending_name(ENDING_COUNT), "fault");
}

/* ---- the log; an ordinary user's lies below the home, and needs no root to try ---- */

static int set_up_home(void **state)
{
	struct fixture *f;

	(void)fixture_set_up(state);
	f = *state;
	(void)strcpy(f->h.identity.home, "/tmp/swrap-report-XXXXXX");
	assert_non_null(mkdtemp(f->h.identity.home));
	f->h.in.privileged = false;
	return 0;
}

static int tear_down_home(void **state)
{
	struct fixture *f = *state;
	char command[PATH_MAX + 16];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", f->h.identity.home);
	assert_int_equal(system(command), 0);
	return fixture_tear_down(state);
}

static void log_path(const struct fixture *f, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/.local/state/swrap/events.ndjson", f->h.identity.home);
}

static void test_open_log(void **state)
{
	struct fixture *f = *state;
	mode_t mask = umask(077);
	_close_ int fd = report_open_log(&f->h, NULL), again = -1;
	char path[PATH_MAX + 64];
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(umask(mask), 077);
	log_path(f, path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_true(fcntl(fd, F_GETFL) & O_APPEND);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_true(f->h.log_dir_fd >= 0);
	fd_close(&f->h.log_dir_fd);
	again = report_open_log(&f->h, NULL); /* it is there already */
	assert_true(again >= 0);
}

/* A link or a pipe in its place leads the records astray. */
static void test_log_is_no_file(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX + 64];
	struct err e = { 0 };

	(void)close(report_open_log(&f->h, NULL));
	log_path(f, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	fd_close(&f->h.log_dir_fd);
	assert_int_equal(report_open_log(&f->h, &e), -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd_close(&f->h.log_dir_fd);
	assert_true(report_open_log(&f->h, NULL) < 0);
}

static void test_reopen(void **state)
{
	struct fixture *f = *state;
	_close_ int fd = report_open_log(&f->h, NULL), got = -1;
	char path[PATH_MAX + 64], rotated[PATH_MAX + 80];
	struct stat old, now;

	log_path(f, path, sizeof(path));
	(void)snprintf(rotated, sizeof(rotated), "%s.1", path);
	assert_int_equal(rename(path, rotated), 0);
	report_reopen(&f->h);
	(void)fixture_expect(f, f->supervisor, INNER_LOG, 0);
	got = message_take_fd(&f->message, 0);
	assert_int_equal(fstat(fd, &old), 0);
	assert_int_equal(fstat(got, &now), 0);
	assert_int_not_equal(old.st_ino, now.st_ino);
	assert_int_equal(stat(path, &old), 0);
	assert_int_equal(old.st_ino, now.st_ino);
}

/* With the supervisor gone the end is written by the helper itself, numbered by the shared page. */
static void test_end_without_supervisor(void **state)
{
	struct fixture *f = *state;
	_close_ int fd = report_open_log(&f->h, NULL);
	char path[PATH_MAX + 64], text[8192];
	struct json_object *record;

	assert_true(fd >= 0);
	f->tally.seq = 41;
	fd_close(&f->supervisor);
	report_attach_refused(&f->h, 1, 2, "not of that weight");
	report_end(&f->h);
	log_path(f, path, sizeof(path));
	assert_true(io_read_file(AT_FDCWD, path, text, sizeof(text)) > 0);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
	record = json_tokener_parse(text);
	assert_non_null(record);
	assert_string_equal(member_text(record, "event"), "session.end");
	assert_string_equal(member_text(record, "session"), "0123456789abcdef");
	assert_int_equal(member_int(record, "seq"), 41);
	(void)json_object_put(record);
}

#define HOME_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_home, tear_down_home)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_start),	FIXTURE_TEST(test_steps),
		FIXTURE_TEST(test_refused),	FIXTURE_TEST(test_unwrapped),
		FIXTURE_TEST(test_attach),	FIXTURE_TEST(test_attach_refused),
		FIXTURE_TEST(test_end),		FIXTURE_TEST(test_end_unattached),
		FIXTURE_TEST(test_ending_names), HOME_TEST(test_open_log),
		HOME_TEST(test_log_is_no_file), HOME_TEST(test_reopen),
		HOME_TEST(test_end_without_supervisor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
