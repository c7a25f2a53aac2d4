/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Session init without a pid namespace, as swrap run has it for an ordinary user: helper and
 * supervisor are played here, the session processes are real, filter and all.
 */
#include "child.h"
#include "profile_fixture.h"

#include "helper/init.h"
#include "src/channel.h"
#include "src/io.h"
#include "src/process_stat.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

enum { USER = 12345 };

struct fixture {
	struct identity identity;
	struct profile profile;
	struct plan plan;
	struct step_context context;
	struct message message;
	int helper, supervisor, listener;	/* our ends, and the listener of the last session */
	int theirs[2];
	pid_t init;
};

static void run_init(void *context)
{
	struct fixture *f = context;
	struct init_start start = { f->theirs[0], f->theirs[1], &f->context };

	(void)close(f->helper);
	(void)close(f->supervisor);
	/* Who is root could become root again, and the last step says so. */
	EXPECT(geteuid() || (setresgid(USER, USER, USER) == 0 && setresuid(USER, USER, USER) == 0));
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* the change of ids took it away */
	init_main(&start);
}

static const void *expect(struct fixture *f, int fd, unsigned int type, size_t size)
{
	message_done(&f->message);
	assert_int_equal(channel_receive_until(fd, &f->message, io_now_usec() + 5000000), 1);
	assert_int_equal(f->message.head.type, type);
	if (size)
		assert_non_null(message_body(&f->message, size));
	return f->message.body;
}

static void expect_skipped_steps(struct fixture *f)
{
	const struct outcome_list *list = expect(f, f->helper, INNER_READY, sizeof(*list));

	assert_int_equal(list->n, STEP_INIT_LAST + 1);
	for (uint32_t i = 0; i < list->n; i++)
		assert_int_equal(list->steps[i].result, RESULT_SKIPPED);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	f->identity.uid = geteuid() ? geteuid() : USER;
	(void)strcpy(f->identity.home, "/");
	profile_init(&f->profile);
	assert_int_equal(profile_shipped(&f->profile, "login"), 0);
	assert_int_equal(plan_build(&f->plan, &f->identity, &f->profile, false, NULL), 0);
	f->context.plan = &f->plan;
	assert_int_equal(channel_pair(pair), 0);
	f->helper = pair[0];
	f->theirs[0] = pair[1];
	assert_int_equal(channel_pair(pair), 0);
	f->supervisor = pair[0];
	f->theirs[1] = pair[1];
	f->listener = -1;
	f->init = child_start(run_init, f);
	(void)close(f->theirs[0]);
	(void)close(f->theirs[1]);
	expect_skipped_steps(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	message_done(&f->message);
	fd_close(&f->helper);
	fd_close(&f->supervisor);
	fd_close(&f->listener);
	if (f->init > 0)
		assert_int_equal(child_wait(f->init), 0);
	plan_done(&f->plan);
	profile_done(&f->profile);
	free(f);
	return 0;
}

/* ---- starting ---- */

static void send_start(struct fixture *f, uint32_t id, const char *script)
{
	_free_ struct inner_start *start = calloc(1, sizeof(*start));
	char strings[512];
	int n = snprintf(strings, sizeof(strings), "sh%c-c%c%s%c/%c", 0, 0, script, 0, 0);
	int fds[4] = { memfd_create("test", MFD_CLOEXEC), 0, 1, 2 };

	assert_int_equal(io_write_full(fds[0], strings, (size_t)n), 0);
	start->id = id;
	start->open_fds = 7;
	start->argc = 3;
	start->bytes = (uint64_t)n;
	start->umask = 022;
	start->nice = getpriority(PRIO_PROCESS, 0); /* nobody but root may lower it */
	start->gid = geteuid() ? getegid() : USER;
	(void)strcpy(start->path, "/bin/sh");
	for (int i = 0; i < RLIM_NLIMITS; i++)
		assert_int_equal(getrlimit(i, &start->limits[i]), 0);
	assert_int_equal(channel_send(f->helper, (enum wire_type)INNER_START, start, sizeof(*start), fds, 4),
			 0);
	(void)close(fds[0]);
}

static void let_exec(int listener)
{
	struct seccomp_notif asked = { .id = 0 };
	struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked), 0);
	answer.id = asked.id;
	assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer), 0);
}

