/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gc_leaf.h"

#include "attr.h"
#include "cgroup_tree.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The group above a leaf. */
static int open_parent(int mount, const char *path, const char *name)
{
	char parent[PATH_MAX];
	size_t length = (size_t)(name - path);

	if (length >= sizeof(parent))
		return -ENAMETOOLONG;
	if (path[1] == '/') /* no path of ours: what the kernel says of an absolute one */
		return -EXDEV;
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)length, path);
	return cgroup_tree_open(mount, parent);
}

int gc_leaf_remove(int mount, const char *path, const char *session, bool dry_run)
{
	const char *name = strrchr(path, '/');
	_close_ int parent = -1;
	struct stat st;

	if (path[0] != '/' || strncmp(name + 1, CGROUP_PREFIX, strlen(CGROUP_PREFIX)) != 0 ||
	    strcmp(name + 1 + strlen(CGROUP_PREFIX), session) != 0)
		return -EINVAL;
	parent = open_parent(mount, path, name);
	if (parent < 0)
		return parent == -ENOENT ? 0 : parent;
	if (dry_run)
		return fstatat(parent, name + 1, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (unlinkat(parent, name + 1, AT_REMOVEDIR) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}
