/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doors to those who run things outside, on the user's behalf. */
#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to(const struct sockaddr *address, socklen_t size)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return errno;
	r = outcome_of(connect(fd, address, size));
	(void)close(fd);
	return r;
}

static int connect_path(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	(void)strcpy(address.sun_path, path);
	return connect_to((const struct sockaddr *)&address, sizeof(address));
}

static int own_socket_pair(char **args)
{
	int pair[2];

	(void)args;
	return outcome_of(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static int session_bus(char **args)
{
	char path[64];

	(void)args;
	(void)snprintf(path, sizeof(path), "/run/user/%u/bus", getuid());
	return connect_path(path);
}

static int service_manager(char **args)
{
	char path[64];

	(void)args;
	(void)snprintf(path, sizeof(path), "/run/user/%u/systemd/private", getuid());
	return connect_path(path);
}

/* ARGUMENT: a port on the loopback, outside. */
static int loopback(char **args)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((unsigned short)number_of(args, 0)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return connect_to((const struct sockaddr *)&address, sizeof(address));
}

/* Listens and connects to itself: the loopback inside. */
static int own_loopback(char **args)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)args;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return errno;
	return connect_to((struct sockaddr *)&address, size);
}

/* ARGUMENT: the name of an abstract socket. No mount hides it. */
static int abstract_socket(char **args)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = text_of(args, 0, "escape");
	size_t length = strlen(name);

	if (length + 1 > sizeof(address.sun_path))
		return ENAMETOOLONG;
	memcpy(address.sun_path + 1, name, length);
	return connect_to((const struct sockaddr *)&address,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
}

/* ARGUMENT: the directory of jobs. What is written there runs later, outside: crontab, at. */
static int write_job(char **args)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/escape.%d", text_of(args, 0, "/var/spool/cron/crontabs"),
		       getpid());
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	(void)close(fd);
	(void)unlink(path);
	return 0;
}

static int write_own_file(char **args)
{
	(void)args;
	return can_write("/dev/null");
}

/* Which control group is it, seen from where? The host's path is not the session's business. */
static int path_of_cgroup(char **args)
{
	char text[4096], *line;
	int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	(void)args;
	if (n < 0)
		return errno;
	text[n] = 0;
	line = strstr(text, "0::");
	return line && strncmp(line, "0::/\n", 5) != 0 ? 0 : EPERM;
}

/* ARGUMENT: the control group of the application. What bounds or ends the session would bound that, too. */
static int share_cgroup(char **args)
{
	char text[4096], *line;
	int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return errno;
	text[n] = 0;
	line = strstr(text, "0::");
	if (!line)
		return ESCAPE_ABSENT;
	line[strcspn(line, "\n")] = 0;
	return strcmp(line + 3, text_of(args, 0, "/")) == 0 ? 0 : EPERM;
}

static int read_cgroup(char **args)
{
	(void)args;
	return can_read("/proc/self/cgroup");
}

/* ARGUMENT: a control group of somebody else's. */
static int move_cgroup(char **args)
{
	char path[256];
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", text_of(args, 0, "/sys/fs/cgroup"));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	r = outcome_of(write(fd, "0", 1));
	(void)close(fd);
	return r;
}

const struct hole outside_holes[] = {
	{ "session_bus", session_bus, own_socket_pair },
	{ "service_manager", service_manager, own_socket_pair },
	{ "loopback", loopback, own_loopback },
	{ "abstract_socket", abstract_socket, own_socket_pair },
	{ "job", write_job, write_own_file },
	{ "cgroup_path", path_of_cgroup, read_cgroup },
	{ "cgroup_shared", share_cgroup, read_cgroup },
	{ "cgroup_move", move_cgroup, read_cgroup },
	{ NULL, NULL, NULL },
};
