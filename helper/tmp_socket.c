/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tmp_socket.h"

#include "mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* No file can be made there from inside, and nothing runs from there: a connection needs no right to write. */
enum { SOCKET_ATTRIBUTES = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

static const char display_dir[] = ".X11-unix";

bool tmp_socket_is_wanted(const struct plan *plan)
{
	bool wanted = false;

	/* The last rule for it is the one that counts. */
	for (uint32_t i = 0; i < plan->nmounts; i++)
		if (strcmp(plan->mounts[i].path, "/tmp") == 0)
			wanted = plan->mounts[i].action == MOUNT_PRIVATE_TMP;
	return wanted && plan->levels[STEP_ROOT] != LEVEL_OFF;
}

/* ---- what is asked for ---- */

/* SSH_AUTH_SOCK=/tmp/ssh-XXXXXXXXXX/agent.PID, as sshd and ssh-agent name it. */
static bool wish_agent(const char *entry, struct inner_socket *ret)
{
	static const char start[] = "SSH_AUTH_SOCK=/tmp/";
	const char *dir = entry + sizeof(start) - 1, *slash;

	if (strncmp(entry, start, sizeof(start) - 1) != 0 || strncmp(dir, "ssh-", 4) != 0)
		return false;
	slash = strchr(dir, '/');
	if (!slash || strncmp(slash + 1, "agent.", 6) != 0 || strchr(slash + 1, '/') ||
	    (size_t)(slash - dir) >= sizeof(ret->dir) || strlen(slash + 1) >= sizeof(ret->name))
		return false;
	(void)snprintf(ret->dir, sizeof(ret->dir), "%.*s", (int)(slash - dir), dir);
	(void)snprintf(ret->name, sizeof(ret->name), "%s", slash + 1);
	return true;
}

/* DISPLAY=:N or unix:N, with or without a screen. A display of ssh's is a TCP port: it needs no socket. */
static bool wish_display(const char *entry, struct inner_socket *ret)
{
	static const char *const starts[] = { "DISPLAY=:", "DISPLAY=unix:" };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		const char *number = entry + strlen(starts[i]);
		size_t n;

		if (strncmp(entry, starts[i], strlen(starts[i])) != 0)
			continue;
		n = strspn(number, "0123456789");
		if (n == 0 || n > 5 || (number[n] && number[n] != '.'))
			return false;
		(void)snprintf(ret->dir, sizeof(ret->dir), "%s", display_dir);
		(void)snprintf(ret->name, sizeof(ret->name), "X%.*s", (int)n, number);
		return true;
	}
	return false;
}

int tmp_socket_wishes(const char *text, size_t size, uint32_t argc, uint32_t envc,
		      struct inner_socket ret[TMP_SOCKET_KINDS])
{
	bool agent = false, display = false;
	const char *end = text + size;
	int n = 0;

	for (uint64_t i = 0; i < (uint64_t)argc + envc && n < TMP_SOCKET_KINDS; i++) {
		const char *nul = memchr(text, 0, (size_t)(end - text));

		if (!nul)
			break;
		if (i >= argc && !agent && wish_agent(text, &ret[n]))
			agent = ++n;
		else if (i >= argc && !display && wish_display(text, &ret[n]))
			display = ++n;
		text = nul + 1;
	}
	return n;
}

/* ---- in the helper ---- */

/*
 * One name below dir. No symlink is followed, and no mount is entered: what a user has mounted with FUSE
 * could let us wait for ever.
 */
static int open_below(int dir, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dir, name, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* ssh's is the user's alone; that of the displays is root's. */
static bool is_right_directory(const struct stat *st, bool display, uid_t uid)
{
	if (display)
		return st->st_uid == 0;
	return st->st_uid == uid && (st->st_mode & 07777) == 0700;
}

int tmp_socket_open(int tmp, const struct inner_socket *place, uid_t uid, struct err *e)
{
	bool display = strcmp(place->dir, display_dir) == 0;
	_close_ int dir = open_below(tmp, place->dir, O_DIRECTORY);
	_close_ int socket = dir < 0 ? -1 : open_below(dir, place->name, 0);
	_close_ int tree = -1;
	struct stat above, st;

	if (dir < 0 || socket < 0)
		return err_set(e, dir < 0 ? -dir : -socket, "socket", "/tmp/%s/%s", place->dir, place->name);
	if (fstat(dir, &above) < 0 || fstat(socket, &st) < 0)
		return err_set(e, errno, "fstat", "/tmp/%s/%s", place->dir, place->name);
	if (!is_right_directory(&above, display, uid) || !S_ISSOCK(st.st_mode) ||
	    (st.st_uid != uid && !(display && st.st_uid == 0)))
		return err_set(e, EPERM, "socket", "/tmp/%s/%s: type, owner or mode", place->dir,
			       place->name);
	tree = mount_clone(socket, "", false, e);
	if (tree < 0 || mount_attributes(tree, SOCKET_ATTRIBUTES, 0, false, e) < 0)
		return e ? -e->num : -EPERM;
	return take_fd(&tree);
}

/* ---- in session init ---- */

/* The private /tmp, and not what may be there instead. */
static int open_private_tmp(struct err *e)
{
	_close_ int tmp = mount_target("/tmp", e);
	struct stat st;

	if (tmp < 0)
		return tmp;
	if (fstat(tmp, &st) < 0 || !S_ISDIR(st.st_mode) || (st.st_mode & 07777) != 01777)
		return err_set(e, EPERM, "socket", "/tmp is not the session's own");
	return take_fd(&tmp);
}

/* What is mounted there already is below: is it this one? */
static bool is_there(int dir, const char *name, int tree)
{
	_close_ int now = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat a, b;

	return now >= 0 && fstat(now, &a) == 0 && fstat(tree, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* The user is to pass it, whatever mask we came with. */
static int make_directory(int tmp, const char *name)
{
	mode_t mask = umask(022);
	int r = mkdirat(tmp, name, 0755);

	(void)umask(mask);
	return r;
}

/* An empty file of our own, opened without a name to follow. */
static int make_target(int dir, const struct inner_socket *place, struct err *e)
{
	_close_ int made = openat(dir, place->name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
	int fd;

	if (made < 0)
		return err_set(e, errno, "open", "/tmp/%s/%s", place->dir, place->name);
	fd = openat(dir, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_set(e, errno, "open", "/tmp/%s/%s", place->dir, place->name) : fd;
}

int tmp_socket_place(int tree, const struct inner_socket *place, struct err *e)
{
	_close_ int tmp = open_private_tmp(e);
	_close_ int dir = -1, target = -1;
	int r;

	if (tmp < 0)
		return tmp;
	if (make_directory(tmp, place->dir) < 0 && errno != EEXIST)
		return err_set(e, errno, "mkdir", "/tmp/%s", place->dir);
	dir = open_below(tmp, place->dir, O_DIRECTORY);
	if (dir < 0)
		return err_set(e, -dir, "open", "/tmp/%s", place->dir);
	if (is_there(dir, place->name, tree))
		return 0;
	target = make_target(dir, place, e);
	r = target < 0 ? target : mount_attach(tree, target, e);
	if (r == 0 && !is_there(dir, place->name, tree))
		r = err_set(e, EPERM, "socket", "/tmp/%s/%s is another", place->dir, place->name);
	return r;
}
