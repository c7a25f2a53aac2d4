/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A parent that hands over as badly as it can: what the helper has of it afterwards, and when it
 * refuses. Each in a child whose descriptor 3 is the control socket.
 */
#include "child.h"

#include "helper/inherit.h"
#include "src/channel.h"
#include "src/io.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void hand_over(int fd)
{
	EXPECT(dup2(fd, INHERIT_CONTROL_FD) == INHERIT_CONTROL_FD);
}

static void hand_over_pair(void)
{
	int pair[2];

	EXPECT(channel_pair(pair) == 0);
	pair[0] = io_move_fd(pair[0], 10);
	pair[1] = io_move_fd(pair[1], 10);
	hand_over(pair[0]);
}

static void in_child(child_body *body)
{
	assert_int_equal(child_run(body, NULL), 0);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void on_signal(int signo)
{
	(void)signo;
}

/* ---- what is taken away ---- */

static void clean_up(void *context)
{
	struct inherited in;
	struct err e = { 0 };

	(void)context;
	hand_over_pair();
	EXPECT(dup2(0, 700) == 700);
	EXPECT(setenv("LD_PRELOAD", "/evil.so", 1) == 0);
	EXPECT(chdir("/tmp") == 0);
	(void)umask(0);
	EXPECT(inherit_nothing(&in, &e) == 0 && e.num == 0);
	EXPECT(getenv("LD_PRELOAD") == NULL && getenv("PATH") == NULL);
	EXPECT(is_open(0) && is_open(1) && is_open(2) && is_open(INHERIT_CONTROL_FD));
	EXPECT(fcntl(INHERIT_CONTROL_FD, F_GETFD) == FD_CLOEXEC);
	for (int fd = INHERIT_CONTROL_FD + 1; fd < 1024; fd++)
		EXPECT(!is_open(fd) || fd == in.app_pidfd);
	EXPECT(umask(0) == 077);
	EXPECT(getsid(0) == getpid());
	EXPECT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	EXPECT(in.app == getpid() && in.app_uid == geteuid());
	EXPECT(in.privileged == (geteuid() == 0));
	EXPECT(in.app_pidfd >= 0 && (fcntl(in.app_pidfd, F_GETFD) & FD_CLOEXEC));
}

static void leave_directory(void *context)
{
	struct inherited in;
	char cwd[64];

	(void)context;
	hand_over_pair();
	EXPECT(chdir("/tmp") == 0 && inherit_nothing(&in, NULL) == 0);
	EXPECT(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0);
}

static void (*handler_of(int signo))(int)
{
	struct sigaction action;

	EXPECT(sigaction(signo, NULL, &action) == 0);
	return action.sa_handler;
}

static void reset_signals(void *context)
{
	struct inherited in;
	sigset_t blocked;

	(void)context;
	hand_over_pair();
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGALRM, on_signal);
	(void)signal(SIGRTMAX, SIG_IGN);
	(void)sigfillset(&blocked);
	EXPECT(sigprocmask(SIG_SETMASK, &blocked, NULL) == 0);
	EXPECT(inherit_nothing(&in, NULL) == 0);
	EXPECT(handler_of(SIGTERM) == SIG_DFL && handler_of(SIGCHLD) == SIG_DFL);
	EXPECT(handler_of(SIGALRM) == SIG_DFL && handler_of(SIGRTMAX) == SIG_DFL);
	EXPECT(handler_of(SIGXFSZ) == SIG_IGN && handler_of(SIGXCPU) == SIG_IGN);
	EXPECT(handler_of(SIGPIPE) == SIG_IGN);
	EXPECT(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0);
	for (int signo = 1; signo < NSIG; signo++)
		EXPECT(sigismember(&blocked, signo) <= 0);
}

