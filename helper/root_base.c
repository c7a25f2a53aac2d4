/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "root_base.h"

#include "mount_tree.h"
#include "place.h"

#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { BASE_ATTRIBUTES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

bool root_base_is_new(const struct plan *plan)
{
	return plan->root == ROOT_MINIMAL || plan->root == ROOT_EMPTY;
}

/* Root inside could write to the file of the next logins otherwise. */
int root_base_rehearsal(const struct plan *plan, struct err *e)
{
	_close_ int tree = -1;

	if (plan->root == ROOT_HOST)
		return -1;
	tree = mount_clone(AT_FDCWD, SWRAP_ATTACH_PATH, false, e);
	if (tree < 0)
		return -2; /* not a descriptor, and not "nothing to do" */
	return mount_attributes(tree, MOUNT_ATTR_RDONLY, 0, false, e) < 0 ? -2 : take_fd(&tree);
}

static int make_dirs(int tree, const char *const *names, struct err *e)
{
	mode_t mask = umask(022);
	int r = 0;

	for (; r == 0 && *names; names++)
		if (mkdirat(tree, *names, 0755) < 0)
			r = err_set(e, errno, "mkdir", "%s", *names);
	(void)umask(mask);
	return r;
}

static int open_new(struct err *e)
{
	static const char *const dirs[] = { "dev", "proc", "run", "run/swrap", "run/user", NULL };
	_close_ int tree = mount_new_tmpfs("0755", "1m", BASE_ATTRIBUTES, e);

	if (tree < 0 || make_dirs(tree, dirs, e) < 0)
		return -e->num;
	return take_fd(&tree);
}

static int open_directory(const char *path, struct err *e)
{
	_close_ int place = place_open_trusted(path, e);

	return place < 0 ? place : mount_clone(place, "", true, e);
}

int root_base_open(const struct plan *plan, struct err *e)
{
	if (plan->root == ROOT_HOST)
		return mount_clone(AT_FDCWD, "/", true, e);
	return plan->root == ROOT_DIRECTORY ? open_directory(plan->root_path, e) : open_new(e);
}

int root_base_run(const struct plan *plan, struct err *e)
{
	static const char *const dirs[] = { "swrap", "user", NULL };
	_close_ int target = -1, tree = -1;

	if (plan->root != ROOT_DIRECTORY)
		return 0;
	target = place_open("/run", e);
	tree = target < 0 ? -1 : mount_new_tmpfs("0755", "1m", BASE_ATTRIBUTES, e);
	if (tree < 0 || make_dirs(tree, dirs, e) < 0)
		return -e->num;
	return mount_attach(tree, target, e);
}

int root_base_place_rehearsal(int copy, struct err *e)
{
	_close_ int file = -1, target = -1;

	if (copy < 0)
		return 0;
	file = open(ROOT_REHEARSAL, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0444);
	target = file < 0 ? -1 : open(ROOT_REHEARSAL, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return err_set(e, errno, "open", "%s", ROOT_REHEARSAL);
	return mount_attach(copy, target, e);
}

int root_base_seal(const struct plan *plan, int tree, struct err *e)
{
	if (!root_base_is_new(plan))
		return 0;
	return mount_attributes(tree, MOUNT_ATTR_RDONLY | plan->root_attributes, 0, false, e);
}
