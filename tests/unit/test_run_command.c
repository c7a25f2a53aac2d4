/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include "../../src/channel.h"
#include "../../src/cmd.h"
#include "../../src/io.h"
#include "../../src/run_command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The one of swrap.c has a command table behind it. */
int cmd_fail(int status, const char *text, ...)
{
	(void)text;
	return status;
}

/* What run_command_send and a finished command give up, the test still needs. */
struct saved {
	int fds[3];
};

static void save(struct saved *s)
{
	(void)fflush(stdout);
	for (int i = 0; i < 3; i++)
		s->fds[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
}

static void restore(struct saved *s)
{
	for (int i = 0; i < 3; i++) {
		assert_true(dup2(s->fds[i], i) >= 0);
		(void)close(s->fds[i]);
	}
}

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0x103;
}

/* ---- the hand-over ---- */

static int send_to(int fd, char *const argv[], unsigned int open_fds)
{
	const struct run_signals signals = { .fd = -1, .ignored = 0x11, .blocked = 0x22 };
	struct saved saved;
	bool gone;
	int r;

	save(&saved);
	r = run_command_send(fd, argv, open_fds, &signals, NULL);
	gone = is_null(STDIN_FILENO) && is_null(STDOUT_FILENO);
	restore(&saved);
	assert_true(r < 0 || gone);
	return r;
}

static void test_send_holds_argv_environment_and_cwd(void **state)
{
	char *argv[] = { (char *)"tool", (char *)"", (char *)"-x y", NULL };
	_close_ int a = -1, b = -1;
	static char text[1 << 20];
	char cwd[PATH_MAX];
	struct wire_attach head;
	_message_ struct message m;
	int fds[2];
	ssize_t n;

	(void)state;
	assert_int_equal(channel_pair(fds), 0);
	a = fds[0];
	b = fds[1];
	assert_int_equal(send_to(a, argv, 5), 0);
	assert_int_equal(channel_receive(b, &m, 0), 1);
	assert_int_equal(m.head.type, WIRE_RUN);
	assert_non_null(message_body(&m, sizeof(head)));
	memcpy(&head, m.body, sizeof(head));
	assert_int_equal(m.nfds, 3);
	assert_int_equal(head.open_fds, 5);
	assert_int_equal(head.ignored, 0x11);
	assert_int_equal(head.blocked, 0x22);
	assert_int_equal(head.argc, 3);
	n = pread(m.fds[0], text, sizeof(text), 0);
	assert_int_equal(n, head.bytes);
	assert_memory_equal(text, "tool\0\0-x y\0", 11);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_string_equal(text + n - strlen(cwd) - 1, cwd);
}

