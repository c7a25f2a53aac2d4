/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a session process is born with: terminal, descriptors, limits, manners.
 */
#include "step.h"

#include "keeper.h"

#include "../src/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

/* Needs the descriptors as received, CAP_SYS_ADMIN for steal. Must come before the drop. */
static bool is_readable_tty(int fd)
{
	return fd >= 0 && isatty(fd) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY;
}

/* The one that was judged is stolen; what is nobody's can be taken from any of the three. */
static int session_tty(const struct step_context *c)
{
	if (c->start->tty == TTY_STEAL) {
		int fd = c->start->tty_fd < 3 ? c->stdio[c->start->tty_fd] : -1;

		return is_readable_tty(fd) ? fd : -1;
	}
	for (int i = 0; i < 3; i++)
		if (is_readable_tty(c->stdio[i]))
			return c->stdio[i];
	return -1;
}

int apply_tty(struct step_context *c, struct err *e)
{
	int tty = session_tty(c);

	if (c->start->tty == TTY_RELAY && tty >= 0)
		return keeper_split(c, tty, e);
	if (setsid() < 0)
		return err_set(e, errno, "setsid", "%s", "");
	if (c->start->tty == TTY_PASS || tty < 0)
		return 0;
	if (ioctl(tty, TIOCSCTTY, c->start->tty == TTY_STEAL ? 1 : 0) < 0)
		return err_set(e, errno, "TIOCSCTTY", "mode %u", c->start->tty);
	return 0;
}

int verify_tty(struct step_context *c, struct err *e)
{
	int tty = session_tty(c);
	bool kept = c->start->tty == TTY_RELAY && tty >= 0;
	pid_t leader = kept ? getppid() : getpid();

	if (getsid(0) != leader)
		return err_set(e, EPERM, "getsid", "%d is not the leader", leader);
	if (c->start->tty == TTY_PASS || tty < 0)
		return 0;
	if (tcgetsid(tty) != leader)
		return err_set(e, EPERM, "tcgetsid", "the terminal belongs to another session");
	if (kept && tcgetpgrp(tty) != getpid())
		return err_set(e, EPERM, "tcgetpgrp", "another group is in the foreground");
	return 0;
}

/*
 * A directory on descriptor 0 would carry the host's tree past pivot_root, an O_PATH descriptor
 * anything at all: only what carries bytes may come in.
 */
static bool carries_bytes(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || (flags & O_PATH) || fstat(fd, &st) < 0)
		return false;
	return S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode) ||
	       S_ISSOCK(st.st_mode);
}

static int place_null(int number, struct err *e)
{
	_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return err_set(e, errno, "open", "/dev/null");
	if (dup2(null, number) < 0)
		return err_set(e, errno, "dup2", "descriptor %d", number);
	if (null == number)
		(void)take_fd(&null);
	return 0;
}

static int place_fd(struct step_context *c, int number, struct err *e)
{
	int fd = c->stdio[number];

	if (fd < 0)
		return close(number) < 0 && errno != EBADF ?
			       err_set(e, errno, "close", "descriptor %d", number) : 0;
	if (!carries_bytes(fd)) {
		c->stdio_replaced |= 1u << number;
		return place_null(number, e);
	}
	if (dup2(fd, number) < 0)
		return err_set(e, errno, "dup2", "descriptor %d", number);
	return 0;
}

/* Leaves 0-2 in place, not close-on-exec; the received numbers are all above SESSION_FIRST_FREE_FD. */
int apply_fds(struct step_context *c, struct err *e)
{
	for (int number = 0; number < 3; number++) {
		int r = place_fd(c, number, e);

		if (r < 0)
			return r;
	}
	return 0;
}

int verify_fds(struct step_context *c, struct err *e)
{
	for (int number = 0; number < 3; number++) {
		bool open = fcntl(number, F_GETFD) >= 0;

		if (open != (c->stdio[number] >= 0))
			return err_set(e, EPERM, "descriptor", "%d is %s", number,
				       open ? "open" : "closed");
		if (open && !carries_bytes(number))
			return err_set(e, EPERM, "descriptor", "%d is no file, pipe or socket", number);
	}
	return 0;
}

/* The kept ones move to fixed low numbers, everything else goes. */
int apply_close_range(struct step_context *c, struct err *e)
{
	const int kept[] = { c->init_fd, c->listener_fd, c->memfd, c->proc_fd };

	for (int i = 0; i < (int)ARRAY_SIZE(kept); i++) {
		if (kept[i] < 0) {
			(void)close(SESSION_INIT_FD + i); /* EBADF: nothing there */
			continue;
		}
		if (dup3(kept[i], SESSION_INIT_FD + i, O_CLOEXEC) < 0)
			return err_set(e, errno, "dup3", "descriptor %d", kept[i]);
	}
	c->init_fd = SESSION_INIT_FD;
	c->listener_fd = SESSION_LISTENER_FD;
	c->memfd = c->memfd < 0 ? -1 : SESSION_MEMFD;
	c->proc_fd = c->proc_fd < 0 ? -1 : SESSION_PROC_FD;
	if (syscall(SYS_close_range, SESSION_FIRST_FREE_FD, UINT_MAX, 0) < 0)
		return err_set(e, errno, "close_range", "%s", "");
	return 0;
}

