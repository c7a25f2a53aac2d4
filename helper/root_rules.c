/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "root_rules.h"

#include "mount_tree.h"
#include "place.h"

#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static bool is_below_proc(const char *path)
{
	return strncmp(path, "/proc/", 6) == 0;
}

/* ---- copies ---- */

void root_copies_init(struct root_copies *copies)
{
	for (int i = 0; i < PLAN_MOUNTS; i++)
		copies->fds[i] = -1;
}

void root_copies_done(struct root_copies *copies, const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->nmounts; i++)
		fd_close(&copies->fds[i]);
}

/* A link stays a link: an O_PATH descriptor of it. */
static int open_host(const struct plan_mount *m)
{
	_close_ int fd = open(m->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISLNK(st.st_mode) ? take_fd(&fd) : mount_clone(fd, "", true, NULL);
}

static int open_bind(const struct plan_mount *m)
{
	_close_ int fd = place_open(m->source, NULL);

	return fd < 0 ? fd : mount_clone(fd, "", !m->alone, NULL);
}

static int from_host(const struct plan_mount *m, int *copy, struct err *e)
{
	const char *what = m->source;
	bool optional = m->optional;
	int fd;

	if (m->action == MOUNT_BIND) {
		fd = open_bind(m);
	} else if (m->action == MOUNT_HOST) {
		fd = open_host(m);
	} else if (m->action == MOUNT_PRIVATE_DEV) { /* or ttyname() breaks tmux, screen and gpg */
		what = "/dev/pts";
		optional = true;
		fd = mount_clone(AT_FDCWD, what, true, NULL);
	} else {
		return 0;
	}
	if (fd < 0 && !(optional && place_is_absent(fd)))
		return err_set(e, -fd, "open_tree", "%s", what);
	*copy = fd < 0 ? -1 : fd;
	return 0;
}

int root_copies_from_host(struct root_copies *copies, const struct plan *plan, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < plan->nmounts; i++)
		r = from_host(&plan->mounts[i], &copies->fds[i], e);
	return r;
}

/* Whether the rule wants a copy made before something is taken from its place. */
static bool is_kept(const struct plan_mount *m)
{
	return m->action == MOUNT_WRITABLE || m->action == MOUNT_EXEC;
}

/* A copy that is not used in the end costs a grace period of RCU when it is closed: only what is asked. */
static int keep(int *copy, const char *path, struct err *e)
{
	_close_ int place = place_open(path, NULL);
	int fd = place < 0 ? place : mount_clone(place, "", true, NULL);

	if (fd < 0 && !place_is_absent(fd))
		return err_set(e, -fd, "open_tree", "%s", path);
	*copy = fd < 0 ? -1 : fd;
	return 0;
}

