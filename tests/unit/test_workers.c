/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real execs, answered by the real threads, notification to record: by workers.c and notify.c
 * together, since neither does anything without the other.
 */
#include "child.h"

#include "helper/filter.h"
#include "helper/filter_spec.h"
#include "helper/inner.h"
#include "helper/workers.h"
#include "src/channel.h"
#include "src/io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

/* Of that name, json-c has a type and src/json.h a function. */
#define json_bool json_c_bool
#include <json-c/json.h>
#undef json_bool

struct fixture {
	struct identity identity;
	struct tally tally;
	struct records records;
	struct resolver resolver;
	struct supervision shared;
	struct workers workers;
	struct plan plan;
	struct message message;
	int helper;		/* our end */
	int dir;
	char path[64];
	struct {
		int pair[2];	/* how a session sends its listener, and is told to go on */
		const char *program, *argument;
		int code;	/* 0 when the program runs, else what the exec must fail with */
	} session;
};

/* The threads end only with their process: each test has one of its own. */
static void begin(struct fixture *f, const char *profile)
{
	int pair[2], log;

	(void)strcpy(f->identity.session, "0123456789abcdef");
	(void)strcpy(f->identity.user, "alice");
	EXPECT(channel_pair(pair) == 0);
	f->helper = pair[0];
	f->dir = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	log = openat(f->dir, WRITER_LOG_NAME, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	EXPECT(records_open(&f->records, log, f->dir, pair[1], &f->identity, &f->tally, NULL) == 0);
	fd_close(&f->records.syslog_fd); /* no test writes to the machine's syslog */
	EXPECT(resolver_init(&f->resolver, NULL) == 0);
	EXPECT(notify_check_sizes(NULL) == 0);
	f->plan.proc_read_only = strcmp(profile, "strict") == 0;
	f->plan.verify = f->plan.proc_read_only ? EXEC_VERIFY_EXACT : EXEC_VERIFY_NONE;
	f->plan.unrecorded = f->plan.proc_read_only ? UNRECORDED_DENY : UNRECORDED_RUN;
	f->shared = (struct supervision){
		.plan = &f->plan, .tally = &f->tally, .records = &f->records,
		.resolver = &f->resolver, .helper_fd = pair[1],
	};
	EXPECT(workers_open(&f->workers, &f->shared, NULL) == 0);
	EXPECT(workers_start(&f->workers, NULL) == 0);
}

static void run_session(void *context)
{
	struct fixture *f = context;
	bool killable;
	int listener;
	char go;

	EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	listener = filter_load(filter_prebuilt(FILTER_SPEC_HEAD "syscalls @login\n"), true, &killable, NULL);
	EXPECT(listener >= 0);
	EXPECT(channel_send(f->session.pair[1], WIRE_CLOSE, NULL, 0, &listener, 1) == 0);
	(void)close(listener);
	EXPECT(read(f->session.pair[1], &go, 1) == 1);
	(void)execl(f->session.program, "name", f->session.argument, NULL);
	EXPECT(errno == f->session.code);
	(void)poll(NULL, 0, 50); /* a process that dies at once is gone before it can be judged */
}

/* Its parent is not the process that traces it, as in a session. */
static void keep_session(void *context)
{
	_exit(child_run(run_session, context));
}

/* Starts one, which waits before its exec, and gives its listener away. */
static pid_t start_session(struct fixture *f, const char *program, const char *argument, bool rehearsal)
{
	pid_t pid;

	f->session.program = program;
	f->session.argument = argument;
	EXPECT(channel_pair(f->session.pair) == 0);
	pid = child_start(keep_session, f);
	(void)close(f->session.pair[1]);
	EXPECT(channel_receive(f->session.pair[0], &f->message, 0) == 1);
	EXPECT(workers_add(&f->workers, message_take_fd(&f->message, 0), rehearsal) == 0);
	return pid;
}

static int go_on(struct fixture *f, pid_t pid)
{
	EXPECT(send(f->session.pair[0], "x", 1, 0) == 1);
	(void)close(f->session.pair[0]);
	return child_wait(pid);
}

static int run(struct fixture *f, const char *program, const char *argument, bool rehearsal)
{
	pid_t pid = start_session(f, program, argument, rehearsal);

	return go_on(f, pid);
}

/* The records so far, the last of them as an object. */
static struct json_object *last_record(struct fixture *f, unsigned int count)
{
	static char text[1 << 16];
	struct json_object *record;
	char *line;

	workers_drain(&f->workers, 2000000);
	EXPECT(io_read_file(f->dir, WRITER_LOG_NAME, text, sizeof(text)) > 0);
	for (line = text; --count > 0;) {
		line = strchr(line, '\n');
		EXPECT(line++ != NULL);
	}
	EXPECT(strchr(line, '\n') == line + strlen(line) - 1);
	record = json_tokener_parse(line);
	EXPECT(record != NULL);
	return record;
}

static const char *text_of(struct json_object *record, const char *key)
{
	struct json_object *value;

	EXPECT(json_object_object_get_ex(record, key, &value));
	return json_object_get_string(value);
}

static void expect_text(struct json_object *record, const char *key, const char *wanted)
{
	const char *text = text_of(record, key);

	EXPECT(text && strcmp(text, wanted) == 0);
}

/* ---- login: answered at once ---- */

static void record_execs(void *context)
{
	struct fixture *f = context;
	struct json_object *record;
	struct stat st;

	begin(f, "login");
	EXPECT(run(f, "/usr/bin/true", "--token=hidden", false) == 0);
	record = last_record(f, 1);
	expect_text(record, "event", "exec");
	expect_text(record, "decision", "allow");
	expect_text(record, "verified", "none");
	expect_text(record, "requested", "/usr/bin/true");
	expect_text(record, "path", "/usr/bin/true");
	EXPECT(stat("/usr/bin/true", &st) == 0);
	EXPECT(strtoull(text_of(record, "ino"), NULL, 10) == st.st_ino);
	EXPECT(strstr(text_of(record, "argv"), "\"name\"") && !strstr(text_of(record, "argv"), "hidden"));
	EXPECT(f->tally.execs == 1 && f->tally.denied == 0 && f->tally.seq == 1);
	EXPECT(run(f, "/usr/bin/false", NULL, false) == 1);
	expect_text(last_record(f, 2), "path", "/usr/bin/false");
}

static void record_missing(void *context)
{
	struct fixture *f = context;
	struct json_object *record;

	begin(f, "login");
	f->session.code = ENOENT;
	EXPECT(run(f, "/no/such/program", NULL, false) == 0);
	record = last_record(f, 1);
	expect_text(record, "requested", "/no/such/program");
	EXPECT(text_of(record, "path") == NULL); /* null: the errno was the kernel's */
}

/* More at once than there are threads. */
static void record_many(void *context)
{
	struct fixture *f = context;
	pid_t pids[3 * WORKERS];
	int fds[3 * WORKERS];

	begin(f, "login");
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = start_session(f, "/usr/bin/true", NULL, false);
		fds[i] = f->session.pair[0];
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		EXPECT(send(fds[i], "x", 1, 0) == 1);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		EXPECT(child_wait(pids[i]) == 0);
	(void)last_record(f, ARRAY_SIZE(pids));
	EXPECT(f->tally.execs == ARRAY_SIZE(pids));
}

static void in_child(void **state, child_body *body)
{
	assert_int_equal(child_run(body, *state), 0);
}

static void test_recorded(void **state)
{
	in_child(state, record_execs);
}

static void test_missing(void **state)
{
	in_child(state, record_missing);
}

static void test_many(void **state)
{
	in_child(state, record_many);
}

/* ---- strict: verified at the exec stop ---- */

static void verify_execs(void *context)
{
	struct fixture *f = context;

	begin(f, "strict");
	EXPECT(run(f, "/usr/bin/true", NULL, false) == 0);
	expect_text(last_record(f, 1), "verified", "exact");
	f->session.code = EACCES;
	EXPECT(run(f, "/etc/passwd", NULL, false) == 0);
	expect_text(last_record(f, 2), "reason", "failed");
}

/* What cannot be recorded does not run. */
static void deny_unrecorded(void *context)
{
	struct fixture *f = context;

	begin(f, "strict");
	(void)close(f->records.log_fd);
	f->records.log_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	f->session.code = ENOSPC;
	EXPECT(run(f, "/usr/bin/true", NULL, false) == 0);
	workers_drain(&f->workers, 2000000);
	EXPECT(f->tally.execs == 1 && f->tally.denied == 1);
}

static void test_verified(void **state)
{
	in_child(state, verify_execs);
}

static void test_unrecorded(void **state)
{
	in_child(state, deny_unrecorded);
}

/* ---- the rehearsal: told to the helper, not recorded ---- */

static const struct inner_rehearsed *receive_rehearsed(struct fixture *f)
{
	EXPECT(channel_receive_until(f->helper, &f->message, io_now_usec() + 2000000) == 1);
	EXPECT(f->message.head.type == INNER_REHEARSED);
	return message_body(&f->message, sizeof(struct inner_rehearsed));
}

static void rehearse(void *context)
{
	struct fixture *f = context;
	char text[16];

	begin(f, "login");
	EXPECT(run(f, "/usr/bin/true", NULL, true) == 0);
	EXPECT(receive_rehearsed(f)->num == 0);
	f->session.code = ENOENT;
	EXPECT(run(f, "/no/such/program", NULL, true) == 0);
	EXPECT(receive_rehearsed(f)->num == EIO);
	EXPECT(f->tally.execs == 0);
	EXPECT(io_read_file(f->dir, WRITER_LOG_NAME, text, sizeof(text)) == 0);
}

static void test_rehearsal(void **state)
{
	in_child(state, rehearse);
}

/* ---- listeners ---- */

static void refuse_surplus(void *context)
{
	struct fixture *f = context;
	int fd, pair[2];

	begin(f, "login");
	for (int i = 0; i < WORKERS_LISTENERS; i++) {
		EXPECT(pipe2(pair, O_CLOEXEC) == 0);
		EXPECT(workers_add(&f->workers, pair[0], false) == 0);
	}
	fd = dup(pair[0]);
	EXPECT(workers_add(&f->workers, fd, false) == -EMFILE);
	EXPECT(fcntl(fd, F_GETFD) < 0); /* closed: what is below it gets ENOSYS */
}

/* Each that hung up leaves its place. */
static void use_places_again(void *context)
{
	struct fixture *f = context;

	begin(f, "login");
	for (int i = 0; i < WORKERS_LISTENERS + 10; i++)
		EXPECT(run(f, "/usr/bin/true", NULL, false) == 0);
	workers_drain(&f->workers, 2000000); /* the answer comes before the count */
	EXPECT(f->tally.execs == WORKERS_LISTENERS + 10);
}

static void test_listeners(void **state)
{
	in_child(state, refuse_surplus);
	in_child(state, use_places_again);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	(void)strcpy(f->path, "/tmp/swrap-workers-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", f->path);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded), TEST(test_missing),   TEST(test_many),	 TEST(test_verified),
		TEST(test_unrecorded), TEST(test_rehearsal), TEST(test_listeners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
