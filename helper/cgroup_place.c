/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup_place.h"

#include "cgroup.h"

#include "../src/cgroup_tree.h"
#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static const struct controller {
	const char *name;
	enum cgroup_controller bit;
} controllers[] = { { "pids", CGROUP_PIDS }, { "memory", CGROUP_MEMORY }, { "cpu", CGROUP_CPU } };

uint32_t cgroup_place_controllers(int group, const char *file)
{
	char text[1024], *save, *word;
	uint32_t bits = 0;

	if (io_read_file(group, file, text, sizeof(text)) < 0)
		return 0;
	for (word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
			if (strcmp(word, controllers[i].name) == 0)
				bits |= controllers[i].bit;
	return bits;
}

static const char *first_missing(uint32_t missing)
{
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (missing & controllers[i].bit)
			return controllers[i].name;
	return "";
}

/*
 * systemd owns every group it has not marked, and undoes what others do in them. It marks what it
 * delegates with an extended attribute; a machine without systemd has no marks and needs none.
 */
static bool is_ours(int group)
{
	static const char *const marks[] = { "trusted.delegate", "user.delegate" };
	char path[64], value[8];

	if (access("/run/systemd/system", F_OK) < 0)
		return true;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", group);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (getxattr(path, marks[i], value, sizeof(value)) == 1 && value[0] == '1')
			return true;
	return false;
}

static int own_path(pid_t pid, char *path, size_t size, struct err *e)
{
	int r = cgroup_tree_path(pid, path, size);

	if (r == -ENOTSUP)
		return err_set(e, ENOTSUP, "cgroup", "process %d is in no group of version 2", pid);
	return r < 0 ? err_set(e, -r, "open", "/proc/%d/cgroup", pid) : 0;
}

/*
 * A user who owns a group, or one above it, can move processes out of ours and take its controllers away:
 * then its limits are none, and its end misses somebody.
 */
static bool is_roots(int mount, const char *path)
{
	char at[PATH_MAX];
	char *slash;

	(void)snprintf(at, sizeof(at), "%s", path);
	do {
		_close_ int group = cgroup_tree_open(mount, at);
		struct stat st;

		if (group < 0 || fstat(group, &st) < 0 || st.st_uid != 0 ||
		    (st.st_mode & (S_IWGRP | S_IWOTH)))
			return false;
		slash = at[1] ? strrchr(at, '/') : NULL;
		if (slash)
			slash[slash == at ? 1 : 0] = 0;
	} while (slash);
	return true;
}

/* The nearest group above, itself included, that is ours and hands down what is needed. */
static int nearest(int mount, char *path, uint32_t needed, struct err *e)
{
	bool any_ours = false;

	for (;;) {
		_close_ int group = cgroup_tree_open(mount, path);
		char *slash = strrchr(path, '/');

		if (group >= 0 && is_ours(group) && is_roots(mount, path)) {
			any_ours = true;
			if ((needed & ~cgroup_place_controllers(group, "cgroup.subtree_control")) == 0)
				return take_fd(&group);
		}
		if (!path[1])
			break;
		slash[slash == path ? 1 : 0] = 0; /* up one, at last to "/" */
	}
	if (any_ours)
		return err_set(e, ENOTSUP, "cgroup", "no group above hands down the controllers needed");
	return err_set(e, EPERM, "cgroup", "every group above is systemd's or a user's: set CgroupParent= "
		       "to one with Delegate=yes");
}

static int make_group(int mount, const char *path)
{
	_close_ int group = -1;

	while (*path == '/')
		path++;
	if (mkdirat(mount, path, 0755) < 0 && errno != EEXIST)
		return -errno;
	group = cgroup_tree_open(mount, path);
	return take_fd(&group);
}

/* Turns on what is missing and can be had. The kernel refuses while a process is in the group itself. */
static void hand_down(int group, uint32_t missing)
{
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		_close_ int fd = -1;

		if (!(missing & controllers[i].bit))
			continue;
		fd = openat(group, "cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
		if (fd >= 0)
			(void)dprintf(fd, "+%s", controllers[i].name); /* read back by the caller */
	}
}

static int named(int mount, const char *parent, uint32_t needed, struct err *e)
{
	_close_ int group = cgroup_tree_open(mount, parent);
	uint32_t missing;

	if (group == -ENOENT)
		group = make_group(mount, parent);
	if (group < 0)
		return err_set(e, -group, "CgroupParent", "%s", parent);
	if (!is_ours(group))
		return err_set(e, EPERM, "CgroupParent", "%s is systemd's: it needs Delegate=yes", parent);
	if (!is_roots(mount, parent))
		return err_set(e, EPERM, "CgroupParent", "%s, or a group above it, is not root's", parent);
	hand_down(group, needed & ~cgroup_place_controllers(group, "cgroup.subtree_control"));
	missing = needed & ~cgroup_place_controllers(group, "cgroup.subtree_control");
	if (missing)
		return err_set(e, ENOTSUP, "CgroupParent", "%s does not hand down controller %s", parent,
			       first_missing(missing));
	return take_fd(&group);
}

int cgroup_place_open(const char *parent, pid_t app, uint32_t needed, char *path, size_t size,
		      struct err *e)
{
	_close_ int mount = cgroup_tree_mount();

	if (mount < 0)
		return err_set(e, -mount, "cgroup", "no control group version 2 is mounted");
	if (!parent)
		return own_path(app, path, size, e) < 0 ? -e->num : nearest(mount, path, needed, e);
	if ((size_t)snprintf(path, size, "/%s", parent + (parent[0] == '/')) >= size)
		return err_set(e, ENAMETOOLONG, "CgroupParent", "%s", parent);
	return named(mount, parent, needed, e);
}
