/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The session process up to its exec, with no step but those a test asks for. The program that runs
 * then tells by its exit status what it was born with.
 */
#include "child.h"

#include "helper/session.h"
#include "src/channel.h"

#include <fcntl.h>
#include <stdlib.h>

struct fixture {
	struct identity identity;
	struct plan plan;
	struct inner_start start;
	struct step_context context;
	struct message message;
	char *argv[4], *envp[2], name[4];
	int init;		/* our end */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	assert_int_equal(channel_pair(pair), 0);
	f->init = pair[1];
	f->plan.identity = &f->identity;
	f->start.id = 9;
	f->context = (struct step_context){
		.plan = &f->plan, .start = &f->start, .stdio = { -1, -1, -1 }, .memfd = 0,
		.proc_fd = -1, .init_fd = pair[0], .listener_fd = -1,
		.argv = f->argv, .envp = f->envp,
	};
	(void)strcpy(f->start.path, "/bin/sh");
	(void)strcpy(f->name, "sh");
	f->argv[0] = f->name;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)close(f->init);
	(void)close(f->context.init_fd);
	free(f);
	return 0;
}

static void run_session(void *context)
{
	session_run(&((struct fixture *)context)->context);
}

static int run_script(struct fixture *f, char *script)
{
	f->argv[1] = (char *)(uintptr_t)"-c";
	f->argv[2] = script;
	return child_run(run_session, f);
}

static const struct inner_outcomes *receive_outcomes(struct fixture *f)
{
	assert_int_equal(channel_receive(f->init, &f->message, MSG_DONTWAIT), 1);
	assert_int_equal(f->message.head.type, INNER_OUTCOMES);
	assert_non_null(message_body(&f->message, sizeof(struct inner_outcomes)));
	return message_body(&f->message, sizeof(struct inner_outcomes));
}

static void assert_silent(struct fixture *f)
{
	assert_int_equal(channel_receive(f->init, &f->message, MSG_DONTWAIT), -EAGAIN);
}

static void test_outcomes_then_exec(void **state)
{
	struct fixture *f = *state;
	const struct inner_outcomes *o;
	char script[] = "exit 7";

	assert_int_equal(run_script(f, script), 7);
	o = receive_outcomes(f);
	assert_int_equal(o->id, 9);
	assert_int_equal(o->list.n, STEP_SESSION_LAST - STEP_SESSION_FIRST + 1);
	assert_int_equal(o->list.steps[0].step, STEP_TTY);
	assert_int_equal(o->list.steps[o->list.n - 1].step, STEP_SESSION_LAST);
	assert_silent(f);
}

/* The first thing it would do is wrong: nothing is executed. */
static void test_refused(void **state)
{
	struct fixture *f = *state;
	const struct inner_outcomes *o;
	char script[] = "exit 7";

	f->plan.levels[STEP_RLIMITS] = LEVEL_REQUIRE;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		assert_int_equal(getrlimit(i, &f->start.limits[i]), 0);
	f->start.limits[RLIMIT_NOFILE] = (struct rlimit){ 2, 1 }; /* no kernel takes that */
	assert_int_equal(run_script(f, script), 254);
	o = receive_outcomes(f);
	assert_int_equal(o->list.n, STEP_RLIMITS - STEP_SESSION_FIRST + 1);
	assert_int_equal(o->list.steps[o->list.n - 1].result, RESULT_FAILED);
	assert_silent(f);
}

/* Outcomes that reach nobody: nobody could know what runs there. */
static void test_init_gone(void **state)
{
	struct fixture *f = *state;
	char script[] = "exit 7";

	fd_close(&f->init);
	assert_int_equal(run_script(f, script), 254);
}

static const struct failure {
	const char *path;
	int num, code;
} failures[] = {
	{ "/no/such/program", ENOENT, 127 },
	{ "/etc/passwd/program", ENOTDIR, 127 },
	{ "/etc/passwd", EACCES, 126 },
	{ "/", EACCES, 126 },
};

static void test_exec_fails(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		const struct inner_status *s;

		(void)strcpy(f->start.path, failures[i].path);
		assert_int_equal(child_run(run_session, f), failures[i].code);
		(void)receive_outcomes(f);
		assert_int_equal(channel_receive(f->init, &f->message, MSG_DONTWAIT), 1);
		assert_int_equal(f->message.head.type, INNER_EXEC_FAILED);
		s = message_body(&f->message, sizeof(*s));
		assert_non_null(s);
		assert_int_equal(s->id, 9);
		assert_int_equal(s->value, failures[i].num);
	}
}

/* The environment is the one of the start, not ours. */
static void test_environment(void **state)
{
	struct fixture *f = *state;
	char script[] = "test \"$MINE\" = 1 && test -z \"$OURS\"", mine[] = "MINE=1";

	assert_int_equal(setenv("OURS", "1", 1), 0);
	f->envp[0] = mine;
	assert_int_equal(run_script(f, script), 0);
}

/* swrap run looks the command up as a shell would, in the session's PATH; a login never. */
static void test_direct(void **state)
{
	struct fixture *f = *state;
	char name[] = "true", path[] = "PATH=/nowhere:/usr/bin:/bin", nowhere[] = "PATH=/nowhere";

	f->argv[0] = name;
	f->envp[0] = path;
	(void)strcpy(f->start.path, "/bin/false");
	assert_int_equal(child_run(run_session, f), 1);
	f->identity.direct = true;
	assert_int_equal(child_run(run_session, f), 0);
	f->envp[0] = nowhere;
	assert_int_equal(child_run(run_session, f), 127);
	f->start.id = 0; /* the rehearsal has a path of its own */
	assert_int_equal(child_run(run_session, f), 1);
}

/* ---- signals: as the login had them ---- */

static uint64_t bit(int signo)
{
	return UINT64_C(1) << (signo - 1);
}

static void run_with_signals(void *context)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	session_run(&((struct fixture *)context)->context);
}

static uint64_t status_mask(const char *key, const char *text)
{
	const char *at = strstr(text, key);

	assert_non_null(at);
	return strtoull(at + strlen(key), NULL, 16);
}

static void test_signals(void **state)
{
	struct fixture *f = *state;
	char script[] = "exec cat /proc/self/status", text[4096] = "";
	int fds[2], out = dup(1), n = 0;
	ssize_t r;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	f->start.ignored = bit(SIGHUP) | bit(SIGUSR2);
	f->start.blocked = bit(SIGUSR1);
	f->argv[1] = (char *)(uintptr_t)"-c";
	f->argv[2] = script;
	assert_int_equal(dup2(fds[1], 1), 1);
	r = child_run(run_with_signals, f);
	assert_int_equal(dup2(out, 1), 1);
	(void)close(out);
	(void)close(fds[1]);
	assert_int_equal(r, 0);
	while ((r = read(fds[0], text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += (int)r;
	(void)close(fds[0]);
	/* 32 and 33 are the C library's: nobody can change them, whoever started us did not either. */
	assert_int_equal(status_mask("SigIgn:", text) & ~(bit(32) | bit(33)), f->start.ignored);
	assert_int_equal(status_mask("SigBlk:", text), f->start.blocked);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_outcomes_then_exec), TEST(test_refused),	TEST(test_init_gone),
		TEST(test_exec_fails),	       TEST(test_environment),	TEST(test_direct),
		TEST(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
