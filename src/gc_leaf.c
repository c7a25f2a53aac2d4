/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gc_leaf.h"

#include "attr.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Alone, or beside version 1. */
static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

int gc_leaf_mount(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		_close_ int fd = open(mounts[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;

		if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return take_fd(&fd);
	}
	return -ENOTSUP;
}

/* The group above. Nothing in its path may lead out of the mount. */
static int open_parent(int mount, const char *path, size_t length)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	char parent[PATH_MAX];
	long fd;

	if (length >= sizeof(parent))
		return -ENAMETOOLONG;
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)length, path);
	fd = syscall(SYS_openat2, mount, length ? parent : ".", &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

int gc_leaf_remove(int mount, const char *path, const char *session, bool dry_run)
{
	const char *name = strrchr(path, '/');
	_close_ int parent = -1;
	struct stat st;

	if (path[0] != '/' || strncmp(name + 1, CGROUP_PREFIX, strlen(CGROUP_PREFIX)) != 0 ||
	    strcmp(name + 1 + strlen(CGROUP_PREFIX), session) != 0)
		return -EINVAL;
	/* Below the root, without its slash: "/a/b/swrap-..." is "a/b" there. */
	parent = open_parent(mount, path + 1, name > path ? (size_t)(name - path) - 1 : 0);
	if (parent < 0)
		return parent == -ENOENT ? 0 : parent;
	if (dry_run)
		return fstatat(parent, name + 1, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (unlinkat(parent, name + 1, AT_REMOVEDIR) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}
