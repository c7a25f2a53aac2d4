/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a session process is born with. Each body runs in a child of its own; apply, verify, and what
 * verify says when something else has changed it since.
 */
#include "child.h"

#include "helper/step.h"
#include "src/io.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

struct fixture {
	struct plan plan;
	struct inner_start start;
	struct step_context context;
	int master, slave;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->context = (struct step_context){
		.plan = &f->plan, .start = &f->start, .stdio = { -1, -1, -1 },
		.memfd = -1, .proc_fd = -1, .init_fd = -1, .listener_fd = -1,
	};
	f->master = f->slave = -1;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	fd_close(&f->master);
	fd_close(&f->slave);
	free(f);
	return 0;
}

static void in_child(void **state, child_body *body)
{
	assert_int_equal(child_run(body, *state), 0);
}

/* A received descriptor: high, as init passes it. */
static int receive(const char *path, int flags)
{
	int fd = io_move_fd(open(path, flags | O_CLOEXEC), 20);

	EXPECT(fd >= 20);
	return fd;
}

/* ---- tty ---- */

static struct step_context *on_terminal(struct fixture *f, enum tty_mode mode)
{
	f->start.tty = mode;
	f->context.stdio[0] = f->slave;
	return &f->context;
}

static void release_terminal(void *context)
{
	struct step_context *c = on_terminal(context, TTY_RELEASE);

	EXPECT(verify_tty(c, NULL) == -EPERM); /* leads no session */
	EXPECT(apply_tty(c, NULL) == 0 && verify_tty(c, NULL) == 0);
	EXPECT(tcgetsid(c->stdio[0]) == getpid());
	EXPECT(apply_tty(c, NULL) == -EPERM); /* leads one already */
	(void)signal(SIGHUP, SIG_IGN);
	EXPECT(ioctl(c->stdio[0], TIOCNOTTY) == 0);
	EXPECT(verify_tty(c, NULL) == -EPERM);
}

static void pass_terminal(void *context)
{
	struct step_context *c = on_terminal(context, TTY_PASS);

	EXPECT(apply_tty(c, NULL) == 0 && verify_tty(c, NULL) == 0);
	EXPECT(tcgetsid(c->stdio[0]) < 0);
}

/* Only read counts: a terminal that is just written to becomes nobody's controlling one. */
static void write_to_terminal(void *context)
{
	struct fixture *f = context;
	struct step_context *c = on_terminal(f, TTY_RELAY);

	c->stdio[0] = open(ptsname(f->master), O_WRONLY | O_NOCTTY | O_CLOEXEC);
	EXPECT(apply_tty(c, NULL) == 0 && verify_tty(c, NULL) == 0);
	EXPECT(tcgetsid(f->slave) < 0);
}

static void take_led_terminal(void *context)
{
	EXPECT(apply_tty(context, NULL) == -EPERM);
}

static void steal_terminal(void *context)
{
	struct step_context *c = context;

	EXPECT(apply_tty(c, NULL) == 0 && verify_tty(c, NULL) == 0);
	EXPECT(tcgetsid(c->stdio[0]) == getpid());
}

/* The judged one is descriptor 2, and another session's terminal comes before it. */
static void steal_judged_terminal(void *context)
{
	struct step_context *c = context;

	EXPECT(apply_tty(c, NULL) == 0 && verify_tty(c, NULL) == 0);
	EXPECT(tcgetsid(c->stdio[2]) == getpid());
	EXPECT(tcgetsid(c->stdio[0]) < 0);
}

static void steal_nothing(void *context)
{
	struct step_context *c = context;

	EXPECT(apply_tty(c, NULL) == 0);
	EXPECT(tcgetsid(c->stdio[0]) < 0 && tcgetsid(c->stdio[2]) < 0);
}

/* As the application: the terminal is its own, and one of its children is to get it. */
static void lead_terminal(void *context)
{
	struct fixture *f = context;
	struct step_context *c = on_terminal(f, TTY_RELEASE);
	int other_master, other;

	(void)signal(SIGHUP, SIG_IGN);
	EXPECT(apply_tty(c, NULL) == 0);
	EXPECT(child_run(take_led_terminal, c) == 0);
	f->start.tty = TTY_STEAL;
	EXPECT(child_run(steal_terminal, c) == 0);
	EXPECT(ioctl(f->slave, TIOCSCTTY, 1) == 0); /* it is ours again */
	EXPECT(openpty(&other_master, &other, NULL, NULL, NULL) == 0);
	c->stdio[0] = other;
	c->stdio[2] = f->slave;
	f->start.tty_fd = 1; /* not open */
	EXPECT(child_run(steal_nothing, c) == 0);
	f->start.tty_fd = 3; /* no descriptor of a session */
	EXPECT(child_run(steal_nothing, c) == 0);
	f->start.tty_fd = 2;
	EXPECT(child_run(steal_judged_terminal, c) == 0);
}

