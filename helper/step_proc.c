/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The session's /proc: another mount than the host's, with its own options and rules, of the session's
 * pid namespace where it has one.
 */
#include "step.h"

#include "mount_audit.h"
#include "mount_tree.h"
#include "root_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

static int set_option(int fs, const char *key, const char *value)
{
	return value ? fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) : 0;
}

static int new_proc(const struct plan *plan, struct err *e)
{
	_close_ int fs = fsopen("proc", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return err_set(e, errno, "fsopen", "proc");
	if (set_option(fs, "hidepid", plan->proc_hidepid) < 0 ||
	    set_option(fs, "subset", plan->proc_subset) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, errno, "fsconfig", "proc");
	fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? err_set(e, errno, "fsmount", "proc") : fd;
}

/*
 * Covers the host's /proc instead of detaching it, which would cost a grace period of RCU at every
 * login. Nobody inside can lift the cover: that takes CAP_SYS_ADMIN, which no shipped profile keeps.
 */
static int cover_proc(const struct plan *plan, struct err *e)
{
	_close_ int tree = new_proc(plan, e);

	if (tree < 0)
		return tree;
	return mount_attach_at(tree, "/proc") < 0 ? err_set(e, errno, "move_mount", "/proc") : 0;
}

int apply_proc(struct step_context *c, struct err *e)
{
	struct err own = { 0 };
	int r;

	e = e ? e : &own;
	r = cover_proc(c->plan, e);

	if (r < 0)
		return r;
	c->proc_fd = mount_clone(AT_FDCWD, "/proc", false, e);
	if (c->proc_fd < 0)
		return c->proc_fd;
	r = root_rules_apply(c->plan, &c->copies, true, e);
	root_copies_done(&c->copies, c->plan);
	return r < 0 ? r : root_rules_finish(e);
}

/*
 * With hidepid= other users' processes are not to be seen by who is not in the group 0: of that the mount's
 * own options are the only witness. subset= leaves nothing but processes.
 */
static int verify_options(const struct plan *plan, struct err *e)
{
	if (plan->proc_subset && access("/proc/meminfo", F_OK) == 0)
		return err_set(e, EPERM, "proc", "shows more than processes");
	return plan->proc_hidepid ? mount_audit_hidepid(plan->proc_hidepid, e) : 0;
}

int verify_proc(struct step_context *c, struct err *e)
{
	struct statfs fs;
	char self[32];
	ssize_t n = readlink("/proc/self", self, sizeof(self) - 1);
	bool own = c->plan->namespaces & CLONE_NEWPID;

	if (n <= 0 || (own && (n != 1 || self[0] != '1')))
		return err_set(e, EPERM, "proc", "shows another pid namespace");
	if (statfs("/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, EPERM, "proc", "/proc is no proc");
	if (c->plan->proc_read_only && !(fs.f_flags & ST_RDONLY))
		return err_set(e, EPERM, "proc", "/proc is writable");
	if (verify_options(c->plan, e) < 0)
		return -EPERM;
	if (c->plan->root != ROOT_HOST && mount_audit_rules(c->plan, e) < 0)
		return -EPERM;
	return root_rules_verify(c->plan, true, e);
}
