/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One action, one pair of functions: made at a place, asked of the kernel.
 */
#include "root_rules.h"

#include "mount_tree.h"
#include "place.h"

#include "../src/num.h"
#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

enum { PRIVATE_ATTRIBUTES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

static bool is_own_mount(const struct rule_seen *seen)
{
	return seen->stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static bool has_all(uint64_t attributes, uint64_t wanted)
{
	return (attributes & wanted) == wanted;
}

/* ---- mask ---- */

/* By another path to it: a mask of a mask would keep the name of the first one busy. */
static bool is_masked(const struct stat *st)
{
	struct stat run;

	return (st->st_mode & 07777) == 0 && stat(WIRE_RUN_DIR, &run) == 0 && run.st_dev == st->st_dev;
}

static int apply_mask(const struct rule *rule, int target, struct err *e)
{
	_close_ int source = -1;
	struct stat st;

	if (fstat(target, &st) < 0)
		return err_set(e, errno, "fstat", "%s", rule->mount->path);
	if (is_masked(&st))
		return 0;
	source = mount_clone(AT_FDCWD,
			     S_ISDIR(st.st_mode) ? WIRE_RUN_DIR "/" MASK_DIR : WIRE_RUN_DIR "/" MASK_FILE,
			     false, e);
	return source < 0 ? source : mount_attach(source, target, e);
}

static bool verify_mask(const struct rule *rule, const struct rule_seen *seen)
{
	(void)rule;
	return makedev(seen->stx.stx_dev_major, seen->stx.stx_dev_minor) == seen->masks &&
	       (seen->stx.stx_mode & 07777) == 0;
}

/* ---- private places ---- */

/*
 * XDG_RUNTIME_DIR goes on working: there is just nobody in it from outside. As small as logind makes it: it
 * is memory, and every session has one.
 */
static int apply_runtime(const struct rule *rule, int target, struct err *e)
{
	const struct identity *id = rule->plan->identity;
	_close_ int tree = mount_new_tmpfs("0755", "10%", PRIVATE_ATTRIBUTES, e);
	char name[NUM_TEXT_BYTES];

	if (tree < 0)
		return tree;
	(void)num_format(id->uid, name);
	if (mkdirat(tree, name, 0700) < 0 ||
	    fchownat(tree, name, id->uid, id->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "mkdir", "/run/user/%s", name);
	return mount_attach(tree, target, e);
}

static bool verify_runtime(const struct rule *rule, const struct rule_seen *seen)
{
	char path[PATH_MAX + 16];
	struct stat own;
	dev_t dev = makedev(seen->stx.stx_dev_major, seen->stx.stx_dev_minor);
	uid_t uid = rule->plan->identity->uid;

	(void)snprintf(path, sizeof(path), "%s/%u", rule->mount->path, uid);
	if (!is_own_mount(seen) || lstat(path, &own) < 0)
		return false;
	return seen->stx.stx_uid == 0 && own.st_dev == dev && own.st_uid == uid &&
	       (own.st_mode & 07777) == 0700;
}

static int apply_tmp(const struct rule *rule, int target, struct err *e)
{
	_close_ int tree = mount_new_tmpfs("1777", "10%", PRIVATE_ATTRIBUTES, e);

	(void)rule;
	return tree < 0 ? tree : mount_attach(tree, target, e);
}

static bool verify_private(const struct rule *rule, const struct rule_seen *seen)
{
	(void)rule;
	return is_own_mount(seen) && seen->stx.stx_uid == 0 &&
	       (seen->attributes & (MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY)) == MOUNT_ATTR_NOSUID;
}

/* Read-only only when all is in it: the descriptor is kept for that. */
static int apply_tmpfs(const struct rule *rule, int target, struct err *e)
{
	const struct plan_mount *m = rule->mount;
	_close_ int tree = mount_new_tmpfs(m->mode, m->size,
					   m->attributes & ~(uint64_t)MOUNT_ATTR_RDONLY, e);
	int r = tree < 0 ? tree : mount_attach(tree, target, e);

	if (r == 0 && (m->attributes & MOUNT_ATTR_RDONLY))
		*rule->copy = take_fd(&tree);
	return r;
}

static bool verify_attributes(const struct rule *rule, const struct rule_seen *seen)
{
	return is_own_mount(seen) && has_all(seen->attributes, rule->mount->attributes);
}

/* ---- from the host ---- */

/* What need not be there was perhaps not: then the place is as it was. */
static bool verify_bind(const struct rule *rule, const struct rule_seen *seen)
{
	return (rule->mount->optional && !is_own_mount(seen)) || verify_attributes(rule, seen);
}

static int apply_bind(const struct rule *rule, int target, struct err *e)
{
	_close_ int tree = take_fd(rule->copy);
	int r = 0;

	if (rule->mount->attributes)
		r = mount_attributes(tree, rule->mount->attributes, 0, true, e);
	return r < 0 ? r : mount_attach(tree, target, e);
}

/* The place was made for a link, too: nothing can be mounted on one. */
static int apply_host(const struct rule *rule, int target, struct err *e)
{
	const char *path = rule->mount->path;
	char to[PATH_MAX];
	ssize_t n = readlinkat(*rule->copy, "", to, sizeof(to) - 1);

	if (n < 0)
		return apply_bind(rule, target, e);
	to[n] = 0;
	if (unlink(path) < 0 || symlink(to, path) < 0)
		return err_set(e, errno, "symlink", "%s", path);
	return 0;
}

static bool verify_host(const struct rule *rule, const struct rule_seen *seen)
{
	return S_ISLNK(seen->stx.stx_mode) || verify_attributes(rule, seen);
}

/* ---- taken away and given back ---- */

/* Set in a copy that is laid over it: what was mounted below comes along, none keeps less than it had. */
static int apply_less(int target, uint64_t attributes, struct err *e)
{
	_close_ int tree = mount_clone(target, "", true, e);
	int r;

	if (tree < 0)
		return tree;
	r = mount_attributes(tree, attributes, 0, true, e);
	return r < 0 ? r : mount_attach(tree, target, e);
}

static int apply_read_only(const struct rule *rule, int target, struct err *e)
{
	(void)rule;
	return apply_less(target, MOUNT_ATTR_RDONLY, e);
}

static bool verify_read_only(const struct rule *rule, const struct rule_seen *seen)
{
	(void)rule;
	return seen->attributes & MOUNT_ATTR_RDONLY;
}

static int apply_no_exec(const struct rule *rule, int target, struct err *e)
{
	(void)rule;
	return apply_less(target, MOUNT_ATTR_NOEXEC, e);
}

static bool verify_no_exec(const struct rule *rule, const struct rule_seen *seen)
{
	(void)rule;
	return seen->attributes & MOUNT_ATTR_NOEXEC;
}

/* As it was before, but for what another rule around still asks. No flag is ever taken off a mount. */
static int apply_kept(const struct rule *rule, int target, struct err *e)
{
	_close_ int tree = take_fd(rule->copy);
	int r = 0;

	if (tree < 0) /* nothing was taken from it */
		return 0;
	if (rule->mount->attributes)
		r = mount_attributes(tree, rule->mount->attributes, 0, true, e);
	return r < 0 ? r : mount_attach(tree, target, e);
}

/*
 * By another name, /lib for /usr/lib, the place may be below one that was given back whole after it: that
 * is then what is there, and it must not have what was taken away.
 */
static bool verify_kept(const struct rule *rule, const struct rule_seen *seen)
{
	uint64_t taken = rule->mount->action == MOUNT_EXEC ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_RDONLY;

	if (!is_own_mount(seen) && (seen->attributes & taken))
		return false;
	return has_all(seen->attributes, rule->mount->attributes);
}

const struct rule_code rule_codes[MOUNT_ACTIONS] = {
	[MOUNT_MASK] = { apply_mask, verify_mask, .stats = true, .content = true },
	[MOUNT_PRIVATE_RUNTIME] = { apply_runtime, verify_runtime, .stats = true, .content = true },
	[MOUNT_PRIVATE_TMP] = { apply_tmp, verify_private, true, true, true },
	[MOUNT_PRIVATE_DEV] = { root_dev_apply, verify_private, true, true, true },
	[MOUNT_TMPFS] = { apply_tmpfs, verify_attributes, .content = true },
	[MOUNT_HOST] = { apply_host, verify_host, .stats = true, .content = true },
	[MOUNT_BIND] = { apply_bind, verify_bind, .content = true },
	[MOUNT_READ_ONLY] = { apply_read_only, verify_read_only, .flags = true },
	[MOUNT_NO_EXEC] = { apply_no_exec, verify_no_exec, .flags = true },
	[MOUNT_WRITABLE] = { apply_kept, verify_kept, .flags = true },
	[MOUNT_EXEC] = { apply_kept, verify_kept, .flags = true },
};