static int verify_one_fd(int fd, int own, struct err *e)
{
	if (fd == own || fd < SESSION_INIT_FD)
		return 0;
	if (fd >= SESSION_FIRST_FREE_FD)
		return err_set(e, EPERM, "close_range", "descriptor %d is still open", fd);
	if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		return err_set(e, EPERM, "close_range", "descriptor %d would be inherited", fd);
	return 0;
}

/* The kernel's list, read without readdir: its 32 kB buffer would be touched at every login. */
static int verify_each_fd(struct err *e)
{
	_close_ int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(struct dirent64) char buffer[1024];
	ssize_t n;

	if (dir < 0)
		return err_set(e, errno, "open", "/proc/self/fd");
	while ((n = getdents64(dir, buffer, sizeof(buffer))) > 0)
		for (ssize_t at = 0; at < n; at += ((struct dirent64 *)(void *)(buffer + at))->d_reclen) {
			const struct dirent64 *entry = (const void *)(buffer + at);

			if (entry->d_name[0] != '.' && verify_one_fd(atoi(entry->d_name), dir, e) < 0)
				return -EPERM;
		}
	return n < 0 ? err_set(e, errno, "getdents64", "/proc/self/fd") : 0;
}

/*
 * Since Linux 6.2 the size of the directory is the number of descriptors: when all of them are low
 * ones there is none above, and no list is needed. False when it cannot be told.
 */
static bool are_all_low(void)
{
	struct stat st;
	off_t low = 0;

	if (stat("/proc/self/fd", &st) < 0)
		return false;
	for (int fd = 0; fd < SESSION_FIRST_FREE_FD; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && fd >= SESSION_INIT_FD && !(flags & FD_CLOEXEC))
			return false;
		low += flags >= 0;
	}
	return st.st_size > 0 && st.st_size == low;
}

int verify_close_range(struct step_context *c, struct err *e)
{
	(void)c;
	return are_all_low() ? 0 : verify_each_fd(e); /* which names the one that should not be */
}

/* What this process shall have: the login's limits, then the profile's; a hard limit never rises. */
static struct rlimit wanted_limit(const struct step_context *c, int resource)
{
	struct rlimit want = c->start->limits[resource];
	const struct rlimit *limit = &c->plan->limits[resource];

	if (!(c->plan->limit_mask & (uint32_t)1 << resource))
		return want;
	if (limit->rlim_max < want.rlim_max)
		want.rlim_max = limit->rlim_max;
	want.rlim_cur = limit->rlim_cur < want.rlim_max ? limit->rlim_cur : want.rlim_max;
	return want;
}

int apply_rlimits(struct step_context *c, struct err *e)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit want = wanted_limit(c, i);

		if (setrlimit((enum __rlimit_resource)i, &want) < 0)
			return err_set(e, errno, "setrlimit", "resource %d", i);
	}
	return 0;
}

int verify_rlimits(struct step_context *c, struct err *e)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit want = wanted_limit(c, i), now;

		if (getrlimit((enum __rlimit_resource)i, &now) < 0 || now.rlim_cur != want.rlim_cur ||
		    now.rlim_max != want.rlim_max)
			return err_set(e, EPERM, "getrlimit", "resource %d", i);
	}
	return 0;
}

struct manners {
	int nice, oom_score_adj;
	mode_t umask;
};

/* The login's, where the profile leaves them alone. */
static struct manners wanted_manners(const struct step_context *c)
{
	const struct plan *plan = c->plan;
	struct manners want = { c->start->nice, c->start->oom_score_adj, c->start->umask & 0777 };

	if (plan->nice.set)
		want.nice = (int)plan->nice.value;
	if (plan->oom_score_adjust.set)
		want.oom_score_adj = (int)plan->oom_score_adjust.value;
	if (plan->umask.set)
		want.umask = (mode_t)plan->umask.value;
	return want;
}

/*
 * oom_score_adj goes through a /proc of the session that is mounted nowhere, since the session's own
 * may be read-only. The descriptor ends here.
 */
static int set_oom(struct step_context *c, struct err *e)
{
	_close_ int proc = take_fd(&c->proc_fd), fd = -1;
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", wanted_manners(c).oom_score_adj);

	if (!c->plan->privileged && !c->plan->oom_score_adjust.set)
		return 0; /* our score was never changed */
	fd = proc < 0 ? open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC) :
			openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open", "oom_score_adj");
	n = io_write_full(fd, text, (size_t)n);
	return n < 0 ? err_set(e, -n, "oom_score_adj", "%s", text) : 0;
}

int apply_scheduling(struct step_context *c, struct err *e)
{
	struct manners want = wanted_manners(c);

	(void)umask(want.umask);
	if (setpriority(PRIO_PROCESS, 0, want.nice) < 0)
		return err_set(e, errno, "setpriority", "nice %d", want.nice);
	return set_oom(c, e);
}

int verify_scheduling(struct step_context *c, struct err *e)
{
	struct manners want = wanted_manners(c);
	mode_t mask = umask(want.umask);
	char text[16];

	if (mask != want.umask)
		return err_set(e, EPERM, "umask", "%o", mask);
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) != want.nice || errno)
		return err_set(e, EPERM, "getpriority", "not nice %d", want.nice);
	if (!c->plan->privileged && !c->plan->oom_score_adjust.set)
		return 0;
	if (io_read_file(AT_FDCWD, "/proc/self/oom_score_adj", text, sizeof(text)) < 0 ||
	    atoi(text) != want.oom_score_adj)
		return err_set(e, EPERM, "oom_score_adj", "not %d", want.oom_score_adj);
	return 0;
}
