/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A /dev with the harmless nodes.
 */
#include "root_rules.h"

#include "mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

static const struct device {
	const char *name;
	unsigned int major, minor;
} devices[] = {
	{ "null", 1, 3 },   { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 },
	{ "urandom", 1, 9 }, { "tty", 5, 0 },  { "ptmx", 5, 2 },
};

static const struct link {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" },	   { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
};

/* The host's log socket stays reachable as it was: by the link most systems have. */
static int copy_log_link(int dev, struct err *e)
{
	char to[PATH_MAX];
	ssize_t n = readlink("/dev/log", to, sizeof(to) - 1);

	if (n < 0)
		return 0; /* ENOENT: no syslog; EINVAL: a socket in /dev, which a private /dev hides */
	to[n] = 0;
	if (symlinkat(to, dev, "log") < 0)
		return err_set(e, errno, "symlink", "/dev/log");
	return 0;
}

static int fill_dev(int dev, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (mknodat(dev, devices[i].name, S_IFCHR | 0666,
			    makedev(devices[i].major, devices[i].minor)) < 0)
			return err_set(e, errno, "mknod", "/dev/%s", devices[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].to, dev, links[i].name) < 0)
			return err_set(e, errno, "symlink", "/dev/%s", links[i].name);
	if (mkdirat(dev, "pts", 0755) < 0 || mkdirat(dev, "shm", 01777) < 0)
		return err_set(e, errno, "mkdir", "/dev/pts");
	return copy_log_link(dev, e);
}

int root_dev_apply(const struct rule *rule, int target, struct err *e)
{
	_close_ int tree = mount_new_tmpfs("0755", "16m", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, e);
	_close_ int pts_target = -1, pts = take_fd(rule->copy);
	mode_t mask = umask(0);
	int r = tree < 0 ? tree : fill_dev(tree, e);

	(void)umask(mask);
	if (r == 0)
		r = mount_attach(tree, target, e);
	if (r < 0 || pts < 0)
		return r;
	pts_target = mount_target("/dev/pts", e);
	return pts_target < 0 ? pts_target : mount_attach(pts, pts_target, e);
}
