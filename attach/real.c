/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "real.h"
#include "sys.h"
#include "text.h"

#include "../src/wire.h"

#include <linux/stat.h>

static const char deleted[] = " (deleted)";

/*
 * The path this program was mounted over, as the kernel names it. After an upgrade the mounted file
 * is unlinked and the kernel appends " (deleted)" to the mount's path, which itself is still there.
 * A name outside the root starts with "(unreachable)"; then only the name used at exec is left.
 */
static const char *own_path(const struct start *s, char *path, size_t size)
{
	long n = sys_readlink("/proc/self/exe", path, size - 1);

	path[n > 0 ? n : 0] = '\0';
	if (path[0] == '/' && (size_t)n < size - 1) {
		if (text_ends(path, deleted))
			path[(size_t)n - (sizeof(deleted) - 1)] = '\0';
		return path;
	}
	if (s->execfn && s->execfn[0] == '/' && !text_climbs(s->execfn))
		return s->execfn;
	return NULL;
}

/* If the real shell were this very program, exec would go round for ever. */
static bool is_self(const char *path)
{
	struct statx there, self;

	if (sys_statx(path, STATX_INO, &there) < 0 ||
	    sys_statx("/proc/self/exe", STATX_INO, &self) < 0)
		return false;
	return there.stx_ino == self.stx_ino && there.stx_dev_major == self.stx_dev_major &&
	       there.stx_dev_minor == self.stx_dev_minor;
}

static int complain(const char *what, int num, int status)
{
	text_say(what, text_length(what), num);
	return status;
}

/* Returns only when it fails: -errno, -ELOOP for ourselves in the real shell's place. */
static int run(const struct start *s)
{
	char own[SYS_PATH_MAX], path[SYS_PATH_MAX + sizeof(WIRE_REAL_DIR)];
	const char *name = own_path(s, own, sizeof(own));
	size_t used;

	if (!name)
		return -ENOENT;
	used = text_append(path, sizeof(path), 0, WIRE_REAL_DIR);
	if (text_append(path, sizeof(path), used, name) == sizeof(path))
		return -ENAMETOOLONG;
	if (is_self(path))
		return -ELOOP;
	return sys_execve(path, s->argv, s->envp);
}

int real_exec(const struct start *s)
{
	int r = run(s);

	if (r == -ENOSYS)
		return complain("the session helper is gone", 0, REAL_REFUSED);
	if (r == -ENOENT || r == -ENOTDIR)
		return complain("the real shell is not found", 0, REAL_NOT_FOUND);
	if (r == -ELOOP)
		return complain("the real shell is not in its place", 0, REAL_NOT_FOUND);
	return complain("the real shell cannot be executed", -r, REAL_NOT_RUNNABLE);
}

void real_instead(const struct start *s)
{
	(void)run(s); /* the gate's EACCES: then what went wrong is the answer */
}
