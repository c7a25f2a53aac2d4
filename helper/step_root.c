/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree of files the session sees. The host's mounts come in as slaves, so that what the admin
 * mounts later appears inside and nothing goes back; what we add is private. The old root is gone
 * when it is done: nothing under a mask can be reached by lifting it.
 */
#include "step.h"

#include "mount_tree.h"
#include "root_rules.h"

#include "../src/io.h"
#include "../src/mount_query.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

/*
 * Where the namespace begins. When the application is in a chroot we begin further in, with mounts
 * above us that are out of sight, and where a root cannot be pivoted.
 */
static int go_to_namespace_root(struct err *e)
{
	_close_ int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (ns < 0 || setns(ns, CLONE_NEWNS) < 0)
		return err_set(e, errno, "setns", "to the root of the mount namespace");
	return 0;
}

int apply_propagation(struct step_context *c, struct err *e)
{
	struct mount_attr attr = { .propagation = MS_SLAVE };
	_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = go_to_namespace_root(e);

	(void)c;
	if (r < 0)
		return r;
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return err_set(e, errno, "mount_setattr", "slave");
	if (fchdir(root) < 0 || chroot(".") < 0)
		return err_set(e, errno, "chroot", "back");
	return 0;
}

/*
 * No mount of this namespace may be shared: mountinfo names the peer group in its optional fields. What
 * comes later is a copy of these or new below them, and neither can be shared.
 */
static int nothing_shared(struct err *e)
{
	_fclose_ FILE *file = NULL;
	_free_ char *line = NULL;
	size_t size = 0;
	bool shared;

	if (mount_query_shared(&shared) == 0 && !shared)
		return 0;
	file = fopen("/proc/self/mountinfo", "re"); /* which names the one that is, too */
	if (!file)
		return err_set(e, errno, "open", "mountinfo");
	while (getline(&line, &size, file) > 0) {
		char *end = strstr(line, " - ");

		if (end)
			*end = 0;
		if (strstr(line, " shared:"))
			return err_set(e, EPERM, "mountinfo", "shared: %.80s", line);
	}
	return 0;
}

int verify_propagation(struct step_context *c, struct err *e)
{
	(void)c;
	return nothing_shared(e);
}

/*
 * Called in the old root. / must be the tree, and what is let go of belongs to no namespace: it cannot
 * be let go of twice.
 */
static int check_pivot(int tree, struct err *e)
{
	struct statx ours, root;

	if (umount2(".", MNT_DETACH) == 0 || errno != EINVAL)
		return err_set(e, EPERM, "umount", "the old root is still there");
	if (chdir("/") < 0 || statx(tree, "", AT_EMPTY_PATH, STATX_MNT_ID, &ours) < 0 ||
	    statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &root) < 0)
		return err_set(e, errno, "statx", "/");
	if (!(root.stx_mask & STATX_MNT_ID) || root.stx_mnt_id != ours.stx_mnt_id)
		return err_set(e, EPERM, "pivot_root", "/ is another mount");
	return 0;
}

