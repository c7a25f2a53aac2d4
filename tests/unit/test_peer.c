/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "child.h"

#include "helper/peer.h"
#include "src/channel.h"
#include "src/io.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static bool old_kernel;	/* before 6.5: SO_PEERPIDFD is not there */

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict size)
{
	if (old_kernel && level == SOL_SOCKET && name == SO_PEERPIDFD) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return (int)syscall(SYS_getsockopt, fd, level, name, value, size);
}

/* ---- manners ---- */

struct manners {
	int fds[2];		/* the child tells what it asked the kernel for itself */
	struct rlimit limits[RLIM_NLIMITS];
	int nice;		/* before */
};

static const struct odd {
	int resource;
	struct rlimit limit;
} odd_limits[] = {
	{ RLIMIT_NOFILE, { 123, 456 } }, { RLIMIT_CORE, { 0, 1 } },
	{ RLIMIT_FSIZE, { 4096, 123456789012345 } }, { RLIMIT_STACK, { 1048577, RLIM_INFINITY } },
	{ RLIMIT_MSGQUEUE, { 1, 77777 } }, { RLIMIT_RTTIME, { 5, 6 } },
};

static void behave_oddly(void *context)
{
	struct manners *m = context;
	char end;

	(void)close(m->fds[0]);
	for (size_t i = 0; i < ARRAY_SIZE(odd_limits); i++) {
		struct rlimit limit = odd_limits[i].limit, now;

		EXPECT(getrlimit(odd_limits[i].resource, &now) == 0);
		if (limit.rlim_max > now.rlim_max)
			limit.rlim_max = now.rlim_max;
		EXPECT(setrlimit(odd_limits[i].resource, &limit) == 0);
	}
	(void)umask(0137);
	EXPECT(nice(2) == m->nice + 2);
	EXPECT(io_write_file("/proc/self/oom_score_adj", "321") == 0);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		EXPECT(getrlimit(i, &m->limits[i]) == 0);
	EXPECT(send(m->fds[1], m->limits, sizeof(m->limits), 0) == (ssize_t)sizeof(m->limits));
	EXPECT(read(m->fds[1], &end, 1) == 0);
}

static void test_manners(void **state)
{
	_free_ struct inner_start *start = calloc(1, sizeof(*start));
	struct manners m;
	struct err e = { 0 };
	pid_t pid;

	(void)state;
	m.nice = getpriority(PRIO_PROCESS, 0);
	assert_int_equal(channel_pair(m.fds), 0);
	pid = child_start(behave_oddly, &m);
	(void)close(m.fds[1]);
	assert_int_equal(recv(m.fds[0], m.limits, sizeof(m.limits), 0), sizeof(m.limits));
	assert_int_equal(peer_manners(pid, start, &e), 0);
	(void)close(m.fds[0]);
	assert_memory_equal(start->limits, m.limits, sizeof(m.limits));
	assert_int_equal(start->limits[RLIMIT_NOFILE].rlim_cur, 123);
	assert_int_equal(start->umask, 0137);
	assert_int_equal(start->nice, m.nice + 2);
	assert_int_equal(start->oom_score_adj, 321);
	assert_int_equal(child_wait(pid), 0);
	assert_int_equal(peer_manners(pid, start, &e), -ESRCH);
}

/* ---- image ---- */

static void wait_for_end(void *context)
{
	char end;

	EXPECT(read(*(int *)context, &end, 1) == 0);
}

static void test_image(void **state)
{
	char path[PATH_MAX], own[PATH_MAX];
	struct err e = { 0 };
	int pair[2];
	pid_t pid;

	(void)state;
	assert_int_equal(channel_pair(pair), 0);
	own[readlink("/proc/self/exe", own, sizeof(own) - 1)] = 0;
	pid = child_start(wait_for_end, &pair[1]);
	assert_int_equal(peer_image(pid, path, sizeof(path), &e), 0);
	assert_string_equal(path, own);
	assert_int_equal(peer_image(pid, path, 5, &e), 0); /* never past the buffer */
	assert_int_equal(strlen(path), 4);
	(void)close(pair[0]);
	(void)close(pair[1]);
	(void)kill(pid, SIGKILL);
	(void)child_wait(pid);
	assert_true(peer_image(pid, path, sizeof(path), &e) < 0);
}