static void test_tty(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(openpty(&f->master, &f->slave, NULL, NULL, NULL), 0);
	in_child(state, release_terminal);
	in_child(state, pass_terminal);
	in_child(state, write_to_terminal);
}

static void test_tty_steal(void **state)
{
	struct fixture *f = *state;

	NEEDS_ROOT();
	assert_int_equal(openpty(&f->master, &f->slave, NULL, NULL, NULL), 0);
	in_child(state, lead_terminal);
}

/* ---- fds ---- */

static bool is_null(int fd)
{
	struct stat st, null;

	return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 && st.st_rdev == null.st_rdev;
}

static void place_fds(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;
	int pair[2];

	EXPECT(pipe2(pair, O_CLOEXEC) == 0);
	c->stdio[0] = io_move_fd(pair[0], 20);
	c->stdio[2] = receive("/proc/self/exe", O_RDONLY);
	EXPECT(apply_fds(c, NULL) == 0 && verify_fds(c, NULL) == 0);
	EXPECT(!c->stdio_replaced);
	EXPECT(fcntl(0, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0); /* not close-on-exec */
	EXPECT(fcntl(1, F_GETFD) < 0 && errno == EBADF);
	EXPECT(write(pair[1], "x", 1) == 1 && read(0, pair, 1) == 1);
}

/* What would lead out of the root. */
static void replace_fds(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;

	c->stdio[0] = receive("/", O_RDONLY | O_DIRECTORY);
	c->stdio[1] = receive("/", O_PATH);
	c->stdio[2] = receive("/dev/zero", O_PATH);
	EXPECT(apply_fds(c, NULL) == 0 && verify_fds(c, NULL) == 0);
	EXPECT(c->stdio_replaced == 7);
	EXPECT(is_null(0) && is_null(1) && is_null(2));
}

static void verify_bad_fds(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;
	int dir = receive("/", O_RDONLY | O_DIRECTORY), path = receive("/dev/null", O_PATH);

	c->stdio[0] = receive("/dev/null", O_RDWR);
	c->stdio[2] = receive("/dev/null", O_RDWR);
	EXPECT(apply_fds(c, NULL) == 0 && verify_fds(c, NULL) == 0);
	EXPECT(dup2(dir, 0) == 0 && verify_fds(c, NULL) == -EPERM);
	EXPECT(dup2(path, 0) == 0 && verify_fds(c, NULL) == -EPERM);
	EXPECT(dup2(c->stdio[0], 0) == 0 && verify_fds(c, NULL) == 0);
	EXPECT(dup2(c->stdio[0], 1) == 1 && verify_fds(c, NULL) == -EPERM); /* should be closed */
	(void)close(1);
	(void)close(0);
	EXPECT(verify_fds(c, NULL) == -EPERM); /* should be open */
}

static void test_fds(void **state)
{
	in_child(state, place_fds);
	in_child(state, replace_fds);
	in_child(state, verify_bad_fds);
}

/* ---- close-range ---- */

static void close_others(void *context)
{
	struct step_context *c = &((struct fixture *)context)->context;
	int leaked = receive("/", O_RDONLY);

	c->init_fd = receive("/dev/null", O_RDONLY);
	c->listener_fd = receive("/dev/null", O_RDONLY);
	c->proc_fd = receive("/proc", O_PATH);
	EXPECT(dup2(c->init_fd, SESSION_MEMFD) == SESSION_MEMFD); /* something in a place of ours */
	EXPECT(verify_close_range(c, NULL) == -EPERM);
	EXPECT(apply_close_range(c, NULL) == 0 && verify_close_range(c, NULL) == 0);
	EXPECT(c->init_fd == SESSION_INIT_FD && c->listener_fd == SESSION_LISTENER_FD);
	EXPECT(c->memfd == -1 && c->proc_fd == SESSION_PROC_FD);
	EXPECT(fcntl(leaked, F_GETFD) < 0 && fcntl(SESSION_MEMFD, F_GETFD) < 0);
	EXPECT(is_null(SESSION_INIT_FD) && fcntl(SESSION_INIT_FD, F_GETFD) == FD_CLOEXEC);
	EXPECT(fcntl(SESSION_INIT_FD, F_SETFD, 0) == 0 && verify_close_range(c, NULL) == -EPERM);
	EXPECT(fcntl(SESSION_INIT_FD, F_SETFD, FD_CLOEXEC) == 0 && verify_close_range(c, NULL) == 0);
	EXPECT(dup2(0, 300) == 300 && verify_close_range(c, NULL) == -EPERM);
}

static void test_close_range(void **state)
{
	in_child(state, close_others);
}

/* ---- rlimits ---- */

static void set_limits(void *context)
{
	struct fixture *f = context;
	struct rlimit now;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		EXPECT(getrlimit(i, &f->start.limits[i]) == 0);
	f->start.limits[RLIMIT_NOFILE] = (struct rlimit){ 100, 200 };
	f->start.limits[RLIMIT_STACK].rlim_cur = 1 << 20;
	f->plan.limit_mask = 1u << RLIMIT_NOFILE | 1u << RLIMIT_CORE | 1u << RLIMIT_FSIZE;
	f->plan.limits[RLIMIT_NOFILE] = (struct rlimit){ 150, 150 };
	f->plan.limits[RLIMIT_CORE] = (struct rlimit){ 0, 0 };
	f->plan.limits[RLIMIT_FSIZE] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	f->plan.limits[RLIMIT_CPU] = (struct rlimit){ 1, 1 }; /* not asked: not in the mask */
	EXPECT(verify_rlimits(&f->context, NULL) == -EPERM);
	EXPECT(apply_rlimits(&f->context, NULL) == 0 && verify_rlimits(&f->context, NULL) == 0);
	EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 150 && now.rlim_max == 150);
	EXPECT(getrlimit(RLIMIT_CORE, &now) == 0 && now.rlim_cur == 0 && now.rlim_max == 0);
	EXPECT(getrlimit(RLIMIT_STACK, &now) == 0 && now.rlim_cur == 1 << 20);
	now = (struct rlimit){ 149, 150 };
	EXPECT(setrlimit(RLIMIT_NOFILE, &now) == 0 && verify_rlimits(&f->context, NULL) == -EPERM);
}