/* What pam_limits set: the soft limit goes as far as it may, cores are never written. */
static void raise_limits(void *context)
{
	struct inherited in;
	struct rlimit limit = { 4096, (rlim_t)1 << 31 };

	(void)context;
	hand_over_pair();
	EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	EXPECT(getrlimit(RLIMIT_CORE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max;
	EXPECT(setrlimit(RLIMIT_CORE, &limit) == 0);
	EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 20;
	EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	EXPECT(inherit_nothing(&in, NULL) == 0);
	EXPECT(getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= (rlim_t)1 << 31);
	EXPECT(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0);
	EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 1024);
}

static void test_clean(void **state)
{
	(void)state;
	in_child(clean_up);
	in_child(leave_directory);
	in_child(reset_signals);
	in_child(raise_limits);
}

/* ---- what is refused ---- */

static void expect_refusal(int num, const char *what)
{
	struct inherited in = { .app = 77 };
	struct err e = { 0 };

	EXPECT(inherit_nothing(&in, &e) == -num);
	EXPECT(e.num == num && strcmp(e.what, what) == 0);
	EXPECT(in.app == 77); /* untouched */
}

static void with_closed(void *context)
{
	struct inherited in;

	hand_over_pair();
	(void)close(*(int *)context);
	_exit(inherit_nothing(&in, NULL) == -EBADF ? 0 : CHILD_FAILED); /* 2 may be closed: no EXPECT */
}

static void test_closed_descriptor(void **state)
{
	(void)state;
	for (int fd = 0; fd <= INHERIT_CONTROL_FD; fd++)
		assert_int_equal(child_run(with_closed, &fd), 0);
}

static void with_file(void *context)
{
	(void)context;
	hand_over(open("/dev/null", O_RDWR));
	expect_refusal(ENOTSOCK, "control socket");
}

static void with_stream(void *context)
{
	int pair[2];

	(void)context;
	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	hand_over(pair[0]);
	expect_refusal(ENOTSOCK, "control socket");
}

static void test_wrong_socket(void **state)
{
	(void)state;
	in_child(with_file);
	in_child(with_stream);
}

static void with_saved_uid(void *context)
{
	(void)context;
	hand_over_pair();
	EXPECT(setresuid(0, 0, 1) == 0);
	expect_refusal(EPERM, "ids");
}

static void with_real_uid(void *context)
{
	(void)context;
	hand_over_pair();
	EXPECT(setresuid(1, 0, 0) == 0);
	expect_refusal(EPERM, "ids");
}

static void with_saved_gid(void *context)
{
	(void)context;
	hand_over_pair();
	EXPECT(setresgid(0, 0, 1) == 0);
	expect_refusal(EPERM, "ids");
}

static void test_mixed_ids(void **state)
{
	(void)state;
	NEEDS_ROOT();
	in_child(with_saved_uid);
	in_child(with_real_uid);
	in_child(with_saved_gid);
}

/* Somebody else made the socket: a user who got root's helper started with an end of his own. */
static void with_others_socket(void *context)
{
	(void)context;
	EXPECT(setresuid(0, 1, 0) == 0);
	hand_over_pair();
	EXPECT(setresuid(0, 0, 0) == 0);
	expect_refusal(EPERM, "caller");
}

static void as_user(void *context)
{
	struct inherited in;

	(void)context;
	EXPECT(setresgid(1, 1, 1) == 0 && setresuid(1, 1, 1) == 0);
	hand_over_pair();
	EXPECT(inherit_nothing(&in, NULL) == 0);
	EXPECT(!in.privileged && in.app_uid == 1);
}

static void test_caller(void **state)
{
	(void)state;
	NEEDS_ROOT();
	in_child(with_others_socket);
	in_child(as_user);
}

static void become_undumpable(void *context)
{
	(void)context;
	EXPECT(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
	EXPECT(inherit_undumpable(NULL) == 0);
	EXPECT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}

static void test_undumpable(void **state)
{
	(void)state;
	in_child(become_undumpable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_closed_descriptor),
		cmocka_unit_test(test_wrong_socket),
		cmocka_unit_test(test_mixed_ids),
		cmocka_unit_test(test_caller),
		cmocka_unit_test(test_undumpable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
