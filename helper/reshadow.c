/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All below reshadow_child() runs between fork and _exit in a process that had threads: system calls
 * and string functions only, no heap, no stdio.
 */
#include "reshadow.h"

#include "../src/io.h"
#include "../src/num.h"
#include "../src/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Since 5.15; the headers of Linux 5.14 do not have it. */
#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP 0x00000100
#endif

enum {
	CHILD_MSEC = 5000,
	STATUS_WEAK = 254,			/* exit status of the child; below: errno */
	MOUNTINFO_BYTES = 8 * 1024 * 1024,
};

/* The mount a path is in. */
struct place {
	int root;		/* owned: O_PATH of where it begins */
	uint64_t id;
	uint64_t group;		/* peer group, 0 = none */
};

static void place_done(struct place *place)
{
	fd_close(&place->root);
}
#define _place_ _cleanup_(place_done)

/* Opens path and shortens it until it is the root of the mount it is in. 0 or -errno. */
static int place_find(const char *path, struct place *ret)
{
	char at[PATH_MAX];
	struct statx stx;

	if (strlen(path) >= sizeof(at))
		return -ENAMETOOLONG;
	strcpy(at, path);
	for (;;) {
		_close_ int fd = open(at, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		char *slash = strrchr(at, '/');

		if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
			return -errno;
		if (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) {
			*ret = (struct place){ .root = take_fd(&fd), .id = stx.stx_mnt_id };
			return 0;
		}
		if (strcmp(at, "/") == 0)
			return -EXDEV;
		slash[slash == at ? 1 : 0] = 0;
	}
}

/* Fields are separated by one blank each, and blanks in paths are escaped. */
static uint64_t line_group(const char *line)
{
	const char *end = strchr(line, '\n');
	const char *dash = strstr(line, " - ");
	const char *at = strstr(line, " shared:");
	uint64_t group = 0;

	if (!at || !dash || at > dash || (end && at > end))
		return 0;
	at += strlen(" shared:");
	(void)num_take_u64(&at, UINT64_MAX, &group); /* no number: as if the field were missing */
	return group;
}

static int find_group(const char *text, struct place *place)
{
	for (const char *line = text; line && *line;) {
		const char *at = line;
		uint64_t id;

		if (num_take_u64(&at, UINT64_MAX, &id) == 0 && id == place->id) {
			place->group = line_group(line);
			return 0;
		}
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return -ENOENT;
}

static int read_group(struct place *place)
{
	char *text = mmap(NULL, MOUNTINFO_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ssize_t n;
	int r;

	if (text == MAP_FAILED)
		return -errno;
	n = io_read_file(AT_FDCWD, "/proc/thread-self/mountinfo", text, MOUNTINFO_BYTES);
	r = n < 0 ? (int)n : find_group(text, place);
	(void)munmap(text, MOUNTINFO_BYTES);
	return r;
}

static long set_group(int from, int to)
{
	return syscall(SYS_move_mount, from, "", to, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH | MOVE_MOUNT_SET_GROUP);
}

static int set_propagation(int fd, uint64_t propagation)
{
	struct mount_attr attr = { .propagation = propagation };

	return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

/* An unknown flag is EINVAL before the descriptors are looked at; a known one gets to EBADF. */
static bool can_rejoin(void)
{
	return set_group(-1, -1) < 0 && errno == EBADF;
}

/* Binds the file behind fd over target, in no peer group. 0 or -errno. */
static int bind_onto(int fd, int target)
{
	_close_ int tree = (int)syscall(SYS_open_tree, fd, "",
					AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r;

	if (tree < 0)
		return -errno;
	r = set_propagation(tree, MS_PRIVATE);
	if (r < 0)
		return r;
	if (syscall(SYS_move_mount, tree, "", target, "",
		    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

static bool is_attach(const struct gate_config *gate, const struct stat *st)
{
	return st->st_dev == gate->dev && st->st_ino == gate->ino;
}

/* -ENOENT: this is not swrap-attach. -EINVAL: its mount is not in this namespace, or gone. */
static int bind_attach_from(const struct gate_config *gate, int fd, int target)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !is_attach(gate, &st))
		return -ENOENT;
	return bind_onto(fd, target);
}

static int bind_attach_at(const struct gate_config *gate, const char *path, int target)
{
	_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return bind_attach_from(gate, fd, target);
}

/*
 * The descriptor that was handed over is of the shadow over one shell, and may be the very mount that
 * the upgrade took away; then another shell's shadow, then the file itself if it is still the same.
 */
static int bind_attach(const struct gate_config *gate, int target)
{
	int r = bind_attach_from(gate, gate->attach_fd, target);

	for (uint32_t i = 0; r < 0 && i < gate->nshells; i++)
		r = bind_attach_at(gate, gate->shells[i], target);
	return r < 0 ? bind_attach_at(gate, SWRAP_ATTACH_PATH, target) : r;
}

/* Nothing can be mounted on a file that is deleted, so the old one goes first. */
static int bind_real(const char *path, int shell)
{
	char real[PATH_MAX];
	_close_ int target = -1;

	if (strlen(WIRE_REAL_DIR) + strlen(path) >= sizeof(real))
		return -ENAMETOOLONG;
	strcpy(real, WIRE_REAL_DIR);
	strcat(real, path);
	if (umount2(real, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL) /* not mounted */
		return -errno;
	target = open(real, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return target < 0 ? -errno : bind_onto(shell, target);
}

/* As when the shells were chosen: nobody but root may decide what stands there. */
static int check_shell(int shell, struct stat *ret)
{
	if (fstat(shell, ret) < 0)
		return -errno;
	if (!S_ISREG(ret->st_mode) || ret->st_uid != 0 || (ret->st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	return 0;
}

static int confirm(const struct gate_config *gate, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	return is_attach(gate, &st) ? 0 : -EPROTO;
}

/* Leaves the peer group, so that the host does not get the shadow too, and comes back. */
static int bind_apart(const struct gate_config *gate, const struct place *host, struct place *here,
		      int shell, bool *ret_weak)
{
	bool rejoin = can_rejoin();
	int r = here->group ? set_propagation(here->root, rejoin ? MS_PRIVATE : MS_SLAVE) : 0;

	if (r < 0)
		return r;
	r = bind_attach(gate, shell);
	/* Also when that failed: the application's mounts are to be as they were. */
	if (here->group)
		*ret_weak = !rejoin || set_group(host->root, here->root) < 0;
	return r;
}

static int reshadow_here(const struct gate_config *gate, const char *path, const struct place *host,
			 bool *ret_weak)
{
	_close_ int shell = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	_place_ struct place here = { .root = -1 };
	struct stat st;
	int r;

	if (shell < 0)
		return -errno;
	if (confirm(gate, path) == 0)
		return 0; /* somebody was faster */
	r = check_shell(shell, &st);
	if (r == 0)
		r = place_find(path, &here);
	if (r == 0)
		r = read_group(&here);
	if (r == 0)
		r = bind_real(path, shell);
	if (r == 0)
		r = bind_apart(gate, host, &here, shell, ret_weak);
	return r < 0 ? r : confirm(gate, path);
}

static int reshadow_child(const struct gate_config *gate, const char *path)
{
	_place_ struct place host = { .root = -1 };
	bool weak = false;
	/* In the helper's own namespace still: the peer to rejoin. */
	int r = place_find(path, &host);

	/* setns leads to the root of that namespace, and the application may be in a chroot. */
	if (r == 0 && (setns(gate->mount_ns_fd, CLONE_NEWNS) < 0 || fchdir(gate->root_fd) < 0 ||
		       chroot(".") < 0))
		r = -errno;
	if (r == 0)
		r = reshadow_here(gate, path, &host, &weak);
	if (r < 0)
		return -r;
	return weak ? STATUS_WEAK : 0;
}

/* The exit status, or -ETIMEDOUT; the child is gone in any case. */
static int wait_child(pid_t pid)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	_close_ int pidfd = p.fd;
	int status, n;

	do {
		n = poll(&p, 1, CHILD_MSEC);
	} while (n < 0 && errno == EINTR);
	if (pidfd < 0 || n == 0)
		(void)kill(pid, SIGKILL); /* a child of ours, not yet reaped: nobody else's number */
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ETIMEDOUT;
}

int reshadow(const struct gate_config *gate, const char *path, bool *ret_weak, struct err *e)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return err_set(e, errno, "fork", "to shadow %s", path);
	if (pid == 0)
		_exit(reshadow_child(gate, path));
	status = wait_child(pid);
	if (status != 0 && status != STATUS_WEAK)
		return err_set(e, status < 0 ? -status : status, "reshadow", "%s", path);
	*ret_weak = status == STATUS_WEAK;
	return 0;
}