static void take_outcomes(const struct fixture *f, uint32_t id)
{
	const struct inner_outcomes *outcomes = message_body(&f->message, sizeof(*outcomes));

	assert_non_null(outcomes);
	assert_int_equal(outcomes->id, id);
	assert_string_equal(outcomes->list.about, "");
	assert_int_equal(outcome_check(&outcomes->list, STEP_SESSION_FIRST, STEP_SESSION_LAST, f->plan.levels,
				       NULL), 0);
}

static pid_t take_started(const struct fixture *f, uint32_t id)
{
	const struct inner_status *status = message_body(&f->message, sizeof(*status));

	assert_non_null(status);
	assert_int_equal(f->message.head.type, INNER_STARTED);
	assert_int_equal(status->id, id);
	assert_true(status->value > 0);
	return status->value;
}

/*
 * The session process runs its script when this returns. Its pid. Init says STARTED and the process
 * its OUTCOMES, each when it gets to run.
 */
static pid_t start(struct fixture *f, uint32_t id, const char *script)
{
	const struct inner_listener *listener;
	pid_t pid = 0;

	send_start(f, id, script);
	for (int i = 0; i < 2; i++) {
		message_done(&f->message);
		assert_int_equal(channel_receive_until(f->helper, &f->message, io_now_usec() + 5000000), 1);
		if (f->message.head.type == INNER_OUTCOMES)
			take_outcomes(f, id);
		else
			pid = take_started(f, id);
	}
	assert_true(pid > 0);
	listener = expect(f, f->supervisor, INNER_LISTENER, sizeof(*listener));
	assert_int_equal(listener->id, id);
	fd_close(&f->listener);
	f->listener = message_take_fd(&f->message, 0);
	let_exec(f->listener);
	return pid;
}

static void expect_status(struct fixture *f, uint32_t id, int code, int value)
{
	const struct inner_status *status = expect(f, f->helper, INNER_STATUS, sizeof(*status));

	assert_int_equal(status->id, id);
	assert_int_equal(status->code, code);
	assert_int_equal(status->value, value);
}

static void expect_empty(struct fixture *f)
{
	(void)expect(f, f->helper, INNER_EMPTY, 0);
}

static void send_signal(struct fixture *f, enum inner_type type, uint32_t id, int signo)
{
	struct inner_signal body = { .id = id, .signo = signo };

	assert_int_equal(channel_send(f->helper, (enum wire_type)type, &body, sizeof(body), NULL, 0), 0);
}

/* ---- tests ---- */

static void test_exit(void **state)
{
	struct fixture *f = *state;

	(void)start(f, 3, "exit 7");
	expect_status(f, 3, CLD_EXITED, 7);
	expect_empty(f);
	(void)start(f, 4, "kill -9 $$");
	expect_status(f, 4, CLD_KILLED, SIGKILL);
	expect_empty(f);
}

static void test_signals(void **state)
{
	struct fixture *f = *state;

	(void)start(f, 3, "while :; do :; done");
	send_signal(f, INNER_SIGNAL, 99, SIGKILL);	/* another's number */
	send_signal(f, INNER_SIGNAL, 3, 0);		/* no signal at all */
	send_signal(f, INNER_SIGNAL, 3, NSIG + 1);
	send_signal(f, INNER_SIGNAL, 3, SIGSTOP);
	expect_status(f, 3, CLD_STOPPED, SIGSTOP);
	send_signal(f, INNER_SIGNAL, 3, SIGCONT);
	send_signal(f, INNER_SIGNAL, 3, SIGTERM);
	expect_status(f, 3, CLD_KILLED, SIGTERM);
	expect_empty(f);
}

/* What survives its leader comes to init: not empty before it is gone, too. */
static void test_survivor(void **state)
{
	struct fixture *f = *state;

	(void)start(f, 3, "(trap '' HUP; while :; do :; done) & exit 0");
	expect_status(f, 3, CLD_EXITED, 0);
	message_done(&f->message);
	assert_int_equal(channel_receive_until(f->helper, &f->message, io_now_usec() + 50000), -ETIMEDOUT);
	send_signal(f, INNER_END, 0, SIGKILL);
	expect_empty(f);
}

/* ---- children that die all at once ---- */

enum { CROWD = 65, AT_ONCE = 64 };

static void await_state(pid_t pid, char state)
{
	uint64_t deadline = io_now_usec() + 5000000;
	struct process_stat st = { 0 };

	do {
		assert_int_equal(process_stat_read(pid, &st), 0);
	} while (st.state != state && io_now_usec() < deadline);
	assert_int_equal(st.state, state);
}

