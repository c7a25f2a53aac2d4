/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree of files the session sees. The host's mounts come in as slaves, so that what the admin
 * mounts later appears inside and nothing goes back; what we add is private. The clone that made init
 * has copied them all. Where the session is to have the whole of that copy it is changed in place; any
 * other tree is put there instead, and the copy is gone when it is done.
 */
#include "step.h"

#include "credentials.h"
#include "mount_audit.h"
#include "mount_tree.h"
#include "root_base.h"
#include "root_rules.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

/* Called where the namespace begins: whether that is the root we had, a mount from its top. */
static bool is_namespace_root(int root)
{
	const unsigned int wanted = STATX_MNT_ID | STATX_INO;
	struct statx had, top;

	if (statx(root, "", AT_EMPTY_PATH, wanted, &had) < 0 ||
	    statx(AT_FDCWD, "/", 0, wanted, &top) < 0)
		return false;
	return (had.stx_mask & top.stx_mask & wanted) == wanted && had.stx_mnt_id == top.stx_mnt_id &&
	       had.stx_ino == top.stx_ino && (top.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

int apply_propagation(struct step_context *c, struct err *e)
{
	struct mount_attr attr = { .propagation = MS_SLAVE };
	_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = go_to_namespace_root(e);

	if (r < 0)
		return r;
	c->whole_root = is_namespace_root(root);
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return err_set(e, errno, "mount_setattr", "slave");
	if (fchdir(root) < 0 || chroot(".") < 0)
		return err_set(e, errno, "chroot", "back");
	return 0;
}

int verify_propagation(struct step_context *c, struct err *e)
{
	(void)c;
	return mount_audit_shared(e);
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

/*
 * Another copy of the same mounts would be as good as the one we were born with: what lies under a mask
 * is out of reach in both, since lifting it takes CAP_SYS_ADMIN. It costs a copy, a pivot and two grace
 * periods of RCU at every login. Not in a chroot, which root inside could leave; and mounts that came
 * into a user namespace are the kernel's to lock, so there the tree is our own.
 */
static bool stays_in_place(const struct step_context *c)
{
	return c->whole_root && c->plan->root == ROOT_HOST && !(c->plan->namespaces & CLONE_NEWUSER);
}

static int open_base(const struct step_context *c, struct err *e)
{
	return stays_in_place(c) ? mount_target("/", e) : root_base_open(c->plan, e);
}

/* Puts the tree, made of what we see, in the old root's place and lets go of the old one. */
static int pivot(int tree, struct err *e)
{
	_close_ int old = -1;

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

static int enter(const struct step_context *c, int tree, struct err *e)
{
	if (!stays_in_place(c))
		return pivot(tree, e);
	return chdir("/") < 0 ? err_set(e, errno, "chdir", "/") : 0;
}

/* The session's own /run/swrap: 0711, nothing in it but the marker that says where one is. */
static int make_run_dir(const struct plan *plan, struct err *e)
{
	const uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	_close_ int tree = mount_new_tmpfs("0711", "64k", attributes, e);
	_close_ int marker = -1;

	if (tree < 0)
		return -e->num;
	if (mount_attach_at(tree, WIRE_RUN_DIR) < 0)
		return err_set(e, errno, "move_mount", "%s", WIRE_RUN_DIR);
	marker = open(WIRE_INSIDE_MARKER, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (marker < 0 || fchmod(marker, 0444) < 0 ||
	    io_write_full(marker, plan->identity->session, strlen(plan->identity->session)) < 0)
		return err_set(e, errno, "open", "%s", WIRE_INSIDE_MARKER);
	return 0;
}

/* What the profile says of the whole tree. What begins empty is still to be filled. */
static int restrict_tree(const struct plan *plan, struct root_copies *copies, int tree, struct err *e)
{
	int r;

	if (!plan->root_attributes || root_base_is_new(plan))
		return 0;
	r = root_copies_keep(copies, plan, "/", e);
	return r < 0 ? r : mount_attributes(tree, plan->root_attributes, 0, true, e);
}

static int build(const struct step_context *c, struct root_copies *copies, struct err *e)
{
	const struct plan *plan = c->plan;
	_close_ int rehearsal = root_base_rehearsal(plan, e);
	_close_ int tree = rehearsal < -1 ? -1 : open_base(c, e);
	_close_ int credentials = -1;
	int r = tree < 0 ? -e->num : root_copies_from_host(copies, plan, e);

	if (r == 0)
		r = credentials_take(plan, &credentials, e);

	if (r == 0)
		r = enter(c, tree, e);
	if (r == 0)
		r = restrict_tree(plan, copies, tree, e);
	if (r == 0)
		r = root_base_run(plan, e);
	if (r == 0)
		r = make_run_dir(plan, e);
	if (r == 0)
		r = root_base_place_rehearsal(rehearsal, e);
	if (r == 0)
		r = credentials_place(credentials, e);
	if (r == 0)
		r = root_rules_apply(plan, copies, false, e);
	if (r == 0)
		r = root_base_seal(plan, tree, e);
	if (r == 0 && plan->levels[STEP_PROC] == LEVEL_OFF)
		r = root_rules_finish(e);
	return r;
}

int apply_root(struct step_context *c, struct err *e)
{
	struct err own = { 0 };
	int r;

	root_copies_init(&c->copies);
	r = build(c, &c->copies, e ? e : &own);
	if (r < 0 || c->plan->levels[STEP_PROC] == LEVEL_OFF)
		root_copies_done(&c->copies, c->plan);
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
	if ((c->plan->root_attributes & MOUNT_ATTR_RDONLY || root_base_is_new(c->plan)) &&
	    !(fs.f_flag & ST_RDONLY))
		return err_set(e, EPERM, "root", "/ is writable");
	if ((c->plan->root_attributes & MOUNT_ATTR_NOEXEC) && !(fs.f_flag & ST_NOEXEC))
		return err_set(e, EPERM, "root", "/ is executable");
	if (root_rules_verify(c->plan, false, e) < 0 || credentials_verify(c->plan, e) < 0)
		return -EPERM;
	return c->plan->root == ROOT_HOST ? mount_audit_rules(c->plan, e) : 0; /* else verify_proc() */
}
