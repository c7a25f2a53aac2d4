/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * assault - tries everything one process can do to another. Nothing of it harms the other.
 *
 * Usage: PID=number assault NAME...   (attempt.h)
 */
#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pid_t victim(void)
{
	const char *text = getenv("PID");

	return text ? atoi(text) : 0;
}

static int try_kill(void) { return result(kill(victim(), 0)); }
static int try_seize(void) { return result(ptrace(PTRACE_SEIZE, victim(), 0, 0)); }

/* An address that is mapped nowhere: who may look gets as far as EFAULT. */
static int look(ssize_t (*call)(pid_t, const struct iovec *, unsigned long, const struct iovec *,
				unsigned long, unsigned long))
{
	char byte = 0;
	struct iovec here = { &byte, 1 }, there = { (void *)8, 1 };
	int r = result(call(victim(), &here, 1, &there, 1, 0));

	return r == EFAULT ? 0 : r;
}

static int try_vm_read(void) { return look(process_vm_readv); }
static int try_vm_write(void) { return look(process_vm_writev); }

static int try_take_fd(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, victim(), 0);

	return pidfd < 0 ? errno : result(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

static int open_of(const char *name, int flags)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)victim(), name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

/* Of a file that runs: who has the right gets as far as "text busy". */
static int try_write_exe(void)
{
	int r = open_of("exe", O_WRONLY);

	return r == ETXTBSY ? 0 : r;
}

static int try_mem(void) { return open_of("mem", O_RDWR); }
static int try_root(void) { return open_of("root", O_RDONLY | O_DIRECTORY); }
static int try_cwd(void) { return open_of("cwd", O_RDONLY | O_DIRECTORY); }
static int try_fd0(void) { return open_of("fd/0", O_RDONLY | O_NONBLOCK); }
static int try_environ(void)
{
	char byte, path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)victim());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || read(fd, &byte, 1) < 0 ? errno : 0;
}
static int try_namespace(void) { return open_of("ns/mnt", O_RDONLY); }

static int try_limits(void)
{
	struct rlimit64 limit;

	return result(syscall(SYS_prlimit64, victim(), RLIMIT_NOFILE, NULL, &limit));
}

static const struct attempt attempts[] = {
	{ "kill", try_kill }, { "seize", try_seize }, { "vm_read", try_vm_read },
	{ "vm_write", try_vm_write }, { "take_fd", try_take_fd }, { "write_exe", try_write_exe },
	{ "mem", try_mem }, { "root", try_root }, { "cwd", try_cwd }, { "fd0", try_fd0 },
	{ "environ", try_environ }, { "namespace", try_namespace }, { "limits", try_limits },
};

int main(int argc, char **argv)
{
	return attempt_all(attempts, sizeof(attempts) / sizeof(attempts[0]), argc, argv);
}