/* As many as there may be, dead while init is stopped, with a START in its queue. */
static void kill_crowd(struct fixture *f)
{
	pid_t crowd[CROWD];

	for (uint32_t i = 0; i < CROWD; i++) {
		crowd[i] = start(f, i + 1, "kill -STOP $$");
		expect_status(f, i + 1, CLD_STOPPED, SIGSTOP);
	}
	assert_int_equal(kill(f->init, SIGSTOP), 0);
	await_state(f->init, 'T');
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(kill(crowd[i], SIGKILL), 0);
	for (int i = 0; i < CROWD; i++)
		await_state(crowd[i], 'Z');
	send_start(f, CROWD + 1, "exit 0");
	assert_int_equal(kill(f->init, SIGCONT), 0);
}

/*
 * The helper is heard before the last of them is reported: children that stop and die without end, as a
 * user can have them, keep nobody from ending the session.
 */
static void test_crowd(void **state)
{
	struct fixture *f = *state;
	int told = 0, before_answer = 0;

	kill_crowd(f);
	while (told < CROWD) {
		message_done(&f->message);
		assert_int_equal(channel_receive_until(f->helper, &f->message, io_now_usec() + 5000000), 1);
		if (f->message.head.type == INNER_STARTED)
			before_answer = told;
		told += f->message.head.type == INNER_STATUS;
	}
	assert_in_range(before_answer, 0, AT_ONCE); /* whichever of the two init sees first */
	send_signal(f, INNER_END, 0, SIGKILL);
}

static void test_two_at_once(void **state)
{
	struct fixture *f = *state;
	const char *busy = "while :; do :; done";

	(void)start(f, 1, busy);
	(void)start(f, 2, busy);
	send_signal(f, INNER_SIGNAL, 2, SIGINT);
	expect_status(f, 2, CLD_KILLED, SIGINT);
	send_signal(f, INNER_END, 0, SIGHUP);
	expect_status(f, 1, CLD_KILLED, SIGHUP);
	expect_empty(f);
}

/* The helper is gone: everything goes, then init. */
static void test_helper_gone(void **state)
{
	struct fixture *f = *state;
	pid_t pid = start(f, 1, "trap '' TERM HUP; while :; do :; done");

	assert_int_equal(kill(pid, 0), 0);
	fd_close(&f->helper);
	assert_int_equal(child_wait(f->init), 0);
	f->init = 0;
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* Only the helper speaks on that socket, and it knows its messages: anything else ends the session. */
static void test_unknown_message(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(channel_send(f->helper, WIRE_GATE, NULL, 0, NULL, 0), 0);
	assert_int_equal(child_wait(f->init), 0);
	f->init = 0;
}

/* TERM to init itself does nothing: it must outlive what it reaps. */
static void test_own_signals(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(kill(f->init, SIGTERM), 0);
	assert_int_equal(kill(f->init, SIGHUP), 0);
	(void)start(f, 1, "exit 5");
	expect_status(f, 1, CLD_EXITED, 5);
}

/* In place of the steps that were asked for, an outcome that says why. */
static void fail_steps(void *context)
{
	struct fixture *f = context;

	f->plan.levels[STEP_MOUNT_NAMESPACE] = LEVEL_REQUIRE;
	step_note_host_namespaces(&f->context, UINT64_MAX);
	run_init(f);
}

static void test_failed_step(void **state)
{
	struct fixture *f = *state;
	const struct outcome_list *list;
	int helper[2];
	pid_t pid;

	assert_int_equal(channel_pair(helper), 0);
	f->theirs[0] = helper[1];
	f->theirs[1] = -1;
	pid = child_start(fail_steps, f);
	list = expect(f, helper[0], INNER_READY, sizeof(*list));
	assert_int_equal(list->n, STEP_MOUNT_NAMESPACE + 1);
	assert_int_equal(list->steps[STEP_MOUNT_NAMESPACE].result, RESULT_FAILED);
	assert_int_equal(child_wait(pid), 1);
	(void)close(helper[0]);
	(void)close(helper[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exit),	TEST(test_signals),	    TEST(test_survivor),
		TEST(test_crowd),	TEST(test_two_at_once), TEST(test_helper_gone),	    TEST(test_unknown_message),
		TEST(test_own_signals), TEST(test_failed_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
