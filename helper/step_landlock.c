/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Landlock: files by path and right. Each session process restricts itself, as the user, in the
 * session's tree; root that is gained inside stays restricted. The supervisor never is: under Landlock
 * it could read no process outside its own domain.
 */
#include "step.h"

#include "landlock.h"
#include "rule_path.h"

#include "../src/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

/* The kernel's ABI, or -errno: ENOSYS not built in, EOPNOTSUPP not enabled at boot. */
static int landlock_abi(void)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? -errno : abi;
}

static uint64_t known_rights(int abi)
{
	uint64_t known = LANDLOCK_ALL;

	if (abi < LANDLOCK_ABI_REFER)
		known &= ~LANDLOCK_ACCESS_FS_REFER;
	if (abi < LANDLOCK_ABI_TRUNCATE)
		known &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi < LANDLOCK_ABI_IOCTL_DEV)
		known &= ~LANDLOCK_ACCESS_FS_IOCTL_DEV;
	return known;
}

/* ---- what shows that it is in force ---- */

/*
 * Landlock has no getter. Making a device node is a right that no rule gives: where the user may write, a
 * user without CAP_MKNOD is told EPERM, under Landlock EACCES before that. Nothing is made either way.
 */
static int try_node(const struct step_context *c, const char *dir)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/.swrap-%s-%d", dir, c->plan->identity->session, getpid());

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) < 0)
		return -errno;
	(void)unlink(path); /* cannot be: the capability is gone, and it proves nothing */
	return 0;
}

static int try_root(void)
{
	_close_ int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : 0;
}

/* Chosen before: only a place that says EPERM now can show a difference. */
static void choose_witness(struct step_context *c)
{
	const char *const places[] = { c->plan->identity->home, "/tmp", "/var/tmp", "/dev/shm", "." };

	c->witness = NULL;
	for (size_t i = 0; !c->witness && i < ARRAY_SIZE(places); i++)
		if (places[i][0] && try_node(c, places[i]) == -EPERM)
			c->witness = places[i];
	c->root_witness = try_root() == 0;
}

/* ---- the rules ---- */

static bool is_root_dir(int fd)
{
	struct stat st, root;

	return fstat(fd, &st) == 0 && stat("/", &root) == 0 && st.st_dev == root.st_dev &&
	       st.st_ino == root.st_ino;
}

static int add_rule(struct step_context *c, int ruleset, const char *path, uint64_t rights,
		    struct err *e)
{
	_close_ int fd = rule_path_open(path, c->plan->identity->uid, e);
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "fstat", "%.80s", path);
	rule.allowed_access = S_ISDIR(st.st_mode) ? rights : rights & LANDLOCK_OF_FILE;
	if (!rule.allowed_access)
		return err_set(e, ENOTDIR, "Landlock", "%.80s: c and d are of directories", path);
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_set(e, errno, "landlock_add_rule", "%.80s", path);
	if ((rights & LANDLOCK_ACCESS_FS_READ_DIR) && is_root_dir(fd))
		c->root_witness = false;
	return 0;
}

static bool is_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -EACCES;
}

static int add_rules(struct step_context *c, int ruleset, uint64_t known, struct err *e)
{
	for (uint32_t i = 0; i < c->plan->nlandlock; i++) {
		const struct plan_landlock *rule = &c->plan->landlock[i];
		struct err own = { 0 };
		int r = add_rule(c, ruleset, rule->path, rule->rights & known, &own);

		if (r < 0 && !(rule->optional && is_absent(r)))
			return err_set(e, own.num, own.what, "%s", own.about);
	}
	return 0;
}

/*
 * What the rehearsal executes in place of a shell: no rule of the admin's need know of it, and it does
 * nothing for who executes it inside. Absent from a tree that was made without it: then the rehearsal says so.
 */
static int add_rehearsal(struct step_context *c, int ruleset, struct err *e)
{
	const char *path = c->plan->privileged ? SWRAP_ATTACH_PATH : SWRAP_HELPER_PATH;
	struct err own = { 0 };
	int r = add_rule(c, ruleset, path, LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE,
			 &own);

	return r < 0 && !is_absent(r) ? err_set(e, own.num, own.what, "%s", own.about) : 0;
}

int apply_landlock(struct step_context *c, struct err *e)
{
	int abi = landlock_abi();
	struct landlock_ruleset_attr attr = { .handled_access_fs = known_rights(abi) };
	_close_ int ruleset = -1;
	int r;

	if (abi < 1)
		return err_set(e, abi < 0 ? -abi : ENOTSUP, "landlock_create_ruleset", "the kernel has none");
	choose_witness(c);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return err_set(e, errno, "landlock_create_ruleset", "ABI %d", abi);
	r = add_rules(c, ruleset, attr.handled_access_fs, e);
	if (r == 0)
		r = add_rehearsal(c, ruleset, e);
	if (r < 0)
		return r;
	/* What we try ourselves, to see it denied, is no matter for the audit trail. */
	if (syscall(SYS_landlock_restrict_self, ruleset,
		    abi >= LANDLOCK_ABI_LOG ? LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF : 0) < 0)
		return err_set(e, errno, "landlock_restrict_self", "%s", "");
	return 0;
}

/* A kernel without REFER lets nothing go to another directory: that takes nothing away from the rules. */
static int check_known(struct err *e)
{
	int abi = landlock_abi();
	uint64_t unknown = LANDLOCK_ALL & ~known_rights(abi) & ~LANDLOCK_ACCESS_FS_REFER;

	if (!unknown)
		return 0;
	return err_set(e, ENOTSUP, "landlock", "ABI %d does not know %s", abi,
		       unknown & LANDLOCK_ACCESS_FS_TRUNCATE ? "truncate" : "ioctl");
}

int verify_landlock(struct step_context *c, struct err *e)
{
	if (!c->witness && !c->root_witness)
		return err_set(e, EPERM, "landlock", "nothing here would show that it is in force");
	if (c->witness && try_node(c, c->witness) != -EACCES)
		return err_set(e, EPERM, "landlock", "%.80s is not restricted", c->witness);
	if (c->root_witness && try_root() != -EACCES)
		return err_set(e, EPERM, "landlock", "/ is not restricted");
	return check_known(e);
}
