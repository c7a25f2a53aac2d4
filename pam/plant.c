/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plant.h"

#include "trusted.h"

#include "../src/io.h"
#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>

enum { ATTACH_BACKLOG = 64, DIRECTORY_MODE = 0711, SOCKET_MODE = 0666 };

/* The application's umask (su keeps the caller's) must not decide who can reach the socket. */
static void umask_restore(const mode_t *saved)
{
	(void)umask(*saved);
}
#define _umask_ __attribute__((unused)) _cleanup_(umask_restore)

int plant_run_directory(struct err *e)
{
	_close_ int fd = -1;
	_umask_ mode_t saved = umask(0);
	struct stat st;
	bool made = mkdir(WIRE_RUN_DIR, DIRECTORY_MODE) == 0;

	if (!made && errno != EEXIST)
		return err_set(e, errno, "mkdir", WIRE_RUN_DIR);
	fd = trusted_open(WIRE_RUN_DIR, e);
	if (fd < 0)
		return fd;
	/* su runs with the caller's group. */
	if (made && fchownat(fd, "", 0, 0, AT_EMPTY_PATH) < 0)
		return err_set(e, errno, "fchownat", WIRE_RUN_DIR);
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "fstat", WIRE_RUN_DIR);
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, EPERM, "owner and mode", WIRE_RUN_DIR);
	return 0;
}

static int move_onto(int mount_fd, int target_fd, const char *path, struct err *e)
{
	if (syscall(SYS_move_mount, mount_fd, "", target_fd, "",
		    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_set(e, errno, "mount", "over %s", path);
	return 0;
}

struct parameter {
	const char *name, *value;
};

/* Holds directories, empty files and one socket: the smallest one will do. */
static const struct parameter tmpfs_parameters[] = {
	{ "mode", "0711" }, { "uid", "0" }, { "gid", "0" },
	{ "size", "64k" }, { "nr_inodes", "1k" },
};

static int make_tmpfs(struct err *e)
{
	_close_ int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return err_set(e, errno, "fsopen", "tmpfs");
	for (size_t i = 0; i < ARRAY_SIZE(tmpfs_parameters); i++) {
		const struct parameter *p = &tmpfs_parameters[i];

		if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, p->name, p->value, 0) < 0)
			return err_set(e, errno, "fsconfig", "tmpfs %s", p->name);
	}
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_set(e, errno, "fsconfig", "tmpfs");
	/*
	 * Not noexec: the attribute says nothing about the binds, but what is below is to be
	 * executed.
	 */
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return fd < 0 ? err_set(e, errno, "fsmount", "tmpfs") : fd;
}

static int mount_run_directory(struct err *e)
{
	_close_ int tmpfs = make_tmpfs(e);
	_close_ int target = -1;

	if (tmpfs < 0)
		return tmpfs;
	target = io_open_nolinks(WIRE_RUN_DIR, O_PATH | O_DIRECTORY);
	if (target < 0)
		return err_set(e, -target, "open", WIRE_RUN_DIR);
	return move_onto(tmpfs, target, WIRE_RUN_DIR, e);
}

/*
 * A copy of the mount that fd is in, with fd as its root, in no peer group. Descriptor or -errno.
 */
