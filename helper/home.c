/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "home.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { AGAIN_MSEC = 200 };

/* Only system calls: the helper's image after a fork. Opening it mounts what autofs has there. */
static int look(const struct identity *id, bool privileged)
{
	if (privileged && (syscall(SYS_setgroups, id->ngroups, id->groups) < 0 ||
			   setresgid(id->gid, id->gid, id->gid) < 0 ||
			   setresuid(id->uid, id->uid, id->uid) < 0))
		return errno;
	return open(id->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 ? errno : 0;
}

/* Without waiting for it: in a dead file system it ends when that answers, and not before. */
static int give_up(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, WNOHANG);
	return -ETIMEDOUT;
}

static int await_answer(pid_t pid, uint64_t deadline)
{
	_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd polled = { .fd = pidfd, .events = POLLIN };
	int n = -1, status;

	if (pidfd < 0)
		return give_up(pid);
	do {
		uint64_t now = io_now_usec();

		n = poll(&polled, 1, now < deadline ? (int)((deadline - now) / 1000 + 1) : 0);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return give_up(pid);
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR; /* the user may kill it */
}

static int ask(const struct identity *id, bool privileged, uint64_t deadline)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(look(id, privileged));
	return await_answer(pid, deadline);
}

static void pause_until(uint64_t deadline)
{
	struct timespec again = { .tv_nsec = AGAIN_MSEC * 1000000L };

	if (io_now_usec() < deadline)
		(void)nanosleep(&again, NULL);
}

int home_check(const struct identity *id, const struct session_home *home, bool privileged,
	       struct err *e)
{
	bool wait = home->kind == HOME_WAIT;
	uint64_t seconds = wait ? home->seconds : HOME_REQUIRE_SECONDS;
	uint64_t deadline = io_now_usec() + seconds * 1000000;
	int r;

	if (home->kind == HOME_IGNORE)
		return 0;
	do {
		r = ask(id, privileged, deadline);
		if (r < 0 && wait)
			pause_until(deadline);
	} while (r < 0 && wait && io_now_usec() < deadline);
	return r < 0 ? err_set(e, -r, "home", "%s", id->home) : 0;
}
