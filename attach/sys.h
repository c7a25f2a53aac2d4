/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys.h - the kernel as swrap-attach sees it: raw system calls and the structures of the socket and
 * signal calls, which the kernel's user headers do not have. Same layout on every 64-bit
 * architecture.
 *
 * Every call returns its result or -errno; nothing is retried. Only calls that all architectures
 * have are used (openat, dup3, ppoll, never open, dup2, poll). For attach/ alone.
 */
#ifndef SWRAP_ATTACH_SYS_H
#define SWRAP_ATTACH_SYS_H

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/socket.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/time_types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#include "sys_x86_64.h"
#elif defined(__aarch64__) && !defined(__ILP32__)
#include "sys_aarch64.h"
#else
#error "no sys_*.h for this architecture"
#endif

enum {
	SYS_AF_UNIX = 1,
	SYS_SOCK_SEQPACKET = 5,
	SYS_SCM_RIGHTS = 1,
	SYS_MSG_DONTWAIT = 0x40,
	SYS_MSG_TRUNC = 0x20,
	SYS_MSG_NOSIGNAL = 0x4000,
	SYS_SIGNALS = 64,		/* the highest signal number */
	SYS_PATH_MAX = 4096,
};

/* What the kernel takes for sendmsg(2), and one control message in it. */
struct sys_iovec {
	const void *base;
	size_t length;
};
struct sys_msghdr {
	const void *name;
	int name_length;
	struct sys_iovec *iov;
	size_t iov_count;
	void *control;
	size_t control_length;
	unsigned int flags;
};
struct sys_cmsghdr {
	size_t length;			/* of this header and what follows it */
	int level, type;
};
struct sys_ucred {
	int pid;
	unsigned int uid, gid;
};
struct sys_sigaction {
	void *handler;			/* SIG_DFL or SIG_IGN here: no handler is ever installed */
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

#define SYS_CALL(nr, a, b, c, d, e, f, ...) \
	sys_call(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define SYS(name, ...) SYS_CALL(__NR_##name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)

/* ---- files ---- */
static inline int sys_open(const char *path, int flags)
{
	return (int)SYS(openat, AT_FDCWD, path, flags | O_CLOEXEC);
}
static inline void sys_close(int fd)
{
	(void)SYS(close, fd);	/* never retried: the descriptor is gone whatever it says */
}
static inline int sys_close_range(unsigned int first, unsigned int last)
{
	return (int)SYS(close_range, first, last);
}
static inline int sys_fcntl(int fd, int cmd, long arg)
{
	return (int)SYS(fcntl, fd, cmd, arg);
}
static inline int sys_dup3(int fd, int to, int flags)
{
	return (int)SYS(dup3, fd, to, flags);
}
static inline long sys_read(int fd, void *data, size_t size)
{
	return SYS(read, fd, data, size);
}
static inline long sys_write(int fd, const void *data, size_t size)
{
	return SYS(write, fd, data, size);
}
static inline int sys_ioctl(int fd, unsigned long request, void *arg)
{
	return (int)SYS(ioctl, fd, request, arg);
}
static inline int sys_poll(struct pollfd *fds, unsigned int count, const int64_t *ms)
{
	struct __kernel_timespec t = { 0 };

	if (!ms)
		return (int)SYS(ppoll, fds, count);
	t.tv_sec = *ms / 1000;
	t.tv_nsec = *ms % 1000 * 1000000;
	return (int)SYS(ppoll, fds, count, &t);
}
static inline int sys_memfd_create(const char *name, unsigned int flags)
{
	return (int)SYS(memfd_create, name, flags);
}
static inline long sys_getcwd(char *path, size_t size)
{
	return SYS(getcwd, path, size);
}
static inline long sys_readlink(const char *path, char *target, size_t size)
{
	return SYS(readlinkat, AT_FDCWD, path, target, size);
}
struct statx;
static inline int sys_statx(const char *path, unsigned int mask, struct statx *ret)
{
	return (int)SYS(statx, AT_FDCWD, path, 0, mask, ret);
}

/* ---- sockets ---- */
static inline int sys_socket(int family, int type)
{
	return (int)SYS(socket, family, type);
}
static inline int sys_connect(int fd, const void *address, size_t size)
{
	return (int)SYS(connect, fd, address, size);
}
static inline int sys_getsockopt(int fd, int option, void *value, int *size)
{
	return (int)SYS(getsockopt, fd, SOL_SOCKET, option, value, size);
}
static inline long sys_sendmsg(int fd, const struct sys_msghdr *message, int flags)
{
	return SYS(sendmsg, fd, message, flags);
}
static inline long sys_recv(int fd, void *data, size_t size, int flags)
{
	return SYS(recvfrom, fd, data, size, flags);
}

/* ---- processes and signals ---- */
static inline int sys_execve(const char *path, char *const *argv, char *const *envp)
{
	return (int)SYS(execve, path, argv, envp);
}
static inline void __attribute__((noreturn)) sys_exit(int status)
{
	for (;;)
		(void)SYS(exit_group, status);
}
static inline int sys_getpid(void)
{
	return (int)SYS(getpid, 0);
}
static inline int sys_getppid(void)
{
	return (int)SYS(getppid, 0);
}
static inline int sys_getsid(void)
{
	return (int)SYS(getsid, 0);
}
static inline int sys_getpgid(void)
{
	return (int)SYS(getpgid, 0);
}
static inline unsigned int sys_geteuid(void)
{
	return (unsigned int)SYS(geteuid, 0);
}
static inline int sys_kill(int pid, int signo)
{
	return (int)SYS(kill, pid, signo);
}
static inline int sys_sigaction(int signo, const struct sys_sigaction *set,
				struct sys_sigaction *ret)
{
	return (int)SYS(rt_sigaction, signo, set, ret, sizeof(uint64_t));
}
static inline int sys_sigprocmask(int how, const uint64_t *set, uint64_t *ret)
{
	return (int)SYS(rt_sigprocmask, how, set, ret, sizeof(uint64_t));
}
/* fd -1 makes a new one; else that one's set is replaced. */
static inline int sys_signalfd(int fd, const uint64_t *set)
{
	return (int)SYS(signalfd4, fd, set, sizeof(*set), O_CLOEXEC | O_NONBLOCK);
}
static inline int sys_prlimit(int resource, const struct rlimit64 *set, struct rlimit64 *ret)
{
	return (int)SYS(prlimit64, 0, resource, set, ret);
}
static inline int sys_prctl(int option, long value)
{
	return (int)SYS(prctl, option, value);
}

/* ---- the two idioms built on them ---- */
static inline uint64_t sys_bit(int signo)
{
	return UINT64_C(1) << (signo - 1);
}

/*
 * Moves fd above 9, where no shell redirection and none of 0-2 is. Takes fd. Returns it or -errno.
 */
static inline int sys_raise_fd(int fd)
{
	int high;

	if (fd < 0 || fd > 9)
		return fd;
	high = sys_fcntl(fd, F_DUPFD_CLOEXEC, 10);
	sys_close(fd);
	return high;
}

#endif
