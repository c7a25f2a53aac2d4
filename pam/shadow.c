/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shadow.h"

#include "mounts.h"
#include "plant.h"
#include "trusted.h"

#include "../src/io.h"
#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#define NAMESPACE_PATH "/proc/thread-self/ns/mnt"

void shadow_init(struct shadow *shadow)
{
	*shadow = (struct shadow){
		.saved_ns = -1, .saved_root = -1, .saved_cwd = -1, .listening = -1, .attach = -1,
	};
}

void shadow_done(struct shadow *shadow)
{
	fd_close(&shadow->saved_ns);
	fd_close(&shadow->saved_root);
	fd_close(&shadow->saved_cwd);
	fd_close(&shadow->listening);
	fd_close(&shadow->attach);
}

static int save_namespace(struct shadow *shadow, struct err *e)
{
	shadow->saved_ns = open(NAMESPACE_PATH, O_RDONLY | O_CLOEXEC);
	if (shadow->saved_ns < 0)
		return err_set(e, errno, "open", NAMESPACE_PATH);
	shadow->saved_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (shadow->saved_root < 0)
		return err_set(e, errno, "open", "/");
	/*
	 * A working directory on a dead or root-squashed share cannot be opened: then it becomes
	 * /.
	 */
	shadow->saved_cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int check_namespace(const struct shadow *shadow, struct err *e)
{
	struct stat now, saved;

	if (stat(NAMESPACE_PATH, &now) < 0 || fstat(shadow->saved_ns, &saved) < 0)
		return err_set(e, errno, "stat", NAMESPACE_PATH);
	if (now.st_dev != saved.st_dev || now.st_ino != saved.st_ino)
		return err_set(e, EPROTO, "setns", "still in the other mount namespace");
	return 0;
}

int shadow_undo(struct shadow *shadow, struct err *e)
{
	int r;

	fd_close(&shadow->listening);
	fd_close(&shadow->attach);
	if (!shadow->entered)
		return 0;
	if (setns(shadow->saved_ns, CLONE_NEWNS) < 0)
		return err_set(e, errno, "setns", "back to the saved mount namespace");
	/*
	 * setns went to that namespace's root: an application in a chroot must not come out of
	 * it.
	 */
	if (fchdir(shadow->saved_root) < 0 || chroot(".") < 0)
		return err_set(e, errno, "chroot", "back to the saved root");
	if (shadow->saved_cwd >= 0 && fchdir(shadow->saved_cwd) < 0)
		return err_set(e, errno, "fchdir", "back to the saved working directory");
	r = check_namespace(shadow, e);
	if (r == 0)
		shadow->entered = false;
	return r;
}

/* The kernel is asked again, by path: is what the application will exec really swrap-attach? */
static int verify_shell(const struct shadow *shadow, const struct shell *shell, struct err *e)
{
	struct stat seen, real;

	if (stat(shell->path, &seen) < 0)
		return err_set(e, errno, "stat", "%s", shell->path);
	if (seen.st_dev != shadow->dev || seen.st_ino != shadow->ino)
		return err_set(e, EPROTO, "shadow", "%s is not swrap-attach", shell->path);
	if (plant_stat_real(shell->path, &real) < 0)
		return err_set(e, errno, "stat", "the real %s", shell->path);
	if (real.st_dev != shell->dev || real.st_ino != shell->ino)
		return err_set(e, EPROTO, "shadow", "the real %s is another file", shell->path);
	return 0;
}

static int open_mounted(struct shadow *shadow, const struct shell *shell, struct err *e)
{
	shadow->attach = io_open_nolinks(shell->path, O_PATH);
	if (shadow->attach < 0)
		return err_set(e, -shadow->attach, "open", "%s", shell->path);
	return 0;
}

/* Everything between unshare and the confirmed shadows. 0, 1 from mounts_return(), or -errno. */
static int enter(struct shadow *shadow, const struct shell_list *shells, struct mount_list *mounts,
		 enum mounts_mode mode, struct err *e)
{
	int r;

	if (unshare(CLONE_NEWNS) < 0)
		return err_set(e, errno, "unshare", "mount namespace");
	shadow->entered = true;
	r = mounts_leave(mounts, mode, e);
	if (r == 0)
		r = plant_all(shells, &shadow->dev, &shadow->ino, e);
	if (r == 0)
		r = plant_socket(&shadow->listening, e);
	if (r == 0)
		r = mounts_return(mounts, mode, e);
	for (unsigned int i = 0; r == 0 && i < shells->n; i++)
		r = verify_shell(shadow, &shells->items[i], e);
	return r == 0 ? open_mounted(shadow, &shells->items[0], e) : r;
}

/* One attempt: all of it, or back where we were. Returns as enter(). */
static int enter_or_undo(struct shadow *shadow, const struct shell_list *shells,
			 struct mount_list *mounts, enum mounts_mode mode, struct err *e)
{
	int r = enter(shadow, shells, mounts, mode, e), undone;

	mounts_forget_here(mounts);
	if (r == 0)
		return 0;
	undone = shadow_undo(shadow, e); /* the first cause counts */
	return undone < 0 ? undone : r;
}

static int note_mounts(struct mount_list *mounts, const struct shell_list *shells, struct err *e)
{
	int r = mounts_note(mounts, WIRE_RUN_DIR, e);

	for (unsigned int i = 0; r == 0 && i < shells->n; i++)
		r = mounts_note(mounts, shells->items[i].path, e);
	return r == 0 ? mounts_read_groups(mounts, e) : r;
}

static int apply(struct shadow *shadow, const struct shell_list *shells, struct mount_list *mounts,
		 struct err *e)
{
	int r = note_mounts(mounts, shells, e);

	if (r < 0)
		return r;
	if (mounts_best_mode() == MOUNTS_REJOIN)
		r = enter_or_undo(shadow, shells, mounts, MOUNTS_REJOIN, e);
	else
		r = 1;
	if (r <= 0)
		return r;
	shadow->weak = true;
	return enter_or_undo(shadow, shells, mounts, MOUNTS_SLAVE, e);
}

int shadow_apply(struct shadow *shadow, const struct shell_list *shells, struct err *e)
{
	struct mount_list *mounts;
	int r = plant_run_directory(e);

	if (r == 0)
		r = save_namespace(shadow, e);
	if (r < 0)
		return r;
	mounts = calloc(1, sizeof(*mounts));
	if (!mounts)
		return err_set(e, ENOMEM, "calloc", "mounts");
	r = apply(shadow, shells, mounts, e);
	mounts_done(mounts);
	free(mounts);
	return r;
}
