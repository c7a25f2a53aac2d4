/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spawn.h"

#include "trusted.h"

#include "../src/channel.h"
#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

/*
 * Two children, both vfork-like, so that sshd's page tables are not copied:
 *
 *   application ── intermediate (shares memory and descriptors) ── helper (execs)
 *
 * The intermediate exits at once, the helper gets another parent: the application has no child
 * left that a waitpid(-1) of its own could meet, no SIGCHLD was sent, and an ignored SIGCHLD
 * loses nothing. The intermediate shares the descriptor table so that the helper's pidfd lands in
 * the application's.
 *
 * Both share our memory, the errno of this thread included, and run on stacks of their own: they
 * make system calls and touch struct launch, nothing else.
 */
enum { STACK_BYTES = 64 * 1024, FIRST_FREE_FD = 4, SIGNALS = 64, SIGSET_BYTES = SIGNALS / 8 };

struct launch {
	unsigned char *stacks;		/* two, each with a guard page below */
	int socket, null;		/* both at least FIRST_FREE_FD */
	unsigned int fd_size;
	int pidfd;
	int num;			/* errno of a failure in a child, 0 = the helper runs */
	const char *what;
};

static void *stack_top(const struct launch *launch, int i)
{
	return launch->stacks + (size_t)(i + 1) * STACK_BYTES;
}

static bool child_fail(struct launch *launch, const char *what)
{
	launch->num = errno ? errno : EPROTO;
	launch->what = what;
	return false;
}

/* Only "ignored" outlives exec; the mask does too. Raw calls: glibc keeps two signals to itself. */
static bool reset_signals(struct launch *launch)
{
	static const char zeroes[128];	/* a kernel sigaction and a signal set: SIG_DFL, empty */

	for (int i = 1; i <= SIGNALS; i++) {
		if (i == SIGKILL || i == SIGSTOP)
			continue;
		if (syscall(SYS_rt_sigaction, i, zeroes, NULL, SIGSET_BYTES) < 0)
			return child_fail(launch, "sigaction");
	}
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, zeroes, NULL, SIGSET_BYTES) < 0)
		return child_fail(launch, "sigprocmask");
	return true;
}

/* su: the real uid is the caller's, who could signal the helper. Raw calls: this process only. */
static bool become_root(struct launch *launch)
{
	uid_t uid[3];
	gid_t gid[3];

	if (syscall(SYS_setgroups, 0, NULL) < 0)
		return child_fail(launch, "setgroups");
	if (syscall(SYS_setresgid, 0, 0, 0) < 0)
		return child_fail(launch, "setresgid");
	if (syscall(SYS_setresuid, 0, 0, 0) < 0)
		return child_fail(launch, "setresuid");
	errno = 0;
	if (syscall(SYS_getresuid, &uid[0], &uid[1], &uid[2]) < 0 ||
	    syscall(SYS_getresgid, &gid[0], &gid[1], &gid[2]) < 0 ||
	    syscall(SYS_getgroups, 0, NULL) != 0)
		return child_fail(launch, "getresuid");
	if (uid[0] || uid[1] || uid[2] || gid[0] || gid[1] || gid[2])
		return child_fail(launch, "ids are not 0");
	return true;
}

/* 0-2 /dev/null, 3 the socket, nothing else. */
static bool place_fds(struct launch *launch)
{
	for (int i = 0; i < 3; i++) {
		if (syscall(SYS_dup3, launch->null, i, 0) < 0)
			return child_fail(launch, "dup3 of /dev/null");
	}
	if (syscall(SYS_dup3, launch->socket, 3, 0) < 0)
		return child_fail(launch, "dup3 of the socket");
	if (syscall(SYS_close_range, FIRST_FREE_FD, ~0U, 0) == 0)
		return true;
	if (errno != ENOSYS)
		return child_fail(launch, "close_range");
	for (unsigned int i = FIRST_FREE_FD; i < launch->fd_size; i++)
		(void)syscall(SYS_close, i); /* EBADF: not open */
	return true;
}

/*
 * pam_selinux has set the context for the user's shell; the helper must not get it. A kernel
 * without security modules has no such file; where no module uses it, it cannot be read.
 */
static bool clear_exec_context(struct launch *launch)
{
	char byte;
	long fd = syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/attr/exec", O_RDWR | O_CLOEXEC);
	long n;

	if (fd < 0)
		return errno == ENOENT || child_fail(launch, "/proc/thread-self/attr/exec");
	(void)syscall(SYS_write, fd, "", 0); /* judged by what is read back */
	n = syscall(SYS_pread64, fd, &byte, 1, 0);
	(void)syscall(SYS_close, fd);
	errno = EACCES;
	return n <= 0 || !byte || child_fail(launch, "/proc/thread-self/attr/exec");
}