static void test_send_too_much(void **state)
{
	size_t size = WIRE_ATTACH_MAX_BYTES + 1;
	_free_ char *big = malloc(size);
	char *argv[] = { big, NULL };
	int fds[2];

	(void)state;
	assert_non_null(big);
	memset(big, 'x', size);
	big[size - 1] = 0;
	assert_int_equal(channel_pair(fds), 0);
	assert_int_equal(send_to(fds[0], argv, 0), -E2BIG);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* ---- the mirror: the other end is a script of messages, then an end of file ---- */

struct line {
	enum wire_type type;
	const void *body;
	size_t length;
};

static int mirror(const struct line *lines, size_t n, struct wire_exited *exited,
		  struct wire_refused *refused)
{
	const struct run_signals signals = { .fd = -1 };
	struct saved saved;
	int fds[2], r;

	assert_int_equal(channel_pair(fds), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(channel_send(fds[1], lines[i].type, lines[i].body, lines[i].length,
					      NULL, 0), 0);
	(void)close(fds[1]);
	save(&saved);
	r = run_command_mirror(fds[0], &signals, exited, refused, NULL);
	restore(&saved);
	(void)close(fds[0]);
	return r;
}

static void test_mirror_exit_then_end(void **state)
{
	struct wire_exited end = { .status = 7, .text = "because" }, exited;
	const struct line lines[] = { { WIRE_STARTED, NULL, 0 }, { WIRE_EXITED, &end, sizeof(end) } };
	struct wire_refused refused;

	(void)state;
	assert_int_equal(mirror(lines, 2, &exited, &refused), 0);
	assert_int_equal(exited.killed, 0);
	assert_int_equal(exited.status, 7);
	assert_string_equal(exited.text, "because");
}

static void test_mirror_text_without_end_is_ended(void **state)
{
	struct wire_exited end, exited;
	const struct line lines[] = { { WIRE_EXITED, &end, sizeof(end) } };
	struct wire_refused refused;

	(void)state;
	memset(&end, 'x', sizeof(end));
	assert_int_equal(mirror(lines, 1, &exited, &refused), 0);
	assert_int_equal(strlen(exited.text), sizeof(exited.text) - 1);
}

static void test_mirror_end_without_exit(void **state)
{
	const struct line lines[] = { { WIRE_STARTED, NULL, 0 } };
	struct wire_exited exited;
	struct wire_refused refused;

	(void)state;
	assert_int_equal(mirror(lines, 1, &exited, &refused), -EPIPE);
	assert_int_equal(mirror(lines, 0, &exited, &refused), -EPIPE);
}

/* What the helper still has to write after CLOSED is waited for; what cannot end is not. */
static void test_mirror_closed_is_not_the_end(void **state)
{
	struct wire_exited end = { .status = 0 }, exited;
	struct wire_closed closed = { .stuck = 0 }, stuck = { .stuck = 1 };
	const struct line more[] = { { WIRE_EXITED, &end, sizeof(end) },
				     { WIRE_CLOSED, &closed, sizeof(closed) },
				     { WIRE_GATED, NULL, 0 } };
	const struct line never[] = { { WIRE_EXITED, &end, sizeof(end) },
				      { WIRE_CLOSED, &stuck, sizeof(stuck) },
				      { WIRE_GATED, NULL, 0 } };
	struct wire_refused refused;

	(void)state;
	assert_int_equal(mirror(more, 2, &exited, &refused), 0);
	assert_int_equal(mirror(more, 3, &exited, &refused), -EPROTO);
	assert_int_equal(mirror(never, 3, &exited, &refused), 0);
}

static void test_mirror_refused(void **state)
{
	struct wire_refused no = { .num = EPERM, .text = "no" }, refused;
	const struct line lines[] = { { WIRE_REFUSED, &no, sizeof(no) } };
	struct wire_exited exited;

	(void)state;
	assert_int_equal(mirror(lines, 1, &exited, &refused), 1);
	assert_string_equal(refused.text, "no");
}

static void test_mirror_what_was_not_agreed(void **state)
{
	struct wire_exited end = { .status = 0 }, exited;
	const struct line twice[] = { { WIRE_EXITED, &end, sizeof(end) },
				      { WIRE_EXITED, &end, sizeof(end) } };
	const struct line shorter[] = { { WIRE_EXITED, &end, sizeof(end) - 1 } };
	const struct line unknown[] = { { WIRE_GATED, NULL, 0 } };
	struct wire_refused refused;

	(void)state;
	assert_int_equal(mirror(twice, 2, &exited, &refused), -EPROTO);
	assert_int_equal(mirror(shorter, 1, &exited, &refused), -EPROTO);
	assert_int_equal(mirror(unknown, 1, &exited, &refused), -EPROTO);
}

/* ---- signals: in a child, because they are taken for good ---- */

static _Noreturn void mirror_signals(int fd, int other)
{
	struct run_signals signals;
	struct wire_exited exited;
	struct wire_refused refused;

	(void)close(other); /* or its end would never be seen */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody */
	if (run_signals_take(&signals, NULL) < 0)
		_exit(1);
	(void)raise(SIGTSTP);
	(void)raise(SIGHUP);
	_exit(run_command_mirror(fd, &signals, &exited, &refused, NULL) == 0 ? exited.status : 2);
}

static int receive_signal(int fd)
{
	const struct wire_signal *body;
	_message_ struct message m;

	assert_int_equal(channel_receive(fd, &m, 0), 1);
	assert_int_equal(m.head.type, WIRE_SIGNAL);
	body = message_body(&m, sizeof(*body));
	assert_non_null(body);
	return body->signo;
}

/* What was sent through fd has been received. */
static void await_read(int fd)
{
	uint64_t deadline = io_now_usec() + 10000000;
	int unread = 1;

	while (ioctl(fd, TIOCOUTQ, &unread) == 0 && unread > 0 && io_now_usec() < deadline)
		(void)usleep(1000);
	assert_int_equal(unread, 0);
}

static void test_mirror_forwards_signals(void **state)
{
	struct wire_exited end = { .status = 9 };
	_message_ struct message m;
	int fds[2], status, first;
	pid_t pid;

	(void)state;
	assert_int_equal(channel_pair(fds), 0);
	pid = fork();
	if (pid == 0)
		mirror_signals(fds[0], fds[1]);
	(void)close(fds[0]);
	first = receive_signal(fds[1]);
	assert_int_equal(first + receive_signal(fds[1]), SIGHUP + SIGSTOP);
	assert_int_equal(channel_send(fds[1], WIRE_EXITED, &end, sizeof(end), NULL, 0), 0);
	/* Once the command is gone, a signal is for what it left behind. */
	await_read(fds[1]);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(channel_receive(fds[1], &m, 0), 1);
	assert_int_equal(m.head.type, WIRE_CLOSE);
	(void)close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 9);
}

static _Noreturn void take_state(int fd)
{
	struct run_signals signals;
	sigset_t set;

	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	_exit(run_signals_take(&signals, NULL) < 0 ||
	      write(fd, &signals, sizeof(signals)) != (ssize_t)sizeof(signals));
}

static void test_signals_take_notes_the_callers_state(void **state)
{
	struct run_signals signals = { .fd = -1 };
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		take_state(fds[1]);
	assert_int_equal(read(fds[0], &signals, sizeof(signals)), sizeof(signals));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(signals.ignored & 1 << (SIGHUP - 1));
	assert_int_equal(signals.blocked, 1 << (SIGUSR2 - 1));
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send_holds_argv_environment_and_cwd),
		cmocka_unit_test(test_send_too_much),
		cmocka_unit_test(test_mirror_exit_then_end),
		cmocka_unit_test(test_mirror_text_without_end_is_ended),
		cmocka_unit_test(test_mirror_end_without_exit),
		cmocka_unit_test(test_mirror_closed_is_not_the_end),
		cmocka_unit_test(test_mirror_refused),
		cmocka_unit_test(test_mirror_what_was_not_agreed),
		cmocka_unit_test(test_mirror_forwards_signals),
		cmocka_unit_test(test_signals_take_notes_the_callers_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
