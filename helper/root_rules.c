/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "root_rules.h"

#include "mount_tree.h"

#include "../src/io.h"
#include "../src/num.h"
#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#define MASK_FILE WIRE_RUN_DIR "/.file"
#define MASK_DIR WIRE_RUN_DIR "/.dir"

enum { PRIVATE_ATTRIBUTES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

void root_copies_init(struct root_copies *copies)
{
	copies->pts = -1;
	for (int i = 0; i < PLAN_MOUNTS; i++)
		copies->writable[i] = -1;
}

void root_copies_done(struct root_copies *copies)
{
	fd_close(&copies->pts);
	for (int i = 0; i < PLAN_MOUNTS; i++)
		fd_close(&copies->writable[i]);
}

static bool is_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR;
}

/*
 * A home may be a symlink, if root made it: where the user can make one, a copy of what it leads to
 * would lie over the masks of that place, and one of / beside all of them, as "/..". ELOOP says so.
 * Returns an O_PATH descriptor or -errno.
 */
static int open_home(const char *path)
{
	_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st, root;

	if (fd < 0 || fstat(fd, &st) < 0 || stat("/", &root) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && st.st_uid != 0)
		return -ELOOP;
	if (S_ISLNK(st.st_mode)) {
		fd_close(&fd);
		fd = open(path, O_PATH | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0)
			return -errno;
	}
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return st.st_dev == root.st_dev && st.st_ino == root.st_ino ? -ELOOP : take_fd(&fd);
}

/* A copy that is not used in the end costs a grace period of RCU when it is closed: only what is asked. */
static int take_copy(int *ret, const char *path, struct err *e)
{
	_close_ int place = open_home(path);

	*ret = place < 0 ? place : mount_clone(place, "", true, NULL);
	if (*ret < 0 && !is_absent(*ret))
		return err_set(e, -*ret, "open_tree", "%s", path);
	return 0;
}

int root_copies_take(struct root_copies *copies, const struct plan *plan, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < plan->nmounts; i++) {
		if (plan->mounts[i].action == MOUNT_WRITABLE)
			r = take_copy(&copies->writable[i], plan->mounts[i].path, e);
		else if (plan->mounts[i].action == MOUNT_PRIVATE_DEV)
			r = take_copy(&copies->pts, "/dev/pts", e);
	}
	return r;
}

/* The sources of all masks: one file, one directory, nothing in them, nobody may open them. */
static int make_mask_sources(struct err *e)
{
	_close_ int file = open(MASK_FILE, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0);

	if (file < 0 || mkdir(MASK_DIR, 0) < 0)
		return err_set(e, errno, "mask", "%s", WIRE_RUN_DIR);
	return 0;
}

/* Mounts keep the inodes: the names need not stay in the session's /run/swrap. */
static int remove_mask_sources(struct err *e)
{
	if (unlink(MASK_FILE) < 0 || rmdir(MASK_DIR) < 0)
		return err_set(e, errno, "mask", "%s", WIRE_RUN_DIR);
	return 0;
}

static int apply_mask(int target, struct err *e)
{
	_close_ int source = -1;
	struct stat st;

	if (fstat(target, &st) < 0)
		return err_set(e, errno, "fstat", "%s", "");
	if (S_ISLNK(st.st_mode))
		return 0; /* names something else, which has its own rule or none */
	source = mount_clone(AT_FDCWD, S_ISDIR(st.st_mode) ? MASK_DIR : MASK_FILE, false, e);
	if (source < 0)
		return source;
	return mount_attach(source, target, e);
}

static int apply_read_only(int target, struct err *e)
{
	_close_ int tree = mount_clone(target, "", true, e);
	int r;

	if (tree < 0)
		return tree;
	r = mount_attributes(tree, MOUNT_ATTR_RDONLY, 0, true, e);
	return r < 0 ? r : mount_attach(tree, target, e);
}

/* XDG_RUNTIME_DIR goes on working: there is just nobody in it from outside. */
static int apply_runtime(const struct identity *id, int target, struct err *e)
{
	_close_ int tree = mount_new_tmpfs("0755", NULL, PRIVATE_ATTRIBUTES, e);
	char name[NUM_TEXT_BYTES];

	if (tree < 0)
		return tree;
	(void)num_format(id->uid, name);
	if (mkdirat(tree, name, 0700) < 0 ||
	    fchownat(tree, name, id->uid, id->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "mkdir", "/run/user/%s", name);
	return mount_attach(tree, target, e);
}

static int apply_tmp(int target, struct err *e)
{
	_close_ int tree = mount_new_tmpfs("1777", NULL, PRIVATE_ATTRIBUTES, e);

	return tree < 0 ? tree : mount_attach(tree, target, e);
}

static const struct device {
	const char *name;
	unsigned int major, minor;
} devices[] = {
	{ "null", 1, 3 },   { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 },
	{ "urandom", 1, 9 }, { "tty", 5, 0 },  { "ptmx", 5, 2 },
};

static const struct link {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" },	   { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
};

/* The host's log socket stays reachable as it was: by the link most systems have. */
static int copy_log_link(int dev, struct err *e)
{
	char to[PATH_MAX];
	ssize_t n = readlink("/dev/log", to, sizeof(to) - 1);

	if (n < 0)
		return 0; /* ENOENT: no syslog; EINVAL: a socket in /dev, which a private /dev hides */
	to[n] = 0;
	if (symlinkat(to, dev, "log") < 0)
		return err_set(e, errno, "symlink", "/dev/log");
	return 0;
}

static int fill_dev(int dev, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (mknodat(dev, devices[i].name, S_IFCHR | 0666,
			    makedev(devices[i].major, devices[i].minor)) < 0)
			return err_set(e, errno, "mknod", "/dev/%s", devices[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].to, dev, links[i].name) < 0)
			return err_set(e, errno, "symlink", "/dev/%s", links[i].name);
	if (mkdirat(dev, "pts", 0755) < 0 || mkdirat(dev, "shm", 01777) < 0)
		return err_set(e, errno, "mkdir", "/dev/pts");
	return copy_log_link(dev, e);
}