int root_copies_keep(struct root_copies *copies, const struct plan *plan, const char *dir, struct err *e)
{
	for (uint32_t i = 0; i < plan->nmounts; i++) {
		const struct plan_mount *m = &plan->mounts[i];
		int r;

		if (!is_kept(m) || copies->fds[i] >= 0 || !plan_is_below(m->path, dir))
			continue;
		r = keep(&copies->fds[i], m->path, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Something else is at dir now: what was kept of the places below is not what is there. */
static void forget(struct root_copies *copies, const struct plan *plan, uint32_t content)
{
	for (uint32_t i = content + 1; i < plan->nmounts; i++)
		if (is_kept(&plan->mounts[i]) &&
		    plan_is_below(plan->mounts[i].path, plan->mounts[content].path))
			fd_close(&copies->fds[i]);
}

/* ---- masks ---- */

/* The sources of all masks: one file, one directory, nothing in them, nobody may open them. */
static int make_mask_sources(struct err *e)
{
	_close_ int file = open(WIRE_RUN_DIR "/" MASK_FILE, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0);

	if (file < 0 || mkdir(WIRE_RUN_DIR "/" MASK_DIR, 0) < 0)
		return err_set(e, errno, "mask", "%s", WIRE_RUN_DIR);
	return 0;
}

/* Mounts keep the inodes: the names need not stay in the session's /run/swrap. */
static int remove_mask_sources(int run)
{
	return unlinkat(run, MASK_FILE, 0) < 0 || unlinkat(run, MASK_DIR, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int root_rules_finish(struct err *e)
{
	struct err own = { 0 };
	_close_ int run = open(WIRE_RUN_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	e = e ? e : &own;
	if (run < 0)
		return err_set(e, errno, "open", "%s", WIRE_RUN_DIR);
	r = remove_mask_sources(run);
	/* Below a /run that a rule made read-only this is another mount of the same files. */
	if (r == -EROFS && mount_attributes(run, 0, MOUNT_ATTR_RDONLY, false, e) == 0)
		r = remove_mask_sources(run);
	if (r < 0)
		return err_set(e, -r, "mask", "%s", WIRE_RUN_DIR);
	return mount_attributes(run, MOUNT_ATTR_RDONLY, 0, false, e);
}

/* ---- apply ---- */

static int make_place(const struct rule *rule, struct err *e)
{
	bool directory = true;
	struct stat st;

	if (*rule->copy >= 0 && fstat(*rule->copy, &st) == 0) {
		if (S_ISLNK(st.st_mode)) /* the link itself is made there */
			directory = false;
		else
			directory = S_ISDIR(st.st_mode);
	}
	return place_make(rule->mount->path, directory, e);
}

/* A bind of what is not there: nothing to do, and no mount point to make. */
static bool has_nothing(const struct rule *rule)
{
	return (rule->mount->action == MOUNT_BIND || rule->mount->action == MOUNT_HOST) &&
	       *rule->copy < 0;
}

/*
 * Below /proc nobody but the kernel makes names, so none is opened first: a login has many of these. /proc
 * is read-only at that moment, and so is every copy of something in it.
 */
static int apply_in_proc(const struct plan_mount *m, struct err *e)
{
	bool mask = m->action == MOUNT_MASK;
	_close_ int tree = mount_clone(AT_FDCWD, mask ? WIRE_RUN_DIR "/" MASK_FILE : m->path, !mask, NULL);

	if (tree >= 0 && mount_attach_at(tree, m->path) == 0)
		return 0;
	if (mask && errno == ENOTDIR) {
		fd_close(&tree);
		tree = mount_clone(AT_FDCWD, WIRE_RUN_DIR "/" MASK_DIR, false, NULL);
		if (tree >= 0 && mount_attach_at(tree, m->path) == 0)
			return 0;
	}
	return m->optional && place_is_absent(-errno) ? 0 : err_set(e, errno, "mount", "%s", m->path);
}

static int apply_rule(const struct rule *rule, struct err *e)
{
	const struct plan_mount *m = rule->mount;
	_close_ int target = -1;

	if ((unsigned int)m->action >= MOUNT_ACTIONS)
		return err_set(e, ENOSYS, "mount rule", "action %d", (int)m->action);
	if (is_below_proc(m->path) && (m->action == MOUNT_READ_ONLY || m->action == MOUNT_MASK))
		return apply_in_proc(m, e);
	if (has_nothing(rule))
		return 0;
	target = place_open(m->path, NULL);
	if (target == -ENOENT && m->create) {
		if (make_place(rule, e) < 0)
			return -e->num;
		target = place_open(m->path, NULL);
	}
	if (target < 0)
		return m->optional && place_is_absent(target) ? 0 :
			err_set(e, -target, "open", "%s", m->path);
	return rule_codes[m->action].apply(rule, target, e);
}

/* Before and after one rule: what those below it need. */
static int apply_at(const struct plan *plan, struct root_copies *copies, uint32_t i, struct err *e)
{
	const struct rule rule = { plan, &plan->mounts[i], &copies->fds[i] };
	enum mount_action action = rule.mount->action;
	int r = 0;

	if (action == MOUNT_READ_ONLY || action == MOUNT_NO_EXEC)
		r = root_copies_keep(copies, plan, rule.mount->path, e);
	if (r == 0)
		r = apply_rule(&rule, e);
	if (r == 0 && rule_codes[action].content)
		forget(copies, plan, i);
	return r;
}

/* What was made read-only by its own options is filled by now. */
static int seal(const struct plan *plan, const struct root_copies *copies, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < plan->nmounts; i++)
		if (plan->mounts[i].action == MOUNT_TMPFS && copies->fds[i] >= 0)
			r = mount_attributes(copies->fds[i], MOUNT_ATTR_RDONLY, 0, false, e);
	return r;
}

static int apply_all(const struct plan *plan, struct root_copies *copies, bool proc, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < plan->nmounts; i++)
		if (is_below_proc(plan->mounts[i].path) == proc)
			r = apply_at(plan, copies, i, e);
	return r;
}

static bool wants_read_only(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (plan->mounts[i].action == MOUNT_READ_ONLY && is_below_proc(plan->mounts[i].path))
			return true;
	return false;
}

/* One change of /proc for all copies of what is in it, instead of one of each copy. */
static int apply_proc_rules(const struct plan *plan, struct root_copies *copies, struct err *e)
{
	bool all = plan->proc_read_only, some = wants_read_only(plan);
	_close_ int proc = all || some ? open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = 0;

	if (proc < 0 && (all || some))
		return err_set(e, errno, "open", "/proc");
	if (proc >= 0)
		r = mount_attributes(proc, MOUNT_ATTR_RDONLY, 0, false, e);
	if (r == 0)
		r = apply_all(plan, copies, true, e);
	if (r == 0 && some && !all)
		r = mount_attributes(proc, 0, MOUNT_ATTR_RDONLY, false, e);
	return r;
}

int root_rules_apply(const struct plan *plan, struct root_copies *copies, bool proc, struct err *e)
{
	struct err own = { 0 };

	e = e ? e : &own;
	if (proc)
		return apply_proc_rules(plan, copies, e);
	if (make_mask_sources(e) < 0 || apply_all(plan, copies, false, e) < 0)
		return -e->num;
	return seal(plan, copies, e);
}

/* ---- verify ---- */

static int see_attributes(const char *path, struct rule_seen *seen)
{
	static const struct {
		unsigned long flag;
		uint64_t attribute;
	} pairs[] = {
		{ ST_RDONLY, MOUNT_ATTR_RDONLY }, { ST_NOSUID, MOUNT_ATTR_NOSUID },
		{ ST_NODEV, MOUNT_ATTR_NODEV },	  { ST_NOEXEC, MOUNT_ATTR_NOEXEC },
	};
	struct statvfs fs;

	if (statvfs(path, &fs) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (fs.f_flag & pairs[i].flag)
			seen->attributes |= pairs[i].attribute;
	return 0;
}

static int see(const struct plan_mount *m, bool stats, struct rule_seen *seen)
{
	int flags = AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;

	if (m->action == MOUNT_HOST)
		flags |= AT_SYMLINK_NOFOLLOW;
	return statx(AT_FDCWD, m->path, flags, stats ? STATX_BASIC_STATS : 0, &seen->stx) < 0 ? -errno : 0;
}

static int verify_rule(const struct rule *rule, dev_t masks, struct err *e)
{
	const struct plan_mount *m = rule->mount;
	const struct rule_code *code = &rule_codes[m->action];
	struct rule_seen seen = { .masks = masks };
	bool flags_only = m->action == MOUNT_READ_ONLY || m->action == MOUNT_NO_EXEC;
	int r = flags_only ? 0 : see(m, code->stats, &seen);

	if (r == 0 && (code->flags || m->attributes))
		r = see_attributes(m->path, &seen);
	if (m->optional && place_is_absent(r))
		return 0;
	if (r < 0)
		return err_set(e, EPERM, "mount rule", "%s: %s", m->path, strerrordesc_np(-r));
	if (!code->verify(rule, &seen))
		return err_set(e, EPERM, "mount rule", "%s is not as asked", m->path);
	return 0;
}

int root_rules_verify(const struct plan *plan, bool proc, struct err *e)
{
	struct stat run;

	if (stat(WIRE_RUN_DIR, &run) < 0)
		return err_set(e, errno, "stat", "%s", WIRE_RUN_DIR);
	for (uint32_t i = 0; i < plan->nmounts; i++) {
		const struct rule rule = { plan, &plan->mounts[i], NULL };
		int r = 0;

		if (is_below_proc(plan->mounts[i].path) == proc)
			r = verify_rule(&rule, run.st_dev, e);
		if (r < 0)
			return r;
	}
	return 0;
}
