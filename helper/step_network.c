/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network: none but a loopback of the session's own, or one that the admin made and named.
 */
#include "step.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>

/* ---- a namespace that is joined ---- */

/* Whoever may replace a directory on the way could name another namespace: the host's, for one. */
static int check_directories(const char *path, struct err *e)
{
	char prefix[PATH_MAX];

	if (strlen(path) >= sizeof(prefix))
		return err_set(e, ENAMETOOLONG, "NetworkNamespacePath", "%.80s", path);
	for (const char *at = path; at; at = strchr(at + 1, '/')) {
		_close_ int fd = -1;
		struct stat st;

		(void)snprintf(prefix, sizeof(prefix), "%.*s", at == path ? 1 : (int)(at - path), path);
		fd = io_open_nolinks(prefix, O_PATH | O_DIRECTORY);
		if (fd < 0 || fstat(fd, &st) < 0)
			return err_set(e, fd < 0 ? -fd : errno, "NetworkNamespacePath", "%.80s", prefix);
		if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
			return err_set(e, EPERM, "NetworkNamespacePath", "%.80s: owner or mode", prefix);
	}
	return 0;
}

static bool is_network_namespace(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC &&
	       ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

/* No link in any component, nor one of /proc: what it leads to changes with the process. */
static int open_namespace(const char *path, struct err *e)
{
	_close_ int fd = -1;
	int r;

	if (path[0] != '/')
		return err_set(e, EINVAL, "NetworkNamespacePath", "%.80s is not absolute", path);
	r = check_directories(path, e);
	if (r < 0)
		return r;
	fd = io_open_nolinks(path, O_RDONLY);
	if (fd < 0)
		return err_set(e, -fd, "NetworkNamespacePath", "%.80s", path);
	if (!is_network_namespace(fd))
		return err_set(e, EINVAL, "NetworkNamespacePath", "%.80s is no network namespace", path);
	return take_fd(&fd);
}

static int join(const char *path, struct err *e)
{
	_close_ int fd = open_namespace(path, e);

	if (fd < 0)
		return fd;
	if (setns(fd, CLONE_NEWNET) < 0)
		return err_set(e, errno, "setns", "%.80s", path);
	return 0;
}

static int verify_joined(const char *path, struct err *e)
{
	_close_ int fd = open_namespace(path, e);
	struct stat want, have;

	if (fd < 0)
		return fd;
	if (fstat(fd, &want) < 0 || stat("/proc/self/ns/net", &have) < 0)
		return err_set(e, errno, "stat", "/proc/self/ns/net");
	if (want.st_ino != have.st_ino || want.st_dev != have.st_dev)
		return err_set(e, EPERM, "namespace", "net is not %.80s", path);
	return 0;
}

/* ---- one of its own ---- */

/* The kernel makes lo and leaves it down; programs expect 127.0.0.1 to answer. */
static int ask_loopback(unsigned long request, struct ifreq *lo, struct err *e)
{
	_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(e, errno, "socket", "lo");
	(void)strcpy(lo->ifr_name, "lo");
	return ioctl(fd, request, lo) < 0 ? err_set(e, errno, "ioctl", "lo %#lx", request) : 0;
}

static int raise_loopback(struct err *e)
{
	struct ifreq lo = { .ifr_flags = 0 };
	int r = ask_loopback(SIOCGIFFLAGS, &lo, e);

	if (r < 0)
		return r;
	lo.ifr_flags |= IFF_UP;
	return ask_loopback(SIOCSIFFLAGS, &lo, e);
}

static int verify_loopback(struct err *e)
{
	struct ifreq lo = { .ifr_flags = 0 };
	int r = ask_loopback(SIOCGIFFLAGS, &lo, e);

	if (r == 0 && !(lo.ifr_flags & IFF_UP))
		r = err_set(e, ENETDOWN, "network", "lo is down");
	return r;
}

int apply_network_namespace(struct step_context *c, struct err *e)
{
	const char *path = c->plan->network_namespace_path;

	return path ? join(path, e) : raise_loopback(e);
}

int verify_network_namespace(struct step_context *c, struct err *e)
{
	const char *path = c->plan->network_namespace_path;
	int r = step_verify_namespace(c, NAMESPACE_NET, e);

	if (r < 0)
		return r;
	return path ? verify_joined(path, e) : verify_loopback(e);
}