static int apply_dev(int target, int pts, struct err *e)
{
	_close_ int tree = mount_new_tmpfs("0755", "16m", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, e);
	_close_ int pts_target = -1;
	mode_t mask = umask(0);
	int r = tree < 0 ? tree : fill_dev(tree, e);

	(void)umask(mask);
	if (r == 0)
		r = mount_attach(tree, target, e);
	if (r < 0 || pts < 0)
		return r;
	pts_target = mount_target("/dev/pts", e);
	return pts_target < 0 ? pts_target : mount_attach(pts, pts_target, e);
}

/* The copy goes over the directory itself, wherever the path leads. */
static int apply_writable(const char *path, int copy, struct err *e)
{
	_close_ int target = copy < 0 ? -1 : open_home(path);

	if (copy < 0)
		return 0;
	return target < 0 ? err_set(e, -target, "open", "%s", path) : mount_attach(copy, target, e);
}

static int apply_rule(const struct plan *plan, const struct plan_mount *rule, int copy, int pts,
		      struct err *e)
{
	_close_ int target = mount_target(rule->path, NULL);

	if (target < 0)
		return is_absent(target) ? 0 : err_set(e, -target, "open", "%s", rule->path);
	switch (rule->action) {
	case MOUNT_MASK:
		return apply_mask(target, e);
	case MOUNT_PRIVATE_RUNTIME:
		return apply_runtime(plan->identity, target, e);
	case MOUNT_READ_ONLY:
		return apply_read_only(target, e);
	case MOUNT_WRITABLE:
		return apply_writable(rule->path, copy, e);
	case MOUNT_PRIVATE_TMP:
		return apply_tmp(target, e);
	case MOUNT_PRIVATE_DEV:
		return apply_dev(target, pts, e);
	}
	return err_set(e, ENOSYS, "mount rule", "action %d", (int)rule->action);
}

static bool is_below_proc(const char *path)
{
	return strncmp(path, "/proc/", 6) == 0;
}

int root_rules_apply(const struct plan *plan, struct root_copies *copies, bool proc, struct err *e)
{
	int r = proc ? 0 : make_mask_sources(e);

	for (uint32_t i = 0; r == 0 && i < plan->nmounts; i++) {
		int copy = copies ? copies->writable[i] : -1;

		if (is_below_proc(plan->mounts[i].path) != proc)
			continue;
		r = apply_rule(plan, &plan->mounts[i], copy, copies ? copies->pts : -1, e);
	}
	if (r < 0)
		return r;
	return proc ? 0 : remove_mask_sources(e);
}

static bool is_runtime(const struct plan *plan, const struct plan_mount *rule, const struct stat *st)
{
	char path[PATH_MAX + 16];
	struct stat own, above;

	(void)snprintf(path, sizeof(path), "%s/%u", rule->path, plan->identity->uid);
	if (stat("/run", &above) < 0 || lstat(path, &own) < 0)
		return false;
	return st->st_uid == 0 && st->st_dev != above.st_dev && own.st_dev == st->st_dev &&
	       own.st_uid == plan->identity->uid && (own.st_mode & 07777) == 0700;
}

/* A mount of its own, wherever the path leads. It may be read-only: then the host's is. */
static bool is_own_mount(const char *path)
{
	struct statx stx;

	return statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &stx) == 0 &&
	       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static int verify_rule(const struct plan *plan, const struct plan_mount *rule, dev_t run,
		       struct err *e)
{
	_close_ int fd = mount_target(rule->path, NULL);
	struct stat st;
	struct statvfs fs;
	bool good = true;

	if (fd < 0 && is_absent(fd))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || fstatvfs(fd, &fs) < 0)
		return err_set(e, EPERM, "mount rule", "%s", rule->path);
	if (rule->action == MOUNT_WRITABLE)
		good = is_own_mount(rule->path);
	else if (S_ISLNK(st.st_mode))
		good = true; /* names something else, which has its own rule or none */
	else if (rule->action == MOUNT_MASK)
		good = st.st_dev == run && (st.st_mode & 07777) == 0;
	else if (rule->action == MOUNT_PRIVATE_RUNTIME)
		good = is_runtime(plan, rule, &st);
	else if (rule->action == MOUNT_READ_ONLY)
		good = fs.f_flag & ST_RDONLY;
	else if (rule->action == MOUNT_PRIVATE_TMP || rule->action == MOUNT_PRIVATE_DEV)
		good = st.st_uid == 0 && (fs.f_flag & ST_NOSUID) && !(fs.f_flag & ST_RDONLY);
	return good ? 0 : err_set(e, EPERM, "mount rule", "%s is not as asked", rule->path);
}

int root_rules_verify(const struct plan *plan, bool proc, struct err *e)
{
	struct stat run;

	if (stat(WIRE_RUN_DIR, &run) < 0)
		return err_set(e, errno, "stat", "%s", WIRE_RUN_DIR);
	for (uint32_t i = 0; i < plan->nmounts; i++) {
		int r = 0;

		if (is_below_proc(plan->mounts[i].path) == proc)
			r = verify_rule(plan, &plan->mounts[i], run.st_dev, e);
		if (r < 0)
			return r;
	}
	return 0;
}
