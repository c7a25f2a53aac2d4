/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app_shell.h"

#include "../src/attr.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Both are open, so no number of a mount can have been given away meanwhile. */
static bool same_mounted(int fd, int other)
{
	const unsigned int mask = STATX_INO | STATX_MNT_ID;
	struct statx a, b;

	if (statx(fd, "", AT_EMPTY_PATH, mask, &a) < 0 || statx(other, "", AT_EMPTY_PATH, mask, &b) < 0)
		return false;
	return (a.stx_mask & b.stx_mask & mask) == mask && a.stx_mnt_id == b.stx_mnt_id &&
	       a.stx_ino == b.stx_ino && a.stx_dev_major == b.stx_dev_major &&
	       a.stx_dev_minor == b.stx_dev_minor;
}

static bool is_shell(int root_fd, const char *shell, int fd)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};
	_close_ int found = (int)syscall(SYS_openat2, root_fd, shell, &how, sizeof(how));

	return found >= 0 && same_mounted(fd, found);
}

const char *app_shell_find(int root_fd, const char *const *shells, uint32_t n, int fd)
{
	for (uint32_t i = 0; i < n; i++)
		if (is_shell(root_fd, shells[i], fd))
			return shells[i];
	return NULL;
}