/* ---- who ---- */

static void be_somebody(void *context)
{
	const gid_t groups[] = { 31, 7, 19 };
	struct peer *peer = context;
	int pair[2];

	EXPECT(setgroups(3, groups) == 0 && setresgid(55, 55, 55) == 0 && setresuid(66, 66, 66) == 0);
	EXPECT(channel_pair(pair) == 0);
	EXPECT(peer_identity(pair[0], peer, NULL) == 0);
	EXPECT(peer->pid == getpid() && peer->uid == 66 && peer->gid == 55);
	EXPECT(peer->ngroups == 3);
	EXPECT(peer->groups[0] + peer->groups[1] + peer->groups[2] == 57);
}

static void have_many_groups(void *context)
{
	_free_ gid_t *groups = calloc(IDENTITY_GROUPS + 1, sizeof(*groups));
	struct err e = { 0 };
	int pair[2];

	for (unsigned int i = 0; i <= IDENTITY_GROUPS; i++)
		groups[i] = 1000 + i;
	EXPECT(setgroups(IDENTITY_GROUPS + 1, groups) == 0 && channel_pair(pair) == 0);
	EXPECT(peer_identity(pair[0], context, &e) == -E2BIG);
	EXPECT(setgroups(IDENTITY_GROUPS, groups) == 0 && channel_pair(pair) == 0);
	EXPECT(peer_identity(pair[0], context, &e) == 0);
}

static void look_from_inside(void *context)
{
	struct err e = { 0 };

	EXPECT(getpid() == 1);
	EXPECT(peer_identity(*(int *)context, calloc(1, sizeof(struct peer)), &e) == -ESRCH);
}

static void test_identity(void **state)
{
	_free_ struct peer *peer = calloc(1, sizeof(*peer));
	int pair[2];

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(child_run(be_somebody, peer), 0);
	assert_int_equal(child_run(have_many_groups, peer), 0);
	assert_int_equal(channel_pair(pair), 0); /* made outside: its maker has no number in there */
	assert_int_equal(child_run_in(CLONE_NEWPID, look_from_inside, &pair[0]), 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void test_identity_of_no_socket(void **state)
{
	_free_ struct peer *peer = calloc(1, sizeof(*peer));
	struct err e = { 0 };

	(void)state;
	assert_int_equal(peer_identity(-1, peer, &e), -EBADF);
	assert_string_equal(e.what, "SO_PEERCRED");
}

/* ---- pidfd ---- */

static void make_socket(void *context)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	EXPECT(getsockname(*(int *)context, (void *)&address, &size) == 0);
	EXPECT(connect(fd, (void *)&address, size) == 0);
	(void)pause();
}

static void assert_pidfd(int listener)
{
	_close_ int pidfd = -1, fd = -1;
	char path[64], text[1024];
	pid_t pid = child_start(make_socket, &listener);

	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	pidfd = peer_pidfd(fd, pid, NULL);
	assert_true(pidfd >= 0);
	assert_true(fcntl(pidfd, F_GETFD) & FD_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	assert_true(io_read_file(AT_FDCWD, path, text, sizeof(text)) > 0);
	assert_int_equal(atoi(io_status_field(text, "Pid")), pid);
	assert_true(peer_alive(pidfd));
	(void)kill(pid, SIGKILL);
	(void)child_wait(pid);
	assert_false(peer_alive(pidfd));
}

static void test_pidfd(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_close_ int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(listener, (void *)&address, sizeof(address.sun_family)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_pidfd(listener);
	old_kernel = true;
	assert_pidfd(listener);
	old_kernel = false;
}

/* On the old way the number is all there is: a dead one is refused. */
static void test_pidfd_of_the_dead(void **state)
{
	struct err e = { 0 };
	int pair[2];
	pid_t pid;

	(void)state;
	assert_int_equal(channel_pair(pair), 0);
	(void)close(pair[0]);
	pid = child_start(wait_for_end, &pair[1]);
	(void)child_wait(pid);
	old_kernel = true;
	assert_int_equal(peer_pidfd(pair[1], pid, &e), -ESRCH);
	old_kernel = false;
	(void)close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manners),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_identity_of_no_socket),
		cmocka_unit_test(test_pidfd),
		cmocka_unit_test(test_pidfd_of_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