static int clone_mount(int fd, const char *path, struct err *e)
{
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	_close_ int tree = (int)syscall(SYS_open_tree, fd, "",
					AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return err_set(e, errno, "open_tree", "%s", path);
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return err_set(e, errno, "mount_setattr", "%s", path);
	return take_fd(&tree);
}

static int real_path(const char *path, char out[PATH_MAX])
{
	return snprintf(out, PATH_MAX, "%s%s", WIRE_REAL_DIR, path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int plant_stat_real(const char *path, struct stat *ret)
{
	char real[PATH_MAX];

	if (real_path(path, real) < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return lstat(real, ret);
}

/* Makes the directories that lead to path, below the tmpfs, and an empty file to bind onto. */
static int make_target(char *path, struct err *e)
{
	for (char *slash = path + strlen(WIRE_RUN_DIR) + 1; (slash = strchr(slash, '/')); slash++) {
		int r;

		*slash = 0;
		r = mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (r < 0)
			return err_set(e, -r, "mkdir", "for %s", path);
	}
	if (mknod(path, S_IFREG, 0) < 0)
		return err_set(e, errno, "mknod", "%s", path);
	return 0;
}

/* Opens the shell if it still is the file that was found. Descriptor (O_PATH) or -errno. */
static int open_shell(const struct shell *shell, struct err *e)
{
	_close_ int fd = io_open_nolinks(shell->path, O_PATH);
	struct stat st;

	if (fd < 0)
		return err_set(e, -fd, "open", "%s", shell->path);
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "fstat", "%s", shell->path);
	if (st.st_dev != shell->dev || st.st_ino != shell->ino)
		return err_set(e, ESTALE, "open", "%s was replaced", shell->path);
	return take_fd(&fd);
}

static int bind_real(const struct shell *shell, int shell_fd, struct err *e)
{
	_close_ int tree = -1, target = -1;
	char real[PATH_MAX];
	int r;

	if (real_path(shell->path, real) < 0)
		return err_set(e, ENAMETOOLONG, "real", "%s", shell->path);
	r = make_target(real, e);
	if (r < 0)
		return r;
	target = io_open_nolinks(real, O_PATH);
	if (target < 0)
		return err_set(e, -target, "open", "%s", real);
	tree = clone_mount(shell_fd, shell->path, e);
	return tree < 0 ? tree : move_onto(tree, target, real, e);
}

/* The real one is bound first: once the shadow is on, its path leads to swrap-attach. */
static int shadow_shell(const struct shell *shell, int attach, struct err *e)
{
	_close_ int fd = open_shell(shell, e);
	_close_ int tree = -1;
	int r;

	if (fd < 0)
		return fd;
	r = bind_real(shell, fd, e);
	if (r < 0)
		return r;
	tree = clone_mount(attach, SWRAP_ATTACH_PATH, e);
	return tree < 0 ? tree : move_onto(tree, fd, shell->path, e);
}

/* Opened here and not before unshare: a mount can only be copied in its own namespace. */
static int open_attach(struct stat *ret_st, struct err *e)
{
	_close_ int fd = trusted_open_file(SWRAP_ATTACH_PATH, ret_st, e);
	struct statvfs fs;

	if (fd < 0)
		return fd;
	if ((ret_st->st_mode & (S_ISUID | S_ISGID)) || !(ret_st->st_mode & S_IXOTH))
		return err_set(e, EPERM, "mode", "%s", SWRAP_ATTACH_PATH);
	if (fstatvfs(fd, &fs) < 0)
		return err_set(e, errno, "fstatvfs", "%s", SWRAP_ATTACH_PATH);
	if (fs.f_flag & ST_NOEXEC)
		return err_set(e, EACCES, "noexec", "the mount of %s", SWRAP_ATTACH_PATH);
	return take_fd(&fd);
}

int plant_all(const struct shell_list *shells, dev_t *ret_dev, ino_t *ret_ino, struct err *e)
{
	_umask_ mode_t saved = umask(0);
	struct stat st;
	_close_ int attach = open_attach(&st, e);
	int r = attach < 0 ? attach : mount_run_directory(e);

	for (unsigned int i = 0; r == 0 && i < shells->n; i++) {
		const struct shell *shell = &shells->items[i];

		/*
		 * Shadowed already, by an outer session of this very namespace: nothing to shadow
		 * with.
		 */
		if (shell->dev == st.st_dev && shell->ino == st.st_ino)
			return err_set(e, EEXIST, "shadow", "%s is swrap-attach", shell->path);
		r = shadow_shell(shell, attach, e);
	}
	if (r < 0)
		return r;
	*ret_dev = st.st_dev;
	*ret_ino = st.st_ino;
	return 0;
}

int plant_socket(int *ret_fd, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = WIRE_ATTACH_SOCKET };
	_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	_umask_ mode_t saved = umask(0777 & ~SOCKET_MODE);

	if (fd < 0)
		return err_set(e, errno, "socket", WIRE_ATTACH_SOCKET);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return err_set(e, errno, "bind", WIRE_ATTACH_SOCKET);
	if (listen(fd, ATTACH_BACKLOG) < 0)
		return err_set(e, errno, "listen", WIRE_ATTACH_SOCKET);
	*ret_fd = take_fd(&fd);
	return 0;
}

int plant_root_marker(struct err *e)
{
	_close_ int fd = open(WIRE_ROOT_MARKER, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0444);

	return fd < 0 ? err_set(e, errno, "open", WIRE_ROOT_MARKER) : 0;
}
