/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

int mount_target(const char *path, struct err *e)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "open", "%s", path) : fd;
}

int mount_clone(int dirfd, const char *path, bool recursive, struct err *e)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;
	int fd;

	if (recursive)
		flags |= AT_RECURSIVE;
	if (!path[0])
		flags |= AT_EMPTY_PATH;
	fd = open_tree(dirfd, path, flags);
	return fd < 0 ? err_set(e, errno, "open_tree", "%s", path) : fd;
}

int mount_attributes(int tree, uint64_t set, uint64_t clear, bool recursive, struct err *e)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear };
	unsigned int flags = AT_EMPTY_PATH;

	if (recursive)
		flags |= AT_RECURSIVE;
	if (mount_setattr(tree, "", flags, &attr, sizeof(attr)) < 0)
		return err_set(e, errno, "mount_setattr", "set %#llx", (unsigned long long)set);
	return 0;
}

int mount_attach(int tree, int target, struct err *e)
{
	if (move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_set(e, errno, "move_mount", "%s", "");
	return 0;
}

int mount_attach_at(int tree, const char *path)
{
	return move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

int mount_new_tmpfs(const char *mode, const char *size, uint64_t attributes, struct err *e)
{
	_close_ int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return err_set(e, errno, "fsopen", "tmpfs");
	if (fsconfig(fs, FSCONFIG_SET_STRING, "mode", mode, 0) < 0 ||
	    (size && fsconfig(fs, FSCONFIG_SET_STRING, "size", size, 0) < 0) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, errno, "fsconfig", "tmpfs mode %s", mode);
	fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned int)attributes);
	return fd < 0 ? err_set(e, errno, "fsmount", "tmpfs") : fd;
}