/* Puts a copy of the whole tree that we see in the old root's place and lets go of the old one. */
static int pivot(struct err *e)
{
	_close_ int tree = mount_clone(AT_FDCWD, "/", true, e);
	_close_ int old = -1;

	if (tree < 0)
		return tree;
	if (go_to_namespace_root(e) < 0)
		return -e->num;
	old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (old < 0)
		return err_set(e, errno, "open", "/");
	if (move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_set(e, errno, "move_mount", "/");
	if (fchdir(tree) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return err_set(e, errno, "pivot_root", "%s", "");
	/* pivot_root put the old root on top of the new one; from there it can be let go. */
	if (fchdir(old) < 0 || umount2(".", MNT_DETACH) < 0)
		return err_set(e, errno, "umount", "the old root");
	return check_pivot(tree, e);
}

/* The session's own /run/swrap: 0711, nothing in it but the marker that says where one is. */
static int make_run_dir(const struct plan *plan, struct err *e)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	_close_ int target = mount_target(WIRE_RUN_DIR, e);
	_close_ int tree = target < 0 ? -1 : mount_new_tmpfs("0711", "64k", attributes, e);
	_close_ int marker = -1;
	int r;

	if (tree < 0)
		return -e->num;
	r = mount_attach(tree, target, e);
	if (r < 0)
		return r;
	marker = open(WIRE_INSIDE_MARKER, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (marker < 0 || fchmod(marker, 0444) < 0 ||
	    io_write_full(marker, plan->identity->session, strlen(plan->identity->session)) < 0)
		return err_set(e, errno, "open", "%s", WIRE_INSIDE_MARKER);
	return 0;
}

static int seal_run_dir(struct err *e)
{
	_close_ int dir = open(WIRE_RUN_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_set(e, errno, "open", "%s", WIRE_RUN_DIR);
	return mount_attributes(dir, MOUNT_ATTR_RDONLY, 0, false, e);
}

static int make_read_only(const struct plan *plan, struct err *e)
{
	_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (!plan->root_read_only)
		return 0;
	if (root < 0)
		return err_set(e, errno, "open", "/");
	return mount_attributes(root, MOUNT_ATTR_RDONLY, 0, true, e);
}

static int build(const struct plan *plan, struct root_copies *copies, struct err *e)
{
	int r = pivot(e);

	if (r == 0)
		r = root_copies_take(copies, plan, e);
	if (r == 0)
		r = make_read_only(plan, e);
	if (r == 0)
		r = make_run_dir(plan, e);
	if (r == 0)
		r = root_rules_apply(plan, copies, false, e);
	return r < 0 ? r : seal_run_dir(e);
}

int apply_root(struct step_context *c, struct err *e)
{
	struct root_copies copies;
	int r;

	root_copies_init(&copies);
	r = build(c->plan, &copies, e);
	root_copies_done(&copies);
	return r;
}

int verify_root(struct step_context *c, struct err *e)
{
	struct statvfs fs;
	struct stat run, above;

	if (stat(WIRE_RUN_DIR, &run) < 0 || stat("/run", &above) < 0)
		return err_set(e, errno, "stat", "%s", WIRE_RUN_DIR);
	if (run.st_uid != 0 || (run.st_mode & 07777) != 0711 || run.st_dev == above.st_dev)
		return err_set(e, EPERM, "root", "%s is not the session's own", WIRE_RUN_DIR);
	if (statvfs("/", &fs) < 0)
		return err_set(e, errno, "statvfs", "/");
	if (c->plan->root_read_only && !(fs.f_flag & ST_RDONLY))
		return err_set(e, EPERM, "root", "/ is writable");
	return root_rules_verify(c->plan, false, e);
}

static int new_proc(struct err *e)
{
	_close_ int fs = fsopen("proc", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return err_set(e, errno, "fsopen", "proc");
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", "proc", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, errno, "fsconfig", "proc");
	fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? err_set(e, errno, "fsmount", "proc") : fd;
}

/*
 * Covers the host's /proc instead of detaching it, which would cost a grace period of RCU at every
 * login. Nobody inside can lift the cover: that takes CAP_SYS_ADMIN, which no profile keeps.
 */
static int cover_proc(struct err *e)
{
	_close_ int tree = new_proc(e);
	_close_ int target = tree < 0 ? -1 : mount_target("/proc", e);

	return target < 0 ? -e->num : mount_attach(tree, target, e);
}

int apply_proc(struct step_context *c, struct err *e)
{
	_close_ int mounted = -1;
	int r = cover_proc(e);

	if (r < 0)
		return r;
	c->proc_fd = mount_clone(AT_FDCWD, "/proc", false, e);
	if (c->proc_fd < 0)
		return c->proc_fd;
	mounted = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mounted < 0)
		return err_set(e, errno, "open", "/proc");
	if (c->plan->proc_read_only)
		r = mount_attributes(mounted, MOUNT_ATTR_RDONLY, 0, false, e);
	return r < 0 ? r : root_rules_apply(c->plan, NULL, true, e);
}

int verify_proc(struct step_context *c, struct err *e)
{
	struct statfs fs;
	char self[32];
	ssize_t n = readlink("/proc/self", self, sizeof(self) - 1);

	if (n != 1 || self[0] != '1')
		return err_set(e, EPERM, "proc", "shows another pid namespace");
	if (statfs("/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, EPERM, "proc", "/proc is no proc");
	if (c->plan->proc_read_only && !(fs.f_flags & ST_RDONLY))
		return err_set(e, EPERM, "proc", "/proc is writable");
	return root_rules_verify(c->plan, true, e);
}
