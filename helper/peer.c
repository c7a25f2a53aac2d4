/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer.h"

#include "../src/io.h"
#include "../src/num.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* linux/socket.h, 6.5 */
#endif

int peer_pidfd(int socket_fd, pid_t pid, struct err *e)
{
	int pidfd = -1;
	socklen_t size = sizeof(pidfd);

	if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0)
		return io_move_fd(pidfd, 0);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return err_set(e, errno, "pidfd_open", "pid %d", pid);
	return pidfd;
}

static int peer_groups(int socket_fd, struct peer *p, struct err *e)
{
	socklen_t size = sizeof(p->groups);

	if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERGROUPS, p->groups, &size) == 0) {
		p->ngroups = size / sizeof(p->groups[0]);
		return 0;
	}
	return err_set(e, errno == ERANGE ? E2BIG : errno, "SO_PEERGROUPS", "more than %d groups",
		       IDENTITY_GROUPS);
}

int peer_identity(int socket_fd, struct peer *ret, struct err *e)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (getsockopt(socket_fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return err_set(e, errno, "SO_PEERCRED", "%s", "");
	if (cred.pid <= 0)
		return err_set(e, ESRCH, "SO_PEERCRED", "a process of another pid namespace");
	ret->pid = cred.pid;
	ret->uid = cred.uid;
	ret->gid = cred.gid;
	return peer_groups(socket_fd, ret, e);
}

static int read_umask(pid_t pid, uint32_t *ret, struct err *e)
{
	char path[64], status[4096];
	const char *field;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (io_read_file(AT_FDCWD, path, status, sizeof(status)) < 0)
		return err_set(e, ESRCH, "status", "pid %d", pid);
	field = io_status_field(status, "Umask");
	if (!field)
		return err_set(e, ESRCH, "umask", "pid %d", pid);
	*ret = (uint32_t)strtoul(field, NULL, 8) & 0777;
	return 0;
}

static int read_oom(pid_t pid, int32_t *ret, struct err *e)
{
	char path[64], text[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	if (io_read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return err_set(e, ESRCH, "oom_score_adj", "pid %d", pid);
	*ret = (int32_t)strtol(text, NULL, 10); /* the kernel wrote it: -1000..1000 */
	return 0;
}

static rlim_t parse_limit(const char *text)
{
	return strncmp(text, "unlimited", 9) == 0 ? RLIM_INFINITY : strtoull(text, NULL, 10);
}

/*
 * From /proc/PID/limits: prlimit(2) on another user's process needs CAP_SYS_RESOURCE, which containers
 * leave out. One line a resource in the order of their numbers, in columns of 26, 21 and 21.
 */
static int read_limits(pid_t pid, struct rlimit limits[RLIM_NLIMITS], struct err *e)
{
	enum { SOFT_COLUMN = 26, HARD_COLUMN = 47, UNITS_COLUMN = 68 };
	char path[64], text[4096];
	char *line = text;

	(void)snprintf(path, sizeof(path), "/proc/%d/limits", pid);
	if (io_read_file(AT_FDCWD, path, text, sizeof(text)) < 0)
		return err_set(e, ESRCH, "limits", "pid %d", pid);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		line = strchr(line, '\n');
		if (!line || strcspn(++line, "\n") < UNITS_COLUMN)
			return err_set(e, EPROTO, "limits", "pid %d resource %d", pid, i);
		limits[i].rlim_cur = parse_limit(line + SOFT_COLUMN);
		limits[i].rlim_max = parse_limit(line + HARD_COLUMN);
	}
	return 0;
}

int peer_manners(pid_t pid, struct inner_start *start, struct err *e)
{
	int r = read_limits(pid, start->limits, e);

	if (r < 0)
		return r;
	errno = 0;
	start->nice = getpriority(PRIO_PROCESS, (id_t)pid);
	if (errno)
		return err_set(e, errno, "getpriority", "pid %d", pid);
	if (read_umask(pid, &start->umask, e) < 0)
		return -ESRCH;
	return read_oom(pid, &start->oom_score_adj, e);
}

int peer_image(pid_t pid, char *path, size_t size, struct err *e)
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	n = readlink(link, path, size - 1);
	if (n < 0)
		return err_set(e, errno, "readlink", "%s", link);
	path[n] = 0;
	return 0;
}

int peer_open_image(pid_t pid, struct err *e)
{
	char link[64];
	int fd;

	(void)snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	fd = open(link, O_PATH | O_CLOEXEC);
	return fd < 0 ? err_set(e, errno, "open", "%s", link) : fd;
}

bool peer_alive(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}
