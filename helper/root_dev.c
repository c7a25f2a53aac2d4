/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A /dev with the harmless nodes.
 */
#include "root_rules.h"

#include "mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
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

enum { DEVICES = ARRAY_SIZE(devices) };

/*
 * In a user namespace nobody makes device nodes, and those on a file system of its own do not open: the
 * host's are bound, of which copies are taken before the new /dev covers them. A bound ptmx would look for
 * its terminals on the host's side: there it is that of devpts, for whoever devpts lets open it.
 */
static int borrow_device(int dev, const char *name, int *ret_copy, struct err *e)
{
	char path[32];

	if (strcmp(name, "ptmx") == 0)
		return symlinkat("pts/ptmx", dev, name) < 0 ? err_set(e, errno, "symlink", "/dev/ptmx") : 0;
	(void)snprintf(path, sizeof(path), "/dev/%s", name);
	if (mknodat(dev, name, S_IFREG | 0444, 0) < 0)
		return err_set(e, errno, "mknod", "%s", path);
	*ret_copy = mount_clone(AT_FDCWD, path, false, e);
	return *ret_copy < 0 ? *ret_copy : 0;
}

static int make_device(int dev, const struct device *d, int *ret_copy, struct err *e)
{
	if (mknodat(dev, d->name, S_IFCHR | 0666, makedev(d->major, d->minor)) == 0)
		return 0;
	if (errno == EPERM)
		return borrow_device(dev, d->name, ret_copy, e);
	return err_set(e, errno, "mknod", "/dev/%s", d->name);
}

/* The new /dev is in its place. */
static int bind_devices(int copies[DEVICES], struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < DEVICES; i++) {
		_close_ int copy = take_fd(&copies[i]), target = -1;
		char path[32];

		if (copy < 0)
			continue;
		(void)snprintf(path, sizeof(path), "/dev/%s", devices[i].name);
		target = mount_target(path, e);
		r = target < 0 ? target : mount_attach(copy, target, e);
	}
	return r;
}

static void close_copies(int (*copies)[DEVICES])
{
	for (size_t i = 0; i < DEVICES; i++)
		fd_close(&(*copies)[i]);
}

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

static int fill_dev(int dev, int copies[DEVICES], struct err *e)
{
	for (size_t i = 0; i < DEVICES; i++)
		if (make_device(dev, &devices[i], &copies[i], e) < 0)
			return -e->num;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].to, dev, links[i].name) < 0)
			return err_set(e, errno, "symlink", "/dev/%s", links[i].name);
	if (mkdirat(dev, "pts", 0755) < 0 || mkdirat(dev, "shm", 01777) < 0)
		return err_set(e, errno, "mkdir", "/dev/pts");
	return copy_log_link(dev, e);
}

_Static_assert(DEVICES == 7, "the copies below");

int root_dev_apply(const struct rule *rule, int target, struct err *e)
{
	_close_ int tree = mount_new_tmpfs("0755", "16m", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, e);
	_close_ int pts_target = -1, pts = take_fd(rule->copy);
	_cleanup_(close_copies) int copies[DEVICES] = { -1, -1, -1, -1, -1, -1, -1 };
	struct err own = { 0 };
	mode_t mask = umask(0);
	int r = tree < 0 ? tree : fill_dev(tree, copies, e ? e : &own);

	(void)umask(mask);
	if (r == 0)
		r = mount_attach(tree, target, e);
	if (r == 0)
		r = bind_devices(copies, e);
	if (r < 0 || pts < 0)
		return r;
	pts_target = mount_target("/dev/pts", e);
	return pts_target < 0 ? pts_target : mount_attach(pts, pts_target, e);
}