static int helper_child(void *argument)
{
	struct launch *launch = argument;
	static const char *const argv[] = { "swrap-helper", NULL };
	static const char *const envp[] = { NULL };

	if (!place_fds(launch) || !become_root(launch) || !clear_exec_context(launch) ||
	    !reset_signals(launch))
		return 127;
	(void)syscall(SYS_execve, SWRAP_HELPER_PATH, argv, envp);
	(void)child_fail(launch, "execve");
	return 127;
}

static int intermediate(void *argument)
{
	struct launch *launch = argument;
	int pid = clone(helper_child, stack_top(launch, 1), CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
			launch, &launch->pidfd);

	if (pid < 0)
		(void)child_fail(launch, "clone of the helper");
	else if (launch->num)
		(void)syscall(SYS_wait4, pid, NULL, __WALL, NULL); /* ours, and it has exited */
	return 0;
}

/* Waits for exactly that child; exit signal 0 makes it invisible to a wait without __WALL. */
static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

static int run_children(struct launch *launch, struct err *e)
{
	sigset_t all, saved;
	int pid;

	/* A handler of the application, run in a child on our memory, would be chaos. */
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &saved) < 0)
		return err_set(e, errno, "sigprocmask", "%s", "");
	pid = clone(intermediate, stack_top(launch, 0), CLONE_VM | CLONE_VFORK | CLONE_FILES,
		    launch);
	if (pid < 0)
		(void)child_fail(launch, "clone");
	else
		reap(pid);
	(void)sigprocmask(SIG_SETMASK, &saved, NULL); /* cannot fail: the set is one it gave us */
	if (launch->num)
		return err_set(e, launch->num, launch->what, "%s", SWRAP_HELPER_PATH);
	return 0;
}

static int with_stacks(struct launch *launch, struct err *e)
{
	size_t bytes = 2 * STACK_BYTES, page = (size_t)sysconf(_SC_PAGESIZE);
	void *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int r;

	if (area == MAP_FAILED)
		return err_set(e, errno, "mmap", "stacks");
	launch->stacks = area;
	if (mprotect(area, page, PROT_NONE) < 0 ||
	    mprotect(launch->stacks + STACK_BYTES, page, PROT_NONE) < 0)
		r = err_set(e, errno, "mprotect", "stacks");
	else
		r = run_children(launch, e);
	(void)munmap(area, bytes); /* ours, whole pages */
	return r;
}

/* /dev/null replaced by a regular file is a classic: root would write into it. */
static int open_null(struct err *e)
{
	_close_ int fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, errno, "open", "/dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, EINVAL, "/dev/null", "is not the device");
	return take_fd(&fd);
}

/* Replaces *fd by the same at min or above. */
static int raise_fd(int *fd, int min, struct err *e)
{
	*fd = io_move_fd(take_fd(fd), min);
	return *fd < 0 ? err_set(e, -*fd, "fcntl", "F_DUPFD_CLOEXEC") : 0;
}

static int check_helper(struct err *e)
{
	struct stat st;
	_close_ int fd = trusted_open_file(SWRAP_HELPER_PATH, &st, e);

	if (fd < 0)
		return fd;
	if (!(st.st_mode & S_IXUSR))
		return err_set(e, EACCES, "mode", "%s", SWRAP_HELPER_PATH);
	return 0;
}

void helper_init(struct helper *helper)
{
	*helper = (struct helper){ .control = -1, .pidfd = -1 };
}

int helper_spawn(struct helper *helper, uint64_t fd_size, struct err *e)
{
	_close_ int ours = -1, theirs = -1, null = -1;
	struct launch launch = { .pidfd = -1, .fd_size = (unsigned int)fd_size };
	int pair[2], r = check_helper(e);

	if (r < 0)
		return r;
	r = channel_pair(pair);
	if (r < 0)
		return err_set(e, -r, "socketpair", "%s", "");
	ours = pair[0];
	theirs = pair[1];
	null = open_null(e);
	r = null < 0 ? null : raise_fd(&null, FIRST_FREE_FD, e);
	if (r == 0)
		r = raise_fd(&ours, FIRST_FREE_FD, e);
	if (r == 0)
		r = raise_fd(&theirs, FIRST_FREE_FD, e);
	if (r < 0)
		return r;
	/* A helper that does not read must not hold the login up: a full socket is an error. */
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		return err_set(e, errno, "fcntl", "F_SETFL");
	launch.socket = theirs;
	launch.null = null;
	r = with_stacks(&launch, e);
	if (r < 0) {
		fd_close(&launch.pidfd);
		return r;
	}
	helper->control = take_fd(&ours);
	helper->pidfd = launch.pidfd;
	return 0;
}

void helper_kill(const struct helper *helper)
{
	if (helper->pidfd >= 0)
		/* ESRCH: it is gone */
		(void)syscall(SYS_pidfd_send_signal, helper->pidfd, SIGKILL, NULL, 0);
}

void helper_done(struct helper *helper)
{
	fd_close(&helper->control);
	fd_close(&helper->pidfd);
}
