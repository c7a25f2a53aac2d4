/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is left of the supervisor's rights, asked of the kernel by the test itself.
 */
#include "child.h"

#include "helper/supervisor_cut.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { UID = 12399, GID = 12398 };

struct fixture {
	struct identity identity;
	struct supervisor_start start;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->identity.supervisor_uid = UID;
	f->identity.supervisor_gid = GID;
	f->start.identity = &f->identity;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void expect_sets(uint64_t wanted)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	EXPECT(syscall(SYS_capget, &head, data) == 0);
	EXPECT((data[0].permitted | (uint64_t)data[1].permitted << 32) == wanted);
	EXPECT((data[0].effective | (uint64_t)data[1].effective << 32) == wanted);
	EXPECT(!data[0].inheritable && !data[1].inheritable);
}

static void expect_ids(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3];

	EXPECT(getresuid(&u[0], &u[1], &u[2]) == 0 && getresgid(&g[0], &g[1], &g[2]) == 0);
	EXPECT(u[0] == uid && u[1] == uid && u[2] == uid);
	EXPECT(g[0] == gid && g[1] == gid && g[2] == gid);
}

static void cut_root(void *context)
{
	struct fixture *f = context;
	int death_signal = 0;

	EXPECT(setgroups(2, (gid_t[]){ 0, 4 }) == 0);
	EXPECT(cut_rights(&f->start, NULL) == 0);
	expect_ids(UID, GID);
	EXPECT(getgroups(0, NULL) == 0);
	expect_sets(1u << CAP_SYS_PTRACE | 1u << CAP_KILL | 1u << CAP_DAC_READ_SEARCH);
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		EXPECT(prctl(PR_CAPBSET_READ, cap, 0, 0, 0) <= 0);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	EXPECT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	EXPECT(prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0) == 0 && death_signal == SIGTERM);
	EXPECT(setresuid(0, 0, 0) < 0 && setresgid(0, 0, 0) < 0);
}

static void cut_user(void *context)
{
	struct fixture *f = context;

	f->start.unprivileged = true;
	EXPECT(geteuid() || (setresgid(GID, GID, GID) == 0 && setresuid(UID, UID, UID) == 0));
	EXPECT(cut_rights(&f->start, NULL) == 0);
	expect_sets(0);
	EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	EXPECT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}

/* Said to be root, but without the rights: it must not go on with half of it. */
static void cut_nothing(void *context)
{
	struct fixture *f = context;
	struct err e = { 0 };

	EXPECT(setresgid(1, 1, 1) == 0 && setresuid(1, 1, 1) == 0);
	EXPECT(cut_rights(&f->start, &e) < 0 && e.num == EPERM);
}

static void test_rights(void **state)
{
	NEEDS_ROOT();
	assert_int_equal(child_run(cut_root, *state), 0);
	assert_int_equal(child_run(cut_nothing, *state), 0);
}

static void test_unprivileged(void **state)
{
	assert_int_equal(child_run(cut_user, *state), 0);
}

/* ---- calls: each forbidden one kills, in every thread ---- */

static void cut(void)
{
	EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	EXPECT(cut_calls(NULL) == 0);
}

static void make_socket(void *context)
{
	(void)context;
	cut();
	(void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void open_for_writing(void *context)
{
	(void)context;
	cut();
	(void)open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static void execute(void *context)
{
	(void)context;
	cut();
	(void)execl("/bin/true", "true", NULL);
}

static void *wait_and_fork(void *context)
{
	char go;

	if (read(*(int *)context, &go, 1) == 1)
		(void)syscall(SYS_fork);
	_exit(0);
}

/* A thread that was there before has the filter, too. */
static void fork_in_thread(void *context)
{
	pthread_t thread;
	int fds[2];

	(void)context;
	EXPECT(pipe2(fds, O_CLOEXEC) == 0);
	EXPECT(pthread_create(&thread, NULL, wait_and_fork, &fds[0]) == 0);
	cut();
	EXPECT(write(fds[1], "x", 1) == 1);
	for (;;)
		(void)poll(NULL, 0, -1);
}

static void do_own_work(void *context)
{
	char text[16];
	int fd;

	(void)context;
	cut();
	fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
		_exit(CHILD_FAILED);
	_exit(7);
}

static void test_calls(void **state)
{
	(void)state;
	NEEDS_NO_SANITIZER();
	assert_int_equal(child_run(do_own_work, NULL), 7);
	assert_int_equal(child_run(make_socket, NULL), 128 + SIGSYS);
	assert_int_equal(child_run(open_for_writing, NULL), 128 + SIGSYS);
	assert_int_equal(child_run(execute, NULL), 128 + SIGSYS);
	assert_int_equal(child_run(fork_in_thread, NULL), 128 + SIGSYS);
}

static void cut_without_no_new_privs(void *context)
{
	(void)context;
	EXPECT(geteuid() || setresuid(UID, UID, UID) == 0);
	EXPECT(cut_calls(NULL) == -EACCES);
}

static void test_calls_not_cut(void **state)
{
	(void)state;
	assert_int_equal(child_run(cut_without_no_new_privs, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rights),
		TEST(test_unprivileged),
		TEST(test_calls),
		TEST(test_calls_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