/* The profile asks for more than the login has: the hard limit does not rise, the soft one up to it. */
static void keep_low_limit(void *context)
{
	struct fixture *f = context;
	struct rlimit now;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		EXPECT(getrlimit(i, &f->start.limits[i]) == 0);
	f->start.limits[RLIMIT_NOFILE] = (struct rlimit){ 30, 40 };
	f->plan.limit_mask = 1u << RLIMIT_NOFILE;
	f->plan.limits[RLIMIT_NOFILE] = (struct rlimit){ 1024, 1024 };
	EXPECT(apply_rlimits(&f->context, NULL) == 0 && verify_rlimits(&f->context, NULL) == 0);
	EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 40 && now.rlim_max == 40);
}

static void test_rlimits(void **state)
{
	in_child(state, set_limits);
	in_child(state, keep_low_limit);
}

/* ---- scheduling ---- */

static void behave(void *context)
{
	struct fixture *f = context;
	struct step_context *c = &f->context;

	f->plan.privileged = true;
	f->start.umask = 0137;
	f->start.nice = getpriority(PRIO_PROCESS, 0) + 1; /* only root may lower it */
	f->start.oom_score_adj = 400;
	EXPECT(verify_scheduling(c, NULL) == -EPERM);
	c->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	EXPECT(apply_scheduling(c, NULL) == 0 && verify_scheduling(c, NULL) == 0);
	EXPECT(c->proc_fd == -1); /* it ends here */
	f->start.nice++;
	EXPECT(setpriority(PRIO_PROCESS, 0, f->start.nice) == 0 && verify_scheduling(c, NULL) == 0);
	f->start.nice--;
	EXPECT(verify_scheduling(c, NULL) == -EPERM);
	f->start.nice++;
	EXPECT(verify_scheduling(c, NULL) == 0);
	(void)umask(0);
	EXPECT(verify_scheduling(c, NULL) == -EPERM);
	(void)umask(0137);
	EXPECT(io_write_file("/proc/self/oom_score_adj", "401") == 0);
	EXPECT(verify_scheduling(c, NULL) == -EPERM);
}

static void test_scheduling(void **state)
{
	in_child(state, behave);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tty),		TEST(test_tty_steal), TEST(test_fds),
		TEST(test_close_range), TEST(test_rlimits),   TEST(test_scheduling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
